"""Tables of what stands beside the headline total: further totals, categories of carbon, and what is cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.footprint.explain_text import say
from zuji.footprint.model import Apart, Footprint
from zuji.footprint.parts import ORIGIN_NAMES
from zuji.i18n import N_, tr
from zuji.numbers import percent, significant
from zuji.rulebooks.book_parts import REFUSED
from zuji.rulebooks.strategies.cut_off import MEASURE_NAMES, UNITS

PLAIN = frozenset({"fossil", "unspecified"})
"""Categories that need no table of their own: every footprint has them."""
TREATMENT = {"separate": N_("separate"), "refused": N_("refused")}
SHOWN = 5
"""Lines that are cut off and named, and rulebooks whose clauses are listed; the JSON output has all of them."""


def extra_tables(footprints: Sequence[Footprint]) -> Iterator[tuple[str, RenderableType]]:
    """The title and table of totals, categories of carbon and cut-offs, each only where there is something to show."""
    if any(f.totals for f in footprints):
        yield tr("Totals that the rulebooks report [kg CO2e per battery]"), totals(footprints)
    if any(f.apart or {part.id for part in f.origins if part.value} - PLAIN for f in footprints):
        yield tr("Carbon by category [kg CO2e per battery]"), categories(footprints)
    if any(f.cut_off.lines for f in footprints):
        yield tr("Cut off, over the whole system"), cut_offs(footprints)


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="left" if i == 0 else "right", overflow="fold")
    return table


def totals(footprints: Sequence[Footprint]) -> RenderableType:
    """Every total of the rulebooks that report several; the headline is set in bold and marked."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(tr("Rulebook"), overflow="fold")
    table.add_column(tr("Total"), overflow="fold")
    table.add_column(tr("per product"), justify="right")
    table.add_column(tr("per functional unit"), justify="right")
    for footprint in footprints:
        amount = footprint.system.functional_unit.amount
        for total in footprint.totals:
            name = tr("{name} (headline)", name=say(total.name)) if total.headline else say(total.name)
            style = "bold" if total.headline else ""
            per_unit = total.value / float(amount.value) if amount is not None else None
            table.add_row(
                footprint.system.book.id, Text(name, style=style), Text(significant(total.value), style=style),
                Text(significant(per_unit), style=style),
            )  # fmt: skip
    return table


def categories(footprints: Sequence[Footprint]) -> RenderableType:
    """Categories × rulebooks; what is not in a headline total stands in brackets with what the rulebook says of it."""
    table = _table(tr("Category"), *(f.system.book.id for f in footprints))
    apart = [{row.id: row for row in f.apart} for f in footprints]
    counted = [{part.id: part.value for part in f.origins} for f in footprints]
    for id, name in ORIGIN_NAMES.items():
        if any(id in rows for rows in apart) or any(id in parts for parts in counted):
            cells = [_cell(rows.get(id), parts.get(id)) for rows, parts in zip(apart, counted, strict=True)]
            table.add_row(say(name), *cells)
    if not any(apart):
        return table
    notes = ["( ) " + tr("separate"), "[ ] " + tr("refused"), tr("not in the headline total")]
    clauses = [
        f"{f.system.book.id}: {say(row.name)} — {tr(TREATMENT[row.decision.value])}, {row.decision.clause}"
        for f in footprints for row in f.apart
    ]  # fmt: skip
    shown = clauses if len(footprints) <= SHOWN else [tr("the clauses: zuji explain STUDY apart/CATEGORY")]
    return Group(table, *(Text(f"  {one}", style="dim") for one in ("; ".join(notes), *shown)))


def _cell(row: Apart | None, counted: float | None) -> str:
    if row is None:
        return "—" if counted is None else significant(counted)
    left, right = "[]" if row.decision.value == REFUSED else "()"
    return f"{left}{significant(row.value)}{right}"


def cut_offs(footprints: Sequence[Footprint]) -> RenderableType:
    """What is left out by mass, energy and significance, as a share of the whole, against each rulebook's limit."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(tr("Rulebook"), overflow="fold")
    table.add_column(tr("Measure"), overflow="fold")
    for heading in (tr("left out"), tr("share"), tr("limit"), tr("unknown lines")):
        table.add_column(heading, justify="right")
    for footprint in footprints:
        for i, found in enumerate(footprint.cut_off.measures):
            table.add_row(
                footprint.system.book.id if i == 0 else "",
                say(MEASURE_NAMES[found.measure]),
                f"{significant(found.left_out)} {UNITS[found.measure]}",
                percent(found.share, 2),
                percent(found.limit, 0) if found.limit is not None else "—",
                str(found.unknown) if found.unknown else "—",
            )
    lines = {(one.activity, one.exchange): one.reason for f in footprints for one in f.cut_off.lines}
    named = [f"{activity}/{exchange}: {reason}" for (activity, exchange), reason in list(lines.items())[:SHOWN]]
    more = [tr("… and {count} more", count=len(lines) - SHOWN)] if len(lines) > SHOWN else []
    return Group(table, *(Text(f"  {one}", style="dim") for one in (*named, *more)))
