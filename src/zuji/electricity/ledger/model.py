"""The records of the ledger's state: devices, certificates, cancellations, product claims."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from zuji.datum import LocalText
from zuji.electricity.ledger.hours import Wh


class DeviceKind(StrEnum):
    """What a meter stands at."""

    GENERATOR = "generator"
    STORAGE = "storage"
    SITE = "site"


class Connection(StrEnum):
    """How a generator reaches whoever uses its electricity."""

    GRID = "grid"
    ON_SITE = "on_site"
    DIRECT_LINE = "direct_line"
    OFF_GRID = "off_grid"


QUANTITIES = {
    DeviceKind.GENERATOR: ("generation", "export"),
    DeviceKind.STORAGE: ("charge", "discharge"),
    DeviceKind.SITE: ("grid_import",),
}
"""What is metered at each kind of device; the first is generation or load, `export` the part that left the site."""
QUALITIES = ("measured", "settled", "estimated", "assumed")


@dataclass(frozen=True, slots=True)
class Device:
    """A generator, a storage or a consuming site, as its first meter event describes it."""

    id: str
    kind: DeviceKind
    country: str
    technology: str = ""
    market: str = ""
    """Boundary inside which electricity is deliverable; '' for the country."""
    owner: str = ""
    site: str = ""
    """Site that a generator on site or on a direct line serves."""
    connection: Connection = Connection.GRID
    commissioned: date | None = None
    timezone: str = "UTC"
    efficiency_ppm: int = 0
    """Round-trip efficiency of a storage in millionths."""
    dataset: str = ""
    """Life-cycle factor of the generator, for studies."""

    @property
    def boundary(self) -> str:
        """The market of the device, its country where none is named."""
        return self.market or self.country

    def facts(self) -> dict[str, object]:
        """The description as event fields; empty ones left out."""
        shown = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            k: v.isoformat() if isinstance(v, date) else str(v) if isinstance(v, StrEnum) else v
            for k, v in shown.items()
            if k != "id" and v not in ("", None, 0)
        }


@dataclass(slots=True)
class Certificate:
    """A bundle of attributes: per slot of `slot` hours, the Wh that are live, cancelled, expired or withdrawn."""

    id: str
    scheme: str
    device: str
    start: int
    slot: int
    issued: Wh
    owner: str
    issuer: str
    event: int
    number: str = ""
    trade: str = ""
    contract: str = ""
    tradable: bool = True
    reason: LocalText = LocalText()
    """Why it is not tradable."""
    parent: str = ""
    transfers: int = 0
    live: Wh = field(init=False)
    cancelled: Wh = field(init=False)
    expired: Wh = field(init=False)
    withdrawn: Wh = field(init=False)
    passed_on: Wh = field(init=False)
    """What went to the parts of a split."""

    def __post_init__(self) -> None:
        self.live = self.issued.copy()
        self.cancelled, self.expired, self.withdrawn, self.passed_on = (self.issued * 0 for _ in range(4))

    @property
    def end(self) -> int:
        """The first hour after its last slot."""
        return self.start + self.slot * len(self.issued)

    @property
    def status(self) -> str:
        """live, or what became of it."""
        if self.live.any():
            return "live"
        parts = {"cancelled": self.cancelled, "split": self.passed_on, "expired": self.expired}
        return next((name for name, wh in parts.items() if wh.any()), "withdrawn")


@dataclass(slots=True)
class Cancellation:
    """Wh of a certificate used up for the load of a site; hourly claims name the very hours."""

    id: str
    certificate: str
    site: str
    part: str
    """`grid`, or the generator on site whose own use is claimed, or `charge` of a storage."""
    first: int
    """Slot of the certificate that `wh` starts with."""
    wh: Wh
    basis: str
    """hourly | period"""
    start: int
    end: int
    """Hours [start, end) of the load."""
    day: date
    beneficiary: str
    event: int
    products: dict[str, Wh] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductClaim:
    """What one product claims of one cancellation."""

    product: str
    cancellation: str
    wh: Wh
    load_wh: int
    """What the product used at the site in the period of the cancellation [Wh]."""
    event: int
