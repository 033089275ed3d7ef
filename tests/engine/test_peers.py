"""Agreement with bw2calc, the field's reference, on generated systems of 500 activities with credits and waste."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zuji.engine.adjoint import inventory, scores
from zuji.engine.diagnose import diagnose
from zuji.engine.system import System

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The modules of benchmarks/ that make systems and datapackages."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import peers
    import systems

    yield systems, peers
    for name in ("systems", "peers"):
        sys.modules.pop(name, None)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("credits", [False, True])
def test_scores_and_inventories_are_those_of_bw2calc(generator: Any, credits: bool) -> None:
    """Scores of 25 products and the inventory of one, to 1e-9 relative."""
    bw2calc = pytest.importorskip("bw2calc")
    systems, peers = generator
    snapshot = systems.system("small", credits=credits)
    factors = systems.methods(snapshot)[:, 0]
    assert not diagnose(snapshot)
    system = System.of(snapshot)
    found = scores(system, factors)
    waste = system.sign[system.plan.position] < 0
    assert bool((found.values < 0).any()) or not credits
    lca = bw2calc.LCA({0: 1}, data_objs=[peers.datapackage(snapshot, factors)])
    lca.lci(factorize=True)
    lca.lcia()
    for activity in range(0, 500, 20):
        amount = -1 if waste[activity] else 1  # to have a unit of waste treated is to demand −1 of it
        lca.lcia({activity: amount})
        assert found.values[activity, 0] == pytest.approx(lca.score, rel=1e-9)
    made = inventory(system, {480: 1.0})
    flows = np.zeros(len(snapshot.flows))
    rows = lca.inventory.sum(axis=1)
    for id, row in lca.dicts.biosphere.items():
        flows[id - 500] = rows[row, 0]
    assert np.allclose(made.flows, flows, rtol=1e-9, atol=1e-12 * np.abs(flows).max())


def test_the_generator_gives_the_same_bytes(generator: Any) -> None:
    """Equal seeds give equal digests."""
    systems, _ = generator
    assert systems.system("small").digest == systems.system("small").digest
    assert systems.system("small", credits=True).digest != systems.system("small").digest
