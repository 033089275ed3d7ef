"""How the burden of a process with two products is shared."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zuji.footprint.explain import explain
from zuji.footprint.explain_nodes import Node

from .building import Footprint, StudyFolder, case, datum, errors, found, part_of

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
            (("50", "CNY/kg"), ("5", "CNY/MJ"), "price of b [CNY/kg]"),
        ],
    )
    def test_prices_that_do_not_compare_are_an_error(self, folder, a, b, lacking):
        """A missing price, another currency or a price per MJ is named; the burden is not shared by a guess."""
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
        assert dict(found(footprint, "ZJ431")[0].params)["known"] == "mass, physical, economic, expansion"


EXPANDING = ("iso-14067", "gbt-24067", "pef", "ghgp-product", "pact-3", "eu-cfb-ev", "eu-cfb-ind", "gba-ghg")
NOT_EXPANDING = ("catenax-4", "iec-63369-1")
LATER = date(2026, 6, 30)
"""A day on which IEC 63369-1 is in force as well."""
REASON = "the one grade on the market, sold to the same customer"


def co_products(folder: StudyFolder) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = folder.documents["processes/plant-a.yaml"]["co_products"]
    return found


def expanded(folder: StudyFolder, **substitutes: Any) -> StudyFolder:
    """The process of 100 kg CO2e whose 30 kg of `b` replace a product of 1.5 kg CO2e per kg."""
    folder.background("market-b", "1.5", "kgCO2e/kg")
    two_products(folder, datum(50, "CNY/kg"), datum(5, "CNY/kg"))
    given = {"dataset": "market-b", "share": datum("0.9"), "reason": REASON}
    co_products(folder)[0]["substitutes"] = {k: v for k, v in {**given, **substitutes}.items() if v is not None}
    return folder


def words(node: Node) -> str:
    """Everything that an explanation says, in one text."""
    return "\n".join([node.label, node.formula, *node.notes, *(words(child) for child in node.children)])


def of(footprint: Footprint, code: str) -> list[dict[str, Any]]:
    return [finding.shown("en") for finding in found(footprint, code)]


def physical(folder: StudyFolder, a: dict[str, Any] | None, b: dict[str, Any] | None) -> StudyFolder:
    """The two products with a quantity of their own, and no prices."""
    two_products(folder, None, None)
    if a is not None:
        folder.documents["processes/plant-a.yaml"]["physical"] = a
    if b is not None:
        co_products(folder)[0]["physical"] = b
    return folder


class TestByPhysicalQuantity:
    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067", "pef", "ghgp-product", "pact-3", "catenax-4"])
    def test_shares_by_energy(self, folder, book):
        """12 MJ beside 1 kWh (3.6 MJ) carries 12 / 15.6 of 100 kg; without a choice it comes before mass (0.25)."""
        footprint = physical(folder, datum(12, "MJ"), datum(1, "kWh")).footprint(book, LATER)
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(100 * 12 / 15.6)
        (note,) = of(footprint, "ZJ423")
        assert (note["share"], note["method"]) == ("76.9%", "another physical quantity")

    def test_any_common_unit(self, folder):
        """Areas of 3 m2 and 1 m2 share 0.75 to 0.25."""
        assert physical(folder, datum(3, "m2"), datum(1, "m2")).footprint("iso-14067").total == pytest.approx(75)

    def test_the_study_can_still_choose_mass(self, folder):
        """10 kg of 40 kg: 25, although energies are stated."""
        footprint = physical(folder, datum(12, "MJ"), datum(1, "kWh")).choose(allocation="mass").footprint("pef")
        assert footprint.total == pytest.approx(25)

    def test_a_process_can_choose_for_itself(self, folder):
        """`allocation.plant-a` stands before `allocation`: mass 25, not the 76.9 of energy."""
        physical(folder, datum(12, "MJ"), datum(1, "kWh"))
        folder.head["choices"] = {"allocation": "physical", "allocation.plant-a": "mass"}
        assert folder.footprint("iso-14067").total == pytest.approx(25)

    def test_books_of_the_price_ratio_do_not_ask_for_it(self, folder):
        """The Battery Pass tree knows no other quantity: 20 to 8 CNY/kg is below 4, so 10 of 40 kg."""
        two_products(folder, datum(20, "CNY/kg"), datum(8, "CNY/kg"))
        folder.documents["processes/plant-a.yaml"]["physical"] = datum(12, "MJ")
        co_products(folder)[0]["physical"] = datum(1, "kWh")
        assert folder.footprint("eu-cfb-ind").total == pytest.approx(25)

    def test_a_lacking_quantity_is_named(self, folder):
        """One output that states none is an error; nothing is shared."""
        footprint = physical(folder, datum(12, "MJ"), None).footprint("iso-14067")
        (finding,) = found(footprint, "ZJ422")
        assert "physical quantity of b is missing for allocation by another physical quantity" in finding.what("en")
        assert footprint.total == pytest.approx(100)

    @pytest.mark.parametrize("b", [("1", "m2"), ("0", "MJ"), ("-3", "MJ")])
    def test_quantities_that_do_not_compare(self, folder, b):
        """Another dimension, zero or less: an error at the process that shows both and says how to mend it."""
        footprint = physical(folder, datum(12, "MJ"), datum(*b)).footprint("iso-14067")
        assert errors(footprint) == ["ZJ448"]
        (finding,) = found(footprint, "ZJ448")
        assert finding.place.file == "processes/plant-a.yaml"
        assert f"plant-a: 12 MJ, b: {b[0]} {b[1]}" in finding.what("en")
        assert "'physical'" in finding.mend("en")
        assert footprint.total == pytest.approx(100)

    def test_money_is_no_physical_quantity(self, folder):
        """A price is refused as a physical relationship."""
        footprint = physical(folder, datum(12, "CNY"), datum(3, "CNY")).footprint("iso-14067")
        assert errors(footprint) == ["ZJ448"]


class TestByValue:
    def test_products_without_mass(self, folder):
        """10 kg at 50 CNY/kg beside 200 kWh at 0.5 CNY/kWh: 500 / (500 + 100) of 100 kg."""
        two_products(folder, datum(50, "CNY/kg"), None)
        folder.documents["processes/plant-a.yaml"]["co_products"] = [
            {"id": "b", "amount": datum(200, "kWh"), "price": datum("0.5", "CNY/kWh")}
        ]
        footprint = folder.choose(allocation="economic", allocation_reason="sold by value").footprint("iso-14067")
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(100 * 500 / 600)
        assert "sold by value" in found(footprint, "ZJ423")[0].why("en")

    def test_a_mass_that_a_price_needs(self, folder):
        """A price per kg of pieces without a mass lacks the mass."""
        two_products(folder, datum(50, "CNY/kg"), None)
        folder.documents["processes/plant-a.yaml"]["co_products"] = [
            {"id": "b", "amount": datum(3, "item"), "price": datum(5, "CNY/kg")}
        ]
        footprint = folder.choose(allocation="economic").footprint("iso-14067")
        assert [note["lacking"] for note in of(footprint, "ZJ422")] == ["mass of b"]

    @pytest.mark.parametrize(("reason", "codes"), [("", ["ZJ446"]), ("no physical relationship serves", [])])
    def test_pef_wants_a_justification(self, folder, reason, codes):
        """Under PEF economic value needs a reason; without one it is counted (500 / 650), with a warning."""
        two_products(folder, datum(50, "CNY/kg"), datum(5, "CNY/kg")).choose(allocation="economic")
        footprint = (folder.choose(allocation_reason=reason) if reason else folder).footprint("pef")
        assert [one.code for one in found(footprint, "ZJ446")] == codes
        assert footprint.total == pytest.approx(100 * 500 / 650)

    @pytest.mark.parametrize("book", ["iso-14067", "iec-63369-1"])
    def test_others_do_not(self, folder, book):
        """Where no text asks for a reason, none is demanded."""
        two_products(folder, datum(50, "CNY/kg"), datum(5, "CNY/kg")).choose(allocation="economic")
        assert found(folder.footprint(book, LATER), "ZJ446") == []


class TestYearlyPrices:
    def yearly(self, *prices: tuple[Any, str, int]) -> list[dict[str, Any]]:
        return [datum(value, unit, period=year) for value, unit, year in prices]

    def test_the_mean_decides_and_shares(self, folder):
        """40, 50 and 60 CNY/kg mean 50; beside 5 the ratio is 10, so 10 x 50 / (10 x 50 + 30 x 5) = 500 / 650."""
        prices = self.yearly((60, "CNY/kg", 2024), (40, "CNY/kg", 2022), (50000, "CNY/t", 2023))
        footprint = two_products(folder, prices, datum(5, "CNY/kg")).footprint("eu-cfb-ind")
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(100 * 500 / 650)
        info = footprint.system.lines["plant-a", "co2"]
        (share,) = (term.origin for term in info.amount.terms if term.symbol == "share")
        price = next(term for term in share.terms if term.symbol == "p0")
        assert price.label.en == "price of plant-a, mean of 3 years in 2022–2024"
        assert price.origin.formula == "(y2022 + y2023 + y2024) / 3"
        assert price.origin.shown == "(40 + 50 + 60) / 3"
        told = words(explain(footprint, "line/plant-a/co2"))
        assert "(y2022 + y2023 + y2024) / 3 = (40 + 50 + 60) / 3" in told
        assert "m0 * p0 / (m0 * p0 + m1 * p1) = 10 × 50 / (10 × 50 + 30 × 5)" in told

    def test_at_most_the_latest_ten(self, folder):
        """Eleven years: the first, at 5000, is left out, the ten at 50 stay."""
        prices = self.yearly((5000, "CNY/kg", 2013), *((50, "CNY/kg", year) for year in range(2014, 2024)))
        footprint = two_products(folder, prices, datum(5, "CNY/kg")).footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(100 * 500 / 650)
        assert footprint.system.parameters["allocation.price_years"].number == 10

    def test_of_co_products_too(self, folder):
        """4 and 6 CNY mean 5 for one kg; a missing year is left out."""
        prices = [*self.yearly((4, "CNY", 2022), (6, "CNY", 2023)), {"missing": "lost", "unit": "CNY", "period": 2024}]
        footprint = two_products(folder, datum(50, "CNY/kg"), prices).footprint("eu-cfb-ind")
        assert footprint.total == pytest.approx(100 * 500 / 650)

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"period": ""}, "price 2 of the list names no year"),
            ({"period": 2022}, "the year 2022 stands there twice"),
            ({"period": "2022-07-01/2023-06-30"}, "price 2 of the list is not that of one year"),
            ({"unit": "EUR/kg"}, "CNY/kg and EUR/kg do not convert"),
            ({"unit": "CNY/item"}, "CNY/kg and CNY/item do not convert"),
        ],
    )
    def test_prices_without_a_mean(self, folder, change, problem):
        """No year, one year twice, a longer period, another currency: an error at the list, and nothing is shared."""
        first, second = self.yearly((40, "CNY/kg", 2022), (60, "CNY/kg", 2023))
        footprint = two_products(folder, [first, {**second, **change}], datum(5, "CNY/kg")).footprint("eu-cfb-ind")
        assert errors(footprint) == ["ZJ422", "ZJ442"]
        (finding,) = found(footprint, "ZJ442")
        assert problem in finding.what("en")
        assert (finding.place.file, finding.place.path) == ("processes/plant-a.yaml", "price[0].value")
        assert "'period'" in finding.mend("en")
        assert footprint.total == pytest.approx(100)

    def test_a_list_is_read_with_care(self, folder):
        """A key that no price has, and a member that is no mapping, are findings of reading."""
        prices = [{**datum(40, "CNY/kg", period=2022), "jahr": 2022}, 50]
        read = two_products(folder, prices, datum(5, "CNY/kg")).study().findings
        assert {"price[0].jahr", "price[1]"} <= {one.place.path for one in read}


class TestWaste:
    @pytest.mark.parametrize("price", [("0", "CNY/kg"), ("-2", "CNY/kg"), ("-60", "CNY")])
    @pytest.mark.parametrize("book", ["eu-cfb-ind", "iso-14067", "pef"])
    def test_what_nobody_pays_for_takes_no_burden(self, folder, book, price):
        """With a price of zero or less `b` is waste: the product carries all 100 kg, and a note says so."""
        footprint = two_products(folder, datum(50, "CNY/kg"), datum(*price)).footprint(book)
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(100)
        (finding,) = found(footprint, "ZJ440")
        assert finding.place.path == "co_products[0]"
        assert f"'b' of 'plant-a' has a net value of {price[0]} {price[1]}" in finding.what("en")

    def test_the_others_still_share(self, folder):
        """10 kg of product, 30 kg of waste and 10 kg of `c`: half by mass."""
        two_products(folder, datum(50, "CNY/kg"), datum(-1, "CNY/kg"))
        co_products(folder).append({"id": "c", "amount": datum(10, "kg"), "price": datum(50, "CNY/kg")})
        assert folder.footprint("eu-cfb-ind").total == pytest.approx(50)

    def test_the_mean_of_years_counts(self, folder):
        """-4 and 2 mean -1: waste."""
        prices = [datum(-4, "CNY/kg", period=2022), datum(2, "CNY/kg", period=2023)]
        footprint = two_products(folder, datum(50, "CNY/kg"), prices).footprint("iso-14067")
        assert of(footprint, "ZJ440")[0]["price"] == "-1 CNY/kg"

    def test_a_worthless_reference_product(self, folder):
        """A process that is run for its co-product has the wrong reference product."""
        footprint = two_products(folder, datum(0, "CNY/kg"), datum(5, "CNY/kg")).footprint("eu-cfb-ind")
        assert errors(footprint) == ["ZJ441"]
        (finding,) = found(footprint, "ZJ441")
        assert finding.place.file == "processes/plant-a.yaml"
        assert "a price of 0 CNY/kg" in finding.what("en")
        assert "reference product" in finding.mend("en")

    def test_its_treatment_stays(self, folder):
        """3 kg CO2 of burning the waste stay with the process: 103."""
        two_products(folder, datum(50, "CNY/kg"), datum(-2, "CNY/kg"))
        burning = {"id": "burning", "gas": "CO2 fossil", "amount": datum(3, "kg")}
        folder.documents["processes/plant-a.yaml"]["exchanges"].append(burning)
        assert folder.footprint("iso-14067").total == pytest.approx(103)


class TestSystemExpansion:
    @pytest.mark.parametrize("choice", ["", "expansion"])
    @pytest.mark.parametrize("book", EXPANDING)
    def test_the_avoided_burden_is_credited(self, folder, book, choice):
        """100 - 30 kg x 0.9 x 1.5 kg/kg = 59.5, chosen or offered, whatever the prices."""
        expanded(folder)
        footprint = (folder.choose(allocation=choice) if choice else folder).footprint(book, LATER)
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(100 - 30 * 0.9 * 1.5)
        assert found(footprint, "ZJ423") == []
        (finding,) = found(footprint, "ZJ447")
        assert REASON in finding.why("en")
        assert finding.place.path == "co_products[0].substitutes"

    def test_the_credit_is_a_line_with_its_derivation(self, folder):
        """The line of production says what was replaced, by which formula, from which data."""
        footprint = expanded(folder).footprint("iso-14067")
        info = footprint.system.lines["plant-a", "b#substituted"]
        assert (info.provider, info.stage, info.unit) == ("market-b", "production", "kg")
        assert info.amount.formula == "-amount * replaced"
        assert info.amount.shown == "-30 × 0.9"
        assert info.amount.value == -27
        assert part_of(footprint, "stage", "production") == pytest.approx(100 - 40.5)

    def test_explain_tells_it(self, folder):
        """The explanation of the credit shows its formula and the reason that the study gives."""
        footprint = expanded(folder).footprint("iso-14067")
        told = words(explain(footprint, "line/plant-a/b#substituted"))
        assert "-amount * replaced = -30 × 0.9" in told
        assert REASON in told
        assert "market-b" in told
        (note,) = found(footprint, "ZJ447")
        assert REASON in note.why("en")

    def test_amounts_and_units(self, folder):
        """20 MJ of heat replaced at 0.36 kg per kWh: 100 - 20 / 3.6 x 0.36 = 98."""
        folder.background("heat", "0.36", "kgCO2e/kWh")
        footprint = expanded(folder, dataset="heat", share=None, amount=datum(20, "MJ")).footprint("iso-14067")
        assert footprint.total == pytest.approx(98)
        assert footprint.system.lines["plant-a", "b#substituted"].amount.shown == "-(20) × 0.277778"

    def test_without_share_all_of_it(self, folder):
        """All 30 kg: 100 - 45."""
        assert expanded(folder, share=None).footprint("iso-14067").total == pytest.approx(55)

    def test_what_is_left_is_shared(self, folder):
        """`b` is credited, `c` (10 kg beside 10 kg) takes half of what remains: (100 - 40.5) / 2."""
        expanded(folder)
        co_products(folder).append({"id": "c", "amount": datum(10, "kg")})
        footprint = folder.footprint("iso-14067")
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(29.75)

    @pytest.mark.parametrize("book", NOT_EXPANDING)
    def test_books_that_do_not_allow_it(self, folder, book):
        """Offered, it is left out with a note and mass decides (25); chosen, it is an error that names the allowed."""
        footprint = expanded(folder).footprint(book, LATER)
        assert errors(footprint) == []
        assert footprint.total == pytest.approx(25)
        assert "not credited under" in found(footprint, "ZJ445")[0].what("en")
        chosen = folder.choose(allocation="expansion").footprint(book, LATER)
        assert errors(chosen) == ["ZJ431"]
        assert of(chosen, "ZJ431")[0]["known"] == "mass, physical, economic"

    def test_another_choice_of_the_study(self, folder):
        """A study that chooses mass gets mass, and a note on the credit that it forgoes."""
        footprint = expanded(folder).choose(allocation="mass").footprint("iso-14067")
        assert footprint.total == pytest.approx(25)
        assert [one.code for one in found(footprint, "ZJ445")] == ["ZJ445"]

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"dataset": None}, "no dataset is named"),
            ({"reason": None}, "no reason says that the alternative is dedicated and dominant"),
            ({"amount": datum(3, "kg")}, "both a share and an amount are given"),
            ({"share": {"missing": "not known"}}, "an amount is missing (not known)"),
            ({"share": datum("1.1")}, "the share 1.1 is not above 0 and at most 1"),
            ({"share": datum(0)}, "the share 0 is not above 0"),
            ({"share": None, "amount": datum(-3, "kg")}, "the amount -3 is not above 0"),
        ],
    )
    def test_an_incomplete_substitute(self, folder, change, problem):
        """Without dataset, reason or a sound amount nothing is credited and nothing shared: an error at its place."""
        footprint = expanded(folder, **change).footprint("iso-14067")
        assert errors(footprint) == ["ZJ443"]
        (finding,) = found(footprint, "ZJ443")
        assert problem in finding.what("en")
        assert finding.place.path == "co_products[0].substitutes"
        assert "'substitutes'" in finding.mend("en")
        assert footprint.total == pytest.approx(100)

    def test_an_unknown_dataset(self, folder):
        """A dataset that is not there is the usual error, and the result knows that it is incomplete."""
        footprint = expanded(folder, dataset="market-x").footprint("iso-14067")
        assert errors(footprint) == ["ZJ401"]

    def test_chosen_for_a_co_product_that_names_nothing(self, folder):
        """The study asks for expansion, the co-product substitutes nothing: an error at the co-product."""
        two_products(folder, None, None).choose(allocation="expansion")
        footprint = folder.footprint("iso-14067")
        assert errors(footprint) == ["ZJ444"]
        (finding,) = found(footprint, "ZJ444")
        assert finding.place.path == "co_products[0]"
        assert "'b'" in finding.what("en")
        assert "'substitutes'" in finding.mend("en")

    def test_outside_the_boundary(self, folder):
        """A credit after the gate is left out with its stage."""
        expanded(folder).head["boundary"] = "cradle-to-gate"
        folder.documents["processes/plant-a.yaml"]["stage"] = "distribution"
        footprint = folder.footprint("iso-14067")
        assert "b#substituted" in [line.exchange for line in footprint.system.excluded]


class TestAllowedChoices:
    @pytest.mark.parametrize("choice", ["mass", "economic", "physical"])
    @pytest.mark.parametrize("book", ["eu-cfb-ev", "eu-cfb-ind", "gba-ghg"])
    def test_the_price_ratio_is_no_choice(self, folder, book, choice):
        """Where prices decide between mass and value, a study that chooses is told what it may choose."""
        two_products(folder, datum(50, "CNY/kg"), datum(5, "CNY/kg")).choose(allocation=choice)
        footprint = folder.footprint(book)
        assert errors(footprint) == ["ZJ431"]
        assert of(footprint, "ZJ431")[0]["known"] == "expansion"
        assert footprint.total == pytest.approx(100 * 500 / 650)

    def test_none_is_no_choice(self, folder):
        """`none` leaves the decision to the rulebook."""
        assert two_products(folder, None, None).choose(allocation="none").footprint("iso-14067").total == 25
