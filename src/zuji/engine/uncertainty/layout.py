"""What a Monte Carlo run samples and where each draw goes: the uncertain exchanges that the wanted scores rest on.

The adjoint system of the plan, Mᵀ·y = |D|⁻¹·Bᵀ·c, is cut down to the upstream closure of the wanted activities: their
suppliers, the suppliers of those, and so on. An exchange outside the closure changes nothing and is not drawn; those
inside have the draws that they have in any other run of the same seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats
from zuji.engine.snapshot import Exchanges
from zuji.engine.system import System
from zuji.engine.uncertainty import distributions
from zuji.engine.uncertainty.copula import Correlation
from zuji.engine.uncertainty.distributions import Parameters
from zuji.engine.uncertainty.factors import NO_FACTORS, UncertainFactors, stated_factors
from zuji.engine.uncertainty.random import Uids
from zuji.engine.uncertainty.sampler import Sampler
from zuji.errors import EngineError

Index = npt.NDArray[np.int64]


def exchange_parameters(block: Exchanges) -> Parameters:
    """The distributions of a block of exchanges; a lognormal takes its sign from the stated value."""
    negative = (block.value < 0) & (block.distribution == distributions.LOGNORMAL)

    def column(part: npt.NDArray[Any]) -> Floats:
        # Most databases have no bounds and no shapes: half a million times "not given" need no memory.
        given = np.asarray(part)
        return np.broadcast_to(np.nan, given.shape) if np.isnan(given).all() else given

    return Parameters(
        value=np.asarray(block.value),
        id=np.asarray(block.distribution),
        loc=np.asarray(block.loc),
        scale=np.asarray(block.scale),
        shape=column(block.shape),
        minimum=column(block.minimum),
        maximum=column(block.maximum),
        negative=negative,
    )


@dataclass(frozen=True, eq=False)
class Draws:
    """Uncertain exchanges: exchange k puts weight[k]·draw into row place[k] of a buffer."""

    uids: Uids
    parameters: Parameters
    place: Index
    weight: Floats
    exchange: Index
    """Number of the exchange in its block of the snapshot."""

    def __len__(self) -> int:
        return len(self.uids)

    def rows(self, chosen: npt.NDArray[Any]) -> Draws:
        """Those chosen by index or mask."""
        return Draws(
            self.uids[chosen], self.parameters[chosen], self.place[chosen], self.weight[chosen], self.exchange[chosen]
        )

    def split(self, fast: npt.NDArray[np.bool_]) -> tuple[Draws, Draws]:
        """Those of the compiled kernel and the others."""
        return self.rows(fast), self.rows(~fast)


@dataclass(frozen=True, eq=False)
class Factors:
    """The characterisation factors of one method that vary, and which emissions they weigh."""

    draws: Draws
    """weight: 1 ÷ the stated factor, so that a draw becomes a ratio."""
    emission: Index
    """The kept emissions under a varying factor."""
    which: Index
    """Row in `draws` for each of them."""

    def ratios(self, sampler: Sampler, start: int, count: int, groups: Sequence[Correlation]) -> Floats:
        """Drawn ÷ stated factor, shape (varying factors, count)."""
        return drawn(self.draws, sampler, start, count, groups) * self.draws.weight[:, None]

    def weighed(self, emitted: Floats, ratios: Floats) -> Floats:
        """`emitted` (emissions, iterations) times the ratio of its factor."""
        if not len(self.emission):
            return emitted
        found = emitted.copy()
        found[self.emission] *= ratios[self.which]
        return found


@dataclass(frozen=True, eq=False)
class Layout:
    """The closure as arrays; its activities are numbered as they are solved, suppliers first outside the core."""

    positions: Index
    """Position in the plan of each kept activity, ascending."""
    core: tuple[int, int]
    """First and one past the last core activity, in kept numbers."""
    indptr: Index
    indices: npt.NDArray[np.int32]
    """Mᵀ of the closure in compressed rows: suppliers ascending, so the diagonal closes each row outside the core."""
    middle: Index
    """Where the suppliers before the core end, for each row."""
    certain: Floats
    """Values of Mᵀ from the exchanges that have no distribution, aligned with `indices`."""
    stated: Floats
    """Values of Mᵀ with every exchange at its stated value."""
    technosphere: Draws
    emitter: Index
    """(kept activities + 1,): where the emissions of each activity begin in the columns below."""
    emitted: Floats
    """Stated value of each kept emission [unit of the flow per run]."""
    emitted_weight: Floats
    """(methods, emissions): sign·factor/|D|: what one unit of the emission adds to the right side."""
    emitted_flow: Index
    biosphere: Draws
    wanted: Index
    """Kept number of each wanted activity, in the order asked for."""
    groups: tuple[Correlation, ...]
    factors: tuple[Factors, ...]
    """The varying characterisation factors of each method."""

    @property
    def size(self) -> int:
        """The number of kept activities."""
        return len(self.positions)


def layout(
    system: System,
    factors: Floats,
    activities: Sequence[int] | None = None,
    correlations: Sequence[Correlation] = (),
    factor_uncertainty: UncertainFactors = NO_FACTORS,
) -> Layout:
    """The layout for the scores of `activities` (None: all) under the methods `factors`, shape (flows, methods).

    Raises EngineError when a distribution on the way cannot be sampled, or a factor is not finite.
    """
    plan, snapshot = system.plan, system.snapshot
    if factors.ndim != 2 or factors.shape[0] != len(snapshot.flows):
        raise EngineError(f"factors of shape {factors.shape} do not fit {len(snapshot.flows)} flows × methods")
    if not np.isfinite(factors).all():
        raise EngineError("a characterisation factor is not a finite number")
    n = plan.size
    indptr, indices = np.asarray(plan.indptr, dtype=np.int64), np.asarray(plan.indices, dtype=np.int64)
    if activities is None:
        wanted = plan.position
    else:
        asked = np.asarray(activities, dtype=np.int64)
        if len(asked) and not (asked.min() >= 0 and asked.max() < n):
            raise EngineError(f"activity {asked.min() if asked.min() < 0 else asked.max()} is not among the {n}")
        wanted = plan.position[asked]
    keep = _closure(indptr, indices, wanted, n) if activities is not None else np.ones(n, dtype=bool)
    start, stop = plan.core_start, plan.core_stop
    if keep[start:stop].any():
        # The factors are those of the whole core, and its loops tie it together.
        keep[start:stop] = True
        keep |= _closure(indptr, indices, np.flatnonzero(keep), n)
    positions = np.flatnonzero(keep)
    number = np.full(n, -1, dtype=np.int64)
    number[positions] = np.arange(len(positions))
    first = int(np.searchsorted(positions, start))
    core = (first, first + (stop - start if keep[start:stop].any() else 0))

    lengths = (indptr[1:] - indptr[:-1])[positions]
    kept_indptr = np.concatenate([[0], np.cumsum(lengths)])
    cells = np.flatnonzero(np.repeat(keep, indptr[1:] - indptr[:-1]))
    cell_number = np.full(len(indices), -1, dtype=np.int64)
    cell_number[cells] = np.arange(len(cells))
    kept_indices = number[indices[cells]]
    before = np.concatenate([[0], np.cumsum(kept_indices < core[0])])
    middle = kept_indptr[:-1] + before[kept_indptr[1:]] - before[kept_indptr[:-1]]

    block = snapshot.technosphere
    own = cell_number[np.asarray(plan.cell, dtype=np.int64)]
    inside = np.flatnonzero(own >= 0)
    weight = (np.asarray(system.weight) * block.sign)[inside]
    parameters = exchange_parameters(block)[inside]
    uncertain = parameters.uncertain
    certain, stated = (
        np.asarray(np.bincount(own[inside][some], (weight * parameters.value)[some], len(cells)), dtype=np.float64)
        for some in (~uncertain, np.ones(len(inside), dtype=bool))
    )
    technosphere = Draws(np.asarray(block.uid, dtype=np.uint64)[inside], parameters, own[inside], weight, inside).rows(
        uncertain
    )

    emissions = snapshot.biosphere
    used = (factors != 0).any(axis=1)
    position = plan.position[np.asarray(emissions.column, dtype=np.int64)]
    chosen = np.flatnonzero(used[emissions.row] & keep[position])
    chosen = chosen[np.argsort(position[chosen], kind="stable")]
    column = number[position[chosen]]
    emitted = exchange_parameters(emissions)[chosen]
    flow = np.asarray(emissions.row, dtype=np.int64)[chosen]
    share = np.asarray(emissions.sign)[chosen] / np.asarray(system.size)[position[chosen]]
    biosphere = Draws(
        np.asarray(emissions.uid, dtype=np.uint64)[chosen], emitted, np.arange(len(chosen)),
        np.ones(len(chosen)), chosen,
    ).rows(emitted.uncertain)  # fmt: skip
    made = Layout(
        positions=positions,
        core=core,
        indptr=kept_indptr,
        indices=kept_indices.astype(np.int32),
        middle=middle,
        certain=certain,
        stated=stated,
        technosphere=technosphere,
        emitter=np.searchsorted(column, np.arange(len(positions) + 1)).astype(np.int64),
        emitted=emitted.value,
        emitted_weight=np.ascontiguousarray((factors[flow] * share[:, None]).T),
        emitted_flow=flow,
        biosphere=biosphere,
        wanted=number[wanted],
        groups=tuple(correlations),
        factors=_factors(
            factor_uncertainty, stated_factors(factor_uncertainty, factors, snapshot.flows), flow, factors.shape
        ),
    )
    for kind, draws in (("technosphere", technosphere), ("biosphere", biosphere)):
        _check(kind, system, draws)
    return made


def _factors(given: UncertainFactors, value: Floats, flow: Index, shape: tuple[int, ...]) -> tuple[Factors, ...]:
    found = []
    for method in range(shape[1]):
        rows = np.flatnonzero(given.method == method)
        of_flow = np.full(shape[0], -1, dtype=np.int64)
        of_flow[given.flow[rows]] = np.arange(len(rows))
        emission = np.flatnonzero(of_flow[flow] >= 0)
        draws = Draws(given.uids[rows], given.parameters[rows], np.arange(len(rows)), 1 / value[rows], given.flow[rows])
        found.append(Factors(draws, emission, of_flow[flow[emission]]))
    return tuple(found)


def _closure(indptr: Index, indices: Index, wanted: Index, n: int) -> npt.NDArray[np.bool_]:
    """Which positions supply `wanted`, directly or through others."""
    keep = np.zeros(n, dtype=bool)
    keep[wanted] = True
    new = np.unique(wanted)
    while len(new):
        lengths = indptr[new + 1] - indptr[new]
        starts = np.repeat(indptr[new] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        suppliers = np.unique(indices[starts + np.arange(int(lengths.sum()))])
        new = suppliers[~keep[suppliers]]
        keep[new] = True
    return keep


def _check(kind: str, system: System, draws: Draws) -> None:
    try:
        distributions.check(draws.parameters)
    except EngineError:
        snapshot = system.snapshot
        block = snapshot.technosphere if kind == "technosphere" else snapshot.biosphere
        rows = snapshot.products if kind == "technosphere" else snapshot.flows
        names = [
            f"{snapshot.activities[int(block.column[k])]}: {rows[int(block.row[k])]}" for k in draws.exchange.tolist()
        ]
        distributions.check(draws.parameters, names)
        raise


def drawn(draws: Draws, sampler: Sampler, start: int, count: int, groups: Sequence[Correlation]) -> Floats:
    """The values of uncertain exchanges by the NumPy reference, shape (exchanges, count).

    Members of a correlated group take the group's numbers.
    """
    values = distributions.draw(draws.parameters, sampler.uniform(draws.uids, start, count))
    for group in groups:
        where = np.flatnonzero(np.isin(draws.uids, group.uids))
        if len(where):
            z = group.normal(sampler.seed, start, count)
            rows = np.searchsorted(group.uids, draws.uids[where])
            values[where] = distributions.draw_from_normal(draws.parameters[where], z[rows])
    return values
