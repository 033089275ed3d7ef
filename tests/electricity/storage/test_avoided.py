"""The system effect: both signs by hand, cases, gaps, uncertainty, and that no footprint takes the account."""

from __future__ import annotations

import inspect
import math
import pkgutil
import typing
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zuji.footprint
import zuji.rulebooks
from zuji.electricity.storage.avoided import AvoidedAccount, Profile, avoided, by_year, read_profile
from zuji.electricity.storage.hourly import AverageHours, combined_margin
from zuji.electricity.storage.parameters import Metering, Series

from . import stores


def profile(charge, discharge, *, auxiliary=None, pv=None, curtailed=None) -> Profile:
    zero = np.zeros(len(charge))
    rest = [zero if one is None else np.array(one, float) for one in (auxiliary, pv, curtailed)]
    return Profile(stores.hours(len(charge)), np.array(charge, float), np.array(discharge, float), *rest)


def test_avoided_by_hand() -> None:
    """Charge 100 at 0.3, discharge 85 at 0.9: 30 − 76.5 = −46.5 kg; −547.06 kg per MWh delivered."""
    made, found = avoided(profile([100, 0], [0, 85]), stores.marginal([0.3, 0.9]))
    assert made.effect == pytest.approx([30, -76.5])
    assert (made.system_effect, made.is_adverse, found) == (pytest.approx(-46.5), False, ())


def test_adverse_by_hand() -> None:
    """Flat 0.5: 100 · 0.5 − 85 · 0.5 = +7.5 kg: losses only, adverse, and a finding says so."""
    made, found = avoided(profile([100, 0], [0, 85]), stores.marginal([0.5, 0.5]))
    assert (made.system_effect, made.is_adverse) == (pytest.approx(7.5), True)
    assert [f.code for f in found] == ["ZJ698"]


def test_the_two_baselines() -> None:
    """PV 60, charged 40 of which 15 would have been curtailed; 30 out; auxiliaries 1; factors 0.5 and 0.8.

    none: (40 + 1 − 60) · 0.5 + (1 − 30) · 0.8 = −9.5 − 23.2 = −32.7.
    pv: the grid takes 60 − 15 = 45 without the store: (−19 + 45) · 0.5 + (−29) · 0.8 = 13 − 23.2 = −10.2.
    """
    one = profile([40, 0], [0, 30], auxiliary=[1, 1], pv=[60, 0], curtailed=[15, 0])
    factors = stores.marginal([0.5, 0.8])
    assert avoided(one, factors, baseline="none")[0].system_effect == pytest.approx(-32.7)
    made, _ = avoided(one, factors, baseline="pv")
    assert made.baseline == pytest.approx([-45, 0])
    assert made.with_store == pytest.approx([-19, -29])
    assert made.system_effect == pytest.approx(-10.2)


def test_the_life_cycle_of_the_solution_is_added() -> None:
    made, _ = avoided(profile([100, 0], [0, 85]), stores.marginal([0.3, 0.9]), lifecycle=50.0)
    assert (made.system_effect, made.balance) == (pytest.approx(-46.5), pytest.approx(3.5))


def test_hours_without_a_factor_are_left_out_and_said() -> None:
    made, found = avoided(profile([100, 0, 50], [0, 85, 0]), stores.marginal([0.3, 0.9]))
    assert (made.missing, made.system_effect) == (1, pytest.approx(-46.5))
    assert [f.code for f in found] == ["ZJ693"]
    assert "1 hours" in made.statement().en


