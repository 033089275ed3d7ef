"""The units of the formats: spellings as units of `zuji.quantity`, and conversions with each flow's own factors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from zuji.errors import UnitError
from zuji.quantity import conversion_factor, parse_unit

SPELLINGS: Mapping[str, str] = {
    "unit": "item", "units": "item", "item(s)": "item", "items": "item", "number": "item", "p": "item", "piece": "item",
    "pcs": "item", "dozen(s)": "dozen", "kilogram": "kg", "gram": "g", "milligram": "mg", "ug": "1e-9 kg",
    "microgram": "1e-9 kg", "µg": "1e-9 kg", "μg": "1e-9 kg", "ton": "t", "metric ton": "t", "mtn": "t",
    "tn.lg": "long ton",
    "tn.sh": "short ton", "megajoule": "MJ", "kilowatt hour": "kWh", "kilowatt-hour": "kWh", "kilowatt hours": "kWh",
    "cubic meter": "m3", "cubic metre": "m3", "m³": "m3", "sm3": "Nm3", "standard m3": "Nm3", "norm m3": "Nm3",
    "square meter": "m2", "square metre": "m2", "m²": "m2", "hectare": "10000 m2", "ha": "10000 m2", "litre": "L",
    "liter": "L", "l": "L", "ml": "mL", "meter": "m", "metre": "m", "kilometer": "km", "kilometre": "km",
    "ton kilometer": "tkm", "ton-kilometer": "tkm", "metric ton*km": "tkm", "t*km": "tkm", "tonne-km": "tkm",
    "kilogram kilometer": "kgkm", "kg*km": "kgkm", "vehicle kilometer": "vkm", "vehicle-kilometer": "vkm",
    "v*km": "vkm", "hour": "h", "hr": "h", "day": "d", "year": "a", "y": "a", "yr": "a", "minute": "min",
    "square meter-year": "m2*a", "m2*year": "m2*a", "m2a": "m2*a", "m2*a": "m2*a", "m2y": "m2*a",
    "cubic meter-year": "m3*a", "m3*year": "m3*a", "m3a": "m3*a", "m3y": "m3*a", "meter-year": "m*a", "m*year": "m*a",
    "my": "m*a", "ma": "m*a", "kg*a": "kg*a", "kg*year": "kg*a", "kilogram-year": "kg*a", "kga": "kg*a", "kg*y": "kg*a",
    "item(s)*year": "item*a", "item*a": "item*a", "kilometer-year": "km*a", "km*year": "km*a", "kmy": "km*a",
    "eur": "EUR", "usd": "USD", "cny": "CNY", "rmb": "CNY", "dimensionless": "1", "-": "1", "kwh": "kWh", "mj": "MJ",
    "gj": "GJ", "tj": "TJ", "mwh": "MWh", "kj": "kJ", "wh": "Wh",
}  # fmt: skip
"""Spelling in lower case → unit of `zuji.quantity`, or a number and one, or a name of its own (see OWN)."""
OWN: Mapping[str, tuple[str, float]] = {
    "bq": ("activity", 1.0), "kbq": ("activity", 1e3), "becquerel": ("activity", 1.0), "kilo becquerel": ("activity",
    1e3),
    "mbq": ("activity", 1e6), "ci": ("activity", 3.7e10), "ncurie": ("activity", 37.0),
    "person kilometer": ("person distance", 1.0),
    "personkm": ("person distance", 1.0), "person*km": ("person distance", 1.0), "p*km": ("person distance", 1.0),
    "pkm": ("person distance", 1.0), "guest night": ("guest night", 1.0), "guest*night": ("guest night", 1.0),
    "livestock unit": ("livestock unit", 1.0), "lu": ("livestock unit", 1.0), "dozen": ("count in dozens", 1.0),
    "mol": ("amount of substance", 1.0), "mole": ("amount of substance", 1.0), "kmol": ("amount of substance", 1e3),
    "lu*year": ("livestock year", 1.0), "livestock-year": ("livestock year", 1.0), "kg sws": ("saturated work", 1.0),
}  # fmt: skip
"""What `zuji.quantity` has no dimension for: dimension, and how many of its base unit."""
_NUMBER = re.compile(r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s+(.+)")


@lru_cache(maxsize=4096)
def field_unit(text: str) -> tuple[str, float]:
    """(dimension, factor to its base) of a unit as a database writes it; ('?unit', 1.0) for one that nobody knows."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    known = SPELLINGS.get(plain.lower(), plain)
    # Milli and mega differ by case only: a spelling that is a unit as it stands keeps its case.
    if plain in ("mWh", "mJ"):
        return f"?{plain}", 1.0
    own = OWN.get(known.lower())
    if own is not None:
        return own
    number = _NUMBER.fullmatch(known)
    factor, name = (float(number[1]), number[2]) if number else (1.0, known)
    try:
        unit = parse_unit(name.replace("·", "*"))
    except UnitError:
        return f"?{plain}", 1.0
    return unit.dimension, factor * float(unit.factor)


@lru_cache(maxsize=4096)
def is_known(text: str) -> bool:
    """Whether `text` is a unit with a dimension."""
    return not field_unit(text)[0].startswith("?")


@lru_cache(maxsize=65536)
def conversion(unit: str, target: str) -> float | None:
    """How many `target` one `unit` is; None when they measure different things."""
    if unit == target:
        return 1.0
    source_dimension, source = field_unit(unit)
    target_dimension, base = field_unit(target)
    if source_dimension != target_dimension:
        return None
    return _exact(unit, target) or source / base


def _exact(unit: str, target: str) -> float | None:
    try:
        return float(conversion_factor(parse_unit(unit), parse_unit(target)))
    except UnitError:
        return None


def convert(unit: str, target: str, factors: Mapping[str, float]) -> float | None:
    """`conversion`, else by a flow's own factors: how much of the flow's unit one of another is."""
    found = conversion(unit, target)
    if found is not None:
        return found
    for other, factor in factors.items():
        step = conversion(unit, other)
        if step is not None:
            return step * factor
    return None


@lru_cache(maxsize=4096)
def study_unit(text: str) -> str:
    """The spelling of a database's unit that a study can convert from; '' where there is none."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    known = SPELLINGS.get(plain.lower(), plain)
    if _NUMBER.fullmatch(known) or plain in ("mWh", "mJ"):
        return ""
    try:
        return parse_unit(known).symbol
    except UnitError:
        return ""
