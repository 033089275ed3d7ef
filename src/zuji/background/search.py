"""Finding a dataset by Chinese and English words: every word must stand somewhere, names count most."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from zuji.background.data import rows_of
from zuji.background.model import Background, Category, Dataset

_ID, _NAME_START, _NAME_WORD, _ELSEWHERE = range(4)
_CJK = "\u3400-\u9fff"


@dataclass(frozen=True, slots=True)
class Hit:
    """A dataset found; `rank` is 0 for its id, 1 for the start of a name, 2 for a word of it, 3 elsewhere."""

    dataset: Dataset
    rank: int


@dataclass(frozen=True, slots=True)
class Fields:
    id: str
    names: tuple[str, ...]
    other: str


def search(
    background: Background,
    words: str,
    *,
    category: Category | None = None,
    geography: str | None = None,
    scope: str | None = None,
    unit: str | None = None,
    limit: int = 20,
) -> tuple[Hit, ...]:
    """The datasets in which all `words` (or words of the same meaning) stand, best first.

    An empty text finds everything that the filters let through. Words in Latin letters match at the start of
    a word, Chinese ones anywhere. Of equal hits, figures come before gaps and real ones before proxies.
    """
    wanted = [alternatives(word) for word in words_of(words)]
    whole = folded(words)
    hits: list[tuple[tuple[int, int, int, int, int, str], Hit]] = []
    for dataset in background.datasets.values():
        if (
            (category is not None and dataset.category is not category)
            or (geography is not None and not inside(dataset.geography, geography))
            or (scope is not None and dataset.scope != scope)
            or (unit is not None and dataset.unit != unit)
        ):
            continue
        fields = _fields(dataset)
        ranks = [rank_of(fields, options) for options in wanted]
        if None in ranks:
            continue
        scores = [rank for rank in ranks if rank is not None]
        exact = bool(whole) and fields.id == whole
        best = _ID if exact else max(scores, default=_ELSEWHERE)
        shortest = min(len(name) for name in fields.names)
        order = (not exact, sum(scores), bool(dataset.missing), bool(dataset.proxy), shortest, dataset.id)
        hits.append((order, Hit(dataset, best)))
    hits.sort(key=lambda pair: pair[0])
    return tuple(hit for _, hit in hits[:limit])


def inside(place: str, wanted: str) -> bool:
    """Whether `place` is `wanted` or a part of it, as CN-GD is of CN."""
    place, wanted = place.casefold(), wanted.casefold()
    return place == wanted or place.startswith(f"{wanted}-")


def folded(text: str) -> str:
    """Lower case, half width, words apart: punctuation is a space, and Chinese is parted from Latin."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(rf"([{_CJK}])(?=[a-z0-9])|([a-z0-9])(?=[{_CJK}])", r"\1\2 ", plain)
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


def words_of(text: str) -> list[str]:
    # An id such as cn-cf-2024-national is one wish, so only blanks and the change of script part the words.
    parts = (folded(part) for part in unicodedata.normalize("NFKC", text).split())
    return [piece for part in parts for piece in _scripts(part)]


def _scripts(text: str) -> list[str]:
    found = re.findall(rf"[{_CJK}]+|[^{_CJK}]+", text)
    return [piece.strip() for piece in found if piece.strip()]


@lru_cache(maxsize=4096)
def alternatives(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([word, *(folded(also) for also in _synonyms().get(word, ()))]))


@lru_cache(maxsize=1)
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    return {folded(row["word"]): tuple(row["also"].split(";")) for row in rows_of("synonyms.csv")}


def _fields(dataset: Dataset) -> Fields:
    about = (dataset.geography, dataset.year, dataset.technology, dataset.notes, dataset.source.citation)
    return _folded_fields(dataset.id, dataset.name.zh, dataset.name.en, " ".join((dataset.id, *about)))


@lru_cache(maxsize=16384)
def _folded_fields(dataset_id: str, zh: str, en: str, other: str) -> Fields:
    return Fields(folded(dataset_id), (folded(zh), folded(en)), folded(other))


def rank_of(fields: Fields, options: tuple[str, ...]) -> int | None:
    """The best place where one of the words stands; None where none does."""
    if fields.id in options:
        return _ID
    if any(name.startswith(word) for name in fields.names for word in options):
        return _NAME_START
    if any(_stands(word, name) for name in fields.names for word in options):
        return _NAME_WORD
    return _ELSEWHERE if any(_stands(word, fields.other) for word in options) else None


def _stands(word: str, text: str) -> bool:
    if re.search(f"[{_CJK}]", word):
        return word in text
    return f" {word}" in f" {text}"
