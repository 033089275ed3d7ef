"""The workbook that asks a supplier: what is asked, why, how the answer is used, and cells to fill in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zuji.canonical import digest
from zuji.datum import LocalText
from zuji.exchange.supplier_sheet.form import (
    ANSWER,
    INVENTORY,
    META_SHEET,
    PARTS,
    QUESTIONS,
    README,
    ROLES,
    VERSION,
)
from zuji.study.model import BomLine, Datum, Exchange, Study
from zuji.study.node import nearest
from zuji.study.workbook.cells import choice_text
from zuji.study.workbook.layout import Hold
from zuji.study.workbook.write import CREATED, Look


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the study that a supplier is asked about."""

    id: str
    """`parent>item` of the bill of materials, `process>exchange` of a unit process."""
    item: str
    name: LocalText
    amount: Datum
    record: BomLine | Exchange
    process: str = ""


def lines_of(study: Study) -> dict[str, Asked]:
    """Every line that a supplier's footprint can stand behind, by id."""
    found = {line.id: Asked(line.id, line.item, line.name, line.amount, line) for line in study.bom}
    for process in study.processes.values():
        for one in process.exchanges:
            id = f"{process.id}>{one.id}"
            found.setdefault(id, Asked(id, one.id, one.name, one.amount, one, process.id))
    return found


def asked(study: Study, wish: str) -> tuple[Asked | None, tuple[str, ...]]:
    """The line that `wish` names, by its id or its item where that is unique; else the ids that come near."""
    lines = lines_of(study)
    if wish in lines:
        return lines[wish], ()
    same = [one for one in lines.values() if one.item == wish]
    if len(same) == 1:
        return same[0], ()
    near = nearest(wish, lines) or nearest(wish, [one.item for one in lines.values()])
    return None, tuple(one.id for one in same) or ((near,) if near else ())


def _prose(study: Study, line: Asked) -> tuple[tuple[LocalText, LocalText], ...]:
    product = study.product.name
    company = study.product.manufacturer
    name = LocalText(line.name.pick("zh") or line.item, line.name.pick("en") or line.item)
    return (
        (
            LocalText("我们请您提供什么", "What we ask for"),
            LocalText(
                f"{name.zh}（编号 {line.item}）的碳足迹，按 {line.amount.unit} 计，从摇篮到贵厂大门。",
                f"The carbon footprint of {name.en} (id {line.item}), per {line.amount.unit}, cradle to gate.",
            ),
        ),
        (
            LocalText("为什么", "Why"),
            LocalText(
                f"{company.pick('zh') or '我们'}正在计算“{product.pick('zh')}”的产品碳足迹，您的产品是其中一部分。"
                "没有您的数据，只能用行业平均值代替。",
                f"{company.pick('en') or 'We'} calculate the product carbon footprint of '{product.pick('en')}', and "
                "your product is a part of it. Without your data an industry average stands in.",
            ),
        ),
        (
            LocalText("填多少都可以", "Any answer helps"),
            LocalText(
                "三个层次任选其一：A 只填总数；B 按阶段填；C 填完整清单（另一张表）。有多少填多少，不必全填。",
                "Choose one of three levels: A only the total; B by stage; C the full inventory (the other sheet). "
                "Fill in what you have; a partial answer is welcome.",
            ),
        ),
        (
            LocalText("怎样使用您的回答", "How the answer is used"),
            LocalText(
                "回答按原样保存并记录校验值，只用于上述产品的碳足迹计算与其核查；不确定之处会回到您的表里，逐格说明。",
                "Your answer is kept as you send it, with its SHA-256, and is used for the footprint of this product "
                "and its verification only. What is unclear comes back in your own sheet, cell by cell.",
            ),
        ),
        (
            LocalText("怎样填写", "How to fill it in"),
            LocalText(
                "只填白色单元格；数字写在“回答”列，单位在旁边一列，可改。日期写成 2025-12-31。填好后寄回即可。",
                "Fill in the white cells only; figures go into 'Answer', their unit stands beside and may be changed. "
                "Write dates as 2025-12-31. Then send the file back.",
            ),
        ),
    )


