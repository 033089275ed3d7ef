"""Stored backgrounds in a calculation: snapshot for the engine, life-cycle gases of all datasets, those that are taken.

The gases of all datasets come from one adjoint solve with a column per gas and origin, so a study sees a stored dataset
as its cradle-to-gate emissions by gas, and every rulebook applies its own warming potentials to them.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.background.importers import codes
from zuji.background.importers.records import Distribution
from zuji.background.model import Background, Dataset, Intervention
from zuji.background.store.datasets import dataset_of
from zuji.background.store.library import Library, UnknownBackgroundError
from zuji.background.store.stored import StoredBackground, StoredFlow
from zuji.datum import Origin
from zuji.engine.snapshot import Snapshot, exchanges
from zuji.engine.system import System
from zuji.errors import EngineError, UnreadableError
from zuji.finding import Finding, Place
from zuji.study.model import Study

Floats = npt.NDArray[np.float64]
BIOSPHERE = 1 << 40
"""Uids of biosphere rows start here: the row numbers of the store are stable under its digest. Above 2⁴² stand the
first bits of the digest, so that the draws of two databases are not the same."""
WIDTH = 12
"""Right-hand sides solved at once; more would need memory without saving time."""


@dataclass(frozen=True, eq=False)
class GasTable:
    """Life-cycle emissions of every dataset per unit of its product."""

    columns: tuple[tuple[str, str, int], ...]
    """(gas, origin, sign): uptake has columns of its own, so that it does not vanish in what is released;
    CO2-equivalent is `CO2e|` and its set"""
    amounts: Floats
    """[kg], shape (datasets, columns)"""

    def interventions(self, i: int) -> tuple[Intervention, ...]:
        """What one unit of dataset `i` emits and takes up over its life cycle."""
        return tuple(
            Intervention(gas.partition("|")[0], float(amount), Origin(origin), gas.partition("|")[2])
            for (gas, origin, _), amount in zip(self.columns, self.amounts[i], strict=True)
            if amount != 0
        )


def intervention_of(flow: StoredFlow) -> Intervention:
    """One kilogram of the gas of a flow, emitted or taken up; CO2-equivalent (`CO2e|` and its set) with its set."""
    gas, _, gwp_set = flow.gas.partition("|")
    return Intervention(gas, -1.0 if flow.factor < 0 else 1.0, Origin(flow.origin), gwp_set)


def first_uid(stored: StoredBackground) -> np.int64:
    """The uid of the first dataset's reference flow."""
    return np.int64(int(stored.digest.removeprefix("sha256:")[:5], 16)) << np.int64(42)


def snapshot_of(stored: StoredBackground) -> Snapshot:
    """The stored background as a snapshot of the engine, with its uncertainty; the store's digest is its source."""
    n = len(stored)
    tech, bio = (stored.array(f"{part}_amount") for part in ("tech", "bio"))
    made = np.asarray(stored.array("output"))
    places = np.arange(n)
    rows = np.concatenate([places, stored.array("tech_provider")])
    columns = np.concatenate([places, stored.array("tech_consumer")])
    values = np.concatenate([made, tech])
    first = first_uid(stored)
    sign = np.concatenate([np.ones(n, np.int8), np.full(len(tech), -1, np.int8)])
    technosphere = exchanges(
        row=rows,
        column=columns,
        value=values,
        sign=sign,
        production=np.concatenate([np.ones(n, bool), np.zeros(len(tech), bool)]),
        uid=first + np.arange(n + len(tech)),
        **_uncertainty(stored, "tech", n, n + len(tech)),
    )
    biosphere = exchanges(
        row=stored.array("bio_flow"),
        column=stored.array("bio_dataset"),
        value=bio,
        uid=first + BIOSPHERE + np.arange(len(bio)),
        **_uncertainty(stored, "bio", 0, len(bio)),
    )
    return Snapshot.build(
        activities=stored.ids(),
        # Two flows of one key cannot be in a store, but a format may leave the key empty.
        flows=[f"{flow.i}|{flow.key}" for flow in stored.flows()],
        technosphere=technosphere,
        biosphere=biosphere,
        sources=(stored.digest,),
    )


