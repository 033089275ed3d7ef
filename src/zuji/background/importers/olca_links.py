"""Small pieces of openLCA documents: categories, parameters, links of product systems."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from zuji.background.importers.jsons import first, mapping, number, objects, text
from zuji.background.importers.records import ParameterRecord

TYPES = (
    "Process", "Flow", "FlowProperty", "UnitGroup", "ImpactCategory", "ImpactMethod", "ProductSystem", "Parameter",
    "Category", "Actor", "Source", "Location", "DQSystem", "Currency", "Epd", "Result",
)  # fmt: skip
FOLDERS = (
    "flows", "flow_properties", "unit_groups", "locations", "sources", "parameters", "lcia_methods",
    "product_systems",
)  # fmt: skip
"""Folders of documents that the processes refer to."""


def each(value: Any) -> Iterator[Mapping[str, Any]]:
    """The documents of a file: one, a list, or a JSON-LD graph."""
    if isinstance(value, list):
        yield from objects(value)
    elif isinstance(value, dict):
        graph = value.get("@graph")
        yield from objects(graph) if isinstance(graph, list) else [value]


def path(value: Mapping[str, Any]) -> list[str]:
    """The names of the categories of a document, outermost first."""
    category = value.get("category")
    if isinstance(category, str):
        return [part for part in text(category).split("/") if part]
    inner = mapping(category)
    names = first(inner, "categoryPath") or first(value, "categoryPath")
    found = [text(name) for name in names] if isinstance(names, list) else []
    return [name for name in (*found, text(inner.get("name"))) if name]


def category(value: Mapping[str, Any]) -> str:
    """The categories of a document, levels parted by '/'."""
    return "/".join(path(value))


def chinese(name: str) -> str:
    """The name if it has Chinese characters: the format has one name and no language."""
    return name if any("\u4e00" <= c <= "\u9fff" for c in name) else ""


def parameter(entry: Mapping[str, Any]) -> ParameterRecord:
    """An input parameter with its value, or a dependent one with its formula."""
    formula = text(entry.get("formula"))
    given = first(entry, "isInputParameter", "inputParameter")
    is_input = bool(given) if given is not None else not formula
    return ParameterRecord(
        name=text(entry.get("name")),
        amount=number(entry.get("value")) if is_input else math.nan,
        formula="" if is_input else formula,
        line=1,
    )


def links_of(system: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """((process, internal id of the exchange, or '|' and the flow), provider) for every link of a product system."""
    for link in objects(system.get("processLinks")):
        process = text(mapping(link.get("process")).get("@id"))
        provider = text(mapping(link.get("provider")).get("@id"))
        internal = text(mapping(link.get("exchange")).get("internalId"))
        flow = text(mapping(link.get("flow")).get("@id"))
        if process and provider and (internal or flow):
            yield (process, internal or f"|{flow}"), provider
