"""The upper rungs, the store, statistics and sensitivity measures against independent figures."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from SALib.analyze import delta as salib_delta
from SALib.analyze import sobol as salib_sobol
from scipy import sparse, stats

from zuji.engine.uncertainty import copula, distributions, sensitivity, statistics
from zuji.engine.uncertainty.first_order import first_order
from zuji.engine.uncertainty.layout import exchange_parameters
from zuji.engine.uncertainty.monte_carlo import monte_carlo
from zuji.engine.uncertainty.sample_store import open_store, sample_store, store_key
from zuji.engine.uncertainty.sampler import Sampler
from zuji.engine.uncertainty.screened import reduce, screened
from zuji.errors import EngineError, UnreadableError

from .uncertain_systems import FACTORS, system

CLIMATE = FACTORS[:, 0]


def test_slopes_are_finite_differences() -> None:
    """∂score/∂value of the strongest exchanges equals the difference quotient of full solves."""
    from dataclasses import replace

    from zuji.engine.snapshot import Snapshot
    from zuji.engine.system import System

    given = system(40, 3, credits=True)
    activity = 38
    table = first_order(given, CLIMATE, activity)
    snapshot = given.snapshot
    for k in range(8):
        scores = []
        for side in (-1, 1):
            blocks = [snapshot.technosphere, snapshot.biosphere]
            block = blocks[table.matrix[k]]
            value = block.value.copy()
            step = 1e-6 * abs(value[table.exchange[k]])
            value[table.exchange[k]] += side * step
            blocks[table.matrix[k]] = replace(block, value=value)
            changed = System.of(
                Snapshot.build(
                    activities=list(snapshot.activities), flows=list(snapshot.flows), technosphere=blocks[0],
                    biosphere=blocks[1],
                )
            )  # fmt: skip
            scores.append(first_order(changed, CLIMATE, activity).score)
        assert (scores[1] - scores[0]) / (2 * step) == pytest.approx(table.slope[k], rel=1e-4)


def test_first_order_is_right_where_it_must_be() -> None:
    """For small σ the first-order variance is that of a Monte Carlo run within 4 standard errors; shares fall."""
    given = system(40, 3, sigma=0.02)
    table = first_order(given, CLIMATE, 38)
    samples = monte_carlo(given, CLIMATE, 4000, activities=[38]).samples[0, 0]
    assert samples.var(ddof=1) == pytest.approx(table.variance, rel=4 * math.sqrt(2 / 4000))
    assert (np.diff(table.shares) <= 0).all()
    assert table.shares.sum() == pytest.approx(1)
    assert table.shares[: table.carrying(0.9)].sum() >= 0.9 > table.shares[: table.carrying(0.9) - 1].sum()


def test_correlated_exchanges_add_their_covariance() -> None:
    """With ρ between two exchanges the variance grows by 2ρ times both contributions' roots, with their signs."""
    given = system(40, 3, sigma=0.02)
    free = first_order(given, CLIMATE, 38)
    pair = [int(free.uids[0]), int(free.uids[1])]
    tied = first_order(given, CLIMATE, 38, [copula.correlation(pair, [[1, 0.7], [0.7, 1]])])
    roots = np.sign(free.slope[:2]) * np.sqrt(free.variances[:2])
    assert tied.variance - free.variance == pytest.approx(2 * 0.7 * roots[0] * roots[1], rel=1e-9)
    samples = monte_carlo(
        given, CLIMATE, 4000, activities=[38], correlations=[copula.correlation(pair, [[1, 0.7], [0.7, 1]])]
    ).samples[0, 0]
    assert samples.var(ddof=1) == pytest.approx(tied.variance, rel=4 * math.sqrt(2 / 4000))


@pytest.mark.parametrize("credits", [False, True])
def test_reduced_system_with_everything_drawn_is_the_full_one(credits: bool) -> None:
    """At a coverage of 1 the reduced system gives the full Monte Carlo sample by sample within 1e-6."""
    given = system(40, 7, credits=credits, mixed=True, sigma=0.3)
    found = screened(given, CLIMATE, 38, 64, seed=5, coverage=1.0, check=64)
    full = monte_carlo(given, CLIMATE, 64, seed=5, activities=[38]).samples[0, 0]
    assert np.allclose(found.samples, full, rtol=1e-6)
    assert found.reproduced == pytest.approx(1.0, abs=1e-9)
    assert found.exchanges == found.uncertain


