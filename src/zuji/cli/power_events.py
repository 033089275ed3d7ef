"""`zuji power issue, transfer, split, cancel, expire, withdraw, reverse`: one event each.

A command is one row of the events table, so that both are read, and refused, in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli.localised import Command
from zuji.cli.power_options import (
    DEFAULT,
    FINDINGS,
    FINE,
    AtOption,
    ByOption,
    LedgerOption,
    day_of,
    refused,
    stop,
    writable_ledger,
)
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.finding import Finding

CertificateArgument = Annotated[
    str, typer.Argument(metavar="CERTIFICATE", help=tr("certificate of the ledger"), show_default=False)
]
AmountOption = Annotated[
    str, typer.Option("--amount", metavar="ENERGY", help=tr("energy with its unit, for example '1500 MWh'"))
]


def register(app: typer.Typer) -> None:
    """Add the commands that record one event."""
    app.command("issue", cls=Command, help=tr("record a certificate for metered generation"))(issue)
    app.command("transfer", cls=Command, help=tr("give what is live of a certificate to another party"))(transfer)
    app.command("split", cls=Command, help=tr("divide a certificate into parts, or a cancellation among products"))(
        split
    )
    app.command("cancel", cls=Command, help=tr("use a certificate up for the load of a site"))(cancel)
    app.command("expire", cls=Command, help=tr("give what is left of expired certificates back to the residual mix"))(
        expire
    )
    app.command("withdraw", cls=Command, help=tr("take back, as the issuer, what is live of a certificate"))(withdraw)
    app.command("reverse", cls=Command, help=tr("let an event no longer count; both stay in the ledger"))(reverse)


def issue(
    certificate: CertificateArgument,
    scheme: Annotated[str, typer.Option("--scheme", metavar="ID", help=tr("scheme; zuji power schemes lists them"))],
    device: Annotated[str, typer.Option("--device", metavar="ID", help=tr("generator or storage of the ledger"))],
    start: Annotated[str, typer.Option("--start", metavar="TIME", help=tr("first day or hour of generation"))],
    end: Annotated[str, typer.Option("--end", metavar="TIME", help=tr("last day, or first hour after it"))],
    owner: Annotated[str, typer.Option("--owner", metavar="PARTY", help=tr("who owns the certificate"))],
    amount: AmountOption = "metered",
    number: Annotated[str, typer.Option("--number", metavar="NUMBER", help=tr("number in the registry"))] = "",
    contract: Annotated[str, typer.Option("--contract", metavar="ID", help=tr("contract that it belongs to"))] = "",
    trade: Annotated[str, typer.Option("--trade", metavar="KIND", help=tr("green_power for green power trading"))] = "",
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "",
    at: AtOption = "",
) -> int:
    """Issue; without an amount one hourly certificate for all that was metered."""
    fields = {"scheme": scheme, "device": device, "start": start, "end": end, "owner": owner, "amount": amount}
    more = {"number": number, "contract": contract, "trade": trade}
    return _row(ledger, by or "registry", at, "issue", certificate=certificate, **fields, **more)


def transfer(
    certificate: CertificateArgument,
    to: Annotated[str, typer.Option("--to", metavar="PARTY", help=tr("the new owner"))],
    with_energy: Annotated[
        str, typer.Option("--with-energy", metavar="CONTRACT", help=tr("contract by which the electricity goes along"))
    ] = "",
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "",
    at: AtOption = "",
) -> int:
    """Transfer; by default the present owner acts."""
    who = by or _owner(ledger, certificate)
    return _row(ledger, who, at, "transfer", certificate=certificate, to=to, with_energy=with_energy)


def split(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help=tr("certificate or cancellation of the ledger"), show_default=False)
    ],
    part: Annotated[
        list[str],
        typer.Option("--part", metavar="ID=ENERGY", help=tr("a part; for a product ID=CLAIMED/USED; repeat")),
    ],
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "",
    at: AtOption = "",
) -> int:
    """Split; parts hold all that is live, products at most what was cancelled."""
    opened = writable_ledger(ledger)
    with opened:
        made = opened.state.cancellations.get(name)
        certificate = made.certificate if made else name
        known = opened.state.certificates.get(certificate)
    rows = []
    for text in part:
        id, mark, energy = text.partition("=")
        if not mark or (made is not None) != ("/" in energy):
            raise typer.BadParameter(tr("write ID=ENERGY, or ID=CLAIMED/USED for a product"), param_hint="--part")
        claimed, _, used = energy.partition("/")
        if made is not None:
            rows.append({"cancellation": name, "product": id, "amount": claimed, "load": used})
        else:
            rows.append({"certificate": name, "part": id, "amount": claimed})
    return _rows(ledger, by or (known.owner if known else "owner"), at, "split", rows)


def cancel(
    certificate: CertificateArgument,
    site: Annotated[str, typer.Option("--site", metavar="SITE", help=tr("site, or storage that was charged"))],
    id: Annotated[str, typer.Option("--id", metavar="ID", help=tr("identity of the cancellation"))],
    year: Annotated[int, typer.Option("--year", "-y", metavar="YEAR", help=tr("year of the load"))] = 0,
    start: Annotated[str, typer.Option("--start", metavar="TIME", help=tr("first day or hour of the load"))] = "",
    end: Annotated[str, typer.Option("--end", metavar="TIME", help=tr("last day, or first hour after it"))] = "",
    hourly: Annotated[
        bool, typer.Option("--hourly", help=tr("claim the very hours of an hourly certificate, up to the load"))
    ] = False,
    amount: AmountOption = "",
    beneficiary: Annotated[str, typer.Option("--beneficiary", metavar="NAME", help=tr("for whom"))] = "",
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "",
    at: AtOption = "",
) -> int:
    """Cancel; without an amount all that is live, with --hourly all that the load of each hour can take."""
    if not hourly and not year and not (start and end):
        raise typer.BadParameter(tr("name the load with --year, or --start and --end"), param_hint="--year")
    who = by or _owner(ledger, certificate)
    span = (f"{year}-01-01", f"{year}-12-31") if year else (start, end)
    fields = {"certificate": certificate, "cancellation": id, "site": site, "beneficiary": beneficiary}
    fields |= {"basis": "hourly" if hourly else "period", "amount": amount or ("match" if hourly else "")}
    return _row(ledger, who, at, "cancel", **fields, load_start=span[0], load_end=span[1])


def expire(
    certificate: Annotated[
        str, typer.Argument(metavar="CERTIFICATE", help=tr("this one (default: all that expired)"))
    ] = "",
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "registry",
    at: AtOption = "",
) -> int:
    """Expire one certificate or all whose last day has passed."""
    if certificate:
        return _row(ledger, by, at, "expire", certificate=certificate)
    day = day_of(at)
    with writable_ledger(ledger) as opened:
        state = opened.state
        due = [
            one.id
            for one in state.certificates.values()
            if one.live.any() and (last := state.last_day(one)) is not None and last < day
        ]
    if not due:
        typer.echo(tr("no certificate has expired"))
        return FINE
    return _rows(ledger, by, at, "expire", [{"certificate": id} for id in due])


def withdraw(
    certificate: CertificateArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=tr("why"))],
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "registry",
    at: AtOption = "",
) -> int:
    """Withdraw."""
    return _row(ledger, by, at, "withdraw", certificate=certificate, reason=reason)


def reverse(
    event: Annotated[int, typer.Argument(metavar="NUMBER", help=tr("number of the event"), show_default=False)],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=tr("why"))],
    ledger: LedgerOption = DEFAULT,
    by: ByOption = "",
    at: AtOption = "",
) -> int:
    """Reverse; by default as the party that recorded the event."""
    with writable_ledger(ledger) as opened:
        recorded = next((str(body["by"]) for seq, _, body in opened.state.events if seq == event), "operator")
    return _row(ledger, by or recorded, at, "reverse", reverses=str(event), reason=reason)


def _owner(path: Path, certificate: str) -> str:
    with writable_ledger(path) as opened:
        known = opened.state.certificates.get(certificate)
    return known.owner if known else "owner"


def _row(path: Path, by: str, at: str, event: str, **fields: str) -> int:
    return _rows(path, by, at, event, [fields])


def _rows(path: Path, by: str, at: str, event: str, rows: Sequence[dict[str, str]]) -> int:
    from zuji.electricity.ledger.read_events import EVENT_COLUMNS, read_events
    from zuji.finding import Place
    from zuji.reading import Row, Table

    shared = {"at": day_of(at).isoformat(), "by": by, "event": event}
    place = Place(f"zuji power {event}")
    table = Table(EVENT_COLUMNS, tuple(Row({k: v for k, v in {**shared, **row}.items() if v}, place) for row in rows))
    findings: list[Finding] = []
    if event != "split":
        plans = [plan for row in table.rows for plan in read_events(Table(EVENT_COLUMNS, (row,)), by, findings)]
    else:
        plans = read_events(table, by, findings)
    if findings:
        return stop(findings, FINDINGS)
    with writable_ledger(path) as opened:
        done = opened.record(plans)
        head = opened.head
    if done.findings:
        return refused(done)
    for one in done.events:
        typer.echo(tr("event {number} recorded; head {head}", number=one.seq, head=head))
    return FINE
