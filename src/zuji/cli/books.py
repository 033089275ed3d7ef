"""The rulebooks in the terminal: the twelve profiles, and what one of them covers."""

from __future__ import annotations

from collections import Counter
from datetime import date

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.cli.tables import STATUS, say
from zuji.errors import RulebookError
from zuji.i18n import N_, pick, tr
from zuji.rulebooks.book import Book, open_book, registry
from zuji.rulebooks.parameters import local

COVERAGE = {"done": N_("done"), "partial": N_("partial"), "not done": N_("not done")}


def overview(day: date) -> RenderableType:
    """Every profile with version, status and coverage on `day`; those not there yet say so."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in (tr("Rulebook"), tr("Title"), tr("Version"), tr("Status"), tr("Coverage: done / partial / not done")):
        table.add_column(column, overflow="fold", no_wrap=column in (tr("Rulebook"), tr("Version")))
    for id, entry in registry().items():
        title = say(local(entry["title"]))
        if not entry["available"]:
            table.add_row(id, title, "—", tr("not available yet"), "—", style="dim")
            continue
        book = open_book(id)
        try:
            version = book.version(day)
            shown, status = version.id, tr(STATUS[version.status])
        except RulebookError:
            shown, status = "—", tr("no version valid on {day}", day=day.isoformat())
        counts = Counter(str(row["status"]) for row in book.coverage)
        table.add_row(id, title, shown, status, " / ".join(str(counts[name]) for name in COVERAGE))
    return table


def coverage(book: Book) -> RenderableType:
    """Clause by clause, what of a rulebook is done, and its unverified parameters."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in (tr("Clause"), tr("Topic"), tr("Coverage"), tr("Note")):
        table.add_column(column, overflow="fold")
    for row in book.coverage:
        table.add_row(
            str(row["clause"]), pick(row["topic"]), tr(COVERAGE[str(row["status"])]), str(row.get("note", ""))
        )
    dated = [parameter for values in book.parameters.history.values() for _, parameter in values if parameter]
    open_ones = sum(1 for parameter in dated if not parameter.verified)
    summary = tr("{count} parameters, {open} of them not verified", count=len(dated), open=open_ones)
    return Group(Text(f"{book.id}: {say(book.title)}", style="bold"), table, Text(), Text(summary, style="dim"))
