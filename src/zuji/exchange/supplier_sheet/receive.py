"""A supplier's answer: validated, kept byte by byte, and linked to its line as a footprint with its own quality."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from zuji.exchange.supplier_sheet import codes
from zuji.exchange.supplier_sheet.form import ANSWER, BY_KEY, INVENTORY, META_SHEET, ROLES, STAGES
from zuji.exchange.supplier_sheet.request import Asked, lines_of
from zuji.finding import Finding, Place, has_errors, in_order
from zuji.quantity import Unit, parse_unit
from zuji.study import codes as study_codes
from zuji.study.amount import ANY, Expect, Log, read_amount, shown
from zuji.study.forms import Form, kept
from zuji.study.inventory import decimal_text
from zuji.study.model import Study
from zuji.study.node import hint
from zuji.study.read_date import date_of
from zuji.study.read_supplier import DECLARED_UNITS
from zuji.study.workbook.cells import sheet_cell
from zuji.study.workbook.matrix import Line, Read, open_book, read_sheet
from zuji.study.write import file_name

CO2E = Expect(("co2e",), "kgCO2e")
SHARE = Expect(("1",), "%")
RATING = Expect(("1",), "1")
ROUNDING = Fraction(1, 100)
"""Share by which the sum of rounded stages may differ from the total."""
_WORDS_OF_UNIT = {symbol: word for word, symbol in DECLARED_UNITS.items()}
_PARTS = {"fossil": "fossilGhgEmissions", "biogenic": "biogenicNonCO2Emissions",
          "land_use": "landUseChangeGhgEmissions", "uptake": "biogenicCO2Uptake"}  # fmt: skip
_RATINGS = {"dq_technology": "technologicalDQR", "dq_geography": "geographicalDQR", "dq_time": "temporalDQR"}


@dataclass(frozen=True, slots=True)
class Received:
    """What an answer says; `footprint` is None where it has no total or cannot be used."""

    line: Asked | None
    id: str
    sha256: str
    footprint: bytes | None
    inventory: Form
    findings: tuple[Finding, ...]
    title: str = ""

    @property
    def usable(self) -> bool:
        """Whether no error forbids to keep it."""
        return self.line is not None and not has_errors(self.findings)


@dataclass(slots=True)
class _Answers:
    lines: Mapping[str, Line]
    read: Read
    file: str
    log: Log = field(default_factory=Log)

    def text(self, key: str) -> str:
        return self.lines[key].get("value") if key in self.lines else ""

    def place(self, key: str) -> Place:
        return self.lines[key].place("value") if key in self.lines else self.read.place(self.file, 0, "value")

    def need(self, key: str) -> str:
        text = self.text(key)
        if not text:
            question = BY_KEY[key]
            self.log.add(codes.NOT_ANSWERED(self.place(key), field=f"{question.zh} / {question.en}"))
        return text

    def number(self, key: str, expect: Expect) -> tuple[Fraction, Unit] | None:
        if not self.text(key):
            return None
        line = self.lines[key]
        found = read_amount(line.get("value"), line.get("unit"), self.place(key), line.place("unit"), expect, self.log)
        return (Fraction(found[0]), found[1]) if found else None


def received(raw: bytes, file: str, study: Study) -> Received:
    """The answer in the bytes of a workbook; raises UnreadableError for a file that is no workbook."""
    sha256 = hashlib.sha256(raw).hexdigest()
    book = open_book(raw, file)
    meta = {str(row[0]): str(row[1]) for row in book.values.get(META_SHEET, []) if len(row) > 1}
    log = Log()
    if not meta.get("line") or ANSWER.name not in book.values:
        log.add(codes.NOT_AN_ANSWER(Place(file)))
        return Received(None, "", sha256, None, {}, in_order(log.findings))
    if meta.get("study") != study.id:
        log.add(codes.OTHER_STUDY(Place(file), found=shown(meta.get("study", "")), study=study.id))
    lines = lines_of(study)
    line = lines.get(meta["line"])
    if line is None:
        log.add(codes.LINE_GONE(Place(file), line=shown(meta["line"]), hint=hint(meta["line"], lines)))
    read = read_sheet(book, ANSWER.name, ANSWER, log)
    answers = _Answers({one.get("key"): one for one in read.lines}, read, file, log)
    inventory = read_sheet(book, INVENTORY.name, INVENTORY, log) if INVENTORY.name in book.values else None
    rows = [one for one in (_flow(row, log) for row in (inventory.lines if inventory else ())) if one]
    id = _id(answers.text("company"), line)
    footprint = _footprint(answers, id, line, has_inventory=bool(rows))
    process = _process(id, answers, rows) if rows else {}
    if footprint is None and rows and not has_errors(log.findings):
        where = Place(file, 1, sheet_cell(INVENTORY.name, "A1"))
        log.add(codes.INVENTORY_ONLY(where, count=len(rows), file=f"evidence/suppliers/{file_name(id)}.yaml"))
    findings = in_order(log.closed())
    document = json.dumps(footprint, ensure_ascii=False, indent=2).encode("utf-8") + b"\n" if footprint else None
    title = " · ".join(part for part in (answers.text("company"), answers.text("product")) if part)
    return Received(line, id, sha256, document, process, findings, title)


def _id(company: str, line: Asked | None) -> str:
    name = "-".join(part for part in (company, line.item if line else "") if part)
    return "supplier-" + re.sub(r"[^\w.-]+", "-", name).strip("-")[:120]


def _footprint(answers: _Answers, id: str, line: Asked | None, *, has_inventory: bool) -> Form | None:
    company, product, country = answers.need("company"), answers.need("product"), answers.need("country")
    if country and not re.fullmatch(r"[A-Z]{2}", country):
        answers.log.add(study_codes.COUNTRY(answers.place("country"), value=shown(country)))
    days = [answers.need(key) for key in ("period_start", "period_end")]
    dates = [date_of(day, answers.place(key), answers.log.findings) if day else None
             for key, day in zip(("period_start", "period_end"), days, strict=True)]  # fmt: skip
    if dates[0] and dates[1] and dates[1] < dates[0]:
        where = answers.place("period_end")
        answers.log.add(study_codes.DATE_ORDER(where, id=id, start=dates[0], end=dates[1]))
    amount = answers.number("amount", ANY) if answers.need("amount") else None
    unit = _declared(answers, amount, line)
    total = _total(answers, has_inventory=has_inventory)
    if total is None or amount is None or unit is None or None in dates:
        return None
    ratings = {name: answers.number(key, RATING) for key, name in _RATINGS.items()}
    quality = {name: _text(value[0]) for name, value in ratings.items() if value is not None}
    for key in _RATINGS:
        value = answers.number(key, RATING)
        if value is not None and not 1 <= value[0] <= 5:
            answers.log.add(study_codes.RATING(answers.place(key), value=shown(answers.text(key))))
    if not quality:
        answers.log.add(codes.NO_RATINGS(answers.place("dq_technology")))
    share = answers.number("primary_share", SHARE)
    if not answers.text("gwp_set"):
        answers.log.add(study_codes.GWP_SET(answers.place("gwp_set")))
    parts = {name: answers.number(key, CO2E) for key, name in _PARTS.items()}
    return kept({
        "id": id,
        "specVersion": "3.0.0",
        "companyName": company,
        "productName": product,
        "pcf": kept({
            "declaredUnitOfMeasurement": _WORDS_OF_UNIT[unit],
            "declaredUnitAmount": _text(amount[0] * amount[1].factor / parse_unit(unit).factor),
            "pcfExcludingBiogenicUptake": _text(total),
            **{name: _text(value[0] * value[1].factor) for name, value in parts.items() if value is not None},
            "ipccCharacterizationFactors": [answers.text("gwp_set")] if answers.text("gwp_set") else [],
            "referencePeriodStart": f"{dates[0]}T00:00:00Z",
            "referencePeriodEnd": f"{dates[1]}T00:00:00Z",
            "geographyCountry": country,
            "boundary": answers.text("boundary") or "cradle-to-gate",
            "primaryDataShare": _text(share[0] * share[1].factor * 100) if share else "",
            "dqi": quality,
        }),
    })  # fmt: skip


def _declared(answers: _Answers, amount: tuple[Fraction, Unit] | None, line: Asked | None) -> str | None:
    """The PACT unit of the amount's dimension; a finding where the line is counted in another dimension."""
    if amount is None:
        return None
    if amount[0] <= 0:
        number = answers.text("amount")
        answers.log.add(study_codes.NOT_POSITIVE(answers.place("amount"), id="amount", value=number))
        return None
    if line is not None and amount[1].dimension != line.amount.unit.dimension:
        where = answers.lines["amount"].place("unit")
        answers.log.add(codes.OTHER_UNIT(where, found=amount[1], expected=line.amount.unit))
        return None
    found = next((one for one in _WORDS_OF_UNIT if parse_unit(one).dimension == amount[1].dimension), None)
    if found is None:
        known = ", ".join(DECLARED_UNITS)
        where = answers.lines["amount"].place("unit")
        answers.log.add(study_codes.DECLARED_UNIT(where, value=amount[1], hint="", known=known))
    return found


