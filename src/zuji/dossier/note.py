"""Signed notes, checkpoints and proofs of a log as texts (C2SP signed-note, tlog-checkpoint, tlog-proof v1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zuji.dossier.merkle import EMPTY, ProofError
from zuji.i18n import N_

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\1"
PROOF_HEAD = "c2sp.org/tlog-proof@v1"
SIZE = re.compile(r"0|[1-9]\d{0,17}")
ORIGIN = re.compile(r"[^\s+]{1,200}")


class NoteError(ProofError):
    """A text that is not a note, checkpoint or proof, or whose signature does not hold."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public key of a log under its name."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, algorithm and key."""
        return hashlib.sha256(self.name.encode("utf-8") + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{base64.b64encode(ED25519 + self.public).decode('ascii')}"


def verifier_key(text: str) -> VerifierKey:
    """The key that `NAME+HASH+KEY` says; raises NoteError for a text of another form or a hash of another key."""
    try:
        name, shown, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise NoteError(N_("this is not the verifier key of a log")) from None
    key = VerifierKey(name, raw[1:])
    if not ORIGIN.fullmatch(name) or raw[:1] != ED25519 or len(raw) != 33 or key.key_hash.hex() != shown:
        raise NoteError(N_("this is not the verifier key of a log"))
    return key


def signed_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The text with the signature of `name` below it; the text ends with a newline."""
    signer = VerifierKey(name, key.public_key().public_bytes_raw())
    signature = base64.b64encode(signer.key_hash + key.sign(text.encode("utf-8"))).decode("ascii")
    return f"{text}\n— {name} {signature}\n"


def check_note(note: str, key: VerifierKey) -> str:
    """The text of a note that `key` has signed; raises NoteError when it has not. Signatures of others are ignored."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n"):
        raise NoteError(N_("this is not a signed note"))
    text += "\n"
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)", line)
        if match is None:
            raise NoteError(N_("a line below the note is not a signature"))
        try:
            raw = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            raise NoteError(N_("a line below the note is not a signature")) from None
        if match[1] == key.name and raw[:4] == key.key_hash:
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text.encode("utf-8"))
            except (InvalidSignature, ValueError):
                raise NoteError(N_("the signature of the log does not hold")) from None
            return text
    raise NoteError(N_("the log has not signed it with this key"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: how many entries, under which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text, which is what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


def checkpoint_of(text: str) -> Checkpoint:
    """The checkpoint that the text of a note says; extension lines are allowed and ignored."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not lines[0] or not SIZE.fullmatch(lines[1]):
        raise NoteError(N_("this is not a checkpoint"))
    root = _hash(lines[2])
    if lines[1] == "0" and root != EMPTY:
        raise NoteError(N_("an empty log has another root"))
    return Checkpoint(lines[0], int(lines[1]), root)


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError(N_("a hash is not base64")) from None
    if len(raw) != 32 or base64.b64encode(raw).decode("ascii") != line:
        raise NoteError(N_("a hash does not have 32 bytes"))
    return raw


@dataclass(frozen=True, slots=True)
class LogProof:
    """An inclusion proof with the checkpoint that it leads to."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    """The signed note."""

    @property
    def text(self) -> str:
        """The proof in the form of C2SP tlog-proof."""
        hashes = "".join(f"{line}\n" for line in _lines(self.path))
        return f"{PROOF_HEAD}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


def _lines(path: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(one).decode("ascii") for one in path]


def log_proof_of(text: str) -> LogProof:
    """The proof in a text; raises NoteError for another form."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 2 or lines[0] != PROOF_HEAD or not lines[1].startswith("index ") or not checkpoint:
        raise NoteError(N_("this is not a proof of a log"))
    if not SIZE.fullmatch(lines[1][6:]) or len(lines) > 65:
        raise NoteError(N_("this is not a proof of a log"))
    return LogProof(int(lines[1][6:]), tuple(_hash(line) for line in lines[2:]), checkpoint)


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """What shows that one checkpoint of a log goes on from an earlier one."""

    first: int
    second: int
    path: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """One line each: the two sizes, then the hashes."""
        hashes = "".join(f"{line}\n" for line in _lines(self.path))
        return f"zuji-consistency/1\n{self.first} {self.second}\n{hashes}"


def consistency_of(text: str) -> ConsistencyProof:
    """The consistency proof in a text; raises NoteError for another form."""
    lines = text.split("\n")
    sizes = lines[1].split(" ") if len(lines) >= 3 else []
    if lines[0] != "zuji-consistency/1" or lines[-1] or len(sizes) != 2 or len(lines) > 130:
        raise NoteError(N_("this is not a consistency proof"))
    if not all(SIZE.fullmatch(size) for size in sizes):
        raise NoteError(N_("this is not a consistency proof"))
    return ConsistencyProof(int(sizes[0]), int(sizes[1]), tuple(_hash(line) for line in lines[2:-1]))
