"""Where a round trip is measured, and what it is at another point: each step needs a stated component efficiency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zuji.electricity.storage import codes
from zuji.electricity.storage.said import said
from zuji.finding import NOWHERE, Finding, Place
from zuji.i18n import N_


class Point(StrEnum):
    """A measuring point, from the inside to the outside."""

    CELL = "cell"
    DC_BUS = "dc_bus"
    AC_TERMINAL = "ac_terminal"
    CONNECTION = "connection"


POINTS = tuple(Point)
COMPONENTS = ("dc_converter", "inverter", "transformer")
"""The component between each point and the next one outwards."""
POINT_NAMES: Mapping[Point, str] = {
    Point.CELL: N_("cell"),
    Point.DC_BUS: N_("DC bus"),
    Point.AC_TERMINAL: N_("AC terminal"),
    Point.CONNECTION: N_("point of connection"),
}


@dataclass(frozen=True, slots=True)
class Component:
    """One-way efficiencies [1] of what lies between two neighbouring points."""

    charge: float
    discharge: float

    @property
    def round_trip(self) -> float:
        return self.charge * self.discharge


def between(inner: Point, outer: Point) -> tuple[str, ...]:
    """The components between two points, the inner one first; empty where `outer` does not lie outside."""
    return COMPONENTS[POINTS.index(inner) : POINTS.index(outer)]


def converted(
    round_trip: float, known: Point, wanted: Point, components: Mapping[str, Component], place: Place = NOWHERE
) -> float | Finding:
    """The round trip [1] at `wanted` of one known at `known`: × charge × discharge outwards, ÷ both inwards.

    A finding where a component between the two is not stated, or where the result would exceed 1.
    """
    outwards = POINTS.index(known) <= POINTS.index(wanted)
    for name in between(known, wanted) if outwards else between(wanted, known):
        if name not in components:
            return codes.NOT_CONVERTIBLE(place, known=known.value, wanted=wanted.value, component=name)
        factor = components[name].round_trip
        round_trip = round_trip * factor if outwards else round_trip / factor
    if not 0 < round_trip <= 1:
        field = f"round_trip @ {wanted.value}"
        return codes.BAD_VALUE(place, field=field, value=f"{round_trip:.4f}", problem=said("share"))
    return round_trip
