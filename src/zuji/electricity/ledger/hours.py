"""Hours as whole numbers since 1970-01-01T00:00Z, energy per hour as integer Wh, and whether demands fit into hours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Wh = NDArray[np.int64]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def zone(name: str) -> tzinfo:
    """The time zone `+08:00`, `UTC` or `Asia/Shanghai`; raises ValueError for any other text."""
    match = _OFFSET.fullmatch(name)
    if match:
        minutes = int(match[2]) * 60 + int(match[3])
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    if name in ("", "UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone") from error


def hour_of(moment: datetime) -> int:
    """The number of the UTC hour that starts at `moment`; raises ValueError for part of an hour or no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    hours, rest = divmod(moment - EPOCH, HOUR)
    if rest:
        raise ValueError(f"{moment.isoformat()} is not the start of an hour")
    return hours


def moment_of(hour: int, tz: tzinfo = UTC) -> datetime:
    """The moment at which hour `hour` starts, in `tz`."""
    return (EPOCH + hour * HOUR).astimezone(tz)


def shown(hour: int) -> str:
    """Hour `hour` as text, for example `2024-07-01T00Z`."""
    return moment_of(hour).strftime("%Y-%m-%dT%HZ")


def local_hours(first: date, last: date, tz: tzinfo) -> tuple[int, int]:
    """The hours [start, end) of the local days `first` to `last`, both included: a day of 23 or 25 hours keeps them."""
    after = last + timedelta(days=1)
    start = datetime.combine(first, time(), tz)
    end = datetime.combine(after, time(), tz)
    return hour_of(start), hour_of(end)


def local_day(hour: int, tz: tzinfo) -> date:
    """The local day that hour `hour` belongs to."""
    return moment_of(hour, tz).date()


class Series:
    """Integer Wh by hour, with which hours are known; unknown hours are not zero, they are unknown."""

    def __init__(self) -> None:
        self.start = 0
        self.wh: Wh = np.zeros(0, np.int64)
        self.known: NDArray[np.bool_] = np.zeros(0, np.bool_)

    @property
    def end(self) -> int:
        """The first hour after the series."""
        return self.start + len(self.wh)

    def _reach(self, start: int, end: int) -> None:
        if not len(self.wh):
            self.start = start
        low, high = min(start, self.start), max(end, self.end)
        if low < self.start or high > self.end:
            wh, known = np.zeros(high - low, np.int64), np.zeros(high - low, np.bool_)
            at = self.start - low
            wh[at : at + len(self.wh)] = self.wh
            known[at : at + len(self.wh)] = self.known
            self.start, self.wh, self.known = low, wh, known

    def first_known(self, start: int, length: int) -> int | None:
        """The first hour of [start, start + length) that is known already."""
        _, known = self.window(start, start + length)
        return start + int(np.argmax(known)) if known.any() else None

    def add(self, start: int, wh: Wh) -> None:
        """Add `wh` [Wh] to the hours from `start` on; they are known from then on."""
        self._reach(start, start + len(wh))
        at = start - self.start
        self.wh[at : at + len(wh)] += wh
        self.known[at : at + len(wh)] = True

    def window(self, start: int, end: int) -> tuple[Wh, NDArray[np.bool_]]:
        """Values [Wh] and whether they are known, for the hours [start, end)."""
        wh, known = np.zeros(max(end - start, 0), np.int64), np.zeros(max(end - start, 0), np.bool_)
        low, high = max(start, self.start), min(end, self.end)
        if low < high:
            wh[low - start : high - start] = self.wh[low - self.start : high - self.start]
            known[low - start : high - start] = self.known[low - self.start : high - self.start]
        return wh, known


