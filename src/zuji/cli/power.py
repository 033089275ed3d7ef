"""`zuji power`: the ledger of meters and certificates, their match with the load, and the statement of a site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command, Group
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.electricity.ledger.store import Ledger, Recorded
    from zuji.electricity.matching.statement import Counted, Offset, Statement
    from zuji.finding import Finding

FINE, FINDINGS, UNREADABLE = 0, 1, 3
DEFAULT = Path("power.ledger")

power_app = typer.Typer(
    help=tr("electricity: ledger of meters and certificates, hourly matching, statements"),
    no_args_is_help=True,
    cls=Group,
)

LedgerOption = Annotated[
    Path,
    typer.Option("--ledger", "-l", metavar="LEDGER", help=tr("ledger file, or a folder of CSV files to read from")),
]
ByOption = Annotated[str, typer.Option("--by", metavar="PARTY", help=tr("who acts"), show_default=False)]
AtOption = Annotated[str, typer.Option("--at", metavar="DAY", help=tr("day of the action (YYYY-MM-DD; default today)"))]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
YearOption = Annotated[int, typer.Option("--year", "-y", metavar="YEAR", help=tr("calendar year of the site"))]
SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help=tr("site of the ledger"), show_default=False)]
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


def register(app: typer.Typer) -> None:
    """Add `zuji power` with its commands."""
    from zuji.cli import power_events

    power_events.register(power_app)
    app.add_typer(power_app, name="power")


@power_app.command(
    "import", cls=Command, help=tr("record meters, certificates and events from CSV files, all or nothing")
)
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

    day = _day(at)
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
                return _stop(study.findings, UNREADABLE if study.study is None else FINDINGS)
            done = import_study(opened, study.study, day, by, timezone)
        else:
            done = import_files(opened, files, day, by)
        if done.findings:
            return _refused(done)
        head = opened.head
        if is_new:
            from zuji.electricity.ledger.events import Draft

            with Ledger.create(ledger) as made:
                copied = made.record([Draft(event.kind, event.body) for event in done.events])
                if copied.findings:
                    return _refused(copied)
                head = made.head
    typer.echo(tr("{count} events recorded in {ledger}", count=len(done.events), ledger=ledger))
    typer.echo(tr("head {head}", head=head))
    return FINE


@power_app.command("ledger", cls=Command, help=tr("show devices, certificates, cancellations and totals"))
def show(
    ledger: LedgerOption = DEFAULT,
    list_events: Annotated[bool, typer.Option("--events", help=tr("list the events"))] = False,
    json_output: JsonOption = False,
) -> int:
    """Print what the ledger holds."""
    from zuji.cli import power_tables

    opened = _opened(ledger)
    if isinstance(opened, int):
        return opened
    with opened:
        if json_output:
            terminal.write_json(power_tables.ledger_dict(opened, with_events=list_events))
        elif list_events:
            terminal.console().print(power_tables.event_table(opened))
        else:
            terminal.console().print(power_tables.ledger_tables(opened))
    return FINE


@power_app.command(
    "audit", cls=Command, help=tr("recompute every hash and every invariant; names the event that was altered")
)
def audit(
    ledger: LedgerOption = DEFAULT,
    head: Annotated[
        str, typer.Option("--head", metavar="HASH", help=tr("a head noted earlier: nothing after it was taken away"))
    ] = "",
    json_output: JsonOption = False,
) -> int:
    """Audit the chain and the invariants."""
    from zuji.electricity.ledger.audit import audit as audited

    opened = _opened(ledger)
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
            _print(found.findings)
    return FINDINGS if found.findings else FINE


@power_app.command("schemes", cls=Command, help=tr("list the schemes, or the dated rules of one"))
def show_schemes(
    id: Annotated[str, typer.Argument(metavar="ID", help=tr("show the rules of this one"))] = "",
) -> int:
    """List the schemes with their rules."""
    from zuji.cli import power_tables
    from zuji.electricity.ledger.schemes import schemes

    if id and id not in schemes():
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(schemes())), param_hint="ID")
    terminal.console().print(power_tables.scheme_rules(schemes()[id]) if id else power_tables.scheme_list())
    return FINE


@power_app.command("match", cls=Command, help=tr("match the load with what is cancelled and what could be"))
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
    from zuji.cli import power_tables

    found = _statement(ledger, site, year, location, residual, factor, grid_cfe, plan_on=_day(at))
    if isinstance(found, int):
        return found
    if json_output:
        terminal.write_bytes(found.json)
    else:
        terminal.console().print(power_tables.match_tables(found))
        if found.findings:
            _print(found.findings)
    return FINE


@power_app.command(
    "statement", cls=Command, help=tr("the statement of a site: location, market annual, market hourly, offsets")
)
def statement(
    site: SiteArgument,
    year: YearOption,
    ledger: LedgerOption = DEFAULT,
    location: LocationOption = "",
    residual: ResidualOption = "",
    factor: FactorOption = None,
    grid_cfe: CfeOption = 0.0,
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
    from zuji.cli import power_tables
    from zuji.electricity.matching.statement import Offset

    offsets = [Offset(id, value) for id, value in _numbers(offset, "--offset").items()]
    books = rulebook or []
    found = _statement(ledger, site, year, location, residual, factor, grid_cfe, offsets=offsets, books=books, on=on)
    if isinstance(found, int):
        return found
    if html is not None:
        from zuji.electricity.matching.page import page

        html.write_text(page(found), encoding="utf-8", newline="\n")
    if json_output:
        terminal.write_bytes(found.json)
        return FINE
    terminal.console().print(power_tables.statement_tables(found))
    if found.findings:
        _print(found.findings)
    if html is not None:
        typer.echo(tr("wrote {file}", file=html))
    return FINE


@power_app.command(
    "study", cls=Command, help=tr("write the electricity of a study from a ledger, or check that it agrees")
)
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
        return _stop(opened.findings, UNREADABLE)
    source = _opened(ledger or path / "power")
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
        return _stop(tables.findings, FINDINGS)
    if tables.findings:
        _print(tables.findings)
    if check:
        stale = differences(path, tables, head)
        if stale:
            _print(stale)
            return FINDINGS
        typer.echo(tr("the study says what the ledger says; head {head}", head=head))
        return FINE
    for file in (ELECTRICITY, INSTRUMENTS):
        (path / file).write_text(tables.text(file, head), encoding="utf-8", newline="\n")
    rows = len(tables.electricity) + len(tables.instruments)
    typer.echo(tr("wrote {count} rows into {folder}", count=rows, folder=path))
    return FINE


@power_app.command("residual", cls=Command, help=tr("calculate a residual mix, issuance based"))
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
    from zuji.cli import power_tables
    from zuji.electricity.matching.residual import residual_mix as calculated
    from zuji.electricity.matching.residual_file import read_sources

    sources, findings = read_sources(file)
    if findings:
        return _stop(findings, FINDINGS)
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
        terminal.console().print(power_tables.residual_table(found))
    return FINE


def _statement(
    ledger: Path, site: str, year: int, location: str, residual: str, factor: Sequence[str] | None, grid_cfe: float, *,
    offsets: Sequence[Offset] = (), books: Sequence[str] = (), on: str = "", plan_on: date | None = None,
) -> Statement | int:  # fmt: skip
    from zuji.background.starter import starter
    from zuji.electricity.matching.factors import UsedFactor, default_factor, grid_factor
    from zuji.electricity.matching.statement import statement as stated
    from zuji.finding import Finding

    opened = _opened(ledger)
    if isinstance(opened, int):
        return opened
    with opened:
        state, head = opened.state, opened.head
    country = state.devices[site].country if site in state.devices else "CN"
    used: dict[str, UsedFactor] = {}
    for use, named in (("location", location), ("residual", residual)):
        id = named or default_factor(country, year, use)
        if not id:
            problem = tr("no {use} factor of {country} is at hand; name one with --{use}", use=use, country=country)
            raise typer.BadParameter(problem, param_hint=f"--{use}")
        found = grid_factor(starter(), id, use)
        if isinstance(found, Finding):
            return _stop((found,), FINDINGS)
        used[use] = found
    books_counted, findings = _counted(opened.path.name, state, site, year, books, on) if books else ((), ())
    made = stated(
        state, site, year, used["location"], used["residual"], head=head, grid_cfe=grid_cfe,
        factors=_numbers(factor, "--factor"), offsets=offsets, counted=books_counted, plan_on=plan_on,
    )  # fmt: skip
    if isinstance(made, Finding):
        return _stop((made,), FINDINGS)
    from dataclasses import replace

    from zuji.finding import in_order

    return replace(made, findings=in_order((*made.findings, *findings)))


def _counted(
    name: str, state: object, site: str, year: int, books: Sequence[str], on: str
) -> tuple[tuple[Counted, ...], tuple[Finding, ...]]:
    from zuji.background.starter import starter
    from zuji.cli.app import _books
    from zuji.datum import Period
    from zuji.electricity.ledger.state import State
    from zuji.electricity.study_tables import study_tables
    from zuji.errors import RulebookError
    from zuji.footprint.counted_electricity import counted, study_of

    assert isinstance(state, State)
    if site not in state.devices:
        return (), ()
    period = Period(date(year, 1, 1), date(year, 12, 31))
    tables = study_tables(state, period, {site: site})
    study, findings = study_of(tables, period, {site: state.devices[site].country})
    found: list[Counted] = []
    problems = [*tables.findings, *(one for one in findings if one.severity != "note")]
    for book in _books(books):
        try:
            one, raised = counted(study, site, book, _day(on), starter())
        except RulebookError:
            if "all" not in books:
                raise
            continue  # of all books those that hold on that day
        problems += raised if one is None else ()
        found += [one] if one is not None else []
    return tuple(found), tuple(problems)


def _numbers(texts: Sequence[str] | None, option: str) -> dict[str, float]:
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


def _day(text: str) -> date:
    if not text:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(tr("write the day as YYYY-MM-DD"), param_hint="--at") from error


def _opened(path: Path) -> Ledger | int:
    from zuji.electricity.ledger.open import open_ledger

    opened, findings = open_ledger(path)
    if findings:
        opened.close()
        return _stop(findings, FINDINGS)
    return opened


def _writable(path: Path) -> Ledger:
    from zuji.electricity.ledger.store import Ledger

    if path.is_dir():
        raise typer.BadParameter(tr("{path} is a folder; name a ledger file", path=path), param_hint="--ledger")
    return Ledger.open(path)


def _refused(done: Recorded) -> int:
    _stop(done.findings, FINDINGS)
    typer.echo(tr("nothing was recorded"), err=True)
    return FINDINGS


def _stop(findings: Sequence[Finding], code: int) -> int:
    _print(findings, stderr=True)
    return code


def _print(findings: Sequence[Finding], *, stderr: bool = False) -> None:
    from zuji.cli import tables

    terminal.console(stderr=stderr).print(tables.findings([(one, []) for one in findings], show_notes=True, limit=20))
