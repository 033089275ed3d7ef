"""Distributions: quantiles and moments against scipy.stats, bounds, pedigree, correlations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import stats_arrays
from scipy import stats

from zuji.engine.uncertainty import copula, distributions, pedigree, random
from zuji.engine.uncertainty.distributions import parameters
from zuji.errors import EngineError

N = math.nan
CASES: list[tuple[str, dict[str, float], Any]] = [
    ("lognormal", {"loc": 0.7, "scale": 0.4}, stats.lognorm(0.4, scale=math.exp(0.7))),
    ("normal", {"loc": 2.0, "scale": 0.3}, stats.norm(2, 0.3)),
    ("normal", {"loc": 2.0, "scale": 1.0, "minimum": 1.5, "maximum": 4.0}, stats.truncnorm(-0.5, 2, loc=2)),
    ("uniform", {"minimum": -1.0, "maximum": 3.0}, stats.uniform(-1, 4)),
    ("triangular", {"loc": 2.0, "minimum": 1.0, "maximum": 5.0}, stats.triang(0.25, 1, 4)),
    ("triangular", {"minimum": 1.0, "maximum": 5.0}, stats.triang(0.5, 1, 4)),
    ("beta", {"loc": 2.0, "shape": 3.0, "minimum": -1.0, "maximum": 4.0}, stats.beta(2, 3, -1, 5)),
    ("beta", {"loc": 0.8, "shape": 1.5}, stats.beta(0.8, 1.5)),
    ("pert", {"loc": 2.0, "minimum": 1.0, "maximum": 5.0}, stats.beta(2, 4, 1, 4)),
    ("gamma", {"shape": 2.5, "scale": 0.7, "loc": 1.0}, stats.gamma(2.5, 1, 0.7)),
    ("weibull", {"shape": 1.7, "scale": 2.0}, stats.weibull_min(1.7, 0, 2)),
    ("discrete uniform", {"minimum": 2.0, "maximum": 7.0}, stats.randint(2, 7)),
    ("bernoulli", {"loc": 0.3}, stats.bernoulli(0.3)),
]
IDS = {name: id for id, name in distributions.NAMES.items()}


@pytest.mark.parametrize(("name", "given", "peer"), CASES)
def test_quantiles_and_moments_agree_with_scipy(name: str, given: dict[str, float], peer: Any) -> None:
    """Quantiles, mean, variance and median equal those of scipy.stats."""
    made = parameters(0.0, IDS[name], **given)
    u = np.linspace(0.0013, 0.9987, 301)
    assert np.allclose(distributions.draw(made, u[None])[0], peer.ppf(u), rtol=1e-9, atol=1e-12)
    mean, variance = distributions.moments(made)
    assert mean[0] == pytest.approx(peer.mean(), rel=1e-10)
    assert variance[0] == pytest.approx(peer.var(), rel=1e-9)
    assert distributions.median(made)[0] == pytest.approx(peer.median(), rel=1e-9)


def test_ids_are_those_of_stats_arrays() -> None:
    """Every distribution here has the id and description of stats_arrays."""
    for id, name in distributions.NAMES.items():
        described = stats_arrays.uncertainty_choices[id].description.lower()
        assert name.split()[0].replace("none", "no") in described


def test_lognormal_and_pert_mean_what_stats_arrays_means() -> None:
    """Quantiles equal stats_arrays' own `ppf` for a negative lognormal and a PERT with a weight of its own."""
    u = np.linspace(0.01, 0.99, 21)
    for id, given in (
        (2, {"loc": 1.0, "scale": 0.5, "negative": True}),
        (13, {"loc": 2.0, "scale": 3.0, "minimum": 1.0, "maximum": 6.0}),
    ):
        theirs = stats_arrays.UncertaintyBase.from_dicts({**given, "uncertainty_type": id})
        expected = stats_arrays.uncertainty_choices[id].ppf(theirs, u[None].copy())
        assert np.allclose(distributions.draw(parameters(0.0, id, **given), u[None]), expected)


