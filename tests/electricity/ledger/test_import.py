"""Import from CSV: hours, profiles, quarters, daylight saving; findings by file and line; all or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from zuji import examples
from zuji.electricity.ledger.audit import audit
from zuji.electricity.ledger.hours import hour_of, local_hours, moment_of, zone
from zuji.electricity.ledger.import_files import import_files, import_study
from zuji.electricity.ledger.open import open_ledger
from zuji.electricity.ledger.store import Ledger
from zuji.errors import UnreadableError
from zuji.finding import Finding
from zuji.study.open import open_study

from .building import DAY, now

DEVICES = """device,kind,technology,country,owner,site,connection,timezone,efficiency
wind,generator,wind,CN,gen,,,+08:00,
roof,generator,pv,CN,maker,works,on_site,+08:00,
works,site,,CN,maker,,,+08:00,
berlin,site,,DE,maker,,,Europe/Berlin,
store,storage,,CN,maker,,,+08:00,0.88
"""
HEAD = "device,quantity,start,end,amount,unit,profile,quality\n"


class Folder:
    """A folder of CSV files and what comes of their import."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = Ledger.in_memory(now=now)
        self.write("devices.csv", DEVICES)

    def write(self, name: str, text: str) -> Folder:
        (self.path / name).write_text(text, encoding="utf-8")
        return self

    def findings(self) -> tuple[Finding, ...]:
        done = import_files(self.ledger, [self.path], DAY, "op")
        assert (done.events == ()) == bool(done.findings)
        return done.findings

    def read(self, *rows: str, head: str = HEAD) -> Ledger:
        self.write("readings.csv", head + "\n".join(rows) + "\n")
        found = self.findings()
        assert found == (), [one.what("en") for one in found]
        return self.ledger

    def problem(self, *rows: str, head: str = HEAD) -> Finding:
        self.write("readings.csv", head + "\n".join(rows) + "\n")
        (finding,) = self.findings()
        assert self.ledger.state.seq == 0
        return finding


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


