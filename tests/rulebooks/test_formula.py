"""The formula language: what it computes exactly, and what it refuses."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.errors import FormulaError
from zuji.rulebooks.formula import formula


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", Fraction(7)),
        ("(1 + 2) * 3", Fraction(9)),
        ("1 / 3", Fraction(1, 3)),
        ("-a / 3 - -1", Fraction(1, 3)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1e-3 * a", Fraction(1, 500)),
        ("min(a, b, 7)", Fraction(2)),
        ("max(a, b / 2) - 1", Fraction(3, 2)),
    ],
)
def test_arithmetic_is_exact(text, value):
    """Numbers are fractions: decimals mean what they say, thirds stay thirds."""
    assert formula(text).number({"a": 2, "b": 5}) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("kind == 'grid'", True),
        ("kind != 'grid'", False),
        ("a < b and not sold", True),
        ("a >= b or sold", False),
        ("1 < a <= 2", True),
        ("a == 2.0", True),
    ],
)
def test_conditions(text, value):
    """Comparisons, chains, and / or / not."""
    assert formula(text).holds({"a": 2, "b": 5, "kind": "grid", "sold": False}) is value


@pytest.mark.parametrize(
    "text",
    [
        "open('x')", "abs(a)", "min()", "min(a, key=b)", "a.b", "a ** 2", "a % 2", "a // 2", "a if b else 1", "[a]",
        "a[0]", "lambda: 1", "a := 1", "f'{a}'", "{a: 1}", "a is b", "a in b", "~a", "+a", "None", "...", "1j", "a; b",
        "", "a +", "(", "__import__('os')", "min(*a)", "x" * 3 + "(", "(a for a in b)", "await a", "b'x'",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text):
    """Calls, attributes, powers, subscripts, comprehensions: a formula that is not plain arithmetic does not load."""
    with pytest.raises(FormulaError):
        formula(text)


def test_a_refusal_shows_the_piece():
    """The message names the piece that is refused and the formula that it stands in."""
    with pytest.raises(FormulaError, match=r"'a \*\* 2' is outside the formula language in '1 \+ a \*\* 2'"):
        formula("1 + a ** 2")


def test_names_in_order_of_appearance():
    """A formula lists each variable once; functions are not variables."""
    assert formula("b * min(a, b) + c").names == ("b", "a", "c")


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("a * b", {"a": 1}, "no value for 'b'"),
        ("a / b", {"a": 1, "b": 0}, "division by zero in a / b"),
        ("a / (b - b)", {"a": 1, "b": Fraction(1, 3)}, "division by zero"),
        ("a + 'x'", {"a": 1}, "mixes texts and numbers"),
        ("a < 'x'", {"a": 1}, "mixes texts and numbers"),
    ],
)
def test_evaluation_errors(text, values, message):
    """A name without value, a division by zero and a mixture of texts and numbers say so."""
    with pytest.raises(FormulaError, match=message):
        formula(text).evaluate(values)


def test_a_condition_is_no_number_and_a_number_no_condition():
    """Asking for the wrong kind of result is an error, not a conversion."""
    with pytest.raises(FormulaError, match="is not arithmetic"):
        formula("a == 1").number({"a": 1})
    with pytest.raises(FormulaError, match="is not arithmetic"):
        formula("'x'").number({})
    with pytest.raises(FormulaError, match="is not a condition"):
        formula("a + 1").holds({"a": 1})


def test_deep_nesting_is_refused_not_fatal():
    """A formula that no person wrote does not bring the program down."""
    with pytest.raises(FormulaError):
        formula("(" * 5000 + "1" + ")" * 5000)


NUMBERS = st.fractions(-1000, 1000, max_denominator=1000)


@settings(deadline=None, max_examples=60)
@given(NUMBERS, NUMBERS, NUMBERS.filter(bool))
def test_formula_is_python_on_fractions(a, b, c):
    """A formula of names gives what the same expression gives on fractions."""
    values = {"a": a, "b": b, "c": c}
    assert formula("(a - b) / c + max(a, b) * -c").number(values) == (a - b) / c + max(a, b) * -c
