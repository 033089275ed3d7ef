"""Mixed rulebooks: every cause of a difference taken from one of two rulebooks, each as it holds on its own day.

A mixed book has no identity of its own: it serves only to tell how much of a difference each cause makes, and its
stages, checks and declarations are not for a reader. It holds on the day `MIXED_DAY` and on no other.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zuji.datum import LocalText
from zuji.errors import RulebookError
from zuji.rulebooks.book import Book
from zuji.rulebooks.book_parts import EXCLUDED, Version
from zuji.rulebooks.parameters import Parameter, Parameters
from zuji.rulebooks.rule import Rule
from zuji.study.model import Role, Stage

MIXED_DAY = date.max
"""The day on which to calculate with a mixed book: each side's parameters and rules are asked for their own day."""
CAUSES = (
    "functional_unit", "boundary", "cut_off", "electricity", "characterisation", "allocation", "end_of_life",
)  # fmt: skip
"""The seven strategies as causes of a difference, in the order in which they are shown."""
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "functional_unit": ("functional_unit.",),
    "cut_off": ("cut_off.",),
    "electricity": ("electricity.", "country."),
    "characterisation": ("characterisation.",),
    "allocation": ("allocation.",),
    "end_of_life": ("cff.", "end_of_life."),
}
"""How the parameters of a cause begin; a parameter with any other beginning goes with the boundary."""
OF_PERIOD = ("electricity.average_mix.", "electricity.residual_mix.", "electricity.residual_region.")
"""Parameters that are asked for the reporting period of the study and not for the day of the rulebook."""
WORDS_ONLY = frozenset({"apart", "clause", "name", "rule", "source", "verified", "verify_with", "comparable"})
"""Keys of a strategy that never change a number."""

History = Mapping[str, tuple[tuple[date, Parameter | None], ...]]


@dataclass(frozen=True)
class Side:
    """A rulebook as it holds on one day."""

    book: Book
    day: date

    def parameter(self, id: str) -> Parameter | None:
        """The parameter on this side's day, None where it has no value then."""
        try:
            return self.book.parameters.on(id, self.day) if id in self.book.parameters else None
        except RulebookError:
            return None

    def rule(self, cause: str) -> Rule | None:
        """The rule of the strategy `cause`, None where it has none."""
        name = self.book.strategies[cause].get("rule")
        return self.book.rule(str(name), self.day) if name else None


def cause_of(parameter: str) -> str:
    """The cause that a parameter belongs to, by the beginning of its id."""
    return next((cause for cause, begins in PREFIXES.items() if parameter.startswith(begins)), "boundary")


