"""What an order fills in is counted right, and the least is taken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from zuji.engine import ordering
from zuji.engine.ordering import elimination_order, fill_in


def eliminated(matrix: np.ndarray, order: np.ndarray) -> int:
    """Entries of L and U by eliminating the pattern of A + Aᵀ densely, pivot by pivot."""
    pattern = (matrix != 0) | (matrix.T != 0) | np.eye(len(matrix), dtype=bool)
    pattern = pattern[np.ix_(order, order)]
    for k in range(len(pattern)):
        below = np.flatnonzero(pattern[k + 1 :, k]) + k + 1
        pattern[np.ix_(below, below)] = True
    return int(pattern.sum())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 14), st.floats(0.0, 0.4))
def test_fill_in_is_that_of_elimination(seed: int, n: int, density: float) -> None:
    """The count equals dense elimination of the pattern, in any order."""
    draw = np.random.default_rng(seed)
    matrix = np.where(draw.random((n, n)) < density, 1.0, 0.0) + np.eye(n)
    order = draw.permutation(n)
    assert fill_in(sparse.csc_matrix(matrix), order) == eliminated(matrix, order)


def test_an_arrow_is_turned_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that comes first fills everything in; a better order is found, and one that is good enough is kept."""
    n = 200
    arrow = np.eye(n) * n
    arrow[0, :] = arrow[:, 0] = 1.0
    matrix = sparse.csc_matrix(arrow)
    assert fill_in(matrix, np.arange(n)) == n * n
    order = elimination_order(matrix)
    assert fill_in(matrix, order) == 3 * n - 2
    good = matrix[::-1][:, ::-1].tocsc()
    assert (elimination_order(good) == np.arange(n)).all()
    monkeypatch.setenv("ZUJI_ENGINE", "reference")
    assert (elimination_order(matrix) == np.arange(n)).all()
    assert ordering.PLENTY > 1
