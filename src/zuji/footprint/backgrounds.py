"""Everything a study can take from: the starter set, the study's own datasets and the footprints of its suppliers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from zuji.background import codes
from zuji.background.gwp import gwp_table
from zuji.background.links import check_links
from zuji.background.model import CO2E, Background, Category, Dataset, Intervention, LifecycleDataset, Source
from zuji.background.reading import read_background_file
from zuji.background.starter import starter
from zuji.canonical import digest
from zuji.datum import Origin
from zuji.finding import Finding
from zuji.study.check_suppliers import aviation_in_fossil
from zuji.study.inventory import inventory
from zuji.study.model import Datum, Study, SupplierFootprint

OWN_FILES = ("background.csv", "background.yaml")
SHOWN = 3
"""Gases and inputs of a dataset that a finding names."""


def background_of(study: Study) -> tuple[Background, tuple[Finding, ...]]:
    """The joined background of `study`, and the findings of its own datasets."""
    joined = starter()
    findings: list[Finding] = []
    for name in OWN_FILES:
        path = Path(study.folder) / name
        if study.folder and path.is_file():
            own = read_background_file(path, name)
            findings += [*own.findings, *_replaced(own, joined)]
            joined = joined.joined(own)
    findings += _ids_twice(study, joined)
    if study.backgrounds:
        from zuji.footprint.stored import from_store

        joined, stored = from_store(study, joined)
        findings += stored
    suppliers = [supplier_dataset(footprint) for footprint in study.suppliers.values()]
    if suppliers:
        joined = joined.joined(Background.of("suppliers", suppliers))
    if len(joined) > len(starter()):
        findings += check_links(joined)
    return joined, tuple(findings)


def _replaced(own: Background, joined: Background) -> Iterator[Finding]:
    for id, dataset in own.datasets.items():
        other = joined.datasets.get(id)
        if other is None:
            continue
        is_starter = starter().datasets.get(id) is other
        if is_starter and other.missing:
            continue  # a value in place of a gap takes nothing away
        if is_starter:
            place = dataset.place
            yield codes.REPLACES_STARTER(place, id=id, own=_in_short(dataset), starter=_in_short(other))
        else:
            yield codes.DUPLICATE_ID(dataset.place, dataset=id, first=other.place)


def _ids_twice(study: Study, datasets: Background) -> Iterator[Finding]:
    """Suppliers' footprints, processes and assemblies with the id of a dataset, or of each other."""
    for id, footprint in study.suppliers.items():
        if id in datasets:
            yield codes.SUPPLIER_IS_DATASET(footprint.place, id=id, dataset=_in_short(datasets[id]))
    for id, process in inventory(study).items():
        if id in datasets:
            yield codes.FOREGROUND_IS_DATASET(process.place, id=id, dataset=_in_short(datasets[id]))
        elif id in study.suppliers:
            shown = _in_short(supplier_dataset(study.suppliers[id]))
            yield codes.FOREGROUND_IS_DATASET(process.place, id=id, dataset=shown)


def _in_short(dataset: Dataset) -> str:
    """The value and source of a dataset in one line, such as `9.4 kgCO2e/kg, Ma et al. 2024`."""
    gases: dict[str, float] = {}
    for one in dataset.interventions:
        gases[one.gas] = gases.get(one.gas, 0.0) + one.amount / dataset.amount
    parts = [f"{v:.4g} kgCO2e" if gas == CO2E else f"{v:.4g} kg {gas}" for gas, v in gases.items()]
    parts += [f"{one.amount / dataset.amount:.4g} {one.unit} {one.dataset}" for one in dataset.inputs]
    more = " + …" if len(parts) > SHOWN else ""
    value = f"{' + '.join(parts[:SHOWN])}{more} / {dataset.unit}" if parts else "–"
    return f"{value}, {dataset.source.citation}" if dataset.source.citation else value


def supplier_dataset(footprint: SupplierFootprint) -> Dataset:
    """A supplier's footprint as a dataset: the origins that it splits, and the rest as unspecified CO2e."""
    parts = {
        Origin.FOSSIL: footprint.fossil,
        Origin.BIOGENIC: footprint.biogenic,
        Origin.LAND_USE: footprint.land_use,
        Origin.AVIATION: footprint.aviation,
        Origin.LAND_MANAGEMENT: footprint.land_management,
        Origin.LAND_REMOVAL: footprint.land_removal,
        Origin.CAPTURED_FOSSIL: footprint.captured,
        Origin.TECHNOLOGICAL_REMOVAL: footprint.technological_removal,
    }
    exact = {origin: d.exact for origin, d in parts.items() if isinstance(d, Datum) and not d.missing}
    if inside := aviation_in_fossil(footprint):
        exact[Origin.FOSSIL] -= inside
    stated = {origin: float(amount) for origin, amount in exact.items()}
    rest = footprint.total.exact - sum(exact.values())
    if rest:
        stated[Origin.UNSPECIFIED] = float(rest)
    return LifecycleDataset(
        id=footprint.id,
        name=footprint.name,
        category=Category.SUPPLIER,
        unit=footprint.unit,
        amount=float(footprint.amount.exact),
        interventions=(
            *(Intervention(CO2E, v, origin, footprint.gwp_set) for origin, v in stated.items()),
            *_uptake(footprint),
        ),
        geography=footprint.geography,
        year=str(footprint.period.end.year),
        boundary=footprint.boundary,
        source=Source(
            citation=f"{footprint.company or footprint.id}: {footprint.period}",
            licence="supplier",
            redistribute="no",
            confidence="seen",
            kind="published",
        ),
        data_quality=footprint.data_quality,
        primary_share=footprint.primary_share,
        collection="suppliers",
        place=footprint.place,
    )


def _uptake(footprint: SupplierFootprint) -> Iterator[Intervention]:
    # Beside the total, which excludes it; below zero and biogenic, so it is reported as uptake.
    uptake = footprint.uptake
    if uptake is not None and not uptake.missing and uptake.exact < 0:
        yield Intervention(CO2E, float(uptake.exact), Origin.BIOGENIC, footprint.gwp_set)


@lru_cache(maxsize=1)
def _starter_digest() -> str:
    return digest(starter().documents)


@lru_cache(maxsize=1)
def _gwp_digest() -> str:
    table = gwp_table()
    factors = {f"{gas}|{name}": str(factor.exact) for (gas, name), factor in table.factors.items()}
    blends = {gas: {part: str(share) for part, share in parts} for gas, parts in table.blends.items()}
    standins = {f"{gas}|{name}": uses for (gas, name), (uses, _reason) in table.standins.items()}
    return digest({"factors": factors, "blends": blends, "standins": standins})


def background_digest(background: Background) -> str:
    """SHA-256 over the starter set, the documents that a study adds to it and the table of warming potentials."""
    base = starter()
    own = [_named(d) for id, d in sorted(background.datasets.items()) if base.datasets.get(id) is not d]
    return digest({"starter": _starter_digest(), "gwp": _gwp_digest(), "own": own})


def _named(dataset: Dataset) -> dict[str, object]:
    # A stored background is named by its own digest, which says more than the figures derived from it.
    if dataset.collection.startswith("sha256:"):
        return {"stored": dataset.collection, "id": dataset.id}
    return dataset.as_dict()
