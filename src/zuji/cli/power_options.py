"""What the commands of `zuji power` share: options, opening a ledger, and saying what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.electricity.ledger.store import Ledger, Recorded
    from zuji.finding import Finding

FINE, FINDINGS, UNREADABLE = 0, 1, 3
DEFAULT = Path("power.ledger")

LedgerOption = Annotated[
    Path,
    typer.Option("--ledger", "-l", metavar="LEDGER", help=tr("ledger file, or a folder of CSV files to read from")),
]
ByOption = Annotated[str, typer.Option("--by", metavar="PARTY", help=tr("who acts"), show_default=False)]
AtOption = Annotated[str, typer.Option("--at", metavar="DAY", help=tr("day of the action (YYYY-MM-DD; default today)"))]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
YearOption = Annotated[int, typer.Option("--year", "-y", metavar="YEAR", help=tr("calendar year of the site"))]
SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help=tr("site of the ledger"), show_default=False)]


def named_numbers(texts: Sequence[str] | None, option: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in texts or ():
        id, mark, value = text.rpartition("=")
        try:
            found[id] = float(value)
        except ValueError:
            mark = ""
        if not mark or not 0 <= found.get(id, -1.0) < 1e12:
            raise typer.BadParameter(tr("write NAME=NUMBER, not negative"), param_hint=option)
    return found


def day_of(text: str) -> date:
    if not text:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(tr("write the day as YYYY-MM-DD"), param_hint="--at") from error


def opened_ledger(path: Path) -> Ledger | int:
    from zuji.electricity.ledger.open import open_ledger

    opened, findings = open_ledger(path)
    if findings:
        opened.close()
        return stop(findings, FINDINGS)
    return opened


def writable_ledger(path: Path) -> Ledger:
    from zuji.electricity.ledger.store import Ledger

    if path.is_dir():
        raise typer.BadParameter(tr("{path} is a folder; name a ledger file", path=path), param_hint="--ledger")
    return Ledger.open(path)


def refused(done: Recorded) -> int:
    stop(done.findings, FINDINGS)
    typer.echo(tr("nothing was recorded"), err=True)
    return FINDINGS


def stop(findings: Sequence[Finding], code: int) -> int:
    show_findings(findings, stderr=True)
    return code


def show_findings(findings: Sequence[Finding], *, stderr: bool = False) -> None:
    from zuji.cli import tables

    terminal.console(stderr=stderr).print(tables.findings([(one, []) for one in findings], show_notes=True, limit=20))
