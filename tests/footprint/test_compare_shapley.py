"""Shapley values against brute force over all orders, and figures that add up to the last digit."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuji.footprint.compare_shapley import Coalition, closed, coalitions, in_sequence, shapley, weight, with_and_without

NAMES = ("a", "b", "c", "d")
VALUES = st.fractions(-50, 50, max_denominator=64)


@st.composite
def games(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[Coalition, Fraction]]:
    """Up to four players with any value for every coalition, interactions of all orders included."""
    players = NAMES[: draw(st.integers(1, 4))]
    return players, {coalition: draw(VALUES) for coalition in coalitions(players)}


def by_all_orders(players: tuple[str, ...], values: dict[Coalition, Fraction]) -> dict[str, Fraction]:
    """The mean effect over every order in which the players can come."""
    orders = list(itertools.permutations(players))
    sums = dict.fromkeys(players, Fraction(0))
    for order in orders:
        for i, player in enumerate(order):
            sums[player] += values[frozenset(order[: i + 1])] - values[frozenset(order[:i])]
    return {player: total / len(orders) for player, total in sums.items()}


@given(games())
def test_the_mean_over_all_orders(game: tuple[tuple[str, ...], dict[Coalition, Fraction]]) -> None:
    """The formula over coalitions gives exactly the mean over all orders."""
    players, values = game
    assert by_all_orders(players, values) == shapley(players, lambda s: values[s])


@given(games())
def test_nothing_is_left_over(game: tuple[tuple[str, ...], dict[Coalition, Fraction]]) -> None:
    """The values add up exactly to the whole difference, by Shapley and in sequence."""
    players, values = game
    whole = values[frozenset(players)] - values[frozenset()]
    assert whole == sum(shapley(players, lambda s: values[s]).values())
    assert whole == sum(in_sequence(players, lambda s: values[s]).values())


@given(games())
def test_from_the_other_end(game: tuple[tuple[str, ...], dict[Coalition, Fraction]]) -> None:
    """Switching from B to A gives every value with the other sign."""
    players, values = game
    back = shapley(players, lambda s: values[frozenset(players) - s])
    assert back == {player: -value for player, value in shapley(players, lambda s: values[s]).items()}


def test_an_interaction_is_divided() -> None:
    """What two causes do only together is divided equally; alone-standing effects stay with their cause."""
    alone = {"a": 10, "b": 3, "c": 0}
    value = {s: Fraction(sum(alone[p] for p in s) + (8 if {"a", "b"} <= s else 0)) for s in coalitions(("a", "b", "c"))}
    assert shapley(("a", "b", "c"), lambda s: value[s]) == {"a": 14, "b": 7, "c": 0}
    assert in_sequence(("a", "b", "c"), lambda s: value[s]) == {"a": 10, "b": 11, "c": 0}


@pytest.mark.parametrize("players", [1, 2, 5, 8])
def test_weights_are_shares_of_orders(players: int) -> None:
    """Over all coalitions without a player the weights add up to one."""
    assert sum(math.comb(players - 1, size) * weight(players, size) for size in range(players)) == 1


def test_lines_carry_the_value_of_their_cause() -> None:
    """A line's mean values without and with a cause differ by the Shapley value of the cause on that line."""
    lines = {
        frozenset(): {("p", "x"): 2.0},
        frozenset("a"): {("p", "x"): 4.0},
        frozenset("b"): {("p", "x"): 2.0, ("p", "y"): 1.0},
        frozenset("ab"): {("p", "x"): 8.0},
    }
    found = with_and_without(("a", "b"), "a", lambda s: lines[s])
    assert found == {("p", "x"): (2.0, 6.0), ("p", "y"): (0.5, 0.0)}
    assert with_and_without(("a", "b"), "b", lambda s: lines[s], sequential=True) == {("p", "x"): (4.0, 8.0)}


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-3), min_size=1, max_size=8), st.floats(1, 1e6))
def test_floats_close_to_the_last_digit(parts: list[float], start: float) -> None:
    """Shares whose exact sum is B - A become floats that miss it by their own rounding at most."""
    shares = [Fraction(part) / 3 for part in parts]
    end = float(Fraction(start) + sum(shares))
    shares[0] += Fraction(end) - Fraction(start) - sum(shares)
    bars = closed(shares, end - start)
    left = abs(math.fsum(bars) - (end - start))
    # Each bar is rounded once, by at most half a unit in its last place: that much may stay and not more.
    assert left <= math.fsum(map(math.ulp, bars)) / 2
    assert all(abs(bar - float(share)) <= 1e-9 * max(map(abs, bars)) for bar, share in zip(bars, shares, strict=True))


def test_a_tie_of_roundings_is_closed() -> None:
    """Two bars whose rounded sum lies half a digit beside the difference still add up to it."""
    whole = 38783.1234567890 - 100161.5434380551
    for part in (27814.647666799995, 27814.64766679999, 1 / 3):
        bars = closed([Fraction(part), Fraction(whole) - Fraction(part)], whole)
        assert math.fsum(bars) == whole
