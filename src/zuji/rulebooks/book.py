"""A rulebook is a folder: `book.yaml`, `parameters/*.yaml`, `rules/*.yaml`, `coverage.yaml`, `cases/*.yaml`.

A book may start from another one (`extends`) and replace strategies, parameters and rules by their id.
`load_book` reads and checks the whole folder, so a book that contradicts itself never computes. Nothing here knows any
rulebook by name; a new one is a new folder, and a path to a folder works wherever an id does.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from zuji.canonical import digest
from zuji.datum import LocalText
from zuji.errors import FormulaError, RulebookError
from zuji.i18n import tr
from zuji.reading import read_yaml
from zuji.rulebooks.parameters import Parameters, local, read_parameters
from zuji.rulebooks.rule import Rule, read_rule

FOLDER = Path(__file__).parent
STRATEGIES = {
    "functional_unit": ("from_service_life",),
    "boundary": ("stages",),
    "cut_off": ("justified", "mass_share"),
    "electricity": ("by_class",),
    "characterisation": ("gwp100",),
    "end_of_life": ("formula",),
    "allocation": ("study_choice", "price_ratio"),
}
"""The seven choices that a rulebook makes, and the ways to make each (modules of `rulebooks/strategies`)."""
EXCLUDED = "excluded"
ATTRIBUTIONS = ("own_factor", "instrument_factor", "national_average", "residual_mix")
METHODS = ("mass", "economic", "physical", "expansion")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rulebook with its time of validity and its status."""

    id: str
    valid_from: date
    valid_to: date | None
    status: str
    """in force | draft | pilot | withdrawn"""
    note: LocalText = LocalText()


@dataclass(frozen=True, slots=True)
class BookStage:
    """A life-cycle stage as the rulebook names it."""

    id: str
    name: LocalText
    clause: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A stage of the study that the rulebook leaves out, with the clause that says so."""

    stage: str
    """Stage of the study; '' for an exclusion by component group."""
    clause: str
    reason: LocalText
    component_group: str = ""


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
        versions=tuple(_version(folder, v) for v in main.get("versions", [])),
        stages=tuple(
            BookStage(str(s["id"]), local(s["name"]), str(s.get("clause", ""))) for s in main.get("stages", [])
        ),
        assign=dict(main.get("assign", {})),
        exclusions=tuple(
            Exclusion(str(e.get("stage", "")), str(e["clause"]), local(e["reason"]), str(e.get("component_group", "")))
            for e in main.get("exclusions", [])
        ),
        strategies=strategies,
        parameters=read_parameters(base.items()).joined(read_parameters(documents["parameters"].items())),
        rules={id: _dated_rule(folder.name, id, body) for id, body in documents["rules"].items()},
        coverage=tuple(coverage),
        folder=folder,
        document={**documents, "base": base, "formulas": _formula_tables(), "defaults": _defaults()},
    )
    _check(book)
    _check_rules(book)
    return book


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


def _version(folder: Path, body: Mapping[str, Any]) -> Version:
    if body.get("status") not in ("in force", "draft", "pilot", "withdrawn"):
        raise RulebookError(f"{folder.name}/book.yaml: unknown status {body.get('status')!r}")
    end = body.get("valid_to")
    return Version(
        str(body["id"]),
        date.fromisoformat(body["valid_from"]),
        date.fromisoformat(end) if end else None,
        str(body["status"]),
        local(body.get("note", "")),
    )


def _check(book: Book) -> None:
    if not book.versions or not book.stages:
        raise RulebookError(f"{book.id}: a rulebook needs versions and stages")
    if book.strategies["cut_off"]["strategy"] == "mass_share" and "cut_off.mass_share" not in book.parameters:
        raise RulebookError(f"{book.id}: the cut-off by mass needs the parameter cut_off.mass_share")
    known = {stage.id for stage in book.stages} | {EXCLUDED}
    for source, target in book.assign.items():
        if target not in known:
            raise RulebookError(f"{book.id}: {source} is assigned to the unknown stage {target}")
    for stage in ("raw_material", "production", "distribution", "use", "end_of_life"):
        if stage not in book.assign:
            raise RulebookError(f"{book.id}: the stage {stage} is not assigned")
        excluded = {exclusion.stage for exclusion in book.exclusions}
        if book.assign[stage] == EXCLUDED and stage not in excluded:
            raise RulebookError(f"{book.id}: {stage} is excluded without an exclusion that cites a clause")


def _check_rules(book: Book) -> None:
    allowed: Mapping[str, Collection[str]] = {
        "functional_unit": book.strategies["functional_unit"].get("formulas", {}),
        "electricity": ATTRIBUTIONS,
        "end_of_life": _formula_tables(),
        "allocation": METHODS,
    }
    for strategy, known in allowed.items():
        name = str(book.strategies[strategy].get("rule", ""))
        if not book.rules.get(name):
            raise RulebookError(f"{book.id}: the strategy {strategy} names no rule that is there: {name}")
        said = {d.value for _, rule in book.rules[name] for d in (rule.base, *(d for _, d in rule.exceptions))}
        for value in sorted(said - set(known)):
            raise RulebookError(f"{book.id}: rule {name} says {value}, {strategy} knows {', '.join(sorted(known))}")


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