def test_screened_samples_say_how_far_they_go() -> None:
    """At 95 % coverage few exchanges are drawn, the coverage is measured, and paired samples explain about as much."""
    given = system(60, 7, sigma=0.2)
    found = screened(given, CLIMATE, 58, 2000, seed=5, coverage=0.95, check=400)
    full = monte_carlo(given, CLIMATE, 2000, seed=5, activities=[58]).samples[0, 0]
    assert 0.95 <= found.coverage < 1
    assert found.exchanges < found.uncertain / 4
    assert found.checked == 400
    assert found.reproduced == pytest.approx(np.corrcoef(found.samples, full)[0, 1] ** 2, abs=0.03)
    assert found.reproduced > 0.9
    assert found.deviation_ratio < 1.05
    # Frozen exchanges stand at their mean, so the mean is not moved.
    assert found.samples.mean() == pytest.approx(full.mean(), abs=4 * full.std() / math.sqrt(2000))
    with pytest.raises(EngineError, match="coverage"):
        reduce(given, CLIMATE, 58, coverage=0.0)


def test_store_is_made_once_and_gives_products_their_correlated_samples(tmp_path: Path) -> None:
    """Stored samples are those of the run in float32; a product's are its demand times them; made once."""
    given = system(40, 2)
    store = sample_store(given, FACTORS, 40, tmp_path, seed=8)
    run = monte_carlo(given, FACTORS, 40, seed=8)
    assert np.array_equal(store.samples, run.samples.astype(np.float32))
    assert store.error <= 1e-6
    demands = sparse.csr_array(np.array([[0.0] * 38 + [2.0, 1.0], [1.0] + [0.0] * 39]))
    found = store.products(demands, method=1, block=7)
    assert np.allclose(found[0], 2 * run.samples[1, 38] + run.samples[1, 39], rtol=1e-6)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = sample_store(given, FACTORS, 40, tmp_path, seed=8)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert isinstance(again.samples, np.memmap)
    keys = {store_key(given, FACTORS, n, Sampler(seed)) for n in (40, 48) for seed in (8, 9)}
    assert len(keys | {store_key(given, CLIMATE[:, None], 40, Sampler(8))}) == 5
    with pytest.raises(EngineError, match="do not fit 40"):
        store.products(sparse.csr_array(np.ones((1, 3))))


def test_cancelled_and_damaged_stores(tmp_path: Path) -> None:
    """A cancelled run is usable and not kept; a damaged store says so."""
    given = system(30, 2)
    part = sample_store(given, FACTORS, 400, tmp_path, cancelled=lambda: True)
    assert part.n == 8
    assert not list(tmp_path.iterdir())
    sample_store(given, FACTORS, 16, tmp_path)
    key = store_key(given, FACTORS, 16, Sampler(0))
    (tmp_path / f"samples-{key}.npy").write_bytes(b"nothing")
    with pytest.raises(UnreadableError):
        open_store(tmp_path, key)


def test_summary_is_that_of_numpy_and_hand() -> None:
    """Of 1 … 101: mean 51, median 51, percentile p at 1 + p, the 90 % interval from 6 to 96."""
    found = statistics.summary(np.arange(1, 102), 0.9)
    assert (found.mean, found.median) == (51.0, 51.0)
    assert found.interval == pytest.approx((6.0, 96.0))
    assert dict(found.percentiles)[25.0] == 26.0
    assert found.deviation == pytest.approx(math.sqrt(101 * 102 / 12))  # n(n+1)/12 with n − 1 in the divisor
    assert found.mean_error == pytest.approx(found.deviation / math.sqrt(101))
    counts = statistics.histogram(np.arange(1, 102), 4)
    assert counts.counts.tolist() == [25, 25, 25, 26]
    for bad in ([1.0], [1.0, math.nan], [[1.0, 2.0]]):
        with pytest.raises(EngineError):
            statistics.summary(np.array(bad))


def test_probability_that_a_is_less() -> None:
    """P(A < B) of two paired normals is Φ(Δ/σ) within 4 standard errors; ties count half."""
    draw = np.random.default_rng(1)
    common = draw.normal(0, 5, 20_000)
    a, b = common + draw.normal(0, 0.6, 20_000), common + 0.5 + draw.normal(0, 0.8, 20_000)
    found = statistics.compare(a, b)
    assert found.probability == pytest.approx(stats.norm.cdf(0.5 / 1.0), abs=4 * found.error)
    assert found.difference.deviation == pytest.approx(1.0, rel=0.03)
    assert statistics.compare([1, 2, 3], [1, 3, 2]).probability == 0.5
    with pytest.raises(EngineError, match="not pairs"):
        statistics.compare([1.0, 2.0], [1.0, 2.0, 3.0])


def test_errors_of_percentiles_and_precision() -> None:
    """The standard error of a percentile agrees with √(p(1−p)/n)/density; sampling stops when the goal is met."""
    draw = np.random.default_rng(2)
    samples = draw.normal(10, 1, 20_000)
    for percent in (5.0, 50.0, 95.0):
        p = percent / 100
        density = stats.norm.pdf(stats.norm.ppf(p))
        expected = math.sqrt(p * (1 - p) / 20_000) / density
        assert statistics.percentile_error(samples, percent) == pytest.approx(expected, rel=0.2)
    found, met = statistics.until_precision(lambda start, n: samples[start : start + n], 0.005)
    # 1.96·1/√n ≤ 0.005·10 needs n ≥ 1537.
    assert met
    assert 1400 <= len(found) <= 1800
    _, met = statistics.until_precision(lambda start, n: samples[start : start + n], 1e-5, most=1000)
    assert not met
    shown = statistics.convergence(samples)
    assert shown.mean[-1] == samples.mean()
    assert shown.mean_error[0] > shown.mean_error[-1]
    assert shown.percentiles.shape == (3, len(shown.n))


