"""The card of one figure: top generators, interconnector paths, imports, raw rows, rule, losses, who measured."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zuji.canonical import plain
from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.check import hour_text, place_of
from zuji.electricity.trace.kernel import Periods
from zuji.electricity.trace.rule import Coupling
from zuji.electricity.trace.void import REASONS, Void
from zuji.finding import Place
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.electricity.trace.run import Trace

MOST_CELLS = 4_000_000
"""Zones × generators up to which every generator is carried by itself; beyond it direct coupling solves backwards."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cell behind a value: where it was read, its value [MWh], and the published one where it was reconciled."""

    series: str
    value: float
    raw: float | None
    place: Place
    publisher: str = ""
    metered_by: str = ""
    quality: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A generator (or what a store gave back): MWh and kg per MWh taken in the zone, and its share of the carbon."""

    id: str
    zone: str
    technology: str
    energy: float
    """MWh generated per MWh taken in the zone."""
    factor: float
    """kg/MWh of the generator itself."""
    carbon: float
    """kg per MWh taken in the zone."""
    row: Row


@dataclass(frozen=True, slots=True)
class Import:
    """What came over one link in this period, and what a MWh of it carried."""

    link: str
    sender: str
    sent: Row
    received: Row
    factor: float | None


@dataclass(frozen=True, slots=True)
class Way:
    """How electricity of a zone came here: the way that carries the most, sender first, and its share of a MWh here."""

    zones: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Card:
    """One figure with all that stands behind it. `value` and `deviation` [kg/MWh]; None where there is no figure.

    `deviation` is one standard deviation; `assumed` is the share of its variance that comes from errors which nobody
    stated [1]. Both under direct coupling only.
    """

    zone: str
    hour: int
    step: int
    gas: str
    scope: str
    value: float | None
    deviation: float | None
    assumed: float | None
    reason: str
    rule: str
    consumption: float
    sources: tuple[Source, ...]
    rest_energy: float
    rest_carbon: float
    """What the generators beyond the listed ones give."""
    imports: tuple[Import, ...]
    ways: tuple[Way, ...]
    digest: str

    def as_dict(self) -> dict[str, Any]:
        """The card for JSON, places included."""
        document: dict[str, Any] = plain(self)
        document["time"] = hour_text(self.hour)
        for shown, source in zip(document.get("sources", []), self.sources, strict=True):
            shown["row"]["place"] = source.row.place.as_dict()
        for shown, taken in zip(document.get("imports", []), self.imports, strict=True):
            shown["sent"]["place"], shown["received"]["place"] = (
                taken.sent.place.as_dict(),
                taken.received.place.as_dict(),
            )
        return document


def card(trace: Trace, zone: str, hour: int, gas: str = "", top: int = 20) -> Card:
    """See `Trace.explain`; raises KeyError for an unknown zone, gas or hour."""
    balance, labels = trace.balance, trace.balance.labels
    z = labels.zone(zone)
    g = labels.gas(gas) if gas else 0
    t = int(np.searchsorted(balance.hours, hour, side="right")) - 1
    if t < 0 or hour >= balance.hours[t] + balance.step:
        raise KeyError(hour_text(hour))
    ready = trace.run.periods(slice(t, t + 1))
    reason = Void(int(trace.reasons[t, z]))
    value = None if reason else float(trace.values[t, z, g])
    shares = np.zeros(len(labels.generators) + len(labels.stores)) if reason else _shares(trace, ready, t, z)
    sources = _sources(trace, shares, t, g)
    listed = sources[:top]
    deviation = assumed = None
    if value is not None and trace.rule.coupling is Coupling.DIRECT:
        deviation, assumed = _deviation(trace, ready, t, z, g)
    return Card(
        zone=zone,
        hour=int(balance.hours[t]),
        step=balance.step,
        gas=labels.gases[g].name,
        scope=labels.gases[g].scope,
        value=value,
        deviation=deviation,
        assumed=assumed,
        reason=tr(REASONS[reason]) if reason else "",
        rule=trace.rule.id,
        consumption=float(trace.consumption[t, z]),
        sources=listed,
        rest_energy=math.fsum(s.energy for s in sources[top:]),
        rest_carbon=math.fsum(s.carbon for s in sources[top:]),
        imports=_imports(trace, t, z, g),
        ways=_ways(ready, [zone.id for zone in labels.zones], z, top),
        digest=trace.digest,
    )


def _shares(trace: Trace, ready: Periods, t: int, z: int) -> Array:
    labels = trace.balance.labels
    columns, n = len(labels.generators) + len(labels.stores), len(labels.zones)
    output = np.concatenate([np.nan_to_num(trace.balance.generation[t]), ready.discharge[0]])
    zone = np.concatenate([labels.generator_zone, labels.store_zone])
    if trace.rule.coupling is Coupling.PRODUCTION:
        output[len(labels.generators) :] = 0.0
    if columns * n > MOST_CELLS and trace.rule.coupling is Coupling.DIRECT:
        return np.asarray(ready.adjoint(z)[0, zone] * output)
    content = np.zeros((1, n, columns))
    content[0, zone, np.arange(columns)] = output
    return np.asarray(ready.per_mwh(content)[0, z])


def _sources(trace: Trace, shares: Array, t: int, g: int) -> tuple[Source, ...]:
    balance, labels = trace.balance, trace.balance.labels
    found = []
    for s in np.flatnonzero(shares[: len(labels.generators)]):
        generator = labels.generators[s]
        row = row_of(balance, "generation", t, int(s), generator.metered_by, generator.quality.value)
        factor = float(balance.factors[s, g])
        found.append(
            Source(
                generator.id,
                generator.zone,
                generator.technology,
                float(shares[s]),
                factor,
                float(shares[s]) * factor,
                row,
            )
        )
    for p, store in enumerate(labels.stores):
        share = float(shares[len(labels.generators) + p])
        if share:
            row = row_of(balance, "discharge", t, p, store.metered_by, store.quality.value)
            factor = float(trace.given[t, p, g] / balance.discharge[t, p])
            found.append(Source(store.id, store.zone, "storage", share, factor, share * factor, row))
    return tuple(sorted(found, key=lambda s: (-s.carbon, -s.energy, s.id)))


def row_of(balance: Balance, series: str, t: int, column: int, metered_by: str = "", quality: str = "") -> Row:
    """The cell behind one value."""
    place = place_of(balance, series, t, column)
    raw = float(balance.raw[series][t, column]) if series in balance.raw else None
    value = float(getattr(balance, series)[t, column])
    publisher = ""
    if series in balance.origins and place.line:
        publisher = balance.documents[int(balance.origins[series].file[t, column])].publisher
    changed = raw is not None and raw != value and not math.isnan(raw)
    return Row(series, value, raw if changed else None, place, publisher, metered_by, quality)


def _imports(trace: Trace, t: int, z: int, g: int) -> tuple[Import, ...]:
    balance, labels = trace.balance, trace.balance.labels
    found = []
    for i in np.flatnonzero(labels.receiver == z):
        if not balance.sent[t, i] > 0:
            continue
        link, j = labels.links[i], int(labels.sender[i])
        rows = [row_of(balance, s, t, int(i), link.metered_by, link.quality.value) for s in ("sent", "received")]
        factor = None if trace.reasons[t, j] else float(trace.values[t, j, g])
        found.append(Import(link.id, link.sender, rows[0], rows[1], factor))
    return tuple(sorted(found, key=lambda i: (-i.received.value, i.link)))


def _ways(ready: Periods, ids: list[str], z: int, top: int) -> tuple[Way, ...]:
    """For every zone upstream the single way with the largest product of import shares (Dijkstra on −log)."""
    if ready.rule.coupling is Coupling.PRODUCTION:
        return ()
    inflow: dict[int, list[tuple[int, float]]] = {}
    for e in np.flatnonzero(ready.carried[0] > 0):
        to, of = int(ready.receiver[e]), int(ready.sender[e])
        inflow.setdefault(to, []).append((of, min(float(ready.carried[0, e] / ready.entered[0, to]), 1.0)))
    best: dict[int, float] = {}
    nexts: dict[int, int] = {}
    waiting = [(0.0, z, z)]
    while waiting:
        cost, zone, after = heapq.heappop(waiting)
        if zone in best:
            continue
        best[zone], nexts[zone] = cost, after
        if ready.rule.coupling is Coupling.FIRST_TIER and zone != z:
            continue
        for of, share in inflow.get(zone, []):
            if of not in best and share > 0:
                heapq.heappush(waiting, (cost - math.log(share), of, zone))
    found = []
    for zone, cost in best.items():
        if zone == z:
            continue
        way = [zone]
        while way[-1] != z:
            way.append(nexts[way[-1]])
        found.append(Way(tuple(ids[i] for i in way), math.exp(-cost)))
    return tuple(sorted(found, key=lambda w: (-w.share, w.zones))[:top])


def _deviation(trace: Trace, ready: Periods, t: int, z: int, g: int) -> tuple[float, float]:
    """The standard deviation of one figure [kg/MWh] and the share of its variance that comes from assumed errors."""
    from zuji.electricity.trace.gradient import errors_of, terms

    labels = trace.balance.labels
    row = ready.adjoint(z)[0]
    parts, errors = terms(trace, g, slice(t, t + 1)), errors_of(trace.balance, g)
    zones = (labels.generator_zone, labels.generator_zone, labels.receiver, labels.store_zone)
    values = (parts.energy, parts.factor, parts.flow, parts.discharge)
    squares = [(value[0] * row[zone] * sd) ** 2 for value, zone, sd in zip(values, zones, errors.known, strict=True)]
    total = math.fsum(float(v) for array in squares for v in array)
    assumed = math.fsum(float(v) for array, flag in zip(squares, errors.assumed, strict=True) for v in array[flag])
    return math.sqrt(total), assumed / total if total else 0.0
