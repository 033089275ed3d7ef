"""One id means one thing across the starter set, own datasets, suppliers' footprints and the study's processes."""

from __future__ import annotations

import json

import pytest

from zuji.background.starter import starter
from zuji.datum import Origin
from zuji.finding import Finding, Severity
from zuji.footprint.backgrounds import background_of, supplier_dataset

from ..rulebooks.building import StudyFolder, datum

TAKEN = "flow:copper"


def supplier(folder: StudyFolder, id: str, **changes: str) -> StudyFolder:
    pcf = {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "1",
        "pcfExcludingBiogenicUptake": "10",
        "ipccCharacterizationFactors": ["AR6"],
        "primaryDataShare": "50",
        "referencePeriodStart": "2024-01-01",
        "referencePeriodEnd": "2024-12-31",
    }
    (folder.path / "suppliers").mkdir(parents=True, exist_ok=True)
    text = json.dumps({"id": id, "productNameCompany": "Foil", "companyName": "Foil Co.", "pcf": {**pcf, **changes}})
    (folder.path / "suppliers" / "foil.json").write_text(text, encoding="utf-8")
    return folder


def of(folder: StudyFolder) -> list[Finding]:
    folder.process("work", [{"id": "x", "dataset": "own-1", "role": "material", "amount": datum(1, "kg")}])
    return list(background_of(folder.background("own-1", 2, "kgCO2e/kg").study())[1])


def only(folder: StudyFolder, code: str) -> Finding:
    found = of(folder)
    assert [finding.code for finding in found] == [code], [f.what("en") for f in found]
    return found[0]


def test_ids_of_their_own(folder: StudyFolder) -> None:
    """Where every id is its own, nothing is found."""
    assert of(supplier(folder, "foil-1")) == []


@pytest.mark.parametrize("id", [TAKEN, "own-1"])
def test_supplier_with_the_id_of_a_dataset(folder: StudyFolder, id: str) -> None:
    """A supplier's footprint that would replace a dataset of the starter or of the study is an error at its file."""
    finding = only(supplier(folder, id), "ZJ333")
    assert (finding.severity, finding.place.file) == (Severity.ERROR, "suppliers/foil.json")
    assert f"'{id}'" in finding.what("en")


def test_own_dataset_that_replaces_one_of_the_starter(folder: StudyFolder) -> None:
    """A warning shows both values with their sources."""
    filled = next(d for d in starter().datasets.values() if d.interventions and d.unit == "kg" and not d.missing)
    finding = only(folder.background(filled.id, 3.25, "kgCO2e/kg"), "ZJ334")
    assert finding.severity is Severity.WARNING
    assert "3.25 kgCO2e / kg, test" in finding.what("en")
    assert filled.source.citation in finding.what("en")


def test_own_dataset_in_place_of_a_gap(folder: StudyFolder) -> None:
    """A value where the starter set has none replaces nothing."""
    gap = next(d for d in starter().datasets.values() if d.missing and d.unit == "kg")
    assert of(folder.background(gap.id, 1, "kgCO2e/kg")) == []


def test_one_id_in_both_own_files(folder: StudyFolder) -> None:
    """An id in background.csv and in background.yaml is a duplicate."""
    folder.path.mkdir(parents=True, exist_ok=True)
    (folder.path / "background.yaml").write_text(
        "datasets:\n- {id: own-1, name: X, category: material, unit: kg, scope: lifecycle,\n"
        "   source: {citation: test, licence: x, redistribute: 'yes'}, interventions: [{gas: SF6, amount: 1}]}\n",
        encoding="utf-8",
    )
    finding = next(f for f in of(folder) if f.code == "ZJ305")
    assert finding.place.file == "background.yaml"
    assert "background.csv" in finding.what("en")


@pytest.mark.parametrize("id", [TAKEN, "own-1", "foil-1"])
def test_process_with_the_id_of_a_dataset(folder: StudyFolder, id: str) -> None:
    """A process named like a dataset or a supplier's footprint is an error at the process."""
    supplier(folder, "foil-1").process(id, [], produces="part")
    finding = only(folder, "ZJ335")
    assert finding.severity is Severity.ERROR
    assert finding.place.file.startswith("processes/")


def test_assembly_with_the_id_of_a_dataset(folder: StudyFolder) -> None:
    """An assembly without a process of its own is checked like one."""
    folder.row("bom.csv", item="own-1", parent="thing", amount=1, unit="kg", kind="measured")
    folder.row("bom.csv", item="b", parent="own-1", amount=1, unit="kg", dataset=TAKEN, kind="measured")
    finding = only(folder, "ZJ335")
    assert finding.place.file == "bom.csv"


def origins(folder: StudyFolder, **changes: str) -> dict[Origin, float]:
    of(supplier(folder, "foil-1", **changes))
    footprint = folder.study().suppliers["foil-1"]
    return {one.origin: one.amount for one in supplier_dataset(footprint).interventions}


def test_aviation_is_part_of_fossil(folder: StudyFolder) -> None:
    """PACT counts aircraft within the fossil emissions, so they are not added a second time."""
    found = origins(folder, fossilGhgEmissions="9", aircraftGhgEmissions="2", landUseChangeGhgEmissions="1")
    assert found == {Origin.FOSSIL: 7, Origin.AVIATION: 2, Origin.LAND_USE: 1}


def test_aviation_beside_fossil(folder: StudyFolder) -> None:
    """Where the parts reach the total only with aviation beside fossil, it stands beside."""
    found = origins(folder, fossilGhgEmissions="8", aircraftGhgEmissions="2")
    assert found == {Origin.FOSSIL: 8, Origin.AVIATION: 2}


def test_two_versions_of_pact_give_one_factor(folder: StudyFolder) -> None:
    """In PACT 2 the size of the product does not divide the footprint."""
    origins(folder)
    file = folder.path / "suppliers" / "foil.json"
    body = json.loads(file.read_text("utf-8"))
    pcf = body["pcf"]
    del pcf["declaredUnitAmount"]
    pcf["unitaryProductAmount"] = "12"
    pcf["pCfExcludingBiogenic"] = pcf.pop("pcfExcludingBiogenicUptake")
    pcf["declaredUnit"] = pcf.pop("declaredUnitOfMeasurement")
    file.write_text(json.dumps(body), encoding="utf-8")
    dataset = supplier_dataset(folder.study().suppliers["foil-1"])
    assert (dataset.amount, sum(one.amount for one in dataset.interventions)) == (1, 10)
