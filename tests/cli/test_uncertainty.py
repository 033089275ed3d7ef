"""`zuji uncertainty`: rung, interval, drivers and doubts in the terminal; JSON, samples, comparisons and Ctrl-C."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from zuji.background.store.library import Library
from zuji.cli import uncertainty

from ..background.importers.building import CO2, Spold, read, spolds
from .conftest import Run

EXAMPLE = "lfp-storage-488kwh"
ON = ("--on", "2026-06-30")


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))


def test_the_page_says_what_the_interval_rests_on(run: Run) -> None:
    """Rung, percentiles, stages, drivers and convergence; assumed spreads are marked above everything."""
    ran = run("uncertainty", EXAMPLE, "-n", "300", "--seed", "1", *ON)
    assert ran.code == 0
    heads = ("By stage", "What to measure better", "Convergence", "← stated")
    for words in ("full Monte Carlo, 300 samples, seed 1", "p5 ", "p95 ", "charging and discharging", "ZJ936", *heads):
        assert words in ran.out
    assert ran.out.index("ASSUMED") < ran.out.index("Samples [kg CO2e]")
    assert ran.err == ""


def test_json_has_histogram_and_convergence(run: Run) -> None:
    """Same seed, same bytes; the counts of the histogram are the samples."""
    one, two = (run("uncertainty", EXAMPLE, "-n", "300", "--json", *ON).out for _ in range(2))
    assert one == two
    document = json.loads(one)
    assert sum(document["histogram"]["counts"]) == document["samples"] == 300
    assert len(document["histogram"]["edges"]) == len(document["histogram"]["counts"]) + 1
    assert document["convergence"]["n"][-1] == 300
    assert document["drivers"][0]["basis"] == "assumed"


def test_the_first_rung_is_instant_and_says_so(run: Run) -> None:
    """No samples; the deviation is that of the other rung's table."""
    ran = run("uncertainty", EXAMPLE, "--rung", "first-order", *ON)
    assert "first-order variance" in ran.out
    assert "if it were normally distributed" in ran.out
    first = json.loads(run("uncertainty", EXAMPLE, "--rung", "first-order", "--json", *ON).out)
    full = json.loads(run("uncertainty", EXAMPLE, "-n", "10", "--json", *ON).out)
    assert first["rung"] == "first-order variance"
    assert "samples" not in first
    assert first["first_order_deviation"] == full["first_order_deviation"]


@pytest.mark.parametrize(
    ("other", "probability"), [("iso-14067", 0.5), ("eu-cfb-ind", 0.0), ("bom.….amount=+200%", 1.0)]
)
def test_comparisons_are_paired(run: Run, other: str, probability: float) -> None:
    """Against itself a draw; without the use stage never below; with three times as much of a part always."""
    if other.startswith("bom."):
        listed = run("what-if", EXAMPLE, "--list").out.splitlines()
        other = next(line for line in listed if line.startswith("bom.") and line.endswith(".amount")) + "=+200%"
    document = json.loads(run("uncertainty", EXAMPLE, "-n", "100", "--against", other, "--json", *ON).out)
    assert document["comparison"]["probability_less"] == probability
    assert "on the same draws" in run("uncertainty", EXAMPLE, "-n", "20", "--against", other, *ON).out


def test_two_products_are_compared_per_functional_unit(run: Run) -> None:
    """A storage battery per kWh and a pack per item are not."""
    ran = run("uncertainty", EXAMPLE, "-n", "20", "--against", "nmc111-ev-pack", *ON)
    assert ran.code == 2
    assert "functional unit" in ran.err


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npy"])
def test_samples_as_a_file(run: Run, tmp_path: Path, suffix: str) -> None:
    """Every sample with its stages."""
    import numpy as np

    out = tmp_path / f"samples{suffix}"
    assert run("uncertainty", EXAMPLE, "-n", "50", "-o", str(out), *ON).code == 0
    if suffix == ".csv":
        lines = out.read_text(encoding="utf-8").splitlines()
        assert (len(lines), lines[0][:16]) == (51, "iteration,total,")
    elif suffix == ".npy":
        values = np.load(out)
        np.testing.assert_allclose(values[:, 0], values[:, 1:].sum(axis=1))


def test_precision_that_is_not_reached_is_said(run: Run) -> None:
    """Twenty samples do not know the mean to 0.01 %."""
    assert "take more samples" in run("uncertainty", EXAMPLE, "-n", "20", "--until-precision", "0.0001", *ON).out


def test_ctrl_c_ends_with_what_there_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt during the first block: its samples are shown, and that they are fewer than asked for."""
    before = signal.getsignal(signal.SIGINT)
    original = uncertainty._sampled

    def interrupted(*arguments: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(uncertainty, "_sampled", interrupted)
    ran = run("uncertainty", EXAMPLE, "-n", "5000", *ON)
    assert ran.code == 0
    assert "ZJ935" in ran.out
    assert "256 samples" in ran.out
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    "wrong",
    [("--rung", "best"), ("--rung", "screened"), ("--until-precision", "2"), ("-o", "x.xls"), ("-n", "1"),
     ("--rung", "first-order", "--against", "gbt-24067"), ("--against", "nothing-of-the-kind"), ("some-dataset",)],
)  # fmt: skip
def test_wrong_usage(run: Run, wrong: tuple[str, ...]) -> None:
    """Each with a sentence and the exit code of wrong usage or of an unreadable study."""
    ran = run("uncertainty", EXAMPLE, *wrong, *ON)
    assert ran.code in (2, 3)
    assert ran.err.strip()


def test_both_languages(run: Run) -> None:
    """Names follow the language."""
    assert "充放电" in run("uncertainty", EXAMPLE, "-n", "20", "--lang", "zh", *ON).out


def test_nothing_assumed_nothing_varies(run: Run) -> None:
    """Without assumptions this study has no spread, and the page says so."""
    ran = run("uncertainty", EXAMPLE, "-n", "20", "--no-assume", *ON)
    assert "nothing varies" in ran.out
    assert "ASSUMED" not in ran.out


@pytest.mark.parametrize("rung", ["first-order", "screened", "full"])
def test_a_stored_dataset(run: Run, tmp_path: Path, rung: str) -> None:
    """Every rung on the whole chain of a stored dataset; its stated score is 0.25 + 2 × 0.5 kg."""
    steel = Spold("steel").takes("coke", 2).emits(CO2, 0.25)
    read(spolds(tmp_path / "db", steel, Spold("coke").emits(CO2, 0.5))).commit(Library(), "mine")
    asked = ("uncertainty", "mine", "steel", "-n", "64", "--rung", rung, *ON)
    document = json.loads(run(*asked, "--json").out)
    assert document["stated"] == pytest.approx(1.25)
    assert "rung" in run(*asked).out
