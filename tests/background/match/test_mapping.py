"""Mapping files: found again by what a line is, conflicts told, one order of entries, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from zuji.background.match.index import Wanted
from zuji.background.match.mapping import Entry, entry_of, read_mappings, with_entries, write_text
from zuji.errors import UnreadableError

LINE = Wanted("bom.x", ("六氟磷酸锂", "LiPF6"), "kg", "CN-FJ")


def saved(path: Path, *entries: Entry) -> Path:
    write_text(path, with_entries(path, entries))
    return path


def test_an_entry_is_found_by_any_spelling(tmp_path: Path) -> None:
    """The name in the other language or another spelling, with unit and place, finds it; another unit does not."""
    entry = entry_of(LINE, "d", "ei", proxy=False, by="李", on="2026-01-02", why='sheet "7": ok')
    accepted = read_mappings([saved(tmp_path / "m.yaml", entry)])
    assert accepted.findings == ()
    assert accepted.of(LINE) == (entry,)
    assert accepted.of(Wanted("y", ("lithium hexafluorophosphate",), "kg", "CN-FJ")) == (entry,)
    assert accepted.of(Wanted("y", ("LiPF6",), "t", "CN-FJ")) == ()
    assert accepted.of(Wanted("y", ("LiPF6",), "kg", "DE")) == ()


def test_conflicts_are_findings_and_both_are_told(tmp_path: Path) -> None:
    """Two files with two datasets for one name: ZJ337 with both places."""
    one = entry_of(LINE, "a", "ei", proxy=False, by="", on="", why="")
    two = entry_of(LINE, "b", "ei", proxy=False, by="", on="", why="")
    accepted = read_mappings([saved(tmp_path / "1.yaml", one), saved(tmp_path / "2.yaml", two)])
    assert [finding.code for finding in accepted.findings] == ["ZJ337"]
    assert "1.yaml" in accepted.findings[0].what("en")
    assert {entry.dataset for entry in accepted.of(LINE)} == {"a", "b"}


def test_accepting_again_replaces_and_the_order_is_that_of_keys(tmp_path: Path) -> None:
    """The same set of entries gives the same bytes, in whatever order they came."""
    other = entry_of(Wanted("z", ("铝箔",), "kg"), "foil", "ei", proxy=True, by="", on="", why="")
    first, second = (entry_of(LINE, d, "ei", proxy=False, by="", on="", why="") for d in "ab")
    one = saved(saved(tmp_path / "1.yaml", first, other), second)
    two = saved(saved(tmp_path / "2.yaml", second), other)
    assert one.read_bytes() == two.read_bytes()
    assert b"\r" not in one.read_bytes()


@pytest.mark.parametrize(
    "text",
    ["a: [", "zuji_mapping: 2\nmatches: []\n", "zuji_mapping: 1\nmatches: 5\n",
     "zuji_mapping: 1\nmatches:\n  - {name: x, unit: kg}\n", "zuji_mapping: 1\nmatches:\n  - 5\n",
     "zuji_mapping: 1\nmatches:\n  - {name: x, unit: kg, dataset: [1], zork: 3}\n"],
)  # fmt: skip
def test_a_broken_file_is_a_finding_and_is_never_overwritten(tmp_path: Path, text: str) -> None:
    """What cannot be read is told with its place, and accepting does not write over it."""
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    assert read_mappings([path]).findings
    with pytest.raises(UnreadableError):
        with_entries(path, [])
    assert path.read_text(encoding="utf-8") == text
