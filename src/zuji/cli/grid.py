"""`zuji grid`: trace a grid to its generators, explain a figure, list and check factors, import tables, publish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import grid_signature, terminal
from zuji.cli.localised import Command, Group
from zuji.i18n import language, tr

if TYPE_CHECKING:
    from zuji.electricity.trace import Balance, Rule, Trace
    from zuji.finding import Finding

FINE, FINDINGS, UNREADABLE = 0, 1, 3
FORMATS = ("eia930", "entsoe", "yearbook")

FolderArgument = Annotated[
    Path, typer.Argument(metavar="GRID", help=tr("folder of a grid (docs/grid.md)"), show_default=False)
]
RuleOption = Annotated[
    str, typer.Option("--rule", metavar="NAME", help=tr("direct, aggregated, first_tier, production, or all"))
]
LossesOption = Annotated[str, typer.Option("--losses", metavar="NAME", help=tr("who bears losses: receiver or sender"))]
StorageOption = Annotated[
    str, typer.Option("--storage", metavar="NAME", help=tr("what a discharge carries: stock, fifo or static"))
]
NettedOption = Annotated[bool, typer.Option("--net", help=tr("net opposite flows of a pair before tracing"))]
ReconcileOption = Annotated[
    bool, typer.Option("--reconcile", help=tr("first make the published data add up; raw values are kept"))
]
GasOption = Annotated[str, typer.Option("--gas", metavar="NAME", help=tr("gas, for example CO2 or CO2e:lifecycle"))]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
ZoneOption = Annotated[list[str] | None, typer.Option("--zone", "-z", metavar="ID", help=tr("only this zone; repeat"))]


def register(app: typer.Typer) -> None:
    """Add the group `zuji grid`."""
    group = typer.Typer(
        help=tr("electricity factors traced to generators, and the official ones"), no_args_is_help=True, cls=Group
    )
    group.command("trace", cls=Command, help=tr("the factor of every zone of a grid, under one rule or all four"))(
        trace
    )
    group.command("explain", cls=Command, help=tr("where one factor comes from: generators, lines, rows, rule"))(
        explain
    )
    group.command(
        "meters", cls=Command, help=tr("which meter or factor to improve for a zone's mean factor (direct coupling)")
    )(meters)
    group.command("factors", cls=Command, help=tr("list grid factors by scope and basis, or check the official ones"))(
        factors
    )
    group.command("import", cls=Command, help=tr("tables of others as a grid folder: eia930, entsoe, yearbook"))(
        import_
    )
    group.command("publish", cls=Command, help=tr("a trace as a static data set with pages, JSON and a manifest"))(
        publish
    )
    group.command("verify", cls=Command, help=tr("hold a published data set against its manifest and signature"))(
        grid_signature.verify
    )
    group.command("example", cls=Command, help=tr("write a synthetic day of 31 Chinese zones to try things out"))(
        example
    )
    app.add_typer(group, name="grid")


def _rules(rule: str, losses: str, storage: str, netted: bool) -> list[Rule]:
    from zuji.electricity.trace import Coupling, Losses, Rule, Storage

    names = [coupling.value for coupling in Coupling] if rule == "all" else [rule]
    choices = {
        "--rule": [*(c.value for c in Coupling), "all"],
        "--losses": [c.value for c in Losses],
        "--storage": [c.value for c in Storage],
    }
    for option, value in (("--rule", rule), ("--losses", losses), ("--storage", storage)):
        if value not in choices[option]:
            raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(choices[option])), param_hint=option)
    return [Rule(Coupling(name), Losses(losses), Storage(storage), netted) for name in names]


def _one_rule(rule: str, losses: str, storage: str, netted: bool) -> list[Rule]:
    rules = _rules(rule, losses, storage, netted)
    if len(rules) > 1:
        raise typer.BadParameter(tr("one rule at a time"), param_hint="--rule")
    return rules


def _balance(folder: Path, reconciled: bool) -> tuple[Balance, tuple[Finding, ...]] | int:
    from zuji.electricity.trace.readers.folder import read_grid

    grid = read_grid(folder)
    if grid.balance is None:
        _show(grid.findings)
        return UNREADABLE
    if not reconciled:
        return grid.balance, grid.findings
    from zuji.electricity.trace.reconcile import reconcile

    try:
        return reconcile(grid.balance), grid.findings
    except ValueError as error:
        raise typer.BadParameter(tr("this grid cannot be reconciled: {problem}", problem=error)) from error


def _traced(balance: Balance, rules: list[Rule], found: tuple[Finding, ...]) -> list[Trace] | int:
    from zuji.electricity.trace import BalanceError
    from zuji.electricity.trace import trace as traced

    try:
        return [traced(balance, rule) for rule in rules]
    except BalanceError as error:
        _show((*found, *error.findings))
        return FINDINGS
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--storage") from error


def _show(found: tuple[Finding, ...], *, stderr: bool = True) -> None:
    from zuji.cli import tables
    from zuji.finding import in_order

    if found:
        listed = [(finding, list[str]()) for finding in in_order(found)]
        terminal.console(stderr=stderr).print(tables.findings(listed, show_notes=False))


def _gas(balance: Balance, gas: str) -> int:
    try:
        return balance.labels.gas(gas) if gas else 0
    except KeyError as error:
        known = ", ".join(g.id for g in balance.labels.gases)
        raise typer.BadParameter(tr("one of: {choices}", choices=known), param_hint="--gas") from error


def _zone(balance: Balance, zone: str) -> str:
    if zone in {z.id for z in balance.labels.zones}:
        return zone
    import difflib

    near = ", ".join(difflib.get_close_matches(zone, [z.id for z in balance.labels.zones], n=3)) or "-"
    raise typer.BadParameter(tr("no zone '{zone}'; nearest: {near}", zone=zone, near=near))


def trace(
    folder: FolderArgument,
    rule: RuleOption = "direct",
    losses: LossesOption = "receiver",
    storage: StorageOption = "stock",
    netted: NettedOption = False,
    reconciled: ReconcileOption = False,
    gas: GasOption = "",
    zones: ZoneOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help=tr("folder for the saved trace (all inputs and figures)")),
    ] = None,
    origins: Annotated[
        Path | None,
        typer.Option(
            "--origins", metavar="FILE", help=tr("write the origin of every MWh (T,N,N+1) as .npy, chunk by chunk")
        ),
    ] = None,
    json_output: JsonOption = False,
) -> int:
    """Trace a grid and print mean, lowest and highest factor of every zone, and the account."""
    rules = _rules(rule, losses, storage, netted)
    opened = _balance(folder, reconciled)
    if isinstance(opened, int):
        return opened
    balance, found = opened
    g = _gas(balance, gas)
    chosen = [_zone(balance, zone) for zone in zones or ()]
    traces = _traced(balance, rules, found)
    if isinstance(traces, int):
        return traces
    if origins is not None and len(traces) > 1:
        raise typer.BadParameter(tr("one rule at a time"), param_hint="--origins")
    paths = [one.save(out) for one in traces] if out is not None else []
    paths += [traces[0].stream_origin(origins)] if origins is not None else []
    if json_output:
        from zuji.cli.grid_tables import trace_document

        terminal.write_json([trace_document(one, g, chosen) for one in traces])
        return FINE
    from zuji.cli import grid_tables

    console = terminal.console()
    console.print(grid_tables.traced(traces, g, chosen))
    if balance.raw:
        console.print(grid_tables.changes(balance))
    for path in paths:
        typer.echo(tr("wrote {path}", path=path))
    _show((*found, *traces[0].findings), stderr=False)
    return FINE


def explain(
    folder: FolderArgument,
    zone: Annotated[str, typer.Argument(metavar="ZONE", show_default=False)],
    hour: Annotated[
        str, typer.Argument(metavar="TIME", help=tr("2024-07-01T13:00 in the grid's time zone, or with an offset"))
    ] = "",
    rule: RuleOption = "direct",
    losses: LossesOption = "receiver",
    storage: StorageOption = "stock",
    netted: NettedOption = False,
    reconciled: ReconcileOption = False,
    gas: GasOption = "",
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help=tr("number of generators"))] = 20,
    json_output: JsonOption = False,
) -> int:
    """Print the card of one zone and period; without a time, of the first one."""
    rules = _one_rule(rule, losses, storage, netted)
    opened = _balance(folder, reconciled)
    if isinstance(opened, int):
        return opened
    balance, found = opened
    zone, g = _zone(balance, zone), _gas(balance, gas)
    traces = _traced(balance, rules, found)
    if isinstance(traces, int):
        return traces
    try:
        card = traces[0].explain(zone, _hour(balance, hour), balance.labels.gases[g].id, top)
    except KeyError as error:
        from zuji.electricity.trace.check import hour_text

        first, last = (hour_text(int(balance.hours[i])) for i in (0, -1))
        said = tr("the grid has no period {time}; it goes from {first} to {last}", time=error.args[0], first=first,
                  last=last)  # fmt: skip
        raise typer.BadParameter(said) from error
    if json_output:
        terminal.write_json(card.as_dict())
        return FINE
    from zuji.cli import grid_tables

    terminal.console().print(grid_tables.card(card, balance, traces[0].rule))
    return FINE


def _hour(balance: Balance, text: str) -> int:
    from zuji.electricity.trace.clock import Clock

    if not text:
        return int(balance.hours[0])
    moment = Clock(balance.time_zone).read(text)
    if moment.problem:
        raise typer.BadParameter(tr("'{text}' is not a time of this grid; write 2024-04-10T20:00", text=text))
    return moment.minute // 60


def meters(
    folder: FolderArgument,
    zone: Annotated[str, typer.Argument(metavar="ZONE", show_default=False)],
    losses: LossesOption = "receiver",
    storage: StorageOption = "stock",
    netted: NettedOption = False,
    reconciled: ReconcileOption = False,
    gas: GasOption = "",
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help=tr("number of rows"))] = 15,
    json_output: JsonOption = False,
) -> int:
    """Rank the inputs by what their errors do to the mean factor of a zone.

    There is no --rule: only direct coupling has this gradient in closed form.
    """
    rules = _rules("direct", losses, storage, netted)
    opened = _balance(folder, reconciled)
    if isinstance(opened, int):
        return opened
    balance, found = opened
    zone, g = _zone(balance, zone), _gas(balance, gas)
    traces = _traced(balance, rules, found)
    if isinstance(traces, int):
        return traces
    ranked = traces[0].meters(zone, g)
    mean = float(traces[0].mean(g)[balance.labels.zone(zone)])
    if json_output:
        shown = {"zone": zone, "gas": balance.labels.gases[g].id, "rule": rules[0].id, "trace": traces[0].digest}
        terminal.write_json({**shown, "mean": None if mean != mean else mean, "unit": "kg/MWh", "meters": ranked})
        return FINE
    from zuji.cli import grid_tables

    terminal.console().print(grid_tables.meters(ranked[:top], mean, zone, rules[0].text()))
    return FINE


def factors(
    scope: Annotated[str, typer.Option("--scope", metavar="NAME", help=tr("direct or lifecycle"))] = "",
    basis: Annotated[
        str, typer.Option("--basis", metavar="NAME", help=tr("production, consumption, residual or marginal"))
    ] = "",
    geography: Annotated[
        str, typer.Option("--geography", "-g", metavar="CODE", help=tr("country or region, for example CN"))
    ] = "",
    year: Annotated[str, typer.Option("--year", metavar="YYYY", help=tr("year that the factor is for"))] = "",
    use: Annotated[
        str, typer.Option("--for", metavar="USE", help=tr("footprint, scope_2 or avoided: only what may be used so"))
    ] = "",
    check: Annotated[bool, typer.Option("--check", help=tr("check the official factors against each other"))] = False,
    packages: Annotated[
        bool, typer.Option("--packages", help=tr("list the official packages with their notices"))
    ] = False,
    json_output: JsonOption = False,
) -> int:
    """List factors with scope, basis, place, year and source; or check them."""
    from zuji.cli import grid_tables
    from zuji.electricity.factor_checks import check_factors
    from zuji.electricity.factors import Basis, Use, refusal, registry

    for option, value, choices in (
        ("--scope", scope, ["direct", "lifecycle"]),
        ("--basis", basis, [b.value for b in Basis]),
        ("--for", use, [u.value for u in Use]),
    ):
        if value not in ("", *choices):
            raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(choices)), param_hint=option)
    known = registry()
    if check:
        from zuji.cli import tables
        from zuji.finding import has_errors

        found = check_factors(known)
        if json_output:
            terminal.write_json([finding.as_dict() for finding in found])
        else:
            terminal.console().print(grid_tables.traded(known))
            terminal.console().print(tables.findings([(f, []) for f in found], show_notes=True, limit=40))
        return FINDINGS if has_errors(found) else FINE
    if packages:
        if json_output:
            terminal.write_json(known.packages)
        else:
            terminal.console().print(grid_tables.packages(known))
        return FINE
    listed = known.find(scope=scope, basis=basis, geography=geography, period=year)
    if use:
        listed = tuple(factor for factor in listed if refusal(factor, Use(use)) is None)
    if json_output:
        terminal.write_json([grid_tables.factor_document(factor) for factor in listed])
    elif not listed:
        typer.echo(tr("nothing found"))
    else:
        terminal.console().print(grid_tables.factors(listed))
    return FINE if listed else FINDINGS


def import_(
    kind: Annotated[str, typer.Argument(metavar="FORMAT", help=tr("eia930, entsoe or yearbook"), show_default=False)],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help=tr("generation (or balance) table, then flow table"), show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=tr("new folder for the grid"))] = None,
    factor_file: Annotated[
        Path | None, typer.Option("--factors", metavar="FILE", help=tr("factors.csv with the emission factors"))
    ] = None,
    area_type: Annotated[str, typer.Option("--area-type", metavar="NAME", help=tr("entsoe: CTY, BZN or CTA"))] = "CTY",
    parquet: Annotated[bool, typer.Option("--parquet", help=tr("write series as Parquet instead of CSV"))] = False,
    template: Annotated[
        Path | None, typer.Option("--template", metavar="DIR", help=tr("yearbook: write the empty tables to fill in"))
    ] = None,
) -> int:
    """Read tables of others and write them as a grid folder, with every problem at its line."""
    from zuji.electricity.trace.readers.eia930 import read_eia930
    from zuji.electricity.trace.readers.entsoe import read_entsoe
    from zuji.electricity.trace.readers.write import write_grid
    from zuji.electricity.trace.readers.yearbook import read_yearbook, write_template

    if kind not in FORMATS:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(FORMATS)), param_hint="FORMAT")
    if template is not None:
        if kind != "yearbook":
            raise typer.BadParameter(tr("there is a template for yearbook only"), param_hint="--template")
        names = write_template(template, language())
        typer.echo(tr("wrote {count} files into {folder}", count=len(names), folder=template))
        return FINE
    if files is None or len(files) != 2 or out is None:
        raise typer.BadParameter(tr("name two tables and --out DIR"), param_hint="FILES")
    if out.exists() and any(out.iterdir()):
        raise typer.BadParameter(tr("{folder} is not empty", folder=out), param_hint="--out")
    if kind == "eia930":
        grid = read_eia930(files[0], files[1], factor_file)
    elif kind == "entsoe":
        grid = read_entsoe(files[0], files[1], factor_file, area_type=area_type)
    else:
        grid = read_yearbook(files[0], files[1], factor_file)
    _show(grid.findings)
    if grid.balance is None:
        return UNREADABLE
    names = write_grid(grid.balance, out, parquet=parquet)
    typer.echo(tr("wrote {count} files into {folder}", count=len(names), folder=out))
    if factor_file is None:
        typer.echo(tr("next: fill in {folder}/factors.csv, then: zuji grid trace {folder}", folder=out))
    return FINE


def publish(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=tr("folder for the data set"))],
    rule: RuleOption = "direct",
    losses: LossesOption = "receiver",
    storage: StorageOption = "stock",
    netted: NettedOption = False,
    reconciled: ReconcileOption = False,
    gas: GasOption = "",
    key: Annotated[str, typer.Option("--key", metavar="NAME", help=tr("sign with your key of this name"))] = "",
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file",
            metavar="FILE",
            help=tr("first line is the passphrase (default: ZUJI_PASSPHRASE, or asked)"),
        ),
    ] = None,
) -> int:
    """Trace a grid and write pages, JSON, CSV and the manifest, signed where a key is named."""
    from zuji.electricity.trace.publish import publish as published

    rules = _one_rule(rule, losses, storage, netted)
    opened = _balance(folder, reconciled)
    if isinstance(opened, int):
        return opened
    balance, found = opened
    g = _gas(balance, gas)
    traces = _traced(balance, rules, found)
    if isinstance(traces, int):
        return traces
    signer = grid_signature.signer(key, passphrase_file) if key else None  # a key that fails leaves nothing half done
    made = published(traces[0], out, balance.labels.gases[g].id)
    typer.echo(tr("wrote {count} files into {folder}", count=len(made.files), folder=out))
    if signer:
        thumbprint = grid_signature.sign_manifest(out, signer)
        typer.echo(tr("manifest: {digest}, signed with key {thumbprint}", digest=made.digest, thumbprint=thumbprint))
    else:
        typer.echo(tr("manifest: {digest} (not signed)", digest=made.digest))
    _show((*found, *made.findings))
    return FINE


def example(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=tr("new folder"), show_default=False)],
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, max=366, help=tr("number of days"))] = 1,
    parquet: Annotated[bool, typer.Option("--parquet", help=tr("write series as Parquet instead of CSV"))] = False,
) -> int:
    """Write the synthetic example as a grid folder."""
    from zuji.electricity.trace.example import example as made
    from zuji.electricity.trace.readers.write import write_grid

    if folder.exists() and any(folder.iterdir()):
        raise typer.BadParameter(tr("{folder} is not empty", folder=folder), param_hint="DIR")
    names = write_grid(made(days), folder, parquet=parquet)
    typer.echo(tr("wrote {count} files into {folder}", count=len(names), folder=folder))
    typer.echo(tr("next: zuji grid trace {folder}   then: zuji grid explain {folder} CN-GD", folder=folder))
    return FINE