class Demands:
    """Demands on hours: hour by hour, and over spans of hours whose place inside the span is open."""

    def __init__(self) -> None:
        self.hourly = Series()
        self.spans: dict[tuple[int, int], int] = {}

    def add(self, start: int, slot: int, wh: Wh, sign: int = 1) -> None:
        """Add (or with sign -1 take back) `wh` [Wh], one value per slot of `slot` hours from hour `start` on."""
        if slot == 1:
            self.hourly.add(start, sign * wh)
            return
        for i, value in enumerate(wh.tolist()):
            key = (start + i * slot, start + (i + 1) * slot)
            self.spans[key] = self.spans.get(key, 0) + sign * value
            if not self.spans[key]:
                del self.spans[key]

    def excess(self, capacity: Series) -> tuple[int, int, int, int] | None:
        """None when the demands fit into `capacity`, else (start, end, demanded, available) of hours that are too full.

        Exact for any mixture of hours and overlapping spans: spans are intervals, so by Hall's theorem it is enough to
        compare what lies inside [first hour of one span, last hour of another] with what these hours have left.
        """
        low = min([self.hourly.start, *(s for s, _ in self.spans)]) if self.spans else self.hourly.start
        high = max([self.hourly.end, *(e for _, e in self.spans)]) if self.spans else self.hourly.end
        cap, _ = capacity.window(low, high)
        used, _ = self.hourly.window(low, high)
        left = cap - used
        if (left < 0).any():
            at = int(np.argmax(left < 0))
            return low + at, low + at + 1, int(used[at]), int(cap[at])
        if not self.spans:
            return None
        return self._spans_excess(low, left)

    def _spans_excess(self, low: int, left: Wh) -> tuple[int, int, int, int] | None:
        total = np.concatenate([[0], np.cumsum(left)])
        keys = sorted(self.spans)
        first, last = (np.array(side) for side in zip(*keys, strict=True))
        if (last[:-1] <= first[1:]).all():
            # Spans that share no hour, as months do: each for itself.
            wanted, available = np.array([self.spans[key] for key in keys]), total[last - low] - total[first - low]
            found = np.flatnonzero(wanted > available)
            if not len(found):
                return None
            at = int(found[0])
            return int(first[at]), int(last[at]), int(wanted[at]), int(available[at])
        return self._overlapping_excess(low, total)

    def _overlapping_excess(self, low: int, total: Wh) -> tuple[int, int, int, int] | None:
        starts = sorted({s for s, _ in self.spans})
        ends = sorted({e for _, e in self.spans})
        row, column = {s: i for i, s in enumerate(starts)}, {e: i for i, e in enumerate(ends)}
        inside = np.zeros((len(starts), len(ends)), np.int64)
        for (s, e), wh in self.spans.items():
            inside[row[s], column[e]] += wh
        inside = np.cumsum(np.cumsum(inside[::-1], axis=0)[::-1], axis=1)
        available = total[np.array(ends) - low][None, :] - total[np.array(starts) - low][:, None]
        over = (inside > available) & (np.array(ends)[None, :] > np.array(starts)[:, None])
        if not over.any():
            return None
        i, j = (int(k) for k in np.argwhere(over)[0])
        return starts[i], ends[j], int(inside[i, j]), int(available[i, j])


def spread(total: int, weights: NDArray[np.float64] | Wh) -> Wh:
    """`total` [Wh] over hours in proportion to `weights`, integers that add up to `total` exactly.

    Largest remainders get the last Wh, the earlier hour where remainders are equal; weights that are all zero count as
    equal. Raises ValueError for a negative weight or no hour at all.
    """
    share = np.asarray(weights, np.float64)
    if not len(share) or (share < 0).any() or not np.isfinite(share).all():
        raise ValueError("weights must be finite, not negative, and at least one")
    if not share.any():
        share = np.ones_like(share)
    exact = share * (total / share.sum())
    floor: Wh = np.floor(exact).astype(np.int64)
    rest = total - int(floor.sum())
    order = np.argsort(-(exact - floor), kind="stable")
    while rest:  # float error can leave a few Wh beyond one round
        step = 1 if rest > 0 else -1
        open_ = order if step > 0 else order[floor[order] > 0][::-1]
        chosen = open_[: abs(rest)]
        floor[chosen] += step
        rest -= step * len(chosen)
    return floor


def integers(values: Iterable[object]) -> Wh:
    """Whole, not negative numbers as an array [Wh]; raises ValueError for anything else."""
    found = list(values)
    if not all(type(v) is int and 0 <= v < 2**53 for v in found):
        raise ValueError("energy is given in whole Wh, not negative")
    return np.array(found, np.int64)
