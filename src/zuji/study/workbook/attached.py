"""Files of a study folder that travel in its workbook byte by byte."""

from __future__ import annotations

from pathlib import Path

from zuji.study.open import POWER, READ_ELSEWHERE
from zuji.study.workbook.write import MAX_ATTACHED

FOLDERS = ("suppliers", POWER)


def attachments_in(folder: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Suppliers' footprints, own datasets and the power ledger by name, and the names of those that are too large.

    The files in evidence/ stay where they are: the workbook lists them with their SHA-256.
    """
    paths = [folder / name for name in READ_ELSEWHERE]
    for name in FOLDERS:
        if (folder / name).is_dir():
            paths += sorted((folder / name).rglob("*"))
    found: dict[str, bytes] = {}
    left: list[str] = []
    total = 0
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        total += path.stat().st_size
        if total > MAX_ATTACHED:
            left.append(name)
        else:
            found[name] = path.read_bytes()
    return found, tuple(left)
