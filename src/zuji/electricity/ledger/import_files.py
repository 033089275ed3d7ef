"""Import into a ledger: CSV files, a folder of them, or the meter readings of a study; all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from zuji.electricity.ledger import codes, events
from zuji.electricity.ledger.cells import columns_known
from zuji.electricity.ledger.events import Draft
from zuji.electricity.ledger.hours import local_hours, spread, zone
from zuji.electricity.ledger.model import Connection, Device, DeviceKind
from zuji.electricity.ledger.read_events import EVENT_COLUMNS, Plan, read_events
from zuji.electricity.ledger.read_meters import (
    DEVICE_COLUMNS,
    PROFILE_COLUMNS,
    READING_COLUMNS,
    Meters,
    read_devices,
    read_profiles,
    read_readings,
)
from zuji.electricity.ledger.store import Ledger, Recorded
from zuji.electricity.ledger.words import said
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place
from zuji.i18n import N_, tr
from zuji.reading import Table, read_csv
from zuji.study.model import MeterReading, Study, Supply

FORMS = {
    "devices": (DEVICE_COLUMNS, ("device", "kind", "country")),
    "profiles": (PROFILE_COLUMNS, ("profile", "hour", "weight")),
    "readings": (READING_COLUMNS, ("device", "amount")),
    "events": (EVENT_COLUMNS, ("at", "event")),
}
"""Kinds of tables, told apart by their columns: (known, needed); they are read in this order."""
TELLING = {"events": "event", "profiles": "weight", "devices": "kind", "readings": "amount"}


@dataclass
class Batch:
    """What files hold: drafts and plans in the order of reading, and the findings."""

    drafts: list[Draft | Plan] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def csv_files(paths: Sequence[Path]) -> list[Path]:
    """The CSV files among `paths` and in the folders among them; raises UnreadableError when there is none."""
    found = [file for path in paths for file in (sorted(path.glob("*.csv")) if path.is_dir() else [path])]
    missing = [path for path in found if not path.is_file()]
    if missing or not found:
        path = (missing or list(paths))[0]
        message = N_("there is no CSV file in the folder {path}") if path.is_dir() else N_("there is no file {path}")
        raise UnreadableError(tr(message, path=path))
    return found


def kind_of(table: Table) -> str:
    """Which of the kinds of tables this is, '' for none."""
    return next((kind for kind, column in TELLING.items() if column in table.columns), "")


def read_files(paths: Sequence[Path], at: date, by: str, known: dict[str, Device] | None = None) -> Batch:
    """The drafts in CSV files; devices that the ledger holds already (`known`) may have readings, too."""
    batch = Batch()
    meters = Meters(at, by, dict(known or {}))
    tables = [(path, read_csv(path, path.name)) for path in csv_files(paths)]
    for path, table in tables:
        batch.findings += table.findings
        if not kind_of(table) and not table.findings:
            place = Place(path.name, 1)
            batch.findings.append(
                codes.ROW(place, problem=said(N_("the columns fit none of the tables {known}"), known=", ".join(FORMS)))
            )
    for kind, (columns, needed) in FORMS.items():
        for path, table in tables:
            if kind_of(table) != kind:
                continue
            problems = columns_known(table, path.name, columns, needed)
            batch.findings += problems
            if problems:
                continue
            if kind == "events":
                batch.drafts += meters.drafts
                meters.drafts = []
                batch.drafts += read_events(table, by, batch.findings)
            else:
                {"devices": read_devices, "profiles": read_profiles, "readings": read_readings}[kind](table, meters)
    batch.drafts += meters.drafts
    batch.findings += meters.findings
    return batch


def import_files(ledger: Ledger, paths: Sequence[Path], at: date, by: str) -> Recorded:
    """Record everything that the files hold, or nothing, with a finding by file and line for whatever is wrong."""
    batch = read_files(paths, at, by, ledger.state.devices)
    return _recorded(ledger, batch)


def _recorded(ledger: Ledger, batch: Batch) -> Recorded:
    if batch.findings:
        return Recorded((), tuple(batch.findings))
    return ledger.record(batch.drafts)


def import_study(ledger: Ledger, study: Study, at: date, by: str, timezone: str = "UTC") -> Recorded:
    """Record the meters of a study: its plants as sites, its generators on site and direct lines as devices.

    A reading of more than an hour is spread evenly (profile `flat`) and marked so.
    """
    batch = Batch()
    for plant in study.plants.values():
        facts = Device(plant.id, DeviceKind.SITE, plant.country, owner=plant.id, timezone=timezone)
        batch.drafts.append(events.device(at, by, facts, plant.place))
    described: set[str] = set()
    for row in study.meters:
        if row.plant not in study.plants:
            batch.findings.append(codes.UNKNOWN(row.place, what="plant", id=row.plant, hint=""))
            continue
        if row.supply is not Supply.GRID and row.meter not in described:
            described.add(row.meter)
            batch.drafts.append(events.device(at, by, _generator(row, study, timezone), row.place))
        batch.drafts += _study_reading(row, at, by, timezone, batch.findings)
    return _recorded(ledger, batch)


def _generator(row: MeterReading, study: Study, timezone: str) -> Device:
    connection = Connection.ON_SITE if row.supply is Supply.ON_SITE else Connection.DIRECT_LINE
    technology = row.dataset.rpartition("-")[2] or "unknown"
    return Device(
        row.meter, DeviceKind.GENERATOR, study.plants[row.plant].country, technology, owner=row.plant, site=row.plant,
        connection=connection, timezone=timezone, dataset=row.dataset,
    )  # fmt: skip


def _study_reading(row: MeterReading, at: date, by: str, timezone: str, findings: list[Finding]) -> list[Draft]:
    if row.energy.missing:
        findings.append(
            codes.ROW(row.place, problem=said(N_("the reading is missing: {missing}"), missing=row.energy.missing))
        )
        return []
    if row.start is not None or row.end is not None:
        start, end = (int((m - m.__class__(1970, 1, 1)).total_seconds()) for m in (row.begins, row.ends))
        offset = zone(timezone).utcoffset(row.begins)
        shift = int(offset.total_seconds()) if offset else 0
        first, last = (start - shift) // 3600, (end - shift) // 3600
    else:
        first, last = local_hours(row.period.start, row.period.end, zone(timezone))
    wh = row.energy.exact * row.energy.unit.factor * 1000
    if wh.denominator != 1 or wh < 0 or last <= first:
        findings.append(
            codes.ROW(row.place, problem=said(N_("the reading is not a positive number of whole Wh over whole hours")))
        )
        return []
    own = row.supply is not Supply.GRID
    values = spread(int(wh), [1.0] * (last - first)).tolist()  # type: ignore[arg-type]
    quality = (
        "measured" if row.energy.kind == "measured" else "assumed" if row.energy.kind == "assumed" else "estimated"
    )
    return [
        events.reading(
            at, by, row.meter if own else row.plant, "generation" if own else "grid_import", first, values,
            quality=quality, profile="flat" if last - first > 1 else "", source=row.energy.source, place=row.place,
        )
    ]  # fmt: skip
