"""What changed from one dossier to another: every input that differs, and what that did to each result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zuji.dossier.read import Dossier
from zuji.footprint.compare import compare
from zuji.footprint.compare_model import Comparison

ABSENT = "–"
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs: the document, the key path in it, and what it says in each dossier."""

    document: str
    """study | datasets | evidence | rulebook ID"""
    path: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two dossiers held against each other."""

    a: Dossier
    b: Dossier
    changes: tuple[Change, ...]
    comparisons: Mapping[str, Comparison]
    """By rulebook, for those that both have."""
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def follows(self) -> bool:
        """Whether B names A as the version before it."""
        return self.b.predecessor == self.a.digest


def difference(a: Dossier, b: Dossier) -> Difference:
    """Every input that differs and, for each rulebook of both, the causes of the difference of the results.

    The results are calculated anew by the installed Zuji from the frozen documents. Raises ZujiError or ShapeError
    where it cannot.
    """
    books_a, books_b = ([result.rulebook for result in dossier.results] for dossier in (a, b))
    both = [book for book in books_a if book in books_b]
    changes = list(differing("study", a.documents["study/study.json"], b.documents["study/study.json"]))
    changes += differing("datasets", _by_id(a.datasets), _by_id(b.datasets))
    changes += differing("evidence", _by_id(a.evidence), _by_id(b.evidence))
    for book in both:
        documents = (dossier.result(book).document("rulebook") for dossier in (a, b))
        changes += differing(f"rulebook {book}", *documents)
    return Difference(
        a, b, tuple(changes),
        {book: compare(a.result(book).restored, b.result(book).restored) for book in both},
        tuple(book for book in books_a if book not in books_b),
        tuple(book for book in books_b if book not in books_a),
    )  # fmt: skip


def _by_id(documents: Any) -> dict[str, Any]:
    return {str(document["id"]): document for document in documents}


def differing(document: str, a: Any, b: Any, path: str = "") -> Iterator[Change]:
    """Every value that differs between two documents; members of a list that have an id are held against each other
    by it."""
    if a == b:
        return
    a, b = _named(a), _named(b)
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            inner = f"{path}.{key}" if path else key
            if key in a and key in b:
                yield from differing(document, a[key], b[key], inner)
            else:
                yield Change(document, inner, _short(a.get(key, ABSENT)), _short(b.get(key, ABSENT)))
    elif a != b:
        yield Change(document, path, _short(a), _short(b))


def _named(value: Any) -> Any:
    if not isinstance(value, list) or not value or not all(isinstance(member, dict) for member in value):
        return value
    for keys in (("id",), ("parent", "item"), ("meter", "period")):
        if all(all(key in member for key in keys) for member in value):
            named = {"/".join(_short(member[key]) for key in keys): member for member in value}
            if len(named) == len(value):
                return named
    return {str(i): member for i, member in enumerate(value)}


def _short(value: Any) -> str:
    if isinstance(value, dict):
        number = value.get("number", value.get("value"))
        if number is not None:
            return f"{number} {value.get('unit', '')}".strip()
        text = ", ".join(f"{key}: {_short(inner)}" for key, inner in list(value.items())[:3])
    else:
        text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
