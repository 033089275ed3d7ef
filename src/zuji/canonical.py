"""Canonical JSON (RFC 8785) and digests: the same document gives the same bytes on any machine."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

import rfc8785

from zuji.finding import Place
from zuji.quantity import Unit


def plain(value: object) -> Any:
    """`value` as JSON types: dataclasses as mappings without places, empty and default-None fields left out.

    Raises ValueError for a number that is not finite: it has no canonical form.
    """
    if isinstance(value, Unit):
        return value.symbol
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name != "place"}
        return {key: v for key, v in shown.items() if v not in (None, "", [], {})}
    if isinstance(value, Mapping):
        return {str(key): plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value if not isinstance(v, Place)]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(v) for v in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no canonical form")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, int) and abs(value) >= 2**53:
        return _large(value)
    return value


def _large(value: int) -> float:
    # A float of this size is written without a point, in its shortest digits, and so reads back as an integer.
    number = float(value) if abs(value) < 2**1023 else math.inf
    if number != value and (math.isinf(number) or int(Decimal(repr(number))) != value):
        raise ValueError(f"{value} has no canonical form")
    return number


def canonical_bytes(value: object) -> bytes:
    """The RFC 8785 form of `value`, UTF-8."""
    return rfc8785.dumps(plain(value))


def digest(value: object) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the canonical form."""
    return "sha256:" + hashlib.sha256(canonical_bytes(value)).hexdigest()
