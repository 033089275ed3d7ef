"""Whether the inputs of datasets lead somewhere, and which gaps a dataset depends on."""

from __future__ import annotations

import difflib
from typing import Any

from zuji.background.codes import DANGLING_INPUT, DIRECT_ELECTRICITY, INPUT_UNIT
from zuji.background.model import Background, Category, DirectDataset, LifecycleDataset
from zuji.errors import UnitError
from zuji.finding import Finding
from zuji.quantity import conversion_factor, parse_unit


def check_links(background: Background) -> tuple[Finding, ...]:
    """Inputs that are not there or are delivered in another dimension, and direct-only electricity."""
    findings: list[Finding] = []
    for dataset in background.datasets.values():
        for index, taken in enumerate(dataset.inputs):
            place = dataset.place.at(path=f"{dataset.place.path}.inputs[{index}]".lstrip("."))
            provider = background.datasets.get(taken.dataset)
            shown: dict[str, Any] = {"dataset": dataset.id, "input": taken.dataset}
            if provider is None:
                near = difflib.get_close_matches(taken.dataset, background.datasets, n=3)
                place = place.at(f"{place.path}.dataset")
                findings.append(DANGLING_INPUT(place, nearest=", ".join(near) or "-", **shown))
                continue
            if not _convertible(taken.unit, provider.unit):
                findings.append(
                    INPUT_UNIT(place.at(f"{place.path}.unit"), unit=taken.unit, expected=provider.unit, **shown)
                )
            direct = isinstance(provider, DirectDataset) and provider.category is Category.ELECTRICITY
            if direct and isinstance(dataset, LifecycleDataset):
                findings.append(DIRECT_ELECTRICITY(place, **shown))
    return tuple(findings)


def gaps(background: Background, dataset_id: str) -> tuple[str, ...]:
    """The ids that leave `dataset_id` incomplete, sorted: datasets with `missing`, and inputs not there.

    A dataset that is missing itself is a gap; inputs are walked through any depth and loop.
    """
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [dataset_id]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        dataset = background.datasets.get(current)
        if dataset is None or dataset.missing:
            found.add(current)
        if dataset is not None:
            waiting.extend(taken.dataset for taken in dataset.inputs)
    return tuple(sorted(found))


def _convertible(unit: str, target: str) -> bool:
    if unit == target:
        return True
    try:
        return conversion_factor(parse_unit(unit), parse_unit(target)) > 0
    except UnitError:
        return False
