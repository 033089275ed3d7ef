"""What differs between two stored backgrounds, dataset by dataset, without reading their rows one by one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.background.store.stored import StoredBackground

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Difference:
    """Ids of datasets only in the second, only in the first, and in both with other data or metadata; each sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[str, ...]
    """Same exchanges, other name, unit, geography, year or licence."""
    same: int


def compare(first: StoredBackground, second: StoredBackground) -> Difference:
    """The differences from `first` to `second`."""
    a, b = _fingerprints(first), _fingerprints(second)
    both = sorted(a.keys() & b.keys())
    changed = tuple(id for id in both if a[id][0] != b[id][0])
    renamed = tuple(id for id in both if a[id][0] == b[id][0] and a[id][1] != b[id][1])
    return Difference(
        added=tuple(sorted(b.keys() - a.keys())),
        removed=tuple(sorted(a.keys() - b.keys())),
        changed=changed,
        renamed=renamed,
        same=len(both) - len(changed) - len(renamed),
    )


def _fingerprints(stored: StoredBackground) -> dict[str, tuple[int, tuple[Any, ...]]]:
    ids = stored.ids()
    datasets = _hashed(ids)
    flows = _hashed([flow.key for flow in stored.flows()])
    mixed = np.zeros(len(ids), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for owner, other, hashes, salt in (
            ("tech_consumer", "tech_provider", datasets, 3),
            ("bio_dataset", "bio_flow", flows, 5),
        ):
            amounts = np.asarray(stored.array(owner.partition("_")[0] + "_amount")).view(np.uint64)
            row = _stir(hashes[stored.array(other)] * np.uint64(salt) + _stir(amounts))
            np.add.at(mixed, stored.array(owner), row)
        mixed += _stir(np.asarray(stored.array("output")).view(np.uint64))
    about = stored.query("SELECT name, name_zh, unit, geography, year, licence FROM dataset ORDER BY i")
    return {id: (int(mixed[i]), about[i]) for i, id in enumerate(ids)}


def _hashed(texts: list[str]) -> Words:
    raw = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(raw, dtype="<u8").astype(np.uint64) if texts else np.zeros(1, dtype=np.uint64)


def _stir(values: Words) -> Words:
    """A mixing of 64 bits (the finaliser of SplitMix64), so that sums of rows tell sets of rows apart."""
    x = values + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))
