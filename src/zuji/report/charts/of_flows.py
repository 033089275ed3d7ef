"""The footprint as a Sankey diagram: product ← stages ← component groups ← the largest lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from zuji.datum import LocalText, localised
from zuji.i18n import N_
from zuji.report.charts.model import SankeyChart, SankeyEdge, SankeyNode
from zuji.report.charts.of_footprint import PRODUCT_UNIT, local

LARGEST = 12
"""Lines with a node of their own."""
SMALLEST = 0.015
"""Share of the result below which a component group joins the others of its stage [1]."""


def flows(footprint: Mapping[str, Any], group_name: Callable[[str], LocalText]) -> SankeyChart:
    """Where the footprint comes from [kg CO2e per product]; edges into a stage and the product add up to it.

    The largest lines flow into their component group; what else a group holds is the part of its node that no line
    feeds. Groups that are small in their stage share one node.
    """
    lines = sorted(footprint["lines"], key=lambda line: (-abs(line["value"]), line["activity"], line["line"]))
    lines = [line for line in lines if line["value"]]
    gross = math.fsum(abs(float(line["value"])) for line in lines) or 1.0
    sizes: dict[tuple[str, str], list[float]] = {}
    for line in lines:
        sizes.setdefault((line["stage"], line["component_group"]), []).append(abs(float(line["value"])))
    large = {key for key, parts in sizes.items() if math.fsum(parts) >= SMALLEST * gross}
    stage_names = {stage["id"]: local(stage["name"]) for stage in footprint["stages"]}
    names: dict[str, tuple[LocalText, int]] = {"product": (local(footprint["product"]["name"]), 0)}
    parts: dict[tuple[str, str], list[float]] = {}
    for i, line in enumerate(lines):
        place = (line["stage"], line["component_group"])
        stage, group = f"stage {place[0]}", f"group {place[0]} {place[1] if place in large else '…'}"
        names[stage] = (stage_names.get(line["stage"], LocalText(line["stage"], line["stage"])), 1)
        names[group] = (group_name(line["component_group"]) if place in large else localised(N_("others")), 2)
        links = [(group, stage), (stage, "product")]
        if i < LARGEST:
            leaf = f"line {line['activity']} {line['line']}"
            names[leaf] = (local(line["name"]), 3)
            links.append((leaf, group))
        for link in links:
            parts.setdefault(link, []).append(float(line["value"]))
    edges = tuple(SankeyEdge(source=s, target=t, value=math.fsum(v)) for (s, t), v in parts.items() if math.fsum(v))
    values = {edge.source: edge.value for edge in edges} | {
        "product": math.fsum(float(line["value"]) for line in lines)
    }
    nodes = tuple(
        SankeyNode(id=key, name=name, value=values.get(key, 0.0), level=level) for key, (name, level) in names.items()
    )
    covered = math.fsum(abs(float(line["value"])) for line in lines[:LARGEST]) / gross
    title = localised(N_("From the largest lines to the product"))
    return SankeyChart(title=title, unit=PRODUCT_UNIT, nodes=nodes, edges=edges, coverage=covered)
