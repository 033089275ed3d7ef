"""`zuji uncertainty`: how far a footprint may be off, which inputs make it so, and what the figures rest on."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from datetime import date

    from zuji.background.model import Background
    from zuji.footprint.model import Footprint
    from zuji.footprint.uncertainty import UncertaintyResult
    from zuji.rulebooks.book import Book
    from zuji.study.model import Study

FINE, USAGE = 0, 2
SCREENED, FIRST_ORDER, FULL = "screened", "first-order", "full"
RUNGS = (FIRST_ORDER, SCREENED, FULL)
SAMPLES = (".csv", ".parquet", ".npy")

SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="STUDY|BACKGROUND",
        help=tr("study folder, name of an example, or name of a stored background"),
        show_default=False,
    ),
]
DatasetArgument = Annotated[
    str, typer.Argument(metavar="DATASET", help=tr("dataset of the stored background: its id, or a word of its name"))
]
BookOption = Annotated[str, typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder"))]
NumberOption = Annotated[int, typer.Option("-n", "--samples", metavar="N", min=2, help=tr("samples at the most"))]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", min=0, help=tr("same seed, same samples"))]
PrecisionOption = Annotated[
    float | None,
    typer.Option("--until-precision", metavar="SHARE", help=tr("stop when the mean is known so well, such as 0.005")),
]
RungOption = Annotated[
    str, typer.Option("--rung", metavar="RUNG", help=tr("first-order (instant), screened or full Monte Carlo"))
]
AgainstOption = Annotated[
    str,
    typer.Option(
        "--against",
        metavar="OTHER",
        help=tr("compare on the same draws: a rulebook, another study, or a change such as bom.graphite.amount=-10%"),
    ),
]
AssumeOption = Annotated[
    bool, typer.Option("--no-assume", help=tr("nothing varies whose spread nobody stated or rated"))
]
TopOption = Annotated[int, typer.Option("--top", metavar="N", min=1, help=tr("number of drivers"))]
ThreadsOption = Annotated[int, typer.Option("--threads", metavar="N", min=1, help=tr("threads"))]
OnOption = Annotated[
    str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help=tr("write every sample to this file (.csv, .parquet or .npy)")),
]

ONLY_STORED = N_(
    "the screened rung is for stored backgrounds with many thousand uncertain exchanges; this study takes from none, "
    "and with so few inputs the full Monte Carlo takes seconds: use --rung full"
)


def register(app: typer.Typer) -> None:
    """Add `zuji uncertainty`."""
    app.command("uncertainty", cls=Command, help=tr("show how far a footprint may be off, and what to measure better"))(
        uncertainty
    )


def uncertainty(
    subject: SubjectArgument,
    dataset: DatasetArgument = "",
    rulebook: BookOption = "iso-14067",
    n: NumberOption = 10_000,
    seed: SeedOption = 0,
    until_precision: PrecisionOption = None,
    rung: RungOption = FULL,
    against: AgainstOption = "",
    no_assume: AssumeOption = False,
    top: TopOption = 8,
    threads: ThreadsOption = 1,
    on: OnOption = "",
    json_output: JsonOption = False,
    out: OutOption = None,
) -> int:
    """Sample a footprint, or the score of a stored dataset, and print interval, stages, drivers and convergence."""
    _check(rung, until_precision, out, against)
    stored = _stored(subject, dataset)
    if stored is not None:
        from zuji.cli import uncertainty_stored

        if against or until_precision is not None:
            raise typer.BadParameter(tr("this option is for studies"), param_hint="--against, --until-precision")
        return uncertainty_stored.run(
            stored, dataset, rulebook, n, seed, rung, top, threads, on, json_output=json_output, out=out
        )
    from zuji.cli import app as main

    footprints = main._footprints(subject, [rulebook], on)
    if isinstance(footprints, int):
        return footprints
    footprint = footprints[0]
    if rung == SCREENED and not footprint.system.study.backgrounds:
        raise typer.BadParameter(tr(ONLY_STORED), param_hint="--rung")
    other = _other(footprint, against, on) if against else None
    if isinstance(other, int):
        return other
    number = 2 if rung == FIRST_ORDER else n
    results: list[UncertaintyResult] = []
    with stopping() as stopped, bar(tr("samples"), number) as report:
        for one in (footprint, other) if other is not None else (footprint,):
            # A run that was stopped sets the number of samples of the other one, so that all of them are pairs.
            asked = len(results[0].samples) if results and results[0].partial else number
            results.append(_sampled(one, asked, seed, until_precision, no_assume, rung, report, stopped))
    if other is not None and len(results[1].samples) != len(results[0].samples):
        results = _cut(results)
    return _show(results, rung, against, top, json_output, out, until_precision)


def _check(rung: str, precision: float | None, out: Path | None, against: str) -> None:
    if rung not in RUNGS:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(RUNGS)), param_hint="--rung")
    if precision is not None and not 0 < precision < 1:
        raise typer.BadParameter(tr("a share between 0 and 1, such as 0.005"), param_hint="--until-precision")
    if out is not None and out.suffix.lower() not in SAMPLES:
        raise typer.BadParameter(
            tr("the name of the file ends with {choices}", choices=", ".join(SAMPLES)), param_hint="--out"
        )
    if rung == FIRST_ORDER and (out is not None or against or precision is not None):
        raise typer.BadParameter(tr("the first-order rung draws no samples"), param_hint="--rung")


def _stored(subject: str, dataset: str) -> Any:
    """The stored background of that name, when a dataset of it is asked for."""
    from zuji.background.store.library import Library

    library = Library()
    if dataset and not Path(subject).is_dir() and subject in {named.name for named in library.names()}:
        return library.open(subject)
    if dataset:
        raise typer.BadParameter(tr("no stored background is called {name}", name=subject), param_hint="DATASET")
    return None


def _sampled(
    footprint: Footprint, n: int, seed: int, precision: float | None, no_assume: bool, rung: str,
    report: Callable[[int, int], None], stopped: Callable[[], bool],
) -> UncertaintyResult:  # fmt: skip
    from zuji.footprint.uncertainty import uncertainty as calculated

    background = SCREENED if rung == SCREENED else FULL
    return calculated(
        footprint, n, seed=seed, precision=precision, assume=not no_assume, background=background, progress=report,
        cancelled=stopped,
    )  # fmt: skip


def _cut(results: list[UncertaintyResult]) -> list[UncertaintyResult]:
    """Two results with as many samples as the shorter one has: the first ones, which are pairs."""
    from dataclasses import replace

    least = min(len(result.samples) for result in results)
    return [
        replace(r, samples=r.samples[:least], stages={stage: values[:least] for stage, values in r.stages.items()})
        for r in results
    ]


def _other(footprint: Footprint, against: str, on: str) -> Footprint | int:
    """What `--against` names, calculated: another rulebook, a change of this study, or another study."""
    from zuji.cli import app as main
    from zuji.footprint.calculate import calculate
    from zuji.footprint.scenario_patch import ScenarioError, all_patched, patch_of
    from zuji.rulebooks.book import registry

    system = footprint.system
    if "=" in against:
        try:
            study = all_patched(system.study, system.background, [patch_of(against)])
        except ScenarioError as error:
            raise typer.BadParameter(str(error), param_hint="--against") from error
        return _usable(study, system.book, system.day, system.background)
    if against in registry() or (Path(against) / "book.yaml").is_file():
        return _usable(system.study, main._book(against), system.day, system.background)
    footprints = main._footprints(against, [system.book.id], on)
    if isinstance(footprints, int):
        return footprints
    units = [one.system.functional_unit.unit for one in (footprint, footprints[0])]
    if units[0] != units[1] or any(one.per_functional_unit is None for one in (footprint, footprints[0])):
        raise typer.BadParameter(
            tr("two products are compared per functional unit, and theirs differ: {a}, {b}", a=units[0], b=units[1]),
            param_hint="--against",
        )
    return calculate(footprints[0].system.study, system.book, on=system.day, background=footprints[0].system.background)


def _usable(study: Study, book: Book, day: date, background: Background) -> Footprint | int:
    from zuji.cli import app as main
    from zuji.finding import has_errors
    from zuji.footprint.calculate import calculate

    found = calculate(study, book, on=day, background=background)
    if not found.usable:
        main._stop(tuple(finding for finding in found.findings if has_errors([finding])))
        return main.FINDINGS
    return found


def _show(
    results: list[UncertaintyResult], rung: str, against: str, top: int, json_output: bool, out: Path | None,
    precision: float | None,
) -> int:  # fmt: skip
    from zuji.cli import uncertainty_tables as tables

    compared = tables.comparison(results, against) if len(results) > 1 else None
    if out is not None:
        columns = {"total": results[0].samples, **{f"stage {k}": v for k, v in results[0].stages.items()}}
        if len(results) > 1:
            columns["against"] = results[1].samples
        write_samples(out, columns)
        typer.echo(tr("wrote {file}", file=out), err=json_output)
    if json_output:
        terminal.write_json(tables.document(results[0], rung, compared))
        return FINE
    console = terminal.console()
    console.print(tables.page(results[0], rung, top, compared, precision))
    return FINE


def write_samples(path: Path, columns: dict[str, Any]) -> None:
    """One row for each iteration; the format is that of the suffix (.npy: an array of the columns)."""
    import numpy as np

    suffix = path.suffix.lower()
    if suffix == ".npy":
        with path.open("wb") as file:
            np.save(file, np.stack(list(columns.values()), axis=1), allow_pickle=False)
    elif suffix == ".parquet":
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)
    else:
        rows = zip(*(np.asarray(values).tolist() for values in columns.values()), strict=True)
        head = ",".join(["iteration", *columns])
        body = "".join(f"{i},{','.join(map(repr, row))}\n" for i, row in enumerate(rows))
        path.write_bytes(f"{head}\n{body}".encode())


@contextlib.contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; the run then ends at its next block with what it has. Twice ends it at once."""
    pressed = threading.Event()

    def press(*_: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def bar(words: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with rate and remaining time on a terminal; silence in a pipe."""
    console = terminal.console(stderr=True)
    if not console.is_terminal:
        yield lambda done, of: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done, of: progress.update(task, completed=done, total=of)
