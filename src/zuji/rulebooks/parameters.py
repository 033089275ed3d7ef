"""Dated parameters of a rulebook: every value has a unit, a clause, a source and a mark whether it was verified."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from zuji.datum import LocalText
from zuji.errors import RulebookError

EXPECTED = "expected"
"""Stands for a value that a future date will bring and that is not known yet."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as it holds on a date."""

    id: str
    description: LocalText
    unit: str
    value: object
    """A number as decimal text, a text, a Boolean, or a tuple of texts."""
    valid_from: date
    clause: str
    source: str
    verified: bool
    verify_with: LocalText = LocalText()
    """What would settle an unverified value."""

    @property
    def number(self) -> Fraction:
        """The value as an exact number; raises RulebookError for anything else."""
        try:
            return Fraction(str(self.value))
        except ValueError as error:
            raise RulebookError(f"parameter {self.id} is not a number: {self.value}") from error

    @property
    def text(self) -> str:
        """The value as a text."""
        return str(self.value)


@dataclass(frozen=True)
class Parameters:
    """All parameters of a rulebook with all their dated values."""

    history: Mapping[str, tuple[tuple[date, Parameter | None], ...]]

    def __contains__(self, id: str) -> bool:
        return id in self.history

    def on(self, id: str, day: date) -> Parameter:
        """The parameter as it holds on `day`; raises RulebookError when it is unknown, ended or only expected then."""
        if id not in self.history:
            near = difflib.get_close_matches(id, list(self.history), n=3)
            raise RulebookError(f"no parameter {id}" + (f"; nearest: {', '.join(near)}" if near else ""))
        current: Parameter | None = None
        for valid_from, parameter in self.history[id]:
            if valid_from <= day:
                current = parameter
        if current is None:
            raise RulebookError(f"parameter {id} has no value on {day.isoformat()}")
        return current

    def beginning(self, prefix: str, day: date) -> dict[str, Parameter]:
        """The parameters whose id starts with `prefix` and that have a value on `day`."""
        found: dict[str, Parameter] = {}
        for id, dated in self.history.items():
            if id.startswith(prefix):
                values = [parameter for valid_from, parameter in dated if valid_from <= day]
                if values and values[-1] is not None:
                    found[id] = values[-1]
        return found

    def joined(self, own: Parameters) -> Parameters:
        """These parameters, with those of `own` standing where both have an id."""
        return Parameters({**self.history, **own.history})


def read_parameters(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> Parameters:
    """The parameters of (file, mapping) pairs; raises RulebookError for a value without clause, source or mark."""
    history: dict[str, tuple[tuple[date, Parameter | None], ...]] = {}
    for file, document in documents:
        for id, body in document.items():
            if id in history:
                raise RulebookError(f"{file}: parameter {id} is defined twice")
            if not body.get("description") or not body.get("values"):
                raise RulebookError(f"{file}: parameter {id} needs a description and values")
            dated = [(date.fromisoformat(day), _value(file, id, day, body)) for day in body["values"]]
            history[id] = tuple(sorted(dated, key=lambda pair: pair[0]))
    return Parameters(history)


def _value(file: str, id: str, day: str, body: Mapping[str, Any]) -> Parameter | None:
    entry = body["values"][day]
    if entry is None or entry == EXPECTED:
        return None
    shared = {**{k: v for k, v in body.items() if k not in ("values", "description")}, **entry}
    lacking = [key for key in ("value", "clause", "source", "verified", "unit") if key not in shared]
    if lacking:
        raise RulebookError(f"{file}: parameter {id}, {day}: lacks {', '.join(lacking)}")
    if not isinstance(shared["verified"], bool):
        raise RulebookError(f"{file}: parameter {id}, {day}: verified must be true or false")
    if not shared["verified"] and not shared.get("verify_with"):
        raise RulebookError(f"{file}: parameter {id}, {day}: says verified: false but not what would verify it")
    value = shared["value"]
    if isinstance(value, float):
        value = repr(value)
    return Parameter(
        id=id,
        description=local(body["description"]),
        unit=str(shared["unit"]),
        value=tuple(map(str, value)) if isinstance(value, list) else value,
        valid_from=date.fromisoformat(day),
        clause=str(shared["clause"]),
        source=str(shared["source"]),
        verified=shared["verified"],
        verify_with=local(shared.get("verify_with", "")),
    )


def local(value: object) -> LocalText:
    """A bilingual text from `{zh, en}` or from one text for both."""
    if isinstance(value, Mapping):
        return LocalText(str(value.get("zh", "")), str(value.get("en", "")))
    return LocalText(str(value), str(value)) if value else LocalText()
