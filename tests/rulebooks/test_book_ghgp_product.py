"""GHG Protocol Product Standard: every stage, supplier-specific electricity, recycling by the study's choice."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.errors import RulebookError
from zuji.rulebooks.book import open_book

from .building import DAY, StudyFolder, case, datum, errors, found, part_of

CASE = case("electricity-by-rulebook")
BOOK = "ghgp-product"


def storage(folder: StudyFolder) -> StudyFolder:
    """A battery of 100 kWh with a line in every stage; its steel is partly recycled at both ends."""
    for id, value in (("steel", 2), ("scrap", "0.5"), ("smelt", "0.4"), ("tip", "0.1")):
        folder.background(id, value, "kgCO2e/kg")
    folder.background("truck", "0.1", "kgCO2e/tkm").electricity("charge", "0.6")
    folder.electricity("average", "0.5777").choose(average_mix__CN="average")
    folder.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(6000, "cycle")}
    folder.head["use"] = {"round_trip_efficiency": datum(0.8), "electricity": "charge"}
    exchanges = [
        {"id": "steel", "role": "material", "dataset": "steel", "material": "steel", "amount": datum(1000, "kg")},
        {"id": "power", "electricity": "works", "amount": datum(1000, "kWh")},
        {"id": "road", "role": "transport", "stage": "distribution", "dataset": "truck", "amount": datum(1000, "tkm")},
    ]
    folder.process("work", exchanges, produces="thing")
    material = {
        **{"recycled_content": datum(0.3), "recycling_rate": datum(0.9), "recycled_dataset": "scrap"},
        **{"recycling_dataset": "smelt", "disposal_dataset": "tip"},
    }
    return folder.end_of_life(materials={"steel": material})


def hundred_mwh(folder: StudyFolder, **certificate: str) -> StudyFolder:
    """The plant of the electricity case: 20 MWh from its roof, 40 MWh under a contract, 40 MWh without."""
    for name in ("pv", "wind", "average", "residual"):
        folder.electricity(name, CASE["factors"][name])
    folder.choose(average_mix__CN="average", residual_mix__CN="residual")
    folder.meter("roof", 20000, "on_site", dataset="pv").meter("grid", 80000)
    folder.instrument("C1", 40000, "wind", **{"type": "ppa", **certificate})
    power = {"id": "power", "electricity": "works", "amount": datum(100000, "kWh")}
    return folder.process("work", [power], produces="thing")


class TestValidity:
    def test_from_2011_on(self, folder):
        """The standard of 2011 holds without end, and not before it came out."""
        assert open_book(BOOK).version(date(2030, 1, 1)).status == "in force"
        with pytest.raises(RulebookError, match="ghgp-product has no version valid on 2011-12-30"):
            storage(folder).footprint(BOOK, date(2011, 12, 30))

    @pytest.mark.parametrize(
        ("day", "factor"),
        [("2012-01-01", 25), ("2013-09-29", 25), ("2013-09-30", 30), ("2021-08-08", 30), ("2021-08-09", 29.8)],
    )
    def test_the_latest_gwp_of_its_day(self, folder, day, factor):
        """A kilogram of fossil methane counts under the newest assessment of the day of the calculation."""
        gas = {"id": "leak", "gas": "CH4 fossil", "amount": datum(1, "kg")}
        footprint = folder.process("work", [gas], produces="thing").footprint(BOOK, date.fromisoformat(day))
        assert footprint.total == pytest.approx(factor)


class TestWholeStudy:
    def test_recycled_content_by_hand(self, folder):
        """Without a choice: recycled input with its recycling, no credit at the end, use included."""
        footprint = storage(folder).footprint(BOOK)
        assert errors(footprint) == []
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(1000 * (0.7 * 2 + 0.3 * 0.5))
        assert part_of(footprint, "stage", "production") == pytest.approx(577.7)
        assert part_of(footprint, "stage", "distribution") == pytest.approx(100)
        assert part_of(footprint, "stage", "use") == pytest.approx(600000 * 0.25 * 0.6)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(1000 * 0.1 * 0.1)
        assert footprint.total == pytest.approx(1550 + 577.7 + 100 + 90000 + 10)
        assert footprint.total == pytest.approx(sum(part.value for part in footprint.stages), rel=1e-12)
        assert footprint.per_functional_unit == pytest.approx(92237.7 / 600000)

    def test_closed_loop_by_hand(self, folder):
        """By choice: input as if virgin, recycling and its credit at the end."""
        storage(folder).documents["end_of_life.yaml"]["approach"] = "substitution"
        footprint = folder.footprint(BOOK)
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(2000)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(1000 * (0.9 * 0.4 - 0.9 * 2 + 0.1 * 0.1))

    def test_no_rounding_is_stated(self, folder):
        """The standard states no digits, so the figure is reported as it is."""
        assert storage(folder).footprint(BOOK).reported is None

    def test_biogenic_carbon_stands_apart(self, folder):
        """What a product takes up and gives back adds to zero and is shown by origin."""
        gases = [
            {"id": "uptake", "gas": "CO2 biogenic", "stage": "raw_material", "amount": datum(-50, "kg")},
            {"id": "release", "gas": "CO2 biogenic", "stage": "end_of_life", "amount": datum(50, "kg")},
            {"id": "kiln", "gas": "CO2 fossil", "amount": datum(7, "kg")},
        ]
        footprint = folder.process("work", gases, produces="thing").footprint(BOOK)
        assert footprint.total == pytest.approx(7)
        origins = {part.id: part.value for part in footprint.origins}
        assert origins["biogenic_co2"] == pytest.approx(50)
        assert origins["biogenic_uptake"] == pytest.approx(-50)
        assert origins["fossil"] == pytest.approx(7)

    def test_a_vehicle_battery_counts_by_the_piece(self, folder):
        """No product rules define the energy of a vehicle battery: the unit of analysis is one piece."""
        life = {"mode": "vehicle", "vehicle_category": "M1", "warranty_years": datum(8, "a")}
        storage(folder).head["service_life"] = life
        assert folder.footprint(BOOK).system.functional_unit.unit == "item"

    @pytest.mark.parametrize(("choice", "share"), [("", 0.25), ("mass", 0.25), ("economic", 100 / 130)])
    def test_allocation_by_choice(self, folder, choice, share):
        """Two products of 10 kg at 10 and 30 kg at 1 CNY/kg: by mass, or by value where the study chooses it."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(100, "kg")}
        other = {"id": "b", "amount": datum(30, "kg"), "price": datum(1, "CNY/kg")}
        more = {"reference_flow": datum(10, "kg"), "price": datum(10, "CNY/kg"), "co_products": [other]}
        folder.process("plant-a", [gas], **more).part("plant-a", 10, "kg", process="plant-a")
        if choice:
            folder.choose(allocation=choice)
        assert folder.footprint(BOOK).total == pytest.approx(100 * share)


