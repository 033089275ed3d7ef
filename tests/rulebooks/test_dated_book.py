"""Stages, assignments, exclusions, checks and totals that hold on some days only."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from zuji.errors import RulebookError
from zuji.footprint.compare import compare
from zuji.rulebooks.book import load_book, open_book, turning_days
from zuji.rulebooks.book_parts import EXCLUDED

from .building import BookFolder, StudyFolder, datum, part_of

OLD, LAST, NEW = date(2024, 4, 29), date(2024, 4, 29), date(2024, 4, 30)
REASON = {"zh": "测", "en": "test"}


def gas(id: str, kg: float, **more: Any) -> dict[str, Any]:
    return {"id": id, "gas": "CO2 fossil", "amount": datum(kg, "kg"), **more}


def dated(tmp_path: Path) -> BookFolder:
    """Until the end of 2024 the use stage is left out, and the product is carried in the stage of production."""
    folder = BookFolder(tmp_path / "book")
    folder.main["assign"]["use"] = [
        {"to": EXCLUDED, "valid_to": "2024-12-31"},
        {"to": "use", "valid_from": "2025-01-01"},
    ]
    folder.main["assign"]["distribution"] = [
        {"to": "production", "valid_to": "2024-12-31"}, {"to": "distribution", "valid_from": "2025-01-01"},
    ]  # fmt: skip
    folder.main["exclusions"] = [{"stage": "use", "clause": "7", "reason": REASON, "valid_to": "2024-12-31"}]
    folder.main["checks"] = [{"check": "stages_have_data", "clause": "8", "valid_from": "2025-01-01"}]
    return folder


class TestOneBookOnTwoDays:
    def test_the_last_day_and_the_first(self, folder, tmp_path):
        """On 31 December use is left out by its clause; on 1 January it counts, and empty stages are reported."""
        book = dated(tmp_path).open()
        lines = [gas("make", 10), gas("carry", 3, stage="distribution"), gas("run", 50, stage="use")]
        folder.process("work", lines, produces="thing")
        before = folder.footprint(book, date(2024, 12, 31))
        after = folder.footprint(book, date(2025, 1, 1))
        assert (before.total, after.total) == (pytest.approx(13), pytest.approx(63))
        assert [(e.exchange, e.clause) for e in before.system.excluded] == [("run", "7")]
        assert part_of(before, "stage", "production") == pytest.approx(13)
        assert part_of(after, "stage", "distribution") == pytest.approx(3)
        codes = [{f.code for f in footprint.findings} for footprint in (before, after)]
        assert ["ZJ427" in one for one in codes] == [False, True]

    def test_both_days_have_one_digest(self, tmp_path):
        """The digest is that of the whole book, whatever the day it stands on."""
        book = dated(tmp_path).open()
        assert book.on(date(2024, 12, 31)).digest == book.on(date(2025, 1, 1)).digest
        assert turning_days(book) == [date(2020, 1, 1), date(2025, 1, 1)]

    def test_a_stage_may_be_empty_where_the_book_says_so(self, folder, tmp_path):
        """The exemption belongs to one stage: the others are still asked for."""
        written = BookFolder(tmp_path / "book")
        written.main["checks"] = [{"check": "stages_have_data", "clause": "8"}]
        written.main["stages"][3]["may_be_empty"] = True
        footprint = folder.process("work", [gas("make", 10)], produces="thing").footprint(written.open())
        empty = {dict(f.params)["stage"].en for f in footprint.findings if f.code == "ZJ427"}
        assert empty == {"raw_material", "distribution", "end_of_life"}


class TestContradictions:
    def test_two_targets_on_one_day(self, tmp_path):
        """A stage that is assigned twice on one day does not load; the message names the day."""
        folder = dated(tmp_path)
        folder.main["assign"]["use"][1]["valid_from"] = "2024-12-31"
        with pytest.raises(RulebookError, match="use is assigned 2 times on 2024-12-31"):
            load_book(folder.write())

    def test_no_target_on_a_day(self, tmp_path):
        """A gap between two assignments is found at load, on its first day."""
        folder = dated(tmp_path)
        folder.main["assign"]["use"][1]["valid_from"] = "2025-02-01"
        with pytest.raises(RulebookError, match=r"the stage use is not assigned \(2025-01-01\)"):
            load_book(folder.write())

    def test_an_exclusion_that_ends_too_early(self, tmp_path):
        """What is left out needs its clause on every day that it is left out."""
        folder = dated(tmp_path)
        folder.main["exclusions"][0]["valid_to"] = "2024-11-30"
        with pytest.raises(RulebookError, match=r"use is excluded without an exclusion .*\(2024-12-01\)"):
            load_book(folder.write())


class TestElectricVehicleDrafts:
    def life(self, folder: StudyFolder) -> StudyFolder:
        """Cells 100, packaging 6, installation 5, outside cooling 4, warehouse 3, transport after use 2, press 1."""
        lines = [
            gas("cells", 100),
            gas("carton", 6, component_group="packaging"),
            gas("mount", 5, component_group="installation"),
            gas("chiller", 4, component_group="cooling_outside"),
            gas("warehouse", 3, stage="distribution", role="energy"),
            gas("take-back", 2, stage="end_of_life", role="transport"),
            gas("press", 1, component_group="capital_goods"),
        ]
        return folder.process("work", lines, produces="thing")

    def test_what_june_2023_leaves_out_counts_from_april_2024(self, folder):
        """On its last day the draft of June 2023 counts the cells only, 100; the next day 120, without the press."""
        self.life(folder).head["product"]["category"] = "ev"
        old, new = folder.footprint("eu-cfb-ev", LAST), folder.footprint("eu-cfb-ev", NEW)
        assert (old.total, new.total) == (pytest.approx(100), pytest.approx(120))
        said = {line.exchange: line.clause for line in old.system.excluded}
        assert said.pop("press") == "Regulation (EU) 2023/1542, Annex II(4)"
        assert set(said) == {"carton", "mount", "chiller", "warehouse", "take-back"}
        assert set(said.values()) == {"boundary exclusions, June 2023"}
        assert [line.exchange for line in new.system.excluded] == ["press"]

    def test_transport_to_the_point_of_sale_counts_in_both(self):
        """Only storage is left out of distribution, not transport."""
        book = open_book("eu-cfb-ev")
        assert [book.on(day).stage_of("distribution", "transport") for day in (OLD, NEW)] == ["distribution"] * 2

    def test_the_two_drafts_compared(self, folder):
        """Both days of one rulebook: the boundary makes the whole difference of 20, named by its lines."""
        self.life(folder).head["product"]["category"] = "ev"
        bars = compare(folder.footprint("eu-cfb-ev", LAST), folder.footprint("eu-cfb-ev", NEW)).product
        assert {bar.cause: bar.value for bar in bars.bars} == {"boundary": pytest.approx(20)}
        assert {line.line for bar in bars.bars for line in bar.lines} == {
            "carton", "mount", "chiller", "warehouse", "take-back",
        }  # fmt: skip


class TestRounding:
    def test_stages_are_rounded_one_by_one(self, folder):
        """Under PEF three stages of 0.12345 are 0.123 each, and the total is 0.370 from the true sum."""
        stages = {"raw_material": "0.12345", "production": "0.12345", "distribution": "0.12345"}
        lines = [gas(stage, float(kg), stage=stage) for stage, kg in stages.items()]
        footprint = folder.process("work", lines, produces="thing").footprint("pef")
        said = footprint.reported
        assert said is not None
        assert [said["stages"][one] for one in ("raw_material", "manufacturing", "distribution")] == ["0.123"] * 3
        assert said["value"] == "0.370"  # 0.37035, and not 3 * 0.123 = 0.369
        assert said["unrounded"] == pytest.approx(0.37035)
        assert said["rule"] == "half_up"
