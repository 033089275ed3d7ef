"""The chain that makes the product: wrong stages, a reserved name, and a loss that is listed twice."""

from __future__ import annotations

import pytest

from zuji.finding import Severity


class TestReservedId:
    @pytest.mark.parametrize(
        ("old", "new"), [("cable,storage-100,", "life-cycle,storage-100,"), ("cell,module,", "cell,life-cycle,")]
    )
    def test_items(self, folder, old, new):
        """No item or parent may be called `life-cycle`; the finding points at the row."""
        line = folder.change("bom.csv", old, new)
        places = [(f.place.file, f.place.line, f.severity) for f in folder.found("ZJ273")]
        assert ("bom.csv", line, Severity.ERROR) in places

    def test_what_a_process_makes(self, folder):
        """No process may make an item of that name."""
        folder.change("processes/assembly.yaml", "produces: assembly\n", "produces: life-cycle\n")
        assert folder.one("ZJ273").place.file == "processes/assembly.yaml"


class TestStages:
    @pytest.mark.parametrize("stage", ["use", "end_of_life", "distribution"])
    def test_a_maker_of_the_product_in_another_stage(self, folder, stage):
        """The final assembly in the stage use, end of life or distribution is a warning that names the stage."""
        folder.change("processes/pack.yaml", "stage: production", f"stage: {stage}")
        finding = folder.one("ZJ274")
        assert finding.place.file == "processes/pack.yaml"
        assert finding.shown("en") == {"id": "pack", "stage": stage, "chain": "pack"}

    @pytest.mark.parametrize("stage", ["production", "raw_material"])
    def test_stages_of_making(self, folder, stage):
        """Raw material and production are stages of making."""
        folder.change("processes/pack.yaml", "stage: production", f"stage: {stage}")
        assert folder.found("ZJ274") == []

    def test_packaging_for_distribution(self, folder):
        """A process of the group packaging may stand in distribution."""
        folder.change("processes/pack.yaml", "stage: production", "stage: distribution")
        folder.change("processes/pack.yaml", "component_group: pack", "component_group: packaging")
        assert folder.found("ZJ274") == []


class TestWasteTwice:
    def scrap(self, folder, share: str) -> None:
        """Gives the steel sheet (165 kg, of which 5 kg are lost) a scrap share beside the waste line of 5 kg."""
        text = folder.text("bom.csv").replace(",mass,kind,", ",mass,scrap,kind,")
        rows = [row.replace(",assumed,骨架", ",,assumed,骨架") for row in text.splitlines()]
        rows = [row.replace(",,assumed", f",{share},assumed") if row.startswith("steel-sheet") else row for row in rows]
        folder.write("bom.csv", "\n".join(rows) + "\n")

    def test_scrap_share_and_waste_line(self, folder):
        """165 kg × 5/165 of scrap and 5 kg of waste are 10 kg, but only 5 kg do not go on with the product.

        In go 10 × 62 + 165 + 10 + 15 + 10 + 5 = 825 kg, the product has 820 kg.
        """
        self.scrap(folder, "0.030303030303")
        shown = folder.one("ZJ272").shown("en")
        assert shown == {"id": "pack", "scrap": "5", "waste": "5", "left": "5"}

    def test_the_waste_line_alone(self, folder):
        """Without a scrap share nothing is counted twice."""
        assert folder.found("ZJ272") == []

    def test_two_different_losses(self, folder):
        """Where materials leave over as much as scrap and waste together, both are there."""
        self.scrap(folder, "0.029411764706")
        folder.change("bom.csv", "steel-sheet,storage-100,冷轧钢板,Cold-rolled steel sheet,enclosure,165,",
                      "steel-sheet,storage-100,冷轧钢板,Cold-rolled steel sheet,enclosure,170,")  # fmt: skip
        assert folder.found("ZJ272") == []
