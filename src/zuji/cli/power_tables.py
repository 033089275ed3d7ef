"""Tables of `zuji power` for the terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from zuji.cli.tables import ATTRIBUTION, _table, say, source, titled
from zuji.electricity.ledger.hours import moment_of, zone
from zuji.electricity.ledger.model import Certificate, DeviceKind
from zuji.electricity.ledger.schemes import Scheme, schemes
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.store import Ledger
from zuji.electricity.matching.factors import UsedFactor
from zuji.electricity.matching.residual import ResidualMix
from zuji.electricity.matching.statement import Statement, statement
from zuji.i18n import N_, tr
from zuji.numbers import percent, significant

LINES = {
    "location_based": N_("Location-based"),
    "market_based_annual": N_("Market-based, matched by the year"),
    "market_based_hourly": N_("Market-based, matched by the hour"),
    "offsets": N_("Offsets (beside the result, not subtracted)"),
}
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


def tonnes(kg: float) -> str:
    """kg as t with five significant digits."""
    return significant(kg / 1000, 5)


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


def _four_lines(found: Statement) -> RenderableType:
    table = _table(tr("Line"), "t CO2e", tr("Factor or share"))
    account = found.account
    notes = {
        "location_based": f"{significant(found.location.value)} kg CO2e/kWh ({found.location.id})",
        "market_based_annual": percent(account.annual_share),
        "market_based_hourly": percent(account.hourly_share),
        "offsets": ", ".join(one.id for one in found.offsets) or "–",
    }
    for name, value in found.lines.items():
        table.add_row(tr(LINES[name]), tonnes(value) if value else "0", notes[name])
    return table


def _supply_table(found: Statement) -> RenderableType:
    heads = (tr("Supply"), tr("Scheme"), tr("Vintage"), tr("Hours"), tr("Energy"), tr("by year"), tr("by hour"))
    table = _table(*heads, right_from=4)
    for column in table.columns[1:4]:
        column.no_wrap = True
    for line in found.account.lines:
        energies = (f"{wh / 1e6:,.1f}" for wh in (line.energy, line.used_annual, line.used_hourly))
        table.add_row(line.id, line.scheme, line.vintage or "–", tr(METHODS[line.method]), *energies)
    return table


METHODS = {"metered": N_("metered"), "estimated": N_("estimated")}


def statement_tables(found: Statement) -> RenderableType:
    """The four lines, the supplies, what rulebooks count and the claim."""
    account = found.account
    parts: list[RenderableType] = [
        Text(f"{found.site} {found.year}: {mwh(account.consumption)} MWh", style="bold"),
        Text(
            tr(
                "from the grid {grid} MWh, own generation used {own} MWh; unmatched by the hour {rest} MWh at {factor}",
                grid=mwh(account.grid),
                own=mwh(account.own),
                rest=mwh(account.unmatched_hourly),
                factor=f"{significant(account.residual_factor)} kg CO2e/kWh ({found.residual.id})",
            )
        ),
        Text(),
        _four_lines(found),
        Text(),
    ]
    if account.lines:
        parts += [titled(tr("Certificates and own generation [MWh]"), _supply_table(found)), Text()]
    if found.counted:
        parts += [titled(tr("Counted by rulebook (life-cycle factors) [kg CO2e/kWh]"), _counted(found)), Text()]
    parts.append(Text(tr("24/7 CFE score {score}", score=percent(account.cfe))))
    parts.append(Text(say(found.claim), style="bold"))
    if found.unverified:
        used = ", ".join(id for id in found.schemes if any(one.startswith(f"{id}.") for one in found.unverified))
        words = tr(
            "{count} rules of {schemes} are not verified against their text", count=len(found.unverified), schemes=used
        )
        parts.append(Text(words, style="dim"))
    parts.append(Text(tr("ledger {name}, head {head}", name=found.ledger, head=found.head), style="dim"))
    return Group(*parts)


def _counted(found: Statement) -> RenderableType:
    table = _table(tr("Rulebook"), tr("Mean"), tr("What it does"))
    table.columns[2].justify, table.columns[2].no_wrap = "left", False
    for one in found.counted:
        parts = (f"{source(id)} {significant(f, 3)} {tr(ATTRIBUTION[way])}" for id, _, way, f in one.parts)
        table.add_row(one.rulebook, significant(one.factor), "; ".join(parts))
    return table


def match_tables(found: Statement) -> RenderableType:
    """The match of a plan: shares, and what each certificate would cover."""
    account = found.account
    table = _table(tr("Match"), tr("by the year"), tr("by the hour"))
    table.add_row(tr("matched [MWh]"), mwh(account.matched_annual), mwh(account.matched_hourly))
    table.add_row(tr("unmatched [MWh]"), mwh(account.unmatched_annual), mwh(account.unmatched_hourly))
    table.add_row(tr("carbon-free share"), percent(account.annual_share), percent(account.hourly_share))
    table.add_row(tr("market-based [t CO2e]"), tonnes(account.market_annual), tonnes(account.market_hourly))
    heading = f"{found.site} {found.year}: {mwh(account.consumption)} MWh"
    score = Text(tr("24/7 CFE score {score}", score=percent(account.cfe)))
    return Group(
        Text(heading, style="bold"),
        table,
        Text(),
        titled(tr("Certificates and own generation [MWh]"), _supply_table(found)),
        Text(),
        score,
    )


def site_shares(state: State, year: int) -> RenderableType:
    """Every site of a ledger: consumption, and the share that is carbon-free by the year and by the hour."""
    table = _table(tr("Site"), tr("Consumption [MWh]"), tr("Claimed [MWh]"), tr("by the year"), tr("by the hour"))
    none = UsedFactor(0.0, "-")  # shares do not depend on factors
    for device in state.devices.values():
        if device.kind is not DeviceKind.SITE:
            continue
        found = statement(state, device.id, year, none, none)
        if isinstance(found, Statement):
            account = found.account
            shares = (percent(account.annual_share), percent(account.hourly_share))
            table.add_row(device.id, mwh(account.consumption), mwh(account.matched_annual), *shares)
    note = tr("hours from synthetic profiles; zuji power statement SITE --year {year} shows more", year=year)
    return titled(tr("Electricity of the example, from its ledger"), table, Text(f"  {note}", style="dim"))


def residual_table(found: ResidualMix) -> RenderableType:
    """The shares of a residual mix and how they came about."""
    table = _table(tr("Source of electricity"), tr("Share"))
    for name, share in found.shares.items():
        table.add_row(name, percent(share, 3))
    made = tr(
        "untracked consumption {untracked}, domestic {domestic}; from the external mix {shortage}, to it {surplus}",
        **{name: significant(getattr(found, name), 6) for name in ("untracked", "domestic", "shortage", "surplus")},
    )
    return titled(tr("Residual mix"), table, Text("  " + made, style="dim"))
