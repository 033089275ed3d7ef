"""Small snapshots for the tests of uncertainty: loops, hubs, a waste treatment, credits, every distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from zuji.engine.snapshot import Snapshot, exchanges
from zuji.engine.system import System

LOGNORMAL, NORMAL, UNIFORM, TRIANGULAR, GAMMA = 2, 3, 4, 5, 9


def snapshot(n: int = 60, seed: int = 1, *, credits: bool = False, sigma: float = 0.2, mixed: bool = False) -> Snapshot:
    """`n` activities, a third upstream, a third in loops, a third downstream; shares of at most 0.7 in all.

    `mixed` gives some exchanges another distribution than the lognormal, and puts two exchanges into one cell.
    """
    draw = np.random.default_rng(seed)
    value = 10.0 ** draw.uniform(-2, 2, n)
    waste = n // 2
    rows: list[int] = []
    columns: list[int] = []
    amounts: list[float] = []
    for j in range(n):
        first, last = (0, j) if j < n // 3 or j >= 2 * n // 3 else (0, 2 * n // 3)
        suppliers = np.unique(draw.integers(first, last, 6)) if last > first else np.zeros(0, dtype=int)
        suppliers = suppliers[suppliers != j]
        shares = draw.dirichlet(np.ones(len(suppliers))) * 0.7 if len(suppliers) else np.zeros(0)
        for i, share in zip(suppliers, shares, strict=True):
            amount = share * value[j] / value[i]
            if i == waste:
                amount = -amount  # it takes waste away, and its reference flow is negative
            elif credits and draw.random() < 0.15:
                amount = -0.5 * amount
            rows.append(int(i))
            columns.append(j)
            amounts.append(float(amount))
    if mixed:
        rows, columns, amounts = [*rows, rows[-1]], [*columns, columns[-1]], [*amounts, 0.1 * amounts[-1]]
    made = np.ones(n)
    made[waste] = -1.0
    count = len(rows)
    technosphere: dict[str, Any] = {
        "uid": np.arange(n + count),
        "row": np.concatenate([np.arange(n), rows]),
        "column": np.concatenate([np.arange(n), columns]),
        "value": np.concatenate([made, amounts]),
        "sign": np.concatenate([np.ones(n), -np.ones(count)]),
        "production": np.arange(n + count) < n,
    }
    emitted = value * draw.uniform(0.1, 0.3, n)
    biosphere: dict[str, Any] = {
        "uid": n + count + np.arange(2 * n),
        "row": np.repeat([0, 1], n),
        "column": np.tile(np.arange(n), 2),
        "value": np.concatenate([emitted, emitted * 0.1]),
        "sign": 1,
    }
    return Snapshot.build(
        activities=[f"a{i}" for i in range(n)],
        flows=["CO2", "CH4", "noise"],
        technosphere=exchanges(**technosphere, **_distributions(technosphere["value"], draw, sigma, mixed, n)),
        biosphere=exchanges(**biosphere, **_distributions(biosphere["value"], draw, sigma, mixed, 0)),
    )


def _distributions(value: Any, draw: np.random.Generator, sigma: float, mixed: bool, certain: int) -> dict[str, Any]:
    count = len(value)
    id = np.where(draw.random(count) < 0.9, LOGNORMAL, 1)
    id[:certain] = 1
    loc, scale = np.log(np.abs(value)), np.full(count, sigma)
    minimum, maximum, shape = (np.full(count, np.nan) for _ in range(3))
    if mixed:
        pick = draw.permutation(np.flatnonzero(id == LOGNORMAL))[:12]
        size = np.abs(value)
        for k, kind in zip(pick, [NORMAL, UNIFORM, TRIANGULAR, GAMMA] * 3, strict=True):
            if value[k] < 0:
                continue
            id[k] = kind
            if kind == NORMAL:
                loc[k], scale[k], minimum[k] = value[k], 0.2 * size[k], 0.0
            elif kind in (UNIFORM, TRIANGULAR):
                loc[k], minimum[k], maximum[k], scale[k] = value[k], 0.7 * value[k], 1.4 * value[k], np.nan
            else:
                loc[k], shape[k], scale[k] = np.nan, 20.0, value[k] / 20.0
    certainly = id == 1
    loc[certainly], scale[certainly] = np.nan, np.nan
    return {"distribution": id, "loc": loc, "scale": scale, "minimum": minimum, "maximum": maximum, "shape": shape}


def system(n: int = 60, seed: int = 1, **options: Any) -> System:
    """The system of `snapshot`."""
    return System.of(snapshot(n, seed, **options))


FACTORS = np.array([[1.0, 0.0], [29.8, 1.0], [0.0, 0.0]])
"""Two methods over CO2, CH4 and a flow that counts in none."""
