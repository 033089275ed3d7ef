"""The parts of a grid folder: zones, generators, links and stores from their tables, with every problem at its line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np

from zuji.datum import LocalText
from zuji.electricity.trace import codes
from zuji.electricity.trace.labels import Generator, Integers, Link, LinkKind, Quality, Store, Zone, ZoneKind
from zuji.electricity.trace.readers.tables import Columns
from zuji.electricity.trace.readers.words import HEADINGS
from zuji.finding import Finding, Place
from zuji.reading import Row, Table, read_csv

Word = TypeVar("Word", bound=StrEnum)


def _rows(path: Path, required: Sequence[str], found: list[Finding]) -> Table:
    table = read_csv(path)
    found += table.findings
    columns = [HEADINGS.get(c, c) for c in table.columns]
    lacking = [name for name in required if name not in columns]
    if lacking and not table.findings:
        found.append(codes.BAD_COLUMNS(first_line(path), columns=", ".join(lacking), found=", ".join(table.columns)))
        return Table()
    rows = tuple(Row({HEADINGS.get(k, k): v for k, v in row.values.items()}, row.place) for row in table.rows)
    return Table(tuple(columns), rows)


def first_line(path: Path) -> Place:
    """The heading of a table."""
    return Place(path.name, 1)


def _word(row: Row, column: str, kind: type[Word], default: Word, found: list[Finding]) -> Word:
    text = row.get(column)
    if not text:
        return default
    try:
        return kind(text)
    except ValueError:
        choices = ", ".join(kind)
        found.append(codes.BAD_FIELD(row.place.at(column=column), value=text, field=column, choices=choices))
        return default


def _number(row: Row, column: str, found: list[Finding]) -> float | None:
    text = row.get(column)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        found.append(codes.BAD_VALUE(row.place.at(column=column), value=text, series=column))
        return None


def _day(row: Row, column: str, found: list[Finding]) -> date | None:
    text = row.get(column)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        found.append(codes.BAD_TIME(row.place.at(column=column), value=text, problem="YYYY-MM-DD"))
        return None


def read_zones(folder: Path, found: list[Finding]) -> list[Zone]:
    """The zones of zones.csv; none and a finding where there is no such file."""
    path = folder / "zones.csv"
    if not path.is_file():
        found.append(codes.NO_GRID(file="zones.csv"))
        return []
    zones: dict[str, Zone] = {}
    for row in _rows(path, ("zone",), found).rows:
        id = row.get("zone")
        if id in zones:
            found.append(codes.REUSED_ID(row.place.at(column="zone"), kind="zone", name=id))
            continue
        zones[id] = Zone(
            id,
            LocalText(row.get("name_zh"), row.get("name_en")),
            row.get("parent"),
            _word(row, "kind", ZoneKind, ZoneKind.REGION, found),
            _day(row, "valid_from", found),
            _day(row, "valid_to", found),
        )
    return list(zones.values())


def read_details(folder: Path, found: list[Finding]) -> dict[tuple[str, str, str], tuple[str, Quality, float | None]]:
    """Who meters a generator, how well, and its relative standard deviation, by (zone, technology, device)."""
    path = folder / "generators.csv"
    if not path.is_file():
        return {}
    return {
        (row.get("zone"), row.get("technology"), row.get("device")): (
            row.get("metered_by"),
            _word(row, "quality", Quality, Quality.MEASURED, found),
            _number(row, "relative_sd", found),
        )
        for row in _rows(path, ("zone", "technology"), found).rows
    }


def generator_of(
    zone: str, technology: str, device: str, details: Mapping[tuple[str, str, str], tuple[str, Quality, float | None]]
) -> Generator:
    """One column of generation with what generators.csv says about it."""
    metered_by, quality, sd = details.get((zone, technology, device), ("", Quality.MEASURED, None))
    id = f"{zone}/{technology}/{device}" if device else f"{zone}/{technology}"
    return Generator(id, zone, technology, device, metered_by, quality, sd)


def read_stores(folder: Path, index: Mapping[str, int], found: list[Finding]) -> list[Store]:
    """The stores of stores.csv."""
    path = folder / "stores.csv"
    if not path.is_file():
        return []
    stores: dict[str, Store] = {}
    for row in _rows(path, ("store", "zone", "charge_efficiency", "discharge_efficiency"), found).rows:
        id, zone = row.get("store"), row.get("zone")
        if zone not in index:
            near = ", ".join(difflib.get_close_matches(zone, list(index), n=3)) or "-"
            found.append(
                codes.UNKNOWN_ID(row.place.at(column="zone"), kind="zone", name=zone, file="zones.csv", nearest=near)
            )
            continue
        if id in stores:
            found.append(codes.REUSED_ID(row.place.at(column="store"), kind="store", name=id))
            continue
        named = {
            prefix: tuple(
                (column.removeprefix(prefix), value)
                for column in row.values
                if column.startswith(prefix) and (value := _number(row, column, found)) is not None
            )
            for prefix in ("opening:", "static:")
        }
        stores[id] = Store(
            id, zone, _number(row, "charge_efficiency", found) or 0.0,
            _number(row, "discharge_efficiency", found) or 0.0,
            _number(row, "opening_mwh", found), named["opening:"], named["static:"], row.get("metered_by"),
            _word(row, "quality", Quality, Quality.MEASURED, found),
        )  # fmt: skip
    return list(stores.values())


def read_links(
    folder: Path, flows: Columns | None, index: Mapping[str, int], found: list[Finding]
) -> tuple[tuple[Link, ...], Integers]:
    """The links of a flow table, and the link of each row; −1 where a zone is not known."""
    if flows is None:
        return (), np.zeros(0, dtype=np.int64)
    about: dict[tuple[str, str], Row] = {}
    if (folder / "links.csv").is_file():
        about = {(r.get("from"), r.get("to")): r for r in _rows(folder / "links.csv", ("from", "to"), found).rows}
    sender, receiver = (flows.positions(c, index, "zone", "zones.csv") for c in ("from", "to"))
    for row in np.flatnonzero((sender == receiver) & (sender >= 0))[:1]:
        zone = list(index)[sender[row]]
        found.append(codes.OWN_LINK(first_line(folder / "flows.csv").at(column="to"), name=f"{zone}>{zone}", zone=zone))
    ids = list(index)
    keys, series = distinct([sender, receiver, column_of(flows, "link")])
    names = words_of(flows, "link")
    links: list[Link] = []
    rank = np.full(len(keys), -1)
    for i, (a, b, n) in enumerate(keys):
        if a < 0 or b < 0 or a == b:
            continue
        row = about.get((ids[a], ids[b])) or about.get((ids[b], ids[a])) or Row({}, first_line(folder / "links.csv"))
        id = f"{ids[a]}>{ids[b]}" + (f"/{names[n]}" if names and names[n] else "")
        rank[i] = len(links)
        kind, quality = (
            _word(row, "kind", LinkKind, LinkKind.AC, found),
            _word(row, "quality", Quality, Quality.MEASURED, found),
        )
        links.append(Link(id, ids[a], ids[b], kind, row.get("metered_by"), quality, _number(row, "relative_sd", found)))
    return tuple(links), rank[series]


def column_of(table: Columns, name: str) -> Integers:
    """The codes of a column; all the same where there is no such column."""
    return table.codes[name] if name in table else np.zeros(len(table), dtype=np.int64)


def words_of(table: Columns, name: str) -> list[str]:
    """The distinct texts of a column, none where there is no such column."""
    return [word.strip() for word in table.words[name]] if name in table else []


def distinct(columns: Sequence[Integers]) -> tuple[list[tuple[int, ...]], Integers]:
    """The distinct rows of `columns` and the position of each row among them."""
    if not len(columns[0]):
        return [], np.zeros(0, dtype=np.int64)
    span = [int(column.max()) + 2 for column in columns]
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column, size in zip(columns, span, strict=True):
        key = key * size + column + 1
    unique, position = np.unique(key, return_inverse=True)
    rows = []
    for value in unique.tolist():
        parts = []
        for size in reversed(span):
            value, rest = divmod(value, size)
            parts.append(rest - 1)
        rows.append(tuple(reversed(parts)))
    return rows, position.astype(np.int64)
