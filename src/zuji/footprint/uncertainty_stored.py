"""Samples of the datasets that a footprint takes from stored backgrounds, by the databases' own uncertainties.

Every sample is one state of the whole database, so datasets that share suppliers move together. Either all exchanges
upstream are drawn and the solution is certified (full), or those that carry the variance of each dataset (screened).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from zuji.background.store.library import Library
from zuji.background.store.stored import StoredBackground
from zuji.engine.adjoint import scores
from zuji.engine.columns import Floats, number
from zuji.engine.system import System
from zuji.engine.uncertainty import distributions, random
from zuji.engine.uncertainty.factors import UncertainFactors, uncertain_factors
from zuji.engine.uncertainty.layout import drawn
from zuji.engine.uncertainty.parameters import Parameters
from zuji.engine.uncertainty.run import LANES, Run
from zuji.engine.uncertainty.sampler import Sampler
from zuji.engine.uncertainty.screened import RUNG_B, Reduced, at_mean, reduce
from zuji.errors import EngineError
from zuji.footprint.graft import flows_of, open_stored, stored_of
from zuji.footprint.model import Footprint
from zuji.footprint.stored import engine_cache, snapshot_of
from zuji.footprint.uncertainty_inputs import Input
from zuji.rulebooks.strategies.characterisation import counts

FULL, SCREENED = "full", "screened"
RUNGS = (FULL, SCREENED)


@dataclass(frozen=True, eq=False)
class StoredSamples:
    """The datasets of one stored background whose score varies, ready to be sampled."""

    ids: tuple[str, ...]
    stated: Floats
    """(datasets,): score at stated values [kg CO2e per unit]."""
    run: Run | None
    reduced: tuple[Reduced, ...]
    sampler: Sampler
    coverage: float
    """Smallest share of the first-order variance that is drawn [1]; 1 for a full run."""

    def ratios(self, start: int, count: int) -> Floats:
        """Drawn ÷ stated score of each dataset, shape (datasets, count); `start` is a multiple of 8."""
        if self.run is None:
            found = [each.scores(drawn(each.draws, self.sampler, start, count, ())) for each in self.reduced]
            return np.array(found) / self.stated[:, None]
        buffers = self.run.buffers()
        blocks = [
            self.run.batch(first, buffers).y[0][self.run.layout.wanted] for first in range(start, start + count, LANES)
        ]
        return np.concatenate(blocks, axis=1)[:, :count] / self.stated[:, None]

    def error(self, iteration: int) -> float:
        """The largest relative difference of one sample to a fresh factorisation; 0 for screened samples."""
        return self.run.error(iteration) if self.run is not None else 0.0


def stored_samples(
    footprint: Footprint, sampler: Sampler, rung: str, varying: dict[str, Input]
) -> tuple[StoredSamples, ...]:
    """The datasets that the footprint's lines take from stored backgrounds with uncertain exchanges upstream.

    `varying`: gas → its uncertain factor. A background that is gone, and a dataset of score zero, are left to the
    footprint's own spreads. Raises EngineError for an unknown rung.
    """
    if rung not in RUNGS:
        raise EngineError(f"'{rung}' is no rung for a database; known: {', '.join(RUNGS)}", [rung])
    providers = dict.fromkeys(line.provider for line in footprint.lines if line.value)
    found = []
    for digest, ids in sorted(stored_of(footprint.system.background, providers).items()):
        stored = open_stored(digest)
        if stored is not None:
            found += _of(footprint, stored, ids, sampler, rung, varying)
    return tuple(found)


@lru_cache(maxsize=2)
def _system(folder: Any, digest: str, cache: Any) -> System:
    stored = StoredBackground(folder, digest)
    try:
        return System.of(snapshot_of(stored), cache)
    finally:
        stored.close()


def _of(
    footprint: Footprint, stored: StoredBackground, ids: list[str], sampler: Sampler, rung: str,
    varying: dict[str, Input],
) -> list[StoredSamples]:  # fmt: skip
    system = _system(stored.folder, stored.digest, engine_cache(stored, Library().cache))
    factors, uncertain = _method(footprint, stored, varying)
    places = [(id, place) for id in ids if (place := stored.index_of(id)) is not None]
    score = scores(system, factors).values[:, 0]
    places = [(id, place) for id, place in places if score[place]]
    if not places:
        return []
    run = Run(system, factors[:, None], [place for _, place in places], sampler, (), uncertain)
    if not len(run.layout.technosphere) and not len(run.layout.biosphere):
        return []
    reduced: tuple[Reduced, ...] = ()
    if rung == SCREENED:
        mean = at_mean(system)
        reduced = tuple(reduce(system, factors, place, factor_uncertainty=uncertain, mean=mean) for _, place in places)
    return [
        StoredSamples(
            ids=tuple(id for id, _ in places),
            stated=score[[place for _, place in places]],
            run=None if rung == SCREENED else run,
            reduced=reduced,
            sampler=sampler,
            coverage=min((each.coverage for each in reduced), default=1.0),
        )
    ]


def _method(
    footprint: Footprint, stored: StoredBackground, varying: dict[str, Input]
) -> tuple[Floats, UncertainFactors]:
    """Factors of the store's flows in the headline total [kg CO2e per unit of flow], and those that vary."""
    from zuji.footprint.calculate import context_of

    context = context_of(footprint.system)
    factors = np.zeros(stored.length("flow"))
    rows: list[tuple[int, Input]] = []
    for flow, found in zip(stored.flows(), flows_of(stored, footprint.system), strict=True):
        if found is None or found.factor is None or not counts(context, found.category):
            continue
        factors[flow.i] = number(found.factor) * flow.factor
        # The ratio of a removal is that of the emission mirrored; no set gives a range for one.
        if factors[flow.i] > 0 and found.gas in varying:
            rows.append((flow.i, varying[found.gas]))
    made = [_scaled(made.values, factors[i]) for i, made in rows]
    count = len(rows)

    def column(name: str) -> Floats:
        return np.array([values.get(name, np.nan) for values in made], dtype=np.float64)

    parameters = Parameters(
        value=factors[[i for i, _ in rows]], id=np.array([values["id"] for values in made], dtype=np.uint8),
        loc=column("loc"), scale=column("scale"), shape=column("shape"), minimum=column("minimum"),
        maximum=column("maximum"), negative=np.zeros(count, dtype=bool),
    )  # fmt: skip
    return factors, uncertain_factors([i for i, _ in rows], parameters, random.uids_of(m.key for _, m in rows))


def _scaled(values: Any, size: float) -> dict[str, float]:
    """The distribution of `size` times a ratio; the counterpart of `relative_to`."""
    found = dict(values)
    id = int(found["id"])
    if "divisor" in found:
        raise EngineError("a discrete distribution of a characterisation factor cannot be scaled to a database's units")
    names = {
        distributions.LOGNORMAL: ("minimum", "maximum"),
        distributions.BETA: ("minimum", "maximum"),
        distributions.PERT: ("loc", "minimum", "maximum"),
    }.get(id, ("loc", "scale", "minimum", "maximum"))
    for name in names:
        if name in found:
            found[name] *= size
    if id == distributions.LOGNORMAL:
        found["loc"] += float(np.log(size))
    return found


def rung_of(samples: tuple[StoredSamples, ...]) -> str | None:
    """The engine's name of the rung where it is not the full one."""
    return RUNG_B if any(each.run is None for each in samples) else None
