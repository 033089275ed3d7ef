"""Numbers for people: a few significant digits, grouped thousands, never scientific notation for usual sizes."""

from __future__ import annotations

import math


def significant(value: float | None, digits: int = 4) -> str:
    """`value` with `digits` significant digits; '?' for none, '0' for zero, a proper minus sign."""
    if value is None or not math.isfinite(value):
        return "?"
    if value == 0:
        return "0"
    # The exponent after rounding: 9.9996 has four digits as 10.00.
    size = int(f"{value:.{digits - 1}e}".partition("e")[2])
    if not -6 <= size < 12:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    rounded = round(value, digits - 1 - size)
    return f"{rounded:,.{max(digits - 1 - size, 0)}f}".replace("-", "−")


def at_most(value: float | None, digits: int) -> str:
    """`value` with up to `digits` significant digits: a published 0.5777 stays 0.5777, a count of 1 stays 1."""
    text = significant(value, digits)
    mantissa, mark, exponent = text.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + mark + exponent


def percent(share: float, decimals: int = 1) -> str:
    """A share as a percentage."""
    shown = round(share * 100, decimals) + 0.0  # + 0.0: no minus before a zero
    return f"{shown:.{decimals}f} %".replace("-", "−")


def percent_of(value: float, total: float) -> str:
    """`value` as a percentage of `total`; a dash where there is no total to speak of."""
    return percent(value / total) if math.isfinite(total) and total else "—"


def energy(kwh: float) -> str:
    """An energy in kWh with four significant digits."""
    return f"{significant(kwh)} kWh"
