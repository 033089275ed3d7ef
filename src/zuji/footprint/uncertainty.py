"""The uncertainty of a footprint: activity data and dataset factors drawn together, the foreground solved per sample.

A datum varies by its stated distribution, else by its data-quality ratings read as pedigree scores
(`zuji.engine.uncertainty.pedigree`), else, unless that is turned off, by a reliability score assumed from its kind. A
dataset varies as a whole, by a lognormal factor on its score from its ratings or as secondary data. All lines that come
from one datum share its draws, and all lines of one dataset those of the dataset. Draws are keyed by study, process and
exchange, or by dataset, so that two scenarios of one study, or two studies on one background, are paired.
Characterisation factors do not vary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from zuji.canonical import canonical_bytes
from zuji.datum import DataQuality, LocalText
from zuji.engine.columns import Floats, number
from zuji.engine.uncertainty import distributions, pedigree, random, statistics
from zuji.engine.uncertainty.distributions import Parameters
from zuji.engine.uncertainty.sampler import RANDOM, Sampler
from zuji.errors import EngineError
from zuji.finding import NOWHERE, Finding, Place, in_order
from zuji.footprint import uncertainty_codes as codes
from zuji.footprint.model import Contribution, Footprint
from zuji.rulebooks.product_system import LineInfo
from zuji.study.model import LIFE_CYCLE, Datum

RUNG = "full Monte Carlo"
"""All uncertain inputs are drawn and every sample is solved directly; the first-order table ranks the drivers."""
BLOCK = 256
DATUM, DATASET = "datum", "dataset"
STATED, RATED, ASSUMED = "stated", "rated", "assumed"
INDICATORS = {
    "precision": "reliability",
    "time": "temporal",
    "geography": "geographical",
    "technology": "technological",
}
"""Data-quality criterion → indicator of the pedigree matrix; completeness is not rated in a study."""
IDS = {name.replace(" ", "_"): id for id, name in distributions.NAMES.items()}
LISTED = 4
RELIABILITY = {"measured": 2, "calculated": 3, "supplier": 2, "secondary": 3, "estimated": 4, "assumed": 5}
"""Reliability score assumed from the kind of a datum that nobody rated. The pedigree matrix has 2 for measurements that
are not verified, 3 for data partly based on qualified estimates, 4 for a qualified estimate, 5 for another one."""
STAND_IN = 4
"""Technological score assumed for a dataset that is a stand-in: another process or material, same technology class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One uncertain input and what it does to the result."""

    kind: str
    """datum | dataset"""
    id: str
    """`process/exchange` of the datum, or the id of the dataset."""
    name: LocalText
    basis: str
    """stated: a distribution; rated: from ratings; assumed: from the kind of the datum"""
    deviation: float
    """Relative standard deviation of the input [1]."""
    elasticity: float
    """Relative change of the result per relative change of the input [1]."""
    share: float
    """Share of the first-order variance [1]."""
    correlation: float
    """Spearman's rank correlation with the result over the samples [1]; NaN where the input did not vary."""
    place: Place = NOWHERE


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
    """Relative difference between this calculation at stated values and the footprint's total."""
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
    basic: float | str = "materials",
    assume: bool = True,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> UncertaintyResult:
    """`n` samples of the footprint, or fewer where its mean is known to `precision` before.

    `basic` is the basic variance that ratings are added to, a number or a kind of `pedigree.BASIC`. Without `assume`
    what nobody stated or rated does not vary. A distribution
    that cannot be sampled is a finding and does not vary. Raises EngineError for n below 2.
    """
    if n < 2:
        raise EngineError(f"{n} samples: at least two are needed")
    model = _Model(footprint, basic, assume)
    draws = Sampler(seed, sampler, n if sampler != RANDOM else 0)
    blocks: list[tuple[Floats, Floats, Floats]] = []
    done = 0
    totals = np.zeros(0)
    while done < n:
        count = min(BLOCK, n - done)
        ratios = distributions.draw(model.parameters, draws.uniform(model.uids, done, count))
        lines = model.lines(ratios)
        blocks.append((lines.sum(axis=0), model.by_stage @ lines, ratios))
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
    drivers, deviation = model.drivers(ratios, totals)
    result = UncertaintyResult(
        footprint=footprint,
        rung=RUNG,
        seed=seed,
        requested=n,
        samples=totals,
        stages=dict(zip(model.stages, stages, strict=True)),
        drivers=drivers,
        first_order_deviation=deviation,
        error=model.error,
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


@dataclass(frozen=True, slots=True)
class _Input:
    kind: str
    id: str
    name: LocalText
    basis: str
    values: Mapping[str, float]
    place: Place


class _Model:
    """The footprint as a function of relative inputs, all 1 at stated values."""

    def __init__(self, footprint: Footprint, basic: float | str, assume: bool) -> None:
        self.footprint = footprint
        self.system = footprint.system
        self.basic, self.assume = basic, assume
        self.findings: list[Finding] = []
        self.contributions = footprint.lines
        self.inputs = self._inputs()
        self.parameters, self.uids = _columns(self.inputs, self.system.study.id)
        self._foreground()
        self.stages = tuple(dict.fromkeys(line.stage for line in self.contributions))
        self.by_stage = np.array([[line.stage == stage for line in self.contributions] for stage in self.stages], float)
        stated = self.lines(np.ones((len(self.inputs), 1)))
        size = math.fsum(abs(line.value) for line in self.contributions)
        self.error = float(abs(stated.sum() - footprint.total) / size) if size else 0.0
        self.unstated_share = self._unstated(size)

    def _inputs(self) -> list[_Input]:
        found: dict[tuple[str, str], _Input] = {}
        infos = [*self.system.lines.values(), *self.system.links.values()]
        for info in infos:
            key = (DATUM, _datum_id(info))
            if key not in found and (made := self._of_datum(info)) is not None:
                found[key] = made
        for line in self.contributions:
            dataset = self.system.background.datasets.get(line.provider)
            if dataset is None or (DATASET, line.provider) in found:
                continue
            assumed = {"reliability": RELIABILITY["secondary"]} | ({"technological": STAND_IN} if dataset.proxy else {})
            spread = self._spread(dataset.data_quality, assumed)
            if spread is not None:
                found[DATASET, line.provider] = _Input(DATASET, line.provider, dataset.name, *spread, dataset.place)
        rated, assumed_too = (sum(made.basis == basis for made in found.values()) for basis in (RATED, ASSUMED))
        place = self.system.study.product.place
        if not found:
            self.findings.append(codes.NOTHING_STATED(place))
        if rated:
            self.findings.append(codes.FROM_RATINGS(place, count=rated))
        if assumed_too:
            self.findings.append(codes.FROM_KIND(place, count=assumed_too, all=len(found)))
        return [found[key] for key in sorted(found)]

    def _of_datum(self, info: LineInfo) -> _Input | None:
        datum = info.datum
        if info.activity == LIFE_CYCLE and (info.activity, info.line) in self.system.links and not datum.uncertainty:
            return None  # the life cycle takes one product by definition
        if datum.uncertainty is not None and datum.value:
            if datum.uncertainty.distribution == "none":
                return None
            try:
                values = relative(datum)
                distributions.parameters(1.0, int(values["id"]), **{k: v for k, v in values.items() if k != "id"})
            except EngineError as error:
                problem = str(error).removeprefix("quantity 0: ")
                self.findings.append(codes.UNUSABLE(info.place, name=info.name, problem=problem))
                return None
            return _Input(DATUM, _datum_id(info), info.name, STATED, values, info.place)
        spread = self._spread(datum.data_quality, {"reliability": RELIABILITY[datum.kind.value]})
        return None if spread is None else _Input(DATUM, _datum_id(info), info.name, *spread, info.place)

    def _spread(self, quality: DataQuality, assumed: Mapping[str, float]) -> tuple[str, Mapping[str, float]] | None:
        """Basis and lognormal of what has no distribution of its own."""
        ratings = {
            indicator: rating
            for criterion, indicator in INDICATORS.items()
            if (rating := getattr(quality, criterion)) is not None
        }
        if not ratings and not self.assume:
            return None
        sigma = pedigree.sigma(ratings or assumed, self.basic)
        return RATED if ratings else ASSUMED, {"id": distributions.LOGNORMAL, "loc": 0.0, "scale": sigma}

    def _foreground(self) -> None:
        number_of = {(made.kind, made.id): i for i, made in enumerate(self.inputs)}
        activities = self.system.activities
        index = {id: i for i, id in enumerate(activities)}
        self.output = np.array([number(activity["output"]) for activity in activities.values()])
        links: list[tuple[int, int, float, int]] = []
        for id, activity in activities.items():
            for line, provider, amount in activity.get("inputs", ()):
                if provider in index:
                    info = self.system.links.get((id, line))
                    which = number_of.get((DATUM, _datum_id(info)), -1) if info is not None else -1
                    links.append((index[id], index[provider], number(amount), which))
        self.consumer, self.provider, self.link_input = (
            np.array([link[k] for link in links], dtype=np.intp) for k in (0, 1, 3)
        )
        self.amount = np.array([link[2] for link in links])
        self.demand = np.zeros(len(index))
        for id, amount in self.system.demand.items():
            self.demand[index[id]] = number(amount)
        self.line_activity = np.array([index[line.activity] for line in self.contributions], dtype=np.intp)
        self.line_value = np.array([line.value for line in self.contributions])
        self.line_datum = np.array(
            [number_of.get((DATUM, self._line_id(line)), -1) for line in self.contributions], dtype=np.intp
        )
        self.line_dataset = np.array(
            [number_of.get((DATASET, line.provider), -1) for line in self.contributions], dtype=np.intp
        )
        runs = self._runs(np.ones((len(self.inputs), 1)))[:, 0]
        run = runs[self.line_activity]
        self.per_run = np.divide(self.line_value, run, out=np.zeros(len(run)), where=run != 0)

    def _line_id(self, line: Contribution) -> str:
        return _datum_id(self.system.lines[line.activity, line.line])

    def _matrix(self, ratios: Floats) -> Floats:
        """Mᵀ for each sample, shape (samples, n, n): row i is the balance of what activity i delivers."""
        n, count = len(self.output), ratios.shape[1]
        matrix = np.zeros((count, n, n))
        matrix[:, np.arange(n), np.arange(n)] = self.output
        amounts = self.amount[:, None] * _ratio(ratios, self.link_input)
        for k in range(len(self.amount)):
            matrix[:, self.provider[k], self.consumer[k]] -= amounts[k]
        return matrix

    def _runs(self, ratios: Floats) -> Floats:
        """Runs of each activity, shape (activities, samples)."""
        if not (self.link_input >= 0).any():
            # No link varies: one solve serves all samples.
            solved = np.linalg.solve(self._matrix(ratios[:, :1])[0], self.demand)
            return np.repeat(solved[:, None], ratios.shape[1], axis=1)
        return np.asarray(np.linalg.solve(self._matrix(ratios), self.demand[None, :, None])[:, :, 0].T)

    def lines(self, ratios: Floats) -> Floats:
        """Contribution of each line [kg CO2e per product], shape (lines, samples), at relative inputs."""
        runs = self._runs(ratios)[self.line_activity]
        varied = _ratio(ratios, self.line_datum) * _ratio(ratios, self.line_dataset)
        return np.asarray(self.per_run[:, None] * runs * varied)

    def drivers(self, ratios: Floats, totals: Floats) -> tuple[tuple[Driver, ...], float]:
        """What each input does, by first-order variance, and the first-order standard deviation [kg CO2e]."""
        from scipy.stats import rankdata

        slopes = np.zeros(len(self.inputs))
        for rows in (self.line_datum, self.line_dataset):
            np.add.at(slopes, rows[rows >= 0], self.line_value[rows >= 0])
        matrix = self._matrix(np.ones((len(self.inputs), 1)))[0]
        runs = np.linalg.solve(matrix, self.demand)
        direct = np.bincount(self.line_activity, self.per_run, len(self.output))
        scores = np.linalg.solve(matrix.T, direct)
        moved = self.link_input >= 0
        effect = runs[self.consumer[moved]] * self.amount[moved] * scores[self.provider[moved]]
        np.add.at(slopes, self.link_input[moved], effect)
        _, variances = distributions.moments(self.parameters)
        parts = slopes**2 * variances
        whole = float(parts.sum())
        order = np.lexsort((self.uids, -parts))
        ranked = rankdata(totals) if len(totals) > 1 and np.ptp(totals) > 0 else None
        found = []
        for i in order.tolist():
            made = self.inputs[i]
            rank = float("nan")
            if ranked is not None and np.ptp(ratios[i]) > 0:
                rank = float(np.corrcoef(rankdata(ratios[i]), ranked)[0, 1])
            found.append(
                Driver(
                    kind=made.kind, id=made.id, name=made.name, basis=made.basis,
                    deviation=float(np.sqrt(variances[i])),
                    elasticity=float(slopes[i] / self.footprint.total) if self.footprint.total else 0.0,
                    share=float(parts[i] / whole) if whole else 0.0, correlation=rank, place=made.place,
                )
            )  # fmt: skip
        return tuple(found), math.sqrt(whole)

    def _unstated(self, size: float) -> float:
        still = (self.line_datum < 0) & (self.line_dataset < 0)
        share = float(np.abs(self.line_value[still]).sum() / size) if size else 0.0
        if share > 0.01 and self.inputs:
            lines = [self.contributions[i] for i in np.flatnonzero(still).tolist()]
            largest = sorted(lines, key=lambda line: (-abs(line.value), line.address))[:LISTED]
            self.findings.append(
                codes.PARTLY_STATED(
                    self.system.study.product.place,
                    share=f"{share:.0%}",
                    list=", ".join(line.address for line in largest) + (" …" if len(lines) > LISTED else ""),
                )
            )
        return share


def _datum_id(info: LineInfo) -> str:
    return f"{info.activity.replace('/', '%2F')}/{info.exchange}"


def _ratio(ratios: Floats, which: Any) -> Floats:
    """The ratio of each row's input, 1 where it has none."""
    padded = np.concatenate([ratios, np.ones((1, ratios.shape[1]))])
    return np.asarray(padded[which])


def _columns(inputs: list[_Input], study: str) -> tuple[Parameters, random.Uids]:
    def column(name: str) -> Floats:
        return np.array([made.values.get(name, math.nan) for made in inputs], dtype=np.float64)

    keys = (f"{made.kind}|{study}|{made.id}" if made.kind == DATUM else f"{made.kind}|{made.id}" for made in inputs)
    made = distributions.Parameters(
        value=np.ones(len(inputs)),
        id=np.array([made.values["id"] for made in inputs], dtype=np.uint8),
        loc=column("loc"),
        scale=column("scale"),
        shape=column("shape"),
        minimum=column("minimum"),
        maximum=column("maximum"),
        negative=np.zeros(len(inputs), dtype=bool),
    )
    return made, random.uids_of(keys)


def relative(datum: Datum) -> dict[str, float]:
    """The distribution of datum ÷ stated value, by the parameters and ids of stats_arrays.

    A lognormal without `loc` has its median at the stated value. Raises EngineError where that cannot be: a stated
    value of zero, a negative one (only a lognormal, which is one of the size, may have it), an unknown distribution.
    """
    assert datum.uncertainty is not None
    value, given = datum.value, dict(datum.uncertainty.parameters)
    id = IDS.get(datum.uncertainty.distribution, -1)
    if id < 0:
        raise EngineError(f"'{datum.uncertainty.distribution}' is not among the distributions that can be sampled")
    if not value:
        raise EngineError("its stated value is zero or missing, so it has no relative spread")
    found: dict[str, float] = {"id": id}
    if id == distributions.LOGNORMAL:
        found |= {"loc": given.get("loc", math.log(abs(value))) - math.log(abs(value))}
        if "scale" in given:
            found["scale"] = given["scale"]
        found |= {bound: given[bound] / value for bound in ("minimum", "maximum") if bound in given}
        if value < 0 and "minimum" in found and "maximum" in found:
            found["minimum"], found["maximum"] = found["maximum"], found["minimum"]
        return found
    if value < 0:
        raise EngineError("its stated value is negative; give a lognormal, or turn the exchange around")
    if id == distributions.BETA:
        given = {"minimum": 0.0, "maximum": 1.0} | given
        scaled: tuple[str, ...] = ("minimum", "maximum")
    elif id == distributions.PERT:
        scaled = ("loc", "minimum", "maximum")
    else:
        scaled = ("loc", "scale", "minimum", "maximum")
    if id == distributions.NORMAL and "loc" not in given:
        given["loc"] = value
    return found | {name: part / value if name in scaled else part for name, part in given.items()}
