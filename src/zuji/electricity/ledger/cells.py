"""Cells of the ledger's tables: hours, energies, words; what is wrong becomes a finding at its file and line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction
from math import floor

from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.events import FindingError
from zuji.electricity.ledger.hours import EPOCH, zone
from zuji.electricity.ledger.words import said
from zuji.finding import Finding, Place
from zuji.i18n import N_
from zuji.reading import Row, Table
from zuji.study.amount import ENERGY, Log, read_amount
from zuji.study.node import hint


class CellError(FindingError):
    """A cell cannot be read; the finding says why."""


class Cells:
    """One row, asked column by column; raises CellError."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def place(self, column: str = "") -> Place:
        """Where a cell stands."""
        return self.row.place.at(column=column) if column else self.row.place

    def fail(self, column: str, problem: LocalText) -> CellError:
        """The error for a column."""
        return CellError(codes.ROW(self.place(column), problem=problem))

    def text(self, column: str, default: str | None = None) -> str:
        """A text; needed unless a default is given."""
        value = self.row.get(column, default or "")
        if not value and default is None:
            raise self.fail(column, said(N_("'{column}' is empty"), column=column))
        return value

    def word(self, column: str, known: Sequence[str], default: str | None = None) -> str:
        """One of the known words."""
        value = self.text(column, default)
        if value not in known:
            raise self.fail(
                column,
                said(
                    N_("'{value}' is not one of {known}{hint}"),
                    value=value,
                    known=", ".join(known),
                    hint=hint(value, known),
                ),
            )
        return value

    def energy(self, column: str, unit: str = "unit") -> Fraction:
        """An energy [Wh], exact; its unit stands in the cell or in the column of units."""
        log = Log()
        found = read_amount(self.text(column), self.row.get(unit), self.place(column), self.place(unit), ENERGY, log)
        if found is None:
            raise CellError(log.findings[0])
        wh = Fraction(found[0]) * found[1].factor * 1000
        if wh < 0:
            raise self.fail(column, said(N_("'{column}' is negative"), column=column))
        return wh

    def whole_wh(self, column: str) -> int:
        """An energy in whole Wh; a part of one is refused."""
        wh = self.energy(column)
        if wh.denominator != 1:
            raise self.fail(column, said(N_("{wh} Wh are not whole Wh"), wh=f"{float(wh):.12g}"))
        return int(wh)

    def day(self, column: str, default: date | None = None) -> date:
        """A day, YYYY-MM-DD."""
        text = self.text(column, default.isoformat() if default else None)
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise self.fail(column, said(N_("'{text}' is not a day (YYYY-MM-DD)"), text=text)) from error

    def zone(self, column: str) -> str:
        """A time zone."""
        name = self.text(column, "UTC")
        try:
            zone(name)
        except ValueError as error:
            raise self.fail(
                column, said(N_("'{name}' is no time zone: write +08:00 or Asia/Shanghai"), name=name)
            ) from error
        return name

    def moment(self, column: str, tz: tzinfo, *, last: bool = False) -> datetime:
        """A moment; a day alone is its first moment, or with `last` the first moment after it.

        A local time that does not exist or exists twice (daylight saving) is refused: it needs its offset.
        """
        text = self.text(column)
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.fail(
                column, said(N_("'{text}' is neither a day nor a time (2024-07-01T13:00)"), text=text)
            ) from error
        if len(text) <= 10 and last:
            found += timedelta(days=1)
        if found.tzinfo is not None:
            return found
        early, late = found.replace(tzinfo=tz, fold=0), found.replace(tzinfo=tz, fold=1)
        if early.utcoffset() != late.utcoffset():
            exists = early.astimezone(EPOCH.tzinfo).astimezone(tz).replace(tzinfo=None) == found
            problem = (
                said(N_("{text} is there twice"), text=text) if exists else said(N_("{text} does not exist"), text=text)
            )
            raise CellError(codes.HOUR_MISSING(self.place(column), problem=problem))
        return early

    def hours(self, start: str, end: str, tz: tzinfo) -> tuple[int, int]:
        """Whole hours [start, end); both days belong to the span when they are days."""
        span = (self.moment(start, tz), self.moment(end, tz, last=True))
        whole = [divmod(one - EPOCH, timedelta(hours=1)) for one in span]
        for column, (_, rest) in zip((start, end), whole, strict=True):
            if rest:
                raise self.fail(column, said(N_("'{text}' is not the start of an hour"), text=self.text(column)))
        if whole[0][0] >= whole[1][0]:
            raise self.fail(end, said(N_("the end is not after the start")))
        return whole[0][0], whole[1][0]


def down(wh: Fraction | int) -> int:
    """Whole Wh, rounded down, as granular certificates demand."""
    return floor(wh)


def columns_known(table: Table, file: str, known: Sequence[str], needed: Sequence[str]) -> list[Finding]:
    """Findings for columns that are missing or unknown."""
    place = Place(file, 1)
    found = [
        codes.ROW(
            place.at(column=one),
            problem=said(N_("the column '{one}' is not known{hint}"), one=one, hint=hint(one, known)),
        )
        for one in table.columns
        if one and one not in known
    ]
    return found + [
        codes.ROW(place, problem=said(N_("the column '{one}' is missing"), one=one))
        for one in needed
        if one not in table.columns
    ]
