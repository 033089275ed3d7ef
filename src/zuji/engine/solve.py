"""Background scores once per method, then the small foreground: total, scaling and contribution lines.

`score_background` is one transposed solve that gives the score of every background activity; `solve_foreground` uses
it for any number of products. `solve_record` does both for a whole record (see `zuji.engine`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zuji.engine import linear
from zuji.engine.columns import Columns, Floats, from_activities, number
from zuji.errors import UnlinkedError


@dataclass(frozen=True, eq=False)
class Method:
    """Characterisation of flows: `factors[f, c]` is the factor of flow f if it belongs to category c, else 0."""

    flows: tuple[str, ...]
    categories: tuple[str, ...]
    factors: Floats
    """[kg CO2e per unit of flow], shape (flows, categories)"""
    uncharacterised: frozenset[str]


@dataclass(frozen=True, eq=False)
class Scores:
    """The score of every activity of a background under one method [kg CO2e per unit of reference flow]."""

    index: Mapping[str, int]
    values: Floats
    """shape (activities, categories)"""
    uncharacterised: Mapping[str, tuple[str, ...]]
    """Flows without a factor that an activity causes directly or through its inputs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution line: what `line` of `activity` adds to the result, by category [kg CO2e]."""

    activity: str
    line: str
    values: Mapping[str, float]

    @property
    def value(self) -> float:
        """The sum over the categories [kg CO2e]."""
        return math.fsum(self.values.values())


@dataclass(frozen=True, slots=True)
class Solution:
    """The footprint of the demand; `lines` add up to `total`."""

    total: float
    by_category: Mapping[str, float]
    scaling: Mapping[str, float]
    """Runs of each foreground activity."""
    lines: tuple[Line, ...]
    scores: Mapping[str, Mapping[str, float]]
    """Score of each foreground activity [kg CO2e per unit of its reference flow]."""
    uncharacterised: tuple[tuple[str, str, str], ...]
    """(activity, line, flow) where a flow without a factor enters."""


def method(flows: Mapping[str, Mapping[str, Any]]) -> Method:
    """The characterisation of a record's `flows`."""
    names = tuple(flows)
    categories = tuple(sorted({str(flow["category"]) for flow in flows.values()}))
    factors = np.zeros((len(names), len(categories)))
    missing = set()
    for i, name in enumerate(names):
        factor = flows[name]["factor"]
        if factor is None:
            missing.add(name)
        else:
            factors[i, categories.index(str(flows[name]["category"]))] = number(factor)
    return Method(names, categories, factors, frozenset(missing))


def score_background(columns: Columns, used: Method) -> Scores:
    """The score of every activity of `columns`, by one sparse solve for all of them."""
    values = linear.solve(columns.matrix, columns.direct(used.factors), columns.ids)
    return Scores(
        index={id: i for i, id in enumerate(columns.ids)},
        values=values,
        uncharacterised=_reached(columns, used.uncharacterised),
    )


def _reached(columns: Columns, missing: frozenset[str]) -> dict[str, tuple[str, ...]]:
    # Walk from the emitters up to their consumers; usually there is nothing to walk.
    found: dict[int, set[str]] = {}
    emitted = zip(columns.emission_activity, columns.emission_flow, columns.emission_amount, strict=True)
    for activity, flow, amount in emitted:
        if columns.flows[flow] in missing and amount:
            found.setdefault(int(activity), set()).add(columns.flows[flow])
    if not found:
        return {}
    consumers: dict[int, list[int]] = {}
    for consumer, provider, amount in zip(
        columns.link_consumer, columns.link_provider, columns.link_amount, strict=True
    ):
        if amount:
            consumers.setdefault(int(provider), []).append(int(consumer))
    waiting = list(found)
    while waiting:
        provider = waiting.pop()
        for consumer in consumers.get(provider, ()):
            known = found.setdefault(consumer, set())
            if not found[provider] <= known:
                known |= found[provider]
                waiting.append(consumer)
    return {columns.ids[i]: tuple(sorted(flows)) for i, flows in found.items()}


