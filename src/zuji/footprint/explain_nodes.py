"""The nodes of an explanation: trees of derivations, data with their evidence, datasets, parameters and decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from zuji.background.gwp import gwp_table
from zuji.background.model import CO2E, Dataset, Input, Intervention
from zuji.canonical import plain
from zuji.footprint.calculate import background_score
from zuji.footprint.explain_text import (
    Notes,
    dataset_notes,
    datum_notes,
    decision_notes,
    evidence_notes,
    evidence_of,
    factor_notes,
    fraction,
    number,
    parameter_notes,
    place_notes,
    say,
    source_notes,
)
from zuji.footprint.model import Footprint
from zuji.footprint.parts import ORIGIN_NAMES
from zuji.i18n import tr
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Conversion, Derivation, Stated, Term
from zuji.rulebooks.parameters import Parameter
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.characterisation import category_of, characterise
from zuji.study.model import Datum

DEPTH = 6
"""Levels of background inputs that are spelled out; deeper ones name the dataset to ask for."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step of an explanation: what it is, its value with unit, how it is computed, and where it comes from."""

    label: str
    value: float | None = None
    unit: str = ""
    notes: Notes = ()
    """Source, place, clause, digest: one each."""
    children: tuple[Node, ...] = ()
    formula: str = ""
    """How the value follows from the children, in words or with numbers; '' for a value that is given."""

    def leaves(self) -> Iterable[Node]:
        """The nodes without children, left to right."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    @property
    def size(self) -> int:
        """The number of nodes, this one included."""
        return 1 + sum(child.size for child in self.children)


def cut(node: Node, depth: int) -> Node:
    """The tree down to `depth` levels below its root; a node that loses its children says how many steps they were."""
    if not node.children:
        return node
    if depth <= 0:
        return replace(node, children=(), notes=(*node.notes, tr("… {count} steps below", count=node.size - 1)))
    return replace(node, children=tuple(cut(child, depth - 1) for child in node.children))


def as_dict(node: Node) -> dict[str, object]:
    """The tree for JSON."""
    found: dict[str, object] = plain(node)
    return found


def of_datum(footprint: Footprint, label: str, value: float | None, unit: str, datum: Datum) -> Node:
    """A datum of the study with its evidence files below it."""
    children = tuple(_evidence(footprint, reference) for reference in datum.evidence)
    return Node(label, value, unit, datum_notes(datum), children)


def _evidence(footprint: Footprint, reference: str) -> Node:
    evidence, locator = evidence_of(footprint.system.study, reference)
    id = evidence.id if evidence is not None else reference
    return Node(tr("evidence {id}", id=id), None, "", evidence_notes(evidence, locator))


def of_derivation(footprint: Footprint, label: str, derivation: Derivation) -> Node:
    """A derived amount with its formula and terms; a formula of one term only is the term itself."""
    value, children = float(derivation.value), tuple(_term(footprint, term) for term in derivation.terms)
    is_formula = len(children) > 1 or "(" in derivation.formula
    if len(children) == 1 and not is_formula and not derivation.clause:
        return replace(children[0], label=label, value=value, unit=derivation.unit)
    shown = f"{derivation.formula} = {derivation.shown}" if is_formula else ""
    notes = (derivation.clause,) if derivation.clause else ()
    return Node(label, value, derivation.unit, notes, children, shown)


def _term(footprint: Footprint, term: Term) -> Node:
    label, value, unit = f"{term.symbol}: {say(term.label)}", float(term.value), term.unit
    match term.origin:
        case Datum() as datum:
            return of_datum(footprint, label, value, unit, datum)
        case Parameter() as parameter:
            return Node(label, value, unit, parameter_notes(parameter))
        case Conversion(source, target, factor):
            exact = f"1 {source} = {fraction(factor)} {target}"
            return Node(label, value, unit, (exact, tr("units.txt, exact")))
        case Derivation() as derivation:
            return replace(of_derivation(footprint, label, derivation), value=value, unit=unit)
        case Decision() as decision:
            return Node(label, value, unit, decision_notes(decision))
        case Stated(reason):
            return Node(label, value, unit, (say(reason),))


def of_decision(label: str, decision: Decision) -> Node:
    """What a rule decided."""
    return Node(label, None, "", decision_notes(decision))


def of_parameter(parameter: Parameter) -> Node:
    """A parameter with its date, clause and source; a value that is no number stands first in its notes."""
    label, value = f"{say(parameter.description)} [{parameter.id}]", _number_in(parameter)
    words = parameter.value if isinstance(parameter.value, tuple) else (parameter.value,)
    shown = () if value is not None else (", ".join(map(str, words)),)
    return Node(label, value, parameter.unit, (*shown, *parameter_notes(parameter)))


def _number_in(parameter: Parameter) -> float | None:
    try:
        return float(Fraction(str(parameter.value)))
    except ValueError:
        return None


def of_dataset(footprint: Footprint, dataset: Dataset, above: tuple[str, ...] = ()) -> Node:
    """A dataset per unit of its reference flow: its gases with their factors, and its inputs down to `DEPTH`."""
    label, unit = f"{say(dataset.name)} [{dataset.id}]", f"kgCO2e/{dataset.unit}"
    notes = dataset_notes(dataset, footprint.system.study.suppliers.get(dataset.id))
    score = None if dataset.missing else background_score(footprint.system, dataset.id)
    if dataset.id in above:
        return Node(label, score, unit, (tr("loop: see above"), *notes))
    if len(above) >= DEPTH:
        return Node(label, score, unit, (tr("see {address}", address=f"dataset/{dataset.id}"), *notes))
    children = [_intervention(footprint, dataset, one) for one in dataset.interventions]
    children += [_input(footprint, dataset, taken, above) for taken in dataset.inputs]
    return Node(label, score, unit, notes, tuple(children))


def _input(footprint: Footprint, dataset: Dataset, taken: Input, above: tuple[str, ...]) -> Node:
    provider = footprint.system.background.datasets.get(taken.dataset)
    if provider is None:
        return Node(taken.dataset, taken.amount, taken.unit, (tr("there is no such dataset"),))
    inner = of_dataset(footprint, provider, (*above, dataset.id))
    factor = float(conversion_factor(parse_unit(taken.unit), parse_unit(provider.unit)))
    value = inner.value * taken.amount * factor / dataset.amount if inner.value is not None else None
    shown = f"{number(taken.amount)} {taken.unit} × {number(inner.value)} {inner.unit}"
    if factor != 1:
        shown += f" × {number(factor)} {provider.unit}/{taken.unit}"
    if dataset.amount != 1:
        shown += f" / {number(dataset.amount)} {dataset.unit}"
    name = say(provider.name) or provider.id
    return Node(name, value, f"kgCO2e/{dataset.unit}", place_notes(dataset.place), (inner,), shown)


def _intervention(footprint: Footprint, dataset: Dataset, intervention: Intervention) -> Node:
    system = footprint.system
    context = Context(system.study, system.background, gwp_table(), system.book, system.version, system.day)
    amount, unit, notes = intervention.amount / dataset.amount, f"kgCO2e/{dataset.unit}", source_notes(dataset)
    if intervention.gas == CO2E:
        gwp_set = intervention.gwp_set or tr("an unstated GWP set")
        used = tr("stated as CO2e under {gwp_set}, used as published", gwp_set=gwp_set)
        return Node(f"CO2e ({say(ORIGIN_NAMES[category_of(intervention)])})", amount, unit, (used, *notes))
    characterised = characterise(context, intervention)
    shown = f"{number(amount)} kg/{dataset.unit}"
    if characterised.factor is None:
        return Node(intervention.gas, None, unit, (shown, tr("no factor"), *notes))
    factor = float(Fraction(characterised.factor))
    inner = Node(f"GWP100 {intervention.gas}", factor, "kgCO2e/kg", factor_notes(characterised.origin))
    formula = f"{shown} × {number(factor)} kgCO2e/kg"
    return Node(intervention.gas, amount * factor, unit, notes, (inner,), formula)
