"""Where the rectangles of a treemap and the nodes and bands of a Sankey diagram go."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from zuji.report.charts.model import SankeyChart, SankeyNode, TreemapItem


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


def treemap(items: Sequence[TreemapItem], width: float, height: float) -> list[tuple[TreemapItem, Box]]:
    """A box for every item of positive value, area in proportion to its value, groups kept together.

    Squarified: Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).
    """
    positive = [item for item in items if item.value > 0]
    groups: dict[object, list[TreemapItem]] = {}
    for item in positive:
        groups.setdefault(item.group, []).append(item)
    members = sorted(groups.values(), key=lambda group: -math.fsum(i.value for i in group))
    outer = _squarified([math.fsum(i.value for i in group) for group in members], Box(0, 0, width, height))
    placed = []
    for group, box in zip(members, outer, strict=True):
        ordered = sorted(group, key=lambda item: -item.value)
        placed += list(zip(ordered, _squarified([item.value for item in ordered], box), strict=True))
    return placed


def _squarified(values: Sequence[float], box: Box) -> list[Box]:
    total = math.fsum(values)
    if not total:
        return []
    scale = box.width * box.height / total
    areas = [value * scale for value in values]
    boxes: list[Box] = []
    start = 0
    while start < len(areas):
        side = min(box.width, box.height)
        stop = start + 1
        while stop < len(areas) and _worst(areas[start : stop + 1], side) <= _worst(areas[start:stop], side):
            stop += 1
        row = areas[start:stop]
        depth = math.fsum(row) / side if side else 0.0
        along = 0.0
        for area in row:
            length = area / depth if depth else 0.0
            if box.width >= box.height:
                boxes.append(Box(box.x, box.y + along, depth, length))
            else:
                boxes.append(Box(box.x + along, box.y, length, depth))
            along += length
        if box.width >= box.height:
            box = Box(box.x + depth, box.y, max(box.width - depth, 0.0), box.height)
        else:
            box = Box(box.x, box.y + depth, box.width, max(box.height - depth, 0.0))
        start = stop
    return boxes


def _worst(row: Sequence[float], side: float) -> float:
    total = math.fsum(row)
    if not total or not side or min(row) <= 0:
        return math.inf
    return max(side * side * max(row) / (total * total), total * total / (side * side * min(row)))


def columns_of(text: str) -> int:
    """How many Latin characters wide a text is; Chinese ones count two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fitting(text: str, width: float, per_column: float) -> str:
    """As much of `text` as fits in `width`, ended by …; '' when not even a few letters do."""
    room = int(width / per_column) - 1
    if columns_of(text) <= room:
        return text
    kept = ""
    for character in text:
        if columns_of(kept + character) > room - 1:
            break
        kept += character
    return kept.rstrip() + "…" if columns_of(kept) >= 4 else ""


@dataclass(frozen=True, slots=True)
class Band:
    """A flow from one node's right side to another's left side."""

    value: float
    x0: float
    top0: float
    bottom0: float
    x1: float
    top1: float
    bottom1: float


@dataclass(frozen=True, slots=True)
class PlacedSankey:
    """Boxes and bands; `left` and `right` leave room for the labels."""

    nodes: tuple[tuple[SankeyNode, Box], ...]
    bands: tuple[Band, ...]
    left: float
    right: float
    height: float


STEP, NODE_WIDTH, HEIGHT, GAP, LABEL = 64.0, 1.6, 60.0, 1.8, 58.0
LINE = 3.1
"""Height of one line of a label at the size that `svg` draws them."""
COLUMN = 2.1
"""Width of one Latin character of a label at that size."""


