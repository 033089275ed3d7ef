"""The carbon footprint declaration of Regulation (EU) 2023/1542, Art. 7(1), fields (a) to (g), per model and plant.

The format of the implementing act was not available, so the document says what it knows of the regulation's own list
and marks what the study does not hold; it never invents an address, an identifier or a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zuji.i18n import N_, tr_in
from zuji.numbers import significant
from zuji.report.blocks import Block, Callout, Grid, Heading, Pairs, Report
from zuji.report.parts import cautions, footer, main_figure, stage_name
from zuji.report.source import Source, marks

BOOKS = ("eu-cfb-ev", "eu-cfb-ind")
"""Rulebooks whose result may stand in this declaration."""
ENUM = {
    "raw_material": "RawMaterialExtraction",
    "main_production": "MainProduction",
    "production": "MainProduction",
    "distribution": "Distribution",
    "end_of_life": "Recycling",
}
"""Stage names of the battery passport's data model (Battery Pass, carbon footprint)."""
MISSING = N_("not given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What a declaration says beside the footprint; '' where it is not known yet."""

    trade_name: str = ""
    address: str = ""
    contact: str = ""
    plant_address: str = ""
    declaration_of_conformity: str = ""
    public_study: str = ""
    """Web address of the public version of the study."""


def declaration(source: Source, plant: str, given: Administration) -> dict[str, Any]:
    """Fields (a) to (g) as a JSON document; None where the study and the company have not said it.

    Figures are kg CO2e per kWh of the total energy over the service life [kg CO2e/kWh], rounded by the rulebook when it
    has a rule, and the unrounded value beside them. Raises KeyError for a plant that the study does not have.
    """
    document, product, place = source.footprint, source.study["product"], source.study["plants"][plant]
    amount = source.amount
    reported = document["reported"] or {}
    stages = {
        ENUM.get(stage["id"], stage["id"]): {
            "value": reported.get("stages", {}).get(stage["id"]),
            "unrounded": stage["value"] / amount if amount else None,
        }
        for stage in document["stages"]
    }
    return {
        "format": "zuji-eu-carbon-footprint-declaration/1",
        "regulation": "Regulation (EU) 2023/1542, Article 7(1)",
        "rulebook": {**document["rulebook"], "title": dict(source.book["title"])},
        "manufacturer": {
            "name": product.get("manufacturer") or None,
            "tradeName": given.trade_name or None,
            "address": given.address or None,
            "contact": given.contact or None,
        },
        "batteryModel": {
            "id": product.get("model") or product["id"],
            "category": product.get("category") or None,
            "chemistry": product.get("chemistry") or None,
            "mass": product.get("mass"),
            "usableEnergy": product.get("usable_energy"),
        },
        "plant": {
            "id": plant,
            "name": place["name"],
            "country": place.get("country") or None,
            "region": place.get("region") or None,
            "address": given.plant_address or None,
        },
        "carbonFootprint": {
            "value": reported.get("value"),
            "unrounded": document["per_functional_unit"],
            "unit": "kg CO2e/kWh",
            "functionalUnit": document["functional_unit"]["name"],
        },
        "carbonFootprintPerStage": stages,
        "declarationOfConformity": given.declaration_of_conformity or None,
        "publicStudy": given.public_study or None,
        "absolute": {"value": document["total"], "unit": "kg CO2e per battery"},
        "performanceClass": None,
        "unverified": [item["id"] for item in document["unverified"]],
        "usable": document["usable"] and document["complete"] and document["rulebook"]["status"] == "in force",
        "digests": dict(document["digests"]),
    }


def declaration_report(source: Source, plant: str, given: Administration, lang: str) -> Report:
    """The same fields as a page."""
    said = declaration(source, plant, given)
    none = tr_in(lang, MISSING)
    product = source.study["product"]
    maker, place = said["manufacturer"], said["plant"]

    def text(value: object) -> str:
        return source.label(value, lang) if isinstance(value, dict) else str(value) if value else none

    where = ", ".join(filter(None, (text(place["name"]), place["region"], place["country"], place["address"])))
    rows = tuple(
        (
            stage_name(stage["id"]).pick(lang),
            said["carbonFootprintPerStage"][ENUM.get(stage["id"], stage["id"])]["value"]
            or significant(stage["value"] / source.amount if source.amount else None),
        )
        for stage in source.footprint["stages"]
    )
    total = said["carbonFootprint"]["value"] or significant(said["carbonFootprint"]["unrounded"])
    absent = [
        tr_in(lang, message)
        for message, value in (
            (N_("address of the manufacturer"), maker["address"]),
            (N_("contact of the manufacturer"), maker["contact"]),
            (N_("address of the plant"), place["address"]),
            (N_("number of the EU declaration of conformity"), said["declarationOfConformity"]),
            (N_("web link to the public version of the study"), said["publicStudy"]),
        )
        if not value
    ]
    blocks: list[Block] = [
        main_figure(source, lang),
        *cautions(source, lang),
        Heading(tr_in(lang, "(a) Manufacturer"), 2),
        Pairs((
            (tr_in(lang, "Name"), text(maker["name"])),
            (tr_in(lang, "Trade name"), text(maker["tradeName"])),
            (tr_in(lang, "Address"), text(maker["address"])),
            (tr_in(lang, "Contact"), text(maker["contact"])),
        )),
        Heading(tr_in(lang, "(b) Battery model"), 2),
        Pairs((
            (tr_in(lang, "Model"), said["batteryModel"]["id"]),
            (tr_in(lang, "Product"), source.label(product["name"], lang)),
            (tr_in(lang, "Category"), text(said["batteryModel"]["category"])),
            (tr_in(lang, "Chemistry"), text(said["batteryModel"]["chemistry"])),
        )),
        Heading(tr_in(lang, "(c) Manufacturing plant"), 2),
        Pairs(((tr_in(lang, "Location"), where),)),
        Heading(tr_in(lang, "(d) Carbon footprint and (e) its life-cycle stages"), 2),
        Grid(
            tr_in(lang, "kg CO2e per kWh of the total energy over the expected service life"),
            (tr_in(lang, "Stage"), "kg CO2e/kWh"), (*rows, (tr_in(lang, "total"), total)), total=True,
        ),
        Heading(tr_in(lang, "(f) EU declaration of conformity"), 2),
        Pairs(((tr_in(lang, "Identification number"), text(said["declarationOfConformity"])),)),
        Heading(tr_in(lang, "(g) Public version of the study"), 2),
        Pairs(((tr_in(lang, "Web link"), text(said["publicStudy"])),)),
    ]  # fmt: skip
    if absent:
        blocks.append(Callout("warning", tr_in(lang, "Still to be given before this can be declared"), tuple(absent)))
    return Report(
        lang=lang,
        title=tr_in(lang, "Carbon footprint declaration"),
        subtitle=f"{source.label(product['name'], lang)} · {text(place['name'])}",
        marks=marks(source, lang),
        footer=footer(source, lang),
        numbered=False,
        blocks=tuple(blocks),
    )
