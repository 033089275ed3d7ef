"""PACT Methodology v3 on small studies: two totals, declared units, electricity, shares of primary data."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from zuji.errors import RulebookError
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book
from zuji.rulebooks.rule import Decision
from zuji.study.model import Stage

from .building import DAY, StudyFolder, case, datum, errors, found, part_of

BOOK = "pact-3"


def gas(id: str, name: str, kg: float, **more: Any) -> dict[str, Any]:
    return {"id": id, "gas": name, "amount": datum(kg, "kg"), **more}


def totals(footprint: Footprint) -> dict[str, float]:
    return {total.id: total.value for total in footprint.totals}


def wooden(folder: StudyFolder) -> StudyFolder:
    """1000 kg fossil CO2, 10 kg CH4 and 44 kg CO2 of biogenic carbon, 110 kg CO2 taken up, 7 kg by land use."""
    gases = [
        gas("fossil", "CO2 fossil", 1000),
        gas("ch4", "CH4 biogenic", 10),
        gas("burnt", "CO2 biogenic", 44),
        gas("bound", "CO2 biogenic", -110),
        gas("land", "CO2 land use change", 7),
    ]
    return folder.process("work", gases, produces="thing")


class TestTwoTotals:
    def test_uptake_is_the_difference(self, folder):
        """Excluding: 1000 + 10 * 27 + 44 + 7 = 1321 with what is burnt at +1; including: 110 kg less."""
        footprint = wooden(folder).footprint(BOOK)
        assert totals(footprint) == pytest.approx(
            {"excluding_biogenic_uptake": 1321, "including_biogenic_uptake": 1211, "with_outbound_logistics": 1321},
            rel=1e-12,
        )
        assert footprint.complete
        assert errors(footprint) == []

    def test_the_headline_is_the_total_without_uptake(self, folder):
        """Total, stages and the figure per declared unit leave the uptake out; it stands beside them."""
        footprint = wooden(folder).footprint(BOOK)
        assert [total.id for total in footprint.totals if total.headline] == ["excluding_biogenic_uptake"]
        assert footprint.total == pytest.approx(totals(footprint)["excluding_biogenic_uptake"], rel=1e-12)
        assert [(row.id, row.value, row.decision.value) for row in footprint.apart] == [
            ("biogenic_uptake", pytest.approx(-110), "separate")
        ]
        assert sum(stage.value for stage in footprint.stages) == pytest.approx(footprint.total, rel=1e-12)
        assert footprint.per_functional_unit == pytest.approx(1321)

    def test_without_biogenic_carbon_both_are_one(self, folder):
        """A product without biogenic carbon has one total under two names."""
        folder.process("work", [gas("fossil", "CO2 fossil", 3), gas("hfc", "HFC-134a", 1)], produces="thing")
        footprint = folder.footprint(BOOK)
        assert totals(footprint) == pytest.approx(
            dict.fromkeys(["excluding_biogenic_uptake", "including_biogenic_uptake", "with_outbound_logistics"], 1533),
            rel=1e-12,
        )

    def test_more_bound_than_emitted(self, folder):
        """The total with uptake may be below zero, the one without may not."""
        folder.process("work", [gas("c", "CO2 fossil", 5), gas("b", "CO2 biogenic", -8)], produces="thing")
        found_totals = totals(folder.footprint(BOOK))
        assert found_totals["including_biogenic_uptake"] == pytest.approx(-3)
        assert found_totals["excluding_biogenic_uptake"] == pytest.approx(5)

    def test_aircraft_emissions_are_in_both_and_apart(self, folder):
        """Aviation stands in both totals and is shown as an origin of its own."""
        flight = gas("flight", "CO2 fossil", 4, origin="aviation")
        footprint = folder.process("work", [flight, gas("c", "CO2 fossil", 6)], produces="thing").footprint(BOOK)
        assert list(totals(footprint).values()) == pytest.approx([10, 10, 10])
        assert part_of(footprint, "origin", "aviation") == pytest.approx(4)

    def test_gases_take_ar6(self, folder):
        """CH4 of fossil origin 29.8, N2O 273, SF6 25200."""
        gases = [gas("a", "CH4 fossil", 1), gas("b", "N2O", 1), gas("c", "SF6", 1)]
        footprint = folder.process("work", gases, produces="thing").footprint(BOOK)
        assert footprint.total == pytest.approx(29.8 + 273 + 25200)


class TestDeclaredUnits:
    @pytest.mark.parametrize(
        ("unit", "amount"), [("", 1), ("none", 1), ("piece", 1), ("kilogram", 1000), ("kilowatt_hour", 100)]
    )
    def test_one_product_in_every_unit(self, folder, unit, amount):
        """The product of 1 t and 100 kWh keeps its footprint; only what it is divided by changes."""
        if unit:
            folder.choose(declared_unit=unit)
        footprint = wooden(folder).footprint(BOOK)
        assert footprint.total == pytest.approx(1321)
        assert footprint.system.functional_unit.amount is not None
        assert footprint.system.functional_unit.amount.value == amount
        assert footprint.per_functional_unit * amount == pytest.approx(footprint.total, rel=1e-12)
        assert errors(footprint) == []

    def test_per_kilowatt_hour_is_the_figure_per_capacity(self, folder):
        """The declared unit of 1 kWh is the rated energy, so both figures are one."""
        footprint = wooden(folder).choose(declared_unit="kilowatt_hour").footprint(BOOK)
        assert footprint.per_functional_unit == pytest.approx(footprint.per_capacity, rel=1e-12)

    def test_a_unit_of_liquids_is_no_unit_of_batteries(self, folder):
        """A declared unit that the book does not know is an error that names those it knows."""
        footprint = wooden(folder).choose(declared_unit="liter").footprint(BOOK)
        assert errors(footprint) == ["ZJ431"]
        assert "kilowatt_hour" in dict(found(footprint, "ZJ431")[0].params)["known"]

    def test_no_service_life_is_asked_for(self, folder):
        """A declared unit needs no service life and no use stage."""
        footprint = wooden(folder).footprint(BOOK)
        assert found(footprint, "ZJ415") == []
        assert found(footprint, "ZJ421") == []


class TestBoundary:
    def life(self, folder: StudyFolder) -> StudyFolder:
        """Production 10, distribution 3, use 50, end of life 2 [kg CO2]."""
        folder.process("work", [gas("make", "CO2 fossil", 10)], produces="thing")
        stages = {"carry": ("distribution", 3), "run": ("use", 50), "end": ("end_of_life", 2)}
        lines = [gas(id, "CO2 fossil", kg, stage=stage) for id, (stage, kg) in stages.items()]
        folder.documents["processes/work.yaml"]["exchanges"] += lines
        return folder

    def test_use_and_end_of_life_are_left_out_with_their_clause(self, folder):
        """Cradle to gate: use and end of life are listed as left out, distribution is reported apart."""
        footprint = self.life(folder).footprint(BOOK)
        assert {line.exchange: line.clause for line in footprint.system.excluded} == {"run": "3.3.1", "end": "3.3.1"}
        assert part_of(footprint, "stage", "production") == pytest.approx(10)
        assert {stage.id: stage.apart for stage in footprint.stages if stage.apart} == {
            "distribution": pytest.approx(3)
        }
        assert footprint.total == pytest.approx(10)
        assert totals(footprint)["with_outbound_logistics"] == pytest.approx(13)

    def test_who_does_not_carry_declares_cradle_to_gate(self, folder):
        """With the boundary cradle-to-gate outbound logistics is not counted."""
        folder.head["boundary"] = "cradle-to-gate"
        footprint = self.life(folder).footprint(BOOK)
        assert footprint.total == pytest.approx(10)
        assert {line.exchange for line in footprint.system.excluded} == {"carry", "run", "end"}

    def test_no_stage_is_missed(self, folder):
        """A reporter who does not pay for transport is not told that a stage is empty."""
        assert found(wooden(folder).footprint(BOOK), "ZJ427") == []

    def test_packaging_counts(self, folder):
        """A packaging line counts where it stands and is shown as a component group."""
        folder.background("box", 2, "kgCO2e/kg").part("carton", 3, "kg", dataset="box", component_group="packaging")
        footprint = folder.footprint(BOOK)
        assert footprint.total == pytest.approx(6)
        assert part_of(footprint, "group", "packaging") == pytest.approx(6)


class TestRecycledContent:
    def test_recycled_input_carries_its_recycling(self, folder):
        """40 % recycled of 10 kg: 6 * 8 + 4 * 2 = 56; what is recycled after use changes nothing."""
        folder.background("virgin", 8, "kgCO2e/kg").background("recycled", 2, "kgCO2e/kg").background(
            "plant", 1, "kgCO2e/kg"
        )
        folder.part("metal", 10, "kg", dataset="virgin", material="metal")
        metal = {"recycled_content": datum(0.4), "recycled_dataset": "recycled"}
        folder.end_of_life(materials={"metal": {**metal, "disposal_dataset": "plant"}})
        assert folder.footprint(BOOK).total == pytest.approx(56)
        after = {"recycling_rate": datum(0.9), "recycling_dataset": "plant", "avoided_dataset": "virgin"}
        folder.end_of_life(materials={"metal": {**metal, **after, "disposal_dataset": "plant"}})
        assert folder.footprint(BOOK).total == pytest.approx(56)

    def test_substitution_is_not_open_to_the_study(self, folder):
        """A study that chooses substitution elsewhere gets recycled content here."""
        folder.background("virgin", 8, "kgCO2e/kg").part("metal", 10, "kg", dataset="virgin", material="metal")
        metal = {"recycling_rate": datum(1), "recycling_dataset": "virgin", "avoided_dataset": "virgin"}
        folder.end_of_life(approach="substitution", materials={"metal": metal})
        assert folder.footprint(BOOK).total == pytest.approx(80)


def metered(folder: StudyFolder) -> StudyFolder:
    """The 100 MWh of the reference case: 20 own, 40 under contract, 40 from the grid."""
    given = case("electricity-by-rulebook")
    used, factors = given["consumption_kwh"], given["factors"]
    for name in ("pv", "wind", "average", "residual"):
        folder.electricity(name, factors[name])
    folder.meter("roof", used["own_pv"], "on_site", dataset="pv").meter("grid", used["contract"] + used["grid"])
    folder.instrument("C1", used["contract"], "wind").choose(average_mix__CN="average")
    power = {"id": "power", "electricity": "works", "amount": datum(sum(used.values()), "kWh")}
    return folder.process("work", [power], produces="thing")


EXPECTED = case("electricity-by-rulebook")["expected_kgco2e"]


class TestElectricity:
    def test_market_based(self, folder):
        """20 MWh own, 40 MWh contract, 40 MWh residual mix: 26600 kg."""
        footprint = metered(folder).choose(residual_mix__CN="residual").footprint(BOOK)
        assert footprint.total == pytest.approx(EXPECTED["pact_market_based"], rel=1e-12)
        assert {row.source: row.attribution for row in footprint.electricity} == {
            "on_site:pv": "own_factor",
            "C1": "instrument_factor",
            "grid": "residual_mix",
        }

    def test_without_residual_mix_the_average_stands_in(self, folder):
        """Where no residual mix is known the average takes its place, with a note: 24908 kg."""
        footprint = metered(folder).footprint(BOOK)
        assert footprint.total == pytest.approx(EXPECTED["iso_without_residual_mix"], rel=1e-12)
        assert len(found(footprint, "ZJ412")) == 1

    def test_a_contract_that_fails_takes_the_residual_mix(self, folder):
        """A certificate that was not retired does not count: 50600 kg, with a warning."""
        metered(folder).choose(residual_mix__CN="residual").tables["instruments.csv"][0]["retired_on"] = ""
        footprint = folder.footprint(BOOK)
        assert footprint.total == pytest.approx(EXPECTED["pef_contract_fails"], rel=1e-12)
        assert len(found(footprint, "ZJ411")) == 1


class TestDataQuality:
    def test_share_of_primary_data(self, folder):
        """60 kg wholly, 25 kg to 40 % and 15 kg not primary: 70 %."""
        given = case("data-quality")["primary_share"]
        for i, part in enumerate(given["parts"]):
            folder.background(f"d{i}", 1, "kgCO2e/kg", primary_share=part["share"])
            folder.part(f"p{i}", part["kgco2e"], "kg", dataset=f"d{i}")
        assert folder.footprint(BOOK).primary_data_share == pytest.approx(given["expected"], rel=1e-12)

    def test_technology_is_weighted_by_contribution(self, folder):
        """Ratings 2, 3, 4 of 60, 25 and 15 kg give 2.55; the precision is no criterion of PACT."""
        given = case("data-quality")["technology"]
        folder.background("d", 1, "kgCO2e/kg")
        lines = []
        for i, part in enumerate(given["parts"]):
            rated = {"technology": part["rating"], "geography": 1, "time": 1, "precision": 5}
            amount = datum(part["kgco2e"], "kg", data_quality=rated)
            lines.append({"id": f"p{i}", "role": "auxiliary", "dataset": "d", "amount": amount})
        quality = folder.process("work", lines, produces="thing").footprint(BOOK).quality
        assert quality.criteria == pytest.approx({"technology": given["expected"], "geography": 1, "time": 1})
        assert quality.rating == pytest.approx((given["expected"] + 2) / 3)
        assert quality.rated_share == pytest.approx(1)


class TestCutOffAndAllocation:
    @pytest.mark.parametrize(("kg", "warned"), [(3, False), (3.1, True)])
    def test_the_limit_belongs_to_what_is_allowed(self, folder, kg, warned):
        """3 % of the mass of the whole system may be left out, more is a warning."""
        folder.background("d", 1, "kgCO2e/kg").part("large", 100 - kg, "kg", dataset="d")
        folder.part("small", kg, "kg", cut_off="screws and labels")
        footprint = folder.footprint(BOOK)
        assert bool(found(footprint, "ZJ470")) == warned
        assert footprint.total == pytest.approx(100 - kg)

    @pytest.mark.parametrize(("choice", "share"), [("mass", 0.25), ("economic", 500 / 650)])
    def test_allocation_follows_the_choice(self, folder, choice, share):
        """Mass unless the study chooses economic value."""
        other = {"id": "b", "amount": datum(30, "kg"), "price": datum(5, "CNY/kg")}
        more = {"reference_flow": datum(10, "kg"), "price": datum(50, "CNY/kg"), "co_products": [other]}
        folder.process("make", [gas("co2", "CO2 fossil", 100)], **more).part("make", 10, "kg", process="make")
        assert folder.choose(allocation=choice).footprint(BOOK).total == pytest.approx(100 * share)


class TestBook:
    def test_it_begins_on_30_april_2025(self):
        """The day before, the rulebook does not compute."""
        book = open_book(BOOK)
        assert book.version(date(2025, 4, 30)).id == "3.0"
        with pytest.raises(RulebookError, match="pact-3 has no version valid on 2025-04-29"):
            book.version(date(2025, 4, 29))

    def test_the_totals_differ_in_the_uptake_only(self):
        """Beside the headline there is one total with the uptake and one with outbound logistics."""
        stated = open_book(BOOK).totals
        assert [(total.headline, total.with_categories, total.with_stages) for total in stated] == [
            (True, (), ()), (False, ("biogenic_uptake",), ()), (False, (), ("distribution",)),
        ]  # fmt: skip

    def test_only_what_the_specification_says_is_verified(self):
        """Every verified value cites the technical specification; the electricity rule is not verified at all."""
        book = open_book(BOOK)
        decisions: list[Decision] = []
        for dated in book.rules.values():
            for _, rule in dated:
                decisions += [rule.base, *(decision for _, decision in rule.exceptions)]
        parameters = book.parameters.beginning("", DAY).values()
        own = [parameter for parameter in parameters if parameter.clause.startswith("3.")]
        verified = [x.source for x in (*decisions, *own) if x.verified]
        assert verified
        assert all(source.startswith("wbcsd/data-exchange-protocol @ ") for source in verified)
        assert not any(decision.verified for decision in decisions if decision.rule == "electricity")

    def test_every_stage_of_a_study_has_its_place(self):
        """Each stage of a study counts or is excluded by a clause."""
        book = open_book(BOOK)
        counted = {stage.value for stage in Stage if book.stage_of(stage.value, "emission") != "excluded"}
        assert counted == {"raw_material", "production", "distribution"}
        assert {exclusion.stage for exclusion in book.exclusions} == {"use", "end_of_life"}

    def test_the_share_of_exempted_emissions(self):
        """3 % is exactly three hundredths."""
        assert open_book(BOOK).parameters.on("cut_off.cumulative_share", DAY).number == Fraction(3, 100)
