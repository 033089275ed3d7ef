"""Hourly telemetry of a store: read, held against its limits, and reconciled with the law of energy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zuji.electricity.storage import codes
from zuji.electricity.storage.hourly import Array, Hours, Table, read_table
from zuji.electricity.storage.parameters import Auxiliaries, Metering, StorageProduct
from zuji.electricity.storage.points import converted
from zuji.electricity.storage.said import said
from zuji.electricity.trace import codes as table_codes
from zuji.electricity.trace.clock import local_text
from zuji.electricity.trace.readers.words import ENERGY, to_mwh
from zuji.finding import Finding, Place, has_errors

COLUMNS = ("charge", "discharge", "auxiliary", "state", "losses")


@dataclass(frozen=True, eq=False)
class Telemetry:
    """Energy by hour at the metering point [kWh], NaN where missing; `state` [kWh] at the end of each hour.

    `losses` are metered ones, NaN throughout where nobody meters them; `first_state` is that before the first hour.
    """

    hours: Hours
    charge: Array
    discharge: Array
    auxiliary: Array
    state: Array
    losses: Array
    first_state: float
    file: str
    time_zone: str

    @property
    def change(self) -> Array:
        """The change of state in each hour [kWh], NaN where one of the two states is missing."""
        return np.diff(self.state, prepend=self.first_state)

    @property
    def known(self) -> NDArray[np.bool_]:
        """The hours in which charge and discharge were read."""
        return ~(np.isnan(self.charge) | np.isnan(self.discharge))


def read_telemetry(
    path: Path, metering: Metering, product: StorageProduct
) -> tuple[Telemetry | None, tuple[Finding, ...]]:
    """The telemetry in a CSV with `time, charge, discharge` and `auxiliary, state, losses` where they are metered.

    Missing values are findings and stay missing; negative energies and states beyond the rated energy are errors.
    """
    place = metering.series.place
    scale = to_mwh(metering.unit, metering.series.step)
    if scale is None:
        return None, (table_codes.BAD_UNIT(place, unit=metering.unit, kind="energy", choices="kWh, MWh, kW, MW …"),)
    share = metering.state_unit in ("%", "％")
    if not share and metering.state_unit not in ENERGY:
        return None, (table_codes.BAD_UNIT(place, unit=metering.state_unit, kind="state", choices="%, kWh, MWh …"),)
    table = read_table(path, metering.series, ("charge", "discharge"), ("auxiliary", "losses"))
    if isinstance(table, tuple):
        return None, table
    found = list(table.findings)
    values = table.values * scale * 1000
    state = np.full(len(table.hours), np.nan)
    first = np.nan
    states = _states(path, metering)
    if states is not None:
        found += [f for f in states.findings if f not in found]
        level = states.values[:, 0] * (product.energy / 100 if share else ENERGY[metering.state_unit] * 1000)
        if metering.state_ending:
            state = level
        else:
            state, first = np.append(level[1:], np.nan), float(level[0])
    names = ("charge", "discharge", "auxiliary", "losses")
    series = {**{name: values[:, i] for i, name in enumerate(names)}, "state": state}
    for name, one in series.items():
        low = np.flatnonzero(one < 0)
        if len(low):
            hour = local_text(int(table.hours[low[0]]), metering.series.time_zone)
            field = f"{name} {hour}"
            value = f"{one[low[0]]:g} kWh"
            found.append(codes.BAD_VALUE(Place(path.name), field=field, value=value, problem=said("not_negative")))
    above = np.flatnonzero(state > product.energy * (1 + metering.tolerance))
    if len(above):
        hour = local_text(int(table.hours[above[0]]), metering.series.time_zone)
        value = f"{state[above[0]]:g} kWh"
        found.append(
            codes.BAD_VALUE(Place(path.name), field=f"state {hour}", value=value, problem=said("above_capacity"))
        )
    for name in ("charge", "discharge", "auxiliary", "state"):
        found += _gaps(path.name, name, series[name], table.hours, metering.series.time_zone)
    if has_errors(found):
        return None, tuple(found)
    made = Telemetry(
        table.hours, series["charge"], series["discharge"], series["auxiliary"], state, series["losses"], first,
        path.name, metering.series.time_zone,
    )  # fmt: skip
    return made, tuple(found)


def _states(path: Path, metering: Metering) -> Table | None:
    made = read_table(path, metering.series, (), ("state",), last=metering.state_ending)
    return None if isinstance(made, tuple) or "state" not in made.columns else made


def _gaps(file: str, name: str, values: Array, hours: Hours, time_zone: str) -> Iterator[Finding]:
    gone = np.isnan(values)
    # The last state is not known where states are read at the start of a period: nothing is missing there.
    if name == "state" and gone.sum() == 1 and gone[-1]:
        return
    if gone.any():
        first = local_text(int(hours[np.argmax(gone)]), time_zone)
        yield codes.MISSING_HOURS(Place(file), series=name, count=int(gone.sum()), total=len(gone), hour=first)


@dataclass(frozen=True, slots=True)
class Span:
    """The energy balance of a month or of the whole time, over the hours in which all of it is known [kWh]."""

    name: str
    hours: int
    charged: float
    discharged: float
    auxiliary: float
    change: float
    losses: float
    """By the basis of the reconciliation."""
    residual: float
    """charged − discharged − change − losses − auxiliaries that are fed from inside."""

    @property
    def share(self) -> float:
        """The residual as a share of what was charged."""
        return self.residual / self.charged if self.charged else 0.0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`basis` says where the losses come from: metered, stated (the round trip of the file), or balance (unchecked)."""

    basis: str
    spans: tuple[Span, ...]
    """By local month, the whole time last."""
    findings: tuple[Finding, ...]


