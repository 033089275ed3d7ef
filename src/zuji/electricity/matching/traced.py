"""Hourly location factors of a site from a traced grid: one rule in one account, and its digest in the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zuji.electricity.ledger import codes
from zuji.electricity.ledger.words import said
from zuji.electricity.matching.factors import PLAIN_GASES, UsedFactor
from zuji.electricity.matching.match import Array
from zuji.electricity.trace.codes import (
    DOUBLE_HOURS,
    HOURS_WITHOUT_FACTOR,
    NO_HOUR,
    NO_SUCH_ZONE,
    RULES_MIXED,
    SYNTHETIC_FACTORS,
)
from zuji.electricity.trace.rule import Coupling
from zuji.finding import NOWHERE, Finding
from zuji.i18n import N_

if TYPE_CHECKING:
    from zuji.electricity.trace import Trace

MOST = 12
"""Zones listed where one is not known."""


@dataclass(frozen=True, eq=False)
class TracedHours:
    """The factor of a zone in every hour of an account, `values` (T) [kg CO2e/kWh], NaN where the traces give none."""

    zone: str
    gas: str
    rule: str
    step: int
    """Hours per period of the traces: each hour takes the factor of its period."""
    digests: tuple[str, ...]
    synthetic: bool
    values: Array

    @property
    def id(self) -> str:
        """The name under which the factor stands in the statement: zone, gas and rule."""
        return f"{self.zone}:{self.gas}:{self.rule}"

    @property
    def complete(self) -> bool:
        """Whether every hour has a factor."""
        return not np.isnan(self.values).any()

    def located(self, load: Array, fallback: UsedFactor, year: int) -> Located:
        """The factor of every hour of `load` (T) [Wh], `fallback` where the traces have none, and their mean."""
        missing = np.isnan(self.values)
        by_hour = np.where(missing, fallback.value, self.values)
        total = float(load.sum())
        mean = float((by_hour * load).sum() / total) if total else float(by_hour.mean())
        lacking = float(load[missing].sum())
        # A mean of two sources names both.
        id = f"{self.id} + {fallback.id}" if lacking else self.id
        factor = UsedFactor(mean, id, ", ".join(self.digests), str(year))
        return Located(self, by_hour, factor, int((missing & (load > 0)).sum()), lacking / total if total else 0.0)


@dataclass(frozen=True, eq=False)
class Located:
    """Hourly factors laid over a load: `by_hour` (T) [kg CO2e/kWh], their mean over the load, and what was lacking."""

    traced: TracedHours
    by_hour: Array
    factor: UsedFactor
    hours_lacking: int
    """Hours with import whose factor is the fallback."""
    share_lacking: float
    """Their part of the import [1]."""

    def findings(self, fallback: UsedFactor) -> tuple[Finding, ...]:
        """What the reader has to know: hours without a traced factor, and figures of an example."""
        found = []
        if self.hours_lacking:
            found.append(
                HOURS_WITHOUT_FACTOR(
                    NOWHERE,
                    zone=self.traced.zone,
                    hours=self.hours_lacking,
                    percent=f"{self.share_lacking * 100:.1f}",
                    id=fallback.id,
                )
            )
        if self.traced.synthetic:
            found.append(SYNTHETIC_FACTORS(NOWHERE, zone=self.traced.zone))
        return tuple(found)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: zone, gas, rule, digests, and the factor of every hour."""
        traced = self.traced
        return {
            "zone": traced.zone,
            "gas": traced.gas,
            "rule": traced.rule,
            "step_hours": traced.step,
            "traces": list(traced.digests),
            "synthetic": traced.synthetic,
            "hours_lacking": self.hours_lacking,
            "share_lacking": self.share_lacking,
            "kg_per_kwh": [round(float(v), 9) for v in self.by_hour.tolist()],
        }


def traced_hours(traces: Sequence[Trace], zone: str, span: tuple[int, int], gas: str = "") -> TracedHours | Finding:
    """The factors of `zone` in the hours [start, end) since 1970 from one or several saved traces, or what forbids it.

    Several traces (a year in parts) must be under one rule and share no hour. Only direct emissions serve; first tier
    does not add up to what was emitted, so no account may rest on it. Raises ValueError for no trace at all.
    """
    if not traces:
        raise ValueError("no trace")
    if len(rules := {one.rule.id for one in traces}) > 1:
        return RULES_MIXED(NOWHERE, rules=", ".join(sorted(rules)))
    first = traces[0]
    if first.rule.coupling is Coupling.FIRST_TIER:
        reason = said(N_("it is first tier, which does not add up to what was emitted"))
        return codes.FACTOR_KIND(NOWHERE, id=first.rule.id, use="location", reason=reason)
    values = np.full(span[1] - span[0], np.nan)
    taken = np.zeros(len(values), dtype=bool)
    for one in traces:
        labels = one.balance.labels
        known = [label.id for label in labels.zones]
        if zone not in known:
            shown = ", ".join(known[:MOST]) + (" …" if len(known) > MOST else "")
            return NO_SUCH_ZONE(NOWHERE, zone=zone, known=shown)
        chosen = _gas(one, gas)
        if chosen is None:
            reason = said(N_("the trace has no such gas with direct emissions"))
            return codes.FACTOR_KIND(NOWHERE, id=gas or one.rule.id, use="location", reason=reason)
        hours = (one.balance.hours[:, None] + np.arange(one.balance.step)).ravel() - span[0]
        factor = np.repeat(one.values[:, known.index(zone), chosen], one.balance.step) / 1000
        inside = (hours >= 0) & (hours < len(values))
        if count := int(taken[hours[inside]].sum()):
            return DOUBLE_HOURS(NOWHERE, zone=zone, hours=count)
        values[hours[inside]], taken[hours[inside]] = factor[inside], True
    if np.isnan(values).all():
        return NO_HOUR(NOWHERE, zone=zone)
    index = _gas(first, gas) or 0
    return TracedHours(
        zone,
        first.balance.labels.gases[index].id,
        first.rule.id,
        max(one.balance.step for one in traces),
        tuple(one.digest for one in traces),
        any(one.balance.synthetic for one in traces),
        values,
    )


def _gas(trace: Trace, gas: str) -> int | None:
    """The column of a direct gas that a Scope 2 factor may be: the named one, else CO2e before CO2."""
    direct = {one.id: i for i, one in enumerate(trace.balance.labels.gases) if one.scope == "direct"}
    names = {one.name: direct[one.id] for one in trace.balance.labels.gases if one.id in direct}
    if gas:
        found = direct.get(gas, names.get(gas))
        allowed = {i for name, i in names.items() if name in PLAIN_GASES}
        return found if found in allowed else None
    return next((names[name] for name in ("CO2e", *PLAIN_GASES) if name in names), None)
