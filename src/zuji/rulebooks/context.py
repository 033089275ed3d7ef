"""What the strategies of one calculation share: the documents, and a record of every parameter and clause used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from zuji.background.gwp import GwpTable
from zuji.background.model import Background, Dataset
from zuji.errors import RulebookError
from zuji.finding import Code, Place
from zuji.finding import Finding as FindingValue
from zuji.rulebooks import codes
from zuji.rulebooks.book import Book
from zuji.rulebooks.book_parts import Version
from zuji.rulebooks.parameters import Parameter
from zuji.rulebooks.prefixes import prefix_of
from zuji.rulebooks.rule import Decision
from zuji.study.model import Study


@dataclass
class Context:
    """One study under one rulebook on one day; strategies read from it and report into it."""

    study: Study
    background: Background
    gwp: GwpTable
    book: Book
    version: Version
    day: date
    findings: list[FindingValue] = field(default_factory=list)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    decisions: dict[tuple[str, str, str], Decision] = field(default_factory=dict)

    def options(self, strategy: str) -> Mapping[str, Any]:
        """What the rulebook says to one of its seven strategies."""
        return self.book.strategies[strategy]

    def parameter(self, id: str, day: date | None = None) -> Parameter:
        """The parameter on the day of the calculation (or `day`), put on record as used."""
        parameter = self.book.parameters.on(id, day or self.day)
        self.parameters[id] = parameter
        return parameter

    def optional(self, id: str, day: date | None = None) -> Parameter | None:
        """Like `parameter`, None when the rulebook has none."""
        if id not in self.book.parameters:  # asked often; the error would search for the nearest names
            return None
        try:
            return self.parameter(id, day)
        except RulebookError:
            return None

    def decide(self, rule: str, **facts: object) -> Decision:
        """What the rulebook's rule says to those of these facts that it declares, put on record as used."""
        chosen = self.book.rule(rule, self.day)
        decision = chosen.decide(**{name: value for name, value in facts.items() if name in chosen.facts})
        self.decisions[rule, decision.when, decision.value] = decision
        return decision

    def report(self, code: Code, place: Place, *, clause: str = "", **params: object) -> None:
        """Add a finding; one that cites a clause carries the prefix of the rulebook."""
        found = code(place, clause=clause, severity=None, **params)
        self.findings.append(replace(found, prefix=prefix_of(self.book.id)) if clause else found)

    def choice(self, key: str, rule: str, fact: str, default: str) -> str:
        """The study's choice for `key` where the rule's fact knows it; a wrong one is reported and gives `default`."""
        chosen = self.study.choices.get(key, "")
        known = self.book.rule(rule, self.day).facts.get(fact)
        if not chosen or known is None:
            return default
        if chosen not in known:
            self.report(
                codes.UNKNOWN_CHOICE, self.study.product.place, choice=chosen, key=key, book=self.book.id,
                known=", ".join(map(str, known)),
            )  # fmt: skip
            return default
        return chosen

    def dataset(self, id: str) -> Dataset | None:
        """The background dataset with this id."""
        return self.background.datasets.get(id)
