"""`zuji compare`: two footprints cause by cause, or several rulebooks side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.charts import SvgOption, write_svg
from zuji.cli.localised import Command
from zuji.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zuji.footprint.model import Footprint

PER = {"product": "product", "functional-unit": "functional_unit"}

StudiesArgument = Annotated[
    list[str],
    typer.Argument(metavar="STUDY [STUDY_B]", help=tr("one study, or two studies of one product"), show_default=False),
]
BookOption = Annotated[
    list[str] | None,
    typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder; repeat for several")),
]
PerOption = Annotated[
    str, typer.Option("--per", metavar="product|functional-unit", help=tr("the figure that is compared"))
]
OnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today); twice for two days")
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
LinesOption = Annotated[
    int, typer.Option("--lines", metavar="N", min=0, help=tr("number of lines and parameters shown for each cause"))
]


def register(app: typer.Typer) -> None:
    """Add `zuji compare`."""
    app.command("compare", cls=Command, help=tr("show why two footprints differ, cause by cause with the clauses"))(
        compare
    )


def compare(
    studies: StudiesArgument,
    rulebook: BookOption = None,
    per: PerOption = "product",
    on: OnOption = None,
    json_output: JsonOption = False,
    lines: LinesOption = 4,
    svg: SvgOption = None,
) -> int:
    """Calculate what is compared and print the causes of the difference."""
    from zuji.cli import compare_tables as tables
    from zuji.footprint.compare import compare as comparison_of
    from zuji.footprint.compare_matrix import matrix

    figure = figure_of(per)
    footprints = _footprints(studies, rulebook or [], on or [""])
    if isinstance(footprints, int):
        return footprints
    comparisons = [comparison_of(footprints[0], other) for other in footprints[1:]]
    if svg is not None:
        from zuji.datum import LocalText
        from zuji.report.charts.of_comparison import waterfall
        from zuji.report.charts.of_footprint import stages

        names = [LocalText(name, name) for name in (f.system.book.id for f in footprints)]
        two = len(footprints) == 2
        chart = waterfall(comparisons[0]) if two else stages([f.document for f in footprints], names)
        write_svg(chart, svg, quiet=json_output)
    if len(footprints) == 2:
        if json_output:
            terminal.write_bytes(comparisons[0].json)
        else:
            tables.print_comparison(terminal.console(), comparisons[0], figure, lines)
        return 0
    side_by_side = matrix(footprints)
    if json_output:
        terminal.write_json({"matrix": side_by_side.document, "comparisons": [c.document for c in comparisons]})
        return 0
    console = terminal.console()
    for part in (
        tables.matrix_table(side_by_side),
        tables.matrix_notes(side_by_side),
        tables.differences(comparisons, figure),
    ):
        console.print(part)
        console.print()
    return 0


def figure_of(per: str) -> str:
    """The compared figure by its name on the command line; a usage error for any other."""
    if per not in PER:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(PER)), param_hint="--per")
    return PER[per]


def _footprints(studies: Sequence[str], books: Sequence[str], days: Sequence[str]) -> list[Footprint] | int:
    from zuji.cli import app as main

    sides = [len(dict.fromkeys(given)) for given in (studies, books, days)]
    if len(studies) > 2 or sides[2] > 2:
        raise typer.BadParameter(tr("two studies, or two days, at the most"))
    if sorted(sides)[1] > 1 or sides == [1, 1, 1] or not books:
        raise typer.BadParameter(
            tr("name two or more rulebooks for one study, or one rulebook with two studies or two days")
        )
    found: list[Footprint] = []
    for study in studies:
        for day in days:
            footprints = main._footprints(study, books, day)
            if isinstance(footprints, int):
                return footprints
            found += footprints
    return found
