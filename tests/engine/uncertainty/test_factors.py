"""Characterisation factors that vary: every rung, held against dense solves with the drawn factors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zuji.engine.uncertainty import copula, distributions
from zuji.engine.uncertainty.distributions import parameters
from zuji.engine.uncertainty.factors import UncertainFactors, factor_uids, uncertain_factors
from zuji.engine.uncertainty.first_order import FACTOR, first_order
from zuji.engine.uncertainty.monte_carlo import monte_carlo
from zuji.engine.uncertainty.sample_store import sample_store
from zuji.engine.uncertainty.sampler import LATIN, Sampler
from zuji.engine.uncertainty.screened import screened
from zuji.errors import EngineError

from .uncertain_systems import FACTORS, system

CLIMATE = FACTORS[:, 0]
METHANE = parameters(29.8, 3, loc=29.8, scale=6.7, minimum=0.0)


def varying(flows: list[int], keys: list[str], spread: float = 0.2) -> UncertainFactors:
    """Normal factors around those of the first method."""
    stated = CLIMATE[flows]
    return uncertain_factors(
        flows, parameters(stated, np.full(len(flows), 3), loc=stated, scale=spread * stated), factor_uids("gwp", keys)
    )


@pytest.mark.parametrize("kind", ["random", LATIN])
def test_a_drawn_factor_weighs_its_flow_in_every_sample(kind: str) -> None:
    """score = Σ over flows (drawn factor · that flow's own samples), sample by sample, within 1e-6 and certified."""
    given, n = system(40, 3, credits=True), 24
    sampler = Sampler(7, kind, n if kind != "random" else 0)
    uncertain = varying([0, 1], ["CO2", "CH4"])
    found = monte_carlo(given, CLIMATE, n, sampler=sampler, factor_uncertainty=uncertain, check=2)
    each = monte_carlo(given, np.eye(3)[:, :2], n, sampler=sampler).samples
    drawn = distributions.draw(uncertain.parameters, sampler.uniform(uncertain.uids, 0, n))
    expected = drawn[0] * each[0] + drawn[1] * each[1]
    scale = np.abs(drawn[0] * each[0]) + np.abs(drawn[1] * each[1])
    assert (np.abs(found.samples[0] - expected) <= 1e-6 * scale).all()
    assert found.certified
    plain = monte_carlo(given, CLIMATE, n, sampler=sampler).samples
    assert not np.allclose(plain, found.samples, rtol=1e-3)


def test_factors_alone_give_the_variance_by_hand() -> None:
    """With certain exchanges Var(s) = Σ (inventory of the flow)²·Var(factor); screened and full agree per sample."""
    given = system(40, 3, sigma=1e-9)
    uncertain = varying([0, 1], ["CO2", "CH4"])
    amounts = [first_order(given, np.eye(3)[i], 38).score for i in (0, 1)]
    table = first_order(given, CLIMATE, 38, (), uncertain)
    by_hand = sum((a * 0.2 * f) ** 2 for a, f in zip(amounts, CLIMATE[:2], strict=True))
    assert table.variance == pytest.approx(by_hand, rel=1e-9)
    assert (table.matrix[:2] == FACTOR).all()
    reduced = screened(given, CLIMATE, 38, 16, factor_uncertainty=uncertain, check=16)
    full = monte_carlo(given, CLIMATE, 16, activities=[38], factor_uncertainty=uncertain).samples[0, 0]
    assert np.allclose(reduced.samples, full, rtol=1e-6)


@pytest.mark.parametrize("credits", [False, True])
def test_screened_with_everything_drawn_is_full(credits: bool) -> None:
    """Exchanges and factors drawn together: the reduced system at a coverage of 1 equals the full run."""
    given = system(40, 7, credits=credits, mixed=True, sigma=0.3)
    uncertain = varying([0, 1], ["CO2", "CH4"])
    found = screened(given, CLIMATE, 38, 64, seed=5, coverage=1.0, check=64, factor_uncertainty=uncertain)
    full = monte_carlo(given, CLIMATE, 64, seed=5, activities=[38], factor_uncertainty=uncertain).samples[0, 0]
    assert np.allclose(found.samples, full, rtol=1e-6)


def test_factors_of_one_key_move_together() -> None:
    """One molecule under two names: the same draw, and the covariance is in the first-order variance."""
    given = system(40, 3, sigma=1e-9)
    shared, apart = varying([0, 1], ["CH4", "CH4"]), varying([0, 1], ["CO2", "CH4"])
    variances = [first_order(given, CLIMATE, 38, (), each).variance for each in (shared, apart)]
    amounts = [first_order(given, np.eye(3)[i], 38).score * CLIMATE[i] * 0.2 for i in (0, 1)]
    assert variances[0] - variances[1] == pytest.approx(2 * amounts[0] * amounts[1], rel=1e-9)
    samples = monte_carlo(given, CLIMATE, 64, activities=[38], factor_uncertainty=shared).samples[0, 0]
    u = Sampler(0).uniform(shared.uids[:1], 0, 64)
    ratio = distributions.draw(parameters(1.0, 3, loc=1.0, scale=0.2), u)[0]
    assert np.allclose(samples, ratio * first_order(given, CLIMATE, 38).score, rtol=1e-6)


def test_a_factor_may_be_correlated() -> None:
    """Two factors with ρ = 0.9 of their normal numbers have that correlation over the samples."""
    given = system(30, 3, sigma=1e-9)
    uncertain = varying([0, 1], ["CO2", "CH4"], 0.1)
    group = copula.correlation(uncertain.uids, [[1.0, 0.9], [0.9, 1.0]])
    options = {"activities": [28], "factor_uncertainty": uncertain, "correlations": [group]}
    tied = monte_carlo(given, CLIMATE, 2000, **options).samples[0, 0]  # type: ignore[arg-type]
    table = first_order(given, CLIMATE, 28, [group], uncertain)
    assert tied.var(ddof=1) == pytest.approx(table.variance, rel=4 * (2 / 2000) ** 0.5)


def test_a_database_of_other_order_has_the_same_factor_draws() -> None:
    """The key is that of method and flow: it does not depend on the snapshot."""
    assert factor_uids("AR6", ["CH4"]) == factor_uids("AR6", ["CH4", "N2O"])[:1]
    assert factor_uids("AR6", ["CH4"]) != factor_uids("AR5", ["CH4"])


def test_the_store_keeps_them_apart(tmp_path: Path) -> None:
    """Samples with and without varying factors are two stores."""
    given = system(30, 2)
    plain = sample_store(given, CLIMATE, 16, tmp_path)
    other = sample_store(given, CLIMATE, 16, tmp_path, factor_uncertainty=varying([1], ["CH4"]))
    assert not np.array_equal(plain.samples, other.samples)
    assert len(list(tmp_path.glob("*.npy"))) == 2


def test_what_cannot_be_drawn_is_named() -> None:
    """A factor of zero, one named twice, a flow that is not there, and a spread below zero are errors."""
    given = system(30, 2)
    with pytest.raises(EngineError, match="noise is zero"):
        monte_carlo(given, CLIMATE, 8, factor_uncertainty=uncertain_factors([2], METHANE, factor_uids("g", ["x"])))
    with pytest.raises(EngineError, match="not among the 3 flows"):
        monte_carlo(given, CLIMATE, 8, factor_uncertainty=uncertain_factors([7], METHANE, factor_uids("g", ["x"])))
    with pytest.raises(EngineError, match="two distributions"):
        varying([1, 1], ["a", "b"])
    with pytest.raises(EngineError, match="do not fit"):
        uncertain_factors([1, 0], METHANE, factor_uids("g", ["x"]))
