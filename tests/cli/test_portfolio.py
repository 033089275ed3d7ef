"""`zuji portfolio`: folders of studies, tables of variants, what would change; terminal, files and wrong usage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zuji import examples
from zuji.background.store.library import Library
from zuji.footprint.portfolio import runner

from ..background.importers.building import CO2, Spold, read, spolds
from .conftest import Run

EXAMPLE = "nmc111-ev-pack"
STUDIES = examples.folder(EXAMPLE).parent
ON = ("--on", "2026-06-30")


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(runner, "TIMEOUT", "200ms")


def test_a_folder_of_studies(run: Run, tmp_path: Path) -> None:
    """One row for each study and rulebook; the file has the totals of calc."""
    out = tmp_path / "out.json"
    ran = run("portfolio", STUDIES, "-r", "iso-14067", "-r", "eu-cfb-ind", "-o", str(out), *ON)
    assert ran.code == 0
    assert "4 results" in ran.out
    calculated = json.loads(run("calc", EXAMPLE, "-r", "iso-14067", "--json", *ON).out)[0]["total"]
    rows = json.loads(out.read_bytes())["rows"]
    assert next(r for r in rows if (r["folder"], r["rulebook"]) == (EXAMPLE, "iso-14067"))["total"] == calculated


def test_what_would_change(run: Run) -> None:
    """The storage battery moves, with the line that moves it; nothing is written; a mistyped id is named."""
    change = ("--what-if-dataset", "ember-DEU=-10%", "--what-if-dataset", "ember-XX=1")
    ran = run("portfolio", STUDIES, "-r", "iso-14067", *change, *ON)
    assert ran.code == 0
    for words in ("1 of 2 results move", "−5.66 %", "charging and discharging losses", "ember-XX=1"):
        assert words in ran.out
    assert "0 of 2" in run("portfolio", STUDIES, *change, "--threshold", "50", *ON).out


def _table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "family.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_variants_on_a_study(run: Run, tmp_path: Path) -> None:
    """One life cycle is the product; with samples come percentiles, probability and that they are assumed."""
    path = _table(tmp_path, "variant,line,amount\none,life-cycle,1\ntwo,life-cycle,2\n")
    ran = run("portfolio", path, "--study", EXAMPLE, "-n", "50", "--than", "one", *ON)
    assert ran.code == 0
    for words in ("2,511", "5,022", "P(< one)", "ZJ961", "2 variants, 2 lines"):
        assert words in ran.out


def test_bad_rows_have_their_line_and_an_exit_code(run: Run, tmp_path: Path) -> None:
    """The good variant stands."""
    ran = run("portfolio", _table(tmp_path, "variant,line,amount\na,ember-DEU,1\nb,ember,1\n"), *ON)
    assert ran.code == 1
    assert "family.csv:3" in ran.out
    assert "0.342" in ran.out


def test_a_table_on_a_stored_background(run: Run, tmp_path: Path) -> None:
    """Lines name datasets of an imported database: 0.25 + 2 × 0.5 kg of steel, twice, with its stored samples."""
    steel = Spold("steel").takes("coke", 2).emits(CO2, 0.25)
    read(spolds(tmp_path / "db", steel, Spold("coke").emits(CO2, 0.5))).commit(Library(), "mine")
    path = _table(tmp_path, f"variant,line,amount\na,{steel.id},2\n")
    document = json.loads(run("portfolio", path, "-b", "mine", "-n", "16", "--json", *ON).out)
    row = dict(zip(document["columns"], document["rows"][0], strict=True))
    assert row["iso-14067 [kgCO2e]"] == pytest.approx(2.5)
    assert row["iso-14067 p50"] == pytest.approx(2.5, rel=0.5)
    assert "iso-14067 complete" in row


@pytest.mark.parametrize(
    "wrong",
    [("--items", "x.csv"), ("--out", "x.xls"), ("--what-if-gwp", "AR9"), ("--what-if-dataset", "x"),
     ("--cluster", "tcp://127.0.0.1:9"), ("-n", "5")],
)  # fmt: skip
def test_wrong_usage_of_a_folder(run: Run, wrong: tuple[str, str]) -> None:
    """Each with a sentence."""
    ran = run("portfolio", STUDIES, *wrong, *ON)
    assert ran.code in (2, 3)
    assert ran.err.strip()


@pytest.mark.parametrize("wrong", [("--impacts",), ("--what-if-gwp", "AR5"), ("--than", "a"), ("-n", "1")])
def test_wrong_usage_of_a_table(run: Run, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    """Each with a sentence."""
    ran = run("portfolio", _table(tmp_path, "variant,line,amount\na,ember-DEU,1\n"), *wrong, *ON)
    assert ran.code == 2
    assert ran.err.strip()


def test_nothing_there(run: Run, tmp_path: Path) -> None:
    """No file, no studies: unreadable."""
    assert run("portfolio", tmp_path / "none.csv").code == 3
    assert run("portfolio", tmp_path).code == 3
