"""Datasets of stored backgrounds in the terminal: found by words, and shown with gases and impact categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from zuji.cli import terminal
from zuji.cli.imports import FINE, opened, table_of
from zuji.errors import UnreadableError
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.background.store.finding_datasets import StoredHit
    from zuji.background.store.stored import StoredBackground


def search(
    words: str, *, geography: str, unit: str, category: str, limit: int, background: str = ""
) -> list[tuple[str, list[StoredHit]]]:
    """Hits in every stored background (or the one named), by its name."""
    from zuji.background.store.datasets import category_of
    from zuji.background.store.finding_datasets import search_stored
    from zuji.background.store.library import Library

    names = [background] if background else [named.name for named in Library().names()]
    found = []
    for name in names:
        asked = limit if not category else limit * 50
        try:
            hits = search_stored(opened(name), words, geography=geography or None, unit=unit or None, limit=asked)
        except UnreadableError as error:
            if background:
                raise
            # One damaged background does not hide the others.
            typer.echo(tr("{name} was not searched: {problem}", name=name, problem=error), err=True)
            continue
        if category:
            hits = tuple(hit for hit in hits if category_of(hit.dataset).value == category)
        if hits:
            found.append((name, list(hits[:limit])))
    return found


def search_documents(found: Sequence[tuple[str, Sequence[StoredHit]]]) -> list[dict[str, Any]]:
    """Hits in stored backgrounds for JSON."""
    keys = ("id", "name", "name_zh", "product", "unit", "geography", "year", "system_model", "licence", "missing")
    return [
        {"background": name, **{key: v for key in keys if (v := getattr(hit.dataset, key))}}
        for name, hits in found
        for hit in hits
    ]


def print_search(found: Sequence[tuple[str, Sequence[StoredHit]]]) -> None:
    """Hits in stored backgrounds as one table each."""
    from rich.text import Text

    from zuji.i18n import language

    console = terminal.console()
    for background, hits in found:
        console.print(Text(background, style="bold"))
        table = table_of(tr("Dataset"), tr("Name"), tr("Unit"), tr("Geography"), tr("Year"), right_from=9)
        for hit in hits:
            one = hit.dataset
            name = (one.name_zh or one.name) if language() == "zh" else (one.name or one.name_zh)
            shown = f"{name} · {one.product}" if one.product and one.product != one.name else name
            gap = " (" + tr("gap") + ")" if one.missing else ""
            table.add_row(one.id, shown + gap, one.unit, one.geography, one.year)
        console.print(table)


def show(id: str, json_output: bool) -> int | None:
    """Print the dataset `id` of the first stored background that has it; None when none has."""
    from zuji.background.store.library import Library

    library = Library()
    for named in library.names():
        try:
            stored = library.open(named.name)
            i = stored.index_of(id)
        except UnreadableError as error:
            typer.echo(tr("{name} was not searched: {problem}", name=named.name, problem=error), err=True)
            continue
        if i is not None:
            return _show(library, stored, i, json_output)
    return None


def _show(library: Any, stored: StoredBackground, i: int, json_output: bool) -> int:
    from zuji.background.model import Background
    from zuji.cli import datasets
    from zuji.footprint.stored import impact_scores, stored_dataset
    from zuji.numbers import at_most

    dataset = stored_dataset(stored, i, library.cache)
    methods = stored.methods()
    values = impact_scores(stored)[i] if methods else []
    if json_output:
        results = [
            {"method": m.method, "category": m.category, "unit": m.unit, "value": float(v)}
            for m, v in zip(methods, values, strict=True)
        ]
        terminal.write_json({**dataset.as_dict(), "impacts": results})
        return FINE
    console = terminal.console()
    console.print(datasets.one(Background.of("stored", [dataset]), dataset))
    if methods:
        table = table_of(tr("Method"), tr("Impact category"), tr("Result"), tr("Unit"), right_from=2)
        for method, value in zip(methods, values, strict=True):
            table.add_row(method.method, method.category, at_most(float(value), 5), method.unit)
        console.print(table)
    return FINE
