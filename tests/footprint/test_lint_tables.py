"""The figures of the linter: computed again from formulas, and words that find the right substance."""

from __future__ import annotations

import re

import pytest

from zuji.background.data import rows_of as starter_rows
from zuji.footprint.lint_tables import (
    ELEMENTS,
    carbon_band,
    cell_energy_band,
    chemistry_of,
    minerals,
    rows_of,
    substance_of,
)

MASSES = {row["element"]: float(row["mass"]) for row in rows_of("atomic_masses.csv")}


def atoms(formula: str) -> dict[str, float]:
    """Atoms by element; a hydrate's water stands after the dot with its number in front."""
    found: dict[str, float] = {}
    salt, _, water = formula.partition("·")
    number = re.match(r"[\d.]*", water)[0] or "1"  # type: ignore[index]
    text = salt + (f"({water[len(number) if water[:1].isdigit() else 0 :]}){number}" if water else "")
    while "(" in text:
        text = re.sub(r"\(([^()]*)\)([\d.]*)", lambda m: times(m[1], float(m[2] or 1)), text)
    for element, count in re.findall(r"([A-Z][a-z]?)([\d.]*)", text):
        found[element] = found.get(element, 0.0) + float(count or 1)
    return found


def times(group: str, factor: float) -> str:
    parts = re.findall(r"([A-Z][a-z]?)([\d.]*)", group)
    return "".join(f"{element}{float(count or 1) * factor}" for element, count in parts)


@pytest.mark.parametrize("row", [row for row in rows_of("elements.csv") if row["formula"]], ids=lambda row: row["id"])
def test_fractions_follow_from_the_formula(row):
    """Molar mass and mass fractions are those of the formula."""
    count = atoms(row["formula"])
    mass = sum(MASSES[element] * number for element, number in count.items())
    assert float(row["molar_mass"]) == pytest.approx(mass, abs=1e-3)
    for element in ELEMENTS:
        assert float(row[element]) == pytest.approx(MASSES.get(element, 0) * count.get(element, 0) / mass, abs=1e-5)


def test_known_fractions():
    """Lithium is 18.8 % of its carbonate and 16.5 % of its hydroxide hydrate; nickel 22.3 % of NiSO4·6H2O."""
    by_id = {row["id"]: row for row in rows_of("elements.csv")}
    assert float(by_id["lithium_carbonate"]["Li"]) == pytest.approx(0.188, abs=5e-4)
    assert float(by_id["lithium_hydroxide_monohydrate"]["Li"]) == pytest.approx(0.165, abs=5e-4)
    assert float(by_id["nickel_sulfate_hexahydrate"]["Ni"]) == pytest.approx(0.2233, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Li2CO3", "lithium_carbonate"),
        ("电池级碳酸锂", "lithium_carbonate"),
        ("battery-grade lithium carbonate", "lithium_carbonate"),
        ("flow:lithium_hydroxide_anhydrous", "lithium_hydroxide"),
        ("lithium hydroxide monohydrate", "lithium_hydroxide_monohydrate"),
        ("LiOH.H2O", "lithium_hydroxide_monohydrate"),
        ("nickel sulfate hexahydrate", "nickel_sulfate_hexahydrate"),
        ("硫酸镍", "nickel_sulfate"),
        ("硫酸", "sulfuric_acid"),
        ("MnSO4·H2O", "manganese_sulfate_monohydrate"),
        ("NMC111 hydroxide (precursor)", "nmc111_hydroxide"),
        ("NCM622氢氧化物", "nmc622_hydroxide"),
        ("NCM523 precursor", "nmc532_hydroxide"),
        ("process:nmc811_cam", "nmc811_oxide"),
        ("LFP cathode active material", "lfp"),
        ("磷酸铁锂", "lfp"),
        ("磷酸铁", "iron_phosphate"),
        ("磷酸", "phosphoric_acid"),
        ("六氟磷酸锂", "lipf6"),
        ("copper collector foil", "copper"),
        ("铝箔", "aluminium"),
        ("aluminium sulfate", "aluminium_sulfate"),
        ("flow:graphite_synthetic", "graphite"),
    ],
)
def test_words_find_their_substance(name, id):
    """Formulas, common names in both languages and dataset ids are recognised, the special before the general."""
    found = substance_of(name)
    assert found is not None
    assert found.id == id


@pytest.mark.parametrize(
    "name",
    [
        "NMC111 cathode",
        "LFP storage battery",
        "磷酸铁锂储能电池",
        "Sheet rolling, copper",
        "铝塑膜",
        "铜精矿",
        "石墨烯",
        "steel",
        "",
    ],
)
def test_words_that_are_no_substance(name):
    """Electrodes, batteries, services and laminates are not taken for the material in their name."""
    assert substance_of(name) is None


@pytest.mark.parametrize(
    ("text", "chemistry"),
    [
        ("LFP", "LFP"),
        ("LiFePO4", "LFP"),
        ("磷酸铁锂", "LFP"),
        ("NCM 811", "NMC811"),
        ("ncm523", "NMC532"),
        ("NCA", "NCA"),
    ],
)
def test_chemistries_by_any_name(text, chemistry):
    """NCM523 and NMC532 are one chemistry, LiFePO4 is LFP."""
    assert chemistry_of(text) == chemistry


def test_bands():
    """The hull of the published figures: LFP packs 54 to 69, storage to 92.3; a lone figure times 1.5."""
    pack, storage, lone = carbon_band("LFP", "ev"), carbon_band("LFP", "industrial-storage"), carbon_band("NCA", "ev")
    assert pack is not None
    assert storage is not None
    assert lone is not None
    assert (pack.low, pack.high) == (54, 69)
    assert (storage.low, storage.high) == (54, 92.3)
    assert (lone.low, lone.high) == pytest.approx((67.10 / 1.5, 67.10 * 1.5))
    assert carbon_band("LTO", "ev") is None


def test_the_benchmarks_are_per_kilowatt_hour_from_cradle_to_gate():
    """Every row that a band names exists, in kg CO2e/kWh and from cradle to gate."""
    rows = {row["id"]: row for row in starter_rows("benchmarks.csv")}
    for entry in rows_of("bands.csv"):
        row = rows[entry["benchmark"]]
        assert (row["unit"], row["boundary"]) == ("kgCO2e/kWh", "cradle to gate")


def test_cell_energy():
    """20.3 (Degen 2023) to 47.23 (Jinasena 2021), rounded outwards; 170 MJ are 47.2 kWh."""
    band = cell_energy_band()
    assert (band.low, band.high) == (20, 48)
    dai = next(row for row in rows_of("cell_energy.csv") if row["id"] == "dai2019")
    assert float(dai["low"]) == pytest.approx(170 / 3.6, abs=0.05)


def test_minerals():
    """LFP needs 0.089 kg lithium per kWh, NMC111 0.319 kg cobalt; LFP has neither cobalt nor nickel."""
    assert minerals("LFP")["Li"][0] == 0.088958
    assert minerals("NMC111")["Co"][0] == 0.31879
    assert set(minerals("LFP")) == {"Li", "Cu", "graphite"}
