"""Rounding of a reported figure by the rulebook's rule; everything before the report keeps full precision."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

RULES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


def reported(value: float, rule: str, significant: int) -> str:
    """`value` with `significant` digits, halves rounded up (away from zero) or to even, as plain decimal text.

    The decision is made on the shortest decimal that reads back as `value`, so 2.675 is a half and not less.
    """
    exact = Decimal(repr(float(value)))
    if exact == 0:
        return "0"
    exponent = exact.adjusted() - significant + 1
    rounded = exact.quantize(Decimal(1).scaleb(exponent), rounding=RULES[rule])
    if rounded.adjusted() > exact.adjusted():
        rounded = rounded.quantize(Decimal(1).scaleb(exponent + 1), rounding=RULES[rule])
    return f"{rounded:f}"
