"""`zuji power import, ledger, audit, schemes`: fill a ledger, look at it, and recompute it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.cli.power_options import (
    DEFAULT,
    FINDINGS,
    FINE,
    UNREADABLE,
    AtOption,
    ByOption,
    JsonOption,
    LedgerOption,
    day_of,
    opened_ledger,
    refused,
    show_findings,
    stop,
)
from zuji.i18n import tr


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "import", cls=Command, help=tr("record meters, certificates and events from CSV files, all or nothing")
    )(import_)
    app.command("ledger", cls=Command, help=tr("show devices, certificates, cancellations and totals"))(show)
    app.command(
        "audit", cls=Command, help=tr("recompute every hash and every invariant; names the event that was altered")
    )(audit)
    app.command("schemes", cls=Command, help=tr("list the schemes, or the dated rules of one"))(show_schemes)


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help=tr("CSV files, folders of them, or a study"), show_default=False),
    ],
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "import",
    at: AtOption = "",
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help=tr("time zone of the meters of a study"))
    ] = "UTC",
) -> int:
    """Import; a new ledger is made where there is none, and none is left behind when something is wrong."""
    from zuji.electricity.ledger.import_files import import_files, import_study
    from zuji.electricity.ledger.store import Ledger

    day = day_of(at)
    is_new = not ledger.exists()
    if ledger.is_dir():
        raise typer.BadParameter(tr("{path} is a folder; name a ledger file", path=ledger), param_hint="--ledger")
    # A new ledger is tried in memory first: a file appears only when everything fits.
    with Ledger.in_memory(name=ledger.name) if is_new else Ledger.open(ledger) as opened:
        if len(files) == 1 and (files[0] / "study.yaml").is_file():
            from zuji.finding import has_errors
            from zuji.study.open import open_study

            study = open_study(files[0])
            if study.study is None or has_errors(study.findings):
                return stop(study.findings, UNREADABLE if study.study is None else FINDINGS)
            done = import_study(opened, study.study, day, by, timezone)
        else:
            done = import_files(opened, files, day, by)
        if done.findings:
            return refused(done)
        head = opened.head
        if is_new:
            from zuji.electricity.ledger.events import Draft

            with Ledger.create(ledger) as made:
                copied = made.record([Draft(event.kind, event.body) for event in done.events])
                if copied.findings:
                    return refused(copied)
                head = made.head
    typer.echo(tr("{count} events recorded in {ledger}", count=len(done.events), ledger=ledger))
    typer.echo(tr("head {head}", head=head))
    return FINE


def show(
    ledger: LedgerOption = DEFAULT,
    list_events: Annotated[bool, typer.Option("--events", help=tr("list the events"))] = False,
    json_output: JsonOption = False,
) -> int:
    """Print what the ledger holds."""
    from zuji.cli import power_ledger_tables

    opened = opened_ledger(ledger)
    if isinstance(opened, int):
        return opened
    with opened:
        if json_output:
            terminal.write_json(power_ledger_tables.ledger_dict(opened, with_events=list_events))
        elif list_events:
            terminal.console().print(power_ledger_tables.event_table(opened))
        else:
            terminal.console().print(power_ledger_tables.ledger_tables(opened))
    return FINE


def audit(
    ledger: LedgerOption = DEFAULT,
    head: Annotated[
        str, typer.Option("--head", metavar="HASH", help=tr("a head noted earlier: nothing after it was taken away"))
    ] = "",
    json_output: JsonOption = False,
) -> int:
    """Audit the chain and the invariants."""
    from zuji.electricity.ledger.audit import audit as audited

    opened = opened_ledger(ledger)
    if isinstance(opened, int):
        return opened
    with opened:
        found = audited(opened, head)
    if json_output:
        shown = {"events": found.events, "head": found.head, "totals_wh": found.totals}
        terminal.write_json({**shown, "findings": [one.as_dict() for one in found.findings]})
    else:
        typer.echo(tr("{count} events are intact; head {head}", count=found.events, head=found.head))
        totals = {name: f"{wh / 1e6:,.3f} MWh" for name, wh in found.totals.items()}
        typer.echo(
            tr(
                "issued {issued} = live {live} + cancelled {cancelled} + expired {expired} + withdrawn {withdrawn}",
                **totals,
            )
        )
        if found.findings:
            show_findings(found.findings)
    return FINDINGS if found.findings else FINE


def show_schemes(
    id: Annotated[str, typer.Argument(metavar="ID", help=tr("show the rules of this one"))] = "",
) -> int:
    """List the schemes with their rules."""
    from zuji.cli import power_ledger_tables
    from zuji.electricity.ledger.schemes import schemes

    if id and id not in schemes():
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(schemes())), param_hint="ID")
    terminal.console().print(
        power_ledger_tables.scheme_rules(schemes()[id]) if id else power_ledger_tables.scheme_list()
    )
    return FINE
