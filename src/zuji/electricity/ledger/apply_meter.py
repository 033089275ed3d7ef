"""Meter events: what a device is, and its readings hour by hour (L1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.events import Body, BodyError
from zuji.electricity.ledger.hours import Series, shown, zone
from zuji.electricity.ledger.model import QUALITIES, QUANTITIES, Connection, Device, DeviceKind
from zuji.electricity.ledger.state import Here, State
from zuji.electricity.ledger.words import said
from zuji.finding import Finding
from zuji.i18n import N_

FACTS = (
    "kind", "country", "technology", "market", "owner", "site", "connection", "commissioned", "timezone",
    "efficiency_ppm", "dataset",
)  # fmt: skip


def device_of(id: str, facts: Mapping[str, object]) -> Device:
    """The device that event fields describe; raises BodyError."""
    body = Body(facts)
    unknown = sorted(set(facts) - set(FACTS))
    if unknown:
        raise BodyError(said(N_("'{unknown}' is not a fact of a device"), unknown=unknown[0]))
    try:
        kind = DeviceKind(body.text("kind"))
        connection = Connection(body.text("connection", Connection.GRID.value))
        zone(body.text("timezone", "UTC"))
    except BodyError:
        raise
    except ValueError as error:
        raise BodyError(LocalText(str(error), str(error))) from error
    efficiency = body.whole("efficiency_ppm", 0)
    if not 0 <= efficiency <= 1_000_000 or (kind is DeviceKind.STORAGE) != bool(efficiency):
        raise BodyError(said(N_("'efficiency_ppm' is for storage: more than 0, at most 1000000")))
    if kind is DeviceKind.GENERATOR and not body.text("technology", ""):
        raise BodyError(said(N_("'technology' is missing")))
    if connection in (Connection.ON_SITE, Connection.DIRECT_LINE) and not body.text("site", ""):
        raise BodyError(said(N_("'site' is missing: {connection} leads to one"), connection=connection.value))
    commissioned: date | None = body.day("commissioned") if facts.get("commissioned") else None
    words = {key: body.text(key, "") for key in ("technology", "market", "owner", "site", "dataset")}
    return Device(
        id=id, kind=kind, country=body.text("country"), connection=connection, commissioned=commissioned,
        timezone=body.text("timezone", "UTC"), efficiency_ppm=efficiency, **words,
    )  # fmt: skip


def meter(state: State, body: Body, here: Here) -> Finding | None:
    """Describe a device, record readings of one quantity, or both."""
    body.only("device", "facts", "quantity", "start", "wh", "quality", "profile", "source")
    id = body.text("device")
    facts = body.data.get("facts")
    described = None
    if facts is not None:
        if not isinstance(facts, Mapping):
            raise BodyError(said(N_("'facts' is not a mapping")))
        described = device_of(id, facts)
        known = state.devices.get(id)
        if known is not None and known != described:
            return _differs(state, known, described, here)
    device = described or state.devices.get(id)
    if device is None:
        return state.unknown("device", id, state.devices, here.place)
    if "wh" in body.data:
        problem = _reading(state, device, body, here)
        if problem is not None:
            return problem
    elif facts is None:
        raise BodyError(said(N_("'wh' is missing")))
    state.devices[id] = device
    state.device_events.setdefault(id, here.seq)
    return None


def _differs(state: State, known: Device, described: Device, here: Here) -> Finding:
    old, new = known.facts(), described.facts()
    field = next(key for key in FACTS if old.get(key) != new.get(key))
    event = state.event_name(state.device_events[known.id])
    return codes.DEVICE_DIFFERS(
        here.place, device=known.id, event=event, field=field, old=old.get(field, ""), value=new.get(field, "")
    )


def _reading(state: State, device: Device, body: Body, here: Here) -> Finding | None:
    quantity, start, wh = body.text("quantity"), body.whole("start"), body.wh()
    if quantity not in QUANTITIES[device.kind]:
        known = ", ".join(QUANTITIES[device.kind])
        raise BodyError(
            said(
                N_("'{quantity}' is not metered at a {kind}; {known} is"),
                quantity=quantity,
                kind=device.kind.value,
                known=known,
            )
        )
    quality = body.text("quality", "measured")
    if quality not in QUALITIES:
        raise BodyError(said(N_("'quality' is one of {known}"), known=", ".join(QUALITIES)))
    series = state.series_of(device.id, quantity)
    twice = series.first_known(start, len(wh))
    log = state.readings.setdefault((device.id, quantity), [])
    if twice is not None:
        event = next(event for first, end, event, _, _ in log if first <= twice < end)
        return codes.READING_TWICE(
            here.place, device=device.id, quantity=quantity, hour=shown(twice), event=state.event_name(event)
        )
    if quantity == "export":
        made, _ = state.series_of(device.id, "generation").window(start, start + len(wh))
        if (wh > made).any():
            raise BodyError(said(N_("'export' is more than the generation recorded for the same hours")))
    state.series.setdefault((device.id, quantity), Series()).add(start, wh)
    log.append((start, start + len(wh), here.seq, quality, body.text("profile", "")))
    return None
