"""One row of a table, asked column by column under the English names; places keep the names as typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zuji.datum import LocalText
from zuji.finding import Place
from zuji.reading import Row
from zuji.study import codes
from zuji.study.amount import Expect, Log, shown
from zuji.study.model import Datum
from zuji.study.node import Node, hint
from zuji.study.read_datum import read_datum, unread
from zuji.study.words import HEADERS, header_of

_DATUM_COLUMNS = (
    "amount",
    "unit",
    "kind",
    "source",
    "evidence",
    "note",
    "period_start",
    "period_end",
    "missing",
)
RATING_COLUMNS = ("dq_technology", "dq_geography", "dq_time", "dq_precision")


class RowNode(Node):
    """One row of a table under the English names of its columns; places name the column as it was typed."""

    def __init__(self, row: Row, typed: Mapping[str, str], log: Log) -> None:
        self.row = row
        data = {name: row.get(column) for name, column in typed.items() if row.get(column)}
        super().__init__(
            data, lambda path: row.place.at(column=typed.get(str(path[0]), "")) if path else row.place, log
        )

    def quantity(self, key: str, unit_key: str, expect: Expect) -> Datum:
        """The datum whose number stands in column `key`, with the kind, source and evidence of the row."""
        columns = {"value": key, "unit": unit_key, "missing": "missing", "": key, "period": "period_start"}
        form = self._shared() | {"value": self.data.get(key), "unit": self.data.get(unit_key)}
        form |= {"missing": self.data.get("missing")} if key in ("amount", "distance") else {}
        self._asked += [key, unit_key]
        if not form["value"] and not form.get("missing"):
            self.log.add(codes.REQUIRED(self.place(key), key=key))
            return unread(expect, self.place(key))
        kept = {name: value for name, value in form.items() if value}
        return read_datum(kept, lambda inner: self.place(columns.get(inner, inner)), expect, self.log)

    def quantity_if_given(self, key: str, unit_key: str, expect: Expect) -> Datum | None:
        """The same, None where the column is empty."""
        self._asked += [key, unit_key]
        return self.quantity(key, unit_key, expect) if self.has(key) else None

    def _shared(self) -> dict[str, Any]:
        self._asked += [*_DATUM_COLUMNS, *RATING_COLUMNS]
        ratings = {name.removeprefix("dq_"): self.data.get(name) for name in RATING_COLUMNS}
        period = {"start": self.data.get("period_start"), "end": self.data.get("period_end")}
        return {
            "kind": self.data.get("kind"),
            "source": self.data.get("source"),
            "evidence": self.data.get("evidence"),
            "note": self.data.get("note"),
            "period": period if any(period.values()) else None,
            "data_quality": {k: v for k, v in ratings.items() if v},
        }

    def named(self, prefix: str = "name") -> LocalText:
        """The text in the columns `…_zh` and `…_en`."""
        return LocalText(self.text(f"{prefix}_zh"), self.text(f"{prefix}_en"))


def columns_of(
    columns: Sequence[str], known: Sequence[str], needed: Sequence[str], place: Place, log: Log
) -> dict[str, str]:
    """English name → header as typed, for the columns of a table; findings for unknown and missing ones."""
    typed: dict[str, str] = {}
    for column in columns:
        name = header_of(column)
        if name in typed:
            log.add(codes.DUPLICATE(place.at(column=column), id=column, first=f"[{typed[name]}]"))
        elif name in known:
            typed[name] = column
        elif column:
            words = [*known, *(alias for one in known for alias in HEADERS.get(one, ()))]
            log.add(codes.UNKNOWN_KEY(place.at(column=column), key=shown(column), hint=hint(column, words)))
    for name in needed:
        if name not in typed:
            log.add(codes.COLUMN_MISSING(place, key=name, chinese=" / ".join(HEADERS.get(name, ()))))
    return typed
