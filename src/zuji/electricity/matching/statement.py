"""The statement of a site and year: four lines that are never mixed, the match behind them, and what may be claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from zuji.canonical import canonical_bytes
from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.model import DeviceKind
from zuji.electricity.ledger.schemes import schemes
from zuji.electricity.ledger.state import State
from zuji.electricity.matching.account import Account, Line, account
from zuji.electricity.matching.factors import UsedFactor
from zuji.electricity.matching.spread import is_metered
from zuji.electricity.matching.supplies import candidates, claimed, own_supplies, year_of
from zuji.electricity.matching.traced import Located, TracedHours
from zuji.finding import Finding, Place, in_order
from zuji.i18n import N_, tr_in

FULL = 1 - 1e-9
"""A share that counts as all of it: float sums of integer Wh."""
LINES = {
    "location_based": N_("Location-based"),
    "market_based_annual": N_("Market-based, matched by the year"),
    "market_based_hourly": N_("Market-based, matched by the hour"),
    "offsets": N_("Offsets (beside the result, not subtracted)"),
}
NO_CLAIM = N_(
    "{percent} % of the electricity is carbon-free by the year, {hourly} % hour by hour: not all of it, so no claim"
)
CLAIM = N_(
    "zero-carbon electricity by annual matching: method {method}; vintage {vintage}; market boundary {market}; "
    "hourly share {hourly} %"
)


@dataclass(frozen=True, slots=True)
class Offset:
    """A retired emission credit [t CO2e]: shown beside the result, never subtracted from it."""

    id: str
    tonnes: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What one rulebook makes of the site's electricity: its mean factor [kg CO2e/kWh] and what it did to each part."""

    rulebook: str
    factor: float
    parts: tuple[tuple[str, float, str, float], ...]
    """(part, kWh, attribution, factor)"""


