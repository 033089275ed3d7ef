"""`zuji tree` and `zuji sankey`: where a footprint comes from, down the supply chain, as a tree or as flows."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command
from zuji.i18n import N_, language, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from rich.text import Text

    from zuji.engine.contributions import Tree
    from zuji.engine.sankey import Sankey
    from zuji.footprint.chain import Chain

FINE, UNREADABLE = 0, 3
BARS = 12
"""Columns of the bar of a share."""
NODES = 200
"""Nodes of a tree that a terminal is shown; files hold all."""
EDGES = 40
GROUP_NAMES = {
    "stage": N_("Stage"),
    "plant": N_("Plant"),
    "component": N_("Component group"),
    "country": N_("Country"),
    "supplier": N_("Supplier"),
    "source": N_("Data source"),
    "gas": N_("Gas"),
}

SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="STUDY|BACKGROUND",
        help=tr("study folder, name of an example, or name of a stored background"),
        show_default=False,
    ),
]
ActivityArgument = Annotated[
    str,
    typer.Argument(
        metavar="ACTIVITY", help=tr("id of a process or dataset, or a word of its name (default: the product)")
    ),
]
BookOption = Annotated[str, typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder"))]
OnOption = Annotated[
    str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
]
CutOffOption = Annotated[
    float, typer.Option("--cut-off", metavar="SHARE", min=0, max=1, help=tr("leave out what is worth less than this"))
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
FileOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help=tr("write to this file (.json or .csv) instead"))
]


def register(app: typer.Typer) -> None:
    """Add `zuji tree` and `zuji sankey`."""
    app.command("tree", cls=Command, help=tr("show what a footprint comes from, supplier by supplier"))(tree)
    app.command("sankey", cls=Command, help=tr("show the largest flows of a supply chain, in balance at every node"))(
        sankey
    )


def tree(
    subject: SubjectArgument,
    activity: ActivityArgument = "",
    rulebook: BookOption = "iso-14067",
    cut_off: CutOffOption = 0.01,
    depth: Annotated[int, typer.Option("--depth", metavar="N", min=0, help=tr("levels below the product"))] = 50,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="GROUP",
            help=tr("sums instead of the tree: stage, plant, component, country, supplier, source or gas"),
        ),
    ] = "",
    on: OnOption = "",
    json_output: JsonOption = False,
    out: FileOption = None,
) -> int:
    """Print the contribution tree of a study's product, of one of its processes, or of a stored dataset."""
    from zuji.footprint import flows

    suffix = _suffix(out)
    chain = _chain(subject, activity, rulebook, on)
    if isinstance(chain, int):
        return chain
    if by:
        return _print_groups(chain, by, json_output, out, suffix)
    found = flows.tree_of(chain, cut_off=cut_off, depth=depth)
    document = partial(flows.tree_document, chain, found, cut_off)
    if _written(out, suffix, json_output, document, partial(flows.tree_csv, chain, found)):
        return FINE
    console = terminal.console()
    console.print(_tree(chain, found))
    console.print(_tree_note(chain, found, cut_off))
    return FINE


def sankey(
    subject: SubjectArgument,
    activity: ActivityArgument = "",
    rulebook: BookOption = "iso-14067",
    cut_off: CutOffOption = 0.01,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help=tr("edges at the most"))] = 500,
    on: OnOption = "",
    json_output: JsonOption = False,
    out: FileOption = None,
) -> int:
    """Print or write the Sankey diagram of a study's product, of one of its processes, or of a stored dataset."""
    from zuji.footprint import flows

    suffix = _suffix(out)
    chain = _chain(subject, activity, rulebook, on)
    if isinstance(chain, int):
        return chain
    found = flows.sankey_of(chain, cut_off=cut_off, limit=limit)
    document = partial(flows.sankey_document, chain, found)
    if _written(out, suffix, json_output, document, partial(flows.sankey_csv, chain, found)):
        return FINE
    terminal.console().print(_sankey(chain, found))
    return FINE


