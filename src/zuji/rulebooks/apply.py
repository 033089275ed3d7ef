"""A rulebook applied to a study: every exchange becomes lines of the product system, with their derivation.

Nothing is solved here. Errors in the data are findings on the product system; a line that cannot be built is left out
only together with such a finding.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from zuji.background.gwp import GwpTable, canonical_gas
from zuji.background.model import Background, Category, Intervention
from zuji.datum import LocalText
from zuji.finding import in_order
from zuji.quantity import parse_unit
from zuji.rulebooks import codes
from zuji.rulebooks.book import Book
from zuji.rulebooks.book_parts import EXCLUDED
from zuji.rulebooks.checks import run_checks
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Derivation, Term, derive, from_datum
from zuji.rulebooks.linking import conversion, linked
from zuji.rulebooks.product_system import ExcludedLine, LineInfo, ProductSystem
from zuji.rulebooks.strategies.allocation import allocation
from zuji.rulebooks.strategies.boundary import book_stage, excluded_group, exclusion_of, study_stage
from zuji.rulebooks.strategies.characterisation import MISSING, Characterised, characterise, flow_of, gwp_set
from zuji.rulebooks.strategies.cut_off import ScoreOf, check_cut_off, missing_mass
from zuji.rulebooks.strategies.defaults import with_defaults
from zuji.rulebooks.strategies.electricity import Share, electricity_shares
from zuji.rulebooks.strategies.end_of_life import PARTS, MaterialLine, material_lines, material_of
from zuji.rulebooks.strategies.expansion import Credit
from zuji.rulebooks.strategies.functional_unit import FunctionalUnit, functional_unit
from zuji.rulebooks.use_stage import with_use_stage
from zuji.study.inventory import decimal_text, inventory
from zuji.study.model import LIFE_CYCLE, EndOfLifeMaterial, Exchange, ProviderKind, Role, Stage, Study, UnitProcess

AMOUNT = LocalText("活动数据", "activity datum")
KG = parse_unit("kg")


def apply(
    study: Study, background: Background, gwp: GwpTable, book: Book, day: date, score: ScoreOf | None = None
) -> ProductSystem:
    """The product system of `study` above `background` under `book` as it holds on `day`.

    `score` gives the footprint of one unit of a dataset [kg CO2e]; a rulebook that adds missing mass to the worst
    input of a process needs it, and without it the mass stays left out.
    """
    book = book.on(day)
    context = Context(study, background, gwp, book, book.version(day), day)
    gwp_set(context)
    unit = functional_unit(context)
    processes = with_defaults(context, with_use_stage(context, dict(inventory(study)), unit))
    builder = _Builder(context, processes, score)
    for process in processes.values():
        builder.add(process)
    run_checks(context, processes, builder.lines)
    return builder.finished(unit)


class _Builder:
    """Collects the record of one product system line by line."""

    def __init__(self, context: Context, processes: dict[str, UnitProcess], score: ScoreOf | None) -> None:
        self.context = context
        self.score = score
        self.processes = processes
        self.activities: dict[str, dict[str, Any]] = {}
        self.lines: dict[tuple[str, str], LineInfo] = {}
        self.links: dict[tuple[str, str], LineInfo] = {}
        self.flows: dict[str, Characterised] = {}
        self.excluded: list[ExcludedLine] = []
        self.electricity: dict[tuple[str, str, str, tuple[str, ...]], tuple[Share, ...]] = {}

    def add(self, process: UnitProcess) -> None:
        """Turn one unit process into an activity of the record."""
        self.activities[process.id] = {"output": self._output(process), "inputs": [], "emissions": []}
        check_cut_off(self.context, process)
        allocated = allocation(self.context, process)
        share = allocated.share
        for credit in allocated.credits:
            self._credit(process, credit, share)
        added = missing_mass(self.context, process, self.score)
        for exchange in (*process.exchanges, *([added] if added is not None else [])):
            stage = book_stage(self.context, study_stage(process, exchange), exchange.role)
            if stage == EXCLUDED or excluded_group(self.context, process, exchange):
                self._exclude(process, exchange)
            elif exchange.cut_off:
                reason = LocalText(exchange.cut_off, exchange.cut_off)
                self.excluded.append(ExcludedLine(process.id, exchange.id, exchange.name, "", reason))
            elif exchange.amount.missing:
                self._missing(process, exchange, stage)
            else:
                self._exchange(process, exchange, stage, share)

    def finished(self, unit: FunctionalUnit) -> ProductSystem:
        """The immutable product system."""
        context = self.context
        return ProductSystem(
            study=context.study,
            background=context.background,
            book=context.book,
            version=context.version,
            day=context.day,
            activities=self.activities,
            demand={LIFE_CYCLE: "1"},
            processes=self.processes,
            lines=self.lines,
            links=self.links,
            flows=self.flows,
            functional_unit=unit,
            excluded=tuple(self.excluded),
            parameters=dict(sorted(context.parameters.items())),
            decisions=tuple(context.decisions.values()),
            findings=in_order(context.findings),
        )

    def _output(self, process: UnitProcess) -> str:
        flow = process.reference_flow
        return decimal_text(flow.exact) if not flow.missing and flow.exact > 0 else "1"

    def _exclude(self, process: UnitProcess, exchange: Exchange) -> None:
        found = exclusion_of(self.context, process, exchange)
        gate = LocalText("系统边界为从摇篮到大门", "the boundary is cradle to gate")
        reason = found.reason if found is not None else gate
        clause = found.clause if found is not None else ""
        self.excluded.append(ExcludedLine(process.id, exchange.id, exchange.name, clause, reason))

    def _exchange(self, process: UnitProcess, exchange: Exchange, stage: str, share: Derivation | None) -> None:
        match exchange.provider.kind:
            case ProviderKind.PROCESS:
                self._link(process, exchange, stage, share)
            case ProviderKind.ELECTRICITY:
                self._electricity(process, exchange, stage, share)
            case ProviderKind.GAS:
                self._gas(process, exchange, stage, share)
            case ProviderKind.DATASET | ProviderKind.SUPPLIER if exchange.role is Role.MATERIAL:
                self._material(process, exchange, stage, share)
            case ProviderKind.DATASET | ProviderKind.SUPPLIER:
                self._chosen_electricity(process, exchange)
                terms = [from_datum("amount", exchange.amount, AMOUNT)]
                self._dataset_line(process, exchange, exchange.id, exchange.provider.id, "amount", terms, stage, share)
            case ProviderKind.NONE if exchange.role is not Role.WASTE:
                self._gap(process, exchange, stage, "no provider is named")
            case ProviderKind.NONE:
                self.context.report(codes.UNTREATED_WASTE, exchange.place, exchange=exchange.id)
                untreated = LocalText("未指定处理方式", "no treatment is named")
                self.excluded.append(ExcludedLine(process.id, exchange.id, exchange.name, "", untreated))

    def _credit(self, process: UnitProcess, credit: Credit, share: Derivation | None) -> None:
        exchange = credit.exchange
        stage = book_stage(self.context, study_stage(process, exchange), exchange.role)
        if stage == EXCLUDED:
            self._exclude(process, exchange)
            return
        self._dataset_line(
            process, exchange, exchange.id, exchange.provider.id, credit.formula, list(credit.terms), stage, share
        )

    def _allocated(self, text: str, terms: list[Term], share: Derivation | None) -> tuple[str, list[Term]]:
        if share is None:
            return text, terms
        label = LocalText("分配比例", "allocated share")
        return f"({text}) * share", [*terms, Term("share", share.value, "1", label, share)]

    def _link(self, process: UnitProcess, exchange: Exchange, stage: str, share: Derivation | None) -> None:
        provider = exchange.provider.id
        target = self.processes.get(provider)
        unit = target.reference_flow.unit if target is not None else exchange.amount.unit
        if unit.dimension != exchange.amount.unit.dimension:
            self.context.report(codes.DATASET_UNIT, exchange.place, amount=exchange.amount.number,
                                unit=exchange.amount.unit, id=provider, dataset_unit=unit)  # fmt: skip
            self._gap_emission(process, exchange.id)
            return
        text, terms = self._allocated("amount", [from_datum("amount", exchange.amount, AMOUNT, unit)], share)
        amount = derive(text, unit.symbol, *terms)
        self.activities[process.id]["inputs"].append([exchange.id, provider, decimal_text(amount.value)])
        key = (process.id, exchange.id)
        self.links[key] = self._info(process, exchange, exchange.id, provider, unit.symbol, amount, stage)
        if exchange.material:
            self._end_of_life_only(process, exchange, share)

    def _material(self, process: UnitProcess, exchange: Exchange, stage: str, share: Derivation | None) -> None:
        material = material_of(self.context, exchange)
        for line in material_lines(self.context, material, self._parts(process, exchange)):
            self._material_line(process, exchange, line, stage, share)

    def _end_of_life_only(self, process: UnitProcess, exchange: Exchange, share: Derivation | None) -> None:
        material = material_of(self.context, exchange)
        self._check_own_material(exchange, material)
        for line in material_lines(self.context, material, self._parts(process, exchange)):
            if line.stage != "input":
                self._material_line(process, exchange, line, "", share)

    def _check_own_material(self, exchange: Exchange, material: EndOfLifeMaterial | None) -> None:
        content = material.recycled_content if material is not None else None
        if content is not None and not content.missing and content.exact > 0:
            self.context.report(codes.RECYCLED_OWN, exchange.place, exchange=exchange.id, material=exchange.material)
        waiting, seen = [exchange.provider.id], set()
        while waiting:
            id = waiting.pop()
            if id in seen or id not in self.processes:
                continue
            seen.add(id)
            for inner in self.processes[id].exchanges:
                if inner.material == exchange.material:
                    self.context.report(codes.MATERIAL_TWICE, exchange.place, exchange=exchange.id, inner=inner.id,
                                        process=id, material=exchange.material)  # fmt: skip
                if inner.provider.kind is ProviderKind.PROCESS:
                    waiting.append(inner.provider.id)

    def _material_line(
        self, process: UnitProcess, exchange: Exchange, line: MaterialLine, stage: str, share: Derivation | None
    ) -> None:
        if line.dataset is None:
            self._gap_emission(process, f"{exchange.id}#{line.id}")
            return
        factor = Term(
            "factor", line.factor.value, "1", LocalText(f"公式行：{line.id}", f"formula row: {line.id}"), line.factor
        )
        if line.applies_to == "input":
            provider = line.dataset or exchange.provider.id
            id = exchange.id if line.id == "virgin" else f"{exchange.id}#{line.id}"
            terms = [from_datum("amount", exchange.amount, AMOUNT), factor]
            text = "amount" if line.factor.value == 1 else "amount * factor"
            self._dataset_line(process, exchange, id, provider, text, terms, stage, share)
            return
        for part, target in self._parts(process, exchange).items():
            if part not in PARTS[line.applies_to]:
                continue
            mass, terms = self._mass(exchange, part)
            if mass is None:
                self.context.report(codes.NO_MASS, exchange.place, clause=line.factor.clause, exchange=exchange.id)
                self._gap_emission(process, f"{exchange.id}#{line.id}-{part}")
                continue
            if not line.dataset and exchange.provider.kind is ProviderKind.PROCESS:
                self.context.report(codes.NO_EOL_DATASET, exchange.place, clause=line.factor.clause,
                                    material=exchange.material, variable="E_avoided",
                                    expression=line.factor.formula, field="avoided_dataset")  # fmt: skip
                self._gap_emission(process, f"{exchange.id}#{line.id}-{part}")
                continue
            suffix = line.id if part == "content" else f"{line.id}-scrap"
            self._dataset_line(
                process, exchange, f"{exchange.id}#{suffix}", line.dataset or exchange.provider.id,
                f"{mass} * factor", [*terms, factor], target, share, by_mass=parse_unit(line.unit).symbol,
            )  # fmt: skip

    def _parts(self, process: UnitProcess, exchange: Exchange) -> dict[str, str]:
        """What of a material is treated, and in which stage: the content after use, the scrap where it is lost."""
        stages = {"content": book_stage(self.context, Stage.END_OF_LIFE, Role.WASTE)}
        if exchange.scrap is not None and not exchange.scrap.missing and exchange.scrap.exact > 0:
            stages["scrap"] = book_stage(self.context, process.stage, Role.WASTE)
        return {part: stage for part, stage in stages.items() if stage != EXCLUDED}

    def _mass(self, exchange: Exchange, part: str) -> tuple[str | None, list[Term]]:
        label = LocalText("材料质量", "mass of the material")
        if exchange.amount.unit.dimension == KG.dimension:
            terms, text = [from_datum("mass", exchange.amount, label, KG)], "mass"
        elif exchange.mass is not None and not exchange.mass.missing:
            terms = [from_datum("amount", exchange.amount, AMOUNT), from_datum("mass_of_one", exchange.mass, label, KG)]
            text = "amount * mass_of_one"
        else:
            return None, []
        if exchange.scrap is None or exchange.scrap.missing or exchange.scrap.exact == 0:
            return text, terms
        terms.append(from_datum("scrap", exchange.scrap, LocalText("损耗率", "scrap share"), parse_unit("1")))
        return (f"{text} * (1 - scrap)" if part == "content" else f"{text} * scrap"), terms

    def _dataset_line(
        self,
        process: UnitProcess,
        exchange: Exchange,
        id: str,
        provider: str,
        text: str,
        terms: list[Term],
        stage: str,
        share: Derivation | None,
        *,
        by_mass: str = "",
        electricity: Share | None = None,
    ) -> None:
        dataset = linked(self.context, provider, exchange.place, electricity=electricity is not None)
        if dataset is None:
            self._gap_emission(process, id)
            return
        if by_mass:
            measured = replace(exchange.amount, unit=parse_unit("MJ" if by_mass.startswith("MJ") else "kg"))
        else:
            measured = exchange.amount
        step = conversion(self.context, measured, dataset, exchange.place)
        if step is None:
            self._gap_emission(process, id)
            return
        if step.value != 1:
            text, terms = f"{text} * conversion", [*terms, step]
        text, terms = self._allocated(text, terms, share)
        amount = derive(text, dataset.unit, *terms)
        self.activities[process.id]["inputs"].append([id, provider, decimal_text(amount.value)])
        self.lines[process.id, id] = self._info(
            process, exchange, id, provider, dataset.unit, amount, stage, electricity
        )

    def _electricity(self, process: UnitProcess, exchange: Exchange, stage: str, share: Derivation | None) -> None:
        plant = exchange.provider.id or process.plant
        key = (plant, process.id, exchange.country, exchange.meters)
        if key not in self.electricity:
            self.electricity[key] = electricity_shares(
                self.context, plant, process.id, exchange.country, exchange.place, exchange.meters
            )
        for part in self.electricity[key]:
            label = LocalText(f"电力类别 {part.id} 的份额", f"share of the electricity class {part.id}")
            terms = [
                from_datum("amount", exchange.amount, AMOUNT),
                Term("part", part.share.value, "1", label, part.share),
            ]
            id = f"{exchange.id}#{part.id}" if len(self.electricity[key]) > 1 else exchange.id
            self._dataset_line(
                process, exchange, id, part.dataset, "amount * part", terms, stage, share, electricity=part
            )
        if sum((part.share.value for part in self.electricity[key]), Fraction(0)) != 1:
            self._gap_emission(process, f"{exchange.id}#left-out")

    def _chosen_electricity(self, process: UnitProcess, exchange: Exchange) -> None:
        dataset = self.context.dataset(exchange.provider.id)
        used = study_stage(process, exchange) is Stage.USE
        if used or dataset is None or dataset.category is not Category.ELECTRICITY:
            return
        if process.plant:
            self.context.report(codes.UNATTRIBUTED_ELECTRICITY, exchange.place, exchange=exchange.id,
                                id=dataset.id, plant=process.plant)  # fmt: skip
        else:
            self.context.report(codes.CHOSEN_ELECTRICITY, exchange.place, exchange=exchange.id, id=dataset.id)

    def _gas(self, process: UnitProcess, exchange: Exchange, stage: str, share: Derivation | None) -> None:
        gas = canonical_gas(exchange.provider.id) or exchange.provider.id
        text, terms = self._allocated("amount", [from_datum("amount", exchange.amount, AMOUNT, KG)], share)
        amount = derive(text, "kg", *terms)
        intervention = Intervention(gas, float(amount.value), exchange.origin)
        flow = flow_of(intervention)
        self.flows.setdefault(flow, characterise(self.context, intervention))
        self.activities[process.id]["emissions"].append([exchange.id, flow, decimal_text(amount.value)])
        self.lines[process.id, exchange.id] = self._info(process, exchange, exchange.id, gas, "kg", amount, stage)

    def _missing(self, process: UnitProcess, exchange: Exchange, stage: str) -> None:
        self.context.report(codes.MISSING_DATUM, exchange.place, exchange=exchange.id, reason=exchange.amount.missing)
        self._gap_emission(process, exchange.id)

    def _gap(self, process: UnitProcess, exchange: Exchange, stage: str, reason: str) -> None:
        self.context.report(codes.GAP, exchange.place, flow=exchange.id, reason=reason)
        self._gap_emission(process, exchange.id)

    def _gap_emission(self, process: UnitProcess, line: str) -> None:
        """Put a flow without factor where a line is left out, so the result knows that it is incomplete."""
        flow = f"{MISSING}:{process.id}/{line}"
        self.flows[flow] = Characterised(flow, MISSING, "", None, "unspecified", None)
        self.activities[process.id]["emissions"].append([line, flow, "1"])

    def _info(
        self,
        process: UnitProcess,
        exchange: Exchange,
        line: str,
        provider: str,
        unit: str,
        amount: Derivation,
        stage: str,
        share: Share | None = None,
    ) -> LineInfo:
        group = exchange.component_group or process.component_group
        return LineInfo(
            activity=process.id,
            line=line,
            exchange=exchange.id,
            name=exchange.name or LocalText(exchange.id, exchange.id),
            stage=stage,
            component_group=group.value,
            plant=process.plant,
            role=exchange.role.value,
            provider_kind=exchange.provider.kind.value,
            provider=provider,
            unit=unit,
            amount=amount,
            datum=exchange.amount,
            share=share,
            place=exchange.place,
        )