def _total(answers: _Answers, *, has_inventory: bool) -> Fraction | None:
    """The total [kg CO2e]: as stated, else the sum of the stages."""
    stated = answers.number("total", CO2E)
    stages = [answers.number(key, CO2E) for key in STAGES]
    known = [value[0] * value[1].factor for value in stages if value is not None]
    total = stated[0] * stated[1].factor if stated else None
    if total is not None and known and abs(sum(known) - total) > ROUNDING * abs(total):
        where = answers.place("total")
        answers.log.add(codes.STAGE_SUM(where, sum=_text(sum(known, Fraction(0))), total=_text(total)))
    if total is None and known:
        return sum(known, Fraction(0))
    if total is None and not has_inventory and not answers.text("total"):
        answers.log.add(codes.NOTHING_STATED(answers.place("total")))
    return total


def _text(value: Fraction) -> str:
    text = decimal_text(value)
    return text if "/" not in text else format(float(value), ".15g")


def _flow(row: Line, log: Log) -> Form | None:
    role = row.get("role")
    if role not in ROLES:
        known = ", ".join(ROLES)
        log.add(codes.ROLE(row.place("role"), value=shown(role), hint=hint(role, ROLES), known=known))
        return None
    if not row.get("amount"):
        log.add(study_codes.REQUIRED(row.place("amount"), key="amount"))
        return None
    found = read_amount(row.get("amount"), row.get("unit"), row.place("amount"), row.place("unit"), ANY, log)
    if found is None:
        return None
    name = row.get("name")
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in name)
    return kept({
        "id": f"{role}-{row.row}",
        "name": {"zh" if is_chinese else "en": name},
        "role": role,
        "amount": kept({"value": found[0], "unit": found[1].symbol, "kind": "supplier", "source": row.get("source"),
                        "note": " ".join(part for part in (row.get("country"), row.get("note")) if part)}),
    })  # fmt: skip


def _process(id: str, answers: _Answers, rows: list[Form]) -> Form:
    """The inventory as a unit process whose exchanges are not linked yet."""
    unit = answers.lines["amount"].get("unit") if "amount" in answers.lines else ""
    one: dict[str, Any] = {"value": answers.text("amount") or "1", "unit": unit or "item", "kind": "supplier"}
    return {"id": id, "produces": id, "reference_flow": one, "exchanges": rows}
