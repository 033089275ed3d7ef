"""`zuji freeze`, `verify`, `sign`, `stamp`, `diff`, `key …` and `log …`: the dossier on the command line."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zuji.cli import terminal
from zuji.cli.localised import Command, Group
from zuji.errors import UnreadableError, ZujiError
from zuji.i18n import tr

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from zuji.dossier.keys import Card
    from zuji.dossier.trust import Trust

DossierArgument = Annotated[Path, typer.Argument(metavar="FILE", help=tr("dossier (.zuji)"), show_default=False)]
KeyOption = Annotated[str, typer.Option("--key", "-k", metavar="NAME", help=tr("name of your key"), show_default=False)]
PassOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help=tr("first line is the passphrase (default: ZUJI_PASSPHRASE, or asked)"),
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help=tr("write here (default: into the same file)"))
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("canonical JSON instead of tables"))]
NotesOption = Annotated[bool, typer.Option("--notes", help=tr("show notes as well"))]
LogArgument = Annotated[Path, typer.Argument(metavar="DIR", help=tr("folder of the log"), show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of the dossier."""
    app.command(
        "freeze", cls=Command, help=tr("freeze a study with its results into one file that anybody can verify (.zuji)")
    )(freeze)
    app.command("verify", cls=Command, help=tr("verify a dossier: nothing but the file is needed"))(verify)
    app.command("sign", cls=Command, help=tr("sign a dossier with one of your keys"))(sign)
    app.command("stamp", cls=Command, help=tr("put a time stamp (RFC 3161) on a dossier"))(stamp)
    app.command("diff", cls=Command, help=tr("show what changed between two dossiers and what that did to the result"))(
        diff
    )
    keys = typer.Typer(
        help=tr("make, show and revoke signing keys, and say whom you trust"), no_args_is_help=True, cls=Group
    )
    keys.command("new", cls=Command, help=tr("make a signing key (Ed25519), encrypted under a passphrase"))(key_new)
    keys.command("show", cls=Command, help=tr("list your keys, or print the card of one to give to others"))(key_show)
    keys.command("revoke", cls=Command, help=tr("revoke a key for ever; give the file to all who trust the key"))(
        key_revoke
    )
    keys.command("certificate", cls=Command, help=tr("keep the certificate that vouches for a key"))(key_certificate)
    keys.command(
        "trust", cls=Command, help=tr("trust a card, revocation, root certificate or verifier key of a log from now on")
    )(key_trust)
    app.add_typer(keys, name="key")
    logs = typer.Typer(
        help=tr("keep a transparency log of dossiers: append-only, signed"), no_args_is_help=True, cls=Group
    )
    logs.command("init", cls=Command, help=tr("begin an empty log"))(log_init)
    logs.command("append", cls=Command, help=tr("append dossiers to a log and put the proof into each"))(log_append)
    logs.command("prove", cls=Command, help=tr("put the newest proof of a log into a dossier"))(log_prove)
    logs.command("audit", cls=Command, help=tr("test a whole log, also against the proofs in dossiers"))(log_audit)
    app.add_typer(logs, name="log")


def now() -> datetime:
    """This moment in whole seconds, UTC."""
    return datetime.now(timezone.utc).replace(microsecond=0)  # noqa: UP017


def moment(text: str) -> datetime:
    """The moment that --at names: a day or a time, UTC where it does not say; now for none."""
    if not text:
        return now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(tr("write the time as YYYY-MM-DD or YYYY-MM-DDThh:mm"), param_hint="--at") from error
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)  # noqa: UP017


def keys_folder() -> Path:
    """Where one's own keys are."""
    from zuji.dossier.keys import home

    return home() / "keys"


def trust_of() -> Trust:
    """Whom the user trusts: what `zuji key trust` was given, and one's own keys."""
    from zuji.dossier.keys import home
    from zuji.dossier.trust import read_trust

    return read_trust(home() / "trust", home() / "keys")


def passphrase(file: Path | None, *, twice: bool = False) -> str:
    """The passphrase from a file, from the environment, or asked."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").split("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            problem = getattr(error, "strerror", None) or error
            raise UnreadableError(f"{file}: {problem}") from error
    if "ZUJI_PASSPHRASE" in os.environ:
        return os.environ["ZUJI_PASSPHRASE"]
    if not sys.stdin.isatty():
        raise ZujiError(tr("the passphrase is missing: give --passphrase-file or set ZUJI_PASSPHRASE"))
    asked: str = typer.prompt(tr("passphrase"), hide_input=True, confirmation_prompt=twice)
    return asked


def opened_key(name: str, file: Path | None) -> tuple[Ed25519PrivateKey, Card, tuple[bytes, ...]]:
    """One's key of this name with its card and certificates."""
    from zuji.dossier import keys

    folder = keys_folder()
    card = keys.read_card(folder, name)
    return keys.open_key(folder, name, passphrase(file)), card, keys.certificates(folder, name)


