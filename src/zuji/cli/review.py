"""`zuji review …`: a verifier's rounds, sample, findings and statement, in a side file of signed entries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zuji.cli import terminal
from zuji.cli.dossier import KeyOption, PassOption, now, opened_key, trust_of
from zuji.cli.localised import Command, Group
from zuji.errors import UnreadableError, ZujiError
from zuji.i18n import tr

if TYPE_CHECKING:
    from zuji.dossier.read import Dossier
    from zuji.dossier.review_events import Events

ReviewOption = Annotated[
    Path | None, typer.Option("--review", metavar="FILE", help=tr("side file of the review (default: FILE.review)"))
]
ReviewArgument = Annotated[
    Path, typer.Argument(metavar="REVIEW", help=tr("side file of the review"), show_default=False)
]
DossierArgument = Annotated[Path, typer.Argument(metavar="FILE", help=tr("dossier (.zuji)"), show_default=False)]
FindingArgument = Annotated[
    str, typer.Argument(metavar="FINDING", help=tr("its name, for example CAR-3fa2c1"), show_default=False)
]
TextOption = Annotated[str, typer.Option("--text", "-t", metavar="TEXT", help=tr("what you say"), show_default=False)]
BookOption = Annotated[
    str, typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("which result (default: the first)"))
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
THRESHOLD = 0.05
"""Materiality where nobody chose one: a share of the total that verifiers often take."""
VERDICTS = {"closed": ("accept", "close"), "accepted": ("accept",), "reopened": ("reopen",)}


def register(app: typer.Typer) -> None:
    """Add `zuji review`."""
    group = typer.Typer(
        help=tr("review a dossier without a server: findings, sample, rounds, statement"),
        no_args_is_help=True,
        cls=Group,
    )
    for name, function, text in (
        ("open", open_round, tr("start a round for a dossier")),
        ("sample", sample, tr("draw the lines to look at, by risk; the same seed draws the same")),
        ("find", find, tr("raise a finding at an address of the dossier")),
        ("answer", answer, tr("answer a finding")),
        ("close", close, tr("close, accept or reopen a finding")),
        ("show", show, tr("show rounds side by side, and every finding with its status")),
        ("merge", merge, tr("merge the side files of several people; nothing is lost")),
        ("statement", statement, tr("issue the verification statement and put it into the dossier")),
    ):
        group.command(name, cls=Command, help=text)(function)
    app.add_typer(group, name="review")


def _side(file: Path, review: Path | None) -> Path:
    return review or file.with_suffix(".review")


def _read(path: Path, *, may_be_new: bool = False) -> Events:
    from zuji.dossier.review_events import Events, read_review

    if may_be_new and not path.exists():
        return Events(())
    try:
        return read_review(path.read_bytes())
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from error
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error


def _sound(events: Events, path: Path) -> Events:
    if events.findings:
        problems = "; ".join(finding.what() for finding in events.findings[:3])
        raise ZujiError(tr("{file} is damaged and was left as it is: {problems}", file=path, problems=problems))
    return events


def _add(path: Path, action: str, body: dict[str, Any], dossier: str, key: str, file: Path | None) -> str:
    """Append one entry to the side file and return its id."""
    from zuji.dossier.container import write_whole
    from zuji.dossier.review_events import new_event, written

    events = _sound(_read(path, may_be_new=action == "open"), path)
    private, card, _ = opened_key(key, file)
    known = {event.id for event in events.events}
    more = new_event(events, action, body, private, card, dossier=dossier, at=now())
    write_whole(path, written(more.events))
    return next(event.id for event in more.events if event.id not in known)


def _role(key: str) -> str:
    from zuji.cli.dossier import keys_folder
    from zuji.dossier.keys import read_card

    return read_card(keys_folder(), key).role


def _require_verifier(key: str) -> None:
    from zuji.dossier.review import PROBLEM_ROLE, VERIFIERS, ReviewError

    role = _role(key)
    if role not in VERIFIERS:
        raise ReviewError(tr(PROBLEM_ROLE, role=role))


def _dossier(file: Path) -> Dossier:
    from zuji.dossier.read import open_dossier

    return open_dossier(file)


def open_round(
    file: DossierArgument,
    key: KeyOption,
    review: ReviewOption = None,
    level: Annotated[
        str, typer.Option("--level", metavar="LEVEL", help=tr("level of assurance: reasonable or limited"))
    ] = "reasonable",
    materiality: Annotated[
        float,
        typer.Option("--materiality", metavar="SHARE", min=0, max=1, help=tr("threshold, share of the total")),
    ] = THRESHOLD,
    passphrase_file: PassOption = None,
) -> int:
    """Start a round: the next one where the side file already has some."""
    from zuji.dossier.review import review_of
    from zuji.dossier.statement import LEVELS

    if level not in LEVELS:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(LEVELS)), param_hint="--level")
    dossier, path = _dossier(file), _side(file, review)
    _require_verifier(key)
    state = review_of(_sound(_read(path, may_be_new=True), path))
    if any(one.dossier == dossier.digest for one in state.rounds):
        raise ZujiError(tr("there is a round for this dossier in {file}", file=path))
    number = max((one.number for one in state.rounds), default=0) + 1
    totals = {result.rulebook: result.summary["total"] for result in dossier.results}
    body = {"round": number, "level": level, "materiality": materiality, "totals": totals}
    _add(path, "open", body, dossier.digest, key, passphrase_file)
    typer.echo(tr("round {number} in {file}", number=number, file=path))
    return 0


def sample(
    file: DossierArgument,
    seed: Annotated[str, typer.Option("--seed", metavar="TEXT", help=tr("any text; note it down"), show_default=False)],
    size: Annotated[int, typer.Option("--size", "-n", metavar="N", min=1, help=tr("number of lines"))] = 12,
    rulebook: BookOption = "",
    before: Annotated[
        Path | None, typer.Option("--before", metavar="FILE", help=tr("the dossier of the round before"))
    ] = None,
    materiality: Annotated[
        float | None,
        typer.Option(
            "--materiality",
            metavar="SHARE",
            min=0,
            max=1,
            help=tr("threshold, share of the total (default: that of the round, else 0.05)"),
        ),
    ] = None,
    key: Annotated[str, typer.Option("--key", "-k", metavar="NAME", help=tr("sign the sample into the review"))] = "",
    review: ReviewOption = None,
    passphrase_file: PassOption = None,
    json_output: JsonOption = False,
) -> int:
    """Draw the sample, and with --key keep it in the side file."""
    from zuji.cli import review_tables
    from zuji.dossier.review import review_of
    from zuji.dossier.sampling import draw

    dossier = _dossier(file)
    book = rulebook or dossier.results[0].rulebook
    earlier = _dossier(before).result(book) if before is not None else None
    path = _side(file, review)
    round = review_of(_sound(_read(path), path)).round_of(dossier) if key or path.exists() else None
    share = materiality if materiality is not None else round.materiality if round is not None else THRESHOLD
    plan = draw(dossier.result(book), seed=seed, size=size, materiality=share, before=earlier)
    if key:
        _require_verifier(key)
        _add(path, "sample", plan.document(), dossier.digest, key, passphrase_file)
    if json_output:
        terminal.write_json(plan.document())
    else:
        terminal.console().print(review_tables.plan(plan))
    return 0


def find(
    file: DossierArgument,
    address: Annotated[
        str, typer.Option("--address", "-a", metavar="ADDRESS", help=tr("for example total, stage/use, line/…"))
    ],
    text: TextOption,
    key: KeyOption,
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help=tr("clarification, corrective_action or observation"))
    ] = "clarification",
    rulebook: BookOption = "",
    review: ReviewOption = None,
    passphrase_file: PassOption = None,
) -> int:
    """Raise a finding; the address must exist in the dossier."""
    import difflib

    from zuji.dossier.review import KINDS, LETTERS, review_of
    from zuji.errors import AddressError

    if kind not in KINDS:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(KINDS)), param_hint="--kind")
    dossier, path = _dossier(file), _side(file, review)
    _require_verifier(key)
    review_of(_sound(_read(path), path)).round_of(dossier)
    result = dossier.result(rulebook or dossier.results[0].rulebook)
    known = list(result.explain("en"))
    if address not in known:
        raise AddressError(address, difflib.get_close_matches(address, known, n=3, cutoff=0.4) or known[:3])
    body = {"kind": kind, "address": address, "rulebook": result.rulebook, "text": text}
    id = _add(path, "find", body, dossier.digest, key, passphrase_file)
    typer.echo(f"{LETTERS[kind]}-{id[:6]}")
    return 0


def _act(path: Path, name: str, actions: tuple[str, ...], text: str, key: str, file: Path | None) -> int:
    from zuji.dossier.review import STATUSES, ReviewError, require_move, review_of

    role, done = _role(key), 0
    for action in actions:
        state = review_of(_sound(_read(path), path))
        finding = state.finding(name)
        # Closing an answered finding accepts it first; an accepted one, or an observation, is closed at once.
        if action == "accept" and len(actions) > 1 and (finding.status == "accepted" or finding.kind == "observation"):
            continue
        try:
            require_move(finding, action, role)
        except ReviewError as error:
            raise ReviewError(tr("{name}: {problem}", name=finding.label, problem=error)) from error
        _add(path, action, {"finding": finding.id, "text": text}, finding.dossier, key, file)
        done += 1
    finding = review_of(_read(path)).finding(name)
    typer.echo(f"{finding.label}: {tr(STATUSES[finding.status])}")
    return 0


def answer(
    review: ReviewArgument,
    finding: FindingArgument,
    text: TextOption,
    key: KeyOption,
    passphrase_file: PassOption = None,
) -> int:
    """Answer a finding as the maker."""
    return _act(review, finding, ("answer",), text, key, passphrase_file)


def close(
    review: ReviewArgument,
    finding: FindingArgument,
    key: KeyOption,
    text: Annotated[str, typer.Option("--text", "-t", metavar="TEXT", help=tr("what you say"))] = "",
    verdict: Annotated[str, typer.Option("--as", metavar="STATUS", help=tr("closed, accepted or reopened"))] = "closed",
    passphrase_file: PassOption = None,
) -> int:
    """Decide on an answered finding as the verifier."""
    if verdict not in VERDICTS:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(VERDICTS)), param_hint="--as")
    return _act(review, finding, VERDICTS[verdict], text, key, passphrase_file)


def show(review: ReviewArgument, json_output: JsonOption = False) -> int:
    """Print the state of a review; exit code 1 when an entry does not hold or its key is revoked."""
    from zuji.cli import review_tables, tables
    from zuji.dossier.review import doubts, review_of
    from zuji.finding import has_errors

    events = _read(review)
    state = review_of(events)
    problems = [*events.findings, *doubts(events.events, trust_of()), *state.problems]
    if json_output:
        terminal.write_json(review_tables.document(state, problems))
    else:
        console = terminal.console()
        console.print(review_tables.state(state))
        if problems:
            console.print(tables.findings([(finding, []) for finding in problems], show_notes=True))
    return 1 if has_errors(problems) else 0


def merge(
    files: Annotated[list[Path], typer.Argument(metavar="REVIEW…", help=tr("side files"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help=tr("merged file"), show_default=False)],
) -> int:
    """Take the entries of all files; damaged lines of one are there in another."""
    from zuji.dossier.container import write_whole
    from zuji.dossier.review_events import merged, read_review, written

    everything = merged(*(_read(file).events for file in files))
    data = written(everything)
    write_whole(out, data)
    left = read_review(data).findings
    typer.echo(tr("{count} entries in {file}", count=len(everything), file=out))
    for finding in left:
        typer.echo(finding.what(), err=True)
    return 1 if left else 0


def statement(
    file: DossierArgument,
    key: KeyOption,
    opinion: Annotated[
        str, typer.Option("--opinion", metavar="OPINION", help=tr("unmodified, qualified, adverse or disclaimer"))
    ],
    scope: Annotated[str, typer.Option("--scope", metavar="TEXT", help=tr("what was verified"), show_default=False)],
    text: TextOption,
    level: Annotated[
        str, typer.Option("--level", metavar="LEVEL", help=tr("level of assurance: reasonable or limited"))
    ] = "reasonable",
    rulebook: Annotated[
        list[str] | None,
        typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("criteria: rulebooks of the dossier (default: all)")),
    ] = None,
    review: ReviewOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help=tr("write here (default: into the same file)"))
    ] = None,
    passphrase_file: PassOption = None,
) -> int:
    """Put the review and the signed statement into the dossier."""
    from zuji.dossier.container import write_whole
    from zuji.dossier.statement import LEVELS, OPINIONS, issued

    for given, known, hint in ((level, LEVELS, "--level"), (opinion, OPINIONS, "--opinion")):
        if given not in known:
            raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(known)), param_hint=hint)
    dossier, path = _dossier(file), _side(file, review)
    criteria = list(dict.fromkeys(rulebook or [result.rulebook for result in dossier.results]))
    events = _read(path)
    private, card, certificates = opened_key(key, passphrase_file)
    data = issued(
        dossier, events, private, card, level=level, opinion=opinion, scope=scope, criteria=criteria, text=text,
        at=now(), certificates=certificates,
    )  # fmt: skip
    write_whole(out or file, data)
    typer.echo(tr("the statement is in {file}", file=out or file))
    return 0
