"""Problems in data as values: a finding says what is wrong, where, why it matters and how to mend it, in zh and en.

Every kind of finding is defined once with `define`, beside the code that raises it; the definition is called with a
place and the values to show, and returns an immutable `Finding`. Nothing is raised: one bad line never hides the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from zuji.i18n import language, tr_in


@runtime_checkable
class Localised(Protocol):
    """A value that has a text in each language, such as `zuji.datum.LocalText`."""

    def pick(self, lang: str) -> str:
        """The text in `lang`."""


class Severity(StrEnum):
    """How much a finding weighs: an error stops a calculation, a warning limits it, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a datum was read: file, line (from 1), key path inside the document, column or cell."""

    file: str = ""
    line: int = 0
    path: str = ""
    column: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}" if self.line else self.file
        inner = " ".join(part for part in (self.path, f"[{self.column}]" if self.column else "") if part)
        return f"{text} {inner}".strip() if inner else text

    def at(self, path: str = "", column: str = "") -> Place:
        """The same line, with a more precise key path or column."""
        return Place(self.file, self.line, path or self.path, column or self.column)

    def as_dict(self) -> dict[str, Any]:
        """The parts that are set, for JSON."""
        parts = {"file": self.file, "line": self.line, "path": self.path, "column": self.column}
        return {key: value for key, value in parts.items() if value}


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: its code fixes what, why and mend; `params` are the values that they show."""

    code: str
    severity: Severity
    place: Place
    params: tuple[tuple[str, str | Localised], ...] = ()
    clause: str = ""
    prefix: str = ""
    """Capitals of the rulebook that the clause belongs to; '' for a finding that cites no rulebook."""

    @property
    def label(self) -> str:
        """The code under the prefix of its rulebook: `EUI426` where the ZJ426 of one rulebook is meant."""
        return relabelled(self.code, self.prefix) if self.prefix else self.code

    def _text(self, template: str, lang: str | None) -> str:
        return tr_in(lang, template, **self.shown(lang)) if template else ""

    def shown(self, lang: str | None = None) -> dict[str, str]:
        """The values of the message as texts in `lang`."""
        spoken = lang or language()
        return {key: v.pick(spoken) if isinstance(v, Localised) else v for key, v in self.params}

    def what(self, lang: str | None = None) -> str:
        """What is wrong, in one sentence."""
        return self._text(CODES[self.code].what, lang)

    def why(self, lang: str | None = None) -> str:
        """Why it matters, or the rule that it breaks."""
        return self._text(CODES[self.code].why, lang)

    def mend(self, lang: str | None = None) -> str:
        """What to do about it."""
        return self._text(CODES[self.code].mend, lang)

    def as_dict(self) -> dict[str, Any]:
        """The finding for JSON, with its texts in both languages."""
        return {
            "code": self.code,
            "label": self.label,
            "severity": self.severity.value,
            "place": self.place.as_dict(),
            "params": self.shown("en"),
            "clause": self.clause,
            "what": {"zh": self.what("zh"), "en": self.what("en")},
            "why": {"zh": self.why("zh"), "en": self.why("en")},
            "mend": {"zh": self.mend("zh"), "en": self.mend("en")},
        }


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding; call it with a place and the values of its message to get a `Finding`."""

    code: str
    severity: Severity
    what: str
    why: str
    mend: str

    def __call__(
        self, place: Place = NOWHERE, *, clause: str = "", severity: Severity | None = None, **params: object
    ) -> Finding:
        shown = tuple((key, v if isinstance(v, Localised) else str(v)) for key, v in sorted(params.items()))
        return Finding(self.code, severity or self.severity, place, shown, clause)


CODES: dict[str, Code] = {}


def relabelled(code: str, prefix: str) -> str:
    """A code with the capitals of a rulebook in place of its own: `ZJ426` and `EUI` give `EUI426`."""
    return prefix + code.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def define(code: str, severity: Severity, *, what: str, why: str, mend: str) -> Code:
    """Register one kind of finding; a code is used once, so a second definition is a programming error."""
    if code in CODES:
        raise ValueError(f"finding code {code} is defined twice")
    CODES[code] = Code(code, severity, what, why, mend)
    return CODES[code]


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of `findings` is of severity error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without repeats: errors first, then by place and code."""
    rank: Mapping[Severity, int] = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    return tuple(sorted(dict.fromkeys(findings), key=lambda f: (rank[f.severity], f.place, f.code, str(f.params))))
