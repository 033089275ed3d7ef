"""Whoever changes a dossier is found out: every member, flipped, removed, added, swapped; by byte and by member."""

from __future__ import annotations

import random

import pytest

from zuji.dossier.container import packed
from zuji.dossier.read import Dossier, DossierError, open_dossier
from zuji.dossier.standalone import MANIFEST, SEAL

FLIPS = 180
"""Random bytes of each member that are changed, one at a time."""


@pytest.fixture(scope="module")
def dossier(small: bytes) -> Dossier:
    # The small dossier with the two large trees cut short, so that thousands of cases take seconds.
    return open_dossier(small)


def refused(data: bytes) -> DossierError:
    with pytest.raises(DossierError) as caught:
        open_dossier(data)
    assert caught.value.findings
    return caught.value


def names_it(error: DossierError, name: str) -> bool:
    return any(name in f"{finding.place} {finding.what()}" for finding in error.findings)


def test_every_flipped_byte_is_found(small: bytes, dossier: Dossier) -> None:
    """One changed byte inside any member is found, and the member is named."""
    draw = random.Random(20260101)
    count = 0
    for name, member in dossier.members.items():
        for position in {0, member.size - 1, *(draw.randrange(member.size) for _ in range(FLIPS))}:
            data = bytearray(small)
            data[member.start + position] ^= 1 << draw.randrange(8)
            assert names_it(refused(bytes(data)), name), (name, position)
            count += 1
    assert count > 2000


def test_every_flipped_byte_of_the_container_is_found(small: bytes, dossier: Dossier) -> None:
    """One changed byte of any header or of the directory is found."""
    inside = {i for m in dossier.members.values() for i in (m.start, m.start + m.size)}
    ends = sorted(inside)
    positions = list(range(ends[0]))
    for a, b in zip(ends[1::2], [*ends[2::2], len(small)], strict=True):
        positions += range(a, b)
    draw = random.Random(7)
    for position in draw.sample(positions, min(600, len(positions))):
        data = bytearray(small)
        data[position] ^= 1 << draw.randrange(8)
        refused(bytes(data))


def test_removed_and_added_bytes_are_found(small: bytes) -> None:
    """A byte taken out or put in anywhere is found."""
    draw = random.Random(11)
    for _ in range(150):
        position = draw.randrange(len(small))
        refused(small[:position] + small[position + 1 :])
        refused(small[:position] + bytes([draw.randrange(256)]) + small[position:])


def test_removed_members_are_found(dossier: Dossier) -> None:
    """A container without one member, otherwise in order, is found and the member named."""
    files = dossier.files()
    for name in files:
        assert names_it(refused(packed({n: d for n, d in files.items() if n != name})), name)


def test_added_members_are_found(dossier: Dossier) -> None:
    """A member that nothing names is found wherever it stands."""
    files = dossier.files()
    for name in ("a.txt", "evidence/files/x.pdf", "proof/signatures/0001.jws", "results/iso-14067/more.json", "zz"):
        assert names_it(refused(packed({**files, name: b"{}"})), name)


def test_swapped_members_are_found(dossier: Dossier) -> None:
    """Two members that change their contents are found; one of them is named at least."""
    files = dossier.files()
    names = sorted(files)
    draw = random.Random(13)
    for _ in range(40):
        a, b = draw.sample(names, 2)
        error = refused(packed({**files, a: files[b], b: files[a]}))
        assert names_it(error, a) or names_it(error, b)


def test_changed_members_in_a_whole_container_are_found(dossier: Dossier) -> None:
    """A changed byte is found by SHA-256 too, where somebody has mended the checksums of the container."""
    files = dossier.files()
    draw = random.Random(17)
    for name, data in files.items():
        for _ in range(8):
            changed = bytearray(data)
            changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            error = refused(packed({**files, name: bytes(changed)}))
            # In manifest or seal a change may show as a disagreement with what they name.
            assert names_it(error, name) or name in (MANIFEST, SEAL)


def test_cut_files_are_found(small: bytes) -> None:
    """Every beginning of the file is refused."""
    draw = random.Random(19)
    for end in [0, 1, 4, 29, 30, len(small) - 1, *(draw.randrange(len(small)) for _ in range(60))]:
        refused(small[:end])
