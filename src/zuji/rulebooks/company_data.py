"""Company-specific data that a rulebook demands by name: which process of a battery lacks it, and how to mend it.

The names stand in `shared/company_data.yaml`, the demand in the dated parameter `company_data.processes` of a rulebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from zuji.datum import Kind, LocalText
from zuji.errors import RulebookError
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.parameters import Parameter, local
from zuji.rulebooks.shared import shared_tables
from zuji.study.model import LIFE_CYCLE, ComponentGroup, Exchange, ProviderKind, Role, Stage, UnitProcess

DEMANDED = "company_data.processes"
BATTERIES = ("ev", "industrial", "industrial-storage", "lmt")
"""Categories of products that the named processes are those of."""
KINDS = {
    "secondary": LocalText("次级数据", "secondary"),
    "assumed": LocalText("假设值", "assumed"),
    "estimated": LocalText("估计值", "estimated"),
}
NOT_COMPANY_SPECIFIC = frozenset({Kind.SECONDARY, Kind.ASSUMED, Kind.ESTIMATED})
MADE_IN = (Stage.RAW_MATERIAL, Stage.PRODUCTION)
THINGS = (Role.MATERIAL, Role.PRODUCT)
SHOWN = 5

Line = tuple[UnitProcess, Exchange]


@dataclass(frozen=True, slots=True)
class Named:
    """A process of a battery by the name that rulebooks use."""

    id: str
    name: LocalText
    groups: frozenset[ComponentGroup]
    level: str
    """parts: the masses of its parts; process: a process of its own, or the footprint of its supplier"""
    words: re.Pattern[str] | None = None
    not_words: re.Pattern[str] | None = None
    inside: frozenset[ComponentGroup] = frozenset()

    def is_named(self, *texts: str) -> bool:
        """Whether these names tell this process, where words are needed to tell it."""
        text = re.sub(r"[_-]+", " ", " ".join(texts))
        if self.not_words is not None and self.not_words.search(text):
            return False
        return self.words is None or self.words.search(text) is not None


@lru_cache(maxsize=1)
def named_processes() -> Mapping[str, Named]:
    """The processes of `shared/company_data.yaml` by id; raises RulebookError for an entry that is not complete."""
    return {id: _named(id, body) for id, body in shared_tables()["company_data"].items()}


def _named(id: str, body: Mapping[str, Any]) -> Named:
    try:
        return Named(
            id=id,
            name=local(body["name"]),
            groups=frozenset(map(ComponentGroup, body["groups"])),
            level=str(body["level"]),
            words=re.compile(body["words"], re.IGNORECASE) if "words" in body else None,
            not_words=re.compile(body["not_words"], re.IGNORECASE) if "not_words" in body else None,
            inside=frozenset(map(ComponentGroup, body.get("inside", ()))),
        )
    except (KeyError, ValueError, re.error) as error:
        raise RulebookError(f"shared/company_data.yaml: {id}: {error}") from error


def demanded(parameter: Parameter, book: str) -> list[Named]:
    """The processes that a parameter names; raises RulebookError for a name that the table does not have."""
    known = named_processes()
    names = parameter.value if isinstance(parameter.value, tuple) else (str(parameter.value),)
    for name in names:
        if name not in known:
            raise RulebookError(f"{book}: {parameter.id}: no process {name}; there are {', '.join(known)}")
    return [known[str(name)] for name in names]


def company_specific(context: Context, processes: Mapping[str, UnitProcess], clause: str) -> None:
    """Named processes that the study does not show or buys as a dataset; amounts that are not the company's own.

    A process in a plant of the study that no name covers is held to company data as well: it is the maker's own.
    """
    told: set[tuple[str, str]] = set()
    parameter = context.optional(DEMANDED)
    if parameter is not None and context.study.product.category in BATTERIES:
        makers = [p for p in processes.values() if p.id != LIFE_CYCLE and p.stage in MADE_IN]
        for named in demanded(parameter, context.book.id):
            _hold(context, named, makers, clause or parameter.clause, told)
    for process in processes.values():
        weak = [e for e in process.exchanges if _is_weak(e) and (process.id, e.id) not in told]
        if process.plant and weak:
            context.report(codes.SECONDARY_WHERE_PRIMARY, process.place, clause=clause, count=len(weak),
                           process=process.id, kinds=_kinds(weak), exchanges=_shown(e.id for e in weak))  # fmt: skip


def _hold(context: Context, named: Named, makers: list[UnitProcess], clause: str, told: set[tuple[str, str]]) -> None:
    # An assembly without a process of its own bears the group of its first line: it says nothing of who makes it.
    stated = [p for p in makers if p.id in context.study.processes]
    own = [p for p in stated if p.component_group in named.groups and named.is_named(*_names(p))]
    if (
        named.words is not None
    ):  # an electrode bears the name of the active material that it takes, and does not make it
        own = [p for p in own if not any(_is_it(context, named, p, e) for e in p.exchanges if e.role in THINGS)]
    bought = list(_bought(context, named, makers))
    if named.level == "process":
        lines = [(p, e) for p in own for e in p.exchanges]
        datasets = [] if own else [(p, e) for p, e in bought if e.provider.kind is not ProviderKind.SUPPLIER]
        there = bool(own or bought) or any(p.component_group in named.inside for p in makers)
    else:
        own_parts = [(p, e) for p in own for e in p.exchanges if e.role in THINGS]
        lines, datasets = [*own_parts, *(line for line in bought if line not in own_parts)], []
        there = bool(lines)
    groups = ", ".join(sorted(group.value for group in named.groups))
    if not there:
        context.report(codes.COMPANY_DATA_LACKS, context.study.product.place, clause=clause, book=context.book.id,
                       process=named.name, groups=groups)  # fmt: skip
    if datasets:
        shown = _shown(f"{p.id}.{e.id} ← {e.provider.id or '?'}" for p, e in datasets)
        context.report(codes.COMPANY_DATA_BOUGHT, datasets[0][1].place, clause=clause, book=context.book.id,
                       process=named.name, lines=shown)  # fmt: skip
    weak = [(p, e) for p, e in lines if _is_weak(e) and (p.id, e.id) not in told]
    if weak:
        told.update((p.id, e.id) for p, e in weak)
        context.report(codes.COMPANY_DATA_WEAK, weak[0][1].place, clause=clause, book=context.book.id,
                       process=named.name, count=len(weak), kinds=_kinds(e for _, e in weak),
                       exchanges=_shown(f"{p.id}.{e.id}" for p, e in weak))  # fmt: skip


def _bought(context: Context, named: Named, makers: Iterable[UnitProcess]) -> Iterator[Line]:
    """Lines of the component groups of `named` that are not made by a process of the study."""
    for process in makers:
        for exchange in process.exchanges:
            if exchange.role not in THINGS or exchange.provider.kind is ProviderKind.PROCESS:
                continue
            if _is_it(context, named, process, exchange):
                yield process, exchange


def _is_it(context: Context, named: Named, process: UnitProcess, exchange: Exchange) -> bool:
    """Whether an exchange brings the thing that `named` makes, by its component group and its names."""
    dataset = context.dataset(exchange.provider.id)
    names = (dataset.name.en, dataset.name.zh) if dataset is not None else ()
    in_group = (exchange.component_group or process.component_group) in named.groups
    return in_group and named.is_named(exchange.id, exchange.name.en, exchange.name.zh, exchange.provider.id, *names)


def _names(process: UnitProcess) -> tuple[str, ...]:
    return (process.id, process.produces, process.name.en, process.name.zh, process.technology)


def _is_weak(exchange: Exchange) -> bool:
    return exchange.amount.kind in NOT_COMPANY_SPECIFIC and not exchange.amount.missing


def _kinds(exchanges: Iterable[Exchange]) -> LocalText:
    words = [KINDS[kind] for kind in sorted({e.amount.kind.value for e in exchanges})]
    return LocalText("、".join(w.zh for w in words), ", ".join(w.en for w in words))


def _shown(names: Iterable[str]) -> str:
    members = list(names)
    return ", ".join(members[:SHOWN]) + (" …" if len(members) > SHOWN else "")
