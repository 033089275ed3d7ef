"""What each rulebook does with a kWh: classes, shares, factors, and the reason for each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from zuji.background.gwp import gwp_table
from zuji.rulebooks import codes
from zuji.rulebooks.book import Book, open_book
from zuji.rulebooks.context import Context
from zuji.rulebooks.shared import shared_tables
from zuji.rulebooks.strategies.electricity import Share, electricity_shares
from zuji.study.codes import OVERCLAIMED

from .building import BOOKS, DAY, BookFolder, StudyFolder, case, datum, errors, extending, found

CASE = case("electricity-by-rulebook")
CRITERIA = shared_tables()["instrument_criteria"]
EXPECTED = CASE["expected_kgco2e"]
USED = CASE["consumption_kwh"]


def hundred_mwh(folder: StudyFolder, *, energy: float = 100000) -> StudyFolder:
    """The plant of the case; process `work` takes all its electricity for one product."""
    factors = CASE["factors"]
    folder.electricity("pv", factors["pv"]).electricity("wind", factors["wind"])
    folder.electricity("average", factors["average"]).electricity("residual", factors["residual"])
    folder.choose(average_mix__CN="average")
    work = {"id": "power", "electricity": "works", "amount": datum(energy, "kWh")}
    return folder.process("work", [work], produces="thing")


def metered(folder: StudyFolder) -> StudyFolder:
    """The meters and the contract of the case."""
    folder.meter("roof", USED["own_pv"], "on_site", dataset="pv")
    folder.meter("grid", USED["contract"] + USED["grid"])
    return folder.instrument("C1", USED["contract"], "wind")


def shares_of(folder: StudyFolder, book: str | Book, process: str = "work") -> dict[str, Share]:
    """The electricity classes of a process by their id."""
    study = folder.study()
    opened = open_book(book) if isinstance(book, str) else book
    context = Context(study, folder.own_background(), gwp_table(), opened, opened.version(DAY), DAY)
    shares = electricity_shares(context, "works", process, "", study.processes["work"].place)
    return {share.id: share for share in shares}


def pef(path: Path) -> Book:
    """The order of Recommendation (EU) 2021/2279: supplier-specific product, else the residual mix."""
    folder = BookFolder(path / "pef_like")
    folder.rules["electricity"]["base"]["value"] = "residual_mix"
    folder.except_when("electricity", "source_class == 'instrument' and criteria_met", "instrument_factor")
    for source in ("on_site", "direct_line"):
        folder.except_when("electricity", f"source_class == '{source}' and not certificate_sold", "own_factor")
    return folder.open()


class TestTheSameHundredMegawattHours:
    def test_eu_takes_own_generation_and_the_national_average(self, folder):
        """Under the EU rules the certificates do not count: 20 MWh own, 80 MWh national average."""
        footprint = metered(hundred_mwh(folder)).footprint("eu-cfb-ind", starter=True)
        assert footprint.total == pytest.approx(EXPECTED["eu_cfb"], rel=1e-12)
        assert {row.source: row.attribution for row in footprint.electricity} == {
            "C1": "national_average",
            "grid": "national_average",
            "on_site:pv": "own_factor",
        }
        assert [str(f.params) for f in found(footprint, "ZJ410")] != []

    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_iso_and_gb_take_the_contract_and_the_residual_mix(self, folder, book):
        """With a residual mix named by the study: 20 own, 40 contract, 40 residual."""
        metered(hundred_mwh(folder)).choose(residual_mix__CN="residual")
        footprint = folder.footprint(book, starter=True)
        assert footprint.total == pytest.approx(EXPECTED["iso_with_residual_mix"], rel=1e-12)
        assert found(footprint, "ZJ412") == []

    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_without_residual_mix_the_average_stands_in_and_says_so(self, folder, book):
        """No residual mix is known for China: the average takes its place, with a note."""
        footprint = metered(hundred_mwh(folder)).footprint(book)
        assert footprint.total == pytest.approx(EXPECTED["iso_without_residual_mix"], rel=1e-12)
        assert len(found(footprint, "ZJ412")) == 1
        (grid,) = [row for row in footprint.electricity if row.source == "grid"]
        assert (grid.attribution, grid.dataset) == ("national_average", "average")

    def test_a_fourth_rulebook_is_a_folder(self, folder, tmp_path):
        """A folder of YAML outside the package, opened by its path, gives the figure of the PEF method."""
        metered(hundred_mwh(folder)).choose(residual_mix__CN="residual")
        footprint = folder.footprint(pef(tmp_path), starter=True)
        assert footprint.total == pytest.approx(EXPECTED["pef"], rel=1e-12)
        assert footprint.total == pytest.approx(EXPECTED["pact_market_based"], rel=1e-12)
        assert footprint.system.book.id == "pef_like"

    def test_pef_contract_that_fails_takes_the_residual_mix(self, folder, tmp_path):
        """A contract that was not retired does not count: its kWh take the residual mix, with a warning."""
        hundred_mwh(folder).choose(residual_mix__CN="residual")
        folder.meter("roof", 20000, "on_site", dataset="pv").meter("grid", 80000)
        folder.instrument("C1", 40000, "wind", retired_on="")
        footprint = folder.footprint(pef(tmp_path))
        assert footprint.total == pytest.approx(EXPECTED["pef_contract_fails"], rel=1e-12)
        (finding,) = found(footprint, "ZJ411")
        assert finding.shown("en")["criteria"] == CRITERIA["retired"]["name"]["en"]

    def test_location_based_is_a_rule_of_one_line(self, folder, tmp_path):
        """A book that extends another and only replaces the rule for electricity gives the location-based figure."""
        metered(hundred_mwh(folder)).choose(residual_mix__CN="residual")
        book = extending(tmp_path / "location_based", "iso-14067")
        book.rules["electricity"] = BookFolder(tmp_path / "x").rules["electricity"]
        book.except_when("electricity", "source_class == 'on_site'", "own_factor")
        assert folder.footprint(book.open()).total == pytest.approx(EXPECTED["location_based"], rel=1e-12)

    def test_the_electricity_table_adds_up(self, folder):
        """The rows of the table carry the whole energy, the whole result and shares that add up to one."""
        footprint = metered(hundred_mwh(folder)).footprint("eu-cfb-ind")
        rows = footprint.electricity
        assert sum(row.energy for row in rows) == pytest.approx(100000, rel=1e-12)
        assert sum(row.value for row in rows) == pytest.approx(footprint.total, rel=1e-12)
        assert sum(row.share for row in rows) == pytest.approx(1, rel=1e-12)
        for row in rows:
            assert row.factor == pytest.approx(row.value / row.energy)
            assert row.clause
            assert row.reason.zh
            assert row.reason.en


class TestClasses:
    def test_shares_are_exact_and_add_up_to_one(self, folder):
        """Shares are fractions: sevenths stay sevenths, and their sum is exactly one."""
        hundred_mwh(folder).meter("roof", 1, "on_site", dataset="pv").meter("line", 2, "direct_line", dataset="wind")
        shares = shares_of(folder.meter("grid", 4), "iso-14067")
        assert [shares[i].share.value for i in ("on_site:pv", "direct_line:wind", "grid")] == [
            Fraction(1, 7), Fraction(2, 7), Fraction(4, 7),
        ]  # fmt: skip
        assert sum(share.share.value for share in shares.values()) == 1

    @pytest.mark.parametrize("book", BOOKS)
    @pytest.mark.parametrize("supply", ["on_site", "direct_line"])
    def test_a_sold_certificate_loses_the_own_factor(self, folder, book, supply):
        """Who sells the certificate cannot use the electricity: those kWh count as grid electricity."""
        hundred_mwh(folder).choose(residual_mix__CN="residual")
        folder.meter("kept", 50, supply, dataset="pv").meter("sold", 50, supply, dataset="pv", certificate_sold="yes")
        shares = shares_of(folder, book)
        sold = "average" if book == "eu-cfb-ind" else "residual"
        assert {id: share.dataset for id, share in shares.items()} == {
            f"{supply}:pv": "pv",
            f"{supply}-sold:pv": sold,
        }

    @pytest.mark.parametrize("book", BOOKS)
    def test_a_direct_line_takes_its_own_factor(self, folder, book):
        """Electricity over a dedicated line takes the factor of its generator."""
        footprint = hundred_mwh(folder).meter("line", 9, "direct_line", dataset="wind").footprint(book)
        assert footprint.total == pytest.approx(100000 * 0.02)

    @pytest.mark.parametrize("book", BOOKS)
    def test_own_generation_without_dataset_is_an_error(self, folder, book):
        """The factor of a generator is not guessed."""
        footprint = hundred_mwh(folder).meter("roof", 9, "on_site").meter("grid", 1).footprint(book)
        assert "ZJ414" in errors(footprint)
        assert not footprint.complete

    @pytest.mark.parametrize("book", BOOKS)
    def test_without_meters_everything_is_grid(self, folder, book):
        """No reading at all: grid electricity, with a note that names the plant."""
        footprint = hundred_mwh(folder).footprint(book)
        assert footprint.total == pytest.approx(57770)
        assert [dict(f.params)["plant"] for f in found(footprint, "ZJ409")] == ["works"]

    @pytest.mark.parametrize("book", BOOKS)
    def test_electricity_of_another_country(self, folder, book):
        """An exchange that names a country takes the mix of that country."""
        folder.electricity("mix-se", "0.03").choose(average_mix__SE="mix-se")
        power = {"id": "power", "electricity": "", "role": "energy", "country": "SE", "amount": datum(10, "kWh")}
        folder.process("work", [power | {"electricity": "works"}], produces="thing")
        assert folder.footprint(book).total == pytest.approx(0.3)

    def test_the_starter_set_has_a_mix_for_a_country_of_the_table(self, folder):
        """Without a choice, China takes the factor of the year of the data and other countries that of Ember."""
        work = {"id": "power", "electricity": "works", "amount": datum(1, "kWh")}
        folder.process("work", [work], produces="thing")
        (chinese,) = folder.footprint("eu-cfb-ind", starter=True).electricity
        assert (chinese.dataset, chinese.factor) == ("cn-cf-2024-national", pytest.approx(0.5777))
        folder.head["reporting_period"] = {"start": "2023-01-01", "end": "2023-12-31"}
        (before,) = folder.footprint("eu-cfb-ind", starter=True).electricity
        assert before.dataset == "cn-cf-2023-national"
        folder.head["plants"][0]["country"] = "DE"
        (german,) = folder.footprint("eu-cfb-ind", starter=True).electricity
        assert german.dataset == "ember-DEU"

    def test_a_country_without_mix_is_an_error(self, folder):
        """Electricity of a country that no table knows does not count as zero."""
        folder.head["plants"][0]["country"] = "XK"
        work = {"id": "power", "electricity": "works", "amount": datum(1, "kWh")}
        footprint = folder.process("work", [work], produces="thing").footprint("eu-cfb-ind")
        assert errors(footprint) == ["ZJ413"]
        assert not footprint.complete


class TestInstruments:
    @pytest.mark.parametrize(
        ("change", "criterion"),
        [
            ({"retired_on": ""}, "retired"),
            ({"beneficiary": ""}, "beneficiary"),
            ({"generated_start": "2023-12-31"}, "vintage"),
            ({"generated_end": "2025-01-01"}, "vintage"),
            ({"country": "SE"}, "market"),
        ],
    )
    @pytest.mark.parametrize("book", ["iso-14067", "gbt-24067"])
    def test_an_instrument_must_meet_every_criterion(self, folder, book, change, criterion):
        """One criterion that fails is enough, and the warning names it; the kWh take the residual mix."""
        hundred_mwh(folder).meter("grid", 80).instrument("C1", 40, "wind", **change).choose(residual_mix__CN="residual")
        footprint = folder.footprint(book)
        (finding,) = found(footprint, "ZJ411")
        assert finding.shown("en")["criteria"] == CRITERIA[criterion]["name"]["en"]
        assert footprint.total == pytest.approx(62000)

    def test_instruments_that_exceed_the_grid_energy(self, folder):
        """More claimed than metered is an error of the study; the claims count for what was metered, not for more."""
        hundred_mwh(folder).meter("grid", 80).instrument("C1", 100, "wind")
        (claim,) = shares_of(folder, "iso-14067").values()
        assert (claim.id, claim.share.value, claim.energy) == ("C1", 1, 80)
        # The product takes 100 MWh where only 80 were metered: that is an error of its own.
        assert errors(folder.footprint("iso-14067")) == [OVERCLAIMED.code, codes.MORE_THAN_METERED.code]

    def test_instruments_leave_own_generation_alone(self, folder):
        """Instruments claim grid kWh only: with too many of them the share of the roof stays what the meters say."""
        hundred_mwh(folder).meter("roof", 20, "on_site", dataset="pv").meter("grid", 80)
        shares = shares_of(folder.instrument("C1", 60, "wind").instrument("C2", 60, "wind"), "iso-14067")
        assert shares["on_site:pv"].share.value == Fraction(1, 5)
        assert shares["C1"].share.value == shares["C2"].share.value == Fraction(2, 5)

    def test_instruments_without_grid_electricity_claim_nothing(self, folder):
        """A plant that takes nothing from the grid has nothing that an instrument could claim."""
        hundred_mwh(folder).meter("roof", 20, "on_site", dataset="pv").instrument("C1", 5, "wind")
        assert set(shares_of(folder, "iso-14067")) == {"on_site:pv"}


class TestProcessesBeforePlants:
    def test_meters_of_a_process_come_first(self, folder):
        """A process with a meter of its own takes its own shares, all others those of the plant."""
        hundred_mwh(folder).meter("roof", 50, "on_site", dataset="pv").meter("grid", 50)
        folder.meter("own", 10, process="work").process("other", [])
        assert {id: s.share.value for id, s in shares_of(folder, "iso-14067").items()} == {"grid": 1}
        other = shares_of(folder, "iso-14067", "other")
        assert {id: s.share.value for id, s in other.items()} == {"on_site:pv": Fraction(1, 2), "grid": Fraction(1, 2)}

    def test_a_certificate_of_the_plant_is_not_claimed_twice(self, folder):
        """40 kWh of certificates cover 40 of the plant's 100 kWh, however its meters are divided by process."""
        hundred_mwh(folder).meter("own", 10, process="work").meter("grid", 90).process("other", [])
        folder.instrument("C1", 40, "wind")
        claimed = sum(shares_of(folder, "iso-14067", process)["C1"].energy for process in ("work", "other"))
        assert claimed == 40
        assert shares_of(folder, "iso-14067")["C1"].share.value == Fraction(2, 5)
        assert shares_of(folder, "iso-14067", "other")["C1"].share.value == Fraction(2, 5)

    def test_instruments_of_a_process_come_first(self, folder):
        """A certificate for one process counts for that process alone and leaves those of the plant to the others."""
        hundred_mwh(folder).meter("own", 10, process="work").meter("grid", 90).process("other", [])
        folder.instrument("C1", 45, "wind").instrument("C2", 5, "wind", process="work")
        assert {id: s.share.value for id, s in shares_of(folder, "iso-14067").items()} == {
            "C2": Fraction(1, 2),
            "grid": Fraction(1, 2),
        }
        assert shares_of(folder, "iso-14067", "other")["C1"].share.value == Fraction(1, 2)

    def test_the_table_shows_the_share_of_the_plant(self, folder):
        """Two processes with meters of their own: the table shows what part of the plant's electricity a row is."""
        hundred_mwh(folder, energy=10).meter("own", 10, process="work").meter("grid", 90, process="other")
        folder.meter("roof", 90, "on_site", process="other", dataset="pv")
        take = {"id": "half", "process": "other", "amount": datum(1, "item")}
        power = {"id": "power", "electricity": "works", "amount": datum(30, "kWh")}
        folder.documents["processes/work.yaml"]["exchanges"].append(take)
        folder.process("other", [power])
        rows = {row.source: row for row in folder.footprint("iso-14067").electricity}
        assert rows["grid"].energy == pytest.approx(25)
        assert rows["grid"].share == pytest.approx(25 / 40)
        assert rows["on_site:pv"].share == pytest.approx(15 / 40)


class TestDirectOnly:
    @pytest.mark.parametrize("book", BOOKS)
    @pytest.mark.parametrize("where", ["own", "instrument", "average", "residual", "use", "line"])
    def test_a_direct_only_factor_is_refused(self, folder, book, where):
        """A factor that counts only the power station is refused as electricity wherever it is named."""
        hundred_mwh(folder).electricity("stack", 0.5, scope="direct").meter("grid", 80).choose(residual_mix__CN="stack")
        if where == "own":
            folder.meter("roof", 20, "on_site", dataset="stack")
        elif where == "instrument":
            folder.instrument("C1", 40, "stack")
        elif where == "average":
            folder.choose(average_mix__CN="stack")
        elif where == "use":
            folder.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(10, "cycle")}
            folder.head["use"] = {"round_trip_efficiency": datum(0.9), "electricity": "stack"}
        elif where == "line":
            folder.part("energy", 5, "kWh", dataset="stack")
        counted = where in ("own", "average", "line") or book != "eu-cfb-ind"
        footprint = folder.footprint(book)
        assert ("ZJ403" in errors(footprint)) == counted
        assert footprint.complete != counted
