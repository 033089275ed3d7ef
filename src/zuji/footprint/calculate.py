"""footprint = f(study, background, rulebook): solved by the sparse engine, re-performed by the plain one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from zuji.background.gwp import gwp_table
from zuji.background.model import CO2E, Background, Intervention
from zuji.datum import LocalText, Origin, localised
from zuji.engine import plain
from zuji.engine.columns import Columns, from_activities
from zuji.engine.solve import Line, Method, Scores, Solution, method, score_background, solve_foreground
from zuji.errors import UnlinkedError, ZujiError
from zuji.finding import Finding, in_order
from zuji.footprint.backgrounds import background_digest, background_of
from zuji.footprint.lint import essential
from zuji.footprint.model import Contribution, ElectricityRow, Footprint
from zuji.footprint.parts import (
    ORIGIN_NAMES,
    all_parts,
    apart_of,
    by_category,
    by_stage,
    fields_of,
    grouped,
    report_apart,
    totals_of,
)  # fmt: skip
from zuji.footprint.quality import primary_share_of, quality_of
from zuji.footprint.technical import with_technical
from zuji.i18n import N_
from zuji.quantity import parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.apply import apply
from zuji.rulebooks.background_record import BackgroundRecord, background_record
from zuji.rulebooks.book import Book
from zuji.rulebooks.context import Context
from zuji.rulebooks.product_system import LineInfo, ProductSystem
from zuji.rulebooks.strategies.characterisation import (
    MISSING,
    Characterised,
    characterise,
    counts,
    treatment,
)
from zuji.rulebooks.strategies.cut_off import ScoreOf, account
from zuji.study.model import LIFE_CYCLE, Study
from zuji.study.words import name_of

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
    book = book.on(on)
    prepared = _prepare(background)
    system = apply(study, background, gwp_table(), book, on, _score_of(study, background, book, on, prepared))
    twice = [id for id in system.activities if id in prepared.record.activities]
    if twice:
        raise UnlinkedError(f"{twice[0]} is a process of the study and a dataset of its background", twice)
    flows = _flows(system, prepared.record)
    used = method({id: {"factor": f.factor, "category": f.category} for id, f in flows.items()})
    scores = _scores(prepared, used)
    columns = from_activities(system.activities, used.flows, prepared.record.activities)
    solution = solve_foreground(columns, used, scores, {LIFE_CYCLE: 1.0})
    found = _footprint(system, solution, scores, used, prepared, columns, findings)
    return with_technical(found, lambda other: calculate(study, other, on=on, background=background).total)


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
    return {**_background_flows(context_of(system), record), **system.flows}


def context_of(system: ProductSystem) -> Context:
    """What the strategies ask about this system; findings reported into it go nowhere."""
    return Context(system.study, system.background, gwp_table(), system.book, system.version, system.day)


def _background_flows(context: Context, record: BackgroundRecord) -> dict[str, Characterised]:
    flows = {id: characterise(context, intervention) for id, intervention in record.flows.items()}
    gap = Characterised("", MISSING, "", None, Origin.UNSPECIFIED.value, None)
    return {**flows, **dict.fromkeys(record.gaps, gap)}


def _score_of(study: Study, background: Background, book: Book, on: date, prepared: _Prepared) -> ScoreOf:
    """The headline score of a background dataset [kg CO2e per unit]; nothing is computed before it is asked for."""

    @lru_cache(maxsize=1)
    def found() -> tuple[Scores, tuple[bool, ...]]:
        context = Context(study, background, gwp_table(), book, book.version(on), on)
        flows = _background_flows(context, prepared.record)
        used = method({id: {"factor": f.factor, "category": f.category} for id, f in flows.items()})
        return _scores(prepared, used), tuple(counts(context, category) for category in used.categories)

    def score(dataset: str) -> float:
        scores, counted = found()
        values = scores.values[scores.index[dataset]]
        return math.fsum(float(v) for v, is_in in zip(values, counted, strict=True) if is_in)

    return score


def background_score(system: ProductSystem, dataset: str) -> float:
    """What one background dataset adds to the headline total [kg CO2e per unit of its reference flow]."""
    prepared = _prepare(system.background)
    context, flows = context_of(system), _flows(system, prepared.record)
    used = method({id: {"factor": f.factor, "category": f.category} for id, f in flows.items()})
    scores = _scores(prepared, used)
    values = zip(used.categories, scores.values[scores.index[dataset]], strict=True)
    return math.fsum(float(v) for category, v in values if counts(context, category))


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
    exact = {(activity, line): values for activity, line, values in result.lines}
    scale = max((abs(v) for line in footprint.lines for v in all_parts(line).values()), default=0.0) or 1.0
    total = sum(
        (value for line in footprint.lines for category, value in exact.get((line.activity, line.line), {}).items()
         if category in line.by_origin), Fraction(0),
    )  # fmt: skip
    worst = abs(float(total) - footprint.total) / scale
    for contribution in footprint.lines:
        others = exact.get((contribution.activity, contribution.line), {})
        mine = all_parts(contribution)
        for category in {*mine, *others}:
            difference = abs(float(others.get(category, 0)) - mine.get(category, 0.0))
            worst = max(worst, difference / scale)
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
    amounts, context = _amounts(columns), context_of(system)
    counted = frozenset(category for category in used.categories if counts(context, category))
    lines = tuple(
        sorted(
            (
                _contribution(system, line, amounts, solution, counted)
                for line in solution.lines
                if _known(system, line)
            ),
            key=lambda c: (c.activity, c.line),
        )
    )
    present = {category for line in lines for category, value in all_parts(line).items() if value}
    asked = context_of(system)
    treated = {category: d for category in sorted(present) if (d := treatment(asked, category)) is not None}
    system = replace(system, decisions=tuple(dict.fromkeys((*system.decisions, *treated.values()))))
    apart = apart_of(lines, treated)
    total = math.fsum(value for line in lines for value in line.by_origin.values())
    unit = system.functional_unit.amount
    rated = system.study.product.rated_energy
    capacity = float(rated.exact) * float(rated.unit.factor) if not rated.missing else None
    score = _score_of(system.study, system.background, system.book, system.day, prepared)
    cut_off = account(context, system.processes, solution.scaling, total, score)
    report_apart(context, apart)
    footprint = Footprint(
        system=system,
        total=total,
        per_functional_unit=total / float(unit.value) if unit is not None else None,
        per_capacity=total / capacity if capacity else None,
        totals=totals_of(system, lines, counted, total),
        apart=apart,
        fields=fields_of(system, lines, counted, total),
        stages=by_stage(system, lines, counted),
        origins=by_category(lines, ORIGIN_NAMES),
        groups=grouped(lines, lambda line: line.component_group, name_of),
        plants=grouped(lines, lambda line: line.plant or "-", lambda id: _plant_name(system.study, id)),
        lines=lines,
        scaling=dict(sorted(solution.scaling.items())),
        electricity=_electricity(system, lines, counted),
        cut_off=cut_off,
        gaps=tuple(sorted(set(solution.uncharacterised))),
        primary_data_share=primary_share_of(system, lines),
        quality=quality_of(system, lines),
        findings=in_order(
            (*findings, *system.findings, *_after(system, lines, solution, prepared, total), *context.findings)
        ),
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
    system: ProductSystem,
    line: Line,
    amounts: Mapping[tuple[str, str], float],
    solution: Solution,
    counted: frozenset[str],
) -> Contribution:
    info: LineInfo = system.lines[line.activity, line.line]
    inside = counted if info.stage not in system.book.apart else frozenset[str]()
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
        by_origin={category: value for category, value in line.values.items() if category in inside},
        apart={category: value for category, value in line.values.items() if category not in inside},
        kind=info.datum.kind.value,
    )


def _plant_name(study: Study, id: str) -> LocalText:
    return study.plants[id].name if id in study.plants else localised(N_("outside the plants of the study"))


def _electricity(
    system: ProductSystem, lines: Iterable[Contribution], counted: frozenset[str]
) -> tuple[ElectricityRow, ...]:
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
        # The factor is that of the electricity, also where its stage is reported apart.
        whole = math.fsum(v for line in members for c, v in all_parts(line).items() if c in counted)
        rows.append(
            ElectricityRow(
                plant=plant,
                source=source,
                source_class=share.source_class,
                energy=energy,
                share=energy / taken[plant] if taken[plant] else 0.0,
                attribution=share.attribution,
                dataset=dataset,
                factor=whole / energy if energy else 0.0,
                value=value,
                reason=share.decision.reason,
                clause=share.decision.clause,
                verified=share.decision.verified,
            )
        )
    return tuple(rows)


def _kwh(line: Contribution) -> float:
    return line.amount * float(parse_unit(line.unit).factor)


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
