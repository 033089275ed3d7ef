"""Additional technical information: the result by another formula for recycling, where the rulebook asks for both.

A rulebook names it in its strategy `end_of_life`: `beside: {TABLE: {table: OTHER, name, clause}}`. Where TABLE was
decided on, the whole calculation is repeated with OTHER in its place and nothing else changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from zuji.footprint.model import Footprint, TotalPart
from zuji.rulebooks.book import Book
from zuji.rulebooks.parameters import local
from zuji.rulebooks.rule import Decision, Rule


def with_technical(footprint: Footprint, total_under: Callable[[Book], float]) -> Footprint:
    """The footprint with the totals that the rulebook wants beside its own; `total_under` calculates under a book."""
    book = footprint.system.book
    beside: Mapping[str, Mapping[str, Any]] = book.strategies["end_of_life"].get("beside", {})
    rule = str(book.strategies["end_of_life"]["rule"])
    taken = {decision.value for decision in footprint.system.decisions if decision.rule == rule}
    parts = tuple(
        TotalPart(
            id=str(body["table"]),
            name=local(body["name"]),
            value=total_under(_with_table(book, rule, table, str(body["table"]))),
            clause=str(body["clause"]),
            headline=False,
        )
        for table, body in beside.items()
        if table in taken
    )
    return replace(footprint, technical=parts) if parts else footprint


def book_beside(footprint: Footprint, part: TotalPart) -> Book:
    """The rulebook under which `part` of the footprint was calculated."""
    book = footprint.system.book
    rule = str(book.strategies["end_of_life"]["rule"])
    beside: Mapping[str, Mapping[str, Any]] = book.strategies["end_of_life"]["beside"]
    table = next(table for table, body in beside.items() if body["table"] == part.id)
    return _with_table(book, rule, table, part.id)


def _with_table(book: Book, rule: str, old: str, new: str) -> Book:
    """The book with another formula table where its rule decides on `old`."""
    end_of_life = {k: v for k, v in book.strategies["end_of_life"].items() if k != "beside"}

    def other(decision: Decision) -> Decision:
        return replace(decision, value=new) if decision.value == old else decision

    def changed(one: Rule) -> Rule:
        exceptions = tuple((condition, other(decision)) for condition, decision in one.exceptions)
        return replace(one, base=other(one.base), exceptions=exceptions)

    dated = tuple((day, changed(one)) for day, one in book.rules[rule])
    strategies = {**book.strategies, "end_of_life": end_of_life}
    return replace(book, rules={**book.rules, rule: dated}, strategies=strategies)
