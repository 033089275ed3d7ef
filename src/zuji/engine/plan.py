"""How a technosphere is solved, worked out once per structure: production matching, order, ranges, sparse pattern.

With S the sign of every reference flow (−1 for a waste treatment) and |D| its size, the system is M = S·A·|D|⁻¹,
which is I − T: column j of T is what activity j takes per unit of its reference flow. Activities are put in an order
(*positions*) in which M is block upper triangular: first those with no loop among their suppliers (*pre*), then the
*core*, which holds every loop and what lies between loops, then the rest (*post*). In pre and post M is upper
triangular, so one pass of substitution solves them; only the core needs a factorisation. Inside the core the activities
stand by the number of their links, fewest first, which is the order in which they are eliminated.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from zuji.engine.arrays import read_arrays, write_arrays
from zuji.engine.cache import cache_path, through_cache
from zuji.engine.matching import Matching, match_production
from zuji.engine.snapshot import Snapshot
from zuji.errors import EngineError, UnreadableError

FORMAT = "zuji-plan/1"
Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """The order and the sparse pattern of one structure; n activities, m technosphere exchanges, k stored cells."""

    structure: str
    """The structure digest of the snapshots that this plan fits."""
    order: Ints
    """(n,) int64: position → activity."""
    product_of: Ints
    """(n,) int64: activity → product that it makes."""
    core_start: int
    core_stop: int
    """Positions: pre = [0, core_start), core = [core_start, core_stop), post = [core_stop, n)."""
    component: Ints
    """(n,) int64: position → number of its strongly connected component."""
    indptr: Array
    """(n + 1,) int32: M in compressed columns, in positions, row indices ascending, the diagonal always stored."""
    indices: Array
    """(k,) int32: row positions."""
    cell: Ints
    """(m,) int64: technosphere exchange → its place in `indices` (and in the values of M)."""
    reference: npt.NDArray[np.bool_]
    """(m,) bool: technosphere exchange is (part of) the reference flow of its activity."""

    @property
    def size(self) -> int:
        """The number of activities."""
        return len(self.order)

    @property
    def position(self) -> Ints:
        """(n,) int64: activity → position."""
        found = np.empty_like(self.order)
        found[self.order] = np.arange(len(self.order))
        return found

    @property
    def activity_of(self) -> Ints:
        """(n,) int64: product → activity that makes it."""
        found = np.empty_like(self.product_of)
        found[self.product_of] = np.arange(len(self.product_of))
        return found


def make_plan(snapshot: Snapshot, matching: Matching | None = None) -> Plan:
    """The plan of a snapshot's structure; raises EngineError where production cannot be matched one to one."""
    matched = match_production(snapshot) if matching is None else matching
    if not matched.perfect:
        unmade = [snapshot.products[int(i)] for i in np.flatnonzero(matched.activity_of < 0)]
        idle = [snapshot.activities[int(j)] for j in np.flatnonzero(matched.product_of < 0)]
        raise EngineError(
            f"{len(unmade)} products have no activity that makes them, {len(idle)} activities make no product",
            [*unmade[:10], *idle[:10]],
        )
    block = snapshot.technosphere
    n = len(snapshot.activities)
    supplier = matched.activity_of[block.row]
    consumer = block.column.astype(np.int64)
    order, start, stop, component = _order(supplier, consumer, n)
    position = np.empty(n, dtype=np.int64)
    position[order] = np.arange(n)
    key = position[consumer] * n + position[supplier]
    sorting = np.argsort(key, kind="stable")
    first = np.ones(len(key), dtype=bool)
    first[1:] = np.diff(key[sorting]) > 0
    cell = np.empty(len(key), dtype=np.int64)
    cell[sorting] = np.cumsum(first) - 1
    column, row = np.divmod(key[sorting][first], n) if n else (key, key)
    indptr = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(column, minlength=n), out=indptr[1:])
    return Plan(
        structure=snapshot.structure,
        order=order,
        product_of=matched.product_of,
        core_start=start,
        core_stop=stop,
        component=component[order],
        indptr=indptr,
        indices=row.astype(np.int32),
        cell=cell,
        reference=matched.reference,
    )


