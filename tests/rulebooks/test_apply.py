"""A rulebook applied to a study: stages, boundaries, cut-off, use stage, transport, and what is missing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from zuji.engine import plain
from zuji.engine.solve import solve_record
from zuji.footprint.calculate import full_record
from zuji.study.inventory import decimal_text

from .building import BOOKS, BookFolder, StudyFolder, case, datum, errors, extending, found, part_of

GRAVE = ("raw_material", "production", "distribution", "use", "end_of_life")


def one_line_each(folder: StudyFolder) -> StudyFolder:
    """A study with 1, 2, 4, 8, 16 kg CO2 in its five stages."""
    stages = [{"id": s, "gas": "CO2 fossil", "stage": s, "amount": datum(2**i, "kg")} for i, s in enumerate(GRAVE)]
    return folder.process("work", stages, produces="thing")


class TestStages:
    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_iso_counts_five_stages(self, folder, book):
        """Every stage of the study is a stage of ISO 14067."""
        footprint = one_line_each(folder).footprint(book)
        assert [(part.id, part.value) for part in footprint.stages] == [(s, 2**i) for i, s in enumerate(GRAVE)]
        assert footprint.total == 31

    def test_eu_leaves_the_use_stage_out(self, folder):
        """Use is excluded with its clause and stays listed; the other stages have the names of the Regulation."""
        footprint = one_line_each(folder).footprint("eu-cfb-ind")
        assert {part.id: part.value for part in footprint.stages} == {
            "raw_material": 1, "main_production": 2, "distribution": 4, "end_of_life": 16,
        }  # fmt: skip
        (left_out,) = footprint.system.excluded
        assert (left_out.exchange, left_out.clause) == ("use", "Regulation (EU) 2023/1542, Annex II(4)")
        assert left_out.reason.zh
        assert footprint.document["excluded"][0]["exchange"] == "use"

    @pytest.mark.parametrize("book", BOOKS)
    def test_bought_material_is_raw_material(self, folder, book):
        """A material that production buys, and its transport, belong to raw material acquisition; energy does not."""
        folder.background("m", 1, "kgCO2e/kg").background("t", 1, "kgCO2e/tkm").electricity("e", 1)
        folder.choose(average_mix__CN="e")
        exchanges = [
            {"id": "material", "role": "material", "dataset": "m", "amount": datum(1, "kg")},
            {"id": "haul", "role": "transport", "dataset": "t", "amount": datum(2, "tkm")},
            {"id": "power", "electricity": "works", "amount": datum(4, "kWh")},
            {"id": "oil", "role": "auxiliary", "dataset": "m", "amount": datum(8, "kg")},
        ]
        footprint = folder.process("work", exchanges, produces="thing").footprint(book)
        values = {part.id.removeprefix("main_"): part.value for part in footprint.stages}
        assert (values["raw_material"], values["production"]) == (pytest.approx(3), pytest.approx(12))

    @pytest.mark.parametrize("book", BOOKS)
    def test_cradle_to_gate_stops_at_the_gate(self, folder, book):
        """With the boundary cradle-to-gate, distribution, use and end of life are left out and listed."""
        one_line_each(folder).head["boundary"] = "cradle-to-gate"
        footprint = folder.footprint(book)
        assert footprint.total == 3
        assert {line.exchange for line in footprint.system.excluded} == {"distribution", "use", "end_of_life"}
        assert found(footprint, "ZJ427") == []

    def test_a_stage_without_data_is_reported(self, folder):
        """Every stage that the book counts needs data, or the result is too small."""
        folder.background("m", 1, "kgCO2e/kg").part("p", 1, "kg", dataset="m")
        footprint = folder.footprint("eu-cfb-ind")
        assert {f.shown("en")["stage"] for f in found(footprint, "ZJ427")} == {
            "Main product production", "Distribution", "End-of-life and recycling",
        }  # fmt: skip

    def test_a_role_can_be_excluded_by_a_book(self, folder, tmp_path):
        """A book may place one role of a stage elsewhere: here the transport of production into distribution."""
        book = extending(tmp_path / "mine", "iso-14067")
        book.main["assign"] = {**dict.fromkeys(GRAVE, "production"), "production/transport": "distribution"}
        folder.background("t", 1, "kgCO2e/tkm")
        haul = {"id": "haul", "role": "transport", "dataset": "t", "amount": datum(2, "tkm")}
        footprint = folder.process("work", [haul], produces="thing").footprint(book.open())
        assert part_of(footprint, "stage", "distribution") == pytest.approx(2)


class TestCompanyData:
    @pytest.mark.parametrize(
        ("kind", "weak"),
        [("measured", 0), ("calculated", 0), ("supplier", 0), ("estimated", 1), ("secondary", 1), ("assumed", 1)],
    )
    def test_eu_demands_company_data_in_plants(self, folder, kind, weak):
        """Estimates, defaults and assumptions in a plant's process are reported, under ISO 14067 as well."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(1, "kg", kind)}
        folder.process("work", [gas], produces="thing")
        assert len(found(folder.footprint("eu-cfb-ind"), "ZJ426")) == weak
        assert len(found(folder.footprint("iso-14067"), "ZJ426")) == weak

    def test_a_process_outside_the_plants_may_be_secondary(self, folder):
        """A process that belongs to no plant of the company is not held to it."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(1, "kg", "secondary")}
        folder.process("work", [gas], produces="thing", plant="")
        assert found(folder.footprint("eu-cfb-ind"), "ZJ426") == []


class TestCutOff:
    @pytest.mark.parametrize(("mass", "reported"), [(1, False), (1.01, True), (30, True)])
    def test_eu_allows_one_percent_of_the_mass(self, folder, mass, reported):
        """Exactly 1 % of the mass of a process may be cut off, more is reported; the mass counts as the input kept."""
        folder.background("m", 1, "kgCO2e/kg").part("kept", 100 - mass, "kg", dataset="m")
        footprint = folder.part("left", mass, "kg", dataset="m", cut_off="too small").footprint("eu-cfb-ind")
        assert (found(footprint, "ZJ416") != []) == reported
        assert dict(found(footprint, "ZJ417")[0].params)["mass"] == f"{mass:.4g} kg"
        assert footprint.total == pytest.approx(100)
        assert [(line.exchange, line.reason.en) for line in footprint.system.excluded] == [("left", "too small")]

    def test_iso_states_no_limit(self, folder):
        """ISO 14067 asks for a justification, not for a percentage."""
        folder.background("m", 1, "kgCO2e/kg").part("kept", 50, "kg", dataset="m")
        footprint = folder.part("left", 50, "kg", dataset="m", cut_off="no data").footprint("iso-14067")
        assert found(footprint, "ZJ416") == []
        assert len(found(footprint, "ZJ417")) == 1

    def test_pieces_count_by_their_mass(self, folder):
        """A part counted in pieces is cut off with its mass."""
        folder.background("m", 1, "kgCO2e/kg").part("kept", 98, "kg", dataset="m")
        footprint = folder.part("left", 4, "item", dataset="m", mass=0.5, cut_off="no data").footprint("eu-cfb-ind")
        assert dict(found(footprint, "ZJ416")[0].params)["share"] == "2.00%"


class TestUse:
    def described(self, folder: StudyFolder, efficiency: tuple[float, str] = (88, "%"), **use: object) -> StudyFolder:
        folder.electricity("charge", 0.5)
        life = {
            "mode": "repeated_cycling",
            "cycles": datum(6000, "cycle"),
            "years": datum(15, "a"),
            "mean_capacity_factor": datum(0.85),
        }
        folder.head["service_life"] = life
        folder.head["use"] = {"round_trip_efficiency": datum(*efficiency), "electricity": "charge", **use}
        return folder.process("work", [], produces="thing")

    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_losses_by_hand(self, folder, book):
        """100 kWh × 6000 × 0.85 delivered; at 88 % each kWh delivered takes 1/0.88 - 1 kWh more."""
        footprint = self.described(folder).footprint(book)
        assert part_of(footprint, "stage", "use") == pytest.approx(100 * 6000 * 0.85 * (1 / 0.88 - 1) * 0.5, rel=1e-12)

    def test_percent_and_ratio_are_the_same(self, folder):
        """88 % and 0.88 give the same bytes of result."""
        percent = self.described(folder).footprint("iso-14067").total
        folder.head["use"]["round_trip_efficiency"] = datum(0.88, "1")
        assert folder.footprint("iso-14067").total == percent

    def test_auxiliary_energy_by_hand(self, folder):
        """2 MWh a year over 15 years of service."""
        footprint = self.described(folder, (100, "%"), auxiliary_energy=datum(2, "MWh/a")).footprint("iso-14067")
        assert part_of(footprint, "stage", "use") == pytest.approx(2000 * 15 * 0.5)

    def test_no_loss_at_full_efficiency(self, folder):
        """At 100 % nothing is lost."""
        assert self.described(folder, (1, "1")).footprint("iso-14067").total == 0

    def test_eu_excludes_it_and_lists_it(self, folder):
        """Under the EU rules the losses are left out, by the clause of the Regulation."""
        footprint = self.described(folder, auxiliary_energy=datum(2, "MWh/a")).footprint("eu-cfb-ind")
        assert footprint.total == 0
        assert {line.exchange for line in footprint.system.excluded} == {"use-losses", "use-auxiliary"}
        assert all("Annex II(4)" in line.clause for line in footprint.system.excluded)

    def test_auxiliary_energy_without_years_is_missing(self, folder):
        """A yearly consumption without years of service is not zero: the result is incomplete."""
        self.described(folder, auxiliary_energy=datum(2, "MWh/a"))
        del folder.head["service_life"]["years"]
        footprint = folder.footprint("iso-14067")
        assert not footprint.complete
        assert [dict(f.params)["reason"] for f in found(footprint, "ZJ406")] == ["service_life.years"]

    def test_missing_efficiency_is_missing(self, folder):
        """An efficiency that nobody knows makes the result incomplete."""
        self.described(folder)
        folder.head["use"]["round_trip_efficiency"] = {"missing": "not tested yet"}
        footprint = folder.footprint("iso-14067")
        assert not footprint.complete
        assert [dict(f.params)["reason"] for f in found(footprint, "ZJ406")] == ["not tested yet"]

    def test_without_description_it_is_a_partial_footprint(self, folder):
        """ISO 14067 notes a use stage that the study does not describe; the EU rules and a gate boundary do not ask."""
        self.described(folder)
        del folder.head["use"]
        assert len(found(folder.footprint("iso-14067"), "ZJ421")) == 1
        assert found(folder.footprint("eu-cfb-ind"), "ZJ421") == []
        folder.head["boundary"] = "cradle-to-gate"
        assert found(folder.footprint("iso-14067"), "ZJ421") == []

    def test_without_service_life_it_cannot_be_counted(self, folder):
        """Losses follow from the energy delivered: without it they are reported, not guessed."""
        self.described(folder)
        del folder.head["service_life"]
        assert len(found(folder.footprint("iso-14067"), "ZJ429")) == 1


class TestTransport:
    CASE = case("transport-legs")

    @pytest.mark.parametrize("book", BOOKS)
    def test_legs_of_the_case(self, folder, book):
        """One tonne over 1000 km by truck and 18 000 km by ship is 1000 and 18 000 tkm of distribution."""
        folder.background("truck", 0.1, "kgCO2e/tkm").background("ship", 0.01, "kgCO2e/tkm")
        folder.head["product"]["mass"] = datum(self.CASE["mass_t"], "t")
        for leg in self.CASE["legs"]:
            folder.row("transport.csv", id=leg["id"], stage="distribution", distance=leg["km"], distance_unit="km",
                       dataset=leg["id"], kind="measured", source="test")  # fmt: skip
        footprint = folder.process("work", [], produces="thing").footprint(book)
        amounts = {line.line: (line.amount, line.unit) for line in footprint.lines}
        assert amounts == {leg["id"]: (leg["tkm"], "tkm") for leg in self.CASE["legs"]}
        assert part_of(footprint, "stage", "distribution") == pytest.approx(1000 * 0.1 + 18000 * 0.01)

    def test_a_leg_with_its_own_mass(self, folder):
        """600 kg over 800 000 m are 480 tkm."""
        folder.background("truck", 0.1, "kgCO2e/tkm")
        folder.row("transport.csv", id="in", stage="raw_material", mass=600, mass_unit="kg", distance=800000,
                   distance_unit="m", dataset="truck", kind="measured", source="test")  # fmt: skip
        (line,) = folder.process("work", [], produces="thing").footprint("iso-14067").lines
        assert line.amount == pytest.approx(480)
        assert line.stage == "raw_material"

    def test_a_leg_without_distance_is_missing(self, folder):
        """A distance that nobody knows makes the result incomplete."""
        folder.background("truck", 0.1, "kgCO2e/tkm")
        folder.row("transport.csv", id="in", stage="distribution", distance="", distance_unit="km", missing="unknown",
                   dataset="truck", kind="measured", source="test")  # fmt: skip
        footprint = folder.process("work", [], produces="thing").footprint("iso-14067")
        assert not footprint.complete
        assert len(found(footprint, "ZJ406")) == 1


class TestMissing:
    @pytest.mark.parametrize("book", BOOKS)
    @pytest.mark.parametrize(
        ("gap", "code"),
        [
            ({"dataset": "m", "amount": {"missing": "not measured", "unit": "kg"}}, "ZJ406"),
            ({"dataset": "hole", "amount": datum(1, "kg")}, "ZJ405"),
            ({"dataset": "nowhere", "amount": datum(1, "kg")}, "ZJ401"),
            ({"dataset": "m", "amount": datum(1, "m2")}, "ZJ402"),
            ({"amount": datum(1, "kg")}, "ZJ405"),
            ({"process": "other", "amount": datum(1, "m2")}, "ZJ402"),
        ],
    )
    def test_what_is_missing_is_not_zero(self, folder, book, gap, code):
        """Whatever keeps a line from counting makes the result incomplete in both engines, with its finding."""
        folder.background("m", 1, "kgCO2e/kg").background("hole", "", "kgCO2e/kg", missing="nobody published it")
        kept = {"id": "kept", "role": "auxiliary", "dataset": "m", "amount": datum(2, "kg")}
        folder.process("work", [kept, {"id": "gap", "role": "auxiliary", **gap}], produces="thing").process("other", [])
        footprint = folder.footprint(book)
        assert footprint.total == pytest.approx(2)
        assert not footprint.complete
        assert len(found(footprint, code)) == 1
        assert {(activity, line) for activity, line, _ in footprint.gaps} == {("work", "gap")}
        exact, sparse = plain.solve(full_record(footprint)), solve_record(full_record(footprint))
        assert set(exact.uncharacterised) == set(sparse.uncharacterised) == set(footprint.gaps)

    def test_a_gap_deep_in_the_background_reaches_the_result(self, folder):
        """A dataset that takes from one without factor is incomplete, and so is what takes from it."""
        (folder.path).mkdir(parents=True)
        (folder.path / "background.yaml").write_text(
            "datasets:\n"
            "- {id: deep, name: d, unit: kg, missing: never measured, source: {citation: s}}\n"
            "- {id: middle, name: m, unit: kg, source: {citation: s}, inputs: [{dataset: deep, amount: 1, unit: kg}]}\n"
            "- {id: upper, name: u, unit: kg, source: {citation: s},\n"
            "   inputs: [{dataset: middle, amount: 1, unit: kg}],\n"
            "   interventions: [{gas: CO2 fossil, amount: 3}]}\n",
            encoding="utf-8",
        )
        footprint = folder.part("p", 2, "kg", dataset="upper").footprint("iso-14067", starter=True)
        assert footprint.total == pytest.approx(6)
        assert not footprint.complete
        assert [dict(f.params)["flow"] for f in found(footprint, "ZJ405")] == ["deep"]

    def test_a_gap_that_is_cut_off_is_no_gap(self, folder):
        """What the study leaves out with a reason, or the rulebook by its boundary, does not make it incomplete."""
        folder.background("m", 1, "kgCO2e/kg")
        gap = {"role": "auxiliary", "dataset": "m", "amount": {"missing": "unknown", "unit": "kg"}}
        folder.process(
            "work", [{"id": "a", **gap, "cut_off": "too small"}, {"id": "b", **gap, "stage": "use"}], produces="thing"
        )
        assert folder.footprint("eu-cfb-ind").complete
        assert not folder.footprint("iso-14067").complete

    def test_waste_without_treatment_is_no_gap(self, folder):
        """Waste that names no treatment is not counted and is no gap: it may be sold."""
        folder.process("work", [{"id": "scrap", "role": "waste", "amount": datum(1, "kg")}], produces="thing")
        assert folder.footprint("iso-14067").complete

    def test_a_study_without_gaps_is_complete(self, folder):
        """Nothing missing: complete, and nothing in `gaps`."""
        footprint = one_line_each(folder).footprint("iso-14067")
        assert footprint.complete
        assert footprint.gaps == ()

    def test_fuel_with_direct_emissions_only_is_a_warning(self, folder):
        """A direct-only factor of a fuel is used, and the supply chain that it lacks is reported."""
        folder.background("diesel", 2.6, "kgCO2e/L", category="fuel", scope="direct")
        burn = {"id": "burn", "role": "auxiliary", "dataset": "diesel", "amount": datum(10, "L")}
        footprint = folder.process("work", [burn], produces="thing").footprint("iso-14067")
        assert footprint.total == pytest.approx(26)
        assert len(found(footprint, "ZJ404")) == 1


class TestLinks:
    def test_amounts_between_processes_convert(self, folder):
        """500 g from a process whose run makes 2 kg are a quarter of a run."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(8, "kg")}
        folder.process("make", [gas], reference_flow=datum(2, "kg"))
        take = {"id": "part", "process": "make", "amount": datum(500, "g")}
        footprint = folder.process("work", [take], produces="thing").footprint("iso-14067")
        assert footprint.total == pytest.approx(2)
        assert footprint.scaling["make"] == pytest.approx(0.25)

    def test_an_assembly_without_process_converts_too(self, folder):
        """An assembly that stands under two parents in different units is one and the same assembly."""
        folder.background("m", 1, "kgCO2e/kg")
        folder.part("paste", 3, "kg").part("box", 1, "item").part("paste", 500, "g", parent="box")
        folder.part("powder", 2, "kg", parent="paste", dataset="m")
        footprint = folder.footprint("iso-14067")
        assert footprint.scaling["paste"] == pytest.approx(3.5)
        assert footprint.total == pytest.approx(7)

    def test_a_loop_of_processes(self, folder):
        """A process that takes 0.5 of its own product by way of another runs twice as often."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(1, "kg")}
        folder.process("a", [gas, {"id": "b", "process": "b", "amount": datum(1, "item")}], produces="thing")
        folder.process("b", [{"id": "a", "process": "a", "amount": datum(0.5, "item")}])
        footprint = folder.footprint("iso-14067")
        assert footprint.total == pytest.approx(2)
        assert errors(footprint) == []

    def test_a_yearly_process(self, folder):
        """Gas of a year over the output of a year is one product's share."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(500, "kg")}
        folder.process("work", [gas], produces="thing", reference_flow=datum(1000, "item"))
        assert folder.footprint("iso-14067").total == pytest.approx(0.5)


