"""Merkle trees of a log: leaf and node hashes, roots, inclusion and consistency proofs (RFC 6962 §2.1, RFC 9162 §2.1).

A proof in or from an empty tree proves nothing and is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from zuji.dossier.reason import Reason
from zuji.i18n import N_

EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


class ProofError(Reason):
    """A proof that does not hold; the message says why."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of a zero byte and the entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of a one byte and the two hashes below."""
    return hashlib.sha256(b"\1" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


Subtree = Callable[[int, int], bytes]
"""The root over leaves [begin, end)."""


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """The roots over parts of these leaf hashes; each is worked out once."""
    known: dict[tuple[int, int], bytes] = {}

    def root(begin: int, end: int) -> bytes:
        if end - begin == 1:
            return leaves[begin]
        if (begin, end) not in known:
            middle = begin + _split(end - begin)
            known[begin, end] = node_hash(root(begin, middle), root(middle, end))
        return known[begin, end]

    return root


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of these leaf hashes."""
    return subtree_of(leaves)(0, len(leaves)) if leaves else EMPTY


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index`, from the leaf up; raises ProofError for an index outside the tree."""
    if not 0 <= index < len(leaves):
        raise ProofError(N_("leaf {index} is not in a tree of {size}"), index=index, size=len(leaves))
    root, path = subtree_of(leaves), []
    begin, end = 0, len(leaves)
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(root(middle, end))
            end = middle
        else:
            path.append(root(begin, middle))
            begin = middle
    return path[::-1]


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """What shows that the tree of the first `first` leaves is the beginning of this one."""
    if not 0 < first <= len(leaves):
        raise ProofError(N_("a tree of {first} is not the beginning of one of {size}"), first=first, size=len(leaves))
    root, path = subtree_of(leaves), []
    begin, end, whole = 0, len(leaves), True
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append(root(middle, end))
            end = middle
        else:
            path.append(root(begin, middle))
            begin, whole = middle, False
    return ([] if whole else [root(begin, end)]) + path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise ProofError unless the path leads from the leaf at `index` to the root of a tree of `size` leaves."""
    if size <= 0:
        raise ProofError(N_("an empty tree holds nothing"))
    if not 0 <= index < size:
        raise ProofError(N_("leaf {index} is not in a tree of {size}"), index=index, size=size)
    position, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofError(N_("the proof is too long"))
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError(N_("the proof is too short"))
    if found != root:
        raise ProofError(N_("the proof leads to another root"))


def check_consistency(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> None:
    """Raise ProofError unless the tree of `first` leaves (root `old`) begins that of `second` (root `new`)."""
    if first <= 0:
        raise ProofError(N_("an empty tree is the beginning of every tree: that proves nothing"))
    if first > second:
        raise ProofError(N_("the tree has become smaller"))
    if first == second:
        if path:
            raise ProofError(N_("the proof is too long"))
        if old != new:
            raise ProofError(N_("two roots of trees of the same size"))
        return
    if not path:
        raise ProofError(N_("the proof is empty"))
    hashes = list(path)
    if first & (first - 1) == 0:
        hashes.insert(0, old)
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    left = right = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError(N_("the proof is too long"))
        if position & 1 or position == last:
            left, right = node_hash(sibling, left), node_hash(sibling, right)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            right = node_hash(right, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError(N_("the proof is too short"))
    if left != old:
        raise ProofError(N_("the proof does not lead to the earlier root"))
    if right != new:
        raise ProofError(N_("the proof does not lead to the later root"))
