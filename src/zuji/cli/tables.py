"""Tables of a calculation for the terminal: stages, hotspots, electricity, findings, unverified parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from zuji.cli.numbers import energy, percent, significant
from zuji.datum import LocalText
from zuji.finding import Finding, Severity
from zuji.footprint.model import Footprint
from zuji.i18n import N_, language, tr

STAGES = ("raw_material", "production", "distribution", "use", "end_of_life")
STAGE_NAMES = {
    "raw_material": N_("Raw material acquisition"),
    "production": N_("Production"),
    "distribution": N_("Distribution"),
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


def say(text: LocalText) -> str:
    """A bilingual text in the language of this run."""
    return text.pick(language())


def _table(title: str, *columns: str, right_from: int = 1) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i >= right_from else "left", overflow="fold")
    return table


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
        amount = f"{significant(float(unit.amount.value), 6)} {unit.unit}" if unit.amount else tr("not declared")
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
    table = _table(tr("Carbon footprint [kg CO2e per battery]"), tr("Stage"), *books)
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
    table.add_section()
    table.add_row(tr("primary data share"), *(percent(f.primary_data_share) for f in footprints))
    table.add_row(tr("data-quality rating (rated share)"), *(_quality(f) for f in footprints))
    table.add_row(
        tr("complete"), *(tr("yes") if f.complete else tr("no, {count} gaps", count=_gap_count(f)) for f in footprints)
    )
    table.add_row(tr("unverified parameters and rules"), *(str(len(f.unverified)) for f in footprints))
    return table


def _gap_count(footprint: Footprint) -> int:
    return len({flow for _, _, flow in footprint.gaps})


def _quality(footprint: Footprint) -> str:
    quality = footprint.quality
    return (
        f"{significant(quality.rating, 3)} ({percent(quality.rated_share, 0)})" if quality.rating else tr("not rated")
    )


def _book_stage(footprint: Footprint, stage: str) -> str:
    return footprint.system.book.assign[stage]


def _stage_cell(footprint: Footprint, stage: str) -> str:
    target = _book_stage(footprint, stage)
    part = next((part for part in footprint.stages if part.id == target), None)
    return tr("excluded") if part is None else significant(part.value)


def _without_use(footprint: Footprint) -> float:
    target = _book_stage(footprint, "use")
    return footprint.total - sum(part.value for part in footprint.stages if part.id == target)


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
            names[key] = say(line.name) + (f" · {suffix}" if suffix else "")
    ranked = sorted(values, key=lambda key: -max(abs(v) for v in values[key] if v is not None))[:top]
    books = [_column(footprint) for footprint in footprints]
    table = _table(
        tr("Hotspots [kg CO2e per battery, share of total]"), tr("Line"), tr("Process"), *books, right_from=2
    )
    for key in ranked:
        cells = [
            "—" if value is None else f"{significant(value)}  {percent(value / footprint.total):>7}"
            for value, footprint in zip(values[key], footprints, strict=True)
        ]
        table.add_row(names[key], key[0], *cells)
    return table


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
    table = _table(
        tr("Electricity: factor taken [kg CO2e/kWh]"),
        tr("Plant"),
        tr("Source"),
        tr("per battery"),
        *books,
        right_from=2,
    )
    for key, cells in rows.items():
        table.add_row(key[0], key[1], energy(energies[key]), *cells)
    return Group(table, *_reasons(footprints))


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
    """Findings by code, each with place and cause; why and mend once per code; notes are only counted unless asked for."""
    counts = {severity: sum(1 for f, _ in found if f.severity is severity) for severity in Severity}
    title = tr(
        "Findings: {errors} errors, {warnings} warnings, {notes} notes",
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
        notes=counts[Severity.NOTE],
    )
    lines: list[RenderableType] = [Text(title, style="bold")]
    groups: dict[tuple[Severity, str], list[tuple[Finding, Sequence[str]]]] = {}
    for finding, books in found:
        if show_notes or finding.severity is not Severity.NOTE:
            groups.setdefault((finding.severity, finding.code), []).append((finding, books))
    for (severity, code), members in groups.items():
        lines += _group(severity, code, members, limit)
    if counts[Severity.NOTE] and not show_notes:
        hidden = tr("{count} notes are hidden; --notes shows them", count=counts[Severity.NOTE])
        lines.append(Text(f"  {hidden}", style="dim"))
    return Group(*lines)


def _group(
    severity: Severity, code: str, members: Sequence[tuple[Finding, Sequence[str]]], limit: int
) -> list[RenderableType]:
    name, style = SEVERITY[severity]
    lines: list[RenderableType] = []
    for finding, books in members[:limit]:
        text = Text("  ")
        text.append(f"{tr(name)} {code} ", style=style)
        text.append(f"{finding.place} " if str(finding.place) else "", style="cyan")
        text.append(finding.what())
        text.append(f"  [{', '.join(books)}]" if books else "", style="dim")
        lines.append(text)
    if len(members) > limit:
        lines.append(Text("    " + tr("… and {count} more (zuji check shows all)", count=len(members) - limit)))
    first = members[0][0]
    clauses = list(dict.fromkeys(f.clause for f, _ in members if f.clause))
    whys = list(dict.fromkeys(f.why() for f, _ in members))
    cited = f" ({'; '.join(clauses)})" if clauses else ""
    lines += [Text(f"      {why}{cited}", style="dim") for why in whys[:3]]
    lines.append(Text(f"      → {first.mend()}", style="green"))
    return lines


def merged(footprints: Sequence[Footprint]) -> list[tuple[Finding, list[str]]]:
    """The findings of all rulebooks, each once, with the books that report it (none when all do).

    Findings that differ only in the clause that each book cites count as one and keep the clauses of all.
    """
    by: dict[Finding, dict[str, str]] = {}
    for footprint in footprints:
        for finding in footprint.findings:
            by.setdefault(replace(finding, clause=""), {})[footprint.system.book.id] = finding.clause
    rank = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    ordered = sorted(by, key=lambda f: (rank[f.severity], f.code, f.place, str(f.params)))
    found: list[tuple[Finding, list[str]]] = []
    for finding in ordered:
        clauses = "; ".join(dict.fromkeys(clause for clause in by[finding].values() if clause))
        books = list(by[finding]) if len(by[finding]) < len(footprints) else []
        found.append((replace(finding, clause=clauses), books))
    return found


def unverified(footprints: Sequence[Footprint]) -> RenderableType:
    """Parameters and rules that a result used and nobody has held against the primary text, by what would settle them."""
    by_text: dict[str, dict[str, set[str]]] = {}
    for footprint in footprints:
        for item in footprint.unverified:
            shown = item.id if item.id.startswith("rule ") else f"{item.id} = {item.value}"
            by_text.setdefault(say(item.verify_with), {}).setdefault(shown, set()).add(footprint.system.book.id)
    table = _table(
        tr("Not verified against the primary text"),
        tr("What would settle it"),
        tr("Parameters and rules used"),
        right_from=9,
    )
    for text, items in sorted(by_text.items(), key=lambda pair: -len(pair[1])):
        table.add_row(text, ", ".join(sorted(items)))
    following = ", ".join(
        tr("calculated following {book}, {count} unverified", book=f.system.book.id, count=len(f.unverified))
        for f in footprints
    )
    return Group(table, Text("  " + following, style="dim"))


def print_calculation(console: Console, footprints: Sequence[Footprint], *, top: int, notes: bool) -> None:
    """Print everything that `zuji calc` shows of its results."""
    parts: Mapping[str, RenderableType] = {
        "heading": heading(footprints),
        "stages": stages(footprints),
        "hotspots": hotspots(footprints, top),
        "electricity": electricity(footprints),
        "findings": findings(merged(footprints), show_notes=notes),
        "unverified": unverified(footprints),
    }
    for part in parts.values():
        console.print(part)
        console.print()
