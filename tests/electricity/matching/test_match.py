"""Matching: T8 and T9 with their figures, one year for many certificates, and what always holds."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuji.electricity.ledger.hours import spread
from zuji.electricity.matching.account import Account, Supply, account
from zuji.electricity.matching.match import cfe_score, match
from zuji.electricity.matching.residual import EAM_2021, residual_mix

MWH = 1e6
RESIDUAL = 0.6096
"""kg CO2/kWh: China 2023, without market-traded non-fossil electricity (notice 2025 No. 47)."""


def supply(wh: object, factor: float = 0.0, **more: object) -> Supply:
    fields = {"id": "C", "factor": factor, "carbon_free": factor == 0.0, **more}
    return Supply(wh=np.asarray(wh, float), **fields)  # type: ignore[arg-type]


def of(load: object, *supplies: Supply, own: tuple[Supply, ...] = (), residual: float = RESIDUAL) -> Account:
    return account(np.asarray(load, float), own, supplies, location=0.5306, residual=residual)


class TestT8:
    load = np.full(4, 10 * MWH)
    wind = np.array([0, 25, 15, 0]) * MWH

    def test_annual_40_hourly_20(self) -> None:
        """Load 4 × 10 MWh, certificates 0/25/15/0: 40 MWh match by the year, 10 + 10 by the hour."""
        found = match(self.load, self.wind)
        assert found.annual.sum() == 40 * MWH
        assert found.hourly.sum() == 20 * MWH
        assert found.matched.tolist() == [0, 10 * MWH, 10 * MWH, 0]

    def test_all_by_the_year_can_be_half_by_the_hour(self) -> None:
        """100 % by the year is 50 % by the hour; the market figure is 0 t and 20 MWh × 0.6096 = 12.192 t."""
        found = of(self.load, supply(self.wind))
        assert (found.annual_share, found.hourly_share) == (1.0, 0.5)
        assert found.market_annual == 0
        assert found.market_hourly == pytest.approx(12192, rel=1e-12)
        assert (found.unmatched_annual, found.unmatched_hourly) == (0, 20 * MWH)

    def test_cfe_65(self) -> None:
        """(20 + 20 × 0.30) / 40 = 0.65; the surplus of the second and third hour counts for nothing."""
        assert cfe_score(self.load, self.wind, 0.30) == pytest.approx(0.65, rel=1e-12)
        made = account(self.load, (), (supply(self.wind),), location=0.5306, residual=RESIDUAL, grid_cfe=0.30)
        assert made.cfe == pytest.approx(0.65, rel=1e-12)


class TestT9:
    production: ClassVar = {"hydro": 200.0, "wind": 100.0, "coal": 700.0}
    issued: ClassVar = {"hydro": 150.0, "wind": 80.0}
    external: ClassVar = {"hydro": EAM_2021["renewable"], "nuclear": EAM_2021["nuclear"], "coal": EAM_2021["fossil"]}

    def test_a_shortage_is_filled_from_the_external_mix(self) -> None:
        """Untracked 950 - 120 = 830, domestic 50 + 10 + 20 + 700 = 780: 50 come from the mix of 2021."""
        found = residual_mix(self.production, self.issued, {"hydro": 10.0}, 120.0, 950.0, self.external)
        assert (found.untracked, found.domestic, found.shortage, found.surplus) == (830, 780, 50, 0)
        assert found.shares["hydro"] + found.shares["wind"] == pytest.approx(0.10235, abs=1e-5)
        assert found.shares["nuclear"] == pytest.approx(0.01468, abs=1e-5)
        assert found.shares["coal"] == pytest.approx(0.88296, abs=1e-5)

    def test_a_surplus_goes_to_it(self) -> None:
        """With 220 cancelled, 730 are untracked and 780 there: 50 too many; shares 60, 20, 700 of 780."""
        found = residual_mix(self.production, self.issued, {"hydro": 10.0}, 220.0, 950.0, self.external)
        assert (found.shortage, found.surplus) == (0, 50)
        assert [found.shares[s] for s in ("hydro", "wind", "coal")] == pytest.approx(
            [0.07692, 0.02564, 0.89744], abs=1e-5
        )

    def test_factor_of_a_mix(self) -> None:
        """60 of hydro at 0, 20 of wind at 0, 700 of coal at 0.9 over 780: 0.8077."""
        found = residual_mix(self.production, self.issued, {"hydro": 10.0}, 220.0, 950.0, self.external)
        assert found.factor({"hydro": 0, "wind": 0, "coal": 0.9}) == pytest.approx(0.9 * 700 / 780, rel=1e-12)

    @pytest.mark.parametrize(
        ("issued", "cancelled", "problem"),
        [({"wind": 101.0}, 0.0, "more issued"), ({}, 950.0, "everything"), ({}, 1000.0, "everything")],
    )
    def test_what_cannot_be(self, issued: dict[str, float], cancelled: float, problem: str) -> None:
        """More issued than produced, or nothing untracked, has no residual mix."""
        with pytest.raises(ValueError, match=problem):
            residual_mix(self.production, issued, {}, cancelled, 950.0, self.external)


def slow_match(load: np.ndarray, supplies: np.ndarray) -> np.ndarray:
    """Hour by hour and certificate by certificate, for comparison."""
    used = np.zeros(len(supplies))
    for hour, left in enumerate(load):
        for i, one in enumerate(supplies):
            taken = min(left, one[hour])
            used[i] += taken
            left -= taken
    return used


ENERGY = st.integers(0, 50).map(float)
SHAPES = st.tuples(st.integers(1, 6), st.integers(0, 5))


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    hours, count = draw(SHAPES)
    load = draw(st.lists(ENERGY, min_size=hours, max_size=hours))
    row = st.lists(ENERGY, min_size=hours, max_size=hours)
    supplies = draw(st.lists(row, min_size=count, max_size=count))
    return np.array(load), np.array(supplies, float).reshape(count, hours)


class TestAlways:
    @given(cases())
    def test_the_vectorised_match_is_the_slow_one(self, case: tuple[np.ndarray, np.ndarray]) -> None:
        """Each certificate is used as the loop over hours and certificates uses it."""
        load, supplies = case
        found = match(load, supplies)
        assert found.hourly.tolist() == slow_match(load, supplies).tolist()
        assert found.annual.sum() == min(load.sum(), supplies.sum())
        assert found.hourly.sum() == np.minimum(load, supplies.sum(axis=0)).sum()

    @given(cases())
    def test_by_the_hour_never_more_than_by_the_year(self, case: tuple[np.ndarray, np.ndarray]) -> None:
        """The hourly share is at most the annual one, and neither is more than 1."""
        found = match(*case)
        assert 0 <= found.hourly_share <= found.annual_share <= 1

    @given(cases(), st.lists(st.floats(0, 1), min_size=5, max_size=5), st.floats(0.01, 1))
    def test_certificates_never_raise_a_market_based_result(
        self, case: tuple[np.ndarray, np.ndarray], parts: list[float], residual: float
    ) -> None:
        """With a held residual factor, certificates of at most that factor lower both market figures or leave them,
        whatever more of them are added; the location-based figure does not move at all (L11)."""
        load, supplies = case
        made = [supply(row, factor=part * residual) for row, part in zip(supplies, parts, strict=False)]
        results = [of(load, *made[:count], residual=residual) for count in range(len(made) + 1)]
        for less, more in pairwise(results):
            assert more.market_annual <= less.market_annual * (1 + 1e-12) + 1e-12
            assert more.market_hourly <= less.market_hourly * (1 + 1e-12) + 1e-12
            assert more.location == less.location
        for found in results:
            clean = of(load, *(supply(one.wh) for one in made), residual=residual)
            assert clean.market_annual <= clean.market_hourly * (1 + 1e-12) + 1e-12
            assert found.market_hourly <= results[0].market_hourly * (1 + 1e-12) + 1e-12

    @given(cases(), st.integers(1, 5))
    def test_scaling(self, case: tuple[np.ndarray, np.ndarray], k: int) -> None:
        """k times the load and k times the certificates give the same shares."""
        load, supplies = case
        one, many = match(load, supplies), match(load * k, supplies * k)
        assert many.hourly_share == pytest.approx(one.hourly_share, rel=1e-12)
        assert many.annual_share == pytest.approx(one.annual_share, rel=1e-12)

    @given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
    def test_spread_keeps_every_wh(self, total: int, weights: list[int]) -> None:
        """Spreading gives whole Wh that add up, none negative, none where the weight is zero."""
        found = spread(total, np.array(weights, float))
        assert int(found.sum()) == total
        assert (found >= 0).all()
        if any(weights):
            assert not found[np.array(weights) == 0].any()
            assert np.abs(found - total * (np.array(weights, float) / sum(weights))).max() <= 1 + total * 1e-12


class TestAccount:
    def test_own_use_with_sold_certificates_is_residual(self) -> None:
        """L9: 10 MWh of own solar power whose certificates were sold count 6.096 t and not zero, in both market lines;
        location-based they are what they are."""
        own = (supply([5 * MWH, 5 * MWH], id="roof", sold=True),)
        found = of([0, 0], own=own)
        assert (found.market_annual, found.market_hourly) == pytest.approx((6096, 6096), rel=1e-12)
        assert (found.location, found.annual_share, found.hourly_share) == (0, 0, 0)
        kept = of([0, 0], own=(supply([5 * MWH, 5 * MWH], id="roof"),))
        assert (kept.market_hourly, kept.hourly_share) == (0, 1)

    def test_what_is_generated_in_other_hours_counts_by_the_year_only(self) -> None:
        """A certificate of last December lowers the annual figure where its scheme allows it, and no hour."""
        found = of([10 * MWH], supply([0], outside=10 * MWH))
        assert (found.market_annual, found.hourly_share) == (0, 0)
        assert found.market_hourly == pytest.approx(6096, rel=1e-12)

    def test_a_certificate_that_emits_is_not_carbon_free(self) -> None:
        """Gas at 0.4 in front of wind: it takes the hour, and the covered share is the wind's rest only."""
        found = of([10 * MWH], supply([6 * MWH], factor=0.4), supply([6 * MWH]))
        assert found.market_hourly == pytest.approx(6 * 400, rel=1e-12)
        assert found.hourly_share == pytest.approx(0.4, rel=1e-12)
        assert found.annual_share == pytest.approx(0.4, rel=1e-12)

    def test_hourly_grid_factors(self) -> None:
        """The unmatched hours take the factor of their own hour."""
        load = np.array([10 * MWH, 10 * MWH])
        found = account(
            load, (), (supply([10 * MWH, 0]),), location=np.array([0.2, 0.8]), residual=np.array([0.3, 0.9])
        )
        assert found.location == pytest.approx(10_000, rel=1e-12)
        assert found.market_hourly == pytest.approx(9000, rel=1e-12)
        assert found.market_annual == pytest.approx(10_000 * 0.6, rel=1e-12)
        assert found.residual_factor == pytest.approx(0.9, rel=1e-12)

    @pytest.mark.parametrize("bad", [[-1.0], [np.nan], [np.inf]])
    def test_energies_must_be_energies(self, bad: list[float]) -> None:
        """Negative or infinite energies are refused."""
        with pytest.raises(ValueError, match="finite"):
            match(np.array([1.0]), np.array([bad]))

    def test_a_year_and_many_certificates(self) -> None:
        """8,760 hours and 300 certificates in blocks are what one block gives."""
        random = np.random.default_rng(7)
        load, supplies = random.random(8760), random.random((300, 8760)) / 100
        found = match(load, supplies)
        assert found.hourly.sum() == pytest.approx(np.minimum(load, supplies.sum(axis=0)).sum(), rel=1e-12)
        assert (found.matched <= load + 1e-12).all()
