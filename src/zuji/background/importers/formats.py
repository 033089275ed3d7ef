"""The formats that are read, in the order in which they are tried."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, Protocol, cast

from zuji.background.importers.files import Source
from zuji.background.importers.options import Options
from zuji.background.importers.records import Batch

Part = tuple[int, tuple[str, ...]]
"""Weight [B of the source] and members; one part is parsed by one process."""

FORMATS = (
    "ecospold2", "ecospold1", "ilcd", "brightway_package", "brightway_excel", "olca_jsonld", "simapro_csv",
    "factor_list",
)  # fmt: skip


class Format(Protocol):
    """What a module of a format offers."""

    TITLE: str

    def recognises(self, source: Source) -> bool:
        """Whether this is the format of the source, by names and first bytes."""

    def parts(self, source: Source) -> list[Part]:
        """The work in pieces, in the order of the result."""

    def prepare(self, source: Source, options: Options) -> Any:
        """What every part needs to know of the others; small, and picklable.

        Its `findings` are reported, its `parameters` (ParameterRecord) are those of the whole database.
        """

    def parse(self, source: Source, part: Part, shared: Any, options: Options) -> Iterator[Batch]:
        """The content of one part, batch by batch."""


def format_of(name: str) -> Format:
    """The module of a format by its name in FORMATS."""
    return cast(Format, importlib.import_module(f"zuji.background.importers.{name}"))


def grouped(sizes: list[tuple[str, int]], target: int = 24 * 1024**2, most: int = 2000) -> list[Part]:
    """Members in their order, gathered into parts of about `target` bytes and at most `most` members."""
    parts: list[Part] = []
    names: list[str] = []
    weight = 0
    for name, size in sizes:
        names.append(name)
        weight += size
        if weight >= target or len(names) >= most:
            parts.append((weight, tuple(names)))
            names, weight = [], 0
    if names:
        parts.append((weight, tuple(names)))
    return parts
