"""A study written as a folder of YAML and CSV files that `open_study` reads back as the same study."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from zuji.errors import UnreadableError
from zuji.i18n import tr
from zuji.study.forms import DATA_COLUMNS, Form, Forms, columns_in, forms_of
from zuji.study.model import Study
from zuji.study.new import NOT_A_FOLDER, NOT_EMPTY, NotEmptyError
from zuji.study.yaml_text import yaml_text

ORDERS: Mapping[str, tuple[str, ...]] = {
    "bom.csv": (
        "item", "parent", "name_zh", "name_en", "component_group", "amount", "unit", "dataset", "process", "supplier",
        "material", "scrap", "mass", "cut_off", *DATA_COLUMNS,
    ),
    "electricity.csv": (
        "meter", "point", "plant", "process", "start", "end", "amount", "unit", "supply", "dataset",
        "certificate_sold", *DATA_COLUMNS,
    ),
    "instruments.csv": (
        "id", "type", "plant", "process", "amount", "unit", "dataset", "country", "generated_start", "generated_end",
        "retired_on", "beneficiary", *DATA_COLUMNS,
    ),
    "transport.csv": (
        "id", "name_zh", "name_en", "stage", "mass", "mass_unit", "distance", "distance_unit", "dataset", "start",
        "end", *DATA_COLUMNS,
    ),
    "evidence/index.csv": ("id", "file", "sha256", "title_zh", "title_en"),
}  # fmt: skip
NEEDED: Mapping[str, tuple[str, ...]] = {
    "bom.csv": ("item", "parent", "amount", "unit"),
    "electricity.csv": ("meter", "plant", "start", "end", "amount", "unit"),
    "instruments.csv": (
        "id", "type", "plant", "amount", "unit", "dataset", "country", "generated_start", "generated_end"
    ),
    "transport.csv": ("id", "distance", "distance_unit", "dataset"),
    "evidence/index.csv": ("id", "file"),
}  # fmt: skip
"""Columns that are written even where no row uses them: a table without them is not read."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


def study_files(study: Study, attachments: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """File name → bytes of the whole study, with the attachments (footprints of suppliers, own datasets) as sent."""
    forms = forms_of(study)
    files = {"study.yaml": yaml_text(forms.head).encode("utf-8")}
    if forms.end_of_life:
        files["end_of_life.yaml"] = yaml_text(forms.end_of_life).encode("utf-8")
    files |= _processes(forms)
    for file, rows in forms.tables.items():
        if rows:
            columns = columns_in(rows, ORDERS[file])
            wanted = [name for name in ORDERS[file] if name in columns or name in NEEDED[file]]
            files[file] = csv_text(wanted, rows).encode("utf-8")
    return {**files, **(attachments or {})}


def _processes(forms: Forms) -> dict[str, bytes]:
    names: dict[str, Form] = {}
    for form in forms.processes:
        name = file_name(form["id"])
        if name.lower() in {one.lower() for one in names}:
            name += "-" + hashlib.sha256(form["id"].encode("utf-8")).hexdigest()[:8]
        names[name] = form
    return {f"processes/{name}.yaml": yaml_text(form).encode("utf-8") for name, form in names.items()}


def file_name(id: str) -> str:
    """A file name for an id, without the characters that some file systems refuse."""
    name = re.sub(r"[^\w.-]", "-", id)[:80].strip(".")
    return f"{name}-" if not name or _RESERVED.fullmatch(name.split(".")[0]) else name


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """The rows as CSV with a header, lines ended by a newline."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row.get(column, "") for column in columns])
    return stream.getvalue()


def write_study(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write the files of a study into a new or empty folder; raises NotEmptyError when something stands there."""
    if folder.exists() and not folder.is_dir():
        raise NotEmptyError(tr(NOT_A_FOLDER, folder=folder))
    if folder.is_dir() and any(folder.iterdir()):
        raise NotEmptyError(tr(NOT_EMPTY, folder=folder))
    return put(folder, files)


def put(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write the files under the folder; raises UnreadableError for a name that leads out of it."""
    written = []
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or ":" in name or "\\" in name:
            raise UnreadableError(f"{name}: outside the folder of the study")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        written.append(target)
    return tuple(written)
