"""What a storage file or its telemetry says to a study: round trip and auxiliaries of `use` in study.yaml.

Only these two values are written, each with kind, source, period and how it came about; every other character of the
file stays. `differences` tells whether a study still says what the storage file gives.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from zuji.datum import Period
from zuji.electricity.storage import codes
from zuji.electricity.storage.metered import MeteredUse, efficiency_at
from zuji.electricity.storage.parameters import Auxiliaries, StorageProduct
from zuji.electricity.storage.points import Point
from zuji.electricity.storage.use_phase import UsePhase
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place
from zuji.study.model import Use

DIGITS = 6
"""Significant digits that are written: more than any meter has."""
EFFICIENCY, AUXILIARY = "round_trip_efficiency", "auxiliary_energy"


@dataclass(frozen=True, slots=True)
class UseValue:
    """One value for the study, as text that `study.yaml` takes."""

    key: str
    number: str
    unit: str
    kind: str
    source: str
    period: Period | None
    note: str

    def flow(self) -> str:
        """The value as a YAML flow mapping on one line."""
        parts = {"value": self.number, "unit": self.unit, "kind": self.kind, "source": self.source}
        texts = [f"{key}: {_quoted(text)}" for key, text in parts.items()]
        if self.period is not None:
            texts.append(f"period: {{start: {self.period.start}, end: {self.period.end}}}")
        return "{" + ", ".join([*texts, f"note: {_quoted(self.note)}"]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(value: float) -> str:
    return f"{value:.{DIGITS}g}" if 1e-4 <= abs(value) < 10**DIGITS or value == 0 else f"{value:.0f}"


def source_of(files: Sequence[Path]) -> str:
    """The names of the files with the first twelve digits of their SHA-256."""
    return "; ".join(f"{path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}" for path in files)


def stated_values(phase: UsePhase, source: str) -> tuple[UseValue, ...]:
    """The values of a use phase from parameters: efficiency over the service life, auxiliaries per year."""
    years = len(phase.years)
    stated = phase.product.data
    kind = "calculated" if not _assumed(stated) else "assumed"
    note = (
        f"{phase.point.value}; {years} a, {phase.delivered:,.0f} kWh 输出 / delivered, "
        f"{phase.losses:,.0f} kWh 损耗 / lost; {_inside(phase.product)}"
    )
    made = [UseValue(EFFICIENCY, _number(phase.efficiency), "1", kind, source, None, note)]
    if phase.auxiliary:
        made.append(UseValue(AUXILIARY, _number(phase.auxiliary / years), "kWh/a", kind, source, None, note))
    return tuple(made)


def metered_values(
    use: MeteredUse, product: StorageProduct, point: Point, source: str
) -> tuple[UseValue, ...] | tuple[Finding, ...]:
    """The values of telemetry at `point`; findings where the round trip cannot be converted."""
    efficiency = efficiency_at(use, product, point)
    if isinstance(efficiency, Finding):
        return (efficiency,)
    # What was extrapolated from a part of the period is an estimate.
    kind = "measured" if use.is_whole and point is use.point else "calculated" if use.is_whole else "estimated"
    note = (
        f"{point.value}; {use.known} / {use.hours} h, {use.charged:,.0f} kWh 充 / in, "
        f"{use.discharged:,.0f} kWh 放 / out, "
        f"Δ {0.0 if math.isnan(use.change) else use.change:,.0f} kWh; {_inside(product)}"
    )
    made = [UseValue(EFFICIENCY, _number(efficiency), "1", kind, source, use.period, note)]
    if not use.inside and use.auxiliary_known:
        kind = "measured" if use.is_whole else "estimated"
        made.append(UseValue(AUXILIARY, _number(use.auxiliary_per_year), "kWh/a", kind, source, use.period, note))
    return tuple(made)


def _inside(product: StorageProduct) -> str:
    is_inside = product.auxiliaries is Auxiliaries.INSIDE
    return "辅助用电在内 / auxiliaries inside" if is_inside else "辅助用电另计 / auxiliaries apart"


def _assumed(data: Mapping[str, Any]) -> bool:
    return any(datum.kind.value in ("assumed", "estimated") for datum in data.values())


def differences(use: Use | None, values: Sequence[UseValue]) -> tuple[Finding, ...]:
    """A finding for each of the values that the study lacks or states otherwise; one that must not be there as well."""
    found = []
    wanted = {value.key: value for value in values}
    for key in (EFFICIENCY, AUXILIARY):
        datum = None if use is None else getattr(use, key)
        value = wanted.get(key)
        here = "-" if datum is None else datum.missing or f"{datum.number} {datum.unit}"
        there = "-" if value is None else f"{value.number} {value.unit}"
        if datum is not None and value is not None and here == there and datum.source != value.source:
            here, there = f"{here} ({datum.source})", f"{there} ({value.source})"
        if here != there:
            place = Place("study.yaml") if use is None else use.place if datum is None else datum.place
            found.append(codes.STALE_USE(place, field=f"use.{key}", found=here, wanted=there))
    return tuple(found)


def with_values(text: str, values: Sequence[UseValue], electricity: str = "") -> str:
    """The text of study.yaml with `values` in its `use`; comments and all other text as they were.

    Auxiliaries that the values do not have are taken out. `electricity` is the dataset of a `use` to add.
    Raises UnreadableError where the text is no YAML mapping or would say something else afterwards.
    """
    before = _loaded(text)
    wanted = {value.key: value for value in values}
    newline = "\r\n" if "\r\n" in text else "\n"
    use = before.get("use")
    if not isinstance(use, dict):
        entries = [f"  {key}: {value.flow()}" for key, value in wanted.items()]
        lines = ["use:", *entries, f"  electricity: {_quoted(electricity)}"]
        made = text.rstrip() + newline * 2 + newline.join(lines) + newline
        if "use" in before:
            raise UnreadableError("study.yaml: use is there but empty; remove it")
    else:
        made = _replaced(text, wanted, newline)
    _same_elsewhere(before, _loaded(made), wanted, electricity)
    return made


def _replaced(text: str, wanted: Mapping[str, UseValue], newline: str) -> str:
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    use = next(value for key, value in node.value if key.value == "use")
    if use.flow_style:
        raise UnreadableError("study.yaml: write use in block style, one key per line")
    indent = " " * use.value[0][0].start_mark.column
    edits: list[tuple[int, int, str]] = []
    found = {key.value: (key, value) for key, value in use.value}
    for name, value in wanted.items():
        if name in found:
            at = found[name][1]
            edits.append((at.start_mark.index, at.end_mark.index, value.flow()))
    first = use.value[0][0].start_mark.index
    added = [f"{name}: {value.flow()}{newline}{indent}" for name, value in wanted.items() if name not in found]
    if added:
        edits.append((first, first, "".join(added)))
    for name in (EFFICIENCY, AUXILIARY):
        if name in found and name not in wanted:
            start = text.rfind("\n", 0, found[name][0].start_mark.index) + 1
            end = found[name][1].end_mark.index
            line_end = text.find("\n", end)
            edits.append((start, len(text) if line_end < 0 else line_end + 1, ""))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _loaded(text: str) -> dict[str, Any]:
    try:
        loaded = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise UnreadableError(f"study.yaml: {error}") from error
    if not isinstance(loaded, dict):
        raise UnreadableError("study.yaml holds no mapping")
    return loaded


def _same_elsewhere(
    before: dict[str, Any], after: dict[str, Any], wanted: Mapping[str, UseValue], electricity: str
) -> None:
    old, new = dict(before), dict(after)
    old_use, new_use = dict(old.pop("use", {}) or {}), dict(new.pop("use", {}) or {})
    written = {key: new_use.pop(key, None) for key in (EFFICIENCY, AUXILIARY)}
    for key in (EFFICIENCY, AUXILIARY):
        old_use.pop(key, None)
    if "use" not in before:
        old_use["electricity"] = electricity
    right = all((written[key] or {}).get("value") == value.number for key, value in wanted.items())
    if old != new or old_use != new_use or not right:
        raise UnreadableError("study.yaml could not be changed safely: write use in block style, one key per line")
