"""Foreground, characterisation factors and a stored database drawn together, with correlated inputs."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zuji import examples
from zuji.background.gwp import gwp_range, gwp_table
from zuji.background.store.library import Library
from zuji.engine.uncertainty import distributions
from zuji.errors import AddressError, EngineError
from zuji.footprint.calculate import calculate
from zuji.footprint.model import Footprint
from zuji.footprint.uncertainty import DATABASE, DATUM, FACTOR, METHOD, SCREENED, STATED, Correlated, uncertainty
from zuji.footprint.uncertainty_factors import gases_of, worth_by_gas
from zuji.rulebooks.book import open_book
from zuji.study.model import Uncertainty
from zuji.study.open import open_study
from zuji.study.read_datum import DISTRIBUTIONS

from ..background.importers.building import CH4, CO2, Spold, read, spolds

DAY = date(2026, 6, 1)
LOGNORMAL = (
    "<uncertainty><lognormal meanValue='{value}' mu='{mu}' variance='{variance}' varianceWithPedigreeUncertainty="
    "'{variance}'/></uncertainty>"
)
VARIANCE = 0.04


@pytest.fixture(scope="module")
def footprint(tmp_path_factory: pytest.TempPathFactory) -> Footprint:
    folder = tmp_path_factory.mktemp("study") / "x"
    examples.copy("nmc111-ev-pack", folder)
    study = open_study(folder).study
    assert study is not None
    return calculate(study, open_book("iso-14067"), on=DAY)


def test_the_lists_of_distributions_are_one() -> None:
    """What a study may state is what can be sampled."""
    names = {name.replace(" ", "_") for id, name in distributions.NAMES.items() if id != distributions.UNDEFINED}
    assert set(DISTRIBUTIONS) == names


@pytest.fixture
def leaf(stored: Footprint, monkeypatch: pytest.MonkeyPatch) -> Footprint:
    """The same, with the database out of reach: the dataset is its life-cycle gases."""
    monkeypatch.setattr("zuji.footprint.uncertainty_stored.open_stored", lambda digest: None)
    return stored


def test_worth_by_gas_is_the_footprint(leaf: Footprint) -> None:
    """What all gases are worth adds up to each line; methane in steel is 0.02·29.8 per kg by hand."""
    worth = worth_by_gas(leaf, gases_of(leaf))
    values = np.array([line.value for line in leaf.lines])
    (place,) = [i for i, line in enumerate(leaf.lines) if line.provider == STEEL.id]
    assert worth["CH4 fossil"][place] == pytest.approx(0.02 * 29.8 * leaf.lines[place].amount)
    assert np.allclose(sum(worth.values()), values, rtol=1e-9, atol=1e-9 * np.abs(values).max())


def test_methane_alone_moves_the_total_by_its_range(leaf: Footprint) -> None:
    """Only factors vary: deviation = √Σ(worth·relative deviation)², methane of all origins as one; 11/29.8/1.645."""
    found = uncertainty(leaf, 4000, assume=False)
    worth = worth_by_gas(leaf, gases_of(leaf))
    methane, other = 0.0, 0.0
    for driver in found.drivers:
        assert (driver.kind, driver.basis) == (FACTOR, METHOD)
        stated, factor = gwp_range(driver.id, "AR6"), gwp_table().factor(driver.id, "AR6")
        assert stated is not None
        assert factor is not None
        relative = stated.half / factor.value / 1.6448536269514722
        assert driver.deviation == pytest.approx(relative, rel=0.02)  # the cut at zero takes a little away
        moved = worth[driver.id].sum() * driver.deviation
        if stated.molecule == "CH4":
            methane += moved
        else:
            other += moved**2
    assert found.first_order_deviation == pytest.approx(math.sqrt(methane**2 + other), rel=1e-9)
    assert found.summary.deviation == pytest.approx(found.first_order_deviation, rel=4 / math.sqrt(8000))
    assert {"ZJ910"} <= {f.code for f in found.findings}
    fixed = uncertainty(leaf, 16, assume=False, factors=None)
    assert np.ptp(fixed.samples) == pytest.approx(0, abs=1e-9)


def test_a_user_gives_a_factor_its_distribution(leaf: Footprint) -> None:
    """Uniform within ±10 % of 29.8: basis stated, deviation 0.2/√12; a gas without a factor is refused."""
    given = {"CH4 fossil": Uncertainty("uniform", (("maximum", 1.1 * 29.8), ("minimum", 0.9 * 29.8)))}
    found = uncertainty(leaf, 64, assume=False, factors=given)
    (driver,) = [d for d in found.drivers if d.id == "CH4 fossil"]
    assert driver.basis == STATED
    assert driver.deviation == pytest.approx(0.2 / math.sqrt(12))
    bad = {"CH4 fossil": Uncertainty("uniform", (("maximum", 1.0), ("minimum", 2.0)))}
    with pytest.raises(EngineError, match="minimum has to be below maximum"):
        uncertainty(leaf, 16, factors=bad)
    with pytest.raises(EngineError, match="no factor of its own for smoke"):
        uncertainty(leaf, 16, factors={"smoke": Uncertainty("uniform", (("maximum", 2.0), ("minimum", 1.0)))})


def test_correlated_data_move_together(footprint: Footprint) -> None:
    """The two largest data with ρ = 0.9: variance grows by 2·ρ·d₁·d₂ to first order, and so over the samples."""
    free = uncertainty(footprint, 64, factors=None, basic=1e-4)
    pair = [d for d in free.drivers if d.kind == DATUM][:2]
    tied = uncertainty(
        footprint, 4000, factors=None, basic=1e-4, correlated=[Correlated((pair[0].id, pair[1].id), 0.9)]
    )  # fmt: skip
    moved = [d.elasticity * d.deviation * footprint.total for d in pair]
    grown = tied.first_order_deviation**2 - free.first_order_deviation**2
    assert grown == pytest.approx(2 * 0.9 * moved[0] * moved[1], rel=1e-6)
    assert tied.summary.deviation == pytest.approx(tied.first_order_deviation, rel=0.05 + 4 / math.sqrt(8000))
    with pytest.raises(AddressError):
        uncertainty(footprint, 16, correlated=[Correlated(("nothing/here", pair[0].id), 0.5)])
    with pytest.raises(EngineError, match="positive definite"):
        uncertainty(footprint, 16, correlated=[Correlated((pair[0].id, pair[1].id), 1.5)])


@pytest.mark.parametrize(
    ("name", "given", "mean"),
    [
        ("bernoulli", {"loc": 0.25}, 0.25),
        ("discrete_uniform", {"minimum": 2.0, "maximum": 7.0}, 4.0),
        ("weibull", {"shape": 1.0, "scale": 3.0}, 3.0),
        ("gamma", {"shape": 9.0, "scale": 0.5}, 4.5),
        ("beta", {"loc": 2.0, "shape": 2.0, "minimum": 0.0, "maximum": 8.0}, 4.0),
        ("pert", {"minimum": 1.0, "loc": 4.0, "maximum": 7.0}, 4.0),
    ],
)
def test_every_distribution_of_a_study_is_drawn(
    footprint: Footprint, name: str, given: dict[str, float], mean: float
) -> None:
    """A line's datum x: its worth over the samples has the mean of x ÷ stated value, by hand from the parameters."""
    system = footprint.system
    line = next(line for line in footprint.hotspots if line.stage == "raw_material" and line.amount > 0)
    info = system.lines[line.activity, line.line]
    value = info.datum.value
    assert value is not None

    def change(other: Any) -> Any:
        same = (other.activity, other.exchange) == (info.activity, info.exchange)
        return replace(other.datum, uncertainty=Uncertainty(name, tuple(given.items()))) if same else other.datum

    lines, links = (
        {key: replace(each, datum=change(each)) for key, each in part.items()} for part in (system.lines, system.links)
    )
    changed = replace(footprint, system=replace(system, lines=lines, links=links))
    found = uncertainty(changed, 4000, assume=False, factors=None)
    assert not [f for f in found.findings if f.code == "ZJ930"]
    (driver,) = found.drivers
    worth = driver.elasticity * footprint.total
    ratio = (found.samples - footprint.total) / worth + 1
    assert ratio.mean() == pytest.approx(mean / value, abs=4 * driver.deviation / math.sqrt(4000))
    assert ratio.std() == pytest.approx(driver.deviation, rel=0.06)


