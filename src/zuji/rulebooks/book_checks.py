"""What a rulebook must say on every day to be used; a contradiction is a RulebookError when the folder is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

from zuji.errors import RulebookError
from zuji.rulebooks.book_parts import (
    ATTRIBUTIONS,
    EXCLUDED,
    MEASURES,
    METHODS,
    MISSING_MASS,
    TREATMENTS,
    has_dates,
)  # fmt: skip

if TYPE_CHECKING:
    from zuji.rulebooks.book import Book


def check_day(book: Book, day: date) -> None:
    on = f" ({day.isoformat()})" if has_dates(book.document["book"]) else ""
    if not book.stages:
        raise RulebookError(f"{book.id}: a rulebook needs versions and stages{on}")
    known = {stage.id for stage in book.stages} | {EXCLUDED}
    for source, target in book.assign.items():
        if target not in known:
            raise RulebookError(f"{book.id}: {source} is assigned to the unknown stage {target}{on}")
    for stage in ("raw_material", "production", "distribution", "use", "end_of_life"):
        if stage not in book.assign:
            raise RulebookError(f"{book.id}: the stage {stage} is not assigned{on}")
    for source, target in book.assign.items():
        stage, _, role = source.partition("/")
        said = any(e.stage == stage and e.role in ("", role) for e in book.exclusions)
        if target == EXCLUDED and not said:
            raise RulebookError(f"{book.id}: {source} is excluded without an exclusion that cites a clause{on}")
    _check_totals(book, known, on)


def _check_totals(book: Book, known: Collection[str], on: str) -> None:
    named = {*book.apart, *(s for t in book.totals for s in (*t.with_stages, *t.without_stages))}
    for stage in sorted(named - set(known)):
        raise RulebookError(f"{book.id}: a total or 'apart' names the unknown stage {stage}{on}")
    for field in book.fields:
        if field.total and field.total not in {total.id for total in book.totals}:
            raise RulebookError(f"{book.id}: the field {field.name} names the unknown total {field.total}{on}")
    headlines = [total for total in book.totals if total.headline]
    if book.totals and len(headlines) != 1:
        raise RulebookError(f"{book.id}: of several totals one is the headline, not {len(headlines)}{on}")
    for total in headlines:
        if total.with_categories or total.without_categories or total.with_stages or total.without_stages:
            raise RulebookError(f"{book.id}: what the headline {total.id} counts is said by the rule and 'apart'{on}")


def check_strategies(book: Book) -> None:
    options = book.strategies["cut_off"]
    if options["strategy"] == "mass_share" and "cut_off.mass_share" not in book.parameters:
        raise RulebookError(f"{book.id}: the cut-off by mass needs the parameter cut_off.mass_share")
    if options["strategy"] == "cumulative":
        if "cut_off.cumulative_share" not in book.parameters:
            raise RulebookError(f"{book.id}: the cumulative cut-off needs the parameter cut_off.cumulative_share")
        measures = options.get("measures") or []
        if not measures or not set(measures) <= set(MEASURES):
            raise RulebookError(f"{book.id}: the cumulative cut-off needs measures of {', '.join(MEASURES)}")
    for _, parameter in book.parameters.history.get("cut_off.missing_mass", ()):
        if parameter is not None and parameter.value not in MISSING_MASS:
            raise RulebookError(f"{book.id}: cut_off.missing_mass must be one of {', '.join(MISSING_MASS)}")


def check_rules(book: Book, formula_tables: Collection[str]) -> None:
    allowed: Mapping[str, Collection[str]] = {
        "functional_unit": book.strategies["functional_unit"].get("formulas", {}),
        "electricity": ATTRIBUTIONS,
        "end_of_life": formula_tables,
        "allocation": METHODS,
        **({"characterisation": TREATMENTS} if "rule" in book.strategies["characterisation"] else {}),
    }
    for strategy, known in allowed.items():
        name = str(book.strategies[strategy].get("rule", ""))
        if not book.rules.get(name):
            raise RulebookError(f"{book.id}: the strategy {strategy} names no rule that is there: {name}")
        if strategy == "characterisation" and any("category" not in rule.facts for _, rule in book.rules[name]):
            raise RulebookError(f"{book.id}: rule {name} needs the fact category")
        said = {d.value for _, rule in book.rules[name] for d in (rule.base, *(d for _, d in rule.exceptions))}
        for value in sorted(said - set(known)):
            raise RulebookError(f"{book.id}: rule {name} says {value}, {strategy} knows {', '.join(sorted(known))}")
