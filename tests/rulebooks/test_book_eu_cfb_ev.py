"""CFB-EV: two drafts of one rulebook, told apart by the day of the calculation; figures out of whole studies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zuji.errors import RulebookError
from zuji.rulebooks.book import open_book

from .building import StudyFolder, case, datum, errors, found, part_of

CASE = case("functional-units")
POWER = case("electricity-by-rulebook")
JUNE, BEFORE_APRIL, APRIL = date(2023, 6, 1), date(2024, 4, 29), date(2024, 4, 30)


def pack(folder: StudyFolder, *, mass: float, energy: float, total: float, **life: Any) -> StudyFolder:
    """A pack of this mass and usable energy, whose making emits `total` kg CO2, with this service life."""
    folder.head["product"] |= {"category": "ev", "mass": datum(mass, "kg"), "usable_energy": datum(energy, "kWh")}
    folder.head["service_life"] = {"mode": "vehicle", **life}
    gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(total, "kg")}
    return folder.process("work", [gas], produces="thing")


def warranty(one: dict[str, Any]) -> dict[str, Any]:
    given = {"vehicle_category": one["category"], "warranty_years": datum(one["years"], "a")}
    return given | ({"warranty_distance": datum(one["km"], "km")} if "km" in one else {})


class TestVersions:
    def test_the_day_decides(self):
        """The draft of June 2023 ends the day before the draft act of 30 April 2024 begins."""
        book = open_book("eu-cfb-ev")
        assert [book.version(day).id for day in (JUNE, BEFORE_APRIL, APRIL)] == [
            "jrc-2023-06", "jrc-2023-06", "da-draft-2024-04-30",
        ]  # fmt: skip
        assert {version.status for version in book.versions} == {"draft"}

    def test_nothing_before_the_first_draft(self, folder):
        """A day before the first draft is refused, naming both drafts and their first days."""
        with pytest.raises(RulebookError, match=r"no version valid on 2023-05-31 .*2023-06-01.*2024-04-30"):
            pack(folder, mass=1, energy=1, total=1).footprint("eu-cfb-ev", date(2023, 5, 31))

    def test_cycles_a_year_came_with_the_second_draft(self):
        """The table by vehicle category has no value under the first draft."""
        parameters = open_book("eu-cfb-ev").parameters
        with pytest.raises(RulebookError, match="has no value on 2024-04-29"):
            parameters.on("functional_unit.fec_per_year.M1", BEFORE_APRIL)
        assert parameters.on("functional_unit.fec_per_year.M1", APRIL).number == 60

    @pytest.mark.parametrize("day", [JUNE, APRIL])
    def test_every_value_that_has_no_substitute_is_there_on_the_first_day(self, day):
        """The Circular Footprint Formula has its values from the first day of the first draft."""
        parameters = open_book("eu-cfb-ev").parameters
        for id in ("cff.A.minimum", "cff.A.maximum", "cff.A.default", "cff.B", "cff.A.copper", "cff.R2.copper"):
            assert parameters.on(id, day).valid_from <= day

    def test_one_study_two_drafts(self, folder):
        """The same study is divided by declared cycles under the first draft and by the warranty under the second."""
        life = {"vehicle_category": "M1", "warranty_years": datum(8, "a"), "cycles": datum(1000, "cycle")}
        pack(folder, mass=450, energy=75, total=5400, **life)
        assert folder.footprint("eu-cfb-ev", BEFORE_APRIL).per_functional_unit == pytest.approx(5400 / 75000)
        assert folder.footprint("eu-cfb-ev", APRIL).per_functional_unit == pytest.approx(0.15)


class TestFunctionalUnit:
    @pytest.mark.parametrize("one", CASE["vehicles"], ids=[one["id"] for one in CASE["vehicles"]])
    def test_the_five_vehicles(self, folder, one):
        """Energy over life, reference flow and footprint per kWh of the five vehicles, out of a study."""
        pack(folder, mass=one["mass"], energy=one["energy"], total=one["total"], **warranty(one))
        footprint = folder.footprint("eu-cfb-ev", APRIL)
        unit = footprint.system.functional_unit
        assert unit.amount is not None
        assert (unit.amount.value, unit.unit) == (one["kwh"], "kWh")
        assert one["mass"] / float(unit.amount.value) == pytest.approx(one["flow"], rel=1e-7)
        assert footprint.per_functional_unit == pytest.approx(one["per_kwh"], rel=1e-8)
        assert errors(footprint) == []

    @pytest.mark.parametrize("category", CASE["cycles_per_year"])
    def test_every_category_has_its_values(self, folder, category):
        """Cycles and distance a year of each category are those of the table, and none of them is verified."""
        pack(folder, mass=1, energy=1, total=1, vehicle_category=category, warranty_distance=datum(1, "km"))
        footprint = folder.footprint("eu-cfb-ev", APRIL)
        cycles, km = CASE["cycles_per_year"][category], CASE["km_per_year"][category]
        assert footprint.per_functional_unit == pytest.approx(km / cycles)
        open_points = {point.id for point in footprint.unverified}
        assert {f"functional_unit.{name}.{category}" for name in ("fec_per_year", "km_per_year")} <= open_points

    def test_without_a_warranty(self, folder):
        """No warranty is five years, and the report says that this number is not verified."""
        footprint = pack(folder, mass=450, energy=75, total=5400, vehicle_category="M1").footprint("eu-cfb-ev", APRIL)
        assert footprint.per_functional_unit == pytest.approx(5400 / (75 * 60 * 5))
        assert "functional_unit.years_without_warranty" in {point.id for point in footprint.unverified}

    @pytest.mark.parametrize("category", ["", "T5"])
    def test_another_vehicle_has_no_default(self, folder, category):
        """For a vehicle that no table names the result stays per product, and says what is lacking."""
        pack(folder, mass=450, energy=75, total=5400, vehicle_category=category, warranty_years=datum(8, "a"))
        footprint = folder.footprint("eu-cfb-ev", APRIL)
        assert footprint.per_functional_unit is None
        assert [dict(f.params)["lacking"] for f in found(footprint, "ZJ415")] == ["service_life.fec_per_year"]

    def test_reference_flow_of_the_published_case(self, folder):
        """165.02 kg over 24 000 kWh are the published 0.00687583 kg/kWh under the draft of June 2023."""
        check = CASE["ratio_check"]
        pack(folder, mass=check["mass"], energy=50, total=1, cycles=datum(480, "cycle"))
        amount = folder.footprint("eu-cfb-ev", JUNE).system.functional_unit.amount
        assert amount is not None
        assert amount.value == check["kwh"]
        assert check["mass"] / float(amount.value) == pytest.approx(check["flow"], rel=1e-8)


class TestStudies:
    @pytest.mark.parametrize("day", [JUNE, APRIL])
    def test_certificates_do_not_count(self, folder, day):
        """20 MWh of own generation at its factor, 80 MWh at the national average, whatever is certified."""
        factors, used = POWER["factors"], POWER["consumption_kwh"]
        for id, key in (("pv", "pv"), ("wind", "wind"), ("average", "average"), ("residual", "residual")):
            folder.electricity(id, factors[key])
        folder.choose(average_mix__CN="average", residual_mix__CN="residual")
        folder.meter("roof", used["own_pv"], "on_site", dataset="pv").meter("grid", used["contract"] + used["grid"])
        folder.instrument("C1", used["contract"], "wind")
        power = {"id": "power", "electricity": "works", "amount": datum(100000, "kWh")}
        folder.process("work", [power], produces="thing")
        footprint = folder.footprint("eu-cfb-ev", day)
        assert footprint.total == pytest.approx(POWER["expected_kgco2e"]["eu_cfb"], rel=1e-12)
        assert len(found(footprint, "ZJ410")) == 1

    def test_active_material_of_the_maker_counts_in_the_first_stage(self, folder):
        """A process that the study puts into raw material acquisition stays there; the cell is production."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(3, "kg")}
        folder.process("cam", [gas], stage="raw_material", reference_flow=datum(1, "kg"))
        take = {"id": "cam", "process": "cam", "role": "product", "amount": datum(2, "kg")}
        folder.process("cell", [take, gas], produces="thing")
        footprint = folder.footprint("eu-cfb-ev", APRIL)
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(6)
        assert part_of(footprint, "stage", "main_production") == pytest.approx(3)
        assert "use" not in {stage.id for stage in footprint.stages}

    def test_secondary_data_in_a_plant_is_reported(self, folder):
        """Activity data of the maker's own plant must be the company's: an assumption is named."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(3, "kg", "assumed", note="guess")}
        footprint = folder.process("cell", [gas], produces="thing").footprint("eu-cfb-ev", APRIL)
        assert [dict(f.params)["process"] for f in found(footprint, "ZJ426")] == ["cell"]

    @pytest.mark.parametrize(("left_out", "refused"), [(1, False), (1.1, True)])
    def test_one_per_cent_may_be_left_out(self, folder, left_out, refused):
        """Exactly 1 % of the mass of a process may be cut off, more may not."""
        folder.background("steel", 2, "kgCO2e/kg")
        lines = [
            {"id": "kept", "dataset": "steel", "role": "material", "amount": datum(100 - left_out, "kg")},
            {"id": "gone", "dataset": "steel", "role": "material", "amount": datum(left_out, "kg"), "cut_off": "small"},
        ]
        footprint = folder.process("work", lines, produces="thing").footprint("eu-cfb-ev", APRIL)
        assert bool(found(footprint, "ZJ416")) == refused

    def test_aluminium_by_its_category(self, folder):
        """A = 0.2 and R2 = 0.90 of the published case: 10 + 0.8 × 0.9 × (2 - 10) + 0.1 × 1 kg CO2e per kg."""
        folder.background("al", 10, "kgCO2e/kg").background("melt", 2, "kgCO2e/kg").background("tip", 1, "kgCO2e/kg")
        folder.part("sheet", 1, "kg", dataset="al", material="al")
        folder.end_of_life(
            materials={"al": {"category": "aluminium", "recycling_dataset": "melt", "disposal_dataset": "tip"}}
        )
        footprint = folder.footprint("eu-cfb-ev", JUNE)
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(10)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(0.8 * 0.9 * (2 - 10) + 0.1)
        assert {"cff.A.aluminium", "cff.R2.aluminium"} <= {point.id for point in footprint.unverified}
