"""Reasons inside findings, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from zuji.datum import LocalText
from zuji.i18n import N_, tr_in

REASONS: Mapping[str, str] = {
    "share": N_("it must be above 0 and at most 1"),
    "needed": N_("this value is needed"),
    "positive": N_("it must be above 0"),
    "not_negative": N_("it must not be negative"),
    "inverted": N_("the lower limit is above the upper one"),
    "outside": N_("it lies outside the limits of the state"),
    "above_capacity": N_("the state exceeds the rated energy"),
    "used_up": N_("capacity or efficiency would fall to nothing before the end; state replacements, or fewer years"),
    "twice": N_("auxiliaries are inside the round trip already; stating them again would count them twice"),
    "sell_above_buy": N_("selling pays more than buying costs in the same hour: money without energy"),
    "whole_years": N_("service is counted in whole years"),
    "beyond_charge": N_("more would have been curtailed than was charged"),
    "second_year": N_("a replacement counts from the second year of service on"),
    "step": N_("a period must be a part of an hour, in minutes"),
}


def said(reason: str) -> LocalText:
    """The reason in both languages."""
    return LocalText(tr_in("zh", REASONS[reason]), tr_in("en", REASONS[reason]))