class TestReadings:
    def test_a_month_keeps_its_sum_and_its_local_hours(self, folder: Folder) -> None:
        """1,234.567 MWh of a Chinese July: 744 hours from 30 June 16:00 UTC, whole Wh, the sum exact."""
        ledger = folder.read("works,grid_import,2024-07-01,2024-07-31,1234.567,MWh,flat,settled")
        series = ledger.state.series_of("works", "grid_import")
        assert moment_of(series.start).isoformat() == "2024-06-30T16:00:00+00:00"
        assert len(series.wh) == 744
        assert int(series.wh.sum()) == 1_234_567_000

    def test_a_profile_gives_the_shape(self, folder: Folder) -> None:
        """Weights by hour of the day, local time; a month of its own goes before the row without month."""
        rows = ["day,,12,1", "day,,13,3", "day,2,0,1"]
        folder.write("profiles.csv", "profile,month,hour,weight\n" + "\n".join(rows) + "\n")
        ledger = folder.read(
            "roof,generation,2024-01-01,2024-01-01,4,kWh,day,", "roof,generation,2024-02-01,2024-02-01,5,kWh,day,"
        )
        start = local_hours(date(2024, 1, 1), date(2024, 1, 1), zone("+08:00"))[0]
        wh, _ = ledger.state.series_of("roof", "generation").window(start, start + 24)
        assert {i: int(v) for i, v in enumerate(wh) if v} == {12: 1000, 13: 3000}
        february, _ = ledger.state.series_of("roof", "generation").window(start + 31 * 24, start + 32 * 24)
        assert {i: int(v) for i, v in enumerate(february) if v} == {0: 5000}
        assert [profile for _, _, _, _, profile in ledger.state.readings["roof", "generation"]] == ["day", "day"]

    def test_quarters_are_added_up(self, folder: Folder) -> None:
        """T15: four quarters of an hour make the hour; three of them are no hour."""
        ends = ("08:15", "08:30", "08:45", "09:00")
        rows = [
            f"works,grid_import,2024-07-01T08:{m:02d},2024-07-01T{end},{m},kWh,,"
            for m, end in zip((0, 15, 30, 45), ends, strict=True)
        ]
        assert folder.problem(*rows[:3]).code == "ZJ677"
        ledger = folder.read(*rows)
        assert ledger.state.series_of("works", "grid_import").wh.tolist() == [90_000]

    def test_hours_that_end_and_hours_that_start(self, folder: Folder) -> None:
        """T17: the hour ending at 09:00 is the hour that starts at 08:00."""
        first = Folder(folder.path).read("works,grid_import,2024-07-01T08:00,,7,kWh,,")
        head = "device,hour_ending,amount,unit\n"
        second = Folder(folder.path).read("works,2024-07-01T09:00,7,kWh", head=head)
        starts = [one.state.series_of("works", "grid_import").start for one in (first, second)]
        assert [moment_of(start).isoformat() for start in starts] == ["2024-07-01T00:00:00+00:00"] * 2

    @pytest.mark.parametrize(
        ("day", "hours"), [("2024-03-31", 23), ("2024-10-27", 25), ("2024-07-01", 24), ("2024-02-29", 24)]
    )
    def test_days_of_23_and_25_hours(self, folder: Folder, day: str, hours: int) -> None:
        """T17: days at the change to and from daylight saving have 23 and 25 hours; no Wh is lost or doubled."""
        ledger = folder.read(f"berlin,grid_import,{day},{day},100,kWh,flat,")
        series = ledger.state.series_of("berlin", "grid_import")
        assert len(series.wh) == hours
        assert int(series.wh.sum()) == 100_000

    def test_a_leap_year_has_8784_hours(self, folder: Folder) -> None:
        """T17: 2024 in Berlin is 8,784 hours, however often the clock changes."""
        ledger = folder.read("berlin,grid_import,2024-01-01,2024-12-31,1,GWh,flat,")
        series = ledger.state.series_of("berlin", "grid_import")
        assert (len(series.wh), int(series.wh.sum())) == (8784, 10**9)

    @pytest.mark.parametrize(
        ("time", "problem"), [("2024-03-31T02:00", "does not exist"), ("2024-10-27T02:00", "twice")]
    )
    def test_hours_that_are_not_there_or_there_twice(self, folder: Folder, time: str, problem: str) -> None:
        """A local hour that does not exist or exists twice is refused; with its offset it is read."""
        found = folder.problem(f"berlin,grid_import,{time},,1,kWh,,")
        assert (found.code, found.place.line, problem in found.what("en")) == ("ZJ679", 2, True)
        rows = [f"berlin,grid_import,2024-10-27T02:00+0{o}:00,,1,kWh,," for o in (2, 1)]
        series = folder.read(*rows).state.series_of("berlin", "grid_import")
        assert series.wh.tolist() == [1000, 1000]

    @pytest.mark.parametrize(
        ("row", "code", "column"),
        [
            ("works,grid_import,2024-07-01,2024-07-31,5,MWh,,", "ZJ678", "profile"),
            ("works,grid_import,2024-07-01,2024-07-31,5,MWh,wavy,", "ZJ673", "profile"),
            ("works,generation,2024-07-01T08:00,,5,kWh,,", "ZJ677", "quantity"),
            ("workz,grid_import,2024-07-01T08:00,,5,kWh,,", "ZJ673", "device"),
            ("works,grid_import,tomorrow,,5,kWh,,", "ZJ677", "start"),
            ("works,grid_import,2024-07-02,2024-07-01,5,kWh,flat,", "ZJ677", "end"),
            ("works,grid_import,2024-07-01T08:00,,-5,kWh,,", "ZJ677", "amount"),
            ("works,grid_import,2024-07-01T08:00,,5,kg,,", "ZJ221", "amount"),
            ("works,grid_import,2024-07-01T08:00,,5,,,", "ZJ219", "amount"),
            ("works,grid_import,2024-07-01T08:00,,five,kWh,,", "ZJ215", "amount"),
            ("works,grid_import,2024-07-01T08:00,,5,kWh,,guessed", "ZJ677", "quality"),
        ],
    )
    def test_bad_cells(self, folder: Folder, row: str, code: str, column: str) -> None:
        """A bad cell is named with file, line and column, and nothing at all is recorded."""
        found = folder.problem("works,grid_import,2024-07-01T00:00,,5,kWh,,", row)
        assert (found.place.file, found.place.line) == ("readings.csv", 3)
        assert column in (found.place.column, "")
        assert found.code == code

    def test_every_problem_at_once(self, folder: Folder) -> None:
        """Problems in several rows and files come together."""
        folder.write("devices.csv", DEVICES + "x,boiler,,CN,,,,,\ny,storage,,CN,,,,,\n")
        folder.write("readings.csv", HEAD + "works,grid_import,never,,5,kWh,,\n")
        assert sorted((f.place.file, f.place.line) for f in folder.findings()) == [
            ("devices.csv", 7), ("devices.csv", 8), ("readings.csv", 2),
        ]  # fmt: skip

    def test_one_hour_twice_in_a_file(self, folder: Folder) -> None:
        """Two rows for one hour are refused with both lines."""
        row = "works,grid_import,2024-07-01T08:00,,5,kWh,,"
        found = folder.problem(row, row)
        assert found.place.line == 3
        assert "readings.csv:2" in found.what("en")

    def test_unknown_columns_and_files(self, folder: Folder) -> None:
        """A column that is not known is refused with the nearest; so is a table that fits no kind."""
        found = folder.problem("works,1,kWh", head="device,amount,unitt\n")
        assert (found.code, "unit" in found.what("en")) == ("ZJ677", True)
        folder.write("readings.csv", HEAD).write("odd.csv", "a,b\n1,2\n")
        (finding,) = folder.findings()
        assert finding.place.file == "odd.csv"


