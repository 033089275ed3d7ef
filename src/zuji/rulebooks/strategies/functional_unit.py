"""The functional unit: what one result is divided by, computed from the declared service life."""

from __future__ import annotations

from dataclasses import dataclass

from zuji.datum import LocalText
from zuji.quantity import parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Derivation, Term, derive, from_datum, from_parameter
from zuji.rulebooks.formula import formula
from zuji.study.model import Datum, ServiceLife

OF_PRODUCT = ("mass", "usable_energy", "rated_energy")
NAMES = {
    "mass": ("kg", LocalText("质量", "mass")),
    "usable_energy": ("kWh", LocalText("可用能量", "usable energy")),
    "rated_energy": ("kWh", LocalText("额定能量", "rated energy")),
    "cycles": ("cycle", LocalText("声明循环次数", "declared cycles")),
    "years": ("a", LocalText("使用年限", "service years")),
    "mean_capacity_factor": ("1", LocalText("寿命期平均容量系数", "mean capacity factor over life")),
    "warranty_years": ("a", LocalText("质保年限", "warranty years")),
    "warranty_distance": ("km", LocalText("质保里程", "warranty distance")),
}


@dataclass(frozen=True, slots=True)
class FunctionalUnit:
    """The amount of the functional unit that one product delivers, or why it cannot be said."""

    name: LocalText
    unit: str
    amount: Derivation | None
    clause: str
    comparable: bool = True


def functional_unit(context: Context) -> FunctionalUnit:
    """The functional unit that the rulebook's rule picks for the declared service mode, with its amount per product."""
    options = context.options("functional_unit")
    life = context.study.service_life
    rule = str(options["rule"])
    decision = context.decide(
        rule,
        declared_unit=context.choice("declared_unit", rule, "declared_unit", "none"),
        mode=life.mode.value if life is not None else "none",
        warranty=_warranty(life),
        vehicle_category=_vehicle_category(context, rule),
    )
    chosen = options["formulas"][decision.value]
    name = LocalText(str(chosen["name"]["zh"]), str(chosen["name"]["en"]))
    terms, lacking = _terms(context, str(chosen["expression"]))
    if lacking:
        context.report(codes.NO_SERVICE_LIFE, context.study.product.place, clause=decision.clause,
                       lacking=", ".join(lacking), book=context.book.id)  # fmt: skip
        return FunctionalUnit(name, str(chosen["unit"]), None, decision.clause)
    amount = derive(str(chosen["expression"]), str(chosen["unit"]), *terms, clause=decision.clause)
    if amount.value <= 0:
        context.report(codes.NO_SERVICE_LIFE, context.study.product.place, clause=decision.clause,
                       lacking=f"{chosen['expression']} = 0", book=context.book.id)  # fmt: skip
        return FunctionalUnit(name, str(chosen["unit"]), None, decision.clause)
    return FunctionalUnit(name, str(chosen["unit"]), amount, decision.clause, bool(chosen.get("comparable", True)))


def _vehicle_category(context: Context, rule: str) -> str:
    life = context.study.service_life
    known = context.book.rule(rule, context.day).facts.get("vehicle_category", ())
    return life.vehicle_category if life is not None and life.vehicle_category in known else "none"


def _warranty(life: ServiceLife | None) -> str:
    years = life is not None and life.warranty_years is not None and not life.warranty_years.missing
    distance = life is not None and life.warranty_distance is not None and not life.warranty_distance.missing
    return "both" if years and distance else "years" if years else "distance" if distance else "none"


def _terms(context: Context, expression: str) -> tuple[list[Term], list[str]]:
    product, life = context.study.product, context.study.service_life
    terms: list[Term] = []
    lacking: list[str] = []
    for symbol in formula(expression).names:
        datum: Datum | None = getattr(product, symbol) if symbol in OF_PRODUCT else None
        if datum is None and life is not None and symbol in NAMES:
            datum = getattr(life, symbol, None)
        if datum is not None and not datum.missing:
            unit, label = NAMES.get(symbol, ("1", LocalText(symbol, symbol)))
            terms.append(from_datum(symbol, datum, label, parse_unit(unit)))
            continue
        default = _default(context, symbol) if datum is None else None
        if default is None:
            lacking.append(f"product.{symbol}" if symbol in OF_PRODUCT else f"service_life.{symbol}")
        else:
            terms.append(default)
    return terms, lacking


def _default(context: Context, symbol: str) -> Term | None:
    category = context.study.service_life.vehicle_category if context.study.service_life is not None else ""
    for id in (f"functional_unit.{symbol}.{category}", f"functional_unit.{symbol}"):
        parameter = context.optional(id)
        if parameter is not None:
            return from_parameter(symbol, parameter)
    return None
