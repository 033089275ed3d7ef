"""Whether a balance can be traced: signs, losses, stores, what each zone has and takes; every problem with its cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from zuji.electricity.trace import codes, stock
from zuji.electricity.trace.balance import Array, Balance
from zuji.electricity.trace.labels import Labels
from zuji.finding import Finding, Place, in_order

MOST = 20
"""Cells listed per kind of problem; the number of the others is said."""
SLACK = 1e-6
"""Relative rounding that a published table may show: six digits."""


def hour_text(hour: int) -> str:
    """A period as people read it: `2024-07-01T13Z`."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=int(hour))).strftime("%Y-%m-%dT%HZ")


def place_of(balance: Balance, series: str, t: int, column: int) -> Place:
    """Where the cell of a series was read; nowhere for a balance made in memory."""
    origins = balance.origins.get(series)
    if origins is None or not origins.line[t, column]:
        return Place(path=series)
    return Place(balance.documents[int(origins.file[t, column])].file, int(origins.line[t, column]), column=series)


def check_balance(balance: Balance) -> tuple[Finding, ...]:
    """Everything that is wrong with a balance; errors forbid tracing it."""
    found = [*_negative(balance), *_gains(balance), *_stores(balance), *_factors(balance), *_missing(balance)]
    found += _loads(balance)
    return in_order(found)


def names(labels: Labels, series: str) -> tuple[str, ...]:
    """The ids of the columns of a series."""
    if series == "generation":
        return tuple(generator.id for generator in labels.generators)
    if series in ("sent", "received"):
        return tuple(link.id for link in labels.links)
    return tuple(item.id for item in (labels.zones if series == "load" else labels.stores))


def _cells(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    if not flags.any():
        return
    for t, i in islice(zip(*np.nonzero(flags), strict=True), MOST):
        yield int(t), int(i)


def _more(flags: NDArray[np.bool_], code: str, file: str = "") -> list[Finding]:
    rest = int(flags.sum()) - MOST
    return [codes.MORE(Place(file), count=rest, code=code)] if rest > 0 else []


def _more_zones(flags: NDArray[np.bool_], code: str) -> list[Finding]:
    rest = int(flags.any(axis=0).sum()) - MOST
    return [codes.MORE(count=rest, code=code)] if rest > 0 else []


def _negative(balance: Balance) -> Iterator[Finding]:
    for series in ("generation", "sent", "received", "charge", "discharge"):
        array: Array = getattr(balance, series)
        flags = array < 0
        code = codes.NEGATIVE_GENERATION if series == "generation" else codes.NEGATIVE_FLOW
        ids = names(balance.labels, series)
        for t, i in _cells(flags):
            yield code(
                place_of(balance, series, t, i),
                series=series,
                name=ids[i],
                value=f"{array[t, i]:g}",
                hour=hour_text(balance.hours[t]),
            )
        yield from _more(flags, code.code)


def _gains(balance: Balance) -> Iterator[Finding]:
    flags = (balance.received > balance.sent * (1 + SLACK) + 1e-9) & (balance.sent >= 0)
    for t, i in _cells(flags):
        yield codes.GAIN(
            place_of(balance, "received", t, i),
            name=balance.labels.links[i].id,
            received=f"{balance.received[t, i]:g}",
            sent=f"{balance.sent[t, i]:g}",
            hour=hour_text(balance.hours[t]),
        )
    yield from _more(flags, codes.GAIN.code)


def _stores(balance: Balance) -> Iterator[Finding]:
    stores = balance.labels.stores
    bad = [s for s in stores if not (0 < s.charge_efficiency <= 1 and 0 < s.discharge_efficiency <= 1)]
    for store in bad:
        value = f"{store.charge_efficiency:g} / {store.discharge_efficiency:g}"
        yield codes.BAD_EFFICIENCY(Place(path=store.id), name=store.id, value=value)
    if bad or not stores:
        return
    efficiency = (np.array([s.charge_efficiency for s in stores]), np.array([s.discharge_efficiency for s in stores]))
    opening = np.array([np.nan if s.opening is None else s.opening for s in stores])
    course = stock.levels(np.nan_to_num(balance.charge), np.nan_to_num(balance.discharge), efficiency, opening)
    flags = course.drawn > course.level[:-1] + SLACK * np.maximum(course.level.max(axis=0), 1e-9)
    for t, i in _cells(flags):
        yield codes.STORE_DRY(
            place_of(balance, "discharge", t, i),
            name=stores[i].id,
            drawn=f"{course.drawn[t, i]:g}",
            level=f"{course.level[t, i]:g}",
            hour=hour_text(balance.hours[t]),
        )
    yield from _more(flags, codes.STORE_DRY.code)


def _factors(balance: Balance) -> Iterator[Finding]:
    for s, g in _cells(~np.isfinite(balance.factors)):
        generator, gas = balance.labels.generators[s], balance.labels.gases[g]
        yield codes.NO_FACTOR(
            Place("factors.csv"), gas=gas.id, technology=generator.technology, zone=generator.device or generator.zone
        )


def _missing(balance: Balance) -> Iterator[Finding]:
    for series in ("generation", "sent", "received", "charge", "discharge"):
        array: Array = getattr(balance, series)
        flags = np.isnan(array)
        ids = names(balance.labels, series)
        yield from _more_zones(flags, codes.MISSING_VALUES.code)
        for i in np.flatnonzero(flags.any(axis=0))[:MOST]:
            first = int(np.argmax(flags[:, i]))
            yield codes.MISSING_VALUES(
                place_of(balance, series, first, int(i)),
                series=series,
                name=ids[i],
                count=int(flags[:, i].sum()),
                total=len(flags),
                hour=hour_text(balance.hours[first]),
            )


def _loads(balance: Balance) -> Iterator[Finding]:
    from zuji.electricity.trace.kernel import periods
    from zuji.electricity.trace.rule import Rule

    labels = balance.labels
    ready = periods(balance, Rule())
    taken = ready.demand.copy()
    for p, z in enumerate(labels.store_zone):
        taken[:, z] -= ready.charge[:, p]
    over = (taken < -SLACK * np.maximum(ready.entered, 1e-3)) & ~ready.missing
    yield from _more_zones(over, codes.OVERDRAWN.code)
    for i in np.flatnonzero(over.any(axis=0))[:MOST]:
        t = int(np.argmin(np.where(over[:, i], taken[:, i], 0)))
        yield codes.OVERDRAWN(
            Place(path=labels.zones[i].id),
            zone=labels.zones[i].id,
            missing=f"{-taken[t, i]:.4g}",
            hour=hour_text(balance.hours[t]),
            count=int(over[:, i].sum()),
        )
    if balance.load is None:
        return
    differs = np.abs(balance.load - taken) > 0.01 * np.maximum(np.abs(balance.load), np.abs(taken))
    differs &= ~ready.missing
    yield from _more_zones(differs, codes.LOAD_DIFFERS.code)
    for i in np.flatnonzero(differs.any(axis=0))[:MOST]:
        t = int(np.argmax(np.where(differs[:, i], np.abs(balance.load[:, i] - taken[:, i]), 0)))
        yield codes.LOAD_DIFFERS(
            place_of(balance, "load", t, int(i)),
            zone=labels.zones[i].id,
            hour=hour_text(balance.hours[t]),
            load=f"{balance.load[t, i]:.6g}",
            balance=f"{taken[t, i]:.6g}",
            count=int(differs[:, i].sum()),
        )
