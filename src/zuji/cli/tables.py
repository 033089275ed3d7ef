"""Tables of a calculation for the terminal: stages, hotspots, electricity, findings, unverified parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.cli.carbon_tables import extra_tables
from zuji.datum import LocalText
from zuji.finding import Finding, Severity
from zuji.footprint.model import Footprint
from zuji.i18n import N_, language, tr
from zuji.numbers import at_most, energy, percent, percent_of, significant
from zuji.rulebooks.book_parts import EXCLUDED

STAGES = ("raw_material", "production", "distribution", "use", "end_of_life")
STAGE_NAMES = {
    "raw_material": N_("Raw material acquisition"),
    "production": N_("Production"),
    "distribution": N_("Distribution"),
    "use": N_("Use"),
    "end_of_life": N_("End of life"),
}
SHORT_STAGES = {
    "raw_material": N_("Materials"),
    "production": N_("Production"),
    "distribution": N_("Transport"),
    "use": N_("Use"),
    "end_of_life": N_("End of life"),
}
ATTRIBUTION = {
    "own_factor": N_("own generation"),
    "instrument_factor": N_("contract factor"),
    "national_average": N_("national average"),
    "residual_mix": N_("residual mix"),
}
SEVERITY = {
    Severity.ERROR: (N_("error"), "bold red"),
    Severity.WARNING: (N_("warning"), "yellow"),
    Severity.NOTE: (N_("note"), "dim"),
}


SOURCES = {"grid": N_("grid"), "on_site": N_("on site")}


def source(text: str) -> str:
    """A source of electricity: the grid, generation on site with its dataset, or the id of an instrument."""
    name, mark, dataset = text.partition(":")
    return (tr(SOURCES[name]) if name in SOURCES else name) + mark + dataset


def say(text: LocalText) -> str:
    """A bilingual text in the language of this run."""
    return text.pick(language())


def _table(*columns: str, right_from: int = 1, narrow: bool = True) -> Table:
    """A table with words on the left and figures on the right; figures are not broken while they are `narrow`."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, column in enumerate(columns):
        figures = i >= right_from
        table.add_column(column, justify="right" if figures else "left", overflow="fold", no_wrap=figures and narrow)
    return table


def titled(title: str, *parts: RenderableType) -> RenderableType:
    """A table under its title; a title inside the table would be broken at the width of a narrow table."""
    return Group(Text(title, style="bold"), *parts)


def heading(footprints: Sequence[Footprint]) -> RenderableType:
    """Product, reporting period and functional unit."""
    system = footprints[0].system
    product = system.study.product
    lines = [Text(say(system.study.name) or system.study.id, style="bold")]
    capacity = f"{product.rated_energy.number} {product.rated_energy.unit}" if not product.rated_energy.missing else "?"
    mass = f"{product.mass.number} {product.mass.unit}" if not product.mass.missing else "?"
    lines.append(
        Text(
            tr(
                "{product}: {capacity}, {mass}, {chemistry}; reporting period {period}",
                product=say(product.name),
                capacity=capacity,
                mass=mass,
                chemistry=product.chemistry or "-",
                period=system.study.reporting_period,
            )
        )
    )
    for footprint in footprints:
        unit = footprint.system.functional_unit
        amount = f"{at_most(float(unit.amount.value), 6)} {unit.unit}" if unit.amount else tr("not declared")
        version = footprint.system.version
        status = f"{version.id}, {tr(STATUS[version.status])}"
        lines.append(Text(f"  {footprint.system.book.id} ({status}): {say(unit.name)} — {amount}", style="dim"))
    return Group(*lines)


STATUS = {
    "in force": N_("in force"),
    "draft": N_("draft"),
    "pilot": N_("pilot"),
    "withdrawn": N_("withdrawn"),
}


def _column(footprint: Footprint) -> str:
    return f"{footprint.system.book.id}\n{tr(STATUS[footprint.system.version.status])}"


