"""The text of a study's file with another dataset at one line, every other byte as it was.

What changed is checked by reading both texts: they differ in that field (and a rating beside it) and nowhere else.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from zuji.reading import parse_csv, parse_yaml
from zuji.study.words import header_of

PROVIDERS = ("dataset", "process", "supplier")
_PLAIN = re.compile(r"[^\W_][\w./+-]*(?::[\w./+-]+)*")


class NoPlaceError(ValueError):
    """The text cannot be changed so that nothing else changes; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One CSV field: where its text stands."""

    start: int
    end: int


def bom_with(text: str, line: int, values: Mapping[str, str]) -> str:
    """`bom.csv` with other texts in some columns of the row that starts at `line` (from 1); '' empties one.

    A column that the table lacks is added at its end. Raises NoPlaceError.
    """
    rows = _records(text)
    delimiter = _delimiter(text)
    header = next((fields for start, fields in rows if _is_data(text, fields)), None)
    row = next((fields for start, fields in rows if start == line), None)
    if header is None or row is None or row is header:
        raise NoPlaceError(f"line {line} is no row of the table")
    names = {header_of(_value(text, one)): i for i, one in enumerate(header)}
    edits: list[tuple[int, int, str]] = []
    added: list[str] = []
    for column, value in values.items():
        if column in names:
            place = row[names[column]] if names[column] < len(row) else None
            if place is None:
                raise NoPlaceError(f"line {line} has too few fields")
            if _value(text, place) != value:
                edits.append((place.start, place.end, _quoted(value, delimiter)))
        elif value:
            added.append(column)
    for start, fields in rows if added else ():
        if not fields or not _is_data(text, fields):
            continue
        tail = added if fields is header else [values[column] if start == line else "" for column in added]
        end = fields[-1].end
        edits.append((end, end, "".join(delimiter + _quoted(value, delimiter) for value in tail)))
    changed = _edited(text, edits)
    _check_rows(text, changed, line, {*values})
    return changed


def _records(text: str) -> list[tuple[int, list[Field]]]:
    """(line, fields) of every record, comments and empty lines too."""
    delimiter = _delimiter(text)
    rows: list[tuple[int, list[Field]]] = []
    i, line = (1 if text.startswith("\ufeff") else 0), 1
    while i < len(text):
        start, fields, first = i, [], line
        while True:
            begin = i
            if i < len(text) and text[i] == '"':
                i += 1
                while i < len(text):
                    if text[i] == '"' and text[i + 1 : i + 2] == '"':
                        i += 2
                    elif text[i] == '"':
                        break
                    else:
                        line += text[i] == "\n"
                        i += 1
                i += 1
            while i < len(text) and text[i] not in ("\n", "\r", delimiter):
                i += 1
            fields.append(Field(begin, min(i, len(text))))
            if i < len(text) and text[i] == delimiter:
                i += 1
                continue
            break
        if text[i : i + 2] == "\r\n":
            i += 2
        elif i < len(text):
            i += 1
        line += 1
        rows.append((first, fields))
        if i == start:
            break
    return rows


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip("\ufeff").startswith("#")), "")
    return next((mark for mark in (",", ";", "\t") if mark in first), ",")


def _value(text: str, place: Field) -> str:
    raw = text[place.start : place.end]
    if raw.startswith('"'):
        return next(csv.reader(io.StringIO(raw, newline="")), [""])[0].strip()
    return raw.strip()


def _is_data(text: str, fields: Sequence[Field]) -> bool:
    return any(_value(text, one) for one in fields) and not text[fields[0].start :].startswith("#")


def _quoted(value: str, delimiter: str) -> str:
    if any(mark in value for mark in (delimiter, '"', "\n", "\r")) or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _check_rows(before: str, after: str, line: int, columns: set[str]) -> None:
    old, new = parse_csv(before.lstrip("\ufeff"), ""), parse_csv(after.lstrip("\ufeff"), "")
    if old.findings != new.findings or len(old.rows) != len(new.rows):
        raise NoPlaceError("the table has errors")
    for one, other in zip(old.rows, new.rows, strict=True):
        names = {name for name in {*one.values, *other.values} if one.get(name) != other.get(name)}
        is_here = one.place.line == line
        if {header_of(name) for name in names} - (columns if is_here else set()):
            raise NoPlaceError("other fields would change")


def process_with(text: str, index: int, values: Mapping[str, str], rating: str = "") -> str:
    """The YAML of a process with other texts under some keys of `exchanges[index]`; '' takes a key away.

    `rating` is the data quality of the technology of its amount. Raises NoPlaceError.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = _at(_at(root, "exchanges"), index)
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise NoPlaceError("the exchange is not found")
    edits: list[tuple[int, int, str]] = []
    for key, value in values.items():
        pair = next((p for p in node.value if p[0].value == key), None)
        if pair is not None and value:
            edits.append((pair[1].start_mark.index, pair[1].end_mark.index, _scalar(value)))
        elif pair is not None:
            edits.append(_without(text, node, pair))
        elif value:
            edits.append(_new_pair(text, node, key, _scalar(value)))
    if rating:
        edits.append(_rated(text, node, rating))
    # A key that goes and one that comes at the same place are one edit.
    changed = _edited(text, edits)
    _check_document(text, changed, index, {*values, *(("amount",) if rating else ())})
    return changed


