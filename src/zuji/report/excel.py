"""The footprint as an Excel workbook that an auditor can click through: totals are formulas over the lines.

Every table has its unit in a column of its own; the value of a line is its amount times its factor, stages, component
groups and the total are sums over the lines, and the total of the calculation stands beside the sum of the workbook.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from zuji.i18n import N_, tr_in
from zuji.report.parts import group_name, stage_name
from zuji.report.source import Source, marks
from zuji.study.words import name_of

LINES = N_("Lines")
UNIT = "kg CO2e"


def excel_report(source: Source, lang: str) -> bytes:
    """The workbook: summary, stages, component groups, lines, electricity, parameters, datasets, findings."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        day = source.day
        title = source.label(source.footprint["product"]["name"], lang)
        book.set_properties({"title": title, "created": datetime(day.year, day.month, day.day)})
        sheets = _Sheets(book, lang)
        first = sheets.make(tr_in(lang, N_("Summary")))
        stage_sheet = sheets.make(tr_in(lang, N_("Stages")))
        group_sheet = sheets.make(tr_in(lang, N_("Component groups")))
        last = _lines(source, sheets)
        lines = source.footprint["lines"]
        stages = {stage_name(stage["id"]).pick(lang): 0.0 for stage in source.footprint["stages"]}
        stages = _sums(stages, ((stage_name(line["stage"]).pick(lang), line["value"]) for line in lines))
        _parts(sheets, stage_sheet, N_("Stage"), stages, "B", last)
        by_group = ((group_name(line["component_group"]).pick(lang), line["value"]) for line in lines)
        groups = dict(sorted(_sums({}, by_group).items(), key=lambda item: -item[1]))
        _parts(sheets, group_sheet, N_("Component group"), groups, "C", last)
        _summary(source, sheets, first, last)
        _tables(source, sheets)
    return stream.getvalue()


