"""L1 to L13: for each invariant, what tries to break it is refused by name and changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from zuji.electricity.ledger import events as ev
from zuji.electricity.ledger.audit import audit
from zuji.electricity.ledger.hours import local_hours, zone
from zuji.electricity.ledger.model import Connection, Device, DeviceKind

from .building import (
    DAY,
    MWH,
    OTHER,
    ROOF,
    STORE,
    T0,
    WIND,
    WORKS,
    base,
    claim,
    device,
    gec,
    granular,
    ledger_of,
    read,
    refused,
)  # fmt: skip

LONG_AGO = date(2024, 8, 1)


def big(wind: int = 3 * MWH, load: int = 2 * MWH) -> list[ev.Draft]:
    return base([wind, wind, wind, wind], [load, load, load, load])


def period(id: str, certificate: str, **more: Any) -> ev.Draft:
    fields = {"at": DAY, "by": "maker", "site": "works", "start": T0, "end": T0 + 4}
    return ev.cancel(certificate=certificate, cancellation=id, **{**fields, **more})


class TestMeters:
    def test_l1_one_reading_per_hour(self) -> None:
        """A second reading of one hour is refused and names the first event."""
        found = refused(ledger_of(*base()), read("wind", [1], start=T0 + 3))
        assert found.code == "ZJ650"
        assert "2024-07-01T03Z" in found.what("en")
        assert "ledger:6 meter" in found.what("en")

    def test_l1_another_quantity_is_another_reading(self) -> None:
        """Export beside generation is no second reading; more export than generation is no reading at all."""
        ledger = ledger_of(*base(), read("roof", [5, 5]), read("roof", [5, 1], "export"))
        assert list(ledger.state.own_use("roof").wh) == [0, 4]
        assert refused(ledger, read("wind", [0, 26], "export")).code == "ZJ674"

    def test_l1_corrected_by_reversal(self) -> None:
        """A reading is corrected by a reversal with a replacement; both stay in the ledger."""
        ledger = ledger_of(*base())
        body = dict(read("wind", [0, 30, 20, 0]).body)
        assert ledger.record([ev.reverse(DAY, "op", 6, "meter constant", body)]).findings == ()
        assert list(ledger.state.series_of("wind", "generation").wh) == [0, 30, 20, 0]
        assert ledger.state.seq == 8
        assert audit(ledger).findings == ()

    def test_a_device_stays_what_it_is(self) -> None:
        """A second description that differs is refused with the field and both values."""
        changed = Device("wind", DeviceKind.GENERATOR, "CN", "pv", owner="gen", commissioned=date(2022, 1, 1))
        found = refused(ledger_of(*base()), device(changed))
        assert found.code == "ZJ675"
        assert {"wind", "pv"} <= set(found.shown("en").values())
        assert ledger_of(*base(), device(WIND)).state.seq == 8

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"wh": [-1]}, "not negative"),
            ({"wh": [1.5]}, "whole Wh"),
            ({"wh": []}, "'wh'"),
            ({"quantity": "load"}, "not metered at a generator"),
            ({"quality": "guess"}, "'quality'"),
            ({"start": "now"}, "'start'"),
            ({"colour": "red"}, "'colour' is not a field"),
            ({"at": "yesterday"}, "'at' is not a day"),
            ({"by": ""}, "'by' is missing"),
        ],
    )
    def test_form(self, change: dict[str, object], problem: str) -> None:
        """An event of the wrong form is refused with the field."""
        draft = read("wind", [1], start=T0 + 9)
        found = refused(ledger_of(*base()), ev.Draft(draft.kind, {**draft.body, **change}))
        assert found.code == "ZJ674"
        assert problem in found.what("en")


class TestIssue:
    def test_l2_by_the_hour(self) -> None:
        """T12: one Wh more than the hour's generation is refused, also when it comes in a second certificate."""
        ledger = ledger_of(*base(), granular(wh=[0, 24, 15, 0]))
        found = refused(ledger, granular("C2", [0, 2]))
        assert found.code == "ZJ651"
        assert "26 Wh" in found.what("en")
        assert "metered: 25" in found.what("en")
        assert ledger.record([granular("C2", [0, 1])]).findings == ()

    def test_l2_not_metered_is_not_generated(self) -> None:
        """Hours without a reading can carry no certificate."""
        assert refused(ledger_of(*base()), granular("C2", [1], start=T0 + 4)).code == "ZJ651"

    @pytest.mark.parametrize(
        ("spans", "fits"),
        [
            ([(0, 4, 40)], True),
            ([(0, 4, 41)], False),
            ([(0, 2, 20), (1, 3, 10), (2, 4, 10)], True),
            ([(0, 2, 20), (1, 3, 11), (2, 4, 10)], False),  # 41 over all, of 40
            ([(1, 3, 15), (1, 2, 6)], False),  # 21 in two hours of 10 each
            ([(0, 4, 20), (1, 2, 10), (2, 3, 10)], True),
            ([(0, 4, 21), (1, 2, 10), (2, 3, 10)], False),
        ],
    )
    def test_l2_spans_and_hours_together(self, spans: list[tuple[int, int, int]], fits: bool) -> None:
        """Certificates over spans that nest and overlap fit exactly when their hours can hold them; 10 Wh an hour."""
        ledger = ledger_of(*base([10] * 4))
        drafts = [
            ev.issue(DAY, "reg", f"I{i}", "i-rec", "wind", T0 + a, wh, slot=b - a, owner="gen")
            for i, (a, b, wh) in enumerate(spans)
        ]
        assert (ledger.record(drafts).findings == ()) == fits

    @pytest.mark.parametrize("change", [{"certificate": "G1"}, {"certificate": "G2", "number": "CN-1"}])
    def test_l3_identity(self, change: dict[str, str]) -> None:
        """T12: an id or a registry number is used once, also across schemes."""
        ledger = ledger_of(*big(), gec("G1", number="CN-1", hours=2))
        draft = granular("x", [1], start=T0 + 2)
        found = refused(ledger, ev.Draft(draft.kind, {**draft.body, **change}))
        assert found.code == "ZJ652"
        assert "ledger:8 issue" in found.what("en")

    @pytest.mark.parametrize("scheme", ["i-rec", "granular", "ccer", "cdm", "ppa-without-certificates"])
    def test_l3_one_scheme_per_hour(self, scheme: str) -> None:
        """A device-hour that is in GEC cannot be in I-REC, a contract or an emission credit as well."""
        ledger = ledger_of(*big(), gec(hours=2))
        slot = {"scheme": scheme, "slot": 1}
        found = refused(ledger, granular("C2", [1], start=T0 + 1, **slot))
        assert (found.code, found.shown("en")["other"]) == ("ZJ653", "cn-gec")
        assert ledger.record([granular("C2", [1], start=T0 + 2, **slot)]).findings == ()

    def test_l3_after_withdrawal_the_hour_is_free(self) -> None:
        """What the issuer withdrew stands for nothing any more: neither for L2 nor for L3."""
        ledger = ledger_of(*big(MWH // 4), gec())
        assert ledger.record([ev.withdraw(DAY, "reg", "G1", "wrong meter"), granular("C2", [MWH // 4])]).findings == ()
        assert ledger.state.totals()["withdrawn"] == MWH

    @pytest.mark.parametrize(
        ("draft", "reason"),
        [
            (gec(wh=MWH + 1), "not whole certificates"),
            (gec(hours=24 * 70), "one certificate stands for a month"),
            (granular(slot=2, wh=[1, 1]), "at most one hour"),
            (gec(scheme="ppa-with-certificates"), "name the contract"),
        ],
    )
    def test_what_a_scheme_does_not_issue(self, draft: ev.Draft, reason: str) -> None:
        """A refusal by the scheme names its rule with the source."""
        found = refused(ledger_of(*big()), draft)
        assert found.code == "ZJ676"
        assert reason in found.what("en")

    def test_irec_in_china_ended(self) -> None:
        """I-REC are issued in China up to vintage 2024 and not for 2025."""
        late = local_hours(date(2025, 1, 2), date(2025, 1, 2), zone("UTC"))[0]
        ledger = ledger_of(*big(), read("wind", [5], start=late))
        assert refused(ledger, granular("I1", [5], scheme="i-rec", start=late)).code == "ZJ676"
        assert ledger.record([granular("I1", [5], scheme="i-rec")]).findings == ()


class TestOwnership:
    def test_l4_owner_only(self) -> None:
        """T12: only the owner transfers, splits and cancels; only the issuer withdraws."""
        ledger = ledger_of(*base(), granular(owner="gen"))
        drafts = [
            ev.transfer(DAY, "maker", "C1", "maker"),
            ev.split(DAY, "maker", "C1", {"a": [0, 25, 15, 0]}),
            claim(),
            ev.withdraw(DAY, "gen", "C1", "no"),
        ]
        assert [refused(ledger, draft).code for draft in drafts] == ["ZJ654"] * 4

    def test_l4_live_only(self) -> None:
        """A certificate that was split is not there any more, and the finding says so."""
        ledger = ledger_of(*base(), granular(), ev.split(DAY, "maker", "C1", {"a": [0, 20, 15, 0], "b": [0, 5, 0, 0]}))
        found = refused(ledger, claim())
        assert (found.code, found.shown("en")["state"]) == ("ZJ655", "split")
        assert ledger.record([claim(certificate="b", wh=[0, 5, 0, 0])]).findings == ()

    def test_split_keeps_every_wh(self) -> None:
        """Parts that hold more than is live are refused, and parts that hold less; ids are unique."""
        ledger = ledger_of(*base(), granular())
        assert refused(ledger, ev.split(DAY, "maker", "C1", {"a": [0, 26, 15, 0]})).code == "ZJ658"
        assert refused(ledger, ev.split(DAY, "maker", "C1", {"a": [0, 24, 15, 0]})).code == "ZJ674"
        assert refused(ledger, ev.split(DAY, "maker", "C1", {"C1": [0, 25, 15, 0]})).code == "ZJ652"

    def test_l5_sold_once(self) -> None:
        """T12: a GEC is sold once; the buyer can cancel it and not sell it on."""
        ledger = ledger_of(*big(), gec(), ev.transfer(DAY, "gen", "G1", "trader"))
        found = refused(ledger, ev.transfer(DAY, "trader", "G1", "maker"))
        assert found.code == "ZJ657"
        assert found.shown("en")["allowed"] == "1"

    def test_l5_parts_of_a_sold_certificate_are_sold(self) -> None:
        """Splitting does not make a certificate saleable again."""
        ledger = ledger_of(*big(), gec(wh=2 * MWH), ev.transfer(DAY, "gen", "G1", "trader"))
        assert ledger.record([ev.split(DAY, "trader", "G1", {"a": MWH, "b": MWH})]).findings == ()
        assert refused(ledger, ev.transfer(DAY, "trader", "b", "maker")).code == "ZJ657"

    def test_l5_not_tradable_moves_with_its_energy(self) -> None:
        """Hydropower from before 2023 moves with its energy only."""
        old = Device("dam", DeviceKind.GENERATOR, "CN", "hydro", owner="gen", commissioned=date(2019, 5, 1))
        ledger = ledger_of(*big(), device(old), read("dam", [MWH]), gec(device="dam", hours=1))
        found = refused(ledger, ev.transfer(DAY, "gen", "G1", "maker"))
        assert found.code == "ZJ656"
        assert "before 2023-01-01" in found.what("en")
        assert ledger.record([ev.transfer(DAY, "gen", "G1", "maker", with_energy="PPA-7")]).findings == ()

    @pytest.mark.parametrize(("year", "tradable"), [(2024, True), (2026, False)])
    def test_l5_own_use_by_date(self, year: int, tradable: bool) -> None:
        """Own use is not tradable under the rules of 7 January 2026; before, it was."""
        start = local_hours(date(year, 2, 1), date(year, 2, 1), zone("UTC"))[0]
        ledger = ledger_of(*base(), read("roof", [MWH], start=start))
        issued = ev.issue(
            date(year, 4, 1), "reg", "G1", "cn-gec", "roof", start, MWH, slot=1, owner="maker",
        )  # fmt: skip
        assert ledger.record([issued]).findings == ()
        assert ledger.state.certificates["G1"].tradable is tradable

    def test_part_of_a_used_certificate_moves_as_a_part(self) -> None:
        """What is used up stays with the party that used it; the rest gets an identity of its own."""
        ledger = ledger_of(*base(), granular(), claim(), ev.transfer(DAY, "maker", "C1", "buyer"))
        part = ledger.state.certificates["C1/10"]
        assert (part.owner, list(part.live)) == ("buyer", [0, 15, 5, 0])
        assert ledger.state.certificates["C1"].owner == "maker"
        assert ledger.state.unbalanced() is None


class TestClaims:
    def test_l6_what_is_left(self) -> None:
        """More than is left is refused with both figures."""
        ledger = ledger_of(*base([0, 5, 15, 0]), granular(wh=[0, 5, 15, 0]))
        found = refused(ledger, claim(wh=[0, 6, 0, 0]))
        assert (found.code, found.shown("en")["asked"], found.shown("en")["left"]) == ("ZJ658", "6", "5")

    def test_l6_above_the_load_of_the_hour(self) -> None:
        """T12: 25 Wh of wind cannot be claimed in an hour that used 10, neither at once nor in two claims."""
        ledger = ledger_of(*base(), granular())
        found = refused(ledger, claim(wh=[0, 11, 0, 0]))
        assert found.code == "ZJ659"
        assert "11 Wh" in found.what("en")
        assert ledger.record([claim(wh=[0, 6, 0, 0])]).findings == ()
        assert refused(ledger, claim("X2", wh=[0, 5, 0, 0])).code == "ZJ659"

    def test_l6_above_the_load_of_the_period(self) -> None:
        """Claims by period and by hour share one load: 40 Wh were used, 41 cannot be claimed."""
        i_rec = ev.issue(DAY, "reg", "I1", "i-rec", "wind", T0 + 3, 25, owner="maker")
        ledger = ledger_of(*base([0, 15, 0, 25]), granular(wh=[0, 15]), i_rec, claim(wh=[0, 10], end=T0 + 2))
        assert refused(ledger, period("X2", "I1", start=T0 + 1, end=T0 + 3)).code == "ZJ659"
        assert ledger.record([period("X2", "I1")]).findings == ()

    def test_l6_own_use_and_grid_are_apart(self) -> None:
        """Certificates of the roof can be claimed for its own use, not for grid import; exported ones for neither."""
        ledger = ledger_of(*base(), read("roof", [8, 8]), read("roof", [3, 3], "export"))
        roof = ev.issue(DAY, "reg", "R1", "self-use", "roof", T0, 14, slot=2, owner="maker")
        assert ledger.record([roof]).findings == ()
        span = {"start": T0, "end": T0 + 2}
        found = refused(ledger, period("X1", "R1", wh=11, **span))
        assert (found.code, found.shown("en")["part"], found.shown("en")["load"]) == ("ZJ659", "roof", "10")
        assert ledger.record([period("X1", "R1", wh=10, **span)]).findings == ()

    def test_l7_other_hour(self) -> None:
        """T12: an hourly certificate is claimed for its own hour."""
        ledger = ledger_of(*base(), granular())
        found = refused(ledger, claim(wh=[10], first=1, start=T0 + 2, end=T0 + 3))
        assert found.code == "ZJ660"
        assert "another hour" in found.what("en")
        assert refused(ledger, period("X1", "C1", wh=[0, 5, 0, 0], start=T0, end=T0 + 3)).code == "ZJ660"

    @pytest.mark.parametrize(("scheme", "reason"), [("cn-gec", "used in DE"), ("granular", "the market CN")])
    def test_l7_market(self, scheme: str, reason: str) -> None:
        """A certificate of China cannot be claimed in Germany."""
        drafts = [*big(), read("other", [MWH] * 4, "grid_import")]
        issued = gec(owner="maker") if scheme == "cn-gec" else granular("G1", [MWH] * 4)
        found = refused(ledger_of(*drafts, issued), period("X1", "G1", site="other"))
        assert found.code == "ZJ660"
        assert reason in found.what("en")

    @pytest.mark.parametrize(("day", "fits"), [(date(2025, 3, 1), True), (date(2026, 2, 1), False)])
    def test_l7_vintage_by_date(self, day: date, fits: bool) -> None:
        """Under the 2026 rules the year of the certificate is the year of the consumption; before it was free."""
        later = local_hours(date(2025, 1, 5), date(2025, 1, 5), zone("UTC"))[0]
        ledger = ledger_of(*big(), read("works", [MWH], "grid_import", later), gec(owner="maker"))
        draft = period("X1", "G1", start=later, end=later + 1, at=day)
        if fits:
            assert ledger.record([draft]).findings == ()
        else:
            found = refused(ledger, draft)
            assert (found.code, "generated in 2024, used in 2025" in found.what("en")) == ("ZJ660", True)

    def test_l7_a_credit_is_no_attribute(self) -> None:
        """An emission credit cannot be claimed as electricity."""
        ledger = ledger_of(*base(), granular(scheme="ccer", wh=[0, 5]))
        assert refused(ledger, period("X1", "C1", start=T0, end=T0 + 2)).code == "ZJ660"

    def test_l7_direct_line_ends_at_its_site(self) -> None:
        """What a direct line carries can be claimed at its end only."""
        line = Device(
            "line", DeviceKind.GENERATOR, "CN", "pv", owner="maker", site="works", connection=Connection.DIRECT_LINE
        )
        second = Device("second", DeviceKind.SITE, "CN", owner="maker")
        drafts = [*base(), device(line), device(second), read("line", [9]), read("second", [9], "grid_import")]
        issued = ev.issue(DAY, "reg", "D1", "direct-line", "line", T0, 9, owner="maker")
        ledger = ledger_of(*drafts, issued)
        assert refused(ledger, period("X1", "D1", site="second", end=T0 + 1)).code == "ZJ660"
        assert ledger.record([period("X1", "D1", end=T0 + 1)]).findings == ()

    def test_whole_certificates(self) -> None:
        """Half a GEC cannot be cancelled."""
        ledger = ledger_of(*big(), gec(owner="maker"))
        assert "whole certificates" in refused(ledger, period("X1", "G1", wh=MWH // 2)).what("en")

    def test_identity_of_a_cancellation(self) -> None:
        """L3: a cancellation has an identity that nothing else has."""
        ledger = ledger_of(*base(), granular(), claim(wh=[0, 1, 0, 0]))
        assert refused(ledger, claim(wh=[0, 1, 0, 0])).code == "ZJ652"
        assert refused(ledger, claim("C1", wh=[0, 1, 0, 0])).code == "ZJ652"


class TestExpiry:
    def test_l8_expired(self) -> None:
        """T12: a GEC of July 2024 is valid to 30 June 2026; then it cannot be used, and what is left goes back."""
        ledger = ledger_of(*big(), gec(wh=2 * MWH, owner="maker"), period("X1", "G1", wh=MWH))
        last = date(2026, 6, 30)
        assert ledger.state.last_day(ledger.state.certificates["G1"]) == last
        assert refused(ledger, ev.expire(last, "reg", "G1")).code == "ZJ662"
        late = date(2026, 7, 1)
        assert refused(ledger, period("X2", "G1", at=late)).code == "ZJ661"
        assert refused(ledger, ev.transfer(late, "maker", "G1", "x")).code == "ZJ661"
        assert ledger.record([ev.expire(late, "reg", "G1")]).findings == ()
        assert ledger.state.residual == {(2024, "CN", "wind"): MWH}
        assert refused(ledger, ev.expire(late, "reg", "G1")).code == "ZJ655"

    def test_t12_fifteen_megawatt_hours_back_to_the_residual(self) -> None:
        """T12: of 40 MWh 25 are used, 15 expire: 40 = 25 + 15, and 15 MWh are back in the residual mix of 2024."""
        ledger = ledger_of(*big(10 * MWH, 10 * MWH), gec(wh=40 * MWH, owner="maker"), period("X1", "G1", wh=25 * MWH))
        assert ledger.record([ev.expire(date(2026, 7, 1), "reg", "G1")]).findings == ()
        assert ledger.state.residual == {(2024, "CN", "wind"): 15 * MWH}
        totals = {"issued": 40 * MWH, "live": 0, "cancelled": 25 * MWH, "expired": 15 * MWH, "withdrawn": 0}
        assert ledger.state.totals() == totals
        assert ledger.state.unbalanced() is None

    @pytest.mark.parametrize(
        ("scheme", "generated", "last"),
        [
            ("cn-gec", date(2024, 7, 31), date(2026, 6, 30)),
            ("cn-gec", date(2023, 12, 31), date(2025, 12, 31)),
            ("go-aib", date(2024, 2, 29), date(2025, 2, 28)),
            ("granular", date(2024, 2, 29), None),
        ],
    )
    def test_last_days(self, scheme: str, generated: date, last: date | None) -> None:
        """Two years from the month of generation; vintages before 2024 to the end of 2025; twelve months for a GO."""
        from zuji.electricity.ledger.schemes import schemes

        assert schemes()[scheme].last_day(generated.replace(day=1), generated) == last


class TestStorage:
    def charged(self) -> list[ev.Draft]:
        """100 Wh of wind charge the battery in the first hour; 60 and 20 Wh come out later."""
        return [
            *base([100, 0, 0, 0], [10] * 4),
            read("store", [100, 0, 0], "charge"),
            read("store", [0, 60, 30], "discharge"),
            granular(wh=[100]),
            claim("XC", wh=[100], site="store", end=T0 + 1),
        ]

    def out(self, id: str, wh: list[int], start: int = T0 + 1, scheme: str = "granular") -> ev.Draft:
        return ev.issue(DAY, "reg", id, scheme, "store", start, wh, owner="maker")

    def test_l10_out_is_at_most_eta_times_in(self) -> None:
        """Of 100 Wh at 80 % come 80 out: 60 and 20 fit, one more does not; the loss is claimed by nobody."""
        ledger = ledger_of(*self.charged())
        found = refused(ledger, self.out("S1", [60, 21]))
        assert (found.code, found.shown("en")["out"], found.shown("en")["charged"]) == ("ZJ663", "81", "100")
        assert ledger.record([self.out("S1", [60, 20])]).findings == ()
        assert refused(ledger, self.out("S2", [1], T0 + 2)).code == "ZJ663"

    def test_l10_not_before_it_was_charged(self) -> None:
        """What comes out in the hour of charging was not stored."""
        drafts = [d for d in self.charged() if d.body.get("quantity") != "discharge"]
        ledger = ledger_of(*drafts, read("store", [50], "discharge"))
        assert refused(ledger, self.out("S1", [1], T0)).code == "ZJ663"

    def test_l10_charged_without_certificates_gives_none(self) -> None:
        """Discharge of grid electricity carries no attribute."""
        drafts = [d for d in self.charged() if d.kind != "cancel"]
        assert refused(ledger_of(*drafts), self.out("S1", [1])).code == "ZJ663"

    def test_l10_the_discharge_is_metered(self) -> None:
        """Not more than came out of the meter."""
        assert refused(ledger_of(*self.charged()), self.out("S1", [61])).code == "ZJ651"

    def test_l10_no_gec_for_storage(self) -> None:
        """T12: independent storage earns no GEC."""
        found = refused(ledger_of(*self.charged()), self.out("S1", [1], scheme="cn-gec"))
        assert found.code == "ZJ664"


class TestProducts:
    def split(self, cancellation: str = "X1", **parts: tuple[list[int], int]) -> ev.Draft:
        return ev.split_by_product(DAY, "maker", cancellation, parts)

    def ledger(self) -> Any:
        return ledger_of(*base(), granular(), claim())

    def test_l12_products_claim_at_most_what_was_cancelled(self) -> None:
        """Two products share 20 Wh; a third Wh in one hour is refused although the sum over hours would fit."""
        ledger = self.ledger()
        found = refused(ledger, self.split(A=([0, 6, 2, 0], 20), B=([0, 5, 2, 0], 20)))
        assert found.code == "ZJ665"
        assert ledger.record([self.split(A=([0, 6, 5, 0], 20))]).findings == ()
        assert refused(ledger, self.split(B=([0, 5, 5, 0], 20))).code == "ZJ665"
        assert ledger.record([self.split(B=([0, 4, 5, 0], 20))]).findings == ()
        assert {p: list(wh) for p, wh in ledger.state.cancellations["X1"].products.items()} == {
            "A": [0, 6, 5, 0], "B": [0, 4, 5, 0],
        }  # fmt: skip

    def test_l12_once_for_a_product(self) -> None:
        """A cancellation is claimed once for a product, in one event or in two."""
        ledger = self.ledger()
        assert ledger.record([self.split(A=([0, 1, 0, 0], 20))]).findings == ()
        found = refused(ledger, self.split(A=([0, 1, 0, 0], 20)))
        assert (found.code, found.shown("en")["event"]) == ("ZJ666", "ledger:10 split")

    def test_l12_not_more_than_the_product_used(self) -> None:
        """A product that used 5 Wh cannot claim 6."""
        assert refused(self.ledger(), self.split(A=([0, 3, 3, 0], 5))).code == "ZJ667"

    def test_l12_products_used_at_most_what_the_site_used(self) -> None:
        """The works used 40 Wh; products that say 25 and 16 do not fit."""
        found = refused(self.ledger(), self.split(A=([0, 1, 0, 0], 25), B=([0, 1, 0, 0], 16)))
        assert found.code == "ZJ667"
        assert "41 Wh" in found.what("en")

    def test_l12_one_consumption_for_one_period(self) -> None:
        """What a product used in a period cannot be stated in two ways."""
        drafts = [*base(), granular(), claim(wh=[0, 5, 5, 0]), claim("X2", wh=[0, 5, 5, 0])]
        ledger = ledger_of(*drafts, self.split(A=([0, 5, 5, 0], 20)))
        assert refused(ledger, self.split("X2", A=([0, 1, 0, 0], 21))).code == "ZJ667"
        found = refused(ledger, self.split("X2", A=([0, 5, 5, 0], 20), B=([0, 1, 0, 0], 20)))
        assert found.code == "ZJ665"

    def test_l12_claims_of_all_cancellations_count(self) -> None:
        """A product that used 12 Wh cannot claim 10 from one cancellation and 3 from the next."""
        drafts = [*base(), granular(), claim(wh=[0, 5, 5, 0]), claim("X2", wh=[0, 5, 5, 0])]
        ledger = ledger_of(*drafts, self.split(A=([0, 5, 5, 0], 12)))
        assert refused(ledger, self.split("X2", A=([0, 3, 0, 0], 12))).code == "ZJ667"

    def test_l12_only_the_owner_splits(self) -> None:
        """L4 holds for product splits."""
        draft = ev.split_by_product(DAY, "gen", "X1", {"A": ([0, 1, 0, 0], 5)})
        assert refused(self.ledger(), draft).code == "ZJ654"


class TestReversal:
    def test_what_rests_on_an_event_holds_it(self) -> None:
        """The load of a claim cannot be reversed under it; the finding names the claim."""
        ledger = ledger_of(*base(), granular(), claim())
        found = refused(ledger, ev.reverse(DAY, "op", 7, "wrong"))
        assert (found.code, found.shown("en")["dependent"]) == ("ZJ669", "ledger:9 cancel")

    def test_a_wrong_claim_is_taken_back(self) -> None:
        """After the reversal the certificate is live again and may be used; the chain is whole."""
        ledger = ledger_of(*base(), granular(), claim())
        assert ledger.record([ev.reverse(DAY, "maker", 9, "wrong site"), claim("X2")]).findings == ()
        assert sorted(ledger.state.cancellations) == ["X2"]
        assert audit(ledger).findings == ()
        assert ledger.state.unbalanced() is None

    def test_only_who_recorded_it(self) -> None:
        """L4: nobody takes back the claim of another."""
        ledger = ledger_of(*base(), granular(), claim())
        found = refused(ledger, ev.reverse(DAY, "buyer", 9, "mine"))
        assert (found.code, "maker" in found.what("en")) == ("ZJ670", True)

    @pytest.mark.parametrize(("event", "reason"), [(99, "no such event"), (10, "a reversal itself"), (9, "already")])
    def test_what_cannot_be_reversed(self, event: int, reason: str) -> None:
        """Nothing, a reversal, and what is reversed already."""
        ledger = ledger_of(*base(), granular(), claim(), ev.reverse(DAY, "maker", 9, "wrong"))
        found = refused(ledger, ev.reverse(DAY, "maker", event, "again"))
        assert found.code == "ZJ670"
        assert reason in found.what("en")

    def test_a_replacement_must_hold_too(self) -> None:
        """A replacement under which later events fail is refused."""
        ledger = ledger_of(*base(), granular(), claim())
        body = dict(read("works", [10, 9, 10, 10], "grid_import").body)
        assert refused(ledger, ev.reverse(DAY, "op", 7, "meter", body)).code == "ZJ669"
        body = dict(read("works", [0, 10, 10, 0], "grid_import").body)
        assert ledger.record([ev.reverse(DAY, "op", 7, "meter", body)]).findings == ()
        assert int(np.sum(ledger.state.series_of("works", "grid_import").wh)) == 20


def test_l13_by_party() -> None:
    """For each party what it got is what it gave on, has, used, lost or returned."""
    drafts = [*base(), granular(owner="gen"), ev.transfer(DAY, "gen", "C1", "maker"), claim(wh=[0, 5, 5, 0])]
    ledger = ledger_of(*drafts, ev.transfer(DAY, "maker", "C1", "buyer"))
    totals = {one: ledger.state.totals(one) for one in ("gen", "maker", "buyer")}
    assert totals["gen"] == {"issued": 40, "sent": 40, "live": 0, "cancelled": 0, "expired": 0, "withdrawn": 0}
    assert totals["maker"] == {"issued": 40, "sent": 30, "live": 0, "cancelled": 10, "expired": 0, "withdrawn": 0}
    assert totals["buyer"]["live"] == 30
    ledger.state.certificates["C1/11"].live[1] += 1
    found = ledger.state.unbalanced()
    assert found is not None
    assert found.code == "ZJ668"


@pytest.mark.parametrize("one", [WIND, ROOF, WORKS, OTHER, STORE])
def test_unknown_names_are_refused_with_the_nearest(one: Device) -> None:
    """A device that is not there is refused; a near name is offered."""
    found = refused(ledger_of(*base()), read(one.id + "x", [1]))
    assert found.code == "ZJ673"
    assert one.id in found.shown("en")["hint"]
