"""Plausibility: carbon, energy and minerals per kWh against what others have published."""

from __future__ import annotations

import math
from collections.abc import Iterator

from zuji.datum import LocalText, localised
from zuji.finding import Finding
from zuji.footprint import lint_codes as codes
from zuji.footprint.lint_electrodes import cell_making
from zuji.footprint.lint_tables import (
    GRAPHITE,
    LONE_FIGURE,
    carbon_band,
    cell_energy_band,
    chemistry_of,
    minerals,
)
from zuji.footprint.lint_walk import Energy, energy_of, listed, making, substance_in
from zuji.footprint.model import Footprint
from zuji.i18n import N_, tr_in
from zuji.study.inventory import mass_of
from zuji.study.model import ComponentGroup, Exchange, ProviderKind, Role, Stage

FACTOR = 2.0
"""Minerals per kWh may be this many times below or above the published figure."""
LARGEST = 4
NAMES = {
    "Li": N_("lithium"),
    "Ni": N_("nickel"),
    "Co": N_("cobalt"),
    "Cu": N_("copper"),
    GRAPHITE: N_("graphite"),
}
GAPS = N_("; incomplete: {count} flows have no factor")
LONE = N_("; one figure only, widened {factor} times")
CELL_GROUPS = (ComponentGroup.CATHODE, ComponentGroup.ANODE, ComponentGroup.ELECTROLYTE, ComponentGroup.CELL)


def capacity(footprint: Footprint) -> float:
    """The rated energy of the product [kWh], 0 when it is not known."""
    rated = footprint.system.study.product.rated_energy
    return 0.0 if rated.missing else float(rated.exact * rated.unit.factor)


def carbon_per_kwh(footprint: Footprint) -> Iterator[Finding]:
    """Raw materials and production per kWh of rated energy against the published band of the same chemistry."""
    product, kwh = footprint.system.study.product, capacity(footprint)
    band = carbon_band(chemistry_of(product.chemistry), product.category)
    if band is None or kwh <= 0:
        return
    gate = {footprint.system.book.assign[stage.value] for stage in (Stage.RAW_MATERIAL, Stage.PRODUCTION)}
    figure = math.fsum(part.value for part in footprint.stages if part.id in gate) / kwh
    remarks = [(LONE, {"factor": f"{LONE_FIGURE:g}"})] if band.figures == 1 else []
    remarks += [(GAPS, {"count": str(len(footprint.gaps))})] if footprint.gaps else []
    texts = ("".join(tr_in(lang, text, **values) for text, values in remarks) for lang in ("zh", "en"))
    code = codes.INSIDE_BAND if band.low <= figure <= band.high else codes.OUTSIDE_BAND
    yield code(
        product.place, figure=f"{figure:.4g}", low=f"{band.low:.4g}", high=f"{band.high:.4g}",
        chemistry=chemistry_of(product.chemistry), sources=band.sources,
        remarks=LocalText(*texts), largest=_largest(footprint, gate, kwh),
    )  # fmt: skip


def _largest(footprint: Footprint, stages: set[str], kwh: float) -> str:
    lines = [line for line in footprint.hotspots if line.stage in stages][:LARGEST]
    return ", ".join(f"{line.activity}/{line.line} {line.value / kwh:.3g}" for line in lines)


def cell_energy(footprint: Footprint) -> Iterator[Finding]:
    """Energy of cells and electrodes per kWh of rated energy against published cell plants."""
    processes, kwh = cell_making(footprint), capacity(footprint)
    if kwh <= 0 or not any(p.component_group is ComponentGroup.CELL for p in processes):
        return
    energies = [energy_of(footprint, process) for process in processes]
    unknown = tuple(id for energy in energies for id in energy.unknown)
    taken = Energy(sum(e.electricity for e in energies), sum(e.heat for e in energies), unknown)
    band, figure = cell_energy_band(), taken.total / kwh
    if unknown and figure < band.high:
        return  # a fuel in kg or m3 may fill the gap
    code = codes.CELL_ENERGY_FITS if band.low <= figure <= band.high else codes.CELL_ENERGY
    yield code(
        processes[0].place, figure=f"{figure:.3g}", electricity=f"{taken.electricity / kwh:.3g}",
        heat=f"{taken.heat / kwh:.3g}", processes=listed(p.id for p in processes),
        low=f"{band.low:g}", high=f"{band.high:g}", sources=band.sources,
    )  # fmt: skip


def minerals_per_kwh(footprint: Footprint) -> Iterator[Finding]:
    """Lithium, nickel, cobalt, copper and graphite in purchased materials against published cell designs.

    Nothing is said where too little is found and a material of unknown composition may hold the rest.
    """
    product, kwh = footprint.system.study.product, capacity(footprint)
    chemistry = chemistry_of(product.chemistry)
    published = minerals(chemistry)
    if not published or kwh <= 0:
        return
    found: dict[str, float] = {}
    lines: dict[str, list[str]] = {}
    hidden = 0.0
    for exchange, kilograms, group in _bought(footprint):
        substance = substance_in(footprint, exchange)
        if substance is None:
            hidden += kilograms / kwh if group in CELL_GROUPS else 0.0
            continue
        for mineral, fraction in substance.fractions.items():
            found[mineral] = found.get(mineral, 0.0) + kilograms * fraction / kwh
            lines.setdefault(mineral, []).append(exchange.id)
    fitting: list[str] = []
    for mineral, (value, source) in published.items():
        figure = found.get(mineral, 0.0)
        if figure > FACTOR * value or (figure < value / FACTOR and figure + hidden < value / FACTOR):
            yield codes.MINERAL_OFF(
                product.place, mineral=localised(NAMES[mineral]), figure=f"{figure:.3g}", published=f"{value:.3g}",
                chemistry=chemistry, source=source, factor=f"{FACTOR:g}", lines=listed(lines.get(mineral, ["-"])),
            )  # fmt: skip
        elif figure >= value / FACTOR:
            fitting.append(f"{'C' if mineral == GRAPHITE else mineral} {figure:.3g} ({value:.3g})")
    if fitting:
        source = next(iter(published.values()))[1]
        yield codes.MINERALS_FIT(product.place, chemistry=chemistry, source=source, factor=f"{FACTOR:g}",
                                 minerals=", ".join(fitting))  # fmt: skip


def _bought(footprint: Footprint) -> Iterator[tuple[Exchange, float, ComponentGroup]]:
    for process in making(footprint):
        for exchange in process.exchanges:
            outside = exchange.provider.kind in (ProviderKind.DATASET, ProviderKind.SUPPLIER)
            if not outside or exchange.role not in (Role.MATERIAL, Role.AUXILIARY):
                continue
            mass = mass_of(exchange.amount, exchange.mass)
            group = exchange.component_group or process.component_group
            if mass is not None:
                yield exchange, footprint.scaling[process.id] * float(mass), group
            elif exchange.role is Role.MATERIAL and group in CELL_GROUPS:
                yield exchange, math.inf, group
