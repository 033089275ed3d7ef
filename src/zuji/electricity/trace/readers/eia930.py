"""Hourly grid monitor tables in the form of EIA-930: one table of balances, one of interchange, both hour-ending.

BALANCE: `Balancing Authority`, `UTC Time at End of Hour`, `Demand (MW)`, `Net Generation (MW) from …`.
INTERCHANGE: `Balancing Authority`, `Directly Interconnected Balancing Authority`, `Interchange (MW)` (export positive),
`UTC Time at End of Hour`. Both ends report a tie line: the mean of the two is used and their difference reported.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from pathlib import Path

import numpy as np

from zuji.electricity.trace import codes
from zuji.electricity.trace.balance import Document
from zuji.electricity.trace.check import hour_text
from zuji.electricity.trace.clock import Clock
from zuji.electricity.trace.labels import Integers
from zuji.electricity.trace.readers.assemble import Cells, assembled, station_use
from zuji.electricity.trace.readers.folder import Grid
from zuji.electricity.trace.readers.periods import Placed, hours_between, minutes, placed
from zuji.electricity.trace.readers.tables import Columns, read_columns
from zuji.finding import Finding, Place, has_errors, in_order
from zuji.reading import UNREADABLE

AREA, OTHER, TIME = "Balancing Authority", "Directly Interconnected Balancing Authority", "UTC Time at End of Hour"
FROM = re.compile(r"Net Generation \(MW\) from (.+?)(?: \((Adjusted|Imputed)\))?$")
CLOCK = Clock("UTC", 60, ending=True)


def read_eia930(balances: Path, interchange: Path, factors: Path | None = None, id: str = "eia930") -> Grid:
    """The grid of the areas in `balances`; flows to areas without generation of their own are left out and said."""
    found: list[Finding] = []
    documents = []
    for path in (balances, interchange):
        if not path.is_file():
            return Grid(None, (UNREADABLE(Place(path.name), reason=os.strerror(errno.ENOENT)),))
        documents.append(Document(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), "EIA", redistribute="yes"))
    technologies = _technologies(balances)
    table = read_columns(balances, (AREA, TIME), ("Demand (MW)", *technologies))
    ties = read_columns(interchange, (AREA, OTHER, TIME, "Interchange (MW)"))
    words = [word.strip() for word in table.words[AREA]]
    areas = sorted(set(words))
    position = {area: i for i, area in enumerate(areas)}
    area = table.positions(AREA, position, "zone", balances.name)
    starts = minutes(table, _american(table), TIME, area)
    hours = hours_between([starts], 60)
    generation: Cells = {}
    for column, technology in technologies.items():
        if column not in table:
            continue
        block = placed(table, table.numbers(column), area, starts, hours, areas, CLOCK)
        for i, name in enumerate(areas):
            if not np.isnan(block.values[:, i]).all():
                key = (name, technology)
                generation[key] = Placed(block.values[:, [i]], block.lines[:, [i]])
    demand: dict[str, Placed] = {}
    if "Demand (MW)" in table:
        block = placed(table, table.numbers("Demand (MW)"), area, starts, hours, areas, CLOCK)
        demand = {name: Placed(block.values[:, [i]], block.lines[:, [i]]) for i, name in enumerate(areas)}
    flows = _flows(ties, areas, {z for z, _ in generation}, hours, found)
    found += [*table.report.all(), *ties.report.all()]
    if has_errors(found) or not generation:
        return Grid(None, in_order(found))
    zones = sorted({z for z, _ in generation} | {z for pair in flows for z in pair})
    generation = station_use(generation, balances.name, found)
    load = {zone: cell for zone, cell in demand.items() if zone in zones}
    number = {"generation": 0, "load": 0, "flows": 1}
    balance = assembled(id, hours, 1, zones, generation, flows, None, load, {}, documents, number, factors, found)
    return Grid(None if has_errors(found) else balance, in_order(found))


def _technologies(path: Path) -> dict[str, str]:
    """Headings of net generation by technology; the adjusted column comes before the reported one."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = [name.strip().strip('"') for name in file.readline().rstrip("\r\n").split(",")]
    found: dict[str, str] = {}
    for name in header:
        match = FROM.match(name)
        if match and match[2] != "Imputed":
            technology = match[1].strip().lower().replace(" ", "_")
            previous = next((column for column, known in found.items() if known == technology), None)
            if previous is not None:
                del found[previous]
            found[name] = technology
    return found


def _american(table: Columns) -> Clock:
    """The published times are `01/31/2024 6:00:00 AM`; they are rewritten in place, ISO times stay."""
    pattern = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):\d{2} ([AP]M)")

    def iso(word: str) -> str:
        match = pattern.fullmatch(word.strip())
        if not match:
            return word
        hour = int(match[4]) % 12 + (12 if match[6] == "PM" else 0)
        return f"{match[3]}-{int(match[1]):02d}-{int(match[2]):02d}T{hour:02d}:{match[5]}"

    table.words[TIME][:] = [iso(word) for word in table.words[TIME]]
    return CLOCK


def _flows(ties: Columns, areas: list[str], known: set[str], hours: Integers, found: list[Finding]) -> Cells:
    first, second = ties.texts(AREA), ties.texts(OTHER)
    outside = sorted({b for b in second if b not in known})
    if outside:
        found.append(codes.REPORTS_OUTSIDE(Place(ties.report.file), areas=", ".join(outside)))
    pairs = sorted({(a, b) for a, b in zip(first, second, strict=True) if a in known and b in known})
    place = {pair: i for i, pair in enumerate(pairs)}
    series = np.array([place.get(pair, -1) for pair in zip(first, second, strict=True)], dtype=np.int64)
    starts = minutes(ties, _american(ties), TIME, series)
    block = placed(ties, ties.numbers("Interchange (MW)"), series, starts, hours, [f"{a}>{b}" for a, b in pairs], CLOCK)
    flows: Cells = {}
    for a, b in pairs:
        if (b, a) in place and a > b:
            continue
        there = block.values[:, place[a, b]]
        lines = block.lines[:, [place[a, b]]]
        if (b, a) in place:
            back = -block.values[:, place[b, a]]
            both = np.abs(there - back)
            if (np.nan_to_num(both) > 1).any():
                t = int(np.nanargmax(both))
                found.append(
                    codes.REPORTS_DIFFER(
                        Place(ties.report.file, int(lines[t, 0])), first=a, second=b, worst=f"{both[t]:.6g}",
                        count=int((np.nan_to_num(both) > 1).sum()), hour=hour_text(int(hours[t])),
                    )
                )  # fmt: skip
            there = np.where(np.isnan(there), back, np.where(np.isnan(back), there, (there + back) / 2))
        net = there[:, None]
        flows[a, b] = Placed(np.maximum(net, 0.0), lines)
        flows[b, a] = Placed(np.maximum(-net, 0.0), lines)
    return flows
