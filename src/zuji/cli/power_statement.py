"""`zuji power match` and `statement`: the load of a site held against certificates, and what may be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.cli.power_options import (
    DEFAULT,
    FINDINGS,
    FINE,
    AtOption,
    JsonOption,
    LedgerOption,
    SiteArgument,
    YearOption,
    day_of,
    named_numbers,
    opened_ledger,
    show_findings,
    stop,
)
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.electricity.ledger.state import State
    from zuji.electricity.matching.statement import Counted, Offset, Statement
    from zuji.electricity.matching.traced import TracedHours
    from zuji.finding import Finding

LocationOption = Annotated[
    str,
    typer.Option("--location", metavar="ID", help=tr("direct factor of the grid (default: of the country and year)")),
]
ResidualOption = Annotated[
    str, typer.Option("--residual", metavar="ID", help=tr("residual factor (default: of the country and year)"))
]
FactorOption = Annotated[
    list[str] | None,
    typer.Option("--factor", metavar="DEVICE=KG", help=tr("direct kg CO2e/kWh of a generator that burns something")),
]
CfeOption = Annotated[
    float,
    typer.Option("--grid-cfe", metavar="SHARE", min=0.0, max=1.0, help=tr("carbon-free share of the grid, 0 to 1")),
]

TraceOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--grid-trace",
        metavar="FILE",
        help=tr(
            "saved trace (zuji grid trace --out), or its folder: hourly location factors; repeat for parts of a year"
        ),
    ),
]
ZoneOption = Annotated[
    str, typer.Option("--grid-zone", metavar="ID", help=tr("zone of the trace (default: the market of the site)"))
]
GasOption = Annotated[
    str, typer.Option("--grid-gas", metavar="NAME", help=tr("gas of the trace (default: direct CO2e, else CO2)"))
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("match", cls=Command, help=tr("match the load with what is cancelled and what could be"))(match)
    app.command(
        "statement", cls=Command, help=tr("the statement of a site: location, market annual, market hourly, offsets")
    )(statement)


def match(
    site: SiteArgument,
    year: YearOption,
    ledger: LedgerOption = DEFAULT,
    at: AtOption = "",
    location: LocationOption = "",
    residual: ResidualOption = "",
    factor: FactorOption = None,
    grid_cfe: CfeOption = 0.0,
    json_output: JsonOption = False,
) -> int:
    """A plan: live certificates of the site's owner count as if they were cancelled; misfits are named with reason."""
    from zuji.cli import power_statement_tables

    found = _statement(ledger, site, year, location, residual, factor, grid_cfe, plan_on=day_of(at))
    if isinstance(found, int):
        return found
    if json_output:
        terminal.write_bytes(found.json)
    else:
        terminal.console().print(power_statement_tables.match_tables(found))
        if found.findings:
            show_findings(found.findings)
    return FINE


def statement(
    site: SiteArgument,
    year: YearOption,
    ledger: LedgerOption = DEFAULT,
    location: LocationOption = "",
    residual: ResidualOption = "",
    factor: FactorOption = None,
    grid_cfe: CfeOption = 0.0,
    grid_trace: TraceOption = None,
    grid_zone: ZoneOption = "",
    grid_gas: GasOption = "",
    offset: Annotated[
        list[str] | None,
        typer.Option("--offset", metavar="ID=TONNES", help=tr("a retired emission credit [t CO2e]; never subtracted")),
    ] = None,
    rulebook: Annotated[
        list[str] | None,
        typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("what this rulebook counts; repeat, or all")),
    ] = None,
    on: Annotated[
        str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
    ] = "",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help=tr("write a page that needs no network"))
    ] = None,
    json_output: JsonOption = False,
) -> int:
    """Print the statement, or write it as a page."""
    from zuji.cli import power_statement_tables
    from zuji.electricity.matching.statement import Offset

    offsets = [Offset(id, value) for id, value in named_numbers(offset, "--offset").items()]
    books = rulebook or []
    grid = _Grid(tuple(grid_trace or ()), grid_zone, grid_gas)
    found = _statement(
        ledger, site, year, location, residual, factor, grid_cfe, offsets=offsets, books=books, on=on, grid=grid
    )
    if isinstance(found, int):
        return found
    if html is not None:
        from zuji.electricity.matching.page import page

        html.write_text(page(found), encoding="utf-8", newline="\n")
    if json_output:
        terminal.write_bytes(found.json)
        return FINE
    terminal.console().print(power_statement_tables.statement_tables(found))
    if found.findings:
        show_findings(found.findings)
    if html is not None:
        typer.echo(tr("wrote {file}", file=html))
    return FINE


