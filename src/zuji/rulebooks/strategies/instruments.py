"""Quality criteria of contractual instruments: conditions in data, chosen by each rulebook with its clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zuji.datum import LocalText
from zuji.errors import FormulaError, RulebookError
from zuji.rulebooks.context import Context
from zuji.rulebooks.formula import Formula, formula
from zuji.rulebooks.parameters import local
from zuji.rulebooks.shared import shared_tables
from zuji.study.model import Instrument, InstrumentType

DEMANDED, KINDS = "electricity.instrument_criteria", "electricity.instrument_kinds"
USUAL = ("retired", "beneficiary", "vintage", "market")
"""What an instrument is held to where the rulebook names nothing."""
FACTS = (
    "retired", "retired_on_time", "beneficiary", "generated_in_period", "same_market", "accepted_kind", "only_claim",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Criterion:
    """One quality criterion: a condition over the facts of an instrument."""

    id: str
    name: LocalText
    condition: Formula


def criteria_of(context: Context) -> Mapping[str, Criterion]:
    """The criteria that the rulebook may name: the shared ones, and its own in `strategies: electricity: criteria`.

    Raises RulebookError for a condition that cannot be read or uses an unknown fact.
    """
    bodies = {**shared_tables()["instrument_criteria"], **context.options("electricity").get("criteria", {})}
    return {id: _criterion(context.book.id, id, body) for id, body in bodies.items()}


def _criterion(book: str, id: str, body: Mapping[str, Any]) -> Criterion:
    try:
        condition = formula(str(body["holds"]))
        name = local(body["name"])
    except (KeyError, FormulaError) as error:
        raise RulebookError(f"{book}: the criterion {id} of instruments: {error}") from error
    if unknown := [fact for fact in condition.names if fact not in FACTS]:
        known = ", ".join(FACTS)
        raise RulebookError(f"{book}: the criterion {id} of instruments uses {unknown[0]}; there are {known}")
    return Criterion(id, name, condition)


def failed_criteria(context: Context, row: Instrument, country: str) -> tuple[str, ...]:
    """The criteria of the rulebook that an instrument does not meet, in the rulebook's order.

    Raises RulebookError when the rulebook names a criterion or a kind of instrument that does not exist.
    """
    known = criteria_of(context)
    demanded = context.optional(DEMANDED)
    names = demanded.value if demanded is not None and isinstance(demanded.value, tuple) else USUAL
    if unknown := [name for name in names if name not in known]:
        raise RulebookError(f"{context.book.id}: {DEMANDED}: no criterion {unknown[0]}; there are {', '.join(known)}")
    facts = _facts(context, row, country)
    return tuple(name for name in names if not known[name].condition.holds(facts))


def _facts(context: Context, row: Instrument, country: str) -> dict[str, bool]:
    kinds = context.optional(KINDS)
    accepted = kinds.value if kinds is not None and isinstance(kinds.value, tuple) else tuple(InstrumentType)
    if unknown := sorted(set(map(str, accepted)) - set(InstrumentType)):
        there = ", ".join(InstrumentType)
        raise RulebookError(f"{context.book.id}: {KINDS}: no kind {unknown[0]}; there are {there}")
    times = Counter(one.id for one in context.study.instruments)
    return {
        "retired": row.retired_on is not None,
        "retired_on_time": row.retired_on is None or row.retired_on >= row.generated.start,
        "beneficiary": bool(row.beneficiary),
        "generated_in_period": context.study.reporting_period.holds(row.generated),
        "same_market": row.country == country,
        "accepted_kind": row.type.value in accepted,
        "only_claim": times[row.id] <= 1,
    }
