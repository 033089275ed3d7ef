"""A stored dataset as a document of the background: what a study that takes it gets to see."""

from __future__ import annotations

import re
from collections.abc import Sequence

from zuji.background.importers.records import DIRECT_ONLY
from zuji.background.model import (
    Category,
    Dataset,
    DirectDataset,
    Intervention,
    LifecycleDataset,
    LocalText,
    Source,
)
from zuji.background.store.stored import StoredBackground, StoredDataset
from zuji.finding import Place

_ELECTRICITY = re.compile(r"electric|电力|电网|供电", re.IGNORECASE)
_HEAT = re.compile(r"\bheat\b|steam|thermal|热力|蒸汽", re.IGNORECASE)
_UNITS = {"tkm": Category.TRANSPORT, "vkm": Category.TRANSPORT, "kgkm": Category.TRANSPORT, "kg": Category.MATERIAL}


def category_of(dataset: StoredDataset) -> Category:
    """What kind of reference flow the dataset delivers, by unit and name."""
    if dataset.treats:
        return Category.WASTE
    words = f"{dataset.name} {dataset.name_zh} {dataset.product}"
    if dataset.study_unit in ("kWh", "MJ", "MWh", "GJ"):
        if _ELECTRICITY.search(words):
            return Category.ELECTRICITY
        return Category.HEAT if _HEAT.search(words) else Category.FUEL
    return _UNITS.get(dataset.study_unit, Category.PROCESS)


def dataset_of(stored: StoredBackground, i: int, interventions: Sequence[Intervention]) -> Dataset:
    """Dataset `i` with its life-cycle `interventions` per one unit of its product; `collection` is the digest.

    It is a gap (`missing`) when it or anything upstream is not linked or not known, and when no study can convert its
    unit; what is known stays in `interventions`.
    """
    dataset = stored.dataset(i)
    missing = dataset.missing
    if not missing and int(stored.array("incomplete")[i]):
        missing = "上游有未关联或无数据的部分 / something that it takes from is not linked or has no data"
    if not missing and not dataset.study_unit:
        missing = f"单位“{dataset.unit}”无法换算 / no conversion is known for its unit '{dataset.unit}'"
    kind = DirectDataset if dataset.boundary == DIRECT_ONLY else LifecycleDataset
    return kind(
        id=dataset.id,
        name=LocalText(dataset.name_zh, dataset.name),
        category=category_of(dataset),
        unit=dataset.study_unit or "item",
        interventions=tuple(interventions),
        geography=dataset.geography,
        year=dataset.year,
        technology=dataset.technology,
        system_model=dataset.system_model,
        boundary=dataset.boundary or "cradle to gate",
        source=Source(
            dataset.citation or str(stored.about.get("format", "")),
            f"{stored.digest}#{dataset.id}",
            dataset.licence,
            str(stored.about.get("redistribute", "unclear")),
            "seen",
            "published",
        ),
        missing=missing,
        collection=stored.digest,
        place=Place(dataset.file, dataset.line),
    )
