"""Which activity makes which product: explicit reference flows first, then a maximum matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from zuji.engine.snapshot import Exchanges, Snapshot

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matching:
    """A one-to-one assignment of products to activities, as far as there is one."""

    product_of: Ints
    """Per activity the product that it makes, -1 for none."""
    activity_of: Ints
    """Per product the activity that makes it, -1 for none."""
    reference: npt.NDArray[np.bool_]
    """Per technosphere exchange whether it is the reference flow: their sum is what one run of the activity makes."""

    @property
    def perfect(self) -> bool:
        """Whether every activity makes one product and every product has one activity."""
        return bool((self.product_of >= 0).all() and (self.activity_of >= 0).all())


def match_production(snapshot: Snapshot) -> Matching:
    """The matching that depends on the structure of the technosphere alone (rows, columns, signs, production flags).

    Flagged cells are matched first (as many as possible, where the flags contradict each other). What is left is
    matched over outputs, keeping an activity with the product of its own id where that loses nothing, and at last over
    any cell: a waste treatment may be written as an input of its own waste.
    """
    block = snapshot.technosphere
    row, column = block.row.astype(np.int64), block.column.astype(np.int64)
    product_of = np.full(len(snapshot.activities), -1, dtype=np.int64)
    activity_of = np.full(len(snapshot.products), -1, dtype=np.int64)
    flagged = np.asarray(block.production)
    _extend(product_of, activity_of, row[flagged], column[flagged])
    if (product_of < 0).any() and (activity_of < 0).any():
        # An activity that states its reference flow does not become the maker of something else.
        stated = np.zeros(len(product_of), dtype=bool)
        stated[column[flagged]] = True
        outputs = (block.sign > 0) & ~stated[column]
        own = outputs & _same_ids(snapshot, row, column)
        before = product_of.copy(), activity_of.copy()
        _extend(product_of, activity_of, row[own], column[own])
        _extend(product_of, activity_of, row[outputs], column[outputs])
        if (product_of < 0).any() and own.any():
            product_of[:], activity_of[:] = before
            _extend(product_of, activity_of, row[outputs], column[outputs])
        _extend(product_of, activity_of, row[~stated[column]], column[~stated[column]])
    return Matching(product_of, activity_of, _reference(block, product_of, row, column, flagged))


def _same_ids(snapshot: Snapshot, row: Ints, column: Ints) -> npt.NDArray[np.bool_]:
    if snapshot.products is snapshot.activities:
        return np.asarray(row == column)
    places = snapshot.activities.places
    same = np.fromiter((places.get(id, -1) for id in snapshot.products), np.int64, len(snapshot.products))
    return np.asarray(same[row] == column)


def _extend(product_of: Ints, activity_of: Ints, row: Ints, column: Ints) -> None:
    """Match more of the activities and products that have no partner yet, over these cells."""
    free = (product_of[column] < 0) & (activity_of[row] < 0)
    row, column = row[free], column[free]
    if not len(row):
        return
    cells = np.unique(column * len(activity_of) + row)
    column, row = np.divmod(cells, len(activity_of))
    if len(np.unique(row)) == len(row) and len(np.unique(column)) == len(column):
        found = column, row
    else:
        shape = (len(product_of), len(activity_of))
        graph = sparse.csr_array((np.ones(len(cells), dtype=np.int8), (column, row)), shape=shape)
        partner: npt.NDArray[Any] = csgraph.maximum_bipartite_matching(graph, perm_type="column")
        found = np.flatnonzero(partner >= 0), partner[partner >= 0].astype(np.int64)
    product_of[found[0]] = found[1]
    activity_of[found[1]] = found[0]


def _reference(
    block: Exchanges, product_of: Ints, row: Ints, column: Ints, flagged: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    own = product_of[column] == row
    # In the cell of the reference flow: the flagged exchanges, else the outputs, else everything.
    count = len(product_of)
    has_flag = np.zeros(count, dtype=bool)
    has_flag[column[own & flagged]] = True
    has_output = np.zeros(count, dtype=bool)
    has_output[column[own & (block.sign > 0)]] = True
    return np.asarray(
        own & np.where(has_flag[column], flagged, np.where(has_output[column], block.sign > 0, True)), dtype=bool
    )
