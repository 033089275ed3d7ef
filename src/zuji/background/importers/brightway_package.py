"""Brightway datapackages (bw_processing): sparse matrices as NumPy arrays, described by `datapackage.json`.

Rows of the technosphere are products, its columns activities; a flipped value is an input. What the numbers mean stands
in metadata resources (CSV or JSON), where a package has them.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.background.importers import format_codes
from zuji.background.importers.brightway_words import negated, uncertainty
from zuji.background.importers.files import Source
from zuji.background.importers.formats import Part
from zuji.background.importers.jsons import JsonError, document, mapping, objects, text
from zuji.background.importers.npy import array_of
from zuji.background.importers.options import Options
from zuji.background.importers.records import (
    Batch,
    DatasetRecord,
    ExchangeRecord,
    FlowRecord,
    Kind,
    MethodRecord,
    Uncertainty,
)
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place

TITLE = "Brightway datapackage"
DESCRIPTION = "datapackage.json"
TECHNOSPHERE, BIOSPHERE, CHARACTERISATION = "technosphere_matrix", "biosphere_matrix", "characterization_matrix"
WITHIN = 2000
MAX_ENTRIES = 5_000_000
"""Entries of all matrices together; the largest databases of the field have about one million."""
MAX_BYTES = 1024**3
"""One array [B]."""

Array = npt.NDArray[Any]


def recognises(source: Source) -> bool:
    for name in _packages(source):
        try:
            about = mapping(document(source, name))
        except JsonError:
            return True  # said when it is parsed
        # Other data packages of that name hold tables.
        if any("matrix" in resource for resource in objects(about.get("resources"))):
            return True
    return False


def _packages(source: Source) -> list[str]:
    return [name for name in source.members if PurePosixPath(name).name == DESCRIPTION]


def parts(source: Source) -> list[Part]:
    return [(sum(source.size(n) for n in source.members), tuple(_packages(source)))]


def prepare(source: Source, options: Options) -> None:
    return None


def parse(source: Source, part: Part, shared: object, options: Options) -> Iterator[Batch]:
    batch = Batch()
    matrices: dict[str, list[_Entries]] = {TECHNOSPHERE: [], BIOSPHERE: [], CHARACTERISATION: []}
    names: dict[int, dict[str, str]] = {}
    for name in part[1]:
        try:
            _Package(source, name, batch, matrices, names).read()
        except JsonError as error:
            batch.findings.append(error.finding)
    yield batch
    yield from _Database(matrices, names, part[1][0]).batches()


@dataclass(frozen=True, slots=True)
class _Entries:
    """The entries of one group of resources: `value` is what stands in the matrix, the sign applied."""

    group: str
    row: Array
    column: Array
    value: Array
    flipped: Array
    uncertainty: Array | None
    """Distributions of the unflipped values."""
    place_column: int | None = None
    """The column of a characterisation that stands for the whole world."""


@dataclass(slots=True)
class _Package:
    source: Source
    name: str
    batch: Batch
    matrices: dict[str, list[_Entries]]
    names: dict[int, dict[str, str]]

    def read(self) -> None:
        about = mapping(document(self.source, self.name))
        folder = PurePosixPath(self.name).parent
        groups: dict[str, dict[str, Mapping[str, Any]]] = {}
        adds_up = bool(about.get("sum_inter_duplicates"))
        within = about.get("sum_intra_duplicates") is not False
        for resource in objects(about.get("resources")):
            kind, profile = text(resource.get("kind")), text(resource.get("profile"))
            if text(resource.get("matrix")) and kind:
                group = text(resource.get("group")) or text(resource.get("name"))
                groups.setdefault(group, {})[kind] = resource
            elif text(resource.get("format")) in ("csv", "json") or text(resource.get("mediatype")) == "text/csv":
                self._metadata(resource, folder)
            elif profile == "interface" or kind:
                self._ignore("Brightway resources that a program makes when they are asked for")
            else:
                problem = "it does not say its kind; packages from before bw_processing 0.5 are not read"
                self._say(text(resource.get("name")), problem)
        for group, resources in groups.items():
            matrix = text(next(iter(resources.values())).get("matrix"))
            if matrix not in self.matrices:
                self._ignore(f"Brightway matrix '{matrix[:40]}'")
                continue
            if "indices" not in resources or "data" not in resources:
                self._ignore("Brightway resources that a program makes when they are asked for")
                continue
            try:
                entries = self._entries(group, resources, folder)
            except UnreadableError as error:
                self._say(group, str(error))
                continue
            known = self.matrices[matrix]
            if not adds_up and matrix != CHARACTERISATION:
                # A later group replaces what earlier ones say of the same place in the matrix.
                known[:] = [_without(one, entries) for one in known]
            known.append(entries if within else _last_only(entries))

    def _ignore(self, feature: str) -> None:
        self.batch.ignored[feature] = self.batch.ignored.get(feature, 0) + 1

    def _say(self, resource: str, problem: str) -> None:
        place = Place(self.name)
        found: Finding = format_codes.BAD_ARRAY(place, resource=resource[:80], problem=problem[:300])
        self.batch.findings.append(found)

    def _array(self, resource: Mapping[str, Any], folder: PurePosixPath) -> Array:
        path = text(resource.get("path"))
        name = (folder / path).as_posix() if path else ""
        if name not in self.source.members:
            raise UnreadableError(f"the file '{path}' is not in the package")
        return array_of(self.source.read(name, MAX_BYTES), path)

    def _entries(self, group: str, resources: Mapping[str, Mapping[str, Any]], folder: PurePosixPath) -> _Entries:
        indices = self._array(resources["indices"], folder)
        data = self._array(resources["data"], folder)
        if indices.dtype.names is None or not {"row", "col"} <= set(indices.dtype.names) or indices.ndim != 1:
            raise UnreadableError("the indices have no fields row and col")
        if data.dtype.kind not in "fiu" or data.ndim not in (1, 2):
            raise UnreadableError("the data are no numbers")
        if data.ndim == 2:
            self._ignore("Brightway arrays of samples (their first column is used)")
            data = data[:, 0] if data.shape[1] else data.reshape(-1)
        n = len(indices)
        if len(data) != n:
            raise UnreadableError(f"{len(data)} values for {n} indices")
        if n + sum(len(one.row) for known in self.matrices.values() for one in known) > MAX_ENTRIES:
            raise UnreadableError(f"the matrices have more than {MAX_ENTRIES} entries")
        row, column = (indices[name] for name in ("row", "col"))
        if row.dtype.kind not in "iu" or column.dtype.kind not in "iu" or row.ndim != 1 or column.ndim != 1:
            raise UnreadableError("the indices are no whole numbers")
        value = data.astype(np.float64)
        flip = np.zeros(n, bool)
        if "flip" in resources:
            flip = self._array(resources["flip"], folder)
            if flip.dtype.kind != "b" or flip.shape != (n,):
                raise UnreadableError("the signs do not fit the data")
            value = np.where(flip, -value, value)
        stated = None
        if "distributions" in resources:
            stated = self._array(resources["distributions"], folder)
            wanted = {"uncertainty_type", "loc", "scale", "minimum", "maximum"}
            fields: Mapping[str, Any] = stated.dtype.fields or {}
            is_plain = all(fields[name][0].kind in "fiub" for name in fields)
            if not wanted <= set(fields) or not is_plain or stated.shape != (n,):
                raise UnreadableError("the distributions do not fit the data")
        world = next((r.get("global_index") for r in resources.values() if r.get("global_index") is not None), None)
        return _Entries(
            group, row.astype(np.int64), column.astype(np.int64), value, flip, stated,
            world if isinstance(world, int) else None,
        )  # fmt: skip

    def _metadata(self, resource: Mapping[str, Any], folder: PurePosixPath) -> None:
        path = text(resource.get("path"))
        name = (folder / path).as_posix() if path else ""
        if name not in self.source.members:
            self._say(text(resource.get("name")) or path, f"the file '{path}' is not in the package")
            return
        try:
            if name.lower().endswith(".json"):
                value = document(self.source, name)
                rows = (
                    [{**mapping(v), "id": k} for k, v in value.items()] if isinstance(value, dict) else objects(value)
                )
            else:
                words = io.StringIO(self.source.read(name).decode("utf-8-sig", "replace"), newline="")
                rows = [dict(row) for row in csv.DictReader(words)]
        except JsonError as error:
            self.batch.findings.append(error.finding)
            return
        except (csv.Error, UnreadableError) as error:
            self._say(path, str(error))
            return
        for row in rows:
            facts = {str(k).lower(): text(v) for k, v in row.items() if text(v)}
            given = facts.get("id") or facts.get("index") or facts.get("unnamed: 0") or text(row.get(""))
            try:
                self.names.setdefault(int(float(given)), {}).update(facts)
            except (ValueError, OverflowError):
                continue


def _without(entries: _Entries, later: _Entries) -> _Entries:
    if len(entries.row) == 0 or len(later.row) == 0:
        return entries
    pair = np.dtype([("row", np.int64), ("col", np.int64)])
    old, new = (np.empty(len(one.row), pair) for one in (entries, later))
    for target, one in ((old, entries), (new, later)):
        target["row"], target["col"] = one.row, one.column
    return _chosen(entries, ~np.isin(old, new))


def _last_only(entries: _Entries) -> _Entries:
    pairs = np.stack([entries.row, entries.column])[:, ::-1]
    _, first = np.unique(pairs, axis=1, return_index=True)
    kept = np.zeros(len(entries.row), bool)
    kept[len(entries.row) - 1 - first] = True
    return _chosen(entries, kept)


def _chosen(entries: _Entries, kept: Array) -> _Entries:
    given = entries.uncertainty
    return _Entries(
        entries.group,
        entries.row[kept],
        entries.column[kept],
        entries.value[kept],
        entries.flipped[kept],
        None if given is None else given[kept],
        entries.place_column,
    )


@dataclass(slots=True)
class _Database:
    matrices: dict[str, list[_Entries]]
    names: dict[int, dict[str, str]]
    file: str
    ignored: dict[str, int] = field(default_factory=dict)

    def batches(self) -> Iterator[Batch]:
        columns: dict[int, list[tuple[int, float, Uncertainty | None]]] = {}
        emissions: dict[int, list[tuple[int, float, Uncertainty | None]]] = {}
        for matrix, target in ((TECHNOSPHERE, columns), (BIOSPHERE, emissions)):
            for entries in self.matrices[matrix]:
                for row, column, value, given in self._rows(entries):
                    target.setdefault(column, []).append((row, value, given))
        batch = Batch(ignored=self.ignored)
        for column in sorted({*columns, *emissions}):
            self._dataset(column, columns.get(column, []), emissions.get(column, []), batch)
            if len(batch.datasets) >= WITHIN:
                yield batch
                batch = Batch()
        self._methods(batch)
        yield batch

    def _rows(self, entries: _Entries) -> Iterator[tuple[int, int, float, Uncertainty | None]]:
        given = entries.uncertainty
        plain = zip(entries.row.tolist(), entries.column.tolist(), entries.value.tolist(), strict=True)
        if given is None:
            for row, column, value in plain:
                yield row, column, value, None
            return
        lacking = np.full(len(given), np.nan)
        known = given.dtype.names or ()
        wanted = ("uncertainty_type", "loc", "scale", "shape", "minimum", "maximum")
        numbers = np.stack([given[name] if name in known else lacking for name in wanted], axis=1).astype(np.float64)
        for (row, column, value), flipped, one in zip(plain, entries.flipped.tolist(), numbers.tolist(), strict=True):
            kind, loc, scale, shape, low, high = one
            stated = uncertainty(kind, loc, scale, shape, low, high, self.ignored)
            yield row, column, value, negated(stated) if flipped else stated

    def _named(self, id: int) -> dict[str, str]:
        return self.names.get(id, {})

    def _dataset(
        self,
        column: int,
        lines: list[tuple[int, float, Uncertainty | None]],
        emissions: list[tuple[int, float, Uncertainty | None]],
        batch: Batch,
    ) -> None:
        facts = self._named(column)
        record = DatasetRecord(
            id=facts.get("code") or str(column),
            name=facts.get("name") or str(column),
            geography=facts.get("location", ""),
            category=facts.get("categories", ""),
            provider_keys=(str(column),),
            file=self.file,
        )
        made = {row for row, value, _ in lines if value > 0}
        diagonal = any(row == column and value for row, value, _ in lines)
        for row, value, given in lines:
            key = f"product|{row}"
            own = self._named(row)
            batch.flows.setdefault(
                key, FlowRecord(key, name=own.get("reference product") or own.get("name") or str(row))
            )
            if (row == column) if diagonal else (value > 0 or (not made and len(lines) == 1)):
                kind, amount = Kind.PRODUCT, value
                record.reference = record.reference or key
            elif value < 0:
                kind, amount, given = Kind.INPUT, -value, negated(given)
            else:
                kind, amount = Kind.AVOIDED, value
            record.exchanges.append(ExchangeRecord(kind, key, amount, own.get("unit", ""), uncertainty=given))
        _add_up(record)
        for row, value, given in emissions:
            own = self._named(row)
            key = own.get("code") or f"flow|{row}"
            levels = own.get("categories", "").replace("::", "/").strip("()").replace("'", "").split("/")
            if len(levels) == 1 and "," in levels[0]:
                levels = [part.strip() for part in levels[0].split(",") if part.strip()]
            flow = FlowRecord(
                key, own.get("name") or str(row), unit=own.get("unit", ""), elementary=True, compartment=levels[0],
                subcompartment="/".join(levels[1:]), cas=own.get("cas number") or own.get("cas") or "",
            )  # fmt: skip
            batch.flows.setdefault(key, flow)
            kind = Kind.RESOURCE if "resource" in levels[0].lower() else Kind.EMISSION
            record.exchanges.append(ExchangeRecord(kind, key, value, own.get("unit", ""), uncertainty=given))
        batch.datasets.append(record)

    def _methods(self, batch: Batch) -> None:
        for number, entries in enumerate(self.matrices[CHARACTERISATION]):
            id = f"{entries.group}-{number}"
            record = MethodRecord(id=id, method=entries.group, category=entries.group, unit="", file=self.file)
            for row, column, value, _ in self._rows(entries):
                if not math.isfinite(value):
                    continue
                own = self._named(row)
                local = entries.place_column is not None and column != entries.place_column
                record.factors.append((own.get("code") or f"flow|{row}", value, "", str(column) if local else ""))
            batch.methods.append(record)


def _add_up(record: DatasetRecord) -> None:
    """Several production entries of one product become one: the entries of a matrix add up."""
    first: dict[str, ExchangeRecord] = {}
    kept: list[ExchangeRecord] = []
    for line in record.exchanges:
        if line.kind is Kind.PRODUCT and line.flow in first:
            first[line.flow].amount += line.amount
            continue
        if line.kind is Kind.PRODUCT:
            first[line.flow] = line
        kept.append(line)
    record.exchanges = kept
