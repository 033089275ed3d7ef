"""Which input matters most: the result at a low and a high value of each, widest first."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from zuji.background.model import Background
from zuji.canonical import canonical_bytes
from zuji.datum import LocalText
from zuji.errors import UnitError
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.compare_model import FUNCTIONAL_UNIT, PRODUCT
from zuji.footprint.model import Footprint
from zuji.footprint.scenario_patch import BARE, Patch, ScenarioError, all_patched, patch_of, patched
from zuji.footprint.stored import with_stored
from zuji.i18n import N_, tr
from zuji.quantity import parse_quantity
from zuji.rulebooks.book import Book
from zuji.study.model import Study

NO_RANGE = N_("{address}: write the range as LOW..HIGH, not '{value}'")
NO_UNIT = N_("{book} cannot state a functional unit for this study; take the figure per product")


@dataclass(frozen=True, slots=True)
class Range:
    """The values that an address may take."""

    address: str
    low: str
    high: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Swing:
    """The result [in the unit of the tornado] at the low and the high value of one address."""

    address: str
    now: LocalText
    low: str
    high: str
    at_low: float
    at_high: float
    reason: str = ""

    @property
    def width(self) -> float:
        """How far apart the two results are."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Tornado:
    """The swings of a footprint, widest first; every other input stays as it is."""

    footprint: Footprint
    per: str
    """product | functional_unit"""
    unit: str
    base: float
    swings: tuple[Swing, ...]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The tornado as a canonical document."""
        system = self.footprint.system
        return {
            "format": "zuji-tornado/1",
            "study": system.study.id,
            "rulebook": {"id": system.book.id, "version": system.version.id, "on": system.day.isoformat()},
            "digests": dict(self.footprint.digests),
            "per": self.per,
            "unit": self.unit,
            "base": self.base,
            "swings": [_swing(swing) for swing in self.swings],
        }

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON (RFC 8785)."""
        return canonical_bytes(self.document)


def range_of(text: str) -> Range:
    """The range that `ADDRESS=LOW..HIGH` says; a bare low takes the unit of the high (`850..950 kg`)."""
    patch = patch_of(text)
    return split(patch.address, patch.value)


def split(address: str, value: str, reason: str = "") -> Range:
    """The range of `LOW..HIGH`; raises ScenarioError for any other text."""
    low, dots, high = (part.strip() for part in value.partition(".."))
    if not dots or not low or not high or ".." in high:
        raise ScenarioError(tr(NO_RANGE, address=address, value=value))
    if BARE.fullmatch(low) and not BARE.fullmatch(high):
        with contextlib.suppress(UnitError):  # the patch will say what is wrong with the unit
            low = f"{low} {parse_quantity(high).unit.symbol}"
    return Range(address, low, high, reason)


def tornado(
    study: Study,
    ranges: Sequence[Range],
    book: Book,
    *,
    on: date,
    background: Background | None = None,
    per: str = PRODUCT,
) -> Tornado:
    """The result at both ends of each range, one at a time; raises ScenarioError for a range that cannot be set."""
    if background is None:
        background, _ = background_of(study)
    background = with_stored(study, background, (end for one in ranges for end in (one.low, one.high)))
    base = calculate(study, book, on=on, background=background)

    def figure(footprint: Footprint) -> float:
        value = footprint.per_functional_unit if per == FUNCTIONAL_UNIT else footprint.total
        if value is None:
            raise ScenarioError(tr(NO_UNIT, book=book.id))
        return value

    def at(address: str, value: str) -> float:
        changed = all_patched(study, background, (Patch(address, value),))
        return figure(calculate(changed, book, on=on, background=background))

    start = figure(base)
    swings = []
    for one in ranges:
        low, high = (patched(study, background, Patch(one.address, end)) for end in (one.low, one.high))
        results = at(one.address, one.low), at(one.address, one.high)
        swings.append(Swing(one.address, low.old, low.new, high.new, *results, one.reason))
    unit = f"kgCO2e/{base.system.functional_unit.unit}" if per == FUNCTIONAL_UNIT else "kgCO2e"
    return Tornado(base, per, unit, start, tuple(sorted(swings, key=lambda s: (-s.width, s.address))))


def _swing(swing: Swing) -> Mapping[str, Any]:
    return {
        "address": swing.address,
        "now": {"zh": swing.now.pick("zh"), "en": swing.now.pick("en")},
        "low": {"value": swing.low, "result": swing.at_low},
        "high": {"value": swing.high, "result": swing.at_high},
        "width": swing.width,
        "reason": swing.reason,
    }
