"""Primary data share and data-quality rating of a result, weighted by the size of its contributions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zuji.datum import DataQuality
from zuji.footprint.model import Quality

CRITERIA = ("technology", "geography", "time", "precision")


def primary_data_share(parts: Sequence[tuple[float, float]]) -> float:
    """The share of primary data in the sum of (kg CO2e, share of primary data) pairs [1]; credits count by their size.

    PACT data exchange protocol, primaryDataShare: Σ(PCF·PDS) / ΣPCF.
    """
    weight = math.fsum(abs(value) for value, _ in parts)
    return math.fsum(abs(value) * share for value, share in parts) / weight if weight else 0.0


def weighted_rating(parts: Sequence[tuple[float, float]]) -> float | None:
    """The mean of (kg CO2e, rating) pairs weighted by contribution; None when nothing is rated.

    Recommendation (EU) 2021/2279, Annex I, section 4.6.5: each criterion is a contribution-weighted mean.
    """
    weight = math.fsum(abs(value) for value, _ in parts)
    return math.fsum(abs(value) * rating for value, rating in parts) / weight if weight else None


def data_quality(parts: Sequence[tuple[float, DataQuality]], criteria: Sequence[str]) -> Quality:
    """The rating of each criterion, their mean, and the share of the result that carries all of these ratings."""
    total = math.fsum(abs(value) for value, _ in parts)
    ratings: dict[str, float] = {}
    for name in criteria:
        rated = [(value, getattr(q, name)) for value, q in parts if getattr(q, name) is not None]
        mean = weighted_rating(rated)
        if mean is not None:
            ratings[name] = mean
    complete = [abs(value) for value, q in parts if all(getattr(q, name) is not None for name in criteria)]
    share = math.fsum(complete) / total if total else 0.0
    rating = math.fsum(ratings.values()) / len(ratings) if len(ratings) == len(criteria) and criteria else None
    return Quality(ratings, rating, share)
