"""Tables, CSV and documents of `zuji storage`."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.cli.tables import say, titled
from zuji.electricity.storage.avoided import AvoidedAccount, by_year
from zuji.electricity.storage.dispatch import Schedule
from zuji.electricity.storage.metered import MeteredCarbon, MeteredUse
from zuji.electricity.storage.parameters import Auxiliaries, Plan, StorageProduct
from zuji.electricity.storage.plan import Signals, hourly_csv
from zuji.electricity.storage.points import POINT_NAMES
from zuji.electricity.storage.study_use import UseValue
from zuji.electricity.storage.telemetry import Reconciliation, Telemetry
from zuji.electricity.storage.use_phase import PerKwh, UsePhase
from zuji.finding import Finding, in_order
from zuji.i18n import N_, tr
from zuji.numbers import at_most, percent, significant

if TYPE_CHECKING:
    from zuji.electricity.factors import DirectFactor, LifecycleFactor
    from zuji.study.model import Study

SCOPES = {"direct": N_("direct"), "lifecycle": N_("life cycle"), "mixed": N_("scopes mixed")}
BASES = {
    "metered": N_("losses were metered"),
    "stated": N_("losses from the stated round trip"),
    "balance": N_("losses are the rest of the balance: only a gain can be found"),
}
SCHEDULES = {"cheapest": N_("least cost"), "cleanest": N_("least carbon")}
SIGNALS = {
    "marginal": N_("marginal"),
    "consumption": N_("consumption"),
    "production": N_("production"),
    "residual": N_("residual"),
    "average": N_("average"),
}


@dataclass(frozen=True)
class Shown:
    """What `zuji storage use` found."""

    phase: UsePhase
    per_kwh: PerKwh | None
    factor: DirectFactor | LifecycleFactor | None
    telemetry: Telemetry | None = None
    balance: Reconciliation | None = None
    use: MeteredUse | None = None
    carbon: MeteredCarbon | None = None
    synthetic: bool = False

    def metered(self, telemetry: Telemetry, balance: Reconciliation, use: MeteredUse) -> Shown:
        """With telemetry and its balance."""
        return replace(self, telemetry=telemetry, balance=balance, use=use)

    def with_carbon(self, carbon: MeteredCarbon, synthetic: bool) -> Shown:
        """With what hourly factors make of it."""
        return replace(self, carbon=carbon, synthetic=synthetic)


def _table(*columns: str, words: int = 1) -> Table:
    """Words on the left, figures on the right; neither is broken where the first column alone holds words."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, name in enumerate(columns):
        table.add_column(
            name, justify="left" if i < words else "right", overflow="fold", no_wrap=i >= words or words == 1
        )
    return table


def _grams(kg: float) -> str:
    return "?" if math.isnan(kg) else significant(kg * 1000)


def use_tables(shown: Shown) -> RenderableType:
    """Years of service, figures per kWh delivered, and the metered side."""
    phase, product = shown.phase, shown.phase.product
    point = tr(POINT_NAMES[phase.point])
    title = f"{say(product.name) or product.id}: " + tr(
        "use phase as stated, round trip at: {point} [kWh]", point=point
    )
    columns = (tr("Year"), tr("capacity"), tr("round trip"), tr("delivered"), tr("losses"), tr("auxiliaries"))
    years = _table(*columns)
    for year in phase.years:
        name = f"{year.year} ↻" if year.replaced else str(year.year)
        figures = (year.delivered, year.losses, year.auxiliary)
        years.add_row(name, significant(year.capacity), percent(year.efficiency, 2), *map(significant, figures))
    years.add_section()
    totals = (phase.delivered, phase.losses, phase.auxiliary)
    years.add_row(tr("Total"), "", percent(phase.efficiency, 2), *map(significant, totals))
    parts: list[RenderableType] = [titled(title, years)]
    if any(year.replaced for year in phase.years):
        parts.append(Text(tr("↻ replaced at the start of the year"), style="dim"))
    if product.auxiliaries is Auxiliaries.INSIDE:
        parts.append(Text(tr("auxiliaries are inside the round trip"), style="dim"))
    parts += ["", _per_kwh(shown)]
    if shown.balance is not None and shown.use is not None:
        parts += ["", _balance(shown.balance, shown.use), "", _metered(shown.use, shown)]
    note = tr("attributional figures: they say nothing of what the store changes in the grid (zuji storage avoided)")
    parts.append(Text(note, style="dim"))
    return Group(*parts)


