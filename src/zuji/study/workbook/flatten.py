"""The documents and tables of a study as rows of the workbook's sheets: one table for each thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zuji.study.forms import MATERIAL_DATA, MATERIAL_TEXTS, Form, Forms, kept
from zuji.study.read_datum import RATINGS
from zuji.study.workbook.layout import FIELDS

Rows = dict[str, list[dict[str, str]]]
"""Sheet id → its rows, each a mapping of column key → text."""

_PROVIDERS = {"dataset": "dataset", "process": "from_process", "supplier": "supplier",
              "electricity": "electricity", "gas": "gas"}  # fmt: skip
_TABLES = {
    "bom": "bom.csv",
    "electricity": "electricity.csv",
    "instruments": "instruments.csv",
    "transport": "transport.csv",
    "evidence": "evidence/index.csv",
}
RENAMED = {"transport": {"start": "from", "end": "to"}}
"""Columns that a sheet names otherwise than the file does."""


def rows_of(forms: Forms) -> Rows:
    """Every sheet's rows."""
    rows: Rows = {
        "product": list(_fields(forms)),
        "plants": [_named(plant) | kept_texts(plant, "country", "region", "address") for plant in forms.head["plants"]]
        if "plants" in forms.head
        else [],
        "choices": [{"key": key, "value": value} for key, value in forms.head.get("choices", {}).items()],
        "processes": [_process(form) for form in forms.processes],
        "exchanges": [
            {"process": form["id"], **_exchange(one)} for form in forms.processes for one in form.get("exchanges", ())
        ],
        "co_products": [
            {"process": form["id"], **_co_product(one)}
            for form in forms.processes
            for one in form.get("co_products", ())
        ],
        "activities": [_exchange(one) for one in forms.end_of_life.get("activities", ())],
        "materials": [
            {"id": id, **_named(form), **kept_texts(form, *MATERIAL_TEXTS)}
            for id, form in forms.end_of_life.get("materials", {}).items()
        ],
        "data": list(_data(forms)),
    }
    for sheet, file in _TABLES.items():
        renamed = RENAMED.get(sheet, {})
        rows[sheet] = [{renamed.get(key, key): text for key, text in row.items()} for row in forms.tables[file]]
    rows["bom"] = [_split_units(row) for row in rows["bom"]]
    return rows


def datum_row(form: Mapping[str, Any], value: str = "amount") -> dict[str, str]:
    """A datum's mapping as columns; `value` names the column of the number."""
    period, quality = form.get("period", {}), form.get("data_quality", {})
    uncertainty = dict(form.get("uncertainty", {}))
    name = uncertainty.pop("distribution", "")
    return kept({
        value: form.get("value", ""),
        "unit": form.get("unit", ""),
        "kind": form.get("kind", ""),
        "source": form.get("source", ""),
        "evidence": " ".join(form.get("evidence", ())),
        "note": form.get("note", ""),
        "period_start": period.get("start", ""),
        "period_end": period.get("end", ""),
        **{f"dq_{rating}": quality.get(rating, "") for rating in RATINGS},
        "uncertainty": " ".join([name, *(f"{key}={text}" for key, text in uncertainty.items())]).strip(),
        "missing": form.get("missing", ""),
    })  # fmt: skip


def kept_texts(form: Mapping[str, Any], *keys: str) -> dict[str, str]:
    """The texts under `keys` that are there."""
    return {key: form[key] for key in keys if form.get(key)}


def _named(form: Form) -> dict[str, str]:
    name = form.get("name", {})
    return kept({"id": form.get("id", ""), "name_zh": name.get("zh", ""), "name_en": name.get("en", "")})


def _fields(forms: Forms) -> Iterator[dict[str, str]]:
    whole = {**forms.head, "end_of_life": forms.end_of_life}
    for key in FIELDS:
        found: Any = whole
        for part in key.split("."):
            found = found.get(part, "") if isinstance(found, Mapping) else ""
        row = datum_row(found, "value") if isinstance(found, Mapping) else {"value": _joined(found)}
        yield {"key": key, **row}


def _joined(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _process(form: Form) -> dict[str, str]:
    period = form.get("period", {})
    return {
        **_named(form),
        **kept_texts(form, "produces", "plant", "stage", "component_group", "technology"),
        **kept({"process_start": period.get("start", ""), "process_end": period.get("end", "")}),
        **datum_row(form["reference_flow"]),
    }


def _exchange(form: Form) -> dict[str, str]:
    amount = form.get("amount", {})
    inline: dict[str, str] = {}
    for key in ("scrap", "mass"):
        if key in form and _shares(form[key], amount):
            inline |= {key: form[key]["value"], f"{key}_unit": form[key]["unit"]}
    return {
        **_named(form),
        **kept_texts(form, "role", "origin", "stage", "component_group", "material", "cut_off", "country"),
        **{column: form[key] for key, column in _PROVIDERS.items() if form.get(key)},
        **kept({"meters": " ".join(form.get("meters", ()))}),
        **inline,
        **datum_row(amount),
    }


def _shares(datum: Form, amount: Form) -> bool:
    """Whether a second datum of a row was obtained as its amount was, so that it needs no row of its own."""
    own = {key: value for key, value in datum.items() if key not in ("value", "unit")}
    row = {key: value for key, value in amount.items() if key not in ("value", "unit", "uncertainty")}
    return own == row and "value" in datum and "missing" not in amount


def _co_product(form: Form) -> dict[str, str]:
    substitute = form.get("substitutes", {})
    return {
        **_named(form),
        **kept({"substitute": substitute.get("dataset", ""), "substitute_reason": substitute.get("reason", "")}),
        **datum_row(form["amount"]),
    }


def _data(forms: Forms) -> Iterator[dict[str, str]]:
    for process in forms.processes:
        own = {"part": "process", "id": process["id"]}
        yield from _several(own, process, ("mass", "physical", "price"))
        for exchange in process.get("exchanges", ()):
            yield from _of_exchange({"part": "exchange", "process": process["id"], "id": exchange["id"]}, exchange)
        for product in process.get("co_products", ()):
            own = {"part": "co_product", "process": process["id"], "id": product["id"]}
            yield from _several(own, product, ("mass", "physical", "price"))
            inner = product.get("substitutes", {})
            for key in ("share", "amount"):
                if key in inner:
                    yield {**own, "property": f"substitutes.{key}", **datum_row(inner[key])}
    for activity in forms.end_of_life.get("activities", ()):
        yield from _of_exchange({"part": "activity", "id": activity["id"]}, activity)
    for id, material in forms.end_of_life.get("materials", {}).items():
        yield from _several({"part": "material", "id": id}, material, MATERIAL_DATA)


def _of_exchange(own: Mapping[str, str], form: Form) -> Iterator[dict[str, str]]:
    beside = [key for key in ("scrap", "mass") if key in form and not _shares(form[key], form.get("amount", {}))]
    yield from _several(own, form, beside)


def _several(own: Mapping[str, str], form: Form, keys: Any) -> Iterator[dict[str, str]]:
    for key in keys:
        found = form.get(key)
        if isinstance(found, list):
            yield from ({**own, "property": "price_of_year", **datum_row(one)} for one in found)
        elif found:
            yield {**own, "property": key, **datum_row(found)}


def _split_units(row: dict[str, str]) -> dict[str, str]:
    split = dict(row)
    for key in ("scrap", "mass"):
        number, _, unit = row.get(key, "").partition(" ")
        if unit:
            split |= {key: number, f"{key}_unit": unit}
    return split
