"""The document of a footprint: what it is made of, and that it depends on nothing but its three inputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from zuji.errors import RulebookError, UnlinkedError
from zuji.footprint import calculate as module
from zuji.footprint.backgrounds import background_digest, background_of
from zuji.footprint.calculate import DisagreementError, calculate, check_with_plain_engine
from zuji.footprint.explain import explain
from zuji.rulebooks.book import open_book
from zuji.study.new import write_skeleton
from zuji.study.open import open_study

from ..rulebooks.building import BOOKS, DAY, datum, found, part_of

PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from zuji.footprint.calculate import calculate
from zuji.footprint.explain import explain
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

study = open_study(Path(sys.argv[1])).study
for book in sys.argv[2:]:
    sys.stdout.buffer.write(calculate(study, open_book(book), on=date(2025, 6, 30)).json + b"\\n")
"""


def in_a_process(folder: Path, **environment: str) -> bytes:
    source = str(Path(module.__file__).parents[2])
    known = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "ZUJI", "TZ"))}
    env = {**known, "PYTHONPATH": source, **environment}
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(folder), *BOOKS]
    return subprocess.run(command, env=env, check=True, capture_output=True).stdout


def test_same_inputs_same_bytes_on_any_machine(tmp_path):
    """Hash seed, time zone, locale, language and place of the folder: none of them reaches the document."""
    write_skeleton(tmp_path / "a")
    write_skeleton(tmp_path / "another place")
    one = in_a_process(tmp_path / "a", PYTHONHASHSEED="1", TZ="Asia/Shanghai", LC_ALL="zh_CN.UTF-8", ZUJI_LANG="zh")
    two = in_a_process(
        tmp_path / "another place", PYTHONHASHSEED="2", TZ="America/New_York", LC_ALL="C", ZUJI_LANG="en"
    )
    assert one == two
    documents = [json.loads(line) for line in one.splitlines()]
    assert [document["rulebook"]["id"] for document in documents] == list(BOOKS)
    here = open_study(tmp_path / "a").study
    assert here is not None
    assert one.splitlines() == [calculate(here, open_book(book), on=DAY).json for book in BOOKS]


class TestDigests:
    def test_each_input_has_its_digest(self, folder):
        """Another datum, another factor, another rulebook: the digest of that input changes, and only that one."""
        folder.background("m", 1, "kgCO2e/kg").part("p", 2, "kg", dataset="m")
        before = folder.footprint("iso-14067").digests
        assert set(before) == {"study", "background", "rulebook"}
        assert all(value.startswith("sha256:") for value in before.values())
        rulebook = folder.footprint("gbt-24067").digests
        folder.tables["bom.csv"][0]["amount"] = 3
        study = folder.footprint("iso-14067").digests
        folder.tables["bom.csv"][0]["amount"] = 2
        folder.tables["background.csv"][0]["value"] = 1.01
        background = folder.footprint("iso-14067").digests
        for name, other in (("rulebook", rulebook), ("study", study), ("background", background)):
            assert {key for key in before if before[key] != other[key]} == {name}

    def test_warming_potentials_are_part_of_the_background(self, monkeypatch):
        """A factor that changes in the table of warming potentials changes the digest of the background."""
        from zuji.background.gwp import gwp_table
        from zuji.background.model import Background
        from zuji.footprint import backgrounds

        empty, table = Background.of("none", ()), gwp_table()
        before = background_digest(empty)
        key = "N2O", "AR6"
        changed = {**table.factors, key: replace(table.factors[key], exact=table.factors[key].exact + 1)}
        monkeypatch.setattr(backgrounds, "gwp_table", lambda: replace(table, factors=changed))
        backgrounds._gwp_digest.cache_clear()
        try:
            assert background_digest(empty) != before
        finally:
            backgrounds._gwp_digest.cache_clear()


