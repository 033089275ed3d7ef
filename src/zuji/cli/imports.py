"""`zuji data import, list, info, diff, remove, verify`: databases into the store, and what the store holds."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.errors import UnreadableError, ZujiError
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.background.importers.progress import Progress, Report
    from zuji.background.importers.run import Imported
    from zuji.background.store.stored import StoredBackground

FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3
LISTED = 15
"""Unlinked flows and differing datasets that a table shows; --json has all of them."""

JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
NotesOption = Annotated[bool, typer.Option("--notes", help=tr("show notes as well"))]
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help=tr("name or digest of a stored background"), show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands of stored backgrounds to `zuji data`."""
    app.command("import", cls=Command, help=tr("import a database (EcoSpold, ILCD, …) as a stored background"))(import_)
    app.command("list", cls=Command, help=tr("list the stored backgrounds"))(list_)
    app.command("info", cls=Command, help=tr("show what a stored background holds and what its import found"))(info)
    app.command("diff", cls=Command, help=tr("show which datasets differ between two stored backgrounds"))(diff)
    app.command("remove", cls=Command, help=tr("remove a stored background"))(remove)
    app.command("verify", cls=Command, help=tr("check that a stored background is what its digest says"))(verify)


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=tr("zip, folder or file of the database"), show_default=False)
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=tr("name of the stored background"))],
    system_model: Annotated[
        str, typer.Option("--system-model", metavar="TEXT", help=tr("system model, such as cut-off or APOS"))
    ] = "",
    licence: Annotated[str, typer.Option("--licence", metavar="TEXT", help=tr("licence of the database"))] = "",
    redistribute: Annotated[
        str,
        typer.Option(
            "--redistribute", metavar="ANSWER", help=tr("may its data be passed on: yes, yes-share-alike, no, unclear")
        ),
    ] = "unclear",
    citation: Annotated[str, typer.Option("--citation", metavar="TEXT", help=tr("how the database is cited"))] = "",
    allocation: Annotated[
        str,
        typer.Option(
            "--allocation", metavar="METHOD", help=tr("for datasets that say no shares: given, mass or economic")
        ),
    ] = "given",
    scope: Annotated[
        str,
        typer.Option("--scope", metavar="SCOPE", help=tr("factor lists: what all factors cover: lifecycle or direct")),
    ] = "",
    gwp_set: Annotated[
        str,
        typer.Option("--gwp-set", metavar="SET", help=tr("factor lists: warming potentials behind CO2e: AR5, AR6, …")),
    ] = "",
    columns: Annotated[
        str,
        typer.Option("--columns", metavar="FIELD=HEADER,…", help=tr("factor lists: which column holds what")),
    ] = "",
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=tr("format, when it is not recognised"))
    ] = "",
    accept_gaps: Annotated[
        bool, typer.Option("--accept-gaps", help=tr("store it in spite of errors; what cannot be used becomes a gap"))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=tr("read and check only, store nothing"))] = False,
    json_output: JsonOption = False,
    notes: NotesOption = False,
) -> int:
    """Read, link and check a database; store it when nothing forbids it."""
    from zuji.background.gwp import GWP_SETS
    from zuji.background.importers import factor_list
    from zuji.background.importers.factor_columns import FIELDS, parse_mapping
    from zuji.background.importers.formats import FORMATS
    from zuji.background.importers.options import ALLOCATIONS, Options
    from zuji.background.importers.progress import CancelledError
    from zuji.background.importers.run import import_database
    from zuji.background.store.library import Library, check_name, earlier_name

    check_name(name)
    _one_of(redistribute, ("yes", "yes-share-alike", "no", "unclear"), "--redistribute")
    _one_of(allocation, ALLOCATIONS, "--allocation")
    _one_of(format_, ("", *FORMATS), "--format")
    _one_of(scope, ("", "lifecycle", "direct"), "--scope")
    _one_of(gwp_set, ("", *GWP_SETS), "--gwp-set")
    try:
        given = parse_mapping(columns)
    except ValueError as error:
        known = ", ".join(FIELDS)
        raise typer.BadParameter(tr("'{part}': FIELD=HEADER, with a field of {known}", part=error, known=known),
                                 param_hint="--columns") from error  # fmt: skip
    options = Options(
        system_model=system_model, licence=licence, redistribute=redistribute, citation=citation, allocation=allocation,
        format=format_, scope=scope, gwp_set=gwp_set, columns=tuple(given.items()),
        remembered=str(Library().root / "columns.json"),
    )  # fmt: skip
    try:
        with _progress() as report:
            imported = import_database(file, options, report)
    except (KeyboardInterrupt, CancelledError):
        typer.echo(tr("the import was cancelled; nothing was stored"), err=True)
        return FINDINGS
    refused = imported.refused_by(accept_gaps)
    digest = ""
    if not refused and not dry_run and imported.content is not None:
        library = Library()
        before = {one.name: one.digest for one in library.names()}
        digest = imported.commit(library, name, accept_gaps=accept_gaps)
        if given and imported.summary.format == factor_list.TITLE:
            factor_list.remember_columns(file, options)
        kept = earlier_name(name, before.get(name, ""))
        if kept in {one.name for one in library.names()} - set(before) and not json_output:
            typer.echo(tr("what was called {name} is kept as {kept}", name=name, kept=kept))
    if json_output:
        terminal.write_json({**imported.summary.as_dict(), "digest": digest, "name": name if digest else ""})
    else:
        _print_summary(imported, notes)
        _print_end(imported, name, digest, dry_run=dry_run, refused=bool(refused), accept_gaps=accept_gaps)
    return FINDINGS if refused else FINE


