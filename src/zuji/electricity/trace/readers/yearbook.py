"""Chinese yearbook tables: generation by province and source, and exchange between provinces, for one year.

Both follow a template (`zuji grid import yearbook --template DIR` writes it); headings in Chinese or English.
Exchange may state what was sent, what was received, or both; where one is missing the loss is taken as nothing.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Document
from zuji.electricity.trace.clock import hours_of_year
from zuji.electricity.trace.example import ZONES
from zuji.electricity.trace.labels import ZoneKind
from zuji.electricity.trace.readers.assemble import Cells, assembled
from zuji.electricity.trace.readers.folder import Grid
from zuji.electricity.trace.readers.periods import Placed
from zuji.electricity.trace.readers.words import to_mwh
from zuji.finding import Finding, has_errors, in_order
from zuji.reading import Row, Table, read_csv

TECHNOLOGIES = {
    "火电": "thermal", "煤电": "coal", "气电": "gas", "水电": "hydro", "核电": "nuclear", "风电": "wind",
    "太阳能发电": "solar", "光伏": "solar", "生物质发电": "biomass", "其他": "other",
}  # fmt: skip
HEADINGS = {"年份": "year", "地区": "zone", "省份": "zone", "单位": "unit", "用电量": "load", "全社会用电量": "load",
            "送端": "from", "送出地区": "from", "受端": "to", "受入地区": "to", "送出电量": "sent",
            "受入电量": "received",
            **TECHNOLOGIES}  # fmt: skip
SUFFIXES = ("壮族自治区", "维吾尔自治区", "回族自治区", "自治区", "省", "市")
GENERATION = "年份,地区,单位,火电,水电,核电,风电,太阳能发电,用电量\n"
EXCHANGE = "年份,送端,受端,单位,送出电量,受入电量\n"
GENERATION_EN = "year,zone,unit,thermal,hydro,nuclear,wind,solar,load\n"
EXCHANGE_EN = "year,from,to,unit,sent,received\n"


def write_template(folder: Path, lang: str = "zh") -> tuple[str, ...]:
    """Write the two empty tables and return their names; figures are not supplied: the yearbooks are their owners'."""
    folder.mkdir(parents=True, exist_ok=True)
    chinese = lang == "zh"
    texts = {
        "generation.csv": GENERATION if chinese else GENERATION_EN,
        "exchange.csv": EXCHANGE if chinese else EXCHANGE_EN,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8-sig", newline="\n")
    return tuple(texts)


def province(text: str) -> str:
    """The zone id of a province by id or by Chinese or English name (`广东省` → `CN-GD`); '' for an unknown one."""
    name = text.strip()
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix) if len(name) - len(suffix) >= 2 else name
    known = {alias.lower(): id for id, zh, en in ZONES for alias in (id, zh, en)}
    return known.get(name.lower(), "")


def read_yearbook(generation: Path, exchange: Path, factors: Path | None = None, id: str = "") -> Grid:
    """The grid of one year as one period; local years of UTC+8, 8,760 or 8,784 h."""
    found: list[Finding] = []
    plants = _table(generation, ("year", "zone", "unit"), found)
    ties = _table(exchange, ("year", "from", "to", "unit"), found)
    years = {row.get("year") for table in (plants, ties) for row in table.rows}
    if len(years) != 1 or not next(iter(years)).isdigit():
        if not has_errors(found):
            place = plants.rows[0].place if plants.rows else ties.rows[0].place if ties.rows else None
            shown = ", ".join(sorted(years)) or "-"
            found.append(codes.BAD_FIELD(*([place] if place else []), value=shown, field="year", choices="YYYY"))
        return Grid(None, in_order(found))
    year = int(next(iter(years)))
    first, length = hours_of_year(year, "UTC+8")
    cells: Cells = {}
    load: dict[str, Placed] = {}
    for row in plants.rows:
        zone, scale = _zone(row, "zone", found), _scale(row, found)
        for column in plants.columns:
            if column in ("year", "zone", "unit") or not row.get(column) or not zone:
                continue
            value = _number(row, column, found) * scale
            cell = Placed(np.array([[value]]), np.array([[row.place.line]], dtype=np.int32))
            if column == "load":
                load[zone] = cell
            elif (zone, column) in cells:
                line = int(cells[zone, column].lines[0, 0])
                found.append(codes.DUPLICATE(row.place, name=f"{zone}/{column}", hour=str(year), first=line))
            else:
                cells[zone, column] = cell
    sent: Cells = {}
    received: Cells = {}
    for row in ties.rows:
        pair, scale = (_zone(row, "from", found), _zone(row, "to", found)), _scale(row, found)
        if not all(pair):
            continue
        if pair in sent:
            line = int(sent[pair].lines[0, 0])
            found.append(codes.DUPLICATE(row.place, name=">".join(pair), hour=str(year), first=line))
            continue
        if pair[0] == pair[1]:
            found.append(codes.OWN_LINK(row.place, name=">".join(pair), zone=pair[0]))
            continue
        out, arrived = (_number(row, c, found) * scale if row.get(c) else np.nan for c in ("sent", "received"))
        lines = np.array([[row.place.line]], dtype=np.int32)
        sent[pair] = Placed(np.array([[arrived if np.isnan(out) else out]]), lines)
        received[pair] = Placed(np.array([[out if np.isnan(arrived) else arrived]]), lines)
    if has_errors(found):
        return Grid(None, in_order(found))
    zones = sorted({z for z, _ in cells} | {z for pair in sent for z in pair})
    documents = [Document(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in (generation, exchange)]
    balance = assembled(
        id or f"cn-{year}", np.array([first], dtype=np.int64), length, zones, cells, sent, received, load, {},
        documents,
        {"generation": 0, "load": 0, "flows": 1}, factors, found, time_zone="Asia/Shanghai", kind=ZoneKind.PROVINCE,
    )  # fmt: skip
    return Grid(None if has_errors(found) else balance, in_order(found))


def _table(path: Path, required: tuple[str, ...], found: list[Finding]) -> Table:
    table = read_csv(path)
    found += table.findings
    columns = tuple(HEADINGS.get(c, c) for c in table.columns)
    lacking = [c for c in required if c not in columns]
    if lacking and not table.findings:
        from zuji.finding import Place

        found.append(codes.BAD_COLUMNS(Place(path.name, 1), columns=", ".join(lacking), found=", ".join(table.columns)))
        return Table()
    rows = tuple(Row({HEADINGS.get(k, k): v for k, v in row.values.items()}, row.place) for row in table.rows)
    return Table(columns, rows)


def _zone(row: Row, column: str, found: list[Finding]) -> str:
    zone = province(row.get(column))
    if not zone:
        import difflib

        names = [alias for _, zh, en in ZONES for alias in (zh, en)]
        near = ", ".join(difflib.get_close_matches(row.get(column), names, n=3)) or "-"
        found.append(
            codes.UNKNOWN_ID(
                row.place.at(column=column), kind="zone", name=row.get(column), file="docs/grid.md", nearest=near
            )
        )
    return zone


def _scale(row: Row, found: list[Finding]) -> float:
    scale = to_mwh(row.get("unit"), 60)
    if scale is None:
        choices = "亿千瓦时, 万千瓦时, GWh, MWh"
        found.append(codes.BAD_UNIT(row.place.at(column="unit"), unit=row.get("unit"), kind="energy", choices=choices))
    return scale or 0.0


def _number(row: Row, column: str, found: list[Finding]) -> float:
    try:
        return float(row.get(column))
    except ValueError:
        found.append(codes.BAD_VALUE(row.place.at(column=column), value=row.get(column), series=column))
        return 0.0
