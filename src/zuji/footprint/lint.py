"""A linter for footprints: every check is a pure function from a footprint to findings, listed in CHECKS.

`essential` runs with every calculation, since its errors must stop a result; `lint` runs all, for the command line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

import zuji.background.codes
import zuji.reading
import zuji.rulebooks.codes
import zuji.study.codes  # noqa: F401  # the codes of every family are known here
from zuji.finding import CODES, Finding, in_order, relabelled
from zuji.footprint.lint_bands import carbon_per_kwh, cell_energy, minerals_per_kwh
from zuji.footprint.lint_certificates import ids_differ, not_from_storage, of_the_market, retired_in_time
from zuji.footprint.lint_complete import (
    meters_and_processes_agree,
    parts_are_listed,
    plants_take_energy,
    recycled_content_is_proved,
)
from zuji.footprint.lint_electrodes import drying_heat_once, nmp_is_recovered
from zuji.footprint.lint_elements import elements_balance
from zuji.footprint.lint_energy import (
    compressed_air_takes_its_work,
    energy_makers_balance,
    energy_of_product,
    meters_are_accounted_for,
)
from zuji.footprint.lint_period import meters_cover_period, period_is_a_year
from zuji.footprint.lint_quality import most_relevant_are_rated, ratings_within_limits, stand_ins_within_limit
from zuji.footprint.lint_representative import (
    representative_in_place,
    representative_in_time,
    representative_technology,
)
from zuji.footprint.lint_sums import materials_reach_product, sums_agree
from zuji.footprint.model import Footprint
from zuji.rulebooks.prefixes import prefixes as of_books

ALIKE = 0.4
Check = Callable[[Footprint], Iterator[Finding]]

ESSENTIAL: tuple[Check, ...] = (sums_agree, materials_reach_product)
CHECKS: tuple[Check, ...] = (
    *ESSENTIAL,
    carbon_per_kwh,
    cell_energy,
    minerals_per_kwh,
    representative_in_time,
    representative_in_place,
    representative_technology,
    elements_balance,
    nmp_is_recovered,
    drying_heat_once,
    plants_take_energy,
    meters_and_processes_agree,
    meters_are_accounted_for,
    meters_cover_period,
    period_is_a_year,
    energy_of_product,
    energy_makers_balance,
    compressed_air_takes_its_work,
    retired_in_time,
    not_from_storage,
    ids_differ,
    of_the_market,
    recycled_content_is_proved,
    parts_are_listed,
    most_relevant_are_rated,
    ratings_within_limits,
    stand_ins_within_limit,
)


def lint(footprint: Footprint) -> tuple[Finding, ...]:
    """Everything that the checks find in a calculated footprint, errors first."""
    return in_order(finding for check in CHECKS for finding in check(footprint))


def essential(footprint: Footprint) -> tuple[Finding, ...]:
    """What must stop a calculation: sums that do not agree, materials that are not there."""
    return in_order(finding for check in ESSENTIAL for finding in check(footprint))


def linted(footprint: Footprint, others: Iterable[Finding] = ()) -> Footprint:
    """The footprint with the findings of every check beside its own, and with `others`, such as its datasets'."""
    return replace(footprint, findings=in_order((*others, *footprint.findings, *lint(footprint))))


class UnknownCodeError(ValueError):
    """A word of --select or --ignore begins no code; `nearest` are codes like it."""

    def __init__(self, word: str, nearest: tuple[str, ...]) -> None:
        super().__init__(word)
        self.word, self.nearest = word, nearest


def prefixes(words: Iterable[str]) -> tuple[str, ...]:
    """The beginnings of codes or labels in words such as `ZJ5,zj408,EUI4`; raises UnknownCodeError for any other."""
    found = [part.upper() for word in words for part in re.split(r"[,，;；\s]+", word) if part]
    for word in found:
        if not any(name.startswith(word) for name in _names()):
            raise UnknownCodeError(word, _nearest(word))
    return tuple(found)


def _names() -> list[str]:
    return [*CODES, *(relabelled(code, prefix) for prefix in of_books().values() for code in CODES)]


def _nearest(word: str) -> tuple[str, ...]:
    names = _names()
    likeness = {code: difflib.SequenceMatcher(None, word, code).ratio() for code in names}
    beginning = {
        code: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, code, strict=False)))
        for code in names
    }
    close = [code for code, ratio in likeness.items() if ratio >= ALIKE]
    return tuple(sorted(close, key=lambda code: (-beginning[code], -likeness[code], code))[:5])


def chosen(findings: Iterable[Finding], select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[Finding, ...]:
    """The findings whose code or label begins as selected (all where nothing is) and with nothing that is ignored."""

    def begins(finding: Finding, words: tuple[str, ...]) -> bool:
        return finding.code.startswith(words) or finding.label.startswith(words)

    return tuple(
        finding
        for finding in findings
        if (not select or begins(finding, select)) and not (ignore and begins(finding, ignore))
    )
