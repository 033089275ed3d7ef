"""Mean and variance of every distribution in closed form, bounds included."""

from __future__ import annotations

import numpy as np
from scipy import special

from zuji.engine.columns import Floats
from zuji.engine.uncertainty.parameters import (
    BERNOULLI,
    DISCRETE_UNIFORM,
    GAMMA,
    LOGNORMAL,
    NORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
    Parameters,
    beta_of,
    mode_of,
    offset,
)


def moments(given: Parameters) -> tuple[Floats, Floats]:
    """Mean and variance of each quantity, bounds included, in closed form."""
    mean, variance = given.value.copy(), np.zeros(len(given))
    for id in np.unique(given.id[given.uncertain]):
        rows = given.id == id
        mean[rows], variance[rows] = _moments(int(id), given[rows])
    return mean, variance


def _moments(id: int, p: Parameters) -> tuple[Floats, Floats]:
    if id in (LOGNORMAL, NORMAL, GAMMA, WEIBULL):
        return _truncated(id, p)
    if id == BERNOULLI:
        return p.loc, p.loc * (1 - p.loc)
    least, most = p.minimum, p.maximum
    if id == DISCRETE_UNIFORM:
        least = np.where(np.isnan(least), 0.0, least)
        return (least + most - 1) / 2, ((most - least) ** 2 - 1) / 12
    if id == UNIFORM:
        return (least + most) / 2, (most - least) ** 2 / 12
    if id == TRIANGULAR:
        c = mode_of(p)
        return (least + c + most) / 3, ((most - least) ** 2 - (c - least) * (most - c)) / 18
    alpha, beta, least, most = beta_of(p)
    total = alpha + beta
    return least + (most - least) * alpha / total, (most - least) ** 2 * alpha * beta / (total**2 * (total + 1))


def _truncated(id: int, p: Parameters) -> tuple[Floats, Floats]:
    """Mean and variance of a lognormal, normal, gamma or Weibull between its bounds."""
    flipped = p.negative & (id in (LOGNORMAL, GAMMA))
    least = np.where(np.isnan(p.minimum), -np.inf, p.minimum)
    most = np.where(np.isnan(p.maximum), np.inf, p.maximum)
    low, high = np.where(flipped, -most, least), np.where(flipped, -least, most)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if id == NORMAL:
            a, b = (low - p.loc) / p.scale, (high - p.loc) / p.scale
            mass = special.ndtr(b) - special.ndtr(a)
            at_a, at_b = (np.exp(-x * x / 2) / np.sqrt(2 * np.pi) for x in (a, b))
            shift = (at_a - at_b) / mass
            slope = (np.where(np.isinf(a), 0.0, a) * at_a - np.where(np.isinf(b), 0.0, b) * at_b) / mass
            return p.loc + p.scale * shift, p.scale**2 * (1 + slope - shift**2)
        if id == LOGNORMAL:
            a, b = (
                (np.log(np.maximum(low, 0.0)) - p.loc) / p.scale,
                (np.log(np.maximum(high, 0.0)) - p.loc) / p.scale,
            )
            mass = special.ndtr(b) - special.ndtr(a)
            first, second = (
                np.exp(k * p.loc + (k * p.scale) ** 2 / 2)
                * (special.ndtr(b - k * p.scale) - special.ndtr(a - k * p.scale))
                / mass
                for k in (1, 2)
            )
            variance = second - first**2
            free = (a == -np.inf) & (b == np.inf)
            # Without bounds e^σ² − 1 keeps the digits that the difference loses for small σ.
            variance = np.where(free, np.expm1(p.scale**2) * first**2, variance)
            return np.where(flipped, -first, first), variance
        begin = offset(p)
        a, b = (np.maximum(x - begin, 0.0) / p.scale for x in (low, high))
        if id == WEIBULL:
            a, b = a**p.shape, b**p.shape
            orders = [1 + k / p.shape for k in range(3)]
        else:
            orders = [p.shape + k for k in range(3)]
        parts = [special.gammainc(order, b) - special.gammainc(order, a) for order in orders]
        first, second = (
            p.scale**k * np.exp(special.gammaln(orders[k]) - special.gammaln(orders[0])) * parts[k] / parts[0]
            for k in (1, 2)
        )
        mean = begin + first
        return np.where(flipped, -mean, mean), second - first**2
