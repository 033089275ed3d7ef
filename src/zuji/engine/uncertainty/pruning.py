"""The factors of the stated core as a preconditioner: scaled by gross scores, small shares left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.engine.columns import Floats
from zuji.engine.system import System
from zuji.engine.uncertainty.layout import Layout


@dataclass(frozen=True, eq=False)
class Pruned:
    """The scaled, pruned factors of the core as compressed rows, and the scale of one method."""

    gross: Floats
    """(kept activities,)"""
    start: Floats
    """(kept activities,): the scores of the stated system, where the refinement begins."""
    perm_r: npt.NDArray[Any]
    perm_c: npt.NDArray[Any]
    lower: tuple[Any, Any, Floats]
    upper: tuple[Any, Any, Floats]
    inverse: Floats


@dataclass(frozen=True, eq=False)
class CoreFactors:
    """Factors of the core: row i of it is row perm_r[i] of lower·upper, column j column perm_c[j]."""

    lower: sparse.coo_array
    upper: sparse.coo_array
    perm_r: npt.NDArray[Any]
    perm_c: npt.NDArray[Any]


def core_factors(system: System) -> CoreFactors:
    """The factors of the stated system by row, column and value.

    With the diagonal as pivot (see `zuji.engine.system`) an entry scaled by gross scores is a share of one score in
    another; where pivots had to be chosen by size it is not, pruning fails its trial, and everything is kept.
    """
    given = system.factors
    n = given.size
    lower, upper = (
        sparse.coo_array(sparse.csc_array((data, indices, indptr), shape=(n, n)))
        for indptr, indices, data in (
            (given.lower_indptr, given.lower_indices, given.lower_data),
            (given.upper_indptr, given.upper_indices, given.upper_data),
        )
    )
    return CoreFactors(lower, upper, np.asarray(given.perm_r), np.asarray(given.perm_c))


def gross_scores(parts: Layout, matrix: sparse.csr_array, k: int, base: Floats, positive: bool) -> Floats:
    """Method k's scores with every contribution taken positive, > 0; the size of the score where that does not exist.

    `matrix` is Mᵀ of the closure and `base` the scores, both at stated values; `positive`: nothing is negative.
    """
    if positive:
        gross = base.copy()
    else:
        diagonal = np.abs(matrix.diagonal())
        taken = abs(matrix - sparse.diags_array(matrix.diagonal())).tocsr()
        direct = sums(parts.emitter, np.abs(parts.emitted * parts.emitted_weight[k]))
        gross = direct / diagonal
        for _ in range(400):
            following = (direct + taken @ gross) / diagonal
            change = np.max(np.abs(following - gross), initial=0.0) / max(float(following.max(initial=0.0)), 1e-300)
            gross = following
            if change < 1e-4 or not change < np.inf or float(gross.max(initial=0.0)) > 1e200:
                break
        if not np.isfinite(gross).all() or float(gross.max(initial=0.0)) > 1e200:
            gross = np.abs(base)
    smallest = gross[gross > 0]
    return np.where(gross > 0, gross, float(smallest.min()) if len(smallest) else 1.0)


def prune(factors: CoreFactors, gross: Floats, base: Floats, core: tuple[int, int], share: float) -> Pruned:
    """The factors scaled by `gross`, without what is a smaller share of a score than `share`."""
    first, last = core
    n = last - first
    inner = gross[first:last]
    by_row, by_column = np.empty(n), np.empty(n)
    by_row[factors.perm_r], by_column[factors.perm_c] = inner, inner

    def rows(part: sparse.coo_array, data: Floats, kept: npt.NDArray[np.bool_]) -> tuple[Any, Any, Floats]:
        made = sparse.csr_array((data[kept], (part.row[kept], part.col[kept])), shape=(n, n))
        made.sort_indices()
        return made.indptr.astype(np.int64), made.indices.astype(np.int32), made.data

    data = factors.lower.data / by_row[factors.lower.row] * by_row[factors.lower.col]
    off = factors.lower.row != factors.lower.col
    lower = rows(factors.lower, data, off & (np.abs(data) > share))
    data = factors.upper.data / by_row[factors.upper.row] * by_column[factors.upper.col]
    off = factors.upper.row != factors.upper.col
    diagonal = np.zeros(n)
    diagonal[factors.upper.row[~off]] = data[~off]
    upper = rows(factors.upper, data, off & (np.abs(data) > share * np.abs(diagonal[factors.upper.row])))
    return Pruned(gross, base, factors.perm_r, factors.perm_c, lower, upper, 1.0 / diagonal)


def sums(indptr: npt.NDArray[np.int64], values: Floats) -> Floats:
    """The sum of each stretch of `values`; 0 for an empty one."""
    owner = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    return np.asarray(np.bincount(owner, values, len(indptr) - 1), dtype=np.float64)
