"""Amounts as expressions in the dialects of the formats, evaluated without `eval` and with bounded work.

Operators `+ - * / ^ **`, comparisons, `and or not`, and the functions of FUNCTIONS; `,` or `;` part arguments; names
in any case. Text length, nesting, exponents and results are limited, so that no expression can stall an import.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zuji.errors import FormulaError

MAX_LENGTH = 4000
MAX_DEPTH = 60
MAX_EXPONENT = 512.0
"""No inventory needs a larger power; 10^512 already overflows a float."""
MAX_CHAIN = 100
"""Parameters that are defined by each other, in a row."""

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([^\W\d]\w*)|(\*\*|<=|>=|<>|!=|==|&&|\|\||[-+*/^%()<>=;,!]))"
)
_BINDING = {
    "or": 1, "||": 1, "and": 2, "&&": 2,
    "=": 3, "==": 3, "<>": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "mod": 5, "div": 5, "^": 7, "**": 7,
}  # fmt: skip
_SIGN = 6
CONSTANTS = {"pi": math.pi, "e": math.e, "true": 1.0, "false": 0.0}


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > MAX_EXPONENT:
        raise FormulaError(f"the exponent {exponent:g} is too large")
    result = math.pow(base, exponent)
    return result


def _if(condition: float, yes: float, no: float = 0.0) -> float:
    return yes if condition else no


FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., float]]] = {
    "abs": (1, 1, abs), "sqrt": (1, 1, math.sqrt), "sqr": (1, 1, lambda x: _power(x, 2.0)), "exp": (1, 1, math.exp),
    "ln": (1, 1, math.log), "log": (1, 1, math.log10), "log10": (1, 1, math.log10), "log2": (1, 1, math.log2),
    "sin": (1, 1, math.sin), "cos": (1, 1, math.cos), "tan": (1, 1, math.tan), "cotan": (1, 1,
    lambda x: 1 / math.tan(x)),
    "asin": (1, 1, math.asin), "acos": (1, 1, math.acos), "atan": (1, 1, math.atan), "arcsin": (1, 1, math.asin),
    "arccos": (1, 1, math.acos), "arctan": (1, 1, math.atan), "sinh": (1, 1, math.sinh), "cosh": (1, 1, math.cosh),
    "tanh": (1, 1, math.tanh), "ceil": (1, 1, math.ceil), "floor": (1, 1, math.floor), "int": (1, 1, math.trunc),
    "trunc": (1, 1, math.trunc), "round": (1, 1, lambda x: math.floor(x + 0.5)), "frac": (1, 1,
    lambda x: math.modf(x)[0]),
    "power": (2, 2, _power), "pow": (2, 2, _power), "min": (1, 99, min), "max": (1, 99, max),
    "sum": (1, 99, lambda *x: math.fsum(x)), "avg": (1, 99, lambda *x: math.fsum(x) / len(x)),
    "if": (2, 3, _if), "iff": (2, 3, _if), "not": (1, 1, lambda x: float(not x)),
    "and": (1, 99, lambda *x: float(all(x))), "or": (1, 99, lambda *x: float(any(x))),
}  # fmt: skip
"""Name → smallest and largest number of arguments, function. `log` is decadic, as in SimaPro and openLCA."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    number: float | None = None


