"""`zuji view`: a dossier as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.i18n import LANGUAGES, language, tr


def register(app: typer.Typer) -> None:
    """Add `zuji view`."""
    app.command("view", cls=Command, help=tr("write a dossier as one HTML page that needs no network and no script"))(
        view
    )


def view(
    dossier: Annotated[Path, typer.Argument(metavar="FILE.zuji", help=tr("frozen dossier"), show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.html", help=tr("page to write (default: beside the dossier)")),
    ] = None,
    languages: Annotated[
        str, typer.Option("--languages", metavar="LANGS", help=tr("languages of the page: zh, en, or zh,en for both"))
    ] = "zh,en",
) -> int:
    """Open the dossier, which checks its digests, and write the page."""
    from zuji.dossier.read import open_dossier
    from zuji.report.viewer.page import page

    langs = tuple(dict.fromkeys(languages.split(",")))
    if not set(langs) <= set(LANGUAGES):
        raise typer.BadParameter(tr("zh, en, or zh,en"), param_hint="--languages")
    target = out or dossier.with_suffix(".html")
    first = language() if language() in langs else langs[0]
    content = page(open_dossier(dossier), langs, first)
    target.write_bytes(content)
    terminal.console().print(tr("wrote {file} ({size} kB)", file=target, size=max(1, len(content) // 1000)))
    return 0
