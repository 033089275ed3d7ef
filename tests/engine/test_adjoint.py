"""Scores of snapshots against the plain engine, whatever the order, the cache and the kernels."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zuji.engine import fast, plain
from zuji.engine.adjoint import inventory, scores, stored_scores
from zuji.engine.snapshot import Snapshot, exchanges
from zuji.engine.substitution import solve_triangular, solve_triangular_reference
from zuji.engine.system import System
from zuji.errors import EngineError

from .systems import FACTORS, FLOWS, Small, record, small_systems, snapshot


def exact(small: Small) -> list[float]:
    """The score of every activity by the plain engine; the system is left out where a loop has no answer."""
    found = []
    for i in range(len(small[0])):
        try:
            result = plain.solve(record(small) | {"demand": {f"a{i}": 1}})
        except plain.LoopError:
            assume(False)
        found.append(float(result.total))
    return found


@settings(max_examples=60, deadline=None)
@given(small_systems())
def test_scores_are_those_of_the_plain_engine(small: Small) -> None:
    """Loops, credits, negative emissions, several lines per supplier and waste treatments give the exact scores."""
    expected = exact(small)
    found = scores(System.of(snapshot(small)), FACTORS)
    scale = np.abs(expected).max(initial=1e-30) + np.abs(found.direct).max(initial=0)
    assert np.abs(found.values[:, 0] - expected).max() <= 1e-10 * scale
    assert found.error <= 1e-13


@settings(max_examples=30, deadline=None)
@given(small_systems(), st.data())
def test_scores_do_not_depend_on_the_order(small: Small, data: st.DataObject) -> None:
    """Activities in another order have the same scores."""
    exact(small)
    order = data.draw(st.permutations(range(len(small[0]))))
    one = scores(System.of(snapshot(small)), FACTORS).values[:, 0]
    other = scores(System.of(snapshot(small, list(order))), FACTORS).values[:, 0]
    assert np.allclose(other[np.array(order)], one, rtol=1e-10, atol=1e-10 * np.abs(one).max(initial=1e-30))


@settings(max_examples=30, deadline=None)
@given(small_systems())
def test_inventory_and_adjoint_give_one_total(small: Small) -> None:
    """c·B·x of a demand is its score: two different solves agree."""
    exact(small)
    system = System.of(snapshot(small))
    found = scores(system, FACTORS)
    for activity in range(len(small[0])):
        made = inventory(system, {activity: 2.0})
        gross = float(np.abs(made.supply * found.direct[:, 0]).sum())
        assert float(made.flows @ FACTORS) == pytest.approx(2 * found.values[activity, 0], rel=1e-9, abs=1e-10 * gross)


def by_hand(sign: int = 1) -> Snapshot:
    """Steel: 0.5 power, 0.2 of waste to landfill, 3 kg CO2. Power: 2 kg CO2. Landfill of one unit: 0.1 power, 1 kg."""
    return Snapshot.build(
        activities=["steel", "power", "landfill"],
        flows=FLOWS,
        technosphere=exchanges(
            row=[0, 1, 2, 1, 2, 1],
            column=[0, 1, 2, 0, 0, 2],
            value=[1, 1, -1, 0.5, sign * -0.2, 0.1],
            sign=[1, 1, 1, -1, -1, -1],
            production=[True] * 3 + [False] * 3,
        ),
        biosphere=exchanges(uid=[10, 11, 12], row=[0, 0, 0], column=[0, 1, 2], value=[3, 2, 1]),
    )


def test_waste_by_hand() -> None:
    """Treatment costs 1 + 0.1·2 = 1.2; steel 3 + 0.5·2 + 0.2·1.2 = 4.24."""
    found = scores(System.of(by_hand()), FACTORS)
    assert found.values[:, 0].tolist() == pytest.approx([4.24, 2, 1.2], rel=1e-14)


def test_a_credit_makes_a_score_negative() -> None:
    """An input of −3 power per unit is a credit of 6 kg: 3 − 6 = −3."""
    made = Snapshot.build(
        activities=["chp", "power"],
        flows=FLOWS,
        technosphere=exchanges(
            row=[0, 1, 1], column=[0, 1, 0], value=[1, 1, -3], sign=[1, 1, -1], production=[1, 1, 0]
        ),
        biosphere=exchanges(uid=[10, 11], row=[0, 0], column=[0, 1], value=[3, 2]),
    )
    assert scores(System.of(made), FACTORS).values[:, 0].tolist() == [-3.0, 2.0]


@settings(max_examples=25, deadline=None)
@given(small_systems(waste=False))
def test_production_is_found_without_flags(small: Small) -> None:
    """Without reference flags the matching over outputs gives the same plan."""
    exact(small)
    one, other = System.of(snapshot(small)), System.of(snapshot(small, flags=False))
    assert np.array_equal(one.plan.order, other.plan.order)
    assert np.array_equal(one.data, other.data)


def test_cache_is_used_and_damage_is_mended(tmp_path: Path) -> None:
    """Plan, factors and scores come from the folder; a flipped byte anywhere is noticed and the file made again."""
    made = by_hand()
    first = scores(System.of(made, tmp_path), FACTORS, tmp_path)
    files = sorted(tmp_path.iterdir())
    assert [file.name.partition("-")[0] for file in files] == ["factors", "plan", "scores"]
    assert stored_scores(made, FACTORS, tmp_path) is not None
    good = {file: file.read_bytes() for file in files}
    for file in files:
        for at in (10, len(good[file]) // 3, len(good[file]) - 5):
            damaged = bytearray(good[file])
            damaged[at] ^= 255
            file.unlink()
            file.write_bytes(bytes(damaged))
            again = scores(System.of(made, tmp_path), FACTORS, tmp_path)
            assert np.array_equal(again.values, first.values)
        file.unlink()
        file.write_bytes(good[file][:100])
        assert np.array_equal(scores(System.of(made, tmp_path), FACTORS, tmp_path).values, first.values)
        assert file.read_bytes() == good[file]


def test_many_may_write_the_cache_at_once(tmp_path: Path) -> None:
    """Eight threads that make the same files get the same scores, and the files are whole."""
    made = by_hand()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: scores(System.of(made, tmp_path), FACTORS, tmp_path).values, range(32)))
    assert all(np.array_equal(values, found[0]) for values in found)
    assert stored_scores(made, FACTORS, tmp_path) is not None
    assert len(list(tmp_path.iterdir())) == 3


def test_scores_of_another_snapshot_are_not_taken(tmp_path: Path) -> None:
    """A cache file under the wrong name is refused by the digests inside it."""
    one, other = by_hand(), by_hand(-1)
    scores(System.of(one, tmp_path), FACTORS, tmp_path)
    scores(System.of(other, tmp_path), FACTORS, tmp_path)
    files = sorted(tmp_path.glob("scores-*"))
    content = [file.read_bytes() for file in files]
    for file, wrong in zip(files, reversed(content), strict=True):
        file.unlink()
        file.write_bytes(wrong)
    assert stored_scores(one, FACTORS, tmp_path) is None
    assert stored_scores(other, FACTORS, tmp_path) is None


def test_many_methods_in_one_go(tmp_path: Path) -> None:
    """Methods solved together, apart and from the cache give the same columns."""
    factors = np.array([[1.0, 0.0, 2.0], [28.0, 1.0, 0.0]])
    system = System.of(by_hand())
    together = scores(system, factors)
    scores(system, factors[:, 1], tmp_path)
    mixed = scores(system, factors, tmp_path)
    assert np.array_equal(mixed.values, together.values)
    with pytest.raises(EngineError, match="one finite factor"):
        scores(system, np.ones(3))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_compiled_substitution_is_that_of_scipy(n: int, seed: int, lower: bool, transposed: bool) -> None:
    """Every kernel and its reference give the same solution."""
    if not fast.available():
        pytest.skip("numba is not there")
    draw = np.random.default_rng(seed)
    dense = np.where(draw.random((n, n)) < 0.3, draw.normal(size=(n, n)) / n, 0)
    dense = (np.tril(dense, -1) if lower else np.triu(dense, 1)) + np.diag(draw.uniform(1, 2, n))
    columns = [np.flatnonzero(dense[:, j]) for j in range(n)]
    indptr = np.concatenate([[0], np.cumsum([len(c) for c in columns])]).astype(np.int32)
    indices = np.concatenate(columns).astype(np.int32)
    data = np.concatenate([dense[c, j] for j, c in enumerate(columns)])
    right = draw.normal(size=(n, 3))
    arguments = (indptr, indices, data, right)
    compiled = solve_triangular(*arguments, lower=lower, transposed=transposed)
    reference = solve_triangular_reference(*arguments, lower=lower, transposed=transposed)
    assert np.allclose(compiled, reference, rtol=1e-11, atol=1e-12)


def test_the_environment_turns_the_kernels_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """ZUJI_ENGINE=reference runs the same without numba, with the same scores."""
    quick = scores(System.of(by_hand()), FACTORS).values
    monkeypatch.setitem(os.environ, fast.VARIABLE, fast.REFERENCE)
    assert not fast.available()
    assert np.allclose(scores(System.of(by_hand()), FACTORS).values, quick, rtol=1e-14)
