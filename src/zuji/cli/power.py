"""`zuji power`: the ledger of meters and certificates, their match with the load, and the statement of a site."""

from __future__ import annotations

import typer

from zuji.cli import power_events, power_ledger, power_statement, power_study
from zuji.cli.localised import Group
from zuji.i18n import tr


def register(app: typer.Typer) -> None:
    """Add `zuji power` with its commands."""
    group = typer.Typer(
        help=tr("electricity: ledger of meters and certificates, hourly matching, statements"),
        no_args_is_help=True,
        cls=Group,
    )
    for part in (power_ledger, power_statement, power_study, power_events):
        part.register(group)
    app.add_typer(group, name="power")
