"""How the burden of a process with two products is shared."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from zuji.rulebooks.strategies.allocation import price_ratio, shares_by_mass, shares_by_value

from .building import StudyFolder, case, datum, errors, found

CASES = case("allocation-and-cff-energy")["allocation"]


def by_name(cases: list[dict[str, Any]]) -> dict[str, Any]:
    return {"argvalues": cases, "ids": [one["id"] for one in cases]}


def two_products(
    folder: StudyFolder, a: dict[str, Any] | None, b: dict[str, Any] | None, *, kg_a: float = 10, kg_b: float = 30
) -> StudyFolder:
    """A process that makes `a` for the product and `b` beside it, and emits 100 kg CO2 in a run."""
    gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(60, "kg")}
    coal = {"id": "coal", "role": "auxiliary", "dataset": "coal", "amount": datum(20, "kg")}
    other: dict[str, Any] = {"id": "b", "amount": datum(kg_b, "kg")}
    more: dict[str, Any] = {"reference_flow": datum(kg_a, "kg"), "co_products": [other]}
    if a is not None:
        more["price"] = a
    if b is not None:
        other["price"] = b
    folder.background("coal", 2, "kgCO2e/kg").process("plant-a", [gas, coal], **more)
    return folder.part("plant-a", kg_a, "kg", process="plant-a")


class TestFunctions:
    @pytest.mark.parametrize("one", **by_name(CASES))
    def test_shares_of_the_case(self, one):
        """Ratio and both kinds of share are those of the case."""
        masses = [Fraction(one[x]["kg"]) for x in "ab"]
        prices = [Fraction(one[x]["price"]) for x in "ab"]
        shares = shares_by_mass(masses) if price_ratio(prices) <= 4 else shares_by_value(masses, prices)
        assert [float(share) for share in shares] == pytest.approx([one["share_a"], one["share_b"]], abs=1e-6)
        assert sum(shares) == 1


class TestByPriceRatio:
    @pytest.mark.parametrize("one", **by_name(CASES))
    def test_the_case_in_a_study(self, folder, one):
        """Up to a price ratio of 4 by mass, above it by value; the product carries its share of every line."""
        a, b = (datum(one[x]["price"], "CNY/kg") for x in "ab")
        footprint = two_products(folder, a, b, kg_a=one["a"]["kg"], kg_b=one["b"]["kg"]).footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(100 * one["share_a"], abs=1e-4)
        (finding,) = found(footprint, "ZJ423")
        assert finding.shown("en")["method"] == {"mass": "mass", "economic": "economic value"}[one["method"]]
        assert errors(footprint) == []

    @pytest.mark.parametrize(("price", "share"), [(20, 10 / 40), (20.01, 200.1 / 350.1)])
    def test_the_limit_belongs_to_mass(self, folder, price, share):
        """A ratio of exactly 4 is allocated by mass, anything above by value."""
        two_products(folder, datum(price, "CNY/kg"), datum(5, "CNY/kg"))
        assert folder.footprint("eu-cfb-ind").total == pytest.approx(100 * share)

    @pytest.mark.parametrize(
        ("a", "b"),
        [
            (("50", "CNY/kg"), ("5000", "CNY/t")),
            (("50", "CNY"), ("5", "CNY")),
            (("0.05", "CNY/g"), ("5", "元/千克")),
        ],
    )
    def test_prices_convert(self, folder, a, b):
        """Prices per tonne, per gram or per unit of the product are the same prices."""
        footprint = two_products(folder, datum(*a), datum(*b)).footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(100 * 500 / 650)

    def test_prices_of_pieces(self, folder):
        """For products counted in pieces, a price of one piece is set against the mass of one piece."""
        two_products(folder, None, datum(5, "CNY/kg"))
        made = folder.documents["processes/plant-a.yaml"]
        made |= {"reference_flow": datum(5, "item"), "mass": datum(2, "kg"), "price": datum(100, "CNY/item")}
        folder.tables["bom.csv"][0] |= {"amount": 5, "unit": "item"}
        footprint = folder.footprint("eu-cfb-ind")
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(100 * 500 / 650)

    @pytest.mark.parametrize(
        ("a", "b", "lacking"),
        [
            (None, ("5", "CNY/kg"), "price of plant-a [CNY/kg]"),
            (("50", "CNY/kg"), None, "price of b [CNY/kg]"),
            (("50", "CNY/kg"), ("5", "EUR/kg"), "price of b [CNY/kg]"),
            (("50", "CNY/kg"), ("0", "CNY/kg"), "price of b [CNY/kg]"),
            (("50", "CNY/kg"), ("5", "CNY/MJ"), "price of b [CNY/kg]"),
        ],
    )
    def test_prices_that_do_not_compare_are_an_error(self, folder, a, b, lacking):
        """A missing price, another currency or a price of nothing is named; the burden is not shared by a guess."""
        footprint = two_products(folder, a and datum(*a), b and datum(*b)).footprint("eu-cfb-ind")
        assert errors(footprint) == ["ZJ422"]
        assert dict(found(footprint, "ZJ422")[0].params)["lacking"] == lacking
        assert footprint.total == pytest.approx(100)


class TestByChoice:
    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    @pytest.mark.parametrize(("choice", "share"), [("", 0.25), ("mass", 0.25), ("economic", 500 / 650)])
    def test_the_study_chooses(self, folder, book, choice, share):
        """Under ISO 14067 and GB/T 24067 the study chooses; without a choice it is mass."""
        two_products(folder, datum(50, "CNY/kg"), datum(5, "CNY/kg"))
        footprint = (folder.choose(allocation=choice) if choice else folder).footprint(book)
        assert footprint.total == pytest.approx(100 * share)

    def test_mass_needs_no_prices(self, folder):
        """By mass, prices are not asked for."""
        footprint = two_products(folder, None, None).footprint("iso-14067")
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(25)

    def test_economic_needs_prices(self, folder):
        """By value, a missing price is an error."""
        footprint = two_products(folder, None, datum(5, "CNY/kg")).choose(allocation="economic").footprint("iso-14067")
        assert errors(footprint) == ["ZJ422"]

    def test_mass_needs_masses(self, folder):
        """A product counted in pieces without a mass cannot share by mass."""
        two_products(folder, None, None)
        folder.documents["processes/plant-a.yaml"]["co_products"] = [{"id": "b", "amount": datum(3, "item")}]
        footprint = folder.footprint("iso-14067")
        assert dict(found(footprint, "ZJ422")[0].params)["lacking"] == "mass of b"

    def test_an_unknown_choice_decides_nothing(self, folder):
        """A choice that the rulebook does not know is an error that names the known ones; it is not guessed at."""
        footprint = two_products(folder, None, None).choose(allocation="volume").footprint("iso-14067")
        assert errors(footprint) == ["ZJ431"]
        assert dict(found(footprint, "ZJ431")[0].params)["known"] == "mass, economic"