def _suffix(out: Path | None) -> str:
    if out is None:
        return ""
    suffix = out.suffix.lower()
    if suffix not in (".json", ".csv"):
        raise typer.BadParameter(tr("the name of the file ends with .json or .csv"), param_hint="--out")
    return suffix


def _chain(subject: str, activity: str, rulebook: str, on: str) -> Chain | int:
    from dataclasses import replace

    from zuji.background.store.library import Library
    from zuji.cli import app as main
    from zuji.footprint import chain as chains

    library = Library()
    # A folder or an example comes first: a stored background may have any name.
    if activity and not Path(subject).is_dir() and subject in {named.name for named in library.names()}:
        book, day = main._book(rulebook), main._day(on)
        return chains.of_stored(library.open(subject), activity, book, day, library.cache)
    footprints = main._footprints(subject, [rulebook], on)
    if isinstance(footprints, int):
        return footprints
    chain = chains.of_footprint(footprints[0])
    if not activity:
        return chain
    root = chain.find(activity)
    return replace(chain, root=root, title=chain.names[root], lines={})


def _written(
    out: Path | None, suffix: str, json_output: bool, document: Callable[[], object], table: Callable[[], str]
) -> bool:
    """Whether the result went to a file or, as JSON, to standard output."""
    from zuji.canonical import canonical_bytes

    if out is not None:
        out.write_bytes(table().encode() if suffix == ".csv" else canonical_bytes(document()) + b"\n")
        typer.echo(tr("wrote {file}", file=out), err=json_output)
    if json_output:
        terminal.write_json(document())
    return out is not None or json_output