EVENTS = (
    "at,by,event,certificate,scheme,device,start,end,amount,unit,owner,to,cancellation,site,basis,load_start,load_end,"
    "part,product,load,reason,reverses\n"
)


class TestEvents:
    def made(self, folder: Folder, *rows: dict[str, str]) -> tuple[Finding, ...]:
        columns = EVENTS.strip().split(",")
        folder.read(
            "wind,generation,2024-07-01,2024-07-31,744,kWh,flat,measured",
            "works,grid_import,2024-07-01,2024-07-31,372,kWh,flat,measured",
        )
        lines = [",".join({"at": "2024-09-01", **row}.get(c, "") for c in columns) for row in rows]
        folder.path = folder.path / "events"
        folder.path.mkdir()
        folder.write("events.csv", EVENTS + "\n".join(lines) + "\n")
        return folder.findings()

    ISSUE: ClassVar = {
        "by": "reg", "event": "issue", "certificate": "C", "scheme": "granular", "device": "wind",
        "start": "2024-07-01", "end": "2024-07-31", "amount": "metered", "owner": "maker",
    }  # fmt: skip
    CANCEL: ClassVar = {
        "by": "maker", "event": "cancel", "certificate": "C", "cancellation": "X", "site": "works", "basis": "hourly",
        "amount": "match",
    }  # fmt: skip

    def test_metered_and_match(self, folder: Folder) -> None:
        """`metered` issues every hour as it was metered, `match` cancels in each hour up to the load: half of it."""
        assert self.made(folder, self.ISSUE, self.CANCEL) == ()
        state = folder.ledger.state
        assert state.certificates["C"].issued.tolist() == [1000] * 744
        assert state.cancellations["X"].wh.tolist() == [500] * 744
        assert audit(folder.ledger).findings == ()

    def test_split_among_products(self, folder: Folder) -> None:
        """Rows of one split become one event; whole Wh, hour by hour never more than was cancelled."""
        split = {"by": "maker", "event": "split", "cancellation": "X", "unit": "kWh"}
        products = [{**split, "product": p, "amount": a, "load": "186"} for p, a in (("A", "186"), ("B", "185.999"))]
        assert self.made(folder, self.ISSUE, self.CANCEL, *products) == ()
        made = folder.ledger.state.cancellations["X"].products
        assert {p: int(wh.sum()) for p, wh in made.items()} == {"A": 186_000, "B": 185_999}
        assert (made["A"] + made["B"] <= 500).all()
        assert folder.ledger.state.seq == 5 + 2 + 3

    def test_split_of_a_certificate(self, folder: Folder) -> None:
        """Parts by amount hold every Wh of an hourly certificate."""
        split = {"by": "maker", "event": "split", "certificate": "C", "unit": "kWh"}
        parts = [{**split, "part": p, "amount": a} for p, a in (("C.1", "100"), ("C.2", "644"))]
        assert self.made(folder, self.ISSUE, *parts) == ()
        live = {id: int(one.live.sum()) for id, one in folder.ledger.state.certificates.items()}
        assert live == {"C": 0, "C.1": 100_000, "C.2": 644_000}

    def test_refusals_keep_their_line(self, folder: Folder) -> None:
        """What the ledger refuses is named with file and line; the rows before it are not recorded either."""
        second = {**self.ISSUE, "certificate": "D", "amount": "1", "unit": "kWh", "scheme": "i-rec"}
        (found,) = self.made(folder, self.ISSUE, second)
        assert (found.code, found.place.file, found.place.line) == ("ZJ653", "events.csv", 3)
        assert folder.ledger.state.certificates == {}

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"event": "issued"}, "issue"),
            ({"at": "soon"}, "not a day"),
            ({"amount": "0.0001", "unit": "kWh"}, "whole Wh"),
            ({"certificate": ""}, "'certificate' is empty"),
            ({"start": "2024-07-01T00:30"}, "start of an hour"),
        ],
    )
    def test_bad_rows(self, folder: Folder, change: dict[str, str], problem: str) -> None:
        """A bad cell is named with its line."""
        (found,) = self.made(folder, {**self.ISSUE, **change})
        assert (found.place.file, found.place.line) == ("events.csv", 2)
        assert problem in found.what("en")


