"""Results on disk, named by the digests of what they were made from: found again, or made and stored."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from zuji.errors import UnreadableError

T = TypeVar("T")


def cache_path(folder: Path, kind: str, *digests: str) -> Path:
    """The file of an entry: `kind-<digest>…`, each digest by its first 24 hexadecimal digits; the file holds all."""
    return folder / ("-".join([kind, *(digest.rpartition(":")[2][:24] for digest in digests)]) + ".npz")


def through_cache(path: Path, load: Callable[[Path], T], make: Callable[[], T], save: Callable[[Path, T], None]) -> T:
    """What `load` finds at `path`; where it raises UnreadableError, what `make` makes, stored by `save`.

    A folder that cannot be written is no error: the result is made again the next time.
    """
    try:
        return load(path)
    except UnreadableError:
        made = make()
    with contextlib.suppress(OSError):
        save(path, made)
    return made
