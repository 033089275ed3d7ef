"""Electricity: what a rulebook does with every metered kWh, and why.

Meters and instruments of a plant are divided into classes (on-site, direct line, instrument, remaining grid); the
rulebook's rule says for each class which factor it takes. The shares are exact and add up to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from zuji.datum import LocalText, localised
from zuji.finding import Place
from zuji.i18n import N_
from zuji.quantity import parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Derivation, Term, derive, from_datum, stated
from zuji.rulebooks.rule import Decision
from zuji.rulebooks.strategies.grid_mix import average_mix, lifecycle_electricity, residual_mix
from zuji.rulebooks.strategies.instruments import criteria_of, failed_criteria
from zuji.study.model import Datum, Instrument, MeterReading, Supply

KWH = parse_unit("kWh")
METERED = LocalText("抄表电量", "metered energy")
CLAIMED = LocalText("凭证电量", "energy claimed by instruments")


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a plant's electricity: its class, its share [1], the factor that it takes and the decision for it."""

    id: str
    source_class: str
    """on_site | direct_line | instrument | grid"""
    energy: Fraction | None
    """kWh in the reporting period, None when nothing was metered."""
    share: Derivation
    dataset: str
    decision: Decision
    attribution: str
    """own_factor | instrument_factor | national_average | residual_mix"""
    place: Place
    plant: str = ""
    """The plant whose meters it comes from; '' for electricity without a plant."""


@dataclass(frozen=True, slots=True)
class _Part:
    id: str
    source_class: str
    energy: Derivation
    own_dataset: str
    facts: dict[str, object]
    place: Place


def electricity_shares(
    context: Context, plant: str, process: str, country: str, place: Place, meters: tuple[str, ...] = ()
) -> tuple[Share, ...]:
    """The classes of the electricity that `process` takes in `plant`, each with share, factor and reason.

    Named `meters` come before readings that name the process, and those before the ones of the whole plant. A class
    whose factor cannot be found is reported as an error and left out.
    """
    site = context.study.plants.get(plant)
    if site is not None and country and country != site.country:
        context.report(codes.OTHER_COUNTRY, place, exchange=process, found=country, plant=plant, wanted=site.country)
    country = country or (site.country if site is not None else "")
    if not country:
        context.report(codes.PLANT_MISSING, place, exchange=f"{process}")
        return ()
    parts = _parts(context, plant, process, country, meters)
    metered = bool(parts)
    if not metered:
        if plant:
            context.report(codes.NO_METERS, site.place if site is not None else place, plant=plant)
        parts = [_Part("grid", "grid", _UNMETERED, "", {}, place)]
    shares: list[Share] = []
    for part in parts:
        decision = context.decide(
            str(context.options("electricity")["rule"]),
            **{**_FACTS, "source_class": part.source_class, **part.facts},
        )
        dataset, attribution, decision = _factor(context, part, decision, country)
        if dataset:
            energy = part.energy.value if metered else None
            share = _share(part, parts)
            shares.append(
                Share(part.id, part.source_class, energy, share, dataset, decision, attribution, part.place, plant)
            )
    return tuple(shares)


_FACTS: dict[str, object] = {"certificate_sold": False, "criteria_met": True, "instrument_type": "none"}
_UNMETERED = derive(
    "share", "kWh",
    stated("share", 1, "kWh", LocalText("全部电量", "all of the electricity"),
           LocalText("没有抄表数据", "nothing was metered")),
)  # fmt: skip


def _sum(data: Sequence[Datum], label: LocalText) -> Derivation:
    terms = [from_datum(f"e{i}", datum, label, KWH) for i, datum in enumerate(data) if not datum.missing]
    return derive(" + ".join(term.symbol for term in terms) or "0", "kWh", *terms)


def _total(parts: Sequence[_Part]) -> Derivation:
    terms = [
        Term(f"e{i}", part.energy.value, "kWh", LocalText(part.id, part.id), part.energy)
        for i, part in enumerate(parts)
    ]
    return derive(" + ".join(term.symbol for term in terms) or "0", "kWh", *terms)


def _of(rows: Sequence[MeterReading], plant: str, process: str, meters: tuple[str, ...]) -> list[MeterReading]:
    if meters:
        return [row for row in rows if row.plant == plant and row.meter in meters]
    own = [row for row in rows if row.plant == plant and row.process == process]
    return own or [row for row in rows if row.plant == plant and not row.process]


