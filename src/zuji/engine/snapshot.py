"""A background as an immutable snapshot: its exchanges as columns, with a content digest and a structure digest.

A *product* is a row of the technosphere, an *activity* a column, a *flow* a row of the biosphere. An exchange puts
sign·value into its cell: outputs have sign +1 and inputs sign −1, as in the technosphere matrix A of the field
(A·x = f); emissions and resources have sign +1. Values may be negative (a credit; a waste treatment whose reference
flow is −1). Exchanges of one cell add up.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from scipy import sparse

from zuji.engine.arrays import read_arrays, write_arrays
from zuji.errors import EngineError, UnreadableError

FORMAT = "zuji-snapshot/1"
STRUCTURE = "zuji-structure/1"
Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

UNDEFINED, NONE, LOGNORMAL, NORMAL, UNIFORM, TRIANGULAR = 0, 1, 2, 3, 4, 5
"""Distribution ids are those of stats_arrays, the field's vocabulary (BERNOULLI 6 … BETA_PERT 13)."""

COLUMNS: Mapping[str, str] = {
    "uid": "<i8",
    "row": "<i4",
    "column": "<i4",
    "value": "<f8",
    "sign": "<i1",
    "production": "|b1",
    "distribution": "|u1",
    "loc": "<f8",
    "scale": "<f8",
    "shape": "<f8",
    "minimum": "<f8",
    "maximum": "<f8",
    "source": "<i4",
}
"""Name → dtype of every column, in the order in which they are digested."""
PARAMETERS = ("loc", "scale", "shape", "minimum", "maximum")


