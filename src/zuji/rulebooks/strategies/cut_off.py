"""Cut-off: what a study leaves out is listed, measured over the whole system and held against the rulebook's limit.

Three ways: `justified` (listed, no limit), `mass_share` (the mass of each process) and `cumulative` (everything that is
left out, over the whole product system, by mass, energy and share of the footprint). The account is made under every
rulebook; a limit holds only where one is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from zuji.background.model import Category
from zuji.datum import Kind, LocalText
from zuji.errors import UnitError
from zuji.quantity import Unit, conversion_factor, parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.book_parts import EXCLUDED, MEASURES
from zuji.rulebooks.context import Context
from zuji.rulebooks.strategies.boundary import book_stage, excluded_group, study_stage
from zuji.study.inventory import decimal_text, mass_of
from zuji.study.model import Datum, Exchange, ProviderKind, Role, UnitProcess

MUCH = Fraction(1, 20)
"""Share of the input mass of a process beyond which a cut-off is pointed out where a rulebook states no number."""
INPUTS = (Role.MATERIAL, Role.PRODUCT, Role.AUXILIARY)
KG, MJ = parse_unit("kg"), parse_unit("MJ")
UNITS = {"mass": "kg", "energy": "MJ", "significance": "kgCO2e"}
MEASURE_NAMES: Mapping[str, LocalText] = {
    "mass": LocalText("质量", "mass"),
    "energy": LocalText("能量", "energy"),
    "significance": LocalText("环境影响", "environmental significance"),
}
ADDED = "#missing-mass"
"""End of the id of the exchange that stands for the mass of what is cut off."""

ScoreOf = Callable[[str], float]
"""The footprint of one unit of a dataset [kg CO2e]."""


@dataclass(frozen=True, slots=True)
class CutLine:
    """A line that the study leaves out, per product; None for what cannot be said of it."""

    activity: str
    exchange: str
    name: LocalText
    reason: str
    mass: float | None
    """[kg]"""
    energy: float | None
    """[MJ]"""
    significance: float | None
    """Footprint of what is left out [kg CO2e], from the dataset that the line still names."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure over the whole system per product, what is left out included."""

    measure: str
    left_out: float
    total: float
    unknown: int
    """Lines of which the measure is not known."""
    limit: float | None
    """Largest share that the rulebook allows; None where it states none for this measure."""

    @property
    def share(self) -> float:
        """What is left out, as a share of the whole [1]."""
        return self.left_out / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class CutOffAccount:
    """Everything that a study leaves out, with its share by each measure; no lines where nothing is left out."""

    lines: tuple[CutLine, ...]
    measures: tuple[Measured, ...]
    clause: str


def within(share: float, limit: float) -> bool:
    """Whether a share keeps to a limit; the limit itself does, and so does what sums round beyond it."""
    return share <= limit * (1 + 1e-9)


def check_cut_off(context: Context, process: UnitProcess) -> None:
    """Report every exchange that the study cuts off, and the process when they exceed the limit for one process."""
    left_out = _left_out(context, process)
    if not left_out:
        return
    way = context.options("cut_off")["strategy"]
    parameter = context.optional("cut_off.mass_share") if way == "mass_share" else None
    clause = parameter.clause if parameter is not None else str(context.options("cut_off").get("clause", ""))
    for exchange in left_out:
        mass = mass_of(exchange.amount, exchange.mass)
        shown = f"{float(mass):.4g} kg" if mass is not None else "? kg"
        context.report(codes.CUT_OFF_NOTE, exchange.place, clause=clause,
                       line=f"{process.id}/{exchange.id}", mass=shown, reason=exchange.cut_off)  # fmt: skip
    inputs = [e for e in process.exchanges if e.role in INPUTS]
    total = sum((mass_of(e.amount, e.mass) or Fraction(0) for e in inputs), Fraction(0))
    lost = sum((mass_of(e.amount, e.mass) or Fraction(0) for e in left_out if e.role in INPUTS), Fraction(0))
    if total <= 0:
        return
    if parameter is None and way == "justified" and lost / total > MUCH:
        context.report(codes.MUCH_CUT_OFF, process.place, clause=clause, process=process.id,
                       share=f"{float(lost / total):.1%}", lines=", ".join(e.id for e in left_out))  # fmt: skip
    if parameter is not None and lost / total > parameter.number:
        context.report(codes.CUT_OFF, process.place, clause=clause, process=process.id, book=context.book.id,
                       share=f"{float(lost / total):.2%}", limit=f"{float(parameter.number):.0%}",
                       lines=", ".join(e.id for e in left_out))  # fmt: skip


