"""Write a first study: a small LFP storage cabinet with assumed numbers, commented in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from zuji.errors import ZujiError
from zuji.i18n import N_, tr

SKELETON = "skeleton"
NOT_EMPTY = N_("the folder {folder} is not empty; name a new folder, so that nothing of yours is overwritten")
NOT_A_FOLDER = N_("{folder} is a file; name a new folder for the study")


class NotEmptyError(ZujiError, FileExistsError):
    """The folder for a new study already holds something."""


def write_skeleton(folder: Path) -> tuple[Path, ...]:
    """Write the skeleton into a new or empty folder and return its files; else raises NotEmptyError."""
    if folder.exists() and not folder.is_dir():
        raise NotEmptyError(tr(NOT_A_FOLDER, folder=folder))
    if folder.is_dir() and any(folder.iterdir()):
        raise NotEmptyError(tr(NOT_EMPTY, folder=folder))
    written = []
    for name, text in skeleton_files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return tuple(written)


def skeleton_files() -> tuple[tuple[str, str], ...]:
    """Name and text of every file of the skeleton, in the order of their names."""
    root = resources.files("zuji.study").joinpath(SKELETON)
    return tuple(sorted((name, file.read_text(encoding="utf-8")) for name, file in _walk(root, "")))


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif not entry.name.startswith("."):
            yield prefix + entry.name, entry
