"""The published figures that `lint` compares with; `lint_data/README.md` says where they come from."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from zuji.background.data import rows_of as starter_rows
from zuji.datum import LocalText

LONE_FIGURE = 1.5
"""Where one figure only is published, the band is this many times below and above it."""
ELEMENTS = ("Li", "Ni", "Co", "Mn", "Cu", "Al", "Fe", "P")
GRAPHITE = "graphite"


@dataclass(frozen=True, slots=True)
class Band:
    """What is published: from `low` to `high`, by `sources`."""

    low: float
    high: float
    sources: str
    figures: int


@dataclass(frozen=True, slots=True)
class Substance:
    """A substance by the words that name it, with the mass fractions of its elements."""

    id: str
    name: LocalText
    pattern: re.Pattern[str]
    fractions: Mapping[str, float]


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one file of `lint_data/`."""
    text = resources.files("zuji.footprint").joinpath("lint_data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def chemistry_of(text: str) -> str:
    """The chemistry by the name that the tables use; NCM523 and NMC532 are one, LiFePO4 is LFP."""
    plain = re.sub(r"[\s_/:·-]", "", text).upper().replace("NCM", "NMC")
    if plain in ("LIFEPO4", "磷酸铁锂"):
        return "LFP"
    return "NMC532" if plain == "NMC523" else plain


def carbon_band(chemistry: str, category: str) -> Band | None:
    """Published kg CO2e per kWh from cradle to gate; figures of storage systems count for storage only."""
    rows = {row["id"]: row for row in starter_rows("benchmarks.csv")}
    found = [
        (rows[entry["benchmark"]], f"{entry['shown']} [{entry['benchmark']}]")
        for entry in rows_of("bands.csv")
        if entry["chemistry"] == chemistry and entry["product"] in ("", category.rpartition("-")[2])
    ]
    if not found:
        return None
    low = min(float(row["low"] or row["central"]) for row, _ in found)
    high = max(float(row["high"] or row["central"]) for row, _ in found)
    sources = "; ".join(shown for _, shown in found)
    if low == high:
        return Band(low / LONE_FIGURE, high * LONE_FIGURE, sources, 1)
    return Band(low, high, sources, len(found))


@lru_cache(maxsize=1)
def cell_energy_band() -> Band:
    """Published kWh per kWh of cells of whole cell plants, rounded outwards to whole numbers."""
    rows = rows_of("cell_energy.csv")
    low, high = min(float(row["low"]) for row in rows), max(float(row["high"]) for row in rows)
    return Band(math.floor(low), math.ceil(high), "; ".join(row["short"] for row in rows), len(rows))


@lru_cache(maxsize=1)
def substances() -> tuple[Substance, ...]:
    """The substances of elements.csv, the more special before the more general."""
    return tuple(
        Substance(
            row["id"],
            LocalText(row["name_zh"], row["name_en"]),
            re.compile(row["pattern"], re.IGNORECASE),
            {name: float(row[name]) for name in (*ELEMENTS, GRAPHITE) if float(row[name])},
        )
        for row in rows_of("elements.csv")
    )


NO_SUBSTANCE = re.compile(
    r"rolling|extrusion|mou?lding|casting|recycl|transport|\bpack\b|\bcells?\b|battery(?! ?grade)|"
    r"轧制|挤出|挤压|注塑|压铸|回收|运输|电池(?!级)|电芯"
)
"""Words of services and whole batteries, whose names hold the name of a material."""


@lru_cache(maxsize=4096)
def substance_of(*names: str) -> Substance | None:
    """The substance that the first of these names tells, None where none does."""
    for name in names:
        text = re.sub(r"[_-]+", " ", name.partition(":")[2] if name.startswith("flow:") else name)
        if text and not NO_SUBSTANCE.search(text.casefold()):
            found = next((one for one in substances() if one.pattern.search(text)), None)
            if found is not None:
                return found
    return None


def minerals(chemistry: str) -> dict[str, tuple[float, str]]:
    """Published kg per kWh and source by mineral."""
    rows = [row for row in rows_of("minerals.csv") if row["chemistry"] == chemistry]
    return {row["mineral"]: (float(row["value"]), row["source"]) for row in rows}
