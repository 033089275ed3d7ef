"""The parts of a source parsed one after the other, or by several processes; the result is the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from zuji.background.importers import codes
from zuji.background.importers.columns import Builder, Chunk
from zuji.background.importers.files import Source, open_source
from zuji.background.importers.formats import Part, format_of
from zuji.background.importers.options import Options
from zuji.background.importers.progress import Meter
from zuji.background.importers.records import ParameterRecord
from zuji.errors import UnreadableError
from zuji.finding import Place

ALONE = 48 * 1024**2
"""Below this size [B] starting processes takes longer than it saves."""
MOST_WORKERS = 4


def parse_all(
    source: Source, name: str, parts: Sequence[Part], shared: Any, options: Options, meter: Meter
) -> Iterator[Chunk]:
    """The chunks of all parts in their order; raises CancelledError when the meter is told to stop."""
    workers = options.workers or min(os.cpu_count() or 1, MOST_WORKERS)
    database = tuple(getattr(shared, "parameters", ()))
    if workers < 2 or len(parts) < 2 or sum(weight for weight, _ in parts) < ALONE:
        for part in parts:
            chunk = _parse(source, name, part, shared, options, database)
            meter.add(part[0], chunk.records)
            yield chunk
        return
    yield from _in_processes(source.path, name, parts, shared, options, database, workers, meter)


def _in_processes(
    path: Path,
    name: str,
    parts: Sequence[Part],
    shared: Any,
    options: Options,
    database: tuple[ParameterRecord, ...],
    workers: int,
    meter: Meter,
) -> Iterator[Chunk]:
    # Spawned, not forked: the same on every system, and safe beside threads.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start, initargs=(path, name, shared, options, database)
    )
    waiting: deque[tuple[Part, Future[Chunk]]] = deque()
    todo = iter(parts)
    try:
        while True:
            # A bounded queue keeps the chunks that nobody has taken yet few.
            while len(waiting) < 2 * workers and (part := next(todo, None)) is not None:
                waiting.append((part, pool.submit(_work, part)))
            if not waiting:
                return
            part, future = waiting.popleft()
            try:
                chunk = future.result()
            except BrokenProcessPool as error:
                raise UnreadableError(f"{path}: a reading process ended (out of memory?)") from error
            meter.add(part[0], chunk.records)
            yield chunk
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_STATE: dict[str, Any] = {}


def _start(path: Path, name: str, shared: Any, options: Options, database: tuple[ParameterRecord, ...]) -> None:
    # Ctrl-C is for the process that waits; it ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _STATE.update(source=open_source(path), name=name, shared=shared, options=options, database=database)


def _work(part: Part) -> Chunk:
    state = _STATE
    return _parse(state["source"], state["name"], part, state["shared"], state["options"], state["database"])


def _parse(
    source: Source, name: str, part: Part, shared: Any, options: Options, database: tuple[ParameterRecord, ...]
) -> Chunk:
    builder = Builder(options, database)
    try:
        for batch in format_of(name).parse(source, part, shared, options):
            builder.add(batch)
    except UnreadableError as error:
        builder.chunk.findings.append(codes.UNREADABLE_FILE(Place(part[1][0]), problem=str(error)))
    return builder.finish()
