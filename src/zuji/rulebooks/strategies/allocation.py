"""Allocation: how much of a unit process its reference product carries when there are co-products.

The order is that of ISO 14044, 4.3.4.2, and its kin. Subdivision is the modeller's: two processes have no co-products.
Then a co-product of no value is waste and takes nothing; one that substitutes something may be credited with it (system
expansion); the rest share by mass, another physical quantity or economic value. Which of these, the rulebook's rule
says. It decides over the facts `choice` (none, mass, physical, economic, expansion: what the study asks for), `offered`
(nothing, physical, substitute: what the outputs state) and `price_ratio` (low, high), as far as it declares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from zuji.datum import LocalText
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Derivation, Term, derive
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.co_product import KG, Output, outputs_of, quantity
from zuji.rulebooks.strategies.expansion import Credit, credits_of
from zuji.study.model import Datum, UnitProcess

NONE, NOTHING, PHYSICAL, EXPANSION, SUBSTITUTE = "none", "nothing", "physical", "expansion", "substitute"
METHODS = {
    "mass": LocalText("质量", "mass"),
    "economic": LocalText("经济价值", "economic value"),
    "physical": LocalText("其他物理量", "another physical quantity"),
    "expansion": LocalText("系统扩展", "system expansion"),
}


def price_ratio(prices: Sequence[Fraction]) -> Fraction:
    """Highest price divided by the lowest; the lowest must be positive."""
    return max(prices) / min(prices)


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a process with co-products passes on: all, or a share [1], after its credits."""

    share: Derivation | None = None
    """None: all of it, because nothing is shared or because a finding says what lacks"""
    credits: tuple[Credit, ...] = ()


def allocation(context: Context, process: UnitProcess) -> Allocation:
    """The credits of the process and the share of it that its reference product carries.

    Missing masses, prices or physical quantities, prices in different currencies, and a choice that the rulebook does
    not allow become findings; nothing is shared by a guess.
    """
    if not process.co_products:
        return Allocation()
    own, *others = outputs_of(context, process)
    products = [output for output in others if not output.is_worthless]
    for output in others:
        if output.is_worthless and output.co_product is not None:
            context.report(codes.WASTE_CO_PRODUCT, output.co_product.place, co_product=output.id,
                           process=process.id, price=output.shown_worth)  # fmt: skip
    if not products:
        return Allocation()
    if own.is_worthless:
        context.report(codes.REFERENCE_WITHOUT_VALUE, process.place, process=process.id, price=own.shown_worth)
        return Allocation()
    return _Tree(context, process).decided(own, products)


