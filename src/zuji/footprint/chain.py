"""The supply chain behind a footprint, or behind one dataset of a stored background, ready for trees and diagrams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from zuji.background.gwp import gwp_table
from zuji.background.model import Background
from zuji.background.store.stored import StoredBackground, StoredDataset
from zuji.datum import LocalText
from zuji.engine.adjoint import Inventory, inventory, scores
from zuji.engine.columns import number
from zuji.engine.contributions import Supply, by_flow, by_label
from zuji.engine.snapshot import Snapshot, exchanges, uids
from zuji.engine.solve import reachable
from zuji.engine.system import System
from zuji.errors import AddressError
from zuji.footprint.calculate import full_record
from zuji.footprint.graft import Graft, grafts_of
from zuji.footprint.model import Footprint
from zuji.footprint.stored import engine_cache, intervention_of, snapshot_of
from zuji.rulebooks.book import Book
from zuji.rulebooks.context import Context
from zuji.rulebooks.strategies.characterisation import characterise
from zuji.study.model import LIFE_CYCLE, ProviderKind, Study

Floats = npt.NDArray[np.float64]
OF_LINES = ("stage", "plant", "component")
OF_ACTIVITIES = ("country", "supplier", "source")
GROUPS = (*OF_LINES, *OF_ACTIVITIES, "gas")
"""What a footprint can be split by; a process or a stored dataset only by what its activities and flows say."""


@dataclass(frozen=True, eq=False)
class Chain:
    """One demand on one solved system under one method; everything that trees and diagrams are made from."""

    title: LocalText
    rulebook: str
    system: System
    supply: Supply
    factors: Floats
    """[kg CO2e per unit of flow], shape (flows,)"""
    root: int
    names: Sequence[LocalText]
    units: Sequence[str]
    labels: Mapping[str, Sequence[str]]
    gases: Sequence[str]
    lines: Mapping[str, Mapping[str, float]]
    """Sums over the contribution lines of the footprint, by stage, plant and component."""
    stage_names: Mapping[str, LocalText]
    gaps: int
    """Flows that the method does not characterise."""

    @property
    def ids(self) -> Sequence[str]:
        """The id of every activity."""
        return self.system.snapshot.activities

    @property
    def total(self) -> float:
        """[kg CO2e] per unit of the root: per product for a footprint."""
        return float(self.supply.values[self.root])

    @property
    def demand(self) -> dict[int, float]:
        """One unit of the root."""
        return {self.root: 1.0}

    @cached_property
    def inventory(self) -> Inventory:
        """Supply and flows of the demand, by one forward solve."""
        return inventory(self.system, self.demand)

    @property
    def groups(self) -> tuple[str, ...]:
        """What `by` accepts."""
        return tuple(name for name in GROUPS if name in self.lines or name in self.labels or name == "gas")

    def by(self, group: str) -> dict[str, float]:
        """The total by stage, plant, component, country, supplier, source or gas [kg CO2e], largest first."""
        if group in self.lines:
            return dict(self.lines[group])
        if group == "gas":
            return by_flow(self.inventory, self.factors, self.gases)
        return by_label(self.supply, self.inventory, self.labels[group])

    def find(self, text: str) -> int:
        """The activity with this id, or the only one whose id or name contains the text.

        Raises AddressError with the nearest ids when there is none or more than one.
        """
        exact = [i for i, id in enumerate(self.ids) if id == text]
        if exact:
            return exact[0]
        folded = text.casefold()
        found = [
            i
            for i, (id, name) in enumerate(zip(self.ids, self.names, strict=True))
            if folded in id.casefold() or folded in name.zh.casefold() or folded in name.en.casefold()
        ]
        if len(found) == 1:
            return found[0]
        raise AddressError(text, [self.ids[i] for i in found[:5]] or list(self.ids[:3]))


def of_footprint(footprint: Footprint) -> Chain:
    """The chain of a footprint: foreground and background as one system, so that nothing ends at the plant's gate.

    A dataset of a stored background is replaced by its columns there and those of everything upstream of it.

    Raises EngineError with the diagnosis when the system cannot be solved.
    """
    record = full_record(footprint)
    demand = [id for id, amount in record["demand"].items() if number(amount)]
    everything = {**record["background"], **record["activities"]}
    study, background = footprint.system.study, footprint.system.background
    activities = reachable(everything, demand)
    grafts = grafts_of(background, activities, footprint.system)
    activities = {id: activity for id, activity in activities.items() if not any(id in graft for graft in grafts)}
    flows = dict(record["flows"])
    for graft in grafts:
        flows |= {id: found for id, found in graft.flows.items() if id not in flows}
    snapshot = record_snapshot(activities, tuple(flows), grafts)
    factors = np.array([number(f["factor"]) if f["factor"] is not None else 0.0 for f in flows.values()])
    plants = study.plants
    suppliers = {
        info.provider for info in footprint.system.lines.values() if info.provider_kind == ProviderKind.SUPPLIER.value
    }
    names, units, country, supplier, source = [], [], [], [], []
    for id in activities:
        process = footprint.system.processes.get(id)
        dataset = background.datasets.get(id)
        if dataset is not None:
            names.append(dataset.name)
            units.append(dataset.unit)
            country.append(dataset.geography or "-")
            supplier.append(id if id in suppliers else "-")
            source.append(dataset.source.citation or dataset.collection or "-")
        else:
            plant = plants.get(process.plant) if process is not None else None
            names.append(process.name if process is not None and process.name else _own_name(footprint, id))
            units.append(process.reference_flow.unit.symbol if process is not None else "")
            country.append(plant.country if plant is not None and plant.country else "-")
            supplier.append("-")
            source.append(study.id)
    for graft in grafts:
        names += [LocalText(row.name_zh, row.name) for row in graft.rows]
        units += [row.unit for row in graft.rows]
        country += [row.geography or "-" for row in graft.rows]
        supplier += ["-"] * len(graft.rows)
        source += [row.citation or "-" for row in graft.rows]
    return _chain(
        snapshot,
        factors,
        snapshot.activities.places[LIFE_CYCLE],
        title=study.product.name,
        rulebook=footprint.system.book.id,
        names=names,
        units=units,
        labels={"country": country, "supplier": supplier, "source": source},
        gases=[flow.partition("|")[0] for flow in flows],
        lines={
            "stage": _summed((line.stage, line.value) for line in footprint.lines),
            "plant": _summed((line.plant or "-", line.value) for line in footprint.lines),
            "component": _summed((line.component_group or "-", line.value) for line in footprint.lines),
        },
        stage_names={part.id: part.name for part in footprint.stages},
        gaps=len({flow for _, _, flow in footprint.gaps}),
    )


def of_stored(stored: StoredBackground, text: str, book: Book, on: date, cache: Path | None = None) -> Chain:
    """The chain of one dataset (id, or a word of its name) of a stored background under the method of a rulebook."""
    snapshot = snapshot_of(stored)
    context = Context(cast(Study, None), Background("", {}), gwp_table(), book, book.version(on), on)
    factors = np.zeros(len(snapshot.flows))
    gaps = 0
    gases: list[str] = []
    for flow in stored.flows():
        gases.append(flow.gas or "-")
        if flow.gas:
            # Characterisation asks the rulebook and the GWP table, nothing of a study.
            found = characterise(context, intervention_of(flow))
            gaps += found.factor is None
            factors[flow.i] = number(found.factor) * flow.factor if found.factor is not None else 0.0
    rows = [StoredDataset(i, *row) for i, row in enumerate(stored.rows("dataset"))]
    chain = _chain(
        snapshot,
        factors,
        0,
        title=LocalText(),
        rulebook=book.id,
        names=[LocalText(row.name_zh, row.name) for row in rows],
        units=[row.unit for row in rows],
        labels={"country": [row.geography or "-" for row in rows], "source": [row.citation or "-" for row in rows]},
        gases=gases,
        lines={},
        stage_names={},
        gaps=gaps,
        cache=engine_cache(stored, cache),
    )
    root = chain.find(text)
    return Chain(**{**vars(chain), "root": root, "title": chain.names[root]})


def _chain(snapshot: Snapshot, factors: Floats, root: int, *, cache: Path | None = None, **described: Any) -> Chain:
    system = System.of(snapshot, cache)
    supply = Supply.of(system, scores(system, factors, cache))
    return Chain(system=system, supply=supply, factors=factors, root=root, **described)


def _own_name(footprint: Footprint, id: str) -> LocalText:
    return footprint.system.study.product.name if id == LIFE_CYCLE else LocalText(id, id)


def _summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for key, value in pairs:
        sums[key] = sums.get(key, 0.0) + value
    return dict(sorted(((k, v) for k, v in sums.items() if v), key=lambda pair: (-abs(pair[1]), pair[0])))


def record_snapshot(
    activities: Mapping[str, Mapping[str, Any]], flows: tuple[str, ...], grafts: Sequence[Graft] = ()
) -> Snapshot:
    """The activities of a record as a snapshot, followed by those of the grafts.

    The uid of a line depends on its activity and name alone.
    """
    ids = list(activities)
    index = {id: i for i, id in enumerate(ids)}
    first = []
    for graft in grafts:
        first.append(len(ids))
        index |= {id: len(ids) + place for id, place in graft.taken.items()}
        ids += graft.ids
    of_flow = {flow: i for i, flow in enumerate(flows)}
    made = [(f"{id}|", i, i, number(activity["output"]), 1) for i, (id, activity) in enumerate(activities.items())]
    taken = [
        (f"{id}|{line}", index[provider], index[id], number(amount), -1)
        for id, activity in activities.items()
        for line, provider, amount in activity.get("inputs", ())
        if provider in index
    ]
    emitted = [
        (f"{id}|{line}", of_flow[flow], index[id], number(amount), 1)
        for id, activity in activities.items()
        for line, flow, amount in activity.get("emissions", ())
    ]
    blocks = []
    for part, rows in enumerate(([*made, *taken], emitted)):
        key, row, column, value, sign = zip(*rows, strict=True) if rows else ((),) * 5
        produced = [i < len(made) and rows is not emitted for i in range(len(rows))]
        own: dict[str, Any] = {"uid": uids(key), "row": row, "column": column, "value": value, "sign": sign}
        columns = [{**own, "production": produced}]
        for graft, begin in zip(grafts, first, strict=True):
            columns.append(graft.biosphere(begin, of_flow) if part else graft.technosphere(begin))
        joined = {name: np.concatenate([np.asarray(each[name]) for each in columns]) for name in columns[0]}
        blocks.append(exchanges(**joined))
    return Snapshot.build(activities=ids, flows=flows, technosphere=blocks[0], biosphere=blocks[1])
