"""A year of dispatch: least cost and least carbon at 8,760 hourly steps, beside the interior-point solver of HiGHS.

    python3 run.py bench dispatch [--repeat=3] [--dry]

Prices, factors, load and generation are made by this script, the same numbers on every machine. The best of several
runs counts. No package that schedules stores is in the locked set of packages; the peer is the other solver on the
same programme, and the schedule that a rule of thumb gives (charge in the cheapest hours of each day). A store within a
traced grid is measured by `bench_tracing.py`.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.optimize import linprog

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
sys.path[:0] = [str(ROOT / "src")]

from zuji.electricity.storage.dispatch import Problem, _Programme, dispatch, of_schedule  # noqa: E402

HOURS = 8760
LIMIT = 10.0
"""Seconds for both schedules of a year, as specified."""


def best(repeat: int, action: Callable[[], Any]) -> float:
    """The shortest of several runs [s]."""
    found = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found)


def year() -> Problem:
    """4 MWh and 1 MW at a site with load and generation; 94 % on either way, wear of 0.05 per kWh."""
    draw, t = np.random.default_rng(2026), np.arange(HOURS)
    price = 0.5 + 0.25 * np.sin(2 * np.pi * t / 24) + 0.1 * draw.random(HOURS)
    factor = 0.5 + 0.2 * np.cos(2 * np.pi * t / 24 + 1) + 0.1 * draw.random(HOURS)
    generation = np.maximum(0, np.sin(2 * np.pi * (t - 6) / 24)) * 2000
    load = 1000 + 300 * draw.random(HOURS)
    return Problem(price, factor, (0, 4000.0), 1000.0, 1000.0, 0.94, 0.94, load - generation, wear=0.05)


def interior_point(problem: Problem) -> float:
    """The cost of the least-cost schedule by the interior-point solver, without crossover to a vertex of its own."""
    made = _Programme(problem)
    found = linprog(
        made.cost + made.wear,
        A_ub=made.rows[0][1], b_ub=made.rows[0][2], A_eq=made.equal, b_eq=made.equal_to, bounds=made.bounds,
        method="highs-ipm",
    )  # fmt: skip
    return float(found.fun) * made.scale


def rule_of_thumb(problem: Problem) -> float:
    """Cost with wear of charging in the four cheapest and discharging in the four dearest hours of each day."""
    days = problem.price[: HOURS // 24 * 24].reshape(-1, 24)
    order = np.argsort(days, axis=1)
    charge, discharge = np.zeros(days.shape), np.zeros(days.shape)
    np.put_along_axis(charge, order[:, :4], 900.0, axis=1)
    np.put_along_axis(discharge, order[:, -4:], 900.0 * 0.94**2, axis=1)
    into, out = charge.ravel(), discharge.ravel()
    state = np.cumsum(0.94 * into - out / 0.94)
    made = of_schedule(problem, "rule of thumb", into, out, state - state.min(), float(-state.min()))
    return made.cost + made.wear


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing")
    asked = parser.parse_args()
    plain = year()
    cases = {
        "store alone": plain,
        "import and export limits": replace(plain, import_limit=2200.0, export_limit=1000.0),
        "limits, selling below buying": replace(
            plain, import_limit=2200.0, export_limit=1000.0, sell=plain.price * 0.8 - 0.02
        ),
        "state fixed at both ends": replace(plain, start=1000.0, end=2000.0),
    }
    rows = []
    for name, problem in cases.items():
        both = best(asked.repeat, lambda p=problem: dispatch(p, points=0))
        rows.append((f"least cost and least carbon: {name}", f"{both:.2f} s", f"≤ {LIMIT:g} s"))
        if name != "limits, selling below buying":
            curve = best(max(asked.repeat - 1, 1), lambda p=problem: dispatch(p, points=3))
            rows.append((f"with three points between: {name}", f"{curve:.2f} s", ""))
    short = replace(plain, import_limit=900.0, export_limit=10.0)
    rows.append(("which constraint is short (infeasible)", f"{best(asked.repeat, lambda: dispatch(short)):.2f} s", ""))
    found = dispatch(plain, points=0)
    assert found.cheapest is not None
    ours = found.cheapest.cost + found.cheapest.wear
    peer = best(1, lambda: interior_point(plain))
    rows.append(("peer: interior point of HiGHS, least cost only", f"{peer:.2f} s", ""))
    differs = abs(interior_point(plain) / ours - 1)
    rows.append(("least cost: simplex against interior point", f"{differs:.1e} relative", ""))
    rows.append(("least cost: rule of thumb costs more by", f"{rule_of_thumb(plain) - ours:,.0f} of {-ours:,.0f}", ""))
    table = "\n".join(f"| {what} | {value} | {limit} |" for what, value, limit in rows)
    text = (
        f"# Dispatch of a store for a year\n\n{date.today().isoformat()}, {platform.machine()}, Python "
        f"{platform.python_version()}, scipy {scipy.__version__}; {HOURS:,} hours, best of {asked.repeat}.\n\n"
        f"| what | measured | specified |\n|---|---|---|\n{table}\n"
    )
    print(text)
    if not asked.dry:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "dispatch.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
