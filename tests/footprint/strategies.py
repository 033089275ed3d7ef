"""Random small studies in memory, above a fixed small background; every one of them can be calculated.

Nobody takes from the top process, and every process takes from the others at most 0.9 of what it makes, so that loops
always leave a net output.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from zuji.background.model import (
    CO2E,
    Background,
    Category,
    DirectDataset,
    Input,
    Intervention,
    LifecycleDataset,
    Source,
)
from zuji.datum import DataQuality, Kind, LocalText, Origin, Period
from zuji.quantity import parse_unit
from zuji.study.inventory import decimal_text
from zuji.study.model import (
    BomLine,
    ComponentGroup,
    CoProduct,
    Datum,
    EndOfLife,
    EndOfLifeMaterial,
    Exchange,
    Instrument,
    InstrumentType,
    MeterReading,
    Plant,
    Product,
    Provider,
    ProviderKind,
    Role,
    ServiceLife,
    ServiceMode,
    Stage,
    Study,
    Supply,
    TransportLeg,
    UnitProcess,
    Use,
)

YEAR = Period(date(2024, 1, 1), date(2024, 12, 31))
DAY = date(2025, 6, 30)
TOP = "work"


def _dataset(
    id: str, unit: str, *emitted: Intervention, category: Category = Category.MATERIAL, inputs: tuple[Input, ...] = ()
) -> LifecycleDataset:
    return LifecycleDataset(
        id=id, name=LocalText(id, id), category=category, unit=unit, interventions=emitted, inputs=inputs,
        source=Source("test", "p. 1", "CC0", "yes"), data_quality=DataQuality(2, 3, 1, 2),
    )  # fmt: skip


POWER = Category.ELECTRICITY
DATASETS = (
    _dataset("mix", "kWh", Intervention("CO2 fossil", 0.5), Intervention("CH4 fossil", 0.001), category=POWER),
    _dataset("residual", "kWh", Intervention(CO2E, 0.7, Origin.UNSPECIFIED, "AR6"), category=POWER),
    _dataset("pv", "kWh", Intervention("CO2 fossil", 0.04), category=POWER, inputs=(Input("steel", 0.002, "kg"),)),
    _dataset("wind", "kWh", Intervention(CO2E, 0.01, Origin.UNSPECIFIED, "AR5"), category=POWER),
    _dataset("steel", "kg", Intervention("CO2 fossil", 1.7),
             inputs=(Input("mix", 0.9, "kWh"), Input("truck", 200, "kgkm"))),
    _dataset("wood", "kg", Intervention("CO2 biogenic", -1.6), Intervention("CO2 land use change", 0.3)),
    _dataset("scrap", "kg", Intervention("CO2 fossil", 0.4), Intervention("N2O", 0.0001)),
    _dataset("tip", "t", Intervention("CH4 biogenic", 3), Intervention("CO2 biogenic", 40), category=Category.WASTE),
    _dataset("truck", "tkm", Intervention("CO2 fossil", 0.1), category=Category.TRANSPORT),
    _dataset("plane", "tkm", Intervention("CO2 fossil", 0.8, Origin.AVIATION), category=Category.TRANSPORT),
    _dataset("board", "item", Intervention(CO2E, 9.5, Origin.FOSSIL, "AR6"), inputs=(Input("steel", 30, "g"),)),
    DirectDataset(id="gas", name=LocalText("gas", "gas"), category=Category.FUEL, unit="MJ", source=Source("test"),
                  interventions=(Intervention("CO2 fossil", 0.056), Intervention("CH4 fossil", 0.000001))),
)  # fmt: skip
BACKGROUND = Background.of("small", DATASETS)
INPUTS = ("steel", "wood", "scrap", "board", "gas")
GASES = ("CO2 fossil", "CO2 biogenic", "CH4 biogenic", "N2O", "SF6")

NUMBERS = st.one_of(
    st.integers(1, 500).map(str),
    st.decimals("0.001", "99", places=3).map(str),
    st.sampled_from(["0.1", "0.3", "1e-3", "7", "12.5"]),
)
PERCENT = st.integers(0, 40).map(lambda percent: decimal_text(Fraction(percent, 100)))


def amount(number: str, unit: str, kind: Kind = Kind.MEASURED) -> Datum:
    return Datum(number=number, unit=parse_unit(unit), kind=kind, source="test")


def _unit(dataset: str) -> str:
    return next(d.unit for d in DATASETS if d.id == dataset)


@st.composite
def exchanges(draw: st.DrawFn, providers: list[str], output: Fraction) -> tuple[Exchange, ...]:
    """Up to seven exchanges of one process, with the takings from `providers` below 0.9 of `output`."""
    made: list[Exchange] = []

    def add(role: Role, datum: Datum, provider: Provider, **more: object) -> None:
        stage = draw(st.sampled_from([None, None, None, *Stage]))
        exchange = Exchange(id=f"x{len(made)}", role=role, amount=datum, provider=provider, stage=stage)
        made.append(replace(exchange, **more))  # type: ignore[arg-type]

    for provider in draw(st.lists(st.sampled_from(providers), max_size=3)) if providers else []:
        share = output * draw(st.integers(1, 30)) / 100
        add(Role.PRODUCT, amount(decimal_text(share), "kg"), Provider(ProviderKind.PROCESS, provider))
    for dataset in draw(st.lists(st.sampled_from(INPUTS), max_size=2)):
        datum = amount(draw(NUMBERS), _unit(dataset), draw(st.sampled_from(list(Kind))))
        role = draw(st.sampled_from([Role.MATERIAL, Role.AUXILIARY]))
        scrap = amount(draw(PERCENT), "1") if draw(st.booleans()) else None
        material = draw(st.sampled_from(["", "metal", "fibre"]))
        mass = amount("0.2", "kg") if dataset == "board" else None
        add(role, datum, Provider(ProviderKind.DATASET, dataset), scrap=scrap, material=material, mass=mass)
    for gas in draw(st.lists(st.sampled_from(GASES), max_size=2)):
        sign = "-" if gas == "CO2 biogenic" and draw(st.booleans()) else ""
        add(Role.EMISSION, amount(sign + draw(NUMBERS), "kg"), Provider(ProviderKind.GAS, gas))
    if draw(st.booleans()):
        add(Role.ENERGY, amount(draw(NUMBERS), "kWh"), Provider(ProviderKind.ELECTRICITY, "works"))
    return tuple(made)


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """A study with a top process, up to four processes in loops, electricity, transport, use and end of life."""
    names = [f"p{i}" for i in range(draw(st.integers(0, 4)))]
    flows = {name: draw(st.sampled_from(["1", "4", "0.5", "1000"])) for name in names}
    processes = {
        name: UnitProcess(
            id=name, produces=name, reference_flow=amount(flows[name], "kg"),
            plant=draw(st.sampled_from(["works", ""])),
            stage=draw(st.sampled_from([Stage.PRODUCTION, Stage.RAW_MATERIAL])),
            component_group=draw(st.sampled_from([ComponentGroup.NONE, ComponentGroup.CATHODE, ComponentGroup.PACK])),
            exchanges=draw(exchanges(names, Fraction(flows[name]))),
            co_products=draw(st.sampled_from([(),
            (CoProduct(id="b", amount=amount("2", "kg"), price=amount("3", "CNY/kg")),)])),
            price=amount("4", "CNY/kg"),
        )
        for name in names
    }  # fmt: skip
    runs = draw(st.sampled_from(["1", "1000", "3"]))
    processes[TOP] = UnitProcess(
        id=TOP, produces="thing", reference_flow=amount(runs, "item"), plant="works",
        exchanges=draw(exchanges(names, Fraction(100))),
    )  # fmt: skip
    bom = tuple(
        BomLine(item=f"part{i}", parent="thing", amount=amount(draw(NUMBERS), _unit(dataset)), material=material,
                provider=Provider(ProviderKind.DATASET, dataset), mass=amount("0.2", "kg"))
        for i, (dataset, material) in enumerate(
            draw(st.lists(st.tuples(st.sampled_from(INPUTS[:4]), st.sampled_from(["", "metal", "fibre"])), max_size=3))
        )
    )  # fmt: skip
    return Study(
        id="random",
        reporting_period=YEAR,
        product=_product(),
        service_life=draw(st.sampled_from([None, _life()])),
        boundary=draw(st.sampled_from(["cradle-to-grave", "cradle-to-grave", "cradle-to-gate"])),
        plants={"works": Plant(id="works", country="CN"), "other": Plant(id="other", country="CN")},
        bom=bom,
        processes=processes,
        meters=tuple(draw(st.lists(_meters(names), max_size=4, unique_by=lambda m: (m.supply, m.dataset, m.process)))),
        instruments=tuple(draw(st.lists(_instruments(), max_size=2, unique_by=lambda i: i.id))),
        transport=draw(st.sampled_from([(), _legs()])),
        use=draw(st.sampled_from([None, _use()])),
        end_of_life=draw(st.sampled_from([None, *(_end(approach) for approach in ("", "cut_off", "substitution"))])),
        choices={"average_mix.CN": "mix", **draw(st.sampled_from([{}, {"residual_mix.CN": "residual"}]))},
    )


def _product() -> Product:
    energy = amount("100", "kWh")
    return Product(
        id="thing", name=LocalText("产品", "thing"), category="industrial", mass=amount("800", "kg"),
        rated_energy=energy, usable_energy=energy,
    )  # fmt: skip


def _life() -> ServiceLife:
    return ServiceLife(mode=ServiceMode.REPEATED_CYCLING, cycles=amount("3000", "cycle"), years=amount("12", "a"))


def _use() -> Use:
    return Use(
        round_trip_efficiency=amount("88", "%"), auxiliary_energy=amount("20", "kWh/a"),
        electricity=Provider(ProviderKind.DATASET, "mix"),
    )  # fmt: skip


def _legs() -> tuple[TransportLeg, ...]:
    first = TransportLeg(
        id="in", stage=Stage.RAW_MATERIAL, mass=amount("300", "kg"), distance=amount("70", "km"), dataset="truck"
    )
    return first, TransportLeg(id="out", stage=Stage.DISTRIBUTION, distance=amount("1200", "km"), dataset="plane")


def _end(approach: str) -> EndOfLife:
    haul = Exchange(
        id="haul", role=Role.TRANSPORT, amount=amount("80", "tkm"), provider=Provider(ProviderKind.DATASET, "truck")
    )
    burn = replace(
        haul, id="burn", role=Role.WASTE, amount=amount("3", "MJ"), provider=Provider(ProviderKind.DATASET, "gas")
    )
    metal = EndOfLifeMaterial(
        id="metal", category="steel", recycled_content=amount("0.3", "1"), recycled_dataset="scrap",
        recycling_rate=amount("90", "%"), recycling_dataset="scrap", avoided_dataset="steel", disposal_dataset="tip",
    )  # fmt: skip
    fibre = EndOfLifeMaterial(
        id="fibre", energy_recovery_rate=amount("0.6", "1"), heating_value=amount("16", "MJ/kg"),
        heat_efficiency=amount("0.5", "1"), electricity_efficiency=amount("0.1", "1"), energy_recovery_dataset="tip",
        substituted_heat_dataset="gas", substituted_electricity_dataset="mix", disposal_dataset="tip",
    )  # fmt: skip
    return EndOfLife(approach=approach, activities=(haul, burn), materials={"metal": metal, "fibre": fibre})


@st.composite
def _meters(draw: st.DrawFn, names: list[str]) -> MeterReading:
    supply = draw(st.sampled_from(list(Supply)))
    process = draw(st.sampled_from(["", "", TOP, *names]))
    sold = supply is not Supply.GRID and draw(st.booleans())
    return MeterReading(
        meter=f"{supply}-{process}-{sold}", point=f"{supply}-{process}", plant="works", process=process, period=YEAR,
        energy=amount(draw(NUMBERS), "kWh"), supply=supply, dataset="" if supply is Supply.GRID else "pv",
        certificate_sold=sold,
    )  # fmt: skip


@st.composite
def _instruments(draw: st.DrawFn) -> Instrument:
    return Instrument(
        id=draw(st.sampled_from(["C1", "C2", "C3"])), type=InstrumentType.GEC, plant="works",
        process=draw(st.sampled_from(["", TOP])), energy=amount(draw(NUMBERS), "kWh"), dataset="wind", country="CN",
        generated=YEAR, retired_on=draw(st.sampled_from([None, date(2024, 12, 1)])), beneficiary="works",
    )  # fmt: skip
