"""Where a score comes from, read from the adjoint vector: tree, first tier, paths, consumers, groups.

T[i, j] is what activity j takes from activity i per unit of reference flow, y the scores, d their direct parts, so that
y_j = d_j + Σ_i T[i, j]·y_i. An activity that supplies `amount` is worth amount·y, emits amount·d itself and hands the
rest down its inputs, amount·T[i, j]·y_i each. No further solve is needed, and the parts add up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.engine.adjoint import Inventory, Scores
from zuji.engine.system import System
from zuji.errors import EngineError

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NODES = 100_000
"""A tree is not grown beyond this many nodes; what is left then stands in `rest`."""


@dataclass(frozen=True, eq=False)
class Supply:
    """Who takes what from whom, and what that is worth, under one method; n activities in the snapshot's order."""

    taken: sparse.csc_array
    """(n, n): T."""
    values: Floats
    """(n,): y [method unit per unit of reference flow]."""
    direct: Floats
    """(n,): d [method unit per unit of reference flow]."""

    @classmethod
    def of(cls, system: System, scores: Scores, method: int = 0) -> Supply:
        """The supply of a solved system."""
        values, direct = scores.of(method)
        return cls(taken(system), np.asarray(values), np.asarray(direct))

    @cached_property
    def by_supplier(self) -> sparse.csr_array:
        """T in compressed rows."""
        return self.taken.tocsr()


def taken(system: System) -> sparse.csc_array:
    """T = I − M in the order of the activities, without stored zeros."""
    plan, n = system.plan, system.plan.size
    consumer = plan.order[np.repeat(np.arange(n), np.diff(plan.indptr))]
    supplier = plan.order[plan.indices]
    values = np.where(supplier == consumer, 1.0, 0.0) - system.data
    values[np.abs(values) < 1e-15 * (supplier == consumer)] = 0.0  # 1 − 1 of the reference flow leaves a true zero
    matrix = sparse.csc_array((values, (supplier, consumer)), shape=(n, n))
    matrix.eliminate_zeros()
    return matrix


@dataclass(frozen=True, eq=False)
class Tree:
    """A contribution tree as columns, parents before children, largest first among siblings.

    Σ direct + Σ rest = total, and value = direct + rest + Σ value of the children for every node.
    """

    total: float
    scale: float
    """What the cut-off is a share of: |direct| + Σ |inputs| of the root; equals |total| where nothing is negative."""
    activity: Ints
    parent: Ints
    """Index of the parent node, −1 for the root."""
    depth: Ints
    amount: Floats
    """Supplied along this path [unit of the activity's reference flow]."""
    value: Floats
    direct: Floats
    rest: Floats
    """Worth of the inputs that are not shown as children."""
    loop: npt.NDArray[np.bool_]
    """The activity occurs among its own ancestors."""

    def __len__(self) -> int:
        return len(self.activity)

    @property
    def coverage(self) -> float:
        """Share of all emissions counted without sign that the nodes show as direct [1]."""
        shown, hidden = float(np.abs(self.direct).sum()), float(np.abs(self.rest).sum())
        return shown / (shown + hidden) if shown + hidden else 1.0

    def children(self, node: int) -> list[int]:
        """The children of a node, largest first."""
        return np.flatnonzero(self.parent == node).tolist()

    def path(self, node: int) -> list[int]:
        """The activities from the root to a node."""
        found = []
        while node >= 0:
            found.append(int(self.activity[node]))
            node = int(self.parent[node])
        return found[::-1]


def tree(
    supply: Supply, activity: int, amount: float = 1.0, *, cut_off: float = 0.01, depth: int = 50, nodes: int = NODES
) -> Tree:
    """Every path of inputs from `activity` whose worth is at least `cut_off` of the total, to `depth` levels.

    Grown level by level with whole columns at once. Raises EngineError for a cut-off below 0.
    """
    return _grown(supply, activity, amount, cut_off, depth, nodes, None)


def _grown(
    supply: Supply, activity: int, amount: float, cut_off: float, depth: int, nodes: int, wanted: Array | None
) -> Tree:
    if not cut_off >= 0:
        raise EngineError("a cut-off is a share of the total, 0 or more")
    matrix, values, direct = supply.taken, supply.values, supply.direct
    first = matrix[:, [activity]]
    scale = abs(amount) * float(abs(direct[activity]) + np.abs(first.data * values[first.indices]).sum())
    limit = cut_off * scale
    levels_activity = [np.array([activity], dtype=np.int64)]
    levels_parent = [np.array([-1], dtype=np.int64)]
    levels_amount = [np.array([amount], dtype=np.float64)]
    start, count = 0, 1
    for _ in range(depth):
        consumer, quantity = levels_activity[-1], levels_amount[-1]
        begin = matrix.indptr[consumer].astype(np.int64)
        lengths = matrix.indptr[consumer + 1] - begin
        owner = np.repeat(np.arange(len(consumer)), lengths)
        at = np.arange(len(owner)) + np.repeat(begin - np.cumsum(lengths) + lengths, lengths)
        supplier = matrix.indices[at]
        quantities = quantity[owner] * matrix.data[at]
        worth = np.abs(quantities * values[supplier])
        keep = (worth >= limit) & (worth > 0)
        if wanted is not None:
            keep &= wanted[supplier]
        chosen = np.flatnonzero(keep)
        if count + len(chosen) > nodes:
            chosen = np.sort(chosen[np.argsort(-worth[chosen], kind="stable")[: nodes - count]])
        if not len(chosen):
            break
        chosen = chosen[np.lexsort((supplier[chosen], -worth[chosen], owner[chosen]))]
        levels_activity.append(supplier[chosen].astype(np.int64))
        levels_parent.append(owner[chosen] + start)
        levels_amount.append(quantities[chosen])
        start, count = count, count + len(chosen)
    return _assembled(supply, scale, levels_activity, levels_parent, levels_amount)


