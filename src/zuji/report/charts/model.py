"""What each chart shows, free of any drawing library: the same description gives the page, the PDF and the data table.

Every chart has a title, the unit of its values and a data table (`table`), so that no number is only a picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zuji.datum import LocalText
from zuji.i18n import N_, tr_in

# Okabe and Ito, "Color Universal Design" (2008): eight colours that people with any colour vision tell apart. The
# yellow is left out, as it is too pale on white; black is kept for totals.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#7F7F7F")
TOTAL, RISE, FALL = "#333333", "#D55E00", "#0072B2"


def colour(position: int) -> str:
    """The colour of the series at `position`; the palette repeats after seven."""
    return PALETTE[position % len(PALETTE)]


def ink(background: str) -> str:
    """Black or white, whichever has the higher contrast on `background` (WCAG 2.1 relative luminance)."""
    parts = [int(background[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One named row of values; NaN where there is none."""

    name: LocalText
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackedBars:
    """One bar per category, stacked from `series`; negative values stack downwards from zero."""

    title: LocalText
    unit: str
    categories: tuple[LocalText, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One bar of a waterfall: by how much it moves the figure."""

    name: LocalText
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallChart:
    """From `start` to `end` in steps that add up to the difference."""

    title: LocalText
    unit: str
    start: Step
    steps: tuple[Step, ...]
    end: Step

    def __post_init__(self) -> None:
        total = math.fsum([self.start.value, *(step.value for step in self.steps)])
        scale = max(abs(self.start.value), abs(self.end.value), *(abs(s.value) for s in self.steps), 1e-300)
        if abs(total - self.end.value) > 1e-9 * scale:
            raise ValueError(f"the steps lead to {total!r}, not to {self.end.value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SankeyNode:
    """A node of a Sankey diagram; `loop` marks one that takes part in a loop of the product system."""

    id: str
    name: LocalText
    value: float
    level: int
    """Column of the node: 0 for the product, growing towards its suppliers."""
    loop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SankeyEdge:
    """What flows from supplier `source` into consumer `target`; a credit is negative and drawn hatched."""

    source: str
    target: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SankeyChart:
    """Where the footprint comes from: suppliers on the left, the product on the right."""

    title: LocalText
    unit: str
    nodes: tuple[SankeyNode, ...]
    edges: tuple[SankeyEdge, ...]
    coverage: float
    """Share of the total that the nodes show by themselves; the rest is in the rest node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreemapItem:
    """One rectangle; `parent` is the name of its group."""

    name: LocalText
    group: LocalText
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TreemapChart:
    """Hotspots as areas; credits cannot be an area, so they are listed beside it (`credits`)."""

    title: LocalText
    unit: str
    items: tuple[TreemapItem, ...]
    credits: tuple[TreemapItem, ...] = ()


def shades_of(chart: TreemapChart) -> dict[LocalText, str]:
    """Group → colour, largest group first; where there are more groups than colours, the small ones share the last."""
    sizes: dict[LocalText, float] = {}
    for item in chart.items:
        sizes[item.group] = sizes.get(item.group, 0.0) + item.value
    ordered = sorted(sizes, key=lambda group: (-sizes[group], group.en, group.zh))
    return {group: PALETTE[min(position, len(PALETTE) - 1)] for position, group in enumerate(ordered)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TornadoBar:
    """The result at the low and the high value of one input."""

    name: LocalText
    low: str
    high: str
    at_low: float
    at_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TornadoChart:
    """Which input moves the result most; widest first."""

    title: LocalText
    unit: str
    base: float
    bars: tuple[TornadoBar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramChart:
    """How often a result falls into each class; `edges` has one value more than `counts`."""

    title: LocalText
    unit: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    marks: tuple[Step, ...] = ()
    """Vertical lines: median, 5th and 95th percentile, the deterministic result."""

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.counts) + 1:
            raise ValueError(f"{len(self.counts)} classes need {len(self.counts) + 1} edges, not {len(self.edges)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSeriesChart:
    """Values over time; `times` are ISO texts in order, NaN values leave a gap."""

    title: LocalText
    unit: str
    times: tuple[str, ...]
    series: tuple[Series, ...]


Chart = StackedBars | WaterfallChart | SankeyChart | TreemapChart | TornadoChart | HistogramChart | TimeSeriesChart


@dataclass(frozen=True, slots=True)
class Table:
    """The data of a chart: `rows` have as many cells as `head`; numbers stay numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]


TOTAL_NAME = N_("total")
CREDIT = N_("credit")


def table(chart: Chart, lang: str) -> Table:
    """Every number of the chart, with the unit in the heads."""
    unit = f" [{chart.unit}]"

    def head(*messages: str) -> tuple[str, ...]:
        return tuple(tr_in(lang, m) for m in messages)

    value = tr_in(lang, "value") + unit
    if isinstance(chart, StackedBars):
        names = [series.name.pick(lang) + unit for series in chart.series]
        rows = _transposed([c.pick(lang) for c in chart.categories], [s.values for s in chart.series])
        columns = zip(*(series.values for series in chart.series), strict=True)
        totals = [math.fsum(value for value in column if not math.isnan(value)) for column in columns]
        with_total = tuple((*row, total) for row, total in zip(rows, totals, strict=True))
        return Table((*head(N_("case")), *names, tr_in(lang, TOTAL_NAME) + unit), with_total)
    if isinstance(chart, WaterfallChart):
        steps = (chart.start, *chart.steps, chart.end)
        return Table((*head(N_("step")), value), tuple((s.name.pick(lang), s.value) for s in steps))
    if isinstance(chart, SankeyChart):
        names_of = {node.id: node.name.pick(lang) for node in chart.nodes}
        flows = ((names_of[e.source], names_of[e.target], e.value) for e in chart.edges)
        return Table((*head(N_("from"), N_("to")), value), tuple(flows))
    if isinstance(chart, TreemapChart):
        items = ((i.group.pick(lang), i.name.pick(lang), i.value) for i in (*chart.items, *chart.credits))
        return Table((*head(N_("group"), N_("name")), value), tuple(items))
    if isinstance(chart, TornadoChart):
        titles = head(N_("input"), N_("low"), N_("high"))
        at = [tr_in(lang, N_("result at low")) + unit, tr_in(lang, N_("result at high")) + unit]
        bars = ((b.name.pick(lang), b.low, b.high, b.at_low, b.at_high) for b in chart.bars)
        return Table((*titles, *at), tuple(bars))
    if isinstance(chart, HistogramChart):
        classes = zip(chart.edges, chart.edges[1:], chart.counts, strict=False)
        titles = (tr_in(lang, N_("from")) + unit, tr_in(lang, N_("to")) + unit, tr_in(lang, N_("count")))
        return Table(titles, tuple((low, high, float(count)) for low, high, count in classes))
    names = [series.name.pick(lang) + unit for series in chart.series]
    return Table((*head(N_("time")), *names), _transposed(chart.times, [s.values for s in chart.series]))


def _transposed(labels: Sequence[str], columns: Sequence[Sequence[float]]) -> tuple[tuple[str | float, ...], ...]:
    return tuple((label, *(column[i] for column in columns)) for i, label in enumerate(labels))
