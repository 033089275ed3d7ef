"""Characterisation: the factor of every gas under the rulebook's GWP set, the category that it is reported in, and
whether that category counts in the headline total, stands apart or is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zuji.background.gwp import GwpFactor
from zuji.background.model import CO2E, Intervention
from zuji.datum import REMOVALS, Origin
from zuji.rulebooks.book_parts import COUNTED, TREATMENTS
from zuji.rulebooks.context import Context
from zuji.rulebooks.parameters import Parameter
from zuji.rulebooks.rule import Decision
from zuji.study.inventory import decimal_text

__all__ = ["BIOGENIC_CO2", "BIOGENIC_UPTAKE", "COUNTED", "MISSING", "TREATMENTS", "Characterised", "characterise"]

MISSING = "missing"
BIOGENIC_UPTAKE = "biogenic_uptake"
"""Category of the biogenic CO2 that a product takes up; some rulebooks report a total with it and one without."""
BIOGENIC_CO2 = "biogenic_co2"
"""Category of the biogenic CO2 that is released; other biogenic gases stay in `biogenic`."""
BY_ORIGIN = REMOVALS | {Origin.LAND_MANAGEMENT}
"""Origins that decide the category before the name of the gas does."""
REFERENCE = "CO2 fossil"
"""Gas whose factor CO2 of these origins takes: the same molecule."""


@dataclass(frozen=True, slots=True)
class Characterised:
    """A flow of the record: its factor [kg CO2e/kg] or None, its category, and who says so."""

    flow: str
    gas: str
    gwp_set: str
    factor: str | None
    category: str
    origin: GwpFactor | Parameter | None


def flow_of(intervention: Intervention) -> str:
    """The flow id of an intervention: gas (with the set of a CO2e factor) and origin of the carbon."""
    gas = f"{CO2E}[{intervention.gwp_set or '?'}]" if intervention.gas == CO2E else intervention.gas
    return f"{gas}|{category_of(intervention)}"


def category_of(intervention: Intervention) -> str:
    """Where an intervention is reported: a removal by its origin, then by the name of the gas, then by its origin."""
    if intervention.origin in BY_ORIGIN:
        return intervention.origin.value
    biogenic = intervention.gas == CO2E and intervention.origin is Origin.BIOGENIC
    if (intervention.gas == "CO2 biogenic" or biogenic) and intervention.amount < 0:
        return BIOGENIC_UPTAKE
    if intervention.gas == "CO2 biogenic":
        return BIOGENIC_CO2
    if intervention.gas.endswith(" biogenic"):
        return Origin.BIOGENIC.value
    if intervention.gas.endswith(" land use change"):
        return Origin.LAND_USE.value
    return intervention.origin.value


def gwp_set(context: Context) -> str:
    """The set of GWP100 factors that the rulebook takes on the day of the calculation."""
    return context.parameter("characterisation.gwp_set").text


def treatment(context: Context, category: str) -> Decision | None:
    """What the rulebook does with a category (`counted`, `separate`, `refused`); None where it states nothing of it.

    A category without a statement counts in the headline total.
    """
    rule = str(context.options("characterisation").get("rule", ""))
    if not rule or category not in context.book.rule(rule, context.day).facts["category"]:
        return None
    return context.decide(rule, category=category)


def counts(context: Context, category: str) -> bool:
    """Whether the category is part of the headline total."""
    decision = treatment(context, category)
    return decision is None or decision.value == COUNTED


def characterise(context: Context, intervention: Intervention) -> Characterised:
    """The factor of the intervention's gas under the rulebook.

    A factor that is stated only as CO2e counts as published whatever its set; the caller reports the set. Biogenic CO2
    takes the rulebook's own parameter where it has one, because the sets leave it open. CO2 that is captured, removed
    or kept back takes the factor of fossil CO2; whether it counts in a total is not a matter of its factor.
    """
    wanted = gwp_set(context)
    flow, category = flow_of(intervention), category_of(intervention)
    if intervention.gas == "CO2 biogenic" or category == BIOGENIC_UPTAKE:
        own = context.optional("characterisation.co2_biogenic_uptake") if category == BIOGENIC_UPTAKE else None
        parameter = own or context.optional("characterisation.co2_biogenic")
        if parameter is not None and category in (BIOGENIC_UPTAKE, BIOGENIC_CO2):
            return Characterised(flow, intervention.gas, wanted, parameter.text, category, parameter)
    if intervention.gas == CO2E:
        return Characterised(flow, CO2E, intervention.gwp_set, "1", category, None)
    same = intervention.origin in BY_ORIGIN and intervention.gas.startswith("CO2 ")
    factor = context.gwp.factor(REFERENCE if same else intervention.gas, wanted)
    if factor is None:
        return Characterised(flow, intervention.gas, wanted, None, category, None)
    if same and factor.gas != intervention.gas:
        factor = replace(factor, gas=intervention.gas)
    return Characterised(flow, intervention.gas, wanted, decimal_text(factor.exact), category, factor)
