"""What a ledger says to a study: the rows of electricity.csv and instruments.csv, as plain data.

A study never opens a ledger. It holds two tables that this module writes from one, with the head of the ledger in their
first line, and `differences` tells whether they still say what the ledger says. So a study stays a folder of text
that any rulebook can take, and what it claims is what was cancelled: once, for this site, period and product.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zuji.datum import LocalText, Period
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.apply_claims import GRID
from zuji.electricity.ledger.hours import Wh, local_day, local_hours, zone
from zuji.electricity.ledger.model import Cancellation, Device, DeviceKind
from zuji.electricity.ledger.schemes import schemes
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.words import said
from zuji.electricity.matching.supplies import sold_own_use
from zuji.finding import Finding, Place
from zuji.i18n import N_
from zuji.reading import parse_csv, read_csv

ELECTRICITY, INSTRUMENTS = "electricity.csv", "instruments.csv"
HEADS: Mapping[str, tuple[str, ...]] = {
    ELECTRICITY: (
        "meter", "point", "plant", "process", "start", "end", "amount", "unit", "supply", "dataset", "certificate_sold",
        "kind", "source", "note",
    ),
    INSTRUMENTS: (
        "id", "type", "plant", "process", "amount", "unit", "dataset", "country", "generated_start", "generated_end",
        "retired_on", "beneficiary", "kind", "source", "note",
    ),
}  # fmt: skip
MADE = "# 由电力台账生成，请勿手改：zuji power study / Written from the power ledger by zuji power study: do not edit"
KINDS = ("measured", "estimated", "assumed")
"""Kinds of data that readings become, the weakest last."""
_KIND_OF = {"measured": "measured", "settled": "measured", "estimated": "estimated", "assumed": "assumed"}

Row = Mapping[str, str]


@dataclass(frozen=True)
class StudyTables:
    """The rows of the two tables, and the findings because of which they may not be used."""

    electricity: tuple[Row, ...]
    instruments: tuple[Row, ...]
    findings: tuple[Finding, ...]

    def text(self, file: str, head: str) -> str:
        """The CSV text of one of the two tables, with the head of the ledger."""
        out = io.StringIO(newline="")
        out.write(f"{MADE}\n# ledger {head}\n")
        writer = csv.DictWriter(out, HEADS[file], lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.electricity if file == ELECTRICITY else self.instruments)
        return out.getvalue()


def study_tables(
    state: State, period: Period, plants: Mapping[str, str], *, product: str = "", note: str = ""
) -> StudyTables:
    """The tables for a study: `plants` maps the sites of the ledger to the plants of the study.

    With a `product`, sites whose cancellations are split by product give its own consumption and its own claims only
    (L12); a product without a share there is an error. `note` goes into every row.
    """
    electricity: list[Row] = []
    instruments: list[Row] = []
    findings: list[Finding] = []
    for site, plant in sorted(plants.items()):
        device = state.devices.get(site)
        if device is None or device.kind is not DeviceKind.SITE:
            known = [d.id for d in state.devices.values() if d.kind is DeviceKind.SITE]
            findings.append(state.unknown("site", site, known, Place(state.name)))
            continue
        one = _Site(state, device, plant, period, note)
        share = one.share_of(product, findings)
        electricity += one.meters(share, findings)
        instruments += one.instruments(product if share is not None else "", findings)
    return StudyTables(tuple(electricity), tuple(instruments), tuple(findings))


@dataclass(frozen=True)
class _Share:
    """A product's part of a site: its consumption [Wh] of the whole [Wh]."""

    product: str
    load: int
    whole: int

    def of(self, wh: int) -> int:
        return wh * self.load // self.whole if self.whole else 0


