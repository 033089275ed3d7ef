"""The footprint as an immutable document: total, stages, origins, lines, electricity, findings and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zuji.canonical import canonical_bytes, plain
from zuji.datum import LocalText
from zuji.finding import Finding, has_errors
from zuji.rulebooks.product_system import ExcludedLine, ProductSystem
from zuji.rulebooks.rounding import reported
from zuji.rulebooks.rule import Decision

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
    kind: str
    """Kind of the activity datum."""

    @property
    def value(self) -> float:
        """The sum over the origins [kg CO2e per product]."""
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
    totals: tuple[Part, ...]
    """Totals that the rulebook reports beside `total`, for example with and without the uptake of biogenic CO2."""
    stages: tuple[Part, ...]
    origins: tuple[Part, ...]
    groups: tuple[Part, ...]
    plants: tuple[Part, ...]
    lines: tuple[Contribution, ...]
    scaling: Mapping[str, float]
    electricity: tuple[ElectricityRow, ...]
    gaps: tuple[tuple[str, str, str], ...]
    """(activity, line, flow) that count without a factor."""
    primary_data_share: float
    quality: Quality
    findings: tuple[Finding, ...]
    digests: Mapping[str, str]

    @property
    def usable(self) -> bool:
        """Whether no finding is an error; a footprint that is not usable must not be passed on."""
        return not has_errors(self.findings)

    @property
    def complete(self) -> bool:
        """Whether every line has a factor."""
        return not self.gaps

    @property
    def reported(self) -> dict[str, Any] | None:
        """The figure per functional unit rounded by the rulebook's rule, None where it states none."""
        rule = self.system.book.document["book"].get("rounding")
        if rule is None or self.per_functional_unit is None:
            return None
        text = reported(self.per_functional_unit, str(rule["rule"]), int(rule["significant"]))
        return {"value": text, **rule}

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
        rounding = self.system.book.document["book"].get("rounding")
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
            "totals": [_part(p) for p in self.totals],
            "reported": self.reported,
            "stages": [_part(p) for p in self.stages],
            "origins": [_part(p) for p in self.origins],
            "component_groups": [_part(p) for p in self.groups],
            "plants": [_part(p) for p in self.plants],
            "lines": [{**plain(line), "value": line.value} for line in self.lines],
            "scaling": dict(self.scaling),
            "electricity": [plain(row) for row in self.electricity],
            "excluded": [_excluded(e) for e in system.excluded],
            "gaps": [list(gap) for gap in self.gaps],
            "primary_data_share": self.primary_data_share,
            "data_quality": plain(self.quality),
            "parameters": [plain(p) for p in system.parameters.values()],
            "decisions": [_decision(d) for d in sorted(system.decisions, key=lambda d: (d.rule, d.when, d.value))],
            "unverified": [plain(u) for u in self.unverified],
            "findings": [f.as_dict() for f in self.findings],
        }

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON (RFC 8785): same inputs, same bytes."""
        return canonical_bytes(self.document)


def _part(part: Part) -> dict[str, Any]:
    return {"id": part.id, "name": plain(part.name), "value": part.value, "clause": part.clause}


def _excluded(line: ExcludedLine) -> dict[str, Any]:
    found: dict[str, Any] = plain(line)
    return found


def _decision(decision: Decision) -> dict[str, Any]:
    found: dict[str, Any] = plain(decision)
    return found