class TestData:
    @pytest.mark.parametrize(("mass", "too_much"), [(1, False), (1.01, True)])
    def test_one_percent_is_insignificant(self, folder, mass, too_much):
        """Exactly 1 % of the mass of a process may be left out, more is reported."""
        folder.background("m", 1, "kgCO2e/kg").part("kept", 100 - mass, "kg", dataset="m")
        footprint = folder.part("left", mass, "kg", dataset="m", cut_off="no data").footprint(BOOK)
        assert (found(footprint, "ZJ416") != []) == too_much
        assert len(found(footprint, "ZJ417")) == 1

    def test_controlled_processes_need_primary_data(self, folder):
        """A default in a process of the company's own plant is reported, elsewhere it is not."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(1, "kg", "secondary")}
        folder.process("work", [gas], produces="thing")
        assert len(found(folder.footprint(BOOK), "ZJ426")) == 1
        folder.process("work", [gas], produces="thing", plant="")
        assert found(folder.footprint(BOOK), "ZJ426") == []


class TestElectricity:
    def test_certificates_count_and_the_rest_is_grid_average(self, folder):
        """20 MWh own, 40 MWh with the supplier's factor, 40 MWh with the grid average and not with the residual mix."""
        footprint = hundred_mwh(folder).footprint(BOOK)
        assert footprint.total == pytest.approx(20000 * 0.05 + 40000 * 0.02 + 40000 * 0.5777)
        assert footprint.total == pytest.approx(CASE["expected_kgco2e"]["iso_without_residual_mix"])
        assert {row.source: row.dataset for row in footprint.electricity} == {
            "on_site:pv": "pv", "C1": "wind", "grid": "average",
        }  # fmt: skip
        assert found(footprint, "ZJ412") == []

    @pytest.mark.parametrize("change", [{"type": "gec"}, {"retired_on": ""}, {"beneficiary": ""}, {"country": "SE"}])
    def test_a_certificate_that_fails_takes_the_grid_average(self, folder, change):
        """One criterion that fails is enough: 80 MWh with the grid average, and a warning."""
        footprint = hundred_mwh(folder, **change).footprint(BOOK)
        assert footprint.total == pytest.approx(CASE["expected_kgco2e"]["location_based"])
        assert len(found(footprint, "ZJ411")) == 1
        assert "fails the criteria" in found(footprint, "ZJ410")[0].shown("en")["reason"]

    def test_a_regional_grid_may_stand_for_the_average(self, folder):
        """The study may name the life-cycle factor of its regional grid; a direct-only one is refused."""
        folder.electricity("region", "0.4").electricity("stack", "0.44", scope="direct")
        folder.choose(average_mix__CN="region")
        folder.process("work", [{"id": "power", "electricity": "works", "amount": datum(10, "kWh")}], produces="thing")
        assert folder.footprint(BOOK, DAY).total == pytest.approx(4)
        assert errors(folder.choose(average_mix__CN="stack").footprint(BOOK)) == ["ZJ403"]
