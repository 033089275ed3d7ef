"""A chart as SVG by Matplotlib: for PDF, for pages without script, for slides. Same chart, same bytes."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zuji.datum import LocalText
from zuji.i18n import N_, tr_in
from zuji.numbers import at_most, significant
from zuji.report.charts import layout
from zuji.report.charts.model import (
    FALL,
    PALETTE,
    RISE,
    TOTAL,
    Chart,
    HistogramChart,
    SankeyChart,
    StackedBars,
    TimeSeriesChart,
    TornadoChart,
    TreemapChart,
    WaterfallChart,
    colour,
    ink,
    shades_of,
)
from zuji.report.fonts import chinese_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.2
"""[inch], the text width of the reports"""
GREY = "#666666"


def svg(chart: Chart, lang: str, *, width: float = WIDTH) -> str:
    """The chart as an SVG document whose texts stay text, `width` inches wide.

    Raises FontError when the font of this machine cannot draw a character of it.
    """
    font = chinese_font()
    with drawing_style() as figure_class:
        figure, axes = _figure(figure_class, width, _height(chart))
        _draw(chart, lang, axes)
        axes.set_title(chart.title.pick(lang), loc="left", fontsize=10, fontweight="bold", pad=10)
        font.check("".join(texts_of(figure)))
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    return stream.getvalue()


def texts_of(figure: Figure) -> Iterator[str]:
    """Every text of a drawing."""
    from matplotlib.text import Text

    return (str(text.get_text()) for text in figure.findobj(Text))


@contextmanager
def drawing_style() -> Iterator[Any]:
    """Matplotlib set up for Zuji's drawings; yields a function of width and height [inch] that makes a figure."""
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    font = chinese_font()
    font_manager.fontManager.addfont(str(font.path))
    # A collection is known under the family of its first face; the glyphs' widths are the same in all of them.
    measured = font_manager.FontProperties(fname=str(font.path)).get_name()
    options: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "zuji",
        "font.family": [measured],
        "font.size": 8.5,
        "axes.unicode_minus": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#999999",
        "text.parse_math": False,
    }
    with matplotlib.rc_context(options):

        def make(width: float, height: float) -> Figure:
            figure = Figure(figsize=(width, height), layout="constrained")
            FigureCanvasSVG(figure)
            return figure

        yield make


def _figure(make: Any, width: float, height: float) -> tuple[Figure, Axes]:
    figure = make(width, height)
    return figure, figure.add_subplot()


def _height(chart: Chart) -> float:
    if isinstance(chart, StackedBars):
        return 1.6 + 0.42 * len(chart.categories)
    if isinstance(chart, WaterfallChart):
        return 1.2 + 0.34 * (len(chart.steps) + 2)
    if isinstance(chart, TornadoChart):
        return 1.2 + 0.26 * max(len(chart.bars), 1)
    if isinstance(chart, SankeyChart):
        return 4.2 * layout.sankey(chart).height / layout.HEIGHT
    return 4.2 if isinstance(chart, TreemapChart) else 3.2


def _draw(chart: Chart, lang: str, axes: Axes) -> None:
    if isinstance(chart, StackedBars):
        _stacked(chart, lang, axes)
    elif isinstance(chart, WaterfallChart):
        _waterfall(chart, lang, axes)
    elif isinstance(chart, SankeyChart):
        _sankey(chart, lang, axes)
    elif isinstance(chart, TreemapChart):
        _treemap(chart, lang, axes)
    elif isinstance(chart, TornadoChart):
        _tornado(chart, lang, axes)
    elif isinstance(chart, HistogramChart):
        _histogram(chart, lang, axes)
    else:
        _time_series(chart, lang, axes)


def _value_axis(axes: Axes, unit: str) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.set_xlabel(unit, color=GREY)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: at_most(value, 4)))
    axes.xaxis.grid(True, color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)


def _names(axes: Axes, names: Sequence[LocalText], lang: str) -> None:
    axes.set_yticks(range(len(names)), [name.pick(lang) for name in names])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)


