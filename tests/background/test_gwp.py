"""Warming potentials: per set, by mass for blends, visible stand-ins, None where a set says nothing."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from zuji.background.data import rows_of
from zuji.background.gwp import GWP_SETS, alias_note, canonical_gas, gwp_table, nearest_gases

CASES = Path(__file__).parents[1] / "cases"
CASE = yaml.safe_load((CASES / "analytic-gwp-sets.yaml").read_text(encoding="utf-8"))
BLENDS = rows_of("gwp_blends.csv")


@pytest.mark.parametrize("gwp_set", CASE["expected"])
def test_one_inventory_under_each_set(gwp_set: str) -> None:
    """Factors, contributions and total of the analytic case come out, with gases typed as people do."""
    expected, table, total = CASE["expected"][gwp_set], gwp_table(), 0.0
    for typed, value in expected["factors"].items():
        gas = canonical_gas(typed)
        assert gas is not None, typed
        factor = table.factor(gas, gwp_set)
        assert factor is not None, typed
        assert factor.value == value, typed
    for line in CASE["inventory"]:
        factor = table.factor(canonical_gas(line["gas"]) or "", gwp_set)
        assert factor is not None
        contribution = line["kg"] * factor.value
        assert contribution == pytest.approx(expected["contributions"][line["gas"]], rel=1e-12)
        total += contribution
    assert total == pytest.approx(expected["total"], rel=1e-12)


@pytest.mark.parametrize("row", BLENDS, ids=lambda row: f"{row['gas']}-{row['set']}")
def test_blends_by_mass(row: dict[str, str]) -> None:
    """Every printed blend value is the mass-weighted sum of its components, to its one printed decimal."""
    factor = gwp_table().factor(row["gas"], row["set"])
    assert factor is not None
    assert abs(Decimal(factor.value) - Decimal(row["value"])) <= Decimal("0.05")
    assert sum(share for _, share in factor.components) == 1
    assert factor.confidence == "memory"


def test_a_blend_needs_all_its_components() -> None:
    """A blend with an HFO has no value in AR4 and AR5, which have none for the HFO."""
    assert gwp_table().factor("R-454B", "AR4") is None
    assert gwp_table().factor("R-454B", "AR5") is None
    assert gwp_table().factor("R-454B", "AR6") is not None


def test_sf6_differs_by_set() -> None:
    """SF6 has its own value in every set, and the AR6 value says that other lists print another number."""
    values = {}
    for gwp_set in GWP_SETS:
        factor = gwp_table().factor("SF6", gwp_set)
        assert factor is not None
        values[gwp_set] = factor.value
    assert values == {
        "AR4": 22800,
        "AR5": 23500,
        "AR5_CCF": 26087,
        "AR6": 25200,
        "AR6_GWP20": 18300,
        "EF3.1": 25200,
    }
    factor = gwp_table().factor("SF6", "AR6")
    assert factor is not None
    assert "24300" in factor.note


@pytest.mark.parametrize("gas", ["SO2F2", "HFO-1336mzz(E)"])
def test_not_characterised_is_none(gas: str) -> None:
    """A gas that EF 3.1 does not characterise has no factor there, though AR6 has one; it is never zero."""
    assert gwp_table().factor(gas, "EF3.1") is None
    factor = gwp_table().factor(gas, "AR6")
    assert factor is not None
    assert factor.value > 1


def test_ef_equals_ar6_where_both_speak() -> None:
    """EF 3.1 and AR6 agree on every gas that both list, without exception (82 pairs)."""
    rows = {(row["gas"], row["set"]): row["value"] for row in rows_of("gwp.csv")}
    pairs = [gas for gas, gwp_set in rows if gwp_set == "AR6" and (gas, "EF3.1") in rows]
    assert [gas for gas in pairs if Decimal(rows[gas, "AR6"]) != Decimal(rows[gas, "EF3.1"])] == []
    assert len(pairs) == 82


def test_biogenic_co2_is_left_to_the_rulebook() -> None:
    """Biogenic CO2 has a value (zero) in EF 3.1 only; no IPCC set gets a stand-in for it."""
    found = {gwp_set: gwp_table().factor("CO2 biogenic", gwp_set) for gwp_set in GWP_SETS}
    assert {gwp_set for gwp_set, factor in found.items() if factor is not None} == {"EF3.1"}
    assert found["EF3.1"] is not None
    assert found["EF3.1"].value == 0


@pytest.mark.parametrize("row", rows_of("gwp_standins.csv"), ids=lambda row: f"{row['gas']}-{row['set']}")
def test_stand_ins_show(row: dict[str, str]) -> None:
    """Each stand-in names the gas that it uses and why; and none hides a value that the set has itself."""
    factor = gwp_table().factor(row["gas"], row["set"])
    other = gwp_table().factor(row["uses"], row["set"])
    assert factor is not None
    assert other is not None
    assert factor.is_stand_in
    assert (factor.gas, factor.uses, factor.value, factor.note) == (
        row["gas"],
        row["uses"],
        other.value,
        row["reason"],
    )
    assert (row["gas"], row["set"]) not in gwp_table().factors


def test_every_set_has_co2_as_reference() -> None:
    """Fossil CO2 is 1 in every set."""
    for gwp_set in GWP_SETS:
        factor = gwp_table().factor("CO2 fossil", gwp_set)
        assert factor is not None
        assert factor.value == 1


def test_an_unknown_set_is_a_programming_error() -> None:
    """A set that the table does not know raises, naming those that it knows."""
    with pytest.raises(KeyError, match=r"AR5_CCF.*EF3\.1"):
        gwp_table().factor("SF6", "SAR")


@pytest.mark.parametrize(
    ("typed", "gas"),
    [
        ("CO2", "CO2 fossil"),
        ("CO2_fossil", "CO2 fossil"),
        ("二氧化碳", "CO2 fossil"),
        ("CO₂", "CO2 fossil"),
        ("CH4", "CH4 (generic)"),
        ("甲烷", "CH4 (generic)"),
        ("CH4_biogenic", "CH4 biogenic"),
        ("n2o", "N2O"),
        ("SF6", "SF6"),
        ("六氟化硫", "SF6"),
        ("CF4", "PFC-14"),
        ("C2F6", "PFC-116"),
        ("HFC134a", "HFC-134a"),
        ("R134a", "HFC-134a"),
        ("R-134a", "HFC-134a"),
        ("811-97-2", "HFC-134a"),
        ("七氟丙烷", "HFC-227ea"),
        ("R410A", "R-410A"),
        ("Novec 1230", "FK-5-1-12"),
        ("R-22", "HCFC-22"),
        ("CO2 biogenic", "CO2 biogenic"),
    ],
)
def test_gases_as_people_type_them(typed: str, gas: str) -> None:
    """Chemical formula, refrigerant number, CAS number and Chinese name all lead to the gas."""
    assert canonical_gas(typed) == gas


def test_assumptions_in_names_are_said() -> None:
    """CO2 without origin is read as fossil and says so; a full name needs no note."""
    assert "fossil" in alias_note("CO2")
    assert alias_note("CO2 fossil") == ""


def test_unknown_gas_gets_the_nearest() -> None:
    """An unknown gas is None, and the nearest gases are offered."""
    assert canonical_gas("HFC-134b") is None
    assert nearest_gases("HFC-134b")[:2] == ("HFC-134", "HFC-134a")
    assert canonical_gas("") is None


def test_aliases_lead_to_gases() -> None:
    """Each alias names a gas of the table, and no two aliases differ only in spelling."""
    table = gwp_table()
    for row in rows_of("gas_aliases.csv"):
        assert row["gas"] in table.gases, row
        assert canonical_gas(row["alias"]) == row["gas"], row


def test_figures_have_sources() -> None:
    """Every potential and blend names source, locator, licence and confidence, and may be redistributed."""
    for row in [*rows_of("gwp.csv"), *BLENDS]:
        assert all(row[key] for key in ("source", "locator", "licence", "confidence")), row
        assert row["redistribute"] == "yes"
        assert row["unit"] == "kgCO2e/kg"


def test_files_are_plain_csv() -> None:
    """The files of the starter set hold no field over two lines, so a line number is a row number."""
    folder = Path(__file__).parents[2] / "src/zuji/background/starter"
    for path in sorted(folder.glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert all(len(record) == len(lines[0].split(",")) for record in csv.reader(lines)), path.name
