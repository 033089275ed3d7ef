"""Grids made for the tests: the five regions of the specification, and random ones."""

from __future__ import annotations

import numpy as np

from zuji.electricity.trace import Balance, Gas, Generator, Labels, Link, Store, Zone

REGIONS = ("QLD", "NSW", "VIC", "SA", "TAS")
"""Order of the OpenNEM case (tests/core/test_flow_solver_v4.py): generation 500/600/300/100/80 MWh."""
FLOWS = (("VIC", "SA", 22.0), ("QLD", "NSW", 55.0), ("TAS", "VIC", 11.0), ("VIC", "NSW", 27.5))
LOOP = (*FLOWS, ("NSW", "SA", 15.0), ("SA", "VIC", 5.0))


def five(flows: tuple[tuple[str, str, float], ...] = FLOWS) -> Balance:
    """T1: emissions 325/330/180/15/4 t; factors in kg per MWh, so results are a thousand times the printed t/MWh."""
    generation, emissions = [500, 600, 300, 100, 80], [325, 330, 180, 15, 4]
    sent = np.array([[flow for *_, flow in flows]])
    return Balance(
        Labels(
            tuple(Zone(r) for r in REGIONS),
            tuple(Generator(f"{r}/mix", r, "mix") for r in REGIONS),
            tuple(Link(f"{a}>{b}", a, b) for a, b, _ in flows),
            (),
            (Gas("CO2"),),
        ),
        np.array([480_000]),
        np.array([generation], dtype=float),
        np.array([[1000 * e / g] for e, g in zip(emissions, generation, strict=True)]),
        sent,
        sent.copy(),
    )


def simple(
    generation: object,
    factors: object,
    links: tuple[tuple[int, int], ...] = (),
    sent: object = None,
    received: object = None,
    stores: tuple[Store, ...] = (),
    charge: object = None,
    discharge: object = None,
    **more: object,
) -> Balance:
    """One generator per zone: `generation` (T,N), `factors` (N,) or (N,G) [kg/MWh]."""
    made = np.asarray(generation, dtype=float)
    t, n = made.shape
    table = np.asarray(factors, dtype=float).reshape(n, -1)
    zones = tuple(Zone(f"Z{i}") for i in range(n))
    flow = np.zeros((t, len(links))) if sent is None else np.asarray(sent, dtype=float)
    labels = Labels(
        zones,
        tuple(Generator(f"Z{i}/mix", f"Z{i}", "mix") for i in range(n)),
        tuple(Link(f"Z{a}>Z{b}", f"Z{a}", f"Z{b}") for a, b in links),
        stores,
        tuple(Gas(f"G{g}") for g in range(table.shape[1])),
    )
    none = np.zeros((t, len(stores)))
    return Balance(
        labels,
        480_000 + np.arange(t),
        made,
        table,
        flow,
        flow.copy() if received is None else np.asarray(received, dtype=float),
        none if charge is None else np.asarray(charge, dtype=float),
        none if discharge is None else np.asarray(discharge, dtype=float),
        **more,  # type: ignore[arg-type]
    )


def random_grid(seed: int, zones: int, periods: int, *, stores: int = 0, loss: float = 0.05, gases: int = 2) -> Balance:
    """A random grid with three technologies, loops, idle generators, two directions of every line and losses."""
    draw = np.random.default_rng(seed)
    labels_zone = [f"Z{i}" for i in range(zones)]
    generators = tuple(Generator(f"{z}/t{k}", z, f"t{k}") for z in labels_zone for k in range(3))
    pairs = [(a, b) for a in range(zones) for b in range(zones) if a != b and draw.random() < 3 / zones]
    generation = draw.uniform(0, 100, (periods, zones * 3)) * (draw.random((periods, zones * 3)) < 0.6)
    # Some zones only pass on what they get, always from the zone before them.
    idle = draw.random(zones) < 0.3
    idle[0] = False
    pairs += [(int(i) - 1, int(i)) for i in np.flatnonzero(idle) if (int(i) - 1, int(i)) not in pairs]
    sent = draw.uniform(0, 20, (periods, len(pairs))) * (draw.random((periods, len(pairs))) < 0.7)
    fed = [k for k, (a, b) in enumerate(pairs) if a == b - 1 and idle[b]]
    sent[:, fed] = draw.uniform(1, 20, (periods, len(fed)))
    generation[:, np.repeat(idle, 3)] = 0.0
    held = tuple(Store(f"S{p}", labels_zone[p % zones], 0.9, 0.95) for p in range(stores))
    charge = draw.uniform(0, 10, (periods, stores)) * (draw.random((periods, stores)) < 0.5)
    discharge = np.where(charge == 0, draw.uniform(0, 8, (periods, stores)), 0.0)
    return Balance(
        Labels(
            tuple(Zone(z) for z in labels_zone),
            generators,
            tuple(Link(f"Z{a}>Z{b}", f"Z{a}", f"Z{b}") for a, b in pairs),
            held,
            tuple(Gas(f"G{g}") for g in range(gases)),
        ),
        480_000 + np.arange(periods),
        generation,
        draw.uniform(0, 1000, (zones * 3, gases)),
        sent,
        sent * (1 - loss),
        charge,
        discharge,
    )
