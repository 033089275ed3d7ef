"""Data-quality ratings and the share of primary data: by hand, and out of a study."""

from __future__ import annotations

import pytest

from zuji.datum import DataQuality
from zuji.footprint.quality import data_quality, primary_data_share, weighted_rating

from ..rulebooks.building import BOOKS, case, datum

CASE = case("data-quality")
RATINGS = ("technology", "geography", "time", "precision")
THREE = RATINGS[:3]


class TestFunctions:
    def test_each_criterion_of_the_study(self):
        """Each criterion is the mean weighted by contribution."""
        study = CASE["study"]
        for name in RATINGS:
            mean = weighted_rating([(part["share"], part[name]) for part in study["parts"]])
            assert mean == pytest.approx(study[name]), name

    @pytest.mark.parametrize(("criteria", "expected"), [(RATINGS, "four_criteria"), (THREE, "three_criteria")])
    def test_rating_of_the_study(self, criteria, expected):
        """PEF takes the mean of four criteria, CFB of three."""
        study = CASE["study"]
        parts = [(p["share"], DataQuality(**{name: p[name] for name in RATINGS})) for p in study["parts"]]
        quality = data_quality(parts, criteria)
        assert quality.rating == pytest.approx(study[expected], abs=1e-6)
        assert quality.rated_share == 1

    def test_the_published_study(self):
        """(4 + 3 + 3) / 3."""
        published = CASE["published"]
        rated = DataQuality(**{name: published[name] for name in THREE})
        assert data_quality([(1, rated)], THREE).rating == pytest.approx(published["three_criteria"], abs=1e-6)

    def test_primary_share(self):
        """Σ(PCF·PDS)/ΣPCF."""
        given = CASE["primary_share"]
        assert primary_data_share([(p["kgco2e"], p["share"]) for p in given["parts"]]) == pytest.approx(
            given["expected"]
        )

    def test_technology(self):
        """Σ(PCF·rating)/ΣPCF."""
        given = CASE["technology"]
        assert weighted_rating([(p["kgco2e"], p["rating"]) for p in given["parts"]]) == pytest.approx(given["expected"])

    def test_credits_count_by_their_size(self):
        """A credit of 40 kg weighs as much as a burden of 40 kg, so a weight is never negative."""
        assert weighted_rating([(60, 1), (-40, 5)]) == pytest.approx(2.6)
        assert primary_data_share([(60, 1), (-40, 0)]) == pytest.approx(0.6)

    def test_nothing_rated(self):
        """Nothing rated has no rating; nothing at all has no primary data."""
        assert weighted_rating([]) is None
        assert primary_data_share([]) == 0
        assert data_quality([(10, DataQuality())], THREE).rating is None
        assert data_quality([], THREE).rated_share == 0

    def test_a_criterion_that_is_missing_leaves_no_rating(self):
        """The mean is given only when every criterion has a rating; the share says how much is rated in full."""
        parts = [(60, DataQuality(1, 2, 3)), (40, DataQuality(2, None, 4))]
        quality = data_quality(parts, THREE)
        assert dict(quality.criteria) == pytest.approx({"technology": 1.4, "geography": 2, "time": 3.4})
        assert quality.rating == pytest.approx((1.4 + 2 + 3.4) / 3)
        assert quality.rated_share == pytest.approx(0.6)
        assert data_quality(parts, RATINGS).rating is None


class TestStudies:
    @pytest.mark.parametrize("book", BOOKS)
    def test_ratings_of_a_bill_of_materials(self, folder, book):
        """Ratings in bom.csv give the rating of the case: four criteria under ISO 14067, three under the EU rules."""
        folder.background("m", 1, "kgCO2e/kg")
        for i, part in enumerate(CASE["study"]["parts"]):
            ratings = {f"dq_{name}": part[name] for name in RATINGS}
            folder.part(f"p{i}", part["share"] * 100, "kg", dataset="m", **ratings)
        quality = folder.footprint(book).quality
        expected = "three_criteria" if book == "eu-cfb-ind" else "four_criteria"
        assert quality.rating == pytest.approx(CASE["study"][expected], abs=1e-6)
        assert set(quality.criteria) == set(THREE if book == "eu-cfb-ind" else RATINGS)
        assert quality.rated_share == 1

    def test_the_rating_of_the_datum_stands_before_that_of_the_dataset(self, folder):
        """A rating of the activity datum counts; where it has none, that of the dataset does."""
        folder.path.mkdir(parents=True)
        (folder.path / "background.yaml").write_text(
            "datasets:\n- {id: m, name: m, unit: kg, source: {citation: s},\n"
            "   data_quality: {technology: 4, geography: 2},\n"
            "   interventions: [{gas: CO2 fossil, amount: 1}]}\n"
        )
        footprint = folder.part("p", 1, "kg", dataset="m", dq_technology=1).footprint("eu-cfb-ind", starter=True)
        assert dict(footprint.quality.criteria) == {"technology": 1, "geography": 2}
        assert footprint.quality.rating is None

    def test_primary_share_of_a_study(self, folder):
        """Measured gases are primary, secondary datasets are not, others by the share that they state."""
        folder.background("m", 1, "kgCO2e/kg").background("s", 1, "kgCO2e/kg", primary_share=0.4)
        gases = [
            {"id": "measured", "gas": "CO2 fossil", "amount": datum(30, "kg")},
            {"id": "calculated", "gas": "CO2 fossil", "amount": datum(30, "kg", "calculated")},
            {"id": "assumed", "gas": "CO2 fossil", "amount": datum(5, "kg", "assumed")},
        ]
        folder.process("work", gases, produces="thing")
        footprint = folder.part("a", 25, "kg", dataset="s").part("b", 10, "kg", dataset="m").footprint("iso-14067")
        assert footprint.primary_data_share == pytest.approx(CASE["primary_share"]["expected"])
