"""Tables in the form of the ENTSO-E transparency platform's file library: generation per type, physical flows; UTC.

Generation: `DateTime`, `ResolutionCode` (PT15M, PT30M, PT60M), `AreaTypeCode`, `MapCode`, `ProductionType`,
`ActualGenerationOutput`, `ActualConsumption` [mean MW]. Flows: `DateTime`, `ResolutionCode`, `OutAreaTypeCode`,
`OutMapCode`, `InAreaTypeCode`, `InMapCode`, `FlowValue`. An area stands there once per area type: one type is read.
"""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import numpy as np

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Array, Document
from zuji.electricity.trace.clock import Clock
from zuji.electricity.trace.labels import Integers, ZoneKind
from zuji.electricity.trace.readers.assemble import Cells, assembled, station_use
from zuji.electricity.trace.readers.folder import Grid
from zuji.electricity.trace.readers.periods import NO_TIME, Placed, hours_between, minutes, placed
from zuji.electricity.trace.readers.tables import Columns, read_columns
from zuji.electricity.trace.void import Flags
from zuji.finding import Finding, Place, has_errors, in_order
from zuji.reading import UNREADABLE

RESOLUTION = {"PT15M": 15, "PT30M": 30, "PT60M": 60}
TIME, OUT, IN, VALUE = "DateTime", "OutMapCode", "InMapCode", "FlowValue"
NAMES = {"DateTime(UTC)": TIME, "DateTime (UTC)": TIME, "AreaMapCode": "MapCode", "FlowValue[MW]": VALUE,
         "ActualGenerationOutput[MW]": "ActualGenerationOutput", "ActualConsumption[MW]": "ActualConsumption",
         "OutAreaMapCode": OUT, "InAreaMapCode": IN}  # fmt: skip
PUMPED = "Hydro Pumped Storage"


def read_entsoe(
    generation: Path, flows: Path, factors: Path | None = None, id: str = "entsoe", area_type: str = "CTY"
) -> Grid:
    """The grid of the areas of one type (`CTY`, `BZN`, `CTA`); each keeps its own resolution until the hour is whole.

    Pumped storage is a store with a round trip of 0.87, an assumption; consumption of other plants is station use.
    """
    found: list[Finding] = []
    documents = []
    for path in (generation, flows):
        if not path.is_file():
            return Grid(None, (UNREADABLE(Place(path.name), reason=os.strerror(errno.ENOENT)),))
        documents.append(Document(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), "ENTSO-E"))
    plants = read_columns(
        generation, (TIME, "ResolutionCode", "MapCode", "ProductionType", "ActualGenerationOutput"),
        ("ActualConsumption", "AreaTypeCode"), NAMES,
    )  # fmt: skip
    ties = read_columns(flows, (TIME, OUT, IN, VALUE), ("ResolutionCode", "OutAreaTypeCode", "InAreaTypeCode"), NAMES)
    areas, types = plants.texts("MapCode"), plants.texts("ProductionType")
    of_type = _of_type(plants, ("AreaTypeCode",), area_type)
    keys = sorted({(a, k) for a, k, use in zip(areas, types, of_type, strict=True) if use})
    series = _series(list(zip(areas, types, strict=True)), keys, of_type)
    ends = list(zip(ties.texts(OUT), ties.texts(IN), strict=True))
    known = {zone for zone, _ in keys}
    tie_use = _of_type(ties, ("OutAreaTypeCode", "InAreaTypeCode"), area_type)
    tie_use &= np.array([a in known and b in known and a != b for a, b in ends], dtype=bool)
    pairs = sorted({pair for pair, use in zip(ends, tie_use, strict=True) if use})
    tie_series = _series(ends, pairs, tie_use)
    outside = sorted({zone for pair in ends for zone in pair if zone not in known})
    if outside and keys:
        found.append(codes.REPORTS_OUTSIDE(Place(ties.report.file), areas=", ".join(outside)))
    starts = _starts(plants, series)
    hours = hours_between([starts], 60)
    names = [f"{a}/{k}" for a, k in keys]
    output = _hourly(plants, "ActualGenerationOutput", series, starts, hours, names)
    used = _hourly(plants, "ActualConsumption", series, starts, hours, names) if "ActualConsumption" in plants else None
    cells: Cells = {}
    stores: dict[tuple[str, str], tuple[Placed, Placed]] = {}
    for i, (area, technology) in enumerate(keys):
        out = Placed(output.values[:, [i]], output.lines[:, [i]])
        if technology == PUMPED:
            # A pumped plant reports either side or both; the side that is not there is idle.
            taken = np.zeros_like(out.values) if used is None else used.values[:, [i]]
            idle = (
                np.where(np.isnan(taken), 0.0, taken),
                np.where(np.isnan(out.values) & ~np.isnan(taken), 0.0, out.values),
            )
            stores[f"{area}-pumped", area] = (Placed(idle[0], out.lines), Placed(idle[1], out.lines))
        elif not np.isnan(out.values).all():
            cells[area, technology] = out
    tie_starts = _starts(ties, tie_series)
    tie = _hourly(ties, VALUE, tie_series, tie_starts, hours, [f"{a}>{b}" for a, b in pairs])
    links: Cells = {pair: Placed(tie.values[:, [i]], tie.lines[:, [i]]) for i, pair in enumerate(pairs)}
    found += [*plants.report.all(), *ties.report.all()]
    if has_errors(found) or not cells:
        return Grid(None, in_order(found))
    cells = station_use(cells, generation.name, found)
    number = {"generation": 0, "storage": 0, "flows": 1}
    zones = sorted(known)
    balance = assembled(
        id, hours, 1, zones, cells, links, None, {}, stores, documents, number, factors, found, kind=ZoneKind.COUNTRY
    )
    return Grid(None if has_errors(found) else balance, in_order(found))


