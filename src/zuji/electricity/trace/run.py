"""`trace(balance, rule) -> Trace`: the factor of every zone and period, and on demand where every MWh came from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zuji import __version__
from zuji.canonical import digest
from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.carry import Content, Run, by_technology, emitted, generated
from zuji.electricity.trace.check import check_balance
from zuji.electricity.trace.rule import Coupling, Losses, Rule, Storage
from zuji.electricity.trace.void import Reasons
from zuji.errors import ZujiError
from zuji.finding import Finding, has_errors

if TYPE_CHECKING:
    from zuji.electricity.factors import GridFactor
    from zuji.electricity.trace.explain import Card
    from zuji.electricity.trace.gradient import Meter

METHOD = "zuji.electricity.trace 1"
"""Name and version of the method: it changes whenever the same inputs can give another figure."""


ORIGIN_LIMIT = 4 * 2**30
"""Bytes up to which all origins are held in memory at once."""


class BalanceError(ZujiError):
    """A balance that cannot be traced; `findings` say where and why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(finding.what() for finding in findings[:3]))
        self.findings = findings


@dataclass(frozen=True, eq=False)
class Trace:
    """The factors of one balance under one rule.

    `values` (T,N,G) [kg/MWh], NaN where there is no figure and `reasons` (T,N) says why. `given` (T,P,G) [kg] is what
    discharges brought back, `opening` and `closing` (P,G) [kg] what the stores held.
    """

    balance: Balance
    rule: Rule
    values: Array
    reasons: Reasons
    given: Array
    opening: Array
    closing: Array
    findings: tuple[Finding, ...] = ()
    chunk: int | None = None
    sparse: bool | None = None

    @cached_property
    def digest(self) -> str:
        """The digest of all that the figures depend on: balance, rule, method."""
        return digest({"balance": self.balance.digest, "rule": self.rule.id, "method": METHOD})

    @property
    def version(self) -> str:
        return __version__

    @cached_property
    def run(self) -> Run:
        """The chunks of this trace."""
        return Run(self.balance, self.rule, self.chunk, self.sparse)

    @cached_property
    def consumption(self) -> Array:
        """What each zone takes by the balance, (T,N) [MWh]: all that entered − what left − charging.

        Where the sender bears losses they are part of it.
        """
        blocks = []
        zone = self.balance.labels.store_zone
        for part in self.run.parts:
            ready = self.run.periods(part)
            if self.rule.coupling is Coupling.PRODUCTION:
                ready = Run(self.balance, Rule(losses=self.rule.losses, netted=self.rule.netted)).periods(part)
            taken = ready.demand.copy()
            for p, z in enumerate(zone):
                taken[:, z] -= ready.charge[:, p]
            blocks.append(taken)
        return np.concatenate(blocks) if blocks else np.zeros((0, len(self.balance.labels.zones)))

    @cached_property
    def emissions(self) -> Array:
        """What all generation emitted, (G,) [kg]."""
        content = emitted(self.balance)
        return _sums(content(part) for part in self.run.parts)

    @cached_property
    def imbalance(self) -> Array:
        """Carbon accounted for − carbon emitted, (G,) [kg]: Σ factor × consumption + change of stock − emissions.

        Zero up to rounding under direct and aggregated coupling; zones without a figure count as accounting nothing.
        The terms are added without error (fsum), so what is left is the rounding of the factors: at most some 1e-15 of
        Σ |factor × energy entered|, which is a few times the emissions unless zones send more than they have.
        """
        content, gases = emitted(self.balance), len(self.balance.labels.gases)

        def terms() -> Iterator[Array]:
            for part in self.run.parts:
                value = self.values[part]
                yield np.where(np.isnan(value), 0.0, value) * self.consumption[part][:, :, None]
                yield -content(part)
            yield self.closing.reshape(1, -1, gases)
            yield -self.opening.reshape(1, -1, gases)

        return _sums(terms())

    def mean(self, gas: str | int = 0, weights: Array | None = None) -> Array:
        """The mean factor of each zone over all periods, weighted by what it consumed, (N,) [kg/MWh].

        Periods without a figure are left out; a zone without any is NaN.
        """
        g = gas if isinstance(gas, int) else self.balance.labels.gas(gas)
        value = self.values[:, :, g]
        weight = np.where(np.isnan(value), 0.0, np.maximum(self.consumption if weights is None else weights, 0.0))
        total = weight.sum(axis=0)
        carried = (np.nan_to_num(value) * weight).sum(axis=0)
        mean: Array = np.divide(carried, total, out=np.full(total.shape, np.nan), where=total > 0)
        return mean

    def origin_blocks(self) -> Iterator[tuple[slice, Array]]:
        """Chunk by chunk the MWh generated in each zone per MWh in each zone, (t,N,N+1).

        Row i, column j: generated in j, for one MWh in i. The last column came out of stores whose origin is not known:
        what they held at the start, and every discharge under the static rule.
        """
        yield from self._shares(generated(self.balance), len(self.balance.labels.zones) + 1)

    def origin(self, out: Array | None = None, *, limit: int = ORIGIN_LIMIT) -> Array:
        """All of `origin_blocks` as one array (T,N,N+1), written into `out` where that is given.

        Raises ValueError where the array would be larger than `limit` bytes: `stream_origin` writes it to a file.
        """
        n = len(self.balance.labels.zones)
        shape = (len(self.balance.hours), n, n + 1)
        if out is None and shape[0] * shape[1] * shape[2] * 8 > limit:
            raise ValueError(f"the origins need {shape[0] * shape[1] * shape[2] * 8:,} bytes: use stream_origin")
        return self._filled(shape, self.origin_blocks(), out)

    def stream_origin(self, path: Path) -> Path:
        """Write the origins (T,N,N+1) chunk by chunk into a .npy file that `numpy.load(mmap_mode="r")` opens."""
        n = len(self.balance.labels.zones)
        shape = (len(self.balance.hours), n, n + 1)
        with path.open("wb") as file:
            head = {"descr": "<f8", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, head)
            for _, block in self.origin_blocks():
                file.write(np.ascontiguousarray(block, dtype="<f8").tobytes())
        return path

    def technology(self, out: Array | None = None) -> Array:
        """The MWh generated by each technology per MWh in each zone, (T,N,K+1); last column as in `origin_blocks`."""
        k = len(self.balance.labels.technologies) + 1
        shape = (len(self.balance.hours), len(self.balance.labels.zones), k)
        return self._filled(shape, self._shares(by_technology(self.balance), k), out)

    def devices(self, zone: str, part: slice = slice(None)) -> tuple[Array, Array]:
        """Per MWh in `zone` what each generator (t,S) and each store (t,P) gave in the same period [MWh]; direct rule.

        Raises ValueError under another coupling.
        """
        from zuji.electricity.trace.gradient import shares_of

        return shares_of(self, zone, part)

    def _shares(self, content: Content, width: int) -> Iterator[tuple[slice, Array]]:
        given = None
        if self.run.stored:
            last = np.zeros((len(self.balance.labels.stores), width))
            if self.rule.storage is Storage.STATIC:
                given = np.zeros((len(self.balance.hours), *last.shape))
                given[:, :, -1] = np.nan_to_num(self.balance.discharge)
            else:
                last[:, -1] = self.run.levels.level[0]
                yield from self.run.stocked_blocks(content, last)
                return
        yield from self.run.blocks(content, given)

    def _filled(self, shape: tuple[int, ...], blocks: Iterator[tuple[slice, Array]], out: Array | None) -> Array:
        array = np.empty(shape) if out is None else out
        if array.shape != shape:
            raise ValueError(f"out has the shape {array.shape}, {shape} is needed")
        for part, block in blocks:
            array[part] = block
        return array

    def factor(self, zone: str, gas: str = "") -> GridFactor:
        """The mean factor of a zone over the whole time, as a typed factor with this trace as its source."""
        from zuji.electricity.trace.figure import factor_of

        return factor_of(self, zone, gas)

    def explain(self, zone: str, hour: int, gas: str = "", top: int = 20) -> Card:
        """Where the factor of `zone` in the period that starts at `hour` (hours since 1970-01-01T00Z) comes from."""
        from zuji.electricity.trace.explain import card

        return card(self, zone, hour, gas, top)

    def uncertainty(self, gas: str | int = 0) -> Array:
        """The standard deviation of every factor (T,N) [kg/MWh] from those of meters and factors; direct rule."""
        from zuji.electricity.trace.gradient import deviation

        return deviation(self, gas)

    def meters(self, zone: str, gas: str | int = 0) -> tuple[Meter, ...]:
        """Which meter or emission factor to improve for the mean factor of `zone`, the first most; direct rule."""
        from zuji.electricity.trace.gradient import ranking

        return ranking(self, zone, gas)

    def save(self, folder: Path) -> Path:
        """Write everything into `folder` under a name that holds the digest; the same inputs give the same bytes."""
        from zuji.electricity.trace.archive import save

        return save(self, folder)

    @staticmethod
    def load(path: Path) -> Trace:
        """A saved trace; raises UnreadableError where the file was changed."""
        from zuji.electricity.trace.archive import load

        return load(path)


