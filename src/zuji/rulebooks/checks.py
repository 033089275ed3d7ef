"""Checks of a rulebook on the study: empty stages, secondary data where company data is demanded, no end of life."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from zuji.datum import Kind, LocalText
from zuji.errors import RulebookError
from zuji.rulebooks import codes
from zuji.rulebooks.book import EXCLUDED
from zuji.rulebooks.context import Context
from zuji.rulebooks.product_system import LineInfo
from zuji.rulebooks.strategies.boundary import CRADLE_TO_GATE
from zuji.rulebooks.strategies.end_of_life import material_of
from zuji.study.inventory import mass_of
from zuji.study.model import ProviderKind, Role, UnitProcess

Lines = Mapping[tuple[str, str], LineInfo]
KINDS = {
    "secondary": LocalText("次级数据", "secondary"),
    "assumed": LocalText("假设值", "assumed"),
    "estimated": LocalText("估计值", "estimated"),
}
NOT_COMPANY_SPECIFIC = frozenset({Kind.SECONDARY, Kind.ASSUMED, Kind.ESTIMATED})


def stages_have_data(context: Context, processes: Mapping[str, UnitProcess], lines: Lines, clause: str) -> None:
    """Every stage that the rulebook counts has at least one line."""
    if context.study.boundary == CRADLE_TO_GATE:
        return
    used = {line.stage for line in lines.values()}
    for stage in context.book.stages:
        sources = [source for source, target in context.book.assign.items() if target == stage.id]
        if stage.id not in used and sources != ["use"]:
            context.report(codes.STAGE_EMPTY, context.study.product.place, clause=clause or stage.clause,
                           stage=stage.name, book=context.book.id)  # fmt: skip


def company_specific(context: Context, processes: Mapping[str, UnitProcess], lines: Lines, clause: str) -> None:
    """Activity data of the study's own processes is measured, calculated or from a supplier."""
    for process in processes.values():
        if not process.plant:
            continue
        weak = [e for e in process.exchanges if e.amount.kind in NOT_COMPANY_SPECIFIC and not e.amount.missing]
        if weak:
            words = [KINDS[kind] for kind in sorted({e.amount.kind.value for e in weak})]
            kinds = LocalText("、".join(w.zh for w in words), ", ".join(w.en for w in words))
            shown = ", ".join(e.id for e in weak[:5]) + (" …" if len(weak) > 5 else "")
            context.report(codes.SECONDARY_WHERE_PRIMARY, process.place, clause=clause, count=len(weak),
                           process=process.id, kinds=kinds, exchanges=shown)  # fmt: skip


def end_of_life_complete(context: Context, processes: Mapping[str, UnitProcess], lines: Lines, clause: str) -> None:
    """Every material has an end of life, where the rulebook counts one."""
    if context.study.boundary == CRADLE_TO_GATE or context.book.assign["end_of_life"] == EXCLUDED:
        return
    for process in processes.values():
        open_ended = [
            e
            for e in process.exchanges
            if e.role is Role.MATERIAL
            and e.provider.kind in (ProviderKind.DATASET, ProviderKind.SUPPLIER)
            and not e.cut_off
            and material_of(context, e) is None
        ]
        if open_ended:
            mass = sum((mass_of(e.amount, e.mass) or Fraction(0) for e in open_ended), Fraction(0))
            shown = ", ".join(e.id for e in open_ended[:5]) + (" …" if len(open_ended) > 5 else "")
            context.report(codes.NO_END_OF_LIFE, process.place, clause=clause, process=process.id,
                           mass=f"{float(mass):.4g} kg", lines=shown)  # fmt: skip


def check_scope(context: Context) -> None:
    """Report a product whose category the rulebook's scope does not name."""
    scope = context.book.document["book"].get("scope")
    category = context.study.product.category
    if scope is not None and category not in scope["categories"]:
        context.report(codes.OUT_OF_SCOPE, context.study.product.place, clause=str(scope.get("clause", "")),
                       book=context.book.id, known=", ".join(scope["categories"]), category=category)  # fmt: skip


CHECKS: Mapping[str, Callable[[Context, Mapping[str, UnitProcess], Lines, str], None]] = {
    "stages_have_data": stages_have_data,
    "company_specific": company_specific,
    "end_of_life_complete": end_of_life_complete,
}


def run_checks(context: Context, processes: Mapping[str, UnitProcess], lines: Lines) -> None:
    """Check the scope and run the checks that the rulebook names, each with the clause that asks for it."""
    check_scope(context)
    for entry in context.book.document["book"].get("checks", []):
        if entry["check"] not in CHECKS:
            raise RulebookError(f"{context.book.id}: unknown check {entry['check']}")
        CHECKS[entry["check"]](context, processes, lines, str(entry.get("clause", "")))
