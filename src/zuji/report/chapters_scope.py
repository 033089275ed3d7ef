"""Chapters of the footprint report: summary, goal, functional unit, boundary."""

from __future__ import annotations

from zuji.datum import LocalText
from zuji.i18n import N_, tr_in
from zuji.numbers import at_most, percent, significant
from zuji.report.blocks import Block, Grid, Heading, Pairs, Paragraph, Picture
from zuji.report.charts import of_footprint
from zuji.report.charts.boundary import BoundaryStage, boundary_svg
from zuji.report.parts import (
    cautions,
    chart_of_stages,
    datum_text,
    main_figure,
    period_text,
    stage_name,
    with_unit,
)
from zuji.report.source import Document, Source
from zuji.study.words import name_of

ALL_STAGES = ("raw_material", "production", "distribution", "use", "end_of_life")
COUNTED, NOT_COUNTED = N_("counted"), N_("not counted")


def summary(source: Source, lang: str) -> list[Block]:
    """The figure, what limits it, and the stages at a glance."""
    document = source.footprint
    rows = [
        (tr_in(lang, "Per product"), f"{significant(document['total'])} kg CO2e"),
        (tr_in(lang, "Per kWh of rated energy"), with_unit(document["per_kWh_capacity"], "kg CO2e/kWh")),
        (tr_in(lang, "Primary data share"), percent(document["primary_data_share"])),
        (tr_in(lang, "Complete"), tr_in(lang, "yes") if document["complete"] else tr_in(lang, "no")),
    ]
    for total in document["totals"]:
        rows.append((source.label(total["name"], lang), f"{significant(total['value'])} kg CO2e"))
    return [
        Heading(tr_in(lang, "Summary")),
        main_figure(source, lang),
        *cautions(source, lang),
        Pairs(tuple(rows)),
        chart_of_stages(source, lang),
    ]


def goal(source: Source, lang: str) -> list[Block]:
    """What is studied, for whom, by which rules, in which plants."""
    study, product = source.study, source.study["product"]
    rules = source.footprint["rulebook"]
    rows = [
        (tr_in(lang, "Product"), source.label(product["name"], lang)),
        (tr_in(lang, "Model"), str(product.get("model", "—"))),
        (tr_in(lang, "Manufacturer"), source.label(product.get("manufacturer"), lang) or "—"),
        (tr_in(lang, "Chemistry"), str(product.get("chemistry", "—"))),
        (tr_in(lang, "Mass"), datum_text(product.get("mass"), lang)),
        (tr_in(lang, "Rated energy"), datum_text(product.get("rated_energy"), lang)),
        (tr_in(lang, "Usable energy"), datum_text(product.get("usable_energy"), lang)),
        (tr_in(lang, "Reporting period"), period_text(study["reporting_period"], lang)),
        (tr_in(lang, "Rulebook"), f"{source.label(source.book['title'], lang)} ({rules['version']})"),
        (tr_in(lang, "Issuer"), source.book["issuer"] or "—"),
        (tr_in(lang, "Rules as of"), rules["on"]),
    ]
    plants = [
        (source.label(plant["name"], lang), plant.get("country", "—"), plant.get("region", "—"))
        for plant in study["plants"].values()
    ]
    goal = tr_in(
        lang,
        "Goal: to quantify the carbon footprint of {product} over its {boundary} system following {book}, so that "
        "it can be verified and communicated under that rulebook.",
        product=source.label(product["name"], lang), boundary=boundary_name(study, lang),
        book=source.label(source.book["title"], lang),
    )  # fmt: skip
    head = (tr_in(lang, "Plant"), tr_in(lang, "Country"), tr_in(lang, "Region"))
    return [
        Heading(tr_in(lang, "Goal, product and plants")),
        Paragraph(goal),
        Pairs(tuple(rows)),
        Grid(tr_in(lang, "Plants"), head, tuple(plants), figures_from=3),
    ]


BOUNDARIES = {
    "cradle-to-grave": N_("cradle-to-grave"),
    "cradle-to-gate": N_("cradle-to-gate"),
}


