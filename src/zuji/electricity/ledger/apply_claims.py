"""Cancel and split: L4, L6, L7, L8, L10 and L12."""

from __future__ import annotations

from datetime import date

import numpy as np

from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.apply_certificates import child, keep, live_one, still_valid
from zuji.electricity.ledger.events import Body, BodyError
from zuji.electricity.ledger.hours import Demands, Series, Wh, shown
from zuji.electricity.ledger.model import Cancellation, Certificate, Connection, Device, DeviceKind, ProductClaim
from zuji.electricity.ledger.schemes import schemes
from zuji.electricity.ledger.state import Here, State
from zuji.electricity.ledger.words import said
from zuji.finding import Finding
from zuji.i18n import N_

BASES = ("hourly", "period")
GRID, CHARGE = "grid", "charge"


def part_of_load(device: Device, site: Device) -> str:
    """Which part of the load a certificate of `device` can be claimed for: grid, own use of the device, charging."""
    if site.kind is DeviceKind.STORAGE:
        return CHARGE
    here = device.site == site.id and device.connection in (Connection.ON_SITE, Connection.DIRECT_LINE)
    return device.id if here else GRID


def load_of(state: State, site: Device, part: str) -> Series:
    """The load that a part of a site's claims is held against [Wh by hour]."""
    if part == CHARGE:
        return state.series_of(site.id, "charge")
    return state.series_of(site.id, "grid_import") if part == GRID else state.own_use(part)


def misfit(
    state: State, one: Certificate, site: Device, used: tuple[int, int], day: date, hours: tuple[int, int]
) -> LocalText:
    """L7: why a certificate cannot be claimed for the hours `used` of a site, empty when it can."""
    scheme, device = schemes()[one.scheme], state.devices[one.device]
    _, last = state.generated(one)
    if not scheme.value("claims", True, generated=last, acted=day):
        return said(N_("a record of the scheme {id} is no electricity attribute"), id=scheme.id)
    reason = scheme.deliverable(device, site, day) or scheme.wrong_vintage(hours, used, device, day)
    own = device.connection is not Connection.GRID and part_of_load(device, site) == GRID
    if not reason and own and not one.tradable and one.owner != site.owner:
        reason = said(N_("it is not tradable ({reason}) and the electricity was used elsewhere"), reason=one.reason)
    return reason


def cancel(state: State, body: Body, here: Here) -> Finding | None:
    """Use Wh of a certificate for the load of a site."""
    body.only("certificate", "cancellation", "site", "wh", "first", "basis", "start", "end", "beneficiary")
    one = live_one(state, body, here)
    if isinstance(one, Finding):
        return one
    site = state.devices.get(body.text("site"))
    if site is None or site.kind is DeviceKind.GENERATOR:
        sites = [d.id for d in state.devices.values() if d.kind is not DeviceKind.GENERATOR]
        return state.unknown("site", body.text("site"), sites, here.place)
    first = body.whole("first", 0)
    wh = body.wh() if "wh" in body.data else one.live[first:].copy()
    if first < 0 or first + len(wh) > len(one.live) or not wh.any():
        raise BodyError(said(N_("'first' and 'wh' lie outside the certificate, or are nothing")))
    id, basis = body.text("cancellation"), body.text("basis", "period")
    if id in state.identities:
        return codes.IDENTITY_TWICE(here.place, id=id, event=state.event_name(state.identities[id]))
    start, end = body.whole("start"), body.whole("end")
    if basis not in BASES or start >= end:
        raise BodyError(said(N_("'basis' is one of {known}, and 'start' is before 'end'"), known=", ".join(BASES)))
    hours = (one.start + first * one.slot, one.start + (first + len(wh)) * one.slot)
    if basis == "hourly" and (one.slot != 1 or end - start != len(wh)):
        raise BodyError(
            said(N_("an hourly claim needs a certificate by the hour, and one amount for each hour of the load"))
        )
    made = Cancellation(
        id, one.id, site.id, part_of_load(state.devices[one.device], site), first, wh, basis, start, end, here.day,
        body.text("beneficiary", ""), here.seq,
    )  # fmt: skip
    return (
        still_valid(state, one, here)
        or _unfit(state, one, site, made, hours, here)
        or _left(one, made, here)
        or _claim(state, one, site, made, here)
    )


