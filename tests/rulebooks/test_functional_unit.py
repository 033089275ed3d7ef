"""What a result is divided by: the service of one product over its life, as each rulebook counts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zuji.rulebooks.book import Book

from .building import BOOKS, BookFolder, StudyFolder, case, datum, decision, errors, extending, found

CASE = case("functional-units")


def emitting(folder: StudyFolder, *, mass: float, energy: float, total: float) -> StudyFolder:
    """A product of this mass and usable energy whose making emits `total` kg CO2."""
    folder.head["product"] |= {"mass": datum(mass, "kg"), "usable_energy": datum(energy, "kWh")}
    gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(total, "kg")}
    return folder.process("work", [gas], produces="thing")


def vehicles(path: Path) -> Book:
    """The functional unit of electric vehicles as a folder: cycles a year, and km a year to turn km into years."""
    folder = extending(path / "vehicles", "eu-cfb-ind")
    expression = "usable_energy * full_equivalent_cycles * min(warranty_years, warranty_distance / km_per_year)"
    name = {"zh": "1 kWh 总能量", "en": "1 kWh of total energy"}
    formulas = {"energy": {"expression": expression, "unit": "kWh", "name": name}}
    strategy = {"strategy": "from_service_life", "rule": "functional_unit", "formulas": formulas}
    folder.main["strategies"] = {"functional_unit": strategy}
    folder.rules["functional_unit"] = {
        "facts": {"mode": ["repeated_cycling", "on_demand", "vehicle", "none"]},
        "base": decision("energy"),
    }
    for category, cycles in CASE["cycles_per_year"].items():
        folder.parameters[f"functional_unit.full_equivalent_cycles.{category}"] = BookFolder.parameter(cycles, "1/a")
    for category, km in CASE["km_per_year"].items():
        folder.parameters[f"functional_unit.km_per_year.{category}"] = BookFolder.parameter(km, "km/a")
    # Without a limit of distance the years alone count.
    folder.parameters["functional_unit.warranty_distance"] = BookFolder.parameter(10**9, "km")
    return folder.open()


class TestVehicles:
    @pytest.mark.parametrize("one", CASE["vehicles"], ids=[one["id"] for one in CASE["vehicles"]])
    def test_energy_over_the_warranty(self, folder, tmp_path, one):
        """Energy × cycles a year × the shorter of warranty years and warranty distance, out of a rulebook folder."""
        emitting(folder, mass=one["mass"], energy=one["energy"], total=one["total"])
        life: dict[str, Any] = {"mode": "vehicle", "vehicle_category": one["category"]}
        life["warranty_years"] = datum(one["years"], "a")
        if "km" in one:
            life["warranty_distance"] = datum(one["km"], "km")
        folder.head["service_life"] = life
        footprint = folder.footprint(vehicles(tmp_path))
        amount = footprint.system.functional_unit.amount
        assert amount is not None
        assert amount.value == one["kwh"]
        assert one["mass"] / float(amount.value) == pytest.approx(one["flow"], rel=1e-7)
        assert footprint.per_functional_unit == pytest.approx(one["per_kwh"], rel=1e-8)

    def test_the_shorter_of_years_and_distance(self):
        """120 000 km at 20 000 km a year are six years, less than the eight of the warranty."""
        by_id = {one["id"]: one for one in CASE["vehicles"]}
        assert by_id["ev2"]["kwh"] / by_id["ev1"]["kwh"] == pytest.approx(6 / 8)

    def test_an_unknown_category_is_reported(self, folder, tmp_path):
        """A vehicle category that no table knows leaves the result per product, with the reason."""
        emitting(folder, mass=450, energy=75, total=5400)
        folder.head["service_life"] = {"mode": "vehicle", "vehicle_category": "X9", "warranty_years": datum(8, "a")}
        footprint = folder.footprint(vehicles(tmp_path))
        assert footprint.per_functional_unit is None
        (finding,) = found(footprint, "ZJ415")
        assert "full_equivalent_cycles" in str(finding.params)

    def test_ratio_of_the_published_case(self):
        """165.02 kg over 24 000 kWh."""
        check = CASE["ratio_check"]
        assert check["mass"] / check["kwh"] == pytest.approx(check["flow"], rel=1e-8)


class TestStorage:
    @pytest.mark.parametrize("book", BOOKS)
    @pytest.mark.parametrize("one", CASE["storage"], ids=[one["id"] for one in CASE["storage"]])
    def test_energy_over_the_declared_cycles(self, folder, book, one):
        """Usable energy × declared cycles × mean capacity factor."""
        emitting(folder, mass=one["mass"], energy=one["energy"], total=one["total"])
        life = {
            "mode": "repeated_cycling",
            "cycles": datum(one["cycles"], "cycle"),
            "mean_capacity_factor": datum(one["k"]),
        }
        folder.head["service_life"] = life
        footprint = folder.footprint(book)
        amount = footprint.system.functional_unit.amount
        assert amount is not None
        assert float(amount.value) == pytest.approx(one["kwh"], rel=1e-15)
        assert one["mass"] / float(amount.value) == pytest.approx(one["flow"], rel=1e-9)
        assert footprint.per_functional_unit == pytest.approx(one["per_kwh"], rel=1e-7)

    @pytest.mark.parametrize("book", BOOKS)
    def test_without_a_capacity_factor_it_is_one(self, folder, book):
        """k = 1 is a parameter of the rulebook, not verified, and on record."""
        emitting(folder, mass=1, energy=100, total=1000)
        folder.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(10, "cycle")}
        footprint = folder.footprint(book)
        assert footprint.per_functional_unit == pytest.approx(1)
        assert "functional_unit.mean_capacity_factor" in {u.id for u in footprint.unverified}

    @pytest.mark.parametrize("book", BOOKS)
    def test_units_of_the_service_life_convert(self, folder, book):
        """0.1 MWh and 1000 percent of ten cycles are what they are in kWh."""
        emitting(folder, mass=1, energy=1, total=1000)
        folder.head["product"]["usable_energy"] = datum(0.1, "MWh")
        life = {"mode": "repeated_cycling", "cycles": datum(10, "次"), "mean_capacity_factor": datum(80, "%")}
        folder.head["service_life"] = life
        assert folder.footprint(book).per_functional_unit == pytest.approx(1000 / 800)

    @pytest.mark.parametrize("book", BOOKS)
    def test_standby_batteries_are_not_comparable(self, folder, book):
        """On demand: usable energy × years, in kWh·a, marked as not comparable with repeated cycling."""
        emitting(folder, mass=1, energy=100, total=1000)
        folder.head["service_life"] = {"mode": "on_demand", "years": datum(10, "a")}
        footprint = folder.footprint(book)
        unit = footprint.system.functional_unit
        assert (unit.unit, unit.comparable) == ("kWh*a", False)
        assert footprint.per_functional_unit == pytest.approx(1)

    def test_eu_without_service_life_gives_the_product_only(self, folder):
        """The EU unit is the energy over the declared life; without it the result stays per product and says so."""
        footprint = emitting(folder, mass=1, energy=100, total=1000).footprint("eu-cfb-ind")
        assert footprint.per_functional_unit is None
        assert footprint.total == pytest.approx(1000)
        assert [dict(f.params)["lacking"] for f in found(footprint, "ZJ415")] == ["service_life.cycles"]

    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_iso_without_service_life_takes_a_declared_unit(self, folder, book):
        """ISO 14067 and GB/T 24067 allow a declared unit: one product."""
        footprint = emitting(folder, mass=1, energy=100, total=1000).footprint(book)
        assert footprint.system.functional_unit.unit == "item"
        assert footprint.per_functional_unit == pytest.approx(1000)
        assert found(footprint, "ZJ415") == []

    @pytest.mark.parametrize("book", BOOKS)
    def test_missing_cycles_are_named(self, folder, book):
        """A declared mode without its number of cycles is reported with the field to fill."""
        emitting(folder, mass=1, energy=100, total=1000)
        folder.head["service_life"] = {"mode": "repeated_cycling"}
        footprint = folder.footprint(book)
        assert footprint.per_functional_unit is None
        assert [dict(f.params)["lacking"] for f in found(footprint, "ZJ415")] == ["service_life.cycles"]

    def test_no_cycles_are_no_service(self, folder):
        """A service of zero kWh divides nothing."""
        emitting(folder, mass=1, energy=100, total=1000)
        folder.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(0, "cycle")}
        footprint = folder.footprint("eu-cfb-ind")
        assert footprint.per_functional_unit is None
        assert len(found(footprint, "ZJ415")) == 1

    def test_per_capacity(self, folder):
        """Beside the functional unit the result is shown per kWh of rated energy."""
        footprint = emitting(folder, mass=1, energy=50, total=1000).footprint("iso-14067")
        assert footprint.per_capacity == pytest.approx(10)
        assert errors(footprint) == []
