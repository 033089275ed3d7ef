"""footprint = f(study, background, rulebook): solved by the sparse engine, re-performed by the plain one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from zuji.background.gwp import gwp_table
from zuji.background.model import CO2E, Background, Intervention
from zuji.datum import DataQuality, LocalText, Origin, localised
from zuji.engine import plain
from zuji.engine.columns import Columns, from_activities
from zuji.engine.solve import Line, Method, Scores, Solution, method, score_background, solve_foreground
from zuji.errors import UnlinkedError, ZujiError
from zuji.finding import Finding, in_order
from zuji.footprint.backgrounds import background_digest, background_of
from zuji.footprint.lint import essential
from zuji.footprint.model import Contribution, ElectricityRow, Footprint, Part
from zuji.footprint.quality import data_quality, primary_data_share
from zuji.i18n import N_
from zuji.quantity import parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.apply import apply
from zuji.rulebooks.background_record import BackgroundRecord, background_record
from zuji.rulebooks.book import Book
from zuji.rulebooks.context import Context
from zuji.rulebooks.product_system import LineInfo, ProductSystem
from zuji.rulebooks.strategies.characterisation import BIOGENIC_UPTAKE, MISSING, Characterised, characterise
from zuji.study.model import LIFE_CYCLE, ProviderKind, Study

ORIGIN_NAMES: Mapping[str, LocalText] = {
    Origin.FOSSIL.value: LocalText("化石", "fossil"),
    Origin.BIOGENIC.value: LocalText("生物成因", "biogenic"),
    BIOGENIC_UPTAKE: LocalText("生物成因二氧化碳吸收", "uptake of biogenic CO2"),
    Origin.LAND_USE.value: LocalText("土地利用变化", "land use and land-use change"),
    Origin.AVIATION.value: LocalText("航空", "aviation"),
    Origin.UNSPECIFIED.value: LocalText("来源未区分", "not split by the source"),
}
EQUAL_SETS = {frozenset({"AR6", "EF3.1"})}
"""Sets whose factors are equal for every gas that both characterise (82 pairs compared in the starter set)."""


class DisagreementError(ZujiError):
    """The two engines disagree by more than the tolerance: the result must not be used."""


def calculate(study: Study, book: Book, *, on: date, background: Background | None = None) -> Footprint:
    """The footprint of one product of `study` under `book` as it holds `on` that day.

    Without a `background` the study takes the starter set, its own datasets and its suppliers' footprints. Raises
    RulebookError when no version of the book is valid then, EngineError when the system cannot be solved.
    """
    findings: tuple[Finding, ...] = study.findings
    if background is None:
        background, own = background_of(study)
        findings += own
    system = apply(study, background, gwp_table(), book, on)
    prepared = _prepare(background)
    twice = [id for id in system.activities if id in prepared.record.activities]
    if twice:
        raise UnlinkedError(f"{twice[0]} is a process of the study and a dataset of its background", twice)
    flows = _flows(system, prepared.record)
    used = method({id: {"factor": f.factor, "category": f.category} for id, f in flows.items()})
    scores = _scores(prepared, used)
    columns = from_activities(system.activities, used.flows, prepared.record.activities)
    solution = solve_foreground(columns, used, scores, {LIFE_CYCLE: 1.0})
    return _footprint(system, solution, scores, used, prepared, columns, findings)


class _Prepared:
    """A background made ready for the engine once."""

    def __init__(self, background: Background) -> None:
        self.background = background
        self.record: BackgroundRecord = background_record(background)
        self.flows = tuple(self.record.flows) + tuple(self.record.gaps)
        self.scores: dict[tuple[Any, ...], Scores] = {}
        self._columns: dict[tuple[str, ...], Columns] = {}

    def columns(self, flows: tuple[str, ...]) -> Columns:
        if flows not in self._columns:
            self._columns[flows] = from_activities(self.record.activities, flows)
        return self._columns[flows]


@lru_cache(maxsize=8)
def _prepare(background: Background) -> _Prepared:
    return _Prepared(background)


def _scores(prepared: _Prepared, used: Method) -> Scores:
    key = (used.flows, used.categories, used.factors.tobytes(), used.uncharacterised)
    if key not in prepared.scores:
        prepared.scores[key] = score_background(prepared.columns(used.flows), used)
    return prepared.scores[key]


def _flows(system: ProductSystem, record: BackgroundRecord) -> dict[str, Characterised]:
    context = Context(system.study, system.background, gwp_table(), system.book, system.version, system.day)
    flows = {id: characterise(context, intervention) for id, intervention in record.flows.items()}
    gap = Characterised("", MISSING, "", None, Origin.UNSPECIFIED.value, None)
    return {**flows, **dict.fromkeys(record.gaps, gap), **system.flows}


def background_score(system: ProductSystem, dataset: str) -> float:
    """The score of one background dataset under the rulebook of `system` [kg CO2e per unit of its reference flow]."""
    prepared = _prepare(system.background)
    flows = _flows(system, prepared.record)
    scores = _scores(prepared, method({id: {"factor": f.factor, "category": f.category} for id, f in flows.items()}))
    return math.fsum(float(v) for v in scores.values[scores.index[dataset]])


def full_record(footprint_or_system: Footprint | ProductSystem) -> dict[str, Any]:
    """The whole record of a product system, as both engines take it."""
    given = footprint_or_system
    system = given.system if isinstance(given, Footprint) else given
    record = _prepare(system.background).record
    flows = _flows(system, record)
    return {
        "demand": dict(system.demand),
        "activities": system.activities,
        "background": record.activities,
        "flows": {id: {"factor": f.factor, "category": f.category} for id, f in flows.items()},
    }


def check_with_plain_engine(footprint: Footprint, tolerance: float = 1e-9) -> float:
    """The largest relative difference between the two engines over the total and every line.

    Raises DisagreementError when it exceeds `tolerance`; differences are relative to the largest line.
    """
    try:
        result = plain.solve(full_record(footprint))
    except plain.RecordError as error:
        raise DisagreementError(f"the plain engine refuses what the other one solved: {error}") from error
    scale = max((abs(line.value) for line in footprint.lines), default=0.0) or 1.0
    exact = {(activity, line): sum(values.values()) for activity, line, values in result.lines}
    worst = abs(float(result.total) - footprint.total) / scale
    for contribution in footprint.lines:
        other = float(exact.get((contribution.activity, contribution.line), 0))
        worst = max(worst, abs(other - contribution.value) / scale)
    if worst > tolerance:
        raise DisagreementError(f"the two engines differ by {worst:.2e}")
    return worst


def _footprint(
    system: ProductSystem,
    solution: Solution,
    scores: Scores,
    used: Method,
    prepared: _Prepared,
    columns: Columns,
    findings: tuple[Finding, ...],
) -> Footprint:
    amounts = _amounts(columns)
    lines = tuple(
        sorted(
            (_contribution(system, line, amounts, solution) for line in solution.lines if _known(system, line)),
            key=lambda c: (c.activity, c.line),
        )
    )
    total = math.fsum(value for line in lines for value in line.by_origin.values())
    unit = system.functional_unit.amount
    rated = system.study.product.rated_energy
    capacity = float(rated.exact) * float(rated.unit.factor) if not rated.missing else None
    quality_parts = [(line.value, _rating(system, line)) for line in lines]
    footprint = Footprint(
        system=system,
        total=total,
        per_functional_unit=total / float(unit.value) if unit is not None else None,
        per_capacity=total / capacity if capacity else None,
        totals=_totals(system, lines),
        stages=_stages(system, lines),
        origins=_parts(lines, ORIGIN_NAMES),
        groups=_grouped(lines, lambda line: line.component_group),
        plants=_grouped(lines, lambda line: line.plant or "-"),
        lines=lines,
        scaling=dict(sorted(solution.scaling.items())),
        electricity=_electricity(system, lines),
        gaps=tuple(sorted(set(solution.uncharacterised))),
        primary_data_share=primary_data_share([(line.value, _primary(system, line)) for line in lines]),
        quality=data_quality(quality_parts, system.book.document["book"].get("data_quality", {}).get("criteria", [])),
        findings=in_order((*findings, *system.findings, *_after(system, lines, solution, prepared, total))),
        digests={
            "study": system.study.digest,
            "background": _digest_of(system.background),
            "rulebook": system.book.digest,
        },
    )
    return replace(footprint, findings=in_order((*footprint.findings, *essential(footprint))))


@lru_cache(maxsize=8)
def _digest_of(background: Background) -> str:
    return background_digest(background)


def _known(system: ProductSystem, line: Line) -> bool:
    return (line.activity, line.line) in system.lines


def _amounts(columns: Columns) -> dict[tuple[str, str], float]:
    links = zip(columns.link_consumer, columns.link_ids, columns.link_amount, strict=True)
    emissions = zip(columns.emission_activity, columns.emission_ids, columns.emission_amount, strict=True)
    return {(columns.ids[int(j)], id): float(amount) for j, id, amount in (*links, *emissions)}


def _contribution(
    system: ProductSystem, line: Line, amounts: Mapping[tuple[str, str], float], solution: Solution
) -> Contribution:
    info: LineInfo = system.lines[line.activity, line.line]
    return Contribution(
        activity=line.activity,
        line=line.line,
        name=info.name,
        stage=info.stage,
        component_group=info.component_group,
        plant=info.plant,
        provider_kind=info.provider_kind,
        provider=info.provider,
        amount=solution.scaling[line.activity] * amounts[line.activity, line.line],
        unit=info.unit,
        by_origin=dict(line.values),
        kind=info.datum.kind.value,
    )


def _stages(system: ProductSystem, lines: Iterable[Contribution]) -> tuple[Part, ...]:
    sums: dict[str, list[float]] = {stage.id: [] for stage in system.book.stages}
    for line in lines:
        sums[line.stage] += line.by_origin.values()
    return tuple(Part(s.id, s.name, math.fsum(sums[s.id]), s.clause) for s in system.book.stages)


def _totals(system: ProductSystem, lines: Iterable[Contribution]) -> tuple[Part, ...]:
    stated = system.book.document["book"].get("totals", [])
    members = list(lines)
    return tuple(
        Part(
            str(total["id"]),
            LocalText(str(total["name"]["zh"]), str(total["name"]["en"])),
            math.fsum(value for line in members for o, value in line.by_origin.items() if o not in total["without"]),
            str(total.get("clause", "")),
        )
        for total in stated
    )


def _parts(lines: Iterable[Contribution], names: Mapping[str, LocalText]) -> tuple[Part, ...]:
    sums: dict[str, list[float]] = {id: [] for id in names}
    for line in lines:
        for origin, value in line.by_origin.items():
            sums[origin].append(value)
    return tuple(Part(id, names[id], math.fsum(values)) for id, values in sums.items() if values)


def _grouped(lines: Iterable[Contribution], key: Callable[[Contribution], str]) -> tuple[Part, ...]:
    sums: dict[str, list[float]] = {}
    for line in lines:
        sums.setdefault(key(line), []).extend(line.by_origin.values())
    return tuple(Part(id, LocalText(id, id), math.fsum(values)) for id, values in sorted(sums.items()))


def _electricity(system: ProductSystem, lines: Iterable[Contribution]) -> tuple[ElectricityRow, ...]:
    groups: dict[tuple[str, str, str], list[Contribution]] = {}
    for line in lines:
        info = system.lines[line.activity, line.line]
        if info.share is not None:
            groups.setdefault((line.plant, info.share.id, line.provider), []).append(line)
    rows: list[ElectricityRow] = []
    taken: dict[str, float] = {}
    for (plant, _source, _dataset), members in sorted(groups.items()):
        taken[plant] = taken.get(plant, 0.0) + math.fsum(_kwh(line) for line in members)
    for (plant, source, dataset), members in sorted(groups.items()):
        share = system.lines[members[0].activity, members[0].line].share
        assert share is not None
        energy = math.fsum(_kwh(line) for line in members)
        value = math.fsum(line.value for line in members)
        rows.append(
            ElectricityRow(
                plant=plant,
                source=source,
                source_class=share.source_class,
                energy=energy,
                share=energy / taken[plant] if taken[plant] else 0.0,
                attribution=share.attribution,
                dataset=dataset,
                factor=value / energy if energy else 0.0,
                value=value,
                reason=share.decision.reason,
                clause=share.decision.clause,
                verified=share.decision.verified,
            )
        )
    return tuple(rows)


def _kwh(line: Contribution) -> float:
    return line.amount * float(parse_unit(line.unit).factor)


def _rating(system: ProductSystem, line: Contribution) -> DataQuality:
    own = system.lines[line.activity, line.line].datum.data_quality
    dataset = system.background.datasets.get(line.provider)
    theirs = dataset.data_quality if dataset is not None else DataQuality()
    return DataQuality(
        own.technology if own.technology is not None else theirs.technology,
        own.geography if own.geography is not None else theirs.geography,
        own.time if own.time is not None else theirs.time,
        own.precision if own.precision is not None else theirs.precision,
    )


def _primary(system: ProductSystem, line: Contribution) -> float:
    if line.provider_kind == ProviderKind.GAS.value:
        return 1.0 if line.kind in ("measured", "calculated") else 0.0
    dataset = system.background.datasets.get(line.provider)
    return dataset.primary_share if dataset is not None else 0.0


def _after(
    system: ProductSystem, lines: tuple[Contribution, ...], solution: Solution, prepared: _Prepared, total: float
) -> list[Finding]:
    findings: list[Finding] = []
    wanted = system.parameters["characterisation.gwp_set"].text
    for activity, line, flow in sorted(set(solution.uncharacterised)):
        info = system.lines.get((activity, line))
        if info is None:
            continue
        if flow.startswith(f"{MISSING}:"):
            id = flow.removeprefix(f"{MISSING}:")
            dataset = system.background.datasets.get(id)
            reason = dataset.missing if dataset is not None and dataset.missing else "-"
            findings.append(codes.GAP(info.place, flow=id, reason=reason))
        else:
            findings.append(codes.NOT_CHARACTERISED(info.place, gas=flow.split("|")[0], gwp_set=wanted))
    findings += _over_the_meters(system, lines)
    return findings + _other_sets(system, lines, prepared, wanted, total)


def _over_the_meters(system: ProductSystem, lines: tuple[Contribution, ...]) -> list[Finding]:
    taken: dict[str, list[float]] = {}
    for line in lines:
        info = system.lines[line.activity, line.line]
        if info.share is not None and info.share.energy is not None:
            taken.setdefault(info.share.plant, []).append(_kwh(line))
    findings: list[Finding] = []
    for plant, energies in sorted(taken.items()):
        readings = [row for row in system.study.meters if row.plant == plant and not row.energy.missing]
        metered = math.fsum(float(row.energy.exact * row.energy.unit.factor) for row in readings)
        used = math.fsum(energies)
        if used > metered * (1 + 1e-9):
            place = readings[0].place
            findings.append(
                codes.MORE_THAN_METERED(place, plant=plant, taken=f"{used:,.6g}", metered=f"{metered:,.6g}")
            )
    return findings


def _other_sets(
    system: ProductSystem, lines: tuple[Contribution, ...], prepared: _Prepared, wanted: str, total: float
) -> list[Finding]:
    by_set = _set_scores(prepared)
    found: dict[str, list[tuple[float, str]]] = {}
    for line in lines:
        position = by_set[0].index.get(line.provider)
        if position is None:
            continue
        for name, score in zip(by_set[1], by_set[0].values[position], strict=True):
            if score and name != wanted and frozenset({name, wanted}) not in EQUAL_SETS:
                found.setdefault(name, []).append((line.amount * float(score), line.provider))
    findings = []
    for name, parts in sorted(found.items()):
        sizes: dict[str, float] = {}
        for value, id in parts:
            sizes[id] = sizes.get(id, 0.0) + abs(value)
        share = math.fsum(sizes.values()) / (math.fsum(abs(line.value) for line in lines) or 1.0)
        largest = sorted(sizes, key=lambda id: (-sizes[id], id))
        shown = ", ".join(largest[:4]) + (f" … ({len(largest)})" if len(largest) > 4 else "")
        label = name if name != "?" else localised(UNSTATED)
        findings.append(
            codes.GWP_SET(system.study.product.place, share=f"{share:.1%}", found=label, wanted=wanted, datasets=shown)
        )
    return findings


UNSTATED = N_("an unstated GWP set")


def _set_scores(prepared: _Prepared) -> tuple[Scores, tuple[str, ...]]:
    flows: dict[str, dict[str, str | None]] = {
        id: {"factor": "1" if i.gas == CO2E else "0", "category": _set_of(i)} for id, i in prepared.record.flows.items()
    }
    flows |= {id: {"factor": None, "category": "gases"} for id in prepared.record.gaps}
    used = method(flows)
    return _scores(prepared, used), used.categories


def _set_of(intervention: Intervention) -> str:
    return (intervention.gwp_set or "?") if intervention.gas == CO2E else "gases"
