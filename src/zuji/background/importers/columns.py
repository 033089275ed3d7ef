"""Datasets as columns of arrays: small to hand from process to process, quick to put together and to link."""

from __future__ import annotations

import hashlib
import math
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.background.importers import codes
from zuji.background.importers.allocation import Product, products_of
from zuji.background.importers.formula import Scope
from zuji.background.importers.options import Options
from zuji.background.importers.records import (
    Batch,
    DatasetRecord,
    Distribution,
    ExchangeRecord,
    FlowRecord,
    Kind,
    MethodRecord,
    ParameterRecord,
)
from zuji.errors import FormulaError
from zuji.finding import Finding, Place

LARGEST = 1e30
"""The largest amount that is believed; the mass of the Earth is 6e24 kg."""
DIFFERENCE = 1e-6
"""Relative difference between a stated amount and its formula that is reported; files print about seven digits."""
KEPT = 10_000
"""Findings of one code that are kept; the rest is counted."""

Array = npt.NDArray[Any]


@dataclass(slots=True)
class Head:
    """What is known of one stored dataset beside its exchanges."""

    id: str
    name: str
    name_zh: str
    product: str
    """Flow key of the product."""
    unit: str
    output: float
    treats: bool
    negative: bool
    """Whether the file states the output as a negative amount (waste that is taken in)."""
    geography: str = ""
    year: str = ""
    technology: str = ""
    system_model: str = ""
    boundary: str = ""
    category: str = ""
    citation: str = ""
    licence: str = ""
    notes: str = ""
    missing: str = ""
    terminated: bool = False
    keys: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


