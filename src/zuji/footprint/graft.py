"""The columns of stored backgrounds behind a footprint: what it takes, and everything upstream of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.background.model import Background
from zuji.background.store.library import Library
from zuji.background.store.stored import StoredBackground, StoredDataset
from zuji.engine.plan import reached
from zuji.errors import UnreadableError, ZujiError
from zuji.footprint.calculate import context_of
from zuji.footprint.stored import BIOSPHERE, first_uid, intervention_of
from zuji.rulebooks.product_system import ProductSystem
from zuji.rulebooks.strategies.characterisation import Characterised, characterise

STORED = "sha256:"
"""The collection of a dataset from a stored background is the digest of that background."""
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Graft:
    """A part of one stored background, closed upstream; its datasets are numbered 0 … n−1."""

    stored: StoredBackground
    kept: Ints
    """(n,): place of each dataset in the store."""
    rows: tuple[StoredDataset, ...]
    ids: tuple[str, ...]
    """Ids of the datasets; one that something else in the footprint has carries the digest as well."""
    taken: Mapping[str, int]
    """Id in the footprint → number."""
    flow_ids: tuple[str, ...]
    """Flow of the record for each flow of the store; '' for one that no method of this kind counts."""
    flows: Mapping[str, Mapping[str, Any]]
    """Factor and category of these flows, as a record has them."""

    def __contains__(self, id: str) -> bool:
        return id in self.taken

    def technosphere(self, begin: int) -> dict[str, npt.NDArray[Any]]:
        """Columns of the exchanges between its datasets, which are numbered from `begin` on."""
        stored, number, n = self.stored, self._number, len(self.kept)
        inside = np.flatnonzero(number[stored.array("tech_consumer")] >= 0)
        made = np.asarray(stored.array("output"))[self.kept]
        row, column = (number[stored.array(f"tech_{name}")[inside]] for name in ("provider", "consumer"))
        own = np.arange(n)
        return {
            "uid": first_uid(stored) + np.concatenate([self.kept, len(stored) + inside]),
            "row": begin + np.concatenate([own, row]),
            "column": begin + np.concatenate([own, column]),
            "value": np.concatenate([made, stored.array("tech_amount")[inside]]),
            "sign": np.concatenate([np.ones(n, np.int8), np.full(len(inside), -1, np.int8)]),
            "production": np.arange(n + len(inside)) < n,
        }

    def biosphere(self, begin: int, of_flow: Mapping[str, int]) -> dict[str, npt.NDArray[Any]]:
        """Columns of its emissions of the flows that `of_flow` numbers [unit of the record's flow]."""
        stored, number = self.stored, self._number
        flow = np.array([of_flow.get(id, -1) if id else -1 for id in self.flow_ids], dtype=np.int64)
        size = np.array([abs(each.factor) for each in stored.flows()])
        uptake = np.array([each.factor < 0 for each in stored.flows()], dtype=bool)
        of, owner = stored.array("bio_flow"), stored.array("bio_dataset")
        inside = np.flatnonzero((number[owner] >= 0) & (flow[of] >= 0))
        amount = stored.array("bio_amount")[inside] * size[of[inside]]
        return {
            "uid": first_uid(stored) + BIOSPHERE + inside,
            "row": flow[of[inside]],
            "column": begin + number[owner[inside]],
            "value": np.where(uptake[of[inside]], -amount, amount),
            "sign": np.ones(len(inside), np.int8),
            "production": np.zeros(len(inside), dtype=bool),
        }

    @property
    def _number(self) -> Ints:
        found = np.full(len(self.stored), -1, dtype=np.int64)
        found[self.kept] = np.arange(len(self.kept))
        return found


def stored_of(background: Background, ids: Iterable[str]) -> dict[str, list[str]]:
    """Digest → those of `ids` that a stored background with this digest holds, as far as it is still there."""
    found: dict[str, list[str]] = {}
    for id in ids:
        dataset = background.datasets.get(id)
        if dataset is not None and dataset.collection.startswith(STORED) and not dataset.missing:
            found.setdefault(dataset.collection, []).append(id)
    return found


def open_stored(digest: str) -> StoredBackground | None:
    """The stored background with this digest; None when it was removed or cannot be read."""
    try:
        return Library().open(digest)
    except (ZujiError, UnreadableError, OSError):
        return None


def flows_of(stored: StoredBackground, system: ProductSystem) -> list[Characterised | None]:
    """What the rulebook makes of each flow of the store, in order; None for one that is no gas."""
    context = context_of(system)
    found: list[Characterised | None] = []
    known: dict[tuple[str, str, bool], Characterised] = {}
    for flow in stored.flows():
        key = (flow.gas, flow.origin, flow.factor < 0)
        if not flow.gas:
            found.append(None)
            continue
        if key not in known:
            known[key] = characterise(context, intervention_of(flow))
        found.append(known[key])
    return found


def grafts_of(background: Background, ids: Mapping[str, Any], system: ProductSystem) -> tuple[Graft, ...]:
    """The grafts for those of `ids` that come from stored backgrounds; one that cannot be opened stays a leaf."""
    found: list[Graft] = []
    for digest, taken in sorted(stored_of(background, ids).items()):
        stored = open_stored(digest)
        if stored is None:
            continue
        places = {id: place for id in taken if (place := stored.index_of(id)) is not None}
        kept = _upstream(stored, np.array(sorted(places.values()), dtype=np.int64))
        chosen = set(kept.tolist())
        rows = tuple(StoredDataset(i, *row) for i, row in enumerate(stored.rows("dataset")) if i in chosen)
        number = {int(place): i for i, place in enumerate(kept)}
        own = set(places)
        others = {id for id in ids if id not in own} | {id for graft in found for id in graft.ids}
        flows = flows_of(stored, system)
        found.append(
            Graft(
                stored=stored,
                kept=kept,
                rows=rows,
                ids=tuple(row.id if row.id not in others else f"{row.id}@{digest[7:15]}" for row in rows),
                taken={id: number[place] for id, place in places.items()},
                flow_ids=tuple(flow.flow if flow is not None else "" for flow in flows),
                flows={f.flow: {"factor": f.factor, "category": f.category} for f in flows if f is not None},
            )
        )
    return tuple(found)


def _upstream(stored: StoredBackground, start: Ints) -> Ints:
    """Places of `start` and of everything that they take from, ascending."""
    n = len(stored)
    consumer, provider = (np.asarray(stored.array(f"tech_{name}")) for name in ("consumer", "provider"))
    graph = sparse.csr_array((np.ones(len(consumer), dtype=np.int8), (consumer, provider)), shape=(n, n))
    first = np.zeros(n, dtype=bool)
    first[start] = True
    return np.flatnonzero(reached(graph, first))
