"""Tables of others: EIA-930, ENTSO-E, Chinese yearbooks; and data made to add up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from zuji.electricity.trace import Gas, Generator, Labels, Link, Store, Zone, trace
from zuji.electricity.trace.balance import Balance
from zuji.electricity.trace.readers.eia930 import read_eia930
from zuji.electricity.trace.readers.entsoe import read_entsoe
from zuji.electricity.trace.readers.folder import read_grid
from zuji.electricity.trace.readers.write import write_grid
from zuji.electricity.trace.readers.yearbook import province, read_yearbook, write_template
from zuji.electricity.trace.reconcile import LOAD_SD, changes, reconcile

from .grids import random_grid

EIA = (
    "Balancing Authority,Data Date,Hour Number,UTC Time at End of Hour,Demand (MW),Net Generation (MW) from Coal,"
    "Net Generation (MW) from Solar\n"
    "AAA,01/01/2024,1,01/01/2024 6:00:00 AM,90,100,-2\n"
    "AAA,01/01/2024,2,01/01/2024 7:00:00 AM,90,100,0\n"
    "BBB,01/01/2024,1,01/01/2024 6:00:00 AM,20,10,0\n"
    "BBB,01/01/2024,2,01/01/2024 7:00:00 AM,20,10,5\n"
)
TIES = (
    "Balancing Authority,Data Date,Hour Number,Directly Interconnected Balancing Authority,Interchange (MW),"
    "UTC Time at End of Hour\n"
    "AAA,01/01/2024,1,BBB,10,01/01/2024 6:00:00 AM\n"
    "BBB,01/01/2024,1,AAA,-12,01/01/2024 6:00:00 AM\n"
    "AAA,01/01/2024,2,BBB,-4,01/01/2024 7:00:00 AM\n"
    "BBB,01/01/2024,2,AAA,4,01/01/2024 7:00:00 AM\n"
    "AAA,01/01/2024,2,MEX,5,01/01/2024 7:00:00 AM\n"
)
FACTORS = "zone,technology,gas,value,unit,scope\n*,coal,CO2,900,kg/MWh,direct\n*,solar,CO2,0,kg/MWh,direct\n"


def files(tmp_path: Path, **texts: str) -> list[Path]:
    paths = []
    for name, text in texts.items():
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def test_eia930(tmp_path: Path) -> None:
    """Hour-ending UTC, both reports of a tie averaged, sign turned into direction, station use set to 0 and said."""
    balances, ties, factors = files(tmp_path, b=EIA, t=TIES, f=FACTORS)
    grid = read_eia930(balances, ties, factors)
    assert [f.code for f in grid.findings] == ["ZJ624", "ZJ630", "ZJ623"]
    balance = grid.balance
    assert balance is not None
    # 06:00 UTC at the end of the hour is the hour from 05:00.
    assert balance.hours.tolist() == [473_352 + 5, 473_352 + 6]
    assert {link.id: balance.sent[:, i].tolist() for i, link in enumerate(balance.labels.links)} == {
        "AAA>BBB": [11, 0],
        "BBB>AAA": [0, 4],
    }
    assert balance.load is not None
    assert balance.load.tolist() == [[90, 20], [90, 20]]
    assert balance.generation.min() == 0
    assert trace(balance).values[0, :, 0] == pytest.approx([900, 900])


def test_entsoe(tmp_path: Path) -> None:
    """Quarters and hours side by side, one area type, pumped storage as a store."""
    generation = (
        "DateTime\tResolutionCode\tAreaTypeCode\tMapCode\tProductionType\tActualGenerationOutput\tActualConsumption\n"
    )
    for m, v in zip((0, 15, 30, 45), (100, 120, 140, 160), strict=True):
        generation += f"2024-01-01 00:{m:02d}:00.000\tPT15M\tCTY\tDE\tFossil Hard coal\t{v}\t\n"
    generation += "2024-01-01 00:00:00.000\tPT60M\tCTY\tFR\tNuclear\t400\t\n"
    generation += "2024-01-01 00:00:00.000\tPT60M\tBZN\tFR\tNuclear\t400\t\n"
    generation += "2024-01-01 00:00:00.000\tPT60M\tCTY\tFR\tHydro Pumped Storage\t\t30\n"
    flows = "DateTime,ResolutionCode,OutAreaTypeCode,OutMapCode,InAreaTypeCode,InMapCode,FlowValue\n"
    flows += "2024-01-01 00:00,PT60M,CTY,FR,CTY,DE,50\n2024-01-01 00:00,PT60M,CTY,CH,CTY,DE,5\n"
    grid = read_entsoe(*files(tmp_path, g=generation, t=flows))
    assert [f.code for f in grid.findings] == ["ZJ630"]
    balance = grid.balance
    assert balance is not None
    assert {g.id: balance.generation[0, i] for i, g in enumerate(balance.labels.generators)} == {
        "DE/Fossil Hard coal": 130.0,
        "FR/Nuclear": 400.0,
    }
    assert balance.charge.tolist() == [[30.0]]
    assert balance.labels.stores[0].zone == "FR"
    assert balance.labels.stores[0].charge_efficiency ** 2 == pytest.approx(0.87)


def test_yearbook(tmp_path: Path) -> None:
    """Provinces by name, 亿千瓦时, a leap year as one period; losses from what was sent and received."""
    generation = (
        "年份,地区,单位,火电,水电,用电量\n2024,广东省,亿千瓦时,4000,200,4190\n2024,云南,亿千瓦时,500,3000,3300\n"
    )
    exchange = "年份,送端,受端,单位,送出电量,受入电量\n2024,云南,广东,亿千瓦时,100,95\n"
    factors = "zone,technology,gas,value,unit,scope\n*,thermal,CO2,0.85,kg/kWh,direct\n*,hydro,CO2,0,kg/kWh,direct\n"
    grid = read_yearbook(*files(tmp_path, g=generation, t=exchange, f=factors))
    assert grid.findings == ()
    balance = grid.balance
    assert balance is not None
    assert balance.step == 8784
    assert balance.generation.sum() == pytest.approx(7700e5)  # 1 亿千瓦时 = 1e5 MWh
    made = trace(balance)
    yunnan = 500 * 850 / 3500
    assert made.values[0, :, 0] == pytest.approx([(4000 * 850 + 100 * yunnan) / 4295, yunnan])
    # It is written and read as a folder whose period is the year.
    write_grid(balance, tmp_path / "out")
    again = read_grid(tmp_path / "out")
    assert again.findings == ()
    assert again.balance is not None
    assert again.balance.hours.tolist() == balance.hours.tolist()
    assert (trace(again.balance).values == made.values).all()


def test_the_yearbook_template_reads(tmp_path: Path) -> None:
    """The empty template in either language has the headings that the reader knows."""
    for lang in ("zh", "en"):
        names = write_template(tmp_path / lang, lang)
        assert names == ("generation.csv", "exchange.csv")
        grid = read_yearbook(*(tmp_path / lang / name for name in names))
        assert "ZJ618" not in {f.code for f in grid.findings}
    assert [province(t) for t in ("广西壮族自治区", "北京市", "guangdong", "CN-SC", "内蒙古", "Atlantis")] == [
        "CN-GX", "CN-BJ", "CN-GD", "CN-SC", "CN-NM", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "code"),
    [("2024,亚特兰蒂斯,亿千瓦时,1,2,3", "ZJ610"), ("2024,广东,公斤,1,2,3", "ZJ620"),
     ("2024,云南,亿千瓦时,x,2,3", "ZJ611"),
     ("2023,云南,亿千瓦时,1,2,3", "ZJ621"), ("2024,广东,亿千瓦时,1,2,3", "ZJ615")],
)  # fmt: skip
def test_a_bad_yearbook_row(tmp_path: Path, row: str, code: str) -> None:
    """Unknown provinces and units, bad numbers, two years in one table and doubles are found at their line."""
    generation = f"年份,地区,单位,火电,水电,用电量\n2024,广东,亿千瓦时,1,2,3\n{row}\n"
    exchange = "年份,送端,受端,单位,送出电量,受入电量\n2024,云南,广东,亿千瓦时,1,1\n"
    grid = read_yearbook(*files(tmp_path, g=generation, t=exchange))
    assert grid.balance is None
    assert code in {f.code for f in grid.findings}


def unbalanced(seed: int) -> Balance:
    draw = np.random.default_rng(seed)
    zones = tuple(Zone(f"Z{i}") for i in range(3))
    generators = tuple(Generator(f"Z{i}/{k}", f"Z{i}", k, sd=0.05) for i in range(3) for k in ("a", "b"))
    links = tuple(Link(f"Z{a}>Z{b}", f"Z{a}", f"Z{b}", sd=0.02) for a, b in ((0, 1), (1, 2), (2, 0)))
    generation = draw.uniform(0, 50, (2, 6)) * (draw.random((2, 6)) < 0.7)
    sent = draw.uniform(0, 30, (2, 3))
    load = draw.uniform(5, 80, (2, 3))
    labels = Labels(zones, generators, links, (), (Gas("CO2"),))
    return Balance(labels, np.arange(2), generation, np.ones((6, 1)), sent, sent * 0.95, load=load)


@pytest.mark.parametrize("seed", range(6))
def test_reconciliation_is_the_nearest_balance(seed: int) -> None:
    """Every zone adds up, nothing is negative, and no other balance is nearer: a general solver finds the same."""
    raw = unbalanced(seed)
    made = reconcile(raw)
    assert raw.load is not None
    assert made.load is not None
    taken = trace(made).consumption
    assert taken == pytest.approx(made.load, abs=1e-6)
    for name in ("generation", "sent", "received", "load"):
        assert getattr(made, name).min() >= 0
        assert (made.raw[name] == getattr(raw, name)).all()
    published = np.concatenate([raw.generation, raw.sent, raw.load], axis=1)
    mean = published.mean(axis=0)
    sd = np.array([0.05] * 6 + [0.02] * 3 + [LOAD_SD] * 3)
    variance = (sd * np.maximum(published, 1e-3 * np.maximum(mean, mean.max() * 1e-3))) ** 2
    matrix = np.zeros((3, 12))
    for s in range(6):
        matrix[s // 2, s] = 1
    for k, (a, b) in enumerate(((0, 1), (1, 2), (2, 0))):
        matrix[a, 6 + k], matrix[b, 6 + k] = -1, 0.95
    matrix[range(3), range(9, 12)] = -1
    for t in range(2):
        scale = np.sqrt(variance[t])

        def cost(u: np.ndarray, start: np.ndarray = published[t], scale: np.ndarray = scale) -> float:
            return float(((u - start) ** 2 / scale**2).sum())

        ours = np.concatenate([made.generation[t], made.sent[t], made.load[t]])
        found = minimize(
            lambda z, t=t, scale=scale: float((z**2).sum()),
            (ours - published[t]) / scale,
            jac=lambda z: 2 * z,
            constraints={
                "type": "eq",
                "fun": lambda z, t=t, scale=scale: matrix @ (published[t] + scale * z),
                "jac": lambda z, scale=scale: matrix * scale,
            },
            bounds=[(-p / s, None) for p, s in zip(published[t], scale, strict=True)],
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )
        assert cost(ours) <= float(found.fun) * (1 + 1e-6)


def test_changes_are_listed() -> None:
    """The largest change stands first, with the published value beside it."""
    made = reconcile(unbalanced(1))
    listed = changes(made, 5)
    sizes = [abs(change.value - change.raw) for change in listed]
    assert sizes == sorted(sizes, reverse=True)
    assert len(listed) == 5
    card = trace(made).explain("Z0", 0)
    assert any(source.row.raw is not None for source in card.sources)


def test_a_balanced_grid_stays_as_it_is() -> None:
    """What adds up already is not touched."""
    raw = unbalanced(2)
    taken = trace(raw).consumption
    if (taken < 0).any():
        taken = np.maximum(taken, 0)
    once = reconcile(raw)
    twice = reconcile(
        Balance(raw.labels, raw.hours, once.generation, raw.factors, once.sent, once.received, load=once.load)
    )
    assert twice.generation == pytest.approx(once.generation, abs=1e-6)
    with pytest.raises(ValueError, match="load"):
        reconcile(Balance(raw.labels, raw.hours, raw.generation, raw.factors, raw.sent, raw.received))


def test_reconciling_a_year_is_reconciling_its_hours() -> None:
    """Periods are solved together: each comes out as it does alone, also with missing values and unmovable zones."""
    for seed in range(8):
        grid = random_grid(seed, 6, 7, stores=2)
        draw = np.random.default_rng(seed)
        generation = np.where(draw.random(grid.generation.shape) < 0.05, np.nan, grid.generation)
        load = np.where(draw.random((7, 6)) < 0.1, np.nan, draw.uniform(0, 150, (7, 6)))
        raw = replace(grid, generation=generation, load=load)
        whole = reconcile(raw)
        kept = np.isnan(np.concatenate([generation, load], axis=1))
        assert (np.isnan(np.concatenate([whole.generation, whole.load], axis=1)) == kept).all()
        mean = np.nan_to_num(np.concatenate([generation, grid.sent, load], axis=1)).mean(axis=0)
        for t in range(7):
            # Floors come from the means of the series, so an hour alone gets its means from copies of the whole.
            turned = np.r_[t, np.delete(np.arange(7), t)]
            other = reconcile(
                replace(
                    raw, generation=generation[turned], sent=grid.sent[turned], received=grid.received[turned],
                    charge=grid.charge[turned], discharge=grid.discharge[turned], load=load[turned],
                )
            )  # fmt: skip
            for name in ("generation", "sent", "received", "load"):
                np.testing.assert_allclose(getattr(other, name)[0], getattr(whole, name)[t], atol=1e-6 * mean.max())


def test_zones_that_nothing_can_move_stay() -> None:
    """A zone without plant, line or load that a store charges in cannot add up; the others do."""
    zones = (Zone("A"), Zone("B"))
    labels = Labels(zones, (Generator("A/coal", "A", "coal"),), (), (Store("S", "B", 0.9, 0.9),), (Gas("CO2"),))
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    raw = Balance(
        labels, np.arange(1), 10 * one, one, charge=one, discharge=zero, load=np.array([[8.0, 0.0]])
    )  # fmt: skip
    made = reconcile(raw)
    assert made.load is not None
    assert made.generation[0, 0] == pytest.approx(made.load[0, 0])
    assert made.load[0, 1] == 0
