"""The linter of footprints: every check has a study that makes it speak and one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji import examples
from zuji.finding import Finding, Severity
from zuji.footprint import lint_certificates, lint_representative
from zuji.footprint.calculate import calculate
from zuji.footprint.lint import CHECKS, ESSENTIAL, essential, lint
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

from ..rulebooks.building import DAY, StudyFolder, datum
from .strategies import BACKGROUND, studies

MIX = "cn-cf-2024-national"
BOOK = "iso-14067"


def said(footprint: Footprint, code: str) -> list[Finding]:
    """What the linter says under one code."""
    return [finding for finding in lint(footprint) if finding.code == code]


def shown(footprint: Footprint, code: str) -> dict[str, str]:
    """The values of the only finding of this code."""
    (finding,) = said(footprint, code)
    return finding.shown("en")


def material(id: str, kilograms: float, dataset: str = "stuff", **more: Any) -> dict[str, Any]:
    return {"id": id, "role": "material", "dataset": dataset, "amount": datum(kilograms, "kg"), **more}


def power(kwh: float, **more: Any) -> dict[str, Any]:
    return {"id": "electricity", "electricity": "works", "amount": datum(kwh, "kWh"), **more}


def heat(megajoules: float, **more: Any) -> dict[str, Any]:
    return {"id": "heat", "role": "energy", "dataset": "gas", "amount": datum(megajoules, "MJ"), **more}


@pytest.fixture
def lfp(folder: StudyFolder) -> StudyFolder:
    """An LFP product of 1 t and 100 kWh, with datasets for what the tests put into it."""
    folder.head["product"]["chemistry"] = "LFP"
    folder.background("stuff", 6, "kgCO2e/kg").background("gas", 0.07, "kgCO2e/MJ").electricity(MIX, 0.5)
    return folder


class TestSums:
    def test_a_calculated_footprint_adds_up(self, lfp):
        """Lines, stages, origins, groups and plants of a calculated footprint add up to its total."""
        assert said(lfp.part("stuff", 1000, "kg", dataset="stuff").footprint(BOOK), "ZJ501") == []

    def test_a_total_that_nothing_adds_up_to(self, lfp):
        """A total that is one kilogram too large is an error for each of the five sums."""
        footprint = lfp.part("stuff", 1000, "kg", dataset="stuff").footprint(BOOK)
        wrong = said(replace(footprint, total=6001.0), "ZJ501")
        assert sorted(f.shown("en")["parts"] for f in wrong) == [
            "component groups", "lines", "origins", "plants", "stages",
        ]  # fmt: skip
        assert {f.shown("en")["sum"] for f in wrong} == {"6000"}
        assert {f.severity for f in wrong} == {Severity.ERROR}

    def test_one_stage_that_is_lost(self, lfp):
        """Without its stages only the sum of the stages fails, and not-a-number never passes."""
        footprint = lfp.part("stuff", 1000, "kg", dataset="stuff").footprint(BOOK)
        assert shown(replace(footprint, stages=()), "ZJ501") == {"parts": "stages", "sum": "0", "total": "6000"}
        assert len(said(replace(footprint, total=float("nan")), "ZJ501")) == 5


class TestMaterials:
    def test_a_forgotten_bill_of_materials_stops_the_calculation(self, lfp):
        """A process that makes the product out of electricity alone is an error of the calculation itself."""
        footprint = lfp.process("assembly", [power(10)], produces="thing").footprint(BOOK)
        assert [f.code for f in footprint.findings if f.severity is Severity.ERROR] == ["ZJ502"]
        assert not footprint.usable
        assert shown(footprint, "ZJ502") == {"found": "0", "mass": "1000", "percent": "0", "limit": "50"}

    def test_no_process_and_no_part(self, lfp):
        """A study that says nothing about how the product is made has no material either."""
        assert shown(lfp.footprint(BOOK), "ZJ502")["found"] == "0"

    @pytest.mark.parametrize(("kilograms", "codes"), [(499, ["ZJ502"]), (500, [])])
    def test_half_of_the_mass_is_enough(self, lfp, kilograms, codes):
        """Of 1,000 kg at least 500 kg must be in the inventory."""
        footprint = lfp.part("stuff", kilograms, "kg", dataset="stuff").footprint(BOOK)
        assert [f.code for f in essential(footprint)] == codes

    def test_scrap_does_not_reach_the_product(self, lfp):
        """550 kg of which 10 % are scrap leave 495 kg."""
        lfp.part("stuff", 550, "kg", dataset="stuff", scrap=0.1)
        assert shown(lfp.footprint(BOOK), "ZJ502")["found"] == "495"

    def test_what_a_process_loses_does_not_reach_the_product(self, lfp):
        """400 kg of cells that take 3 kg per kg are 400 kg in the product."""
        lfp.part("cell", 400, "kg", process="cells")
        lfp.process("cells", [material("stuff", 3)], produces="cell", reference_flow=datum(1, "kg"))
        assert shown(lfp.footprint(BOOK), "ZJ502")["found"] == "400"

    def test_a_process_without_materials_brings_no_mass(self, lfp):
        """1,000 kg of cells made of electricity alone account for nothing."""
        lfp.part("cell", 1000, "kg", process="cells")
        lfp.process("cells", [power(1)], produces="cell", reference_flow=datum(1, "kg"))
        assert shown(lfp.footprint(BOOK), "ZJ502")["found"] == "0"

    def test_pieces_without_mass_are_named(self, lfp):
        """Where an item without mass may fill the gap, it is a warning that names it."""
        lfp.background("board", 9, "kgCO2e/item").part("board", 2, "item", dataset="board")
        lfp.part("stuff", 100, "kg", dataset="stuff")
        footprint = lfp.footprint(BOOK)
        assert said(footprint, "ZJ502") == []
        assert shown(footprint, "ZJ503") | {"limit": "50"} == {
            "found": "100", "mass": "1000", "percent": "10", "items": "board", "limit": "50",
        }  # fmt: skip

    def test_cells_by_the_kilowatt_hour_are_no_error(self, lfp):
        """Bought cells per kWh have no mass: a warning asks for it, and with the mass of one kWh nothing is lacking."""
        lfp.background("cells", 60, "kgCO2e/kWh").part("cells", 100, "kWh", dataset="cells")
        assert [f.code for f in essential(lfp.footprint(BOOK))] == ["ZJ503"]
        lfp.tables["bom.csv"][0] |= {"mass": 6, "mass_unit": "kg"}
        assert essential(lfp.footprint(BOOK)) == ()

    def test_heat_of_an_own_boiler_is_no_material(self, lfp):
        """Heat from another process brings no mass and is not asked for one."""
        takes = {"id": "steam", "process": "boiler", "amount": datum(100, "MJ")}
        lfp.process("boiler", [heat(110)], produces="steam", reference_flow=datum(100, "MJ"))
        footprint = lfp.process("assembly", [takes], produces="thing").footprint(BOOK)
        assert [f.code for f in essential(footprint)] == ["ZJ502"]
        assert said(footprint, "ZJ528") == []

    def test_pieces_with_mass_count(self, lfp):
        """Two pieces of 300 kg are 600 kg."""
        lfp.background("board", 9, "kgCO2e/item").part("board", 2, "item", dataset="board", mass=300, mass_unit="kg")
        assert essential(lfp.footprint(BOOK)) == ()


class TestBands:
    @pytest.mark.parametrize(
        ("category", "factor", "code"),
        [
            ("industrial-storage", 6, "ZJ506"),  # 60 in 54 to 92.3
            ("industrial-storage", 8, "ZJ506"),  # 80
            ("industrial-storage", 10, "ZJ505"),
            ("ev", 8, "ZJ505"),  # 54 to 69: the figure of a storage system does not count for a car
            ("ev", 5, "ZJ505"),
        ],
    )
    def test_carbon_per_kilowatt_hour(self, folder, category, factor, code):
        """1,000 kg at a factor f make 10 f kg CO2e/kWh, to be compared with figures of the same kind of product."""
        folder.head["product"] |= {"chemistry": "LFP", "category": category}
        folder.background("any", factor, "kgCO2e/kg").part("any", 1000, "kg", dataset="any")
        footprint = folder.footprint(BOOK)
        assert {f.code for f in lint(footprint)} & {"ZJ505", "ZJ506"} == {code}
        assert shown(footprint, code)["figure"] == f"{10 * factor}"
        assert "peiseler-lfp" in shown(footprint, code)["sources"]
        assert shown(footprint, code)["largest"] == f"thing/any {10 * factor}"

    def test_use_and_transport_are_not_in_the_band(self, lfp):
        """Transport to the customer does not enter the figure from cradle to gate."""
        lfp.part("any", 1000, "kg", dataset="stuff").background("truck", 1, "kgCO2e/tkm", category="transport")
        lfp.row("transport.csv", id="t", stage="distribution", distance=9000, distance_unit="km", dataset="truck",
                kind="measured", source="test")  # fmt: skip
        footprint = lfp.footprint(BOOK)
        assert footprint.total == pytest.approx(15000)
        assert shown(footprint, "ZJ506")["figure"] == "60"

    def test_a_single_figure_is_widened(self, lfp):
        """For NMC622 one figure is known, 63.48: the band is 42.32 to 95.22 and says so."""
        lfp.head["product"]["chemistry"] = "NCM 622"
        values = shown(lfp.part("any", 1000, "kg", dataset="stuff").footprint(BOOK), "ZJ506")
        assert (values["low"], values["high"], values["chemistry"]) == ("42.32", "95.22", "NMC622")
        assert values["remarks"] == "; one figure only, widened 1.5 times"

    def test_gaps_are_said(self, lfp):
        """A figure that lacks a factor says so beside the band."""
        lfp.part("any", 1000, "kg", dataset="stuff").background("secret", "", "kgCO2e/kg", missing="not told")
        lfp.part("secret", 1, "kg", dataset="secret")
        assert shown(lfp.footprint(BOOK), "ZJ506")["remarks"] == "; incomplete: 1 flows have no factor"

    def test_an_unknown_chemistry_has_no_band(self, lfp):
        """Nothing is said about a chemistry for which nothing is published."""
        lfp.head["product"]["chemistry"] = "Na-ion"
        footprint = lfp.part("any", 1000, "kg", dataset="stuff").footprint(BOOK)
        assert {f.code for f in lint(footprint)}.isdisjoint({"ZJ505", "ZJ506", "ZJ509", "ZJ510"})

    @pytest.mark.parametrize(
        ("kwh", "megajoules", "code", "figure"),
        [(1000, 3600, "ZJ508", "20"), (500, 3600, "ZJ507", "15"), (3000, 7200, "ZJ507", "50")],
    )
    def test_cell_energy(self, lfp, kwh, megajoules, code, figure):
        """Electricity and heat of the cells per kWh: 20 to 48 are published."""
        lfp.process("cells", [power(kwh), heat(megajoules)], produces="thing", component_group="cell")
        footprint = lfp.part("any", 1000, "kg", dataset="stuff").footprint(BOOK)
        assert {f.code for f in lint(footprint)} & {"ZJ507", "ZJ508"} == {code}
        values = shown(footprint, code)
        assert (values["figure"], values["low"], values["high"]) == (figure, "20", "48")

    def test_a_fuel_by_mass_leaves_it_open(self, lfp):
        """Gas in kg cannot be added to kWh, so too little energy is not claimed."""
        lfp.background("lpg", 3, "kgCO2e/kg", category="fuel")
        gas = {"id": "lpg", "role": "energy", "dataset": "lpg", "amount": datum(5, "kg")}
        lfp.process("cells", [power(500), gas], produces="thing", component_group="cell")
        footprint = lfp.part("any", 1000, "kg", dataset="stuff").footprint(BOOK)
        assert {f.code for f in lint(footprint)}.isdisjoint({"ZJ507", "ZJ508"})

    def test_bought_cells_have_no_cell_energy(self, lfp):
        """Without a process of cells there is nothing to compare."""
        footprint = lfp.part("any", 1000, "kg", dataset="stuff").footprint(BOOK)
        assert {f.code for f in lint(footprint)}.isdisjoint({"ZJ507", "ZJ508"})

    def test_minerals_that_fit(self, lfp):
        """200 kg LFP hold 8.8 kg lithium: 0.088 kg per kWh, where 0.089 is published."""
        lfp.part("lfp-powder", 200, "kg", dataset="stuff", component_group="cathode")
        lfp.part("rest", 800, "kg", dataset="stuff", component_group="anode")
        footprint = lfp.footprint(BOOK)
        assert shown(footprint, "ZJ510")["minerals"] == "Li 0.088 (0.089)"
        assert said(footprint, "ZJ509") == []

    def test_too_much_of_a_mineral(self, lfp):
        """500 kg LFP hold 0.22 kg lithium per kWh, more than twice 0.089."""
        lfp.part("lfp-powder", 500, "kg", dataset="stuff", component_group="cathode")
        lfp.part("rest", 500, "kg", dataset="stuff", component_group="anode")
        values = shown(lfp.footprint(BOOK), "ZJ509")
        assert (values["mineral"], values["figure"], values["published"]) == ("lithium", "0.22", "0.089")

    def test_too_little_is_said_only_where_nothing_can_hide_it(self, lfp):
        """50 kg LFP are too little lithium, and no graphite and no copper at all, when all else is outside the cell."""
        lfp.part("lfp-powder", 50, "kg", dataset="stuff", component_group="cathode")
        lfp.part("rest", 950, "kg", dataset="stuff", component_group="pack")
        found = {f.shown("en")["mineral"] for f in said(lfp.footprint(BOOK), "ZJ509")}
        assert found == {"copper", "graphite", "lithium"}


class TestRepresentativeness:
    def made_of(self, folder, **dataset):
        """The product out of 95 % of one dataset and 5 % of the one given, in a Chinese plant."""
        folder.background("new", 1, "kgCO2e/kg", year="2024").background("it", 1, "kgCO2e/kg", **dataset)
        folder.process("assembly", [material("a", 950, "new"), material("b", 50, "it")], produces="thing")
        return folder

    @pytest.mark.parametrize(("year", "codes"), [("2013", 1), ("2014", 0), ("FY21.Q3 (process data 1995-2015)", 0)])
    def test_time(self, folder, year, codes):
        """More than ten years before the reporting period of 2024 is old; of a span the end counts."""
        assert len(said(self.made_of(folder, year=year).footprint(BOOK), "ZJ515")) == codes

    def test_a_small_share_is_a_note(self, folder):
        """5 % of the result on an old dataset is a note that names the dataset, its year and its share."""
        (finding,) = said(self.made_of(folder, year="2006").footprint(BOOK), "ZJ515")
        assert finding.severity is Severity.NOTE
        assert finding.shown("en")["list"] == "it (2006) 5.0%"

    def test_a_large_share_is_a_warning(self, folder):
        """From 10 % of the result it is a warning."""
        folder.background("old", 1, "kgCO2e/kg", year="2006").part("a", 1000, "kg", dataset="old")
        (finding,) = said(folder.footprint(BOOK), "ZJ515")
        assert (finding.severity, finding.shown("en")["share"]) == (Severity.WARNING, "100.0%")

    def test_below_one_percent_nothing_is_said(self, folder):
        """A dataset below 1 % of the result is not looked at."""
        folder.background("new", 1, "kgCO2e/kg").background("old", 1, "kgCO2e/kg", year="1998")
        folder.part("a", 995, "kg", dataset="new").part("b", 5, "kg", dataset="old")
        assert said(folder.footprint(BOOK), "ZJ515") == []

    @pytest.mark.parametrize(
        ("geography", "findings"), [("GB", 1), ("CN", 0), ("CN-FJ", 0), ("GLO", 0), ("RoW", 0), ("World", 0), ("", 0)]
    )
    def test_place(self, folder, geography, findings):
        """A British dataset in a Chinese plant is said; a Chinese province and the world are not."""
        assert len(said(self.made_of(folder, geography=geography).footprint(BOOK), "ZJ516")) == findings

    def test_regions_cover_their_countries(self):
        """Europe covers Germany and not China, North America covers the United States."""
        covers = lint_representative.covers
        assert [covers("RER", "DE"), covers("RER", "CN"), covers("RNA", "US"), covers("EU", "GB")] == [
            True, False, True, False,
        ]  # fmt: skip

    def test_stand_ins(self, folder):
        """A stand-in is said with its share, the thing itself is not."""
        footprint = self.made_of(folder).footprint(BOOK)
        assert said(footprint, "ZJ517") == []
        background = footprint.system.background
        stood = {**background.datasets, "it": replace(background.datasets["it"], proxy="another thing")}
        system = replace(footprint.system, background=replace(background, datasets=stood))
        assert shown(replace(footprint, system=system), "ZJ517")["list"] == "it 5.0%"


class TestElements:
    def lfp_of(self, folder, *inputs):
        folder.part("lfp-powder", 1000, "kg", process="lfp")
        names = {"name": {"zh": "磷酸铁锂", "en": "LiFePO4"}, "reference_flow": datum(1, "kg")}
        folder.process("lfp", inputs, produces="lfp-powder", component_group="cathode", **names)
        return folder.footprint(BOOK)

    def test_stoichiometry_is_enough(self, lfp):
        """0.956 kg FePO4 and 0.2342 kg Li2CO3 make 1 kg LFP."""
        footprint = self.lfp_of(lfp, material("FePO4", 0.956), material("Li2CO3", 0.2342))
        assert {f.code for f in lint(footprint)}.isdisjoint({"ZJ520", "ZJ521"})

    def test_an_element_that_lacks(self, lfp):
        """0.22 kg Li2CO3 bring 0.04133 kg lithium of 0.04399, 6 % too little; iron and phosphorus fit."""
        footprint = self.lfp_of(lfp, material("FePO4", 0.956), material("Li2CO3", 0.22))
        assert shown(footprint, "ZJ520")["elements"] == "Li 0.04133 / 0.04399 kg (-6.05 %)"

    def test_losses_are_allowed(self, lfp):
        """Three lithium hydroxides for one LFP are a loss, not an error."""
        footprint = self.lfp_of(lfp, material("FePO4", 0.96), material("LiOH", 0.46))
        assert {f.code for f in lint(footprint)}.isdisjoint({"ZJ520", "ZJ521"})

    @pytest.mark.parametrize(
        ("name", "kilograms", "findings"), [("LiOH", 0.16, 0), ("hydrate", 0.16, 1), ("hydrate", 0.27, 0)]
    )
    def test_water_of_a_hydrate_is_no_metal(self, lfp, name, kilograms, findings):
        """0.16 kg are enough lithium as LiOH, but not as its monohydrate, of which 0.27 kg are."""
        word = {"LiOH": "LiOH", "hydrate": "LiOH·H2O"}[name]
        salt = material("salt", kilograms, name={"zh": word, "en": word})
        assert len(said(self.lfp_of(lfp, material("FePO4", 0.96), salt), "ZJ520")) == findings

    def test_an_unknown_input_may_hold_it(self, lfp):
        """Where an unknown kilogram may hold the iron and phosphorus, a note says that the balance cannot be made."""
        footprint = self.lfp_of(lfp, material("secret", 1), material("Li2CO3", 0.24))
        assert [f.shown("en")["element"] for f in said(footprint, "ZJ521")] == ["Fe", "P"]
        assert {f.severity for f in said(footprint, "ZJ521")} == {Severity.NOTE}
        assert said(footprint, "ZJ520") == []

    def test_a_rolling_service_brings_no_copper(self, lfp):
        """Copper foil out of 'copper rolling' alone lacks all of its copper."""
        lfp.part("foil", 1000, "kg", process="copper-foil")
        rolling = {"id": "copper-rolling", "role": "auxiliary", "dataset": "stuff", "amount": datum(0.01, "kg")}
        lfp.process("copper-foil", [rolling], produces="foil", reference_flow=datum(1, "kg"))
        assert shown(lfp.footprint(BOOK), "ZJ520")["elements"] == "Cu 0 / 1 kg (-100 %)"


class TestElectrodes:
    def coated(self, folder, nmp, *more, cell=()):
        """A cathode of 1 kg with this much NMP, 1,000 of it in cells of which the product is made."""
        folder.part("cell", 1000, "kg", process="cells")
        coating = [material("active", 0.9), material("PVDF", 0.1), material("NMP", nmp, component_group="cathode")]
        folder.process("coating", [*coating, *more], produces="cathode", component_group="cathode",
                       reference_flow=datum(1, "kg"))  # fmt: skip
        takes = {"id": "cathode", "process": "coating", "amount": datum(1, "kg")}
        folder.process("cells", [takes, *cell], produces="cell", component_group="cell", reference_flow=datum(1, "kg"))
        return folder.footprint(BOOK)

    def test_solvent_without_recovery(self, lfp):
        """0.28 kg NMP per kg of electrode are neither recovered nor burnt."""
        values = shown(self.coated(lfp, 0.28), "ZJ525")
        assert (values["percent"], values["amount"], values["limit"]) == ("28", "0.28", "5")

    @pytest.mark.parametrize(
        ("nmp", "more"),
        [
            (0.05, []),
            (0.28, [{"id": "nmp-recovered", "role": "waste", "amount": datum(0.27, "kg")}]),
            (0.28, [{"id": "nmp-oxidation", "gas": "CO2 fossil", "amount": datum(0.6, "kg")}]),
        ],
    )
    def test_make_up_recovery_and_oxidation(self, lfp, nmp, more):
        """5 % is make-up; recovered solvent or its oxidation answers for more."""
        assert said(self.coated(lfp, nmp, *more), "ZJ525") == []

    @pytest.mark.parametrize(("megajoules", "severity"), [(9, Severity.WARNING), (3.6, Severity.NOTE)])
    def test_heat_in_two_places(self, lfp, megajoules, severity):
        """Twice 9 MJ per kg are 50 kWh per kWh, more than any plant; twice 3.6 MJ are 20 and only a note."""
        (finding,) = said(self.coated(lfp, 0.01, heat(megajoules), cell=[heat(megajoules)]), "ZJ526")
        assert finding.severity is severity
        assert finding.shown("en")["figure"] == {9: "50", 3.6: "20"}[megajoules]

    def test_heat_in_one_place(self, lfp):
        """Drying heat in the coating alone is no finding."""
        assert said(self.coated(lfp, 0.01, heat(9), cell=[power(1)]), "ZJ526") == []


class TestEnergy:
    def test_a_plant_without_energy(self, lfp):
        """A plant none of whose processes takes energy is named with them."""
        lfp.process("assembly", [material("a", 1000)], produces="thing")
        assert shown(lfp.footprint(BOOK), "ZJ527") == {"plant": "works", "processes": "assembly"}

    def test_a_process_without_energy(self, lfp):
        """One process without energy beside one with it is named alone."""
        lfp.part("half", 1000, "kg", process="half")
        lfp.process("half", [material("a", 1)], produces="half", reference_flow=datum(1, "kg"))
        lfp.process("assembly", [power(1)], produces="thing")
        footprint = lfp.footprint(BOOK)
        assert shown(footprint, "ZJ528") == {"processes": "half"}
        assert said(footprint, "ZJ527") == []

    def test_a_zero_with_a_reason(self, lfp):
        """0 kWh with a note that says where the energy is counted answers the question."""
        lfp.part("half", 1000, "kg", process="half")
        none = power(0) | {"amount": datum(0, "kWh", note="in assembly")}
        lfp.process("half", [material("a", 1), none], produces="half", reference_flow=datum(1, "kg"))
        lfp.process("assembly", [power(1)], produces="thing")
        assert said(lfp.footprint(BOOK), "ZJ528") == []

    @pytest.mark.parametrize(("read", "findings"), [(0, 1), (5, 0)])
    def test_meters_that_read_zero(self, lfp, read, findings):
        """Processes that take electricity from a plant whose meters read zero are named."""
        lfp.process("assembly", [material("a", 1000), power(5)], produces="thing").meter("m", read)
        assert len(said(lfp.footprint(BOOK), "ZJ529")) == findings


class TestCertificates:
    def with_one(self, folder, dataset="wind", **more):
        folder.electricity("wind", 0.01, technology="wind").electricity("bess", 0.01, technology="battery storage")
        folder.process("assembly", [material("a", 1000), power(100)], produces="thing").meter("m", 100)
        return folder.instrument("GEC-1", 50, dataset, **more)

    def codes(self, footprint):
        return [f.code for f in lint(footprint) if "ZJ530" <= f.code <= "ZJ535"]

    def test_a_good_certificate(self, lfp):
        """A wind certificate of the country, retired in the period, is no finding."""
        assert self.codes(self.with_one(lfp).footprint(BOOK)) == []

    @pytest.mark.parametrize(
        ("day", "codes"),
        [("2026-06-30", []), ("2026-07-01", ["ZJ530"]), ("2024-02-28", ["ZJ532"]), ("2024-03-01", [])],
    )
    def test_when_it_is_retired(self, lfp, day, codes):
        """The period ends on 31 December 2024: eighteen months later is 30 June 2026; generation begins on 1 March."""
        assert self.codes(self.with_one(lfp, retired_on=day).footprint(BOOK)) == codes

    def test_not_retired_is_said_once(self, lfp):
        """Where the rulebook's own criteria tell it already, nothing is repeated."""
        footprint = self.with_one(lfp, retired_on="").footprint(BOOK)
        assert [f.code for f in footprint.findings if f.code == "ZJ411"] == ["ZJ411"]
        assert self.codes(footprint) == []
        silent = replace(footprint, system=replace(footprint.system, findings=()))
        assert self.codes(silent) == ["ZJ531"]

    def test_of_another_country(self, lfp):
        """A Vietnamese certificate in a Chinese plant; where the rulebook's criteria tell it, nothing is repeated."""
        footprint = self.with_one(lfp, country="VN").footprint(BOOK)
        assert self.codes(footprint) == []
        assert self.codes(replace(footprint, system=replace(footprint.system, findings=()))) == ["ZJ535"]

    def test_from_storage(self, lfp):
        """A battery makes no attribute of its own."""
        assert self.codes(self.with_one(lfp, dataset="bess").footprint(BOOK)) == ["ZJ533"]

    def test_two_ids_that_look_alike(self, lfp):
        """GEC-1 and gec_1 are probably one certificate, GEC-2 is another."""
        self.with_one(lfp).instrument("gec_1", 5, "wind").instrument("GEC-2", 5, "wind")
        values = shown(lfp.footprint(BOOK), "ZJ534")
        assert (values["first"], values["second"]) == ("GEC-1", "gec_1")

    def test_months_after(self):
        """The first day that is too late, also where months differ in length."""
        assert lint_certificates.months_after(date(2024, 12, 31), 18) == date(2026, 7, 1)
        assert lint_certificates.months_after(date(2024, 6, 30), 18) == date(2026, 1, 1)


