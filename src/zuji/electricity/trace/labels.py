"""What the columns of a balance stand for: zones, generators, links, stores, gases; kernels see numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zuji.datum import LocalText

Integers = NDArray[np.int64]


class ZoneKind(StrEnum):
    """What a zone is; a transformer between two voltage levels is a link like any other."""

    COUNTRY = "country"
    REGION = "region"
    PROVINCE = "province"
    VOLTAGE = "voltage"
    NODE = "node"


class LinkKind(StrEnum):
    """What joins two zones."""

    AC = "ac"
    DC = "dc"
    TRANSFORMER = "transformer"


class Quality(StrEnum):
    """How a series came to be known."""

    MEASURED = "measured"
    SETTLED = "settled"
    ESTIMATED = "estimated"
    IMPUTED = "imputed"
    RECONCILED = "reconciled"


ASSUMED_SD: Mapping[Quality, float] = {
    Quality.SETTLED: 0.005,
    Quality.MEASURED: 0.01,
    Quality.RECONCILED: 0.03,
    Quality.ESTIMATED: 0.1,
    Quality.IMPUTED: 0.3,
}
"""Relative standard deviation of a series whose publisher states none: an assumption, and shown as one."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A piece of grid in which electricity is taken to be mixed; valid on the days from `valid_from` to `valid_to`."""

    id: str
    name: LocalText = LocalText()
    parent: str = ""
    kind: ZoneKind = ZoneKind.REGION
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Generator:
    """One column of generation: a device, or all generation of a zone by one technology."""

    id: str
    zone: str
    technology: str
    device: str = ""
    metered_by: str = ""
    quality: Quality = Quality.MEASURED
    sd: float | None = None
    """Relative standard deviation of its energy [1]; None where nobody states one."""


@dataclass(frozen=True, slots=True)
class Link:
    """One direction of an interconnector, line or transformer: what `sender` sends and `receiver` receives."""

    id: str
    sender: str
    receiver: str
    kind: LinkKind = LinkKind.AC
    metered_by: str = ""
    quality: Quality = Quality.MEASURED
    sd: float | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """Pumped hydro, a battery: energy in the stock = charge × `charge_efficiency` − discharge / `discharge_efficiency`.

    `opening` [MWh] is what it held at the start; None takes the smallest opening that never lets it run dry.
    `opening_factors` [kg/MWh in stock] by gas; an unnamed gas starts with what the stock holds at the end (cyclic).
    `static_factors` [kg/MWh discharged] by gas are used by the static rule only.
    """

    id: str
    zone: str
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    opening: float | None = None
    opening_factors: tuple[tuple[str, float], ...] = ()
    static_factors: tuple[tuple[str, float], ...] = ()
    metered_by: str = ""
    quality: Quality = Quality.MEASURED


@dataclass(frozen=True, slots=True)
class Gas:
    """What is traced [kg]: a gas, or CO2e, under one scope; direct and life-cycle amounts are different columns."""

    name: str
    scope: str = "direct"
    """direct | lifecycle"""

    @property
    def id(self) -> str:
        return f"{self.name}:{self.scope}"


@dataclass(frozen=True)
class Labels:
    """The one index object: names to columns and back. Ids are unique; every reference leads somewhere.

    Raises ValueError otherwise: readers report such problems as findings before they build one.
    """

    zones: tuple[Zone, ...]
    generators: tuple[Generator, ...] = ()
    links: tuple[Link, ...] = ()
    stores: tuple[Store, ...] = ()
    gases: tuple[Gas, ...] = ()
    _zone: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, items in self._families().items():
            ids = [item.id for item in items]
            if len(set(ids)) != len(ids):
                raise ValueError(f"{name}: an id is used twice")
        self._zone.update({zone.id: i for i, zone in enumerate(self.zones)})
        used = {
            *(g.zone for g in self.generators),
            *(s.zone for s in self.stores),
            *(z for link in self.links for z in (link.sender, link.receiver)),
        }
        if not used <= set(self._zone):
            raise ValueError(f"unknown zones: {', '.join(sorted(used - set(self._zone)))}")
        if any(link.sender == link.receiver for link in self.links):
            raise ValueError("a link joins a zone to itself")

    def _families(self) -> dict[str, tuple[Any, ...]]:
        names = ("zones", "generators", "links", "stores", "gases")
        return {name: getattr(self, name) for name in names}

    def zone(self, id: str) -> int:
        """The position of a zone; raises KeyError for an unknown one."""
        return self._zone[id]

    def gas(self, name: str) -> int:
        """The position of a gas by id (`CO2:direct`) or by a name that only one has; raises KeyError otherwise."""
        found = [i for i, gas in enumerate(self.gases) if name in (gas.id, gas.name)]
        if len(found) != 1:
            raise KeyError(name)
        return found[0]

    @cached_property
    def technologies(self) -> tuple[str, ...]:
        """Every technology, sorted."""
        return tuple(sorted({generator.technology for generator in self.generators}))

    @cached_property
    def generator_zone(self) -> Integers:
        """Zone of each generator, (S,)."""
        return self._positions(g.zone for g in self.generators)

    @cached_property
    def generator_technology(self) -> Integers:
        """Technology of each generator, (S,)."""
        position = {name: i for i, name in enumerate(self.technologies)}
        return np.array([position[g.technology] for g in self.generators], dtype=np.int64)

    @cached_property
    def sender(self) -> Integers:
        """Sending zone of each link, (L,)."""
        return self._positions(link.sender for link in self.links)

    @cached_property
    def receiver(self) -> Integers:
        """Receiving zone of each link, (L,)."""
        return self._positions(link.receiver for link in self.links)

    @cached_property
    def store_zone(self) -> Integers:
        """Zone of each store, (P,)."""
        return self._positions(store.zone for store in self.stores)

    def _positions(self, ids: Any) -> Integers:
        return np.array([self._zone[id] for id in ids], dtype=np.int64)

    def as_dict(self) -> dict[str, Any]:
        """The labels as a canonical document."""
        return self._families()
