"""Chapters of the footprint report: results, sensitivity, limitations, references."""

from __future__ import annotations

from collections.abc import Mapping

from zuji.datum import localised
from zuji.i18n import N_, tr_in
from zuji.numbers import percent_of, significant
from zuji.report.blocks import Block, Bullets, Grid, Heading, Pairs, Paragraph, Picture
from zuji.report.charts import of_footprint
from zuji.report.charts.model import TornadoBar, TornadoChart
from zuji.report.charts.svg import svg
from zuji.report.parts import (
    cautions,
    group_name,
)
from zuji.report.source import Document, Source

TOP_LINES = 15
SENSITIVE = 10
STEP = 0.1
"""By how much each activity datum is moved in the sensitivity chapter [1]."""


def results(source: Source, lang: str, public: bool) -> list[Block]:
    """The footprint by stage, origin, component group and plant, and the largest lines."""
    document = source.footprint
    total = document["total"]
    head_value = "kg CO2e"
    per_unit = f"g CO2e/{document['functional_unit']['unit']}"

    def row(name: str, value: float) -> tuple[str, ...]:
        unit = significant(value / source.amount * 1000) if source.amount else "—"
        return (name, significant(value), unit, percent_of(value, total))

    def grid(caption: str, first: str, parts: list[Document]) -> Grid:
        rows = [row(_part_name(source, part, lang), part["value"]) for part in parts]
        rows.append(row(tr_in(lang, "total"), total))
        return Grid(caption, (first, head_value, per_unit, tr_in(lang, "Share")), tuple(rows), total=True)

    top = tuple(
        (
            source.label(line["name"], lang),
            group_name(line["component_group"]).pick(lang),
            significant(line["value"]),
            percent_of(line["value"], total),
        )
        for line in source.hotspots()[:TOP_LINES]
    )
    groups = {line["component_group"]: group_name(line["component_group"]) for line in document["lines"]}
    treemap = of_footprint.hotspots(document, groups)
    top_head = (tr_in(lang, "Exchange"), tr_in(lang, "Component group"), head_value, tr_in(lang, "Share"))
    blocks: list[Block] = [
        Heading(tr_in(lang, "Results")),
        grid(tr_in(lang, "By life-cycle stage"), tr_in(lang, "Stage"), document["stages"]),
        grid(tr_in(lang, "By origin of the carbon"), tr_in(lang, "Origin"), document["origins"]),
        grid(tr_in(lang, "By component group"), tr_in(lang, "Component group"), document["component_groups"]),
        grid(tr_in(lang, "By plant"), tr_in(lang, "Plant"), document["plants"]),
    ]
    if not public:
        hotspots = tr_in(lang, "Hotspots: area in proportion to the contribution, coloured by component group")
        alt = tr_in(lang, "Treemap of the contribution lines; the table of the largest lines has the same figures.")
        blocks.append(Picture(svg(treemap, lang), hotspots, alt))
        blocks.append(Grid(tr_in(lang, "The largest lines"), top_head, top, figures_from=2, widths=(2, 1.2, 1, 0.8)))
    if document["apart"]:
        rows = tuple(
            (source.label(part["name"], lang), significant(part["value"]), part.get("clause", "") or "—")
            for part in document["apart"]
        )
        head = (tr_in(lang, "Reported apart from the total"), head_value, tr_in(lang, "Clause"))
        blocks.append(Grid(tr_in(lang, "Not part of the total"), head, rows))
    return blocks


def _part_name(source: Source, part: Document, lang: str) -> str:
    return group_name("none").pick(lang) if part["id"] == "none" else source.label(part["name"], lang)


def sensitivity(source: Source, lang: str, public: bool) -> list[Block]:
    """How far ten per cent of each of the largest lines (or component groups, in public) moves the total."""
    document = source.footprint
    base = float(document["total"])
    # The public version shows component groups: single lines would tell the recipe.
    moved = [
        (group_name(part["id"]) if public else of_footprint.local(part["name"]), float(part["value"]))
        for part in (document["component_groups"] if public else source.hotspots())
        if part["value"]
    ]
    moved.sort(key=lambda pair: -abs(pair[1]))
    bars = tuple(
        TornadoBar(name=name, low=f"−{STEP:.0%}", high=f"+{STEP:.0%}", at_low=base - STEP * v, at_high=base + STEP * v)
        for name, v in moved[:SENSITIVE]
    )
    title = localised(N_("Result when one contribution moves by 10 %"))
    chart = TornadoChart(title=title, unit=of_footprint.PRODUCT_UNIT, base=base, bars=bars)
    text = tr_in(
        lang,
        "The result is linear in the amount of each line and in its factor, so a change of a line by 10 % moves the "
        "total by 10 % of that line's contribution. The ten largest are shown; other inputs stay as they are.",
    )  # fmt: skip
    alt = tr_in(lang, "Tornado chart of the ten largest contributions")
    blocks: list[Block] = [Heading(tr_in(lang, "Sensitivity")), Paragraph(text)]
    return [*blocks, Picture(svg(chart, lang), title.pick(lang), alt)] if bars else blocks


def limitations(source: Source, lang: str) -> list[Block]:
    """What is unverified and what the check found."""
    document = source.footprint
    blocks: list[Block] = [Heading(tr_in(lang, "Limitations")), *cautions(source, lang)]
    if document["unverified"]:
        rows = tuple(
            (u["id"], u["value"], u["clause"] or "—", source.label(u["verify_with"], lang) or "—")
            for u in document["unverified"]
        )
        head = tuple(
            tr_in(lang, m) for m in (N_("Not verified"), N_("Value used"), N_("Clause"), N_("What would verify it"))
        )
        blocks.append(
            Grid(
                tr_in(lang, "Unverified parameters and rules"), head, rows, figures_from=4, widths=(1.5, 1.1, 1.4, 1.8)
            )
        )
    findings = [*source.errors(), *source.warnings()]
    if findings:
        items = [(f.get("label") or f["code"], source.label(f["what"], lang)) for f in findings]
        blocks.append(
            Grid(
                tr_in(lang, "Findings of the check"), (tr_in(lang, "Code"), tr_in(lang, "Finding")), tuple(items),
                figures_from=2, widths=(0.4, 3),
            )
        )  # fmt: skip
    note = source.label(source.book["note"], lang)
    return [*blocks, Paragraph(note, small=True)] if note else blocks


def references(source: Source, lang: str) -> list[Block]:
    """Sources, digests, and how to re-perform the result."""
    digests = source.footprint["digests"]
    names: Mapping[str, str] = {
        "study": N_("Digest of the study"),
        "background": N_("Digest of the background data"),
        "rulebook": N_("Digest of the rulebook"),
    }
    cited = sorted({str(d.get("source", {}).get("citation", "")) for d in source.datasets.values()} - {""})
    return [
        Heading(tr_in(lang, "References and reproduction")),
        Bullets((source.label(source.book["title"], lang), *cited)),
        Pairs(tuple((tr_in(lang, names[key]), digests[key]) for key in names if key in digests)),
        Paragraph(
            tr_in(lang, "The same study, background and rulebook give the same figures; `zuji verify` re-performs them "
                        "from a frozen dossier."),
            small=True,
        ),
    ]  # fmt: skip
