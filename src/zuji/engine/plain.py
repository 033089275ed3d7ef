"""The second engine: the product system solved exactly, with dictionaries, fractions and school algebra.

This file exists to be read and to disagree. It imports nothing but the standard library, shares no code
with the sparse engine, never rounds, and is slow. `zuji.engine` describes the record that both engines take
and the equations that both solve. Read from the bottom: `solve` is the method, the functions above are its
steps.

>>> record = {"demand": {"cell": 2},
...           "activities": {"cell": {"output": 1, "inputs": [["power", "grid", "0.5"]],
...                                   "emissions": [["stack", "CO2", "1/3"]]}},
...           "background": {"grid": {"output": 1, "inputs": [], "emissions": [["coal", "CO2", 0.6]]}},
...           "flows": {"CO2": {"factor": 1, "category": "fossil"}}}
>>> solve(record).total   # 2 · (0.5 · 0.6 + 1/3)
Fraction(19, 15)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Any

Amounts = dict[str, Fraction]


class RecordError(ValueError):
    """A record has no answer; `culprits` are the names to look at, and the message holds them too."""

    def __init__(self, message: str, culprits: Iterable[str]) -> None:
        super().__init__(message)
        self.culprits = tuple(culprits)


class NumberError(RecordError):
    """Something stands where a finite number, a decimal text or a fraction text should stand."""


class LinkError(RecordError):
    """A provider or a flow is named that is not there, or one name stands for two activities."""


class OutputError(RecordError):
    """An activity delivers nothing, or less than nothing, per run."""


class LineError(RecordError):
    """One activity has two lines with the same name."""


class LoopError(RecordError):
    """The activities in `culprits` take from each other, or from themselves, and leave no net output."""


@dataclass(frozen=True)
class Activity:
    """One activity of the record with its amounts as fractions."""

    output: Fraction
    inputs: tuple[tuple[str, str, Fraction], ...]  # (line, provider, amount)
    emissions: tuple[tuple[str, str, Fraction], ...]  # (line, flow, amount)


@dataclass(frozen=True)
class Result:
    """The sum of `lines` is `total`, exactly; results are in kg CO2e and by category."""

    total: Fraction
    by_category: Amounts
    scaling: Amounts  # foreground activity -> runs
    scores: dict[str, Amounts]  # activity of either kind -> per unit of its reference flow
    lines: tuple[tuple[str, str, Amounts], ...]  # (foreground activity, line, results)
    uncharacterised: tuple[tuple[str, str, str], ...]  # (foreground activity, line, flow)


def number(value: object, *, where: str) -> Fraction:
    """A float means what it prints as: 0.1 is 1/10, not the binary number nearest to it."""
    try:
        if isinstance(value, float):
            return Fraction(float.__repr__(value))
        if isinstance(value, int | str | Fraction) and not isinstance(value, bool):
            return Fraction(value)
    except (ValueError, ZeroDivisionError):
        pass
    raise NumberError(f"{where}: {value!r} is not a number", [where])


def read(name: str, data: Mapping[str, Any]) -> Activity:
    """An activity that is returned has an output above zero and a different name for each of its lines."""

    def lines(kind: str) -> tuple[tuple[str, str, Fraction], ...]:
        entries = data.get(kind, ())
        return tuple((line, source, number(n, where=f"line {line} of {name}")) for line, source, n in entries)

    activity = Activity(number(data["output"], where=f"output of {name}"), lines("inputs"), lines("emissions"))
    if activity.output <= 0:
        raise OutputError(f"{name} has output {activity.output}; it has to be above zero", [name])
    seen: set[str] = set()
    for line, _, _ in activity.inputs + activity.emissions:
        if line in seen:
            raise LineError(f"{name} has two lines named {line}", [name])
        seen.add(line)
    return activity


def reach(record: Mapping[str, Any], demand: Iterable[str]) -> dict[str, Activity]:
    """The activities returned are those that the demand draws on through amounts other than zero."""
    foreground, background = record["activities"], record.get("background", {})
    for name in demand:
        if name not in foreground:
            raise LinkError(f"the demand names {name}, which is not in the foreground", [name])
    reached: dict[str, Activity] = {}
    waiting = list(demand)
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        if name in foreground and name in background:
            raise LinkError(f"{name} is in the foreground and in the background", [name])
        # The foreground takes from both, the background from the background only.
        providers = [foreground, background] if name in foreground else [background]
        reached[name] = read(name, foreground[name] if name in foreground else background[name])
        for line, provider, amount in reached[name].inputs:
            if not any(provider in part for part in providers):
                raise LinkError(f"line {line} of {name} takes from {provider}, which is not there", [name])
            if amount != 0:
                waiting.append(provider)
        for line, flow, _ in reached[name].emissions:
            if flow not in record.get("flows", {}):
                raise LinkError(f"line {line} of {name} emits {flow}, which is not among the flows", [name])
    return reached


def add(sums: Amounts, amounts: Amounts, times: Fraction) -> None:
    """Afterwards `sums` holds times · amounts more than before, and no zeros."""
    for key, amount in amounts.items():
        sums[key] = sums.get(key, Fraction(0)) + times * amount
        if sums[key] == 0:
            del sums[key]


def balance(name: str, activity: Activity) -> Amounts:
    """What one run delivers is positive, what it takes is negative; lines from one provider count as one."""
    row = {name: activity.output}
    for _, provider, amount in activity.inputs:
        add(row, {provider: amount}, Fraction(-1))
    return row


def providers_first(rows: Mapping[str, Amounts]) -> list[list[str]]:
    """A group comes after all groups that it takes from; within a group, everyone depends on everyone."""
    # At first every activity is a group. While groups form a circle, the groups of the circle become one.
    group_of = {name: name for name in rows}
    members = {name: [name] for name in rows}
    while True:
        takes_from = {
            group: {group_of[provider] for name in names for provider in rows[name]} - {group}
            for group, names in members.items()
        }
        try:
            return [members[group] for group in TopologicalSorter(takes_from).static_order()]
        except CycleError as error:
            first, *others = dict.fromkeys(error.args[1])
            for other in others:
                group_of.update(dict.fromkeys(members[other], first))
                members[first] += members.pop(other)


def eliminate(left: Mapping[str, Amounts], right: Mapping[str, Amounts]) -> dict[str, Amounts] | None:
    """The values solve  Σ left[e][u] · value[u] = right[e]  for every equation e; None if not unique.

    A right side, and with it a value, is a bundle of numbers under keys: each key is a system of its own.
    """
    waiting = {name: (dict(left[name]), dict(right[name])) for name in left}
    solved: list[tuple[str, Fraction, Amounts, Amounts]] = []
    while waiting:
        # The shortest equation is solved for one unknown, which then vanishes from those that wait.
        name = min(waiting, key=lambda equation: len(waiting[equation][0]))
        terms, constant = waiting.pop(name)
        if not terms:
            return None
        unknown = name if name in terms else next(iter(terms))
        divisor = terms.pop(unknown)
        solved.append((unknown, divisor, terms, constant))
        for other_terms, other_constant in waiting.values():
            if unknown in other_terms:
                times = -other_terms.pop(unknown) / divisor
                add(other_terms, terms, times)
                add(other_constant, constant, times)
    values: dict[str, Amounts] = {}
    for unknown, divisor, terms, constant in reversed(solved):
        for other, factor in terms.items():
            add(constant, values[other], -factor)
        values[unknown] = {key: amount / divisor for key, amount in constant.items()}
    return values


def transpose(rows: Mapping[str, Amounts]) -> dict[str, Amounts]:
    """Row a, column b of the one is row b, column a of the other."""
    columns: dict[str, Amounts] = {name: {} for name in rows}
    for name, row in rows.items():
        for other, amount in row.items():
            columns[other][name] = amount
    return columns


def check_loop(block: Mapping[str, Amounts]) -> None:
    """A group that passes has one solution, and without credits inside it never has to run backwards."""
    # Every member is asked for one unit net. Where all amounts are positive, an answer without negative runs
    # shows that the loop makes more than it uses up; then it serves any other demand without them too.
    names = sorted(block)
    for name in names:
        if block[name].get(name, 0) <= 0:
            raise LoopError(f"loop without net output: {name} takes from itself all that it delivers", [name])
    runs = eliminate(transpose(block), {name: {"runs": Fraction(1)} for name in names})
    if runs is None:
        raise LoopError(f"loop without net output: {', '.join(names)}", names)
    credits = any(amount > 0 for name, row in block.items() for other, amount in row.items() if other != name)
    if not credits and any(run.get("runs", 0) < 0 for run in runs.values()):
        raise LoopError(f"loop that consumes more than it delivers: {', '.join(names)}", names)


def solve(record: Mapping[str, Any]) -> Result:
    """The total is the sum of the lines and also demand times scores; both are worked out and compared."""
    # 1. Read what the demand draws on, and nothing else.
    demand = {name: number(amount, where=f"demand of {name}") for name, amount in record["demand"].items()}
    activities = reach(record, [name for name, amount in demand.items() if amount != 0])
    foreground = [name for name in record["activities"] if name in activities]
    factors: dict[str, Amounts] = {}  # a flow without factor has no entry
    used = {flow for activity in activities.values() for _, flow, _ in activity.emissions}
    for flow in used:
        entry = record["flows"][flow]
        if entry["factor"] is not None:
            factors[flow] = {entry["category"]: number(entry["factor"], where=f"factor of {flow}")}

    # 2. Put providers before consumers. Activities that take from each other form a group, solved together.
    rows = {name: balance(name, activity) for name, activity in activities.items()}
    groups = providers_first(rows)
    blocks = [{name: {p: a for p, a in rows[name].items() if p in group} for name in group} for group in groups]
    for block in blocks:
        check_loop(block)

    # 3. Scores, from the providers up:  output·score = Σ emissions·factor + Σ inputs·score(provider).
    #    What comes from outside the group is known by now and stands on the right.
    scores: dict[str, Amounts] = {}
    for block in blocks:
        known: dict[str, Amounts] = {name: {} for name in block}
        for name in block:
            for _, flow, amount in activities[name].emissions:
                add(known[name], factors.get(flow, {}), amount)
            for provider, amount in rows[name].items():
                if provider not in block:
                    add(known[name], scores[provider], -amount)
        scores.update(eliminate(block, known) or {})

    # 4. Runs of the foreground, from the demand down:  output·run = demand + Σ amount·run over the consumers.
    #    A group delivers what the demand and the groups before it have ordered.
    orders = {name: {"runs": demand.get(name, Fraction(0))} for name in foreground}
    runs: Amounts = {}
    for block in reversed(blocks):
        if any(name not in orders for name in block):
            continue  # the background has scores; nobody asks how often it runs
        solution = eliminate(transpose(block), {name: orders[name] for name in block}) or {}
        for name in block:
            runs[name] = solution[name].get("runs", Fraction(0))
            for provider, amount in rows[name].items():
                if provider in orders and provider not in block:
                    add(orders[provider], {"runs": -amount}, runs[name])

    # 5. Lines: run·amount·factor for an emission, run·amount·score for an input from the background. An input
    #    from the foreground has none: what it causes stands in the lines of the provider.
    lines: list[tuple[str, str, Amounts]] = []
    by_category: Amounts = {}
    for name in foreground:
        inputs = [entry for entry in activities[name].inputs if entry[1] not in record["activities"]]
        for entries, worth in ((inputs, scores), (activities[name].emissions, factors)):
            for line, source, amount in entries:
                values: Amounts = {}
                add(values, worth.get(source, {}), runs[name] * amount)
                add(by_category, values, Fraction(1))
                lines.append((name, line, values))
    by_demand: Amounts = {}
    for name, amount in demand.items():
        add(by_demand, scores.get(name, {}), amount)
    assert by_category == by_demand, "the two ways to the total differ: this engine is wrong"

    # 6. Flows without factor, at the line of the foreground where they enter: directly, or through the
    #    background behind an input. First who causes such a flow: who emits it, and who takes from who does.
    causes: dict[str, set[str]] = {name: set() for name in activities}
    for flow in sorted(used - factors.keys()):
        more = {n for n, a in activities.items() if any(f == flow and x != 0 for _, f, x in a.emissions)}
        found: set[str] = set()
        while more:
            found |= more
            takers = {n for n, a in activities.items() if any(p in found and x != 0 for _, p, x in a.inputs)}
            more = takers - found
        for name in found:
            causes[name].add(flow)
    uncharacterised: list[tuple[str, str, str]] = []
    for name in foreground:
        for line, provider, amount in activities[name].inputs:
            if provider not in record["activities"] and amount * runs[name] != 0:
                uncharacterised += [(name, line, flow) for flow in sorted(causes[provider])]
        for line, flow, amount in activities[name].emissions:
            if flow not in factors and amount * runs[name] != 0:
                uncharacterised.append((name, line, flow))

    return Result(
        total=sum(by_category.values(), Fraction(0)),
        by_category=by_category,
        scaling={name: runs[name] for name in foreground},
        scores=scores,
        lines=tuple(lines),
        uncharacterised=tuple(uncharacterised),
    )