class Texts:
    """Texts by number, each once, in the order of their first use."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.index.setdefault(text, len(self.index))

    def list(self) -> list[str]:
        return list(self.index)


FIELDS = {
    "dataset": np.int32, "kind": np.uint8, "flow": np.int32, "provider": np.int32, "location": np.int32,
    "unit": np.int32,
    "amount": np.float64, "line": np.int32, "unc": np.uint8, "loc": np.float64, "scale": np.float64,
    "low": np.float64, "high": np.float64, "formula": np.int32,
}  # fmt: skip
_TYPECODES = {np.int32: "i", np.uint8: "B", np.float64: "d"}


@dataclass(slots=True)
class Chunk:
    """Part of a database as columns; numbers in `flow`, `provider`, `location`, `unit`, `formula` index the texts."""

    heads: list[Head] = field(default_factory=list)
    rows: dict[str, Array] = field(default_factory=dict)
    flow_keys: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    flows: dict[str, FlowRecord] = field(default_factory=dict)
    methods: list[MethodRecord] = field(default_factory=list)
    parameters: list[tuple[int, ParameterRecord]] = field(default_factory=list)
    """(dataset, or -1 for the whole database; parameter)"""
    findings: list[Finding] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    unchecked: list[tuple[str, str]] = field(default_factory=list)
    """(formula, problem) of formulas beside a stated amount that could not be evaluated."""
    records: int = 0


class Builder:
    """Takes batches, gives one chunk: formulas are evaluated, amounts checked, products allocated."""

    def __init__(self, options: Options, shared_parameters: Iterable[ParameterRecord] = ()) -> None:
        self.options = options
        self.chunk = Chunk()
        self._flow, self._text = Texts(), Texts()
        self._columns: dict[str, array[Any]] = {name: array(_TYPECODES[kind]) for name, kind in FIELDS.items()}
        self._text("")
        self._outer = Scope({p.name: (p.amount, p.formula) for p in shared_parameters})

    def add(self, batch: Batch) -> None:
        """Add everything of one batch."""
        chunk = self.chunk
        if batch.parameters:
            named = {p.name: (p.amount, p.formula) for p in batch.parameters}
            self._outer = Scope(named, self._outer)
            chunk.parameters += [(-1, p) for p in batch.parameters]
        chunk.findings += batch.findings
        for feature, count in batch.ignored.items():
            chunk.ignored[feature] = chunk.ignored.get(feature, 0) + count
        for key, flow in batch.flows.items():
            chunk.flows.setdefault(key, flow)
        chunk.methods += batch.methods
        for record in batch.datasets:
            self._add(record)

    def finish(self) -> Chunk:
        """The chunk of everything that was added."""
        chunk = self.chunk
        chunk.rows = {name: np.frombuffer(values, dtype=FIELDS[name]).copy() for name, values in self._columns.items()}
        chunk.flow_keys, chunk.texts = self._flow.list(), self._text.list()
        return chunk

    def _add(self, record: DatasetRecord) -> None:
        self.chunk.records += 1
        scope = Scope(_named(record), self._outer) if record.parameters or _has_formulas(record) else None
        amounts, missing = self._amounts(record, scope)
        products = products_of(record, amounts, self.options.allocation, self.chunk.findings)
        first = len(self.chunk.heads)
        for product in products:
            self._add_product(record, amounts, product, len(products) > 1, missing or product.missing)
        if len(self.chunk.heads) > first:
            self.chunk.parameters += [(first, parameter) for parameter in record.parameters]

    def _amounts(self, record: DatasetRecord, scope: Scope | None) -> tuple[list[float], str]:
        amounts: list[float] = []
        missing = ""
        for line in record.exchanges:
            amount = line.amount
            place = Place(record.file, line.line or record.line)
            name = record.name or record.id
            if line.formula and scope is not None and (record.formulas_hold or math.isnan(amount)):
                amount = self._evaluated(line, scope, place, name)
            if math.isnan(amount):
                missing = missing or f"the amount of {line.flow} is not a number"
                if not line.formula:
                    self._say(codes.BAD_AMOUNT(place, dataset=name, value=line.amount, flow=self._shown(line.flow)))
                amount = 0.0 if line.kind is not Kind.PRODUCT else 1.0
            elif abs(amount) > LARGEST:
                missing = missing or f"the amount of {line.flow} is {amount:g}"
                self._say(codes.HUGE_AMOUNT(place, dataset=name, value=f"{amount:g}", flow=self._shown(line.flow)))
                amount = 0.0 if line.kind is not Kind.PRODUCT else 1.0
            amounts.append(amount)
        return amounts, missing

    def _evaluated(self, line: ExchangeRecord, scope: Scope, place: Place, name: str) -> float:
        try:
            found = scope.evaluate(line.formula)
        except FormulaError as error:
            if math.isnan(line.amount):
                problem = str(error)[:200]
                self._say(codes.BAD_FORMULA(place, dataset=name, formula=line.formula[:80], problem=problem))
            elif len(self.chunk.unchecked) < KEPT:
                self.chunk.unchecked.append((line.formula[:80], str(error)[:200]))
            return line.amount
        if math.isnan(line.amount):
            return found
        if abs(found - line.amount) > DIFFERENCE * max(abs(found), abs(line.amount)):
            given, calculated = f"{line.amount:.6g}", f"{found:.6g}"
            self._say(
                codes.FORMULA_DIFFERS(place, dataset=name, formula=line.formula[:80], found=calculated, stated=given)
            )
        return line.amount

    def _shown(self, flow: str) -> str:
        known = self.chunk.flows.get(flow)
        return (known.name if known else "") or flow

    def _say(self, finding: Finding) -> None:
        self.chunk.findings.append(finding)

    def _add_product(
        self, record: DatasetRecord, amounts: list[float], product: Product, several: bool, missing: str
    ) -> None:
        line = product.exchange
        output = amounts[next(i for i, other in enumerate(record.exchanges) if other is line)]
        raw = record.id if product.is_reference else f"{record.id}_{line.flow}"
        keys = [raw, *(f"{key}|{line.flow}" for key in (record.id, *record.provider_keys))]
        keys += list(record.provider_keys) if product.is_reference else []
        index = len(self.chunk.heads)
        self.chunk.heads.append(
            Head(
                id=study_id(raw),
                name=record.name,
                name_zh=record.name_zh,
                product=line.flow,
                unit=line.unit,
                output=abs(output),
                treats=line.treats or output < 0,
                negative=output < 0,
                geography=record.geography,
                year=record.year,
                technology=record.technology,
                system_model=record.system_model,
                boundary=record.boundary,
                category=record.category,
                citation=record.citation,
                licence=record.licence,
                notes=record.notes,
                missing=missing,
                terminated=record.terminated,
                keys=tuple(keys),
                file=record.file,
                line=record.line,
            )
        )
        for i, other in enumerate(record.exchanges):
            share = 1.0 if product.shares is None else product.shares[i]
            if other.kind is not Kind.PRODUCT and amounts[i] * share != 0:
                self._row(index, other, amounts[i], share)

    def _row(self, dataset: int, line: ExchangeRecord, amount: float, share: float) -> None:
        columns = self._columns
        columns["dataset"].append(dataset)
        columns["kind"].append(line.kind)
        columns["flow"].append(self._flow(line.flow))
        columns["provider"].append(self._text(line.provider))
        columns["location"].append(self._text(line.location))
        columns["unit"].append(self._text(line.unit))
        columns["amount"].append(amount * share)
        columns["line"].append(min(line.line, 2**31 - 1))
        columns["formula"].append(self._text(line.formula))
        given = line.uncertainty
        if given is None:
            columns["unc"].append(0)
            for name in ("loc", "scale", "low", "high"):
                columns[name].append(math.nan)
            return
        columns["unc"].append(given.kind)
        logarithmic = given.kind == Distribution.LOGNORMAL
        shifted = given.loc + math.log(share) if logarithmic and share > 0 else given.loc * share
        columns["loc"].append(given.loc if given.kind == Distribution.GAMMA else shifted)
        columns["scale"].append(given.scale if logarithmic else given.scale * share)
        columns["low"].append(given.minimum * share)
        columns["high"].append(given.maximum * share)


def study_id(text: str) -> str:
    """`text` as an id that a study can write: other characters become '-', and a digest keeps such ids apart."""
    if re.fullmatch(r"[\w.:/-]{1,160}", text):
        return text
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()
    plain = re.sub(r"[^\w.:/]+", "-", text)[:120].strip("-")
    return f"{plain}-{digest}"


def _has_formulas(record: DatasetRecord) -> bool:
    return any(line.formula for line in record.exchanges)


def _named(record: DatasetRecord) -> dict[str, tuple[float, str]]:
    named = {p.name: (p.amount, p.formula) for p in record.parameters}
    for line in record.exchanges:
        if line.variable:
            named.setdefault(line.variable, (line.amount, line.formula))
    return named


def merged(chunks: Iterable[Chunk]) -> Chunk:
    """All chunks as one, in their order."""
    whole = Chunk()
    flow, text = Texts(), Texts()
    parts: dict[str, list[Array]] = {name: [] for name in FIELDS}
    for chunk in chunks:
        offset = len(whole.heads)
        flows = np.array([flow(key) for key in chunk.flow_keys], dtype=np.int32)
        texts = np.array([text(words) for words in chunk.texts], dtype=np.int32)
        for name, values in chunk.rows.items():
            if name == "dataset":
                values = values + np.int32(offset)
            elif name == "flow":
                values = flows[values] if len(values) else values
            elif name in ("provider", "location", "unit", "formula"):
                values = texts[values] if len(values) else values
            parts[name].append(values)
        whole.heads += chunk.heads
        for key, record in chunk.flows.items():
            whole.flows.setdefault(key, record)
        whole.methods += chunk.methods
        whole.parameters += [(i if i < 0 else i + offset, parameter) for i, parameter in chunk.parameters]
        whole.findings += chunk.findings
        whole.unchecked += chunk.unchecked
        for feature, count in chunk.ignored.items():
            whole.ignored[feature] = whole.ignored.get(feature, 0) + count
        whole.records += chunk.records
    whole.rows = {
        name: np.concatenate(values) if values else np.empty(0, FIELDS[name]) for name, values in parts.items()
    }
    whole.flow_keys, whole.texts = flow.list(), text.list()
    return whole


def without(chunk: Chunk, dropped: set[int]) -> Chunk:
    """The chunk without some of its datasets."""
    if not dropped:
        return chunk
    kept = np.array([i not in dropped for i in range(len(chunk.heads))])
    number = np.cumsum(kept, dtype=np.int32) - 1
    stays = kept[chunk.rows["dataset"]]
    rows = {name: values[stays] for name, values in chunk.rows.items()}
    rows["dataset"] = number[rows["dataset"]].astype(np.int32)
    heads = [head for i, head in enumerate(chunk.heads) if i not in dropped]
    parameters = [(i if i < 0 else int(number[i]), p) for i, p in chunk.parameters if i < 0 or i not in dropped]
    return replace(chunk, heads=heads, rows=rows, parameters=parameters)