def freeze(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help=tr("study folder, or the name of an example"), show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help=tr("file to write"), show_default=False)],
    rulebook: Annotated[
        list[str] | None,
        typer.Option("--rulebook", "-r", metavar="BOOK", help=tr("rulebook id or folder, or all; repeat for several")),
    ] = None,
    on: Annotated[
        str, typer.Option("--on", metavar="DAY", help=tr("day whose rules hold (YYYY-MM-DD; default today)"))
    ] = "",
    keep_home: Annotated[
        list[str] | None,
        typer.Option("--keep-home", metavar="ID", help=tr("evidence that is named by its digest only; repeat")),
    ] = None,
    no_evidence: Annotated[bool, typer.Option("--no-evidence", help=tr("name all evidence by digest only"))] = False,
    disclose: Annotated[
        list[str] | None,
        typer.Option("--disclose", metavar="ID", help=tr("dataset whose owner agrees to pass it on; repeat")),
    ] = None,
    after: Annotated[
        Path | None,
        typer.Option("--after", metavar="FILE", help=tr("dossier that this one is the next version of")),
    ] = None,
    licence: Annotated[
        str, typer.Option("--licence", metavar="TEXT", help=tr("under which terms the dossier is passed on"))
    ] = "",
    force: Annotated[bool, typer.Option("--force", help=tr("replace the file if it is there"))] = False,
) -> int:
    """Calculate, freeze, verify what was frozen, and write it; a file with proofs is replaced only with `--force`."""
    from zuji.cli import app as main
    from zuji.cli import dossier_tables, tables
    from zuji.dossier.container import write_whole
    from zuji.dossier.freeze import CONFIDENTIAL, Choices, FreezeError
    from zuji.dossier.freeze import freeze as frozen
    from zuji.dossier.read import open_dossier
    from zuji.dossier.verify import verify as verified

    if not force:
        _refuse_loss(out)
    predecessor = open_dossier(after).digest if after is not None else ""
    footprints = main._footprints(study, rulebook or main.BOOKS, on)
    if isinstance(footprints, int):
        return footprints
    choices = Choices(
        keep_home=frozenset(keep_home or ()), no_evidence=no_evidence, disclose=frozenset(disclose or ()),
        licence=licence or CONFIDENTIAL, predecessor=predecessor,
    )  # fmt: skip
    try:
        data = frozen(footprints, choices)
    except FreezeError as error:
        terminal.console(stderr=True).print(tables.findings([(f, []) for f in error.findings], show_notes=False))
        return 1
    verification = verified(data, at=now())
    if not verification.holds:
        terminal.console(stderr=True).print(dossier_tables.verification(verification, notes=True))
        typer.echo(tr("nothing was written: the dossier fails its own verification"), err=True)
        return 1
    write_whole(out, data)
    dossier = open_dossier(out)
    terminal.console().print(dossier_tables.frozen(out, dossier, len(data)))
    return 0


def _refuse_loss(out: Path) -> None:
    # A dossier without proofs can be frozen again; signatures, statements and foreign files cannot.
    from zuji.dossier.read import open_dossier

    if not out.parent.is_dir():
        raise typer.BadParameter(tr("there is no folder {folder}", folder=out.parent), param_hint="--out")
    if not out.exists():
        return
    try:
        proofs = len(open_dossier(out).proofs)
    except ZujiError:
        said = tr("{file} is there already and is no whole dossier; --force replaces it", file=out)
        raise typer.BadParameter(said, param_hint="--out") from None
    if proofs:
        said = tr(
            "{file} holds {count} proofs (signatures, stamps, log, statements), which would be lost; "
            "name another file (the next version: --after {file}), or replace it with --force",
            file=out, count=proofs,
        )  # fmt: skip
        raise typer.BadParameter(said, param_hint="--out")


def verify(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help=tr("dossier (.zuji)"), show_default=False)] = None,
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help=tr("judge certificates as of this time (default now)"))
    ] = "",
    json_output: JsonOption = False,
    notes: NotesOption = False,
    quick: Annotated[
        bool, typer.Option("--quick", help=tr("do not calculate anew with this version; the plain engine always runs"))
    ] = False,
    write_verifier: Annotated[
        Path | None,
        typer.Option("--write-verifier", metavar="FILE", help=tr("write the stand-alone verifier (one Python file)")),
    ] = None,
) -> int:
    """Verify, and say what holds, who vouches for it, and what is wrong where."""
    from zuji.cli import dossier_tables
    from zuji.dossier.container import verifier_digest, verifier_source, write_whole
    from zuji.dossier.verify import verify as verified

    if write_verifier is not None:
        write_whole(write_verifier, verifier_source())
        typer.echo(f"{write_verifier}  sha256:{verifier_digest()}")
        if file is None:
            return 0
    if file is None:
        raise typer.BadParameter(tr("the argument {name} is missing", name="FILE"))
    found = verified(file, trust_of(), at=moment(at), recalculate=not quick)
    if json_output:
        terminal.write_json(dossier_tables.document(found))
    else:
        terminal.console().print(dossier_tables.verification(found, notes=notes))
    return 0 if found.holds else 1


