"""The transparency log: published hashes and notes, proofs for every size, and every rewritten history found."""

from __future__ import annotations

import base64
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.dossier import merkle
from zuji.dossier.log import append, audit, entry_of, init_log, tile_name
from zuji.dossier.merkle import ProofError
from zuji.dossier.note import (
    Checkpoint,
    ConsistencyProof,
    NoteError,
    check_note,
    checkpoint_of,
    consistency_of,
    log_proof_of,
    signed_note,
    verifier_key,
)
from zuji.errors import ZujiError

from .people import Person

# The eight leaves and the roots of their trees that Certificate Transparency's reference implementation of RFC 6962
# tests with (google/certificate-transparency, merkle_tree_test.cc; also transparency-dev/merkle, testonly).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# The path of the first leaf in the tree of eight, from the same source.
PATH_OF_0_IN_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]


def hashed(count: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES[:count]]


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_of_the_reference(count: int) -> None:
    """The roots of one to eight leaves are the published ones."""
    assert merkle.tree_root(hashed(count)).hex() == ROOTS[count - 1]


def test_a_path_of_the_reference() -> None:
    """The path of the first of eight leaves is the published one."""
    assert [one.hex() for one in merkle.inclusion_proof(hashed(8), 0)] == PATH_OF_0_IN_8


def test_the_empty_tree() -> None:
    """The root of no leaves is SHA-256 of nothing, and no proof in or from it is accepted."""
    assert merkle.EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    with pytest.raises(ProofError, match="empty"):
        merkle.check_inclusion(merkle.EMPTY, 0, 0, [], merkle.EMPTY)
    with pytest.raises(ProofError, match="empty"):
        merkle.check_consistency(0, 5, [], merkle.EMPTY, merkle.tree_root(hashed(5)))
    with pytest.raises(ProofError):
        merkle.consistency_proof(hashed(3), 0)


def test_every_proof_of_small_trees_holds() -> None:
    """In all trees of up to forty leaves every inclusion and consistency proof holds, and none with a change does."""
    leaves = [merkle.leaf_hash(bytes([i])) for i in range(40)]
    roots = [merkle.tree_root(leaves[:n]) for n in range(41)]
    draw = random.Random(5)
    for size in range(1, 41):
        for index in range(size):
            path = merkle.inclusion_proof(leaves[:size], index)
            merkle.check_inclusion(leaves[index], index, size, path, roots[size])
            other = draw.choice([i for i in range(40) if i != index])
            with pytest.raises(ProofError):
                merkle.check_inclusion(leaves[other], index, size, path, roots[size])
        for first in range(1, size + 1):
            path = merkle.consistency_proof(leaves[:size], first)
            merkle.check_consistency(first, size, path, roots[first], roots[size])
            with pytest.raises(ProofError):
                merkle.check_consistency(first, size, path, roots[first - 1], roots[size])


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 60), st.data())
def test_changed_proofs_do_not_hold(size: int, data: st.DataObject) -> None:
    """A proof that is longer, shorter or has one changed bit is refused."""
    leaves = [merkle.leaf_hash(bytes([i])) for i in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(leaves, index)
    root = merkle.tree_root(leaves)
    spoilt = [path[:-1], [*path, bytes(32)]]
    at = data.draw(st.integers(0, len(path) - 1))
    spoilt.append([*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]])
    for wrong in spoilt:
        with pytest.raises(ProofError):
            merkle.check_inclusion(leaves[index], index, size, wrong, root)
    for position in (-1, size, size + 3):
        with pytest.raises(ProofError):
            merkle.check_inclusion(leaves[index], position, size, path, root)


# The example in the documentation of golang.org/x/mod/sumdb/note, on which C2SP signed-note is based.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_note_of_the_reference() -> None:
    """The published note is accepted under the published key, and no other."""
    key = verifier_key(GO_KEY)
    assert check_note(GO_NOTE, key).endswith("what your problem is.\n")
    assert str(key) == GO_KEY
    for wrong in (GO_NOTE.replace("think", "thought"), GO_NOTE.replace("x08go/", "x08go+"), GO_NOTE[:-1], ""):
        with pytest.raises(NoteError):
            check_note(wrong, key)


@pytest.mark.parametrize(
    "text", ["", "x", "a+b+c", GO_KEY[:-4] + "AAAA", GO_KEY.replace("c74f20a3", "c74f20a4"), "a b+c74f20a3+ARpc"]
)
def test_keys_of_another_form_are_refused(text: str) -> None:
    """A verifier key whose hash, length or name is wrong is refused."""
    with pytest.raises(NoteError):
        verifier_key(text)


def test_texts_of_checkpoints_and_proofs() -> None:
    """Checkpoints and proofs read back what they write; other texts are refused."""
    checkpoint = Checkpoint("example.org/log", 3, merkle.tree_root(hashed(3)))
    assert checkpoint_of(checkpoint.text) == checkpoint
    proof = ConsistencyProof(2, 3, tuple(merkle.consistency_proof(hashed(3), 2)))
    assert consistency_of(proof.text) == proof
    root = base64.b64encode(bytes(32)).decode()
    for wrong in ("", "o\n03\n" + root + "\n", f"o\n-1\n{root}\n", "o\n3\nAAAA\n", f"o\n3\n{root}", f"o\n0\n{root}\n"):
        with pytest.raises(NoteError):
            checkpoint_of(wrong)
    for wrong in ("", "zuji-consistency/1\n1\n", "c2sp.org/tlog-proof@v1\nindex x\n\nnote\n"):
        with pytest.raises(NoteError):
            consistency_of(wrong)
        with pytest.raises(NoteError):
            log_proof_of(wrong)


