"""Rung (a): the variance of a score to first order, exchange by exchange, from one primal and one dual solution.

With z the scaling of the demand (M·z = e) and y the scores (Mᵀ·y = b), the score changes with the number of exchange
k, which puts w_k·v_k into M at row i of column j, by ∂s/∂v_k = −w_k·y_i·z_j, and with an emission of activity j by
w_k·z_j. To first order Var(s) = Σ (∂s/∂v_k)²·Var(v_k), plus 2·ρ·(∂s/∂v_k)(∂s/∂v_l)·σ_k·σ_l for correlated pairs
(R. Heijungs, "Sensitivity coefficients for matrix-based LCA", Int. J. LCA 15 (2010) 511,
doi:10.1007/s11367-010-0158-5).
The terms rank what to measure better: with the exchange known exactly its variance would be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats
from zuji.engine.system import System
from zuji.engine.uncertainty import distributions, random
from zuji.engine.uncertainty.copula import Correlation
from zuji.engine.uncertainty.factors import NO_FACTORS, UncertainFactors, stated_factors
from zuji.engine.uncertainty.layout import exchange_parameters

RUNG_A = "first-order variance"
TECHNOSPHERE, BIOSPHERE, FACTOR = 0, 1, 2


@dataclass(frozen=True, eq=False)
class FirstOrder:
    """The uncertain exchanges that move one score, the one with the largest variance first."""

    score: float
    """At stated values [score unit]."""
    variance: float
    """Of the score, to first order, correlations included [score unit²]."""
    matrix: npt.NDArray[np.int8]
    """0: exchange of the technosphere, 1: of the biosphere, 2: characterisation factor."""
    exchange: npt.NDArray[np.int64]
    """Number of the exchange in its block of the snapshot; of the flow for a factor."""
    uids: random.Uids
    slope: Floats
    """∂score/∂value [score unit per unit of the exchange or factor]."""
    variances: Floats
    """What each exchange contributes to the variance [score unit²]."""
    rung: str = RUNG_A

    @property
    def deviation(self) -> float:
        """Standard deviation of the score [score unit]."""
        return float(np.sqrt(max(self.variance, 0.0)))

    @property
    def shares(self) -> Floats:
        """Share of each exchange in the sum of the variances [1], falling."""
        total = float(self.variances.sum())
        return self.variances / total if total > 0 else np.zeros_like(self.variances)

    def carrying(self, share: float) -> int:
        """How many of the first exchanges it takes for this share of the variance."""
        if not len(self.variances) or self.variances[0] == 0:
            return 0
        return min(int(np.searchsorted(np.cumsum(self.shares), share)) + 1, len(self.variances))


def first_order(
    system: System,
    factors: Floats,
    activity: int,
    correlations: Sequence[Correlation] = (),
    factor_uncertainty: UncertainFactors = NO_FACTORS,
) -> FirstOrder:
    """The variance table of the score of one unit of what `activity` makes, under one method `factors`, (flows,).

    Factors that share a key move together: their covariance is in `variance`, each has a row of its own.
    """
    stated_factors(factor_uncertainty, factors[:, None], system.snapshot.flows)
    plan, snapshot = system.plan, system.snapshot
    emissions, block = snapshot.biosphere, snapshot.technosphere
    share = np.asarray(emissions.sign) * factors[emissions.row]
    place = plan.position[np.asarray(emissions.column, dtype=np.int64)]
    share = share / np.asarray(system.size)[place]
    demand = np.zeros(plan.size)
    demand[plan.position[activity]] = 1.0
    right = np.asarray(np.bincount(place, share * emissions.value, plan.size), dtype=np.float64)
    y, _ = system.adjoint(right)
    z, _ = system.forward(demand)
    column = np.repeat(np.arange(plan.size), np.diff(plan.indptr))[plan.cell]
    weight = np.asarray(system.weight) * block.sign
    slopes = (-weight * y[np.asarray(plan.indices)[plan.cell]] * z[column], share * z[place])
    found = []
    for kind, (part, slope) in enumerate(zip((block, emissions), slopes, strict=True)):
        rows = np.flatnonzero(part.uncertain & (slope != 0))
        _, variance = distributions.moments(exchange_parameters(part)[rows])
        found.append((
            np.full(len(rows), kind, dtype=np.int8), rows, np.asarray(part.uid, dtype=np.uint64)[rows], slope[rows],
            slope[rows] ** 2 * variance,
        ))  # fmt: skip
    varying = factor_uncertainty
    if len(varying):
        amount = np.bincount(
            np.asarray(emissions.row, dtype=np.int64),
            np.asarray(emissions.sign) * emissions.value / np.asarray(system.size)[place] * z[place],
            len(factors),
        )[varying.flow]
        rows = np.flatnonzero(amount)
        _, variance = distributions.moments(varying.parameters[rows])
        found.append((
            np.full(len(rows), FACTOR, dtype=np.int8), varying.flow[rows], varying.uids[rows], amount[rows],
            amount[rows] ** 2 * variance,
        ))  # fmt: skip
    matrix, exchange, uids, slope, variances = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((exchange, uids, -variances))
    roots = np.sign(slope) * np.sqrt(variances)
    total = float(variances.sum()) + _covariance(uids, roots, correlations) + _shared(uids, roots, correlations)
    return FirstOrder(
        score=float(y[plan.position[activity]]),
        variance=total,
        matrix=matrix[order],
        exchange=exchange[order],
        uids=uids[order],
        slope=slope[order],
        variances=variances[order],
    )


def _shared(uids: random.Uids, deviations: Floats, groups: Sequence[Correlation]) -> float:
    """The covariance of those with one key, whose draw is one; exact where their distributions have one shape."""
    grouped = np.concatenate([group.uids for group in groups]) if groups else np.zeros(0, np.uint64)
    free = ~np.isin(uids, grouped)
    _, which = np.unique(uids[free], return_inverse=True)
    sums = np.bincount(which, deviations[free])
    return float(np.sum(sums**2) - np.sum(deviations[free] ** 2))


def _covariance(uids: random.Uids, deviations: Floats, groups: Sequence[Correlation]) -> float:
    total = 0.0
    for group in groups:
        rows = np.flatnonzero(np.isin(uids, group.uids))
        if len(rows):
            at = np.searchsorted(group.uids, uids[rows])
            rho = (group.factor @ group.factor.T)[np.ix_(at, at)]
            moved = deviations[rows]
            total += float(moved @ rho @ moved - moved @ moved)
    return total
