"""Routes in scenarios: the dataset that a way of making stands for, and what is said where it is none or several."""

from __future__ import annotations

import pytest

from zuji import examples
from zuji.background.data import rows_of
from zuji.background.model import Background, LifecycleDataset
from zuji.background.starter import starter
from zuji.footprint.backgrounds import background_of
from zuji.footprint.scenario import what_if
from zuji.footprint.scenario_patch import Patch, ScenarioError, all_patched, patched
from zuji.footprint.scenario_route import products_with_routes, route_addresses
from zuji.footprint.scenario_tornado import range_of, tornado
from zuji.quantity import parse_unit
from zuji.rulebooks.book import open_book
from zuji.study.model import Study
from zuji.study.open import open_study

from ..rulebooks.building import DAY, StudyFolder

CARBONATE = {"spodumene": 20, "brine": 3}


def own(folder: StudyFolder) -> tuple[Study, Background]:
    """A study with lithium carbonate from brine, ore and a co-product of the same name per litre."""
    for route, value in CARBONATE.items():
        folder.background(f"carbonate-{route}", value, "kgCO2e/kg", product="carbonate", route=route)
    folder.background("carbonate-solution", 1, "kgCO2e/l", product="carbonate", route="solution")
    folder.background("plain", 1, "kgCO2e/kg")
    folder.part("carbonate", 10, "kg", dataset="carbonate-brine").part("plain", 1, "kg", dataset="plain")
    study = folder.study()
    return study, background_of(study)[0]


@pytest.fixture
def lfp() -> tuple[Study, Background]:
    study = open_study(examples.folder("lfp-storage-488kwh")).study
    assert study is not None
    return study, background_of(study)[0]


class TestStarter:
    def test_every_row_is_a_dataset(self):
        """Each row of routes.csv names a dataset that is there, once, with a product and a route."""
        rows = rows_of("routes.csv")
        assert len({row["dataset"] for row in rows}) == len(rows)
        for row in rows:
            dataset = starter()[row["dataset"]]
            assert (dataset.product, dataset.route) == (row["product"], row["route"])
            assert isinstance(dataset, LifecycleDataset)
            assert not dataset.missing, dataset.id

    def test_one_unit_for_a_product(self):
        """All datasets of a product are per one dimension, so that a route can take the place of another."""
        dimensions: dict[str, set[str]] = {}
        for dataset in starter().datasets.values():
            if dataset.product:
                dimensions.setdefault(dataset.product, set()).add(parse_unit(dataset.unit).dimension)
        assert {len(one) for one in dimensions.values()} == {1}

    def test_graphite_lithium_and_aluminium(self):
        """Natural and synthetic graphite, brine and spodumene, primary and secondary aluminium."""
        assert {"graphite", "lithium carbonate", "lithium hydroxide monohydrate", "aluminium ingot"} <= (
            products_with_routes(starter())
        )


class TestChoice:
    def test_the_dataset_of_the_route(self, folder):
        """10 kg from ore instead of brine: 10 × (20 − 3) = 170 kg CO2e more."""
        study, background = own(folder)
        book = open_book("iso-14067")
        comparison = what_if(study, [Patch("bom.carbonate.route", "spodumene", "offer")], book, on=DAY,
                             background=background)  # fmt: skip
        assert comparison.b.total - comparison.a.total == pytest.approx(170)
        change = patched(study, background, Patch("bom.carbonate.route", "spodumene"))
        assert change.new == "spodumene (carbonate-spodumene)"
        assert change.old.en == "carbonate-brine"

    def test_the_example_of_the_issue(self, lfp):
        """`bom.graphite.route=natural` takes the link that the starter set names for natural graphite."""
        study, background = lfp
        assert patched(study, background, Patch("bom.graphite.route", "natural")).new == (
            "natural (flow:graphite_natural_coated)"
        )

    def test_a_line_of_a_process(self, folder):
        """An exchange of a process takes a route like a line of the bill of materials."""
        study, background = own(folder)
        addresses = dict(route_addresses(study, background))
        assert addresses["bom.carbonate.route"] == ("brine", "spodumene")
        assert "bom.plain.route" not in addresses

    def test_a_tornado_over_routes(self, folder):
        """A range of routes swings from one to the other: 30 to 200 kg CO2e, and 1 kg for the rest."""
        study, background = own(folder)
        book = open_book("iso-14067")
        (swing,) = tornado(study, [range_of("bom.carbonate.route=brine..spodumene")], book, on=DAY,
                           background=background).swings  # fmt: skip
        assert (swing.at_low, swing.at_high) == (pytest.approx(31), pytest.approx(201))


class TestRefused:
    def message(self, study: Study, background: Background, address: str, value: str) -> str:
        with pytest.raises(ScenarioError) as caught:
            patched(study, background, Patch(address, value))
        return str(caught.value)

    def test_a_route_that_is_not_there(self, folder):
        """The error lists the routes of the product in a unit that fits; the one per litre is none."""
        said = self.message(*own(folder), "bom.carbonate.route", "hectorite")
        assert "no route 'hectorite' of carbonate; there are: brine, spodumene" in said

    def test_several_datasets(self, folder):
        """Two datasets of one route are named, with the address that tells them apart."""
        folder.background("carbonate-chile", 4, "kgCO2e/kg", product="carbonate", route="brine")
        said = self.message(*own(folder), "bom.carbonate.route", "brine")
        assert "carbonate-brine, carbonate-chile" in said
        assert "bom.carbonate.dataset" in said

    def test_several_factors_of_the_starter_set(self, lfp):
        """Where the starter set has no link but several factors, it does not choose."""
        study, background = lfp
        changed = patched(study, background, Patch("bom.graphite.dataset", "istrate2024-li2co3-brine")).study
        said = self.message(changed, background, "bom.graphite.route", "spodumene")
        assert "istrate2024-li2co3-spodumene, kelly2021-li2co3-ore" in said

    def test_a_product_without_routes(self, folder):
        """A dataset of which no product is told has no routes; the error names products and another way."""
        said = self.message(*own(folder), "bom.plain.route", "brine")
        assert "of 'plain' no product is known" in said
        assert "carbonate" in said
        assert "bom.plain.dataset" in said

    def test_an_address_that_is_not_there(self, folder):
        """An unknown item is an unknown address."""
        assert "bom.carbonat.route" in self.message(*own(folder), "bom.carbonat.route", "brine")

    def test_route_and_dataset_of_one_line(self, folder):
        """A route is the dataset of its line: both at once are one place changed twice."""
        study, background = own(folder)
        patches = (Patch("bom.carbonate.dataset", "plain"), Patch("bom.carbonate.route", "brine"))
        with pytest.raises(ScenarioError, match="changed twice"):
            all_patched(study, background, patches)
