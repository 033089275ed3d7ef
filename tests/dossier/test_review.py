"""Review: what the entries lead to, merging without loss, sampling that repeats, and the statement."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.dossier.freeze import Choices, freeze
from zuji.dossier.read import Dossier, open_dossier
from zuji.dossier.review import Review, ReviewError, doubts, review_of
from zuji.dossier.review_events import Event, Events, in_one_order, merged, new_event, read_review, written
from zuji.dossier.sampling import draw, items_of
from zuji.dossier.statement import issued
from zuji.dossier.trust import Revocation
from zuji.dossier.verify import verify
from zuji.errors import UnreadableError
from zuji.footprint.model import Footprint

from .conftest import AT
from .people import Person, codes_of, edited, rebuilt, trusting


@pytest.fixture(scope="session")
def dossier(small: bytes) -> Dossier:
    return open_dossier(small)


class Desk:
    """A review in progress; every act is an hour after the one before."""

    def __init__(self, dossier: Dossier, verifier: Person, company: Person, events: Events | None = None) -> None:
        self.dossier, self.verifier, self.company = dossier, verifier, company
        self.events = events or Events(())
        self.clock = itertools.count()

    def act(self, who: Person, action: str, **body: Any) -> str:
        known = {event.id for event in self.events.events}
        at = AT + timedelta(hours=next(self.clock))
        self.events = new_event(self.events, action, body, who.key, who.card, dossier=self.dossier.digest, at=at)
        return next(event.id for event in self.events.events if event.id not in known)

    def open(self, number: int = 1) -> None:
        totals = {result.rulebook: result.summary["total"] for result in self.dossier.results}
        self.act(self.verifier, "open", round=number, level="reasonable", materiality=0.05, totals=totals)

    def find(self, kind: str = "corrective_action", text: str = "Why?") -> str:
        return self.act(self.verifier, "find", kind=kind, address="total", rulebook="iso-14067", text=text)

    @property
    def state(self) -> Review:
        return review_of(self.events)


@pytest.fixture
def desk(dossier: Dossier, verifier: Person, company: Person) -> Desk:
    made = Desk(dossier, verifier, company)
    made.open()
    return made


def test_a_finding_goes_its_way(desk: Desk) -> None:
    """Open, answered, reopened, answered, accepted, closed; the history keeps every word."""
    id = desk.find()
    statuses = [desk.state.findings[id].status]
    for who, action in (
        (desk.company, "answer"), (desk.verifier, "reopen"), (desk.company, "answer"), (desk.verifier, "accept"),
        (desk.verifier, "close"),
    ):  # fmt: skip
        desk.act(who, action, finding=id, text=action)
        statuses.append(desk.state.findings[id].status)
    assert statuses == ["open", "answered", "open", "answered", "accepted", "closed"]
    assert [event.action for event in desk.state.findings[id].history] == [
        "find", "answer", "reopen", "answer", "accept", "close",
    ]  # fmt: skip
    assert desk.state.finding(f"CAR-{id[:6]}").id == id
    assert not desk.state.problems


def test_acts_that_do_not_fit_have_no_effect(desk: Desk) -> None:
    """The maker does not close, the verifier does not answer, nothing is closed unanswered; all is kept and told."""
    id = desk.find()
    for who, action in ((desk.company, "close"), (desk.verifier, "answer"), (desk.verifier, "close")):
        desk.act(who, action, finding=id, text="x")
    desk.act(desk.company, "answer", finding="f" * 64, text="to nobody")
    desk.act(desk.company, "find", kind="clarification", address="total", rulebook="iso-14067", text="x")
    desk.act(desk.verifier, "find", kind="joke", address="total", rulebook="iso-14067", text="x")
    assert desk.state.findings[id].status == "open"
    assert len(desk.state.findings) == 1
    assert [finding.code for finding in desk.state.problems] == ["ZJ742"] * 6
    assert len(read_review(written(desk.events.events)).events) == 8


def test_whose_entries_they_are(desk: Desk) -> None:
    """An entry by an unknown key is a warning, by a revoked key or under another's name an error; one for each key."""
    desk.find()
    desk.find()
    known = trusting(desk.verifier, desk.company)
    assert doubts(desk.events.events, known) == ()
    assert [f.code for f in doubts(desk.events.events, trusting(desk.company))] == ["ZJ722"]
    key = desk.verifier.card.thumbprint
    revoked = trusting(desk.verifier, revocations={key: Revocation(key, AT, "lost")})
    assert [f.code for f in doubts(desk.events.events, revoked)] == ["ZJ723"]
    impostor = Person(desk.company.key, replace(desk.company.card, name="Li Wei", role="verifier"))
    desk.act(impostor, "find", kind="clarification", address="total", rulebook="iso-14067", text="x")
    assert [f.code for f in doubts(desk.events.events, known)] == ["ZJ740"]


