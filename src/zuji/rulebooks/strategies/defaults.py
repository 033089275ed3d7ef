"""Default transport and end of life, for what a study leaves empty: only where the rulebook allows and the study asks.

A rulebook allows defaults with `defaults` in its strategy `boundary`; a study asks for them with `choices: defaults`.
The values are dated parameters in `rulebooks/defaults`; what a study says itself always comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from zuji.datum import Kind, LocalText
from zuji.errors import RulebookError
from zuji.quantity import Unit, conversion_factor, parse_unit
from zuji.reading import read_yaml
from zuji.rulebooks import codes
from zuji.rulebooks.book_parts import EXCLUDED
from zuji.rulebooks.context import Context
from zuji.rulebooks.parameters import Parameter, Parameters, read_parameters
from zuji.rulebooks.strategies.boundary import book_stage, study_stage
from zuji.study.inventory import decimal_text
from zuji.study.model import (
    LIFE_CYCLE,
    ComponentGroup,
    Datum,
    Exchange,
    Provider,
    ProviderKind,
    Role,
    Stage,
    UnitProcess,
)

FOLDER = Path(__file__).parent.parent / "defaults"
CHOICE, MARKET, SUPPLIERS = "defaults", "market", "suppliers"
"""Keys of the study's choices: which defaults it asks for, country of the market, where its suppliers are."""
SUPPLIERS_IN = ("europe", "outside")
SCENARIO = "defaults.distribution.scenario"
"""Parameter of a rulebook whose distribution does not follow the countries."""
PREFIX = LocalText("默认值：", "default: ")
TKM, KG = parse_unit("tkm"), parse_unit("kg")


@dataclass(frozen=True, slots=True)
class Default:
    """What one default fills: the stage of the study, and the roles whose presence there makes it unneeded."""

    name: LocalText
    stage: Stage
    filled_by: frozenset[Role]


DEFAULTS: Mapping[str, Default] = {
    "distribution": Default(LocalText("分销运输", "distribution"), Stage.DISTRIBUTION, frozenset({Role.TRANSPORT})),
    "inbound": Default(LocalText("进厂运输", "inbound transport"), Stage.PRODUCTION, frozenset({Role.TRANSPORT})),
    "end_of_life": Default(LocalText("寿命终止", "end of life"), Stage.END_OF_LIFE, frozenset(Role)),
}
_ROLES = {"kWh": Role.ENERGY, "MJ": Role.ENERGY, "kg": Role.AUXILIARY}


@lru_cache(maxsize=1)
def default_parameters() -> Parameters:
    """The default values of `rulebooks/defaults`; raises RulebookError for a file that is not complete."""
    documents: list[tuple[str, Mapping[str, Any]]] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        read = read_yaml(path, f"defaults/{path.name}")
        if read.findings:
            raise RulebookError(f"{read.findings[0].place}: {read.findings[0].what('en')}")
        shared = read.data["shared"]
        documents.append((path.name, {id: {**shared, **body} for id, body in read.data["parameters"].items()}))
    return read_parameters(documents)


def with_defaults(context: Context, processes: dict[str, UnitProcess]) -> dict[str, UnitProcess]:
    """The processes with the default lines in `life-cycle` that the rulebook allows and the study asks for.

    Reported: a default that is used, with its lines; one that is there but not asked for; one that the rulebook does
    not allow, and one that cannot be chosen.
    """
    allowed: Mapping[str, Any] = context.options("boundary").get("defaults", {})
    if unknown := sorted(set(allowed) - set(DEFAULTS)):
        raise RulebookError(f"{context.book.id}: no default {unknown[0]}; there are {', '.join(DEFAULTS)}")
    asked = [word for word in re.split(r"[\s,;，；、]+", context.study.choices.get(CHOICE, "")) if word]
    place = context.study.product.place
    for word in asked:
        if word not in allowed:
            code = codes.DEFAULT_NOT_ALLOWED if word in DEFAULTS else codes.DEFAULT_UNKNOWN
            known = allowed if word in DEFAULTS else DEFAULTS
            context.report(code, place, default=word, book=context.book.id, known=", ".join(known) or "-")
    lines: list[Exchange] = []
    for id, body in allowed.items():
        default, clause = DEFAULTS[id], str(body["clause"])
        if not _empty(context, processes, default):
            continue
        if id not in asked:
            context.report(codes.DEFAULT_NOT_ASKED, place, clause=clause, stage=default.name, book=context.book.id,
                           default=id)  # fmt: skip
            continue
        found = _Builder(context, processes, clause).lines(id)
        if found:
            context.report(codes.DEFAULT_USED, place, clause=clause, stage=default.name, lines=_listed(found))
        lines += found
    top = processes[LIFE_CYCLE]
    return {**processes, LIFE_CYCLE: replace(top, exchanges=(*top.exchanges, *lines))} if lines else processes


