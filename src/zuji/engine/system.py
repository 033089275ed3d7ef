"""A snapshot on its plan: the numbers of M = I − T, its factorised core, and solves that end with a checked residual.

SuperLU's own column ordering fills in badly where a matrix has dense rows, and every market is one in A; so the core is
factorised alone, in the order of the plan, with pivots from the diagonal. Pre and post need no factorisation at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from zuji.engine.arrays import read_arrays, write_arrays
from zuji.engine.cache import cache_path, through_cache
from zuji.engine.ordering import elimination_order
from zuji.engine.plan import Plan, cached_plan
from zuji.engine.snapshot import Snapshot
from zuji.engine.soundness import proved, require_sound
from zuji.engine.substitution import solve_triangular, transposed_residual
from zuji.errors import EngineError, SingularError, UnreadableError

FORMAT = "zuji-factors/1"
Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SETTLED = 1e-13
"""A solution is settled when its residual is this small against |M|·|solution| + |right|, row by row (the backward
error of Oettli and Prager, Numer. Math. 6 (1964) 405); rounding alone leaves about 1e-16 per term."""

PIVOTS = 1e-8
"""Backward error of one solve above which the pivots are not good enough to refine with."""
REFINEMENTS = 6
"""A backward stable factorisation settles after one step; more are tried before the system is called singular."""


@dataclass(frozen=True, eq=False)
class Factors:
    """Pr·Mᵀ·Pc = L·U of the core (c activities), by SuperLU with partial pivoting; L has a unit diagonal, stored."""

    lower_indptr: Array
    lower_indices: Array
    lower_data: Floats
    """L in compressed columns, (c, c), row indices ascending."""
    upper_indptr: Array
    upper_indices: Array
    upper_data: Floats
    """U in compressed columns, (c, c), row indices ascending."""
    perm_r: Array
    """(c,) int32: row i of Mᵀ is row perm_r[i] of L·U."""
    perm_c: Array
    """(c,) int32: column j of Mᵀ is column perm_c[j] of L·U."""

    @property
    def size(self) -> int:
        """The number of activities in the core."""
        return len(self.perm_r)

    def solve(self, right: Floats, *, transposed: bool = False) -> Floats:
        """y with Mᵀ·y = right in the core, or z with M·z = right when `transposed`; right (c,) or (c, k)."""
        lower = (self.lower_indptr, self.lower_indices, self.lower_data)
        upper = (self.upper_indptr, self.upper_indices, self.upper_data)
        permuted = np.empty_like(right)
        if transposed:
            permuted[self.perm_c] = right
            half = solve_triangular(*upper, permuted, lower=False, transposed=True)
            return solve_triangular(*lower, half, lower=True, transposed=True)[self.perm_r]
        permuted[self.perm_r] = right
        half = solve_triangular(*lower, permuted, lower=True)
        return solve_triangular(*upper, half, lower=False)[self.perm_c]


_FACTORS = (
    "lower_indptr", "lower_indices", "lower_data", "upper_indptr", "upper_indices", "upper_data", "perm_r", "perm_c",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class System:
    """One snapshot ready to be solved; everything is in positions of the plan, n of them."""

    snapshot: Snapshot
    plan: Plan
    sign: Floats
    """(n,) float64: +1, or −1 where the reference flow is negative (a waste treatment); S of the plan."""
    size: Floats
    """(n,) float64 > 0: reference flow per run, without its sign [unit of the product]; |D| of the plan."""
    weight: Floats
    """(m,) float64: technosphere exchange k adds weight[k]·sign[k]·value[k] to cell[k] of M, whatever its value."""
    data: Floats
    """(k,) float64: the values of M in the plan's pattern."""
    factors: Factors

    @classmethod
    def of(cls, snapshot: Snapshot, cache: Path | None = None) -> System:
        """The system of `snapshot`, its plan and factorisation taken from the folder `cache` where they are there.

        Raises EngineError with the first fatal problem of the diagnosis: production that cannot be matched, a reference
        flow of zero, a loop that takes as much as it delivers (see `zuji.engine.soundness`); SingularError when the
        core has no inverse for another reason.
        """
        try:
            made = cls._made(snapshot, cache)
        except EngineError:
            require_sound(snapshot, cache)
            raise
        if not proved(made.matrix, made._forward_once):
            require_sound(snapshot, cache)
        return made

    @classmethod
    def _made(cls, snapshot: Snapshot, cache: Path | None) -> System:
        plan = cached_plan(snapshot, cache)
        sign, size, weight = _weights(snapshot, plan)
        weights = weight * snapshot.technosphere.signed
        data = np.bincount(plan.cell, weights=weights, minlength=len(plan.indices)).astype(np.float64, copy=False)
        if cache is None:
            factors = factorise(plan, data)
        else:
            # The numbers of M are what was factorised; biosphere and labels may differ.
            digest = f"sha256:{hashlib.sha256(data.tobytes()).hexdigest()}"
            factors = through_cache(
                cache_path(cache, "factors", plan.structure, digest),
                lambda path: load_factors(path, plan.structure, digest),
                lambda: factorise(plan, data),
                lambda path, made: save_factors(path, made, plan.structure, digest),
            )
        return cls(snapshot, plan, sign, size, weight, data, factors)

    @cached_property
    def matrix(self) -> sparse.csc_array:
        """M, shape (n, n), in positions."""
        n = self.plan.size
        return sparse.csc_array((self.data, self.plan.indices, self.plan.indptr), shape=(n, n))

    @cached_property
    def _absolute(self) -> sparse.csc_array:
        return sparse.csc_array(abs(self.matrix))

    @cached_property
    def _blocks(self) -> _Blocks:
        start, stop = self.plan.core_start, self.plan.core_stop
        core = self.matrix[:, start:stop]
        post = self.matrix[:, stop:]
        return _Blocks(
            pre=self.matrix[:start, :start],
            to_core=core[:start],
            core=core[start:stop],
            to_post=post[:stop],
            post=post[stop:],
        )

    def adjoint(self, right: Floats) -> tuple[Floats, float]:
        """(y, error): y with Mᵀ·y = right, in positions, shape (n,) or (n, k); error is the largest backward error.

        Raises SingularError when refinement does not settle the solution.
        """
        return _settled(self._adjoint_residual, self._adjoint_once, right, self.snapshot)

    def forward(self, right: Floats) -> tuple[Floats, float]:
        """(z, error): z with M·z = right, in positions, shape (n,) or (n, k); otherwise as `adjoint`."""
        return _settled(self._forward_residual, self._forward_once, right, self.snapshot)

    def _adjoint_residual(self, y: Floats, right: Floats) -> tuple[Floats, Floats]:
        return transposed_residual(self.plan.indptr, self.plan.indices, self.data, y, right)

    def _forward_residual(self, z: Floats, right: Floats) -> tuple[Floats, Floats]:
        return right - self.matrix @ z, self._absolute @ np.abs(z) + np.abs(right)

    def _adjoint_once(self, right: Floats) -> Floats:
        blocks, start, stop = self._blocks, self.plan.core_start, self.plan.core_stop
        y = np.empty_like(right)
        y[:start] = _triangular(blocks.pre, right[:start], transposed=True)
        y[start:stop] = self.factors.solve(right[start:stop] - blocks.to_core.T @ y[:start])
        y[stop:] = _triangular(blocks.post, right[stop:] - blocks.to_post.T @ y[:stop], transposed=True)
        return y

    def _forward_once(self, right: Floats) -> Floats:
        blocks, start, stop = self._blocks, self.plan.core_start, self.plan.core_stop
        z = np.empty_like(right)
        z[stop:] = _triangular(blocks.post, right[stop:])
        rest = right[:stop] - blocks.to_post @ z[stop:]
        z[start:stop] = self.factors.solve(rest[start:], transposed=True)
        z[:start] = _triangular(blocks.pre, rest[:start] - blocks.to_core @ z[start:stop])
        return z