TRUNCATED = [
    ("lognormal", {"loc": 0.5, "scale": 0.6, "minimum": 1.0, "maximum": 3.0}),
    ("lognormal", {"loc": 0.5, "scale": 0.6, "minimum": -3.0, "maximum": -1.0, "negative": True}),
    ("lognormal", {"loc": 0.5, "scale": 0.6, "maximum": 2.0}),
    ("normal", {"loc": 1.0, "scale": 2.0, "minimum": 0.0}),
    ("gamma", {"shape": 2.0, "scale": 1.5, "minimum": 1.0, "maximum": 6.0}),
    ("weibull", {"shape": 1.5, "scale": 2.0, "loc": 1.0, "minimum": 1.5, "maximum": 4.0}),
]


@pytest.mark.parametrize(("name", "given"), TRUNCATED)
def test_bounds_give_the_distribution_of_rejection(name: str, given: dict[str, Any]) -> None:
    """Truncated draws are distributed like draws that are repeated until they lie between the bounds; the closed
    moments are theirs."""
    free = parameters(0.0, IDS[name], **{k: v for k, v in given.items() if k not in ("minimum", "maximum")})
    bound = parameters(0.0, IDS[name], **given)
    u = random.uniform(random.words(1, np.arange(2, dtype=np.uint64), 0, 200_000))
    kept = distributions.draw(free, u[:1])[0]
    low, high = given.get("minimum", -math.inf), given.get("maximum", math.inf)
    kept = kept[(kept >= low) & (kept <= high)]
    drawn = distributions.draw(bound, u[1:])[0]
    assert low <= drawn.min()
    assert drawn.max() <= high
    assert stats.ks_2samp(kept, drawn).pvalue > 1e-3
    mean, variance = distributions.moments(bound)
    error = math.sqrt(variance[0] / len(drawn))
    assert abs(drawn.mean() - mean[0]) < 4.5 * error
    assert abs(drawn.var() / variance[0] - 1) < 0.03


def test_certain_quantities_stay_as_they_are() -> None:
    """Undefined and none give the stated value with no variance."""
    made = parameters([3.0, -2.0], [0, 1])
    assert distributions.draw(made, np.full((2, 3), 0.2)).tolist() == [[3.0] * 3, [-2.0] * 3]
    assert distributions.moments(made)[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("id", "given", "words"),
    [
        (2, {"loc": 1.0}, "scale has to be above zero"),
        (2, {"scale": 0.1}, "loc is missing"),
        (2, {"loc": 500.0, "scale": 40.0}, "out of range"),
        (3, {"loc": 1.0, "scale": -1.0}, "scale has to be above zero"),
        (3, {"loc": 0.0, "scale": 1.0, "minimum": 50.0}, "next to nothing"),
        (4, {"minimum": 1.0}, "minimum and maximum are needed"),
        (4, {"minimum": 2.0, "maximum": 1.0}, "minimum has to be below maximum"),
        (5, {"minimum": 1.0, "maximum": 2.0, "loc": 3.0}, "between minimum and maximum"),
        (6, {"loc": 1.2}, "probability"),
        (7, {"minimum": 0.5, "maximum": 3.0}, "whole number"),
        (9, {"scale": 1.0}, "shape has to be above zero"),
        (10, {"shape": 1.0}, "alpha"),
        (11, {"loc": 1.0, "scale": 1.0}, "not among those"),
        (3, {"loc": math.inf, "scale": 1.0}, "infinite"),
    ],
)
def test_unusable_parameters_are_named(id: int, given: dict[str, float], words: str) -> None:
    """A distribution that cannot be is refused with the quantity, its parameters and the reason."""
    with pytest.raises(EngineError, match=words) as caught:
        parameters(1.0, id, **given)
    assert "quantity 0" in str(caught.value)


