"""`zuji import --map`: the columns of a foreign bill of materials, proposed, remembered and flattened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from zuji.cli import terminal
from zuji.errors import UnreadableError
from zuji.i18n import tr

if TYPE_CHECKING:
    from rich.table import Table

    from zuji.study.workbook.map import ColumnMapping, Foreign

FINE, FINDINGS = 0, 1


def map_bom(file: Path, out: Path | None, mapping: Path | None, product: str, *, json_output: bool, notes: bool) -> int:
    """Show the mapping and keep it; with `out` write the rows as bom.csv."""
    from zuji.cli import tables
    from zuji.finding import Place, has_errors, in_order
    from zuji.study.workbook import map_codes
    from zuji.study.workbook.map import NEEDED, flattened, proposed
    from zuji.study.workbook.matrix import open_book
    from zuji.study.write import NEEDED as NEEDED_COLUMNS
    from zuji.study.write import ORDERS, csv_text
    from zuji.study.yaml_text import yaml_text

    try:
        book = open_book(file.read_bytes(), file.name)
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror or error}") from error
    kept = mapping or file.with_name(f"{file.stem}.mapping.yaml")
    foreign, accepted = proposed(book), _remembered(kept)
    needed = "; ".join(" / ".join(one) for one in NEEDED)
    console = terminal.console(stderr=True)
    if foreign is None:
        finding = map_codes.NO_BOM(Place(file.name), needed=needed)
        console.print(tables.findings([(finding, [])], show_notes=True))
        return FINDINGS
    chosen = accepted or foreign.mapping
    if not json_output:
        terminal.console().print(_table(foreign, chosen, remembered=accepted is not None))
    if accepted is None:
        comment = tr(
            "Columns of {file}. Correct what is wrong; amount_is: per_parent or total; scrap_is: on_top or share.",
            file=file.name,
        )
        kept.write_text(yaml_text(chosen.as_form(), comment), encoding="utf-8", newline="\n")
        typer.echo(tr("the mapping is kept in {file}; correct it there, it is used next time", file=kept), err=True)
    lacking = [" / ".join(group) for group in NEEDED if not any(name in chosen.columns for name in group)]
    if lacking:
        typer.echo(tr("no column for: {fields}", fields=", ".join(lacking)), err=True)
        return FINDINGS
    flat = flattened(book, foreign, chosen, product)
    findings = in_order(flat.findings)
    if json_output:
        terminal.write_json(
            {"mapping": chosen.as_form(), "rows": flat.rows, "findings": [f.as_dict() for f in findings]}
        )
    elif findings:
        console.print(tables.findings([(one, []) for one in findings], show_notes=notes))
    if has_errors(findings):
        typer.echo(tr("nothing was written: mend the errors first"), err=True)
        return FINDINGS
    if out is not None:
        target = out if out.suffix.lower() == ".csv" else out / "bom.csv"
        if target.exists():
            raise typer.BadParameter(tr("{file} is there already", file=target), param_hint="--out")
        target.parent.mkdir(parents=True, exist_ok=True)
        used = {key for row in flat.rows for key, text in row.items() if text}
        columns = [key for key in ORDERS["bom.csv"] if key in used or key in NEEDED_COLUMNS["bom.csv"]]
        target.write_text(csv_text(columns, flat.rows), encoding="utf-8", newline="\n")
        typer.echo(tr("wrote {count} rows into {file}", count=len(flat.rows), file=target), err=json_output)
    elif not json_output:
        typer.echo(tr("{count} rows can be written; add -o bom.csv", count=len(flat.rows)))
    return FINE


def _remembered(path: Path) -> ColumnMapping | None:
    from zuji.reading import read_yaml
    from zuji.study.workbook.map import ColumnMapping

    if not path.is_file():
        return None
    document = read_yaml(path)
    if document.findings:
        raise UnreadableError(f"{document.findings[0].place}: {document.findings[0].what()}")
    return ColumnMapping.of_form(document.data)


def _table(foreign: Foreign, chosen: ColumnMapping, *, remembered: bool) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, title_justify="left")
    for head in (tr("Field"), tr("Column"), tr("Confidence"), tr("Reason")):
        table.add_column(head, overflow="fold", justify="right" if head == tr("Confidence") else "left")
    found = {(one.field, one.column): one for one in foreign.proposals}
    for name, column in chosen.columns.items():
        one = found.get((name, column))
        confidence = f"{one.confidence:.0%}" if one else "–"
        table.add_row(name, column, confidence, one.reason if one else tr("from the mapping file"))
    for column in foreign.unused:
        if column not in chosen.columns.values():
            table.add_row("–", column, "", tr("not read"))
    meant = tr("per parent") if chosen.amount_is == "per_parent" else tr("total per product")
    scrap = tr("added on top") if chosen.scrap_is == "on_top" else tr("share of the amount")
    table.caption_justify = "left"
    table.caption = tr("sheet {sheet}; amounts: {meant}; scrap: {scrap}", sheet=foreign.sheet, meant=meant, scrap=scrap)
    if remembered:
        table.caption += "; " + tr("from the mapping file")
    return table
