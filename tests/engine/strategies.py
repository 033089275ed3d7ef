"""Random records of `zuji.engine` that have exactly one solution, and the same records changed in one way."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]

OUTPUTS = [1, 2, 1000, 0.5, 2.5, "0.1", "5/18", "7/3"]
FLOWS: Record = {
    "CO2": {"factor": 1, "category": "fossil"},
    "CH4": {"factor": 29.8, "category": "fossil"},
    "CO2 wood": {"factor": "1", "category": "biogenic"},
    "CO2 soil": {"factor": "7/9", "category": "land use"},
    "N2": {"factor": 0, "category": "fossil"},
    "SF6?": {"factor": None, "category": "fossil"},
}
# Six lines of at most 15 % of the output each: an activity takes from its own part, credits included, at most
# 0.9 of what it delivers, so no loop comes near to having no net output.
SHARES = st.integers(-15, 15).filter(bool).map(lambda percent: Fraction(percent, 100))
AMOUNTS = st.one_of(
    st.integers(-50, 50).filter(bool),
    st.decimals("-9", "9", places=3).filter(bool).map(str),
    st.fractions(-3, 3, max_denominator=40).filter(bool).map(str),
    st.sampled_from([0.1, 0.7, 1e-3, 123.456, -0.3]),
)


def written(amount: Fraction, as_float: bool) -> str | float:
    """The amount as a record may hold it, without loss."""
    if as_float and Fraction(repr(float(amount))) == amount:
        return float(amount)
    return str(amount)


@st.composite
def activities(draw: st.DrawFn, names: list[str], others: list[str]) -> Record:
    """Activities `names` that take from each other in any direction, and from `others` without limit."""
    result: Record = {}
    for name in names:
        output = draw(st.sampled_from(OUTPUTS))
        exact = Fraction(str(output))
        inputs: list[list[Any]] = []
        for provider in draw(st.lists(st.sampled_from(names), max_size=6)):
            share = draw(SHARES)
            inputs.append([f"i{len(inputs)}", provider, written(share * exact, draw(st.booleans()))])
        if others:
            for provider in draw(st.lists(st.sampled_from(others), max_size=4)):
                inputs.append([f"i{len(inputs)}", provider, draw(AMOUNTS)])
        emissions = [
            [f"e{i}", flow, draw(AMOUNTS)]
            for i, flow in enumerate(draw(st.lists(st.sampled_from(list(FLOWS)), max_size=4)))
        ]
        result[name] = {"output": output, "inputs": inputs, "emissions": emissions}
    return result


@st.composite
def records(draw: st.DrawFn, most: int = 12) -> Record:
    """A record with up to `most` activities in the foreground and as many in the background."""
    above = [f"F{i}" for i in range(draw(st.integers(1, most)))]
    below = [f"B{i}" for i in range(draw(st.integers(0, most)))]
    wanted = draw(st.lists(st.sampled_from(above), min_size=1, max_size=3, unique=True))
    return {
        "demand": {name: draw(AMOUNTS) for name in wanted},
        "activities": draw(activities(above, below)),
        "background": draw(activities(below, [])),
        "flows": deepcopy(FLOWS),
    }


def parts(record: Record) -> list[Record]:
    """The foreground and the background of the record itself, not copies."""
    return [record["activities"], record["background"]]


def gross(record: Record) -> Record:
    """The record without credits: every amount and factor counts with its size.

    What cancels out in the record adds up here, so its lines are the scale of the rounding to expect.
    """
    result = deepcopy(record)

    def size(value: Any) -> str:
        return str(abs(Fraction(str(value))))

    result["demand"] = {name: size(amount) for name, amount in record["demand"].items()}
    for part in parts(result):
        for activity in part.values():
            for line in activity["inputs"] + activity["emissions"]:
                line[2] = size(line[2])
    return result


def with_loop(record: Record, part: str, amounts: list[str], outputs: list[str]) -> tuple[Record, list[str]]:
    """The record with a ring in `part` from which the demand takes; member i of it takes from member i+1."""
    result = deepcopy(record)
    ring = [f"L{i}" for i in range(len(amounts))]
    for i, (amount, output) in enumerate(zip(amounts, outputs, strict=True)):
        result[part][ring[i]] = {
            "output": output,
            "inputs": [["ring", ring[(i + 1) % len(ring)], amount]],
            "emissions": [["e", "CO2", 1]],
        }
    for name in record["demand"]:
        result["activities"][name]["inputs"].append(["to the ring", ring[0], "0.01"])
    return result, ring
