"""A comparison of two footprints as an immutable document: the bars of two waterfalls, what they rest on, the words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from zuji.canonical import canonical_bytes, plain
from zuji.datum import LocalText, localised
from zuji.footprint.model import Footprint
from zuji.i18n import N_
from zuji.rulebooks.mixing import CAUSES

DATA = "data"
ORDER = (DATA, *CAUSES)
"""The fixed order of the causes in a waterfall."""
CAUSE_NAMES = {
    DATA: N_("data"),
    "functional_unit": N_("functional unit"),
    "boundary": N_("boundary"),
    "cut_off": N_("cut-off"),
    "electricity": N_("electricity"),
    "characterisation": N_("characterisation (GWP set)"),
    "allocation": N_("allocation"),
    "end_of_life": N_("recycling and end of life"),
}
PRODUCT, FUNCTIONAL_UNIT = "product", "functional_unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedLine:
    """A line of the footprint that a cause moves [in the unit of the waterfall].

    `before` and `after` are its values without and with the cause, averaged over the orders of switching; where causes
    do not act on the same line they are simply its values on the two sides.
    """

    activity: str
    line: str
    name: LocalText
    before: float
    after: float

    @property
    def value(self) -> float:
        """How much the line moves."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What one side says and what the other says, each with its clause; '' where a side says nothing."""

    id: str
    """The parameter, rule, stage, source of electricity or line that differs."""
    a: LocalText
    b: LocalText
    clause_a: str = ""
    clause_b: str = ""
    reason: str = ""
    """Why a scenario changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What one cause contributes to the difference."""

    cause: str
    id: str
    """The cause, or the address of a scenario's patch."""
    name: LocalText
    value: float
    exact: Fraction
    """The Shapley value before it was rounded to a float."""
    lines: tuple[MovedLine, ...]
    """Largest first."""
    basis: tuple[Basis, ...]
    sentence: LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """From the figure of A to that of B, cause by cause; `math.fsum` of the bars is the difference."""

    per: str
    """product | functional_unit"""
    unit: str
    a: float
    b: float
    bars: tuple[Bar, ...]

    @property
    def difference(self) -> float:
        """B minus A."""
        return self.b - self.a

    @property
    def remainder(self) -> float:
        """What the bars leave of the difference: zero, unless no floats can add up to it."""
        return self.difference - math.fsum(bar.value for bar in self.bars)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two footprints and the causes of their difference."""

    a: Footprint
    b: Footprint
    label_a: str
    label_b: str
    product: Waterfall
    """[kg CO2e per product]"""
    functional_unit: Waterfall | None
    """[kg CO2e per functional unit]; None where the two must not be compared so."""
    not_per_functional_unit: tuple[LocalText, ...]
    """Why not."""
    without_effect: tuple[str, ...]
    """Causes in which the two differ without moving any line of this study."""
    cautions: tuple[LocalText, ...] = ()
    """What a reader has to know before quoting the difference."""
    method: str = "shapley"
    """shapley | sequential"""

    def waterfall(self, per: str = PRODUCT) -> Waterfall:
        """The waterfall of the asked figure; that per product where the functional units are not comparable."""
        if per == FUNCTIONAL_UNIT and self.functional_unit is not None:
            return self.functional_unit
        return self.product

    @cached_property
    def document(self) -> dict[str, Any]:
        """The comparison as a canonical document."""
        return {
            "format": "zuji-comparison/1",
            "a": _side(self.a, self.label_a),
            "b": _side(self.b, self.label_b),
            "method": self.method,
            "order": list(ORDER),
            "per_product": _waterfall(self.product),
            "per_functional_unit": _waterfall(self.functional_unit) if self.functional_unit is not None else None,
            "not_per_functional_unit": [_text(reason) for reason in self.not_per_functional_unit],
            "without_effect": list(self.without_effect),
            "cautions": [_text(caution) for caution in self.cautions],
        }

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON (RFC 8785)."""
        return canonical_bytes(self.document)


def cause_name(cause: str) -> LocalText:
    """The name of a cause in both languages."""
    return localised(CAUSE_NAMES[cause])


def _text(text: LocalText) -> dict[str, str]:
    return {"zh": text.pick("zh"), "en": text.pick("en")}


def _side(footprint: Footprint, label: str) -> dict[str, Any]:
    system = footprint.system
    return {
        "label": label,
        "study": system.study.id,
        "rulebook": system.book.id,
        "version": system.version.id,
        "status": system.version.status,
        "on": system.day.isoformat(),
        "digests": dict(footprint.digests),
        "total": footprint.total,
        "per_functional_unit": footprint.per_functional_unit,
        "functional_unit": {"name": _text(system.functional_unit.name), "unit": system.functional_unit.unit},
    }


def _waterfall(waterfall: Waterfall) -> dict[str, Any]:
    return {
        "unit": waterfall.unit,
        "a": waterfall.a,
        "b": waterfall.b,
        "difference": waterfall.difference,
        "bars": [_bar(bar) for bar in waterfall.bars],
    }


def _bar(bar: Bar) -> dict[str, Any]:
    return {
        "cause": bar.cause,
        "id": bar.id,
        "name": _text(bar.name),
        "value": bar.value,
        "sentence": _text(bar.sentence),
        "lines": [{**plain(line), "value": line.value} for line in bar.lines],
        "basis": [plain(basis) for basis in bar.basis],
    }
