"""Where an answer is kept in the study's folder, and how its line comes to take from it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from zuji.errors import UnreadableError
from zuji.exchange.supplier_sheet.receive import Received
from zuji.exchange.supplier_sheet.request import Asked
from zuji.i18n import tr
from zuji.reading import decode, read_yaml
from zuji.study.edit import NoPlaceError, bom_with, process_with
from zuji.study.model import BomLine
from zuji.study.read_evidence import COLUMNS, INDEX
from zuji.study.write import csv_text, file_name
from zuji.study.yaml_text import yaml_text

FOLDER = "evidence/suppliers"
SHORT = 12
BOM = "bom.csv"


def files_of(answer: Received, raw: bytes, folder: Path, suffix: str) -> dict[str, bytes]:
    """Every file of the study that the answer adds or changes: the bytes as sent, their index, the footprint, the link.

    Raises UnreadableError where the line cannot be changed without changing something else.
    """
    stem = f"{file_name(answer.id)}-{answer.sha256[:SHORT]}"
    files = {f"{FOLDER}/{stem}{suffix}": raw, INDEX: _indexed(folder, answer, f"suppliers/{stem}{suffix}")}
    if answer.inventory:
        files[f"{FOLDER}/{file_name(answer.id)}.yaml"] = yaml_text(answer.inventory).encode("utf-8")
    if answer.footprint is not None and answer.line is not None:
        files[f"suppliers/{file_name(answer.id)}.json"] = answer.footprint
        files |= linked(folder, answer.line, answer.id)
    return files


def _text(path: Path, *, chinese: bool) -> str:
    text, problem = decode(path.read_bytes(), path.name, chinese=chinese)
    if problem:
        raise UnreadableError(f"{problem.place}: {problem.what()}")
    return text


def _indexed(folder: Path, answer: Received, file: str) -> bytes:
    path = folder / INDEX
    text = _text(path, chinese=True) if path.is_file() else csv_text(COLUMNS, ())
    if answer.sha256 in text:
        return text.encode("utf-8")
    row = {"id": f"supplier-{answer.sha256[:SHORT]}", "file": file, "sha256": answer.sha256, "title_zh": answer.title}
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), ",".join(COLUMNS))
    columns = next(csv.reader([header]))
    added = csv_text(columns, [row]).partition("\n")[2]
    return (text.rstrip("\n") + "\n" + added).encode("utf-8")


def linked(folder: Path, line: Asked, id: str) -> dict[str, bytes]:
    """The changed file in which the line takes from the footprint `id`; every other byte stays as it is."""
    place = line.record.place
    file = BOM if isinstance(line.record, BomLine) else place.file
    text = _text(folder / file, chinese=file == BOM)
    try:
        if file == BOM:
            return {file: bom_with(text, place.line, {"dataset": "", "process": "", "supplier": id}).encode("utf-8")}
        exchanges = read_yaml(folder / file, file).data.get("exchanges", [])
        index = next(i for i, one in enumerate(exchanges) if str(one.get("id")) == line.item)
        gone = {key: "" for key in ("dataset", "process", "electricity", "gas") if key in exchanges[index]}
        return {file: process_with(text, index, {"supplier": id, **gone}).encode("utf-8")}
    except (NoPlaceError, StopIteration) as error:
        message = tr("{file}: write 'supplier: {id}' into the line '{line}' yourself", file=file, id=id, line=line.id)
        raise UnreadableError(f"{message} ({error})") from error


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files, the table or document that links them last, so that it never names what is not there."""
    for name in sorted(files, key=lambda one: one == BOM or one.startswith("processes/")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[name])
