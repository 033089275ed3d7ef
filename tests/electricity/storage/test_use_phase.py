"""The use phase from parameters: figures of the specification, hand calculations, measuring points, types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuji.datum import Kind
from zuji.electricity.storage.parameters import Auxiliaries, Replacement
from zuji.electricity.storage.points import COMPONENTS, POINTS, Component, Point, converted
from zuji.electricity.storage.use_phase import UsePhase, use_phase
from zuji.finding import Finding
from zuji.quantity import parse_unit
from zuji.study.model import Datum

from . import stores

SHARES = st.floats(0.5, 1.0)


def phase_of(**changes: object) -> UsePhase:
    made = use_phase(stores.product(**changes))
    assert isinstance(made, UsePhase)
    return made


@pytest.mark.parametrize(
    ("factor", "losses", "with_auxiliaries"),
    [
        (stores.direct(0.5306), 72.35, 82.97),
        (stores.lifecycle(0.5777), 78.78, 90.33),
        (stores.lifecycle(0.0545), 7.43, 8.52),
    ],
)
def test_t11_figures_of_the_specification(factor, losses, with_auxiliaries) -> None:
    """(1/0.88 − 1) · EF, and 2 % of auxiliaries: 0.136364 · 0.5306 = 0.072355; + 0.02 · 0.5306 = 0.082967."""
    assert round(phase_of().per_kwh(factor).use * 1000, 2) == pytest.approx(losses, abs=0.0051)
    made = phase_of(auxiliary_share=0.02).per_kwh(factor)
    assert made.use * 1000 == pytest.approx(with_auxiliaries, abs=0.0051)
    assert made.scope == factor.scope


def test_energy_delivered_over_the_life() -> None:
    """5 MWh · 0.95 · 365 · Σ(1 − 0.013 y, y = 0…14) = 1,733.75 MWh · 13.635 = 23,639.7 MWh (given: 23,640)."""
    assert phase_of().delivered == pytest.approx(1_733_750 * 13.635)
    assert round(phase_of().delivered / 1000) == 23_640


def test_replacement_starts_again_as_new() -> None:
    """Three years, fade 10 %, replaced in year 3: 1 + 0.9 + 1 = 2.9 of the first year; without it 2.7."""
    footprint = Datum(number="290", unit=parse_unit("kgCO2e"), kind=Kind.SUPPLIER)
    common = {"years": 3, "fade": 0.1, "energy": 100.0, "depth": 1.0, "cycles": 1.0}
    made = phase_of(**common, replacements=(Replacement(3, footprint), Replacement(9, footprint)))
    assert made.delivered == pytest.approx(290)
    assert [y.replaced for y in made.years] == [False, False, True]
    assert made.per_kwh(stores.lifecycle(1)).replacements == pytest.approx(1.0)
    assert phase_of(**common).delivered == pytest.approx(270)


def test_a_missing_replacement_footprint_is_unknown_not_zero() -> None:
    missing = Datum(number="", unit=parse_unit("kgCO2e"), missing="not asked yet")
    made = phase_of(replacements=(Replacement(5, missing),)).per_kwh(stores.lifecycle(0.5))
    assert made.replacements != made.replacements
    assert made.use == made.use


def test_efficiency_fades_too() -> None:
    """80 %, then 75 %: 100/0.8 + 100/0.75 = 258.33 drawn for 200 delivered."""
    made = phase_of(years=2, fade=0.0, round_trip=0.8, efficiency_fade=0.05, energy=100.0, depth=1.0, cycles=1.0)
    assert made.delivered + made.losses == pytest.approx(100 / 0.8 + 100 / 0.75)
    assert made.efficiency == pytest.approx(200 / (125 + 400 / 3))


def test_standby_counts_when_idle() -> None:
    assert phase_of(standby=1000.0, years=3).auxiliary == 3000


@pytest.mark.parametrize("changes", [{"fade": 0.2}, {"efficiency_fade": 0.1}])
def test_nothing_left_is_an_error(changes) -> None:
    found = use_phase(stores.product(**changes))
    assert isinstance(found, tuple)
    assert found[0].code == "ZJ694"


def test_marginal_factors_are_refused_by_type() -> None:
    with pytest.raises(TypeError, match="average"):
        phase_of().per_kwh(stores.margin(0.5))
    with pytest.raises(TypeError, match="average"):
        phase_of().per_kwh(stores.lifecycle(0.5), stores.margin(0.5))


def test_outwards_multiplies_and_inwards_divides() -> None:
    """0.95 at the DC bus, inverter 0.98 each way: 0.95 · 0.9604 = 0.91238 at the AC terminal."""
    parts = {"inverter": Component(0.98, 0.98)}
    assert converted(0.95, Point.DC_BUS, Point.AC_TERMINAL, parts) == pytest.approx(0.91238)
    assert converted(0.91238, Point.AC_TERMINAL, Point.DC_BUS, parts) == pytest.approx(0.95)


def test_an_unstated_component_is_refused_by_name() -> None:
    found = converted(
        0.9, Point.CELL, Point.CONNECTION, {"dc_converter": Component(1, 1), "transformer": Component(1, 1)}
    )
    assert isinstance(found, Finding)
    assert (found.code, dict(found.params)["component"]) == ("ZJ690", "inverter")
    assert isinstance(use_phase(stores.product(), Point.CELL), tuple)


def test_a_round_trip_above_one_is_refused() -> None:
    found = converted(0.95, Point.AC_TERMINAL, Point.DC_BUS, {"inverter": Component(0.95, 0.95)})
    assert isinstance(found, Finding)
    assert found.code == "ZJ694"


@given(SHARES, st.sampled_from(POINTS), st.sampled_from(POINTS), st.lists(SHARES, min_size=6, max_size=6))
def test_there_and_back_is_the_same(round_trip, first, second, ways) -> None:
    parts = {name: Component(ways[2 * i], ways[2 * i + 1]) for i, name in enumerate(COMPONENTS)}
    there = converted(round_trip, first, second, parts)
    if isinstance(there, float):
        assert converted(there, second, first, parts) == pytest.approx(round_trip)
        assert (there <= round_trip) or POINTS.index(second) < POINTS.index(first)


@given(SHARES, st.floats(0, 0.06), st.integers(1, 15), st.floats(0, 0.2))
def test_energy_is_conserved_over_the_life(round_trip, fade, years, share) -> None:
    """What is drawn is delivered or lost, and scaling the store scales every energy."""
    made = phase_of(round_trip=round_trip, fade=fade, years=years, auxiliary_share=share)
    assert sum(y.drawn for y in made.years) == pytest.approx(made.delivered + made.losses)
    twice = phase_of(round_trip=round_trip, fade=fade, years=years, auxiliary_share=share, energy=10_000.0)
    assert twice.delivered == pytest.approx(2 * made.delivered)
    assert twice.per_kwh(stores.lifecycle(0.5)).use == pytest.approx(made.per_kwh(stores.lifecycle(0.5)).use)


def test_inside_and_apart_are_words_of_the_file() -> None:
    assert {one.value for one in Auxiliaries} == {"inside", "apart"}
