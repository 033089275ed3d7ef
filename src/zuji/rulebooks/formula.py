"""Arithmetic and conditions as text: names, numbers, + - * /, min, max, comparisons, and / or / not. Nothing else.

A formula is evaluated with exact fractions, so the amount in the product system and the amount in an explanation are
one number, and a verifier can redo it by hand.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from zuji.errors import FormulaError

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"min": min, "max": max}


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked expression; `names` are the variables that it needs."""

    text: str
    names: tuple[str, ...]

    def evaluate(self, values: Mapping[str, object]) -> Any:
        """The exact value of the expression; raises FormulaError for a name without value or a division by zero."""
        try:
            return _evaluate(_parsed(self.text).body, values)
        except ZeroDivisionError as error:
            raise FormulaError(f"division by zero in {self.text}") from error
        except TypeError as error:
            raise FormulaError(f"{self.text} mixes texts and numbers") from error

    def number(self, values: Mapping[str, object]) -> Fraction:
        """`evaluate` for an arithmetic expression."""
        result = self.evaluate(values)
        if isinstance(result, bool) or not isinstance(result, (int, Fraction)):
            raise FormulaError(f"{self.text} is not arithmetic")
        return Fraction(result)

    def holds(self, values: Mapping[str, object]) -> bool:
        """`evaluate` for a condition."""
        result = self.evaluate(values)
        if not isinstance(result, bool):
            raise FormulaError(f"{self.text} is not a condition")
        return result


@lru_cache(maxsize=512)
def formula(text: str) -> Formula:
    """The formula that `text` holds; raises FormulaError for anything outside the language."""
    names: dict[str, None] = {}
    _check(_parsed(text).body, text, names)
    return Formula(text, tuple(names))


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise FormulaError(f"cannot read the formula '{text}'") from error


def _check(node: ast.expr, text: str, names: dict[str, None]) -> None:
    match node:
        case ast.BinOp(op=op) if type(op) in _BINARY:
            _check(node.left, text, names)
            _check(node.right, text, names)
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            _check(node.operand, text, names)
        case ast.BoolOp():
            for value in node.values:
                _check(value, text, names)
        case ast.Compare() if all(type(op) in _COMPARE for op in node.ops):
            for value in (node.left, *node.comparators):
                _check(value, text, names)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS and node.args:
            for value in node.args:
                _check(value, text, names)
        case ast.Name(id=name):
            names[name] = None
        case ast.Constant(value=bool() | int() | float() | str()):
            return
        case _:
            raise FormulaError(f"'{ast.unparse(node)}' is outside the formula language in '{text}'")


def _evaluate(node: ast.expr, values: Mapping[str, object]) -> Any:
    match node:
        case ast.BinOp():
            return _BINARY[type(node.op)](_evaluate(node.left, values), _evaluate(node.right, values))
        case ast.UnaryOp(op=ast.Not()):
            return not _evaluate(node.operand, values)
        case ast.UnaryOp():
            return -_evaluate(node.operand, values)
        case ast.BoolOp(op=ast.And()):
            return all(_evaluate(value, values) for value in node.values)
        case ast.BoolOp():
            return any(_evaluate(value, values) for value in node.values)
        case ast.Compare():
            sides = [_evaluate(side, values) for side in (node.left, *node.comparators)]
            return all(_COMPARE[type(op)](a, b) for op, a, b in zip(node.ops, sides, sides[1:], strict=False))
        case ast.Call(func=ast.Name(id=name)):
            return _FUNCTIONS[name](*(_evaluate(arg, values) for arg in node.args))
        case ast.Name(id=name):
            if name not in values:
                raise FormulaError(f"no value for '{name}'")
            return _exact(values[name])
        case ast.Constant(value=value):
            return _exact(value)
    raise FormulaError(f"'{ast.unparse(node)}' is outside the formula language")


def _exact(value: object) -> object:
    # Two integers would divide into a binary float.
    if isinstance(value, float):
        return Fraction(repr(value))
    return Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else value
