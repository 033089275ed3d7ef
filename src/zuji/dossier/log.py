"""A transparency log as a folder of static files: append-only, signed checkpoints, proofs (C2SP tlog-tiles).

`checkpoint` is the signed note, `tile/LEVEL/N` holds 256 hashes, `tile/entries/NNN` the entries behind the lowest
level, each with its length in two bytes before it; `.p/W` at the end of a name marks a tile with W entries so far.
`log.vkey` is the verifier key. One writer at a time: appending holds a lock file.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zuji.canonical import canonical_bytes
from zuji.dossier import merkle
from zuji.dossier.container import write_whole
from zuji.dossier.merkle import ProofError
from zuji.dossier.note import (
    ORIGIN,
    Checkpoint,
    ConsistencyProof,
    LogProof,
    NoteError,
    VerifierKey,
    check_note,
    checkpoint_of,
    signed_note,
    verifier_key,
)
from zuji.errors import UnreadableError, ZujiError
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

WIDTH = 256
ENTRY_FORMAT = "zuji-log-entry/1"


def entry_of(dossier: str) -> bytes:
    """The entry of a log for the dossier whose manifest has this digest."""
    return canonical_bytes({"format": ENTRY_FORMAT, "dossier": dossier})


def init_log(folder: Path, origin: str, key: Ed25519PrivateKey) -> VerifierKey:
    """Begin an empty log; raises ZujiError where there already is one, or for a name with spaces or plus signs."""
    if not ORIGIN.fullmatch(origin):
        raise ZujiError(tr("the name of a log has no spaces and no plus sign, for example example.org/footprints"))
    if (folder / "checkpoint").exists():
        raise ZujiError(tr("there is a log in {folder}", folder=folder))
    folder.mkdir(parents=True, exist_ok=True)
    public = VerifierKey(origin, key.public_key().public_bytes_raw())
    write_whole(folder / "log.vkey", f"{public}\n".encode())
    _write_checkpoint(folder, Checkpoint(origin, 0, merkle.EMPTY), key)
    return public


def append(folder: Path, entry: bytes, key: Ed25519PrivateKey) -> int:
    """Append one entry unless it is there, sign the new checkpoint, and return the entry's index.

    What the log holds is tested against its checkpoint first, so that a changed log is not signed over.
    """
    with _locked(folder):
        log = audit(folder)
        if VerifierKey(log.checkpoint.origin, key.public_key().public_bytes_raw()) != log.key:
            raise ZujiError(tr("this is not the key of the log"))
        if entry in log.entries:
            return log.entries.index(entry)
        entries = [*log.entries, entry]
        _write_tiles(folder, entries, len(log.entries))
        root = merkle.tree_root([merkle.leaf_hash(one) for one in entries])
        _write_checkpoint(folder, Checkpoint(log.checkpoint.origin, len(entries), root), key)
        return len(entries) - 1


class Log:
    """A log whose files agree with each other and with its signed checkpoint."""

    def __init__(self, key: VerifierKey, note: str, checkpoint: Checkpoint, entries: Sequence[bytes]) -> None:
        self.key, self.note, self.checkpoint, self.entries = key, note, checkpoint, tuple(entries)
        self.leaves = [merkle.leaf_hash(entry) for entry in entries]

    def prove(self, entry: bytes) -> LogProof:
        """The inclusion proof of an entry; raises ProofError when it is not in the log."""
        if entry not in self.entries:
            raise ProofError(N_("the entry is not in the log"))
        index = self.entries.index(entry)
        return LogProof(index, tuple(merkle.inclusion_proof(self.leaves, index)), self.note)

    def prove_consistent(self, earlier: Checkpoint) -> ConsistencyProof:
        """The proof that this log goes on from an earlier checkpoint; raises ProofError when it does not."""
        if earlier.origin != self.checkpoint.origin:
            raise ProofError(N_("the checkpoint is of another log"))
        size = self.checkpoint.size
        path = merkle.consistency_proof(self.leaves, earlier.size)
        merkle.check_consistency(earlier.size, size, path, earlier.root, self.checkpoint.root)
        return ConsistencyProof(earlier.size, size, tuple(path))


def audit(folder: Path, earlier: Sequence[str] = ()) -> Log:
    """Read the whole log and test it: signature, every tile, the root, and each earlier checkpoint (signed notes).

    Raises ProofError where its history was rewritten or a file changed, UnreadableError where it is no log.
    """
    note, key = _text(folder / "checkpoint"), verifier_key(_text(folder / "log.vkey"))
    checkpoint = checkpoint_of(check_note(note, key))
    if checkpoint.origin != key.name:
        raise NoteError(N_("the checkpoint is of another log"))
    entries = list(_entries(folder, checkpoint.size))
    log = Log(key, note, checkpoint, entries)
    if merkle.tree_root(log.leaves) != checkpoint.root:
        raise ProofError(N_("the entries do not give the root of the checkpoint: the history was changed"))
    for path, data in _hash_tiles(log.leaves):
        if _bytes(folder / path) != data:
            raise ProofError(N_("{path} does not hold the hashes of the entries"), path=path)
    for text in earlier:
        before = checkpoint_of(check_note(text, key))
        if before.size == 0:
            continue  # every log begins empty; there is nothing to compare
        if before.size > checkpoint.size:
            raise ProofError(
                N_("the log had {earlier} entries and has {now}: entries were removed"),
                earlier=before.size,
                now=checkpoint.size,
            )
        if merkle.tree_root(log.leaves[: before.size]) != before.root:
            raise ProofError(
                N_("the first {earlier} entries are not the ones of then: the history was rewritten"),
                earlier=before.size,
            )
    return log


def tile_name(level: str, index: int, width: int) -> str:
    """The path of a tile: groups of three digits, all but the last with an x before them."""
    digits = f"{index:03}"
    while len(digits) % 3:
        digits = "0" + digits
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + ("" if width == WIDTH else f".p/{width}")


def _hash_tiles(leaves: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    level, row = 0, list(leaves)
    while row:
        for i in range(0, len(row), WIDTH):
            part = row[i : i + WIDTH]
            yield tile_name(str(level), i // WIDTH, len(part)), b"".join(part)
        full = len(row) // WIDTH
        row = [merkle.tree_root(row[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]
        level += 1


def _write_tiles(folder: Path, entries: Sequence[bytes], before: int) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    for name, data in _hash_tiles(leaves):
        path = folder / name
        # An append that broke off before its checkpoint leaves tiles that nobody has signed.
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
    for first in range(before - before % WIDTH, len(entries), WIDTH):
        part = entries[first : first + WIDTH]
        path = folder / tile_name("entries", first // WIDTH, len(part))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, b"".join(struct.pack(">H", len(one)) + one for one in part))


def _entries(folder: Path, size: int) -> Iterator[bytes]:
    for first in range(0, size, WIDTH):
        count = min(WIDTH, size - first)
        name = tile_name("entries", first // WIDTH, count)
        data, position = _bytes(folder / name), 0
        for _ in range(count):
            if position + 2 > len(data):
                raise ProofError(N_("{name} is cut off"), name=name)
            (length,) = struct.unpack_from(">H", data, position)
            position += 2 + length
            if position > len(data):
                raise ProofError(N_("{name} is cut off"), name=name)
            yield data[position - length : position]
        if position != len(data):
            raise ProofError(N_("{name} holds more than the checkpoint says"), name=name)


def _write_checkpoint(folder: Path, checkpoint: Checkpoint, key: Ed25519PrivateKey) -> None:
    write_whole(folder / "checkpoint", signed_note(checkpoint.text, checkpoint.origin, key).encode("utf-8"))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = folder / "append.lock"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        raise ZujiError(tr("{lock} is there: somebody else is appending; delete it if nobody is", lock=lock)) from None
    except OSError as error:
        raise UnreadableError(f"{folder}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ProofError(N_("{name} is not there"), name=path.name) from None
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(tr("{folder} is not a log: {problem}", folder=path.parent, problem=error)) from error
