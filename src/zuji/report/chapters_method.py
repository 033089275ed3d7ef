"""Chapters of the footprint report: place and time, gaps, what is reported separately or left out, critical review."""

from __future__ import annotations

from collections import Counter

from zuji.footprint.parts import ORIGIN_NAMES
from zuji.i18n import N_, tr_in
from zuji.numbers import percent_of, significant
from zuji.report.blocks import Block, Bullets, Grid, Heading, Pairs, Paragraph
from zuji.report.parts import period_text
from zuji.report.source import Source

OPEN = "____________________"
"""A field that whoever reviews the study fills in."""
ALWAYS = ("fossil", "biogenic", "biogenic_co2", "biogenic_uptake", "land_use", "aviation", "unspecified")
"""Categories that the report names also where the study has none of them."""
NAMED_GAPS = 10


def scope_of_data(source: Source, lang: str) -> list[Block]:
    """Where and when the data hold, and what was done where a datum is missing."""
    document, study = source.footprint, source.study
    plants = Counter(str(plant.get("country") or "—") for plant in study["plants"].values())
    places = Counter(str(d.get("geography") or "—") for d in source.datasets.values())
    years = sorted({str(d["year"]) for d in source.datasets.values() if d.get("year")})
    life = study.get("service_life") or {}
    rows = [
        (tr_in(lang, "Plants by country"), _counted(plants)),
        (tr_in(lang, "Datasets by place"), _counted(places)),
        (tr_in(lang, "Activity data of the period"), period_text(study["reporting_period"], lang)),
        (tr_in(lang, "Years of the datasets"), ", ".join(years) or "—"),
    ]
    years_of_use = life.get("years")
    if years_of_use and years_of_use.get("number"):
        rows.append((tr_in(lang, "Time boundary of use"), f"{years_of_use['number']} {years_of_use['unit']}"))
    gaps = sorted({str(flow) for _, _, flow in document["gaps"]})
    if gaps:
        text = tr_in(
            lang,
            "{count} flows have no characterisation factor and count as nothing, so the result is off by an unknown "
            "amount: {flows}.",
            count=len(gaps),
            flows=", ".join(gaps[:NAMED_GAPS]) + (" …" if len(gaps) > NAMED_GAPS else ""),
        )
    else:
        text = tr_in(lang, "Every flow of the product system has a characterisation factor.")
    how = tr_in(
        lang,
        "A datum that is missing is never filled in silently: it is an error, or stands in the inventory as an assumed "
        "or estimated datum or as a named default of the rulebook, and is counted as such in the kinds of data.",
    )
    return [
        Heading(tr_in(lang, "Place, time and data gaps")),
        Pairs(tuple(rows)),
        Paragraph(text),
        Paragraph(how),
    ]


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in sorted(found.items()))


def separately(source: Source, lang: str) -> list[Block]:
    """Fossil, biogenic, land-use and aviation carbon, each by itself; offsets and comparisons."""
    document = source.footprint
    counted = {part["id"]: float(part["value"]) for part in document["origins"]}
    apart = {part["id"]: part for part in document["apart"]}
    rows: list[tuple[str, ...]] = []
    for id, name in ORIGIN_NAMES.items():
        if id in apart:
            where = tr_in(lang, "not in the total")
            clause = f" ({apart[id]['clause']})" if apart[id].get("clause") else ""
            rows.append((name.pick(lang), significant(apart[id]["value"]), "—", where + clause))
        elif id in counted:
            share = percent_of(counted[id], document["total"])
            rows.append((name.pick(lang), significant(counted[id]), share, tr_in(lang, "in the total")))
        elif id in ALWAYS:
            rows.append((name.pick(lang), "—", "—", tr_in(lang, "no data of this category in the study")))
    head = (tr_in(lang, "Category"), "kg CO2e", tr_in(lang, "Share"), tr_in(lang, "Treatment"))
    blocks: list[Block] = [
        Heading(tr_in(lang, "Categories of greenhouse gases")),
        Grid(tr_in(lang, "Categories that are reported separately"), head, tuple(rows), figures_from=1,
             widths=(1.7, 0.8, 0.6, 1.6)),
    ]  # fmt: skip
    unsplit = counted.get("unspecified", 0.0)
    if unsplit:
        said = tr_in(
            lang,
            "{share} of the result comes from datasets that state one figure without splitting it. What of it is "
            "biogenic, from land use or from aviation is unknown; a rulebook that asks for these figures is not met "
            "for that part.",
            share=percent_of(unsplit, document["total"]),
        )
        blocks.append(Paragraph(said))
    notes = (
        N_("Carbon offsets are not part of the result. The study has no place for them."),
        N_(
            "The footprint covers one impact, climate change. It says nothing of other impacts, nor of social or "
            "economic aspects."
        ),
        N_(
            "Results of two studies may be compared only where functional unit, boundary, rules, data quality and "
            "period are equivalent. This report claims no superiority over another product."
        ),
    )
    return [*blocks, Bullets(tuple(tr_in(lang, note) for note in notes))]


def critical_review(source: Source, lang: str) -> list[Block]:
    """The fields of a critical review or verification, for the reviewer to fill in."""
    fields = (
        N_("Kind of review (critical review, verification, none)"),
        N_("Reviewer and organisation"),
        N_("Independent of the study (yes, no)"),
        N_("Level of assurance"),
        N_("Date and result"),
    )
    note = tr_in(
        lang,
        "Zuji does not review. A verifier's signed statement is part of the dossier: "
        "`zuji report FILE.zuji -k statement` prints it.",
    )
    return [
        Heading(tr_in(lang, "Critical review and verification")),
        Pairs(tuple((tr_in(lang, name), OPEN) for name in fields)),
        Paragraph(note, small=True),
    ]
