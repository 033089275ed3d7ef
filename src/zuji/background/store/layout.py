"""What lies in the folder of a stored background: arrays by name, tables by name, one manifest."""

from __future__ import annotations

FORMAT = 1
MANIFEST, TABLES = "manifest.json", "tables.sqlite"

ARRAYS: dict[str, str] = {
    "output": "<f8", "incomplete": "|u1",
    "tech_consumer": "<i4", "tech_provider": "<i4", "tech_amount": "<f8", "tech_line": "<i4",
    "bio_dataset": "<i4", "bio_flow": "<i4", "bio_amount": "<f8", "bio_line": "<i4",
    "tech_unc_row": "<i4", "tech_unc_kind": "|u1", "tech_unc_loc": "<f8", "tech_unc_scale": "<f8",
    "tech_unc_low": "<f8",
    "tech_unc_high": "<f8",
    "bio_unc_row": "<i4", "bio_unc_kind": "|u1", "bio_unc_loc": "<f8", "bio_unc_scale": "<f8", "bio_unc_low": "<f8",
    "bio_unc_high": "<f8",
    "factor_method": "<i4", "factor_flow": "<i4", "factor_amount": "<f8",
}  # fmt: skip
"""Array → dtype, little-endian on every machine. All are one-dimensional.

`output` [unit of the product] and `incomplete` (1: something upstream is not linked or not known) are by dataset;
`tech_amount` [unit of the provider's product] is what one run of `tech_consumer` takes from `tech_provider`, positive
for
taken; `bio_amount` [unit of the flow] is what one run emits (or takes,
for a resource); `*_unc_row` numbers the row that
the distribution belongs to (kinds as in stats_arrays); `factor_amount` [indicator unit per unit of flow].
"""

SCHEMA: dict[str, tuple[str, ...]] = {
    "dataset": (
        "i INTEGER PRIMARY KEY", "id TEXT UNIQUE", "name TEXT", "name_zh TEXT", "product TEXT", "product_key TEXT",
        "unit TEXT",
        "study_unit TEXT", "treats INTEGER", "negative INTEGER", "geography TEXT", "year TEXT", "technology TEXT",
        "system_model TEXT", "boundary TEXT", "category TEXT", "citation TEXT", "licence TEXT", "notes TEXT",
        "missing TEXT", "file TEXT", "line INTEGER",
    ),
    "flow": (
        "i INTEGER PRIMARY KEY", "key TEXT", "name TEXT", "name_zh TEXT", "unit TEXT", "compartment TEXT",
        "subcompartment TEXT", "cas TEXT", "formula TEXT", "gas TEXT", "origin TEXT", "factor REAL", "known_by TEXT",
    ),
    "method": ("i INTEGER PRIMARY KEY", "id TEXT", "method TEXT", "category TEXT", "unit TEXT"),
    "parameter": ("i INTEGER PRIMARY KEY", "dataset INTEGER", "name TEXT", "amount REAL", "formula TEXT", "unit TEXT"),
    "formula": ("i INTEGER PRIMARY KEY", "part TEXT", "row INTEGER", "text TEXT"),
    "unlinked": ("i INTEGER PRIMARY KEY", "name TEXT", "count INTEGER"),
}  # fmt: skip
"""Table → columns; the digest covers every row of these."""
DERIVED: dict[str, tuple[str, ...]] = {
    "lookup": (
        "i INTEGER PRIMARY KEY", "names TEXT", "other TEXT", "shortest INTEGER", "geography TEXT", "unit TEXT",
        "study_unit TEXT", "missing INTEGER",
    ),
    "finding": ("i INTEGER PRIMARY KEY", "code TEXT", "severity TEXT", "place TEXT", "params TEXT"),
}  # fmt: skip
"""Tables that follow from the others and from the program, so the digest leaves them out."""


def columns(table: str) -> tuple[str, ...]:
    """The names of the columns of a table."""
    return tuple(column.split()[0] for column in (SCHEMA | DERIVED)[table])
