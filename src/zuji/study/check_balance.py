"""The mass balance of every process: what goes in as material comes out as product, waste or emission.

In are materials and parts; out are the product, co-products and waste, or the scrap where no waste is listed.
Auxiliaries may leave with the waste or not, emissions may come from the air or a fuel: both only close a gap,
they never open one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from zuji.datum import Kind
from zuji.finding import Finding, Place
from zuji.quantity import Unit
from zuji.study import codes
from zuji.study.check_values import share_of
from zuji.study.inventory import mass_of
from zuji.study.model import BomLine, Datum, Exchange, ProviderKind, Role, Study, UnitProcess

MATERIAL_DIMENSIONS = ("mass", "count", "volume", "standard_volume", "area", "length")
SHOWN_ITEMS = 6


@dataclass(frozen=True)
class Balance:
    """Masses of one process per reference flow [kg], and the items whose mass is not known."""

    id: str
    place: Place
    product: Fraction
    materials: Fraction = Fraction(0)
    auxiliaries: Fraction = Fraction(0)
    waste: Fraction = Fraction(0)
    emissions: Fraction = Fraction(0)
    scrap: Fraction = Fraction(0)
    unknown: tuple[str, ...] = field(default=())

    @property
    def out(self) -> Fraction:
        """Product, co-products, and waste (or scrap where no waste is listed)."""
        return self.product + (self.waste or self.scrap)

    @property
    def gap(self) -> Fraction:
        """What goes in without coming out (negative: comes out without going in)."""
        if self.materials > self.out:
            return max(Fraction(0), self.materials - self.out - self.emissions)
        return min(Fraction(0), self.materials + self.auxiliaries - self.out)


def mass_balances(study: Study) -> Iterator[Finding]:
    """Processes whose masses differ by more than the tolerance give a warning, without masses a note."""
    tolerance = Fraction(str(study.mass_tolerance))
    for balance in balances(study):
        whole = max(balance.materials, balance.out)
        if balance.unknown:
            items = ", ".join(balance.unknown[:SHOWN_ITEMS]) + (" …" if len(balance.unknown) > SHOWN_ITEMS else "")
            yield codes.NO_MASS_BALANCE(balance.place, id=balance.id, items=items)
        elif whole > 0 and abs(balance.gap) > tolerance * whole:
            yield codes.MASS_BALANCE(
                balance.place,
                id=balance.id,
                inside=_kg(balance.materials),
                outside=_kg(balance.out),
                gap=_kg(balance.gap),
                percent=f"{float(100 * balance.gap / whole):.3g}",
                tolerance=f"{float(100 * tolerance):g}",
            )


def waste_counted_twice(study: Study) -> Iterator[Finding]:
    """A process whose scrap shares and waste lines together are more than what its materials leave over.

    Product, waste and scrap may exceed the materials and auxiliaries by the tolerance of the study; beyond that the
    same loss stands as a scrap share and as a waste line, and both are treated.
    """
    tolerance = Fraction(str(study.mass_tolerance))
    for balance in balances(study):
        if balance.unknown or not (balance.waste > 0 and balance.scrap > 0):
            continue
        inside = balance.materials + balance.auxiliaries
        left = inside - balance.product
        # A gap that the tolerance allows on a large product would hide a small waste, so it scales with the waste too.
        allowed = min(tolerance * inside, min(balance.waste, balance.scrap) / 2)
        if balance.waste + balance.scrap > max(left, Fraction(0)) + allowed:
            yield codes.WASTE_TWICE(
                balance.place, id=balance.id, scrap=_kg(balance.scrap), waste=_kg(balance.waste), left=_kg(left)
            )


def _kg(mass: Fraction) -> str:
    return f"{float(mass):.6g}"


def balances(study: Study) -> Iterator[Balance]:
    """The balance of every process and assembly that makes something out of materials."""
    lines: dict[str, list[BomLine]] = {}
    for line in study.bom:
        lines.setdefault(line.parent, []).append(line)
    masses = _unit_masses(study)
    for process in study.processes.values():
        own = lines.pop(process.produces, [])
        if _handles_material(process, own):
            yield _balance(process, own, masses)
    # An assembly without a process is made in units of its first line: 1 kg of what is taken in kg.
    units = {line.item: line.amount.unit for line in reversed(study.bom)}
    by_mass = {item: _one(unit) for item, unit in units.items() if unit.dimension == "mass"}
    for item, own in lines.items():
        yield _assembly(item, own, masses | by_mass)


def _handles_material(process: UnitProcess, lines: list[BomLine]) -> bool:
    roles = {exchange.role for exchange in process.exchanges}
    takes = bool(lines) or Role.MATERIAL in roles
    return process.reference_flow.unit.dimension in MATERIAL_DIMENSIONS and takes


def _one(unit: Unit) -> Datum:
    return Datum(number="1", unit=unit, kind=Kind.CALCULATED)


def _unit_masses(study: Study) -> dict[str, Datum]:
    """Mass of one unit of each item that is counted in pieces."""
    found = {line.item: line.mass for line in study.bom if line.mass is not None}
    found |= {p.produces: p.mass for p in study.processes.values() if p.mass is not None}
    found |= {p.id: p.mass for p in study.processes.values() if p.mass is not None}
    found.setdefault(study.product.id, study.product.mass)
    return {id: datum for id, datum in found.items() if not datum.missing}


def _own_or_known(own: Datum | None, id: str, masses: dict[str, Datum]) -> Datum | None:
    return own if own is not None and not own.missing else masses.get(id)


def _balance(process: UnitProcess, lines: list[BomLine], masses: dict[str, Datum]) -> Balance:
    product = mass_of(process.reference_flow, _own_or_known(process.mass, process.produces, masses))
    balance = Balance(process.id, process.place, product or Fraction(0))
    if product is None:
        balance = replace(balance, unknown=(process.produces,))
    for other in process.co_products:
        balance = _plus(
            balance, "product", other.id, mass_of(other.amount, _own_or_known(other.mass, other.id, masses))
        )
    for line in lines:
        balance = _plus_line(balance, line, masses)
    for exchange in process.exchanges:
        balance = _plus_exchange(balance, exchange, masses)
    return balance


def _assembly(item: str, lines: list[BomLine], masses: dict[str, Datum]) -> Balance:
    # One unit of the assembly, whatever it is counted in.
    known = masses.get(item)
    mass = mass_of(known, None) if known is not None else None
    balance = Balance(item, lines[0].place, mass or Fraction(0))
    if mass is None:
        balance = replace(balance, unknown=(item,))
    for line in lines:
        balance = _plus_line(balance, line, masses)
    return balance


def _plus(balance: Balance, side: str, id: str, mass: Fraction | None) -> Balance:
    if mass is None:
        return replace(balance, unknown=(*balance.unknown, id))
    changed: Fraction = getattr(balance, side) + mass
    return replace(balance, **{side: changed})  # type: ignore[arg-type]


def _plus_line(balance: Balance, line: BomLine, masses: dict[str, Datum]) -> Balance:
    mass = mass_of(line.amount, _own_or_known(line.mass, line.item, masses))
    return _scrapped(_plus(balance, "materials", line.item, mass), mass, line.scrap)


def _plus_exchange(balance: Balance, exchange: Exchange, masses: dict[str, Datum]) -> Balance:
    unit_mass = _own_or_known(exchange.mass, exchange.provider.id, masses)
    mass = mass_of(exchange.amount, unit_mass)
    if exchange.role is Role.MATERIAL or (exchange.role is Role.PRODUCT and _is_thing(exchange)):
        return _scrapped(_plus(balance, "materials", exchange.id, mass), mass, exchange.scrap)
    if exchange.role is Role.WASTE:
        return _plus(balance, "waste", exchange.id, mass)
    if exchange.role is Role.AUXILIARY:
        return balance if mass is None else _plus(balance, "auxiliaries", exchange.id, mass)
    if exchange.provider.kind is ProviderKind.GAS and mass is not None and mass > 0:
        return _plus(balance, "emissions", exchange.id, mass)
    return balance


def _is_thing(exchange: Exchange) -> bool:
    return exchange.amount.unit.dimension in MATERIAL_DIMENSIONS


def _scrapped(balance: Balance, mass: Fraction | None, scrap: Datum | None) -> Balance:
    share = share_of(scrap)
    return balance if mass is None or share is None else replace(balance, scrap=balance.scrap + mass * share)
