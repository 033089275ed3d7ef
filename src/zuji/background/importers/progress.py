"""How far an import is: share of the bytes, rate, remaining time; and how it is cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from zuji.errors import ZujiError


class CancelledError(ZujiError):
    """The user stopped the import; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One report: `done` of `total` bytes of the source, datasets so far, elapsed and remaining time [s]."""

    step: str
    """`read`, `link` or `store`"""
    done: int
    total: int
    datasets: int
    elapsed: float
    remaining: float | None
    """None before there is a rate."""

    @property
    def rate(self) -> float:
        """Datasets per second."""
        return self.datasets / self.elapsed if self.elapsed > 0 else 0.0


Report = Callable[[Progress], bool | None]
"""Called after every part; returning False cancels the import."""


STEP = 256 * 1024
"""Bytes between two reports of what is read ahead."""


class Meter:
    """Turns what is done into reports; raises CancelledError when the callback asks for it."""

    def __init__(self, report: Report | None, total: int) -> None:
        self._report, self._total = report, max(total, 1)
        self._start = time.monotonic()
        self._done = self._datasets = self._quiet = 0

    def add(self, weight: int, datasets: int) -> None:
        """One more part was read."""
        self._done += weight
        self._datasets += datasets
        self.tell("read")

    def watch(self, weight: int) -> None:
        """That many bytes more were read ahead of the datasets; reported once in a while, so that it costs nothing."""
        self._done += weight
        self._quiet += weight
        if self._quiet >= STEP:
            self._quiet = 0
            self.tell("read")

    def tell(self, step: str) -> None:
        """Report; `step` says what is being done."""
        if self._report is None:
            return
        elapsed = time.monotonic() - self._start
        left = elapsed / self._done * (self._total - self._done) if self._done and step == "read" else None
        if self._report(Progress(step, self._done, self._total, self._datasets, elapsed, left)) is False:
            raise CancelledError("the import was cancelled; nothing was stored")
