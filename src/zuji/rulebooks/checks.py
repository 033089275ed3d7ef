"""Checks of a rulebook on the study: empty stages, secondary data where company data is demanded, no end of life."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from zuji.datum import Kind, LocalText
from zuji.errors import RulebookError
from zuji.rulebooks import codes
from zuji.rulebooks.book_parts import EXCLUDED
from zuji.rulebooks.company_data import company_specific
from zuji.rulebooks.context import Context
from zuji.rulebooks.product_system import LineInfo
from zuji.rulebooks.strategies.boundary import CRADLE_TO_GATE
from zuji.rulebooks.strategies.end_of_life import material_of
from zuji.study.inventory import mass_of
from zuji.study.model import ProviderKind, Role, UnitProcess

OWN = frozenset({Kind.MEASURED, Kind.CALCULATED, Kind.SUPPLIER})
RATE = LocalText("回收率 R2", "recycling rate R2")
RECOVERY = LocalText("能量回收率 R3", "energy recovery rate R3")
ON_RECORD = ("data_quality.", "primary_data_share.")
"""Parameters that rate the result: they are used once it is calculated, and stand on its record."""
Lines = Mapping[tuple[str, str], LineInfo]


def stages_have_data(context: Context, processes: Mapping[str, UnitProcess], lines: Lines, clause: str) -> None:
    """Every stage that the rulebook counts has at least one line."""
    if context.study.boundary == CRADLE_TO_GATE:
        return
    used = {line.stage for line in lines.values()}
    for stage in context.book.stages:
        if stage.id not in used and not stage.may_be_empty:
            context.report(codes.STAGE_EMPTY, context.study.product.place, clause=clause or stage.clause,
                           stage=stage.name, book=context.book.id)  # fmt: skip


def company_data(context: Context, processes: Mapping[str, UnitProcess], lines: Lines, clause: str) -> None:
    """Activity data of the processes that the rulebook names, and of the study's own, is the company's own."""
    company_specific(context, processes, clause)


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


def end_of_life_evidence(context: Context, processes: Mapping[str, UnitProcess], lines: Lines, clause: str) -> None:
    """Own rates of recycling and energy recovery above zero name their evidence."""
    described = context.study.end_of_life
    if described is None or context.study.boundary == CRADLE_TO_GATE:
        return
    for material in described.materials.values():
        for name, datum in ((RATE, material.recycling_rate), (RECOVERY, material.energy_recovery_rate)):
            if datum is None or datum.missing or datum.exact <= 0 or datum.evidence or datum.kind not in OWN:
                continue
            context.report(codes.UNPROVED_RECOVERY, datum.place, clause=clause, field=name, material=material.id,
                           value=datum.number, book=context.book.id)  # fmt: skip


def check_scope(context: Context) -> None:
    """Report a product whose category the rulebook's scope does not name."""
    scope = context.book.main.get("scope")
    category = context.study.product.category
    if scope is not None and category not in scope["categories"]:
        context.report(codes.OUT_OF_SCOPE, context.study.product.place, clause=str(scope.get("clause", "")),
                       book=context.book.id, known=", ".join(scope["categories"]), category=category)  # fmt: skip


CHECKS: Mapping[str, Callable[[Context, Mapping[str, UnitProcess], Lines, str], None]] = {
    "stages_have_data": stages_have_data,
    "company_specific": company_data,
    "end_of_life_complete": end_of_life_complete,
    "end_of_life_evidence": end_of_life_evidence,
}


def run_checks(context: Context, processes: Mapping[str, UnitProcess], lines: Lines) -> None:
    """Check the scope and run the checks that the rulebook names, each with the clause that asks for it."""
    check_scope(context)
    for prefix in ON_RECORD:
        for id in context.book.parameters.beginning(prefix, context.day):
            context.optional(id)
    for entry in context.book.main.get("checks", []):
        if entry["check"] not in CHECKS:
            raise RulebookError(f"{context.book.id}: unknown check {entry['check']}")
        CHECKS[entry["check"]](context, processes, lines, str(entry.get("clause", "")))
