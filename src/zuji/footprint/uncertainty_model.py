"""A footprint as a function of its uncertain inputs: what each line is worth when they differ from what is stated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zuji.datum import DataQuality, LocalText
from zuji.engine.columns import Floats, number
from zuji.engine.uncertainty import distributions, pedigree
from zuji.engine.uncertainty.sampler import Sampler
from zuji.errors import EngineError
from zuji.finding import NOWHERE, Finding, Place
from zuji.footprint import uncertainty_codes as codes
from zuji.footprint.model import Contribution, Footprint
from zuji.footprint.uncertainty_factors import factor_inputs, gases_of, worth_by_gas
from zuji.footprint.uncertainty_inputs import (
    APART,
    ASSUMED,
    DATABASE,
    DATASET,
    DATUM,
    FACTOR,
    INDICATORS,
    RATED,
    RELIABILITY,
    STAND_IN,
    STATED,
    Correlated,
    Input,
    columns,
    relative,
)
from zuji.footprint.uncertainty_stored import FULL, stored_samples
from zuji.rulebooks.product_system import LineInfo
from zuji.study.model import LIFE_CYCLE, Uncertainty

LISTED = 4
SMALL = 0.01
"""Share of the result below which nothing is said about what does not vary."""
CERTAIN = ("CO2 ",)
"""Gases whose warming potential is one by definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One uncertain input and what it does to the result."""

    kind: str
    """datum | dataset | factor"""
    id: str
    """`process/exchange` of the datum, the id of the dataset, or the gas whose factor it is."""
    name: LocalText
    basis: str
    """stated: a distribution; rated: from ratings; assumed: from the kind of the datum;
    database: from the exchanges of a stored database; method: from the range of a characterisation factor"""
    deviation: float
    """Relative standard deviation of the input [1]."""
    elasticity: float
    """Relative change of the result per relative change of the input [1]."""
    share: float
    """Share of the first-order variance [1]."""
    correlation: float
    """Spearman's rank correlation with the result over the samples [1]; NaN where the input did not vary."""
    place: Place = NOWHERE