def solve_foreground(columns: Columns, used: Method, scores: Scores, demand: Mapping[str, float]) -> Solution:
    """The footprint of `demand` (activities of `columns`) on the foreground `columns` above a scored background."""
    index = {id: i for i, id in enumerate(columns.ids)}
    wanted = np.zeros(len(columns.ids))
    for id, amount in demand.items():
        wanted[index[id]] = amount
    matrix = columns.matrix
    runs = linear.solve(matrix, wanted, columns.ids, transposed=True)
    intensity = columns.direct(used.factors) + _from_background(columns, scores)
    own = linear.solve(matrix, intensity, columns.ids)
    lines = _lines(columns, used, scores, runs)
    by_category = {
        category: math.fsum(line.values[category] for line in lines if category in line.values)
        for category in used.categories
    }
    return Solution(
        total=math.fsum(value for line in lines for value in line.values.values()),
        by_category=by_category,
        scaling={id: float(runs[i]) for i, id in enumerate(columns.ids)},
        lines=lines,
        scores={
            id: dict(zip(used.categories, (float(v) for v in own[i]), strict=True)) for i, id in enumerate(columns.ids)
        },
        uncharacterised=_uncharacterised(columns, used, scores, runs),
    )


def _from_background(columns: Columns, scores: Scores) -> Floats:
    result = np.zeros((len(columns.ids), scores.values.shape[1]))
    outside = [i for i, provider in enumerate(columns.outside) if provider and columns.link_amount[i]]
    taken = np.array([scores.index[columns.outside[i]] for i in outside], dtype=np.intp)
    if outside:
        amounts = columns.link_amount[outside][:, None]
        np.add.at(result, columns.link_consumer[outside], amounts * scores.values[taken])
    return result


def _lines(columns: Columns, used: Method, scores: Scores, runs: Floats) -> tuple[Line, ...]:
    lines: list[Line] = []
    for i, provider in enumerate(columns.outside):
        if provider:
            consumer = int(columns.link_consumer[i])
            taken = float(runs[consumer]) * float(columns.link_amount[i])
            row = scores.values[scores.index[provider]] if taken else ()
            values = {c: taken * float(v) for c, v in zip(used.categories, row, strict=False) if v}
            lines.append(Line(columns.ids[consumer], columns.link_ids[i], values))
    for i, activity in enumerate(columns.emission_activity):
        emitted = float(runs[int(activity)]) * float(columns.emission_amount[i])
        row = used.factors[int(columns.emission_flow[i])]
        values = {c: emitted * float(v) for c, v in zip(used.categories, row, strict=True) if v}
        lines.append(Line(columns.ids[int(activity)], columns.emission_ids[i], values))
    return tuple(lines)


def _uncharacterised(columns: Columns, used: Method, scores: Scores, runs: Floats) -> tuple[tuple[str, str, str], ...]:
    met: list[tuple[str, str, str]] = []
    for i, provider in enumerate(columns.outside):
        consumer = int(columns.link_consumer[i])
        if provider in scores.uncharacterised and runs[consumer] and columns.link_amount[i]:
            met += [(columns.ids[consumer], columns.link_ids[i], f) for f in scores.uncharacterised[provider]]
    for i, activity in enumerate(columns.emission_activity):
        flow = columns.flows[int(columns.emission_flow[i])]
        if flow in used.uncharacterised and runs[int(activity)] and columns.emission_amount[i]:
            met.append((columns.ids[int(activity)], columns.emission_ids[i], flow))
    return tuple(met)


def reachable(activities: Mapping[str, Mapping[str, Any]], start: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The activities that `start` takes from, directly or through others, in the order of `activities`."""
    found = set()
    waiting = [id for id in start if id in activities]
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += [p for _, p, amount in activities[id].get("inputs", ()) if p in activities and number(amount)]
    return {id: activity for id, activity in activities.items() if id in found}


def solve_record(record: Mapping[str, Any]) -> Solution:
    """The footprint of a whole record, solving only what its demand reaches."""
    flows = record.get("flows", {})
    demand = {id: number(amount) for id, amount in record["demand"].items()}
    background = record.get("background", {})
    unknown = [id for id in demand if id not in record["activities"]]
    if unknown:
        raise UnlinkedError(f"the demand asks for {unknown[0]}, which is not in the foreground", unknown)
    demand = {id: amount for id, amount in demand.items() if amount}
    foreground = reachable(record["activities"], list(demand))
    twice = [id for id in record["activities"] if id in background]
    if twice:
        raise UnlinkedError(f"{twice[0]} is in the foreground and in the background", twice)
    inputs = [line for activity in foreground.values() for line in activity.get("inputs", ())]
    below = reachable(background, [provider for _, provider, amount in inputs if number(amount)])
    used = method(flows)
    scores = score_background(from_activities(below, used.flows, background), used)
    columns = from_activities(foreground, used.flows, {**background, **record["activities"]})
    return solve_foreground(columns, used, scores, demand)
