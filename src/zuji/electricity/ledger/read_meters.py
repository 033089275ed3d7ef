"""Devices, profiles and meter readings from CSV: hours, longer spans with a profile, quarters of an hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import timezone as fixed_offset
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from zuji.electricity.ledger import codes, events
from zuji.electricity.ledger.cells import CellError, Cells, down
from zuji.electricity.ledger.events import Draft
from zuji.electricity.ledger.hours import EPOCH, HOUR, moment_of, spread, zone
from zuji.electricity.ledger.model import QUALITIES, QUANTITIES, Connection, Device, DeviceKind
from zuji.electricity.ledger.words import said
from zuji.finding import Finding, Place
from zuji.i18n import N_
from zuji.reading import Table

DEVICE_COLUMNS = (
    "device", "kind", "technology", "country", "market", "owner", "site", "connection", "commissioned", "timezone",
    "efficiency", "dataset", "note",
)  # fmt: skip
READING_COLUMNS = (
    "device", "quantity", "start", "end", "hour_ending", "amount", "unit", "profile", "quality", "source", "note",
)  # fmt: skip
PROFILE_COLUMNS = ("profile", "month", "hour", "weight", "note")
FLAT = "flat"


@dataclass(frozen=True)
class Profile:
    """Weights by month and hour of the day, local time; months that are not given take the weights of month 0."""

    weights: Mapping[int, NDArray[np.float64]]

    def over(self, start: int, end: int, timezone: str) -> NDArray[np.float64]:
        """The weight of each hour of [start, end)."""
        tz = zone(timezone)
        table = np.array([self.weights.get(m, self.weights.get(0, _ONES)) for m in range(1, 13)])
        if isinstance(tz, fixed_offset):
            # The same offset all year: the calendar of whole arrays.
            at = np.arange(start, end) * np.timedelta64(1, "h") + np.timedelta64(tz.utcoffset(None), "s")
            local = np.datetime64("1970-01-01T00", "s") + at
            months = local.astype("datetime64[M]").astype(int) % 12
            hours = (local - local.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
            found: NDArray[np.float64] = table[months, hours]
            return found
        moments = [moment_of(hour, tz) for hour in range(start, end)]
        return np.array([table[m.month - 1, m.hour] for m in moments])


_ONES = np.ones(24)


@dataclass
class Meters:
    """What has been read so far: devices, profiles, drafts and findings."""

    at: date
    by: str
    devices: dict[str, Device] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=lambda: {FLAT: Profile({})})
    drafts: list[Draft] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_devices(table: Table, meters: Meters) -> None:
    """Every row describes a generator, a storage or a site."""
    for row in table.rows:
        cells = Cells(row)
        try:
            device = _device(cells)
            if device.id in meters.devices and meters.devices[device.id] != device:
                raise cells.fail("device", said(N_("'{id}' is described twice, differently"), id=device.id))
        except CellError as error:
            meters.findings.append(error.finding)
            continue
        meters.devices[device.id] = device
        meters.drafts.append(events.device(meters.at, meters.by, device, cells.place()))


def _device(cells: Cells) -> Device:
    kind = DeviceKind(cells.word("kind", [k.value for k in DeviceKind]))
    efficiency = Fraction(0)
    if cells.text("efficiency", ""):
        try:
            efficiency = Fraction(cells.text("efficiency"))
        except ValueError as error:
            raise cells.fail("efficiency", said(N_("the efficiency is a share such as 0.88"))) from error
    if kind is DeviceKind.STORAGE and not 0 < efficiency <= 1:
        raise cells.fail("efficiency", said(N_("a storage needs its round-trip efficiency, more than 0 and at most 1")))
    if kind is DeviceKind.GENERATOR:
        cells.text("technology")
    return Device(
        id=cells.text("device"),
        kind=kind,
        country=cells.text("country"),
        technology=cells.text("technology", ""),
        market=cells.text("market", ""),
        owner=cells.text("owner", ""),
        site=cells.text("site", ""),
        connection=Connection(cells.word("connection", [c.value for c in Connection], Connection.GRID.value)),
        commissioned=cells.day("commissioned") if cells.text("commissioned", "") else None,
        timezone=cells.zone("timezone"),
        efficiency_ppm=down(efficiency * 1_000_000),
        dataset=cells.text("dataset", ""),
    )


def read_profiles(table: Table, meters: Meters) -> None:
    """Rows give the weight of an hour of the day in a month (no month: in every month that has no row of its own)."""
    weights: dict[str, dict[int, NDArray[np.float64]]] = {}
    for row in table.rows:
        cells = Cells(row)
        try:
            name = cells.text("profile")
            month, hour = (
                _whole(cells, c, d, low, high) for c, d, low, high in (("month", "0", 0, 12), ("hour", "", 0, 23))
            )
            weight = float(cells.text("weight"))
            if not 0 <= weight < 1e9:
                raise cells.fail("weight", said(N_("a weight is a number, not negative")))
        except CellError as error:
            meters.findings.append(error.finding)
            continue
        except ValueError:
            meters.findings.append(cells.fail("weight", said(N_("a weight is a number, not negative"))).finding)
            continue
        weights.setdefault(name, {}).setdefault(month, np.zeros(24))[hour] = weight
    meters.profiles |= {name: Profile(by_month) for name, by_month in weights.items()}


def _whole(cells: Cells, column: str, default: str, low: int, high: int) -> int:
    text = cells.text(column, default or None)
    if not text.isdigit() or not low <= int(text) <= high:
        raise cells.fail(
            column, said(N_("'{text}' is not a whole number from {low} to {high}"), text=text, low=low, high=high)
        )
    return int(text)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A reading, or an hour of one: moments in UTC and the energy [Wh]."""

    start: datetime
    end: datetime
    wh: Fraction
    place: Place