def reconcile(telemetry: Telemetry, product: StorageProduct, metering: Metering) -> Reconciliation:
    """Energy in = energy out + losses + change of state, by month and in all; a finding beyond the tolerance.

    Losses are metered ones, else those that the stated round trip gives, half of it on either way (√η each). Where
    neither is known the losses are the rest of the balance, and only a gain of energy is found.
    """
    inside = product.auxiliaries is Auxiliaries.INSIDE
    eta = converted(product.round_trip, product.point, metering.point, product.components)
    change = telemetry.change
    use = telemetry.known & ~np.isnan(change)
    fed = np.where(np.isnan(telemetry.auxiliary), 0.0, telemetry.auxiliary) if inside else np.zeros(len(use))
    if not np.isnan(telemetry.losses).all():
        basis, losses = "metered", telemetry.losses
        use &= ~np.isnan(losses)
        fed = fed if inside else np.zeros(len(use))
    elif isinstance(eta, float):
        way = float(np.sqrt(eta))
        basis, losses = "stated", telemetry.charge * (1 - way) + telemetry.discharge * (1 / way - 1)
        # A round trip that holds its auxiliaries leaves nothing over for them.
        fed = np.zeros(len(use))
    else:
        basis, losses = "balance", telemetry.charge - telemetry.discharge - change - fed
    spans, found = [], []
    months = np.array([local_text(int(hour), telemetry.time_zone)[:7] for hour in telemetry.hours])
    keys = [*dict.fromkeys(months.tolist())]
    whole = f"{keys[0]} – {keys[-1]}" if len(keys) > 1 else ""
    for key in [*keys, *([whole] if whole else [])]:
        rows = use & ((months == key) | (key == whole))
        series = (telemetry.charge, telemetry.discharge, fed, change, losses)
        into, out, own, stored, lost = (float(one[rows].sum()) for one in series)
        residual = into - out - own - stored - lost
        span = Span(key, int(rows.sum()), into, out, own, stored, lost, residual)
        spans.append(span)
        is_gain = basis == "balance" and span.losses < -metering.tolerance * span.charged
        if is_gain or abs(residual) > metering.tolerance * max(span.charged, span.discharged):
            shown = span.losses if is_gain else residual
            found.append(
                codes.BALANCE_OPEN(
                    Place(telemetry.file), span=key, residual=f"{shown:,.1f}",
                    share=f"{shown / max(span.charged, span.discharged) * 100:.1f} %",
                    charged=f"{span.charged:,.1f}", discharged=f"{span.discharged:,.1f}", change=f"{span.change:,.1f}",
                    losses=f"{0.0 if is_gain else span.losses:,.1f}", tolerance=f"{metering.tolerance * 100:g} %",
                )
            )  # fmt: skip
    return Reconciliation(basis, tuple(spans), tuple(found))
