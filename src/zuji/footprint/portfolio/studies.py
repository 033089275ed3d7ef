"""A folder of studies × rulebooks: every study calculated once for each rulebook, an error in one stops no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from zuji.errors import UnreadableError, ZujiError
from zuji.finding import Finding, Place, has_errors, in_order
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.lint import linted
from zuji.footprint.model import Footprint
from zuji.footprint.portfolio import codes, runner
from zuji.footprint.portfolio.runner import Runner
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

STUDY_FILE = "study.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """One study under one rulebook; without a `total` where it could not be calculated."""

    folder: str
    study: str = ""
    product: str = ""
    rulebook: str
    version: str = ""
    unit: str = ""
    """The functional unit."""
    total: float | None = None
    """[kg CO2e per product]"""
    per_functional_unit: float | None = None
    """[kg CO2e per functional unit]"""
    per_capacity: float | None = None
    """[kg CO2e per kWh of capacity]"""
    stages: tuple[tuple[str, float], ...] = ()
    """(stage of the rulebook, kg CO2e per product)"""
    usable: bool = False
    complete: bool = False
    primary_data_share: float | None = None
    errors: int = 0
    warnings: int = 0
    digest: str = ""
    """Of the study."""
    findings: tuple[Finding, ...] = ()
    """Those of severity error; all others are with `zuji check`."""


@dataclass(frozen=True)
class Portfolio:
    """The rows of all studies, by folder and in the order of the rulebooks."""

    rows: tuple[StudyRow, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What kept studies from a result."""
        return in_order(finding for row in self.rows for finding in row.findings)


@dataclass(frozen=True)
class Wanted:
    """What every study is calculated under."""

    books: tuple[str, ...]
    """Ids, or paths of folders."""
    day: date
    root: str
    """Folder that the studies' folders are named from."""


def study_folders(root: Path) -> list[Path]:
    """The folders in `root`, at any depth and `root` itself, that hold a study, by name.

    Folders inside a study are not searched; hidden ones neither. Raises UnreadableError where there is none.
    """
    found: list[Path] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        if (folder / STUDY_FILE).is_file():
            found.append(folder)
            continue
        try:
            waiting += [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        except PermissionError:
            continue
    if not found:
        missing = codes.NO_STUDIES(Place(str(root)), folder=root)
        raise UnreadableError(f"{missing.what()}; {missing.mend()}")
    return sorted(found)


def portfolio(
    root: Path, books: Sequence[str], on: date, *, run: Runner = runner.here,
    progress: Callable[[int, int], None] | None = None,
) -> Portfolio:  # fmt: skip
    """Every study in `root` under every rulebook (ids or folders) on the day `on`.

    The starter set, the stored backgrounds and their life-cycle results are read once and shared. On a cluster the
    nodes read the same folder, so it has to be one that they see. Raises RulebookError for an unknown rulebook.
    """
    for name in books:
        open_book(name)
    folders = study_folders(root)
    wanted = Wanted(tuple(books), on, str(root))
    rows: list[StudyRow] = []
    for done, found in enumerate(run(rows_of, wanted, [str(folder) for folder in folders]), 1):
        rows += found
        if progress is not None:
            progress(done, len(folders))
    return Portfolio(tuple(rows))


def rows_of(wanted: Wanted, folder: str) -> list[StudyRow]:
    """The rows of one study; whatever is wrong with it is in them."""
    shown = shown_folder(wanted, folder)
    try:
        opened = open_study(Path(folder))
        study = opened.study
        if study is None or has_errors(opened.findings):
            errors = tuple(named_in(shown, finding) for finding in opened.findings if has_errors([finding]))
            return [_failed(shown, book, study.id if study else "", errors) for book in _ids(wanted)]
        background, own = background_of(study)
        if has_errors(own):
            errors = tuple(named_in(shown, finding) for finding in own if has_errors([finding]))
            return [_failed(shown, book, study.id, errors) for book in _ids(wanted)]
    except ZujiError as error:
        return [_failed(shown, book, "", (_problem(shown, book, error),)) for book in _ids(wanted)]
    rows = []
    for name in wanted.books:
        book = open_book(name)
        try:
            footprint = linted(calculate(study, book, on=wanted.day, background=background), own)
            rows.append(row_of(footprint, shown))
        except ZujiError as error:
            rows.append(_failed(shown, book.id, study.id, (_problem(shown, book.id, error),)))
    return rows


def row_of(footprint: Footprint, shown: str) -> StudyRow:
    """A footprint as one row; one with errors in its findings has no figures, as `zuji calc` shows none."""
    system = footprint.system
    errors = tuple(named_in(shown, finding) for finding in footprint.findings if has_errors([finding]))
    warnings = sum(finding.severity is codes.WARNING for finding in footprint.findings)
    product = system.study.product.name
    if errors:
        return _failed(shown, system.book.id, system.study.id, errors)
    return StudyRow(
        folder=shown,
        study=system.study.id,
        product=product.en or product.zh,
        rulebook=system.book.id,
        version=system.version.id,
        unit=system.functional_unit.unit,
        total=footprint.total,
        per_functional_unit=footprint.per_functional_unit,
        per_capacity=footprint.per_capacity,
        stages=tuple((part.id, part.value) for part in footprint.stages),
        usable=footprint.usable,
        complete=footprint.complete,
        primary_data_share=footprint.primary_data_share,
        warnings=warnings,
        digest=footprint.digests["study"],
    )


def _ids(wanted: Wanted) -> list[str]:
    return [open_book(name).id for name in wanted.books]


def _failed(shown: str, book: str, study: str, findings: tuple[Finding, ...]) -> StudyRow:
    return StudyRow(folder=shown, study=study, rulebook=book, errors=len(findings), findings=findings)


def _problem(shown: str, book: str, error: Exception) -> Finding:
    return codes.STUDY_FAILED(Place(shown), study=shown, book=book, problem=str(error))


def named_in(shown: str, finding: Finding) -> Finding:
    """The finding with its file named from the portfolio's folder."""
    place = finding.place
    file = f"{shown}/{place.file}" if place.file else shown
    return replace(finding, place=Place(file, place.line, place.path, place.column))


def shown_folder(wanted: Wanted, folder: str) -> str:
    path, root = Path(folder), Path(wanted.root)
    return path.relative_to(root).as_posix() if path != root else path.resolve().name
