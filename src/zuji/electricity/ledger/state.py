"""The state of a ledger: a fold over its events, with every invariant checked at every step."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.events import Body, BodyError, Event, Kind
from zuji.electricity.ledger.hours import Demands, Series, Wh, local_day, zone
from zuji.electricity.ledger.model import Cancellation, Certificate, Device, DeviceKind, ProductClaim
from zuji.electricity.ledger.schemes import schemes
from zuji.electricity.ledger.words import said
from zuji.finding import Finding, Place
from zuji.i18n import N_

Pending = tuple[int, Kind, Mapping[str, object], Place]


@dataclass(frozen=True, slots=True)
class Here:
    """The event that is being applied: its number, place, day and who acts."""

    seq: int
    place: Place
    day: date
    by: str


class State:
    """Everything that the events of a ledger say together; changed only by `apply`."""

    def __init__(self, name: str = "ledger") -> None:
        self.name = name
        self.events: list[tuple[int, Kind, Mapping[str, object]]] = []
        self.reversed: dict[int, Mapping[str, object] | None] = {}
        self.devices: dict[str, Device] = {}
        self.device_events: dict[str, int] = {}
        self.series: dict[tuple[str, str], Series] = {}
        self.readings: dict[tuple[str, str], list[tuple[int, int, int, str, str]]] = {}
        """(start, end, event, quality, profile) of the readings of a device and quantity."""
        self.certificates: dict[str, Certificate] = {}
        self.by_device: dict[str, list[Certificate]] = {}
        self.cancellations: dict[str, Cancellation] = {}
        self.product_claims: list[ProductClaim] = []
        self.identities: dict[str, int] = {}
        self.issued: dict[str, Demands] = {}
        self.claimed: dict[tuple[str, str], Demands] = {}
        self.residual: dict[tuple[int, str, str], int] = {}
        """Wh that went back by expiry: (year of generation, market, technology)."""
        self.received: dict[str, int] = {}
        self.sent: dict[str, int] = {}

    @property
    def seq(self) -> int:
        """The number of the last event."""
        return self.events[-1][0] if self.events else 0

    def event_name(self, seq: int) -> str:
        """An event as findings name it: `ledger:12 cancel`."""
        kind = next((kind for number, kind, _ in self.events if number == seq), "")
        return f"{self.name}:{seq} {kind}".strip()

    def series_of(self, device: str, quantity: str) -> Series:
        """The readings of a quantity at a device; an empty series where there is none."""
        return self.series.get((device, quantity)) or Series()

    def own_use(self, device: str) -> Series:
        """What a generator on site delivered to its site: generation without export [Wh]."""
        made, gone = self.series_of(device, "generation"), self.series_of(device, "export")
        left = Series()
        if len(made.wh):
            wh, _ = gone.window(made.start, made.end)
            left.add(made.start, np.maximum(made.wh - wh, 0))
            left.known = made.known.copy()
        return left

    def on_site(self, site: str) -> tuple[Device, ...]:
        """The generators on the site or on a direct line to it."""
        return tuple(
            d for _, d in sorted(self.devices.items())
            if d.kind is DeviceKind.GENERATOR and d.site == site and d.connection in ("on_site", "direct_line")
        )  # fmt: skip

    def load(self, site: str, start: int, end: int) -> tuple[Wh, Wh]:
        """Grid import, and own use of generation on site or by direct line, of the hours [start, end) [Wh]."""
        grid, _ = self.series_of(site, "grid_import").window(start, end)
        own = np.zeros_like(grid)
        for device in self.on_site(site):
            own += self.own_use(device.id).window(start, end)[0]
        return grid, own

    def generated(self, certificate: Certificate) -> tuple[date, date]:
        """The first and last local day of generation of a certificate."""
        tz = zone(self.devices[certificate.device].timezone)
        return local_day(certificate.start, tz), local_day(certificate.end - 1, tz)

    def last_day(self, certificate: Certificate) -> date | None:
        """The last day on which a certificate is valid; None: for ever."""
        return schemes()[certificate.scheme].last_day(*self.generated(certificate))

    def unknown(self, what: str, id: str, known: Iterable[str], place: Place) -> Finding:
        """The finding that something is not in the ledger, with the nearest name."""
        near = difflib.get_close_matches(id, list(known), n=1, cutoff=0.6)
        return codes.UNKNOWN(place, what=what, id=id, hint=f" ({near[0]}?)" if near else "")

    def apply(self, seq: int, kind: Kind, body: Mapping[str, object], place: Place) -> Finding | None:
        """Apply one event; a finding where an invariant forbids it, and then the state is as it was before."""
        try:
            fields = Body(body)
            here = Here(seq, place, fields.day(), fields.text("by"))
            if kind is Kind.REVERSE:
                return self._reverse(fields, here)
            problem = _appliers()[kind](self, fields, here)
        except BodyError as error:
            return codes.FORM(place, problem=error.problem)
        if problem is None:
            self.events.append((seq, kind, body))
        return problem

    def _reverse(self, fields: Body, here: Here) -> Finding | None:
        fields.only("event", "reason", "replacement")
        target = fields.whole("event")
        fields.text("reason")
        found = next(((kind, body) for seq, kind, body in self.events if seq == target), None)
        shown = self.event_name(target)
        if found is None or found[0] is Kind.REVERSE:
            why = said(N_("there is no such event")) if found is None else said(N_("it is a reversal itself"))
            return codes.REVERSAL_TARGET(here.place, event=shown, reason=why)
        if found[1]["by"] != here.by:
            reason = said(N_("it was recorded by '{by}'"), by=found[1]["by"])
            return codes.REVERSAL_TARGET(here.place, event=shown, reason=reason)
        if target in self.reversed:
            return codes.REVERSAL_TARGET(here.place, event=shown, reason=said(N_("it is reversed already")))
        replacement = fields.data.get("replacement")
        if replacement is not None and not isinstance(replacement, Mapping):
            raise BodyError(said(N_("'replacement' is not a mapping")))
        again = State(self.name)
        again.reversed = {**self.reversed, target: replacement}
        for seq, kind, body in self.events:
            problem = again._replayed(seq, kind, body, here.place)
            if problem is not None:
                dependent = shown if seq == target else self.event_name(seq)
                return codes.REVERSAL_BREAKS(
                    here.place,
                    event=shown,
                    dependent=dependent,
                    problem=LocalText(problem.what("zh"), problem.what("en")),
                )
        again.events = [*self.events, (here.seq, Kind.REVERSE, fields.data)]
        self.__dict__.update(again.__dict__)
        return None

    def _replayed(self, seq: int, kind: Kind, body: Mapping[str, object], place: Place) -> Finding | None:
        if kind is Kind.REVERSE:
            return None
        if seq in self.reversed:
            replacement = self.reversed[seq]
            return None if replacement is None else self.apply(seq, kind, replacement, place)
        return self.apply(seq, kind, body, place)

    def totals(self, owner: str | None = None) -> dict[str, int]:
        """Wh issued, received, sent, live, cancelled, expired, withdrawn, of one party or of all."""
        chosen = [c for c in self.certificates.values() if owner is None or c.owner == owner]
        found = {name: sum(int(getattr(c, name).sum()) for c in chosen) for name in PARTS}
        roots = [c for c in self.certificates.values() if not c.parent]
        if owner is None:
            return {"issued": sum(int(c.issued.sum()) for c in roots), **found}
        return {"issued": self.received.get(owner, 0), "sent": self.sent.get(owner, 0), **found}

    def unbalanced(self) -> Finding | None:
        """L13: a finding unless what was issued is live, cancelled, expired or withdrawn, for all and each party."""
        owners = sorted({*self.received, *self.sent})
        for whose, totals in [("all", self.totals()), *((one, self.totals(one)) for one in owners)]:
            outside = sum(totals[name] for name in PARTS) + totals.get("sent", 0)
            if totals["issued"] != outside:
                place = Place(self.name)
                return codes.UNBALANCED(place, whose=whose, inside=totals["issued"], outside=outside)
        for one in self.certificates.values():
            inside = one.live + one.cancelled + one.expired + one.withdrawn + one.passed_on
            if (inside != one.issued).any() or (one.live < 0).any():
                return codes.UNBALANCED(
                    Place(self.name, one.event), whose=one.id, inside=int(one.issued.sum()), outside=int(inside.sum())
                )
        return None


PARTS = ("live", "cancelled", "expired", "withdrawn")
Applier = Callable[[State, Body, Here], Finding | None]


def _appliers() -> Mapping[Kind, Applier]:
    from zuji.electricity.ledger import apply_certificates, apply_claims, apply_meter

    return {
        Kind.METER: apply_meter.meter,
        Kind.ISSUE: apply_certificates.issue,
        Kind.TRANSFER: apply_certificates.transfer,
        Kind.SPLIT: apply_claims.split,
        Kind.CANCEL: apply_claims.cancel,
        Kind.EXPIRE: apply_certificates.expire,
        Kind.WITHDRAW: apply_certificates.withdraw,
    }


def fold(events: Iterable[Event], name: str = "ledger") -> tuple[State, Finding | None]:
    """The state after `events`, and the finding of the first one that breaks an invariant (the state before it)."""
    state = State(name)
    for event in events:
        problem = state.apply(event.seq, event.kind, event.body, Place(name, event.seq, event.kind))
        if problem is not None:
            return state, problem
    return state, None
