"""A ledger to read from: its file, or a folder of CSV files from which it is built in memory, the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from zuji.electricity.ledger.import_files import csv_files, import_files, kind_of
from zuji.electricity.ledger.store import Ledger
from zuji.errors import UnreadableError
from zuji.finding import Finding
from zuji.reading import read_csv

BUILDER = "import"
"""Who records the meters of a folder of CSV files."""
DATES = {"events": "at", "readings": "end"}


def build(paths: Sequence[Path]) -> tuple[Ledger, tuple[Finding, ...]]:
    """The ledger that CSV files or folders of them make, in memory; findings leave it empty.

    Moments of recording are those of the last event, so that the same files give the same head on any day.
    """
    last = _last_day(csv_files(paths))
    name = paths[0].name if len(paths) == 1 else "ledger"
    ledger = Ledger.in_memory(now=lambda: f"{last.isoformat()}T00:00:00Z", name=name)
    return ledger, import_files(ledger, paths, last, BUILDER).findings


def _last_day(files: Sequence[Path]) -> date:
    days = [date(1970, 1, 1)]
    for file in files:
        table = read_csv(file, file.name)
        column = DATES.get(kind_of(table), "")
        for row in table.rows:
            text = row.get(column)[:10]
            try:
                days.append(date.fromisoformat(text))
            except ValueError:
                continue  # the import says what is wrong with it
    return max(days)


def open_ledger(path: Path) -> tuple[Ledger, tuple[Finding, ...]]:
    """The ledger in a file, or the one that a folder of CSV files makes with its findings.

    Raises UnreadableError when there is nothing, or something else.
    """
    if path.is_dir():
        return build([path])
    if path.suffix.lower() == ".csv":
        raise UnreadableError(f"{path}: name the folder, or a ledger file")
    return Ledger.open(path), ()
