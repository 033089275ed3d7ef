"""A study's own datasets from `background.csv` and `background.yaml`; a problem is a finding with its place.

A dataset with an error is kept under its id, without figures and with the reason in `missing`, so that what
takes it is shown to be incomplete instead of pointing nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zuji.background.codes import DUPLICATE_ID, NOT_POSITIVE, REQUIRED, WRONG_TYPE
from zuji.background.entries import TEXTS, Entry, Figures, build
from zuji.background.fields import Reader
from zuji.background.links import check_links as check_links
from zuji.background.model import (
    CO2E,
    Background,
    DataQuality,
    Dataset,
    Input,
    Intervention,
    LocalText,
)
from zuji.finding import Place
from zuji.reading import Document, Row, key_path, read_csv, read_yaml

CSV_COLUMNS = (
    *("id", "name_zh", "name_en", "category", "value", "unit", "gas", "gwp_set", "origin", "scope", *TEXTS),
    *("source", "locator", "licence", "redistribute", "kind", "confidence", "missing", "primary_share"),
)
_KEYS = (
    *("id", "name", "unit", "amount", "category", "scope", "interventions", "inputs", *TEXTS),
    *("source", "data_quality", "missing", "primary_share"),
)
_INTERVENTION_KEYS = ("gas", "amount", "unit", "origin", "gwp_set")
_INPUT_KEYS = ("dataset", "amount", "unit")
_SOURCE_KEYS = ("citation", "locator", "licence", "redistribute", "confidence", "kind")
_QUALITY_KEYS = ("technology", "geography", "time", "precision")

_Path = tuple[str | int, ...]


def read_background_file(path: Path, shown: str = "") -> Background:
    """The datasets of one file (.yaml, .yml, else CSV) with all findings, in which it is named `shown`."""
    shown = shown or path.name
    reader = Reader()
    if path.suffix.lower() in (".yaml", ".yml"):
        document = read_yaml(path, shown)
        reader.findings += document.findings
        datasets = list(_from_document(document, reader))
    else:
        table = read_csv(path, shown)
        reader.findings += table.findings
        places = {name: Place(shown, 1, "", name) for name in table.columns}
        reader.known_fields([name for name in table.columns if name], CSV_COLUMNS, places)
        datasets = [found for row in table.rows if (found := _from_row(row, reader)) is not None]
    first: dict[str, Dataset] = {}
    for dataset in datasets:
        known = first.setdefault(dataset.id, dataset)
        if known is not dataset:
            place = dataset.place
            at = place.at(path=f"{place.path}.id") if place.path else place.at(column="id")
            reader.findings.append(DUPLICATE_ID(at, dataset=dataset.id, first=known.place))
    return Background.of(shown, first.values(), reader.findings)


def _from_row(row: Row, reader: Reader) -> Dataset | None:
    """One CSV row as a dataset with one intervention; None without an id."""
    entry = Entry(row.values, lambda column: row.place.at(column=column), reader)
    before = len(reader.findings)
    dataset_id = entry.required("id")
    if not dataset_id:
        return None
    gas = reader.gas(entry.text("gas"), entry.place_of("gas"))
    typed = entry.required("unit")
    # An unknown gas is one mistake, not two: the unit is then read as that of some gas.
    split = reader.factor_unit(typed, gas or "CO2 fossil", entry.place_of("unit")) if typed else None
    value = entry.number("value") if entry.has("value") else None
    emitted: tuple[Intervention, ...] = ()
    origin, gwp_set = entry.origin(gas or CO2E), entry.gwp_set()
    if gas and split and value is not None:
        emitted = (Intervention(gas, value * float(split[0]), origin, gwp_set if gas == CO2E else ""),)
    return build(
        entry,
        LocalText(entry.text("name_zh"), entry.text("name_en")),
        entry.source("source", dataset_id),
        Figures(split[1] if split else typed, 1.0, emitted),
        row.place,
        wrong_before=before,
        figure_field="value",
    )


def _from_document(document: Document, reader: Reader) -> Iterator[Dataset]:
    top = Entry(document.data, lambda key: document.place_of((key,)), reader)
    top.known(("datasets",))
    if "datasets" not in document.data:
        if document.data:
            reader.findings.append(REQUIRED(Place(document.file, 1, "datasets"), field="datasets"))
        return
    for index, values in enumerate(_list(document, ("datasets",), document.data["datasets"], reader)):
        path: _Path = ("datasets", index)
        if (entry := _entry(document, path, values, reader, _KEYS)) is not None:
            found = _from_mapping(document, path, entry)
            if found is not None:
                yield found


def _entry(document: Document, path: _Path, values: Any, reader: Reader, keys: tuple[str, ...]) -> Entry | None:
    """The mapping at `path` as an entry; None, with a finding, when it is no mapping."""
    if not isinstance(values, dict):
        field, found = key_path(path), type(values).__name__
        reader.findings.append(WRONG_TYPE(document.place_of(path), field=field, expected="a mapping", found=found))
        return None
    entry = Entry(values, lambda key: document.place_of((*path, key)), reader)
    entry.known(keys)
    return entry


def _list(document: Document, path: _Path, values: Any, reader: Reader) -> list[Any]:
    if values is None:
        return []
    if isinstance(values, list):
        return values
    found = type(values).__name__
    reader.findings.append(WRONG_TYPE(document.place_of(path), field=key_path(path), expected="a list", found=found))
    return []


def _from_mapping(document: Document, path: _Path, entry: Entry) -> Dataset | None:
    reader = entry.reader
    before = len(reader.findings)
    dataset_id = entry.required("id")
    if not dataset_id:
        return None
    typed = entry.required("unit")
    unit = reader.unit(typed, entry.place_of("unit")) if typed else None
    amount = entry.number("amount") if entry.has("amount") else 1.0
    if amount is not None and amount <= 0:
        reader.findings.append(NOT_POSITIVE(entry.place_of("amount"), value=f"{amount:g}"))
    interventions: list[Intervention] = []
    for index, values in enumerate(_items(document, path, entry, "interventions")):
        part = _entry(document, (*path, "interventions", index), values, reader, _INTERVENTION_KEYS)
        if part and (emitted := _intervention(part)):
            interventions.append(emitted)
    inputs: list[Input] = []
    for index, values in enumerate(_items(document, path, entry, "inputs")):
        part = _entry(document, (*path, "inputs", index), values, reader, _INPUT_KEYS)
        if part and (taken := _input(part)):
            inputs.append(taken)
    given = entry.values.get("source")
    empty: dict[str, Any] = {}
    source = _entry(document, (*path, "source"), empty if given is None else given, reader, _SOURCE_KEYS)
    quality = _entry(document, (*path, "data_quality"), entry.values.get("data_quality") or {}, reader, _QUALITY_KEYS)
    return build(
        entry,
        _name(document, path, entry),
        (source or Entry(empty, lambda key: document.place_of((*path, "source", key)), reader)).source(
            "citation", dataset_id
        ),
        Figures(unit.symbol if unit else typed, amount or 1.0, tuple(interventions), tuple(inputs)),
        document.place_of(path),
        wrong_before=before,
        figure_field="interventions",
        quality=_quality(quality),
    )


def _items(document: Document, path: _Path, entry: Entry, key: str) -> list[Any]:
    return _list(document, (*path, key), entry.values.get(key), entry.reader)


def _name(document: Document, path: _Path, entry: Entry) -> LocalText:
    """A name in both languages, or one text; Chinese when it has a Chinese character."""
    given = entry.values.get("name")
    if isinstance(given, dict):
        part = _entry(document, (*path, "name"), given, entry.reader, ("zh", "en"))
        return LocalText(part.text("zh"), part.text("en")) if part else LocalText()
    text = entry.text("name")
    return LocalText(zh=text) if any("\u3400" <= sign <= "\u9fff" for sign in text) else LocalText(en=text)


def _intervention(entry: Entry) -> Intervention | None:
    reader = entry.reader
    named = entry.required("gas")
    gas = reader.gas(named, entry.place_of("gas")) if named else None
    amount = entry.number("amount") if entry.has("amount") else None
    if not entry.has("amount"):
        reader.findings.append(REQUIRED(entry.place_of("amount"), field="amount"))
    typed = entry.text("unit")
    kilograms = reader.mass(typed, gas, entry.place_of("unit")) if typed and gas else 1
    origin, gwp_set = entry.origin(gas or CO2E), entry.gwp_set()
    if gas is None or amount is None or kilograms is None:
        return None
    return Intervention(gas, amount * float(kilograms), origin, gwp_set if gas == CO2E else "")


def _input(entry: Entry) -> Input | None:
    dataset, typed = entry.required("dataset"), entry.required("unit")
    amount = entry.number("amount") if entry.has("amount") else None
    if not entry.has("amount"):
        entry.reader.findings.append(REQUIRED(entry.place_of("amount"), field="amount"))
    unit = entry.reader.unit(typed, entry.place_of("unit")) if typed else None
    if not dataset or unit is None or amount is None:
        return None
    return Input(dataset, amount, unit.symbol)


def _quality(entry: Entry | None) -> DataQuality:
    ratings: dict[str, float | None] = {}
    for key in _QUALITY_KEYS:
        if entry is not None and entry.has(key):
            ratings[key] = entry.reader.between(entry.values[key], 1, 5, key, entry.place_of(key))
    return DataQuality(**ratings)
