"""Grids from files: times (T17), gaps, doubles, units and every problem at its line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from zuji.electricity.trace import Rule, trace
from zuji.electricity.trace.clock import Clock, UnknownZoneError, hours_of_year, local_text, zone_of
from zuji.electricity.trace.example import example
from zuji.electricity.trace.readers.folder import Grid, read_grid
from zuji.electricity.trace.readers.write import write_grid

ZONES = "zone,name_zh,name_en,kind\nA,甲,Alpha,province\nB,乙,Beta,province\n"
FACTORS = "zone,technology,gas,value,unit,scope\n*,coal,CO2,0.9,kg/kWh,direct\n*,wind,CO2,0,kg/kWh,direct\n"


def folder(tmp_path: Path, generation: str, head: str = "", **files: str) -> Path:
    texts = {"grid.yaml": f"zuji_grid: 1\nid: g\n{head}", "zones.csv": ZONES, "factors.csv": FACTORS}
    texts |= {"generation.csv": generation} | {f"{name}.csv": text for name, text in files.items()}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def codes_of(grid: Grid) -> list[str]:
    return [finding.code for finding in grid.findings]


def rows(times: list[str], value: str = "10") -> str:
    return "time,zone,technology,generation\n" + "".join(f"{time},A,coal,{value}\n" for time in times)


def day(zone: str, date: str, hours: list[int], minute: int = 0) -> list[str]:
    return [f"{date}T{hour:02d}:{minute:02d}" for hour in hours]


@pytest.mark.parametrize("parquet", [False, True])
def test_the_folder_reads_back(tmp_path: Path, parquet: bool) -> None:
    """A balance written and read is the same balance, in CSV and Parquet, with the line of every cell."""
    made = example(2)
    write_grid(made, tmp_path, parquet=parquet)
    grid = read_grid(tmp_path)
    assert grid.findings == ()
    assert grid.balance is not None
    assert grid.balance.labels == made.labels
    for name in ("hours", "generation", "sent", "received", "charge", "discharge", "factors"):
        assert (getattr(grid.balance, name) == getattr(made, name)).all(), name
    assert (trace(grid.balance).values == trace(made).values).all()
    lines = grid.balance.origins["generation"].line
    assert lines.min() == (1 if parquet else 2)
    assert len(np.unique(lines)) == lines.size
    write_grid(grid.balance, tmp_path / "again", parquet=parquet)
    suffix = "parquet" if parquet else "csv"
    assert (tmp_path / "again" / f"flows.{suffix}").read_bytes() == (tmp_path / f"flows.{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("date", "hours", "labels"),
    [
        ("2024-03-31", 23, [0, 1, *range(3, 24)]),
        ("2024-10-27", 25, [0, 1, 2, 2, *range(3, 24)]),
        ("2024-02-29", 24, list(range(24))),
    ],
)
def test_t17_summer_time_and_leap_day(tmp_path: Path, date: str, hours: int, labels: list[int]) -> None:
    """Days of 23, 25 and 24 hours: no hour is lost or doubled and the energy is that of the table."""
    grid = read_grid(folder(tmp_path, rows(day("", date, labels)), "time_zone: Europe/Berlin\n"))
    assert grid.findings == ()
    assert grid.balance is not None
    assert len(grid.balance.hours) == hours
    assert (np.diff(grid.balance.hours) == 1).all()
    assert grid.balance.generation.sum() == 10 * hours


def test_t17_hour_ending_is_hour_starting(tmp_path: Path) -> None:
    """24:00 of one convention is 23:00 of the other; both give the same hours and energies."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    head = "time_zone: UTC+8\n"
    start = read_grid(folder(tmp_path / "a", rows(day("", "2024-12-31", list(range(24)))), head))
    end = read_grid(folder(tmp_path / "b", rows(day("", "2024-12-31", list(range(1, 25)))), head + "time_label: end\n"))
    assert start.balance is not None
    assert end.balance is not None
    assert (start.balance.hours == end.balance.hours).all()
    # 2024-12-31T00:00+08:00 is 16:00 UTC of the day before.
    assert local_text(int(start.balance.hours[0]), "UTC") == "2024-12-30T16:00+00:00"
    assert start.balance.generation.sum() == end.balance.generation.sum() == 240


def test_t17_hour_ending_over_the_clock_change(tmp_path: Path) -> None:
    """Labels of ends at 02:00, 02:00, 03:00 are the three hours before them when the clock is put back."""
    times = [f"2024-10-27T{h:02d}:00" for h in (1, 2, 3, 3, 4)]
    grid = read_grid(folder(tmp_path, rows(times), "time_zone: Europe/Berlin\ntime_label: end\n"))
    # Berlin puts 03:00 CEST back to 02:00 CET: the wall shows 02:00 twice.
    assert "ZJ614" in codes_of(grid)
    times = [f"2024-10-27T{h:02d}:00" for h in (1, 2, 2, 3, 4)]
    grid = read_grid(folder(tmp_path, rows(times), "time_zone: Europe/Berlin\ntime_label: end\n"))
    assert grid.balance is not None
    assert (np.diff(grid.balance.hours) == 1).all()
    assert len(grid.balance.hours) == 5