@dataclass(frozen=True, slots=True)
class _Grid:
    """The saved traces that give the location factor by the hour, and the zone and gas to take from them."""

    paths: tuple[Path, ...] = ()
    zone: str = ""
    gas: str = ""

    def hours(self, state: State, site: str, year: int) -> TracedHours | Finding | None:
        """The factors of every hour of the year; None where no trace is named. Raises UnreadableError."""
        from zuji.electricity.matching.supplies import year_of
        from zuji.electricity.matching.traced import traced_hours
        from zuji.electricity.trace import Trace
        from zuji.errors import UnreadableError

        if not self.paths or site not in state.devices:
            return None
        files = [
            file for path in self.paths for file in (sorted(path.glob("trace-*.npz")) if path.is_dir() else [path])
        ]
        if not files:
            folders = ", ".join(str(path) for path in self.paths)
            raise UnreadableError(tr("{path} holds no saved trace: zuji grid trace GRID --out {path}", path=folders))
        device = state.devices[site]
        return traced_hours(
            [Trace.load(file) for file in files], self.zone or device.boundary, year_of(device, year), self.gas
        )


def _statement(
    ledger: Path, site: str, year: int, location: str, residual: str, factor: Sequence[str] | None, grid_cfe: float, *,
    offsets: Sequence[Offset] = (), books: Sequence[str] = (), on: str = "", plan_on: date | None = None,
    grid: _Grid | None = None,
) -> Statement | int:  # fmt: skip
    from zuji.background.starter import starter
    from zuji.electricity.matching.factors import UsedFactor, default_factor, grid_factor
    from zuji.electricity.matching.statement import statement as stated
    from zuji.finding import Finding

    opened = opened_ledger(ledger)
    if isinstance(opened, int):
        return opened
    with opened:
        state, head = opened.state, opened.head
    country = state.devices[site].country if site in state.devices else "CN"
    traced = grid.hours(state, site, year) if grid is not None else None
    if isinstance(traced, Finding):
        return stop((traced,), FINDINGS)
    used: dict[str, UsedFactor] = {}
    for use, named in (("location", location), ("residual", residual)):
        id = named or default_factor(country, year, use)
        if not id and use == "location" and traced is not None and traced.complete:
            used[use] = UsedFactor(0.0, "-")  # no hour takes it
            continue
        if not id:
            problem = tr("no {use} factor of {country} is at hand; name one with --{use}", use=use, country=country)
            raise typer.BadParameter(problem, param_hint=f"--{use}")
        found = grid_factor(starter(), id, use)
        if isinstance(found, Finding):
            return stop((found,), FINDINGS)
        used[use] = found
    books_counted, findings = _counted(opened.path.name, state, site, year, books, on) if books else ((), ())
    made = stated(
        state, site, year, used["location"], used["residual"], head=head, grid_cfe=grid_cfe,
        factors=named_numbers(factor, "--factor"), offsets=offsets, counted=books_counted, plan_on=plan_on,
        traced=traced,
    )  # fmt: skip
    if isinstance(made, Finding):
        return stop((made,), FINDINGS)
    from zuji.finding import in_order

    return replace(made, findings=in_order((*made.findings, *findings)))


def _counted(
    name: str, state: State, site: str, year: int, books: Sequence[str], on: str
) -> tuple[tuple[Counted, ...], tuple[Finding, ...]]:
    from zuji.background.starter import starter
    from zuji.cli.app import _books
    from zuji.datum import Period
    from zuji.electricity.study_tables import study_tables
    from zuji.errors import RulebookError
    from zuji.footprint.counted_electricity import counted, study_of

    if site not in state.devices:
        return (), ()
    period = Period(date(year, 1, 1), date(year, 12, 31))
    tables = study_tables(state, period, {site: site})
    study, findings = study_of(tables, period, {site: state.devices[site].country})
    found: list[Counted] = []
    problems = [*tables.findings, *(one for one in findings if one.severity != "note")]
    for book in _books(books):
        try:
            one, raised = counted(study, site, book, day_of(on), starter())
        except RulebookError:
            if "all" not in books:
                raise
            continue  # of all books those that hold on that day
        problems += raised if one is None else ()
        found += [one] if one is not None else []
    return tuple(found), tuple(problems)