# -- a stored database

STEEL = Spold("steel").takes("coke", 2).emits(CO2, 0.25)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Footprint:
    """The worked example with its cathode material from a database whose amounts are lognormal."""
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))
    library = Library()
    folder = spolds(tmp_path / "db", STEEL, Spold("coke").emits(CO2, 0.5).emits(CH4, 0.01))
    for path in folder.rglob("*.spold"):
        path.write_text(_uncertain(path.read_text(encoding="utf-8")), encoding="utf-8")
    read(folder, licence="closed", redistribute="no").commit(library, "mine")
    examples.copy("lfp-storage-488kwh", tmp_path / "a")
    for name, old, new in (
        ("bom.csv", "ma2024-lfp-cathode", STEEL.id),
        ("study.yaml", "", ""),
    ):
        text = (tmp_path / "a" / name).read_text(encoding="utf-8").replace(old, new)
        (tmp_path / "a" / name).write_text(text + ("\nbackground: mine\n" if name == "study.yaml" else ""), "utf-8")
    study = open_study(tmp_path / "a").study
    assert study is not None
    return calculate(study, open_book("iso-14067"), on=DAY)


def _uncertain(text: str) -> str:
    """Every input and emission with a lognormal of the stated median and variance."""
    import re

    def one(found: re.Match[str]) -> str:
        value = float(found["value"])
        if found["group"].startswith("outputGroup>0"):
            return found[0]
        spread = LOGNORMAL.format(value=value, mu=math.log(value), variance=VARIANCE)
        return found[0].replace(found["close"], spread + found["close"])

    pattern = r'amount="(?P<value>[-\d.e]+)".*?(?P<close><(?P<group>(?:in|out)putGroup>\d))'
    return re.sub(pattern, one, text, flags=re.DOTALL)


