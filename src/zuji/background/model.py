"""The background documents: datasets as interventions by gas and inputs from other datasets.

Whether a dataset covers the life cycle up to its reference flow or only the direct emissions of one activity
is its *type* (`LifecycleDataset`, `DirectDataset`), so a function that takes electricity for a product
footprint cannot be given a direct-only factor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from zuji.datum import DataQuality, LocalText, Origin
from zuji.finding import NOWHERE, Finding, Place

__all__ = [
    "CO2E", "Background", "Category", "DataQuality", "Dataset", "DirectDataset", "Input", "Intervention",
    "LifecycleDataset", "LocalText", "Origin", "Source",
]  # fmt: skip

CO2E = "CO2e"
"""Name of the stand-in gas of a factor that its source states only as CO2-equivalent."""
UNRATED = DataQuality()
"""The data quality of a dataset that nobody rated."""


class Category(StrEnum):
    """What kind of reference flow a dataset delivers."""

    ELECTRICITY = "electricity"
    HEAT = "heat"
    FUEL = "fuel"
    TRANSPORT = "transport"
    MATERIAL = "material"
    WATER = "water"
    WASTE = "waste"
    PROCESS = "process"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so, where exactly, under which licence, and how sure we are of the transcription."""

    citation: str
    locator: str = ""
    licence: str = ""
    redistribute: str = "unclear"
    """yes | yes-share-alike | no | unclear"""
    confidence: str = ""
    """seen | derived | memory | assumed: how the figure reached this file"""
    kind: str = ""
    """published | derived | converted | assumed"""


@dataclass(frozen=True, slots=True)
class Intervention:
    """An emission (positive) or uptake (negative) of `amount` kg of one gas per reference flow.

    For `gas == CO2E` the amount is kg CO2e under `gwp_set` ('' where the source does not say which set).
    """

    gas: str
    amount: float
    origin: Origin = Origin.FOSSIL
    gwp_set: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """`amount` `unit` of the reference product of dataset `dataset`, per reference flow of the owner."""

    dataset: str
    amount: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(ABC):
    """One dataset of the background: what delivering `amount` `unit` of its product emits and takes."""

    id: str
    name: LocalText
    category: Category
    unit: str
    amount: float = 1.0
    interventions: tuple[Intervention, ...] = ()
    inputs: tuple[Input, ...] = ()
    geography: str = ""
    year: str = ""
    technology: str = ""
    product: str = ""
    """What it delivers, by the name that datasets of other routes share; '' where no route is told."""
    route: str = ""
    """How that product is made where there are several ways, for example natural or synthetic graphite."""
    system_model: str = ""
    boundary: str = ""
    source: Source
    notes: str = ""
    missing: str = ""
    """Why there is no factor at all; a missing value is not zero, it propagates and it shows."""
    proxy: str = ""
    """What makes this a stand-in for the thing that it is named after; '' for the thing itself."""
    data_quality: DataQuality = UNRATED
    primary_share: float = 0.0
    """Share of primary data in a supplier's footprint, 0 to 1; 0 for secondary data."""
    collection: str = ""
    """The file or background that it came from, for example `starter/grid_cn` or `study`."""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    @abstractmethod
    def scope(self) -> str:
        """`lifecycle` or `direct`, as the type says."""

    def as_dict(self) -> dict[str, Any]:
        """The dataset as a canonical document (no place, no empty values, no default values)."""
        return {"scope": self.scope, **_plain(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleDataset(Dataset):
    """A dataset that covers the life cycle up to its reference flow (cradle to gate, or to delivery)."""

    @property
    def scope(self) -> str:
        return "lifecycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDataset(Dataset):
    """A dataset of direct emissions only (combustion, driving, a power station), without any supply chain."""

    @property
    def scope(self) -> str:
        return "direct"


def _plain(value: object) -> Any:
    if isinstance(value, (Dataset, LocalText, Source, DataQuality, Intervention, Input)):
        shown = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name != "place"}
        return {key: v for key, v in shown.items() if v not in ("", None, [], {})}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, StrEnum) else value


@dataclass(frozen=True, eq=False)
class Background:
    """An immutable set of datasets by id, with the findings of reading them."""

    id: str
    datasets: Mapping[str, Dataset]
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, id: str, datasets: Iterable[Dataset], findings: Iterable[Finding] = ()) -> Background:
        """A background of `datasets`; of two with one id the later one stands (callers report duplicates)."""
        return cls(id, MappingProxyType({dataset.id: dataset for dataset in datasets}), tuple(findings))

    def __contains__(self, dataset_id: str) -> bool:
        return dataset_id in self.datasets

    def __getitem__(self, dataset_id: str) -> Dataset:
        return self.datasets[dataset_id]

    def __len__(self) -> int:
        return len(self.datasets)

    def joined(self, other: Background) -> Background:
        """Both backgrounds as one; where an id is in both, `other` stands."""
        return Background(
            f"{self.id}+{other.id}",
            MappingProxyType({**self.datasets, **other.datasets}),
            self.findings + other.findings,
        )

    @cached_property
    def documents(self) -> list[dict[str, Any]]:
        """All datasets as canonical documents in the order of their ids."""
        return [self.datasets[key].as_dict() for key in sorted(self.datasets)]
