"""The lines of a SimaPro CSV file: header, encoding, separators, quoted fields, blocks and their sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from zuji.background.importers import format_codes
from zuji.background.importers import simapro_words as words
from zuji.background.importers.files import Budget, Source
from zuji.finding import Finding, Place

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t", ";": ";", ",": ",", "\t": "\t"}
LONGEST = 1 << 20
"""Bytes of one line [B]; comments of a page have some thousand."""
JOINED = 400
"""Lines over which one quoted field may run."""
_GB2312 = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")
LINE_END = "\x7f"
"""How SimaPro writes the end of a line inside a field."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the rows below it, inside a block; `line` is that of the heading, `rows` have their own."""

    block: str
    name: str
    rows: list[tuple[int, list[str]]]
    line: int


@dataclass(slots=True)
class Header:
    """What the lines in braces say."""

    separator: str = ";"
    decimal: str = "."
    version: str = ""
    findings: list[Finding] = field(default_factory=list)


def decoded(line: bytes) -> str:
    """A line as text: UTF-8, else Chinese where every byte above 127 fits it, else Western European."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _GB2312.fullmatch(line):
        try:
            return line.decode("gb2312")
        except UnicodeDecodeError:
            pass
    return line.decode("cp1252", "replace")


def lines_of(source: Source, name: str, findings: list[Finding]) -> Iterator[tuple[int, str]]:
    """(number, text) of every line; raises UnreadableError for a damaged archive."""
    with source.open(name) as raw:
        stream = Budget(raw, source.size(name) + 1024, name)
        left, number = b"", 0
        while chunk := stream.read(1 << 20):
            *whole, left = (left + chunk).split(b"\n")
            for line in whole:
                number += 1
                yield number, decoded(line.rstrip(b"\r"))
            if len(left) > LONGEST:
                findings.append(format_codes.BAD_ROW(Place(name, number + 1), problem=f"more than {LONGEST} bytes"))
                left = b""
        if left:
            yield number + 1, decoded(left.rstrip(b"\r"))


def header_of(source: Source, name: str) -> Header:
    """The header of a file; what it does not say is as SimaPro writes it by default."""
    found = Header()
    for number, raw in lines_of(source, name, found.findings):
        line = raw.lstrip("\ufeff").strip().rstrip(";,\t")
        if number > 80 or (line and not line.startswith("{")):
            break
        key, _, value = line.strip("{}").partition(":")
        word = value.strip()
        match key.strip().lower():
            case "csv separator":
                found.separator = SEPARATORS.get(word.lower(), ";")
            case "decimal separator":
                found.decimal = "," if word.lower() in (",", "comma") else "."
            case "csv format version":
                found.version = word
    return found


def split(line: str, separator: str) -> list[str] | None:
    """The fields of a line; None when a quoted field does not end in it."""
    if '"' not in line:
        return line.split(separator)
    found: list[str] = []
    at, end = 0, len(line)
    while at <= end:
        if at < end and line[at] == '"':
            text, at = "", at + 1
            while True:
                quote = line.find('"', at)
                if quote < 0:
                    return None
                text += line[at:quote]
                if line[quote + 1 : quote + 2] != '"':
                    break
                text, at = text + '"', quote + 2
            stop = line.find(separator, quote + 1)
            stop = end if stop < 0 else stop
            found.append(text + line[quote + 1 : stop])
        else:
            stop = line.find(separator, at)
            stop = end if stop < 0 else stop
            found.append(line[at:stop])
        at = stop + 1
    return found


def rows_of(source: Source, name: str, separator: str, findings: list[Finding]) -> Iterator[tuple[int, list[str]]]:
    """(line, fields) without empty fields at the end; an empty line is an empty list."""
    pending: list[tuple[int, str]] = []
    for number, line in lines_of(source, name, findings):
        pending.append((number, line))
        joined = "\n".join(text for _, text in pending)
        fields = split(joined, separator)
        if fields is not None:
            yield pending[0][0], _trimmed(fields)
        elif len(pending) < JOINED and len(joined) < LONGEST:
            continue
        else:
            # No end in sight: the quotation mark is part of the text.
            for at, text in pending:
                yield at, _trimmed(text.split(separator))
        pending = []
    for at, text in pending:
        yield at, _trimmed(text.split(separator))


def _trimmed(fields: list[str]) -> list[str]:
    found = [one.replace(LINE_END, " ").replace("\0", "").strip() for one in fields]
    while found and not found[-1]:
        found.pop()
    return found


def sections(source: Source, name: str, separator: str, findings: list[Finding]) -> Iterator[Section]:
    """The sections of all blocks in order; the end of a block is a section named `End`.

    The rows of a table end at an empty line or at the next table. A text may be empty: then its empty line is followed
    by another one or by a heading.
    """
    tables, texts, blocks = words.TABLES, words.TEXTS, words.BLOCKS
    block, heading, line, rows = "", "", 0, []  # type: str, str, int, list[tuple[int, list[str]]]
    fresh = True
    for number, fields in rows_of(source, name, separator, findings):
        first = fields[0].lstrip("\ufeff") if fields else ""
        if not block:
            if first and not first.startswith("{"):
                block, heading, line, rows, fresh = first, "", number, [], True
                heading = first if first.lower() in blocks else ""
            continue
        if len(fields) == 1 and first.lower() == "end":
            if heading:
                yield Section(block, heading, rows, line)
            yield Section(block, "End", [], number)
            block, heading, rows = "", "", []
        elif block.lower() in blocks:
            if fields:
                rows.append((number, fields))
        elif not fields:
            if heading and (rows or not fresh or heading.lower() in tables):
                yield Section(block, heading, rows, line)
                heading, rows = "", []
            fresh = False
        elif not heading or (
            len(fields) == 1
            and (
                (first.lower() in tables and (heading.lower() in tables or not fresh))
                or (not fresh and not rows and first.lower() in texts)
            )
        ):
            if heading:
                yield Section(block, heading, rows, line)
            heading, rows, line, fresh = first, [], number, True
        else:
            rows.append((number, fields))
        if len(rows) > 200_000:
            findings.append(format_codes.BAD_ROW(Place(name, number), problem=f"'{heading[:60]}' has no end"))
            rows = []
    if block and heading:
        yield Section(block, heading, rows, line)
    if block:
        findings.append(format_codes.BAD_ROW(Place(name, line), problem=f"the block '{block[:60]}' has no 'End'"))
        yield Section(block, "End", [], line)
