"""Grid factors, typed by scope and basis: what may enter a product footprint, a Scope 2 inventory, avoided emissions.

`LifecycleFactor` enters footprints, `DirectFactor` enters Scope 2, `MarginalFactor` neither: it has no way to become a
dataset. The functions take the one type that is right, so a type checker refuses the others; data from users is
refused by `refusal` with a finding.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

import yaml

from zuji.background.model import (
    CO2E,
    Category,
    Dataset,
    DirectDataset,
    Intervention,
    LifecycleDataset,
    Source,
)
from zuji.background.starter import starter
from zuji.canonical import canonical_bytes
from zuji.datum import LocalText, Origin
from zuji.electricity.trace import codes
from zuji.finding import NOWHERE, Finding, Place


class Basis(StrEnum):
    """What a factor averages over, or what a change causes."""

    PRODUCTION = "production"
    """Generation inside the place."""
    CONSUMPTION = "consumption"
    """What is taken in the place, imports included."""
    RESIDUAL = "residual"
    """What is left when contracts and certificates have taken theirs."""
    MARGINAL = "marginal"
    """What one kWh more or less causes."""


class Use(StrEnum):
    """What a factor is wanted for."""

    FOOTPRINT = "footprint"
    SCOPE_2 = "scope_2"
    AVOIDED = "avoided"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFactor(ABC):
    """`value` [kg of `gas` per kWh] of electricity at `place` in `period`, by whom and under which licence."""

    id: str
    name: LocalText
    value: float
    gas: str = CO2E
    gwp_set: str = ""
    basis: Basis
    geography: str
    period: str
    """A year, or two days as `2024-01-01/2024-12-31`."""
    technology: str = ""
    """'' for a mix."""
    package: str = ""
    """Id of the official package that it belongs to, '' for none."""
    rule: str = ""
    """The tracing rule, '' for a figure published by others."""
    boundary: str = ""
    deviation: float | None = None
    """Standard deviation [kg/kWh]; None where nobody states one."""
    verified: bool = True
    """False where basis or figure could not be checked against the source itself."""
    source: Source
    place: Place = field(default=NOWHERE, compare=False)

    @property
    @abstractmethod
    def scope(self) -> str:
        """`direct` or `lifecycle`, as the type says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectFactor(GridFactor):
    """Emissions of generation only: for Scope 2 inventories. Raises ValueError for a marginal basis."""

    def __post_init__(self) -> None:
        _average(self)

    @property
    def scope(self) -> str:
        return "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleFactor(GridFactor):
    """Generation with fuel supply and plants: for product footprints. Raises ValueError for a marginal basis."""

    def __post_init__(self) -> None:
        _average(self)

    @property
    def scope(self) -> str:
        return "lifecycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalFactor(GridFactor):
    """What a change causes: for avoided emissions, in an account of their own. Raises ValueError for another basis."""

    def __post_init__(self) -> None:
        if self.basis is not Basis.MARGINAL:
            raise ValueError(f"{self.id}: a marginal factor has the basis marginal")

    @property
    def scope(self) -> str:
        return "direct"


def _average(factor: GridFactor) -> None:
    if factor.basis is Basis.MARGINAL:
        raise ValueError(f"{factor.id}: a factor of the basis marginal is a MarginalFactor")


def footprint_dataset(factor: LifecycleFactor) -> LifecycleDataset:
    """The dataset of 1 kWh for a product footprint; raises TypeError for any other kind of factor."""
    if not isinstance(factor, LifecycleFactor):
        raise TypeError(f"{factor.id}: a footprint takes life-cycle factors only, not {type(factor).__name__}")
    return LifecycleDataset(**_fields(factor))


def scope_2_dataset(factor: DirectFactor) -> DirectDataset:
    """The dataset of 1 kWh for a Scope 2 inventory; raises TypeError for any other kind of factor."""
    if not isinstance(factor, DirectFactor):
        raise TypeError(f"{factor.id}: Scope 2 takes direct average factors only, not {type(factor).__name__}")
    return DirectDataset(**_fields(factor))


def avoided_per_kwh(factor: MarginalFactor) -> float:
    """What one kWh less causes [kg/kWh], for avoided emissions only; raises TypeError for an average factor."""
    if not isinstance(factor, MarginalFactor):
        raise TypeError(f"{factor.id}: avoided emissions take marginal factors only, not {type(factor).__name__}")
    return factor.value


def _fields(factor: GridFactor) -> dict[str, Any]:
    origin = Origin.UNSPECIFIED if factor.gas == CO2E else Origin.FOSSIL
    return {
        "id": factor.id,
        "name": factor.name,
        "category": Category.ELECTRICITY,
        "unit": "kWh",
        "interventions": (Intervention(factor.gas, factor.value, origin, factor.gwp_set),),
        "geography": factor.geography,
        "year": factor.period,
        "technology": factor.technology or "grid average",
        "boundary": factor.boundary,
        "source": factor.source,
        "notes": f"basis {factor.basis.value}" + (f", rule {factor.rule}" if factor.rule else ""),
        "collection": f"electricity/{factor.package or 'factors'}",
        "place": factor.place,
    }


