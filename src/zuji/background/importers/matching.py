"""Elementary flows of a database put in order: units, gases, what matches nothing; and the factors of its methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from zuji.background.gwp import gwp_table
from zuji.background.importers import codes
from zuji.background.importers.columns import Array, Chunk
from zuji.background.importers.gases import compartment_kind, looks_like_gas, match_flow
from zuji.background.importers.records import FlowRecord, Kind, MethodRecord
from zuji.background.importers.units import conversion, convert, is_known
from zuji.finding import Finding, Place

EXAMPLES = 3
BIOSPHERE = (Kind.EMISSION, Kind.RESOURCE)


@dataclass(slots=True)
class Matched:
    """The elementary flows of a database in the order of the store, and its biosphere rows."""

    flows: list[FlowRecord] = field(default_factory=list)
    gases: list[tuple[str, str, float, str]] = field(default_factory=list)
    """(gas, origin, kg of the gas per unit of flow with its sign, known by), '' for no gas; beside `flows`"""
    rows: Array = field(default_factory=lambda: np.empty(0, np.int64))
    flow: Array = field(default_factory=lambda: np.empty(0, np.int32))
    factor: Array = field(default_factory=lambda: np.empty(0))
    """From the row's amount to the flow's unit."""
    findings: list[Finding] = field(default_factory=list)
    matched: int = 0
    other_air: tuple[str, ...] = ()


def match_elementary(chunk: Chunk, flows: dict[str, FlowRecord]) -> Matched:
    """The elementary flows that occur (in inventories or methods), matched to gases; nothing is dropped."""
    rows = np.flatnonzero(np.isin(chunk.rows["kind"], [int(k) for k in BIOSPHERE]))
    keys = {chunk.flow_keys[i] for i in np.unique(chunk.rows["flow"][rows])}
    wanted = sorted(keys)
    number = {key: i for i, key in enumerate(wanted)}
    result = Matched(rows=rows)
    codes_of_rows = chunk.rows["flow"][rows]
    unit_codes = chunk.rows["unit"][rows]
    uses = np.bincount(codes_of_rows, minlength=len(chunk.flow_keys)) if len(rows) else np.zeros(0, np.int64)
    uses_of = {key: int(uses[i]) for i, key in enumerate(chunk.flow_keys)} if len(rows) else {}
    pairs, first, which = (
        np.unique(np.stack([codes_of_rows, unit_codes]), axis=1, return_index=True, return_inverse=True)
        if len(rows)
        else (np.empty((2, 0), int), np.empty(0, int), np.empty(0, int))
    )
    unit_of: dict[str, str] = {}
    for flow_code, unit_code in pairs.T:
        unit_of.setdefault(chunk.flow_keys[flow_code], chunk.texts[unit_code])
    unknown = [key for key in wanted if key not in flows]
    if unknown:
        count = sum(uses_of.get(key, 0) for key in unknown)
        result.findings.append(codes.UNKNOWN_FLOW(count=count, flow=unknown[0]))
    for key in wanted:
        known = flows.get(key) or FlowRecord(key, name=key, elementary=True)
        result.flows.append(known if known.unit else replace(known, unit=unit_of.get(key, "")))
    _gases(result, uses_of)
    step = np.zeros(pairs.shape[1])
    target = np.full(pairs.shape[1], -1, dtype=np.int32)
    for i, (flow_code, unit_code) in enumerate(pairs.T):
        flow = result.flows[number[chunk.flow_keys[flow_code]]]
        unit = chunk.texts[unit_code]
        factor = convert(unit, flow.unit, flow.factors)
        if factor is None:
            head = chunk.heads[int(chunk.rows["dataset"][rows[first[i]]])]
            shown: dict[str, Any] = {"flow": flow.name, "unit": unit or "?", "expected": flow.unit or "?"}
            result.findings.append(codes.UNIT_MISMATCH(_place(chunk, int(rows[first[i]])), dataset=head.name, **shown))
            continue
        step[i], target[i] = factor, number[flow.key]
    which = which.reshape(-1)
    result.flow, result.factor = target[which], step[which] * _direction(chunk, rows, target[which], result)
    return result


def _direction(chunk: Chunk, rows: Array, flow: Array, result: Matched) -> Array:
    """-1 where an emission stands among the inputs or a resource among the outputs, else 1."""
    if not len(rows):
        return np.empty(0)
    kinds = [compartment_kind(one) for one in result.flows]
    resource = np.array([kind.startswith("resource") for kind in kinds])[flow]
    emission = np.array([kind in ("air", "high air", "water", "soil") for kind in kinds])[flow]
    taken = chunk.rows["kind"][rows] == int(Kind.RESOURCE)
    against = (flow >= 0) & ((taken & emission) | (~taken & resource))
    if against.any():
        row = int(np.flatnonzero(against)[0])
        head = chunk.heads[int(chunk.rows["dataset"][rows[row]])]
        name = result.flows[int(flow[row])].name
        result.findings.append(
            codes.DIRECTION(_place(chunk, int(rows[row])), count=int(against.sum()), flow=name, dataset=head.name)
        )
    return np.where(against, -1.0, 1.0)


def _place(chunk: Chunk, row: int) -> Place:
    head = chunk.heads[int(chunk.rows["dataset"][row])]
    return Place(head.file, int(chunk.rows["line"][row]) or head.line)


def _gases(result: Matched, uses: Mapping[str, int]) -> None:
    other: list[str] = []
    for flow in result.flows:
        match = match_flow(flow)
        kilograms = _kilograms(flow) if match is not None else None
        if match is not None and kilograms is not None:
            result.matched += 1
            result.gases.append((match.gas, match.origin.value, kilograms * match.sign, match.how))
            if match.assumed:
                shown = gwp_table().gases[match.gas].en
                result.findings.append(codes.GAS_ASSUMED(flow=flow.name, gas=shown, count=uses.get(flow.key, 0)))
            continue
        result.gases.append(("", "", 0.0, ""))
        if match is not None or looks_like_gas(flow):
            where = "/".join(part for part in (flow.compartment, flow.subcompartment) if part)
            result.findings.append(codes.UNMATCHED_GAS(flow=flow.name, compartment=where, count=uses.get(flow.key, 0)))
        elif compartment_kind(flow) in ("air", "high air"):
            other.append(flow.name)
    result.other_air = tuple(dict.fromkeys(other))
    if result.other_air:
        examples = ", ".join(result.other_air[:EXAMPLES])
        result.findings.append(codes.OTHER_EMISSIONS(count=len(result.other_air), examples=examples))


def _kilograms(flow: FlowRecord) -> float | None:
    """kg per unit of the flow, by its own factors where the unit is no mass; None where nothing says it."""
    direct = conversion(flow.unit, "kg")
    if direct is not None:
        return direct
    back = convert("kg", flow.unit, flow.factors)
    return 1 / back if back else None


@dataclass(frozen=True, slots=True)
class Factors:
    """Characterisation factors by position: method, flow, factor per unit of flow."""

    method: Array
    flow: Array
    amount: Array
    findings: tuple[Finding, ...]


def match_factors(methods: Iterable[MethodRecord], flows: list[FlowRecord]) -> Factors:
    """The factors of the flows that the database has; those of other flows and of single places are counted."""
    number = {flow.key: i for i, flow in enumerate(flows)}
    found: list[tuple[int, int, float]] = []
    absent = local = 0
    for m, method in enumerate(methods):
        for key, amount, unit, place in method.factors:
            i = number.get(key, -1)
            if place:
                local += 1
            elif i < 0 or not np.isfinite(amount):
                absent += 1
            else:
                step = convert(flows[i].unit, unit, {}) if unit else 1.0
                if step is None:
                    absent += 1
                elif amount:
                    found.append((m, i, amount * step))
    said = [codes.FACTOR_FLOW(count=absent)] if absent else []
    said += [codes.UNKNOWN_LOCATION_FACTOR(count=local)] if local else []
    columns = list(zip(*found, strict=True)) if found else [(), (), ()]
    return Factors(
        np.array(columns[0], dtype=np.int32),
        np.array(columns[1], dtype=np.int32),
        np.array(columns[2], dtype=np.float64),
        tuple(said),
    )


def unknown_units(chunk: Chunk) -> list[Finding]:
    """A finding for every unit that nobody knows, with how often it is used."""
    counts = np.bincount(chunk.rows["unit"], minlength=len(chunk.texts))
    found = []
    for i, count in enumerate(counts):
        if count and chunk.texts[i] and not is_known(chunk.texts[i]):
            found.append(codes.UNKNOWN_UNIT(unit=chunk.texts[i], count=int(count)))
    return found


def in_kilograms(unit: str) -> float:
    """kg per unit; NaN where the unit is no mass."""
    found = conversion(unit, "kg")
    return float("nan") if found is None else found
