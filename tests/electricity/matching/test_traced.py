"""Hourly location factors from a traced grid: what they give by hand, and what no account may rest on."""

from __future__ import annotations

import numpy as np
import pytest

from zuji.electricity.matching.page import page
from zuji.electricity.matching.statement import Statement, statement
from zuji.electricity.matching.traced import TracedHours, traced_hours
from zuji.electricity.trace import Balance, Coupling, Gas, Generator, Labels, Rule, Trace, Zone, trace
from zuji.finding import Finding

from .test_statement import HOURS, LOCATION, RESIDUAL, YEAR, ledger_of, year


def grid(
    hours: int = HOURS, start: int = YEAR[0], *, scope: str = "direct", step: int = 1, synthetic: bool = False
) -> Balance:
    """Two zones; in CN coal at 1,000 kg/MWh and wind take turns, in B coal stands alone."""
    coal = (np.arange(hours) + start) % 2 == YEAR[0] % 2
    generation = np.column_stack([coal * 5.0, ~coal * 5.0, np.full(hours, 3.0)])
    labels = Labels(
        (Zone("CN"), Zone("B")),
        (Generator("CN/coal", "CN", "coal"), Generator("CN/wind", "CN", "wind"), Generator("B/coal", "B", "coal")),
        (),
        (),
        (Gas("CO2", scope),),
    )
    factors = np.array([[1000.0], [0.0], [1000.0]])
    return Balance(labels, start + np.arange(hours) * step, generation, factors, step=step, synthetic=synthetic)


def hours_of(*traces: Trace, zone: str = "CN", gas: str = "") -> TracedHours:
    found = traced_hours(traces, zone, YEAR, gas)
    assert isinstance(found, TracedHours), found.what("en")
    return found


def stated(traced: TracedHours) -> Statement:
    found = statement(ledger_of(load=year(10, 30)).state, "works", 2024, LOCATION, RESIDUAL, traced=traced)
    assert isinstance(found, Statement)
    return found


def test_the_location_line_takes_the_factor_of_every_hour() -> None:
    """10 Wh at 1 kg/kWh and 30 Wh at 0 in turn: 0.25 kg/kWh, half of what the plain mean of the hours would give."""
    made = trace(grid())
    found = stated(hours_of(made))
    assert found.location.value == pytest.approx(10 / 40)
    assert found.lines["location_based"] == pytest.approx(HOURS / 2 * 10 / 1000)
    assert found.location.id == "CN:CO2:direct:direct.receiver.stock"
    shown = found.as_dict()["hourly_location"]
    assert (shown["rule"], shown["traces"]) == ("direct.receiver.stock", [made.digest])
    assert shown["kg_per_kwh"][:4] == [1, 0, 1, 0]
    text = page(found)
    assert text.count(made.digest) >= 2
    assert text.count("direct.receiver.stock") >= 2
    market = found.lines["market_based_annual"]
    assert market == pytest.approx(HOURS / 2 * 40 / 1000 * RESIDUAL.value)  # certificates and residual know no trace


def test_parts_of_a_year_under_one_rule_are_one_account() -> None:
    """Two halves give what the whole gives; under two rules, or with an hour in both, there is no account."""
    half = HOURS // 2
    first, second = grid(half), grid(HOURS - half, YEAR[0] + half)
    assert stated(hours_of(trace(first), trace(second))).lines == stated(hours_of(trace(grid()))).lines
    mixed = traced_hours([trace(first), trace(second, Rule(Coupling.PRODUCTION))], "CN", YEAR)
    assert isinstance(mixed, Finding)
    assert mixed.code == "ZJ648"
    assert "direct.receiver.stock" in mixed.what("en")
    double = traced_hours([trace(grid()), trace(grid(3))], "CN", YEAR)
    assert isinstance(double, Finding)
    assert double.code == "ZJ634"
    assert "3 hours" in double.what("en")


def test_hours_without_a_traced_factor_take_the_named_one_and_say_so() -> None:
    """Half a year is traced: the other half takes 0.5306 kg/kWh; no hour counts 0."""
    half = HOURS // 2
    found = stated(hours_of(trace(grid(half))))
    expected = half / 2 * 10 / 1000 * 1.0 + (HOURS - half) / 2 * 40 / 1000 * LOCATION.value
    assert found.lines["location_based"] == pytest.approx(expected)
    (warned,) = [f for f in found.findings if f.code == "ZJ632"]
    assert f"{HOURS - half} hours" in warned.what("en")
    assert "50.0 %" in warned.what("en")
    assert LOCATION.id in warned.what("en")
    assert found.location.id.endswith(f" + {LOCATION.id}")
    assert "ZJ632" not in {f.code for f in stated(hours_of(trace(grid()))).findings}


def test_a_period_of_many_hours_gives_each_its_factor() -> None:
    """Periods of two hours: every hour takes the factor of its period."""
    found = hours_of(trace(grid(4, step=2)))
    assert found.values[:8].tolist() == found.values[[0, 0, 2, 2, 4, 4, 6, 6]].tolist()
    assert np.isnan(found.values[8:]).all()
    assert not found.complete


def test_what_cannot_serve_is_refused() -> None:
    """A life-cycle factor, first tier and an unknown zone or gas; a synthetic grid serves with a warning."""
    refused = {
        "ZJ635": traced_hours([trace(grid(4))], "A", YEAR),
        "first tier": traced_hours([trace(grid(4), Rule(Coupling.FIRST_TIER))], "CN", YEAR),
        "scope": traced_hours([trace(grid(4, scope="lifecycle"))], "CN", YEAR),
        "gas": traced_hours([trace(grid(4))], "CN", YEAR, "CH4"),
    }
    other = traced_hours([trace(grid(4, start=YEAR[0] - 4))], "CN", YEAR)
    assert isinstance(other, Finding)
    assert other.code == "ZJ636"
    codes = {name: one.code for name, one in refused.items() if isinstance(one, Finding)}
    assert codes == {"ZJ635": "ZJ635", "first tier": "ZJ684", "scope": "ZJ684", "gas": "ZJ684"}
    assert "ZJ633" in {f.code for f in stated(hours_of(trace(grid(synthetic=True)))).findings}
    with pytest.raises(ValueError, match="no trace"):
        traced_hours([], "CN", YEAR)
