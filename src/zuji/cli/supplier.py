"""`zuji supplier`: ask a supplier with one small workbook, and take its answer into the study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command, Group
from zuji.errors import UnreadableError
from zuji.i18n import language, tr

FINE, FINDINGS, UNREADABLE = 0, 1, 3

supplier_app = typer.Typer(
    help=tr("ask suppliers for footprints and take in their answers"), no_args_is_help=True, cls=Group
)


def register(app: typer.Typer) -> None:
    """Add `zuji supplier`."""
    app.add_typer(supplier_app, name="supplier")


@supplier_app.command("request", cls=Command, help=tr("write one small bilingual workbook for a supplier"))
def request(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help=tr("study folder, or the name of an example"), show_default=False)
    ],
    line: Annotated[
        str,
        typer.Option("--line", metavar="ID", help=tr("item, parent>item or process>exchange"), show_default=False),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.xlsx", help=tr("workbook to write"), show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=tr("replace the file if it is there"))] = False,
) -> int:
    """Write the request."""
    from zuji.cli import app as main
    from zuji.exchange.supplier_sheet.request import asked, request_of
    from zuji.study.write import file_name

    opened, _ = main._opened(study)
    if opened is None:
        raise UnreadableError(tr("{study} cannot be read; zuji check says why", study=study))
    found, near = asked(opened, line)
    if found is None:
        hint = ", ".join(near) or "-"
        raise typer.BadParameter(tr("no single line is called '{line}'; nearest: {near}", line=line, near=hint))
    target = out or Path(f"{file_name(opened.id + '-' + found.item)}-request.xlsx")
    if target.exists() and not force:
        raise typer.BadParameter(tr("{file} is there already; --force replaces it", file=target), param_hint="--out")
    raw = request_of(opened, found)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raw)
    typer.echo(tr("wrote {file} ({size} kB)", file=target, size=max(1, len(raw) // 1000)))
    typer.echo(tr("when it comes back: zuji supplier receive FILE --study {study}", study=study))
    return FINE


@supplier_app.command("receive", cls=Command, help=tr("validate an answer, keep its bytes and link it to its line"))
def receive(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help=tr("the answer as it came"), show_default=False)],
    study: Annotated[
        Path, typer.Option("--study", metavar="DIR", help=tr("study folder that asked"), show_default=False)
    ],
    json_output: Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))] = False,
    notes: Annotated[bool, typer.Option("--notes", help=tr("show notes as well"))] = False,
) -> int:
    """Read the answer; with errors nothing is kept but a marked copy of the sheet."""
    from zuji.cli import tables
    from zuji.exchange.supplier_sheet.link import files_of, write_files
    from zuji.exchange.supplier_sheet.receive import received
    from zuji.study.open import open_study
    from zuji.study.workbook.mark import cell_of, marked

    if not study.is_dir():
        raise UnreadableError(tr("there is no folder {path}", path=study))
    opened = open_study(study).study
    if opened is None:
        raise UnreadableError(tr("{study} cannot be read; zuji check says why", study=study))
    raw = file.read_bytes()
    answer = received(raw, file.name, opened)
    if json_output:
        terminal.write_json({
            "id": answer.id, "sha256": answer.sha256, "line": answer.line.id if answer.line else "",
            "linked": answer.usable and answer.footprint is not None,
            "findings": [one.as_dict() for one in answer.findings],
        })  # fmt: skip
    elif answer.findings:
        console = terminal.console(stderr=True)
        console.print(tables.findings([(one, []) for one in answer.findings], show_notes=notes))
    if any(cell_of(one) for one in answer.findings if one.severity != "note"):
        target = file.with_name(f"{file.stem}-checked{file.suffix}")
        target.write_bytes(marked(raw, answer.findings, language()))
        typer.echo(tr("the findings stand in their cells in {file}", file=target), err=True)
    if not answer.usable or answer.line is None:
        typer.echo(tr("nothing was written: mend the errors first"), err=True)
        return FINDINGS
    files = files_of(answer, raw, study, file.suffix)
    write_files(study, files)
    if not json_output:
        for name in sorted(files):
            typer.echo(tr("wrote {file}", file=study / name))
        if answer.footprint is not None:
            typer.echo(tr("the line {line} takes from {id}", line=answer.line.id, id=answer.id))
    return FINE
