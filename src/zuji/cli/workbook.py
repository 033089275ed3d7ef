"""`zuji workbook` and `zuji import`: a study as an Excel workbook, out and back, and foreign bills of materials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.errors import UnreadableError
from zuji.i18n import language, tr

if TYPE_CHECKING:
    from zuji.finding import Finding
    from zuji.study.model import Study
    from zuji.study.workbook.write import Listed

FINE, FINDINGS, UNREADABLE = 0, 1, 3
MARKED = "-checked"
"""Added to the name of a workbook that comes back marked."""


def register(app: typer.Typer) -> None:
    """Add `zuji workbook` and `zuji import`."""
    app.command("workbook", cls=Command, help=tr("write a study, or an empty template, as an Excel workbook"))(workbook)
    app.command(
        "import", cls=Command, help=tr("read a workbook into a study folder, or map a foreign bill of materials")
    )(import_)


def workbook(
    study: Annotated[
        str, typer.Argument(metavar="[STUDY]", help=tr("study folder, or the name of an example"), show_default=False)
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.xlsx", help=tr("workbook to write"), show_default=False)
    ] = None,
    template: Annotated[
        str, typer.Option("--template", metavar="CHEMISTRY", help=tr("an empty template: lfp, nmc or sodium-ion"))
    ] = "",
    force: Annotated[bool, typer.Option("--force", help=tr("replace the file if it is there"))] = False,
) -> int:
    """Write the workbook; a study is read back from it and compared before it is kept."""
    from zuji.study.workbook.template import CHEMISTRIES, template_of

    if bool(study) == bool(template):
        raise typer.BadParameter(tr("name either a study or --template"))
    if template and template.lower() not in CHEMISTRIES:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(CHEMISTRIES)), param_hint="--template")
    if template:
        raw, target = template_of(template.lower(), _starter()), out or Path(f"{template.lower()}.xlsx")
    else:
        from zuji.finding import has_errors

        opened, findings, attachments = _opened(study)
        if opened is None or has_errors(findings):
            _show(findings)
            typer.echo(tr("nothing was written: mend the errors first"), err=True)
            return UNREADABLE if opened is None else FINDINGS
        target = out or Path(f"{opened.id}.xlsx")
        raw = _compared(opened, attachments, target.name)
    if target.exists() and not force:
        raise typer.BadParameter(tr("{file} is there already; --force replaces it", file=target), param_hint="--out")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(raw)
    typer.echo(tr("wrote {file} ({size} kB)", file=target, size=max(1, len(raw) // 1000)))
    if study and opened is not None:
        typer.echo(tr("read back and compared: the study is the same, {digest}", digest=opened.digest[:19] + "…"))
    return FINE


def _compared(study: Study, attachments: dict[str, bytes], name: str) -> bytes:
    from zuji.study.workbook.read import imported
    from zuji.study.workbook.write import workbook_of

    raw = workbook_of(study, attachments, _listed(study))
    again = imported(raw, name).opened.study
    if again is None or again.digest != study.digest:
        raise UnreadableError(tr("the workbook does not read back as the same study; nothing was written"))
    return raw


def _opened(name: str) -> tuple[Study | None, tuple[Finding, ...], dict[str, bytes]]:
    from zuji.cli import app as main
    from zuji.study.open import open_study
    from zuji.study.workbook.attached import attachments_in
    from zuji.study.workbook.read import is_workbook, read_workbook

    path = main._folder(name)
    if is_workbook(path):
        found = read_workbook(path)
        return found.opened.study, found.opened.findings, dict(found.attachments)
    opened = open_study(path)
    attachments, left = attachments_in(path)
    for file in left:
        typer.echo(tr("{file} stays outside the workbook: it is too large", file=file), err=True)
    return opened.study, opened.findings, attachments


def _starter() -> list[Listed]:
    from zuji.background.starter import starter
    from zuji.study.workbook.write import Listed

    return [Listed(one.id, one.name, one.unit, one.geography) for one in starter().datasets.values()]


def _listed(study: Study) -> list[Listed]:
    from zuji.footprint.backgrounds import background_of
    from zuji.study.workbook.write import Listed

    found = background_of(study)[0].datasets.values()
    return [Listed(one.id, one.name, one.unit, one.geography) for one in found if one.id not in study.suppliers]


def _show(findings: tuple[Finding, ...], *, notes: bool = False) -> None:
    from zuji.cli import tables

    if findings:
        console = terminal.console(stderr=True)
        console.print(tables.findings([(one, []) for one in findings], show_notes=notes))


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help=tr("workbook to read"), show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help=tr("new folder for the study")),
    ] = None,
    marked: Annotated[
        Path | None,
        typer.Option("--marked", metavar="FILE.xlsx", help=tr("where the marked workbook goes")),
    ] = None,
    map_columns: Annotated[
        bool,
        typer.Option("--map", help=tr("a foreign bill of materials: map its columns")),
    ] = False,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE.yaml", help=tr("mapping file (default: beside the workbook)")),
    ] = None,
    product: Annotated[
        str, typer.Option("--product", metavar="ID", help=tr("with --map: id of the product at the top"))
    ] = "",
    rulebook: Annotated[
        list[str] | None,
        typer.Option(
            "--rulebook", "-r", metavar="BOOK", help=tr("mark what 'zuji check' finds under this rulebook too")
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))] = False,
    notes: Annotated[bool, typer.Option("--notes", help=tr("show notes as well"))] = False,
) -> int:
    """Read the workbook; with errors nothing is written but a marked copy of it."""
    if map_columns:
        from zuji.cli.mapping import map_bom

        return map_bom(file, out, mapping, product, json_output=json_output, notes=notes)
    from zuji.finding import Severity, has_errors
    from zuji.study.workbook.mark import cell_of
    from zuji.study.workbook.mark import marked as mark
    from zuji.study.workbook.read import read_workbook
    from zuji.study.write import study_files, write_study

    if out is None:
        raise typer.BadParameter(tr("name the folder to write: -o DIR"), param_hint="--out")
    found = read_workbook(file)
    findings = found.opened.findings
    if rulebook and found.opened.study is not None and not has_errors(findings):
        findings = _checked(file, rulebook, findings)
    if json_output:
        terminal.write_json([one.as_dict() for one in findings])
    else:
        _show(findings, notes=notes)
    loud = [one for one in findings if one.severity is not Severity.NOTE]
    if marked is not None or (loud and any(cell_of(one) for one in findings)):
        target = marked or file.with_name(f"{file.stem.removesuffix(MARKED)}{MARKED}{file.suffix}")
        target.write_bytes(mark(file.read_bytes(), findings, language()))
        typer.echo(tr("the findings stand in their cells in {file}", file=target), err=True)
    study = found.opened.study
    if study is None or has_errors(findings):
        typer.echo(tr("nothing was written: mend the errors first"), err=True)
        return UNREADABLE if study is None else FINDINGS
    written = write_study(out, study_files(study, found.attachments))
    if not json_output:
        typer.echo(tr("wrote {count} files into {folder}", count=len(written), folder=out))
        _say_same(study, out)
    return FINE


def _checked(file: Path, rulebook: list[str], findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings with those of linking, applying the rulebooks and calculating."""
    from zuji.cli import app as main
    from zuji.errors import EngineError
    from zuji.finding import in_order
    from zuji.study.open import open_study

    study = open_study(file).study
    unsolved: list[EngineError] = []
    if study is None:
        return findings
    for book in main._books(rulebook):
        findings = in_order((*findings, *main._findings(study, book, main._day(""), unsolved)))
    if unsolved:
        raise unsolved[0]
    return findings


def _say_same(study: Study, out: Path) -> None:
    from zuji.study.open import open_study

    again = open_study(out).study
    if again is None or again.digest != study.digest:
        raise UnreadableError(tr("the folder does not read back as the study of the workbook; please report this"))
    typer.echo(tr("read back and compared: the study is the same, {digest}", digest=study.digest[:19] + "…"))
