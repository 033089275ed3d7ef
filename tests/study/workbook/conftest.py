"""A workbook of the skeleton study, and how to spoil its cells as people do."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import openpyxl
import pytest

from zuji.finding import Finding, Severity
from zuji.study.new import write_skeleton
from zuji.study.open import open_study
from zuji.study.workbook.layout import SHEETS
from zuji.study.workbook.read import Imported, imported
from zuji.study.workbook.write import workbook_of

FILE = "study.xlsx"
NAMES = {sheet.id: sheet.name for sheet in SHEETS}


@dataclass
class Workbook:
    """The skeleton as a workbook that a test may change."""

    raw: bytes
    changed: openpyxl.Workbook = field(init=False)

    def __post_init__(self) -> None:
        self.changed = openpyxl.load_workbook(io.BytesIO(self.raw))

    def sheet(self, id: str):
        return self.changed[NAMES[id]]

    def cell(self, id: str, key: str, row: int) -> str:
        """The address of a column's cell in a row (from 1)."""
        keys = [column.key for column in next(one for one in SHEETS if one.id == id).columns]
        return openpyxl.utils.get_column_letter(keys.index(key) + 1) + str(row)

    def row(self, id: str, key: str, value: str) -> int:
        """The row in which a column has this value."""
        letter = self.cell(id, key, 1)[:-1]
        return next(one.row for one in self.sheet(id)[letter] if one.value == value)

    def put(self, id: str, key: str, row: int, value: object) -> str:
        """Write a value into a cell; returns its address with the sheet."""
        where = self.cell(id, key, row)
        self.sheet(id)[where] = value
        return f"'{NAMES[id]}'!{where}"

    def bytes(self) -> bytes:
        stream = io.BytesIO()
        self.changed.save(stream)
        return stream.getvalue()

    def read(self) -> Imported:
        return imported(self.bytes(), FILE)

    def loud(self) -> list[Finding]:
        return [one for one in self.read().opened.findings if one.severity is not Severity.NOTE]

    def only(self, code: str) -> Finding:
        """The only finding above a note, and of that code."""
        loud = self.loud()
        assert [one.code for one in loud] == [code], [(one.code, str(one.place), one.what("en")) for one in loud]
        return loud[0]

    def one(self, code: str) -> Finding:
        found = [one for one in self.read().opened.findings if one.code == code]
        assert len(found) == 1, [(one.code, one.what("en")) for one in self.read().opened.findings]
        return found[0]


@pytest.fixture(scope="session")
def skeleton_raw(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("skeleton") / "study"
    write_skeleton(folder)
    return workbook_of(open_study(folder).study, {})


@pytest.fixture
def book(skeleton_raw) -> Workbook:
    return Workbook(skeleton_raw)
