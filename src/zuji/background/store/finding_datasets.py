"""Finding datasets of stored backgrounds by words of both languages, with filters, among tens of thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zuji.background.search import Fields, alternatives, folded, rank_of, words_of
from zuji.background.store.stored import StoredBackground, StoredDataset

_RANKED = 1500
"""Hits that are ranked by where the words stand; of more than that, those with the shortest names."""


@dataclass(frozen=True, slots=True)
class StoredHit:
    """A dataset found in a stored background; ranks as in `zuji.background.search.Hit`."""

    dataset: StoredDataset
    rank: int


def lookup_row(
    dataset_id: str, names: tuple[str, ...], rest: str, *, geography: str, units: tuple[str, str], missing: bool
) -> tuple[Any, ...]:
    """The row of the table `lookup`: what a search looks at, folded, in one narrow table."""
    shown = list(dict.fromkeys(part for part in map(folded, names) if part))
    shortest = min((len(part) for part in shown), default=0)
    return ("\n".join([folded(dataset_id), *shown]), folded(rest), shortest, geography.casefold(), *units, int(missing))


def search_stored(
    stored: StoredBackground, words: str, *, geography: str | None = None, unit: str | None = None, limit: int = 20
) -> tuple[StoredHit, ...]:
    """The datasets in which all `words` (or words of the same meaning) stand, best first; an empty text finds all.

    `geography` takes its parts as well (CN-GD for CN); `unit` is the database's own or that of studies.
    """
    wanted = [alternatives(word) for word in words_of(words)]
    conditions, values = _conditions(wanted, geography, unit)
    rows = stored.query(
        f"SELECT i, names, other, shortest, missing FROM lookup WHERE {conditions}"
        f" ORDER BY missing, shortest, i LIMIT {_RANKED}",
        values,
    )
    whole = folded(words)
    hits: list[tuple[tuple[int, ...], int, int]] = []
    for i, given, other, shortest, missing in rows:
        own, *names = given.split("\n")
        fields = Fields(own, tuple(names) or ("",), f"{own} {other}")
        ranks = [rank_of(fields, options) for options in wanted]
        if None in ranks:
            continue
        scores = [rank for rank in ranks if rank is not None]
        exact = bool(whole) and own == whole
        hits.append(((int(not exact), sum(scores), missing, shortest, i), i, 0 if exact else max(scores, default=3)))
    hits.sort()
    return tuple(StoredHit(stored.dataset(i), rank) for _, i, rank in hits[:limit])


def _conditions(
    wanted: list[tuple[str, ...]], geography: str | None, unit: str | None
) -> tuple[str, tuple[str | int, ...]]:
    """The condition in SQL, and the values for its marks; a word may stand anywhere, `rank_of` looks closer."""
    parts: list[str] = ["1"]
    values: list[str | int] = []
    for options in wanted:
        parts.append("(" + " OR ".join(["instr(names, ?) OR instr(other, ?)"] * len(options)) + ")")
        values += [option for option in options for _ in range(2)]
    if geography is not None:
        parts.append("(geography = ? OR substr(geography, 1, ?) = ?)")
        place = geography.casefold()
        values += [place, len(place) + 1, f"{place}-"]
    if unit is not None:
        parts.append("(unit = ? OR study_unit = ?)")
        values += [unit, unit]
    return " AND ".join(parts), tuple(values)
