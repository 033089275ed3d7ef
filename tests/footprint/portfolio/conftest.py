"""A folder for stored backgrounds, a small background of three datasets, and tables written to files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zuji.background.model import CO2E, Background, Category, Dataset, Input, Intervention, LifecycleDataset, Source
from zuji.datum import LocalText
from zuji.footprint.portfolio.scores import ScoreTable, table_of
from zuji.rulebooks.book import open_book

DAY = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))


def dataset(id: str, value: float, unit: str = "kg", *, takes: tuple[Input, ...] = (), missing: str = "") -> Dataset:
    """A dataset of `value` kg CO2e per unit."""
    emitted = (Intervention(CO2E, value),) if value else ()
    return LifecycleDataset(
        id=id, name=LocalText(id, id), category=Category.MATERIAL, unit=unit, interventions=emitted, inputs=takes,
        source=Source("test"), missing=missing,
    )  # fmt: skip


@pytest.fixture
def table() -> ScoreTable:
    """steel 2 kg CO2e/kg, power 0.5 kg CO2e/kWh, part = 1 kg + 3 kg steel, and a gap."""
    datasets = (
        dataset("steel", 2),
        dataset("power", 0.5, "kWh"),
        dataset("part", 1, takes=(Input("steel", 3, "kg"),)),
        dataset("gap", 0, missing="nobody knows"),
    )
    return table_of(Background.of("test", datasets), [open_book("iso-14067")], DAY)


def written(folder: Path, name: str, text: str) -> Path:
    """A table as a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
