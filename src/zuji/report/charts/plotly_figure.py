"""A chart as a Plotly figure: a plain dictionary of data and layout, for the page and the notebook."""

from __future__ import annotations

import math
from typing import Any

from zuji.i18n import N_, tr_in
from zuji.numbers import significant
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

FONT = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


def plotly_figure(chart: Chart, lang: str) -> dict[str, Any]:
    """The figure as `{"data": [...], "layout": {...}}`, JSON-ready; texts in `lang`, the unit in the axis title."""
    traces, layout = _traces(chart, lang)
    common = {
        "title": {"text": chart.title.pick(lang), "x": 0, "xref": "paper", "font": {"size": 15}},
        "font": {"family": FONT, "size": 12},
        "colorway": list(PALETTE),
        "margin": {"l": 10, "r": 24, "t": 48, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"family": FONT}},
    }
    return {"data": traces, "layout": common | layout}


def notebook_figure(chart: Chart, lang: str) -> Any:
    """The same as a `plotly.graph_objects.Figure`, which a notebook displays."""
    from plotly import graph_objects

    return graph_objects.Figure(plotly_figure(chart, lang))


def _axis(unit: str) -> dict[str, Any]:
    return {
        "title": {"text": unit},
        "gridcolor": "#e5e5e5",
        "zerolinecolor": "#999999",
        "automargin": True,
    }


def _category_axis() -> dict[str, Any]:
    return {"autorange": "reversed", "automargin": True, "type": "category"}


