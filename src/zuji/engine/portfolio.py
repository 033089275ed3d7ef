"""Many products on one set of background scores: a sparse product of what they take with what that is worth.

A *demand* is a row of a sparse matrix (products, columns) in units of each column; a column is an activity of the
background or an *item* (a cell, a module) that takes from activities and from other items. Items are worked out once,
suppliers first, and stand as further rows below the scores of the activities. With samples in place of scores every
product has a correlated Monte Carlo: all products meet the same draws of the background.

Rows do not depend on each other: neither the size of blocks nor the number of threads changes a bit of a result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.engine import fast
from zuji.engine.columns import Floats
from zuji.errors import EngineError

PERCENTS = (5.0, 50.0, 95.0)
ROWS = 256
"""Rows whose samples are held at once: 2 MB at a thousand samples."""
ROWS_OF_TOTALS = 8192


@dataclass(frozen=True, eq=False)
class Spread:
    """What the samples of each product say, one row each."""

    mean: Floats
    deviation: Floats
    """Standard deviation of the samples (n − 1)."""
    percentiles: Floats
    """(products, percents); linear between order statistics."""
    below: Floats
    """Share of the samples in which the product is below the one it is compared with, ties half; NaN without one."""


def suppliers_first(items: sparse.csr_array) -> list[npt.NDArray[np.intp]]:
    """The items in levels: those of one take only from earlier ones. `items` is (items, items), what each takes.

    Raises EngineError with the numbers of the items that form a loop as culprits.
    """
    count = items.shape[0]
    taken = sparse.csr_array(items)
    taken.eliminate_zeros()
    waiting = np.diff(taken.indptr).astype(np.int64)
    consumers = sparse.csr_array(taken.T)
    done = np.zeros(count, dtype=bool)
    ready = np.flatnonzero(waiting == 0)
    levels: list[npt.NDArray[np.intp]] = []
    while len(ready):
        levels.append(ready)
        done[ready] = True
        met = np.concatenate([consumers.indices[consumers.indptr[i] : consumers.indptr[i + 1]] for i in ready])
        waiting -= np.bincount(met, minlength=count)
        ready = np.flatnonzero((waiting == 0) & ~done)
    if not done.all():
        left = np.flatnonzero(~done)
        raise EngineError("items take each other in a loop", [str(i) for i in left[:5]])
    return levels


def with_items(scores: Any, items: sparse.csr_array, activities: sparse.csr_array) -> Any:
    """`scores` (activities, k) and below them those of the items, (activities + items, k), by one substitution pass.

    `items` (items, items) and `activities` (items, activities) hold what one unit of each item takes. The type of the
    numbers stays; sums are made in float64. Raises EngineError for a loop among the items.
    """
    known, count = scores.shape[0], items.shape[0]
    levels = suppliers_first(items)
    whole = np.empty((known + count, scores.shape[1]), dtype=scores.dtype)
    whole[:known] = scores
    for level in levels:
        takes = sparse.hstack([activities[level], items[level]], format="csr")
        # Only the columns that this level takes are turned into float64.
        used = np.unique(takes.indices)
        whole[known + level] = takes[:, used] @ whole[used].astype(np.float64)
    return whole


def totals(demands: sparse.csr_array, scores: Floats, *, threads: int = 1) -> Floats:
    """The score of each product, (products, k), from demands (products, columns) and scores (columns, k)."""
    _check(demands, scores)
    found = np.empty((demands.shape[0], scores.shape[1]))

    def work(start: int, stop: int) -> None:
        found[start:stop] = _part(demands, start, stop) @ scores

    _spread_out(work, demands.shape[0], ROWS_OF_TOTALS, threads)
    return found


def sampled(
    demands: sparse.csr_array, samples: npt.NDArray[Any], percents: Sequence[float] = PERCENTS, *,
    than: Floats | None = None, threads: int = 1, compiled: bool | None = None,
) -> Spread:  # fmt: skip
    """Mean, deviation and percentiles of each product from samples (columns, n) of float32 or float64.

    `than` (n,) are the samples of a product that each one is compared with, draw by draw. Held at once: the samples of
    256 products for each thread. `compiled` chooses the kernel; by default it runs where it is available.
    """
    _check(demands, samples)
    n = samples.shape[1]
    if n < 2:
        raise EngineError(f"{n} samples: at least two are needed")
    rows = demands.shape[0]
    mean, deviation, below = np.empty(rows), np.empty(rows), np.full(rows, np.nan)
    found = np.empty((rows, len(percents)))
    product = _compiled if (fast.available() if compiled is None else compiled) else _reference

    def work(start: int, stop: int) -> None:
        values = product(_part(demands, start, stop), samples)
        mean[start:stop] = values.mean(axis=1)
        deviation[start:stop] = values.std(axis=1, ddof=1)
        if than is not None:
            share = ((values < than).sum(axis=1) + 0.5 * (values == than).sum(axis=1)) / n
            below[start:stop] = np.where(np.isnan(mean[start:stop]), np.nan, share)
        values.sort(axis=1)
        found[start:stop] = _percentiles(values, percents)

    _spread_out(work, rows, ROWS, threads)
    return Spread(mean, deviation, found, below)


def samples_of(demands: sparse.csr_array, samples: npt.NDArray[Any], *, compiled: bool | None = None) -> Floats:
    """The samples of each product themselves, (products, n): for a few products, or for a comparison."""
    _check(demands, samples)
    product = _compiled if (fast.available() if compiled is None else compiled) else _reference
    return product(sparse.csr_array(demands), samples)


def _check(demands: sparse.csr_array, scores: npt.NDArray[Any]) -> None:
    if demands.shape[1] != scores.shape[0]:
        raise EngineError(f"demands on {demands.shape[1]} columns do not fit {scores.shape[0]} rows of scores")


def _part(demands: sparse.csr_array, start: int, stop: int) -> sparse.csr_array:
    """Rows `start` to `stop` without a copy of their numbers."""
    first, last = int(demands.indptr[start]), int(demands.indptr[stop])
    rows = demands.indptr[start : stop + 1] - demands.indptr[start]
    return sparse.csr_array(
        (demands.data[first:last], demands.indices[first:last], rows), shape=(stop - start, demands.shape[1])
    )


def _spread_out(work: Callable[[int, int], None], rows: int, block: int, threads: int) -> None:
    ranges = [(start, min(start + block, rows)) for start in range(0, rows, block)]
    if threads <= 1:
        for start, stop in ranges:
            work(start, stop)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, start, stop) for start, stop in ranges]:
            done.result()


def _percentiles(ordered: Floats, percents: Sequence[float]) -> Floats:
    """Hyndman and Fan's type 7 from samples in order along the last axis, as `numpy.percentile` gives it."""
    place = np.asarray(percents) / 100 * (ordered.shape[1] - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, ordered.shape[1] - 1)
    low, high = ordered[:, below], ordered[:, above]
    return np.asarray(low + (high - low) * (place - below))


def _reference(demands: sparse.csr_array, samples: npt.NDArray[Any]) -> Floats:
    used = np.unique(demands.indices)
    return np.asarray(demands[:, used] @ samples[used].astype(np.float64))


def _compiled(demands: sparse.csr_array, samples: npt.NDArray[Any]) -> Floats:
    found = np.zeros((demands.shape[0], samples.shape[1]))
    _add_rows(demands.indptr, demands.indices, demands.data, samples, found)
    return found


@fast.kernel()
def _add_rows(indptr: Any, indices: Any, data: Any, samples: Any, found: Any) -> None:
    # The same sums in the same order as SciPy's product of a CSR matrix with a dense one.
    for i in range(found.shape[0]):
        row = found[i]
        for p in range(indptr[i], indptr[i + 1]):
            amount = data[p]
            taken = samples[indices[p]]
            for k in range(row.shape[0]):
                row[k] += amount * taken[k]
