"""Mixes of the grid: the average mix of a country, and the steps to a residual mix that a rulebook names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zuji.background.model import Category, DirectDataset, LifecycleDataset
from zuji.datum import LocalText
from zuji.errors import RulebookError
from zuji.finding import Place
from zuji.i18n import N_
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.linking import report_no_dataset
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.co_product import said

COUNTRY, REGION, AVERAGE = LADDER = ("country", "region", "average")
"""Steps to a residual mix that a rulebook may name in `electricity.residual_ladder`."""
REGIONS = "electricity.residual_region."
NONE_KNOWN = N_("residual mix of {market}: none known")
STEP_TAKEN = N_("residual mix of {market}: '{dataset}'")
AVERAGE_TAKEN = N_("stated fallback: average mix of {market}, '{dataset}'")


def residual_mix(context: Context, place: Place, decision: Decision, country: str) -> tuple[str, str, Decision]:
    """Dataset, attribution and decision of the first step of the rulebook's ladder that is known.

    The reason of the decision names every step on the way. Raises RulebookError for a step that does not exist.
    """
    ladder = context.optional("electricity.residual_ladder")
    steps = ladder.value if ladder is not None and isinstance(ladder.value, tuple) else (COUNTRY, AVERAGE)
    if unknown := sorted(set(map(str, steps)) - set(LADDER)):
        known = ", ".join(LADDER)
        raise RulebookError(f"{context.book.id}: electricity.residual_ladder: no step {unknown[0]}; there are {known}")
    taken: list[LocalText] = [decision.reason]
    for step in steps:
        if step == AVERAGE:
            break
        for market in (country,) if step == COUNTRY else _regions(context, country):
            dataset = _residual_of(context, market)
            if dataset:
                if step == REGION:
                    context.report(codes.REGIONAL_RESIDUAL, Place(), clause=decision.clause, country=country,
                                   region=market, dataset=dataset, book=context.book.id)  # fmt: skip
                taken.append(said(STEP_TAKEN, market=market, dataset=dataset))
                return lifecycle_electricity(context, dataset, place), "residual_mix", _because(decision, taken)
            taken.append(said(NONE_KNOWN, market=market))
    average = average_mix(context, country, place)
    if average:
        context.report(codes.NO_RESIDUAL_MIX, Place(), clause=decision.clause, country=country, dataset=average)
        taken.append(said(AVERAGE_TAKEN, market=country, dataset=average))
    return average, "national_average", _because(decision, taken)


def _because(decision: Decision, steps: Sequence[LocalText]) -> Decision:
    reason = LocalText("；".join(s.pick("zh") for s in steps if s), "; ".join(s.pick("en") for s in steps if s))
    return replace(decision, reason=reason)


def _residual_of(context: Context, market: str) -> str:
    named = context.study.choices.get(f"residual_mix.{market}", "")
    if named:
        return named
    parameter = context.optional(f"electricity.residual_mix.{market}", context.study.reporting_period.end)
    return parameter.text if parameter is not None else ""


def _regions(context: Context, country: str) -> list[str]:
    """The regions with a common electricity market that the country belongs to, by the parameters of the rulebook."""
    day = context.study.reporting_period.end
    return [
        id.removeprefix(REGIONS)
        for id, parameter in context.book.parameters.beginning(REGIONS, day).items()
        if isinstance(parameter.value, tuple) and country in parameter.value and context.optional(id, day) is not None
    ]


def average_mix(context: Context, country: str, place: Place) -> str:
    """The dataset of the country's life-cycle average mix in the reporting year, or '' together with a finding."""
    day = context.study.reporting_period.end
    named = context.study.choices.get(f"average_mix.{country}", "")
    if named:
        context.report(codes.OWN_AVERAGE, context.study.product.place, dataset=named, country=country)
        return lifecycle_electricity(context, named, place)
    parameter = context.optional(f"electricity.average_mix.{country}", day)
    if parameter is not None:
        return lifecycle_electricity(context, parameter.text, place)
    iso3 = context.optional(f"country.{country}")
    fallback = f"ember-{iso3.text}" if iso3 is not None else ""
    if fallback in context.background:
        return lifecycle_electricity(context, fallback, place)
    context.report(codes.NO_AVERAGE_MIX, place, country=country, year=day.year)
    return ""


def lifecycle_electricity(context: Context, id: str, place: Place) -> str:
    """The id where it is a life-cycle dataset of the background, or '' together with a finding."""
    found = context.dataset(id)
    match found:
        case DirectDataset():
            context.report(codes.DIRECT_ONLY, place, id=id)
            return ""
        case LifecycleDataset():
            if found.category is not Category.ELECTRICITY:
                context.report(codes.NOT_ELECTRICITY, place, id=id, category=found.category.value)
            return id
    report_no_dataset(context, id, place)
    return ""