class TestChecks:
    def test_an_unknown_check_is_an_error_of_the_book(self, folder, tmp_path):
        """A book may only name checks that are there."""
        book = BookFolder(tmp_path / "book", checks=[{"check": "magic"}]).open()
        with pytest.raises(Exception, match="book: unknown check magic"):
            folder.process("work", [], produces="thing").footprint(book)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"), (Fraction(-5), "-5"), (Fraction(1, 8), "0.125"), (Fraction(-1, 200), "-0.005"),
        (Fraction(1, 3), "1/3"), (Fraction(-22, 7), "-22/7"), (Fraction(10**30), "1" + "0" * 30),
    ],
)  # fmt: skip
def test_decimal_text_is_exact(value, text):
    """A decimal where there is one, else a fraction; reading it back gives the same number."""
    assert decimal_text(value) == text
    assert Fraction(text) == value


def test_a_standby_battery_keeps_its_auxiliaries(folder):
    """On demand nothing is delivered by cycles, so no losses are counted; 10 kWh a year for 15 years are: 150 × 0.5."""
    folder.electricity("grid", 0.5)
    folder.head["service_life"] = {"mode": "on_demand", "years": datum(15, "a")}
    folder.head["use"] = {
        "round_trip_efficiency": datum(0.8), "auxiliary_energy": datum(10, "kWh/a"), "electricity": "grid",
    }  # fmt: skip
    footprint = folder.process("work", [], produces="thing").footprint("iso-14067")
    assert part_of(footprint, "stage", "use") == pytest.approx(75)
    assert len(found(footprint, "ZJ429")) == 1


@pytest.mark.parametrize(("left_out", "said"), [(5, 0), (6, 1), (100, 1)])
def test_much_cut_off_is_pointed_out(folder, left_out, said):
    """Where a rulebook states no number, more than 5 % of the mass of a process is a warning that shows the share."""
    folder.background("steel", 2, "kgCO2e/kg")
    line = {"role": "material", "dataset": "steel"}
    lines = [{**line, "id": "gone", "amount": datum(left_out, "kg"), "cut_off": "small"}]
    if left_out < 100:
        lines.append({**line, "id": "kept", "amount": datum(100 - left_out, "kg")})
    assert len(found(folder.process("work", lines, produces="thing").footprint("iso-14067"), "ZJ461")) == said


def test_waste_without_treatment_is_listed(folder):
    """Waste that names no treatment counts nothing, and the result lists it as left out."""
    waste = {"id": "sludge", "role": "waste", "amount": datum(5, "kg")}
    footprint = folder.process("work", [waste], produces="thing").footprint("iso-14067")
    assert [line.exchange for line in footprint.system.excluded] == ["sludge"]
    assert len(found(footprint, "ZJ462")) == 1
