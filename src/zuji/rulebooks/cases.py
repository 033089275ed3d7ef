"""Worked cases of a rulebook: small YAML examples that a verifier can read and that the book's own rules must give.

Each case has a `name` (a claim in words), optionally a day (`on`) and a `source`, one subject and what to `expect`:

- `rule` with `facts` (left out: the first value declared): the decision;
- `parameter`: its value on that day;
- `stage` (`production/material`): the book's stage on that day;
- `excluded` (`packaging`, or `distribution/energy`): the clause that leaves out a component group or a role in a stage,
  `counted` where none does;
- `check`: `held` when the book makes that check on that day, else `not held`;
- `total` with `parts` (`stage: {category: kg CO2e}`): the total with that id, `headline` for the headline;
- `cut_off` (the parameter of the limit) with `left_out` `of` a whole: `within` or `exceeded`;
- `round`: the reported text of a number;
- `functional_unit` with `values`: the amount of that formula [its unit];
- `end_of_life` with `values` and `per_kg`: kg CO2e per kg of material by that formula table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from zuji.datum import LocalText
from zuji.errors import RulebookError
from zuji.reading import read_yaml
from zuji.rulebooks.book import Book
from zuji.rulebooks.book_parts import COUNTED, EXCLUDED, Total
from zuji.rulebooks.formula import formula
from zuji.rulebooks.rounding import reported
from zuji.rulebooks.strategies.cut_off import within
from zuji.rulebooks.strategies.end_of_life import formula_table

SUBJECTS = (
    "rule", "parameter", "stage", "excluded", "check", "total", "cut_off", "round", "functional_unit", "end_of_life",
)  # fmt: skip


def cases_of(book: Book) -> list[Mapping[str, Any]]:
    """Every case in the folder of `book`; raises RulebookError for a file that cannot be read."""
    found: list[Mapping[str, Any]] = []
    for path in sorted((book.folder / "cases").glob("*.yaml")):
        document = read_yaml(path, f"{book.id}/cases/{path.name}")
        if document.findings:
            raise RulebookError(f"{document.findings[0].place}: {document.findings[0].what('en')}")
        found += document.data.get("cases", [])
    return found


def failure(book: Book, case: Mapping[str, Any]) -> str:
    """What the case expects and what the book gives instead; '' when they agree."""
    day = date.fromisoformat(case["on"]) if "on" in case else max(v.valid_from for v in book.versions)
    book = book.on(day)
    subject = next((name for name in SUBJECTS if name in case), None)
    if subject is None or "expect" not in case or not case.get("name"):
        return f"a case needs a name, an expectation and one of {', '.join(SUBJECTS)}"
    given = _given(book, case, subject, day)
    expected = case["expect"]
    if isinstance(given, Fraction):
        wanted = Fraction(str(expected))
        tolerance = Fraction(str(case.get("tolerance_rel", "1e-9"))) * abs(wanted)
        return "" if abs(given - wanted) <= tolerance else f"expected {expected}, got {float(given)!r}"
    return "" if str(given) == str(expected) else f"expected {expected}, got {given}"


def _given(book: Book, case: Mapping[str, Any], subject: str, day: date) -> object:
    match subject:
        case "rule":
            rule = book.rule(str(case["rule"]), day)
            assumed = {name: values[0] for name, values in rule.facts.items()}
            return rule.decide(**{**assumed, **case.get("facts", {})}).value
        case "parameter":
            value = book.parameters.on(str(case["parameter"]), day).value
            return ", ".join(value) if isinstance(value, tuple) else _maybe_number(value)
        case "stage":
            stage, _, role = str(case["stage"]).partition("/")
            return book.stage_of(stage, role)
        case "excluded":
            return _excluded(book, str(case["excluded"]))
        case "check":
            checks = [entry["check"] for entry in book.main.get("checks", [])]
            return "held" if case["check"] in checks else "not held"
        case "total":
            return _total(book, case, day)
        case "cut_off":
            limit = book.parameters.on(str(case["cut_off"]), day).number
            share = float(Fraction(str(case["left_out"])) / Fraction(str(case["of"])))
            return "within" if within(share, float(limit)) else "exceeded"
        case "round":
            rule = book.main["rounding"]
            return reported(float(case["round"]), str(rule["rule"]), int(rule["significant"]))
        case "functional_unit":
            chosen = book.strategies["functional_unit"]["formulas"][case["functional_unit"]]
            return formula(str(chosen["expression"])).number(_numbers(case["values"]))
    return _end_of_life(case)


def _excluded(book: Book, named: str) -> str:
    stage, _, role = named.partition("/")
    for exclusion in book.exclusions:
        of_stage = exclusion.stage == stage and exclusion.role in ("", role) and not exclusion.component_group
        if exclusion.component_group == named or (of_stage and book.stage_of(stage, role) == EXCLUDED):
            return exclusion.clause
    return "counted"


def _total(book: Book, case: Mapping[str, Any], day: date) -> Fraction:
    wanted = str(case["total"])
    totals = book.totals or (Total("headline", LocalText(), "", headline=True),)
    total = next(t for t in totals if t.id == wanted or (wanted == "headline" and t.headline))
    rule_id = str(book.strategies["characterisation"].get("rule", ""))
    rule = book.rule(rule_id, day) if rule_id else None

    def counted(category: str) -> bool:
        known = rule is not None and category in rule.facts["category"]
        return not known or (rule is not None and rule.decide(category=category).value == COUNTED)

    values = [
        Fraction(str(value))
        for stage, parts in case["parts"].items()
        for category, value in parts.items()
        if total.has(stage, category, counted=counted(category), apart=stage in book.apart)
    ]
    return sum(values, Fraction(0))


def _maybe_number(value: object) -> object:
    try:
        return Fraction(str(value))
    except ValueError:
        return value


def _numbers(values: Mapping[str, Any]) -> dict[str, Fraction]:
    return {name: Fraction(str(value)) for name, value in values.items()}


def _end_of_life(case: Mapping[str, Any]) -> Fraction:
    values = {"R1": Fraction(0), "R2": Fraction(0), "R3": Fraction(0), "A": Fraction(1), "B": Fraction(0)}
    values |= {"Qs_in": Fraction(1), "Qs_out": Fraction(1)}
    values |= {"LHV": Fraction(0), "X_heat": Fraction(0), "X_elec": Fraction(0)} | _numbers(case["values"])
    per_kg = _numbers(case["per_kg"])
    rows = formula_table(str(case["end_of_life"]))
    return sum((row.expression.number(values) * per_kg.get(row.dataset, Fraction(0)) for row in rows), Fraction(0))