class TestRules:
    @pytest.mark.parametrize(
        ("kind", "value", "book", "findings"),
        [
            ("secondary", 0.18, "eu-cfb-ind", 1),
            ("assumed", 0.18, "eu-cfb-ind", 1),
            ("supplier", 0.18, "eu-cfb-ind", 0),
            ("assumed", 0, "eu-cfb-ind", 0),
            ("secondary", 0.18, "iso-14067", 0),
        ],
    )
    def test_recycled_content_from_averages(self, lfp, kind, value, book, findings):
        """Under the CFF an R1 above 0 that is no company value is a warning with its clause."""
        lfp.part("steel", 1000, "kg", dataset="stuff", material="steel")
        steel = {"name": {"en": "steel"}, "recycled_content": datum(value, "1", kind), "recycled_dataset": "stuff",
                 "disposal_dataset": "stuff"}  # fmt: skip
        lfp.end_of_life(materials={"steel": steel})
        found = said(lfp.footprint(book), "ZJ540")
        assert len(found) == findings
        assert {f.clause for f in found} <= {"Recommendation (EU) 2021/2279, Annex I, 4.4.8"}

    def test_parts_that_are_not_shown(self, lfp):
        """Where company data is demanded without named processes, five parts of a cell are shown; not for ISO 14067."""
        lfp.part("a", 500, "kg", dataset="stuff", component_group="cathode")
        lfp.part("b", 500, "kg", dataset="stuff", component_group="anode")
        (finding,) = said(lfp.footprint("ghgp-product"), "ZJ541")
        assert finding.shown("en")["groups"] == "electrolyte, separator, casing"
        assert finding.shown("zh")["groups"] == "电解液、隔膜、外壳"
        assert finding.clause == "chapter 8"
        assert said(lfp.footprint(BOOK), "ZJ541") == []

    def test_all_parts_are_shown(self, lfp):
        """Five parts, no finding; a portable battery is not asked."""
        for group in ("cathode", "anode", "electrolyte", "separator"):
            lfp.part(group, 250, "kg", dataset="stuff", component_group=group)
        assert len(said(lfp.footprint("ghgp-product"), "ZJ541")) == 1
        lfp.head["product"]["category"] = "portable"
        assert said(lfp.footprint("ghgp-product"), "ZJ541") == []
        lfp.head["product"]["category"] = "ev"
        lfp.part("casing", 1, "kg", dataset="stuff", component_group="casing")
        assert said(lfp.footprint("ghgp-product"), "ZJ541") == []


