"""Files become rows and mappings that remember their line; what cannot be read becomes a finding, never a traceback.

CSV is read as UTF-8, UTF-8 with BOM or GB18030 (what Excel saves on a Chinese machine); YAML as UTF-8 with the YAML
1.2 core types only, so the country code NO stays a text and dates stay texts until a model asks for a date.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from zuji.finding import Finding, Place, Severity, define
from zuji.i18n import N_

MAX_BYTES = 64 * 1024 * 1024

UNREADABLE = define(
    "ZJ101",
    Severity.ERROR,
    what=N_("the file cannot be opened: {reason}"),
    why=N_("without it the study is not complete"),
    mend=N_("put the file there, or give read permission"),
)
ENCODING = define(
    "ZJ102",
    Severity.ERROR,
    what=N_("the text is not {expected}: byte {offset} cannot be decoded"),
    why=N_("text in a wrong encoding loses names and numbers silently"),
    mend=N_("save the file as UTF-8 (in Excel: 'CSV UTF-8')"),
)
YAML_SYNTAX = define(
    "ZJ103",
    Severity.ERROR,
    what=N_("YAML syntax error: {problem}"),
    why=N_("nothing of this file can be read"),
    mend=N_("mend the line; indent with spaces, put texts with ': ' or '#' in quotes"),
)
YAML_DUPLICATE_KEY = define(
    "ZJ104",
    Severity.ERROR,
    what=N_("the key '{key}' stands twice in one mapping"),
    why=N_("one of the two values would be lost silently"),
    mend=N_("keep one of them, or rename"),
)
YAML_ALIAS = define(
    "ZJ105",
    Severity.ERROR,
    what=N_("YAML anchors and aliases (& and *) are not read"),
    why=N_("every datum needs a line of its own that it can be traced to"),
    mend=N_("write the value out where it is used"),
)
CSV_SYNTAX = define(
    "ZJ106",
    Severity.ERROR,
    what=N_("CSV syntax error: {problem}"),
    why=N_("the rows after it cannot be trusted"),
    mend=N_("close the quotes; put fields that contain commas or line breaks in double quotes"),
)
CSV_HEADER = define(
    "ZJ107",
    Severity.ERROR,
    what=N_("the header row has {problem}"),
    why=N_("columns are found by their name"),
    mend=N_("the first row must name every column once"),
)
CSV_WIDTH = define(
    "ZJ108",
    Severity.ERROR,
    what=N_("the row has {found} fields, the header has {expected}"),
    why=N_("a shifted field puts a number under a wrong name"),
    mend=N_("add or remove a comma, or quote the field that contains one"),
)
NOT_A_MAPPING = define(
    "ZJ109",
    Severity.ERROR,
    what=N_("the file must hold a mapping (key: value), not {found}"),
    why=N_("fields are found by their key"),
    mend=N_("start from the skeleton that 'zuji new' writes"),
)
TOO_LARGE = define(
    "ZJ110",
    Severity.ERROR,
    what=N_("the file has {size} bytes, more than the {limit} that are read"),
    why=N_("a document of a study is small; this is probably another file"),
    mend=N_("check the name; put data of that size into a background database"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One CSV row: stripped texts by column name (empty columns left out), and where it stands."""

    values: Mapping[str, str]
    place: Place

    def get(self, column: str, default: str = "") -> str:
        return self.values.get(column, default)


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file as rows; `columns` are the names in its header."""

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping; `place_of(path)` gives file, line and key path of any value inside."""

    data: Mapping[str, Any]
    file: str
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def place_of(self, path: Sequence[str | int] = ()) -> Place:
        """The place of the value at `path`, or of the nearest enclosing value that exists."""
        key = tuple(path)
        while key and key not in self.lines:
            key = key[:-1]
        return Place(self.file, self.lines.get(key, 1), key_path(path))


def key_path(path: Sequence[str | int]) -> str:
    """A key path as people write it: ('exchanges', 3, 'amount') → `exchanges[3].amount`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _bytes(path: Path, shown: str) -> tuple[bytes, Finding | None]:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return b"", TOO_LARGE(Place(shown), size=size, limit=MAX_BYTES)
        return path.read_bytes(), None
    except OSError as error:
        return b"", UNREADABLE(Place(shown), reason=error.strerror or type(error).__name__)


def decode(raw: bytes, shown: str, *, chinese: bool) -> tuple[str, Finding | None]:
    """The text of `raw`: UTF-8 (with or without BOM), else GB18030 when `chinese`; else a finding."""
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        if chinese:
            try:
                return raw.decode("gb18030"), None
            except UnicodeDecodeError as second:
                return "", ENCODING(Place(shown), expected="UTF-8 / GB18030", offset=second.start)
        return "", ENCODING(Place(shown), expected="UTF-8", offset=error.start)


def read_csv(path: Path, shown: str = "") -> Table:
    """The rows of a CSV file with their line numbers; lines that start with # and empty rows are skipped."""
    shown = shown or path.name
    raw, problem = _bytes(path, shown)
    if problem:
        return Table(findings=(problem,))
    text, problem = decode(raw, shown, chinese=True)
    if problem:
        return Table(findings=(problem,))
    return parse_csv(text, shown)