class _Tree:
    """The steps of allocation for one process, each asked of the rulebook's rule."""

    def __init__(self, context: Context, process: UnitProcess) -> None:
        self.context = context
        self.process = process
        self.options = context.options("allocation")
        self.rule = str(self.options["rule"])
        self.facts = context.book.rule(self.rule, context.day).facts
        self.default = NONE if NONE in self.facts.get("choice", ()) else str(self.options.get("default", "mass"))
        self.choice = self._choice()

    def decided(self, own: Output, products: Sequence[Output]) -> Allocation:
        """The credits, then the share among what is left."""
        credited = self._to_credit(products)
        if credited is None:
            return Allocation()
        credits: tuple[Credit, ...] = ()
        if credited:
            decision = self.context.decide(self.rule, **self._facts(SUBSTITUTE))
            named = [output.co_product for output in credited if output.co_product is not None]
            made = credits_of(self.context, self.process, named, decision.clause)
            if made is None:
                return Allocation()
            credits = made
        rest = [output for output in products if output not in credited]
        return Allocation(self._share([own, *rest]) if rest else None, credits)

    def _choice(self) -> str:
        """What the study asks for, of this process before of all; one that the book does not know is reported."""
        choices, own = self.context.study.choices, f"allocation.{self.process.id}"
        key = own if own in choices else "allocation"
        chosen, known = choices.get(key, ""), self.facts.get("choice")
        if not chosen or known is None:
            return self.default
        if chosen not in known:
            allowed = ", ".join(str(one) for one in known if one != NONE)
            self.context.report(codes.UNKNOWN_CHOICE, self.process.place, choice=chosen, key=key,
                                book=self.context.book.id, known=allowed)  # fmt: skip
            return self.default
        return chosen

    def _facts(self, offered: str, price_ratio: str = "low", choice: str = "") -> dict[str, object]:
        # What a book has no word for is not offered to it.
        known = offered if offered in self.facts.get("offered", ()) else NOTHING
        return {"choice": choice or self.choice, "offered": known, "price_ratio": price_ratio}

    def _to_credit(self, products: Sequence[Output]) -> list[Output] | None:
        """The co-products whose avoided burden the book credits; None, with a finding, where one names nothing."""
        naming = [output for output in products if output.co_product is not None and output.co_product.substitutes]
        if self.choice == EXPANSION:
            silent = [output for output in products if output not in naming]
            self._report_silent(silent)
            return None if silent else naming
        if not naming:
            return []
        declared = {name: value for name, value in self._facts(SUBSTITUTE).items() if name in self.facts}
        decision = self.context.book.rule(self.rule, self.context.day).decide(**declared)
        if decision.value == EXPANSION:
            return naming
        for output in naming:
            assert output.co_product is not None
            assert output.co_product.substitutes is not None
            self.context.report(
                codes.SUBSTITUTE_IGNORED, output.co_product.substitutes.place, clause=decision.clause,
                co_product=output.id, process=self.process.id, book=self.context.book.id, reason=decision.reason,
            )  # fmt: skip
        return []

    def _report_silent(self, outputs: Sequence[Output], clause: str = "") -> None:
        for output in outputs:
            if output.co_product is not None:
                self.context.report(codes.NO_SUBSTITUTE, output.co_product.place, clause=clause,
                                    process=self.process.id, co_product=output.id)  # fmt: skip

    def _share(self, outputs: Sequence[Output]) -> Derivation | None:
        unpriced = _without_price_per_kg(outputs)
        decision = None if "price_ratio" in self.facts and unpriced else self._decision(outputs)
        if decision is None:
            self._lacking(unpriced, "economic", "")
            return None
        if decision.value == EXPANSION:
            self._report_silent(outputs, decision.clause)
            return None
        formula, terms = _formula(decision.value, outputs)
        lacking = _LACKING[decision.value](outputs)
        if lacking:
            self._lacking(lacking, decision.value, decision.clause)
            return None
        if not formula:
            found = ", ".join(f"{o.id}: {_shown(o.physical)}" for o in outputs)
            self.context.report(codes.PHYSICAL_QUANTITY, self.process.place, clause=decision.clause,
                                process=self.process.id, found=found)  # fmt: skip
            return None
        share = derive(formula, "1", *terms, clause=decision.clause)
        self.context.report(
            codes.ALLOCATED, self.process.place, clause=decision.clause, process=self.process.id,
            share=f"{float(share.value):.1%}", method=METHODS[decision.value], reason=self._reason(decision),
        )  # fmt: skip
        return share

    def _decision(self, outputs: Sequence[Output]) -> Decision:
        offered = PHYSICAL if any(output.physical is not None for output in outputs) else NOTHING
        choice = self.default if self.choice == EXPANSION else self.choice
        ratio = "low"
        if "price_ratio" in self.facts:
            limit = self.context.parameter("allocation.price_ratio_limit")
            prices = [output.price.value for output in outputs if output.price is not None]
            ratio = "low" if price_ratio(prices) <= limit.number else "high"
        return self.context.decide(self.rule, **self._facts(offered, ratio, choice))

    def _lacking(self, lacking: Sequence[str], method: str, clause: str) -> None:
        self.context.report(codes.ALLOCATION, self.process.place, clause=clause, process=self.process.id,
                            lacking=", ".join(lacking), method=METHODS[method])  # fmt: skip

    def _reason(self, decision: Decision) -> LocalText:
        """The rule's reason and the study's own; reported where the book asks for one and none is given."""
        choices, key = self.context.study.choices, "allocation_reason"
        own = choices.get(f"{key}.{self.process.id}") or choices.get(key, "")
        if decision.value != self.choice:
            return decision.reason
        if own:
            return LocalText(f"{decision.reason.pick('zh')}：{own}", f"{decision.reason.pick('en')}: {own}")
        needed = self.context.optional("allocation.to_justify")
        if needed is not None and isinstance(needed.value, tuple) and decision.value in needed.value:
            self.context.report(codes.NOT_JUSTIFIED, self.process.place, clause=needed.clause,
                                process=self.process.id, method=METHODS[decision.value],
                                book=self.context.book.id)  # fmt: skip
        return decision.reason


