"""Full Monte Carlo: against exact solutions of each sample, both implementations, any threads, any part of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.engine.system import System
from zuji.engine.uncertainty import copula, distributions, monte_carlo, random
from zuji.engine.uncertainty import run as run_module
from zuji.engine.uncertainty.layout import drawn, exchange_parameters, layout
from zuji.engine.uncertainty.monte_carlo import MonteCarlo, Progress
from zuji.engine.uncertainty.sampler import LATIN, SOBOL, Sampler
from zuji.errors import EngineError

from .uncertain_systems import FACTORS, system


def run(given: System, n: int, **options: Any) -> MonteCarlo:
    """A run over both methods."""
    return monte_carlo.monte_carlo(given, options.pop("factors", FACTORS), n, **options)


def exact(given: System, sampler: Sampler, n: int, groups: tuple[copula.Correlation, ...] = ()) -> np.ndarray:
    """Scores (methods, activities, n) by a dense solve of A and B in the order of the snapshot: Aᵀ·y = Bᵀ·c, with y
    turned from products to what the activity delivers (minus for a waste treatment)."""
    snapshot = given.snapshot
    blocks = []
    for block in (snapshot.technosphere, snapshot.biosphere):
        uids = np.asarray(block.uid, dtype=np.uint64)
        values = distributions.draw(exchange_parameters(block), sampler.uniform(uids, 0, n))
        for group in groups:
            z = group.normal(sampler.seed, 0, n)
            for k in np.flatnonzero(np.isin(uids, group.uids)):
                row = z[np.searchsorted(group.uids, uids[k])][None]
                values[k] = distributions.draw_from_normal(exchange_parameters(block)[np.array([k])], row)[0]
        blocks.append(values)
    size = len(snapshot.activities)
    found = np.empty((FACTORS.shape[1], size, n))
    made = np.zeros(size)
    own = snapshot.technosphere.production
    made[snapshot.technosphere.column[own]] = snapshot.technosphere.signed[own]
    for s in range(n):
        a, b = np.zeros((size, size)), np.zeros((len(snapshot.flows), size))
        np.add.at(
            a, (snapshot.technosphere.row, snapshot.technosphere.column), snapshot.technosphere.sign * blocks[0][:, s]
        )
        np.add.at(b, (snapshot.biosphere.row, snapshot.biosphere.column), snapshot.biosphere.sign * blocks[1][:, s])
        found[:, :, s] = (np.linalg.solve(a.T, b.T @ FACTORS) * np.sign(made)[:, None]).T
    return found


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.sampled_from([0.05, 0.2, 0.5]))
def test_every_sample_is_the_exact_solution_of_its_draws(seed: int, credits: bool, mixed: bool, sigma: float) -> None:
    """Every score of every sample is within 1e-6 of a dense solve, with credits, loops, waste and all distributions."""
    given_system = system(30, seed, credits=credits, mixed=mixed, sigma=sigma)
    found = run(given_system, 16, seed=seed, check=2)
    expected = exact(given_system, Sampler(seed), 16)
    gross = np.abs(expected).max(axis=2, keepdims=True)
    assert np.max(np.abs(found.samples - expected) / np.maximum(np.abs(expected), 1e-3 * gross)) <= 1e-6
    assert found.certified
    assert found.unphysical == 0 or sigma == 0.5
    assert found.rung == monte_carlo.RUNG_C


@pytest.mark.parametrize("options", [{}, {"credits": True}, {"mixed": True}, {"sigma": 0.6}])
def test_reference_and_compiled_runs_agree(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without numba the NumPy/SciPy run gives the same scores within the certified error."""
    given_system = system(48, 4, **options)
    fast = run(given_system, 24, seed=9, check=1)
    monkeypatch.setenv("ZUJI_ENGINE", "reference")
    slow = run(given_system, 24, seed=9, check=1)
    assert slow.certified
    assert np.max(np.abs(fast.samples - slow.samples) / np.abs(slow.samples).max(axis=2, keepdims=True)) < 1e-6


