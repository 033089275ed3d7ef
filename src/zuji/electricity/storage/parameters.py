"""What a storage product is, how it is used and where it is metered, as its file states it; see docs/storage.md."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from zuji.datum import LocalText
from zuji.electricity.storage.points import Component, Point
from zuji.finding import NOWHERE, Place
from zuji.quantity import conversion_factor, parse_unit
from zuji.study.model import Datum

TOLERANCE = 0.03
"""Of the energy charged: two meters of class 1 and a percent of the state of charge."""


class Auxiliaries(StrEnum):
    """Whether heating, cooling and control are fed from inside the point of the round trip, or metered apart."""

    APART = "apart"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Replacement:
    """From `year` of service (from 1) on capacity and efficiency are as new; its footprint [kg CO2e] may be missing."""

    year: int
    footprint: Datum


@dataclass(frozen=True, slots=True)
class Series:
    """A CSV file of the storage file and how it tells time."""

    file: str
    time_zone: str = "UTC"
    ending: bool = False
    step: int = 60
    """Length of a period [min]."""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Metering:
    """Where and how telemetry was metered."""

    series: Series
    point: Point = Point.AC_TERMINAL
    unit: str = "kWh"
    state_unit: str = "kWh"
    """A unit of energy, or % for a share of the rated energy."""
    state_ending: bool = True
    """Whether the state of charge is read at the end of a period, else at its start."""
    tolerance: float = TOLERANCE


@dataclass(frozen=True, slots=True)
class Margins:
    """Where marginal factors come from: an hourly file, or operating and build margin with the weight of the first."""

    series: Series | None = None
    operating: str = ""
    build: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Effect:
    """The avoided-emissions account: `none` (nothing stands in the baseline) or `pv` (the generation stands there)."""

    baseline: str = "pv"
    lifecycle: Datum | None = None
    """Life-cycle emissions of the solution in the period of the profile [kg CO2e]."""
    meter_sd: float = 0.01
    """Relative standard deviation of the metered energies, each series for itself [1]."""
    years: int = 1
    decline: float = 0.0
    """Yearly decline of the marginal factor [1]."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The dispatch problem of the storage file; energies [kWh], powers [kW], money in the unit of the prices."""

    series: Series
    charge_power: float
    discharge_power: float
    minimum: float
    maximum: float
    start: float | None
    """State at the start [kWh]; None: chosen, the same at both ends (cyclic)."""
    end: float | None
    """State at the end [kWh]; None: as at the start."""
    import_limit: float | None
    export_limit: float | None
    wear: float
    """Degradation cost per kWh charged or discharged."""
    currency: str
    basis: str
    """Basis of the carbon signal: marginal, consumption, production …"""
    point: Point = Point.CONNECTION
    unit: str = "kWh"
    """Of load and generation."""
    price_per: str = "kWh"
    factor_unit: str = "kg/kWh"
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageProduct:
    """A storage product in use, as its file states it."""

    id: str
    name: LocalText = LocalText()
    energy: float
    depth: float
    cycles: float
    """Full cycles per year, each of `depth` × energy."""
    years: int
    fade: float
    """Capacity lost per year of age, as a share of the rated energy."""
    round_trip: float
    point: Point
    auxiliaries: Auxiliaries
    efficiency_fade: float
    """Round-trip efficiency lost per year of age [1]."""
    components: Mapping[str, Component] = field(default_factory=dict)
    auxiliary_share: float = 0.0
    """Auxiliary consumption per kWh delivered."""
    standby: float = 0.0
    """Auxiliary consumption that does not depend on use [kWh/a]."""
    replacements: tuple[Replacement, ...] = ()
    metering: Metering | None = None
    factors: Series | None = None
    margins: Margins | None = None
    effect: Effect = Effect()
    plan: Plan | None = None
    data: Mapping[str, Datum] = field(default_factory=dict)
    """What was stated, by field, with kind and source."""
    place: Place = field(default=NOWHERE, compare=False)


def number(datum: Datum | None, unit: str, default: float = math.nan) -> float:
    """The datum in `unit`; `default` where it is not given or missing."""
    if datum is None or datum.missing:
        return default
    return float(datum.exact * conversion_factor(datum.unit, parse_unit(unit)))
