"""`zuji power study` and `residual`: the electricity of a study from a ledger, and the residual mix of a country."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.cli.power_options import FINDINGS, FINE, UNREADABLE, JsonOption, opened_ledger, show_findings, stop
from zuji.i18n import tr


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "study", cls=Command, help=tr("write the electricity of a study from a ledger, or check that it agrees")
    )(study)
    app.command("residual", cls=Command, help=tr("calculate a residual mix, issuance based"))(residual_mix)


def study(
    folder: Annotated[
        str, typer.Argument(metavar="STUDY", help=tr("study folder, or the name of an example"), show_default=False)
    ],
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", "-l", metavar="LEDGER", help=tr("ledger (default: the folder power of the study)")),
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="SITE=PLANT", help=tr("plant of a site (default: the plants of the same name)")),
    ] = None,
    product: Annotated[
        str, typer.Option("--product", metavar="ID", help=tr("take what was claimed for this product"))
    ] = "",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help=tr("note for every row"))] = "",
    check: Annotated[bool, typer.Option("--check", help=tr("write nothing; exit code 1 where they disagree"))] = False,
) -> int:
    """Write electricity.csv and instruments.csv, or compare them with the ledger."""
    from zuji.cli.app import _folder
    from zuji.electricity.study_tables import ELECTRICITY, INSTRUMENTS, differences, study_tables
    from zuji.finding import has_errors
    from zuji.study.open import open_study

    path = _folder(folder)
    opened = open_study(path)
    if opened.study is None:
        return stop(opened.findings, UNREADABLE)
    source = opened_ledger(ledger or path / "power")
    if isinstance(source, int):
        return source
    with source:
        state, head = source.state, source.head
    plants = dict(text.partition("=")[::2] for text in site or [])
    plants = plants or {id: id for id in opened.study.plants if id in state.devices}
    if not note:
        first = next((m.note for m in (row.energy for row in opened.study.meters)), "")
        note = first.partition("; 台账事件")[0] if "台账事件" in first else ""
    tables = study_tables(state, opened.study.reporting_period, plants, product=product, note=note)
    if has_errors(tables.findings):
        return stop(tables.findings, FINDINGS)
    if tables.findings:
        show_findings(tables.findings)
    if check:
        stale = differences(path, tables, head)
        if stale:
            show_findings(stale)
            return FINDINGS
        typer.echo(tr("the study says what the ledger says; head {head}", head=head))
        return FINE
    for file in (ELECTRICITY, INSTRUMENTS):
        (path / file).write_text(tables.text(file, head), encoding="utf-8", newline="\n")
    rows = len(tables.electricity) + len(tables.instruments)
    typer.echo(tr("wrote {count} rows into {folder}", count=rows, folder=path))
    return FINE


def residual_mix(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help=tr("CSV: source, production, issued, expired, external share"), show_default=False
        ),
    ],
    consumption: Annotated[float, typer.Option("--consumption", metavar="AMOUNT", help=tr("all consumption"))],
    cancelled: Annotated[float, typer.Option("--cancelled", metavar="AMOUNT", help=tr("certificates cancelled"))],
    json_output: JsonOption = False,
) -> int:
    """Calculate the residual mix of a country and year."""
    from zuji.cli import power_statement_tables
    from zuji.electricity.matching.residual import residual_mix as calculated
    from zuji.electricity.matching.residual_file import read_sources

    sources, findings = read_sources(file)
    if findings:
        return stop(findings, FINDINGS)
    try:
        found = calculated(
            sources.production, sources.issued, sources.expired, cancelled, consumption, sources.external
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if json_output:
        names = ("shares", "untracked", "domestic", "shortage", "surplus")
        terminal.write_json({name: getattr(found, name) for name in names})
    else:
        terminal.console().print(power_statement_tables.residual_table(found))
    return FINE
