"""Checks of electricity: no kWh is counted twice, and nobody claims more than was taken from the grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from fractions import Fraction

from zuji.finding import Finding
from zuji.study import codes
from zuji.study.model import Datum, Instrument, MeterReading, Study, Supply


def kilowatt_hours(data: Sequence[Datum]) -> Fraction:
    """The sum of the data that are not missing [kWh]."""
    return sum((datum.exact * datum.unit.factor for datum in data if not datum.missing), Fraction(0))


def meters_overlap(study: Study) -> Iterator[Finding]:
    """Two readings of one supply point that share a moment are an error that names both and the time they share."""
    points: dict[tuple[str, str], list[MeterReading]] = {}
    for reading in study.meters:
        if reading.period.start <= reading.period.end:
            points.setdefault((reading.plant, reading.point), []).append(reading)
    for (_plant, point), readings in points.items():
        yield from _overlaps(point, sorted(readings, key=lambda one: (one.begins, one.ends)))


def _overlaps(point: str, readings: list[MeterReading]) -> Iterator[Finding]:
    latest = readings[0]
    for reading in readings[1:]:
        if reading.begins < latest.ends:
            start, end = _shown(reading.begins), _shown(min(reading.ends, latest.ends), end=True)
            first, second = _named(latest), _named(reading)
            yield codes.METERS_OVERLAP(reading.place, point=point, start=start, end=end, first=first, second=second)
        if reading.ends > latest.ends:
            latest = reading


def _shown(moment: datetime, *, end: bool = False) -> str:
    if moment.time() != time():
        return moment.isoformat(sep=" ", timespec="minutes")
    return (moment.date() - timedelta(days=end)).isoformat()


def _named(reading: MeterReading) -> str:
    return f"{reading.meter} ({reading.place})"


def meters_used_twice(study: Study) -> Iterator[Finding]:
    """A meter whose readings are the amount of two exchanges is an error."""
    users: dict[str, str] = {}
    for process in study.processes.values():
        for exchange in process.exchanges:
            user = f"{process.id}.{exchange.id}"
            for meter in exchange.meters:
                first = users.setdefault(meter, user)
                # An amount that is stated may be one process's share of the meter.
                if first != user and exchange.amount.place.path.endswith("meters"):
                    yield codes.COUNTED_TWICE(exchange.place, meter=meter, first=first, second=user)


def instruments_twice(study: Study) -> Iterator[Finding]:
    """A certificate or contract that is listed twice is an error."""
    first: dict[str, Instrument] = {}
    for instrument in study.instruments:
        other = first.setdefault(instrument.id, instrument)
        if other is not instrument:
            places = {"first": other.place, "second": instrument.place}
            yield codes.INSTRUMENT_TWICE(
                instrument.place, id=instrument.id, first=places["first"], second=places["second"]
            )


def instruments_claim_too_much(study: Study) -> Iterator[Finding]:
    """Instruments that claim more than the metered grid energy of their plant are an error."""
    for plant in Counter(instrument.plant for instrument in study.instruments):
        claims = [one for one in study.instruments if one.plant == plant]
        grid = [one for one in study.meters if one.plant == plant and one.supply is Supply.GRID]
        if any(reading.energy.missing for reading in grid):
            continue
        claimed = kilowatt_hours([one.energy for one in claims])
        metered = kilowatt_hours([one.energy for one in grid])
        if claimed > metered:
            yield codes.OVERCLAIMED(
                claims[0].place,
                plant=plant,
                claimed=f"{float(claimed):.12g}",
                metered=f"{float(metered):.12g}",
                ids=", ".join(one.id for one in claims[:10]),
            )


def instruments_generated_outside(study: Study) -> Iterator[Finding]:
    """An instrument that was not generated inside the reporting period gives a warning."""
    reporting = study.reporting_period
    for one in study.instruments:
        if one.generated.start <= one.generated.end and not reporting.holds(one.generated):
            yield codes.GENERATED_OUTSIDE(one.place, id=one.id, period=one.generated, reporting=reporting)
