"""What `zuji portfolio` shows: a row for each product, for each variant, or for each product that would move."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from zuji.cli import tables
from zuji.cli.tables import _table, say, titled
from zuji.finding import Finding
from zuji.footprint.portfolio.change import Change, ChangedRow
from zuji.footprint.portfolio.family import Family
from zuji.footprint.portfolio.studies import Portfolio, StudyRow
from zuji.i18n import tr
from zuji.numbers import percent, significant

LISTED = 40
"""Rows that a terminal is shown; files and --json hold all."""


def page(found: Portfolio | Family | Change) -> RenderableType:
    """The results on one page, with findings below them."""
    if isinstance(found, Portfolio):
        parts = _studies(found)
    elif isinstance(found, Family):
        parts = _family(found)
    else:
        parts = _change(found)
    return Group(*parts, *_findings(found.findings))


def _findings(found: Iterable[Finding]) -> list[RenderableType]:
    listed = [(finding, list[str]()) for finding in found]
    return [Text(""), tables.findings(listed, show_notes=True)] if listed else []


def _more(count: int) -> list[RenderableType]:
    if count <= LISTED:
        return []
    return [Text("  " + tr("… {count} more (all in --json and -o)", count=count - LISTED), style="dim")]


def _studies(found: Portfolio) -> list[RenderableType]:
    titles = (tr("Study"), tr("Rulebook"), "kg CO2e", tr("per functional unit"), tr("usable"), tr("complete"))
    table = _table(*titles, right_from=2)
    for row in found.rows[:LISTED]:
        table.add_row(row.folder, row.rulebook, *_figures(row))
    failed = sum(row.total is None for row in found.rows)
    said = tr("{count} results", count=len(found.rows) - failed)
    if failed:
        said += ", " + tr("{count} without a result", count=failed)
    return [titled(tr("Portfolio [kg CO2e per product]"), table), *_more(len(found.rows)), Text("  " + said)]


def _figures(row: StudyRow) -> list[str]:
    if row.total is None:
        return ["–", "–", tr("no, {count} errors", count=row.errors), "–"]
    per = significant(row.per_functional_unit) + f" kg/{row.unit}" if row.per_functional_unit is not None else "–"
    return [significant(row.total), per, _yes(row.usable), _yes(row.complete)]


def _yes(value: bool) -> str:
    return tr("yes") if value else tr("no")


def _family(found: Family) -> list[RenderableType]:
    shown = [k for k, category in enumerate(found.categories) if category.book]
    heads = [tr("Variant")]
    for k in shown:
        id = found.categories[k].id
        heads.append(f"{id}\nkg CO2e")
        if id in found.spreads:
            heads += ["p5", "p50", "p95"]
            heads += [f"P(< {found.than})"] if found.than else []
    heads.append(tr("complete"))
    table = _table(*heads)
    for i, name in enumerate(found.variants[:LISTED]):
        cells = [name]
        for k in shown:
            value = float(found.values[i, k])
            cells.append(significant(value) if np.isfinite(value) else "–")
            spread = found.spreads.get(found.categories[k].id)
            if spread is not None:
                cells += [significant(float(v)) if np.isfinite(v) else "–" for v in spread.percentiles[i]]
                below = float(spread.below[i])
                cells += [percent(below) if np.isfinite(below) else "–"] if found.than else []
        table.add_row(*cells, _yes(bool(found.complete[i, shown].all())))
    said = [tr("{count} variants, {lines} lines", count=f"{len(found.variants):,}", lines=f"{found.lines:,}")]
    lost = int((~found.usable).sum())
    if lost:
        said.append(tr("{count} without a result", count=lost))
    if found.samples:
        said.append(tr("{n} samples of the background, seed {seed}", n=f"{found.samples:,}", seed=found.seed))
    others = len(found.categories) - len(shown)
    if others:
        said.append(tr("{count} impact categories in --json and -o", count=others))
    title = tr("Variants of {source} [kg CO2e per variant]", source=found.source)
    return [titled(title, table), *_more(len(found.variants)), Text("  " + "; ".join(said))]


def _change(found: Change) -> list[RenderableType]:
    table = _table(tr("Study"), tr("Rulebook"), tr("before"), tr("after"), tr("change"), tr("because of"), right_from=2)
    table.columns[5].justify = "left"
    table.columns[5].no_wrap = False
    for row in found.moved[:LISTED]:
        change = percent(row.share, 2) if np.isfinite(row.share) else "—"
        change = f"+{change}" if row.share > 0 else change
        table.add_row(
            row.folder, row.rulebook, significant(row.before), significant(row.after), change, _because(found, row)
        )
    calculated = sum(row.after is not None for row in found.rows)
    said = tr(
        "{moved} of {count} results move by more than {threshold}; nothing was changed",
        moved=len(found.moved),
        count=calculated,
        threshold=percent(found.threshold, 2),
    )
    parts: list[RenderableType] = [Text(", ".join(map(str, found.proposals)), style="bold")]
    parts += [table, *_more(len(found.moved))] if found.moved else []
    parts.append(Text("  " + said))
    for proposal in found.without_effect:
        text = tr("no study has the dataset of '{change}': nothing would change", change=proposal)
        parts.append(Text("  " + text, style="yellow"))
    return [titled(tr("What would change [kg CO2e per product]"), *parts)]


def _because(found: Change, row: ChangedRow) -> Text:
    text = Text()
    if len(found.proposals) > 1:
        for proposal, value in zip(found.proposals, row.alone, strict=True):
            if value:
                text.append(f"{proposal}: {_signed(value)}\n")
    for cause in row.causes[:2]:
        text.append(f"{say(cause.name) or cause.line}: {_signed(cause.value)}\n", style="dim")
    text.rstrip()
    return text


def _signed(value: float) -> str:
    return f"+{significant(value)}" if value > 0 else significant(value)
