"""The cases of the specification with their figures: T1 to T4, and what they say about rules, losses and storage."""

from __future__ import annotations

import numpy as np
import pytest

from zuji.electricity.trace import BalanceError, Coupling, Losses, Rule, Storage, Store, trace

from .grids import FLOWS, LOOP, REGIONS, five, simple

NSW, VIC, SA = (REGIONS.index(region) for region in ("NSW", "VIC", "SA"))


def values(flows: tuple[tuple[str, str, float], ...], rule: Rule | None = None) -> np.ndarray:
    return trace(five(flows), rule).values[0, :, 0] / 1000


def test_t1_direct() -> None:
    """Direct coupling gives the published figures of the five regions."""
    found = values(FLOWS)
    assert found[[VIC, NSW, SA]] == pytest.approx([0.580547, 0.559289, 0.227640], abs=5e-7)
    # The spreadsheet's imports and exports of carbon [t], printed with one decimal: 12.8, 28.7, 51.7.
    assert 22 * found[VIC] == pytest.approx(12.772, abs=5e-4)
    assert (22 + 27.5) * found[VIC] == pytest.approx(28.737, abs=5e-4)
    assert 55 * found[REGIONS.index("QLD")] + 27.5 * found[VIC] == pytest.approx(51.715, abs=5e-4)


def test_t1_aggregated() -> None:
    """Aggregated coupling: who has enough of its own keeps it, VIC .6."""
    found = values(FLOWS, Rule(Coupling.AGGREGATED))
    assert found[[NSW, VIC, SA]] == pytest.approx([0.555149, 0.6, 0.209107], abs=5e-7)


def test_t1_first_tier() -> None:
    """First tier accounts for 854.963 t where 854 t were emitted; the imbalance says so."""
    made = trace(five(), Rule(Coupling.FIRST_TIER))
    assert made.emissions[0] / 1000 == pytest.approx(854)
    assert (made.emissions + made.imbalance)[0] / 1000 == pytest.approx(854.963, abs=5e-4)


def test_t1_production() -> None:
    """Production only is emissions over generation, whatever flows."""
    assert values(FLOWS, Rule(Coupling.PRODUCTION)) == pytest.approx([0.65, 0.55, 0.6, 0.15, 0.05])


def test_t2_loop() -> None:
    """A directed loop is solved exactly, and the account is closed to 1e-13."""
    found = values(LOOP)
    assert found[[VIC, SA, NSW]] == pytest.approx([0.575524, 0.263123, 0.559087], abs=5e-7)
    made = trace(five(LOOP))
    assert abs(made.imbalance[0]) < 1e-12 * made.emissions[0]


def test_t3_losses() -> None:
    """50 MWh sent, 45 arrive, 600 kg/MWh: the receiver pays 666.667 and holds 1.1111 MWh generated per MWh."""
    grid = simple([[100.0, 0.0]], [600.0, 0.0], ((0, 1),), [[50.0]], [[45.0]])
    made = trace(grid)
    assert made.values[0, :, 0] == pytest.approx([600, 600 * 50 / 45])
    assert made.values[0, 1, 0] == pytest.approx(666.667, abs=5e-4)
    assert made.origin()[0, 1, 0] == pytest.approx(1.1111, abs=5e-5)
    assert made.imbalance[0] == pytest.approx(0, abs=1e-9)
    other = trace(grid, Rule(losses=Losses.SENDER))
    assert other.values[0, :, 0] == pytest.approx([600, 600])
    # The sender's consumption grows by the 5 MWh that were lost.
    assert other.consumption[0] == pytest.approx([55, 45])
    assert other.imbalance[0] == pytest.approx(0, abs=1e-9)


