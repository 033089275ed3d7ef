"""Allocation: how much of a unit process its reference product carries when there are co-products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from zuji.datum import LocalText
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Derivation, Term, derive, from_datum
from zuji.rulebooks.rule import Decision
from zuji.study.inventory import decimal_text
from zuji.study.model import Datum, UnitProcess

KG = parse_unit("kg")
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


@dataclass(frozen=True, slots=True)
class _Output:
    """One product of a process with what allocation may need, where it is known."""

    id: str
    mass: Term | None
    """kg"""
    price: Term | None
    """money per kg"""
    currency: str


def allocation(context: Context, process: UnitProcess) -> Derivation | None:
    """The share of the process that its reference product carries [1]; None without co-products or without the data.

    `price_ratio` (mass up to the book's ratio of prices per mass, economic above it) and `study_choice`
    (`choices.allocation` of the study: mass or economic) are the two ways; missing masses or prices, and prices in
    different currencies, become a finding.
    """
    if not process.co_products:
        return None
    outputs = [_output(0, process.id, process.reference_flow, process.mass, process.price)]
    outputs += [_output(i, c.id, c.amount, c.mass, c.price) for i, c in enumerate(process.co_products, 1)]
    unpriced = _unpriced(outputs)
    options = context.options("allocation")
    rule = str(options["rule"])
    if options["strategy"] == "price_ratio":
        decision = _by_price_ratio(context, rule, outputs) if not unpriced else None
    else:
        choice = context.choice("allocation", rule, "choice", str(options.get("default", "mass")))
        decision = context.decide(rule, choice=choice)
    method = decision.value if decision is not None else "economic"
    clause = decision.clause if decision is not None else ""
    lacking = [f"mass of {o.id}" for o in outputs if o.mass is None or o.mass.value <= 0]
    lacking += unpriced if method == "economic" else []
    if decision is None or lacking:
        context.report(codes.ALLOCATION, process.place, clause=clause,
                       process=process.id, lacking=", ".join(lacking), method=METHODS[method])  # fmt: skip
        return None
    value = "m{i} * p{i}" if method == "economic" else "m{i}"
    parts = [value.format(i=i) for i in range(len(outputs))]
    terms = [term for output in outputs for term in (output.mass, output.price) if term is not None]
    share = derive(f"{parts[0]} / ({' + '.join(parts)})", "1", *terms, clause=clause)
    context.report(codes.ALLOCATED, process.place, clause=clause, process=process.id,
                   share=f"{float(share.value):.1%}", method=METHODS[method], reason=decision.reason)  # fmt: skip
    return share


def _by_price_ratio(context: Context, rule: str, outputs: Sequence[_Output]) -> Decision:
    limit = context.parameter("allocation.price_ratio_limit")
    ratio = price_ratio([output.price.value for output in outputs if output.price is not None])
    return context.decide(rule, price_ratio="low" if ratio <= limit.number else "high")


def _unpriced(outputs: Sequence[_Output]) -> list[str]:
    # Prices compare only in one currency, and a ratio needs all of them above zero.
    currency = next((output.currency for output in outputs if output.currency), "")
    return [
        f"price of {o.id} [{currency or 'CNY'}/kg]"
        for o in outputs
        if o.price is None or o.price.value <= 0 or o.currency != currency
    ]


def _output(i: int, id: str, amount: Datum, mass: Datum | None, price: Datum | None) -> _Output:
    currency = ""
    if price is not None and not price.missing:
        currency = price.unit.dimension.partition("/")[0].removeprefix("currency_").upper()
    return _Output(id, _mass(f"m{i}", id, amount, mass), _price(f"p{i}", id, amount, mass, price, currency), currency)


def _mass(symbol: str, id: str, amount: Datum, mass: Datum | None) -> Term | None:
    label = LocalText(f"{id} 质量", f"mass of {id}")
    if amount.missing:
        return None
    if amount.unit.dimension == KG.dimension:
        return from_datum(symbol, amount, label, KG)
    if mass is None or mass.missing:
        return None
    each = from_datum("mass_of_one", mass, label, KG)
    count = from_datum("amount", amount, LocalText("数量", "amount"))
    total = derive("amount * mass_of_one", "kg", count, each)
    return Term(symbol, total.value, "kg", label, total)


def _price(symbol: str, id: str, amount: Datum, mass: Datum | None, price: Datum | None, currency: str) -> Term | None:
    # A price without "per" is that of one unit of the product.
    if price is None or price.missing:
        return None
    label = LocalText(f"{id} 价格", f"price of {id}")
    per = price.unit.dimension.partition("/")[2] or amount.unit.dimension
    if "/" not in price.unit.dimension:
        price = replace(price, number=decimal_text(price.exact * price.unit.factor),
                        unit=parse_unit(f"{currency}/({amount.unit})"))  # fmt: skip
    if per == KG.dimension:
        return from_datum(symbol, price, label, parse_unit(f"{currency}/kg"))
    if per != amount.unit.dimension or mass is None or mass.missing or mass.exact <= 0:
        return None
    each = from_datum("mass_of_one", mass, LocalText(f"{id} 质量", f"mass of {id}"), KG)
    one = from_datum("price", price, label, parse_unit(f"{currency}/({amount.unit})"))
    per_kg = derive("price / mass_of_one", f"{currency}/kg", one, each)
    return Term(symbol, per_kg.value, f"{currency}/kg", label, per_kg)


def mass_in_kg(datum: Datum) -> Fraction:
    """The exact mass of `datum` in kg; raises UnitError when it is not a mass."""
    return datum.exact * conversion_factor(datum.unit, KG)