@dataclass(frozen=True, eq=False)
class _Blocks:
    pre: sparse.csc_array
    to_core: sparse.csc_array
    core: sparse.csc_array
    to_post: sparse.csc_array
    post: sparse.csc_array


def _triangular(block: sparse.csc_array, right: Floats, *, transposed: bool = False) -> Floats:
    return solve_triangular(block.indptr, block.indices, block.data, right, lower=False, transposed=transposed)


def _weights(snapshot: Snapshot, plan: Plan) -> tuple[Floats, Floats, Floats]:
    """Sign and size of the reference flows by position, and the weight of every technosphere exchange."""
    block = snapshot.technosphere
    own = plan.reference
    made = np.bincount(block.column[own], weights=block.signed[own], minlength=plan.size)
    nothing = np.flatnonzero(made == 0)
    if len(nothing):
        names = [snapshot.activities[int(j)] for j in nothing[:10]]
        raise EngineError(f"the reference flow of {len(nothing)} activities is zero", names)
    sign, size = np.sign(made), np.abs(made)
    weight = sign[plan.activity_of][block.row] / size[block.column]
    return sign[plan.order], size[plan.order], weight


def factorise(plan: Plan, data: Floats) -> Factors:
    """The factors of the core of M, whose numbers in the plan's pattern are `data` (k,).

    Raises SingularError when no pivoting gives factors that are good enough to refine with.
    """
    start, stop, n = plan.core_start, plan.core_stop, plan.size
    matrix = sparse.csc_array((data, plan.indices, plan.indptr), shape=(n, n))
    core = matrix[start:stop, start:stop]
    if stop == start:
        none = np.zeros(0, dtype=np.int32)
        start_of = np.zeros(1, dtype=np.int32)
        return Factors(start_of, none, np.zeros(0), start_of, none, np.zeros(0), none, none)
    turned = sparse.csc_matrix(core.T)
    order = elimination_order(turned)
    moved = bool((order != np.arange(len(order))).any())
    found = _superlu(turned[order][:, order].tocsc() if moved else turned)
    lower, upper = found.L, found.U
    lower.sort_indices()
    upper.sort_indices()
    return Factors(
        lower_indptr=lower.indptr,
        lower_indices=lower.indices,
        lower_data=lower.data,
        upper_indptr=upper.indptr,
        upper_indices=upper.indices,
        upper_data=upper.data,
        perm_r=_back(found.perm_r, order),
        perm_c=_back(found.perm_c, order),
    )


