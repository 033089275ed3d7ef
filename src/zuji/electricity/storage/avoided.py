"""The effect of a store, or of generation with a store, on the system: an account of its own, in no footprint.

The account compares two cases hour by hour with marginal factors. A positive effect is adverse: more is emitted than in
the baseline. `AvoidedAccount` is taken by no function of a footprint or of an inventory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from zuji.datum import LocalText
from zuji.electricity.storage import codes
from zuji.electricity.storage.hourly import Array, Hours, MarginalHours, read_table
from zuji.electricity.storage.parameters import Metering
from zuji.electricity.storage.said import said
from zuji.electricity.trace import codes as table_codes
from zuji.electricity.trace.clock import local_text
from zuji.electricity.trace.readers.words import to_mwh
from zuji.finding import Finding, Place, has_errors
from zuji.i18n import N_, tr_in

BASELINES = ("none", "pv")
STATEMENT = (
    N_("Baseline: neither generation nor store; the grid supplies what they would have."),
    N_("Baseline: the generation without the store; what could not be fed in is curtailed."),
    N_(
        "Effect = Σ over {hours} hours of (net draw from the grid with the store − net draw in the baseline) × "
        "marginal factor; negative is avoided, positive is adverse."
    ),
    N_("Marginal factor: {source}."),
    N_("One yearly marginal factor stands for every hour: it cannot show what shifting in time changes."),
    N_("Energy that would have been curtailed counts 0 when it charges the store; losses and auxiliaries count."),
    N_("The life-cycle emissions of the solution in the period, {lifecycle} kg CO2e, are in the balance."),
    N_("The life-cycle emissions of the solution are not in this account: they were not stated."),
    N_("Uncertainty: meters and marginal factors; of independent and fully correlated errors of hours the larger one."),
    N_("No uncertainty of the marginal factor was stated; the interval is of the meters only."),
    N_("{missing} hours without readings or factor are left out, not counted as zero."),
    N_("A separate account: never netted against a product footprint, an inventory or a certificate."),
)


@dataclass(frozen=True, eq=False)
class Profile:
    """Energies by hour [kWh], NaN where missing; `pv` is all generation that is used, also what charges the store.

    `curtailed` is the part of charge that would have been curtailed without the store.
    """

    hours: Hours
    charge: Array
    discharge: Array
    auxiliary: Array
    pv: Array
    curtailed: Array
    time_zone: str = "UTC"
    file: str = ""


@dataclass(frozen=True, eq=False)
class AvoidedAccount:
    """Net draw from the grid in both cases [kWh], and what the difference changes [kg CO2e], hour by hour.

    Hours without a reading or a factor are NaN in `effect` and are not in the sums.
    """

    profile: Profile
    baseline_case: str
    baseline: Array
    with_store: Array
    factor: Array
    sd: Array | None
    source: str
    constant: bool
    lifecycle: float | None
    """Life-cycle emissions of the solution in the period [kg CO2e], None where they are not stated."""
    meter_sd: float

    @cached_property
    def difference(self) -> Array:
        """Net draw with the store − in the baseline [kWh]."""
        out: Array = self.with_store - self.baseline
        return out

    @cached_property
    def effect(self) -> Array:
        """Change of the system's emissions by hour [kg CO2e]."""
        out: Array = self.difference * self.factor
        return out

    @property
    def system_effect(self) -> float:
        """Σ difference × marginal factor [kg CO2e]; negative is avoided, positive adverse."""
        return float(np.nansum(self.effect))

    @property
    def balance(self) -> float:
        """System effect + life-cycle emissions of the solution, where they are stated [kg CO2e]."""
        return self.system_effect + (self.lifecycle or 0.0)

    @property
    def missing(self) -> int:
        """Hours that are left out."""
        return int(np.isnan(self.effect).sum())

    @property
    def delivered(self) -> float:
        """Energy discharged in the hours that count [kWh]."""
        return float(self.profile.discharge[~np.isnan(self.effect)].sum())

    @property
    def is_adverse(self) -> bool:
        """Whether the system emits more than in the baseline."""
        return self.system_effect > 0

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of the system effect [kg CO2e] from meters and marginal factors.

        Errors of each meter are common to all its hours. Errors of the factors are taken as independent between hours
        and as fully correlated, and the larger of the two counts.
        """
        keep = ~np.isnan(self.effect)
        profile = self.profile
        series = (profile.charge, profile.discharge, profile.auxiliary, profile.pv, profile.curtailed)
        counts = (1.0, 1.0, 1.0, float(self.baseline_case == "none"), float(self.baseline_case == "pv"))
        meters = [
            c * self.meter_sd * float((np.nan_to_num(s[keep]) * self.factor[keep]).sum())
            for s, c in zip(series, counts, strict=True)
        ]
        factors = 0.0
        if self.sd is not None:
            parts = self.difference[keep] * np.nan_to_num(self.sd[keep])
            factors = max(abs(float(parts.sum())), float(np.sqrt((parts**2).sum())))
        return math.hypot(*meters, factors)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the system effect [kg CO2e], normal."""
        return self.system_effect - 1.96 * self.deviation, self.system_effect + 1.96 * self.deviation

    @property
    def chance_adverse(self) -> float:
        """Probability that the system effect is above 0, normal."""
        if self.deviation == 0:
            return float(self.system_effect > 0)
        return 0.5 * (1 + math.erf(self.system_effect / self.deviation / math.sqrt(2)))

    def statement(self) -> LocalText:
        """How the account was made, in both languages."""
        return LocalText(self._said("zh"), self._said("en"))

    def _said(self, lang: str) -> str:
        none, pv, formula, source, constant, curtailed, cycle, no_cycle, sure, unsure, missing, apart = STATEMENT
        known = ~np.isnan(self.effect)
        parts: list[tuple[str, dict[str, object]]] = [
            (none if self.baseline_case == "none" else pv, {}),
            (formula, {"hours": f"{int(np.sum(known)):,}"}),
            (source, {"source": self.source}),
            (curtailed, {}),
            (no_cycle, {}) if self.lifecycle is None else (cycle, {"lifecycle": f"{self.lifecycle:,.1f}"}),
            (unsure if self.sd is None else sure, {}),
            (apart, {}),
        ]
        if self.constant:
            parts.insert(3, (constant, {}))
        if self.missing:
            parts.insert(-1, (missing, {"missing": f"{self.missing:,}"}))
        return (" " if lang == "en" else "").join(tr_in(lang, text, **values) for text, values in parts)


