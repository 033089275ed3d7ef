"""How a traced factor answers to its inputs, in closed form: uncertainty without sampling, and which meter to improve.

With L = (diag(x) − W)⁻¹ under direct coupling every input stands in one row m of the system, so ∂c_i/∂θ = L_im ∂r_m/∂θ:
energy of a generator e − c_m, its emission factor g, a line c_j·sent − c_m·received. Stocks are held fixed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.labels import ASSUMED_SD, Generator, Integers, Link
from zuji.electricity.trace.rule import Coupling, Losses
from zuji.electricity.trace.void import Flags

if TYPE_CHECKING:
    from zuji.electricity.trace.run import Trace

ASSUMED_FACTOR_SD = 0.05
"""Relative standard deviation of an emission factor whose source states none: an assumption, and shown as one."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One input and what its error does to a mean factor.

    `effect` is the standard deviation that it alone causes [kg/MWh], `share` its part of the variance [1].
    """

    id: str
    kind: str
    """generation | factor | flow | discharge"""
    zone: str
    sd: float
    assumed: bool
    metered_by: str
    effect: float
    share: float


def _direct(trace: Trace) -> None:
    if trace.rule.coupling is not Coupling.DIRECT:
        raise ValueError("the gradient is given for direct coupling only")


def sd_of(item: Generator | Link) -> float:
    """The stated relative standard deviation of a series, else the assumed one of its quality."""
    return ASSUMED_SD[item.quality] if item.sd is None else item.sd


def factor_deviation(balance: Balance, g: int) -> Array:
    """Relative standard deviation of every generator's factor, (S,)."""
    if balance.factor_sd is None:
        return np.full(len(balance.labels.generators), ASSUMED_FACTOR_SD)
    return np.where(np.isnan(balance.factor_sd[:, g]), ASSUMED_FACTOR_SD, balance.factor_sd[:, g])


@dataclass(frozen=True, eq=False)
class Errors:
    """Relative standard deviations of the inputs, and which of them (bool) are assumed because nobody stated them.

    `energy` and `factor` (S,) of generators, `flow` (L,), `discharge` (P,).
    """

    energy: Array
    factor: Array
    flow: Array
    discharge: Array
    assumed: tuple[Flags, Flags, Flags, Flags]

    @property
    def known(self) -> tuple[Array, Array, Array, Array]:
        """The deviations in the order of `assumed`."""
        return self.energy, self.factor, self.flow, self.discharge


def errors_of(balance: Balance, g: int) -> Errors:
    """The errors of every input of a balance for one gas."""
    labels = balance.labels
    stated = np.zeros(len(labels.generators), dtype=bool)
    if balance.factor_sd is not None:
        stated = ~np.isnan(balance.factor_sd[:, g])
    return Errors(
        np.array([sd_of(generator) for generator in labels.generators]),
        factor_deviation(balance, g),
        np.array([sd_of(link) for link in labels.links]),
        np.array([ASSUMED_SD[store.quality] for store in labels.stores]),
        (
            np.array([generator.sd is None for generator in labels.generators], dtype=bool),
            ~stated,
            np.array([link.sd is None for link in labels.links], dtype=bool),
            np.ones(len(labels.stores), dtype=bool),
        ),
    )


def shares_of(trace: Trace, zone: str, part: slice = slice(None)) -> tuple[Array, Array]:
    """See `Trace.devices`."""
    _direct(trace)
    labels, z = trace.balance.labels, trace.balance.labels.zone(zone)
    rows = _adjoint(trace, z, part)
    generators = rows[:, labels.generator_zone] * np.nan_to_num(trace.balance.generation[part])
    stores = rows[:, labels.store_zone] * np.nan_to_num(trace.balance.discharge[part])
    void = trace.reasons[part][:, z] > 0
    generators[void], stores[void] = np.nan, np.nan
    return generators, stores


def _adjoint(trace: Trace, zone: int, part: slice = slice(None)) -> Array:
    start, stop, _ = part.indices(len(trace.balance.hours))
    out = np.empty((stop - start, len(trace.balance.labels.zones)))
    for block in trace.run.parts:
        first, last = max(block.start, start), min(block.stop, stop)
        if first < last:
            out[first - start : last - start] = trace.run.periods(slice(first, last)).adjoint(zone)
    return out


@dataclass(frozen=True, eq=False)
class Terms:
    """∂r_m/∂ln θ of every input [kg], m being the zone that the input stands in.

    `energy` and `factor` (t,S) of generators, `flow` (t,L), `discharge` (t,P).
    """

    energy: Array
    factor: Array
    flow: Array
    discharge: Array


def terms(trace: Trace, g: int, part: slice = slice(None)) -> Terms:
    """The terms of some periods; values of zones without a figure count as 0."""
    from zuji.electricity.trace.kernel import delivered, netted

    balance, labels = trace.balance, trace.balance.labels
    value = np.nan_to_num(trace.values[part, :, g])
    output = np.nan_to_num(balance.generation[part])
    factor = balance.factors[:, g]
    sent, received = netted(balance, part) if trace.rule.netted else (balance.sent[part], balance.received[part])
    sent, received = np.nan_to_num(sent), np.nan_to_num(received)
    brought = delivered(sent, received) if trace.rule.losses is Losses.RECEIVER else received
    return Terms(
        output * (factor - value[:, labels.generator_zone]),
        output * factor,
        brought * value[:, labels.sender] - received * value[:, labels.receiver],
        trace.given[part, :, g] - np.nan_to_num(balance.discharge[part]) * value[:, labels.store_zone],
    )


