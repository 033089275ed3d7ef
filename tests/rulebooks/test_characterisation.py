"""Gases under each rulebook: the set of factors, the origin of the carbon, and what is reported apart."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.background.model import Intervention
from zuji.datum import Origin
from zuji.rulebooks.strategies.characterisation import category_of, flow_of

from .building import BOOKS, StudyFolder, case, datum, errors, found, part_of

GASES = case("analytic-gwp-sets")
SETS = {"iso-14067": "AR6", "gbt-24067": "AR6", "eu-cfb-ind": "EF3.1"}


def direct(folder: StudyFolder, *gases: tuple[str, float]) -> StudyFolder:
    """A process that emits these gases [kg] for one product."""
    exchanges = [{"id": f"g{i}", "gas": gas, "amount": datum(kg, "kg")} for i, (gas, kg) in enumerate(gases)]
    return folder.process("work", exchanges, produces="thing")


def inventory(folder: StudyFolder) -> StudyFolder:
    return direct(folder, *((row["gas"], row["kg"]) for row in GASES["inventory"]))


class TestSets:
    @pytest.mark.parametrize("book", BOOKS)
    def test_the_inventory_of_the_case(self, folder, book):
        """The gases of the case emitted in a study give the total of the set of the rulebook, line by line."""
        footprint = inventory(folder).footprint(book)
        expected = GASES["expected"][SETS[book]]
        assert footprint.total == pytest.approx(expected["total"], rel=1e-12)
        lines = {line.line: line.value for line in footprint.lines}
        for i, row in enumerate(GASES["inventory"]):
            assert lines[f"g{i}"] == pytest.approx(expected["contributions"][row["gas"]], rel=1e-12), row
        assert footprint.system.parameters["characterisation.gwp_set"].text == SETS[book]
        assert errors(footprint) == []

    def test_before_2021_iso_takes_ar5(self, folder):
        """The same study on a day before AR6 counts by AR5."""
        footprint = inventory(folder).footprint("iso-14067", date(2021, 8, 8))
        assert footprint.total == pytest.approx(GASES["expected"]["AR5"]["total"], rel=1e-12)

    @pytest.mark.parametrize("book", BOOKS)
    def test_origins_add_up(self, folder, book):
        """Biogenic methane is reported as biogenic whatever the row says; everything else here is fossil."""
        footprint = inventory(folder).footprint(book)
        contributions = GASES["expected"][SETS[book]]["contributions"]
        assert part_of(footprint, "origin", "biogenic") == pytest.approx(contributions["CH4_biogenic"])
        rest = sum(contributions.values()) - contributions["CH4_biogenic"]
        assert part_of(footprint, "origin", "fossil") == pytest.approx(rest)

    @pytest.mark.parametrize("book", BOOKS)
    def test_a_gas_without_factor_is_not_zero(self, folder, book):
        """A gas that the set does not characterise makes the result incomplete and is named."""
        footprint = direct(folder, ("CO2 fossil", 5), ("carbon monoxide", 1)).footprint(book)
        assert footprint.total == pytest.approx(5)
        assert not footprint.complete
        (finding,) = found(footprint, "ZJ407")
        assert dict(finding.params)["gwp_set"] == SETS[book]


class TestBiogenicCarbon:
    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_iso_counts_uptake_and_release(self, folder, book):
        """-1 for what is taken up and +1 for what is released, each reported apart; together they cancel."""
        footprint = direct(folder, ("CO2 biogenic", -50), ("CO2 biogenic", 50), ("CO2 fossil", 1000)).footprint(book)
        by_line = {line.line: line.value for line in footprint.lines}
        assert by_line == {"g0": pytest.approx(-50), "g1": pytest.approx(50), "g2": pytest.approx(1000)}
        assert footprint.total == pytest.approx(1000)
        assert part_of(footprint, "origin", "fossil") == pytest.approx(1000)
        assert sum(part.value for part in footprint.origins if part.id.startswith("biogenic")) == pytest.approx(0)

    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_iso_shows_what_stays_in_the_product(self, folder, book):
        """Uptake without release shows as a negative part of its own, not inside the fossil one."""
        footprint = direct(folder, ("CO2 biogenic", -50), ("CO2 fossil", 1000)).footprint(book)
        assert footprint.total == pytest.approx(950)
        assert part_of(footprint, "origin", "fossil") == pytest.approx(1000)

    def test_eu_gives_biogenic_co2_a_factor_of_zero(self, folder):
        """Under EF 3.1 biogenic CO2 counts zero in both directions, and that is a factor, not a gap."""
        footprint = direct(folder, ("CO2 biogenic", -50), ("CO2 biogenic", 20), ("CO2 fossil", 1000)).footprint(
            "eu-cfb-ind"
        )
        assert footprint.total == pytest.approx(1000)
        assert footprint.complete


class TestOrigins:
    def test_the_name_of_the_gas_decides(self):
        """A gas that is biogenic or from land use by name is reported there, whatever origin was typed."""
        assert category_of(Intervention("CH4 biogenic", 1, Origin.FOSSIL)) == "biogenic"
        assert category_of(Intervention("CO2 land use change", 1, Origin.FOSSIL)) == "land_use"
        assert category_of(Intervention("CO2 fossil", 1, Origin.AVIATION)) == "aviation"

    def test_flows_of_one_gas_and_origin_are_one(self):
        """The amount is no part of a flow, the origin and the set of a CO2e factor are."""
        assert flow_of(Intervention("N2O", 1)) == flow_of(Intervention("N2O", 2))
        assert flow_of(Intervention("N2O", 1)) != flow_of(Intervention("N2O", 1, Origin.LAND_USE))
        assert flow_of(Intervention("CO2e", 1, gwp_set="AR5")) != flow_of(Intervention("CO2e", 1, gwp_set="AR6"))

    @pytest.mark.parametrize("book", BOOKS)
    def test_land_use_and_aviation_are_reported_apart(self, folder, book):
        """Land-use change and aircraft have parts of their own, from gases and from factors of datasets."""
        folder.background("flight", 2, "kgCO2e/tkm", origin="aviation").background(
            "soy", 3, "kgCO2e/kg", origin="land_use"
        )
        exchanges = [
            {"id": "a", "gas": "CO2 land use change", "amount": datum(7, "kg")},
            {"id": "b", "role": "auxiliary", "dataset": "soy", "amount": datum(1, "kg")},
            {"id": "c", "role": "transport", "dataset": "flight", "amount": datum(5, "tkm")},
        ]
        footprint = folder.process("work", exchanges, produces="thing").footprint(book)
        assert part_of(footprint, "origin", "land_use") == pytest.approx(10)
        assert part_of(footprint, "origin", "aviation") == pytest.approx(10)

    def test_factors_under_another_set_are_named_with_their_share(self, folder):
        """A factor stated as CO2e under AR5 is used as published, and the finding says how much rests on it."""
        folder.background("old", 1, "kgCO2e/kg", gwp_set="AR5").background("new", 3, "kgCO2e/kg")
        footprint = folder.part("a", 1, "kg", dataset="old").part("b", 1, "kg", dataset="new").footprint("iso-14067")
        (finding,) = found(footprint, "ZJ408")
        shown = finding.shown("en")
        assert (shown["share"], shown["found"], shown["wanted"], shown["datasets"]) == ("25.0%", "AR5", "AR6", "old")

    def test_ar6_and_ef_are_one_set(self, folder):
        """The factors of AR6 and EF 3.1 are equal, so one of them under the other is no finding."""
        folder.background("new", 3, "kgCO2e/kg", gwp_set="AR6")
        assert found(folder.part("b", 1, "kg", dataset="new").footprint("eu-cfb-ind"), "ZJ408") == []
