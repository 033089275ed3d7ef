"""IEC 63369-1: what public summaries allow to be expressed, and that everything else is marked as not verified."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.errors import RulebookError
from zuji.rulebooks.book import open_book

from .building import StudyFolder, case, datum, errors, found, part_of

FIRST = date(2026, 4, 8)
STORAGE = case("functional-units")["storage"]
POWER = case("electricity-by-rulebook")


def emitting(folder: StudyFolder, total: float) -> StudyFolder:
    gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(total, "kg")}
    return folder.process("work", [gas], produces="thing")


class TestVersion:
    def test_in_force_from_its_first_day(self, folder):
        """The standard holds from 8 April 2026 and is refused the day before."""
        assert open_book("iec-63369-1").version(FIRST).status == "in force"
        with pytest.raises(RulebookError, match="iec-63369-1 has no version valid on 2026-04-07"):
            emitting(folder, 1).footprint("iec-63369-1", date(2026, 4, 7))

    def test_nothing_of_its_own_is_verified(self):
        """Every rule and every value that the folder itself states says what would verify it."""
        book = open_book("iec-63369-1")
        for dated in book.rules.values():
            for _, rule in dated:
                assert not any(d.verified for d in (rule.base, *(d for _, d in rule.exceptions)))
        used = ["cff.A.minimum", "cff.A.default", "cff.B", "cff.R1.default", "cff.R2.default", "cff.A.copper"]
        used += ["characterisation.gwp_set", "characterisation.co2_biogenic", "electricity.instrument_criteria"]
        assert not any(book.parameters.on(id, FIRST).verified for id in used)


class TestStudies:
    @pytest.mark.parametrize("one", STORAGE, ids=[one["id"] for one in STORAGE])
    def test_requested_service_of_a_storage_system(self, folder, one):
        """Usable energy × declared cycles × mean capacity factor; this reading of the unit is not verified."""
        emitting(folder, one["total"])
        folder.head["product"]["usable_energy"] = datum(one["energy"], "kWh")
        life = {"cycles": datum(one["cycles"], "cycle"), "mean_capacity_factor": datum(one["k"])}
        folder.head["service_life"] = {"mode": "repeated_cycling", **life}
        footprint = folder.footprint("iec-63369-1", FIRST)
        assert footprint.per_functional_unit == pytest.approx(one["per_kwh"], rel=1e-7)
        assert "rule functional_unit" in {point.id for point in footprint.unverified}
        assert footprint.reported is None

    def test_order_of_electricity(self, folder):
        """Own generation, contract, residual mix, as under ISO 14067."""
        for id, value in POWER["factors"].items():
            folder.electricity(id, value)
        folder.choose(average_mix__CN="average", residual_mix__CN="residual")
        folder.meter("roof", 20000, "on_site", dataset="pv").meter("grid", 80000).instrument("C1", 40000, "wind")
        power = {"id": "power", "electricity": "works", "amount": datum(100000, "kWh")}
        folder.process("work", [power], produces="thing")
        footprint = folder.footprint("iec-63369-1", FIRST)
        assert footprint.total == pytest.approx(POWER["expected_kgco2e"]["iso_with_residual_mix"], rel=1e-12)

    def test_end_of_life_by_the_formula(self, folder):
        """A = 0.2 of copper: 10 + 0.8 × 0.9 × (2 - 10), and 0.1 of it is disposed of at 1 kg CO2e."""
        folder.background("cu", 10, "kgCO2e/kg").background("melt", 2, "kgCO2e/kg").background("tip", 1, "kgCO2e/kg")
        copper = {"category": "copper", "recycling_rate": datum(0.9)}
        copper |= {"recycling_dataset": "melt", "disposal_dataset": "tip"}
        folder.part("foil", 1, "kg", dataset="cu", material="cu").end_of_life(materials={"cu": copper})
        footprint = folder.footprint("iec-63369-1", FIRST)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(0.8 * 0.9 * (2 - 10) + 0.1)
        assert errors(footprint) == []

    def test_no_number_limits_the_cut_off(self, folder):
        """What is left out is listed, but no limit is invented for it, nor is that of PEF inherited."""
        folder.background("steel", 2, "kgCO2e/kg")
        lines = [
            {"id": "kept", "dataset": "steel", "role": "material", "amount": datum(50, "kg")},
            {"id": "gone", "dataset": "steel", "role": "material", "amount": datum(50, "kg"), "cut_off": "unknown"},
        ]
        footprint = folder.process("work", lines, produces="thing").footprint("iec-63369-1", FIRST)
        assert found(footprint, "ZJ416") == []
        assert len(found(footprint, "ZJ417")) == 1

    def test_power_conversion_is_taken_out(self, folder):
        """A converter in the bill of materials does not count, and is listed as excluded with the clause."""
        folder.background("inverter", 300, "kgCO2e/item").background("steel", 2, "kgCO2e/kg")
        folder.part("rack", 100, "kg", dataset="steel")
        folder.part("pcs", 1, "item", dataset="inverter", mass=100, component_group="pcs")
        footprint = folder.footprint("iec-63369-1", FIRST)
        assert footprint.total == pytest.approx(200)
        assert [(line.exchange, line.clause) for line in footprint.system.excluded] == [
            ("pcs", "scope (public summaries)")
        ]
        status = {row["clause"]: row["status"] for row in open_book("iec-63369-1").coverage}
        assert status["scope, power conversion"] == "partial"
