"""Snapshots: digests, files, and what they refuse."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest

from zuji.engine.arrays import read_arrays, write_arrays
from zuji.engine.plan import make_plan
from zuji.engine.snapshot import Exchanges, Snapshot, Texts, exchanges, uids
from zuji.errors import EngineError, UnreadableError


def made(order: list[int] | None = None, value: float = 0.5, name: str = "power") -> Snapshot:
    order = order or [0, 1, 2]
    block = exchanges(
        uid=[7, 8, 9], row=[0, 1, 1], column=[0, 1, 0], value=[1, 1, value], sign=[1, 1, -1], production=[1, 1, 0]
    )
    shuffled = Exchanges(**{f.name: getattr(block, f.name)[order] for f in dataclasses.fields(block)})
    return Snapshot.build(
        activities=["a", "b"],
        flows=["CO2"],
        technosphere=shuffled,
        biosphere=exchanges(uid=[20], row=[0], column=[1], value=[2.0], loc=[np.log(2.0)], scale=[0.1], distribution=2),
        sources=["book"],
        activity_labels={"name": ["steel", name]},
    )


def test_digests_do_not_depend_on_the_order_of_exchanges() -> None:
    """The same exchanges in another order are the same snapshot."""
    assert made([2, 0, 1]).digest == made().digest


def test_digests_tell_structure_from_numbers() -> None:
    """Another value changes the content digest only; another name too; another cell changes both."""
    assert made(value=0.6).structure == made().structure
    assert made(value=0.6).digest != made().digest != made(name="heat").digest
    assert made(name="heat").structure == made().structure


def test_the_structure_digest_is_the_documented_layout() -> None:
    """SHA-256 over the documented lines and bytes, computed here by hand."""
    text = b"zuji-structure/1 2 2\n"
    columns = {"row": ("<i4", [0, 1, 1]), "column": ("<i4", [0, 0, 1])}
    columns |= {"sign": ("|i1", [1, -1, 1]), "production": ("|b1", [1, 0, 1])}
    for name, (dtype, values) in columns.items():
        text += f"{name} {dtype} 3\n".encode() + np.array(values, dtype=dtype).tobytes()
    assert made().structure == "sha256:" + hashlib.sha256(text).hexdigest()


def test_a_file_gives_the_snapshot_back_and_equal_bytes(tmp_path: Path) -> None:
    """Save and load lose nothing; equal snapshots give equal files; arrays are maps and stay read-only."""
    made().save(tmp_path / "one.npz")
    made([1, 2, 0]).save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    found = Snapshot.load(tmp_path / "one.npz", verify=True)
    assert found.digest == made().digest
    assert list(found.activities) == ["a", "b"]
    assert found.activity_labels["name"] == ["steel", "power"]
    assert found.technosphere.value.tolist() == [1.0, 0.5, 1.0]
    assert not found.technosphere.value.flags.writeable
    assert np.array_equal(make_plan(found).cell, make_plan(made()).cell)
    with np.load(tmp_path / "one.npz") as plain_numpy:
        assert plain_numpy["technosphere/uid"].tolist() == [7, 9, 8]


def test_payloads_are_aligned(tmp_path: Path) -> None:
    """Every array of a file starts at a multiple of 64 bytes."""
    arrays = {f"x{'y' * i}": np.arange(i, dtype=np.float64) for i in range(1, 40)}
    write_arrays(tmp_path / "x.npz", {}, arrays)
    _, found = read_arrays(tmp_path / "x.npz", verify=True)
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)
        assert found[name].ctypes.data % 64 == 0


def test_a_damaged_file_is_refused_or_harmless(tmp_path: Path) -> None:
    """Whatever byte is flipped, the file is refused as unreadable, or the byte was padding and nothing has changed."""
    made().save(tmp_path / "x.npz")
    good = (tmp_path / "x.npz").read_bytes()
    refused = 0
    for at in range(0, len(good), 29):
        content = bytearray(good)
        content[at] ^= 255
        file = tmp_path / f"{at}.npz"
        file.write_bytes(bytes(content))
        try:
            assert Snapshot.load(file, verify=True).digest == made().digest
        except UnreadableError:
            refused += 1
    assert refused > 20


def test_what_is_not_a_snapshot_is_refused(tmp_path: Path) -> None:
    """Missing files, texts and other arrays are named."""
    with pytest.raises(UnreadableError):
        Snapshot.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(UnreadableError):
        Snapshot.load(tmp_path / "text.npz")
    write_arrays(tmp_path / "other.npz", {"format": "x"}, {"a": np.zeros(2)})
    with pytest.raises(UnreadableError, match="not a snapshot"):
        Snapshot.load(tmp_path / "other.npz")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"row": [0, 5]}, "names a row that is not there"),
        ({"column": [0, -1]}, "activity that is not there"),
        ({"value": [1, np.nan]}, "not a finite number"),
        ({"sign": [1, 0]}, "sign other than"),
        ({"uid": [3, 3]}, "uid 3 is used by two"),
        ({"source": [0, 1]}, "source that is not there"),
    ],
)
def test_bad_exchanges_are_refused(change: dict[str, list[float]], words: str) -> None:
    """Each fault is named with its exchange."""
    good = {"row": [0, 1], "column": [0, 1], "value": [1, 1]}
    with pytest.raises(EngineError, match=words):
        Snapshot.build(
            activities=["a", "b"],
            flows=[],
            technosphere=exchanges(**(good | change)),  # type: ignore[arg-type]
            biosphere=exchanges(row=[], column=[], value=[]),
            sources=["only"],
        )


def test_ids_and_columns_are_checked() -> None:
    """Ids that are there twice, unknown columns and unequal lengths are refused."""
    nothing = exchanges(row=[], column=[], value=[])
    with pytest.raises(EngineError, match="the activity a is there twice"):
        Snapshot.build(activities=["a", "a"], flows=[], technosphere=nothing, biosphere=nothing)
    with pytest.raises(EngineError, match="no column colour"):
        exchanges(row=[0], column=[0], value=[1], colour=[1])
    with pytest.raises(EngineError, match="unequal length"):
        exchanges(row=[0, 1, 2], column=[0], value=[1])


def test_texts_and_uids() -> None:
    """Texts decode singly and as a whole; a uid is the head of a SHA-256."""
    texts = Texts.of(["锂", "", "LiPF6", "锂"])
    assert [texts[0], texts[-2], *texts] == ["锂", "LiPF6", "锂", "", "LiPF6", "锂"]
    assert texts.places["锂"] == 0
    assert texts.codes[1] == ("", "LiPF6", "锂")
    assert uids(["x"])[0] == int.from_bytes(hashlib.sha256(b"x").digest()[:8], "big") >> 1
