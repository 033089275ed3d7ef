"""One dataset per product: shares that the file gives, or by mass or price where the user asks for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zuji.background.importers import codes
from zuji.background.importers.records import DatasetRecord, ExchangeRecord, Kind
from zuji.background.importers.units import conversion
from zuji.finding import Finding, Place

TOLERANCE = 2e-3
"""Shares are published as percentages with up to two decimals."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a dataset: `shares[i]` of exchange i is its burden; `missing` says why there are no shares."""

    exchange: ExchangeRecord
    is_reference: bool
    shares: Sequence[float] | None = None
    """None: all of every exchange."""
    missing: str = ""


def products_of(
    record: DatasetRecord, amounts: Sequence[float], method: str, findings: list[Finding]
) -> tuple[Product, ...]:
    """The products of `record` with their shares of its exchanges; `amounts` are those of the exchanges."""
    place = Place(record.file, record.line)
    made = [
        (line, amount)
        for line, amount in zip(record.exchanges, amounts, strict=True)
        if line.kind is Kind.PRODUCT and (amount != 0 or line.flow == record.reference)
    ]
    named = [line for line, _ in made if line.flow == record.reference]
    reference = named[0] if named else made[0][0] if made else None
    if reference is None or not any(amount for line, amount in made if line is reference):
        findings.append(codes.NO_REFERENCE(place, dataset=record.name or record.id))
        return ()
    if len(made) == 1:
        return (Product(reference, True),)
    weights = _weights(record, made, method)
    if weights is None:
        findings.append(codes.NOT_ALLOCATED(place, dataset=record.name or record.id, count=len(made)))
        why = f"{len(made)}个产品且无分配 / {len(made)} products and no allocation"
        return (Product(reference, True, missing=why),)
    found = []
    for line, _ in made:
        shares = [
            (other.shares.get(line.flow, 0.0) if other.shares is not None else weights.get(line.flow, 0.0))
            for other in record.exchanges
        ]
        found.append(Product(line, line is reference, shares))
    bad = _bad_sum(record, found)
    if bad is not None:
        findings.append(codes.BAD_SHARES(place, dataset=record.name or record.id, sum=f"{bad:.6g}"))
        return (Product(reference, True, missing=f"分配份额之和为{bad:.6g} / allocation shares add up to {bad:.6g}"),)
    return tuple(found)


def _bad_sum(record: DatasetRecord, found: Sequence[Product]) -> float | None:
    for i, line in enumerate(record.exchanges):
        if line.kind is not Kind.PRODUCT:
            total = math.fsum(product.shares[i] for product in found if product.shares is not None)
            if not abs(total - 1) <= TOLERANCE:
                return total
    return None


def _weights(
    record: DatasetRecord, made: Sequence[tuple[ExchangeRecord, float]], method: str
) -> Mapping[str, float] | None:
    """The share of each product by its flow key; None when nothing says it."""
    if record.shares is not None:
        return record.shares
    burdens = [line for line in record.exchanges if line.kind is not Kind.PRODUCT]
    if burdens and all(line.shares is not None for line in burdens):
        return {}
    if method not in ("mass", "economic"):
        return None
    values: dict[str, float] = {}
    for line, amount in made:
        each = line.properties.get("price" if method == "economic" else "mass", math.nan)
        if math.isnan(each) and method == "mass":
            each = conversion(line.unit, "kg") or math.nan
        values[line.flow] = values.get(line.flow, 0.0) + amount * each
    total = math.fsum(values.values())
    if not (total > 0 and all(value >= 0 for value in values.values())):
        return None
    return {flow: value / total for flow, value in values.items()}