def _tokens(text: str) -> list[_Token]:
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula has {len(text)} characters, more than the {MAX_LENGTH} that are read")
    found: list[_Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise FormulaError(f"cannot read '{text[position : position + 12].strip()}'")
        number, name, sign = match.groups()
        found.append(_Token(number, float(number)) if number else _Token((name or sign).casefold()))
        position = match.end()
    return found


class _Parser:
    """A Pratt parser that evaluates while it reads."""

    def __init__(self, text: str, value_of: Callable[[str], float]) -> None:
        self.tokens = _tokens(text)
        self.value_of = value_of
        self.at = 0
        self.depth = 0

    def whole(self) -> float:
        result = self.expression(0)
        if self.at < len(self.tokens):
            raise FormulaError(f"cannot read '{self.tokens[self.at].text}' here")
        return result

    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> _Token:
        if self.at >= len(self.tokens):
            raise FormulaError("the formula ends too early")
        token = self.tokens[self.at]
        if wanted and token.text != wanted:
            raise FormulaError(f"'{wanted}' is missing before '{token.text}'")
        self.at += 1
        return token

    def expression(self, binding: int) -> float:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(f"the formula is nested deeper than {MAX_DEPTH} levels")
        left = self.prefix()
        while (operator := self.peek()) and _BINDING.get(operator, 0) > binding:
            self.take()
            power = _BINDING[operator]
            # Powers bind to the right, everything else to the left.
            right = self.expression(power - 1 if power == _BINDING["^"] else power)
            left = _finite(_binary(operator, left, right))
        self.depth -= 1
        return left

    def prefix(self) -> float:
        token = self.take()
        if token.number is not None:
            return _finite(token.number)
        if token.text == "(":
            inner = self.expression(0)
            self.take(")")
            return inner
        if token.text in ("-", "+"):
            value = self.expression(_SIGN)
            return -value if token.text == "-" else value
        if token.text in ("not", "!") and self.peek() != "(":
            return float(not self.expression(_BINDING["and"]))
        if self.peek() == "(" and token.text in FUNCTIONS:
            return self.call(token.text)
        if token.text.isidentifier():
            if self.peek() == "(":
                raise FormulaError(f"the function '{token.text}' is not known")
            return _finite(self.value_of(token.text))
        raise FormulaError(f"cannot read '{token.text}' here")

    def call(self, name: str) -> float:
        self.take("(")
        arguments = [self.expression(0)]
        while self.peek() in (",", ";"):
            self.take()
            arguments.append(self.expression(0))
        self.take(")")
        least, most, function = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise FormulaError(f"{name}() takes {least} to {most} arguments, not {len(arguments)}")
        return _finite(function(*arguments))


def _binary(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "%" | "mod":
            return math.fmod(left, right)
        case "div":
            return math.floor(left / right)
        case "^" | "**":
            return _power(left, right)
        case "or" | "||":
            return float(bool(left) or bool(right))
        case "and" | "&&":
            return float(bool(left) and bool(right))
        case "=" | "==":
            return float(left == right)
        case "<>" | "!=":
            return float(left != right)
        case "<":
            return float(left < right)
        case "<=":
            return float(left <= right)
        case ">":
            return float(left > right)
        case _:
            return float(left >= right)


def _finite(value: float) -> float:
    if isinstance(value, complex) or not math.isfinite(value):
        raise FormulaError("the result is not a finite number")
    return float(value)


def evaluate(text: str, value_of: Callable[[str], float] | Mapping[str, float]) -> float:
    """The value of the expression `text`; names are looked up in lower case.

    Raises FormulaError for what cannot be read, has no value, is not finite or goes beyond the limits.
    """
    if isinstance(value_of, Mapping):
        values = {name.casefold(): value for name, value in value_of.items()}

        def lookup(name: str) -> float:
            if name in values:
                return values[name]
            if name in CONSTANTS:
                return CONSTANTS[name]
            raise FormulaError(f"no value for '{name}'")

        value_of = lookup
    try:
        return _Parser(text, value_of).whole()
    except FormulaError:
        raise
    except ZeroDivisionError as error:
        raise FormulaError("division by zero") from error
    except (ArithmeticError, ValueError, TypeError) as error:
        raise FormulaError(str(error)) from error


class Scope:
    """Named numbers and formulas that may use each other; every name is evaluated once, cycles are found.

    >>> Scope({"a": (float("nan"), "2*b"), "b": (3.0, "")}).value("a")
    6.0
    """

    def __init__(self, named: Mapping[str, tuple[float, str]], outer: Scope | None = None) -> None:
        self._named = {name.casefold(): entry for name, entry in named.items()}
        self._outer = outer
        self._known: dict[str, float] = {}
        self._open: list[str] = []

    def value(self, name: str) -> float:
        """The value of `name`; raises FormulaError for one that is unknown or depends on itself."""
        key = name.casefold()
        if key in self._known:
            return self._known[key]
        if key not in self._named:
            if self._outer is not None:
                return self._outer.value(name)
            if key in CONSTANTS:
                return CONSTANTS[key]
            raise FormulaError(f"no value for '{name}'")
        amount, formula = self._named[key]
        if not math.isnan(amount):
            self._known[key] = amount
            return amount
        if key in self._open:
            raise FormulaError(f"'{name}' depends on itself: {' → '.join((*self._open, key))}")
        if len(self._open) >= MAX_CHAIN or not formula:
            raise FormulaError(f"no value for '{name}'")
        self._open.append(key)
        try:
            found = self.evaluate(formula)
        except RecursionError as error:
            raise FormulaError(f"'{name}' depends on too many others in a row") from error
        finally:
            self._open.pop()
        self._known[key] = found
        return found

    def evaluate(self, formula: str) -> float:
        """The value of an expression in this scope; raises FormulaError."""
        return evaluate(formula, self.value)
