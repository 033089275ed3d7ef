"""A foreign bill of materials: its columns proposed with confidence and reason, its levels flattened into parents.

Exports of ERP systems have one row for each position of the exploded structure, with a level, a component, a quantity
per parent (or per top product) and a scrap that is added on top. The mapping that a user accepts is kept in a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from zuji.errors import UnitError
from zuji.finding import Finding, Place
from zuji.quantity import parse_unit
from zuji.study import codes as study_codes
from zuji.study.amount import Log, shown, split_number
from zuji.study.inventory import decimal_text
from zuji.study.node import is_id
from zuji.study.words import folded
from zuji.study.workbook import map_codes as codes
from zuji.study.workbook.cells import address, sheet_cell, typed_number
from zuji.study.workbook.matrix import HEADER_ROWS, Book

FIELDS: Mapping[str, tuple[str, ...]] = {
    "level": ("level", "lvl", "bom level", "explosion level", "stufe", "auflösungsstufe",
              "层级", "层次", "级别", "阶层", "bom层级", "展开层"),
    "item": ("component", "component number", "material number", "part number", "part no", "item number", "item no",
             "item", "komponente", "materialnummer", "teilenummer", "物料编码", "物料号", "物料编号", "料号",
             "子项编码", "组件", "零件号", "子件编码"),
    "parent": ("parent", "assembly", "parent part", "header material", "baugruppe", "父项", "父项编码", "母件",
               "上级物料", "上级", "母件编码"),
    "name": ("description", "object description", "component description", "material description", "name",
             "objektkurztext", "bezeichnung", "物料名称", "物料描述", "名称", "品名", "描述"),
    "amount": ("quantity", "qty", "comp qty", "component quantity", "comp. qty (cun)", "qty per assembly",
               "usage", "menge", "komponentenmenge", "数量", "用量", "单位用量", "单耗", "组件数量"),
    "total": ("total quantity", "exploded quantity", "total qty", "extended quantity", "gesamtmenge",
              "总用量", "累计用量", "总数量"),
    "base": ("base quantity", "basismenge", "基本数量", "基准数量", "底数"),
    "unit": ("unit", "uom", "un", "component unit", "base unit of measure", "mengeneinheit", "me", "单位", "计量单位"),
    "scrap": ("component scrap", "scrap", "scrap in %", "component scrap in %", "komponentenausschuss", "ausschuss",
              "损耗率", "损耗", "报废率", "损耗率%", "组件报废"),
    "mass": ("net weight", "unit weight", "weight", "nettogewicht", "gewicht", "净重", "单重", "重量", "单件重量"),
    "mass_unit": ("weight unit", "unit of weight", "gewichtseinheit", "重量单位"),
    "material": ("material group", "material type", "werkstoff", "材质", "材料"),
}  # fmt: skip
"""What a column may mean → headers that ERP systems and companies give it."""
WEAK = ("item number", "item no", "item", "weight", "重量", "name", "名称", "me", "un")
"""Headers that often mean something else, such as the number of the position."""
NEEDED = (("item",), ("level", "parent"), ("amount", "total"))
UNITS = {"ST": "item", "PC": "item", "PCS": "item", "EA": "item", "STK": "item", "个": "item", "件": "item",
         "只": "item", "套": "item", "PCE": "item", "SET": "item", "KG": "kg", "G": "g", "TO": "t",
         "M": "m", "MM": "mm", "L": "L", "M2": "m2", "M3": "m3", "KAR": "item"}  # fmt: skip
"""Units as ERP systems write them."""
SIGNIFICANT = 15


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one column is taken for."""

    field: str
    column: str
    index: int
    confidence: float
    """From 0 (a guess) to 1 (the header is known)."""
    reason: str
    """Header as it stands and what of it, or of its values, speaks for the field."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """An accepted mapping: field → header, and how amounts and scrap are meant."""

    columns: Mapping[str, str]
    amount_is: str = "per_parent"
    """`per_parent`, or `total` for amounts per top product."""
    scrap_is: str = "on_top"
    """`on_top` of the net amount (scrap of 5 % takes 1.05), or `share` of the gross amount."""
    sheet: str = ""

    def as_form(self) -> dict[str, Any]:
        """The mapping for its YAML file."""
        return {
            "zuji_mapping": "1",
            "sheet": self.sheet,
            "amount_is": self.amount_is,
            "scrap_is": self.scrap_is,
            "columns": dict(self.columns),
        }

    @classmethod
    def of_form(cls, form: Mapping[str, Any]) -> ColumnMapping:
        """The mapping of a YAML file; fields that are not known are left out."""
        columns = form.get("columns", {})
        named = {key: str(columns[key]) for key in FIELDS if isinstance(columns, Mapping) and columns.get(key)}
        return cls(
            named,
            "total" if form.get("amount_is") == "total" else "per_parent",
            "share" if form.get("scrap_is") == "share" else "on_top",
            str(form.get("sheet") or ""),
        )


@dataclass(frozen=True, slots=True)
class Foreign:
    """One sheet of a foreign workbook: its header row and what its columns are taken for."""

    sheet: str
    header_row: int
    headers: Sequence[str]
    proposals: tuple[Proposal, ...]
    unused: tuple[str, ...] = ()

    @property
    def mapping(self) -> ColumnMapping:
        """The mapping that the proposals make."""
        columns = {one.field: one.column for one in self.proposals}
        return ColumnMapping(columns, "per_parent" if "amount" in columns else "total", "on_top", self.sheet)


def proposed(book: Book) -> Foreign | None:
    """The sheet that looks most like a bill of materials, with a proposal for each column; None where none does."""
    best: tuple[float, Foreign] | None = None
    for sheet, rows in book.values.items():
        for index, row in enumerate(rows[:HEADER_ROWS]):
            headers = [str(cell or "").replace("\n", " ").strip() for cell in row]
            found = _proposals(headers, rows[index + 1 : index + 60])
            score = sum(one.confidence for one in found)
            if found and (best is None or score > best[0]):
                used = {one.index for one in found}
                unused = tuple(header for x, header in enumerate(headers) if header and x not in used)
                best = (score, Foreign(sheet, index, headers, found, unused))
    if best is None or not {one.field for one in best[1].proposals} & {"item", "amount", "total"}:
        return None
    return best[1]


def _plain(text: str) -> str:
    return re.sub(r"[\s_.\-/()（）%％:：*]+", " ", folded(text)).strip()


def _proposals(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[Proposal, ...]:
    """For each field the best column; no column is taken twice."""
    found: list[Proposal] = []
    for x, header in enumerate(headers):
        if not header:
            continue
        values = [row[x] for row in rows if x < len(row) and row[x] not in ("", None)]
        for name, words in FIELDS.items():
            confidence, reason = _by_header(header, words)
            if confidence:
                fits, why = _by_values(name, values)
                reason = f"{reason}; {why}" if why else reason
                found.append(Proposal(name, header, x, round(confidence * fits, 2), reason))
    chosen: dict[str, Proposal] = {}
    used: set[int] = set()
    for one in sorted(found, key=lambda one: (-one.confidence, one.index, list(FIELDS).index(one.field))):
        if one.field not in chosen and one.index not in used and one.confidence >= 0.3:
            chosen[one.field] = one
            used.add(one.index)
    return tuple(chosen[name] for name in FIELDS if name in chosen)


def _by_header(header: str, words: Sequence[str]) -> tuple[float, str]:
    wish = _plain(header)
    plains = {_plain(word): word for word in words}
    if wish in plains:
        return (0.7 if wish in WEAK else 1.0), f"'{header}' = '{plains[wish]}'"
    inside = [
        word
        for word in plains
        if len(word) > 1 and (f" {word} " in f" {wish} " or (not word.isascii() and word in wish))
    ]
    if inside:
        longest = max(inside, key=len)
        return 0.5 + 0.4 * len(longest) / max(1, len(wish)), f"'{header}' ⊃ '{plains[longest]}'"
    return 0.0, ""


def _stands_in(word: str, text: str) -> bool:
    """Whether a Latin word stands whole in the text, or a Chinese one anywhere."""
    return f" {word} " in f" {text} " or (not word.isascii() and word in text)


def _by_values(name: str, values: Sequence[Any]) -> tuple[float, str]:
    """How well the values of a column fit a field (1: well), and why."""
    if not values:
        return 0.7, "–"
    numbers = sum(1 for one in values if _number(one) is not None)
    share = numbers / len(values)
    if name == "level":
        fits = sum(1 for one in values if level_of(one) is not None) / len(values)
        return 0.3 + 0.7 * fits, f"{fits:.0%} 1, 2, .3, 1.2"
    if name in ("amount", "total", "base", "scrap", "mass"):
        return 0.4 + 0.6 * share, f"{share:.0%} 0–9"
    if name in ("unit", "mass_unit"):
        fits = sum(1 for one in values if unit_of(one) is not None) / len(values)
        return 0.4 + 0.6 * fits, f"{fits:.0%} kg, item, …"
    if name == "name":
        return (1.0 if share < 0.5 else 0.5), ""
    return 1.0, ""


def _number(value: Any) -> Fraction | None:
    if isinstance(value, bool) or value in ("", None):
        return None
    split = split_number(typed_number(value) if isinstance(value, float) else value, Place(), Log())
    return Fraction(split[0]) if split is not None and split[1] in ("", "%") else None


def level_of(value: Any) -> int | None:
    """The depth that a level cell means: 2, '..2', '+2', '1.1.3' (depth 3); None for anything else.

    >>> [level_of(one) for one in (2.0, "..2", "1.1.3", "- - 3", "x")]
    [2, 2, 3, 3, None]
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if float(value).is_integer() and 0 <= value < 100 else None
    text = re.sub(r"[\s+*>|-]", "", str(value))
    if re.fullmatch(r"\.*\d{1,2}", text):
        return int(text.lstrip("."))
    return text.count(".") + 1 if re.fullmatch(r"\d{1,3}(\.\d{1,3})+", text) else None


