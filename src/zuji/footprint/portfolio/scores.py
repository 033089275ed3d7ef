"""What one unit of each dataset, and of each process of a study, is worth under each rulebook and impact category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from zuji.background.gwp import gwp_table
from zuji.background.model import Background, Dataset, Intervention
from zuji.background.store.stored import StoredDataset
from zuji.datum import Origin
from zuji.engine.columns import Floats, from_activities, number
from zuji.engine.solve import method, score_background
from zuji.footprint.calculate import full_record
from zuji.footprint.model import Footprint
from zuji.footprint.stored import scores as stored_scores
from zuji.rulebooks.background_record import background_record
from zuji.rulebooks.book import Book
from zuji.rulebooks.context import Context
from zuji.rulebooks.strategies.characterisation import MISSING, Characterised, characterise, counts
from zuji.study.model import LIFE_CYCLE, Study

if TYPE_CHECKING:
    from zuji.background.store.stored import StoredBackground

CLIMATE = "kgCO2e"


@dataclass(frozen=True, slots=True)
class Category:
    """One column of results: a rulebook's headline, or an impact category of a stored background."""

    id: str
    unit: str
    book: str = ""
    """Id of the rulebook; '' for an impact category of a method."""


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Scores of everything that a line may name, (lines, categories), and where their samples come from."""

    ids: tuple[str, ...]
    units: tuple[str, ...]
    categories: tuple[Category, ...]
    values: Floats
    gaps: npt.NDArray[np.bool_]
    """(lines, categories): whether something in it has no factor, so that it counts as zero there."""
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    """Those whose spread is one factor on the whole dataset."""
    stored: tuple[Stored, ...] = ()
    study: tuple[StudyPart, ...] = ()
    """For each rulebook, how the study's processes take from the datasets."""

    @property
    def index(self) -> dict[str, int]:
        """Id → row."""
        return {id: i for i, id in enumerate(self.ids)}


@dataclass(frozen=True, eq=False)
class Stored:
    """The datasets of a stored background as rows `start`, `start + 1`, … of the table."""

    background: StoredBackground
    start: int
    keep: npt.NDArray[np.intp]
    """Which of its datasets they are."""
    factors: Floats
    """(flows, categories)"""


@dataclass(frozen=True, eq=False)
class StudyPart:
    """Processes of a study under one rulebook: what a unit of each takes of the datasets, loops solved."""

    start: int
    requirement: Floats
    """(processes, table rows before `start`)"""
    direct: Floats
    """Own emissions per unit of each, with those of other processes that it takes (processes,)."""


def table_of(
    background: Background, books: Sequence[Book], on: date, *, footprints: Sequence[Footprint] = (),
    stored: Sequence[StoredBackground] = (), impacts: bool = False,
) -> ScoreTable:  # fmt: skip
    """The scores of `background`, of `stored` backgrounds and of the processes behind `footprints` (one per book).

    An id that comes twice is that of the first. Raises EngineError for a background that cannot be solved.
    """
    ids = sorted(background.datasets)
    units = [background[id].unit for id in ids]
    categories = [Category(book.id, CLIMATE, book.id) for book in books]
    columns = [_of_book(background, book, on) for book in books]
    values = np.stack([found for found, _ in columns], axis=1)
    gaps = np.stack([lacking for _, lacking in columns], axis=1)
    if impacts:
        names = dict.fromkeys((f"{m.method} | {m.category}", m.unit) for one in stored for m in one.methods())
        categories += [Category(name, unit) for name, unit in names]
        # Datasets outside the stored backgrounds know greenhouse gases only.
        values = np.concatenate([values, np.zeros((len(ids), len(names)))], axis=1)
        gaps = np.concatenate([gaps, np.ones((len(ids), len(names)), dtype=bool)], axis=1)
    parts: list[Stored] = []
    for one in stored:
        known, theirs = set(ids), [StoredDataset(i, *row) for i, row in enumerate(one.rows("dataset"))]
        keep = np.array([row.i for row in theirs if row.id not in known], dtype=np.intp)
        factors, missing = _stored_factors(one, books, on, categories)
        parts.append(Stored(one, len(ids), keep, factors))
        ids += [theirs[i].id for i in keep]
        units += [theirs[i].study_unit or theirs[i].unit for i in keep]
        values = np.concatenate([values, stored_scores(one, factors)[keep]])
        unknown = np.array([bool(theirs[i].missing) for i in keep])
        gaps = np.concatenate([gaps, unknown[:, None] | missing])
    table = ScoreTable(tuple(ids), tuple(units), tuple(categories), values, gaps, background.datasets, tuple(parts))
    return with_processes(table, footprints) if footprints else table


