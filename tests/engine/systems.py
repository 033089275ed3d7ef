"""Small random technospheres with loops, credits and waste, as snapshots and as records of the plain engine."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from zuji.engine.snapshot import Snapshot, exchanges

FLOWS = ("CO2", "CH4")
FACTORS = np.array([1.0, 28.0])

Small = tuple[list[str], list[int], list[tuple[int, int, Fraction]], list[tuple[int, int, Fraction]]]


@st.composite
def small_systems(draw: st.DrawFn, *, credits: bool = True, waste: bool = True) -> Small:
    """(outputs, waste signs, inputs (consumer, supplier, share), emissions): shares of a column add up to below 0.9."""
    n = draw(st.integers(1, 9))
    outputs = [draw(st.sampled_from(["1", "5/2", "0.01", "400"])) for _ in range(n)]
    signs = [draw(st.sampled_from([1, 1, 1, -1])) if waste else 1 for _ in range(n)]
    inputs = []
    for consumer in range(n):
        suppliers = draw(st.lists(st.integers(0, n - 1), max_size=4))
        for supplier in suppliers:
            share = Fraction(draw(st.integers(1, 22)), 100)
            if credits and supplier != consumer and draw(st.integers(0, 5)) == 0:
                share = -share
            inputs.append((consumer, supplier, share))
    emissions = [
        (activity, draw(st.integers(0, 1)), Fraction(draw(st.integers(-50, 500)), 10))
        for activity in range(n)
        for _ in range(draw(st.integers(0, 2)))
    ]
    return outputs, signs, inputs, emissions


def record(small: Small) -> dict[str, Any]:
    """The background of a record whose activities treat or make one unit of reference flow: waste turned round."""
    outputs, _, inputs, emissions = small
    activities: dict[str, dict[str, Any]] = {
        f"a{i}": {"output": output, "inputs": [], "emissions": []} for i, output in enumerate(outputs)
    }
    for k, (consumer, supplier, share) in enumerate(inputs):
        amount = share * Fraction(outputs[consumer])
        activities[f"a{consumer}"]["inputs"].append([f"i{k}", f"a{supplier}", str(amount)])
    for k, (activity, flow, amount) in enumerate(emissions):
        activities[f"a{activity}"]["emissions"].append([f"e{k}", FLOWS[flow], str(amount)])
    flows = {name: {"factor": float(f), "category": "fossil"} for name, f in zip(FLOWS, FACTORS, strict=True)}
    return {"activities": activities, "background": {}, "flows": flows, "demand": {}}


def snapshot(small: Small, order: list[int] | None = None, *, flags: bool = True) -> Snapshot:
    """The same as a snapshot: a waste treatment has a reference flow below zero and its waste comes as negative input.

    With `order`, activity i stands at place order[i].
    """
    outputs, signs, inputs, emissions = small
    n = len(outputs)
    place = np.array(order if order is not None else range(n), dtype=np.int64)
    ids = [""] * n
    for i in range(n):
        ids[int(place[i])] = f"a{i}"
    size = [float(Fraction(output)) for output in outputs]
    value = [signs[i] * size[i] for i in range(n)]
    value += [signs[s] * float(share * Fraction(outputs[c])) for c, s, share in inputs]
    rows = [*range(n), *(s for _, s, _ in inputs)]
    columns = [*range(n), *(c for c, _, _ in inputs)]
    return Snapshot.build(
        activities=ids,
        flows=FLOWS,
        technosphere=exchanges(
            row=place[rows],
            column=place[columns],
            value=value,
            sign=[1] * n + [-1] * len(inputs),
            production=[flags] * n + [False] * len(inputs),
        ),
        biosphere=exchanges(
            uid=1_000 + np.arange(len(emissions)),
            row=[flow for _, flow, _ in emissions],
            column=place[[activity for activity, _, _ in emissions]] if emissions else [],
            value=[float(amount) for _, _, amount in emissions],
        ),
    )