class _Site:
    """One site, read for one plant and period."""

    def __init__(self, state: State, device: Device, plant: str, period: Period, note: str) -> None:
        self.state, self.device, self.plant, self.period, self.note = state, device, plant, period, note
        self.tz: tzinfo = zone(device.timezone)
        self.span = local_hours(period.start, period.end, self.tz)

    def _claims(self) -> list[Cancellation]:
        made = sorted(self.state.cancellations.values(), key=lambda one: one.event)
        low, high = self.span
        return [c for c in made if c.site == self.device.id and c.part == GRID and c.start < high and low < c.end]

    def share_of(self, product: str, findings: list[Finding]) -> _Share | None:
        """The product's part where the cancellations of the site are split by product, else None."""
        claims = self._claims()
        if not any(one.products for one in claims):
            return None
        loads = {
            (made.start, made.end): claim.load_wh
            for made in claims
            for claim in self.state.product_claims
            if claim.cancellation == made.id and claim.product == product
        }
        if not product or not loads:
            place = Place(self.state.name)
            findings.append(
                codes.NO_PRODUCT_CLAIM(place, product=product or "-", site=self.device.id, period=self.period)
            )
            return None
        whole = sum(int(self.state.series_of(self.device.id, "grid_import").window(*span)[0].sum()) for span in loads)
        return _Share(product, sum(loads.values()), whole)

    def meters(self, share: _Share | None, findings: list[Finding]) -> Iterator[Row]:
        """Rows by calendar month: grid import, and own use with its certificates kept or sold."""
        wh, known = self.state.series_of(self.device.id, "grid_import").window(*self.span)
        if not known.all():
            year = self.period.start.year
            found = codes.COVERAGE(
                Place(self.state.name), site=self.device.id, hours=int(known.sum()), all=len(known), year=year
            )
            findings.append(found)
        yield from self._monthly(self.device.id, "grid_import", wh, known, share, supply="grid")
        for device in self.state.on_site(self.device.id):
            own = self.state.own_use(device.id)
            used, seen = own.window(*self.span)
            sold = np.minimum(sold_own_use(self.state, device, self.device.id, self.device.owner, self.span), used)
            for part, is_sold in ((used - sold.astype(np.int64), False), (sold.astype(np.int64), True)):
                if part.any():
                    yield from self._monthly(
                        device.id, "generation", part, seen, share, supply=device.connection.value,
                        dataset=device.dataset, sold=is_sold,
                    )  # fmt: skip

    def _monthly(
        self, meter: str, quantity: str, wh: Wh, known: NDArray[np.bool_], share: _Share | None, *, supply: str,
        dataset: str = "", sold: bool = False,
    ) -> Iterator[Row]:  # fmt: skip
        readings = self.state.readings.get((meter, quantity), ())
        for first, last in months(self.period):
            low, high = (hour - self.span[0] for hour in local_hours(first, last, self.tz))
            if not known[low:high].any():
                continue
            span = (low + self.span[0], high + self.span[0])
            used = [r for r in readings if r[0] < span[1] and span[0] < r[1]]
            kind = max((_KIND_OF[quality] for _, _, _, quality, _ in used), key=KINDS.index)
            amount = int(wh[low:high].sum())
            amount = share.of(amount) if share else amount
            row = {
                "meter": meter,
                "point": f"{meter}-sold" if sold else meter,
                "plant": self.plant,
                "start": first.isoformat(),
                "end": last.isoformat(),
                "amount": kilowatt_hours(amount),
                "unit": "kWh",
                "supply": supply,
                "dataset": dataset,
                "certificate_sold": "yes" if sold else "no",
                "kind": kind,
                **self._proof(sorted({seq for _, _, seq, _, _ in used}), share),
            }
            yield row

    def _proof(self, seqs: Iterable[int], share: _Share | None = None) -> Row:
        shown = ", ".join(map(str, seqs))
        part = f"{share.product}: {share.load} / {share.whole} Wh" if share else ""
        words = [self.note, part, f"台账事件 / ledger event {shown}"]
        return {"source": "电力台账 / power ledger", "note": "; ".join(filter(None, words))}

    def instruments(self, product: str, findings: list[Finding]) -> Iterator[Row]:
        """One row per contract, or per certificate without one, of what was cancelled for hours of the period."""
        groups: dict[tuple[str, str, str, str], list[tuple[Cancellation, int]]] = {}
        for made in self._claims():
            one = self.state.certificates[made.certificate]
            wh = int(made.products.get(product, made.wh * 0).sum()) if product else int(made.wh.sum())
            if made.start < self.span[0] or self.span[1] < made.end:
                place = Place(self.state.name, made.event, "cancel")
                reason = said(N_("claimed for hours beyond {period}"), period=self.period)
                findings.append(codes.NOT_ELIGIBLE(place, certificate=one.id, energy=wh, reason=reason))
            elif wh:
                key = (one.contract or one.id, one.scheme, one.device, made.beneficiary)
                groups.setdefault(key, []).append((made, wh))
        names = [key[0] for key in groups]
        for (name, scheme, id, beneficiary), members in groups.items():
            device = self.state.devices[id]
            spans = [self._generated(made) for made, _ in members]
            trade = {self.state.certificates[made.certificate].trade for made, _ in members}
            yield {
                "id": name if names.count(name) == 1 else f"{name}/{id}/{scheme}",
                "type": "green_power_trade" if trade == {"green_power"} else schemes()[scheme].instrument,
                "plant": self.plant,
                "amount": kilowatt_hours(sum(wh for _, wh in members)),
                "unit": "kWh",
                "dataset": device.dataset,
                "country": device.country,
                "generated_start": min(first for first, _ in spans).isoformat(),
                "generated_end": max(last for _, last in spans).isoformat(),
                "retired_on": max(made.day for made, _ in members).isoformat(),
                "beneficiary": beneficiary or self.device.owner,
                "kind": self._kind(members),
                **self._proof([made.event for made, _ in members]),
            }

    def _generated(self, made: Cancellation) -> tuple[date, date]:
        one = self.state.certificates[made.certificate]
        used = np.flatnonzero(made.wh)
        tz = zone(self.state.devices[one.device].timezone)
        first = one.start + (made.first + int(used[0])) * one.slot
        last = one.start + (made.first + int(used[-1]) + 1) * one.slot - 1
        return local_day(first, tz), local_day(last, tz)

    def _kind(self, members: Sequence[tuple[Cancellation, int]]) -> str:
        devices = {self.state.certificates[made.certificate].device for made, _ in members}
        kinds = [
            _KIND_OF[quality]
            for (device, _), readings in self.state.readings.items()
            if device in devices
            for _, _, _, quality, _ in readings
        ]
        return max(kinds, key=KINDS.index, default="estimated")


