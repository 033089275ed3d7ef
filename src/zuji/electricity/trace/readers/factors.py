"""factors.csv of a grid: emission factors of generation by technology, zone or device, each with its scope."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Array
from zuji.electricity.trace.labels import Gas, Generator
from zuji.electricity.trace.readers.words import FACTOR, HEADINGS
from zuji.finding import Finding, Place
from zuji.reading import read_csv

SCOPES = ("direct", "lifecycle")
ANY = "*"


def read_factors(
    path: Path, generators: Sequence[Generator], found: list[Finding]
) -> tuple[Array, Array | None, tuple[Gas, ...]]:
    """Factors (S,G) [kg/MWh], their relative standard deviations (S,G) or None, and the gases.

    A line for a device comes before one for its zone, and that before one for all zones (`*`). Problems go to `found`.
    """
    if not path.is_file():
        found.append(codes.NO_GRID(file=path.name))
        return np.zeros((len(generators), 0)), None, ()
    table = read_csv(path)
    found += table.findings
    names = {HEADINGS.get(c, c) for c in table.columns}
    lacking = [c for c in ("technology", "gas", "value", "unit", "scope") if c not in names]
    if lacking:
        found.append(codes.BAD_COLUMNS(Place(path.name, 1), columns=", ".join(lacking), found=", ".join(table.columns)))
        return np.zeros((len(generators), 0)), None, ()
    known: dict[tuple[str, str, str, Gas], tuple[float, float]] = {}
    for raw in table.rows:
        row = {HEADINGS.get(k, k): v for k, v in raw.values.items()}
        unit, scope = row.get("unit", ""), row.get("scope", "")
        if unit not in FACTOR:
            found.append(
                codes.BAD_UNIT(
                    raw.place.at(column="unit"), unit=unit, kind="emission factor", choices=", ".join(FACTOR)
                )
            )
        if scope not in SCOPES:
            found.append(
                codes.BAD_FIELD(raw.place.at(column="scope"), value=scope, field="scope", choices=", ".join(SCOPES))
            )
        try:
            value = float(row.get("value", ""))
            sd = float(row.get("relative_sd", "nan"))
        except ValueError:
            found.append(codes.BAD_VALUE(raw.place.at(column="value"), value=row.get("value", ""), series="value"))
            continue
        if unit not in FACTOR or scope not in SCOPES:
            continue
        key = (row.get("zone", ANY), row.get("technology", ""), row.get("device", ""), Gas(row.get("gas", ""), scope))
        if key in known:
            name = " ".join(str(part) for part in key[:3] if part) + f" {key[3].id}"
            found.append(codes.REUSED_ID(raw.place, kind="factor", name=name))
        known[key] = (value * FACTOR[unit], sd)
    gases = tuple(dict.fromkeys(key[3] for key in known))
    factors, deviation = np.full((len(generators), len(gases)), np.nan), np.full((len(generators), len(gases)), np.nan)
    for s, generator in enumerate(generators):
        for g, gas in enumerate(gases):
            places = ((generator.zone, generator.device), (generator.zone, ""), (ANY, ""))
            hit = next((known[k] for z, d in places if (k := (z, generator.technology, d, gas)) in known), None)
            if hit is not None:
                factors[s, g], deviation[s, g] = hit
    if not gases:
        missing = dict.fromkeys(generator.technology for generator in generators)
        found += [codes.NO_FACTOR(Place(path.name), gas="*", technology=name, zone=ANY) for name in missing]
    found += _lacking(generators, gases, factors)
    return factors, None if np.isnan(deviation).all() else deviation, gases


def _lacking(generators: Sequence[Generator], gases: Sequence[Gas], factors: Array) -> list[Finding]:
    """A gas that some technologies have in one scope only and others in the other: mixed; else simply no factor."""
    found: list[Finding] = []
    place = Place("factors.csv")
    by_name: dict[str, list[int]] = {}
    for g, gas in enumerate(gases):
        by_name.setdefault(gas.name, []).append(g)
    for name, members in by_name.items():
        known = np.isfinite(factors[:, members])
        if len(members) > 1 and not known.all(axis=0).any() and known.any(axis=1).all():
            found.append(codes.SCOPE_MIXED(place, gas=name))
            continue
        for g in members:
            rows = np.flatnonzero(~np.isfinite(factors[:, g]))
            seen = dict.fromkeys((generators[s].technology, generators[s].zone) for s in rows.tolist())
            found += [codes.NO_FACTOR(place, gas=gases[g].id, technology=t, zone=z) for t, z in list(seen)[:20]]
    return found
