"""The parts of `book.yaml`: versions, stages, exclusions, totals, fields, and what of them holds on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from zuji.datum import LocalText
from zuji.errors import RulebookError
from zuji.rulebooks.parameters import local

EXCLUDED = "excluded"
ATTRIBUTIONS = ("own_factor", "instrument_factor", "national_average", "residual_mix")
METHODS = ("mass", "economic", "physical", "expansion")
COUNTED, SEPARATE, REFUSED = TREATMENTS = ("counted", "separate", "refused")
"""What a rulebook may do with a category of carbon: count it in the headline total, show it apart, or refuse it."""
MEASURES = ("mass", "energy", "significance")
"""What a cumulative cut-off is held against; significance is the share of the footprint."""
MISSING_MASS = ("left_out", "worst_input")
"""What becomes of the mass of what is cut off: nothing, or it counts as the input with the largest factor per kg."""
DATED = ("stages", "exclusions", "checks", "totals")
"""Lists of book.yaml whose entries may have `valid_from` and `valid_to`; so may the targets of `assign`."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rulebook with its time of validity and its status."""

    id: str
    valid_from: date
    valid_to: date | None
    status: str
    """in force | draft | pilot | withdrawn"""
    note: LocalText = LocalText()


@dataclass(frozen=True, slots=True)
class BookStage:
    """A life-cycle stage as the rulebook names it."""

    id: str
    name: LocalText
    clause: str
    may_be_empty: bool = False
    """Whether a study may say nothing of it without a finding."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What the rulebook leaves out, with the clause that says so: a stage, a role in a stage, or a component group."""

    stage: str
    """Stage of the study; '' for an exclusion by component group."""
    clause: str
    reason: LocalText
    component_group: str = ""
    role: str = ""
    """Role in the stage; '' for all."""


@dataclass(frozen=True, slots=True)
class Total:
    """A total that the rulebook reports: the headline, or what it becomes with and without some categories or stages.

    Without more said a total is the sum of the counted categories over the stages that are not reported apart.
    """

    id: str
    name: LocalText
    clause: str
    headline: bool = False
    with_categories: tuple[str, ...] = ()
    without_categories: tuple[str, ...] = ()
    with_stages: tuple[str, ...] = ()
    without_stages: tuple[str, ...] = ()

    def has(self, stage: str, category: str, *, counted: bool, apart: bool) -> bool:
        """Whether a category that is counted (or not), in a stage that is reported apart (or not), belongs to it."""
        stage_in = (not apart or stage in self.with_stages) and stage not in self.without_stages
        category_in = (counted or category in self.with_categories) and category not in self.without_categories
        return stage_in and category_in


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the rulebook's data model: a total, or a sum of categories over stages, or carbon in kg C."""

    name: str
    total: str = ""
    categories: tuple[str, ...] = ()
    """'' for all that are counted in the headline."""
    stages: tuple[str, ...] = ()
    """The stages reported apart that it is the sum of; '' for those of the headline."""
    as_carbon: bool = False
    """Whether it is the mass of carbon bound [kg C], above zero, instead of a footprint."""


def dated_entries(main: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = [entry for key in DATED for entry in main.get(key) or []]
    return entries + [one for target in main.get("assign", {}).values() if isinstance(target, list) for one in target]


def has_dates(main: Mapping[str, Any]) -> bool:
    return any("valid_from" in entry or "valid_to" in entry for entry in dated_entries(main))


def holds(entry: Mapping[str, Any], day: date) -> bool:
    start, end = entry.get("valid_from"), entry.get("valid_to")
    return (not start or date.fromisoformat(str(start)) <= day) and (not end or day <= date.fromisoformat(str(end)))


def assigned(book: str, assign: Mapping[str, Any], day: date) -> dict[str, str]:
    found: dict[str, str] = {}
    for source, target in assign.items():
        if not isinstance(target, list):
            found[source] = str(target)
            continue
        holding = [str(one["to"]) for one in target if holds(one, day)]
        if len(holding) > 1:
            raise RulebookError(f"{book}: {source} is assigned {len(holding)} times on {day.isoformat()}")
        if holding:
            found[source] = holding[0]
    return found


def exclusion_of(body: Mapping[str, Any]) -> Exclusion:
    return Exclusion(
        stage=str(body.get("stage", "")),
        clause=str(body["clause"]),
        reason=local(body["reason"]),
        component_group=str(body.get("component_group", "")),
        role=str(body.get("role", "")),
    )


def total_of(body: Mapping[str, Any]) -> Total:
    named = {key: tuple(map(str, body.get(key, ()))) for key in ("with", "without", "with_stages", "without_stages")}
    return Total(
        id=str(body["id"]),
        name=local(body["name"]),
        clause=str(body.get("clause", "")),
        headline=bool(body.get("headline", False)),
        with_categories=named["with"],
        without_categories=named["without"],
        with_stages=named["with_stages"],
        without_stages=named["without_stages"],
    )


def version_of(folder: Path, body: Mapping[str, Any]) -> Version:
    if body.get("status") not in ("in force", "draft", "pilot", "withdrawn"):
        raise RulebookError(f"{folder.name}/book.yaml: unknown status {body.get('status')!r}")
    end = body.get("valid_to")
    return Version(
        str(body["id"]),
        date.fromisoformat(body["valid_from"]),
        date.fromisoformat(end) if end else None,
        str(body["status"]),
        local(body.get("note", "")),
    )
