"""One load, four lines: location-based, market-based by the year and by the hour, and what is held against them.

Figures are attributional Scope 2 figures: certificates change the market-based ones and never the location-based one
(L11), what was exported is not subtracted, and the unmatched part takes the residual factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zuji.electricity.matching.match import Array, Match, cfe_score, match


@dataclass(frozen=True, eq=False)
class Supply:
    """Certificates, or own generation, over the hours of the account."""

    id: str
    wh: Array
    """By hour (T) [Wh]."""
    factor: float
    """Direct emissions [kg CO2e/kWh]."""
    carbon_free: bool
    technology: str = ""
    scheme: str = ""
    vintage: str = ""
    market: str = ""
    method: str = "metered"
    """metered, or estimated by a profile."""
    sold: bool = False
    """Own use whose certificate went to somebody else: it counts as residual (L9)."""
    outside: float = 0.0
    """Energy generated outside the hours of the account [Wh]: it can count by the year, never by the hour."""


@dataclass(frozen=True)
class Line:
    """What became of one supply [Wh]; own use is used by definition."""

    id: str
    technology: str
    scheme: str
    vintage: str
    market: str
    method: str
    factor: float
    energy: float
    used_annual: float
    used_hourly: float


@dataclass(frozen=True, eq=False)
class Account:
    """The results of one load [Wh, kg CO2e]."""

    consumption: float
    """Grid import and own use together."""
    grid: float
    own: float
    own_sold: float
    location: float
    market_annual: float
    market_hourly: float
    matched_annual: float
    matched_hourly: float
    annual_share: float
    """Part of the consumption that is carbon-free and claimed, own use included, when matched by the year [1]."""
    hourly_share: float
    """The same hour by hour [1]."""
    cfe: float
    """24/7 CFE score [1]."""
    unmatched_annual: float
    unmatched_hourly: float
    residual_factor: float
    """Mean factor of the part that is not matched by the hour [kg CO2e/kWh]."""
    lines: tuple[Line, ...]
    load: Array
    """By hour (T): consumption [Wh]."""
    covered: Array
    """By hour (T): carbon-free and claimed, at most the consumption [Wh]."""


def account(
    grid: Array,
    own: Sequence[Supply],
    supplies: Sequence[Supply],
    *,
    location: Array | float,
    residual: Array | float,
    grid_cfe: Array | float = 0.0,
) -> Account:
    """Grid import (T) [Wh], own generation used and certificates claimed, with factors by hour or for all hours.

    `location` and `residual` [kg CO2e/kWh] are for the grid import; `grid_cfe` is the carbon-free share of the grid
    [1]. Certificates are used in their order. Annual matching takes the mean residual factor over the import.
    """
    grid = np.asarray(grid, np.float64)
    at_place, left_over = (np.broadcast_to(np.asarray(f, np.float64), grid.shape) for f in (location, residual))
    outside = np.array([one.outside for one in supplies])
    found = match(grid, np.array([one.wh for one in supplies]).reshape(-1, len(grid)), outside)
    clean = np.array([one.carbon_free for one in supplies], np.bool_)
    factors = np.array([one.factor for one in supplies], np.float64)
    kept, sold = ([one for one in own if one.sold is state] for state in (False, True))
    own_kg = sum(float(one.wh.sum()) * one.factor / 1000 for one in own)
    kept_kg = sum(float(one.wh.sum()) * one.factor / 1000 for one in kept)
    sold_kg = sum(float((one.wh * left_over).sum()) / 1000 for one in sold)
    mean = float((grid * left_over).sum() / grid.sum()) if grid.sum() else float(left_over.mean())
    rest = grid - found.matched
    annual_rest = float(grid.sum() - found.annual.sum())
    certified = [float((used * factors).sum()) / 1000 for used in (found.annual, found.hourly)]
    free_own = sum((one.wh for one in kept if one.carbon_free), np.zeros_like(grid))
    covered = free_own + _clean_hours(grid, supplies, found)
    load = grid + sum((one.wh for one in own), np.zeros_like(grid))
    total = float(load.sum())
    clean_annual = float(found.annual[clean].sum() + free_own.sum())
    return Account(
        consumption=total,
        grid=float(grid.sum()),
        own=float(sum(one.wh.sum() for one in own)),
        own_sold=float(sum(one.wh.sum() for one in sold)),
        location=float((grid * at_place).sum()) / 1000 + own_kg,
        market_annual=certified[0] + annual_rest * mean / 1000 + kept_kg + sold_kg,
        market_hourly=certified[1] + float((rest * left_over).sum()) / 1000 + kept_kg + sold_kg,
        matched_annual=float(found.annual.sum()),
        matched_hourly=float(found.hourly.sum()),
        annual_share=clean_annual / total if total else 0.0,
        hourly_share=float(covered.sum()) / total if total else 0.0,
        cfe=cfe_score(load, covered, grid_cfe),
        unmatched_annual=annual_rest,
        unmatched_hourly=float(rest.sum()),
        residual_factor=float((rest * left_over).sum() / rest.sum()) if rest.sum() else mean,
        lines=_lines(own, supplies, found),
        load=load,
        covered=covered,
    )


def _clean_hours(grid: Array, supplies: Sequence[Supply], found: Match) -> Array:
    """What carbon-free supplies cover of each hour, all supplies taken in their order."""
    if all(one.carbon_free for one in supplies):
        return found.matched
    taken, left = np.zeros_like(grid), grid.copy()
    for one in supplies:
        used = np.minimum(left, one.wh)
        left -= used
        taken += used if one.carbon_free else 0.0
    return taken


def _lines(own: Sequence[Supply], supplies: Sequence[Supply], found: Match) -> tuple[Line, ...]:
    uses = [(one, float(one.wh.sum()), float(one.wh.sum())) for one in own if not one.sold]
    uses += [(one, 0.0, 0.0) for one in own if one.sold]
    uses += [(one, float(a), float(h)) for one, a, h in zip(supplies, found.annual, found.hourly, strict=True)]
    return tuple(
        Line(
            one.id, one.technology, one.scheme, one.vintage, one.market, one.method, one.factor,
            float(one.wh.sum()) + one.outside, annual, hourly,
        )
        for one, annual, hourly in uses
    )  # fmt: skip
