"""Trees, paths, Sankey diagrams, groups and what-ifs: sums that must hold on any system, and one example by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from zuji.engine.adjoint import Inventory, inventory, scores
from zuji.engine.contributions import (
    Supply,
    by_flow,
    by_label,
    consumers,
    first_tier,
    path_to,
    structural_paths,
    taken,
    tree,
)
from zuji.engine.sankey import REST, sankey
from zuji.engine.snapshot import Exchanges, Snapshot
from zuji.engine.system import System
from zuji.engine.what_if import WhatIf
from zuji.errors import EngineError, SingularError

from .systems import FACTORS, FLOWS, Small, small_systems, snapshot
from .test_adjoint import by_hand, exact
from .test_diagnose import system as cells


def solved(small: Small) -> tuple[System, Supply]:
    exact(small)
    system = System.of(snapshot(small))
    return system, Supply.of(system, scores(system, FACTORS))


@settings(max_examples=30, deadline=None)
@given(small_systems())
def test_a_tree_adds_up(small: Small) -> None:
    """Σ direct + Σ rest = total, and value = direct + rest + Σ children at every node, with credits and loops."""
    _, supply = solved(small)
    for root in range(len(small[0])):
        found = tree(supply, root, 3.0, cut_off=0.02, depth=8)
        gross = found.scale + float(np.abs(found.value).sum())
        assert found.total == pytest.approx(3 * supply.values[root])
        assert float(found.direct.sum() + found.rest.sum()) == pytest.approx(found.total, abs=1e-9 * gross)
        for node in range(len(found)):
            below = sum(float(found.value[child]) for child in found.children(node))
            whole = float(found.direct[node] + found.rest[node]) + below
            assert whole == pytest.approx(float(found.value[node]), abs=1e-9 * gross)
        assert 0 <= found.coverage <= 1


@settings(max_examples=30, deadline=None)
@given(small_systems())
def test_the_first_tier_adds_up(small: Small) -> None:
    """Direct emissions and first-tier inputs are the score; what a consumer takes is what the supplier's row says."""
    _, supply = solved(small)
    for j in range(len(small[0])):
        tiers = first_tier(supply, j)
        gross = sum(abs(t.value) for t in tiers) + abs(supply.direct[j])
        assert supply.direct[j] + sum(t.value for t in tiers) == pytest.approx(supply.values[j], abs=1e-9 * gross)
        for tier in consumers(supply, j):
            assert j in [t.activity for t in first_tier(supply, tier.activity)]


@settings(max_examples=30, deadline=None)
@given(small_systems())
def test_a_sankey_is_in_balance(small: Small) -> None:
    """direct + Σ in = value = Σ out + demanded at every shown node, and the direct parts add up to the total."""
    system, supply = solved(small)
    demand = {0: 2.0}
    made = inventory(system, demand)
    for cut_off in (0.0, 0.05, 0.5):
        found = sankey(supply, made, demand, cut_off=cut_off)
        gross = float(np.abs(made.supply * supply.direct).sum() + np.abs(made.supply * supply.values).sum())
        for node in found.nodes:
            inward = sum(edge.value for edge in found.edges if edge.target == node.activity)
            outward = sum(edge.value for edge in found.edges if edge.source == node.activity)
            assert node.direct + inward == pytest.approx(node.value, abs=1e-8 * gross)
            assert outward + node.demanded == pytest.approx(node.value, abs=1e-8 * gross)
        assert sum(node.direct for node in found.nodes) == pytest.approx(found.total, abs=1e-8 * gross)
        shown = [abs(e.value) for e in found.edges if REST not in (e.source, e.target)]
        assert shown == sorted(shown, reverse=True)


@settings(max_examples=30, deadline=None)
@given(small_systems())
def test_groups_add_up(small: Small) -> None:
    """By activity label and by flow label the sums are the total."""
    system, supply = solved(small)
    made = inventory(system, {0: 1.0})
    total = float(supply.values[0])
    gross = float(np.abs(made.supply * supply.direct).sum()) + abs(total)
    labels = [f"group {i % 2}" for i in range(len(small[0]))]
    assert sum(by_label(supply, made, labels).values()) == pytest.approx(total, abs=1e-9 * gross)
    assert sum(by_flow(made, FACTORS, FLOWS).values()) == pytest.approx(total, abs=1e-9 * gross)


