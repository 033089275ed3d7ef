"""A rulebook is a folder: `book.yaml`, `parameters/*.yaml`, `rules/*.yaml`, `coverage.yaml`, `cases/*.yaml`.

A book may start from another one (`extends`) and replace strategies, parameters and rules by their id.
`load_book` reads and checks the whole folder, so a book that contradicts itself never computes. Nothing here knows any
rulebook by name; a new one is a new folder, and a path to a folder works wherever an id does.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from zuji.canonical import digest
from zuji.datum import LocalText
from zuji.errors import FormulaError, RulebookError
from zuji.i18n import tr
from zuji.reading import read_yaml
from zuji.rulebooks.book_checks import check_day, check_rules, check_strategies
from zuji.rulebooks.book_parts import (
    DATED,
    BookStage,
    Exclusion,
    Field,
    Total,
    Version,
    assigned,
    dated_entries,
    exclusion_of,
    has_dates,
    holds,
    total_of,
    version_of,
)  # fmt: skip
from zuji.rulebooks.parameters import Parameters, local, read_parameters
from zuji.rulebooks.rule import Rule, read_rule
from zuji.rulebooks.shared import shared_tables

FOLDER = Path(__file__).parent
STRATEGIES = {
    "functional_unit": ("from_service_life",),
    "boundary": ("stages",),
    "cut_off": ("justified", "mass_share", "cumulative"),
    "electricity": ("by_class",),
    "characterisation": ("gwp100",),
    "end_of_life": ("formula",),
    "allocation": ("study_choice", "price_ratio"),
}
"""The seven choices that a rulebook makes, and the ways to make each (modules of `rulebooks/strategies`)."""


@dataclass(frozen=True)
class Book:
    """A rulebook: its versions, stages, seven strategies, parameters and rules."""

    id: str
    title: LocalText
    issuer: str
    versions: tuple[Version, ...]
    stages: tuple[BookStage, ...]
    assign: Mapping[str, str]
    exclusions: tuple[Exclusion, ...]
    strategies: Mapping[str, Mapping[str, Any]]
    parameters: Parameters
    rules: Mapping[str, tuple[tuple[date, Rule], ...]]
    """Every rule with the days from which its versions hold."""
    coverage: tuple[Mapping[str, Any], ...]
    folder: Path
    document: Mapping[str, Any]
    """Everything that was read, of all days; the digest is taken of it."""
    main: Mapping[str, Any]
    """What book.yaml says on the day that the book stands on."""
    totals: tuple[Total, ...] = ()

    def on(self, day: date) -> Book:
        """The rulebook with the stages, assignments, exclusions, checks and totals that hold on `day`."""
        held = self._held
        if day not in held:
            held[day] = _as_on(self, day) if has_dates(self.document["book"]) else self
        return held[day]

    @cached_property
    def _held(self) -> dict[date, Book]:
        return {}

    @property
    def apart(self) -> frozenset[str]:
        """The book's stages that are reported apart and not counted in the headline total."""
        return frozenset(map(str, self.strategies["boundary"].get("apart", ())))

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the rulebook's data model that a footprint fills."""
        return tuple(
            Field(
                str(entry["field"]), str(entry.get("total", "")), tuple(map(str, entry.get("sum", ()))),
                tuple(map(str, entry.get("stages", ()))), entry.get("as") == "carbon",
            )
            for entry in self.main.get("fields") or ()
        )  # fmt: skip

    @property
    def headline(self) -> Total | None:
        """The total that the book calls its headline; None where it reports one total only."""
        return next((total for total in self.totals if total.headline), None)

    def version(self, day: date) -> Version:
        """The version to use on `day`; raises RulebookError when none is valid then."""
        valid = [v for v in self.versions if v.valid_from <= day and (v.valid_to is None or day <= v.valid_to)]
        if not valid:
            spans = "; ".join(f"{v.id}: {v.valid_from} – {v.valid_to or '…'}" for v in self.versions)
            raise RulebookError(
                tr("{book} has no version valid on {day} ({spans})", book=self.id, day=day.isoformat(), spans=spans)
            )
        return max(valid, key=lambda v: v.valid_from)

    def rule(self, id: str, day: date) -> Rule:
        """The rule as it holds on `day`; raises RulebookError when the book has none then."""
        valid = [rule for valid_from, rule in self.rules.get(id, ()) if valid_from <= day]
        if not valid:
            raise RulebookError(f"{self.id} has no rule {id} on {day.isoformat()}")
        return valid[-1]

    def stage_of(self, stage: str, role: str) -> str:
        """The book's stage for a study's stage and exchange role; `excluded` when the book leaves it out."""
        return self.assign.get(f"{stage}/{role}", self.assign[stage])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that can change a result: strategies, parameters, rules, formula tables."""
        return digest(self.document)


def load_book(folder: Path) -> Book:
    """The rulebook in `folder`; raises RulebookError naming file and cause for anything incomplete or contradictory."""
    try:
        return _load(folder)
    except KeyError as error:
        raise RulebookError(f"{folder.name}: the key {error} is missing") from error
    except (AttributeError, TypeError, ValueError, FormulaError) as error:
        raise RulebookError(f"{folder.name}: {error}") from error
    except RecursionError as error:
        raise RulebookError(f"{folder.name}/book.yaml: extends itself") from error


def _load(folder: Path) -> Book:
    documents = _documents(folder)
    main = documents["book"]
    strategies = main.get("strategies", {})
    for name, ways in STRATEGIES.items():
        way = strategies.get(name, {}).get("strategy")
        if way not in ways:
            raise RulebookError(f"{folder.name}/book.yaml: {name} must be one of {', '.join(ways)}, not {way}")
    coverage = _mapping(folder / "coverage.yaml").get("clauses", []) if (folder / "coverage.yaml").exists() else []
    base = {} if main.get("base") == "none" else _base_parameters()
    book = Book(
        id=str(main.get("id", folder.name)),
        title=local(main.get("title")),
        issuer=str(main.get("issuer", "")),
        versions=tuple(version_of(folder, v) for v in main.get("versions", [])),
        stages=(),
        assign={},
        exclusions=(),
        strategies=strategies,
        parameters=read_parameters(base.items()).joined(read_parameters(documents["parameters"].items())),
        rules={id: _dated_rule(folder.name, id, body) for id, body in documents["rules"].items()},
        coverage=tuple(coverage),
        folder=folder,
        document={
            **documents,
            "base": base,
            "formulas": _formula_tables(),
            "defaults": _defaults(),
            "shared": shared_tables(),
        },
        main=main,
    )
    if not book.versions or not main.get("stages"):
        raise RulebookError(f"{book.id}: a rulebook needs versions and stages")
    for day in turning_days(book):
        check_day(_as_on(book, day), day)
    newest = _as_on(book, max(version.valid_from for version in book.versions))
    check_strategies(newest)
    check_rules(newest, _formula_tables())
    return newest


def turning_days(book: Book) -> list[date]:
    """The days on which the book begins to say something else, within its versions."""
    days = {version.valid_from for version in book.versions}
    for entry in dated_entries(book.document["book"]):
        if entry.get("valid_from"):
            days.add(date.fromisoformat(str(entry["valid_from"])))
        if entry.get("valid_to"):
            days.add(date.fromisoformat(str(entry["valid_to"])) + timedelta(days=1))
    return sorted(d for d in days if any(v.valid_from <= d and (v.valid_to is None or d <= v.valid_to)
                                         for v in book.versions))  # fmt: skip


def _as_on(book: Book, day: date) -> Book:
    whole = book.document["book"]
    main = {**whole, **{key: [e for e in whole.get(key) or [] if holds(e, day)] for key in DATED if key in whole}}
    return replace(
        book,
        main=main,
        stages=tuple(
            BookStage(str(s["id"]), local(s["name"]), str(s.get("clause", "")), bool(s.get("may_be_empty", False)))
            for s in main.get("stages", [])
        ),
        assign=assigned(book.id, whole.get("assign", {}), day),
        exclusions=tuple(exclusion_of(e) for e in main.get("exclusions", [])),
        totals=tuple(total_of(t) for t in main.get("totals", [])),
    )


def _dated_rule(file: str, id: str, body: Mapping[str, Any]) -> tuple[tuple[date, Rule], ...]:
    if "versions" not in body:
        return ((date.min, read_rule(file, {"id": id, **body})),)
    dated = [(date.fromisoformat(day), read_rule(file, {"id": id, **v})) for day, v in body["versions"].items()]
    return tuple(sorted(dated, key=lambda pair: pair[0]))


def _documents(folder: Path) -> dict[str, dict[str, Any]]:
    main = dict(_mapping(folder / "book.yaml"))
    own_parameters = {f"{folder.name}/{p.name}": _mapping(p) for p in sorted((folder / "parameters").glob("*.yaml"))}
    own_rules: dict[str, Any] = {}
    for path in sorted((folder / "rules").glob("*.yaml")):
        for id, body in _mapping(path).items():
            if id in own_rules:
                raise RulebookError(f"{folder.name}/{path.name}: rule {id} is defined twice")
            own_rules[id] = body
    if "extends" not in main:
        return {"book": main, "parameters": own_parameters, "rules": own_rules}
    parent = _documents(FOLDER / folder_name(str(main["extends"])))
    strategies = {**parent["book"]["strategies"], **main.get("strategies", {})}
    replaced = {id for document in own_parameters.values() for id in document}
    inherited = {
        file: {id: body for id, body in document.items() if id not in replaced}
        for file, document in parent["parameters"].items()
    }
    return {
        "book": {**parent["book"], **main, "strategies": strategies},
        "parameters": {**inherited, **{f: {**inherited.get(f, {}), **own} for f, own in own_parameters.items()}},
        "rules": {**parent["rules"], **own_rules},
    }


def _mapping(path: Path) -> Mapping[str, Any]:
    document = read_yaml(path, f"{path.parent.name}/{path.name}")
    if document.findings:
        finding = document.findings[0]
        raise RulebookError(f"{finding.place}: {finding.what('en')}")
    return document.data


@lru_cache(maxsize=1)
def _base_parameters() -> dict[str, Mapping[str, Any]]:
    return {f"base/{path.name}": _mapping(path) for path in sorted((FOLDER / "base").glob("*.yaml"))}


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Mapping[str, Any]]:
    return {path.stem: _mapping(path) for path in sorted((FOLDER / "defaults").glob("*.yaml"))}


@lru_cache(maxsize=1)
def _formula_tables() -> dict[str, Mapping[str, Any]]:
    return {path.stem: _mapping(path) for path in sorted((FOLDER / "formulas").glob("*.yaml"))}


@lru_cache(maxsize=1)
def registry() -> Mapping[str, Mapping[str, Any]]:
    """The twelve profiles that zuji names, each with its title and whether its folder is there."""
    entries = _mapping(FOLDER / "registry.yaml")
    return {id: {**body, "available": (FOLDER / folder_name(id)).is_dir()} for id, body in entries.items()}


def folder_name(book_id: str) -> str:
    """The folder of a rulebook id: `eu-cfb-ind` lives in `eu_cfb_ind`."""
    return book_id.replace("-", "_")


@lru_cache(maxsize=32)
def open_book(name: str) -> Book:
    """The rulebook with the id `name`, or the one in the folder that `name` is a path of.

    Raises RulebookError naming the nearest ids for an unknown one, and saying so for a profile that is named in the
    registry but not there yet.
    """
    if name in registry():
        if not registry()[name]["available"]:
            raise RulebookError(tr("the rulebook {name} is named in the registry but not available yet", name=name))
        return load_book(FOLDER / folder_name(name))
    path = Path(name)
    if (path / "book.yaml").is_file():
        return load_book(path)
    available = [id for id, entry in registry().items() if entry["available"]]
    near = difflib.get_close_matches(name, available, n=3, cutoff=0.4) or available
    raise RulebookError(tr("there is no rulebook {name}; nearest: {near}", name=name, near=", ".join(near)))
