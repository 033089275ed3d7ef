"""The starter background: cited factors, battery unit processes and the links between them, from `starter/`.

Factor rows keep their ids. `flow:<name>` is what a process asks for: a link to factors, or a gap with its
reason. `process:<name>` is a unit process; an exchange goes to the link of its flow, else to that process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import lru_cache
from typing import Any

from zuji.background.codes import DOUBT
from zuji.background.data import document_of, rows_of
from zuji.background.model import (
    CO2E,
    Background,
    Category,
    Dataset,
    DirectDataset,
    Input,
    Intervention,
    LifecycleDataset,
    LocalText,
    Origin,
    Source,
)
from zuji.errors import UnitError
from zuji.finding import Finding, Place
from zuji.quantity import conversion_factor, parse_unit

FACTOR_FILES = ("electricity_cn", "electricity_world", "fuels", "transport", "water_waste", "materials")
EMISSIONS: Mapping[str, tuple[str, Origin]] = {
    "emission_co2_fossil": ("CO2 fossil", Origin.FOSSIL),
    "emission_ch4_fossil": ("CH4 fossil", Origin.FOSSIL),
}


@lru_cache(maxsize=1)
def starter() -> Background:
    """The starter background; read once, then the same object."""
    factors = [dataset for name in FACTOR_FILES for dataset in _factors(name)]
    flows = [_flow(row, line) for line, row in enumerate(rows_of("links.csv"), start=2)]
    unit_of = {dataset.id: dataset.unit for dataset in flows}
    documents = document_of("battery_processes.yaml")["processes"]
    unit_of |= {f"process:{entry['id']}": str(entry["reference"]["unit"]) for entry in documents}
    processes = [_process(entry, i, unit_of) for i, entry in enumerate(documents)]
    routes = {row["dataset"]: row for row in rows_of("routes.csv")}
    return Background.of("starter", [_on_route(one, routes) for one in (*factors, *flows, *processes)])


def _on_route(dataset: Dataset, routes: Mapping[str, Mapping[str, str]]) -> Dataset:
    """The dataset with the product and the route that `routes.csv` tells of it."""
    row = routes.get(dataset.id)
    return dataset if row is None else replace(dataset, product=row["product"], route=row["route"])


def doubts_of(dataset_id: str) -> tuple[Finding, ...]:
    """What is doubtful about one dataset of the starter set, as warnings."""
    return tuple(
        DOUBT(place, **(row | {"dataset": dataset_id}))
        for place, row in _doubts()
        if row["dataset"] == dataset_id or ("*" in row["dataset"] and fnmatchcase(dataset_id, row["dataset"]))
    )


@lru_cache(maxsize=1)
def _doubts() -> tuple[tuple[Place, dict[str, Any]], ...]:
    rows = enumerate(rows_of("doubts.csv"), start=2)
    return tuple((Place("starter/doubts.csv", line), dict(row)) for line, row in rows)


def _source(row: Mapping[str, Any]) -> Source:
    return Source(
        row["source"],
        row["locator"],
        row["licence"],
        row["redistribute"],
        row["confidence"],
        row.get("kind", "published"),
    )


def _factors(name: str) -> Iterator[Dataset]:
    """The rows of one factor file; values are kg per reference unit by convention, nothing is converted."""
    for line, row in enumerate(rows_of(f"{name}.csv"), start=2):
        kind = DirectDataset if row["scope"] == "direct" else LifecycleDataset
        emitted = Intervention(row["gas"] or CO2E, float(row["value"]), Origin(row["origin"]), row["gwp_set"])
        yield kind(
            id=row["id"],
            name=LocalText(row["name_zh"], row["name_en"]),
            category=Category(row["category"]),
            unit=row["unit"].partition("/")[2],
            interventions=(emitted,),
            geography=row["geography"],
            year=row["year"],
            technology=row["technology"],
            boundary=row["boundary"],
            source=_source(row),
            notes=row["notes"],
            collection=f"starter/{name}",
            place=Place(f"starter/{name}.csv", line),
        )


def _link(text: str) -> Input:
    """`greet2023-ng-comb 1/0.9 MJ` as an input; the amount may be a quotient."""
    dataset, amount, unit = text.split()
    above, _, below = amount.partition("/")
    return Input(dataset, float(Fraction(above) / Fraction(below or "1")), unit)


def _flow(row: Mapping[str, str], line: int) -> LifecycleDataset:
    return LifecycleDataset(
        id=f"flow:{row['flow']}",
        name=LocalText(row["name_zh"], row["name_en"]),
        category=Category(row["category"]),
        unit=row["unit"],
        inputs=tuple(_link(text) for text in row["inputs"].split("; ") if text),
        geography=row["geography"],
        year=row["year"],
        source=_source(row),
        notes=row["notes"],
        missing=row["missing"],
        proxy=row["proxy"],
        collection="starter/links",
        place=Place("starter/links.csv", line),
    )


def _process(entry: Mapping[str, Any], index: int, unit_of: Mapping[str, str]) -> LifecycleDataset:
    reference = entry["reference"]
    missing = [f"the reference unit is not sure: {reference['unsure']}"] if "unsure" in reference else []
    notes = [entry.get("notes", "")]
    inputs: list[Input] = []
    emitted: list[Intervention] = []
    outputs = entry.get("outputs", ())
    for exchange in [*entry["exchanges"], *(o for o in outputs if o["flow"] in EMISSIONS)]:
        flow, amount, unit = exchange["flow"], float(exchange["amount"]), str(exchange["unit"])
        if flow in EMISSIONS:
            gas, origin = EMISSIONS[flow]
            emitted.append(Intervention(gas, amount, origin))
            continue
        provider = f"flow:{flow}" if f"flow:{flow}" in unit_of else f"process:{flow}"
        if unit == unit_of[provider] or _converts(unit, unit_of[provider]):
            inputs.append(Input(provider, amount, unit))
        else:
            missing.append(f"{flow} {exchange['amount']}: the unit '{unit}' is not sure")
    others = [f"{o['flow']} {o['amount']} {o['unit']}" for o in outputs if o["flow"] not in EMISSIONS]
    notes += [f"outputs: {', '.join(others)}"] if others else []
    notes += [f"left out: {', '.join(entry['omitted'])}"] if "omitted" in entry else []
    return LifecycleDataset(
        id=f"process:{entry['id']}",
        name=LocalText(entry["name_zh"], entry["name_en"]),
        category=Category.PROCESS,
        unit=str(reference["unit"]),
        amount=float(reference["amount"]),
        interventions=tuple(emitted),
        inputs=tuple(inputs),
        geography=entry["geography"],
        year=entry["year"],
        boundary="cradle to gate",
        source=_source(entry),
        notes="; ".join(note for note in notes if note),
        missing="; ".join(missing),
        collection="starter/battery_processes",
        place=Place("starter/battery_processes.yaml", 0, f"processes[{index}]"),
    )


def _converts(unit: str, target: str) -> bool:
    try:
        return conversion_factor(parse_unit(unit), parse_unit(target)) > 0
    except UnitError:
        return False
