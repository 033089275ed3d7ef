"""Ranked candidates for many lines among many datasets: sparse products of what their names say, then few details."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.background.match.places import fit
from zuji.background.match.terms import CJK, FORM, PART, QUALIFIER, SUBSTANCE, Reading, read, term_of_cas, terms, words
from zuji.errors import ZujiError
from zuji.quantity import conversion_factor, parse_unit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WEIGHTS = {SUBSTANCE: 4.0, PART: 4.0, FORM: 2.0, QUALIFIER: 1.5}
ASIDE = 0.1
"""Weight of what stands in brackets or behind 'from' and 'for', as a part of its own."""
BROADER = 0.6
WORD, NUMBER, STOP = 1.0, 0.3, 0.05
_STOPS = (
    "a an and at in of on or the to per by for from with market group production product unspecified other "
    "general primary material based grade type kg supply average average-laden wtw mass"
)
AVERAGE, TYPICAL = "average", 0.01
"""An average stands for what is not told closer: of equals it comes first."""
STOPS = frozenset(_STOPS.split())
NAME, PLACE, UNIT, YEAR, TECHNOLOGY = 0.74, 0.10, 0.06, 0.05, 0.05
"""Shares of the score; names say what a thing is, all else only ranks what bears the same name."""
PROXY = 0.45
"""Largest score of a stand-in: below every acceptable match."""
LEAST = 0.25
"""Candidates below this are not shown."""
MISFIT, GAP, DIRECT, OTHER_KIND, STAND_IN = 0.3, 0.4, 0.45, 0.6, 0.8
"""Factors on the score: unit of another dimension, no figure, direct emissions only, another kind, stand-in dataset."""
YEARS = 25
"""A dataset as many years away scores nothing for its year."""
POOL = 60
"""Candidates of a line whose technology is looked at."""
BLOCK = 64
"""Lines that are compared with all datasets at once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A dataset as far as matching looks at it."""

    id: str
    names: tuple[str, ...]
    """Names and product in any language"""
    unit: str
    geography: str = ""
    year: str = ""
    category: str = ""
    technology: str = ""
    missing: str = ""
    proxy: str = ""
    direct_only: bool = False
    collection: str = ""
    """Where it comes from: `starter`, `study`, `suppliers` or the name of a stored background."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line that needs a dataset."""

    id: str
    names: tuple[str, ...]
    unit: str
    geography: str = ""
    year: int = 0
    technology: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """Kinds of dataset that its role allows; none: any."""
    cas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a candidate scores as it does: a word of `REASONS` with its values."""

    key: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One dataset for one line; the score is 0 to 1, `factor` is what an amount in the line's unit is multiplied by."""

    entry: Entry
    score: float
    is_proxy: bool
    factor: Fraction | None
    reasons: tuple[Reason, ...] = field(default=())


