"""The statement of a site: four lines apart, what may be claimed, what limits it; the page; the tables of a study."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zuji import examples
from zuji.background.starter import starter
from zuji.datum import Period
from zuji.electricity.ledger import events as ev
from zuji.electricity.ledger.hours import local_hours, zone
from zuji.electricity.ledger.model import Connection, Device, DeviceKind
from zuji.electricity.ledger.open import open_ledger
from zuji.electricity.ledger.state import State
from zuji.electricity.ledger.store import Ledger
from zuji.electricity.matching.factors import UsedFactor, default_factor, grid_factor
from zuji.electricity.matching.page import page
from zuji.electricity.matching.spread import by_hour
from zuji.electricity.matching.statement import Offset, Statement, statement
from zuji.electricity.study_tables import ELECTRICITY, INSTRUMENTS, differences, kilowatt_hours, study_tables
from zuji.finding import Finding
from zuji.footprint.counted_electricity import counted, study_of
from zuji.rulebooks.book import open_book

EXAMPLE = examples.folder("lfp-storage-488kwh")
LOCATION, RESIDUAL = UsedFactor(0.5306, "location", year="2024"), UsedFactor(0.6096, "residual", year="2024")
DAY = date(2025, 3, 1)
YEAR = local_hours(date(2024, 1, 1), date(2024, 12, 31), zone("UTC"))
HOURS = YEAR[1] - YEAR[0]
WORKS = Device("works", DeviceKind.SITE, "CN", owner="maker")
WIND = Device("wind", DeviceKind.GENERATOR, "CN", "wind", owner="gen", dataset="cn-cf-2024-wind")
ROOF = Device(
    "roof", DeviceKind.GENERATOR, "CN", "pv", owner="maker", site="works", connection=Connection.ON_SITE,
    dataset="cn-cf-2024-pv",
)  # fmt: skip


@lru_cache(maxsize=1)
def example() -> Ledger:
    """The ledger of the demo study; read, never written."""
    ledger, findings = open_ledger(EXAMPLE / "power")
    assert findings == ()
    return ledger


def year(low: int, high: int) -> list[int]:
    """Two values in turn over the hours of 2024."""
    return [low, high] * (HOURS // 2)


def ledger_of(*drafts: ev.Draft, wind: list[int] | None = None, load: list[int] | None = None) -> Ledger:
    ledger = Ledger.in_memory(now=lambda: "2025-03-01T00:00:00Z")
    first = [
        *(ev.device(DAY, "op", one) for one in (WORKS, WIND, ROOF)),
        ev.reading(DAY, "op", "works", "grid_import", YEAR[0], load or year(10, 10)),
        ev.reading(DAY, "op", "wind", "generation", YEAR[0], wind or year(0, 20)),
    ]
    done = ledger.record([*first, *drafts])
    assert done.findings == (), [one.what("en") for one in done.findings]
    return ledger


def irec(id: str, wh: int, start: int = YEAR[0], hours: int = HOURS, **more: Any) -> list[ev.Draft]:
    """A certificate of the wind farm over these hours, cancelled for the year."""
    fields = {"scheme": "i-rec", "device": "wind", "owner": "maker", **more}
    return [
        ev.issue(DAY, "reg", id, start=start, wh=wh, slot=hours, **fields),
        ev.cancel(DAY, "maker", id, f"X-{id}", "works", start=YEAR[0], end=YEAR[1], beneficiary="maker"),
    ]


def stated(state: State, **more: Any) -> Statement:
    found = statement(state, "works", 2024, LOCATION, RESIDUAL, **more)
    assert isinstance(found, Statement)
    return found


class TestLines:
    def test_100_percent_by_the_year_is_50_by_the_hour(self) -> None:
        """T8 through the ledger: 10 Wh an hour against wind of 20 every second hour: 100 % and 50 %, 0 kg and
        10 × 8784 / 2 Wh × 0.6096 kg/kWh = 26.77 kg."""
        found = stated(ledger_of(*irec("I", 10 * HOURS)).state)
        assert (found.account.annual_share, found.account.hourly_share) == (1, 0.5)
        assert found.lines["market_based_annual"] == 0
        assert found.lines["market_based_hourly"] == pytest.approx(10 * HOURS / 2 / 1000 * 0.6096, rel=1e-12)
        assert found.lines["location_based"] == pytest.approx(10 * HOURS / 1000 * 0.5306, rel=1e-12)
        assert found.findings == ()

    def test_offsets_are_a_line_of_their_own(self) -> None:
        """Offsets change no other line."""
        state = ledger_of(*irec("I", 5 * HOURS)).state
        without, with_them = stated(state), stated(state, offsets=[Offset("CCER-1", 1000.0)])
        assert with_them.lines["offsets"] == 1_000_000
        for name in ("location_based", "market_based_annual", "market_based_hourly"):
            assert with_them.lines[name] == without.lines[name]

    def test_sold_roof_certificates(self) -> None:
        """L9: half of the roof's certificates were sold: half of its own use counts as residual, and the study's table
        says so."""
        roof = [ev.reading(DAY, "op", "roof", "generation", YEAR[0], year(2, 2))]
        sold = ev.issue(DAY, "reg", "R", "i-rec", "roof", YEAR[0], HOURS, slot=HOURS, owner="maker")
        ledger = ledger_of(*roof, sold, ev.transfer(DAY, "maker", "R", "buyer"))
        found = stated(ledger.state)
        assert (found.account.own, found.account.own_sold) == (2 * HOURS, HOURS)
        assert found.lines["market_based_hourly"] == pytest.approx((10 + 1) * HOURS / 1000 * 0.6096, rel=1e-12)
        assert found.lines["location_based"] == pytest.approx(10 * HOURS / 1000 * 0.5306, rel=1e-12)
        tables = study_tables(ledger.state, Period(date(2024, 1, 1), date(2024, 12, 31)), {"works": "works"})
        rows = [row for row in tables.electricity if row["meter"] == "roof"]
        by_flag = {f: sum(float(r["amount"]) for r in rows if r["certificate_sold"] == f) for f in ("yes", "no")}
        assert by_flag == pytest.approx({"yes": HOURS / 1000, "no": HOURS / 1000}, rel=1e-12)

    def test_a_certificate_follows_the_meter_of_its_device(self) -> None:
        """A month's certificate is spread as the device generated, keeps its sum, and is metered; without hourly meter
        it is estimated and the statement says so."""
        ledger = ledger_of(*irec("I", 7001, hours=744))
        one = ledger.state.certificates["I"]
        hours = by_hour(ledger.state, one, one.issued)
        assert (int(hours.wh.sum()), int(hours.wh[::2].sum()), hours.method) == (7001, 0, "metered")
        ledger.state.readings["wind", "generation"] = [(YEAR[0], YEAR[1], 5, "measured", "flat")]
        assert by_hour(ledger.state, one, one.issued).method == "estimated"
        assert {f.code for f in stated(ledger.state).findings} == {"ZJ681"}

    def test_two_cancellations_of_one_certificate_are_one_supply(self) -> None:
        """Half of an hourly certificate now and half later count as the whole, hour by hour."""
        span = {"basis": "hourly", "start": YEAR[0], "end": YEAR[1]}
        drafts = [ev.issue(DAY, "reg", "G", "granular", "wind", YEAR[0], year(0, 10), owner="maker")]
        drafts += [ev.cancel(DAY, "maker", "G", f"X{i}", "works", wh=year(0, 5), **span) for i in range(2)]
        found = stated(ledger_of(*drafts).state)
        (line,) = found.account.lines
        assert (line.energy, line.used_hourly, found.account.hourly_share) == (5 * HOURS, 5 * HOURS, 0.5)
        assert "granular.vintage" in found.unverified

    def test_what_limits_a_statement(self) -> None:
        """A year with gaps, estimated load, and a factor of another year are said."""
        ledger = ledger_of(load=[10] * 100)
        codes = {
            f.code for f in statement(ledger.state, "works", 2024, UsedFactor(0.5, "x", year="2021"), RESIDUAL).findings
        }  # type: ignore[union-attr]
        assert codes == {"ZJ688", "ZJ689"}
        ledger.state.readings["works", "grid_import"] = [(YEAR[0], YEAR[0] + 100, 4, "estimated", "")]
        assert "ZJ682" in {f.code for f in stated(ledger.state).findings}

    @pytest.mark.parametrize(("site", "code"), [("nowhere", "ZJ673"), ("wind", "ZJ673")])
    def test_no_statement(self, site: str, code: str) -> None:
        """What is no site has no statement, nor a year without load."""
        state = ledger_of().state
        found = statement(state, site, 2024, LOCATION, RESIDUAL)
        assert isinstance(found, Finding)
        assert found.code == code
        empty = statement(state, "works", 2019, LOCATION, RESIDUAL)
        assert isinstance(empty, Finding)
        assert empty.code == "ZJ680"


class TestPlan:
    def test_what_could_be_cancelled_and_what_not(self) -> None:
        """Live certificates of the owner count in a plan; those of another market, an expired one and another's do not,
        and the reason is named."""
        abroad = Device("abroad", DeviceKind.GENERATOR, "DE", "wind", owner="gen")
        old = local_hours(date(2023, 6, 1), date(2023, 6, 30), zone("UTC"))
        drafts = [
            ev.device(DAY, "op", abroad),
            ev.reading(DAY, "op", "abroad", "generation", YEAR[0], [5]),
            ev.reading(DAY, "op", "wind", "generation", old[0], [2_000_000] * (old[1] - old[0])),
            ev.issue(DAY, "reg", "good", "granular", "wind", YEAR[0], year(0, 15), owner="maker"),
            ev.issue(DAY, "reg", "far", "granular", "abroad", YEAR[0], [5], owner="maker"),
            ev.issue(DAY, "reg", "old", "cn-gec", "wind", old[0], 1_000_000, slot=old[1] - old[0], owner="maker"),
            ev.issue(DAY, "reg", "theirs", "granular", "wind", YEAR[0], [0, 5], owner="gen"),
        ]
        found = stated(ledger_of(*drafts).state, plan_on=date(2026, 3, 1))
        assert [line.id for line in found.account.lines] == ["good"]
        assert found.account.hourly_share == 0.5
        reasons = {f.shown("en")["certificate"]: f.shown("en")["reason"] for f in found.findings}
        assert set(reasons) == {"far", "old"}
        assert "DE" in reasons["far"]
        assert "2025-12-31" in reasons["old"]


class TestClaim:
    WORDS = re.compile(r"zero-carbon|零碳")

    def test_only_with_method_vintage_boundary_and_hourly_share(self) -> None:
        """The words stand there only when all is matched by the year, and then with everything beside them."""
        found = stated(ledger_of(*irec("I", 10 * HOURS)).state)
        for text in (found.claim.zh, found.claim.en):
            assert all(part in text for part in ("i-rec", "2024", "CN", "50.0"))
        assert self.WORDS.search(found.claim.en)

    @pytest.mark.parametrize("wh", [0, 1, 10 * HOURS - 1])
    def test_never_for_less_than_all(self, wh: int) -> None:
        """One Wh less than all: neither claim, page nor JSON use the words, and 99.99 % is not shown as 100 %."""
        found = stated(ledger_of(*(irec("I", wh) if wh else ())).state)
        for text in (found.claim.zh, found.claim.en, page(found), found.json.decode()):
            assert not self.WORDS.search(text)
        assert "100.0" not in found.claim.en

    def test_an_hourly_share_below_all_is_not_shown_as_all(self) -> None:
        """9,999 and 10,001 Wh in turn against 10,000: all by the year, 19,999 of 20,000 by the hour."""
        wind, load = year(9_999, 10_001), year(10_000, 10_000)
        found = stated(ledger_of(*irec("I", 10_000 * HOURS), wind=wind, load=load).state)
        assert found.account.hourly_share == pytest.approx(0.99995)
        for text in (found.claim.zh, found.claim.en):
            assert self.WORDS.search(text)
            assert "99.9 %" in text

    def test_own_use_alone_names_the_year_as_its_vintage(self) -> None:
        """A site that lives on its own roof: method on_site, vintage 2024, market CN, 100 % by the hour."""
        roof = ev.reading(DAY, "op", "roof", "generation", YEAR[0], year(10, 10))
        export = ev.reading(DAY, "op", "roof", "export", YEAR[0], year(0, 0))
        found = stated(ledger_of(roof, export, load=year(0, 0)).state)
        for text in (found.claim.zh, found.claim.en):
            assert self.WORDS.search(text)
            assert all(part in text for part in ("on_site", "2024", "CN", "100.0"))

    def test_emitting_certificates_make_no_claim(self) -> None:
        """All of the load claimed from biomass with a factor of its own is not free of carbon."""
        plant = Device("bio", DeviceKind.GENERATOR, "CN", "biomass", owner="maker")
        drafts = [
            ev.device(DAY, "op", plant),
            ev.reading(DAY, "op", "bio", "generation", YEAR[0], year(10, 10)),
            *irec("B", 10 * HOURS, device="bio"),
        ]
        state = ledger_of(*drafts).state
        found = stated(state, factors={"bio": 0.03})
        assert not self.WORDS.search(found.claim.en)
        assert found.lines["market_based_hourly"] == pytest.approx(10 * HOURS / 1000 * 0.03, rel=1e-12)
        unknown = stated(state)
        assert unknown.lines["market_based_hourly"] == pytest.approx(10 * HOURS / 1000 * 0.6096, rel=1e-12)
        assert "ZJ685" in {f.code for f in unknown.findings}


class TestFactors:
    def test_scope_and_basis_decide(self) -> None:
        """A life-cycle factor, a residual one in place of the average and no electricity at all are refused."""
        background = starter()
        for id, use in (
            ("cn-cf-2024-national", "location"),
            ("cn-co2-2023-exmarket", "location"),
            ("cn-co2-2023-national", "residual"),
            ("nothing", "location"),
        ):
            assert isinstance(grid_factor(background, id, use), Finding), id
        found = grid_factor(background, "cn-co2-2023-exmarket", "residual")
        assert isinstance(found, UsedFactor)
        assert found.value == 0.6096

    @pytest.mark.parametrize(
        ("country", "year", "use", "id"),
        [
            ("CN", 2022, "location", "cn-co2-2022-national"),
            ("CN", 2022, "residual", "cn-co2-2022-exmarket"),
            ("CN", 2019, "location", "cn-co2-2021-national"),
            ("KR", 2023, "location", "kr-consumption-2023"),
            ("KR", 2023, "residual", ""),
        ],
    )
    def test_defaults(self, country: str, year: int, use: str, id: str) -> None:
        """The factor of the year, else the nearest; none where none is known."""
        assert default_factor(country, year, use) == id


class _Checker(HTMLParser):
    """Every tag is closed, nothing is loaded from elsewhere, no script runs."""

    VOID = ("meta", "input", "rect")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [v or "" for k, v in attrs if k in ("src", "href")]
        assert tag not in ("script", "link", "img")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


class TestPage:
    def test_self_contained(self) -> None:
        """The page is whole HTML in both languages with the four lines apart; it loads nothing and has no script."""
        found = stated(ledger_of(*irec("<I>", 10 * HOURS)).state, offsets=[Offset("CCER & co", 12.5)], head="abc")
        text = page(found)
        checker = _Checker()
        checker.feed(text)
        assert (checker.open, checker.loaded) == ([], [])
        assert "url(" not in text
        assert "http" not in text
        assert text.count("<main") == 2
        assert "&lt;I&gt;" in text
        assert "CCER &amp; co" in text
        assert text == page(found)

    def test_the_example(self) -> None:
        """The example's statement: 60 % by the year, less by the hour, both estimated, four different lines."""
        ledger = example()
        location, residual = (
            grid_factor(starter(), id, use)
            for id, use in (("cn-co2-2023-national", "location"), ("cn-co2-2023-exmarket", "residual"))
        )
        assert isinstance(location, UsedFactor)
        assert isinstance(residual, UsedFactor)
        found = statement(ledger.state, "cell-plant", 2024, location, residual, head=ledger.head)
        assert isinstance(found, Statement)
        # By hand: 180.9 GWh of import; 100.5 GWh claimed leave 80.4 GWh at the residual factor.
        assert found.lines["location_based"] == pytest.approx(180.9e6 * 0.5306, rel=1e-12)
        assert found.lines["market_based_annual"] == pytest.approx(80.4e6 * 0.6096, rel=1e-12)
        assert found.account.annual_share == pytest.approx(0.6, rel=1e-12)
        assert 0.4 < found.account.hourly_share < 0.6
        assert {f.code for f in found.findings} == {"ZJ681", "ZJ682", "ZJ689"}