def _stacked(chart: StackedBars, lang: str, axes: Axes) -> None:
    up, down = [0.0] * len(chart.categories), [0.0] * len(chart.categories)
    for position, series in enumerate(chart.series):
        values = [0.0 if math.isnan(v) else v for v in series.values]
        left = [up[i] if v >= 0 else down[i] for i, v in enumerate(values)]
        axes.barh(
            range(len(values)), values, left=left, height=0.62, color=colour(position), label=series.name.pick(lang)
        )
        for i, value in enumerate(values):
            if value >= 0:
                up[i] += value
            else:
                down[i] += value
    reach = max(max(up, default=0.0), -min(down, default=0.0)) or 1.0
    for i, total in enumerate(map(math.fsum, zip(up, down, strict=True))):
        axes.text(up[i] + 0.012 * reach, i, significant(total), va="center", color=TOTAL, fontweight="bold")
    axes.set_xlim(min(0.0, min(down, default=0.0) * 1.05), max(up, default=1.0) * 1.14 or 1.0)
    axes.axvline(0, color="#999999", linewidth=0.8)
    _names(axes, chart.categories, lang)
    _value_axis(axes, chart.unit)
    axes.figure.legend(loc="outside lower center", ncols=min(5, max(1, len(chart.series))), frameon=False, fontsize=8)


def _waterfall(chart: WaterfallChart, lang: str, axes: Axes) -> None:
    reached = chart.start.value
    axes.barh(0, reached, height=0.62, color=TOTAL)
    ends = [(reached, significant(reached))]
    for i, step in enumerate(chart.steps, 1):
        axes.barh(i, step.value, left=reached, height=0.62, color=RISE if step.value > 0 else FALL)
        axes.plot([reached, reached], [i - 1.31, i + 0.31], color="#999999", linewidth=0.7)
        sign = "+" if step.value > 0 else ""
        ends.append((max(reached, reached + step.value), sign + significant(step.value)))
        reached += step.value
    last = len(chart.steps) + 1
    axes.plot([reached, reached], [last - 1.31, last + 0.31], color="#999999", linewidth=0.7)
    axes.barh(last, chart.end.value, height=0.62, color=TOTAL)
    ends.append((chart.end.value, significant(chart.end.value)))
    reach = max(abs(end) for end, _ in ends) or 1.0
    for i, (end, label) in enumerate(ends):
        axes.text(max(end, 0.0) + 0.012 * reach, i, label, va="center", color=TOTAL)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.0), max(high, reach * 1.14))
    _names(axes, [chart.start.name, *(step.name for step in chart.steps), chart.end.name], lang)
    _value_axis(axes, chart.unit)


def _tornado(chart: TornadoChart, lang: str, axes: Axes) -> None:
    for i, bar in enumerate(chart.bars):
        for at, value, shade in ((bar.at_low, bar.low, PALETTE[4]), (bar.at_high, bar.high, PALETTE[0])):
            axes.barh(i, at - chart.base, left=chart.base, height=0.62, color=shade)
            outside = at >= chart.base
            axes.annotate(
                value, (at, i), xytext=(3 if outside else -3, 0), textcoords="offset points", va="center",
                ha="left" if outside else "right", fontsize=7.5, color=GREY,
            )  # fmt: skip
    axes.axvline(chart.base, color=TOTAL, linewidth=1)
    axes.margins(x=0.18)
    _names(axes, [bar.name for bar in chart.bars], lang)
    _value_axis(axes, chart.unit)


def _histogram(chart: HistogramChart, lang: str, axes: Axes) -> None:
    widths = [b - a for a, b in zip(chart.edges, chart.edges[1:], strict=False)]
    axes.bar(
        chart.edges[:-1], chart.counts, width=widths, align="edge", color=PALETTE[4], edgecolor="white", linewidth=0.4
    )
    top = max(chart.counts, default=1) or 1
    for i, mark in enumerate(sorted(chart.marks, key=lambda m: m.value)):
        axes.axvline(mark.value, color=TOTAL, linewidth=1, linestyle="--")
        label = f"{mark.name.pick(lang)} {significant(mark.value)}"
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        height = top * (1.04 + 0.085 * (i % 4))
        axes.text(mark.value, height, label, ha="center", fontsize=7.5, color=TOTAL, bbox=paper)
    axes.set_ylim(0, top * (1.1 + 0.085 * min(4, len(chart.marks))))
    axes.set_ylabel(tr_in(lang, N_("count")), color=GREY)
    _value_axis(axes, chart.unit)


