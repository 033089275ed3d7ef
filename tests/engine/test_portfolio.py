"""Many products on one set of scores: items, totals and samples; compiled, reference, blocks and threads agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from zuji.engine import portfolio
from zuji.engine.portfolio import ROWS, sampled, samples_of, suppliers_first, totals, with_items
from zuji.engine.uncertainty import statistics
from zuji.errors import EngineError


def _demands(rows: int, columns: int, seed: int, filled: float = 0.3) -> sparse.csr_array:
    draw = np.random.default_rng(seed)
    amounts = draw.normal(size=(rows, columns)) * (draw.random((rows, columns)) < filled)
    return sparse.csr_array(amounts)


def _rows(pairs: list[tuple[int, int, float]], shape: tuple[int, int]) -> sparse.csr_array:
    row, column, amount = zip(*pairs, strict=True) if pairs else ((), (), ())
    return sparse.csr_array((np.array(amount, dtype=float), (row, column)), shape=shape)


def test_cell_module_pack_by_hand() -> None:
    """A cell takes 2 of a (3 kg) and 1 of b (5 kg): 11; a module 10 cells and 1 b: 115; a pack 4 modules: 460."""
    items = _rows([(1, 0, 10.0), (2, 1, 4.0)], (3, 3))
    activities = _rows([(0, 0, 2.0), (0, 1, 1.0), (1, 1, 1.0)], (3, 2))
    found = with_items(np.array([[3.0], [5.0]]), items, activities)
    assert found[:, 0].tolist() == [3, 5, 11, 115, 460]


def test_the_order_of_items_does_not_matter() -> None:
    """Items that are named before what they take give the same as the other way round."""
    forward = with_items(np.ones((1, 1)), _rows([(1, 0, 3.0)], (2, 2)), _rows([(0, 0, 2.0)], (2, 1)))
    backward = with_items(np.ones((1, 1)), _rows([(0, 1, 3.0)], (2, 2)), _rows([(1, 0, 2.0)], (2, 1)))
    assert forward[1:, 0].tolist() == [2, 6]
    assert backward[1:, 0].tolist() == [6, 2]


def test_a_loop_of_items_is_named() -> None:
    """Items 1 and 2 take each other; item 0 is not among the culprits."""
    with pytest.raises(EngineError) as raised:
        suppliers_first(_rows([(1, 2, 1.0), (2, 1, 1.0), (1, 0, 1.0)], (3, 3)))
    assert raised.value.culprits == ("1", "2")


@given(seed=st.integers(0, 2**32), items=st.integers(1, 8), activities=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_substitution_is_the_solution_of_the_triangular_system(seed: int, items: int, activities: int) -> None:
    """One pass gives what a dense solution of (1 − I)·x = J·y gives."""
    draw = np.random.default_rng(seed)
    inner = np.tril(draw.random((items, items)), -1) * (draw.random((items, items)) < 0.5)
    outer, scores = draw.random((items, activities)), draw.normal(size=(activities, 3))
    found = with_items(scores, sparse.csr_array(inner), sparse.csr_array(outer))
    expected = np.linalg.solve(np.eye(items) - inner, outer @ scores)
    np.testing.assert_allclose(found[activities:], expected, rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 2**32), rows=st.integers(1, 40), columns=st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_compiled_is_the_reference(seed: int, rows: int, columns: int) -> None:
    """Both kernels give the samples of a dense product."""
    demands = _demands(rows, columns, seed)
    samples = np.random.default_rng(seed + 1).normal(size=(columns, 20)).astype(np.float32)
    dense = demands.toarray() @ samples.astype(np.float64)
    for compiled in (True, False):
        np.testing.assert_allclose(samples_of(demands, samples, compiled=compiled), dense, rtol=1e-12, atol=1e-12)


def test_statistics_are_those_of_each_product() -> None:
    """Mean, deviation, percentiles and P(A < B) are those of `statistics` for every single product."""
    demands, draw = _demands(30, 12, 1), np.random.default_rng(2)
    samples = draw.lognormal(size=(12, 400))
    than = samples_of(demands[:1], samples)[0]
    found = sampled(demands, samples, than=than)
    for i in range(30):
        own = samples_of(demands[i : i + 1], samples)[0]
        said = statistics.summary(own)
        assert found.mean[i] == pytest.approx(said.mean, rel=1e-12)
        assert found.deviation[i] == pytest.approx(said.deviation, rel=1e-9)
        np.testing.assert_allclose(found.percentiles[i], np.percentile(own, [5, 50, 95]), rtol=1e-12)
        assert found.below[i] == pytest.approx(statistics.compare(own, than).probability)
    assert found.below[0] == 0.5


@pytest.mark.parametrize("compiled", [True, False])
def test_neither_blocks_nor_threads_change_a_bit(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    """One row at a time, 256 at a time, one thread or three: the same bytes."""
    demands = _demands(2 * ROWS + 7, 40, 3)
    scores = np.random.default_rng(4).normal(size=(40, 5))
    samples = np.random.default_rng(5).normal(size=(40, 33)).astype(np.float32)
    one, spread = totals(demands, scores), sampled(demands, samples, compiled=compiled)
    for block, threads in ((1, 1), (100, 3), (10_000, 1)):
        monkeypatch.setattr(portfolio, "ROWS", block)
        monkeypatch.setattr(portfolio, "ROWS_OF_TOTALS", block)
        other = sampled(demands, samples, threads=threads, compiled=compiled)
        assert totals(demands, scores, threads=threads).tobytes() == one.tobytes()
        for name in ("mean", "deviation", "percentiles"):
            assert getattr(other, name).tobytes() == getattr(spread, name).tobytes()


def test_what_does_not_fit_is_refused() -> None:
    """Demands on other columns, and a single sample."""
    with pytest.raises(EngineError, match="do not fit"):
        totals(_demands(2, 3, 0), np.ones((4, 1)))
    with pytest.raises(EngineError, match="at least two"):
        sampled(_demands(2, 3, 0), np.ones((3, 1)))


def test_a_product_without_a_score_has_no_statistics() -> None:
    """Not a number stays not a number, also in the probability."""
    samples = np.array([[1.0, 2.0, 3.0], [np.nan] * 3])
    found = sampled(_rows([(0, 0, 1.0), (1, 1, 1.0)], (2, 2)), samples, than=np.array([2.0, 2.0, 2.0]))
    assert found.below[0] == 0.5
    assert np.isnan(found.mean[1])
    assert np.isnan(found.below[1])
    assert np.isnan(found.percentiles[1]).all()
