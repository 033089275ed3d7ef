"""Backgrounds of the size and shape of the field's large databases, made from a seed: the same bytes anywhere.

What the shape imitates (all figures are counts of structure; no number of a real database is used):

- hub markets, used by up to most of the others (their popularity follows Zipf's law);
- a core in which half of the activities depend on each other through the hubs; local chains and small loops;
- activities that nothing in the core needs (downstream) and basic ones that need nothing of it (upstream);
- waste treatments with a reference flow of −1; products in units that differ by many decades;
- a lognormal distribution on 88 % of the exchanges that are not reference flows;
- with `credits`, co-products that replace another production on 3 % of the inputs.

Twenty methods: method 0 characterises few flows that many activities emit, as climate change does; the others
characterise from few to many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.engine.snapshot import LOGNORMAL, NONE, Exchanges, Snapshot, exchanges

Floats = npt.NDArray[np.float64]
METHODS = 20
CHAIN = 4
"""Longest chain of neighbours before a market stands between."""


@dataclass(frozen=True)
class Shape:
    """The counts from which a system is made."""

    activities: int
    inputs: int
    """Technosphere exchanges without the reference flows, about."""
    emissions: int
    flows: int
    hubs: int
    local: float = 0.05
    """Share of inputs that come from a near neighbour: chains and small loops."""
    repeats: float = 1.06
    """Inputs drawn per input left, since a pair that is drawn twice counts once."""
    zipf: float = 0.75
    """Exponent of the popularity of the hubs."""
    gain: float = 0.62
    """What an activity takes in all, as a share of its own value; it sets the spectral radius."""
    far: float = 0.0
    """Share of inputs that come from an ordinary activity anywhere in the core; it is what fills in the factors."""
    seed: int = 20_000


SHAPES = {
    "small": Shape(500, 4_000, 5_000, 120, 20),
    "e5k": Shape(5_000, 120_000, 125_000, 1_200, 120),
    "e20k": Shape(20_000, 480_000, 500_000, 2_000, 300),
    "ei": Shape(23_500, 270_000, 600_000, 2_300, 300, gain=0.56),
    "hard": Shape(20_000, 480_000, 500_000, 2_000, 800, local=0.08),
    "far": Shape(20_000, 480_000, 500_000, 2_000, 300, far=0.004),
    "e50k": Shape(50_000, 1_200_000, 1_250_000, 3_000, 700),
    "big": Shape(100_000, 2_400_000, 2_500_000, 4_000, 1_200),
}


def system(name: str = "e20k", *, credits: bool = False) -> Snapshot:
    """The snapshot of one of `SHAPES`."""
    return made(SHAPES[name], credits=credits)


def made(shape: Shape, *, credits: bool = False) -> Snapshot:
    """The snapshot of a shape; equal shapes give equal digests.

    With value_j the worth of one unit of product j, an input of share s puts s·value_j/value_i units of product i into
    activity j. The shares of an activity add up to at most `gain`, so no choice of units changes what loops amplify.
    """
    draw = np.random.Generator(np.random.Philox(shape.seed))
    n = shape.activities
    kind = _kinds(n, shape.hubs)
    consumer, supplier, share = _inputs(draw, shape, kind)
    value = 10.0 ** draw.uniform(-4, 4, n)
    size = np.where(draw.random(n) < 0.1, 10.0 ** draw.integers(-2, 4, n).astype(float), 1.0)
    amount = share * value[consumer] / value[supplier] * size[consumer]
    waste = kind == WASTE
    amount = np.where(waste[supplier], -amount, amount)  # an input of a waste treatment is negative
    if credits:
        # 3 % of the inputs are by-products that replace an ordinary product.
        replaced = (draw.random(len(amount)) < 0.03) & ~waste[supplier]
        amount = np.where(replaced, -0.3 * amount, amount)
    diagonal = exchanges(
        uid=np.arange(n),
        row=np.arange(n),
        column=np.arange(n),
        value=np.where(waste, -size, size),
        sign=1,
        production=True,
        distribution=NONE,
    )
    inputs = _uncertain(draw, uid=n, row=supplier, column=consumer, value=amount, sign=-1)
    emitter, flow, emitted = _emissions(draw, shape, value * size)
    emissions = _uncertain(draw, uid=n + len(amount), row=flow, column=emitter, value=emitted, sign=1)
    places = ("CN", "DE", "US", "GLO", "RoW", "RER", "IN", "BR")
    sectors = ("electricity", "metals", "chemicals", "transport", "agriculture", "machinery", "waste", "construction")
    number = np.arange(n)
    return Snapshot.build(
        activities=[f"a{i:06d}" for i in range(n)],
        flows=[f"f{i:05d}" for i in range(shape.flows)],
        technosphere=_together(diagonal, inputs),
        biosphere=emissions,
        activity_labels={
            "name": [f"{'market' if k == HUB else 'production'} {i}" for i, k in enumerate(kind.tolist())],
            "location": [places[i] for i in (number * 7919 % len(places)).tolist()],
            "sector": [sectors[i] for i in (number * 104729 % len(sectors)).tolist()],
        },
    )


HUB, CORE, UPSTREAM, DOWNSTREAM, WASTE = range(5)


def _kinds(n: int, hubs: int) -> npt.NDArray[np.int64]:
    """One kind per activity: 4 % upstream, half in the core (hubs, waste treatments, others), the rest downstream."""
    kind = np.full(n, DOWNSTREAM)
    upstream, core = round(0.04 * n), n // 2
    kind[:upstream] = UPSTREAM
    kind[upstream : upstream + core] = CORE
    kind[upstream : upstream + hubs] = HUB
    kind[upstream + hubs : upstream + hubs + round(0.04 * n)] = WASTE
    return kind


def _inputs(draw: np.random.Generator, shape: Shape, kind: Any) -> tuple[Any, Any, Floats]:
    """(consumer, supplier, share) of every input; each pair once, the shares of a consumer adding up to its gain."""
    n = shape.activities
    hubs = np.flatnonzero(kind == HUB)
    upstream = np.flatnonzero(kind == UPSTREAM)
    wanting = np.flatnonzero(kind != UPSTREAM)
    count = 1 + draw.poisson(shape.inputs * shape.repeats / len(wanting) - 1, len(wanting))
    consumer = np.repeat(wanting, count)
    total = len(consumer)
    # Most inputs come from hubs; the others from upstream or from a near neighbour: from one before, a chain; from the
    # one behind, a small loop. Far ordinary suppliers are rare in real databases, where markets stand between.
    popularity = 1.0 / (3 + np.arange(len(hubs))) ** shape.zipf
    supplier = hubs[np.searchsorted(np.cumsum(popularity) / popularity.sum(), draw.random(total))]
    chosen = draw.random(total)
    basic = chosen < 0.05
    supplier[basic] = upstream[draw.integers(0, len(upstream), int(basic.sum()))]
    near = chosen >= 1 - shape.local
    behind = draw.random(total) < 0.2
    neighbour = np.clip(consumer + np.where(behind, 1, -draw.integers(1, 4, total)), 0, n - 1)
    downstream = kind == DOWNSTREAM
    allowed = ~np.isin(kind[neighbour], (UPSTREAM, HUB)) & (downstream[neighbour] == downstream[consumer])
    near &= allowed & ~(behind & downstream[consumer]) & (neighbour // CHAIN == consumer // CHAIN)
    supplier[near] = neighbour[near]
    if shape.far:
        anywhere = np.flatnonzero(kind == CORE)
        chosen_far = draw.random(total) < shape.far
        supplier[chosen_far] = anywhere[draw.integers(0, len(anywhere), int(chosen_far.sum()))]
    # What hubs take comes from the whole core, so that everything in the core hangs together.
    core = np.flatnonzero((kind == CORE) | (kind == WASTE))
    home = hubs[draw.integers(0, len(hubs), len(core))]
    consumer, supplier = np.concatenate([consumer, home]), np.concatenate([supplier, core])
    # Upstream activities form a chain of their own.
    following = upstream[1:]
    consumer = np.concatenate([consumer, following])
    supplier = np.concatenate([supplier, following - 1])
    weight = draw.lognormal(0.0, 2.0, len(consumer))
    keep = consumer != supplier
    cells, first = np.unique(consumer[keep] * n + supplier[keep], return_index=True)
    weight = weight[keep][first]
    consumer, supplier = np.divmod(cells, n)
    gain = shape.gain * draw.uniform(0.6, 1.3, n)
    return consumer, supplier, weight / np.bincount(consumer, weight, n)[consumer] * gain[consumer]


def _emissions(draw: np.random.Generator, shape: Shape, worth: Floats) -> tuple[Any, Any, Floats]:
    """(activity, flow, amount): common flows are emitted by many; amounts follow the worth of the activity's output."""
    n = shape.activities
    popularity = 1.0 / (5 + np.arange(shape.flows)) ** 0.8
    bounds = np.cumsum(popularity) / popularity.sum()
    total = round(shape.emissions * 1.12)
    emitter = draw.integers(0, n, total)
    flow = np.searchsorted(bounds, draw.random(total))
    cells = np.unique(emitter * shape.flows + flow)
    emitter, flow = np.divmod(cells, shape.flows)
    amount = draw.lognormal(-3.0, 2.0, len(cells)) * worth[emitter] * 0.01
    return emitter, flow, amount