def test_a_stored_dataset_varies_by_its_exchanges(stored: Footprint) -> None:
    """By hand: steel = c + 2k·(d + m·29.8) with lognormals c, k, d, m and AR6's methane; its samples have that
    deviation within 4 standard errors, the run is certified, and nobody assumes a spread for it."""
    (line,) = [one for one in stored.lines if one.provider == STEEL.id]
    found = uncertainty(stored, 3000, assume=False)
    (driver,) = [d for d in found.drivers if d.id == STEEL.id]
    assert driver.basis == DATABASE
    assert found.error <= 1e-6
    draw = np.random.default_rng(5)
    n = 200_000
    c, k, d, m = (draw.lognormal(0, math.sqrt(VARIANCE), n) for _ in range(4))
    gwp = 29.8 * np.maximum(1 + 11 / 29.8 / 1.6448536269514722 * draw.normal(size=n), 0)
    worth = (0.25 * c + 2 * k * (0.5 * d + 0.01 * m * gwp)) / (0.25 + 2 * (0.5 + 0.01 * 29.8))
    assert driver.deviation == pytest.approx(worth.std(), rel=4 / math.sqrt(6000) + 0.02)
    assert driver.elasticity == pytest.approx(line.value / stored.total)
    assert np.allclose(sum(found.stages.values()), found.samples)


def test_screened_and_full_are_paired(stored: Footprint) -> None:
    """The screened rung on the same seed follows the full one sample by sample, and says its name."""
    full = uncertainty(stored, 512, assume=False)
    screened = uncertainty(stored, 512, assume=False, background=SCREENED)
    assert screened.rung == "screened Monte Carlo"
    assert full.rung == "full Monte Carlo"
    assert np.corrcoef(full.samples, screened.samples)[0, 1] > 0.99
    with pytest.raises(EngineError, match="no rung"):
        uncertainty(stored, 16, background="quick")
