"""The storage file, what a study takes from it, and the dispatch problem that it states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zuji.electricity.storage.dispatch import dispatch
from zuji.electricity.storage.metered import metered_use
from zuji.electricity.storage.parameters import Metering, Series
from zuji.electricity.storage.plan import explained, read_plan, schedules_csv
from zuji.electricity.storage.points import Point
from zuji.electricity.storage.read_storage import open_storage
from zuji.electricity.storage.study_use import differences, metered_values, stated_values, with_values
from zuji.electricity.storage.telemetry import read_telemetry
from zuji.electricity.storage.use_phase import UsePhase, use_phase
from zuji.errors import UnreadableError
from zuji.finding import Finding
from zuji.study.new import write_skeleton
from zuji.study.open import open_study

from . import stores

PLAN = """dispatch:
  file: s.csv
  at: ac_terminal
  charge_power: 500 kW
  discharge_power: 0.5 MW
  minimum_state: 10 %
  start_state: {value: 2, unit: MWh}
  import_limit: 700 kW
  degradation_cost: 0.05
  carbon_basis: marginal
"""


def opened(tmp_path: Path, text: str):
    path = tmp_path / "bess.yaml"
    path.write_text(text, encoding="utf-8")
    return open_storage(path)


def codes(found) -> list[str]:
    return [f.code for f in found if f.severity != "note"]


def values(tmp_path: Path):
    product = opened(tmp_path, stores.HEAD + "standby: {value: 10, unit: kWh/d}\n").product
    phase = use_phase(product)
    assert isinstance(phase, UsePhase)
    return stated_values(phase, "bess.yaml sha256:1")


def test_units_are_converted(tmp_path: Path) -> None:
    """5 MWh are 5,000 kWh; 88 % is 0.88; 10 kWh a day are 3,650 a year; 0.5 MW is 500 kW; 10 % of 5 MWh is 500 kWh."""
    made = opened(tmp_path, stores.HEAD + "standby: {value: 10, unit: kWh/d}\n" + PLAN)
    assert codes(made.findings) == []
    product, plan = made.product, made.product.plan
    assert (product.energy, product.round_trip, product.standby) == pytest.approx((5000, 0.88, 3650))
    assert (plan.discharge_power, plan.minimum, plan.start, plan.maximum) == pytest.approx((500, 500, 2000, 5000))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("round_trip_at: ac_terminal\n", "", "ZJ201"),
        ("round_trip_at: ac_terminal", "round_trip_at: somewhere", None),
        ("value: 88,", "value: 112,", "ZJ694"),
        ("value: 5, unit: MWh", "value: -5, unit: MWh", "ZJ694"),
        ("value: 15, unit: a", "value: 15.5, unit: a", "ZJ694"),
        ("{value: 5, unit: MWh, kind: supplier, source: data sheet}", "{missing: not asked}", "ZJ694"),
        ("value: 5, unit: MWh", "value: 5, unit: kg", None),
        ("id: bess", "id: bess\ncolour: red", None),
        ("id: bess", "id: bess\nauxiliaries: inside\nauxiliary_share: 2 %", "ZJ694"),
        ("id: bess", "id: bess\nreplacements: [{year: 1, footprint: 5 kgCO2e}]", "ZJ694"),
        ("id: bess", "id: bess\ntelemetry: {file: t.csv, metered_at: cell, step: 7}", "ZJ694"),
    ],
)
def test_what_is_wrong_is_found_at_its_line(tmp_path: Path, old, new, code) -> None:
    made = opened(tmp_path, stores.HEAD.replace(old, new))
    wrong = [f for f in made.findings if f.severity != "note"]
    assert wrong
    assert all(f.place.file == "bess.yaml" for f in wrong)
    if code == "ZJ694":
        assert code in codes(wrong)
        assert made.product is None


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert codes(open_storage(tmp_path / "none.yaml").findings) == ["ZJ101"]


def test_plan_limits_are_checked(tmp_path: Path) -> None:
    made = opened(tmp_path, stores.HEAD + PLAN.replace("minimum_state: 10 %", "minimum_state: 90 %"))
    assert codes(made.findings) == ["ZJ694"]


def signals(tmp_path: Path, header: str, rows, plan: str = PLAN):
    product = opened(tmp_path, stores.HEAD + plan).product
    path = stores.write_rows(tmp_path / "s.csv", header, rows)
    return read_plan(path, product.plan, product)


def test_a_problem_from_its_file(tmp_path: Path) -> None:
    """√0.88 either way, prices per kWh, MWh where the file says so, load less generation."""
    plan = PLAN + "  price_per: MWh\n  factor_unit: kg/MWh\n"
    made, found = signals(tmp_path, "price,factor,load,pv", [(400, 500, 30, 10)] * 3, plan)
    assert found == ()
    one = made.problem
    assert (one.price[0], one.factor[0], one.net_load[0]) == pytest.approx((0.4, 0.5, 20))
    assert one.charge_efficiency**2 == pytest.approx(0.88)


def test_a_missing_hour_stops_a_plan(tmp_path: Path) -> None:
    made, found = signals(tmp_path, "price,factor", [(1, 1), (None, 1), (1, 1)])
    assert (made, codes(found), found[0].severity) == (None, ["ZJ692"], "error")


def test_an_average_signal_is_said(tmp_path: Path) -> None:
    _, found = signals(tmp_path, "price,factor", [(1, 1)], PLAN.replace("basis: marginal", "basis: consumption"))
    assert codes(found) == ["ZJ699"]


def test_selling_dearer_than_buying_is_refused(tmp_path: Path) -> None:
    made, found = signals(tmp_path, "price,factor,sell_price", [(1, 1, 2)])
    assert (made, codes(found)) == (None, ["ZJ694"])


def test_an_infeasible_plan_names_the_constraint(tmp_path: Path) -> None:
    """Load of 1,300 kW, 700 from the grid; of 500 charged before 0.88 come back: 1300 − 700 − 440 = 160 kWh short."""
    made, _ = signals(tmp_path, "price,factor,load", [(1, 1, 0), (1, 1, 1300)])
    found = explained(dispatch(made.problem), made)
    assert codes(found) == ["ZJ695"]
    shown = dict(found[0].params)
    assert (shown["constraint"], shown["amount"]) == ("import_limit", "160.0")
    assert shown["hour"].startswith("2024-01-01T01:00")


def test_schedules_as_csv(tmp_path: Path) -> None:
    made, _ = signals(tmp_path, "price,factor", [(1, 1), (3, 1)])
    found = dispatch(made.problem, points=0)
    text = schedules_csv(made, [found.cheapest, found.cleanest])
    assert text.splitlines()[0].startswith("time,price,factor_kg_per_kwh,net_load,cheapest_charge")
    assert len(text.splitlines()) == 3
    assert np.isfinite([float(cell) for cell in text.splitlines()[1].split(",")[1:]]).all()


def test_only_two_values_of_the_study_change(tmp_path: Path) -> None:
    """Comments, order and every other value stay; the study reads back what was written."""
    write_skeleton(tmp_path / "study")
    path = tmp_path / "study" / "study.yaml"
    before = path.read_text(encoding="utf-8")
    made = values(tmp_path)
    after = with_values(before, made)
    changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert len(changed) == 2
    path.write_text(after, encoding="utf-8")
    use = open_study(tmp_path / "study").study.use
    assert use.round_trip_efficiency.value == pytest.approx(0.88)
    assert use.round_trip_efficiency.source == "bess.yaml sha256:1"
    assert use.auxiliary_energy.value == pytest.approx(3650)
    assert differences(use, made) == ()
    assert with_values(after, made) == after


def test_differences_are_found(tmp_path: Path) -> None:
    write_skeleton(tmp_path / "study")
    use = open_study(tmp_path / "study").study.use
    found = differences(use, values(tmp_path))
    assert codes(found) == ["ZJ696", "ZJ696"]  # the source of the one, the value of the other
    assert codes(differences(None, values(tmp_path))) == ["ZJ696", "ZJ696"]


def test_a_study_without_use_gets_one_and_one_without_auxiliaries_loses_them(tmp_path: Path) -> None:
    text = "zuji: 1\nid: a # comment\n"
    made = values(tmp_path)
    added = with_values(text, made, "grid")
    assert added.startswith(text)
    assert 'electricity: "grid"' in added
    alone = with_values(added, made[:1])
    assert ("auxiliary_energy" in added, "auxiliary_energy" in alone) == (True, False)
    back = with_values(alone, made)
    assert "auxiliary_energy" in back


@pytest.mark.parametrize("text", ["- a\n", "a: [\n", "use: {electricity: x}\n", "use:\n"])
def test_a_study_that_cannot_be_changed_safely_is_left_alone(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError):
        with_values(text, values(tmp_path), "grid")


def test_metered_values_carry_period_and_kind(tmp_path: Path) -> None:
    """Whole telemetry at its own point is measured; with a gap it is an estimate; elsewhere it needs components."""
    store = stores.product(energy=100.0)
    rows = [(0, 0, 1, 50), (10, 0, 1, 59), (0, 8.1, 1, 50)]
    path = stores.write_rows(tmp_path / "t.csv", "charge,discharge,auxiliary,state", rows)
    metering = Metering(Series("t.csv"))
    telemetry, _ = read_telemetry(path, metering, store)
    use, _ = metered_use(telemetry, store, Point.AC_TERMINAL)
    made = metered_values(use, store, Point.AC_TERMINAL, "t.csv")
    assert [(v.key, v.number, v.kind) for v in made] == [
        ("round_trip_efficiency", "0.81", "measured"), ("auxiliary_energy", "8760", "measured"),
    ]  # fmt: skip
    assert "2024-01-01" in made[0].flow()
    refused = metered_values(use, store, Point.CELL, "t.csv")
    assert isinstance(refused[0], Finding)
    stores.write_rows(tmp_path / "t.csv", "charge,discharge,auxiliary,state", [*rows, (None, None, None, 50)])
    telemetry, _ = read_telemetry(path, metering, store)
    use, _ = metered_use(telemetry, store, Point.AC_TERMINAL)
    assert {v.kind for v in metered_values(use, store, Point.AC_TERMINAL, "t.csv")} == {"estimated"}
