"""What stores hold and give back: the carbon of a charge returns with the discharge, losses and all.

Per store: q = discharge / η_d, Q' = Q − q + η_c·charge, S' = S − what q carries + charge·c. Under the stock rule q
carries S/Q; under FIFO the oldest charge. A period discharges what the store held at its start. Arrays only: P stores,
C contents. As the response of a zone to a unit injected elsewhere holds no intensity, one factorisation serves all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zuji.electricity.trace.balance import Array
from zuji.electricity.trace.void import Flags

EMPTY = 1e-9
"""A store that holds less than this share of the most it ever held is empty: rounding leaves such rests."""
ROUNDS = 50
"""Most rounds for a cyclic opening; a store that runs empty once needs two."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Energy in each store [MWh]: `level` (T+1,P) from opening to end; `drawn`, `gained` (T,P) by the stock."""

    level: Array
    drawn: Array
    gained: Array

    @property
    def empty(self) -> Flags:
        """(T+1,P), whether a store is empty at the start of a period."""
        return np.asarray(self.level <= EMPTY * np.maximum(self.level.max(axis=0), 1e-300))


def levels(charge: Array, discharge: Array, efficiency: tuple[Array, Array], opening: Array) -> Levels:
    """The course of every store; `opening` (P,) [MWh], NaN for the smallest that never lets it run dry."""
    gained, drawn = charge * efficiency[0], discharge / efficiency[1]
    change = np.cumsum(gained - drawn, axis=0)
    before = np.vstack([np.zeros((1, charge.shape[1])), change[:-1]]) - drawn
    least = np.maximum(-before.min(axis=0, initial=0.0), 0.0)
    start = np.where(np.isnan(opening), least, opening)
    level = np.vstack([start, start + change])
    scale = np.maximum(level.max(axis=0), 1e-300)
    return Levels(np.where(np.abs(level) <= EMPTY * scale, 0.0, level), drawn, gained)


@dataclass(frozen=True, eq=False)
class Course:
    """What the stores gave back: `given` (T,P,C) content, `opening` and `closing` (P,C) content of the stock."""

    given: Array
    opening: Array
    closing: Array


def run(
    own: Array, response: Array, charge: Array, course: Levels, opening: Array, *, fifo: bool, unknown: Flags | None
) -> Course:
    """The course of C contents through P stores.

    `own` (T,P,C) is the content per MWh at the stores' zones without any discharge, `response` (T,P,P) what one unit
    injected at a store adds there, `opening` (P,C) the content of the opening stock, NaN for a cyclic one: the stock
    starts with what it ends with. `unknown` (T,P) marks charges without a figure; they bring nothing.
    """
    cyclic = np.isnan(opening)
    start = np.where(cyclic, 0.0, opening)
    if cyclic.any():
        start = np.where(cyclic, course.level[0][:, None] * _mean_charge(own, charge), start)
    step = _fifo if fifo else _stock
    active = np.flatnonzero((course.drawn > 0).any(axis=1) | (charge > 0).any(axis=1))
    paid = charge if unknown is None else np.where(unknown, 0.0, charge)
    for _ in range(ROUNDS):
        given, closing = step(own, response, paid, course, start, active)
        if not cyclic.any():
            break
        held, first = course.level[-1][:, None], course.level[0][:, None]
        again = np.where(cyclic & (held > 0), closing / np.where(held > 0, held, 1.0) * first, start)
        settled = np.allclose(again, start, rtol=1e-13, atol=1e-12 * max(float(np.abs(closing).max(initial=0)), 1e-300))
        if settled:
            break
        start = again
    return Course(given, start, closing)


def _mean_charge(own: Array, charge: Array) -> Array:
    total = charge.sum(axis=0)[:, None]
    carried = np.einsum("tp,tpc->pc", charge, own)
    mean: Array = np.divide(carried, total, out=np.zeros_like(carried), where=total > 0)
    return mean


def _stock(
    own: Array, response: Array, charge: Array, course: Levels, start: Array, active: NDArray[np.int64]
) -> tuple[Array, Array]:
    given = np.zeros(own.shape)
    held = start.copy()
    level, drawn = course.level, course.drawn
    # The share of the stock that each period takes; exactly 1 where it takes all.
    share = np.divide(drawn, level[:-1], out=np.zeros_like(drawn), where=level[:-1] > 0)
    share = np.where(level[:-1] - drawn <= EMPTY * np.maximum(level.max(axis=0), 1e-300), np.minimum(share, 1.0), share)
    for t in active:
        out = share[t][:, None] * held
        given[t] = out
        there = own[t] + response[t] @ out
        held = held - out + charge[t][:, None] * there
    return given, held


def _fifo(
    own: Array, response: Array, charge: Array, course: Levels, start: Array, active: NDArray[np.int64]
) -> tuple[Array, Array]:
    given = np.zeros(own.shape)
    stores, contents = start.shape
    layers: list[deque[tuple[float, Array]]] = [deque() for _ in range(stores)]
    for p in range(stores):
        if course.level[0, p] > 0:
            layers[p].append((float(course.level[0, p]), start[p].copy()))
    for t in active:
        for p in range(stores):
            wanted = float(course.drawn[t, p])
            while wanted > 0 and layers[p]:
                energy, content = layers[p].popleft()
                if energy <= wanted * (1 + EMPTY):
                    given[t, p] += content
                    wanted -= energy
                else:
                    part = wanted / energy
                    given[t, p] += content * part
                    layers[p].appendleft((energy - wanted, content * (1 - part)))
                    wanted = 0.0
        there = own[t] + response[t] @ given[t]
        for p in range(stores):
            if course.gained[t, p] > 0:
                layers[p].append((float(course.gained[t, p]), charge[t, p] * there[p]))
    closing = np.zeros((stores, contents))
    for p in range(stores):
        for _, content in layers[p]:
            closing[p] += content
    return given, closing


def unknown_stock(void: Flags, charge: Array, course: Levels) -> tuple[Flags, Flags]:
    """Which charges (T,P) bring energy without a figure, and in which periods a store gives such energy back.

    Once some of it is in the stock nobody can say which part that is: all that leaves is unknown until the store is
    empty.
    """
    brings = void & (charge > 0)
    gives = np.zeros_like(brings)
    empty = course.empty
    for p in np.flatnonzero(brings.any(axis=0)):
        tainted = False
        for t in range(len(brings)):
            tainted = tainted and not empty[t, p]
            gives[t, p] = tainted and course.drawn[t, p] > 0
            tainted = tainted or bool(brings[t, p])
    return brings, gives
