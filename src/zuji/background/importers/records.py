"""What a parser hands over: datasets with exchanges, flows, units and parameters as the file states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from zuji.finding import Finding

DIRECT_ONLY = "direct emissions only"
"""`boundary` of a dataset without any supply chain: it is no life-cycle dataset."""


class Kind(IntEnum):
    """What an exchange is to its dataset."""

    PRODUCT = 0
    """Output of the reference product or of a co-product; a negative amount (or `treats`) is waste that is taken in."""
    INPUT = 1
    """Input of a product from the technosphere."""
    WASTE = 2
    """Output of waste that a treatment dataset takes in."""
    AVOIDED = 3
    """Output of a product that replaces the production of the same product elsewhere."""
    EMISSION = 4
    """Output to nature."""
    RESOURCE = 5
    """Input from nature."""


class Distribution(IntEnum):
    """The distributions of the formats, numbered as in stats_arrays so that Monte Carlo needs no translation."""

    UNDEFINED = 0
    NONE = 1
    LOGNORMAL = 2
    NORMAL = 3
    UNIFORM = 4
    TRIANGULAR = 5
    GAMMA = 9
    BETA_PERT = 13


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A distribution around the amount; `loc` and `scale` are mu and sigma (of the logarithm for lognormal).

    The unit is the exchange's own (none for a lognormal scale); NaN where the distribution has no such parameter.
    For a lognormal of a negative amount, `loc` is the logarithm of its absolute value. For a triangular and a beta-PERT
    distribution `loc` is the mode; for a gamma distribution `loc` is the shape [1] and `minimum` where it starts.
    """

    kind: Distribution
    loc: float = float("nan")
    scale: float = float("nan")
    minimum: float = float("nan")
    maximum: float = float("nan")


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """An elementary flow, product or waste; `key` is how the format tells it from all others."""

    key: str
    name: str = ""
    name_zh: str = ""
    unit: str = ""
    """Unit in which amounts of this flow are stored; exchanges in other units are converted to it."""
    elementary: bool = False
    compartment: str = ""
    """`air`, `water`, `soil`, `resource` … in the words of the file, with `subcompartment`."""
    subcompartment: str = ""
    cas: str = ""
    formula: str = ""
    synonyms: tuple[str, ...] = ()
    factors: Mapping[str, float] = field(default_factory=dict)
    """How much of `unit` one of another unit is where that depends on the flow (kg per m3, MJ per kg)."""
    location: str = ""


@dataclass(slots=True)
class ExchangeRecord:
    """One line of a dataset; `amount` is per run of the dataset, in `unit`."""

    kind: Kind
    flow: str
    amount: float
    unit: str
    provider: str = ""
    """The provider as the format names it (see `DatasetRecord.provider_keys`); '' to link by flow and location."""
    location: str = ""
    formula: str = ""
    """The expression of the amount; evaluated by the common part when `amount` is NaN, else only compared."""
    variable: str = ""
    uncertainty: Uncertainty | None = None
    line: int = 0
    treats: bool = False
    """For PRODUCT: the dataset takes this in as waste, and its reference flow is the treatment of it."""
    properties: Mapping[str, float] = field(default_factory=dict)
    """For PRODUCT: `price`, `mass` … per unit of the flow, for allocation."""
    shares: Mapping[str, float] | None = None
    """Share of this line that each product bears, by flow key of the product, as fractions of 1."""


@dataclass(slots=True)
class ParameterRecord:
    """A named number of a dataset or of the whole database (`DatasetRecord` or `Batch.parameters`)."""

    name: str
    amount: float = float("nan")
    formula: str = ""
    unit: str = ""
    uncertainty: Uncertainty | None = None
    line: int = 0


@dataclass(slots=True, kw_only=True)
class DatasetRecord:
    """One process as the file states it; with several PRODUCT exchanges it is split by `allocation`."""

    id: str
    name: str
    name_zh: str = ""
    reference: str = ""
    """Flow key of the reference product; '' for the only PRODUCT exchange."""
    geography: str = ""
    year: str = ""
    technology: str = ""
    system_model: str = ""
    boundary: str = ""
    category: str = ""
    """Classification in the words of the file, levels parted by '/'."""
    citation: str = ""
    licence: str = ""
    notes: str = ""
    terminated: bool = False
    """Whether this is an inventory result (system process): product inputs are not expected."""
    exchanges: list[ExchangeRecord] = field(default_factory=list)
    parameters: list[ParameterRecord] = field(default_factory=list)
    provider_keys: tuple[str, ...] = ()
    """The names by which exchanges of other datasets may call this one as `provider`, beside `id`."""
    formulas_hold: bool = True
    """False where the amounts were changed after the formulas (allocated or linked versions): no comparison then."""
    shares: Mapping[str, float] | None = None
    """Allocation shares by flow key of the product, for exchanges without shares of their own."""
    file: str = ""
    line: int = 0


@dataclass(slots=True, kw_only=True)
class MethodRecord:
    """One impact category of a method: characterisation factors by flow key."""

    id: str
    method: str
    category: str
    unit: str
    factors: list[tuple[str, float, str, str]] = field(default_factory=list)
    """(flow key, factor per `flow unit`, flow unit, location or '')"""
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class Batch:
    """What one call of a parser yields: everything from one part of the source, in the order of the file."""

    datasets: list[DatasetRecord] = field(default_factory=list)
    flows: dict[str, FlowRecord] = field(default_factory=dict)
    methods: list[MethodRecord] = field(default_factory=list)
    parameters: list[ParameterRecord] = field(default_factory=list)
    """Parameters of the whole database."""
    findings: list[Finding] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    """Features that the format has and this import leaves out, with how often they occurred."""
