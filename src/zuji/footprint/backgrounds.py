"""Everything a study can take from: the starter set, the study's own datasets and the footprints of its suppliers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from zuji.background.gwp import gwp_table
from zuji.background.links import check_links
from zuji.background.model import CO2E, Background, Category, Dataset, Intervention, LifecycleDataset, Source
from zuji.background.reading import read_background_file
from zuji.background.starter import starter
from zuji.canonical import digest
from zuji.datum import Origin
from zuji.finding import Finding
from zuji.study.model import Datum, Study, SupplierFootprint

OWN_FILES = ("background.csv", "background.yaml")


def background_of(study: Study) -> tuple[Background, tuple[Finding, ...]]:
    """The joined background of `study`, and the findings of its own datasets."""
    joined = starter()
    findings: list[Finding] = []
    for name in OWN_FILES:
        path = Path(study.folder) / name
        if study.folder and path.is_file():
            own = read_background_file(path, name)
            findings += own.findings
            joined = joined.joined(own)
    suppliers = [supplier_dataset(footprint) for footprint in study.suppliers.values()]
    if suppliers:
        joined = joined.joined(Background.of("suppliers", suppliers))
    if len(joined) > len(starter()):
        findings += check_links(joined)
    return joined, tuple(findings)


def supplier_dataset(footprint: SupplierFootprint) -> Dataset:
    """A supplier's footprint as a dataset: the origins that it splits, and the rest as unspecified CO2e."""
    parts = {
        Origin.FOSSIL: footprint.fossil,
        Origin.BIOGENIC: footprint.biogenic,
        Origin.LAND_USE: footprint.land_use,
        Origin.AVIATION: footprint.aviation,
    }
    stated = {origin: float(d.exact) for origin, d in parts.items() if isinstance(d, Datum) and not d.missing}
    rest = float(footprint.total.exact) - sum(stated.values())
    if abs(rest) > 1e-12 * abs(float(footprint.total.exact)):
        stated[Origin.UNSPECIFIED] = rest
    return LifecycleDataset(
        id=footprint.id,
        name=footprint.name,
        category=Category.SUPPLIER,
        unit=footprint.unit,
        amount=float(footprint.amount.exact),
        interventions=tuple(Intervention(CO2E, v, origin, footprint.gwp_set) for origin, v in stated.items()),
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
    own = [d.as_dict() for id, d in sorted(background.datasets.items()) if base.datasets.get(id) is not d]
    return digest({"starter": _starter_digest(), "gwp": _gwp_digest(), "own": own})
