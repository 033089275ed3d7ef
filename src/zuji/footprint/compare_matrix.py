"""Several footprints of one product side by side, and which of their figures must not be compared with one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from zuji.canonical import canonical_bytes
from zuji.datum import LocalText, localised
from zuji.footprint.compare import cautions, measure, not_per_functional_unit
from zuji.footprint.compare_words import fill
from zuji.footprint.model import Footprint
from zuji.i18n import N_
from zuji.rulebooks.book_parts import EXCLUDED
from zuji.study.model import Stage

TOTAL, FUNCTIONAL_UNIT = "total", "functional_unit"
STAGE_NAMES = {
    Stage.RAW_MATERIAL: N_("Raw material acquisition"),
    Stage.PRODUCTION: N_("Production"),
    Stage.DISTRIBUTION: N_("Distribution"),
    Stage.USE: N_("Use"),
    Stage.END_OF_LIFE: N_("End of life"),
}
OTHER_BOUNDARY = N_("{label} leaves out {stages}, which {other} counts")
EVERY_STAGE = N_("every stage counted")
LEAVES_OUT = N_("without {stages}")
NO_UNIT = N_("no functional unit can be stated")


@dataclass(frozen=True, slots=True)
class Cell:
    """The value of one stage under one rulebook [kg CO2e per product]."""

    value: float | None
    """None where the stage is left out, or is counted together with another one."""
    excluded: bool = False
    within: str = ""
    """The stage that this one is counted together with."""
    apart: bool = False
    """Whether the rulebook reports the stage apart from its headline total."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Two footprints whose figure must not be compared, with the reason."""

    figure: str
    """total (per product and per capacity) | functional_unit"""
    a: str
    b: str
    reasons: tuple[LocalText, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Footprints whose figure may be compared with one another, and what they have in common."""

    figure: str
    labels: tuple[str, ...]
    what: LocalText


@dataclass(frozen=True)
class Matrix:
    """Footprints × stages, with the groups within which a figure may be compared."""

    footprints: tuple[Footprint, ...]
    labels: tuple[str, ...]
    stages: dict[str, tuple[Cell, ...]]
    """One cell per footprint for each stage of a study."""
    refusals: tuple[Refusal, ...]
    groups: tuple[Group, ...]
    cautions: tuple[LocalText, ...]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The matrix as a canonical document."""
        return {
            "format": "zuji-matrix/1",
            "columns": [_column(f, label) for f, label in zip(self.footprints, self.labels, strict=True)],
            "stages": {
                stage: [{"value": c.value, "excluded": c.excluded, "within": c.within, "apart": c.apart} for c in cells]
                for stage, cells in self.stages.items()
            },
            "not_comparable": [
                {"figure": r.figure, "a": r.a, "b": r.b, "reasons": [_text(reason) for reason in r.reasons]}
                for r in self.refusals
            ],
            "groups": [{"figure": g.figure, "labels": list(g.labels), "what": _text(g.what)} for g in self.groups],
            "cautions": [_text(caution) for caution in self.cautions],
        }

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON (RFC 8785)."""
        return canonical_bytes(self.document)


def matrix(footprints: Sequence[Footprint]) -> Matrix:
    """All given footprints stage by stage, with every pair that must not be compared and why."""
    ids = [f.system.book.id for f in footprints]
    labels = tuple(
        id if ids.count(id) == 1 else f"{id} {f.system.day.isoformat()}" for id, f in zip(ids, footprints, strict=True)
    )
    cells = {stage.value: tuple(_cell(f, stage) for f in footprints) for stage in Stage}
    refusals: list[Refusal] = []
    for i, j in combinations(range(len(footprints)), 2):
        pair, names = (footprints[i], footprints[j]), (labels[i], labels[j])
        boundary = _other_boundary(pair, names)
        unit = not_per_functional_unit(*pair, names)
        refusals += [Refusal(TOTAL, *names, boundary)] if boundary else []
        refusals += [Refusal(FUNCTIONAL_UNIT, *names, (*unit, *boundary))] if unit or boundary else []
    return Matrix(
        footprints=tuple(footprints), labels=labels, stages=cells, refusals=tuple(refusals),
        groups=(*_groups(footprints, labels, TOTAL), *_groups(footprints, labels, FUNCTIONAL_UNIT)),
        cautions=cautions(footprints, labels),
    )  # fmt: skip


def _cell(footprint: Footprint, stage: Stage) -> Cell:
    book = footprint.system.book
    target = book.assign[stage.value]
    if target == EXCLUDED:
        return Cell(None, excluded=True)
    first = next(s for s in Stage if book.assign[s.value] == target)
    if first is not stage:
        return Cell(None, within=first.value)
    part = next(part for part in footprint.stages if part.id == target)
    return Cell(part.apart, apart=True) if target in book.apart else Cell(part.value)


def left_out(footprint: Footprint) -> frozenset[Stage]:
    """The stages that the rulebook of a footprint does not count in its headline total."""
    book = footprint.system.book
    return frozenset(s for s in Stage if book.assign[s.value] in {EXCLUDED, *book.apart})


def _listed(stages: frozenset[Stage]) -> LocalText:
    names = [localised(STAGE_NAMES[stage]) for stage in Stage if stage in stages]
    return LocalText("、".join(n.zh for n in names), ", ".join(n.en for n in names))


def _other_boundary(pair: tuple[Footprint, Footprint], names: tuple[str, str]) -> tuple[LocalText, ...]:
    out = [left_out(f) for f in pair]
    found: list[LocalText] = []
    for i, other in ((0, 1), (1, 0)):
        if out[i] - out[other]:
            found.append(fill(OTHER_BOUNDARY, label=names[i], other=names[other], stages=_listed(out[i] - out[other])))
    return tuple(found)


def _groups(footprints: Sequence[Footprint], labels: Sequence[str], figure: str) -> list[Group]:
    members: dict[object, list[int]] = {}
    for i, footprint in enumerate(footprints):
        unit = _unit_of(footprint, i) if figure == FUNCTIONAL_UNIT else ""
        members.setdefault((left_out(footprint), unit), []).append(i)
    found: list[Group] = []
    for indices in members.values():
        first = footprints[indices[0]]
        out = left_out(first)
        what = fill(LEAVES_OUT, stages=_listed(out)) if out else localised(EVERY_STAGE)
        if figure == FUNCTIONAL_UNIT:
            own = first.system.functional_unit
            per = localised(NO_UNIT) if own.amount is None else own.name
            what = LocalText(f"{per.pick('zh')}；{what.zh}", f"{per.pick('en')}; {what.en}")
        found.append(Group(figure, tuple(labels[i] for i in indices), what))
    return found


def _unit_of(footprint: Footprint, i: int) -> object:
    # Without an amount there is nothing to compare; a unit that is not comparable compares only with itself.
    unit = footprint.system.functional_unit
    if unit.amount is None:
        return i
    return (unit.unit, measure(unit)) if unit.comparable else (unit.unit, unit.name, unit.clause)


def _text(text: LocalText) -> dict[str, str]:
    return {"zh": text.pick("zh"), "en": text.pick("en")}


def _column(footprint: Footprint, label: str) -> dict[str, Any]:
    system = footprint.system
    return {
        "label": label,
        "rulebook": system.book.id,
        "version": system.version.id,
        "status": system.version.status,
        "on": system.day.isoformat(),
        "total": footprint.total,
        "per_kWh_capacity": footprint.per_capacity,
        "per_functional_unit": footprint.per_functional_unit,
        "functional_unit": {"name": _text(system.functional_unit.name), "unit": system.functional_unit.unit},
        "usable": footprint.usable,
        "complete": footprint.complete,
    }