def stages(footprints: Sequence[Footprint]) -> RenderableType:
    """Stages × rulebooks in kg CO2e per product, and the total in every unit."""
    books = [_column(footprint) for footprint in footprints]
    table = _table(tr("Stage"), *books)
    for stage in STAGES:
        table.add_row(tr(STAGE_NAMES[stage]), *(_stage_cell(footprint, stage) for footprint in footprints))
    table.add_section()
    bold = [Text(significant(f.total), style="bold") for f in footprints]
    table.add_row(Text(tr("Total [kg CO2e per battery]"), style="bold"), *bold)
    table.add_row(tr("without use stage"), *(significant(_without_use(f)) for f in footprints))
    table.add_row(tr("per kWh of capacity [kg CO2e/kWh]"), *(significant(f.per_capacity) for f in footprints))
    table.add_row(
        tr("same, without use stage"),
        *(
            significant(_without_use(f) * f.per_capacity / f.total if f.per_capacity and f.total else None)
            for f in footprints
        ),
    )
    table.add_row(
        Text(tr("per functional unit [g CO2e/unit]"), style="bold"),
        *(
            Text(significant(f.per_functional_unit * 1000 if f.per_functional_unit is not None else None), style="bold")
            for f in footprints
        ),
    )
    _technical_rows(table, footprints)
    table.add_section()
    table.add_row(tr("primary data share"), *(percent(f.primary_data_share) for f in footprints))
    table.add_row(tr("data-quality rating (rated share)"), *(_quality(f) for f in footprints))
    table.add_row(tr("complete"), *map(_complete, footprints))
    table.add_row(tr("unverified parameters and rules"), *(str(len(f.unverified)) for f in footprints))
    return titled(tr("Carbon footprint [kg CO2e per battery]"), table, *_apart_note(footprints))


def _technical_rows(table: Table, footprints: Sequence[Footprint]) -> None:
    """A row for each result that a rulebook wants beside its own."""
    for id, name in {part.id: part.name for f in footprints for part in f.technical}.items():
        values = [next((part.value for part in f.technical if part.id == id), None) for f in footprints]
        table.add_row(say(name), *(significant(value) if value is not None else "–" for value in values))


def _complete(footprint: Footprint) -> str:
    gaps = _gap_count(footprint)
    if gaps:
        return tr("no, {count} gaps", count=gaps)
    return tr("yes") if footprint.complete else tr("no, end of life open ({code})", code="ZJ419")


def _apart_note(footprints: Sequence[Footprint]) -> list[RenderableType]:
    """What the brackets of a stage mean, where a rulebook reports one apart."""
    if not any(part.apart for footprint in footprints for part in footprint.stages):
        return []
    return [Text("  " + tr("( ) reported apart, not in the total"), style="dim")]


def _gap_count(footprint: Footprint) -> int:
    return len({flow for _, _, flow in footprint.gaps})


def _quality(footprint: Footprint) -> str:
    quality = footprint.quality
    if not quality.rating:
        return tr("not rated")
    level = f" {say(quality.level)}" if quality.level else ""
    return f"{significant(quality.rating, 3)}{level} ({percent(quality.rated_share, 0)})"


def _book_stage(footprint: Footprint, stage: str) -> str:
    return footprint.system.book.assign[stage]


def _stage_cell(footprint: Footprint, stage: str, *, short: bool = False) -> str:
    first = next(name for name in STAGES if _book_stage(footprint, name) == _book_stage(footprint, stage))
    if first != stage and _book_stage(footprint, stage) != EXCLUDED:
        return tr("see left") if short else tr("included above")
    target = _book_stage(footprint, stage)
    part = next((part for part in footprint.stages if part.id == target), None)
    if part is None:
        return tr("excluded")
    return f"({significant(part.apart)})" if target in footprint.system.book.apart else significant(part.value)


def _without_use(footprint: Footprint) -> float:
    target = _book_stage(footprint, "use")
    return footprint.total - sum(part.value for part in footprint.stages if part.id == target)


def _part(suffix: str) -> str:
    return tr("disposal") if suffix == "disposal" else source(suffix)


def hotspots(footprints: Sequence[Footprint], top: int) -> RenderableType:
    """The largest lines over all rulebooks, each with its value and share of the total."""
    values: dict[tuple[str, str], list[float | None]] = {}
    names: dict[tuple[str, str], str] = {}
    for i, footprint in enumerate(footprints):
        for line in footprint.lines:
            key = (line.activity, line.line)
            row = values.setdefault(key, [None] * len(footprints))
            row[i] = line.value
            suffix = line.line.partition("#")[2]
            names[key] = say(line.name) + (f" · {_part(suffix)}" if suffix else "")
    ranked = sorted(values, key=lambda key: -max(abs(v) for v in values[key] if v is not None))[:top]
    books = [_column(footprint) for footprint in footprints]
    table = _table(tr("Line"), tr("Process"), *books, right_from=2)
    for key in ranked:
        cells = [
            "—" if value is None else f"{significant(value)}  {percent_of(value, footprint.total):>7}"
            for value, footprint in zip(values[key], footprints, strict=True)
        ]
        table.add_row(names[key], key[0], *cells)
    return titled(tr("Hotspots [kg CO2e per battery, share of total]"), table)


