"""Comparisons in the terminal: waterfalls with floating bars, reasons with clauses, rulebooks side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.cli.tables import STATUS, _table, say, titled
from zuji.footprint.compare_matrix import STAGE_NAMES, TOTAL, Matrix
from zuji.footprint.compare_model import CAUSE_NAMES, FUNCTIONAL_UNIT, ORDER, Bar, Comparison, Waterfall
from zuji.footprint.compare_words import line_name, shown_unit, signed
from zuji.footprint.model import Footprint
from zuji.i18n import tr
from zuji.numbers import significant
from zuji.study.model import Stage

CHART = 36
"""Columns of a text chart."""


def print_comparison(console: Console, comparison: Comparison, per: str, lines: int) -> None:
    """Print the waterfall with its chart, why each bar is there, and what must not be compared."""
    waterfall = comparison.waterfall(per)
    console.print(chart(comparison, waterfall))
    console.print()
    for bar in waterfall.bars:
        console.print(reasons(bar, waterfall, comparison, lines))
        console.print()
    for note in notes(comparison, per):
        console.print(note)


def fixed(value: float, scale: float) -> str:
    """`value` with as many decimals as show five digits of `scale`, so that a column of them adds up."""
    size = math.floor(math.log10(scale)) if scale > 0 else 0
    return f"{round(value, max(4 - size, 0)) + 0.0:,.{max(4 - size, 0)}f}".replace("-", "−")


def scale_of(waterfall: Waterfall) -> float:
    """The largest figure of a waterfall."""
    return max(abs(waterfall.a), abs(waterfall.b), *(abs(bar.value) for bar in waterfall.bars), 0.0)


def chart(comparison: Comparison, waterfall: Waterfall) -> RenderableType:
    """The waterfall as a table with floating bars: from A, cause by cause, to B."""
    factor, unit = shown_unit(waterfall.per, waterfall.unit, scale_of(waterfall))
    scale = scale_of(waterfall) * factor
    levels = [waterfall.a]
    for bar in waterfall.bars:
        levels.append(levels[-1] + bar.value)
    low, high = min(0.0, *levels, waterfall.b), max(0.0, *levels, waterfall.b)
    table = _table(tr("Cause"), say(unit), "")
    table.columns[2].justify = "left"

    def row(name: str, value: float, start: float, end: float, style: str, *, is_sum: bool = False) -> None:
        shown = fixed(value * factor, scale)
        shown = shown if is_sum or value <= 0 else f"+{shown}"
        style_of_name = "bold" if is_sum else ""
        table.add_row(Text(name, style=style_of_name), Text(shown, style=style_of_name),
                      Text(floating(start, end, low, high), style=style))  # fmt: skip

    row(comparison.label_a, waterfall.a, 0.0, waterfall.a, "blue", is_sum=True)
    for bar, start, end in zip(waterfall.bars, levels, levels[1:], strict=False):
        row(say(bar.name), bar.value, start, end, "red" if bar.value > 0 else "green")
    row(comparison.label_b, waterfall.b, 0.0, waterfall.b, "blue", is_sum=True)
    difference = fixed(waterfall.difference * factor, scale)
    title = f"{comparison.label_a} → {comparison.label_b}: " + ("+" if waterfall.difference > 0 else "") + difference
    return titled(f"{title} {say(unit)}", table)


def floating(start: float, end: float, low: float, high: float, width: int = CHART) -> str:
    """A bar of blocks from `start` to `end` on an axis from `low` to `high`; a thin one where it is too short."""
    if high <= low:
        return ""
    first, last = sorted(round((x - low) / (high - low) * width) for x in (start, end))
    return " " * min(first, width - 1) + ("█" * (last - first) or "▏")


def reasons(bar: Bar, waterfall: Waterfall, comparison: Comparison, limit: int) -> RenderableType:
    """Why a bar is there: the sentence, what each side says with its clause, and the lines that move."""
    text = Text()
    if bar.id == bar.cause:
        text.append(f"{say(bar.name)}  ", style="bold")
    text.append(say(bar.sentence))
    parts: list[RenderableType] = [text]
    if bar.basis and limit:
        parts += [_basis(bar, comparison, limit)]
    if len(bar.lines) > 1 and limit:
        parts += [_lines(bar, waterfall, comparison, limit)]
    return Group(*parts)


def _plain_table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _basis(bar: Bar, comparison: Comparison, limit: int) -> Table:
    table = _plain_table("  " + tr("Differs in"), comparison.label_a, comparison.label_b)
    for entry in bar.basis[:limit]:
        sides = [
            f"{say(text) or '—'}" + (f" ({clause})" if clause else "")
            for text, clause in ((entry.a, entry.clause_a), (entry.b, entry.clause_b))
        ]
        table.add_row(f"  {entry.id}", *sides)
        if entry.reason:
            table.add_row("", "", entry.reason, style="dim")
    if len(bar.basis) > limit:
        table.add_row("  " + tr("… and {count} more (--lines, --json)", count=len(bar.basis) - limit), style="dim")
    return table


def _lines(bar: Bar, waterfall: Waterfall, comparison: Comparison, limit: int) -> Table:
    factor, unit = shown_unit(waterfall.per, waterfall.unit, scale_of(waterfall))
    table = _plain_table("  " + tr("Line"), tr("Process"), tr("without"), tr("with"), say(unit))
    for column in table.columns[2:]:
        column.justify = "right"
    for line in bar.lines[:limit]:
        figures = (significant(line.before * factor), significant(line.after * factor), signed(line.value * factor))
        table.add_row(f"  {say(line_name(line))}", line.activity, *figures)
    if len(bar.lines) > limit:
        table.add_row("  " + tr("… and {count} more (--lines, --json)", count=len(bar.lines) - limit), style="dim")
    return table


def notes(comparison: Comparison, per: str) -> list[Text]:
    """What a reader has to know: no bars, causes without effect, figures that must not be compared, drafts."""
    found: list[str] = []
    if not comparison.waterfall(per).bars:
        found.append(tr("nothing that differs moves this figure"))
    if comparison.without_effect:
        names = [tr(CAUSE_NAMES[id]) if id in CAUSE_NAMES else id for id in comparison.without_effect]
        found.append(tr("differ without moving any line here: {names}", names=", ".join(names)))
    if comparison.not_per_functional_unit:
        why = "; ".join(say(reason) for reason in comparison.not_per_functional_unit)
        fallback = tr("not compared per functional unit, hence per product: {why}", why=why)
        found.append(fallback if per == FUNCTIONAL_UNIT else tr("not comparable per functional unit: {why}", why=why))
    found += [say(caution) for caution in comparison.cautions]
    return [Text(f"  {line}", style="dim") for line in found]


def matrix_table(matrix: Matrix) -> RenderableType:
    """Stages × rulebooks [kg CO2e per product], and the totals in every unit."""
    heads = [
        f"{label}\n{tr(STATUS[f.system.version.status])}"
        for label, f in zip(matrix.labels, matrix.footprints, strict=True)
    ]
    table = _table(tr("Stage"), *heads)
    for stage, cells in matrix.stages.items():
        shown = [
            f"({significant(c.value)})" if c.apart else tr("excluded") if c.excluded
            else tr("in {stage}", stage=tr(STAGE_NAMES[Stage(c.within)])) if c.within
            else significant(c.value) for c in cells
        ]  # fmt: skip
        table.add_row(tr(STAGE_NAMES[Stage(stage)]), *shown)
    table.add_section()
    table.add_row(tr("Total [kg CO2e per battery]"), *(significant(f.total) for f in matrix.footprints), style="bold")
    table.add_row(tr("per kWh of capacity [kg CO2e/kWh]"), *(significant(f.per_capacity) for f in matrix.footprints))
    table.add_row(tr("per functional unit"), *(_per_unit(f) for f in matrix.footprints))
    headlines = [
        "  " + tr("{book}: headline total {name}", book=label, name=say(f.system.book.headline.name))
        for label, f in zip(matrix.labels, matrix.footprints, strict=True)
        if f.system.book.headline is not None
    ]
    if any(cell.apart for cells in matrix.stages.values() for cell in cells):
        headlines.append("  " + tr("( ) reported apart, not in the total"))
    notes = (Text(one, style="dim") for one in headlines)
    return titled(tr("Carbon footprint [kg CO2e per battery]"), table, *notes)


def _per_unit(footprint: Footprint) -> str:
    value, unit = footprint.per_functional_unit, footprint.system.functional_unit.unit
    if value is None:
        return "?"
    return f"{significant(value * 1000)} g/{unit}" if abs(value) < 1 else f"{significant(value)} kg/{unit}"


def matrix_notes(matrix: Matrix) -> RenderableType:
    """Within which rulebooks a figure may be compared, and the cautions."""
    titles = {
        TOTAL: tr("Totals may be compared only within one line:"),
        FUNCTIONAL_UNIT: tr("Figures per functional unit may be compared only within one line:"),
    }
    parts: list[Text] = []
    for figure, title in titles.items():
        groups = [group for group in matrix.groups if group.figure == figure]
        if len(groups) > 1:
            parts.append(Text(title, style="bold"))
            parts += [Text(f"  {', '.join(group.labels)}: {say(group.what)}") for group in groups]
    parts += [Text(f"  {say(caution)}", style="dim") for caution in matrix.cautions]
    return Group(*parts)


def differences(comparisons: Sequence[Comparison], per: str) -> RenderableType:
    """The difference of every other footprint to the first, cause by cause."""
    first = comparisons[0]
    refused = [c for c in comparisons if per == FUNCTIONAL_UNIT and c.functional_unit is None]
    shown = [c for c in comparisons if c not in refused]
    falls = [c.waterfall(per) for c in shown]
    scale = max((scale_of(fall) for fall in falls), default=0.0)
    factor, unit = shown_unit(per, falls[0].unit if falls else "", scale)
    table = _table(tr("Cause"), *(c.label_b for c in shown))
    for cause in ORDER:
        bars = [next((bar.value for bar in fall.bars if bar.cause == cause), 0.0) for fall in falls]
        if any(bars):
            table.add_row(tr(CAUSE_NAMES[cause]), *(signed(value * factor) if value else "—" for value in bars))
    table.add_section()
    table.add_row(tr("Difference"), *(signed(fall.difference * factor) for fall in falls), style="bold")
    table.add_row(tr("Figure"), *(significant(fall.b * factor) for fall in falls))
    title = tr("Difference to {book} [{unit}]", book=first.label_a, unit=say(unit))
    return titled(title, table, *(note for c in refused for note in notes(c, per)))
