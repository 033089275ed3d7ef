"""A balance as the documented folder, so that an imported grid can be looked at, mended and traced."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.clock import EPOCH

HEAD = """\
# A grid for zuji grid trace; docs/grid.md says what each file holds.
zuji_grid: 1
id: {id}
time_zone: {zone}
time_label: start
step: {step}
unit: MWh
synthetic: {synthetic}
"""


def write_grid(balance: Balance, folder: Path, *, parquet: bool = False) -> tuple[str, ...]:
    """Write `balance` into `folder` and return the names of the files; times are UTC. Same balance, same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = balance.labels
    yearly = balance.step in (8760, 8784)
    step = "year" if yearly else str(balance.step * 60)
    head = HEAD.format(
        id=balance.id or "grid", zone=balance.time_zone, step=step, synthetic=str(balance.synthetic).lower()
    )
    names = ["grid.yaml"]
    (folder / "grid.yaml").write_text(head, encoding="utf-8", newline="\n")

    def table(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
        (folder / name).write_text(text.getvalue(), encoding="utf-8", newline="\n")
        names.append(name)

    table(
        "zones.csv",
        ("zone", "name_zh", "name_en", "parent", "kind", "valid_from", "valid_to"),
        ((z.id, z.name.zh, z.name.en, z.parent, z.kind, z.valid_from or "", z.valid_to or "") for z in labels.zones),
    )
    table(
        "generators.csv",
        ("zone", "technology", "device", "metered_by", "quality", "relative_sd"),
        ((g.zone, g.technology, g.device, g.metered_by, g.quality, _shown(g.sd)) for g in labels.generators),
    )
    table(
        "factors.csv",
        ("zone", "technology", "device", "gas", "value", "unit", "scope", "relative_sd"),
        _factors(balance),
    )
    if yearly:
        year = (EPOCH.year + int(balance.hours[0] + 4380) // 8766,)
        times = [str(y) for y in year]
    else:
        start = np.datetime64("1970-01-01T00", "h") + balance.hours
        times = [f"{text}:00Z" for text in np.datetime_as_string(start).tolist()]

    def series(name: str, keys: Sequence[Sequence[str]], header: Sequence[str], arrays: Sequence[Array]) -> None:
        t, w = arrays[0].shape
        columns: dict[str, list[str]] = {"time": [time for time in times for _ in range(w)]}
        for i, heading in enumerate(header[1 : 1 + len(keys[0]) if keys else 1]):
            columns[heading] = [key[i] for key in keys] * t
        for heading, array in zip(header[len(header) - len(arrays) :], arrays, strict=True):
            columns[heading] = [_shown(v) for v in array.ravel().tolist()]
        if parquet:
            _parquet(folder / f"{name}.parquet", columns, header[len(header) - len(arrays) :])
            names.append(f"{name}.parquet")
        else:
            table(f"{name}.csv", header, zip(*(columns[h] for h in header), strict=True))

    generators = [(g.zone, g.technology, g.device) for g in labels.generators]
    series("generation", generators, ("time", "zone", "technology", "device", "generation"), [balance.generation])
    if labels.links:
        table(
            "links.csv",
            ("from", "to", "kind", "metered_by", "quality", "relative_sd"),
            ((x.sender, x.receiver, x.kind, x.metered_by, x.quality, _shown(x.sd)) for x in labels.links),
        )
        ends = [(x.sender, x.receiver, x.id.partition("/")[2]) for x in labels.links]
        series("flows", ends, ("time", "from", "to", "link", "sent", "received"), [balance.sent, balance.received])
    if labels.stores:
        gases = [f"{kind}:{gas.id}" for kind in ("opening", "static") for gas in labels.gases]
        table(
            "stores.csv",
            (
                "store", "zone", "charge_efficiency", "discharge_efficiency", "opening_mwh", "metered_by", "quality",
                *gases,
            ),
            (
                (
                    s.id, s.zone, s.charge_efficiency, s.discharge_efficiency, _shown(s.opening), s.metered_by,
                    s.quality,
                    *(_shown(_of(s.opening_factors if k == "opening" else s.static_factors, gas.id, gas.name))
                      for k in ("opening", "static") for gas in labels.gases),
                )
                for s in labels.stores
            ),
        )  # fmt: skip
        keys = [(s.id,) for s in labels.stores]
        series("storage", keys, ("time", "store", "charge", "discharge"), [balance.charge, balance.discharge])
    if balance.load is not None:
        series("load", [(z.id,) for z in labels.zones], ("time", "zone", "load"), [balance.load])
    return tuple(names)


def _of(pairs: tuple[tuple[str, float], ...], *names: str) -> float | None:
    return next((value for name, value in pairs if name in names), None)


def _shown(value: float | None) -> str:
    return "" if value is None or value != value else repr(float(value)).removesuffix(".0")


def _factors(balance: Balance) -> Iterable[Sequence[object]]:
    labels = balance.labels
    for g, gas in enumerate(labels.gases):
        shared: dict[str, set[tuple[str, str]]] = {}
        cell = {}
        for s, generator in enumerate(labels.generators):
            sd = balance.factor_sd[s, g] if balance.factor_sd is not None else float("nan")
            cell[s] = (_shown(balance.factors[s, g]), _shown(sd))
            shared.setdefault(generator.technology, set()).add(cell[s])
        for technology in labels.technologies:
            if len(shared[technology]) == 1:
                value, sd_text = next(iter(shared[technology]))
                if value:
                    yield "*", technology, "", gas.name, value, "kg/MWh", gas.scope, sd_text
                continue
            for s, generator in enumerate(labels.generators):
                if generator.technology == technology and cell[s][0]:
                    yield (
                        generator.zone,
                        technology,
                        generator.device,
                        gas.name,
                        cell[s][0],
                        "kg/MWh",
                        gas.scope,
                        cell[s][1],
                    )


def _parquet(path: Path, columns: dict[str, list[str]], numbers: Sequence[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for name, values in columns.items():
        if name in numbers:
            arrays[name] = pa.array([float(v) if v else None for v in values], pa.float64())
        else:
            arrays[name] = pa.array(values, pa.string())
    pq.write_table(pa.table(arrays), path, compression="none")
