"""Write a background into a folder and name it by what it says: arrays, tables, manifest, digest."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.background.store.layout import ARRAYS, DERIVED, FORMAT, MANIFEST, SCHEMA, TABLES, columns
from zuji.canonical import canonical_bytes, digest

Row = Sequence[Any]


@dataclass(slots=True)
class Content:
    """Everything of a background that is about to be stored; arrays and tables as in `layout`."""

    arrays: Mapping[str, npt.NDArray[Any]]
    tables: Mapping[str, Sequence[Row]]
    """Rows without their number `i`, which is their position."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """Options and facts of the import that change what the data mean; part of the digest."""


def write(content: Content, folder: Path) -> str:
    """Write all files of `content` into the empty `folder`; the digest `sha256:…` that names it."""
    arrays: dict[str, Any] = {}
    for name, dtype in ARRAYS.items():
        values = np.ascontiguousarray(content.arrays[name], dtype=np.dtype(dtype))
        with (folder / f"{name}.npy").open("wb") as file:
            np.lib.format.write_array(file, values, version=(1, 0), allow_pickle=False)
            _flush(file)
        arrays[name] = {"sha256": hashlib.sha256(values.tobytes()).hexdigest(), "length": len(values)}
    tables = {
        name: {"sha256": rows_digest(content.tables[name]), "length": len(content.tables[name])} for name in SCHEMA
    }
    _write_tables(folder / TABLES, content.tables)
    manifest = {"format": FORMAT, "about": dict(content.about), "arrays": arrays, "tables": tables}
    with (folder / MANIFEST).open("wb") as file:
        file.write(canonical_bytes(manifest))
        _flush(file)
    return digest(manifest)


def rows_digest(rows: Iterable[Row]) -> str:
    """SHA-256 over rows in their order, whatever database keeps them."""
    sha = hashlib.sha256()
    for row in rows:
        sha.update(json.dumps([_json(v) for v in row], ensure_ascii=False, separators=(",", ":")).encode())
        sha.update(b"\n")
    return sha.hexdigest()


def _json(value: Any) -> Any:
    # SQLite keeps NaN as NULL.
    if isinstance(value, float):
        return None if value != value else value.hex()
    return int(value) if isinstance(value, bool) else value


def _write_tables(path: Path, tables: Mapping[str, Sequence[Row]]) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=FULL")
        for name, shape in (SCHEMA | DERIVED).items():
            connection.execute(f"CREATE TABLE {name} ({', '.join(shape)})")
            marks = ", ".join("?" * len(shape))
            rows = ((i, *(_clean(v) for v in row)) for i, row in enumerate(tables.get(name, ())))
            connection.executemany(f"INSERT INTO {name} ({', '.join(columns(name))}) VALUES ({marks})", rows)
        connection.commit()
    finally:
        connection.close()


def _clean(value: Any) -> Any:
    # A lone surrogate or a NUL cannot be kept as text.
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return value


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
