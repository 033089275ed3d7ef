"""One Monte Carlo run made ready: its draws into buffers of eight lanes, its solves, and the error of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from zuji.engine import fast
from zuji.engine.columns import Floats
from zuji.engine.substitution import solve_triangular_reference
from zuji.engine.system import System
from zuji.engine.uncertainty import distributions, random
from zuji.engine.uncertainty.copula import Correlation
from zuji.engine.uncertainty.factors import NO_FACTORS, UncertainFactors
from zuji.engine.uncertainty.layout import Draws, Layout, drawn, layout
from zuji.engine.uncertainty.pruning import CoreFactors, Pruned, core_factors, gross_scores, prune, sums
from zuji.engine.uncertainty.sampler import RANDOM, Sampler
from zuji.errors import EngineError, SingularError

LANES = 8
PRUNE = (3e-3, 3e-4, 0.0)
"""Shares of a score below which a factor entry is left out; the first that settles in `QUICK` steps is taken."""
QUICK = 14
MOST_STEPS = 60
GOAL = 4e-7
"""What the corrections still to come may add up to, relative to each score, when the refinement stops."""
FLOOR = 1e-3
"""A score whose parts cancel to less than this share of its gross score is judged against that share of it."""


@dataclass(frozen=True, eq=False)
class Solved:
    """One batch: y of the closure by method, shape (kept activities, 8), and how it went."""

    y: list[Floats]
    steps: int
    refactorised: tuple[int, ...]
    unphysical: tuple[int, ...]


class Run:
    """A Monte Carlo run made ready: layout, constant parts of the kernels, scaled factors for each method."""

    def __init__(
        self, system: System, factors: Floats, activities: Sequence[int] | None, sampler: Sampler,
        correlations: Sequence[Correlation] = (), factor_uncertainty: UncertainFactors = NO_FACTORS,
    ) -> None:  # fmt: skip
        self.system = system
        self.sampler = sampler
        self.layout: Layout = layout(system, factors, activities, correlations, factor_uncertainty)
        self.methods = factors.shape[1]
        self.compiled = fast.available()
        self._split()
        self.core = self.layout.core[1] > self.layout.core[0]
        self.right_stated = [
            sums(self.layout.emitter, self.layout.emitted * weight) for weight in self.layout.emitted_weight
        ]
        self.base = [self._base(right) for right in self.right_stated]
        matrix = self._matrix(self.layout.stated)
        diagonal = matrix.diagonal()
        off = matrix - sparse.diags_array(diagonal)
        self.credits = bool((off.data > 0).any() or (diagonal <= 0).any())
        self.positive = [
            not self.credits and bool((right >= 0).all()) and not _may_be_negative(varying.draws)
            for right, varying in zip(self.right_stated, self.layout.factors, strict=True)
        ]
        self.gross = [gross_scores(self.layout, matrix, k, self.base[k], self.positive[k]) for k in range(self.methods)]
        self.pruned: list[Pruned] = []
        if self.compiled and self.core:
            self._prepare_factors()

    def _split(self) -> None:
        parts = self.layout
        cells = len(parts.indices)
        direct = np.bincount(parts.technosphere.place, minlength=cells) == 1
        direct &= parts.certain == 0
        grouped = np.concatenate([group.uids for group in parts.groups]) if parts.groups else np.zeros(0, np.uint64)

        def simple(draws: Draws) -> npt.NDArray[np.bool_]:
            plain = (draws.parameters.id == distributions.LOGNORMAL) & ~draws.parameters.bounded
            plain &= ~np.isin(draws.uids, grouped)
            return plain if self.compiled and self.sampler.kind == RANDOM else np.zeros(len(draws), dtype=bool)

        technosphere = simple(parts.technosphere) & direct[parts.technosphere.place]
        quick, self.slow = parts.technosphere.split(technosphere)
        quick_emitted, self.slow_emitted = parts.biosphere.split(simple(parts.biosphere))
        self.shared = np.unique(self.slow.place)
        self.arguments = [_kernel_arguments(draws) for draws in (quick, quick_emitted)]

    def buffers(self) -> tuple[Floats, Floats]:
        """Values of Mᵀ and of the emissions for eight lanes, the certain ones filled in; one pair for each thread."""
        parts = self.layout
        values = np.repeat(parts.certain[:, None], LANES, axis=1)
        emitted = np.repeat(parts.emitted[:, None], LANES, axis=1)
        return values, emitted

    def sample(self, first: int, buffers: tuple[Floats, Floats]) -> None:
        """Fill the buffers with the draws of iterations `first` to `first + 7`."""
        values, emitted = buffers
        parts = self.layout
        if self.compiled:
            from zuji.engine.uncertainty import kernels

            seed = self.sampler.seed
            for arguments, buffer in zip(self.arguments, buffers, strict=True):
                kernels.draw_lognormals(
                    np.uint64(seed & random.LOW), np.uint64(seed >> 32), np.uint64(random.DRAWS),
                    np.uint64(first // 4), *arguments, buffer,
                )  # fmt: skip
        if len(self.slow):
            values[self.shared] = parts.certain[self.shared, None]
            found = drawn(self.slow, self.sampler, first, LANES, parts.groups) * self.slow.weight[:, None]
            np.add.at(values, self.slow.place, found)
        if len(self.slow_emitted):
            emitted[self.slow_emitted.place] = drawn(self.slow_emitted, self.sampler, first, LANES, parts.groups)

    def batch(self, first: int, buffers: tuple[Floats, Floats]) -> Solved:
        """Draw and solve the eight iterations from `first` on."""
        if self.sampler.kind != RANDOM and first + LANES > self.sampler.n:
            return self._last(first, buffers)
        self.sample(first, buffers)
        return self._solve(first, buffers)

    def _last(self, first: int, buffers: tuple[Floats, Floats]) -> Solved:
        """A batch of which only a part is in the stratified sample: the lanes beyond it repeat its last iteration."""
        count = self.sampler.n - first
        if count < 1:
            raise EngineError(f"iteration {first} is beyond the {self.sampler.n} of this sample")
        values, emitted = buffers
        parts = self.layout
        lanes = np.minimum(np.arange(LANES), count - 1)
        values[self.shared] = parts.certain[self.shared, None]
        found = drawn(self.slow, self.sampler, first, count, parts.groups) * self.slow.weight[:, None]
        np.add.at(values, self.slow.place, found[:, lanes])
        emitted[self.slow_emitted.place] = drawn(self.slow_emitted, self.sampler, first, count, parts.groups)[:, lanes]
        return self._solve(first, buffers)

    def _weighed(self, k: int, emitted: Floats, first: int) -> Floats:
        """The drawn emissions times drawn ÷ stated factor of method k."""
        part = self.layout.factors[k]
        if not len(part.emission):
            return emitted
        count = LANES if self.sampler.kind == RANDOM else min(LANES, self.sampler.n - first)
        ratios = part.ratios(self.sampler, first, count, self.layout.groups)
        return part.weighed(emitted, ratios[:, np.minimum(np.arange(LANES), count - 1)])

    def _solve(self, first: int, buffers: tuple[Floats, Floats]) -> Solved:
        values, emitted = buffers
        found: list[Floats] = []
        steps = 0
        alone: set[int] = set()
        unphysical: set[int] = set()
        for k in range(self.methods):
            weighed = self._weighed(k, emitted, first)
            if self.compiled:
                y, used, unsettled = self._compiled_solve(k, values, weighed)
            else:
                y, used, unsettled = self._reference_solve(k, values, weighed)
            steps += used
            alone |= unsettled
            if self.positive[k]:
                unphysical |= set(np.flatnonzero((y < 0).any(axis=0)).tolist())
            found.append(y)
        return Solved(found, steps, tuple(sorted(alone)), tuple(sorted(unphysical)))

    def _compiled_solve(self, k: int, values: Floats, emitted: Floats) -> tuple[Floats, int, set[int]]:
        from zuji.engine.uncertainty import kernels

        parts = self.layout
        first, last = parts.core
        right = np.empty((parts.size, LANES))
        kernels.right_side(parts.emitter, emitted, parts.emitted_weight[k], right)
        y = np.empty_like(right)
        kernels.substitute(0, first, parts.indptr, parts.indices, values, right, y)
        steps, unsettled = 0, set[int]()
        if self.core:
            steps, unsettled = self._refine(self.pruned[k], values, right, y, MOST_STEPS)
            for lane in unsettled:
                y[first:last, lane] = self._fresh_core(values[:, lane], right[first:last, lane])
        kernels.substitute(last, parts.size, parts.indptr, parts.indices, values, right, y)
        return y, steps, unsettled

    def _refine(self, pruned: Pruned, values: Floats, right: Floats, y: Floats, most: int) -> tuple[int, set[int]]:
        """Solve the core in place; `right` of the core loses what comes from before it."""
        from zuji.engine.uncertainty import kernels

        parts = self.layout
        first, last = parts.core
        kernels.prepare_core(first, last, parts.indptr, parts.middle, parts.indices, values, y, right)
        y[first:last] = pruned.start[first:last, None]
        size, previous = np.zeros(LANES), np.zeros((2, LANES))
        work = np.empty((last - first, LANES))
        steps = int(
            kernels.refine_core(
                first, last, parts.indptr, parts.middle, parts.indices, values, right, y, pruned.gross,
                pruned.perm_r, pruned.perm_c, pruned.lower, pruned.upper, pruned.inverse, FLOOR, GOAL, most, work,
                size, previous,
            )
        )  # fmt: skip
        return steps, {lane for lane in range(LANES) if not _settled(float(size[lane]), float(previous[1, lane]))}

    def _fresh_core(self, values: Floats, right: Floats) -> Floats:
        """The core's y of one sample by a factorisation of its own; `right` without what comes from before it."""
        first, last = self.layout.core
        core = self._matrix(values)[first:last, first:last].tocsc()
        try:
            factors = splu(core)
        except RuntimeError as error:
            raise SingularError(f"a sample makes the core singular ({error}): a loop has no net output") from error
        y: Floats = factors.solve(right)
        return np.asarray(y + factors.solve(right - core @ y))

    def _matrix(self, values: Floats) -> sparse.csr_array:
        """Mᵀ of the closure with these values."""
        parts = self.layout
        return sparse.csr_array((values, parts.indices, parts.indptr), shape=(parts.size, parts.size))

    def _exact(self, values: Floats, right: Floats) -> Floats:
        """y of one sample with a fresh factorisation, by SciPy alone."""
        first, last = self.layout.core
        matrix = self._matrix(values)
        y = np.empty_like(right)
        y[:first] = _substituted(matrix[:first, :first], right[:first])
        if self.core:
            y[first:last] = self._fresh_core(values, right[first:last] - matrix[first:last, :first] @ y[:first])
        y[last:] = _substituted(matrix[last:, last:], right[last:] - matrix[last:, :last] @ y[:last])
        return y

    def _reference_solve(self, k: int, values: Floats, emitted: Floats) -> tuple[Floats, int, set[int]]:
        """The same by NumPy and SciPy, one lane after the other, with the unpruned factors."""
        parts = self.layout
        first, last = parts.core
        y = np.empty((parts.size, LANES))
        most, unsettled = 0, set[int]()
        for lane in range(LANES):
            right = sums(parts.emitter, emitted[:, lane] * parts.emitted_weight[k])
            matrix = self._matrix(np.ascontiguousarray(values[:, lane]))
            found = y[:, lane]
            found[:first] = _substituted(matrix[:first, :first], right[:first])
            if self.core:
                inner = matrix[first:last, first:last]
                rest = right[first:last] - matrix[first:last, :first] @ found[:first]
                x = self.base[k][first:last].copy()
                gross = self.gross[k][first:last]
                size, previous, before, settled = 0.0, 0.0, 0.0, False
                for step in range(MOST_STEPS):
                    change = self.system.factors.solve(rest - inner @ x)
                    x += change
                    before, previous = previous, size
                    size = float(np.max(np.abs(change) / np.maximum(np.abs(x), FLOOR * gross)))
                    most = max(most, step + 1)
                    settled = step > 1 and _settled(size, before)
                    if settled or not np.isfinite(size):
                        break
                if not settled:
                    unsettled.add(lane)
                    x = self._fresh_core(np.ascontiguousarray(values[:, lane]), rest)
                found[first:last] = x
            found[last:] = _substituted(matrix[last:, last:], right[last:] - matrix[last:, :last] @ found[:last])
        return y, most, unsettled

    def error(self, iteration: int) -> float:
        """The largest relative difference between the run's scores of the closure in `iteration` and those from
        reference draws and a fresh factorisation, each against max(|score|, `FLOOR`·gross score)."""
        first = iteration - iteration % LANES
        lane = iteration - first
        solved = self.batch(first, self.buffers())
        parts = self.layout
        values = parts.certain.copy()
        draws = parts.technosphere
        np.add.at(values, draws.place, drawn(draws, self.sampler, iteration, 1, parts.groups)[:, 0] * draws.weight)
        emitted = parts.emitted.copy()
        emitted[parts.biosphere.place] = drawn(parts.biosphere, self.sampler, iteration, 1, parts.groups)[:, 0]
        worst = 0.0
        for k in range(self.methods):
            varying = parts.factors[k]
            ratios = varying.ratios(self.sampler, iteration, 1, parts.groups)
            weighed = varying.weighed(emitted[:, None], ratios)[:, 0]
            exact = self._exact(values, sums(parts.emitter, weighed * parts.emitted_weight[k]))
            scale = np.maximum(np.abs(exact), FLOOR * self.gross[k])
            worst = max(worst, float(np.max(np.abs(solved.y[k][:, lane] - exact) / scale, initial=0.0)))
        return worst

    def _base(self, right: Floats) -> Floats:
        whole = np.zeros(self.system.plan.size)
        whole[self.layout.positions] = right
        y, _ = self.system.adjoint(whole)
        return np.asarray(y)[self.layout.positions]

    def _prepare_factors(self) -> None:
        buffers = self.buffers()
        self.batch_zero(buffers)
        whole = core_factors(self.system)
        self.pruned = next(found for found in (self._trial(whole, share, buffers) for share in PRUNE) if found)

    def _trial(self, factors: CoreFactors, share: float, buffers: tuple[Floats, Floats]) -> list[Pruned]:
        """The factors pruned for each method; none when they do not settle quickly, unless nothing was left out."""
        from zuji.engine.uncertainty import kernels

        parts = self.layout
        found: list[Pruned] = []
        right, y = np.empty((parts.size, LANES)), np.empty((parts.size, LANES))
        for k in range(self.methods):
            pruned = prune(factors, self.gross[k], self.base[k], parts.core, share)
            if share > 0:
                kernels.right_side(parts.emitter, buffers[1], parts.emitted_weight[k], right)
                kernels.substitute(0, parts.core[0], parts.indptr, parts.indices, buffers[0], right, y)
                if self._refine(pruned, buffers[0], right, y, QUICK)[1]:
                    return []
            found.append(pruned)
        return found

    def batch_zero(self, buffers: tuple[Floats, Floats]) -> None:
        """The draws of the first eight iterations of this seed, whatever the run asks for: the pruning is judged by
        them, so it is the same for every part of a run."""
        if self.sampler.kind != RANDOM and self.sampler.n < LANES:
            values, emitted = buffers
            values[:] = self.layout.stated[:, None]
            emitted[:] = self.layout.emitted[:, None]
        else:
            self.sample(0, buffers)