def refusal(factor: GridFactor, use: Use, place: Place = NOWHERE) -> Finding | None:
    """Why `factor` must not be used so, or None where it may."""
    if use is Use.AVOIDED:
        return None
    if isinstance(factor, MarginalFactor):
        return codes.MARGINAL_REFUSED(place, factor=factor.id)
    if use is Use.FOOTPRINT and isinstance(factor, DirectFactor):
        return codes.DIRECT_IN_FOOTPRINT(place, factor=factor.id, instead=_instead(factor, LifecycleFactor))
    if use is Use.SCOPE_2 and isinstance(factor, LifecycleFactor):
        return codes.LIFECYCLE_IN_SCOPE_2(place, factor=factor.id, instead=_instead(factor, DirectFactor))
    return None


def _instead(factor: GridFactor, wanted: type[GridFactor]) -> str:
    country = factor.geography.partition("-")[0]
    near = [f for f in registry().factors if isinstance(f, wanted) and f.geography == country and not f.technology]
    return max(near, key=lambda f: (bool(f.package), f.period, f.basis is Basis.CONSUMPTION, f.id)).id if near else "-"


def one_rule(factors: tuple[GridFactor, ...]) -> Finding | None:
    """A finding where figures of different tracing rules stand in one account."""
    rules = sorted({factor.rule for factor in factors if factor.rule})
    return codes.RULES_MIXED(rules="; ".join(rules)) if len(rules) > 1 else None


@dataclass(frozen=True, slots=True)
class Package:
    """Official figures under one notice; `digest` is of the values as they are shipped."""

    id: str
    title: LocalText
    notice: str
    published: str
    url: str
    digest: str
    document_sha256: str
    """SHA-256 of the published document, '' where it is not known."""
    verified: bool


@dataclass(frozen=True, eq=False)
class Registry:
    """Every grid factor at hand, by id; `find` selects."""

    factors: tuple[GridFactor, ...]
    packages: tuple[Package, ...]

    @cached_property
    def _by_id(self) -> dict[str, GridFactor]:
        return {factor.id: factor for factor in self.factors}

    def __getitem__(self, id: str) -> GridFactor:
        return self._by_id[id]

    def __contains__(self, id: str) -> bool:
        return id in self._by_id

    def find(
        self, *, scope: str = "", basis: str = "", geography: str = "", period: str = "", technology: str | None = None
    ) -> tuple[GridFactor, ...]:
        """The factors that fit every given condition, in the order of their ids."""
        found = [
            f
            for f in self.factors
            if scope in ("", f.scope) and basis in ("", f.basis.value) and geography in ("", f.geography)
            and period in ("", f.period) and technology in (None, f.technology)
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda f: f.id))

    def of_package(self, id: str) -> tuple[GridFactor, ...]:
        """The factors of one official package, in the order of their ids."""
        return tuple(sorted((f for f in self.factors if f.package == id), key=lambda f: f.id))


def _document() -> dict[str, Any]:
    text = resources.files("zuji.electricity").joinpath("factors.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@lru_cache(maxsize=1)
def registry() -> Registry:
    """The factors of the starter background with their basis and official package; read once."""
    document = _document()
    packages = tuple(
        Package(
            entry["id"], LocalText(**entry["title"]), entry["notice"], str(entry["published"]), entry["url"],
            entry["digest"], entry.get("document_sha256", ""), bool(entry["verified"]),
        )
        for entry in document["packages"]
    )  # fmt: skip
    prefixes = {entry["ids"]: entry["id"] for entry in document["packages"]}
    factors = []
    for dataset in starter().datasets.values():
        if dataset.category is not Category.ELECTRICITY or not dataset.collection.startswith("starter/electricity"):
            continue
        rule = next((r for r in document["rules"] if fnmatchcase(dataset.id, r["ids"])), None)
        if rule is None or rule["basis"] == "none":
            continue
        package = next((id for pattern, id in prefixes.items() if fnmatchcase(dataset.id, pattern)), "")
        factors.append(_factor(dataset, rule, package))
    return Registry(tuple(factors), packages)


def _factor(dataset: Dataset, rule: dict[str, Any], package: str) -> GridFactor:
    flow = dataset.interventions[0]
    basis = Basis(rule["basis"])
    kind: type[GridFactor] = DirectFactor if isinstance(dataset, DirectDataset) else LifecycleFactor
    if basis is Basis.MARGINAL:
        kind = MarginalFactor
    technology = "" if dataset.technology in ("grid average", "generation mix") else dataset.technology
    return kind(
        id=dataset.id,
        name=dataset.name,
        value=flow.amount,
        gas=flow.gas,
        gwp_set=flow.gwp_set,
        basis=basis,
        geography=dataset.geography,
        period=dataset.year,
        technology=rule.get("technology", technology),
        package=package,
        boundary=dataset.boundary,
        verified=bool(rule.get("verified", True)),
        source=dataset.source,
        place=dataset.place,
    )


def package_digest(factors: tuple[GridFactor, ...]) -> str:
    """`sha256:` and the digest of ids, values, gases, scopes, places and periods of a package."""
    rows = [
        {"id": f.id, "value": f.value, "gas": f.gas, "scope": f.scope, "geography": f.geography, "period": f.period}
        for f in sorted(factors, key=lambda f: f.id)
    ]
    return "sha256:" + hashlib.sha256(canonical_bytes(rows)).hexdigest()
