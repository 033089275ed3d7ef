"""What holds for every study under every rulebook."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji.background.model import Background
from zuji.footprint.calculate import calculate, check_with_plain_engine, full_record
from zuji.footprint.explain import Node, addresses, explain
from zuji.footprint.model import Footprint
from zuji.quantity import Unit, parse_unit
from zuji.rulebooks.book import open_book
from zuji.rulebooks.derivation import Conversion, Derivation
from zuji.rulebooks.formula import formula
from zuji.rulebooks.parameters import Parameter
from zuji.study.inventory import decimal_text
from zuji.study.model import Datum, Study, UnitProcess

from .strategies import BACKGROUND, DATASETS, DAY, TOP, studies

BOOKS = st.sampled_from(["iso-14067", "gbt-24067", "eu-cfb-ind"])
often = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def footprint_of(study: Study, book: str, background: Background = BACKGROUND) -> Footprint:
    return calculate(study, open_book(book), on=DAY, background=background)


def scale(footprint: Footprint) -> float:
    """The largest line, to which rounding is relative."""
    return max((abs(line.value) for line in footprint.lines), default=0.0) or 1.0


def assert_same(one: Footprint, two: Footprint, factor: float = 1.0) -> None:
    assert math.isclose(two.total, factor * one.total, rel_tol=0, abs_tol=1e-10 * max(scale(one) * factor, scale(two)))
    for before, after in zip(one.stages, two.stages, strict=True):
        near = 1e-10 * max(scale(one) * factor, scale(two))
        assert math.isclose(after.value, factor * before.value, rel_tol=0, abs_tol=near), before.id


def with_process(study: Study, process: UnitProcess) -> Study:
    return replace(study, processes={**study.processes, process.id: process})


def times(datum: Datum, factor: Fraction) -> Datum:
    return replace(datum, number=decimal_text(datum.exact * factor))


def each_datum(record: Any, change: Callable[[Datum], Datum]) -> Any:
    """The record with every datum in it changed."""
    if isinstance(record, Datum):
        return change(record)
    if is_dataclass(record) and not isinstance(record, (type, Unit)):
        return replace(record, **{f.name: each_datum(getattr(record, f.name), change) for f in fields(record)})
    if isinstance(record, tuple):
        return tuple(each_datum(item, change) for item in record)
    if isinstance(record, dict):
        return {key: each_datum(item, change) for key, item in record.items()}
    return record


@often
@given(studies(), BOOKS)
def test_parts_add_up(study: Study, book: str) -> None:
    """Lines, stages, origins, component groups and plants each add up to the total."""
    footprint = footprint_of(study, book)
    near = 1e-12 * scale(footprint)
    parts = [footprint.stages, footprint.origins, footprint.groups, footprint.plants]
    for values in ([line.value for line in footprint.lines], *([part.value for part in p] for p in parts)):
        assert math.isclose(math.fsum(values), footprint.total, rel_tol=0, abs_tol=near)


@often
@given(studies(), BOOKS)
def test_both_engines_agree(study: Study, book: str) -> None:
    """The sparse engine and the exact one agree on the total and on every line to 1e-9."""
    assert check_with_plain_engine(footprint_of(study, book)) <= 1e-9


@often
@given(studies(), BOOKS, st.sampled_from(["2", "10", "0.1", "3"]))
def test_linear_in_the_amounts_of_the_top_process(study: Study, book: str, factor: str) -> None:
    """All amounts of the top process times k give k times the footprint of what is made."""
    end = replace(study.end_of_life, activities=()) if study.end_of_life is not None else None
    study = replace(study, transport=(), use=None, end_of_life=end)
    k, top = Fraction(factor), study.processes[TOP]
    more = tuple(replace(exchange, amount=times(exchange.amount, k)) for exchange in top.exchanges)
    bom = tuple(replace(line, amount=times(line.amount, k)) for line in study.bom)
    larger = replace(with_process(study, replace(top, exchanges=more)), bom=bom)
    assert_same(footprint_of(study, book), footprint_of(larger, book), float(k))


@often
@given(studies(), BOOKS, st.sampled_from(["2", "5", "0.25"]))
def test_a_run_that_makes_k_times_as_much(study: Study, book: str, factor: str) -> None:
    """Reference flow and amounts of a process times k change nothing: a run is a matter of book-keeping."""
    k, top = Fraction(factor), study.processes[TOP]
    more = tuple(replace(exchange, amount=times(exchange.amount, k)) for exchange in top.exchanges)
    bom = tuple(replace(line, amount=times(line.amount, k)) for line in study.bom)
    run = replace(top, exchanges=more, reference_flow=times(top.reference_flow, k))
    assert_same(footprint_of(study, book), footprint_of(replace(with_process(study, run), bom=bom), book))


OTHER_UNITS = {
    "kg": ("t", "g", "吨"), "kWh": ("MJ", "MWh", "GJ"), "MJ": ("kWh",), "tkm": ("kgkm",), "km": ("m",), "a": ("h",),
    "%": ("1",), "1": ("%",), "kWh/a": ("MWh/a", "MJ/d"), "MJ/kg": ("kWh/t",), "CNY/kg": ("CNY/t",),
}  # fmt: skip


@often
@given(studies(), BOOKS, st.randoms(use_true_random=False))
def test_units_do_not_matter(study: Study, book: str, random: Random) -> None:
    """Every datum of the study in another unit of the same dimension gives the same footprint."""

    def other(datum: Datum) -> Datum:
        unit = parse_unit(random.choice(OTHER_UNITS.get(datum.unit.symbol, (datum.unit.symbol,))))
        return replace(datum, number=decimal_text(datum.exact * datum.unit.factor / unit.factor), unit=unit)

    assert_same(footprint_of(study, book), footprint_of(each_datum(study, other), book))


@often
@given(studies(), BOOKS, st.data())
def test_a_line_in_two_parts(study: Study, book: str, data: st.DataObject) -> None:
    """An exchange divided into two with the same provider changes nothing, nor does a line of the bill of materials."""
    process = data.draw(st.sampled_from(list(study.processes.values())))
    share = Fraction(data.draw(st.integers(1, 99)), 100)
    parts = list(process.exchanges)
    if parts:
        line = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        parts.append(replace(line, amount=times(line.amount, share)))
        parts.append(replace(line, id=f"{line.id}-rest", amount=times(line.amount, 1 - share)))
    bom = list(study.bom)
    if bom:
        item = bom.pop()
        bom.append(replace(item, amount=times(item.amount, share)))
        bom.append(replace(item, item=f"{item.item}-rest", amount=times(item.amount, 1 - share)))
    divided = replace(with_process(study, replace(process, exchanges=tuple(parts))), bom=tuple(bom))
    assert_same(footprint_of(study, book), footprint_of(divided, book))


def shuffled(study: Study, random: Random) -> Study:
    """The same study with its rows, processes and exchanges in another order."""

    def mixed(rows: Any) -> Any:
        rows = list(rows)
        random.shuffle(rows)
        return rows

    processes = {id: replace(p, exchanges=tuple(mixed(p.exchanges))) for id, p in study.processes.items()}
    end = study.end_of_life
    if end is not None:
        end = replace(end, materials=dict(mixed(end.materials.items())))
    tables = {name: tuple(mixed(getattr(study, name))) for name in ("bom", "meters", "instruments", "transport")}
    maps = {"processes": dict(mixed(processes.items())), "plants": dict(mixed(study.plants.items()))}
    return replace(study, end_of_life=end, **tables, **maps)


@often
@given(studies(), BOOKS, st.randoms(use_true_random=False))
def test_order_does_not_matter(study: Study, book: str, random: Random) -> None:
    """Another order of rows, processes, exchanges and datasets: same digests, same bytes of the result."""
    datasets = list(DATASETS)
    random.shuffle(datasets)
    one = footprint_of(study, book)
    two = footprint_of(shuffled(study, random), book, Background.of("small", datasets))
    assert two.digests == one.digests
    assert two.json == one.json
    for part in ("activities", "background"):
        assert list(full_record(two)[part]) == list(full_record(one)[part]), part


@often
@given(studies(), BOOKS)
def test_a_missing_datum_is_never_zero(study: Study, book: str) -> None:
    """Any datum of an exchange that goes missing makes the result incomplete, unless the line counts nowhere."""
    whole = footprint_of(study, book)
    left_out = {(line.activity, line.exchange) for line in whole.system.excluded}
    for process in study.processes.values():
        reached = whole.scaling[process.id] != 0
        for exchange in process.exchanges:
            lost = replace(exchange, amount=replace(exchange.amount, number="", missing="lost"))
            others = tuple(lost if one is exchange else one for one in process.exchanges)
            changed = footprint_of(with_process(study, replace(process, exchanges=others)), book)
            # Without the exchange, a process above may no longer be taken from at all.
            still = changed.scaling[process.id] != 0
            if reached and still and (process.id, exchange.id) not in left_out:
                assert not changed.complete, (process.id, exchange.id)
            break


def derivations(derivation: Derivation) -> Iterator[Derivation]:
    yield derivation
    for term in derivation.terms:
        if isinstance(term.origin, Derivation):
            yield from derivations(term.origin)


@often
@given(studies(), BOOKS)
def test_every_amount_follows_from_its_formula(study: Study, book: str) -> None:
    """Each formula behind each line gives its value from its terms, and each term has the value of its origin."""
    system = footprint_of(study, book).system
    amounts = [info.amount for info in (*system.lines.values(), *system.links.values())]
    amounts += [info.share.share for info in system.lines.values() if info.share is not None]
    amounts += [system.functional_unit.amount] if system.functional_unit.amount is not None else []
    for derivation in (inner for amount in amounts for inner in derivations(amount)):
        assert formula(derivation.formula).number({t.symbol: t.value for t in derivation.terms}) == derivation.value
        for term in derivation.terms:
            match term.origin:
                case Derivation(value=value) | Conversion(factor=value):
                    assert term.value == value
                case Parameter() as parameter:
                    assert term.value == parameter.number
                case Datum() as datum:
                    # A term may restate its datum in another unit of the same size, not in another one.
                    assert term.value == datum.exact
                    assert parse_unit(term.unit).factor == datum.unit.factor


@often
@given(studies(), BOOKS)
def test_shares_of_electricity_add_up_to_one(study: Study, book: str) -> None:
    """The shares of the electricity classes of every exchange are exact and add up to exactly one."""
    footprint = footprint_of(study, book)
    sums: dict[tuple[str, str], Fraction] = {}
    for info in footprint.system.lines.values():
        if info.share is not None:
            key = info.activity, info.exchange
            sums[key] = sums.get(key, Fraction(0)) + info.share.share.value
    assert set(sums.values()) <= {Fraction(1)}
    for plant in {row.plant for row in footprint.electricity}:
        energy = [row.share for row in footprint.electricity if row.plant == plant]
        assert math.isclose(math.fsum(energy), 1, rel_tol=1e-12) or not any(energy)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def check_node(node: Node, near: float) -> None:
    """The number of a node follows from its children where its formula says how."""
    said = node.formula
    values = [child.value for child in node.children if child.value is not None]
    if said.startswith("sum of"):
        assert math.isclose(math.fsum(values), node.value or 0.0, rel_tol=1e-9, abs_tol=near), node.label
    elif said == "runs × amount × factor":
        runs, amount, factor = values[:3]
        assert math.isclose(runs * amount * factor, node.value or 0.0, rel_tol=1e-9, abs_tol=near), node.label
    elif " = " in said and node.children and all(": " in child.label for child in node.children):
        terms = {c.label.partition(": ")[0]: Fraction(repr(c.value)) for c in node.children}
        text = said.partition(" = ")[0]
        if set(formula(text).names) == set(terms):
            result = float(formula(text).number(terms))
            assert math.isclose(result, node.value or 0.0, rel_tol=1e-9, abs_tol=1e-12), (said, node.value)


@settings(often, max_examples=20)
@given(studies(), BOOKS)
def test_every_leaf_has_an_origin(study: Study, book: str) -> None:
    """Every address has a tree, every leaf of every tree says where it comes from, and every sum and formula holds."""
    footprint = footprint_of(study, book)
    near = 1e-9 * scale(footprint)
    for address in addresses(footprint):
        tree = explain(footprint, address)
        for leaf in tree.leaves():
            assert leaf.notes, (address, leaf.label)
        for node in walk(tree):
            check_node(node, near)
        if address.startswith("dataset/") and tree.children and tree.value is not None:
            values = [child.value or 0.0 for child in tree.children]
            assert math.isclose(math.fsum(values), tree.value, rel_tol=1e-9, abs_tol=1e-12), address
