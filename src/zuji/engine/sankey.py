"""The supply chain of one demand as a Sankey diagram: nodes, edges and a rest node, in balance at every node.

With z what every activity supplies for the demand, an edge from supplier i to consumer j is worth z_j·T[i, j]·y_i. Then
direct + Σ edges in = z·y = Σ edges out + demanded, at every node, with loops and with credits. What is not shown
goes to the rest node, so the shown diagram is in balance as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from zuji.engine.adjoint import Inventory
from zuji.engine.contributions import Supply
from zuji.errors import EngineError

REST = -1
"""The activity number of the rest node."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SankeyNode:
    """One activity (or the rest, `REST`): value = direct + edges in = edges out + demanded."""

    activity: int
    amount: float
    """Supplied in all [unit of the reference flow]; 0 for the rest."""
    value: float
    direct: float
    """Emitted by the activity itself for the demand [method unit]."""
    demanded: float
    """Part of the value that the demand takes [method unit]."""
    loop: bool
    """In a loop of the shown diagram."""


@dataclass(frozen=True, slots=True)
class SankeyEdge:
    """What supplier `source` is worth to consumer `target` [method unit]; either may be `REST`."""

    source: int
    target: int
    value: float
    loop: bool
    """Both ends are in one loop of the shown diagram."""


@dataclass(frozen=True, slots=True)
class Sankey:
    """The largest edges by absolute value and the nodes at their ends; total is Σ demanded over all nodes."""

    total: float
    cut_off: float
    nodes: tuple[SankeyNode, ...]
    edges: tuple[SankeyEdge, ...]
    coverage: float
    """Share of all emissions, counted without sign, that shown activities emit themselves [1]."""
    left_out: int
    """Edges above the cut-off that `limit` leaves out."""


def sankey(
    supply: Supply, inventory: Inventory, demand: Mapping[int, float], *, cut_off: float = 0.01, limit: int = 500
) -> Sankey:
    """The edges worth at least `cut_off` of the gross total, at most `limit` of them, ranked by absolute value.

    Raises EngineError for a cut-off below 0. The gross total is the demanded worth without signs, or, where credits
    cancel it, the emissions of the chain without signs if these are more.
    """
    if not cut_off >= 0:
        raise EngineError("a cut-off is a share of the total, 0 or more")
    n = len(supply.values)
    matrix = supply.taken
    consumer = np.repeat(np.arange(n), np.diff(matrix.indptr))
    supplier = matrix.indices.astype(np.int64)
    worth = inventory.supply[consumer] * matrix.data * supply.values[supplier]
    demanded = np.zeros(n)
    for activity, amount in demand.items():
        demanded[activity] = amount * supply.values[activity]
    direct = inventory.supply * supply.direct
    gross = max(float(np.abs(demanded).sum()), float(np.abs(direct).sum()))
    large = np.flatnonzero((np.abs(worth) >= cut_off * gross) & (worth != 0))
    order = large[np.lexsort((supplier[large], consumer[large], -np.abs(worth[large])))]
    shown = order[:limit]
    members = np.unique(np.concatenate([supplier[shown], consumer[shown], np.array(sorted(demand), dtype=np.int64)]))
    index = np.full(n, -1)
    index[members] = np.arange(len(members))
    looped = _loops(index[supplier[shown]], index[consumer[shown]], len(members))
    value = inventory.supply * supply.values
    edges = [
        SankeyEdge(int(supplier[e]), int(consumer[e]), float(worth[e]), bool(loop))
        for e, loop in zip(shown, looped[1], strict=True)
    ]
    inflow = np.bincount(consumer[shown], weights=worth[shown], minlength=n)
    outflow = np.bincount(supplier[shown], weights=worth[shown], minlength=n)
    nodes = []
    hidden_in = hidden_out = 0.0
    for k, j in enumerate(members.tolist()):
        nodes.append(
            SankeyNode(
                j, float(inventory.supply[j]), float(value[j]), float(direct[j]), float(demanded[j]), bool(looped[0][k])
            )
        )
        size = 1e-12 * (abs(value[j]) + abs(direct[j]) + gross)
        missing_in = float(value[j] - direct[j] - inflow[j])
        missing_out = float(value[j] - demanded[j] - outflow[j])
        if abs(missing_in) > size:
            edges.append(SankeyEdge(REST, j, missing_in, False))
            hidden_out += missing_in
        if abs(missing_out) > size:
            edges.append(SankeyEdge(j, REST, missing_out, False))
            hidden_in += missing_out
    emitted = float(np.abs(direct).sum())
    covered = float(np.abs(direct[members]).sum())
    nodes.sort(key=lambda node: (-abs(node.value), node.activity))
    if any(REST in (edge.source, edge.target) for edge in edges):
        nodes.append(SankeyNode(REST, 0.0, hidden_out, hidden_out - hidden_in, 0.0, False))
    return Sankey(
        total=float(demanded.sum()),
        cut_off=cut_off,
        nodes=tuple(nodes),
        edges=tuple(edges),
        coverage=covered / emitted if emitted else 1.0,
        left_out=len(order) - len(shown),
    )


def _loops(
    source: npt.NDArray[np.int64], target: npt.NDArray[np.int64], count: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    graph = sparse.csr_array((np.ones(len(source), dtype=np.int8), (source, target)), shape=(count, count))
    _, label = csgraph.connected_components(graph, directed=True, connection="strong")
    large = np.bincount(label)[label] > 1
    large[source[source == target]] = True
    return large, (label[source] == label[target])
