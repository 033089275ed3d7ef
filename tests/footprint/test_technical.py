"""Additional technical information: an intermediate product under PEF with A = 1, and beside it with the default A."""

from __future__ import annotations

import json

import pytest

from zuji.footprint.explain import addresses, explain
from zuji.rulebooks.book import open_book

from ..rulebooks.building import StudyFolder, datum, found

TABLE = "cff_intermediate_default_a"


@pytest.fixture
def steel(folder: StudyFolder) -> StudyFolder:
    """100 kg of steel at the gate, half of it recycled; virgin 2, recycled 0.5 kg CO2e/kg; quality 0.8."""
    folder.head["boundary"] = "cradle-to-gate"
    folder.background("virgin", 2, "kgCO2e/kg").background("recycled", 0.5, "kgCO2e/kg")
    folder.end_of_life(
        materials={"steel": {"category": "steel", "name": {"en": "steel"}, "recycled_content": datum(0.5),
                             "recycled_dataset": "recycled", "quality_in": datum(0.8)}}
    )  # fmt: skip
    return folder.part("steel", 100, "kg", dataset="virgin", material="steel")


def test_both_figures(steel):
    """A = 1: 50 × 2 + 50 × 0.5 = 125. Default A = 0.2: 50 × 2 + 50 × (0.2 × 0.5 + 0.8 × 2 × 0.8) = 169."""
    footprint = steel.footprint("pef")
    assert footprint.total == pytest.approx(125)
    (beside,) = footprint.technical
    assert beside.value == pytest.approx(169)
    assert beside.id == TABLE
    assert "4.4.8" in beside.clause
    assert not beside.headline


def test_a_of_the_study(steel):
    """The study's own A = 0.5 stands in for the default: 100 + 50 × (0.5 × 0.5 + 0.5 × 2 × 0.8) = 152.5."""
    steel.documents["end_of_life.yaml"]["materials"]["steel"]["allocation_factor"] = datum(0.5)
    footprint = steel.footprint("pef")
    assert footprint.total == pytest.approx(125)
    assert footprint.technical[0].value == pytest.approx(152.5)
    assert found(footprint, "ZJ418") == []


@pytest.mark.parametrize(("a", "findings"), [(0.2, 0), (0.8, 0), (0.19, 1), (0.81, 1)])
def test_range_of_a(steel, a, findings):
    """An A outside 0.2 to 0.8 is an error, also where the profile itself takes A = 1."""
    steel.documents["end_of_life.yaml"]["materials"]["steel"]["allocation_factor"] = datum(a)
    assert len(found(steel.footprint("pef"), "ZJ418")) == findings


def test_without_recycled_content_both_agree(steel):
    """R1 = 0 leaves nothing for A to share."""
    del steel.documents["end_of_life.yaml"]["materials"]["steel"]["recycled_content"]
    footprint = steel.footprint("pef")
    assert footprint.technical[0].value == pytest.approx(footprint.total) == pytest.approx(200)


def test_in_document_and_explained(steel):
    """The figure stands in the document, and its address leads to formula, clause and the figure beside it."""
    footprint = steel.footprint("pef")
    document = json.loads(footprint.json)
    assert [part["id"] for part in document["technical"]] == [TABLE]
    assert f"technical/{TABLE}" in addresses(footprint)
    node = explain(footprint, f"technical/{TABLE}")
    assert node.value == pytest.approx(169)
    assert f"formulas/{TABLE}.yaml" in node.formula
    assert any(child.value == pytest.approx(125) for child in node.children)
    # 100 kg × (0.5 + 0.5 × 0.8 × 0.8) × 2 = 164 and 100 kg × 0.5 × 0.2 × 0.5 = 5 are the lines that move.
    assert [child.value for child in node.children[-2:]] == [pytest.approx(164), pytest.approx(5)]


@pytest.mark.parametrize("book", ["iso-14067", "gba-ghg"])
def test_other_books_want_none(steel, book):
    """A rulebook that does not ask for it shows one figure only."""
    footprint = steel.footprint(book)
    assert footprint.technical == ()
    assert "technical" not in json.loads(footprint.json)


def test_a_complete_life_cycle_has_one_figure(steel):
    """From cradle to grave A is that of the formula, and nothing stands beside it."""
    steel.head["boundary"] = "cradle-to-grave"
    assert steel.footprint("pef").technical == ()


def test_the_rulebook_stays_as_it_was(steel):
    """The second calculation changes no rule of the book that the next one takes."""
    book = open_book("pef")
    before = book.digest, dict(book.rules)
    steel.footprint(book)
    assert (book.digest, dict(book.rules)) == before
