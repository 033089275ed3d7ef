"""Example studies that can be opened where they lie, or copied and changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from zuji.errors import UnreadableError
from zuji.i18n import tr
from zuji.study.new import NOT_A_FOLDER, NOT_EMPTY, NotEmptyError

_HERE = Path(__file__).parent
_HEAD = "study.yaml"


def names() -> tuple[str, ...]:
    """The names of the examples, sorted."""
    return tuple(sorted(path.parent.name for path in _HERE.glob(f"*/{_HEAD}")))


def folder(name: str) -> Path:
    """The folder of the example `name`; raises UnreadableError when there is none."""
    if name not in names():
        raise UnreadableError(f"{name}: no such example; there are {', '.join(names())}")
    return _HERE / name


def copy(name: str, target: Path) -> tuple[Path, ...]:
    """Copy the example `name` into a new or empty folder and return its files; else raises NotEmptyError."""
    source = folder(name)
    if target.exists() and not target.is_dir():
        raise NotEmptyError(tr(NOT_A_FOLDER, folder=target))
    if target.is_dir() and any(target.iterdir()):
        raise NotEmptyError(tr(NOT_EMPTY, folder=target))
    files = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target / file)
    return tuple(target / file for file in files)
