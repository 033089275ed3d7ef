"""Cells and electrodes: which processes make them, the solvent NMP, and drying heat that is counted twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from zuji.finding import Finding, Severity
from zuji.footprint import lint_codes as codes
from zuji.footprint.lint_tables import cell_energy_band
from zuji.footprint.lint_walk import energy_of, group_of, listed, making
from zuji.footprint.model import Footprint
from zuji.study.inventory import mass_of
from zuji.study.model import ComponentGroup, Exchange, Role, UnitProcess

NMP = re.compile(r"(?<![a-z])nmp(?![a-z])|n[- ]?methyl-?2?-?pyrrolidone|甲基吡咯烷酮", re.IGNORECASE)
BINDER = re.compile(r"pvdf|(?<![a-z])(?:nmp|cmc|sbr)(?![a-z])|binder|粘结剂|聚偏氟乙烯|丁苯|羧甲基", re.IGNORECASE)
MAKE_UP = Fraction(5, 100)
"""Largest NMP input [share of the electrode] that can be make-up of what is lost."""


def named(exchange: Exchange) -> str:
    """The names of an exchange in one text."""
    return f"{exchange.id.replace('_', ' ')} {exchange.name.en} {exchange.name.zh} {exchange.provider.id}"


def is_electrode(process: UnitProcess) -> bool:
    """Whether a process makes electrodes, not active material or foil: it takes a binder."""
    in_group = process.component_group in (ComponentGroup.CATHODE, ComponentGroup.ANODE)
    return in_group and any(BINDER.search(named(exchange)) for exchange in process.exchanges)


def cell_making(footprint: Footprint) -> list[UnitProcess]:
    """The processes that make cells and electrodes, cells first."""
    processes = list(making(footprint))
    cells = [process for process in processes if process.component_group is ComponentGroup.CELL]
    return cells + [process for process in processes if is_electrode(process)]


def nmp_is_recovered(footprint: Footprint) -> Iterator[Finding]:
    """NMP above 5 % of the electrode needs recovery, oxidation or emission."""
    for process in making(footprint):
        solvents = [e for e in process.exchanges if e.role in (Role.MATERIAL, Role.AUXILIARY) and NMP.search(named(e))]
        leaves = [*(e for e in process.exchanges if e.role in (Role.WASTE, Role.EMISSION) and NMP.search(named(e)))]
        if leaves or any(NMP.search(f"{c.id} {c.name.en} {c.name.zh}") for c in process.co_products):
            continue
        amount = sum((mass_of(e.amount, e.mass) or Fraction(0) for e in solvents), Fraction(0))
        electrode = _electrode_mass(process, solvents)
        if amount > 0 and electrode > 0 and amount > MAKE_UP * electrode:
            yield codes.NMP_LOST(
                solvents[0].place, process=process.id, amount=f"{float(amount):.4g}",
                percent=f"{float(100 * amount / electrode):.3g}", limit=f"{float(100 * MAKE_UP):g}",
            )  # fmt: skip


def _electrode_mass(process: UnitProcess, solvents: list[Exchange]) -> Fraction:
    """What stands beside the solvent in its component groups [kg per reference flow]."""
    groups = {group_of(process, solvent) for solvent in solvents}
    parts = [
        mass_of(e.amount, e.mass) or Fraction(0)
        for e in process.exchanges
        if e.role in (Role.MATERIAL, Role.PRODUCT) and e not in solvents and group_of(process, e) in groups
    ]
    return sum(parts, Fraction(0))


def drying_heat_once(footprint: Footprint) -> Iterator[Finding]:
    """Heat in electrodes and again in cells: a warning when the sum exceeds published cell plants, else a note."""
    processes = cell_making(footprint)
    heated = {process.id: energy_of(footprint, process) for process in processes}
    cells = [p for p in processes if p.component_group is ComponentGroup.CELL and heated[p.id].heat > 0]
    electrodes = [p for p in processes if p.component_group is not ComponentGroup.CELL and heated[p.id].heat > 0]
    rated = footprint.system.study.product.rated_energy
    if not cells or not electrodes or rated.missing or rated.exact <= 0:
        return
    figure = sum(energy.total for energy in heated.values()) / float(rated.exact * rated.unit.factor)
    high = cell_energy_band().high
    yield codes.HEAT_TWICE(
        electrodes[0].place, severity=Severity.WARNING if figure > high else Severity.NOTE,
        electrodes=listed(p.id for p in electrodes), cells=listed(p.id for p in cells),
        figure=f"{figure:.3g}", high=f"{high:g}",
    )  # fmt: skip
