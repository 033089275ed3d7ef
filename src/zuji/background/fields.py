"""One value of a dataset as typed becomes what it means, or a finding at its place."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

from zuji.background.codes import (
    BAD_NUMBER,
    GAS_AS_UNIT,
    GAS_ASSUMED,
    OUT_OF_RANGE,
    REQUIRED,
    UNKNOWN_CHOICE,
    UNKNOWN_FIELD,
    UNKNOWN_GAS,
    UNKNOWN_UNIT,
    WRONG_DIMENSION,
    WRONG_TYPE,
)
from zuji.background.gwp import alias_note, canonical_gas, nearest_gases
from zuji.background.model import CO2E, Origin
from zuji.errors import UnitError
from zuji.finding import Finding, Place
from zuji.quantity import Unit, nearest_units, parse_unit

Choice = TypeVar("Choice", bound=StrEnum)
_CO2_AS_UNIT = re.compile(r"(?i)\b(?:k?g|t)\s*[-_]?\s*co2(?![\s_-]*e)")
_CO2E_WORDS = {"co2e", "co2eq", "co2equivalent", "二氧化碳当量"}
_ORIGIN_OF = {
    CO2E: Origin.UNSPECIFIED,
    "CO2 biogenic": Origin.BIOGENIC,
    "CH4 biogenic": Origin.BIOGENIC,
    "CO2 land use change": Origin.LAND_USE,
    "CH4 land use change": Origin.LAND_USE,
}


def origin_of(gas: str) -> Origin:
    """The origin that a gas has by its name; `unspecified` for CO2-equivalent, fossil for all others."""
    return _ORIGIN_OF.get(gas, Origin.FOSSIL)


@lru_cache(maxsize=1024)
def split_factor_unit(text: str) -> tuple[Unit, Unit]:
    """`kgCO2e/kWh` as the unit of what is emitted and the reference unit; UnitError when there is no `/`."""
    plain = unicodedata.normalize("NFKC", text).replace("每", "/")
    above, slash, below = plain.partition("/")
    if not slash:
        parse_unit(text)
        raise UnitError(f"no reference unit in '{text}'")
    return parse_unit(above.strip(" ()")), parse_unit(below.replace("/", "*").strip(" ()"))


def nearest(word: str, known: Iterable[str]) -> str:
    """Up to three of `known` that look like `word`, for the mend of a finding; '-' if none does."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=3, cutoff=0.5)
    return ", ".join(by_folded[name] for name in close) or "-"


class Reader:
    """Reads values and keeps what is wrong with them in `findings`."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def text(self, value: Any, field: str, place: Place) -> str:
        """Text as it stands; a plain number (the year 2024) as text too."""
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        self.findings.append(WRONG_TYPE(place, field=field, expected="text", found=_kind(value)))
        return ""

    def required(self, value: Any, field: str, place: Place) -> str:
        """Text that must not be empty."""
        found = self.text(value, field, place)
        if not found and (value is None or isinstance(value, str)):
            self.findings.append(REQUIRED(place, field=field))
        return found

    def number(self, value: Any, place: Place) -> float | None:
        """A finite number; thousands separators are read (`1,200`), a decimal comma is not."""
        plain = unicodedata.normalize("NFKC", str(value)).strip()
        plain = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", plain)
        try:
            number = math.nan if isinstance(value, (bool, dict, list)) or "_" in plain else float(plain)
        except (ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
        self.findings.append(BAD_NUMBER(place, value=plain))
        return None

    def between(self, value: Any, low: float, high: float, field: str, place: Place) -> float | None:
        """A number from `low` to `high`."""
        number = self.number(value, place)
        if number is None or low <= number <= high:
            return number
        self.findings.append(OUT_OF_RANGE(place, field=field, value=f"{number:g}", low=low, high=high))
        return None

    def choice(self, value: str, choices: Iterable[str], field: str, place: Place) -> str | None:
        """One of a few words, in any case."""
        known = {choice.casefold(): choice for choice in choices}
        found = known.get(value.casefold())
        if found is None:
            shown = ", ".join(choice for choice in known.values() if choice)
            near = nearest(value, known.values())
            self.findings.append(UNKNOWN_CHOICE(place, value=value, field=field, choices=shown, nearest=near))
        return found

    def member(self, value: str, kind: type[Choice], field: str, place: Place) -> Choice | None:
        """One member of an enumeration, by its value."""
        found = self.choice(value, [member.value for member in kind], field, place)
        return None if found is None else kind(found)

    def gas(self, value: str, place: Place) -> str | None:
        """The id of a gas; CO2-equivalent for an empty text."""
        plain = unicodedata.normalize("NFKC", value).casefold()
        if not value or re.sub(r"[\s_-]", "", plain) in _CO2E_WORDS:
            return CO2E
        found = canonical_gas(value)
        if found is None:
            near = ", ".join(nearest_gases(value)) or "-"
            self.findings.append(UNKNOWN_GAS(place, gas=value, nearest=near))
        elif alias_note(value):
            self.findings.append(GAS_ASSUMED(place, gas=value, read=found))
        return found

    def unit(self, value: str, place: Place) -> Unit | None:
        """A unit on its own."""
        try:
            return parse_unit(value)
        except UnitError:
            self._unreadable(value, place)
            return None

    def mass(self, value: str, gas: str, place: Place) -> Fraction | None:
        """How many kg of `gas` (kg CO2e for CO2-equivalent) one of the unit is."""
        unit = self.unit(value, place)
        if unit is None:
            return None
        if unit.dimension != ("co2e" if gas == CO2E else "mass"):
            self.findings.append(WRONG_DIMENSION(place, unit=value))
            return None
        return unit.factor

    def factor_unit(self, value: str, gas: str, place: Place) -> tuple[Fraction, str] | None:
        """kg of `gas` in the numerator of `kgCO2e/kWh`, and the reference unit below the line."""
        try:
            above, below = split_factor_unit(value)
        except UnitError:
            try:
                parse_unit(value)
            except UnitError:
                self._unreadable(value, place)
            else:
                self.findings.append(WRONG_DIMENSION(place, unit=value))
            return None
        if above.dimension != ("co2e" if gas == CO2E else "mass") or below.dimension in ("1", "co2e"):
            self.findings.append(WRONG_DIMENSION(place, unit=value))
            return None
        return above.factor, below.symbol

    def known_fields(self, given: Iterable[str], known: Iterable[str], place_of: dict[str, Place]) -> None:
        """A warning for each field that is not read."""
        for name in given:
            if name not in known:
                self.findings.append(UNKNOWN_FIELD(place_of[name], field=name, nearest=nearest(name, known)))

    def _unreadable(self, value: str, place: Place) -> None:
        if _CO2_AS_UNIT.search(unicodedata.normalize("NFKC", value)):
            self.findings.append(GAS_AS_UNIT(place, unit=value))
            return
        near: list[str] = []
        for word in re.findall(r"[^\W\d_]\w*", value):
            try:
                parse_unit(word)
            except UnitError:
                near.extend(nearest_units(word))
        self.findings.append(UNKNOWN_UNIT(place, unit=value, nearest=", ".join(dict.fromkeys(near)) or "-"))


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return "text" if isinstance(value, str) else names.get(type(value), type(value).__name__)
