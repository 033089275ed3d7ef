"""Tables of `zuji grid` for the terminal: factors of zones, the card of a figure, meters, official factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.canonical import plain
from zuji.cli.tables import say, titled
from zuji.electricity.factor_checks import traded_share
from zuji.electricity.factors import GridFactor, Registry
from zuji.electricity.trace.clock import local_text
from zuji.electricity.trace.reconcile import changes as changed
from zuji.electricity.trace.rule import NAMES
from zuji.i18n import N_, tr
from zuji.numbers import at_most, percent, significant

if TYPE_CHECKING:
    from zuji.electricity.trace import Balance, Rule, Trace
    from zuji.electricity.trace.explain import Card, Row
    from zuji.electricity.trace.gradient import Meter

KINDS = {
    "generation": N_("energy generated"),
    "factor": N_("emission factor"),
    "flow": N_("energy sent"),
    "discharge": N_("energy discharged"),
}
BASES = {
    "production": N_("production"),
    "consumption": N_("consumption"),
    "residual": N_("residual"),
    "marginal": N_("marginal"),
}
SCOPES = {"direct": N_("direct"), "lifecycle": N_("life cycle")}


def _table(*columns: tuple[str, bool]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, (name, right) in enumerate(columns):
        # The first column names the row; a broken name reads like two rows.
        table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=right or i == 0)
    return table


def _number(value: float) -> str:
    return "—" if value != value else significant(value)


def _head(trace: Trace, g: int) -> list[RenderableType]:
    balance, gas = trace.balance, trace.balance.labels.gases[g]
    title = f"{balance.id}: {gas.name}, {tr(SCOPES[gas.scope])} [kg/MWh]"
    start, end = (local_text(int(h), balance.time_zone) for h in (balance.hours[0], balance.hours[-1] + balance.step))
    lines: list[RenderableType] = [Text(title, style="bold"), Text(f"{start} – {end}", style="dim")]
    if balance.synthetic:
        lines.append(Text(tr("synthetic: an example, not a real grid"), style="yellow"))
    return lines


def traced(traces: Sequence[Trace], g: int, zones: Sequence[str]) -> RenderableType:
    """One trace with mean, range and missing hours by zone, or several rules side by side; then the account."""
    labels = traces[0].balance.labels
    rows = [i for i, zone in enumerate(labels.zones) if not zones or zone.id in zones]
    parts = _head(traces[0], g)
    means = [one.mean(g) for one in traces]
    if len(traces) == 1:
        parts.append(Text(traces[0].rule.text(), style="dim"))
        columns = [tr("Zone"), tr("Name"), tr("Mean"), tr("lowest"), tr("highest"), tr("Consumption [MWh]")]
        missing = bool(traces[0].reasons.any())
        table = _table(
            *((name, i > 1) for i, name in enumerate([*columns, *([tr("without a figure")] if missing else [])]))
        )
        values = traces[0].values[:, :, g]
        for i in rows:
            known = values[:, i][~np.isnan(values[:, i])]
            low, high = (float(known.min()), float(known.max())) if known.size else (np.nan, np.nan)
            cells = [_number(float(means[0][i])), _number(low), _number(high)]
            cells.append(significant(float(np.nansum(traces[0].consumption[:, i]))))
            gaps = [str(len(values) - known.size)] if missing else []
            table.add_row(labels.zones[i].id, say(labels.zones[i].name), *cells, *gaps)
    else:
        names = [tr(NAMES[one.rule.coupling]) for one in traces]
        table = _table((tr("Zone"), False), (tr("Name"), False))
        for name in names:  # the names of the rules may break, figures are short
            table.add_column(name, justify="right", overflow="fold")
        for i in rows:
            table.add_row(labels.zones[i].id, say(labels.zones[i].name), *(_number(float(mean[i])) for mean in means))
    parts += [table, Text(), *(_account(one, g) for one in traces)]
    if len(traces) > 1:
        parts.append(Text(tr("rules must not be mixed in one account: each shares the same emissions out differently")))
    return Group(*parts)


def _account(trace: Trace, g: int) -> Text:
    emitted, gap = float(trace.emissions[g]), float(trace.imbalance[g])
    share = gap / emitted if emitted else 0.0
    exact = abs(share) < 1e-9
    text = tr(
        "{rule}: emitted {emitted} t; accounted for: {state}",
        rule=trace.rule.id,
        emitted=significant(emitted / 1000),
        state=tr("all of it") if exact else tr("off by {share} %", share=f"{share * 100:+.2g}".replace("-", "−")),
    )
    return Text(text, style="dim" if exact else "yellow")


def trace_document(trace: Trace, g: int, zones: Sequence[str]) -> dict[str, Any]:
    """A trace for JSON: its head and the mean factor of every zone."""
    from zuji.electricity.trace.archive import summary

    mean = trace.mean(g)
    shown = [
        {"zone": zone.id, "mean": None if mean[i] != mean[i] else float(mean[i])}
        for i, zone in enumerate(trace.balance.labels.zones)
        if not zones or zone.id in zones
    ]
    gas = trace.balance.labels.gases[g]
    return {**summary(trace), "gas": gas.name, "scope": gas.scope, "unit": "kg/MWh", "zones": shown}


def changes(balance: Balance) -> RenderableType:
    """The largest changes of a reconciliation."""
    table = _table(
        (tr("Series"), False), (tr("Start"), False), (tr("published [MWh]"), True), (tr("reconciled [MWh]"), True)
    )
    for change in changed(balance, 8):
        raw, value = significant(change.raw, 5), significant(change.value, 5)
        table.add_row(f"{change.series} {change.name}", change.time, raw, value)
    return titled(tr("Reconciled: the largest changes"), table)


def _place(row: Row) -> str:
    raw = tr(" (published {raw})", raw=at_most(row.raw, 5)) if row.raw is not None else ""
    where = f"{row.place.file}:{row.place.line}" if row.place.line else ""
    return f"{at_most(row.value, 5)} MWh{raw}\n{where}".strip()


def card(card: Card, balance: Balance, rule: Rule) -> RenderableType:
    """Where one figure comes from."""
    start = local_text(card.hour, balance.time_zone)
    title = f"{card.zone} {start}: {card.gas}, {tr(SCOPES[card.scope])}"
    parts: list[RenderableType] = [Text(title, style="bold")]
    if card.value is None:
        return Group(*parts, Text(tr("no figure: {reason}", reason=card.reason), style="yellow"))
    deviation = f" ± {significant(card.deviation, 2)}" if card.deviation is not None else ""
    parts.append(Text(f"{significant(card.value, 5)}{deviation} kg/MWh", style="bold"))
    if card.deviation is not None and card.assumed is not None:
        text = tr(
            "± is one standard deviation; {share} of its variance comes from errors that are assumed, not stated",
            share=percent(card.assumed, 0),
        )
        parts.append(Text(text, style="dim"))
    parts.append(Text(rule.text(), style="dim"))
    if balance.synthetic:
        parts.append(Text(tr("synthetic: an example, not a real grid"), style="yellow"))
    columns = (tr("Generator"), tr("MWh per MWh"), tr("own factor"), tr("kg per MWh"), tr("Row"), tr("measured by"))
    table = _table(*((name, 0 < i < 4) for i, name in enumerate(columns)))
    for column in table.columns[1:4]:  # the headings may break, figures are short
        column.no_wrap, column.min_width = False, 7
    table.columns[4].no_wrap = True
    for source in card.sources:
        who = " ".join(part for part in (source.row.metered_by or source.row.publisher, source.row.quality) if part)
        figures = (f"{source.energy:.4f}", at_most(source.factor, 4), f"{source.carbon:.3f}")
        table.add_row(source.id, *figures, _place(source.row), who)
    if card.rest_energy:
        table.add_row(tr("all others"), f"{card.rest_energy:.4f}", "", f"{card.rest_carbon:.3f}", "", "")
    parts += [Text(), table]
    if card.imports:
        lines = _table(
            (tr("Interconnector"), False), (tr("sent"), False), (tr("received"), False), (tr("kg per MWh sent"), True)
        )
        for taken in card.imports:
            factor = "—" if taken.factor is None else significant(taken.factor)
            lines.add_row(taken.link, _place(taken.sent), _place(taken.received), factor)
        parts += [Text(), titled(tr("Imports in this period"), lines)]
    if card.ways:
        ways = _table((tr("Way that carries the most"), False), (tr("share of a MWh"), True))
        for way in card.ways[:8]:
            ways.add_row(" → ".join(way.zones), percent(way.share, 2))
        parts += [Text(), ways]
    parts += [Text(), Text(tr("Proportional sharing is a convention; it does not prove delivery."), style="dim")]
    parts.append(Text(card.digest, style="dim"))
    return Group(*parts)


def meters(ranked: Sequence[Meter], mean: float, zone: str, rule: str) -> RenderableType:
    """Inputs by their part of the variance of a mean factor."""
    columns = (tr("Input"), tr("Kind"), tr("own error"), tr("effect [kg/MWh]"), tr("share of the variance"))
    table = _table(*((name, i > 1) for i, name in enumerate(columns)))
    for meter in ranked:
        sd = percent(meter.sd) + ("*" if meter.assumed else "")
        table.add_row(meter.id, tr(KINDS[meter.kind]), sd, significant(meter.effect, 3), percent(meter.share))
    note = Text(tr("* assumed: nobody stated an error for this input"), style="dim")
    title = tr("{zone}: mean factor {mean} kg/MWh, which input to improve", zone=zone, mean=significant(mean))
    return Group(titled(title, table), note, Text(rule, style="dim"))


def factors(listed: Sequence[GridFactor]) -> RenderableType:
    """Factors with value, gas, scope, basis, place, year; two lines each, so that 80 columns are enough."""
    columns = (tr("Factor"), tr("kg/kWh"), tr("Scope, basis"), tr("Place, year"))
    table = _table(*((name, i == 1) for i, name in enumerate(columns)))
    for i, column in enumerate(table.columns):
        column.no_wrap, column.overflow = i in (1, 2), "fold"
    table.columns[0].min_width = max((len(factor.id) for factor in listed), default=0)
    for factor in listed:
        value = at_most(factor.value, 5) + ("" if factor.verified else " ?")
        kind = f"{tr(SCOPES[factor.scope])}\n{tr(BASES[factor.basis.value])}"
        name = Text.assemble(factor.id, "\n", (say(factor.name), "dim"))
        table.add_row(name, f"{value}\n{factor.gas}", kind, f"{factor.geography}\n{factor.period}")
    doubts = sum(1 for factor in listed if not factor.verified)
    note = tr("? {count} factors whose basis or figure was not checked against the notice", count=doubts)
    return Group(table, *([Text(note, style="dim")] if doubts else []))


def factor_document(factor: GridFactor) -> dict[str, Any]:
    """A factor for JSON."""
    document: dict[str, Any] = plain(factor)
    return {**document, "scope": factor.scope, "unit": "kg/kWh"}


def packages(registry: Registry) -> RenderableType:
    """The official packages with notice, date and digest."""
    columns = (tr("Package"), tr("Title"), tr("Notice"), tr("Published"), tr("Factors"), tr("Digest"), tr("State"))
    table = _table(*((name, i == 4) for i, name in enumerate(columns)))
    for package in registry.packages:
        state = tr("verified") if package.verified else tr("not verified")
        count = str(len(registry.of_package(package.id)))
        row = (
            package.id,
            say(package.title),
            package.notice or "—",
            package.published,
            count,
            package.digest[:19],
            state,
        )
        table.add_row(*row)
    return table


def traded(registry: Registry) -> RenderableType:
    """The share of traded non-fossil electricity that the two national averages imply."""
    table = _table((tr("Year"), False), (tr("traded non-fossil electricity, China"), True))
    for year in ("2021", "2022", "2023"):
        table.add_row(year, percent(traded_share(registry, "CN", year), 2))
    return table
