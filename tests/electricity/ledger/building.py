"""A small ledger to build on: a wind farm, a roof, a battery and two sites, and short names for events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from zuji.electricity.ledger import events as ev
from zuji.electricity.ledger.events import Draft
from zuji.electricity.ledger.hours import local_hours, zone
from zuji.electricity.ledger.model import Connection, Device, DeviceKind
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.store import Ledger, Recorded
from zuji.finding import Finding

DAY = date(2025, 3, 1)
T0 = local_hours(date(2024, 7, 1), date(2024, 7, 1), zone("UTC"))[0]
"""The first hour of July 2024."""
MWH = 1_000_000

WIND = Device("wind", DeviceKind.GENERATOR, "CN", "wind", owner="gen", commissioned=date(2022, 1, 1))
ROOF = Device(
    "roof", DeviceKind.GENERATOR, "CN", "pv", owner="maker", site="works", connection=Connection.ON_SITE,
    commissioned=date(2023, 1, 1),
)  # fmt: skip
WORKS = Device("works", DeviceKind.SITE, "CN", owner="maker")
OTHER = Device("other", DeviceKind.SITE, "DE", owner="maker")
STORE = Device("store", DeviceKind.STORAGE, "CN", owner="maker", efficiency_ppm=800_000)


def now() -> str:
    """The same moment always."""
    return "2025-03-01T00:00:00Z"


def device(one: Device) -> Draft:
    return ev.device(DAY, "op", one)


def read(id: str, wh: Iterable[int], quantity: str = "generation", start: int = T0, **more: Any) -> Draft:
    return ev.reading(DAY, "op", id, quantity, start, wh, **more)


def base(wind: Iterable[int] = (0, 25, 15, 0), load: Iterable[int] = (10, 10, 10, 10)) -> list[Draft]:
    """Devices, four hours of wind and four hours of load [Wh]."""
    return [*map(device, (WIND, ROOF, WORKS, OTHER, STORE)), read("wind", wind), read("works", load, "grid_import")]


def granular(id: str = "C1", wh: Iterable[int] = (0, 25, 15, 0), **more: Any) -> Draft:
    """Hourly certificates of the wind farm, owned by the maker."""
    fields = {"at": DAY, "by": "reg", "certificate": id, "scheme": "granular", "device": "wind", "start": T0}
    return ev.issue(**{**fields, "wh": wh, "owner": "maker", **more})


def gec(id: str = "G1", wh: int = MWH, hours: int = 4, **more: Any) -> Draft:
    """A GEC of the wind farm for its first hours, owned by the generator."""
    fields = {"at": DAY, "by": "reg", "certificate": id, "scheme": "cn-gec", "device": "wind", "start": T0}
    return ev.issue(**{**fields, "wh": wh, "slot": hours, "owner": "gen", **more})


def claim(id: str = "X1", certificate: str = "C1", wh: Iterable[int] | None = (0, 10, 10, 0), **more: Any) -> Draft:
    """A cancellation for the four hours of the works, hour by hour."""
    fields = {"at": DAY, "by": "maker", "site": "works", "basis": "hourly", "start": T0, "end": T0 + 4}
    return ev.cancel(**{**fields, "certificate": certificate, "cancellation": id, "wh": wh, **more})


def ledger_of(*drafts: Draft | Callable[[State], Draft]) -> Ledger:
    """A ledger in memory that holds these events."""
    ledger = Ledger.in_memory(now=now)
    done = ledger.record(drafts)
    assert done.findings == (), [one.what("en") for one in done.findings]
    return ledger


def refused(ledger: Ledger, *drafts: Draft) -> Finding:
    """The one finding because of which these events are not recorded; the ledger is as it was before."""
    head, totals = ledger.head, ledger.state.totals()
    done: Recorded = ledger.record(drafts)
    assert done.events == ()
    assert (ledger.head, ledger.state.totals()) == (head, totals)
    (finding,) = done.findings
    return finding