def months(period: Period) -> Iterator[tuple[date, date]]:
    """The calendar months of a period, clipped to it."""
    first = period.start
    while first <= period.end:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(after - timedelta(days=1), period.end)
        first = after


def kilowatt_hours(wh: int) -> str:
    """Whole Wh as kWh, exact and without needless zeros."""
    whole, rest = divmod(wh, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") if rest else str(whole)


def differences(folder: Path, tables: StudyTables, head: str) -> tuple[Finding, ...]:
    """A finding for each of the two tables in `folder` that does not say what the ledger says."""
    found: list[Finding] = []
    for file in (ELECTRICITY, INSTRUMENTS):
        wanted = parse_csv(tables.text(file, head), file)
        path = folder / file
        if not path.is_file():
            found.append(codes.STALE_TABLES(Place(file), file=file, problem=said(N_("it is not there"))))
            continue
        stored = read_csv(path, file)
        here = [dict(row.values) for row in stored.rows]
        there = [dict(row.values) for row in wanted.rows]
        if here == there and not stored.findings:
            continue
        at = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
        place = stored.rows[at].place if at < len(stored.rows) else Place(file)
        rows = said(N_("{here} rows for {there}"), here=len(here), there=len(there))
        problem = rows if at >= min(len(here), len(there)) else _cell(here[at], there[at])
        found.append(codes.STALE_TABLES(place, file=file, problem=problem))
    return tuple(found)


def _cell(here: Row, there: Row) -> LocalText:
    column = next(key for key in sorted({*here, *there}) if here.get(key) != there.get(key))
    return said(
        N_("{column} is '{found}', the ledger gives '{wanted}'"),
        column=column,
        found=here.get(column, ""),
        wanted=there.get(column, ""),
    )
