"""What counts for a site and year, by hour: certificates cancelled, certificates that could be, own generation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.apply_claims import GRID, misfit
from zuji.electricity.ledger.hours import local_hours, zone
from zuji.electricity.ledger.model import Certificate, Device
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.words import said
from zuji.electricity.matching.account import Supply
from zuji.electricity.matching.factors import ZERO_DIRECT
from zuji.electricity.matching.match import Array
from zuji.electricity.matching.spread import Hourly, by_hour, is_metered
from zuji.finding import Finding, Place
from zuji.i18n import N_


@dataclass(frozen=True, eq=False)
class Claimed:
    """The certificates that count for a site and year, by hour, and what does not count with the reason."""

    supplies: tuple[Supply, ...]
    findings: tuple[Finding, ...]


def year_of(device: Device, year: int) -> tuple[int, int]:
    """The hours [start, end) of a calendar year at a site, local time."""
    return local_hours(date(year, 1, 1), date(year, 12, 31), zone(device.timezone))


def supply_of(
    state: State, one: Certificate, hours: Hourly, span: tuple[int, int], factors: Mapping[str, float], residual: float,
    id: str = "",
) -> tuple[Supply, Finding | None]:  # fmt: skip
    """A certificate's Wh over the hours of a year, with the direct factor of its technology."""
    device = state.devices[one.device]
    free = device.technology in ZERO_DIRECT
    problem, factor = None, 0.0
    if device.id in factors:
        factor = factors[device.id]
    elif not free:
        factor = residual
        place = Place(state.name, one.event, "issue")
        problem = codes.NO_CERTIFICATE_FACTOR(place, technology=device.technology, certificate=one.id)
    first, last = state.generated(one)
    vintage = str(first.year) if first.year == last.year else f"{first.year}-{last.year}"
    wh = hours.window(*span).astype(np.float64)
    supply = Supply(
        id or one.id, wh, factor, free and factor == 0.0, device.technology, one.scheme, vintage, device.boundary,
        hours.method,
    )  # fmt: skip
    return supply, problem


def claimed(state: State, site: str, year: int, factors: Mapping[str, float], residual: float) -> Claimed:
    """What was cancelled for the grid import of a site in the hours of `year`: one supply per certificate, in the order
    of their first cancellation."""
    span = year_of(state.devices[site], year)
    supplies: dict[str, Supply] = {}
    findings: list[Finding] = []
    for made in sorted(state.cancellations.values(), key=lambda one: one.event):
        if made.site != site or made.part != GRID or made.end <= span[0] or span[1] <= made.start:
            continue
        one = state.certificates[made.certificate]
        place = Place(state.name, made.event, "cancel")
        if made.start < span[0] or span[1] < made.end:
            findings.append(
                _left_out(place, made.certificate, made.wh, said(N_("claimed for hours beyond {year}"), year=year))
            )
            continue
        supply, problem = supply_of(state, one, by_hour(state, one, made.wh, made.first), span, factors, residual)
        findings += [problem] if problem else []
        outside = int(made.wh.sum()) - int(supply.wh.sum())
        if outside:
            # By the year it counts as the scheme allowed; by the hour only what falls into the year can meet load.
            supply = replace(supply, outside=float(outside))
        known = supplies.get(one.id)
        supplies[one.id] = supply if known is None else _joined(known, supply)
    return Claimed(tuple(supplies.values()), tuple(dict.fromkeys(findings)))


def _joined(first: Supply, second: Supply) -> Supply:
    return replace(first, wh=first.wh + second.wh, outside=first.outside + second.outside)


def _left_out(place: Place, certificate: str, wh: Any, reason: LocalText) -> Finding:
    return codes.NOT_ELIGIBLE(place, certificate=certificate, energy=int(wh.sum()), reason=reason)


def candidates(state: State, site: str, year: int, day: date, factors: Mapping[str, float], residual: float) -> Claimed:
    """Live certificates of the site's owner that could be cancelled for `year` on `day`; for the others the reason."""
    device = state.devices[site]
    span = year_of(device, year)
    supplies: list[Supply] = []
    findings: list[Finding] = []
    for one in state.certificates.values():
        if one.owner != device.owner or not one.live.any():
            continue
        place = Place(state.name, one.event, "issue")
        last = state.last_day(one)
        reason = said(N_("expired on {day}"), day=last.isoformat()) if last is not None and day > last else LocalText()
        hours = (one.start, one.end)
        # By the hour, every hour of a certificate is held against the same hour of the load.
        used = hours if one.slot == 1 and span[0] <= one.start and one.end <= span[1] else span
        reason = reason or misfit(state, one, device, used, day, hours)
        if reason:
            findings.append(_left_out(place, one.id, one.live, reason))
            continue
        supply, problem = supply_of(state, one, by_hour(state, one, one.live), span, factors, residual)
        findings += [problem] if problem else []
        supplies.append(supply)
    return Claimed(tuple(supplies), tuple(findings))


def own_supplies(
    state: State, site: str, span: tuple[int, int], factors: Mapping[str, float], residual: float
) -> tuple[tuple[Supply, ...], tuple[Finding, ...]]:
    """Own generation used at the site by the hour; the part whose certificates others hold is marked sold (L9)."""
    supplies: list[Supply] = []
    findings: list[Finding] = []
    owner = state.devices[site].owner
    for device in state.on_site(site):
        own = state.own_use(device.id).window(*span)[0].astype(np.float64)
        sold = np.minimum(sold_own_use(state, device, site, owner, span), own)
        free = device.technology in ZERO_DIRECT and not factors.get(device.id)
        factor = factors.get(device.id, 0.0 if device.technology in ZERO_DIRECT else residual)
        if device.technology not in ZERO_DIRECT and device.id not in factors:
            place = Place(state.name, state.device_events[device.id], "meter")
            problem = codes.NO_CERTIFICATE_FACTOR(place, technology=device.technology, certificate=device.id)
            findings.append(problem)
        metered = is_metered(state, device.id, "generation", *span)
        for wh, is_sold in ((own - sold, False), (sold, True)):
            if wh.sum():
                supplies.append(
                    Supply(
                        device.id, wh, factor, free and not is_sold, device.technology, device.connection.value, "",
                        device.boundary, "metered" if metered else "estimated", is_sold,
                    )
                )  # fmt: skip
    return tuple(supplies), tuple(findings)


def sold_own_use(state: State, device: Device, site: str, owner: str, span: tuple[int, int]) -> Array:
    """Own use [Wh by hour] whose certificates somebody else has, or has used: what was sold beyond the export."""
    sold = np.zeros(span[1] - span[0])
    for one in state.by_device.get(device.id, ()):
        gone = one.issued * 0
        if one.owner != owner:
            gone = one.live + one.cancelled + one.expired
        else:
            for made in state.cancellations.values():
                if made.certificate == one.id and made.site != site:
                    gone[made.first : made.first + len(made.wh)] += made.wh
        if gone.any():
            sold += by_hour(state, one, gone).window(*span)
    export, _ = state.series_of(device.id, "export").window(*span)
    return np.maximum(sold - export, 0.0)
