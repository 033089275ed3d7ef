"""A review as it stands: its rounds, and every finding of a verifier with its status, worked out from the events.

A finding is a clarification, a corrective action or an observation, tied to an address in one frozen version. It is
open, answered, accepted or closed. The verifier's side opens, accepts, reopens and closes; the maker's side answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zuji.datum import LocalText
from zuji.dossier import codes
from zuji.dossier.read import Dossier
from zuji.dossier.reason import Reason
from zuji.dossier.review_events import Event, Events
from zuji.dossier.trust import Trust
from zuji.errors import ZujiError
from zuji.finding import Finding
from zuji.i18n import N_, tr, tr_in

KINDS = {
    "clarification": N_("clarification"),
    "corrective_action": N_("corrective action"),
    "observation": N_("observation"),
}
LETTERS = {"clarification": "CL", "corrective_action": "CAR", "observation": "OBS"}
OPEN, ANSWERED, ACCEPTED, CLOSED = "open", "answered", "accepted", "closed"
STATUSES = {OPEN: N_("open"), ANSWERED: N_("answered"), ACCEPTED: N_("accepted"), CLOSED: N_("closed")}
VERIFIERS, MAKERS = ("verifier", "certification_body"), ("author", "company")
MOVES = {
    (OPEN, "answer"): ANSWERED,
    (ANSWERED, "answer"): ANSWERED,
    (ANSWERED, "accept"): ACCEPTED,
    (ANSWERED, "reopen"): OPEN,
    (ACCEPTED, "reopen"): OPEN,
    (ACCEPTED, "close"): CLOSED,
    (CLOSED, "reopen"): OPEN,
}
PROBLEM_ROLE, PROBLEM_STATUS = N_("the role {role} does not do this"), N_("the finding is {status}")
PROBLEM_UNKNOWN, PROBLEM_BODY = N_("there is no such finding"), N_("it lacks what it needs")


class ReviewError(ZujiError):
    """What was asked for does not fit the state of the review."""


@dataclass(slots=True)
class ReviewFinding:
    """One finding of a verifier as it stands."""

    id: str
    kind: str
    address: str
    rulebook: str
    dossier: str
    round: int
    text: str
    status: str = OPEN
    history: list[Event] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its short name, such as CAR-3fa2c1: the letters of the kind and the beginning of its id."""
        return f"{LETTERS[self.kind]}-{self.id[:6]}"


@dataclass(frozen=True, slots=True)
class Round:
    """One round: which frozen version was looked at, with what threshold, and its results."""

    number: int
    dossier: str
    level: str
    materiality: float
    totals: Mapping[str, float]
    """Rulebook → kg CO2e per product."""
    by: str


@dataclass(frozen=True, slots=True)
class Review:
    """The state of a review."""

    rounds: tuple[Round, ...]
    findings: Mapping[str, ReviewFinding]
    """By id."""
    samples: tuple[Event, ...]
    problems: tuple[Finding, ...]
    """Entries without effect."""

    def round_of(self, dossier: Dossier) -> Round:
        """The round about this dossier; raises ReviewError when there is none."""
        found = next((one for one in self.rounds if one.dossier == dossier.digest), None)
        if found is None:
            raise ReviewError(codes.OTHER_DOSSIER(digest=dossier.digest[:19]).what())
        return found

    def finding(self, name: str) -> ReviewFinding:
        """The finding with this id or label, or with an id that begins so; raises ReviewError for none or several."""
        wanted = name.strip().lower().rpartition("-")[2]
        found = [f for f in self.findings.values() if wanted and f.id.startswith(wanted)]
        if len(found) != 1:
            known = ", ".join(f.label for f in self.findings.values()) or "-"
            raise ReviewError(tr("no single finding {name}; there are: {known}", name=name, known=known))
        return found[0]

    @property
    def blocking(self) -> tuple[ReviewFinding, ...]:
        """Clarifications and corrective actions that are neither accepted nor closed."""
        weak = (ACCEPTED, CLOSED)
        return tuple(f for f in self.findings.values() if f.kind != "observation" and f.status not in weak)


