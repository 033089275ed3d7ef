"""Quality ratios of the Circular Footprint Formula from prices at the point of substitution."""

from __future__ import annotations

from typing import Any

import pytest

from zuji.rulebooks.derivation import Derivation

from .building import Footprint, StudyFolder, datum, errors, found


def recycled(folder: StudyFolder, **material: Any) -> StudyFolder:
    """100 kg of metal (10 kg/kg), half of it recycled (4 kg/kg), of which 90 % is recycled again (2 kg/kg); A = 0.2."""
    for name, value in (("ev", 10), ("recycled", 4), ("recycling", 2)):
        folder.background(name, value, "kgCO2e/kg")
    folder.part("metal", 100, "kg", dataset="ev", material="metal")
    given = {
        "recycled_content": datum("0.5"), "recycled_dataset": "recycled", "allocation_factor": datum("0.2"),
        "recycling_rate": datum("0.9"), "recycling_dataset": "recycling", "treated_by": "nobody",
    }  # fmt: skip
    return folder.end_of_life(materials={"metal": {**given, **material}})


def total(q_in: float, q_out: float) -> float:
    """Recommendation (EU) 2021/2279, equation 3, by hand, for 100 kg."""
    bought = (1 - 0.5) * 10 + 0.5 * (0.2 * 4 + 0.8 * 10 * q_in)
    return 100 * (bought + 0.8 * 0.9 * (2 - 10 * q_out))


def ratio_of(footprint: Footprint, line: str, symbol: str) -> tuple[str, Derivation]:
    """The label and derivation of a quality ratio in the factor of a line."""
    info = next(info for (_, id), info in footprint.system.lines.items() if id == line)
    (factor,) = (term.origin for term in info.amount.terms if term.symbol == "factor")
    assert isinstance(factor, Derivation)
    term = next(term for term in factor.terms if term.symbol == symbol)
    assert isinstance(term.origin, Derivation)
    return term.label.en, term.origin


class TestRatio:
    def test_by_hand(self, folder):
        """8 and 6 of 10 CNY/kg are ratios of 0.8 and 0.6: 100 x (8.6 - 2.88) = 572, as with the ratios themselves."""
        prices = {"price_secondary_in": datum(8, "CNY/kg"), "price_secondary_out": datum(6, "CNY/kg")}
        footprint = recycled(folder, price_primary=datum(10, "CNY/kg"), **prices).footprint("pef")
        assert errors(footprint) == []
        assert total(0.8, 0.6) == pytest.approx(572)
        assert footprint.total == pytest.approx(total(0.8, 0.6))
        recycled(folder, quality_in=datum("0.8"), quality_out=datum("0.6"))
        folder.tables = {
            name: rows[-3:] if name == "background.csv" else rows[-1:] for name, rows in folder.tables.items()
        }
        assert folder.footprint("pef").total == pytest.approx(572)

    def test_the_derivation(self, folder):
        """The factor of the line shows both prices, their units and the place where they compare."""
        footprint = recycled(
            folder, price_primary=datum(10, "CNY/kg"), price_secondary_in=datum(8000, "CNY/t")
        ).footprint("pef")
        label, ratio = ratio_of(footprint, "metal", "Qs_in")
        assert label == "quality ratio Qs_in/Qp, ratio of prices at the point of substitution"
        assert (ratio.formula, ratio.shown) == ("price_secondary / price_primary", "8 / 10")

    def test_the_other_ratio_keeps_its_default(self, folder):
        """With a price of what goes in alone, Qs_out/Qp stays 1."""
        recycled(folder, price_primary=datum(10, "CNY/kg"), price_secondary_in=datum(8, "CNY/kg"))
        assert folder.footprint("pef").total == pytest.approx(total(0.8, 1))

    def test_capped_at_one(self, folder):
        """A secondary material of 12 beside 10 CNY/kg counts as of equal quality, and the derivation says so."""
        recycled(folder, price_primary=datum(10, "CNY/kg"), price_secondary_in=datum(12, "CNY/kg"))
        footprint = folder.footprint("pef")
        assert footprint.total == pytest.approx(total(1, 1))
        label, ratio = ratio_of(footprint, "metal", "Qs_in")
        assert "capped at 1: the secondary material is dearer" in label
        assert (ratio.shown, ratio.value) == ("min(1, 12 / 10)", 1)

    def test_at_the_cap(self, folder):
        """Equal prices need no cap."""
        recycled(folder, price_primary=datum(10, "CNY/kg"), price_secondary_in=datum(10, "CNY/kg"))
        label, ratio = ratio_of(folder.footprint("pef"), "metal", "Qs_in")
        assert "capped" not in label
        assert ratio.value == 1

    def test_substitution_uses_it_too(self, folder):
        """ISO 14067, substitution: 100 x (0.5 x 10 + 0.5 x 10 x 0.8 + 0.9 x 2 - 0.9 x 10 x 0.6) = 540."""
        prices = {"price_secondary_in": datum(8, "CNY/kg"), "price_secondary_out": datum(6, "CNY/kg")}
        recycled(folder, price_primary=datum(10, "CNY/kg"), **prices)
        folder.documents["end_of_life.yaml"]["approach"] = "substitution"
        assert folder.footprint("iso-14067").total == pytest.approx(540)


