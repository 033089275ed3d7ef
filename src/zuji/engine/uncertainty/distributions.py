"""The distributions of `stats_arrays` by its ids and parameters: quantiles, moments and checks, by columns.

Every draw is a quantile of one uniform number, so paired and stratified samples work for every distribution alike.
`minimum` and `maximum` truncate a lognormal, normal, gamma or Weibull: u is mapped to F(minimum) + u·(F(maximum) −
F(minimum)), which is the distribution that rejection gives, without its loop. For the others they are parameters.

Lognormals and normals without bounds, uniforms, triangulars, discrete uniforms and Bernoullis are made of basic
operations (see `random`) and have the same bits everywhere; beta, PERT, gamma, Weibull and truncated ones use
`scipy.special` and agree between machines to its accuracy, about 1e-13.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from zuji.engine.columns import Floats
from zuji.engine.uncertainty import random
from zuji.engine.uncertainty.moments import moments
from zuji.engine.uncertainty.parameters import (
    BERNOULLI,
    BETA,
    DISCRETE_UNIFORM,
    GAMMA,
    LOGNORMAL,
    NAMES,
    NONE,
    NORMAL,
    PERT,
    TRIANGULAR,
    UNDEFINED,
    UNIFORM,
    WEIBULL,
    Parameters,
    beta_of,
    cdf_bounds,
    check,
    mode_of,
    offset,
    parameters,
)

__all__ = [
    "BERNOULLI",
    "BETA",
    "DISCRETE_UNIFORM",
    "GAMMA",
    "LOGNORMAL",
    "NAMES",
    "NONE",
    "NORMAL",
    "PERT",
    "TRIANGULAR",
    "UNDEFINED",
    "UNIFORM",
    "WEIBULL",
    "Parameters",
    "check",
    "draw",
    "draw_from_normal",
    "median",
    "moments",
    "parameters",
]


def draw(given: Parameters, u: Floats) -> Floats:
    """The quantile of each quantity at its uniform numbers; u and the result have shape (quantities, samples)."""
    x = np.empty(u.shape)
    low, high = cdf_bounds(given)
    cut = (low > 0) | (high < 1)
    if cut.any():
        u = np.where(cut[:, None], low[:, None] + u * (high - low)[:, None], u)
        # A bound far out may round u to 0 or 1, where quantiles are infinite.
        u = np.clip(u, 2.0**-1000, 1 - 2.0**-53)
    for id in np.unique(given.id):
        rows = given.id == id
        x[rows] = _quantile(int(id), given[rows], u[rows])
    if cut.any():
        least = np.where(np.isnan(given.minimum), -np.inf, given.minimum)[:, None]
        most = np.where(np.isnan(given.maximum), np.inf, given.maximum)[:, None]
        x = np.where(cut[:, None], np.minimum(np.maximum(x, least), most), x)
    return x


def draw_from_normal(given: Parameters, z: Floats) -> Floats:
    """The quantile of each quantity at standard normal numbers, as correlated draws come; shape as z."""
    low, high = cdf_bounds(given)
    direct = np.isin(given.id, (LOGNORMAL, NORMAL)) & (low == 0) & (high == 1)
    x = np.empty(z.shape)
    x[direct] = _from_normal(given[direct], z[direct])
    x[~direct] = draw(given[~direct], np.clip(special.ndtr(z[~direct]), 2.0**-1000, 1 - 2.0**-53))
    return x


def _from_normal(p: Parameters, z: Floats) -> Floats:
    plain = p.loc[:, None] + p.scale[:, None] * z
    log = (p.id == LOGNORMAL)[:, None]
    sign = np.where(p.negative, -1.0, 1.0)[:, None]
    return np.where(log, sign * random.exp(np.where(log, plain, 0.0)), plain)


def _quantile(id: int, p: Parameters, u: Floats) -> Floats:
    column = {name: getattr(p, name)[:, None] for name in ("loc", "scale", "shape", "minimum", "maximum")}
    if id <= NONE:
        return np.broadcast_to(p.value[:, None], u.shape)
    if id in (LOGNORMAL, NORMAL):
        return _from_normal(p, random.inverse_normal(u))
    if id == BERNOULLI:
        return np.asarray(u > 1 - column["loc"], dtype=np.float64)
    if id in (GAMMA, WEIBULL):
        size = special.gammaincinv(column["shape"], u) if id == GAMMA else (-np.log1p(-u)) ** (1 / column["shape"])
        x = offset(p)[:, None] + column["scale"] * size
        return np.asarray(np.where(p.negative[:, None], -x, x) if id == GAMMA else x)
    least, most = column["minimum"], column["maximum"]
    if id == DISCRETE_UNIFORM:
        least = np.where(np.isnan(least), 0.0, least)
        return np.asarray(np.minimum(least + np.floor(u * (most - least)), most - 1))
    if id == UNIFORM:
        return np.asarray(least + u * (most - least))
    if id == TRIANGULAR:
        span, mode = most - least, mode_of(p)[:, None]
        rising = u * span <= mode - least
        up = least + np.sqrt(u * span * (mode - least))
        down = most - np.sqrt((1 - u) * span * (most - mode))
        return np.asarray(np.where(rising, up, down))
    alpha, beta, least, most = (part[:, None] for part in beta_of(p))
    return np.asarray(least + (most - least) * special.betaincinv(alpha, beta, u))


def median(given: Parameters) -> Floats:
    """The median of each quantity, bounds included (the lower of the two middle values of a discrete one)."""
    return draw(given, np.full((len(given), 1), 0.5))[:, 0]
