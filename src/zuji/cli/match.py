"""`zuji match`: datasets for the lines of a study, ranked with reasons; what is written is printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.errors import UnreadableError
from zuji.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from zuji.background.match.index import Candidate
    from zuji.background.match.mapping import Entry
    from zuji.finding import Finding
    from zuji.footprint.match import Choice, Line, Matched
    from zuji.study.model import Study

FINE, FINDINGS = 0, 1

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help=tr("study folder, or the name of an example"), show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
AcceptOption = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="LINE=DATASET", help=tr("write this dataset into the line; repeat")),
]
MappingOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help=tr("file of accepted matches; the first is written, all are read (default: ZUJI_MAPPING, user's folder)"),
    ),
]


def register(app: typer.Typer) -> None:
    """Add `zuji match`."""
    text = tr("find datasets for the lines of a study; nothing is written unless you accept it")
    app.command("match", cls=Command, help=text)(match)


def match(
    study: StudyArgument,
    every: Annotated[bool, typer.Option("--all", help=tr("every line, not only those without an origin"))] = False,
    line: Annotated[
        list[str] | None, typer.Option("--line", metavar="LINE", help=tr("only this line; repeat for several"))
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=50, help=tr("candidates a line"))] = 3,
    accept: AcceptOption = None,
    accept_best: Annotated[
        float | None,
        typer.Option(
            "--accept-best",
            metavar="SCORE",
            min=0,
            max=1,
            help=tr("list the first candidates from this score on; with --yes accept them"),
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=tr("write what --accept-best lists"))] = False,
    patch: Annotated[bool, typer.Option("--patch", help=tr("print the changes as a patch, write nothing"))] = False,
    mapping: MappingOption = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help=tr("who accepts, for the mapping file"))] = "",
    on: Annotated[str, typer.Option("--on", metavar="DAY", help=tr("when, for the mapping file (YYYY-MM-DD)"))] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help=tr("why, for the mapping file"))] = "",
    json_output: JsonOption = False,
    notes: Annotated[bool, typer.Option("--notes", help=tr("show notes as well"))] = False,
) -> int:
    """Show candidates, and write the accepted ones into the study and the mapping file."""
    from zuji.background.match.mapping import read_mappings
    from zuji.finding import has_errors
    from zuji.footprint import match as matching
    from zuji.footprint.match_write import changes, write
    from zuji.footprint.match_write import patch as patch_of

    wishes = [_wish(text) for text in accept or []]
    _check_day(on)
    if yes and accept_best is None:
        raise typer.BadParameter(tr("goes with --accept-best"), param_hint="--yes")
    folder, opened = _opened(study)
    paths = mapping_paths(mapping)
    accepted = read_mappings(paths)
    # A line that is named is looked at, whatever stands there now.
    whole = every or bool(wishes) or bool(line)
    matched = matching.match(opened, accepted, every=whole, limit=max(limit, 5))
    findings = list(matched.findings)
    for wish in line or []:
        if wish not in matched.by_id:
            findings += matching.chosen(matched, [(wish, "")])[1]
    choices, problems = matching.chosen(matched, wishes)
    findings += problems
    proposed = matching.best(_open_only(matched), accept_best) if accept_best is not None else []
    known = {choice.line.id for choice in choices}
    proposed = [choice for choice in proposed if choice.line.id not in known]
    if yes:
        choices += proposed
    files, problems = changes(folder, choices)
    findings += problems
    fails = has_errors(findings)
    if patch:
        if fails:
            _print_findings(findings)
            return FINDINGS
        terminal.write_bytes(patch_of(files).rstrip("\n").encode()) if files else None
        return FINE
    writes = bool(choices) and not fails
    if writes and not _is_writable(study):
        raise UnreadableError(tr("{study} is an example: copy its folder, or take --patch", study=study))
    entries = [matching.remembered(choice, by, on, why) for choice in choices]
    if json_output:
        found = matching.document(_shown(matched, line or [], wishes, every))
        found["findings"] = [finding.as_dict() for finding in findings]
        found["accepted"] = [_accepted(choice) for choice in (choices if writes else [])]
        found["proposed"] = [_accepted(choice) for choice in ([] if yes else proposed)]
        found["written"] = sorted(files) if writes else []
        terminal.write_json(found)
    else:
        if not choices and accept_best is None:
            _print_lines(_shown(matched, line or [], wishes, every), limit)
        _print_choices(choices if writes else [], [] if yes else proposed, accept_best)
        _print_findings(findings, notes=notes)
    if writes:
        _remember(paths[0], entries)
        write(folder, files)
        if not json_output:
            names = ", ".join(sorted(files)) or "–"
            typer.echo(tr("written: {files}; remembered in {mapping}", files=names, mapping=paths[0]))
    return FINDINGS if fails else FINE


def mapping_paths(given: Sequence[Path] | None) -> list[Path]:
    """The mapping files: those given, else ZUJI_MAPPING (several parted like PATH), else one in the user's folder."""
    from zuji.background.match.mapping import NAME
    from zuji.background.store.library import data_folder

    if given:
        return list(given)
    named = [Path(part) for part in os.environ.get("ZUJI_MAPPING", "").split(os.pathsep) if part]
    return named or [data_folder() / NAME]


def _remember(path: Path, entries: Sequence[Entry]) -> None:
    from zuji.background.match.mapping import with_entries, write_text

    write_text(path, with_entries(path, entries))


def _wish(text: str) -> tuple[str, str]:
    line, found, dataset = text.rpartition("=")
    if not found or not line.strip() or not dataset.strip():
        raise typer.BadParameter(tr("write LINE=DATASET, not '{text}'", text=text), param_hint="--accept")
    return line.strip(), dataset.strip()