def _time_series(chart: TimeSeriesChart, lang: str, axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter

    places = range(len(chart.times))
    for position, series in enumerate(chart.series):
        label = series.name.pick(lang)
        axes.plot(places, series.values, color=colour(position), linewidth=1.2, label=label)
    longest = max(map(len, chart.times), default=1)
    every = max(1, math.ceil(len(chart.times) * longest / 80))
    axes.set_xticks(list(places)[::every], [chart.times[i] for i in list(places)[::every]], rotation=0, fontsize=7.5)
    axes.set_ylabel(chart.unit, color=GREY)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _position: at_most(value, 4)))
    axes.yaxis.grid(True, color="#e5e5e5", linewidth=0.6)
    if len(chart.series) > 1:
        axes.figure.legend(loc="outside lower center", ncols=min(5, len(chart.series)), frameon=False, fontsize=8)


def _treemap(chart: TreemapChart, lang: str, axes: Axes) -> None:
    from matplotlib.patches import Rectangle

    shades = shades_of(chart)
    total = math.fsum(item.value for item in chart.items) or 1.0
    for item, box in layout.treemap(chart.items, 100.0, 58.0):
        shade = shades[item.group]
        axes.add_patch(
            Rectangle((box.x, box.y), box.width, box.height, facecolor=shade, edgecolor="white", linewidth=1.2)
        )
        words = layout.fitting(item.name.pick(lang), box.width, 1.45)
        if words and box.height > 4:
            share = f"{item.value / total:.1%}" if box.height > 7.5 and box.width > 7 else ""
            axes.text(
                box.x + 0.8,
                box.y + 0.8,
                "\n".join(filter(None, (words, share))),
                va="top",
                fontsize=7,
                color=ink(shade),
            )
    axes.set_xlim(0, 100)
    axes.set_ylim(58, 0)
    axes.set_axis_off()
    # Small groups share the last colour: the name of a rectangle tells which it is.
    named: dict[str, list[LocalText]] = {}
    for group, shade in shades.items():
        named.setdefault(shade, []).append(group)
    handles = [Rectangle((0, 0), 1, 1, color=shade) for shade in named]
    labels = [g[0].pick(lang) if len(g) == 1 else tr_in(lang, N_("smaller groups")) for g in named.values()]
    axes.figure.legend(
        handles, labels, loc="outside lower center", ncols=min(5, max(1, len(named))), frameon=False, fontsize=8
    )


def _sankey(chart: SankeyChart, lang: str, axes: Axes) -> None:
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    placed = layout.sankey(chart)
    for band in placed.bands:
        middle = (band.x0 + band.x1) / 2
        points = [
            (band.x0, band.top0), (middle, band.top0), (middle, band.top1), (band.x1, band.top1),
            (band.x1, band.bottom1), (middle, band.bottom1), (middle, band.bottom0), (band.x0, band.bottom0),
            (band.x0, band.top0),
        ]  # fmt: skip
        moves = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        shade = FALL if band.value < 0 else "#b8c4cc"
        hatch = "////" if band.value < 0 else None
        axes.add_patch(PathPatch(Path(points, moves), facecolor=shade, alpha=0.55, edgecolor="none", hatch=hatch))
    for node, box in placed.nodes:
        shade = RISE if node.loop else PALETTE[0]
        axes.add_patch(Rectangle((box.x, box.y), box.width, box.height, facecolor=shade, edgecolor="none"))
        value, right = significant(node.value, 3), node.level > 0
        # A label stays within its own column; that of the product has two lines.
        room = layout.STEP - layout.NODE_WIDTH - (layout.columns_of(value) + 1) * layout.COLUMN
        name = layout.fitting(node.name.pick(lang), room if right else layout.LABEL, layout.COLUMN)
        axes.text(
            box.x - 0.6 if right else box.x + box.width + 0.6, box.y + box.height / 2,
            f"{name} {value}".strip() if right else f"{name}\n{value}", va="center", ha="right" if right else "left",
            fontsize=7, in_layout=False,
        )  # fmt: skip
    axes.set_xlim(placed.left, placed.right)
    axes.set_ylim(placed.height, 0)
    axes.set_axis_off()
    axes.text(placed.left, placed.height * 1.03, f"{chart.unit}", va="top", fontsize=7.5, color=GREY)
