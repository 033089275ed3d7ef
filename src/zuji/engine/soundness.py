"""The check before every solve: a proof that no loop gives what it does not have, or the diagnosis that says where.

The proof costs one solve: M = I − T. Where v > 0 has |T|·v < v, the spectral radius of |T| is below one (Collatz and
Wielandt; Varga, Matrix Iterative Analysis, theorem 2.2), so every score is the sum of its chains. The solution of
M·v = 1 is such a v whenever nothing is credited and no loop gains, and as a rule with small credits too.

Where it proves nothing, the loop doctor (`zuji.engine.diagnose`) decides. What it calls an error stops the solve. Two
cases with credits go on: a loop whose gain is below one, though not with its credits counted as inputs; and one that
gains only without its credits (a warning of the doctor). Their solution is unique, and negative scores are meant.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.engine.arrays import read_arrays, write_arrays
from zuji.engine.cache import cache_path, through_cache
from zuji.engine.diagnose import diagnose
from zuji.engine.snapshot import Snapshot
from zuji.errors import EngineError, UnreadableError

FORMAT = "zuji-diagnosis/1"
MARGIN = 1e-12
"""How far below one the proof has to come; rounding is far less."""
NAMED = 5
Floats = npt.NDArray[np.float64]


def proved(matrix: sparse.csc_array, solve: Callable[[Floats], Floats]) -> bool:
    """Whether v from M·v = 1 proves that the spectral radius of |T| = |I − M| is below one; `solve` may be rough."""
    n = matrix.shape[0]
    if n == 0:
        return True
    v = solve(np.ones(n))
    if not np.isfinite(v).all() or not (v > 0).all():
        return False
    diagonal = matrix.diagonal()
    taken = abs(matrix) @ v - np.abs(diagonal) * v + np.abs(1 - diagonal) * v
    return bool((taken < (1 - MARGIN) * v).all())


def require_sound(snapshot: Snapshot, cache: Path | None = None) -> None:
    """Raise EngineError with the first fatal problem of the diagnosis, if there is one.

    The verdict is kept in the folder `cache` by content digest, since the spectral parts take seconds.
    """
    if cache is None:
        fatal = _fatal(snapshot)
    else:
        fatal = through_cache(
            cache_path(cache, "diagnosis", snapshot.digest),
            lambda path: _load(path, snapshot.digest),
            lambda: _fatal(snapshot),
            lambda path, found: write_arrays(
                path, {"format": FORMAT, "snapshot": snapshot.digest, "fatal": found}, {"none": np.zeros(0)}
            ),
        )
    if fatal:
        raise EngineError(fatal[0], fatal[1:])


def _fatal(snapshot: Snapshot) -> list[str]:
    """Message and culprits of the first fatal problem; empty when there is none."""
    for problem in diagnose(snapshot):
        if problem.fatal:
            finding = problem.finding
            return [f"{finding.what()}; {finding.mend()}", *problem.activities[:NAMED]]
    return []


def _load(path: Path, digest: str) -> list[str]:
    meta, _ = read_arrays(path, verify=True)
    if meta.get("format") != FORMAT or meta.get("snapshot") != digest:
        raise UnreadableError(f"{path} is not the diagnosis of this snapshot")
    return [str(text) for text in meta["fatal"]]
