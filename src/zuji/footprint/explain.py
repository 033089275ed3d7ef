"""Where a number comes from: result → formula → activity datum → dataset → parameter and date → clause → evidence.

An address names a number of a footprint: `total`, `functional-unit`, `stage/ID`, `origin/ID`, `group/ID`, `plant/ID`,
`line/PROCESS/LINE`, `electricity/PLANT/SOURCE`, `dataset/ID`, `parameter/ID`. Every leaf of a tree carries its origin.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from zuji.background.gwp import GwpFactor, gwp_table
from zuji.background.model import CO2E, Dataset, Intervention
from zuji.canonical import plain
from zuji.datum import LocalText
from zuji.errors import AddressError
from zuji.footprint.calculate import ORIGIN_NAMES, background_score
from zuji.footprint.model import Contribution, ElectricityRow, Footprint, Part
from zuji.i18n import N_, language, tr
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Conversion, Derivation, Stated, Term
from zuji.rulebooks.parameters import Parameter
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.characterisation import category_of, characterise
from zuji.study.model import LIFE_CYCLE, Datum

DEPTH = 6
"""Levels of background inputs that are spelled out; deeper ones name the dataset to ask for."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step of an explanation: what it is, its value with unit, and where it comes from."""

    label: str
    value: float | None = None
    unit: str = ""
    notes: tuple[str, ...] = ()
    """Formula, source, place, clause, evidence: one line each."""
    children: tuple[Node, ...] = ()

    def leaves(self) -> Iterable[Node]:
        """The nodes without children, left to right."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def explain(footprint: Footprint, address: str = "total") -> Node:
    """The tree behind the number at `address`; raises AddressError naming the nearest addresses for an unknown one."""
    kind, _, rest = address.strip().strip("/").partition("/")
    parts = {
        "stage": footprint.stages,
        "origin": footprint.origins,
        "group": footprint.groups,
        "plant": footprint.plants,
    }
    if kind == "total" and not rest:
        return _total(footprint)
    if kind == "functional-unit" and not rest:
        return _functional_unit(footprint)
    if kind in parts:
        for part in parts[kind]:
            if part.id == rest:
                return _part(footprint, kind, part)
    if kind == "line":
        for line in footprint.lines:
            if line.address == f"line/{rest}":
                return _line(footprint, line)
    if kind == "electricity":
        for row in footprint.electricity:
            if rest in (f"{row.plant}/{row.source}", f"{row.plant}/{row.source}/{row.dataset}"):
                return _electricity(footprint, row)
    if kind == "dataset" and rest in footprint.system.background:
        return _dataset(footprint, footprint.system.background[rest], ())
    if kind == "parameter" and rest in footprint.system.parameters:
        return _parameter(footprint.system.parameters[rest])
    known = addresses(footprint)
    raise AddressError(address, difflib.get_close_matches(address, known, n=3, cutoff=0.4) or known[:3])


def addresses(footprint: Footprint) -> list[str]:
    """Every address of the footprint that has a tree."""
    found = ["total", "functional-unit"]
    for kind, parts in (
        ("stage", footprint.stages),
        ("origin", footprint.origins),
        ("group", footprint.groups),
        ("plant", footprint.plants),
    ):
        found += [f"{kind}/{part.id}" for part in parts]
    found += [line.address for line in footprint.lines]
    found += [f"electricity/{row.plant}/{row.source}/{row.dataset}" for row in footprint.electricity]
    found += [f"parameter/{id}" for id in footprint.system.parameters]
    return found + sorted(
        {f"dataset/{line.provider}" for line in footprint.lines if line.provider in _datasets(footprint)}
    )


def _datasets(footprint: Footprint) -> Iterable[str]:
    return footprint.system.background.datasets


def _say(text: LocalText) -> str:
    return text.pick(language())


def _total(footprint: Footprint) -> Node:
    book = footprint.system.book
    children = tuple(_part(footprint, "stage", part, shallow=True) for part in footprint.stages)
    return Node(
        tr("carbon footprint of one product"),
        footprint.total,
        "kgCO2e",
        (
            tr("sum of the stages"),
            f"{_say(book.title)}, {footprint.system.version.id} ({tr(footprint.system.version.status)})",
            *(f"{tr(DIGESTS[name])}: {value}" for name, value in footprint.digests.items()),
        ),
        children,
    )


def _functional_unit(footprint: Footprint) -> Node:
    unit = footprint.system.functional_unit
    if unit.amount is None:
        return Node(_say(unit.name), None, unit.unit, (tr("the service life is not declared"), unit.clause))
    total = _total(footprint)
    amount = _derivation(tr("functional units per product"), unit.amount)
    return Node(
        tr("carbon footprint per functional unit"),
        footprint.per_functional_unit,
        f"kgCO2e/{unit.unit}",
        (tr("total divided by functional units"), _say(unit.name), unit.clause),
        (total, amount),
    )


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
    notes = (tr("sum of the lines below ({count})", count=len(members)), *((part.clause,) if part.clause else ()))
    return Node(_say(part.name), part.value, "kgCO2e", notes, children)


def _of_origin(node: Node, line: Contribution, part: Part) -> Node:
    """The part of a line that has one origin; a line of several origins stands below it with its whole value."""
    if set(line.by_origin) == {part.id}:
        return node
    return Node(node.label, line.by_origin[part.id], node.unit, (_say(part.name), *node.notes[1:]), (node,))


def _line(footprint: Footprint, line: Contribution, *, shallow: bool = False) -> Node:
    info = footprint.system.lines[line.activity, line.line]
    value = line.value
    label = f"{_say(line.name)} ({line.activity}/{line.line})"
    if shallow:
        return Node(label, value, "kgCO2e", (tr("see {address}", address=line.address), *_place(info.place)))
    runs = _runs(footprint, line.activity, ())
    amount = _derivation(tr("amount per run of {process}", process=line.activity), info.amount)
    factor = _provider(footprint, line)
    children = [runs, amount, factor]
    if info.share is not None:
        children.append(_decision(tr("electricity class {source}", source=info.share.id), info.share.decision))
    formula = tr("runs × amount × factor")
    return Node(label, value, "kgCO2e", (formula, *_place(info.place)), tuple(children))


def _provider(footprint: Footprint, line: Contribution) -> Node:
    background = footprint.system.background
    if line.provider in background:
        return _dataset(footprint, background[line.provider], ())
    origin = next(iter(line.by_origin), "")
    factor = line.value / line.amount if line.amount else 0.0
    characterised = next((f for f in footprint.system.flows.values() if f.gas == line.provider), None)
    notes = _factor_notes(characterised.origin) if characterised is not None else (tr("no factor"),)
    shown = f" ({_say(ORIGIN_NAMES[origin])})" if origin else ""
    return Node(f"{line.provider}{shown}", factor, "kgCO2e/kg", notes)


def _runs(footprint: Footprint, activity: str, above: tuple[str, ...]) -> Node:
    value = footprint.scaling.get(activity)
    process = footprint.system.processes[activity]
    label = tr("runs of {process}", process=_say(process.name) or activity)
    if activity == LIFE_CYCLE:
        return Node(label, value, "", (tr("one product is the reference"),))
    if activity in above:
        return Node(label, value, "", (tr("loop: see above"), *_place(process.place)))
    taken = [info for info in footprint.system.links.values() if info.provider == activity]
    children = tuple(
        Node(
            tr("taken by {process}", process=info.activity),
            footprint.scaling[info.activity] * float(info.amount.value),
            info.unit,
            (tr("runs × amount"),),
            (_runs(footprint, info.activity, (*above, activity)), _derivation(tr("amount"), info.amount)),
        )
        for info in taken
    )
    flow = process.reference_flow
    output = Node(tr("reference flow"), flow.value, flow.unit.symbol, _datum_notes(flow))
    return Node(label, value, "", (tr("what is taken divided by the reference flow"),), (*children, output))


def _derivation(label: str, derivation: Derivation) -> Node:
    notes = (
        [f"{derivation.formula} = {derivation.shown}"] if len(derivation.terms) > 1 or "(" in derivation.formula else []
    )
    if derivation.clause:
        notes.append(derivation.clause)
    children = tuple(_term(term) for term in derivation.terms)
    if len(children) == 1 and not notes:
        only = children[0]
        return Node(label, float(derivation.value), derivation.unit, only.notes, only.children)
    return Node(label, float(derivation.value), derivation.unit, tuple(notes), children)


def _term(term: Term) -> Node:
    label = f"{term.symbol}: {_say(term.label)}"
    value = float(term.value)
    match term.origin:
        case Datum() as datum:
            return Node(label, value, term.unit, _datum_notes(datum))
        case Parameter() as parameter:
            return Node(label, value, term.unit, _parameter_notes(parameter))
        case Conversion(source, target, factor):
            return Node(label, value, term.unit, (f"1 {source} = {_fraction(factor)} {target}", tr("units.txt, exact")))
        case Derivation() as derivation:
            inner = _derivation(label, derivation)
            return Node(label, value, term.unit, inner.notes, inner.children)
        case Decision() as decision:
            return Node(label, value, term.unit, _decision_notes(decision))
        case Stated(reason):
            return Node(label, value, term.unit, (_say(reason),))


def _fraction(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def _dataset(footprint: Footprint, dataset: Dataset, above: tuple[str, ...]) -> Node:
    label = f"{_say(dataset.name)} [{dataset.id}]"
    unit = f"kgCO2e/{dataset.unit}"
    notes = _dataset_notes(dataset)
    score = _score(footprint, dataset)
    if dataset.id in above:
        return Node(label, score, unit, (tr("loop: see above"), *notes))
    if len(above) >= DEPTH:
        return Node(label, score, unit, (tr("see {address}", address=f"dataset/{dataset.id}"), *notes))
    children = [_intervention(footprint, dataset, i) for i in dataset.interventions]
    for taken in dataset.inputs:
        provider = footprint.system.background.datasets.get(taken.dataset)
        if provider is None:
            children.append(Node(taken.dataset, taken.amount, taken.unit, (tr("there is no such dataset"),)))
            continue
        inner = _dataset(footprint, provider, (*above, dataset.id))
        factor = float(conversion_factor(parse_unit(taken.unit), parse_unit(provider.unit)))
        value = inner.value * taken.amount * factor / dataset.amount if inner.value is not None else None
        children.append(
            Node(
                _say(provider.name) or provider.id,
                value,
                unit,
                (f"{taken.amount:g} {taken.unit} × {_number(inner.value)} {inner.unit}", *_place(dataset.place)),
                (inner,),
            )
        )
    return Node(label, score, unit, notes, tuple(children))


def _score(footprint: Footprint, dataset: Dataset) -> float | None:
    if dataset.missing:
        return None
    return background_score(footprint.system, dataset.id)


def _intervention(footprint: Footprint, dataset: Dataset, intervention: Intervention) -> Node:
    system = footprint.system
    context = Context(system.study, system.background, gwp_table(), system.book, system.version, system.day)
    characterised = characterise(context, intervention)
    amount = intervention.amount / dataset.amount
    shown = f"{_number(amount)} kg/{dataset.unit}"
    if intervention.gas == CO2E:
        gwp_set = intervention.gwp_set or tr("an unstated GWP set")
        return Node(
            f"CO2e ({_say(ORIGIN_NAMES[category_of(intervention)])})",
            amount,
            f"kgCO2e/{dataset.unit}",
            (tr("stated as CO2e under {gwp_set}, used as published", gwp_set=gwp_set), *_dataset_notes(dataset)),
        )
    if characterised.factor is None:
        return Node(f"{intervention.gas}", None, "kgCO2e", (shown, tr("no factor"), *_dataset_notes(dataset)))
    factor = float(Fraction(characterised.factor))
    inner = Node(f"GWP100 {intervention.gas}", factor, "kgCO2e/kg", _factor_notes(characterised.origin))
    value = amount * factor
    return Node(
        intervention.gas, value, f"kgCO2e/{dataset.unit}", (f"{shown} × {factor:g}", *_dataset_notes(dataset)), (inner,)
    )


def _factor_notes(origin: GwpFactor | Parameter | None) -> tuple[str, ...]:
    match origin:
        case GwpFactor():
            notes = [f"{origin.gwp_set}: {origin.citation}", origin.locator, origin.note]
            if origin.is_stand_in:
                notes.insert(0, tr("stand-in: the factor of {gas}", gas=origin.uses))
            return tuple(note for note in notes if note)
        case Parameter():
            return _parameter_notes(origin)
    return (tr("stated as CO2e"),)


def _electricity(footprint: Footprint, row: ElectricityRow) -> Node:
    members = [
        line
        for line in footprint.lines
        if line.plant == row.plant
        and line.provider == row.dataset
        and (share := footprint.system.lines[line.activity, line.line].share) is not None
        and share.id == row.source
    ]
    lines = tuple(_line(footprint, line) for line in members)
    return Node(
        tr("electricity of {plant}, {source}", plant=row.plant or "-", source=row.source),
        row.value,
        "kgCO2e",
        (f"{_number(row.energy)} kWh × {_number(row.factor)} kgCO2e/kWh", _say(row.reason), row.clause),
        lines,
    )


def _parameter(parameter: Parameter) -> Node:
    value = float(parameter.number) if _numeric(parameter) else None
    shown = () if _numeric(parameter) else (str(parameter.value),)
    return Node(
        f"{_say(parameter.description)} [{parameter.id}]", value, parameter.unit, (*shown, *_parameter_notes(parameter))
    )


def _numeric(parameter: Parameter) -> bool:
    try:
        Fraction(str(parameter.value))
    except ValueError:
        return False
    return True


def _decision(label: str, decision: Decision) -> Node:
    return Node(label, None, "", _decision_notes(decision))


def _decision_notes(decision: Decision) -> tuple[str, ...]:
    verified = tr("verified") if decision.verified else tr("not verified: {text}", text=_say(decision.verify_with))
    when = f"{decision.rule}: {decision.value}" + (f" ({decision.when})" if decision.when else "")
    return tuple(note for note in (when, _say(decision.reason), decision.clause, decision.source, verified) if note)


def _parameter_notes(parameter: Parameter) -> tuple[str, ...]:
    verified = tr("verified") if parameter.verified else tr("not verified: {text}", text=_say(parameter.verify_with))
    since = tr("parameter {id}, since {day}", id=parameter.id, day=parameter.valid_from.isoformat())
    return (since, parameter.clause, parameter.source, verified)


def _datum_notes(datum: Datum) -> tuple[str, ...]:
    notes = [tr("{kind} datum", kind=tr(KINDS[datum.kind.value])), *_place(datum.place)]
    notes += [datum.source] if datum.source else []
    notes += [datum.note] if datum.note else []
    notes += [tr("evidence {id}", id=id) for id in datum.evidence]
    return tuple(notes)


DIGESTS = {"study": N_("study"), "background": N_("background"), "rulebook": N_("rulebook")}
KINDS = {
    "measured": N_("measured"),
    "calculated": N_("calculated"),
    "supplier": N_("supplier"),
    "estimated": N_("estimated"),
    "secondary": N_("secondary"),
    "assumed": N_("assumed"),
}


def _dataset_notes(dataset: Dataset) -> tuple[str, ...]:
    source = dataset.source
    where = ", ".join(part for part in (dataset.geography, dataset.year, dataset.boundary) if part)
    licence = tr("licence: {licence}", licence=source.licence) if source.licence else ""
    gap = tr("no factor: {reason}", reason=dataset.missing) if dataset.missing else ""
    notes = (gap, where, source.citation, source.locator, licence, dataset.proxy, *_place(dataset.place))
    return tuple(note for note in notes if note)


def _place(place: object) -> tuple[str, ...]:
    return (str(place),) if str(place) else ()


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.6g}"


def as_dict(node: Node) -> dict[str, object]:
    """The tree for JSON."""
    found: dict[str, object] = plain(node)
    return found
