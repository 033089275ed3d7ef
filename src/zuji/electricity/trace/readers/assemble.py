"""Series by name, as the importers collect them, into one balance: signs split, gaps kept, labels in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Array, Balance, Document, Origins
from zuji.electricity.trace.labels import Gas, Generator, Integers, Labels, Link, Store, Zone, ZoneKind
from zuji.electricity.trace.readers.factors import read_factors
from zuji.electricity.trace.readers.periods import Placed
from zuji.finding import Finding, Place

Cells = dict[tuple[str, str], Placed]
"""One column each, (T,1): by (zone, technology), by (sender, receiver), by (store, zone)."""


def station_use(cells: Cells, file: str, found: list[Finding]) -> Cells:
    """Generation without its negative values: those are station use, counted and reported by series."""
    out: Cells = {}
    for key, cell in cells.items():
        below = cell.values < 0
        if below.any():
            found.append(
                codes.NEGATIVE_TO_ZERO(
                    Place(file), name="/".join(key), count=int(below.sum()), value=f"{cell.values[below].sum():.6g}"
                )
            )
        out[key] = Placed(np.where(below, 0.0, cell.values), cell.lines)
    return out


def assembled(
    id: str,
    hours: Integers,
    step: int,
    zone_ids: Sequence[str],
    generation: Cells,
    flows: Cells,
    received: Cells | None,
    load: Mapping[str, Placed],
    stores: Mapping[tuple[str, str], tuple[Placed, Placed]],
    documents: Sequence[Document],
    number: Mapping[str, int],
    factors: Path | None,
    found: list[Finding],
    *,
    time_zone: str = "UTC",
    kind: ZoneKind = ZoneKind.REGION,
    efficiency: float = 0.87,
) -> Balance:
    """A balance of series by name; the `efficiency` [1] of a store's cycle is split evenly between its two sides.

    `number` says which document each of generation, flows, load and storage was read from.
    """
    zones = tuple(Zone(z, kind=kind) for z in sorted(zone_ids))
    position = {zone.id: i for i, zone in enumerate(zones)}
    keys = sorted(generation)
    generators = tuple(Generator(f"{z}/{k}", z, k) for z, k in keys)
    pairs = sorted(flows, key=lambda pair: (position[pair[0]], position[pair[1]]))
    links = tuple(Link(f"{a}>{b}", a, b) for a, b in pairs)
    half = efficiency**0.5
    kept = sorted(stores)
    labels = Labels(zones, generators, links, tuple(Store(s, z, half, half) for s, z in kept))
    t = len(hours)

    def joined(cells: Sequence[Placed]) -> tuple[Array, Origins | None]:
        if not cells:
            return np.zeros((t, 0)), None
        return np.concatenate([c.values for c in cells], axis=1), Origins(
            np.zeros((t, len(cells)), dtype=np.int16), np.concatenate([c.lines for c in cells], axis=1)
        )

    absent = Placed(np.full((t, 1), np.nan), np.zeros((t, 1), dtype=np.int32))
    arrays: dict[str, Array] = {}
    origins: dict[str, Origins] = {}
    wanted = {
        "generation": ("generation", [generation[k] for k in keys]),
        "sent": ("flows", [flows[p] for p in pairs]),
        "received": ("flows", [(received or flows)[p] for p in pairs]),
        "charge": ("storage", [stores[k][0] for k in kept]),
        "discharge": ("storage", [stores[k][1] for k in kept]),
        "load": ("load", [load.get(zone.id, absent) for zone in zones] if load else []),
    }
    for name, (table, cells) in wanted.items():
        values, lines = joined(cells)
        if name == "load" and not cells:
            continue
        arrays[name] = values
        if lines is not None:
            file = np.full(lines.line.shape, number.get(table, 0), dtype=np.int16)
            origins[name] = Origins(file, lines.line)
    gases: tuple[Gas, ...] = ()
    table_of, deviation = np.zeros((len(generators), 0)), None
    if factors is not None:
        table_of, deviation, gases = read_factors(factors, generators, found)
    labels = Labels(zones, generators, links, labels.stores, gases)
    return Balance(
        labels, hours, arrays["generation"], table_of, arrays["sent"], arrays["received"], arrays["charge"],
        arrays["discharge"], arrays.get("load"), deviation, step, id, time_zone, False, tuple(documents), origins,
    )  # fmt: skip
