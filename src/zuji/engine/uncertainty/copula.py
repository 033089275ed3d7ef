"""Correlated quantities: a Gaussian copula with a given correlation of the underlying normal numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats
from zuji.engine.uncertainty import random
from zuji.errors import EngineError


@dataclass(frozen=True, eq=False)
class Correlation:
    """A group of exchanges whose normal numbers are correlated; `uids` ascending, `factor` its Cholesky factor."""

    uids: random.Uids
    factor: Floats

    def normal(self, seed: int, start: int, count: int) -> Floats:
        """Correlated standard normal numbers, shape (uids, count); they depend on the whole group, drawn or not."""
        independent = random.normal(seed, self.uids, start, count, random.COPULAS)
        z = np.zeros_like(independent)
        # Term by term and not by BLAS, whose sums differ between machines in the last bit.
        for i in range(len(self.uids)):
            for j in range(i + 1):
                z[i] += self.factor[i, j] * independent[j]
        return z


def correlation(uids: Sequence[int] | random.Uids, matrix: npt.ArrayLike) -> Correlation:
    """The group of `uids` with this correlation matrix (of the normal numbers behind the quantities).

    For two lognormals with σ₁, σ₂ the correlation of the quantities themselves is
    (e^{ρσ₁σ₂} − 1)/√((e^{σ₁²} − 1)(e^{σ₂²} − 1)), near ρ for small σ. Raises EngineError for a matrix of the wrong
    shape, one that is not symmetric with ones on its diagonal, or one that no random quantities can have because it
    is not positive definite (its smallest eigenvalue is named).
    """
    given = np.asarray(uids, dtype=np.uint64)
    rho = np.asarray(matrix, dtype=np.float64)
    if rho.shape != (len(given), len(given)):
        raise EngineError(f"a correlation of {len(given)} quantities needs a matrix of that size, not {rho.shape}")
    if len(np.unique(given)) != len(given):
        raise EngineError("a quantity is named twice in one correlation")
    if not np.isfinite(rho).all() or not np.allclose(rho, rho.T, atol=1e-12) or not np.allclose(np.diag(rho), 1.0):
        raise EngineError("a correlation matrix is symmetric and has ones on its diagonal")
    order = np.argsort(given)
    rho = rho[np.ix_(order, order)]
    smallest = float(np.linalg.eigvalsh(rho)[0]) if len(rho) else 1.0
    if smallest <= 1e-12:
        names = [str(uid) for uid in given]
        raise EngineError(
            f"the correlation matrix is not positive definite (smallest eigenvalue {smallest:.3g}): "
            "no quantities can be correlated like that; make the correlations smaller",
            names,
        )
    return Correlation(given[order], np.asarray(np.linalg.cholesky(rho), dtype=np.float64))


def check_apart(groups: Sequence[Correlation]) -> None:
    """Raise EngineError when a quantity is in two groups: its correlation would not be the one asked for."""
    members = np.concatenate([group.uids for group in groups]) if groups else np.zeros(0, dtype=np.uint64)
    found, times = np.unique(members, return_counts=True)
    if (times > 1).any():
        twice = str(found[times > 1][0])
        raise EngineError(f"the quantity {twice} is in two correlations; put them into one matrix", [twice])
