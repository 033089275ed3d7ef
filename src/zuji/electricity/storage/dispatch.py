"""The schedule of a store for a year: least cost, least carbon, and what lies between, as sparse linear programmes.

Variables by hour: charge and discharge at the metering point, state, and export where selling has its own price. HiGHS
solves them (scipy.optimize.linprog); energies are scaled by the larger power, objectives by their mean size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from zuji.electricity.storage.hourly import Array

SECOND = 2e-6
"""Weight of the other objective, both scaled to 1: it settles ties, which are common, and little else."""


@dataclass(frozen=True, eq=False)
class Problem:
    """One dispatch problem of T hours. Prices [money/kWh], `factor` [kg/kWh], load and generation [kWh], powers [kW].

    `start` None: the state at the start is chosen; `end` None: the state at the end equals it (cyclic).
    `sell` None: what is fed in is worth the price of buying. Raises ValueError for shapes that differ or NaN.
    """

    price: Array
    factor: Array
    capacity: tuple[float, float]
    """Lowest and highest state [kWh]."""
    charge_power: float
    discharge_power: float
    charge_efficiency: float
    discharge_efficiency: float
    net_load: Array
    """Load − generation at the point of connection [kWh]."""
    sell: Array | None = None
    start: float | None = None
    end: float | None = None
    import_limit: float | None = None
    export_limit: float | None = None
    wear: float = 0.0
    """Cost per kWh charged or discharged."""

    def __post_init__(self) -> None:
        series = [self.price, self.factor, self.net_load, *([self.sell] if self.sell is not None else [])]
        if len({len(one) for one in series}) != 1 or any(np.isnan(one).any() for one in series):
            raise ValueError("a dispatch problem needs every hour of every series")
        if not (0 < self.charge_efficiency <= 1 and 0 < self.discharge_efficiency <= 1):
            raise ValueError("an efficiency is a share above 0 and at most 1")
        if self.sell is not None and (self.sell > self.price).any():
            raise ValueError("selling pays more than buying costs")

    @property
    def hours(self) -> int:
        return len(self.price)


@dataclass(frozen=True, eq=False)
class Schedule:
    """Charge, discharge and state at the end of each hour [kWh]; what it costs and emits beyond standing idle."""

    name: str
    charge: Array
    discharge: Array
    state: Array
    start: float
    cost: float
    """Change of the electricity bill [money], wear apart."""
    wear: float
    carbon: float
    """Change of emissions by the signal [kg CO2e]."""

    @property
    def throughput(self) -> float:
        """Energy charged + discharged [kWh]."""
        return float(self.charge.sum() + self.discharge.sum())


@dataclass(frozen=True, slots=True)
class Shortage:
    """A constraint that cannot hold together with the others: by how much [kWh], in how many hours, the first one."""

    constraint: str
    amount: float
    count: int
    first: int


@dataclass(frozen=True, eq=False)
class Dispatch:
    """`cheapest`, `cleanest`, and the `curve` of cheapest schedules under carbon limits between; or what is short."""

    cheapest: Schedule | None
    cleanest: Schedule | None
    curve: tuple[Schedule, ...] = ()
    shortages: tuple[Shortage, ...] = ()


class _Programme:
    """The matrices of a problem; rows and columns in blocks of T hours."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        t = problem.hours
        # Energies in units of the larger power, so that bounds are near 1 whatever the size of the store.
        self.scale = scale = max(problem.charge_power, problem.discharge_power, 1e-9)
        one, none = sp.identity(t, format="csr"), sp.csr_matrix((t, t))
        selling = problem.sell is not None
        extra: list[Any] = [none] if selling else []
        before = sp.csr_matrix((np.ones(t - 1), (np.arange(1, t), np.arange(t - 1))), shape=(t, t))
        # The last column is the state at the start.
        opening = sp.csr_matrix(([-1.0], ([0], [0])), shape=(t, 1))
        stock = sp.hstack(
            [-problem.charge_efficiency * one, one / problem.discharge_efficiency, one - before, *extra, opening]
        )
        width = stock.shape[1]
        closing = sp.csr_matrix(([1.0, -1.0], ([0, 0], [3 * t - 1, width - 1])), shape=(1, width))
        cyclic = problem.end is None
        self.equal = sp.vstack([stock, closing]).tocsr() if cyclic else stock.tocsr()
        self.equal_to = np.zeros(self.equal.shape[0])
        blank = sp.csr_matrix((t, 1))
        rows: list[tuple[str, Any, Array]] = []
        # An hour that does both shares its time between the two.
        if problem.charge_power and problem.discharge_power:
            share = [one * (scale / problem.charge_power), one * (scale / problem.discharge_power), none, *extra, blank]
            rows.append(("power", sp.hstack(share), np.ones(t)))
        if selling:
            draw = sp.hstack([one, -one, none, one, blank])
            rows.append(("export", -draw, problem.net_load / scale))
        else:
            draw = sp.hstack([one, -one, none, blank])
            if problem.export_limit is not None:
                rows.append(("export_limit", -draw, (problem.export_limit + problem.net_load) / scale))
        if problem.import_limit is not None:
            rows.append(("import_limit", draw, (problem.import_limit - problem.net_load) / scale))
        self.rows = rows
        low, high = (level / scale for level in problem.capacity)
        bounds = np.empty((width, 2))
        bounds[:t] = (0.0, problem.charge_power / scale)
        bounds[t : 2 * t] = (0.0, problem.discharge_power / scale)
        bounds[2 * t : 3 * t] = (low, high)
        if selling:
            bounds[3 * t : 4 * t] = (0.0, np.inf if problem.export_limit is None else problem.export_limit / scale)
        start = (low, high) if problem.start is None else (problem.start / scale,) * 2
        bounds[width - 1] = start
        if problem.end is not None:
            bounds[3 * t - 1] = (problem.end / scale,) * 2
        self.bounds, self.width, self.t = bounds, width, t
        sold = [problem.price - problem.sell] if problem.sell is not None else []
        self.cost = np.concatenate([problem.price, -problem.price, np.zeros(t), *sold, [0.0]])
        if problem.sell is not None:
            # Idle, what the generation exceeds the load by is sold too.
            idle = np.maximum(-problem.net_load, 0.0) * (problem.price - problem.sell)
            self.idle = float(idle.sum())
        else:
            self.idle = 0.0
        rest = np.zeros(width - 2 * t)
        self.wear = np.concatenate([np.full(2 * t, problem.wear), rest])
        self.carbon = np.concatenate([problem.factor, -problem.factor, rest])

    def solve(self, objective: Array, limit: tuple[Array, float] | None = None) -> Array | None:
        """The variables [kWh] that make `objective` least, with `limit` (row, bound) if given; None where none fit."""
        matrices = [matrix for _, matrix, _ in self.rows]
        sides = [side for _, _, side in self.rows]
        if limit is not None:
            size = float(np.abs(limit[0]).max()) or 1.0
            matrices.append(sp.csr_matrix(limit[0] / size))
            sides.append(np.array([limit[1] / size / self.scale]))
        size = float(np.abs(objective).max()) or 1.0
        found = _solved(
            objective / size,
            sp.vstack(matrices).tocsr() if matrices else None,
            np.concatenate(sides) if sides else None,
            self.equal,
            self.equal_to,
            self.bounds,
        )
        if found.status == 2:
            return None
        if found.x is None:
            raise ArithmeticError(f"HiGHS: {found.message}")
        out: Array = found.x * self.scale
        return out

    def schedule(self, name: str, x: Array) -> Schedule:
        """The schedule in the variables, clean of what lies below the tolerance of the solver."""
        t = self.t
        charge, discharge, state = (np.maximum(x[i * t : (i + 1) * t], 0.0) for i in range(3))
        return Schedule(
            name, charge, discharge, state, float(x[-1]), float(self.cost @ x) - self.idle, float(self.wear @ x),
            float(self.carbon @ x),
        )  # fmt: skip

    def shortages(self) -> tuple[Shortage, ...]:
        """The least total of kWh by which import, export and the fixed states have to give way, by constraint."""
        t, width = self.t, self.width
        soft = [(name, matrix, side) for name, matrix, side in self.rows if name != "power"]
        names = [name for name, _, _ in soft]
        slack = len(soft) * t
        hard = [(m, s) for name, m, s in self.rows if name == "power"]
        upper = [sp.hstack([m, sp.csr_matrix((t, slack + 2))]) for m, _ in hard]
        sides = [s for _, s in hard]
        for i, (_, matrix, side) in enumerate(soft):
            ease = sp.csr_matrix((-np.ones(t), (np.arange(t), i * t + np.arange(t))), shape=(t, slack + 2))
            upper.append(sp.hstack([matrix, ease]))
            sides.append(side)
        # The state at the end may miss its value in either direction; a hard row binds it.
        bounds = [tuple(pair) for pair in self.bounds.tolist()] + [(0.0, None)] * (slack + 2)
        equal = [sp.hstack([self.equal, sp.csr_matrix((self.equal.shape[0], slack + 2))])]
        equal_to = [self.equal_to]
        if self.problem.end is not None:
            low, high = (level / self.scale for level in self.problem.capacity)
            bounds[3 * t - 1] = (low, high)
            row = sp.csr_matrix(
                ([1.0, 1.0, -1.0], ([0, 0, 0], [3 * t - 1, width + slack, width + slack + 1])),
                shape=(1, width + slack + 2),
            )
            equal.append(row)
            equal_to.append(np.array([self.problem.end / self.scale]))
        if self.problem.sell is not None and self.problem.export_limit is not None:
            bounds[3 * t : 4 * t] = [(0.0, None)] * t
            sold = sp.csr_matrix((np.ones(t), (np.arange(t), 3 * t + np.arange(t))), shape=(t, width))
            extra = sp.csr_matrix(
                (-np.ones(t), (np.arange(t), names.index("export") * t + np.arange(t))), shape=(t, slack + 2)
            )
            upper.append(sp.hstack([sold, extra]))
            sides.append(np.full(t, self.problem.export_limit / self.scale))
        found = _solved(
            np.concatenate([np.zeros(width), np.ones(slack + 2)]),
            sp.vstack(upper).tocsr() if upper else None,
            np.concatenate(sides) if sides else None,
            sp.vstack(equal).tocsr(),
            np.concatenate(equal_to),
            bounds,
        )
        if found.x is None:
            return (Shortage("state", float("nan"), self.t, 0),)
        out = []
        for i, name in enumerate(names):
            part = found.x[width + i * t : width + (i + 1) * t] * self.scale
            over = part > 1e-7 * self.scale
            if over.any():
                label = "export_limit" if name == "export" else name
                out.append(Shortage(label, float(part[over].sum()), int(over.sum()), int(np.argmax(over))))
        ends = found.x[width + slack :] * self.scale
        if ends.sum() > 1e-7 * self.scale:
            out.append(Shortage("end_state", float(ends.sum()), 1, t - 1))
        return tuple(out)


