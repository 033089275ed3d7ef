"""Which factor a statement takes for what: direct emissions of the grid, of what is left over, and of generators."""

from __future__ import annotations

from dataclasses import dataclass

from zuji.background.model import CO2E, Background, Category, DirectDataset
from zuji.datum import LocalText
from zuji.electricity.factors import registry
from zuji.electricity.ledger import codes
from zuji.electricity.ledger.words import said
from zuji.finding import NOWHERE, Finding
from zuji.i18n import N_

ZERO_DIRECT = ("wind", "pv", "csp", "hydro", "ocean", "nuclear")
"""Generators that burn nothing: their direct emissions are zero by nature, not by a guess."""
BASES = {"location": ("consumption", "production"), "residual": ("residual",)}
"""Bases of grid factors that may serve a use; marginal factors serve none."""
PLAIN_GASES = ("CO2", "CO2 fossil", CO2E)


@dataclass(frozen=True, slots=True)
class UsedFactor:
    """A direct factor [kg CO2e/kWh] with its origin."""

    value: float
    id: str
    source: str = ""
    year: str = ""
    use: str = "location"
    """location | residual"""


def grid_factor(background: Background, id: str, use: str) -> UsedFactor | Finding:
    """The direct factor of a dataset for `use`; a finding where its scope, category or gases do not fit.

    A Scope 2 statement takes direct emissions of generation only: a life-cycle factor is for product footprints.
    """
    found = background.datasets.get(id)
    if found is None:
        return codes.UNKNOWN(NOWHERE, what="dataset", id=id, hint="")
    if not isinstance(found, DirectDataset):
        return codes.FACTOR_KIND(
            found.place, id=id, use=use, reason=said(N_("it covers the life cycle, not direct emissions"))
        )
    if found.category is not Category.ELECTRICITY:
        return codes.FACTOR_KIND(
            found.place,
            id=id,
            use=use,
            reason=said(N_("it is {category}, not electricity"), category=found.category.value),
        )
    known = registry()
    if id in known and known[id].basis.value not in BASES[use]:
        reason = said(N_("its basis is {basis}, not {use}"), basis=known[id].basis.value, use=" or ".join(BASES[use]))
        return codes.FACTOR_KIND(found.place, id=id, use=use, reason=reason)
    other = [one.gas for one in found.interventions if one.gas not in PLAIN_GASES]
    if found.missing or other or found.inputs or found.unit != "kWh":
        gases = ", ".join(other) or found.unit
        other_gases = said(N_("it has {gases} beside CO2 per kWh"), gases=gases)
        reason = LocalText(found.missing, found.missing) if found.missing else other_gases
        return codes.FACTOR_KIND(found.place, id=id, use=use, reason=reason)
    value = sum(one.amount for one in found.interventions) / found.amount
    return UsedFactor(value, id, found.source.citation, found.year, use)


def default_factor(country: str, year: int, use: str) -> str:
    """The id of the direct factor of a country for `use`: that of the year, else of the latest year before it, else of
    the earliest; '' where none is at hand. The year that was taken stands in the statement."""
    known = [
        one
        for basis in BASES[use]
        for one in registry().find(scope="direct", basis=basis, geography=country, technology="")
        if one.period.isdigit()
    ]
    before = [one for one in known if int(one.period) <= year]
    found = max(before, key=lambda one: one.period) if before else min(known, key=lambda one: one.period, default=None)
    return found.id if found is not None else ""