def test_bytes_do_not_depend_on_threads_or_on_where_a_run_is_cut() -> None:
    """1, 2 and 5 threads give identical bytes; iterations 64 to 127 alone are those of the whole run."""
    given_system = system(60, 2, credits=True, mixed=True)
    one = run(given_system, 128, seed=3)
    for threads in (2, 5):
        assert run(given_system, 128, seed=3, threads=threads).samples.tobytes() == one.samples.tobytes()
    assert np.array_equal(run(given_system, 64, seed=3, start=64).samples, one.samples[:, :, 64:])
    assert np.array_equal(run(given_system, 21, seed=3).samples, one.samples[:, :, :21])
    assert not np.array_equal(run(given_system, 128, seed=4).samples, one.samples)


def test_one_product_has_the_samples_that_it_has_among_all() -> None:
    """Restricted to its upstream closure a run draws less and gives the same samples, upstream, in the core, below."""
    given_system = system(60, 2)
    whole = run(given_system, 32, seed=3)
    for activity in (3, 25, 55):
        part = layout(given_system, FACTORS, [activity])
        assert part.size < given_system.plan.size
        alone = run(given_system, 32, seed=3, activities=[activity, activity])
        assert np.allclose(alone.samples[:, 0], whole.samples[:, activity], rtol=5e-7)
        assert np.array_equal(alone.samples[:, 0], alone.samples[:, 1])


def test_stratified_and_correlated_runs_are_exact() -> None:
    """Latin hypercube, Sobol and correlated draws enter the solved system as drawn, also in the last partial batch."""
    given_system = system(30, 5, mixed=True)
    uids = np.asarray(given_system.snapshot.technosphere.uid[given_system.snapshot.technosphere.uncertain])
    for sampler in (Sampler(1, LATIN, 13), Sampler(1, SOBOL, 13, tuple(uids[:3].tolist()))):
        found = run(given_system, 13, sampler=sampler, check=3)
        assert found.certified
        assert np.allclose(found.samples, exact(given_system, sampler, 13), rtol=1e-6)
    group = copula.correlation(uids[:2].tolist(), [[1.0, 0.9], [0.9, 1.0]])
    found = run(given_system, 16, seed=1, correlations=[group], check=2)
    assert found.certified
    assert np.allclose(found.samples, exact(given_system, Sampler(1), 16, (group,)), rtol=1e-6)


