"""Scores and contributions of databases of the field's size, beside bw2calc and bw_graph_tools on the same matrices.

    python3 run.py bench engine [--systems=e5k,e20k,e50k,big] [--peer-system=e20k] [--no-peer]

The systems are made by `systems.py`. Every time is the best of several; the peer runs in the same process.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

import peers  # noqa: E402
import systems  # noqa: E402

from zuji.engine import fast  # noqa: E402
from zuji.engine.adjoint import inventory, scores, stored_scores  # noqa: E402
from zuji.engine.contributions import Supply, tree  # noqa: E402
from zuji.engine.diagnose import diagnose  # noqa: E402
from zuji.engine.sankey import sankey  # noqa: E402
from zuji.engine.snapshot import Snapshot  # noqa: E402
from zuji.engine.system import System  # noqa: E402
from zuji.engine.what_if import WhatIf  # noqa: E402

PEER_CALCULATIONS = 1000
"""Solves that bw_graph_tools may do for a tree, its own default; without it a large tree takes minutes."""
VOLCA = "85 ms (VoLCA, its own figure for 26,533 activities on 4 cores; not run here)"


def best(action: Callable[[], Any], times: int = 5) -> float:
    """The shortest of several runs [ms]."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append((time.perf_counter() - start) * 1000)
    return min(found)


def ours(name: str) -> dict[str, float]:
    """Every measurement of one system [ms, counts]."""
    found: dict[str, float] = {"generate": best(lambda: systems.system(name), 1)}
    made = systems.system(name)
    factors = systems.methods(made)
    climate = factors[:, 0]
    with tempfile.TemporaryDirectory() as folder:
        file, cache = Path(folder) / "snapshot.npz", Path(folder) / "cache"
        made.save(file)
        found["open"] = best(lambda: Snapshot.load(file))
        snapshot = Snapshot.load(file)
        found["diagnose"] = best(lambda: diagnose(snapshot), 2)

        def cold() -> Any:
            opened = Snapshot.load(file)
            return scores(System.of(opened), climate)

        found["cold"] = best(cold, 3)
        scores(System.of(snapshot, cache), climate, cache)

        def planned() -> Any:
            return scores(System.of(Snapshot.load(file), cache), climate)

        found["planned"] = best(planned, 3)
        found["stored"] = best(lambda: stored_scores(Snapshot.load(file), climate, cache))
        system = System.of(snapshot, cache)
        solved = scores(system, climate)
        products = list(range(0, len(snapshot.activities), 7))
        found["product"] = best(lambda: [solved.values[i, 0] for i in products]) / len(products)
        found["method"] = best(lambda: scores(system, factors[:, 5]), 10)
        found["twenty"] = best(lambda: scores(system, factors)) / factors.shape[1]
        found["error"] = solved.error
        supply = Supply.of(system, solved)
        # Of fifty products the one with the largest tree: what takes long is what matters.
        candidates = range(len(snapshot.activities) - 50, len(snapshot.activities))
        root = max(candidates, key=lambda j: len(tree(supply, j, cut_off=0.001)))
        for cut_off in (0.005, 0.001):
            found[f"tree {cut_off}"] = best(lambda c=cut_off: tree(supply, root, cut_off=c))  # type: ignore[misc]
            found[f"nodes {cut_off}"] = len(tree(supply, root, cut_off=cut_off))
            found[f"coverage {cut_off}"] = tree(supply, root, cut_off=cut_off).coverage
        found["inventory"] = best(lambda: inventory(system, {root: 1.0}))
        made_inventory = inventory(system, {root: 1.0})
        found["sankey"] = best(lambda: sankey(supply, made_inventory, {root: 1.0}, cut_off=0.001))
        changing = WhatIf(system, supply, root)
        first = int(supply.taken.indices[supply.taken.indptr[root]])
        found["what-if"] = best(lambda: changing.substituted(first, first + 1))
        found |= {"activities": len(snapshot.activities), "exchanges": len(made.technosphere), "root": root}
        found |= {"emissions": len(made.biosphere), "core": system.plan.core_stop - system.plan.core_start}
        found["nonzeros"] = len(system.factors.lower_data) + len(system.factors.upper_data)
        found["score"] = float(solved.values[root, 0])
    return found