def _traces(chart: Chart, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    if isinstance(chart, StackedBars):
        return _stacked(chart, lang)
    if isinstance(chart, WaterfallChart):
        return _waterfall(chart, lang)
    if isinstance(chart, SankeyChart):
        return _sankey(chart, lang)
    if isinstance(chart, TreemapChart):
        return _treemap(chart, lang)
    if isinstance(chart, TornadoChart):
        return _tornado(chart, lang)
    if isinstance(chart, HistogramChart):
        return _histogram(chart, lang)
    return _time_series(chart, lang)


def _hover(unit: str, value: str = "%{x:,.4~g}") -> str:
    return f"%{{fullData.name}}: {value} {unit}<extra></extra>"


def _numbers(values: tuple[float, ...]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]


def _stacked(chart: StackedBars, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    names = [category.pick(lang) for category in chart.categories]
    traces = [
        {
            "type": "bar", "orientation": "h", "name": series.name.pick(lang), "y": names, "x": _numbers(series.values),
            "marker": {"color": colour(i)}, "hovertemplate": _hover(chart.unit),
        }
        for i, series in enumerate(chart.series)
    ]  # fmt: skip
    axes = {"xaxis": _axis(chart.unit), "yaxis": _category_axis()}
    return traces, {"barmode": "relative", "legend": {"orientation": "h", "y": -0.25}, **axes}


def _waterfall(chart: WaterfallChart, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    steps = (chart.start, *chart.steps, chart.end)
    trace = {
        "type": "waterfall", "orientation": "h", "name": chart.title.pick(lang),
        "y": [step.name.pick(lang) for step in steps], "x": [step.value for step in steps],
        "measure": ["absolute", *["relative"] * len(chart.steps), "total"],
        "text": [("+" if s.value > 0 and s in chart.steps else "") + significant(s.value) for s in steps],
        "textposition": "outside", "cliponaxis": False,
        "increasing": {"marker": {"color": RISE}}, "decreasing": {"marker": {"color": FALL}},
        "totals": {"marker": {"color": TOTAL}},
    }  # fmt: skip
    return [trace], {"xaxis": _axis(chart.unit), "yaxis": _category_axis(), "showlegend": False}


def _sankey(chart: SankeyChart, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    place = {node.id: i for i, node in enumerate(chart.nodes)}
    deepest = max((node.level for node in chart.nodes), default=0) or 1
    trace = {
        "type": "sankey", "arrangement": "snap", "valueformat": ",.4~g", "valuesuffix": f" {chart.unit}",
        "node": {
            "label": [node.name.pick(lang) for node in chart.nodes],
            "color": [RISE if node.loop else PALETTE[0] for node in chart.nodes],
            # Plotly takes 0 for "no place given".
            "x": [min(max(1 - node.level / deepest, 0.001), 0.999) for node in chart.nodes],
            "pad": 12, "thickness": 14,
        },
        "link": {
            "source": [place[edge.source] for edge in chart.edges],
            "target": [place[edge.target] for edge in chart.edges],
            "value": [abs(edge.value) for edge in chart.edges],
            "color": ["rgba(0,114,178,0.45)" if edge.value < 0 else "rgba(150,165,175,0.45)" for edge in chart.edges],
            "label": [tr_in(lang, N_("credit")) if edge.value < 0 else "" for edge in chart.edges],
        },
    }  # fmt: skip
    return [trace], {"height": max(420, 26 * len(chart.nodes))}


def _treemap(chart: TreemapChart, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    groups = list(dict.fromkeys(item.group for item in chart.items))
    roots = [f"group {i}" for i in range(len(groups))]
    known = shades_of(chart)
    shades = [known[group] for group in (*groups, *(item.group for item in chart.items))]
    trace = {
        "type": "treemap", "branchvalues": "remainder", "textinfo": "label+percent root",
        "ids": [*roots, *(f"item {i}" for i in range(len(chart.items)))],
        "labels": [*(g.pick(lang) for g in groups), *(item.name.pick(lang) for item in chart.items)],
        "parents": [*[""] * len(groups), *(roots[groups.index(item.group)] for item in chart.items)],
        "values": [*[0.0] * len(groups), *(item.value for item in chart.items)],
        "marker": {"colors": shades, "line": {"width": 1, "color": "white"}},
        "textfont": {"color": [ink(shade) for shade in shades]},
        "hovertemplate": f"%{{label}}: %{{value:,.4~g}} {chart.unit}<extra></extra>",
    }  # fmt: skip
    return [trace], {}


def _tornado(chart: TornadoChart, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    names = [bar.name.pick(lang) for bar in chart.bars]
    sides = (
        (N_("at the low value"), PALETTE[4], [bar.at_low for bar in chart.bars], [bar.low for bar in chart.bars]),
        (N_("at the high value"), PALETTE[0], [bar.at_high for bar in chart.bars], [bar.high for bar in chart.bars]),
    )
    traces = [
        {
            "type": "bar", "orientation": "h", "name": tr_in(lang, name), "y": names, "base": chart.base,
            "x": [value - chart.base for value in at], "text": texts, "textposition": "outside", "cliponaxis": False,
            "marker": {"color": shade}, "customdata": at,
            "hovertemplate": _hover(chart.unit, "%{text} → %{customdata:,.4~g}"),
        }
        for name, shade, at, texts in sides
    ]  # fmt: skip
    return traces, {"barmode": "overlay", "xaxis": _axis(chart.unit), "yaxis": _category_axis()}


def _histogram(chart: HistogramChart, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    trace = {
        "type": "bar", "name": tr_in(lang, N_("count")), "y": list(chart.counts), "marker": {"color": PALETTE[4]},
        "x": [(a + b) / 2 for a, b in zip(chart.edges, chart.edges[1:], strict=False)],
        "width": [b - a for a, b in zip(chart.edges, chart.edges[1:], strict=False)],
    }  # fmt: skip
    dashed = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": {"dash": "dash", "color": TOTAL}}
    lines = [dashed | {"x0": mark.value, "x1": mark.value} for mark in chart.marks]
    notes = [
        {
            "x": mark.value, "yref": "paper", "y": 1.02 + 0.06 * (i % 3), "showarrow": False,
            "text": f"{mark.name.pick(lang)} {significant(mark.value)}",
        }
        for i, mark in enumerate(sorted(chart.marks, key=lambda m: m.value))
    ]  # fmt: skip
    axes = {"xaxis": _axis(chart.unit), "yaxis": _axis(tr_in(lang, N_("count")))}
    return [trace], {"bargap": 0, "shapes": lines, "annotations": notes, "showlegend": False, **axes}


def _time_series(chart: TimeSeriesChart, lang: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": series.name.pick(lang), "x": list(chart.times),
            "y": _numbers(series.values), "line": {"color": colour(i)},
            "hovertemplate": _hover(chart.unit, "%{y:,.4~g}"),
        }
        for i, series in enumerate(chart.series)
    ]  # fmt: skip
    return traces, {"yaxis": _axis(chart.unit), "showlegend": len(chart.series) > 1}