def _back(permutation: Array, order: Array) -> Array:
    """The permutation of the reordered core as one of the core itself."""
    found = np.empty_like(permutation)
    found[order] = permutation
    return found


def _superlu(matrix: sparse.csc_matrix) -> Any:
    # Pivots from the diagonal keep the order of the plan. Large credits can make them small: then the usual pivoting.
    start = np.ones(matrix.shape[0])
    for natural in (True, False):
        try:
            found = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0) if natural else splu(matrix)
        except RuntimeError:
            continue
        solution = found.solve(start)
        scale = abs(matrix) @ np.abs(solution) + start
        if np.isfinite(solution).all() and (np.abs(start - matrix @ solution) <= PIVOTS * scale).all():
            return found
    raise SingularError("the processes of the core have no unique solution: see the diagnosis")


def _settled(
    residual_of: Callable[[Floats, Floats], tuple[Floats, Floats]],
    solve: Callable[[Floats], Floats],
    right: Floats,
    snapshot: Snapshot,
) -> tuple[Floats, float]:
    solution = solve(right)
    error = np.inf
    for _ in range(REFINEMENTS):
        residual, scale = residual_of(solution, right)
        error = float(np.max(np.abs(residual) / np.where(scale == 0, 1.0, scale), initial=0.0))
        if error <= SETTLED:
            return solution, error
        solution = solution + solve(residual)
    raise SingularError(
        f"the solution does not settle (backward error {error:.1e}): see the diagnosis",
        [snapshot.activities[0]] if len(snapshot.activities) else [],
    )


def save_factors(path: Path, factors: Factors, structure: str, digest: str) -> None:
    """Write a factorisation, atomically."""
    meta = {"format": FORMAT, "structure": structure, "numbers": digest}
    write_arrays(path, meta, {name: getattr(factors, name) for name in _FACTORS})


def load_factors(path: Path, structure: str, digest: str) -> Factors:
    """The factorisation in `path`, every byte checked; UnreadableError when damaged or of another structure."""
    meta, arrays = read_arrays(path, verify=True)
    expected = {"format": FORMAT, "structure": structure, "numbers": digest}
    if meta != expected or set(arrays) != set(_FACTORS):
        raise UnreadableError(f"{path} is not the factorisation of these numbers")
    return Factors(**arrays)
