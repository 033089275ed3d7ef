"""How an amount came about: a formula, its terms, and for every term the datum, parameter or conversion behind it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from zuji.datum import LocalText
from zuji.errors import RulebookError
from zuji.quantity import Unit, conversion_factor
from zuji.rulebooks.formula import formula
from zuji.rulebooks.parameters import Parameter
from zuji.rulebooks.rule import Decision
from zuji.study.model import Datum


@dataclass(frozen=True, slots=True)
class Conversion:
    """One `source` is `factor` `target`, exactly."""

    source: Unit
    target: Unit
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Stated:
    """A value that follows from the rule itself, such as a default of zero, with the reason in words."""

    reason: LocalText


@dataclass(frozen=True, slots=True)
class Term:
    """One variable of a formula with its exact value and where that came from."""

    symbol: str
    value: Fraction
    unit: str
    label: LocalText
    origin: Datum | Parameter | Decision | Conversion | Derivation | Stated


@dataclass(frozen=True, slots=True)
class Derivation:
    """An exact value, the formula that gave it and the terms that went in."""

    formula: str
    terms: tuple[Term, ...]
    value: Fraction
    unit: str
    clause: str = ""

    @property
    def shown(self) -> str:
        """The formula with the numbers in it."""
        text = formula(self.formula)
        numbers = {term.symbol: short(term.value) for term in self.terms}
        words = []
        for piece in _tokens(text.text):
            words.append(numbers.get(piece, piece))
        return "".join(words).replace("*", "×")


def short(value: Fraction, digits: int = 6) -> str:
    """`value` with at most `digits` significant digits, never in scientific notation for usual sizes."""
    number = float(value)
    if number == 0:
        return "0"
    if 1e-4 <= abs(number) < 1e9:
        text = f"{number:.{digits}g}"
        return text if "e" not in text else f"{number:.0f}"
    return f"{number:.{digits}g}"


def _tokens(text: str) -> list[str]:
    pieces: list[str] = []
    word = ""
    for character in text:
        if character.isalnum() or character == "_":
            word += character
            continue
        if word:
            pieces.append(word)
            word = ""
        pieces.append(character)
    return [*pieces, word] if word else pieces


def derive(text: str, unit: str, *terms: Term, clause: str = "") -> Derivation:
    """The derivation of `text` from `terms`; raises FormulaError when a name has no term."""
    values = {term.symbol: term.value for term in terms}
    names = formula(text).names
    used = tuple(term for term in terms if term.symbol in names)
    return Derivation(text, used, formula(text).number(values), unit, clause)


def from_datum(symbol: str, datum: Datum, label: LocalText, target: Unit | None = None) -> Term:
    """A term with the value of `datum`, converted to `target` with the conversion as a step of its own."""
    if datum.missing:
        raise RulebookError(f"{symbol} is missing: {datum.missing}")
    own = Term(symbol, datum.exact, datum.unit.symbol, label, datum)
    if target is None or target.symbol == datum.unit.symbol:
        return own
    factor = conversion_factor(datum.unit, target)
    if factor == 1:
        return Term(symbol, datum.exact, target.symbol, label, datum)
    step = Term("conversion", factor, f"{target}/{datum.unit}", label, Conversion(datum.unit, target, factor))
    converted = derive(f"{symbol} * conversion", target.symbol, own, step)
    return Term(symbol, converted.value, target.symbol, label, converted)


def from_parameter(symbol: str, parameter: Parameter) -> Term:
    """A term with the value of a numeric parameter."""
    return Term(symbol, parameter.number, parameter.unit, parameter.description, parameter)


def stated(symbol: str, value: int | Fraction, unit: str, label: LocalText, reason: LocalText) -> Term:
    """A term whose value the rule itself states."""
    return Term(symbol, Fraction(value), unit, label, Stated(reason))