class Texts(Sequence[str]):
    """An immutable list of texts as one UTF-8 blob and its offsets: it opens at once, and decodes what is asked for."""

    def __init__(self, blob: Array, offsets: Array) -> None:
        self.blob = blob
        self.offsets = offsets

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """The same texts, packed."""
        if isinstance(texts, Texts):
            return texts
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(encoded) + 1, dtype="<i8")
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __getitem__(self, key: int | slice) -> str | list[str]:
        if isinstance(key, slice):
            return [self[i] for i in range(*key.indices(len(self)))]
        i = int(key) + (len(self) if key < 0 else 0)
        if not 0 <= i < len(self):
            raise IndexError(key)
        return bytes(self.blob[self.offsets[i] : self.offsets[i + 1]]).decode()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[str]:
        data = bytes(self.blob)
        offsets = self.offsets.tolist()
        return (data[a:b].decode() for a, b in itertools.pairwise(offsets))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Text → its first position."""
        found: dict[str, int] = {}
        for i, text in enumerate(self):
            found.setdefault(text, i)
        return found

    @cached_property
    def codes(self) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
        """Position of each text in the sorted list of different ones, and that list: for sums over groups."""
        names = tuple(sorted(self.places))
        number = {name: i for i, name in enumerate(names)}
        return np.fromiter((number[text] for text in self), np.intp, len(self)), names


@dataclass(frozen=True, eq=False)
class Exchanges:
    """One block of exchanges as read-only columns of equal length, sorted by (column, row, uid)."""

    uid: Array
    """int64: stable key of the exchange, unique in the snapshot, ≥ 0; random draws are keyed by it."""
    row: Array
    """int32: product (technosphere) or flow (biosphere)."""
    column: Array
    """int32: activity."""
    value: Array
    """float64: amount per run of the activity [unit of the row]; finite, may be negative."""
    sign: Array
    """int8: +1 output (or emission), -1 input."""
    production: Array
    """bool: a reference flow of its activity; all False where the source names none (it is then matched)."""
    distribution: Array
    """uint8: id of stats_arrays; 0 and 1 mean certain."""
    loc: Array
    """float64, NaN where not given, as the next four: the parameters as stats_arrays defines them, of |value| for a
    lognormal (ln of its median) with the sign taken from `value`."""
    scale: Array
    shape: Array
    minimum: Array
    maximum: Array
    source: Array
    """int32: index into `Snapshot.sources`, -1 for none."""

    def __len__(self) -> int:
        return len(self.uid)

    @property
    def signed(self) -> Floats:
        """sign·value: what stands in the matrix [unit of the row per run]."""
        return np.asarray(self.sign * self.value, dtype=np.float64)

    @cached_property
    def uncertain(self) -> npt.NDArray[np.bool_]:
        """Which exchanges have a distribution (id ≥ 2)."""
        return np.asarray(self.distribution > NONE)


def exchanges(
    *,
    row: npt.ArrayLike,
    column: npt.ArrayLike,
    value: npt.ArrayLike,
    sign: npt.ArrayLike = 1,
    **columns: npt.ArrayLike,
) -> Exchanges:
    """A block of exchanges in the order given; columns left out get their neutral value, `uid` a running number.

    `Snapshot.build` sorts it. Raises EngineError for an unknown column or columns of unequal length.
    """
    n = len(np.atleast_1d(np.asarray(value)))
    neutral: dict[str, Any] = dict.fromkeys(PARAMETERS, np.nan)
    neutral |= {"uid": np.arange(n), "production": False, "distribution": UNDEFINED, "source": -1}
    given: dict[str, Any] = neutral | columns | {"row": row, "column": column, "value": value, "sign": sign}
    unknown = sorted(set(given) - set(COLUMNS))
    if unknown:
        raise EngineError(f"an exchange has no column {unknown[0]}", unknown)
    try:
        made = {name: np.broadcast_to(np.asarray(given[name], dtype=dtype), (n,)) for name, dtype in COLUMNS.items()}
    except ValueError as error:
        raise EngineError(f"the columns of the exchanges are of unequal length: {error}") from error
    return Exchanges(**made)


def uids(keys: Sequence[str]) -> npt.NDArray[np.int64]:
    """Stable uids: the first 63 bits of the SHA-256 of each key, the same on any machine and in any order."""
    hashed = b"".join(hashlib.sha256(key.encode()).digest()[:8] for key in keys)
    return (np.frombuffer(hashed, ">u8") >> np.uint64(1)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One background: activities × products × flows, with every exchange; made by `build` or `load`."""

    activities: Texts
    products: Texts
    flows: Texts
    sources: Texts
    technosphere: Exchanges
    biosphere: Exchanges
    digest: str
    """`sha256:…` over everything (see `_digest`)."""
    structure: str
    """`sha256:…` over what a plan depends on: which cells the technosphere has, not what stands in them."""
    activity_labels: Mapping[str, Texts] = field(default_factory=dict)
    """Label column → one text per activity, for example name, name_zh, location, unit, source, stage, plant."""
    flow_labels: Mapping[str, Texts] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        *,
        activities: Sequence[str],
        products: Sequence[str] | None = None,
        flows: Sequence[str],
        technosphere: Exchanges,
        biosphere: Exchanges,
        sources: Sequence[str] = (),
        activity_labels: Mapping[str, Sequence[str]] | None = None,
        flow_labels: Mapping[str, Sequence[str]] | None = None,
    ) -> Snapshot:
        """The snapshot of these exchanges, in whatever order they come; without `products` row i is made by activity i.

        Raises EngineError naming the first exchange for an index out of range, a value that is not finite, a sign that
        is not ±1, a uid used twice, ids that are not unique, or labels of another length.
        """
        ids = Texts.of(activities)
        rows = ids if products is None else Texts.of(products)
        emitted = Texts.of(flows)
        references = Texts.of(sources)
        _unique("activity", ids)
        if rows is not ids:
            _unique("product", rows)
        _unique("flow", emitted)
        blocks = []
        for kind, block, count in (("technosphere", technosphere, rows), ("biosphere", biosphere, emitted)):
            _check(kind, block, count, ids, references)
            blocks.append(_sorted(block))
        keys = np.sort(np.concatenate([blocks[0].uid, blocks[1].uid]))
        twice = keys[:-1][keys[:-1] == keys[1:]]
        if len(twice):
            raise EngineError(f"the uid {twice[0]} is used by two exchanges", [str(twice[0])])
        labels = _labels("activity", activity_labels or {}, len(ids))
        emitted_labels = _labels("flow", flow_labels or {}, len(emitted))
        return cls(
            activities=ids,
            products=rows,
            flows=emitted,
            sources=references,
            technosphere=blocks[0],
            biosphere=blocks[1],
            digest=_digest((ids, rows, emitted, references), blocks, labels, emitted_labels),
            structure=_structure(len(ids), len(rows), blocks[0]),
            activity_labels=labels,
            flow_labels=emitted_labels,
        )

    @property
    def square(self) -> bool:
        """Whether there are as many products as activities."""
        return len(self.activities) == len(self.products)

    @cached_property
    def technosphere_matrix(self) -> sparse.csc_array:
        """A, shape (products, activities) [unit of the product per run]."""
        return _matrix(self.technosphere, len(self.products), len(self.activities))

    @cached_property
    def biosphere_matrix(self) -> sparse.csc_array:
        """B, shape (flows, activities) [unit of the flow per run]."""
        return _matrix(self.biosphere, len(self.flows), len(self.activities))

    def save(self, path: Path) -> None:
        """Write the snapshot as one memory-mappable .npz, atomically; equal snapshots give equal files."""
        arrays: dict[str, Array] = {}
        for name, block in (("technosphere", self.technosphere), ("biosphere", self.biosphere)):
            arrays |= {f"{name}/{column}": getattr(block, column) for column in COLUMNS}
        texts = {"activities": self.activities, "flows": self.flows, "sources": self.sources}
        if self.products is not self.activities:
            texts["products"] = self.products
        texts |= {f"activity_labels/{name}": column for name, column in self.activity_labels.items()}
        texts |= {f"flow_labels/{name}": column for name, column in self.flow_labels.items()}
        for name, column in texts.items():
            arrays |= {f"{name}.blob": column.blob, f"{name}.offsets": column.offsets}
        meta = {"format": FORMAT, "digest": self.digest, "structure": self.structure}
        write_arrays(path, meta, arrays)

    @classmethod
    def load(cls, path: Path, *, verify: bool = False) -> Snapshot:
        """The snapshot in `path` as memory maps, at once whatever its size.

        With `verify` every byte is read and both digests are computed again. Raises UnreadableError for a file that is
        not a snapshot, is damaged, or whose digests do not fit.
        """
        meta, arrays = read_arrays(path, verify=verify)
        if meta.get("format") != FORMAT:
            raise UnreadableError(f"{path} is not a snapshot ({FORMAT})")
        try:
            blocks = [
                Exchanges(**{column: arrays[f"{name}/{column}"] for column in COLUMNS})
                for name in ("technosphere", "biosphere")
            ]
            ids = _stored("activities", arrays)
            found = cls(
                activities=ids,
                products=_stored("products", arrays) if "products.offsets" in arrays else ids,
                flows=_stored("flows", arrays),
                sources=_stored("sources", arrays),
                technosphere=blocks[0],
                biosphere=blocks[1],
                digest=str(meta["digest"]),
                structure=str(meta["structure"]),
                activity_labels=_stored_labels("activity_labels/", arrays),
                flow_labels=_stored_labels("flow_labels/", arrays),
            )
        except KeyError as error:
            raise UnreadableError(f"{path}: the column {error} is missing") from error
        if verify:
            found.check_digests(str(path))
        return found

    def check_digests(self, where: str = "snapshot") -> None:
        """Raise UnreadableError unless both digests are those of the content."""
        texts = (self.activities, self.products, self.flows, self.sources)
        blocks = (self.technosphere, self.biosphere)
        if _digest(texts, blocks, self.activity_labels, self.flow_labels) != self.digest:
            raise UnreadableError(f"{where}: the digest does not fit the content")
        if _structure(len(self.activities), len(self.products), self.technosphere) != self.structure:
            raise UnreadableError(f"{where}: the structure digest does not fit the content")