def request_of(study: Study, line: Asked) -> bytes:
    """The workbook for one line; same study and line, same bytes."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": f"Zuji 足迹 · {line.item}", "created": CREATED})
        look = Look(book)
        page = book.add_worksheet(README)
        page.hide_gridlines(2)
        page.set_column(0, 0, 3)
        page.set_column(1, 2, 60, look.prose)
        page.write_string(0, 1, "产品碳足迹数据请求", look.title)
        page.write_string(0, 2, "Request for product-carbon-footprint data", look.title)
        for row, (head, text) in enumerate(_prose(study, line)):
            for column, lang in ((1, "zh"), (2, "en")):
                page.write_string(2 + 3 * row, column, head.pick(lang), look.part)
                page.write_string(3 + 3 * row, column, text.pick(lang), look.prose)
            page.set_row(3 + 3 * row, 62)
        _answer(book, look, line)
        _inventory(book, look)
        _meta(book, study, line)
    return stream.getvalue()


def _heads(page: Any, look: Look, columns: Any) -> None:
    for x, column in enumerate(columns):
        page.set_column(x, x, column.width)
        page.write_string(0, x, column.title, look.head)
    page.set_row(0, 32)
    page.freeze_panes(1, 2)


def _answer(book: Any, look: Look, line: Asked) -> None:
    page = book.add_worksheet(ANSWER.name)
    _heads(page, look, ANSWER.columns)
    part, y = "", 1
    for one in QUESTIONS:
        if one.part != part:
            part = one.part
            page.write_string(y, 0, f"# {PARTS[part].zh}", look.part)
            page.write_string(y, 1, PARTS[part].en, look.part)
            y += 1
        star = " *" if one.needed else ""
        page.write_string(y, 0, one.zh + star, look.label)
        page.write_string(y, 1, one.en + star, look.label)
        form = {Hold.DATUM: look.number, Hold.DATE: look.day}.get(one.hold, look.text)
        if one.key == "amount":
            page.write_number(y, 2, 1, form)
        else:
            page.write_blank(y, 2, None, form)
        page.write_string(y, 3, line.amount.unit.symbol if one.unit == "?" else one.unit, look.text)
        page.write_blank(y, 4, None, look.text)
        page.write_string(y, 5, one.key, look.key)
        if one.note:
            page.write_comment(y, 2, f"{one.note.zh}\n{one.note.en}", {"author": "Zuji"})
        if one.choices:
            source = [choice_text(word) for word in one.choices]
            page.data_validation(y, 2, y, 2, {"validate": "list", "source": source, "ignore_blank": True})
        y += 1
    _protect(page)


def _inventory(book: Any, look: Look) -> None:
    page = book.add_worksheet(INVENTORY.name)
    _heads(page, look, INVENTORY.columns)
    for x, column in enumerate(INVENTORY.columns):
        page.set_column(x, x, column.width, look.of(column.cell))
    examples = (
        ("物料 material", "电解铜 / cathode copper", "1.02", "kg", "CN", "ERP 2025", ""),
        ("能源 energy", "电力 / electricity", "0.85", "kWh", "CN", "电表 / meter", ""),
        ("废物 waste", "废铜 / copper scrap", "0.02", "kg", "", "", ""),
    )
    for y, row in enumerate(examples, 1):
        for x, text in enumerate(row):
            page.write_string(y, x, f"# {text}" if x == 0 else text, look.example)
    words = [choice_text(word) for word in ROLES]
    page.data_validation(1, 0, 300, 0, {"validate": "list", "source": words, "ignore_blank": True})
    _protect(page)


def _protect(page: Any) -> None:
    page.protect("", {"format_cells": True, "format_columns": True, "format_rows": True, "insert_rows": True})


def _meta(book: Any, study: Study, line: Asked) -> None:
    page = book.add_worksheet(META_SHEET)
    page.hide()
    for row, (key, value) in enumerate(meta_of(study, line).items()):
        page.write_string(row, 0, key)
        page.write_string(row, 1, value)


def meta_of(study: Study, line: Asked) -> Mapping[str, str]:
    """What the hidden sheet says of the request."""
    body = {"version": VERSION, "study": study.id, "line": line.id, "unit": line.amount.unit.symbol}
    return {**body, "request": digest(body)}
