"""Load against certificates: over the whole period, and hour by hour, for many certificates at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BLOCK = 2_000_000
"""Certificate-hours that are worked on at once: 16 MB."""


@dataclass(frozen=True, eq=False)
class Match:
    """What of each certificate meets the load, [Wh] or any other energy unit; surplus counts for nothing."""

    load: float
    annual: Array
    """By certificate (N): used when the period is matched as a whole."""
    hourly: Array
    """By certificate (N): used when every hour is matched by itself."""
    matched: Array
    """By hour (T): what is matched in the hour, at most its load."""

    @property
    def annual_share(self) -> float:
        """Matched share of the load over the whole period [1]; 0 without load."""
        return float(self.annual.sum() / self.load) if self.load else 0.0

    @property
    def hourly_share(self) -> float:
        """Matched share of the load hour by hour [1]; never more than the annual share."""
        return float(self.hourly.sum() / self.load) if self.load else 0.0


def match(load: Array, supply: Array, outside: Array | None = None) -> Match:
    """Load (T) against certificates (N,T), taken in their order: the first is used up before the second.

    `outside` (N) is generated in other hours than these: it counts for the period and for no hour.

    Vectorised over hours and certificates; raises ValueError for negative or not finite energies.
    """
    load = np.asarray(load, np.float64)
    supply = np.asarray(supply, np.float64).reshape(-1, len(load))
    if not (np.isfinite(load).all() and np.isfinite(supply).all()) or (load < 0).any() or (supply < 0).any():
        raise ValueError("energies must be finite and not negative")
    total = float(load.sum())
    annual = _in_order(total, supply.sum(axis=1) + (0.0 if outside is None else outside))
    used, left = np.zeros(len(supply)), load.copy()
    step = max(BLOCK // max(len(load), 1), 1)
    for low in range(0, len(supply), step):
        block = supply[low : low + step]
        before = np.cumsum(block, axis=0)
        before -= block
        np.subtract(left, before, out=before)
        np.clip(before, 0.0, block, out=before)
        used[low : low + step] = before.sum(axis=1)
        left = np.maximum(left - before.sum(axis=0), 0.0)
    return Match(total, annual, used, load - left)


def _in_order(total: float, supply: Array) -> Array:
    before = np.cumsum(supply) - supply
    found: Array = np.clip(total - before, 0.0, supply)
    return found


def cfe_score(load: Array, contracted: Array, grid_cfe: Array | float) -> float:
    """Share of the load that is carbon-free hour by hour [1]: contracted up to the load, the rest as the grid is.

    sum_t [min(load, contracted) + (load - min) grid_cfe_t] / sum load (24/7 CFE); surplus never counts.
    """
    used = np.minimum(load, contracted)
    total = float(load.sum())
    return float((used + (load - used) * grid_cfe).sum() / total) if total else 0.0