def test_a_sample_that_does_not_settle_gets_its_own_factorisation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given too few steps, each sample is factorised: same scores, rung and iterations named."""
    given_system = system(40, 6, sigma=0.3)
    usual = run(given_system, 16, seed=2)
    monkeypatch.setattr(run_module, "MOST_STEPS", 3)
    short = run(given_system, 16, seed=2, check=2)
    assert len(short.refactorised) == 16
    assert short.rung == monte_carlo.RUNG_D
    assert short.certified
    assert np.allclose(short.samples, usual.samples, rtol=1e-6)


def test_loops_that_gain_in_a_sample_are_counted() -> None:
    """A two-process loop with gain 0.95² and wide uncertainty draws gains above one: negative scores are counted."""
    from zuji.engine.snapshot import Snapshot, exchanges

    technosphere = exchanges(
        row=[0, 1, 1, 0], column=[0, 1, 0, 1], value=[1, 1, 0.95, 0.95], sign=[1, 1, -1, -1],
        production=[True, True, False, False], distribution=[1, 1, 2, 2], loc=np.log([1, 1, 0.95, 0.95]),
        scale=[np.nan, np.nan, 0.2, 0.2],
    )  # fmt: skip
    loop = System.of(
        Snapshot.build(
            activities=["a", "b"], flows=["CO2"], technosphere=technosphere,
            biosphere=exchanges(row=[0], column=[0], value=[1.0], uid=[10]),
        )
    )  # fmt: skip
    found = monte_carlo.monte_carlo(loop, np.ones(1), 64, check=4)
    uids = np.array([2, 3], dtype=np.uint64)
    gains = np.exp(2 * np.log(0.95) + 0.2 * random.normal(0, uids, 0, 64).sum(axis=0))
    assert found.unphysical == int((gains > 1).sum()) > 0
    assert np.allclose(found.samples[0, 0], 1 / (1 - gains), rtol=1e-6)
    assert found.certified


def test_progress_and_cancel_leave_a_usable_beginning() -> None:
    """A cancelled run returns the samples up to then, equal to those of the whole run, and says that it is partial."""
    given_system = system(30, 1)
    seen: list[Progress] = []
    found = run(given_system, 400, seed=1, progress=seen.append, cancelled=lambda: len(seen) >= 3)
    assert found.partial
    assert found.completed == seen[-1].done == 24
    assert [p.done for p in seen] == [8, 16, 24]
    assert all(p.total == 400 and p.rate > 0 and p.remaining > 0 for p in seen)
    assert np.array_equal(found.samples, run(given_system, 24, seed=1).samples)


def test_without_uncertainty_all_samples_are_the_score() -> None:
    """A snapshot whose exchanges are all certain gives its score in every sample."""
    from dataclasses import replace

    from zuji.engine.snapshot import Snapshot

    snapshot = system(30, 1).snapshot
    plain = [
        replace(block, distribution=np.zeros(len(block), dtype=np.uint8))
        for block in (snapshot.technosphere, snapshot.biosphere)
    ]
    certain = System.of(
        Snapshot.build(
            activities=list(snapshot.activities), flows=list(snapshot.flows), technosphere=plain[0], biosphere=plain[1]
        )
    )
    samples = run(certain, 8).samples
    assert np.array_equal(samples[:, :, 0], samples[:, :, 7])
    assert np.allclose(samples[:, :, :1], exact(certain, Sampler(0), 1), rtol=1e-7)


def test_bad_requests_are_named() -> None:
    """A start inside a batch, an unknown activity, factors of another size and a bad distribution say what is wrong."""
    given_system = system(30, 1)
    with pytest.raises(EngineError, match="multiple of 8"):
        run(given_system, 8, start=3)
    with pytest.raises(EngineError, match="activity 99"):
        run(given_system, 8, activities=[99])
    with pytest.raises(EngineError, match="do not fit 3 flows"):
        run(given_system, 8, factors=np.ones((2, 1)))
    with pytest.raises(EngineError, match="not a finite number"):
        run(given_system, 8, factors=np.array([[np.nan], [1.0], [1.0]]))
    block = given_system.snapshot.technosphere
    scale = np.where(np.arange(len(block)) == np.flatnonzero(block.uncertain)[0], -1.0, block.scale)
    from dataclasses import replace

    broken = replace(given_system, snapshot=replace(given_system.snapshot, technosphere=replace(block, scale=scale)))
    with pytest.raises(EngineError, match=r"a\d+: a\d+: lognormal .*scale has to be above zero"):
        run(broken, 8)


def test_reference_draws_are_those_of_the_buffers() -> None:
    """What the kernels put into the buffers equals the NumPy reference to the last bit, exchange by exchange."""
    given_system = system(60, 2, mixed=True, credits=True)
    made = run_module.Run(given_system, FACTORS, None, Sampler(5))
    buffers = made.buffers()
    made.sample(40, buffers)
    parts = made.layout
    values = np.repeat(parts.certain[:, None], 8, axis=1)
    np.add.at(
        values, parts.technosphere.place,
        drawn(parts.technosphere, Sampler(5), 40, 8, ()) * parts.technosphere.weight[:, None],
    )  # fmt: skip
    assert np.allclose(buffers[0], values, rtol=4e-16)
    emitted = drawn(parts.biosphere, Sampler(5), 40, 8, ())
    assert np.array_equal(buffers[1][parts.biosphere.place], emitted)