def variances(trace: Trace, gas: str | int = 0) -> tuple[Array, Array]:
    """The variance of every factor (T,N) [kg²/MWh²], and the part of it that comes from assumed errors.

    The errors of different inputs are independent of each other; NaN where there is no figure. Direct rule.
    """
    _direct(trace)
    labels = trace.balance.labels
    g = gas if isinstance(gas, int) else labels.gas(gas)
    n = len(labels.zones)
    out = np.empty((2, len(trace.balance.hours), n))
    errors = errors_of(trace.balance, g)
    zones = (labels.generator_zone, labels.generator_zone, labels.receiver, labels.store_zone)
    # What each input adds to the variance of its zone, all of it and the assumed part, as two sparse products.
    into = []
    for assumed_only in (False, True):
        blocks = [
            sp.csr_array((sd**2 * (flag if assumed_only else 1.0), (np.arange(len(zone)), zone)), shape=(len(zone), n))
            for sd, flag, zone in zip(errors.known, errors.assumed, zones, strict=True)
        ]
        into.append(sp.vstack(blocks, format="csr"))
    for part in trace.run.parts:
        parts = terms(trace, g, part)
        squares = np.concatenate([parts.energy, parts.factor, parts.flow, parts.discharge], axis=1) ** 2
        ready = trace.run.periods(part)
        unit = np.ascontiguousarray(np.broadcast_to(np.eye(n), (ready.count, n, n)))
        inverse = ready.system(ready.entered, ready.injected).solve(unit)
        inverse *= inverse
        both = np.stack([squares @ matrix for matrix in into], axis=2)
        out[:, part] = np.moveaxis(inverse @ both, 2, 0)
    out[:, trace.reasons > 0] = np.nan
    return out[0], out[1]


def deviation(trace: Trace, gas: str | int = 0) -> Array:
    """See `Trace.uncertainty`."""
    return np.asarray(np.sqrt(variances(trace, gas)[0]))


def ranking(trace: Trace, zone: str, gas: str | int = 0) -> tuple[Meter, ...]:
    """See `Trace.meters`: each input has one relative error that holds the whole time; the weights are the consumption.

    Generators of one technology with the same emission factor share its error.
    """
    _direct(trace)
    balance, labels = trace.balance, trace.balance.labels
    g = gas if isinstance(gas, int) else labels.gas(gas)
    z = labels.zone(zone)
    weight = np.where(trace.reasons[:, z] > 0, 0.0, np.maximum(trace.consumption[:, z], 0.0))
    if weight.sum() == 0:
        return ()
    rows = _adjoint(trace, z) * (weight / weight.sum())[:, None]
    parts = terms(trace, g)

    def effects(table: Array, zones: Integers) -> Array:
        result: Array = np.einsum("ts,ts->s", rows[:, zones], table)
        return result

    found: list[tuple[str, str, str, float, bool, str, float]] = []
    energy = effects(parts.energy, labels.generator_zone)
    for s, generator in enumerate(labels.generators):
        sd = sd_of(generator)
        found.append(
            (generator.id, "generation", generator.zone, sd, generator.sd is None, generator.metered_by, energy[s] * sd)
        )
    shared: dict[tuple[str, float], list[int]] = defaultdict(list)
    for s, generator in enumerate(labels.generators):
        shared[generator.technology, float(balance.factors[s, g])].append(s)
    of_factor, factor_sd = effects(parts.factor, labels.generator_zone), factor_deviation(balance, g)
    for (technology, value), members in shared.items():
        sd = float(factor_sd[members[0]])
        assumed = balance.factor_sd is None or bool(np.isnan(balance.factor_sd[members[0], g]))
        zones = {labels.generators[s].zone for s in members}
        where = zones.pop() if len(zones) == 1 else "*"
        found.append(
            (f"{technology} {value:g}", "factor", where, sd, assumed, "", float(of_factor[members].sum()) * sd)
        )
    flow = effects(parts.flow, labels.receiver)
    for i, link in enumerate(labels.links):
        sd = sd_of(link)
        found.append((link.id, "flow", link.receiver, sd, link.sd is None, link.metered_by, flow[i] * sd))
    given = effects(parts.discharge, labels.store_zone)
    for i, store in enumerate(labels.stores):
        sd = ASSUMED_SD[store.quality]
        found.append((store.id, "discharge", store.zone, sd, True, store.metered_by, given[i] * sd))
    total = sum(row[-1] ** 2 for row in found)
    meters = [
        Meter(*row[:-1], effect=abs(float(row[-1])), share=float(row[-1] ** 2 / total) if total else 0.0)
        for row in found
        if row[-1]
    ]
    return tuple(sorted(meters, key=lambda meter: (-meter.share, meter.kind, meter.id)))