def _of_book(background: Background, book: Book, on: date) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Headline score of each dataset in the order of the ids, and whether it has a gap."""
    record = background_record(background)
    context = _context(background, book, on)
    flows = {id: characterise(context, intervention) for id, intervention in record.flows.items()}
    gap = Characterised("", MISSING, "", None, Origin.UNSPECIFIED.value, None)
    everything = {**flows, **dict.fromkeys(record.gaps, gap)}
    used = method({id: {"factor": f.factor, "category": f.category} for id, f in everything.items()})
    scores = score_background(from_activities(record.activities, used.flows), used)
    counted = np.array([counts(context, category) for category in used.categories], dtype=bool)
    rows = np.array([scores.index[id] for id in sorted(background.datasets)], dtype=np.intp)
    lacking = np.array([id in scores.uncharacterised for id in sorted(background.datasets)])
    return scores.values[rows][:, counted].sum(axis=1), lacking


def _context(background: Background, book: Book, on: date) -> Context:
    # Characterisation asks the rulebook and the table of warming potentials, nothing of a study.
    return Context(cast(Study, None), background, gwp_table(), book.on(on), book.version(on), on)


def _stored_factors(
    stored: StoredBackground, books: Sequence[Book], on: date, categories: Sequence[Category]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Factors (flows, categories) of a stored background, and the categories that it cannot give."""
    flows = stored.flows()
    factors = np.zeros((len(flows), len(categories)))
    missing = np.zeros(len(categories), dtype=bool)
    for k, book in enumerate(books):
        context = _context(Background("", {}), book, on)
        for flow in flows:
            if flow.gas:
                taken = Intervention(flow.gas, -1.0 if flow.factor < 0 else 1.0, Origin(flow.origin))
                found = characterise(context, taken)
                if found.factor is not None and counts(context, found.category):
                    factors[flow.i, k] = number(found.factor) * flow.factor
    column = {category.id: k for k, category in enumerate(categories) if not category.book}
    own = {m.i: column[f"{m.method} | {m.category}"] for m in stored.methods() if column}
    missing[[k for k in column.values() if k not in own.values()]] = True
    if own:
        which = stored.array("factor_method")
        np.add.at(
            factors,
            (stored.array("factor_flow"), np.array([own[int(i)] for i in which], dtype=np.intp)),
            stored.array("factor_amount"),
        )
    return factors, missing


def with_processes(table: ScoreTable, footprints: Sequence[Footprint]) -> ScoreTable:
    """The table with the processes of a study below its datasets; one footprint for each rulebook of the table.

    The life cycle of the product is one of them, so that a product of one is the footprint. Stages that a rulebook
    reports apart are left out, as in its total.
    """
    known = table.index
    parts = [_study_part(table, footprint, k) for k, footprint in enumerate(footprints)]
    ids = [id for id in footprints[0].system.activities if id not in known]
    systems = [list(footprint.system.activities) for footprint in footprints]
    values = np.zeros((len(ids), len(table.categories)))
    # Own emissions of a process are known as greenhouse gases only.
    gaps = np.ones((len(ids), len(table.categories)), dtype=bool)
    kept = []
    for k, (part, names) in enumerate(zip(parts, systems, strict=True)):
        rows = np.array([names.index(id) if id in names else -1 for id in ids], dtype=np.intp)
        part = StudyPart(len(known), part.requirement[rows], part.direct[rows])
        values[:, k] = part.requirement @ table.values[:, k] + part.direct
        taken = (np.abs(part.requirement) > 0).astype(np.float64)
        own = np.array([_has_gap(footprints[k], id) for id in ids])
        gaps[:, k] = (taken @ table.gaps[:, k] > 0) | own | (rows < 0)
        kept.append(part)
    units = [_unit(footprints[0], id) for id in ids]
    return ScoreTable(
        (*table.ids, *ids), (*table.units, *units), table.categories, np.concatenate([table.values, values]),
        np.concatenate([table.gaps, gaps]), table.datasets, table.stored, tuple(kept),
    )  # fmt: skip


def _study_part(table: ScoreTable, footprint: Footprint, column: int) -> StudyPart:
    system, index = footprint.system, table.index
    activities = list(system.activities.items())
    place = {id: i for i, (id, _) in enumerate(activities)}
    context = _context(system.background, system.book, system.day)
    flows = full_record(footprint)["flows"]
    matrix, outside = np.zeros((len(activities),) * 2), np.zeros((len(activities), len(table.ids)))
    direct = np.zeros(len(activities))
    for i, (id, activity) in enumerate(activities):
        matrix[i, i] += number(activity["output"])
        for line, provider, amount in activity.get("inputs", ()):
            info = system.lines.get((id, line))
            if info is not None and info.stage in system.book.apart:
                continue
            if provider in place:
                matrix[i, place[provider]] -= number(amount)
            else:
                outside[i, index[provider]] += number(amount)
        for line, flow, amount in activity.get("emissions", ()):
            info, factor = system.lines.get((id, line)), flows[flow]["factor"]
            apart = info is not None and info.stage in system.book.apart
            if factor is not None and not apart and counts(context, str(flows[flow]["category"])):
                direct[i] += number(amount) * number(factor)
    solved = np.linalg.solve(matrix, np.concatenate([outside, direct[:, None]], axis=1))
    return StudyPart(len(table.ids), solved[:, :-1], solved[:, -1])


def _has_gap(footprint: Footprint, id: str) -> bool:
    # A gap of any process that the product reaches; a process of its own would need its own walk.
    return any(activity == id for activity, _, _ in footprint.gaps) or (id == LIFE_CYCLE and bool(footprint.gaps))


def _unit(footprint: Footprint, id: str) -> str:
    process = footprint.system.processes.get(id)
    return process.reference_flow.unit.symbol if process is not None else ""
