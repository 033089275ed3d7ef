"""Rung (b): Monte Carlo on the few exchanges that carry the variance, in a small dense system.

The exchanges that make up, say, 99.9 % of the first-order variance are drawn; all others stay at their mean. With M̄
the system at its means and Δ the changes of the drawn exchanges, in rows I and columns J,

    s = b·z̄ − (b·M̄⁻¹)_I·u,    u = Δ·(z̄_J − W·u),    W = (M̄⁻¹)_JI

(the Woodbury formula). W is computed once; u is found by repeating its own equation for many samples at a time, and by
a dense solve where that does not settle. The score of each draw is exact for that draw: what is approximate is that
the other exchanges do not vary. `coverage` says how much of the first-order variance is drawn, `reproduced` which
share of the variance of a full Monte Carlo of the same seed the paired screened samples explain.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zuji.engine.columns import Floats
from zuji.engine.system import System, factorise
from zuji.engine.uncertainty import distributions
from zuji.engine.uncertainty.copula import Correlation
from zuji.engine.uncertainty.distributions import Parameters
from zuji.engine.uncertainty.factors import NO_FACTORS, UncertainFactors, at_means
from zuji.engine.uncertainty.first_order import BIOSPHERE, FACTOR, TECHNOSPHERE, FirstOrder, first_order
from zuji.engine.uncertainty.layout import Draws, Index, drawn, exchange_parameters
from zuji.engine.uncertainty.monte_carlo import Progress, monte_carlo
from zuji.engine.uncertainty.run import LANES
from zuji.engine.uncertainty.sampler import Sampler
from zuji.errors import EngineError

RUNG_B = "screened Monte Carlo"
COVERAGE = 0.999
SAMPLES = 256
"""Samples solved together: enough for fast matrix products, few enough for the cache."""
SETTLED = 1e-10
MOST_STEPS = 60
BLAS_THREADS = 262_144
"""Multiplications above which OpenBLAS uses more than one thread; waiting for a busy core costs more than it gains."""
COLUMNS = 64
"""Right sides solved together for W."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """The score of one activity as a function of a few exchange values; all others at their mean."""

    table: FirstOrder
    coverage: float
    """Share of the first-order variance that the drawn exchanges carry [1]."""
    draws: Draws
    """The drawn exchanges: those of the technosphere, then of the biosphere, then the drawn factors."""
    mean: Floats
    """(drawn exchanges,)"""
    technosphere: int
    """How many of them are of the technosphere."""
    row: Index
    """(technosphere,): place in I of the row that each changes."""
    column: Index
    """(technosphere,): place in J."""
    base: float
    """The score with everything at its mean [score unit]."""
    dual: Floats
    """(I,): b·M̄⁻¹ at the rows."""
    primal: Floats
    """(J,): z̄ at the columns."""
    inner: Floats
    """(J, I): W."""
    emitted: Floats
    """(biosphere,): z̄ at the emitters, times the factor at its mean."""
    reach: Floats
    """(biosphere, I): M̄⁻¹ from the rows to the emitters, times the factor at its mean."""
    factor: Index
    """(biosphere,): which drawn factor weighs the emission, -1 for a certain one."""
    factor_base: Floats
    """(factors,): the part of `base` that comes from the flow of each drawn factor."""
    factor_dual: Floats
    """(factors, I): the part of `dual`."""

    @property
    def size(self) -> int:
        """The number of drawn exchanges."""
        return len(self.mean)

    @property
    def parameters(self) -> Parameters:
        """Their distributions."""
        return self.draws.parameters

    def scores(self, values: Floats) -> Floats:
        """The score for each column of exchange values, shape (drawn exchanges, samples) → (samples,)."""
        found = np.empty(values.shape[1])
        for start in range(0, values.shape[1], SAMPLES):
            chosen = slice(start, start + SAMPLES)
            found[chosen] = self._scores(values[:, chosen])
        return found

    def _scores(self, values: Floats) -> Floats:
        change = values - self.mean[:, None]
        k, last = self.technosphere, self.technosphere + len(self.emitted)
        # A score is linear in each factor: its part grows with drawn ÷ mean.
        grown = change[last:] / self.mean[last:, None]
        none = np.zeros((1, values.shape[1]))
        emitted = change[k:last] * (1 + np.concatenate([grown, none])[self.factor])
        score = self.base + self.factor_base @ grown + self.emitted @ emitted
        if not k:
            return np.asarray(score)
        delta = change[:k] * self.draws.weight[:k, None]
        dual = self.dual[:, None] + self.reach.T @ emitted + self.factor_dual.T @ grown
        size = np.abs(dual)
        scale = SETTLED * (np.abs(score) + 1e-300)
        u = np.zeros(dual.shape)
        waiting = np.ones(values.shape[1], dtype=bool)
        for _ in range(MOST_STEPS):
            following = self._gathered(delta * (self.primal[:, None] - _product(self.inner, u))[self.column])
            moved = (size * np.abs(following - u)).sum(axis=0)
            u = following
            waiting = ~(moved <= scale)
            if not waiting.any() or not np.isfinite(moved).all():
                break
        for sample in np.flatnonzero(waiting):
            step = np.zeros((len(self.dual), len(self.primal)))
            np.add.at(step, (self.row, self.column), delta[:, sample])
            u[:, sample] = np.linalg.solve(np.eye(len(self.dual)) + step @ self.inner, step @ self.primal)
        return np.asarray(score - (dual * u).sum(axis=0))

    def _gathered(self, parts: Floats) -> Floats:
        """The sums of `parts` by row of I; rows ascend."""
        return np.add.reduceat(parts, np.flatnonzero(np.diff(self.row, prepend=-1)), axis=0)


@dataclass(frozen=True, eq=False)
class Screened:
    """Samples of one score from the reduced system, and how far they may be trusted."""

    samples: Floats
    seed: int
    coverage: float
    exchanges: int
    """How many exchanges were drawn."""
    uncertain: int
    """How many could have been."""
    checked: int
    """Samples of the full Monte Carlo that were held against this; 0 for none."""
    reproduced: float
    """Squared correlation with them [1]: the share of their variance that is reproduced; NaN without a check."""
    deviation_ratio: float
    """Standard deviation of the screened samples over that of the full ones [1]; NaN without a check."""
    requested: int
    seconds: float
    reduced: Reduced
    rung: str = RUNG_B

    @property
    def partial(self) -> bool:
        """Whether the run was cancelled before its end."""
        return len(self.samples) < self.requested


def _product(matrix: Floats, columns: Floats) -> Floats:
    """matrix @ columns, eight columns at a time where that keeps BLAS from waking its threads for a tiny product."""
    count = columns.shape[1]
    if count % LANES or matrix.size * LANES > BLAS_THREADS:
        return np.asarray(matrix @ columns)
    stacked = columns.reshape(len(columns), -1, LANES).transpose(1, 0, 2)
    return np.asarray(np.matmul(matrix, stacked).transpose(1, 0, 2).reshape(len(matrix), count))


def reduce(
    system: System, factors: Floats, activity: int, *, coverage: float = COVERAGE,
    correlations: Sequence[Correlation] = (), factor_uncertainty: UncertainFactors = NO_FACTORS,
    mean: System | None = None,
) -> Reduced:  # fmt: skip
    """The reduced system of one score with the exchanges that carry `coverage` of its first-order variance.

    `mean` is `at_mean(system)` where it is at hand. Raises EngineError for a coverage outside (0, 1] and a
    distribution that cannot be sampled.
    """
    if not 0 < coverage <= 1:
        raise EngineError(f"a coverage of {coverage} is not a share above 0 and up to 1")
    table = first_order(system, factors, activity, correlations, factor_uncertainty)
    count = table.carrying(coverage)
    mean = at_mean(system) if mean is None else mean
    plan, snapshot = mean.plan, mean.snapshot
    kind, exchange = table.matrix[:count], table.exchange[:count]

    chosen = exchange[kind == TECHNOSPHERE]
    cell = plan.cell[chosen]
    column = np.repeat(np.arange(plan.size), np.diff(plan.indptr))[cell]
    row = np.asarray(plan.indices, dtype=np.int64)[cell]
    order = np.lexsort((column, row))
    chosen, row, column = chosen[order], row[order], column[order]
    rows, row_place = np.unique(row, return_inverse=True)
    columns, column_place = np.unique(column, return_inverse=True)

    emissions = snapshot.biosphere
    emitted = exchange[kind == BIOSPHERE]
    position = plan.position[np.asarray(emissions.column, dtype=np.int64)]
    expected_factors = at_means(factor_uncertainty, factors[:, None])[:, 0]
    share = np.asarray(emissions.sign) * expected_factors[emissions.row] / np.asarray(mean.size)[position]
    expected, _ = distributions.moments(exchange_parameters(emissions))
    right = np.asarray(np.bincount(position, share * expected, plan.size), dtype=np.float64)
    demand = np.zeros(plan.size)
    demand[plan.position[activity]] = 1.0
    y, _ = mean.adjoint(right)
    z, _ = mean.forward(demand)
    inner, reach = np.empty((len(columns), len(rows))), np.empty((len(emitted), len(rows)))
    for start in range(0, len(rows), COLUMNS):
        some = rows[start : start + COLUMNS]
        units = np.zeros((plan.size, len(some)))
        units[some, np.arange(len(some))] = 1.0
        solved, _ = mean.forward(units)
        inner[:, start : start + COLUMNS] = solved[columns]
        reach[:, start : start + COLUMNS] = solved[position[emitted]] * share[emitted, None]
    varying = _drawn_factors(factor_uncertainty, table, count)
    factor_of = np.full(len(factors), -1, dtype=np.int64)
    factor_of[varying.flow] = np.arange(len(varying))
    parts = np.zeros((plan.size, len(varying)))
    for i, flow in enumerate(varying.flow.tolist()):
        own = np.asarray(emissions.row) == flow
        parts[:, i] = np.bincount(position[own], (share * expected)[own], plan.size)
    of_factors, _ = mean.adjoint(parts)
    draws = _draws(system, chosen, emitted, share, varying)
    distributions.check(draws.parameters)
    return Reduced(
        table=table,
        coverage=float(table.shares[:count].sum()),
        draws=draws,
        mean=distributions.moments(draws.parameters)[0],
        technosphere=len(chosen),
        row=row_place,
        column=column_place,
        base=float(y[plan.position[activity]]),
        dual=y[rows],
        primal=z[columns],
        inner=inner,
        emitted=z[position[emitted]] * share[emitted],
        reach=reach,
        factor=factor_of[emissions.row[emitted]],
        factor_base=of_factors[plan.position[activity]],
        factor_dual=of_factors[rows].T,
    )


def _drawn_factors(given: UncertainFactors, table: FirstOrder, count: int) -> UncertainFactors:
    """The factors among the first `count` rows, and those that share a key with one of them."""
    kind = table.matrix == FACTOR
    keys = table.uids[:count][kind[:count]]
    rows = np.flatnonzero(np.isin(given.flow, table.exchange[kind]) & np.isin(given.uids, keys))
    return UncertainFactors(given.flow[rows], given.method[rows], given.uids[rows], given.parameters[rows])


def _draws(system: System, chosen: Index, emitted: Index, share: Floats, varying: UncertainFactors) -> Draws:
    block, emissions = system.snapshot.technosphere, system.snapshot.biosphere
    parts = [exchange_parameters(block)[chosen], exchange_parameters(emissions)[emitted], varying.parameters]
    parameters = Parameters(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}
    )
    weight = (np.asarray(system.weight) * block.sign)[chosen]
    return Draws(
        uids=np.concatenate(
            [block.uid[chosen].astype(np.uint64), emissions.uid[emitted].astype(np.uint64), varying.uids]
        ),
        parameters=parameters,
        place=np.arange(len(chosen) + len(emitted) + len(varying)),
        weight=np.concatenate([weight, share[emitted], np.ones(len(varying))]),
        exchange=np.concatenate([chosen, emitted, varying.flow]),
    )


def at_mean(system: System) -> System:
    """The system with every exchange of the technosphere at its mean."""
    block, plan = system.snapshot.technosphere, system.plan
    expected, _ = distributions.moments(exchange_parameters(block))
    weights = np.asarray(system.weight) * block.sign * expected
    data = np.asarray(np.bincount(plan.cell, weights, len(plan.indices)), dtype=np.float64)
    return replace(system, data=data, factors=factorise(plan, data))


def screened(
    system: System, factors: Floats, activity: int, n: int, *, seed: int = 0, coverage: float = COVERAGE,
    sampler: Sampler | None = None, correlations: Sequence[Correlation] = (),
    factor_uncertainty: UncertainFactors = NO_FACTORS, check: int = 64, threads: int = 1,
    progress: Callable[[Progress], None] | None = None, cancelled: Callable[[], bool] | None = None,
) -> Screened:  # fmt: skip
    """`n` samples of the score of one `activity`; the first `check` are held against a full Monte Carlo."""
    begun = time.monotonic()
    used = sampler or Sampler(seed)
    reduced = reduce(
        system, factors, activity, coverage=coverage, correlations=correlations, factor_uncertainty=factor_uncertainty
    )
    found: list[Floats] = []
    for start in range(0, n, SAMPLES):
        count = min(SAMPLES, n - start)
        found.append(reduced.scores(drawn(reduced.draws, used, start, count, correlations)))
        done, seconds = start + count, max(time.monotonic() - begun, 1e-9)
        if progress is not None:
            progress(Progress(done, n, done / seconds, (n - done) * seconds / done))
        if cancelled is not None and cancelled():
            break
    samples = np.concatenate(found)
    compared = min(check, len(samples))
    reproduced = ratio = float("nan")
    if compared >= LANES:
        full = monte_carlo(
            system, factors, compared, activities=[activity], sampler=used, correlations=correlations,
            factor_uncertainty=factor_uncertainty, check=0, threads=threads,
        ).samples[0, 0]  # fmt: skip
        ours = samples[:compared]
        if full.std() > 0 and ours.std() > 0:
            reproduced = float(np.corrcoef(full, ours)[0, 1] ** 2)
            ratio = float(ours.std() / full.std())
    return Screened(
        samples=samples,
        seed=used.seed,
        coverage=reduced.coverage,
        exchanges=reduced.size,
        uncertain=len(reduced.table.uids),
        checked=compared if compared >= LANES else 0,
        reproduced=reproduced,
        deviation_ratio=ratio,
        requested=n,
        seconds=time.monotonic() - begun,
        reduced=reduced,
    )
