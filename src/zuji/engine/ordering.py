"""The order in which the core is eliminated: the one of few that fills in least, by counting what each would fill in.

The plan orders the core by the number of links, fewest first. Where markets stand between most activities that is
hard to beat, and it costs nothing. Where many ordinary activities are linked far apart it may fill in without bound;
then the orders that SuperLU knows (COLAMD and minimum degree of A + Aᵀ) are counted too.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import spilu

from zuji.engine import fast

Array = npt.NDArray[Any]
PLENTY = 12
"""Entries of the factors for each entry of the core, up to which nothing better is looked for: such a factorisation
takes about a second on a large database, as long as looking."""
Known = Literal["MMD_AT_PLUS_A", "COLAMD"]
ORDERS: tuple[Known, ...] = ("MMD_AT_PLUS_A", "COLAMD")


def elimination_order(matrix: sparse.csc_matrix) -> Array:
    """The rows of `matrix` in the order of elimination with pivots from the diagonal, (n,).

    Without compiled kernels it is the order that the matrix has.
    """
    n = matrix.shape[0]
    given = np.arange(n)
    if n == 0 or not fast.available():
        return given
    best, least = given, fill_in(matrix, given, PLENTY * matrix.nnz)
    if least <= PLENTY * matrix.nnz:
        return given
    least = fill_in(matrix, given)
    for name in ORDERS:
        found = _known(matrix, name)
        if found is not None:
            count = fill_in(matrix, found, least)
            if count < least:
                best, least = found, count
    return best


def fill_in(matrix: sparse.csc_matrix, order: Array, most: int | None = None) -> int:
    """Entries of L and U in this order, pivots from the diagonal, for the pattern of A + Aᵀ; stops counting at `most`.

    An upper bound for an unsymmetric pattern, exact for a symmetric one: the rows of L are the subtrees of the
    elimination tree (T. A. Davis, Direct Methods for Sparse Linear Systems, 2006, section 4.1).
    """
    ones = sparse.csr_matrix((np.ones(matrix.nnz, dtype=np.int8), matrix.indices, matrix.indptr), shape=matrix.shape)
    joined = sparse.csr_matrix(ones + ones.T)
    if (order != np.arange(len(order))).any():
        joined = joined[order][:, order]
    joined.sort_indices()
    limit = np.iinfo(np.int64).max // 4 if most is None else most
    return int(2 * _count(joined.indptr, joined.indices, limit // 2) + matrix.shape[0])


@fast.kernel()
def _count(indptr: Array, indices: Array, most: int) -> int:
    n = len(indptr) - 1
    parent, ancestor, mark = np.full(n, -1), np.full(n, -1), np.full(n, -1)
    count = 0
    for k in range(n):
        mark[k] = k
        for p in range(indptr[k], indptr[k + 1]):
            i = indices[p]
            if i >= k:
                break
            # The elimination tree, with paths shortened, …
            j = i
            while ancestor[j] != -1 and ancestor[j] != k:
                following = ancestor[j]
                ancestor[j] = k
                j = following
            if ancestor[j] == -1:
                ancestor[j] = k
                parent[j] = k
        for p in range(indptr[k], indptr[k + 1]):
            i = indices[p]
            if i >= k:
                break
            # … and the row subtree of k in it.
            while mark[i] != k:
                mark[i] = k
                count += 1
                i = parent[i]
        if count > most:
            break
    return count


def _known(matrix: sparse.csc_matrix, name: Known) -> Array | None:
    """One of SuperLU's own orders, from an incomplete factorisation that drops nearly everything."""
    ones = sparse.csc_matrix((np.full(matrix.nnz, 1e-9), matrix.indices, matrix.indptr), shape=matrix.shape)
    ones.setdiag(1.0)
    try:
        found = spilu(ones, permc_spec=name, drop_tol=0.5, fill_factor=1, diag_pivot_thresh=0.0)
    except RuntimeError:
        return None
    return np.argsort(np.asarray(found.perm_c))
