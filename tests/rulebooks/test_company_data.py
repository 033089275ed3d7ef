"""Company data demanded by name: what lacks, what is bought as a dataset, what is not the company's own."""

from __future__ import annotations

import pytest

from zuji.errors import RulebookError
from zuji.finding import Finding
from zuji.rulebooks.book import open_book, registry
from zuji.rulebooks.company_data import DEMANDED, demanded, named_processes
from zuji.study.model import ComponentGroup

from .building import BookFolder, StudyFolder, datum, found

BOOK = "eu-cfb-ev"
DEMANDING = {"eu-cfb-ev", "eu-cfb-ind", "pef", "gba-ghg", "cn-label", "cn-miit-ev", "iec-63369-1"}


def named(findings: list[Finding]) -> set[str]:
    return {finding.shown("en")["process"] for finding in findings}


@pytest.fixture
def battery(folder: StudyFolder) -> StudyFolder:
    """An EV battery whose cells are bought as a dataset."""
    folder.head["product"]["category"] = "ev"
    return folder.background("cells", 10, "kgCO2e/kg").background("stuff", 1, "kgCO2e/kg")


def test_every_demand_names_a_process_of_the_table():
    """The books that the specification lists demand processes, each of them in the table, with clause and source."""
    books = {id: open_book(id) for id in registry()}
    found = {id for id, book in books.items() if DEMANDED in book.parameters}
    assert found == DEMANDING
    for id in found:
        for _, parameter in books[id].parameters.history[DEMANDED]:
            assert parameter is not None
            assert demanded(parameter, id)
            assert parameter.verified or parameter.verify_with.zh


def test_the_eu_list_is_that_of_the_published_case():
    """The draft's case holds these processes to company data, with the electronics' bill of materials beside them."""
    ((_, parameter),) = open_book("eu-cfb-ev").parameters.history[DEMANDED]
    assert parameter is not None
    published = {
        "cathode_active_material", "anode_active_material", "cathode", "anode", "electrolyte", "cell",
        "housing_and_cooling", "module", "pack",
    }  # fmt: skip
    assert published <= set(parameter.value)


def test_every_group_of_the_table_is_there():
    """The table names component groups that a study knows."""
    for process in named_processes().values():
        assert process.groups <= set(ComponentGroup)
        assert process.name.zh
        assert process.level in ("parts", "process")


class TestLacking:
    def test_parts_that_nobody_sees(self, battery):
        """A pack of one bought cell shows no electrode, electrolyte, separator or casing: each is named once."""
        battery.part("cells", 1000, "kg", dataset="cells", component_group="cell")
        lacking = named(found(battery.footprint(BOOK), "ZJ490"))
        assert {"cathode (electrode)", "anode (electrode)", "electrolyte", "separator", "cell casing"} <= lacking
        assert "cell production (coating, drying, dry room, formation)" not in lacking

    def test_parts_that_are_shown(self, battery):
        """A line of the component group shows the part."""
        battery.part("film", 1, "kg", dataset="stuff", component_group="separator")
        assert "separator" not in named(found(battery.footprint(BOOK), "ZJ490"))

    def test_another_product_is_not_asked(self, battery):
        """The named processes are those of batteries."""
        battery.head["product"]["category"] = "portable"
        assert found(battery.part("film", 1, "kg", dataset="stuff").footprint(BOOK), "ZJ490") == []

    def test_iso_names_no_process(self, battery):
        """ISO 14067 demands data of own processes, and names none."""
        assert found(battery.part("film", 1, "kg", dataset="stuff").footprint("iso-14067"), "ZJ490") == []


