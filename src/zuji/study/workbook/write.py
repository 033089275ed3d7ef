"""A study, or an empty template, as an Excel workbook: bilingual heads, drop-down lists, notes, locked labels."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from zuji import __version__
from zuji.datum import LocalText
from zuji.reading import parse_csv
from zuji.study.forms import forms_of
from zuji.study.model import Study
from zuji.study.workbook import layout
from zuji.study.workbook.cells import address, choice_text, column_letters, fits_number
from zuji.study.workbook.flatten import Rows, rows_of
from zuji.study.workbook.layout import SHEETS, Cell, Column, Hold, Sheet
from zuji.study.workbook.readme import README

UNITS = (
    "kg", "g", "t", "kWh", "MWh", "MJ", "GJ", "m3", "Nm3", "L", "m2", "km", "tkm", "item", "cycle", "a", "d", "h",
    "kWh/a", "MJ/kg", "%", "1", "CNY", "EUR", "USD", "kgCO2e",
)  # fmt: skip
"""Units of the drop-down list; every unit of units.txt may be typed."""
FREE_ROWS = 500
"""Rows below the data that have drop-down lists and may be filled in."""
CHUNK = 30000
"""Characters of one cell of a stored file; a cell takes 32,767."""
MAX_ATTACHED = 24 * 1024 * 1024
OWN_DATASETS = "background.csv"
CREATED = datetime(2020, 1, 1)
"""Same study, same bytes: the date in the file's properties says nothing."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset that the drop-down list offers."""

    id: str
    name: LocalText = LocalText()
    unit: str = ""
    geography: str = ""


def workbook_of(study: Study, attachments: Mapping[str, bytes], datasets: Sequence[Listed] = ()) -> bytes:
    """The whole study as a workbook; `attachments` are its files that travel byte by byte (suppliers, background)."""
    meta = {"study": study.id, "digest": study.digest}
    return written(rows_of(forms_of(study)), attachments, datasets, meta, _suppliers(study))


