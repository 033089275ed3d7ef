"""The reporting period: whole years, not in the future, without gaps in the readings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from zuji.datum import Period
from zuji.finding import Finding, Place
from zuji.footprint import lint_codes as codes
from zuji.footprint.model import Footprint

DAY = timedelta(days=1)
SHOWN = 3


def period_is_a_year(footprint: Footprint) -> Iterator[Finding]:
    """The reporting period covers whole years of twelve months, and has ended on the day of the calculation."""
    study, today = footprint.system.study, footprint.system.day
    period = study.reporting_period
    if period.end < period.start:
        return
    after = period.end + DAY
    months = (after.year - period.start.year) * 12 + after.month - period.start.month
    if after.day != period.start.day or months % 12 or months == 0:
        yield codes.PERIOD_NOT_A_YEAR(study.product.place.at(path="reporting_period"), days=period.days, period=period)
    if period.end > today:
        yield codes.PERIOD_IN_FUTURE(
            study.product.place.at(path="reporting_period"), end=period.end.isoformat(), day=today.isoformat()
        )


def meters_cover_period(footprint: Footprint) -> Iterator[Finding]:
    """Every supply point that is read in the reporting period is read on all its days."""
    study = footprint.system.study
    period = study.reporting_period
    points: dict[tuple[str, str], list[Period]] = {}
    first: dict[tuple[str, str], Place] = {}
    for reading in study.meters:
        if reading.period.start <= reading.period.end and reading.period.overlaps(period):
            points.setdefault((reading.plant, reading.point), []).append(reading.period)
            first.setdefault((reading.plant, reading.point), reading.place)
    for (plant, point), covered in points.items():
        gaps = list(_gaps(period, covered))
        if gaps:
            shown = ", ".join(map(str, gaps[:SHOWN])) + (f" … ({len(gaps)})" if len(gaps) > SHOWN else "")
            yield codes.METER_GAP(
                first[plant, point], point=point, plant=plant, days=sum(gap.days for gap in gaps), gaps=shown
            )


def _gaps(period: Period, covered: Iterable[Period]) -> Iterator[Period]:
    """The spans of `period` that none of `covered` holds."""
    expected: date = period.start
    for one in sorted(covered, key=lambda p: p.start):
        if one.start > expected:
            yield Period(expected, min(one.start - DAY, period.end))
        expected = max(expected, one.end + DAY)
        if expected > period.end:
            return
    if expected <= period.end:
        yield Period(expected, period.end)