def theirs(name: str, root: int) -> dict[str, float]:
    """bw2calc and bw_graph_tools on the same system [ms]; empty when they are not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import bw2calc
    except ImportError:
        print(f"bw2calc is {peers.MISSING}")
        return {}
    warnings.simplefilter("ignore")
    snapshot = systems.system(name)
    factors = systems.methods(snapshot)
    package = peers.datapackage(snapshot, factors[:, 0])
    found: dict[str, float] = {}

    def score(kind: str) -> Any:
        lca = getattr(bw2calc, kind)({root: 1}, data_objs=[package])
        lca.lci()
        lca.lcia()
        return lca

    for kind in ("JacobiGMRESLCA", "LCA"):
        found[f"cold {kind}"] = best(lambda k=kind: score(k), 2)  # type: ignore[misc]
    lca = score("LCA")
    found["score"] = float(lca.score)
    lca.lci(factorize=True)
    found["product"] = best(lambda: lca.lcia({root - 7: 1}), 3)
    lca.lcia({root: 1})
    try:
        import bw_graph_tools
    except ImportError:
        print(f"bw_graph_tools is {peers.MISSING}")
        return found
    for cut_off in (0.005, 0.001):
        start = time.perf_counter()
        grown = bw_graph_tools.NewNodeEachVisitGraphTraversal.calculate(
            lca, cutoff=cut_off, max_calc=PEER_CALCULATIONS, separate_biosphere_flows=False
        )
        found[f"tree {cut_off}"] = (time.perf_counter() - start) * 1000
        found[f"nodes {cut_off}"] = len(grown["nodes"])
    return found


def ms(value: float | None) -> str:
    """A time with three digits."""
    if value is None:
        return "–"
    return f"{value / 1000:.3g} s" if value >= 1000 else f"{value:.3g} ms"


def report(measured: dict[str, dict[str, float]], peer: dict[str, float], name: str) -> str:
    """The tables in Markdown."""
    us = measured[name]

    def row(what: str, key: str, other: str | None, target: str) -> str:
        against = peer.get(other) if other else None
        ratio = f"{against / us[key]:.3g}×" if against else "–"
        return f"| {what} | {ms(us[key])} | {ms(against)} | {ratio} | {target} |\n"

    kernels = "numba" if fast.available() else "NumPy/SciPy reference"
    best_cold = min((peer[k] for k in peer if k.startswith("cold")), default=0.0)
    peer = peer | ({"cold": best_cold} if best_cold else {})
    text = f"""# Engine: scores and contributions

{date.today().isoformat()}, {platform.system()} {platform.machine()}, Python {platform.python_version()}, one thread,
kernels: {kernels}. Best of several runs; peers in the same run on the same matrices.

System `{name}`: {us["activities"]:,.0f} activities, {us["exchanges"]:,.0f} + {us["emissions"]:,.0f} exchanges, core
{us["core"]:,.0f}, factors {us["nonzeros"]:,.0f} nonzeros, largest backward error {us["error"]:.1e}.

| what | Zuji | bw2calc / bw_graph_tools | ratio | target |
|---|---|---|---|---|
"""
    text += row("cold single score, from the file", "cold", "cold", "≤ 1.2 s")
    text += row("the same with the plan in the cache", "planned", "cold", "")
    text += row("the same with the scores in the cache", "stored", "cold", "")
    text += row("further product", "product", "product", "≤ 0.01 ms")
    text += row("further method, all activities", "method", None, "≤ 5 ms")
    text += row("further method, 20 in one go, each", "twenty", None, "")
    text += row("contribution tree at 0.5 %", "tree 0.005", "tree 0.005", "")
    text += row("contribution tree at 0.1 %", "tree 0.001", "tree 0.001", "≤ 10 ms")
    text += row("Sankey at 0.1 %, inventory given", "sankey", None, "")
    text += row("inventory by flow", "inventory", None, "")
    text += row("what-if substitution, scores of all activities", "what-if", None, "")
    text += row("diagnosis", "diagnose", None, "< 2 s")
    text += row("opening the snapshot", "open", None, "< 0.3 s")
    nodes = ", ".join(f"{c:.1%}: {us[f'nodes {c}']:.0f} and {peer.get(f'nodes {c}', 0):.0f}" for c in (0.005, 0.001))
    if peer:
        difference = abs(us["score"] - peer["score"]) / abs(peer["score"])
        text += "\nNodes of the trees, ours and theirs (theirs counts the demand and "
        text += f"stops after {PEER_CALCULATIONS} solves): "
        text += f"{nodes}. "
        text += f"The two scores differ by {difference:.1e}.\n"
    else:
        text += f"\nThe peers are {peers.MISSING}.\n"
    text += f"Further product elsewhere: {VOLCA}.\n"
    text += "\n| system | activities | exchanges | core | cold | planned | method | tree 0.1 % | diagnosis | open |\n"
    text += "|---|---|---|---|---|---|---|---|---|---|\n"
    for system, found in measured.items():
        keys = ("cold", "planned", "method", "tree 0.001", "diagnose", "open")
        counts = f"{found['activities']:,.0f} | {found['exchanges'] + found['emissions']:,.0f} | {found['core']:,.0f}"
        text += f"| {system} | {counts} | " + " | ".join(ms(found[key]) for key in keys) + " |\n"
    return text


def plot(measured: dict[str, dict[str, float]], file: Path) -> None:
    """Times over the number of activities, both on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "zuji"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5))
    ordered = sorted(measured.values(), key=lambda found: found["activities"])
    for key, label in (
        ("cold", "cold single score"),
        ("planned", "with the plan cached"),
        ("diagnose", "diagnosis"),
        ("method", "further method"),
        ("tree 0.001", "tree at 0.1 %"),
        ("open", "opening"),
    ):
        axes.loglog([f["activities"] for f in ordered], [f[key] for f in ordered], marker="o", label=label)
    axes.set_xlabel("activities")
    axes.set_ylabel("time [ms]")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main(arguments: list[str]) -> int:
    """Measure, print and write the tables."""
    options = dict(word.lstrip("-").partition("=")[::2] for word in arguments)
    names = (options.get("systems") or "e5k,e20k,e50k,big").split(",")
    name = options.get("peer-system") or "e20k"
    measured = {}
    for each in dict.fromkeys([name, *names]):
        print(f"{each} …", flush=True)
        measured[each] = ours(each)
    peer = {} if "no-peer" in options else theirs(name, int(measured[name]["root"]))
    text = report(measured, peer, name)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "engine.md").write_text(text, encoding="utf-8", newline="\n")
    plot(measured, RESULTS / "engine-scaling.svg")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
