"""`zuji power`: a ledger built, used and audited from the command line; statements; the tables of a study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from zuji import examples

from .conftest import Run

EXAMPLE = "lfp-storage-488kwh"
POWER = examples.folder(EXAMPLE) / "power"
DAY = ("--at", "2025-03-01")
DEVICES = """device,kind,technology,country,owner,timezone
wind,generator,wind,CN,gen,+08:00
works,site,,CN,maker,+08:00
"""
READINGS = """device,quantity,start,end,amount,unit,profile
wind,generation,2024-07-01,2024-07-31,744,MWh,flat
works,grid_import,2024-07-01,2024-07-31,372,MWh,flat
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "devices.csv").write_text(DEVICES, encoding="utf-8")
    (folder / "readings.csv").write_text(READINGS, encoding="utf-8")
    return folder


@pytest.fixture
def ledger(run: Run, files: Path, tmp_path: Path) -> Path:
    path = tmp_path / "power.ledger"
    assert run("power", "import", files, "-l", path, *DAY).code == 0
    return path


def test_a_ledger_from_beginning_to_end(run: Run, ledger: Path) -> None:
    """Issue, split, transfer, cancel hour by hour, split among products, expire, reverse, audit."""
    common = ("-l", ledger, *DAY)
    month = ("--start", "2024-07-01", "--end", "2024-07-31")
    issued = run("power", "issue", "C", "--scheme", "granular", "--device", "wind", *month, "--owner", "gen", *common)
    assert (issued.code, "event 5 recorded" in issued.out) == (0, True)
    assert run("power", "split", "C", "--part", "C.1=444 MWh", "--part", "C.2=300 MWh", *common).code == 0
    assert run("power", "transfer", "C.1", "--to", "maker", *common).code == 0
    done = run("power", "cancel", "C.1", "--site", "works", "--id", "X", "--hourly", *common)
    assert (done.code, done.err) == (0, "")
    assert run("power", "split", "X", "--part", "A=100 MWh/200 MWh", *common).code == 0
    assert run("power", "withdraw", "C.2", "--reason", "wrong meter", "--by", "registry", *common).code == 0
    assert "no certificate has expired" in run("power", "expire", *common).out
    assert run("power", "reverse", "10", "--reason", "it was right", *common).code == 0
    audited = json.loads(run("power", "audit", "-l", ledger, "--json").out)
    assert audited["findings"] == []
    totals = {"issued": 744e9, "live": 372e9, "cancelled": 372e9, "expired": 0, "withdrawn": 0}
    assert audited["totals_wh"] == {name: wh / 1000 for name, wh in totals.items()}
    shown = run("power", "ledger", "-l", ledger)
    assert all(word in shown.out for word in ("C.1", "works", "A 100", "372"))
    assert run("power", "ledger", "-l", ledger, "--events").code == 0
    listed = json.loads(run("power", "ledger", "-l", ledger, "--events", "--json").out)
    assert [one["kind"] for one in listed["list"]][-2:] == ["withdraw", "reverse"]
    assert run("power", "audit", "-l", ledger, "--head", "0" * 64).code == 1


def test_what_is_refused_is_not_recorded(run: Run, ledger: Path) -> None:
    """A refusal has exit code 1, names the invariant and leaves the ledger as it was."""
    head = json.loads(run("power", "audit", "-l", ledger, "--json").out)["head"]
    month = ("--start", "2024-07-01", "--end", "2024-07-31")
    common = ("--scheme", "i-rec", "--device", "wind", *month, "--owner", "gen", "-l", ledger, *DAY)
    refused = run("power", "issue", "C", "--amount", "745 MWh", *common)
    assert (refused.code, "ZJ651" in refused.err, "nothing was recorded" in refused.err) == (1, True, True)
    assert run("power", "issue", "C", "--amount", "many", *common).code == 1
    assert run("power", "transfer", "none", "--to", "x", "-l", ledger).code == 1
    assert json.loads(run("power", "audit", "-l", ledger, "--json").out)["head"] == head


def test_an_import_with_a_fault_leaves_no_ledger(run: Run, files: Path, tmp_path: Path) -> None:
    """All or nothing: no file is made, and file and line are named."""
    with (files / "readings.csv").open("a", encoding="utf-8") as more:
        more.write("wind,generation,2024-07-31,2024-08-01,5,MWh,flat\n")
    path = tmp_path / "new.ledger"
    done = run("power", "import", files, "-l", path)
    assert (done.code, "readings.csv:4" in done.err) == (1, True)
    assert not path.exists()
    assert run("power", "import", tmp_path / "none.csv", "-l", path).code == 3


