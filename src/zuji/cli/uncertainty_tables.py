"""What `zuji uncertainty` shows: interval, histogram, stages, drivers, convergence, and what was only assumed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from zuji.cli import tables
from zuji.cli.tables import _table, say, titled
from zuji.engine.uncertainty import pedigree, statistics
from zuji.footprint.uncertainty import UncertaintyResult
from zuji.footprint.uncertainty_inputs import ASSUMED, DATABASE, METHOD, RATED, RELIABILITY, STATED
from zuji.i18n import N_, tr
from zuji.numbers import percent, significant

if TYPE_CHECKING:
    from zuji.engine.columns import Floats
    from zuji.engine.uncertainty.statistics import Summary

BINS = 13
WIDTH = 32
"""Columns of the longest bar of the histogram."""
HALF_NORMAL = 1.6448536269514722
"""95th percentile of the standard normal distribution: p5 and p95 of a normal are ± this many deviations."""
BASES = {
    STATED: N_("stated"),
    RATED: N_("rated"),
    ASSUMED: N_("assumed"),
    DATABASE: N_("database"),
    METHOD: N_("method"),
}
RUNG_NAMES = {
    "full Monte Carlo": N_("full Monte Carlo"),
    "screened Monte Carlo": N_("screened Monte Carlo"),
    "first-order variance": N_("first-order variance"),
}
FIRST_ORDER = "first-order variance"
PER_PRODUCT = "kgCO2e per product"


def comparison(results: Sequence[UncertaintyResult], against: str) -> dict[str, Any]:
    """A against B on the same draws, per product or, for two products, per functional unit."""
    a, b = results
    same = a.footprint.system.study.product.id == b.footprint.system.study.product.id
    scales = [1.0 if same else _scale(result) for result in (a, b)]
    values = (a.samples * scales[0], b.samples * scales[1])
    found = statistics.compare(*values)
    return {
        "against": against,
        "unit": PER_PRODUCT if same else f"kgCO2e/{a.footprint.system.functional_unit.unit}",
        "stated": [result.footprint.total * scale for result, scale in zip((a, b), scales, strict=True)],
        "mean": [float(part.mean()) for part in values],
        "probability_less": found.probability,
        "probability_error": found.error,
        "difference": _summary(statistics.summary(values[0] - values[1])),
    }


def _scale(result: UncertaintyResult) -> float:
    per = result.footprint.per_functional_unit
    return per / result.footprint.total if per is not None and result.footprint.total else math.nan


def document(result: UncertaintyResult, rung: str, compared: dict[str, Any] | None) -> dict[str, Any]:
    """The canonical document of the result with histogram, convergence and comparison as plain data."""
    made = dict(result.document)
    if rung == "first-order":
        for key in ("total", "stages", "samples", "requested", "seed"):
            made.pop(key)
        for driver in made["drivers"]:
            driver.pop("correlation")
        return {**made, "rung": FIRST_ORDER}
    settled, bins = result.convergence, statistics.histogram(result.samples)
    return {
        **made,
        "histogram": {"edges": bins.edges.tolist(), "counts": bins.counts.tolist()},
        "convergence": {
            "n": settled.n.tolist(),
            "mean": settled.mean.tolist(),
            "mean_error": settled.mean_error.tolist(),
            "percentiles": {
                f"{p:g}": settled.percentiles[i].tolist() for i, p in enumerate(settled.percents)
            },
        },
        **({"comparison": compared} if compared else {}),
    }  # fmt: skip


def _summary(found: Summary) -> dict[str, Any]:
    return {"mean": found.mean, "deviation": found.deviation, "interval": list(found.interval), "level": found.level}


def page(
    result: UncertaintyResult, rung: str, top: int, compared: dict[str, Any] | None, precision: float | None
) -> RenderableType:
    """Everything on one page."""
    system, footprint = result.footprint.system, result.footprint
    title = f"{say(system.study.product.name)}  {system.book.id}"
    parts: list[RenderableType] = []
    if rung == "first-order":
        parts += [titled(title, *first_order(footprint.total, result.first_order_deviation))]
    else:
        head = summary_lines(tr(RUNG_NAMES.get(result.rung, result.rung)), footprint.total, result.summary, result.seed)
        parts += [titled(title, *head, *_doubts(result, precision)), histogram(result.samples, footprint.total)]
    if rung == "first-order":
        parts += _doubts(result, None)
    else:
        parts.append(_stages(result))
    parts.append(_drivers(result, top))
    if rung != "first-order":
        parts.append(settled(result.samples))
    if compared is not None:
        parts.append(_compared(compared))
    if result.findings:
        parts.append(tables.findings([(finding, []) for finding in result.findings], show_notes=True))
    return Group(*(Text("") if i % 2 else part for part in parts for i in range(2)))


def first_order(total: float, deviation: float) -> list[RenderableType]:
    """Stated result and standard deviation, with the interval that a normal distribution would have."""
    low, high = total - HALF_NORMAL * deviation, total + HALF_NORMAL * deviation
    return [
        Text(tr("rung: {rung}", rung=tr(RUNG_NAMES[FIRST_ORDER])), style="dim"),
        Text(
            tr(
                "stated {stated} kg CO2e, standard deviation {deviation} ({share})",
                stated=significant(total),
                deviation=significant(deviation),
                share=percent(deviation / abs(total)) if total else "—",
            ),
            style="bold",
        ),
        Text(
            tr(
                "p5 {low}, p95 {high} if it were normally distributed; right for small spreads only",
                low=significant(low),
                high=significant(high),
            )
        ),
    ]


def summary_lines(rung: str, stated: float, found: Summary, seed: int) -> list[RenderableType]:
    """Rung, percentiles and moments of the samples."""
    percentiles = dict(found.percentiles)
    return [
        Text(tr("rung: {rung}, {n} samples, seed {seed}", rung=rung, n=f"{found.n:,}", seed=seed), style="dim"),
        Text(
            f"p5 {significant(percentiles[5.0])}   p50 {significant(found.median)}   "
            f"p95 {significant(percentiles[95.0])}   kg CO2e",
            style="bold",
        ),
        Text(
            tr(
                "mean {mean}, standard deviation {deviation} ({share}), stated {stated}",
                mean=significant(found.mean),
                deviation=significant(found.deviation),
                share=percent(found.variation) if math.isfinite(found.variation) else "—",
                stated=significant(stated),
            )
        ),
    ]


def _doubts(result: UncertaintyResult, precision: float | None) -> list[RenderableType]:
    """What makes the interval less than it looks: assumed spreads, no spreads, a precision that was not reached."""
    lines: list[RenderableType] = []
    assumed = [driver for driver in result.drivers if driver.basis == ASSUMED]
    if assumed:
        share = percent(sum(driver.share for driver in assumed), 0)
        kinds = ", ".join(f"{tr(KINDS[kind])} {score}" for kind, score in RELIABILITY.items())
        text = tr(
            "ASSUMED: nobody stated the spread of {count} of {all} inputs, which make {share} of the variance. They "
            "take pedigree scores of reliability by the kind of datum ({kinds}) on a basic variance of {basic}, none "
            "of it verified. Read the interval as which inputs matter, not as a statement about this product.",
            count=len(assumed),
            all=len(result.drivers),
            share=share,
            kinds=kinds,
            basic=f"{pedigree.BASIC['materials']:g}",
        )
        lines.append(Text(text, style="yellow"))
    if not result.drivers:
        lines.append(Text(tr("nothing varies: nobody stated, rated or assumed a spread"), style="yellow"))
    if precision is not None:
        known = 1.96 * result.summary.mean_error / abs(result.summary.mean) if result.summary.mean else math.nan
        if not known <= precision:
            text = tr("the mean is known to {known}, not to the {asked} asked for: take more samples (-n)",
                      known=percent(known, 2), asked=percent(precision, 2))  # fmt: skip
            lines.append(Text(text, style="yellow"))
    return lines


KINDS = {
    "measured": N_("measured"),
    "calculated": N_("calculated"),
    "supplier": N_("supplier"),
    "secondary": N_("secondary"),
    "estimated": N_("estimated"),
    "assumed": N_("assumed"),
}


def histogram(samples: Floats, stated: float) -> RenderableType:
    """The samples as horizontal bars, with the class of the stated result marked."""
    found = statistics.histogram(samples, BINS)
    most = max(int(found.counts.max()), 1)
    lines = []
    width = max(len(significant(float(edge))) for edge in found.edges)
    for low, high, count in zip(found.edges, found.edges[1:], found.counts, strict=False):
        holds = low <= stated < high
        text = Text(f"  {significant(float(low)):>{width}} – {significant(float(high)):>{width}}  ", style="dim")
        text.append("█" * max(round(int(count) / most * WIDTH), int(count > 0)), style="cyan")
        text.append(f" {percent(int(count) / len(samples))}", style="dim")
        if holds:
            text.append("  ← " + tr("stated"), style="bold")
        lines.append(text)
    return titled(tr("Samples [kg CO2e]"), *lines)


def _stages(result: UncertaintyResult) -> RenderableType:
    table = _table(tr("Stage"), tr("stated"), "p5", "p50", "p95", tr("st. dev."))
    names = {part.id: part for part in result.footprint.stages}
    summaries = result.stage_summaries
    for stage in sorted(summaries, key=[*names, *summaries].index):  # in the order of the life cycle
        found = summaries[stage]
        part, percentiles = names.get(stage), dict(found.percentiles)
        figures = [percentiles[5.0], found.median, percentiles[95.0], found.deviation]
        stated = significant(part.value) if part else "–"
        table.add_row(say(part.name) if part else stage, stated, *map(significant, figures))
    return titled(tr("By stage [kg CO2e]"), table)


def _drivers(result: UncertaintyResult, top: int) -> RenderableType:
    table = _table(tr("Input"), tr("spread from"), tr("st. dev."), tr("share"), right_from=2)
    table.columns[1].no_wrap = True
    for driver in [driver for driver in result.drivers if driver.share > 0][:top]:
        name = Text(say(driver.name) or driver.id)
        name.append(f"  {driver.id}" if say(driver.name) else "", style="dim")
        basis = Text(tr(BASES[driver.basis]), style="yellow" if driver.basis == ASSUMED else "")
        table.add_row(name, basis, percent(driver.deviation), percent(driver.share))
    note = tr("share: of the variance to first order; an input known exactly takes its share away")
    return titled(tr("What to measure better"), table, Text("  " + note, style="dim"))


def settled(samples: Floats) -> RenderableType:
    """How well mean and percentiles are known, and where they stood with a quarter of the samples."""
    found = statistics.convergence(samples)
    quarter = max(int((found.n <= len(samples) / 4).sum()) - 1, 0)
    table = _table("", "p5", "p50", "p95", tr("mean"))
    for label, i in ((f"n = {found.n[quarter]:,}", quarter), (f"n = {found.n[-1]:,}", -1)):
        table.add_row(label, *(significant(float(found.percentiles[k, i])) for k in range(3)),
                      significant(float(found.mean[i])))  # fmt: skip
    errors = [*(found.percentile_errors[k, -1] for k in range(3)), found.mean_error[-1]]
    table.add_row(tr("standard error"), *(significant(float(error), 2) for error in errors))
    return titled(tr("Convergence [kg CO2e]"), table)


def _compared(compared: dict[str, Any]) -> RenderableType:
    low, high = compared["difference"]["interval"]
    likely = tr(
        "probability that this one is below {other}: {probability} (± {error}), on the same draws",
        other=compared["against"],
        probability=percent(compared["probability_less"]),
        error=percent(compared["probability_error"]),
    )
    apart = tr(
        "difference: mean {mean}, 95 % of the samples between {low} and {high} {unit}",
        mean=significant(compared["difference"]["mean"]),
        low=significant(low),
        high=significant(high),
        unit="kg CO2e" if compared["unit"] == PER_PRODUCT else compared["unit"],
    )
    return titled(tr("Compared with {other}", other=compared["against"]), Text(likely), Text(apart))
