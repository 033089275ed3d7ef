"""`zuji match`: candidates in tables and JSON, nothing written unless accepted, all that is written printed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from zuji import examples

from .conftest import Run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The storage example with two lines without an origin, and a user folder of its own."""
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ZUJI_MAPPING", raising=False)
    study = shutil.copytree(examples.folder("lfp-storage-488kwh"), tmp_path / "study")
    path = study / "bom.csv"
    text = path.read_text(encoding="utf-8")
    for id in ("ma2024-lipf6", "ma2024-copper-foil"):
        text = text.replace(f",{id},", ",,")
    path.write_bytes(text.encode())
    return study


def state(folder: Path) -> dict[str, bytes]:
    """Every file of the study and of the user's folder."""
    return {path.as_posix(): path.read_bytes() for path in sorted(folder.parent.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("more", [(), ("--all",), ("--accept-best", "0.5"),
                                  ("--accept", "lipf6=ma2024-lipf6", "--patch"),
                                  ("--json",), ("--accept", "zork=x"), ("--accept", "lipf6=ember-DEU")])  # fmt: skip
def test_nothing_is_written_unless_it_is_accepted(run: Run, folder: Path, more: tuple[str, ...]) -> None:
    """Looking, listing, patching and wrong wishes leave every file as it was."""
    before = state(folder)
    run("match", str(folder), *more)
    assert state(folder) == before


@pytest.mark.parametrize(("lang", "words"), [("en", ("Why", "ma2024-lipf6", "same:")), ("zh", ("理由", "六氟磷酸锂"))])
def test_the_table(run: Run, folder: Path, lang: str, words: tuple[str, ...]) -> None:
    """Lines, candidates and reasons in the language of the user."""
    ran = run("match", str(folder), "--lang", lang)
    assert ran.code == 0
    assert all(word in ran.out for word in words)
    assert "bom.graphite" not in ran.out


def test_accept_writes_prints_and_remembers(run: Run, folder: Path, tmp_path: Path) -> None:
    """The line, the mapping with who, when and why; the next study gets it as a proposal that says so."""
    mapping = tmp_path / "company.yaml"
    who = ("--by", "李雷", "--on", "2026-01-31", "--why", "same supplier", "--mapping", str(mapping))
    ran = run("match", str(folder), "--accept", "lipf6=ma2024-lipf6", *who)
    assert ran.code == 0
    assert "accepted: bom.lipf6 = ma2024-lipf6 (0.9" in ran.out
    assert ",kg,ma2024-lipf6," in (folder / "bom.csv").read_text(encoding="utf-8")
    assert "李雷" in mapping.read_text(encoding="utf-8")
    path = folder / "bom.csv"
    path.write_bytes(path.read_bytes().replace(b",ma2024-lipf6,", b",,"))
    found = json.loads(run("match", str(folder), "--json", "--mapping", str(mapping)).out)
    line = next(line for line in found["lines"] if line["id"] == "bom.lipf6")
    first = line["candidates"][0]
    assert (first["dataset"], first["accepted_before"]) == ("ma2024-lipf6", True)
    assert first["reasons"][0]["en"] == "accepted before (李雷, 2026-01-31, same supplier)"


def test_the_best_are_listed_and_taken_with_yes(run: Run, folder: Path) -> None:
    """Without --yes a list; with it the same list is written, each match printed."""
    listed = run("match", str(folder), "--accept-best", "0.85")
    assert "would be accepted with --yes: bom.lipf6 = ma2024-lipf6" in listed.out
    taken = run("match", str(folder), "--accept-best", "0.85", "--yes")
    assert taken.code == 0
    written = [line.partition(": ")[2] for line in taken.out.splitlines() if line.startswith("accepted: ")]
    assert written == [line.partition(": ")[2] for line in listed.out.splitlines() if line.startswith("would be")]
    original = (examples.folder("lfp-storage-488kwh") / "bom.csv").read_bytes()
    assert (folder / "bom.csv").read_bytes() == original
    assert "every line has an origin" in run("match", str(folder)).out


def test_the_patch_is_a_unified_diff(run: Run, folder: Path) -> None:
    """One line out, one line in."""
    out = run("match", str(folder), "--accept", "lipf6=ma2024-lipf6", "--patch").out
    assert out.startswith("--- a/bom.csv\n+++ b/bom.csv\n@@ ")
    assert [line[:6] for line in out.splitlines()[3:] if line[0] in "+-"] == ["-lipf6", "+lipf6"]


@pytest.mark.parametrize(
    "arguments",
    [("--accept", "lipf6"), ("--accept", "=x"), ("--yes",), ("--on", "31.1.2026"), ("--accept-best", "2")],
)
def test_wrong_usage(run: Run, folder: Path, arguments: tuple[str, ...]) -> None:
    """Exit code 2, and a sentence."""
    assert run("match", str(folder), *arguments).code == 2


def test_an_unknown_line_or_dataset_is_a_finding(run: Run, folder: Path) -> None:
    """Exit code 1, with the nearest name."""
    ran = run("match", str(folder), "--accept", "lipf=ma2024-lipf6")
    assert ran.code == 1
    assert "ZJ339" in ran.said
    assert "lipf6" in ran.said


def test_an_example_is_not_written(run: Run, folder: Path) -> None:
    """The installed example stays as it is; its patch may be had."""
    ran = run("match", "lfp-storage-488kwh", "--accept", "lipf6=flow:lipf6")
    assert ran.code == 3
    assert "example" in ran.said
    assert "+lipf6" in run("match", "lfp-storage-488kwh", "--accept", "lipf6=flow:lipf6", "--patch").out