def review_of(events: Events | Iterable[Event]) -> Review:
    """The state that the events lead to; an event that does not fit has no effect and is reported."""
    listed = events.events if isinstance(events, Events) else tuple(events)
    rounds: dict[int, Round] = {}
    findings: dict[str, ReviewFinding] = {}
    samples: list[Event] = []
    problems: list[Finding] = []

    def without_effect(event: Event, problem: str, **values: str) -> None:
        target = str(event.body.get("finding", "-"))[:12]
        said = LocalText(tr_in("zh", problem, **values), tr_in("en", problem, **values))
        problems.append(codes.EVENT_WITHOUT_EFFECT(action=event.action, name=event.name, finding=target, problem=said))

    for event in listed:
        if event.role not in (MAKERS if event.action == "answer" else VERIFIERS):
            without_effect(event, PROBLEM_ROLE, role=event.role)
        elif event.action == "open":
            found = _round(event)
            if found is None or found.number in rounds:
                without_effect(event, PROBLEM_BODY)
            else:
                rounds[found.number] = found
        elif event.action == "sample":
            samples.append(event)
        elif event.action == "find":
            raised = _raised(event, rounds.values())
            if raised is None:
                without_effect(event, PROBLEM_BODY)
            else:
                findings[event.id] = raised
        else:
            _moved(event, findings, without_effect)
    ordered = tuple(rounds[number] for number in sorted(rounds))
    return Review(ordered, findings, tuple(samples), tuple(problems))


def _round(event: Event) -> Round | None:
    body = event.body
    number, share, totals = body.get("round"), body.get("materiality"), body.get("totals")
    if not isinstance(number, int) or not isinstance(share, (int, float)) or not isinstance(totals, dict):
        return None
    if not all(isinstance(value, (int, float)) for value in totals.values()):
        return None
    return Round(number, event.dossier, str(body.get("level", "")), float(share), totals, event.name)


def _raised(event: Event, rounds: Iterable[Round]) -> ReviewFinding | None:
    body: Mapping[str, Any] = event.body
    number = next((one.number for one in rounds if one.dossier == event.dossier), None)
    texts = [body.get(key) for key in ("kind", "address", "rulebook", "text")]
    if number is None or not all(isinstance(text, str) for text in texts) or body["kind"] not in KINDS:
        return None
    return ReviewFinding(
        id=event.id, kind=body["kind"], address=body["address"], rulebook=body["rulebook"], dossier=event.dossier,
        round=number, text=body["text"], history=[event],
    )  # fmt: skip


def _moved(event: Event, findings: Mapping[str, ReviewFinding], without_effect: Any) -> None:
    finding = findings.get(str(event.body.get("finding", "")))
    if finding is None:
        without_effect(event, PROBLEM_UNKNOWN)
        return
    moved = MOVES.get((finding.status, event.action))
    if moved is None and finding.kind == "observation" and event.action == "close" and finding.status != CLOSED:
        moved = CLOSED  # an observation asks for nothing
    # What was said stays in the history, also where it moves nothing.
    finding.history.append(event)
    if moved is None:
        without_effect(event, PROBLEM_STATUS, status=finding.status)
    else:
        finding.status = moved


def require_move(finding: ReviewFinding, action: str, role: str) -> None:
    """Raise ReviewError where an act on a finding would have no effect."""
    if role not in (MAKERS if action == "answer" else VERIFIERS):
        raise ReviewError(tr(PROBLEM_ROLE, role=role))
    observed = finding.kind == "observation" and action == "close" and finding.status != CLOSED
    if (finding.status, action) not in MOVES and not observed:
        raise ReviewError(tr(PROBLEM_STATUS, status=tr(STATUSES[finding.status])))


def doubts(events: Iterable[Event], trust: Trust) -> tuple[Finding, ...]:
    """Entries by keys that are not trusted, that are revoked, or that belong to somebody else; one for each key."""
    found: dict[tuple[str, str], Finding] = {}
    for event in events:
        key = event.thumbprint
        card, revoked = trust.cards.get(key), trust.revocations.get(key)
        if revoked is not None:
            when = revoked.revoked.date().isoformat()
            one = codes.KEY_REVOKED(name=event.name, thumbprint=key, revoked=when, reason=revoked.reason or "-")
        elif card is None:
            one = codes.SIGNER_UNKNOWN(name=event.name, role=event.role, thumbprint=key)
        elif card.name != event.name or card.role != event.role:
            wrong = Reason(N_("the trusted key belongs to {owner}, but it is signed as {name}"),
                           owner=f"{card.name} ({card.role})", name=f"{event.name} ({event.role})")  # fmt: skip
            one = codes.EVENT_INVALID(problem=wrong.said)
        else:
            continue
        found.setdefault((key, one.code), one)
    return tuple(found.values())
