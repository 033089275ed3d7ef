"""`zuji compare`: waterfalls and matrices in both languages, JSON, and wrong usage in one sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from zuji.cli import app as main
from zuji.cli import compare as command
from zuji.cli.compare_tables import fixed, floating

from .conftest import Run

EXAMPLE = "lfp-storage-488kwh"
TWO = ("-r", "iso-14067", "-r", "eu-cfb-ind", "--on", "2026-01-01")


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    """The command is there, also before `app.py` registers it."""
    before = list(main.app.registered_commands)
    if "compare" not in {found.name for found in before}:
        command.register(main.app)
    yield
    main.app.registered_commands[:] = before


def test_two_books(run: Run) -> None:
    """The waterfall names both books, its causes in order and their clauses, and the draft."""
    ran = run("compare", EXAMPLE, *TWO)
    assert (ran.code, ran.err) == (0, "")
    positions = [ran.out.index(word) for word in ("boundary", "electricity", "recycling and end of life")]
    assert positions == sorted(positions)
    for word in ("█", "Annex II(4)", "6.4.9.4.4", "−55,629", "+2,674", "is a draft"):
        assert word in ran.out


def test_per_functional_unit(run: Run) -> None:
    """Per functional unit the figures are grams per kWh."""
    ran = run("compare", EXAMPLE, *TWO, "--per", "functional-unit", "--lines", "0")
    assert ran.code == 0
    assert "g CO2e/kWh" in ran.out
    assert "parameter/" not in ran.out


def test_not_comparable_is_said(run: Run) -> None:
    """Where the functional units are not comparable the figure per product is shown and the reason given."""
    ran = run("compare", "nmc111-ev-pack", *TWO, "--per", "functional-unit")
    assert ran.code == 0
    assert "not compared per functional unit, hence per product" in ran.out
    assert "nothing that differs moves this figure" in ran.out


def test_json_closes(run: Run) -> None:
    """The JSON holds both waterfalls, and the bars of each add up to its difference."""
    document = json.loads(run("compare", EXAMPLE, *TWO, "--json").out)
    assert document["format"] == "zuji-comparison/1"
    for name in ("per_product", "per_functional_unit"):
        fall = document[name]
        assert math.fsum(bar["value"] for bar in fall["bars"]) == fall["difference"] == fall["b"] - fall["a"]
        assert all(bar["sentence"]["zh"] and bar["basis"] for bar in fall["bars"])


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("per", ["product", "functional-unit"])
def test_three_books(run: Run, lang: str, per: str) -> None:
    """Three books give the matrix, what may be compared, and the differences to the first, in both languages."""
    ran = run("compare", EXAMPLE, *TWO, "-r", "gbt-24067", "--per", per, "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    for id in ("iso-14067", "gbt-24067", "eu-cfb-ind"):
        assert id in ran.out


def test_matrix_json(run: Run) -> None:
    """The JSON of several books holds the matrix and one comparison for every book but the first."""
    document = json.loads(run("compare", EXAMPLE, *TWO, "-r", "gbt-24067", "--json").out)
    assert [column["rulebook"] for column in document["matrix"]["columns"]] == ["iso-14067", "eu-cfb-ind", "gbt-24067"]
    assert len(document["comparisons"]) == 2
    assert {entry["figure"] for entry in document["matrix"]["not_comparable"]} == {"total", "functional_unit"}


def test_two_days(run: Run) -> None:
    """One book on two days is a comparison, here without a difference."""
    ran = run("compare", EXAMPLE, "-r", "iso-14067", "--on", "2020-01-01", "--on", "2026-01-01")
    assert ran.code == 0
    assert "iso-14067 2020-01-01 → iso-14067 2026-01-01: 0" in ran.out


def test_two_studies(run: Run, skeleton: Path, calculable: Path) -> None:
    """Two folders of one study under one book differ by their data."""
    bom = (skeleton / "bom.csv").read_text(encoding="utf-8")
    table = [line.split(",") for line in bom.splitlines()]
    row = next(i for i, cells in enumerate(table) if "kg" in cells)
    column = table[row].index("kg") - 1
    table[row][column] = str(float(table[row][column]) * 2)
    (skeleton / "bom.csv").write_text("\n".join(map(",".join, table)) + "\n", encoding="utf-8")
    ran = run("compare", calculable, skeleton, "-r", "iso-14067", "--on", "2026-01-01")
    assert ran.code == 0, ran.said
    assert "The data differ in" in ran.out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_columns_line_up(run: Run, lang: str) -> None:
    """Every row of the chart has its figure ending in the same column, counted as a terminal counts."""
    out = run("compare", EXAMPLE, *TWO, "--lang", lang, "--lines", "0").out
    rows = [line for line in out.splitlines() if "█" in line or "▏" in line]
    assert len(rows) == 5
    assert len({cell_len(line[: _after_figure(line)]) for line in rows}) == 1


def _after_figure(line: str) -> int:
    return max(i for i, c in enumerate(line) if c.isdigit()) + 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((EXAMPLE,), "name two or more rulebooks"),
        ((EXAMPLE, "-r", "iso-14067"), "name two or more rulebooks"),
        ((EXAMPLE, "-r", "iso-14067", "-r", "iso-14067"), "name two or more rulebooks"),
        ((EXAMPLE, "nmc111-ev-pack", "-r", "iso-14067", "-r", "eu-cfb-ind"), "name two or more rulebooks"),
        ((EXAMPLE, "b", "c", "-r", "iso-14067"), "at the most"),
        ((EXAMPLE, *TWO, "--per", "kilo"), "one of: product, functional-unit"),
        ((EXAMPLE, "-r", "iso-14067", "-r", "nothing"), "nothing"),
        ((EXAMPLE, *TWO[:4], "--on", "soon"), "YYYY-MM-DD"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """Wrong usage is one sentence on standard error and exit code 2."""
    ran = run("compare", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_an_unknown_study(run: Run) -> None:
    """A study that is not there ends with exit code 3."""
    assert run("compare", "no-such-folder", *TWO).code == 3


def test_bars() -> None:
    """A bar spans its two levels; one that is too short is still seen; an empty axis has none."""
    assert floating(0, 5, 0, 10, 10) == "█████"
    assert floating(10, 5, 0, 10, 10) == "     █████"
    assert floating(10, 10, 0, 10, 10) == "         ▏"
    assert floating(-5, 0, -5, 5, 10) == "█████"
    assert floating(0, 0, 0, 0) == ""


@pytest.mark.parametrize(
    ("value", "scale", "shown"),
    [(-55629.29, 100161, "−55,629"), (1.8267, 68.4, "1.827"), (0.0001, 100, "0.00"), (0, 0, "0.0000")],
)
def test_fixed(value: float, scale: float, shown: str) -> None:
    """Figures of one chart have the decimals of its largest figure."""
    assert fixed(value, scale) == shown
