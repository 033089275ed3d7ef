"""The words of SimaPro CSV: sections of processes, compartments, distributions and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from zuji.background.importers.records import Distribution, Kind, Uncertainty

PRODUCTS: Mapping[str, Kind] = {
    "avoided products": Kind.AVOIDED,
    "materials/fuels": Kind.INPUT,
    "electricity/heat": Kind.INPUT,
    "waste to treatment": Kind.WASTE,
}
"""Sections whose rows are name;unit;amount;distribution;three numbers;comment."""
FLOWS: Mapping[str, tuple[Kind, str]] = {
    "resources": (Kind.RESOURCE, "resource"),
    "raw materials": (Kind.RESOURCE, "resource"),
    "emissions to air": (Kind.EMISSION, "air"),
    "airborne emissions": (Kind.EMISSION, "air"),
    "emissions to water": (Kind.EMISSION, "water"),
    "waterborne emissions": (Kind.EMISSION, "water"),
    "emissions to soil": (Kind.EMISSION, "soil"),
    "final waste flows": (Kind.EMISSION, "final waste"),
    "non material emissions": (Kind.EMISSION, "non material"),
    "social issues": (Kind.EMISSION, "social"),
    "economic issues": (Kind.EMISSION, "economic"),
}
"""Sections whose rows are name;subcompartment;unit;amount;distribution;three numbers;comment. As blocks: substances."""
COMPARTMENTS = {
    "raw": "resource", "resource": "resource", "resources": "resource", "air": "air", "water": "water", "soil": "soil",
    "waste": "final waste", "non mat.": "non material", "non material": "non material", "social": "social",
    "economic": "economic",
}  # fmt: skip
"""Compartments as methods name them."""
INPUT_PARAMETERS = ("input parameters", "database input parameters", "project input parameters")
CALCULATED = ("calculated parameters", "database calculated parameters", "project calculated parameters")
REFUSED = (
    "assembly", "life cycle", "disposal scenario", "disassembly", "reuse", "reference assembly", "waste scenario",
    "separated waste", "remaining waste", "waste type", "additional life cycles", "disassemblies", "reuses",
    "disposal scenarios", "assemblies", "sub assemblies", "processes",
)  # fmt: skip
"""Headings of product stages and waste scenarios, which are no datasets."""
TABLES = frozenset((*PRODUCTS, *FLOWS, *INPUT_PARAMETERS, *CALCULATED, "products", "waste treatment", "substances"))
TEXTS = frozenset((
    "platformid", "category type", "process identifier", "type", "process name", "status", "time period", "geography",
    "technology", "representativeness", "multiple output allocation", "substitution allocation", "cut off rules",
    "capital goods", "boundary with nature", "infrastructure", "date", "record", "generator", "external documents",
    "literature references", "collection method", "data treatment", "verification", "comment", "allocation rules",
    "system description", "name", "version", "category", "use damage assessment", "use normalization",
    "use weighting", "use addition", "weighting unit", "impact category", "damage category", "impact categories",
    "normalization-weighting set", "normalization", "weighting", "description", "waste scenario", "separated waste",
    "remaining waste",
))  # fmt: skip
"""Headings of one value."""
BLOCKS = frozenset((
    *INPUT_PARAMETERS[1:], *CALCULATED[1:], "quantities", "units", "raw materials", "airborne emissions",
    "waterborne emissions", "final waste flows", "emissions to soil", "non material emissions", "social issues",
    "economic issues",
))  # fmt: skip
UNSPECIFIED = ("", "(unspecified)", "unspecified")
_BRACED = re.compile(r"\{([^{}]{1,20})\}")
_SLASHED = re.compile(r"/([A-Z]{2,4}(?:-[A-Z]{2,4})?)(?:\s+(?:with\s.*|[US]))?$")


def number(text: str, decimal: str) -> float:
    """A number with the decimal separator of the file; NaN for an expression or anything else."""
    plain = text.strip()
    if decimal == ",":
        plain = plain.replace(",", ".")
    try:
        return math.nan if "_" in plain else float(plain)
    except ValueError:
        return math.nan


def expression(text: str, decimal: str) -> str:
    """An expression with decimal points."""
    return re.sub(r"(?<=\d),(?=\d)", ".", text.strip()) if decimal == "," else text.strip()


def place_of(name: str, section: str) -> str:
    """The place in a product name (`… {CH}| …`, `…/US U`), else what the process says."""
    found = _BRACED.search(name) or _SLASHED.search(name)
    if found:
        return found[1]
    return "" if section.lower() in ("unspecified", "unknown", "mixed data") else section


def uncertainty(fields: Sequence[str], amount: float, decimal: str) -> Uncertainty | None:
    """The distribution of a row from its four fields: type, a squared deviation, minimum and maximum."""
    kind = fields[0].strip().lower() if fields else ""
    spread, low, high = (number(fields[i], decimal) if i < len(fields) else math.nan for i in (1, 2, 3))
    if kind == "lognormal":
        # The square of the geometric standard deviation covers 95 % of the values.
        if not spread > 1 or not amount or not math.isfinite(amount):
            return None
        return Uncertainty(Distribution.LOGNORMAL, math.log(abs(amount)), math.log(spread) / 2)
    if kind == "normal":
        # The same column holds two standard deviations here ("SD^2 or 2*SD").
        return Uncertainty(Distribution.NORMAL, amount, spread / 2) if spread > 0 else None
    if kind == "triangle":
        return Uncertainty(Distribution.TRIANGULAR, amount, math.nan, low, high)
    if kind == "uniform":
        return Uncertainty(Distribution.UNIFORM, minimum=low, maximum=high)
    return None
