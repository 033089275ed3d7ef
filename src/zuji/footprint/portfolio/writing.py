"""A portfolio as JSON, CSV and Parquet: same results, same bytes (Parquet: with one version of Arrow)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zuji.canonical import canonical_bytes
from zuji.engine.portfolio import PERCENTS
from zuji.footprint.portfolio.change import Change
from zuji.footprint.portfolio.family import Family
from zuji.footprint.portfolio.studies import Portfolio, StudyRow

JSON, CSV, PARQUET = ".json", ".csv", ".parquet"
SUFFIXES = (JSON, CSV, PARQUET)


def document(found: Portfolio | Family | Change) -> dict[str, Any]:
    """The results as a canonical document; a figure that there is not is null."""
    if isinstance(found, Portfolio):
        return {
            "format": "zuji-portfolio/1",
            "unit": "kgCO2e per product",
            "rows": [_study(row) for row in found.rows],
            "findings": [finding.as_dict() for finding in found.findings],
        }
    if isinstance(found, Change):
        return found.document
    names, rows = table(found)
    return {
        "format": "zuji-family/1",
        "source": found.source,
        "categories": [{"id": c.id, "unit": c.unit} for c in found.categories],
        "lines": found.lines,
        "samples": found.samples,
        "seed": str(found.seed),
        "than": found.than,
        "columns": names,
        "rows": [[_plain(value) for value in row] for row in rows],
        "findings": [finding.as_dict() for finding in found.findings],
    }


def json(found: Portfolio | Family | Change) -> bytes:
    """The canonical JSON (RFC 8785)."""
    return canonical_bytes(document(found))


def table(found: Portfolio | Family | Change) -> tuple[list[str], list[list[Any]]]:
    """Names of columns and rows."""
    names, columns = _columns(found)
    return names, [list(row) for row in zip(*columns, strict=True)]


def write(found: Portfolio | Family | Change, path: Path) -> None:
    """Write the results in the format that the suffix of `path` names."""
    suffix = path.suffix.lower()
    if suffix == PARQUET:
        _parquet(found, path)
    elif suffix == CSV:
        path.write_bytes(csv_text(found).encode())
    else:
        path.write_bytes(json(found) + b"\n")


def csv_text(found: Portfolio | Family | Change) -> str:
    """One row for each product; an empty cell where there is no figure."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names, rows = table(found)
    writer.writerow(names)
    writer.writerows([["" if (v := _plain(value)) is None else v for value in row] for row in rows])
    return stream.getvalue()


def _parquet(found: Portfolio | Family | Change, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    names, columns = _columns(found)
    arrays = [pa.array([_plain(value) for value in column]) for column in columns]
    parquet.write_table(pa.table(arrays, names=names), path, compression="zstd")


def _columns(found: Portfolio | Family | Change) -> tuple[list[str], list[Sequence[Any]]]:
    if isinstance(found, Change):
        return found.columns
    if isinstance(found, Family):
        return _family_columns(found)
    stages = list(dict.fromkeys(stage for row in found.rows for stage, _ in row.stages))
    names = [
        "folder", "study", "product", "rulebook", "version", "functional_unit", "total", "per_functional_unit",
        "per_kWh_capacity", *(f"stage {stage}" for stage in stages), "usable", "complete", "primary_data_share",
        "errors", "warnings", "digest", "problem",
    ]  # fmt: skip
    rows = [
        [
            row.folder, row.study, row.product, row.rulebook, row.version, row.unit, row.total,
            row.per_functional_unit, row.per_capacity, *(dict(row.stages).get(stage) for stage in stages), row.usable,
            row.complete, row.primary_data_share, row.errors, row.warnings, row.digest,
            "; ".join(f"{finding.place}: {finding.what()}" for finding in row.findings),
        ]
        for row in found.rows
    ]  # fmt: skip
    return names, [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]


def _family_columns(found: Family) -> tuple[list[str], list[Sequence[Any]]]:
    names: list[str] = ["variant", "usable"]
    columns: list[Sequence[Any]] = [list(found.variants), found.usable.tolist()]
    for k, category in enumerate(found.categories):
        names += [f"{category.id} [{category.unit}]", f"{category.id} complete"]
        columns += [found.values[:, k].tolist(), found.complete[:, k].tolist()]
    for book, spread in found.spreads.items():
        parts = [spread.mean, spread.deviation, *np.ascontiguousarray(spread.percentiles.T)]
        names += [f"{book} {part}" for part in ("mean", "deviation", *(f"p{percent:g}" for percent in PERCENTS))]
        columns += [part.tolist() for part in parts]
        if found.than:
            names.append(f"{book} P(below {found.than})")
            columns.append(spread.below.tolist())
    return names, columns


def _study(row: StudyRow) -> dict[str, Any]:
    return {
        "folder": row.folder,
        "study": row.study,
        "product": row.product,
        "rulebook": row.rulebook,
        "version": row.version,
        "functional_unit": row.unit,
        "total": row.total,
        "per_functional_unit": row.per_functional_unit,
        "per_kWh_capacity": row.per_capacity,
        "stages": dict(row.stages),
        "usable": row.usable,
        "complete": row.complete,
        "primary_data_share": row.primary_data_share,
        "errors": row.errors,
        "warnings": row.warnings,
        "digest": row.digest,
        "findings": [finding.as_dict() for finding in row.findings],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
