"""The boundary: which stage of the rulebook a line belongs to, or by which clause it is left out."""

from __future__ import annotations

from zuji.rulebooks.book import EXCLUDED
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
