"""Brightway Excel workbooks: sheets with blocks `Database`, `Activity`, `Exchanges` and parameters.

Format: the Excel importer of bw2io. A sheet whose first cell is `skip` is left out; `cutoff` and a number there say
which columns to read. Exchanges find their activity by database and code, else by name, product, unit and location.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zuji.background.importers import codes, format_codes
from zuji.background.importers.brightway_words import uncertainty
from zuji.background.importers.files import Source
from zuji.background.importers.formats import Part
from zuji.background.importers.options import Options
from zuji.background.importers.records import (
    Batch,
    DatasetRecord,
    ExchangeRecord,
    FlowRecord,
    Kind,
    ParameterRecord,
    Uncertainty,
)
from zuji.background.importers.sheets import SUFFIXES, Row, shown, workbook
from zuji.errors import UnreadableError
from zuji.finding import Place

TITLE = "Brightway Excel workbook"
TEXT = 600
KINDS = {
    "production": Kind.PRODUCT, "technosphere": Kind.INPUT, "substitution": Kind.AVOIDED, "biosphere": Kind.EMISSION,
}  # fmt: skip
PARAMETERS = ("parameters", "database parameters", "project parameters")
_BLOCKS = ("activity", "database", "exchanges", *PARAMETERS)
_NOTHING = ("", "(unknown)", "none", "nan")


def recognises(source: Source) -> bool:
    for name in [n for n in source.members if n.lower().endswith(SUFFIXES)][:3]:
        try:
            for _, rows in workbook(source, name):
                firsts = {shown(row[0]).lower() for _, row in zip(range(200), rows, strict=False) if row}
                if "activity" in firsts and {"database", "exchanges"} & firsts:
                    return True
        except UnreadableError as error:
            finding = codes.UNREADABLE_FILE(Place(name), problem=str(error))
            source.findings += [] if finding in source.findings else [finding]
    return False


def parts(source: Source) -> list[Part]:
    return [(source.size(n), (n,)) for n in source.members if n.lower().endswith(SUFFIXES)]


def prepare(source: Source, options: Options) -> None:
    return None


def parse(source: Source, part: Part, shared: object, options: Options) -> Iterator[Batch]:
    for name in part[1]:
        batch = Batch()
        try:
            blocks = [block for sheet, rows in workbook(source, name) for block in _blocks(sheet, rows)]
            _Reader(name, batch).read(blocks)
        except UnreadableError as error:
            batch.findings.append(codes.UNREADABLE_FILE(Place(name), problem=str(error)))
        yield batch


@dataclass(slots=True)
class _Block:
    """A word in the first column and the rows below it, up to the next block or an empty row."""

    sheet: str
    word: str
    name: str
    line: int
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)


def _blocks(sheet: str, rows: Iterator[Row]) -> list[_Block]:
    found: list[_Block] = []
    current: _Block | None = None
    width = 10_000
    for i, row in enumerate(rows, 1):
        first = shown(row[0]) if row else ""
        if i == 1 and first.lower() == "skip":
            return []
        if i == 1 and first.lower() == "cutoff":
            number = row[1] if len(row) > 1 and isinstance(row[1], (int, float)) else width
            width = int(number) if math.isfinite(number) and number > 1 else width
            continue
        cells = row[: width - 1] if width < 10_000 else row
        if first.lower() in _BLOCKS:
            current = _Block(sheet, first.lower(), shown(cells[1]) if len(cells) > 1 else "", i)
            found.append(current)
        elif not any(shown(cell) for cell in cells):
            # An empty row ends a table; facts of an activity may be followed by its exchanges.
            current = None
        elif current is not None:
            current.rows.append((i, cells))
    return found


def _value(cell: Any) -> str:
    text = shown(cell)
    return "" if text.lower() in _NOTHING else text


def _number(cell: Any) -> float:
    if isinstance(cell, bool):
        return math.nan
    if isinstance(cell, (int, float)):
        return float(cell)
    text = _value(cell)
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan


@dataclass(slots=True)
class _Activity:
    """An activity with the facts that others find it by."""

    record: DatasetRecord
    database: str
    facts: Mapping[str, str]
    block: _Block
    exchanges: list[_Block] = field(default_factory=list)
    parameters: list[_Block] = field(default_factory=list)

    @property
    def keys(self) -> list[tuple[str, ...]]:
        f = self.facts
        name, unit, place = self.block.name, f.get("unit", ""), f.get("location", "")
        product = f.get("reference product") or f.get("product") or ""
        full = [("code", self.database, f["code"])] if f.get("code") else []
        named = [
            (name, product, unit, place),
            (name, "", unit, place),
            (name, "", unit, ""),
            (product, "", unit, place),
        ]
        return [*full, *(("name", self.database, *key) for key in dict.fromkeys(named) if key[0])]


@dataclass(slots=True)
class _Reader:
    file: str
    batch: Batch
    index: dict[tuple[str, ...], str] = field(default_factory=dict)

    def read(self, blocks: Sequence[_Block]) -> None:
        database = ""
        activities: list[_Activity] = []
        current: _Activity | None = None
        sheet = ""
        for block in blocks:
            if block.sheet != sheet:
                sheet, current = block.sheet, None
            if block.word == "database":
                database, current = block.name, None
            elif block.word == "activity":
                current = self._activity(block, database)
                activities.append(current)
            elif block.word == "exchanges":
                if current is None:
                    problem = "'Exchanges' without an activity above it"
                    self.batch.findings.append(format_codes.BAD_ROW(self._place(block.line, sheet), problem=problem))
                else:
                    current.exchanges.append(block)
            elif block.word == "parameters" and current is not None:
                current.parameters.append(block)
            else:
                self.batch.parameters += self._parameters(block)
        twice: set[tuple[str, ...]] = set()
        for one in activities:
            for key in one.keys:
                if self.index.setdefault(key, one.record.id) != one.record.id:
                    twice.add(key)
        for key in twice:
            # Two activities of one name: only what tells them apart may link to them.
            del self.index[key]
        for one in activities:
            self._exchanges(one)
            for block in one.parameters:
                one.record.parameters += self._parameters(block)
            self.batch.datasets.append(one.record)

    def _place(self, line: int, sheet: str) -> Place:
        return Place(self.file, line, sheet)

    def _activity(self, block: _Block, database: str) -> _Activity:
        facts = {shown(row[0]).lower(): _value(row[1]) for _, row in block.rows if len(row) > 1 and shown(row[0])}
        name = block.name or facts.get("name", "")
        parts = (name, facts.get("reference product", ""), facts.get("unit", ""), facts.get("location", ""))
        record = DatasetRecord(
            id=facts.get("code") or "|".join(parts),
            name=name,
            name_zh=name if any("\u4e00" <= c <= "\u9fff" for c in name) else "",
            geography=facts.get("location", ""),
            category=facts.get("categories", "").replace("::", "/"),
            technology=facts.get("technology", "")[:TEXT],
            system_model=facts.get("system model", ""),
            citation=(facts.get("source") or facts.get("reference") or "")[:TEXT],
            notes=facts.get("comment", "")[:TEXT],
            file=self.file,
            line=block.line,
        )
        record.reference = f"product|{record.id}"
        product = facts.get("reference product") or facts.get("product") or name
        self.batch.flows[record.reference] = FlowRecord(record.reference, name=product)
        return _Activity(record, facts.get("database") or database, facts, block)

    def _tables(self, block: _Block) -> Iterator[tuple[int, dict[str, Any]]]:
        if not block.rows:
            return
        headers = [shown(cell).lower() for cell in block.rows[0][1]]
        for line, row in block.rows[1:]:
            found = {h: cell for h, cell in zip(headers, row, strict=False) if h and _value(cell)}
            if found:
                yield line, found

    def _parameters(self, block: _Block) -> list[ParameterRecord]:
        found = []
        for line, row in self._tables(block):
            name, formula = _value(row.get("name")), _value(row.get("formula"))
            if not name:
                self.batch.findings.append(
                    format_codes.BAD_ROW(self._place(line, block.sheet), problem="a parameter without a name")
                )
                continue
            amount = math.nan if formula else _number(row.get("amount"))
            found.append(ParameterRecord(name, amount, formula=formula, line=line))
        return found

    def _exchanges(self, one: _Activity) -> None:
        record, facts = one.record, one.facts
        unit = facts.get("unit", "")
        made = False
        for block in one.exchanges:
            for line, row in self._tables(block):
                word = _value(row.get("type")).lower() or "technosphere"
                kind = KINDS.get(word)
                if kind is None:
                    feature = f"Brightway exchange type '{word[:30]}'"
                    self.batch.ignored[feature] = self.batch.ignored.get(feature, 0) + 1
                    continue
                exchange = self._exchange(kind, line, row, one)
                made = made or kind is Kind.PRODUCT
                record.exchanges.append(exchange)
        if not made:
            # As in bw2data: an activity that states no production makes its production amount, one by default.
            stated = facts.get("production amount", "")
            amount = _number(stated) if stated else 1.0
            record.exchanges.append(ExchangeRecord(Kind.PRODUCT, record.reference, amount, unit, line=record.line))

    def _exchange(self, kind: Kind, line: int, row: Mapping[str, Any], one: _Activity) -> ExchangeRecord:
        record = one.record
        name, place = _value(row.get("name")), _value(row.get("location"))
        unit = _value(row.get("unit")) or (one.facts.get("unit", "") if kind is Kind.PRODUCT else "")
        formula = _value(row.get("formula"))
        amount = math.nan if formula else _number(row.get("amount"))
        provider = ""
        if kind is Kind.EMISSION:
            key, kind = self._elementary(row, name, unit)
        elif kind is Kind.PRODUCT and self._is_own(row, name, one):
            key = record.reference
        else:
            provider = self._provider(row, name, unit, place, one.database)
            key = f"product|{provider}" if provider else f"other|{name}|{unit}|{place}"
            self.batch.flows.setdefault(key, FlowRecord(key, name=name, location=place))
        return ExchangeRecord(
            kind,
            key,
            amount,
            unit,
            provider=provider if kind is not Kind.PRODUCT else "",
            location=place if kind in (Kind.INPUT, Kind.AVOIDED) else "",
            formula=formula,
            uncertainty=self._uncertainty(row),
            line=line,
        )

    def _is_own(self, row: Mapping[str, Any], name: str, one: _Activity) -> bool:
        product = one.facts.get("reference product") or one.facts.get("product") or ""
        return name in ("", one.block.name, product) or _value(row.get("code")) == one.facts.get("code", "\0")

    def _provider(self, row: Mapping[str, Any], name: str, unit: str, place: str, own: str) -> str:
        database = _value(row.get("database")) or own
        given = _value(row.get("input")).strip("()").replace("'", "").replace('"', "").split(",")
        if len(given) == 2:
            database, code = given[0].strip(), given[1].strip()
        else:
            code = _value(row.get("code"))
        if code and (found := self.index.get(("code", database, code))):
            return found
        product = _value(row.get("reference product")) or _value(row.get("product"))
        return self.index.get(("name", database, name, product, unit, place), "")

    def _elementary(self, row: Mapping[str, Any], name: str, unit: str) -> tuple[str, Kind]:
        levels = [part.strip() for part in _value(row.get("categories")).split("::")]
        given = _value(row.get("input")).strip("()").replace("'", "").replace('"', "").split(",")
        code = _value(row.get("code")) or (given[1].strip() if len(given) == 2 else "")
        key = code or "|".join((name, *levels, unit))
        self.batch.flows.setdefault(
            key,
            FlowRecord(
                key,
                name=name,
                unit=unit,
                elementary=True,
                compartment=levels[0],
                subcompartment="/".join(levels[1:]),
                cas=_value(row.get("cas number")) or _value(row.get("cas")),
            ),
        )
        resource = levels[0].lower() in ("natural resource", "resource", "resources", "inventory indicator")
        return key, Kind.RESOURCE if resource else Kind.EMISSION

    def _uncertainty(self, row: Mapping[str, Any]) -> Uncertainty | None:
        fields = ("uncertainty type", "loc", "scale", "shape", "minimum", "maximum")
        kind, loc, scale, shape, low, high = (_number(row.get(name)) for name in fields)
        return uncertainty(kind, loc, scale, shape, low, high, self.batch.ignored)