def sign(
    file: DossierArgument,
    key: KeyOption,
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help=tr("role in which you sign (default: that of the key)"))
    ] = "",
    out: OutOption = None,
    passphrase_file: PassOption = None,
) -> int:
    """Sign and write."""
    from zuji.dossier.container import write_whole
    from zuji.dossier.keys import ROLES
    from zuji.dossier.prove import signed
    from zuji.dossier.read import open_dossier

    if role and role not in ROLES:
        raise typer.BadParameter(tr("one of: {choices}", choices=", ".join(ROLES)), param_hint="--role")
    dossier = open_dossier(file)
    private, card, certificates = opened_key(key, passphrase_file)
    write_whole(out or file, signed(dossier, private, card, at=now(), role=role, certificates=certificates))
    typer.echo(
        tr("{file} signed by {name} ({role}), key {thumbprint}", file=out or file, name=card.name,
           role=tr(ROLES[role or card.role]), thumbprint=card.thumbprint)
    )  # fmt: skip
    return 0


def stamp(
    file: DossierArgument,
    tsa: Annotated[
        str,
        typer.Option("--tsa", metavar="URL", envvar="ZUJI_TSA", help=tr("address of the time-stamping authority")),
    ] = "",
    out: OutOption = None,
) -> int:
    """Ask an authority for a time stamp over everything in the dossier, and write."""
    from zuji.dossier.container import write_whole
    from zuji.dossier.prove import stamped
    from zuji.dossier.read import open_dossier

    if not tsa:
        raise typer.BadParameter(tr("no time-stamping authority: give --tsa or set ZUJI_TSA"), param_hint="--tsa")
    data = stamped(open_dossier(file), tsa)
    write_whole(out or file, data)
    typer.echo(tr("{file} stamped by {url}", file=out or file, url=tsa))
    return 0


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help=tr("earlier dossier"), show_default=False)],
    b: Annotated[Path, typer.Argument(metavar="B", help=tr("later dossier"), show_default=False)],
    json_output: JsonOption = False,
    lines: Annotated[
        int,
        typer.Option("--lines", metavar="N", min=0, help=tr("number of lines and parameters shown for each cause")),
    ] = 4,
) -> int:
    """Print every input that differs and the causes of each difference of the results."""
    from zuji.cli import compare_tables, dossier_tables
    from zuji.dossier.diff import difference
    from zuji.dossier.read import ShapeError, open_dossier

    try:
        found = difference(open_dossier(a), open_dossier(b))
    except ShapeError as error:
        raise UnreadableError(str(error)) from error
    if json_output:
        terminal.write_json(dossier_tables.difference_document(found))
        return 0
    console = terminal.console()
    console.print(dossier_tables.difference(found))
    for comparison in found.comparisons.values():
        compare_tables.print_comparison(console, comparison, "product", lines)
    return 0


def key_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help=tr("short name of the key"), show_default=False)],
    person: Annotated[str, typer.Option("--person", metavar="TEXT", help=tr("who holds it"), show_default=False)],
    organisation: Annotated[
        str, typer.Option("--organisation", metavar="TEXT", help=tr("for which organisation"))
    ] = "",
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help=tr("author, company, verifier or certification_body"))
    ] = "author",
    passphrase_file: PassOption = None,
) -> int:
    """Make a key and print its thumbprint."""
    from zuji.dossier import keys

    folder = keys_folder()
    secret = passphrase(passphrase_file, twice=True)
    card = keys.new_key(folder, name, secret, person=person, organisation=organisation, role=role, at=now())
    typer.echo(tr("key {name}: {thumbprint}", name=name, thumbprint=card.thumbprint))
    typer.echo(tr("give {file} to those who are to trust it; keep {secret} and its passphrase to yourself",
                  file=folder / f"{name}.json", secret=folder / f"{name}.pem"))  # fmt: skip
    return 0


def key_show(
    name: Annotated[str, typer.Argument(metavar="NAME", help=tr("short name of the key"))] = "",
) -> int:
    """Print the card of one key, or a table of all and of what is trusted."""
    from zuji.cli import dossier_tables
    from zuji.dossier import keys

    folder = keys_folder()
    if name:
        terminal.write_json(keys.read_card(folder, name).document())
        return 0
    own = [(one, keys.read_card(folder, one), (folder / f"{one}.revoked").exists()) for one in keys.names(folder)]
    terminal.console().print(dossier_tables.keys(own, trust_of()))
    return 0


