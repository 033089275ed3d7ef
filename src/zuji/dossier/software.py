"""Which software made a dossier: version, digest of its files, and the versions of everything that it stands on."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import zuji
from zuji.canonical import digest

MADE_LATER = {".mo", ".pyc", ".pyo"}
"""Files that a build or a run adds: they do not say which version it is."""


@lru_cache(maxsize=1)
def software() -> dict[str, Any]:
    """Name, version, SHA-256 over the package's files, the installed dependencies and the digest of their list."""
    packages = dependencies("zuji")
    return {
        "name": "zuji",
        "version": zuji.__version__,
        "code": code_digest(Path(zuji.__file__).parent),
        "dependencies": packages,
        "lock": digest(packages),
    }


def code_digest(folder: Path) -> str:
    """SHA-256 over names and contents of the files of a package, wherever and however it is installed."""
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        if path.is_file() and path.suffix not in MADE_LATER and "__pycache__" not in path.parts:
            own = hashlib.sha256(path.read_bytes()).hexdigest()
            sha.update(f"{own}  {path.relative_to(folder).as_posix()}\n".encode())
    return f"sha256:{sha.hexdigest()}"


def dependencies(name: str) -> dict[str, str]:
    """The installed packages that `name` needs, with those that they need in turn, by name with version."""
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        for requirement in metadata.requires(waiting.pop()) or ():
            needed, _, marker = requirement.partition(";")
            match = re.match(r"[A-Za-z0-9._-]+", needed.strip())
            if match is None or "extra" in marker:
                continue
            key = re.sub(r"[-_.]+", "-", match[0]).lower()
            if key in found:
                continue
            try:
                found[key] = metadata.version(key)
            except metadata.PackageNotFoundError:
                continue  # for another system or Python version
            waiting.append(key)
    return dict(sorted(found.items()))
