"""Samples of background scores, made once per (snapshot, methods, seed, n) and opened as memory maps ever after.

A product's samples are then one sparse product: its bill of materials times the stored samples of its suppliers. All
products share the draws, so any two are compared on the same background.

Stored as float32: its rounding of 6e-8 is below the error of 1e-6 that the run certifies, and half the size of
float64 (20,000 activities × 1,000 samples: 80 MB a method).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.engine.columns import Floats
from zuji.engine.system import System
from zuji.engine.uncertainty.copula import Correlation
from zuji.engine.uncertainty.factors import NO_FACTORS, UncertainFactors
from zuji.engine.uncertainty.monte_carlo import CERTIFIED, MonteCarlo, Progress, monte_carlo
from zuji.engine.uncertainty.sampler import Sampler
from zuji.errors import EngineError, UnreadableError

FORMAT = "zuji-samples/1"
Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SampleStore:
    """Samples of the scores of every activity, shape (methods, activities, n), and what they rest on."""

    samples: Singles
    meta: dict[str, Any]

    @property
    def n(self) -> int:
        """The number of samples."""
        return int(self.samples.shape[2])

    @property
    def error(self) -> float:
        """The certified elementwise error of the run that made them."""
        return float(self.meta["error"])

    def products(self, demands: sparse.csr_array, method: int = 0, block: int = 256) -> Floats:
        """Samples of products whose rows in `demands` (products, activities) say what they take; (products, n).

        Worked out `block` samples at a time in float64, so that memory stays bounded by the result.
        """
        if demands.shape[1] != self.samples.shape[1]:
            raise EngineError(f"demands on {demands.shape[1]} activities do not fit {self.samples.shape[1]}")
        found = np.empty((demands.shape[0], self.n))
        for start in range(0, self.n, block):
            part = self.samples[method, :, start : start + block].astype(np.float64)
            found[:, start : start + block] = demands @ part
        return found


def store_key(
    system: System, factors: Floats, n: int, sampler: Sampler, correlations: Sequence[Correlation] = (),
    factor_uncertainty: UncertainFactors = NO_FACTORS,
) -> str:  # fmt: skip
    """The digest that names the samples: of snapshot, factors and their uncertainty, seed, way to sample, n and
    correlations."""
    digest = hashlib.sha256()
    text = [FORMAT, system.snapshot.digest, sampler.seed, sampler.kind, sampler.n, list(sampler.leading), n]
    digest.update(json.dumps(text).encode())
    parts: list[npt.NDArray[Any]] = [np.asarray(factors, dtype="<f8")]
    for group in correlations:
        parts += [group.uids.astype("<u8"), np.asarray(group.factor, dtype="<f8")]
    if len(factor_uncertainty):
        varying = factor_uncertainty
        parts += [varying.flow.astype("<i8"), varying.method.astype("<i8"), varying.uids.astype("<u8")]
        parts += [np.asarray(column) for column in vars(varying.parameters).values()]
    for part in parts:
        digest.update(repr(part.shape).encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def open_store(folder: Path, key: str) -> SampleStore | None:
    """The stored samples of that key as a memory map, None where there are none.

    Raises UnreadableError for a store that is there but damaged or of another format.
    """
    path, notes = folder / f"samples-{key}.npy", folder / f"samples-{key}.json"
    if not path.exists() or not notes.exists():
        return None
    try:
        meta = json.loads(notes.read_text(encoding="utf-8"))
        samples = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{path}: {error}") from error
    if meta.get("format") != FORMAT or list(samples.shape) != meta.get("shape") or samples.dtype != np.float32:
        raise UnreadableError(f"{path} is not a sample store ({FORMAT}); delete it and it is made again")
    return SampleStore(samples, meta)


def sample_store(
    system: System, factors: Floats, n: int, folder: Path, *, seed: int = 0, sampler: Sampler | None = None,
    correlations: Sequence[Correlation] = (), factor_uncertainty: UncertainFactors = NO_FACTORS, threads: int = 1,
    check: int = 1,
    progress: Callable[[Progress], None] | None = None, cancelled: Callable[[], bool] | None = None,
) -> SampleStore:  # fmt: skip
    """The samples of every activity's scores, from `folder` or made and kept there.

    A run that is cancelled is returned as far as it came and not kept; a run whose check exceeds 1e-6 raises
    EngineError and is not kept.
    """
    used = sampler or Sampler(seed)
    factors = np.asarray(factors, dtype=np.float64).reshape(len(factors), -1)
    key = store_key(system, factors, n, used, correlations, factor_uncertainty)
    found = open_store(folder, key)
    if found is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    shape = (factors.shape[1], system.plan.size, n)
    temporary = folder / f".samples-{key}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        out = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
        run = monte_carlo(
            system, factors, n, sampler=used, correlations=correlations, factor_uncertainty=factor_uncertainty,
            threads=threads, check=check, out=out, progress=progress, cancelled=cancelled,
        )  # fmt: skip
        meta = _meta(system, run, shape, used)
        part = SampleStore(np.array(run.samples, dtype=np.float32), meta) if run.partial else None
        error = run.error
        out.flush()
        del out, run  # an open map can be neither renamed nor removed on Windows
        if part is not None:
            return part
        if check and not error <= CERTIFIED:
            raise EngineError(f"the samples differ by {error:.2g} from fresh factorisations; they are not kept")
        notes = temporary.with_suffix(".json")
        notes.write_text(json.dumps(meta, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
        os.replace(notes, folder / f"samples-{key}.json")
        os.replace(temporary, folder / f"samples-{key}.npy")
    finally:
        temporary.unlink(missing_ok=True)
    made = open_store(folder, key)
    if made is None:
        raise UnreadableError(f"{folder}: the samples were written but are gone")
    return made


def _meta(system: System, run: MonteCarlo, shape: tuple[int, ...], sampler: Sampler) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "snapshot": system.snapshot.digest,
        "shape": [*shape[:2], run.completed],
        "seed": run.seed,
        "sampler": sampler.kind,
        "rung": run.rung,
        "error": run.error if np.isfinite(run.error) else -1.0,
        "checked": list(run.checked),
        "refactorised": len(run.refactorised),
        "unphysical": run.unphysical,
    }
