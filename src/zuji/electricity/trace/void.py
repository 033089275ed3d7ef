"""Why a zone has no figure in a period: it is missing with a reason and never 0, and so is all that it feeds."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order

from zuji.electricity.trace.balance import Array
from zuji.electricity.trace.labels import Integers
from zuji.i18n import N_

Flags = NDArray[np.bool_]
Reasons = NDArray[np.uint8]


MANY = 2000
"""Links from which a search of each period is faster than one over all periods link by link."""


class Void(IntEnum):
    """The reason code of one zone and period; `NONE` where there is a figure."""

    NONE = 0
    DEAD = 1
    NO_GENERATOR = 2
    UPSTREAM = 3
    MISSING = 4
    UNKNOWN_STOCK = 5
    NO_PRODUCTION = 6
    OVERDRAWN = 7
    LOST = 8


REASONS = {
    Void.NONE: "",
    Void.DEAD: N_("no energy entered the zone"),
    Void.NO_GENERATOR: N_("what entered comes from no generator: the zones feed each other in a circle"),
    Void.UPSTREAM: N_("a zone that feeds it has no figure"),
    Void.MISSING: N_("a value is missing in the data"),
    Void.UNKNOWN_STOCK: N_("a store discharged energy of unknown origin"),
    Void.NO_PRODUCTION: N_("the zone, or a neighbour that it imports from, generated nothing"),
    Void.OVERDRAWN: N_("a zone upstream sends more than it has, and with the losses its carbon has no end"),
    Void.LOST: N_("what circles here is all lost in the lines and reaches nobody: let the sender bear losses"),
}


def spread(seed: Flags, flow: Flags, sender: Integers, receiver: Integers) -> Flags:
    """Every zone that a zone of `seed` (t,N) reaches along links with `flow` (t,L), the seed included."""
    found = seed.copy()
    if not seed.any() or seed.all():
        return found
    if flow.shape[1] > MANY:
        for t in range(len(seed)):
            found[t] = _reached(seed[t], sender[flow[t]], receiver[flow[t]])
        return found
    active = np.flatnonzero(flow.any(axis=0))
    count = -1
    while count != (total := int(found.sum())):
        count = total
        for link in active:
            found[:, receiver[link]] |= found[:, sender[link]] & flow[:, link]
    return found


def _reached(seed: Flags, sender: Integers, receiver: Integers) -> Flags:
    """Breadth first from one more node that feeds every zone of `seed` (N,)."""
    n = len(seed)
    first = np.flatnonzero(seed)
    rows, columns = np.concatenate([sender, np.full(len(first), n)]), np.concatenate([receiver, first])
    graph = sp.csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n + 1, n + 1))
    order = breadth_first_order(graph, n, directed=True, return_predecessors=False)
    found = np.zeros(n + 1, dtype=bool)
    found[order] = True
    return found[:n]


def void_of(
    entered: Array,
    injected: Array,
    missing: Flags,
    carried: Array,
    sender: Integers,
    receiver: Integers,
    fed: Flags | None = None,
) -> Reasons:
    """The reason code (t,N) of every zone under a coupling rule.

    `entered` and `injected` (t,N) are what came in at all and from generators and stores, `carried` (t,L) what each
    link brings, `missing` (t,N) marks zones with a value that is not known, `fed` (t,N) those that a source feeds.
    """
    flow = carried > 0
    reason = np.zeros(entered.shape, dtype=np.uint8)
    reason[entered <= 0] = Void.DEAD
    if ((injected <= 0) & (entered > 0)).any():
        fed = spread(injected > 0, flow, sender, receiver) if fed is None else fed
        reason[~fed & (entered > 0)] = Void.NO_GENERATOR
    reason[missing] = Void.MISSING
    below = spread(reason > 0, flow, sender, receiver)
    reason[below & (reason == 0)] = Void.UPSTREAM
    return reason
