"""One page for management: the figure, where it comes from, what would lower it, how sure it is."""

from __future__ import annotations

from zuji.i18n import tr_in
from zuji.numbers import percent, percent_of, significant
from zuji.report.blocks import Block, Grid, Picture, Report
from zuji.report.charts import of_footprint
from zuji.report.charts.svg import WIDTH, svg
from zuji.report.parts import cautions, chart_of_stages, footer, group_name, main_figure
from zuji.report.source import Source, marks

TOP = 6


def summary_page(source: Source, lang: str) -> Report:
    """The main figure, stages, hotspots and the six largest lines on one page."""
    document = source.footprint
    groups = {line["component_group"]: group_name(line["component_group"]) for line in document["lines"]}
    rows = tuple(
        (
            source.label(line["name"], lang),
            group_name(line["component_group"]).pick(lang),
            significant(line["value"]),
            percent_of(line["value"], document["total"]),
        )
        for line in source.hotspots()[:TOP]
    )
    head = (tr_in(lang, "Exchange"), tr_in(lang, "Component group"), "kg CO2e", tr_in(lang, "Share"))
    share = percent(document["primary_data_share"])
    caption = tr_in(lang, "The largest contributions; {share} of the result rests on primary data", share=share)
    treemap = of_footprint.hotspots(document, groups)
    blocks: list[Block] = [
        main_figure(source, lang),
        *cautions(source, lang),
        chart_of_stages(source, lang),
        Picture(
            svg(treemap, lang, width=WIDTH * 0.75), tr_in(lang, "Where it comes from"), treemap.title.pick(lang), 0.6
        ),
        Grid(caption, head, rows, figures_from=2, widths=(2, 1.2, 1, 0.8)),
    ]
    return Report(
        lang=lang,
        title=tr_in(lang, "Carbon footprint at a glance"),
        subtitle=f"{source.label(document['product']['name'], lang)} · {source.label(source.book['title'], lang)}",
        marks=marks(source, lang),
        footer=footer(source, lang),
        numbered=False,
        blocks=tuple(blocks),
    )
