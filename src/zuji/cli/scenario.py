"""`zuji what-if` and `zuji tornado`: a study with other data, and which datum matters most."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.charts import SvgOption, write_svg
from zuji.cli.compare import JsonOption, LinesOption, PerOption, figure_of
from zuji.cli.localised import Command
from zuji.i18n import tr

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zuji.background.model import Background
    from zuji.footprint.scenario_tornado import Tornado
    from zuji.rulebooks.book import Book
    from zuji.study.model import Study

HALF = 18
"""Columns of a tornado's chart on either side of the result as it is."""

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help=tr("study folder, or the name of an example"), show_default=False)
]
BookOption = Annotated[str, typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder"))]
OnOption = Annotated[
    str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="ADDRESS=VALUE", help=tr("a change, for example 'bom.graphite.amount=-10%'; repeat")),
]
RangeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="ADDRESS=LOW..HIGH", help=tr("a range, for example 'service_life.cycles=3000..6000'")
    ),
]
FileOption = Annotated[
    Path | None, typer.Option("--file", "-f", metavar="FILE", help=tr("scenario file (YAML): scenarios and ranges"))
]
NameOption = Annotated[str, typer.Option("--scenario", "-s", metavar="NAME", help=tr("which scenario of the file"))]
ListOption = Annotated[bool, typer.Option("--list", help=tr("list every address that can be changed"))]


def register(app: typer.Typer) -> None:
    """Add `zuji what-if` and `zuji tornado`."""
    app.command("what-if", cls=Command, help=tr("change data of a study and show what each change does"))(what_if)
    app.command("tornado", cls=Command, help=tr("show the result at low and high values, widest first"))(tornado)


def what_if(
    study: StudyArgument,
    changes: SetOption = None,
    file: FileOption = None,
    scenario: NameOption = "",
    rulebook: BookOption = "",
    per: PerOption = "product",
    on: OnOption = "",
    json_output: JsonOption = False,
    lines: LinesOption = 4,
    list_all: ListOption = False,
    svg: SvgOption = None,
) -> int:
    """Compare the study as it is with the study as it would be."""
    from zuji.cli.compare_tables import print_comparison
    from zuji.footprint.scenario import what_if as compared
    from zuji.footprint.scenario_address import targets
    from zuji.footprint.scenario_file import read_scenarios
    from zuji.footprint.scenario_patch import ScenarioError, patch_of
    from zuji.footprint.scenario_route import route_addresses

    figure = figure_of(per)
    opened = _opened(study)
    if isinstance(opened, int):
        return opened
    if list_all:
        routes = [address for address, _ in route_addresses(*opened)]
        typer.echo("\n".join([*(address for address, _ in targets(opened[0])), *routes]))
        return 0
    try:
        patches = [patch_of(text) for text in changes or []]
        label = scenario or "what-if"
        if file is not None:
            known = read_scenarios(file)
            label = scenario or next(iter(known.scenarios), "") if len(known.scenarios) <= 1 else scenario
            patches = [*known.scenario(label).patches, *patches]
        if not patches:
            raise typer.BadParameter(tr("name a change with --set, or a scenario file"), param_hint="--set")
        book, day = _book_and_day(rulebook, on)
        comparison = compared(opened[0], patches, book, on=day, background=opened[1], label=label)
    except ScenarioError as error:
        raise typer.BadParameter(str(error)) from error
    if json_output:
        terminal.write_bytes(comparison.json)
    else:
        print_comparison(terminal.console(), comparison, figure, lines)
    if svg is not None:
        from zuji.report.charts.of_comparison import waterfall

        write_svg(waterfall(comparison), svg, quiet=json_output)
    return 0


def tornado(
    study: StudyArgument,
    ranges: RangeOption = None,
    file: FileOption = None,
    rulebook: BookOption = "",
    per: PerOption = "product",
    on: OnOption = "",
    json_output: JsonOption = False,
    svg: SvgOption = None,
) -> int:
    """Calculate both ends of every range and print the widest first."""
    from zuji.footprint.scenario_file import read_scenarios
    from zuji.footprint.scenario_patch import ScenarioError
    from zuji.footprint.scenario_tornado import range_of
    from zuji.footprint.scenario_tornado import tornado as calculated

    figure = figure_of(per)
    opened = _opened(study)
    if isinstance(opened, int):
        return opened
    try:
        asked = [range_of(text) for text in ranges or []]
        asked += read_scenarios(file).ranges if file is not None else ()
        if not asked:
            raise typer.BadParameter(tr("name a range with --set, or a scenario file with ranges"), param_hint="--set")
        book, day = _book_and_day(rulebook, on)
        found = calculated(opened[0], asked, book, on=day, background=opened[1], per=figure)
    except ScenarioError as error:
        raise typer.BadParameter(str(error)) from error
    if json_output:
        terminal.write_bytes(found.json)
    else:
        terminal.console().print(tornado_table(found))
    if svg is not None:
        from zuji.report.charts.of_tornado import tornado_chart

        write_svg(tornado_chart(found), svg, quiet=json_output)
    return 0


def _book_and_day(rulebook: str, on: str) -> tuple[Book, date]:
    from zuji.cli import app as main

    return main._book(rulebook or main.BOOKS[0]), main._day(on)


def _opened(study: str) -> tuple[Study, Background] | int:
    from zuji.cli import app as main
    from zuji.finding import has_errors
    from zuji.footprint.backgrounds import background_of

    opened, found = main._opened(study)
    if opened is None or has_errors(found):
        main._stop(found)
        return main.UNREADABLE if opened is None else main.FINDINGS
    background, own = background_of(opened)
    if has_errors(own):
        main._stop(own)
        return main.FINDINGS
    return opened, background


def tornado_table(tornado: Tornado) -> RenderableType:
    """The swings as a table with bars on both sides of the result as it is."""
    from rich.text import Text

    from zuji.cli.compare_tables import fixed
    from zuji.cli.tables import _table, say, titled
    from zuji.footprint.compare_words import shown_unit

    results = [value for s in tornado.swings for value in (s.at_low, s.at_high)]
    factor, unit = shown_unit(tornado.per, tornado.unit, max(map(abs, (tornado.base, *results))))
    scale = max(map(abs, (tornado.base, *results))) * factor
    reach = max((abs(value - tornado.base) for value in results), default=0.0)
    table = _table(tr("Address"), tr("as it is"), tr("low"), tr("result"), tr("high"), tr("result"), tr("width"), "")
    table.columns[7].justify = "left"
    for s in tornado.swings:
        figures = [fixed(value * factor, scale) for value in (s.at_low, s.at_high, s.width)]
        bars = Text(two_sided(s.at_low - tornado.base, s.at_high - tornado.base, reach), style="blue")
        table.add_row(s.address, say(s.now), s.low, figures[0], s.high, figures[1], figures[2], bars)
    system = tornado.footprint.system
    base = fixed(tornado.base * factor, scale)
    title = f"{system.study.id}, {system.book.id}: {base} {say(unit)}"
    legend = Text("  " + tr("░ low value, █ high value, │ as it is: {base}", base=base), style="dim")
    return titled(title, table, legend)


def two_sided(low: float, high: float, reach: float, half: int = HALF) -> str:
    """A bar from the result at low (light) and one at high (full) on either side of the middle."""
    cells = [" "] * (2 * half + 1)
    for value, mark in sorted(((low, "░"), (high, "█")), key=lambda pair: -abs(pair[0])):
        length = round(abs(value) / reach * half) if reach else 0
        for i in range(1, length + 1):
            cells[half + (i if value > 0 else -i)] = mark
    cells[half] = "│"
    return "".join(cells).rstrip()
