"""Energy balances: what a battery can deliver, what meters show, what boilers and compressors can do."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from zuji.finding import Finding
from zuji.footprint import lint_codes as codes
from zuji.footprint.lint_walk import ENERGY, energies, listed
from zuji.footprint.model import Footprint
from zuji.study.check_electricity import kilowatt_hours
from zuji.study.model import LIFE_CYCLE, ComponentGroup, Datum, Exchange, ProviderKind, Role, UnitProcess

TOLERANCE = Fraction(1, 50)
"""Two percent: the class of ordinary energy meters and the rounding of heating values."""
LEAST_EFFICIENCY = Fraction(1, 5)
"""Old open-cycle power plants still turn a quarter of their fuel into electricity; below a fifth something is amiss."""
AIR_BAR = 4.0
"""Absolute pressure below which no plant network of compressed air is run."""
NORMAL_BAR, KILOJOULES = 1.01325, 101.325
AIR_LEAST = KILOJOULES * math.log(AIR_BAR / NORMAL_BAR) / 3600
"""Isothermal work on one standard cubic metre, p·V·ln(p/p0) [kWh/m³]: the thermodynamic minimum."""
HELPERS = (ComponentGroup.NONE, ComponentGroup.AUXILIARY)
FREE = re.compile(
    r"heat.?pump|chill|cool|refriger|solar|photovolt|\bpv\b|wind|hydro|geotherm|waste.?heat|热泵|制冷|冷水|冷却|光伏|太阳|风电|水电|地热|余热",
    re.IGNORECASE,
)
"""Words of processes that give more than what is counted as their input."""
AIR = re.compile(r"compressed.?air|压缩空气", re.IGNORECASE)
VOLUMES = ("standard_volume", "volume")


def energy_of_product(footprint: Footprint) -> Iterator[Finding]:
    """Usable energy above the rated energy, and a functional unit above cycles times rated energy."""
    product, life = footprint.system.study.product, footprint.system.study.service_life
    rated, usable = product.rated_energy, product.usable_energy
    if rated.missing or rated.exact <= 0:
        return
    if not usable.missing and _kwh(usable) > _kwh(rated):
        yield codes.USABLE_ABOVE_RATED(
            usable.place, usable=f"{float(_kwh(usable)):.6g}", rated=f"{float(_kwh(rated)):.6g}"
        )
    unit = footprint.system.functional_unit
    cycles = life.cycles if life is not None else None
    if (
        unit.amount is None
        or unit.unit != "kWh"
        or cycles is None
        or cycles.missing
        or "cycles" not in _names(footprint)
    ):
        return
    most = _kwh(rated) * cycles.exact * cycles.unit.factor
    if unit.amount.value > most * (1 + Fraction(1, 10**9)):
        yield codes.DELIVERS_TOO_MUCH(
            cycles.place, delivered=f"{float(unit.amount.value):.6g}", cycles=f"{float(cycles.exact):g}",
            rated=f"{float(_kwh(rated)):.6g}", most=f"{float(most):.6g}",
        )  # fmt: skip


def _names(footprint: Footprint) -> set[str]:
    amount = footprint.system.functional_unit.amount
    return {term.symbol for term in amount.terms} if amount is not None else set()


def _kwh(datum: Datum) -> Fraction:
    return datum.exact * datum.unit.factor


def meters_are_accounted_for(footprint: Footprint) -> Iterator[Finding]:
    """The exchanges that name a meter take no more than it reads; a rest above the tolerance is noted."""
    study = footprint.system.study
    readings: dict[str, list[Datum]] = {}
    for reading in study.meters:
        readings.setdefault(reading.meter, []).append(reading.energy)
    takers: dict[tuple[str, ...], list[tuple[UnitProcess, Exchange]]] = {}
    for process in study.processes.values():
        for exchange in process.exchanges:
            stated = not exchange.amount.place.path.endswith("meters")
            if exchange.meters and stated and not exchange.amount.missing and exchange.amount.unit.dimension == ENERGY:
                takers.setdefault(tuple(sorted(exchange.meters)), []).append((process, exchange))
    for meters, members in takers.items():
        data = [datum for meter in meters for datum in readings.get(meter, [])]
        if not data or any(datum.missing for datum in data):
            continue
        metered = kilowatt_hours(data)
        taken = sum((_kwh(exchange.amount) for _, exchange in members), Fraction(0))
        shown = {
            "meter": ", ".join(meters),
            "metered": f"{float(metered):,.6g}",
            "tolerance": f"{float(100 * TOLERANCE):g}",
        }
        place = members[0][1].place
        if taken > metered * (1 + TOLERANCE):
            names = listed(f"{process.id}.{exchange.id}" for process, exchange in members)
            yield codes.METER_OVERDRAWN(
                place, clause="", severity=None, taken=f"{float(taken):,.6g}", exchanges=names, **shown
            )
        elif metered > 0 and taken < metered * (1 - TOLERANCE):
            rest = metered - taken
            yield codes.METER_REST(
                place,
                clause="",
                severity=None,
                rest=f"{float(rest):,.6g}",
                percent=f"{float(100 * rest / metered):.3g}",
                **shown,
            )


def energy_makers_balance(footprint: Footprint) -> Iterator[Finding]:
    """A process that makes heat, steam or electricity gives no more than it takes, and not much less."""
    for process in footprint.system.processes.values():
        if not _makes_energy(process):
            continue
        taken = energies(process)
        unknown = [e.id for e in taken if e.amount.missing or e.amount.unit.dimension != ENERGY]
        given = _kwh(process.reference_flow) + sum(
            (_kwh(c.amount) for c in process.co_products if not c.amount.missing and c.amount.unit.dimension == ENERGY),
            Fraction(0),
        )
        if unknown:
            yield codes.ENERGY_OPEN(process.place, process=process.id, inputs=listed(unknown))
            continue
        inside = sum((_kwh(e.amount) for e in taken), Fraction(0))
        if inside <= 0:
            continue
        shown = {
            "process": process.id,
            "out": f"{float(given):.6g}",
            "inside": f"{float(inside):.6g}",
            "percent": f"{float(100 * given / inside):.3g}",
        }
        if given > inside * (1 + TOLERANCE):
            yield codes.ENERGY_FROM_NOTHING(
                process.place, clause="", severity=None, tolerance=f"{float(100 * TOLERANCE):g}", **shown
            )
        elif given < inside * LEAST_EFFICIENCY:
            yield codes.ENERGY_LOST(
                process.place, clause="", severity=None, least=f"{float(100 * LEAST_EFFICIENCY):g}", **shown
            )


def _makes_energy(process: UnitProcess) -> bool:
    flow = process.reference_flow
    if process.id == LIFE_CYCLE or flow.missing or flow.exact <= 0 or flow.unit.dimension != ENERGY:
        return False
    # Cells and packs may be counted by the kWh: they are made of materials and belong to a part of the product.
    things = any(
        e.role is Role.MATERIAL or (e.provider.kind is ProviderKind.PROCESS and e.amount.unit.dimension != ENERGY)
        for e in process.exchanges
    )
    return process.component_group in HELPERS and not things and not FREE.search(_words(process))


def _words(process: UnitProcess) -> str:
    return " ".join((process.id, process.produces, process.name.en, process.name.zh, process.technology))


def compressed_air_takes_its_work(footprint: Footprint) -> Iterator[Finding]:
    """A process that makes compressed air takes at least the isothermal work per standard cubic metre."""
    for process in footprint.system.processes.values():
        flow = process.reference_flow
        if flow.missing or flow.exact <= 0 or flow.unit.dimension not in VOLUMES or not AIR.search(_words(process)):
            continue
        taken = [e for e in energies(process) if not e.amount.missing and e.amount.unit.dimension == ENERGY]
        if not taken:
            continue
        figure = sum((_kwh(e.amount) for e in taken), Fraction(0)) / (flow.exact * flow.unit.factor)
        if float(figure) < AIR_LEAST:
            yield codes.AIR_TOO_CHEAP(
                process.place, process=process.id, figure=f"{float(figure):.3g}", bar=f"{AIR_BAR:g}",
                least=f"{AIR_LEAST:.3g}",
            )  # fmt: skip