def written(
    rows: Rows,
    attachments: Mapping[str, bytes],
    datasets: Sequence[Listed],
    meta: Mapping[str, str],
    suppliers: Iterable[Sequence[str]] = (),
    examples: Rows | None = None,
) -> bytes:
    """A workbook with these rows; `examples` stand above them behind a #, so that they are not read."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": meta.get("study", "Zuji 足迹"), "created": CREATED})
        look = Look(book)
        _readme(book, look)
        lists = _Lists(book)
        for sheet in SHEETS:
            lines = rows.get(sheet.id, [])
            marked = (examples or {}).get(sheet.id, [])
            _sheet(book, look, sheet, marked, lines, lists, has_datasets=bool(datasets))
        _own_datasets(book, look, attachments.get(OWN_DATASETS))
        _information(book, look, layout.SUPPLIERS_SHEET, SUPPLIER_HEADS, suppliers)
        catalogue = [(one.id, one.name.zh, one.name.en, one.unit, one.geography) for one in datasets]
        _information(book, look, layout.CATALOGUE_SHEET, CATALOGUE_HEADS, catalogue)
        lists.write([one.id for one in datasets])
        _files(book, {name: raw for name, raw in attachments.items() if name != OWN_DATASETS})
        _meta(book, {"template": layout.TEMPLATE_VERSION, "zuji": __version__, **meta})
    return stream.getvalue()


class Look:
    """The formats of the workbook: heads locked and coloured, cells to fill in open."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
        head = {**base, "bold": True, "text_wrap": True, "border": 1, "border_color": "#ffffff", "locked": True}
        self.head = book.add_format({**head, "font_color": "#ffffff", "bg_color": "#0b5d4e"})
        self.needed = book.add_format({**head, "font_color": "#ffffff", "bg_color": "#8a3b12"})
        self.label = book.add_format({**base, "bg_color": "#eef3f1", "locked": True, "text_wrap": True})
        self.key = book.add_format({**base, "font_color": "#6b7672", "bg_color": "#eef3f1", "locked": True})
        self.text = book.add_format({**base, "locked": False, "num_format": "@"})
        self.number = book.add_format({**base, "locked": False, "align": "right"})
        self.day = book.add_format({**base, "locked": False, "num_format": "yyyy-mm-dd", "align": "left"})
        self.moment = book.add_format({**base, "locked": False, "num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        self.example = book.add_format({**base, "locked": False, "italic": True, "font_color": "#7a7f7d"})
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": "#0b5d4e"})
        self.part = book.add_format({"bold": True, "font_size": 11, "font_color": "#0b5d4e", "valign": "top"})
        self.prose = book.add_format({"font_size": 10, "text_wrap": True, "valign": "top"})
        self.plain = book.add_format({**base, "locked": True})

    def of(self, cell: Cell) -> Any:
        """The format of an open cell."""
        return {Cell.NUMBER: self.number, Cell.DATE: self.day, Cell.MIXED: self.number}.get(cell, self.text)


SUPPLIER_HEADS = ("编号\nId", "名称\nName", "公司\nCompany", "排放量\nTotal", "单位\nUnit", "每\nPer", "期间\nPeriod",
                  "地区\nPlace", "初级数据占比\nPrimary share", "SHA-256")  # fmt: skip
CATALOGUE_HEADS = ("编号\nId", "名称\nName in Chinese", "英文名称\nName in English", "单位\nUnit", "地区\nGeography")


def _suppliers(study: Study) -> list[tuple[str, ...]]:
    return [
        (
            one.id,
            " / ".join(part for part in (one.name.zh, one.name.en) if part),
            one.company,
            one.total.number,
            one.total.unit.symbol,
            f"{one.amount.number} {one.unit}",
            str(one.period),
            one.geography,
            f"{one.primary_share:.0%}",
            one.sha256,
        )
        for one in study.suppliers.values()
    ]


class _Lists:
    """The hidden sheet that drop-down lists take their words from, one column for each list."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.columns: dict[tuple[str, ...], int] = {}

    def of(self, words: tuple[str, ...]) -> str:
        """The range of a list of words."""
        # Column A is kept for the datasets.
        column = column_letters(self.columns.setdefault(words, len(self.columns) + 1))
        return f"={layout.LISTS_SHEET}!${column}$1:${column}${len(words)}"

    def write(self, datasets: Sequence[str]) -> None:
        sheet = self.book.add_worksheet(layout.LISTS_SHEET)
        sheet.hide()
        for row, id in enumerate(datasets):
            sheet.write_string(row, 0, id)
        self.book.define_name("zuji_datasets", f"={layout.LISTS_SHEET}!$A$1:$A${max(1, len(datasets))}")
        for words, column in self.columns.items():
            for row, word in enumerate(words):
                sheet.write_string(row, column, word)


def _readme(book: Any, look: Look) -> None:
    sheet = book.add_worksheet(layout.README_SHEET)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 3)
    sheet.set_column(1, 2, 62, look.prose)
    sheet.write_string(0, 1, "Zuji 足迹", look.title)
    row = 2
    for part, text in README:
        for column, lang in ((1, "zh"), (2, "en")):
            sheet.write_string(row, column, part.pick(lang), look.part)
            sheet.write_string(row + 1, column, text.pick(lang), look.prose)
        sheet.set_row(row + 1, 15 * max(2, -(-max(len(text.en), 2 * len(text.zh)) // 66)))
        row += 3
    for one in SHEETS:
        sheet.write_url(row, 1, f"internal:'{one.name}'!A1", string=f"{one.name}：{one.purpose.zh}")
        sheet.write_string(row, 2, one.purpose.en, look.prose)
        row += 1


def _sheet(
    book: Any,
    look: Look,
    sheet: Sheet,
    examples: Sequence[Mapping[str, str]],
    rows: Sequence[Mapping[str, str]],
    lists: _Lists,
    *,
    has_datasets: bool,
) -> None:
    page = book.add_worksheet(sheet.name)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width, look.of(column.cell))
        page.write_string(0, index, column.title, look.needed if column.key in sheet.needed else look.head)
        if column.note:
            size = {"x_scale": 2.2, "y_scale": 1.0, "author": "Zuji"}
            page.write_comment(0, index, f"{column.note.zh}\n{column.note.en}", size)
    page.set_row(0, 42)
    page.freeze_panes(1, 2 if sheet is not layout.PRODUCT else 3)
    for y, row in enumerate(examples, 1):
        for x, column in enumerate(sheet.columns):
            text = row.get(column.key, "")
            page.write_string(y, x, f"# {text}" if x == 0 else text, look.example)
    first = len(examples) + 1
    for y, row in enumerate(rows, first):
        for x, column in enumerate(sheet.columns):
            _cell(page, look, y, x, column, row)
    last = first + len(rows) + (FREE_ROWS if sheet is not layout.PRODUCT else 0)
    _validate(page, sheet, 1, last, lists, rows, has_datasets=has_datasets)
    if sheet is not layout.PRODUCT:
        page.autofilter(0, 0, max(1, first + len(rows) - 1), len(sheet.columns) - 1)
    page.ignore_errors({"number_stored_as_text": f"A1:{address(last, len(sheet.columns) - 1)}"})
    _protect(page)


def _protect(page: Any) -> None:
    page.protect("", {
        "format_cells": True, "format_columns": True, "format_rows": True, "insert_columns": True,
        "insert_rows": True, "delete_columns": True, "delete_rows": True, "sort": True, "autofilter": True,
    })  # fmt: skip


def _cell(page: Any, look: Look, y: int, x: int, column: Column, row: Mapping[str, str]) -> None:
    text = row.get(column.key, "")
    if column.key == "field" and "key" in row:
        zh, en, _ = layout.FIELDS[row["key"]]
        page.write_string(y, x, f"{zh} {en}", look.label)
        return
    if column.key == "key" and row.get(column.key) in layout.FIELDS:
        page.write_string(y, x, text, look.key)
        return
    if not text:
        return
    kind = _kind_of(column, row)
    if kind is Cell.NUMBER and fits_number(text):
        page.write_number(y, x, float(text), look.number)
    elif kind is Cell.DATE and (day := _day(text)):
        page.write_datetime(y, x, day, look.moment if isinstance(day, datetime) else look.day)
    elif kind is Cell.CHOICE:
        page.write_string(y, x, choice_text(text), look.text)
    else:
        page.write_string(y, x, text, look.number if kind is Cell.NUMBER else look.text)


def _kind_of(column: Column, row: Mapping[str, str]) -> Cell:
    if column.cell is not Cell.MIXED:
        return column.cell
    hold = layout.FIELDS.get(row.get("key", ""), ("", "", Hold.TEXT))[2]
    return {Hold.DATUM: Cell.NUMBER, Hold.DATE: Cell.DATE, Hold.CHOICE: Cell.CHOICE}.get(hold, Cell.TEXT)


def _day(text: str) -> date | datetime | None:
    try:
        return datetime.fromisoformat(text) if len(text) > len("2025-01-01") else date.fromisoformat(text)
    except ValueError:
        return None


def _validate(
    page: Any,
    sheet: Sheet,
    first: int,
    last: int,
    lists: _Lists,
    rows: Sequence[Mapping[str, str]],
    *,
    has_datasets: bool,
) -> None:
    for x, column in enumerate(sheet.columns):
        source = ""
        if column.choices:
            source = lists.of(tuple(choice_text(word) for word in column.choices))
        elif column.cell is Cell.UNIT:
            source = lists.of(UNITS)
        elif column.cell is Cell.DATASET and has_datasets:
            source = "=zuji_datasets"
        if source:
            strict = bool(column.choices)
            page.data_validation(first, x, last, x, {
                "validate": "list", "source": source, "ignore_blank": True,
                "error_type": "warning" if strict else "information", "show_error": strict,
                "error_title": "Zuji", "error_message": "不在列表中 / not in the list",
            })  # fmt: skip
    if sheet is layout.PRODUCT:
        for y, row in enumerate(rows, 1):
            words = layout.FIELD_CHOICES.get(row["key"])
            if words:
                source = lists.of(tuple(choice_text(word) for word in words))
                page.data_validation(y, 2, y, 2, {"validate": "list", "source": source, "ignore_blank": True})


def _own_datasets(book: Any, look: Look, raw: bytes | None) -> None:
    """The study's own datasets (background.csv) as a sheet, cell by cell as text."""
    if raw is None:
        return
    table = parse_csv(raw.decode("utf-8-sig", errors="replace"), OWN_DATASETS)
    page = book.add_worksheet(layout.DATASETS_SHEET)
    for x, name in enumerate(table.columns):
        page.set_column(x, x, 20, look.text)
        page.write_string(0, x, name, look.head)
    for y, row in enumerate(table.rows, 1):
        for x, name in enumerate(table.columns):
            page.write_string(y, x, row.get(name), look.text)
    page.freeze_panes(1, 1)
    page.ignore_errors({"number_stored_as_text": f"A1:{address(len(table.rows) + 1, len(table.columns))}"})
    _protect(page)


def _information(book: Any, look: Look, name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A sheet for reading only; nothing of it is read back."""
    lines = list(rows)
    if not lines:
        return
    page = book.add_worksheet(name)
    for x, head in enumerate(heads):
        page.set_column(x, x, 34 if x < 3 else 14)
        page.write_string(0, x, head, look.head)
    for y, line in enumerate(lines, 1):
        for x, text in enumerate(line):
            page.write_string(y, x, text, look.plain)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, len(lines), len(heads) - 1)
    page.ignore_errors({"number_stored_as_text": f"A1:{address(len(lines), len(heads) - 1)}"})
    _protect(page)


def _files(book: Any, files: Mapping[str, bytes]) -> None:
    """The hidden sheet of files that are kept byte by byte: name, SHA-256, part, Base64."""
    page = book.add_worksheet(layout.FILES_SHEET)
    page.hide()
    row = 0
    for name, raw in sorted(files.items()):
        text = base64.b64encode(raw).decode("ascii")
        for part in range(0, max(1, len(text)), CHUNK):
            page.write_string(row, 0, name)
            page.write_string(row, 1, hashlib.sha256(raw).hexdigest())
            page.write_string(row, 2, text[part : part + CHUNK])
            row += 1


def _meta(book: Any, meta: Mapping[str, str]) -> None:
    page = book.add_worksheet(layout.META_SHEET)
    page.hide()
    for row, (key, value) in enumerate(meta.items()):
        page.write_string(row, 0, key)
        page.write_string(row, 1, value)
