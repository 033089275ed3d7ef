"""A parsed database put together: duplicates found, flows matched, exchanges linked, checks made, tables filled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zuji.background.importers import codes
from zuji.background.importers.checks import loops_without_output, unbalanced
from zuji.background.importers.columns import Array, Chunk, Head, without
from zuji.background.importers.linking import Links, link
from zuji.background.importers.matching import (
    Factors,
    Matched,
    in_kilograms,
    match_elementary,
    match_factors,
    unknown_units,
)
from zuji.background.importers.options import Options
from zuji.background.importers.records import Distribution, FlowRecord, Kind, MethodRecord
from zuji.background.importers.summary import Summary, listed
from zuji.background.importers.units import conversion, study_unit
from zuji.background.store.finding_datasets import lookup_row
from zuji.background.store.write import Content
from zuji.finding import Finding, Place

EXAMPLES = 3
UNC = ("kind", "loc", "scale", "low", "high")


@dataclass(slots=True)
class _Rows:
    """Exchanges of one sphere as they are stored, in the order of their owner."""

    owner: Array
    other: Array
    amount: Array
    line: Array
    formula: Array
    uncertainty: dict[str, Array]


def assemble(chunk: Chunk, options: Options, title: str, files: int) -> tuple[Content, Summary]:
    """The content for the store and the summary of the whole import."""
    findings = list(chunk.findings)
    chunk, twice = _without_duplicates(chunk)
    findings += twice
    flows = chunk.flows
    findings += unknown_units(chunk)
    matched = match_elementary(chunk, flows)
    links = link(chunk, flows)
    findings += [*matched.findings, *links.findings]
    output = np.array([head.output for head in chunk.heads], dtype=np.float64)
    tech = _rows(chunk, links.rows, links.provider, links.factor)
    bio = _rows(chunk, matched.rows, matched.flow, matched.factor)
    loops = loops_without_output(output, tech.owner, tech.other, tech.amount)
    ids = [head.id for head in chunk.heads]
    missing = [head.missing for head in chunk.heads]
    for group in loops:
        shown = ", ".join(_shown(chunk.heads[i]) for i in group[:5]) + (" …" if len(group) > 5 else "")
        head = chunk.heads[group[0]]
        findings.append(codes.LOOP(Place(head.file, head.line), datasets=shown))
        for i in group:
            missing[i] = missing[i] or "属于没有净产出的循环 / part of a loop that leaves nothing over"
    tech = _outside_loops(tech, loops, len(ids))
    open_rows = np.bincount(chunk.rows["dataset"][links.rows][links.provider < 0], minlength=len(ids))
    lost_rows = np.bincount(chunk.rows["dataset"][matched.rows][matched.flow < 0], minlength=len(ids))
    for row in np.flatnonzero((open_rows + lost_rows) > 0):
        i = int(row)
        if not missing[i]:
            count = int(open_rows[i] + lost_rows[i])
            missing[i] = f"{count}项交换未关联 / {count} exchanges are not linked"
    incomplete = _reached(np.array([bool(why) for why in missing], dtype=bool), tech)
    light = _unbalanced(chunk, links, matched, output)
    if light:
        examples = ", ".join(_shown(chunk.heads[i]) for i in light[:EXAMPLES])
        findings.append(codes.UNBALANCED(count=len(light), examples=examples))
    bad = [_valid(rows, chunk, part) for rows, part in ((tech, "t"), (bio, "b"))]
    if sum(count for count, _ in bad):
        example = next(shown for count, shown in bad if count)
        count = sum(count for count, _ in bad)
        findings.append(codes.BAD_UNCERTAINTY(count=count, example=example[0], dataset=example[1]))
    findings += [codes.IGNORED(feature=name, count=n) for name, n in sorted(chunk.ignored.items())]
    if chunk.unchecked:
        formula, problem = chunk.unchecked[0]
        findings.append(codes.FORMULA_UNCHECKED(count=len(chunk.unchecked), formula=formula, problem=problem))
    factors = match_factors(chunk.methods, matched.flows)
    findings += factors.findings
    said = listed(findings)
    arrays = _arrays(output, incomplete, tech, bio, factors)
    tables = _tables(chunk, options, missing, matched, links, tech, bio, said)
    about = {
        "format": title, "system_model": options.system_model, "licence": options.licence,
        "redistribute": options.redistribute, "citation": options.citation, "allocation": options.allocation,
    }  # fmt: skip
    summary = Summary(
        format=title,
        files=files,
        records=chunk.records,
        datasets=len(ids),
        exchanges=len(chunk.rows["amount"]) + len(ids),
        technosphere=len(links.rows),
        biosphere=len(matched.rows),
        linked=int((links.provider >= 0).sum()),
        unlinked=int((links.provider < 0).sum()),
        unlinked_flows=links.unlinked,
        flows=len(matched.flows),
        gas_flows=matched.matched,
        other_air_flows=matched.other_air,
        gaps=sum(1 for head in chunk.heads if head.missing),
        incomplete=int(incomplete.sum()),
        unbalanced=len(light),
        loops=tuple(tuple(ids[i] for i in group) for group in loops),
        uncertain=len(arrays["tech_unc_row"]) + len(arrays["bio_unc_row"]),
        formulas=len(tables["formula"]),
        parameters=len(chunk.parameters),
        methods=len(chunk.methods),
        factors=len(factors.amount),
        findings=said,
    )
    return Content(arrays=arrays, tables=tables, about=about), summary


def _shown(head: Head) -> str:
    return f"{head.name} {{{head.geography}}}" if head.geography else head.name or head.id


def _without_duplicates(chunk: Chunk) -> tuple[Chunk, list[Finding]]:
    seen: dict[str, Head] = {}
    dropped: set[int] = set()
    said = []
    for i, head in enumerate(chunk.heads):
        first = seen.setdefault(head.id, head)
        if first is not head:
            dropped.add(i)
            said.append(codes.DUPLICATE(Place(head.file, head.line), dataset=head.id, first=first.file or "?"))
    return without(chunk, dropped), said


def _rows(chunk: Chunk, rows: Array, other: Array, factor: Array) -> _Rows:
    """The rows that lead somewhere, sorted by owner, amounts and distributions in the unit of the other side."""
    kept = other >= 0
    rows, other, factor = rows[kept], other[kept], factor[kept]
    owner = chunk.rows["dataset"][rows]
    order = np.argsort(owner, kind="stable")
    rows, other, factor, owner = rows[order], other[order], factor[order], owner[order]
    given = {"kind": chunk.rows["unc"][rows]} | {name: chunk.rows[name][rows] for name in UNC[1:]}
    return _Rows(
        owner,
        other.astype(np.int32),
        chunk.rows["amount"][rows] * factor,
        chunk.rows["line"][rows],
        chunk.rows["formula"][rows],
        scaled(given, factor),
    )


def scaled(given: dict[str, Array], factor: Array) -> dict[str, Array]:
    """Distributions of amounts that are multiplied by `factor`; bounds change places where it is negative."""
    logarithmic = given["kind"] == Distribution.LOGNORMAL
    # A mirrored gamma distribution has no number in stats_arrays: without a scale it is found and counted.
    gamma = given["kind"] == Distribution.GAMMA
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.log(np.abs(factor))
    low, high = given["low"] * factor, given["high"] * factor
    return {
        "kind": given["kind"],
        "loc": np.where(logarithmic, given["loc"] + shift, np.where(gamma, given["loc"], given["loc"] * factor)),
        "scale": np.where(
            logarithmic, given["scale"], given["scale"] * np.where(gamma & (factor < 0), np.nan, np.abs(factor))
        ),
        "low": np.where(factor < 0, high, low),
        "high": np.where(factor < 0, low, high),
    }


def _valid(rows: _Rows, chunk: Chunk, part: str) -> tuple[int, tuple[str, str]]:
    """Drop the distributions that contradict themselves; how many there were, and the first."""
    u = rows.uncertainty
    kind = u["kind"]
    with np.errstate(invalid="ignore"):
        good = np.select(
            [
                kind == 2,
                kind == 3,
                kind == 4,
                (kind == 5) | (kind == Distribution.BETA_PERT),
                kind == Distribution.GAMMA,
            ],
            [
                np.isfinite(u["loc"]) & (u["scale"] > 0) & np.isfinite(u["scale"]),
                np.isfinite(u["loc"]) & (u["scale"] > 0) & np.isfinite(u["scale"]),
                np.isfinite(u["low"]) & np.isfinite(u["high"]) & (u["low"] < u["high"]),
                (u["low"] < u["high"]) & (u["low"] <= u["loc"]) & (u["loc"] <= u["high"]) & np.isfinite(u["high"]),
                (u["loc"] > 0) & (u["scale"] > 0) & np.isfinite(u["loc"] * u["scale"]) & np.isfinite(u["low"]),
            ],
            default=True,
        ).astype(bool)
    bad = np.flatnonzero(~good)
    u["kind"] = np.where(good, kind, 0).astype(np.uint8)
    if not len(bad):
        return 0, ("", "")
    i = int(bad[0])
    return len(bad), (
        Distribution(int(kind[i])).name.lower().replace("_", "-"),
        _shown(chunk.heads[int(rows.owner[i])]),
    )


def _outside_loops(tech: _Rows, loops: Sequence[Sequence[int]], count: int) -> _Rows:
    if not loops:
        return tech
    group = np.full(count, -1, dtype=np.int64)
    for number, members in enumerate(loops):
        group[list(members)] = number
    kept = (group[tech.owner] < 0) | (group[tech.owner] != group[tech.other])
    return _Rows(
        tech.owner[kept],
        tech.other[kept],
        tech.amount[kept],
        tech.line[kept],
        tech.formula[kept],
        {name: values[kept] for name, values in tech.uncertainty.items()},
    )


def _reached(gap: Array, tech: _Rows) -> Array:
    """Which datasets have a gap, or take from one that has, at any depth."""
    from scipy import sparse

    found = gap.copy()
    if not found.any():
        return found
    n = len(gap)
    takes = sparse.csr_array((np.ones(len(tech.owner), dtype=np.int8), (tech.other, tech.owner)), shape=(n, n))
    front: Array = np.flatnonzero(found)
    while len(front):
        after = np.unique(takes[front].indices)
        front = after[~found[after]]
        found[front] = True
    return found


def _unbalanced(chunk: Chunk, links: Links, matched: Matched, output: Array) -> list[int]:
    n = len(chunk.heads)
    rows = chunk.rows
    # Units only: the texts hold ids of providers as well.
    each, volume = np.full(len(chunk.texts), np.nan), np.zeros(len(chunk.texts), dtype=bool)
    for i in np.unique(rows["unit"]):
        each[i] = in_kilograms(chunk.texts[i])
        volume[i] = conversion(chunk.texts[i], "m3") is not None or conversion(chunk.texts[i], "Nm3") is not None
    kilograms = each[rows["unit"]]
    mass = rows["amount"] * kilograms
    takes = np.isin(rows["kind"], [int(Kind.INPUT), int(Kind.RESOURCE)])
    gives = rows["kind"] == int(Kind.WASTE)
    weighed = takes & np.isfinite(mass)
    mass_in = np.bincount(rows["dataset"][weighed], weights=np.abs(mass[weighed]), minlength=n)
    given = gives & np.isfinite(mass)
    mass_out = np.bincount(rows["dataset"][given], weights=mass[given], minlength=n)
    own = np.array([head.output * in_kilograms(head.unit) for head in chunk.heads])
    # Volumes of water and gas are masses too: a dataset that takes them in cannot be judged here.
    wet = np.bincount(rows["dataset"][takes & volume[rows["unit"]]], minlength=n)
    comparable = np.isfinite(own) & (wet == 0) & np.array([not head.treats for head in chunk.heads], dtype=bool)
    return unbalanced(chunk.heads, mass_out + np.where(np.isfinite(own), own, 0.0), mass_in, comparable)


def _arrays(output: Array, incomplete: Array, tech: _Rows, bio: _Rows, factors: Factors) -> dict[str, Array]:
    arrays: dict[str, Array] = {"output": output, "incomplete": incomplete.astype(np.uint8)}
    for name, rows, owner, other in (("tech", tech, "consumer", "provider"), ("bio", bio, "dataset", "flow")):
        arrays |= {f"{name}_{owner}": rows.owner, f"{name}_{other}": rows.other, f"{name}_amount": rows.amount}
        arrays[f"{name}_line"] = rows.line
        known = np.flatnonzero(rows.uncertainty["kind"] > 1)
        arrays[f"{name}_unc_row"] = known
        arrays |= {f"{name}_unc_{part}": rows.uncertainty[part][known] for part in UNC}
    return arrays | {"factor_method": factors.method, "factor_flow": factors.flow, "factor_amount": factors.amount}


def _tables(
    chunk: Chunk,
    options: Options,
    missing: Sequence[str],
    matched: Matched,
    links: Links,
    tech: _Rows,
    bio: _Rows,
    said: Sequence[Finding],
) -> dict[str, list[tuple[Any, ...]]]:
    datasets = [_dataset_row(head, why, chunk.flows, options) for head, why in zip(chunk.heads, missing, strict=True)]
    flows = [_flow_row(flow, gas) for flow, gas in zip(matched.flows, matched.gases, strict=True)]
    formulas = [
        (part, int(row), chunk.texts[int(rows.formula[row])])
        for part, rows in (("tech", tech), ("bio", bio))
        for row in np.flatnonzero(rows.formula > 0)
    ]
    lookups = []
    for head, why in zip(chunk.heads, missing, strict=True):
        product = chunk.flows.get(head.product)
        rest = (head.geography, head.year, head.category, head.technology[:200], product.cas if product else "")
        names = (head.name, head.name_zh, product.name if product else "", product.name_zh if product else "")
        units = (head.unit, study_unit(head.unit))
        lookups.append(
            lookup_row(head.id, names, " ".join(rest), geography=head.geography, units=units, missing=bool(why))
        )
    return {
        "dataset": datasets,
        "flow": flows,
        "method": [_method_row(method) for method in chunk.methods],
        "parameter": [(i, p.name, p.amount, p.formula, p.unit) for i, p in chunk.parameters],
        "formula": formulas,
        "unlinked": list(links.unlinked),
        "lookup": lookups,
        "finding": [
            (f.code, f.severity.value, json.dumps(f.place.as_dict(), ensure_ascii=False, sort_keys=True),
             json.dumps(f.shown("en"), ensure_ascii=False, sort_keys=True))
            for f in said
        ],
    }  # fmt: skip


def _dataset_row(head: Head, missing: str, flows: dict[str, FlowRecord], options: Options) -> tuple[Any, ...]:
    product = flows.get(head.product)
    return (
        head.id, head.name or (product.name if product else "") or head.id,
        head.name_zh or (product.name_zh if product else ""),
        product.name if product else "", head.product, head.unit, study_unit(head.unit), int(head.treats),
        int(head.negative),
        head.geography, head.year, head.technology, options.system_model or head.system_model, head.boundary,
        head.category,
        options.citation or head.citation, options.licence or head.licence, head.notes, missing, head.file, head.line,
    )  # fmt: skip


def _flow_row(flow: FlowRecord, gas: tuple[str, str, float, str]) -> tuple[Any, ...]:
    flow = replace(flow, name=flow.name or flow.key)
    return (
        flow.key, flow.name, flow.name_zh, flow.unit, flow.compartment, flow.subcompartment, flow.cas, flow.formula,
        *gas,
    )  # fmt: skip


def _method_row(method: MethodRecord) -> tuple[Any, ...]:
    return (method.id, method.method, method.category, method.unit)
