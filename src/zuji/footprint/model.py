"""The footprint as an immutable document: total, stages, origins, lines, electricity, findings and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from zuji.canonical import canonical_bytes, plain
from zuji.datum import LocalText
from zuji.finding import Finding, has_errors
from zuji.rulebooks.product_system import ExcludedLine, ProductSystem
from zuji.rulebooks.rounding import reported
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.cut_off import UNITS, CutOffAccount

INCOMPLETE = frozenset({"ZJ419"})
"""Findings that say that a part of the life cycle is not in the result, though no factor is missing."""
REPORT_TEXT = LocalText("规则手册中关于报告数值修约的条款", "what the rulebook says about rounding in the report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one line adds to the footprint of one product [kg CO2e], by origin of the carbon."""

    activity: str
    line: str
    name: LocalText
    stage: str
    component_group: str
    plant: str
    provider_kind: str
    provider: str
    amount: float
    """Amount per product [`unit`]."""
    unit: str
    by_origin: Mapping[str, float]
    """What counts in the headline total, by category of carbon."""
    kind: str
    """Kind of the activity datum."""
    apart: Mapping[str, float] = field(default_factory=dict)
    """What is reported apart from the headline total, by category of carbon."""

    @property
    def value(self) -> float:
        """What counts in the headline total [kg CO2e per product]."""
        return math.fsum(self.by_origin.values())

    @property
    def address(self) -> str:
        """Where `explain` finds it."""
        # An id may hold a slash; in the process it is written %2F, so that no two lines share an address.
        return f"line/{self.activity.replace('/', '%2F')}/{self.line}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the total [kg CO2e per product]: a stage, an origin, a component group or a plant."""

    id: str
    name: LocalText
    value: float
    clause: str = ""
    apart: float = 0.0
    """Of a stage that the rulebook reports apart: its figure, which is not in the headline total."""


@dataclass(frozen=True, slots=True)
class TotalPart:
    """A total that the rulebook reports [kg CO2e per product]; one of them is its headline."""

    id: str
    name: LocalText
    value: float
    clause: str
    headline: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """A category of carbon outside the headline total [kg CO2e per product], with the decision that keeps it out."""

    id: str
    name: LocalText
    value: float
    decision: Decision


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of the rulebook's data model with its value per product."""

    id: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricityRow:
    """What the rulebook did with one class of a plant's electricity, per product."""

    plant: str
    source: str
    source_class: str
    energy: float
    """[kWh per product]"""
    share: float
    """Share of the plant's electricity [1]."""
    attribution: str
    dataset: str
    factor: float
    """[kg CO2e/kWh]"""
    value: float
    """[kg CO2e per product]"""
    reason: LocalText
    clause: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """Data-quality rating by the rulebook's criteria (1 best, 5 worst), and the share of the result that is rated."""

    criteria: Mapping[str, float]
    rating: float | None
    rated_share: float
    """Share of what the rulebook rates that carries all ratings [1]."""
    level: LocalText = LocalText()
    """The level of the rating in words; empty where the rulebook has none."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A parameter or rule that the result used and that nobody has yet held against the primary text."""

    id: str
    value: str
    clause: str
    verify_with: LocalText


