"""What a scenario can change in a study: addresses of amounts, datasets and choices, each with what may stand there.

    bom.ITEM.amount|scrap|mass|dataset|route       (PARENT>ITEM where an item stands under several parents)
    process.PROCESS.reference_flow|price           process.PROCESS.EXCHANGE.amount|scrap|mass|dataset|route
    transport.LEG.distance|mass|dataset            use.round_trip_efficiency|auxiliary_energy|dataset
    product.mass|rated_energy|usable_energy        service_life.cycles|years|mean_capacity_factor|warranty_…
    end_of_life.approach                           end_of_life.ID.FIELD of a material or an activity
    instrument.ID.energy|dataset                   plant.ID.country
    electricity.grid.COUNTRY                       electricity.residual.COUNTRY (datasets of the grid mixes)
    choices.allocation|declared_unit

PROCESS, EXCHANGE, LEG, ID are the ids that stand in the study; fields that a record does not have cannot be changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from zuji.quantity import Unit, parse_unit
from zuji.study.amount import CYCLES, DISTANCE, HEATING_VALUE, MASS_IN_KG, POWER_USE, SHARE, YEARS, Expect
from zuji.study.model import Datum, EndOfLife, Exchange, Provider, ProviderKind, Study

AMOUNT, DATASET, TEXT = "amount", "dataset", "text"
COUNTRY = re.compile(r"[A-Z]{2}")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "allocation": ("mass", "economic", "physical", "expansion"),
    "declared_unit": (),
}
"""The choices of a study that rulebooks ask for, with their values where all rulebooks know the same."""
APPROACHES = ("cut_off", "substitution")
TKM, ENERGY_UNIT = parse_unit("tkm"), parse_unit("kWh")
MARKET = {"grid": COUNTRY, "residual": re.compile(r"[A-Z]{2}(-[A-Z]+)?")}
"""A residual mix may be that of a region, for example EU-EFTA."""
MIXES = {"grid": "average_mix", "residual": "residual_mix"}
LIFE = {
    "cycles": CYCLES,
    "years": YEARS,
    "mean_capacity_factor": SHARE,
    "warranty_years": YEARS,
    "warranty_distance": DISTANCE,
}
MATERIAL = {
    "recycled_content": SHARE,
    "recycling_rate": SHARE,
    "quality_in": SHARE,
    "quality_out": SHARE,
    "energy_recovery_rate": SHARE,
    "heating_value": HEATING_VALUE,
    "heat_efficiency": SHARE,
    "electricity_efficiency": SHARE,
    "allocation_factor": SHARE,
}


@dataclass(frozen=True)
class Target:
    """One place of a study that a scenario can change."""

    kind: str
    """amount | dataset | text"""
    now: Datum | str | None
    """What stands there; a dataset by its id."""
    put: Callable[[Any], Study]
    """The study with another value there: a datum, the id of a dataset, or a text."""
    expect: Expect = SHARE
    """The dimension of an amount, and the unit of a bare number."""
    unit: Unit | None = None
    """The unit that a dataset must fit."""
    choices: tuple[str, ...] = ()
    """The texts that may stand there; none: any."""


def targets(study: Study) -> Iterator[tuple[str, Target]]:
    """Every address of the study with its place."""
    yield from _bom(study)
    yield from _processes(study)
    yield from _transport(study)
    yield from _use(study)
    yield from _service_life(study)
    yield from _product(study)
    yield from _end_of_life(study)
    yield from _electricity(study)


def target(study: Study, address: str) -> Target | None:
    """The place at `address`, None when there is none."""
    found = next((place for own, place in targets(study) if own == address), None)
    if found is not None:
        return found
    # A grid mix can be named for any country, also for one where nothing happens yet.
    kind, _, rest = address.partition(".")
    mix, _, country = rest.partition(".")
    if kind == "electricity" and mix in MIXES and MARKET[mix].fullmatch(country):
        return _mix(study, mix, country)
    return None


def of_datum(datum: Datum | None, otherwise: Expect = SHARE) -> Expect:
    """The dimension of what stands there, a bare number taking its unit; `otherwise` where nothing stands there."""
    if datum is None:
        return otherwise
    return Expect((datum.unit.dimension,), datum.unit.symbol)


def _amount(now: Datum | None, put: Callable[[Datum], Study], otherwise: Expect = SHARE) -> Target:
    return Target(AMOUNT, now, put, of_datum(now, otherwise))


Change = Callable[..., Study]
"""Gives the study with other fields in one of its records."""


def _changing(study: Study, collection: str, key: int | str) -> Change:
    """Changes one record of a tuple or mapping of the study."""
    records = getattr(study, collection)

    def change(**changes: Any) -> Study:
        changed: Any = replace(records[key], **changes)
        return replace(study, **{collection: _others(records, key, changed)})

    return change


def _others(records: Any, key: int | str, changed: Any) -> Any:
    if isinstance(key, int):
        return (*records[:key], changed, *records[key + 1 :])
    return {**records, key: changed}


def _put(change: Change, field: str) -> Callable[[Any], Study]:
    return lambda value: change(**{field: value})


def _provide(study: Study, change: Change, field: str = "provider") -> Callable[[str], Study]:
    """Names a dataset, or the footprint of a supplier, as the provider."""

    def put(id: str) -> Study:
        kind = ProviderKind.SUPPLIER if id in study.suppliers else ProviderKind.DATASET
        return change(**{field: Provider(kind, id)})

    return put


def _bom(study: Study) -> Iterator[tuple[str, Target]]:
    items = [line.item for line in study.bom]
    for i, line in enumerate(study.bom):
        change = _changing(study, "bom", i)
        own = {
            "amount": _amount(line.amount, _put(change, "amount")),
            "scrap": _amount(line.scrap, _put(change, "scrap")),
            "mass": _amount(line.mass, _put(change, "mass"), MASS_IN_KG),
            "dataset": Target(DATASET, line.provider.id, _provide(study, change), unit=line.amount.unit),
        }
        for name in (line.item, line.id) if items.count(line.item) == 1 else (line.id,):
            yield from ((f"bom.{name}.{field}", place) for field, place in own.items())


def _processes(study: Study) -> Iterator[tuple[str, Target]]:
    for id, process in study.processes.items():
        change = _changing(study, "processes", id)
        yield f"process.{id}.reference_flow", _amount(process.reference_flow, _put(change, "reference_flow"))
        if process.price is not None:
            yield f"process.{id}.price", _amount(process.price, _put(change, "price"))
        for i, exchange in enumerate(process.exchanges):
            own = _changing_exchange(process.exchanges, i, _put(change, "exchanges"))
            yield from _exchange(study, f"process.{id}.{exchange.id}", exchange, own)


def _changing_exchange(exchanges: tuple[Exchange, ...], i: int, put: Callable[[Any], Study]) -> Change:
    return lambda **changes: put((*exchanges[:i], replace(exchanges[i], **changes), *exchanges[i + 1 :]))


def _exchange(study: Study, begin: str, exchange: Exchange, change: Change) -> Iterator[tuple[str, Target]]:
    # An amount that was taken from meters is from now on stated.
    yield f"{begin}.amount", _amount(exchange.amount, lambda value: change(amount=value, meters=()))
    if exchange.provider.kind is not ProviderKind.GAS:
        place = Target(DATASET, exchange.provider.id, _provide(study, change), unit=exchange.amount.unit)
        yield f"{begin}.dataset", place
    if exchange.scrap is not None or exchange.material:
        yield f"{begin}.scrap", _amount(exchange.scrap, _put(change, "scrap"))
    if exchange.mass is not None:
        yield f"{begin}.mass", _amount(exchange.mass, _put(change, "mass"))


def _transport(study: Study) -> Iterator[tuple[str, Target]]:
    for i, leg in enumerate(study.transport):
        change = _changing(study, "transport", i)
        yield f"transport.{leg.id}.distance", _amount(leg.distance, _put(change, "distance"))
        yield f"transport.{leg.id}.mass", _amount(leg.mass, _put(change, "mass"), MASS_IN_KG)
        yield f"transport.{leg.id}.dataset", Target(DATASET, leg.dataset, _put(change, "dataset"), unit=TKM)


def _single(study: Study, field: str) -> Change:
    """Changes the one record that the study has in `field`."""
    return lambda **changes: replace(study, **{field: replace(getattr(study, field), **changes)})


def _use(study: Study) -> Iterator[tuple[str, Target]]:
    if study.use is None:
        return
    use, change = study.use, _single(study, "use")
    yield "use.round_trip_efficiency", _amount(use.round_trip_efficiency, _put(change, "round_trip_efficiency"))
    yield "use.auxiliary_energy", _amount(use.auxiliary_energy, _put(change, "auxiliary_energy"), POWER_USE)
    provide = _provide(study, change, "electricity")
    yield "use.dataset", Target(DATASET, use.electricity.id, provide, unit=ENERGY_UNIT)


def _service_life(study: Study) -> Iterator[tuple[str, Target]]:
    if study.service_life is not None:
        change = _single(study, "service_life")
        for field, expect in LIFE.items():
            now = getattr(study.service_life, field)
            yield f"service_life.{field}", _amount(now, _put(change, field), expect)


def _product(study: Study) -> Iterator[tuple[str, Target]]:
    change = _single(study, "product")
    for field in ("mass", "rated_energy", "usable_energy"):
        yield f"product.{field}", _amount(getattr(study.product, field), _put(change, field))


def _end_of_life(study: Study) -> Iterator[tuple[str, Target]]:
    end = study.end_of_life
    if end is None:
        return
    change = _single(study, "end_of_life")
    yield "end_of_life.approach", Target(TEXT, end.approach, _put(change, "approach"), choices=APPROACHES)
    for i, activity in enumerate(end.activities):
        own = _changing_exchange(end.activities, i, _put(change, "activities"))
        yield from _exchange(study, f"end_of_life.{activity.id}", activity, own)
    for id, material in end.materials.items():
        one = _changing_material(end, id, change)
        for field, expect in MATERIAL.items():
            yield f"end_of_life.{id}.{field}", _amount(getattr(material, field), _put(one, field), expect)
        for named in fields(material):
            if named.name.endswith("_dataset"):
                place = Target(DATASET, getattr(material, named.name), _put(one, named.name))
                yield f"end_of_life.{id}.{named.name}", place


def _changing_material(end: EndOfLife, id: str, change: Change) -> Change:
    return lambda **changes: change(materials={**end.materials, id: replace(end.materials[id], **changes)})


def _electricity(study: Study) -> Iterator[tuple[str, Target]]:
    for i, row in enumerate(study.instruments):
        change = _changing(study, "instruments", i)
        yield f"instrument.{row.id}.energy", _amount(row.energy, _put(change, "energy"))
        yield f"instrument.{row.id}.dataset", Target(DATASET, row.dataset, _put(change, "dataset"), unit=ENERGY_UNIT)
    for id, plant in study.plants.items():
        yield f"plant.{id}.country", Target(TEXT, plant.country, _put(_changing(study, "plants", id), "country"))
    for country in sorted({plant.country for plant in study.plants.values()}):
        yield from ((f"electricity.{mix}.{country}", _mix(study, mix, country)) for mix in MIXES)
    for key, known in CHOICES.items():
        yield f"choices.{key}", Target(TEXT, study.choices.get(key, ""), _chooser(study, key), choices=known)


def _mix(study: Study, mix: str, country: str) -> Target:
    key = f"{MIXES[mix]}.{country}"
    return Target(DATASET, study.choices.get(key, ""), _chooser(study, key), unit=ENERGY_UNIT)


def _chooser(study: Study, key: str) -> Callable[[Any], Study]:
    return lambda value: replace(study, choices={**study.choices, key: str(value)})
