"""End of life and recycled content: every material line becomes the lines of the rulebook's formula.

The formulas are tables (`formulas/*.yaml`): each row names the dataset variable it takes, the share of the input it
applies to, its expression and its stage. Variables are those of the Circular Footprint Formula (Recommendation
(EU) 2021/2279, Annex I, equation 3); cut-off and substitution are tables of the same form.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from zuji.datum import LocalText
from zuji.errors import RulebookError
from zuji.i18n import N_
from zuji.quantity import parse_unit
from zuji.reading import read_yaml
from zuji.rulebooks import codes
from zuji.rulebooks.context import Context
from zuji.rulebooks.derivation import Derivation, Term, derive, from_datum, from_parameter, stated
from zuji.rulebooks.formula import Formula, formula
from zuji.rulebooks.strategies.co_product import said
from zuji.study.model import Datum, EndOfLifeMaterial, Exchange

FORMULAS = Path(__file__).parent.parent / "formulas"
DEFAULT_MATERIAL = "default"
PARTS = {"content": {"content", "scrap"}, "scrap": {"scrap"}}

_VARIABLES: Mapping[str, tuple[str, str, LocalText]] = {
    "R1": ("recycled_content", "1", LocalText("再生料含量 R1", "recycled content R1")),
    "R2": ("recycling_rate", "1", LocalText("回收率 R2", "recycling rate R2")),
    "R3": ("energy_recovery_rate", "1", LocalText("能量回收率 R3", "energy recovery rate R3")),
    "Qs_in": ("quality_in", "1", LocalText("投入质量比 Qs_in/Qp", "quality ratio Qs_in/Qp")),
    "Qs_out": ("quality_out", "1", LocalText("产出质量比 Qs_out/Qp", "quality ratio Qs_out/Qp")),
    "LHV": ("heating_value", "MJ/kg", LocalText("低位热值", "lower heating value")),
    "X_heat": ("heat_efficiency", "1", LocalText("供热效率", "efficiency of heat")),
    "X_elec": ("electricity_efficiency", "1", LocalText("发电效率", "efficiency of electricity")),
}
_PRICES: Mapping[str, str] = {"Qs_in": "price_secondary_in", "Qs_out": "price_secondary_out"}
"""The price that stands for a quality ratio, over `price_primary`."""
_DATASETS: Mapping[str, str] = {
    "E_recycled": "recycled_dataset",
    "E_recycling_eol": "recycling_dataset",
    "E_avoided": "avoided_dataset",
    "E_recovery": "energy_recovery_dataset",
    "E_heat": "substituted_heat_dataset",
    "E_electricity": "substituted_electricity_dataset",
    "E_disposal": "disposal_dataset",
}


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """One row of an end-of-life formula."""

    id: str
    dataset: str
    """E_virgin, or a variable that the material names a dataset for"""
    applies_to: str
    """input: all that is bought; content: the product, and by the same terms the scrap; scrap: the scrap alone"""
    expression: Formula
    unit: str
    stage: str
    """input | end_of_life"""
    clause: str


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A formula line for one exchange: `factor` of the exchange's mass or amount goes to `dataset`."""

    id: str
    dataset: str | None
    """'' is the exchange's own provider (virgin material); None where a dataset or a datum is missing: a gap"""
    applies_to: str
    factor: Derivation
    unit: str
    stage: str


@lru_cache(maxsize=8)
def formula_table(name: str) -> tuple[FormulaLine, ...]:
    """The rows of `formulas/<name>.yaml`; raises RulebookError when the file is not there or not readable."""
    document = read_yaml(FORMULAS / f"{name}.yaml")
    if document.findings:
        raise RulebookError(f"formulas/{name}.yaml: {document.findings[0].what('en')}")
    return tuple(
        FormulaLine(
            id=str(row["id"]),
            dataset=str(row["dataset"]),
            applies_to=str(row["applies_to"]),
            expression=formula(str(row["expression"])),
            unit=str(row.get("unit", "kg")),
            stage=str(row["stage"]),
            clause=str(row.get("clause", "")),
        )
        for row in document.data["lines"]
    )


