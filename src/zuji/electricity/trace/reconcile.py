"""Published data made to add up: generation + imports − exports − charging = load in every zone and period.

Weighted least squares on the published values, d = V Bᵀ (B V Bᵀ)⁻¹ r, with every value ≥ 0 by an active set. The
weights come from the series' standard deviations, so what is trusted less moves more; every published value is kept.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.carry import CHUNK_BYTES
from zuji.electricity.trace.check import hour_text, names
from zuji.electricity.trace.gradient import sd_of
from zuji.electricity.trace.labels import Integers, Labels
from zuji.electricity.trace.void import Flags

FLOOR = 1e-3
"""Standard deviation of a value of 0, as a share of the mean of its series: a reported 0 can be wrong as well."""
LOAD_SD = 0.02
"""Relative standard deviation of a load: an assumption; loads are metered at more points than plants."""
ROUNDS = 200
"""Most steps of the active set of one period; far more than a grid of some hundred series needs."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that was changed [MWh]."""

    series: str
    name: str
    hour: int
    raw: float
    value: float

    @property
    def time(self) -> str:
        return hour_text(self.hour)


def reconcile(balance: Balance) -> Balance:
    """The balance with generation, flows and load changed as little as their errors suggest, so that each zone adds up.

    The loss rate of a link stays; stores are taken as they are; a zone without load, or with a missing value, stays as
    it is. The published values are in `raw`. Raises ValueError for a balance without load, or with a negative value.
    """
    if balance.load is None:
        raise ValueError("reconciling needs a load")
    if any((array < 0).any() for array in (balance.generation, balance.sent, balance.received, balance.load)):
        raise ValueError("reconciling needs values that are not negative")
    labels = balance.labels
    n, s, links = len(labels.zones), len(labels.generators), len(labels.links)
    sent, received = balance.sent, balance.received
    kept = np.divide(received, sent, out=np.ones_like(sent), where=sent > 0)
    raw = np.concatenate([balance.generation, sent, balance.load], axis=1)
    sd = np.concatenate([
        np.array([sd_of(g) for g in labels.generators]),
        np.array([sd_of(link) for link in labels.links]),
        np.full(n, LOAD_SD),
    ])  # fmt: skip
    mean = np.nan_to_num(np.nanmean(np.where(np.isnan(raw), 0.0, raw), axis=0))
    floor = FLOOR * np.maximum(mean, mean.max(initial=0.0) * FLOOR)
    fixed = np.zeros((len(raw), n))
    for p, z in enumerate(labels.store_zone):
        fixed[:, z] += balance.discharge[:, p] - balance.charge[:, p]
    out = raw.copy()
    size = max(1, CHUNK_BYTES // max(n * n * 8, 1))
    for start in range(0, len(raw), size):
        part = slice(start, start + size)
        variance = (sd * np.maximum(np.nan_to_num(raw[part]), floor)) ** 2
        sums = _Sums(labels, np.nan_to_num(kept[part], nan=1.0))
        out[part] = _nearest(sums, raw[part], variance, fixed[part])
    changed = {
        "generation": out[:, :s],
        "sent": out[:, s : s + links],
        "received": out[:, s : s + links] * kept,
        "load": out[:, s + links :],
    }
    published = {name: np.asarray(getattr(balance, name)) for name in changed}
    return replace(
        balance,
        generation=changed["generation"],
        sent=changed["sent"],
        received=changed["received"],
        load=changed["load"],
        raw={**published, **balance.raw},
    )


class _Sums:
    """The matrix B (t,N,M) of some periods, never written out: +1 for generation, −1 for load and for what is sent, and
    the share `kept` (t,L) of what is sent where it arrives. Columns: generators, links, loads."""

    def __init__(self, labels: Labels, kept: Array) -> None:
        n, self.kept = len(labels.zones), kept
        s, zone = len(labels.generators), np.arange(n)
        self.zones, self.links = n, slice(s, s + len(labels.links))
        self.of = np.concatenate([labels.generator_zone, labels.sender, zone])
        self.to = labels.receiver
        self.sign = np.concatenate([np.ones(s), np.full(len(labels.links) + n, -1.0)])
        self._own, self._there = _placed(self.of, n), _placed(self.to, n)

    def of_rows(self, rows: Integers) -> _Sums:
        """The same for some of the periods."""
        other = copy(self)
        other.kept = self.kept[rows]
        return other

    def total(self, values: Array) -> Array:
        """B·values, (t,N)."""
        arrives = values[:, self.links] * self.kept
        return np.asarray((values * self.sign) @ self._own + arrives @ self._there)

    def pull(self, force: Array) -> Array:
        """Bᵀ·force, (t,M)."""
        found = force[:, self.of] * self.sign
        found[:, self.links] += force[:, self.to] * self.kept
        return np.asarray(found)

    def touched(self, series: Flags) -> Flags:
        """The zones (t,N) that any of the `series` (t,M) stands in."""
        arrives = series[:, self.links] & (self.kept != 0)
        return np.asarray((series.astype(float) @ self._own + arrives.astype(float) @ self._there) > 0)

    def touching(self, zones: Flags) -> Flags:
        """The series (t,M) that stand in any of the `zones` (t,N)."""
        found = zones[:, self.of]
        found[:, self.links] |= zones[:, self.to] & (self.kept != 0)
        return found

    def normal(self, variance: Array) -> Array:
        """B·diag(variance)·Bᵀ, (t,N,N); 1 on the diagonal of zones that nothing can move."""
        t, n = len(variance), self.zones
        out = np.zeros((t, n, n))
        index = np.arange(n)
        carried = variance[:, self.links] * self.kept
        diagonal = variance @ self._own + (carried * self.kept) @ self._there
        out[:, index, index] = np.where(diagonal > 0, diagonal, 1.0)
        start = self.of[self.links]
        for link in range(len(self.to)):  # in a loop, since several links may join the same two zones
            out[:, start[link], self.to[link]] -= carried[:, link]
            out[:, self.to[link], start[link]] -= carried[:, link]
        return out


def _placed(zone: Integers, zones: int) -> sp.csr_array:
    return sp.csr_array((np.ones(len(zone)), (np.arange(len(zone)), zone)), shape=(len(zone), zones))


def _nearest(sums: _Sums, raw: Array, variance: Array, fixed: Array) -> Array:
    """The values ≥ 0 nearest to `raw` (t,M) with B·values + fixed = 0; all periods go through the steps together."""
    closed = sums.touched(np.isnan(raw)) | np.isnan(fixed)
    free = ~np.isnan(raw) & ~sums.touching(closed)  # nothing that an unbalanced zone shares is moved
    known, variance = np.nan_to_num(raw), np.where(free, variance, 0.0)
    slack = np.maximum(np.abs(np.where(free, known, 0.0)).max(axis=1, initial=0.0), 1.0)[:, None]
    values, zero = known.copy(), np.zeros(raw.shape, dtype=bool)
    rows = np.arange(len(raw))
    for _ in range(ROUNDS):
        if not rows.size:
            break
        here, held, v = sums.of_rows(rows), zero[rows], variance[rows]
        gap = np.where(closed[rows], 0.0, here.total(np.where(held, 0.0, known[rows])) + np.nan_to_num(fixed[rows]))
        moved = known[rows] + v * here.pull(_forces(here.normal(np.where(held, 0.0, v)), -gap))
        found = np.where(held, 0.0, moved)
        low = free[rows] & ~held & (found < -1e-12 * slack[rows])
        # A value held at 0 that the zones pull upwards is let go, the strongest first.
        upwards = np.where(held, moved, -1.0)
        worst = upwards.argmax(axis=1)
        let_go = ~low.any(axis=1) & (upwards[np.arange(len(rows)), worst] > 1e-9 * slack[rows, 0])
        zero[rows] |= low
        zero[rows[let_go], worst[let_go]] = False
        values[rows] = found
        rows = rows[low.any(axis=1) | let_go]
    return np.where(free, np.maximum(values, 0.0), raw)


def _forces(normal: Array, gap: Array) -> Array:
    """normal⁻¹·gap (t,N) by one batched factorisation; by least squares where a group of zones cannot be moved."""
    try:
        found = np.linalg.solve(normal, gap[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        found = np.full(gap.shape, np.nan)
    size = np.abs(normal).max(axis=(1, 2), initial=0.0) * np.abs(found).max(axis=1, initial=0.0)
    doubtful = ~(size <= 1e12 * np.abs(gap).max(axis=1, initial=0.0))
    for t in np.flatnonzero(doubtful):
        found[t] = np.linalg.lstsq(normal[t], gap[t], rcond=None)[0]
    return np.asarray(found)


def changes(balance: Balance, top: int = 20) -> tuple[Change, ...]:
    """The largest changes of a reconciled balance, by MWh."""
    found: list[Change] = []
    for series in ("generation", "sent", "load"):
        if series not in balance.raw:
            continue
        value, raw = np.asarray(getattr(balance, series)), balance.raw[series]
        size = np.nan_to_num(np.abs(value - raw))
        ids = names(balance.labels, series)
        for cell in np.argsort(-size, axis=None, kind="stable")[:top]:
            t, i = divmod(int(cell), size.shape[1])
            if size[t, i] > 0:
                found.append(Change(series, ids[i], int(balance.hours[t]), float(raw[t, i]), float(value[t, i])))
    return tuple(sorted(found, key=lambda c: (-abs(c.value - c.raw), c.series, c.name, c.hour))[:top])
