"""Where a number comes from: result → formula → activity datum → dataset → parameter and date → clause → evidence.

An address names a number of a footprint: `total`, `functional-unit`, `stage/ID`, `origin/ID`, `group/ID`, `plant/ID`,
`line/PROCESS/LINE`, `total/ID` (a total of the rulebook), `apart/CATEGORY` (outside the headline), `technical/ID`
(additional technical information), `electricity/PLANT/SOURCE`, `dataset/ID`, `parameter/ID`; or a finding:
`finding/CODE`, `finding/N`. Every leaf of a tree carries its origin.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import replace

from zuji.errors import AddressError
from zuji.footprint.calculate import calculate
from zuji.footprint.explain_findings import explain_finding, finding_addresses
from zuji.footprint.explain_nodes import (
    Node,
    as_dict,
    cut,
    of_dataset,
    of_datum,
    of_decision,
    of_derivation,
    of_parameter,
)
from zuji.footprint.explain_text import DIGESTS, factor_notes, number, place_notes, say
from zuji.footprint.model import Apart, Contribution, ElectricityRow, Footprint, Part, TotalPart
from zuji.footprint.parts import ORIGIN_NAMES
from zuji.footprint.technical import book_beside
from zuji.i18n import tr
from zuji.study.model import LIFE_CYCLE

__all__ = ["Node", "addresses", "as_dict", "cut", "explain"]


def explain(footprint: Footprint, address: str = "total", *, shallow: bool = False) -> Node:
    """The tree behind the number at `address`; raises AddressError naming the nearest addresses for an unknown one.

    With `shallow` the lines below a part of the total (stage, origin, group, plant) name their address instead of
    unfolding.
    """
    kind, _, rest = address.strip().strip("/").partition("/")
    find = _FIND.get(kind)
    found = find(footprint, rest) if find is not None else _of_part(footprint, kind, rest, shallow)
    if found is None:
        known = addresses(footprint)
        raise AddressError(address, difflib.get_close_matches(address, known, n=3, cutoff=0.4) or known[:3])
    return found


def addresses(footprint: Footprint) -> list[str]:
    """Every address of the footprint that has a tree."""
    found = ["total", "functional-unit"]
    found += [f"total/{total.id}" for total in footprint.totals]
    for kind, parts in _parts(footprint).items():
        found += [f"{kind}/{part.id}" for part in parts]
    found += [f"apart/{row.id}" for row in footprint.apart]
    found += [line.address for line in footprint.lines]
    found += [f"electricity/{row.plant}/{row.source}/{row.dataset}" for row in footprint.electricity]
    found += [f"technical/{part.id}" for part in footprint.technical]
    found += [f"parameter/{id}" for id in footprint.system.parameters]
    background = footprint.system.background
    found += sorted({f"dataset/{line.provider}" for line in footprint.lines if line.provider in background})
    return found + finding_addresses(footprint)


def _parts(footprint: Footprint) -> dict[str, tuple[Part, ...]]:
    return {
        "stage": footprint.stages,
        "origin": footprint.origins,
        "group": footprint.groups,
        "plant": footprint.plants,
    }


def _find_total(footprint: Footprint, rest: str) -> Node | None:
    if not rest:
        return _total(footprint)
    total = next((total for total in footprint.totals if total.id == rest), None)
    return _further_total(footprint, total) if total is not None else None


def _find_apart(footprint: Footprint, rest: str) -> Node | None:
    row = next((row for row in footprint.apart if row.id == rest), None)
    return _apart(footprint, row) if row is not None else None


def _find_functional_unit(footprint: Footprint, rest: str) -> Node | None:
    return None if rest else _functional_unit(footprint)


def _of_part(footprint: Footprint, kind: str, rest: str, shallow: bool) -> Node | None:
    part = next((part for part in _parts(footprint).get(kind, ()) if part.id == rest), None)
    return _part(footprint, kind, part, shallow=shallow) if part is not None else None


def _find_line(footprint: Footprint, rest: str) -> Node | None:
    line = next((line for line in footprint.lines if line.address == f"line/{rest}"), None)
    return _line(footprint, line) if line is not None else None


def _find_electricity(footprint: Footprint, rest: str) -> Node | None:
    for row in footprint.electricity:
        if rest in (f"{row.plant}/{row.source}", f"{row.plant}/{row.source}/{row.dataset}"):
            return _electricity(footprint, row)
    return None


def _find_dataset(footprint: Footprint, rest: str) -> Node | None:
    background = footprint.system.background
    return of_dataset(footprint, background[rest]) if rest in background else None


def _find_parameter(footprint: Footprint, rest: str) -> Node | None:
    parameters = footprint.system.parameters
    return of_parameter(parameters[rest]) if rest in parameters else None


def _find_technical(footprint: Footprint, rest: str) -> Node | None:
    part = next((part for part in footprint.technical if part.id == rest), None)
    if part is None:
        return None
    rule = str(footprint.system.book.strategies["end_of_life"]["rule"])
    decided = tuple(of_decision(tr("formula of the result"), d) for d in footprint.system.decisions if d.rule == rule)
    formula = tr("the same calculation with the formula table {table}", table=f"formulas/{part.id}.yaml")
    system = footprint.system
    other = calculate(system.study, book_beside(footprint, part), on=system.day, background=system.background)
    before = {line.address: line.value for line in footprint.lines}
    moved = tuple(_line(other, line) for line in other.hotspots if line.value != before.get(line.address))
    return Node(
        say(part.name), part.value, "kgCO2e", (part.clause,), (*decided, _short_total(footprint), *moved), formula
    )


_FIND: dict[str, Callable[[Footprint, str], Node | None]] = {
    "total": _find_total,
    "functional-unit": _find_functional_unit,
    "apart": _find_apart,
    "line": _find_line,
    "electricity": _find_electricity,
    "dataset": _find_dataset,
    "parameter": _find_parameter,
    "technical": _find_technical,
    "finding": explain_finding,
}


def _total(footprint: Footprint) -> Node:
    counted = [part for part in footprint.stages if part.id not in footprint.system.book.apart]
    stages = tuple(_part(footprint, "stage", part, shallow=True) for part in counted)
    digests = tuple(f"{tr(DIGESTS[name])}: {value}" for name, value in footprint.digests.items())
    headline = footprint.system.book.headline
    named = (tr("headline total: {name}", name=say(headline.name)),) if headline is not None else ()
    return _total_of(footprint, (*named, *digests), stages)


def _total_of(footprint: Footprint, notes: tuple[str, ...], stages: tuple[Node, ...]) -> Node:
    version = footprint.system.version
    book = f"{say(footprint.system.book.title)}, {version.id} ({tr(version.status)})"
    label = tr("carbon footprint of one product")
    return Node(label, footprint.total, "kgCO2e", (book, *notes), stages, tr("sum of the stages"))


def _further_total(footprint: Footprint, total: TotalPart) -> Node:
    """One of several totals: the categories that it counts, over the stages that it counts."""
    if total.headline:
        return _total_of(footprint, tuple(filter(None, (say(total.name), total.clause))), _total(footprint).children)
    book = footprint.system.book
    stated = next(one for one in book.totals if one.id == total.id)
    kept_out = {row.id for row in footprint.apart}
    members: dict[str, list[tuple[Contribution, float]]] = {}
    for line in footprint.hotspots:
        for category, value in {**line.by_origin, **line.apart}.items():
            is_apart = line.stage in book.apart
            if value and stated.has(line.stage, category, counted=category not in kept_out, apart=is_apart):
                members.setdefault(category, []).append((line, value))
    children = tuple(
        Node(
            say(ORIGIN_NAMES[category]), math.fsum(value for _, value in found), "kgCO2e", (total.clause,),
            tuple(_piece(footprint, line, value) for line, value in found),
            tr("sum of the lines below ({count})", count=len(found)),
        )
        for category, found in sorted(members.items())
    )  # fmt: skip
    notes = tuple(filter(None, (total.clause, say(book.title))))
    return Node(say(total.name), total.value, "kgCO2e", notes, children, tr("sum of the categories"))


def _apart(footprint: Footprint, row: Apart) -> Node:
    """A category outside the headline total, with the rule that keeps it out."""
    found = [(line, {**line.by_origin, **line.apart}.get(row.id, 0.0)) for line in footprint.lines]
    lines = tuple(_piece(footprint, line, value) for line, value in found if value)
    rule = of_decision(tr("rule {id}", id=row.decision.rule), row.decision)
    formula = tr("sum of the lines below ({count})", count=len(lines))
    return Node(say(row.name), row.value, "kgCO2e", (tr("not in the headline total"),), (*lines, rule), formula)


def _piece(footprint: Footprint, line: Contribution, value: float) -> Node:
    """What a line adds to one category, above the line itself."""
    whole = _line(footprint, line)
    return whole if whole.value == value else replace(whole, value=value, formula="", children=(whole,))


def _short_total(footprint: Footprint) -> Node:
    """The total with one line for each stage."""
    title = say(footprint.system.book.title)
    stages = tuple(
        Node(say(p.name), p.value, "kgCO2e", (tr("see {address}", address=f"stage/{p.id}"), p.clause or title))
        for p in footprint.stages
        if p.id not in footprint.system.book.apart
    )
    return _total_of(footprint, (tr("see {address}", address="total"),), stages)


def _functional_unit(footprint: Footprint) -> Node:
    unit = footprint.system.functional_unit
    clause = (unit.clause,) if unit.clause else ()
    if unit.amount is None:
        return Node(say(unit.name), None, unit.unit, (tr("the service life is not declared"), *clause))
    label, per = tr("carbon footprint per functional unit"), f"kgCO2e/{unit.unit}"
    children = (_short_total(footprint), of_derivation(footprint, tr("functional units per product"), unit.amount))
    formula = tr("total divided by functional units")
    return Node(label, footprint.per_functional_unit, per, (say(unit.name), *clause), children, formula)


_MEMBERS: dict[str, Callable[[Contribution], str]] = {
    "stage": lambda line: line.stage,
    "group": lambda line: line.component_group,
    "plant": lambda line: line.plant or "-",
}


def _part(footprint: Footprint, kind: str, part: Part, *, shallow: bool = False) -> Node:
    if kind == "origin":
        members = [line for line in footprint.hotspots if part.id in line.by_origin]
    else:
        whole_stage = kind == "stage" and part.id in footprint.system.book.apart
        members = [
            line for line in footprint.hotspots
            if _MEMBERS[kind](line) == part.id and (whole_stage or not _is_apart(line))
        ]  # fmt: skip
    whole = (_line(footprint, line, shallow=shallow) for line in members)
    children = tuple(
        _of_origin(node, line, part) if kind == "origin" else node for node, line in zip(whole, members, strict=True)
    )
    notes = (part.clause,) if part.clause else () if members else (say(footprint.system.book.title),)
    value = part.value
    if kind == "stage" and part.id in footprint.system.book.apart:
        notes, value = (tr("reported apart, not in the total"), *notes), part.apart
    formula = tr("sum of the lines below ({count})", count=len(members))
    return Node(say(part.name), value, "kgCO2e", notes, children, formula)


def _of_origin(node: Node, line: Contribution, part: Part) -> Node:
    """The part of a line that has one origin; a line of several origins stands below it with its whole value."""
    if set(line.by_origin) == {part.id}:
        return node
    return Node(node.label, line.by_origin[part.id], node.unit, (say(part.name), *node.notes), (node,))


def _line(footprint: Footprint, line: Contribution, *, shallow: bool = False) -> Node:
    info = footprint.system.lines[line.activity, line.line]
    label, place = f"{say(line.name)} ({line.activity}/{line.line})", place_notes(info.place)
    value = line.value
    if line.stage in footprint.system.book.apart:
        kept_out = {row.id for row in footprint.apart}
        value = math.fsum(v for category, v in line.apart.items() if category not in kept_out)
        place = (tr("reported apart, not in the total"), *place)
    elif _is_apart(line):
        value = math.fsum(line.apart.values())
        place = (tr("not in the headline total"), *place)
    elif line.apart and any(line.apart.values()):
        names = ", ".join(say(ORIGIN_NAMES[id]) for id, v in line.apart.items() if v)
        place = (tr("not in the headline total: {names}", names=names), *place)
    if shallow:
        return Node(label, value, "kgCO2e", (tr("see {address}", address=line.address), *place))
    runs = _runs(footprint, line.activity, ())
    amount = of_derivation(footprint, tr("amount per run of {process}", process=line.activity), info.amount)
    children = [runs, amount, _provider(footprint, line)]
    if info.share is not None:
        children.append(of_decision(tr("electricity class {source}", source=info.share.id), info.share.decision))
    return Node(label, value, "kgCO2e", place, tuple(children), tr("runs × amount × factor"))


def _is_apart(line: Contribution) -> bool:
    """Whether nothing of a line counts in the headline total, though it has a value."""
    return any(line.apart.values()) and not any(line.by_origin.values())


def _provider(footprint: Footprint, line: Contribution) -> Node:
    background = footprint.system.background
    if line.provider in background:
        return of_dataset(footprint, background[line.provider])
    parts = {**line.by_origin, **line.apart}
    origin = next(iter(parts), "")
    factor = math.fsum(parts.values()) / line.amount if line.amount else 0.0
    same_gas = [f for f in footprint.system.flows.values() if f.gas == line.provider]
    characterised = next((f for f in same_gas if f.category == origin), next(iter(same_gas), None))
    notes = factor_notes(characterised.origin) if characterised is not None else (tr("no factor"),)
    shown = f" ({say(ORIGIN_NAMES[origin])})" if origin else ""
    return Node(f"{line.provider}{shown}", factor, "kgCO2e/kg", notes)


def _runs(footprint: Footprint, activity: str, above: tuple[str, ...]) -> Node:
    value = footprint.scaling.get(activity)
    process = footprint.system.processes[activity]
    label = tr("runs of {process}", process=say(process.name) or activity)
    if activity == LIFE_CYCLE:
        return Node(label, value, "", (tr("one product is the reference"),))
    if activity in above:
        return Node(label, value, "", (tr("loop: see above"), *place_notes(process.place)))
    taken = [info for info in footprint.system.links.values() if info.provider == activity]
    children = tuple(
        Node(
            tr("taken by {process}", process=info.activity),
            footprint.scaling[info.activity] * float(info.amount.value),
            info.unit,
            (),
            (
                _runs(footprint, info.activity, (*above, activity)),
                of_derivation(footprint, tr("amount"), info.amount),
            ),
            tr("runs × amount"),
        )
        for info in taken
    )
    flow = process.reference_flow
    output = of_datum(footprint, tr("reference flow"), flow.value, flow.unit.symbol, flow)
    return Node(label, value, "", (), (*children, output), tr("what is taken divided by the reference flow"))


def _electricity(footprint: Footprint, row: ElectricityRow) -> Node:
    members = [
        line
        for line in footprint.lines
        if line.plant == row.plant
        and line.provider == row.dataset
        and (share := footprint.system.lines[line.activity, line.line].share) is not None
        and share.id == row.source
    ]
    label = tr("electricity of {plant}, {source}", plant=row.plant or "-", source=row.source)
    notes = tuple(filter(None, (say(row.reason), row.clause)))
    formula = f"{number(row.energy)} kWh × {number(row.factor)} kgCO2e/kWh"
    return Node(label, row.value, "kgCO2e", notes, tuple(_line(footprint, line) for line in members), formula)
