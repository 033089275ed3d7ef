"""Trees and Sankey diagrams of footprints and of stored datasets: the sums are those of the footprint."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from zuji import examples
from zuji.background.store.library import Library
from zuji.canonical import canonical_bytes
from zuji.errors import AddressError
from zuji.footprint.calculate import calculate
from zuji.footprint.chain import GROUPS, Chain, of_footprint, of_stored
from zuji.footprint.flows import sankey_csv, sankey_document, sankey_of, tree_csv, tree_document, tree_of
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

from ..background.importers.building import CH4, CO2, Spold, read, spolds

DAY = date(2026, 6, 1)


@pytest.fixture(scope="module", params=examples.names())
def footprint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Footprint:
    folder = tmp_path_factory.mktemp("study") / "x"
    examples.copy(request.param, folder)
    study = open_study(folder).study
    assert study is not None
    return calculate(study, open_book("iso-14067"), on=DAY)


@pytest.fixture(scope="module")
def chain(footprint: Footprint) -> Chain:
    return of_footprint(footprint)


def test_the_chain_has_the_footprint_as_its_total(footprint: Footprint, chain: Chain) -> None:
    """The adjoint of foreground and background together gives the total of the footprint."""
    assert chain.total == pytest.approx(footprint.total, rel=1e-10)


def test_every_group_adds_up(footprint: Footprint, chain: Chain) -> None:
    """Stage, plant, component, country, supplier, source and gas each split the whole total."""
    assert chain.groups == GROUPS
    for group in GROUPS:
        assert sum(chain.by(group).values()) == pytest.approx(footprint.total, rel=1e-9)
    assert chain.by("stage") == pytest.approx({part.id: part.value for part in footprint.stages if part.value})


def test_tree_and_diagram_add_up(chain: Chain) -> None:
    """Direct parts and rests of the tree, and direct parts of the diagram, are the total; documents are canonical."""
    tree = tree_of(chain, cut_off=0.005)
    assert float(tree.direct.sum() + tree.rest.sum()) == pytest.approx(chain.total, rel=1e-9)
    document = tree_document(chain, tree, 0.005)
    assert document["nodes"][0]["value"] == document["total"]
    assert canonical_bytes(document) == canonical_bytes(tree_document(chain, tree_of(chain, cut_off=0.005), 0.005))
    diagram = sankey_of(chain, cut_off=0.005)
    assert sum(node.direct for node in diagram.nodes) == pytest.approx(chain.total, rel=1e-9)
    assert canonical_bytes(sankey_document(chain, diagram))


def test_tables_have_one_row_per_node_and_edge(chain: Chain) -> None:
    """CSV: parents before children, both names, and the sum of the direct column with that of the rest is the total."""
    tree = tree_of(chain)
    rows = list(csv.DictReader(io.StringIO(tree_csv(chain, tree))))
    assert len(rows) == len(tree)
    assert rows[0]["parent"] == ""
    assert all(int(row["parent"]) < int(row["node"]) for row in rows[1:])
    assert all(row["name_zh"] and row["name_en"] for row in rows)
    assert sum(float(row["direct"]) + float(row["rest"]) for row in rows) == pytest.approx(chain.total)
    diagram = sankey_of(chain)
    assert len(list(csv.DictReader(io.StringIO(sankey_csv(chain, diagram))))) == len(diagram.edges)


def test_activities_are_found_by_id_and_word(chain: Chain) -> None:
    """An id, or a word of one name in either language; otherwise the nearest are named."""
    assert chain.find("life-cycle") == chain.root
    with pytest.raises(AddressError) as error:
        chain.find("no such thing")
    assert error.value.nearest
    with pytest.raises(AddressError):
        chain.find("e")


def test_a_stored_dataset_has_a_tree(tmp_path: Path) -> None:
    """Steel: 0.25 own + 2 coke of 0.5 kg CO2 and 0.01 kg CH4 (29.8 under AR6): 0.25 + 2·(0.5 + 0.298) = 1.846."""
    library = Library(tmp_path / "data")
    steel = Spold("steel").takes("coke", 2).emits(CO2, 0.25)
    read(
        spolds(tmp_path / "db", steel, Spold("coke").emits(CO2, 0.5).emits(CH4, 0.01)),
        licence="closed",
        redistribute="no",
    ).commit(library, "mine")
    for _ in range(2):  # solved, then from the cache
        chain = of_stored(library.open("mine"), "steel", open_book("iso-14067"), DAY, tmp_path / "cache")
        assert chain.total == pytest.approx(0.25 + 2 * (0.5 + 0.01 * 29.8))
        tree = tree_of(chain, cut_off=0.0)
        assert tree.direct.tolist() == pytest.approx([0.25, 2 * 0.798])
        assert chain.by("gas") == pytest.approx({"CO2 fossil": 1.25, "CH4 fossil": 0.596})
        assert chain.groups == ("country", "source", "gas")
