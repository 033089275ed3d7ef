"""A number with its unit, where units are read as people type them and CO2e mass is a dimension of its own.

`Unit` holds an exact conversion factor (a `Fraction`) to the base unit of its dimension, so both engines start from
the same exact amounts. Pint reads and multiplies unit expressions at the border; nothing here is used in inner loops.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from zuji.errors import UnitError

if TYPE_CHECKING:
    import pint

_POWER = re.compile(r"(?<![A-Za-z0-9_.])(\d+(?:\.\d+)?)(?![A-Za-z0-9_.])")
_CO2 = re.compile(r"(?i)\b(k?g|t)\s*[-_]?\s*co2[\s_-]*e(?:q(?:uiv(?:alent)?)?)?\.?(?![A-Za-z])")
_BARE_CO2 = re.compile(r"(?i)\b(k?g|t)\s*[-_]?\s*co2(?![\s_-]*e)")
_WORD = re.compile(r"[^\W\d_][\w]*", re.UNICODE)
_PREFIXED = ("g", "t", "L", "m", "Wh", "W", "J")
_ALLOWED = re.compile(r"[\w\s.*/()]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit whose `factor` converts one of it exactly into the base unit of its `dimension`."""

    symbol: str
    dimension: str
    factor: Fraction

    def __str__(self) -> str:
        return self.symbol


