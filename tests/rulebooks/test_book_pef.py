"""PEF, climate change: the order of electricity sources, the stages with use, the formula, out of whole studies."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.errors import RulebookError
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book

from .building import DAY, StudyFolder, case, datum, errors, found, part_of

CASE = case("electricity-by-rulebook")
EXPECTED = CASE["expected_kgco2e"]


def hundred_mwh(folder: StudyFolder, *, residual: bool = True) -> StudyFolder:
    """The plant of the case without meters."""
    for id, value in CASE["factors"].items():
        folder.electricity(id, value)
    folder.choose(average_mix__CN="average")
    if residual:
        folder.choose(residual_mix__CN="residual")
    power = {"id": "power", "electricity": "works", "amount": datum(100000, "kWh")}
    return folder.process("work", [power], produces="thing")


def metered(folder: StudyFolder, **instrument: str) -> StudyFolder:
    used = CASE["consumption_kwh"]
    folder.meter("roof", used["own_pv"], "on_site", dataset="pv").meter("grid", used["contract"] + used["grid"])
    return folder.instrument("C1", used["contract"], "wind", **instrument)


def attributions(footprint: Footprint) -> dict[str, str]:
    return {row.source: row.attribution for row in footprint.electricity}


class TestVersions:
    def test_not_before_the_recommendation(self, folder):
        """The day before the Recommendation is refused; on its own day it holds."""
        with pytest.raises(RulebookError, match=r"pef has no version valid on 2021-12-14 .*2021-12-15"):
            hundred_mwh(folder).footprint("pef", date(2021, 12, 14))
        assert open_book("pef").version(date(2021, 12, 15)).status == "in force"
        assert folder.footprint("pef", date(2021, 12, 15)).total == pytest.approx(62000)


class TestElectricity:
    def test_supplier_specific(self, folder):
        """20 MWh own, 40 MWh contract, 40 MWh residual mix: 26 600 kg CO2e in both engines."""
        footprint = metered(hundred_mwh(folder)).footprint("pef", starter=True)
        assert footprint.total == pytest.approx(EXPECTED["pef"], rel=1e-12)
        used = {"on_site:pv": "own_factor", "C1": "instrument_factor", "grid": "residual_mix"}
        assert attributions(footprint) == used

    @pytest.mark.parametrize(
        ("change", "criterion"),
        [
            ({"retired_on": ""}, "retired"),
            ({"beneficiary": ""}, "beneficiary"),
            ({"generated_start": "2022-03-01", "generated_end": "2022-09-30"}, "generated"),
        ],
    )
    def test_a_contract_that_fails(self, folder, change, criterion):
        """A contract that fails any one criterion takes the residual mix: 50 600 kg CO2e, with the criterion named."""
        footprint = metered(hundred_mwh(folder), **change).footprint("pef")
        assert footprint.total == pytest.approx(EXPECTED["pef_contract_fails"], rel=1e-12)
        (finding,) = found(footprint, "ZJ411")
        assert criterion in finding.what("en")

    def test_sold_attributes_take_the_residual_mix(self, folder):
        """Own generation whose certificate was sold is residual mix, not average."""
        hundred_mwh(folder).meter("roof", 100000, "on_site", dataset="pv", certificate_sold="yes")
        footprint = folder.footprint("pef")
        assert footprint.total == pytest.approx(62000)
        assert set(attributions(footprint).values()) == {"residual_mix"}

    def test_without_a_residual_mix(self, folder):
        """Where no residual mix is published the consumption mix stands in, stated as a limitation."""
        footprint = metered(hundred_mwh(folder, residual=False)).footprint("pef")
        assert footprint.total == pytest.approx(EXPECTED["iso_without_residual_mix"], rel=1e-12)
        assert len(found(footprint, "ZJ412")) == 1

    def test_the_order_is_verified_and_the_direct_line_is_not(self, folder):
        """What the coded text of the Recommendation says is verified; the dedicated line is from memory and is not."""
        rule = open_book("pef").rule("electricity", DAY)
        decided = {
            source: rule.decide(source_class=source, certificate_sold=False, criteria_met=True).verified
            for source in ("on_site", "direct_line", "instrument", "grid")
        }
        assert decided == {"on_site": True, "direct_line": False, "instrument": True, "grid": True}


class TestStages:
    def test_use_counts_and_can_be_taken_off(self, folder):
        """Losses over life are a stage of their own, so the result without use is the total less that stage."""
        folder.electricity("charge", 0.5).choose(average_mix__CN="charge")
        folder.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(100, "cycle")}
        folder.head["use"] = {"round_trip_efficiency": datum(0.8), "electricity": "charge"}
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(1000, "kg")}
        footprint = folder.process("work", [gas], produces="thing").footprint("pef")
        assert part_of(footprint, "stage", "use") == pytest.approx(10000 * 0.25 * 0.5)
        assert footprint.total - part_of(footprint, "stage", "use") == pytest.approx(1000)
        assert footprint.per_functional_unit == pytest.approx(2250 / 10000)
        assert footprint.reported is not None
        assert footprint.reported["value"] == "0.225"

    def test_packaging_counts_with_raw_materials(self, folder):
        """A carton that is added for distribution counts where raw materials are acquired, its transport does not."""
        folder.background("carton", 1, "kgCO2e/kg")
        lines = [
            {"id": "box", "dataset": "carton", "role": "material", "amount": datum(5, "kg"), "stage": "distribution"},
            {"id": "truck", "gas": "CO2 fossil", "amount": datum(2, "kg"), "stage": "distribution"},
        ]
        footprint = folder.process("work", lines, produces="thing").footprint("pef")
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(5)
        assert part_of(footprint, "stage", "distribution") == pytest.approx(2)

    def test_an_intermediate_product_ends_at_the_gate(self, folder):
        """Cradle to gate leaves out distribution, use and end of life, and waste of manufacturing stays in."""
        folder.background("ev", 1, "kgCO2e/kg").background("tip", 0.5, "kgCO2e/kg")
        folder.head["boundary"] = "cradle-to-gate"
        folder.part("m", 10, "kg", dataset="ev", material="m", scrap=0.2)
        folder.end_of_life(materials={"m": {"disposal_dataset": "tip"}})
        footprint = folder.footprint("pef")
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(10)
        assert part_of(footprint, "stage", "manufacturing") == pytest.approx(1)
        assert footprint.total == pytest.approx(11)

    def test_a_becomes_one_at_the_gate(self, folder):
        """Recycled content of an intermediate product carries its recycling alone: 0.7 × 10 + 0.3 × 4 = 8.2 (A = 1)."""
        folder.background("ev", 10, "kgCO2e/kg").background("rec", 4, "kgCO2e/kg")
        folder.head["boundary"] = "cradle-to-gate"
        folder.part("m", 1, "kg", dataset="ev", material="m")
        folder.end_of_life(materials={"m": {"recycled_content": datum(0.3), "recycled_dataset": "rec"}})
        assert folder.footprint("pef").total == pytest.approx(0.7 * 10 + 0.3 * 4)
        status = {row["clause"]: row["status"] for row in open_book("pef").coverage}
        assert status["4.2 and 4.4.8 intermediate products"] == "partial"


class TestRules:
    @pytest.mark.parametrize(("left_out", "refused"), [(3, False), (3.1, True)])
    def test_three_per_cent_may_be_left_out(self, folder, left_out, refused):
        """Exactly 3 % may be cut off, more may not."""
        folder.background("steel", 2, "kgCO2e/kg")
        lines = [
            {"id": "kept", "dataset": "steel", "role": "material", "amount": datum(100 - left_out, "kg")},
            {"id": "gone", "dataset": "steel", "role": "material", "amount": datum(left_out, "kg"), "cut_off": "small"},
        ]
        footprint = folder.process("work", lines, produces="thing").footprint("pef")
        assert bool(found(footprint, "ZJ470")) == refused

    def test_biogenic_carbon_dioxide_counts_nothing(self, folder):
        """Uptake and release of biogenic CO2 are inventoried with factor 0; biogenic methane counts 27."""
        lines = [
            {"id": "up", "gas": "CO2 biogenic", "amount": datum(-10, "kg")},
            {"id": "down", "gas": "CO2 biogenic", "amount": datum(4, "kg")},
            {"id": "methane", "gas": "CH4 biogenic", "amount": datum(1, "kg")},
        ]
        footprint = folder.process("work", lines, produces="thing").footprint("pef")
        assert footprint.total == pytest.approx(27)
        assert footprint.complete

    @pytest.mark.parametrize(("a", "refused"), [(0.2, False), (0.8, False), (1, True)])
    def test_a_stays_in_its_range(self, folder, a, refused):
        """A between 0.2 and 0.8 is allowed, A = 1 is an error also for a study that wants it."""
        folder.background("ev", 1, "kgCO2e/kg").part("m", 1, "kg", dataset="ev", material="m")
        folder.end_of_life(materials={"m": {"allocation_factor": datum(a), "disposal_dataset": "ev"}})
        assert (errors(folder.footprint("pef")) == ["ZJ418"]) == refused

    def test_four_criteria_of_data_quality(self, folder):
        """The rating is the mean of technology, geography, time and precision."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(1, "kg")}
        ratings = {"technology": 2, "geography": 1, "time": 2, "precision": 3}
        gas["amount"] |= {"data_quality": ratings}
        quality = folder.process("work", [gas], produces="thing").footprint("pef").quality
        assert dict(quality.criteria) == ratings
        assert quality.rating == pytest.approx(2)
