"""The documented folder of a grid: grid.yaml, zones.csv, factors.csv, generation.csv and what else there is.

Every series table may be CSV or Parquet. See docs/grid.md for the columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Array, Balance, Document, Origins
from zuji.electricity.trace.check import hour_text
from zuji.electricity.trace.clock import Clock, UnknownZoneError, hours_of_year, zone_of
from zuji.electricity.trace.labels import (
    Generator,
    Integers,
    Labels,
    Zone,
)
from zuji.electricity.trace.readers.factors import read_factors
from zuji.electricity.trace.readers.parts import (
    column_of,
    distinct,
    first_line,
    generator_of,
    read_details,
    read_links,
    read_stores,
    read_zones,
    words_of,
)  # fmt: skip
from zuji.electricity.trace.readers.periods import NO_TIME, hours_between, minutes, placed
from zuji.electricity.trace.readers.tables import Columns, Report, read_columns
from zuji.electricity.trace.readers.words import ENERGY, HEADINGS, POWER, to_mwh
from zuji.finding import Finding, Place, has_errors, in_order
from zuji.reading import read_yaml

TABLES = ("generation", "flows", "storage", "load")


@dataclass(frozen=True, eq=False)
class Grid:
    """What a folder holds: the balance, or None where errors forbid one, and every finding."""

    balance: Balance | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """grid.yaml."""

    id: str
    clock: Clock
    yearly: bool
    unit: str
    synthetic: bool
    absent_zero: tuple[str, ...]
    sources: Mapping[str, Any]


def read_grid(folder: Path) -> Grid:
    """The grid in `folder`; unreadable rows are findings, and an error among them leaves no balance."""
    found: list[Finding] = []
    head = _head(folder, found)
    if head is None:
        return Grid(None, in_order(found))
    zones = read_zones(folder, found)
    index = {zone.id: i for i, zone in enumerate(zones)}
    documents: list[Document] = []
    tables = _Tables(folder, head, found, documents)

    generation = tables.open("generation", ("time", "zone", "technology", "generation"), ("device",))
    if generation is None or not zones:
        if generation is None:
            found.append(codes.NO_GRID(file="generation.csv"))
        return Grid(None, in_order(found))
    zone = generation.positions("zone", index, "zone", "zones.csv")
    keys, series = distinct([zone, *(column_of(generation, c) for c in ("technology", "device"))])
    technology = words_of(generation, "technology")
    device = words_of(generation, "device")
    details = read_details(folder, found)
    generators = [
        generator_of(zones[z].id, technology[k], device[d] if device else "", details) if z >= 0 else None
        for z, k, d in keys
    ]
    order = sorted((i for i, g in enumerate(generators) if g), key=lambda i: (keys[i][0], generators[i].id))  # type: ignore[union-attr]
    rank = np.full(len(generators) + 1, -1)
    rank[order] = np.arange(len(order))
    series = rank[series]
    kept = tuple(g for i in order if (g := generators[i]) is not None)

    flows = tables.open("flows", ("time", "from", "to", "sent"), ("received", "link"))
    links, link_of = read_links(folder, flows, index, found)
    stores = read_stores(folder, index, found)
    storage = tables.open("storage", ("time", "store", "charge", "discharge")) if stores else None
    load = tables.open("load", ("time", "zone", "load"))
    store_of = (
        storage.positions("store", {s.id: i for i, s in enumerate(stores)}, "store", "stores.csv") if storage else None
    )
    load_of = load.positions("zone", index, "zone", "zones.csv") if load else None

    starts = {
        "generation": tables.starts(generation, series),
        "flows": tables.starts(flows, link_of) if flows is not None else None,
        "storage": tables.starts(storage, store_of) if storage is not None and store_of is not None else None,
        "load": tables.starts(load, load_of) if load is not None and load_of is not None else None,
    }
    hours, step = tables.hours(starts["generation"])
    factors, factor_sd, gases = read_factors(folder / "factors.csv", kept, found)
    labels_ok = not has_errors(found) and not has_errors(tables.findings())
    arrays: dict[str, Array] = {}
    origins: dict[str, Origins] = {}

    def fill(
        name: str, table: str, opened: Columns | None, column: str, of: Integers | None, ids: Sequence[str]
    ) -> None:
        begin = starts[table]
        if opened is None or of is None or begin is None or column not in opened:
            return
        values = opened.numbers(column) * tables.scale(step)
        result = placed(opened, values, of, begin, hours, ids, tables.clock)
        if table in head.absent_zero:
            # A row that is not there is nothing by declaration; an empty cell stays missing.
            result.values[(result.lines == 0)] = 0.0
        arrays[name] = result.values
        origins[name] = Origins(np.full(result.lines.shape, tables.number[table], dtype=np.int16), result.lines)

    fill("generation", "generation", generation, "generation", series, [g.id for g in kept])
    fill("sent", "flows", flows, "sent", link_of, [link.id for link in links])
    fill("received", "flows", flows, "received", link_of, [link.id for link in links])
    fill("charge", "storage", storage, "charge", store_of, [s.id for s in stores])
    fill("discharge", "storage", storage, "discharge", store_of, [s.id for s in stores])
    fill("load", "load", load, "load", load_of, [z.id for z in zones])
    if "sent" in arrays and "received" not in arrays:  # a table without losses says that all arrives
        arrays["received"], origins["received"] = arrays["sent"].copy(), origins["sent"]
    found += _validity(zones, kept, hours, arrays.get("generation"))
    found += tables.findings()
    if not labels_ok or has_errors(found):
        return Grid(None, in_order(found))
    for name, width in (
        ("sent", len(links)),
        ("received", len(links)),
        ("charge", len(stores)),
        ("discharge", len(stores)),
    ):
        arrays.setdefault(name, np.full((len(hours), width), np.nan) if width else np.zeros((len(hours), 0)))
    balance = Balance(
        Labels(tuple(zones), kept, links, tuple(stores), gases),
        hours,
        arrays["generation"],
        factors,
        arrays["sent"],
        arrays["received"],
        arrays["charge"],
        arrays["discharge"],
        arrays.get("load"),
        factor_sd,
        step,
        head.id,
        head.clock.zone,
        head.synthetic,
        tuple(documents),
        origins,
    )
    return Grid(balance, in_order(found))


class _Tables:
    """The series tables of a folder, opened with their documents."""

    def __init__(self, folder: Path, head: Head, found: list[Finding], documents: list[Document]) -> None:
        self.folder, self.head, self.found, self.documents = folder, head, found, documents
        self.clock = head.clock
        self.reports: list[Report] = []
        self.number: dict[str, int] = {}
        self.years: list[int] = []

    def open(self, name: str, required: Sequence[str], optional: Sequence[str] = ()) -> Columns | None:
        path = next((p for s in (".parquet", ".csv") if (p := self.folder / f"{name}{s}").is_file()), None)
        if path is None:
            return None
        table = read_columns(path, required, optional, HEADINGS)
        self.reports.append(table.report)
        self.number[name] = len(self.documents)
        about = self.head.sources.get(path.name, {})
        known = {
            key: str(about[key]) for key in ("publisher", "url", "retrieved", "licence", "redistribute") if key in about
        }
        self.documents.append(Document(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), **known))
        return table

    def starts(self, table: Columns, series: Integers) -> Integers:
        if not self.head.yearly:
            return minutes(table, self.clock, "time", series)
        years = np.array([int(word) if word.strip().isdigit() else -1 for word in table.words["time"]])
        index = table.codes["time"]
        for i in np.flatnonzero(years < 0):
            line = int(table.lines[np.flatnonzero(index == i)[0]])
            table.report.add(codes.BAD_TIME, line, "time", value=table.words["time"][i], problem="YYYY")
        self.years += [int(y) for y in years if y >= 0]
        begin = np.array([hours_of_year(y, self.clock.zone)[0] * 60 if y >= 0 else NO_TIME for y in years.tolist()])
        return begin[index].astype(np.int64) if len(index) else np.zeros(0, dtype=np.int64)

    def hours(self, starts: Integers | None) -> tuple[Integers, int]:
        if starts is None:
            return np.zeros(0, dtype=np.int64), 1
        if self.head.yearly and self.years:
            first, length = hours_of_year(min(self.years), self.clock.zone)
            self.clock = Clock(self.clock.zone, length * 60)
            if len(set(self.years)) > 1:
                self.found.append(
                    codes.BAD_FIELD(value=", ".join(map(str, sorted(set(self.years)))), field="year", choices="-")
                )
            return np.array([first], dtype=np.int64), length
        return hours_between([starts], self.clock.step), max(self.clock.step // 60, 1)

    def scale(self, step: int) -> float:
        return to_mwh(self.head.unit, self.clock.step if self.clock.step < 60 else step * 60) or 1.0

    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for report in self.reports for finding in report.all())


def _head(folder: Path, found: list[Finding]) -> Head | None:
    path = folder / "grid.yaml"
    if not path.is_file():
        found.append(codes.NO_GRID(Place(folder.as_posix()), file="grid.yaml"))
        return None
    document = read_yaml(path)
    found += document.findings
    data = document.data
    yearly = data.get("step") == "year"
    step = 60 if yearly else data.get("step", 60)
    unit, zone = str(data.get("unit", "MWh")), str(data.get("time_zone", "UTC"))
    label = str(data.get("time_label", "start"))
    if label not in ("start", "end"):
        found.append(
            codes.BAD_FIELD(document.place_of(["time_label"]), value=label, field="time_label", choices="start, end")
        )
    if not isinstance(step, int) or step <= 0 or (60 % step and step % 60):
        choices = "5, 15, 30, 60, 1440, year"
        found.append(codes.BAD_FIELD(document.place_of(["step"]), value=step, field="step", choices=choices))
        step = 60
    if unit not in ENERGY and unit not in POWER:
        choices = ", ".join([*ENERGY, *POWER])
        found.append(codes.BAD_UNIT(document.place_of(["unit"]), unit=unit, kind="energy", choices=choices))
    try:
        zone_of(zone)
    except UnknownZoneError:
        found.append(codes.NO_ZONE_DATABASE(document.place_of(["time_zone"]), zone=zone))
    if has_errors(found):
        return None
    absent = data.get("absent_is_zero") or []
    clock = Clock(zone, step, label == "end")
    sources = data.get("sources") or {}
    return Head(
        str(data.get("id", folder.name)), clock, yearly, unit, data.get("synthetic") is True, tuple(absent), sources
    )


def _validity(
    zones: Sequence[Zone], generators: Sequence[Generator], hours: Integers, generation: Array | None
) -> list[Finding]:
    found: list[Finding] = []
    if generation is None or not len(hours):
        return found
    days = np.datetime64("1970-01-01", "D") + (hours // 24)
    for zone in zones:
        if zone.valid_from is None and zone.valid_to is None:
            continue
        columns = [i for i, g in enumerate(generators) if g.zone == zone.id]
        first = np.datetime64(zone.valid_from or date.min, "D")
        last = np.datetime64(zone.valid_to or date.max, "D")
        # One day of slack: validity is in local days, hours are in UTC.
        outside = ((days < first - 1) | (days > last + 1)) & (np.nan_to_num(generation[:, columns]) > 0).any(axis=1)
        for t in np.flatnonzero(outside)[:1]:
            found.append(
                codes.NOT_VALID_THEN(
                    first_line(Path("zones.csv")), zone=zone.id, hour=hour_text(int(hours[t])),
                    valid_from=zone.valid_from or "-", valid_to=zone.valid_to or "-",
                )
            )  # fmt: skip
    return found
