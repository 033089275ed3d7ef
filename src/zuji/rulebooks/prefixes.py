"""The capitals that stand for each rulebook in the labels of findings, from `prefixes.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from zuji.reading import read_yaml

FILE = Path(__file__).parent / "prefixes.yaml"


@lru_cache(maxsize=1)
def prefixes() -> Mapping[str, str]:
    """The prefix of every rulebook by its id."""
    return {str(id): str(prefix) for id, prefix in read_yaml(FILE, FILE.name).data.items()}


def prefix_of(book_id: str) -> str:
    """The prefix of one rulebook; '' for a rulebook of the user's own, which the table does not name."""
    return prefixes().get(book_id, "")
