"""The use phase of a store as it was metered: round trip with the change of state, and hourly factors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from zuji.datum import Period
from zuji.electricity.storage import codes
from zuji.electricity.storage.hourly import Array, AverageHours
from zuji.electricity.storage.parameters import Auxiliaries, StorageProduct
from zuji.electricity.storage.points import Point, converted
from zuji.electricity.storage.telemetry import Telemetry
from zuji.electricity.trace.clock import local_text
from zuji.finding import Finding, Place
from zuji.quantity import conversion_factor, parse_unit

HOURS_PER_YEAR = float(conversion_factor(parse_unit("a"), parse_unit("h")))


@dataclass(frozen=True, slots=True)
class MeteredUse:
    """Sums over the hours that were read, energies [kWh] at the metering point.

    `change` is the change of state over these hours, NaN where no state was read.
    """

    point: Point
    period: Period
    hours: int
    """In the period."""
    known: int
    """With charge and discharge."""
    used: int
    """Hours that the sums are over."""
    charged: float
    discharged: float
    change: float
    auxiliary: float
    """NaN where no hour of it was read."""
    auxiliary_known: int
    inside: bool
    """Whether the auxiliaries are part of the losses."""

    @property
    def losses(self) -> float:
        """Charged − discharged − change of state [kWh]; a change that was not read counts as 0, with a finding."""
        return self.charged - self.discharged - (0.0 if np.isnan(self.change) else self.change)

    @property
    def efficiency(self) -> float:
        """Round trip [1]: discharged / (discharged + losses); NaN where nothing was discharged."""
        drawn = self.discharged + self.losses
        return self.discharged / drawn if drawn > 0 and self.discharged > 0 else float("nan")

    @property
    def auxiliary_per_year(self) -> float:
        """Auxiliaries [kWh/a], the known hours scaled to a year; 0 where they are inside the losses."""
        if self.inside:
            return 0.0
        return self.auxiliary / self.auxiliary_known * HOURS_PER_YEAR if self.auxiliary_known else float("nan")

    @property
    def is_whole(self) -> bool:
        """Whether every hour was read."""
        return self.known == self.hours and (self.inside or self.auxiliary_known == self.hours)


@dataclass(frozen=True, slots=True)
class MeteredCarbon:
    """kg CO2e per kWh delivered, from hourly factors; means [kg/kWh] weighted with charge and with auxiliaries."""

    charging: float
    feeding: float
    losses: float
    auxiliaries: float
    covered: float
    """Share of the charged energy that has a factor [1]."""
    scope: str
    source: str

    @property
    def use(self) -> float:
        """Losses and auxiliaries."""
        return self.losses + (0.0 if np.isnan(self.auxiliaries) else self.auxiliaries)


def metered_use(telemetry: Telemetry, product: StorageProduct, point: Point) -> tuple[MeteredUse, tuple[Finding, ...]]:
    """The sums of `telemetry`, metered at `point`; a finding where the state was never read.

    Where states were read, only hours count whose charge, discharge and both states are known, so a gap leaves out
    energy and change of state alike and does not show as a loss.
    """
    known = telemetry.known
    change, segments = _change(telemetry)
    found: tuple[Finding, ...] = ()
    if segments == 0 and known.any():
        place = Place(telemetry.file)
        first = local_text(int(telemetry.hours[0]), telemetry.time_zone)
        count = len(telemetry.hours)
        found = (codes.MISSING_HOURS(place, series="state", count=count, total=count, hour=first),)
    fed = ~np.isnan(telemetry.auxiliary)
    use = known if segments == 0 else known & ~np.isnan(telemetry.change)
    made = MeteredUse(
        point,
        _period(telemetry),
        len(known),
        int(known.sum()),
        int(use.sum()),
        float(telemetry.charge[use].sum()),
        float(telemetry.discharge[use].sum()),
        change if segments else float("nan"),
        float(telemetry.auxiliary[fed].sum()) if fed.any() else float("nan"),
        int(fed.sum()),
        product.auxiliaries is Auxiliaries.INSIDE,
    )
    return made, found


def _change(telemetry: Telemetry) -> tuple[float, int]:
    use = telemetry.known & ~np.isnan(telemetry.change)
    return float(telemetry.change[use].sum()), int(use.sum())


def _period(telemetry: Telemetry) -> Period:
    first, last = (local_text(int(telemetry.hours[i]), telemetry.time_zone)[:10] for i in (0, -1))
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def metered_carbon(
    telemetry: Telemetry, use: MeteredUse, factors: AverageHours
) -> tuple[MeteredCarbon, tuple[Finding, ...]]:
    """Losses × the factor of the charging hours, and auxiliaries hour by hour, per kWh delivered.

    Energy of hours without a factor takes the mean of the others, and a finding says how much; raises TypeError for
    factors that are not `AverageHours`.
    """
    if not isinstance(factors, AverageHours):
        raise TypeError(f"a use phase takes average factors only, not {type(factors).__name__}")
    factor = factors.at(telemetry.hours)
    found = []
    means, covered = [], []
    for energy in (telemetry.charge, telemetry.auxiliary):
        mean, share, gap = _mean(telemetry, energy, factor)
        means.append(mean)
        covered.append(share)
        found += gap
    out = use.discharged if use.discharged > 0 else float("nan")
    auxiliary = 0.0 if use.inside else use.auxiliary / out * means[1]
    # Auxiliaries of the hours that were read belong to the energy of those hours.
    if not use.inside and use.auxiliary_known:
        auxiliary *= use.used / use.auxiliary_known
    made = MeteredCarbon(
        means[0], means[1], use.losses / out * means[0], auxiliary, covered[0], factors.scope, factors.source
    )
    return made, tuple(found)


def _mean(telemetry: Telemetry, energy: Array, factor: Array) -> tuple[float, float, list[Finding]]:
    used = np.where(np.isnan(energy), 0.0, energy)
    known = ~np.isnan(factor)
    total, with_factor = float(used.sum()), float(used[known].sum())
    gap: list[Finding] = []
    open_ = (used > 0) & ~known
    if open_.any():
        first = local_text(int(telemetry.hours[np.argmax(open_)]), telemetry.time_zone)
        energy_open = f"{total - with_factor:,.1f}"
        gap = [codes.NO_FACTOR(Place(telemetry.file), energy=energy_open, count=int(open_.sum()), hour=first)]
    mean = float((used[known] * factor[known]).sum() / with_factor) if with_factor else float("nan")
    return mean, with_factor / total if total else float("nan"), gap


def efficiency_at(use: MeteredUse, product: StorageProduct, point: Point) -> float | Finding:
    """The metered round trip at another point [1]; a finding where a component between the two is not stated."""
    return converted(use.efficiency, use.point, point, product.components, product.place)
