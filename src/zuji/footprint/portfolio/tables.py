"""Bills of materials as tables of rows (owner, line, amount, unit), read in blocks; a bad row is a finding.

CSV (UTF-8 or GB18030, separated by comma, semicolon or tab; lines that begin with # are skipped), Parquet and Arrow
IPC files. No more than one block is held at a time.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from csv import reader as csv_reader
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.errors import UnreadableError
from zuji.finding import Finding, Place
from zuji.footprint.portfolio import codes

CSV, PARQUET, ARROW = (".csv", ".txt", ".tsv"), (".parquet",), (".arrow", ".feather")
SUFFIXES = (*CSV, *PARQUET, *ARROW)
OWNERS = ("variant", "item")
BYTES = 16 * 1024 * 1024
"""Of a CSV file that become one block."""
ROWS = 262_144
"""Of a Parquet file that become one block."""
COLUMNS = ("line", "amount", "unit")


@dataclass(frozen=True, eq=False)
class Block:
    """Rows in the order of the file; texts are codes into their own list."""

    owners: list[str]
    owner: npt.NDArray[np.int64]
    lines: list[str]
    line: npt.NDArray[np.int64]
    units: list[str]
    unit: npt.NDArray[np.int64]
    amount: npt.NDArray[np.float64]
    """NaN where the text is no finite number."""
    texts: Any
    """The amounts as they stand in the file."""
    number: npt.NDArray[np.int64]
    """Line of a CSV file (header: 1), row of another table (first: 1)."""

    def __len__(self) -> int:
        return len(self.amount)


class TableReader:
    """A table opened for reading in blocks; `findings` grow while `blocks` runs."""

    def __init__(self, path: Path, owner: str, *, size: int | None = None) -> None:
        self.path, self.owner, self.size = path, owner, size
        self.shown = path.name
        self.findings: list[Finding] = []
        self.lost: set[str] = set()
        """Owners of rows that could not be read."""
        if not path.is_file():
            raise UnreadableError(f"{path}: there is no such file")

    def blocks(self) -> Iterator[Block]:
        """The blocks of the table; raises UnreadableError for a file that is no such table at all."""
        import pyarrow as pa

        suffix = self.path.suffix.lower()
        read = self._csv if suffix in CSV else self._parquet if suffix in PARQUET else self._arrow
        try:
            yield from read()
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise UnreadableError(f"{self.path}: {str(error).splitlines()[0]}") from error

    def _csv(self) -> Iterator[Block]:
        from pyarrow import csv

        encoding, delimiter, header, skipped = _sniffed(self.path)
        if not self._columns_are_there(header, skipped + 1):
            return
        refused: list[int] = []

        def refuse(row: Any) -> str:
            refused.append(int(row.number) - skipped)  # Arrow counts the rows that it was told to skip
            if row.text.strip() and not row.text.startswith("#"):
                cells = next(csv_reader([row.text], delimiter=delimiter), [])
                at = header.index(self.owner)
                self.lost.update(cell.strip() for cell in cells[at : at + 1])
                self.findings.append(
                    codes.ROW_SHAPE(
                        Place(self.shown, int(row.number)), found=row.actual_columns,
                        expected=row.expected_columns, text=row.text[:80],
                    )
                )  # fmt: skip
            return "skip"

        names = [name for name in (self.owner, *COLUMNS) if name in header]
        reader = csv.open_csv(
            self.path,
            read_options=csv.ReadOptions(
                use_threads=False, block_size=self.size or BYTES, encoding=encoding, skip_rows=skipped
            ),
            parse_options=csv.ParseOptions(delimiter=delimiter, invalid_row_handler=refuse, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                include_columns=names, column_types=dict.fromkeys(names, _string()), strings_can_be_null=False
            ),
        )
        after, met = 1, 0  # rows of the file so far, the header first; refused ones already passed over
        for batch in reader:
            numbers = np.empty(batch.num_rows, dtype=np.int64)
            filled = 0
            while filled < batch.num_rows:
                if met < len(refused) and refused[met] == after + 1:
                    met, after = met + 1, after + 1
                    continue
                until = refused[met] - 1 if met < len(refused) else after + batch.num_rows - filled
                count = min(until - after, batch.num_rows - filled)
                numbers[filled : filled + count] = np.arange(after + 1, after + 1 + count)
                filled, after = filled + count, after + count
            yield self._block(batch, numbers + skipped)

    def _parquet(self) -> Iterator[Block]:
        from pyarrow import parquet

        schema = parquet.read_schema(self.path)
        header = schema.names
        # Texts stay codes into a dictionary: a family repeats few of them many times.
        texts = [
            name for name in (self.owner, "line", "unit") if name in header and schema.field(name).type == _string()
        ]
        with parquet.ParquetFile(self.path, read_dictionary=texts, pre_buffer=False) as file:
            if self._columns_are_there(header, 0):
                names = [name for name in (self.owner, *COLUMNS) if name in header]
                yield from self._numbered(file.iter_batches(batch_size=self.size or ROWS, columns=names))

    def _arrow(self) -> Iterator[Block]:
        import pyarrow as pa

        with pa.memory_map(str(self.path)) as source:
            file = pa.ipc.open_file(source)
            if self._columns_are_there(file.schema.names, 0):
                yield from self._numbered(file.get_batch(i) for i in range(file.num_record_batches))

    def _numbered(self, batches: Iterator[Any]) -> Iterator[Block]:
        before = 0
        for batch in batches:
            yield self._block(batch, np.arange(before + 1, before + 1 + batch.num_rows))
            before += batch.num_rows

    def _columns_are_there(self, header: list[str], line: int) -> bool:
        lacking = [name for name in (self.owner, "line", "amount") if name not in header]
        for name in lacking:
            place = Place(self.shown, line, "", name)
            self.findings.append(codes.COLUMN_MISSING(place, column=name, columns=", ".join(header)))
        return not lacking

    def _block(self, batch: Any, numbers: npt.NDArray[np.int64]) -> Block:
        import pyarrow.compute as pc

        if self.path.suffix.lower() in CSV:
            # An empty line, or a comment with as many commas as the header has.
            owner_text = _text(batch, self.owner)
            passed = np.asarray(pc.starts_with(owner_text, "#"), dtype=bool)
            passed |= ~np.asarray(pc.or_(pc.not_equal(owner_text, ""), pc.not_equal(_text(batch, "line"), "")), bool)
            if passed.any():
                keep = np.flatnonzero(~passed)
                batch, numbers = batch.take(keep), numbers[keep]
        texts = batch.column(batch.schema.get_field_index("amount"))
        owners, owner = _coded(batch, self.owner)
        lines, line = _coded(batch, "line")
        if "unit" in batch.schema.names:
            units, unit = _coded(batch, "unit")
        else:
            units, unit = [""], np.zeros(batch.num_rows, dtype=np.int64)
        return Block(owners, owner, lines, line, units, unit, _numbers(texts), texts, numbers)


def _string() -> Any:
    import pyarrow as pa

    return pa.string()


def _text(batch: Any, name: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = batch.column(batch.schema.get_field_index(name))
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    text = pc.cast(column, pa.string()) if not pa.types.is_string(column.type) else column
    return pc.fill_null(pc.utf8_trim_whitespace(text), "")


def _coded(batch: Any, name: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different texts of a column, each once, and the place of every row among them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = batch.column(batch.schema.get_field_index(name))
    found = column if pa.types.is_dictionary(column.type) else _text(batch, name).dictionary_encode()
    known: dict[str, int] = {}
    written = ["" if text is None else str(text).strip() for text in found.dictionary.to_pylist()]
    place = np.array([known.setdefault(text, len(known)) for text in [*written, ""]], dtype=np.int64)
    codes_of = np.asarray(pc.fill_null(found.indices, len(written)), dtype=np.int64)
    return list(known), place[codes_of]


def _numbers(column: Any) -> npt.NDArray[np.float64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        try:
            column = pc.cast(trimmed, pa.float64())
        except pa.ArrowInvalid:
            column = pa.array([_number(text) for text in trimmed.to_pylist()], pa.float64())
    elif pa.types.is_decimal(column.type) or pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        column = pc.cast(column, pa.float64(), safe=False)
    else:
        column = pa.nulls(len(column), pa.float64())
    values = np.asarray(pc.fill_null(column, float("nan")), dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _number(text: str | None) -> float | None:
    import re

    # What Arrow reads as a number; Python's float would also take 1_000.
    return float(text) if text and re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) else None


def _sniffed(path: Path) -> tuple[str, str, list[str], int]:
    """Encoding, delimiter, header and the number of comment lines before it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding = "utf-8"
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                encoding = "gb18030"
                break
    skipped = 0
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as text:
        for line in text:
            if line.strip() and not line.startswith("#"):
                first = line.rstrip("\r\n")
                delimiter = next((mark for mark in (",", ";", "\t") if mark in first), ",")
                return encoding, delimiter, [name.strip().strip('"') for name in first.split(delimiter)], skipped
            skipped += 1
    return encoding, ",", [], skipped
