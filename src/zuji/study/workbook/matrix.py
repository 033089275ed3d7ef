"""The sheets of a workbook as rows of texts by column key, whoever moved, merged or reformatted their cells."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from zuji.errors import UnreadableError
from zuji.finding import Place
from zuji.i18n import tr
from zuji.study.amount import Log, shown
from zuji.study.node import hint
from zuji.study.words import folded
from zuji.study.workbook import codes, layout
from zuji.study.workbook.cells import (
    FIRST_SERIAL,
    LAST_SERIAL,
    address,
    choice_of,
    date_of_serial,
    sheet_cell,
    typed_number,
)
from zuji.study.workbook.layout import Cell, Column, Hold, Sheet
from zuji.study.workbook.package import Odd, Package, odd_cells, percent_styles

HEADER_ROWS = 20
"""Rows among which the header is looked for: companies put titles and logos above it."""
LARGEST_EXACT = 10**15
MAX_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet: texts by column key, and the place of each cell."""

    values: Mapping[str, str]
    row: int
    """Counted from 0."""
    place_of: Callable[[str], Place]

    def get(self, key: str) -> str:
        """The text of a column, '' where it is empty."""
        return self.values.get(key, "")

    def place(self, key: str = "") -> Place:
        """The place of a column's cell, or of the row."""
        return self.place_of(key)


