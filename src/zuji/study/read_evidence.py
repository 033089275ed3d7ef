"""evidence/index.csv: the files that prove data, each with its SHA-256; none outside the folder is opened."""

from __future__ import annotations

import hashlib
from pathlib import Path

from zuji.finding import Place
from zuji.reading import Table
from zuji.study import codes
from zuji.study.amount import Log, shown
from zuji.study.model import Evidence
from zuji.study.node import keep
from zuji.study.row import RowNode, columns_of

FOLDER = "evidence"
INDEX = "evidence/index.csv"
COLUMNS = ("id", "file", "sha256", "title_zh", "title_en")
SHORT = 12


def read_evidence(table: Table, root: Path | None, log: Log) -> dict[str, Evidence]:
    """The evidence by id, each file compared with its SHA-256; without `root` no file is looked at."""
    found: dict[str, Evidence] = {}
    if not table.columns:
        return found
    typed = columns_of(table.columns, COLUMNS, ("id", "file"), Place(INDEX, 1), log)
    for row in table.rows if {"id", "file"} <= typed.keys() else ():
        node = RowNode(row, typed, log)
        evidence = _evidence(node, root)
        if evidence is not None:
            keep(found, evidence.id, evidence, node)
    return found


def _evidence(node: RowNode, root: Path | None) -> Evidence | None:
    id, file = node.id(), node.text("file") if node.need("file") else ""
    if not id or not file:
        return None
    listed = node.text("sha256").lower().removeprefix("sha256:")
    inside = f"{FOLDER}/{file}".replace("\\", "/")
    sha256 = listed if root is None else _compared(node, id, inside, listed, root)
    if sha256 is None:
        return None
    return Evidence(id=id, file=inside, sha256=sha256, title=node.named("title"), place=node.place())


def _compared(node: RowNode, id: str, file: str, listed: str, root: Path) -> str | None:
    place = node.place("file")
    path = _inside(root, file)
    if path is None:
        node.log.add(codes.EVIDENCE_OUTSIDE(place, file=shown(file)))
        return None
    found = sha256_of(path)
    if found is None:
        node.log.add(codes.EVIDENCE_MISSING(place, file=shown(file), id=id))
        return listed
    if not listed:
        node.log.add(codes.EVIDENCE_NO_DIGEST(place, file=shown(file), full=found))
        return found
    if listed != found:
        changed = codes.EVIDENCE_CHANGED
        here = node.place("sha256")
        node.log.add(changed(here, file=shown(file), full=found, found=found[:SHORT], listed=listed[:SHORT]))
    return listed


def _inside(root: Path, file: str) -> Path | None:
    if file.startswith(f"{FOLDER}//") or ":" in file:
        return None
    try:
        path, top = (root / file).resolve(), root.resolve()
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path.is_relative_to(top) else None


def sha256_of(path: Path) -> str | None:
    """The SHA-256 of a file in hexadecimal digits, None when there is no such file or it cannot be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def note_unlisted(files: list[str], found: dict[str, Evidence], log: Log) -> None:
    """A note for each file in evidence/ that the index does not list."""
    listed = {evidence.file for evidence in found.values()}
    for file in files:
        if file not in listed and file != INDEX:
            log.add(codes.EVIDENCE_UNLISTED(Place(file)))