def _unfit(
    state: State, one: Certificate, site: Device, made: Cancellation, hours: tuple[int, int], here: Here
) -> Finding | None:
    used = (made.start, made.end)
    reason = said(N_("generated in another hour")) if made.basis == "hourly" and hours != used else LocalText()
    # A certificate by the hour that is claimed over a period loses its hour: the scheme then sees the period.
    reason = reason or misfit(state, one, site, used, here.day, hours)
    unit = schemes()[one.scheme].value("unit_wh", 1, generated=state.generated(one)[1], acted=here.day)
    if not reason and (made.wh % unit).any():
        reason = said(N_("{energy} Wh are not whole certificates of {unit} Wh"), energy=int(made.wh.sum()), unit=unit)
    return codes.RULE(here.place, certificate=one.id, site=site.id, reason=reason) if reason else None


def _left(one: Certificate, made: Cancellation, here: Here) -> Finding | None:
    left = one.live[made.first : made.first + len(made.wh)]
    if (made.wh > left).any():
        at = int(np.argmax(made.wh > left))
        return codes.MORE_THAN_LEFT(here.place, asked=int(made.wh[at]), certificate=one.id, left=int(left[at]))
    return None


def _claim(state: State, one: Certificate, site: Device, made: Cancellation, here: Here) -> Finding | None:
    claimed = state.claimed.setdefault((site.id, made.part), Demands())
    span, wh = _span(made)
    claimed.add(made.start, span, wh)
    over = claimed.excess(load_of(state, site, made.part))
    if over is not None:
        claimed.add(made.start, span, wh, -1)
        start, end, wanted, load = over
        return codes.ABOVE_LOAD(
            here.place, site=site.id, part=made.part, claimed=wanted, load=load, start=shown(start), end=shown(end)
        )
    one.live[made.first : made.first + len(made.wh)] -= made.wh
    one.cancelled[made.first : made.first + len(made.wh)] += made.wh
    state.cancellations[made.id] = made
    state.identities[made.id] = here.seq
    return None


def _span(made: Cancellation) -> tuple[int, Wh]:
    if made.basis == "hourly":
        return 1, made.wh
    return made.end - made.start, made.wh.sum(keepdims=True)


def split(state: State, body: Body, here: Here) -> Finding | None:
    """Divide a live certificate into others, or a cancellation among products."""
    body.only("certificate", "cancellation", "parts")
    if "cancellation" in body.data:
        return _by_product(state, body, here)
    one = live_one(state, body, here)
    if isinstance(one, Finding):
        return one
    parts = [(part.text("certificate"), part.wh()) for part in body.list("parts")]
    unit = schemes()[one.scheme].value("unit_wh", 1, generated=state.generated(one)[1], acted=here.day)
    for id, wh in parts:
        if id in state.identities or [other for other, _ in parts].count(id) > 1:
            event = state.event_name(state.identities.get(id, here.seq))
            return codes.IDENTITY_TWICE(here.place, id=id, event=event)
        if len(wh) != len(one.live) or (wh % unit).any():
            raise BodyError(
                said(
                    N_("'wh' of {id} needs {live} amounts in whole certificates of {unit} Wh"),
                    id=id,
                    live=len(one.live),
                    unit=unit,
                )
            )
    total = sum((wh for _, wh in parts), one.live * 0)
    if (total != one.live).any():
        asked, left = int(total.sum()), int(one.live.sum())
        if (total > one.live).any():
            return codes.MORE_THAN_LEFT(here.place, asked=asked, certificate=one.id, left=left)
        raise BodyError(
            said(
                N_("the parts hold {asked} Wh and the certificate {left} Wh: parts hold all of it"),
                asked=asked,
                left=left,
            )
        )
    for id, wh in parts:
        keep(state, child(one, id, wh, here))
    one.passed_on += one.live
    one.live = one.live * 0
    return None


