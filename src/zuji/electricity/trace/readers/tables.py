"""CSV and Parquet tables by the million rows: columns of text with their lines; what is wrong becomes findings."""

from __future__ import annotations

import difflib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Array
from zuji.electricity.trace.labels import Integers
from zuji.finding import Code, Finding, Place
from zuji.reading import UNREADABLE, decode

MOST = 20
"""Findings of one kind listed per file; the number of the others is said."""
MISSING = ("", "-", "--", "—", "n/e", "N/A", "n/a", "NA", "NaN", "nan", "null")
"""What tables write where there is no value."""
NUMBER = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$"


@dataclass
class Report:
    """The findings of one file, the first of each kind in full."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: Code, line: int = 0, column: str = "", **params: str | int) -> None:
        """Report one problem."""
        self.counts[code.code] += 1
        if self.counts[code.code] <= MOST:
            self.findings.append(code(Place(self.file, line, column=column), clause="", severity=None, **params))

    def all(self) -> tuple[Finding, ...]:
        """The findings, and how many more of each kind there are."""
        rest = {code: count - MOST for code, count in sorted(self.counts.items()) if count > MOST}
        return (*self.findings, *(codes.MORE(Place(self.file), count=n, code=code) for code, n in rest.items()))


@dataclass(frozen=True, eq=False)
class Columns:
    """A table: dictionary-encoded text by column (`words[codes]`), the line of each row, and its report."""

    codes: dict[str, Integers]
    words: dict[str, list[str]]
    lines: NDArray[np.int32]
    report: Report

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, column: str) -> bool:
        return column in self.codes

    def numbers(self, column: str) -> Array:
        """The column as numbers, NaN where there is none; what cannot be read is reported and NaN."""
        import re

        pattern = re.compile(NUMBER)
        words = self.words[column]
        values = np.full(len(words), np.nan)
        bad = set()
        for i, word in enumerate(words):
            if pattern.match(word):
                values[i] = float(word)
            elif word.strip() not in MISSING:
                bad.add(i)
        if bad:
            for row in np.flatnonzero(np.isin(self.codes[column], list(bad))):
                word = words[self.codes[column][row]]
                self.report.add(codes.BAD_VALUE, int(self.lines[row]), column, value=word, series=column)
        return values[self.codes[column]] if len(words) else np.full(len(self), np.nan)

    def positions(self, column: str, known: Mapping[str, int], kind: str, file: str) -> Integers:
        """Where each row's text stands in `known`; −1 and a finding for what is not there."""
        words = [word.strip() for word in self.words[column]]
        table = np.array([known.get(word, -1) for word in words], dtype=np.int64)
        if not len(table):
            return np.full(len(self), -1)
        found = table[self.codes[column]]
        for code in np.flatnonzero(table < 0):
            rows = np.flatnonzero(self.codes[column] == code)
            if len(rows):
                near = ", ".join(difflib.get_close_matches(words[code], list(known), n=3)) or "-"
                line = int(self.lines[rows[0]])
                self.report.add(codes.UNKNOWN_ID, line, column, kind=kind, name=words[code], file=file, nearest=near)
        return found

    def texts(self, column: str) -> list[str]:
        """The text of every row, '' throughout where there is no such column."""
        if column not in self.codes:
            return [""] * len(self)
        words = [word.strip() for word in self.words[column]]
        return [words[i] for i in self.codes[column]]


def read_columns(
    path: Path,
    required: Sequence[str],
    optional: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
    shown: str = "",
) -> Columns:
    """The columns of a CSV (UTF-8 or GB18030; comma, semicolon or tab) or Parquet file; `names` maps other headings.

    A file that cannot be opened or lacks a required column gives no rows and a finding.
    """
    report = Report(shown or path.name)
    empty = Columns(
        {c: np.zeros(0, dtype=np.int64) for c in required},
        {c: [] for c in required},
        np.zeros(0, dtype=np.int32),
        report,
    )
    try:
        table, lines = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path, report)
    except OSError as error:
        report.add(UNREADABLE, reason=error.strerror or type(error).__name__)
        return empty
    if table is None:
        return empty
    names = names or {}
    found = {names.get(name.strip(), name.strip()): name for name in reversed(table.column_names)}
    lacking = [name for name in required if name not in found]
    if lacking:
        report.add(codes.BAD_COLUMNS, 1, columns=", ".join(lacking), found=", ".join(table.column_names) or "-")
        return empty
    index: dict[str, Integers] = {}
    words: dict[str, list[str]] = {}
    for name in (*required, *optional):
        if name in found:
            index[name], words[name] = _encoded(table.column(found[name]))
    return Columns(index, words, lines, report)


def _encoded(column: Any) -> tuple[Integers, list[str]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.fill_null(pc.cast(column, pa.string()), "")
    coded = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    coded = coded.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()


def _parquet(path: Path) -> tuple[Any, NDArray[np.int32]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise OSError(0, str(error)) from error
    return table, np.arange(1, table.num_rows + 1, dtype=np.int32)


def _csv(path: Path, report: Report) -> tuple[Any, NDArray[np.int32]]:
    import pyarrow as pa
    import pyarrow.compute as ac
    import pyarrow.csv as pc

    text, problem = decode(path.read_bytes(), report.file, chinese=True)
    none = np.zeros(0, dtype=np.int32)
    if problem is not None:
        report.findings.append(problem)
        return None, none
    head = 0
    while text.startswith("#") or text.startswith("\n") or text.startswith("\r"):
        text = text.partition("\n")[2]
        head += 1
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    if not first.strip():
        report.add(codes.BAD_COLUMNS, 1, columns="-", found="-")
        return None, none
    columns = [name.strip().strip('"') for name in first.rstrip("\r").split(delimiter)]
    skipped: list[int] = []

    def bad(row: Any) -> str:
        number = int(row.number or 0)
        skipped.append(number)
        if row.text and row.text.strip(f" \t\r\n{delimiter}"):
            problem = f"{row.actual_columns} ≠ {row.expected_columns}: {row.text[:60]}"
            report.add(codes.BAD_ROW, number + head, problem=problem)
        return "skip"

    try:
        table = pc.read_csv(
            io.BytesIO(text.encode("utf-8")),
            read_options=pc.ReadOptions(use_threads=False, column_names=None),
            parse_options=pc.ParseOptions(delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=bad),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        report.add(codes.BAD_ROW, 1, problem=str(error).splitlines()[0])
        return None, none
    # Row numbers count the header as 1; skipped rows move the ones behind them.
    numbers = np.arange(2, table.num_rows + len(skipped) + 2, dtype=np.int32)
    lines = numbers[~np.isin(numbers, skipped)][: table.num_rows] + np.int32(head)
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:  # an empty line is a row of nothing
        blank &= ac.equal(ac.fill_null(column, ""), "").to_numpy(zero_copy_only=False)
    return (table.filter(~blank), lines[~blank]) if blank.any() else (table, lines)