def _one_of(value: str, known: Sequence[str], option: str) -> None:
    if value not in known:
        choices = ", ".join(word for word in known if word)
        raise typer.BadParameter(tr("one of: {choices}", choices=choices), param_hint=option)


@contextlib.contextmanager
def _progress() -> Iterator[Report | None]:
    """A progress line on a terminal; nothing in a pipe."""
    console = terminal.console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with console.status(tr("reading …")) as status:

        def report(progress: Progress) -> None:
            status.update(_line(progress))

        yield report


def _line(progress: Progress) -> str:
    if progress.step != "read":
        return tr("linking {count} datasets …", count=progress.datasets)
    left = "–" if progress.remaining is None else f"{progress.remaining:.0f} s"
    return tr(
        "reading: {percent} %, {count} datasets, {rate} per second, {left} left",
        percent=f"{100 * progress.done / progress.total:.0f}",
        count=progress.datasets,
        rate=f"{progress.rate:.0f}",
        left=left,
    )


def _print_summary(imported: Imported, notes: bool) -> None:
    from rich.text import Text

    from zuji.cli import tables

    summary, console = imported.summary, terminal.console()
    said = f"{imported.path.name}: {summary.format}" if summary.format else imported.path.name
    console.print(Text(said, style="bold"))
    if imported.content is not None:
        console.print(_counts(_figures(summary)))
    if summary.unlinked_flows:
        console.print(_unlinked(summary.unlinked_flows))
    if summary.findings:
        console.print(tables.findings([(finding, ()) for finding in summary.findings], show_notes=notes))


def _figures(summary: Any) -> list[tuple[str, str]]:
    rows = [
        (tr("Files"), f"{summary.files:,}"),
        (tr("Datasets in the files"), f"{summary.records:,}"),
        (tr("Datasets after allocation"), f"{summary.datasets:,}"),
        (tr("Exchanges between datasets"), f"{summary.technosphere:,}"),
        (tr("  of these not linked"), f"{summary.unlinked:,}"),
        (tr("Exchanges with nature"), f"{summary.biosphere:,}"),
        (tr("Elementary flows"), f"{summary.flows:,}"),
        (tr("  of these greenhouse gases"), f"{summary.gas_flows:,}"),
        (tr("Exchanges with uncertainty"), f"{summary.uncertain:,}"),
        (tr("Parameters, formulas"), f"{summary.parameters:,}, {summary.formulas:,}"),
        (tr("Impact categories, factors"), f"{summary.methods:,}, {summary.factors:,}"),
        (tr("Datasets that are a gap"), f"{summary.gaps:,}"),
        (tr("Datasets with a gap upstream"), f"{summary.incomplete:,}"),
        (tr("Loops without output"), f"{len(summary.loops):,}"),
        (tr("Unbalanced datasets"), f"{summary.unbalanced:,}"),
    ]
    return rows