class TestDocument:
    def test_its_keys(self, folder):
        """A document names its inputs, its unit, its parts, its gaps, and whatever it used that is not verified."""
        folder.background("m", 1, "kgCO2e/kg").part("p", 2, "kg", dataset="m")
        document = json.loads(folder.footprint("eu-cfb-ind").json)
        assert document["format"] == "zuji-footprint/1"
        assert document["rulebook"] == {
            "id": "eu-cfb-ind",
            "version": "jrc-2025-04",
            "status": "draft",
            "on": "2025-06-30",
        }
        assert document["total"] == 2
        assert document["lines"][0]["value"] == 2
        assert document["complete"] is False  # nothing is said of the end of life (ZJ419)
        unverified = {entry["id"] for entry in document["unverified"]}
        assert {"characterisation.gwp_set", "rule functional_unit", "rule end_of_life"} <= unverified
        assert all(entry["verify_with"] for entry in document["unverified"])

    def test_findings_in_both_languages(self, folder):
        """Findings stand in the document in Chinese and English, so a document does not depend on a language."""
        folder.background("m", 1, "kgCO2e/kg").part("p", 2, "kg", dataset="nowhere")
        findings = json.loads(folder.footprint("iso-14067").json)["findings"]
        (unlinked,) = [finding for finding in findings if finding["code"] == "ZJ401"]
        assert set(unlinked["what"]) == {"zh", "en"}
        assert unlinked["what"]["zh"] != unlinked["what"]["en"]

    def test_hotspots_by_size(self, folder):
        """Hotspots are the lines by the size of their contribution, credits by their size as well."""
        gases = [{"id": f"g{i}", "gas": "CO2 fossil", "amount": datum(v, "kg")} for i, v in enumerate((1, 5, 3))]
        gases.append({"id": "credit", "gas": "CO2 biogenic", "amount": datum(-4, "kg")})
        footprint = folder.process("work", gases, produces="thing").footprint("iso-14067")
        assert [line.line for line in footprint.hotspots] == ["g1", "credit", "g2", "g0"]

    def test_groups_and_plants(self, folder):
        """Component groups come from the line, else from its process; plants from the process."""
        folder.background("m", 1, "kgCO2e/kg").part("p", 2, "kg", dataset="m", component_group="cathode")
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(3, "kg")}
        footprint = folder.process("work", [gas], produces="thing", component_group="pack").footprint("iso-14067")
        assert part_of(footprint, "group", "cathode") == 2
        assert part_of(footprint, "group", "pack") == 3
        assert {part.id: part.value for part in footprint.plants} == {"works": 5}


class TestTwoEngines:
    def test_a_disagreement_stops(self, folder):
        """A total or a line that the exact engine does not confirm raises, it is not reported as a result."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(3, "kg")}
        footprint = folder.process("work", [gas], produces="thing").footprint("iso-14067")
        assert check_with_plain_engine(footprint) == 0
        with pytest.raises(DisagreementError):
            check_with_plain_engine(replace(footprint, total=footprint.total * (1 + 1e-8)))
        (line,) = footprint.lines
        wrong = replace(line, by_origin={"fossil": line.value * (1 + 1e-8)})
        with pytest.raises(DisagreementError):
            check_with_plain_engine(replace(footprint, lines=(wrong,)))

    @pytest.mark.parametrize("book", BOOKS)
    def test_the_skeleton(self, tmp_path, book):
        """Both engines agree on the skeleton study to 1e-9 under every rulebook."""
        write_skeleton(tmp_path / "study")
        study = open_study(tmp_path / "study").study
        assert study is not None
        assert check_with_plain_engine(calculate(study, open_book(book), on=DAY)) <= 1e-9


class TestBackgrounds:
    def test_own_datasets_stand_before_those_of_the_starter_set(self, folder):
        """A dataset of the study replaces one of the starter set with the same id."""
        folder.electricity("cn-cf-2024-national", 0.1)
        power = {"id": "power", "electricity": "works", "amount": datum(10, "kWh")}
        footprint = folder.process("work", [power], produces="thing").footprint("eu-cfb-ind", starter=True)
        assert footprint.total == pytest.approx(1)

    def test_a_supplier_footprint_by_its_origins(self, folder):
        """What a supplier splits by origin stays split; the rest of the total is not guessed into an origin."""
        sent = {
            "id": "cell-2024", "productNameCompany": "Cell", "companyName": "Maker",
            "pcf": {
                "declaredUnitOfMeasurement": "kilogram", "declaredUnitAmount": "2",
                "pcfExcludingBiogenicUptake": "12", "fossilGhgEmissions": "10",
                "ipccCharacterizationFactors": ["AR6"], "primaryDataShare": "40",
                "referencePeriodStart": "2024-01-01T00:00:00Z", "referencePeriodEnd": "2025-01-01T00:00:00Z",
            },
        }  # fmt: skip
        folder.write()
        (folder.path / "suppliers").mkdir()
        (folder.path / "suppliers" / "cell.json").write_text(json.dumps(sent))
        footprint = folder.part("cell", 3, "kg", supplier="cell-2024").footprint("iso-14067", starter=True)
        assert footprint.total == pytest.approx(18)
        assert part_of(footprint, "origin", "fossil") == pytest.approx(15)
        assert part_of(footprint, "origin", "unspecified") == pytest.approx(3)
        assert footprint.primary_data_share == pytest.approx(0.4)

    def test_findings_of_own_datasets_are_findings_of_the_footprint(self, folder):
        """A problem in background.csv shows in the result that uses it."""
        folder.background("m", "abc", "kgCO2e/kg").part("p", 2, "kg", dataset="m")
        footprint = folder.footprint("iso-14067", starter=True)
        assert len(found(footprint, "ZJ304")) == 1
        assert not footprint.complete

    def test_the_starter_set_alone(self, folder):
        """A study without datasets of its own has the starter set as background."""
        background, findings = background_of(folder.process("work", [], produces="thing").study())
        assert "cn-cf-2024-national" in background
        assert findings == ()


def test_no_version_on_the_day(folder):
    """A rulebook without a valid version on that day does not compute."""
    from datetime import date

    with pytest.raises(RulebookError, match="2025-01-01"):
        folder.process("work", [], produces="thing").footprint("eu-cfb-ind", date(2025, 1, 1))


def test_an_id_means_one_thing(folder):
    """A process with the id of a dataset is refused before anything is solved: one of the two would be swapped in."""
    folder.background("cell", 7, "kgCO2e/kg").background("steel", 2, "kgCO2e/kg")
    folder.part("cell", 1, "kg").row("bom.csv", item="s", parent="cell", amount=2, unit="kg", dataset="steel")
    with pytest.raises(UnlinkedError) as error:
        folder.footprint("iso-14067")
    assert error.value.culprits == ("cell",)


def test_no_two_lines_share_an_address(folder):
    """Line b/c of process a and line c of process a/b are told apart, and each address explains its own line."""
    folder.background("steel", 2, "kgCO2e/kg")
    line = {"role": "material", "dataset": "steel"}
    folder.process("a/b", [{**line, "id": "c", "amount": datum(30, "kg")}])
    inner = {"id": "inner", "process": "a/b", "amount": datum(1, "item")}
    folder.process("a", [{**line, "id": "b/c", "amount": datum(10, "kg")}, inner], produces="thing")
    footprint = folder.footprint("iso-14067")
    explained = {line.address: explain(footprint, line.address).value for line in footprint.lines}
    assert explained == {"line/a/b/c": pytest.approx(20), "line/a%2Fb/c": pytest.approx(60)}


def test_more_electricity_than_metered_is_an_error(folder):
    """A product that takes 5,000 kWh from a plant whose meter read 1,000 kWh in the year gives no usable result."""
    folder.electricity("wind", 0.01).meter("grid", 1000).instrument("C", 1000, "wind")
    folder.process("work", [{"id": "e", "electricity": "works", "amount": datum(5000, "kWh")}], produces="thing")
    folder.choose(**{"average_mix.CN": "wind"})
    assert len(found(folder.footprint("iso-14067"), "ZJ438")) == 1
    folder.tables["electricity.csv"][0]["amount"] = 5000
    assert found(folder.footprint("iso-14067"), "ZJ438") == []


def test_electricity_of_a_plant_goes_through_the_rulebook(folder):
    """Naming a wind dataset in a plant's process is refused; only the rulebook says which factor its kWh take."""
    folder.electricity("wind", 0.01)
    line = {"id": "e", "role": "energy", "dataset": "wind", "amount": datum(5000, "kWh")}
    folder.process("work", [line], produces="thing")
    footprint = folder.footprint("eu-cfb-ind")
    assert len(found(footprint, "ZJ434")) == 1
    assert not footprint.usable


