"""Tracing a grid for a year: provinces, control areas and nodes, with time and largest memory.

    python3 run.py bench tracing [--repeat=3] [--hours=8760]

The grids are made by this script, the same numbers on every machine. Each size runs in a process of its own; the best
of several runs counts. No peer is measured: none of gridemissions, EcoDynElec and netallocation is in the locked set of
packages, and the table says so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from zuji.electricity.trace import Balance, Gas, Generator, Labels, Link, Rule, Storage, Store, Zone, trace
from zuji.electricity.trace.rule import Coupling

ROOT = Path(__file__).resolve().parent.parent
LIMITS = {"31 intensity": 0.2, "31 origin": 0.6, "72 intensity": 1.0, "72 origin": 4.0, "nodes": 0.06}
"""Seconds that the specification asks for (T16); per hour for the nodes."""


def ring(zones: int, technologies: int, hours: int, *, gases: int = 1, stores: int = 0) -> Balance:
    """Zones on a ring with lines to the two next on either side, both directions used in turn, 2 % losses."""
    draw = np.random.default_rng(2026)
    pairs = [(i, (i + d) % zones) for i in range(zones) for d in (1, 2)]
    flow = draw.uniform(-8, 8, (hours, len(pairs)))
    ends = sorted([(a, b, k, 1) for k, (a, b) in enumerate(pairs)] + [(b, a, k, -1) for k, (a, b) in enumerate(pairs)])
    sent = np.stack([np.maximum(flow[:, k] * sign, 0.0) for *_, k, sign in ends], axis=1)
    generation = draw.uniform(0, 100, (hours, zones * technologies))
    charge = draw.uniform(0, 10, (hours, stores)) * (draw.random((hours, stores)) < 0.5)
    discharge = np.where(charge == 0, draw.uniform(0, 8, (hours, stores)), 0.0)
    names = [f"Z{i:03d}" for i in range(zones)]
    labels = Labels(
        tuple(Zone(name) for name in names),
        tuple(Generator(f"{z}/T{k:02d}", z, f"T{k:02d}") for z in names for k in range(technologies)),
        tuple(Link(f"{names[a]}>{names[b]}", names[a], names[b]) for a, b, *_ in ends),
        tuple(Store(f"S{p}", names[p], 0.9, 0.95) for p in range(stores)),
        tuple(Gas(f"G{g}") for g in range(gases)),
    )
    factors = draw.uniform(0, 1000, (zones * technologies, gases))
    return Balance(labels, 473_352 + np.arange(hours), generation, factors, sent, sent * 0.98, charge, discharge)


def nodes(side: int, lines: int, hours: int, circles: int) -> Balance:
    """`side`² nodes on a square, each with lines to nodes near it; power falls from high to low angle, as in a DC flow.

    `circles` lines run the other way, as high-voltage direct current can: each closes a directed loop.
    """
    draw = np.random.default_rng(2026)
    n = side * side
    angle = draw.random(n)
    a = draw.integers(0, n, lines * 2)
    x = np.clip(a % side + draw.integers(-3, 4, len(a)), 0, side - 1)
    y = np.clip(a // side + draw.integers(-3, 4, len(a)), 0, side - 1)
    b = y * side + x
    high, low = np.where(angle[a] > angle[b], a, b), np.where(angle[a] > angle[b], b, a)
    key = np.unique(high[a != b] * n + low[a != b])
    key = np.sort(draw.permutation(key)[:lines])
    start, end = key // n, key % n
    turned = draw.choice(len(key), circles, replace=False)
    start[turned], end[turned] = end[turned], start[turned]
    order = np.lexsort((end, start))
    start, end = start[order], end[order]
    names = [f"N{i}" for i in range(n)]
    ends = list(zip(start.tolist(), end.tolist(), strict=True))
    links = tuple(Link(f"{names[i]}>{names[j]}/{k}", names[i], names[j]) for k, (i, j) in enumerate(ends))
    labels = Labels(
        tuple(Zone(name) for name in names), tuple(Generator(f"{z}/G", z, "G") for z in names), links, (), (Gas("CO2"),)
    )
    sent = draw.uniform(0, 1, (hours, len(links)))
    generation = draw.uniform(1, 20, (hours, n))
    return Balance(labels, 473_352 + np.arange(hours), generation, draw.uniform(0, 900, (n, 1)), sent, sent)


def best(repeat: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest of `repeat` runs."""
    found = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def measured(name: str, repeat: int, hours: int) -> list[dict[str, object]]:
    """The rows of one size."""
    if name == "nodes":
        rows = []
        for circles in (0, 20):
            grid = nodes(100, 104_000, 12, circles)
            seconds = best(repeat, lambda grid=grid: trace(grid)) / 12  # type: ignore[misc]
            what = f"10,000 nodes, {len(grid.labels.links):,} lines, {circles} against the angle: intensity per hour"
            rows.append({"what": what, "seconds": seconds, "limit": LIMITS["nodes"]})
        return rows
    zones, technologies = {"31": (31, 12), "72": (72, 10)}[name]
    grid = ring(zones, technologies, hours)
    size = f"{zones} zones × {technologies} technologies × {hours:,} h"
    made = trace(grid)
    array = len(grid.hours) * zones * (zones + 1) * 8
    rows = [
        {
            "what": f"{size}: intensity",
            "seconds": best(repeat, lambda: trace(grid)),
            "limit": LIMITS[f"{name} intensity"],
        },
        {"what": f"{size}: all origins", "seconds": best(repeat, made.origin), "limit": LIMITS[f"{name} origin"]},
        {"what": f"{size}: zone × technology", "seconds": best(repeat, made.technology)},
        {"what": f"{size}: one zone × every generator", "seconds": best(repeat, lambda: made.devices("Z000"))},
        {"what": f"{size}: standard deviation of every figure", "seconds": best(1, made.uncertainty)},
        {"what": f"{size}: aggregated", "seconds": best(repeat, lambda: trace(grid, Rule(Coupling.AGGREGATED)))},
    ]
    tracemalloc.start()
    fresh = trace(grid)
    fresh.origin()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    rows.append(
        {"what": f"{size}: largest memory of trace and origins / origin array", "ratio": peak / array, "limit": 1.5}
    )
    if name == "31":
        ten, held = ring(zones, technologies, hours, gases=10), ring(zones, technologies, hours, stores=zones)
        rows.append({"what": f"{size}: ten gases", "seconds": best(repeat, lambda: trace(ten))})
        rows.append({"what": f"{size}: a store in every zone", "seconds": best(repeat, lambda: trace(held))})
        fifo = Rule(storage=Storage.FIFO)
        rows.append({"what": f"{size}: the same, first in first out", "seconds": best(1, lambda: trace(held, fifo))})
    return rows


