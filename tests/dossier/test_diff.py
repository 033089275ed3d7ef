"""What changed between two dossiers, and what that did."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from zuji.dossier.diff import difference, differing
from zuji.dossier.freeze import Choices, freeze
from zuji.dossier.read import open_dossier

from .conftest import footprints_of, write_study


def test_a_changed_amount_is_named_and_explained(small: bytes, frozen: bytes, tmp_path: Path) -> None:
    """The changed datum is listed with both values, and the waterfall of the result adds up to the difference."""
    folder = write_study(tmp_path / "study")
    path = folder / "bom.csv"
    text = path.read_text("utf-8")
    assert ",400,kg," in text
    path.write_text(text.replace(",400,kg,", ",405.5,kg,"), encoding="utf-8")
    before = open_dossier(small)
    after = open_dossier(freeze(footprints_of(folder, "iso-14067"), Choices(predecessor=before.digest)))
    found = difference(before, after)
    assert found.follows
    assert not difference(after, before).follows
    assert found.changes
    assert {change.document for change in found.changes} == {"study"}
    assert [(c.a, c.b) for c in found.changes if c.path.endswith("amount.number")] == [("400", "405.5")]
    waterfall = found.comparisons["iso-14067"].product
    moved = after.results[0].summary["total"] - before.results[0].summary["total"]
    assert moved != 0
    assert math.fsum(bar.value for bar in waterfall.bars) == pytest.approx(moved, rel=1e-9)
    assert [bar.cause for bar in waterfall.bars] == ["data"]
    other = difference(before, open_dossier(frozen))
    assert other.only_b == ("eu-cfb-ind",)
    assert other.changes == ()


def test_members_of_a_list_are_compared_by_their_id() -> None:
    """A member that moves is no change; one that is new or gone is, and so is a changed value in one."""
    a = {"rows": [{"id": "x", "v": 1}, {"id": "y", "v": 2}]}
    b = {"rows": [{"id": "y", "v": 3}, {"id": "x", "v": 1}, {"id": "z", "v": 4}]}
    assert [(c.path, c.a, c.b) for c in differing("study", a, b)] == [
        ("rows.y.v", "2", "3"),
        ("rows.z", "–", "id: z, v: 4"),
    ]
