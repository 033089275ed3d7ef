"""Criteria of instruments and steps to a residual mix: data of each rulebook, named in finding and reason."""

from __future__ import annotations

import pytest

from zuji.errors import RulebookError
from zuji.rulebooks.book import Book, open_book, registry
from zuji.rulebooks.shared import shared_tables

from .building import BookFolder, StudyFolder, datum, found

LADDER = "electricity.residual_ladder"


def metered(folder: StudyFolder, country: str = "CN") -> StudyFolder:
    """80 kWh of grid electricity, of which 40 kWh are claimed by `C1` of a wind farm."""
    folder.head["plants"][0]["country"] = country
    folder.electricity("wind", 0.01).electricity("average", 0.6).electricity("residual", 0.7).electricity("region", 0.5)
    folder.choose(**{f"average_mix__{country}": "average"})
    work = {"id": "power", "electricity": "works", "amount": datum(80, "kWh")}
    return folder.process("work", [work], produces="thing").meter("grid", 80)


def book_of(path, **parameters) -> Book:
    """A rulebook that takes an instrument which meets every criterion, else the residual mix."""
    folder = BookFolder(path / "mine")
    folder.rules["electricity"]["base"]["value"] = "residual_mix"
    folder.except_when("electricity", "source_class == 'instrument' and criteria_met", "instrument_factor")
    for id, value in parameters.items():
        folder.parameters[id.replace("__", ".")] = folder.parameter(value)
    return folder.open()


class TestKinds:
    @pytest.mark.parametrize(("type_", "total"), [("gec", 40 * 0.6 + 40 * 0.6), ("ppa", 40 * 0.01 + 40 * 0.6)])
    def test_only_kinds_that_the_book_accepts(self, folder, tmp_path, type_, total):
        """40 kWh under a contract count with the wind farm, under a certificate with the remaining mix."""
        book = book_of(
            tmp_path, electricity__instrument_criteria=["retired", "kind"], electricity__instrument_kinds=["ppa"]
        )
        footprint = metered(folder).instrument("C1", 40, "wind", type=type_).footprint(book)
        assert footprint.total == pytest.approx(total)
        failed = found(footprint, "ZJ411")
        assert len(failed) == (type_ == "gec")
        for finding in failed:
            assert finding.shown("en") == {
                "instrument": "C1 (gec)", "criteria": "a kind of instrument that the rulebook accepts",
            }  # fmt: skip
            assert finding.clause == "1"

    def test_ghgp_takes_no_unbundled_certificate(self, folder):
        """Under the Product Standard electricity is specific to a supplier: a certificate alone is none."""
        metered(folder).instrument("C1", 40, "wind").instrument("C2", 40, "wind", type="ppa")
        (finding,) = found(folder.footprint("ghgp-product"), "ZJ411")
        assert finding.shown("en")["instrument"] == "C1 (gec)"

    def test_a_kind_that_does_not_exist(self, folder, tmp_path):
        """A misspelt kind in a rulebook is refused with those that there are."""
        book = book_of(tmp_path, electricity__instrument_kinds=["gecs"])
        metered(folder).instrument("C1", 40, "wind")
        with pytest.raises(RulebookError, match="no kind gecs; there are gec, irec, go, ppa"):
            folder.footprint(book)


