"""Data lead to evidence files, suppliers' footprints to the file that was sent, datasets to their collection."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from zuji.background.starter import starter
from zuji.canonical import digest
from zuji.footprint.calculate import calculate
from zuji.footprint.explain import Node, explain
from zuji.footprint.explain_text import evidence_notes, evidence_of
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book

from ..rulebooks.building import DAY, StudyFolder

BILL = b"42 kWh"
SHA = hashlib.sha256(BILL).hexdigest()
PCF = {
    "id": "urn:x:foil",
    "companyName": "Foil Co.",
    "productNameCompany": "foil",
    "pcf": {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "1",
        "pcfExcludingBiogenicUptake": "12.5",
        "ipccCharacterizationFactors": ["AR6"],
        "referencePeriodStart": "2025-01-01T00:00:00Z",
        "referencePeriodEnd": "2025-12-31T23:59:59Z",
        "geographyCountry": "CN",
    },
}


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)


@pytest.fixture
def footprint(folder: StudyFolder) -> Footprint:
    """A product of a bought foil and a steel part, whose amounts are proved by two files and one that is not there."""
    folder.part("foil", 2, "kg", supplier="urn:x:foil", evidence="bill;scale#p3-5")
    folder.part("steel", 3, "kg", dataset="own-steel", evidence="lost#B7", note="weighed twice")
    folder.background("own-steel", 2, "kgCO2e/kg")
    for name in ("evidence", "suppliers"):
        (folder.path / name).mkdir(parents=True)
    rows = [f"{id},{file},{SHA},账单,Electricity bill" for id, file in (("bill", "bill.pdf"), ("scale", "scale.csv"))]
    index = "\n".join(["id,file,sha256,title_zh,title_en", *rows])
    (folder.path / "evidence" / "index.csv").write_text(index, "utf-8")
    (folder.path / "evidence" / "bill.pdf").write_bytes(BILL)
    (folder.path / "evidence" / "scale.csv").write_bytes(BILL)
    (folder.path / "suppliers" / "foil.json").write_text(json.dumps(PCF), "utf-8")
    return calculate(folder.study(), open_book("iso-14067"), on=DAY)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def line(footprint: Footprint, item: str) -> list[Node]:
    (address,) = [one.address for one in footprint.lines if one.line == item]
    return list(walk(explain(footprint, address)))


def test_evidence_is_a_leaf_with_file_and_digest(footprint):
    """The amount's evidence stands below it: file, short SHA-256, title, and where the index lists it."""
    (bill,) = [node for node in line(footprint, "foil") if node.label == "evidence bill"]
    assert bill.children == ()
    expected = ("file evidence/bill.pdf", f"SHA-256 {SHA[:12]}", "Electricity bill", "evidence/index.csv:2")
    assert bill.notes == expected


def test_pages_of_evidence(footprint):
    """`id#p3-5` shows the pages; the file is that of the id."""
    (scale,) = [node for node in line(footprint, "foil") if node.label == "evidence scale"]
    assert scale.notes[0] == "file evidence/scale.csv"
    assert "page 3-5" in scale.notes


def test_evidence_that_nobody_listed(footprint):
    """An unknown reference is shown as it was typed, and says that the index does not have it."""
    (lost,) = [node for node in line(footprint, "steel") if node.label.startswith("evidence")]
    assert lost.label == "evidence lost#B7"
    assert lost.notes == ("not listed in evidence/index.csv", "B7")
    (amount,) = [node for node in line(footprint, "steel") if lost in node.children]
    assert "weighed twice" in amount.notes


def test_other_locators(footprint):
    """What is no page is shown as typed; an id that has the sign itself is the id."""
    study = footprint.system.study
    assert evidence_of(study, "bill#B7") == (study.evidence["bill"], "B7")
    assert evidence_notes(study.evidence["bill"], "part 2")[2] == "part 2"
    odd = replace(study, evidence={"a#p1": study.evidence["bill"]})
    assert evidence_of(odd, "a#p1") == (study.evidence["bill"], "")


def test_a_suppliers_footprint_shows_company_period_and_file(footprint):
    """The dataset of a supplier says who sent it, for which period, and the digest of the file as sent."""
    (dataset,) = [node for node in line(footprint, "foil") if node.label.endswith("[urn:x:foil]")]
    sent = hashlib.sha256(json.dumps(PCF).encode()).hexdigest()[:12]
    assert "footprint received from Foil Co., period 2025-01-01/2025-12-31" in dataset.notes
    assert f"file suppliers/foil.json, SHA-256 {sent}" in dataset.notes
    assert dataset.value == 12.5


def test_a_dataset_shows_collection_and_digest(footprint):
    """Which version of a dataset counted is seen by its collection and the digest of its document."""
    own = explain(footprint, "dataset/own-steel")
    document = footprint.system.background["own-steel"].as_dict()
    assert f"collection study, dataset SHA-256 {digest(document)[7:19]}" in own.notes
    shown = explain(footprint, "dataset/cn-cf-2024-national").notes
    known = digest(starter()["cn-cf-2024-national"].as_dict())[7:19]
    assert f"collection starter/electricity_cn, dataset SHA-256 {known}" in shown
