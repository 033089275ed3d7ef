"""Dates and periods as people and spreadsheets write them: year, month, day, in that order."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, datetime, time, timedelta

from zuji.datum import Period
from zuji.finding import Finding, Place
from zuji.study import codes

_MONTH = r"\s*[-/.年]\s*(\d{1,2})"
_DAY = r"\s*[-/.月]\s*(\d{1,2})\s*日?"
_CLOCK = r"[T ](\d{1,2}):(\d{2})"
_TIME = r"[T ]\d{1,2}:\d{2}.*"
_DATE = re.compile(rf"(\d{{4}})(?:{_MONTH}(?:{_DAY})?\s*月?)?\s*年?(?:{_TIME})?", re.DOTALL)


def date_span(text: str) -> Period | None:
    """The day, month or year that `text` names, as a period; None when it names none."""
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        first = date(year, month or 1, day or 1)
        last_month = month or 12
        return Period(first, date(year, last_month, day or calendar.monthrange(year, last_month)[1]))
    except (ValueError, IndexError):
        return None


def moment(text: str) -> datetime | None:
    """The day and time that `text` names; None without a time of day. 11:59 and 23:59 mean the whole minute."""
    plain = unicodedata.normalize("NFKC", text).strip()
    span, found = date_span(plain), re.search(_CLOCK, plain)
    if span is None or span.days != 1 or found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    if hour > 24 or minute > 59:
        return None
    return datetime.combine(span.start, time()) + timedelta(hours=hour, minutes=minute + (minute == 59))


def date_of(text: str, place: Place, findings: list[Finding]) -> date | None:
    """The day that `text` names; a finding for anything else, also for a month or a year."""
    span = date_span(text)
    if span is None or span.days != 1:
        findings.append(codes.DATE(place, value=text[:60]))
        return None
    return span.start


def period_of(start: str, end: str, place: Place, findings: list[Finding]) -> Period | None:
    """From the first day of `start` to the last of `end`; alone, `start` may be a year, month or `from/to`.

    >>> from zuji.finding import NOWHERE
    >>> str(period_of("2025", "", NOWHERE, []))
    '2025-01-01/2025-12-31'
    """
    if not end and re.fullmatch(r"\s*\S{8,}\s*(?:/|至|到|~)\s*\S{8,}\s*", start) and date_span(start) is None:
        start, end = re.split(r"(?<=\S{8})\s*(?:/|至|到|~)\s*(?=\S{8})", start.strip(), maxsplit=1)
    spans = [date_span(text) for text in (start, end or start)]
    for text, span in zip((start, end or start), spans, strict=True):
        if span is None:
            findings.append(codes.DATE(place, value=text[:60]))
            break
    first, last = spans
    return Period(first.start, last.end) if first and last else None