def test_uncertainty_by_hand() -> None:
    """sd 0.1 in both hours: correlated |100 − 85| · 0.1 = 1.5; independent √(10² + 8.5²) = 13.124: the larger counts.

    Meters of 1 %: 0.01 · 30 and 0.01 · 76.5.
    """
    made, _ = avoided(profile([100, 0], [0, 85]), stores.marginal([0.3, 0.9], [0.1, 0.1]))
    assert made.deviation == pytest.approx(math.hypot(0.3, 0.765, math.hypot(10, 8.5)))
    low, high = made.interval
    assert (low + high) / 2 == pytest.approx(-46.5)
    assert made.chance_adverse == pytest.approx(0.5 * math.erfc(46.5 / made.deviation / math.sqrt(2)))
    unsure, _ = avoided(profile([100, 0], [0, 85]), stores.marginal([0.3, 0.9]))
    assert unsure.deviation == pytest.approx(math.hypot(0.3, 0.765))
    assert "meters only" in unsure.statement().en


def test_combined_margin() -> None:
    """0.75 · 0.8 + 0.25 · 0.4 = 0.7; its deviation √((0.75 · 0.1)² + (0.25 · 0.2)²)."""
    made = combined_margin(stores.margin(0.8, 0.1), stores.margin(0.4, 0.2), 0.75, stores.hours(2))
    assert made.values == pytest.approx([0.7, 0.7])
    assert made.sd == pytest.approx([math.hypot(0.075, 0.05)] * 2)
    assert combined_margin(stores.margin(0.8), stores.margin(0.4, 0.2), 0.75, stores.hours(1)).sd is None
    with pytest.raises(ValueError, match="weight"):
        combined_margin(stores.margin(0.8), None, 0.5, stores.hours(1))
    account, _ = avoided(profile([100, 0], [0, 85]), made)
    assert "cannot show" in account.statement().en
    assert account.statement().zh


def test_years_of_a_scenario() -> None:
    """−46.5, then · 0.9 · 0.98, then · 0.81 · 0.96."""
    made, _ = avoided(profile([100, 0], [0, 85]), stores.marginal([0.3, 0.9]))
    assert by_year(made, 3, 0.1, 0.02) == pytest.approx([-46.5, -46.5 * 0.9 * 0.98, -46.5 * 0.81 * 0.96])


def test_average_factors_are_refused_by_type() -> None:
    with pytest.raises(TypeError, match="marginal"):
        avoided(profile([1], [0]), AverageHours(stores.hours(1), np.array([0.5]), "direct", "x"))


def test_no_footprint_function_takes_the_account() -> None:
    """No public function or field of footprint and rulebooks is typed with the account, and none imports its module."""
    for package in (zuji.footprint, zuji.rulebooks):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            loaded = import_module(module.name)
            source = inspect.getsource(loaded)
            assert "storage.avoided" not in source
            assert "AvoidedAccount" not in source
    taken = typing.get_type_hints(avoided)
    assert AvoidedAccount not in taken.values()


PAIRS = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0, 1)), min_size=1, max_size=20)


@given(PAIRS)
def test_the_difference_is_charge_less_discharge(rows) -> None:
    """Whatever the generation, both cases differ by charge − discharge; a store that stands idle changes nothing."""
    charge, discharge, factor = (list(column) for column in zip(*rows, strict=True))
    pv = [7.0] * len(rows)
    made, _ = avoided(profile(charge, discharge, pv=pv), stores.marginal(factor))
    expected = sum((c - d) * f for c, d, f in rows)
    assert made.system_effect == pytest.approx(expected, abs=1e-6)
    idle, _ = avoided(profile([0] * len(rows), [0] * len(rows), pv=pv), stores.marginal(factor))
    assert idle.system_effect == 0


def test_profiles_are_checked(tmp_path) -> None:
    path = stores.write_rows(tmp_path / "p.csv", "charge,discharge,pv,curtailed", [(10, 0, 20, 11)])
    made, found = read_profile(path, Metering(Series("p.csv")))
    assert (made, [f.code for f in found]) == (None, ["ZJ694"])
    path = stores.write_rows(tmp_path / "p.csv", "charge,discharge", [(10, 0), (None, 5)])
    made, found = read_profile(path, Metering(Series("p.csv"), unit="MWh"))
    assert made is not None
    assert made.charge[0] == 10_000
    assert [f.code for f in found] == ["ZJ692"]
