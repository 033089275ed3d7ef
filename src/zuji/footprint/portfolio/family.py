"""A family of variants: a table of bill-of-materials lines × rulebooks × impact categories in one sparse product."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.engine import portfolio
from zuji.engine.columns import Floats
from zuji.engine.portfolio import PERCENTS, Spread
from zuji.errors import EngineError, UnitError, ZujiError
from zuji.finding import Finding, Place, in_order
from zuji.footprint.portfolio import codes, runner
from zuji.footprint.portfolio.runner import Runner
from zuji.footprint.portfolio.samples import findings_of
from zuji.footprint.portfolio.scores import Category, ScoreTable
from zuji.footprint.portfolio.tables import Block, TableReader
from zuji.i18n import tr
from zuji.quantity import conversion_factor, parse_unit

LISTED = 1000
"""Problems of rows that are listed one by one; the rest is counted."""
SEARCHED = 50
"""Unknown lines for which the nearest ids are looked up: a search through a large database takes a while."""
VARIANTS = 8192
"""Variants that make one block of work."""


@dataclass(frozen=True, eq=False)
class Family:
    """The results of a family, one row for each variant in the order of the table."""

    source: str
    variants: tuple[str, ...]
    categories: tuple[Category, ...]
    values: Floats
    """(variants, categories) [unit of the category per unit of the variant]; NaN where a line could not be counted."""
    complete: npt.NDArray[np.bool_]
    """(variants, categories): whether everything in it has a factor."""
    lines: int
    """Rows of the table that were counted."""
    findings: tuple[Finding, ...]
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    """Rulebook → what the samples say; empty without samples."""
    samples: int = 0
    seed: int = 0
    than: str = ""
    """The variant that each one is compared with, draw by draw."""

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """(variants,): whether every line was counted."""
        return np.asarray(~np.isnan(self.values).any(axis=1))


@dataclass(frozen=True, eq=False)
class _Shared:
    """What every block needs: scores of datasets, processes and items."""

    scores: Floats
    gaps: Floats
    samples: tuple[npt.NDArray[Any], ...] = ()
    than: tuple[Floats | None, ...] = ()
    threads: int = 1


@dataclass(frozen=True, eq=False)
class _Rows:
    """Whole variants: names, first line of each, demands, and whether a row of theirs is lost."""

    names: list[str]
    first: list[int]
    demands: sparse.csr_array
    broken: npt.NDArray[np.bool_]


def family(
    path: Path, table: ScoreTable, *, items: Path | None = None, samples: Sequence[npt.NDArray[Any]] = (),
    seed: int = 0, than: str = "", threads: int = 1, run: Runner = runner.here, block: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Family:  # fmt: skip
    """Every variant of the table at `path` under every category of the score table; with `samples`, their spread.

    `items` is a table of what each item takes. `block` is how much is read at once (bytes of CSV, rows of another
    table); it does not change the results. Held in memory: scores or samples, one block, and the results. Raises
    UnreadableError for a file that is no table, ZujiError where `than` is not in it.
    """
    lookup = _Lookup(table, path.name)
    shared = _shared(lookup, table, items, samples, threads)
    if shared is None:
        return Family(path.name, (), table.categories, np.zeros((0, len(table.categories))), np.zeros(
            (0, len(table.categories)), dtype=bool), 0, in_order(lookup.findings))  # fmt: skip
    if samples and than:
        shared = _compared(shared, _only(than, path, table, lookup, block))
    reader = TableReader(path, "variant", size=block)
    names: list[str] = []
    first: list[int] = []
    broken: list[npt.NDArray[np.bool_]] = []
    taken: set[int] = set()
    counted = 0

    def demands() -> Iterator[sparse.csr_array]:
        nonlocal counted
        for rows in _grouped(reader, lookup):
            names.extend(rows.names)
            first.extend(rows.first)
            broken.append(rows.broken)
            counted += rows.demands.nnz
            taken.update(np.unique(rows.demands.indices).tolist())
            yield rows.demands

    values: list[Floats] = []
    complete: list[npt.NDArray[np.bool_]] = []
    spreads: list[list[Spread]] = [[] for _ in samples]
    for found in run(_work, shared, demands()):
        values.append(found[0])
        complete.append(found[1])
        for k, spread in enumerate(found[2]):
            spreads[k].append(spread)
        if progress is not None:
            progress(sum(map(len, values)))
    lookup.findings += reader.findings
    if not names and not lookup.findings:
        lookup.findings.append(codes.EMPTY_TABLE(Place(path.name)))
    width = len(table.categories)
    all_values = np.concatenate(values) if values else np.zeros((0, width))
    lost = np.concatenate(broken) if broken else np.zeros(0, dtype=bool)
    lost |= _again(names, first, path.name, lookup)
    if reader.lost:
        lost |= np.array([name in reader.lost for name in names], dtype=bool)
    all_values[lost] = np.nan
    if samples and names:
        items_taken = {i for i in taken if i < len(table.ids)} | lookup.taken_by_items
        lookup.findings += findings_of(table, sorted(items_taken), Place(path.name))
    lookup.close()
    return Family(
        path.name, tuple(names), table.categories, all_values,
        (np.concatenate(complete) if complete else np.zeros((0, width), dtype=bool)) & ~np.isnan(all_values), counted,
        in_order(lookup.findings),
        {
            category.book: _joined(parts, lost)
            for category, parts in zip(table.categories, spreads, strict=False) if parts
        },
        samples[0].shape[1] if samples else 0, seed, than if samples else "",
    )  # fmt: skip


def _work(shared: _Shared, demands: sparse.csr_array) -> tuple[Floats, npt.NDArray[np.bool_], list[Spread]]:
    values = portfolio.totals(demands, shared.scores, threads=shared.threads)
    complete = np.ones(values.shape, dtype=bool)
    if shared.gaps.any():
        taken = sparse.csr_array((np.abs(demands.data), demands.indices, demands.indptr), shape=demands.shape)
        complete = portfolio.totals(taken, shared.gaps, threads=shared.threads) == 0
    spreads = [
        portfolio.sampled(demands, samples, PERCENTS, than=than, threads=shared.threads)
        for samples, than in zip(shared.samples, shared.than, strict=True)
    ]
    return values, complete, spreads


class _Lookup:
    """From the texts of a table to columns of the demands; keeps the findings within bounds."""

    def __init__(self, table: ScoreTable, shown: str) -> None:
        self.table, self.shown = table, shown
        self.index = table.index
        self.items: dict[str, int] = {}
        self.findings: list[Finding] = []
        self.more = 0
        self.factors: dict[tuple[int, str], float | None] = {}
        self.taken_by_items: set[int] = set()
        self.nearest: dict[str, str] = {}

    @property
    def columns(self) -> int:
        """Datasets, processes and items."""
        return len(self.table.ids) + len(self.items)

    def column(self, line: str) -> int:
        """The column of a line; -1 where there is none."""
        found = self.index.get(line, self.items.get(line))
        return -1 if found is None else found

    def unit(self, column: int) -> str:
        """The unit that amounts of a column are counted in; '' for an item."""
        return self.table.units[column] if column < len(self.table.units) else ""

    def factor(self, column: int, unit: str) -> float | None:
        """What an amount in `unit` is multiplied by; None where it does not convert."""
        expected = self.unit(column)
        if not unit or unit == expected:
            return 1.0
        if (column, unit) not in self.factors:
            try:
                # An item is counted in pieces, whatever they are called.
                made = float(conversion_factor(parse_unit(unit), parse_unit(expected))) if expected else None
            except UnitError:
                made = None
            self.factors[column, unit] = made
        return self.factors[column, unit]

    @property
    def full(self) -> bool:
        """Whether further problems of rows are only counted."""
        return len(self.findings) >= LISTED

    def report(self, finding: Finding) -> None:
        """One finding, or one more in the count of those that are not listed."""
        if self.full:
            self.more += 1
        else:
            self.findings.append(finding)

    def close(self) -> None:
        """State how many are not listed."""
        if self.more:
            self.findings.append(codes.MORE_ROWS(Place(self.shown), count=self.more, limit=LISTED))

    def near(self, line: str) -> str:
        """The ids most like a line that there is not."""
        if line not in self.nearest:
            known = [*self.items, *self.table.ids]
            search = len(self.nearest) < SEARCHED
            found = difflib.get_close_matches(line, known, n=3, cutoff=0.5) if search else ()
            self.nearest[line] = ", ".join(found) or "-"
        return self.nearest[line]


def _resolved(block: Block, lookup: _Lookup, shown: str) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.bool_]]:
    """Column and amount in its unit of each row, and which rows are good; bad ones are reported."""
    columns = np.array([lookup.column(text) for text in block.lines], dtype=np.int64)
    column = columns[block.line]
    pairs, where = np.unique(block.line * len(block.units) + block.unit, return_inverse=True)
    factors = np.full(len(pairs), np.nan)
    for i, pair in enumerate(pairs.tolist()):
        line, unit = divmod(pair, len(block.units))
        if columns[line] >= 0:
            found = lookup.factor(int(columns[line]), block.units[unit])
            factors[i] = np.nan if found is None else found
    factor = factors[where] if len(pairs) else np.zeros(0)
    amount = block.amount * factor
    good = np.isfinite(amount)
    bad = np.flatnonzero(~good).tolist()
    listed = max(LISTED - len(lookup.findings), 0)
    lookup.more += max(len(bad) - listed, 0)
    for i in bad[:listed]:
        owner, text = block.owners[block.owner[i]], block.lines[block.line[i]]
        place = Place(shown, int(block.number[i]))
        if not text:
            lookup.report(codes.EMPTY_NAME(place.at(column="line"), column="line"))
        elif column[i] < 0:
            near = lookup.near(text)
            lookup.report(codes.UNKNOWN_LINE(place.at(column="line"), owner=owner, line=text, near=near))
        elif np.isnan(factor[i]):
            expected, unit = lookup.unit(int(column[i])) or "1", block.units[block.unit[i]]
            at = place.at(column="unit")
            lookup.report(codes.WRONG_UNIT(at, owner=owner, line=text, expected=expected, unit=unit))
        else:
            said = block.texts[i].as_py()
            at = place.at(column="amount")
            lookup.report(codes.NOT_A_NUMBER(at, owner=owner, text="" if said is None else said))
    return column, amount, good


def _grouped(reader: TableReader, lookup: _Lookup) -> Iterator[_Rows]:
    """Whole variants, at most `VARIANTS` at a time whatever the size of the blocks that are read."""
    names: list[str] = []
    first: list[int] = []
    starts: list[int] = []
    broken: list[bool] = []
    columns: list[npt.NDArray[np.int64]] = []
    amounts: list[Floats] = []
    held = 0

    def made(count: int) -> _Rows:
        nonlocal held
        column, amount = np.concatenate(columns), np.concatenate(amounts)
        stop = starts[count] if count < len(starts) else len(column)
        indptr = np.array([*starts[:count], stop], dtype=np.int64)
        rows = _Rows(
            names[:count], first[:count],
            sparse.csr_array((amount[:stop], column[:stop], indptr), shape=(count, lookup.columns)),
            np.array(broken[:count], dtype=bool),
        )  # fmt: skip
        del names[:count], first[:count], broken[:count]
        starts[:] = [start - stop for start in starts[count:]]
        columns[:], amounts[:] = [column[stop:]], [amount[stop:]]
        held = len(column) - stop
        return rows

    for block in reader.blocks():
        if not len(block):
            continue
        column, amount, good = _resolved(block, lookup, reader.shown)
        named = np.array([bool(name) for name in block.owners], dtype=bool)[block.owner]
        for i in np.flatnonzero(~named).tolist():
            place = Place(reader.shown, int(block.number[i]), "", reader.owner)
            lookup.report(codes.EMPTY_NAME(place, column=reader.owner))
        owner, number, whole = block.owner[named], block.number[named], good[named]
        if not len(owner):
            continue
        begins = np.concatenate([[0], np.flatnonzero(np.diff(owner)) + 1])
        kept = np.concatenate([[0], np.cumsum(whole)])
        lost = np.concatenate([[0], np.cumsum(~whole)])
        ends = np.append(begins[1:], len(owner))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            name = block.owners[owner[begin]]
            bad = bool(lost[end] - lost[begin])
            if names and begin == 0 and names[-1] == name:
                broken[-1] |= bad
                continue
            names.append(name)
            first.append(int(number[begin]))
            starts.append(held + int(kept[begin]))
            broken.append(bad)
        columns.append(column[named][whole])
        amounts.append(amount[named][whole])
        held += int(kept[-1])
        while len(names) > VARIANTS:  # the last one may go on in the next block
            yield made(VARIANTS)
    while names:
        yield made(min(len(names), VARIANTS))


def _again(names: Sequence[str], first: Sequence[int], shown: str, lookup: _Lookup) -> npt.NDArray[np.bool_]:
    """Variants whose rows stand in two places: neither of the two results is whole."""
    lost = np.zeros(len(names), dtype=bool)
    known: dict[str, int] = {}
    for i, name in enumerate(names):
        before = known.setdefault(name, i)
        if before != i:
            lost[before] = lost[i] = True
            lookup.report(codes.COMES_AGAIN(Place(shown, first[i]), owner=name, first=first[before]))
    return lost


def _shared(
    lookup: _Lookup, table: ScoreTable, items: Path | None, samples: Sequence[npt.NDArray[Any]], threads: int
) -> _Shared | None:
    """Scores with those of the items below them; None where the items form a loop."""
    gaps = table.gaps.astype(np.float64)
    none: tuple[Floats | None, ...] = (None,) * len(samples)
    if items is None:
        return _Shared(table.values, gaps, tuple(samples), none, threads)
    # Items may name each other before they are described, so the names are collected first.
    for block in TableReader(items, "item").blocks():
        for name in block.owners:
            if name and name not in lookup.items:
                lookup.items[name] = len(table.ids) + len(lookup.items)
    for name in sorted(set(lookup.items) & set(table.ids)):
        lookup.report(codes.ITEM_TWICE(Place(items.name), item=name))
    reader = TableReader(items, "item")
    known, count = len(table.ids), len(lookup.items)
    owner, column, amount = [], [], []
    bad = np.zeros(count, dtype=bool)
    for block in reader.blocks():
        place = np.array([lookup.items.get(name, known) - known for name in block.owners], dtype=np.int64)
        columns, amounts, good = _resolved(block, lookup, items.name)
        named = np.array([bool(name) for name in block.owners], dtype=bool)[block.owner]
        for i in np.flatnonzero(~named).tolist():
            at = Place(items.name, int(block.number[i]), "", "item")
            lookup.report(codes.EMPTY_NAME(at, column="item"))
        bad[place[block.owner[named & ~good]]] = True
        owner.append(place[block.owner[named & good]])
        column.append(columns[named & good])
        amount.append(amounts[named & good])
    lookup.findings += reader.findings
    bad[[lookup.items[name] - known for name in reader.lost if name in lookup.items]] = True
    rows, cols, data = (np.concatenate(parts) if parts else np.zeros(0) for parts in (owner, column, amount))
    whole = sparse.csr_array((data, (rows.astype(np.int64), cols.astype(np.int64))), shape=(count, known + count))
    on_datasets, on_items = sparse.csr_array(whole[:, :known]), sparse.csr_array(whole[:, known:])
    lookup.taken_by_items = set(np.unique(on_datasets.indices).tolist())
    try:
        scores = portfolio.with_items(table.values, on_items, on_datasets)
        reached = portfolio.with_items(gaps, abs(on_items), abs(on_datasets))
        sampled = [portfolio.with_items(part, on_items, on_datasets) for part in samples]
    except EngineError as error:
        named_items = list(lookup.items)
        looped = ", ".join(named_items[int(i)] for i in error.culprits)
        lookup.findings.append(codes.ITEM_LOOP(Place(items.name), items=looped))
        return None
    if bad.any():
        # What takes from an item with a lost row has no result either: not a number passes through every sum.
        lost = abs(on_items)
        hit = bad.copy()
        for level in portfolio.suppliers_first(on_items):
            hit[level] |= (lost[level] @ hit.astype(np.float64)) > 0
        for found in (scores, *sampled):
            found[known:][hit] = np.nan
    return _Shared(scores, reached, tuple(sampled), none, threads)


def _only(name: str, path: Path, table: ScoreTable, lookup: _Lookup, block: int | None) -> sparse.csr_array:
    """The demand of one variant; problems of rows are reported by the run itself, not here."""
    aside = _Lookup(table, path.name)
    aside.items = lookup.items
    for rows in _grouped(TableReader(path, "variant", size=block), aside):
        if name in rows.names:
            i = rows.names.index(name)
            return sparse.csr_array(rows.demands[i : i + 1])
    raise ZujiError(tr("there is no variant '{name}' in {file}", name=name, file=path.name))


def _compared(shared: _Shared, demand: sparse.csr_array) -> _Shared:
    than = tuple(portfolio.samples_of(demand, samples)[0] for samples in shared.samples)
    return _Shared(shared.scores, shared.gaps, shared.samples, than, shared.threads)


def _joined(parts: Sequence[Spread], lost: npt.NDArray[np.bool_]) -> Spread:
    fields = [
        np.concatenate([getattr(p, name) for p in parts]) for name in ("mean", "deviation", "percentiles", "below")
    ]
    for column in fields:
        column[lost] = np.nan
    return Spread(*fields)