def _of_type(table: Columns, columns: tuple[str, ...], wanted: str) -> Flags:
    use = np.ones(len(table), dtype=bool)
    for column in columns:
        if column in table:
            words = np.array([word.strip() in (wanted, "") for word in table.words[column]], dtype=bool)
            use &= words[table.codes[column]] if len(words) else use
    return use


def _series(found: list[tuple[str, str]], keys: list[tuple[str, str]], use: Flags) -> Integers:
    place = {key: i for i, key in enumerate(keys)}
    return np.array([place[key] if u else -1 for key, u in zip(found, use, strict=True)], dtype=np.int64)


def _lengths(table: Columns) -> Integers:
    if "ResolutionCode" not in table:
        return np.full(len(table), 60)
    for i, word in enumerate(table.words["ResolutionCode"]):
        if word.strip() not in RESOLUTION:
            line = int(table.lines[np.flatnonzero(table.codes["ResolutionCode"] == i)[0]])
            table.report.add(
                codes.BAD_FIELD,
                line,
                "ResolutionCode",
                value=word,
                field="ResolutionCode",
                choices=", ".join(RESOLUTION),
            )
    words = np.array([RESOLUTION.get(word.strip(), 60) for word in table.words["ResolutionCode"]], dtype=np.int64)
    return words[table.codes["ResolutionCode"]] if len(words) else np.full(len(table), 60)


def _starts(table: Columns, series: Integers) -> Integers:
    starts = minutes(table, Clock("UTC", 1), TIME, series)
    off = (starts != NO_TIME) & (starts % _lengths(table) != 0)
    for row in np.flatnonzero(off):
        word = table.words[TIME][table.codes[TIME][row]]
        table.report.add(codes.OFF_GRID_TIME, int(table.lines[row]), TIME, value=word, step=int(_lengths(table)[row]))
    return np.where(off, NO_TIME, starts)


def _hourly(
    table: Columns, column: str, series: Integers, starts: Integers, hours: Integers, names: list[str]
) -> Placed:
    """Mean MW of any resolution as MWh by hour; a series may change its resolution between hours, not inside one."""
    values, lengths = table.numbers(column), _lengths(table)
    total: Array = np.full((len(hours), len(names)), np.nan)
    lines = np.zeros((len(hours), len(names)), dtype=np.int32)
    for length in sorted(set(lengths.tolist())):
        chosen = np.where(lengths == length, series, -1)
        part = placed(table, values * length / 60, chosen, starts, hours, names, Clock("UTC", length))
        total = np.where(np.isnan(total), part.values, total)
        lines = np.where(lines == 0, part.lines, lines)
    return Placed(total, lines)
