"""Issue, transfer, expire and withdraw: L2, L3, L4, L5, L8 and L10."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.events import Body, BodyError
from zuji.electricity.ledger.hours import Demands, Wh, local_day, shown, zone
from zuji.electricity.ledger.model import Certificate, Device, DeviceKind
from zuji.electricity.ledger.schemes import Scheme, schemes
from zuji.electricity.ledger.state import Here, State
from zuji.electricity.ledger.words import said
from zuji.finding import Finding
from zuji.i18n import N_

LONGEST_MONTHS = 2
"""A monthly certificate may take in what the month before left over below one unit."""


def issue(state: State, body: Body, here: Here) -> Finding | None:
    """A certificate for metered generation that no other certificate stands for."""
    body.only("certificate", "scheme", "device", "start", "slot", "wh", "owner", "number", "trade", "contract")
    device = state.devices.get(body.text("device"))
    if device is None:
        return state.unknown("device", body.text("device"), state.devices, here.place)
    scheme = schemes().get(body.text("scheme"))
    if scheme is None:
        return state.unknown("scheme", body.text("scheme"), schemes(), here.place)
    wh, start, slot = body.wh(), body.whole("start"), body.whole("slot", 1)
    if slot < 1 or not wh.any():
        raise BodyError(said(N_("'slot' is at least one hour, 'wh' more than zero")))
    if device.kind is DeviceKind.SITE:
        raise BodyError(said(N_("'{id}' is a site and generates nothing"), id=device.id))
    certificate = Certificate(
        id=body.text("certificate"), scheme=scheme.id, device=device.id, start=start, slot=slot, issued=wh,
        owner=body.text("owner"), issuer=here.by, event=here.seq, number=body.text("number", ""),
        trade=body.text("trade", ""), contract=body.text("contract", ""),
    )  # fmt: skip
    problem = _known_identity(state, certificate, here) or _refused(certificate, device, scheme, here)
    problem = problem or _other_scheme(state, certificate, here) or _over_issued(state, certificate, device, here)
    if problem is None and device.kind is DeviceKind.STORAGE:
        problem = _beyond_charge(state, certificate, device, here)
        if problem is not None:
            state.issued[device.id].add(start, slot, wh, -1)
    if problem is not None:
        return problem
    certificate.reason = scheme.not_tradable(device, local_day(certificate.end - 1, zone(device.timezone)), here.day)
    certificate.tradable = not certificate.reason
    keep(state, certificate)
    state.received[certificate.owner] = state.received.get(certificate.owner, 0) + int(wh.sum())
    return None


def keep(state: State, certificate: Certificate) -> None:
    """Put a certificate and its identities into the state."""
    state.certificates[certificate.id] = certificate
    state.by_device.setdefault(certificate.device, []).append(certificate)
    for id in filter(None, (certificate.id, certificate.number)):
        state.identities[id] = certificate.event


def _known_identity(state: State, certificate: Certificate, here: Here) -> Finding | None:
    for id in filter(None, dict.fromkeys((certificate.id, certificate.number))):
        if id in state.identities:
            return codes.IDENTITY_TWICE(here.place, id=id, event=state.event_name(state.identities[id]))
    return None


def _refused(certificate: Certificate, device: Device, scheme: Scheme, here: Here) -> Finding | None:
    tz = zone(device.timezone)
    first, last = local_day(certificate.start, tz), local_day(certificate.end - 1, tz)

    def refuse(name: str, reason: LocalText) -> Finding:
        rule = scheme.rule(name, generated=last, acted=here.day)
        clause = f"{rule.source}: {rule.clause}" if rule else scheme.id
        return codes.SCHEME_REFUSES(here.place, scheme=scheme.id, reason=reason, rule=clause)

    def value(name: str, default: object) -> object:
        return scheme.value(name, default, generated=last, acted=here.day)

    if device.kind is DeviceKind.STORAGE and not value("storage", False):
        return codes.STORAGE_NOT_ALLOWED(here.place, scheme=scheme.id, device=device.id)
    if scheme.rule("issues", generated=last, acted=here.day) is None:
        return refuse("issues", said(N_("no rule of it holds for generation of {day}"), day=last.isoformat()))
    if not value("issues", False):
        return refuse(
            "issues", said(N_("a registry's certificates convey the claim; issue those and name the contract"))
        )
    if device.country in value("not_issued_in", ()):  # type: ignore[operator]
        return refuse(
            "not_issued_in",
            said(N_("nothing is issued in {country} for {day}"), country=device.country, day=last.isoformat()),
        )
    technologies = value("technologies", "any")
    if technologies != "any" and device.technology not in technologies:  # type: ignore[operator]
        return refuse("technologies", said(N_("technology {technology}"), technology=device.technology))
    unit = value("unit_wh", 1)
    if (certificate.issued % unit).any():  # type: ignore[operator]
        return refuse(
            "unit_wh",
            said(
                N_("{energy} Wh are not whole certificates of {unit} Wh"),
                energy=int(certificate.issued.sum()),
                unit=unit,
            ),
        )
    form = value("slot", "any")
    if form == "hour" and certificate.slot != 1:
        return refuse("slot", said(N_("one certificate stands for at most one hour")))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if form == "month" and (len(certificate.issued) > 1 or months > LONGEST_MONTHS):
        return refuse(
            "slot", said(N_("one certificate stands for a month, not {months} months or several slots"), months=months)
        )
    return None


def _other_scheme(state: State, new: Certificate, here: Here) -> Finding | None:
    for old in state.by_device.get(new.device, ()):
        if old.scheme == new.scheme:
            continue
        low, high = max(old.start, new.start), min(old.end, new.end)
        if low >= high or not (_stands(old, low, high) & _stands(new, low, high)).any():
            continue
        return codes.TWO_SCHEMES(
            here.place, device=new.device, start=shown(low), end=shown(high), other=old.scheme, certificate=old.id
        )
    return None


def _stands(certificate: Certificate, low: int, high: int) -> NDArray[np.bool_]:
    """Whether a certificate stands for something in each of the hours [low, high)."""
    valid = certificate.issued > certificate.withdrawn + certificate.passed_on
    return np.repeat(valid, certificate.slot)[low - certificate.start : high - certificate.start]


def _over_issued(state: State, new: Certificate, device: Device, here: Here) -> Finding | None:
    quantity = "discharge" if device.kind is DeviceKind.STORAGE else "generation"
    issued = state.issued.setdefault(device.id, Demands())
    issued.add(new.start, new.slot, new.issued)
    over = issued.excess(state.series_of(device.id, quantity))
    if over is None:
        return None
    issued.add(new.start, new.slot, new.issued, -1)
    start, end, wanted, metered = over
    return codes.OVER_ISSUE(
        here.place, device=device.id, issued=wanted, metered=metered, start=shown(start), end=shown(end)
    )


def _beyond_charge(state: State, new: Certificate, device: Device, here: Here) -> Finding | None:
    # A span counts as put out at its start and as charged at its end: whatever the order inside, it then holds.
    issued, charged = state.issued[device.id], state.claimed.get((device.id, "charge"), Demands())
    ends = [new.end, issued.hourly.end, charged.hourly.end, *(e for d in (issued, charged) for _, e in d.spans)]
    starts = [new.start, *(s for d in (issued, charged) for s, _ in d.spans)]
    starts += [d.hourly.start for d in (issued, charged) if len(d.hourly.wh)]
    low, high = min(starts), max(ends) + 1
    out, into = issued.hourly.window(low, high)[0], charged.hourly.window(low, high)[0]
    for (start, _), wh in issued.spans.items():
        out[start - low] += wh
    for (_, end), wh in charged.spans.items():
        into[end - 1 - low] += wh
    before = np.concatenate([[0], np.cumsum(into)[:-1]])
    total = np.cumsum(out)
    over = total > before * device.efficiency_ppm // 1_000_000
    if not over.any():
        return None
    at = int(np.argmax(over))
    return codes.STORAGE_OUTPUT(
        here.place, device=device.id, out=int(total[at]), hour=shown(low + at), charged=int(before[at])
    )


def live_one(state: State, body: Body, here: Here) -> Certificate | Finding:
    """The live certificate that an event of its owner names, or the finding (L4)."""
    id = body.text("certificate")
    found = state.certificates.get(id)
    if found is None:
        return state.unknown("certificate", id, state.certificates, here.place)
    if found.owner != here.by:
        return codes.NOT_OWNER(here.place, by=here.by, certificate=id, owner=found.owner)
    if not found.live.any():
        return codes.NOT_LIVE(here.place, certificate=id, state=found.status)
    return found


def still_valid(state: State, certificate: Certificate, here: Here) -> Finding | None:
    """L8: the finding that a certificate has expired by the day of the event."""
    last = state.last_day(certificate)
    if last is not None and here.day > last:
        return codes.EXPIRED(here.place, certificate=certificate.id, day=last.isoformat())
    return None


def transfer(state: State, body: Body, here: Here) -> Finding | None:
    """A change of owner of all that is live of a certificate."""
    body.only("certificate", "to", "trade", "with_energy")
    one, to, contract = live_one(state, body, here), body.text("to"), body.text("with_energy", "")
    if isinstance(one, Finding):
        return one
    problem = still_valid(state, one, here)
    if problem is not None:
        return problem
    scheme = schemes()[one.scheme]
    if not contract:
        if not one.tradable:
            return codes.NOT_TRADABLE(here.place, certificate=one.id, reason=one.reason)
        _, last = state.generated(one)
        allowed = scheme.value("transfers", None, generated=last, acted=here.day)
        if one.trade == "green_power" and not scheme.value("resale_after_trade", True, generated=last, acted=here.day):
            allowed = 1 if allowed is None else min(allowed, 1)
        if allowed is not None and one.transfers >= allowed:
            return codes.SOLD_TWICE(
                here.place, certificate=one.id, count=one.transfers, scheme=scheme.id, allowed=allowed
            )
        one.transfers += 1
    one.trade = body.text("trade", "") or one.trade
    moved = int(one.live.sum())
    if (one.live != one.issued).any():
        # What is used up stays with the party that used it: only a part moves, so the part gets a certificate.
        problem = _part(state, one, to, here)
        if problem is not None:
            return problem
    else:
        one.owner = to
    state.sent[here.by] = state.sent.get(here.by, 0) + moved
    state.received[to] = state.received.get(to, 0) + moved
    return None


def _part(state: State, one: Certificate, to: str, here: Here) -> Finding | None:
    id = f"{one.id}/{here.seq}"
    if id in state.identities:
        return codes.IDENTITY_TWICE(here.place, id=id, event=state.event_name(state.identities[id]))
    part = child(one, id, one.live.copy(), here)
    part.owner = to
    one.passed_on += one.live
    one.live = one.live * 0
    keep(state, part)
    return None


def child(one: Certificate, id: str, wh: Wh, here: Here) -> Certificate:
    """A certificate for a part of another: the same generation, scheme, owner and history."""
    return Certificate(
        id=id, scheme=one.scheme, device=one.device, start=one.start, slot=one.slot, issued=wh, owner=one.owner,
        issuer=one.issuer, event=here.seq, trade=one.trade, contract=one.contract, tradable=one.tradable,
        reason=one.reason, parent=one.id, transfers=one.transfers,
    )  # fmt: skip


def expire(state: State, body: Body, here: Here) -> Finding | None:
    """What is left of a certificate after its last day goes back to the residual mix of its year (L8)."""
    body.only("certificate")
    one = state.certificates.get(body.text("certificate"))
    if one is None:
        return state.unknown("certificate", body.text("certificate"), state.certificates, here.place)
    if not one.live.any():
        return codes.NOT_LIVE(here.place, certificate=one.id, state=one.status)
    last = state.last_day(one)
    if last is None or here.day <= last:
        return codes.NOT_EXPIRED(here.place, certificate=one.id, day=last.isoformat() if last else "-")
    device = state.devices[one.device]
    tz = zone(device.timezone)
    for i, wh in enumerate(one.live.tolist()):
        if wh:
            key = (local_day(one.start + i * one.slot, tz).year, device.boundary, device.technology)
            state.residual[key] = state.residual.get(key, 0) + wh
    one.expired += one.live
    one.live = one.live * 0
    return None


def withdraw(state: State, body: Body, here: Here) -> Finding | None:
    """The issuer takes back what is live of a certificate; the generation can then be issued again."""
    body.only("certificate", "reason")
    body.text("reason")
    one = state.certificates.get(body.text("certificate"))
    if one is None:
        return state.unknown("certificate", body.text("certificate"), state.certificates, here.place)
    if one.issuer != here.by:
        return codes.NOT_OWNER(here.place, by=here.by, certificate=one.id, owner=one.issuer)
    if not one.live.any():
        return codes.NOT_LIVE(here.place, certificate=one.id, state=one.status)
    state.issued[one.device].add(one.start, one.slot, one.live, -1)
    one.withdrawn += one.live
    one.live = one.live * 0
    return None