def test_an_altered_ledger(run: Run, ledger: Path) -> None:
    """The audit says which event was altered; other commands refuse the file with exit code 3."""
    raw = ledger.read_bytes()
    assert raw.count(b'"country":"CN"') == 2
    at = raw.index(b'"country":"CN"')
    ledger.write_bytes(raw[:at] + b'"country":"DE"' + raw[at + 14 :])
    audited = run("power", "audit", "-l", ledger)
    assert (audited.code, "was altered" in audited.out, "ZJ671" in audited.out) == (1, True, True)
    assert run("power", "ledger", "-l", ledger).code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("audit", "-l", "nowhere.ledger"), 3),
        (("statement", "cell-plant", "-y", "2024", "-l", POWER, "--residual", "cn-cf-2024-national"), 1),
        (("statement", "cell-plant", "-y", "1999", "-l", POWER), 1),
        (("statement", "nowhere", "-y", "2024", "-l", POWER), 1),
        (("statement", "cell-plant", "-y", "2024", "-l", POWER, "--offset", "C"), 2),
        (("statement", "cell-plant", "-y", "2024", "-l", POWER, "--factor", "x=-1"), 2),
        (("import", POWER, "-l", POWER), 2),
        (("transfer", "x", "--to", "y", "-l", POWER), 2),
        (("cancel", "x", "--site", "y", "--id", "z", "-l", POWER), 2),
        (("schemes", "none"), 2),
        (("expire", "--at", "soon"), 2),
    ],
)
def test_exit_codes(run: Run, arguments: tuple[str | Path, ...], code: int) -> None:
    """Wrong usage 2, findings 1, unreadable 3; each with a sentence."""
    done = run("power", *arguments)
    assert done.code == code, done.said
    assert done.said.strip()


class TestStatement:
    def test_table_json_and_page(self, run: Run, tmp_path: Path) -> None:
        """The same four lines in all three; the offset is in none of the others."""
        page = tmp_path / "statement.html"
        common = ("statement", "cell-plant", "-y", "2024", "-l", POWER, "--offset", "CCER-1=1000")
        shown = run("power", *common, "--html", page, "-r", "iso-14067")
        assert shown.code == 0
        found = json.loads(run("power", *common, "--json").out)
        lines = found["kg_co2e"]
        assert lines["offsets"] == 1_000_000
        assert lines["location_based"] == pytest.approx(180.9e6 * 0.5306, rel=1e-9)
        assert lines["market_based_annual"] == pytest.approx(80.4e6 * 0.6096, rel=1e-9)
        assert len(found["hours"]["load_kwh"]) == 8784
        assert sum(found["hours"]["covered_kwh"]) == pytest.approx(found["hourly_share"] * 201e6, rel=1e-9)
        text = page.read_text("utf-8")
        for name, value in lines.items():
            assert f"{value / 1000:,.1f}" in text, name
        assert all(word in shown.out for word in ("Location-based", "matched by the hour", "CCER-1", "0.2525"))
        assert "zero-carbon" not in shown.out

    def test_the_plan(self, run: Run, ledger: Path) -> None:
        """`match` counts live certificates of the owner: 744 MWh flat against 372 MWh flat match in every hour."""
        month = ("--start", "2024-07-01", "--end", "2024-07-31")
        issue = ("issue", "C", "--scheme", "granular", "--device", "wind", *month, "--owner", "maker", "-l", ledger)
        assert run("power", *issue, *DAY).code == 0
        found = json.loads(run("power", "match", "works", "-y", "2024", "-l", ledger, *DAY, "--json").out)
        assert (found["annual_share"], found["hourly_share"]) == (1, 1)
        stated = json.loads(run("power", "statement", "works", "-y", "2024", "-l", ledger, "--json").out)
        assert stated["annual_share"] == 0
        assert run("power", "match", "works", "-y", "2024", "-l", ledger, *DAY).code == 0

    def test_all_rulebooks(self, run: Run) -> None:
        """`-r all` takes the books that hold on the day."""
        done = run("power", "statement", "cell-plant", "-y", "2024", "-l", POWER, "-r", "all", "--on", "2026-01-01")
        assert done.code == 0
        assert "eu-cfb-ev" in done.out
        assert "iec-63369-1" not in done.out


