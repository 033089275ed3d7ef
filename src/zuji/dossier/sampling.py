"""What a verifier looks at: a sample of the lines by risk, drawn so that anybody can draw it again.

The risk of a line is the product of three factors: its share of the footprint, the quality of its data (1 best to 5
worst, divided by 5; what nobody rated counts as worst), and one plus how much it changed since the round before (a line
that was not there before counts as wholly changed). Lines above the materiality threshold are always in the sample;
the rest is drawn without replacement in proportion to risk (Efraimidis and Spirakis 2006, Inf. Process. Lett. 97, 181:
the smallest -ln(u)/w), where u comes from SHA-256 over seed and address and not from a generator of one Python version.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zuji.dossier.read import Result

WORST = 5.0
KINDS = {"measured": 1.0, "calculated": 1.5, "supplier": 2.0, "secondary": 3.0, "estimated": 4.0, "assumed": 5.0}
"""Quality of an activity datum by its kind, where the study rates nothing."""
MATERIAL, DRAWN = "material", "drawn"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the footprint as the sampling sees it."""

    address: str
    name: Mapping[str, str]
    value: float
    """[kg CO2e per product]"""
    share: float
    """Share of the sum of all lines without sign [1]."""
    quality: float
    """1 best, 5 worst."""
    change: float
    """Change since the round before: 0 none, 1 wholly; 0 in a first round."""
    reason: str = ""
    """material | drawn; '' outside the sample."""

    @property
    def risk(self) -> float:
        """Share × quality/5 × (1 + change)."""
        return self.share * self.quality / WORST * (1 + self.change)


@dataclass(frozen=True, slots=True)
class Plan:
    """A sample that can be drawn again from the same dossiers, seed, size and threshold."""

    rulebook: str
    seed: str
    size: int
    materiality: float
    items: tuple[Item, ...]
    """The sample, largest risk first."""
    population: int
    covered: float
    """Share of the sum of all lines without sign that is in the sample [1]."""

    def document(self) -> dict[str, Any]:
        """The plan for JSON and for the review."""
        return {
            "rulebook": self.rulebook, "seed": self.seed, "size": self.size, "materiality": self.materiality,
            "population": self.population, "covered": self.covered,
            "items": [
                {"address": i.address, "value": i.value, "risk": i.risk, "quality": i.quality, "change": i.change,
                 "reason": i.reason}
                for i in self.items
            ],
        }  # fmt: skip


def address_of(line: Mapping[str, Any]) -> str:
    """The address of a frozen line, as `explain` knows it."""
    return f"line/{line['activity'].replace('/', '%2F')}/{line['line']}"


def items_of(result: Result, before: Result | None = None) -> tuple[Item, ...]:
    """Every line of a result with its three factors."""
    lines = result.footprint["lines"]
    whole = math.fsum(abs(line["value"]) for line in lines) or 1.0
    ratings = {d["id"]: _rating(d.get("data_quality", {})) for d in result.dossier.datasets}
    earlier = {address_of(line): line["value"] for line in before.footprint["lines"]} if before is not None else None
    return tuple(
        Item(
            address_of(line), line.get("name", {}), line["value"], abs(line["value"]) / whole, _quality(line, ratings),
            _change(address_of(line), line["value"], earlier),
        )
        for line in lines
    )  # fmt: skip


def _rating(quality: Mapping[str, float]) -> float | None:
    rated = list(quality.values())
    return math.fsum(rated) / len(rated) if rated else None


def _quality(line: Mapping[str, Any], ratings: Mapping[str, float | None]) -> float:
    kind = KINDS.get(str(line.get("kind", "")), WORST)
    provider = str(line.get("provider", ""))
    rated = ratings.get(provider, WORST) if provider in ratings else kind
    return min(max(kind, WORST if rated is None else rated), WORST)


def _change(address: str, value: float, earlier: Mapping[str, float] | None) -> float:
    if earlier is None:
        return 0.0
    if address not in earlier:
        return 1.0
    scale = max(abs(value), abs(earlier[address]))
    return min(abs(value - earlier[address]) / scale, 1.0) if scale else 0.0


def draw(result: Result, *, seed: str, size: int, materiality: float, before: Result | None = None) -> Plan:
    """The sample of `size` lines, or of all above the threshold where these are more.

    `materiality` is a share of the total [1]; `before` is the result of the round before, under the same rulebook.
    """
    items = items_of(result, before)
    limit = materiality * abs(result.footprint["total"])
    material = [i for i in items if abs(i.value) >= limit and i.value]
    rest = sorted((i for i in items if i not in material and i.risk > 0), key=lambda i: (_key(seed, i), i.address))
    drawn = rest[: max(size - len(material), 0)]
    chosen = [_with(i, MATERIAL) for i in material] + [_with(i, DRAWN) for i in drawn]
    chosen.sort(key=lambda i: (-i.risk, i.address))
    covered = math.fsum(i.share for i in chosen)
    return Plan(result.rulebook, seed, size, materiality, tuple(chosen), len(items), covered)


def _with(item: Item, reason: str) -> Item:
    return Item(item.address, item.name, item.value, item.share, item.quality, item.change, reason)


def _key(seed: str, item: Item) -> float:
    raw = hashlib.sha256(f"{seed}\n{item.address}".encode()).digest()[:8]
    uniform = (int.from_bytes(raw, "big") + 0.5) / 2**64
    return -math.log(uniform) / item.risk
