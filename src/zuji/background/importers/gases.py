"""Which elementary flows are greenhouse gases: by known flow UUID, by name, by CAS number and by formula.

The compartment decides what counts: emissions to air, carbon dioxide taken from the air by plants (negative biogenic
CO2), and carbon taken up by soil (negative land use change). Emissions to the upper troposphere and lower
stratosphere are those of aircraft.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from zuji.background.data import rows_of
from zuji.background.gwp import GWP_SETS, canonical_gas, gwp_table
from zuji.background.importers.records import FlowRecord
from zuji.datum import Origin


@dataclass(frozen=True, slots=True)
class Match:
    """The gas that one kg of a flow is: `sign` is -1 for uptake; `how` says what it was known by."""

    gas: str
    origin: Origin
    sign: float = 1.0
    how: str = ""
    assumed: bool = False
    """Whether the origin of the carbon was not stated."""


_BIOGENIC = ("non-fossil", "biogenic", "non fossil", "nonfossil", "生物")
_LAND_USE = ("soil or biomass stock", "land transformation", "land use", "luluc", "land-use", "peat", "土地")
_FOSSIL = ("fossil", "化石")
_ORIGINS: Mapping[str, tuple[str, str, str, str]] = {
    # CAS → gas for fossil, biogenic, land use change, and where the name says nothing
    "124-38-9": ("CO2 fossil", "CO2 biogenic", "CO2 land use change", "CO2 fossil"),
    "74-82-8": ("CH4 fossil", "CH4 biogenic", "CH4 land use change", "CH4 (generic)"),
}
_CARBON_NAMES = {"carbon dioxide": "124-38-9", "co2": "124-38-9", "二氧化碳": "124-38-9",
                 "methane": "74-82-8", "ch4": "74-82-8", "甲烷": "74-82-8"}  # fmt: skip
_ORIGIN_WORDS = re.compile(
    r"(?:[\s,;/()（），]|non-?fossil|non|fossil|biogenic|land|use|change|transformation|luluc|from|to|soil|or|biomass|stock"
    r"|in|air|peat|oxidation|unspecified|generic|uptake|化石|非化石|生物源?|生物成因|生物质|土地利用变化)*"
)
_HIGH_AIR = ("stratosphere", "troposphere", "平流层")
_NO_ISOMERS = ("C2F6", "C2HF5", "C2ClF5", "C3F8", "C2H6", "C3H8")
_SUSPECT_NAME = re.compile(
    r"\b(?:[hp]?fcs?|hcfcs?|cfcs?|hfos?|hfes?|hfcs?|halon)\b|fluoro|(?:^|\W)r-?\d{2,3}[a-z]?\b|perfluor|hexafluorid|trifluorid"
    r"|\bmethane\b(?!.*(?:sulfon|thiol|amine))|carbon dioxide"
    r"|nitrous oxide|dinitrogen (?:mon)?oxide|二氧化碳|甲烷|氧化亚氮|氟",
    re.IGNORECASE,
)
_SUSPECT_FORMULA = re.compile(r"C\d*(?:H\d*)?(?:Br\d*|Cl\d*)*F\d*|SF6|NF3", re.IGNORECASE)


def cas_number(text: str) -> str:
    """A CAS number without leading zeros ('000124-38-9' is '124-38-9'); '' for what is none."""
    match = re.fullmatch(r"\s*0*(\d{2,7})-(\d{2})-(\d)\s*", text)
    return f"{match[1]}-{match[2]}-{match[3]}" if match else ""


def compartment_kind(flow: FlowRecord) -> str:
    """`air`, `high air`, `resource air`, `soil`, `water`, `resource` or '' in the words of any format."""
    whole = unicodedata.normalize("NFKC", f"{flow.compartment}/{flow.subcompartment}").casefold()
    if any(word in whole for word in ("resource", "natural", "raw", "资源", "in ground", "land use")):
        return "resource air" if re.search(r"\bair\b|大气|空气", whole) else "resource"
    if any(word in whole for word in _HIGH_AIR):
        return "high air"
    for kind, words in (
        ("air", ("air", "atmospher", "大气", "空气")),
        ("soil", ("soil", "ground-", "土壤")),
        ("water", ("water", "ocean", "river", "水")),
    ):
        if any(word in whole for word in words):
            return kind
    return ""


@lru_cache(maxsize=1)
def _by_cas() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for gas in gwp_table().gases.values():
        if gas.cas and gas.cas not in _ORIGINS:
            found.setdefault(gas.cas, gas.id)
    return found


@lru_cache(maxsize=1)
def _by_formula() -> Mapping[str, str]:
    """Gases that their formula alone names: no other molecule has it (one carbon atom, or the few below)."""
    formulas: dict[str, list[str]] = {}
    for gas in gwp_table().gases.values():
        if gas.formula and (not re.search(r"C\d", gas.formula) or gas.formula in _NO_ISOMERS):
            formulas.setdefault(gas.formula.casefold(), []).append(gas.id)
    return {formula: ids[0] for formula, ids in formulas.items() if len(ids) == 1}


@lru_cache(maxsize=1)
def _by_uuid() -> Mapping[str, tuple[str, str, float]]:
    return {row["uuid"]: (row["gas"], row["origin"], float(row["sign"])) for row in rows_of("flow_gases.csv")}


def known_uuid(key: str) -> bool:
    """Whether `key` is the UUID of a greenhouse gas in the flow list of ecoinvent or of the Environmental Footprint."""
    return key.casefold() in _by_uuid()


CO2E_KEY = "CO2e|"
"""Flow keys that begin so are CO2-equivalent as a source states it, under the set that follows ('' for unknown)."""


def match_flow(flow: FlowRecord) -> Match | None:
    """The greenhouse gas that the elementary flow is, or None (another substance, another compartment)."""
    if flow.key.startswith(CO2E_KEY) and flow.key.removeprefix(CO2E_KEY) in ("", *GWP_SETS):
        return Match(flow.key, Origin.UNSPECIFIED, how="stated")
    known = _by_uuid().get(flow.key.casefold())
    if known is not None:
        return Match(known[0], Origin(known[1]), known[2], "uuid")
    kind = compartment_kind(flow)
    cas = cas_number(flow.cas) or _carbon_cas(flow)
    words = _words(flow)
    if cas in _ORIGINS:
        return _carbon(cas, kind, words)
    if kind not in ("air", "high air"):
        return None
    origin = Origin.AVIATION if kind == "high air" else Origin.FOSSIL
    if cas and cas in _by_cas():
        return Match(_by_cas()[cas], origin, how="cas")
    named = _named(flow)
    if named:
        return Match(named, origin, how="name")
    if not cas and flow.formula.casefold() in _by_formula():
        return Match(_by_formula()[flow.formula.casefold()], origin, how="formula")
    return None


def _carbon(cas: str, kind: str, words: str) -> Match | None:
    fossil, biogenic, land_use, unsaid = _ORIGINS[cas]
    if kind == "resource air":
        return Match(biogenic, Origin.BIOGENIC, -1.0, "name") if cas == "124-38-9" else None
    if kind == "soil":
        return Match(land_use, Origin.LAND_USE, -1.0, "name") if "to soil or biomass stock" in words else None
    if kind not in ("air", "high air"):
        return None
    if any(word in words for word in _LAND_USE):
        sign = -1.0 if "to soil or biomass stock" in words else 1.0
        return Match(land_use, Origin.LAND_USE, sign, "name")
    if any(word in words for word in _BIOGENIC):
        return Match(biogenic, Origin.BIOGENIC, 1.0, "name")
    if any(word in words for word in _FOSSIL):
        return Match(fossil, Origin.AVIATION if kind == "high air" else Origin.FOSSIL, 1.0, "name")
    if kind == "high air":
        return Match(fossil, Origin.AVIATION, 1.0, "name")
    return Match(unsaid, Origin.FOSSIL, 1.0, "cas", assumed=True)


def _carbon_cas(flow: FlowRecord) -> str:
    for name in (flow.name, flow.name_zh):
        start, *rest = re.split(r"[,(（，;]", _folded(name), maxsplit=1)
        # `Methane, difluoro-` is another gas: only words of origin may follow.
        if start.strip() in _CARBON_NAMES and _ORIGIN_WORDS.fullmatch(rest[0] if rest else ""):
            return _CARBON_NAMES[start.strip()]
    return ""


def _named(flow: FlowRecord) -> str:
    for name in (flow.name, flow.name_zh, *flow.synonyms):
        # `Methane, chlorodifluoro-, HCFC-22`: the part after the last comma is the trade name.
        for part in (name, name.rpartition(",")[2]):
            gas = canonical_gas(part) if part.strip() else None
            if gas is not None and gwp_table().gases[gas].cas not in _ORIGINS:
                return gas
    return ""


def _words(flow: FlowRecord) -> str:
    return _folded(" ".join((flow.name, flow.name_zh)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def looks_like_gas(flow: FlowRecord) -> bool:
    """Whether an unmatched emission to air has the name or formula of a greenhouse gas."""
    if compartment_kind(flow) not in ("air", "high air"):
        return False
    formula = bool(flow.formula) and _SUSPECT_FORMULA.fullmatch(flow.formula) is not None
    return formula or _SUSPECT_NAME.search(flow.name) is not None or "氟" in flow.name_zh
