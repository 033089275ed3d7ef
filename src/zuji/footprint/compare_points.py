"""What a comparison evaluates: the footprint of every combination of causes, and the waterfall that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from zuji.datum import LocalText
from zuji.footprint.compare_model import FUNCTIONAL_UNIT, Bar, Basis, MovedLine, Waterfall
from zuji.footprint.compare_shapley import NOISE, Coalition, closed, coalitions, in_sequence, shapley, with_and_without
from zuji.footprint.model import Footprint
from zuji.rulebooks.strategies.functional_unit import FunctionalUnit

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """What a comparison keeps of one footprint."""

    total: float
    per_functional_unit: float | None
    amount: Fraction | None
    """Functional units per product."""
    lines: Mapping[Key, float]

    @classmethod
    def of(cls, footprint: Footprint, unit: FunctionalUnit | None = None) -> Point:
        """The figures of `footprint`, per functional unit in its own or in another one."""
        amount = (unit or footprint.system.functional_unit).amount
        lines = {(line.activity, line.line): line.value for line in footprint.lines}
        per_unit = footprint.total / float(amount.value) if amount is not None else None
        return cls(footprint.total, per_unit, amount.value if amount is not None else None, lines)

    def figure(self, per: str) -> float | None:
        """The compared figure: per product, or per functional unit (None when it cannot be said)."""
        return self.per_functional_unit if per == FUNCTIONAL_UNIT else self.total

    def lines_per(self, per: str) -> Mapping[Key, float]:
        """The lines in the unit of the compared figure."""
        if per == FUNCTIONAL_UNIT and self.amount:
            divisor = float(self.amount)
            return {key: value / divisor for key, value in self.lines.items()}
        return self.lines

    def moved_from(self, other: Point) -> bool:
        """Whether a line or the functional unit differs by more than the rounding of the engine."""
        scale = max((abs(v) for p in (self, other) for v in p.lines.values()), default=0.0)
        keys = {*self.lines, *other.lines}
        lines = any(abs(self.lines.get(k, 0.0) - other.lines.get(k, 0.0)) > NOISE * scale for k in keys)
        return lines or self.amount != other.amount


Calculated = Callable[[Coalition], tuple[Footprint, FunctionalUnit | None]]
"""The footprint of a coalition, and its functional unit where that is not the footprint's own."""


class Points:
    """The points of all coalitions of causes, each calculated once; the two ends are the given footprints."""

    def __init__(self, players: Sequence[str], a: Footprint, b: Footprint, calculated: Calculated) -> None:
        self._calculated = calculated
        self._known = {frozenset(players): Point.of(b), frozenset[str](): Point.of(a)}
        self.names = {(line.activity, line.line): line.name for f in (b, a) for line in f.lines}

    def __getitem__(self, coalition: Coalition) -> Point:
        if coalition not in self._known:
            footprint, unit = self._calculated(coalition)
            self._known[coalition] = Point.of(footprint, unit)
            self.names = {(line.activity, line.line): line.name for line in footprint.lines} | self.names
        return self._known[coalition]

    def effective(self, players: Sequence[str]) -> tuple[str, ...]:
        """The players that matter: the others move nothing on their own, nor all together in any coalition of these.

        The second test is made, not assumed: a cause that acts only together with others is found by it and kept.
        """
        if len(players) < 2:
            return tuple(players)
        kept = self._that_move(players, frozenset())
        while idle := frozenset(players) - kept:
            moving = next((s for s in coalitions(sorted(kept)) if self[s | idle].moved_from(self[s])), None)
            if moving is None:
                break
            kept |= self._that_move(sorted(idle), moving) or idle
        return tuple(player for player in players if player in kept)

    def _that_move(self, players: Sequence[str], start: Coalition) -> Coalition:
        return frozenset(p for p in players if self[start | {p}].moved_from(self[start]))


Words = tuple[str, LocalText, tuple[Basis, ...], LocalText]
"""The cause of a bar, its name, what it rests on, and its sentence."""
Describe = Callable[[str, str, float, float, tuple[MovedLine, ...]], Words]
"""The words for a player, the compared figure, the value of the bar, the scale of the figures and the moved lines."""


def waterfall(
    per: str, unit: str, players: Sequence[str], points: Points, describe: Describe, *, idle: Sequence[str] = (),
    sequential: bool = False,
) -> Waterfall | None:  # fmt: skip
    """The bars of the players in their order; None when the figure cannot be said for one of the combinations."""
    left = frozenset(idle)

    def point(coalition: Coalition) -> Point:
        # The end with all players is the given footprint B; those set aside change nothing.
        return points[coalition | left] if len(coalition) == len(players) else points[coalition]

    a, b = point(frozenset()).figure(per), point(frozenset(players)).figure(per)
    if a is None or b is None:
        return None
    states = [frozenset(players[:i]) for i in range(len(players) + 1)] if sequential else list(coalitions(players))
    figures = {state: point(state).figure(per) for state in states}
    if any(figure is None for figure in figures.values()):
        return None
    exact = {state: Fraction(figure) for state, figure in figures.items() if figure is not None}
    shares = (in_sequence if sequential else shapley)(players, lambda state: exact[state])
    scale = max(abs(a), abs(b), *(abs(float(share)) for share in shares.values()), 0.0)
    moved = {
        player: _moved(players, player, lambda s: point(s).lines_per(per), points.names, scale, sequential)
        for player in players
    }
    seen = [p for p in players if moved[p] or abs(float(shares[p])) > NOISE * scale]
    values = dict(zip(seen, closed([shares[p] for p in seen], b - a), strict=True))
    bars = []
    for player in seen:
        cause, name, basis, sentence = describe(player, per, values[player], scale, moved[player])
        bars.append(Bar(cause=cause, id=player, name=name, value=values[player], exact=shares[player],
                        lines=moved[player], basis=basis, sentence=sentence))  # fmt: skip
    return Waterfall(per=per, unit=unit, a=a, b=b, bars=tuple(bars))


def _moved(
    players: Sequence[str],
    player: str,
    lines: Callable[[Coalition], Mapping[Key, float]],
    names: Mapping[Key, LocalText],
    scale: float,
    sequential: bool,
) -> tuple[MovedLine, ...]:
    found = with_and_without(players, player, lines, sequential=sequential)
    moved = [
        MovedLine(activity=key[0], line=key[1], name=names.get(key, LocalText(key[1], key[1])), before=x, after=y)
        for key, (x, y) in found.items()
        if abs(y - x) > NOISE * scale
    ]
    return tuple(sorted(moved, key=lambda line: (-abs(line.value), line.activity, line.line)))
