"""The matches that a company accepted, in a YAML file of its own: read, compared, written in one order.

An entry is found again by what the line is, not by its id: normalised name, CAS number, unit and place.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zuji.background.match import codes
from zuji.background.match.index import Wanted, words_key
from zuji.background.match.terms import cas_numbers, read
from zuji.finding import Finding, Place
from zuji.reading import read_yaml

VERSION = "1"
NAME = "mapping.yaml"
FIELDS = ("name", "cas", "unit", "geography", "dataset", "background", "proxy", "by", "on", "why")
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted match: what it is for, the dataset, and who accepted it when and why, as they said."""

    name: str
    unit: str
    dataset: str
    cas: str = ""
    geography: str = ""
    background: str = ""
    proxy: bool = False
    by: str = ""
    on: str = ""
    why: str = ""
    place: Place = field(default=Place(), compare=False)

    @property
    def key(self) -> Key:
        """What the entry is found by."""
        return words_key(self.name), self.cas, self.unit, self.geography


@dataclass(frozen=True, slots=True)
class Accepted:
    """All entries by key; where entries contradict each other, all of them."""

    entries: Mapping[Key, tuple[Entry, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def of(self, line: Wanted) -> tuple[Entry, ...]:
        """The entries for a line: more than one where the mappings contradict each other."""
        found = {e: None for key in keys_of(line) for e in self.entries.get(key, ())}
        return tuple({entry.dataset: entry for entry in reversed(found)}.values())[::-1]


def keys_of(line: Wanted) -> list[Key]:
    """The keys that a line has: one for each language of its name."""
    cas = cas_of(line)
    return [(words_key(name), cas, line.unit, line.geography) for name in dict.fromkeys(line.names) if name]


def cas_of(line: Wanted) -> str:
    """The CAS number that a line states, '' for none."""
    return next(iter((*line.cas, *(n for name in line.names for n in cas_numbers(name)))), "")


def entry_of(line: Wanted, dataset: str, background: str, *, proxy: bool, by: str, on: str, why: str) -> Entry:
    """The entry that remembers an accepted match; the first name that says something stands for the line."""
    name = next((name for name in line.names if not read(name).is_empty), line.id)
    return Entry(name, line.unit, dataset, cas_of(line), line.geography, background, proxy, by, on, why)


def read_mappings(paths: Iterable[Path]) -> Accepted:
    """The entries of all files that are there; conflicts and unusable entries are findings."""
    found: dict[Key, list[Entry]] = {}
    findings: list[Finding] = []
    for path in paths:
        if not path.is_file():
            continue
        entries, problems = _read(path)
        findings += problems
        for entry in entries:
            same = found.setdefault(entry.key, [])
            other = next((one for one in same if one.dataset != entry.dataset), None)
            if other is not None:
                findings.append(
                    codes.MAPPING_CONFLICT(
                        entry.place, name=entry.name, first=other.dataset, where=other.place, second=entry.dataset
                    )
                )
            if all(one.dataset != entry.dataset for one in same):
                same.append(entry)
    return Accepted({key: tuple(entries) for key, entries in found.items()}, tuple(findings))


def _read(path: Path) -> tuple[list[Entry], list[Finding]]:
    document = read_yaml(path, path.name)
    findings = list(document.findings)
    rows = document.data.get("matches", []) if document.data else []
    if document.data and str(document.data.get("zuji_mapping", "")) != VERSION:
        return [], [*findings, codes.MAPPING_FORM(document.place_of(), problem=f"zuji_mapping: {VERSION} ?")]
    if not isinstance(rows, list):
        return [], [*findings, codes.MAPPING_FORM(document.place_of(("matches",)), problem="matches: [ ] ?")]
    entries = []
    for i, row in enumerate(rows):
        place = document.place_of(("matches", i))
        problem = _problem(row)
        if problem:
            findings.append(codes.MAPPING_FORM(place, problem=problem))
            continue
        texts = {name: str(row.get(name) or "") for name in FIELDS if name != "proxy"}
        entries.append(Entry(**texts, proxy=row.get("proxy") is True, place=place))
    return entries, findings


def _problem(row: Any) -> str:
    if not isinstance(row, dict):
        return type(row).__name__
    unknown = [str(key) for key in row if key not in FIELDS]
    lacking = [key for key in ("name", "unit", "dataset") if not isinstance(row.get(key), str) or not row[key]]
    nested = [key for key in FIELDS if isinstance(row.get(key), (dict, list))]
    return ", ".join([*(f"{key}?" for key in unknown), *(f"{key}: ?" for key in (*lacking, *nested))])


def with_entries(path: Path, more: Sequence[Entry]) -> str:
    """The text of the mapping file with more entries; one for the same key is replaced, the order is that of keys."""
    entries, findings = _read(path) if path.is_file() else ([], [])
    if findings:
        from zuji.errors import UnreadableError

        raise UnreadableError("; ".join(f"{finding.place}: {finding.what()}" for finding in findings))
    kept = {entry.key: entry for entry in (*entries, *more)}
    lines = ["# Accepted matches of bill-of-materials lines to datasets (zuji match). / 已接受的物料与数据集匹配。",
             f"zuji_mapping: {VERSION}", "matches:" if kept else "matches: []"]  # fmt: skip
    for key in sorted(kept):
        lines += _lines(kept[key])
    return "\n".join(lines) + "\n"


def _lines(entry: Entry) -> list[str]:
    import json

    found: list[str] = []
    for name in FIELDS:
        value = getattr(entry, name)
        if value:
            # A JSON text is a YAML text, whatever characters are in it.
            shown = "true" if value is True else json.dumps(value, ensure_ascii=False)
            found.append(f"{'  - ' if not found else '    '}{name}: {shown}")
    return found


def write_text(path: Path, text: str) -> None:
    """Put a whole file in the place of another, or leave that as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
