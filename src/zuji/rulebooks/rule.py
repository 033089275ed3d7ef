"""A rule is a base decision and conditioned exceptions; two exceptions that can hold at once are an error at load."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zuji.datum import LocalText
from zuji.errors import RulebookError
from zuji.rulebooks.formula import Formula, formula
from zuji.rulebooks.parameters import local


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says in one case, with the clause that says it."""

    rule: str
    value: str
    reason: LocalText
    clause: str
    source: str
    verified: bool
    verify_with: LocalText = LocalText()
    when: str = ""
    """Condition of the exception that decided; '' for the base rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`facts` names the facts that conditions may use, each with all values that it can take."""

    id: str
    facts: Mapping[str, tuple[object, ...]]
    base: Decision
    exceptions: tuple[tuple[Formula, Decision], ...]

    def decide(self, **facts: object) -> Decision:
        """The decision for `facts`; raises RulebookError for a fact or value that the rule does not declare."""
        for name, value in facts.items():
            if name not in self.facts or value not in self.facts[name]:
                raise RulebookError(f"rule {self.id} does not know the fact {name} = {value}")
        holding = [decision for condition, decision in self.exceptions if condition.holds(facts)]
        return holding[0] if holding else self.base


def read_rule(file: str, body: Mapping[str, Any]) -> Rule:
    """The rule that a mapping holds; raises RulebookError when two of its exceptions hold at once for some facts."""
    id = str(body.get("id", ""))
    if not id or "base" not in body:
        raise RulebookError(f"{file}: a rule needs an id and a base")
    facts = {name: tuple(values) for name, values in body.get("facts", {}).items()}
    exceptions = tuple(
        (formula(str(item["when"])), _decision(file, id, item, str(item["when"])))
        for item in body.get("exceptions", ())
    )
    for condition, _ in exceptions:
        unknown = [name for name in condition.names if name not in facts]
        if unknown:
            raise RulebookError(f"{file}: rule {id}: '{condition.text}' uses the undeclared fact {unknown[0]}")
    rule = Rule(id, facts, _decision(file, id, body["base"], ""), exceptions)
    _refuse_overlap(file, rule)
    return rule


def _decision(file: str, id: str, body: Mapping[str, Any], when: str) -> Decision:
    lacking = [key for key in ("value", "clause", "source", "verified") if key not in body]
    if lacking:
        raise RulebookError(f"{file}: rule {id}: '{when or 'base'}' lacks {', '.join(lacking)}")
    if not body["verified"] and not body.get("verify_with"):
        raise RulebookError(
            f"{file}: rule {id}: '{when or 'base'}' is not verified and does not say what would verify it"
        )
    return Decision(
        rule=id,
        value=str(body["value"]),
        reason=local(body.get("reason", "")),
        clause=str(body["clause"]),
        source=str(body["source"]),
        verified=bool(body["verified"]),
        verify_with=local(body.get("verify_with", "")),
        when=when,
    )


def _refuse_overlap(file: str, rule: Rule) -> None:
    names = list(rule.facts)
    for combination in itertools.product(*rule.facts.values()):
        facts = dict(zip(names, combination, strict=True))
        holding = [condition.text for condition, _ in rule.exceptions if condition.holds(facts)]
        if len(holding) > 1:
            case = ", ".join(f"{name} = {value}" for name, value in facts.items())
            raise RulebookError(
                f"{file}: rule {rule.id}: the exceptions '{holding[0]}' and '{holding[1]}' both hold when {case}"
            )
