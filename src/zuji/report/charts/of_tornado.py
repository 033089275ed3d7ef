"""The tornado of a study: the result at both ends of every range."""

from __future__ import annotations

from zuji.datum import LocalText
from zuji.footprint.compare_words import shown_unit
from zuji.footprint.scenario_tornado import Tornado
from zuji.i18n import N_, tr_in
from zuji.report.charts.model import TornadoBar, TornadoChart
from zuji.report.charts.of_footprint import PRODUCT_UNIT

TITLE = N_("What moves the result of {study} under {book}")


def tornado_chart(tornado: Tornado) -> TornadoChart:
    """The swings, widest first [kg CO2e per product, or grams or kg per functional unit]."""
    results = [tornado.base, *(value for swing in tornado.swings for value in (swing.at_low, swing.at_high))]
    factor, unit = shown_unit(tornado.per, tornado.unit, max(map(abs, results)))
    system = tornado.footprint.system
    names = {"study": system.study.id, "book": system.book.id}
    return TornadoChart(
        title=LocalText(tr_in("zh", TITLE, **names), tr_in("en", TITLE, **names)),
        unit=PRODUCT_UNIT if tornado.per == "product" else unit.en,
        base=tornado.base * factor,
        bars=tuple(
            TornadoBar(
                name=LocalText(swing.address, swing.address), low=swing.low, high=swing.high,
                at_low=swing.at_low * factor, at_high=swing.at_high * factor,
            )
            for swing in tornado.swings
        ),
    )  # fmt: skip