PROBLEM = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-math.pi, math.pi]] * 3}
A, B = 7.0, 0.1


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami and Homma's function of three uniform numbers on (−π, π)."""
    x = math.pi * (2 * u - 1)
    return np.asarray(np.sin(x[0]) + A * np.sin(x[1]) ** 2 + B * x[2] ** 4 * np.sin(x[0]))


def test_sobol_indices_of_ishigami() -> None:
    """First and total indices equal the analytic ones within 0.02, and SALib's on the same design within 0.01."""
    # Ishigami and Homma 1990: V1 = ½(1 + Bπ⁴/5)², V2 = A²/8, V13 = B²π⁸(1/18 − 1/50).
    v1, v2, v13 = 0.5 * (1 + B * math.pi**4 / 5) ** 2, A**2 / 8, B**2 * math.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    found = sensitivity.function_sobol(ishigami, 3, 4096)
    assert np.allclose(found.first, [v1 / total, v2 / total, 0], atol=0.02)
    assert np.allclose(found.total, [(v1 + v13) / total, v2 / total, v13 / total], atol=0.02)
    assert (found.first_error < 0.05).all()
    names = np.arange(6, dtype=np.uint64)
    design = sensitivity.sobol_design(Sampler(0, "sobol", 4096, tuple(range(6))).uniform(names, 0, 4096))
    blocks = ishigami(design).reshape(5, 4096)
    # SALib interleaves: A, AB1 … AB3, B for each base point.
    theirs = salib_sobol.analyze(
        PROBLEM, np.concatenate([blocks[:1], blocks[2:], blocks[1:2]]).T.ravel(), calc_second_order=False
    )
    assert np.allclose(found.first, theirs["S1"], atol=0.01)
    assert np.allclose(found.total, theirs["ST"], atol=0.01)


def test_borgonovo_delta_is_that_of_salib() -> None:
    """δ of Ishigami's inputs agrees with SALib's, without its bootstrap, within 0.005."""
    u = np.random.default_rng(4).random((3, 600))
    score = ishigami(u)
    classes = math.ceil(600 ** (2 / (7 + math.tanh((1500 - 600) / 500))))
    grid, edges = np.linspace(score.min(), score.max(), 100), np.linspace(0, 600, classes + 1)
    theirs = [salib_delta.calc_delta(score, grid, row, edges) for row in u]
    ours = sensitivity.borgonovo(u, score)
    assert np.allclose(ours, theirs, atol=0.005)
    assert sensitivity.borgonovo(np.ones((1, 600)), score)[0] == 0
    with pytest.raises(EngineError, match="too few"):
        sensitivity.borgonovo(u[:, :10], score[:10])


def test_regression_coefficients_of_a_linear_model() -> None:
    """For y = 3a − 4b with equal variances the coefficients are 0.6 and −0.8 and R² is one; ranks see monotone ones."""
    a, b, c = np.random.default_rng(3).normal(size=(3, 5000))
    found = sensitivity.regression(np.array([a, b, c]), 3 * a - 4 * b)
    assert np.allclose(found.values, [0.6, -0.8, 0], atol=0.03)
    assert found.explained == pytest.approx(1.0)
    bent = sensitivity.regression(np.array([a, c]), np.exp(4 * a))
    assert bent.explained_ranks > 0.99 > bent.explained
    with pytest.raises(EngineError, match="too few"):
        sensitivity.regression(np.ones((5, 6)), np.ones(6))


def test_sobol_indices_of_a_screened_score() -> None:
    """For small σ the score is nearly linear: first indices are the first-order shares, and total equals first."""
    given = system(40, 3, sigma=0.05)
    reduced = reduce(given, CLIMATE, 38, coverage=0.99)
    found, chosen = sensitivity.sobol(reduced, 512, most=6)
    _, variances = distributions.moments(reduced.parameters)
    table = {
        (int(m), int(e)): s
        for m, e, s in zip(reduced.table.matrix, reduced.table.exchange, reduced.table.shares, strict=True)
    }
    shares = np.array([table[int(i >= reduced.technosphere), int(reduced.draws.exchange[i])] for i in chosen])
    assert np.allclose(found.first, shares / shares.sum(), atol=0.03)
    assert np.allclose(found.total, found.first, atol=0.03)
    assert (variances > 0).all()
    assert len(exchange_parameters(given.snapshot.technosphere)) == len(given.snapshot.technosphere)