def _per_kwh(shown: Shown) -> RenderableType:
    if shown.per_kwh is None or shown.factor is None:
        return Text(tr("no factor was named: --factor ID gives g CO2e per kWh delivered"), style="dim")
    one = shown.per_kwh
    table = _table(tr("per kWh delivered, as stated"), "g CO2e/kWh")
    table.add_row(tr("losses"), _grams(one.losses))
    table.add_row(tr("auxiliaries"), _grams(one.auxiliaries))
    table.add_row(tr("use stage"), Text(_grams(one.use), style="bold"))
    if shown.phase.replacements:
        table.add_row(tr("replacements (not part of the use stage)"), _grams(one.replacements))
    factor = shown.factor
    source = f"{factor.id}: {at_most(factor.value, 6)} kg/kWh, {tr(SCOPES[one.scope])}"
    return Group(table, Text(source, style="dim"))


def _balance(balance: Reconciliation, use: MeteredUse) -> RenderableType:
    columns = (
        tr("Month"),
        tr("hours"),
        tr("in"),
        tr("out"),
        tr("Δ state"),
        tr("losses"),
        tr("unbalanced"),
        tr("of in"),
    )
    table = _table(*columns)
    for i, span in enumerate(balance.spans):
        is_total = i + 1 == len(balance.spans) > 1
        if is_total:
            table.add_section()
        figures = (span.charged, span.discharged, span.change, span.losses + span.auxiliary, span.residual)
        # Sums of floats: what is below a millionth of the energy is nothing.
        shown = (0.0 if abs(v) < 1e-6 * max(span.charged, 1.0) else v for v in figures)
        name = tr("Total") if is_total else span.name
        table.add_row(name, f"{span.hours:,}", *map(significant, shown), percent(span.share, 2))
    title = tr("Energy balance of the telemetry at: {point} [kWh]", point=tr(POINT_NAMES[use.point]))
    return titled(title, table, Text(tr(BASES[balance.basis]), style="dim"))


def _metered(use: MeteredUse, shown: Shown) -> RenderableType:
    table = _table(tr("As metered, {period}", period=use.period), "")
    table.add_row(tr("hours read"), f"{use.known:,} / {use.hours:,}")
    efficiency = "?" if math.isnan(use.efficiency) else percent(use.efficiency, 2)
    table.add_row(tr("round trip, change of state counted"), efficiency)
    table.add_row(tr("losses [kWh]"), significant(use.losses))
    inside = tr("inside the round trip") if use.inside else _or_unknown(use.auxiliary_per_year)
    table.add_row(tr("auxiliaries [kWh/a]"), inside)
    parts: list[RenderableType] = [table]
    if shown.carbon is not None:
        one = shown.carbon
        table.add_section()
        table.add_row(tr("factor of the charging hours [g/kWh]"), _grams(one.charging))
        table.add_row(tr("losses [g CO2e/kWh delivered]"), _grams(one.losses))
        table.add_row(tr("auxiliaries [g CO2e/kWh delivered]"), _grams(one.auxiliaries))
        table.add_row(tr("use stage [g CO2e/kWh delivered]"), Text(_grams(one.use), style="bold"))
        table.add_row(tr("charged energy with a factor"), "?" if math.isnan(one.covered) else percent(one.covered))
        parts.append(Text(f"{one.source}; {tr(SCOPES[one.scope])}", style="dim"))
        if shown.synthetic:
            parts.append(Text(tr("synthetic: an example, not a real grid"), style="yellow"))
    return Group(*parts)


def _or_unknown(value: float) -> str:
    return "?" if math.isnan(value) else significant(value)


def use_csv(shown: Shown) -> str:
    """The years of service, or with telemetry its hours."""
    telemetry = shown.telemetry
    if telemetry is not None:
        names = ("charge", "discharge", "auxiliary", "state", "change_of_state")
        columns = [telemetry.charge, telemetry.discharge, telemetry.auxiliary, telemetry.state, telemetry.change]
        return hourly_csv(telemetry.hours, telemetry.time_zone, names, columns)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("year", "capacity_kwh", "round_trip", "delivered_kwh", "losses_kwh", "auxiliary_kwh", "replaced"))
    for y in shown.phase.years:
        figures = (y.capacity, y.efficiency, y.delivered, y.losses, y.auxiliary)
        writer.writerow((y.year, *(f"{v:.9g}" for v in figures), "yes" if y.replaced else "no"))
    return out.getvalue()


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _found(found: Sequence[Finding]) -> list[dict[str, Any]]:
    return [one.as_dict() for one in in_order(found)]


