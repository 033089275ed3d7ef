"""Where a number comes from: result → formula → activity datum → dataset → parameter and date → clause → evidence.

An address names a number of a footprint: `total`, `functional-unit`, `stage/ID`, `origin/ID`, `group/ID`, `plant/ID`,
`line/PROCESS/LINE`, `electricity/PLANT/SOURCE`, `dataset/ID`, `parameter/ID`; or a finding: `finding/CODE`,
`finding/N`. Every leaf of a tree carries its origin.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable

from zuji.errors import AddressError
from zuji.footprint.calculate import ORIGIN_NAMES
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
from zuji.footprint.model import Contribution, ElectricityRow, Footprint, Part
from zuji.i18n import tr
from zuji.study.model import LIFE_CYCLE

__all__ = ["Node", "addresses", "as_dict", "cut", "explain"]


def explain(footprint: Footprint, address: str = "total") -> Node:
    """The tree behind the number at `address`; raises AddressError naming the nearest addresses for an unknown one."""
    kind, _, rest = address.strip().strip("/").partition("/")
    find = _FIND.get(kind)
    found = find(footprint, rest) if find is not None else _of_part(footprint, kind, rest)
    if found is None:
        known = addresses(footprint)
        raise AddressError(address, difflib.get_close_matches(address, known, n=3, cutoff=0.4) or known[:3])
    return found


def addresses(footprint: Footprint) -> list[str]:
    """Every address of the footprint that has a tree."""
    found = ["total", "functional-unit"]
    for kind, parts in _parts(footprint).items():
        found += [f"{kind}/{part.id}" for part in parts]
    found += [line.address for line in footprint.lines]
    found += [f"electricity/{row.plant}/{row.source}/{row.dataset}" for row in footprint.electricity]
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
    return None if rest else _total(footprint)


def _find_functional_unit(footprint: Footprint, rest: str) -> Node | None:
    return None if rest else _functional_unit(footprint)


def _of_part(footprint: Footprint, kind: str, rest: str) -> Node | None:
    part = next((part for part in _parts(footprint).get(kind, ()) if part.id == rest), None)
    return _part(footprint, kind, part) if part is not None else None


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


_FIND: dict[str, Callable[[Footprint, str], Node | None]] = {
    "total": _find_total,
    "functional-unit": _find_functional_unit,
    "line": _find_line,
    "electricity": _find_electricity,
    "dataset": _find_dataset,
    "parameter": _find_parameter,
    "finding": explain_finding,
}


def _total(footprint: Footprint) -> Node:
    stages = tuple(_part(footprint, "stage", part, shallow=True) for part in footprint.stages)
    digests = tuple(f"{tr(DIGESTS[name])}: {value}" for name, value in footprint.digests.items())
    return _total_of(footprint, digests, stages)


def _total_of(footprint: Footprint, notes: tuple[str, ...], stages: tuple[Node, ...]) -> Node:
    version = footprint.system.version
    book = f"{say(footprint.system.book.title)}, {version.id} ({tr(version.status)})"
    label = tr("carbon footprint of one product")
    return Node(label, footprint.total, "kgCO2e", (book, *notes), stages, tr("sum of the stages"))


def _short_total(footprint: Footprint) -> Node:
    """The total with one line for each stage."""
    title = say(footprint.system.book.title)
    stages = tuple(
        Node(say(p.name), p.value, "kgCO2e", (tr("see {address}", address=f"stage/{p.id}"), p.clause or title))
        for p in footprint.stages
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
        members = [line for line in footprint.hotspots if _MEMBERS[kind](line) == part.id]
    whole = (_line(footprint, line, shallow=shallow) for line in members)
    children = tuple(
        _of_origin(node, line, part) if kind == "origin" else node for node, line in zip(whole, members, strict=True)
    )
    notes = (part.clause,) if part.clause else () if members else (say(footprint.system.book.title),)
    formula = tr("sum of the lines below ({count})", count=len(members))
    return Node(say(part.name), part.value, "kgCO2e", notes, children, formula)


def _of_origin(node: Node, line: Contribution, part: Part) -> Node:
    """The part of a line that has one origin; a line of several origins stands below it with its whole value."""
    if set(line.by_origin) == {part.id}:
        return node
    return Node(node.label, line.by_origin[part.id], node.unit, (say(part.name), *node.notes), (node,))


def _line(footprint: Footprint, line: Contribution, *, shallow: bool = False) -> Node:
    info = footprint.system.lines[line.activity, line.line]
    label, place = f"{say(line.name)} ({line.activity}/{line.line})", place_notes(info.place)
    if shallow:
        return Node(label, line.value, "kgCO2e", (tr("see {address}", address=line.address), *place))
    runs = _runs(footprint, line.activity, ())
    amount = of_derivation(footprint, tr("amount per run of {process}", process=line.activity), info.amount)
    children = [runs, amount, _provider(footprint, line)]
    if info.share is not None:
        children.append(of_decision(tr("electricity class {source}", source=info.share.id), info.share.decision))
    return Node(label, line.value, "kgCO2e", place, tuple(children), tr("runs × amount × factor"))


def _provider(footprint: Footprint, line: Contribution) -> Node:
    background = footprint.system.background
    if line.provider in background:
        return of_dataset(footprint, background[line.provider])
    origin = next(iter(line.by_origin), "")
    factor = line.value / line.amount if line.amount else 0.0
    characterised = next((f for f in footprint.system.flows.values() if f.gas == line.provider), None)
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