def _empty(context: Context, processes: Mapping[str, UnitProcess], default: Default) -> bool:
    """Whether the rulebook counts the stage and nothing in the study fills it."""
    if book_stage(context, default.stage, Role.TRANSPORT) == EXCLUDED:
        return False
    described = context.study.end_of_life
    if default.stage is Stage.END_OF_LIFE and described is not None and (described.activities or described.materials):
        return False
    stages = {default.stage} if default.stage is not Stage.PRODUCTION else {Stage.PRODUCTION, Stage.RAW_MATERIAL}
    return not any(
        exchange.role in default.filled_by and study_stage(process, exchange) in stages
        for process in _used(processes)
        for exchange in process.exchanges
    )


def _used(processes: Mapping[str, UnitProcess]) -> list[UnitProcess]:
    """The processes that the life cycle takes from, directly or by others; one that nobody uses fills no stage."""
    used, waiting = {LIFE_CYCLE}, [LIFE_CYCLE]
    while waiting:
        for exchange in processes[waiting.pop()].exchanges:
            provider = exchange.provider
            if provider.kind is ProviderKind.PROCESS and provider.id in processes and provider.id not in used:
                used.add(provider.id)
                waiting.append(provider.id)
    return [process for id, process in processes.items() if id in used]


def _listed(lines: list[Exchange]) -> LocalText:
    def one(line: Exchange, lang: str) -> str:
        provider = line.provider.id or ("?" if line.provider.kind is ProviderKind.NONE else line.country)
        name = line.name.pick(lang).removeprefix(PREFIX.pick(lang))
        return f"{name} {float(line.amount.exact):.6g} {line.amount.unit} ← {provider}"

    return LocalText("；".join(one(line, "zh") for line in lines), "; ".join(one(line, "en") for line in lines))