def _assembled(
    supply: Supply, scale: float, activities: list[Ints], parents: list[Ints], amounts: list[Floats]
) -> Tree:
    activity, parent, amount = np.concatenate(activities), np.concatenate(parents), np.concatenate(amounts)
    level = np.repeat(np.arange(len(activities)), [len(part) for part in activities])
    value, direct = amount * supply.values[activity], amount * supply.direct[activity]
    below = np.bincount(parent[1:], weights=value[1:], minlength=len(activity))
    rest = value - direct - below
    # What is left by rounding is no rest.
    rest[np.abs(rest) <= 1e-13 * (np.abs(value) + np.abs(direct))] = 0.0
    loop = np.zeros(len(activity), dtype=bool)
    ancestor = parent.copy()
    while (ancestor >= 0).any():
        held = ancestor >= 0
        loop[held] |= activity[held] == activity[ancestor[held]]
        ancestor[held] = parent[ancestor[held]]
    return Tree(float(value[0]), scale, activity, parent, level.astype(np.int64), amount, value, direct, rest, loop)


@dataclass(frozen=True, slots=True)
class Path:
    """One chain of supply from the product to an activity, and what that activity emits for it or is worth there."""

    activities: tuple[int, ...]
    amount: float
    value: float


def structural_paths(tree: Tree, count: int = 20) -> list[Path]:
    """The paths with the largest direct emissions at their end (structural path analysis)."""
    order = np.lexsort((np.arange(len(tree)), -np.abs(tree.direct)))[:count]
    return [
        Path(tuple(tree.path(int(i))), float(tree.amount[i]), float(tree.direct[i])) for i in order if tree.direct[i]
    ]


def path_to(
    supply: Supply, activity: int, target: int, amount: float = 1.0, *, cut_off: float = 1e-4, depth: int = 30
) -> list[Path]:
    """The paths by which `activity` draws on `target`, largest worth first; each is at least `cut_off` of the total."""
    reaches = np.zeros(len(supply.values), dtype=bool)
    reaches[target] = True
    frontier = np.array([target])
    rows = supply.by_supplier
    while len(frontier):
        found = np.unique(np.concatenate([rows.indices[rows.indptr[i] : rows.indptr[i + 1]] for i in frontier]))
        frontier = found[~reaches[found]]
        reaches[frontier] = True
    grown = _grown(supply, activity, amount, cut_off, depth, NODES, reaches)
    ends = [i for i in np.flatnonzero(grown.activity == target).tolist() if i > 0]
    paths = [Path(tuple(grown.path(i)), float(grown.amount[i]), float(grown.value[i])) for i in ends]
    return sorted(paths, key=lambda path: (-abs(path.value), path.activities))


@dataclass(frozen=True, slots=True)
class Tier:
    """One input of an activity, or one consumer of it."""

    activity: int
    amount: float
    value: float


def first_tier(supply: Supply, activity: int, amount: float = 1.0) -> list[Tier]:
    """What each direct input of `activity` is worth, largest first; with the activity's own direct part they add up."""
    matrix = supply.taken
    span = slice(int(matrix.indptr[activity]), int(matrix.indptr[activity + 1]))
    supplier, quantity = matrix.indices[span], amount * matrix.data[span]
    return _ranked(supplier, quantity, quantity * supply.values[supplier])


def consumers(supply: Supply, activity: int) -> list[Tier]:
    """Who takes from `activity`, how much per unit of reference flow, and what that is worth, largest first."""
    rows = supply.by_supplier
    span = slice(int(rows.indptr[activity]), int(rows.indptr[activity + 1]))
    return _ranked(rows.indices[span], rows.data[span], rows.data[span] * supply.values[activity])


def _ranked(activity: Array, amount: Floats, value: Floats) -> list[Tier]:
    order = np.lexsort((activity, -np.abs(value)))
    return [Tier(int(activity[i]), float(amount[i]), float(value[i])) for i in order]


def by_label(supply: Supply, inventory: Inventory, labels: Sequence[str]) -> dict[str, float]:
    """The total by any label of the activities that emit (stage, plant, country, supplier, source); it adds up."""
    codes, names = _codes(labels)
    sums = np.bincount(codes, weights=inventory.supply * supply.direct, minlength=len(names)).astype(np.float64)
    return _by_size(names, sums)


def by_flow(inventory: Inventory, factors: Floats, labels: Sequence[str]) -> dict[str, float]:
    """The total by any label of the flows (gas, compartment, origin of the carbon); `factors` of one method, (f,)."""
    codes, names = _codes(labels)
    sums = np.bincount(codes, weights=inventory.flows * factors, minlength=len(names)).astype(np.float64)
    return _by_size(names, sums)


def _codes(labels: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    names = tuple(sorted(set(labels)))
    number: Mapping[str, int] = {name: i for i, name in enumerate(names)}
    return np.array([number[label] for label in labels], dtype=np.int64), names


def _by_size(names: Sequence[str], sums: Floats) -> dict[str, float]:
    order = sorted(range(len(names)), key=lambda i: (-abs(sums[i]), names[i]))
    return {names[i]: float(sums[i]) for i in order if sums[i]}