def test_a_study_becomes_a_ledger() -> None:
    """The meters of an example: plants as sites, the roof as a generator on site; every kWh is kept."""
    study = open_study(examples.folder("lfp-storage-488kwh")).study
    assert study is not None
    ledger = Ledger.in_memory(now=now)
    assert import_study(ledger, study, DAY, "op", "+08:00").findings == ()
    state = ledger.state
    assert int(state.series_of("cell-plant", "grid_import").wh.sum()) == 180_900_000_000
    assert state.on_site("cell-plant")[0].dataset == "cn-cf-2024-pv"
    assert int(state.own_use("C2").wh.sum()) == 20_100_000_000


def test_a_folder_is_the_same_ledger_every_time() -> None:
    """Built twice, the example's ledger has one head; nothing depends on the day or the machine."""
    heads = set()
    for _ in range(2):
        ledger, findings = open_ledger(examples.folder("lfp-storage-488kwh") / "power")
        assert findings == ()
        heads.add(ledger.head)
    assert len(heads) == 1


def test_what_is_no_ledger(tmp_path: Path) -> None:
    """An empty folder, a CSV file and nothing at all are refused."""
    for path in (tmp_path, tmp_path / "none", tmp_path / "a.csv"):
        with pytest.raises(UnreadableError):
            open_ledger(path)


@pytest.mark.parametrize("name", ["+08:00", "-03:30", "UTC", "", "Europe/Berlin"])
def test_zones(name: str) -> None:
    """Every hour of a year goes to local time and back."""
    tz = zone(name)
    start = local_hours(date(2024, 3, 30), date(2024, 3, 30), timezone_of_whole_hours(name))[0]
    assert [hour_of(moment_of(h, tz)) for h in range(start, start + 72)] == list(range(start, start + 72))
    with pytest.raises(ValueError, match="no time zone"):
        zone("Mars/Olympus")
    assert np.int64(start) == start


def timezone_of_whole_hours(name: str):  # type: ignore[no-untyped-def]
    """Days begin at whole UTC hours only where the offset is whole."""
    return zone("UTC" if name == "-03:30" else name)
