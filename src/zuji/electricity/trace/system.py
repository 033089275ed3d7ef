"""The linear system of some periods: (diag(x) − W) c = Q, dense for tens of zones, sparse for thousands of nodes.

x (t,N) is what enters a zone, W what its neighbours carry into it, Q (t,N,C) the content that is injected (kg of C
gases, or MWh of C origins) and c (t,N,C) the content per MWh. The matrix is a nonsingular M-matrix wherever every zone
is fed by some generator (carbon emission flow, Zhou and Kang; the same system as upstream tracing, Bialek 1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from zuji.electricity.trace.balance import Array
from zuji.electricity.trace.labels import Integers
from zuji.electricity.trace.void import Flags

SPARSE_FROM = 200
"""Number of zones from which one sparse factorisation per period is faster than the batched dense one."""

KNOT = 64
"""Zones in one circle of flows up to which the natural order has hardly any fill-in."""
STEPS = 400
"""Most steps of the iteration: more are dearer than a factorisation."""


@dataclass(frozen=True, eq=False)
class System:
    """Some periods of a grid: `entered` (t,N), what each pair of zones carries (t,E), and the pairs (E,)."""

    entered: Array
    carried: Array
    sender: Integers
    receiver: Integers
    sparse: bool

    @classmethod
    def of(
        cls, entered: Array, fed: Flags | None, carried: Array, ends: tuple[Integers, Integers], sparse: bool
    ) -> System:
        """The system in which zones that no generator feeds (not `fed`, t×N) stand alone, so it is never singular."""
        if fed is not None and not fed.all():
            carried = np.where(fed[:, ends[1]], carried, 0.0)
            entered = np.where(fed, entered, 0.0)
        return cls(entered, carried, *ends, sparse)

    def solve(self, content: Array, *, transposed: bool = False) -> Array:
        """c (t,N,C) for the injected `content` (t,N,C), NaN in periods whose matrix is exactly singular.

        `transposed` solves with the transposed matrix.
        """
        diagonal = np.where(self.entered > 0, self.entered, 1.0)
        if self.sparse:
            return self._solve_sparse(diagonal, content, transposed)
        t, n = diagonal.shape
        matrix = np.zeros((t, n, n))
        index = np.arange(n)
        matrix[:, index, index] = diagonal
        to, of = (self.sender, self.receiver) if transposed else (self.receiver, self.sender)
        matrix[:, to, of] = -self.carried
        try:
            return np.asarray(np.linalg.solve(matrix, content), dtype=np.float64)
        except np.linalg.LinAlgError:
            return np.stack([_solved(one, given) for one, given in zip(matrix, content, strict=True)])

    def _solve_sparse(self, diagonal: Array, content: Array, transposed: bool) -> Array:
        t, n = diagonal.shape
        out = np.empty(content.shape)
        index = np.arange(n)
        for i in range(t):
            used = self.carried[i] > 0
            to, of, weight = self.receiver[used], self.sender[used], self.carried[i][used]
            # Strong components come in an order in which a grid without directed loops is triangular: no fill-in.
            # Any order is right; this one is fast.
            graph = sp.csr_array((weight, (to, of)), shape=(n, n))
            component = connected_components(graph, connection="strong")[1]
            order = np.argsort(component, kind="stable")
            knotted = np.bincount(component).max(initial=0) > KNOT
            place = np.empty(n, dtype=np.int64)
            place[order] = index
            rows, columns = np.concatenate([index, place[to]]), np.concatenate([index, place[of]])
            values = np.concatenate([diagonal[i][order], -weight])
            matrix = sp.csc_array((values, (rows, columns)), shape=(n, n))
            if knotted:
                couple = sp.csr_array((weight, (of, to) if transposed else (to, of)), shape=(n, n))
                found = _iterated(couple, diagonal[i][:, None], content[i])
                if found is not None:
                    out[i] = found
                    continue
            # An M-matrix (no zone sends more than it has): no pivoting is needed, so the order stays.
            permc: Literal["COLAMD", "NATURAL"] = "COLAMD" if knotted else "NATURAL"
            if transposed:
                matrix = sp.csc_array(matrix.T)
            try:
                factor = splu(matrix, permc_spec=permc, diag_pivot_thresh=0.0)
            except RuntimeError:  # exactly singular
                out[i] = np.nan
                continue
            out[i][order] = factor.solve(np.ascontiguousarray(content[i][order]))
        return out


def _solved(matrix: Array, content: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(matrix, content), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(content.shape, np.nan)


def _iterated(couple: sp.csr_array, diagonal: Array, content: Array) -> Array | None:
    """c = D⁻¹ (W c + Q) repeated until it stands still; None where `STEPS` are not enough.

    A step shrinks the error by the share of energy that comes from neighbours; standing still within 1e-15 in `STEPS`
    means an error below 2e-14 of the largest value; a factorisation of thousands of zones in one circle fills in.
    """
    value = content / diagonal
    for _ in range(STEPS):
        again = (couple @ value + content) / diagonal
        if np.abs(again - value).max(initial=0.0) <= 1e-15 * np.abs(again).max(initial=0.0):
            return np.asarray(again)
        value = again
    return None


def pairs(sender: Integers, receiver: Integers, zones: int) -> tuple[Integers, Integers, Integers]:
    """The distinct (sender, receiver) pairs and for each link the position of its pair."""
    key, position = np.unique(sender * zones + receiver, return_inverse=True)
    return key // zones, key % zones, position.astype(np.int64)


def gathered(values: Array, position: Integers, count: int) -> Array:
    """The links' `values` (t,L) summed by pair, (t,`count`)."""
    if len(position) == count:  # one link a pair: a permutation
        if (position == np.arange(count)).all():
            return values
        out = np.empty_like(values)
        out[:, position] = values
        return out
    matrix = sp.csr_array((np.ones(len(position)), (position, np.arange(len(position)))), shape=(count, len(position)))
    return np.ascontiguousarray((matrix @ values.T).T)
