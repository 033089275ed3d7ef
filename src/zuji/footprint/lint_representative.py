"""Representativeness of the background: time, place and technology of the datasets that carry the result."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Literal

from zuji.background.model import Background, Dataset
from zuji.finding import Code, Finding, Severity
from zuji.footprint import lint_codes as codes
from zuji.footprint.model import Footprint
from zuji.study.model import ProviderKind

EACH = 0.01
"""Only datasets above this share of the result are looked at."""
WARN = 0.10
"""Together they give a warning from this share, a note below."""
YEARS = 10
"""More than this is poor in time in the pedigree matrix of Weidema and Wesnæs (1996)."""
NEUTRAL = frozenset({"", "GLO", "ROW", "WORLD", "WLD"})
EUROPE = frozenset(
    {
        *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS"),
        *("IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
REGIONS: Mapping[str, frozenset[str]] = {
    "RER": EUROPE,
    "EUROPE": EUROPE,
    "EU": EUROPE - {"CH", "GB", "IS", "LI", "NO"},
    "EU-27": EUROPE - {"CH", "GB", "IS", "LI", "NO"},
    "RNA": frozenset({"US", "CA", "MX"}),
}
DEPTH = 5


def representative_in_time(footprint: Footprint) -> Iterator[Finding]:
    """Datasets more than ten years older than the reporting period."""
    begins = footprint.system.study.reporting_period.start.year
    found = {}
    for id, value in _large(footprint).items():
        year = last_year(stated(footprint.system.background, id, "year"))
        if year is not None and begins - year > YEARS:
            found[f"{id} ({year})"] = value
    yield from _aggregated(footprint, codes.OLD, found, years=str(YEARS))


def representative_in_place(footprint: Footprint) -> Iterator[Finding]:
    """Datasets of another country than the plant that takes them; electricity follows the plant already."""
    found: dict[str, float] = {}
    large = _large(footprint)
    for line in footprint.lines:
        site = footprint.system.study.plants.get(line.plant)
        if line.provider not in large or site is None or line.provider_kind == ProviderKind.ELECTRICITY.value:
            continue
        geography = stated(footprint.system.background, line.provider, "geography")
        if not covers(geography, site.country):
            key = f"{line.provider} ({geography} ≠ {site.country})"
            found[key] = found.get(key, 0.0) + abs(line.value)
    yield from _aggregated(footprint, codes.ELSEWHERE, found)


def representative_technology(footprint: Footprint) -> Iterator[Finding]:
    """Datasets that stand in for the real thing."""
    datasets = footprint.system.background.datasets
    found = {id: value for id, value in _large(footprint).items() if id in datasets and datasets[id].proxy}
    yield from _aggregated(footprint, codes.STAND_INS, found)


def last_year(text: str) -> int | None:
    """The last year that a text names: 2015 in 'FY21.Q3 release (process data 1995-2015)'."""
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    return max(map(int, years)) if years else None


def covers(geography: str, country: str) -> bool:
    """Whether data of `geography` may stand for `country`; what covers the world, or does not say, may."""
    place = geography.upper()
    return place in NEUTRAL or place.partition("-")[0] == country or country in REGIONS.get(place, ())


def stated(background: Background, id: str, field: Literal["year", "geography"]) -> str:
    """Year or geography of a dataset; a link that states none has that of the first that it leads to."""
    for _ in range(DEPTH):
        dataset: Dataset | None = background.datasets.get(id)
        if dataset is None:
            return ""
        text = dataset.year if field == "year" else dataset.geography
        if text or not dataset.inputs or dataset.interventions:
            return text
        id = dataset.inputs[0].dataset
    return ""


def _size(footprint: Footprint) -> float:
    return math.fsum(abs(line.value) for line in footprint.lines)


def _large(footprint: Footprint) -> dict[str, float]:
    sums: dict[str, float] = {}
    for line in footprint.lines:
        if line.provider_kind != ProviderKind.GAS.value:
            sums[line.provider] = sums.get(line.provider, 0.0) + abs(line.value)
    limit = EACH * _size(footprint)
    return {id: value for id, value in sums.items() if value > limit}


def _aggregated(footprint: Footprint, code: Code, found: Mapping[str, float], **params: str) -> Iterator[Finding]:
    size = _size(footprint)
    if not found or not size:
        return
    largest = sorted(found, key=lambda name: (-found[name], name))
    listed = ", ".join(f"{name} {found[name] / size:.1%}" for name in largest[:5])
    share = math.fsum(found.values()) / size
    yield code(
        footprint.system.study.product.place, clause="", severity=Severity.WARNING if share >= WARN else Severity.NOTE,
        share=f"{share:.1%}", list=listed + (f" … ({len(found)})" if len(found) > 5 else ""), each=f"{EACH:.0%}",
        **params,
    )  # fmt: skip
