"""SimaPro CSV: blocks of processes, units, substances, parameters and methods; links go by the names of products.

Format: as SimaPro 7 to 9 write it (CSV format 7.0 to 9.0). The header says separator and decimal sign; amounts may be
expressions of parameters of the process, the project and the database.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from zuji.background.importers import codes, format_codes
from zuji.background.importers import simapro_words as words
from zuji.background.importers.files import Source
from zuji.background.importers.formats import Part
from zuji.background.importers.formula import Scope
from zuji.background.importers.options import Options
from zuji.background.importers.records import (
    Batch,
    DatasetRecord,
    ExchangeRecord,
    FlowRecord,
    Kind,
    MethodRecord,
    ParameterRecord,
    Uncertainty,
)
from zuji.background.importers.simapro_lines import Header, Section, header_of, sections
from zuji.background.importers.sniff import any_starts
from zuji.background.importers.unit_table import UnitTable
from zuji.errors import FormulaError, UnreadableError
from zuji.finding import Finding, Place

TITLE = "SimaPro CSV"
TEXT = 600
WITHIN = 64
"""Processes after which a batch is handed over: the memory of a large file stays bounded."""
SUFFIXES = (".csv", ".txt")


@dataclass(slots=True)
class Shared:
    """What stands behind the processes in a file, and what methods need to know of the processes."""

    headers: dict[str, Header] = field(default_factory=dict)
    units: UnitTable = field(default_factory=UnitTable)
    cas: dict[tuple[str, str], str] = field(default_factory=dict)
    """(compartment, substance) → CAS number"""
    used: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """(compartment, substance) → subcompartments in which it occurs"""
    parameters: tuple[ParameterRecord, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def recognises(source: Source) -> bool:
    return any_starts(source, SUFFIXES, "{SimaPro", "{CSV separator")


def _members(source: Source) -> list[str]:
    return [n for n in source.members if n.lower().endswith(SUFFIXES)]


def parts(source: Source) -> list[Part]:
    return [(source.size(name), (name,)) for name in _members(source)]


def prepare(source: Source, options: Options) -> Shared:
    """One pass over all files: units, substances and parameters stand behind the processes that need them."""
    shared = Shared()
    used: dict[tuple[str, str], dict[str, None]] = {}
    database: list[ParameterRecord] = []
    project: list[ParameterRecord] = []
    for name in _members(source):
        try:
            header = shared.headers[name] = header_of(source, name)
            # What is wrong with the lines is said when the file is parsed.
            for section in sections(source, name, header.separator, []):
                _gather(section, header, shared, used, database, project)
        except UnreadableError:
            continue
    shared.used = {key: tuple(subs) for key, subs in used.items()}
    shared.parameters = (*database, *project)
    return shared


def _gather(
    section: Section,
    header: Header,
    shared: Shared,
    used: dict[tuple[str, str], dict[str, None]],
    database: list[ParameterRecord],
    project: list[ParameterRecord],
) -> None:
    block, heading = section.block.lower(), section.name.lower()
    if block == "process":
        if heading in words.FLOWS:
            compartment = words.FLOWS[heading][1]
            for _, row in section.rows:
                used.setdefault((compartment, row[0]), {})[_sub(row)] = None
    elif block == "units" and heading == block:
        for _, row in section.rows:
            if len(row) >= 4:
                shared.units.add({row[0]: (row[3], words.number(row[2], header.decimal))})
    elif block in words.FLOWS and heading == block:
        for _, row in section.rows:
            if len(row) > 2 and row[2]:
                shared.cas[words.FLOWS[block][1], row[0]] = row[2]
    elif block in (*words.INPUT_PARAMETERS, *words.CALCULATED) and heading == block:
        target = project if block.startswith("project") else database
        target += [_parameter(line, row, block, header.decimal) for line, row in section.rows]


def _sub(row: Sequence[str]) -> str:
    return row[1] if len(row) > 1 else ""


def _parameter(line: int, row: Sequence[str], heading: str, decimal: str) -> ParameterRecord:
    given = row[1] if len(row) > 1 else ""
    if heading in words.CALCULATED:
        return ParameterRecord(row[0], formula=words.expression(given, decimal), line=line)
    value = words.number(given, decimal)
    return ParameterRecord(row[0], value, uncertainty=words.uncertainty(row[2:6], value, decimal), line=line)


def parse(source: Source, part: Part, shared: Shared, options: Options) -> Iterator[Batch]:
    named = {p.name: (p.amount, p.formula) for p in shared.parameters}
    outer = Scope(named)
    for name in part[1]:
        batch = Batch()
        header = shared.headers.get(name)
        if header is None:
            header = header_of(source, name)
        rows: list[Section] = []
        for section in sections(source, name, header.separator, batch.findings):
            block = section.block.lower()
            if section.name != "End":
                if block in ("process", "method"):
                    rows.append(section)
                continue
            if block == "process":
                _Process(rows, name, header, shared, outer, batch).read()
            elif block == "method":
                _methods(rows, name, header, shared, batch)
            elif block in ("product stage", *words.REFUSED):
                _ignore(batch, "SimaPro product stages and waste scenarios")
            rows = []
            if len(batch.datasets) >= WITHIN:
                yield batch
                batch = Batch()
        yield batch


def _ignore(batch: Batch, feature: str) -> None:
    batch.ignored[feature] = batch.ignored.get(feature, 0) + 1


@dataclass(slots=True)
class _Process:
    rows: list[Section]
    file: str
    header: Header
    shared: Shared
    outer: Scope
    batch: Batch
    scope: Scope | None = None

    def read(self) -> None:
        first = {section.name.lower(): section for section in reversed(self.rows)}
        if {"waste scenario", "separated waste"} & set(first) and "waste treatment" not in first:
            _ignore(self.batch, "SimaPro product stages and waste scenarios")
            return
        made = [(s.name.lower(), line, row) for s in self.rows for line, row in s.rows
                if s.name.lower() in ("products", "waste treatment")]  # fmt: skip
        line = self.rows[0].line if self.rows else 1
        if not made:
            label = _text(first.get("process name")) or _text(first.get("process identifier")) or self.file
            self.batch.findings.append(codes.NO_REFERENCE(Place(self.file, line), dataset=label))
            return
        product = made[0][2]
        category = product[5] if made[0][0] == "products" and len(product) > 5 else "".join(product[4:5])
        record = DatasetRecord(
            id=_text(first.get("process identifier")) or _text(first.get("platformid")) or product[0],
            # Each of several products has its own name, which is that of its flow.
            name=_text(first.get("process name")) if len(made) > 1 else product[0],
            name_zh=product[0] if len(made) == 1 and any("\u4e00" <= c <= "\u9fff" for c in product[0]) else "",
            reference=product[0],
            geography=words.place_of(product[0], _text(first.get("geography"))),
            year=_stated(_text(first.get("time period"))),
            technology=_stated(_text(first.get("technology")))[:TEXT],
            category="/".join(p for p in (_text(first.get("category type")), *category.split("\\")) if p)[:TEXT],
            citation=_text(first.get("literature references"))[:TEXT],
            notes=_text(first.get("comment"))[:TEXT],
            system_model=_text(first.get("system description")),
            terminated=_text(first.get("type")).lower() == "system",
            file=self.file,
            line=line,
        )
        self._parameters(record)
        shares: dict[str, float] = {}
        for heading, number, row in made:
            self._product(heading, number, row, record, shares)
        for section in self.rows:
            heading = section.name.lower()
            if heading in words.PRODUCTS or heading in words.FLOWS:
                for number, row in section.rows:
                    self._exchange(heading, number, row, record)
            elif heading in words.REFUSED and section.rows:
                _ignore(self.batch, f"SimaPro section '{section.name[:40]}'")
        if len(shares) > 1:
            record.shares = shares
        self.batch.datasets.append(record)

    def _parameters(self, record: DatasetRecord) -> None:
        for section in self.rows:
            heading = section.name.lower()
            if heading in words.INPUT_PARAMETERS or heading in words.CALCULATED:
                record.parameters += [_parameter(n, row, heading, self.header.decimal) for n, row in section.rows]
        if record.parameters:
            self.scope = Scope({p.name: (p.amount, p.formula) for p in record.parameters}, self.outer)

    def _amount(self, text: str) -> tuple[float, str]:
        """(amount, formula); NaN with the formula where it cannot be evaluated, which the common part reports."""
        value = words.number(text, self.header.decimal)
        if not math.isnan(value) or not text.strip():
            return value, ""
        formula = words.expression(text, self.header.decimal)
        try:
            return (self.scope or self.outer).evaluate(formula), formula
        except FormulaError:
            return math.nan, formula

    def _unit(self, text: str, amount: float, formula: str) -> tuple[str, float, str, float]:
        factor, unit = self.shared.units.normal(text)
        if factor != 1 and formula:
            formula = f"({factor!r})*({formula})"
        return unit, amount * factor, formula, factor

    def _product(
        self, heading: str, line: int, row: Sequence[str], record: DatasetRecord, shares: dict[str, float]
    ) -> None:
        if len(row) < 3:
            self._short(line, row, "name;unit;amount")
            return
        amount, formula = self._amount(row[2])
        unit, amount, formula, _ = self._unit(row[1], amount, formula)
        treats = heading == "waste treatment"
        record.exchanges.append(
            ExchangeRecord(Kind.PRODUCT, row[0], amount, unit, formula=formula, line=line, treats=treats)
        )
        self.batch.flows.setdefault(row[0], FlowRecord(row[0], name=row[0]))
        if not treats:
            share, _ = self._amount(row[3] if len(row) > 3 else "")
            # Unstated stays out: a share that is missing shows as shares that do not add up.
            shares[row[0]] = shares.get(row[0], 0.0) + (share / 100 if math.isfinite(share) else 0.0)

    def _exchange(self, heading: str, line: int, row: Sequence[str], record: DatasetRecord) -> None:
        elementary = heading in words.FLOWS
        at = 2 if elementary else 1
        if len(row) < at + 2 or not row[0]:
            self._short(line, row, "name;subcompartment;unit;amount" if elementary else "name;unit;amount")
            return
        amount, formula = self._amount(row[at + 1])
        given = words.uncertainty(row[at + 2 : at + 6], amount, self.header.decimal)
        unit, amount, formula, factor = self._unit(row[at], amount, formula)
        if elementary:
            kind, compartment = words.FLOWS[heading]
            key = flow_key(compartment, row[1], row[0])
            if key not in self.batch.flows:
                cas = self.shared.cas.get((compartment, row[0]), "")
                sub = "" if row[1].lower() in words.UNSPECIFIED else row[1]
                self.batch.flows[key] = FlowRecord(
                    key, row[0], unit=unit, elementary=True, compartment=compartment, subcompartment=sub, cas=cas
                )
        else:
            kind, key = words.PRODUCTS[heading], row[0]
            self.batch.flows.setdefault(key, FlowRecord(key, name=key))
        record.exchanges.append(
            ExchangeRecord(kind, key, amount, unit, formula=formula, uncertainty=_scaled(given, factor), line=line)
        )

    def _short(self, line: int, row: Sequence[str], wanted: str) -> None:
        shown = self.header.separator.join(row)[:80]
        problem = f"'{shown}' has not the fields {wanted}"
        self.batch.findings.append(format_codes.BAD_ROW(Place(self.file, line), problem=problem))


def _scaled(given: Uncertainty | None, factor: float) -> Uncertainty | None:
    if given is None or factor == 1:
        return given
    shift = math.log(factor)
    return Uncertainty(
        given.kind,
        given.loc + shift if given.kind == 2 else given.loc * factor,
        given.scale if given.kind == 2 else given.scale * factor,
        given.minimum * factor,
        given.maximum * factor,
    )


def flow_key(compartment: str, sub: str, name: str) -> str:
    """How the format tells elementary flows apart."""
    return "|".join((compartment, "" if sub.lower() in words.UNSPECIFIED else sub.lower(), name))


def _text(section: Section | None) -> str:
    if section is None:
        return ""
    found = " ".join(field for _, row in section.rows for field in row[:1] if field)
    return found[: 4 * TEXT]


def _stated(text: str) -> str:
    return "" if text.lower() in ("unspecified", "unknown", "mixed data") else text


def _methods(rows: list[Section], file: str, header: Header, shared: Shared, batch: Batch) -> None:
    """The impact categories of one method; a factor for an unspecified subcompartment holds where no other does."""
    name, current = "", None
    for section in rows:
        match section.name.lower():
            case "name":
                name = _text(section)
            case "impact category" if section.rows:
                line, row = section.rows[0]
                unit = row[1] if len(row) > 1 else ""
                id = f"simapro-{name}-{row[0]}"
                current = MethodRecord(id=id, method=name, category=row[0], unit=unit, file=file, line=line)
                batch.methods.append(current)
            case "substances" if current is not None:
                _substances(section, current, header, shared, batch)
            case "damage category" | "normalization-weighting set":
                _ignore(batch, f"SimaPro method section '{section.name[:40]}'")


def _substances(section: Section, method: MethodRecord, header: Header, shared: Shared, batch: Batch) -> None:
    found: dict[tuple[str, str], dict[str, tuple[float, str]]] = {}
    for line, row in section.rows:
        amount = words.number(row[4], header.decimal) if len(row) > 4 else math.nan
        if len(row) < 6 or not math.isfinite(amount):
            shown: dict[str, Any] = {"value": "".join(row[4:5]) or "–", "flow": "".join(row[2:3]) or "?"}
            batch.findings.append(codes.BAD_AMOUNT(Place(method.file, line), dataset=method.category, **shown))
            continue
        compartment = words.COMPARTMENTS.get(row[0].lower(), row[0].lower())
        factor, unit = shared.units.normal(row[5])
        entry = found.setdefault((compartment, row[2]), {})
        entry["" if row[1].lower() in words.UNSPECIFIED else row[1].lower()] = (amount / factor, unit)
    for (compartment, name), given in found.items():
        for sub, (amount, unit) in given.items():
            method.factors.append((flow_key(compartment, sub, name), amount, unit, ""))
        if "" in given:
            rest = {s.lower() for s in shared.used.get((compartment, name), ())} - {*given, *words.UNSPECIFIED}
            method.factors += [(flow_key(compartment, sub, name), *given[""], "") for sub in sorted(rest)]
