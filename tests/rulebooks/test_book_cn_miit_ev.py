"""MIIT declaration of vehicle packs: four stages over the energy of the pack, without figures of the EU draft."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zuji.errors import RulebookError
from zuji.rulebooks.book import open_book

from .building import StudyFolder, case, datum, errors, found, part_of

CASE = case("electricity-by-rulebook")
VEHICLES = case("functional-units")["vehicles"]
TRIAL = date(2026, 6, 30)
REGULAR = date(2027, 6, 30)


def life(category: str = "M1", **more: Any) -> dict[str, Any]:
    return {"mode": "vehicle", "vehicle_category": category, "warranty_years": datum(8, "a"), **more}


def pack(folder: StudyFolder) -> StudyFolder:
    """A pack of 75 kWh and 450 kg with a line in every stage, and 480 declared full cycles."""
    folder.head["product"] |= {"category": "ev", "mass": datum(450, "kg"), "usable_energy": datum(75, "kWh")}
    folder.head["service_life"] = life(cycles=datum(480, "cycle"))
    for id, value in (("cells", 10), ("recycle", 1), ("tip", "0.1")):
        folder.background(id, value, "kgCO2e/kg")
    folder.background("truck", "0.1", "kgCO2e/tkm").electricity("average", "0.5777").choose(average_mix__CN="average")
    exchanges = [
        {"id": "cells", "role": "material", "dataset": "cells", "material": "cells", "amount": datum(450, "kg")},
        {"id": "power", "electricity": "works", "amount": datum(1000, "kWh")},
        {"id": "road", "role": "transport", "stage": "distribution", "dataset": "truck", "amount": datum(450, "tkm")},
        {"id": "driving", "gas": "CO2 fossil", "stage": "use", "amount": datum(999, "kg")},
    ]
    folder.process("work", exchanges, produces="thing")
    material = {"recycling_rate": datum(0.9), "recycling_dataset": "recycle", "disposal_dataset": "tip"}
    return folder.end_of_life(materials={"cells": material})


class TestValidity:
    @pytest.mark.parametrize(
        ("day", "version", "status"),
        [
            ("2025-12-31", "trial-2026", "pilot"),
            ("2026-12-31", "trial-2026", "pilot"),
            ("2027-01-01", "regular-2027", "in force"),
            ("2035-01-01", "regular-2027", "in force"),
        ],
    )
    def test_trial_then_regular(self, day, version, status):
        """Trial from publication to the end of 2026, regular declaration from 1 January 2027."""
        valid = open_book("cn-miit-ev").version(date.fromisoformat(day))
        assert (valid.id, valid.status) == (version, status)

    def test_refused_before_the_notice(self, folder):
        """On the day before its publication the notice rules nothing."""
        with pytest.raises(RulebookError, match="cn-miit-ev has no version valid on 2025-12-30"):
            pack(folder).footprint("cn-miit-ev", date(2025, 12, 30))

    def test_the_status_is_in_the_result(self, folder):
        """A reader of the document sees whether the figure is from the trial."""
        pack(folder)
        assert folder.footprint("cn-miit-ev", TRIAL).document["rulebook"]["status"] == "pilot"
        assert folder.footprint("cn-miit-ev", REGULAR).document["rulebook"]["status"] == "in force"


class TestWholeStudy:
    @pytest.mark.parametrize("day", [TRIAL, REGULAR])
    def test_four_stages_by_hand(self, folder, day):
        """Materials, manufacturing, distribution and recycling over 75 kWh × 480 cycles."""
        footprint = pack(folder).footprint("cn-miit-ev", day)
        assert errors(footprint) == []
        assert {part.id: part.value for part in footprint.stages} == pytest.approx(
            {"raw_material": 4500, "production": 577.7, "distribution": 45, "end_of_life": 4.5}
        )
        assert [part.name.zh for part in footprint.stages] == ["材料获取", "电池制造", "分销运输", "回收利用"]
        assert footprint.total == pytest.approx(4500 + 577.7 + 45 + 4.5)
        assert footprint.per_functional_unit == pytest.approx(5127.2 / 36000)
        assert footprint.reported is not None
        assert footprint.reported["value"] == "0.142"

    def test_use_is_left_out_and_listed(self, folder):
        """What the vehicle does is not in the figure; the line stays listed with the clause that leaves it out."""
        (left_out,) = pack(folder).footprint("cn-miit-ev", TRIAL).system.excluded
        assert left_out.exchange == "driving"
        assert "four stages" in left_out.clause
        assert left_out.reason.zh

    def test_described_losses_are_left_out(self, folder):
        """A use stage that the study describes for other rulebooks adds nothing here."""
        before = pack(folder).footprint("cn-miit-ev", TRIAL).total
        folder.head["use"] = {"round_trip_efficiency": datum(0.9), "electricity": "average"}
        footprint = folder.footprint("cn-miit-ev", TRIAL)
        assert footprint.total == before
        assert "use-losses" in {line.exchange for line in footprint.system.excluded}

    def test_recycling_by_choice(self, folder):
        """Substitution counts the burden of recycling and its credit, cut-off neither."""
        pack(folder).documents["end_of_life.yaml"]["approach"] = "substitution"
        end = part_of(folder.footprint("cn-miit-ev", TRIAL), "stage", "end_of_life")
        assert end == pytest.approx(450 * (0.9 * 1 - 0.9 * 10 + 0.1 * 0.1))

    def test_nothing_passes_as_verified(self, folder):
        """Every rule that decided a figure is on the list of what nobody has held against the annex."""
        unverified = {one.id for one in pack(folder).footprint("cn-miit-ev", TRIAL).unverified}
        assert {"rule electricity", "rule functional_unit", "rule end_of_life"} <= unverified


class TestTotalEnergy:
    @pytest.mark.parametrize("one", VEHICLES, ids=[one["id"] for one in VEHICLES])
    def test_no_figure_of_the_eu_draft_stands_in(self, folder, one):
        """Category and warranty give no energy: the yearly cycles of the EU draft are not known to hold in China."""
        pack(folder).head["product"]["usable_energy"] = datum(one["energy"], "kWh")
        folder.head["service_life"] = life(one["category"])
        footprint = folder.footprint("cn-miit-ev", TRIAL)
        assert footprint.per_functional_unit is None
        assert footprint.total > 0
        assert [dict(f.params)["lacking"] for f in found(footprint, "ZJ415")] == ["service_life.cycles"]

    @pytest.mark.parametrize("one", VEHICLES, ids=[one["id"] for one in VEHICLES])
    def test_declared_cycles_give_the_energy(self, folder, one):
        """Where the maker declares the cycles of the whole life, the energy is usable energy times cycles."""
        pack(folder).head["product"]["usable_energy"] = datum(one["energy"], "kWh")
        folder.head["service_life"] = life(one["category"], cycles=datum(one["kwh"] // one["energy"], "cycle"))
        amount = folder.footprint("cn-miit-ev", TRIAL).system.functional_unit.amount
        assert amount is not None
        assert amount.value == one["kwh"]

    def test_no_parameter_by_vehicle_category(self):
        """The book holds no number by vehicle category until the annex brings one."""
        ids = open_book("cn-miit-ev").parameters.beginning("functional_unit.", REGULAR)
        assert set(ids) == {"functional_unit.mean_capacity_factor", "functional_unit.items"}


class TestElectricity:
    def test_certificates_change_nothing(self, folder):
        """20 MWh from the roof, 80 MWh with the national factor, with or without certificates; the note says why."""
        for name in ("pv", "wind", "average"):
            folder.electricity(name, CASE["factors"][name])
        folder.choose(average_mix__CN="average").meter("roof", 20000, "on_site", dataset="pv").meter("grid", 80000)
        power = {"id": "power", "electricity": "works", "amount": datum(100000, "kWh")}
        folder.process("work", [power], produces="thing")
        without = folder.footprint("cn-miit-ev", TRIAL)
        certified = folder.instrument("C1", 40000, "wind").footprint("cn-miit-ev", TRIAL)
        assert certified.total == pytest.approx(without.total, rel=1e-12)
        assert certified.total == pytest.approx(CASE["expected_kgco2e"]["location_based"])
        (note,) = found(certified, "ZJ410")
        assert "was not seen" in note.shown("en")["reason"]

    @pytest.mark.parametrize(("supply", "sold", "factor"), [
        ("on_site", "no", 0.05), ("on_site", "yes", 0.5777), ("direct_line", "no", 0.5777),
    ])  # fmt: skip
    def test_what_does_not_come_from_the_grid(self, folder, supply, sold, factor):
        """Own generation keeps its factor while its certificate is kept; a direct line waits for its rule."""
        folder.electricity("pv", "0.05").electricity("average", "0.5777").choose(average_mix__CN="average")
        folder.meter("line", 10, supply, dataset="pv", certificate_sold=sold)
        folder.process("work", [{"id": "power", "electricity": "works", "amount": datum(10, "kWh")}], produces="thing")
        (row,) = folder.footprint("cn-miit-ev", TRIAL).electricity
        assert row.factor == pytest.approx(factor)