def test_t4_storage() -> None:
    """100 MWh charged at 12 kg/MWh come back as 90.25 MWh at 12/.9025; 102,400 kg emitted are all accounted for.

    The specification states charge, efficiencies and total; generation is chosen here to give that total:
    200 MWh × 12 kg/MWh, then 100 MWh × 1000 kg/MWh in another zone.
    """
    store = Store("S", "Z0", 0.95, 0.95, opening=0.0)
    grid = simple(
        [[200.0, 0.0], [0.0, 100.0]],
        [12.0, 1000.0],
        stores=(store,),
        charge=[[100.0], [0.0]],
        discharge=[[0.0], [90.25]],
    )
    made = trace(grid)
    assert made.values[1, 0, 0] == pytest.approx(12 / 0.9025)
    assert made.values[1, 0, 0] == pytest.approx(13.2964, abs=1e-4)
    carried = np.nansum(made.values[:, :, 0] * made.consumption)
    assert carried == pytest.approx(102_400, rel=1e-12)
    assert made.emissions[0] == pytest.approx(102_400)
    assert made.closing[0, 0] == 0


def test_fifo_gives_the_oldest_first() -> None:
    """Two charges of different carbon leave in their order; as stock average they leave mixed. Hand calculation.

    Charges 10 MWh at 100 and 10 MWh at 500 kg/MWh, discharges of 10 MWh: FIFO 100, 500; average (1000+5000)/20 = 300.
    """
    grid = simple(
        [[20.0], [0.0], [0.0], [0.0]],
        [100.0],
        stores=(Store("S", "Z0", opening=0.0),),
        charge=[[10.0], [10.0], [0.0], [0.0]],
        discharge=[[0.0], [0.0], [10.0], [10.0]],
    )
    second = simple(
        [[20.0, 0.0], [0.0, 20.0], [0.0, 0.0], [0.0, 0.0]],
        [100.0, 500.0],
        ((1, 0),),
        [[0.0], [20.0], [0.0], [0.0]],
        stores=(Store("S", "Z0", opening=0.0),),
        charge=grid.charge,
        discharge=grid.discharge,
    )
    fifo = trace(second, Rule(storage=Storage.FIFO)).values[:, 0, 0]
    average = trace(second).values[:, 0, 0]
    assert fifo[2:] == pytest.approx([100, 500])
    assert average[2:] == pytest.approx([300, 300])


def test_static_storage_is_out_of_balance_and_says_so() -> None:
    """A stated factor of discharge is used as it is: 90 MWh × 40 − 100 MWh × 12 kg are too much."""
    store = Store("S", "Z0", 0.95, 0.95, opening=0.0, static_factors=(("G0", 40.0),))
    grid = simple([[200.0], [0.0]], [12.0], stores=(store,), charge=[[100.0], [0.0]], discharge=[[0.0], [90.0]])
    made = trace(grid, Rule(storage=Storage.STATIC))
    assert made.values[1, 0, 0] == pytest.approx(40)
    assert made.imbalance[0] == pytest.approx(90 * 40 - 100 * 12)
    with pytest.raises(ValueError, match="S"):
        trace(
            simple(
                [[200.0], [0.0]], [12.0], stores=(Store("S", "Z0"),), charge=[[9.0], [0.0]], discharge=[[0.0], [9.0]]
            ),
            Rule(storage=Storage.STATIC),
        )


def test_a_cyclic_store_starts_as_it_ends() -> None:
    """Without a stated opening the stock holds at the start what it holds at the end, energy and carbon alike."""
    grid = simple(
        [[0.0], [100.0], [100.0]],
        [50.0],
        stores=(Store("S", "Z0", 0.9, 1.0),),
        charge=[[0.0], [100 / 9], [0.0]],
        discharge=[[10.0], [0.0], [0.0]],
    )
    made = trace(grid)
    # The smallest opening is the 10 MWh of the first hour; 100/9 MWh at 50 kg go in: 500/0.9 kg for 10 MWh.
    assert made.run.levels.level[0, 0] == pytest.approx(10)
    assert made.values[0, 0, 0] == pytest.approx(50 / 0.9)
    assert made.opening == pytest.approx(made.closing)
    assert made.imbalance[0] == pytest.approx(0, abs=1e-9)