def test_a_year_has_its_hours() -> None:
    """8,760 and 8,784 hours; Berlin's year is as long as any other although its days are not."""
    assert [hours_of_year(year, "Asia/Shanghai")[1] for year in (2023, 2024)] == [8760, 8784]
    assert hours_of_year(2024, "Europe/Berlin")[1] == 8784


def test_quarters_are_summed(tmp_path: Path) -> None:
    """Four quarters of mean power make the hour: (8+16+24+32)/4 = 20 MWh; a missing quarter makes the hour missing."""
    lines = [
        f"2024-01-01T{h:02d}:{m:02d}Z,A,coal,{v}"
        for h in (0, 1)
        for m, v in zip((0, 15, 30, 45), (8, 16, 24, 32), strict=True)
    ]
    text = "time,zone,technology,generation\n" + "\n".join(lines[:-1]) + "\n"
    grid = read_grid(folder(tmp_path, text, "step: 15\nunit: MW\n"))
    assert codes_of(grid) == ["ZJ616"]
    assert grid.balance is not None
    assert grid.balance.generation[0, 0] == pytest.approx(20)
    assert np.isnan(grid.balance.generation[1, 0])
    assert grid.balance.origins["generation"].line[:, 0].tolist() == [2, 6]


@pytest.mark.parametrize(("quarters", "same"), [([10, 20, 30, 40], True), ([40, -10, -10, 20], False)])
def test_t15_quarters_and_hours(tmp_path: Path, quarters: list[int], same: bool) -> None:
    """Summing quarters gives the hour while the flow keeps its direction; where it turns, netting the hour differs."""
    generation = "time,zone,technology,generation\n" + "".join(
        f"2024-01-01T00:{m:02d}Z,{z},{k},50\n" for m in (0, 15, 30, 45) for z, k in (("A", "coal"), ("B", "wind"))
    )
    flows = "time,from,to,sent\n" + "".join(
        f"2024-01-01T00:{m:02d}Z,A,B,{max(v, 0)}\n2024-01-01T00:{m:02d}Z,B,A,{max(-v, 0)}\n"
        for m, v in zip((0, 15, 30, 45), quarters, strict=True)
    )
    grid = read_grid(folder(tmp_path, generation, "step: 15\n", flows=flows))
    assert grid.balance is not None
    gross, net = trace(grid.balance), trace(grid.balance, Rule(netted=True))
    assert (gross.values == pytest.approx(net.values)) is same


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("2024-01-01T02:00Z,A,coal,ten", "ZJ611", "generation.csv:4 [generation]"),
        ("2024-01-01T02:00Z,C,coal,1", "ZJ610", "generation.csv:4 [zone]"),
        ("2024-13-01T02:00Z,A,coal,1", "ZJ612", "generation.csv:4 [time]"),
        ("2024-01-01T01:00Z,A,coal,1", "ZJ615", "generation.csv:4"),
        ("2024-01-01T02:00Z,A,coal,1,5", "ZJ619", "generation.csv:4"),
        ("2024-01-01T02:20Z,A,coal,1", "ZJ617", "generation.csv:4 [time]"),
        ("2024-01-01T02:00Z,A,oil,1", "ZJ608", "factors.csv"),
    ],
)
def test_a_bad_row_is_found(tmp_path: Path, line: str, code: str, place: str) -> None:
    """Each problem is reported at its line, and no balance is made of the rest."""
    text = rows(["2024-01-01T00:00Z", "2024-01-01T01:00Z"]) + line + "\n"
    grid = read_grid(folder(tmp_path, text))
    assert grid.balance is None
    found = [f for f in grid.findings if f.code == code]
    assert [str(f.place) for f in found] == [place]
    assert found[0].what("en")


def test_lines_after_a_bad_row_stay_right(tmp_path: Path) -> None:
    """Comments, empty and broken lines do not shift the line numbers of what follows."""
    head = "# measured by the operator\ntime,zone,technology,generation\n"
    text = head + "2024-01-01T00:00Z,A,coal,1\n\nx,y\n2024-01-01T01:00Z,A,coal,zz\n"
    grid = read_grid(folder(tmp_path, text))
    assert {(f.code, f.place.line) for f in grid.findings} == {("ZJ619", 5), ("ZJ611", 6)}


def test_summer_time_gaps_are_found(tmp_path: Path) -> None:
    """A local hour that does not exist, and one that comes twice but stands once, are errors."""
    grid = read_grid(folder(tmp_path, rows(["2024-03-31T02:00"]), "time_zone: Europe/Berlin\n"))
    assert codes_of(grid) == ["ZJ613"]
    grid = read_grid(folder(tmp_path, rows(["2024-10-27T02:00"]), "time_zone: Europe/Berlin\n"))
    assert codes_of(grid) == ["ZJ614"]


