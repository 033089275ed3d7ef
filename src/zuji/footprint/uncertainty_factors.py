"""Uncertain warming potentials of a footprint's gases, and what each of its lines owes to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from zuji.background.gwp import gwp_range, gwp_table
from zuji.datum import LocalText
from zuji.engine.adjoint import scores
from zuji.engine.columns import Floats, number
from zuji.engine.solve import reachable
from zuji.engine.system import System
from zuji.engine.uncertainty import distributions
from zuji.errors import EngineError
from zuji.finding import NOWHERE
from zuji.footprint.calculate import full_record
from zuji.footprint.chain import record_snapshot
from zuji.footprint.model import Contribution, Footprint
from zuji.footprint.uncertainty_inputs import APART, FACTOR, METHOD, STATED, Input, relative_to
from zuji.study.model import Uncertainty

NORMAL_95 = 1.6448536269514722
"""95th percentile of the standard normal distribution: a range from 5 to 95 % is ± this many standard deviations."""
GIVEN = "given"
"""The set of factors whose distribution the user gives."""


def gas_of(flow: str) -> str:
    """The gas of a flow of the record (`gas|category`)."""
    return flow.partition("|")[0]


def factor_inputs(gwp_set: str, gases: Iterable[str], given: Mapping[str, Uncertainty]) -> dict[str, Input]:
    """Gas → its uncertain factor under the set: as the user gives it, else as the set's authors do, else none.

    A published 5 to 95 % range is read as a normal distribution cut off at zero; gases of one molecule share their
    draws. Raises EngineError for a distribution of the user that cannot be sampled, or of a gas without a factor.
    """
    table, found = gwp_table(), {}
    for gas in sorted(given):
        if (gas, gwp_set) not in table.factors:
            raise EngineError(f"{gwp_set} has no factor of its own for {gas}, so its distribution has no place", [gas])
    for gas in sorted({*gases}):
        factor = table.factors.get((gas, gwp_set))
        if gas in given and factor is not None:
            values = relative_to(factor.value, given[gas])
            distributions.parameters(1.0, int(values["id"]), **{k: v for k, v in values.items() if k not in APART})
            found[gas] = Input(FACTOR, gas, _name(gas), STATED, values, NOWHERE, f"factor|{GIVEN}|{gas}")
            continue
        stated = gwp_range(gas, gwp_set)
        if stated is None or factor is None or not factor.value:
            continue
        spread = {
            "id": distributions.NORMAL,
            "loc": 1.0,
            "scale": stated.half / factor.value / NORMAL_95,
            "minimum": 0.0,
        }
        key = f"factor|{gwp_set}|{stated.molecule}"
        found[gas] = Input(FACTOR, gas, _name(gas), METHOD, spread, NOWHERE, key)
    return found


def _name(gas: str) -> LocalText:
    known = gwp_table().gases.get(gas)
    return LocalText(known.zh, known.en) if known is not None else LocalText(gas, gas)


def gases_of(footprint: Footprint) -> set[str]:
    """Every gas that the footprint's record characterises by something else than a factor of one by definition."""
    flows = full_record(footprint)["flows"]
    return {gas_of(id) for id, flow in flows.items() if flow["factor"] is not None and number(flow["factor"])}


def worth_by_gas(footprint: Footprint, gases: Iterable[str]) -> dict[str, Floats]:
    """Gas → what each line of the footprint owes to it in the headline total [kg CO2e per product], (lines,)."""
    wanted = sorted({*gases})
    if not wanted:
        return {}
    record = full_record(footprint)
    flows = record["flows"]
    everything = {**record["background"], **record["activities"]}
    activities = reachable(everything, [id for id, amount in record["demand"].items() if number(amount)])
    system = System.of(record_snapshot(activities, tuple(flows)))
    factor = np.array([number(f["factor"]) if f["factor"] is not None else 0.0 for f in flows.values()])
    category = [str(f["category"]) for f in flows.values()]
    gas = [gas_of(id) for id in flows]
    pairs = sorted({(gas[i], category[i]) for i in range(len(gas)) if gas[i] in wanted and factor[i]})
    sums = sorted({c for _, c in pairs})
    columns = [[f if (g, c) == pair else 0.0 for f, g, c in zip(factor, gas, category, strict=True)] for pair in pairs]
    columns += [[f if c == each else 0.0 for f, c in zip(factor, category, strict=True)] for each in sums]
    found = {name: np.zeros(len(footprint.lines)) for name in wanted}
    if not pairs:
        return found
    solved = scores(system, np.array(columns).T).values
    whole = {c: solved[:, len(pairs) + i] for i, c in enumerate(sums)}
    place = system.snapshot.activities.places
    emitted = {
        (id, line): flow for id, activity in record["activities"].items() for line, flow, _ in activity["emissions"]
    }
    for i, line in enumerate(footprint.lines):
        for k, (name, kind) in enumerate(pairs):
            found[name][i] += _worth(line, name, kind, emitted, place, solved[:, k], whole[kind])
    return found


def _worth(
    line: Contribution, gas: str, category: str, emitted: Mapping[tuple[str, str], str], place: Mapping[str, int],
    part: Floats, whole: Floats,
) -> float:  # fmt: skip
    value = line.by_origin.get(category, 0.0)
    flow = emitted.get((line.activity, line.line))
    if flow is not None:
        return value if gas_of(flow) == gas else 0.0
    at = place.get(line.provider)
    if not value or at is None or not whole[at]:
        return 0.0
    return float(value * part[at] / whole[at])