def _left_out(context: Context, process: UnitProcess) -> list[Exchange]:
    # What the rulebook itself leaves out is no cut-off of the study.
    return [e for e in process.exchanges if e.cut_off and _inside(context, process, e)]


def _inside(context: Context, process: UnitProcess, exchange: Exchange) -> bool:
    stage = book_stage(context, study_stage(process, exchange), exchange.role)
    return stage != EXCLUDED and excluded_group(context, process, exchange) is None


def missing_mass(context: Context, process: UnitProcess, score: ScoreOf | None) -> Exchange | None:
    """The mass of what `process` cuts off, as more of its input with the largest footprint per kg.

    Only under a rulebook whose parameter `cut_off.missing_mass` says `worst_input`. None, with a finding, where no
    bought input with a mass is there to take it; lines without mass are named and stay left out.
    """
    left_out = [e for e in _left_out(context, process) if e.role in INPUTS]
    masses = {e.id: mass_of(e.amount, e.mass) for e in left_out}
    missing = any(mass is None or mass > 0 for mass in masses.values())
    way = context.optional("cut_off.missing_mass") if missing else None
    if score is None or way is None or way.value != "worst_input":
        return None
    clause = way.clause
    lost = sum((mass for mass in masses.values() if mass is not None), Fraction(0))
    unknown = sorted(id for id, mass in masses.items() if mass is None)
    worst = _worst(context, process, score) if lost > 0 else None
    if unknown or (lost > 0 and worst is None):
        context.report(codes.MISSING_MASS_LEFT, process.place, clause=clause, process=process.id,
                       lines=", ".join(unknown or sorted(masses)))  # fmt: skip
    if worst is None:
        return None
    context.report(codes.MISSING_MASS, worst.place, clause=clause, process=process.id, mass=f"{float(lost):.4g} kg",
                   lines=", ".join(sorted(masses)), input=worst.id)  # fmt: skip
    note = ", ".join(f"{id}: {float(mass):.6g} kg" for id, mass in sorted(masses.items()) if mass is not None)
    amount = Datum(number=decimal_text(lost), unit=KG, kind=Kind.CALCULATED, note=note, place=process.place)
    return replace(worst, id=f"{worst.id}{ADDED}", amount=amount, mass=None, cut_off="")


def _worst(context: Context, process: UnitProcess, score: ScoreOf) -> Exchange | None:
    found: list[tuple[float, str, Exchange]] = []
    for exchange in process.exchanges:
        dataset = context.dataset(exchange.provider.id)
        bought = exchange.provider.kind in (ProviderKind.DATASET, ProviderKind.SUPPLIER) and exchange.role in INPUTS
        if not bought or dataset is None or exchange.cut_off or exchange.amount.missing or dataset.missing:
            continue
        unit = parse_unit(dataset.unit)
        if unit.dimension == KG.dimension and _inside(context, process, exchange):
            found.append((score(dataset.id) / float(unit.factor), exchange.id, exchange))
    return max(found, key=lambda one: one[:2])[2] if found else None


