"""What would change: a factor, a warming-potential set, a background or a day of the rules, before it is applied.

Every study is calculated as it is and with all changes together; with several changes also with each alone, so that a
row says which of them moves it, and through which lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from zuji.background.gwp import GWP_SETS
from zuji.background.model import CO2E, Background, Dataset, Input, Intervention
from zuji.background.reading import read_background_file
from zuji.datum import LocalText
from zuji.errors import UnitError, UnreadableError, ZujiError
from zuji.finding import Finding, Place, has_errors, in_order
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.model import Footprint
from zuji.footprint.portfolio import codes, runner
from zuji.footprint.portfolio.runner import Runner
from zuji.footprint.portfolio.studies import Wanted, named_in, shown_folder, study_folders
from zuji.i18n import tr
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks.book import Book, open_book
from zuji.rulebooks.parameters import Parameters
from zuji.study.model import Study
from zuji.study.open import open_study

BACKGROUND, GWP, DAY, DATASET = "background", "gwp", "on", "dataset"
GWP_PARAMETER = "characterisation.gwp_set"
THRESHOLD = 0.01
"""Relative change of a total from which a product counts as moved."""
CAUSES = 5
"""Lines that are named as causes of one row."""
TINY = 1e-12
"""Change relative to the total that is rounding."""
PERCENT = re.compile(r"([+-]\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change: of a dataset (`value` is a number, a percentage or @ and another id), or of what all take."""

    kind: str
    value: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.id}={self.value}" if self.id else f"{self.kind} {self.value}"


@dataclass(frozen=True, slots=True)
class Cause:
    """A line whose contribution moves, by how much [kg CO2e per product]."""

    line: str
    name: LocalText
    provider: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRow:
    """One study under one rulebook, as it is and with all changes [kg CO2e per product]."""

    folder: str
    study: str
    rulebook: str
    before: float | None = None
    after: float | None = None
    alone: tuple[float | None, ...] = ()
    """What each change does by itself, in their order."""
    reached: tuple[bool, ...] = ()
    """Whether each change finds something to change in this study's background."""
    causes: tuple[Cause, ...] = ()
    """The lines that move most, largest first."""
    findings: tuple[Finding, ...] = ()

    @property
    def difference(self) -> float:
        """After − before; 0 where one of them is not there."""
        return self.after - self.before if self.after is not None and self.before is not None else 0.0

    @property
    def share(self) -> float:
        """The change relative to the size of the total before; infinite from a total of zero."""
        if not self.difference:
            return 0.0
        return self.difference / abs(self.before) if self.before else float("inf")


