"""Substitution through sparse triangular matrices in compressed columns, compiled where numba is there.

`lower` matrices have their diagonal first in each column, `upper` ones last (row indices ascending). Each solve exists
twice: `_reference` by SciPy and a compiled kernel that does the same operations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import spsolve_triangular

from zuji.engine import fast

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


def solve_triangular(
    indptr: Array, indices: Array, data: Floats, right: Floats, *, lower: bool, transposed: bool = False
) -> Floats:
    """x with N·x = right (or Nᵀ·x = right) for the triangular N in compressed columns; right (n,) or (n, k).

    The diagonal must be stored and not zero.
    """
    if not right.size:
        return right.copy()
    if not fast.available():
        return solve_triangular_reference(indptr, indices, data, right, lower=lower, transposed=transposed)
    flat = np.array(right, dtype=np.float64, order="C").reshape(len(right), -1)
    kernel = {
        (True, False): _scatter_down,
        (True, True): _gather_up,
        (False, False): _scatter_up,
        (False, True): _gather_down,
    }[lower, transposed]
    kernel(indptr, indices, data, flat)
    return flat.reshape(right.shape)


def solve_triangular_reference(
    indptr: Array, indices: Array, data: Floats, right: Floats, *, lower: bool, transposed: bool = False
) -> Floats:
    """The same by SciPy."""
    n = len(indptr) - 1
    matrix = sparse.csc_array((data, indices, indptr), shape=(n, n))
    if transposed:
        return np.asarray(spsolve_triangular(matrix.T.tocsr(), right, lower=not lower))
    return np.asarray(spsolve_triangular(matrix, right, lower=lower))


def transposed_residual(indptr: Array, indices: Array, data: Floats, x: Floats, right: Floats) -> tuple[Floats, Floats]:
    """(right − Nᵀ·x, |N|ᵀ·|x| + |right|) for N in compressed columns, in one pass; x and right (n,) or (n, k)."""
    if not fast.available():
        n = len(indptr) - 1
        matrix = sparse.csc_array((data, indices, indptr), shape=(n, n)).T
        return right - matrix @ x, abs(matrix) @ np.abs(x) + np.abs(right)
    residual, scale = np.empty(right.shape), np.empty(right.shape)
    flat = (part.reshape(len(right), -1) for part in (np.ascontiguousarray(x), np.ascontiguousarray(right)))
    _residual(indptr, indices, data, *flat, residual.reshape(len(right), -1), scale.reshape(len(right), -1))
    return residual, scale


@fast.kernel()
def _residual(
    indptr: Array, indices: Array, data: Floats, x: Floats, right: Floats, residual: Floats, scale: Floats
) -> None:
    for j in range(len(indptr) - 1):
        for k in range(x.shape[1]):
            left, size = right[j, k], abs(right[j, k])
            for p in range(indptr[j], indptr[j + 1]):
                part = data[p] * x[indices[p], k]
                left -= part
                size += abs(part)
            residual[j, k] = left
            scale[j, k] = size


@fast.kernel()
def _scatter_down(indptr: Array, indices: Array, data: Floats, x: Floats) -> None:
    for j in range(len(indptr) - 1):
        begin, end = indptr[j], indptr[j + 1]
        for k in range(x.shape[1]):
            value = x[j, k] / data[begin]
            x[j, k] = value
            if value != 0.0:
                for p in range(begin + 1, end):
                    x[indices[p], k] -= data[p] * value


@fast.kernel()
def _scatter_up(indptr: Array, indices: Array, data: Floats, x: Floats) -> None:
    for j in range(len(indptr) - 2, -1, -1):
        begin, end = indptr[j], indptr[j + 1]
        for k in range(x.shape[1]):
            value = x[j, k] / data[end - 1]
            x[j, k] = value
            if value != 0.0:
                for p in range(begin, end - 1):
                    x[indices[p], k] -= data[p] * value


@fast.kernel()
def _gather_down(indptr: Array, indices: Array, data: Floats, x: Floats) -> None:
    for j in range(len(indptr) - 1):
        begin, end = indptr[j], indptr[j + 1]
        for p in range(begin, end - 1):
            for k in range(x.shape[1]):
                x[j, k] -= data[p] * x[indices[p], k]
        for k in range(x.shape[1]):
            x[j, k] /= data[end - 1]


@fast.kernel()
def _gather_up(indptr: Array, indices: Array, data: Floats, x: Floats) -> None:
    for j in range(len(indptr) - 2, -1, -1):
        begin, end = indptr[j], indptr[j + 1]
        for p in range(begin + 1, end):
            for k in range(x.shape[1]):
                x[j, k] -= data[p] * x[indices[p], k]
        for k in range(x.shape[1]):
            x[j, k] /= data[begin]
