"""The residual mix, issuance based: what is left of a country's electricity when tracked attributes are taken out.

Method of AIB's issuance-based residual mix: per source, production less what was issued, plus what expired; a shortage
against untracked consumption is filled from the European Attribute Mix, a surplus goes to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EAM_2021: Mapping[str, float] = {"renewable": 0.0991, "nuclear": 0.2437, "fossil": 0.6571}
"""European Attribute Mix of 2021 as AIB printed it, rounded to 0.01 %: it adds up to 99.99 %."""


@dataclass(frozen=True)
class ResidualMix:
    """A residual mix by source [1], and how it came about [the unit of the inputs]."""

    shares: Mapping[str, float]
    untracked: float
    """Consumption without a cancelled certificate."""
    domestic: float
    """Attributes of the country that nobody tracks, with the expired ones."""
    shortage: float
    """Taken from the external mix."""
    surplus: float
    """Given to the external mix."""

    def factor(self, factors: Mapping[str, float]) -> float:
        """The mean of `factors` under the shares, normalised to 1; raises KeyError for a source without factor."""
        total = sum(self.shares.values())
        return sum(share * factors[name] for name, share in self.shares.items()) / total


def residual_mix(
    production: Mapping[str, float],
    issued: Mapping[str, float],
    expired: Mapping[str, float],
    cancelled: float,
    consumption: float,
    external: Mapping[str, float],
) -> ResidualMix:
    """The residual mix of one country and year, all amounts in one energy unit.

    `external` holds the shares of the external attribute mix by source. Raises ValueError when more was issued than
    produced, or cancelled than consumed.
    """
    sources = list(dict.fromkeys((*production, *issued, *expired)))
    left = {s: production.get(s, 0.0) - issued.get(s, 0.0) + expired.get(s, 0.0) for s in sources}
    too_much = [s for s in sources if issued.get(s, 0.0) > production.get(s, 0.0)]
    untracked = consumption - cancelled
    if too_much:
        raise ValueError(f"more issued than produced: {', '.join(too_much)}")
    if untracked <= 0:
        raise ValueError("everything that was consumed is tracked: there is no residual mix")
    domestic = sum(left.values())
    gap = untracked - domestic
    if gap > 0:
        amounts = {s: left.get(s, 0.0) + gap * external.get(s, 0.0) for s in (*sources, *external)}
        return ResidualMix({s: a / untracked for s, a in amounts.items()}, untracked, domestic, gap, 0.0)
    return ResidualMix({s: a / domestic for s, a in left.items()}, untracked, domestic, 0.0, -gap)