@settings(max_examples=30, deadline=None)
@given(small_systems(waste=False, credits=False))
def test_a_what_if_is_a_fresh_solve(small: Small) -> None:
    """Sherman and Morrison's update gives the scores of the changed system, for every consumer and supplier."""
    system, supply = solved(small)
    block = system.snapshot.technosphere
    n = len(small[0])
    for tier in first_tier(supply, 0):
        other = (tier.activity + 1) % n
        if tier.activity == 0 or other == 0:
            continue
        row = np.where((block.column == 0) & (block.row == tier.activity) & ~block.production, other, block.row)
        columns = {f.name: getattr(block, f.name) for f in dataclasses.fields(block)}
        changed = Snapshot.build(
            activities=system.snapshot.activities,
            flows=FLOWS,
            technosphere=Exchanges(**(columns | {"row": row.astype(np.int32)})),
            biosphere=system.snapshot.biosphere,
        )
        fresh = scores(System.of(changed), FACTORS)
        quick = WhatIf(system, supply, 0).substituted(tier.activity, other)
        gross = np.abs(fresh.values).max() + np.abs(supply.values).max()
        assert np.allclose(quick, fresh.values[:, 0], rtol=1e-9, atol=1e-9 * gross)


def test_a_what_if_refuses_a_loop_without_output() -> None:
    """Taking one unit of oneself more leaves nothing."""
    system = System.of(by_hand())
    supply = Supply.of(system, scores(system, FACTORS))
    with pytest.raises(SingularError):
        WhatIf(system, supply, 1).changed({1: 1.0})
    assert WhatIf(system, supply, 1).changed({}, direct=1.0)[1] == pytest.approx(3.0)


def test_the_tree_of_steel_by_hand() -> None:
    """4.24 = 3 own + 1.0 power + 0.24 landfill (0.2 own + 0.04 power); by the numbers of `by_hand`."""
    system = System.of(by_hand())
    supply = Supply.of(system, scores(system, FACTORS))
    found = tree(supply, 0, cut_off=0.0)
    assert found.activity.tolist() == [0, 1, 2, 1]
    assert found.value.tolist() == pytest.approx([4.24, 1.0, 0.24, 0.04])
    assert found.direct.tolist() == pytest.approx([3.0, 1.0, 0.2, 0.04])
    assert found.coverage == 1.0
    cut = tree(supply, 0, cut_off=0.05)
    assert cut.activity.tolist() == [0, 1, 2]
    assert cut.rest.tolist() == pytest.approx([0, 0, 0.04])
    assert cut.coverage == pytest.approx(4.2 / 4.24)
    assert tree(supply, 0, depth=0).rest.tolist() == pytest.approx([1.24])
    assert len(tree(supply, 0, cut_off=0.0, nodes=2)) == 2
    assert [path.activities for path in structural_paths(found)] == [(0,), (0, 1), (0, 2), (0, 2, 1)]
    paths = path_to(supply, 0, 1)
    assert [(path.activities, path.value) for path in paths] == [
        ((0, 1), pytest.approx(1.0)),
        ((0, 2, 1), pytest.approx(0.04)),
    ]
    with pytest.raises(EngineError):
        tree(supply, 0, cut_off=-1)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_loops_are_flagged(share: float) -> None:
    """A node whose activity is its own ancestor is marked, and so are both edges of the loop in a Sankey."""
    made = cells(2, [(1, 0, share), (0, 1, 0.5)])
    system = System.of(made)
    direct = np.array([1.0, 1.0])
    values = np.linalg.solve(np.array([[1, -share], [-0.5, 1]]), direct)
    supply = Supply(taken(system), values, direct)
    found = tree(supply, 0, cut_off=0.001)
    assert found.activity.tolist()[:3] == [0, 1, 0]
    assert found.loop.tolist()[:3] == [False, False, True]
    runs = np.linalg.solve(np.array([[1, -0.5], [-share, 1]]), np.array([1.0, 0.0]))
    diagram = sankey(supply, Inventory(runs, np.zeros(0), 0.0), {0: 1.0})
    assert all(edge.loop for edge in diagram.edges)
    assert diagram.total == pytest.approx(values[0])
