"""Plain lists of emission factors, CSV or Excel: one CO2e factor a row, in whatever units and columns.

Each row becomes a dataset that emits CO2e under the set of warming potentials that it states. Whether it covers the
life cycle comes from a column or from the user; an electricity factor that does not say so is left out.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zuji.background.gwp import GWP_SETS
from zuji.background.importers import codes, format_codes
from zuji.background.importers.factor_columns import propose, recall, remember
from zuji.background.importers.files import BROKEN, Source, open_source
from zuji.background.importers.formats import Part
from zuji.background.importers.gases import CO2E_KEY
from zuji.background.importers.options import Options
from zuji.background.importers.records import DIRECT_ONLY, Batch, DatasetRecord, ExchangeRecord, FlowRecord, Kind
from zuji.background.importers.sheets import SUFFIXES, shown, workbook
from zuji.errors import UnitError, UnreadableError
from zuji.finding import Place
from zuji.quantity import parse_unit

TITLE = "Factor list"
TABLES = (".csv", ".tsv", ".txt")
MAX_BYTES = 64 * 1024**2
"""Largest text table [B], some half a million rows; its cells take about ten times as much memory."""
HEAD = 1 << 18
"""Bytes that are looked at to recognise a text table [B]."""
LOOKED_AT, MAX_COLUMNS = 15, 500
"""Rows above the header (titles, notes, empty rows), and columns of one that is believed."""
_PLAIN = Options()
_DIRECT = ("direct", "combustion", "tailpipe", "ttw", "tank to wheel", "scope 1", "scope1", "scope 2", "scope2", "直接",
           "燃烧", "范围一", "范围1", "范围二", "范围2", "组织")  # fmt: skip
_LIFECYCLE = (
    "lifecycle",
    "life cycle",
    "life-cycle",
    "cradle",
    "wtw",
    "well to wheel",
    "footprint",
    "scope 3",
    "upstream",
    "生命周期",
    "全生命",
    "碳足迹",
    "摇篮",
    "上游",
    "原材料获取",
    "范围三",
    "范围3",
)
_ELECTRICITY = re.compile(
    r"electric|power (?:grid|mix|supply)|电力|电网|供电|用电|火电|水电|风电|光伏发电|核电|发电|电量", re.IGNORECASE
)
_CO2_ONLY = re.compile(r"co2(?!\s*[-_]?\s*e)", re.IGNORECASE)
_CO2_WORD = re.compile(r"co2(?:\s*[-_]?\s*e(?:q(?:uiv(?:alents?)?)?)?\.?)?", re.IGNORECASE)
_TEN_THOUSAND = re.compile(r"(?:万|10\^?4)\s*(?=[^\W\d])")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][-+]?\d{1,3})?")


def recognises(source: Source) -> bool:
    for name in _members(source)[:3]:
        try:
            table = _table(source, name, head=True)
        except UnreadableError:
            continue
        if table is not None:
            columns = propose(table.headers)
            if "value" in columns and ("unit" in columns or _bracket(table.headers[columns["value"]])):
                return True
    return False


def _members(source: Source) -> list[str]:
    return [n for n in source.members if n.lower().endswith((*TABLES, *SUFFIXES)) and not _hidden(n)]


def _hidden(name: str) -> bool:
    return name.rpartition("/")[2].startswith(("~$", "."))


def parts(source: Source) -> list[Part]:
    return [(source.size(name), (name,)) for name in _members(source)]


def prepare(source: Source, options: Options) -> None:
    return None


@dataclass(frozen=True, slots=True)
class _Table:
    headers: list[str]
    rows: list[tuple[int, str, list[Any]]]
    """(line, sheet, cells)"""


def _given(options: Options, headers: Sequence[str]) -> dict[str, str]:
    """Field → header as the user says it for these headers, or said it before."""
    before = recall(Path(options.remembered), headers) if options.remembered else {}
    return {**before, **dict(options.columns)}


def _table(source: Source, name: str, options: Options = _PLAIN, *, head: bool = False) -> _Table | None:
    """The rows below the header, of a text only the first with `head`; None when no row looks like a header.

    Raises UnreadableError.
    """
    if name.lower().endswith(SUFFIXES):
        best: _Table | None = None
        for sheet, rows in workbook(source, name):
            found = _below_header([(i, sheet, list(row)) for i, row in enumerate(rows, 1)], options)
            if found is not None and (best is None or _fit(found.headers, options) > _fit(best.headers, options)):
                best = found
        return best
    text = _decoded(_start(source, name) if head else source.read(name, MAX_BYTES))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    rows_: list[tuple[int, str, list[Any]]] = []
    try:
        for cells in reader:
            rows_.append((reader.line_num, "", [cell.replace("\0", "") for cell in cells]))
    except csv.Error as error:
        raise UnreadableError(f"{name}, line {reader.line_num}: {error}") from error
    return _below_header(rows_, options)


def _start(source: Source, name: str) -> bytes:
    """The first lines, whole ones as far as they end within HEAD."""
    try:
        with source.open(name) as stream:
            data = stream.read(HEAD)
    except BROKEN as error:
        raise UnreadableError(f"{name}: {error}") from error
    return data[: data.rfind(b"\n") + 1] or data if len(data) == HEAD else data


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Excel in China writes CSV in GBK.
        return data.decode("gb18030", "replace")


def _separator(text: str) -> str:
    head = text[:20_000].splitlines()[:LOOKED_AT]
    return max(",;\t|", key=lambda sign: max((line.count(sign) for line in head), default=0))


def _fit(headers: Sequence[str], options: Options) -> int:
    """How many fields the headers are known to hold."""
    return len(propose(headers, _given(options, headers))) if len(headers) < MAX_COLUMNS else 0


def _below_header(rows: Sequence[tuple[int, str, list[Any]]], options: Options) -> _Table | None:
    best, fits = -1, 0
    for i, (_, _, cells) in enumerate(rows[:LOOKED_AT]):
        score = _fit([shown(cell) for cell in cells], options)
        if score > fits:
            best, fits = i, score
    if best < 0 or fits < 2:
        return None
    return _Table([shown(cell) for cell in rows[best][2]], list(rows[best + 1 :]))


def headers_of(path: Path, options: Options = _PLAIN) -> list[str]:
    """The headers of the first list at `path`; empty when there is none."""
    source = open_source(path)
    try:
        for name in _members(source):
            table = _table(source, name, options)
            if table is not None:
                return table.headers
    except UnreadableError:
        pass
    finally:
        source.close()
    return []


def remember_columns(path: Path, options: Options) -> None:
    """Keep the columns that the user gave for lists with the headers of the one at `path`."""
    headers = headers_of(path, options)
    if headers and options.columns and options.remembered:
        remember(Path(options.remembered), headers, dict(options.columns))


def parse(source: Source, part: Part, shared: None, options: Options) -> Iterator[Batch]:
    for name in part[1]:
        batch = Batch()
        try:
            table = _table(source, name, options)
            if table is None:
                problem = "no row has headers that are known, such as name, value and unit"
                batch.findings.append(codes.UNREADABLE_FILE(Place(name), problem=problem))
            else:
                _Reader(name, table, options, batch).read()
        except UnreadableError as error:
            batch.findings.append(codes.UNREADABLE_FILE(Place(name), problem=str(error)))
        yield batch


@dataclass(slots=True)
class _Reader:
    file: str
    table: _Table
    options: Options
    batch: Batch
    columns: dict[str, int] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    unstated: list[str] = field(default_factory=list)
    seen: set[tuple[str, ...]] = field(default_factory=set)

    def read(self) -> None:
        headers = self.table.headers
        self.columns = propose(headers, _given(self.options, headers))
        unread = [h for i, h in enumerate(headers) if h and i not in self.columns.values()]
        shown_ = ", ".join(f"{f}={headers[i]}" for f, i in self.columns.items())
        place = Place(self.file)
        self.batch.findings.append(
            format_codes.COLUMNS_READ(place, columns=shown_[:600], others=", ".join(unread)[:300] or "–")
        )
        lacking = [f for f in ("value", "unit") if f not in self.columns]
        if "unit" in lacking and _bracket(self._header("value")):
            lacking.remove("unit")
        if not {"name", "name_zh"} & set(self.columns):
            lacking.append("name")
        for field_ in lacking:
            self.batch.findings.append(
                format_codes.NO_COLUMN(place, field=field_, columns=", ".join(h for h in headers if h)[:300])
            )
        if lacking:
            return
        for line, sheet, cells in self.table.rows:
            if any(shown(cell) for cell in cells):
                self._row(Place(self.file, line, sheet), cells)
        if self.assumed:
            self.batch.findings.append(
                format_codes.SCOPE_ASSUMED(place, count=len(self.assumed), example=self.assumed[0])
            )
        if self.unstated:
            self.batch.findings.append(
                format_codes.GWP_SET_UNSTATED(place, count=len(self.unstated), example=self.unstated[0])
            )

    def _header(self, field_: str) -> str:
        return self.table.headers[self.columns[field_]] if field_ in self.columns else ""

    def _cell(self, cells: Sequence[Any], field_: str) -> str:
        i = self.columns.get(field_, -1)
        return shown(cells[i]) if 0 <= i < len(cells) else ""

    def _row(self, place: Place, cells: Sequence[Any]) -> None:
        text = {name: self._cell(cells, name) for name in self.columns}
        name = text.get("name") or text.get("name_zh", "")
        stated, tail = _value(text.get("value", ""))
        if not name:
            if math.isfinite(stated):
                self.batch.findings.append(format_codes.BAD_ROW(place, problem="a value without a name"))
            return
        same = tuple(text.values())
        if same in self.seen:
            self.batch.ignored["identical rows"] = self.batch.ignored.get("identical rows", 0) + 1
            return
        self.seen.add(same)
        if not math.isfinite(stated):
            shown_ = text.get("value", "") or "–"
            self.batch.findings.append(codes.BAD_AMOUNT(place, dataset=name, value=shown_[:60], flow="CO2e"))
            return
        unit = _factor_unit(tail or text.get("unit") or _bracket(self._header("value")), text.get("per", ""))
        if unit is None:
            wrong = tail or text.get("unit") or text.get("per") or "–"
            self.batch.findings.append(format_codes.FACTOR_UNIT(place, dataset=name, unit=wrong[:60]))
            return
        scope = self._scope(text)
        words = " ".join((name, text.get("name_zh", ""), text.get("category", "")))
        if not scope:
            if _ELECTRICITY.search(words):
                self.batch.findings.append(format_codes.SCOPE_UNKNOWN(place, dataset=name))
                return
            self.assumed.append(name)
        self._add(place, text, name, stated, unit, scope)

    def _scope(self, text: Mapping[str, str]) -> str:
        """lifecycle, direct, or '' for one that neither a column nor the user says."""
        for field_ in ("scope", "boundary"):
            words = unicodedata.normalize("NFKC", text.get(field_, "")).casefold()
            direct, lifecycle = (any(w in words for w in group) for group in (_DIRECT, _LIFECYCLE))
            if direct != lifecycle:
                return "direct" if direct else "lifecycle"
        return self.options.scope

    def _add(
        self, place: Place, text: Mapping[str, str], name: str, stated: float, unit: tuple[float, str, bool], scope: str
    ) -> None:
        factor, product, is_co2 = unit
        gwp_set = _set(text.get("gwp_set", "")) or self.options.gwp_set
        parts = (name, product, text.get("geography", ""), text.get("year", ""))
        id = text.get("id") or "|".join(part for part in parts if part)
        if is_co2:
            flow = FlowRecord("CO2", "Carbon dioxide, fossil", unit="kg", elementary=True, compartment="air")
        else:
            key = f"{CO2E_KEY}{gwp_set}"
            flow = FlowRecord(key, "CO2-equivalent", unit="kg", elementary=True, compartment="air")
            if not gwp_set:
                self.unstated.append(name)
        name_zh = text.get("name_zh", "")
        record = DatasetRecord(
            id=id,
            name=name,
            name_zh=name_zh if _is_chinese(name_zh) else "",
            reference=f"product|{id}",
            geography=text.get("geography", ""),
            year=text.get("year", ""),
            technology=text.get("technology", ""),
            boundary=DIRECT_ONLY if scope == "direct" else text.get("boundary", "") or ("" if scope else "not stated"),
            category=text.get("category", ""),
            citation=text.get("citation", ""),
            licence=text.get("licence", ""),
            notes=text.get("notes", ""),
            terminated=True,
            provider_keys=(),
            file=place.file,
            line=place.line,
        )
        self.batch.flows.setdefault(flow.key, flow)
        self.batch.flows.setdefault(record.reference, FlowRecord(record.reference, record.name, record.name_zh))
        record.exchanges = [
            ExchangeRecord(Kind.PRODUCT, record.reference, 1.0, product, line=place.line),
            ExchangeRecord(Kind.EMISSION, flow.key, stated * factor, "kg", line=place.line),
        ]
        self.batch.datasets.append(record)


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def _value(text: str) -> tuple[float, str]:
    """(number, what stands behind it): `2.3 tCO2e/t` is 2.3 and its unit; NaN where there is no number."""
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _NUMBER.match(plain)
    if match is None or not any(c.isdigit() for c in match[0]):
        return math.nan, ""
    tail = plain[match.end() :].strip()
    if tail and not re.match(r"[^\W\d_]", tail):
        return math.nan, ""  # a range (1.2-3.4), a decimal comma, a date
    return float(match[0].replace(",", "")), tail


def _bracket(header: str) -> str:
    """The unit in a header such as `factor (kgCO2e/kWh)`."""
    found = re.search(r"[\[(【](.*)[\])】]", unicodedata.normalize("NFKC", header))
    return found[1] if found else ""


def _factor_unit(text: str, per: str) -> tuple[float, str, bool] | None:
    """(kg of CO2e or CO2, product unit, whether it is CO2 alone); None for what is no unit of a factor."""
    plain = (
        unicodedata.normalize("NFKC", text)
        .replace("二氧化碳当量", "CO2e")
        .replace("二氧化碳", "CO2")
        .replace("每", "/")
    )
    above, slash, below = plain.partition("/")
    below = unicodedata.normalize("NFKC", below if slash else per).strip(" ()")
    many = _TEN_THOUSAND.match(below)
    is_co2 = _CO2_ONLY.search(above) is not None
    try:
        top = parse_unit(_CO2_WORD.sub("", above).strip(" ()-_"))
        bottom = parse_unit(below[many.end() if many else 0 :].replace("/", "*").strip(" ()"))
    except UnitError:
        return None
    if top.dimension != "mass" or bottom.dimension in ("1", "co2e"):
        return None
    return float(top.factor) / (1e4 if many else 1.0), bottom.symbol, is_co2


def _set(text: str) -> str:
    """The set of warming potentials that a cell names; '' for none or one that is not known."""
    plain = re.sub(r"[\s_.-]", "", unicodedata.normalize("NFKC", text)).casefold()
    for name in GWP_SETS:
        if plain == re.sub(r"[_.]", "", name).casefold():
            return name
    if "ef31" in plain:
        return "EF3.1"
    is_report = any(word in plain for word in ("ipcc", "gwp", "评估"))
    for name, year, number in (("AR6", "2021", "六"), ("AR5", "2013", "五"), ("AR4", "2007", "四")):
        if name.casefold() in plain or (is_report and (year in plain or f"第{number}次" in plain)):
            return name
    return ""
