"""A study read from an Excel workbook, whoever filled it in; every finding names sheet and cell."""

from __future__ import annotations

import atexit
import base64
import binascii
import dataclasses
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

from zuji.errors import UnreadableError
from zuji.finding import Finding, Place, in_order
from zuji.i18n import tr
from zuji.study import codes as study_codes
from zuji.study.amount import Log
from zuji.study.open import STUDY, WORKBOOKS, Opened, assemble, is_supplier
from zuji.study.workbook import codes, layout
from zuji.study.workbook.build import MARK, TABLE_OF, sources_of
from zuji.study.workbook.cells import cell_parts, sheet_cell, typed_number
from zuji.study.workbook.flatten import RENAMED
from zuji.study.workbook.matrix import Book, Read, open_book, sheets_in
from zuji.study.workbook.write import MAX_ATTACHED, OWN_DATASETS
from zuji.study.write import csv_text, put

MAX_FILE = 64 * 1024 * 1024
_SPEAKS_FOR_CELL = {one.code for one in (codes.CELL_ERROR, codes.FORMULA_EMPTY, codes.DATE_FOR_NUMBER)}
_FOLLOWS = {one.code for one in (study_codes.NUMBER, study_codes.DATE, study_codes.CHOICE, study_codes.ID_FORM,
                                 study_codes.UNIT, study_codes.RATING, study_codes.NOT_FINITE,
                                 study_codes.COUNTRY)}  # fmt: skip
"""What the readers of a study say of a text such as #REF! once more."""
_SUPPLIERS = "suppliers"
Record = TypeVar("Record")


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """A workbook as a study, with what travels byte by byte and where everything stood."""

    opened: Opened
    attachments: Mapping[str, bytes]
    sheets: Mapping[str, Read]
    meta: Mapping[str, str]
    """Template version, id and digest of the study that it was written from."""


