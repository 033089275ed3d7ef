"""processes/*.yaml: unit processes, their exchanges and co-products; electricity may come from meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from zuji.datum import Kind, Origin, Period
from zuji.quantity import conversion_factor
from zuji.study import codes
from zuji.study.amount import ANY, ENERGY, MASS, MASS_IN_KG, MONEY, SHARE, Expect
from zuji.study.inventory import decimal_text
from zuji.study.model import (
    ComponentGroup,
    CoProduct,
    Datum,
    Exchange,
    MeterReading,
    Provider,
    ProviderKind,
    Role,
    Stage,
    Substitute,
    UnitProcess,
)
from zuji.study.node import Node
from zuji.study.read_datum import MAPPING_KEYS, UNREAD, read_datum, unread

PROVIDERS = ("dataset", "process", "supplier", "electricity", "gas")
ROLES = {
    ProviderKind.ELECTRICITY: Role.ENERGY,
    ProviderKind.GAS: Role.EMISSION,
    ProviderKind.PROCESS: Role.PRODUCT,
}
LEAST_PRIMARY = (
    Kind.ASSUMED, Kind.SECONDARY, Kind.ESTIMATED, Kind.SUPPLIER, Kind.CALCULATED, Kind.MEASURED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meters:
    """The readings that an exchange may take its amount from."""

    readings: Sequence[MeterReading] = ()

    def of(self, names: Sequence[str]) -> list[MeterReading]:
        """The readings of the named meters."""
        return [reading for reading in self.readings if reading.meter in names]


def read_process(node: Node, meters: Meters) -> UnitProcess | None:
    """The unit process in a document, None when it has no id."""
    id = node.id()
    price, prices = _price(node)
    process = UnitProcess(
        id=id,
        name=node.local("name"),
        produces=node.id("produces", default=id),
        reference_flow=node.needed("reference_flow", ANY),
        price=price,
        prices=prices,
        mass=node.datum("mass", MASS_IN_KG),
        physical=node.datum("physical", ANY),
        plant=node.text("plant"),
        stage=node.choice("stage", Stage, Stage.PRODUCTION),
        component_group=node.choice("component_group", ComponentGroup, ComponentGroup.NONE),
        period=node.period(),
        technology=node.text("technology"),
        exchanges=read_exchanges(node, "exchanges", meters),
        co_products=tuple(_co_product(child) for child in node.children("co_products")),
        place=node.place(),
    )
    node.finish()
    return process if process.id and process.produces else None


def _co_product(node: Node) -> CoProduct:
    price, prices = _price(node)
    product = CoProduct(
        id=node.id(),
        name=node.local("name"),
        amount=node.needed("amount", ANY),
        mass=node.datum("mass", MASS_IN_KG),
        price=price,
        prices=prices,
        physical=node.datum("physical", ANY),
        substitutes=_substitute(node.child("substitutes")) if node.has("substitutes") else None,
        place=node.place(),
    )
    node.finish()
    return product


def _substitute(node: Node) -> Substitute:
    substitute = Substitute(
        dataset=node.text("dataset"),
        share=node.datum("share", SHARE),
        amount=node.datum("amount", ANY),
        reason=node.text("reason"),
        place=node.place(),
    )
    node.finish()
    return substitute


def _price(node: Node) -> tuple[Datum | None, tuple[Datum, ...]]:
    """The price, or the prices of single years where a list stands there."""
    if not isinstance(node.data.get("price"), list):
        return node.datum("price", MONEY), ()
    return None, tuple(_yearly(child) for child in node.children("price"))


def _yearly(node: Node) -> Datum:
    for key in MAPPING_KEYS:
        node.has(key)
    node.finish()
    return read_datum(node.data, lambda inner: node.place(*([inner] if inner else [])), MONEY, node.log)


def read_exchanges(node: Node, key: str, meters: Meters) -> tuple[Exchange, ...]:
    """The exchanges in the list under `key`; one without id is left out, its finding says so."""
    read = (_exchange(child, meters) for child in node.children(key))
    return tuple(exchange for exchange in read if exchange is not None)


def _exchange(node: Node, meters: Meters) -> Exchange | None:
    id = node.id()
    provider = _provider(node)
    exchange = Exchange(
        id=id,
        name=node.local("name"),
        role=_role(node, provider, id),
        amount=_amount(node, provider, meters),
        provider=provider,
        origin=node.choice("origin", Origin, Origin.FOSSIL),
        stage=node.choice("stage", Stage, Stage.PRODUCTION) if node.has("stage") else None,
        component_group=node.choice("component_group", ComponentGroup, ComponentGroup.NONE)
        if node.has("component_group")
        else None,
        meters=node.words("meters"),
        material=node.text("material"),
        scrap=node.datum("scrap", SHARE),
        mass=node.datum("mass", MASS_IN_KG),
        cut_off=node.text("cut_off"),
        country=node.text("country"),
        place=node.place(),
    )
    _check_origin(node, exchange)
    node.finish()
    return exchange if id else None


def _provider(node: Node) -> Provider:
    found = [key for key in PROVIDERS if node.has(key)]
    if len(found) > 1:
        node.log.add(codes.TWO_PROVIDERS(node.place(found[1]), found=", ".join(found)))
    return Provider(ProviderKind(found[0]), node.text(found[0])) if found else Provider(ProviderKind.NONE)


def _role(node: Node, provider: Provider, id: str) -> Role:
    default = ROLES.get(provider.kind)
    role = node.choice("role", Role, default or Role.MATERIAL)
    if default is None and not node.has("role"):
        node.log.add(codes.NO_ROLE(node.place(), id=id))
    return role


def _check_origin(node: Node, exchange: Exchange) -> None:
    bare = exchange.provider.kind is ProviderKind.NONE and exchange.role is not Role.WASTE
    if bare and not exchange.cut_off and (not exchange.amount.missing or exchange.amount.missing == UNREAD):
        node.log.add(codes.NO_PROVIDER(exchange.place, id=exchange.id))


def _expected(provider: Provider) -> Expect:
    return {ProviderKind.ELECTRICITY: ENERGY, ProviderKind.GAS: MASS}.get(provider.kind, ANY)


def _amount(node: Node, provider: Provider, meters: Meters) -> Datum:
    expect = _expected(provider)
    names = node.words("meters")
    if node.has("amount") or not names:
        return node.needed("amount", expect)
    readings = meters.of(names)
    if not readings:
        return unread(expect, node.place("meters"))
    return sum_of_readings(readings, node)


def sum_of_readings(readings: Sequence[MeterReading], node: Node) -> Datum:
    """The sum of the readings in the unit of the first, of the least primary kind; missing spreads."""
    data = [reading.energy for reading in readings]
    unit = data[0].unit
    gap = next((datum for datum in data if datum.missing), None)
    names = ", ".join(dict.fromkeys(reading.meter for reading in readings))
    total = sum(
        (datum.exact * conversion_factor(datum.unit, unit) for datum in data if not datum.missing),
        Fraction(0),
    )
    return Datum(
        number="" if gap else decimal_text(total),
        missing=gap.missing if gap else "",
        unit=unit,
        kind=next(kind for kind in LEAST_PRIMARY if kind in {datum.kind for datum in data}),
        source="; ".join(dict.fromkeys(datum.source for datum in data if datum.source)),
        evidence=tuple(dict.fromkeys(one for datum in data for one in datum.evidence)),
        period=Period(min(r.period.start for r in readings), max(r.period.end for r in readings)),
        note=f"电表读数之和 / sum of {len(data)} meter readings: {names}",
        place=node.place("meters"),
    )