def trace(balance: Balance, rule: Rule | None = None, *, chunk: int | None = None, sparse: bool | None = None) -> Trace:
    """The factors of `balance` under `rule` (direct coupling, losses at the receiver, storage as stock average).

    Under direct and aggregated coupling what is accounted equals what was emitted. Raises BalanceError where the
    balance breaks a law that tracing rests on: negative generation, more received than sent, a store below nothing.
    """
    rule = rule or Rule()
    found = check_balance(balance)
    if has_errors(found):
        raise BalanceError(tuple(f for f in found if has_errors([f])))
    work = Run(balance, rule, chunk, sparse)
    labels, content = balance.labels, emitted(balance)
    count, gases = len(labels.stores), len(labels.gases)
    opening = closing = np.zeros((count, gases))
    given = np.zeros((len(balance.hours), count, gases))
    if work.stored and rule.storage is Storage.STATIC:
        given = np.nan_to_num(balance.discharge)[:, :, None] * static_factors(balance)[None]
    elif work.stored:
        course = work.course(content, opening_contents(balance, work.levels.level[0]))
        given, opening, closing = course.given, course.opening, course.closing
    values = np.empty((len(balance.hours), len(labels.zones), gases))
    for part, block in work.blocks(content, given if work.stored else None):
        values[part] = block
    made = Trace(balance, rule, values, work.reasons, given, opening, closing, found, chunk, sparse)
    made.__dict__["run"] = work
    return made


