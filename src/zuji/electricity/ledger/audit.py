"""The audit of a ledger: every hash and every invariant again, from the file alone."""

from __future__ import annotations

import json
from dataclasses import dataclass

from zuji.datum import LocalText
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.events import Kind
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.store import GENESIS, Ledger, event_hash
from zuji.electricity.ledger.words import said
from zuji.finding import Finding, Place
from zuji.i18n import N_


@dataclass(frozen=True)
class Audit:
    """What an audit found: number of events, the head, the totals [Wh], and the findings."""

    events: int
    head: str
    totals: dict[str, int]
    findings: tuple[Finding, ...]


def audit(ledger: Ledger, head: str = "") -> Audit:
    """Recompute the chain and every invariant; the first altered event is named, and what follows is not trusted.

    With a `head` that was noted earlier (on a certificate, in a report) the audit also tells whether events after it
    were taken away: it must be the hash of one of the events.
    """
    state, findings = State(ledger.path.name), list[Finding]()
    previous, count, seen = GENESIS, 0, {GENESIS}
    for seq, kind, body, recorded, before, stored in ledger.rows():
        place = Place(ledger.path.name, seq, kind)
        problem = _altered(seq, count + 1, before, previous, event_hash(seq, kind, body, recorded, before), stored)
        if problem:
            findings.append(codes.CHAIN_BROKEN(place, event=place, problem=problem))
            break
        try:
            broken = state.apply(seq, Kind(kind), json.loads(body), place)
        except ValueError as error:
            broken = codes.FORM(place, problem=LocalText(str(error), str(error)))
        if broken is not None:
            findings.append(broken)
            break
        previous, count = stored, count + 1
        seen.add(stored)
    unbalanced = state.unbalanced()
    if unbalanced is not None:
        findings.append(unbalanced)
    if head and head not in seen:
        place = Place(ledger.path.name, count)
        findings.append(codes.HEAD_DIFFERS(place, wanted=head, event=count, found=previous))
    return Audit(count, previous, state.totals(), tuple(findings))


def _altered(seq: int, expected: int, before: str, previous: str, computed: str, stored: str) -> LocalText:
    if seq != expected:
        return said(N_("event {expected} is missing before it"), expected=expected)
    if before != previous:
        return said(N_("it does not follow from the event before"))
    if computed != stored:
        return said(
            N_("its content gives the hash {computed}…, it carries {stored}…"),
            computed=computed[:16],
            stored=stored[:16],
        )
    return LocalText()
