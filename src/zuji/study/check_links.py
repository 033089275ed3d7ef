"""Checks of ids and references: nothing twice, nothing that leads nowhere, no item inside itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from zuji.finding import Finding, Place
from zuji.study import codes
from zuji.study.data_of import data_of
from zuji.study.inventory import inventory
from zuji.study.model import LIFE_CYCLE, BomLine, Exchange, Instrument, MeterReading, Provider, ProviderKind, Study
from zuji.study.node import hint
from zuji.study.read_datum import UNREAD

SHOWN_IN_LOOP = 12


def duplicates(study: Study) -> Iterator[Finding]:
    """A line, exchange, co-product or transport leg that stands twice under one id is an error."""
    yield from _twice((line.id, line.place) for line in study.bom)
    for process in study.processes.values():
        lines = [(line.item, line.place) for line in study.bom if line.parent == process.produces]
        own = [(exchange.id, exchange.place) for exchange in process.exchanges]
        yield from _twice([*dict(lines).items(), *own])
        yield from _twice((product.id, product.place) for product in process.co_products)
    yield from _twice_in_life_cycle(study)
    yield from _assemblies_named_like_processes(study)


def _twice(records: Iterable[tuple[str, Place]]) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for id, place in records:
        if id in first:
            yield codes.DUPLICATE(place, id=id, first=first[id])
        first.setdefault(id, place)


def _twice_in_life_cycle(study: Study) -> Iterator[Finding]:
    # The product, its legs and the activities of its end of life stand side by side in one process.
    activities = study.end_of_life.activities if study.end_of_life is not None else ()
    legs = [(leg.id, leg.place.at(column="id")) for leg in study.transport]
    yield from _twice([(study.product.id, study.product.place), *legs, *((one.id, one.place) for one in activities)])


def _assemblies_named_like_processes(study: Study) -> Iterator[Finding]:
    # An assembly without a process of its own gets one of its own name.
    produced = {process.produces for process in study.processes.values()}
    for parent in dict.fromkeys(line.parent for line in study.bom):
        if parent in study.processes and parent not in produced:
            place = next(line.place for line in study.bom if line.parent == parent)
            yield codes.DUPLICATE(place, id=parent, first=study.processes[parent].place)


def dangling_references(study: Study) -> Iterator[Finding]:
    """A parent, process, plant, meter, supplier or material that the study does not have is an error."""
    items = {line.item for line in study.bom}
    produced = {process.produces for process in study.processes.values()}
    parents = items | produced | {study.product.id}
    for line in study.bom:
        yield from _missing(line.parent, parents, line.place.at(column="parent"), "parent item 上级物料", "bom.csv")
        yield from _provider(study, line.provider, line.place)
        yield from _material(study, line.material, line.place.at(column="material"))
    for process in study.processes.values():
        yield from _missing(process.plant, study.plants, process.place.at(path="plant"), "plant 工厂", "study.yaml")
    for exchange in _exchanges(study):
        yield from _exchange(study, exchange)
    rows: tuple[MeterReading | Instrument, ...] = (*study.meters, *study.instruments)
    for row in rows:
        yield from _missing(row.plant, study.plants, row.place.at(column="plant"), "plant 工厂", "study.yaml")
        yield from _missing(row.process, study.processes, row.place.at(column="process"), "process 过程", "processes/")


def _exchange(study: Study, exchange: Exchange) -> Iterator[Finding]:
    place = exchange.place
    yield from _provider(study, exchange.provider, place)
    yield from _material(study, exchange.material, place)
    meters = {reading.meter for reading in study.meters}
    for meter in exchange.meters:
        yield from _missing(meter, meters, place, "meter 电表", "electricity.csv")


def _provider(study: Study, provider: Provider, place: Place) -> Iterator[Finding]:
    if provider.kind is ProviderKind.PROCESS:
        known = {*study.processes, *(line.parent for line in study.bom)}
        yield from _missing(provider.id, known, place, "process 过程", "processes/")
    elif provider.kind is ProviderKind.SUPPLIER:
        yield from _missing(provider.id, study.suppliers, place, "supplier footprint 供应商足迹", "suppliers/")
    elif provider.kind is ProviderKind.ELECTRICITY:
        yield from _missing(provider.id, study.plants, place, "plant 工厂", "study.yaml")


def _material(study: Study, material: str, place: Place) -> Iterator[Finding]:
    if study.end_of_life is not None:
        known = study.end_of_life.materials
        yield from _missing(material, known, place, "end-of-life material 报废材料", "end_of_life.yaml")


def _missing(id: str, known: Collection[str], place: Place, what: str, file: str) -> Iterator[Finding]:
    if id and id not in known:
        yield codes.UNKNOWN_REFERENCE(place, id=id, what=what, file=file, hint=hint(id, known))


def _exchanges(study: Study) -> Iterator[Exchange]:
    for process in study.processes.values():
        yield from process.exchanges
    if study.end_of_life is not None:
        yield from study.end_of_life.activities


def unknown_evidence(study: Study) -> Iterator[Finding]:
    """A datum that refers to evidence which the index does not have gives a warning."""
    for _name, datum in data_of(study):
        for id in datum.evidence:
            if id not in study.evidence:
                yield codes.UNKNOWN_EVIDENCE(datum.place, id=id, hint=hint(id, study.evidence))


def bom_loops(study: Study) -> Iterator[Finding]:
    """An item that contains itself, directly or through others, is an error that names the circle."""
    children: dict[str, list[BomLine]] = {}
    for line in study.bom:
        children.setdefault(line.parent, []).append(line)
    done: set[str] = set()
    for start in children:
        yield from _loops_from(start, children, done)


def _loops_from(start: str, children: dict[str, list[BomLine]], done: set[str]) -> Iterator[Finding]:
    # Without recursion: a bill of materials may be deeper than Python's stack.
    path: list[str] = []
    on_path: set[str] = set()
    work: list[tuple[str, bool]] = [(start, False)]
    while work:
        item, is_left = work.pop()
        if is_left:
            path.pop()
            on_path.discard(item)
            done.add(item)
            continue
        if item in done:
            continue
        path.append(item)
        on_path.add(item)
        work.append((item, True))
        for line in children.get(item, ()):
            if line.item in on_path:
                yield _loop([*path[path.index(line.item) :], line.item], line)
            elif line.item not in done:
                work.append((line.item, False))


def _loop(circle: list[str], line: BomLine) -> Finding:
    shown = circle if len(circle) <= SHOWN_IN_LOOP else [*circle[: SHOWN_IN_LOOP - 2], "…", circle[-1]]
    return codes.BOM_LOOP(line.place, loop=" > ".join(shown))


def same_products(study: Study) -> Iterator[Finding]:
    """Two processes that produce the same item are an error."""
    makers: dict[str, str] = {}
    for process in study.processes.values():
        first = makers.setdefault(process.produces, process.id)
        if first != process.id:
            place = process.place.at(path="produces")
            yield codes.SAME_PRODUCT(place, item=process.produces, first=first, second=process.id)


def lines_with_origin_and_parts(study: Study) -> Iterator[Finding]:
    """A line that says who delivers its item, while the item has lines of its own, is an error."""
    makers = {process.produces: process.id for process in study.processes.values()}
    first: dict[str, BomLine] = {}
    for line in study.bom:
        first.setdefault(line.parent, line)
    for line in study.bom:
        # To name the very process that makes the item out of these parts is no contradiction.
        is_its_own = line.provider == Provider(ProviderKind.PROCESS, makers.get(line.item, line.item))
        if line.item in first and line.provider.kind is not ProviderKind.NONE and not is_its_own:
            provider = f"{line.provider.kind}: {line.provider.id}"
            place = line.place.at(column=str(line.provider.kind))
            yield codes.ORIGIN_AND_PARTS(place, item=line.item, provider=provider, first=first[line.item].place)


def processes_nobody_takes(study: Study) -> Iterator[Finding]:
    """A process that the product does not take from, directly or through others, gives a warning."""
    processes = inventory(study)
    reached = {LIFE_CYCLE}
    waiting = [LIFE_CYCLE]
    while waiting:
        for exchange in processes[waiting.pop()].exchanges:
            taken = exchange.provider.id
            is_new = exchange.provider.kind is ProviderKind.PROCESS and taken not in reached
            if is_new and taken in processes:
                reached.add(taken)
                waiting.append(taken)
    for process in study.processes.values():
        if process.id not in reached:
            yield codes.NOT_TAKEN(process.place, id=process.id)


def lines_without_origin(study: Study) -> Iterator[Finding]:
    """A line that names no origin, has no parts, is made by no process and is not cut off is an error."""
    made = {process.produces for process in study.processes.values()} | {line.parent for line in study.bom}
    for line in study.bom:
        excused = line.cut_off or (line.amount.missing and line.amount.missing != UNREAD)
        if line.provider.kind is ProviderKind.NONE and line.item not in made and not excused:
            yield codes.NO_ORIGIN(line.place, item=line.item, parent=line.parent)
