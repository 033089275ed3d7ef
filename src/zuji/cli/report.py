"""`zuji report`: PDF, Excel and declarations of a study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.i18n import LANGUAGES, tr

if TYPE_CHECKING:
    from zuji.dossier.read import Dossier
    from zuji.report.source import Source

StudyArgument = Annotated[
    str,
    typer.Argument(
        metavar="STUDY", help=tr("study folder, the name of an example, or a dossier (.zuji)"), show_default=False
    ),
]
BookOption = Annotated[
    list[str] | None,
    typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder, or all; repeat for several")),
]
KindOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kind", "-k", metavar="KIND",
        help=tr(
            "full, public, declaration, label, summary, excel, or statement (of a dossier); repeatable "
            "(default: full, summary, excel)"
        ),
    ),
]  # fmt: skip
LanguagesOption = Annotated[
    str, typer.Option("--languages", metavar="LANGS", help=tr("languages of the reports: zh, en, or zh,en for both"))
]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help=tr("folder for the reports"))]
OnOption = Annotated[
    str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
]
DEFAULT_KINDS = ("full", "summary", "excel")


def register(app: typer.Typer) -> None:
    """Add `zuji report`."""
    app.command("report", cls=Command, help=tr("write reports: PDF, Excel, EU declaration, label sheet"))(report)


def report(
    study: StudyArgument,
    rulebook: BookOption = None,
    kind: KindOption = None,
    languages: LanguagesOption = "zh,en",
    out: OutOption = Path("reports"),
    on: OnOption = "",
    plant: Annotated[
        list[str] | None, typer.Option("--plant", metavar="ID", help=tr("plant to declare for; repeat for several"))
    ] = None,
    trade_name: Annotated[str, typer.Option("--trade-name", help=tr("declaration: trade name"))] = "",
    address: Annotated[str, typer.Option("--address", help=tr("declaration: address of the manufacturer"))] = "",
    contact: Annotated[str, typer.Option("--contact", help=tr("declaration: contact of the manufacturer"))] = "",
    plant_address: Annotated[str, typer.Option("--plant-address", help=tr("declaration: address of the plant"))] = "",
    conformity: Annotated[
        str, typer.Option("--conformity", help=tr("declaration: number of the EU declaration of conformity"))
    ] = "",
    page: Annotated[
        str,
        typer.Option("--page", metavar="URL", help=tr("public page: link in the declaration, QR code of the label")),
    ] = "",
) -> int:
    """Calculate and write the reports of every rulebook that they suit."""
    from zuji.report.declaration import Administration
    from zuji.report.files import KINDS, SUITED, Extras, report_files, statement_files, suits

    kinds = tuple(dict.fromkeys(kind or DEFAULT_KINDS))
    unknown = [name for name in kinds if name not in KINDS]
    if unknown:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(KINDS)), param_hint="--kind")
    langs = tuple(dict.fromkeys(languages.split(",")))
    if not set(langs) <= set(LANGUAGES):
        raise typer.BadParameter(tr("zh, en, or zh,en"), param_hint="--languages")
    dossier = _dossier(study)
    if dossier is None and "statement" in kinds:
        raise typer.BadParameter(
            tr("a verification statement is part of a dossier: name a .zuji file instead of a study"),
            param_hint="--kind",
        )
    statements = statement_files(dossier, langs) if dossier is not None and "statement" in kinds else {}
    kinds = tuple(name for name in kinds if name != "statement")
    sources = _sources(study, dossier, rulebook, on) if kinds else []
    if isinstance(sources, int):
        return sources
    strange = [id for id in plant or () if sources and id not in sources[0].study["plants"]]
    if strange:
        known = ", ".join(sources[0].study["plants"])
        raise typer.BadParameter(
            tr("the study has no plant {plant}; it has: {known}", plant=strange[0], known=known), param_hint="--plant"
        )
    given = Administration(
        trade_name=trade_name, address=address, contact=contact, plant_address=plant_address,
        declaration_of_conformity=conformity, public_study=page,
    )  # fmt: skip
    extras = Extras(plants=tuple(plant or ()), administration=given, address=page)
    out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        for name in kinds:
            if not suits(name, source):
                needed = ", ".join(SUITED[name])
                message = tr("{book}: no {kind}, it needs {needed}", book=source.book["id"], kind=name, needed=needed)
                typer.echo(message, err=True)
        _write(out, report_files(source, kinds, langs, extras))
    _write(out, statements)
    return 0 if statements or any(suits(name, source) for source in sources for name in kinds) else 1


def _dossier(study: str) -> Dossier | None:
    """The dossier that is named instead of a study; None for a study."""
    from zuji.dossier.read import open_dossier

    path = Path(study)
    return open_dossier(path) if path.suffix == ".zuji" and not path.is_dir() else None


def _sources(study: str, dossier: Dossier | None, rulebook: list[str] | None, on: str) -> list[Source] | int:
    """What the reports rest on: frozen results as they are, or a study that is calculated; an exit code on findings."""
    from zuji.cli import app as main
    from zuji.report.source import source_of, source_of_result

    if dossier is None:
        footprints = main._footprints(study, rulebook or main.BOOKS, on)
        return footprints if isinstance(footprints, int) else [source_of(footprint) for footprint in footprints]
    if on:
        raise typer.BadParameter(tr("the day of a frozen result is fixed; freeze the study again"), param_hint="--on")
    known = [result.rulebook for result in dossier.results]
    asked = known if not rulebook or "all" in rulebook else list(dict.fromkeys(rulebook))
    return [source_of_result(dossier.result(id)) for id in asked]


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (out / name).write_bytes(content)
        terminal.console().print(tr("wrote {file} ({size} kB)", file=out / name, size=max(1, len(content) // 1000)))