def sankey(chart: SankeyChart) -> PlacedSankey:
    """Suppliers to the left of their consumers; heights in proportion to what flows through, at least a hair."""
    levels: dict[int, list[SankeyNode]] = {}
    for node in chart.nodes:
        levels.setdefault(node.level, []).append(node)
    through = _through(chart)
    # Each label needs its line: a column of many nodes makes the drawing taller, not the gaps narrower.
    height = max([HEIGHT, *(LINE * len(nodes) for nodes in levels.values())])
    gaps = {level: min(GAP, 0.4 * height / max(len(nodes) - 1, 1)) for level, nodes in levels.items()}
    scale = min(
        (
            (height - max(gaps[level], LINE * 0.7) * (len(nodes) - 1))
            / (math.fsum(through[n.id] for n in nodes) or 1.0)
            for level, nodes in levels.items()
        ),
        default=1.0,
    )
    scale = max(scale, 1e-12)
    deepest = max(levels, default=0)
    boxes: dict[str, Box] = {}
    placed: list[tuple[SankeyNode, Box]] = []
    order = _order(chart, levels)
    for level in sorted(levels):
        nodes = order[level]
        talls = [max(through[n.id] * scale, 0.15) for n in nodes]
        spaces = [max(gaps[level], LINE - (a + b) / 2) for a, b in pairwise(talls)]
        y = max((height - math.fsum((*talls, *spaces))) / 2, 0.0)
        for node, tall, space in zip(nodes, talls, (*spaces, 0.0), strict=True):
            box = Box((deepest - level) * STEP, y, NODE_WIDTH, tall)
            boxes[node.id] = box
            placed.append((node, box))
            y += tall + space
    height = max([height, *(box.y + box.height for box in boxes.values())])
    return PlacedSankey(tuple(placed), _bands(chart, boxes, scale), -LABEL, deepest * STEP + LABEL * 0.9, height)


def _through(chart: SankeyChart) -> dict[str, float]:
    into = dict.fromkeys((node.id for node in chart.nodes), 0.0)
    out = dict(into)
    for edge in chart.edges:
        out[edge.source] += abs(edge.value)
        into[edge.target] += abs(edge.value)
    return {node.id: max(into[node.id], out[node.id], abs(node.value)) for node in chart.nodes}


def _order(chart: SankeyChart, levels: dict[int, list[SankeyNode]]) -> dict[int, list[SankeyNode]]:
    # Each column in the order of the consumers that its nodes flow into, the largest first among equals.
    targets: dict[str, list[tuple[str, float]]] = {}
    for edge in chart.edges:
        targets.setdefault(edge.source, []).append((edge.target, abs(edge.value)))
    place: dict[str, float] = {}
    ordered: dict[int, list[SankeyNode]] = {}
    for level in sorted(levels):
        nodes = sorted(
            levels[level], key=lambda node: (_centre(targets.get(node.id, ()), place), -abs(node.value), node.id)
        )
        place |= {node.id: float(i) for i, node in enumerate(nodes)}
        ordered[level] = nodes
    return ordered


def _centre(flows: Sequence[tuple[str, float]], place: Mapping[str, float]) -> float:
    found = [(place[target], weight) for target, weight in flows if target in place]
    total = math.fsum(weight for _, weight in found)
    return math.fsum(at * weight for at, weight in found) / total if total else math.inf


def _bands(chart: SankeyChart, boxes: dict[str, Box], scale: float) -> tuple[Band, ...]:
    left = {id: box.y for id, box in boxes.items()}
    right = dict(left)
    bands = []
    by_target = sorted(chart.edges, key=lambda e: (boxes[e.target].y, boxes[e.source].y, e.source, e.target))
    starts: dict[tuple[str, str], float] = {}
    for edge in sorted(chart.edges, key=lambda e: (boxes[e.source].y, boxes[e.target].y, e.source, e.target)):
        starts[edge.source, edge.target] = right[edge.source]
        right[edge.source] += abs(edge.value) * scale
    for edge in by_target:
        source, target, thick = boxes[edge.source], boxes[edge.target], abs(edge.value) * scale
        top = starts[edge.source, edge.target]
        end = left[edge.target]
        bands.append(Band(edge.value, source.x + source.width, top, top + thick, target.x, end, end + thick))
        left[edge.target] += thick
    return tuple(bands)
