"""What of the background a footprint rests on: the datasets that it takes or asks about, and its record alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from zuji.background.gwp import gwp_table
from zuji.background.model import Background, Dataset
from zuji.canonical import plain
from zuji.dossier.standalone import exact_text
from zuji.engine.plain import solve
from zuji.footprint.calculate import full_record
from zuji.footprint.lint import lint
from zuji.footprint.model import Footprint
from zuji.rulebooks.apply import apply

MAY_NOT_PASS_ON = ("no", "unclear")
SUPPLIERS = "suppliers"
"""Collection of datasets made from footprints that the study itself holds: they are frozen with the study."""


class _Asked(Mapping[str, Dataset]):
    """Datasets that remember which ids were asked for."""

    def __init__(self, datasets: Mapping[str, Dataset]) -> None:
        self._datasets = datasets
        self.ids: set[str] = set()

    def __getitem__(self, id: str) -> Dataset:
        self.ids.add(id)
        return self._datasets[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._datasets)

    def __len__(self) -> int:
        return len(self._datasets)


def used_datasets(footprints: Sequence[Footprint]) -> dict[str, Dataset]:
    """Every dataset that a line takes from or that a rule or check looks at, with all that these take, by id."""
    found: dict[str, Dataset] = {}
    for footprint in footprints:
        system = footprint.system
        whole = system.background.datasets
        asked = _Asked(whole)
        watched = Background(system.background.id, asked)
        again = apply(system.study, watched, gwp_table(), system.book, system.day)
        lint(replace(footprint, system=replace(system, background=watched)))
        providers = {info.provider for info in again.lines.values()}
        waiting = [id for id in asked.ids | providers if id in whole]
        while waiting:
            id = waiting.pop()
            if id not in found and id in whole:
                found[id] = whole[id]
                waiting += [taken.dataset for taken in whole[id].inputs]
    return dict(sorted(found.items()))


def withheld(datasets: Mapping[str, Dataset], disclosed: Iterable[str]) -> frozenset[str]:
    """The datasets whose licence does not let them be passed on and whose owner has not agreed to it."""
    agreed = set(disclosed)
    return frozenset(
        id
        for id, dataset in datasets.items()
        if dataset.source.redistribute in MAY_NOT_PASS_ON and dataset.collection != SUPPLIERS and id not in agreed
    )


@dataclass(frozen=True, slots=True)
class FrozenRecord:
    """The record of one footprint without what it does not use, and the scores that stand for datasets kept back."""

    record: Mapping[str, Any]
    scores: Mapping[str, Mapping[str, str]]
    """Dataset → category → kg CO2e per unit of its reference flow, exactly."""


def frozen_record(footprint: Footprint, kept_back: frozenset[str]) -> FrozenRecord:
    """The record that gives the same result; a dataset of `kept_back` is one emission per category of its score."""
    full = full_record(footprint)
    first = _reached(full, full["demand"], frozenset())
    closed = kept_back & first["background"].keys()
    scores: dict[str, dict[str, str]] = {}
    if closed:
        solved = solve(first)
        scores = {id: {key: _number(v) for key, v in solved.scores.get(id, {}).items()} for id in sorted(closed)}
        full = {**full, "background": {**full["background"]}, "flows": {**full["flows"]}}
        for id in closed:
            gaps = _gaps(first, id)
            emissions = [[f"score {key}", f"score|{key}", amount] for key, amount in scores[id].items()]
            emissions += [[f"gap {i}", flow, "1"] for i, flow in enumerate(gaps)]
            full["background"][id] = {"output": "1", "inputs": [], "emissions": emissions}
            full["flows"] |= {f"score|{key}": {"factor": "1", "category": key} for key in scores[id]}
    reached = _reached(full, full["demand"], frozenset())
    document: Mapping[str, Any] = plain(reached)
    return FrozenRecord(document, scores)


def _number(value: Fraction) -> str:
    return exact_text(value).removeprefix("~")


def _reached(record: Mapping[str, Any], demand: Iterable[str], skip: frozenset[str]) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = {"activities": {}, "background": {}}
    flows: dict[str, Any] = {}
    waiting = list(demand)
    while waiting:
        name = waiting.pop()
        kind = "activities" if name in record["activities"] else "background"
        if name in parts[kind] or name in skip:
            continue
        activity = parts[kind][name] = record[kind][name]
        waiting += [entry[1] for entry in activity["inputs"]]
        flows.update((entry[1], record["flows"][entry[1]]) for entry in activity["emissions"])
    return {"demand": dict(record["demand"]), **parts, "flows": flows}


def _gaps(record: Mapping[str, Any], start: str) -> list[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        activity = record["background"][name]
        waiting += [provider for _, provider, amount in activity["inputs"] if Fraction(str(amount)) != 0]
        for _, flow, amount in activity["emissions"]:
            if record["flows"][flow]["factor"] is None and Fraction(str(amount)) != 0:
                found.add(flow)
    return sorted(found)