class TestBought:
    def test_cells_as_a_dataset(self, battery):
        """Cell production that is a dataset is named with its line."""
        battery.part("cells", 1000, "kg", dataset="cells", component_group="cell")
        bought = found(battery.footprint(BOOK), "ZJ491")
        assert named(bought) == {"cell production (coating, drying, dry room, formation)"}
        assert bought[0].shown("en")["lines"] == "thing.cells ← cells"
        assert bought[0].clause.startswith("Regulation (EU) 2023/1542, Annex II(5)")
        assert bought[0].label.startswith("EUE")

    def test_an_own_process_is_not_bought(self, battery):
        """With a process of the cells' own there is no such finding."""
        battery.part("cells", 1000, "kg", process="cell-line", component_group="cell")
        battery.process(
            "cell-line", [{"id": "x", "role": "material", "dataset": "stuff", "amount": datum(1, "kg")}],
            produces="cells", reference_flow=datum(1, "kg"), component_group="cell",
        )  # fmt: skip
        assert found(battery.footprint(BOOK), "ZJ491") == []

    def test_an_electrode_is_not_its_active_material(self, battery):
        """A cathode named after its NMC takes the oxide from another process, which is the one that is held."""
        battery.part("NMC811 cathode", 1, "kg", process="cathode", component_group="cathode")
        oxide = {"id": "nmc811-oxide", "process": "oxide", "amount": datum(1, "kg"), "role": "material"}
        battery.process("cathode", [oxide], produces="NMC811 cathode", reference_flow=datum(1, "kg"),
                        component_group="cathode")  # fmt: skip
        ore = {"id": "ore", "role": "material", "dataset": "stuff", "amount": datum(1, "kg", "secondary")}
        battery.process("oxide", [ore], produces="nmc811-oxide", reference_flow=datum(1, "kg"),
                        component_group="cathode", plant="")  # fmt: skip
        weak = [f.shown("en") for f in found(battery.footprint(BOOK), "ZJ492")]
        assert [(w["process"], w["exchanges"]) for w in weak] == [("cathode active material", "oxide.ore")]


class TestWeak:
    @pytest.mark.parametrize(("kind", "weak"), [("measured", 0), ("supplier", 0), ("secondary", 1), ("assumed", 1)])
    def test_masses_that_are_not_the_companys(self, battery, kind, weak):
        """The mass of a separator may not be a default; the finding names line and kind."""
        battery.part("film", 1, "kg", dataset="stuff", component_group="separator", kind=kind)
        held = [f for f in found(battery.footprint(BOOK), "ZJ492") if f.shown("en")["process"] == "separator"]
        assert len(held) == weak
        assert all(f.shown("en")["exchanges"] == "thing.film" and f.shown("en")["kinds"] == kind for f in held)

    def test_a_line_is_told_once(self, battery):
        """A weak amount that a name covers is not told again for its plant."""
        battery.part("film", 1, "kg", dataset="stuff", component_group="separator", kind="assumed")
        battery.process("line", [], produces="thing")
        footprint = battery.footprint(BOOK)
        assert len(found(footprint, "ZJ492")) == 1
        assert found(footprint, "ZJ426") == []


def test_an_unknown_process_is_refused(tmp_path, folder):
    """A rulebook that demands a process which the table does not have says which ones there are."""
    book = BookFolder(tmp_path / "mine", checks=[{"check": "company_specific", "clause": "1"}])
    book.parameters[DEMANDED] = book.parameter(["cell", "dry_room"], "processes")
    folder.background("stuff", 1, "kgCO2e/kg").part("film", 1, "kg", dataset="stuff")
    with pytest.raises(RulebookError, match=r"no process dry_room; there are bill_of_materials, .*cell"):
        folder.footprint(book.open())


class TestOwnRecycling:
    @pytest.mark.parametrize(
        ("book", "rate", "findings"),
        [
            ("eu-cfb-ev", datum(0.9), 1),
            ("pef", datum(0.9, kind="supplier"), 1),
            ("pef", datum(0.9, evidence=["statement"]), 0),
            ("pef", datum(0.9, kind="secondary"), 0),
            ("pef", datum(0), 0),
            ("iso-14067", datum(0.9), 0),
        ],
    )
    def test_own_rates_name_their_evidence(self, folder, book, rate, findings):
        """A recycling rate of the company's own counts with evidence; a default of a table needs none."""
        folder.background("steel", 2, "kgCO2e/kg").part("plate", 1000, "kg", dataset="steel", material="steel")
        steel = {"name": {"en": "steel"}, "recycling_rate": rate, "recycling_dataset": "steel",
                 "disposal_dataset": "steel"}  # fmt: skip
        told = found(folder.end_of_life(materials={"steel": steel}).footprint(book), "ZJ494")
        assert len(told) == findings
        for finding in told:
            assert finding.shown("en") | {"book": book} == {
                "field": "recycling rate R2", "material": "steel", "value": "0.9", "book": book,
            }  # fmt: skip
            assert finding.clause
