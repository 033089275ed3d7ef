"""Elementary flows and gases, units of databases, and loops of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.background.data import rows_of
from zuji.background.gwp import gwp_table
from zuji.background.importers.checks import loops_without_output
from zuji.background.importers.gases import looks_like_gas, match_flow
from zuji.background.importers.records import FlowRecord
from zuji.background.importers.units import conversion, convert, is_known, study_unit
from zuji.datum import Origin


def flow(name: str, compartment: str = "air", sub: str = "", cas: str = "", formula: str = "") -> FlowRecord:
    return FlowRecord("", name=name, unit="kg", compartment=compartment, subcompartment=sub, cas=cas, formula=formula)


@pytest.mark.parametrize(
    ("given", "gas", "origin", "sign"),
    [
        (flow("Carbon dioxide, fossil"), "CO2 fossil", "fossil", 1),
        (flow("Carbon dioxide, non-fossil", cas="000124-38-9"), "CO2 biogenic", "biogenic", 1),
        (flow("Carbon dioxide, from soil or biomass stock"), "CO2 land use change", "land_use", 1),
        (flow("Carbon dioxide, to soil or biomass stock", "soil"), "CO2 land use change", "land_use", -1),
        (flow("Carbon dioxide, in air", "natural resource", "in air"), "CO2 biogenic", "biogenic", -1),
        (flow("Carbon dioxide, fossil", "air", "lower stratosphere + upper troposphere"), "CO2 fossil", "aviation", 1),
        (flow("Methane, land transformation"), "CH4 land use change", "land_use", 1),
        (flow("methane (biogenic)", "Emissions/Emissions to air", cas="74-82-8"), "CH4 biogenic", "biogenic", 1),
        (flow("Dinitrogen monoxide", cas="010024-97-2"), "N2O", "fossil", 1),
        (flow("Methane, difluoro-, HFC-32"), "HFC-32", "fossil", 1),
        (flow("Ethane, hexafluoro-, HFC-116", formula="C2F6"), "PFC-116", "fossil", 1),
        (flow("Sulfur hexafluoride"), "SF6", "fossil", 1),
        (flow("something", cas="811-97-2"), "HFC-134a", "fossil", 1),
        (flow("六氟化硫", "大气排放"), "SF6", "fossil", 1),
    ],
)
def test_gases(given: FlowRecord, gas: str, origin: str, sign: float) -> None:
    """Names, CAS numbers and formulas in the words of the formats; the compartment decides sign and origin."""
    match = match_flow(given)
    assert match is not None
    assert (match.gas, match.origin, match.sign) == (gas, Origin(origin), sign)


@pytest.mark.parametrize(
    "given",
    [
        flow("Ethane, 1,1,2-trichloro-", formula="C2H3Cl3"), flow("Isobutane", formula="C4H10"), flow("Ammonia"),
        flow("Carbon dioxide, fossil", "water"), flow("Methane, from mine", "natural resource", "in ground"),
        flow("Carbon monoxide, fossil"), flow("Methanesulfonic acid"), flow("Dichloromethane", "water", cas="75-09-2"),
    ],
)  # fmt: skip
def test_what_is_no_gas(given: FlowRecord) -> None:
    """Isomers, other compartments and other substances are not taken for a gas of the table."""
    assert match_flow(given) is None


def test_an_unknown_origin_is_assumed_and_marked() -> None:
    """`Carbon dioxide` alone counts as fossil, and says that this was assumed."""
    match = match_flow(flow("Carbon dioxide"))
    assert match is not None
    assert match.assumed


def test_unmatched_flows_that_look_like_gases() -> None:
    """Names and formulas of halocarbons are pointed at; other air pollutants are not."""
    assert looks_like_gas(flow("Propane, 1,1,1,3-tetrafluoro-"))
    assert looks_like_gas(flow("HFC-999"))
    assert not looks_like_gas(flow("Ammonia"))
    assert not looks_like_gas(flow("PFAS, tetrafluoroethylene", "water"))


def test_the_table_of_flow_uuids() -> None:
    """Every UUID is there once, its gas is in the table of potentials, uptake is negative, and each has a source."""
    rows = rows_of("flow_gases.csv")
    assert len({row["uuid"] for row in rows}) == len(rows) > 300
    for row in rows:
        assert row["gas"] in gwp_table().gases
        assert row["source"]
        assert row["licence"] == "CC-BY-4.0"
        assert (row["sign"] == "-1") == (
            "in air" in row["name"] or "to soil" in row["name"] or "resources from air" in row["compartment"]
        )


@pytest.mark.parametrize(
    ("unit", "target", "factor"),
    [
        ("g", "kg", 1e-3), ("metric ton*km", "tkm", 1), ("kilowatt hour", "MJ", 3.6), ("kBq", "Bq", 1000), ("Item(s)",
        "unit", 1),
        ("m2a", "square meter-year", 1), ("ha", "m2", 1e4), ("l", "m3", 1e-3), ("kg*a", "kilogram-year", 1), ("hr",
        "h", 1),
        ("person*km", "personkm", 1), ("my", "m*year", 1), ("ug", "kg", 1e-9), ("kg", "MJ", None), ("m3", "Nm3", None),
        ("guest night", "unit", None), ("mWh", "kWh", None), ("zork", "kg", None), ("t", "kg", 1000),
    ],
)  # fmt: skip
def test_units(unit: str, target: str, factor: float | None) -> None:
    """Spellings of ecoinvent, ILCD, openLCA and SimaPro; what measures something else does not convert."""
    found = conversion(unit, target)
    assert found is None if factor is None else found == pytest.approx(factor)


def test_units_of_studies() -> None:
    """A stored unit is given in the spelling of studies, or as unknown."""
    assert (study_unit("unit"), study_unit("metric ton*km"), study_unit("kBq"), study_unit("m2*year")) == (
        "item",
        "tkm",
        "",
        "m2*a",
    )
    assert not is_known("zork")


def test_a_flow_converts_by_its_own_factors() -> None:
    """1 m3 of a gas with 0.8 kg/m3 is 0.8 kg; 1000 L are the same."""
    assert convert("m3", "kg", {"m3": 0.8}) == pytest.approx(0.8)
    assert convert("L", "kg", {"m3": 0.8}) == pytest.approx(0.0008)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(0, 10_000))
def test_loops_are_those_of_the_eigenvalues(n: int, seed: int) -> None:
    """A group is reported exactly when the spectral radius of what its members take reaches one."""
    rng = np.random.default_rng(seed)
    takes = rng.uniform(0, 1.2, (n, n)) * (rng.random((n, n)) < 0.4)
    output = rng.uniform(0.5, 2, n)
    consumer, provider = np.nonzero(takes)
    amount = takes[consumer, provider] * output[consumer]
    found = loops_without_output(output, consumer, provider, amount)
    # taken[j, i] of unit j per unit i: independent of scaling by output.
    radius = np.abs(np.linalg.eigvals(takes)).max()
    assert bool(found) == (radius >= 1)


def test_large_loops() -> None:
    """A ring of a thousand datasets: with 0.999 each a sound chain, with 1.001 each nothing is left over."""
    n = 1000
    ring = np.arange(n)
    for share, bad in ((0.99, 0), (1.01, 1)):
        found = loops_without_output(np.ones(n), ring, (ring + 1) % n, np.full(n, share))
        assert len(found) == bad
