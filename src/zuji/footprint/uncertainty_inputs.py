"""The uncertain inputs of a footprint: what varies, by which distribution, and on whose word."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zuji.datum import LocalText
from zuji.engine.columns import Floats
from zuji.engine.uncertainty import copula, distributions, random
from zuji.engine.uncertainty.copula import Correlation
from zuji.engine.uncertainty.distributions import Parameters
from zuji.engine.uncertainty.sampler import Sampler
from zuji.errors import AddressError, EngineError
from zuji.finding import Place
from zuji.study.model import Datum, Uncertainty

DATUM, DATASET, FACTOR = "datum", "dataset", "factor"
STATED, RATED, ASSUMED, DATABASE, METHOD = "stated", "rated", "assumed", "database", "method"
"""Where a spread comes from: a distribution of the user, ratings, the kind of the datum, the exchanges of a stored
database, or the ranges that a method's authors give for its factors."""
INDICATORS = {
    "precision": "reliability",
    "time": "temporal",
    "geography": "geographical",
    "technology": "technological",
}
"""Data-quality criterion → indicator of the pedigree matrix; completeness is not rated in a study."""
IDS = {name.replace(" ", "_"): id for id, name in distributions.NAMES.items()}
RELIABILITY = {"measured": 2, "calculated": 3, "supplier": 2, "secondary": 3, "estimated": 4, "assumed": 5}
"""Reliability score assumed from the kind of a datum that nobody rated. The pedigree matrix has 2 for measurements that
are not verified, 3 for data partly based on qualified estimates, 4 for a qualified estimate, 5 for another one."""
STAND_IN = 4
"""Technological score assumed for a dataset that is a stand-in: another process or material, same technology class."""
APART = ("id", "divisor")
"""What the values of an input hold beside the parameters of its distribution."""
DISCRETE = (distributions.BERNOULLI, distributions.DISCRETE_UNIFORM)


@dataclass(frozen=True, slots=True)
class Input:
    """One uncertain input as a ratio to its stated value."""

    kind: str
    id: str
    name: LocalText
    basis: str
    values: Mapping[str, float]
    """`id` and parameters of the distribution of the ratio; `divisor` where draws are still to be divided."""
    place: Place
    key: str
    """What its draws are keyed by; inputs of one key have one draw."""


@dataclass(frozen=True)
class Correlated:
    """Inputs that move together, such as readings of one meter or data of one supplier."""

    ids: tuple[str, ...]
    """`process/exchange` of a datum, the id of a dataset, or the name of a gas, as drivers have them."""
    matrix: npt.ArrayLike
    """Correlation of the normal numbers behind the inputs; one number stands for every pair."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The inputs as columns, ready to be drawn."""

    parameters: Parameters
    uids: random.Uids
    divisor: Floats
    groups: tuple[Correlation, ...]

    def ratios(self, sampler: Sampler, start: int, count: int) -> Floats:
        """Drawn ÷ stated value of every input, shape (inputs, count)."""
        drawn = distributions.draw(self.parameters, sampler.uniform(self.uids, start, count))
        for group in self.groups:
            rows = np.flatnonzero(np.isin(self.uids, group.uids))
            z = group.normal(sampler.seed, start, count)[np.searchsorted(group.uids, self.uids[rows])]
            drawn[rows] = distributions.draw_from_normal(self.parameters[rows], z)
        return drawn / self.divisor[:, None]

    @property
    def variances(self) -> Floats:
        """Variance of each ratio [1]."""
        return np.asarray(distributions.moments(self.parameters)[1] / self.divisor**2)

    def variance(self, deviations: Floats) -> float:
        """Variance of a sum to first order, from the signed deviation that each input gives it; with covariances."""
        total = 0.0
        grouped = np.concatenate([group.uids for group in self.groups]) if self.groups else np.zeros(0, np.uint64)
        free = ~np.isin(self.uids, grouped)
        if free.any():
            _, which = np.unique(self.uids[free], return_inverse=True)
            total += float(np.sum(np.bincount(which, deviations[free]) ** 2))
        for group in self.groups:
            rows = np.flatnonzero(np.isin(self.uids, group.uids))
            at = np.searchsorted(group.uids, self.uids[rows])
            rho = (group.factor @ group.factor.T)[np.ix_(at, at)]
            total += float(deviations[rows] @ rho @ deviations[rows])
        return total