def unit_of(value: Any) -> str | None:
    """The unit as this system writes it, None where it is not known."""
    text = str(value).strip()
    symbol = UNITS.get(text.upper(), text)
    try:
        return parse_unit(symbol).symbol if symbol else None
    except UnitError:
        return None


@dataclass(slots=True)
class Flat:
    """The flattened rows, in the columns of bom.csv, with what was found on the way."""

    rows: list[dict[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def flattened(book: Book, foreign: Foreign, mapping: ColumnMapping, product: str) -> Flat:
    """The positions as rows with a parent; `product` names the top where no row of level 0 does.

    The amount is gross, per one of its parent: the quantity divided by the base quantity, plus the scrap that is added
    on top (share = s / (1 + s)). A total per top product is divided by the total of its parent.
    """
    flat = Flat()
    columns = {
        name: foreign.headers.index(header) for name, header in mapping.columns.items() if header in foreign.headers
    }
    for name, header in mapping.columns.items():
        if name not in columns:
            where = Place(book.file, foreign.header_row + 1, sheet_cell(foreign.sheet, address(foreign.header_row, 0)))
            flat.findings.append(codes.MAPPED_COLUMN_GONE(where, field=name, column=shown(header)))
    if flat.findings:
        return flat
    stack: list[tuple[int, str, Fraction]] = []
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for position in _positions(book, foreign, columns):
        _add(position, mapping, product, stack, seen, flat)
    return flat


@dataclass(frozen=True, slots=True)
class Position:
    """One row of the foreign sheet: raw cells by field, and where they stand."""

    values: Mapping[str, Any]
    places: Mapping[str, Place]

    def text(self, name: str) -> str:
        """The cell as text."""
        value = self.values.get(name, "")
        return typed_number(value) if isinstance(value, float) else str(value or "").strip()

    def place(self, name: str) -> Place:
        """Where the cell stands; the item's cell where the sheet lacks the field."""
        return self.places.get(name, self.places["item"])


def _positions(book: Book, foreign: Foreign, columns: Mapping[str, int]) -> Iterator[Position]:
    rows = book.values[foreign.sheet]
    for y in range(foreign.header_row + 1, len(rows)):
        row = rows[y]
        values = {name: row[x] if x < len(row) else "" for name, x in columns.items()}
        if values.get("item") in ("", None):
            continue
        places = {
            name: Place(book.file, y + 1, sheet_cell(foreign.sheet, address(y, x)), foreign.headers[x])
            for name, x in columns.items()
        }
        yield Position(values, places)


def _add(
    position: Position,
    mapping: ColumnMapping,
    product: str,
    stack: list[tuple[int, str, Fraction]],
    seen: dict[tuple[str, str], dict[str, str]],
    flat: Flat,
) -> None:
    item = _id(position.text("item"))
    level = level_of(position.values["level"]) if "level" in position.values else None
    if "level" in position.values and level is None:
        value = shown(position.text("level"))
        flat.findings.append(codes.LEVEL(position.place("level"), value=value))
        return
    name = "amount" if "amount" in position.values else "total"
    if level == 0 or (not position.text(name) and not stack and level is not None):
        stack[:] = [(level or 0, item, Fraction(1))]
        return
    amount = _read(position, name, flat)
    if amount is None:
        if not position.text(name):
            flat.findings.append(study_codes.REQUIRED(position.place(name), key=name))
        return
    total = _read(position, "total", flat) if mapping.amount_is == "total" and "total" in position.values else amount
    parent, parent_total = _parent(position, level, stack, product, flat)
    if not parent:
        return
    own = total if total is not None else amount
    if mapping.amount_is == "total":
        if not parent_total:
            flat.findings.append(codes.ZERO_PARENT(position.place("amount"), item=item, parent=parent))
            return
        amount = own / parent_total
    base = _read(position, "base", flat) if position.text("base") else None
    if base:
        amount /= base
    _put(position, mapping, item, parent, amount, seen, flat)
    if level is not None:
        stack.append((level, item, own))


def _parent(
    position: Position, level: int | None, stack: list[tuple[int, str, Fraction]], product: str, flat: Flat
) -> tuple[str, Fraction]:
    """The parent of a position: the last one of a lower level, or the column that names it."""
    if level is None:
        return _id(position.text("parent")) or product, Fraction(1)
    while stack and stack[-1][0] >= level:
        stack.pop()
    if stack and level - stack[-1][0] > 1:
        flat.findings.append(codes.LEVEL_JUMP(position.place("level"), level=level, above=stack[-1][0]))
    if stack:
        return stack[-1][1], stack[-1][2]
    if not product:
        flat.findings.append(codes.NO_PRODUCT(position.place("level")))
    return product, Fraction(1)


def _put(
    position: Position,
    mapping: ColumnMapping,
    item: str,
    parent: str,
    amount: Fraction,
    seen: dict[tuple[str, str], dict[str, str]],
    flat: Flat,
) -> None:
    scrap = _scrap(position, mapping, flat)
    if mapping.scrap_is == "on_top" and scrap:
        amount *= 1 + scrap
        scrap = scrap / (1 + scrap)
    unit = unit_of(position.text("unit")) if position.text("unit") else None
    if unit is None:
        flat.findings.append(codes.BOM_UNIT(position.place("unit"), value=shown(position.text("unit")), item=item))
    note = position.places["item"].path
    row = {
        "item": item,
        "parent": parent,
        **_named(position.text("name")),
        "amount": decimal_of(amount),
        "unit": unit or "item",
        "material": _id(position.text("material")) if position.text("material") else "",
        "scrap": decimal_of(scrap) if scrap else "",
        "mass": _mass(position, unit, flat),
        "kind": "calculated",
        "source": f"{position.places['item'].file} {note}",
    }
    twin = seen.get((parent, item))
    if twin is not None and twin["amount"] == row["amount"] and twin["unit"] == row["unit"]:
        return  # the same sub-assembly exploded a second time
    if twin is not None:
        flat.findings.append(codes.ADDED(position.place("amount"), item=item, parent=parent))
        twin["amount"] = decimal_of(Fraction(twin["amount"]) + amount)
        return
    seen[parent, item] = row
    flat.rows.append(row)


def _named(name: str) -> dict[str, str]:
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in name)
    return {"name_zh": name if is_chinese else "", "name_en": "" if is_chinese else name}


def _id(text: str) -> str:
    return text if is_id(text) else "".join(one if is_id(one) else "-" for one in text).strip("-")


def _scrap(position: Position, mapping: ColumnMapping, flat: Flat) -> Fraction:
    if not position.text("scrap"):
        return Fraction(0)
    value = _read(position, "scrap", flat) or Fraction(0)
    header = mapping.columns.get("scrap", "")
    is_percent = "%" in header or "％" in header or position.text("scrap").endswith("%") or value >= 1
    return value / 100 if is_percent else value


def _mass(position: Position, unit: str | None, flat: Flat) -> str:
    if not position.text("mass") or (unit and parse_unit(unit).dimension == "mass"):
        return ""
    value = _read(position, "mass", flat)
    weight = unit_of(position.text("mass_unit")) if position.text("mass_unit") else "kg"
    if value is None or weight is None or not value:
        return ""
    return decimal_of(value) if weight == "kg" else f"{decimal_of(value)} {weight}"


def _read(position: Position, name: str, flat: Flat) -> Fraction | None:
    value = position.values.get(name)
    if value in ("", None):
        return None
    log = Log()
    split = split_number(typed_number(value) if isinstance(value, float) else value, position.place(name), log)
    flat.findings += log.findings
    return Fraction(split[0]) if split is not None else None


def decimal_of(value: Fraction) -> str:
    """The value as a decimal; one without an end is cut to 15 significant digits."""
    text = decimal_text(value)
    return text if "/" not in text and len(text) <= 30 else format(float(value), f".{SIGNIFICANT}g")
