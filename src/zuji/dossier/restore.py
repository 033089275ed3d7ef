"""Frozen documents back as the records that they were written from: study, datasets, rulebook."""

from __future__ import annotations

import dataclasses
import tempfile
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from zuji.background.model import (
    CO2E,
    Category,
    Dataset,
    DirectDataset,
    Intervention,
    LifecycleDataset,
    LocalText,
    Origin,
    Source,
)
from zuji.canonical import digest
from zuji.errors import RulebookError, UnitError
from zuji.quantity import Unit, parse_unit
from zuji.rulebooks.book import Book, folder_name, load_book, open_book, registry
from zuji.study.model import Study

T = TypeVar("T")


class ShapeError(ValueError):
    """A document does not say what a record of its kind says; the message names the key path."""


def record_of(kind: type[T], document: Any, path: str = "") -> T:
    """The record of type `kind` that `zuji.canonical.plain` wrote as `document`; raises ShapeError for anything else.

    Keys that are not fields are refused; fields left out have their default, or are empty.
    """
    found: T = _value(kind, document, path or kind.__name__)
    return found


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, given: Any, path: str) -> Any:
    outer = get_origin(kind)
    if kind is Any:
        return given
    if outer in (Union, types.UnionType):
        if given is None:
            return None
        (inner,) = (part for part in get_args(kind) if part is not type(None))
        return _value(inner, given, path)
    if outer is tuple:
        return _members(get_args(kind), given, path)
    if outer in (dict, Mapping) or (isinstance(outer, type) and issubclass(outer, Mapping)):
        if not isinstance(given, dict):
            raise ShapeError(f"{path}: a mapping is needed")
        inner = get_args(kind)[1]
        return {key: _value(inner, item, f"{path}.{key}") for key, item in given.items()}
    if dataclasses.is_dataclass(kind) and kind is not Unit:
        return _record(kind, given, path)
    return _scalar(kind, given, path)


def _members(kinds: tuple[Any, ...], given: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(given, list):
        raise ShapeError(f"{path}: a list is needed")
    if kinds[-1] is Ellipsis:
        return tuple(_value(kinds[0], item, f"{path}[{i}]") for i, item in enumerate(given))
    if len(given) != len(kinds):
        raise ShapeError(f"{path}: {len(kinds)} members are needed")
    return tuple(_value(kind, item, f"{path}[{i}]") for i, (kind, item) in enumerate(zip(kinds, given, strict=True)))


def _record(kind: Any, given: Any, path: str) -> Any:
    if not isinstance(given, dict):
        raise ShapeError(f"{path}: a mapping is needed")
    fields = {field.name: field for field in dataclasses.fields(kind) if field.name not in ("place", "findings")}
    unknown = sorted(given.keys() - fields.keys())
    if unknown:
        raise ShapeError(f"{path}: {unknown[0]} is not known")
    values = {}
    for name, field in fields.items():
        hint = _hints(kind)[name]
        if name in given:
            values[name] = _value(hint, given[name], f"{path}.{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            values[name] = _empty(hint, f"{path}.{name}")
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{path}: {error}") from None


def _empty(kind: Any, path: str) -> Any:
    # The canonical form leaves out what is empty, also where a record demands a value.
    for known, empty in ((str, ""), (tuple, ()), (dict, {}), (LocalText, LocalText())):
        if kind is known or get_origin(kind) is known:
            return empty
    raise ShapeError(f"{path} is missing")


def _scalar(kind: Any, given: Any, path: str) -> Any:
    try:
        if kind is Unit and isinstance(given, str):
            return parse_unit(given)
        if kind in (date, datetime) and isinstance(given, str):
            return kind.fromisoformat(given)
        if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(given, str):
            return kind(given)
        if kind is float and isinstance(given, (int, float)) and not isinstance(given, bool):
            return float(given)
        if kind in (str, int, bool) and type(given) is kind:
            return given
    except (ValueError, UnitError) as error:
        raise ShapeError(f"{path}: {error}") from None
    raise ShapeError(f"{path}: {str(given)[:60]!r} is not what belongs there")


def study_of(document: Mapping[str, Any]) -> Study:
    """The study whose canonical document this is; its digest is that of the document."""
    return record_of(Study, document, "study")


TYPES: Mapping[str, type[Dataset]] = {"lifecycle": LifecycleDataset, "direct": DirectDataset}


def dataset_of(document: Mapping[str, Any], rulebook: str) -> Dataset:
    """A frozen dataset; one that was kept back becomes its scores under `rulebook` as CO2e by origin."""
    if "withheld" not in document:
        body = dict(document)
        kind = TYPES.get(str(body.pop("scope", "")))
        if kind is None:
            raise ShapeError(f"{document.get('id')}: the scope is neither lifecycle nor direct")
        return record_of(kind, body, str(document.get("id")))
    known = {origin.value for origin in Origin}
    scores = document["scores"].get(rulebook, {})
    sets = document.get("gwp_sets", ())
    gwp_set = str(sets[0]) if len(sets) == 1 else ""
    gases = tuple(
        Intervention(CO2E, float(Fraction(text)), Origin(key if key in known else "biogenic"), gwp_set)
        for key, text in sorted(scores.items())
    )
    kind = TYPES[str(document["scope"])]
    return kind(
        id=str(document["id"]),
        name=record_of(LocalText, document.get("name", {}), "name"),
        category=Category(document["category"]),
        unit=str(document["unit"]),
        interventions=gases,
        geography=str(document.get("geography", "")),
        year=str(document.get("year", "")),
        boundary=str(document.get("boundary", "")),
        source=record_of(Source, document.get("source", {}), "source"),
        missing=str(document.get("missing", "")),
        proxy=str(document.get("proxy", "")),
    )


def book_of(document: Mapping[str, Any], id: str) -> Book:
    """The rulebook that a frozen document holds: the installed one where it is the same, else one read from it.

    A rulebook read from its document takes formula tables and shared defaults from the installed version. Raises
    RulebookError when the installed version cannot read it.
    """
    if registry().get(id, {}).get("available") and open_book(id).digest == digest(document):
        return open_book(id)
    import yaml

    with tempfile.TemporaryDirectory(prefix="zuji-") as top:
        folder = Path(top) / folder_name(Path(id).name)
        main = {key: value for key, value in document["book"].items() if key != "extends"}
        parts: dict[str, Any] = {"book.yaml": main, "rules/rules.yaml": document["rules"]}
        for i, (_, body) in enumerate(sorted(document["parameters"].items())):
            parts[f"parameters/{i:03}.yaml"] = body
        for name, body in parts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False), encoding="utf-8")
        try:
            return load_book(folder)
        except (OSError, RecursionError) as error:
            raise RulebookError(f"{id}: {error}") from error