def test_netting_is_an_option_of_the_rule() -> None:
    """Opposite flows of 30 and 10 MWh count as 20 MWh in one direction only when asked for, and the rule says it."""
    grid = simple([[100.0, 100.0]], [1000.0, 0.0], ((0, 1), (1, 0)), [[30.0, 10.0]])
    gross, net = trace(grid), trace(grid, Rule(netted=True))
    # Net: zone 0 is all its own; zone 1 mixes 100 MWh of its own with 20 MWh of zone 0.
    assert net.values[0, :, 0] == pytest.approx([1000, 1000 * 20 / 120])
    assert gross.values[0, 0, 0] < 1000
    assert net.rule.id == "direct.receiver.stock.netted"
    assert net.imbalance[0] == pytest.approx(0, abs=1e-9)


def test_dead_hours_are_missing_with_a_reason() -> None:
    """A zone that nothing enters, zones that only feed each other, and a missing value: NaN, never 0."""
    grid = simple(
        [[100.0, 0.0, 0.0, 0.0], [100.0, 0.0, 0.0, np.nan]],
        [10.0, 10.0, 10.0, 10.0],
        ((1, 2), (2, 1), (3, 0)),
        [[5.0, 5.0, 0.0], [0.0, 0.0, 7.0]],
    )
    made = trace(grid)
    assert np.isnan(made.values[0, 1:, 0]).all()
    assert made.reasons[0].tolist() == [0, 2, 2, 1]
    assert made.reasons[1].tolist() == [3, 1, 1, 4]
    assert made.values[0, 0, 0] == pytest.approx(10)
    assert "MISSING" not in made.explain("Z3", int(grid.hours[1])).reason
    assert made.explain("Z3", int(grid.hours[1])).value is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"generation": [[-1.0, 5.0]]}, "ZJ600"),
        ({"sent": [[-1.0]], "received": [[-1.0]]}, "ZJ601"),
        ({"sent": [[5.0]], "received": [[6.0]]}, "ZJ602"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], code: str) -> None:
    """Negative generation, negative flow and energy from nowhere are refused with cell, cause and mend."""
    grid = {"generation": [[10.0, 5.0]], "sent": [[1.0]], "received": [[1.0]]} | change
    with pytest.raises(BalanceError) as caught:
        trace(simple(grid["generation"], [1.0, 2.0], ((0, 1),), grid["sent"], grid["received"]))
    assert {finding.code for finding in caught.value.findings} == {code}
    finding = caught.value.findings[0]
    assert finding.what("en")
    assert finding.mend("en")


def test_a_store_cannot_give_what_it_does_not_hold() -> None:
    """A stated opening that is too small is an error, an efficiency above 1 as well."""
    dry = simple([[1.0]], [1.0], stores=(Store("S", "Z0", opening=1.0),), charge=[[0.0]], discharge=[[2.0]])
    odd = simple([[1.0]], [1.0], stores=(Store("S", "Z0", 1.2, 1.0),), charge=[[0.0]], discharge=[[0.0]])
    for grid, code in ((dry, "ZJ603"), (odd, "ZJ604")):
        with pytest.raises(BalanceError) as caught:
            trace(grid)
        assert [f.code for f in caught.value.findings] == [code]


def test_a_store_charged_from_a_dead_hour_gives_no_figure() -> None:
    """Energy of unknown origin in a stock leaves it as unknown, until the store is empty."""
    grid = simple(
        [[np.nan], [0.0], [50.0]],
        [10.0],
        stores=(Store("S", "Z0", opening=0.0),),
        charge=[[5.0], [0.0], [0.0]],
        discharge=[[0.0], [5.0], [0.0]],
    )
    made = trace(grid)
    assert made.reasons[:, 0].tolist() == [4, 5, 0]
    assert made.values[2, 0, 0] == pytest.approx(10)
