"""Rules: a base, conditioned exceptions, and no two that hold at once."""

from __future__ import annotations

from typing import Any

import pytest

from zuji.errors import FormulaError, RulebookError
from zuji.rulebooks.rule import read_rule

from .building import decision


def rule(*exceptions: tuple[str, str], **facts: list[object]) -> dict[str, Any]:
    return {
        "id": "r",
        "facts": facts or {"colour": ["red", "green"], "sold": [True, False]},
        "base": decision("base"),
        "exceptions": [decision(value, when=when) for when, value in exceptions],
    }


def test_the_exception_that_holds_decides():
    """Without an exception that holds, the base decides; the decision knows the condition that made it."""
    read = read_rule("book", rule(("colour == 'red' and not sold", "x"), ("colour == 'green'", "y")))
    assert [read.decide(colour=c, sold=s).value for c in ("red", "green") for s in (True, False)] == [
        "base", "x", "y", "y",
    ]  # fmt: skip
    assert read.decide(colour="green", sold=True).when == "colour == 'green'"
    assert read.decide(colour="red", sold=True).when == ""


def test_two_exceptions_that_hold_at_once():
    """The message names both conditions and the facts under which they meet."""
    with pytest.raises(RulebookError) as refused:
        read_rule("book", rule(("colour == 'red'", "x"), ("sold", "y")))
    assert str(refused.value) == (
        "book: rule r: the exceptions 'colour == 'red'' and 'sold' both hold when colour = red, sold = True"
    )


def test_a_condition_on_an_undeclared_fact():
    """A condition uses declared facts only, so that every case can be tried at load."""
    with pytest.raises(RulebookError, match="rule r: 'size == 'big'' uses the undeclared fact size"):
        read_rule("book", rule(("size == 'big'", "x")))


@pytest.mark.parametrize("facts", [{"colour": "blue", "sold": True}, {"colour": "red", "size": 1}])
def test_deciding_on_unknown_facts(facts):
    """A fact or a value that the rule does not declare is a mistake, not the base case."""
    with pytest.raises(RulebookError, match=r"rule r does not know the fact (colour = blue|size = 1)"):
        read_rule("book", rule(("colour == 'red'", "x"))).decide(**facts)


def test_deciding_without_a_fact():
    """A fact that a condition needs must be given."""
    with pytest.raises(FormulaError, match="no value for 'colour'"):
        read_rule("book", rule(("colour == 'red'", "x"))).decide(sold=True)


@pytest.mark.parametrize("lacking", ["value", "clause", "source", "verified"])
@pytest.mark.parametrize("where", ["base", "exception"])
def test_a_decision_needs_its_papers(lacking, where):
    """Base and exceptions alike have a value, a clause, a source and a mark."""
    body = rule(("sold", "x"))
    part = body["base"] if where == "base" else body["exceptions"][0]
    del part[lacking]
    shown = "base" if where == "base" else "sold"
    with pytest.raises(RulebookError, match=f"book: rule r: '{shown}' lacks {lacking}"):
        read_rule("book", body)


def test_an_unverified_decision_says_what_verifies_it():
    """A decision that nobody held against the text says which text that is."""
    body = rule()
    body["base"]["verified"] = False
    with pytest.raises(RulebookError, match="'base' is not verified and does not say what would verify it"):
        read_rule("book", body)


@pytest.mark.parametrize("lacking", ["id", "base"])
def test_a_rule_needs_id_and_base(lacking):
    """Without id or base there is no rule."""
    body = rule()
    del body[lacking]
    with pytest.raises(RulebookError, match="a rule needs an id and a base"):
        read_rule("book", body)
