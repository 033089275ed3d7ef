"""Datasets in the terminal: search results, and one dataset with everything behind its number."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.background.gwp import gwp_table
from zuji.background.model import CO2E, Background, Dataset
from zuji.background.search import Hit
from zuji.background.starter import doubts_of
from zuji.cli.tables import say
from zuji.i18n import N_, tr
from zuji.numbers import at_most

# How sure a figure is, where it comes from, whether it may be passed on, and which carbon it is.
WORDS = {
    "seen": N_("seen in the source"),
    "derived": N_("derived"),
    "memory": N_("from memory"),
    "published": N_("published"),
    "converted": N_("converted"),
    "assumed": N_("assumed"),
    "yes": N_("yes"),
    "yes-share-alike": N_("yes, share alike"),
    "no": N_("no"),
    "unclear": N_("unclear"),
    "fossil": N_("fossil"),
    "biogenic": N_("biogenic"),
    "land_use": N_("land use"),
    "aviation": N_("aviation"),
    "unspecified": N_("unspecified"),
}


def _word(text: str) -> str:
    return tr(WORDS[text]) if text in WORDS else text


def hits(found: Sequence[Hit]) -> RenderableType:
    """Search results: id, name, value, geography, year, boundary type."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Dataset"), overflow="fold")
    table.add_column(tr("Name"), overflow="fold")
    table.add_column(tr("Value"), justify="right", no_wrap=True)
    for column in (tr("Geography"), tr("Year"), tr("Scope")):
        table.add_column(column, overflow="fold")
    for hit in found:
        dataset = hit.dataset
        scope = tr("life cycle") if dataset.scope == "lifecycle" else tr("direct only")
        table.add_row(dataset.id, say(dataset.name), _value(dataset), dataset.geography, dataset.year, scope)
    return table


def _value(dataset: Dataset) -> str:
    if dataset.missing:
        return tr("gap")
    if dataset.inputs:
        return tr("unit process")
    if len(dataset.interventions) == 1:
        flow = dataset.interventions[0]
        unit = "kg CO2e" if flow.gas == CO2E else f"kg {flow.gas}"
        return f"{at_most(flow.amount / dataset.amount, 5)} {unit}/{dataset.unit}"
    return tr("{count} gases", count=len(dataset.interventions))


def one(background: Background, dataset: Dataset) -> RenderableType:
    """Everything known of one dataset."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    scope = tr("life cycle up to the reference flow") if dataset.scope == "lifecycle" else tr("direct emissions only")
    source = dataset.source
    passed_on = _word(source.redistribute)
    rows = {
        tr("Id"): dataset.id,
        tr("Names"): " / ".join(part for part in (dataset.name.zh, dataset.name.en) if part),
        tr("Reference flow"): f"{dataset.amount:g} {dataset.unit}",
        tr("Scope"): scope,
        tr("Boundary"): dataset.boundary,
        tr("Geography, year"): ", ".join(part for part in (dataset.geography, dataset.year) if part),
        tr("Technology"): dataset.technology,
        tr("System model"): dataset.system_model,
        tr("Source"): source.citation,
        tr("Locator"): source.locator,
        tr("Licence"): tr("{licence} (may be passed on: {answer})", licence=source.licence, answer=passed_on),
        tr("Confidence"): ", ".join(_word(part) for part in (source.confidence, source.kind) if part),
        tr("Stand-in"): dataset.proxy,
        tr("No factor"): dataset.missing,
        tr("Notes"): dataset.notes,
        tr("Collection"): dataset.collection,
    }
    for name, value in rows.items():
        if value:
            facts.add_row(name, value)
    parts: list[RenderableType] = [facts]
    if dataset.interventions:
        parts += [Text(), _interventions(dataset)]
    if dataset.inputs:
        parts += [Text(), _inputs(background, dataset)]
    doubts = [Text(f"{doubt.code}: {doubt.what()}", style="yellow") for doubt in doubts_of(dataset.id)]
    parts += [Text(), *doubts] if doubts else []
    return Group(*parts)


def _interventions(dataset: Dataset) -> Table:
    sets = ("AR4", "AR5", "AR6", "EF3.1")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Gas"), overflow="fold")
    table.add_column(tr("Origin"), overflow="fold")
    table.add_column(tr("Amount per reference flow"), justify="right")
    for name in sets:
        table.add_column(f"{name} [kg CO2e]", justify="right")
    for flow in dataset.interventions:
        if flow.gas == CO2E:
            stated = flow.gwp_set or tr("set not stated")
            cells = [at_most(flow.amount, 5) if name == flow.gwp_set else "—" for name in sets]
            table.add_row(f"CO2e ({stated})", _word(flow.origin.value), f"{at_most(flow.amount, 5)} kg CO2e", *cells)
            continue
        cells = []
        for name in sets:
            factor = gwp_table().factor(flow.gas, name)
            cells.append(at_most(flow.amount * factor.value, 5) if factor is not None else tr("not characterised"))
        table.add_row(flow.gas, _word(flow.origin.value), f"{at_most(flow.amount, 5)} kg", *cells)
    return table


def _inputs(background: Background, dataset: Dataset) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Input"), overflow="fold")
    table.add_column(tr("Name"), overflow="fold")
    table.add_column(tr("Amount"), justify="right")
    table.add_column(tr("State"))
    for taken in dataset.inputs:
        provider = background.datasets.get(taken.dataset)
        name = say(provider.name) if provider is not None else ""
        state = tr("there is no such dataset") if provider is None else tr("gap") if provider.missing else ""
        if provider is not None and provider.proxy:
            state = tr("stand-in")
        table.add_row(taken.dataset, name, f"{at_most(taken.amount, 6)} {taken.unit}", state)
    return table
