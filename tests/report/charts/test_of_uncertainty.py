"""Histogram and drivers of an uncertainty analysis as charts: all samples are in, and bars are what drivers do."""

from __future__ import annotations

from datetime import date

import pytest

from zuji import examples
from zuji.footprint.calculate import calculate
from zuji.footprint.uncertainty import UncertaintyResult, uncertainty
from zuji.report.charts import of_uncertainty
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study


@pytest.fixture(scope="module")
def result() -> UncertaintyResult:
    study = open_study(examples.folder("lfp-storage-488kwh")).study
    assert study is not None
    return uncertainty(calculate(study, open_book("iso-14067"), on=date(2026, 6, 30)), 200, seed=1)


def test_the_histogram_holds_every_sample(result: UncertaintyResult) -> None:
    """The counts add up to the samples; the marks are percentiles and the stated total."""
    chart = of_uncertainty.histogram(result)
    assert sum(chart.counts) == 200
    assert chart.marks[1].value == result.summary.median
    assert chart.marks[-1].value == result.footprint.total


def test_the_drivers_are_one_deviation_either_side(result: UncertaintyResult) -> None:
    """Widest first, around the stated total; the squares of the half widths are shares of the variance."""
    chart = of_uncertainty.drivers(result)
    widths = [(bar.at_high - bar.at_low) / 2 for bar in chart.bars]
    assert widths == sorted(widths, reverse=True)
    assert chart.base == result.footprint.total
    share = widths[0] ** 2 / result.first_order_deviation**2
    assert share == pytest.approx(result.drivers[0].share, rel=1e-6)
