"""The energy balance of a grid, period by period: what was generated, sent, received, stored, taken.

All energies in MWh per period, float64, never negative; NaN is a value that is missing. Shapes: T periods, N zones,
S generators, L links (one per direction), P stores, G gases.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from zuji.canonical import digest
from zuji.electricity.trace.labels import Integers, Labels

Array = NDArray[np.float64]
SERIES = ("generation", "sent", "received", "charge", "discharge", "load")


@dataclass(frozen=True, slots=True)
class Document:
    """A file that a balance was read from: who published it, where, when it was fetched, its digest and licence."""

    file: str
    sha256: str = ""
    publisher: str = ""
    url: str = ""
    retrieved: str = ""
    licence: str = ""
    redistribute: str = "unclear"
    """yes | yes-share-alike | no | unclear"""


@dataclass(frozen=True, eq=False)
class Origins:
    """Where each cell of a series was read: document and first line, 0 where nobody read it; shapes of the series."""

    file: NDArray[np.int16]
    line: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Balance:
    """The arrays of one grid with their labels; `trace` takes it as it is, `check_balance` says what is wrong with it.

    `hours` (T,) are the starts in whole hours since 1970-01-01T00Z, ascending; each period lasts `step` hours.
    `generation` (T,S), `sent` and `received` (T,L), `charge` and `discharge` (T,P), `load` (T,N) or None [MWh];
    `factors` (S,G) [kg/MWh generated], `factor_sd` (S,G) relative standard deviation or None.
    Raises ValueError where a shape does not fit the labels.
    """

    labels: Labels
    hours: Integers
    generation: Array
    factors: Array
    sent: Array = field(default_factory=lambda: np.zeros((0, 0)))
    received: Array = field(default_factory=lambda: np.zeros((0, 0)))
    charge: Array = field(default_factory=lambda: np.zeros((0, 0)))
    discharge: Array = field(default_factory=lambda: np.zeros((0, 0)))
    load: Array | None = None
    factor_sd: Array | None = None
    step: int = 1
    id: str = ""
    time_zone: str = "UTC"
    synthetic: bool = False
    documents: tuple[Document, ...] = ()
    origins: dict[str, Origins] = field(default_factory=dict)
    raw: dict[str, Array] = field(default_factory=dict)
    """The series as published, by name, where a reconciliation changed them."""

    def __post_init__(self) -> None:
        t, labels = len(self.hours), self.labels
        n, s, links, p, g = (
            len(x) for x in (labels.zones, labels.generators, labels.links, labels.stores, labels.gases)
        )
        for name, width in (("sent", links), ("received", links), ("charge", p), ("discharge", p)):
            if getattr(self, name).size == 0 and width == 0:
                object.__setattr__(self, name, np.zeros((t, 0)))
        wanted = {
            "generation": (t, s), "sent": (t, links), "received": (t, links), "charge": (t, p), "discharge": (t, p),
            "factors": (s, g), "load": (t, n), "factor_sd": (s, g),
        }  # fmt: skip
        for name, shape in wanted.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise ValueError(f"{name} has the shape {array.shape}, its labels ask for {shape}")
        if t and not (np.diff(self.hours) > 0).all():
            raise ValueError("hours must ascend")

    @cached_property
    def _by_zone(self) -> Any:
        columns = np.arange(len(self.labels.generators))
        shape = (len(self.labels.generators), len(self.labels.zones))
        return sp.csr_array((np.ones(len(columns)), (columns, self.labels.generator_zone)), shape=shape)

    def zone_generation(self, part: slice = slice(None)) -> Array:
        """Generation by zone, (t,N) [MWh]."""
        return self._zone_sums(self.generation[part])

    def _zone_sums(self, values: Array) -> Array:
        """Generators' `values` (t,S) summed by zone, (t,N)."""
        zone, n = self.labels.generator_zone, len(self.labels.zones)
        if len(zone) and (np.diff(zone) >= 0).all():
            starts = np.flatnonzero(np.diff(zone, prepend=-1))
            if len(starts) == n:
                return np.add.reduceat(values, starts, axis=1)
            out = np.zeros((len(values), n))
            out[:, zone[starts]] = np.add.reduceat(values, starts, axis=1)
            return out
        return np.ascontiguousarray((self._by_zone.T @ values.T).T)

    def zone_technology(self, part: slice = slice(None)) -> Array:
        """Generation by zone and technology, (t,N,K) [MWh]."""
        labels = self.labels
        k = max(len(labels.technologies), 1)
        columns = np.arange(len(labels.generators))
        cell = labels.generator_zone * k + labels.generator_technology
        place = sp.csr_array((np.ones(len(columns)), (cell, columns)), shape=(len(labels.zones) * k, len(columns)))
        table = place @ self.generation[part].T
        return np.ascontiguousarray(table.T).reshape(-1, len(labels.zones), k)

    def emissions(self, part: slice = slice(None)) -> Array:
        """What the generation of each zone emitted, (t,N,G) [kg]."""
        n, g = len(self.labels.zones), len(self.labels.gases)
        if g <= 2:  # a sum per gas beats one sparse product
            made = [self._zone_sums(self.generation[part] * self.factors[:, i]) for i in range(g)]
            return np.stack(made, axis=2) if made else np.zeros((len(self.hours[part]), n, 0))
        rows = (self.labels.generator_zone[:, None] * g + np.arange(g)[None, :]).ravel()
        columns = np.repeat(np.arange(len(self.labels.generators)), g)
        weight = sp.csr_array((self.factors.ravel(), (rows, columns)), shape=(n * g, len(self.labels.generators)))
        return np.ascontiguousarray((weight @ self.generation[part].T).T).reshape(-1, n, g)

    @cached_property
    def digest(self) -> str:
        """`sha256:` and the digest of labels, periods and every value; places and file names do not count."""
        arrays = {name: sha256_of(value) for name, value in self.arrays().items()}
        documents = sorted(document.sha256 for document in self.documents if document.sha256)
        head = {"id": self.id, "step": self.step, "time_zone": self.time_zone, "synthetic": self.synthetic}
        return digest({**head, "labels": self.labels.as_dict(), "arrays": arrays, "documents": documents})

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array by name, raw series as `raw.NAME`; what is not there is left out."""
        names = ("hours", *SERIES, "factors", "factor_sd")
        found = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return found | {f"raw.{name}": self.raw[name] for name in sorted(self.raw)}


def sha256_of(array: NDArray[Any]) -> str:
    """The SHA-256 of shape, type and values of an array; the two zeros count as one, and so do all NaN."""
    plain = np.ascontiguousarray(array)
    if plain.dtype.kind == "f":
        plain = np.where(np.isnan(plain), np.nan, plain + 0.0)
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    head = f"{plain.dtype.str} {plain.shape}".encode()
    return hashlib.sha256(head + plain.tobytes()).hexdigest()
