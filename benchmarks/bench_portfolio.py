"""A family of variants on one background: scores in every category, correlated samples, peak memory.

    python3 run.py bench portfolio [--variants=100000] [--activities=20000] [--samples=1000] [--threads=1]

Bars: 100,000 variants × 20 categories in 0.3 s; the same with 1,000 correlated samples and percentiles in 15 s. Beside
them SciPy's product on the same matrices, and the whole way from a Parquet file to results with its peak memory. Every
measurement is a process of its own. Writes benchmarks/results/portfolio.md.
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
CATEGORIES = 20
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_PROC_BIND": "false"}
BARS = {"totals": 0.3, "sampled": 15.0}


def peak() -> float:
    """Largest resident memory of this process so far [MB]."""
    import resource

    factor = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / factor


def demands(variants: int, activities: int) -> Any:
    """Bills of materials of 50 to 300 lines, popular activities first (Zipf), from a seed."""
    import numpy as np
    from scipy import sparse

    draw = np.random.Generator(np.random.Philox(7))
    counts = draw.integers(50, 301, variants)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    weight = 1 / np.arange(1, activities + 1) ** 0.75
    line = draw.choice(activities, int(indptr[-1]), p=weight / weight.sum()).astype(np.int32)
    line = draw.permutation(activities).astype(np.int32)[line]
    amount = draw.lognormal(size=len(line))
    return sparse.csr_array((amount, line, indptr), shape=(variants, activities))


def totals(options: dict[str, int]) -> dict[str, Any]:
    """Scores of every variant in every category."""
    import numpy as np

    from zuji.engine import portfolio

    matrix = demands(options["variants"], options["activities"])
    scores = np.random.default_rng(1).lognormal(size=(options["activities"], CATEGORIES))
    found: dict[str, Any] = {"lines": int(matrix.nnz)}
    for name, work in (
        ("seconds", lambda: portfolio.totals(matrix, scores, threads=options["threads"])),
        ("scipy", lambda: matrix @ scores),
    ):
        times = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
        found[name] = min(times)
    return {**found, "memory": peak()}


def sampled(options: dict[str, int]) -> dict[str, Any]:
    """Mean, deviation, p5, p50 and p95 of every variant, and the probability that it is below the first."""
    import numpy as np

    from zuji.engine import portfolio

    matrix = demands(options["variants"], options["activities"])
    draw = np.random.default_rng(1)
    samples = draw.standard_normal((options["activities"], options["samples"]), dtype=np.float32)
    np.exp(samples * np.float32(0.1), out=samples)
    than = portfolio.samples_of(matrix[:1], samples)[0]
    portfolio.sampled(matrix[:8], samples)  # compiled once
    begun = time.perf_counter()
    portfolio.sampled(matrix, samples, than=than, threads=options["threads"])
    return {"seconds": time.perf_counter() - begun, "memory": peak()}


def table(folder: Path, options: dict[str, int]) -> dict[str, Any]:
    """The Parquet file of the family, made in a process of its own; the ids are those of activities."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    matrix = demands(options["variants"], options["activities"])
    names = pa.array([f"d{i}" for i in range(options["activities"])])
    variants = pa.array([f"v{i}" for i in range(options["variants"])])
    owner = np.repeat(np.arange(options["variants"], dtype=np.int32), np.diff(matrix.indptr))
    columns = {
        "variant": pa.DictionaryArray.from_arrays(pa.array(owner), variants).dictionary_decode(),
        "line": pa.DictionaryArray.from_arrays(pa.array(matrix.indices), names).dictionary_decode(),
        "amount": pa.array(matrix.data),
    }
    parquet.write_table(pa.table(columns), folder / "family.parquet")
    return {"size": (folder / "family.parquet").stat().st_size / 1e6}


def whole(folder: Path, options: dict[str, int]) -> dict[str, Any]:
    """From the Parquet file to results: reading, looking up, scores in every category."""
    import numpy as np

    from zuji.footprint.portfolio.family import family
    from zuji.footprint.portfolio.scores import Category, ScoreTable

    count = options["activities"]
    scores = ScoreTable(
        tuple(f"d{i}" for i in range(count)),
        ("kg",) * count,
        tuple(Category(f"category {k}", "kg") for k in range(CATEGORIES)),
        np.random.default_rng(1).lognormal(size=(count, CATEGORIES)),
        np.zeros((count, CATEGORIES), dtype=bool),
    )
    before = peak()
    begun = time.perf_counter()
    found = family(folder / "family.parquet", scores, threads=options["threads"])
    seconds = time.perf_counter() - begun
    assert len(found.variants) == options["variants"]
    assert not found.findings
    return {"seconds": seconds, "memory": peak(), "before": before}


def measured(task: str, folder: Path, options: dict[str, int]) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--task", task, str(folder), json.dumps(options)]
    done = subprocess.run(command, env=os.environ | ONE_CORE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{task}: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{task}: {found}", flush=True)
    return found


def main(arguments: list[str]) -> int:
    """Measure and write the table."""
    options = {"variants": 100_000, "activities": 20_000, "samples": 1_000, "threads": 1}
    options |= {k: int(v) for k, _, v in (a.lstrip("-").partition("=") for a in arguments)}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        first = measured("totals", folder, options)
        second = measured("sampled", folder, options)
        file = measured("table", folder, options)
        third = measured("whole", folder, options)
    variants, lines = options["variants"], first["lines"]
    verdict = {
        "totals": "met" if first["seconds"] <= BARS["totals"] else "**missed**",
        "sampled": "met" if second["seconds"] <= BARS["sampled"] else "**missed**",
    }
    rows = [
        "# A family of variants",
        "",
        f"{date.today().isoformat()} · {platform.processor() or platform.machine()}, {os.cpu_count()} cores · "
        f"Python {platform.python_version()} · {options['threads']} thread(s) · best of {REPEATS} · load when it ended "
        f"{os.getloadavg()[0]:.1f} · made by `python3 run.py bench portfolio`",
        "",
        f"{variants:,} variants of 50 to 300 lines, {lines:,} lines in all, {options['activities']:,} activities.",
        "",
        "| task | target | measured | | peak MB |",
        "|---|---|---:|---|---:|",
        f"| {CATEGORIES} categories | ≤ {BARS['totals']} s | {first['seconds']:.3f} s | {verdict['totals']} "
        f"| {first['memory']:.0f} |",
        f"| the same, SciPy's product | | {first['scipy']:.3f} s | | |",
        f"| {options['samples']:,} correlated samples: mean, deviation, p5, p50, p95, P(A < B) "
        f"| ≤ {BARS['sampled']:.0f} s | {second['seconds']:.1f} s | {verdict['sampled']} | {second['memory']:.0f} |",
        f"| from a Parquet file ({file['size']:.0f} MB) to {CATEGORIES} categories, findings and names | "
        f"| {third['seconds']:.1f} s | | {third['memory']:.0f} |",
        "",
        "The peak of the first two rows holds all lines at once (12 bytes each); the last row reads them in blocks and "
        f"begins at {third['before']:.0f} MB.",
        "",
    ]  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "portfolio.md").write_text("\n".join(rows), encoding="utf-8", newline="\n")
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    if sys.argv[1:2] == ["--task"]:
        name, place, given = sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4])
        tasks = {"totals": lambda: totals(given), "sampled": lambda: sampled(given),
                 "table": lambda: table(place, given), "whole": lambda: whole(place, given)}  # fmt: skip
        print(json.dumps(tasks[name]()))
    else:
        sys.exit(main(sys.argv[1:]))
