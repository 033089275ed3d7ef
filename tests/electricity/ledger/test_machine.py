"""The ledger against a model: random events, processes that die, reversals; balance and chain hold at every step."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from zuji.electricity.ledger import events as ev
from zuji.electricity.ledger.audit import audit
from zuji.electricity.ledger.store import Ledger

from .building import DAY, T0, base, granular, now

PARTIES = ("gen", "maker", "buyer")
HOURS = 4
GENERATED, LOAD = np.array([30, 10, 0, 20]), np.array([15, 15, 15, 15])
AMOUNTS = st.lists(st.integers(0, 20), min_size=HOURS, max_size=HOURS)


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


class LedgerMachine(RuleBasedStateMachine):
    """The model keeps arrays per certificate and what was claimed; it shares no code with the ledger."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "power.ledger"
        self.ledger = Ledger.create(self.path, now=now)
        assert self.ledger.record(base(GENERATED.tolist(), LOAD.tolist())).findings == ()
        self.count = 7
        self.live: dict[str, np.ndarray] = {}
        self.owner: dict[str, str] = {}
        self.issued, self.claimed = np.zeros(HOURS, int), np.zeros(HOURS, int)
        self.withdrawn, self.names = 0, 0
        self.claims: dict[int, tuple[str, np.ndarray]] = {}
        self.products: dict[str, np.ndarray] = {}
        self.split_claims: set[int] = set()

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    def tried(self, draft: ev.Draft, *, fits: bool) -> bool:
        done = self.ledger.record([draft])
        assert (done.findings == ()) == fits, [one.what("en") for one in done.findings]
        self.count += fits
        return fits

    def pick(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.live)))

    @rule(wh=AMOUNTS, owner=st.sampled_from(PARTIES))
    def issue(self, wh: list[int], owner: str) -> None:
        id, amounts = self.name("C"), np.array(wh)
        fits = bool(amounts.any() and (self.issued + amounts <= GENERATED).all())
        if self.tried(granular(id, wh, owner=owner), fits=fits):
            self.issued += amounts
            self.live[id], self.owner[id] = amounts, owner

    @precondition(lambda self: self.live)
    @rule(data=st.data(), by=st.sampled_from(PARTIES), to=st.sampled_from(PARTIES))
    def transfer(self, data: st.DataObject, by: str, to: str) -> None:
        id = self.pick(data)
        fits = self.owner[id] == by and bool(self.live[id].any())
        whole = self.ledger.state.certificates[id]
        part = bool((whole.live != whole.issued).any())
        if self.tried(ev.transfer(DAY, by, id, to), fits=fits):
            if part:
                new = f"{id}/{self.count}"
                self.live[new], self.owner[new] = self.live[id], to
                self.live[id] = np.zeros(HOURS, int)
            else:
                self.owner[id] = to

    @precondition(lambda self: self.live)
    @rule(data=st.data(), by=st.sampled_from(PARTIES), cut=AMOUNTS)
    def split(self, data: st.DataObject, by: str, cut: list[int]) -> None:
        id = self.pick(data)
        first = np.minimum(np.array(cut), self.live[id])
        parts = {self.name("P"): first, self.name("P"): self.live[id] - first}
        fits = self.owner[id] == by and bool(self.live[id].any())
        if self.tried(ev.split(DAY, by, id, {k: v.tolist() for k, v in parts.items()}), fits=fits):
            self.live[id] = np.zeros(HOURS, int)
            for new, wh in parts.items():
                self.live[new], self.owner[new] = wh, by

    @precondition(lambda self: self.live)
    @rule(data=st.data(), by=st.sampled_from(PARTIES), wh=AMOUNTS)
    def cancel(self, data: st.DataObject, by: str, wh: list[int]) -> None:
        id, amounts, name = self.pick(data), np.array(wh), self.name("X")
        fits = self.owner[id] == by and bool(amounts.any())
        fits = fits and bool((amounts <= self.live[id]).all() and (self.claimed + amounts <= LOAD).all())
        draft = ev.cancel(DAY, by, id, name, "works", wh=wh, basis="hourly", start=T0, end=T0 + HOURS)
        if self.tried(draft, fits=fits):
            self.live[id] = self.live[id] - amounts
            self.claimed += amounts
            self.claims[self.count] = (name, amounts)
            self.products[name] = np.zeros(HOURS, int)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), wh=AMOUNTS)
    def claim_for_product(self, data: st.DataObject, wh: list[int]) -> None:
        seq = data.draw(st.sampled_from(sorted(self.claims)))
        name, cancelled = self.claims[seq]
        amounts, product = np.array(wh), self.name("product")
        # Its consumption is what it claims: the products of the site then never use more than the site.
        load = int(amounts.sum())
        fits = bool((self.products[name] + amounts <= cancelled).all())
        state = self.ledger.state
        owner = state.certificates[state.cancellations[name].certificate].owner
        draft = ev.split_by_product(DAY, owner, name, {product: (wh, load)})
        if self.tried(draft, fits=fits):
            self.products[name] = self.products[name] + amounts
            self.split_claims.add(seq)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), by=st.sampled_from(("reg", "gen")))
    def withdraw(self, data: st.DataObject, by: str) -> None:
        id = self.pick(data)
        fits = by == "reg" and bool(self.live[id].any())
        if self.tried(ev.withdraw(DAY, by, id, "error"), fits=fits):
            self.withdrawn += int(self.live[id].sum())
            self.issued -= self.live[id]
            self.live[id] = np.zeros(HOURS, int)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), day=st.dates(date(2024, 1, 1), date(2030, 1, 1)))
    def expire(self, data: st.DataObject, day: date) -> None:
        # Granular certificates have no last day, so nothing expires, whenever somebody says so.
        self.tried(ev.expire(day, "reg", self.pick(data)), fits=False)

    @precondition(lambda self: self.claims)
    @rule()
    def reverse_last_claim(self) -> None:
        seq = max(self.claims)
        if seq != self.count or seq in self.split_claims:
            return
        name, amounts = self.claims[seq]
        certificate = self.ledger.state.cancellations[name].certificate
        assert not self.tried(ev.reverse(DAY, "somebody", seq, "mischief"), fits=False)
        if self.tried(ev.reverse(DAY, self.owner[certificate], seq, "mistake"), fits=True):
            self.live[certificate] = self.live[certificate] + amounts
            self.claimed -= amounts
            del self.claims[seq], self.products[name]

    @rule(wh=AMOUNTS, after=st.booleans())
    def die(self, wh: list[int], after: bool) -> None:
        """The process ends inside a transaction, after the rows were written and before or after the commit."""
        head = self.ledger.head
        real = self.ledger._connection

        class Dying:
            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

            def execute(self, sql: str, *more: object) -> object:
                if sql == "COMMIT":
                    if after:
                        real.execute(sql)
                    raise Killed
                return real.execute(sql, *more)  # type: ignore[arg-type]

        self.ledger._connection = Dying()  # type: ignore[assignment]
        drafts = [ev.reading(DAY, "op", "wind", "generation", T0 + 100 + 10 * self.count, wh)]
        try:
            self.ledger.record(drafts)
        except Killed:
            pass
        else:
            raise AssertionError("the process did not die")
        real.close()  # the operating system does this for a process that is gone
        self.ledger = Ledger.open(self.path, now=now)
        self.count += after
        assert (self.ledger.head == head) is not after

    @rule()
    def reopen(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.path, now=now)

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        if not hasattr(self, "ledger"):
            return
        state = self.ledger.state
        assert state.seq == self.count
        assert {id: one.live.tolist() for id, one in state.certificates.items()} == {
            id: wh.tolist() for id, wh in self.live.items()
        }
        totals = state.totals()
        assert totals["cancelled"] == int(self.claimed.sum())
        assert totals["withdrawn"] == self.withdrawn
        assert totals["issued"] == sum(totals[name] for name in ("live", "cancelled", "expired", "withdrawn"))
        assert state.unbalanced() is None
        assert (self.claimed <= LOAD).all()
        assert (self.issued <= GENERATED).all()

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            found = audit(self.ledger, self.ledger.head)
            self.ledger.close()
            self.folder.cleanup()
            assert found.findings == ()


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
