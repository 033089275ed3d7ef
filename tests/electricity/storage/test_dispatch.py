"""Dispatch: brute force on tiny cases, properties, infeasible problems explained."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.electricity.storage.dispatch import Problem, dispatch, of_schedule

from . import stores

VALUES = st.lists(st.floats(0, 2).map(lambda v: round(v, 3)), min_size=6, max_size=6)


def brute(problem: Problem, value: np.ndarray, wear: float, steps: int = 4) -> float:
    """The least Σ value · (charge − discharge) + wear over a lattice of state levels, cyclic or from start to end.

    With a lattice step that divides the limits the optimum of a linear programme with one-way efficiencies that keep
    the lattice lies on it; the tests choose capacities and powers so.
    """
    low, high = problem.capacity
    levels = np.linspace(low, high, steps + 1)
    best = np.inf
    starts = levels if problem.start is None else [problem.start]
    for start in starts:
        cost = {float(start): 0.0}
        for t in range(problem.hours):
            after: dict[float, float] = {}
            for (state, paid), level in itertools.product(cost.items(), levels):
                change = float(level) - state
                charge = max(change, 0.0) / problem.charge_efficiency
                discharge = max(-change, 0.0) * problem.discharge_efficiency
                if charge > problem.charge_power + 1e-9 or discharge > problem.discharge_power + 1e-9:
                    continue
                net = problem.net_load[t] + charge - discharge
                if problem.import_limit is not None and net > problem.import_limit + 1e-9:
                    continue
                if problem.export_limit is not None and -net > problem.export_limit + 1e-9:
                    continue
                total = paid + value[t] * (charge - discharge) + wear * (charge + discharge)
                after[float(level)] = min(after.get(float(level), np.inf), total)
            cost = after
        end = float(start) if problem.end is None else problem.end
        best = min(best, cost.get(end, np.inf))
    return best


@given(VALUES, VALUES, st.booleans())
@settings(max_examples=25, deadline=None)
def test_both_schedules_match_brute_force(price, factor, fixed) -> None:
    """Lossless, 2 kWh in steps of 0.5 kWh, 1 kW, six hours."""
    ends = {"start": 1.0, "end": 0.5} if fixed else {}
    one = stores.problem(price, factor, charge_efficiency=1.0, discharge_efficiency=1.0, wear=0.05, **ends)
    found = dispatch(one, points=0)
    assert found.cheapest is not None
    assert found.cleanest is not None
    assert found.cheapest.cost + found.cheapest.wear == pytest.approx(brute(one, one.price, 0.05), abs=1e-4)
    assert found.cleanest.carbon == pytest.approx(brute(one, one.factor, 0.0), abs=1e-4)


def test_limits_match_brute_force() -> None:
    """Load and generation of whole half kWh with import and export limits: the lattice holds the optimum."""
    load = np.array([1.0, 1.5, -1.0, -0.5, 1.5, 0.5])
    one = stores.problem(
        [3, 1, 2, 2, 5, 1], [1, 2, 3, 1, 2, 3], charge_efficiency=1.0, discharge_efficiency=1.0, net_load=load,
        import_limit=1.5, export_limit=0.5,
    )  # fmt: skip
    found = dispatch(one, points=0)
    assert found.cheapest is not None
    assert found.cheapest.cost == pytest.approx(brute(one, one.price, 0.0), abs=1e-4)


def test_by_hand_with_losses() -> None:
    """Two hours at 1 and 3, 90 % each way, 1 kW: charge 1 → 0.9 in stock → 0.81 out: 1 − 3 · 0.81 = −1.43."""
    found = dispatch(stores.problem([1, 3], [0, 0], start=0.0), points=0)
    assert found.cheapest is not None
    assert found.cheapest.cost == pytest.approx(-1.43, abs=1e-5)
    assert found.cheapest.charge == pytest.approx([1, 0], abs=1e-6)
    assert found.cheapest.discharge == pytest.approx([0, 0.81], abs=1e-6)


def test_wear_stops_what_does_not_pay() -> None:
    """The gain above is 1.43 for 1.81 kWh of throughput: at 0.8 per kWh (1.448) the store stands idle."""
    found = dispatch(stores.problem([1, 3], [0, 0], start=0.0, wear=0.8), points=0)
    assert found.cheapest is not None
    assert found.cheapest.throughput == pytest.approx(0, abs=1e-6)


def test_negative_prices_do_not_run_both_ways_at_full_power() -> None:
    """Charge and discharge share the hour: at −1 and cyclic 90 % · 90 % losses, c/1 + d/1 ≤ 1 and 0.9 c = d/0.9.

    So c = 1/1.81, d = 0.81/1.81 and the cost of each hour is −(c − d) = −0.19/1.81.
    """
    found = dispatch(stores.problem([-1, -1], [0, 0]), points=0)
    assert found.cheapest is not None
    assert found.cheapest.cost == pytest.approx(-2 * 0.19 / 1.81, abs=1e-5)
    assert (found.cheapest.charge + found.cheapest.discharge <= 1 + 1e-6).all()


def test_selling_below_buying() -> None:
    """Buy at 1 and 3, sell for half; load 0.4 in hour two: 0.4 is worth 3, the other 0.41 sells at 1.5.

    1 − 0.4 · 3 − 0.41 · 1.5 = −0.815.
    """
    price = np.array([1.0, 3.0])
    one = stores.problem(price, [0, 0], start=0.0, sell=price / 2, net_load=np.array([0.0, 0.4]))
    found = dispatch(one, points=0)
    assert found.cheapest is not None
    assert found.cheapest.cost == pytest.approx(-0.815, abs=1e-5)
    limited = dispatch(replace(one, export_limit=0.1), points=0)
    assert limited.cheapest is not None
    # Only 0.5 is discharged: charge 0.5/0.81 at 1, 0.4 at 3, 0.1 at 1.5.
    assert limited.cheapest.cost == pytest.approx(0.5 / 0.81 - 1.2 - 0.15, abs=1e-5)


@given(VALUES, VALUES, st.floats(0, 0.3))
@settings(max_examples=25, deadline=None)
def test_properties_of_the_two_schedules(price, factor, wear) -> None:
    """Energy is conserved, limits hold, least carbon ≤ carbon of least cost, and the curve lies between."""
    one = stores.problem(price, factor, wear=wear)
    found = dispatch(one, points=2)
    assert found.cheapest is not None
    assert found.cleanest is not None
    schedules = [found.cheapest, *found.curve, found.cleanest]
    for each in schedules:
        before = np.concatenate([[each.start], each.state[:-1]])
        assert each.state - before == pytest.approx(0.9 * each.charge - each.discharge / 0.9, abs=1e-6)
        assert (each.state <= 2 + 1e-6).all()
        assert (each.charge + each.discharge <= 1 + 1e-6).all()
        assert each.state[-1] == pytest.approx(each.start, abs=1e-6)
        again = of_schedule(one, "again", each.charge, each.discharge, each.state, each.start)
        assert (again.cost, again.carbon) == pytest.approx((each.cost, each.carbon), abs=1e-6)
    assert found.cleanest.carbon <= found.cheapest.carbon + 1e-4
    assert found.cheapest.cost + found.cheapest.wear <= found.cleanest.cost + found.cleanest.wear + 1e-4
    carbon = [each.carbon for each in schedules]
    assert all(a >= b - 1e-4 for a, b in itertools.pairwise(carbon))


@given(VALUES, VALUES)
@settings(max_examples=20, deadline=None)
def test_a_store_without_capacity_changes_nothing(price, factor) -> None:
    nothing = stores.problem(price, factor, capacity=(0.0, 0.0), charge_power=0.0, discharge_power=0.0)
    found = dispatch(nothing, points=1)
    assert found.cheapest is not None
    assert found.cleanest is not None
    assert (found.cheapest.throughput, found.cheapest.cost, found.cleanest.carbon) == pytest.approx((0, 0, 0), abs=1e-9)


@given(VALUES, VALUES, st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_the_hours_of_a_cycle_may_begin_anywhere(price, factor, shift) -> None:
    """Cyclic: turning the hours permutes rows and columns of the programme; both optima stay."""
    first = dispatch(stores.problem(price, factor, wear=0.01), points=0)
    turned = dispatch(stores.problem(np.roll(price, shift), np.roll(factor, shift), wear=0.01), points=0)
    assert first.cheapest is not None
    assert turned.cheapest is not None
    assert first.cleanest is not None
    assert turned.cleanest is not None
    one, two = first.cheapest, turned.cheapest
    assert one.cost + one.wear == pytest.approx(two.cost + two.wear, abs=1e-4)
    assert first.cleanest.carbon == pytest.approx(turned.cleanest.carbon, abs=1e-4)


def test_permuted_constraints_give_the_same_optimum() -> None:
    """The rows of the programme in another order."""
    from zuji.electricity.storage.dispatch import _Programme

    load = np.array([0.5, 1.0, -0.5, -1.0, 1.0, 0.2])
    one = stores.problem([3, 1, 2, 2, 5, 1], [1, 2, 3, 1, 2, 3], net_load=load, import_limit=1.6, export_limit=1.4)
    straight, turned = _Programme(one), _Programme(one)
    order = np.random.default_rng(3).permutation(one.hours)
    turned.rows = [(name, matrix[order], side[order]) for name, matrix, side in reversed(turned.rows)]
    rows = np.random.default_rng(4).permutation(turned.equal.shape[0])
    turned.equal, turned.equal_to = turned.equal[rows], turned.equal_to[rows]
    x, y = straight.solve(straight.cost), turned.solve(turned.cost)
    assert x is not None
    assert y is not None
    assert straight.cost @ x == pytest.approx(turned.cost @ y, abs=1e-7)


@pytest.mark.parametrize(
    ("changes", "constraint", "amount", "first"),
    [
        # Load 3 with 1 from the store at most, import 1.5: short of 0.5 in hour 1, when the store begins full.
        ({"net_load": np.array([0.0, 3.0, 0.0]), "import_limit": 1.5}, "import_limit", 0.5, 1),
        # Generation 3, 1 into the store, 1.5 out: 0.5 too much in hour 2.
        ({"net_load": np.array([0.0, 0.0, -3.0]), "export_limit": 1.5}, "export_limit", 0.5, 2),
        # From empty to full in three hours at 0.5 kWh an hour: 0.5 is lacking.
        ({"start": 0.0, "end": 2.0, "charge_power": 0.5, "charge_efficiency": 1.0}, "end_state", 0.5, 2),
    ],
)
def test_what_cannot_be_is_explained(changes, constraint, amount, first) -> None:
    found = dispatch(stores.problem([1, 1, 1], [1, 1, 1], **changes))
    assert found.cheapest is None
    assert [(s.constraint, s.first) for s in found.shortages] == [(constraint, first)]
    assert found.shortages[0].amount == pytest.approx(amount, abs=1e-5)


def test_an_export_limit_with_a_selling_price_is_explained_too() -> None:
    price = np.array([1.0, 1.0])
    one = stores.problem(price, [1, 1], sell=price / 2, net_load=np.array([0.0, -3.0]), export_limit=1.5)
    found = dispatch(one)
    assert [(s.constraint, s.first) for s in found.shortages] == [("export_limit", 1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"net_load": np.zeros(2)},
        {"factor": np.array([1.0, np.nan, 1.0])},
        {"charge_efficiency": 1.1},
        {"sell": np.array([2.0, 2.0, 2.0])},
    ],
)
def test_unusable_problems_raise(changes) -> None:
    with pytest.raises(ValueError, match=r"needs every hour|efficiency|selling"):
        replace(stores.problem([1, 1, 1], [1, 1, 1]), **changes)
