"""Hours: whether demands fit into them, against a maximum flow; series that know what they do not know."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from zuji.electricity.ledger.hours import Demands, Series

HOURS = 6
SPAN = st.tuples(st.integers(0, HOURS - 1), st.integers(1, HOURS)).map(sorted).map(tuple).filter(lambda s: s[0] < s[1])
DEMAND = st.tuples(SPAN, st.integers(1, 12))


def fits_by_flow(capacity: list[int], demands: list[tuple[tuple[int, int], int]]) -> bool:
    """Whether every demand can be met from the hours of its span: a flow from demands through hours."""
    n = len(demands)
    sink = n + HOURS + 1
    edges = np.zeros((sink + 1, sink + 1), np.int32)
    for i, ((start, end), wh) in enumerate(demands, 1):
        edges[0, i] = wh
        edges[i, n + 1 + start : n + 1 + end] = wh
    edges[n + 1 : n + 1 + HOURS, sink] = capacity
    return bool(maximum_flow(csr_array(edges), 0, sink).flow_value == sum(wh for _, wh in demands))


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=HOURS, max_size=HOURS), st.lists(DEMAND, max_size=6))
def test_demands_fit_where_a_flow_exists(capacity: list[int], demands: list[tuple[tuple[int, int], int]]) -> None:
    """Hours, disjoint, nested and overlapping spans fit exactly where a maximum flow meets them all."""
    series, wanted = Series(), Demands()
    series.add(100, np.array(capacity))
    for (start, end), wh in demands:
        wanted.add(100 + start, end - start, np.array([wh]))
    over = wanted.excess(series)
    assert (over is None) == fits_by_flow(capacity, demands)
    if over is not None:
        start, end, asked, available = over
        assert 100 <= start < end <= 100 + HOURS
        assert asked > available
    for (start, end), wh in demands:
        wanted.add(100 + start, end - start, np.array([wh]), -1)
    assert wanted.excess(series) is None
    assert wanted.spans == {}


def test_many_days_are_quick_to_check() -> None:
    """Ten years of days need no table of all pairs of days."""
    series, wanted = Series(), Demands()
    series.add(0, np.full(3650 * 24, 10))
    wanted.add(0, 24, np.full(3650, 240))
    assert wanted.excess(series) is None
    wanted.add(24 * 100, 24, np.array([1]))
    assert wanted.excess(series) == (2400, 2424, 241, 240)


def test_unknown_is_not_zero() -> None:
    """A series with a hole says which hours it does not know."""
    series = Series()
    series.add(10, np.array([1, 2]))
    series.add(5, np.array([3]))
    wh, known = series.window(4, 13)
    assert wh.tolist() == [0, 3, 0, 0, 0, 0, 1, 2, 0]
    assert known.tolist() == [False, True, False, False, False, False, True, True, False]
    assert series.first_known(6, 4) is None
    assert series.first_known(0, 8) == 5


@pytest.mark.parametrize("end", [3, 4])
def test_an_empty_window(end: int) -> None:
    """A window outside the series, or of no hours, is empty and unknown."""
    wh, known = Series().window(4, end)
    assert not wh.any()
    assert not known.any()
