"""`zuji uncertainty` for a dataset of a stored background: the three rungs on its whole supply chain."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zuji.cli import terminal
from zuji.cli.uncertainty import FINE, FIRST_ORDER, SCREENED, bar, stopping, write_samples
from zuji.i18n import language, tr

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zuji.background.store.stored import StoredBackground
    from zuji.engine.columns import Floats
    from zuji.engine.uncertainty.first_order import FirstOrder
    from zuji.engine.uncertainty.monte_carlo import MonteCarlo, Progress
    from zuji.engine.uncertainty.screened import Screened
    from zuji.footprint.chain import Chain

CHECKED = 3
"""Samples of a full run that are solved again with fresh factorisations."""


def run(
    stored: StoredBackground, dataset: str, rulebook: str, n: int, seed: int, rung: str, top: int, threads: int,
    on: str, *, json_output: bool, out: Path | None,
) -> int:  # fmt: skip
    """Sample the score of one dataset and print what the samples say."""
    from zuji.background.store.library import Library
    from zuji.cli import app as main
    from zuji.engine.uncertainty.first_order import first_order
    from zuji.engine.uncertainty.monte_carlo import monte_carlo
    from zuji.engine.uncertainty.screened import screened
    from zuji.footprint import chain as chains

    chain = chains.of_stored(stored, dataset, main._book(rulebook), main._day(on), Library().cache)
    table = first_order(chain.system, chain.factors, chain.root)
    found: MonteCarlo | Screened | None = None
    samples: Floats | None = None
    if rung != FIRST_ORDER:
        with stopping() as stopped, bar(tr("samples"), n) as shown:

            def report(progress: Progress) -> None:
                shown(progress.done, progress.total)

            if rung == SCREENED:
                one = screened(
                    chain.system, chain.factors, chain.root, n, seed=seed, threads=threads, progress=report,
                    cancelled=stopped,
                )  # fmt: skip
                found, samples = one, one.samples
            else:
                made = monte_carlo(
                    chain.system, chain.factors, n, seed=seed, activities=[chain.root], threads=threads,
                    check=CHECKED, progress=report, cancelled=stopped,
                )  # fmt: skip
                found, samples = made, made.samples[0, 0]
    if samples is not None and out is not None:
        write_samples(out, {"total": samples})
    if json_output:
        terminal.write_json(_document(chain, table, found, samples, seed, top))
    else:
        terminal.console().print(_page(chain, table, found, samples, seed, top))
    return FINE


def _guarantee(found: MonteCarlo | Screened | None) -> dict[str, Any]:
    """What the rung measured of its own exactness."""
    from zuji.engine.uncertainty.monte_carlo import MonteCarlo

    if found is None:
        return {}
    if isinstance(found, MonteCarlo):
        return {
            "error": _finite(found.error),
            "checked": len(found.checked),
            "refactorised": len(found.refactorised),
            "unphysical": found.unphysical,
        }
    return {
        "coverage": found.coverage,
        "reproduced": _finite(found.reproduced),
        "deviation_ratio": _finite(found.deviation_ratio),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _drivers(chain: Chain, table: FirstOrder, top: int) -> list[dict[str, Any]]:
    from zuji.engine.uncertainty.first_order import TECHNOSPHERE

    snapshot, found = chain.system.snapshot, []
    for k in range(min(top, len(table.uids))):
        if not table.variances[k]:
            break
        inside = table.matrix[k] == TECHNOSPHERE
        block = snapshot.technosphere if inside else snapshot.biosphere
        exchange = int(table.exchange[k])
        owner, row = int(block.column[exchange]), int(block.row[exchange])
        taken = chain.ids[row] if inside else snapshot.flows[row]
        name = chain.names[row].pick(language()) if inside else chain.gases[row]
        found.append(
            {
                "activity": chain.ids[owner], "name": chain.names[owner].pick(language()), "takes": taken,
                "takes_name": name, "share": float(table.shares[k]),
            }
        )  # fmt: skip
    return found


def _document(
    chain: Chain, table: FirstOrder, found: MonteCarlo | Screened | None, samples: Floats | None, seed: int, top: int
) -> dict[str, Any]:
    from zuji.engine.uncertainty import statistics

    document: dict[str, Any] = {
        "format": "zuji-uncertainty/1",
        "dataset": chain.ids[chain.root],
        "rulebook": chain.rulebook,
        "unit": "kgCO2e",
        "rung": found.rung if found is not None else table.rung,
        "stated": chain.total,
        "first_order_deviation": table.deviation,
        "uncertain_exchanges": len(table.uids),
        "drivers": _drivers(chain, table, top),
    }
    if samples is None or found is None:
        return document
    said, bins = statistics.summary(samples), statistics.histogram(samples)
    return {
        **document,
        "seed": str(seed),
        "samples": len(samples),
        "guarantee": _guarantee(found),
        "total": {
            "mean": said.mean, "deviation": said.deviation, "median": said.median, "interval": list(said.interval),
            "percentiles": {f"{percent:g}": value for percent, value in said.percentiles},
        },
        "histogram": {"edges": bins.edges.tolist(), "counts": bins.counts.tolist()},
    }  # fmt: skip


def _page(
    chain: Chain, table: FirstOrder, found: MonteCarlo | Screened | None, samples: Floats | None, seed: int, top: int
) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from zuji.cli import uncertainty_tables as tables
    from zuji.cli.tables import _table, titled
    from zuji.engine.uncertainty import statistics
    from zuji.numbers import percent

    title = Text(f"{chain.title.pick(language())}  {chain.rulebook}", style="bold")
    parts: list[RenderableType] = [title]
    if not len(table.uids):
        parts.append(Text(tr("nothing varies: nobody stated, rated or assumed a spread"), style="yellow"))
    if samples is None or found is None:
        parts += tables.first_order(chain.total, table.deviation)
    else:
        rung = tr(tables.RUNG_NAMES.get(found.rung, found.rung))
        parts += tables.summary_lines(rung, chain.total, statistics.summary(samples), seed)
        made = _guarantee(found)
        if "coverage" in made:
            text = tr(
                "the drawn exchanges carry {coverage} of the first-order variance, all others stand at their mean; "
                "the samples reproduce {reproduced} of the variance of a full run",
                coverage=percent(made["coverage"], 2),
                reproduced=percent(made["reproduced"], 2) if made["reproduced"] is not None else "–",
            )
        else:
            text = tr(
                "largest relative error against {count} fresh factorisations: {error}",
                count=made["checked"],
                error=f"{made['error'] or 0:.1e}",
            )
        parts += [Text(text, style="dim"), Text(""), tables.histogram(samples, chain.total), Text("")]
        parts.append(tables.settled(samples))
    rows = _table(tr("Activity"), tr("takes or emits"), tr("share"), right_from=2)
    for driver in _drivers(chain, table, top):
        name = driver["name"] or driver["activity"]
        rows.add_row(name, driver["takes_name"] or driver["takes"], percent(driver["share"]))
    parts += [Text(""), titled(tr("What to measure better"), rows)]
    return Group(*parts)