def _settled(size: float, before: float) -> bool:
    """Whether little is left after a correction of `size`, two steps after one of `before`: as `kernels.rest`."""
    if not size < np.inf:
        return False
    ratio = max(np.sqrt(size / before), 0.2) if before > 0 else 0.2
    return bool(size * ratio / (1 - ratio) <= GOAL if ratio < 1 else size <= 1e-9)


def _may_be_negative(draws: Draws) -> bool:
    """Whether the lowest possible draw of one of them has another sign than what is stated."""
    ends = np.array([2.0**-33, 1 - 2.0**-33])
    return bool(
        (distributions.draw(draws.parameters, np.tile(ends, (len(draws), 1))) * draws.weight[:, None] < 0).any()
    )


def _substituted(matrix: sparse.csr_array, right: Floats) -> Floats:
    """x with matrix·x = right for the lower triangular matrix in compressed rows."""
    return solve_triangular_reference(matrix.indptr, matrix.indices, matrix.data, right, lower=False, transposed=True)


def _kernel_arguments(draws: Draws) -> tuple[Any, ...]:
    p = draws.parameters
    scale = draws.weight * np.where(p.negative, -1.0, 1.0)
    return (
        draws.uids & np.uint64(random.LOW), draws.uids >> np.uint64(32),
        np.ascontiguousarray(p.loc), np.ascontiguousarray(p.scale), scale, draws.place,
    )  # fmt: skip
