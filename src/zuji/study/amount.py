"""A number and its unit as typed, in the dimension that its place expects; and the log of findings.

The number is kept as it was typed, only without thousands separators and in half-width digits.
"""

from __future__ import annotations

import math
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from zuji.errors import UnitError
from zuji.finding import Finding, Place
from zuji.quantity import Unit, known_units, nearest_units, parse_unit
from zuji.study import codes
from zuji.study.words import dimension_in_words

MAX_DIGITS = 60
LARGEST = 1e60
"""Larger numbers, and smaller than one part of it, are typing errors; sums of these stay finite."""

_NUMBER = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?!\d)\s*(.*?)\s*", re.DOTALL)
_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}([,_' ])\d{3}(?:\1\d{3})*(?![\d,_'])")
_WORD = re.compile(r"[^\W\d_]\w*")
_BARE_CO2 = re.compile(r"(?i)(?:k?g|t)\s*[-_]?\s*co2")
_WORDS_FOR_NO_NUMBER = re.compile(r"\s*[+-]?\.?(nan|inf|infinity)\b.*", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class Log:
    """What was found so far, and per file how many data do not say their kind."""

    findings: list[Finding] = field(default_factory=list)
    without_kind: dict[str, tuple[int, Place]] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        self.findings.append(finding)

    def note_without_kind(self, place: Place) -> None:
        count, first = self.without_kind.get(place.file, (0, place))
        self.without_kind[place.file] = (count + 1, first)

    def closed(self) -> tuple[Finding, ...]:
        """All findings, with one note per file for the data that do not say their kind."""
        notes = [codes.NO_KIND(first, count=count) for count, first in self.without_kind.values()]
        return (*self.findings, *notes)


@dataclass(frozen=True, slots=True)
class Expect:
    """The dimensions a place takes (none: any), and the unit of a bare number ('': refused)."""

    dimensions: tuple[str, ...] = ()
    default: str = ""

    def takes(self, dimension: str) -> bool:
        """Whether a unit of this dimension fits here; `currency` fits any money, also per something."""
        return not self.dimensions or any(
            dimension == one or (one == "currency" and dimension.startswith("currency_")) for one in self.dimensions
        )

    @property
    def words(self) -> str:
        """What is expected, as people say it."""
        return " / ".join(dimension_in_words(one if one != "currency" else "currency_cny") for one in self.dimensions)

    @property
    def unit(self) -> Unit:
        """The unit of a missing value here."""
        return parse_unit(self.default or _BASE.get(self.dimensions[0] if self.dimensions else "", "1"))


_BASE = {
    "mass": "kg",
    "energy": "kWh",
    "length": "km",
    "time": "a",
    "energy/time": "kWh/a",
    "energy/mass": "MJ/kg",
}
ANY = Expect()
MASS = Expect(("mass",))
MASS_IN_KG = Expect(("mass",), "kg")
ENERGY = Expect(("energy",))
POWER_USE = Expect(("energy/time",))
HEATING_VALUE = Expect(("energy/mass",))
DISTANCE = Expect(("length",))
SHARE = Expect(("1",), "1")
CYCLES = Expect(("cycle",), "cycle")
YEARS = Expect(("time",), "a")
MONEY = Expect(("currency",))


def read_amount(
    value: Any, unit_text: str, place: Place, unit_place: Place, expect: Expect, log: Log
) -> tuple[str, Unit] | None:
    """The number as typed and its unit; None, with a finding, when it cannot be read or does not fit."""
    split = split_number(value, place, log)
    if split is None:
        return None
    number, typed = split
    typed_unit = read_unit(typed, place, log) if typed else None
    named_unit = read_unit(unit_text, unit_place, log) if unit_text else None
    if (typed and typed_unit is None) or (unit_text and named_unit is None):
        return None
    if typed_unit and named_unit and _differ(typed_unit, named_unit):
        log.add(codes.TWO_UNITS(place, first=typed, second=unit_text))
        return None
    unit = typed_unit or named_unit
    if unit is None:
        if not expect.default and not expect.takes("1"):
            log.add(codes.NO_UNIT(place, value=number, expected=expect.words))
            return None
        if not expect.dimensions:
            log.add(codes.NO_UNIT(place, value=number, expected="kg, kWh, MJ, m3, tkm, item …"))
            return None
        unit = expect.unit
    if not expect.takes(unit.dimension):
        found = dimension_in_words(unit.dimension)
        log.add(codes.DIMENSION(place, value=f"{number} {unit}", found=found, expected=expect.words))
        return None
    return number, unit


def _differ(first: Unit, second: Unit) -> bool:
    return (first.dimension, first.factor) != (second.dimension, second.factor)


def split_number(value: Any, place: Place, log: Log) -> tuple[str, str] | None:
    """The digits and the rest of an amount; findings for no number, an infinite one or a doubtful comma."""
    typed = value.strip() if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
    text = unicodedata.normalize("NFKC", typed).strip().replace("−", "-")
    if _WORDS_FOR_NO_NUMBER.fullmatch(text):
        log.add(codes.NOT_FINITE(place, value=shown(typed)))
        return None
    grouped = _THOUSANDS.match(text)
    if grouped:
        text = re.sub(r"[,_' ]", "", grouped[0]) + text[grouped.end() :]
    match = _NUMBER.fullmatch(text)
    if match is None or re.match(r"[.\d]|[-+]\d", match[2]):
        log.add(codes.NUMBER(place, value=shown(typed)))
        return None
    if match[2].startswith((",", "_", "'")) and re.match(r".\s*\d", match[2]):
        log.add(codes.COMMA(place, value=shown(typed)))
        return None
    return (match[1], match[2]) if _is_usable(match[1], typed, place, log) else None


def _is_usable(number: str, typed: str, place: Place, log: Log) -> bool:
    # Fractions of numbers such as 1e-999999999 would fill the memory.
    value = float(number)
    digits = number.lower().partition("e")[0]
    vanished = value == 0 and any(d in "123456789" for d in digits)
    is_sane = value == 0 or 1 / LARGEST <= abs(value) <= LARGEST
    if not is_sane or vanished or len(number) > MAX_DIGITS or not _small_exponent(number):
        log.add(codes.NOT_FINITE(place, value=shown(typed)))
        return False
    return True


def _small_exponent(number: str) -> bool:
    exponent = number.lower().partition("e")[2]
    return len(exponent.lstrip("+-0")) <= 3


def read_unit(text: str, place: Place, log: Log) -> Unit | None:
    """The unit that `text` names; None, with a finding that names the nearest ones, when it is unknown."""
    # A tower of powers would keep the machine busy for ever.
    is_sane = text.count("**") + text.count("^") <= 1 and len(text) <= MAX_DIGITS
    with suppress(UnitError):
        if is_sane:
            return parse_unit(text)
    log.add(_no_unit(text, place))
    return None


def _no_unit(text: str, place: Place) -> Finding:
    if _BARE_CO2.fullmatch(unicodedata.normalize("NFKC", text).strip()):
        return codes.CO2_UNIT(place, unit=shown(text))
    words = [word for word in _WORD.findall(text) if word not in known_units()]
    near = dict.fromkeys(unit for word in words for unit in nearest_units(word[:MAX_DIGITS]))
    hint = f" ({', '.join(list(near)[:3])}?)" if near else ""
    return codes.UNIT(place, unit=shown(text), hint=hint)


def plain_number(value: Any) -> float | None:
    """A finite number without unit, None for everything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(unicodedata.normalize("NFKC", value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def shown(value: Any) -> str:
    """The value as text, cut where it is too long for a message."""
    text = str(value)
    return text if len(text) <= MAX_DIGITS else text[: MAX_DIGITS - 1] + "…"
