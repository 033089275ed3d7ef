"""The main job on published data: one storage battery under three rulebooks, and what its green certificates do."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji import examples
from zuji.cli import tables
from zuji.cli.app import BOOKS
from zuji.cli.terminal import write_footprints
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate, check_with_plain_engine
from zuji.footprint.lint import linted
from zuji.footprint.model import Footprint
from zuji.i18n import LANGUAGES, language, tr
from zuji.numbers import energy, significant
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

EXAMPLE = "lfp-storage-488kwh"
REPORTS = {
    "iso-14067": ("summary",),
    "gbt-24067": ("full", "summary", "excel"),
    "eu-cfb-ind": ("declaration", "summary"),
}
"""What the demo writes for each rulebook, in both languages."""


def run_demo(console: Console, out: Path | None) -> int:
    """Calculate the example, print what `zuji calc` prints, the certificates' effect, and the next commands."""
    opened = open_study(examples.folder(EXAMPLE))
    if opened.study is None:
        console.print(tables.findings([(f, []) for f in opened.findings], show_notes=False))
        return 3
    background, own = background_of(opened.study)
    footprints = [
        linted(calculate(opened.study, open_book(id), on=date.today(), background=background), own) for id in BOOKS
    ]
    tables.print_calculation(console, footprints, top=10, notes=False)
    console.print(certificates(footprints))
    console.print()
    console.print(demo_electricity(examples.folder(EXAMPLE)))
    console.print()
    worst = max(check_with_plain_engine(footprint) for footprint in footprints)
    console.print(
        tr("The plain second engine re-performed all three: largest relative difference {worst}.", worst=f"{worst:.1e}")
    )
    if out is not None:
        _write_files(console, out, footprints)
    console.print()
    console.print(next_steps(footprints, out))
    return 0


def _write_files(console: Console, out: Path, footprints: list[Footprint]) -> None:
    from datetime import UTC, datetime

    from zuji.dossier.freeze import freeze
    from zuji.dossier.read import open_dossier
    from zuji.dossier.verify import verify
    from zuji.report.files import Extras, report_files
    from zuji.report.fonts import FontError
    from zuji.report.source import source_of
    from zuji.report.viewer.page import page

    write_footprints(out, footprints)
    dossier = out / f"{EXAMPLE}.zuji"
    dossier.write_bytes(freeze(footprints))
    verified = verify(dossier, at=datetime.now(UTC))
    holds = tr("the frozen dossier verifies") if verified.holds else tr("THE FROZEN DOSSIER DOES NOT VERIFY")
    console.print(f"{holds}: {dossier.name}")
    try:
        (out / f"{EXAMPLE}.html").write_bytes(page(open_dossier(dossier), first=language()))
        for footprint in footprints:
            kinds = REPORTS[footprint.system.book.id]
            for name, content in report_files(source_of(footprint), kinds, LANGUAGES[::-1], Extras()).items():
                (out / name).write_bytes(content)
    except FontError as error:
        console.print(tr("No page and no PDF: {error}", error=error))
    console.print(tr("wrote {count} files into {folder}", count=len(list(out.iterdir())), folder=out))
    for path in sorted(out.iterdir()):
        console.print(f"  {path.name}")


def demo_electricity(folder: Path) -> RenderableType:
    """The sites of the example's power ledger: matched by the year and by the hour."""
    from zuji.cli.power_statement_tables import site_shares
    from zuji.electricity.ledger.open import open_ledger

    ledger, _ = open_ledger(folder / "power")
    with ledger:
        return site_shares(ledger.state, 2024)


def certificates(footprints: list[Footprint]) -> RenderableType:
    """The kWh that instruments claim, the factor that they take under each rulebook, and the effect on the result."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    columns = (
        tr("Rulebook"),
        tr("Claimed per battery"),
        tr("Factor taken"),
        tr("kg CO2e"),
        tr("against the average mix"),
        tr("Why"),
    )
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if 1 <= i <= 4 else "left", overflow="fold")
    for footprint in footprints:
        average = max(
            (row.factor for row in footprint.electricity if row.attribution == "national_average"), default=None
        )
        for row in footprint.electricity:
            if row.source_class == "instrument":
                effect = (row.factor - average) * row.energy if average is not None else None
                table.add_row(
                    footprint.system.book.id,
                    energy(row.energy),
                    f"{significant(row.factor, 3)} kg CO2e/kWh",
                    significant(row.value),
                    significant(effect),
                    f"{tables.say(row.reason)} ({row.clause})",
                )
    return tables.titled(tr("What the green certificates do"), table)


def next_steps(footprints: list[Footprint], out: Path | None) -> RenderableType:
    """Commands to go on with."""
    line, word = footprints[0].hotspots[0], tr("graphite")
    # run.py says how it was called, so that the commands can be copied as they stand.
    zuji = os.environ.get("ZUJI_COMMAND", "zuji")
    commands = {
        f"{zuji} explain {EXAMPLE} {line.address} -r {BOOKS[0]}": tr("where the largest number comes from"),
        f"{zuji} check {EXAMPLE} --notes": tr("every finding with its mend"),
        f"{zuji} data search {word}": tr("datasets, in Chinese or English"),
        f"{zuji} new my-study": tr("a study of your own"),
    }
    if out is not None:
        commands[f"{zuji} verify {out / EXAMPLE}.zuji"] = tr("what a verifier does with the dossier")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)  # to be copied
    grid.add_column(overflow="fold")
    for command, meaning in commands.items():
        grid.add_row(Text(f"  {command}", style="cyan"), meaning)
    return Group(Text(tr("Next:"), style="bold"), grid)