def read_workbook(path: Path) -> Imported:
    """The study in a workbook; raises UnreadableError when the file is no workbook that can be read."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise UnreadableError(tr("{file}: more than {size} MB", file=path.name, size=MAX_FILE >> 20))
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error
    return imported(raw, path.name)


def imported(raw: bytes, file: str) -> Imported:
    """The study in the bytes of a workbook; `file` is its name in findings."""
    book = open_book(raw, file)
    log = Log()
    meta = _meta(book)
    version = meta.get("template", layout.TEMPLATE_VERSION)
    if version != layout.TEMPLATE_VERSION:
        where = Place(file, 1, sheet_cell(layout.META_SHEET, "B1"))
        log.add(codes.TEMPLATE_VERSION(where, found=version, known=layout.TEMPLATE_VERSION))
    sheets = sheets_in(book, log)
    attachments = _attachments(book, log)
    if "product" not in sheets:
        log.add(codes.SHEET_MISSING(Place(file), sheet=layout.PRODUCT.name))
        return Imported(Opened(None, in_order(log.closed())), attachments, sheets, meta)
    sources = sources_of(sheets, file, log)
    suppliers = {name: one for name, one in attachments.items() if is_supplier(name)}
    opened = assemble(dataclasses.replace(sources, suppliers=suppliers), "", log)
    moved = Relocated(file, sheets)
    findings = in_order(_without_echoes([moved.finding(one) for one in opened.findings]))
    study = opened.study
    if study is not None:
        study = dataclasses.replace(moved.record(study), findings=findings)
    return Imported(Opened(study, findings), attachments, sheets, meta)


def open_workbook(path: Path) -> Opened:
    """The study in a workbook, with its own datasets beside it, as `open_study` gives the study of a folder."""
    found = read_workbook(path)
    beside = {name: one for name, one in found.attachments.items() if not name.startswith(f"{_SUPPLIERS}/")}
    if found.opened.study is None or not beside:
        return found.opened
    folder = Path(tempfile.mkdtemp(prefix="zuji-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    put(folder, beside)
    return Opened(dataclasses.replace(found.opened.study, folder=str(folder)), found.opened.findings)


def is_workbook(path: Path) -> bool:
    """Whether the path names a workbook rather than a folder."""
    return path.suffix.lower() in WORKBOOKS and path.is_file()


class Relocated:
    """Turns the places of tables and documents into sheet and cell."""

    def __init__(self, file: str, sheets: Mapping[str, Read]) -> None:
        self.file, self.sheets = file, sheets
        self.by_name = {read.name: (id, read) for id, read in sheets.items()}

    def place(self, place: Place) -> Place:
        """The cell of a place; a place that has one, or that stands in another file, is returned as it is."""
        start, mark, name = place.file.partition(MARK)
        if mark and start == self.file and name in self.by_name:
            id, read = self.by_name[name]
            key = RENAMED.get(id, {}).get(place.column, place.column)
            return read.place(self.file, place.line - 1, key)
        if place.file in TABLE_OF and TABLE_OF[place.file] in self.sheets:
            read = self.sheets[TABLE_OF[place.file]]
            return read.place(self.file, read.header_row, place.column)
        if place.file == STUDY:
            return self._field(place.path)
        return place

    def _field(self, path: str) -> Place:
        read = self.sheets["product"]
        for line in read.lines:
            if path and line.get("key").startswith(path):
                return line.place("value")
        return read.place(self.file, read.header_row)

    def finding(self, finding: Finding) -> Finding:
        """The finding at its cell; places inside its message as well."""
        params = tuple((key, self._param(value)) for key, value in finding.params)
        place = self.place(finding.place)
        if finding.code == study_codes.REQUIRED.code:
            place = self._empty(place, str(dict(finding.params).get("key", "")))
        return dataclasses.replace(finding, place=place, params=params)

    def _empty(self, place: Place, key: str) -> Place:
        """The empty cell that a required value belongs into, where its row or field is known."""
        name = cell_parts(place.path)[0]
        if place.file != self.file or name not in self.by_name:
            return place
        id, read = self.by_name[name]
        if id != "product":
            column = {"reference_flow": "amount", "energy": "amount"}.get(key, RENAMED.get(id, {}).get(key, key))
            return read.place(self.file, place.line - 1, column) if column in read.columns else place
        own = next((line.get("key") for line in read.lines if line.row == place.line - 1), "")
        wish = f"{own.partition('.')[0]}.{key}" if "." in own else key
        for line in read.lines:
            if line.get("key") == wish or line.get("key").startswith(f"{wish}."):
                return line.place("value")
        return place

    def _param(self, value: Any) -> Any:
        if not isinstance(value, str) or f"{self.file}{MARK}" not in value:
            return value
        start, _, rest = value.partition(f"{self.file}{MARK}")
        name, _, line = rest.rpartition(":")
        if name in self.by_name and line.isdigit():
            return start + self.by_name[name][1].place(self.file, int(line) - 1).path
        return value

    def record(self, value: Record) -> Record:
        """The record with every place inside it turned into its cell."""
        return cast("Record", self._moved(value))

    def _moved(self, value: Any) -> Any:
        if isinstance(value, Place):
            return self.place(value)
        if isinstance(value, tuple):
            return tuple(self._moved(one) for one in value)
        if isinstance(value, Mapping):
            return {key: self._moved(one) for key, one in value.items()}
        if isinstance(value, type) or not dataclasses.is_dataclass(value):
            return value
        names = [part.name for part in dataclasses.fields(value)]
        if "place" not in names and "findings" not in names:
            return value
        return dataclasses.replace(cast("Any", value), **{name: self._moved(getattr(value, name)) for name in names})


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """The findings, without those that say of a broken cell once more that its text is no number, date or word."""
    broken = {one.place.path for one in findings if one.code in _SPEAKS_FOR_CELL}
    return [one for one in findings if not (one.code in _FOLLOWS and one.place.path in broken)]


def _meta(book: Book) -> dict[str, str]:
    rows = book.values.get(layout.META_SHEET, [])
    return {str(row[0]): str(row[1]) for row in rows if len(row) > 1 and row[0] not in ("", None)}


def _attachments(book: Book, log: Log) -> dict[str, bytes]:
    files: dict[str, tuple[str, list[str]]] = {}
    for row in book.values.get(layout.FILES_SHEET, []):
        name, sha256, part = ([str(cell) for cell in row] + ["", "", ""])[:3]
        path = PurePosixPath(name)
        if name and not path.is_absolute() and ".." not in path.parts and ":" not in name and "\\" not in name:
            files.setdefault(name, (sha256, []))[1].append(part)
    found: dict[str, bytes] = {}
    for name, (sha256, parts) in files.items():
        try:
            raw = base64.b64decode("".join(parts), validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if hashlib.sha256(raw).hexdigest() != sha256:
            log.add(codes.ATTACHMENT(Place(book.file, 1, sheet_cell(layout.FILES_SHEET, "A1")), file=name))
        elif sum(len(one) for one in found.values()) + len(raw) <= MAX_ATTACHED:
            found[name] = raw
    own = _own_datasets(book)
    return {**found, OWN_DATASETS: own} if own else found


def _own_datasets(book: Book) -> bytes:
    rows = book.values.get(layout.DATASETS_SHEET, [])
    header = [str(cell).strip() for cell in rows[0]] if rows else []
    columns = [name for name in header if name]
    if not columns:
        return b""
    lines = []
    for row in rows[1:]:
        line = {name: _plain(cell) for name, cell in zip(header, row, strict=False) if name}
        if any(line.values()):
            lines.append(line)
    return csv_text(columns, lines).encode("utf-8")


def _plain(cell: Any) -> str:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return typed_number(float(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell if cell is not None else "").strip()