def _counts(rows: Sequence[tuple[str, str]]) -> Any:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _unlinked(flows: Sequence[tuple[str, int]]) -> Any:
    table = table_of(tr("Not linked"), tr("Exchanges"))
    for name, count in flows[:LISTED]:
        table.add_row(name, f"{count:,}")
    if len(flows) > LISTED:
        table.add_row(tr("… and {count} more", count=len(flows) - LISTED), "")
    return table


def table_of(*columns: str, right_from: int = 1) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, overflow="fold", justify="right" if i >= right_from else "left")
    return table


def _print_end(imported: Imported, name: str, digest: str, *, dry_run: bool, refused: bool, accept_gaps: bool) -> None:
    if digest:
        typer.echo(tr("stored as {name}: {digest}", name=name, digest=digest))
        typer.echo(tr("in study.yaml:  background: {name}", name=name))
    elif refused:
        typer.echo(tr("nothing was stored: mend the errors first"))
        if imported.content is not None and not accept_gaps and not imported.refused_by(True):
            typer.echo(
                tr("or import with --accept-gaps: what cannot be used is stored as a gap, which shows in results")
            )
    elif dry_run:
        typer.echo(tr("nothing was stored: this was a trial"))


def list_(json_output: JsonOption = False) -> int:
    """Print names, digests and sizes."""
    from zuji.background.store.library import Library

    library = Library()
    rows, broken = [], False
    for named in library.names():
        try:
            stored = library.open(named.name)
            entry = {"name": named.name, "digest": named.digest, "datasets": len(stored), **_sizes(stored),
                     "about": dict(stored.about), "file": named.file, "imported": named.imported}  # fmt: skip
        except ZujiError as error:
            entry = {"name": named.name, "digest": named.digest, "problem": str(error)}
            broken = True
        rows.append(entry)
    if json_output:
        terminal.write_json(rows)
    elif not rows:
        typer.echo(tr("no background is stored in {folder}; zuji data import FILE --name NAME", folder=library.root))
    else:
        table = table_of(tr("Name"), tr("Format"), tr("System model"), tr("Datasets"), tr("Exchanges"), tr("Imported"),
                       tr("Digest"), right_from=3)  # fmt: skip
        for row in rows:
            about: Any = row.get("about", {})
            table.add_row(
                str(row["name"]), about.get("format", str(row.get("problem", ""))), about.get("system_model", ""),
                f"{row.get('datasets', 0):,}", f"{row.get('exchanges', 0):,}", str(row.get("imported", "")),
                str(row["digest"])[7:17],
            )  # fmt: skip
        terminal.console().print(table)
    return FINDINGS if broken else FINE


def _sizes(stored: StoredBackground) -> dict[str, int]:
    return {
        "exchanges": len(stored) + stored.length("tech_amount") + stored.length("bio_amount"),
        "flows": stored.length("flow"),
        "methods": stored.length("method"),
    }


