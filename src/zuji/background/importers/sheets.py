"""Cells of Excel workbooks of unknown origin: bounded in size before anything is unpacked, values only, no macros."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from zuji.background.importers.files import BROKEN, MAX_RATIO, RATIO_FROM, Source
from zuji.errors import UnreadableError

SUFFIXES = (".xlsx", ".xlsm")
MAX_UNPACKED = 1024**3
"""All parts of one workbook [B]."""
MAX_CELLS = 20_000_000
"""Cells of the rectangle that a sheet spans; a reader takes memory for each of them, empty or not."""
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{1,10})["']""")

Row = list[Any]


def workbook(source: Source, name: str) -> Iterator[tuple[str, Iterator[Row]]]:
    """(sheet, rows) in the order of the workbook; raises UnreadableError for what is damaged or out of bounds."""
    from python_calamine import CalamineWorkbook

    data = source.read(name)
    _check(data, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = list(book.sheet_names)
    except Exception as error:
        raise UnreadableError(f"{name}: no readable workbook: {str(error)[:200]}") from error
    except BaseException as error:
        raise _translated(error, name) from error
    for sheet in names:
        try:
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        except Exception as error:
            raise UnreadableError(f"{name}: the sheet '{sheet[:60]}' cannot be read: {str(error)[:200]}") from error
        except BaseException as error:
            raise _translated(error, name) from error
        yield sheet, iter(rows)


def _translated(error: BaseException, name: str) -> BaseException:
    """A panic of the reader is no Exception; everything else of that kind (Ctrl-C) is passed on."""
    if type(error).__name__ == "PanicException":
        return UnreadableError(f"{name}: no readable workbook")
    return error


def _check(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            total = sum(part.file_size for part in parts)
            ratio = max((p.file_size / max(p.compress_size, 1) for p in parts if p.file_size > RATIO_FROM), default=0)
            if total > MAX_UNPACKED or ratio > MAX_RATIO or len(parts) > 10_000:
                raise UnreadableError(f"{name}: the workbook would unpack to {total} bytes")
            for part in parts:
                if part.filename.lower().endswith(".xml") and "sheet" in part.filename.lower():
                    _check_sheet(archive, part, name)
    except UnreadableError:
        raise
    except BROKEN as error:
        raise UnreadableError(f"{name}: no readable workbook: {error}") from error


def _check_sheet(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    rows, columns = [1, 1], [1, 1]
    seen, left = False, b""
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 20):
            text = left + chunk
            for letters, digits in _PLACE.findall(text):
                row = int(digits)
                rows = [min(rows[0], row), max(rows[1], row)] if seen else [row, row]
                if letters:
                    column = 0
                    for letter in letters.upper():
                        column = column * 26 + letter - 64
                    columns = [min(columns[0], column), max(columns[1], column)] if seen else [column, column]
                seen = True
            left = text[-64:]
    if (rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1) > MAX_CELLS:
        raise UnreadableError(f"{name}: {part.filename} spans more than {MAX_CELLS} cells")


def shown(value: Any) -> str:
    """A cell as text: whole numbers without decimals, dates as they are written in ISO, errors and nothing as ''."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()
