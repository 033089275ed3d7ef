"""Hourly factors: average ones for a use phase, marginal ones for avoided emissions; two types that do not mix."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zuji.electricity.factors import DirectFactor, LifecycleFactor, MarginalFactor
from zuji.electricity.storage import codes
from zuji.electricity.storage.parameters import Series
from zuji.electricity.storage.said import said
from zuji.electricity.trace import codes as table_codes
from zuji.electricity.trace.clock import Clock, UnknownZoneError, zone_of
from zuji.electricity.trace.readers.periods import hours_between, minutes, placed
from zuji.electricity.trace.readers.tables import Columns, read_columns
from zuji.electricity.trace.readers.words import FACTOR
from zuji.finding import Finding, Place, has_errors

if TYPE_CHECKING:
    from zuji.electricity.trace import Trace

Array = NDArray[np.float64]
Hours = NDArray[np.int64]
AVERAGE = ("production", "consumption", "residual")


@dataclass(frozen=True, eq=False)
class AverageHours:
    """Average factors by hour [kg/kWh], NaN where there is none; `hours` since 1970-01-01T00Z, ascending."""

    hours: Hours
    values: Array
    scope: str
    """direct | lifecycle"""
    source: str
    synthetic: bool = False

    def at(self, hours: Hours) -> Array:
        """The factors of `hours`, NaN for hours without one."""
        return _at(self.hours, self.values, hours)


@dataclass(frozen=True, eq=False)
class MarginalHours:
    """What one kWh more in an hour causes [kg/kWh]; `sd` its standard deviation or None where nobody states one.

    No function of a footprint or of an inventory takes this type.
    """

    hours: Hours
    values: Array
    source: str
    sd: Array | None = None
    constant: bool = False
    """Whether one yearly value stands for every hour."""

    def at(self, hours: Hours) -> Array:
        """The factors of `hours`, NaN for hours without one."""
        return _at(self.hours, self.values, hours)

    def sd_at(self, hours: Hours) -> Array | None:
        """The standard deviations of `hours`, None where none are stated."""
        return None if self.sd is None else _at(self.hours, self.sd, hours)


def _at(known: Hours, values: Array, hours: Hours) -> Array:
    if not len(known):
        return np.full(len(hours), np.nan)
    place = np.clip(np.searchsorted(known, hours), 0, len(known) - 1)
    found: Array = np.where(known[place] == hours, values[place], np.nan)
    return found


def from_factor(factor: DirectFactor | LifecycleFactor, hours: Hours) -> AverageHours:
    """One average factor for every hour; raises TypeError for a marginal one."""
    if isinstance(factor, MarginalFactor):
        raise TypeError(f"{factor.id}: marginal factors do not become average ones")
    return AverageHours(hours, np.full(len(hours), factor.value), factor.scope, factor.id)


def combined_margin(
    operating: MarginalFactor, build: MarginalFactor | None, weight: float, hours: Hours
) -> MarginalHours:
    """w · OM + (1 − w) · BM for every hour; raises TypeError for an average factor, ValueError for w outside 0 to 1.

    Its deviation is that of both margins, taken as independent, where both state one.
    """
    used = [(operating, weight), *([(build, 1 - weight)] if build is not None else [])]
    if not 0 <= weight <= 1 or (build is None and weight != 1):
        raise ValueError("the weight of the operating margin lies between 0 and 1; without a build margin it is 1")
    for factor, _ in used:
        if not isinstance(factor, MarginalFactor):
            raise TypeError(f"{factor.id}: a margin is a marginal factor, not {type(factor).__name__}")
    value = sum(factor.value * w for factor, w in used)
    parts = [None if f.deviation is None else f.deviation * w for f, w in used]
    known = [p for p in parts if p is not None]
    sd = np.full(len(hours), float(np.hypot.reduce(known))) if len(known) == len(parts) else None
    source = " + ".join(f"{w:g} × {f.id}" for f, w in used)
    return MarginalHours(hours, np.full(len(hours), value), source, sd, constant=True)


def from_trace(trace: Trace, zone: str, gas: str | int = 0) -> AverageHours:
    """The factors of a zone of a traced grid; raises KeyError for an unknown zone or gas, ValueError unless hourly."""
    if trace.balance.step != 1:
        raise ValueError("a trace by the hour is needed")
    labels = trace.balance.labels
    g = gas if isinstance(gas, int) else labels.gas(gas)
    values = trace.values[:, labels.zone(zone), g] / 1000
    source = f"{trace.balance.id} {zone}, {labels.gases[g].name}, {trace.rule.id}, {trace.digest}"
    hours = np.asarray(trace.balance.hours, dtype=np.int64)
    return AverageHours(hours, values, labels.gases[g].scope, source, trace.balance.synthetic)


@dataclass(frozen=True, eq=False)
class Table:
    """A CSV of hourly columns: `hours` (T,), `values` (T,W) as they stand, NaN where missing, and how it was read."""

    hours: Hours
    values: Array
    columns: Columns
    findings: tuple[Finding, ...] = field(default=())


def read_table(
    path: Path, series: Series, required: tuple[str, ...], optional: tuple[str, ...] = (),
    names: dict[str, str] | None = None, words: tuple[str, ...] = (), *, mean: bool = False, last: bool | None = None,
) -> Table | tuple[Finding, ...]:  # fmt: skip
    """Hourly values of a CSV with a column `time`: sums of the parts of each hour, or their mean.

    `last` takes instead the part that ends (True) or starts (False) with the hour. `words` are further text columns.
    """
    try:
        zone_of(series.time_zone)
    except UnknownZoneError:
        return (table_codes.NO_ZONE_DATABASE(series.place, zone=series.time_zone),)
    table = read_columns(path, ("time", *required), (*optional, *words), {**HEADINGS, **(names or {})})
    found = table.report.all()
    if has_errors(found) or not len(table):
        if not found:
            name = (*required, *optional)[0]
            found = (codes.MISSING_HOURS(Place(path.name), series=name, count=0, total=0, hour="-"),)
        return found
    clock = Clock(series.time_zone, series.step, series.ending)
    starts = minutes(table, clock, "time", np.zeros(len(table), dtype=np.int64))
    hours = np.asarray(hours_between([starts], 60), dtype=np.int64)
    columns = [name for name in (*required, *optional) if name in table]
    out = np.full((len(hours), len(required) + len(optional)), np.nan)
    share = series.step / 60 if mean else 1.0
    chosen = np.zeros(len(table), dtype=np.int64)
    if last is not None:
        chosen = np.where(starts % 60 == (60 - series.step if last else 0), 0, -1)
        clock = Clock(series.time_zone, 60, series.ending)
    for name in columns:
        numbers = table.numbers(name) * share
        one = placed(table, numbers, chosen, starts, hours, (name,), clock)
        out[:, (*required, *optional).index(name)] = one.values[:, 0]
    return Table(hours, out, table, table.report.all())


HEADINGS = {
    "时间": "time", "时段": "time", "充电": "charge", "充电电量": "charge", "放电": "discharge",
    "放电电量": "discharge",
    "辅助用电": "auxiliary", "荷电状态": "state", "损耗": "losses", "光伏": "pv", "弃电充电": "curtailed",
    "因子": "factor", "单位": "unit", "范围": "scope", "口径": "basis", "标准差": "sd", "电价": "price",
    "上网电价": "sell_price", "负荷": "load",
}  # fmt: skip


def read_factors(path: Path, series: Series) -> tuple[AverageHours | MarginalHours | None, tuple[Finding, ...]]:
    """Hourly factors from a CSV `time, factor, unit, scope, basis[, sd]`; a file has one unit, scope and basis."""
    table = read_table(path, series, ("factor",), ("sd",), words=("unit", "scope", "basis"), mean=True)
    if isinstance(table, tuple):
        return None, table
    found = list(table.findings)
    place = Place(path.name, 2)
    said_in: dict[str, str] = {}
    kinds = {"unit": tuple(FACTOR), "scope": ("direct", "lifecycle"), "basis": (*AVERAGE, "marginal")}
    for column, known in kinds.items():
        words = sorted({word.strip() for word in table.columns.texts(column)})
        said_in[column] = words[0] if len(words) == 1 else ""
        if said_in[column] not in known:
            shown = ", ".join(word or "-" for word in words)
            found.append(
                table_codes.BAD_FIELD(place.at(column=column), value=shown, field=column, choices=", ".join(known))
            )
    if has_errors(found):
        return None, tuple(found)
    scale = FACTOR[said_in["unit"]] / 1000
    values, sd = table.values[:, 0] * scale, table.values[:, 1] * scale
    if (sd < 0).any():
        found.append(
            codes.BAD_VALUE(place.at(column="sd"), field="sd", value=float(np.nanmin(sd)), problem=said("not_negative"))
        )
        return None, tuple(found)
    if said_in["basis"] == "marginal":
        return MarginalHours(table.hours, values, path.name, None if np.isnan(sd).all() else sd), tuple(found)
    return AverageHours(table.hours, values, said_in["scope"], path.name), tuple(found)
