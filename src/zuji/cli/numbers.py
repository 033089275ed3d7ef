"""Numbers for people: a few significant digits, grouped thousands, never scientific notation for usual sizes."""

from __future__ import annotations

import math


def significant(value: float | None, digits: int = 4) -> str:
    """`value` with `digits` significant digits; '?' for None, '0' for zero, a proper minus sign."""
    if value is None:
        return "?"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if not -6 <= size < 12:
        return f"{value:.{digits - 1}e}"
    decimals = max(digits - 1 - size, 0)
    rounded = round(value, digits - 1 - size)
    return f"{rounded:,.{decimals}f}".replace("-", "−")


def percent(share: float, decimals: int = 1) -> str:
    """A share as a percentage."""
    return f"{share * 100:.{decimals}f} %".replace("-", "−")


def energy(kwh: float) -> str:
    """An energy in kWh with four significant digits."""
    return f"{significant(kwh)} kWh"