class _Builder:
    """The lines of the defaults of one study."""

    def __init__(self, context: Context, processes: Mapping[str, UnitProcess], clause: str) -> None:
        self.context, self.processes, self.clause = context, processes, clause
        self.study = context.study

    def lines(self, id: str) -> list[Exchange]:
        """The lines of the default, none together with a finding where it cannot be chosen."""
        if self.study.product.mass.missing:
            return self._lacking(id, "product.mass")
        match id:
            case "distribution":
                return self._distribution()
            case "inbound":
                return self._inbound()
        return self._end_of_life()

    def _lacking(self, id: str, lacking: str) -> list[Exchange]:
        self.context.report(codes.DEFAULT_LACKS, self.study.product.place, clause=self.clause,
                            stage=DEFAULTS[id].name, lacking=lacking)  # fmt: skip
        return []

    def _distribution(self) -> list[Exchange]:
        named = self.context.optional(SCENARIO)
        scenario = named.text if named is not None else "by_market"
        if scenario == "by_market":
            market, plant = self.study.choices.get(MARKET, ""), self._plant_country()
            here, there = self._continent(plant), self._continent(market)
            if here is None:
                return self._lacking("distribution", f"plants.country ({plant or '?'})")
            if there is None:
                return self._lacking("distribution", f"choices.market ({market or '?'})")
            same = here.id == there.id
            scenario = "local" if market == plant else "intracontinental" if same else "international"
        return self._legs("distribution", scenario, Stage.DISTRIBUTION)

    def _inbound(self) -> list[Exchange]:
        suppliers = self.study.choices.get(SUPPLIERS, "outside")
        if suppliers not in SUPPLIERS_IN:
            self.context.report(codes.UNKNOWN_CHOICE, self.study.product.place, choice=suppliers, key=SUPPLIERS,
                                book=self.context.book.id, known=", ".join(SUPPLIERS_IN))  # fmt: skip
            return []
        return self._legs("inbound", suppliers, Stage.PRODUCTION)

    def _end_of_life(self) -> list[Exchange]:
        market = self.study.choices.get(MARKET, "")
        if self._continent(market) is None:
            return self._lacking("end_of_life", f"choices.market ({market or '?'})")
        product = self._product_mass(KG)
        found = default_parameters().beginning("end_of_life.", self.context.day)
        cells = found.pop("end_of_life.disassembly.cells")
        self._record(cells)
        return [
            self._treatment(p, product if ".disassembly." in id else product * cells.number, market)
            for id, p in found.items()
        ]

    def _treatment(self, parameter: Parameter, per: Fraction, market: str) -> Exchange:
        _, part, item = parameter.id.split(".")
        unit = parse_unit(parameter.unit.partition("/")[0])
        stand_in = self._stand_in(item)
        role = Role.WASTE if part == "disassembly" or item == "slag" else _ROLES[unit.symbol]
        kind, _, gas = stand_in.text.partition(":")
        if kind == "gas":
            provider, role = Provider(ProviderKind.GAS, gas), Role.EMISSION
        elif kind == "electricity":
            provider = Provider(ProviderKind.ELECTRICITY)
        elif kind == "none":
            provider = Provider(ProviderKind.NONE)
        else:
            provider = Provider(ProviderKind.DATASET, stand_in.text)
        note = f"{float(per):.6g} kg × {parameter.text} {parameter.unit}; {stand_in.description.en}"
        amount = self._datum(parameter, per * parameter.number, unit, note)
        line = self._line(f"default-{part}-{item}", parameter, amount, provider, role, Stage.END_OF_LIFE)
        country = market if provider.kind is ProviderKind.ELECTRICITY else ""
        return replace(line, component_group=ComponentGroup.CELL if part != "disassembly" else None, country=country)

    def _legs(self, id: str, scenario: str, stage: Stage) -> list[Exchange]:
        tonnes = self._product_mass(parse_unit("t"))
        found: list[Exchange] = []
        for key, parameter in default_parameters().beginning(f"{id}.{scenario}.", self.context.day).items():
            means = key.rpartition(".")[2]
            stand_in = self._stand_in(means)
            mass = self.study.product.mass
            note = f"{mass.number} {mass.unit} × {parameter.text} {parameter.unit}; {stand_in.description.en}"
            amount = self._datum(parameter, tonnes * parameter.number, TKM, note)
            provider = Provider(ProviderKind.DATASET, stand_in.text)
            found.append(self._line(f"default-{id}-{means}", parameter, amount, provider, Role.TRANSPORT, stage))
        if not found:
            raise RulebookError(f"{self.context.book.id}: there is no default {id}.{scenario}")
        return found

    def _datum(self, parameter: Parameter, value: Fraction, unit: Unit, note: str) -> Datum:
        self._record(parameter)
        return Datum(
            number=decimal_text(value),
            unit=unit,
            kind=Kind.SECONDARY,
            source=f"{parameter.clause}; {parameter.source}",
            note=note,
            place=self.study.product.place,
        )

    def _line(
        self, id: str, parameter: Parameter, amount: Datum, provider: Provider, role: Role, stage: Stage
    ) -> Exchange:
        name = LocalText(f"{PREFIX.zh}{parameter.description.zh}", f"{PREFIX.en}{parameter.description.en}")
        return Exchange(id=id, name=name, role=role, amount=amount, provider=provider, stage=stage, place=amount.place)

    def _product_mass(self, unit: Unit) -> Fraction:
        mass = self.study.product.mass
        return mass.exact * conversion_factor(mass.unit, unit)

    def _stand_in(self, item: str) -> Parameter:
        return self._record(default_parameters().on(f"stand_in.{item}", self.context.day))

    def _record(self, parameter: Parameter) -> Parameter:
        self.context.parameters[parameter.id] = parameter
        return parameter

    def _plant_country(self) -> str:
        """The country of the plant that makes the product, else the one country of all plants; '' where it is open."""
        sites, product = self.study.plants, self.study.product.id
        makers = {p.plant for p in self.processes.values() if p.produces == product and p.plant in sites}
        countries = {sites[id].country for id in makers} or {site.country for site in sites.values()}
        return countries.pop() if len(countries) == 1 else ""

    def _continent(self, country: str) -> Parameter | None:
        for parameter in default_parameters().beginning("continent.", self.context.day).values():
            if isinstance(parameter.value, tuple) and country in parameter.value:
                return self._record(parameter)
        return None
