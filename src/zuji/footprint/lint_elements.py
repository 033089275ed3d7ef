"""The balance of elements: what a process puts into its product must have come in."""

from __future__ import annotations

from collections.abc import Iterator

from zuji.finding import Finding
from zuji.footprint import lint_codes as codes
from zuji.footprint.lint_tables import ELEMENTS
from zuji.footprint.lint_walk import ENERGY, TAKEN, listed, making, product_of, substance_in
from zuji.footprint.model import Footprint
from zuji.study.inventory import mass_of
from zuji.study.model import ProviderKind, UnitProcess

TOLERANCE = 0.02
"""Rounding; losses only make the lack larger."""


def elements_balance(footprint: Footprint) -> Iterator[Finding]:
    """Every element of a recognised product comes in, within 2 %; where unknown inputs may hold it, a note."""
    for process in making(footprint):
        product = product_of(process)
        mass = mass_of(process.reference_flow, process.mass)
        if product is None or mass is None or mass <= 0:
            continue
        found, lines, hidden, unknown = _inputs(footprint, process)
        lacking: dict[str, str] = {}
        for element in ELEMENTS:
            wanted, there = float(mass) * product.fractions.get(element, 0.0), found.get(element, 0.0)
            if wanted - there <= TOLERANCE * wanted:
                continue
            if hidden >= wanted - there:
                yield codes.ELEMENT_UNKNOWN(
                    process.place, process=process.id, element=element, wanted=f"{wanted:.4g}", found=f"{there:.4g}",
                    lines=listed(unknown),
                )  # fmt: skip
            else:
                lacking[element] = f"{element} {there:.4g} / {wanted:.4g} kg (-{100 * (1 - there / wanted):.3g} %)"
        if lacking:
            yield codes.ELEMENTS_LACK(
                process.place, process=process.id, elements=", ".join(lacking.values()), product=product.name,
                tolerance=f"{100 * TOLERANCE:g}", lines=listed(id for e in lacking for id in lines.get(e, ["-"])),
            )  # fmt: skip


def _inputs(
    footprint: Footprint, process: UnitProcess
) -> tuple[dict[str, float], dict[str, list[str]], float, list[str]]:
    found: dict[str, float] = {}
    lines: dict[str, list[str]] = {}
    hidden, unknown = 0.0, list[str]()
    for exchange in process.exchanges:
        is_thing = exchange.amount.unit.dimension != ENERGY and exchange.provider.kind is not ProviderKind.ELECTRICITY
        if exchange.role not in TAKEN or not is_thing:
            continue
        maker = footprint.system.processes.get(exchange.provider.id)
        mass = mass_of(exchange.amount, exchange.mass or (maker.mass if maker is not None else None))
        substance = substance_in(footprint, exchange)
        if substance is None or mass is None:
            hidden += float(mass) if mass is not None else (0.0 if exchange.cut_off else float("inf"))
            unknown.append(exchange.id)
            continue
        for element, fraction in substance.fractions.items():
            found[element] = found.get(element, 0.0) + float(mass) * fraction
            lines.setdefault(element, []).append(exchange.id)
    return found, lines, hidden, unknown