def _formula(method: str, outputs: Sequence[Output]) -> tuple[str, list[Term]]:
    """The share of the first output as a formula with its terms; '' where physical quantities do not compare."""
    if method == "economic" and all(output.mass and output.price for output in outputs):
        terms = [term for output in outputs for term in (output.mass, output.price) if term is not None]
        return _of_all([f"m{_index(output)} * p{_index(output)}" for output in outputs]), terms
    if method == PHYSICAL:
        terms = _quantities(outputs)
    else:
        terms = [t for t in (o.value if method == "economic" else o.mass for o in outputs) if t is not None]
    return (_of_all([term.symbol for term in terms]) if terms else ""), terms


def _of_all(parts: Sequence[str]) -> str:
    return f"{parts[0]} / ({' + '.join(parts)})"


def _index(output: Output) -> str:
    return output.mass.symbol[1:] if output.mass is not None else ""


def _quantities(outputs: Sequence[Output]) -> list[Term]:
    stated = [output.physical for output in outputs if output.physical is not None and not output.physical.missing]
    if len(stated) != len(outputs):
        return []
    unit = stated[0].unit
    if any(one.unit.dimension != unit.dimension or one.exact <= 0 for one in stated) or "currency" in unit.dimension:
        return []
    return [quantity(f"q{i}", output, unit) for i, output in enumerate(outputs)]


def _without_mass(outputs: Sequence[Output]) -> list[str]:
    return [f"mass of {o.id}" for o in outputs if o.mass is None or o.mass.value <= 0]


def _without_quantity(outputs: Sequence[Output]) -> list[str]:
    return [f"physical quantity of {o.id}" for o in outputs if o.physical is None or o.physical.missing]


def _without_price_per_kg(outputs: Sequence[Output]) -> list[str]:
    # Prices compare only in one currency, and a ratio needs all of them above zero.
    currency = _currency(outputs)
    return [f"price of {o.id} [{currency}/kg]" for o in outputs if not _positive(o.price) or o.currency != currency]


def _without_value(outputs: Sequence[Output]) -> list[str]:
    if all(output.mass and output.price for output in outputs):
        return [*_without_mass(outputs), *_without_price_per_kg(outputs)]
    currency = _currency(outputs)
    unweighed = [f"mass of {o.id}" for o in outputs if o.price is not None and o.mass is None]
    return unweighed or [
        f"price of {o.id} [{currency}/{'kg' if o.amount.unit.dimension == KG.dimension else o.amount.unit}]"
        for o in outputs
        if not _positive(o.value) or o.currency != currency
    ]


_LACKING = {
    "mass": _without_mass, "physical": _without_quantity, "economic": _without_value,
}  # fmt: skip


def _currency(outputs: Sequence[Output]) -> str:
    return next((output.currency for output in outputs if output.currency), "CNY")


def _positive(term: Term | None) -> bool:
    return term is not None and term.value > 0


def _shown(datum: Datum | None) -> str:
    return f"{datum.number} {datum.unit}" if datum is not None and not datum.missing else "?"
