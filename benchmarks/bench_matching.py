"""Hourly matching of a year: certificates × 8,760 hours vectorised, beside the plain loop over hours and certificates.

    python3 run.py bench matching

No peer in the package index matches certificates by the hour; the loop is what a script would do, on the first
certificates only. Every time is the best of several.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
sys.path[:0] = [str(ROOT / "src")]

import numpy as np  # noqa: E402

from zuji.electricity.ledger import events as ev  # noqa: E402
from zuji.electricity.ledger.audit import audit  # noqa: E402
from zuji.electricity.ledger.model import Device, DeviceKind  # noqa: E402
from zuji.electricity.ledger.store import Ledger  # noqa: E402
from zuji.electricity.matching.factors import UsedFactor  # noqa: E402
from zuji.electricity.matching.match import match  # noqa: E402
from zuji.electricity.matching.statement import statement  # noqa: E402

HOURS, SITES_START = 8760, 473352
COUNTS = (10, 100, 1000)
LOOPED = 10
EVENTS = 1000
DAY = date(2025, 3, 1)


def best(action: Callable[[], Any], times: int = 5) -> float:
    """The shortest of several runs [ms]."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append((time.perf_counter() - start) * 1000)
    return min(found)


def loop(load: list[float], supplies: list[list[float]]) -> list[float]:
    """The same match, hour by hour and certificate by certificate."""
    used = [0.0] * len(supplies)
    for hour, left in enumerate(load):
        for i, one in enumerate(supplies):
            taken = min(left, one[hour])
            used[i] += taken
            left -= taken
    return used


def filled(ledger: Ledger) -> None:
    """A year of a site and a wind farm, one hourly certificate, and a claim for every eighth hour."""
    wind = Device("wind", DeviceKind.GENERATOR, "CN", "wind", owner="maker")
    works = Device("works", DeviceKind.SITE, "CN", owner="maker")
    hours = [1000] * HOURS
    ledger.record(
        [
            *(ev.device(DAY, "op", one) for one in (wind, works)),
            ev.reading(DAY, "op", "wind", "generation", SITES_START, hours),
            ev.reading(DAY, "op", "works", "grid_import", SITES_START, hours),
            ev.issue(DAY, "reg", "C", "granular", "wind", SITES_START, hours, owner="maker"),
        ]
    )


def claims(first: int, count: int) -> list[ev.Draft]:
    """Cancellations of one hour each."""
    made = []
    for i in range(first, first + count):
        span = {"start": SITES_START + i, "end": SITES_START + i + 1}
        made.append(ev.cancel(DAY, "maker", "C", f"X{i}", "works", wh=[1000], first=i, basis="hourly", **span))
    return made


def main() -> None:
    """Measure and write the table."""
    before = f"{os.getloadavg()[0]:.1f} (1 minute)" if hasattr(os, "getloadavg") else "not known here"
    random = np.random.default_rng(1)
    load = random.random(HOURS)
    rows = []
    for count in COUNTS:
        supply = random.random((count, HOURS)) * 2 / count
        rows.append((f"match, {count} certificates × {HOURS} h", f"{best(lambda s=supply: match(load, s), 3):.1f} ms"))
        if count == LOOPED:
            listed = supply.tolist()
            slow = best(lambda rows_=listed: loop(load.tolist(), rows_), 2)
            rows.append((f"plain loop, {count} certificates × {HOURS} h", f"{slow:.0f} ms"))
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "power.ledger") as ledger:
        filled(ledger)
        once = best(lambda: ledger.record(claims(len(ledger.state.cancellations), 1)), 20)
        rows.append(("record one cancellation, on disk", f"{once:.1f} ms"))
        batch = best(lambda: ledger.record(claims(len(ledger.state.cancellations), EVENTS)), 1)
        rows.append((f"record {EVENTS} cancellations in one batch", f"{batch:.0f} ms"))
        rows.append((f"audit of {ledger.state.seq} events", f"{best(lambda: audit(ledger), 2):.0f} ms"))
        location, residual = UsedFactor(0.5, "a"), UsedFactor(0.6, "b")
        made = best(lambda: statement(ledger.state, "works", 2024, location, residual), 3)
        rows.append((f"statement, {len(ledger.state.cancellations)} cancellations", f"{made:.0f} ms"))
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    text = (
        f"# Matching and ledger\n\n{date.today().isoformat()}, {platform.machine()}, "
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores; "
        f"best of several, wall clock.\nLoad average before the run: {before}.\n\n"
        f"| what | time |\n|---|---|\n{table}\n"
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "matching.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