def electricity(footprints: Sequence[Footprint]) -> RenderableType:
    """What each rulebook does with each class of a plant's electricity."""
    rows: dict[tuple[str, str], list[str]] = {}
    energies: dict[tuple[str, str], float] = {}
    for i, footprint in enumerate(footprints):
        for row in footprint.electricity:
            key = (row.plant or "-", row.source)
            energies.setdefault(key, row.energy)
            cells = rows.setdefault(key, ["—"] * len(footprints))
            cells[i] = f"{tr(ATTRIBUTION[row.attribution])} {significant(row.factor, 3)}"
    books = [_column(footprint) for footprint in footprints]
    table = _table(tr("Plant"), tr("Source"), tr("per battery"), *books, right_from=2, narrow=False)
    for key, cells in rows.items():
        table.add_row(key[0], source(key[1]), energy(energies[key]), *cells)
    return titled(tr("Electricity: factor taken [kg CO2e/kWh]"), table, *_reasons(footprints))


def _reasons(footprints: Sequence[Footprint]) -> list[Text]:
    lines: list[Text] = []
    for footprint in footprints:
        seen: dict[str, str] = {}
        for row in footprint.electricity:
            if row.source_class == "instrument":
                seen[say(row.reason)] = row.clause
        for reason, clause in seen.items():
            lines.append(Text(f"  {footprint.system.book.id}: {reason} ({clause})", style="dim"))
    return lines


def findings(found: Sequence[tuple[Finding, Sequence[str]]], *, show_notes: bool, limit: int = 6) -> RenderableType:
    """Findings by code, each with place and cause; why and mend once per code; notes are counted unless asked for."""
    counts = {severity: sum(1 for f, _ in found if f.severity is severity) for severity in Severity}
    title = tr(
        "Findings: {errors} errors, {warnings} warnings, {notes} notes",
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
        notes=counts[Severity.NOTE],
    )
    groups: dict[tuple[Severity, str], list[tuple[Finding, Sequence[str]]]] = {}
    for finding, books in found:
        if show_notes or finding.severity is not Severity.NOTE:
            groups.setdefault((finding.severity, finding.code), []).append((finding, books))
    # Two columns, so that a long sentence goes on below its own beginning.
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for (severity, _code), members in groups.items():
        _add_group(grid, severity, members, limit)
    lines: list[RenderableType] = [Text(title, style="bold"), *([grid] if groups else [])]
    if counts[Severity.NOTE] and not show_notes:
        hidden = tr("{count} notes are hidden; --notes shows them", count=counts[Severity.NOTE])
        lines.append(Text(f"  {hidden}", style="dim"))
    return Group(*lines)


def _add_group(grid: Table, severity: Severity, members: Sequence[tuple[Finding, Sequence[str]]], limit: int) -> None:
    name, style = SEVERITY[severity]
    for finding, books in members[:limit]:
        text = Text()
        text.append(f"{finding.place}: " if str(finding.place) else "", style="cyan")
        text.append(finding.what())
        text.append(f"  [{', '.join(books)}]" if books else "", style="dim")
        # Beside the names of the rulebooks the capitals of one would say the same twice.
        shown = finding.code if books else finding.label
        grid.add_row(Text(f"  {tr(name)} {shown}", style=style), text)
    if len(members) > limit:
        grid.add_row("", tr("… and {count} more (zuji check shows all)", count=len(members) - limit))
    first = members[0][0]
    clauses = list(dict.fromkeys(f.clause for f, _ in members if f.clause))
    whys = list(dict.fromkeys(f.why() for f, _ in members))
    cited = f" ({'; '.join(clauses)})" if clauses else ""
    for why in whys[:3]:
        grid.add_row("", Text(f"{why}{cited}", style="dim"))
    grid.add_row("", Text(f"→ {first.mend()}", style="green"))


