"""Tables of a ledger and its schemes for the terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from zuji.cli.tables import _table, say, titled
from zuji.electricity.ledger.hours import moment_of, zone
from zuji.electricity.ledger.model import Certificate
from zuji.electricity.ledger.schemes import Scheme, schemes
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.store import Ledger
from zuji.i18n import N_, tr

STATES = {
    "live": N_("live"),
    "cancelled": N_("cancelled"),
    "split": N_("split"),
    "expired": N_("expired"),
    "withdrawn": N_("withdrawn"),
}


def mwh(wh: float) -> str:
    """Wh as MWh with thousands, three decimals at most."""
    text = f"{wh / 1e6:,.3f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ledger_tables(ledger: Ledger) -> RenderableType:
    """Devices, certificates, cancellations and totals."""
    state = ledger.state
    devices = _table(
        tr("Device"), tr("Kind"), tr("Technology"), tr("Market"), tr("Hours read"), tr("Energy [MWh]"), right_from=4
    )
    for device in state.devices.values():
        series = [one for (id, _), one in state.series.items() if id == device.id]
        hours = max((int(one.known.sum()) for one in series), default=0)
        energy = max((int(one.wh.sum()) for one in series), default=0)
        devices.add_row(
            device.id, device.kind.value, device.technology or "–", device.boundary, f"{hours:,}", mwh(energy)
        )
    parts: list[RenderableType] = [titled(tr("Devices"), devices), Text()]
    if state.certificates:
        parts += [titled(tr("Certificates [MWh]"), _certificates(state)), Text()]
    if state.cancellations:
        parts += [titled(tr("Cancellations [MWh]"), _cancellations(state)), Text()]
    if state.residual:
        table = _table(tr("Year"), tr("Market"), tr("Technology"), tr("Energy [MWh]"), right_from=3)
        for (year, market, technology), wh in sorted(state.residual.items()):
            table.add_row(str(year), market, technology, mwh(wh))
        parts += [titled(tr("Back in the residual mix"), table), Text()]
    parts.append(Text(tr("{count} events; head {head}", count=state.seq, head=ledger.head), style="dim"))
    return Group(*parts)


def _certificates(state: State) -> RenderableType:
    table = _table(
        tr("Certificate"),
        tr("Scheme"),
        tr("Generated"),
        tr("Owner"),
        tr("State"),
        tr("Issued"),
        tr("Live"),
        right_from=5,
    )
    for one in state.certificates.values():
        first, last = state.generated(one)
        table.add_row(
            one.id,
            one.scheme,
            f"{first.isoformat()} – {last.isoformat()}",
            one.owner,
            tr(STATES[one.status]),
            mwh(int(one.issued.sum())),
            mwh(int(one.live.sum())),
        )
    return table


def _cancellations(state: State) -> RenderableType:
    table = _table(
        tr("Cancellation"), tr("Certificate"), tr("Site"), tr("Load"), tr("Energy"), tr("For products"), right_from=4
    )
    for made in state.cancellations.values():
        tz = zone(state.devices[made.site].timezone)
        first, last = moment_of(made.start, tz).date(), moment_of(made.end - 1, tz).date()
        products = "; ".join(f"{id} {mwh(int(wh.sum()))}" for id, wh in made.products.items())
        load = f"{first.isoformat()} – {last.isoformat()}"
        table.add_row(made.id, made.certificate, made.site, load, mwh(int(made.wh.sum())), products or "–")
    return table


def event_table(ledger: Ledger) -> RenderableType:
    """The events in their order."""
    table = _table(tr("No."), tr("Event"), tr("Day"), tr("By"), tr("What"), tr("Hash"), right_from=9)
    reversed_ = ledger.state.reversed
    for event in ledger.events():
        body = event.body
        named = next((str(body[key]) for key in ("cancellation", "certificate", "device", "event") if key in body), "")
        style = "dim strike" if event.seq in reversed_ else ""
        energy = f"{mwh(sum(body['wh']))} MWh" if "wh" in body else ""
        what = f"{named} {energy}".strip()
        table.add_row(
            str(event.seq), event.kind.value, str(body["at"]), str(body["by"]), what, event.hash[:12], style=style
        )
    return titled(tr("Events"), table)


def ledger_dict(ledger: Ledger, *, with_events: bool) -> dict[str, Any]:
    """What the ledger holds, for JSON; energies in Wh."""
    state = ledger.state
    shown: dict[str, Any] = {
        "head": ledger.head,
        "events": state.seq,
        "totals_wh": state.totals(),
        "devices": {d.id: d.facts() for d in state.devices.values()},
        "certificates": {c.id: _certificate(c) for c in state.certificates.values()},
        "cancellations": {
            c.id: {
                "certificate": c.certificate,
                "site": c.site,
                "part": c.part,
                "basis": c.basis,
                "start": c.start,
                "end": c.end,
                "wh": int(c.wh.sum()),
                "day": c.day.isoformat(),
                "beneficiary": c.beneficiary,
                "products_wh": {id: int(wh.sum()) for id, wh in c.products.items()},
            }
            for c in state.cancellations.values()
        },
        "residual_wh": [[*key, wh] for key, wh in sorted(state.residual.items())],
    }
    if with_events:
        shown["list"] = [
            {"seq": seq, "kind": kind, "body": json.loads(body), "recorded": at, "previous": before, "hash": hash}
            for seq, kind, body, at, before, hash in ledger.rows()
        ]
    return shown


def _certificate(one: Certificate) -> dict[str, Any]:
    words = (
        "scheme",
        "device",
        "start",
        "slot",
        "owner",
        "issuer",
        "number",
        "trade",
        "contract",
        "tradable",
        "status",
    )
    energies = ("issued", "live", "cancelled", "expired", "withdrawn")
    return {
        **{key: getattr(one, key) for key in words},
        **{f"{key}_wh": int(getattr(one, key).sum()) for key in energies},
    }


def scheme_list() -> RenderableType:
    """The schemes with the number of their rules and of those that nobody held against the text."""
    table = _table(tr("Scheme"), tr("Name"), tr("Rules"), tr("unverified"), right_from=2)
    for one in schemes().values():
        rules = [rule for dated in one.rules.values() for _, rule in dated]
        table.add_row(one.id, say(one.name), str(len(rules)), str(sum(not rule.verified for rule in rules)))
    return titled(tr("Schemes"), table)


def scheme_rules(one: Scheme) -> RenderableType:
    """The dated rules of a scheme with clause and source."""
    table = _table(tr("Rule"), tr("From"), tr("Value"), tr("Clause"), tr("Source"), right_from=9)
    for name, dated in one.rules.items():
        for since, rule in dated:
            unverified = tr("not verified")
            mark = "" if rule.verified else f" ({unverified})"
            value = json.dumps(rule.value, ensure_ascii=False, default=str)
            table.add_row(name, since.isoformat(), value, rule.clause, rule.source + mark)
    return titled(f"{one.id}: {say(one.name)}", table)
