"""`--svg FILE`: the chart of a command as a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.i18n import language, tr

if TYPE_CHECKING:
    from zuji.report.charts.model import Chart

SvgOption = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help=tr("write the chart as SVG as well"))]


def write_svg(chart: Chart, path: Path, *, quiet: bool = False) -> None:
    """Draw `chart` into `path` in the language of the command; `quiet` where the output is data for programs."""
    from zuji.report.charts.svg import svg

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg(chart, language()), encoding="utf-8", newline="\n")
    if not quiet:
        terminal.console().print(tr("wrote {file} ({size} kB)", file=path, size=max(1, path.stat().st_size // 1000)))
