"""What stands in a cell: numbers as the texts they were typed as, dates, words in both languages, addresses."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from zuji.study.words import VALUES, value_of

_DAY_ZERO = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 20000, 80000
"""Numbers that a date column takes for days of a spreadsheet: 1954 to 2119; 2025 stays a year."""
DIGITS = 15
"""Significant digits that spreadsheets keep of what is typed."""


def typed_number(value: float) -> str:
    """The number of a cell as text: the shortest that reads back the same, of at most 15 significant digits.

    >>> typed_number(0.1 + 0.2), typed_number(165.0), typed_number(1.5e-10)
    ('0.3', '165', '1.5e-10')
    """
    if float(value).is_integer() and abs(value) < 10**DIGITS:
        return str(int(value))
    text = repr(float(value))
    digits = re.sub(r"[eE].*|[-.]", "", text).lstrip("0")
    return text if len(digits) <= DIGITS else format(value, f".{DIGITS}g")


def fits_number(text: str) -> bool:
    """Whether a number cell gives back exactly this text; else it is written as text, so that nothing is lost."""
    try:
        return typed_number(float(text)) == text
    except (ValueError, OverflowError):
        return False


def date_of_serial(serial: float) -> date:
    """The day that a spreadsheet counts as `serial` (1 is 1900-01-01 in the system that all write today)."""
    return _DAY_ZERO + timedelta(days=int(serial))


def choice_text(word: str) -> str:
    """A word of a drop-down list in both languages: `实测 measured`."""
    return f"{VALUES[word][0]} {word}" if word in VALUES else word


def choice_of(text: str, known: tuple[str, ...]) -> str:
    """The word of `known` that a cell means, in one language or both; the text itself when it means none."""
    parts = text.split()
    for candidate in (text, *reversed(parts)):
        if found := value_of(candidate, known):
            return found
    return text


def column_letters(index: int) -> str:
    """The letters of a column, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """The address of a cell by row and column counted from 0: (11, 5) is F12."""
    return f"{column_letters(column)}{row + 1}"


def indexes(cell: str) -> tuple[int, int]:
    """Row and column, counted from 0, of an address such as F12."""
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d+)", cell)
    if match is None:
        raise ValueError(f"{cell} is not the address of a cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def sheet_cell(sheet: str, cell: str) -> str:
    """Sheet and cell as spreadsheets write them: `'物料清单 BOM'!F12`."""
    plain = re.fullmatch(r"[\w\u3400-\u9fff]+", sheet) and not sheet[0].isdigit()
    quoted = sheet if plain else "'" + sheet.replace("'", "''") + "'"
    return f"{quoted}!{cell}"


_CELL = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Z]{1,3}\$?\d+)")


def cell_parts(path: str) -> tuple[str, str]:
    """Sheet and cell of what `sheet_cell` writes; two empty texts for anything else."""
    match = _CELL.fullmatch(path)
    if match is None:
        return "", ""
    return (match[1].replace("''", "'") if match[1] else match[2]), match[3].replace("$", "")


def parse_uncertainty(text: str) -> dict[str, Any] | None:
    """`lognormal loc=1 scale=0.1` as a mapping, None where a part is not name=number."""
    name, *parts = re.split(r"[\s,;，；]+", text.strip())
    pairs = [part.partition("=") for part in parts if part]
    if any(not mark for _, mark, _ in pairs):
        return None
    return {"distribution": name} | {key: value for key, _, value in pairs}
