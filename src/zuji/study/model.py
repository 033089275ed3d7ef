"""The study as immutable records; every datum keeps its unit, its kind, its evidence and the place it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from zuji.canonical import digest, plain
from zuji.datum import DataQuality, Kind, LocalText, Origin, Period
from zuji.finding import NOWHERE, Finding, Place
from zuji.quantity import Unit

LIFE_CYCLE = "life-cycle"
"""Id of the process that every study has unwritten: it takes one product through transport, use and end of life."""


class Stage(StrEnum):
    """Life-cycle stages as a study knows them; each rulebook maps them to its own."""

    RAW_MATERIAL = "raw_material"
    PRODUCTION = "production"
    DISTRIBUTION = "distribution"
    USE = "use"
    END_OF_LIFE = "end_of_life"


class ComponentGroup(StrEnum):
    """What part of a battery or storage system a line belongs to."""

    CATHODE = "cathode"
    ANODE = "anode"
    ELECTROLYTE = "electrolyte"
    SEPARATOR = "separator"
    CASING = "casing"
    CELL = "cell"
    ELECTRONICS = "electronics"
    THERMAL = "thermal"
    MODULE = "module"
    PACK = "pack"
    ENCLOSURE = "enclosure"
    PCS = "pcs"
    AUXILIARY = "auxiliary"
    PACKAGING = "packaging"
    COOLING_OUTSIDE = "cooling_outside"
    """Cooling parts neither in nor on the housing of the battery."""
    INSTALLATION = "installation"
    """Final installation in the vehicle or at the site."""
    CAPITAL_GOODS = "capital_goods"
    """Buildings, machines and other equipment of production and recycling."""
    NONE = "none"


class Role(StrEnum):
    """What an exchange is to its unit process."""

    MATERIAL = "material"
    PRODUCT = "product"
    ENERGY = "energy"
    AUXILIARY = "auxiliary"
    TRANSPORT = "transport"
    EMISSION = "emission"
    WASTE = "waste"


class ProviderKind(StrEnum):
    """Where an exchange comes from (or, for waste, goes to)."""

    DATASET = "dataset"
    PROCESS = "process"
    SUPPLIER = "supplier"
    ELECTRICITY = "electricity"
    GAS = "gas"
    NONE = "none"


class Supply(StrEnum):
    """How a metered kWh reaches the plant."""

    GRID = "grid"
    ON_SITE = "on_site"
    DIRECT_LINE = "direct_line"


class InstrumentType(StrEnum):
    """Contractual instruments that say where a grid kWh comes from."""

    GEC = "gec"
    IREC = "irec"
    GO = "go"
    PPA = "ppa"
    GREEN_POWER_TRADE = "green_power_trade"
    SUPPLIER_PRODUCT = "supplier_product"


class ServiceMode(StrEnum):
    """How the service of a battery over its life is counted."""

    REPEATED_CYCLING = "repeated_cycling"
    ON_DEMAND = "on_demand"
    VEHICLE = "vehicle"


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A distribution by name with its parameters, in the words of `stats_arrays`."""

    distribution: str
    parameters: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One number that the company states, or the reason why it is missing; missing is not zero."""

    number: str
    """The number exactly as typed, in decimal notation ('1/3' where a computed one has none); '' when missing."""
    unit: Unit
    kind: Kind = Kind.ESTIMATED
    missing: str = ""
    source: str = ""
    evidence: tuple[str, ...] = ()
    period: Period | None = None
    data_quality: DataQuality = DataQuality()
    uncertainty: Uncertainty | None = None
    note: str = ""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def value(self) -> float | None:
        """The number as a float [in `unit`], None when missing."""
        return float(Fraction(self.number)) if self.number else None

    @property
    def exact(self) -> Fraction:
        """The number as typed, without rounding; raises ValueError when missing."""
        return Fraction(self.number)


@dataclass(frozen=True, slots=True)
class Provider:
    """Who delivers an exchange: `id` is a dataset, process, supplier footprint, plant (electricity) or gas."""

    kind: ProviderKind
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A production site and the electricity market it stands in."""

    id: str
    name: LocalText = LocalText()
    country: str
    """ISO 3166-1 alpha-2"""
    region: str = ""
    """ISO 3166-2, for example CN-FJ"""
    address: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The battery or system that the footprint is about, and its nameplate data."""

    id: str
    name: LocalText
    category: str
    chemistry: str = ""
    model: str = ""
    manufacturer: LocalText = LocalText()
    mass: Datum
    rated_energy: Datum
    usable_energy: Datum
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLife:
    """What the product is declared to do over its life; the functional unit of each rulebook is computed from it."""

    mode: ServiceMode
    cycles: Datum | None = None
    years: Datum | None = None
    mean_capacity_factor: Datum | None = None
    """Mean share of the usable energy that is available over the life [1]."""
    vehicle_category: str = ""
    warranty_years: Datum | None = None
    warranty_distance: Datum | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The use stage of a storage product: losses per kWh delivered and auxiliary consumption."""

    round_trip_efficiency: Datum
    auxiliary_energy: Datum | None = None
    """Auxiliary consumption per year of service [kWh/a]."""
    electricity: Provider
    """Dataset of the electricity that charges the product."""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BomLine:
    """`amount` of `item` goes into one reference flow of the process that makes `parent`."""

    item: str
    parent: str
    name: LocalText = LocalText()
    component_group: ComponentGroup = ComponentGroup.NONE
    amount: Datum
    provider: Provider = Provider(ProviderKind.NONE)
    """Dataset, supplier footprint or process; NONE for an assembly made of other lines."""
    material: str = ""
    """Key of `end_of_life.yaml` materials."""
    scrap: Datum | None = None
    """Share of the amount that does not end up in the product [1]."""
    mass: Datum | None = None
    """Mass of one unit of the item, for items that are not given by mass."""
    cut_off: str = ""
    """Reason for leaving the line out of the calculation; it then stays listed with its mass."""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def id(self) -> str:
        """The line's id: items may stand under several parents, a line only once."""
        return f"{self.parent}>{self.item}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An input, emission, waste or transport service per reference flow of its unit process."""

    id: str
    name: LocalText = LocalText()
    role: Role
    amount: Datum
    provider: Provider
    origin: Origin = Origin.FOSSIL
    """Origin of the carbon of a gas; ignored for everything else."""
    stage: Stage | None = None
    """Stage of this exchange where it differs from the stage of its process."""
    component_group: ComponentGroup | None = None
    meters: tuple[str, ...] = ()
    """Meters whose readings make up the amount, when the amount is taken from them."""
    material: str = ""
    """Key of `end_of_life.yaml` materials."""
    scrap: Datum | None = None
    """Share of a material that does not end up in the product [1]."""
    mass: Datum | None = None
    """Mass of one unit, for inputs that are not given by mass."""
    cut_off: str = ""
    """Reason for leaving the exchange out of the calculation; it then stays listed."""
    country: str = ""
    """Country of the consumed electricity where it is not that of the plant."""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """What a co-product replaces on the market, for system expansion."""

    dataset: str
    share: Datum | None = None
    """Part of the co-product's amount that replaces as much of the dataset [1]; neither this nor an amount: all."""
    amount: Datum | None = None
    """Amount of the dataset that is replaced, in its own unit."""
    reason: str = ""
    """Why the alternative is the dedicated and dominant one."""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoProduct:
    """Another valuable output of a unit process, with what allocation may need."""

    id: str
    name: LocalText = LocalText()
    amount: Datum
    mass: Datum | None = None
    """Mass of one unit, where it is not given by mass."""
    price: Datum | None = None
    prices: tuple[Datum, ...] = ()
    """Prices of single years, each with its period, where no single price is given."""
    physical: Datum | None = None
    """Another physical quantity of the whole amount, for example its energy content [any unit]."""
    substitutes: Substitute | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitProcess:
    """A foreground unit process: its reference flow, where and when it runs, and what it exchanges."""

    id: str
    name: LocalText = LocalText()
    produces: str
    """The item of the bill of materials (or own product flow) that is its reference product."""
    reference_flow: Datum
    price: Datum | None = None
    """Price of one unit of the reference product, for economic allocation."""
    prices: tuple[Datum, ...] = ()
    """Prices of single years, each with its period, where no single price is given."""
    physical: Datum | None = None
    """Another physical quantity of the whole reference flow, in the unit that co-products take [any unit]."""
    mass: Datum | None = None
    """Mass of one unit of the reference product, where that is not given by mass."""
    plant: str = ""
    stage: Stage = Stage.PRODUCTION
    component_group: ComponentGroup = ComponentGroup.NONE
    period: Period | None = None
    technology: str = ""
    exchanges: tuple[Exchange, ...] = ()
    co_products: tuple[CoProduct, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """Energy through one meter in one period, and how it reached the plant."""

    meter: str
    point: str
    """Supply point: two readings of one point must not cover the same day."""
    plant: str
    process: str = ""
    period: Period
    energy: Datum
    supply: Supply = Supply.GRID
    dataset: str = ""
    """Factor of the generator, for on-site generation and direct lines."""
    certificate_sold: bool = False
    """Whether the certificate or contract for these kWh went to somebody else."""
    start: datetime | None = None
    """Moment at which the reading starts, where a time of day is given; else the first moment of the period."""
    end: datetime | None = None
    """Moment at which it ends, not belonging to it any more; else the last moment of the period."""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def begins(self) -> datetime:
        """The first moment of the reading, local time."""
        return self.start or datetime.combine(self.period.start, time())

    @property
    def ends(self) -> datetime:
        """The first moment after the reading, local time."""
        return self.end or datetime.combine(self.period.end + timedelta(days=1), time())


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A certificate or contract that claims grid kWh of a plant for a generator."""

    id: str
    type: InstrumentType
    plant: str
    process: str = ""
    energy: Datum
    dataset: str
    """Life-cycle factor of the generator's technology."""
    country: str
    generated: Period
    retired_on: date | None = None
    beneficiary: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportLeg:
    """`mass` carried over `distance` per product; without a mass the product itself is carried."""

    id: str
    name: LocalText = LocalText()
    stage: Stage
    mass: Datum | None = None
    distance: Datum
    dataset: str
    start: str = ""
    end: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfLifeMaterial:
    """What happens to one material at the end of life, in the variables of the Circular Footprint Formula."""

    id: str
    name: LocalText = LocalText()
    category: str = ""
    """Key into the rulebook's table of allocation factors A, for example aluminium, copper, plastics."""
    recycled_content: Datum | None = None
    """R1 [1]"""
    recycled_dataset: str = ""
    """E_recycled"""
    recycling_rate: Datum | None = None
    """R2, output of the recycling plant [1]"""
    recycling_dataset: str = ""
    """E_recyclingEoL"""
    avoided_dataset: str = ""
    """E*_v; '' takes the dataset of the virgin material"""
    quality_in: Datum | None = None
    """Qs_in/Qp [1]"""
    quality_out: Datum | None = None
    """Qs_out/Qp [1]"""
    price_primary: Datum | None = None
    """Price of the primary material at the point of substitution, where quality ratios are taken from prices."""
    price_secondary_in: Datum | None = None
    """Price of the recycled material that goes in, at the point of substitution."""
    price_secondary_out: Datum | None = None
    """Price of the recycled material that comes out, at the point of substitution."""
    energy_recovery_rate: Datum | None = None
    """R3 [1]"""
    heating_value: Datum | None = None
    """LHV [MJ/kg]"""
    heat_efficiency: Datum | None = None
    electricity_efficiency: Datum | None = None
    energy_recovery_dataset: str = ""
    """E_ER"""
    substituted_heat_dataset: str = ""
    """E_SE,heat"""
    substituted_electricity_dataset: str = ""
    """E_SE,elec"""
    disposal_dataset: str = ""
    """E_d"""
    treated_by: str = ""
    """End-of-life activity that already counts the treatment of what is neither recycled nor recovered."""
    allocation_factor: Datum | None = None
    """A, where the study has an application-specific value with a source"""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfLife:
    """The end of life of the product: activities counted in any case, and the fate of each material."""

    approach: str = ""
    """The study's choice where a rulebook leaves one: `cut_off` or `substitution`."""
    justification: str = ""
    activities: tuple[Exchange, ...] = ()
    materials: Mapping[str, EndOfLifeMaterial] = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierFootprint:
    """A footprint received from a supplier, per declared unit, as sent."""

    id: str
    name: LocalText = LocalText()
    company: str = ""
    unit: str
    amount: Datum
    fossil: Datum | None = None
    biogenic: Datum | None = None
    land_use: Datum | None = None
    aviation: Datum | None = None
    land_management: Datum | None = None
    uptake: Datum | None = None
    """Biogenic CO2 bound in the product at the gate, not above zero; not part of `total`."""
    land_removal: Datum | None = None
    captured: Datum | None = None
    """CO2 captured and stored (CCS), not above zero."""
    technological_removal: Datum | None = None
    """CO2 from the air or of biogenic origin that is captured and stored, not above zero."""
    total: Datum
    """kg CO2e excluding biogenic uptake per declared amount; removals and capture are taken off in it"""
    gwp_set: str
    period: Period
    geography: str = ""
    boundary: str = "cradle-to-gate"
    primary_share: float = 0.0
    data_quality: DataQuality = DataQuality()
    sha256: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A file that proves data, by its SHA-256."""

    id: str
    file: str
    sha256: str
    title: LocalText = LocalText()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything that one study folder says; `findings` are the problems met while reading and checking it."""

    id: str
    name: LocalText = LocalText()
    folder: str = ""
    reporting_period: Period
    product: Product
    service_life: ServiceLife | None = None
    boundary: str = "cradle-to-grave"
    functional_unit: LocalText = LocalText()
    mass_tolerance: float = 0.05
    plants: Mapping[str, Plant] = field(default_factory=dict)
    bom: tuple[BomLine, ...] = ()
    processes: Mapping[str, UnitProcess] = field(default_factory=dict)
    meters: tuple[MeterReading, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    transport: tuple[TransportLeg, ...] = ()
    use: Use | None = None
    end_of_life: EndOfLife | None = None
    suppliers: Mapping[str, SupplierFootprint] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    backgrounds: tuple[str, ...] = ()
    """Stored backgrounds, by name or digest, in the order in which their datasets are looked up."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Value choices that rulebooks ask for, for example `allocation: mass`, each key documented by its rulebook."""
    findings: tuple[Finding, ...] = field(default=(), compare=False)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The study as a canonical document: no places, no folder, rows in the order of their ids."""
        body: dict[str, Any] = plain(self)
        for key in ("folder", "findings"):
            body.pop(key, None)
        for key in ("bom", "meters", "instruments", "transport"):
            if key in body:
                body[key] = sorted(body[key], key=lambda row: str(sorted(row.items(), key=str)))
        for process in body.get("processes", {}).values():
            process["exchanges"] = sorted(process.get("exchanges", []), key=lambda row: str(row["id"]))
            if "co_products" in process:
                process["co_products"] = sorted(process["co_products"], key=lambda row: str(row["id"]))
        end = body.get("end_of_life", {})
        if "activities" in end:
            end["activities"] = sorted(end["activities"], key=lambda row: str(row["id"]))
        return body

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical document; the order of rows and files does not change it."""
        return digest(self.document)
