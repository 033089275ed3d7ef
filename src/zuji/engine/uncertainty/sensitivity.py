"""Which inputs a score's variance comes from, globally: regression, rank, Sobol and Borgonovo measures.

The first two and Borgonovo's need nothing but samples of inputs and score; Sobol's need the model, which for a screened
score is the reduced system and answers thousands of points a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats
from zuji.engine.uncertainty import distributions, random
from zuji.engine.uncertainty.sampler import SOBOL, Sampler
from zuji.engine.uncertainty.screened import Reduced
from zuji.errors import EngineError

SLICES = 48
"""Most classes of an input in Borgonovo's measure, as Plischke, Borgonovo and Smith use."""
GRID = 100
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Regression:
    """Standardised regression coefficients of the score on the inputs, of values and of ranks."""

    values: Floats
    """(inputs,): change of the score in standard deviations per standard deviation of the input."""
    ranks: Floats
    explained: float
    """R² of the regression on values [1]: how far the coefficients may be trusted; their squares then add up to it."""
    explained_ranks: float


def regression(inputs: Floats, score: Floats) -> Regression:
    """Coefficients from samples, inputs (inputs, samples); raises EngineError for fewer samples than inputs + 2."""
    inputs, score = _checked(inputs, score)
    if inputs.shape[1] < len(inputs) + 2:
        raise EngineError(f"{inputs.shape[1]} samples are too few for a regression on {len(inputs)} inputs")
    values, explained = _standardised(inputs, score)
    ranks, explained_ranks = _standardised(_ranks(inputs), _ranks(score[None])[0])
    return Regression(values, ranks, explained, explained_ranks)


def _checked(inputs: Floats, score: Floats) -> tuple[Floats, Floats]:
    inputs, score = np.atleast_2d(np.asarray(inputs, dtype=np.float64)), np.asarray(score, dtype=np.float64)
    if inputs.shape[1] != len(score) or score.ndim != 1:
        raise EngineError(f"inputs of shape {inputs.shape} do not fit {score.shape} scores: (inputs, samples) is meant")
    if not np.isfinite(inputs).all() or not np.isfinite(score).all():
        raise EngineError("a sample is not a finite number")
    return inputs, score


def _standardised(inputs: Floats, score: Floats) -> tuple[Floats, float]:
    spread = inputs.std(axis=1)
    moving = spread > 0
    found = np.zeros(len(inputs))
    if not moving.any() or score.std() == 0:
        return found, 0.0
    x = ((inputs - inputs.mean(axis=1, keepdims=True))[moving] / spread[moving, None]).T
    y = (score - score.mean()) / score.std()
    found[moving] = np.linalg.lstsq(x, y, rcond=None)[0]
    return found, float(1 - np.mean((y - x @ found[moving]) ** 2))


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Sobol:
    """Shares of the variance: `first` of an input alone, `total` with all its interactions, with standard errors."""

    first: Floats
    first_error: Floats
    total: Floats
    total_error: Floats
    evaluations: int


def sobol_design(u: Floats) -> Floats:
    """The points of Saltelli's radial design, (inputs, base·(inputs + 2)), from u of shape (2·inputs, base).

    Blocks of `base` points: A, B, then A with input i from B for each i (A. Saltelli et al., Comput. Phys. Commun. 181
    (2010) 259, doi:10.1016/j.cpc.2009.09.018).
    """
    count = len(u) // 2
    a, b = u[:count], u[count:]
    blocks = [a, b]
    for i in range(count):
        mixed = a.copy()
        mixed[i] = b[i]
        blocks.append(mixed)
    return np.concatenate(blocks, axis=1)


