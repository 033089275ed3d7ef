"""What is written where: consoles, JSON, files, and streams that cannot hold every character or are gone."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from zuji.footprint.model import Footprint

PIPE_WIDTH = 160  # A pipe or file has no width: one that the tables fit in.


def console(*, stderr: bool = False) -> Console:
    """A console that shows texts as they are, as wide as the terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def accept_every_character() -> None:
    """Let a stream in a narrow encoding show '?' for what it lacks, as the minus sign in GBK, and not fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def forget_stdout() -> None:
    """Let what is still unwritten go nowhere: the reader of the pipe has gone, as after `| head`."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_json(value: object) -> None:
    """Write `value` to standard output in its canonical form and a newline."""
    from zuji.canonical import canonical_bytes

    write_bytes(canonical_bytes(value))


def write_bytes(document: bytes) -> None:
    """Write UTF-8 and a newline to standard output, whatever encoding the terminal has."""
    sys.stdout.flush()
    sys.stdout.buffer.write(document + b"\n")
    sys.stdout.buffer.flush()


def write_footprints(folder: Path, footprints: Sequence[Footprint]) -> None:
    """Write one canonical JSON file per rulebook."""
    folder.mkdir(parents=True, exist_ok=True)
    for footprint in footprints:
        (folder / f"footprint-{footprint.system.book.id}.json").write_bytes(footprint.json)
