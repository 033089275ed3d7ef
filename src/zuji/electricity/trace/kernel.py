"""The four coupling rules as one linear map from injected content to content per MWh; arrays only.

c = α Q / g + β · solve(x, W, γ Q): direct coupling has α = 0, β = γ = 1; aggregated coupling serves own load first
(Hörsch, Schäfer, Becker, Schramm and Greiner 2018); production takes α = 1 alone; first tier adds the neighbours'
production intensity. g is here what generators and stores inject.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.labels import Integers
from zuji.electricity.trace.rule import Coupling, Losses, Rule
from zuji.electricity.trace.system import SPARSE_FROM, System, gathered, pairs
from zuji.electricity.trace.void import Flags, Reasons, Void, spread, void_of

OVERDRAWN = 1e-9
"""Share of what entered beyond which a zone that sends more than it has does so by more than rounding."""
BOUNDLESS = 1e9
"""MWh generated per MWh taken, below a zone that sends more than it has, beyond which the matrix counts as singular."""


@dataclass(frozen=True, eq=False)
class Periods:
    """Some periods of a balance, ready for a rule; NaN became 0 and is marked in `missing`.

    `injected`, `entered`, `demand` (t,N) [MWh]: generation + discharge; that + what arrives; that − what leaves.
    `demand` includes charging, and the loss of lines where the sender bears it.
    """

    rule: Rule
    generated: Array
    injected: Array
    entered: Array
    demand: Array
    charge: Array
    discharge: Array
    store_zone: Integers
    carried: Array
    sender: Integers
    receiver: Integers
    missing: Flags
    sparse: bool

    @property
    def count(self) -> int:
        return len(self.entered)

    def system(self, entered: Array, injected: Array) -> System:
        """The linear system of these periods in which `entered` (t,N) comes in, of it `injected` (t,N) by sources."""
        fed = self._fed_by(entered, injected)
        if self.endless is not None:
            fed = (self.endless == 0) if fed is None else fed & (self.endless == 0)
        return System.of(entered, fed, self.carried, (self.sender, self.receiver), self.sparse)

    def _fed_by(self, entered: Array, injected: Array) -> Flags | None:
        return self.fed if injected is self.injected else self._fed(entered, injected)

    def _fed(self, entered: Array, injected: Array) -> Flags | None:
        if not ((injected <= 0) & (entered > 0)).any():
            return None
        return spread(injected > 0, self.carried > 0, self.sender, self.receiver)

    @cached_property
    def fed(self) -> Flags | None:
        """Which zones (t,N) some generator or store feeds; None where no zone lives on others alone."""
        return self._fed(self.entered, self.injected)

    def surplus(self) -> tuple[Array, Array, Array]:
        """What aggregated coupling parts: own use, surplus, and the surplus with all that arrives, (t,N) each [MWh]."""
        own = np.minimum(self.injected, np.maximum(self.demand, 0.0))
        surplus = self.injected - own
        return own, surplus, surplus + (self.entered - self.injected)

    def voids(self) -> Reasons:
        """Reason codes (t,N), before what stores may add."""
        if self.rule.coupling is Coupling.PRODUCTION:
            reason = np.where(self.generated > 0, Void.NONE, Void.NO_PRODUCTION).astype(np.uint8)
        elif self.rule.coupling is Coupling.FIRST_TIER:
            reason = np.where(self.entered > 0, Void.NONE, Void.DEAD).astype(np.uint8)
            idle = (self.injected <= 0)[:, self.sender] & (self.carried > 0)
            for link in np.flatnonzero(idle.any(axis=0)):
                reason[idle[:, link], self.receiver[link]] = Void.NO_PRODUCTION
        else:
            ends = (self.carried, self.sender, self.receiver)
            reason = void_of(self.entered, self.injected, self.missing, *ends, self.fed)
            if self.rule.coupling is Coupling.AGGREGATED:
                own, surplus, entered = self.surplus()
                unfed = void_of(entered, surplus, self.missing, *ends) == Void.NO_GENERATOR
                unfed = spread(unfed, self.carried > 0, self.sender, self.receiver)
                reason[unfed & ((self.demand > own) | (self.demand <= 0)) & (reason == 0)] = Void.NO_GENERATOR
            if self.endless is not None:
                reason = np.where(reason == 0, self.endless, reason)
            return reason
        reason[self.missing] = Void.MISSING
        if self.rule.coupling is Coupling.FIRST_TIER:
            bad = self.missing[:, self.sender] & (self.carried > 0)
            for link in np.flatnonzero(bad.any(axis=0)):
                column = reason[:, self.receiver[link]]
                column[bad[:, link] & (column == 0)] = Void.UPSTREAM
        return reason

    @cached_property
    def endless(self) -> Reasons | None:
        """Zones (t,N) whose carbon has no end, with the reason code, else 0; None where there are none.

        With losses at the receiver a circle of flows can carry more than entered it, where one of its zones sends more
        than it has: figures would be negative, or without bound. The matrix is an M-matrix where the injected energy
        itself comes out nowhere negative (Berman and Plemmons: a Z-matrix B with B v ≥ 0 for some v > 0). A circle of
        which nobody takes anything loses all its energy in its lines: its matrix is singular. Zones above keep their
        figures: their part of the system stands alone.
        """
        if self.rule.losses is not Losses.RECEIVER or self.rule.coupling not in (Coupling.DIRECT, Coupling.AGGREGATED):
            return None
        found = np.zeros(self.entered.shape, dtype=np.uint8)
        entered, injected, taken = self.entered, self.injected, self.demand
        if self.rule.coupling is Coupling.AGGREGATED:
            own, injected, entered = self.surplus()
            taken = self.demand - own
        idle = (taken <= OVERDRAWN * self.entered) & (entered > 0)
        rows = np.flatnonzero(idle.any(axis=1))
        if rows.size:
            lost = idle[rows] & ~spread(~idle[rows], self.carried[rows] > 0, self.receiver, self.sender)
            fed = self._fed_by(entered, injected) if lost.any() else None
            found[rows] = np.where(lost if fed is None else lost & fed[rows], Void.LOST, Void.NONE)
        overdrawn = self.demand < -OVERDRAWN * self.entered
        rows = np.flatnonzero(overdrawn.any(axis=1))
        if rows.size:
            block = found[rows]
            below = spread(overdrawn[rows], self.carried[rows] > 0, self.sender, self.receiver)
            wrong = self._breaks(rows, block > 0, entered, injected)[:, None] | (block > 0)
            found[rows] = np.where(below & wrong, Void.OVERDRAWN, block)
        return found if found.any() else None

    def _breaks(self, rows: Integers, endless: Flags, entered: Array, injected: Array) -> Flags:
        """Which of the periods `rows` have a matrix that is no M-matrix, or one that rounding cannot tell from it."""
        every = self._fed_by(entered, injected)
        fed = ~endless if every is None else every[rows] & ~endless
        part = System.of(entered[rows], fed, self.carried[rows], (self.sender, self.receiver), self.sparse)
        held = part.solve(injected[rows][:, :, None])[:, :, 0]
        held[~fed] = 0.0
        return np.asarray(~((held >= -1e-9) & (held <= BOUNDLESS)).all(axis=1))

    def below(self, seed: Flags) -> Flags:
        """The zones that `seed` (t,N) feeds under this rule, itself included."""
        if self.rule.coupling is Coupling.PRODUCTION:
            return seed
        return spread(seed, self.carried > 0, self.sender, self.receiver)

    def per_mwh(self, content: Array) -> Array:
        """Content per MWh (t,N,C) for the injected `content` (t,N,C); zones without a figure hold any number."""
        coupling = self.rule.coupling
        if coupling is Coupling.DIRECT:
            return self.system(self.entered, self.injected).solve(content)
        if coupling is Coupling.PRODUCTION:
            return _divided(content, self.generated)
        if coupling is Coupling.FIRST_TIER:
            own = _divided(content, self.injected)
            total = content.copy()
            for e in range(len(self.sender)):
                total[:, self.receiver[e]] += self.carried[:, e, None] * own[:, self.sender[e]]
            return _divided(total, self.entered)
        demand = np.maximum(self.demand, 0.0)
        own, surplus, entered = self.surplus()
        travelling = self.system(entered, surplus).solve(content * _divided(surplus, self.injected)[:, :, None])
        at_home = _divided(content, self.injected) * _divided(own, demand)[:, :, None]
        mixed = at_home + travelling * _divided(demand - own, demand)[:, :, None]
        # Where nobody takes anything, what passes through is all there is.
        return np.where((demand > 0)[:, :, None], mixed, travelling)

    def adjoint(self, zone: int) -> Array:
        """∂c_zone/∂Q_m under direct coupling, (t,N) [1/MWh]: one transposed solve."""
        unit = np.zeros((*self.entered.shape, 1))
        unit[:, zone] = 1.0
        return self.system(self.entered, self.injected).solve(unit, transposed=True)[:, :, 0]


def _divided(value: Array, by: Array) -> Array:
    if value.ndim == by.ndim + 1:
        by = by[..., None]
    return np.divide(value, by, out=np.zeros(np.broadcast_shapes(value.shape, by.shape)), where=by > 0)


def periods(balance: Balance, rule: Rule, part: slice = slice(None), *, sparse: bool | None = None) -> Periods:
    """The periods `part` of a balance under a rule; `sparse` None lets the number of zones decide."""
    labels = balance.labels
    n = len(labels.zones)
    generated = balance.zone_generation(part)
    missing = np.isnan(generated)
    sent, received = netted(balance, part) if rule.netted else (balance.sent[part], balance.received[part])
    unknown = np.isnan(sent) | np.isnan(received)
    for link in np.flatnonzero(unknown.any(axis=0)):
        missing[:, labels.receiver[link]] |= unknown[:, link]
    use_stores = rule.coupling is not Coupling.PRODUCTION
    charge, discharge = balance.charge[part], balance.discharge[part]
    for i, zone in enumerate(labels.store_zone if use_stores else ()):
        missing[:, zone] |= np.isnan(discharge[:, i])
    if len(labels.gases) and not np.isfinite(balance.factors).all():
        lacking = ~np.isfinite(balance.factors).all(axis=1)
        for s in np.flatnonzero(lacking):
            missing[:, labels.generator_zone[s]] |= balance.generation[part][:, s] > 0
    generated, sent, received, charge, discharge = map(_known, (generated, sent, received, charge, discharge))
    sender, receiver, position = pairs(labels.sender, labels.receiver, n)
    arrived = gathered(received, position, len(sender))
    left = gathered(delivered(sent, received), position, len(sender))
    carried = leaving = left if rule.losses is Losses.RECEIVER else arrived
    injected = generated.copy()
    if use_stores:
        for i, zone in enumerate(labels.store_zone):
            injected[:, zone] += discharge[:, i]
    entered, demand = injected.copy(), None
    out = np.zeros_like(entered)
    if len(sender) > 4 * n:  # thousands of links: one sparse product beats a loop
        entered += gathered(arrived, receiver, n)
        out += gathered(leaving, sender, n)
    else:
        for e in range(len(sender)):
            entered[:, receiver[e]] += arrived[:, e]
            out[:, sender[e]] += leaving[:, e]
    demand = entered - out
    return Periods(
        rule, generated, injected, entered, demand, charge, discharge, labels.store_zone, carried, sender, receiver,
        missing, n >= SPARSE_FROM if sparse is None else sparse,
    )  # fmt: skip


def _known(array: Array) -> Array:
    return np.where(np.isnan(array), 0.0, array) if np.isnan(array).any() else array


def delivered(sent: Array, received: Array) -> Array:
    """What is sent where anything arrives, else 0: a line that loses all has no receiver, so its sender bears it."""
    if not ((sent > 0) & (received <= 0)).any():
        return sent
    return np.where(received > 0, sent, 0.0)


def netted(balance: Balance, part: slice = slice(None)) -> tuple[Array, Array]:
    """Sent and received (t,L) with the two directions of every pair netted at both ends; losses stay the same.

    Of several links in one direction the first carries the net flow.
    """
    labels = balance.labels
    sent, received = balance.sent[part].copy(), balance.received[part].copy()
    first: dict[tuple[int, int], int] = {}
    for link, pair in enumerate(zip(labels.sender.tolist(), labels.receiver.tolist(), strict=True)):
        keep = first.setdefault(pair, link)
        if keep != link:
            for array in (sent, received):
                array[:, keep] += array[:, link]
                array[:, link] = 0.0
    for (a, b), there in first.items():
        back = first.get((b, a))
        if back is None or a > b:
            continue
        near, far = sent[:, there] - received[:, back], received[:, there] - sent[:, back]
        sent[:, there], received[:, there] = np.maximum(near, 0), np.maximum(far, 0)
        sent[:, back], received[:, back] = np.maximum(-far, 0), np.maximum(-near, 0)
    return sent, received
