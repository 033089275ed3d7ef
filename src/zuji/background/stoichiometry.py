"""Whether the metals of a cathode precursor are in the ratio that its name states.

The amounts of the sulfates speak for themselves: NMC532 is five parts nickel, three manganese, two cobalt,
whatever a transcription says. Hydrates are recognised by name, since their water is up to 45 % of the mass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from zuji.background.codes import SULFATES_OFF, SULFATES_SWAPPED
from zuji.background.model import Background, Dataset
from zuji.errors import UnitError
from zuji.finding import Finding
from zuji.quantity import conversion_factor, parse_unit

WATER = 18.015
TOLERANCE = 0.04
"""Largest deviation of a mole fraction that is taken as rounding or process loss."""

# metal: words that name its sulfate, molar mass of the anhydrous salt in g/mol, metal atoms in it
SULFATES: Mapping[str, tuple[tuple[str, ...], float, int]] = {
    "Ni": (("nickel sulfate", "nickel sulphate", "niso4", "硫酸镍"), 154.75, 1),
    "Co": (("cobalt sulfate", "cobalt sulphate", "coso4", "硫酸钴"), 154.99, 1),
    "Mn": (("manganese sulfate", "manganese sulphate", "mnso4", "硫酸锰"), 151.00, 1),
    "Al": (("aluminium sulfate", "aluminum sulfate", "al2(so4)3", "硫酸铝"), 342.15, 2),
}
_HYDRATES = {"hexahydrate": 6, "heptahydrate": 7, "monohydrate": 1, "六水": 6, "七水": 7, "一水": 1}
_NMC = re.compile(r"(?:nmc|ncm)[\s_-]?(\d)[\s_/:-]?(\d)[\s_/:-]?(\d)(?!\d)", re.IGNORECASE)


def named_composition(name: str) -> dict[str, float] | None:
    """Mole fractions that a name states: NMC532 and NCM523 are Ni 0.5, Mn 0.3, Co 0.2.

    The digits follow the letters, except for 523 and 532, which people write with either order of letters.
    """
    match = _NMC.search(name)
    if match:
        digits = match.groups()
        cobalt_second = digits == ("5", "2", "3") or (match[0].lower().startswith("ncm") and digits != ("5", "3", "2"))
        metals = ("Ni", "Co", "Mn") if cobalt_second else ("Ni", "Mn", "Co")
        total = sum(map(int, digits))
        return {metal: int(digit) / total for metal, digit in zip(metals, digits, strict=True)} if total else None
    if re.search(r"(?<![a-z])nca(?![a-z])", name, re.IGNORECASE):
        return {"Ni": 0.80, "Co": 0.15, "Al": 0.05}
    return None


def moles_of(amounts: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Moles of metal in (name of a sulfate, kg); what is no sulfate of Ni, Co, Mn or Al is passed over."""
    moles: dict[str, float] = {}
    for name, kilograms in amounts:
        plain = re.sub(r"[_-]", " ", name).casefold()
        water = next((count for word, count in _HYDRATES.items() if word in plain), 0)
        for metal, (words, mass, atoms) in SULFATES.items():
            if any(word in plain for word in words):
                moles[metal] = moles.get(metal, 0.0) + kilograms * 1000 * atoms / (mass + water * WATER)
                break
    return moles


def check_precursor(dataset: Dataset, background: Background | None = None) -> tuple[Finding, ...]:
    """A finding when the sulfates of `dataset` do not fit the composition in its name; else nothing.

    The names of the inputs are looked up in `background` where it has them.
    """
    expected = named_composition(f"{dataset.id} {dataset.name.en} {dataset.name.zh}")
    moles = moles_of(_sulfates(dataset, background))
    if expected is None or len(moles) < 2:
        return ()
    found = _fractions(moles)
    if _fits(found, expected):
        return ()
    shown: dict[str, Any] = {
        "dataset": dataset.id,
        "found": _ratio(found, expected),
        "expected": _ratio(expected, expected),
    }
    for first, second in combinations(found, 2):
        swapped = {**found, first: found[second], second: found[first]}
        if _fits(swapped, expected):
            return (SULFATES_SWAPPED(dataset.place, first=first, second=second, **shown),)
    return (SULFATES_OFF(dataset.place, **shown),)


def _sulfates(dataset: Dataset, background: Background | None) -> Iterable[tuple[str, float]]:
    for taken in dataset.inputs:
        known = background.datasets.get(taken.dataset) if background else None
        name = f"{taken.dataset} {known.name.en} {known.name.zh}" if known else taken.dataset
        try:
            factor = conversion_factor(parse_unit(taken.unit), parse_unit("kg"))
        except UnitError:
            continue
        yield name, taken.amount * float(factor)


def _fractions(moles: Mapping[str, float]) -> dict[str, float]:
    total = sum(moles.values())
    return {metal: amount / total if total else 0.0 for metal, amount in moles.items()}


def _fits(found: Mapping[str, float], expected: Mapping[str, float]) -> bool:
    metals = {*found, *expected}
    return all(abs(found.get(metal, 0.0) - expected.get(metal, 0.0)) <= TOLERANCE for metal in metals)


def _ratio(fractions: Mapping[str, float], order: Mapping[str, float]) -> str:
    metals = [*order, *(metal for metal in fractions if metal not in order)]
    return " : ".join(f"{metal} {fractions.get(metal, 0.0):.2f}" for metal in metals)
