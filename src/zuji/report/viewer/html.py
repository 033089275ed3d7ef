"""Blocks of a report, charts and explain trees as HTML; every text is escaped here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from zuji.i18n import tr_in
from zuji.numbers import at_most, significant
from zuji.report.blocks import Block, Bullets, Callout, Figure, Grid, Heading, Pairs, Paragraph, Picture
from zuji.report.charts.model import Chart, table
from zuji.report.charts.svg import svg

MAX_DEPTH = 40
"""Deeper than any tree of an example; a hostile dossier cannot make the page endless."""


def rendered(block: Block) -> str:
    """One block as HTML."""
    if isinstance(block, Heading):
        return f"<h3>{escape(block.text)}</h3>"
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"
    if isinstance(block, Pairs):
        return grid(Grid("", (), block.rows, figures_from=9))
    if isinstance(block, Grid):
        return grid(block)
    if isinstance(block, Picture):
        return f"<figure>{inline(block.svg, block.alt)}<figcaption>{escape(block.caption)}</figcaption></figure>"
    if isinstance(block, Callout):
        items = "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in block.lines) + "</ul>" if block.lines else ""
        kind = "warning" if block.kind == "warning" else "fact"
        return f'<div class="callout {kind}" role="note"><strong>{escape(block.title)}</strong>{items}</div>'
    if isinstance(block, Figure):
        value = f'<b>{escape(block.value)}</b><span class="unit">{escape(block.unit)}</span>'
        return f'<div class="figure">{value}<p>{escape(block.text)}</p></div>'
    return ""


def grid(block: Grid, ids: Sequence[str] = ()) -> str:
    """A table with its caption; figures to the right, the total marked; `ids` are what links to its rows name."""

    def cell(tag: str, position: int, text: str) -> str:
        figure = ' class="n"' if position >= block.figures_from else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{figure}{scope}>{escape(text)}</{tag}>"

    caption = f"<caption>{escape(block.caption)}</caption>" if block.caption else ""
    head = "<tr>" + "".join(cell("th", i, text) for i, text in enumerate(block.head)) + "</tr>" if block.head else ""
    rows = []
    for y, row in enumerate(block.rows):
        total = ' class="total"' if block.total and y + 1 == len(block.rows) else ""
        named = f' id="{escape(ids[y], quote=True)}"' if ids else ""
        rows.append(f"<tr{total}{named}>" + "".join(cell("td", i, text) for i, text in enumerate(row)) + "</tr>")
    thead = f"<thead>{head}</thead>" if head else ""
    table = f"<table>{caption}{thead}<tbody>{''.join(rows)}</tbody></table>"
    label = escape(block.caption or " · ".join(block.head) or "…", quote=True)
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{label}">{table}</div>'


def inline(drawing: str, alt: str) -> str:
    """An SVG document as part of the page, with a name for screen readers and ids that no other drawing has."""
    body = drawing[drawing.index("<svg") :]
    stamp = f"s{abs(hash_of(body)):x}"
    body = re.sub(r'(\bid="|url\(#|href="#)', lambda m: m[1] + stamp, body)
    return body.replace("<svg ", f'<svg role="img" aria-label="{escape(alt, quote=True)}" ', 1)


def hash_of(text: str) -> int:
    """A number that depends on the text alone, the same in every process."""
    import zlib

    return zlib.crc32(text.encode())


def chart(described: Chart, lang: str) -> str:
    """A chart with its data table behind a toggle."""
    data = table(described, lang)
    figures_from = next((i for i, cell in enumerate(data.rows[0]) if not isinstance(cell, str)), 9) if data.rows else 9
    rows = tuple(tuple(c if isinstance(c, str) else significant(float(c)) for c in row) for row in data.rows)
    shown = grid(Grid("", data.head, rows, figures_from=figures_from))
    drawing = inline(svg(described, lang), described.title.pick(lang))
    toggle = escape(tr_in(lang, "data table"))
    return f"<figure>{drawing}<details><summary>{toggle}</summary>{shown}</details></figure>"


def tree(node: Mapping[str, Any], depth: int = 0) -> str:
    """An explain tree as nested lists: label, value with unit, formula, notes, then what it comes from."""
    value = node.get("value")
    shown = ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        shown = f" <b>{escape(at_most(float(value), 6))} {escape(str(node.get('unit', '')))}</b>"
    elif value is not None:
        shown = f" <b>{escape(str(value))}</b>"
    formula = f'<span class="note">{escape(str(node["formula"]))}</span>' if node.get("formula") else ""
    notes = "".join(f'<span class="note">{escape(str(note))}</span>' for note in node.get("notes", ()))
    below = ""
    if node.get("children") and depth < MAX_DEPTH:
        below = "<ul>" + "".join(tree(child, depth + 1) for child in node["children"]) + "</ul>"
    return f"<li>{escape(str(node.get('label', '')))}{shown}{formula}{notes}{below}</li>"


def details(summary: str, value: str, body: str) -> str:
    """Something that opens with a click or the space bar; no script."""
    return f'<details><summary>{escape(summary)}<span class="value">{escape(value)}</span></summary>{body}</details>'


def joined(blocks: Sequence[Block]) -> str:
    """Blocks one after the other."""
    return "".join(rendered(block) for block in blocks)
