"""Certificates from CSV: one row per issue, transfer, split, cancel, expire, withdraw or reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby

import numpy as np

from zuji.electricity.ledger import events
from zuji.electricity.ledger.apply_claims import BASES, load_of, part_of_load
from zuji.electricity.ledger.cells import CellError, Cells
from zuji.electricity.ledger.events import BodyError, Draft, Kind
from zuji.electricity.ledger.hours import Demands, Wh, spread, zone
from zuji.electricity.ledger.model import Certificate
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.words import said
from zuji.finding import Finding
from zuji.i18n import N_
from zuji.reading import Row, Table

EVENT_COLUMNS = (
    "at", "by", "event", "certificate", "scheme", "device", "start", "end", "amount", "unit", "owner", "to", "number",
    "trade", "contract", "with_energy", "part", "cancellation", "site", "basis", "load_start", "load_end",
    "beneficiary", "product", "load", "reason", "reverses", "note",
)  # fmt: skip
KINDS = tuple(kind.value for kind in Kind if kind is not Kind.METER)
ALL, METERED, MATCH = "", "metered", "match"
Plan = Callable[[State], Draft]
"""Makes the draft from the state in which it is recorded, raises CellError or BodyError."""


def read_events(table: Table, by: str, findings: list[Finding]) -> list[Plan]:
    """A plan for every row, or group of `split` rows with one source; unreadable rows are findings."""
    plans: list[Plan] = []
    for _, group in groupby(table.rows, _group):
        rows = [Cells(row) for row in group]
        try:
            kind = rows[0].word("event", KINDS)
            at, who = rows[0].day("at"), rows[0].text("by", by)
            plans.append(_PLANS[kind](rows, at, who))
        except CellError as error:
            findings.append(error.finding)
    return plans


def _group(row: Row) -> object:
    if row.get("event") != Kind.SPLIT:
        return row.place
    return row.get("at"), row.get("by"), row.get("certificate"), row.get("cancellation")


def _issue(rows: Sequence[Cells], at: date, by: str) -> Plan:
    row = rows[0]
    number, trade, contract = (row.text(key, "") for key in ("number", "trade", "contract"))
    hourly = row.text("amount") == METERED
    wh = 0 if hourly else row.whole_wh("amount")
    certificate, scheme, device, owner = (row.text(key) for key in ("certificate", "scheme", "device", "owner"))
    row.text("start"), row.text("end")

    def plan(state: State) -> Draft:
        known = state.devices.get(device)
        start, end = row.hours("start", "end", zone(known.timezone if known else "UTC"))
        if not hourly:
            return events.issue(
                at,
                by,
                certificate,
                scheme,
                device,
                start,
                wh,
                slot=end - start,
                owner=owner,
                place=row.place(),
                number=number,
                trade=trade,
                contract=contract,
            )
        quantity = "discharge" if known and known.kind == "storage" else "generation"
        made, _ = state.series_of(device, quantity).window(start, end)
        used, _ = state.issued.get(device, Demands()).hourly.window(start, end)
        return events.issue(
            at, by, certificate, scheme, device, start, np.maximum(made - used, 0).tolist(), owner=owner,
            place=row.place(), number=number, trade=trade, contract=contract,
        )  # fmt: skip

    return plan


def _fixed(draft: Draft) -> Plan:
    return lambda state: draft


def _transfer(rows: Sequence[Cells], at: date, by: str) -> Plan:
    row = rows[0]
    words = {"trade": row.text("trade", ""), "with_energy": row.text("with_energy", "")}
    return _fixed(events.transfer(at, by, row.text("certificate"), row.text("to"), **words, place=row.place()))


def _split(rows: Sequence[Cells], at: date, by: str) -> Plan:
    if not rows[0].text("cancellation", ""):
        certificate = rows[0].text("certificate")
        parts = {row.text("part"): row.whole_wh("amount") for row in rows}

        def plan(state: State) -> Draft:
            one = state.certificates.get(certificate)
            if one is None or len(one.live) == 1:
                return events.split(at, by, certificate, parts, rows[0].place())
            shared = _shared(list(parts.values()), one.live)
            return events.split(
                at, by, certificate, dict(zip(parts, map(_listed, shared), strict=True)), rows[0].place()
            )

        return plan
    cancellation = rows[0].text("cancellation")
    claims = {row.text("product"): (row.whole_wh("amount"), row.whole_wh("load")) for row in rows}

    def by_product(state: State) -> Draft:
        made = state.cancellations.get(cancellation)
        left = made.wh - sum(made.products.values(), made.wh * 0) if made else np.zeros(1, np.int64)
        shared = _shared([wh for wh, _ in claims.values()], left)
        listed = {p: (_listed(wh), load) for (p, (_, load)), wh in zip(claims.items(), shared, strict=True)}
        return events.split_by_product(at, by, cancellation, listed, rows[0].place())

    return by_product


def _listed(wh: Wh) -> list[int]:
    return [int(v) for v in wh]


def _shared(totals: Sequence[int], over: Wh) -> Iterator[Wh]:
    """Each total over the slots in proportion to what the slots hold, together never more than they hold."""
    done, before = 0, over * 0
    for total in totals:
        done += total
        if done > int(over.sum()):
            yield spread(total, over)  # too much: the ledger will say so
            continue
        upto = np.minimum(spread(done, over), over)
        upto = np.maximum(upto, before)
        yield upto - before
        before = upto


def _cancel(rows: Sequence[Cells], at: date, by: str) -> Plan:
    row = rows[0]
    basis = row.word("basis", BASES, "period")
    amount = row.text("amount", ALL)
    wh = None if amount in (ALL, MATCH) else row.whole_wh("amount")
    id, cancellation, site = row.text("certificate"), row.text("cancellation"), row.text("site")
    beneficiary = row.text("beneficiary", "")

    def plan(state: State) -> Draft:
        known, one = state.devices.get(site), state.certificates.get(id)
        if one is None or known is None:
            start, end = (0, 1) if not row.text("load_start", "") else row.hours("load_start", "load_end", zone("UTC"))
            return events.cancel(
                at, by, id, cancellation, site, wh=wh, basis=basis, start=start, end=end, place=row.place()
            )
        if basis == "hourly":
            taken = _matched(state, one, site) if amount == MATCH else one.live
            if wh is not None:
                taken = next(_shared([wh], one.live))
            return events.cancel(
                at, by, id, cancellation, site, wh=_listed(taken), basis=basis, start=one.start, end=one.end,
                beneficiary=beneficiary, place=row.place(),
            )  # fmt: skip
        start, end = row.hours("load_start", "load_end", zone(known.timezone))
        asked = None if wh is None else wh if len(one.live) == 1 else _listed(next(_shared([wh], one.live)))
        return events.cancel(
            at, by, id, cancellation, site, wh=asked, basis=basis, start=start, end=end, beneficiary=beneficiary,
            place=row.place(),
        )  # fmt: skip

    return plan


def _matched(state: State, one: Certificate, site: str) -> Wh:
    """What is live of an hourly certificate, in each hour at most what the site has not claimed yet."""
    if one.slot != 1:
        raise BodyError(said(N_("'match' needs a certificate by the hour")))
    part = part_of_load(state.devices[one.device], state.devices[site])
    load, _ = load_of(state, state.devices[site], part).window(one.start, one.end)
    claimed, _ = state.claimed.get((site, part), Demands()).hourly.window(one.start, one.end)
    taken: Wh = np.minimum(one.live, np.maximum(load - claimed, 0))
    return taken


def _expire(rows: Sequence[Cells], at: date, by: str) -> Plan:
    return _fixed(events.expire(at, by, rows[0].text("certificate"), rows[0].place()))


def _withdraw(rows: Sequence[Cells], at: date, by: str) -> Plan:
    return _fixed(events.withdraw(at, by, rows[0].text("certificate"), rows[0].text("reason"), rows[0].place()))


def _reverse(rows: Sequence[Cells], at: date, by: str) -> Plan:
    text = rows[0].text("reverses")
    if not text.isdigit():
        raise rows[0].fail("reverses", said(N_("'{text}' is not the number of an event"), text=text))
    return _fixed(events.reverse(at, by, int(text), rows[0].text("reason"), place=rows[0].place()))


_PLANS = {
    "issue": _issue,
    "transfer": _transfer,
    "split": _split,
    "cancel": _cancel,
    "expire": _expire,
    "withdraw": _withdraw,
    "reverse": _reverse,
}