def avoided(
    profile: Profile,
    factors: MarginalHours,
    *,
    baseline: str = "pv",
    lifecycle: float | None = None,
    meter_sd: float = 0.01,
) -> tuple[AvoidedAccount, tuple[Finding, ...]]:
    """The account of `profile`: with the store the grid gives charge + auxiliaries − discharge − generation.

    In the baseline `none` it gives nothing, in `pv` it takes the generation that is not curtailed without the store.
    A finding where the effect is adverse and where hours have no factor. Raises TypeError for average factors and
    ValueError for an unknown baseline.
    """
    if not isinstance(factors, MarginalHours):
        raise TypeError(f"avoided emissions take marginal factors only, not {type(factors).__name__}")
    if baseline not in BASELINES:
        raise ValueError(f"unknown baseline {baseline!r}")
    with_store = profile.charge + profile.auxiliary - profile.discharge - profile.pv
    base = np.zeros(len(profile.hours)) if baseline == "none" else -(profile.pv - profile.curtailed)
    factor = factors.at(profile.hours)
    sd = factors.sd_at(profile.hours)
    made = AvoidedAccount(
        profile, baseline, base, with_store, factor, sd, factors.source, factors.constant, lifecycle, meter_sd
    )
    found: list[Finding] = []
    place = Place(profile.file)
    open_ = np.isnan(factor) & ~np.isnan(made.difference)
    if open_.any():
        first = local_text(int(profile.hours[np.argmax(open_)]), profile.time_zone)
        energy = f"{float(np.abs(made.difference[open_]).sum()):,.1f}"
        found.append(codes.NO_FACTOR(place, energy=energy, count=int(open_.sum()), hour=first))
    if made.is_adverse:
        found.append(codes.ADVERSE(place, effect=f"{made.system_effect:,.1f}"))
    return made, tuple(found)


def by_year(account: AvoidedAccount, years: int, decline: float, fade: float = 0.0) -> Array:
    """The system effect of `years` years of service [kg CO2e], (years,): the marginal factor declines by the share
    `decline` each year, the energies by `fade` of the first year's; a scenario, not a measurement.
    """
    age = np.arange(years)
    out: Array = account.system_effect * (1 - decline) ** age * np.maximum(1 - fade * age, 0.0)
    return out


def read_profile(path: Path, metering: Metering) -> tuple[Profile | None, tuple[Finding, ...]]:
    """The profile in a CSV `time, charge, discharge[, auxiliary, pv, curtailed]`; a column that is not there is 0."""
    series = metering.series
    scale = to_mwh(metering.unit, series.step)
    if scale is None:
        unit = table_codes.BAD_UNIT(series.place, unit=metering.unit, kind="energy", choices="kWh, MWh, kW, MW …")
        return None, (unit,)
    names = ("charge", "discharge", "auxiliary", "pv", "curtailed")
    table = read_table(path, series, names[:2], names[2:])
    if isinstance(table, tuple):
        return None, table
    found = list(table.findings)
    values = table.values * scale * 1000
    columns: list[Array] = []
    for i, name in enumerate(names):
        one = values[:, i] if name in table.columns else np.zeros(len(table.hours))
        columns.append(one)
        found += _checked(path.name, name, one, table.hours, series.time_zone)
    over = np.flatnonzero(columns[4] > columns[0] * (1 + 1e-9) + 1e-9)
    if len(over):
        hour = local_text(int(table.hours[over[0]]), series.time_zone)
        value = f"{columns[4][over[0]]:g} kWh"
        found.append(
            codes.BAD_VALUE(Place(path.name), field=f"curtailed {hour}", value=value, problem=said("beyond_charge"))
        )
    if has_errors(found):
        return None, tuple(found)
    charge, discharge, auxiliary, pv, curtailed = columns
    made = Profile(table.hours, charge, discharge, auxiliary, pv, curtailed, series.time_zone, path.name)
    return made, tuple(found)


def _checked(file: str, name: str, values: Array, hours: Hours, time_zone: str) -> Sequence[Finding]:
    found = []
    low, gone = values < 0, np.isnan(values)
    if low.any():
        hour = local_text(int(hours[np.argmax(low)]), time_zone)
        value = f"{values[np.argmax(low)]:g} kWh"
        field = f"{name} {hour}"
        found.append(codes.BAD_VALUE(Place(file), field=field, value=value, problem=said("not_negative")))
    if gone.any():
        hour = local_text(int(hours[np.argmax(gone)]), time_zone)
        found.append(codes.MISSING_HOURS(Place(file), series=name, count=int(gone.sum()), total=len(gone), hour=hour))
    return found