class Model:
    """The footprint as a function of relative inputs, all 1 at stated values."""

    def __init__(
        self,
        footprint: Footprint,
        basic: float | str,
        assume: bool,
        sampler: Sampler,
        *,
        correlated: Sequence[Correlated] = (),
        factors: Mapping[str, Uncertainty] | None = None,
        rung: str = FULL,
    ) -> None:
        self.footprint = footprint
        self.system = footprint.system
        self.basic, self.assume = basic, assume
        self.findings: list[Finding] = []
        self.contributions = footprint.lines
        self.gwp_set = self.system.parameters["characterisation.gwp_set"].text
        worth = worth_by_gas(footprint, gases_of(footprint)) if factors is not None else {}
        worth = {gas: values for gas, values in worth.items() if values.any()}
        self.factors = factor_inputs(self.gwp_set, worth, factors or {})
        self.stored = stored_samples(footprint, sampler, rung, self.factors)
        self.stored_ids = tuple(id for each in self.stored for id in each.ids)
        self.inputs = self._inputs()
        self.columns = columns(self.inputs, correlated)
        self._foreground()
        self._gases(worth)
        self.stages = tuple(dict.fromkeys(line.stage for line in self.contributions))
        self.by_stage = np.array([[line.stage == stage for line in self.contributions] for stage in self.stages], float)
        stated = self.lines(np.ones((len(self.inputs), 1)), np.ones((len(self.stored_ids), 1)))
        size = math.fsum(abs(line.value) for line in self.contributions)
        self.error = float(abs(stated.sum() - footprint.total) / size) if size else 0.0
        self.unstated_share = self._unstated(size)

    def _inputs(self) -> list[Input]:
        found: dict[tuple[str, str], Input] = {}
        infos = [*self.system.lines.values(), *self.system.links.values()]
        for info in infos:
            key = (DATUM, _datum_id(info))
            if key not in found and (made := self._of_datum(info)) is not None:
                found[key] = made
        for line in self.contributions:
            dataset = self.system.background.datasets.get(line.provider)
            if dataset is None or line.provider in self.stored_ids or (DATASET, line.provider) in found:
                continue
            assumed = {"reliability": RELIABILITY["secondary"]} | ({"technological": STAND_IN} if dataset.proxy else {})
            spread = self._spread(dataset.data_quality, assumed)
            if spread is not None:
                found[DATASET, line.provider] = Input(
                    DATASET, line.provider, dataset.name, *spread, dataset.place, f"{DATASET}|{line.provider}"
                )  # fmt: skip
        rated, assumed_too = (sum(made.basis == basis for made in found.values()) for basis in (RATED, ASSUMED))
        place = self.system.study.product.place
        if not found and not self.stored:
            self.findings.append(codes.NOTHING_STATED(place))
        if rated:
            self.findings.append(codes.FROM_RATINGS(place, count=rated))
        if assumed_too:
            self.findings.append(codes.FROM_KIND(place, count=assumed_too, all=len(found)))
        return [*(found[key] for key in sorted(found)), *self.factors.values()]

    def _of_datum(self, info: LineInfo) -> Input | None:
        datum = info.datum
        if info.activity == LIFE_CYCLE and (info.activity, info.line) in self.system.links and not datum.uncertainty:
            return None  # the life cycle takes one product by definition
        if datum.uncertainty is not None and datum.value:
            if datum.uncertainty.distribution == "none":
                return None
            try:
                values = relative(datum)
                distributions.parameters(1.0, int(values["id"]), **{k: v for k, v in values.items() if k not in APART})
            except EngineError as error:
                problem = str(error).removeprefix("quantity 0: ")
                self.findings.append(codes.UNUSABLE(info.place, name=info.name, problem=problem))
                return None
            return Input(DATUM, _datum_id(info), info.name, STATED, values, info.place, self._key(info))
        spread = self._spread(datum.data_quality, {"reliability": RELIABILITY[datum.kind.value]})
        return (
            None if spread is None else Input(DATUM, _datum_id(info), info.name, *spread, info.place, self._key(info))
        )

    def _key(self, info: LineInfo) -> str:
        return f"{DATUM}|{self.system.study.id}|{_datum_id(info)}"

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
        stored = {id: i for i, id in enumerate(self.stored_ids)}
        self.line_stored = np.array([stored.get(line.provider, -1) for line in self.contributions], dtype=np.intp)
        runs = self._runs(np.ones((len(self.inputs), 1)))[:, 0]
        run = runs[self.line_activity]
        self.stated_runs, self.moving = run, run != 0
        self.per_run = np.divide(self.line_value, run, out=np.zeros(len(run)), where=run != 0)

    def _gases(self, worth: Mapping[str, Floats]) -> None:
        """What each line owes to each varying factor; lines of stored datasets have theirs in the samples."""
        rows = {made.id: i for i, made in enumerate(self.inputs) if made.kind == FACTOR}
        self.factor_input = np.array([rows[gas] for gas in rows], dtype=np.intp)
        self.factor_value = np.array([worth[gas] for gas in rows]).reshape(len(rows), len(self.contributions))
        self.factor_value[:, self.line_stored >= 0] = 0.0
        place = self.system.study.product.place
        size = math.fsum(abs(line.value) for line in self.contributions)
        if rows:
            self.findings.append(codes.FACTORS_VARY(place, gases=", ".join(rows), gwp_set=self.gwp_set))
        silent = {
            gas: float(np.abs(values).sum())
            for gas, values in worth.items()
            if gas not in rows and not gas.startswith(CERTAIN)
        }
        share = sum(silent.values()) / size if size else 0.0
        if share > SMALL:
            shown = sorted(silent, key=lambda gas: (-silent[gas], gas))
            listed = ", ".join(shown[:LISTED]) + (" …" if len(shown) > LISTED else "")
            self.findings.append(codes.FACTORS_FIXED(place, share=f"{share:.0%}", gases=listed, gwp_set=self.gwp_set))

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

    def draw(self, sampler: Sampler, start: int, count: int) -> tuple[Floats, Floats]:
        """Ratios of the inputs and of the stored datasets, (inputs, count) and (stored datasets, count)."""
        stored = [each.ratios(start, count) for each in self.stored]
        return self.columns.ratios(sampler, start, count), np.concatenate([np.zeros((0, count)), *stored])

    def lines(self, ratios: Floats, stored: Floats) -> Floats:
        """Contribution of each line [kg CO2e per product], shape (lines, samples), at relative inputs."""
        runs = self._runs(ratios)[self.line_activity]
        varied = _ratio(ratios, self.line_datum) * _ratio(ratios, self.line_dataset)
        worth = self.line_value[:, None] * _ratio(stored, self.line_stored)
        worth += self.factor_value.T @ (ratios[self.factor_input] - 1)
        per_run = np.divide(worth, self.stated_runs[:, None], out=np.zeros_like(worth), where=self.moving[:, None])
        return np.asarray(per_run * runs * varied)

    def drivers(self, ratios: Floats, stored: Floats, totals: Floats) -> tuple[tuple[Driver, ...], float]:
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
        slopes[self.factor_input] += self.factor_value.sum(axis=1)
        variances = self.columns.variances
        whole = self.columns.variance(slopes * np.sqrt(variances))
        inputs, ratios = [*self.inputs, *self._stored_inputs()], np.concatenate([ratios, stored])
        if self.stored_ids:
            # Datasets of one database share suppliers: their covariance is that of the samples.
            owed = np.bincount(self.line_stored[self.line_stored >= 0], self.line_value[self.line_stored >= 0])
            spread = np.atleast_2d(np.cov(stored)) if stored.shape[1] > 1 else np.zeros((len(owed), len(owed)))
            slopes, variances = np.concatenate([slopes, owed]), np.concatenate([variances, np.diag(spread)])
            whole += float(owed @ spread @ owed)
        parts = slopes**2 * variances
        summed = float(parts.sum())
        keys = np.concatenate([self.columns.uids, np.arange(len(self.stored_ids), dtype=np.uint64)])
        order = np.lexsort((keys, -parts))
        ranked = rankdata(totals) if len(totals) > 1 and np.ptp(totals) > 0 else None
        found = []
        for i in order.tolist():
            made = inputs[i]
            rank = float("nan")
            if ranked is not None and np.ptp(ratios[i]) > 0:
                rank = float(np.corrcoef(rankdata(ratios[i]), ranked)[0, 1])
            found.append(
                Driver(
                    kind=made.kind, id=made.id, name=made.name, basis=made.basis,
                    deviation=float(np.sqrt(variances[i])),
                    elasticity=float(slopes[i] / self.footprint.total) if self.footprint.total else 0.0,
                    share=float(parts[i] / summed) if summed else 0.0, correlation=rank, place=made.place,
                )
            )  # fmt: skip
        return tuple(found), math.sqrt(max(whole, 0.0))

    def _stored_inputs(self) -> list[Input]:
        datasets = self.system.background.datasets
        return [Input(DATASET, id, datasets[id].name, DATABASE, {}, datasets[id].place, "") for id in self.stored_ids]

    def _unstated(self, size: float) -> float:
        still = (self.line_datum < 0) & (self.line_dataset < 0) & (self.line_stored < 0)
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