def _order(supplier: Ints, consumer: Ints, n: int) -> tuple[Ints, int, int, Ints]:
    """(position → activity, start and stop of the core, activity → component)."""
    other = supplier != consumer
    pairs = (np.ones(int(other.sum()), dtype=np.int64), (supplier[other], consumer[other]))
    graph = sparse.csr_array(pairs, shape=(n, n))
    graph.sum_duplicates()
    source = np.repeat(np.arange(n), np.diff(graph.indptr))
    count, label = csgraph.connected_components(graph, directed=True, connection="strong") if n else (0, source)
    looped = np.bincount(label, minlength=count)[label] > 1
    below = reached(graph, looped)  # has a loop among its suppliers, or is in one
    above = reached(graph.T.tocsr(), looped)  # has a loop among its consumers, or is in one
    core = below & above
    pre = np.flatnonzero(~below)
    post = np.flatnonzero(below & ~above)
    inner = np.flatnonzero(core)
    # Elimination order of the core: markets, which are linked with thousands, go last; so little is filled in.
    degree = np.diff(graph.indptr)[inner] + np.bincount(graph.indices[core[source]], minlength=n)[inner]
    parts = [_suppliers_first(graph, pre), inner[np.argsort(degree, kind="stable")], _suppliers_first(graph, post)]
    order = np.concatenate(parts).astype(np.int64)
    # Components are numbered by their first activity, so that the numbers do not depend on the algorithm.
    lowest = np.full(count, n, dtype=np.int64)
    np.minimum.at(lowest, label, np.arange(n))
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(lowest)] = np.arange(count)
    return order, len(pre), len(pre) + int(core.sum()), rank[label]


def reached(graph: sparse.csr_array, start: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which nodes can be reached from `start` (a mask), itself included, along the entries of each row."""
    found = start.copy()
    frontier = np.flatnonzero(start)
    while len(frontier):
        following = np.unique(_targets(graph, frontier))
        frontier = following[~found[following]]
        found[frontier] = True
    return found


def _targets(graph: sparse.csr_array, nodes: Array) -> Array:
    begin, end = graph.indptr[nodes].astype(np.int64), graph.indptr[nodes + 1].astype(np.int64)
    counts = end - begin
    offsets = np.repeat(begin - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return np.asarray(graph.indices[np.arange(counts.sum()) + offsets])


def _suppliers_first(graph: sparse.csr_array, nodes: Array) -> Array:
    """`nodes`, which have no loop among them, each after all of its suppliers (Kahn's algorithm, level by level)."""
    inside = graph[nodes][:, nodes].tocsr()
    waiting = np.bincount(inside.indices, minlength=len(nodes))
    ready = np.flatnonzero(waiting == 0)
    levels: list[Array] = []
    while len(ready):
        levels.append(ready)
        served, times = np.unique(_targets(inside, ready), return_counts=True)
        waiting[served] -= times
        ready = served[waiting[served] == 0]
    return np.asarray(nodes[np.concatenate(levels)] if levels else nodes)


_ARRAYS = ("order", "product_of", "component", "indptr", "indices", "cell", "reference")


def cached_plan(snapshot: Snapshot, folder: Path | None) -> Plan:
    """The plan from `folder` by structure digest, made and stored there when it is missing, damaged or misfit."""
    if folder is None:
        return make_plan(snapshot)
    path = cache_path(folder, "plan", snapshot.structure)
    return through_cache(path, lambda p: load_plan(p, snapshot), lambda: make_plan(snapshot), save_plan)


def save_plan(path: Path, plan: Plan) -> None:
    """Write a plan, atomically."""
    meta = {"format": FORMAT, "structure": plan.structure, "core_start": plan.core_start, "core_stop": plan.core_stop}
    write_arrays(path, meta, {name: getattr(plan, name) for name in _ARRAYS})


def load_plan(path: Path, snapshot: Snapshot) -> Plan:
    """The plan in `path`, every byte checked; raises UnreadableError when it is damaged or of another structure."""
    meta, arrays = read_arrays(path, verify=True)
    if meta.get("format") != FORMAT or meta.get("structure") != snapshot.structure or set(arrays) != set(_ARRAYS):
        raise UnreadableError(f"{path} is not the plan of this structure")
    return Plan(
        structure=snapshot.structure,
        core_start=int(meta["core_start"]),
        core_stop=int(meta["core_stop"]),
        **{name: arrays[name] for name in _ARRAYS},
    )