def test_material_at_two_levels_is_refused(folder):
    """A material named for a part and again for what the part is made of would be recycled twice."""
    folder.background("steel", 2, "kgCO2e/kg").background("tip", 0.1, "kgCO2e/kg")
    folder.end_of_life(materials={"m": {"disposal_dataset": "tip"}})
    inner = {"id": "s", "role": "material", "dataset": "steel", "material": "m", "amount": datum(1, "kg")}
    folder.process("mill", [inner], produces="sheet", reference_flow=datum(1, "kg"))
    folder.part("sheet", 100, "kg", material="m")
    assert len(found(folder.footprint("eu-cfb-ind"), "ZJ460")) == 1


def test_recycled_content_of_an_own_product_is_refused(folder):
    """The formula cannot weigh recycled against virgin where an own process makes the material."""
    folder.background("steel", 2, "kgCO2e/kg").background("tip", 0.1, "kgCO2e/kg")
    folder.end_of_life(materials={"m": {"disposal_dataset": "tip", "recycled_content": datum(0.5)}})
    inner = {"id": "s", "role": "material", "dataset": "steel", "amount": datum(1, "kg")}
    folder.process("mill", [inner], produces="sheet", reference_flow=datum(1, "kg"))
    folder.part("sheet", 100, "kg", material="m")
    assert len(found(folder.footprint("iso-14067"), "ZJ439")) == 1


def test_seven_hundred_levels_and_a_long_loop(folder):
    """A deep bill of materials is calculated without running out of stack."""
    folder.background("steel", 2, "kgCO2e/kg")
    parent = "thing"
    for level in range(700):
        folder.row("bom.csv", item=f"l{level}", parent=parent, amount=1, unit="kg")
        parent = f"l{level}"
    folder.row("bom.csv", item="s", parent=parent, amount=1000, unit="kg", dataset="steel")
    assert folder.footprint("iso-14067").total == pytest.approx(2000)