PRIMARY = datum(10, "CNY/kg")


class TestBadPrices:
    @pytest.mark.parametrize(
        ("prices", "field", "problem"),
        [
            ({"price_secondary_in": datum(8, "CNY/kg")}, "price_secondary_in", "'price_primary' is not given"),
            ({"price_primary": PRIMARY, "price_secondary_in": datum(8, "EUR/kg")}, "price_secondary_in",
             "CNY/kg and EUR/kg do not convert"),
            ({"price_primary": PRIMARY, "price_secondary_in": datum(8, "CNY/item")}, "price_secondary_in",
             "CNY/kg and CNY/item do not convert"),
            ({"price_primary": PRIMARY, "price_secondary_in": datum(-8, "CNY/kg")}, "price_secondary_in",
             "-8 CNY/kg is no price of a material"),
            ({"price_primary": datum(0, "CNY/kg"), "price_secondary_in": datum(8, "CNY/kg")}, "price_secondary_in",
             "0 CNY/kg is no price of a material"),
            ({"price_primary": PRIMARY, "price_secondary_in": {"missing": "secret", "unit": "CNY/kg"}},
             "price_secondary_in", "a price is missing (secret)"),
            ({"price_primary": PRIMARY, "price_secondary_in": datum(8, "CNY/kg"), "quality_in": datum("0.7")},
             "price_secondary_in", "'quality_in' is given as well"),
            ({"price_primary": PRIMARY}, "price_primary", "'price_secondary_in' is not given"),
        ],
    )  # fmt: skip
    def test_a_finding_at_the_price(self, folder, prices, field, problem):
        """Prices that make no ratio are an error with place, cause and mend; the ratio stays as without them."""
        footprint = recycled(folder, **prices).footprint("pef")
        assert set(errors(footprint)) == {"ZJ449"}
        finding = found(footprint, "ZJ449")[0]
        assert problem in finding.what("en")
        assert "'metal'" in finding.what("en")
        assert finding.place.file == "end_of_life.yaml"
        assert f"metal.{field}" in finding.place.path
        assert "quality_in" in finding.mend("en")
        stated = 0.7 if "quality_in" in prices else 1
        assert footprint.total == pytest.approx(total(stated, 1))

    def test_a_price_in_a_mass_is_refused_when_read(self, folder):
        """A price without money is the finding of every wrong dimension."""
        findings = recycled(folder, price_primary=datum(10, "kg")).study().findings
        assert any("price_primary" in one.place.path and one.severity == "error" for one in findings)
