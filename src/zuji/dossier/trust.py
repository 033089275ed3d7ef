"""Whom this user trusts: cards of keys, revocations, root certificates and verifier keys of logs, each a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zuji.dossier.container import write_whole
from zuji.dossier.jws import SignatureError, verified
from zuji.dossier.keys import CARD_FORMAT, REVOCATION_KIND, Card, KeyProblem, card_of
from zuji.dossier.note import NoteError, VerifierKey, verifier_key
from zuji.errors import UnreadableError
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class Revocation:
    """When and why the holder of a key revoked it, signed by the key itself."""

    thumbprint: str
    revoked: datetime
    reason: str


@dataclass(frozen=True)
class Trust:
    """What one trusts; nobody by default."""

    cards: Mapping[str, Card] = field(default_factory=dict)
    """By thumbprint."""
    revocations: Mapping[str, Revocation] = field(default_factory=dict)
    """By thumbprint."""
    roots: tuple[Certificate, ...] = ()
    logs: Mapping[str, VerifierKey] = field(default_factory=dict)
    """By the name of the log."""


NOBODY = Trust()


def revocation_of(text: str) -> Revocation:
    """The revocation in a signed statement; raises SignatureError unless the revoked key itself has signed it."""
    signed = verified(text.strip(), kind=REVOCATION_KIND)
    body = signed.payload
    if body.get("format") != "zuji-revocation/1" or body.get("thumbprint") != signed.thumbprint:
        raise SignatureError(N_("a key can be revoked by itself only"))
    try:
        when = datetime.fromisoformat(str(body["revoked"]))
    except (KeyError, ValueError):
        raise SignatureError(N_("it does not say when the key was revoked")) from None
    if when.tzinfo is None:
        raise SignatureError(N_("it does not say when the key was revoked"))
    return Revocation(signed.thumbprint, when, str(body.get("reason", "")))


def read_trust(*folders: Path) -> Trust:
    """Everything in these folders that says whom to trust, one's own keys among it; other files are left alone.

    Raises UnreadableError for a file of one of the four kinds that is damaged: a revocation must not get lost.
    """
    cards: dict[str, Card] = {}
    revocations: dict[str, Revocation] = {}
    roots: list[Certificate] = []
    logs: dict[str, VerifierKey] = {}
    for path in sorted(path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()):
        try:
            found = _read(path)
        except (KeyProblem, SignatureError, NoteError, ValueError, OSError) as error:
            raise UnreadableError(f"{path}: {error}") from error
        if isinstance(found, Card):
            cards[found.thumbprint] = found
        elif isinstance(found, Revocation):
            earlier = revocations.get(found.thumbprint)
            if earlier is None or found.revoked < earlier.revoked:
                revocations[found.thumbprint] = found
        elif isinstance(found, VerifierKey):
            logs[found.name] = found
        elif found is not None:
            roots += found
    return Trust(cards, revocations, tuple(roots), logs)


def _read(path: Path) -> Card | Revocation | VerifierKey | list[Certificate] | None:
    from cryptography import x509

    match path.suffix:
        case ".json":
            data = path.read_bytes()
            return card_of(data) if CARD_FORMAT.encode() in data else None
        case ".revoked":
            return revocation_of(path.read_text("utf-8"))
        case ".vkey":
            return verifier_key(path.read_text("utf-8"))
        case ".root":
            return x509.load_pem_x509_certificates(path.read_bytes())
    return None


def add_trust(folder: Path, source: Path) -> Path:
    """Copy a card, a revocation, a verifier key or a PEM certificate into the folder of what is trusted.

    Raises UnreadableError for a file that is none of them.
    """
    try:
        data = source.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{source}: {error.strerror or error}") from error
    suffix = _kind(data)
    if suffix is None:
        raise UnreadableError(
            tr("{file} is no card of a key, no revocation, no verifier key of a log and no certificate", file=source)
        )
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{hashlib.sha256(data).hexdigest()[:16]}{suffix}"
    write_whole(target, data)
    return target


def _kind(data: bytes) -> str | None:
    from cryptography import x509

    text = data.decode("utf-8", "replace")
    for suffix, read in (
        (".json", lambda: card_of(data)),
        (".revoked", lambda: revocation_of(text)),
        (".vkey", lambda: verifier_key(text)),
        (".root", lambda: x509.load_pem_x509_certificates(data)),
    ):
        try:
            read()
        except (KeyProblem, SignatureError, NoteError, ValueError):
            continue
        return suffix
    return None
