"""How plan, scores and Monte Carlo grow from 5,000 to 100,000 activities, on one core, as a table and a plot.

    python3 run.py bench scaling [--systems=e5k,e20k,e50k,big] [--samples=64]

Every system is measured in a process of its own. Writes benchmarks/results/scaling.md and scaling.svg.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
REPEATS = 3
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
TASKS = {
    "cold": "first score, nothing cached",
    "method": "all scores of one more method",
    "tree": "contribution tree at 0.1 %",
    "sample": "Monte Carlo, all activities, per sample",
    "product": "Monte Carlo, one product, per sample",
}


def peak() -> float:
    """Largest resident memory of this process so far [MB]."""
    import resource

    factor = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / factor


def measure(name: str, samples: int, folder: Path) -> dict[str, Any]:
    """Times [s] of each task on one system."""
    import numpy as np
    import systems

    from zuji.engine.adjoint import scores
    from zuji.engine.contributions import Supply, tree
    from zuji.engine.snapshot import Snapshot
    from zuji.engine.system import System
    from zuji.engine.uncertainty.monte_carlo import monte_carlo

    path = folder / f"{name}.npz"
    if not path.exists():
        systems.system(name).save(path)
    snapshot = Snapshot.load(path)
    factors = systems.methods(snapshot, 2)
    warm = systems.system(
        "small"
    )  # libraries loaded and kernels compiled: only the structure is met for the first time
    scores(System.of(warm), systems.methods(warm, 1)[:, 0])
    begun = time.perf_counter()
    system = System.of(snapshot)
    first = scores(system, factors[:, 0])
    found: dict[str, Any] = {"size": system.plan.size, "cold": time.perf_counter() - begun}
    product = int(system.plan.order[-1])

    def best(work: Any) -> float:
        times = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
        return min(times)

    found["method"] = best(lambda: scores(system, factors[:, 1]))
    supply = Supply.of(system, first)
    found["tree"] = best(lambda: tree(supply, product, cut_off=0.001))
    monte_carlo(system, factors[:, 0], 8, activities=[product], check=0)  # kernels are compiled once and cached
    out = np.empty((1, system.plan.size, samples), dtype=np.float32)
    every = [monte_carlo(system, factors[:, 0], samples, check=0, out=out).seconds for _ in range(REPEATS)]
    one = [monte_carlo(system, factors[:, 0], samples, activities=[product], check=0).seconds for _ in range(REPEATS)]
    return {**found, "sample": min(every) / samples, "product": min(one) / samples, "memory": peak()}


def main(arguments: list[str]) -> int:
    """Measure every system and write table and plot."""
    options = dict(a.lstrip("-").partition("=")[::2] for a in arguments)
    names = options.get("systems", "e5k,e20k,e50k,big").split(",")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            command = [sys.executable, str(Path(__file__)), "--task", name, options.get("samples", "64"), folder]
            done = subprocess.run(command, env=os.environ | ONE_CORE, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{name}: {done.stderr.strip()}")
            found.append(json.loads(done.stdout.splitlines()[-1]))
            print(f"{name}: {found[-1]}", flush=True)
    head = "| system | activities | " + " | ".join(TASKS.values()) + " | peak MB |"
    rows = [
        "# Scaling\n",
        f"{date.today().isoformat()} · {platform.processor() or platform.machine()}, {os.cpu_count()} cores · "
        f"Python {platform.python_version()} · one thread, best of {REPEATS} · load when it ended "
        f"{os.getloadavg()[0]:.1f} · made by `python3 run.py bench scaling`\n",
        head,
        "|---|---:|" + "---:|" * (len(TASKS) + 1),
    ]
    for name, one in zip(names, found, strict=True):
        cells = " | ".join(f"{one[task] * 1e3:,.2f} ms" for task in TASKS)
        rows.append(f"| {name} | {one['size']:,} | {cells} | {one['memory']:.0f} |")
    RESULTS.mkdir(exist_ok=True)
    plot(found)
    text = "\n".join([*rows, "\n![scaling](scaling.svg)\n"])
    (RESULTS / "scaling.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)
    return 0


def plot(found: list[dict[str, Any]]) -> None:
    """Both axes logarithmic, so that a power law is a straight line; dashed: in proportion to the size."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "zuji"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    sizes = [one["size"] for one in found]
    for (task, label), mark in zip(TASKS.items(), "os^Dv", strict=True):
        axes.loglog(sizes, [one[task] * 1e3 for one in found], f"{mark}-", label=label)
    begin = found[0]["method"] * 1e3
    axes.loglog(sizes, [begin * size / sizes[0] for size in sizes], "k--", linewidth=0.8, label="in proportion")
    axes.set(xlabel="activities", ylabel="ms", title="One core")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(RESULTS / "scaling.svg", metadata={"Date": None})


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    if sys.argv[1:2] == ["--task"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))))
    else:
        sys.exit(main(sys.argv[1:]))