def merged(by_book: Mapping[str, Iterable[Finding]]) -> list[tuple[Finding, list[str]]]:
    """The findings of all rulebooks, each once, with the books that report it (none when all do).

    Findings that differ only in the clause that each book cites count as one and keep the clauses of all; the label of
    a rulebook stays where only that rulebook reports them.
    """
    by: dict[Finding, dict[str, Finding]] = {}
    for book, findings in by_book.items():
        for finding in findings:
            by.setdefault(replace(finding, clause="", prefix=""), {})[book] = finding
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    ordered = sorted(by, key=lambda f: (rank[f.severity], f.code, f.place, str(f.params)))
    found: list[tuple[Finding, list[str]]] = []
    for finding in ordered:
        clauses = "; ".join(dict.fromkeys(f.clause for f in by[finding].values() if f.clause))
        prefixes = {f.prefix for f in by[finding].values()}
        books = list(by[finding]) if len(by[finding]) < len(by_book) else []
        found.append((replace(finding, clause=clauses, prefix=prefixes.pop() if len(prefixes) == 1 else ""), books))
    return found


def merged_of(footprints: Sequence[Footprint]) -> list[tuple[Finding, list[str]]]:
    """The findings of these footprints, each once."""
    return merged({footprint.system.book.id: footprint.findings for footprint in footprints})


def unverified(footprints: Sequence[Footprint]) -> RenderableType:
    """Parameters and rules used that nobody has held against the primary text, by what would settle them."""
    by_text: dict[str, dict[str, set[str]]] = {}
    for footprint in footprints:
        for item in footprint.unverified:
            rule = item.id.removeprefix("rule ")
            shown = tr("rule {id}", id=rule) if rule != item.id else f"{item.id} = {item.value}"
            by_text.setdefault(say(item.verify_with), {}).setdefault(shown, set()).add(footprint.system.book.id)
    table = _table(tr("What would settle it"), tr("Parameters and rules used"), right_from=9)
    for text, items in sorted(by_text.items(), key=lambda pair: -len(pair[1])):
        table.add_row(text, ", ".join(sorted(items)))
    following = "; ".join(
        tr("calculated following {book}, {count} unverified", book=f.system.book.id, count=len(f.unverified))
        for f in footprints
    )
    note = Text("  " + following, style="dim")
    return titled(tr("Not verified against the primary text"), table, note)


def stages_by_book(footprints: Sequence[Footprint]) -> RenderableType:
    """Rulebooks × stages in kg CO2e per product: the same as `stages`, for more rulebooks than fit side by side."""
    units = (tr("Total"), tr("per kWh"), tr("per unit [g]"), tr("unverified"))
    table = _table(tr("Rulebook"), *(tr(SHORT_STAGES[stage]) for stage in STAGES), *units)
    for footprint in footprints:
        per_unit = footprint.per_functional_unit
        table.add_row(
            _column(footprint).replace("\n", ", "),
            *(_stage_cell(footprint, stage, short=True) for stage in STAGES),
            Text(significant(footprint.total), style="bold"),
            significant(footprint.per_capacity),
            significant(per_unit * 1000 if per_unit is not None else None),
            str(len(footprint.unverified)),
        )
    return titled(tr("Carbon footprint [kg CO2e per battery]"), table, *_apart_note(footprints))


def electricity_by_book(footprints: Sequence[Footprint]) -> RenderableType:
    """Rulebooks × classes of electricity: the factor that each takes."""
    sources = list(dict.fromkeys((row.plant or "-", row.source) for f in footprints for row in f.electricity))
    table = _table(tr("Rulebook"), *(f"{plant}\n{source(name)}" for plant, name in sources))
    for footprint in footprints:
        taken = {(row.plant or "-", row.source): row for row in footprint.electricity}
        cells = [
            f"{tr(ATTRIBUTION[taken[key].attribution])} {significant(taken[key].factor, 3)}" if key in taken else "—"
            for key in sources
        ]
        table.add_row(footprint.system.book.id, *cells)
    return titled(tr("Electricity: factor taken [kg CO2e/kWh]"), table)


SIDE_BY_SIDE = 5
"""Rulebooks that fit side by side; more of them become rows."""


def print_calculation(console: Console, footprints: Sequence[Footprint], *, top: int, notes: bool) -> None:
    """Print everything that `zuji calc` shows of its results."""
    many = len(footprints) > SIDE_BY_SIDE
    parts: Mapping[str, RenderableType] = {
        "heading": heading(footprints),
        "stages": stages_by_book(footprints) if many else stages(footprints),
        "hotspots": hotspots(footprints[:SIDE_BY_SIDE], top),
        "electricity": electricity_by_book(footprints) if many else electricity(footprints),
        "findings": findings(merged_of(footprints), show_notes=notes),
        "unverified": unverified(footprints),
    }
    for name, part in parts.items():
        console.print(part)
        console.print()
        if name == "stages":
            for title, table in extra_tables(footprints[:SIDE_BY_SIDE] if not many else footprints):
                console.print(titled(title, table))
                console.print()
