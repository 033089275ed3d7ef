"""A trace as a static data set: JSON, CSV and pages that need no network, under one manifest that can be signed.

`manifest.json` names every file with its SHA-256 and is canonical JSON, so a signature over its bytes covers all.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zuji.canonical import canonical_bytes, plain
from zuji.electricity.trace import codes, pages
from zuji.electricity.trace.archive import summary
from zuji.electricity.trace.balance import Array
from zuji.electricity.trace.clock import local_text
from zuji.electricity.trace.gradient import variances
from zuji.electricity.trace.labels import Integers
from zuji.electricity.trace.rule import Coupling
from zuji.electricity.trace.void import Void
from zuji.finding import Finding, Place

if TYPE_CHECKING:
    from zuji.electricity.trace.run import Trace

INTERVAL = 1.96
"""Standard deviations on either side: 95 % of a normal distribution."""
COLUMNS = (
    "time", "zone", "gas", "scope", "basis", "rule", "value", "lower", "upper", "assumed_error_share", "unit", "reason",
)  # fmt: skip
"""The header of `data/factors.csv`."""
TOP = 5
"""Origins listed with every figure."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was written: the folder, the names of its files, the digest of its manifest, and findings on licences."""

    folder: Path
    files: tuple[str, ...]
    digest: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class ZoneData:
    """One zone of one gas, as arrays over the periods: figures [kg/MWh] and the `TOP` origins.

    `assumed` is the share of the interval's variance that comes from errors which nobody stated [1].
    """

    id: str
    slug: str
    times: list[str]
    value: Array
    lower: Array
    upper: Array
    assumed: Array
    reason: list[str]
    origin_zone: Integers
    origin_share: Array
    rows: list[str]


def publish(trace: Trace, folder: Path, gas: str = "") -> Published:
    """Write the data set into `folder`; the same trace gives the same bytes. Intervals under direct coupling only."""
    balance, labels = trace.balance, trace.balance.labels
    g = labels.gas(gas) if gas else 0
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, bytes] = {}
    slugs = _slugs([zone.id for zone in labels.zones])
    times = [local_text(int(hour), balance.time_zone) for hour in balance.hours]
    data = list(_zones(trace, g, slugs, times))
    for zone in data:
        written[f"data/{zone.slug}.json"] = canonical_bytes(_document(trace, zone, g))
        for name, text in pages.zone_pages(trace, zone, g):
            written[name] = text.encode("utf-8")
    written["data/factors.csv"] = _table(data, trace, g)
    written["index.html"] = pages.index(trace, data, g).encode("utf-8")
    manifest = {
        "zuji_grid_dataset": 1,
        "trace": summary(trace),
        "gas": labels.gases[g],
        "unit": "kg/MWh",
        "interval": "95 %" if trace.rule.coupling is Coupling.DIRECT else "",
        "documents": [plain(document) for document in balance.documents],
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(written.items())
        },
    }
    written["manifest.json"] = canonical_bytes(manifest)
    for name, content in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = tuple(
        codes.NOT_REDISTRIBUTABLE(Place(d.file), file=d.file, licence=d.licence or d.redistribute)
        for d in balance.documents
        if not d.redistribute.startswith("yes")
    )
    digest = "sha256:" + hashlib.sha256(written["manifest.json"]).hexdigest()
    return Published(folder, tuple(sorted(written)), digest, found)


def verify(folder: Path) -> tuple[str, ...]:
    """The names of files that are missing or differ from the manifest; () when all is as published."""
    import json

    manifest = json.loads((folder / "manifest.json").read_bytes())
    changed = []
    for name, about in manifest["files"].items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != about["sha256"]:
            changed.append(name)
    return tuple(changed)


def _slugs(ids: list[str]) -> list[str]:
    """A portable file name per zone; where two would be the same (also on a disk without capitals), with a number."""
    seen: dict[str, int] = {}
    out = []
    for id in ids:
        slug = re.sub(r"[^A-Za-z0-9._-]", "_", id).strip(".") or "_"
        count = seen.get(slug.lower(), 0)
        seen[slug.lower()] = count + 1
        out.append(f"{slug}~{count}" if count else slug)
    return out


