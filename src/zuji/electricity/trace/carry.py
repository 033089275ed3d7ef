"""Any content of the generation (kg of gases, MWh by origin) carried to every zone, chunk by chunk, stores included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zuji.electricity.trace import stock
from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.kernel import Periods, periods
from zuji.electricity.trace.rule import Coupling, Rule, Storage
from zuji.electricity.trace.void import Flags, Reasons, Void

CHUNK_BYTES = 24 * 2**20
"""Memory of one chunk's matrices: they stay in the cache of a usual machine and small beside a year's result."""
MOST_PERIODS = 512

Content = Callable[[slice], Array]
"""The content that the generation of some periods brings, (t,N,C)."""


@dataclass(frozen=True, eq=False)
class Run:
    """One balance under one rule, cut into chunks; what does not depend on the content is worked out once."""

    balance: Balance
    rule: Rule
    chunk: int | None = None
    """Periods per chunk; None lets the memory of the matrices decide. The result does not depend on it."""
    sparse: bool | None = None

    @cached_property
    def parts(self) -> tuple[slice, ...]:
        """The chunks, in order."""
        total, n = len(self.balance.hours), max(len(self.balance.labels.zones), 1)
        size = self.chunk or max(1, min(MOST_PERIODS, total // 32 + 1, CHUNK_BYTES // (n * n * 8)))
        return tuple(slice(i, min(i + size, total)) for i in range(0, total, size))

    def periods(self, part: slice) -> Periods:
        """The periods `part`, ready for the rule."""
        return periods(self.balance, self.rule, part, sparse=self.sparse)

    @cached_property
    def stored(self) -> bool:
        """Whether stores take part at all."""
        used = self.balance.charge.any() or self.balance.discharge.any()
        return self.rule.coupling is not Coupling.PRODUCTION and bool(used)

    @cached_property
    def levels(self) -> stock.Levels:
        """The course of energy in every store."""
        stores = self.balance.labels.stores
        efficiency = (
            np.array([s.charge_efficiency for s in stores]),
            np.array([s.discharge_efficiency for s in stores]),
        )
        opening = np.array([np.nan if s.opening is None else s.opening for s in stores])
        return stock.levels(
            np.nan_to_num(self.balance.charge), np.nan_to_num(self.balance.discharge), efficiency, opening
        )

    @cached_property
    def _early(self) -> dict[int, Reasons]:
        """Reasons by the start of a chunk, as far as `blocks` met them already."""
        return {}

    @cached_property
    def _voids(self) -> tuple[Reasons, Flags | None]:
        early = self._early
        blocks = [early[p.start] if p.start in early else self.periods(p).voids() for p in self.parts]
        reasons = np.concatenate(blocks) if blocks else np.zeros((0, len(self.balance.labels.zones)), dtype=np.uint8)
        if not self.stored or self.rule.storage is Storage.STATIC:
            return reasons, None
        zone = self.balance.labels.store_zone
        charge = np.nan_to_num(self.balance.charge)
        if not ((reasons[:, zone] > 0) & (charge > 0)).any() and not np.isnan(self.balance.charge).any():
            return reasons, None
        # A discharge of unknown origin can make another store's charge unknown in its turn.
        while True:
            brings = (reasons[:, zone] > 0) | np.isnan(self.balance.charge)
            brings, gives = stock.unknown_stock(
                brings, np.where(np.isnan(self.balance.charge), 1.0, charge), self.levels
            )
            before = int((reasons > 0).sum())
            for t in np.flatnonzero(gives.any(axis=1)):
                seed = np.zeros((1, reasons.shape[1]), dtype=bool)
                seed[0, zone[gives[t]]] = True
                below = self.periods(slice(int(t), int(t) + 1)).below(seed)[0]
                reasons[t, seed[0] & (reasons[t] == 0)] = Void.UNKNOWN_STOCK
                reasons[t, below & (reasons[t] == 0)] = Void.UPSTREAM
            if int((reasons > 0).sum()) == before:
                return reasons, brings

    @property
    def reasons(self) -> Reasons:
        """The reason code (T,N) of every zone without a figure."""
        return self._voids[0]

    def course(self, content: Content, opening: Array) -> stock.Course:
        """What the stores give back of C contents; `opening` (P,C), NaN for cyclic."""
        labels, width = self.balance.labels, opening.shape[1]
        zone, count = labels.store_zone, len(labels.stores)
        own, response = (
            np.empty((len(self.balance.hours), count, width)),
            np.empty((len(self.balance.hours), count, count)),
        )
        for part in self.parts:
            ready = self.periods(part)
            unit = np.zeros((ready.count, len(labels.zones), count))
            unit[:, zone, np.arange(count)] = 1.0
            both = ready.per_mwh(np.concatenate([content(part), unit], axis=2))[:, zone]
            own[part], response[part] = both[:, :, :width], both[:, :, width:]
        charge = np.nan_to_num(self.balance.charge)
        fifo = self.rule.storage is Storage.FIFO
        return stock.run(own, response, charge, self.levels, opening, fifo=fifo, unknown=self._voids[1])

    def stocked_blocks(self, content: Content, opening: Array) -> Iterator[tuple[slice, Array]]:
        """As `blocks`, the stores included: with `opening` (P,C) they are walked through chunk by chunk.

        A content is linear in what the stores give, so one factorisation serves both, and no array of the whole time
        is held.
        """
        labels, width = self.balance.labels, opening.shape[1]
        zone, count = labels.store_zone, len(labels.stores)
        fifo = self.rule.storage is Storage.FIFO
        walk = stock.Walk(self.levels, opening, np.nan_to_num(self.balance.charge), fifo=fifo, unknown=self._voids[1])
        for part in self.parts:
            ready = self.periods(part)
            both = np.zeros((ready.count, len(labels.zones), width + count))
            both[:, :, :width] = content(part)
            both[:, zone, width + np.arange(count)] = 1.0
            both = ready.per_mwh(both)
            value, response = both[:, :, :width], both[:, :, width:]
            value += response @ walk.step(part, value[:, zone], response[:, zone])
            value[self.reasons[part] > 0] = np.nan
            yield part, value

    def blocks(self, content: Content, given: Array | None) -> Iterator[tuple[slice, Array]]:
        """Chunk by chunk the content per MWh (t,N,C), NaN where there is no figure; `given` (T,P,C) is the stores'."""
        zone = self.balance.labels.store_zone
        for part in self.parts:
            brought = content(part)
            if given is not None:
                for p, z in enumerate(zone):
                    brought[:, z] += given[part][:, p]
            ready = self.periods(part)
            value = ready.per_mwh(brought)
            if self.stored or "_voids" in self.__dict__:
                reasons = self.reasons[part]
            else:
                reasons = self._early[part.start] = ready.voids()
            value[reasons > 0] = np.nan
            yield part, value


def emitted(balance: Balance) -> Content:
    """The emissions of generation by gas, (t,N,G) [kg]; a missing value counts nothing here, its zone has no figure."""
    return lambda part: np.nan_to_num(balance.emissions(part))


def generated(balance: Balance) -> Content:
    """Generation by zone of origin, (t,N,N+1) [MWh]; the last column is for what stores held at the start."""
    n = len(balance.labels.zones)

    def content(part: slice) -> Array:
        own = np.nan_to_num(balance.zone_generation(part))
        out = np.zeros((len(own), n, n + 1))
        index = np.arange(n)
        out[:, index, index] = own
        return out

    return content


def by_technology(balance: Balance) -> Content:
    """Generation by technology, (t,N,K+1) [MWh]; the last column is for what stores held at the start."""

    def content(part: slice) -> Array:
        table = np.nan_to_num(balance.zone_technology(part))
        return np.concatenate([table, np.zeros((*table.shape[:2], 1))], axis=2)

    return content
