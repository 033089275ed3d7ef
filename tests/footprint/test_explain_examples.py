"""Both examples under every rulebook: every leaf says where it comes from, and every reference leads on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest

from zuji import examples
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.explain import Node, addresses, explain
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book, registry
from zuji.study.open import open_study

DAY = date(2026, 11, 23)
BOOKS = tuple(id for id, entry in registry().items() if entry["available"])
WHOLE = "eu-cfb-ind"
"""The rulebook under which every address is walked; under the others a part of them, by the same seed each time."""
SAMPLE = 60
KINDS = {"total", "functional-unit", "stage", "origin", "group", "plant", "line", "electricity", "dataset", "parameter"}


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module", params=examples.names())
def footprints(request: pytest.FixtureRequest) -> dict[str, Footprint]:
    """One example under every available rulebook."""
    study = open_study(examples.folder(request.param)).study
    assert study is not None
    background, _ = background_of(study)
    return {id: calculate(study, open_book(id), on=DAY, background=background) for id in BOOKS}


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def chosen(footprint: Footprint) -> list[str]:
    known = addresses(footprint)
    if footprint.system.book.id == WHOLE:
        return known
    return sorted(Random(20261123).sample(known, min(SAMPLE, len(known))))


def test_every_leaf_has_an_origin_and_every_reference_a_tree(footprints):
    """Under each of the rulebooks: a leaf without origin, or a reference to an address without tree, is a mistake."""
    for book, footprint in footprints.items():
        referred = set()
        for address in chosen(footprint):
            for node in walk(explain(footprint, address)):
                assert node.label.strip(), (book, address)
                assert node.children or any(note.strip() for note in node.notes), (book, address, node.label)
                assert "" not in node.notes, (book, address, node.label)
                referred |= {note[4:] for note in node.notes if re.match(r"see [a-z-]+(/|$)", note)}
        for address in sorted(referred - set(addresses(footprint))):
            assert explain(footprint, address).label, (book, address)


def test_every_kind_of_address_is_there(footprints):
    """The examples have numbers and findings of every kind, so the walk leaves no kind out."""
    for footprint in footprints.values():
        kinds = {address.partition("/")[0] for address in addresses(footprint)}
        # Additional technical information is there only where a rulebook wants it.
        assert kinds - {"technical"} == KINDS | {"finding"}


def test_no_address_stands_twice(footprints):
    """An address names one number."""
    for footprint in footprints.values():
        known = addresses(footprint)
        assert len(known) == len(set(known))


def test_both_languages_show_the_same_numbers(footprints):
    """In Chinese the same tree, number by number."""
    footprint = footprints[WHOLE]
    for address in Random(7).sample(addresses(footprint), 30):
        set_language("en")
        english = explain(footprint, address)
        set_language("zh")
        chinese = explain(footprint, address)
        assert [(n.value, n.unit) for n in walk(english)] == [(n.value, n.unit) for n in walk(chinese)], address