def _parts(context: Context, plant: str, process: str, country: str, meters: tuple[str, ...]) -> list[_Part]:
    readings = _of(context.study.meters, plant, process, meters) if plant else []
    groups: dict[tuple[str, bool, str], list[MeterReading]] = {}
    for row in readings:
        groups.setdefault((row.supply.value, row.certificate_sold, row.dataset), []).append(row)
    own: list[_Part] = []
    grid: list[MeterReading] = []
    for (supply, sold, dataset), rows in groups.items():
        if supply == Supply.GRID:
            grid += rows
            continue
        id = supply + ("-sold" if sold else "") + (f":{dataset}" if dataset else "")
        energy = _sum([row.energy for row in rows], METERED)
        own.append(_Part(id, supply, energy, dataset, {"certificate_sold": sold}, rows[0].place))
    if grid:
        claims = _claims(context, plant, process, grid, country)
        own += [*claims, _remaining(grid, claims)]
    return [part for part in own if part.energy.value > 0]


def _remaining(grid: Sequence[MeterReading], claims: Sequence[_Part]) -> _Part:
    metered = _sum([row.energy for row in grid], METERED)
    if claims:
        claimed = _total(claims)
        metered = derive(
            "max(metered - claimed, 0)",
            "kWh",
            Term("metered", metered.value, "kWh", METERED, metered),
            Term("claimed", claimed.value, "kWh", CLAIMED, claimed),
        )
    return _Part("grid", "grid", metered, "", {}, grid[0].place)


def _claims(context: Context, plant: str, process: str, grid: Sequence[MeterReading], country: str) -> list[_Part]:
    # Instruments of the plant serve all its grid meters alike, so that none of their kWh is claimed twice; where they
    # claim more than was metered, each counts for less.
    rows = [row for row in context.study.instruments if row.plant == plant]
    own = [row for row in rows if row.process == process]
    parts = [_instrument_part(context, row, country) for row in own or [row for row in rows if not row.process]]
    if not own:
        served = [
            row
            for row in context.study.meters
            if row.plant == plant
            and row.supply is Supply.GRID
            and (not row.process or not any(one.process == row.process for one in rows))
        ]
        parts = _scaled(parts, _sum([row.energy for row in grid], METERED), _sum([r.energy for r in served], METERED))
    return _scaled(parts, _sum([row.energy for row in grid], METERED), _total(parts))


def _scaled(parts: list[_Part], metered: Derivation, whole: Derivation) -> list[_Part]:
    """Each part times metered/whole where that is less than one."""
    if metered.value >= whole.value:
        return parts
    return [
        replace(
            part,
            energy=derive(
                "claimed * metered / whole", "kWh",
                Term("claimed", part.energy.value, "kWh", CLAIMED, part.energy),
                Term("metered", metered.value, "kWh", METERED, metered),
                Term("whole", whole.value, "kWh", LocalText("合计", "the sum of all"), whole),
            ),
        )
        for part in parts
    ]  # fmt: skip


def _instrument_part(context: Context, row: Instrument, country: str) -> _Part:
    failed = failed_criteria(context, row, country)
    if failed:
        demanded = context.optional("electricity.instrument_criteria")
        context.report(codes.INSTRUMENT_FAILS, row.place, clause=demanded.clause if demanded is not None else "",
                       instrument=f"{row.id} ({row.type.value})", criteria=_criteria(context, failed))  # fmt: skip
    facts: dict[str, object] = {"criteria_met": not failed, "instrument_type": row.type.value}
    return _Part(row.id, "instrument", _sum([row.energy], CLAIMED), row.dataset, facts, row.place)


def _criteria(context: Context, names: Sequence[str]) -> LocalText:
    known = criteria_of(context)
    words = [known[name].name for name in names]
    return LocalText("、".join(word.zh for word in words), ", ".join(word.en for word in words))


def _share(part: _Part, parts: Sequence[_Part]) -> Derivation:
    total = _total(parts)
    return derive(
        "energy / total",
        "1",
        Term("energy", part.energy.value, "kWh", LocalText(part.id, part.id), part.energy),
        Term("total", total.value, "kWh", LocalText("全部电量", "all of the electricity"), total),
    )


def _factor(context: Context, part: _Part, decision: Decision, country: str) -> tuple[str, str, Decision]:
    match decision.value:
        case "own_factor" | "instrument_factor":
            return _own(context, part), decision.value, decision
        case "national_average":
            if part.source_class == "instrument":
                context.report(codes.INSTRUMENT_IGNORED, part.place, clause=decision.clause, instrument=part.id,
                               energy=f"{float(part.energy.value):,.0f} kWh", book=context.book.id,
                               treatment=localised(N_("the national average mix")), reason=decision.reason)  # fmt: skip
            return average_mix(context, country, part.place), "national_average", decision
        case "residual_mix":
            return residual_mix(context, part.place, decision, country)
    raise AssertionError(decision.value)


def _own(context: Context, part: _Part) -> str:
    if not part.own_dataset:
        context.report(codes.NO_SUPPLY_FACTOR, part.place, supply=part.source_class, meter=part.id)
        return ""
    return lifecycle_electricity(context, part.own_dataset, part.place)
