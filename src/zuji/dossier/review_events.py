"""The side file of a review: signed events that name the ones before them, and are only ever added.

A file is a heading and one event per line, each a compact JWS whose payload says who did what to which finding. Events
form a graph through their `parents`; a file is the events in one order that follows from them, so two files merge by
taking the events of both.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from zuji.datum import localised
from zuji.dossier import codes
from zuji.dossier.jws import SignatureError, sign, verified
from zuji.dossier.keys import ROLES, Card
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EVENT_FORMAT, EVENT_KIND, HEADING = "zuji-review/1", "zuji-review+jws", "zuji-review/1"
ACTIONS = ("open", "sample", "find", "answer", "accept", "reopen", "close")
MOST_BYTES, MOST_EVENTS = 64 * 2**20, 100_000


@dataclass(frozen=True, slots=True)
class Event:
    """One signed act in a review."""

    id: str
    """SHA-256 of the signed text."""
    compact: str
    action: str
    dossier: str
    """Digest of the manifest of the version that it is about."""
    parents: tuple[str, ...]
    name: str
    organisation: str
    role: str
    thumbprint: str
    at: datetime
    body: Mapping[str, Any]
    """What the action needs: finding, text, kind, address, round, seed …"""


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a file in their order, and what is wrong with the file."""

    events: tuple[Event, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """The events that no other names: what the next one comes after."""
        named = {parent for event in self.events for parent in event.parents}
        return tuple(sorted(event.id for event in self.events if event.id not in named))


def new_event(
    events: Events,
    action: str,
    body: Mapping[str, Any],
    key: Ed25519PrivateKey,
    card: Card,
    *,
    dossier: str,
    at: datetime,
) -> Events:
    """The events with one more, signed by the holder of the card."""
    assert action in ACTIONS
    payload = {
        "format": EVENT_FORMAT, "action": action, "dossier": dossier, "parents": list(events.heads), "name": card.name,
        "organisation": card.organisation, "role": card.role, "at": at.isoformat(), "body": body,
    }  # fmt: skip
    event = event_of(sign(payload, key, kind=EVENT_KIND))
    return Events(in_one_order([*events.events, event]), events.findings)


@lru_cache(maxsize=4096)
def event_of(compact: str) -> Event:
    """The event in a signed line; raises SignatureError when it does not hold or says too little."""
    found = verified(compact, kind=EVENT_KIND)
    said = found.payload
    try:
        at = datetime.fromisoformat(str(said["at"]))
        texts = [said[key] for key in ("action", "dossier", "name", "organisation", "role")]
        parents = tuple(said["parents"])
        if said["format"] != EVENT_FORMAT or said["action"] not in ACTIONS or said["role"] not in ROLES:
            raise ValueError
        if at.tzinfo is None or not all(isinstance(text, str) for text in (*texts, *parents)):
            raise ValueError
        if not isinstance(said["body"], dict) or list(parents) != sorted(set(parents)):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise SignatureError(N_("it does not say who did what, when and after which entries")) from None
    action, dossier, name, organisation, role = texts
    id = hashlib.sha256(compact.encode("ascii")).hexdigest()
    return Event(id, compact, action, dossier, parents, name, organisation, role, found.thumbprint, at, said["body"])


def read_review(data: bytes) -> Events:
    """The events of a file; a line that does not hold is a finding, and so is an event whose parent is missing.

    Raises UnreadableError for a file that is no review at all.
    """
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n") if len(data) <= MOST_BYTES else [""]
    if lines[0] != HEADING or len(lines) > MOST_EVENTS:
        raise UnreadableError(tr("this is not the file of a review"))
    events: list[Event] = []
    findings: list[Finding] = []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        try:
            events.append(event_of(line))
        except SignatureError as error:
            findings.append(codes.EVENT_INVALID(Place("", number), problem=error.said))
    if lines[-1] or any(not line for line in lines[1:-1]):
        findings.append(
            codes.EVENT_INVALID(Place("", len(lines)), problem=localised(N_("the file is cut off or has empty lines")))
        )
    known = {event.id for event in events}
    for event in events:
        for parent in event.parents:
            if parent not in known:
                findings.append(codes.EVENT_PARENT_MISSING(name=event.name, parent=parent[:12]))
    ordered = in_one_order(events)
    if not findings and [event.id for event in ordered] != [event.id for event in events]:
        findings.append(
            codes.EVENT_INVALID(problem=localised(N_("the entries are not in their order, or one is there twice")))
        )
    return Events(ordered, tuple(findings))


def written(events: Sequence[Event]) -> bytes:
    """The file of these events: same events, same bytes."""
    return "".join(f"{line}\n" for line in (HEADING, *(event.compact for event in in_one_order(events)))).encode(
        "ascii"
    )


def merged(*files: Sequence[Event]) -> tuple[Event, ...]:
    """The events of all files, each once, in their order: commutative, associative and idempotent."""
    return in_one_order(event for events in files for event in events)


def in_one_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Each event once and after its parents; of those that may come next, the earliest, then by id."""
    by_id = {event.id: event for event in events}
    waits = {id: {parent for parent in event.parents if parent in by_id} for id, event in by_id.items()}
    children: dict[str, list[str]] = {}
    for id, parents in waits.items():
        for parent in parents:
            children.setdefault(parent, []).append(id)
    ready = [(by_id[id].at.timestamp(), id) for id, parents in waits.items() if not parents]
    heapq.heapify(ready)
    ordered: list[Event] = []
    while ready:
        _, id = heapq.heappop(ready)
        ordered.append(by_id[id])
        for child in children.get(id, ()):
            waits[child].discard(id)
            if not waits[child]:
                heapq.heappush(ready, (by_id[child].at.timestamp(), child))
    return tuple(ordered)