def _at(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(key, int):
        return node.value[key] if isinstance(node, yaml.SequenceNode) and key < len(node.value) else None
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _scalar(value: str) -> str:
    if _PLAIN.fullmatch(value) and not re.fullmatch(r"(?i)[-+.\d]+(e[-+]?\d+)?|true|false|null|yes|no|on|off", value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _new_pair(text: str, node: yaml.MappingNode, key: str, value: str) -> tuple[int, int, str]:
    """A pair before `amount`, or behind the first one, in the style of the mapping."""
    before = next((name for name, _ in node.value[1:] if name.value == "amount"), None)
    if node.flow_style:
        at = before or (node.value[1][0] if len(node.value) > 1 else None)
        if at is not None:
            return at.start_mark.index, at.start_mark.index, f"{key}: {value}, "
        end = node.value[0][1].end_mark.index
        return end, end, f", {key}: {value}"
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    if before is None:
        before = node.value[1][0] if len(node.value) > 1 else None
    if before is None:
        raise NoPlaceError("the exchange has one key only")
    start = before.start_mark.index - before.start_mark.column
    return start, start, " " * before.start_mark.column + f"{key}: {value}{end_of_line}"


def _without(text: str, node: yaml.MappingNode, pair: tuple[yaml.Node, yaml.Node]) -> tuple[int, int, str]:
    i = [name for name, _ in node.value].index(pair[0])
    if i == 0:
        raise NoPlaceError("the first key of the exchange would go")
    if node.flow_style:
        return node.value[i - 1][1].end_mark.index, pair[1].end_mark.index, ""
    start = pair[0].start_mark.index - pair[0].start_mark.column
    end = text.find("\n", pair[1].end_mark.index - 1) + 1
    return start, end or len(text), ""


def _rated(text: str, node: yaml.MappingNode, rating: str) -> tuple[int, int, str]:
    amount = _at(node, "amount")
    if not isinstance(amount, yaml.MappingNode) or not amount.flow_style or not amount.value:
        raise NoPlaceError("the amount is not written as {value: …, unit: …}")
    quality = _at(amount, "data_quality")
    if quality is None:
        end = amount.value[-1][1].end_mark.index
        return end, end, f", data_quality: {{technology: {rating}}}"
    known = _at(quality, "technology")
    if known is not None:
        return known.start_mark.index, known.end_mark.index, rating
    if not isinstance(quality, yaml.MappingNode) or not quality.flow_style or not quality.value:
        raise NoPlaceError("data_quality is not written as {…}")
    end = quality.value[-1][1].end_mark.index
    return end, end, f", technology: {rating}"


def _check_document(before: str, after: str, index: int, keys: set[str]) -> None:
    old, new = parse_yaml(before, ""), parse_yaml(after, "")
    if new.findings or old.findings:
        raise NoPlaceError("the file has errors")

    def rest(data: Mapping[str, object]) -> object:
        exchanges = data.get("exchanges")
        assert isinstance(exchanges, list)
        kept = {k: v for k, v in exchanges[index].items() if k not in keys}
        return {**data, "exchanges": [*exchanges[:index], kept, *exchanges[index + 1 :]]}

    if rest(old.data) != rest(new.data):
        raise NoPlaceError("other values would change")
