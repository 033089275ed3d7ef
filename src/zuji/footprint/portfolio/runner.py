"""Where blocks of work run: in this process or on the nodes of a Dask cluster; results come in the order of blocks.

The function, what all blocks share and each block travel to a node, and only there do the same lines of code run, so
nodes of one kind give the same bytes as this process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from zuji.errors import UnreadableError, ZujiError
from zuji.i18n import tr

S = TypeVar("S")
B = TypeVar("B")
R = TypeVar("R")
WAITING = 2
"""Blocks for each thread of the cluster that are on their way at once; the next ones are not read before."""
TIMEOUT = "10s"


class Runner(Protocol):
    """A way to work off blocks."""

    def __call__(self, work: Callable[[S, B], R], shared: S, blocks: Iterable[B]) -> Iterator[R]:
        """`work(shared, block)` for each block, in order."""


def here(work: Callable[[S, B], R], shared: S, blocks: Iterable[B]) -> Iterator[R]:
    """Each block in this process, one after another."""
    for block in blocks:
        yield work(shared, block)


@contextmanager
def cluster(address: str) -> Iterator[Runner]:
    """A runner on the Dask cluster whose scheduler listens at `address`; the connection ends with the context.

    Raises ZujiError where `distributed` is not installed and UnreadableError where no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ZujiError(
            tr("a cluster needs the package distributed, which is not installed: pip install 'zuji[cluster]'")
        ) from error
    try:
        connect: Any = Client  # the package has no types
        client = connect(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableError(
            tr("no Dask cluster at {address}: {problem}", address=address, problem=problem)
        ) from error
    try:
        yield _OnNodes(client)
    finally:
        client.close()


class _OnNodes:
    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self, work: Callable[[S, B], R], shared: S, blocks: Iterable[B]) -> Iterator[R]:
        threads = sum(self.client.nthreads().values())
        if not threads:
            raise UnreadableError(tr("the Dask cluster has no workers"))
        # Sent to every node once, not with every block.
        everywhere = self.client.scatter(shared, broadcast=True, hash=False)
        waiting: deque[Any] = deque()
        try:
            for block in blocks:
                waiting.append(self.client.submit(work, everywhere, block, pure=False))
                if len(waiting) >= WAITING * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            self.client.cancel(list(waiting))
