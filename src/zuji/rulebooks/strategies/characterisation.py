"""Characterisation: the factor of every gas under the rulebook's GWP set, and the category that it is reported in."""

from __future__ import annotations

from dataclasses import dataclass

from zuji.background.gwp import GwpFactor
from zuji.background.model import CO2E, Intervention
from zuji.datum import Origin
from zuji.rulebooks.context import Context
from zuji.rulebooks.parameters import Parameter
from zuji.study.inventory import decimal_text

MISSING = "missing"
BIOGENIC_UPTAKE = "biogenic_uptake"
"""Category of the biogenic CO2 that a product takes up; some rulebooks report a total with it and one without."""


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
    """Where an intervention is reported; the name of the gas decides before the stated origin."""
    if intervention.gas == "CO2 biogenic" and intervention.amount < 0:
        return BIOGENIC_UPTAKE
    if intervention.gas.endswith(" biogenic"):
        return Origin.BIOGENIC.value
    if intervention.gas.endswith(" land use change"):
        return Origin.LAND_USE.value
    return intervention.origin.value


def gwp_set(context: Context) -> str:
    """The set of GWP100 factors that the rulebook takes on the day of the calculation."""
    return context.parameter("characterisation.gwp_set").text


def characterise(context: Context, intervention: Intervention) -> Characterised:
    """The factor of the intervention's gas under the rulebook.

    A factor that is stated only as CO2e counts as published whatever its set; the caller reports the set. Biogenic CO2
    takes the rulebook's own parameter where it has one, because the sets leave it open.
    """
    wanted = gwp_set(context)
    flow, category = flow_of(intervention), category_of(intervention)
    if intervention.gas == CO2E:
        return Characterised(flow, CO2E, intervention.gwp_set, "1", category, None)
    if intervention.gas == "CO2 biogenic":
        own = context.optional("characterisation.co2_biogenic_uptake") if category == BIOGENIC_UPTAKE else None
        parameter = own or context.optional("characterisation.co2_biogenic")
        if parameter is not None:
            return Characterised(flow, intervention.gas, wanted, parameter.text, category, parameter)
    factor = context.gwp.factor(intervention.gas, wanted)
    if factor is None:
        return Characterised(flow, intervention.gas, wanted, None, category, None)
    return Characterised(flow, intervention.gas, wanted, decimal_text(factor.exact), category, factor)
