"""A study as the documents and tables of its files: what `open_study` reads, `forms_of` gives back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from zuji.datum import DataQuality, LocalText, Origin, Period
from zuji.finding import NOWHERE
from zuji.study.amount import Log
from zuji.study.model import (
    BomLine,
    CoProduct,
    Datum,
    EndOfLife,
    EndOfLifeMaterial,
    Exchange,
    Instrument,
    MeterReading,
    ProviderKind,
    ServiceLife,
    Study,
    TransportLeg,
    UnitProcess,
    Use,
)
from zuji.study.node import Node
from zuji.study.read_datum import RATINGS
from zuji.study.read_process import Meters, sum_of_readings
from zuji.study.read_study import FORMAT

Form = dict[str, Any]
"""A mapping of texts, lists and mappings, without empty members."""

DATA_COLUMNS = (
    "kind", "source", "evidence", "note", "period_start", "period_end",
    "dq_technology", "dq_geography", "dq_time", "dq_precision", "missing",
)  # fmt: skip
MATERIAL_TEXTS = (
    "category", "recycled_dataset", "recycling_dataset", "avoided_dataset", "energy_recovery_dataset",
    "substituted_heat_dataset", "substituted_electricity_dataset", "disposal_dataset", "treated_by",
)  # fmt: skip
MATERIAL_DATA = (
    "recycled_content", "recycling_rate", "quality_in", "quality_out", "price_primary", "price_secondary_in",
    "price_secondary_out", "energy_recovery_rate", "heating_value", "heat_efficiency", "electricity_efficiency",
    "allocation_factor",
)  # fmt: skip
_LIFE_DATA = ("cycles", "years", "mean_capacity_factor", "warranty_years", "warranty_distance")


@dataclass(frozen=True, slots=True)
class Forms:
    """The parts of a study as its files hold them: mappings for YAML, rows of texts for CSV."""

    head: Form
    processes: tuple[Form, ...]
    end_of_life: Form
    tables: Mapping[str, tuple[dict[str, str], ...]]


def forms_of(study: Study) -> Forms:
    """The documents and tables that read back as this study."""
    return Forms(
        head=_head(study),
        processes=tuple(_process(process, study.meters) for process in study.processes.values()),
        end_of_life=_end_of_life(study.end_of_life, study.meters) if study.end_of_life else {},
        tables={
            "bom.csv": tuple(_bom_row(line) for line in study.bom),
            "electricity.csv": tuple(_meter_row(reading) for reading in study.meters),
            "instruments.csv": tuple(_instrument_row(instrument) for instrument in study.instruments),
            "transport.csv": tuple(_leg_row(leg) for leg in study.transport),
            "evidence/index.csv": tuple(
                {
                    "id": evidence.id,
                    "file": evidence.file.removeprefix("evidence/"),
                    "sha256": evidence.sha256,
                    "title_zh": evidence.title.zh,
                    "title_en": evidence.title.en,
                }
                for evidence in study.evidence.values()
            ),
        },
    )


def kept(form: Mapping[str, Any]) -> Form:
    """The form without its empty members."""
    return {key: value for key, value in form.items() if value not in (None, "", [], {}, ())}


def local_form(text: LocalText) -> Form:
    """A bilingual text as `{zh, en}`."""
    return kept({"zh": text.zh, "en": text.en})


def number_text(value: float) -> str:
    """A float in the shortest text that reads back as the same float."""
    return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)


def datum_form(datum: Datum | None) -> Form:
    """A datum as the mapping of a YAML file; {} for None."""
    if datum is None:
        return {}
    uncertainty = datum.uncertainty
    return kept({
        "value": datum.number,
        "unit": datum.unit.symbol,
        "kind": datum.kind.value,
        "source": datum.source,
        "evidence": list(datum.evidence),
        "period": _period(datum.period),
        "data_quality": _ratings(datum.data_quality),
        "uncertainty": {"distribution": uncertainty.distribution}
        | {name: number_text(value) for name, value in uncertainty.parameters}
        if uncertainty
        else None,
        "note": datum.note,
        "missing": datum.missing,
    })  # fmt: skip


def _period(period: Period | None) -> Form:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()} if period else {}


def _ratings(quality: DataQuality) -> Form:
    found = {name: getattr(quality, name) for name in RATINGS}
    return {name: number_text(float(value)) for name, value in found.items() if value is not None}


def _head(study: Study) -> Form:
    product = study.product
    return kept({
        "zuji": FORMAT,
        "id": study.id,
        "name": local_form(study.name),
        "reporting_period": _period(study.reporting_period),
        "boundary": study.boundary,
        "functional_unit": local_form(study.functional_unit),
        "mass_tolerance": number_text(study.mass_tolerance),
        "background": list(study.backgrounds),
        "product": kept({
            "id": product.id,
            "name": local_form(product.name),
            "category": product.category,
            "chemistry": product.chemistry,
            "model": product.model,
            "manufacturer": local_form(product.manufacturer),
            "mass": datum_form(product.mass),
            "rated_energy": datum_form(product.rated_energy),
            "usable_energy": datum_form(product.usable_energy),
        }),
        "service_life": _service_life(study.service_life) if study.service_life else None,
        "use": _use(study.use) if study.use else None,
        "plants": [
            kept({"id": plant.id, "name": local_form(plant.name), "country": plant.country, "region": plant.region,
                  "address": plant.address})
            for plant in study.plants.values()
        ],
        "choices": dict(study.choices),
    })  # fmt: skip


def _service_life(life: ServiceLife) -> Form:
    data = {name: datum_form(getattr(life, name)) for name in _LIFE_DATA}
    return kept({"mode": life.mode.value, **data, "vehicle_category": life.vehicle_category})


def _use(use: Use) -> Form:
    return kept({
        "round_trip_efficiency": datum_form(use.round_trip_efficiency),
        "auxiliary_energy": datum_form(use.auxiliary_energy),
        "electricity": use.electricity.id,
    })  # fmt: skip


def _process(process: UnitProcess, meters: Sequence[MeterReading]) -> Form:
    return kept({
        "id": process.id,
        "name": local_form(process.name),
        "produces": process.produces,
        "reference_flow": datum_form(process.reference_flow),
        "price": _price(process.price, process.prices),
        "mass": datum_form(process.mass),
        "physical": datum_form(process.physical),
        "plant": process.plant,
        "stage": process.stage.value,
        "component_group": process.component_group.value,
        "period": _period(process.period),
        "technology": process.technology,
        "exchanges": [exchange_form(exchange, meters) for exchange in process.exchanges],
        "co_products": [_co_product(product) for product in process.co_products],
    })  # fmt: skip


def _price(price: Datum | None, prices: tuple[Datum, ...]) -> Form | list[Form]:
    return [datum_form(one) for one in prices] if prices else datum_form(price)


def exchange_form(exchange: Exchange, meters: Sequence[MeterReading]) -> Form:
    """An exchange as a member of `exchanges`; without an amount where that is the sum of its meters."""
    provider = exchange.provider
    return kept({
        "id": exchange.id,
        "name": local_form(exchange.name),
        "role": exchange.role.value,
        provider.kind.value: provider.id if provider.kind is not ProviderKind.NONE else "",
        "origin": exchange.origin.value if exchange.origin is not Origin.FOSSIL else "",
        "amount": {} if _is_metered(exchange, meters) else datum_form(exchange.amount),
        "meters": list(exchange.meters),
        "stage": exchange.stage.value if exchange.stage else "",
        "component_group": exchange.component_group.value if exchange.component_group else "",
        "material": exchange.material,
        "scrap": datum_form(exchange.scrap),
        "mass": datum_form(exchange.mass),
        "cut_off": exchange.cut_off,
        "country": exchange.country,
    })  # fmt: skip


def _is_metered(exchange: Exchange, meters: Sequence[MeterReading]) -> bool:
    readings = Meters(meters).of(exchange.meters)
    if not readings or len({reading.energy.unit.dimension for reading in readings}) > 1:
        return False
    nowhere = Node({}, lambda _: NOWHERE, Log())
    return sum_of_readings(readings, nowhere) == exchange.amount


def _co_product(product: CoProduct) -> Form:
    substitute = product.substitutes
    return kept({
        "id": product.id,
        "name": local_form(product.name),
        "amount": datum_form(product.amount),
        "mass": datum_form(product.mass),
        "price": _price(product.price, product.prices),
        "physical": datum_form(product.physical),
        "substitutes": kept({
            "dataset": substitute.dataset,
            "share": datum_form(substitute.share),
            "amount": datum_form(substitute.amount),
            "reason": substitute.reason,
        }) if substitute else None,
    })  # fmt: skip


def _end_of_life(end: EndOfLife, meters: Sequence[MeterReading]) -> Form:
    return kept({
        "approach": end.approach,
        "justification": end.justification,
        "activities": [exchange_form(activity, meters) for activity in end.activities],
        "materials": {id: _material(material) for id, material in end.materials.items()},
    })  # fmt: skip


def _material(material: EndOfLifeMaterial) -> Form:
    texts = {name: getattr(material, name) for name in MATERIAL_TEXTS}
    data = {name: datum_form(getattr(material, name)) for name in MATERIAL_DATA}
    return kept({"name": local_form(material.name), **texts, **data})


def row_of_datum(datum: Datum) -> dict[str, str]:
    """How a datum was obtained, as columns of a table."""
    period, quality = datum.period, _ratings(datum.data_quality)
    return {
        "kind": datum.kind.value,
        "source": datum.source,
        "evidence": " ".join(datum.evidence),
        "note": datum.note,
        "period_start": period.start.isoformat() if period else "",
        "period_end": period.end.isoformat() if period else "",
        **{f"dq_{name}": quality.get(name, "") for name in RATINGS},
        "missing": datum.missing,
    }


def _amount(datum: Datum) -> dict[str, str]:
    return {"amount": datum.number, "unit": datum.unit.symbol, **row_of_datum(datum)}


def with_unit(datum: Datum | None) -> str:
    """Number and unit in one text, as a column without a unit column takes them."""
    if datum is None or not datum.number:
        return ""
    return datum.number if datum.unit.symbol == "1" else f"{datum.number} {datum.unit.symbol}"


def _bom_row(line: BomLine) -> dict[str, str]:
    provider = line.provider
    return _texts({
        "item": line.item,
        "parent": line.parent,
        "name_zh": line.name.zh,
        "name_en": line.name.en,
        "component_group": line.component_group.value if line.component_group.value != "none" else "",
        provider.kind.value: provider.id if provider.kind is not ProviderKind.NONE else "",
        "material": line.material,
        "scrap": with_unit(line.scrap),
        "mass": with_unit(line.mass),
        "cut_off": line.cut_off,
        **_amount(line.amount),
    })  # fmt: skip


def _texts(row: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in row.items() if text and key != "none"}


def _meter_row(reading: MeterReading) -> dict[str, str]:
    return _texts({
        "meter": reading.meter,
        "point": reading.point if reading.point != reading.meter else "",
        "plant": reading.plant,
        "process": reading.process,
        "start": _start_text(reading),
        "end": _end_text(reading),
        "supply": reading.supply.value,
        "dataset": reading.dataset,
        "certificate_sold": "yes" if reading.certificate_sold else "",
        **_amount(reading.energy),
    })  # fmt: skip


def _start_text(reading: MeterReading) -> str:
    if reading.start is None:
        return reading.period.start.isoformat()
    return _moment_text(reading.start, reading.period.start)


def _end_text(reading: MeterReading) -> str:
    if reading.end is None:
        return reading.period.end.isoformat()
    return _moment_text(reading.end, reading.period.end)


def _moment_text(moment: datetime, day: date) -> str:
    """`moment` as text whose day is `day`: midnight after it is its last minute, which stands for the whole."""
    if moment == datetime.combine(day + timedelta(days=1), time()):
        return f"{day.isoformat()} 23:59"
    return moment.strftime("%Y-%m-%d %H:%M")


def _instrument_row(instrument: Instrument) -> dict[str, str]:
    return _texts({
        "id": instrument.id,
        "type": instrument.type.value,
        "plant": instrument.plant,
        "process": instrument.process,
        "dataset": instrument.dataset,
        "country": instrument.country,
        "generated_start": instrument.generated.start.isoformat(),
        "generated_end": instrument.generated.end.isoformat(),
        "retired_on": instrument.retired_on.isoformat() if instrument.retired_on else "",
        "beneficiary": instrument.beneficiary,
        **_amount(instrument.energy),
    })  # fmt: skip


def _leg_row(leg: TransportLeg) -> dict[str, str]:
    return _texts({
        "id": leg.id,
        "name_zh": leg.name.zh,
        "name_en": leg.name.en,
        "stage": leg.stage.value,
        "mass": leg.mass.number if leg.mass else "",
        "mass_unit": leg.mass.unit.symbol if leg.mass else "",
        "distance": leg.distance.number,
        "distance_unit": leg.distance.unit.symbol,
        "dataset": leg.dataset,
        "start": leg.start,
        "end": leg.end,
        **row_of_datum(leg.distance),
    })  # fmt: skip


def columns_in(rows: Iterable[Mapping[str, str]], order: Sequence[str]) -> tuple[str, ...]:
    """The columns of `order` that some row uses."""
    used = {key for row in rows for key in row}
    return tuple(key for key in order if key in used)
