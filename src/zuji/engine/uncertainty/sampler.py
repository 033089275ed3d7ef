"""Three ways to turn (seed, uid, iteration) into a uniform number: random, Latin hypercube, and shifted Sobol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats
from zuji.engine.uncertainty import random
from zuji.errors import EngineError

RANDOM, LATIN, SOBOL = "random", "latin", "sobol"
KINDS = (RANDOM, LATIN, SOBOL)
SOBOL_DIMENSIONS = 21201
"""Dimensions for which direction numbers are published: S. Joe, F. Y. Kuo, SIAM J. Sci. Comput. 30 (2008) 2635."""
_FEISTEL_ROUNDS = 6


@dataclass(frozen=True)
class Sampler:
    """Uniform numbers in (0, 1) as a function of seed, uid and iteration.

    random: independent. latin: over the `n` iterations each uid meets each of n equal strata once, in an order of its
    own (a keyed permutation, so no state and no sort). sobol: the uids in `leading` take the dimensions of a Sobol
    sequence in that order, each with a random digital shift of its own; all others are random. Only for whole runs of
    n (Sobol: a power of two) are the last two better than random.
    """

    seed: int
    kind: str = RANDOM
    n: int = 0
    leading: tuple[int, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise EngineError(f"'{self.kind}' is no way to sample; known: {', '.join(KINDS)}", [self.kind])
        if not 0 <= self.seed < 2**64:
            raise EngineError(f"the seed {self.seed} is not a whole number from 0 to 2^64 - 1")
        if self.kind != RANDOM and not 0 < self.n <= 2**31:
            raise EngineError(f"a {self.kind} sample needs its number of iterations beforehand, not {self.n}")
        if self.kind == SOBOL and len(self.leading) > SOBOL_DIMENSIONS:
            raise EngineError(f"a Sobol sequence has {SOBOL_DIMENSIONS} dimensions at most, not {len(self.leading)}")

    def uniform(self, uids: random.Uids, start: int, count: int) -> Floats:
        """The uniform numbers of iterations `start` to `start + count - 1`, shape (uids, count)."""
        words = random.words(self.seed, uids, start, count)
        if self.kind == LATIN:
            if start + count > self.n:
                raise EngineError(f"iteration {start + count - 1} is beyond the {self.n} of this Latin hypercube")
            strata = self._permuted(uids, np.arange(start, start + count, dtype=np.uint64))
            return np.asarray((strata + random.uniform(words)) / self.n)
        if self.kind == SOBOL and self.leading:
            uids = np.asarray(uids, dtype=np.uint64)
            where = np.searchsorted(self._sorted, uids)
            where = np.minimum(where, len(self._sorted) - 1)
            found = self._sorted[where] == uids
            if found.any():
                shift = random.words(self.seed, uids[found], 0, 1, random.SHIFTS)
                words[found] = self._points(start, count)[self._dimension[where[found]]] ^ shift
        return random.uniform(words)

    @cached_property
    def _sorted(self) -> random.Uids:
        return np.sort(np.array(self.leading, dtype=np.uint64))

    @cached_property
    def _dimension(self) -> npt.NDArray[np.intp]:
        return np.argsort(np.array(self.leading, dtype=np.uint64), kind="stable")

    def _points(self, start: int, count: int) -> random.Words:
        """Points of the unshifted sequence as words, shape (dimensions, count)."""
        from scipy.stats import qmc

        engine: Any = qmc.Sobol(len(self.leading), scramble=False, bits=32)
        if start:
            engine.fast_forward(start)
        found = _drawn(engine, count)
        return np.ascontiguousarray((found * 2.0**32).astype(np.uint32).T)

    def _permuted(self, uids: random.Uids, index: npt.NDArray[np.uint64]) -> Floats:
        """π(index) for a permutation π of 0 … n−1 that belongs to the uid, shape (uids, indices).

        A Feistel network on just enough bits, walked along its cycle until the number is below n.
        """
        half = max(1, (max(self.n - 1, 1).bit_length() + 1) // 2)
        mask = np.uint64((1 << half) - 1)
        keys = random.words(self.seed, uids, 0, _FEISTEL_ROUNDS, random.LADDERS).astype(np.uint64)
        x = np.broadcast_to(index, (len(keys), len(index))).copy()
        key = np.broadcast_to(keys[:, None, :], (*x.shape, _FEISTEL_ROUNDS))
        waiting = np.ones(x.shape, dtype=bool)
        while waiting.any():
            value, k = x[waiting], key[waiting]
            left, right = value >> np.uint64(half), value & mask
            for r in range(_FEISTEL_ROUNDS):
                mixed = (right + k[:, r]) & np.uint64(random.LOW)
                mixed = (mixed ^ (mixed >> np.uint64(16))) * np.uint64(0x7FEB352D) & np.uint64(random.LOW)
                mixed = (mixed ^ (mixed >> np.uint64(15))) * np.uint64(0x846CA68B) & np.uint64(random.LOW)
                left, right = right, left ^ ((mixed ^ (mixed >> np.uint64(16))) & mask)
            x[waiting] = (left << np.uint64(half)) | right
            waiting = x >= np.uint64(self.n)
        return x.astype(np.float64)


def _drawn(engine: Any, count: int) -> Floats:
    import warnings

    with warnings.catch_warnings():
        # A block need not be a power of two; the whole run is what has the balance.
        warnings.simplefilter("ignore")
        found: Floats = engine.random(count)
    return found


def leading_uids(uids: Sequence[int] | random.Uids, importance: Floats, most: int = 256) -> tuple[int, ...]:
    """The uids of greatest importance first (ties by uid), for the leading dimensions of a Sobol sequence."""
    order = np.lexsort((np.asarray(uids), -np.asarray(importance)))
    return tuple(int(np.asarray(uids)[i]) for i in order[:most])
