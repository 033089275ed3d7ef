"""The eight kinds of events and their bodies; a draft becomes an event when the ledger records it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from zuji.datum import LocalText
from zuji.electricity.ledger.hours import Wh, integers
from zuji.electricity.ledger.model import Device
from zuji.electricity.ledger.words import said
from zuji.finding import NOWHERE, Finding, Place
from zuji.i18n import N_


class Kind(StrEnum):
    """What an event does."""

    METER = "meter"
    ISSUE = "issue"
    TRANSFER = "transfer"
    SPLIT = "split"
    CANCEL = "cancel"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    REVERSE = "reverse"


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that somebody wants to record; `place` is where it was read."""

    kind: Kind
    body: Mapping[str, Any]
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event: its number, its body, and its hash over the one before."""

    seq: int
    kind: Kind
    body: Mapping[str, Any]
    recorded: str
    previous: str
    hash: str


class BodyError(ValueError):
    """A field of an event is missing or of the wrong form; `problem` says which in both languages."""

    def __init__(self, problem: LocalText) -> None:
        super().__init__(problem.en)
        self.problem = problem


class FindingError(ValueError):
    """Something in data is wrong; the finding says what."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what())
        self.finding = finding


class Body:
    """The fields of an event, asked for by name; raises BodyError."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def text(self, key: str, default: str | None = None) -> str:
        """A text; needed unless a default is given."""
        value = self.data.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise BodyError(
                said(N_("'{key}' is missing"), key=key)
                if value in (None, "")
                else said(N_("'{key}' is not a text"), key=key)
            )
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.data.get(key, default)
        if type(value) is not int:
            raise BodyError(
                said(N_("'{key}' is missing"), key=key)
                if value is None
                else said(N_("'{key}' is not a whole number"), key=key)
            )
        return value

    def day(self, key: str = "at") -> date:
        """A day, YYYY-MM-DD."""
        try:
            return date.fromisoformat(self.text(key))
        except ValueError as error:
            raise BodyError(said(N_("'{key}' is not a day (YYYY-MM-DD)"), key=key)) from error

    def wh(self, key: str = "wh") -> Wh:
        """A list of whole, not negative Wh."""
        value = self.data.get(key)
        if not isinstance(value, (list, tuple)) or not value:
            raise BodyError(said(N_("'{key}' is not a list of Wh"), key=key))
        try:
            return integers(value)
        except ValueError as error:
            raise BodyError(said(N_("'{key}': energy is given in whole Wh, not negative"), key=key)) from error

    def list(self, key: str) -> Sequence[Body]:
        """A list of mappings."""
        value = self.data.get(key)
        if not isinstance(value, (list, tuple)) or not value or not all(isinstance(one, Mapping) for one in value):
            raise BodyError(said(N_("'{key}' is not a list"), key=key))
        return [Body(one) for one in value]

    def only(self, *known: str) -> None:
        """Raises BodyError for a field that the event does not know."""
        unknown = sorted(set(self.data) - set(known) - {"at", "by"})
        if unknown:
            raise BodyError(said(N_("'{unknown}' is not a field of this event"), unknown=unknown[0]))


def _body(at: date, by: str, **fields: Any) -> dict[str, Any]:
    return {"at": at.isoformat(), "by": by, **{k: v for k, v in fields.items() if v not in (None, "", False)}}


def _listed(wh: int | Iterable[int]) -> list[int]:
    return [wh] if isinstance(wh, int) else [int(v) for v in wh]


def device(at: date, by: str, device: Device, place: Place = NOWHERE) -> Draft:
    """A meter event that describes a device and has no reading."""
    return Draft(Kind.METER, _body(at, by, device=device.id, facts=device.facts()), place)


def reading(
    at: date, by: str, device: str, quantity: str, start: int, wh: Iterable[int], *, quality: str = "measured",
    profile: str = "", source: str = "", place: Place = NOWHERE,
) -> Draft:  # fmt: skip
    """A meter event with the Wh of the hours from `start` on; `profile` names what spread a longer reading."""
    fields = {"device": device, "quantity": quantity, "start": start, "wh": _listed(wh), "quality": quality}
    return Draft(Kind.METER, _body(at, by, **fields, profile=profile, source=source), place)


def issue(
    at: date, by: str, certificate: str, scheme: str, device: str, start: int, wh: int | Iterable[int], *,
    slot: int = 1, owner: str, number: str = "", trade: str = "", contract: str = "", place: Place = NOWHERE,
) -> Draft:  # fmt: skip
    """A certificate over slots of `slot` hours from hour `start` on, one amount [Wh] per slot."""
    fields = {"certificate": certificate, "scheme": scheme, "device": device, "start": start, "slot": slot}
    more = {"owner": owner, "number": number, "trade": trade, "contract": contract}
    return Draft(Kind.ISSUE, _body(at, by, **fields, wh=_listed(wh), **more), place)


def transfer(
    at: date, by: str, certificate: str, to: str, *, trade: str = "", with_energy: str = "", place: Place = NOWHERE
) -> Draft:
    """A change of owner; `with_energy` names the contract where the electricity goes to the same party."""
    return Draft(
        Kind.TRANSFER, _body(at, by, certificate=certificate, to=to, trade=trade, with_energy=with_energy), place
    )


def split(
    at: date, by: str, certificate: str, parts: Mapping[str, int | Iterable[int]], place: Place = NOWHERE
) -> Draft:
    """A certificate divided into others, which together hold all that was live of it."""
    listed = [{"certificate": id, "wh": _listed(wh)} for id, wh in parts.items()]
    return Draft(Kind.SPLIT, _body(at, by, certificate=certificate, parts=listed), place)


def split_by_product(
    at: date, by: str, cancellation: str, parts: Mapping[str, tuple[int | Iterable[int], int]], place: Place = NOWHERE
) -> Draft:
    """A cancellation divided among products: for each, the Wh that it claims and the Wh that it used."""
    listed = [{"product": id, "wh": _listed(wh), "load_wh": load} for id, (wh, load) in parts.items()]
    return Draft(Kind.SPLIT, _body(at, by, cancellation=cancellation, parts=listed), place)


def cancel(
    at: date, by: str, certificate: str, cancellation: str, site: str, *, wh: int | Iterable[int] | None = None,
    first: int = 0, basis: str = "period", start: int, end: int, beneficiary: str = "", place: Place = NOWHERE,
) -> Draft:  # fmt: skip
    """Wh of a certificate used for the load of a site, or for the charging of a storage, in the hours [start, end).

    Without `wh` all that is live is cancelled. With the basis `hourly` the slots are hours and claim these very hours.
    """
    fields: dict[str, Any] = {"certificate": certificate, "cancellation": cancellation, "site": site, "first": first}
    fields |= {"wh": None if wh is None else _listed(wh), "basis": basis, "start": start, "end": end}
    return Draft(Kind.CANCEL, _body(at, by, **fields, beneficiary=beneficiary), place)


def expire(at: date, by: str, certificate: str, place: Place = NOWHERE) -> Draft:
    """What is left of a certificate after its last day goes back to the residual mix of its year."""
    return Draft(Kind.EXPIRE, _body(at, by, certificate=certificate), place)


def withdraw(at: date, by: str, certificate: str, reason: str, place: Place = NOWHERE) -> Draft:
    """The issuer takes back what is live of a certificate."""
    return Draft(Kind.WITHDRAW, _body(at, by, certificate=certificate, reason=reason), place)


def reverse(
    at: date, by: str, event: int, reason: str, replacement: Mapping[str, Any] | None = None, place: Place = NOWHERE
) -> Draft:
    """An earlier event no longer counts; a replacement stands in its place in the order of events."""
    return Draft(Kind.REVERSE, _body(at, by, event=event, reason=reason, replacement=replacement), place)