def _uncertain(draw: np.random.Generator, *, uid: int, row: Any, column: Any, value: Floats, sign: int) -> Exchanges:
    chosen = draw.random(len(value)) < 0.88
    with np.errstate(divide="ignore"):
        loc = np.log(np.abs(value))
    return exchanges(
        uid=uid + np.arange(len(value)),
        row=row,
        column=column,
        value=value,
        sign=sign,
        distribution=np.where(chosen, LOGNORMAL, NONE),
        loc=np.where(chosen, loc, np.nan),
        scale=np.where(chosen, draw.uniform(0.03, 0.35, len(value)), np.nan),
    )


def _together(first: Exchanges, second: Exchanges) -> Exchanges:
    return Exchanges(**{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in vars(first)})


def methods(snapshot: Snapshot, count: int = METHODS) -> Floats:
    """Characterisation factors, shape (flows, count): method 0 like climate change, the others of every density."""
    draw = np.random.Generator(np.random.Philox(len(snapshot.flows)))
    flows = len(snapshot.flows)
    factors = np.zeros((flows, count))
    climate = draw.permutation(flows)[: max(flows // 15, 1)]
    factors[climate, 0] = 10.0 ** draw.uniform(0, 3, len(climate))
    factors[climate[0], 0] = 1.0
    for k in range(1, count):
        some = draw.permutation(flows)[: max(round(flows * 0.01 * k), 1)]
        factors[some, k] = 10.0 ** draw.uniform(-3, 3, len(some))
    return factors
