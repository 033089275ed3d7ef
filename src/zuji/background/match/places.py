"""How well the place of a dataset fits the place of a plant: region, country, part of the world, rest, world."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

_EUROPE = (
    "AL AT BA BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LT LU LV ME MK MT NL NO PL PT RO RS SE SI SK UA"
)
EUROPE = frozenset(_EUROPE.split())
_ASIA = "AE BD CN HK ID IL IN IR JP KH KR KZ LA LK MM MN MO MY NP PH PK SA SG TH TR TW UZ VN"
ASIA = frozenset(_ASIA.split())
AROUND: Mapping[str, frozenset[str]] = {
    "RER": EUROPE, "EU": EUROPE, "EUROPE": EUROPE, "EU27": EUROPE, "EU-27": EUROPE, "EU28": EUROPE, "WEU": EUROPE,
    "UCTE": EUROPE, "ENTSO-E": EUROPE, "EUROPE WITHOUT SWITZERLAND": EUROPE - {"CH"}, "RAS": ASIA, "ASIA": ASIA,
    "RNA": frozenset(("US", "CA", "MX")), "NORTH AMERICA": frozenset(("US", "CA", "MX")),
    "RLA": frozenset(("AR", "BO", "BR", "CL", "CO", "MX", "PE", "UY")),
    "RAF": frozenset(("CD", "EG", "MA", "ZA", "ZM")),
}  # fmt: skip
WORLD = ("GLO", "WORLD", "GLOBAL", "全球")
REST = ("ROW", "REST OF WORLD")
EXACT, COUNTRY, PART, AREA, REST_OF_WORLD, GLOBAL, UNKNOWN, ELSEWHERE = 1.0, 0.9, 0.8, 0.65, 0.55, 0.5, 0.3, 0.1
ANY = 0.6
"""What every place scores where the plant's own is not known."""


@lru_cache(maxsize=8192)
def fit(place: str, wanted: str) -> float:
    """0.1 to 1 for the place of a dataset, where `wanted` is a country or region (CN, CN-FJ) and '' is any."""
    here, plant = place.strip().upper(), wanted.strip().upper()
    if not plant:
        return ANY
    country = plant.split("-")[0]
    if here == plant:
        return EXACT
    if here == country:
        return COUNTRY
    if here.startswith(f"{country}-"):
        return PART if plant == country else AREA
    if country in AROUND.get(here, ()):
        return AREA
    if here in REST:
        return REST_OF_WORLD
    if here in WORLD:
        return GLOBAL
    return UNKNOWN if not here else ELSEWHERE