def _check_day(on: str) -> None:
    from datetime import date

    try:
        if on and date.fromisoformat(on).isoformat() != on:
            raise ValueError
    except ValueError as error:
        raise typer.BadParameter(tr("write the day as YYYY-MM-DD"), param_hint="--on") from error


def _opened(study: str) -> tuple[Path, Study]:
    from zuji.cli import app
    from zuji.study.open import open_study

    folder = app._folder(study)
    if not folder.is_dir():
        raise UnreadableError(tr("{path} is a file; name the folder of a study", path=folder))
    opened = open_study(folder)
    if opened.study is None:
        _print_findings(opened.findings)
        raise UnreadableError(tr("{study} cannot be used as long as it has these errors", study=study))
    return folder, opened.study


def _is_writable(study: str) -> bool:
    return Path(study).is_dir()


def _open_only(matched: Matched) -> Matched:
    """The lines without an origin: only these are filled in bulk."""
    from dataclasses import replace

    from zuji.study.model import ProviderKind

    kept = [i for i, line in enumerate(matched.lines) if line.provider.kind is ProviderKind.NONE]
    return replace(
        matched,
        lines=tuple(matched.lines[i] for i in kept),
        candidates=tuple(matched.candidates[i] for i in kept),
    )


def _shown(matched: Matched, wanted: list[str], wishes: list[tuple[str, str]], every: bool) -> Matched:
    """The lines that were asked for: named ones, else all that were looked for."""
    from dataclasses import replace

    named = {matched.by_id[name] for name in (*wanted, *(wish for wish, _ in wishes)) if name in matched.by_id}
    if every and not wanted:
        return matched
    if not named and not wanted and not wishes:
        return _open_only(matched)
    return replace(
        matched,
        lines=tuple(matched.lines[i] for i in sorted(named)),
        candidates=tuple(matched.candidates[i] for i in sorted(named)),
    )


def _accepted(choice: Choice) -> dict[str, object]:
    from zuji.footprint.match import candidate_document

    return {"line": choice.line.id, **candidate_document(choice.candidate)}


def _print_lines(matched: Matched, limit: int) -> None:
    console = terminal.console()
    if not matched.lines:
        typer.echo(tr("every line has an origin; --all looks at all of them"))
        return
    for line, candidates in zip(matched.lines, matched.candidates, strict=True):
        console.print(_headline(line))
        if candidates:
            console.print(_table(line, candidates[:limit]))
        else:
            console.print("  " + tr("no candidate"), style="yellow")
        console.print()


def _headline(line: Line) -> RenderableType:
    from rich.text import Text

    from zuji.cli.tables import say

    text = Text(line.id, style="bold")
    text.append("  " + say(line.name), style="")
    facts = [f"[{line.wanted.unit}]", line.wanted.geography, str(line.wanted.year or "")]
    text.append("  " + " ".join(fact for fact in facts if fact), style="dim")
    if line.provider.id:
        text.append("  " + tr("so far: {dataset}", dataset=line.provider.id), style="dim")
    return text


def _table(line: Line, candidates: Sequence[Candidate]) -> RenderableType:
    from rich import box
    from rich.table import Table

    from zuji.background.match.reasons import text_of

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(tr("Score"), justify="right", no_wrap=True)
    table.add_column(tr("Dataset"), overflow="fold", ratio=2)
    table.add_column(tr("Place, year"), overflow="fold", min_width=6)
    table.add_column(tr("Unit"), overflow="fold")
    table.add_column(tr("Why"), overflow="fold", ratio=3)
    for candidate in candidates:
        entry = candidate.entry
        factor = "" if candidate.factor in (None, 1) else f" (× {float(candidate.factor or 0):.6g})"
        mark = tr("proxy") + ": " if candidate.is_proxy else ""
        quiet = ("unit", "place", "year")
        why = "; ".join(text_of(reason) for reason in candidate.reasons if reason.key not in quiet)
        table.add_row(
            f"{candidate.score:.2f}",
            f"{entry.id}\n{_name(entry.names)}",
            "\n".join(part for part in (entry.geography, entry.year) if part),
            f"{entry.unit}{factor}",
            mark + why,
            style="dim" if candidate.is_proxy or candidate.factor is None or entry.missing else "",
        )
    return table


def _name(names: Sequence[str]) -> str:
    import re

    from zuji.i18n import language

    chinese = [name for name in names if re.search("[\u3400-\u9fff]", name)]
    others = [name for name in names if name not in chinese]
    first = chinese if language() == "zh" else others
    return next(iter((*first, *names)), "")


def _print_choices(choices: Sequence[Choice], proposed: Sequence[Choice], least: float | None) -> None:
    is_proxy = ", " + tr("proxy")
    for label, listed in ((tr("accepted"), choices), (tr("would be accepted with --yes"), proposed)):
        for choice in listed:
            found = choice.candidate
            factor = f", × {float(found.factor):.6g}" if found.factor not in (None, 1) else ""
            proxy = is_proxy if found.is_proxy else ""
            shown = f"{choice.line.id} = {found.entry.id} ({found.score:.2f}{factor}{proxy})"
            typer.echo(f"{label}: {shown}")
    if least is not None and not choices and not proposed:
        typer.echo(tr("no line has a candidate that could be accepted at {score}", score=f"{least:g}"))


def _print_findings(findings: Sequence[Finding], *, notes: bool = False) -> None:
    from zuji.cli import tables

    if findings:
        console = terminal.console(stderr=True)
        console.print(tables.findings([(finding, ()) for finding in findings], show_notes=notes))