def _uncertainty(stored: StoredBackground, part: str, offset: int, length: int) -> dict[str, npt.NDArray[Any]]:
    row = stored.array(f"{part}_unc_row") + np.int64(offset)
    found: dict[str, npt.NDArray[Any]] = {"distribution": np.zeros(length, np.uint8)}
    found["distribution"][row] = stored.array(f"{part}_unc_kind")
    for name, column in (("loc", "loc"), ("scale", "scale"), ("minimum", "low"), ("maximum", "high")):
        found[name] = np.full(length, np.nan)
        found[name][row] = stored.array(f"{part}_unc_{column}")
    # The store keeps the shape of a gamma distribution where others have their location, and its start as its minimum.
    gamma = np.flatnonzero(found["distribution"] == Distribution.GAMMA)
    found["shape"] = np.full(length, np.nan)
    found["shape"][gamma], found["loc"][gamma] = found["loc"][gamma], found["minimum"][gamma]
    found["minimum"][gamma] = np.nan
    return found


@lru_cache(maxsize=2)
def _system(folder: Path, digest: str, cache: Path | None) -> System:
    stored = StoredBackground(folder, digest)
    try:
        return System.of(snapshot_of(stored), cache)
    finally:
        # No map of a file outlives this: on Windows it would keep the background from being removed.
        stored.close()


def _direct(stored: StoredBackground, factors: Floats) -> Floats:
    """B·factors by dataset, shape (datasets, columns) for factors (flows, columns)."""
    owner, flow, amount = (stored.array(f"bio_{name}") for name in ("dataset", "flow", "amount"))
    total = np.zeros((len(stored), factors.shape[1]))
    for k in range(factors.shape[1]):
        used = np.flatnonzero(factors[:, k][flow])
        weights = amount[used] * factors[:, k][flow[used]]
        total[:, k] = np.bincount(owner[used], weights=weights, minlength=len(stored))
    return total


def engine_cache(stored: StoredBackground, cache: Path | None) -> Path | None:
    """The folder in `cache` for plans, factors and scores of this background; it is removed with the background."""
    return cache and cache / f"{stored.digest.removeprefix('sha256:')[:32]}-engine"


def scores(stored: StoredBackground, factors: Floats, cache: Path | None = None) -> Floats:
    """The life-cycle result of every dataset per unit of its product, shape (datasets, columns).

    `factors` [result per unit of flow], shape (flows, columns). Plan and factorisation come from the folder `cache`
    where they are there. Raises EngineError when the background cannot be solved.
    """
    if len(stored) == 0 or factors.shape[1] == 0:
        return np.zeros((len(stored), factors.shape[1]))
    system = _system(stored.folder, stored.digest, engine_cache(stored, cache))
    # Per unit of waste treated where the reference flow is negative, as the engine solves it.
    right = _direct(stored, factors) / np.abs(stored.array("output"))[:, None]
    result: Floats = np.empty(right.shape)
    order = system.plan.order
    for start in range(0, right.shape[1], WIDTH):
        y, _ = system.adjoint(np.ascontiguousarray(right[order, start : start + WIDTH]))
        result[order, start : start + WIDTH] = y
    return result


def gas_table(stored: StoredBackground, cache: Path | None = None) -> GasTable:
    """Life-cycle gases of every dataset; taken from `cache` where they are there, else calculated and kept there."""
    flows = stored.flows()
    columns = tuple(sorted({(f.gas, f.origin, 1 if f.factor > 0 else -1) for f in flows if f.gas}))
    name = f"{stored.digest.removeprefix('sha256:')[:32]}-gases"
    kept = _kept(cache, name, len(stored), columns)
    if kept is not None:
        return GasTable(columns, kept)
    factors = np.zeros((len(flows), len(columns)))
    position = {column: k for k, column in enumerate(columns)}
    for flow in flows:
        if flow.gas:
            factors[flow.i, position[flow.gas, flow.origin, 1 if flow.factor > 0 else -1]] = flow.factor
    amounts = scores(stored, factors, cache)
    _keep(cache, name, columns, amounts)
    return GasTable(columns, amounts)