def columns(inputs: Sequence[Input], correlated: Sequence[Correlated] = ()) -> Columns:
    """Columns of the inputs; raises AddressError for a correlated id that is no input, EngineError for a bad matrix."""

    def column(name: str, neutral: float = math.nan) -> Floats:
        return np.array([made.values.get(name, neutral) for made in inputs], dtype=np.float64)

    uids = random.uids_of(made.key for made in inputs)
    return Columns(
        parameters=Parameters(
            value=np.ones(len(inputs)),
            id=np.array([made.values["id"] for made in inputs], dtype=np.uint8),
            loc=column("loc"),
            scale=column("scale"),
            shape=column("shape"),
            minimum=column("minimum"),
            maximum=column("maximum"),
            negative=np.zeros(len(inputs), dtype=bool),
        ),
        uids=uids,
        divisor=column("divisor", 1.0),
        groups=_groups(inputs, uids, correlated),
    )


def _groups(inputs: Sequence[Input], uids: random.Uids, correlated: Sequence[Correlated]) -> tuple[Correlation, ...]:
    import difflib

    number = {made.id: i for i, made in enumerate(inputs)}
    found = []
    for group in correlated:
        for id in group.ids:
            if id not in number:
                raise AddressError(id, difflib.get_close_matches(id, number, 3) or list(number)[:3])
        matrix = np.asarray(group.matrix, dtype=np.float64)
        if matrix.ndim == 0:
            matrix = np.where(np.eye(len(group.ids)) > 0, 1.0, matrix)
        found.append(copula.correlation(uids[[number[id] for id in group.ids]], matrix))
    copula.check_apart(found)
    return tuple(found)


def relative(datum: Datum) -> dict[str, float]:
    """The distribution of datum ÷ stated value, by the parameters and ids of stats_arrays; see `relative_to`."""
    assert datum.uncertainty is not None
    return relative_to(datum.value, datum.uncertainty)


def relative_to(value: float | None, stated: Uncertainty) -> dict[str, float]:
    """The distribution of a quantity ÷ `value`, by the parameters and ids of stats_arrays.

    A lognormal without `loc` has its median at the stated value. A discrete distribution cannot be scaled: it keeps its
    numbers, and its draws are divided by `divisor`. Raises EngineError where there is no ratio: a stated value of zero,
    a negative one (only a lognormal, which is one of the size, may have it), an unknown distribution.
    """
    given = dict(stated.parameters)
    id = IDS.get(stated.distribution, -1)
    if id < 0:
        raise EngineError(f"'{stated.distribution}' is not among the distributions that can be sampled")
    if not value:
        raise EngineError("its stated value is zero or missing, so it has no relative spread")
    found: dict[str, float] = {"id": id}
    if id == distributions.LOGNORMAL:
        found |= {"loc": given.get("loc", math.log(abs(value))) - math.log(abs(value))}
        if "scale" in given:
            found["scale"] = given["scale"]
        found |= {bound: given[bound] / value for bound in ("minimum", "maximum") if bound in given}
        if value < 0 and "minimum" in found and "maximum" in found:
            found["minimum"], found["maximum"] = found["maximum"], found["minimum"]
        return found
    if id in DISCRETE:
        return found | {"divisor": value} | given
    if value < 0:
        raise EngineError("its stated value is negative; give a lognormal, or turn the exchange around")
    if id == distributions.BETA:
        given = {"minimum": 0.0, "maximum": 1.0} | given
        scaled: tuple[str, ...] = ("minimum", "maximum")
    elif id == distributions.PERT:
        scaled = ("loc", "minimum", "maximum")
    else:
        scaled = ("loc", "scale", "minimum", "maximum")
    if id == distributions.NORMAL and "loc" not in given:
        given["loc"] = value
    return found | {name: part / value if name in scaled else part for name, part in given.items()}