class Index:
    """Entries ready for matching; the order in which they are given changes nothing."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(sorted(entries, key=lambda e: (e.id, e.collection)))
        self._columns: dict[str, int] = {}
        texts = [(i, name) for i, entry in enumerate(self.entries) for name in dict.fromkeys(entry.names) if name]
        self._owner = np.array([i for i, _ in texts], np.int64)
        readings = [read(name) for _, name in texts]
        self._names = self._matrix([_features(r) for r in readings], grow=True)
        self._said = _ones(self._names)
        self._size = np.asarray(self._names.sum(axis=1)).ravel()
        self._exact = self._matrix([{f"t:{t}": 1.0 for t in _substances(r)} for r in readings], grow=True)
        self._wide = self._matrix([_broader(r) for r in readings], grow=True)
        self._class = self._matrix([_classes(r) for r in readings], grow=True)
        self._cas = self._matrix([_numbers(r) for r in readings], grow=True)
        count = len(self.entries)
        self._has_substance = np.asarray(self._exact.sum(axis=1)).ravel() > 0
        self._has_cas = np.asarray(self._cas.sum(axis=1)).ravel() > 0
        self._year = np.array([_last_year(e.year) for e in self.entries], np.float64).reshape(count)
        handicap = [
            (GAP if e.missing else 1.0) * (DIRECT if e.direct_only else 1.0) * (STAND_IN if e.proxy else 1.0)
            for e in self.entries
        ]
        self._units, self._unit = _coded(e.unit for e in self.entries)
        self._places, self._place = _coded(e.geography for e in self.entries)
        self._kinds, self._kind = _coded(e.category for e in self.entries)
        typical = [AVERAGE in r.terms for r in readings]
        self._typical = np.zeros(count, bool)
        self._typical[self._owner[np.array(typical, bool)]] = True
        self._handicap = np.array(handicap, np.float64).reshape(count)

    def _matrix(self, rows: Sequence[dict[str, float]], *, grow: bool = False) -> sparse.csr_array:
        data, columns, starts = [], [], [0]
        for row in rows:
            for key in sorted(row):
                if grow:
                    self._columns.setdefault(key, len(self._columns))
                if key in self._columns:
                    columns.append(self._columns[key])
                    data.append(row[key])
            starts.append(len(data))
        shape = (len(rows), max(1, len(self._columns)))
        return sparse.csr_array(
            (np.array(data, np.float64), np.array(columns, np.int64), np.array(starts)), shape=shape
        )

    def candidates(self, lines: Sequence[Wanted], limit: int = 5) -> list[list[Candidate]]:
        """For each line its candidates, best first."""
        width = len(self._columns)
        for name in ("_names", "_said", "_exact", "_wide", "_class", "_cas"):
            getattr(self, name).resize((len(self._owner), max(1, width)))
        found: list[list[Candidate]] = []
        for start in range(0, len(lines), BLOCK):
            found += self._block(lines[start : start + BLOCK], limit)
        return found

    def of(self, line: Wanted, dataset: str) -> Candidate | None:
        """The dataset of that id as a candidate, however little its name says; None where no entry has the id."""
        i = next((i for i, entry in enumerate(self.entries) if entry.id == dataset), None)
        if i is None:
            return None
        alone = Index([self.entries[i]]).candidates([line], 1)[0]
        if alone:
            return alone[0]
        asked = {c for name in line.names for c in _substances(_with_cas(read(name), line.cas))}
        told = {c for name in self.entries[i].names for c in _substances(read(name))}
        return self._candidate(line, i, 0.0, bool(asked and told and not asked & told), self._technology(line, i))

    def _block(self, lines: Sequence[Wanted], limit: int) -> list[list[Candidate]]:
        texts = [(i, name) for i, line in enumerate(lines) for name in dict.fromkeys(line.names) if name]
        readings = [_with_cas(read(name), lines[i].cas) for i, name in texts]
        wanted = [_features(r) for r in readings]
        sizes = [sum(row.values()) for row in wanted]
        ways = [
            (self._matrix(rows) @ matrix.T).tocsr()
            for rows, matrix in (
                (wanted, self._said),
                ([dict.fromkeys(row, 1.0) for row in wanted], self._names),
                ([{f"t:{t}": 1.0 for t in _substances(r)} for r in readings], self._exact),
                ([{f"t:{t}": 1.0 for t in _substances(r)} for r in readings], self._wide),
                ([_broader(r) for r in readings], self._exact),
                ([_classes(r) for r in readings], self._class),
                ([_numbers(r) for r in readings], self._cas),
            )
        ]
        best = [np.zeros(len(self.entries)) for _ in lines]
        proxies = [np.zeros(len(self.entries)) for _ in lines]
        for row, (i, _) in enumerate(texts):
            shared, theirs, exact, wide, narrow, related, numbers = (_dense(way, row) for way in ways)
            same = exact + wide + narrow > 0
            reading = readings[row]
            recall = shared / sizes[row] if sizes[row] else shared
            precision = np.divide(theirs, self._size, out=np.zeros_like(theirs), where=self._size > 0)
            with np.errstate(invalid="ignore", divide="ignore"):
                close = np.nan_to_num(3 * recall * precision / (2 * precision + recall))
            close = np.where(numbers > 0, np.maximum(close, 0.9), close)
            has = bool(_substances(reading))
            other = has & self._has_substance & ~same & (numbers == 0)
            other |= bool(reading.cas) & self._has_cas & (numbers == 0) & ~same
            # A text that names a substance, beside one that names none, shares no more than a form or a part.
            vague = has & ~self._has_substance & (numbers == 0)
            close = np.where(vague, close * 0.5, close)
            np.maximum.at(best[i], self._owner[~other], close[~other])
            stand_in = other & (related > 0)
            np.maximum.at(proxies[i], self._owner[stand_in], 0.5 + 0.5 * close[stand_in])
        return [self._ranked(line, best[i], proxies[i], limit) for i, line in enumerate(lines)]

    def _ranked(self, line: Wanted, best: Floats, proxies: Floats, limit: int) -> list[Candidate]:
        is_proxy = (proxies > 0) & (best < 0.4)
        name = np.where(is_proxy, proxies, best)
        pool = np.flatnonzero(name > 0)
        score = self._scores(line, pool, name[pool], is_proxy[pool])
        if len(pool) > limit:
            # The technology is looked up for those that it could bring among the first.
            edge = np.partition(score, -limit)[-limit]
            kept = np.flatnonzero(score >= edge - TECHNOLOGY)
            kept = kept[np.lexsort((pool[kept], -score[kept]))][: max(POOL, limit)]
            pool = pool[kept]
        technology = np.array([self._technology(line, int(i)) for i in pool], np.float64)
        score = self._scores(line, pool, name[pool], is_proxy[pool], technology)
        order = np.lexsort((pool, -score))
        order = order[score[order] >= LEAST][:limit]
        return [
            self._candidate(line, int(pool[k]), float(score[k]), bool(is_proxy[pool[k]]), float(technology[k]))
            for k in order
        ]

    def _scores(
        self, line: Wanted, pool: Ints, name: Floats, is_proxy: npt.NDArray[np.bool_], technology: Floats | float = 0.0
    ) -> Floats:
        """The scores of the entries in `pool`, 0 to 1, rounded so that ties are ties on every machine."""
        factors = [factor_between(line.unit, unit) for unit in self._units]
        unit = np.array([0.0 if f is None else 1.0 if f == 1 else 0.9 for f in factors])[self._unit[pool]]
        place = np.array([fit(place, line.geography) for place in self._places])[self._place[pool]]
        years = self._year[pool]
        year = np.full(len(pool), 0.5)
        if line.year:
            year = np.where(years > 0, np.maximum(0.0, 1 - np.abs(line.year - years) / YEARS), year)
        score = NAME * name + PLACE * place + UNIT * unit + YEAR * year + TECHNOLOGY * np.asarray(technology)
        # What surrounds a name cannot lift a weak one.
        score = np.minimum(score, name + 0.15) * self._handicap[pool] - np.where(self._typical[pool], 0.0, TYPICAL)
        allowed = np.array([_allows(line, kind) for kind in self._kinds])[self._kind[pool]]
        score = score * np.where(unit > 0, 1.0, MISFIT) * np.where(allowed, 1.0, OTHER_KIND)
        result = np.round(np.where(is_proxy, np.minimum(PROXY, score * 0.7), score), 4).astype(np.float64)
        return result

    def _technology(self, line: Wanted, i: int) -> float:
        entry = self.entries[i]
        return _technology(line.technology, (*entry.names, entry.technology))

    def _candidate(self, line: Wanted, i: int, score: float, is_proxy: bool, technology: float) -> Candidate:
        entry = self.entries[i]
        factor = factor_between(line.unit, entry.unit)
        reasons = list(_name_reasons(line, entry, is_proxy))
        reasons.append(_unit_reason(line, entry, factor))
        if line.geography:
            reasons.append(_place_reason(entry.geography, line.geography, fit(entry.geography, line.geography)))
        if line.year and self._year[i]:
            reasons.append(Reason("year", (("year", entry.year),)))
        if technology > 0:
            reasons.append(Reason("technology"))
        if not _allows(line, entry.category):
            reasons.append(Reason("other kind"))
        if entry.direct_only:
            reasons.append(Reason("direct"))
        if entry.missing:
            reasons.append(Reason("gap"))
        if entry.proxy:
            reasons.append(Reason("stand-in", (("proxy", entry.proxy),)))
        return Candidate(entry, score, is_proxy, factor, tuple(reasons))


def _allows(line: Wanted, category: str) -> bool:
    return not line.categories or category in line.categories or category in ("", "supplier")


def _coded(texts: Iterable[str]) -> tuple[tuple[str, ...], Ints]:
    """The different texts, and the position of each among them."""
    listed = list(texts)
    known = {text: i for i, text in enumerate(dict.fromkeys(listed))}
    return tuple(known), np.array([known[text] for text in listed], np.int64)


def _ones(matrix: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array((np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)


def _dense(matrix: sparse.csr_array, row: int) -> Floats:
    result: Floats = np.zeros(matrix.shape[1])
    start, end = matrix.indptr[row], matrix.indptr[row + 1]
    result[matrix.indices[start:end]] = matrix.data[start:end]
    return result


def _with_cas(reading: Reading, cas: tuple[str, ...]) -> Reading:
    known = tuple(t for number in cas if (t := term_of_cas(number)) and t not in reading.terms)
    if not cas:
        return reading
    return replace(reading, cas=tuple(dict.fromkeys((*reading.cas, *cas))), terms=(*reading.terms, *known))


def _features(reading: Reading) -> dict[str, float]:
    found: dict[str, float] = {}
    for id in reading.terms:
        term = terms()[id]
        found[f"t:{id}"] = STOP if id == AVERAGE else WEIGHTS[term.kind]
        if term.broader and term.broader not in reading.terms:
            found[f"t:{term.broader}"] = WEIGHTS[term.kind] * BROADER
    for id in reading.aside:
        found.setdefault(f"t:{id}", WEIGHTS[terms()[id].kind] * ASIDE)
    for one in reading.words:
        is_pair = bool(re.match(f"[{CJK}]", one))
        found[f"w:{one}"] = (
            WORD * 0.6 if is_pair else STOP if one in STOPS or len(one) == 1 else NUMBER if one[0].isdigit() else WORD
        )
    for formula in reading.formulas:
        found[f"f:{formula}"] = WEIGHTS[SUBSTANCE]
    return found


def _substances(reading: Reading) -> tuple[str, ...]:
    return (*(id for id in reading.terms if terms()[id].kind == SUBSTANCE), *(f"f {f}" for f in reading.formulas))


def _broader(reading: Reading) -> dict[str, float]:
    found = (terms()[id].broader for id in reading.terms)
    return {f"t:{id}": 1.0 for id in found if id}


def _classes(reading: Reading) -> dict[str, float]:
    return {f"c:{terms()[id].related}": 1.0 for id in reading.terms if terms()[id].related}


def _numbers(reading: Reading) -> dict[str, float]:
    return {f"n:{number}": 1.0 for number in reading.cas}


def _last_year(text: str) -> int:
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    return int(max(years)) if years else 0


@lru_cache(maxsize=4096)
def factor_between(unit: str, other: str) -> Fraction | None:
    """What an amount in `unit` is multiplied by to be in `other`; None where they measure different things."""
    if unit == other:
        return Fraction(1)
    try:
        source, target = parse_unit(unit), parse_unit(other)
    except ZujiError:
        return None
    return conversion_factor(source, target) if source.dimension == target.dimension else None


@lru_cache(maxsize=65536)
def _spoken(text: str) -> frozenset[str]:
    reading = read(text)
    return frozenset((*reading.terms, *reading.aside, *(w for w in reading.words if w not in STOPS and len(w) > 2)))


def _technology(wanted: tuple[str, ...], texts: tuple[str, ...]) -> float:
    asked = frozenset().union(*(_spoken(text) for text in wanted)) if wanted else frozenset()
    if not asked:
        return 0.0
    told = frozenset().union(*(_spoken(text) for text in texts))
    return min(1.0, len(asked & told) / 2)


def _name_reasons(line: Wanted, entry: Entry, is_proxy: bool) -> Iterable[Reason]:
    mine = [_with_cas(read(name), line.cas) for name in line.names]
    theirs = [read(name) for name in entry.names]
    numbers = {n for r in mine for n in r.cas} & {n for r in theirs for n in r.cas}
    asked = dict.fromkeys(t for r in mine for t in r.terms)
    told = dict.fromkeys(t for r in theirs for t in (*r.terms, *(terms()[t].broader for t in r.terms)) if t)
    if numbers:
        yield Reason("cas", (("cas", ", ".join(sorted(numbers))),))
    if is_proxy:
        others = [t for t in told if terms()[t].kind == SUBSTANCE]
        yield Reason("proxy", (("terms", " ".join(others)), ("wanted", " ".join(t for t in asked if t not in told))))
        return
    shared = [t for t in asked if t in told]
    if shared:
        yield Reason("terms", (("terms", " ".join(shared)),))
    same = {w for r in mine for w in (*r.words, *r.formulas)} & {w for r in theirs for w in (*r.words, *r.formulas)}
    plain = sorted(w for w in same if w not in STOPS and len(w) > 1)
    if plain:
        yield Reason("words", (("words", " ".join(plain[:6])),))
    lacking = [t for t in asked if t not in told]
    if lacking:
        yield Reason("lacking", (("terms", " ".join(lacking)),))
    more = [t for t in told if t not in asked and not any(terms()[a].broader == t for a in asked)]
    more = [t for t in more if not any(t in r.aside for r in mine)]
    if more:
        yield Reason("more", (("terms", " ".join(more)),))


def _unit_reason(line: Wanted, entry: Entry, factor: Fraction | None) -> Reason:
    units = (("unit", line.unit), ("other", entry.unit))
    if factor is None:
        return Reason("unit misfit", units)
    return (
        Reason("unit", units) if factor == 1 else Reason("unit factor", (*units, ("factor", f"{float(factor):.10g}")))
    )


def _place_reason(place: str, wanted: str, score: float) -> Reason:
    key = "place" if score >= 0.8 else "place near" if score >= 0.5 else "place unknown" if not place else "place far"
    return Reason(key, (("place", place), ("wanted", wanted)))


def words_key(text: str) -> str:
    """A name as a mapping remembers it: its terms and words in any order, so that spellings of one name agree."""
    reading = read(text)
    parts = sorted({*(f"={t}" for t in (*reading.terms, *reading.aside)), *reading.words, *reading.formulas})
    return " ".join(parts) or " ".join(words(text))