def _kept(cache: Path | None, name: str, rows: int, columns: tuple[tuple[str, str, int], ...]) -> Floats | None:
    if cache is None:
        return None
    try:
        amounts = np.load(cache / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        known = json.loads((cache / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, EOFError):
        return None
    fits = amounts.shape == (rows, len(columns)) and known == [list(column) for column in columns]
    return np.asarray(amounts) if fits and amounts.dtype == np.float64 else None


def _keep(cache: Path | None, name: str, columns: tuple[tuple[str, str, int], ...], amounts: Floats) -> None:
    if cache is None:
        return
    # A cache that cannot be written makes the next calculation slower, nothing else.
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        for suffix, write in (
            (".npy", lambda file: np.save(file, amounts, allow_pickle=False)),
            (".json", lambda file: file.write(json.dumps(columns).encode())),
        ):
            handle, temporary = tempfile.mkstemp(prefix=".making-", dir=cache)
            with os.fdopen(handle, "wb") as file:
                write(file)
            os.replace(temporary, cache / f"{name}{suffix}")


def impact_scores(stored: StoredBackground) -> Floats:
    """The result of every dataset in every impact category of the stored methods, shape (datasets, methods)."""
    factors = np.zeros((stored.length("flow"), stored.length("method")))
    where = (stored.array("factor_flow"), stored.array("factor_method"))
    np.add.at(factors, where, stored.array("factor_amount"))
    return scores(stored, factors)


def stored_dataset(stored: StoredBackground, i: int, cache: Path | None = None) -> Dataset:
    """Dataset `i` as a document of the background, with its life-cycle gases."""
    return dataset_of(stored, i, gas_table(stored, cache).interventions(i))


def from_store(
    study: Study, joined: Background, names: Iterable[str] | None = None
) -> tuple[Background, tuple[Finding, ...]]:
    """`joined` with the datasets that the study takes from the stored backgrounds it names, and what is wrong there.

    An id that is in `joined` already stands; the stored one is reported.
    """
    library, found, findings = Library(), [], []
    place = Place("study.yaml", 0, "background")
    wanted = set(_texts(study.document))
    wanted |= {taken.dataset for dataset in joined.datasets.values() for taken in dataset.inputs}
    taken: dict[str, str] = {}
    for name in study.backgrounds if names is None else names:
        try:
            stored = library.open(name)
            table: GasTable | None = None
            for id in sorted(wanted):
                i = stored.index_of(id)
                if i is None:
                    continue
                other = joined.id if id in joined else taken.get(id, "")
                if other:
                    findings.append(codes.STORED_TWICE(place, dataset=id, name=name, other=other))
                    continue
                table = table or gas_table(stored, library.cache)
                found.append(dataset_of(stored, i, table.interventions(i)))
                taken[id] = name
        except UnknownBackgroundError as error:
            findings.append(codes.STORED_UNKNOWN(place, name=name, known=", ".join(error.known) or "–"))
        except (UnreadableError, EngineError) as error:
            findings.append(codes.STORED_BROKEN(place, name=name, problem=str(error)))
    return (joined.joined(Background.of("stored", found)) if found else joined), tuple(findings)


def with_stored(study: Study, background: Background, ids: Iterable[str]) -> Background:
    """`background` with those of the datasets `ids` that it lacks and a stored background of the study has.

    What is wrong with the stored backgrounds is not told again.
    """
    lacking = {id for id in ids if id and id not in background}
    if not lacking or not study.backgrounds:
        return background
    found: dict[str, Dataset] = {}
    library = Library()
    for name in study.backgrounds:
        try:
            stored = library.open(name)
            places = {id: i for id in sorted(lacking - set(found)) if (i := stored.index_of(id)) is not None}
            if places:
                table = gas_table(stored, library.cache)
                found |= {id: dataset_of(stored, i, table.interventions(i)) for id, i in places.items()}
        except (UnknownBackgroundError, UnreadableError, EngineError):
            continue
    return background.joined(Background.of("stored", found.values())) if found else background


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
