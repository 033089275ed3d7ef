"""A finding as an explanation: what, why, how to mend it, its place and clause, and the lines that it concerns."""

from __future__ import annotations

import math
import re

from zuji.finding import Finding
from zuji.footprint.explain_nodes import Node
from zuji.footprint.explain_text import SEVERITIES, place_notes, say
from zuji.footprint.lint import lint
from zuji.footprint.model import Contribution, Footprint
from zuji.i18n import tr
from zuji.rulebooks.product_system import LineInfo
from zuji.study.model import LIFE_CYCLE

CUT = "…"
"""Stands at the end of a list that a finding cut short."""
_Line = tuple[Contribution, LineInfo]


def findings_of(footprint: Footprint) -> tuple[Finding, ...]:
    """The findings of the calculation in their order, then those that only `zuji check` adds."""
    own = dict.fromkeys(footprint.findings)
    return (*own, *(finding for finding in lint(footprint) if finding not in own))


def finding_addresses(footprint: Footprint) -> list[str]:
    """`finding/CODE` for every code, `finding/N` for every single finding."""
    found = findings_of(footprint)
    return [f"finding/{name}" for name in (*dict.fromkeys(f.code for f in found), *range(1, len(found) + 1))]


def explain_finding(footprint: Footprint, name: str) -> Node | None:
    """The finding with the number `name`, or all of the code or label `name`; None where there is none."""
    found = findings_of(footprint)
    if re.fullmatch(r"[1-9]\d{0,5}", name):
        return _one(footprint, found[int(name) - 1]) if int(name) <= len(found) else None
    wanted = name.upper()
    members = [(i, f) for i, f in enumerate(found, 1) if wanted in (f.code, f.label)]
    if len(members) <= 1:
        return _one(footprint, members[0][1]) if members else None
    first = members[0][1]
    label = tr("{code}: {count} findings", code=first.code, count=len(members))
    # Why and mend stand once above, where all say the same.
    same = tuple(text for text in (first.why(), _mend(first)) if all(text in (f.why(), _mend(f)) for _, f in members))
    children = (_one(footprint, f, known=same, see=f"finding/{i}") for i, f in members)
    return Node(label, None, "", same, tuple(children))


def _mend(finding: Finding) -> str:
    return tr("to mend: {text}", text=finding.mend())


def _one(footprint: Footprint, finding: Finding, *, known: tuple[str, ...] = (), see: str = "") -> Node:
    lines, are_all = _concerned(footprint, finding)
    label = f"{finding.label} {tr(SEVERITIES[finding.severity])}: {finding.what()}"
    texts = [text for text in (finding.why(), _mend(finding)) if text not in known]
    notes = [tr("see {address}", address=see)] if see else []
    notes += [*texts, *place_notes(finding.place), *([finding.clause] if finding.clause else [])]
    if not lines:
        return Node(label, None, "", tuple(notes))
    children = tuple(_line(footprint, line) for line in lines)
    if not are_all:
        return Node(label, None, "", (*notes, tr("the finding names only some of what it concerns")), children)
    value = math.fsum(line.value for line in lines)
    formula = tr("sum of the lines that it concerns ({count})", count=len(lines))
    return Node(label, value, "kgCO2e", tuple(notes), children, formula)


def _line(footprint: Footprint, line: Contribution) -> Node:
    info = footprint.system.lines[line.activity, line.line]
    see = tr("see {address}", address=line.address)
    return Node(
        f"{say(line.name)} ({line.activity}/{line.line})", line.value, "kgCO2e", (see, *place_notes(info.place))
    )


def concerned(footprint: Footprint, finding: Finding) -> tuple[Contribution, ...]:
    """The lines that a finding concerns, largest first.

    They are those read at its place; else those of the processes that it names; else those with the dataset, plant,
    instrument or material that it names. A finding on the study or product as a whole concerns none in particular.
    """
    return _concerned(footprint, finding)[0]


def _concerned(footprint: Footprint, finding: Finding) -> tuple[tuple[Contribution, ...], bool]:
    # The second value is False where the finding cuts the list of what it concerns short.
    lines = [(line, footprint.system.lines[line.activity, line.line]) for line in footprint.hotspots]
    params = {key: _words(text) for key, text in finding.shown("en").items()}
    here = _at_place(finding, lines)
    found = here or _of_processes(footprint, finding, lines, params) or _named(footprint, lines, params)
    is_cut = any(CUT in text for text in finding.shown("en").values())
    return tuple(line for line, _ in found), bool(here) or not is_cut


def _words(text: str) -> set[str]:
    return {word for part in re.split(r"[,;、]\s*", text) if (word := part.partition(f" {CUT}")[0].strip())}


def _at_place(finding: Finding, lines: list[_Line]) -> list[_Line]:
    place = finding.place
    if not place.line:
        return []
    where = (place.file, place.line)
    return [
        (line, info)
        for line, info in lines
        if where in ((info.place.file, info.place.line), (info.datum.place.file, info.datum.place.line))
    ]


def _of_processes(
    footprint: Footprint, finding: Finding, lines: list[_Line], params: dict[str, set[str]]
) -> list[_Line]:
    named = params.get("process", set()) | params.get("processes", set()) | params.get("electrodes", set())
    here = {
        process.id
        for process in footprint.system.processes.values()
        if process.id in named
        or (finding.place.line and (process.place.file, process.place.line) == (finding.place.file, finding.place.line))
    } - {LIFE_CYCLE}
    members = [(line, info) for line, info in lines if line.activity in here]
    exchanges = params.get("exchanges", set()) | params.get("lines", set())
    some = [(line, info) for line, info in members if info.exchange in exchanges]
    return some or ([] if exchanges else members)


def _named(footprint: Footprint, lines: list[_Line], params: dict[str, set[str]]) -> list[_Line]:
    datasets = {word for key in ("id", "dataset", "datasets", "flow") for word in params.get(key, ())}
    plants, materials = params.get("plant", set()), params.get("material", set())
    instruments = params.get("instrument", set())

    def is_named(line: Contribution, info: LineInfo) -> bool:
        return (
            line.provider in datasets
            or (bool(line.plant) and line.plant in plants)
            or (info.share is not None and info.share.id in instruments)
            or (bool(materials) and _material(footprint, info) in materials)
        )

    return [(line, info) for line, info in lines if is_named(line, info)]


def _material(footprint: Footprint, info: LineInfo) -> str:
    exchanges = footprint.system.processes[info.activity].exchanges
    return next((exchange.material for exchange in exchanges if exchange.id == info.exchange), "")
