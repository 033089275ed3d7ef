"""Distributions as Brightway states them, in the fields of stats_arrays."""

from __future__ import annotations

import math
from collections.abc import MutableMapping

from zuji.background.importers.records import Distribution, Uncertainty

PERT_SHAPE = 4.0
"""The shape of a beta-PERT distribution that states none."""


def uncertainty(
    kind: float, loc: float, scale: float, shape: float, low: float, high: float, ignored: MutableMapping[str, int]
) -> Uncertainty | None:
    """The distribution with this number in stats_arrays; those that are not kept are counted in `ignored`.

    Truncations of a normal or lognormal distribution are not kept.
    """
    if math.isnan(kind) or kind in (0, 1):
        return None
    match kind:
        case Distribution.LOGNORMAL | Distribution.NORMAL:
            return Uncertainty(Distribution(int(kind)), loc, scale)
        case Distribution.UNIFORM | Distribution.TRIANGULAR:
            return Uncertainty(Distribution(int(kind)), loc, math.nan, low, high)
        case Distribution.GAMMA:
            return Uncertainty(Distribution.GAMMA, shape, scale, 0.0 if math.isnan(loc) else loc)
        case Distribution.BETA_PERT if math.isnan(shape) or shape == PERT_SHAPE:
            return Uncertainty(Distribution.BETA_PERT, loc, math.nan, low, high)
    feature = f"Brightway uncertainty type {kind:g}"
    ignored[feature] = ignored.get(feature, 0) + 1
    return None


def negated(given: Uncertainty | None) -> Uncertainty | None:
    """The distribution of the negative amount; None for one that has no such form.

    A lognormal distribution is that of the absolute amount.
    """
    if given is None or given.kind is Distribution.LOGNORMAL:
        return given
    if given.kind is Distribution.GAMMA:
        return None
    return Uncertainty(given.kind, -given.loc, given.scale, -given.maximum, -given.minimum)