def test_pedigree_of_a_worked_example() -> None:
    """Ratings (2, 3, 1, 4, 5) on materials: 0.0006 + 0.0006 + 0.0006 + 0 + 0.0006 + 0.12 = 0.1224."""
    assert pedigree.variance((2, 3, 1, 4, 5)) == pytest.approx(0.1224, rel=1e-12)
    assert pedigree.sigma({"reliability": 2}, "transport") == pytest.approx(math.sqrt(0.12 + 0.0006))
    # Half way between the ratings 2 and 3 of reliability: (0.0006 + 0.002)/2.
    assert pedigree.variance({"reliability": 2.5}, 0.0) == pytest.approx(0.0013)
    assert pedigree.variance({"technological": 5}, 0.0) == 0.12


def test_additional_variances_are_the_factors_of_ecoinvent_2() -> None:
    """Each variance is (½ ln f)² of the factor f of ecoinvent 2 (report 1, 2007, table 7.2), rounded to one digit."""
    factors = {
        "reliability": (1.0, 1.05, 1.1, 1.2, 1.5),
        "completeness": (1.0, 1.02, 1.05, 1.1, 1.2),
        "temporal": (1.0, 1.03, 1.1, 1.2, 1.5),
        "geographical": (1.0, 1.01, 1.02, None, 1.1),
        "technological": (1.0, None, 1.2, 1.5, 2.0),
    }
    for indicator, row in factors.items():
        for factor, variance in zip(row, pedigree.ADDITIONAL[indicator], strict=True):
            if factor is not None:
                assert (0.5 * math.log(factor)) ** 2 == pytest.approx(variance, rel=0.25, abs=1e-12)


@pytest.mark.parametrize(
    ("ratings", "basic", "words"),
    [
        ((1, 2, 3), 0.0, "5 ratings"),
        ({"reliability": 6}, 0.0, "between 1"),
        ({"precision": 2}, 0.0, "no indicator"),
        ({"reliability": 2}, "gold", "no basic uncertainty"),
        ({"reliability": 2}, -1.0, "from 0 on"),
    ],
)
def test_bad_pedigrees_are_refused(ratings: Any, basic: Any, words: str) -> None:
    """A wrong number of ratings, a rating out of range or an unknown name says so."""
    with pytest.raises(EngineError, match=words):
        pedigree.variance(ratings, basic)


def test_copula_has_the_correlation_asked_for() -> None:
    """Correlated normals have the given matrix within 4 standard errors, unit variance, and pair across seeds alone."""
    rho = np.array([[1.0, 0.8, -0.3], [0.8, 1.0, 0.1], [-0.3, 0.1, 1.0]])
    group = copula.correlation([30, 10, 20], rho)
    z = group.normal(4, 0, 100_000)
    order = [1, 2, 0]  # ascending uids: 10, 20, 30
    assert np.allclose(np.corrcoef(z), rho[np.ix_(order, order)], atol=4 / math.sqrt(100_000))
    assert np.allclose(z.std(axis=1), 1, atol=0.01)
    assert np.array_equal(group.normal(4, 40, 8), z[:, 40:48])
    same = copula.correlation([10, 20, 30], rho[np.ix_(order, order)])
    assert np.array_equal(same.normal(4, 0, 16), z[:, :16])


@pytest.mark.parametrize(
    ("uids", "matrix", "words"),
    [
        ([1, 2], [[1, 1.2], [1.2, 1]], "not positive definite"),
        ([1, 2, 3], [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], "smallest eigenvalue -0.8"),
        ([1, 2], [[1, 0.5], [0.4, 1]], "symmetric"),
        ([1, 2], [[1, 0.5, 0], [0.5, 1, 0]], "matrix of that size"),
        ([1, 1], [[1, 0.5], [0.5, 1]], "named twice"),
    ],
)
def test_impossible_correlations_are_refused(uids: list[int], matrix: Any, words: str) -> None:
    """A matrix that no quantities can have says that it is not positive definite, and others what they lack."""
    with pytest.raises(EngineError, match=words):
        copula.correlation(uids, matrix)


def test_a_quantity_belongs_to_one_group() -> None:
    """Two groups that share a quantity are refused."""
    one, two = copula.correlation([1, 2], np.eye(2)), copula.correlation([2, 3], np.eye(2))
    with pytest.raises(EngineError, match="in two correlations"):
        copula.check_apart([one, two])
