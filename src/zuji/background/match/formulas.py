"""Chemical formulas as compositions: Li2CO3 and CLi2O3 are one."""

from __future__ import annotations

import re
from fractions import Fraction

_ELEMENTS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr "
    "Nb Mo Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au "
    "Hg Tl Pb Bi"
)
ELEMENTS = frozenset(_ELEMENTS.split())
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SHAPE = re.compile(r"(?:[A-Z][a-z]?(?:\d+(?:\.\d+)?)?|\((?:[A-Z][a-z]?\d*)+\)\d*)+")
_PART = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?|\(([A-Za-z0-9]+)\)(\d*)")
_LARGEST = 200
"""Atoms of one element: beyond it, a number after letters is a grade or a model."""


def composition(text: str) -> str:
    """The composition in Hill order (`CLi2O3`), '' where the text is no formula of two or more elements.

    A water of crystallisation behind a dot is left out. Words that only look like a formula (`PC`, `NO`) are none
    unless a digit or a two-letter element shows it.
    """
    plain = re.split(r"[·•*]", text.translate(_SUBSCRIPTS))[0]
    if len(plain) > 60 or not _SHAPE.fullmatch(plain):
        return ""
    atoms: dict[str, Fraction] = {}
    for element, count, group, times in _PART.findall(plain):
        parts = re.findall(r"([A-Z][a-z]?)(\d*)", group) if group else [(element, count)]
        for name, number in parts:
            if name not in ELEMENTS:
                return ""
            atoms[name] = atoms.get(name, Fraction(0)) + Fraction(number or 1) * Fraction(times or 1)
    shows = any(c.isdigit() for c in plain) or any(c.islower() for c in plain)
    if len(atoms) < 2 or not shows or max(atoms.values()) > _LARGEST:
        return ""
    if not any(c.isdigit() for c in plain) and sum(len(name) for name in atoms) < 3:
        return ""
    first = [name for name in ("C", "H") if name in atoms] if "C" in atoms else []
    order = [*first, *sorted(set(atoms) - set(first))]
    return "".join(f"{name}{_number(atoms[name])}" for name in order)


def _number(value: Fraction) -> str:
    return "" if value == 1 else str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
