"""The uncertainty of a footprint: activity data and dataset factors drawn together, the foreground solved per sample.

A datum varies by its stated distribution, else by its data-quality ratings read as pedigree scores
(`zuji.engine.uncertainty.pedigree`), else, unless that is turned off, by a reliability score assumed from its kind. A
dataset varies as a whole, by a lognormal factor on its score from its ratings or as secondary data. All lines that come
from one datum share its draws, and all lines of one dataset those of the dataset. Draws are keyed by study, process and
exchange, or by dataset, so that two scenarios of one study, or two studies on one background, are paired.
Characterisation factors vary where their set, or the user, gives a range; gases of one molecule share their draws. A
dataset of a stored background varies by the exchanges of its database, through the rungs of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from zuji.canonical import canonical_bytes
from zuji.engine.columns import Floats
from zuji.engine.uncertainty import statistics
from zuji.engine.uncertainty.sampler import RANDOM, Sampler
from zuji.errors import EngineError
from zuji.finding import Finding, in_order
from zuji.footprint import uncertainty_codes as codes
from zuji.footprint.model import Footprint
from zuji.footprint.uncertainty_inputs import (
    ASSUMED,
    DATABASE,
    DATASET,
    DATUM,
    FACTOR,
    INDICATORS,
    METHOD,
    RATED,
    RELIABILITY,
    STAND_IN,
    STATED,
    Correlated,
    relative,
    relative_to,
)
from zuji.footprint.uncertainty_model import Driver, Model
from zuji.footprint.uncertainty_stored import FULL, RUNGS, SCREENED, rung_of
from zuji.study.model import Uncertainty

__all__ = [
    "ASSUMED", "BLOCK", "DATABASE", "DATASET", "DATUM", "FACTOR", "FULL", "INDICATORS", "METHOD", "RATED",
    "RELIABILITY", "RUNG", "RUNGS", "SCREENED", "STAND_IN", "STATED", "Correlated", "Driver", "UncertaintyResult",
    "relative", "relative_to", "uncertainty", "vars_of",
]  # fmt: skip

RUNG = "full Monte Carlo"
"""All uncertain inputs are drawn and every sample is solved directly; the first-order table ranks the drivers."""
BLOCK = 256
NO_FACTORS_GIVEN: Mapping[str, Uncertainty] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class UncertaintyResult:
    """Samples of a footprint [kg CO2e per product] with what they say."""

    footprint: Footprint
    rung: str
    seed: int
    requested: int
    samples: Floats
    """(n,): the total."""
    stages: Mapping[str, Floats]
    """Stage → samples (n,)."""
    drivers: tuple[Driver, ...]
    """Largest share of the first-order variance first."""
    first_order_deviation: float
    """Standard deviation to first order [kg CO2e per product]."""
    error: float
    """Relative difference between this calculation at stated values and the footprint's total, or, where it is larger,
    between a sample of a stored database and a fresh factorisation."""
    unstated_share: float
    """Share of the result, by size of its lines, for which nobody stated anything [1]."""
    findings: tuple[Finding, ...]
    level: float = 0.95

    @property
    def partial(self) -> bool:
        """Whether the run was stopped before its end."""
        return len(self.samples) < self.requested

    @cached_property
    def summary(self) -> statistics.Summary:
        """The total."""
        return statistics.summary(self.samples, self.level)

    @cached_property
    def stage_summaries(self) -> Mapping[str, statistics.Summary]:
        """Each stage."""
        return {stage: statistics.summary(values, self.level) for stage, values in self.stages.items()}

    @property
    def per_functional_unit(self) -> statistics.Summary | None:
        """The total per functional unit; None where the footprint has none."""
        if self.footprint.per_functional_unit is None or not self.footprint.total:
            return None
        return statistics.summary(self.samples * self.footprint.per_functional_unit / self.footprint.total, self.level)

    @cached_property
    def convergence(self) -> statistics.Convergence:
        """How mean and percentiles settled."""
        return statistics.convergence(self.samples)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The result as a canonical document, without its samples."""
        system = self.footprint.system
        return {
            "format": "zuji-uncertainty/1",
            "study": system.study.id,
            "rulebook": {"id": system.book.id, "version": system.version.id, "on": system.day.isoformat()},
            "digests": dict(self.footprint.digests),
            "unit": "kgCO2e per product",
            "rung": self.rung,
            "seed": str(self.seed),
            "samples": len(self.samples),
            "requested": self.requested,
            "stated": self.footprint.total,
            "total": _summary(self.summary),
            "stages": {stage: _summary(found) for stage, found in self.stage_summaries.items()},
            "first_order_deviation": self.first_order_deviation,
            "unstated_share": self.unstated_share,
            "drivers": [
                {
                    "kind": d.kind, "id": d.id, "name": {"zh": d.name.pick("zh"), "en": d.name.pick("en")},
                    "basis": d.basis, "deviation": d.deviation, "elasticity": d.elasticity, "share": d.share,
                    "correlation": None if math.isnan(d.correlation) else d.correlation, "place": d.place.as_dict(),
                }
                for d in self.drivers
            ],
            "findings": [finding.as_dict() for finding in self.findings],
        }  # fmt: skip

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON (RFC 8785): same inputs and seed, same bytes on one machine."""
        return canonical_bytes(self.document)


def _summary(found: statistics.Summary) -> dict[str, Any]:
    return {
        "mean": found.mean,
        "deviation": found.deviation,
        "mean_error": found.mean_error,
        "median": found.median,
        "interval": list(found.interval),
        "level": found.level,
        "percentiles": {f"{percent:g}": value for percent, value in found.percentiles},
    }


def uncertainty(
    footprint: Footprint,
    n: int = 1000,
    *,
    seed: int = 0,
    sampler: str = RANDOM,
    level: float = 0.95,
    precision: float | None = None,
    correlated: Sequence[Correlated] = (),
    factors: Mapping[str, Uncertainty] | None = NO_FACTORS_GIVEN,
    background: str = FULL,
    basic: float | str = "materials",
    assume: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> UncertaintyResult:
    """`n` samples of the footprint, or fewer where its mean is known to `precision` before.

    `basic` is the basic variance that ratings are added to, a number or a kind of `pedigree.BASIC`. Without `assume`
    what nobody stated or rated does not vary. `correlated` ties inputs together. `factors` gives distributions of
    warming potentials by gas; None keeps all of them fixed. `background` is the rung for datasets of stored databases:
    full or screened. A distribution that cannot be sampled is a finding and does not vary. Raises EngineError for n
    below 2, a correlation that cannot be, or a factor's distribution that cannot be sampled; AddressError for a
    correlated id that is no input.
    """
    if n < 2:
        raise EngineError(f"{n} samples: at least two are needed")
    draws = Sampler(seed, sampler, n if sampler != RANDOM else 0)
    model = Model(
        footprint, basic, assume, draws, correlated=correlated, factors=factors, rung=background
    )  # fmt: skip
    blocks: list[tuple[Floats, Floats, Floats, Floats]] = []
    done = 0
    totals = np.zeros(0)
    while done < n:
        count = min(BLOCK, n - done)
        ratios, stored = model.draw(draws, done, count)
        lines = model.lines(ratios, stored)
        blocks.append((lines.sum(axis=0), model.by_stage @ lines, ratios, stored))
        done += count
        totals = np.concatenate([totals, blocks[-1][0]])
        if progress is not None:
            progress(done, n)
        if cancelled is not None and cancelled():
            break
        if precision is not None and _known(totals, precision):
            n = done
    stages = np.concatenate([block[1] for block in blocks], axis=1)
    ratios = np.concatenate([block[2] for block in blocks], axis=1)
    stored = np.concatenate([block[3] for block in blocks], axis=1)
    drivers, deviation = model.drivers(ratios, stored, totals)
    result = UncertaintyResult(
        footprint=footprint,
        rung=rung_of(model.stored) or RUNG,
        seed=seed,
        requested=n,
        samples=totals,
        stages=dict(zip(model.stages, stages, strict=True)),
        drivers=drivers,
        first_order_deviation=deviation,
        error=max([model.error, *(each.error(done // 2) for each in model.stored)]),
        unstated_share=model.unstated_share,
        findings=(),
        level=level,
    )
    found = in_order([*model.findings, *_findings(result)])
    return UncertaintyResult(**{**vars_of(result), "findings": found})


def vars_of(result: UncertaintyResult) -> dict[str, Any]:
    """The fields of a result, to make one that differs in some."""
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


def _known(totals: Floats, precision: float) -> bool:
    error = float(totals.std(ddof=1)) / math.sqrt(len(totals))
    return 1.96 * error <= precision * abs(float(totals.mean()))


def _findings(result: UncertaintyResult) -> Iterable[Finding]:
    place = result.footprint.system.study.product.place
    if result.partial:
        yield codes.STOPPED(place, done=len(result.samples), wanted=result.requested)
    stated, found = result.footprint.total, result.summary
    if stated and found.mean - stated > max(0.01 * abs(stated), 3 * found.mean_error):
        yield codes.MEAN_DIFFERS(place, difference=f"{(found.mean - stated) / abs(stated):.1%}")
