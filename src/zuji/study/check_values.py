"""Checks of single values: signs, shares, efficiencies, missing data, and whether periods fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from zuji.datum import REMOVALS, Period
from zuji.finding import Finding, Place
from zuji.study import codes
from zuji.study.amount import shown
from zuji.study.data_of import data_of
from zuji.study.model import Datum, Exchange, ProviderKind, Study
from zuji.study.read_datum import UNREAD

SHARES = (
    "scrap", "recycled_content", "recycling_rate", "energy_recovery_rate", "quality_in", "quality_out",
    "allocation_factor", "mean_capacity_factor",
)  # fmt: skip
UPTAKE = (
    "co2biogenic", "co2bio", "carbondioxidebiogenicuptakeandrelease",
    "生物源二氧化碳", "生物质二氧化碳", "二氧化碳生物源",
)  # fmt: skip
"""Folded names of the only gas that is taken up from the air: CO2 biogenic; a test compares them with the gas table."""
CARBON_DIOXIDE = ("co2", "carbondioxide", "二氧化碳", "化石二氧化碳", "生物源二氧化碳", "生物质二氧化碳")
"""How the folded names of carbon dioxide begin, whatever its origin."""
EFFICIENCIES = ("round_trip_efficiency", "heat_efficiency", "electricity_efficiency")


def share_of(datum: Datum | None) -> Fraction | None:
    """The datum as a pure number (5 % is 1/20), None when there is none."""
    if datum is None or datum.missing:
        return None
    return datum.exact * datum.unit.factor


def shares(study: Study) -> Iterator[Finding]:
    """Scrap, R1, R2, R3, quality ratios and the other shares lie between 0 and 1."""
    for name, datum in data_of(study):
        value = share_of(datum)
        if name.rpartition(".")[2] in SHARES and value is not None and not 0 <= value <= 1:
            yield codes.SHARE(datum.place, id=name, value=_shown(datum))


def efficiencies(study: Study) -> Iterator[Finding]:
    """An efficiency is more than 0 and at most 1; of heat and power recovery 0 is allowed."""
    for name, datum in data_of(study):
        field, value = name.rpartition(".")[2], share_of(datum)
        if field not in EFFICIENCIES or value is None:
            continue
        is_idle = value == 0 and field != "round_trip_efficiency"
        if not 0 < value <= 1 and not is_idle:
            yield codes.EFFICIENCY(datum.place, id=name, value=_shown(datum))


def recovery_sums(study: Study) -> Iterator[Finding]:
    """What is recycled (R2) and burned with energy recovery (R3) is together at most the whole."""
    for material in study.end_of_life.materials.values() if study.end_of_life else ():
        recycling, recovery = share_of(material.recycling_rate), share_of(material.energy_recovery_rate)
        if recycling is not None and recovery is not None and recycling + recovery > 1:
            total = f"{float(recycling + recovery):g}"
            texts = {"recycling": f"{float(recycling):g}", "recovery": f"{float(recovery):g}"}
            yield codes.RECOVERY_SUM(
                material.place,
                id=material.id,
                total=total,
                recycling=texts["recycling"],
                recovery=texts["recovery"],
            )


def reference_flows(study: Study) -> Iterator[Finding]:
    """A process whose reference flow is missing, zero or negative is an error."""
    for process in study.processes.values():
        flow = process.reference_flow
        if flow.missing == UNREAD:
            continue
        if flow.missing or flow.exact <= 0:
            found = flow.missing or _shown(flow)
            yield codes.REFERENCE_FLOW(flow.place, id=process.id, found=found)


def not_positive(study: Study) -> Iterator[Finding]:
    """The mass and energies of the product, its cycles and years, and declared amounts are more than zero."""
    life = study.service_life
    named = [
        ("product.mass", study.product.mass),
        ("product.rated_energy", study.product.rated_energy),
        ("product.usable_energy", study.product.usable_energy),
        ("service_life.cycles", life.cycles if life else None),
        ("service_life.years", life.years if life else None),
        ("service_life.warranty_years", life.warranty_years if life else None),
        ("service_life.warranty_distance", life.warranty_distance if life else None),
        *((f"{id}.declaredUnitAmount", footprint.amount) for id, footprint in study.suppliers.items()),
    ]
    for name, datum in named:
        if datum is not None and not datum.missing and datum.exact <= 0:
            yield codes.NOT_POSITIVE(datum.place, id=name, value=_shown(datum))


def negative_amounts(study: Study) -> Iterator[Finding]:
    """A negative amount is an error; a credit that its note explains a warning, the uptake of biogenic CO2 neither."""
    lines = ((line.item, line.amount) for line in study.bom)
    meters = ((reading.meter, reading.energy) for reading in study.meters)
    instruments = ((instrument.id, instrument.energy) for instrument in study.instruments)
    legs = ((leg.id, datum) for leg in study.transport for datum in (leg.mass, leg.distance) if datum is not None)
    exchanges = ((one.id, one.amount) for one in _exchanges(study) if one.provider.kind is not ProviderKind.GAS)
    gases = (one for one in _exchanges(study) if one.provider.kind is ProviderKind.GAS)
    products = ((one.id, one.amount) for process in study.processes.values() for one in process.co_products)
    masses = ((name, datum) for name, datum in data_of(study) if name.endswith(".mass"))
    for id, datum in (*lines, *exchanges):
        if _is_negative(datum) and datum.note:
            yield codes.NEGATIVE_NOTED(datum.place, id=id, value=_shown(datum), note=shown(datum.note))
        elif _is_negative(datum):
            yield codes.NEGATIVE(datum.place, id=id, value=_shown(datum))
    for gas in gases:
        if gas.origin in REMOVALS:
            yield from _removal(gas)
        elif _is_negative(gas.amount) and not _may_be_taken_up(gas.provider.id):
            place, name = gas.amount.place, shown(gas.provider.id)
            yield codes.FOSSIL_UPTAKE(place, id=gas.id, value=_shown(gas.amount), gas=name)
    for id, datum in (*meters, *instruments, *legs, *products, *masses):
        if _is_negative(datum) and id != "product.mass":
            yield codes.NEGATIVE(datum.place, id=id, value=_shown(datum))


def _exchanges(study: Study) -> Iterator[Exchange]:
    for process in study.processes.values():
        yield from process.exchanges
    if study.end_of_life is not None:
        yield from study.end_of_life.activities


def _removal(gas: Exchange) -> Iterator[Finding]:
    origin, name = gas.origin.value, shown(gas.provider.id)
    if not gas.amount.missing and gas.amount.exact > 0:
        yield codes.REMOVAL_SIGN(gas.amount.place, id=gas.id, origin=origin, value=_shown(gas.amount))
    if not _folded(gas.provider.id).startswith(CARBON_DIOXIDE):
        yield codes.REMOVAL_GAS(gas.place, id=gas.id, origin=origin, gas=name)


def _folded(gas: str) -> str:
    return re.sub(r"[\s\-_·.,()/]", "", unicodedata.normalize("NFKC", gas).casefold())


def _may_be_taken_up(gas: str) -> bool:
    return _folded(gas) in UPTAKE


def _is_negative(datum: Datum) -> bool:
    return not datum.missing and datum.exact < 0


def missing_data(study: Study) -> Iterator[Finding]:
    """Every datum that is missing is listed with its reason."""
    for name, datum in data_of(study):
        if datum.missing and datum.missing != UNREAD:
            yield codes.MISSING(datum.place, id=name, reason=datum.missing)


def date_order(study: Study) -> Iterator[Finding]:
    """A period that ends before it starts is an error."""
    for name, period, place in _periods(study):
        if period.end < period.start:
            yield codes.DATE_ORDER(place, id=name, start=period.start, end=period.end)


def periods_outside(study: Study) -> Iterator[Finding]:
    """Data, meters and processes outside the reporting period give a warning that names both."""
    reporting = study.reporting_period
    suppliers = {id(footprint.period) for footprint in study.suppliers.values()}
    generated = {id(instrument.generated) for instrument in study.instruments}
    for name, period, place in _periods(study):
        is_elsewhere = id(period) in suppliers or id(period) in generated
        if not is_elsewhere and period.start <= period.end and not reporting.holds(period):
            yield codes.PERIOD_OUTSIDE(place, id=name, period=period, reporting=reporting)
    for key, footprint in study.suppliers.items():
        if not footprint.period.overlaps(reporting):
            yield codes.SUPPLIER_PERIOD(footprint.place, id=key, period=footprint.period, reporting=reporting)


def _periods(study: Study) -> Iterator[tuple[str, Period, Place]]:
    yield "reporting_period", study.reporting_period, Place("study.yaml", 0, "reporting_period")
    for process in study.processes.values():
        if process.period is not None:
            yield process.id, process.period, process.place.at(path="period")
    for reading in study.meters:
        yield reading.meter, reading.period, reading.place
    for instrument in study.instruments:
        yield instrument.id, instrument.generated, instrument.place
    for footprint in study.suppliers.values():
        yield footprint.id, footprint.period, footprint.place
    for name, datum in data_of(study):
        if datum.period is not None:
            yield name, datum.period, datum.place


def _shown(datum: Datum) -> str:
    return datum.number if datum.unit.symbol == "1" else f"{datum.number} {datum.unit}"
