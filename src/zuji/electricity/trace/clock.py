"""Times as people write them become UTC minutes: offsets, time zones, 23- and 25-hour days, period starts and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zuji.i18n import tr

EPOCH = datetime(1970, 1, 1)
_FIXED = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?")
_TIME = re.compile(
    r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T ]+(\d{1,2}):?(\d{2})(?::(\d{2})(?:\.0+)?)?)?\s*"
    r"(Z|UTC|[+-]\d{2}:?\d{2})?"
)


class UnknownZoneError(ValueError):
    """A time zone that neither is a fixed offset nor stands in the machine's database."""


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The time zone that `name` means: `UTC`, `UTC+8`, `+08:00`, or an IANA name; raises UnknownZoneError."""
    if name.upper() in ("UTC", "Z", "GMT", ""):
        return UTC
    fixed = _FIXED.fullmatch(name.strip())
    if fixed:
        sign = -1 if fixed[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(fixed[2]), minutes=int(fixed[3] or 0)))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if name in ("Asia/Shanghai", "PRC"):  # machines without a database; no summer time since 1991
            return timezone(timedelta(hours=8))
        raise UnknownZoneError(name) from error


@dataclass(frozen=True, slots=True)
class Moment:
    """What a text means: minutes since 1970-01-01T00Z, or why it means nothing.

    `twice` is set for a local time that comes twice (the clock is put back): `minute` is the first, `later` the second.
    """

    minute: int = 0
    later: int = 0
    twice: bool = False
    problem: str = ""
    """'' | unreadable | skipped"""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """How a table tells time: its zone, the length of a period [minutes], and whether its labels name start or end."""

    zone: str = "UTC"
    step: int = 60
    ending: bool = False

    def read(self, text: str) -> Moment:
        """The start of the period that `text` labels."""
        match = _TIME.fullmatch(text.strip())
        if match is None:
            return Moment(problem="unreadable", detail=tr("it has no date that can be read"))
        year, month, day, hour, minute = (int(part or 0) for part in match.groups()[:5])
        try:
            naive = datetime(year, month, day) + timedelta(hours=hour, minutes=minute)
        except ValueError as error:
            return Moment(problem="unreadable", detail=str(error))
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return Moment(problem="unreadable", detail=tr("a day ends at 24:00"))
        back = self.step if self.ending else 0
        if match[7]:
            zone = zone_of("UTC" if match[7] in ("Z", "UTC") else match[7])
            return Moment(_minutes(naive, zone, 0) - back)
        zone = zone_of(self.zone)
        first, second = _minutes(naive, zone, 0), _minutes(naive, zone, 1)
        if first == second:
            return Moment(first - back)
        # With the clock put forward fold 0 and 1 change places: the local time does not exist.
        if first > second:
            return Moment(problem="skipped")
        return Moment(first - back, second - back, twice=True)


def _minutes(naive: datetime, zone: tzinfo, fold: int) -> int:
    moment = naive.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None)
    return (moment - EPOCH) // timedelta(minutes=1)


def local_text(hour: int, zone: str) -> str:
    """The start of an hour (since 1970-01-01T00Z) in local time with its offset: `2024-07-01T21:00+08:00`."""
    moment = (EPOCH + timedelta(hours=hour)).replace(tzinfo=UTC).astimezone(zone_of(zone))
    return moment.isoformat(timespec="minutes")


def hours_of_year(year: int, zone: str) -> tuple[int, int]:
    """The first hour of a local year (since 1970-01-01T00Z) and its number of hours: 8,760 or 8,784."""
    first, last = (_minutes(datetime(y, 1, 1), zone_of(zone), 0) // 60 for y in (year, year + 1))
    return first, last - first
