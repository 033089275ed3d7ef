"""`zuji.engine.plain` against calculations by hand, and against what holds for every product system."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zuji.engine import plain
from zuji.engine.plain import solve

from .strategies import AMOUNTS, Record, parts, records

FLOWS = {
    "CO2": {"factor": 1, "category": "fossil"},
    "CH4 bio": {"factor": "27", "category": "biogenic"},
    "SF6": {"factor": None, "category": "fossil"},
}
exactly = settings(deadline=None, max_examples=30)


def activity(output: Any = 1, *, inputs: Any = (), emissions: Any = ()) -> Record:
    return {"output": output, "inputs": [list(i) for i in inputs], "emissions": [list(e) for e in emissions]}


def record(demand: Record, foreground: Record, background: Record | None = None) -> Record:
    return {"demand": demand, "activities": foreground, "background": background or {}, "flows": FLOWS}


def cells(result: plain.Result) -> dict[tuple[str, str, str], Fraction]:
    """Every number of the lines under (activity, line, category), zeros left out."""
    return {(a, line, c): v for a, line, values in result.lines for c, v in values.items() if v}


# By hand


def test_chain() -> None:
    """A pack of 10 cells at 3 kWh of grid power each: 10 · (3 · 0.6 + 0.2) + 1.5 = 21.5 kg."""
    result = solve(
        record(
            {"pack": 1},
            {
                "pack": activity(inputs=[("cells", "cell", 10)], emissions=[("weld", "CO2", "1.5")]),
                "cell": activity(inputs=[("power", "grid", 3)], emissions=[("oven", "CO2", 0.2)]),
            },
            {"grid": activity(emissions=[("coal", "CO2", 0.6)])},
        )
    )
    assert result.total == Fraction(43, 2)
    assert result.by_category == {"fossil": Fraction(43, 2)}
    assert result.scaling == {"pack": 1, "cell": 10}
    assert result.scores == {
        "pack": {"fossil": Fraction(43, 2)},
        "cell": {"fossil": 2},
        "grid": {"fossil": Fraction(3, 5)},
    }
    assert result.lines == (
        ("pack", "weld", {"fossil": Fraction(3, 2)}),
        ("cell", "power", {"fossil": Fraction(18)}),
        ("cell", "oven", {"fossil": Fraction(2)}),
    )
    assert result.uncharacterised == ()


LOOP = {
    "A": activity(inputs=[("b", "B", 0.1)], emissions=[("e", "CO2", 3)]),
    "B": activity(inputs=[("a", "A", 0.2)], emissions=[("e", "CO2", 7)]),
}


def test_foreground_loop() -> None:
    """A takes 0.1 B and B takes 0.2 A: a = 1 + 0.2 b and b = 0.1 a give a = 1/0.98 = 50/49 and b = 5/49."""
    result = solve(record({"A": 1}, LOOP))
    assert result.scaling == {"A": Fraction(50, 49), "B": Fraction(5, 49)}
    # 3 · 50/49 + 7 · 5/49 = 185/49, and the score of A is (3 + 0.1 · 7) / 0.98 = 185/49 as well.
    assert result.total == Fraction(185, 49)
    assert result.scores["A"] == {"fossil": Fraction(185, 49)}
    # The score of B is (7 + 0.2 · 3) / 0.98.
    assert result.scores["B"] == {"fossil": Fraction(380, 49)}
    assert cells(result) == {("A", "e", "fossil"): Fraction(150, 49), ("B", "e", "fossil"): Fraction(35, 49)}


def test_background_loop() -> None:
    """The same loop in the background is one line: 2 units of A at 185/49 kg each."""
    result = solve(record({"P": 1}, {"P": activity(inputs=[("a", "A", 2)])}, LOOP))
    assert result.lines == (("P", "a", {"fossil": Fraction(370, 49)}),)
    assert result.scaling == {"P": 1}


def test_own_use() -> None:
    """A power plant that uses 5 % of its own power runs 1/0.95 times for one unit net."""
    result = solve(
        record({"plant": 1}, {"plant": activity(inputs=[("own", "plant", "0.05")], emissions=[("e", "CO2", 1)])})
    )
    assert result.scaling == {"plant": Fraction(20, 19)}
    assert result.total == Fraction(20, 19)


def test_credit() -> None:
    """A negative amount is a credit: 4 kg of the furnace less 3 · 0.5 kg for heat sold make 2.5 kg."""
    result = solve(
        record(
            {"P": 1},
            {"P": activity(inputs=[("heat sold", "heat", -3)], emissions=[("furnace", "CO2", 4)])},
            {"heat": activity(emissions=[("e", "CO2", "0.5")])},
        )
    )
    assert result.total == Fraction(5, 2)
    assert cells(result) == {("P", "furnace", "fossil"): 4, ("P", "heat sold", "fossil"): Fraction(-3, 2)}


def test_credit_of_the_foreground() -> None:
    """A credit on a foreground activity makes it run backwards, and its lines turn negative."""
    result = solve(
        record(
            {"P": 2},
            {"P": activity(inputs=[("r", "R", "-1/2")]), "R": activity(emissions=[("e", "CO2", 3)])},
        )
    )
    assert result.scaling == {"P": 2, "R": -1}
    assert cells(result) == {("R", "e", "fossil"): -3}


def test_credit_on_a_loop() -> None:
    """A loop asked for less than nothing runs backwards and is not refused: it has a net output."""
    result = solve(record({"P": 1}, {"P": activity(inputs=[("credit", "A", -1)]), **LOOP}))
    assert result.total == -Fraction(185, 49)


def test_credit_inside_a_loop() -> None:
    """A loop with a credit in it only needs one solution: a = 1 - 2 b and b = a give a = b = 1/3."""
    loop = {
        "A": activity(inputs=[("b", "B", 1)], emissions=[("e", "CO2", 3)]),
        "B": activity(inputs=[("a", "A", -2)]),
    }
    result = solve(record({"A": 1}, loop))
    assert result.scaling == {"A": Fraction(1, 3), "B": Fraction(1, 3)}
    assert result.total == 1


def test_output_other_than_one() -> None:
    """A batch of 200 kg takes 50 kWh and emits 8 kg: 30 kg are 0.15 runs, 7.5 kWh · 0.6 + 1.2 kg = 5.7 kg."""
    result = solve(
        record(
            {"batch": 30},
            {"batch": activity(200, inputs=[("power", "grid", 50)], emissions=[("e", "CO2", 8)])},
            {"grid": activity("0.5", emissions=[("e", "CO2", "0.3")])},
        )
    )
    assert result.scaling == {"batch": Fraction(3, 20)}
    assert cells(result) == {
        ("batch", "power", "fossil"): Fraction(9, 2),
        ("batch", "e", "fossil"): Fraction(6, 5),
    }
    assert result.scores["grid"] == {"fossil": Fraction(3, 5)}
    assert result.total == Fraction(57, 10)


def test_two_categories_and_emissions_at_two_levels() -> None:
    """Categories never mix: P emits 2 kg CO2 and takes 3 of B with 1 kg CO2 and 0.1 kg CH4 · 27 each."""
    result = solve(
        record(
            {"P": 1},
            {"P": activity(inputs=[("b", "B", 3)], emissions=[("e", "CO2", 2)])},
            {"B": activity(emissions=[("e", "CO2", 1), ("m", "CH4 bio", "0.1")])},
        )
    )
    assert result.by_category == {"fossil": 5, "biogenic": Fraction(81, 10)}
    assert result.lines == (
        ("P", "b", {"fossil": Fraction(3), "biogenic": Fraction(81, 10)}),
        ("P", "e", {"fossil": Fraction(2)}),
    )
    assert result.total == Fraction(131, 10)


def test_uncharacterised_flows_are_listed_where_they_enter_and_add_nothing() -> None:
    """SF6 has no factor: it is listed at its own line, and at the input behind which it is emitted."""
    result = solve(
        record(
            {"P": 1},
            {
                "P": activity(inputs=[("b", "B", 1), ("none", "B", 0)], emissions=[("leak", "SF6", 1)]),
                "idle": activity(emissions=[("leak", "SF6", 1)]),
            },
            {
                "B": activity(inputs=[("c", "C", 1)]),
                "C": activity(emissions=[("e", "SF6", 1), ("f", "CO2", 1)]),
            },
        )
    )
    assert result.uncharacterised == (("P", "b", "SF6"), ("P", "leak", "SF6"))
    assert result.total == 1
    assert ("P", "leak", {}) in result.lines


def test_an_uncharacterised_flow_of_an_activity_that_does_not_run_is_not_listed() -> None:
    """Demand and credit on R cancel out, so neither its leak nor the one behind its input is met."""
    background = {"B": activity(emissions=[("leak", "SF6", 1)])}
    foreground = {
        "P": activity(inputs=[("r", "R", -1)]),
        "R": activity(inputs=[("b", "B", 1)], emissions=[("leak", "SF6", 1)]),
    }
    result = solve(record({"P": 1, "R": 1}, foreground, background))
    assert result.scaling["R"] == 0
    assert result.uncharacterised == ()


def test_what_is_not_reached_is_not_solved() -> None:
    """A loop without net output, a missing provider and a zero output out of reach are ignored."""
    broken = {
        "X": activity(inputs=[("y", "Y", 1)]),
        "Y": activity(inputs=[("x", "X", 1)]),
        "Z": activity(inputs=[("z", "nowhere", 1)]),
        "O": activity(0),
    }
    foreground = {"P": activity(inputs=[("no x", "X", 0)], emissions=[("e", "CO2", 1)]), **broken}
    result = solve(record({"P": 1, "Y": 0}, foreground, {f"background {n}": a for n, a in broken.items()}))
    assert result.total == 1
    assert set(result.scores) == set(result.scaling) == {"P"}


def test_lines_that_cancel_out_draw_on_nothing_but_stay_lines() -> None:
    """+2 and -2 of the same provider add nothing together and are two lines all the same."""
    result = solve(
        record(
            {"P": 1},
            {"P": activity(inputs=[("in", "B", 2), ("out", "B", -2)])},
            {"B": activity(emissions=[("e", "CO2", 1)])},
        )
    )
    assert result.total == 0
    assert cells(result) == {("P", "in", "fossil"): 2, ("P", "out", "fossil"): -2}


def test_a_flow_behind_lines_that_cancel_out_is_listed() -> None:
    """That +2 and -2 of a provider with a flow without factor add nothing is no reason to hide the flow."""
    inputs = [("in", "B", 2), ("out", "B", -2)]
    background = {"B": activity(emissions=[("e", "SF6", 1)]), "A": activity(inputs=inputs)}
    result = solve(record({"P": 1}, {"P": activity(inputs=[("a", "A", 1), *inputs])}, background))
    assert result.uncharacterised == (("P", "a", "SF6"), ("P", "in", "SF6"), ("P", "out", "SF6"))


def test_no_demand() -> None:
    """Nothing demanded is zero, not an error."""
    result = solve({"demand": {}, "activities": {}, "background": {}, "flows": {}})
    assert result.total == 0
    assert result.lines == ()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (3, Fraction(3)),
        (0.1, Fraction(1, 10)),
        (1e-7, Fraction(1, 10**7)),
        ("0.1", Fraction(1, 10)),
        ("1.5e3", Fraction(1500)),
        ("-5/18", Fraction(-5, 18)),
        (Fraction(2, 7), Fraction(2, 7)),
    ],
)
def test_numbers(written: object, value: Fraction) -> None:
    """A number is what it prints as, without rounding to binary."""
    result = solve(record({"P": written}, {"P": activity(emissions=[("e", "CO2", 1)])}))
    assert result.total == value


# Errors


@pytest.mark.parametrize("bad", ["", "one", "1/0", "nan", float("nan"), float("inf"), None, True, 1j])
def test_what_is_not_a_number(bad: object) -> None:
    """Anything but a finite number is refused with its place."""
    with pytest.raises(plain.NumberError, match=r"line e of P: .* is not a number"):
        solve(record({"P": 1}, {"P": activity(emissions=[("e", "CO2", bad)])}))
    with pytest.raises(plain.NumberError, match=r"output of P: .* is not a number"):
        solve(record({"P": 1}, {"P": activity(bad)}))
    with pytest.raises(plain.NumberError, match=r"demand of P: .* is not a number"):
        solve(record({"P": bad}, {"P": activity()}))


P = {"P": activity(inputs=[("x", "X", 1)])}
BAD = [
    (
        plain.LinkError,
        "the demand names Q, which is not in the foreground",
        ["Q"],
        record({"Q": 1}, {"P": activity()}, {"Q": activity()}),
    ),
    (plain.LinkError, "line x of P takes from X, which is not there", ["P"], record({"P": 1}, P)),
    (
        plain.LinkError,
        "line p of X takes from P, which is not there",  # the background does not take from the foreground
        ["X"],
        record({"P": 1}, P, {"X": activity(inputs=[("p", "P", "0.1")])}),
    ),
    (
        plain.LinkError,
        "line e of P emits H2O, which is not among the flows",
        ["P"],
        record({"P": 1}, {"P": activity(emissions=[("e", "H2O", 1)])}),
    ),
    (
        plain.LinkError,
        "X is in the foreground and in the background",
        ["X"],
        record({"P": 1}, P | {"X": activity()}, {"X": activity()}),
    ),
    (
        plain.OutputError,
        "X has output 0; it has to be above zero",
        ["X"],
        record({"P": 1}, P, {"X": activity("0.0")}),
    ),
    (
        plain.OutputError,
        "P has output -1/2; it has to be above zero",
        ["P"],
        record({"P": 1}, {"P": activity(-0.5)}),
    ),
    (
        plain.LineError,
        "X has two lines named a",
        ["X"],
        record({"P": 1}, P, {"X": activity(inputs=[("a", "Y", 1)], emissions=[("a", "CO2", 1)]), "Y": activity()}),
    ),
    (
        plain.LoopError,
        "loop without net output: X takes from itself all that it delivers",
        ["X"],
        record({"P": 1}, P, {"X": activity(2, inputs=[("own", "X", 2)])}),
    ),
    (
        plain.LoopError,
        "loop without net output: X, Y, Z",  # 3 · 1/6 · 2 = 1
        ["X", "Y", "Z"],
        record(
            {"P": 1},
            P
            | {
                "X": activity(inputs=[("y", "Y", 3)]),
                "Y": activity(inputs=[("z", "Z", "1/6"), ("w", "W", 1)]),
                "Z": activity(inputs=[("x", "X", 2)]),
                "W": activity(),
            },
        ),
    ),
    (
        plain.LoopError,
        "loop without net output: X, Y",  # a credit in the loop: 1 · 1 = (-1) · (-1)
        ["X", "Y"],
        record({"P": 1}, P, {"X": activity(inputs=[("y", "Y", -1)]), "Y": activity(inputs=[("x", "X", -1)])}),
    ),
    (
        plain.LoopError,
        "loop that consumes more than it delivers: X, Y",  # 2 · 0.6 > 1
        ["X", "Y"],
        record({"P": 1}, P | {"X": activity(inputs=[("y", "Y", 2)]), "Y": activity(inputs=[("x", "X", 0.6)])}),
    ),
    (
        plain.LoopError,
        "loop that consumes more than it delivers: X, Y",
        ["X", "Y"],
        record({"P": 1}, P, {"X": activity(inputs=[("y", "Y", 2)]), "Y": activity(inputs=[("x", "X", 0.6)])}),
    ),
]


@pytest.mark.parametrize(("error", "message", "culprits", "bad"), BAD)
def test_errors_name_the_culprits(
    error: type[plain.RecordError], message: str, culprits: list[str], bad: Record
) -> None:
    """A record without an answer is refused as a ValueError that says why and names whom to look at."""
    with pytest.raises(error) as caught:
        solve(bad)
    assert str(caught.value) == message
    assert list(caught.value.culprits) == culprits
    assert isinstance(caught.value, ValueError)


def test_one_over_consuming_ring_inside_a_larger_loop_is_refused() -> None:
    """The gain of a whole loop counts: two rings of gain 0.6 through A leave A less than nothing."""
    loop = {
        "A": activity(inputs=[("b", "B", 1), ("c", "C", 1)]),
        "B": activity(inputs=[("a", "A", "0.6")]),
        "C": activity(inputs=[("a", "A", "0.6")]),
    }
    with pytest.raises(plain.LoopError, match="consumes more than it delivers: A, B, C"):
        solve(record({"A": 1}, loop))


# What holds for every record


def exact(value: Any) -> Fraction:
    return Fraction(str(value))


@exactly
@given(records())
def test_the_equations_of_the_contract_hold(record: Record) -> None:
    """output·score = Σ emissions·factor + Σ inputs·score, and output·run = demand + Σ amount·run, exactly."""
    result = solve(record)
    everything = record["activities"] | record["background"]
    for name, scores in result.scores.items():
        output = exact(everything[name]["output"])
        left = defaultdict(Fraction, {c: output * v for c, v in scores.items()})
        for _, provider, amount in everything[name]["inputs"]:
            for category, score in result.scores[provider].items():
                left[category] -= exact(amount) * score
        for _, flow, amount in everything[name]["emissions"]:
            factor = record["flows"][flow]["factor"]
            left[record["flows"][flow]["category"]] -= exact(amount) * exact(factor or 0)
        assert not any(left.values())
    for name in result.scaling:
        taken = sum(
            exact(amount) * run
            for consumer, run in result.scaling.items()
            for _, provider, amount in everything[consumer]["inputs"]
            if provider == name
        )
        wanted = exact(record["demand"].get(name, 0))
        assert exact(everything[name]["output"]) * result.scaling[name] == wanted + taken


@exactly
@given(records())
def test_the_lines_add_up_to_the_total(record: Record) -> None:
    """Lines, categories and demand · score are three ways to the same total, without a rest."""
    result = solve(record)
    assert sum((v for _, _, values in result.lines for v in values.values()), Fraction(0)) == result.total
    assert sum(result.by_category.values(), Fraction(0)) == result.total
    wanted = (exact(a) * sum(result.scores[n].values(), Fraction(0)) for n, a in record["demand"].items())
    assert sum(wanted, Fraction(0)) == result.total


@exactly
@given(records(), AMOUNTS, AMOUNTS, st.data())
def test_linear_in_the_demand(record: Record, first: Any, second: Any, data: st.DataObject) -> None:
    """Every line of s·demand + t·other demand is s times the one plus t times the other."""
    name = data.draw(st.sampled_from(list(record["activities"])))
    one, other = cells(solve(record)), cells(solve(record | {"demand": {name: 1}}))
    demand = defaultdict(Fraction, {n: exact(first) * exact(a) for n, a in record["demand"].items()})
    demand[name] += exact(second)
    both = cells(solve(record | {"demand": dict(demand)}))
    expected = {
        key: exact(first) * one.get(key, Fraction(0)) + exact(second) * other.get(key, Fraction(0))
        for key in one.keys() | other.keys()
    }
    assert both == {key: value for key, value in expected.items() if value}


@exactly
@given(records(), st.data())
def test_splitting_a_line_changes_nothing(record: Record, data: st.DataObject) -> None:
    """A line written as two lines with the same sum, of any signs, leaves all else as it was."""
    split = deepcopy(record)
    everything = split["activities"] | split["background"]
    filled = [(n, kind) for n, a in everything.items() for kind in ("inputs", "emissions") if a[kind]]
    assume(filled)
    name, kind = data.draw(st.sampled_from(filled))
    line = data.draw(st.sampled_from(everything[name][kind]))
    part = exact(data.draw(AMOUNTS))
    line[2] = exact(line[2]) - part
    everything[name][kind].append(["second half", line[1], part])

    before, after = solve(record), solve(split)
    assert (after.total, after.by_category, after.scaling) == (
        before.total,
        before.by_category,
        before.scaling,
    )
    assert after.scores == before.scores
    joined: defaultdict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for (activity, half, category), value in cells(after).items():
        joined[activity, line[0] if half == "second half" else half, category] += value
    assert {key: value for key, value in joined.items() if value} == cells(before)


@exactly
@given(records(), st.randoms(use_true_random=False))
def test_order_does_not_matter(record: Record, random: Random) -> None:
    """Activities, lines, flows and demands in another order give the same numbers."""

    def shuffled(mapping: Record) -> Record:
        return dict(random.sample(list(mapping.items()), len(mapping)))

    other = {key: shuffled(value) for key, value in deepcopy(record).items()}
    for part in parts(other):
        for a in part.values():
            random.shuffle(a["inputs"])
            random.shuffle(a["emissions"])
    one, two = solve(record), solve(other)
    assert cells(one) == cells(two)
    assert (one.total, one.by_category, one.scaling, one.scores) == (
        two.total,
        two.by_category,
        two.scaling,
        two.scores,
    )
    assert sorted(one.uncharacterised) == sorted(two.uncharacterised)


@exactly
@given(records(), st.fractions("1/1000", 1000, max_denominator=1000), st.data())
def test_the_size_of_a_run_does_not_matter(record: Record, factor: Fraction, data: st.DataObject) -> None:
    """An activity written for a run k times as large runs 1/k times as often, and nothing else changes."""
    other = deepcopy(record)
    name = data.draw(st.sampled_from(list(record["activities"]) + list(record["background"])))
    changed = (other["activities"] | other["background"])[name]
    changed["output"] = exact(changed["output"]) * factor
    for line in changed["inputs"] + changed["emissions"]:
        line[2] = exact(line[2]) * factor
    one, two = solve(record), solve(other)
    assert (one.total, one.lines, one.scores, one.uncharacterised) == (
        two.total,
        two.lines,
        two.scores,
        two.uncharacterised,
    )
    assert two.scaling == {n: run / factor if n == name else run for n, run in one.scaling.items()}


def test_a_large_system_with_small_loops_is_fast_enough() -> None:
    """1,500 activities, each taking from five of the thirty before it, and twenty loops take a moment."""
    random = Random(1)
    background = {}
    for i in range(1500):
        inputs = [
            (f"i{k}", f"a{random.randrange(max(0, i - 30), i)}", f"0.{random.randrange(300):03}") for k in range(5) if i
        ]
        background[f"a{i}"] = activity(random.choice([1, 2, "0.9"]), inputs=inputs, emissions=[("e", "CO2", i)])
    for _ in range(20):
        i = random.randrange(1490)
        line = [f"back {i}", f"a{i + random.randrange(1, 6)}", "0.01"]
        if line[0] not in [known[0] for known in background[f"a{i}"]["inputs"]]:
            background[f"a{i}"]["inputs"].append(line)
    result = solve(record({"P": 1}, {"P": activity(inputs=[("a", "a1499", 1)])}, background))
    assert result.total > 0
    assert len(result.scores) > 1000


# The file itself


def test_it_imports_the_standard_library_only() -> None:
    """No numpy, no zuji, nothing installed: the second engine shares no code with anything."""
    imported = set()
    for node in ast.walk(ast.parse(Path(plain.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import is an import of zuji"
            imported.add(str(node.module))
        elif isinstance(node, ast.Name):
            assert node.id not in {"__import__", "exec", "eval"}
    assert imported
    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names) - {"importlib"}
