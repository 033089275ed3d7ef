"""GBA Greenhouse Gas Rulebook on small studies: boundary with end of life, price ratio, versions, electricity."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zuji.rulebooks.book import open_book

from .building import DAY, StudyFolder, case, datum, errors, found, part_of

BOOK = "gba-ghg"


def gas(id: str, name: str, kg: float, **more: Any) -> dict[str, Any]:
    return {"id": id, "gas": name, "amount": datum(kg, "kg"), **more}


class TestBoundary:
    def test_distribution_and_end_of_life_count_and_use_does_not(self, folder):
        """Raw material 20, production 10, distribution 3, end of life 2; the 50 kg of use are listed as left out."""
        folder.background("steel", 2, "kgCO2e/kg").part("shell", 10, "kg", dataset="steel")
        stages = {"carry": ("distribution", 3), "run": ("use", 50), "end": ("end_of_life", 2)}
        lines = [gas(id, "CO2 fossil", kg, stage=stage) for id, (stage, kg) in stages.items()]
        footprint = folder.process("work", [gas("make", "CO2 fossil", 10), *lines], produces="thing").footprint(BOOK)
        assert {stage.id: stage.value for stage in footprint.stages} == pytest.approx(
            {"raw_material": 20, "production": 10, "distribution": 3, "end_of_life": 2}
        )
        assert footprint.total == pytest.approx(35)
        assert [line.exchange for line in footprint.system.excluded] == ["run"]

    def test_an_empty_stage_is_reported(self, folder):
        """Without transport and end of life the study is told that two stages have no data."""
        footprint = folder.process("work", [gas("make", "CO2 fossil", 10)], produces="thing").footprint(BOOK)
        empty = {dict(finding.params)["stage"].en for finding in found(footprint, "ZJ427")}
        assert {"Distribution", "End of life and recycling"} <= empty

    def test_assumed_amounts_of_a_plant_are_reported(self, folder):
        """Foreground processes need primary data: an assumed amount of an own process is a warning."""
        own = {"id": "gas", "gas": "CO2 fossil", "amount": datum(1, "kg", kind="assumed", reason="unknown")}
        assert len(found(folder.process("work", [own], produces="thing").footprint(BOOK), "ZJ426")) == 1


class TestEndOfLife:
    def test_cut_off_by_hand(self, folder):
        """10 kg, a tenth recycled content, nine tenths recycled after use: 9 * 12 + 1 * 3 + 10 * 0.1 * 0.5 = 111.5."""
        folder.background("virgin", 12, "kgCO2e/kg").background("recycled", 3, "kgCO2e/kg").background(
            "tip", "0.5", "kgCO2e/kg"
        )
        folder.background("smelter", 7, "kgCO2e/kg").part("nickel", 10, "kg", dataset="virgin", material="nickel")
        nickel = {
            **{"recycled_content": datum(0.1), "recycled_dataset": "recycled", "recycling_rate": datum(0.9)},
            **{"recycling_dataset": "smelter", "avoided_dataset": "virgin", "disposal_dataset": "tip"},
        }
        footprint = folder.end_of_life(materials={"nickel": nickel}).footprint(BOOK)
        assert footprint.total == pytest.approx(111.5)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(0.5)
        assert errors(footprint) == []

    def test_a_material_without_end_is_reported(self, folder):
        """Every material needs an end of life."""
        folder.background("steel", 2, "kgCO2e/kg").part("shell", 10, "kg", dataset="steel")
        assert len(found(folder.footprint(BOOK), "ZJ419")) == 1


class TestFunctionalUnit:
    @pytest.mark.parametrize(("unit", "amount"), [("", 100), ("kilowatt_hour", 100), ("kilogram", 1000)])
    def test_one_battery_in_both_units(self, folder, unit, amount):
        """The battery of 100 kWh and 1 t keeps its footprint; only what it is divided by changes."""
        if unit:
            folder.choose(declared_unit=unit)
        footprint = folder.process("work", [gas("make", "CO2 fossil", 6000)], produces="thing").footprint(BOOK)
        assert footprint.total == pytest.approx(6000)
        assert footprint.per_functional_unit * amount == pytest.approx(6000, rel=1e-12)

    def test_per_kilowatt_hour_is_the_figure_per_capacity(self, folder):
        """1 kWh of battery is rated energy."""
        footprint = folder.process("work", [gas("make", "CO2 fossil", 6000)], produces="thing").footprint(BOOK)
        assert footprint.per_functional_unit == pytest.approx(footprint.per_capacity, rel=1e-12)
        assert footprint.per_functional_unit == pytest.approx(60)


class TestAllocation:
    def two(self, folder: StudyFolder, price: float) -> StudyFolder:
        other = {"id": "b", "amount": datum(30, "kg"), "price": datum(5, "CNY/kg")}
        more = {"reference_flow": datum(10, "kg"), "price": datum(price, "CNY/kg"), "co_products": [other]}
        return folder.process("make", [gas("co2", "CO2 fossil", 100)], **more).part("make", 10, "kg", process="make")

    @pytest.mark.parametrize(("price", "share"), [(5, 0.25), (20, 0.25), (20.01, 200.1 / 350.1), (50, 500 / 650)])
    def test_the_limit_of_4_belongs_to_mass(self, folder, price, share):
        """Up to and with a price ratio of 4 by mass, above by value."""
        assert self.two(folder, price).footprint(BOOK).total == pytest.approx(100 * share)

    @pytest.mark.parametrize("one", case("allocation-and-cff-energy")["allocation"], ids=lambda one: one["id"])
    def test_the_reference_case(self, folder, one):
        """The shares of the case come out of a study."""
        other = {"id": "b", "amount": datum(one["b"]["kg"], "kg"), "price": datum(one["b"]["price"], "CNY/kg")}
        own = datum(one["a"]["kg"], "kg")
        more = {"reference_flow": own, "price": datum(one["a"]["price"], "CNY/kg"), "co_products": [other]}
        folder.process("make", [gas("co2", "CO2 fossil", 100)], **more)
        folder.part("make", one["a"]["kg"], "kg", process="make")
        assert folder.footprint(BOOK).total == pytest.approx(100 * one["share_a"], abs=1e-4)


class TestElectricity:
    def metered(self, folder: StudyFolder) -> StudyFolder:
        given = case("electricity-by-rulebook")
        used, factors = given["consumption_kwh"], given["factors"]
        for name in ("pv", "wind", "average", "residual"):
            folder.electricity(name, factors[name])
        folder.meter("roof", used["own_pv"], "on_site", dataset="pv").meter("grid", used["contract"] + used["grid"])
        folder.instrument("C1", used["contract"], "wind").choose(average_mix__CN="average")
        power = {"id": "power", "electricity": "works", "amount": datum(sum(used.values()), "kWh")}
        return folder.process("work", [power], produces="thing")

    def test_own_contract_and_residual_mix(self, folder):
        """20 MWh own, 40 MWh contract, 40 MWh residual mix: 26600 kg."""
        footprint = self.metered(folder).choose(residual_mix__CN="residual").footprint(BOOK)
        assert footprint.total == pytest.approx(26600, rel=1e-12)

    def test_without_residual_mix_the_grid_average_stands_in(self, folder):
        """20 MWh own, 40 MWh contract, 40 MWh at the average: 24908 kg, with a note."""
        footprint = self.metered(folder).footprint(BOOK)
        assert footprint.total == pytest.approx(24908, rel=1e-12)
        assert len(found(footprint, "ZJ412")) == 1

    def test_the_whole_rule_is_shown_as_not_verified(self, folder):
        """A result says of each kWh that nobody has held its rule against the text."""
        footprint = self.metered(folder).footprint(BOOK)
        assert [row.verified for row in footprint.electricity] == [False] * 3
        assert "rule electricity" in {entry.id for entry in footprint.unverified}


class TestCharacterisation:
    def test_biogenic_carbon_dioxide_counts_nothing(self, folder):
        """Uptake and release of biogenic CO2 are 0, biogenic CH4 is 27, and nothing is left without factor."""
        gases = [gas("up", "CO2 biogenic", -30), gas("out", "CO2 biogenic", 20), gas("ch4", "CH4 biogenic", 1)]
        footprint = folder.process("work", gases, produces="thing").footprint(BOOK)
        assert footprint.total == pytest.approx(27)
        assert footprint.complete
        assert footprint.totals == ()

    def test_share_of_primary_data(self, folder):
        """60 kg wholly, 25 kg to 40 % and 15 kg not primary: 70 %."""
        given = case("data-quality")["primary_share"]
        for i, part in enumerate(given["parts"]):
            folder.background(f"d{i}", 1, "kgCO2e/kg", primary_share=part["share"])
            folder.part(f"p{i}", part["kgco2e"], "kg", dataset=f"d{i}")
        assert folder.footprint(BOOK).primary_data_share == pytest.approx(given["expected"], rel=1e-12)

    @pytest.mark.parametrize(("kg", "warned"), [(3, False), (3.1, True)])
    def test_the_limit_of_the_cut_off_belongs_to_what_is_allowed(self, folder, kg, warned):
        """3 % of the mass of the whole system may be left out, more is a warning."""
        folder.background("d", 1, "kgCO2e/kg").part("large", 100 - kg, "kg", dataset="d")
        footprint = folder.part("small", kg, "kg", cut_off="labels").footprint(BOOK)
        assert bool(found(footprint, "ZJ470")) == warned


class TestBook:
    @pytest.mark.parametrize(
        ("day", "version"),
        [
            ("2022-10-01", "1.0"),
            ("2022-12-31", "1.0"),
            ("2023-01-01", "1.5"),
            ("2023-12-31", "1.5"),
            ("2024-01-01", "2.0"),
        ],
    )
    def test_versions_by_date(self, day, version):
        """1.0 holds to the end of 2022, 1.5 through 2023, 2.0 from 2024 on."""
        assert open_book(BOOK).version(date.fromisoformat(day)).id == version

    def test_version_1_ended_at_the_gate(self, folder):
        """Under 1.0 distribution and end of life are left out by its clause and not asked for; under 1.5 they count."""
        stages = {"make": ("production", 10), "carry": ("distribution", 3), "end": ("end_of_life", 2)}
        lines = [gas(id, "CO2 fossil", kg, stage=stage) for id, (stage, kg) in stages.items()]
        folder.process("work", lines, produces="thing")
        first, second = (folder.footprint(BOOK, date.fromisoformat(day)) for day in ("2022-12-31", "2023-01-01"))
        assert (first.total, second.total) == (pytest.approx(10), pytest.approx(15))
        assert {line.exchange: line.clause for line in first.system.excluded} == {
            "carry": "boundary of 1.0 (number not seen)", "end": "boundary of 1.0 (number not seen)",
        }  # fmt: skip
        assert [stage.id for stage in first.stages] == ["raw_material", "production"]

    def test_nothing_is_verified(self):
        """Without the text, no rule and no parameter of its own claims to be verified."""
        book = open_book(BOOK)
        assert not any(
            decision.verified
            for dated in book.rules.values()
            for _, rule in dated
            for decision in (rule.base, *(one for _, one in rule.exceptions))
        )
        own = ("characterisation.", "cut_off.", "allocation.", "electricity.instrument")
        assert not any(p.verified for start in own for p in book.parameters.beginning(start, DAY).values())
