"""The units that a file defines itself: those that are known stay, all others become the reference of their group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from zuji.background.importers.units import conversion, is_known

CLOSE = 0.01
"""Relative difference up to which a defined factor and the known one are the same unit, roundings included."""


@dataclass(slots=True)
class UnitTable:
    """Unit → (reference unit, how many of it one unit is)."""

    defined: dict[str, tuple[str, float]] = field(default_factory=dict)

    def normal(self, unit: str) -> tuple[float, str]:
        """(factor, unit) that an amount in `unit` is to be multiplied with and is in then.

        The file's definition stands where the unit is not known or known as something else.
        """
        entry = self.defined.get(unit)
        if entry is None:
            return 1.0, unit
        reference, factor = entry
        if not (math.isfinite(factor) and factor > 0) or reference == unit:
            return 1.0, unit
        if is_known(unit):
            known = conversion(unit, reference)
            if known is None or abs(known - factor) <= CLOSE * abs(factor):
                return 1.0, unit
        return factor, reference

    def add(self, units: Mapping[str, tuple[str, float]]) -> None:
        """Further definitions; the first of a name stands."""
        for unit, entry in units.items():
            self.defined.setdefault(unit, entry)
