"""Two footprints compared: a waterfall of causes whose bars add up exactly to the difference.

The causes are, in this order: data (study and background), functional unit, boundary, cut-off, electricity,
characterisation, allocation, recycling and end of life. Each bar is the Shapley value of its cause: the footprint is
calculated for every combination of causes taken from A or from B, so that no interaction is left over.
"""

from __future__ import annotations

from collections.abc import Sequence

from zuji.background.gwp import gwp_table
from zuji.datum import LocalText, localised
from zuji.footprint.calculate import calculate
from zuji.footprint.compare_basis import basis
from zuji.footprint.compare_model import (
    DATA,
    FUNCTIONAL_UNIT,
    ORDER,
    PRODUCT,
    Comparison,
    MovedLine,
    Waterfall,
    cause_name,
)
from zuji.footprint.compare_points import Calculated, Points, Words, waterfall
from zuji.footprint.compare_shapley import Coalition
from zuji.footprint.compare_words import fill, said, sentence, shown_unit
from zuji.footprint.model import Footprint
from zuji.i18n import N_
from zuji.rulebooks.context import Context
from zuji.rulebooks.mixing import MIXED_DAY, Mixer, Side
from zuji.rulebooks.strategies.functional_unit import OF_PRODUCT, FunctionalUnit, functional_unit

NO_UNIT = N_("{label} cannot state its functional unit, because the study does not declare what it is computed from")
OTHER_UNIT = N_("{a} counts per {unit_a} and {b} per {unit_b}")
OTHER_MEASURE = N_("{a} counts “{name_a}” and {b} “{name_b}”")
NOT_COMPARABLE = N_("the functional unit of {label} ({name}) must not be compared with others")
NO_MIXTURE = N_("a combination of the two sides has no functional unit")
OTHER_PRODUCT = N_("the two studies are about different products: {a} and {b}")
NOT_IN_FORCE = N_("{label} is a {status}, not a rule in force")
INCOMPLETE = N_("{label} is incomplete: {count} lines have no factor and count as zero")
STATUS = {"draft": N_("draft"), "pilot": N_("pilot"), "withdrawn": N_("withdrawn version")}


def compare(a: Footprint, b: Footprint) -> Comparison:
    """The causes of b - a, per product and, where the functional units allow it, per functional unit.

    The two may differ in rulebook, in the day of one rulebook, in study or background, or in several of these. Causes
    that differ in words only, or that move no line of this study, have no bar.
    """
    mixer = Mixer(_side(a), _side(b))
    differing = mixer.differing()
    players = tuple(c for c in ORDER if (_other_data(a, b) if c == DATA else c in differing))
    points = Points(players, a, b, _calculator(a, b, mixer))
    effective = points.effective(players)
    idle = tuple(p for p in players if p not in effective)
    names = labels(a, b)
    unit = b.system.functional_unit.unit

    def describe(cause: str, per: str, value: float, scale: float, lines: tuple[MovedLine, ...]) -> Words:
        found = basis(cause, a, b)
        factor, shown = shown_unit(per, f"kgCO2e/{unit}", scale)
        words = said(cause, a, b, names, found, len(lines))
        return cause, cause_name(cause), found, sentence(words, value, lines, factor, shown)

    per_product = waterfall(PRODUCT, "kgCO2e", effective, points, describe, idle=idle)
    assert per_product is not None
    reasons = not_per_functional_unit(a, b)
    per_unit: Waterfall | None = None
    if not reasons:
        per_unit = waterfall(FUNCTIONAL_UNIT, f"kgCO2e/{unit}", effective, points, describe, idle=idle)
        reasons = () if per_unit is not None else (localised(NO_MIXTURE),)
    return Comparison(
        a=a, b=b, label_a=names[0], label_b=names[1], product=per_product, functional_unit=per_unit,
        not_per_functional_unit=reasons, without_effect=idle, cautions=cautions((a, b), names),
    )  # fmt: skip


def labels(a: Footprint, b: Footprint) -> tuple[str, str]:
    """What to call the two sides: the rulebooks, else the days, else the studies; A and B where all are alike."""
    x, y = _names(a), _names(b)
    return next(((one, other) for one, other in zip(x, y, strict=True) if one != other), ("A", "B"))


