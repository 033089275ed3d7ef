"""Correlated samples of the scores of everything that a line may name: one set of draws for all products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zuji.background.model import Dataset
from zuji.engine.system import System
from zuji.engine.uncertainty import distributions, pedigree, random
from zuji.engine.uncertainty.distributions import Parameters
from zuji.engine.uncertainty.monte_carlo import Progress
from zuji.engine.uncertainty.sample_store import sample_store
from zuji.engine.uncertainty.sampler import Sampler
from zuji.finding import Finding, Place
from zuji.footprint.portfolio import codes
from zuji.footprint.portfolio.scores import ScoreTable, Stored
from zuji.footprint.stored import snapshot_of
from zuji.footprint.uncertainty_inputs import DATASET, INDICATORS, RELIABILITY, STAND_IN

Samples = npt.NDArray[np.float32]
FOLDER = "samples"
"""Subfolder of the library's cache for the samples of stored backgrounds."""


def samples_of(
    table: ScoreTable, n: int, *, seed: int = 0, cache: Path, threads: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> list[Samples]:  # fmt: skip
    """For each rulebook of the table the samples of its lines, (lines, n) in float32.

    A dataset of a stored background has those of the sample store: every uncertain exchange behind it varies. Any other
    dataset varies as a whole by the factor that `zuji.footprint.uncertainty` gives it, on the same draws; a process of
    the study varies with what it takes.
    """
    count = sum(1 for category in table.categories if category.book)
    whole = [np.empty((len(table.ids), n), dtype=np.float32) for _ in range(count)]
    plain = table.stored[0].start if table.stored else len(table.datasets)
    ratios = _ratios([table.datasets[id] for id in table.ids[:plain]], n, seed)
    for k in range(count):
        whole[k][:plain] = ratios * table.values[:plain, k][:, None]
    for part in table.stored:
        system = System.of(snapshot_of(part.background), cache)
        store = sample_store(
            system, part.factors[:, :count], n, cache / FOLDER, seed=seed, threads=threads, progress=progress
        )
        for k in range(count):
            whole[k][part.start : part.start + len(part.keep)] = store.samples[k][part.keep]
    for k, processes in enumerate(table.study):
        start, requirement = processes.start, processes.requirement
        taken = np.flatnonzero(np.abs(requirement).sum(axis=0))
        made = requirement[:, taken] @ whole[k][taken].astype(np.float64) + processes.direct[:, None]
        whole[k][start : start + len(made)] = made
    return whole


def findings_of(table: ScoreTable, taken: Sequence[int], place: Place) -> list[Finding]:
    """What the samples of the lines `taken` rest on: nothing assumed stays unsaid."""
    found = [codes.LINES_FIXED(place)]
    plain = table.stored[0].start if table.stored else len(table.datasets)
    met = {i for i in taken if i < plain}
    for processes in table.study:
        rows = [i - processes.start for i in taken if i >= processes.start]
        met |= {int(i) for i in np.flatnonzero(np.abs(processes.requirement[rows]).sum(axis=0)) if i < plain}
    assumed = sum(not _ratings(table.datasets[table.ids[i]]) for i in met)
    if assumed:
        found.append(codes.SPREAD_ASSUMED(place, assumed=assumed, all=len(met)))
    for part in table.stored:
        if not _uncertain(part):
            found.append(codes.NOTHING_VARIES(place, name=part.background.folder.name))
    return found


def _uncertain(part: Stored) -> bool:
    return any(len(part.background.array(f"{block}_unc_row")) for block in ("tech", "bio"))


def _ratings(dataset: Dataset) -> Mapping[str, float]:
    quality = dataset.data_quality
    return {
        indicator: rating
        for criterion, indicator in INDICATORS.items()
        if (rating := getattr(quality, criterion)) is not None
    }


def _ratios(datasets: Sequence[Dataset], n: int, seed: int) -> npt.NDArray[np.float64]:
    """Factor of each dataset in each sample, (datasets, n), from its ratings or as secondary data."""
    scale = []
    for dataset in datasets:
        assumed = {"reliability": RELIABILITY["secondary"]} | ({"technological": STAND_IN} if dataset.proxy else {})
        scale.append(pedigree.sigma(_ratings(dataset) or assumed))
    none = np.full(len(datasets), np.nan)
    parameters = Parameters(
        value=np.ones(len(datasets)),
        id=np.full(len(datasets), distributions.LOGNORMAL, dtype=np.uint8),
        loc=np.zeros(len(datasets)),
        scale=np.array(scale, dtype=np.float64),
        shape=none,
        minimum=none,
        maximum=none,
        negative=np.zeros(len(datasets), dtype=bool),
    )
    uids = random.uids_of(f"{DATASET}|{dataset.id}" for dataset in datasets)
    return distributions.draw(parameters, Sampler(seed).uniform(uids, 0, n))