def dispatch(problem: Problem, points: int = 3) -> Dispatch:
    """The least-cost and the least-carbon schedule, ties settled by the other objective, and `points` between.

    Cost counts wear. Every point of the curve is the cheapest schedule whose carbon does not exceed an even step
    between the two; so carbon falls and cost rises along the curve. Where no schedule fits, `shortages` says why.
    """
    programme = _Programme(problem)
    money, carbon = programme.cost + programme.wear, programme.carbon
    x = programme.solve(_settled(money, carbon))
    if x is None:
        return Dispatch(None, None, (), programme.shortages())
    y = programme.solve(_settled(carbon, money))
    assert y is not None  # the same constraints
    first, last = programme.schedule("cheapest", x), programme.schedule("cleanest", y)
    curve = []
    for i in range(1, points + 1):
        bound = first.carbon + (last.carbon - first.carbon) * i / (points + 1)
        z = programme.solve(money, (carbon, bound)) if first.carbon > last.carbon else None
        if z is not None:
            curve.append(programme.schedule(f"{100 * i // (points + 1)} %", z))
    return Dispatch(first, last, tuple(curve))


def _solved(objective: Array, upper: Any, sides: Array | None, equal: Any, equal_to: Array, bounds: Any) -> Any:
    from scipy.optimize import linprog

    return linprog(objective, upper, sides, equal, equal_to, bounds, "highs-ds")


def _settled(first: Array, second: Array) -> Array:
    size = [float(np.abs(one).max()) or 1.0 for one in (first, second)]
    out: Array = first / size[0] + SECOND * second / size[1]
    return out


def of_schedule(problem: Problem, name: str, charge: Array, discharge: Array, state: Array, start: float) -> Schedule:
    """Cost, wear and carbon of a schedule that was made elsewhere, by the signals of `problem`."""
    programme = _Programme(problem)
    x = [charge, discharge, state]
    if problem.sell is not None:
        x.append(np.maximum(-(problem.net_load + charge - discharge), 0.0))
    return programme.schedule(name, np.concatenate([*x, [start]]))