def info(name: NameArgument, json_output: JsonOption = False, notes: NotesOption = False) -> int:
    """Print options, counts, unlinked flows and the findings of the import."""
    from rich.text import Text

    from zuji.cli import tables
    from zuji.cli.datasets import WORDS
    from zuji.finding import Finding, Place, Severity

    stored = opened(name)
    unlinked = [(str(row[0]), int(row[1])) for row in stored.rows("unlinked")]
    found = [
        Finding(code, Severity(severity), Place(**json.loads(place)), tuple(sorted(json.loads(params).items())))
        for code, severity, place, params in stored.rows("finding")
    ]
    gases = sum(1 for flow in stored.flows() if flow.gas)
    other_air = [f.name for f in stored.flows() if not f.gas and "air" in f.compartment.lower()]
    document = {
        "digest": stored.digest, "about": dict(stored.about), "datasets": len(stored), **_sizes(stored),
        "gas_flows": gases,
        "uncertain": stored.length("tech_unc_row") + stored.length("bio_unc_row"),
        "parameters": stored.length("parameter"),
        "unlinked": unlinked, "incomplete": int(stored.array("incomplete").sum()), "other_air_flows": other_air,
    }  # fmt: skip
    if json_output:
        terminal.write_json({**document, "findings": [finding.as_dict() for finding in found]})
        return FINE
    console = terminal.console()
    console.print(Text(stored.digest, style="bold"))
    about = stored.about
    console.print(_counts([
        (tr("Format"), str(about["format"])), (tr("System model"), str(about["system_model"]) or "–"),
        (tr("Licence"), str(about["licence"]) or "–"), (tr("May be passed on"),
        tr(WORDS.get(str(about["redistribute"]), str(about["redistribute"])))),
        (tr("Datasets"), f"{len(stored):,}"), (tr("Exchanges"), f"{_sizes(stored)['exchanges']:,}"),
        (tr("Elementary flows"), f"{stored.length('flow'):,}"), (tr("  of these greenhouse gases"), f"{gases:,}"),
        (tr("Exchanges with uncertainty"), f"{document['uncertain']:,}"),
        (tr("Impact categories, factors"), f"{stored.length('method'):,}, {stored.length('factor_amount'):,}"),
        (tr("Datasets with a gap upstream"), f"{document['incomplete']:,}"),
    ]))  # fmt: skip
    if unlinked:
        console.print(_unlinked(unlinked))
    if found:
        _register_codes()
        console.print(tables.findings([(finding, ()) for finding in found], show_notes=notes))
    return FINE


def _register_codes() -> None:
    import zuji.background.importers.codes  # noqa: F401  the texts of stored findings


def opened(name: str) -> StoredBackground:
    from zuji.background.store.library import Library, UnknownBackgroundError

    _register_codes()
    try:
        return Library().open(name)
    except UnknownBackgroundError as error:
        known = ", ".join(error.known) or "–"
        raise typer.BadParameter(
            tr("no stored background '{name}'; there are: {known}", name=name, known=known), param_hint="NAME"
        ) from error


def diff(first: NameArgument, second: NameArgument, json_output: JsonOption = False) -> int:
    """Print the datasets that were added, removed, changed; exit code 1 when there are any."""
    from zuji.background.store.diff import compare

    found = compare(opened(first), opened(second))
    groups = {
        "added": found.added, "removed": found.removed, "changed": found.changed, "renamed": found.renamed,
    }  # fmt: skip
    if json_output:
        terminal.write_json({**groups, "same": found.same})
    else:
        titles = {
            "added": tr("only in {name}", name=second), "removed": tr("only in {name}", name=first),
            "changed": tr("other amounts"), "renamed": tr("same amounts, other name, place, year or licence"),
        }  # fmt: skip
        table = table_of(tr("Difference"), tr("Datasets"))
        for key, ids in groups.items():
            table.add_row(titles[key], f"{len(ids):,}")
        table.add_row(tr("the same"), f"{found.same:,}")
        terminal.console().print(table)
        for key, ids in groups.items():
            if ids:
                more = f" … ({len(ids) - LISTED} +)" if len(ids) > LISTED else ""
                typer.echo(f"{titles[key]}: {', '.join(ids[:LISTED])}{more}")
    return FINDINGS if any(groups.values()) else FINE


def remove(name: NameArgument) -> int:
    """Remove a name, and the data when no other name points to them."""
    from zuji.background.store.library import Library, UnknownBackgroundError

    try:
        digest = Library().remove(name)
    except UnknownBackgroundError as error:
        known = ", ".join(error.known) or "–"
        raise typer.BadParameter(
            tr("no stored background '{name}'; there are: {known}", name=name, known=known), param_hint="NAME"
        ) from error
    typer.echo(tr("removed {name} ({digest})", name=name, digest=digest))
    return FINE


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help=tr("names or digests; all when none is given"), show_default=False),
    ] = None,
) -> int:
    """Compute every digest again; exit code 1 when something was changed."""
    from zuji.background.store.library import Library

    wanted = names or [named.name for named in Library().names()]
    code = FINE
    for name in wanted:
        try:
            problems = opened(name).problems()
        except UnreadableError as error:
            problems = [str(error)]
        for problem in problems:
            typer.echo(f"{name}: {problem}")
            code = FINDINGS
        if not problems:
            typer.echo(tr("{name}: every digest fits", name=name))
    if not wanted:
        typer.echo(tr("no background is stored"))
    return code
