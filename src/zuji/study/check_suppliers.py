"""Checks of suppliers' footprints: nothing below zero, and no parts beyond the total."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from zuji.finding import Finding
from zuji.study import codes
from zuji.study.model import Datum, Study, SupplierFootprint

ROUNDING = Fraction(1, 100)
"""Share of the total by which rounded parts may exceed it."""


def stated(datum: Datum | None) -> Fraction:
    """The datum as a number, 0 where the supplier does not state it."""
    return Fraction(0) if datum is None or datum.missing else datum.exact


def aviation_in_fossil(footprint: SupplierFootprint) -> Fraction:
    """How much of the fossil emissions is aviation [kgCO2e]; 0 where the numbers show that it stands beside them.

    PACT counts aircraft within fossil; Catena-X beside it. The file's own sum tells: it reaches the total only beside.
    """
    aviation, fossil, total = (stated(d) for d in (footprint.aviation, footprint.fossil, footprint.total))
    beside = fossil + aviation + _others(footprint) + _removed(footprint)
    is_beside = abs(beside - total) * 1000 <= abs(total)
    return aviation if 0 < aviation <= fossil and not is_beside else Fraction(0)


def _others(footprint: SupplierFootprint) -> Fraction:
    return stated(footprint.biogenic) + stated(footprint.land_use) + stated(footprint.land_management)


def _removed(footprint: SupplierFootprint) -> Fraction:
    """What is taken off inside the total [kgCO2e], not above zero."""
    removals = (footprint.land_removal, footprint.captured, footprint.technological_removal)
    return sum(map(stated, removals), Fraction(0))


def supplier_totals(study: Study) -> Iterator[Finding]:
    """A negative total or part of a supplier's footprint is an error, parts beyond the total give a warning."""
    for footprint in study.suppliers.values():
        negative = list(_negative(footprint))
        yield from negative or _beyond(footprint)


def _negative(footprint: SupplierFootprint) -> Iterator[Finding]:
    parts = (footprint.fossil, footprint.biogenic, footprint.land_use, footprint.aviation, footprint.land_management)
    total = () if _removed(footprint) < 0 else (footprint.total,)
    taken = (footprint.uptake, footprint.land_removal, footprint.captured, footprint.technological_removal)
    for datum in taken:
        if datum is not None and not datum.missing and datum.exact > 0:
            key = datum.place.path.rpartition(".")[2]
            yield codes.REMOVAL_SIGN(datum.place, id=footprint.id, origin=key, value=f"{datum.number} {datum.unit}")
    for datum in (*total, *parts):
        if datum is not None and not datum.missing and datum.exact < 0:
            key = datum.place.path.rpartition(".")[2]
            yield codes.SUPPLIER_NEGATIVE(datum.place, key=key, id=footprint.id, value=f"{datum.number} {datum.unit}")


def _beyond(footprint: SupplierFootprint) -> Iterator[Finding]:
    fossil, aviation, total = stated(footprint.fossil), stated(footprint.aviation), stated(footprint.total)
    unit = footprint.total.unit
    inside = aviation_in_fossil(footprint)
    parts = fossil + aviation - inside + _others(footprint)
    total -= _removed(footprint)  # before anything is taken off
    if parts > total * (1 + ROUNDING):
        whole = f"{footprint.total.number} {unit}"
        yield codes.SUPPLIER_PARTS(
            footprint.total.place, id=footprint.id, parts=f"{float(parts):.6g} {unit}", total=whole
        )
    if 0 < fossil < aviation and abs(parts - total) * 1000 > total and footprint.aviation and footprint.fossil:
        flown, burned = f"{footprint.aviation.number} {unit}", f"{footprint.fossil.number} {unit}"
        yield codes.AVIATION_BEYOND_FOSSIL(footprint.aviation.place, id=footprint.id, aviation=flown, fossil=burned)
