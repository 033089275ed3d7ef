"""Allocation: how much of a unit process its reference product carries when there are co-products."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from zuji.datum import LocalText
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Derivation, Term, derive, from_datum
from zuji.study.model import Datum, UnitProcess

METHODS = {"mass": LocalText("质量", "mass"), "economic": LocalText("经济价值", "economic value")}


def shares_by_mass(masses: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Each output's share of the mass of all outputs."""
    total = sum(masses, Fraction(0))
    return tuple(mass / total for mass in masses)


def shares_by_value(masses: Sequence[Fraction], prices: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Each output's share of the economic value of all outputs (mass times price per mass)."""
    return shares_by_mass([mass * price for mass, price in zip(masses, prices, strict=True)])


def price_ratio(prices: Sequence[Fraction]) -> Fraction:
    """Highest price divided by the lowest; the lowest must be positive."""
    return max(prices) / min(prices)


def allocation(context: Context, process: UnitProcess) -> Derivation | None:
    """The share of the process that its reference product carries [1]; None without co-products or without the data.

    `price_ratio` (mass up to the book's ratio of prices, economic above it) and `study_choice` (`choices.allocation`
    of the study: mass or economic) are the two ways; missing masses or prices become a finding.
    """
    if not process.co_products:
        return None
    method, reason, clause = _method(context, process)
    outputs = [(process.id, process.reference_flow, process.mass, process.price)]
    outputs += [(c.id, c.amount, c.mass, c.price) for c in process.co_products]
    terms: list[Term] = []
    lacking: list[str] = []
    for i, (id, amount, mass, price) in enumerate(outputs):
        term = _mass(f"m{i}", id, amount, mass)
        lacking += [f"mass of {id}"] if term is None else []
        terms += [term] if term is not None else []
        if method == "economic":
            lacking += [f"price of {id}"] if price is None or price.missing else []
            if price is not None and not price.missing:
                terms.append(from_datum(f"p{i}", price, LocalText(f"{id} 价格", f"price of {id}")))
    if lacking:
        context.report(codes.ALLOCATION, process.place, clause=clause,
                       process=process.id, lacking=", ".join(lacking), method=METHODS[method])  # fmt: skip
        return None
    value = "m{i} * p{i}" if method == "economic" else "m{i}"
    parts = [value.format(i=i) for i in range(len(outputs))]
    share = derive(f"{parts[0]} / ({' + '.join(parts)})", "1", *terms, clause=clause)
    context.report(codes.ALLOCATED, process.place, clause=clause, process=process.id,
                   share=f"{float(share.value):.1%}", method=METHODS[method], reason=reason)  # fmt: skip
    return share


def _method(context: Context, process: UnitProcess) -> tuple[str, LocalText, str]:
    options = context.options("allocation")
    if options["strategy"] == "price_ratio":
        limit = context.parameter("allocation.price_ratio_limit")
        prices = [p.exact for p in (process.price, *(c.price for c in process.co_products)) if p and not p.missing]
        complete = len(prices) == len(process.co_products) + 1 and min(prices, default=Fraction(0)) > 0
        low = complete and price_ratio(prices) <= limit.number
        decision = context.decide(str(options["rule"]), price_ratio="low" if low or not complete else "high")
        return decision.value, decision.reason, decision.clause
    choice = context.study.choices.get("allocation", str(options.get("default", "mass")))
    decision = context.decide(str(options["rule"]), choice=choice)
    return decision.value, decision.reason, decision.clause


def _mass(symbol: str, id: str, amount: Datum, mass: Datum | None) -> Term | None:
    label = LocalText(f"{id} 质量", f"mass of {id}")
    kg = parse_unit("kg")
    if amount.missing:
        return None
    if amount.unit.dimension == kg.dimension:
        return from_datum(symbol, amount, label, kg)
    if mass is None or mass.missing:
        return None
    each = from_datum("mass_of_one", mass, label, kg)
    count = from_datum("amount", amount, LocalText("数量", "amount"))
    total = derive("amount * mass_of_one", "kg", count, each)
    return Term(symbol, total.value, "kg", label, total)


def mass_in_kg(datum: Datum) -> Fraction:
    """The exact mass of `datum` in kg; raises UnitError when it is not a mass."""
    return datum.exact * conversion_factor(datum.unit, parse_unit("kg"))