def boundary_name(study: Document, lang: str) -> str:
    """The boundary of the study in words."""
    boundary = str(study["boundary"])
    return tr_in(lang, BOUNDARIES[boundary]) if boundary in BOUNDARIES else boundary


def functional_unit(source: Source, lang: str) -> list[Block]:
    """The functional unit, how often one product delivers it, and the data behind that."""
    unit, life = source.footprint["functional_unit"], source.study.get("service_life") or {}
    names = {
        "cycles": N_("Cycles over the service life"),
        "years": N_("Years of service"),
        "mean_capacity_factor": N_("Mean capacity factor"),
        "warranty_years": N_("Warranted years"),
        "warranty_distance": N_("Warranted distance"),
    }
    rows = [(tr_in(lang, message), datum_text(life[key], lang)) for key, message in names.items() if key in life]
    amount = f"{at_most(source.amount, 7)} {unit['unit']}" if source.amount is not None else tr_in(lang, "not declared")
    flow = f"{significant(1 / source.amount, 5)}" if source.amount else "—"
    return [
        Heading(tr_in(lang, "Functional unit and reference flow")),
        Paragraph(tr_in(lang, "Functional unit: {name} (clause {clause}).",
                        name=source.label(unit["name"], lang), clause=unit["clause"] or "—")),
        Pairs((
            *rows,
            (tr_in(lang, "Functional units per product"), amount),
            (tr_in(lang, "Reference flow: products per functional unit"), flow),
        )),
    ]  # fmt: skip


def boundary(source: Source, lang: str) -> list[Block]:
    """The boundary as a drawing, exclusions with reason and clause, the cut-off account."""
    document = source.footprint
    counted = {of_footprint.canonical_stage(stage["id"]) for stage in document["stages"]}
    order = [*ALL_STAGES, *sorted(counted - set(ALL_STAGES))]
    processes: dict[str, list[LocalText]] = {stage: [] for stage in order}
    for line in sorted(document["lines"], key=lambda line: (-abs(line["value"]), line["activity"], line["line"])):
        stage = of_footprint.canonical_stage(line["stage"])
        name = of_footprint.local(line["name"])
        if stage in processes and name not in processes[stage]:
            processes[stage].append(name)
    names = {of_footprint.canonical_stage(s["id"]): of_footprint.local(s["name"]) for s in document["stages"]}
    drawn = [
        BoundaryStage(
            names.get(stage) or stage_name(stage),
            stage in counted,
            tuple(processes[stage]),
        )
        for stage in order
    ]
    blocks: list[Block] = [
        Heading(tr_in(lang, "System boundary and cut-off")),
        Picture(
            boundary_svg(drawn, lang),
            tr_in(lang, "System boundary: stages that count, with their largest contributors"),
            "; ".join(f"{s.name.pick(lang)}: {tr_in(lang, COUNTED if s.counted else NOT_COUNTED)}" for s in drawn),
        ),
    ]
    if document["excluded"]:
        rows = tuple(
            (source.label(e["name"], lang), source.label(e["reason"], lang), e["clause"] or "—")
            for e in document["excluded"]
        )
        head = (tr_in(lang, "Left out"), tr_in(lang, "Reason"), tr_in(lang, "Clause"))
        blocks.append(Grid(tr_in(lang, "Exclusions"), head, rows, figures_from=3, widths=(1.2, 2.2, 1)))
    else:
        blocks.append(Paragraph(tr_in(lang, "Nothing of the inventory is left out.")))
    measures = document.get("cut_off", {}).get("measures", ())
    if measures:
        rows = tuple(
            (name_of(m["measure"]).pick(lang), percent(m["share"], 2), f"{significant(m['left_out'])} {m['unit']}")
            for m in measures
            if "left_out" in m
        )
        head = (tr_in(lang, "Measure"), tr_in(lang, "Share left out"), tr_in(lang, "Amount left out"))
        if rows:
            blocks.append(Grid(tr_in(lang, "Cut-off over the whole system"), head, rows))
    return blocks
