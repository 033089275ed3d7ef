"""Characterisation factors that vary: each with a distribution and a key of its own, drawn beside the exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats
from zuji.engine.uncertainty import distributions, random
from zuji.engine.uncertainty.parameters import Parameters
from zuji.errors import EngineError

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class UncertainFactors:
    """f factors of a matrix of factors (flows, methods); all others are certain."""

    flow: Index
    method: Index
    uids: random.Uids
    """Key of the draws. Factors with one key move together: those of one molecule from two origins, for example."""
    parameters: Parameters
    """Distributions of the factors themselves [score unit per unit of the flow]."""

    def __len__(self) -> int:
        return len(self.flow)

    def of(self, method: int) -> UncertainFactors:
        """Those of one method, as method 0."""
        rows = np.flatnonzero(self.method == method)
        return UncertainFactors(self.flow[rows], np.zeros_like(rows), self.uids[rows], self.parameters[rows])


def factor_uids(method: str, keys: Iterable[str]) -> random.Uids:
    """The key of each factor of a method: that of `factor|method|key`, whatever the database that it is used on."""
    return random.uids_of(f"factor|{method}|{key}" for key in keys)


def uncertain_factors(
    flow: Sequence[int] | Index, parameters: Parameters, uids: random.Uids, method: Sequence[int] | Index | int = 0
) -> UncertainFactors:
    """The varying factors of these flows; raises EngineError for one named twice or columns of unequal length."""
    flows = np.asarray(flow, dtype=np.int64)
    methods = np.broadcast_to(np.asarray(method, dtype=np.int64), flows.shape)
    if not len(flows) == len(parameters) == len(uids):
        raise EngineError(f"{len(flows)} flows, {len(parameters)} distributions and {len(uids)} keys do not fit")
    pairs = np.unique(np.stack([methods, flows]), axis=1)
    if pairs.shape[1] != len(flows):
        raise EngineError("a factor has two distributions")
    return UncertainFactors(flows, methods, np.asarray(uids, dtype=np.uint64), parameters)


NO_FACTORS = UncertainFactors(
    np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint64),
    Parameters(
        *(np.zeros(0), np.zeros(0, np.uint8), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0)),
        negative=np.zeros(0, bool),
    ),
)  # fmt: skip


def stated_factors(given: UncertainFactors, factors: Floats, flows: Sequence[str]) -> Floats:
    """The stated factor of each, (f,); raises EngineError for one out of range, of zero, or not to be sampled."""
    if not len(given):
        return np.zeros(0)
    if not (given.flow.min() >= 0 and given.flow.max() < factors.shape[0]) or not (
        given.method.min() >= 0 and given.method.max() < factors.shape[1]
    ):
        raise EngineError(f"an uncertain factor is not among the {factors.shape[0]} flows × {factors.shape[1]} methods")
    found = np.asarray(factors[given.flow, given.method], dtype=np.float64)
    nothing = np.flatnonzero(found == 0)
    if len(nothing):
        name = flows[int(given.flow[nothing[0]])]
        raise EngineError(f"the factor of {name} is zero, so no distribution can be drawn in its place", [name])
    distributions.check(given.parameters, [flows[int(f)] for f in given.flow])
    return found


def at_means(given: UncertainFactors, factors: Floats) -> Floats:
    """`factors`, (flows, methods), with the uncertain ones at their means."""
    found = np.array(factors, dtype=np.float64)
    found[given.flow, given.method] = distributions.moments(given.parameters)[0]
    return found