@dataclass(frozen=True, slots=True)
class Read:
    """A sheet as it was read: where its columns stand, and its lines."""

    sheet: Sheet
    name: str
    header_row: int
    columns: Mapping[str, int]
    titles: Mapping[str, str]
    lines: tuple[Line, ...] = ()

    def place(self, file: str, row: int, key: str = "") -> Place:
        """Sheet and cell of a column in a row; the row's first cell where the sheet lacks the column."""
        index = self.columns.get(key)
        cell = address(row, index if index is not None else 0)
        return Place(file, row + 1, sheet_cell(self.name, cell), self.titles.get(key, key))


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook as values: sheet name → rows of cells, with what values do not tell."""

    file: str
    package: Package
    values: Mapping[str, list[list[Any]]]
    merged: Mapping[str, Sequence[tuple[tuple[int, int], tuple[int, int]]]]
    odd: Mapping[str, Odd] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def open_book(raw: bytes, file: str) -> Book:
    """The values of every worksheet; raises UnreadableError for a file that is no readable .xlsx workbook."""
    import python_calamine

    package = Package(raw)
    sheets = package.sheets()
    styles = percent_styles(package)
    values: dict[str, list[list[Any]]] = {}
    merged: dict[str, Any] = {}
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            kinds = {one.name: one.typ for one in book.sheets_metadata}
            for name in book.sheet_names:
                if kinds[name] is not python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(name)
                if sheet.total_height * sheet.total_width > MAX_CELLS:
                    raise UnreadableError(
                        tr("the sheet {sheet} spans too many cells: delete the empty rows and columns", sheet=name)
                    )
                values[name] = sheet.to_python(skip_empty_area=False)
                merged[name] = sheet.merged_cell_ranges or []
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise UnreadableError(tr("the workbook is damaged: {problem}", problem=shown(error))) from error
    odd = {one.name: odd_cells(package, one.part, styles) for one in sheets if one.name in values}
    return Book(file, package, values, merged, odd, frozenset(one.name for one in sheets if one.state != "visible"))


def sheets_in(book: Book, log: Log) -> dict[str, Read]:
    """The sheets of a study found in the workbook, by id; notes for those that are not read."""
    found: dict[str, Read] = {}
    left: list[str] = []
    for name in book.values:
        sheet = _by_name(name)
        if sheet is not None and sheet.id not in found:
            found[sheet.id] = read_sheet(book, name, sheet, log)
        elif name not in layout.OWN_SHEETS:
            left.append(name)
    for name in left:
        sheet = _by_headers(book.values[name], [one for one in layout.SHEETS if one.id not in found])
        if sheet is not None:
            log.add(codes.SHEET_RENAMED(_of_sheet(book, name), sheet=name, known=sheet.name))
            found[sheet.id] = read_sheet(book, name, sheet, log)
        elif name not in book.hidden and any(cell not in ("", None) for row in book.values[name] for cell in row):
            near = hint(name, [one.name for one in layout.SHEETS])
            log.add(codes.SHEET_UNKNOWN(_of_sheet(book, name), sheet=name, hint=near))
    return found


def _of_sheet(book: Book, name: str) -> Place:
    return Place(book.file, 1, sheet_cell(name, "A1"))


def _by_name(name: str) -> Sheet | None:
    wish = folded(name)
    for sheet in layout.SHEETS:
        zh, _, en = sheet.name.partition(" ")
        if wish in (folded(sheet.name), folded(zh), folded(en), sheet.id):
            return sheet
    return None


def _by_headers(rows: Sequence[Sequence[Any]], sheets: Sequence[Sheet]) -> Sheet | None:
    """The sheet whose needed columns all stand in one row, and most of whose columns are known."""
    best: tuple[float, Sheet] | None = None
    for sheet in sheets:
        index, columns = _header(rows, sheet)
        known = len(columns)
        if index < 0 or not set(sheet.needed) <= columns.keys() or known < 4:
            continue
        share = known / max(1, sum(1 for cell in rows[index] if cell not in ("", None)))
        if share > 0.6 and (best is None or share > best[0]):
            best = (share, sheet)
    return best[1] if best else None


def _names(sheet: Sheet) -> dict[str, str]:
    names: dict[str, str] = {}
    for column in sheet.columns:
        for name in column.names():
            names.setdefault(name, column.key)
    # A column's own title beats an alias of another column.
    return names | {folded(column.title).replace("\n", "_"): column.key for column in sheet.columns}


def _key_of(cell: Any, names: Mapping[str, str]) -> str:
    if not isinstance(cell, str) or not cell.strip():
        return ""
    text = folded(cell).replace("\r", "").replace("\n", "_")
    bare = text.partition("(")[0].strip("_*:")
    parts = [text, bare, *text.split("_/_"), *text.split("/"), *text.split("_")[:1]]
    return next((names[part] for part in parts if part in names), "")


def _header(rows: Sequence[Sequence[Any]], sheet: Sheet) -> tuple[int, dict[str, int]]:
    """The row (from 0) with the most known headers and column key → index; -1 where no row has two."""
    names = _names(sheet)
    best: tuple[int, dict[str, int]] = (-1, {})
    for index, row in enumerate(rows[:HEADER_ROWS]):
        columns: dict[str, int] = {}
        for x, cell in enumerate(row):
            key = _key_of(cell, names)
            if key and key not in columns:
                columns[key] = x
        if len(columns) > max(1, len(best[1])):
            best = (index, columns)
    return best


def read_sheet(book: Book, name: str, sheet: Sheet, log: Log) -> Read:
    """One worksheet as a table of `sheet`: headers found, lines read, everything odd in the log."""
    rows = book.values[name]
    if not any(cell not in ("", None) for row in rows for cell in row):
        return Read(sheet, name, 0, {}, {})
    header_row, columns = _header(rows, sheet)
    if header_row < 0:
        needed = ", ".join(sheet.column(key).title.replace("\n", " ") for key in sheet.needed)
        log.add(codes.HEADER_MISSING(_of_sheet(book, name), rows=HEADER_ROWS, needed=needed))
        return Read(sheet, name, 0, {}, {})
    header = rows[header_row]
    titles = {key: str(header[x]).replace("\n", " ").strip() for key, x in columns.items()}
    read = Read(sheet, name, header_row, columns, titles)
    _note_headers(book, read, header, log)
    if not set(sheet.needed) <= columns.keys():
        return read
    return replace(read, lines=tuple(_lines(book, read, log)))


def _note_headers(book: Book, read: Read, header: Sequence[Any], log: Log) -> None:
    names, sheet = _names(read.sheet), read.sheet
    unknown: list[str] = []
    for x, cell in enumerate(header):
        text = str(cell).replace("\n", " ").strip() if cell not in ("", None) else ""
        key = _key_of(cell, names)
        where = Place(book.file, read.header_row + 1, sheet_cell(read.name, address(read.header_row, x)), text)
        if text and not key:
            unknown.append(text)
            words = [one for column in sheet.columns for one in (column.header.zh, column.header.en)]
            log.add(codes.COLUMN_UNKNOWN(where, column=shown(text), hint=hint(text, words)))
        elif key and read.columns[key] != x:
            first = address(read.header_row, read.columns[key])
            log.add(codes.COLUMN_TWICE(where, column=shown(text), first=first))
    for key in sheet.needed:
        if key not in read.columns:
            title = sheet.column(key).title.replace("\n", " ")
            where = Place(book.file, read.header_row + 1, sheet_cell(read.name, address(read.header_row, 0)))
            log.add(codes.COLUMN_ABSENT(where, column=title, hint=hint(title, unknown)))


def _lines(book: Book, read: Read, log: Log) -> Iterator[Line]:
    rows, odd = book.values[read.name], book.odd.get(read.name)
    merged = _merged(book, read, log)
    hidden = 0
    for y in range(read.header_row + 1, len(rows)):
        row = rows[y]
        first = next((cell for cell in row if cell not in ("", None)), "")
        if (
            isinstance(first, str)
            and first.strip().startswith("#")
            and address(y, 0) not in (odd.errors if odd else ())
        ):
            continue

        def place(key: str, y: int = y) -> Place:
            return read.place(book.file, y, key)

        values = {}
        for key, x in read.columns.items():
            cell = merged.get((y, x), row[x] if x < len(row) else "")
            text = _text(cell, read, book, y, x, key, log)
            if text:
                values[key] = text
        if not values or (read.sheet.fields and set(values) <= {"field"}):
            continue
        hidden += odd is not None and y + 1 in odd.hidden_rows
        yield Line(values, y, place)
    if hidden:
        log.add(codes.HIDDEN_ROWS(read.place(book.file, read.header_row), count=hidden))


def _merged(book: Book, read: Read, log: Log) -> dict[tuple[int, int], Any]:
    """What merged cells stand for in the rows they cover: texts run down, numbers do not."""
    filled: dict[tuple[int, int], Any] = {}
    rows, kinds = book.values[read.name], {x: read.sheet.column(key) for key, x in read.columns.items()}
    for (top, left), (bottom, right) in book.merged.get(read.name, ()):
        value = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
        covered = [kinds[x] for x in range(left, right + 1) if x in kinds]
        if top <= read.header_row or value in ("", None) or not covered:
            continue
        span, where = f"{address(top, left)}:{address(bottom, right)}", Place(
            book.file, top + 1, sheet_cell(read.name, address(top, left)), read.titles.get(covered[0].key, "")
        )  # fmt: skip
        if left != right or covered[0].cell in (Cell.NUMBER, Cell.MIXED):
            log.add(codes.MERGED(where, range=span))
        else:
            log.add(codes.MERGED_FILLED(where, range=span, value=shown(value)))
            filled |= {(y, left): value for y in range(top, bottom + 1)}
    return filled


def _text(cell: Any, read: Read, book: Book, y: int, x: int, key: str, log: Log) -> str:
    """The cell as the text that the readers of a study take."""
    odd = book.odd.get(read.name)
    if cell in ("", None) and not (odd and (odd.errors or odd.uncalculated)):
        return ""
    where = address(y, x)
    place = read.place(book.file, y, key)
    if odd is not None and where in odd.errors:
        log.add(codes.CELL_ERROR(place, error=odd.errors[where]))
        return odd.errors[where]
    if odd is not None and where in odd.uncalculated:
        log.add(codes.FORMULA_EMPTY(place, formula=shown(odd.uncalculated[where])))
        return "#N/A"
    column = read.sheet.column(key)
    kind = _kind(column, read, book, y)
    if isinstance(cell, bool):
        return ("yes" if cell else "no") if kind is Cell.CHOICE else str(cell).upper()
    if isinstance(cell, (int, float)):
        if kind is Cell.NUMBER and odd is not None and where in odd.percents:
            _refuse_percent(read, book, y, key, float(cell), place, log)
        return _number(float(cell), kind, place, log)
    if isinstance(cell, (date, time, timedelta)):
        return _moment(cell, kind, place, log)
    text = str(cell or "").strip()
    if kind is Cell.CHOICE and text:
        return choice_of(text, column.choices or _field_choices(read, book, y))
    return text


def _kind(column: Column, read: Read, book: Book, y: int) -> Cell:
    if column.cell is not Cell.MIXED:
        return column.cell
    hold = read.sheet.fields.get(_field(read, book, y), Hold.TEXT)
    return {Hold.DATUM: Cell.NUMBER, Hold.DATE: Cell.DATE, Hold.CHOICE: Cell.CHOICE}.get(hold, Cell.TEXT)


def _field(read: Read, book: Book, y: int) -> str:
    x = read.columns.get("key", -1)
    row = book.values[read.name][y]
    return str(row[x]).strip() if 0 <= x < len(row) else ""


def _field_choices(read: Read, book: Book, y: int) -> tuple[str, ...]:
    return read.sheet.words.get(_field(read, book, y), ())


def _refuse_percent(read: Read, book: Book, y: int, key: str, value: float, place: Place, log: Log) -> None:
    unit_key = {"amount": "unit", "value": "unit"}.get(key, f"{key}_unit")
    x = read.columns.get(unit_key, -1)
    row = book.values[read.name][y]
    if 0 <= x < len(row) and str(row[x]).strip() in ("%", "％"):
        log.add(codes.PERCENT_TWICE(place, shown=f"{value:.4g}".rstrip() and f"{value * 100:g}%", value=f"{value:g}"))


def _number(value: float, kind: Cell, place: Place, log: Log) -> str:
    if kind is Cell.DATE and FIRST_SERIAL <= value <= LAST_SERIAL:
        day = date_of_serial(value).isoformat()
        log.add(codes.DATE_SERIAL(place, value=typed_number(value), date=day))
        return day
    text = typed_number(value)
    if kind is Cell.ID and abs(value) >= LARGEST_EXACT:
        log.add(codes.LONG_NUMBER(place, value=text))
        return str(int(value))
    return text


def _moment(cell: date | time | timedelta, kind: Cell, place: Place, log: Log) -> str:
    if isinstance(cell, datetime):
        text = cell.strftime("%Y-%m-%d %H:%M") if (cell.hour or cell.minute) else cell.date().isoformat()
    else:
        text = cell.isoformat() if isinstance(cell, (date, time)) else str(cell)
    if kind is Cell.NUMBER:
        log.add(codes.DATE_FOR_NUMBER(place, value=text))
    elif kind is not Cell.DATE:
        log.add(codes.DATE_FOR_TEXT(place, value=text))
    return text
