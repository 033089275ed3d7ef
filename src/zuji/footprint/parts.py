"""A footprint in parts: stages, categories of carbon, groups, totals, fields, and what is not in the headline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from zuji.datum import LocalText, Origin
from zuji.footprint.model import Apart, Contribution, FieldValue, Part, TotalPart
from zuji.rulebooks import codes
from zuji.rulebooks.book_parts import COUNTED, REFUSED
from zuji.rulebooks.context import Context
from zuji.rulebooks.product_system import ProductSystem
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.characterisation import BIOGENIC_CO2, BIOGENIC_UPTAKE

ORIGIN_NAMES: Mapping[str, LocalText] = {
    Origin.FOSSIL.value: LocalText("化石", "fossil"),
    Origin.BIOGENIC.value: LocalText("生物成因（二氧化碳以外）", "biogenic, other than CO2"),
    BIOGENIC_CO2: LocalText("生物成因二氧化碳排放", "release of biogenic CO2"),
    BIOGENIC_UPTAKE: LocalText("生物成因二氧化碳吸收", "uptake of biogenic CO2"),
    Origin.LAND_USE.value: LocalText("土地利用变化", "land use and land-use change"),
    Origin.LAND_MANAGEMENT.value: LocalText("土地管理排放", "land-management CO2 emissions"),
    Origin.LAND_REMOVAL.value: LocalText("土地管理清除", "land-management CO2 removals"),
    Origin.CAPTURED_FOSSIL.value: LocalText("捕集封存的化石二氧化碳", "captured and stored fossil CO2"),
    Origin.CAPTURED_BIOGENIC.value: LocalText("捕集封存的生物成因二氧化碳", "captured and stored biogenic CO2"),
    Origin.TECHNOLOGICAL_REMOVAL.value: LocalText("技术清除", "technological CO2 removals"),
    Origin.PRODUCT_STORAGE.value: LocalText("产品中的生物成因碳储存", "biogenic carbon stored in the product"),
    Origin.AVIATION.value: LocalText("航空", "aviation"),
    Origin.UNSPECIFIED.value: LocalText("来源未区分", "not split by the source"),
}
CARBON_IN_CO2 = 12 / 44
"""Mass of carbon in CO2, by the rounded atomic masses that the fields of data models are defined with."""


def all_parts(line: Contribution) -> dict[str, float]:
    return {**line.by_origin, **line.apart}


def by_stage(system: ProductSystem, lines: Iterable[Contribution], counted: frozenset[str]) -> tuple[Part, ...]:
    sums: dict[str, list[float]] = {stage.id: [] for stage in system.book.stages}
    apart: dict[str, list[float]] = {stage.id: [] for stage in system.book.stages}
    for line in lines:
        sums[line.stage] += line.by_origin.values()
        if line.stage in system.book.apart:
            apart[line.stage] += (value for category, value in line.apart.items() if category in counted)
    return tuple(
        Part(s.id, s.name, math.fsum(sums[s.id]), s.clause, math.fsum(apart[s.id])) for s in system.book.stages
    )


def totals_of(
    system: ProductSystem, lines: Iterable[Contribution], counted: frozenset[str], total: float
) -> tuple[TotalPart, ...]:
    members = list(lines)
    apart = system.book.apart
    found: list[TotalPart] = []
    for stated in system.book.totals:
        value = total if stated.headline else math.fsum(
            value
            for line in members
            for category, value in all_parts(line).items()
            if stated.has(line.stage, category, counted=category in counted, apart=line.stage in apart)
        )  # fmt: skip
        found.append(TotalPart(stated.id, stated.name, value, stated.clause, stated.headline))
    return tuple(found)


def fields_of(
    system: ProductSystem, lines: Iterable[Contribution], counted: frozenset[str], total: float
) -> tuple[FieldValue, ...]:
    """What fills the fields of the rulebook's data model, per product."""
    members = list(lines)
    totals = {part.id: part.value for part in totals_of(system, members, counted, total)}
    found: list[FieldValue] = []
    for field in system.book.fields:
        stages = set(field.stages) or {stage.id for stage in system.book.stages} - system.book.apart
        categories = set(field.categories) or counted
        value = totals[field.total] if field.total else math.fsum(
            v for line in members if line.stage in stages for c, v in all_parts(line).items() if c in categories
        )  # fmt: skip
        if field.as_carbon:
            found.append(FieldValue(field.name, abs(value) * CARBON_IN_CO2, "kg C"))
        else:
            found.append(FieldValue(field.name, value, "kgCO2e"))
    return tuple(found)


def apart_of(lines: Iterable[Contribution], treated: Mapping[str, Decision]) -> tuple[Apart, ...]:
    """The categories that the rulebook keeps out of the headline total, over all stages."""
    sums: dict[str, list[float]] = {}
    for line in lines:
        for category, value in all_parts(line).items():
            if category in treated and treated[category].value != COUNTED:
                sums.setdefault(category, []).append(value)
    return tuple(
        Apart(category, ORIGIN_NAMES[category], math.fsum(values), treated[category])
        for category in ORIGIN_NAMES
        if (values := sums.get(category))
    )


def report_apart(context: Context, apart: Iterable[Apart]) -> None:
    for row in apart:
        code = codes.REFUSED_CATEGORY if row.decision.value == REFUSED else codes.SEPARATE_CATEGORY
        context.report(code, context.study.product.place, clause=row.decision.clause, amount=f"{row.value:.6g}",
                       category=row.name, book=context.book.id, reason=row.decision.reason)  # fmt: skip


def by_category(lines: Iterable[Contribution], names: Mapping[str, LocalText]) -> tuple[Part, ...]:
    sums: dict[str, list[float]] = {id: [] for id in names}
    for line in lines:
        for origin, value in line.by_origin.items():
            sums[origin].append(value)
    return tuple(Part(id, names[id], math.fsum(values)) for id, values in sums.items() if values)


def grouped(
    lines: Iterable[Contribution], key: Callable[[Contribution], str], name: Callable[[str], LocalText]
) -> tuple[Part, ...]:
    sums: dict[str, list[float]] = {}
    for line in lines:
        sums.setdefault(key(line), []).extend(line.by_origin.values())
    return tuple(Part(id, name(id), math.fsum(values)) for id, values in sorted(sums.items()))
