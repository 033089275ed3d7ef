"""The use stage of a storage product: losses of the delivered energy and auxiliary consumption, as an exchange."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from zuji.datum import Kind, LocalText
from zuji.quantity import conversion_factor, parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.book_parts import EXCLUDED
from zuji.rulebooks.context import Context
from zuji.rulebooks.strategies.boundary import CRADLE_TO_GATE
from zuji.rulebooks.strategies.functional_unit import FunctionalUnit
from zuji.study.inventory import decimal_text
from zuji.study.model import LIFE_CYCLE, Datum, Exchange, Role, Stage, UnitProcess, Use

LOSSES = LocalText("充放电损耗", "charging and discharging losses")
AUXILIARY = LocalText("辅助用电", "auxiliary consumption")


def with_use_stage(context: Context, processes: dict[str, UnitProcess], unit: FunctionalUnit) -> dict[str, UnitProcess]:
    """The processes with the use stage in `life-cycle`: energy delivered × (1/efficiency - 1) plus auxiliaries.

    Reported instead of counted: a use stage that the study does not describe, and the losses where no energy delivered
    over the service life is declared (a standby battery still has its auxiliaries).
    """
    use = context.study.use
    counted = context.book.assign[Stage.USE.value] != EXCLUDED and context.study.boundary != CRADLE_TO_GATE
    if use is None:
        if counted:
            context.report(codes.NO_USE, context.study.product.place, book=context.book.id)
        return processes
    delivered = unit.amount if unit.unit == "kWh" else None
    exchanges: list[Exchange] = []
    efficiency = use.round_trip_efficiency
    share = _in(efficiency, "1")
    if delivered is None:
        if counted:
            context.report(codes.USE_WITHOUT_LIFE, use.place, lacking="service_life.cycles")
    elif share is not None and share > 0:
        losses = delivered.value * (1 / share - 1)
        note = f"{float(delivered.value):,.0f} kWh × (1 / {float(share):g} - 1)"
        exchanges.append(_exchange(use, "use-losses", LOSSES, _energy(efficiency, losses, note)))
    else:
        exchanges.append(_exchange(use, "use-losses", LOSSES, efficiency))
    life = context.study.service_life
    years = _in(life.years, "a") if life is not None and life.years is not None else None
    if use.auxiliary_energy is not None:
        yearly = _in(use.auxiliary_energy, "kWh/a")
        if yearly is None or years is None:
            datum = replace(
                use.auxiliary_energy, number="", missing=use.auxiliary_energy.missing or "service_life.years"
            )
        else:
            note = f"{float(yearly):g} kWh/a × {float(years):g} a"
            datum = _energy(use.auxiliary_energy, yearly * years, note)
        exchanges.append(_exchange(use, "use-auxiliary", AUXILIARY, datum))
    top = processes[LIFE_CYCLE]
    processes[LIFE_CYCLE] = replace(top, exchanges=(*top.exchanges, *exchanges))
    return processes


def _in(datum: Datum, unit: str) -> Fraction | None:
    return None if datum.missing else datum.exact * conversion_factor(datum.unit, parse_unit(unit))


def _energy(datum: Datum, value: Fraction, note: str) -> Datum:
    kind = datum.kind if datum.kind in (Kind.ASSUMED, Kind.ESTIMATED) else Kind.CALCULATED
    return replace(datum, number=decimal_text(value), unit=parse_unit("kWh"), kind=kind, note=note)


def _exchange(use: Use, id: str, name: LocalText, datum: Datum) -> Exchange:
    return Exchange(
        id=id, name=name, role=Role.ENERGY, amount=datum, provider=use.electricity, stage=Stage.USE, place=use.place
    )
