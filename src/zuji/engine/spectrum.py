"""Whether a loop delivers more than it takes: bounds of its gain that prove what they say, and its singularity.

The gain of a loop is the spectral radius of T among its members: what they take from each other per unit that they
make. It does not depend on the units. Below one, and only there, every demand has an answer without negative supply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import ArpackError, LinearOperator, eigs, splu

Floats = npt.NDArray[np.float64]
BELOW_ONE = 1e-12
"""A gain within this of one counts as one."""
SINGULAR = 1e-10
"""An eigenvalue of I − T of at most this size counts as zero."""
STEPS = 200


@dataclass(frozen=True, eq=False)
class Gain:
    """The gain of a block lies in [lower, upper]; `right` is its growth vector (n,), `left` that of the transpose."""

    lower: float
    upper: float
    right: Floats
    left: Floats

    @property
    def below_one(self) -> bool:
        """Proved to be below one."""
        return self.upper < 1 - BELOW_ONE


def gain(taken: sparse.csc_array) -> Gain:
    """Bounds of the spectral radius of an irreducible T ≥ 0, by Collatz and Wielandt's quotients.

    For any v > 0, min (T·v)_i/v_i ≤ ρ ≤ max (T·v)_i/v_i (Varga, Matrix Iterative Analysis, theorem 2.2). Inverse
    iteration on I − T finds a v that proves ρ < 1 where that is so; no positive v can prove it where it is not.
    """
    n = taken.shape[0]
    factors = _factors(taken)
    if factors is not None:
        v = np.ones(n)
        for _ in range(50):
            with np.errstate(all="ignore"):
                solved = factors.solve(v)
            if not np.isfinite(solved).all() or not (solved > 0).all():
                break
            v = solved / solved.max()
            lower, upper = _quotients(taken, v)
            if upper < 1 - BELOW_ONE:
                return Gain(lower, upper, v, np.ones(n))
            if upper - lower < BELOW_ONE / 10:
                break
    right, left = _grown(taken), _grown(taken.T.tocsc())
    lower, upper = _quotients(taken, right)
    return Gain(lower, max(upper, 1.0), right, left)


def _quotients(taken: sparse.csc_array, v: Floats) -> tuple[float, float]:
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = (taken @ v) / v
    quotients = quotients[np.isfinite(quotients)]
    return float(quotients.min(initial=np.inf)), float(quotients.max(initial=0.0))


def _grown(taken: sparse.csc_array) -> Floats:
    # I + T has the same growth vector and no second eigenvalue of the same size.
    v = np.ones(taken.shape[0])
    for _ in range(STEPS):
        v = v + taken @ v
        v /= v.max()
    return np.maximum(v, np.finfo(float).tiny)


def _factors(taken: sparse.csc_array) -> Any:
    n = taken.shape[0]
    matrix = sparse.csc_matrix(sparse.eye_array(n, format="csc") - taken)
    degree = np.diff(matrix.indptr) + np.bincount(matrix.indices, minlength=n)
    order = np.argsort(degree, kind="stable")
    try:
        found = splu(matrix[order][:, order].tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0.0)
    except RuntimeError:
        return None
    return _Ordered(found, order)


class _Ordered:
    def __init__(self, factors: Any, order: npt.NDArray[Any]) -> None:
        self.factors = factors
        self.order = order

    def solve(self, right: Floats, trans: str = "N") -> Floats:
        found = np.empty_like(right)
        found[self.order] = self.factors.solve(right[self.order], trans=trans)
        return found


def nearest_to_singular(taken: sparse.csc_array) -> tuple[float, Floats, Floats]:
    """(size, right, left) of the eigenvalue of I − T that is nearest to zero; the vectors (n,) without signs.

    Small blocks by all their eigenvalues, larger ones by Arnoldi's method on (I − T)⁻¹, where the wanted eigenvalue is
    by far the largest if it is near zero. An exactly singular pivot gives size 0 and the null vector's support.
    """
    n = taken.shape[0]
    if n <= 500:
        dense = np.eye(n) - taken.toarray()
        size = float(np.abs(np.linalg.eigvals(dense)).min())
        if size >= SINGULAR:
            return size, np.ones(n), np.ones(n)  # nobody asks for the vectors of what is regular
        found = []
        for matrix in (dense, dense.T):
            values, vectors = np.linalg.eig(matrix)
            found.append(np.abs(vectors[:, int(np.argmin(np.abs(values)))]))
        return size, found[0], found[1]
    factors = _factors(taken)
    if factors is None:
        return 0.0, np.ones(n), np.ones(n)
    pairs = []
    for trans in ("N", "T"):

        def inverse(x: Floats, trans: str = trans) -> Floats:
            return np.asarray(factors.solve(np.asarray(x, dtype=np.float64).ravel(), trans))

        operator = LinearOperator((n, n), matvec=inverse, dtype=np.float64)
        try:
            values, vectors = eigs(operator, k=1, which="LM", v0=np.ones(n), tol=1e-3, maxiter=2000)
        except (ArpackError, ValueError):
            return 1.0, np.ones(n), np.ones(n)  # no eigenvalue stands out: none is near zero
        pairs.append((float(1 / np.abs(values[0])), np.abs(vectors[:, 0])))
    return min(pairs[0][0], pairs[1][0]), pairs[0][1], pairs[1][1]