def page(rows: list[dict[str, object]]) -> str:
    """The table as Markdown."""
    text = [
        "# Tracing a grid\n",
        f"{date.today().isoformat()}, Python {platform.python_version()}, NumPy {np.__version__},"
        f" {os.cpu_count()} cores.",
        "Best of several runs, wall clock. Made-up grids (`benchmarks/bench_tracing.py`).",
        "No peer was measured: none is among the locked packages.\n",
        "| what | measured | limit | |",
        "|---|---:|---:|---|",
    ]
    for row in rows:
        ratio = "ratio" in row
        value = float(str(row["ratio"] if ratio else row["seconds"]))
        limit = row.get("limit")
        unit = "" if ratio else " s"
        state = "" if limit is None else "kept" if value <= float(str(limit)) else "missed"
        text.append(f"| {row['what']} | {value:.3g}{unit} | {'' if limit is None else f'{limit}{unit}'} | {state} |")
    return "\n".join(text) + "\n"


def main() -> int:
    """Run every size and write `benchmarks/results/tracing.md`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--hours", type=int, default=8760)
    parser.add_argument("--only", default="")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measured(options.only, options.repeat, options.hours)))
        return 0
    rows: list[dict[str, object]] = []
    for name in ("31", "72", "nodes"):
        command = [sys.executable, __file__, f"--only={name}", f"--repeat={options.repeat}", f"--hours={options.hours}"]
        rows += json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    text = page(rows)
    print(text)
    if not options.dry:
        target = ROOT / "benchmarks" / "results" / "tracing.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
