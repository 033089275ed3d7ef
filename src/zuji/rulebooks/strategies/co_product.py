"""The outputs of a unit process as allocation sees them: mass, price, value and what says that one of them is waste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zuji.datum import LocalText
from zuji.i18n import N_, tr_in
from zuji.quantity import Unit, parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Term, derive, from_datum, short
from zuji.study.inventory import decimal_text
from zuji.study.model import CoProduct, Datum, UnitProcess

KG = parse_unit("kg")
PRICE_YEARS = 10
"""Prices of so many years, the latest, go into a mean where the rulebook has no parameter for it."""


@dataclass(frozen=True, slots=True)
class Output:
    """One product of a process with what allocation may need, where it is known."""

    id: str
    amount: Datum
    mass: Term | None
    """kg"""
    price: Term | None
    """money per kg"""
    value: Term | None
    """money for all of it"""
    worth: Term | None
    """money in the unit that the study states; zero or less is waste"""
    physical: Datum | None
    """another quantity of all of it"""
    currency: str
    co_product: CoProduct | None
    """None for the reference product"""

    @property
    def is_worthless(self) -> bool:
        """Whether a price is known and is zero or less."""
        return self.worth is not None and self.worth.value <= 0

    @property
    def shown_worth(self) -> str:
        """The price as people write it."""
        return f"{short(self.worth.value)} {self.worth.unit}" if self.worth is not None else "?"


def said(message: str, **params: object) -> LocalText:
    """A part of a message in both languages."""
    return LocalText(tr_in("zh", message, **params), tr_in("en", message, **params))


def outputs_of(context: Context, process: UnitProcess) -> tuple[Output, ...]:
    """The reference product, then the co-products; yearly prices that have no mean are reported and left out."""
    own = process.reference_flow
    found = [_output(context, 0, process, own, None)]
    found += [_output(context, i, one, one.amount, one) for i, one in enumerate(process.co_products, 1)]
    return tuple(found)


def _output(
    context: Context, i: int, stated: UnitProcess | CoProduct, amount: Datum, co_product: CoProduct | None
) -> Output:
    prices = _prices(context, stated)
    currency = prices[0].unit.dimension.partition("/")[0].removeprefix("currency_").upper() if prices else ""
    money = _Money(stated.id, amount, stated.mass, _per_unit(prices, amount, currency), currency)
    mass = _mass(f"m{i}", stated.id, amount, stated.mass)
    return Output(
        id=stated.id,
        amount=amount,
        mass=mass,
        price=money.per_kg(f"p{i}"),
        value=money.value(f"v{i}", mass),
        worth=money.in_unit("price", prices[0].unit) if prices else None,
        physical=stated.physical,
        currency=currency,
        co_product=co_product,
    )


def _prices(context: Context, stated: UnitProcess | CoProduct) -> tuple[Datum, ...]:
    """The one price, or the latest of the yearly ones in the order of their years; nothing where none is usable."""
    if stated.price is not None:
        return () if stated.price.missing else (stated.price,)
    known = [price for price in stated.prices if not price.missing]
    problem = _yearly_problem(known)
    if problem is not None:
        place = stated.prices[0].place
        context.report(codes.YEARLY_PRICES, place, id=stated.id, problem=problem)
        return ()
    parameter = context.optional("allocation.price_years") if len(known) > 1 else None
    years = int(parameter.number) if parameter is not None else PRICE_YEARS
    return tuple(sorted(known, key=_year)[-years:])


def _year(price: Datum) -> int:
    return price.period.start.year if price.period is not None else 0


def _yearly_problem(prices: Sequence[Datum]) -> LocalText | None:
    seen: set[int] = set()
    for i, price in enumerate(prices, 1):
        if price.period is None:
            return said(N_("price {number} of the list names no year"), number=i)
        if price.period.start.year != price.period.end.year:
            return said(N_("price {number} of the list is not that of one year: {period}"), number=i,
                        period=price.period)  # fmt: skip
        if _year(price) in seen:
            return said(N_("the year {year} stands there twice"), year=_year(price))
        if price.unit.dimension != prices[0].unit.dimension:
            return said(N_("{first} and {second} do not convert"), first=prices[0].unit, second=price.unit)
        seen.add(_year(price))
    return None


def _per_unit(prices: Sequence[Datum], amount: Datum, currency: str) -> tuple[Datum, ...]:
    # A price without "per" is that of one unit of the product.
    if not prices or "/" in prices[0].unit.dimension:
        return tuple(prices)
    unit = parse_unit(f"{currency}/({amount.unit})")
    return tuple(replace(price, number=decimal_text(price.exact * price.unit.factor), unit=unit) for price in prices)


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


@dataclass(frozen=True, slots=True)
class _Money:
    """The price of an output, of one year or of several, in the units that allocation asks for."""

    id: str
    amount: Datum
    mass_of_one: Datum | None
    prices: tuple[Datum, ...]
    """All per something of one dimension."""
    currency: str

    @property
    def per(self) -> str:
        """The dimension that the price is per."""
        return self.prices[0].unit.dimension.partition("/")[2]

    def in_unit(self, symbol: str, unit: Unit) -> Term:
        """The price, or its mean, in a unit of its dimension; a price of one unit of the product per that unit."""
        target = unit if "/" in unit.dimension else parse_unit(f"{self.currency}/({self.amount.unit})")
        label = LocalText(f"{self.id} 价格", f"price of {self.id}")
        if len(self.prices) == 1:
            return from_datum(symbol, self.prices[0], label, target)
        years = [_year(price) for price in self.prices]
        terms = [
            from_datum(f"y{year}", price, LocalText(f"{year} 年价格", f"price of {year}"), target)
            for year, price in zip(years, self.prices, strict=True)
        ]
        text = f"({' + '.join(term.symbol for term in terms)}) / {len(terms)}"
        label = LocalText(
            f"{self.id} 价格（{years[0]}–{years[-1]} 中 {len(years)} 年的均值）",
            f"price of {self.id}, mean of {len(years)} years in {years[0]}–{years[-1]}",
        )
        mean = derive(text, target.symbol, *terms)
        return Term(symbol, mean.value, target.symbol, label, mean)

    def per_kg(self, symbol: str) -> Term | None:
        """The price of a kg, None where it does not follow."""
        if not self.prices or self.amount.missing:
            return None
        if self.per == KG.dimension:
            return self.in_unit(symbol, parse_unit(f"{self.currency}/kg"))
        mass = self.mass_of_one
        if self.per != self.amount.unit.dimension or mass is None or mass.missing or mass.exact <= 0:
            return None
        label = LocalText(f"{self.id} 价格", f"price of {self.id}")
        each = from_datum("mass_of_one", mass, LocalText(f"{self.id} 质量", f"mass of {self.id}"), KG)
        one = self.in_unit("price", parse_unit(f"{self.currency}/({self.amount.unit})"))
        per_kg = derive("price / mass_of_one", f"{self.currency}/kg", one, each)
        return Term(symbol, per_kg.value, f"{self.currency}/kg", label, per_kg)

    def value(self, symbol: str, mass: Term | None) -> Term | None:
        """What all of the output is worth, None where it does not follow."""
        if not self.prices or self.amount.missing:
            return None
        label = LocalText(f"{self.id} 价值", f"value of {self.id}")
        if self.per == self.amount.unit.dimension:
            amount = from_datum("amount", self.amount, LocalText("数量", "amount"))
            price = self.in_unit("price", parse_unit(f"{self.currency}/({self.amount.unit})"))
        elif self.per == KG.dimension and mass is not None:
            amount = replace(mass, symbol="amount")
            price = self.in_unit("price", parse_unit(f"{self.currency}/kg"))
        else:
            return None
        total = derive("amount * price", self.currency, amount, price)
        return Term(symbol, total.value, self.currency, label, total)


def quantity(symbol: str, output: Output, unit: Unit) -> Term:
    """The stated physical quantity of an output as a term in `unit`."""
    assert output.physical is not None
    return from_datum(
        symbol, output.physical, LocalText(f"{output.id} 物理量", f"physical quantity of {output.id}"), unit
    )