@dataclass(frozen=True, eq=False)
class Statement:
    """Everything that a statement says; figures in kWh and kg CO2e."""

    site: str
    year: int
    account: Account
    location: UsedFactor
    residual: UsedFactor
    offsets: tuple[Offset, ...]
    counted: tuple[Counted, ...]
    vintages: tuple[str, ...]
    markets: tuple[str, ...]
    estimated_supply: float
    """Share of the certificates that is spread over hours by a profile [1]."""
    estimated_load: float
    """Share of the load's hours that comes from a profile [1]."""
    ledger: str
    head: str
    start: int
    timezone: str
    findings: tuple[Finding, ...]
    located: Located | None = None
    """The hourly location factors of a traced grid, where such were named; `location` is then their weighted mean."""

    @property
    def claim(self) -> LocalText:
        """What may be said: `zero-carbon` only with method, vintage, market boundary and hourly share beside it."""
        return LocalText(self._claim("zh"), self._claim("en"))

    def _claim(self, lang: str) -> str:
        found = self.account
        hourly = _percent(found.hourly_share)
        if found.annual_share < FULL:
            return tr_in(lang, NO_CLAIM, percent=_percent(found.annual_share), hourly=hourly)
        words = {"vintage": ", ".join(self.vintages) or "-", "market": ", ".join(self.markets) or "-", "hourly": hourly}
        return tr_in(lang, CLAIM, method=", ".join(self.schemes) or "-", **words)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes whose certificates are used, and own use."""
        used = [line.scheme for line in self.account.lines if line.used_annual]
        return tuple(dict.fromkeys(used))

    @property
    def unverified(self) -> tuple[str, ...]:
        """Rules of the schemes used, `scheme.rule`, that nobody has held against their text."""
        return tuple(
            f"{id}.{name}"
            for id in self.schemes
            if id in schemes()
            for name, dated in schemes()[id].rules.items()
            if any(not rule.verified for _, rule in dated)
        )

    @property
    def lines(self) -> Mapping[str, float]:
        """The four lines [kg CO2e]; offsets as a positive amount of their own."""
        found = self.account
        return {
            "location_based": found.location,
            "market_based_annual": found.market_annual,
            "market_based_hourly": found.market_hourly,
            "offsets": sum(one.tonnes for one in self.offsets) * 1000,
        }

    def as_dict(self) -> dict[str, Any]:
        """The statement for JSON: kWh and kg CO2e, hours as arrays of kWh."""
        found = self.account
        energies = ("consumption", "grid", "own", "own_sold", "matched_annual", "matched_hourly", "unmatched_annual",
                    "unmatched_hourly")  # fmt: skip
        factor = {"location": self.location, "residual": self.residual}
        return {
            "site": self.site,
            "year": self.year,
            "kg_co2e": {name: round(value, 6) for name, value in self.lines.items()},
            "kwh": {name: getattr(found, name) / 1000 for name in energies},
            "annual_share": found.annual_share,
            "hourly_share": found.hourly_share,
            "cfe_score": found.cfe,
            "residual_factor_of_unmatched": found.residual_factor,
            "factors": {name: _plain(one) for name, one in factor.items()},
            "supplies": [_line(line) for line in found.lines],
            "offsets": [_plain(one) for one in self.offsets],
            "counted_by": [_plain(one) for one in self.counted],
            "unverified_rules": list(self.unverified),
            "claim": {"zh": self.claim.zh, "en": self.claim.en},
            "estimated": {"certificates": self.estimated_supply, "load": self.estimated_load},
            "ledger": {"file": self.ledger, "head": self.head},
            "hourly_location": self.located.as_dict() if self.located else None,
            "hours": {
                "start": self.start,
                "timezone": self.timezone,
                "load_kwh": [v / 1000 for v in found.load.tolist()],
                "covered_kwh": [v / 1000 for v in found.covered.tolist()],
            },
            "findings": [finding.as_dict() for finding in self.findings],
        }

    @property
    def json(self) -> bytes:
        """The canonical JSON."""
        return canonical_bytes(self.as_dict())


def _percent(share: float) -> str:
    """A share in per cent, rounded down: 99.96 % is not all of it."""
    return "100.0" if share >= FULL else f"{np.floor(share * 1000) / 10:.1f}"


def _plain(one: object) -> dict[str, Any]:
    return {name: getattr(one, name) for name in type(one).__dataclass_fields__}  # type: ignore[attr-defined]


def _line(line: Line) -> dict[str, Any]:
    shown = _plain(line)
    return shown | {f"{key}_kwh": shown.pop(key) / 1000 for key in ("energy", "used_annual", "used_hourly")}


def statement(
    state: State, site: str, year: int, location: UsedFactor, residual: UsedFactor, *, head: str = "",
    grid_cfe: float = 0.0, traced: TracedHours | None = None, factors: Mapping[str, float] | None = None,
    offsets: Sequence[Offset] = (), counted: Sequence[Counted] = (), plan_on: date | None = None,
) -> Statement | Finding:  # fmt: skip
    """The statement of `site` for `year`, or the finding because of which there is none.

    `factors` [kg CO2e/kWh] are direct factors by device, for generators that burn something. `traced`, the hourly
    factors of the zone, takes the place of the location factor in every hour that it knows. With `plan_on` live
    certificates of the site's owner are matched as if they were cancelled on that day.
    """
    own_factors = factors or {}
    device = state.devices.get(site)
    sites = [d.id for d in state.devices.values() if d.kind is DeviceKind.SITE]
    if device is None or device.kind is not DeviceKind.SITE:
        return state.unknown("site", site, sites, Place(state.name))
    span = year_of(device, year)
    grid, known = state.series_of(site, "grid_import").window(*span)
    own, problems = own_supplies(state, site, span, own_factors, residual.value)
    if not grid.any() and not own:
        return codes.NOTHING_METERED(Place(state.name), site=site, year=year, known=", ".join(sites))
    certificates = claimed(state, site, year, own_factors, residual.value)
    findings = [*problems, *certificates.findings]
    supplies = list(certificates.supplies)
    if plan_on is not None:
        planned = candidates(state, site, year, plan_on, own_factors, residual.value)
        supplies += planned.supplies
        findings += planned.findings
    fallback = location
    located = traced.located(grid.astype(np.float64), location, year) if traced is not None else None
    if located is not None:
        findings += located.findings(fallback)
        location = located.factor
    at_place = location.value if located is None else located.by_hour
    found = account(
        grid.astype(np.float64), own, supplies, location=at_place, residual=residual.value, grid_cfe=grid_cfe
    )
    place = Place(state.name)
    if not known.all():
        findings.append(codes.COVERAGE(place, site=site, hours=int(known.sum()), all=len(known), year=year))
    for factor in (residual, *((fallback,) if located is None or located.hours_lacking else ())):
        if factor.year not in ("", str(year)):
            findings.append(codes.FACTOR_YEAR(place, use=factor.use, id=factor.id, found=factor.year, year=year))
    metered = is_metered(state, site, "grid_import", *span)
    guessed = sum(float(one.wh.sum()) + one.outside for one in supplies if one.method == "estimated")
    total = sum(float(one.wh.sum()) + one.outside for one in supplies)
    if guessed:
        findings.append(codes.SPREAD_ESTIMATED(place, percent=f"{guessed / total * 100:.0f}"))
    estimated_load = 0.0 if metered else _profiled(state, site, span, grid)
    if estimated_load:
        findings.append(codes.LOAD_ESTIMATED(place, site=site, percent=f"{estimated_load * 100:.0f}"))
    used = [line for line in found.lines if line.used_annual]
    return Statement(
        site=site,
        year=year,
        account=found,
        location=location,
        residual=residual,
        offsets=tuple(offsets),
        counted=tuple(counted),
        vintages=tuple(sorted({line.vintage or str(year) for line in used})),  # own use is of the year itself
        markets=tuple(sorted({line.market for line in used if line.market})),
        estimated_supply=guessed / total if total else 0.0,
        estimated_load=estimated_load,
        ledger=state.name,
        head=head,
        start=span[0],
        timezone=device.timezone,
        findings=in_order(findings),
        located=located,
    )


def _profiled(state: State, site: str, span: tuple[int, int], grid: Any) -> float:
    guessed = 0
    for first, last, _, quality, profile in state.readings.get((site, "grid_import"), ()):
        low, high = max(first, span[0]), min(last, span[1])
        if low < high and (profile or quality not in ("measured", "settled")):
            guessed += int(grid[low - span[0] : high - span[0]].sum())
    return guessed / int(grid.sum()) if grid.any() else 0.0
