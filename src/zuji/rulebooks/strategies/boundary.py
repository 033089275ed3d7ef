"""The boundary: which stage of the rulebook a line belongs to, or by which clause it is left out."""

from __future__ import annotations

from zuji.rulebooks.book_parts import EXCLUDED, Exclusion
from zuji.rulebooks.context import Context
from zuji.study.model import Exchange, Role, Stage, UnitProcess

CRADLE_TO_GATE = "cradle-to-gate"
AFTER_THE_GATE = frozenset({Stage.DISTRIBUTION, Stage.USE, Stage.END_OF_LIFE})


def study_stage(process: UnitProcess, exchange: Exchange) -> Stage:
    """The study's own stage of an exchange: its own where it has one, else that of its process."""
    return exchange.stage or process.stage


def book_stage(context: Context, stage: Stage, role: Role) -> str:
    """The rulebook's stage id, or `excluded`."""
    if context.study.boundary == CRADLE_TO_GATE and stage in AFTER_THE_GATE:
        return EXCLUDED
    return context.book.stage_of(stage.value, role.value)


def excluded_group(context: Context, process: UnitProcess, exchange: Exchange) -> Exclusion | None:
    """The exclusion that leaves out the component group of an exchange, in all stages or in its own."""
    group = (exchange.component_group or process.component_group).value
    stage = study_stage(process, exchange).value
    matching = (e for e in context.book.exclusions if e.component_group and e.component_group == group)
    return next((e for e in matching if e.stage in ("", stage) and e.role in ("", exchange.role.value)), None)


def exclusion_of(context: Context, process: UnitProcess, exchange: Exchange) -> Exclusion | None:
    """The exclusion that leaves an exchange out: by its role in the stage, by the stage, or by its component group."""
    stage, role = study_stage(process, exchange).value, exchange.role.value
    of_stage = [e for e in context.book.exclusions if e.stage == stage and not e.component_group]
    by_role = next((e for e in of_stage if e.role == role), None)
    return by_role or next((e for e in of_stage if not e.role), None) or excluded_group(context, process, exchange)