def sobol_indices(score: Floats, inputs: int, resamples: int = 200, seed: int = 0) -> Sobol:
    """First-order indices (Saltelli 2010) and total ones (Jansen 1999) of the scores at `sobol_design`'s points.

    Standard errors come from `resamples` bootstrap resamples of the base points, drawn with the counter-based
    generator.
    """
    score = np.asarray(score, dtype=np.float64)
    base, left = divmod(len(score), inputs + 2)
    if left or base < 2:
        raise EngineError(f"{len(score)} scores are not a design of {inputs} inputs with {inputs + 2} blocks")
    centred = score - score.mean()
    blocks = centred.reshape(inputs + 2, base)
    a, b, mixed = blocks[0], blocks[1], blocks[2:]

    def indices(chosen: Rows) -> tuple[Floats, Floats]:
        at_a, at_b, at_mixed = a[chosen], b[chosen], mixed[:, chosen]
        variance = np.concatenate([at_a, at_b]).var()
        if variance == 0:
            return np.zeros(inputs), np.zeros(inputs)
        first = (at_b * (at_mixed - at_a)).mean(axis=1) / variance
        return first, 0.5 * ((at_a - at_mixed) ** 2).mean(axis=1) / variance

    first, total = indices(np.arange(base))
    words = random.words(seed, np.arange(resamples, dtype=np.uint64), 0, base, random.CHECKS)
    drawn = [indices((row.astype(np.uint64) * np.uint64(base) >> np.uint64(32)).astype(np.intp)) for row in words]
    errors = [np.array([pair[k] for pair in drawn]).std(axis=0, ddof=1) for k in (0, 1)]
    return Sobol(first, errors[0], total, errors[1], len(score))


def sobol(reduced: Reduced, base: int = 1024, *, most: int = 20, seed: int = 0) -> tuple[Sobol, Rows]:
    """Sobol indices of the `most` strongest draws of a screened score (exchanges, factors), and their numbers.

    The other drawn exchanges stay at their mean. `base` (a power of two) points of a shifted Sobol sequence; the score
    is worked out `base·(inputs + 2)` times. Correlated exchanges have no Sobol indices: treat their group as one.
    """
    pairs = zip(reduced.table.matrix.tolist(), reduced.table.exchange.tolist(), strict=True)
    strongest = {pair: i for i, pair in enumerate(pairs)}
    ends = [reduced.technosphere, reduced.technosphere + len(reduced.emitted)]
    kinds = np.searchsorted(ends, np.arange(reduced.size), side="right")
    rank = np.array([strongest[int(k), int(e)] for k, e in zip(kinds, reduced.draws.exchange, strict=True)])
    chosen = np.argsort(rank)[:most]
    count = len(chosen)
    names = np.arange(2 * count, dtype=np.uint64)
    u = Sampler(seed, SOBOL, base, tuple(int(name) for name in names)).uniform(names, 0, base)
    points = sobol_design(u)
    values = np.repeat(reduced.mean[:, None], points.shape[1], axis=1)
    values[chosen] = distributions.draw(reduced.parameters[chosen], points)
    return sobol_indices(reduced.scores(values), count, seed=seed), chosen


def function_sobol(model: Callable[[Floats], Floats], inputs: int, base: int = 1024, *, seed: int = 0) -> Sobol:
    """Sobol indices of a function of `inputs` uniform numbers, called once with all points, shape (inputs, points)."""
    names = np.arange(2 * inputs, dtype=np.uint64)
    u = Sampler(seed, SOBOL, base, tuple(int(name) for name in names)).uniform(names, 0, base)
    return sobol_indices(model(sobol_design(u)), inputs, seed=seed)


def borgonovo(inputs: Floats, score: Floats) -> Floats:
    """Borgonovo's δ of each input from given samples: half the mean distance of the score's density with and without
    knowing the input, from 0 to 1.

    Estimator of E. Plischke, E. Borgonovo, C. L. Smith, Eur. J. Oper. Res. 226 (2013) 536,
    doi:10.1016/j.ejor.2012.11.047: samples sorted by the input into classes of equal size, densities by Gaussian
    kernels on a grid. Values below about 0.05 are not distinguishable from none at a thousand samples.
    """
    from scipy.stats import gaussian_kde

    inputs, score = _checked(inputs, score)
    n = len(score)
    if n < 50:
        raise EngineError(f"{n} samples are too few for densities in classes; 50 are the least")
    if score.std() == 0:
        return np.zeros(len(inputs))
    exponent = 2.0 / (7.0 + np.tanh((1500.0 - n) / 500.0))
    classes = int(min(np.ceil(n**exponent), SLICES))
    grid = np.linspace(score.min(), score.max(), GRID)
    whole = gaussian_kde(score, bw_method="silverman")(grid)
    found = np.zeros(len(inputs))
    for i, values in enumerate(inputs):
        if np.ptp(values) == 0:
            continue
        order = np.argsort(values, kind="stable")
        total = 0.0
        for part in np.array_split(order, classes):
            if np.ptp(score[part]) > 0:
                density = gaussian_kde(score[part], bw_method="silverman")(grid)
                total += len(part) / n * float(np.trapezoid(np.abs(whole - density), grid)) / 2
            else:
                total += len(part) / n
        found[i] = total
    return found
