"""What stores hold and give back: the carbon of a charge returns with the discharge, losses and all.

Per store: q = discharge / η_d, Q' = Q − q + η_c·charge, S' = S − what q carries + charge·c. Under the stock rule q
carries S/Q; under FIFO the oldest charge. A period discharges what the store held at its start. Arrays only: P stores,
C contents. As the response of a zone to a unit injected elsewhere holds no intensity, one factorisation serves all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

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
    every = slice(0, len(charge))
    for left in reversed(range(ROUNDS)):
        walk = Walk(course, start, charge, fifo=fifo, unknown=unknown)
        given = walk.step(every, own, response)
        closing = walk.held
        if not cyclic.any() or not left:  # what is returned belongs together, also where more rounds would be needed
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


class Walk:
    """The content of P stores on its way through time; `step` takes the periods in order, chunk by chunk."""

    def __init__(self, course: Levels, start: Array, charge: Array, *, fifo: bool, unknown: Flags | None) -> None:
        self.course, self.charge = course, charge if unknown is None else np.where(unknown, 0.0, charge)
        self._moving: Flags = np.asarray((course.drawn > 0).any(axis=1) | (charge > 0).any(axis=1))
        self._held = start.copy()
        self._layers: list[deque[tuple[float, Array]]] | None = None
        level, drawn = course.level, course.drawn
        if fifo:
            first = (float(energy) for energy in level[0])
            self._layers = [deque([(e, start[p].copy())] if e > 0 else []) for p, e in enumerate(first)]
        else:
            # The share of the stock that each period takes; exactly 1 where it takes all.
            share = np.divide(drawn, level[:-1], out=np.zeros_like(drawn), where=level[:-1] > 0)
            emptied = level[:-1] - drawn <= EMPTY * np.maximum(level.max(axis=0), 1e-300)
            self._share = np.where(emptied, np.minimum(share, 1.0), share)

    @property
    def held(self) -> Array:
        """The content of the stock after the last step, (P,C)."""
        if self._layers is None:
            return self._held
        total = np.zeros_like(self._held)
        for p, layers in enumerate(self._layers):
            for _, content in layers:
                total[p] += content
        return total

    def step(self, part: slice, own: Array, response: Array) -> Array:
        """What the stores give back in the periods `part`, (t,P,C); `own` and `response` as in `run`, of the part."""
        given = np.zeros(own.shape)
        for i in np.flatnonzero(self._moving[part]):
            t = part.start + i
            if self._layers is None:
                given[i] = self._share[t][:, None] * self._held
            else:
                self._take(t, given[i])
            there = own[i] + response[i] @ given[i]
            if self._layers is None:
                self._held = self._held - given[i] + self.charge[t][:, None] * there
                continue
            for p in np.flatnonzero(self.course.gained[t] > 0):
                self._layers[p].append((float(self.course.gained[t, p]), self.charge[t, p] * there[p]))
        return given

    def _take(self, t: int, given: Array) -> None:
        """Take the oldest layers first, as far as they are needed."""
        assert self._layers is not None
        for p in np.flatnonzero(self.course.drawn[t] > 0):
            wanted, layers = float(self.course.drawn[t, p]), self._layers[p]
            while wanted > 0 and layers:
                energy, content = layers.popleft()
                if energy <= wanted * (1 + EMPTY):
                    given[p] += content
                    wanted -= energy
                else:
                    part = wanted / energy
                    given[p] += content * part
                    layers.appendleft((energy - wanted, content * (1 - part)))
                    wanted = 0.0


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
