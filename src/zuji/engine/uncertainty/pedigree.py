"""Pedigree ratings → lognormal: the basic variance of a kind of exchange plus one variance for each rating.

The variances are those of ln x. Ratings 1 to 5 of five indicators: B. P. Weidema et al., "Overview and methodology:
data quality guideline for the ecoinvent database version 3", ecoinvent report 1 (v3), 2013, section 10.2.3 (additional
uncertainty) and 10.2.2 (basic uncertainty). The additional variances round (½ ln f)² of the uncertainty factors f of
ecoinvent 2: R. Frischknecht et al., "Overview and methodology", ecoinvent report 1 (v2), 2007, table 7.2; the tests
hold both against each other. The report itself was not at hand, so a result names these figures as not verified.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from zuji.errors import EngineError

VERIFIED = False
ADDITIONAL: Mapping[str, tuple[float, float, float, float, float]] = {
    "reliability": (0.0, 0.0006, 0.002, 0.008, 0.04),
    "completeness": (0.0, 0.0001, 0.0006, 0.002, 0.008),
    "temporal": (0.0, 0.0002, 0.002, 0.008, 0.04),
    "geographical": (0.0, 2.5e-5, 0.0001, 0.0006, 0.002),
    "technological": (0.0, 0.0006, 0.008, 0.04, 0.12),
}
"""Variance of ln x [1] that each rating of an indicator adds."""
BASIC: Mapping[str, float] = {
    "energy": 0.0006,
    "materials": 0.0006,
    "waste treatment": 0.0006,
    "transport": 0.12,
    "infrastructure": 0.3,
    "carbon dioxide": 0.0006,
    "methane": 0.04,
    "nitrous oxide": 0.04,
}
"""Variance of ln x [1] of an exchange of that kind with perfect ratings (gases: from combustion)."""


def variance(ratings: Mapping[str, float] | Sequence[float], basic: float | str = "materials") -> float:
    """The variance of ln x [1] for five ratings from 1 to 5; a rating between two whole ones is interpolated.

    An indicator that is not rated adds nothing. Raises EngineError for a rating, indicator or kind that does not
    exist.
    """
    if not isinstance(ratings, Mapping):
        if len(ratings) != len(ADDITIONAL):
            raise EngineError(f"a pedigree has {len(ADDITIONAL)} ratings ({', '.join(ADDITIONAL)}), not {len(ratings)}")
        ratings = dict(zip(ADDITIONAL, ratings, strict=True))
    if isinstance(basic, str):
        if basic not in BASIC:
            raise EngineError(f"there is no basic uncertainty for '{basic}'; known: {', '.join(BASIC)}", [basic])
        basic = BASIC[basic]
    if not 0 <= basic < math.inf:
        raise EngineError(f"a basic variance of {basic} is not a number from 0 on")
    parts = [basic]
    for indicator, rating in ratings.items():
        if indicator not in ADDITIONAL:
            raise EngineError(f"'{indicator}' is no indicator; known: {', '.join(ADDITIONAL)}", [indicator])
        if not 1 <= rating <= 5:
            raise EngineError(f"the {indicator} rating {rating} is not between 1 (best) and 5 (worst)", [indicator])
        steps = ADDITIONAL[indicator]
        below = min(int(rating), 4)
        parts.append(steps[below - 1] + (rating - below) * (steps[below] - steps[below - 1]))
    return math.fsum(parts)


def sigma(ratings: Mapping[str, float] | Sequence[float], basic: float | str = "materials") -> float:
    """The standard deviation of ln x [1], the `scale` of the lognormal; the `loc` is ln of the stated value."""
    return math.sqrt(variance(ratings, basic))
