"""Every chart shows every number, in both languages, with its unit, in all three forms."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.report.charts.examples import CHARTS, text

from zuji.report import fonts
from zuji.report.charts import layout
from zuji.report.charts.model import (
    PALETTE,
    HistogramChart,
    Step,
    TreemapItem,
    WaterfallChart,
    ink,
    table,
)
from zuji.report.charts.plotly_figure import notebook_figure, plotly_figure
from zuji.report.charts.svg import svg
from zuji.report.fonts import Font, FontError, chinese_font

needs_font = pytest.mark.usefixtures("font")


def words(document: str) -> str:
    root = etree.fromstring(document.encode())
    return " ".join(" ".join(node.itertext()) for node in root.iter("{*}text"))


@needs_font
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", CHARTS)
def test_an_svg_is_repeatable_and_its_texts_stay_text(kind: str, lang: str) -> None:
    """Two renderings have the same bytes; the title and the unit can be read from the document."""
    drawn = svg(CHARTS[kind], lang)
    assert drawn == svg(CHARTS[kind], lang)
    shown = words(drawn)
    assert CHARTS[kind].title.pick(lang) in shown
    assert CHARTS[kind].unit in shown or kind == "treemap"


@needs_font
def test_a_character_without_glyph_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A font that lacks a character of the chart is an error that names it, never a box."""
    real = chinese_font()
    poor = Font(real.family, real.path, real.index, real.characters - {ord("碳")})
    monkeypatch.setattr("zuji.report.charts.svg.chinese_font", lambda: poor)
    with pytest.raises(FontError, match=r"碳 \(U\+78B3\)"):
        svg(CHARTS["stacked"], "zh")
    svg(CHARTS["stacked"], "en")


def test_a_machine_without_chinese_font_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No installed family can write Chinese: the message says what to install; a wrong ZUJI_FONT is named."""
    monkeypatch.setattr(fonts, "FAMILIES", ("No Such Family",))
    fonts._chosen.cache_clear()
    try:
        with pytest.raises(FontError, match="fonts-noto-cjk"):
            chinese_font()
        monkeypatch.setenv("ZUJI_FONT", "Nowhere.ttf")
        with pytest.raises(FontError, match=r"Nowhere\.ttf"):
            chinese_font()
    finally:
        fonts._chosen.cache_clear()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", CHARTS)
def test_a_plotly_figure_is_valid_and_plain(kind: str, lang: str) -> None:
    """Plotly itself accepts the figure, JSON takes it without NaN, and its title is in the asked language."""
    figure = plotly_figure(CHARTS[kind], lang)
    json.dumps(figure, allow_nan=False)
    assert notebook_figure(CHARTS[kind], lang).layout.title.text == CHARTS[kind].title.pick(lang)


@pytest.mark.parametrize("kind", CHARTS)
def test_the_table_is_rectangular_and_has_the_unit(kind: str) -> None:
    """Every row has a cell for every head, and the unit stands in a head."""
    shown = table(CHARTS[kind], "en")
    assert all(len(row) == len(shown.head) for row in shown.rows)
    assert any(CHARTS[kind].unit in head for head in shown.head)
    assert shown.rows


def test_a_stacked_bar_says_its_total() -> None:
    """30 + 55 + 5 = 90 and 30 − 4 = 26; a missing value stays missing and adds nothing."""
    rows = table(CHARTS["stacked"], "en").rows
    assert [row[-1] for row in rows] == [90.0, 26.0]
    assert math.isnan(float(rows[1][2]))


def test_credits_are_listed_although_they_have_no_area() -> None:
    """The treemap's table holds the negative item, its picture does not."""
    assert ("end of life", "recycling", -5.0) in table(CHARTS["treemap"], "en").rows
    assert "recycling" not in json.dumps(plotly_figure(CHARTS["treemap"], "en"))


def test_a_waterfall_that_does_not_close_is_refused() -> None:
    """Steps that do not lead from start to end are a mistake of the caller."""
    with pytest.raises(ValueError, match="lead to"):
        WaterfallChart(
            title=text("差", "d"), unit="kg", start=Step(name=text("甲", "A"), value=1.0), steps=(),
            end=Step(name=text("乙", "B"), value=2.0),
        )  # fmt: skip


def test_a_histogram_needs_one_edge_more_than_classes() -> None:
    """Edges and counts must fit."""
    with pytest.raises(ValueError, match="edges"):
        HistogramChart(title=text("", ""), unit="kg", edges=(1.0, 2.0), counts=(1, 2))


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40), st.integers(1, 5))
def test_areas_of_a_treemap_are_in_proportion(values: list[float], groups: int) -> None:
    """Each box has value / total of the whole area and lies inside it."""
    items = [
        TreemapItem(name=text(f"{i}", f"{i}"), group=text(f"g{i % groups}", ""), value=v) for i, v in enumerate(values)
    ]
    placed = layout.treemap(items, 100.0, 60.0)
    assert len(placed) == len(items)
    for item, box in placed:
        assert box.width * box.height == pytest.approx(item.value / math.fsum(values) * 6000.0, rel=1e-6)
        assert -1e-6 <= box.x <= box.x + box.width <= 100 + 1e-6
        assert -1e-6 <= box.y <= box.y + box.height <= 60 + 1e-6


def test_bands_of_a_sankey_are_as_thick_as_their_flows() -> None:
    """One scale for the whole diagram: thickness / |value| is the same for every band."""
    from zuji.report.charts.model import SankeyChart

    chart = CHARTS["sankey"]
    assert isinstance(chart, SankeyChart)
    bands = layout.sankey(chart).bands
    ratios = {round((band.bottom0 - band.top0) / abs(band.value), 9) for band in bands}
    assert len(ratios) == 1
    assert all(band.bottom1 - band.top1 == pytest.approx(band.bottom0 - band.top0) for band in bands)
    assert all(band.x0 < band.x1 for band in bands)


@pytest.mark.parametrize("shade", PALETTE)
def test_text_on_every_colour_has_enough_contrast(shade: str) -> None:
    """Contrast of the label on its colour is at least 4.5 (WCAG 2.1, criterion 1.4.3)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(shade), luminance(ink(shade))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_long_name_is_cut_where_it_no_longer_fits() -> None:
    """Chinese characters count two columns; what is too narrow for a few letters stays empty."""
    assert layout.fitting("lithium iron phosphate", 100, 1) == "lithium iron phosphate"
    assert layout.fitting("磷酸铁锂材料", 9, 1) == "磷酸铁…"
    assert layout.fitting("磷酸铁锂材料", 3, 1) == ""