class TestStudy:
    def test_written_and_checked(self, run: Run, tmp_path: Path) -> None:
        """The example agrees with its ledger; a changed copy does not, and is mended by writing it again."""
        assert run("power", "study", EXAMPLE, "--check").code == 0
        folder = tmp_path / "study"
        shutil.copytree(examples.folder(EXAMPLE), folder)
        table = folder / "instruments.csv"
        before = table.read_text("utf-8")
        table.write_text(before.replace("100500000", "180000000"), "utf-8")
        stale = run("power", "study", folder, "--check")
        assert (stale.code, "ZJ686" in stale.out, "180000000" in stale.out) == (1, True, True)
        assert run("power", "study", folder).code == 0
        assert table.read_text("utf-8") == before

    def test_a_study_into_a_ledger_and_back(self, run: Run, tmp_path: Path) -> None:
        """The meters of the skeleton study become a ledger, and its load by plant is kept."""
        path = tmp_path / "s.ledger"
        assert run("power", "import", examples.folder(EXAMPLE), "-l", path, "--timezone", "+08:00", *DAY).code == 0
        held = json.loads(run("power", "ledger", "-l", path, "--json").out)
        assert sorted(held["devices"]) == ["C2", "cell-plant", "pack-plant"]


def test_residual_mix(run: Run, tmp_path: Path) -> None:
    """T9 from a file: hydro and wind together 10.235 %, coal 88.296 %; a bad cell is named."""
    file = tmp_path / "mix.csv"
    head = "source,production,issued,expired,external\n"
    file.write_text(head + "hydro,200,150,10,0.0991\nwind,100,80,,\ncoal,700,,,0.6571\nnuclear,0,,,0.2437\n", "utf-8")
    common = ("residual", file, "--consumption", "950", "--cancelled", "120")
    shares = json.loads(run("power", *common, "--json").out)["shares"]
    assert shares["hydro"] + shares["wind"] == pytest.approx(0.10235, abs=1e-5)
    assert shares["coal"] == pytest.approx(0.88296, abs=1e-5)
    assert "88.296 %" in run("power", *common).out
    assert run("power", "residual", file, "--consumption", "100", "--cancelled", "120").code == 2
    file.write_text(head + "hydro,lots,150,10,\n", "utf-8")
    bad = run("power", *common)
    assert (bad.code, "mix.csv:2" in bad.err) == (1, True)


def test_schemes(run: Run) -> None:
    """The schemes are listed, and the rules of one with days, sources and what is not verified."""
    assert "granular" in run("power", "schemes").out
    rules = run("power", "schemes", "cn-gec").out
    assert all(word in rules for word in ("2026-01-07", "not verified", "1000000"))


def test_a_statement_with_hourly_factors_of_a_traced_grid(run: Run, ledger: Path, tmp_path: Path) -> None:
    """The saved trace gives the location factor by the hour and stands with rule and digest; rules are never mixed."""
    assert run("grid", "example", tmp_path / "grid").code == 0
    assert run("grid", "trace", tmp_path / "grid", "--out", tmp_path / "one").code == 0
    asked = ("power", "statement", "works", "--year", "2024", "-l", ledger)
    grid = ("--grid-trace", tmp_path / "one", "--grid-zone", "CN-GD")
    document = json.loads(run(*asked, *grid, "--json").out)
    hourly = document["hourly_location"]
    assert hourly["zone"] == "CN-GD"
    assert hourly["traces"][0].startswith("sha256:")
    assert hourly["rule"] in document["factors"]["location"]["id"]
    assert document["factors"]["location"]["id"].endswith(" + cn-co2-2023-national")  # one day of the year is traced
    assert json.loads(run(*asked, "--json").out)["hourly_location"] is None
    shown = run(*asked, *grid, "--html", tmp_path / "s.html").out
    assert "direct.receiver.stock" in shown
    assert hourly["traces"][0][:20] in shown
    assert hourly["traces"][0] in (tmp_path / "s.html").read_text(encoding="utf-8")
    assert run("grid", "trace", tmp_path / "grid", "--rule", "all", "--out", tmp_path / "all").code == 0
    mixed = run(*asked, "--grid-trace", tmp_path / "all", "--grid-zone", "CN-GD")
    assert (mixed.code, "ZJ648" in mixed.err) == (1, True)
    unknown = run(*asked, "--grid-trace", tmp_path / "one")
    assert (unknown.code, "ZJ635" in unknown.err) == (1, True)
    assert run(*asked, "--grid-trace", tmp_path / "none.npz").code == 3
    assert run(*asked, "--grid-trace", tmp_path).code == 3
