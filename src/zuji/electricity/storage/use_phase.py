"""The use phase of a storage product from its parameters: losses, auxiliaries, fade, replacements per kWh delivered."""

from __future__ import annotations

import math
from dataclasses import dataclass

from zuji.electricity.factors import DirectFactor, LifecycleFactor
from zuji.electricity.storage import codes
from zuji.electricity.storage.parameters import Replacement, StorageProduct, number
from zuji.electricity.storage.points import Point, converted
from zuji.electricity.storage.said import said
from zuji.finding import Finding

AverageFactor = DirectFactor | LifecycleFactor


@dataclass(frozen=True, slots=True)
class ServiceYear:
    """One year of service, energies [kWh], efficiency [1] at the measuring point of the phase."""

    year: int
    capacity: float
    efficiency: float
    delivered: float
    auxiliary: float
    replaced: bool = False

    @property
    def drawn(self) -> float:
        return self.delivered / self.efficiency

    @property
    def losses(self) -> float:
        return self.drawn - self.delivered


@dataclass(frozen=True, slots=True)
class UsePhase:
    """All years of service; figures per kWh delivered at `point` take an average factor, never a marginal one."""

    product: StorageProduct
    point: Point
    years: tuple[ServiceYear, ...]
    replacements: tuple[Replacement, ...]

    @property
    def delivered(self) -> float:
        """Energy delivered over the service life [kWh]: C · DoD · Σ n (1 − f y)."""
        return math.fsum(year.delivered for year in self.years)

    @property
    def losses(self) -> float:
        """Energy lost in charging and discharging [kWh]."""
        return math.fsum(year.losses for year in self.years)

    @property
    def auxiliary(self) -> float:
        """Energy of auxiliaries [kWh]; 0 where they are inside the round trip."""
        return math.fsum(year.auxiliary for year in self.years)

    @property
    def efficiency(self) -> float:
        """Round-trip efficiency over the service life [1]: delivered over drawn."""
        return self.delivered / (self.delivered + self.losses)

    @property
    def replacement_footprint(self) -> float:
        """The footprint of all replacements [kg CO2e]; NaN where one of them is missing."""
        return math.fsum(number(one.footprint, "kgCO2e") for one in self.replacements)

    def per_kwh(self, charging: AverageFactor, auxiliaries: AverageFactor | None = None) -> PerKwh:
        """kg CO2e per kWh delivered: (1/η − 1) · EF + a · EF, and replacements; TypeError for a marginal factor."""
        feeding = charging if auxiliaries is None else auxiliaries
        for factor in (charging, feeding):
            if not isinstance(factor, (DirectFactor, LifecycleFactor)):
                raise TypeError(f"a use phase takes average factors only, not {type(factor).__name__}")
        delivered = self.delivered
        return PerKwh(
            self.losses / delivered * charging.value,
            self.auxiliary / delivered * feeding.value,
            self.replacement_footprint / delivered,
            charging.scope if charging.scope == feeding.scope else "mixed",
        )


@dataclass(frozen=True, slots=True)
class PerKwh:
    """kg CO2e per kWh delivered, part by part; `scope` is that of the factors."""

    losses: float
    auxiliaries: float
    replacements: float
    scope: str

    @property
    def use(self) -> float:
        """Losses and auxiliaries: what a use stage counts."""
        return self.losses + self.auxiliaries


def use_phase(product: StorageProduct, at: Point | None = None) -> UsePhase | tuple[Finding, ...]:
    """The years of service of `product`, its round trip at the point `at` (default: where it was measured).

    Findings where the round trip cannot be converted, or where capacity or efficiency falls to nothing. A replacement
    counts from the start of its year; years without one age from the last.
    """
    point = product.point if at is None else at
    start = converted(product.round_trip, product.point, point, product.components, product.place)
    if isinstance(start, Finding):
        return (start,)
    years, since = [], 1
    renewed = {one.year for one in product.replacements if one.year <= product.years}
    for year in range(1, product.years + 1):
        since = year if year in renewed else since
        age = year - since
        capacity = product.energy * (1 - product.fade * age)
        efficiency = start - product.efficiency_fade * age
        if capacity <= 0 or efficiency <= 0:
            field = "fade_per_year" if capacity <= 0 else "efficiency_fade_per_year"
            return (codes.BAD_VALUE(product.place, field=field, value=f"{year} a", problem=said("used_up")),)
        delivered = capacity * product.depth * product.cycles
        auxiliary = product.auxiliary_share * delivered + product.standby
        years.append(ServiceYear(year, capacity, efficiency, delivered, auxiliary, year in renewed))
    return UsePhase(product, point, tuple(years), tuple(r for r in product.replacements if r.year in renewed))