def _sums(blocks: Iterable[Array]) -> Array:
    """The sum of blocks (·,·,G) by gas, (G,), without rounding on the way."""
    rows = [[math.fsum(column) for column in block.reshape(-1, block.shape[-1]).T.tolist()] for block in blocks]
    return np.array([math.fsum(column) for column in zip(*rows, strict=True)])


def opening_contents(balance: Balance, level: Array) -> Array:
    """What the stores held at the start, (P,G) [kg]; NaN where the store names no factor and starts as it ends."""
    out = np.full((len(balance.labels.stores), len(balance.labels.gases)), np.nan)
    for p, store in enumerate(balance.labels.stores):
        for name, value in store.opening_factors:
            out[p, balance.labels.gas(name)] = value * level[p]
    return out


def static_factors(balance: Balance) -> Array:
    """The stated factors of discharge, (P,G) [kg/MWh]; raises ValueError where a store states none."""
    out = np.full((len(balance.labels.stores), len(balance.labels.gases)), np.nan)
    for p, store in enumerate(balance.labels.stores):
        for name, value in store.static_factors:
            out[p, balance.labels.gas(name)] = value
    used = np.count_nonzero(np.nan_to_num(balance.discharge), axis=0) > 0
    if np.isnan(out[used]).any():
        names = [s.id for p, s in enumerate(balance.labels.stores) if used[p] and np.isnan(out[p]).any()]
        raise ValueError(f"the static rule needs a stated factor for every gas of: {', '.join(names)}")
    return np.asarray(np.nan_to_num(out))


ALL_RULES = tuple(Rule(coupling, Losses.RECEIVER, Storage.STOCK) for coupling in Coupling)
"""The four couplings, side by side for comparison; they must not be mixed in one account."""
