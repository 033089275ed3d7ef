"""The distributions of `stats_arrays` as columns of parameters: names, ids, what makes them unusable, bounds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from zuji.engine.columns import Floats
from zuji.engine.uncertainty import random
from zuji.errors import EngineError

with np.errstate():  # importing stats_arrays turns off a warning of numpy for the whole process
    from stats_arrays import UncertaintyType

UNDEFINED, NONE = int(UncertaintyType.undefined), int(UncertaintyType.no_uncertainty)
LOGNORMAL, NORMAL = int(UncertaintyType.lognormal), int(UncertaintyType.normal)
UNIFORM, TRIANGULAR = int(UncertaintyType.uniform), int(UncertaintyType.triangular)
BERNOULLI, DISCRETE_UNIFORM = int(UncertaintyType.bernoulli), int(UncertaintyType.discrete_uniform)
WEIBULL, GAMMA, BETA = int(UncertaintyType.weibull), int(UncertaintyType.gamma), int(UncertaintyType.beta)
PERT = int(UncertaintyType.beta_pert)

NAMES = {
    UNDEFINED: "undefined", NONE: "none", LOGNORMAL: "lognormal", NORMAL: "normal", UNIFORM: "uniform",
    TRIANGULAR: "triangular", BERNOULLI: "bernoulli", DISCRETE_UNIFORM: "discrete uniform", WEIBULL: "weibull",
    GAMMA: "gamma", BETA: "beta", PERT: "pert",
}  # fmt: skip
PERT_WEIGHT = 4.0
"""Weight of the most likely value of a PERT distribution whose `scale` is not given, as in stats_arrays."""
Ids = npt.NDArray[np.uint8]


def _taken(column: npt.NDArray[Any], rows: Any) -> npt.NDArray[Any]:
    """Some rows of a column; one number that stands for all of them stays one number and takes no memory."""
    if len(column) and column.strides[0] == 0:
        count = len(range(*rows.indices(len(column)))) if isinstance(rows, slice) else _chosen(rows)
        return np.broadcast_to(column[:1], (count,))
    return np.asarray(column[rows])


def _chosen(rows: npt.NDArray[Any]) -> int:
    return int(np.count_nonzero(rows)) if rows.dtype == bool else len(rows)


@dataclass(frozen=True, eq=False)
class Parameters:
    """The distributions of n quantities as columns of equal length, named and meant as in stats_arrays.

    lognormal loc, scale: mean and standard deviation of ln|x|; normal loc, scale; uniform minimum, maximum;
    triangular and PERT minimum, loc (most likely), maximum, PERT weight in scale; beta loc (α), shape (β), on
    [minimum, maximum]; gamma and Weibull shape, scale, offset loc; discrete uniform minimum ≤ k < maximum;
    Bernoulli loc (probability of 1). NaN: not given.
    """

    value: Floats
    """The stated value; what a quantity without distribution always is."""
    id: Ids
    loc: Floats
    scale: Floats
    shape: Floats
    minimum: Floats
    maximum: Floats
    negative: npt.NDArray[np.bool_]
    """Lognormal and gamma: −x is what is distributed so."""

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Parameters:
        return Parameters(**{field.name: _taken(getattr(self, field.name), rows) for field in fields(self)})

    @property
    def uncertain(self) -> npt.NDArray[np.bool_]:
        """Which quantities have a distribution."""
        return np.asarray(self.id > NONE)

    @property
    def bounded(self) -> npt.NDArray[np.bool_]:
        """Which have a bound."""
        return ~(np.isnan(self.minimum) & np.isnan(self.maximum))


def parameters(
    value: npt.ArrayLike, id: npt.ArrayLike = NONE, *, loc: npt.ArrayLike = np.nan, scale: npt.ArrayLike = np.nan,
    shape: npt.ArrayLike = np.nan, minimum: npt.ArrayLike = np.nan, maximum: npt.ArrayLike = np.nan,
    negative: npt.ArrayLike = False,
) -> Parameters:  # fmt: skip
    """Columns from scalars or sequences, checked; raises EngineError naming the first quantity that is not usable."""
    stated = np.atleast_1d(np.asarray(value, dtype=np.float64))

    def column(part: npt.ArrayLike) -> Floats:
        return np.broadcast_to(np.asarray(part, dtype=np.float64), stated.shape)

    found = Parameters(
        value=stated,
        id=np.broadcast_to(np.asarray(id, dtype=np.uint8), stated.shape),
        loc=column(loc),
        scale=column(scale),
        shape=column(shape),
        minimum=column(minimum),
        maximum=column(maximum),
        negative=np.broadcast_to(np.asarray(negative, dtype=bool), stated.shape),
    )
    check(found)
    return found


def check(given: Parameters, names: list[str] | None = None) -> None:
    """Raise EngineError for the first quantity whose parameters make no distribution, saying which and why."""
    for bad, problem in _problems(given):
        where = np.flatnonzero(bad)
        if len(where):
            i = int(where[0])
            name = names[i] if names is not None else f"quantity {i}"
            kind = NAMES.get(int(given.id[i]), f"distribution id {int(given.id[i])}")
            shown = ", ".join(
                f"{key} {getattr(given, key)[i]:g}"
                for key in ("loc", "scale", "shape", "minimum", "maximum")
                if not np.isnan(getattr(given, key)[i])
            )
            raise EngineError(f"{name}: {kind} ({shown}): {problem}", [name])


def _problems(p: Parameters) -> list[tuple[npt.NDArray[np.bool_], str]]:
    def of(*ids: int) -> npt.NDArray[np.bool_]:
        return np.isin(p.id, ids)

    lacks = np.isnan
    between = of(UNIFORM, TRIANGULAR, PERT, DISCRETE_UNIFORM)
    least = np.where(lacks(p.minimum) & of(DISCRETE_UNIFORM, BETA), 0.0, p.minimum)
    most = np.where(lacks(p.maximum) & of(BETA), 1.0, p.maximum)
    mode = of(TRIANGULAR, PERT) & ~lacks(p.loc)
    infinite = np.zeros(len(p), dtype=bool)
    for part in (p.loc, p.scale, p.shape, p.minimum, p.maximum):
        infinite |= np.isinf(part)
    return [
        (~np.isin(p.id, tuple(NAMES)), "this distribution is not among those that can be sampled"),
        (~p.uncertain & ~np.isfinite(p.value), "the value is not a finite number"),
        (p.uncertain & infinite, "a parameter is infinite"),
        (of(LOGNORMAL, NORMAL, BERNOULLI, PERT) & lacks(p.loc), "loc is missing"),
        (of(LOGNORMAL, NORMAL, GAMMA, WEIBULL) & ~(p.scale > 0), "scale has to be above zero"),
        (of(GAMMA, WEIBULL, BETA) & ~(p.shape > 0), "shape has to be above zero"),
        (of(BETA) & ~(p.loc > 0), "loc (alpha) has to be above zero"),
        (of(PERT) & (p.scale <= 0), "scale (weight of the most likely value) has to be above zero"),
        (of(BERNOULLI) & ~((p.loc >= 0) & (p.loc <= 1)), "loc is a probability, from 0 to 1"),
        (between & (lacks(least) | lacks(most)), "minimum and maximum are needed"),
        (p.uncertain & (least >= most), "minimum has to be below maximum"),
        (mode & ((p.loc < p.minimum) | (p.loc > p.maximum)), "loc has to lie between minimum and maximum"),
        (of(DISCRETE_UNIFORM) & (np.floor(least) != least), "minimum has to be a whole number"),
        (of(DISCRETE_UNIFORM) & (np.floor(most) != most), "maximum has to be a whole number"),
        (of(LOGNORMAL) & (np.abs(p.loc) + 7 * p.scale > random.EXP_LIMIT), "exp(loc ± 7·scale) is out of range"),
        (_mass(p) <= 1e-12, "there is next to nothing of the distribution between the bounds"),
    ]


def _mass(p: Parameters) -> Floats:
    """The probability between the bounds; 1 where bounds do not truncate."""
    low, high = cdf_bounds(p)
    return high - low


def cdf_bounds(p: Parameters) -> tuple[Floats, Floats]:
    """F(minimum) and F(maximum) of the distribution of x (of −x where `negative`); 0 and 1 without truncation."""
    low, high = np.zeros(len(p)), np.ones(len(p))
    truncates = np.isin(p.id, (LOGNORMAL, NORMAL, GAMMA, WEIBULL)) & p.bounded
    if truncates.any():
        q = p[truncates]
        least, most = (
            np.where(np.isnan(bound), end, bound) for bound, end in ((q.minimum, -np.inf), (q.maximum, np.inf))
        )
        flipped = q.negative & np.isin(q.id, (LOGNORMAL, GAMMA))
        least, most = np.where(flipped, -most, least), np.where(flipped, -least, most)
        low[truncates], high[truncates] = _cdf(q, least), _cdf(q, most)
    return low, high


def _cdf(p: Parameters, x: Floats) -> Floats:
    """F(x) of the untruncated lognormal, normal, gamma or Weibull without sign."""
    found = np.zeros(len(p))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for id in np.unique(p.id):
            k = p.id == id
            if id == NORMAL:
                found[k] = special.ndtr((x[k] - p.loc[k]) / p.scale[k])
            elif id == LOGNORMAL:
                found[k] = special.ndtr((np.log(np.maximum(x[k], 0.0)) - p.loc[k]) / p.scale[k])
            else:
                ratio = np.maximum(x[k] - offset(p)[k], 0.0) / p.scale[k]
                found[k] = special.gammainc(p.shape[k], ratio) if id == GAMMA else -np.expm1(-(ratio ** p.shape[k]))
    return found


def offset(p: Parameters) -> Floats:
    """Where a gamma or Weibull begins."""
    return np.where(np.isnan(p.loc), 0.0, p.loc)


def mode_of(p: Parameters) -> Floats:
    """The most likely value of a triangular distribution, the middle where none is given."""
    return np.where(np.isnan(p.loc), (p.minimum + p.maximum) / 2, p.loc)


def beta_of(p: Parameters) -> tuple[Floats, Floats, Floats, Floats]:
    """α, β and the ends of a beta or PERT distribution."""
    least = np.where(np.isnan(p.minimum), 0.0, p.minimum)
    most = np.where(np.isnan(p.maximum), 1.0, p.maximum)
    weight = np.where(np.isnan(p.scale), PERT_WEIGHT, p.scale)
    pert = p.id == PERT
    span = most - least
    alpha = np.where(pert, 1 + weight * (p.loc - least) / span, p.loc)
    beta = np.where(pert, 1 + weight * (most - p.loc) / span, p.shape)
    return alpha, beta, least, most
