"""Storage files, CSV tables and small problems for the tests of storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from zuji.background.model import Source
from zuji.datum import LocalText
from zuji.electricity.factors import Basis, DirectFactor, LifecycleFactor, MarginalFactor
from zuji.electricity.storage.dispatch import Problem
from zuji.electricity.storage.hourly import MarginalHours
from zuji.electricity.storage.parameters import Auxiliaries, StorageProduct
from zuji.electricity.storage.points import Point

START = 473_352
"""2024-01-01T00Z in hours since 1970."""

HEAD = """zuji_storage: 1
id: bess
energy: {value: 5, unit: MWh, kind: supplier, source: data sheet}
depth_of_discharge: {value: 95, unit: "%", kind: supplier, source: data sheet}
cycles_per_year: {value: 365, unit: cycle, kind: supplier, source: plan}
years: {value: 15, unit: a, kind: supplier, source: plan}
fade_per_year: {value: 1.3, unit: "%", kind: supplier, source: data sheet}
round_trip: {value: 88, unit: "%", kind: measured, source: test}
round_trip_at: ac_terminal
"""


def product(**changes: object) -> StorageProduct:
    """The 5 MWh store of the specification: 365 cycles a year, 15 years, 95 % of depth, fade of 1.3 % a year."""
    made = StorageProduct(
        id="bess", energy=5000.0, depth=0.95, cycles=365.0, years=15, fade=0.013, round_trip=0.88,
        point=Point.AC_TERMINAL, auxiliaries=Auxiliaries.APART, efficiency_fade=0.0,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def direct(value: float) -> DirectFactor:
    return DirectFactor(
        id="direct",
        name=LocalText(),
        value=value,
        basis=Basis.CONSUMPTION,
        geography="X",
        period="2024",
        source=Source("t"),
    )


def lifecycle(value: float) -> LifecycleFactor:
    return LifecycleFactor(
        id="lc",
        name=LocalText(),
        value=value,
        basis=Basis.CONSUMPTION,
        geography="X",
        period="2024",
        source=Source("t"),
    )


def margin(value: float, deviation: float | None = None) -> MarginalFactor:
    return MarginalFactor(
        id=f"m{value}", name=LocalText(), value=value, basis=Basis.MARGINAL, geography="X", period="2024",
        deviation=deviation, source=Source("t"),
    )  # fmt: skip


def hours(count: int) -> np.ndarray:
    return START + np.arange(count, dtype=np.int64)


def marginal(values: Sequence[float], sd: Sequence[float] | None = None) -> MarginalHours:
    return MarginalHours(
        hours(len(values)), np.array(values, float), "test", None if sd is None else np.array(sd, float)
    )


def problem(price: Sequence[float], factor: Sequence[float], **changes: object) -> Problem:
    """A store of 2 kWh and 1 kW with 90 % on either way, empty to full, cyclic."""
    made = Problem(
        np.array(price, float), np.array(factor, float), (0.0, 2.0), 1.0, 1.0, 0.9, 0.9, np.zeros(len(price))
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def write_rows(path: Path, header: str, rows: Sequence[Sequence[object]], first: str = "2024-01-01T00:00") -> Path:
    """A CSV with a time per hour from `first` on."""
    start = datetime.fromisoformat(first)
    lines = [f"time,{header}"]
    for i, row in enumerate(rows):
        time = (start + timedelta(hours=i)).isoformat(timespec="minutes")
        lines.append(",".join([time, *("" if cell is None else str(cell) for cell in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path