def test_an_observation_asks_for_nothing(desk: Desk) -> None:
    """An observation is closed without an answer, and blocks no statement."""
    id = desk.find("observation")
    assert desk.state.blocking == ()
    desk.act(desk.verifier, "close", finding=id, text="")
    assert desk.state.findings[id].status == "closed"


def test_the_file_reads_back(desk: Desk) -> None:
    """What is written is read, byte for byte, and line ends of another system do not matter."""
    desk.find()
    data = written(desk.events.events)
    found = read_review(data)
    assert found.findings == ()
    assert found.events == desk.events.events
    assert written(found.events) == data
    assert read_review(data.replace(b"\n", b"\r\n")).events == found.events


def test_a_changed_file_is_found(desk: Desk) -> None:
    """A changed letter, a line taken out of the middle, doubled or moved, and a cut end are found; nothing crashes."""
    for _ in range(3):
        desk.find()
    lines = written(desk.events.events).decode().split("\n")
    assert codes_of(read_review("\n".join([*lines[:2], *lines[3:]]).encode()).findings) == {"ZJ741"}
    assert codes_of(read_review("\n".join([*lines[:3], lines[2], *lines[3:]]).encode()).findings) == {"ZJ740"}
    moved = [lines[0], lines[2], lines[1], *lines[3:]]
    assert codes_of(read_review("\n".join(moved).encode()).findings) == {"ZJ740"}
    assert "ZJ740" in codes_of(read_review("\n".join(lines[:-1]).encode()[:-5]).findings)
    for i in range(1, len(lines) - 1):
        for at in (5, len(lines[i]) // 2, len(lines[i]) - 5):
            letter = "A" if lines[i][at] != "A" else "B"
            spoilt = [*lines[:i], lines[i][:at] + letter + lines[i][at + 1 :], *lines[i + 1 :]]
            assert "ZJ740" in codes_of(read_review("\n".join(spoilt).encode()).findings)
    for junk in (b"", b"zuji", b"\xff" * 10):
        with pytest.raises(UnreadableError):
            read_review(junk)


@pytest.fixture(scope="module")
def pool(small: bytes) -> tuple[Event, ...]:
    """Entries of two people who worked apart from the same beginning."""
    verifier, company = Person.of("Li", "", "verifier"), Person.of("Chen", "", "company")
    base = Desk(open_dossier(small), verifier, company)
    base.open()
    ids = [base.find(text=str(i)) for i in range(3)]
    mine, theirs = (Desk(base.dossier, verifier, company, base.events) for _ in range(2))
    for desk in (mine, theirs):
        desk.clock = itertools.count(10)
    for id in ids:
        mine.act(company, "answer", finding=id, text="mine")
        theirs.act(verifier, "reopen", finding=id, text="theirs")
        theirs.act(company, "answer", finding=id, text="theirs")
    return merged(mine.events.events, theirs.events.events)


SUBSETS = st.lists(st.integers(0, 12), max_size=13).map(frozenset)


@settings(max_examples=80, deadline=None)
@given(SUBSETS, SUBSETS, SUBSETS)
def test_merging_is_a_union(pool: tuple[Event, ...], a: frozenset[int], b: frozenset[int], c: frozenset[int]) -> None:
    """Merging is commutative, associative and idempotent, loses nothing, and gives the same bytes and state."""
    x, y, z = ([pool[i % len(pool)] for i in part] for part in (a, b, c))
    assert merged(x, y) == merged(y, x)
    assert merged(merged(x, y), z) == merged(x, merged(y, z))
    assert merged(x, x) == merged(x)
    assert merged(merged(x, y), y) == merged(x, y)
    assert {event.id for event in merged(x, y)} == {event.id for event in (*x, *y)}
    assert written(merged(x, y)) == written(merged(y, x))
    assert review_of(merged(x, y)).findings.keys() == review_of(merged(y, x)).findings.keys()


def test_two_people_merge(pool: tuple[Event, ...]) -> None:
    """After the merge both words are in the history of each finding, and one more entry names both ends."""
    state = review_of(pool)
    for finding in state.findings.values():
        assert {event.body.get("text") for event in finding.history} >= {"mine", "theirs"}
    events = Events(pool)
    assert len(events.heads) == 2
    person = Person.of("Li", "", "verifier")
    more = new_event(events, "sample", {}, person.key, person.card, dossier="x", at=AT)
    assert len(more.heads) == 1
    assert in_one_order(reversed(more.events)) == more.events


def test_the_sample_repeats(dossier: Dossier) -> None:
    """The same seed draws the same lines, another seed others; what is material is always in."""
    result = dossier.results[0]
    first = draw(result, seed="2026", size=4, materiality=0.2)
    assert draw(result, seed="2026", size=4, materiality=0.2) == first
    plans = [draw(result, seed=str(i), size=4, materiality=0.9) for i in range(20)]
    assert len({tuple(item.address for item in plan.items) for plan in plans}) > 1
    limit = 0.2 * result.footprint["total"]
    large = {item.address for item in items_of(result) if abs(item.value) >= limit}
    assert large == {item.address for item in first.items if item.reason == "material"}
    assert len(first.items) == max(4, len(large))
    assert [item.risk for item in first.items] == sorted((item.risk for item in first.items), reverse=True)


def test_risk_is_share_times_quality_times_change(dossier: Dossier) -> None:
    """Worked by hand: a line of a quarter of the footprint, quality 4, changed by half: 0.25 · 4/5 · 1.5 = 0.3."""
    from zuji.dossier.sampling import Item

    assert Item("x", {}, 1.0, 0.25, 4.0, 0.5).risk == pytest.approx(0.3)
    shares = [item.share for item in items_of(dossier.results[0])]
    assert sum(shares) == pytest.approx(1.0)


def test_what_changed_is_riskier(dossier: Dossier, small: bytes) -> None:
    """Against the round before, a line of twice the value has changed by half, and a line that is new wholly."""
    name = "results/iso-14067/footprint.json"
    lines = dossier.results[0].footprint["lines"]
    top = max(range(len(lines)), key=lambda i: lines[i]["value"])
    other = next(i for i in range(len(lines)) if i != top and lines[i]["value"])

    def before(document: Any) -> None:
        document["lines"][top]["value"] /= 2
        del document["lines"][other]

    earlier = open_dossier(rebuilt(small, lambda files: edited(files, name, before)))
    changes = [item.change for item in items_of(dossier.results[0], earlier.results[0])]
    assert changes[top] == pytest.approx(0.5)
    assert changes[other] == 1.0
    assert sum(1 for change in changes if change) == 2


def test_a_drawing_in_proportion_to_risk(dossier: Dossier) -> None:
    """Over many seeds a line is drawn first about as often as its share of the risk says."""
    result = dossier.results[0]
    items = [item for item in items_of(result) if item.risk > 0]
    whole = sum(item.risk for item in items)
    top = max(items, key=lambda item: item.risk)
    rounds = 400
    firsts = sum(
        draw(result, seed=str(i), size=1, materiality=1.0).items[0].address == top.address for i in range(rounds)
    )
    expected = top.risk / whole
    # Four standard deviations of a binomial count.
    assert abs(firsts / rounds - expected) < 4 * (expected * (1 - expected) / rounds) ** 0.5 + 1e-9


def statement_of(desk: Desk, **more: Any) -> bytes:
    options: dict[str, Any] = {
        "level": "reasonable", "opinion": "unmodified", "scope": "cradle to gate", "criteria": ["iso-14067"],
        "text": "We found nothing against it.", "at": AT + timedelta(days=9),
    }  # fmt: skip
    who: Person = more.pop("who", desk.verifier)
    return issued(desk.dossier, desk.events, who.key, who.card, **{**options, **more})


def test_a_statement_is_signed_into_the_dossier(desk: Desk) -> None:
    """It names level, opinion, criteria with their results, and the review, which is in the dossier beside it."""
    id = desk.find()
    desk.act(desk.company, "answer", finding=id, text="because")
    desk.act(desk.verifier, "accept", finding=id, text="")
    data = statement_of(desk)
    found = verify(data, trusting(desk.verifier, desk.company), at=AT, recalculate=False)
    assert found.holds
    (signature,) = found.proofs.signatures
    assert signature.statement is not None
    assert signature.statement["criteria"][0]["total"] == desk.dossier.results[0].summary["total"]
    assert signature.statement["findings"] == {"accepted": 1}
    path = next(path for path, _ in open_dossier(data).proofs if path.endswith(".review"))
    assert read_review(open_dossier(data).read(path)).events == desk.events.events


def test_no_unmodified_opinion_while_findings_are_open(desk: Desk) -> None:
    """An open corrective action stands against an unmodified opinion, not against a qualified one."""
    id = desk.find()
    with pytest.raises(ReviewError, match=f"CAR-{id[:6]}"):
        statement_of(desk)
    assert verify(statement_of(desk, opinion="qualified"), at=AT, recalculate=False).holds


def test_who_may_not_issue_a_statement(desk: Desk, frozen: bytes) -> None:
    """The maker does not, nor does anybody on a dossier without a round."""
    with pytest.raises(ReviewError, match="only a verifier"):
        statement_of(desk, who=desk.company)
    desk.dossier = open_dossier(frozen)
    with pytest.raises(ReviewError, match="no round"):
        statement_of(desk)


def test_a_forged_statement_is_found(desk: Desk) -> None:
    """A statement by a maker, with another result, or with an opinion that the review does not bear, does not hold."""
    from zuji.dossier.jws import sign, verified
    from zuji.dossier.prove import STATEMENTS, added
    from zuji.dossier.statement import STATEMENT_KIND

    desk.find()
    dossier = open_dossier(statement_of(desk, opinion="qualified"))
    path = dossier.proofs[-1][0]
    said = dict(verified(dossier.read(path).decode(), kind=STATEMENT_KIND).payload)
    said["seal"] = dossier.seal_before(len(dossier.proofs))
    for change in (
        {"role": "company"}, {"opinion": "unmodified"}, {"opinion": "superb"}, {"level": "total"}, {"review": "0" * 64},
        {"criteria": [{**said["criteria"][0], "total": 1}]}, {"criteria": [{"rulebook": "none"}]}, {"criteria": 5},
        {"findings": {}}, {"scope": None},
    ):  # fmt: skip
        compact = sign({**said, **change}, desk.verifier.key, kind=STATEMENT_KIND)
        forged = added(dossier, STATEMENTS, ".jws", compact.encode())
        assert "ZJ744" in codes_of(verify(forged, at=AT, recalculate=False).findings), change


def test_rounds_side_by_side(desk: Desk, footprints: list[Footprint]) -> None:
    """A second round is about another dossier; findings stay with the round in which they were raised."""
    first = desk.find()
    desk.dossier = open_dossier(freeze(footprints[:1], Choices(predecessor=desk.dossier.digest)))
    desk.open(2)
    second = desk.find("clarification")
    assert [(one.number, one.dossier) for one in desk.state.rounds][1] == (2, desk.dossier.digest)
    assert (desk.state.findings[first].round, desk.state.findings[second].round) == (1, 2)
    desk.open(2)
    assert len(desk.state.rounds) == 2
