"""The histogram of the samples of a footprint, and its drivers as a tornado."""

from __future__ import annotations

from zuji.datum import LocalText
from zuji.engine.uncertainty import statistics
from zuji.footprint.uncertainty import UncertaintyResult
from zuji.numbers import percent
from zuji.report.charts.model import HistogramChart, Step, TornadoBar, TornadoChart
from zuji.report.charts.of_footprint import PRODUCT_UNIT

STATED = LocalText("报告值", "stated")
MEDIAN = LocalText("中位数", "median")
DRIVERS = 10
"""Bars of the tornado."""


def histogram(result: UncertaintyResult, bins: int | None = None) -> HistogramChart:
    """How often the samples fall into each class, with p5, median, p95 and the stated result [kg CO2e per product]."""
    found = statistics.histogram(result.samples, bins)
    percentiles = dict(result.summary.percentiles)
    marks = (
        Step(name=LocalText("p5", "p5"), value=percentiles[5.0]),
        Step(name=MEDIAN, value=result.summary.median),
        Step(name=LocalText("p95", "p95"), value=percentiles[95.0]),
        Step(name=STATED, value=result.footprint.total),
    )
    book = result.footprint.system.book.id
    return HistogramChart(
        title=LocalText(f"不确定性（{book}，{result.rung}）", f"Uncertainty ({book}, {result.rung})"),
        unit=PRODUCT_UNIT,
        edges=tuple(found.edges.tolist()),
        counts=tuple(found.counts.tolist()),
        marks=marks,
    )


def drivers(result: UncertaintyResult, most: int = DRIVERS) -> TornadoChart:
    """The result with each of the largest drivers one standard deviation lower and higher, to first order."""
    total = result.footprint.total
    bars = []
    for driver in [driver for driver in result.drivers if driver.share > 0][:most]:
        moved = driver.elasticity * driver.deviation * total
        shown = percent(driver.deviation)
        name = driver.name if driver.name else LocalText(driver.id, driver.id)
        bars.append(
            TornadoBar(name=name, low=f"−{shown}", high=f"+{shown}", at_low=total - moved, at_high=total + moved)
        )
    return TornadoChart(
        title=LocalText("先把什么测准（±1 个标准差）", "What to measure better (± one standard deviation)"),
        unit=PRODUCT_UNIT,
        base=total,
        bars=tuple(bars),
    )
