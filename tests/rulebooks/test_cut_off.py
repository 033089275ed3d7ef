"""Cut-off over the whole system, by mass, energy and significance; missing mass as the worst input."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.errors import RulebookError
from zuji.footprint.explain import explain
from zuji.rulebooks.book import load_book
from zuji.rulebooks.strategies.cut_off import within

from .building import BookFolder, StudyFolder, datum, errors, found

ON = date(2025, 12, 31)


def two_processes(folder: StudyFolder, left: float, *, dataset: str = "m") -> StudyFolder:
    """Two assemblies of 100 kg, from each of which `left` kg are cut off; 1 kg CO2e/kg, 50 for the rare one."""
    folder.background("m", 1, "kgCO2e/kg").background("rare", 50, "kgCO2e/kg")
    for name in ("one", "two"):
        lines = [
            {"id": "kept", "role": "material", "dataset": "m", "amount": datum(100 - left, "kg")},
            {"id": "gone", "role": "material", "dataset": dataset, "amount": datum(left, "kg"), "cut_off": "small"},
        ]
        folder.process(name, lines, reference_flow=datum(100, "kg")).part(name, 100, "kg", process=name)
    return folder


class TestCumulative:
    @pytest.mark.parametrize(("left", "exceeded"), [(3, False), (3.01, True)])
    def test_the_limit_holds_over_the_whole_system(self, folder, left, exceeded):
        """PEF: two times 3 of 100 kg are 3 % in all and allowed, more is not; mass and significance are both named."""
        footprint = two_processes(folder, left).footprint("pef")
        said = {dict(f.params)["measure"].en for f in found(footprint, "ZJ470")}
        assert said == ({"mass", "environmental significance"} if exceeded else set())
        measures = {m.measure: m for m in footprint.cut_off.measures}
        assert measures["mass"].left_out == pytest.approx(2 * left)
        assert measures["mass"].total == pytest.approx(200)
        assert measures["significance"].share == pytest.approx(left / 100)

    def test_small_in_mass_and_large_in_significance(self, folder):
        """1 % of the mass at 50 kg CO2e/kg is a third of the footprint: only the significance is exceeded."""
        footprint = two_processes(folder, 1, dataset="rare").footprint("pact-3")
        (finding,) = found(footprint, "ZJ470")
        assert dict(finding.params)["measure"].en.startswith("environmental significance")
        assert dict(finding.params)["share"] == f"{100 / (198 + 100):.2%}"
        assert footprint.total == pytest.approx(198)

    def test_a_line_without_dataset_is_not_measured(self, folder):
        """The significance of a line that names no dataset is unknown, and that is said; its mass still counts."""
        folder.background("m", 1, "kgCO2e/kg").part("kept", 99, "kg", dataset="m")
        footprint = folder.part("label", 1, "kg", cut_off="small").footprint("catenax-4", ON)
        (finding,) = found(footprint, "ZJ471")
        assert "label" in str(dict(finding.params)["lines"])
        assert [m.unknown for m in footprint.cut_off.measures] == [0, 0, 1]
        assert found(footprint, "ZJ470") == []

    def test_energy_is_a_measure_of_its_own_under_pef(self, folder):
        """4 of 100 MJ of heat left out are too much under PEF, and no matter of energy under PACT."""
        folder.background("heat", "0.1", "kgCO2e/MJ", category="heat").background("m", 1, "kgCO2e/kg")
        lines = [
            {"id": "boiler", "role": "energy", "dataset": "heat", "amount": datum(96, "MJ")},
            {"id": "office", "role": "energy", "dataset": "heat", "amount": datum(4, "MJ"), "cut_off": "office"},
            {"id": "steel", "role": "material", "dataset": "m", "amount": datum(1000, "kg")},
        ]
        folder.process("work", lines, produces="thing")
        assert [dict(f.params)["measure"].en for f in found(folder.footprint("pef"), "ZJ470")] == ["energy"]
        assert found(folder.footprint("pact-3"), "ZJ470") == []

    @pytest.mark.parametrize("book", ["iso-14067", "pef", "pact-3", "gba-ghg", "ghgp-product", "eu-cfb-ind"])
    def test_the_account_is_made_under_every_rulebook(self, folder, book):
        """Mass and share of what is left out stand in the result, limit or not, and in its JSON."""
        footprint = two_processes(folder, 2).footprint(book)
        assert [line.exchange for line in footprint.cut_off.lines] == ["gone", "gone"]
        written = {m["measure"]: m for m in footprint.document["cut_off"]["measures"]}
        assert written["mass"]["share"] == pytest.approx(0.02)
        assert written["mass"]["unit"] == "kg"

    def test_what_the_rulebook_leaves_out_is_no_cut_off(self, folder):
        """A line of the use stage that is cut off is not held against a rulebook without use stage."""
        folder.background("m", 1, "kgCO2e/kg").part("kept", 90, "kg", dataset="m")
        gone = {"id": "spare", "role": "material", "dataset": "m", "amount": datum(10, "kg"), "cut_off": "spare parts"}
        folder.process("work", [{**gone, "stage": "use"}], produces="thing")
        assert folder.footprint("pact-3").cut_off.lines == ()
        assert [line.exchange for line in folder.footprint("pef").cut_off.lines] == ["spare"]

    def test_nothing_left_out_is_an_empty_account(self, folder):
        """Without cut-offs there are no measures to read."""
        footprint = folder.background("m", 1, "kgCO2e/kg").part("kept", 9, "kg", dataset="m").footprint("pef")
        assert footprint.cut_off.lines == ()
        assert footprint.cut_off.measures == ()

    def test_the_limit_itself_is_within_it(self):
        """3 % of 3 % is allowed however the sums round, one part in a million more is not."""
        assert within(0.03, 0.03)
        assert within(0.1 * 3 / 10, 0.03)
        assert not within(0.03 * (1 + 1e-6), 0.03)


class TestMissingMass:
    def test_it_counts_as_the_worst_input(self, folder):
        """1 kg cut off beside 60 kg at 2 and 39 kg at 5 counts at 5: 120 + 195 + 5 = 320."""
        folder.background("low", 2, "kgCO2e/kg").background("high", 5, "kgCO2e/kg")
        folder.part("a", 60, "kg", dataset="low").part("b", 39, "kg", dataset="high")
        footprint = folder.part("screws", 1, "kg", cut_off="small").footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(320)
        (finding,) = found(footprint, "ZJ472")
        assert (dict(finding.params)["input"], dict(finding.params)["mass"]) == ("b", "1 kg")
        assert "cut_off.missing_mass" in {entry.id for entry in footprint.unverified}
        (line,) = [line for line in footprint.lines if line.line.endswith("#missing-mass")]
        assert (line.line, line.value) == ("b#missing-mass", pytest.approx(5))
        assert all(leaf.notes for leaf in explain(footprint, line.address).leaves())

    def test_per_kilogram_decides_not_the_largest_line(self, folder):
        """The input with the largest footprint per kg takes it, though another line is larger."""
        folder.background("low", 2, "kgCO2e/kg").background("high", "0.005", "tCO2e/kg")
        folder.part("a", 900, "kg", dataset="low").part("b", 1, "kg", dataset="high")
        footprint = folder.part("rest", 4, "kg", cut_off="small").footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(1800 + 5 + 20)

    def test_pieces_are_added_by_their_mass(self, folder):
        """4 pieces of 0.25 kg are 1 kg."""
        folder.background("m", 3, "kgCO2e/kg").part("kept", 99, "kg", dataset="m")
        footprint = folder.part("clip", 4, "item", mass=0.25, cut_off="small").footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(300)

    def test_what_has_no_mass_is_named(self, folder):
        """A part of unknown mass stays left out, and a warning asks for its mass."""
        folder.background("m", 3, "kgCO2e/kg").part("kept", 99, "kg", dataset="m")
        footprint = folder.part("clip", 4, "item", cut_off="small").footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(297)
        (finding,) = found(footprint, "ZJ473")
        assert dict(finding.params)["lines"] == "clip"

    def test_other_rulebooks_leave_it_out(self, folder):
        """Only where the rulebook says so is anything added."""
        folder.background("m", 3, "kgCO2e/kg").part("kept", 99, "kg", dataset="m")
        folder.part("clip", 1, "kg", cut_off="small")
        assert folder.footprint("pef").total == pytest.approx(297)
        assert errors(folder.footprint("pef")) == []

    def test_a_service_brings_no_mass(self, folder):
        """Rolling 99 kg of a metal that another line brings (`mass: 0`) is no missing mass and no share of the mass."""
        folder.background("m", 3, "kgCO2e/kg")
        lines = [
            {"id": "metal", "role": "material", "dataset": "m", "amount": datum(99, "kg")},
            {
                "id": "rolling",
                "role": "auxiliary",
                "amount": datum(99, "kg"),
                "mass": datum(0, "kg"),
                "cut_off": "inside",
            },
        ]
        footprint = folder.process("work", lines, produces="thing").footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(297)
        assert [found(footprint, code) for code in ("ZJ416", "ZJ472", "ZJ473")] == [[], [], []]
        assert footprint.cut_off.measures[0].share == 0


class TestBookFiles:
    def broken(self, tmp_path, **cut_off) -> BookFolder:
        folder = BookFolder(tmp_path / "book")
        folder.main["strategies"]["cut_off"] = {"clause": "1", **cut_off}
        return folder

    def test_a_cumulative_limit_is_needed(self, tmp_path):
        """A cumulative cut-off without its parameter does not load."""
        folder = self.broken(tmp_path, strategy="cumulative", measures=["mass"])
        with pytest.raises(RulebookError, match=r"needs the parameter cut_off\.cumulative_share"):
            load_book(folder.write())

    @pytest.mark.parametrize("measures", [[], ["volume"]])
    def test_measures_are_known(self, tmp_path, measures):
        """It names what it is held against."""
        folder = self.broken(tmp_path, strategy="cumulative", measures=measures)
        folder.parameters["cut_off.cumulative_share"] = BookFolder.parameter(0.03)
        with pytest.raises(RulebookError, match="needs measures of mass, energy, significance"):
            load_book(folder.write())

    def test_missing_mass_is_left_out_or_added(self, tmp_path):
        """Any other word does not load."""
        folder = self.broken(tmp_path, strategy="justified")
        folder.parameters["cut_off.missing_mass"] = BookFolder.parameter("forgotten", "way")
        with pytest.raises(RulebookError, match=r"cut_off\.missing_mass must be one of left_out, worst_input"):
            load_book(folder.write())
