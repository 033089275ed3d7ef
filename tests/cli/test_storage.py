"""`zuji storage` from the command line: use, avoided, dispatch, study."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from .conftest import Run

STORE = """zuji_storage: 1
id: bess
name: Store
energy: {value: 100, unit: kWh, kind: supplier, source: data sheet}
cycles_per_year: {value: 300, unit: cycle, kind: supplier, source: plan}
years: {value: 2, unit: a, kind: supplier, source: plan}
round_trip: {value: 81, unit: "%", kind: measured, source: test}
round_trip_at: ac_terminal
"""
SECTIONS = """telemetry: {file: t.csv, metered_at: ac_terminal}
factors: {file: f.csv}
marginal: {file: m.csv}
avoided: {baseline: pv, years: 2, marginal_decline_per_year: 10 %}
dispatch: {file: s.csv, at: ac_terminal, charge_power: 50 kW, discharge_power: 50 kW, carbon_basis: marginal}
"""
HOURS = 48


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two days of telemetry, factors and prices."""
    times = [f"2024-01-{1 + h // 24:02d}T{h % 24:02d}:00" for h in range(HOURS)]
    telemetry, factors, margins, signals = ["time,charge,discharge,auxiliary,state"], [], [], ["time,price,factor"]
    head = "time,factor,unit,scope,basis"
    for h, time in enumerate(times):
        into, out = (10 if h % 24 == 2 else 0), (8.1 if h % 24 == 20 else 0)
        state = 59 if 2 <= h % 24 < 20 else 50
        telemetry.append(f"{time},{into},{out},1,{state}")
        value = round(0.5 + 0.2 * math.sin(h / 24 * 2 * math.pi), 4)
        factors.append(f"{time},{value},kg/kWh,lifecycle,consumption")
        margins.append(f"{time},{value},kg/kWh,direct,marginal")
        signals.append(f"{time},{1 - value},{value}")
    for name, lines in (("t", telemetry), ("f", [head, *factors]), ("m", [head, *margins]), ("s", signals)):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = tmp_path / "bess.yaml"
    path.write_text(STORE + SECTIONS, encoding="utf-8")
    return path


def test_use_as_table_json_and_csv(run: Run, store: Path, tmp_path: Path) -> None:
    """Stated (1/0.81 − 1) · 0.5777 = 135.5 g; metered 81 %, charged at 02:00 with 0.6 kg/kWh: 140.7 g."""
    shown = run("storage", "use", store, "--factor", "cn-cf-2024-national", "--out", tmp_path / "u.csv")
    assert (shown.code, shown.err) == (0, "")
    assert all(word in shown.out for word in ("135.5", "81.00 %", "48 / 48", "600.0"))
    assert len((tmp_path / "u.csv").read_text(encoding="utf-8").splitlines()) == HOURS + 1
    found = json.loads(run("storage", "use", store, "--factor", "cn-cf-2024-national", "--json").out)
    assert found["stated"]["kg_per_kwh_delivered"]["use"] == pytest.approx((1 / 0.81 - 1) * 0.5777)
    assert found["metered"]["carbon"]["losses"] == pytest.approx((1 / 0.81 - 1) * 0.6)
    assert [one for one in found["findings"] if one["severity"] != "note"] == []


def test_use_refuses_a_marginal_factor_and_an_unstated_component(run: Run, store: Path) -> None:
    refused = run("storage", "use", store, "--factor", "cn-om-2023-N")
    assert (refused.code, "marginal" in refused.err) == (2, True)
    refused = run("storage", "use", store, "--at", "cell")
    assert (refused.code, "ZJ690" in refused.err) == (1, True)
    assert run("storage", "use", store, "--at", "moon").code == 2
    assert run("storage", "use", store, "--factor", "cn-cf-2024-nationale").code == 2


def test_a_marginal_file_is_no_average_one(run: Run, store: Path) -> None:
    store.write_text(STORE + SECTIONS.replace("f.csv", "m.csv"), encoding="utf-8")
    refused = run("storage", "use", store)
    assert (refused.code, "ZJ697" in refused.err) == (1, True)
    store.write_text(STORE + SECTIONS.replace("m.csv", "f.csv"), encoding="utf-8")
    refused = run("storage", "avoided", store)
    assert (refused.code, "ZJ697" in refused.err) == (1, True)


