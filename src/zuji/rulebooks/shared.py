"""Tables that all rulebooks share: `shared/*.yaml`, named processes of a battery and criteria of instruments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from zuji.errors import RulebookError
from zuji.reading import read_yaml

FOLDER = Path(__file__).parent / "shared"


@lru_cache(maxsize=1)
def shared_tables() -> Mapping[str, Mapping[str, Any]]:
    """Every table by the name of its file; raises RulebookError for one that cannot be read."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        document = read_yaml(path, f"shared/{path.name}")
        if document.findings:
            raise RulebookError(f"{document.findings[0].place}: {document.findings[0].what('en')}")
        found[path.stem] = document.data
    return found
