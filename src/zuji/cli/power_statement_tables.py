"""Tables of a statement, a match and a residual mix for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from zuji.cli.power_ledger_tables import mwh
from zuji.cli.tables import ATTRIBUTION, _table, say, source, titled
from zuji.electricity.ledger.model import DeviceKind
from zuji.electricity.ledger.state import State
from zuji.electricity.matching.factors import UsedFactor
from zuji.electricity.matching.residual import ResidualMix
from zuji.electricity.matching.statement import LINES, Statement, statement
from zuji.i18n import N_, tr
from zuji.numbers import percent, significant


def tonnes(kg: float) -> str:
    """kg as t with five significant digits."""
    return significant(kg / 1000, 5)


def _four_lines(found: Statement) -> RenderableType:
    table = _table(tr("Line"), "t CO2e", tr("Factor or share"))
    table.columns[0].no_wrap, table.columns[2].no_wrap, table.columns[2].overflow = True, False, "fold"
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
    if found.located is not None:
        traced = found.located.traced
        words = tr(
            "location factor by the hour: {zone} under the rule {rule}; trace {digests}",
            zone=traced.zone,
            rule=traced.rule,
            digests=", ".join(traced.digests),
        )
        parts += [Text(words, style="dim"), Text()]
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