def read_readings(table: Table, meters: Meters) -> None:
    """Readings of one device, quantity, quality and profile that follow each other become one event."""
    groups: dict[tuple[str, str, str, str, str], list[_Piece]] = {}
    for row in table.rows:
        cells = Cells(row)
        try:
            key, piece = _reading(cells, meters)
        except CellError as error:
            meters.findings.append(error.finding)
            continue
        groups.setdefault(key, []).append(piece)
    for (device, quantity, quality, profile, source), pieces in groups.items():
        for start, wh, place in _runs(pieces, profile, meters, device):
            meters.drafts.append(
                events.reading(
                    meters.at,
                    meters.by,
                    device,
                    quantity,
                    start,
                    wh,
                    quality=quality,
                    profile=profile,
                    source=source,
                    place=place,
                )
            )


def _reading(cells: Cells, meters: Meters) -> tuple[tuple[str, str, str, str, str], _Piece]:
    id = cells.text("device")
    device = meters.devices.get(id)
    if device is None:
        raise CellError(codes.UNKNOWN(cells.place("device"), what="device", id=id, hint=""))
    tz = zone(device.timezone)
    quantity = cells.word("quantity", QUANTITIES[device.kind], QUANTITIES[device.kind][0])
    if cells.text("hour_ending", ""):
        end = cells.moment("hour_ending", tz)
        start = (end.astimezone(EPOCH.tzinfo) - HOUR).astimezone(tz)
    else:
        start = cells.moment("start", tz)
        first = start.astimezone(EPOCH.tzinfo)
        end = cells.moment("end", tz, last=True) if cells.text("end", "") else first + HOUR
    start, end = start.astimezone(EPOCH.tzinfo), end.astimezone(EPOCH.tzinfo)
    profile = cells.text("profile", "")
    if start >= end:
        raise cells.fail("end", said(N_("the end is not after the start")))
    if end - start > HOUR and not profile:
        raise CellError(codes.NO_PROFILE(cells.place("profile"), device=id, hours=(end - start) // HOUR))
    if profile and profile not in meters.profiles:
        raise CellError(codes.UNKNOWN(cells.place("profile"), what="profile", id=profile, hint=""))
    key = (id, quantity, cells.word("quality", QUALITIES, "measured"), profile, cells.text("source", ""))
    return key, _Piece(start, end, cells.energy("amount"), cells.place())


def _runs(pieces: list[_Piece], profile: str, meters: Meters, device: str) -> Iterator[tuple[int, list[int], Place]]:
    """Runs of whole hours without gap; parts of an hour are added up and must fill it."""
    hours: dict[int, Fraction | int] = {}
    minutes: dict[int, timedelta] = {}
    places: dict[int, Place] = {}
    for piece in pieces:
        for hour, wh, length in _by_hour(piece, meters.profiles.get(profile), meters.devices[device].timezone):
            if minutes.get(hour, timedelta()) + length > HOUR:
                shown = moment_of(hour).isoformat()
                problem = said(N_("the hour {hour} is there twice, first at {place}"), hour=shown, place=places[hour])
                meters.findings.append(codes.ROW(piece.place, problem=problem))
                continue
            hours[hour] = hours.get(hour, 0) + wh
            minutes[hour] = minutes.get(hour, timedelta()) + length
            places.setdefault(hour, piece.place)
    for hour in sorted(hours):
        if minutes[hour] != HOUR:
            problem = said(
                N_("the readings fill {filled} of the hour {hour}"),
                filled=minutes[hour],
                hour=moment_of(hour).isoformat(),
            )
            meters.findings.append(codes.ROW(places[hour], problem=problem))
    run: list[int] = []
    for hour in sorted(hours):
        if run and hour != run[-1] + 1:
            yield run[0], [down(hours[h]) for h in run], places[run[0]]
            run = []
        run.append(hour)
    if run:
        yield run[0], [down(hours[h]) for h in run], places[run[0]]


def _by_hour(piece: _Piece, profile: Profile | None, timezone: str) -> Iterator[tuple[int, Fraction | int, timedelta]]:
    first, rest = divmod(piece.start - EPOCH, HOUR)
    last, over = divmod(piece.end - EPOCH, HOUR)
    inside = last == first or (last == first + 1 and not over)
    if inside:
        yield first, piece.wh, piece.end - piece.start
        return
    if rest or over or profile is None:
        # A reading that straddles hours is shared out by time, so that nothing is lost.
        at = piece.start
        while at < piece.end:
            hour = (at - EPOCH) // HOUR
            until = min(EPOCH + (hour + 1) * HOUR, piece.end)
            yield hour, piece.wh * Fraction((until - at) / (piece.end - piece.start)), until - at
            at = until
        return
    weights = profile.over(first, last, timezone)
    for hour, wh in enumerate(spread(down(piece.wh), weights).tolist(), first):
        yield hour, wh, HOUR
