"""Explanations: every number has a tree, every tree ends in a source, and an unknown address names the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from zuji.errors import AddressError
from zuji.footprint.calculate import calculate
from zuji.footprint.explain import Node, addresses, as_dict, explain
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book
from zuji.study.new import write_skeleton
from zuji.study.open import open_study

from ..rulebooks.building import BOOKS, DAY


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module")
def footprints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Footprint]:
    """The skeleton study under every rulebook."""
    folder: Path = tmp_path_factory.mktemp("explain") / "study"
    write_skeleton(folder)
    study = open_study(folder).study
    assert study is not None
    return {id: calculate(study, open_book(id), on=DAY) for id in BOOKS}


def all_notes(node: Node) -> str:
    return "\n".join([node.formula, *node.notes, *(all_notes(child) for child in node.children)])


def all_labels(node: Node) -> str:
    return "\n".join([node.label, *(all_labels(child) for child in node.children)])


@pytest.mark.parametrize("book", BOOKS)
def test_every_leaf_of_the_skeleton_has_an_origin(footprints, book):
    """Every address of the skeleton study has a tree, and every leaf of it says where it comes from."""
    for address in addresses(footprints[book]):
        for leaf in explain(footprints[book], address).leaves():
            assert leaf.notes, (address, leaf.label)


@pytest.mark.parametrize("book", BOOKS)
def test_values_of_the_trees(footprints, book):
    """The tree of an address shows the number of the footprint that it names."""
    footprint = footprints[book]
    assert explain(footprint).value == footprint.total
    assert explain(footprint, "functional-unit").value == footprint.per_functional_unit
    for part in footprint.stages:
        assert explain(footprint, f"stage/{part.id}").value == part.value
    for line in footprint.lines:
        assert explain(footprint, line.address).value == line.value
    for row in footprint.electricity:
        assert explain(footprint, f"electricity/{row.plant}/{row.source}").value == row.value


def test_a_line_leads_to_file_dataset_and_clause(footprints):
    """A line of electricity shows the meter readings with their lines, the dataset with its source, and the clause."""
    tree = explain(footprints["eu-cfb-ind"], "line/assembly/electricity#grid")
    notes = all_notes(tree)
    assert "electricity.csv:3" in notes
    assert "electricity.csv:4" in notes
    assert "cn-cf-2024-national" in all_labels(tree)
    assert "point 2.4" in notes
    assert "not verified" in notes


def test_a_formula_row_shows_its_parameters(footprints):
    """The recycling of aluminium shows A with its date, its source and what would verify it."""
    (line,) = [line for line in footprints["eu-cfb-ind"].lines if line.line == "cold-plate#recycling"]
    notes = all_notes(explain(footprints["eu-cfb-ind"], line.address))
    assert "(1 - A) * R2 = (1 - 0.2) × 0.9" in notes
    assert "parameter cff.A.aluminium, since 2025-04-01" in notes
    assert "end_of_life.yaml" in notes


def test_an_unknown_address_names_the_nearest(footprints):
    """A mistyped address is answered with those that look like it."""
    with pytest.raises(AddressError) as refused:
        explain(footprints["iso-14067"], "stage/productoin")
    assert refused.value.address == "stage/productoin"
    assert "stage/production" in refused.value.nearest
    with pytest.raises(AddressError) as refused:
        explain(footprints["iso-14067"], "§")
    assert refused.value.nearest


def test_slashes_and_spaces_around_an_address(footprints):
    """An address as copied from a page is found."""
    assert explain(footprints["iso-14067"], " /stage/production/ ").value == footprints["iso-14067"].stages[1].value


def test_trees_speak_both_languages(footprints):
    """The same tree in Chinese and in English: same numbers, other words."""
    english = explain(footprints["eu-cfb-ind"])
    set_language("zh")
    chinese = explain(footprints["eu-cfb-ind"])
    assert [leaf.value for leaf in chinese.leaves()] == [leaf.value for leaf in english.leaves()]
    assert chinese.label != english.label
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese.label)


def test_a_tree_as_json(footprints):
    """A tree is a document of labels, values, units, formulas, notes and children."""
    shown = as_dict(explain(footprints["iso-14067"], "parameter/characterisation.gwp_set"))
    assert shown["notes"][0] == "AR6"
    assert set(shown) <= {"label", "value", "unit", "formula", "notes", "children"}