def key_revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help=tr("short name of the key"), show_default=False)],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=tr("why"), show_default=False)],
    passphrase_file: PassOption = None,
) -> int:
    """Revoke a key."""
    from zuji.dossier import keys

    path = keys.revoke(keys_folder(), name, passphrase(passphrase_file), reason=reason, at=now())
    typer.echo(tr("revoked; give {file} to all who trust the key: zuji key trust {file}", file=path))
    return 0


def key_certificate(
    name: Annotated[str, typer.Argument(metavar="NAME", help=tr("short name of the key"), show_default=False)],
    file: Annotated[Path, typer.Argument(metavar="PEM", help=tr("certificates, yours first"), show_default=False)],
) -> int:
    """Keep a certificate beside its key."""
    from zuji.dossier import keys

    try:
        pem = file.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror or error}") from error
    keys.attach_certificate(keys_folder(), name, pem)
    typer.echo(tr("signatures with {name} carry the certificate from now on", name=name))
    return 0


def key_trust(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=tr("card, revocation, certificate, verifier key"), show_default=False),
    ],
) -> int:
    """Trust what a file says."""
    from zuji.dossier.keys import home
    from zuji.dossier.trust import add_trust

    typer.echo(tr("trusted: {file}", file=add_trust(home() / "trust", file)))
    return 0


def log_init(
    folder: LogArgument,
    key: KeyOption,
    origin: Annotated[
        str, typer.Option("--origin", metavar="NAME", help=tr("name of the log, for example example.org/footprints"))
    ],
    passphrase_file: PassOption = None,
) -> int:
    """Begin a log."""
    from zuji.dossier.log import init_log

    public = init_log(folder, origin, opened_key(key, passphrase_file)[0])
    typer.echo(str(public))
    typer.echo(tr("give {file} to those who are to trust the log", file=folder / "log.vkey"))
    return 0


def log_append(
    folder: LogArgument,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=tr("dossiers (.zuji)"), show_default=False)],
    key: KeyOption,
    passphrase_file: PassOption = None,
) -> int:
    """Append and prove."""
    from zuji.dossier.container import write_whole
    from zuji.dossier.log import append, audit, entry_of
    from zuji.dossier.merkle import ProofError
    from zuji.dossier.prove import logged
    from zuji.dossier.read import open_dossier

    dossiers = [(file, open_dossier(file)) for file in files]
    private = opened_key(key, passphrase_file)[0]
    try:
        for file, dossier in dossiers:
            index = append(folder, entry_of(dossier.digest), private)
            typer.echo(tr("{file}: entry {index} of the log", file=file, index=index))
        log = audit(folder)
        for file, dossier in dossiers:
            write_whole(file, logged(dossier, log))
    except ProofError as error:
        raise ZujiError(tr("the log does not hold: {problem}", problem=error)) from error
    return 0


def log_prove(folder: LogArgument, file: DossierArgument, out: OutOption = None) -> int:
    """Put the newest proof into a dossier; needs no key."""
    from zuji.dossier.container import write_whole
    from zuji.dossier.log import audit
    from zuji.dossier.merkle import ProofError
    from zuji.dossier.prove import logged
    from zuji.dossier.read import open_dossier

    try:
        log = audit(folder)
        write_whole(out or file, logged(open_dossier(file), log))
    except ProofError as error:
        raise ZujiError(tr("the log does not hold: {problem}", problem=error)) from error
    shown = tr("{file}: proof against {size} entries of {origin}", file=out or file, size=log.checkpoint.size,
               origin=log.checkpoint.origin)  # fmt: skip
    typer.echo(shown)
    return 0


def log_audit(
    folder: LogArgument,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE…", help=tr("dossiers or checkpoints from earlier"))
    ] = None,
) -> int:
    """Test the log and compare it with what it said earlier."""
    from zuji.dossier.log import audit
    from zuji.dossier.merkle import ProofError
    from zuji.dossier.prove import checkpoints_in
    from zuji.dossier.read import open_dossier

    try:
        log = audit(folder)
        notes: list[str] = []
        for file in files or ():
            if file.suffix == ".zuji":
                notes += checkpoints_in(open_dossier(file), log).values()
            else:
                notes.append(file.read_text(encoding="utf-8"))
        audit(folder, notes)
    except ProofError as error:
        raise ZujiError(tr("the log does not hold: {problem}", problem=error)) from error
    typer.echo(
        tr("{origin}: {size} entries, every hash and the signature hold; {count} earlier checkpoints agree",
           origin=log.checkpoint.origin, size=log.checkpoint.size, count=len(notes))
    )  # fmt: skip
    return 0
