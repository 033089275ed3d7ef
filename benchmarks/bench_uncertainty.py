"""Monte Carlo of scores beside bw2calc on the same matrices in the same run.

    python3 run.py bench uncertainty [--systems=e20k,ei,hard] [--scaling=e5k,e20k,e50k,big] [--samples=400] [--no-peer]

Every measurement is a process of its own, so that its peak memory is its own; each is repeated and the best is kept.
Writes benchmarks/results/uncertainty.md and a plot of the scaling beside it.
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
PEERS = ("JacobiGMRESLCA", "IterativeLCA", "LCA")
PEER_SAMPLES = {"JacobiGMRESLCA": 12, "IterativeLCA": 12, "LCA": 3}
REPEATS = 3
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
BARS = {"one": 30.0, "all": 25.0, "threads": 1.8, "error": 1e-6, "memory": 500.0}


def peak() -> float:
    """Largest resident memory of this process so far [MB]."""
    import resource

    factor = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / factor


def folder() -> Path:
    """Where this run keeps its snapshots and plans."""
    return Path(os.environ["ZUJI_BENCH_FOLDER"])


def saved(name: str) -> Path:
    """The snapshot on disk, made in a process of its own: making it must not count as our memory."""
    path = folder() / f"{name}.npz"
    if not path.exists():
        import systems

        systems.system(name).save(path)
    return path


def ours(name: str, mode: str, threads: int, samples: int) -> dict[str, Any]:
    """ms per sample of one product or of all activities, with set-up, error and memory."""
    import numpy as np
    import systems

    from zuji.engine.snapshot import Snapshot
    from zuji.engine.system import System
    from zuji.engine.uncertainty.monte_carlo import monte_carlo
    from zuji.engine.uncertainty.run import Run
    from zuji.engine.uncertainty.sampler import Sampler

    snapshot = Snapshot.load(saved(name))
    factors = systems.methods(snapshot)[:, :1]
    begun = time.perf_counter()
    system = System.of(snapshot, folder() / "cache")
    activities = [int(system.plan.order[-1])] if mode == "one" else None
    ready = time.perf_counter()
    Run(system, factors, activities, Sampler(1))
    setup = time.perf_counter() - ready
    count = 1 if activities else system.plan.size
    out = np.empty((1, count, samples), dtype=np.float32)
    times = []
    for _ in range(REPEATS):
        found = monte_carlo(system, factors, samples, seed=1, activities=activities, threads=threads, check=0, out=out)
        times.append(found.seconds / samples * 1e3)
    memory = peak()
    checked = monte_carlo(system, factors, 64, seed=1, activities=activities, check=3)
    return {
        "ms": min(times), "system_s": ready - begun, "setup_s": setup, "memory": memory, "error": checked.error,
        "steps": found.steps, "refactorised": len(found.refactorised),
    }  # fmt: skip


def ladder(name: str) -> dict[str, Any]:
    """The first two rungs on one product."""
    import numpy as np
    import systems

    from zuji.engine.snapshot import Snapshot
    from zuji.engine.system import System
    from zuji.engine.uncertainty.first_order import first_order
    from zuji.engine.uncertainty.layout import drawn
    from zuji.engine.uncertainty.sampler import Sampler
    from zuji.engine.uncertainty.screened import reduce, screened

    snapshot = Snapshot.load(saved(name))
    factors = systems.methods(snapshot)[:, 0]
    system = System.of(snapshot, folder() / "cache")
    activity = int(system.plan.order[-1])
    first_order(system, factors, activity)
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        table = first_order(system, factors, activity)
        times.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    reduced = reduce(system, factors, activity)
    setup = time.perf_counter() - begun
    rates = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        reduced.scores(drawn(reduced.draws, Sampler(1), 0, 4096, ()))
        rates.append(4096 / (time.perf_counter() - begun))
    checked = screened(system, factors, activity, 1024, check=1024)
    full = checked.samples
    return {
        "first_ms": min(times) * 1e3, "carry": [table.carrying(s) for s in (0.9, 0.99, 0.999)],
        "uncertain": len(table.uids), "setup_s": setup, "rate": max(rates), "coverage": checked.coverage,
        "reproduced": checked.reproduced, "deviation_ratio": checked.deviation_ratio,
        "cv": float(np.std(full) / np.mean(full)), "cv_first": table.deviation / abs(table.score),
    }  # fmt: skip


def peer(name: str, kind: str) -> dict[str, Any]:
    """ms per Monte Carlo sample of bw2calc for one product."""
    import warnings

    warnings.simplefilter("ignore")
    import bw2calc
    import peers
    import systems

    from zuji.engine.plan import make_plan
    from zuji.engine.snapshot import Snapshot

    snapshot = Snapshot.load(saved(name))
    factors = systems.methods(snapshot)[:, 0]
    product = int(make_plan(snapshot).order[-1])
    made = getattr(bw2calc, kind)(
        {product: 1}, data_objs=[peers.datapackage(snapshot, factors, distributions=True)], use_distributions=True
    )
    made.lci()
    made.lcia()
    times = []
    for _ in range(PEER_SAMPLES[kind]):
        begun = time.perf_counter()
        next(made)
        times.append(time.perf_counter() - begun)
    return {"ms": sorted(times)[len(times) // 2] * 1e3, "memory": peak(), "version": str(bw2calc.__version__)}


def measured(task: str, *arguments: object) -> dict[str, Any]:
    """The result of one task in a process of its own; what went wrong where it has none."""
    command = [sys.executable, str(Path(__file__)), "--task", task, *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | ONE_CORE, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{task} {' '.join(map(str, arguments))}: {found}", flush=True)
    return found


def _number(found: dict[str, Any], key: str, form: str) -> str:
    return format(found[key], form) if key in found else found.get("failed", "-")[:60]


def table(name: str, samples: int, with_peer: bool) -> tuple[list[str], dict[str, float]]:
    """The rows of one system, and the figures that the bars are held against."""
    one, two = (measured("ours", name, "one", t, samples) for t in (1, 2))
    every, every_two = (measured("ours", name, "all", t, samples) for t in (1, 2))
    kinds = PEERS if with_peer else ()
    theirs = {kind: measured("peer", name, kind) for kind in kinds}
    best = min((found["ms"] for found in theirs.values() if "ms" in found), default=float("nan"))
    rows = [
        f"\n## {name}\n",
        "| engine | ms per sample | against best bw2calc class | peak MB | largest elementwise error |",
        "|---|---:|---:|---:|---:|",
    ]
    for label, found in (
        ("zuji, one product, 1 thread", one), ("zuji, one product, 2 threads", two),
        ("zuji, all activities, 1 thread", every), ("zuji, all activities, 2 threads", every_two),
    ):  # fmt: skip
        ratio = f"{best / found['ms']:.1f} ×" if "ms" in found else "-"
        rows.append(
            f"| {label} | {_number(found, 'ms', '.2f')} | {ratio} | {_number(found, 'memory', '.0f')} "
            f"| {_number(found, 'error', '.1e')} |"
        )
    for kind, found in theirs.items():
        version = found.get("version", "")
        rows.append(
            f"| bw2calc {version} `{kind}`, one product | {_number(found, 'ms', '.0f')} | | "
            f"{_number(found, 'memory', '.0f')} | |"
        )
    upper = measured("ladder", name)
    if "rate" in upper:
        rows.append(
            f"\nFirst-order table: {upper['first_ms']:.0f} ms; {' / '.join(map(str, upper['carry']))} of "
            f"{upper['uncertain']:,} exchanges carry 90 / 99 / 99.9 % of the variance; cv {upper['cv_first']:.4f} "
            f"(screened: {upper['cv']:.4f}). Screened Monte Carlo: {upper['rate']:,.0f} samples/s after "
            f"{upper['setup_s']:.1f} s, coverage {upper['coverage']:.4f}, reproduces {upper['reproduced']:.4f} of the "
            f"full run's variance, standard deviation {upper['deviation_ratio']:.4f} of its. Set-up of a run: "
            f"{one.get('setup_s', float('nan')):.1f} s (one), {every.get('setup_s', float('nan')):.1f} s (all); "
            f"{every.get('steps', float('nan')):.1f} steps a sample, {every.get('refactorised', 0)} refactorised."
        )
    if any("failed" in found for found in (one, two, every, every_two)):
        return rows, {}
    return rows, {
        "one": best / one["ms"],
        "all": best / every["ms"],
        "threads": every["ms"] / every_two["ms"],
        "error": max(found["error"] for found in (one, two, every, every_two)),
        "memory": max(found["memory"] for found in (one, every)),
    }


def verdict(figures: dict[str, float]) -> list[str]:
    """The bars, each met or missed."""
    texts = {
        "one": ("one product against the best bw2calc class", "≥ 30 ×", "{:.1f} ×"),
        "all": ("all activities against bw2calc's one product", "≥ 25 ×", "{:.1f} ×"),
        "threads": ("two threads against one, all activities", "≥ 1.8 ×", "{:.2f} ×"),
        "error": ("largest elementwise error", "≤ 1e-6", "{:.1e}"),
        "memory": ("peak memory, one thread [MB]", "≤ 500", "{:.0f}"),
    }
    rows = ["\n| bar | target | measured | |", "|---|---|---:|---|"]
    for key, (label, target, form) in texts.items():
        value = figures.get(key, float("nan"))
        met = value <= BARS[key] if key in ("error", "memory") else value >= BARS[key]
        rows.append(f"| {label} | {target} | {form.format(value)} | {'met' if met else '**missed**'} |")
    return rows


def scaling(names: list[str], samples: int) -> list[str]:
    """All activities on one core for systems of growing size, as rows and as a plot."""
    rows = [
        "\n## Scaling, all activities, 1 thread\n",
        "| system | activities | ms per sample | peak MB |",
        "|---|---:|---:|---:|",
    ]
    import systems

    points = []
    for name in names:
        size = systems.SHAPES[name].activities
        found = measured("ours", name, "all", 1, max(64, samples * 20_000 // max(size, 20_000)))
        rows.append(f"| {name} | {size:,} | {_number(found, 'ms', '.2f')} | {_number(found, 'memory', '.0f')} |")
        if "ms" in found:
            points.append((size, found["ms"]))
    if points:
        import matplotlib as mpl

        mpl.use("svg")
        mpl.rcParams["svg.hashsalt"] = "zuji"
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
        axes.loglog(*zip(*points, strict=True), "o-")
        axes.set(xlabel="activities", ylabel="ms per sample, all activities", title="Full Monte Carlo, one core")
        axes.grid(True, which="both", alpha=0.3)
        figure.savefig(RESULTS / "uncertainty.svg", metadata={"Date": None})
        rows.append("\n![scaling](uncertainty.svg)")
    return rows


def main(arguments: list[str]) -> int:
    """Run everything and write the table."""
    with tempfile.TemporaryDirectory() as made:
        os.environ["ZUJI_BENCH_FOLDER"] = made
        return run(arguments)


def run(arguments: list[str]) -> int:
    """The same, with a folder for what the processes share."""
    options = dict(a.lstrip("-").partition("=")[::2] for a in arguments)
    samples = int(options.get("samples", 400))
    names = [n for n in options.get("systems", "e20k,ei,hard").split(",") if n]
    growing = [n for n in options.get("scaling", "e5k,e20k,e50k,big").split(",") if n]
    for name in {*names, *growing}:
        measured("saved", name)
    measured("ours", names[0], "one", 1, 16)  # kernels are compiled once and cached
    parts = []
    figures: dict[str, float] = {}
    for name in names:
        rows, found = table(name, samples, "no-peer" not in options)
        parts += rows
        figures = figures or found
    head = [
        "# Monte Carlo of scores\n",
        f"{date.today().isoformat()} · {platform.processor() or platform.machine()}, {os.cpu_count()} cores · "
        f"Python {platform.python_version()} · best of {REPEATS}, {samples} samples; peers: median of their samples · "
        "made by `python3 run.py bench uncertainty`\n",
        "One method (method 0), technosphere and biosphere uncertain. Times of zuji are per sample of the running "
        "loop; set-up is stated below each table.",
    ]
    RESULTS.mkdir(exist_ok=True)
    text = "\n".join([*head, *verdict(figures), *parts, *(scaling(growing, samples) if growing else [])]) + "\n"
    (RESULTS / "uncertainty.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)
    return 0


def task(name: str, arguments: list[str]) -> None:
    """One measurement in this process; its result is the last line printed."""
    if name == "saved":
        result: dict[str, Any] = {"path": saved(arguments[0]).name}
    elif name == "ours":
        result = ours(arguments[0], arguments[1], int(arguments[2]), int(arguments[3]))
    elif name == "ladder":
        result = ladder(arguments[0])
    else:
        result = peer(arguments[0], arguments[1])
    print(json.dumps(result))


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    if sys.argv[1:2] == ["--task"]:
        task(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main(sys.argv[1:]))