def _sums(start: Mapping[str, float], parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Name → sum of its parts."""
    found: dict[str, list[float]] = {name: [value] for name, value in start.items()}
    for name, value in parts:
        found.setdefault(name, []).append(float(value))
    return {name: math.fsum(values) for name, values in found.items()}


class _Sheets:
    """Sheets with one look: bold head on colour, frozen first row, sensible widths."""

    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        look = {"font_color": "white", "bg_color": "#0b5d4e", "text_wrap": True, "valign": "top"}
        self.head = book.add_format({"bold": True, **look})
        self.bold = book.add_format({"bold": True, "num_format": "#,##0.00"})
        self.number = book.add_format({"num_format": "#,##0.0000"})
        self.factor = book.add_format({"num_format": "0.000000"})
        self.share = book.add_format({"num_format": "0.0%"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.warning = book.add_format({"bold": True, "font_color": "#a33b00", "text_wrap": True, "valign": "top"})

    def make(self, name: str) -> Any:
        sheet = self.book.add_worksheet(name[:31])
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        return sheet

    def table(self, sheet: Any, heads: Sequence[str], widths: Sequence[float]) -> None:
        for column, (text, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.write_string(0, column, text, self.head)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)


LINE_COLUMNS = (
    (N_("Exchange"), 30),
    (N_("Stage"), 22),
    (N_("Component group"), 18),
    (N_("Kind of datum"), 14),
    (N_("Dataset"), 34),
    (N_("Amount per product"), 16),
    (N_("Unit"), 8),
    (N_("Factor"), 14),
    (N_("Unit of the factor"), 16),
    (N_("Contribution"), 16),
    (N_("Unit of the contribution"), 14),
    (N_("Address"), 44),
)


def _lines(source: Source, sheets: _Sheets) -> int:
    lang = sheets.lang
    sheet = sheets.make(tr_in(lang, LINES))
    sheets.table(sheet, [tr_in(lang, head) for head, _ in LINE_COLUMNS], [width for _, width in LINE_COLUMNS])
    lines = source.hotspots()
    for row, line in enumerate(lines, 1):
        texts = (
            source.label(line["name"], lang),
            stage_name(line["stage"]).pick(lang),
            group_name(line["component_group"]).pick(lang),
            name_of(line["kind"]).pick(lang),
            line["provider"],
        )
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 5, line["amount"])
        sheet.write_string(row, 6, line["unit"])
        if line["amount"]:
            sheet.write_number(row, 7, line["value"] / line["amount"])
            sheet.write_string(row, 8, f"{UNIT}/{line['unit']}")
            sheet.write_formula(row, 9, f"=F{row + 1}*H{row + 1}", None, line["value"])
        else:
            sheet.write_number(row, 9, line["value"])
        sheet.write_string(row, 10, UNIT)
        sheet.write_string(row, 11, f"line/{line['activity'].replace('/', '%2F')}/{line['line']}")
    if lines:
        sheet.autofilter(0, 0, len(lines), len(LINE_COLUMNS) - 1)
    return len(lines) + 1


def _parts(sheets: _Sheets, sheet: Any, title: str, sums: Mapping[str, float], column: str, last: int) -> None:
    # Formulas carry their value: viewers and libraries that do not calculate show it, spreadsheets calculate it anew.
    total = math.fsum(sums.values())
    lang = sheets.lang
    lines = f"'{tr_in(lang, LINES)}'"
    sheets.table(
        sheet,
        [tr_in(lang, title), tr_in(lang, N_("Contribution")), tr_in(lang, N_("Unit")), tr_in(lang, N_("Share"))],
        (34, 18, 12, 10),
    )
    names = list(sums)
    end = len(names) + 1
    for row, name in enumerate(names, 1):
        sheet.write_string(row, 0, name)
        keys, values = f"{lines}!${column}$2:${column}${last}", f"{lines}!$J$2:$J${last}"
        sheet.write_formula(row, 1, f"=SUMIF({keys},A{row + 1},{values})", sheets.number, sums[name])
        sheet.write_string(row, 2, UNIT)
        sheet.write_formula(
            row, 3, f"=IF($B${end + 1}=0,0,B{row + 1}/$B${end + 1})", sheets.share, sums[name] / total if total else 0
        )
    sheet.write_string(end, 0, tr_in(lang, N_("total")), sheets.bold)
    sheet.write_formula(end, 1, f"=SUM(B2:B{end})", sheets.bold, total)
    sheet.write_string(end, 2, UNIT)
    if names:
        chart = sheets.book.add_chart({"type": "bar"})
        chart.add_series({
            "categories": [sheet.get_name(), 1, 0, len(names), 0], "values": [sheet.get_name(), 1, 1, len(names), 1],
            "fill": {"color": "#0072B2"}, "gap": 60,
        })  # fmt: skip
        chart.set_legend({"none": True})
        chart.set_x_axis({"name": UNIT, "num_format": "#,##0"})
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 640, "height": max(240, 34 * len(names))})
        sheet.insert_chart("F2", chart)


def _summary(source: Source, sheets: _Sheets, sheet: Any, last: int) -> None:
    lang, document = sheets.lang, source.footprint
    sheets.table(sheet, [tr_in(lang, N_("Figure")), tr_in(lang, N_("Value")), tr_in(lang, N_("Unit"))], (52, 44, 22))
    lines = f"'{tr_in(lang, LINES)}'"
    unit = document["functional_unit"]
    sheet.write_string(1, 0, tr_in(lang, N_("Total of this workbook (sum of the lines)")))
    sheet.write_formula(1, 1, f"=SUM({lines}!J2:J{last})", sheets.bold, document["total"])
    sheet.write_string(1, 2, UNIT)
    sheet.write_string(2, 0, tr_in(lang, N_("Total of the calculation")))
    sheet.write_number(2, 1, document["total"], sheets.bold)
    sheet.write_string(2, 2, UNIT)
    sheet.write_string(3, 0, tr_in(lang, N_("Difference")))
    sheet.write_formula(3, 1, "=B2-B3", sheets.number, 0)
    sheet.write_string(3, 2, UNIT)
    row = 4
    if source.amount is not None:
        sheet.write_string(4, 0, tr_in(lang, N_("Functional units per product")))
        sheet.write_number(4, 1, source.amount, sheets.number)
        sheet.write_string(4, 2, unit["unit"])
        sheet.write_string(5, 0, tr_in(lang, N_("Per functional unit")))
        sheet.write_formula(5, 1, "=B2/B5", sheets.factor, document["per_functional_unit"] or 0)
        sheet.write_string(5, 2, f"{UNIT}/{unit['unit']}")
        row = 6
    texts = [
        (N_("Product"), source.label(document["product"]["name"], lang)),
        (N_("Rulebook"), f"{source.label(source.book['title'], lang)} ({document['rulebook']['version']})"),
        (N_("Rules as of"), document["rulebook"]["on"]),
        (N_("Functional unit"), source.label(unit["name"], lang)),
        (N_("Digest of the study"), document["digests"]["study"]),
    ]
    for message, text in texts:
        sheet.write_string(row, 0, tr_in(lang, message))
        sheet.write_string(row, 1, text, sheets.wrap)
        row += 1
    for mark in marks(source, lang):
        sheet.write_string(row, 0, tr_in(lang, N_("Caution")), sheets.warning)
        sheet.write_string(row, 1, mark, sheets.warning)
        row += 1


Column = tuple[str, float, Callable[[Any], Any]]
"""Head (message id), width [characters], and what to write for one item."""


def _tables(source: Source, sheets: _Sheets) -> None:
    lang, document = sheets.lang, source.footprint
    plants = source.study["plants"]

    def yes(value: bool) -> str:
        return tr_in(lang, N_("yes")) if value else tr_in(lang, N_("no"))

    def said(key: str) -> Callable[[Any], str]:
        return lambda item: source.label(item.get(key), lang)

    electricity: list[Column] = [
        (N_("Plant"), 24, lambda r: source.label(plants.get(r["plant"], {}).get("name"), lang) or r["plant"]),
        (N_("Supply"), 18, itemgetter("source")),
        (N_("Energy per product"), 16, itemgetter("energy")),
        (N_("Unit"), 8, lambda _: "kWh"),
        (N_("Share"), 8, itemgetter("share")),
        (N_("Dataset"), 28, itemgetter("dataset")),
        (N_("Factor"), 12, itemgetter("factor")),
        (N_("Unit of the factor"), 14, lambda _: f"{UNIT}/kWh"),
        (N_("Contribution"), 14, itemgetter("value")),
        (N_("Unit of the contribution"), 10, lambda _: UNIT),
        (N_("Reason"), 60, said("reason")),
        (N_("Clause"), 30, itemgetter("clause")),
    ]
    parameters: list[Column] = [
        (N_("Parameter"), 30, itemgetter("id")),
        (N_("Description"), 44, said("description")),
        (N_("Value"), 20, lambda p: ", ".join(map(str, p["value"])) if isinstance(p["value"], list) else p["value"]),
        (N_("Unit"), 10, itemgetter("unit")),
        (N_("Clause"), 34, itemgetter("clause")),
        (N_("Source"), 44, itemgetter("source")),
        (N_("Verified"), 10, lambda p: yes(p["verified"])),
        (N_("What would verify it"), 44, said("verify_with")),
    ]
    datasets: list[Column] = [
        (N_("Dataset"), 34, itemgetter("id")),
        (N_("Name"), 34, said("name")),
        (N_("Place"), 8, lambda d: d.get("geography")),
        (N_("Year"), 10, lambda d: d.get("year")),
        (N_("Unit"), 8, lambda d: d.get("unit")),
        (N_("Source"), 50, lambda d: d.get("source", {}).get("citation")),
        (N_("Locator"), 40, lambda d: d.get("source", {}).get("locator")),
        (N_("Licence"), 34, lambda d: d.get("source", {}).get("licence")),
    ]
    findings: list[Column] = [
        (N_("Code"), 10, lambda f: f.get("label") or f["code"]),
        (N_("Severity"), 10, lambda f: tr_in(lang, f["severity"])),
        (N_("Finding"), 70, said("what")),
        (N_("Why"), 40, said("why")),
        (N_("How to mend"), 40, said("mend")),
        (N_("Clause"), 30, lambda f: f.get("clause")),
    ]
    _listed(sheets, N_("Electricity"), electricity, document["electricity"])
    _listed(sheets, N_("Parameters"), parameters, document["parameters"])
    _listed(sheets, N_("Datasets"), datasets, list(source.datasets.values()))
    _listed(sheets, N_("Findings"), findings, document["findings"])


def _listed(sheets: _Sheets, title: str, columns: Sequence[Column], items: Sequence[Any]) -> None:
    sheet = sheets.make(tr_in(sheets.lang, title))
    sheets.table(sheet, [tr_in(sheets.lang, head) for head, _, _ in columns], [width for _, width, _ in columns])
    for y, item in enumerate(items, 1):
        for x, (_, _, value_of) in enumerate(columns):
            cell = value_of(item)
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                sheet.write_number(y, x, cell)
            else:
                sheet.write_string(y, x, str(cell or ""), sheets.wrap)