class TestAll:
    @pytest.mark.parametrize("name", examples.names())
    @pytest.mark.parametrize("book", ["iso-14067", "eu-cfb-ind"])
    def test_the_examples_have_no_errors(self, name, book):
        """The linter finds no error in the examples, and says the same again."""
        study = open_study(examples.folder(name)).study
        assert study is not None
        footprint = calculate(study, open_book(book), on=DAY)
        found = lint(footprint)
        assert [f.code for f in found if f.severity is Severity.ERROR] == []
        assert lint(footprint) == found

    def test_the_hydroxide_of_the_example(self):
        """The known 3 % that the sulfates of the NMC111 precursor lie below stoichiometry are found."""
        study = open_study(examples.folder("nmc111-ev-pack")).study
        assert study is not None
        values = shown(calculate(study, open_book(BOOK), on=DAY), "ZJ520")
        assert values["process"] == "nmc111-hydroxide"
        assert values["elements"].count("-2.92 %") == 3

    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(study=studies(), book=st.sampled_from(["iso-14067", "eu-cfb-ind"]))
    def test_any_study_can_be_linted(self, study, book):
        """Every footprint that can be calculated can be linted, its sums agree, and every text can be shown."""
        footprint = calculate(study, open_book(book), on=DAY, background=BACKGROUND)
        found = lint(footprint)
        assert "ZJ501" not in {finding.code for finding in found}
        assert set(essential(footprint)) <= set(found) & set(footprint.findings)
        assert all(text(lang) for f in found for text in (f.what, f.why, f.mend) for lang in ("zh", "en"))

    def test_every_check_is_listed_once(self):
        """The essential checks are among all checks, and none is listed twice."""
        assert set(ESSENTIAL) <= set(CHECKS)
        assert len(set(CHECKS)) == len(CHECKS)
