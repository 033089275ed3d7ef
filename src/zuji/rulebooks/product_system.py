"""The product system: the record for the engine, and for every line of it where it belongs and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zuji.background.model import Background
from zuji.datum import LocalText
from zuji.finding import Finding, Place
from zuji.rulebooks.book import Book
from zuji.rulebooks.book_parts import Version
from zuji.rulebooks.derivation import Derivation
from zuji.rulebooks.parameters import Parameter
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.characterisation import Characterised
from zuji.rulebooks.strategies.electricity import Share
from zuji.rulebooks.strategies.functional_unit import FunctionalUnit
from zuji.study.model import Datum, Study, UnitProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInfo:
    """What is known of one line of the record beside its number."""

    activity: str
    line: str
    exchange: str
    name: LocalText
    stage: str
    """Stage of the rulebook."""
    component_group: str
    plant: str
    role: str
    provider_kind: str
    provider: str
    """Dataset, supplier footprint or gas."""
    unit: str
    amount: Derivation
    datum: Datum
    share: Share | None = None
    """The electricity class, for lines of electricity."""
    place: Place


@dataclass(frozen=True, slots=True)
class ExcludedLine:
    """An exchange that the rulebook or the study leaves out, with the reason."""

    activity: str
    exchange: str
    name: LocalText
    clause: str
    reason: LocalText


@dataclass(frozen=True)
class ProductSystem:
    """A study under a rulebook, ready for the engines."""

    study: Study
    background: Background
    book: Book
    version: Version
    day: date
    activities: Mapping[str, Mapping[str, Any]]
    """Foreground of the record (see `zuji.engine`)."""
    demand: Mapping[str, str]
    processes: Mapping[str, UnitProcess]
    lines: Mapping[tuple[str, str], LineInfo]
    links: Mapping[tuple[str, str], LineInfo]
    """Lines between foreground processes; they have no contribution of their own."""
    flows: Mapping[str, Characterised]
    functional_unit: FunctionalUnit
    excluded: tuple[ExcludedLine, ...]
    parameters: Mapping[str, Parameter]
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
