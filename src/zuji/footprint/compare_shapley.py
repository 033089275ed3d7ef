"""Shares of causes in a difference: exact Shapley values, and how they become figures that add up.

A cause's Shapley value is its effect averaged over all orders in which the causes could be switched from A to B, so it
does not depend on an order, an interaction is divided equally among the causes that make it, and the values add up to
the whole difference: φ_c = Σ over coalitions S without c of |S|!·(k-|S|-1)!/k! · (v(S ∪ {c}) - v(S)).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

Coalition = frozenset[str]
NOISE = 1e-12
"""Relative size below which a difference of two results is rounding of the engine."""


def coalitions(players: Sequence[str]) -> Iterable[Coalition]:
    """Every subset of `players`, small ones first."""
    sizes = range(len(players) + 1)
    return (frozenset(members) for size in sizes for members in itertools.combinations(players, size))


def weight(players: int, size: int) -> Fraction:
    """The share of the orders of `players` in which one of them comes right after `size` given others."""
    return Fraction(math.factorial(size) * math.factorial(players - size - 1), math.factorial(players))


def shapley(players: Sequence[str], value: Callable[[Coalition], Fraction]) -> dict[str, Fraction]:
    """The exact Shapley value of every player; they add up to value(all) - value(none)."""
    known = {coalition: value(coalition) for coalition in coalitions(players)}
    k = len(players)
    return {
        player: sum(
            (weight(k, len(s)) * (known[s | {player}] - known[s]) for s in known if player not in s), Fraction(0)
        )
        for player in players
    }


def in_sequence(players: Sequence[str], value: Callable[[Coalition], Fraction]) -> dict[str, Fraction]:
    """Each player's effect when they are switched in the given order: cheap, but an interaction goes to the last."""
    found: dict[str, Fraction] = {}
    before: Coalition = frozenset()
    for player in players:
        found[player] = value(before | {player}) - value(before)
        before |= {player}
    return found


def with_and_without(
    players: Sequence[str],
    player: str,
    lines: Callable[[Coalition], Mapping[tuple[str, str], float]],
    *,
    sequential: bool = False,
) -> dict[tuple[str, str], tuple[float, float]]:
    """Every line before and after `player` is switched, averaged as its Shapley value is (or in the given order).

    The differences add up to the player's share; a line that is not there counts as zero.
    """
    others = [p for p in players if p != player]
    if sequential:
        states = [(frozenset(players[: players.index(player)]), 1.0)]
    else:
        states = [(s, float(weight(len(players), len(s)))) for s in coalitions(others)]
    before: dict[tuple[str, str], list[float]] = {}
    after: dict[tuple[str, str], list[float]] = {}
    for state, share in states:
        for sums, seen in ((before, lines(state)), (after, lines(state | {player}))):
            for key, number in seen.items():
                sums.setdefault(key, []).append(share * number)
    keys = dict.fromkeys((*before, *after))
    return {key: (math.fsum(before.get(key, ())), math.fsum(after.get(key, ()))) for key in keys}


def closed(shares: Sequence[Fraction], difference: float) -> tuple[float, ...]:
    """The shares as floats whose `math.fsum` is `difference` to the last digit.

    Each is rounded to the nearest float; what the rounding leaves (units in the last place) goes to the largest bar
    that can take it. Where every bar is so much larger than the difference that no float can close it, the rest stays;
    the exact shares add up in any case.
    """
    values = [float(share) for share in shares]
    order = sorted(range(len(values)), key=lambda i: (-abs(values[i]), i))
    rest = Fraction(difference) - sum(map(Fraction, values), Fraction(0))
    for i in order if math.fsum(values) != difference else ():
        tried = [float(Fraction(value) + rest) if j == i else value for j, value in enumerate(values)]
        if math.fsum(tried) == difference:
            return tuple(tried)
    return tuple(values)