def account(
    context: Context, processes: Mapping[str, UnitProcess], runs: Mapping[str, float], total: float, score: ScoreOf
) -> CutOffAccount:
    """What is left out over the whole system per product, and a finding where that exceeds the rulebook's limit.

    `runs` of each process per product and the `total` [kg CO2e per product] come from the solved system. Mass is that
    of bought materials, products and auxiliaries, energy what comes in as energy, significance the footprint.
    """
    options = context.options("cut_off")
    clause = str(options.get("clause", ""))
    lines: list[CutLine] = []
    sums = dict.fromkeys(("mass", "energy"), 0.0)
    for process in processes.values():
        run = runs.get(process.id, 0.0)
        for exchange in process.exchanges:
            if not run or not _inside(context, process, exchange):
                continue
            mass, energy = _mass(exchange), _energy(context, exchange)
            sums["mass"] += run * (mass or 0.0)
            sums["energy"] += run * (energy or 0.0)
            if exchange.cut_off:
                lines.append(_line(context, process, exchange, run, score))
    if not lines:
        return CutOffAccount((), (), clause)
    known = [line.significance for line in lines if line.significance is not None]
    wholes = {**sums, "significance": abs(total) + sum(abs(value) for value in known)}
    limited = options["measures"] if options["strategy"] == "cumulative" else ()
    limit = context.parameter("cut_off.cumulative_share") if limited else None
    measures = tuple(
        _measured(measure, lines, wholes[measure], float(limit.number) if limit and measure in limited else None)
        for measure in MEASURES
    )
    if limit is not None:
        _report(context, lines, measures, limit.clause)
    return CutOffAccount(tuple(lines), measures, limit.clause if limit is not None else clause)


def _measured(measure: str, lines: list[CutLine], whole: float, limit: float | None) -> Measured:
    values = [getattr(line, measure) for line in lines]
    left_out = sum(abs(value) for value in values if value is not None)
    return Measured(measure, left_out, whole, sum(value is None for value in values), limit)


def _report(context: Context, lines: list[CutLine], measures: tuple[Measured, ...], clause: str) -> None:
    place, named = context.study.product.place, ", ".join(f"{line.activity}/{line.exchange}" for line in lines)
    for found in measures:
        if found.limit is not None and not within(found.share, found.limit):
            context.report(codes.CUT_OFF_IN_ALL, place, clause=clause, measure=MEASURE_NAMES[found.measure],
                           share=f"{found.share:.2%}", limit=f"{found.limit:.0%}", book=context.book.id,
                           lines=named)  # fmt: skip
    significance = next(m for m in measures if m.measure == "significance")
    if significance.limit is not None and significance.unknown:
        unknown = ", ".join(f"{line.activity}/{line.exchange}" for line in lines if line.significance is None)
        context.report(codes.CUT_OFF_UNMEASURED, place, clause=clause, count=significance.unknown, lines=unknown)


def _mass(exchange: Exchange) -> float | None:
    """The mass of what enters the system with an exchange [kg]; 0 for what comes from a process of the study."""
    if exchange.role not in INPUTS or (exchange.provider.kind is ProviderKind.PROCESS and not exchange.cut_off):
        return 0.0
    mass = mass_of(exchange.amount, exchange.mass)
    return float(mass) if mass is not None else None


def _energy(context: Context, exchange: Exchange) -> float | None:
    if exchange.role is not Role.ENERGY:
        dataset = context.dataset(exchange.provider.id)
        if dataset is None or dataset.category not in (Category.ELECTRICITY, Category.HEAT, Category.FUEL):
            return 0.0
    return _in(exchange.amount, MJ)


def _in(datum: Datum, unit: Unit) -> float | None:
    if datum.missing:
        return None
    try:
        return float(datum.exact * conversion_factor(datum.unit, unit))
    except UnitError:
        return None


def _line(context: Context, process: UnitProcess, exchange: Exchange, run: float, score: ScoreOf) -> CutLine:
    dataset = context.dataset(exchange.provider.id)
    amount = _in(exchange.amount, parse_unit(dataset.unit)) if dataset is not None else None
    value = score(dataset.id) * amount if dataset is not None and not dataset.missing and amount is not None else None
    mass, energy = _mass(exchange), _energy(context, exchange)
    return CutLine(
        activity=process.id,
        exchange=exchange.id,
        name=exchange.name,
        reason=exchange.cut_off,
        mass=run * mass if mass is not None else None,
        energy=run * energy if energy is not None else None,
        significance=run * value if value is not None else None,
    )
