"""Put proofs into a dossier: signatures, time stamps, log proofs, statements. What was frozen does not change.

Proofs stand in `proof/` in the order in which they were added; each refers to the seal as it was before it, so that one
cannot be taken out from under a later one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zuji.dossier import stamp
from zuji.dossier.container import packed
from zuji.dossier.jws import sign
from zuji.dossier.keys import Card
from zuji.dossier.log import Log, entry_of
from zuji.dossier.manifest import seal, with_proof
from zuji.dossier.note import check_note, checkpoint_of, log_proof_of
from zuji.dossier.read import Dossier

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE_FORMAT, SIGNATURE_KIND = "zuji-signature/1", "zuji-signature+jws"
SIGNATURES, STAMPS, LOGS, STATEMENTS, REVIEWS = (
    f"proof/{name}/" for name in ("signatures", "stamps", "log", "statements", "reviews")
)


def added(dossier: Dossier, folder: str, suffix: str, data: bytes) -> bytes:
    """The dossier with one more proof, numbered after those that are there."""
    path = f"{folder}{len(dossier.proofs) + 1:04}{suffix}"
    return packed(with_proof(dossier.files(), dossier.proofs, path, data))


def signed(
    dossier: Dossier,
    key: Ed25519PrivateKey,
    card: Card,
    *,
    at: datetime,
    role: str = "",
    certificates: Sequence[bytes] = (),
) -> bytes:
    """The dossier with the signature of the card's holder in their role (or another one that they act in)."""
    payload = {"format": SIGNATURE_FORMAT, **said_by(dossier, card, at, role)}
    compact = sign(payload, key, kind=SIGNATURE_KIND, certificates=certificates)
    return added(dossier, SIGNATURES, ".jws", compact.encode("ascii"))


def said_by(dossier: Dossier, card: Card, at: datetime, role: str = "") -> dict[str, Any]:
    """What every signed statement on a dossier holds: which one, with which proofs, who, in which role, when."""
    return {
        "dossier": dossier.digest,
        "seal": dossier.seal_before(len(dossier.proofs)),
        "name": card.name,
        "organisation": card.organisation,
        "role": role or card.role,
        "signed": at.isoformat(),
    }


def imprint(dossier: Dossier, count: int) -> bytes:
    """The SHA-256 that a time stamp after `count` proofs is for: that of the seal as it was then."""
    return hashlib.sha256(seal(dossier.digest, dossier.proofs[:count])).digest()


def stamped(dossier: Dossier, url: str) -> bytes:
    """The dossier with a time stamp of the authority at `url` over everything that is in it."""
    token = stamp.ask(url, imprint(dossier, len(dossier.proofs)), secrets.randbits(63))
    return added(dossier, STAMPS, ".tst", token)


def logged(dossier: Dossier, log: Log) -> bytes:
    """The dossier with the proof that the log holds it, and that the log goes on from the checkpoints already here.

    Raises ProofError when it does not hold it or has been rewritten since; a proof for the same checkpoint is not
    added twice.
    """
    proof = log.prove(entry_of(dossier.digest))
    earlier = checkpoints_in(dossier, log)
    if log.note in earlier.values():
        return packed(dossier.files())
    links = [log.prove_consistent(checkpoint_of(check_note(note, log.key))) for note in list(earlier.values())[-1:]]
    data = added(dossier, LOGS, ".tlog-proof", proof.text.encode("utf-8"))
    for link in links:
        from zuji.dossier.read import open_dossier

        data = added(open_dossier(data), LOGS, ".consistency", link.text.encode("ascii"))
    return data


def checkpoints_in(dossier: Dossier, log: Log) -> Mapping[str, str]:
    """The checkpoints of this log that the dossier has proofs for, by member, in the order of adding."""
    found: dict[str, str] = {}
    for path, _ in dossier.proofs:
        if path.startswith(LOGS) and path.endswith(".tlog-proof"):
            note = log_proof_of(dossier.read(path).decode("utf-8")).checkpoint
            if note.partition("\n")[0] == log.checkpoint.origin:
                found[path] = note
    return found
