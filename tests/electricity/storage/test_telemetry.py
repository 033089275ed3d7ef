"""Telemetry: read, reconciled, with gaps, summer time and quarters; the metered use phase with hourly factors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.electricity.storage.hourly import (
    AverageHours,
    MarginalHours,
    combined_margin,
    from_factor,
    from_trace,
    read_factors,
)
from zuji.electricity.storage.metered import efficiency_at, metered_carbon, metered_use
from zuji.electricity.storage.parameters import Auxiliaries, Metering, Series
from zuji.electricity.storage.points import Component, Point
from zuji.electricity.storage.telemetry import Telemetry, read_telemetry, reconcile

from . import stores

METERING = Metering(Series("t.csv"))
STORE = stores.product(energy=100.0, round_trip=0.81)
HEADER = "charge,discharge,auxiliary,state"
DAY = [(10, 0, 1, 59), (10, 0, 1, 68), (0, 8.1, 1, 59), (0, 8.1, 1, 50)]
"""√0.81 = 0.9 either way, from 50 kWh: + 10 · 0.9 = 59, 68; − 8.1/0.9 = 59, 50."""


def read(path: Path, metering: Metering = METERING, store=STORE):
    made, found = read_telemetry(path, metering, store)
    assert made is not None, [f.what() for f in found]
    return made, found


def codes(found) -> list[str]:
    return [f.code for f in found]


def test_a_day_by_hand(tmp_path: Path) -> None:
    """The first hour has no state before it: hours 2 to 4: 10 in, 16.2 out, change −9, losses 10 − 16.2 + 9 = 2.8."""
    made, found = read(stores.write_rows(tmp_path / "t.csv", HEADER, DAY))
    assert codes(found) == []
    balance = reconcile(made, STORE, METERING)
    assert (balance.basis, codes(balance.findings)) == ("stated", [])
    assert balance.spans[0].residual == pytest.approx(0, abs=1e-9)
    use, found = metered_use(made, STORE, Point.AC_TERMINAL)
    assert codes(found) == []
    assert (use.charged, use.discharged, use.change) == pytest.approx((10, 16.2, -9))
    assert use.losses == pytest.approx(2.8)
    assert use.efficiency == pytest.approx(16.2 / 19)
    assert (use.known, use.hours, use.is_whole) == (4, 4, True)
    assert use.auxiliary_per_year == pytest.approx(8760)


def test_the_change_of_state_is_what_makes_a_round_trip(tmp_path: Path) -> None:
    """Over whole cycles the metered round trip is the stated one: 0.81."""
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, [(0, 0, 1, 50), *DAY * 30]))
    use, _ = metered_use(made, STORE, Point.AC_TERMINAL)
    assert use.efficiency == pytest.approx(0.81)


def test_hourly_factors_by_hand(tmp_path: Path) -> None:
    """Charged 10 at 0.2 and 10 at 0.6: 0.4 kg/kWh. Losses 3.8 of 16.2 delivered: 3.8/16.2 · 0.4 = 0.093827.

    Auxiliaries 1 kWh in each of five hours, factors 0.5, 0.2, 0.6, 0.1, 0.1: mean 0.3; 5 kWh of 5 hours, of which 4
    count: 4/16.2 · 0.3 = 0.074074.
    """
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, [(0, 0, 1, 50), *DAY]))
    use, _ = metered_use(made, STORE, Point.AC_TERMINAL)
    factors = AverageHours(stores.hours(5), np.array([0.5, 0.2, 0.6, 0.1, 0.1]), "lifecycle", "test")
    carbon, found = metered_carbon(made, use, factors)
    assert codes(found) == []
    assert carbon.charging == pytest.approx(0.4)
    assert carbon.losses == pytest.approx(3.8 / 16.2 * 0.4)
    assert carbon.auxiliaries == pytest.approx(4 / 16.2 * 0.3)
    assert carbon.covered == 1


def test_hours_without_a_factor_are_said(tmp_path: Path) -> None:
    """Only the first charging hour has a factor; it stands for both, and half of the energy is covered."""
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, [(0, 0, 1, 50), *DAY]))
    use, _ = metered_use(made, STORE, Point.AC_TERMINAL)
    carbon, found = metered_carbon(made, use, AverageHours(stores.hours(2), np.array([0.5, 0.2]), "direct", "test"))
    assert (carbon.charging, carbon.covered) == (pytest.approx(0.2), pytest.approx(0.5))
    assert set(codes(found)) == {"ZJ693"}


def test_a_meter_that_is_wrong_is_found(tmp_path: Path) -> None:
    """Discharge read 10 % too high: 1.62 kWh of 20 more came out than the balance has."""
    rows = [(0, 0, 1, 50), *[(c, round(d * 1.1, 4), a, s) for c, d, a, s in DAY]]
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, rows))
    balance = reconcile(made, STORE, METERING)
    assert codes(balance.findings) == ["ZJ691"]
    # 20 − 17.82 − 0 − (20 · 0.1 + 17.82 · (1/0.9 − 1) = 3.98) = −1.8
    assert balance.spans[-1].residual == pytest.approx(20 - 17.82 - 2 - 17.82 / 9)


def test_metered_losses_come_before_stated_ones(tmp_path: Path) -> None:
    rows = [(0, 0, 1, 50, 0), *[(*row, 1.0 if row[0] else 0.9) for row in DAY]]
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER + ",losses", rows))
    balance = reconcile(made, replace(STORE, round_trip=0.5), METERING)
    assert (balance.basis, codes(balance.findings)) == ("metered", [])


def test_without_a_convertible_round_trip_only_a_gain_is_found(tmp_path: Path) -> None:
    at_cell = replace(STORE, point=Point.CELL)
    good, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, [(0, 0, 1, 50), *DAY]))
    assert reconcile(good, at_cell, METERING).basis == "balance"
    assert reconcile(good, at_cell, METERING).findings == ()
    rows = [(0, 0, 1, 50), *[(c, d * 2, a, s) for c, d, a, s in DAY]]
    gain, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, rows))
    assert codes(reconcile(gain, at_cell, METERING).findings) == ["ZJ691"]


def test_auxiliaries_from_inside_are_part_of_the_losses(tmp_path: Path) -> None:
    """Fed from inside the meter, they are not added again, and metered losses close only with them."""
    inside = replace(STORE, auxiliaries=Auxiliaries.INSIDE)
    rows = [(0, 0, 0, 50, 0), (11, 0, 1, 59, 1), (11, 0, 1, 68, 1), (0, 7.1, 1, 59, 0.9), (0, 7.1, 1, 50, 0.9)]
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER + ",losses", rows))
    balance = reconcile(made, inside, METERING)
    assert balance.spans[-1].residual == pytest.approx(0, abs=1e-9)
    use, _ = metered_use(made, inside, Point.AC_TERMINAL)
    assert use.auxiliary_per_year == 0
    assert use.losses == pytest.approx(22 - 14.2)
    carbon, _ = metered_carbon(made, use, from_factor(stores.direct(0.5), made.hours))
    assert carbon.auxiliaries == 0


def test_a_gap_is_left_out_and_said(tmp_path: Path) -> None:
    """Hour 2 is not there, hour 4 has no discharge: neither counts as zero, and no loss appears from nowhere."""
    path = stores.write_rows(tmp_path / "t.csv", HEADER, [(0, 0, 1, 50), *DAY, *DAY])
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace(",8.1,", ",,")
    del lines[2]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    made, found = read(path)
    assert codes(found) == ["ZJ692"] * 4  # charge, discharge, auxiliary, state
    shown = {dict(f.params)["series"]: dict(f.params)["count"] for f in found}
    assert shown == {"charge": "1", "discharge": "2", "auxiliary": "1", "state": "1"}
    use, _ = metered_use(made, STORE, Point.AC_TERMINAL)
    assert (use.known, use.hours, use.used, use.is_whole) == (7, 9, 5, False)
    assert use.losses == pytest.approx(10 * 0.1 * 2 + 8.1 / 9 * 3)


def test_without_states_the_change_is_unknown_and_said(tmp_path: Path) -> None:
    made, found = read(stores.write_rows(tmp_path / "t.csv", "charge,discharge", [(10, 0), (0, 8)]))
    assert {dict(f.params)["series"] for f in found} == {"auxiliary", "state"}
    use, found = metered_use(made, STORE, Point.AC_TERMINAL)
    assert codes(found) == ["ZJ692"]
    assert use.change != use.change
    assert use.losses == 2
    assert use.auxiliary_per_year != use.auxiliary_per_year


@pytest.mark.parametrize(
    ("row", "code"),
    [((-1, 0, 0, 50), "ZJ694"), ((1, 0, 0, 150), "ZJ694"), (("ten", 0, 0, 50), "ZJ615")],
)
def test_impossible_values_are_errors(tmp_path: Path, row, code) -> None:
    made, found = read_telemetry(stores.write_rows(tmp_path / "t.csv", HEADER, [row]), METERING, STORE)
    assert code in codes(found) or any(f.severity == "error" for f in found)
    assert made is None


def test_summer_time_keeps_every_hour(tmp_path: Path) -> None:
    """Berlin, 27 October 2024: 25 hours, 02:00 comes twice."""
    times = [f"2024-10-27T{h:02d}:00" for h in (0, 1, 2, 2, *range(3, 24))]
    rows = [f"{time},1,0,1,50" for time in times]
    path = tmp_path / "t.csv"
    path.write_text("time,charge,discharge,auxiliary,state\n" + "\n".join(rows) + "\n", encoding="utf-8")
    made, found = read(path, replace(METERING, series=Series("t.csv", "Europe/Berlin")))
    assert (len(made.hours), codes(found), made.charge.sum()) == (25, [], 25)


def test_quarters_power_percent_and_start_states(tmp_path: Path) -> None:
    """Four quarters of 40 kW are 10 kWh for 10 kW each; the state is a share, read at the start of a period."""
    lines = ["time,charge,discharge,auxiliary,state"]
    for i in range(12):
        state = 50 + 2.25 * min(i, 8)
        lines.append(f"2024-01-01T{i // 4:02d}:{15 * (i % 4):02d},{10 if i < 8 else 0},0,4,{state}")
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    quarters = Metering(Series("t.csv", step=15), unit="kW", state_unit="%", state_ending=False)
    made, found = read(path, quarters)
    assert codes(found) == []
    assert made.charge == pytest.approx([10, 10, 0])
    assert made.first_state == 50
    assert made.change[:2] == pytest.approx([9, 9])
    ends = replace(quarters, state_ending=True)
    made, _ = read(path, ends)
    assert made.state == pytest.approx([56.75, 65.75, 68.0])


def test_conversion_of_the_metered_round_trip(tmp_path: Path) -> None:
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, [(0, 0, 1, 50), *DAY]))
    use, _ = metered_use(made, STORE, Point.AC_TERMINAL)
    assert efficiency_at(use, STORE, Point.CONNECTION).code == "ZJ690"
    parts = {"transformer": Component(0.99, 0.99)}
    assert efficiency_at(use, replace(STORE, components=parts), Point.CONNECTION) == pytest.approx(0.81 * 0.9801)


def test_factor_files_say_what_they_are(tmp_path: Path) -> None:
    rows = [(500, "kg/MWh", "direct", "consumption", ""), (None, "kg/MWh", "direct", "consumption", "")]
    made, found = read_factors(
        stores.write_rows(tmp_path / "f.csv", "factor,unit,scope,basis,sd", rows), Series("f.csv")
    )
    assert isinstance(made, AverageHours)
    assert (codes(found), made.scope) == ([], "direct")
    assert made.at(stores.hours(3))[0] == 0.5
    assert np.isnan(made.at(stores.hours(3))[1:]).all()
    rows = [(500, "g/kWh", "direct", "marginal", 50)]
    made, _ = read_factors(stores.write_rows(tmp_path / "m.csv", "factor,unit,scope,basis,sd", rows), Series("m.csv"))
    assert isinstance(made, MarginalHours)
    assert made.sd_at(stores.hours(1))[0] == pytest.approx(0.05)
    rows = [(500, "kg/MWh", "direct", "marginal", ""), (500, "kg/MWh", "direct", "consumption", "")]
    made, found = read_factors(
        stores.write_rows(tmp_path / "x.csv", "factor,unit,scope,basis,sd", rows), Series("x.csv")
    )
    assert (made, codes(found)) == (None, ["ZJ621"])


def test_types_do_not_mix(tmp_path: Path) -> None:
    made, _ = read(stores.write_rows(tmp_path / "t.csv", HEADER, [(0, 0, 1, 50), *DAY]))
    use, _ = metered_use(made, STORE, Point.AC_TERMINAL)
    with pytest.raises(TypeError, match="average"):
        metered_carbon(made, use, stores.marginal([0.5]))
    with pytest.raises(TypeError, match="marginal"):
        from_factor(stores.margin(0.5), made.hours)
    with pytest.raises(TypeError, match="marginal"):
        combined_margin(stores.direct(0.5), None, 1.0, made.hours)


def test_a_traced_grid_gives_hourly_factors() -> None:
    """The factors of a zone [kg/kWh] with the digest of the trace; the example says that it is synthetic."""
    from zuji.electricity.trace import Balance, Gas, Generator, Labels, Zone, trace

    labels = Labels(
        (Zone("A"),), (Generator("A/coal", "A", "coal"), Generator("A/wind", "A", "wind")), gases=(Gas("CO2"),)
    )
    factors = np.array([[900.0], [0.0]])
    balance = Balance(labels, stores.hours(2), np.array([[1.0, 1.0], [1.0, 3.0]]), factors, id="two", synthetic=True)
    made = from_trace(trace(balance), "A")
    assert made.at(stores.hours(2)) == pytest.approx([0.45, 0.225])
    assert (made.scope, made.synthetic, "sha256" in made.source) == ("direct", True, True)
    with pytest.raises(KeyError):
        from_trace(trace(balance), "B")


ENERGY = st.lists(st.tuples(st.floats(0, 50), st.booleans()), min_size=1, max_size=30)


@given(ENERGY, st.floats(0.5, 1))
@settings(max_examples=60, deadline=None)
def test_what_goes_in_comes_out_or_is_lost(steps, eta) -> None:
    """Any run of a store with the stated efficiency closes its balance, and losses are never below zero."""
    way = eta**0.5
    charge = np.array([energy if into else 0.0 for energy, into in steps])
    discharge = np.array([0.0 if into else energy for energy, into in steps])
    state = 1e4 + np.cumsum(charge * way - discharge / way)
    store = stores.product(energy=1e5, round_trip=eta)
    nothing = np.full(len(steps), np.nan)
    telemetry = Telemetry(stores.hours(len(steps)), charge, discharge, nothing * 0, state, nothing, 1e4, "t", "UTC")
    balance = reconcile(telemetry, store, METERING)
    assert balance.spans[-1].residual == pytest.approx(0, abs=1e-6)
    use, _ = metered_use(telemetry, store, Point.AC_TERMINAL)
    assert use.charged == pytest.approx(use.discharged + use.change + use.losses, abs=1e-6)
    assert use.losses >= -1e-6