def _names(footprint: Footprint) -> tuple[str, ...]:
    system = footprint.system
    folder = system.study.folder.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return system.book.id, f"{system.book.id} {system.day.isoformat()}", system.study.id, folder


def not_per_functional_unit(a: Footprint, b: Footprint, names: tuple[str, str] | None = None) -> tuple[LocalText, ...]:
    """Why the figures per functional unit must not be compared; nothing when they may be.

    The units must be known, be the same and measure the same (a kWh of capacity is not a kWh delivered); and neither
    may be marked as not comparable by its rulebook, unless the two functional units are one and the same.
    """
    shown = names or labels(a, b)
    units = [f.system.functional_unit for f in (a, b)]
    found = [fill(NO_UNIT, label=label) for label, unit in zip(shown, units, strict=True) if unit.amount is None]
    if units[0].unit != units[1].unit:
        found.append(fill(OTHER_UNIT, a=shown[0], unit_a=units[0].unit, b=shown[1], unit_b=units[1].unit))
    elif not found and measure(units[0]) != measure(units[1]):
        found.append(fill(OTHER_MEASURE, a=shown[0], name_a=units[0].name, b=shown[1], name_b=units[1].name))
    if (units[0].name, units[0].unit, units[0].clause) != (units[1].name, units[1].unit, units[1].clause):
        found += [
            fill(NOT_COMPARABLE, label=label, name=unit.name)
            for label, unit in zip(shown, units, strict=True)
            if not unit.comparable
        ]
    return tuple(found)


def measure(unit: FunctionalUnit) -> object:
    """What a functional unit measures: the service over the life, or these properties of the product."""
    symbols = frozenset(term.symbol for term in unit.amount.terms) if unit.amount is not None else frozenset()
    return symbols if symbols <= {*OF_PRODUCT, "items"} else "service"


def cautions(footprints: Sequence[Footprint], names: Sequence[str]) -> tuple[LocalText, ...]:
    """What a reader has to know before quoting a difference: drafts, gaps, different products."""
    found: list[LocalText] = []
    products = [f.system.study.product.id for f in footprints]
    found += [fill(OTHER_PRODUCT, a=products[0], b=other) for other in dict.fromkeys(products) if other != products[0]]
    for footprint, name in zip(footprints, names, strict=True):
        if footprint.system.version.status in STATUS:
            found.append(fill(NOT_IN_FORCE, label=name, status=localised(STATUS[footprint.system.version.status])))
        if footprint.gaps:
            found.append(fill(INCOMPLETE, label=name, count=len({(g[0], g[1]) for g in footprint.gaps})))
    return tuple(dict.fromkeys(found))


def _side(footprint: Footprint) -> Side:
    return Side(footprint.system.book, footprint.system.day)


def _other_data(a: Footprint, b: Footprint) -> bool:
    return any(a.digests[name] != b.digests[name] for name in ("study", "background"))


def _calculator(a: Footprint, b: Footprint, mixer: Mixer) -> Calculated:
    # One Background object for both sides where its content is the same: the engine prepares each only once.
    same = a.digests["background"] == b.digests["background"]
    backgrounds = (a.system.background, a.system.background if same else b.system.background)
    studies = (a.system.study, b.system.study)
    known: dict[Coalition, Footprint] = {}

    def calculated(coalition: Coalition) -> tuple[Footprint, FunctionalUnit | None]:
        is_b, causes = DATA in coalition, coalition - {DATA}
        for_lines = mixer.causes_of_lines(causes)
        key = for_lines | coalition & {DATA}
        if key not in known:
            book = mixer.book(for_lines)
            known[key] = calculate(studies[is_b], book, on=MIXED_DAY, background=backgrounds[is_b])
        if for_lines == causes:
            return known[key], None
        book = mixer.book(causes)
        context = Context(studies[is_b], backgrounds[is_b], gwp_table(), book, book.versions[0], MIXED_DAY)
        return known[key], functional_unit(context)

    return calculated