def material_of(context: Context, exchange: Exchange) -> EndOfLifeMaterial | None:
    """The end-of-life data of a material line: the named material, else the one called `default`."""
    described = context.study.end_of_life
    if described is None:
        return None
    return described.materials.get(exchange.material) or described.materials.get(DEFAULT_MATERIAL)


def approach(context: Context) -> str:
    """The formula table that the rulebook takes: its own, or the study's choice where it leaves one."""
    described = context.study.end_of_life
    choice = described.approach if described is not None and described.approach else "none"
    rule = str(context.options("end_of_life")["rule"])
    return context.decide(rule, choice=choice, boundary=context.study.boundary).value


def material_lines(
    context: Context, material: EndOfLifeMaterial | None, parts: Collection[str] = ("content", "scrap")
) -> tuple[MaterialLine, ...]:
    """The lines that an exchange of `material` becomes under the rulebook, leaving out those that are exactly zero.

    `parts` says what there is to treat: the content of the product, the scrap of production, or neither.
    """
    values = _values(context, material)
    unknown = _unknown(material)
    lines: list[MaterialLine] = []
    for row in formula_table(approach(context)):
        factor = derive(row.expression.text, row.unit, *(values[n] for n in row.expression.names), clause=row.clause)
        nothing = not PARTS[row.applies_to] & set(parts) if row.applies_to != "input" else False
        covered = row.dataset == "E_disposal" and material is not None and material.treated_by
        lost = [datum for symbol, datum in unknown.items() if symbol in row.expression.names]
        if covered or nothing or (factor.value == 0 and not lost):
            continue
        for datum in lost:
            context.report(codes.MISSING_DATUM, datum.place, clause=row.clause, reason=datum.missing,
                           exchange=f"{material.id if material is not None else ''}: {row.id}")  # fmt: skip
        dataset = "" if row.dataset == "E_virgin" else _dataset(context, row, material)
        if dataset is not None or material is not None:
            taken = None if lost else dataset
            lines.append(MaterialLine(row.id, taken, row.applies_to, factor, row.unit, row.stage))
    # A credit whose burden is not known would make the result look better than nothing at all.
    gone = {line.id for line in lines if line.dataset is None}
    return tuple(line for line in lines if _BURDEN_OF.get(line.id) not in gone)


_BURDEN_OF = {
    "avoided": "recycling",
    "substituted_heat": "energy_recovery",
    "substituted_electricity": "energy_recovery",
}


def _unknown(material: EndOfLifeMaterial | None) -> dict[str, Datum]:
    if material is None:
        return {}
    data = {symbol: getattr(material, field) for symbol, (field, _, _) in _VARIABLES.items()}
    data["A"] = material.allocation_factor
    return {symbol: datum for symbol, datum in data.items() if isinstance(datum, Datum) and datum.missing}


def _dataset(context: Context, row: FormulaLine, material: EndOfLifeMaterial | None) -> str | None:
    field = _DATASETS[row.dataset]
    named = str(getattr(material, field, "")) if material is not None else ""
    if named or row.dataset == "E_avoided":
        return named
    if material is not None:
        context.report(codes.NO_EOL_DATASET, material.place, clause=row.clause, material=material.id,
                       variable=row.dataset, expression=row.expression.text, field=field)  # fmt: skip
    return None


def _values(context: Context, material: EndOfLifeMaterial | None) -> dict[str, Term]:
    values = {symbol: _variable(context, symbol, material) for symbol in _VARIABLES}
    values["A"] = _allocation_factor(context, material)
    values["B"] = _parameter_or(
        context, "cff.B", "B", Fraction(0), LocalText("能量回收分配系数 B", "allocation factor B")
    )
    return values


def _variable(context: Context, symbol: str, material: EndOfLifeMaterial | None) -> Term:
    field, unit, label = _VARIABLES[symbol]
    datum: Datum | None = getattr(material, field) if material is not None else None
    if datum is not None and not datum.missing:
        if material is not None and symbol in _PRICES and getattr(material, _PRICES[symbol]) is not None:
            _refuse_prices(context, symbol, material, said(N_("'{field}' is given as well"), field=field))
        return from_datum(symbol, datum, label, parse_unit(unit))
    if symbol in _PRICES and material is not None:
        by_price = _quality_by_price(context, symbol, material, label)
        if by_price is not None:
            return by_price
    category = material.category if material is not None else ""
    usable = symbol != "R2" or (material is not None and material.recycling_dataset)
    if category and usable:
        parameter = context.optional(f"cff.{symbol}.{category}")
        if parameter is not None:
            return from_parameter(symbol, parameter)
    standard = Fraction(1) if symbol.startswith("Qs") else Fraction(0)
    return _parameter_or(context, f"cff.{symbol}.default", symbol, standard, label)


