"""The words of a comparison: one plain sentence for each cause with its numbers in it, in Chinese and English."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zuji.datum import LocalText, localised
from zuji.footprint.compare_model import DATA, FUNCTIONAL_UNIT, Basis, MovedLine
from zuji.footprint.model import ElectricityRow, Footprint
from zuji.i18n import N_, tr_in
from zuji.rulebooks.mixing import Side
from zuji.rulebooks.rule import Decision

MOST = N_("{said}: {value} {unit}. Most of it is {line}, from {before} to {after}.")
ONE = N_("{said}: {value} {unit}, all of it {line}, from {before} to {after}.")
WHOLE = N_("{said}: {value} {unit}.")
SAID_DATA = N_("The data differ in {count} lines")
SAID_FUNCTIONAL_UNIT = N_("{a} counts {amount_a} {unit_a} per product and {b} counts {amount_b} {unit_b}")
SAID_LEFT_OUT = N_("{b} leaves out {stages} ({clause}), which {a} counts")
SAID_COUNTED = N_("{b} counts {stages} ({clause}), which {a} leaves out")
SAID_BOUNDARY = N_("{a} and {b} leave out different stages")
SAID_CUT_OFF = N_("{a} and {b} cut off different lines")
SAID_ELECTRICITY = N_(
    "{energy} kWh per product count with other factors, on average {factor_a} kg CO2e/kWh under {a} and {factor_b} "
    "under {b}"
)
SAID_ELECTRICITY_OTHER = N_("{a} and {b} take different factors for electricity")
SAID_GWP_SET = N_("{a} takes the GWP100 of {set_a} and {b} that of {set_b}")
SAID_CHARACTERISATION = N_("{a} and {b} characterise some gases differently")
SAID_ALLOCATION = N_("{a} allocates by {method_a} ({clause_a}) and {b} by {method_b} ({clause_b})")
SAID_ALLOCATION_OTHER = N_("{a} and {b} allocate to co-products differently")
SAID_END_OF_LIFE = N_("{a} takes the formula “{method_a}” ({clause_a}) and {b} “{method_b}” ({clause_b})")
SAID_END_OF_LIFE_OTHER = N_("{a} and {b} take different values of recycling and end of life")
SAID_PATCH = N_("{address} goes from {old} to {new}")
METHODS = {
    "cff": N_("Circular Footprint Formula"),
    "cut_off": N_("cut-off, 100:0"),
    "substitution": N_("substitution, 0:100"),
    "mass": N_("mass"),
    "economic": N_("economic value"),
}
FORMULA_PARTS = {
    "recycled": N_("recycled content"),
    "recycling": N_("recycling"),
    "avoided": N_("avoided virgin material"),
    "disposal": N_("disposal"),
    "grid": N_("grid"),
    "on_site": N_("on site"),
}
PER_PRODUCT = N_("kg CO2e per product")


def fill(message: str, **params: object) -> LocalText:
    """A message in both languages, with parameters that may be bilingual themselves."""

    def spoken(lang: str) -> dict[str, object]:
        return {key: value.pick(lang) if isinstance(value, LocalText) else value for key, value in params.items()}

    return LocalText(tr_in("zh", message, **spoken("zh")), tr_in("en", message, **spoken("en")))


def figure(value: float, digits: int = 4) -> str:
    """`value` with `digits` significant digits, grouped thousands and a proper minus sign."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "?"
    size = int(f"{value:.{digits - 1}e}".partition("e")[2])
    if not -6 <= size < 12:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    decimals = max(digits - 1 - size, 0)
    return f"{round(value, digits - 1 - size):,.{decimals}f}".replace("-", "−")


def signed(value: float, digits: int = 4) -> str:
    """Like `figure`, with a plus before what is positive."""
    return ("+" if value > 0 else "") + figure(value, digits)


def shown_unit(per: str, unit: str, scale: float) -> tuple[float, LocalText]:
    """What to multiply a figure with, and the unit to show it in: grams where a functional unit has less than 1 kg."""
    if per != FUNCTIONAL_UNIT:
        return 1.0, localised(PER_PRODUCT)
    measure = unit.partition("/")[2]
    name = f"g CO2e/{measure}" if scale < 1 else f"kg CO2e/{measure}"
    return (1000.0 if scale < 1 else 1.0), LocalText(name, name)


def line_name(line: MovedLine) -> LocalText:
    """The name of a line with the part of it that it stands for, such as its disposal."""
    suffix = line.line.partition("#")[2]
    if not suffix:
        return line.name
    part = localised(FORMULA_PARTS[suffix]) if suffix in FORMULA_PARTS else LocalText(suffix, suffix)
    return LocalText(f"{line.name.pick('zh')} · {part.zh}", f"{line.name.pick('en')} · {part.en}")


def sentence(said: LocalText, value: float, lines: Sequence[MovedLine], factor: float, unit: LocalText) -> LocalText:
    """What a cause says, what it makes in numbers, and the line that it moves most where there are several."""
    shown = signed(value * factor)
    if not lines:
        return fill(WHOLE, said=said, value=shown, unit=unit)
    top = lines[0]
    return fill(ONE if len(lines) == 1 else MOST, said=said, value=shown, unit=unit, line=line_name(top),
                before=figure(top.before * factor), after=figure(top.after * factor))  # fmt: skip


