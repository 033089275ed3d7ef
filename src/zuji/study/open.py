"""Open a study folder: read every file, check what they say together, and tell all problems at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from zuji.errors import UnreadableError
from zuji.finding import Finding, Place, in_order
from zuji.reading import Document, Table, read_csv, read_yaml
from zuji.study import codes
from zuji.study.amount import Log
from zuji.study.check import check_study
from zuji.study.model import LIFE_CYCLE, Study, SupplierFootprint, UnitProcess
from zuji.study.node import Node, hint, keep
from zuji.study.read_end_of_life import read_end_of_life
from zuji.study.read_evidence import FOLDER, INDEX, note_unlisted, read_evidence
from zuji.study.read_process import Meters, read_process
from zuji.study.read_study import Head, read_head
from zuji.study.read_supplier import read_supplier
from zuji.study.read_tables import read_bom, read_electricity, read_instruments, read_transport

STUDY, END_OF_LIFE = "study.yaml", "end_of_life.yaml"
TABLES = ("bom.csv", "electricity.csv", "instruments.csv", "transport.csv", INDEX)
SUBFOLDERS = ("processes", "suppliers", FOLDER)
POWER = "power"
"""Folder of the power ledger that the tables of electricity may be written from (zuji.electricity); not read here."""
READ_ELSEWHERE = ("background.csv", "background.yaml")
WORKBOOKS = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Opened:
    """A study with everything that was found; `study` is None when study.yaml cannot be used."""

    study: Study | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents and tables of a study by file name, wherever they come from (a folder, a workbook)."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    suppliers: Mapping[str, bytes] = field(default_factory=dict)
    evidence_files: tuple[str, ...] = ()
    root: Path | None = None


def open_study(folder: Path) -> Opened:
    """The study in `folder` (or in a workbook), read and checked; raises UnreadableError when it cannot be opened."""
    if folder.suffix.lower() in WORKBOOKS and folder.is_file():
        from zuji.study.workbook.read import open_workbook

        return open_workbook(folder)
    files = _files(folder)
    log = Log()
    _note_unused(files, log)
    if STUDY not in files:
        log.add(codes.NOT_A_STUDY(Place(STUDY)))
    return assemble(_sources(folder, files, log), str(folder), log)


def _files(folder: Path) -> tuple[str, ...]:
    try:
        if not folder.is_dir():
            raise UnreadableError(f"{folder}: not a folder")
        top = sorted(folder.iterdir())
        inner = [path for name in SUBFOLDERS if (folder / name).is_dir() for path in sorted((folder / name).rglob("*"))]
    except OSError as error:
        raise UnreadableError(f"{folder}: {error.strerror or error}") from error
    known = (*SUBFOLDERS, POWER)
    paths = [path for path in (*top, *inner) if path.is_file() or (path.parent == folder and path.name not in known)]
    names = [path.relative_to(folder).as_posix() for path in paths]
    return tuple(name for name in names if not any(part.startswith(".") for part in name.split("/")))


def _sources(folder: Path, files: tuple[str, ...], log: Log) -> Sources:
    documents = [file for file in files if file in (STUDY, END_OF_LIFE) or _is_process(file)]
    return Sources(
        documents={file: read_yaml(folder / file, file) for file in documents},
        tables={file: read_csv(folder / file, file) for file in TABLES if file in files},
        suppliers={file: _raw(folder / file, file, log) for file in files if is_supplier(file)},
        evidence_files=tuple(file for file in files if file.startswith(f"{FOLDER}/")),
        root=folder,
    )


def _raw(path: Path, file: str, log: Log) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        log.add(codes.JSON_SYNTAX(Place(file), problem=error.strerror or type(error).__name__))
        return b"{}"


def _is_process(file: str) -> bool:
    path = PurePosixPath(file)
    return str(path.parent) == "processes" and path.suffix in (".yaml", ".yml")


def is_supplier(file: str) -> bool:
    """Whether the file is a footprint received."""
    path = PurePosixPath(file)
    return str(path.parent) == "suppliers" and path.suffix == ".json"


def _note_unused(files: tuple[str, ...], log: Log) -> None:
    known = (STUDY, END_OF_LIFE, *TABLES, *READ_ELSEWHERE)
    for file in files:
        path = PurePosixPath(file)
        is_read = file in known or _is_process(file) or is_supplier(file) or path.parts[0] == FOLDER
        if not is_read and not path.name.upper().startswith("README"):
            log.add(codes.UNUSED_FILE(Place(file), hint=hint(file, known)))


def assemble(sources: Sources, folder: str, log: Log) -> Opened:
    """The study that the sources say, checked; None where study.yaml lacks the product or the period."""
    parts: tuple[Document | Table, ...] = (*sources.documents.values(), *sources.tables.values())
    for part in parts:
        log.findings.extend(part.findings)
    head = _head(sources, log)
    study = _body(head, sources, folder, log)
    checked = check_study(study) if study else ()
    findings = in_order((*log.closed(), *checked))
    return Opened(dataclasses.replace(study, findings=findings) if study else None, findings)


def _head(sources: Sources, log: Log) -> Head | None:
    document = sources.documents.get(STUDY)
    if document is None or (document.findings and not document.data):
        return None
    return read_head(Node.of_document(document, log))


def _body(head: Head | None, sources: Sources, folder: str, log: Log) -> Study | None:
    empty = Table()
    tables = {file: sources.tables.get(file, empty) for file in TABLES}
    bom = read_bom(tables["bom.csv"], "bom.csv", log)
    meters = read_electricity(tables["electricity.csv"], "electricity.csv", log)
    instruments = read_instruments(tables["instruments.csv"], "instruments.csv", log)
    transport = read_transport(tables["transport.csv"], "transport.csv", log)
    processes = _processes(sources, Meters(meters), log)
    end = sources.documents.get(END_OF_LIFE)
    end_of_life = read_end_of_life(Node.of_document(end, log), Meters(meters)) if end and end.data else None
    suppliers = _suppliers(sources, log)
    evidence = read_evidence(tables[INDEX], sources.root, log)
    note_unlisted(list(sources.evidence_files), evidence, log)
    if head is None or head.product is None or head.reporting_period is None:
        _say_unusable(head, log)
        return None
    return Study(
        id=head.id,
        name=head.name,
        folder=folder,
        reporting_period=head.reporting_period,
        product=head.product,
        service_life=head.service_life,
        boundary=head.boundary,
        functional_unit=head.functional_unit,
        mass_tolerance=head.mass_tolerance,
        plants=head.plants,
        bom=bom,
        processes=processes,
        meters=meters,
        instruments=instruments,
        transport=transport,
        use=head.use,
        end_of_life=end_of_life,
        suppliers=suppliers,
        evidence=evidence,
        choices=head.choices,
        backgrounds=head.backgrounds,
    )


def _say_unusable(head: Head | None, log: Log) -> None:
    if head is not None:
        needed = {"product": head.product, "reporting_period": head.reporting_period}
        keys = ", ".join(key for key, value in needed.items() if value is None)
        log.add(codes.PRODUCT_FORM(Place(STUDY, 1), keys=keys))


def _processes(sources: Sources, meters: Meters, log: Log) -> dict[str, UnitProcess]:
    found: dict[str, UnitProcess] = {}
    for file in sorted(file for file in sources.documents if file not in (STUDY, END_OF_LIFE)):
        document = sources.documents[file]
        if document.findings and not document.data:
            continue
        node = Node.of_document(document, log)
        process = read_process(node, meters)
        if process is not None and process.id == LIFE_CYCLE:
            log.add(codes.ELSEWHERE_TWICE(node.place("id"), id=process.id))
        elif process is not None:
            keep(found, process.id, process, node)
    return found


def _suppliers(sources: Sources, log: Log) -> dict[str, SupplierFootprint]:
    found: dict[str, SupplierFootprint] = {}
    for file, raw in sorted(sources.suppliers.items()):
        footprint = read_supplier(raw, file, log)
        if footprint is not None:
            node = Node({}, lambda path, file=file: Place(file, 0, "id"), log)  # type: ignore[misc]
            keep(found, footprint.id, footprint, node)
    return found
