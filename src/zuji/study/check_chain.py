"""Checks of the chain of processes that makes the product: stages that would leave it out, a name that is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zuji.datum import LocalText
from zuji.finding import Finding, Place
from zuji.study import codes
from zuji.study.inventory import inventory
from zuji.study.model import LIFE_CYCLE, ComponentGroup, ProviderKind, Role, Stage, Study, UnitProcess
from zuji.study.words import VALUES

MAKES = (Stage.RAW_MATERIAL, Stage.PRODUCTION)
SHOWN = 4


def reserved_ids(study: Study) -> Iterator[Finding]:
    """An item, process or product with the id `life-cycle` is an error: the process of that name is unwritten."""
    named: list[tuple[str, Place]] = [(study.product.id, study.product.place.at(path="product.id"))]
    for line in study.bom:
        named += [(line.item, line.place.at(column="item")), (line.parent, line.place.at(column="parent"))]
    for process in study.processes.values():
        named += [(process.id, process.place), (process.produces, process.place)]
    for place in dict.fromkeys(place for id, place in named if id == LIFE_CYCLE):
        yield codes.RESERVED_ID(place, id=LIFE_CYCLE)


def stages_in_chain(study: Study) -> Iterator[Finding]:
    """A process in the chain of the product whose stage is no stage of making gives a warning.

    Packaging that is added for distribution may have that stage.
    """
    if any(LIFE_CYCLE in (process.id, process.produces) for process in study.processes.values()):
        return
    processes = inventory(study)
    for process in processes.values():
        if process.id not in study.processes or process.stage in MAKES:
            continue
        packs = process.component_group is ComponentGroup.PACKAGING and process.stage is Stage.DISTRIBUTION
        chain = _chain_to(processes, process)
        if chain and not packs and any(e.role in (Role.MATERIAL, Role.PRODUCT) for e in process.exchanges):
            words = LocalText(VALUES.get(process.stage.value, (process.stage.value,))[0], process.stage.value)
            yield codes.STAGE_IN_CHAIN(process.place, id=process.id, stage=words, chain=" ← ".join(chain[:SHOWN]))


def _chain_to(processes: Mapping[str, UnitProcess], wanted: UnitProcess) -> list[str]:
    """The ids from the product down to `wanted` over links by which things are made, none where there is no way."""
    top = processes[LIFE_CYCLE]
    starts = [
        e.provider.id
        for e in top.exchanges
        if e.provider.kind is ProviderKind.PROCESS and e.role is Role.PRODUCT and e.stage in MAKES
    ]
    waiting = [[id] for id in starts]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        id = path[-1]
        if id == wanted.id:
            return path
        if id in seen or id not in processes:
            continue
        seen.add(id)
        waiting += [
            [*path, e.provider.id]
            for e in processes[id].exchanges
            if e.provider.kind is ProviderKind.PROCESS and e.role in (Role.PRODUCT, Role.MATERIAL)
        ]
    return []