@dataclass(frozen=True)
class Change:
    """Every row, with what was proposed."""

    proposals: tuple[Proposal, ...]
    threshold: float
    rows: tuple[ChangedRow, ...]

    @property
    def moved(self) -> tuple[ChangedRow, ...]:
        """The rows whose total moves by more than the threshold, largest change first."""
        found = [row for row in self.rows if abs(row.share) > self.threshold]
        return tuple(sorted(found, key=lambda row: (-abs(row.share), row.folder, row.rulebook)))

    @property
    def without_effect(self) -> tuple[Proposal, ...]:
        """Changes that find nothing to change in any study: most likely a mistyped id."""
        calculated = [row for row in self.rows if row.reached]
        return tuple(
            proposal
            for i, proposal in enumerate(self.proposals)
            if calculated and not any(row.reached[i] for row in calculated)
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What kept studies from a result."""
        return in_order(finding for row in self.rows for finding in row.findings)

    @property
    def document(self) -> dict[str, Any]:
        """The result as a canonical document."""
        return {
            "format": "zuji-change/1",
            "unit": "kgCO2e per product",
            "threshold": self.threshold,
            "changes": [str(proposal) for proposal in self.proposals],
            "without_effect": [str(proposal) for proposal in self.without_effect],
            "moved": sum(1 for _ in self.moved),
            "rows": [self._row(row) for row in self.rows],
            "findings": [finding.as_dict() for finding in self.findings],
        }

    def _row(self, row: ChangedRow) -> dict[str, Any]:
        return {
            "folder": row.folder,
            "study": row.study,
            "rulebook": row.rulebook,
            "before": row.before,
            "after": row.after,
            "change": row.share if row.before else None,
            "moved": row in self.moved,
            "alone": dict(zip(map(str, self.proposals), row.alone, strict=False)),
            "causes": [
                {"line": c.line, "name": {"zh": c.name.pick("zh"), "en": c.name.pick("en")}, "provider": c.provider,
                 "value": c.value}
                for c in row.causes
            ],
        }  # fmt: skip

    @property
    def columns(self) -> tuple[list[str], list[Sequence[Any]]]:
        """Names and columns of the table."""
        names = ["folder", "study", "rulebook", "before", "after", "change", "moved"]
        names += [f"alone: {proposal}" for proposal in self.proposals] + ["causes", "problem"]
        moved = {id(row) for row in self.moved}
        rows = [
            [
                row.folder, row.study, row.rulebook, row.before, row.after, row.share if row.before else None,
                id(row) in moved, *(row.alone or [None] * len(self.proposals)),
                "; ".join(f"{c.line} ({c.provider}): {c.value!r}" for c in row.causes),
                "; ".join(f"{finding.place}: {finding.what()}" for finding in row.findings),
            ]
            for row in self.rows
        ]  # fmt: skip
        return names, [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]


@dataclass(frozen=True)
class _Asked:
    wanted: Wanted
    proposals: tuple[Proposal, ...] = field(default=())


def proposal(kind: str, text: str) -> Proposal:
    """The change that a user's text says; raises ZujiError with what is wrong with it."""
    if kind == GWP and text not in GWP_SETS:
        raise ZujiError(tr("there is no GWP set {name}; known: {known}", name=text, known=", ".join(GWP_SETS)))
    if kind == DAY:
        try:
            return Proposal(DAY, date.fromisoformat(text).isoformat())
        except ValueError as error:
            raise ZujiError(tr("write the day as YYYY-MM-DD")) from error
    if kind == BACKGROUND:
        _file(text)
    if kind != DATASET:
        return Proposal(kind, text)
    id, mark, value = text.partition("=")
    id, value = id.strip(), value.strip()
    if not mark or not id or not value or not (value.startswith("@") or PERCENT.fullmatch(value) or _is_number(value)):
        raise ZujiError(
            tr(
                "'{text}' is not ID=VALUE; a value is kg CO2e per unit of the dataset (0.55), a change (-10%) or "
                "another dataset (@ID)",
                text=text,
            )
        )
    return Proposal(DATASET, value, id)


def what_would_change(
    root: Path, books: Sequence[str], on: date, proposals: Sequence[Proposal], *, threshold: float = THRESHOLD,
    run: Runner = runner.here, progress: Callable[[int, int], None] | None = None,
) -> Change:  # fmt: skip
    """Every study in `root` under every rulebook with and without the changes; nothing is written anywhere.

    Raises RulebookError for an unknown rulebook, UnreadableError for a folder without studies.
    """
    for name in books:
        open_book(name)
    folders = study_folders(root)
    asked = _Asked(Wanted(tuple(books), on, str(root)), tuple(proposals))
    rows: list[ChangedRow] = []
    for done, found in enumerate(run(_rows_of, asked, [str(folder) for folder in folders]), 1):
        rows += found
        if progress is not None:
            progress(done, len(folders))
    return Change(tuple(proposals), threshold, tuple(rows))


def _rows_of(asked: _Asked, folder: str) -> list[ChangedRow]:
    shown = shown_folder(asked.wanted, folder)
    opened = open_study(Path(folder))
    study = opened.study
    errors = tuple(named_in(shown, finding) for finding in opened.findings if has_errors([finding]))
    background = None
    if study is not None and not errors:
        background, own = background_of(study)
        errors = tuple(named_in(shown, finding) for finding in own if has_errors([finding]))
    rows = []
    for name in asked.wanted.books:
        book = open_book(name)
        if study is None or background is None or errors:
            rows.append(ChangedRow(folder=shown, study=study.id if study else "", rulebook=book.id, findings=errors))
            continue
        try:
            rows.append(_row(asked, shown, study, background, book))
        except ZujiError as error:
            failed = codes.STUDY_FAILED(Place(shown), study=shown, book=book.id, problem=error)
            rows.append(ChangedRow(folder=shown, study=study.id, rulebook=book.id, findings=(failed,)))
    return rows


def _row(asked: _Asked, shown: str, study: Study, background: Background, book: Book) -> ChangedRow:
    day, proposals = asked.wanted.day, asked.proposals
    before = calculate(study, book, on=day, background=background)
    after = _calculated(study, background, book, day, proposals)
    alone: list[float | None] = []
    for one in proposals if len(proposals) > 1 else ():
        alone.append(_calculated(study, background, book, day, [one]).total - before.total)
    errors = tuple(named_in(shown, f) for made in (before, after) for f in made.findings if has_errors([f]))
    row = ChangedRow(
        folder=shown,
        study=study.id,
        rulebook=book.id,
        reached=tuple(one.kind != DATASET or one.id in background for one in proposals),
        findings=in_order(errors),
    )
    if errors:
        return row
    return replace(
        row,
        before=before.total,
        after=after.total,
        alone=tuple(alone) or (after.total - before.total,) * len(proposals),
        causes=_causes(before, after),
    )


def _calculated(
    study: Study, background: Background, book: Book, day: date, proposals: Sequence[Proposal]
) -> Footprint:
    for one in proposals:
        if one.kind == DAY:
            day = date.fromisoformat(one.value)
        elif one.kind == GWP:
            book = with_gwp_set(book, one.value)
    background = _with(background, tuple(one for one in proposals if one.kind in (BACKGROUND, DATASET)))
    return calculate(study, book, on=day, background=background)


@lru_cache(maxsize=8)
def _with(background: Background, proposals: tuple[Proposal, ...]) -> Background:
    """The background with the changes; kept, as studies and rulebooks that share a background share its solution."""
    for one in proposals:
        if one.kind == BACKGROUND:
            background = background.joined(_file(one.value))
        elif one.id in background:
            background = background.joined(Background.of("what-if", [changed(background, one)]))
    return background


@lru_cache(maxsize=8)
def _file(path: str) -> Background:
    if not Path(path).is_file():
        raise UnreadableError(f"{path}: there is no such file")
    found = read_background_file(Path(path))
    errors = [finding for finding in found.findings if has_errors([finding])]
    if errors:
        raise UnreadableError(f"{errors[0].place}: {errors[0].what()}; {errors[0].mend()}")
    return found


def with_gwp_set(book: Book, name: str) -> Book:
    """The rulebook with another set of warming potentials on every day; its digest is another one too."""
    history = dict(book.parameters.history)
    newest = [parameter for _, parameter in history[GWP_PARAMETER] if parameter is not None][-1]
    changed_parameter = replace(newest, value=name, valid_from=date.min, verified=False)
    history[GWP_PARAMETER] = ((date.min, changed_parameter),)
    return replace(book, parameters=Parameters(history), document={**book.document, "what-if": {GWP_PARAMETER: name}})


def changed(background: Background, one: Proposal) -> Dataset:
    """The dataset with the proposed figures; raises ZujiError where another dataset's unit does not convert."""
    dataset = background[one.id]
    percent = PERCENT.fullmatch(one.value)
    if percent:
        factor = 1 + float(percent[1]) / 100
        return replace(
            dataset,
            interventions=tuple(replace(i, amount=i.amount * factor) for i in dataset.interventions),
            inputs=tuple(Input(i.dataset, i.amount * factor, i.unit) for i in dataset.inputs),
        )
    if one.value.startswith("@"):
        other = background.datasets.get(one.value[1:])
        if other is None:
            raise ZujiError(tr("no dataset '{id}' to take the figures of", id=one.value[1:]))
        try:
            units = float(conversion_factor(parse_unit(dataset.unit), parse_unit(other.unit)))
        except UnitError as error:
            raise ZujiError(str(error)) from error
        # other.amount of its unit make the same as other.amount / units of ours.
        return replace(
            dataset, amount=other.amount / units, interventions=other.interventions, inputs=other.inputs,
            missing=other.missing,
        )  # fmt: skip
    emitted = (Intervention(CO2E, float(one.value)),)
    return replace(dataset, amount=1.0, interventions=emitted, inputs=(), missing="")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) is not None


def _causes(before: Footprint, after: Footprint) -> tuple[Cause, ...]:
    old, new = ({(line.activity, line.line): line for line in f.lines} for f in (before, after))
    found = []
    for key in old.keys() | new.keys():
        a, b = old.get(key), new.get(key)
        moved = (b.value if b else 0.0) - (a.value if a else 0.0)
        if abs(moved) > TINY * abs(before.total):
            line = b or a
            assert line is not None
            found.append(Cause(line.address, line.name, line.provider, moved))
    return tuple(sorted(found, key=lambda c: (-abs(c.value), c.line))[:CAUSES])
