"""Who delivers what: exchanges are joined to datasets by the provider that the file names, else by flow and place."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zuji.background.importers import codes
from zuji.background.importers.columns import Array, Chunk, Head
from zuji.background.importers.records import FlowRecord, Kind
from zuji.background.importers.units import convert
from zuji.finding import Finding, Place

SHOWN = 50
"""Unlinked exchanges that get a finding of their own with the nearest candidates."""
TECHNOSPHERE = (Kind.INPUT, Kind.WASTE, Kind.AVOIDED)


@dataclass(frozen=True, slots=True)
class Links:
    """For every technosphere row: the provider (or -1) and the factor from the row's amount to what is taken."""

    rows: Array
    """Row numbers of the technosphere, int64."""
    provider: Array
    factor: Array
    findings: tuple[Finding, ...]
    unlinked: tuple[tuple[str, int], ...]
    """(what nobody delivers, number of exchanges), most frequent first"""


class _Index:
    """Datasets by what they may be called, and by what they make."""

    def __init__(self, heads: Sequence[Head]) -> None:
        self.heads = heads
        self.by_key: dict[str, int] = {}
        shared: set[str] = set()
        self.by_product: dict[str, list[int]] = defaultdict(list)
        for i, head in enumerate(heads):
            self.by_product[head.product].append(i)
            for key in (head.id, *head.keys):
                if self.by_key.setdefault(key, i) != i:
                    shared.add(key)
        for key in shared - {head.id for head in heads}:
            del self.by_key[key]

    def find(self, provider: str, flow: str, location: str, treats: bool | None) -> tuple[int, tuple[int, ...]]:
        """(dataset or -1, candidates among which nothing decides)."""
        if provider:
            named = self.by_key.get(f"{provider}|{flow}", self.by_key.get(provider, -1))
            return (named, ()) if named >= 0 and self.heads[named].product == flow else (-1, ())
        makers = [i for i in self.by_product.get(flow, ()) if treats is None or self.heads[i].treats == treats]
        if len(makers) == 1:
            return makers[0], ()
        here = [i for i in makers if location and self.heads[i].geography == location]
        return (here[0], ()) if len(here) == 1 else (-1, tuple(here or makers))


def link(chunk: Chunk, flows: dict[str, FlowRecord]) -> Links:
    """Link every technosphere row; work is per distinct (provider, flow, place, unit), not per row."""
    rows = np.flatnonzero(np.isin(chunk.rows["kind"], [int(k) for k in TECHNOSPHERE]))
    names = ("provider", "flow", "location", "unit", "kind")
    if len(rows) == 0:
        return Links(rows, np.empty(0, np.int32), np.empty(0), (), ())
    table = np.stack([chunk.rows[name][rows].astype(np.int64) for name in names])
    cases, first, which, counts = np.unique(table, axis=1, return_index=True, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    index = _Index(chunk.heads)
    provider = np.full(cases.shape[1], -1, dtype=np.int32)
    factor = np.zeros(cases.shape[1])
    report = _Report(chunk, flows, index)
    for i in range(cases.shape[1]):
        key, flow, place, unit = (
            chunk.texts[cases[0, i]], chunk.flow_keys[cases[1, i]], chunk.texts[cases[2, i]], chunk.texts[cases[3, i]],
        )  # fmt: skip
        kind = Kind(int(cases[4, i]))
        found, candidates = index.find(key, flow, place, _treats(kind))
        row = int(rows[first[i]])
        if found < 0:
            report.unlinked(row, flow, place, int(counts[i]), candidates)
            continue
        head = chunk.heads[found]
        step = _step(unit, head.unit, flows.get(flow))
        if step is None:
            report.units(row, flow, unit, head.unit, int(counts[i]))
            continue
        provider[i] = found
        # What a dataset with a negative reference takes in stands at its consumers as a negative input.
        factor[i] = step * (-1.0 if head.negative and kind is Kind.INPUT else 1.0)
        factor[i] *= -1.0 if kind is Kind.AVOIDED else 1.0
    return Links(rows, provider[which], factor[which], tuple(report.findings()), report.ranked())


def _treats(kind: Kind) -> bool | None:
    return {Kind.WASTE: True, Kind.AVOIDED: False}.get(kind)


def _step(unit: str, target: str, flow: FlowRecord | None) -> float | None:
    """Factor from `unit` to the provider's unit, over the flow's own unit where the two are of different kinds."""
    own = dict(flow.factors) if flow is not None else {}
    direct = convert(unit, target, {})
    if direct is not None or flow is None:
        return direct
    there, back = convert(unit, flow.unit, own), convert(target, flow.unit, own)
    return there / back if there is not None and back else None


class _Report:
    def __init__(self, chunk: Chunk, flows: dict[str, FlowRecord], index: _Index) -> None:
        self.chunk, self.flows, self.index = chunk, flows, index
        self.missing: Counter[str] = Counter()
        self.first: dict[str, tuple[int, tuple[int, ...], str]] = {}
        self.others: list[Finding] = []

    def _named(self, flow: str) -> str:
        known = self.flows.get(flow)
        return (known.name if known is not None else "") or flow

    def _place(self, row: int) -> tuple[Place, str]:
        head = self.chunk.heads[int(self.chunk.rows["dataset"][row])]
        return Place(head.file, int(self.chunk.rows["line"][row]) or head.line), head.name or head.id

    def unlinked(self, row: int, flow: str, place: str, count: int, candidates: tuple[int, ...]) -> None:
        key = f"{flow}\0{place}"
        self.missing[key] += count
        self.first.setdefault(key, (row, candidates, place))

    def units(self, row: int, flow: str, unit: str, expected: str, count: int) -> None:
        place, name = self._place(row)
        shown: dict[str, Any] = {"flow": self._named(flow), "unit": unit or "?", "expected": expected or "?"}
        self.others.append(codes.UNIT_MISMATCH(place, dataset=name, **shown))
        self.missing[f"{flow}\0"] += count

    def ranked(self) -> tuple[tuple[str, int], ...]:
        total: Counter[str] = Counter()
        for key, count in self.missing.items():
            flow, _, place = key.partition("\0")
            total[self._named(flow) + (f" {{{place}}}" if place else "")] += count
        return tuple(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))

    def findings(self) -> list[Finding]:
        found = list(self.others)
        ranked = sorted(self.first, key=lambda key: (-self.missing[key], key))
        heads = self.chunk.heads
        names: list[str] | None = None
        for key in ranked[:SHOWN]:
            flow = key.partition("\0")[0]
            row, candidates, location = self.first[key]
            place, name = self._place(row)
            wanted = self._named(flow) + (f" {{{location}}}" if location else "")
            if candidates:
                near = ", ".join(_shown(heads[i]) for i in candidates[:3])
                found.append(codes.SEVERAL_PROVIDERS(place, dataset=name, flow=wanted, nearest=near))
                continue
            if names is None:
                names = sorted({self._named(head.product) for head in heads})
            near = ", ".join(difflib.get_close_matches(self._named(flow), names, n=3, cutoff=0.6)) or "–"
            found.append(codes.UNLINKED(place, dataset=name, flow=wanted, nearest=near))
        rest = ranked[SHOWN:]
        if rest:
            count = sum(self.missing[key] for key in rest)
            found.append(codes.UNLINKED_MORE(count=count, flows=len({key.partition("\0")[0] for key in rest})))
        return found


def _shown(head: Head) -> str:
    return f"{head.name} {{{head.geography}}}" if head.geography else head.name
