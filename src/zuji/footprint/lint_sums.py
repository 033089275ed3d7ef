"""The checks that `zuji calc` runs too: sums against the total, and materials against the mass of the product."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from zuji.datum import LocalText, localised
from zuji.finding import Finding
from zuji.footprint import lint_codes as codes
from zuji.footprint.lint_walk import listed
from zuji.footprint.model import Footprint
from zuji.i18n import N_
from zuji.rulebooks.strategies.boundary import study_stage
from zuji.study.inventory import mass_of
from zuji.study.model import LIFE_CYCLE, Exchange, ProviderKind, Role, Stage, UnitProcess

TOLERANCE = 1e-9
LEAST_SHARE = Fraction(1, 2)
MOST_SHOWN = 20
"""Items without mass that are carried along to be named."""


def sums_agree(footprint: Footprint) -> Iterator[Finding]:
    """Lines, stages, origins, component groups and plants each add up to the total; an error when one does not."""
    scale = max((abs(line.value) for line in footprint.lines), default=0.0) or 1.0
    sums: tuple[tuple[LocalText, float], ...] = (
        (localised(N_("lines")), math.fsum(line.value for line in footprint.lines)),
        (localised(N_("stages")), math.fsum(part.value for part in footprint.stages)),
        (localised(N_("origins")), math.fsum(part.value for part in footprint.origins)),
        (localised(N_("component groups")), math.fsum(part.value for part in footprint.groups)),
        (localised(N_("plants")), math.fsum(part.value for part in footprint.plants)),
    )
    for name, value in sums:
        if not abs(value - footprint.total) <= TOLERANCE * scale:  # also true for not-a-number
            yield codes.SUM_DIFFERS(parts=name, sum=f"{value:.12g}", total=f"{footprint.total:.12g}")


@dataclass(frozen=True, slots=True)
class Content:
    """Material that reaches a product [kg per unit], and the items whose mass is not known."""

    mass: Fraction = Fraction(0)
    unknown: tuple[str, ...] = ()


def materials_reach_product(footprint: Footprint) -> Iterator[Finding]:
    """Less than half of the product's mass in the inventory is an error: a bill of materials is forgotten.

    Where items without mass may fill the gap it is a warning that names them.
    """
    product = footprint.system.study.product
    if product.mass.missing or product.mass.exact <= 0:
        return
    mass = product.mass.exact * product.mass.unit.factor
    found = _contents(footprint)[LIFE_CYCLE]
    if found.mass >= LEAST_SHARE * mass:
        yield from _chain_is_counted(footprint, mass, found.mass)
        return
    shown = {
        "found": f"{float(found.mass):.6g}",
        "mass": f"{float(mass):.6g}",
        "percent": f"{float(100 * found.mass / mass):.3g}",
        "limit": f"{float(100 * LEAST_SHARE):g}",
    }
    if found.unknown:
        yield codes.MATERIALS_UNKNOWN(product.place, clause="", severity=None, items=listed(found.unknown), **shown)
    else:
        yield codes.MATERIALS_LACK(product.place, clause="", severity=None, **shown)


def _chain_is_counted(footprint: Footprint, mass: Fraction, all_of_it: Fraction) -> Iterator[Finding]:
    """Materials that reach the product but are left out, because they stand in a stage that is not counted."""
    out = _left_out_by_stage(footprint)
    counted = _contents(footprint, out)[LIFE_CYCLE].mass if out else all_of_it
    if counted >= LEAST_SHARE * mass or not out:
        return
    processes = footprint.system.processes
    stages = {study_stage(processes[p], e).value for p in processes for e in processes[p].exchanges if (p, e.id) in out}
    first = processes[min(out)[0]]
    yield codes.CHAIN_LEFT_OUT(
        first.place, left_out=f"{float(all_of_it - counted):.6g}", mass=f"{float(mass):.6g}",
        stages=", ".join(sorted(stages)), lines=listed(f"{process}.{id}" for process, id in sorted(out)),
        book=footprint.system.book.id,
    )  # fmt: skip


def _left_out_by_stage(footprint: Footprint) -> set[tuple[str, str]]:
    """Exchanges that bring material and are left out, though they stand in no stage of making."""
    made = (Stage.RAW_MATERIAL, Stage.PRODUCTION)
    left = {(line.activity, line.exchange) for line in footprint.system.excluded}
    return {
        (process.id, exchange.id)
        for process in footprint.system.processes.values()
        for exchange in _inputs(process)
        if (process.id, exchange.id) in left and not exchange.cut_off and study_stage(process, exchange) not in made
    }


def _contents(footprint: Footprint, without: Collection[tuple[str, str]] = ()) -> dict[str, Content]:
    """What reaches one reference flow of each process below the product; loops are cut where they close.

    `without` are exchanges (process, id) that bring nothing.
    """
    processes = footprint.system.processes
    done: dict[str, Content] = {}
    entered: set[str] = set()
    waiting = [(LIFE_CYCLE, False)]
    while waiting:
        id, ready = waiting.pop()
        if ready:
            taken = [exchange for exchange in _inputs(processes[id]) if (id, exchange.id) not in without]
            done[id] = _sum(_of_exchange(footprint, exchange, done) for exchange in taken)
        elif id not in entered:
            entered.add(id)
            waiting.append((id, True))
            makers = [e.provider.id for e in _inputs(processes[id]) if e.provider.kind is ProviderKind.PROCESS]
            waiting += [(maker, False) for maker in makers if maker in processes]
    return done


def _sum(parts: Iterable[Content]) -> Content:
    members = list(parts)
    unknown = dict.fromkeys(id for part in members for id in part.unknown)
    return Content(sum((part.mass for part in members), Fraction(0)), tuple(unknown)[:MOST_SHOWN])


def _of_exchange(footprint: Footprint, exchange: Exchange, done: Mapping[str, Content]) -> Content:
    processes = footprint.system.processes
    maker = processes.get(exchange.provider.id) if exchange.provider.kind is ProviderKind.PROCESS else None
    own = mass_of(exchange.amount, exchange.mass or (maker.mass if maker is not None else None))
    if maker is None:
        share = Fraction(1)
        if exchange.scrap is not None and not exchange.scrap.missing:
            share -= exchange.scrap.exact * exchange.scrap.unit.factor
        return Content(unknown=(exchange.id,)) if own is None else Content(own * share)
    inside = done.get(maker.id, Content())
    if exchange.amount.missing or maker.reference_flow.missing:
        return Content(unknown=(exchange.id,))
    flow = maker.reference_flow.exact * maker.reference_flow.unit.factor
    mass = inside.mass * exchange.amount.exact * exchange.amount.unit.factor / flow if flow > 0 else Fraction(0)
    # What a process loses does not reach the product.
    return Content(mass if own is None else min(mass, own), inside.unknown)


def _inputs(process: UnitProcess) -> list[Exchange]:
    roles = (Role.PRODUCT,) if process.id == LIFE_CYCLE else (Role.MATERIAL, Role.PRODUCT)
    return [e for e in process.exchanges if e.role in roles]