@dataclass(frozen=True, slots=True)
class Quantity:
    """A finite number and its unit; adding and comparing demands the same dimension."""

    value: float
    unit: Unit

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise UnitError(f"not a finite number: {self.value}")

    def to(self, unit: Unit | str) -> Quantity:
        """The same amount expressed in `unit`; raises UnitError when the dimensions differ."""
        target = parse_unit(unit) if isinstance(unit, str) else unit
        return Quantity(self.value * float(conversion_factor(self.unit, target)), target)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.value + other.to(self.unit).value, self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.value - other.to(self.unit).value, self.unit)

    def __mul__(self, other: float | Quantity) -> Quantity:
        if isinstance(other, Quantity):
            return Quantity(self.value * other.value, _combine(self.unit, other.unit, "*"))
        return Quantity(self.value * other, self.unit)

    __rmul__ = __mul__

    def __truediv__(self, other: float | Quantity) -> Quantity:
        if isinstance(other, Quantity):
            return Quantity(self.value / other.value, _combine(self.unit, other.unit, "/"))
        return Quantity(self.value / other, self.unit)

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit.symbol}"


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None, non_int_type=Fraction, cache_folder=None)
    text = resources.files("zuji").joinpath("units.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            registry.define(_as_pint_definition(line))
    return registry


def _as_pint_definition(line: str) -> str:
    # Pint wants the symbol not to repeat the name, and identifiers that start with a letter.
    name, *rest = [part.strip() for part in line.split("=")]
    aliases = [alias for alias in dict.fromkeys(rest[1:]) if alias != name]
    return " = ".join([name, rest[0], "_", *aliases])


@lru_cache(maxsize=1)
def known_units() -> tuple[str, ...]:
    """Every unit name and alias that can stand in a unit expression, in the order of `units.txt`."""
    text = resources.files("zuji").joinpath("units.txt").read_text(encoding="utf-8")
    names: dict[str, None] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, *aliases = [part.strip() for part in line.split("=")]
            names.update(dict.fromkeys([name, *aliases]))
    return tuple(names)


@lru_cache(maxsize=1)
def _by_folded_name() -> dict[str, str | None]:
    folded: dict[str, str | None] = {}
    for name in known_units():
        key = name.lower()
        folded[key] = name if folded.get(key, name) == name else None
    return folded


def _resolve_word(word: str, text: str) -> str:
    if word in known_units():
        return word
    found = _by_folded_name().get(word.lower())
    if found is not None and not _changes_size(word, found):
        return found
    near = nearest_units(word)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise UnitError(f"unknown unit '{word}' in '{text}'{hint}" if word != text else f"unknown unit '{word}'{hint}")


def _changes_size(word: str, found: str) -> bool:
    # m is a thousandth and M a million times what follows: mWh is not MWh. One letter may be another unit: A, M.
    other_prefix = word[0] != found[0] and found[0] in "mM" and found[1:] in ("", *_PREFIXED)
    return other_prefix or (word, found) == ("A", "a")


def nearest_units(word: str) -> tuple[str, ...]:
    """Up to three known unit names that look like `word`, best first."""
    names = {name.lower(): name for name in known_units()}
    close = difflib.get_close_matches(word.lower(), list(names), n=3, cutoff=0.6)
    return tuple(names[c] for c in close)


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """The unit that `text` names, for example `kg`, `吨`, `kgCO2e/kWh`, `kg CO2-eq / 度`, `t·km`.

    Raises UnitError for an unknown unit (naming the nearest ones), and for a mass of CO2 typed as a unit: that is a
    mass of a gas, not of CO2-equivalent, and the two must not be confused.
    """
    shown = text.strip()
    if shown in ("", "1", "-", "%", "％"):
        return Unit(
            "%" if shown in ("%", "％") else "1", "1", Fraction(1, 100) if shown in ("%", "％") else Fraction(1)
        )
    plain = unicodedata.normalize("NFKC", shown)
    plain = plain.replace("·", "*").replace("•", "*").replace("×", "*").replace("^", "**").replace("每", "/")
    if _BARE_CO2.search(plain):
        raise UnitError(
            f"'{shown}' is a mass of the gas CO2: name the gas and use kg, or write kgCO2e for CO2-equivalent"
        )
    plain = _CO2.sub(lambda m: f"{m.group(1)[:-1].lower()}{m.group(1)[-1].lower()}CO2e", plain)
    plain = re.sub(r"(?i)\bt\s*\*\s*km\b|吨\s*\*\s*(?:公里|千米)", "tkm", plain)
    plain = re.sub(r"\s+", " ", plain).strip()
    if not _ALLOWED.fullmatch(plain) or "__" in plain:
        raise UnitError(f"cannot read the unit '{shown}'")
    if any(float(number) not in (1.0, 2.0, 3.0) for number in _POWER.findall(plain)):
        raise UnitError(f"cannot read the unit '{shown}': a number belongs in the amount, not in the unit")
    expression = _WORD.sub(lambda m: _resolve_word(m.group(0), shown), plain)
    import pint

    try:
        parsed = _registry().parse_units(expression)
        base = _registry().get_base_units(parsed)
    except (pint.PintError, ValueError, TypeError, AttributeError, SyntaxError, KeyError, AssertionError) as error:
        raise UnitError(f"cannot read the unit '{shown}'") from error
    except Exception as error:  # pint's tokenizer raises bare tokenize errors on odd text
        raise UnitError(f"cannot read the unit '{shown}'") from error
    dimension = _dimension_text(dict(parsed.dimensionality))
    return Unit(re.sub(r"\s*([/*])\s*", r"\1", expression), dimension, Fraction(str(base[0])))


def _dimension_text(dimensionality: dict[str, Any]) -> str:
    parts = sorted((name.strip("[]"), Fraction(power)) for name, power in dimensionality.items() if power)
    if not parts:
        return "1"
    top = [n if p == 1 else f"{n}^{p}" for n, p in parts if p > 0]
    below = [n if p == -1 else f"{n}^{-p}" for n, p in parts if p < 0]
    return "*".join(top or ["1"]) + "".join(f"/{name}" for name in below)


def _combine(left: Unit, right: Unit, operator: str) -> Unit:
    return parse_unit(f"({left.symbol}){operator}({right.symbol})" if right.symbol != "1" else left.symbol)


def conversion_factor(source: Unit, target: Unit) -> Fraction:
    """The exact number of `target` in one `source`; raises UnitError when their dimensions differ."""
    if source.dimension != target.dimension:
        raise UnitError(
            f"{source.symbol} ({source.dimension}) does not convert to {target.symbol} ({target.dimension})"
        )
    return source.factor / target.factor


_THOUSANDS = re.compile(r"^\s*[+-]?[1-9]\d{0,2}([,_'])\d{3}(?:\1\d{3})*(?![\d,_'])")
_QUANTITY = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*", re.DOTALL)


def parse_quantity(text: str) -> Quantity:
    """The quantity that `text` holds, for example `12.5 kg`, `3 吨`, `1,200 kWh`, `１２ MWh`.

    Raises UnitError for text without a number, a comma that does not part thousands (`1,20`, `0,125`), or an unknown
    unit.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = _THOUSANDS.sub(lambda m: re.sub("[,_']", "", m.group()), plain, count=1)
    match = _QUANTITY.fullmatch(plain)
    if match is None or match.group(2).startswith((",", "_", "'")):
        raise UnitError(f"cannot read '{text}' as a number with a unit")
    return Quantity(float(match.group(1)), parse_unit(match.group(2)))
