"""The inventory of a study: one unit process for every assembly, with its bill-of-materials lines as exchanges.

The process `life-cycle` is added on top: it takes one product, carries it, and ends its life. What the use stage takes
depends on the functional unit and is added by the rulebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from zuji.datum import Kind, LocalText
from zuji.quantity import conversion_factor, parse_unit
from zuji.study.model import (
    LIFE_CYCLE,
    BomLine,
    Datum,
    Exchange,
    Provider,
    ProviderKind,
    Role,
    Stage,
    Study,
    TransportLeg,
    UnitProcess,
)


def inventory(study: Study) -> Mapping[str, UnitProcess]:
    """Every unit process of the study by id, the top one named `life-cycle`.

    An assembly without a process of its own gets one with the id of the item, the reference flow of one unit, and the
    stage production. Processes and their exchanges come in the order of their ids, whatever the order in the study's
    files, so that the last digit of a sum does not depend on it.
    """
    makers = {process.produces: process for process in study.processes.values()}
    children: dict[str, list[BomLine]] = {}
    for line in study.bom:
        children.setdefault(line.parent, []).append(line)
    processes: dict[str, UnitProcess] = {}
    own = {line.item: line for line in reversed(study.bom)}
    for item, lines in children.items():
        maker = makers.get(item) or _implied(study, item, lines, own.get(item))
        exchanges = tuple(_bom_exchange(line, makers, children) for line in lines)
        processes[maker.id] = replace(maker, exchanges=exchanges + maker.exchanges)
    for process in study.processes.values():
        processes.setdefault(process.id, process)
    processes[LIFE_CYCLE] = _life_cycle(study, makers, children)
    return {id: _in_order(process) for id, process in sorted(processes.items())}


def _in_order(process: UnitProcess) -> UnitProcess:
    return replace(process, exchanges=tuple(sorted(process.exchanges, key=lambda exchange: exchange.id)))


def _implied(study: Study, item: str, lines: list[BomLine], own: BomLine | None) -> UnitProcess:
    unit = own.amount.unit if own is not None else parse_unit("item")
    name = own.name if own is not None else study.product.name
    return UnitProcess(
        id=item,
        name=name,
        produces=item,
        reference_flow=Datum(number="1", unit=unit, kind=Kind.CALCULATED, place=lines[0].place),
        component_group=own.component_group if own is not None else lines[0].component_group,
        mass=(own.mass if own is not None else study.product.mass),
        place=lines[0].place,
    )


def _bom_exchange(line: BomLine, makers: Mapping[str, UnitProcess], children: Mapping[str, list[BomLine]]) -> Exchange:
    provider = line.provider
    if provider.kind is ProviderKind.NONE:
        if line.item in makers:
            provider = Provider(ProviderKind.PROCESS, makers[line.item].id)
        elif line.item in children:
            provider = Provider(ProviderKind.PROCESS, line.item)
    return Exchange(
        id=line.item,
        name=line.name,
        role=Role.PRODUCT if provider.kind is ProviderKind.PROCESS else Role.MATERIAL,
        amount=line.amount,
        provider=provider,
        component_group=line.component_group,
        material=line.material,
        scrap=line.scrap,
        mass=line.mass,
        cut_off=line.cut_off,
        place=line.place,
    )


def _life_cycle(study: Study, makers: Mapping[str, UnitProcess], children: Mapping[str, list[BomLine]]) -> UnitProcess:
    item = study.product.id
    maker = makers[item].id if item in makers else item
    one = Datum(number="1", unit=parse_unit("item"), kind=Kind.CALCULATED, place=study.product.place)
    exchanges: list[Exchange] = []
    if item in makers or item in children:
        exchanges.append(
            Exchange(
                id=item,
                name=study.product.name,
                role=Role.PRODUCT,
                amount=one,
                provider=Provider(ProviderKind.PROCESS, maker),
                stage=Stage.PRODUCTION,
                place=study.product.place,
            )
        )
    exchanges += [_leg_exchange(study, leg) for leg in study.transport]
    if study.end_of_life is not None:
        exchanges += [
            activity if activity.stage is not None else replace(activity, stage=Stage.END_OF_LIFE)
            for activity in study.end_of_life.activities
        ]
    return UnitProcess(
        id=LIFE_CYCLE,
        name=LocalText("生命周期", "Life cycle"),
        produces=LIFE_CYCLE,
        reference_flow=one,
        exchanges=tuple(exchanges),
        place=study.product.place,
    )


def _leg_exchange(study: Study, leg: TransportLeg) -> Exchange:
    mass = leg.mass or study.product.mass
    if mass.missing or leg.distance.missing:
        number, missing = "", mass.missing or leg.distance.missing
    else:
        tonnes = mass.exact * conversion_factor(mass.unit, parse_unit("t"))
        kilometres = leg.distance.exact * conversion_factor(leg.distance.unit, parse_unit("km"))
        number, missing = decimal_text(tonnes * kilometres), ""
    return Exchange(
        id=leg.id,
        name=leg.name,
        role=Role.TRANSPORT,
        amount=Datum(
            number=number,
            unit=parse_unit("tkm"),
            kind=leg.distance.kind,
            missing=missing,
            source=leg.distance.source,
            evidence=leg.distance.evidence,
            data_quality=leg.distance.data_quality,
            note=f"{mass.number} {mass.unit} × {leg.distance.number} {leg.distance.unit}",
            place=leg.place,
        ),
        provider=Provider(ProviderKind.DATASET, leg.dataset),
        stage=leg.stage,
        place=leg.place,
    )


def mass_of(datum: Datum, unit_mass: Datum | None) -> Fraction | None:
    """The mass of an amount [kg], by the mass of one unit where it is counted; None when it is not known.

    A stated mass of zero holds also for an amount in kg: what is done to a mass that another line brings, as rolling.
    """
    if datum.missing:
        return None
    if unit_mass is not None and not unit_mass.missing and unit_mass.exact == 0:
        return Fraction(0)
    if datum.unit.dimension == "mass":
        return datum.exact * datum.unit.factor
    if unit_mass is None or unit_mass.missing:
        return None
    return datum.exact * datum.unit.factor * unit_mass.exact * unit_mass.unit.factor


def decimal_text(value: Fraction) -> str:
    """`value` as a text that `Fraction` reads back exactly: a decimal when it has one, else a fraction."""
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    text = str(int(abs(value) * 10**digits)).rjust(digits + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"
