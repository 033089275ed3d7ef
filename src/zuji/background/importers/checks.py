"""What the numbers of a linked database say: loops that leave nothing over, datasets that make mass from nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from zuji.background.importers.columns import Array, Head

CERTAIN = 1e-9
ROUNDS = 400
"""Steps of the power iteration for one large loop; a tenth of a second each thousand datasets at most."""
SMALL = 300
"""Loops up to this size are judged by all their eigenvalues."""
SURPLUS = 1.10
"""A dataset that delivers this much more mass than it takes in is reported; bound water and rounding stay below."""


def loops_without_output(output: Array, consumer: Array, provider: Array, amount: Array) -> list[list[int]]:
    """Groups of datasets of which none can deliver: what they take from each other reaches what they make.

    `amount` is in the provider's unit per run of the consumer, positive for taken. A group is reported only when it is
    certain; a large loop with credits that no bound decides is left to the solver.
    """
    n = len(output)
    if n == 0:
        return []
    # taken[j, i]: share of one unit of j's output that is taken from i, per unit of i.
    taken = sparse.csr_array((amount / output[consumer], (consumer, provider)), shape=(n, n))
    taken.sum_duplicates()
    scaled = taken
    count, label = csgraph.connected_components(scaled, directed=True, connection="strong")
    sizes = np.bincount(label, minlength=count)
    bad = [[int(i)] for i in np.flatnonzero(scaled.diagonal() >= 1 - CERTAIN) if sizes[label[i]] == 1]
    for group in np.flatnonzero(sizes > 1):
        members = np.flatnonzero(label == group)
        block = scaled[members][:, members]
        if _leaves_nothing(block):
            bad.append([int(i) for i in members])
    return sorted(bad)


def _leaves_nothing(block: sparse.csr_array) -> bool:
    if block.shape[0] <= SMALL:
        values = np.linalg.eigvals(block.toarray())
        if (block.data >= 0).all():
            return float(np.abs(values).max()) >= 1 - CERTAIN
        return bool((np.abs(1 - values) < CERTAIN).any())
    # Collatz-Wielandt: for a non-negative irreducible matrix, min (Ax/x) ≤ radius ≤ max (Ax/x) for every positive x.
    has_credits = bool((block.data < 0).any())
    bound = abs(block)
    x = np.ones(block.shape[0])
    for _ in range(ROUNDS):
        # The added identity makes the iteration converge for periodic loops and shifts the radius by one.
        y = bound @ x + x
        ratio = y / x - 1
        if ratio.max() < 1 - CERTAIN:
            return False
        if ratio.min() >= 1 - CERTAIN:
            return not has_credits
        x = np.maximum(y / y.max(), 1e-290)
    return False


def unbalanced(heads: Sequence[Head], mass_out: Array, mass_in: Array, comparable: Array) -> list[int]:
    """Datasets whose products and wastes weigh clearly more than their inputs, the worst first.

    Masses in kg per run. Only datasets of which every input is a mass are `comparable`.
    """
    flagged = np.flatnonzero(comparable & (mass_in > 0) & (mass_out > SURPLUS * mass_in))
    ratio = mass_out[flagged] / mass_in[flagged]
    order = np.lexsort((flagged, -ratio))
    return [int(i) for i in flagged[order]]
