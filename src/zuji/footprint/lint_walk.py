"""What the checks of `lint` read from a footprint: amounts per product, masses, energies, names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from zuji.datum import LocalText
from zuji.footprint.lint_tables import Substance, substance_of
from zuji.footprint.model import Footprint
from zuji.quantity import parse_unit
from zuji.study.model import (
    LIFE_CYCLE,
    ComponentGroup,
    Exchange,
    ProviderKind,
    Role,
    Stage,
    UnitProcess,
)

MADE_IN = (Stage.RAW_MATERIAL, Stage.PRODUCTION)
TAKEN = (Role.MATERIAL, Role.PRODUCT, Role.AUXILIARY)
SHOWN = 6
ENERGY = parse_unit("kWh").dimension


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy that one process takes per product [kWh]; `unknown` are fuels that are not given as an energy."""

    electricity: float = 0.0
    heat: float = 0.0
    unknown: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Electricity, fuels and heat [kWh]."""
        return self.electricity + self.heat


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many there are."""
    all_names = list(dict.fromkeys(names))
    return ", ".join(all_names[:SHOWN]) + (f" … ({len(all_names)})" if len(all_names) > SHOWN else "")


def said(words: Iterable[LocalText]) -> LocalText:
    """An enumeration in both languages."""
    members = list(words)
    return LocalText("、".join(w.pick("zh") for w in members), ", ".join(w.pick("en") for w in members))


def making(footprint: Footprint) -> Iterator[UnitProcess]:
    """The foreground processes that make the product: no transport to the customer, no use, no end of life."""
    for process in footprint.system.processes.values():
        if process.id != LIFE_CYCLE and process.stage in MADE_IN and footprint.scaling.get(process.id):
            yield process


def group_of(process: UnitProcess, exchange: Exchange) -> ComponentGroup:
    """The component group of an exchange: its own, else that of its process."""
    return exchange.component_group or process.component_group


def substance_in(footprint: Footprint, exchange: Exchange) -> Substance | None:
    """What an exchange is, by the names of its dataset or process, else by its own."""
    provider = exchange.provider.id
    dataset = footprint.system.background.datasets.get(provider)
    own = (exchange.id, exchange.name.en, exchange.name.zh)
    if dataset is not None:
        return substance_of(provider, dataset.name.en, dataset.name.zh, *own)
    process = footprint.system.processes.get(provider)
    return product_of(process) or substance_of(*own) if process is not None else substance_of(*own)


def product_of(process: UnitProcess) -> Substance | None:
    """What a process makes, by the names of its product and its own."""
    return substance_of(process.produces, process.id, process.name.en, process.name.zh)


def energy_of(footprint: Footprint, process: UnitProcess) -> Energy:
    """Electricity, and fuels and heat, that `process` takes for one product, as the rulebook allocates them."""
    electricity = heat = 0.0
    unknown: list[str] = []
    for line in footprint.lines:
        info = footprint.system.lines[line.activity, line.line]
        if line.activity != process.id or info.role != Role.ENERGY.value:
            continue
        unit = parse_unit(line.unit)
        if unit.dimension != ENERGY:
            unknown.append(info.exchange)
        elif info.provider_kind == ProviderKind.ELECTRICITY.value or _is_power(footprint, line.provider):
            electricity += line.amount * float(unit.factor)
        else:
            heat += line.amount * float(unit.factor)
    for (activity, _), link in footprint.system.links.items():
        unit = parse_unit(link.unit)
        maker = footprint.system.processes.get(link.provider)
        is_cell = maker is not None and maker.component_group is ComponentGroup.CELL  # cells by the kWh are no heat
        if activity == process.id and unit.dimension == ENERGY and not is_cell:
            heat += footprint.scaling[activity] * float(link.amount.value * unit.factor)
    return Energy(electricity, heat, tuple(unknown))


def _is_power(footprint: Footprint, dataset: str) -> bool:
    found = footprint.system.background.datasets.get(dataset)
    return found is not None and found.category.value == "electricity"


def takes_energy(process: UnitProcess) -> bool:
    """Whether a process takes any energy: electricity, a fuel, or heat from another process."""
    return any(e.amount.missing or e.amount.exact > 0 for e in energies(process))


def states_energy(process: UnitProcess) -> bool:
    """Whether a process takes energy, or states a zero and says in a note why."""
    return takes_energy(process) or any(e.amount.note for e in energies(process))


def energies(process: UnitProcess) -> list[Exchange]:
    """The exchanges of a process that are energy, or come from another process as energy."""
    others = (Role.AUXILIARY, Role.PRODUCT)
    return [
        e for e in process.exchanges
        if e.role is Role.ENERGY or (e.role in others and e.amount.unit.dimension == ENERGY)
    ]  # fmt: skip