@dataclass(frozen=True)
class Footprint:
    """The carbon footprint of one product under one rulebook; all masses are kg CO2e per product unless said."""

    system: ProductSystem
    total: float
    per_functional_unit: float | None
    """[kg CO2e per functional unit], None when the service life is not declared."""
    per_capacity: float | None
    """[kg CO2e per kWh of rated energy]"""
    totals: tuple[TotalPart, ...]
    """All totals that the rulebook reports where it reports several; the one marked as headline equals `total`."""
    apart: tuple[Apart, ...]
    """Categories of carbon that are reported separately or refused; none of them is in `total`."""
    fields: tuple[FieldValue, ...]
    """The fields of the rulebook's data model (PACT, Catena-X) that totals and categories fill, per product."""
    stages: tuple[Part, ...]
    origins: tuple[Part, ...]
    groups: tuple[Part, ...]
    plants: tuple[Part, ...]
    lines: tuple[Contribution, ...]
    scaling: Mapping[str, float]
    electricity: tuple[ElectricityRow, ...]
    cut_off: CutOffAccount
    """What the study leaves out, measured over the whole system."""
    gaps: tuple[tuple[str, str, str], ...]
    """(activity, line, flow) that count without a factor."""
    primary_data_share: float
    quality: Quality
    findings: tuple[Finding, ...]
    digests: Mapping[str, str]
    technical: tuple[TotalPart, ...] = ()
    """Results by another formula that the rulebook wants beside its own, as additional technical information."""

    @property
    def usable(self) -> bool:
        """Whether no finding is an error; a footprint that is not usable must not be passed on."""
        return not has_errors(self.findings)

    @property
    def complete(self) -> bool:
        """Whether every line has a factor, and every material an end of life where the rulebook counts one."""
        return not self.gaps and not any(finding.code in INCOMPLETE for finding in self.findings)

    @property
    def reported(self) -> dict[str, Any] | None:
        """The figure per functional unit rounded by the rulebook's rule, None where it states none.

        Total and stages are rounded one by one from their full precision, so rounded stages need not add up.
        """
        rule = self.system.book.main.get("rounding")
        if rule is None or self.per_functional_unit is None:
            return None
        amount = self.system.functional_unit.amount
        assert amount is not None
        way, digits = str(rule["rule"]), int(rule["significant"])
        stages = {p.id: reported(p.value / float(amount.value), way, digits) for p in self.stages}
        text = reported(self.per_functional_unit, way, digits)
        return {"value": text, "unrounded": self.per_functional_unit, "stages": stages, **rule}

    @cached_property
    def hotspots(self) -> tuple[Contribution, ...]:
        """The lines by size of their contribution, largest first."""
        return tuple(sorted(self.lines, key=lambda line: (-abs(line.value), line.activity, line.line)))

    @cached_property
    def unverified(self) -> tuple[Unverified, ...]:
        """Parameters and rules that the result used and that are not verified."""
        found = [
            Unverified(
                p.id, ", ".join(p.value) if isinstance(p.value, tuple) else str(p.value), p.clause, p.verify_with
            )
            for p in self.system.parameters.values()
            if not p.verified
        ]
        found += [
            Unverified(f"rule {d.rule}" + (f" [{d.when}]" if d.when else ""), d.value, d.clause, d.verify_with)
            for d in self.system.decisions
            if not d.verified
        ]
        rounding = self.system.book.main.get("rounding")
        if self.reported is not None and rounding is not None and not rounding.get("verified", False):
            shown = f"{rounding['rule']}, {rounding['significant']}"
            found.append(Unverified("rounding", shown, str(rounding.get("clause", "")), REPORT_TEXT))
        return tuple(sorted(found, key=lambda u: u.id))

    @cached_property
    def document(self) -> dict[str, Any]:
        """The footprint as a canonical document."""
        system = self.system
        unit = system.functional_unit
        return {
            "format": "zuji-footprint/1",
            "study": {"id": system.study.id, "name": plain(system.study.name)},
            "product": {"id": system.study.product.id, "name": plain(system.study.product.name)},
            "rulebook": {
                "id": system.book.id,
                "version": system.version.id,
                "status": system.version.status,
                "on": system.day.isoformat(),
            },
            "digests": dict(self.digests),
            "functional_unit": {
                "name": plain(unit.name),
                "unit": unit.unit,
                "amount_per_product": float(unit.amount.value) if unit.amount else None,
                "clause": unit.clause,
            },
            "unit": "kgCO2e per product",
            "total": self.total,
            "per_functional_unit": self.per_functional_unit,
            "per_kWh_capacity": self.per_capacity,
            "usable": self.usable,
            "complete": self.complete,
            "totals": [self._total(p) for p in self.totals],
            "apart": [_apart(a) for a in self.apart],
            "fields": [plain(f) for f in self.fields],
            "reported": self.reported,
            **({"technical": [plain(p) for p in self.technical]} if self.technical else {}),
            "stages": [_part(p) for p in self.stages],
            "origins": [_part(p) for p in self.origins],
            "component_groups": [_part(p) for p in self.groups],
            "plants": [_part(p) for p in self.plants],
            "lines": [{**plain(line), "value": line.value} for line in self.lines],
            "scaling": dict(self.scaling),
            "electricity": [plain(row) for row in self.electricity],
            "cut_off": {
                "clause": self.cut_off.clause,
                "lines": [plain(line) for line in self.cut_off.lines],
                "measures": [{**plain(m), "share": m.share, "unit": UNITS[m.measure]} for m in self.cut_off.measures],
            },
            "excluded": [_excluded(e) for e in system.excluded],
            "gaps": [list(gap) for gap in self.gaps],
            "primary_data_share": self.primary_data_share,
            "data_quality": plain(self.quality),
            "parameters": [plain(p) for p in system.parameters.values()],
            "decisions": [_decision(d) for d in sorted(system.decisions, key=lambda d: (d.rule, d.when, d.value))],
            "unverified": [plain(u) for u in self.unverified],
            "findings": [f.as_dict() for f in self.findings],
        }

    def _total(self, total: TotalPart) -> dict[str, Any]:
        amount = self.system.functional_unit.amount
        per_unit = total.value / float(amount.value) if amount is not None else None
        found: dict[str, Any] = plain(total)
        return {**found, "per_functional_unit": per_unit}

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON (RFC 8785): same inputs, same bytes."""
        return canonical_bytes(self.document)


def _part(part: Part) -> dict[str, Any]:
    apart = {"apart": part.apart} if part.apart else {}
    return {"id": part.id, "name": plain(part.name), "value": part.value, "clause": part.clause, **apart}


def _apart(row: Apart) -> dict[str, Any]:
    said = row.decision
    return {
        "id": row.id, "name": plain(row.name), "value": row.value, "treatment": said.value, "clause": said.clause,
        "reason": plain(said.reason), "verified": said.verified,
    }  # fmt: skip


def _excluded(line: ExcludedLine) -> dict[str, Any]:
    found: dict[str, Any] = plain(line)
    return found


def _decision(decision: Decision) -> dict[str, Any]:
    found: dict[str, Any] = plain(decision)
    return found