def test_many_findings_are_counted(tmp_path: Path) -> None:
    """Of fifty bad numbers twenty are listed and thirty counted."""
    grid = read_grid(folder(tmp_path, rows([f"2024-01-0{1 + h // 24}T{h % 24:02d}:00Z" for h in range(50)], "x1")))
    assert codes_of(grid).count("ZJ611") == 20
    assert [f.shown()["count"] for f in grid.findings if f.code == "ZJ625"] == ["30"]


def test_a_gap_is_missing_and_not_zero(tmp_path: Path) -> None:
    """An hour without a row is NaN; `absent_is_zero` is the only way to another reading."""
    times = ["2024-01-01T00:00Z", "2024-01-01T02:00Z"]
    grid = read_grid(folder(tmp_path, rows(times)))
    assert grid.balance is not None
    assert np.isnan(grid.balance.generation[1, 0])
    made = trace(grid.balance)
    assert [f.code for f in made.findings] == ["ZJ607"]
    assert np.isnan(made.values[1, 0, 0])
    declared = read_grid(folder(tmp_path, rows(times), "absent_is_zero: [generation]\n"))
    assert declared.balance is not None
    assert declared.balance.generation[1, 0] == 0


def test_chinese_headings_and_gb18030(tmp_path: Path) -> None:
    """A table in Chinese, saved by a Chinese Excel, in 万千瓦时 is read: 1 万千瓦时 = 10 MWh."""
    place = folder(tmp_path, "", "unit: 万千瓦时\ntime_zone: Asia/Shanghai\n")
    text = "时间,区域,技术,发电量\n2024-01-01 00:00,A,coal,3\n2024-01-01 00:00,B,wind,2\n"
    (place / "generation.csv").write_bytes(text.encode("gb18030"))
    grid = read_grid(place)
    assert grid.findings == ()
    assert grid.balance is not None
    assert grid.balance.generation.tolist() == [[30.0, 20.0]]


def test_a_zone_outside_its_days(tmp_path: Path) -> None:
    """Values of a zone before it was there are an error: another area is meant."""
    zones = "zone,kind,valid_from\nA,country,2018-10-01\n"
    place = folder(tmp_path, rows(["2018-01-01T00:00Z"]))
    (place / "zones.csv").write_text(zones, encoding="utf-8")
    assert codes_of(read_grid(place)) == ["ZJ622"]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("unit: kW/h\n", "ZJ620"),
        ("time_zone: Mars/Base\n", "ZJ627"),
        ("time_label: middle\n", "ZJ621"),
        ("step: 7\n", "ZJ621"),
    ],
)
def test_a_bad_head(tmp_path: Path, head: str, code: str) -> None:
    """Unit, time zone, label and step are checked before anything is read."""
    grid = read_grid(folder(tmp_path, rows(["2024-01-01T00:00Z"]), head))
    assert code in codes_of(grid)
    assert grid.balance is None


def test_an_empty_folder_says_what_it_lacks(tmp_path: Path) -> None:
    """Missing files are named one by one."""
    assert codes_of(read_grid(tmp_path)) == ["ZJ626"]
    (tmp_path / "grid.yaml").write_text("id: x\n", encoding="utf-8")
    assert set(codes_of(read_grid(tmp_path))) == {"ZJ626"}


def test_scopes_are_not_mixed(tmp_path: Path) -> None:
    """Direct coal beside life-cycle wind is refused."""
    place = folder(tmp_path, rows(["2024-01-01T00:00Z"]) + "2024-01-01T00:00Z,A,wind,1\n")
    text = "zone,technology,gas,value,unit,scope\n*,coal,CO2,0.9,kg/kWh,direct\n*,wind,CO2,0.03,kg/kWh,lifecycle\n"
    (place / "factors.csv").write_text(text, encoding="utf-8")
    assert codes_of(read_grid(place)) == ["ZJ609"]


def test_times_in_many_hands() -> None:
    """The ways in which tables write one hour all mean that hour."""
    clock = Clock("Asia/Shanghai")
    texts = (
        "2024-07-01T13:00",
        "2024-07-01 13:00:00",
        "2024/7/1 13:00",
        "2024年7月1日 13:00",
        "2024-07-01T05:00Z",
        "2024-07-01T13:00+08:00",
    )
    assert len({clock.read(text).minute for text in texts}) == 1
    assert clock.read("2024-07-01T24:00").minute == clock.read("2024-07-02T00:00").minute
    for text in ("yesterday", "2024-07-01T25:00", "2024-02-30T00:00", "2024-07-01T24:30", "13:00"):
        assert clock.read(text).problem == "unreadable", text
    with pytest.raises(UnknownZoneError):
        zone_of("Nowhere/City")


def test_the_day_example_is_synthetic_and_complete() -> None:
    """31 zones, all with a figure in every hour, everything accounted for, and marked as synthetic."""
    made = trace(example())
    assert len(made.balance.labels.zones) == 31
    assert made.balance.synthetic
    assert made.reasons.max() == 0
    assert made.findings == ()
    assert np.abs(made.imbalance / made.emissions).max() < 1e-12
    assert made.factor("CN-GD").verified is False
    assert dataclasses.asdict(made.rule) == dataclasses.asdict(Rule())
