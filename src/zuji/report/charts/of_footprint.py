"""The charts of a footprint, made from its canonical document."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from zuji.datum import LocalText, localised
from zuji.i18n import N_
from zuji.report.charts.model import Series, StackedBars, TreemapChart, TreemapItem

PRODUCT_UNIT = "kg CO2e"
SMALLEST = 0.01
"""Share of the whole below which lines of one component group are drawn as one rectangle."""
STAGES = {
    "raw_material": localised(N_("Raw material acquisition")),
    "production": localised(N_("Production")),
    "main_production": localised(N_("Production")),
    "distribution": localised(N_("Distribution")),
    "use": localised(N_("Use")),
    "end_of_life": localised(N_("End of life")),
}


def local(document: Mapping[str, str]) -> LocalText:
    """A `{zh, en}` document as a text."""
    return LocalText(document.get("zh", ""), document.get("en", ""))


def stages(footprints: Sequence[Mapping[str, Any]], names: Sequence[LocalText]) -> StackedBars:
    """Stages of one or several footprints, stacked [kg CO2e per product]; a stage that a book leaves out is empty."""
    found: dict[str, LocalText] = {}
    for document in footprints:
        for stage in document["stages"]:
            found.setdefault(canonical_stage(stage["id"]), local(stage["name"]))
    values = {
        id: [
            next((float(s["value"]) for s in f["stages"] if canonical_stage(s["id"]) == id), math.nan)
            for f in footprints
        ]
        for id in found
    }
    order = [id for id in STAGES if id in found] + [id for id in found if id not in STAGES]
    return StackedBars(
        title=localised(N_("Carbon footprint by life-cycle stage")),
        unit=PRODUCT_UNIT,
        categories=tuple(names),
        series=tuple(Series(name=found[id], values=tuple(values[id])) for id in order),
    )


def canonical_stage(id: str) -> str:
    """One id for the stage that rulebooks call production or main production."""
    return "production" if id == "main_production" else id


def hotspots(footprint: Mapping[str, Any], groups: Mapping[str, LocalText]) -> TreemapChart:
    """Contribution lines as areas by component group; lines below 1 % of the whole share one area per group."""
    lines = [line for line in footprint["lines"] if line["value"]]
    gross = math.fsum(abs(float(line["value"])) for line in lines) or 1.0
    items: list[TreemapItem] = []
    rest: dict[str, list[float]] = {}
    credits = []
    for line in sorted(lines, key=lambda line: (-line["value"], line["activity"], line["line"])):
        group = groups.get(line["component_group"], LocalText(line["component_group"], line["component_group"]))
        item = TreemapItem(name=local(line["name"]), group=group, value=float(line["value"]))
        if item.value < 0:
            credits.append(item)
        elif item.value < SMALLEST * gross:
            rest.setdefault(line["component_group"], []).append(item.value)
        else:
            items.append(item)
    for id, values in sorted(rest.items()):
        group = groups.get(id, LocalText(id, id))
        items.append(TreemapItem(name=localised(N_("others")), group=group, value=math.fsum(values)))
    title = localised(N_("Hotspots by component group"))
    return TreemapChart(title=title, unit=PRODUCT_UNIT, items=tuple(items), credits=tuple(credits))
