"""One stored background, opened at once whatever its size: arrays are mapped, rows are read when asked for."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.background.store.layout import ARRAYS, DERIVED, FORMAT, MANIFEST, SCHEMA, TABLES, columns
from zuji.background.store.write import rows_digest
from zuji.canonical import digest
from zuji.errors import UnreadableError

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class StoredDataset:
    """The metadata of one dataset as the table holds them; `i` is its position in the arrays."""

    i: int
    id: str
    name: str
    name_zh: str
    product: str
    product_key: str
    unit: str
    study_unit: str
    """`unit` as a study can convert it; '' where there is no such unit."""
    treats: int
    """1: the reference flow is waste that is taken in for treatment."""
    negative: int
    """1: the source writes that as a negative output."""
    geography: str
    year: str
    technology: str
    system_model: str
    boundary: str
    category: str
    citation: str
    licence: str
    notes: str
    missing: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class StoredFlow:
    """One elementary flow; `factor` is kg of `gas` per unit of the flow, negative for uptake, 0 for no gas."""

    i: int
    key: str
    name: str
    name_zh: str
    unit: str
    compartment: str
    subcompartment: str
    cas: str
    formula: str
    gas: str
    origin: str
    factor: float
    known_by: str


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """One impact category of a method."""

    i: int
    id: str
    method: str
    category: str
    unit: str


class StoredBackground:
    """A background of the store; `array(name)` gives the arrays of `layout.ARRAYS`, read-only."""

    def __init__(self, folder: Path, digest: str) -> None:
        self.folder = folder
        self.digest = digest
        self._arrays: dict[str, Array] = {}
        self._lock = threading.Lock()
        try:
            self.manifest: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnreadableError(f"{folder.name}: the manifest cannot be read") from error
        if not isinstance(self.manifest, dict) or self.manifest.get("format") != FORMAT:
            raise UnreadableError(f"{folder.name}: written by another version; import the database again")

    @cached_property
    def _tables(self) -> sqlite3.Connection:
        path = self.folder / TABLES
        if not path.is_file():
            raise UnreadableError(f"{self.folder.name}: the tables are missing")
        # Immutable: no lock files are made beside the data.
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Let go of the files, so that they can be removed on every system."""
        if "_tables" in self.__dict__:
            self._tables.close()
            del self.__dict__["_tables"]
        self._arrays.clear()

    def __del__(self) -> None:
        self.close()

    def query(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of a read-only SQL statement; raises UnreadableError when the tables are damaged."""
        try:
            with self._lock:
                return self._tables.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise UnreadableError(f"{self.folder.name}: the tables are damaged: {error}") from error

    def array(self, name: str) -> Array:
        """One array, memory-mapped; raises UnreadableError when it is missing or cut short."""
        if name not in self._arrays:
            try:
                mapped = np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError) as error:
                raise UnreadableError(f"{self.folder.name}: {name}.npy is damaged") from error
            if mapped.dtype != np.dtype(ARRAYS[name]) or mapped.shape != (self.manifest["arrays"][name]["length"],):
                raise UnreadableError(f"{self.folder.name}: {name}.npy is not what the manifest says")
            self._arrays[name] = mapped
        return self._arrays[name]

    @property
    def about(self) -> Mapping[str, Any]:
        """Options and facts of the import (licence, system model, format …)."""
        found: Mapping[str, Any] = self.manifest["about"]
        return found

    def __len__(self) -> int:
        return int(self.manifest["tables"]["dataset"]["length"])

    def length(self, name: str) -> int:
        """Number of rows of a table or entries of an array."""
        part = "tables" if name in SCHEMA else "arrays"
        return int(self.manifest[part][name]["length"])

    def index_of(self, id: str) -> int | None:
        """The position of the dataset `id`, or None."""
        found = self.query("SELECT i FROM dataset WHERE id = ?", (id,))
        return int(found[0][0]) if found else None

    def dataset(self, i: int) -> StoredDataset:
        """The metadata of the dataset at position `i`; raises KeyError when there is none."""
        rows = self.query(f"SELECT {', '.join(columns('dataset'))} FROM dataset WHERE i = ?", (i,))
        if not rows:
            raise KeyError(i)
        return StoredDataset(*rows[0])

    def ids(self) -> list[str]:
        """The ids of all datasets in the order of the arrays."""
        return [row[0] for row in self.query("SELECT id FROM dataset ORDER BY i")]

    def flows(self) -> list[StoredFlow]:
        """All elementary flows in the order of the arrays."""
        return [StoredFlow(*row) for row in self.query(f"SELECT {', '.join(columns('flow'))} FROM flow ORDER BY i")]

    def methods(self) -> list[StoredMethod]:
        """All impact categories in the order of the arrays."""
        return [
            StoredMethod(*row) for row in self.query(f"SELECT {', '.join(columns('method'))} FROM method ORDER BY i")
        ]

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a table without their number, in order."""
        yield from self.query(f"SELECT {', '.join(columns(table)[1:])} FROM {table} ORDER BY i")

    def problems(self) -> list[str]:
        """What is wrong with the files: nothing when arrays, tables and manifest give the digest."""
        import hashlib

        found = [] if digest(self.manifest) == self.digest else ["the manifest does not give the digest"]
        sizes = {name: len(self) for name in ("dataset",)}
        sizes |= {"flow": self.length("flow"), "method": self.length("method")}
        for name in ARRAYS:
            try:
                values = self.array(name)
            except UnreadableError as error:
                found.append(str(error))
                continue
            if hashlib.sha256(values.tobytes()).hexdigest() != self.manifest["arrays"][name]["sha256"]:
                found.append(f"{name}.npy was changed")
        for table in SCHEMA:
            try:
                if rows_digest(self.rows(table)) != self.manifest["tables"][table]["sha256"]:
                    found.append(f"the table {table} was changed")
            except UnreadableError as error:
                found.append(str(error))
        for table in DERIVED:
            try:
                self.query(f"SELECT {', '.join(columns(table))} FROM {table} LIMIT 1")
            except UnreadableError as error:
                found.append(str(error))
        if not found:
            for name, of in (("tech_consumer", "dataset"), ("tech_provider", "dataset"), ("bio_flow", "flow")):
                values = self.array(name)
                if len(values) and not (int(values.min()) >= 0 and int(values.max()) < sizes[of]):
                    found.append(f"{name}.npy points outside of the table {of}")
        return found
