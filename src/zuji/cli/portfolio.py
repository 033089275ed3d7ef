"""`zuji portfolio`: many studies, or a table of variants, under several rulebooks; and what a change would do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.cli.uncertainty import bar
from zuji.i18n import tr

if TYPE_CHECKING:
    from datetime import date

    from zuji.footprint.portfolio.change import Change, Proposal
    from zuji.footprint.portfolio.family import Family
    from zuji.footprint.portfolio.runner import Runner
    from zuji.footprint.portfolio.studies import Portfolio
    from zuji.rulebooks.book import Book

FINE, FINDINGS = 0, 1
BOOKS = ("iso-14067",)

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DIR|TABLE",
        help=tr("folder of studies, or table of variants (.csv, .parquet, .arrow: variant, line, amount)"),
        show_default=False,
    ),
]
BookOption = Annotated[
    list[str] | None,
    typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder, or all; repeat for several")),
]
ItemsOption = Annotated[
    Path | None,
    typer.Option("--items", metavar="TABLE", help=tr("what each item (cell, module) takes: item, line, amount")),
]
StudyOption = Annotated[
    str, typer.Option("--study", metavar="STUDY", help=tr("lines may name processes and datasets of this study"))
]
StoredOption = Annotated[
    list[str] | None,
    typer.Option("--background", "-b", metavar="NAME", help=tr("lines may name datasets of this stored background")),
]
ImpactsOption = Annotated[
    bool, typer.Option("--impacts", help=tr("every impact category of the stored backgrounds as well"))
]
NumberOption = Annotated[
    int, typer.Option("-n", "--samples", metavar="N", min=0, help=tr("samples of the background (0: none)"))
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", min=0, help=tr("same seed, same samples"))]
ThanOption = Annotated[
    str,
    typer.Option("--than", metavar="VARIANT", help=tr("probability that each variant is below this one")),
]
WhatBackground = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if-background", metavar="FILE", help=tr("what would change with these datasets (.csv, .yaml)")
    ),
]
WhatGwp = Annotated[
    str, typer.Option("--what-if-gwp", metavar="SET", help=tr("what would change with these warming potentials"))
]
WhatDay = Annotated[
    str, typer.Option("--what-if-on", metavar="DAY", help=tr("what would change under the rules of this day"))
]
WhatDataset = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if-dataset",
        metavar="ID=VALUE",
        help=tr("what would change with another factor: a number [kg CO2e], -10% or @ID of another dataset"),
    ),
]
ThresholdOption = Annotated[
    float, typer.Option("--threshold", metavar="PERCENT", min=0, help=tr("a product moves when it changes by more"))
]
ClusterOption = Annotated[
    str, typer.Option("--cluster", metavar="ADDRESS", help=tr("run on the Dask cluster of this scheduler"))
]
ThreadsOption = Annotated[int, typer.Option("--threads", metavar="N", min=1, help=tr("threads"))]
OnOption = Annotated[
    str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help=tr("write the results to this file (.json, .csv or .parquet)")),
]


def register(app: typer.Typer) -> None:
    """Add `zuji portfolio`."""
    app.command("portfolio", cls=Command, help=tr("calculate many products at once, and what a change would do"))(
        portfolio
    )


def portfolio(
    source: SourceArgument,
    rulebook: BookOption = None,
    items: ItemsOption = None,
    study: StudyOption = "",
    background: StoredOption = None,
    impacts: ImpactsOption = False,
    n: NumberOption = 0,
    seed: SeedOption = 0,
    than: ThanOption = "",
    what_if_background: WhatBackground = None,
    what_if_gwp: WhatGwp = "",
    what_if_on: WhatDay = "",
    what_if_dataset: WhatDataset = None,
    threshold: ThresholdOption = 1.0,
    cluster: ClusterOption = "",
    threads: ThreadsOption = 1,
    on: OnOption = "",
    json_output: JsonOption = False,
    out: OutOption = None,
) -> int:
    """Calculate a folder of studies or a table of variants and print one row for each."""
    from zuji.cli import app as main
    from zuji.cli import portfolio_tables as tables
    from zuji.footprint.portfolio import writing

    if out is not None and out.suffix.lower() not in writing.SUFFIXES:
        choices = ", ".join(writing.SUFFIXES)
        raise typer.BadParameter(tr("the name of the file ends with {choices}", choices=choices), param_hint="--out")
    books, day = main._books(rulebook or BOOKS), main._day(on)
    asked = _proposals(what_if_background or [], what_if_gwp, what_if_on, what_if_dataset or [])
    found: Portfolio | Family | Change
    with _runner(cluster) as run:
        if source.is_dir():
            if items or study or background or impacts or n or than:
                raise typer.BadParameter(
                    tr("these options are for a table of variants, {source} is a folder", source=source),
                    param_hint="--items, --study, --background, --impacts, -n, --than",
                )
            found = _studies(source, books, rulebook or BOOKS, day, asked, threshold / 100, run)
        else:
            if asked:
                raise typer.BadParameter(
                    tr("what would change is asked of a folder of studies, {source} is a table", source=source),
                    param_hint="--what-if-…",
                )
            table = _table(study, books, day, background or [], impacts)
            if isinstance(table, int):
                return table
            found = _family(source, table, items, n, seed, than, threads, run)
    if out is not None:
        writing.write(found, out)
        typer.echo(tr("wrote {file}", file=out), err=json_output)
    if json_output:
        terminal.write_json(writing.document(found))
    else:
        terminal.console().print(tables.page(found))
    return FINDINGS if any(finding.severity.value == "error" for finding in found.findings) else FINE


def _proposals(backgrounds: list[str], gwp: str, day: str, datasets: list[str]) -> list[Proposal]:
    from zuji.errors import UnreadableError, ZujiError
    from zuji.footprint.portfolio import change

    texts = [(change.BACKGROUND, text) for text in backgrounds]
    texts += [(change.GWP, gwp)] if gwp else []
    texts += [(change.DAY, day)] if day else []
    texts += [(change.DATASET, text) for text in datasets]
    try:
        return [change.proposal(kind, text) for kind, text in texts]
    except UnreadableError:
        raise
    except ZujiError as error:
        raise typer.BadParameter(str(error), param_hint="--what-if-…") from error


@contextlib.contextmanager
def _runner(address: str) -> Iterator[Runner]:
    from zuji.footprint.portfolio import runner

    if not address:
        yield runner.here
        return
    with runner.cluster(address) as run:
        yield run


def _studies(
    source: Path, books: list[Book], names: Any, day: date, asked: list[Proposal], threshold: float, run: Runner
) -> Portfolio | Change:
    from zuji.footprint.portfolio.change import what_would_change
    from zuji.footprint.portfolio.studies import portfolio as calculated

    # Nodes open the rulebooks themselves: by id, or by the folder of one that is not in the registry.
    given = [book.id if book.id in names or "all" in names else str(book.folder) for book in books]
    with bar(tr("studies"), 1) as report:
        if asked:
            return what_would_change(source, given, day, asked, threshold=threshold, run=run, progress=report)
        return calculated(source, given, day, run=run, progress=report)


def _table(study: str, books: list[Book], day: date, stored: list[str], impacts: bool) -> Any:
    from zuji.background.starter import starter
    from zuji.background.store.library import Library
    from zuji.cli import app as main
    from zuji.footprint.portfolio.scores import table_of

    library = Library()
    opened = [library.open(name) for name in stored]
    if impacts and not stored:
        raise typer.BadParameter(tr("impact categories come from a stored background: name one with -b"),
                                 param_hint="--impacts")  # fmt: skip
    if not study:
        return table_of(starter(), books, day, stored=opened, impacts=impacts)
    footprints = main._footprints(study, [str(book.folder) for book in books], day.isoformat())
    if isinstance(footprints, int):
        return footprints
    joined = footprints[0].system.background
    return table_of(joined, books, day, footprints=footprints, stored=opened, impacts=impacts)


def _family(
    source: Path, table: Any, items: Path | None, n: int, seed: int, than: str, threads: int, run: Runner
) -> Family:
    from zuji.background.store.library import Library
    from zuji.footprint.portfolio.family import family
    from zuji.footprint.portfolio.samples import samples_of

    if n == 1:
        raise typer.BadParameter(tr("at least {least} is needed", least=2), param_hint="-n")
    if than and not n:
        raise typer.BadParameter(tr("a probability needs samples: give -n"), param_hint="--than")
    samples = samples_of(table, n, seed=seed, cache=Library().cache, threads=threads) if n else ()
    with bar(tr("variants"), 1) as report:
        return family(
            source, table, items=items, samples=samples, seed=seed, than=than, threads=threads, run=run,
            progress=lambda done: report(done, done),
        )  # fmt: skip
