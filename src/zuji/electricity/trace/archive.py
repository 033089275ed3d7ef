"""A trace as one file: every input and figure, named by its digest; the same inputs give the same bytes anywhere.

A ZIP of .npy arrays (stored, not compressed: compressors differ between machines) and one canonical JSON document.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zuji.canonical import canonical_bytes, plain
from zuji.datum import LocalText
from zuji.electricity.trace.balance import SERIES, Balance, Document, Origins, sha256_of
from zuji.electricity.trace.labels import Gas, Generator, Labels, Link, LinkKind, Quality, Store, Zone, ZoneKind
from zuji.electricity.trace.rule import Rule
from zuji.electricity.trace.run import METHOD, Trace
from zuji.errors import UnreadableError
from zuji.i18n import tr

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every member: a ZIP cannot do without one, and the clock must not show."""
RESULTS = ("values", "reasons", "given", "opening", "closing")


def save(trace: Trace, folder: Path) -> Path:
    """Write the trace into `folder` as `trace-DIGEST.npz` and return its path."""
    balance = trace.balance
    arrays: dict[str, NDArray[Any]] = dict(balance.arrays())
    for name, origins in sorted(balance.origins.items()):
        arrays[f"file.{name}"], arrays[f"line.{name}"] = origins.file, origins.line
    arrays |= {f"result.{name}": getattr(trace, name) for name in RESULTS}
    document = {
        "zuji_trace": 1,
        "digest": trace.digest,
        "method": METHOD,
        "rule": trace.rule.id,
        "balance": {
            "id": balance.id,
            "step": balance.step,
            "time_zone": balance.time_zone,
            "synthetic": balance.synthetic,
            "documents": list(balance.documents),
            "labels": balance.labels.as_dict(),
        },
        "arrays": {name: sha256_of(array) for name, array in sorted(arrays.items())},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"trace-{trace.digest.removeprefix('sha256:')[:16]}.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        _member(archive, "trace.json", canonical_bytes(document))
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            _member(archive, f"{name}.npy", buffer.getvalue())
    return path


def _member(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def load(path: Path) -> Trace:
    """A saved trace; raises UnreadableError where the file is no such file or any array was changed."""
    try:
        with zipfile.ZipFile(path) as archive:
            document = json.loads(archive.read("trace.json"))
            arrays = {
                name: np.lib.format.read_array(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
                for name in document["arrays"]
            }
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise UnreadableError(tr("{path} is not a saved trace: {problem}", path=path, problem=problem)) from error
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise UnreadableError(tr("{path} is not a saved trace: {problem}", path=path, problem=error)) from error
    changed = [name for name, array in arrays.items() if sha256_of(array) != document["arrays"][name]]
    balance = _balance(document["balance"], arrays)
    values, reasons, given, opening, closing = (arrays[f"result.{name}"] for name in RESULTS)
    trace = Trace(balance, Rule.of(document["rule"]), values, reasons, given, opening, closing)
    if changed or trace.digest != document["digest"]:
        shown = ", ".join(changed) or "trace.json"
        raise UnreadableError(tr("{path} was changed after it was saved: {parts}", path=path, parts=shown))
    return trace


def _balance(head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Balance:
    series = {name: arrays[name] for name in ("hours", *SERIES, "factors", "factor_sd") if name in arrays}
    origins = {
        name.removeprefix("file."): Origins(array, arrays[f"line.{name.removeprefix('file.')}"])
        for name, array in arrays.items()
        if name.startswith("file.")
    }
    raw = {name.removeprefix("raw."): array for name, array in arrays.items() if name.startswith("raw.")}
    return Balance(
        labels_of(head["labels"]),
        **series,
        step=head["step"],
        id=head.get("id", ""),
        time_zone=head["time_zone"],
        synthetic=head["synthetic"],
        documents=tuple(Document(**entry) for entry in head.get("documents", ())),
        origins=origins,
        raw=raw,
    )


def labels_of(document: dict[str, Any]) -> Labels:
    """The labels in their canonical document."""

    def pairs(entries: Any) -> tuple[tuple[str, float], ...]:
        return tuple((str(name), float(value)) for name, value in entries or ())

    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    zones = [
        Zone(
            z["id"], LocalText(**z.get("name", {})), z.get("parent", ""), ZoneKind(z["kind"]),
            day(z.get("valid_from")), day(z.get("valid_to")),
        )
        for z in document.get("zones", ())
    ]  # fmt: skip
    generators = [Generator(**{**g, "quality": Quality(g["quality"])}) for g in document.get("generators", ())]
    links = [
        Link(**{**entry, "kind": LinkKind(entry["kind"]), "quality": Quality(entry["quality"])})
        for entry in document.get("links", ())
    ]
    stores = [
        Store(
            **{
                **s,
                "quality": Quality(s["quality"]),
                "opening_factors": pairs(s.get("opening_factors")),
                "static_factors": pairs(s.get("static_factors")),
            }
        )
        for s in document.get("stores", ())
    ]
    gases = [Gas(**g) for g in document.get("gases", ())]
    return Labels(tuple(zones), tuple(generators), tuple(links), tuple(stores), tuple(gases))


def summary(trace: Trace) -> dict[str, Any]:
    """The head of a trace for JSON: digests, rule, extent, emissions and imbalance by gas."""
    labels = trace.balance.labels
    head = {
        "id": trace.balance.id,
        "digest": trace.digest,
        "balance": trace.balance.digest,
        "rule": trace.rule.id,
        "method": METHOD,
        "synthetic": trace.balance.synthetic,
        "periods": len(trace.balance.hours),
        "step_hours": trace.balance.step,
        "emitted_kg": {gas.id: float(v) for gas, v in zip(labels.gases, trace.emissions, strict=True)},
        "imbalance_kg": {gas.id: float(v) for gas, v in zip(labels.gases, trace.imbalance, strict=True)},
        "without_figure": int((trace.reasons > 0).sum()),
    }
    shown: dict[str, Any] = plain(head)
    return shown