def _by_product(state: State, body: Body, here: Here) -> Finding | None:
    id = body.text("cancellation")
    made = state.cancellations.get(id)
    if made is None:
        return state.unknown("cancellation", id, state.cancellations, here.place)
    owner = state.certificates[made.certificate].owner
    if owner != here.by:
        return codes.NOT_OWNER(here.place, by=here.by, certificate=made.certificate, owner=owner)
    claims: list[ProductClaim] = []
    for part in body.list("parts"):
        product, wh = part.text("product"), part.wh()
        if len(wh) != len(made.wh):
            raise BodyError(
                said(
                    N_("'wh' of {product} needs {wh} amounts, as the cancellation has"),
                    product=product,
                    wh=len(made.wh),
                )
            )
        claims.append(ProductClaim(product, id, wh, part.whole("load_wh"), here.seq))
    before = [c for c in state.product_claims if c.cancellation == id]
    for i, claim in enumerate(claims):
        other = next((c for c in (*before, *claims[:i]) if c.product == claim.product), None)
        if other is not None:
            event = state.event_name(other.event)
            return codes.PRODUCT_TWICE(here.place, product=claim.product, cancellation=id, event=event)
    total = sum((c.wh for c in (*before, *claims)), made.wh * 0)
    if (total > made.wh).any():
        return codes.PRODUCT_SPLIT(here.place, cancellation=id, claimed=int(total.sum()), cancelled=int(made.wh.sum()))
    problem = _product_loads(state, made, claims, here)
    if problem is None:
        state.product_claims += claims
        for claim in claims:
            made.products[claim.product] = claim.wh
    return problem


def _product_loads(state: State, made: Cancellation, claims: list[ProductClaim], here: Here) -> Finding | None:
    """A product claims at most what it used; the products of a site used together at most what the site used."""
    known = [(state.cancellations[c.cancellation], c) for c in state.product_claims]
    known = [(one, c) for one, c in known if (one.site, one.part) == (made.site, made.part)]
    every = [*known, *((made, c) for c in claims)]
    loads: dict[tuple[str, int, int], int] = {}
    for one, claim in every:
        key = (claim.product, one.start, one.end)
        stated = loads.setdefault(key, claim.load_wh)
        if stated != claim.load_wh:
            return _load_problem(
                made, claim, claim.load_wh, said(N_("another event states {stated} Wh"), stated=stated), here
            )
    for (product, start, end), load in loads.items():
        inside = [c.wh for one, c in every if c.product == product and start <= one.start and one.end <= end]
        claimed = sum(int(wh.sum()) for wh in inside)
        if claimed > load:
            named = next(c for c in reversed(claims + [c for _, c in known]) if c.product == product)
            return _load_problem(
                made, named, load, said(N_("its claims of these hours are {claimed} Wh"), claimed=claimed), here
            )
    series = load_of(state, state.devices[made.site], made.part)
    for start, end in sorted({(one.start, one.end) for one, _ in every}):
        together = sum(load for (_, s, e), load in loads.items() if (s, e) == (start, end))
        used = int(series.window(start, end)[0].sum())
        if together > used:
            reason = said(N_("the products together state {together} Wh"), together=together)
            return _load_problem(made, claims[-1], used, reason, here)
    return None


def _load_problem(made: Cancellation, claim: ProductClaim, load: int, reason: LocalText, here: Here) -> Finding:
    return codes.PRODUCT_LOAD(
        here.place, product=claim.product, site=made.site, claimed=int(claim.wh.sum()), load=load, reason=reason
    )
