"""The score of every activity by one transposed solve per method, kept on disk; and the inventory of one demand.

With B the biosphere and c the factors of a method,  Mᵀ·y = |D|⁻¹·Bᵀ·c  gives y, the score per unit of every activity's
reference flow (per unit of waste treated). Every contribution to any product then is a product of numbers at hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zuji.engine.arrays import read_arrays, write_arrays
from zuji.engine.cache import cache_path
from zuji.engine.snapshot import Snapshot
from zuji.engine.system import System
from zuji.errors import EngineError, UnreadableError

FORMAT = "zuji-scores/1"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of n activities under k methods, in the order of the snapshot's activities."""

    values: Floats
    """(n, k): score per unit of reference flow [method unit per unit of the product]."""
    direct: Floats
    """(n, k): the part of it that the activity emits itself."""
    error: float
    """Largest backward error of the solves, see `zuji.engine.system.SETTLED`; 0 where no solve was needed."""

    def of(self, method: int = 0) -> tuple[Floats, Floats]:
        """(values, direct) of one method, each (n,)."""
        return self.values[:, method], self.direct[:, method]


@dataclass(frozen=True, eq=False)
class Inventory:
    """What a demand sets in motion."""

    supply: Floats
    """(n,): what every activity supplies [unit of its reference flow], by activity."""
    flows: Floats
    """(f,): every flow of the biosphere [its unit]."""
    error: float


def method_digest(factors: Floats) -> str:
    """`sha256:…` of one method: the line `zuji-method/1 flows`, then its factors as little-endian float64."""
    digest = hashlib.sha256(f"zuji-method/1 {len(factors)}\n".encode())
    digest.update(np.ascontiguousarray(factors, dtype="<f8").tobytes())
    return "sha256:" + digest.hexdigest()


def direct_scores(system: System, factors: Floats) -> Floats:
    """|D|⁻¹·Bᵀ·c by activity, shape (n, k) [method unit per unit of reference flow]."""
    size = np.empty_like(system.size)
    size[system.plan.order] = system.size
    return np.asarray((system.snapshot.biosphere_matrix.T @ factors) / size[:, None])


def scores(system: System, factors: Floats, cache: Path | None = None) -> Scores:
    """The scores of every activity; `factors` has shape (flows,) or (flows, methods).

    Methods that the folder `cache` holds for this snapshot are mapped from there, the others solved together and
    stored, one file per (snapshot digest, method digest). A damaged file is made again. Raises EngineError for factors
    of another shape or that are not finite.
    """
    columns = factors[:, None] if factors.ndim == 1 else factors
    if len(columns) != len(system.snapshot.flows) or not np.isfinite(columns).all():
        raise EngineError(f"a method needs one finite factor for each of the {len(system.snapshot.flows)} flows")
    if cache is None:
        return _solved(system, columns)
    digests = [method_digest(columns[:, k]) for k in range(columns.shape[1])]
    found = [_stored(_path(cache, system.snapshot, digest), system.snapshot, digest) for digest in digests]
    missing = [k for k, entry in enumerate(found) if entry is None]
    if missing:
        made = _solved(system, columns[:, missing])
        for i, k in enumerate(missing):
            found[k] = Scores(made.values[:, i : i + 1], made.direct[:, i : i + 1], made.error)
            _store(_path(cache, system.snapshot, digests[k]), system.snapshot, digests[k], found[k])
    parts = [entry for entry in found if entry is not None]
    if len(parts) == 1:
        return parts[0]
    return Scores(
        np.concatenate([part.values for part in parts], axis=1) if parts else np.zeros((len(columns), 0)),
        np.concatenate([part.direct for part in parts], axis=1) if parts else np.zeros((len(columns), 0)),
        max((part.error for part in parts), default=0.0),
    )


def stored_scores(snapshot: Snapshot, factors: Floats, cache: Path) -> Scores | None:
    """The scores of one method from `cache`, without a plan or a solve; None when they are not there."""
    digest = method_digest(factors)
    return _stored(_path(cache, snapshot, digest), snapshot, digest)


def _solved(system: System, columns: Floats) -> Scores:
    direct = direct_scores(system, columns)
    order = system.plan.order
    solution, error = system.adjoint(np.ascontiguousarray(direct[order]))
    values = np.empty_like(solution)
    values[order] = solution
    return Scores(values, direct, error)


def _path(cache: Path, snapshot: Snapshot, digest: str) -> Path:
    return cache_path(cache, "scores", snapshot.digest, digest)


def _stored(path: Path, snapshot: Snapshot, digest: str) -> Scores | None:
    try:
        meta, arrays = read_arrays(path, verify=True)
    except UnreadableError:
        return None
    wanted = {"format": FORMAT, "snapshot": snapshot.digest, "method": digest}
    if any(meta.get(key) != value for key, value in wanted.items()) or set(arrays) != {"values", "direct"}:
        return None
    return Scores(arrays["values"], arrays["direct"], float(meta["error"]))


def _store(path: Path, snapshot: Snapshot, digest: str, made: Scores | None) -> None:
    assert made is not None
    meta = {"format": FORMAT, "snapshot": snapshot.digest, "method": digest, "error": made.error}
    try:
        write_arrays(path, meta, {"values": made.values, "direct": made.direct})
    except OSError:
        return  # a folder that cannot be written: solved again the next time


def inventory(system: System, demand: Mapping[int, float]) -> Inventory:
    """Supply and flows for `demand`, activity → amount of its reference flow, by one forward solve."""
    right = np.zeros(system.plan.size)
    position = system.plan.position
    for activity, amount in demand.items():
        right[position[activity]] = amount
    solution, error = system.forward(right)
    supply = np.empty_like(solution)
    supply[system.plan.order] = solution
    runs = np.empty_like(solution)
    runs[system.plan.order] = solution / system.size
    return Inventory(supply, np.asarray(system.snapshot.biosphere_matrix @ runs), error)