def use_document(shown: Shown, found: Sequence[Finding]) -> dict[str, Any]:
    """Everything as a document; what is unknown is null."""
    phase = shown.phase
    document: dict[str, Any] = {
        "id": phase.product.id,
        "point": phase.point.value,
        "auxiliaries": phase.product.auxiliaries.value,
        "stated": {
            "delivered_kwh": phase.delivered,
            "losses_kwh": phase.losses,
            "auxiliary_kwh": phase.auxiliary,
            "round_trip": phase.efficiency,
            "years": [
                {"year": y.year, "capacity_kwh": y.capacity, "round_trip": y.efficiency, "delivered_kwh": y.delivered}
                for y in phase.years
            ],
        },
        "findings": _found(found),
    }
    if shown.per_kwh is not None and shown.factor is not None:
        one = shown.per_kwh
        names = ("losses", "auxiliaries", "use", "replacements")
        document["stated"]["kg_per_kwh_delivered"] = {name: _plain(getattr(one, name)) for name in names}
        document["stated"]["factor"] = {"id": shown.factor.id, "kg_per_kwh": shown.factor.value, "scope": one.scope}
    if shown.use is not None and shown.balance is not None:
        use = shown.use
        document["metered"] = {
            "point": use.point.value, "period": str(use.period), "hours": use.hours, "hours_read": use.known,
            "charged_kwh": use.charged, "discharged_kwh": use.discharged, "change_of_state_kwh": _plain(use.change),
            "losses_kwh": use.losses, "round_trip": _plain(use.efficiency),
            "auxiliary_kwh_per_year": _plain(use.auxiliary_per_year), "losses_basis": shown.balance.basis,
            "balance": [
                {
                    "span": s.name, "hours": s.hours, "charged_kwh": s.charged, "discharged_kwh": s.discharged,
                    "change_of_state_kwh": s.change, "losses_kwh": s.losses, "residual_kwh": s.residual,
                }
                for s in shown.balance.spans
            ],
        }  # fmt: skip
    if shown.carbon is not None:
        carbon_names = ("charging", "losses", "auxiliaries", "use", "covered")
        carbon = {name: _plain(getattr(shown.carbon, name)) for name in carbon_names}
        document["metered"]["carbon"] = {**carbon, "scope": shown.carbon.scope, "source": shown.carbon.source}
    return document


def _cases(account: AvoidedAccount) -> tuple[tuple[str, float, float], ...]:
    keep = ~np.isnan(account.effect)
    rows = (("baseline", account.baseline), ("with_store", account.with_store), ("difference", account.difference))
    return tuple((name, float(v[keep].sum()), float((v[keep] * account.factor[keep]).sum())) for name, v in rows)


CASES = {"baseline": N_("baseline"), "with_store": N_("with the store"), "difference": N_("difference")}


def avoided_tables(account: AvoidedAccount, product: StorageProduct) -> RenderableType:
    """The two cases, the difference with its interval, and the statement of method."""
    table = _table(tr("System effect (not part of any footprint)"), tr("net draw [kWh]"), tr("kg CO2e"))
    for name, energy, carbon in _cases(account):
        bold = "bold" if name == "difference" else ""
        table.add_row(Text(tr(CASES[name]), style=bold), significant(energy), Text(significant(carbon), style=bold))
    low, high = account.interval
    table.add_row(tr("95 % interval"), "", f"{significant(low)} … {significant(high)}")
    table.add_row(tr("probability of an adverse effect"), "", percent(account.chance_adverse))
    if account.delivered:
        table.add_row(tr("per MWh delivered"), "", significant(account.system_effect / account.delivered * 1000))
    if account.lifecycle is not None:
        table.add_section()
        table.add_row(tr("life cycle of the solution"), "", significant(account.lifecycle))
        table.add_row(tr("balance of this account"), "", significant(account.balance))
    word = tr("adverse: more is emitted than in the baseline") if account.is_adverse else tr("avoided")
    parts: list[RenderableType] = [table, Text(word, style="bold yellow" if account.is_adverse else "bold green")]
    if product.effect.years > 1:
        effects = by_year(account, product.effect.years, product.effect.decline, product.fade)
        years = _table(tr("Year"), tr("kg CO2e"))
        for i, effect in enumerate(effects.tolist()):
            years.add_row(str(i + 1), significant(effect))
        decline = percent(product.effect.decline)
        title = tr("Scenario: marginal factor falling by {decline} a year", decline=decline)
        parts += ["", titled(title, years)]
    return Group(*parts, "", Text(say(account.statement()), style="dim"))


