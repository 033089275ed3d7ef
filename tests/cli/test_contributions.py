"""`zuji tree` and `zuji sankey`: terminal, JSON and CSV, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

EXAMPLE = "lfp-storage-488kwh"
ON = ("--on", "2026-01-01")


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))


def test_the_tree_shows_shares_and_its_coverage(run: Run) -> None:
    """The cell stands below module and pack, with shares; the last line says what is covered."""
    ran = run("tree", EXAMPLE, *ON)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert "100.0 %" in lines[0]
    assert any("Cell production" in line and "31.6 %" in line for line in lines)
    assert "of the emissions" in lines[-1]
    assert "own emissions" in ran.out


def test_both_languages(run: Run) -> None:
    """Names of activities follow the language."""
    assert "电芯生产" in run("tree", EXAMPLE, "--lang", "zh", *ON).out
    assert "电芯生产" in run("sankey", EXAMPLE, "--lang", "zh", *ON).out


def test_depth_and_part_of_the_chain(run: Run) -> None:
    """--depth 1 shows the first tier; an activity starts a tree of its own."""
    assert "Module assembly" not in run("tree", EXAMPLE, "--depth", "1", *ON).out
    part = json.loads(run("tree", EXAMPLE, "cell-production", "--json", *ON).out)
    assert part["nodes"][0]["activity"] == "cell-production"
    assert part["nodes"][0]["share"] == 1


@pytest.mark.parametrize("group", ["stage", "gas"])
def test_groups_add_up_to_calc(group: str, run: Run) -> None:
    """Every split has the total of `zuji calc`."""
    document = json.loads(run("tree", EXAMPLE, "--by", group, "--json", *ON).out)
    calculated = json.loads(run("calc", EXAMPLE, "-r", "iso-14067", "--json", *ON).out)[0]
    assert sum(part["value"] for part in document["parts"]) == pytest.approx(calculated["total"])
    assert run("tree", EXAMPLE, "--by", group, *ON).code == 0


def test_files(run: Run, tmp_path: Path) -> None:
    """JSON and CSV by the name of the file; the same JSON as --json."""
    file = tmp_path / "tree.json"
    assert run("tree", EXAMPLE, "-o", str(file), *ON).code == 0
    assert json.loads(file.read_text("utf-8")) == json.loads(run("tree", EXAMPLE, "--json", *ON).out)
    assert run("sankey", EXAMPLE, "-o", str(tmp_path / "sankey.csv"), *ON).code == 0
    assert (tmp_path / "sankey.csv").read_text("utf-8").startswith("source,source_name_zh")


def test_wrong_usage_is_told(run: Run, tmp_path: Path) -> None:
    """Unknown groups, file types, activities and studies end with a sentence and their exit code."""
    assert run("tree", EXAMPLE, "--by", "colour", *ON).code == 2
    assert "stage" in run("tree", EXAMPLE, "--by", "colour", *ON).said
    assert run("sankey", EXAMPLE, "-o", str(tmp_path / "x.png"), *ON).code == 2
    nearest = run("tree", EXAMPLE, "nothing of that name", *ON)
    assert nearest.code == 2
    assert "nearest" in nearest.said
    assert run("tree", "no-such-study", *ON).code == 3
