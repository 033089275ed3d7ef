"""What a cause rests on: the parameters, rules, stages, sources of electricity and data that differ, with clauses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zuji.datum import LocalText
from zuji.footprint.compare_model import DATA, Basis
from zuji.footprint.compare_words import APART_WORD, EXCLUDED_WORD, changed_electricity, decisions_of, figure
from zuji.footprint.model import Contribution, ElectricityRow, Footprint
from zuji.footprint.parts import ORIGIN_NAMES
from zuji.rulebooks.book import Book
from zuji.rulebooks.book_parts import COUNTED, EXCLUDED, REFUSED, SEPARATE
from zuji.rulebooks.mixing import cause_of
from zuji.rulebooks.parameters import Parameter
from zuji.study.model import Stage

TREATMENT_WORDS = {
    COUNTED: LocalText("计入", "counted"),
    SEPARATE: LocalText("单独报告", "reported separately"),
    REFUSED: LocalText("不接受", "refused"),
}


def basis(cause: str, a: Footprint, b: Footprint) -> tuple[Basis, ...]:
    """Everything in which the two footprints differ in this cause, and that one of them used."""
    own: Mapping[str, Callable[[Footprint, Footprint], list[Basis]]] = {
        "boundary": _stages,
        "electricity": _electricity,
        "characterisation": _categories,
        "functional_unit": _functional_unit,
        DATA: _data,
    }
    found = own[cause](a, b) if cause in own else []
    if cause == DATA:
        return tuple(found)
    if cause in ("allocation", "end_of_life"):
        found += _decisions(cause, a, b)
    return (*found, *_parameters(cause, a, b))


def _same(text: str) -> LocalText:
    return LocalText(text, text)


def _stages(a: Footprint, b: Footprint) -> list[Basis]:
    found: list[Basis] = []
    for stage in Stage:
        sides = [_stage(f.system.book, stage.value) for f in (a, b)]
        left_out = [said in (EXCLUDED_WORD, APART_WORD) for said, _ in sides]
        if left_out[0] != left_out[1]:
            (said_a, clause_a), (said_b, clause_b) = sides
            found.append(Basis(id=f"stage/{stage}", a=said_a, b=said_b, clause_a=clause_a, clause_b=clause_b))
    return found


def _stage(book: Book, stage: str) -> tuple[LocalText, str]:
    target = book.assign[stage]
    if target == EXCLUDED:
        return EXCLUDED_WORD, next((e.clause for e in book.exclusions if e.stage == stage), "")
    name, clause = next(((s.name, s.clause) for s in book.stages if s.id == target), (_same(target), ""))
    return (APART_WORD if target in book.apart else name), clause


def _categories(a: Footprint, b: Footprint) -> list[Basis]:
    """The categories of carbon that one side counts and the other shows apart or refuses."""
    rows = [{row.id: row for row in f.apart} for f in (a, b)]
    found: list[Basis] = []
    for id in ORIGIN_NAMES:
        said = [side[id].decision.value if id in side else COUNTED for side in rows]
        if said[0] != said[1]:
            clauses = [side[id].decision.clause if id in side else "" for side in rows]
            words = [TREATMENT_WORDS[one] for one in said]
            found.append(Basis(id=f"category/{id}", a=words[0], b=words[1], clause_a=clauses[0], clause_b=clauses[1]))
    return found


def _functional_unit(a: Footprint, b: Footprint) -> list[Basis]:
    units = [f.system.functional_unit for f in (a, b)]
    said = []
    for unit in units:
        amount = f"{figure(float(unit.amount.value), 6)} {unit.unit}" if unit.amount is not None else f"? {unit.unit}"
        said.append(LocalText(f"{unit.name.pick('zh')}：{amount}", f"{unit.name.pick('en')}: {amount}"))
    if said[0] == said[1]:
        return []
    return [Basis(id="functional_unit", a=said[0], b=said[1], clause_a=units[0].clause, clause_b=units[1].clause)]


def _electricity(a: Footprint, b: Footprint) -> list[Basis]:
    return [
        Basis(id=f"electricity/{key}", a=_rows(x), b=_rows(y), clause_a=_clauses(x), clause_b=_clauses(y))
        for key, x, y in changed_electricity(a, b)
    ]


def _rows(rows: Sequence[ElectricityRow]) -> LocalText:
    return _same("; ".join(dict.fromkeys(f"{row.dataset} {figure(row.factor)} kgCO2e/kWh" for row in rows)))


def _clauses(rows: Sequence[ElectricityRow]) -> str:
    return "; ".join(dict.fromkeys(row.clause for row in rows))


def _decisions(cause: str, a: Footprint, b: Footprint) -> list[Basis]:
    taken = [decisions_of(footprint, cause) for footprint in (a, b)]
    values = ["; ".join(dict.fromkeys(d.value for d in decisions)) for decisions in taken]
    clauses = ["; ".join(dict.fromkeys(d.clause for d in decisions)) for decisions in taken]
    if values[0] == values[1]:
        return []
    x, y = _same(values[0]), _same(values[1])
    return [Basis(id=f"rule/{cause}", a=x, b=y, clause_a=clauses[0], clause_b=clauses[1])]


def _parameters(cause: str, a: Footprint, b: Footprint) -> list[Basis]:
    used = [{id: p for id, p in f.system.parameters.items() if cause_of(id) == cause} for f in (a, b)]
    found: list[Basis] = []
    for id in sorted({*used[0], *used[1]}):
        x, y = used[0].get(id), used[1].get(id)
        if _value(x) != _value(y):
            found.append(Basis(id=f"parameter/{id}", a=_same(_value(x)), b=_same(_value(y)),
                               clause_a=x.clause if x else "", clause_b=y.clause if y else ""))  # fmt: skip
    return found


def _value(parameter: Parameter | None) -> str:
    if parameter is None:
        return ""
    if isinstance(parameter.value, tuple):
        return ", ".join(parameter.value)
    unit = "" if parameter.unit in ("1", "set", "code") else parameter.unit
    return f"{parameter.value} {unit}".strip()


def _data(a: Footprint, b: Footprint) -> list[Basis]:
    sides = [{line.address: line for line in f.lines} for f in (a, b)]
    moved: list[tuple[float, Basis]] = []
    for address in sorted({*sides[0], *sides[1]}):
        x, y = sides[0].get(address), sides[1].get(address)
        if _taken(x) != _taken(y):
            size = abs((y.value if y else 0.0) - (x.value if x else 0.0))
            moved.append((size, Basis(id=address, a=_same(_taken(x)), b=_same(_taken(y)))))
    found = [entry for _, entry in sorted(moved, key=lambda pair: -pair[0])]
    for name in ("study", "background"):
        if a.digests[name] != b.digests[name]:
            found.append(Basis(id=name, a=_same(a.digests[name]), b=_same(b.digests[name])))
    return found


def _taken(line: Contribution | None) -> str:
    return f"{figure(line.amount, 6)} {line.unit} {line.provider}" if line is not None else ""
