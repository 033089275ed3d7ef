"""Cut-off: what a study leaves out is listed with its mass and held against the limit of the rulebook."""

from __future__ import annotations

from fractions import Fraction

from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.study.inventory import mass_of
from zuji.study.model import Role, UnitProcess

MUCH = Fraction(1, 20)
"""Share of the input mass of a process beyond which a cut-off is pointed out where a rulebook states no number."""


def check_cut_off(context: Context, process: UnitProcess) -> None:
    """Report every exchange that the study cuts off, and the process when they exceed the rulebook's limit."""
    left_out = [exchange for exchange in process.exchanges if exchange.cut_off]
    if not left_out:
        return
    limited = context.options("cut_off")["strategy"] == "mass_share"
    parameter = context.optional("cut_off.mass_share") if limited else None
    clause = parameter.clause if parameter is not None else str(context.options("cut_off").get("clause", ""))
    for exchange in left_out:
        mass = mass_of(exchange.amount, exchange.mass)
        shown = f"{float(mass):.4g} kg" if mass is not None else "? kg"
        context.report(codes.CUT_OFF_NOTE, exchange.place, clause=clause,
                       line=f"{process.id}/{exchange.id}", mass=shown, reason=exchange.cut_off)  # fmt: skip
    inputs = [e for e in process.exchanges if e.role in (Role.MATERIAL, Role.PRODUCT, Role.AUXILIARY)]
    total = sum((mass_of(e.amount, e.mass) or Fraction(0) for e in inputs), Fraction(0))
    lost = sum((mass_of(e.amount, e.mass) or Fraction(0) for e in left_out), Fraction(0))
    if total <= 0:
        return
    if parameter is None and lost / total > MUCH:
        context.report(codes.MUCH_CUT_OFF, process.place, clause=clause, process=process.id,
                       share=f"{float(lost / total):.1%}", lines=", ".join(e.id for e in left_out))  # fmt: skip
    if parameter is not None and lost / total > parameter.number:
        context.report(codes.CUT_OFF, process.place, clause=clause, process=process.id, book=context.book.id,
                       share=f"{float(lost / total):.2%}", limit=f"{float(parameter.number):.0%}",
                       lines=", ".join(e.id for e in left_out))  # fmt: skip