def _zones(trace: Trace, g: int, slugs: list[str], times: list[str]) -> Iterator[ZoneData]:
    labels = trace.balance.labels
    t, n = len(times), len(labels.zones)
    top = min(TOP, n + 1)
    zone, share = np.zeros((t, n, top), dtype=np.int64), np.zeros((t, n, top))
    for part, block in trace.origin_blocks():
        known = np.nan_to_num(block)
        order = np.argsort(-known, axis=2, kind="stable")[:, :, :top]
        zone[part], share[part] = order, np.take_along_axis(known, order, axis=2)
    value = trace.values[:, :, g]
    sd = assumed = np.full(value.shape, np.nan)
    if trace.rule.coupling is Coupling.DIRECT:
        variance, of_assumed = variances(trace, g)
        sd = np.sqrt(variance)
        assumed = np.divide(of_assumed, variance, out=np.where(np.isnan(variance), np.nan, 0.0), where=variance > 0)
    for i, label in enumerate(labels.zones):
        yield ZoneData(
            label.id, slugs[i], times, value[:, i], np.maximum(value[:, i] - INTERVAL * sd[:, i], 0.0),
            value[:, i] + INTERVAL * sd[:, i], assumed[:, i],
            [Void(int(r)).name.lower() if r else "" for r in trace.reasons[:, i]],
            zone[:, i], share[:, i], _rows(trace, i),
        )  # fmt: skip


def _rows(trace: Trace, zone: int) -> list[str]:
    """Where the generation of a zone was read in each period: `generation.csv:2341-2352`; '' for a grid from memory."""
    balance = trace.balance
    origins = balance.origins.get("generation")
    columns = np.flatnonzero(balance.labels.generator_zone == zone)
    if origins is None or not columns.size:
        return [""] * len(balance.hours)
    lines = origins.line[:, columns]
    first, last = np.where(lines > 0, lines, np.iinfo(np.int32).max).min(axis=1), lines.max(axis=1)
    file = balance.documents[int(origins.file[0, columns[0]])].file
    return [
        "" if not b else f"{file}:{a}" if a == b else f"{file}:{a}-{b}"
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]


def _figures(values: Array) -> list[float | None]:
    return [None if v != v else round(v, 6) for v in values.tolist()]


def origins_of(trace: Trace, zone: ZoneData, t: int) -> list[tuple[str, float]]:
    """The origins of one period: zone ids (or `stock`) and MWh generated there per MWh taken, largest first."""
    ids = [z.id for z in trace.balance.labels.zones]
    pairs = zip(zone.origin_zone[t].tolist(), zone.origin_share[t].tolist(), strict=True)
    return [(ids[i] if i < len(ids) else "stock", share) for i, share in pairs if share > 0]


def _document(trace: Trace, zone: ZoneData, g: int) -> dict[str, Any]:
    gas = trace.balance.labels.gases[g]
    return {
        "zone": zone.id,
        "trace": trace.digest,
        "rule": trace.rule.id,
        "gas": gas.name,
        "scope": gas.scope,
        "unit": "kg/MWh",
        "synthetic": trace.balance.synthetic,
        "step_hours": trace.balance.step,
        "time": zone.times,
        "value": _figures(zone.value),
        "lower": _figures(zone.lower),
        "upper": _figures(zone.upper),
        "assumed_error_share": _figures(zone.assumed),
        "reason": zone.reason,
        "origin": [[[id, round(share, 6)] for id, share in origins_of(trace, zone, t)] for t in range(len(zone.times))],
        "rows": zone.rows,
    }


def _table(data: list[ZoneData], trace: Trace, g: int) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    gas = trace.balance.labels.gases[g]
    writer.writerow(COLUMNS)
    basis = "production" if trace.rule.coupling is Coupling.PRODUCTION else "consumption"
    for zone in data:
        columns = zip(
            zone.times, *map(_figures, (zone.value, zone.lower, zone.upper, zone.assumed)), zone.reason, strict=True
        )
        for time, value, lower, upper, assumed, reason in columns:
            shown = ["" if v is None else v for v in (value, lower, upper, assumed)]
            writer.writerow((time, zone.id, gas.name, gas.scope, basis, trace.rule.id, *shown, "kg/MWh", reason))
    return text.getvalue().encode("utf-8")