PERIOD = Period(date(2024, 1, 1), date(2024, 12, 31))


class TestStudyTables:
    def test_the_example_says_what_its_ledger_says(self) -> None:
        """The tables of the demo study are those that its ledger gives, cell by cell."""
        ledger = example()
        note = "假设，见 power/ / assumed: see power/"
        plants = {"cell-plant": "cell-plant", "pack-plant": "pack-plant"}
        tables = study_tables(ledger.state, PERIOD, plants, note=note)
        assert tables.findings == ()
        assert differences(EXAMPLE, tables, ledger.head) == ()
        for file in (ELECTRICITY, INSTRUMENTS):
            assert (EXAMPLE / file).read_text("utf-8") == tables.text(file, ledger.head)

    def test_differences_are_found(self, tmp_path: Path) -> None:
        """A changed cell, a missing row and a missing file are named."""
        ledger = example()
        tables = study_tables(ledger.state, PERIOD, {"cell-plant": "cell-plant"})
        codes = [f.code for f in differences(tmp_path, tables, "")]
        assert codes == ["ZJ686", "ZJ686"]
        for file in (ELECTRICITY, INSTRUMENTS):
            (tmp_path / file).write_text(tables.text(file, ""), "utf-8")
        assert differences(tmp_path, tables, "") == ()
        text = tables.text(INSTRUMENTS, "").replace("100500000", "100500001")
        (tmp_path / INSTRUMENTS).write_text(text, "utf-8")
        (found,) = differences(tmp_path, tables, "")
        assert found.place.file == INSTRUMENTS
        assert "100500001" in found.what("en")
        lines = tables.text(ELECTRICITY, "").splitlines(keepends=True)
        (tmp_path / ELECTRICITY).write_text("".join(lines[:-1]), "utf-8")
        assert "23 rows for 24" in differences(tmp_path, tables, "")[0].what("en")

    def split_ledger(self) -> Ledger:
        """The works used 87,840 Wh; 40,000 Wh are cancelled, 30,000 for A, which used 60,000, and 5,000 for B."""
        parts = {"A": (30_000, 60_000), "B": (5_000, 20_000)}
        return ledger_of(*irec("I", 40_000), ev.split_by_product(DAY, "maker", "X-I", parts))

    def test_a_product_gets_its_own_claim_only(self) -> None:
        """L12: A covers 30,000 of its 60,000 Wh, B 5,000 of its 20,000; together less than was cancelled."""
        state = self.split_ledger().state
        for product, load, claimed in (("A", 60.0, 30.0), ("B", 20.0, 5.0)):
            tables = study_tables(state, PERIOD, {"works": "works"}, product=product)
            assert tables.findings == ()
            grid = sum(float(row["amount"]) for row in tables.electricity)
            assert grid == pytest.approx(load, abs=0.012)  # whole Wh by month
            assert sum(float(row["amount"]) for row in tables.instruments) == claimed

    @pytest.mark.parametrize("product", ["C", ""])
    def test_who_has_no_part_gets_none(self, product: str) -> None:
        """A third product, or the plant as a whole, cannot take what was claimed for A and B."""
        (found,) = study_tables(self.split_ledger().state, PERIOD, {"works": "works"}, product=product).findings
        assert found.code == "ZJ687"

    def test_claims_beyond_the_period_are_left_out(self) -> None:
        """A study of half a year does not take a claim of the whole year."""
        state = ledger_of(*irec("I", 40_000)).state
        half = Period(date(2024, 1, 1), date(2024, 6, 30))
        tables = study_tables(state, half, {"works": "works"})
        assert tables.instruments == ()
        assert [f.code for f in tables.findings] == ["ZJ683"]
        assert len(tables.electricity) == 6

    def test_unknown_site(self) -> None:
        """A site that is not in the ledger is refused with the nearest."""
        (found,) = study_tables(ledger_of().state, PERIOD, {"work": "work"}).findings
        assert found.code == "ZJ673"

    @pytest.mark.parametrize(("wh", "text"), [(0, "0"), (1, "0.001"), (1500, "1.5"), (10**12 + 10, "1000000000.01")])
    def test_exact_kilowatt_hours(self, wh: int, text: str) -> None:
        """Whole Wh are written exactly."""
        assert kilowatt_hours(wh) == text

    def test_counted_by_rulebooks(self) -> None:
        """ISO 14067 counts the certificates, the EU rules do not:
        0.1 × 0.052 + 0.5 × 0.0324 + 0.4 × 0.5777 and 0.1 × 0.052 + 0.9 × 0.5777."""
        ledger = example()
        tables = study_tables(ledger.state, PERIOD, {"cell-plant": "cell-plant"})
        study, findings = study_of(tables, PERIOD, {"cell-plant": "CN"})
        assert findings == ()
        by_hand = {
            "iso-14067": 0.1 * 0.052 + 0.5 * 0.0324 + 0.4 * 0.5777,
            "eu-cfb-ind": 0.1 * 0.052 + 0.9 * 0.5777,
        }
        for id, mean in by_hand.items():
            found, _ = counted(study, "cell-plant", open_book(id), date(2026, 1, 1), starter())
            assert found is not None
            assert found.factor == pytest.approx(mean, rel=1e-9)
            assert np.isclose(sum(part[1] for part in found.parts), 201e6)
