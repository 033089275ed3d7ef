"""Data quality by each rulebook's formula: most relevant processes, limits, levels, weights of primary data."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.errors import RulebookError
from zuji.footprint.lint import lint
from zuji.footprint.model import Footprint
from zuji.footprint.quality import most_relevant, source_of

from ..rulebooks.building import BookFolder, StudyFolder, datum

CRITERIA = ("technology", "geography", "time", "precision")
RATED = ["technology", "geography", "time"]


def rated(**ratings: float) -> dict[str, float]:
    """Columns dq_… of a row of bom.csv."""
    return {f"dq_{name}": value for name, value in ratings.items()}


def alike(value: float) -> dict[str, float]:
    return rated(**dict.fromkeys(CRITERIA, value))


def said(footprint: Footprint, code: str) -> list[dict[str, str]]:
    return [finding.shown("en") for finding in lint(footprint) if finding.code == code]


@pytest.fixture
def parts(folder: StudyFolder) -> StudyFolder:
    """Three datasets of 70, 25 and 5 kg CO2e."""
    for id in "abc":
        folder.background(id, 1, "kgCO2e/kg")
    return folder


def three(parts: StudyFolder, a: float, b: float, c: float) -> StudyFolder:
    """The three datasets, each rated alike in all criteria."""
    for id, mass, value in (("a", 70, a), ("b", 25, b), ("c", 5, c)):
        parts.part(id, mass, "kg", dataset=id, **alike(value))
    return parts


class TestMostRelevant:
    def test_the_largest_until_the_share_is_reached(self, parts):
        """70 + 25 of 100 reach 80 %, 70 alone do not; for 70 % the largest is enough."""
        lines = three(parts, 1, 1, 1).footprint("pef").lines
        assert {source_of(line) for line in most_relevant(lines, 0.8)} == {"a", "b"}
        assert {source_of(line) for line in most_relevant(lines, 0.7)} == {"a"}
        assert len(most_relevant(lines, 1.0)) == 3
        assert most_relevant([], 0.8) == []

    def test_a_dataset_counts_with_all_its_lines(self, parts):
        """Two lines of 30 kg of one dataset are larger than one of 40 kg."""
        parts.part("x", 30, "kg", dataset="a").part("y", 30, "kg", dataset="a").part("z", 40, "kg", dataset="b")
        lines = parts.footprint("pef").lines
        assert [line.line for line in most_relevant(lines, 0.5)] == ["x", "y"]

    def test_only_they_are_rated_under_pef(self, parts):
        """PEF: (70 × 2 + 25 × 4) / 95 = 2.526…; the 5 kg rated 5 do not count."""
        quality = three(parts, 2, 4, 5).footprint("pef").quality
        assert quality.rating == pytest.approx(240 / 95)
        assert quality.level.en == "good"

    def test_everything_is_rated_under_iso(self, parts):
        """ISO 14067 names no share: (70 × 2 + 25 × 4 + 5 × 5) / 100 = 2.65, and has no levels."""
        quality = three(parts, 2, 4, 5).footprint("iso-14067").quality
        assert quality.rating == pytest.approx(2.65)
        assert not quality.level

    @pytest.mark.parametrize(
        ("value", "level"),
        [(1.5, "excellent"), (1.6, "very good"), (2, "very good"), (3, "good"), (4, "fair"), (5, "poor")],
    )
    def test_levels(self, parts, value, level):
        """PEF calls a rating up to 1.5 excellent, up to 2 very good, 3 good, 4 fair, beyond poor."""
        assert three(parts, value, value, value).footprint("pef").quality.level.en == level


class TestLimits:
    def test_secondary_data_up_to_three(self, parts):
        """Of the two most relevant datasets the one rated 3 passes, 3.5 does not; the third is not asked."""
        (found,) = said(three(parts, 3, 3.5, 5).footprint("pef"), "ZJ546")
        assert found == {"source": "b", "criterion": "mean DQR", "rating": "3.5", "limit": "3"}

    @pytest.mark.parametrize(
        ("ratings", "expected"),
        [
            (dict.fromkeys(CRITERIA, 1), []),
            ({"technology": 1, "geography": 1, "time": 1, "precision": 3}, []),
            ({"technology": 2, "geography": 1, "time": 2, "precision": 1}, []),
            ({"technology": 2, "geography": 2, "time": 2, "precision": 1}, ["mean DQR"]),
            ({"technology": 3, "geography": 1, "time": 1, "precision": 1}, ["technology TeR"]),
            ({"technology": 1, "geography": 1, "time": 1, "precision": 4}, ["mean DQR", "precision P"]),
        ],
    )
    def test_company_data(self, folder, ratings, expected):
        """PEF: a company-specific dataset has P ≤ 3, the other criteria ≤ 2 and a mean ≤ 1.5."""
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(10, "kg", data_quality=ratings)}
        footprint = folder.process("work", [gas], produces="thing").footprint("pef")
        assert [found["criterion"] for found in said(footprint, "ZJ546")] == expected

    def test_what_nobody_rated(self, parts):
        """25 of the 95 kg of the most relevant processes have no rating; ISO 14067 sets no limit and asks nothing."""
        parts.part("a", 70, "kg", dataset="a", **alike(2)).part("b", 25, "kg", dataset="b")
        parts.part("c", 5, "kg", dataset="c")
        (found,) = said(parts.footprint("pef"), "ZJ545")
        assert (found["share"], found["list"]) == ("26%", "b")
        assert said(parts.footprint("iso-14067"), "ZJ545") == []

    @pytest.mark.parametrize(("stand_in", "expected"), [(10, 0), (11, 1)])
    def test_stand_ins(self, folder, stand_in, expected):
        """Up to 10 % of the result may rest on stand-ins under PEF."""
        folder.background("real", 1, "kgCO2e/kg").background("other", 1, "kgCO2e/kg", proxy="another alloy")
        folder.part("r", 100 - stand_in, "kg", dataset="real").part("o", stand_in, "kg", dataset="other")
        found = said(folder.footprint("pef"), "ZJ547")
        assert len(found) == expected
        assert all(f["list"] == "other" and f["share"] == "11.0%" for f in found)


class TestRates:
    @pytest.mark.parametrize(("rates", "expected"), [("factor", 4), ("both", 3), ("activity_or_factor", 2)])
    def test_what_is_rated(self, folder, tmp_path, rates, expected):
        """A dataset rated 4 on a line rated 2: the factor alone, their mean, or the line before the factor."""
        book = BookFolder(tmp_path / "mine", data_quality={"criteria": RATED})
        book.parameters["data_quality.rates"] = book.parameter(rates)
        quality = dict.fromkeys(CRITERIA, 4)
        emitted = [{"gas": "CO2 fossil", "amount": 1, "unit": "kg"}]
        source = {"citation": "test", "redistribute": "yes"}
        dataset = {"id": "d", "name": "d", "unit": "kg", "source": source, "interventions": emitted,
                   "data_quality": quality}  # fmt: skip
        folder.documents["background.yaml"] = {"datasets": [dataset]}
        footprint = folder.part("p", 1, "kg", dataset="d", **alike(2)).footprint(book.open(), starter=True)
        assert footprint.quality.rating == pytest.approx(expected)

    def test_an_unknown_way(self, folder, tmp_path):
        """A misspelt way in a rulebook is refused with those that there are."""
        book = BookFolder(tmp_path / "mine", data_quality={"criteria": RATED})
        book.parameters["data_quality.rates"] = book.parameter("dataset")
        folder.background("d", 1, "kgCO2e/kg").part("p", 1, "kg", dataset="d")
        with pytest.raises(RulebookError, match="is dataset; there are factor, both, activity_or_factor"):
            folder.footprint(book.open())


class TestPrimaryShare:
    @pytest.fixture
    def credited(self, folder: StudyFolder) -> StudyFolder:
        """60 kg CO2e of primary data, 20 kg of secondary, and a credit of 40 kg of secondary data."""
        folder.background("own", 1, "kgCO2e/kg", primary_share=1).background("other", 1, "kgCO2e/kg")
        folder.part("own", 60, "kg", dataset="own").part("other", 20, "kg", dataset="other")
        credit = {"id": "credit", "role": "auxiliary", "dataset": "other", "amount": datum(-40, "kg", note="credit")}
        return folder.process("work", [credit], produces="thing")

    def test_pact_by_size(self, credited):
        """PACT, stated default for credits: 60 / (60 + 20 + 40) = 0.5."""
        assert credited.footprint("pact-3").primary_data_share == pytest.approx(0.5)

    def test_pact_without_uptake(self, credited):
        """An uptake of 30 kg of biogenic CO2 by secondary data changes nothing under PACT: 60 / (60 + 20 + 40)."""
        uptake = {"id": "wood", "gas": "CO2 biogenic", "amount": datum(-30, "kg", "secondary", note="wood")}
        credited.documents["processes/work.yaml"]["exchanges"].append(uptake)
        assert credited.footprint("pact-3").primary_data_share == pytest.approx(0.5)

    def test_catena_x_without_credits(self, credited):
        """Catena-X, stated default: burdens alone weigh, 60 / (60 + 20) = 0.75."""
        assert credited.footprint("catenax-4", date(2025, 12, 1)).primary_data_share == pytest.approx(0.75)

    def test_catena_x_forecasts_have_none(self, credited):
        """A footprint of a period that has not begun has a share of 0 under Catena-X, not under PACT."""
        credited.head["reporting_period"] = {"start": "2026-01-01", "end": "2026-12-31"}
        assert credited.footprint("catenax-4", date(2025, 12, 1)).primary_data_share == 0
        assert credited.footprint("pact-3", date(2025, 12, 1)).primary_data_share == pytest.approx(0.5)
