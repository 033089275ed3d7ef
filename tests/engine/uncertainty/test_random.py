"""Random numbers: known answers, the same bits by both implementations, and a battery of statistical tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from zuji.engine.uncertainty import kernels, random
from zuji.engine.uncertainty.sampler import LATIN, SOBOL, Sampler, leading_uids
from zuji.errors import EngineError

FULL = 0xFFFFFFFF
KNOWN = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([FULL] * 4, [FULL] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]
"""philox4x32 10 of the file kat_vectors in Random123 (D. E. Shaw Research)."""


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_published_answers(counter: list[int], key: list[int], answer: list[int]) -> None:
    """Philox4x32-10 agrees with the known-answer vectors of its authors."""
    found = random.philox(np.array(counter, dtype=np.uint32), np.array(key, dtype=np.uint32))
    assert found.tolist() == answer


def _kernel(seed: int, uids: np.ndarray, first: int, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    out = np.empty((len(uids), 8))
    kernels.draw_lognormals(
        np.uint64(seed & FULL), np.uint64(seed >> 32), np.uint64(random.DRAWS), np.uint64(first // 4),
        uids & np.uint64(FULL), uids >> np.uint64(32), mu, sigma, np.ones(len(uids)), np.arange(len(uids)), out,
    )  # fmt: skip
    return out


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**64 - 1),
    st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=150, unique=True),
    st.integers(0, 2**20).map(lambda k: 8 * k),
    st.floats(-50, 50),
    st.floats(1e-3, 3),
)
def test_compiled_draws_have_the_bits_of_the_reference(
    seed: int, uids: list[int], first: int, mu: float, sigma: float
) -> None:
    """The numba kernel and NumPy give lognormal draws that are equal to the last bit, for any seed, uid and block."""
    keys = np.array(uids, dtype=np.uint64)
    expected = random.exp(mu + sigma * random.normal(seed, keys, first, 8))
    found = _kernel(seed, keys, first, np.full(len(uids), mu), np.full(len(uids), sigma))
    assert np.array_equal(found, expected)


def test_draws_depend_on_nothing_but_seed_uid_and_iteration() -> None:
    """A draw is the same in any subset, order or stretch of iterations; another seed or stream gives another one."""
    uids = random.uids_of(f"e{i}" for i in range(50))
    whole = random.words(7, uids, 0, 101)
    order = np.random.default_rng(0).permutation(50)[:20]
    assert np.array_equal(random.words(7, uids[order], 0, 101), whole[order])
    assert np.array_equal(random.words(7, uids, 13, 30), whole[:, 13:43])
    assert not np.array_equal(random.words(8, uids, 0, 101), whole)
    assert not np.array_equal(random.words(7, uids, 0, 101, random.SHIFTS), whole)
    # FIPS 180-4: SHA-256 of "abc" begins ba7816bf 8f01cfea.
    assert random.uid_of("abc") == 0xEACF018FBF1678BA


def test_exp_log_and_inverse_normal_agree_with_independent_ones() -> None:
    """exp and log are within 4e-16 of numpy's, the normal quantile within 3e-15 of scipy's, tails included."""
    draw = np.random.default_rng(5)
    x = draw.uniform(-700, 700, 200_000)
    assert np.max(np.abs(random.exp(x) / np.exp(x) - 1)) < 4.5e-16
    y = np.concatenate([np.exp(x), draw.uniform(0.5, 2, 100_000)])
    assert np.max(np.abs(random.log(y) - np.log(y)) / np.maximum(np.abs(np.log(y)), 1e-300)) < 6e-16
    u = np.concatenate([draw.uniform(0, 1, 200_000), 2.0 ** -np.arange(2, 1000.0)])
    assert np.max(np.abs(random.inverse_normal(u) / special.ndtri(u) - 1)) < 3e-15
    assert np.array_equal(random.inverse_normal(1 - u[:1000]), -random.inverse_normal(1 - (1 - u[:1000])))
    assert random.exp(np.array([-1e9, 0.0, 1e9])).tolist()[1] == 1.0


@pytest.fixture(scope="module")
def u() -> np.ndarray:
    """400 streams of 5,000 numbers."""
    return random.uniform(random.words(20_261_123, np.arange(400, dtype=np.uint64), 0, 5000))


def test_moments_and_distribution(u: np.ndarray) -> None:
    """Mean, variance, skewness and kurtosis of 2 million normals lie within 4 standard errors; so does KS."""
    z = random.inverse_normal(u).ravel()
    n = len(z)
    assert abs(z.mean()) < 4 / math.sqrt(n)
    assert abs(z.var() - 1) < 4 * math.sqrt(2 / n)
    assert abs((z**3).mean()) < 4 * math.sqrt(15 / n)
    assert abs((z**4).mean() - 3) < 4 * math.sqrt(96 / n)
    assert stats.kstest(u.ravel()[:500_000], "uniform").pvalue > 1e-4
    # Across the streams the p-values themselves are uniform.
    each = [stats.kstest(row, "uniform").pvalue for row in u[:200]]
    assert stats.kstest(each, "uniform").pvalue > 1e-4


def test_no_correlation_within_or_across_streams(u: np.ndarray) -> None:
    """Serial correlations at lags 1 to 8 and correlations of neighbouring streams are those of independent numbers."""
    centred = (u - 0.5) * math.sqrt(12)
    n = centred.size
    for lag in range(1, 9):
        assert abs((centred[:, lag:] * centred[:, :-lag]).mean()) < 4.5 / math.sqrt(n - lag * len(u))
    across = (centred[1:] * centred[:-1]).mean(axis=1) * math.sqrt(u.shape[1])
    assert np.max(np.abs(across)) < 5
    assert stats.kstest(across, "norm").pvalue > 1e-4
    seeds = [random.uniform(random.words(seed, np.array([3], dtype=np.uint64), 0, 5000))[0] for seed in range(40)]
    matrix = np.corrcoef(seeds)[np.triu_indices(40, 1)] * math.sqrt(5000)
    assert np.max(np.abs(matrix)) < 5


def test_battery(u: np.ndarray) -> None:
    """Pairs in cells, runs, gaps, birthday spacings and single bits pass at a level of 1e-4 each."""
    flat = u.ravel()
    pairs = np.histogram2d(flat[0::2], flat[1::2], bins=64, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-4
    triples = np.histogramdd(flat[: 3 * (len(flat) // 3)].reshape(-1, 3), bins=16, range=[(0, 1)] * 3)[0]
    assert stats.chisquare(triples.ravel()).pvalue > 1e-4
    above = flat > 0.5
    runs = 1 + int((above[1:] != above[:-1]).sum())
    assert abs(runs - (1 + len(flat) / 2)) < 4 * math.sqrt(len(flat)) / 2
    gaps = np.diff(np.flatnonzero(flat < 0.1)) - 1
    counts = np.bincount(np.minimum(gaps, 40), minlength=41)
    expected = np.array([0.1 * 0.9**k for k in range(40)] + [0.9**40]) * len(gaps)
    assert stats.chisquare(counts, expected).pvalue > 1e-4
    words = random.words(1, np.arange(100, dtype=np.uint64), 0, 5000).ravel()
    for bit in range(32):
        ones = int(((words >> np.uint32(bit)) & np.uint32(1)).sum())
        assert abs(ones - len(words) / 2) < 4.5 * math.sqrt(len(words)) / 2
    # Marsaglia's birthday spacings: 512 birthdays in a year of 2^24 days give repeated spacings like Poisson(2).
    repeats = []
    for row in words[: 512 * 900].reshape(-1, 512):
        spacings = np.sort(np.diff(np.sort(row >> np.uint32(8))))
        repeats.append(int((spacings[1:] == spacings[:-1]).sum()))
    observed = np.bincount(np.minimum(repeats, 6), minlength=7)
    poisson = stats.poisson(512**3 / 2**26)
    chances = np.array([*poisson.pmf(range(6)), poisson.sf(5)])
    assert stats.chisquare(observed, chances * len(repeats)).pvalue > 1e-4


def test_avalanche() -> None:
    """Flipping one bit of seed, uid or iteration flips half of the output bits on average."""
    base = random.words(12345, np.array([67890], dtype=np.uint64), 4096, 400)
    for seed, uid, start in (
        (12345 ^ 1 << 40, 67890, 4096),
        (12345, 67890 ^ 1 << 50, 4096),
        (12345, 67890, 4096 ^ 2048),
    ):
        other = random.words(seed, np.array([uid], dtype=np.uint64), start, 400)
        flipped = np.unpackbits((base ^ other).view(np.uint8)).mean()
        assert abs(flipped - 0.5) < 4.5 * 0.5 / math.sqrt(400 * 32)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(0, 2**64 - 1), st.integers(0, 2**63))
def test_latin_hypercube_meets_every_stratum_once(n: int, seed: int, uid: int) -> None:
    """Over its n iterations a Latin hypercube has exactly one number in each of n strata, in blocks or at once."""
    sampler = Sampler(seed, LATIN, n)
    uids = np.array([uid, uid + 1], dtype=np.uint64)
    whole = sampler.uniform(uids, 0, n)
    assert np.array_equal(np.sort(np.floor(whole * n), axis=1), np.tile(np.arange(n), (2, 1)))
    half = n // 2
    assert np.array_equal(sampler.uniform(uids, half, n - half), whole[:, half:])


def test_sobol_is_balanced_and_shifted() -> None:
    """2^m Sobol points have one number in each of 2^m strata of every leading uid; other uids stay random draws."""
    sampler = Sampler(3, SOBOL, 256, leading=(11, 5, 900))
    uids = np.array([5, 7, 11, 900], dtype=np.uint64)
    found = sampler.uniform(uids, 0, 256)
    for row in (0, 2, 3):
        assert np.array_equal(np.sort(np.floor(found[row] * 256)), np.arange(256))
    assert np.array_equal(found[1], Sampler(3).uniform(uids, 0, 256)[1])
    assert np.array_equal(sampler.uniform(uids[::-1], 64, 32), found[::-1, 64:96])
    assert not np.array_equal(found[0], Sampler(4, SOBOL, 256, leading=(11, 5, 900)).uniform(uids, 0, 256)[0])


def test_stratified_samples_estimate_better() -> None:
    """The mean of a smooth function errs less with Latin and Sobol points than at random."""
    uids = np.arange(4, dtype=np.uint64)

    def errors(kind: str) -> float:
        found = []
        for seed in range(30):
            sampler = Sampler(seed, kind, 256, leading=tuple(range(4)) if kind == SOBOL else ())
            found.append(np.exp(sampler.uniform(uids, 0, 256).sum(axis=0)).mean() - (math.e - 1) ** 4)
        return float(np.sqrt(np.mean(np.square(found))))

    at_random = errors("random")
    assert errors(LATIN) < at_random / 2
    assert errors(SOBOL) < at_random / 5


def test_bad_samplers_are_refused() -> None:
    """An unknown kind, a seed out of range or a stratified sample without its length says what is wrong."""
    with pytest.raises(EngineError, match="known: random, latin, sobol"):
        Sampler(1, "halton")
    with pytest.raises(EngineError, match="seed"):
        Sampler(-1)
    with pytest.raises(EngineError, match="beforehand"):
        Sampler(1, LATIN)
    with pytest.raises(EngineError, match="beyond"):
        Sampler(1, LATIN, 10).uniform(np.array([1], dtype=np.uint64), 8, 4)
    assert leading_uids([4, 9, 2], np.array([1.0, 5.0, 1.0]), 2) == (9, 2)
