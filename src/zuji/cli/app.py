"""The commands; each imports what it needs when it runs, so that `--help` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from zuji import __version__
from zuji.cli import (
    compare,
    contributions,
    dossier,
    grid,
    imports,
    match,
    portfolio,
    power,
    report,
    review,
    scenario,
    storage,
    stored,
    supplier,
    terminal,
    uncertainty,
    view,
    workbook,
)
from zuji.cli.localised import Command, Group, error_text
from zuji.errors import AddressError, EngineError, RulebookError, UnreadableError, ZujiError
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.background.model import Background
    from zuji.finding import Finding
    from zuji.footprint.model import Footprint
    from zuji.rulebooks.book import Book
    from zuji.study.model import Study

FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3
BOOKS = ("iso-14067", "gbt-24067", "eu-cfb-ind")
SCOPES = ("lifecycle", "direct")

app = typer.Typer(
    name="zuji",
    help=tr("Zuji 足迹: product carbon footprints of batteries and energy storage, every number traceable"),
    epilog=tr("Exit codes: 0 fine, 1 errors in the study or nothing found, 2 wrong usage, 3 cannot be read or written"),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    cls=Group,
)
data_app = typer.Typer(help=tr("find datasets and show where their numbers come from"), no_args_is_help=True, cls=Group)
app.add_typer(data_app, name="data")

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help=tr("study folder, or the name of an example"), show_default=False)
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help=tr("folder for one canonical JSON file per rulebook"))
]
BookOption = Annotated[
    list[str] | None,
    typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder, or all; repeat for several")),
]
OnOption = Annotated[
    str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
NotesOption = Annotated[bool, typer.Option("--notes", help=tr("show notes as well"))]


@app.callback(invoke_without_command=True)
def common(
    version: Annotated[bool, typer.Option("--version", help=tr("print the version"), is_eager=True)] = False,
    lang: Annotated[
        str, typer.Option("--lang", metavar="zh|en", help=tr("language: zh or en (default: from the environment)"))
    ] = "",
) -> None:
    """Options of every command."""
    if lang not in ("", "zh", "en"):
        raise typer.BadParameter(tr("the language is zh or en"), param_hint="--lang")
    if version:
        typer.echo(f"zuji {__version__}")
        raise typer.Exit


def run(arguments: list[str]) -> int:
    """Run one command; problems that a user can mend become one sentence and an exit code."""
    try:
        result = app(args=_global_first(arguments), prog_name="zuji", standalone_mode=False)
        sys.stdout.flush()
        return int(result) if isinstance(result, int) else FINE
    except TyperException as error:
        context = getattr(error, "ctx", None)
        if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
            typer.echo(context.get_help())
            return USAGE
        _fail(error_text(error.format_message()), USAGE)
        if context is not None:
            typer.echo(tr("help: {command} --help", command=context.command_path), err=True)
        return USAGE
    except typer.Abort:
        return FINDINGS
    except UnreadableError as error:
        return _fail(str(error), UNREADABLE)
    except AddressError as error:
        near = ", ".join(error.nearest)
        return _fail(
            tr("no number has the address '{address}'; nearest: {near}", address=error.address, near=near), USAGE
        )
    except RulebookError as error:
        return _fail(str(error), USAGE)
    except EngineError as error:
        named = ", ".join(error.culprits)
        return _fail(tr("the product system cannot be solved: {error} ({named})", error=error, named=named), FINDINGS)
    except ZujiError as error:
        return _fail(str(error), USAGE if isinstance(error, FileExistsError) else FINDINGS)
    except (BrokenPipeError, SystemExit):  # typer and rich turn a broken pipe into an exit
        terminal.forget_stdout()
        return FINE
    except OSError as error:
        problem = error.strerror or type(error).__name__
        return _fail(tr("{file} cannot be used: {problem}", file=error.filename or "?", problem=problem), UNREADABLE)


def _global_first(arguments: list[str]) -> list[str]:
    # --lang may stand anywhere; click wants options of the group before the command.
    moved: list[str] = []
    rest: list[str] = []
    i = 0
    while i < len(arguments):
        if arguments[i] == "--lang" and i + 1 < len(arguments):
            moved += arguments[i : i + 2]
            i += 2
            continue
        (moved if arguments[i].startswith("--lang=") else rest).append(arguments[i])
        i += 1
    return moved + rest


def _fail(message: str, code: int) -> int:
    typer.echo(message, err=True)
    return code


@app.command(cls=Command, help=tr("write a new study: a commented skeleton, or a copy of an example"))
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=tr("new folder"), show_default=False)],
    example: Annotated[
        str, typer.Option("--example", metavar="NAME", help=tr("copy this example instead of the skeleton"))
    ] = "",
) -> int:
    """Write a study and say what to do next."""
    from zuji import examples
    from zuji.study.new import write_skeleton

    if example:
        if example not in examples.names():
            known = ", ".join(examples.names())
            raise typer.BadParameter(tr("no example '{name}'; there are: {known}", name=example, known=known))
        examples.copy(example, folder)
        count = sum(1 for path in folder.rglob("*") if path.is_file())
    else:
        count = len(write_skeleton(folder))
    typer.echo(tr("wrote {count} files into {folder}", count=count, folder=folder))
    typer.echo(tr("next: zuji check {folder}   then: zuji calc {folder} -r iso-14067", folder=folder))
    return FINE


@app.command(
    cls=Command, help=tr("list every problem of a study with place, cause and mend; exit code 1 when there are errors")
)
def check(
    study: StudyArgument,
    rulebook: BookOption = None,
    on: OnOption = "",
    json_output: JsonOption = False,
    notes: NotesOption = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select", metavar="CODE,…", help=tr("only findings whose code begins so, for example ZJ5,ZJ408")
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE,…", help=tr("no findings whose code begins so"))
    ] = None,
) -> int:
    """Read, check, link, apply the rulebooks and, where nothing forbids it, calculate: all findings, no results."""
    from zuji.cli import tables
    from zuji.finding import has_errors
    from zuji.footprint.lint import UnknownCodeError, chosen, prefixes

    try:
        wanted, unwanted = prefixes(select or ()), prefixes(ignore or ())
    except UnknownCodeError as error:
        near = ", ".join(error.nearest) or "-"
        raise typer.BadParameter(
            tr("no finding has the code '{code}'; nearest: {near}", code=error.word, near=near)
        ) from error
    books, day = _books(rulebook or BOOKS), _day(on)
    opened, found = _opened(study)
    unsolved: list[EngineError] = []
    found_by = {
        book.id: chosen((*found, *(_findings(opened, book, day, unsolved) if opened else ())), wanted, unwanted)
        for book in books
    }
    merged = tables.merged(found_by)
    if json_output:
        terminal.write_json([{**finding.as_dict(), "rulebooks": ids} for finding, ids in merged])
    elif not merged:
        typer.echo(tr("no findings"))
    else:
        terminal.console().print(tables.findings(merged, show_notes=notes, limit=sys.maxsize))
    if unsolved:
        raise unsolved[0]
    if opened is None:
        return UNREADABLE
    return FINDINGS if has_errors(finding for finding, _ in merged) else FINE


@app.command(cls=Command, help=tr("calculate the footprint under one or several rulebooks"))
def calc(
    study: StudyArgument,
    rulebook: BookOption = None,
    on: OnOption = "",
    json_output: JsonOption = False,
    out: OutOption = None,
    check_engines: Annotated[bool, typer.Option("--check", help=tr("re-perform with the plain second engine"))] = False,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help=tr("number of hotspots"))] = 10,
    notes: NotesOption = False,
) -> int:
    """Calculate and print; errors in the study stop the calculation."""
    footprints = _footprints(study, rulebook or BOOKS, on)
    if isinstance(footprints, int):
        return footprints
    if out is not None:
        terminal.write_footprints(out, footprints)
    if json_output:
        terminal.write_bytes(b"[" + b",".join(f.json for f in footprints) + b"]")
    else:
        from zuji.cli import tables

        tables.print_calculation(terminal.console(), footprints, top=top, notes=notes)
    if check_engines:
        _print_agreement(footprints, to_stderr=json_output)
    if out is not None and not json_output:
        typer.echo(tr("wrote {count} files into {folder}", count=len(footprints), folder=out))
    return FINE


@app.command(
    cls=Command, help=tr("show where a number comes from, down to datum, dataset, parameter, clause and evidence")
)
def explain(
    study: StudyArgument,
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help=tr("for example total, stage/use, line/…, finding/ZJ426"))
    ] = "total",
    rulebook: BookOption = None,
    on: OnOption = "",
    json_output: JsonOption = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help=tr("a nested list in Markdown"))] = False,
    depth: Annotated[
        int | None, typer.Option("--depth", metavar="N", min=0, help=tr("levels below the number (default: all)"))
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help=tr("list every address"))] = False,
) -> int:
    """Print the tree behind one number or finding."""
    if rulebook and len(rulebook) > 1:
        raise typer.BadParameter(tr("one rulebook at a time"), param_hint="--rulebook")
    if json_output and as_markdown:
        raise typer.BadParameter(tr("either --json or --markdown"), param_hint="--markdown")
    footprints = _footprints(study, rulebook or BOOKS[:1], on)
    if isinstance(footprints, int):
        return footprints
    from zuji.footprint import explain as explaining

    if list_all:
        known = explaining.addresses(footprints[0])
        if json_output:
            terminal.write_json(known)
        else:
            typer.echo("\n".join(known))
        return FINE
    node = explaining.explain(footprints[0], address)
    if depth is not None:
        node = explaining.cut(node, depth)
    if json_output:
        terminal.write_json(explaining.as_dict(node))
        return FINE
    from zuji.cli import trees

    system = footprints[0].system
    if as_markdown:
        typer.echo(f"## {system.study.id} · {system.book.id} {system.version.id} · {address}\n")
        typer.echo(trees.markdown(node), nl=False)
        return FINE
    console = terminal.console()
    console.print(system.book.id, style="dim")
    console.print(trees.tree(node))
    return FINE


@app.command(cls=Command, help=tr("list the rulebooks with version, status and coverage"))
def rulebooks(
    name: Annotated[str, typer.Argument(metavar="ID", help=tr("show the coverage of this one"))] = "",
    on: OnOption = "",
) -> int:
    """List the twelve profiles, or the coverage of one."""
    from zuji.cli import books

    day = _day(on)
    terminal.console().print(books.coverage(_book(name)) if name else books.overview(day))
    return FINE


@app.command(
    cls=Command, help=tr("calculate the worked example under three rulebooks and show what the green certificates do")
)
def demo(out: OutOption = None) -> int:
    """Run the main job on published data."""
    from zuji.cli.demo import run_demo

    return run_demo(terminal.console(), out)


@data_app.command("search", cls=Command, help=tr("find datasets by Chinese or English words"))
def data_search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help=tr("all of them must occur"), show_default=False)],
    category: Annotated[
        str, typer.Option("--category", metavar="NAME", help=tr("electricity, material, transport, …"))
    ] = "",
    geography: Annotated[
        str, typer.Option("--geography", "-g", metavar="CODE", help=tr("country or region, for example CN"))
    ] = "",
    scope: Annotated[str, typer.Option("--scope", metavar="NAME", help=tr("lifecycle or direct"))] = "",
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT", help=tr("unit of the reference flow"))] = "",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help=tr("number of results"))] = 20,
    study: Annotated[
        str, typer.Option("--study", metavar="STUDY", help=tr("search the datasets of this study as well"))
    ] = "",
    background: Annotated[
        str, typer.Option("--background", "-b", metavar="NAME", help=tr("search this stored background only"))
    ] = "",
    json_output: JsonOption = False,
) -> int:
    """Print the datasets found, best first."""
    from zuji.background.model import Category
    from zuji.background.search import search
    from zuji.cli import datasets

    known = [c.value for c in Category]
    if category and category not in known:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(known)), param_hint="--category")
    if scope not in ("", *SCOPES):
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(SCOPES)), param_hint="--scope")
    hits = search(
        _background(study),
        " ".join(words),
        category=Category(category) if category else None,
        geography=geography or None,
        scope=scope or None,
        unit=unit or None,
        limit=limit,
    )
    hits = () if background else hits
    filters = {"geography": geography, "unit": unit, "category": category}
    found = [] if scope == "direct" else stored.search(" ".join(words), limit=limit, background=background, **filters)
    if json_output:
        terminal.write_json([*(hit.dataset.as_dict() for hit in hits), *stored.search_documents(found)])
    elif not hits and not found:
        typer.echo(tr("nothing found"))
    elif hits:
        terminal.console().print(datasets.hits(hits))
    if found and not json_output:
        stored.print_search(found)
    return FINE if hits or found else FINDINGS


@data_app.command(
    "show",
    cls=Command,
    help=tr("show one dataset: value by gas or CO2e, set, geography, year, boundary, source, licence"),
)
def data_show(
    dataset: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    study: Annotated[
        str, typer.Option("--study", metavar="STUDY", help=tr("search the datasets of this study as well"))
    ] = "",
    json_output: JsonOption = False,
) -> int:
    """Print one dataset with its origin and doubts."""
    import difflib

    from zuji.cli import datasets

    background = _background(study)
    if dataset not in background:
        shown = stored.show(dataset, json_output)
        if shown is not None:
            return shown
        near = difflib.get_close_matches(dataset, list(background.datasets), n=5, cutoff=0.4)
        return _fail(tr("no dataset '{id}'; nearest: {near}", id=dataset, near=", ".join(near) or "-"), USAGE)
    if json_output:
        terminal.write_json(background[dataset].as_dict())
    else:
        terminal.console().print(datasets.one(background, background[dataset]))
    return FINE


compare.register(app)
contributions.register(app)
imports.register(data_app)
scenario.register(app)
uncertainty.register(app)
portfolio.register(app)
grid.register(app)
report.register(app)
view.register(app)
dossier.register(app)
review.register(app)
power.register(app)
storage.register(app)
workbook.register(app)
supplier.register(app)
match.register(app)


def _day(text: str) -> date:
    if not text:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(tr("write the day as YYYY-MM-DD"), param_hint="--on") from error


def _book(name: str) -> Book:
    from zuji.rulebooks.book import open_book

    return open_book(name)


def _books(names: Sequence[str]) -> list[Book]:
    books: dict[str, Book] = {}
    if "all" in names:
        from zuji.rulebooks.book import registry

        names = [*(id for id, entry in registry().items() if entry["available"]), *(n for n in names if n != "all")]
    for name in names:
        book = _book(name)
        if books.setdefault(book.id, book).digest != book.digest:
            # Results and files are told apart by the id.
            raise typer.BadParameter(
                tr("two different rulebooks have the id {id}", id=book.id), param_hint="--rulebook"
            )
    return list(books.values())


def _folder(study: str) -> Path:
    from zuji import examples

    path = Path(study)
    if path.is_dir():
        return path
    if path.exists() and path.suffix.lower() not in (".xlsx", ".xlsm"):
        raise UnreadableError(tr("{path} is a file; name the folder of a study", path=path))
    if path.exists():
        return path
    if study in examples.names():
        return examples.folder(study)
    known = ", ".join(examples.names())
    raise UnreadableError(tr("there is no folder {path}; the examples are: {known}", path=path, known=known))


def _opened(study: str) -> tuple[Study | None, tuple[Finding, ...]]:
    from zuji.study.open import open_study

    opened = open_study(_folder(study))
    return opened.study, opened.findings


def _findings(study: Study, book: Book, day: date, unsolved: list[EngineError]) -> tuple[Finding, ...]:
    from zuji.background.gwp import gwp_table
    from zuji.finding import has_errors
    from zuji.footprint.backgrounds import background_of
    from zuji.footprint.calculate import calculate
    from zuji.footprint.lint import lint
    from zuji.rulebooks.apply import apply

    background, own = background_of(study)
    system = apply(study, background, gwp_table(), book, day)
    found = (*own, *system.findings)
    if has_errors((*study.findings, *found)):
        return found
    try:
        footprint = calculate(study, book, on=day, background=background)
        return (*own, *footprint.findings, *lint(footprint))
    except EngineError as error:
        unsolved.append(error)
        return found


def _background(study: str) -> Background:
    from zuji.background.starter import starter
    from zuji.footprint.backgrounds import background_of

    if not study:
        return starter()
    opened, _ = _opened(study)
    if opened is None:
        raise UnreadableError(tr("{study} cannot be read; zuji check says why", study=study))
    return background_of(opened)[0]


def _footprints(study: str, names: Sequence[str], on: str) -> list[Footprint] | int:
    from zuji.cli import tables
    from zuji.finding import has_errors
    from zuji.footprint.backgrounds import background_of
    from zuji.footprint.calculate import calculate
    from zuji.footprint.lint import linted

    books, day = _books(names), _day(on)
    opened, found = _opened(study)
    if opened is None or has_errors(found):
        _stop(found)
        return UNREADABLE if opened is None else FINDINGS
    background, own = background_of(opened)
    if has_errors(own):
        _stop(own)
        return FINDINGS
    footprints = [linted(calculate(opened, book, on=day, background=background), own) for book in books]
    errors = tuple(finding for finding, _ in tables.merged_of(footprints) if has_errors([finding]))
    if errors:
        _stop(errors)
        return FINDINGS
    return footprints


def _stop(found: tuple[Finding, ...]) -> None:
    from zuji.cli import tables

    console = terminal.console(stderr=True)
    console.print(tables.findings([(f, []) for f in found], show_notes=False))
    console.print(tr("nothing was calculated: mend the errors first"))


def _print_agreement(footprints: list[Footprint], *, to_stderr: bool) -> None:
    from zuji.footprint.calculate import check_with_plain_engine

    for footprint in footprints:
        worst = check_with_plain_engine(footprint)
        typer.echo(
            tr(
                "{book}: both engines agree, largest relative difference {worst}",
                book=footprint.system.book.id,
                worst=f"{worst:.1e}",
            ),
            err=to_stderr,
        )
