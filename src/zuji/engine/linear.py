"""Sparse linear systems of activities: diagnosed before they are solved, refined until only rounding is left.

The factorisation differs in its last digits from machine to machine. One step of refinement with an exact residual
(Fractions) takes the solution to the rounding of its true value, so that every machine prints the same digits. It is
done for systems up to `EXACT_NONZEROS`; larger ones are refined in float64 and are reproducible on one machine only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from zuji.engine.columns import Floats
from zuji.engine.spectrum import gain, nearest_to_singular
from zuji.errors import SingularError

EXACT_NONZEROS = 100_000
SINGULAR = 1e-12
SINGULAR_CREDITS = 1e-10
DENSE = 500
"""Loops up to this size are judged by all their eigenvalues, larger ones by a bound that proves their gain."""


def solve(matrix: sparse.csc_array, right: Floats, ids: Sequence[str], *, transposed: bool = False) -> Floats:
    """x with matrix·x = right (or matrixᵀ·x = right); raises SingularError naming a loop without net output.

    `matrix` is M of `Columns.matrix`; `right` has shape (n,) or (n, k).
    """
    diagnose(matrix, ids)
    if matrix.shape[0] == 0:
        return right.copy()
    factors = splu(sparse.csc_matrix(matrix))
    system = matrix.T.tocsr() if transposed else matrix.tocsr()
    trans = "T" if transposed else "N"
    solution: Floats = factors.solve(right, trans=trans)  # type: ignore[call-overload]
    for _ in range(2):
        residual = _residual(system, solution, right)
        solution = solution + factors.solve(residual, trans=trans)  # type: ignore[call-overload]
    return np.asarray(solution)


def _residual(system: sparse.csr_array, solution: Floats, right: Floats) -> Floats:
    if system.nnz > EXACT_NONZEROS:
        return np.asarray(right - system @ solution)
    flat = solution.reshape(solution.shape[0], -1)
    wanted = right.reshape(flat.shape)
    exact = [[Fraction(v) for v in row] for row in flat]
    values = [Fraction(v) for v in system.data]
    residual = np.zeros_like(flat)
    for j in range(flat.shape[0]):
        span = range(int(system.indptr[j]), int(system.indptr[j + 1]))
        for k in range(flat.shape[1]):
            taken = sum((values[p] * exact[int(system.indices[p])][k] for p in span), Fraction(0))
            residual[j, k] = float(Fraction(wanted[j, k]) - taken)
    return residual.reshape(solution.shape)


def loops(matrix: sparse.csc_array) -> list[list[int]]:
    """The groups of activities that take from each other (or from themselves), each group sorted."""
    count, label = csgraph.connected_components(matrix, directed=True, connection="strong")
    sizes = np.bincount(label, minlength=count)
    members = [np.flatnonzero(label == c).tolist() for c in np.flatnonzero(sizes > 1)]
    return [sorted(group) for group in members]


def diagnose(matrix: sparse.csc_array, ids: Sequence[str]) -> None:
    """Raise SingularError when an activity or a loop leaves no net output, naming its members.

    The test is the eigenvalues of what the members of a loop take per unit that they make: it does not depend on the
    units. Without credits the largest must be below one (a nonsingular M-matrix, so positive demand takes positive
    runs); with credits none may be one.
    """
    delivered = matrix.diagonal()
    empty = [i for i, value in enumerate(delivered) if value <= 0]
    if empty:
        raise SingularError("the activity uses up all that it makes", [ids[i] for i in empty])
    rows = matrix.tocsr()
    for group in loops(matrix):
        members = [ids[i] for i in group]
        block = rows[group][:, group]
        taken = sparse.diags_array(1 / delivered[group]) @ (sparse.diags_array(delivered[group]) - block)
        taken.eliminate_zeros()
        if taken.nnz == 0 or (taken.data >= 0).all():
            if not _delivers(taken):
                raise SingularError("the processes form a loop that takes as much as it delivers, or more", members)
        elif nearest_to_singular(taken.tocsc())[0] < SINGULAR_CREDITS:
            raise SingularError("the processes form a loop that leaves no net output", members)


def _delivers(taken: sparse.csr_array) -> bool:
    if taken.shape[0] <= DENSE:
        return float(np.abs(np.linalg.eigvals(taken.toarray())).max()) < 1 - SINGULAR
    return gain(taken.tocsc()).below_one
