"""Rows with a time and a column become arrays (T,W): quarters are summed, gaps stay missing, nothing doubles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Array
from zuji.electricity.trace.check import hour_text
from zuji.electricity.trace.clock import Clock
from zuji.electricity.trace.labels import Integers
from zuji.electricity.trace.readers.tables import Columns

NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class Placed:
    """A series as (T,W) [unit of the table] and the first line of each cell, 0 where there is no row."""

    values: Array
    lines: NDArray[np.int32]


def minutes(table: Columns, clock: Clock, column: str, series: Integers) -> Integers:
    """The start of every row's period in minutes since 1970-01-01T00Z; `NO_TIME` and a finding where there is none.

    A local time that comes twice is the earlier one for the first row of a series and the later one for the second.
    """
    words = table.words[column]
    moments = [clock.read(word) for word in words]
    index = table.codes[column]
    if not len(index):
        return np.zeros(0, dtype=np.int64)
    out = np.array([m.minute if not m.problem else NO_TIME for m in moments], dtype=np.int64)[index]
    for i, moment in enumerate(moments):
        if moment.problem:
            line = int(table.lines[np.flatnonzero(index == i)[0]])
            if moment.problem == "skipped":
                table.report.add(codes.NO_SUCH_HOUR, line, column, value=words[i], zone=clock.zone)
            else:
                table.report.add(codes.BAD_TIME, line, column, value=words[i], problem=moment.detail)
        elif moment.twice:
            rows = np.flatnonzero(index == i)
            order = rows[np.argsort(series[rows], kind="stable")]
            same = np.diff(series[order], prepend=-2) == 0
            out[order[same]] = moment.later
            count = np.bincount(series[order][series[order] >= 0])
            for s in np.flatnonzero(count == 1):
                line = int(table.lines[order[series[order] == s][0]])
                table.report.add(codes.HOUR_ONCE, line, column, value=words[i], zone=clock.zone)
    off = (out != NO_TIME) & (out % clock.step != 0) & (clock.step <= 60)
    for row in np.flatnonzero(off):
        table.report.add(codes.OFF_GRID_TIME, int(table.lines[row]), column, value=words[index[row]], step=clock.step)
    out[off] = NO_TIME
    return out


def hours_between(starts: Sequence[Integers], step: int) -> Integers:
    """Every period start, in hours, from the earliest to the latest of `starts` [minutes]."""
    known = np.concatenate([s[s != NO_TIME] for s in starts]) if starts else np.zeros(0, dtype=np.int64)
    if not len(known):
        return np.zeros(0, dtype=np.int64)
    length = max(step // 60, 1)
    return np.arange(known.min() // 60, known.max() // 60 + 1, length, dtype=np.int64)


def placed(
    table: Columns,
    values: Array,
    series: Integers,
    starts: Integers,
    hours: Integers,
    names: Sequence[str],
    clock: Clock,
) -> Placed:
    """The rows as (T,W), W = len(names): the sum over the parts of each hour.

    An hour with only some of its parts is missing, and said; a second row for the same time is an error.
    """
    t, w = len(hours), len(names)
    parts = max(60 // clock.step, 1)
    array, count, first = np.zeros(t * w), np.zeros(t * w, dtype=np.int64), np.zeros(t * w, dtype=np.int32)
    length = max(clock.step // 60, 1)
    use = (series >= 0) & (starts != NO_TIME)
    slot = np.where(use, (starts // 60 - (hours[0] if t else 0)) // length, -1)
    use &= (slot >= 0) & (slot < t)
    rows = np.flatnonzero(use)
    key = starts[rows] * w + series[rows]
    order = np.argsort(key, kind="stable")
    again = np.concatenate([[False], key[order][1:] == key[order][:-1]]) if len(order) else np.zeros(0, dtype=bool)
    for position in np.flatnonzero(again):
        row, before = rows[order[position]], rows[order[position - 1]]
        hour = hour_text(int(starts[row] // 60))
        table.report.add(
            codes.DUPLICATE, int(table.lines[row]), name=names[series[row]], hour=hour, first=int(table.lines[before])
        )
    rows = np.sort(rows[order[~again]])
    cell = slot[rows] * w + series[rows]
    known = ~np.isnan(values[rows])
    np.add.at(array, cell[known], values[rows][known])
    np.add.at(count, cell[known], 1)
    # Backwards, so that the first line is the one that stays.
    first[cell[::-1]] = table.lines[rows][::-1]
    whole = count == parts
    for c in np.flatnonzero((count > 0) & ~whole).tolist():
        table.report.add(
            codes.PART_OF_HOUR, int(first[c]), name=names[c % w], hour=hour_text(int(hours[c // w])),
            found=int(count[c]), expected=parts,
        )  # fmt: skip
    return Placed(np.where(whole, array, np.nan).reshape(t, w), first.reshape(t, w))
