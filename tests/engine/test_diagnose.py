"""Every diagnosis on the smallest system that has it, and on loops too large for dense eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from zuji.engine import linear
from zuji.engine.diagnose import diagnose, judge
from zuji.engine.snapshot import Snapshot, exchanges
from zuji.engine.spectrum import gain
from zuji.engine.system import System
from zuji.errors import EngineError, SingularError

Cells = list[tuple[int, int, float]]


def system(n: int, inputs: Cells, made: Cells | None = None, products: int | None = None) -> Snapshot:
    """n activities; reference flows `made` (product, activity, amount), by default one unit each, then inputs."""
    produced = [(i, i, 1.0) for i in range(n)] if made is None else made
    cells = produced + inputs
    return Snapshot.build(
        activities=[f"a{i}" for i in range(n)],
        products=None if products is None else [f"p{i}" for i in range(products)],
        flows=["CO2"],
        technosphere=exchanges(
            row=[row for row, _, _ in cells],
            column=[column for _, column, _ in cells],
            value=[value for _, _, value in cells],
            sign=[1] * len(produced) + [-1] * len(inputs),
            production=[True] * len(produced) + [False] * len(inputs),
        ),
        biosphere=exchanges(row=[], column=[], value=[]),
    )


CASES: dict[str, tuple[Snapshot, list[str], int | None]] = {
    "nothing makes p1": (system(1, [(1, 0, 0.5)], products=2), ["ZJ900", "ZJ901"], 1),
    "a1 makes nothing": (system(2, [(0, 1, 0.5)], [(0, 0, 1.0)], 1), ["ZJ900", "ZJ902"], 1),
    "two makers of p0": (system(2, [], [(0, 0, 1.0), (0, 1, 1.0)], 1), ["ZJ900", "ZJ903", "ZJ902"], 1),
    "two products of a0": (system(1, [], [(0, 0, 1.0), (1, 0, 1.0)], 2), ["ZJ900", "ZJ904", "ZJ901"], 1),
    "a reference flow of zero": (system(2, [], [(0, 0, 0.0), (1, 1, 1.0)]), ["ZJ905"], 0),
    "own use of 1.2": (system(2, [(0, 0, 1.2), (0, 1, 0.5)]), ["ZJ906"], 2),
    "own use of all, in three lines": (
        system(1, [(0, 0, 0.1), (0, 0, 0.1), (0, 0, 0.2)], [(0, 0, 0.4)]), ["ZJ906"], 3
    ),
    "a loop of gain 2": (system(3, [(0, 1, 4.0), (1, 0, 1.0), (0, 2, 1.0)]), ["ZJ907"], None),
    "a loop of gain 1": (system(2, [(0, 1, 2.0), (1, 0, 0.5)]), ["ZJ907"], None),
    "a loop of gain 2 with a credit beside it": (
        system(3, [(0, 1, 4.0), (1, 0, 1.0), (0, 2, 0.1), (2, 0, -0.1)]), ["ZJ907"], None
    ),
    # I − T = [[1, 1, −1], [−1, 1, −1], [1, −1, 1]]: rows two and three cancel
    "credits that cancel": (
        system(3, [(0, 1, -1.0), (0, 2, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 0, -1.0), (2, 1, 1.0)]), ["ZJ908"], None
    ),
    "waste with the wrong sign": (system(2, [(1, 0, 0.3)], [(0, 0, 1.0), (1, 1, -1.0)]), ["ZJ909"], 2),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_fault_is_found_and_nothing_else(case: str) -> None:
    """Code, exchange and text of each diagnosis."""
    snapshot, codes, uid = CASES[case]
    problems = diagnose(snapshot)
    assert [problem.code for problem in problems] == codes
    if uid is not None:
        assert uid in [problem.uid for problem in problems]
    for problem in problems:
        assert problem.finding.mend("zh")
        assert "{" not in problem.finding.what("en") + problem.finding.mend("en")


@pytest.mark.parametrize("case", [c for c in CASES if "wrong sign" not in c and "beside" not in c])
def test_what_is_diagnosed_is_not_solved(case: str) -> None:
    """A system with a fatal problem, gain above one aside, raises and never returns numbers."""
    snapshot, codes, _ = CASES[case]
    if "gain 2" in case or "1.2" in case:
        return  # it has numbers, negative ones; only the diagnosis can tell
    with pytest.raises(EngineError):
        System.of(snapshot).forward(np.ones(len(snapshot.activities)))
    assert any(problem.fatal for problem in diagnose(snapshot)), codes


def test_healthy_systems_have_no_finding() -> None:
    """Loops below one, credits, waste with its right sign, and rescaled units pass."""
    assert not diagnose(system(2, [(0, 1, 0.9), (1, 0, 0.9)]))
    assert not diagnose(system(2, [(0, 1, 1e9), (1, 0, 1e-10)]))
    assert not diagnose(system(2, [(0, 1, -0.9), (1, 0, 0.9)]))
    assert not diagnose(system(2, [(1, 0, -0.3)], [(0, 0, 1.0), (1, 1, -1.0)]))


def ring(n: int, factor: float) -> sparse.csc_array:
    """A ring of n activities whose amounts multiply to factor**n, with chords too weak to matter, in random units."""
    draw = np.random.default_rng(n)
    unit = 10.0 ** draw.uniform(-6, 6, n)
    i = np.arange(n)
    values = factor * unit[(i + 1) % n] / unit[i]
    return sparse.csc_array((values, (i, (i + 1) % n)), shape=(n, n))


@pytest.mark.parametrize("n", [3, 700, 2000])
def test_the_gain_of_a_ring_is_bounded(n: int) -> None:
    """All eigenvalues of a ring have one size, so no single eigenvalue says it; the bounds hold and decide."""
    below, above = gain(ring(n, 0.999)), gain(ring(n, 1.001))
    assert below.below_one
    assert below.lower <= 0.999 * (1 + 1e-9)
    assert not above.below_one
    assert judge(ring(n, 0.999)) is None
    assert judge(ring(n, 1.001)) is not None


def test_large_loops_with_credits_are_judged() -> None:
    """A ring of 600 whose last link closes to exactly one is singular with credits too; a little less is not."""
    n = 600
    values = np.ones(n)
    values[:2] = -1.0  # two credits: the product of the ring stays 1, so det(I − T) = 0
    i = np.arange(n)
    cells = (i, (i + 1) % n)
    singular = sparse.csc_array((values, cells), shape=(n, n))
    assert judge(singular) is not None
    assert judge(sparse.csc_array((0.99 * values, cells), shape=(n, n))) is None
    flipped = values.copy()
    flipped[0] = 1.0  # product −1: gain one without signs, but I − T is regular
    assert judge(sparse.csc_array((flipped, cells), shape=(n, n))) is None
    matrix = sparse.csc_array(sparse.eye_array(n) - singular.T)
    with pytest.raises(SingularError):
        linear.diagnose(matrix, [str(j) for j in range(n)])