def _unique(kind: str, ids: Texts) -> None:
    if len(ids.places) == len(ids):
        return
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise EngineError(f"the {kind} {id} is there twice", [id])
        seen.add(id)


def _check(kind: str, block: Exchanges, rows: Texts, activities: Texts, sources: Texts) -> None:
    def refuse(wrong: Array, what: str) -> None:
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            column = int(block.column[i])
            culprits = [activities[column]] if 0 <= column < len(activities) else []
            raise EngineError(f"{kind} exchange {i} (uid {block.uid[i]}) {what}", culprits)

    refuse((block.column < 0) | (block.column >= len(activities)), "belongs to an activity that is not there")
    refuse((block.row < 0) | (block.row >= len(rows)), "names a row that is not there")
    refuse(~np.isfinite(block.value), "has a value that is not a finite number")
    refuse((block.sign != 1) & (block.sign != -1), "has a sign other than +1 and -1")
    refuse(block.uid < 0, "has a negative uid")
    refuse((block.source < -1) | (block.source >= len(sources)), "names a source that is not there")


def _sorted(block: Exchanges) -> Exchanges:
    cell = block.column.astype(np.int64) << 32 | block.row.astype(np.int64)
    step = np.diff(cell)
    if (step < 0).any() or ((step == 0) & (np.diff(block.uid) < 0)).any():
        order = np.lexsort((block.uid, cell))
        made = {f.name: getattr(block, f.name)[order] for f in fields(block)}
    else:
        made = {f.name: np.array(getattr(block, f.name)) for f in fields(block)}
    for name, column in made.items():
        if name in PARAMETERS:
            column[np.isnan(column)] = np.nan  # one bit pattern, so that equal columns have equal digests
        column.flags.writeable = False
    return Exchanges(**made)


