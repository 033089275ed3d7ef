"""The dispatch problem of a storage file: its hourly prices, carbon signal, load and generation as arrays."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zuji.electricity.storage import codes
from zuji.electricity.storage.dispatch import Dispatch, Problem, Schedule
from zuji.electricity.storage.hourly import Array, AverageHours, Hours, MarginalHours, read_table
from zuji.electricity.storage.parameters import Plan, StorageProduct
from zuji.electricity.storage.points import converted
from zuji.electricity.storage.said import said
from zuji.electricity.trace import codes as table_codes
from zuji.electricity.trace.clock import local_text
from zuji.electricity.trace.readers.words import ENERGY, FACTOR, to_mwh
from zuji.finding import Finding, Place, has_errors
from zuji.finding import Severity as Level

COLUMNS = ("price", "factor", "sell_price", "load", "pv")
PER_KWH = 1000.0
"""kWh in one MWh."""


@dataclass(frozen=True, eq=False)
class Signals:
    """A problem with the hours that it is about and the carbon signal's basis."""

    problem: Problem
    hours: Hours
    time_zone: str
    basis: str
    file: str


def read_plan(
    path: Path, plan: Plan, product: StorageProduct, signal: AverageHours | MarginalHours | None = None
) -> tuple[Signals | None, tuple[Finding, ...]]:
    """The problem in a CSV `time, price` with `factor` (unless `signal` gives it), `sell_price, load, pv`.

    Any missing hour is an error: a schedule cannot leave hours out. Load and generation that are not there are 0.
    """
    found: list[Finding] = []
    scale = to_mwh(plan.unit, plan.series.step)
    if scale is None:
        found.append(table_codes.BAD_UNIT(plan.place, unit=plan.unit, kind="energy", choices="kWh, MWh, kW, MW …"))
    if plan.price_per not in ENERGY:
        found.append(table_codes.BAD_UNIT(plan.place, unit=plan.price_per, kind="energy", choices="kWh, MWh"))
    if plan.factor_unit not in FACTOR:
        choices = ", ".join(FACTOR)
        found.append(table_codes.BAD_UNIT(plan.place, unit=plan.factor_unit, kind="emission factor", choices=choices))
    eta = converted(product.round_trip, product.point, plan.point, product.components, plan.place)
    if isinstance(eta, Finding):
        found.append(eta)
    if found or scale is None or isinstance(eta, Finding):
        return None, tuple(found)
    required = ("price", "factor") if signal is None else ("price",)
    means = read_table(path, plan.series, required, ("sell_price",), mean=True)
    if isinstance(means, tuple):
        return None, means
    sums = read_table(path, plan.series, (), ("load", "pv"))
    assert not isinstance(sums, tuple)  # the same file was read a moment ago
    found += dict.fromkeys((*means.findings, *sums.findings))
    hours = means.hours
    per = ENERGY[plan.price_per] * PER_KWH
    price = means.values[:, 0] / per
    factor = means.values[:, 1] * FACTOR[plan.factor_unit] / PER_KWH if signal is None else signal.at(hours)
    sell = means.values[:, -1] / per if "sell_price" in means.columns else None
    flows = {}
    for i, name in enumerate(("load", "pv")):
        flows[name] = sums.values[:, i] * scale * PER_KWH if name in sums.columns else np.zeros(len(hours))
    series = {"price": price, "factor": factor, **({"sell_price": sell} if sell is not None else {}), **flows}
    for name, values in series.items():
        gone = np.isnan(values)
        if gone.any():
            first = local_text(int(hours[np.argmax(gone)]), plan.series.time_zone)
            made = codes.MISSING_HOURS(
                Place(path.name), severity=Level.ERROR, series=name, count=int(gone.sum()), total=len(gone), hour=first
            )
            found.append(made)
    if sell is not None and (sell > price).any():
        hour = local_text(int(hours[np.argmax(sell > price)]), plan.series.time_zone)
        value = f"{sell[np.argmax(sell > price)]:g}"
        problem = said("sell_above_buy")
        found.append(codes.BAD_VALUE(Place(path.name), field=f"sell_price {hour}", value=value, problem=problem))
    if has_errors(found):
        return None, tuple(found)
    way = math.sqrt(eta)
    basis = plan.basis if signal is None else "marginal" if isinstance(signal, MarginalHours) else "average"
    problem_ = Problem(
        price, factor, (plan.minimum, plan.maximum), plan.charge_power, plan.discharge_power, way, way,
        flows["load"] - flows["pv"], sell, plan.start, plan.end, plan.import_limit, plan.export_limit, plan.wear,
    )  # fmt: skip
    if basis != "marginal":
        found.append(codes.AVERAGE_SIGNAL(Place(path.name)))
    return Signals(problem_, hours, plan.series.time_zone, basis, path.name), tuple(found)


def explained(found: Dispatch, signals: Signals) -> tuple[Finding, ...]:
    """A finding for each constraint that cannot hold, with the first hour in which it is short."""
    return tuple(
        codes.INFEASIBLE(
            Place(signals.file), constraint=one.constraint, amount=f"{one.amount:,.1f}", count=one.count,
            hour=local_text(int(signals.hours[one.first]), signals.time_zone),
        )
        for one in found.shortages
    )  # fmt: skip


def schedules_csv(signals: Signals, schedules: list[Schedule]) -> str:
    """The schedules beside each other, one row per hour, energies in kWh."""
    names = [
        f"{one.name.replace(' %', 'pct')}_{part}" for one in schedules for part in ("charge", "discharge", "state")
    ]
    columns: list[Array] = [signals.problem.price, signals.problem.factor, signals.problem.net_load]
    for one in schedules:
        columns += [one.charge, one.discharge, one.state]
    return hourly_csv(signals.hours, signals.time_zone, ("price", "factor_kg_per_kwh", "net_load", *names), columns)


def hourly_csv(hours: Hours, time_zone: str, names: tuple[str, ...], columns: list[Array]) -> str:
    """One row per hour with local time and offset; values with nine significant digits, nothing where there is none."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("time", *names))
    rows = np.stack(columns, axis=1) if columns else np.zeros((len(hours), 0))
    for hour, row in zip(hours.tolist(), rows.tolist(), strict=True):
        writer.writerow((local_text(hour, time_zone), *("" if v != v else f"{v + 0.0:.9g}" for v in row)))
    return out.getvalue()