def _print_groups(chain: Chain, by: str, json_output: bool, out: Path | None, suffix: str) -> int:
    from rich.table import Table

    from zuji.footprint.flows import UNIT
    from zuji.numbers import percent_of, significant

    if by not in chain.groups:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(chain.groups)), param_hint="--by")
    sums = chain.by(by)
    document = {
        "format": "zuji-contributions/1",
        "by": by,
        "rulebook": chain.rulebook,
        "unit": UNIT,
        "total": chain.total,
        "parts": [{"id": id, "value": value} for id, value in sums.items()],
    }
    rows = "".join(f"{_quoted(id)},{value!r}\n" for id, value in sums.items())
    if _written(out, suffix, json_output, lambda: document, lambda: f"{by},value\n{rows}"):
        return FINE
    table = Table(box=None, pad_edge=False)
    table.add_column(tr(GROUP_NAMES[by]), overflow="fold")
    table.add_column("kg CO2e", justify="right", no_wrap=True)
    table.add_column(tr("Share"), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for id, value in sums.items():
        shown = _group_name(chain, by, id)
        share = value / chain.total if chain.total else 0.0
        table.add_row(shown, significant(value), percent_of(value, chain.total), _bar(share))
    console = terminal.console()
    console.print(_title(chain))
    console.print(table)
    if chain.gaps:
        console.print(_gaps(chain))
    return FINE


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n\r') else text


def _group_name(chain: Chain, by: str, id: str) -> str:
    if by == "stage" and id in chain.stage_names:
        return chain.stage_names[id].pick(language())
    return "—" if id in ("-", "none") else id


def _title(chain: Chain) -> Text:
    from rich.text import Text

    from zuji.numbers import significant

    title = Text(chain.title.pick(language()), style="bold")
    title.append(f"  {significant(chain.total)} kg CO2e", style="bold")
    title.append(f"  {chain.rulebook}", style="dim")
    return title


def _bar(share: float) -> Text:
    from rich.text import Text

    filled = min(round(abs(share) * BARS), BARS)
    return Text("█" * filled + "·" * (BARS - filled), style="green" if share < 0 else "cyan")


def _tree(chain: Chain, found: Tree) -> RenderableType:
    from rich.tree import Tree as RichTree

    branches = {0: RichTree(_node(chain, found, 0), guide_style="dim")}
    left_out: dict[int, int] = {}
    for i in range(1, len(found)):
        parent = int(found.parent[i])
        if i < NODES and parent in branches:
            branches[i] = branches[parent].add(_node(chain, found, i))
        elif parent in branches:
            left_out[parent] = left_out.get(parent, 0) + 1
    for parent, count in left_out.items():
        branches[parent].add(tr("… {count} more (all in --json and -o)", count=count), style="dim")
    return branches[0]


def _node(chain: Chain, found: Tree, i: int) -> Text:
    from rich.text import Text

    from zuji.footprint.flows import name_of
    from zuji.numbers import percent_of, significant

    activity = int(found.activity[i])
    value = float(found.value[i])
    share = percent_of(value, found.total)
    text = Text(f"{share:>8}  ", style="bold" if i == 0 else "green" if value < 0 else "cyan", overflow="fold")
    text.append(f"{significant(value)} kg", style="bold")
    text.append(f"  {name_of(chain, activity).pick(language())}", style="")
    text.append(f"  {significant(float(found.amount[i]), 3)} {chain.units[activity]}".rstrip(), style="dim")
    if found.direct[i]:
        own = tr("own emissions {share}", share=percent_of(float(found.direct[i]), found.total))
        text.append(f"  {own}", style="dim")
    if found.loop[i]:
        text.append("  ↻ " + tr("loop"), style="yellow")
    return text


def _tree_note(chain: Chain, found: Tree, cut_off: float) -> Text:
    from rich.text import Text

    from zuji.numbers import percent, percent_of

    text = Text(style="dim")
    text.append(
        tr(
            "{count} nodes at a cut-off of {cut_off}; they show {coverage} of the emissions, the rest below the "
            "cut-off is {rest} of the total",
            count=len(found),
            cut_off=percent(cut_off, 2),
            coverage=percent(found.coverage),
            rest=percent_of(float(found.rest.sum()), found.total),
        )
    )
    gaps = _gaps(chain)
    return text.append("\n").append(gaps) if gaps else text


def _gaps(chain: Chain) -> Text:
    from rich.text import Text

    if not chain.gaps:
        return Text()
    message = N_("{count} flows have no factor in this method: what they cause is missing from the total")
    return Text(tr(message, count=chain.gaps), style="yellow")


def _sankey(chain: Chain, found: Sankey) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from zuji.footprint.flows import name_of
    from zuji.numbers import percent, percent_of, significant

    table = Table(box=None, pad_edge=False)
    table.add_column(tr("From"), overflow="fold", ratio=1)
    table.add_column(tr("To"), overflow="fold", ratio=1)
    table.add_column("kg CO2e", justify="right", no_wrap=True)
    table.add_column(tr("Share"), justify="right", no_wrap=True)
    ordered = sorted(found.edges, key=lambda edge: -abs(edge.value))
    for edge in ordered[:EDGES]:
        ends = [name_of(chain, a).pick(language()) for a in (edge.source, edge.target)]
        mark = " ↻" if edge.loop else ""
        share = percent_of(edge.value, found.total)
        table.add_row(ends[0], ends[1] + mark, significant(edge.value), share)
    note = Text(style="dim")
    if len(ordered) > EDGES:
        note.append(tr("… {count} more (all in --json and -o)", count=len(ordered) - EDGES) + "\n")
    note.append(
        tr(
            "{nodes} nodes and {edges} edges at a cut-off of {cut_off}; the nodes emit {coverage} of everything",
            nodes=len(found.nodes),
            edges=len(found.edges),
            cut_off=percent(found.cut_off, 2),
            coverage=percent(found.coverage),
        )
    )
    if found.left_out:
        note.append("\n" + tr("{count} edges above the cut-off are left out (--limit)", count=found.left_out))
    return Group(_title(chain), table, note, *([_gaps(chain)] if chain.gaps else []))