def _quality_by_price(context: Context, symbol: str, material: EndOfLifeMaterial, label: LocalText) -> Term | None:
    """Qs/Qp as the ratio of two prices at the point of substitution, at most 1; None without prices that compare."""
    field = _PRICES[symbol]
    secondary: Datum | None = getattr(material, field)
    primary = material.price_primary
    if secondary is None:
        if primary is not None and material.price_secondary_in is None and material.price_secondary_out is None:
            _refuse_prices(context, symbol, material, said(N_("'{field}' is not given"), field=field))
        return None
    problem = _price_problem(primary, secondary)
    if problem is not None or primary is None:
        _refuse_prices(context, symbol, material, problem or LocalText())
        return None
    prices = [
        from_datum(
            "price_secondary", secondary, LocalText("再生材料价格", "price of the secondary material"), primary.unit
        ),
        from_datum("price_primary", primary, LocalText("原生材料价格", "price of the primary material")),
    ]
    ratio = "price_secondary / price_primary"
    if prices[0].value <= prices[1].value:
        ratio_of = derive(ratio, "1", *prices)
        shown = LocalText(f"{label.zh}，替代点的价格比", f"{label.en}, ratio of prices at the point of substitution")
    else:
        ratio_of = derive(f"min(1, {ratio})", "1", *prices)
        shown = LocalText(
            f"{label.zh}，再生材料更贵，价格比以 1 为上限",
            f"{label.en}, ratio of prices capped at 1: the secondary material is dearer",
        )
    return Term(symbol, ratio_of.value, "1", shown, ratio_of)


def _price_problem(primary: Datum | None, secondary: Datum) -> LocalText | None:
    if primary is None:
        return said(N_("'{field}' is not given"), field="price_primary")
    for price in (primary, secondary):
        if price.missing:
            return said(N_("a price is missing ({reason})"), reason=price.missing)
    if primary.unit.dimension != secondary.unit.dimension:
        return said(N_("{first} and {second} do not convert"), first=primary.unit, second=secondary.unit)
    if primary.exact <= 0 or secondary.exact < 0:
        low = primary if primary.exact <= 0 else secondary
        return said(N_("{price} is no price of a material"), price=f"{low.number} {low.unit}")
    return None


def _refuse_prices(context: Context, symbol: str, material: EndOfLifeMaterial, problem: LocalText) -> None:
    stated = getattr(material, _PRICES[symbol]) or material.price_primary
    place = stated.place if stated is not None else material.place
    context.report(codes.QUALITY_PRICES, place, variable=symbol, material=material.id, problem=problem)


def _parameter_or(context: Context, id: str, symbol: str, standard: Fraction, label: LocalText) -> Term:
    parameter = context.optional(id)
    if parameter is not None:
        return from_parameter(symbol, parameter)
    return stated(symbol, standard, "1", label, LocalText("未给出，按默认值", "not given, taken as default"))


def _allocation_factor(context: Context, material: EndOfLifeMaterial | None) -> Term:
    label = LocalText("分配系数 A", "allocation factor A")
    own = material.allocation_factor if material is not None else None
    if own is not None and not own.missing and material is not None:
        term = from_datum("A", own, label, parse_unit("1"))
        low, high = context.optional("cff.A.minimum"), context.optional("cff.A.maximum")
        if low is not None and high is not None and not low.number <= term.value <= high.number:
            context.report(codes.A_RANGE, own.place, clause=low.clause, value=own.number, material=material.id,
                           low=low.text, high=high.text)  # fmt: skip
        return term
    category = material.category if material is not None else ""
    parameter = context.optional(f"cff.A.{category}") if category else None
    if parameter is None:
        parameter = context.optional("cff.A.default")
    if parameter is not None:
        return from_parameter("A", parameter)
    return stated("A", 1, "1", label, LocalText("本规则不用 A", "this rulebook does not use A"))