class Mixer:
    """Mixed books of two sides; `book(causes)` takes these causes from B and the others from A."""

    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = a, b
        self._histories = {side is b: _by_cause(side) for side in (a, b)}

    def book(self, from_b: Collection[str]) -> Book:
        """The mixed book; raises RulebookError for a cause that is not one of `CAUSES`."""
        unknown = sorted(set(from_b) - set(CAUSES))
        if unknown:
            raise RulebookError(f"no cause {unknown[0]}; there are {', '.join(CAUSES)}")
        strategies: dict[str, Mapping[str, Any]] = {}
        rules: dict[str, tuple[tuple[date, Rule], ...]] = {}
        history: dict[str, tuple[tuple[date, Parameter | None], ...]] = {}
        for cause in CAUSES:
            is_b = cause in from_b
            side = self.b if is_b else self.a
            history.update(self._histories[is_b].get(cause, {}))
            rule = side.rule(cause)
            strategies[cause] = side.book.strategies[cause]
            if rule is not None:
                # The two sides may use one name for rules of different causes.
                strategies[cause] = {**strategies[cause], "rule": f"{cause}:{rule.id}"}
                rules[f"{cause}:{rule.id}"] = ((date.min, rule),)
        counted = self.b.book if "boundary" in from_b else self.a.book
        mixed = {"mixed": [self.a.book.id, self.b.book.id], "from_b": sorted(from_b)}
        return Book(
            id=f"{self.a.book.id}+{self.b.book.id}",
            title=LocalText(),
            issuer="",
            versions=(Version("mixed", date.min, None, "draft"),),
            stages=counted.stages,
            assign=counted.assign,
            exclusions=counted.exclusions,
            strategies=strategies,
            parameters=Parameters(history),
            rules=rules,
            coverage=(),
            folder=self.a.book.folder,
            document={"book": mixed},
            main=mixed,
        )

    def causes_of_lines(self, from_b: Collection[str]) -> frozenset[str]:
        """The causes to take from B for the lines of a product: as asked, but the functional unit with the boundary
        where only one side counts the use stage.

        The energy that a product delivers in its use stage comes with the functional unit; of the side that leaves the
        use stage out it says nothing, and no use stage may be made of it.
        """
        causes = frozenset(from_b)
        counted = [side.book.assign[Stage.USE.value] != EXCLUDED for side in (self.a, self.b)]
        if counted[0] == counted[1]:
            return causes
        return causes | {"functional_unit"} if "boundary" in causes else causes - {"functional_unit"}

    def differing(self) -> tuple[str, ...]:
        """The causes in which the two sides say something different that could change a number.

        Names, clauses, sources and marks of verification are words; so are the ids of stages that both count.
        """
        return tuple(cause for cause in CAUSES if _substance(self.a, cause) != _substance(self.b, cause))


def _by_cause(side: Side) -> dict[str, dict[str, tuple[tuple[date, Parameter | None], ...]]]:
    # A parameter may be asked for another day than that of the rulebook (electricity: the reporting period), so its
    # history stays, and what it says on the side's own day stands at the end of time.
    found: dict[str, dict[str, tuple[tuple[date, Parameter | None], ...]]] = {}
    for id, dated in side.book.parameters.history.items():
        now = (MIXED_DAY, side.parameter(id))
        found.setdefault(cause_of(id), {})[id] = (*(pair for pair in dated if pair[0] < MIXED_DAY), now)
    return found


def _substance(side: Side, cause: str) -> tuple[object, ...]:
    book = side.book
    own = {id: h for id, h in book.parameters.history.items() if cause_of(id) == cause}
    dated = {id: _dated(history) for id, history in own.items() if id.startswith(OF_PERIOD)}
    asked = [id for id in own if not id.startswith(OF_PERIOD)]
    now = {id: _value(parameter) for id in asked if (parameter := side.parameter(id)) is not None}
    counted = (
        {
            **{(s, r): _place(book, s, r) for s in map(str, Stage) for r in map(str, Role)},
            **{(e.component_group, e.stage): EXCLUDED for e in book.exclusions if e.component_group},
        }
        if cause == "boundary"
        else {}
    )
    return _without_words(book.strategies[cause]), _decisions(side.rule(cause)), now, dated, counted


def _place(book: Book, stage: str, role: str) -> str:
    """Whether a stage and role are left out, reported apart or counted; the ids of stages are words."""
    target = book.stage_of(stage, role)
    return EXCLUDED if target == EXCLUDED else "apart" if target in book.apart else "counted"


def _value(parameter: Parameter | None) -> tuple[object, str] | None:
    return None if parameter is None else (parameter.value, parameter.unit)


def _dated(history: tuple[tuple[date, Parameter | None], ...]) -> tuple[object, ...]:
    return tuple((day, _value(parameter)) for day, parameter in history)


def _without_words(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_words(inner) for key, inner in value.items() if key not in WORDS_ONLY}
    return value


def _decisions(rule: Rule | None) -> object:
    if rule is None:
        return None
    names = sorted(rule.facts)
    cases = itertools.product(*(rule.facts[name] for name in names))
    return {(tuple(names), case): rule.decide(**dict(zip(names, case, strict=True))).value for case in cases}
