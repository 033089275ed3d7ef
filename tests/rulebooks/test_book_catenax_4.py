"""Catena-X PCF Rulebook v4 on small studies: T1 and T2, pieces and kilograms, one production stage, electricity."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zuji.errors import RulebookError
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book

from .building import StudyFolder, case, datum, errors, found, part_of

BOOK = "catenax-4"
ON = date(2025, 12, 31)


def gas(id: str, name: str, kg: float, **more: Any) -> dict[str, Any]:
    return {"id": id, "gas": name, "amount": datum(kg, "kg"), **more}


def totals(footprint: Footprint) -> dict[str, float]:
    return {total.id: total.value for total in footprint.totals}


class TestTotals:
    def test_positions_by_hand(self, folder):
        """A 100, C 2 * 27, D -33, E 5, H 4, 12 kg of burnt biomass: T2 = 163 (0/0), T1 = 163 - 33 + 12 (-1/+1)."""
        gases = [
            gas("a", "CO2 fossil", 100),
            gas("c", "CH4 biogenic", 2),
            gas("d", "CO2 biogenic", -33),
            gas("e", "CO2 land use change", 5),
            gas("h", "CO2 fossil", 4, origin="aviation"),
            gas("burnt", "CO2 biogenic", 12),
        ]
        footprint = folder.process("work", gases, produces="thing").footprint(BOOK, ON)
        assert totals(footprint) == pytest.approx(
            {"excluding_biogenic_uptake": 163, "including_biogenic_uptake": 142, "with_distribution": 163},
            rel=1e-12,
        )
        assert footprint.total == pytest.approx(163)
        assert [total.id for total in footprint.totals if total.headline] == ["excluding_biogenic_uptake"]
        assert part_of(footprint, "origin", "aviation") == pytest.approx(4)
        assert part_of(footprint, "origin", "land_use") == pytest.approx(5)
        assert errors(footprint) == []

    def test_the_names_are_those_of_the_data_model(self):
        """The totals are called T2 and T1, in this order, in both languages; T2 is the headline."""
        stated = open_book(BOOK).totals
        assert [total.name.en[:2] for total in stated] == ["T2", "T1", "T2"]
        assert [total.name.zh[:2] for total in stated] == ["T2", "T1", "T2"]
        assert [total.headline for total in stated] == [True, False, False]


class TestDeclaredUnits:
    @pytest.mark.parametrize(("unit", "amount"), [("piece", 1), ("kilogram", 2300)])
    def test_the_vehicle_of_the_data_model(self, folder, unit, amount):
        """15 000 kg CO2e stay 15 000 whether the product is one piece or 2300 kg."""
        folder.head["product"]["mass"] = datum(2300, "kg")
        folder.process("work", [gas("co2", "CO2 fossil", 15000)], produces="thing").choose(declared_unit=unit)
        footprint = folder.footprint(BOOK, ON)
        assert footprint.total == pytest.approx(15000)
        assert footprint.per_functional_unit * amount == pytest.approx(15000, rel=1e-12)

    def test_kilowatt_hours_are_no_declared_unit_here(self, folder):
        """What PACT allows and Catena-X does not is an error that names piece and kilogram."""
        folder.process("work", [gas("co2", "CO2 fossil", 1)], produces="thing").choose(declared_unit="kilowatt_hour")
        footprint = folder.footprint(BOOK, ON)
        assert errors(footprint) == ["ZJ431"]
        assert dict(found(footprint, "ZJ431")[0].params)["known"] == "none, piece, kilogram"


class TestStages:
    def whole(self, folder: StudyFolder) -> StudyFolder:
        """Material 20, its packaging 6, production 10, distribution 3, end of life 2 [kg CO2e]."""
        folder.background("steel", 2, "kgCO2e/kg")
        folder.part("shell", 10, "kg", dataset="steel")
        folder.part("carton", 3, "kg", dataset="steel", component_group="packaging")
        own = [gas("make", "CO2 fossil", 10)]
        own += [gas("carry", "CO2 fossil", 3, stage="distribution"), gas("end", "CO2 fossil", 2, stage="end_of_life")]
        return folder.process("work", own, produces="thing")

    def test_everything_up_to_the_gate_is_one_stage(self, folder):
        """Production holds materials and packaging; distribution is reported apart; the end of life is left out."""
        footprint = self.whole(folder).footprint(BOOK, ON)
        assert [stage.id for stage in footprint.stages] == ["production", "distribution"]
        assert part_of(footprint, "stage", "production") == pytest.approx(36)
        assert part_of(footprint, "stage", "distribution") == 0
        assert [stage.apart for stage in footprint.stages] == [0, pytest.approx(3)]
        assert footprint.total == pytest.approx(36)
        assert totals(footprint)["with_distribution"] == pytest.approx(39)
        assert [(line.exchange, line.clause) for line in footprint.system.excluded] == [("end", "4.2")]

    def test_who_does_not_pay_declares_cradle_to_gate(self, folder):
        """With the boundary cradle-to-gate distribution is not counted."""
        folder.head["boundary"] = "cradle-to-gate"
        footprint = self.whole(folder).footprint(BOOK, ON)
        assert footprint.total == pytest.approx(36)
        assert part_of(footprint, "stage", "distribution") == 0

    def test_burnt_scrap_is_charged_without_credit(self, folder):
        """Of 10 kg with 20 % scrap, the 2 kg are half burnt at 2.5 and half tipped at 0.1: 20 + 2.5 + 0.1 = 22.6."""
        folder.background("resin", 2, "kgCO2e/kg").background("oven", 2.5, "kgCO2e/kg").background(
            "tip", "0.1", "kgCO2e/kg"
        )
        folder.background("heat", 1, "kgCO2e/MJ")
        folder.part("resin", 10, "kg", dataset="resin", material="resin", scrap=0.2)
        burnt = {"energy_recovery_rate": datum(0.5), "energy_recovery_dataset": "oven", "disposal_dataset": "tip"}
        credit = {
            "heating_value": datum(30, "MJ/kg"),
            "heat_efficiency": datum(0.9),
            "substituted_heat_dataset": "heat",
        }
        folder.end_of_life(materials={"resin": {**burnt, **credit}})
        footprint = folder.footprint(BOOK, ON)
        assert footprint.total == pytest.approx(22.6)
        assert errors(footprint) == []


class TestElectricity:
    def test_market_based(self, folder):
        """20 MWh own, 40 MWh contract, 40 MWh residual mix: 26600 kg, as under PACT."""
        given = case("electricity-by-rulebook")
        used, factors = given["consumption_kwh"], given["factors"]
        for name in ("pv", "wind", "average", "residual"):
            folder.electricity(name, factors[name])
        folder.meter("roof", used["own_pv"], "on_site", dataset="pv").meter("grid", used["contract"] + used["grid"])
        folder.instrument("C1", used["contract"], "wind").choose(average_mix__CN="average", residual_mix__CN="residual")
        power = {"id": "power", "electricity": "works", "amount": datum(sum(used.values()), "kWh")}
        footprint = folder.process("work", [power], produces="thing").footprint(BOOK, ON)
        assert footprint.total == pytest.approx(given["expected_kgco2e"]["pact_market_based"], rel=1e-12)
        assert footprint.total == pytest.approx(folder.footprint("pact-3", ON).total, rel=1e-12)
        assert {row.clause for row in footprint.electricity} == {"5.2.6"}


class TestDataQuality:
    def test_share_of_primary_data(self, folder):
        """60 kg wholly, 25 kg to 40 % and 15 kg not primary: 70 %."""
        given = case("data-quality")["primary_share"]
        for i, part in enumerate(given["parts"]):
            folder.background(f"d{i}", 1, "kgCO2e/kg", primary_share=part["share"])
            folder.part(f"p{i}", part["kgco2e"], "kg", dataset=f"d{i}")
        footprint = folder.footprint(BOOK, ON)
        assert footprint.primary_data_share == pytest.approx(given["expected"], rel=1e-12)

    def test_the_three_criteria(self):
        """Technology, geography and time are rated, precision is not."""
        assert open_book(BOOK).document["book"]["data_quality"]["criteria"] == ["technology", "geography", "time"]


class TestCutOffAndAllocation:
    @pytest.mark.parametrize(("kg", "warned"), [(3, False), (3.1, True)])
    def test_the_limit_belongs_to_what_is_allowed(self, folder, kg, warned):
        """3 % of the mass of a process may be left out, more is a warning that cites 4.3."""
        folder.background("d", 1, "kgCO2e/kg").part("large", 100 - kg, "kg", dataset="d")
        warnings = found(folder.part("small", kg, "kg", cut_off="labels").footprint(BOOK, ON), "ZJ470")
        assert [finding.clause[:3] for finding in warnings] == (["4.3"] if warned else [])

    @pytest.mark.parametrize(("choice", "share"), [("mass", 0.25), ("economic", 500 / 650)])
    def test_allocation_follows_the_choice(self, folder, choice, share):
        """Mass unless the study chooses economic value."""
        other = {"id": "b", "amount": datum(30, "kg"), "price": datum(5, "CNY/kg")}
        more = {"reference_flow": datum(10, "kg"), "price": datum(50, "CNY/kg"), "co_products": [other]}
        folder.process("make", [gas("co2", "CO2 fossil", 100)], **more).part("make", 10, "kg", process="make")
        assert folder.choose(allocation=choice).footprint(BOOK, ON).total == pytest.approx(100 * share)


class TestBook:
    def test_it_begins_with_release_25_09(self):
        """Before September 2025 there is no version 4."""
        book = open_book(BOOK)
        assert book.version(date(2025, 9, 1)).id == "4.0"
        with pytest.raises(RulebookError, match="catenax-4 has no version valid on 2025-08-31"):
            book.version(date(2025, 8, 31))

    def test_it_cites_no_clause_of_pact(self):
        """It starts from PACT's choices, but every parameter and rule of its own is stated anew with its own clause."""
        book, parent = open_book(BOOK), open_book("pact-3")
        assert set(book.rules) == set(parent.rules)
        for id, dated in parent.parameters.history.items():
            shared = ("country.", "electricity.average_mix.", "electricity.residual_")
            if not id.startswith(shared) or id == "electricity.residual_ladder":
                assert book.parameters.history[id] != dated, id
        for id, dated_rules in book.rules.items():
            assert dated_rules != parent.rules[id], id
        assert {stage.clause.partition(",")[0] for stage in book.stages} == {"4.2"}
