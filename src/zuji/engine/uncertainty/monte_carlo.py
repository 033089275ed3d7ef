"""Monte Carlo of scores: every uncertain exchange of the upstream closure is drawn, eight samples at a time.

One sample changes all numbers of Mᵀ·y = b, but little: the factors of the stated system are still a good approximation
of its inverse. Iterative refinement with them converges in about eight steps. They are scaled by the scores first, so
that an entry is the share of one score in another, and shares below `PRUNE` are left out, which makes the factors
several times smaller and costs no step. Where credits make scores change sign, the scale is the gross score (every
contribution taken positive). Each step's correction is at once the estimate of the error that is left.

A sample that does not settle is solved with a factorisation of its own. Some samples of each run are solved so anyway,
from draws of the NumPy reference, and the largest relative difference found is the run's certificate.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats
from zuji.engine.system import System
from zuji.engine.uncertainty import random
from zuji.engine.uncertainty.copula import Correlation, check_apart
from zuji.engine.uncertainty.factors import NO_FACTORS, UncertainFactors
from zuji.engine.uncertainty.run import LANES, Run
from zuji.engine.uncertainty.sampler import Sampler
from zuji.errors import EngineError

CERTIFIED = 1e-6
"""The elementwise relative error that a run promises and checks."""
RUNG_C, RUNG_D = "full Monte Carlo", "full Monte Carlo, refactorised"


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    rate: float
    """[samples/s]"""
    remaining: float
    """[s]"""


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """Samples of scores with what certifies them; partial when the run was cancelled."""

    samples: npt.NDArray[np.floating[Any]]
    """(methods, activities, iterations) [score unit per unit of reference product]; completed iterations only."""
    seed: int
    start: int
    requested: int
    rung: str
    error: float
    """Largest elementwise relative difference to fresh factorisations; NaN when nothing was checked."""
    checked: tuple[int, ...]
    """The iterations that were solved again for `error`."""
    steps: float
    """Mean number of refinement steps."""
    refactorised: tuple[int, ...]
    """Iterations that did not settle and have a factorisation of their own (rung d)."""
    unphysical: int
    """Samples in which a loop without credits takes more than it delivers, so that a score is negative."""
    seconds: float

    @property
    def completed(self) -> int:
        """The number of iterations that are there."""
        return int(self.samples.shape[2])

    @property
    def partial(self) -> bool:
        """Whether the run was cancelled before its end."""
        return self.completed < self.requested

    @property
    def certified(self) -> bool:
        """Whether the checked samples keep the promised error."""
        return self.error <= CERTIFIED


def monte_carlo(
    system: System,
    factors: Floats,
    n: int,
    *,
    seed: int = 0,
    activities: Sequence[int] | None = None,
    start: int = 0,
    sampler: Sampler | None = None,
    correlations: Sequence[Correlation] = (),
    factor_uncertainty: UncertainFactors = NO_FACTORS,
    threads: int = 1,
    check: int = 1,
    out: npt.NDArray[np.floating[Any]] | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> MonteCarlo:
    """`n` samples of the scores of `activities` (None: all) from iteration `start` on.

    `factors` has shape (flows,) or (flows, methods); those in `factor_uncertainty` are drawn too. The bytes of the
    result do not depend on `threads`, `activities` sharing a run, or where the run was cut. `out`, shape (methods,
    activities, n), takes the samples where given (a memory map, float32 or float64). `check` samples are solved again
    with fresh factorisations. `start` must be a multiple of 8. Raises EngineError for what cannot be sampled,
    SingularError when a sample has no solution.
    """
    if n < 1 or start < 0 or start % LANES:
        raise EngineError(f"{n} samples from iteration {start}: at least one, from a multiple of {LANES} on")
    check_apart(correlations)
    chosen = sampler or Sampler(seed)
    columns = np.asarray(factors, dtype=np.float64).reshape(len(factors), -1)
    run = Run(system, columns, activities, chosen, correlations, factor_uncertainty)
    shape = (run.methods, len(run.layout.wanted), n)
    if out is None:
        out = np.empty(shape)
    elif out.shape != shape:
        raise EngineError(f"the array for the samples has shape {out.shape}, not {shape}")
    begun = time.monotonic()
    lock = threading.Lock()
    state = _State()
    batches = -(-n // LANES)

    def work() -> None:
        buffers = run.buffers()
        while True:
            with lock:
                if state.next >= batches or state.stop:
                    return
                batch = state.next
                state.next += 1
            first = start + batch * LANES
            try:
                solved = run.batch(first, buffers)
            except BaseException:
                with lock:
                    state.stop = True
                raise
            lanes = min(LANES, n - batch * LANES)
            for k in range(run.methods):
                out[k, :, batch * LANES : batch * LANES + lanes] = solved.y[k][run.layout.wanted, :lanes]
            with lock:
                state.done += lanes
                state.steps += solved.steps
                state.refactorised += [first + lane for lane in solved.refactorised if lane < lanes]
                state.unphysical += sum(lane < lanes for lane in solved.unphysical)
                if progress is not None:
                    seconds = max(time.monotonic() - begun, 1e-9)
                    rate = state.done / seconds
                    progress(Progress(state.done, n, rate, (n - state.done) / rate))
                if cancelled is not None and cancelled():
                    state.stop = True

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            for future in [pool.submit(work) for _ in range(threads)]:
                future.result()
    else:
        work()
    # Batches are given out in order and every one begun is finished, so what is there is a whole beginning.
    completed = min(state.next * LANES, n)
    checked = _to_check(chosen.seed, start, completed, check)
    return MonteCarlo(
        samples=out[:, :, :completed],
        seed=chosen.seed,
        start=start,
        requested=n,
        rung=RUNG_D if 2 * len(state.refactorised) > completed else RUNG_C,
        error=max((run.error(iteration) for iteration in checked), default=float("nan")),
        checked=checked,
        steps=state.steps / max(state.next * run.methods, 1),
        refactorised=tuple(sorted(state.refactorised)),
        unphysical=state.unphysical,
        seconds=time.monotonic() - begun,
    )


class _State:
    def __init__(self) -> None:
        self.next = self.done = self.steps = self.unphysical = 0
        self.stop = False
        self.refactorised: list[int] = []


def _to_check(seed: int, start: int, completed: int, count: int) -> tuple[int, ...]:
    numbers = random.words(seed, np.array([start], dtype=np.uint64), 0, max(count, 1), random.CHECKS)[0, :count]
    return tuple(sorted({start + int(word) % completed for word in numbers}))


def default_threads() -> int:
    """As many threads as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
