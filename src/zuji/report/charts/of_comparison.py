"""The waterfall of a comparison: from one footprint to the other, cause by cause."""

from __future__ import annotations

from zuji.datum import LocalText
from zuji.footprint.compare_model import Comparison
from zuji.report.charts.model import Step, WaterfallChart
from zuji.report.charts.of_footprint import PRODUCT_UNIT


def waterfall(comparison: Comparison) -> WaterfallChart:
    """The bars per product [kg CO2e], causes without effect left out."""
    found = comparison.product
    title = LocalText(
        f"从 {comparison.label_a} 到 {comparison.label_b}", f"From {comparison.label_a} to {comparison.label_b}"
    )
    return WaterfallChart(
        title=title,
        unit=PRODUCT_UNIT,
        start=Step(name=LocalText(comparison.label_a, comparison.label_a), value=found.a),
        steps=tuple(Step(name=bar.name, value=bar.value) for bar in found.bars if bar.value),
        end=Step(name=LocalText(comparison.label_b, comparison.label_b), value=found.b),
    )
