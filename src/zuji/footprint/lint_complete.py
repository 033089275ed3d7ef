"""Completeness: energy of plants and processes, parts that the rulebook demands, recycled content that is proved."""

from __future__ import annotations

from collections.abc import Iterator

from zuji.datum import Kind, LocalText
from zuji.finding import Finding
from zuji.footprint import lint_codes as codes
from zuji.footprint.lint_walk import listed, making, said, states_energy, takes_energy
from zuji.footprint.model import Footprint
from zuji.rulebooks.company_data import DEMANDED, KINDS
from zuji.study.check_electricity import kilowatt_hours
from zuji.study.model import ComponentGroup, ProviderKind, UnitProcess
from zuji.study.words import VALUES

CATEGORIES = ("ev", "industrial", "industrial-storage")
R1_CLAUSE = "Recommendation (EU) 2021/2279, Annex I, 4.4.8"
GROUPS = (
    ComponentGroup.CATHODE, ComponentGroup.ANODE, ComponentGroup.ELECTROLYTE, ComponentGroup.SEPARATOR,
    ComponentGroup.CASING,
)  # fmt: skip
UNPROVED = (Kind.SECONDARY, Kind.ASSUMED, Kind.ESTIMATED)


def plants_take_energy(footprint: Footprint) -> Iterator[Finding]:
    """A plant without any energy, and processes without energy in a plant that has some."""
    by_plant: dict[str, list[UnitProcess]] = {}
    for process in making(footprint):
        if process.plant:
            by_plant.setdefault(process.plant, []).append(process)
    idle: list[UnitProcess] = []
    for plant, processes in by_plant.items():
        if not any(map(takes_energy, processes)):
            site = footprint.system.study.plants.get(plant)
            place = site.place if site is not None else processes[0].place
            yield codes.PLANT_WITHOUT_ENERGY(place, plant=plant, processes=listed(p.id for p in processes))
        else:
            idle += [process for process in processes if not states_energy(process)]
    if idle:
        yield codes.PROCESS_WITHOUT_ENERGY(idle[0].place, processes=listed(p.id for p in idle))


def meters_and_processes_agree(footprint: Footprint) -> Iterator[Finding]:
    """A plant whose meters read zero delivers no electricity."""
    study = footprint.system.study
    for plant in dict.fromkeys(reading.plant for reading in study.meters):
        readings = [reading for reading in study.meters if reading.plant == plant]
        if any(r.energy.missing for r in readings) or kilowatt_hours([r.energy for r in readings]) > 0:
            continue
        takers = [
            process.id
            for process in making(footprint)
            for e in process.exchanges
            if e.provider.kind is ProviderKind.ELECTRICITY
            and (e.provider.id or process.plant) == plant
            and (not e.amount.missing and e.amount.exact > 0)
        ]
        if takers:
            yield codes.METERS_EMPTY(readings[0].place, plant=plant, processes=listed(takers))


def recycled_content_is_proved(footprint: Footprint) -> Iterator[Finding]:
    """Under the Circular Footprint Formula R1 above 0 comes from the supply chain, not from averages."""
    formulas = {d.value: d.clause for d in footprint.system.decisions if d.rule == _rule(footprint)}
    end_of_life = footprint.system.study.end_of_life
    if "cff" not in formulas or end_of_life is None:
        return
    for material in end_of_life.materials.values():
        r1 = material.recycled_content
        if r1 is not None and not r1.missing and r1.exact > 0 and r1.kind in UNPROVED:
            yield codes.R1_AVERAGE(
                r1.place, clause=R1_CLAUSE, material=material.id, value=r1.number, kind=KINDS[r1.kind.value]
            )


def _rule(footprint: Footprint) -> str:
    return str(footprint.system.book.strategies["end_of_life"].get("rule", ""))


def parts_are_listed(footprint: Footprint) -> Iterator[Finding]:
    """Where the rulebook demands company data without naming processes: a battery has five parts at least."""
    system = footprint.system
    demanded = [
        c for c in system.book.main.get("checks", []) if c["check"] == "company_specific" and c.get("parts", True)
    ]
    if not demanded or DEMANDED in system.book.parameters or system.study.product.category not in CATEGORIES:
        return
    shown = {e.component_group or p.component_group for p in making(footprint) for e in p.exchanges}
    shown |= {process.component_group for process in making(footprint)}
    lacking = [group for group in GROUPS if group not in shown]
    if lacking:
        yield codes.GROUPS_LACK(
            system.study.product.place, clause=str(demanded[0].get("clause", "")), book=system.book.id,
            groups=said(LocalText(VALUES[group.value][0], group.value) for group in lacking),
        )  # fmt: skip
