"""`zuji grid publish --key` and `zuji grid verify`: a published trace signed, and held against its signature."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from zuji.i18n import tr

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from zuji.dossier.keys import Card

    Signer: TypeAlias = tuple[Ed25519PrivateKey, Card, tuple[bytes, ...]]

KIND = "zuji-grid-dataset+jws"
SIGNATURE = "manifest.jws"

FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help=tr("published data set (zuji grid publish)"), show_default=False)
]


def signer(key: str, passphrase_file: Path | None) -> Signer:
    """One's key of this name, open, with its card and certificates; raises ZujiError where it does not open."""
    from zuji.cli.dossier import opened_key

    return opened_key(key, passphrase_file)


def sign_manifest(folder: Path, signer: Signer) -> str:
    """Write `manifest.jws`, an Ed25519 signature over the digest of the manifest; the thumbprint of the key."""
    from zuji.dossier.jws import sign

    private, card, certificates = signer
    said = {"manifest": digest_of(folder), "name": card.name, "role": card.role}
    (folder / SIGNATURE).write_text(sign(said, private, kind=KIND, certificates=certificates) + "\n", "ascii")
    return card.thumbprint


def digest_of(folder: Path) -> str:
    """`sha256:` and the SHA-256 of the manifest's bytes; raises OSError where there is none."""
    return "sha256:" + hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def verify(folder: FolderArgument) -> int:
    """Hold every file against the manifest, and the manifest against its signature."""
    from zuji.dossier.jws import SignatureError, verified
    from zuji.electricity.trace.publish import verify as changed_files
    from zuji.errors import UnreadableError

    if not (folder / "manifest.json").is_file():
        raise UnreadableError(
            tr("{folder} holds no manifest.json; name the folder that 'zuji grid publish' wrote", folder=folder)
        )
    try:
        changed = changed_files(folder)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(
            tr("{file} cannot be used: {problem}", file=folder / "manifest.json", problem=error)
        ) from None
    for name in changed:
        typer.echo(tr("{file} is missing or not as published", file=name))
    signature = folder / SIGNATURE
    if not signature.exists():
        typer.echo(tr("manifest: {digest} (not signed)", digest=digest_of(folder)))
        return 1 if changed else 0
    try:
        signed = verified(signature.read_text("ascii", errors="replace").strip(), kind=KIND)
    except SignatureError as error:
        typer.echo(tr("the signature does not hold: {problem}", problem=error))
        return 1
    if signed.payload.get("manifest") != digest_of(folder):
        typer.echo(tr("the signature is of another manifest: {digest}", digest=signed.payload.get("manifest")))
        return 1
    name = str(signed.payload.get("name", "?"))
    typer.echo(tr("manifest: {digest}, signed by {name}, key {thumbprint}", digest=digest_of(folder), name=name,
                  thumbprint=signed.thumbprint))  # fmt: skip
    return 1 if changed else 0
