"""Chapters of the footprint report: inventory, data and their quality, allocation, electricity."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from zuji.i18n import N_, tr_in
from zuji.numbers import at_most, percent, significant
from zuji.report.blocks import Block, Bullets, Grid, Heading, Pairs, Paragraph
from zuji.report.parts import (
    group_name,
    stage_name,
)
from zuji.report.source import Document, Source
from zuji.study.words import name_of


def inventory(source: Source, lang: str, public: bool) -> list[Block]:
    """Unit processes and lines; `public` leaves the single lines out."""
    groups: dict[str, list[Document]] = {}
    for line in source.footprint["lines"]:
        groups.setdefault(line["component_group"], []).append(line)
    rows = tuple(
        (group_name(id).pick(lang), str(len(lines)), significant(math.fsum(line["value"] for line in lines)))
        for id, lines in sorted(groups.items(), key=lambda item: -math.fsum(line["value"] for line in item[1]))
    )
    processes = tuple(
        (
            source.label(process["name"], lang),
            source.label(source.study["plants"].get(process.get("plant", ""), {}).get("name"), lang) or "—",
            name_of(process.get("stage", "none")).pick(lang),
            f"{process['reference_flow'].get('number', '—')} {process['reference_flow'].get('unit', '')}",
            at_most(source.footprint["scaling"].get(process["id"]), 6)
            if process["id"] in source.footprint["scaling"]
            else "—",
        )
        for process in source.study["processes"].values()
    )
    process_head = tuple(
        tr_in(lang, m)
        for m in (N_("Unit process"), N_("Plant"), N_("Stage"), N_("Reference flow"), N_("Runs per product"))
    )
    blocks: list[Block] = [
        Heading(tr_in(lang, "Life-cycle inventory")),
        Grid(tr_in(lang, "Unit processes"), process_head, processes, figures_from=3, widths=(1.6, 1.4, 1, 1, 1)),
        Grid(
            tr_in(lang, "Lines of the inventory by component group"),
            (tr_in(lang, "Component group"), tr_in(lang, "Lines"), "kg CO2e"),
            rows,
        ),
    ]
    if not public:
        lines = tuple(
            (
                source.label(line["name"], lang),
                stage_name(line["stage"]).pick(lang),
                name_of(line["kind"]).pick(lang),
                line["provider"],
                f"{significant(line['amount'])} {line['unit']}",
                significant(line["value"]),
            )
            for line in source.hotspots()
        )
        head = tuple(
            tr_in(lang, m)
            for m in (N_("Exchange"), N_("Stage"), N_("Kind of datum"), N_("Dataset"), N_("Amount per product"))
        )
        caption = tr_in(lang, "Every line of the inventory, largest contribution first")
        blocks.append(Grid(caption, (*head, "kg CO2e"), lines, figures_from=4, widths=(1.4, 0.8, 0.6, 2.3, 1.1, 0.8)))
    return blocks


def data(source: Source, lang: str) -> list[Block]:
    """Kinds of data, their quality, and every dataset with place, year and licence."""
    document = source.footprint
    gross = math.fsum(abs(line["value"]) for line in document["lines"]) or 1.0
    shares: dict[str, list[float]] = {}
    for line in document["lines"]:
        shares.setdefault(line["kind"], []).append(abs(line["value"]))
    kinds = Counter(line["kind"] for line in document["lines"])
    rows = tuple(
        (name_of(kind).pick(lang), str(kinds[kind]), percent(math.fsum(values) / gross))
        for kind, values in sorted(shares.items(), key=lambda item: -math.fsum(item[1]))
    )
    quality = document["data_quality"]
    rating = at_most(quality.get("rating"), 3) if quality.get("rating") is not None else tr_in(lang, "not rated")
    used = tuple(
        (
            id,
            source.label(d.get("name"), lang),
            str(d.get("geography", "—")),
            str(d.get("year", "—")),
            str(d.get("source", {}).get("licence", "")) or "—",
        )
        for id, d in source.datasets.items()
    )
    head = tuple(tr_in(lang, m) for m in (N_("Dataset"), N_("Name"), N_("Place"), N_("Year"), N_("Licence")))
    return [
        Heading(tr_in(lang, "Data sources and data quality")),
        Pairs((
            (tr_in(lang, "Primary data share"), percent(document["primary_data_share"])),
            (tr_in(lang, "Data-quality rating"), rating),
            (tr_in(lang, "Share of the result that is rated"), percent(quality.get("rated_share", 0))),
        )),
        Grid(
            tr_in(lang, "Kinds of activity data"),
            (tr_in(lang, "Kind of datum"), tr_in(lang, "Lines"), tr_in(lang, "Share of the result (absolute values)")),
            rows,
        ),
        Grid(tr_in(lang, "Datasets used"), head, used, figures_from=5, widths=(1.5, 1.4, 0.5, 1.1, 1.6)),
    ]  # fmt: skip


def allocation(source: Source, lang: str) -> list[Block]:
    """The rules that decided and the parameters that they used, with clause and verification."""
    end_of_life = source.study.get("end_of_life") or {}
    rows = [(tr_in(lang, "Approach at end of life (study)"), str(end_of_life.get("approach", "—")))]
    if end_of_life.get("justification"):
        rows.append((tr_in(lang, "Justification"), str(end_of_life["justification"])))
    parameters = tuple(
        (
            source.label(p["description"], lang) or p["id"],
            _value(p["value"]),
            p["unit"],
            p["clause"] or "—",
            tr_in(lang, "yes") if p["verified"] else tr_in(lang, "no"),
        )
        for p in source.footprint["parameters"]
    )
    head = tuple(tr_in(lang, m) for m in (N_("Parameter"), N_("Value"), N_("Unit"), N_("Clause"), N_("Verified")))
    decisions = tuple(
        (
            d["rule"] + (f" [{d['when']}]" if d.get("when") else ""),
            source.label(d["reason"], lang),
            d["clause"] or "—",
            tr_in(lang, "yes") if d["verified"] else tr_in(lang, "no"),
        )
        for d in source.footprint["decisions"]
    )
    rules = tuple(tr_in(lang, m) for m in (N_("Rule"), N_("What it decides"), N_("Clause"), N_("Verified")))
    return [
        Heading(tr_in(lang, "Allocation, recycling and method choices")),
        Pairs(tuple(rows)),
        Grid(tr_in(lang, "Rules that decided"), rules, decisions, figures_from=4, widths=(1, 2.4, 1.6, 0.6)),
        Grid(tr_in(lang, "Parameters used"), head, parameters, figures_from=5, widths=(2, 1.2, 0.6, 1.6, 0.6)),
    ]


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def electricity(source: Source, lang: str) -> list[Block]:
    """What the rulebook did with every class of electricity."""
    plants = source.study["plants"]
    rows = tuple(
        (
            source.label(plants.get(row["plant"], {}).get("name"), lang) or row["plant"],
            row["source"],
            f"{significant(row['energy'])}",
            percent(row["share"]),
            row["dataset"],
            at_most(row["factor"], 4),
            significant(row["value"]),
        )
        for row in source.footprint["electricity"]
    )
    reasons = dict.fromkeys(
        f"{row['source']}: {source.label(row['reason'], lang)} ({row['clause'] or '—'})"
        for row in source.footprint["electricity"]
    )
    head = (
        *(tr_in(lang, m) for m in (N_("Plant"), N_("Supply"))), "kWh", tr_in(lang, "Share"),
        tr_in(lang, "Dataset"), "kg CO2e/kWh", "kg CO2e",
    )  # fmt: skip
    blocks: list[Block] = [Heading(tr_in(lang, "Electricity"))]
    if not rows:
        return [*blocks, Paragraph(tr_in(lang, "No plant of the study draws electricity."))]
    blocks.append(
        Grid(
            tr_in(lang, "Electricity of the plants, per product"),
            head,
            rows,
            figures_from=2,
            widths=(1.4, 1.3, 0.9, 0.7, 1.6, 1, 0.9),
        )
    )
    return [*blocks, Bullets(tuple(reasons))]