def said(
    cause: str, a: Footprint, b: Footprint, labels: tuple[str, str], basis: Sequence[Basis], lines: int
) -> LocalText:
    """What the two sides say differently in a cause, without the effect."""
    names = {"a": labels[0], "b": labels[1]}
    match cause:
        case "functional_unit":
            return _functional_unit(a, b, names)
        case "boundary":
            return _boundary(basis, names)
        case "electricity":
            return _electricity(a, b, names)
        case "characterisation":
            sets = [f.system.parameters["characterisation.gwp_set"].text for f in (a, b)]
            if sets[0] == sets[1]:
                return fill(SAID_CHARACTERISATION, **names)
            return fill(SAID_GWP_SET, set_a=sets[0], set_b=sets[1], **names)
        case "allocation":
            return _method(a, b, cause, names, SAID_ALLOCATION, SAID_ALLOCATION_OTHER)
        case "end_of_life":
            return _method(a, b, cause, names, SAID_END_OF_LIFE, SAID_END_OF_LIFE_OTHER)
        case "cut_off":
            return fill(SAID_CUT_OFF, **names)
    assert cause == DATA
    return fill(SAID_DATA, count=lines)


def _functional_unit(a: Footprint, b: Footprint, names: dict[str, str]) -> LocalText:
    units = [f.system.functional_unit for f in (a, b)]
    amounts = [figure(float(u.amount.value), 6) if u.amount is not None else "?" for u in units]
    return fill(SAID_FUNCTIONAL_UNIT, amount_a=amounts[0], unit_a=units[0].unit, amount_b=amounts[1],
                unit_b=units[1].unit, **names)  # fmt: skip


def _boundary(basis: Sequence[Basis], names: dict[str, str]) -> LocalText:
    stages = [entry for entry in basis if entry.id.startswith("stage/")]
    out = [entry for entry in stages if entry.b in (EXCLUDED_WORD, APART_WORD)]
    if stages and len(out) in (0, len(stages)):
        counted = [entry.a if out else entry.b for entry in stages]
        listed = LocalText("、".join(s.zh for s in counted), ", ".join(s.en for s in counted))
        clause = "; ".join(dict.fromkeys(entry.clause_b for entry in stages))
        return fill(SAID_LEFT_OUT if out else SAID_COUNTED, stages=listed, clause=clause, **names)
    return fill(SAID_BOUNDARY, **names)


EXCLUDED_WORD = LocalText("不计入", "left out")
APART_WORD = LocalText("单独报告，不计入", "reported apart")


def changed_electricity(
    a: Footprint, b: Footprint
) -> list[tuple[str, tuple[ElectricityRow, ...], tuple[ElectricityRow, ...]]]:
    """The sources of electricity that the two sides treat differently, with the rows of each side."""
    rows = [_by_source(f) for f in (a, b)]
    keys = sorted({*rows[0], *rows[1]})
    pairs = [(key, rows[0].get(key, ()), rows[1].get(key, ())) for key in keys]
    return [(key, x, y) for key, x, y in pairs if _treatment(x) != _treatment(y)]


def _by_source(footprint: Footprint) -> dict[str, tuple[ElectricityRow, ...]]:
    found: dict[str, tuple[ElectricityRow, ...]] = {}
    for row in footprint.electricity:
        key = f"{row.plant or '-'}/{row.source}"
        found[key] = (*found.get(key, ()), row)
    return found


def _treatment(rows: Sequence[ElectricityRow]) -> set[tuple[str, str]]:
    return {(row.attribution, row.dataset) for row in rows}


def _electricity(a: Footprint, b: Footprint, names: dict[str, str]) -> LocalText:
    changed = changed_electricity(a, b)
    sides = [[row for _, x, _ in changed for row in x], [row for _, _, y in changed for row in y]]
    energies = [math.fsum(row.energy for row in rows) for rows in sides]
    values = [math.fsum(row.value for row in rows) for rows in sides]
    if not all(energies) or not math.isclose(energies[0], energies[1], rel_tol=1e-6):
        return fill(SAID_ELECTRICITY_OTHER, **names)
    return fill(SAID_ELECTRICITY, energy=figure(energies[0]), factor_a=figure(values[0] / energies[0]),
                factor_b=figure(values[1] / energies[1]), **names)  # fmt: skip


def _method(a: Footprint, b: Footprint, cause: str, names: dict[str, str], message: str, other: str) -> LocalText:
    x, y = decision_of(a, cause), decision_of(b, cause)
    if x is None or y is None or x[0] == y[0]:
        return fill(other, **names)
    return fill(message, method_a=_named(x[0]), clause_a=x[1], method_b=_named(y[0]), clause_b=y[1], **names)


def _named(method: str) -> LocalText:
    return localised(METHODS[method]) if method in METHODS else LocalText(method, method)


def decision_of(footprint: Footprint, cause: str) -> tuple[str, str] | None:
    """What the rule of a cause says in this footprint, with its clause; None where it says nothing or more than one."""
    taken = {(d.value, d.clause) for d in decisions_of(footprint, cause)}
    return next(iter(taken)) if len(taken) == 1 else None


def decisions_of(footprint: Footprint, cause: str) -> list[Decision]:
    """The decisions that the rule of a cause took in this footprint."""
    system = footprint.system
    rule = Side(system.book, system.day).rule(cause)
    return [d for d in system.decisions if rule is not None and d.rule == rule.id]