def test_names_of_tiles() -> None:
    """The names are those of C2SP tlog-tiles: x before all groups of three digits but the last, .p/W for a part."""
    assert tile_name("0", 1234067, 256) == "tile/0/x001/x234/067"
    assert tile_name("entries", 0, 7) == "tile/entries/000.p/7"
    assert tile_name("2", 999, 256) == "tile/2/999"


def entries(count: int, start: int = 0) -> list[bytes]:
    return [entry_of(f"sha256:{i:064x}") for i in range(start, start + count)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, company: Person) -> Path:
    """A log of five entries, copied by the tests that change it."""
    folder = tmp_path_factory.mktemp("log") / "log"
    init_log(folder, "example.org/log", company.key)
    for i, entry in enumerate(entries(5)):
        assert append(folder, entry, company.key) == i
    return folder


@pytest.fixture
def log(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "log"))


def test_a_log_holds_what_was_appended(filled: Path, company: Person) -> None:
    """Every entry is there once with a proof; the same entry again keeps its place."""
    found = audit(filled)
    assert list(found.entries) == entries(5)
    for entry in entries(5):
        proof = log_proof_of(found.prove(entry).text)
        leaf = merkle.leaf_hash(entry)
        merkle.check_inclusion(leaf, proof.index, 5, proof.path, found.checkpoint.root)
    assert append(filled, entries(1)[0], company.key) == 0
    with pytest.raises(ProofError, match="not in the log"):
        found.prove(b"other")


def test_a_log_grows_over_a_tile(log: Path, company: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the width of a tile the full tile and the next level are written, and every earlier checkpoint agrees."""
    monkeypatch.setattr("zuji.dossier.log.WIDTH", 4)
    other = log.parent / "narrow"
    init_log(other, "example.org/log", company.key)
    notes = []
    for entry in entries(19):
        append(other, entry, company.key)
        notes.append((other / "checkpoint").read_text("utf-8"))
    assert (other / "tile/0/003").is_file()
    assert (other / "tile/1/000").is_file()
    assert audit(other, notes).checkpoint.size == 19


def test_a_rewritten_history_is_found(log: Path, company: Person, tmp_path: Path) -> None:
    """A log that its own keeper has begun anew, cut or reordered contradicts any earlier checkpoint."""
    earlier = (log / "checkpoint").read_text("utf-8")
    for name, changed in (("other", entries(6, 90)), ("fewer", entries(3)), ("moved", entries(6)[::-1])):
        folder = tmp_path / name
        init_log(folder, "example.org/log", company.key)
        for entry in changed:
            append(folder, entry, company.key)
        audit(folder)
        with pytest.raises(ProofError, match=r"rewritten|removed"):
            audit(folder, [earlier])
        with pytest.raises(ProofError):
            audit(folder).prove_consistent(checkpoint_of(check_note(earlier, audit(folder).key)))


def test_every_changed_file_is_found(log: Path) -> None:
    """A changed byte in the checkpoint, the key or any tile of the newest state is found."""
    names = ["checkpoint", "log.vkey", "tile/0/000.p/5", "tile/entries/000.p/5"]
    draw = random.Random(3)
    for name in names:
        data = (log / name).read_bytes()
        for _ in range(20):
            spoilt = bytearray(data)
            spoilt[draw.randrange(len(data) - 1)] ^= 1
            (log / name).write_bytes(bytes(spoilt))
            with pytest.raises((ProofError, ZujiError)):
                audit(log)
        (log / name).write_bytes(data)
    audit(log)


def test_a_changed_log_is_not_signed_over(log: Path, company: Person, verifier: Person) -> None:
    """Appending tests the log first, and only the key of the log may."""
    with pytest.raises(ZujiError, match="not the key"):
        append(log, b"x", verifier.key)
    path = log / "tile/entries/000.p/5"
    path.write_bytes(path.read_bytes().replace(b"sha256:0", b"sha256:1", 1))
    with pytest.raises(ProofError):
        append(log, b"x", company.key)
    assert not (log / "append.lock").exists()


def test_one_writer_at_a_time(log: Path, company: Person) -> None:
    """While the lock is there nobody appends, and the error names it."""
    (log / "append.lock").touch()
    with pytest.raises(ZujiError, match=r"append\.lock"):
        append(log, b"x", company.key)


def test_a_log_begins_once(log: Path, company: Person) -> None:
    """A log is not begun over another, nor under a name that a note cannot carry."""
    with pytest.raises(ZujiError, match="there is a log"):
        init_log(log, "example.org/log", company.key)
    with pytest.raises(ZujiError, match="no spaces"):
        init_log(log.parent / "new", "my log", company.key)


def test_an_append_that_broke_off_leaves_no_trace(log: Path, company: Person) -> None:
    """Tiles of an entry whose checkpoint was never signed do not get into the next one."""
    before = (log / "checkpoint").read_bytes()
    append(log, b"lost", company.key)
    (log / "checkpoint").write_bytes(before)
    append(log, b"kept", company.key)
    assert audit(log).entries[-1] == b"kept"


def test_foreign_signatures_do_no_harm(company: Person, verifier: Person) -> None:
    """A second signature below a note, as of a witness, leaves the first as it is."""
    note = signed_note("o\n1\nx\n", "o", company.key)
    other = signed_note("o\n1\nx\n", "witness", verifier.key).rpartition("\n\n")[2]
    key = verifier_key(f"{_vkey('o', company)}")
    assert check_note(note + other, key) == "o\n1\nx\n"
    with pytest.raises(NoteError, match="not signed it"):
        check_note("o\n1\nx\n\n" + other, key)


def _vkey(name: str, person: Person) -> str:
    from zuji.dossier.note import VerifierKey

    return str(VerifierKey(name, person.key.public_key().public_bytes_raw()))