def parse_csv(text: str, shown: str) -> Table:
    """The rows of CSV text; see `read_csv`."""
    findings: list[Finding] = []
    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    first_data = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    delimiter = next((mark for mark in (",", ";", "\t") if mark in first_data), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            start, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in record) or record[0].startswith("#"):
                continue
            place = Place(shown, start)
            cells = [cell.replace("\x00", "").strip() for cell in record]
            if not columns:
                columns = tuple(cells)
                findings += _header_findings(columns, place)
                continue
            if len(cells) != len(columns):
                findings.append(CSV_WIDTH(place, found=len(cells), expected=len(columns)))
                continue
            values = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
            rows.append(Row(values, place))
    except csv.Error as error:
        findings.append(CSV_SYNTAX(Place(shown, max(line, reader.line_num)), problem=error))
    if not columns and not findings:
        findings.append(CSV_HEADER(Place(shown, 1), problem="-"))
    return Table(columns, tuple(rows), tuple(findings))


def _header_findings(columns: Sequence[str], place: Place) -> list[Finding]:
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    findings = [CSV_HEADER(place.at(column=name), problem=f"'{name}' × {columns.count(name)}") for name in twice]
    if any(not name for name in columns):
        findings.append(CSV_HEADER(place, problem="''"))
    return findings


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2 core schema: null, true/false, integers and floats; everything else is text."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$"
    ),
    list("-+0123456789."),
)


def read_yaml(path: Path, shown: str = "") -> Document:
    """The mapping in a YAML file, with the line of every value; syntax problems are findings and leave it empty."""
    shown = shown or path.name
    raw, problem = _bytes(path, shown)
    if problem:
        return Document({}, shown, findings=(problem,))
    text, problem = decode(raw, shown, chinese=False)
    if problem:
        return Document({}, shown, findings=(problem,))
    return parse_yaml(text, shown)


def parse_yaml(text: str, shown: str) -> Document:
    """The mapping in YAML text; see `read_yaml`."""
    findings: list[Finding] = []
    lines: dict[tuple[str | int, ...], int] = {}
    try:
        loader = _Loader(text)
        try:
            if any(isinstance(token, (yaml.AnchorToken, yaml.AliasToken)) for token in yaml.scan(text)):
                return Document({}, shown, findings=(YAML_ALIAS(_alias_place(text, shown)),))
            node = loader.get_single_node()
            data = _build(loader, node, (), lines, findings, shown) if node is not None else {}
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        place = Place(shown, mark.line + 1 if mark else 1)
        return Document({}, shown, findings=(YAML_SYNTAX(place, problem=problem),))
    except (RecursionError, ValueError) as error:
        return Document({}, shown, findings=(YAML_SYNTAX(Place(shown, 1), problem=type(error).__name__),))
    if not isinstance(data, dict):
        return Document({}, shown, lines, (NOT_A_MAPPING(Place(shown, 1), found=type(data).__name__),))
    return Document(data, shown, lines, tuple(findings))


def _alias_place(text: str, shown: str) -> Place:
    for token in yaml.scan(text):
        if isinstance(token, (yaml.AnchorToken, yaml.AliasToken)):
            return Place(shown, token.start_mark.line + 1)
    return Place(shown, 1)


def _build(
    loader: _Loader,
    node: yaml.Node,
    path: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    findings: list[Finding],
    shown: str,
) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = (
                str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else str(loader.construct_object(key_node))
            )
            here = (*path, key)
            if key in built:
                place = Place(shown, key_node.start_mark.line + 1, key_path(here))
                findings.append(YAML_DUPLICATE_KEY(place, key=key))
                continue
            lines[here] = key_node.start_mark.line + 1
            built[key] = _build(loader, value_node, here, lines, findings, shown)
        return built
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*path, i), lines, findings, shown) for i, item in enumerate(node.value)]
    return loader.construct_object(node)