class TestCriteria:
    def test_every_book_names_criteria_that_exist(self):
        """What a rulebook asks of instruments is in the shared table."""
        for id in registry():
            book = open_book(id)
            for _, parameter in book.parameters.history.get("electricity.instrument_criteria", ()):
                assert parameter is not None
                assert set(parameter.value) <= set(shared_tables()["instrument_criteria"]), id

    @pytest.mark.parametrize(
        ("criterion", "change", "fails"),
        [
            ("order", {"retired_on": "2024-02-29"}, True),
            ("order", {"retired_on": "2024-03-01"}, False),
            ("order", {"retired_on": ""}, False),
            ("vintage", {"generated_start": "2023-12-31"}, True),
            ("market", {"country": "SE"}, True),
        ],
    )
    def test_shared_criteria(self, folder, tmp_path, criterion, change, fails):
        """Each criterion looks at one thing: generation from 1 March to 30 September 2024, in China."""
        book = book_of(tmp_path, electricity__instrument_criteria=[criterion])
        footprint = metered(folder).instrument("C1", 40, "wind", **change).footprint(book)
        assert len(found(footprint, "ZJ411")) == fails

    def test_a_criterion_of_the_books_own(self, folder, tmp_path):
        """A rulebook may write a criterion as a condition; here it wants retirement and the beneficiary in one."""
        path = book_of(tmp_path, electricity__instrument_criteria=["proof"]).folder
        book = BookFolder(path)
        book.rules["electricity"]["base"]["value"] = "residual_mix"
        book.parameters["electricity.instrument_criteria"] = book.parameter(["proof"])
        proof = {"name": {"zh": "证明", "en": "proof"}, "holds": "retired and beneficiary"}
        book.main["strategies"]["electricity"]["criteria"] = {"proof": proof}
        open_book.cache_clear()
        metered(folder).instrument("C1", 40, "wind", beneficiary="")
        (finding,) = found(folder.footprint(book.open()), "ZJ411")
        assert finding.shown("zh")["criteria"] == "证明"

    @pytest.mark.parametrize(
        ("holds", "message"), [("retirred", "uses retirred; there are retired"), ("retired and", "cannot read")]
    )
    def test_a_condition_that_cannot_be_read(self, folder, tmp_path, holds, message):
        """An unknown fact or a broken condition is refused, naming the criterion."""
        book = BookFolder(tmp_path / "mine")
        book.main["strategies"]["electricity"]["criteria"] = {"mine": {"name": "x", "holds": holds}}
        metered(folder).instrument("C1", 40, "wind")
        with pytest.raises(RulebookError, match=f"criterion mine of instruments.*{message}"):
            folder.footprint(book.open())

    def test_a_criterion_that_nobody_wrote(self, folder, tmp_path):
        """A criterion that is asked for and not there is refused with those that there are."""
        book = book_of(tmp_path, electricity__instrument_criteria=["tracked"])
        metered(folder).instrument("C1", 40, "wind")
        with pytest.raises(RulebookError, match="no criterion tracked; there are retired, beneficiary"):
            folder.footprint(book)


class TestLadder:
    def reason(self, folder: StudyFolder, book: str | Book) -> str:
        (row,) = folder.footprint(book).electricity
        return row.reason.en

    def test_country_before_region(self, folder):
        """PEF takes the residual mix of the country where one is named, and says so."""
        metered(folder, "DE").choose(**{"residual_mix__DE": "residual", "residual_mix__EU-EFTA": "region"})
        footprint = folder.footprint("pef")
        assert footprint.total == pytest.approx(80 * 0.7)
        assert footprint.electricity[0].reason.en.endswith("residual mix of DE: 'residual'")
        assert found(footprint, "ZJ473") == found(footprint, "ZJ493") == []

    def test_region_where_the_country_has_none(self, folder):
        """Without one of the country that of the EU and EFTA stands in: a note, and both steps in the reason."""
        metered(folder, "DE").choose(**{"residual_mix__EU-EFTA": "region"})
        footprint = folder.footprint("pef")
        assert footprint.total == pytest.approx(80 * 0.5)
        assert "residual mix of DE: none known; residual mix of EU-EFTA: 'region'" in self.reason(folder, "pef")
        (note,) = found(footprint, "ZJ493")
        assert note.shown("en") == {"country": "DE", "region": "EU-EFTA", "dataset": "region", "book": "pef"}
        assert "electricity.residual_region.EU-EFTA" in footprint.system.parameters

    def test_stated_fallback(self, folder):
        """Without any residual mix the average mix is taken, and every step is named."""
        reason = self.reason(metered(folder, "DE"), "pef")
        assert reason.endswith(
            "residual mix of DE: none known; residual mix of EU-EFTA: none known; "
            "stated fallback: average mix of DE, 'average'"
        )
        assert len(found(folder.footprint("pef"), "ZJ412")) == 1

    def test_a_country_outside_the_region(self, folder):
        """A plant in China takes no European mix."""
        metered(folder).choose(**{"residual_mix__EU-EFTA": "region"})
        assert folder.footprint("pef").total == pytest.approx(80 * 0.6)

    def test_a_book_without_that_step(self, folder):
        """ISO 14067 names the country only: a mix of the region is not taken."""
        metered(folder, "DE").choose(**{"residual_mix__EU-EFTA": "region"})
        assert folder.footprint("iso-14067").total == pytest.approx(80 * 0.6)

    def test_a_step_that_does_not_exist(self, folder, tmp_path):
        """An unknown step is refused with those that there are."""
        book = book_of(tmp_path, electricity__residual_ladder=["country", "continent"])
        with pytest.raises(RulebookError, match="no step continent; there are country, region, average"):
            metered(folder).footprint(book)