def test_use_with_a_traced_grid(run: Run, store: Path, tmp_path: Path) -> None:
    assert run("grid", "example", tmp_path / "day").code == 0
    shown = run("storage", "use", store, "--trace", tmp_path / "day", "--zone", "CN-GD", "--gas", "CO2e")
    assert (shown.code, "synthetic" in shown.out) == (0, True)
    # One day of April and two of January do not meet: nothing has a factor, and that is said.
    assert "ZJ693" in shown.err
    assert run("storage", "use", store, "--trace", tmp_path / "day", "--zone", "XX").code == 2


def test_avoided_both_ways(run: Run, store: Path, tmp_path: Path) -> None:
    """Charged at 02:00 with 0.6, discharged at 20:00 with 0.3268: adverse; the operating margin of a region too."""
    shown = run("storage", "avoided", store, "--out", tmp_path / "a.csv")
    assert (shown.code, "ZJ698" in shown.err, "adverse" in shown.out) == (0, True, True)
    found = json.loads(run("storage", "avoided", store, "--json").out)
    effect = 2 * (10 * 0.6 - 8.1 * 0.3268) + sum(0.5 + 0.2 * math.sin(h / 24 * 2 * math.pi) for h in range(HOURS))
    assert found["system_effect_kg"] == pytest.approx(effect, abs=0.01)
    assert (found["adverse"], len(found["scenario_by_year_kg"])) == (True, 2)
    assert found["method"]["zh"]
    margin = json.loads(run("storage", "avoided", store, "--om", "cn-om-2023-N", "--bm", "0.3", "--json").out)
    assert margin["source"] == "0.5 × cn-om-2023-N + 0.5 × 0.3 kg/kWh"
    assert run("storage", "avoided", store, "--om", "cn-cf-2024-national").code == 2


def test_dispatch_prints_both_schedules(run: Run, store: Path, tmp_path: Path) -> None:
    shown = run("storage", "dispatch", store, "--points", "1", "--out", tmp_path / "d.csv")
    assert (shown.code, shown.err) == (0, "")
    assert all(word in shown.out for word in ("least cost", "least carbon", "50 % of the way"))
    found = json.loads(run("storage", "dispatch", store, "--json").out)
    assert found["schedules"][0]["bill"] <= found["schedules"][-1]["bill"]
    assert found["schedules"][0]["kg"] >= found["schedules"][-1]["kg"]
    assert len((tmp_path / "d.csv").read_text(encoding="utf-8").splitlines()) == HOURS + 1


def test_dispatch_explains_what_cannot_be(run: Run, store: Path) -> None:
    text = SECTIONS.replace("charge_power: 50 kW, d", "charge_power: 50 kW, start_state: 0 %, end_state: 100 %, d")
    store.write_text(STORE + text.replace("charge_power: 50 kW", "charge_power: 1 kW", 1), encoding="utf-8")
    refused = run("storage", "dispatch", store)
    assert (refused.code, "ZJ695" in refused.err, "end_state" in refused.err) == (1, True, True)


def test_a_section_that_is_not_there(run: Run, store: Path, tmp_path: Path) -> None:
    store.write_text(STORE, encoding="utf-8")
    assert run("storage", "dispatch", store).code == 2
    assert run("storage", "avoided", store).code == 2
    assert run("storage", "use", store).code == 0
    assert run("storage", "use", tmp_path / "none.yaml").code == 3


def test_study_takes_the_values_and_says_who_counts_them(run: Run, store: Path, skeleton: Path) -> None:
    """Checked, written, checked; the footprint then counts what was metered."""
    assert run("storage", "study", store, skeleton, "--check").code == 1
    shown = run("storage", "study", store, skeleton)
    assert (shown.code, "iso-14067" in shown.out, "measured" in shown.out) == (0, True, True)
    assert run("storage", "study", store, skeleton, "--check").code == 0
    assert run("storage", "study", store, skeleton, "--check", "--stated").code == 1
    assert run("check", skeleton).code == 0
    assert run("storage", "study", store, skeleton, "--at", "cell").code == 1
    refused = run("storage", "study", store, "lfp-storage-488kwh")
    assert (refused.code, "copy" in refused.err) == (2, True)
