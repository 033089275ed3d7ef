"""Global warming potentials by gas and set; None where a set does not characterise a gas, never zero.

Blends are computed from the factors of their components by mass. Where a set lacks a gas but has the same
molecule under another origin, `gwp_standins.csv` says so; the factor then shows what it uses, and why.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from zuji.background.data import rows_of

GWP_SETS = ("AR4", "AR5", "AR5_CCF", "AR6", "AR6_GWP20", "EF3.1")
_DOUBTFUL_FIRST = ("assumed", "memory", "derived", "seen")


@dataclass(frozen=True, slots=True)
class GwpFactor:
    """The kg CO2e that one kg of `gas` counts under `gwp_set`, and on whose word."""

    gas: str
    gwp_set: str
    value: float
    exact: Fraction
    uses: str
    """The gas whose factor this is: `gas` itself, a stand-in, or `gas` for a blend."""
    citation: str
    locator: str = ""
    licence: str = ""
    confidence: str = ""
    note: str = ""
    components: tuple[tuple[str, Fraction], ...] = ()
    """Mass shares of a blend, as fractions of 1; empty for a single gas."""

    @property
    def is_stand_in(self) -> bool:
        """Whether the factor of another gas is used."""
        return self.uses != self.gas


@dataclass(frozen=True, slots=True)
class GwpRange:
    """Half of the 5 to 95 % range of a factor [kg CO2e/kg], on whose word, and the molecule that it is about."""

    half: float
    molecule: str
    citation: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Gas:
    """A substance with its names; `formula` and `cas` are empty for blends."""

    id: str
    zh: str = ""
    en: str = ""
    formula: str = ""
    cas: str = ""


@dataclass(frozen=True)
class GwpTable:
    """Factors by (gas, set), blends by mass, and the stand-ins that the table allows."""

    gases: Mapping[str, Gas]
    factors: Mapping[tuple[str, str], GwpFactor]
    blends: Mapping[str, tuple[tuple[str, Fraction], ...]] = field(default_factory=dict)
    standins: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def factor(self, gas: str, gwp_set: str) -> GwpFactor | None:
        """The factor of `gas` in `gwp_set`; None when the set does not characterise it (the caller says so).

        Raises KeyError for a set that the table does not know: that is a mistake in a program, not in data.
        """
        if gwp_set not in GWP_SETS:
            raise KeyError(f"unknown GWP set {gwp_set!r}: {', '.join(GWP_SETS)}")
        found = self.factors.get((gas, gwp_set))
        if found is not None:
            return found
        if gas in self.blends:
            return self._blend(gas, gwp_set)
        uses, reason = self.standins.get((gas, gwp_set), ("", ""))
        other = self.factors.get((uses, gwp_set))
        if other is None:
            return None
        return GwpFactor(
            gas, gwp_set, other.value, other.exact, uses, other.citation, other.locator, other.licence,
            other.confidence, reason,
        )  # fmt: skip

    def _blend(self, gas: str, gwp_set: str) -> GwpFactor | None:
        parts: list[tuple[Fraction, GwpFactor]] = []
        for component, share in self.blends[gas]:
            part = self.factor(component, gwp_set)
            if part is None:
                return None
            parts.append((share, part))
        exact = sum((share * part.exact for share, part in parts), Fraction(0))
        first = parts[0][1]
        return GwpFactor(
            gas, gwp_set, float(exact), exact, gas, first.citation, first.locator, first.licence,
            # The shares by mass were not read in the standard itself.
            _weakest(["memory", *(part.confidence for _, part in parts)]),
            "by mass: " + ", ".join(f"{part.gas} {float(share * 100):g} %" for share, part in parts),
            self.blends[gas],
        )  # fmt: skip


def _weakest(confidences: Iterable[str]) -> str:
    return min(confidences, key=lambda c: _DOUBTFUL_FIRST.index(c) if c in _DOUBTFUL_FIRST else 0)


@lru_cache(maxsize=1)
def gwp_table() -> GwpTable:
    """The table of the starter set."""
    gases: dict[str, Gas] = {}
    factors: dict[tuple[str, str], GwpFactor] = {}
    for row in rows_of("gwp.csv"):
        gas, exact = row["gas"], Fraction(row["value"])
        gases.setdefault(gas, Gas(gas, row["name_zh"], row["name_en"], row["formula"], row["cas"]))
        factors[gas, row["set"]] = GwpFactor(
            gas, row["set"], float(exact), exact, gas, row["source"], row["locator"], row["licence"],
            row["confidence"], row["notes"],
        )  # fmt: skip
    blends: dict[str, tuple[tuple[str, Fraction], ...]] = {}
    for row in rows_of("gwp_blends.csv"):
        parts = (part.split("=") for part in row["mass_percent"].split(";"))
        blends.setdefault(row["gas"], tuple((name, Fraction(percent) / 100) for name, percent in parts))
        gases.setdefault(row["gas"], Gas(row["gas"], row["gas"], row["gas"]))
    standins = {(row["gas"], row["set"]): (row["uses"], row["reason"]) for row in rows_of("gwp_standins.csv")}
    return GwpTable(
        MappingProxyType(gases),
        MappingProxyType(factors),
        MappingProxyType(blends),
        MappingProxyType(standins),
    )


@lru_cache(maxsize=1)
def _ranges() -> Mapping[tuple[str, str], GwpRange]:
    return {
        (row["gas"], row["set"]): GwpRange(
            float(row["half_range"]), row["molecule"], row["source"], row["verified"] == "yes"
        )
        for row in rows_of("gwp_ranges.csv")
    }


def gwp_range(gas: str, gwp_set: str) -> GwpRange | None:
    """The range of the factor of `gas` in `gwp_set`; None where the set's authors state none that is known here."""
    return _ranges().get((gas, gwp_set))


def _folded(text: str) -> str:
    return re.sub(r"[\s\-_·.,()/]", "", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=1)
def _names() -> Mapping[str, tuple[str, str]]:
    """Gas and note by folded name; explicit aliases win, and a formula of two gases names neither."""
    gases = gwp_table().gases.values()
    names: dict[str, tuple[str, str]] = {}
    formulas = [_folded(gas.formula) for gas in gases if gas.formula]
    for row in rows_of("gas_aliases.csv"):
        names.setdefault(_folded(row["alias"]), (row["gas"], row["note"]))
    for gas in gases:
        refrigerant = re.fullmatch(r"(?:HFC|HCFC|CFC|HFO|HCFO)-(.+)", gas.id)
        typed = [gas.id, gas.zh, gas.en, gas.cas, f"R-{refrigerant[1]}" if refrigerant else ""]
        typed += [gas.formula] if formulas.count(_folded(gas.formula)) == 1 else []
        for name in typed:
            if name:
                names.setdefault(_folded(name), (gas.id, ""))
    return names


def canonical_gas(text: str) -> str | None:
    """The id of the gas that `text` names as people type it (`CO2`, `HFC134a`, `CF4`, `甲烷`), or None."""
    return _names().get(_folded(text), (None, ""))[0]


def alias_note(text: str) -> str:
    """What was assumed in reading `text` as a gas (CO2 without origin is fossil, …); '' if nothing."""
    return _names().get(_folded(text), ("", ""))[1]


def nearest_gases(text: str) -> tuple[str, ...]:
    """Up to three gas ids whose names look like `text`, best first."""
    close = difflib.get_close_matches(_folded(text), _names(), n=6, cutoff=0.6)
    return tuple(dict.fromkeys(_names()[name][0] for name in close))[:3]
