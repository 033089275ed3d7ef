"""What samples say: percentiles, interval, histogram, probability that A < B, and how well each of them is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from zuji.engine.columns import Floats
from zuji.errors import EngineError

PERCENTILES = (2.5, 5.0, 25.0, 50.0, 75.0, 95.0, 97.5)


@dataclass(frozen=True)
class Summary:
    """The distribution of one score [score unit]."""

    n: int
    mean: float
    deviation: float
    """Standard deviation of the samples (n − 1)."""
    mean_error: float
    """Standard error of the mean."""
    percentiles: tuple[tuple[float, float], ...]
    """(percent, value); linear between order statistics (Hyndman and Fan's type 7)."""
    interval: tuple[float, float]
    """The central interval of `level`."""
    level: float
    minimum: float
    maximum: float

    @property
    def median(self) -> float:
        """The 50th percentile."""
        return dict(self.percentiles)[50.0]

    @property
    def variation(self) -> float:
        """Standard deviation over |mean| [1]; NaN for a mean of zero."""
        return self.deviation / abs(self.mean) if self.mean else math.nan


def summary(samples: npt.ArrayLike, level: float = 0.95, percentiles: Sequence[float] = PERCENTILES) -> Summary:
    """The summary of one score's samples; raises EngineError for fewer than two or one that is not a number."""
    values = _checked(samples)
    if not 0 < level < 1:
        raise EngineError(f"an interval of {level} is not a share between 0 and 1")
    asked = sorted({*percentiles, 50.0})
    found = np.percentile(values, asked)
    low, high = np.percentile(values, [50 * (1 - level), 50 * (1 + level)])
    deviation = float(values.std(ddof=1))
    return Summary(
        n=len(values),
        mean=float(values.mean()),
        deviation=deviation,
        mean_error=deviation / math.sqrt(len(values)),
        percentiles=tuple(zip(asked, found.tolist(), strict=True)),
        interval=(float(low), float(high)),
        level=level,
        minimum=float(values.min()),
        maximum=float(values.max()),
    )


def _checked(samples: npt.ArrayLike) -> Floats:
    values = np.asarray(samples, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise EngineError(f"samples of shape {values.shape}: two or more numbers of one score are needed")
    if not np.isfinite(values).all():
        raise EngineError(f"{int((~np.isfinite(values)).sum())} of {len(values)} samples are not finite numbers")
    return values


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of samples between ascending edges; the last bin holds its upper edge."""

    edges: Floats
    counts: npt.NDArray[np.int64]


def histogram(samples: npt.ArrayLike, bins: int | None = None) -> Histogram:
    """A histogram with `bins` bins, by default as many as Freedman and Diaconis advise, between 5 and 200."""
    values = _checked(samples)
    if bins is None:
        q1, q3 = np.percentile(values, [25, 75])
        width = 2 * (q3 - q1) / len(values) ** (1 / 3)
        bins = int(np.clip(np.ceil(np.ptp(values) / width), 5, 200)) if width > 0 else 5
    counts, edges = np.histogram(values, bins=bins)
    return Histogram(edges, counts.astype(np.int64))


@dataclass(frozen=True)
class Comparison:
    """A against B on the same draws."""

    probability: float
    """That A is less than B; ties count half [1]."""
    error: float
    """Its standard error [1]."""
    difference: Summary
    """Of A − B."""


def compare(a: npt.ArrayLike, b: npt.ArrayLike, level: float = 0.95) -> Comparison:
    """The probability that A < B from paired samples; raises EngineError unless there are as many of both."""
    left, right = _checked(a), _checked(b)
    if len(left) != len(right):
        raise EngineError(f"{len(left)} samples of A and {len(right)} of B are not pairs")
    less = np.where(left < right, 1.0, np.where(left == right, 0.5, 0.0))
    return Comparison(float(less.mean()), float(less.std(ddof=1) / math.sqrt(len(less))), summary(left - right, level))


def percentile_error(samples: npt.ArrayLike, percent: float) -> float:
    """The standard error of a percentile, from the spread of the order statistics around it.

    Half the distance between the order statistics at n·p ± √(n·p·(1−p)), one standard deviation of the binomial
    number of samples below the true percentile; no density has to be estimated.
    """
    values = np.sort(_checked(samples))
    n, p = len(values), percent / 100
    if not 0 < p < 1:
        raise EngineError(f"{percent} is not a percentile between 0 and 100")
    spread = math.sqrt(n * p * (1 - p))
    low, high = (min(max(n * p + side * spread - 0.5, 0), n - 1) for side in (-1, 1))
    at = np.interp([low, high], np.arange(n), values)
    return float(at[1] - at[0]) / 2


@dataclass(frozen=True, eq=False)
class Convergence:
    """How the mean and the percentiles settled as samples came in."""

    n: npt.NDArray[np.int64]
    mean: Floats
    mean_error: Floats
    percents: tuple[float, ...]
    percentiles: Floats
    """(percents, n)"""
    percentile_errors: Floats
    """(percents, n)"""


def convergence(samples: npt.ArrayLike, percents: Sequence[float] = (5.0, 50.0, 95.0), points: int = 40) -> Convergence:
    """The running mean and percentiles with their standard errors at about `points` numbers of samples."""
    values = _checked(samples)
    numbers = np.unique(np.geomspace(min(8, len(values)), len(values), points).astype(np.int64))
    heads = [values[:n] for n in numbers]
    return Convergence(
        n=numbers,
        mean=np.array([head.mean() for head in heads]),
        mean_error=np.array([head.std(ddof=1) / math.sqrt(len(head)) for head in heads]),
        percents=tuple(percents),
        percentiles=np.array([np.percentile(head, percents) for head in heads]).T,
        percentile_errors=np.array([[percentile_error(head, p) for head in heads] for p in percents]),
    )


def until_precision(
    sample: Callable[[int, int], npt.ArrayLike],
    precision: float,
    *,
    percents: Sequence[float] = (),
    confidence: float = 0.95,
    block: int = 256,
    least: int = 256,
    most: int = 100_000,
) -> tuple[Floats, bool]:
    """Samples from `sample(start, count)` until the mean and `percents` are known to `precision`, and whether they are.

    Known to 0.01 means: the half width of the confidence interval is 1 % of |mean|, with the normal quantile of
    `confidence`. At most `most` samples; at least `least`, since the first few may agree by chance.
    """
    if not 0 < precision < 1 or not 0 < confidence < 1:
        raise EngineError(
            f"a precision of {precision} at a confidence of {confidence}: both are shares between 0 and 1"
        )
    width = float(special.ndtri(0.5 + confidence / 2))
    values = np.zeros(0)
    while len(values) < most:
        count = min(block if len(values) else max(block, least), most - len(values))
        new = np.asarray(sample(len(values), count), dtype=np.float64)
        values = np.concatenate([values, new])
        errors = [values.std(ddof=1) / math.sqrt(len(values)), *(percentile_error(values, p) for p in percents)]
        if len(values) >= min(least, most) and width * max(errors) <= precision * abs(values.mean()):
            return values, True
        if len(new) < count:
            break
    return values, False
