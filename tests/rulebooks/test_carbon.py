"""Capture, removals, storage and biogenic CO2: what each rulebook counts, shows apart or refuses; nothing nets off."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zuji.datum import REMOVALS, Origin
from zuji.errors import RulebookError
from zuji.footprint.compare import compare
from zuji.footprint.explain import addresses, explain
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import load_book, open_book, registry
from zuji.rulebooks.book_parts import TREATMENTS
from zuji.rulebooks.strategies.characterisation import BIOGENIC_CO2, BIOGENIC_UPTAKE

from .building import DAY, BookFolder, StudyFolder, datum, decision, errors, found, part_of

BOOKS = [id for id, entry in registry().items() if entry["available"]]
LATE = date(2026, 11, 23)
REMOVED = {
    "land_removal": -6, "captured_fossil": -20, "captured_biogenic": -30, "technological_removal": -40,
    "product_storage": -50,
}  # fmt: skip


def gas(id: str, name: str, kg: float, **more: Any) -> dict[str, Any]:
    return {"id": id, "gas": name, "amount": datum(kg, "kg"), **more}


def removing(folder: StudyFolder, **more: float) -> StudyFolder:
    """1000 kg fossil CO2 and one line of each removal [kg CO2]."""
    lines = [gas("fossil", "CO2 fossil", 1000)]
    lines += [gas(origin, "CO2 fossil", kg, origin=origin) for origin, kg in {**REMOVED, **more}.items()]
    return folder.process("work", lines, produces="thing")


def apart(footprint: Footprint) -> dict[str, tuple[float, str]]:
    return {row.id: (row.value, row.decision.value) for row in footprint.apart}


class TestEveryBook:
    @pytest.mark.parametrize("book", BOOKS)
    def test_states_every_category_with_a_clause(self, book):
        """Each rulebook says of each category of removal and biogenic CO2 what becomes of it, and by which clause."""
        opened = open_book(book)
        rule = opened.rule("carbon", LATE)
        wanted = {*(origin.value for origin in REMOVALS), Origin.LAND_MANAGEMENT.value, BIOGENIC_CO2, BIOGENIC_UPTAKE}
        assert set(rule.facts["category"]) == wanted
        for category in wanted:
            said = rule.decide(category=category)
            assert said.value in TREATMENTS
            assert said.clause
            assert said.reason.zh
            assert said.verified or said.verify_with.zh

    @pytest.mark.parametrize("book", BOOKS)
    def test_nothing_is_lost_and_nothing_nets_off_unseen(self, folder, book):
        """What counts is an origin of its own, all else a row beside the total; together they are what was stated."""
        footprint = removing(folder).footprint(book, LATE)
        rows = apart(footprint)
        for category, kg in REMOVED.items():
            counted = part_of(footprint, "origin", category)
            assert (counted or rows[category][0]) == pytest.approx(kg)
            assert (category in rows) == (counted == 0)
        assert footprint.total == pytest.approx(1000 + sum(part_of(footprint, "origin", c) for c in REMOVED))

    @pytest.mark.parametrize("book", BOOKS)
    def test_storage_in_the_product_never_lowers_the_headline(self, folder, book):
        """Under no rulebook does carbon that stays in the product for a while make its footprint smaller."""
        lines = [gas("c", "CO2 fossil", 10), gas("kept", "CO2 biogenic", -50, origin="product_storage")]
        footprint = folder.process("work", lines, produces="thing").footprint(book, LATE)
        assert footprint.total == pytest.approx(10)
        assert apart(footprint)["product_storage"][0] == pytest.approx(-50)


class TestTreatments:
    def test_refused_is_told_with_clause_and_amount(self, folder):
        """PEF refuses storage and soil carbon: a warning each, with the clause; the total holds neither."""
        footprint = removing(folder).footprint("pef")
        assert footprint.total == pytest.approx(1000)
        said = {dict(f.params)["category"].en: f for f in found(footprint, "ZJ474")}
        assert set(said) == {"biogenic carbon stored in the product", "land-management CO2 removals"}
        assert {f.clause for f in said.values()} == {"Annex I, 4.4.10"}
        assert len(found(footprint, "ZJ475")) == 3
        assert errors(footprint) == []

    def test_pact_counts_capture_and_removals_in_the_open(self, folder):
        """PACT: 1000 - 6 - 20 - 30 - 40 = 904 in both totals, each removal an origin; storage stands apart."""
        footprint = removing(folder).footprint("pact-3")
        assert footprint.total == pytest.approx(904)
        assert {t.id: t.value for t in footprint.totals}["including_biogenic_uptake"] == pytest.approx(904)
        assert apart(footprint) == {"product_storage": (pytest.approx(-50), "separate")}

    def test_biogenic_methane_is_no_biogenic_co2(self, folder):
        """Methane, release and uptake of biogenic carbon are three rows: 27, 4 and -10 under ISO 14067."""
        lines = [gas("m", "CH4 biogenic", 1), gas("out", "CO2 biogenic", 4), gas("in", "CO2 biogenic", -10)]
        footprint = folder.process("work", lines, produces="thing").footprint("iso-14067")
        rows = {part.id: part.value for part in footprint.origins}
        assert rows == {
            "biogenic": pytest.approx(27), "biogenic_co2": pytest.approx(4), "biogenic_uptake": pytest.approx(-10),
        }  # fmt: skip

    def test_a_dataset_may_carry_them(self, folder):
        """A factor of the background with the origin of a removal is reported like a line of the study."""
        folder.background("steel", 2, "kgCO2e/kg")
        folder.background("stored", -1, "kgCO2e/kg", origin="captured_fossil")
        folder.part("steel", 10, "kg", dataset="steel").part("well", 3, "kg", dataset="stored")
        footprint = folder.footprint("iso-14067")
        assert footprint.total == pytest.approx(20)
        assert apart(footprint) == {"captured_fossil": (pytest.approx(-3), "separate")}

    def test_only_what_occurs_is_unverified(self, folder):
        """A rule on capture counts as an unverified choice only where the footprint has capture."""
        plain = folder.process("work", [gas("c", "CO2 fossil", 1)], produces="thing").footprint("iso-14067")
        assert not any(entry.id.startswith("rule carbon") for entry in plain.unverified)
        assert any(entry.id.startswith("rule carbon") for entry in removing(folder).footprint("iso-14067").unverified)


class TestBadInput:
    @pytest.mark.parametrize("origin", sorted(REMOVED))
    def test_a_removal_above_zero_is_an_error(self, folder, origin):
        """What is taken away has a minus sign; without it the line would be an emission."""
        lines = [gas("c", "CO2 fossil", 10), gas("r", "CO2 fossil", 5, origin=origin)]
        folder.process("work", lines, produces="thing")
        codes = [f.code for f in folder.footprint("iso-14067").findings]
        assert "ZJ290" in codes

    def test_only_co2_is_removed(self, folder):
        """Methane with the origin of a removal is an error that names the gas."""
        lines = [gas("c", "CO2 fossil", 10), gas("r", "CH4 fossil", -5, origin="captured_fossil")]
        (finding,) = found(folder.process("work", lines, produces="thing").footprint("iso-14067"), "ZJ291")
        assert dict(finding.params)["gas"] == "CH4 fossil"

    def test_fossil_co2_is_not_taken_up_without_an_origin(self, folder):
        """A negative fossil amount without such an origin stays an error."""
        lines = [gas("c", "CO2 fossil", 10), gas("r", "CO2 fossil", -5)]
        assert found(folder.process("work", lines, produces="thing").footprint("iso-14067"), "ZJ265")

    def test_a_dataset_with_the_wrong_sign(self, folder):
        """A factor with the origin of a removal above zero is an error at the line that takes it."""
        folder.background("stored", 1, "kgCO2e/kg", origin="technological_removal").part(
            "well", 3, "kg", dataset="stored"
        )
        (finding,) = found(folder.footprint("iso-14067"), "ZJ476")
        assert dict(finding.params)["id"] == "stored"


class TestCompared:
    def test_the_bars_close_over_what_stands_apart(self, folder):
        """From PACT to ISO: distribution comes in with the boundary, capture goes out with the characterisation."""
        lines = [gas("c", "CO2 fossil", 100), gas("ship", "CO2 fossil", 9, stage="distribution")]
        lines += [gas("ccs", "CO2 fossil", -20, origin="captured_fossil")]
        folder.process("work", lines, produces="thing")
        found_bars = compare(folder.footprint("pact-3"), folder.footprint("iso-14067")).product
        values = {bar.cause: bar.value for bar in found_bars.bars}
        assert values == {"boundary": pytest.approx(9), "characterisation": pytest.approx(20)}
        assert sum(values.values()) == pytest.approx(109 - 80)
        basis = {entry.id: (entry.a.en, entry.b.en) for bar in found_bars.bars for entry in bar.basis}
        assert basis["category/captured_fossil"] == ("counted", "reported separately")
        assert basis["stage/distribution"][0] == "reported apart"


class TestTotalsAndStages:
    def test_a_stage_reported_apart(self, folder):
        """Distribution under PACT: not in the total, stages or lines of the headline, but in a total of its own."""
        folder.background("truck", 2, "kgCO2e/tkm", category="transport")
        lines = [gas("c", "CO2 fossil", 10)]
        lines += [{"id": "haul", "dataset": "truck", "stage": "distribution", "role": "transport",
                   "amount": datum(4, "tkm")}]  # fmt: skip
        footprint = folder.process("work", lines, produces="thing").footprint("pact-3")
        assert footprint.total == pytest.approx(10)
        assert {s.id: (s.value, s.apart) for s in footprint.stages}["distribution"] == (0, pytest.approx(8))
        assert {t.id: t.value for t in footprint.totals}["with_outbound_logistics"] == pytest.approx(18)
        (stage,) = [s for s in footprint.document["stages"] if s["id"] == "distribution"]
        assert (stage["value"], stage["apart"]) == (0, pytest.approx(8))

    def test_the_document_marks_the_headline(self, folder):
        """In JSON every total has its figure per functional unit, and exactly one is the headline."""
        document = removing(folder).footprint("catenax-4", LATE).document
        assert [total["headline"] for total in document["totals"]] == [True, False, False]
        assert document["totals"][0]["value"] == document["total"]
        assert document["totals"][0]["per_functional_unit"] == document["per_functional_unit"]
        assert {row["id"] for row in document["apart"]} == {*REMOVED} - {"land_removal"}

    def test_every_row_has_its_tree(self, folder):
        """Totals, categories apart and stages apart are addresses; the children of each add up to it."""
        footprint = removing(folder).footprint("catenax-4", LATE)
        wanted = {"total/including_biogenic_uptake", "total/with_distribution", "apart/captured_fossil"}
        assert wanted <= set(addresses(footprint))
        for address in sorted(wanted):
            node = explain(footprint, address)
            values = [child.value for child in node.children if child.value is not None]
            assert sum(values) == pytest.approx(node.value), address
            assert all(leaf.notes for leaf in node.leaves()), address


class TestFields:
    def everything(self, folder: StudyFolder) -> StudyFolder:
        lines = [
            gas("a", "CO2 fossil", 100), gas("c", "CH4 biogenic", 2), gas("d", "CO2 biogenic", -33),
            gas("e", "CO2 land use change", 5), gas("f", "CO2 biogenic", 2, origin="land_management"),
            gas("g", "CO2 biogenic", -3, origin="land_removal"), gas("h", "CO2 fossil", 4, origin="aviation"),
            gas("ccs", "CO2 fossil", -6, origin="captured_fossil"),
            gas("beccs", "CO2 biogenic", -7, origin="captured_biogenic"),
            gas("dac", "CO2 fossil", -8, origin="technological_removal"),
            gas("kept", "CO2 biogenic", -44, origin="product_storage"),
            gas("ship", "CO2 fossil", 9, stage="distribution"),
        ]  # fmt: skip
        return folder.process("work", lines, produces="thing")

    def test_pact(self, folder):
        """Each field by hand; 44 kg of CO2 stored are 12 kg of carbon; the formula of PACT closes over the fields."""
        fields = {f.id: f.value for f in self.everything(folder).footprint("pact-3").fields}
        expected = {
            "pcfExcludingBiogenicUptake": 100 + 4 + 54 + 5 + 2 - 3 - 6 - 15, "fossilGhgEmissions": 104,
            "landUseChangeGhgEmissions": 5, "landManagementBiogenicCO2Emissions": 2,
            "landManagementBiogenicCO2Removals": -3, "biogenicCO2Uptake": -33, "biogenicNonCO2Emissions": 54,
            "aircraftGhgEmissions": 4, "ccsTechnologicalCO2Capture": -6, "technologicalCO2Removals": -15,
            "outboundLogisticsGhgEmissions": 9, "biogenicCarbonContent": 12,
        }  # fmt: skip
        expected["pcfIncludingBiogenicUptake"] = expected["pcfExcludingBiogenicUptake"] - 33
        assert fields == pytest.approx(expected)
        terms = (
            "fossilGhgEmissions", "landUseChangeGhgEmissions", "landManagementBiogenicCO2Emissions",
            "landManagementBiogenicCO2Removals", "technologicalCO2Removals", "ccsTechnologicalCO2Capture",
            "biogenicNonCO2Emissions",
        )  # fmt: skip
        assert sum(fields[term] for term in terms) == pytest.approx(fields["pcfExcludingBiogenicUptake"])

    def test_catenax(self, folder):
        """T1 = A + C + D + E + F + G + H over the fields: 100 + 54 - 33 + 5 + 2 - 3 + 4 = 129."""
        fields = {f.id: f.value for f in self.everything(folder).footprint("catenax-4", LATE).fields}
        terms = (
            "fossilGhgEmissions", "biogenicNonCO2Emissions", "biogenicCO2Uptake", "landUseChangeGhgEmissions",
            "landManagementBiogenicCO2Emissions", "landManagementBiogenicCO2Removals", "aircraftGhgEmissions",
        )  # fmt: skip
        assert sum(fields[term] for term in terms) == pytest.approx(129)
        assert fields["pcfIncludingBiogenicUptake"] == pytest.approx(129)
        assert fields["pcfExcludingBiogenicUptake"] == pytest.approx(162)
        assert fields["distributionStagePcfExcludingBiogenicUptake"] == pytest.approx(9)

    def test_other_rulebooks_have_no_fields(self, folder):
        """A rulebook without a data model fills none."""
        assert self.everything(folder).footprint("iso-14067").fields == ()


class TestBookFiles:
    def test_one_headline_among_several_totals(self, tmp_path):
        """Two totals without a headline, or with two, do not load."""
        folder = BookFolder(tmp_path / "book")
        names = {"name": {"zh": "一", "en": "one"}}
        folder.main["totals"] = [{"id": "a", **names}, {"id": "b", **names, "without": ["aviation"]}]
        with pytest.raises(RulebookError, match="of several totals one is the headline, not 0"):
            load_book(folder.write())
        for total in folder.main["totals"]:
            total["headline"] = True
        with pytest.raises(RulebookError, match="of several totals one is the headline, not 2"):
            load_book(folder.write())

    def test_a_total_of_an_unknown_stage(self, tmp_path):
        """A total, or the list of stages apart, names stages of the book."""
        folder = BookFolder(tmp_path / "book")
        folder.main["strategies"]["boundary"]["apart"] = ["moon"]
        with pytest.raises(RulebookError, match="names the unknown stage moon"):
            load_book(folder.write())

    def test_a_treatment_that_nobody_knows(self, tmp_path):
        """A rule on categories says counted, separate or refused."""
        folder = BookFolder(tmp_path / "book")
        folder.main["strategies"]["characterisation"]["rule"] = "carbon"
        folder.rules["carbon"] = {"facts": {"category": ["captured_fossil"]}, "base": decision("halved")}
        with pytest.raises(RulebookError, match="rule carbon says halved"):
            load_book(folder.write())

    def test_a_book_without_a_rule_counts_everything(self, folder, tmp_path):
        """Without a rule every category counts, in the open: 1000 - 146 = 854, five origins beside the fossil one."""
        book = BookFolder(tmp_path / "book").open()
        footprint = removing(folder).footprint(book, DAY)
        assert footprint.total == pytest.approx(1000 + sum(REMOVED.values()))
        assert len([part for part in footprint.origins if part.value]) == 6