def avoided_csv(account: AvoidedAccount) -> str:
    """Baseline, with-storage case, difference, factor and effect by hour."""
    names = ("baseline_kwh", "with_store_kwh", "difference_kwh", "marginal_kg_per_kwh", "effect_kg")
    columns = [account.baseline, account.with_store, account.difference, account.factor, account.effect]
    return hourly_csv(account.profile.hours, account.profile.time_zone, names, columns)


def avoided_document(account: AvoidedAccount, product: StorageProduct, found: Sequence[Finding]) -> dict[str, Any]:
    """The account as a document that names itself what it is."""
    low, high = account.interval
    statement = account.statement()
    effect = product.effect
    scenario = by_year(account, effect.years, effect.decline, product.fade).tolist() if effect.years > 1 else []
    return {
        "account": "system effect with marginal factors; not part of any footprint, inventory or certificate",
        "baseline": account.baseline_case,
        "cases": {name: {"net_draw_kwh": energy, "kg": carbon} for name, energy, carbon in _cases(account)},
        "system_effect_kg": account.system_effect,
        "adverse": account.is_adverse,
        "interval_95_kg": [low, high],
        "probability_adverse": account.chance_adverse,
        "factor_uncertainty_stated": account.sd is not None,
        "solution_lifecycle_kg": account.lifecycle,
        "balance_kg": account.balance,
        "hours_left_out": account.missing,
        "source": account.source,
        "scenario_by_year_kg": scenario,
        "method": {"zh": statement.zh, "en": statement.en},
        "findings": _found(found),
    }


def _schedule_name(one: Schedule) -> str:
    if one.name in SCHEDULES:
        return tr(SCHEDULES[one.name])
    return tr("{share} of the way", share=one.name)


def dispatch_tables(schedules: Sequence[Schedule], signals: Signals, plan: Plan) -> RenderableType:
    """Cost and carbon beyond standing idle, and the price of each tonne that the next step avoids."""
    columns = (tr("Schedule"), tr("bill"), tr("wear"), tr("kg CO2e"), tr("throughput"), tr("per t avoided"))
    table = _table(*columns)
    before: Schedule | None = None
    for one in schedules:
        price = ""
        if before is not None and before.carbon - one.carbon > 1e-6 * max(abs(before.carbon), 1.0):
            step = one.cost + one.wear - before.cost - before.wear
            price = significant(step / (before.carbon - one.carbon) * 1000)
        figures = (one.cost, one.wear, one.carbon, one.throughput)
        table.add_row(_schedule_name(one), *(significant(_clean(v)) for v in figures), price)
        before = one
    hours = f"{len(signals.hours):,}"
    title = tr("Schedules of {hours} hours beside an idle store [{money}; kWh]", hours=hours, money=plan.currency)
    basis = tr("carbon signal: {basis}; negative is saved", basis=tr(SIGNALS[signals.basis]))
    return titled(title, table, Text(basis, style="dim"))


def _clean(value: float) -> float:
    return 0.0 if abs(value) < 1e-6 else value


def dispatch_document(
    schedules: Sequence[Schedule], signals: Signals, plan: Plan, found: Sequence[Finding]
) -> dict[str, Any]:
    """Cost and carbon of every schedule."""
    return {
        "hours": len(signals.hours),
        "carbon_basis": signals.basis,
        "currency": plan.currency,
        "schedules": [
            {
                "name": s.name, "bill": _clean(s.cost), "wear": s.wear, "kg": _clean(s.carbon),
                "throughput_kwh": s.throughput, "start_state_kwh": s.start, "end_state_kwh": float(s.state[-1]),
            }
            for s in schedules
        ],
        "findings": _found(found),
    }  # fmt: skip


def written(values: Sequence[UseValue], study: Study, target: Path) -> RenderableType:
    """The values that went into study.yaml, and which rulebooks count the use stage."""
    from zuji.rulebooks.book import open_book, registry
    from zuji.rulebooks.book_parts import EXCLUDED
    from zuji.study.model import Stage

    table = _table(tr("Field"), tr("Value"), tr("Kind"), tr("Source"), words=4)
    for one in values:
        table.add_row(f"use.{one.key}", f"{one.number} {one.unit}", one.kind, one.source)
    counted: list[str] = []
    aside: list[str] = []
    for id, entry in registry().items():
        if entry["available"]:
            is_out = open_book(id).assign[Stage.USE.value] == EXCLUDED or study.boundary == "cradle-to-gate"
            (aside if is_out else counted).append(id)
    lines = (
        tr("wrote {file}", file=target),
        tr("rulebooks that count the use stage: {books}", books=", ".join(counted) or "-"),
        tr("rulebooks that leave it out; it is reported aside: {books}", books=", ".join(aside) or "-"),
    )
    return Group(table, *(Text(line) for line in lines))