def _labels(kind: str, labels: Mapping[str, Sequence[str]], count: int) -> dict[str, Texts]:
    for name, column in labels.items():
        if len(column) != count:
            raise EngineError(f"the {kind} label {name} has {len(column)} texts for {count}", [name])
    return {name: Texts.of(labels[name]) for name in sorted(labels)}


def _stored(name: str, arrays: Mapping[str, Array]) -> Texts:
    return Texts(arrays[f"{name}.blob"], arrays[f"{name}.offsets"])


def _stored_labels(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Texts]:
    names = sorted(n[len(prefix) : -len(".offsets")] for n in arrays if n.startswith(prefix) and n.endswith(".offsets"))
    return {name: _stored(prefix + name, arrays) for name in names}


def _matrix(block: Exchanges, rows: int, columns: int) -> sparse.csc_array:
    matrix = sparse.csc_array((block.signed, (block.row, block.column)), shape=(rows, columns))
    matrix.sum_duplicates()
    return matrix


def _update(digest: Any, name: str, array: Array) -> None:
    # The layout of a digest: one text line `name dtype length`, then the little-endian bytes of the array, C order.
    array = np.ascontiguousarray(array)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    digest.update(f"{name} {array.dtype.str} {array.size}\n".encode())
    digest.update(array.reshape(-1).view(np.uint8).data)


def _digest(
    lists: Sequence[Texts],
    blocks: Sequence[Exchanges],
    activity_labels: Mapping[str, Texts],
    flow_labels: Mapping[str, Texts],
) -> str:
    """SHA-256 over the line `zuji-snapshot/1`, then each array as in `_update`: the texts (blob, offsets) of
    activities, products, flows and sources, the columns of technosphere and biosphere in the order of `COLUMNS`, and
    the labels of activities and flows by name."""
    digest = hashlib.sha256(f"{FORMAT}\n".encode())
    for name, texts in zip(("activities", "products", "flows", "sources"), lists, strict=True):
        _update(digest, f"{name}.blob", texts.blob)
        _update(digest, f"{name}.offsets", texts.offsets)
    for name, block in zip(("technosphere", "biosphere"), blocks, strict=True):
        for column in COLUMNS:
            _update(digest, f"{name}/{column}", getattr(block, column))
    labelled = {f"activity_labels/{name}": activity_labels[name] for name in sorted(activity_labels)}
    labelled |= {f"flow_labels/{name}": flow_labels[name] for name in sorted(flow_labels)}
    for name, labels in labelled.items():
        _update(digest, f"{name}.blob", labels.blob)
        _update(digest, f"{name}.offsets", labels.offsets)
    return "sha256:" + digest.hexdigest()


def _structure(activities: int, products: int, technosphere: Exchanges) -> str:
    """SHA-256 over the line `zuji-structure/1 activities products`, then row, column, sign and production of the
    technosphere as in `_update`."""
    digest = hashlib.sha256(f"{STRUCTURE} {activities} {products}\n".encode())
    for column in ("row", "column", "sign", "production"):
        _update(digest, column, getattr(technosphere, column))
    return "sha256:" + digest.hexdigest()
