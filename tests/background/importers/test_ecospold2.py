"""EcoSpold 2: links, units, waste, co-products, uncertainty, formulas; results against hand and bw2calc."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import stats_arrays

from zuji.engine.snapshot import PARAMETERS, Exchanges
from zuji.footprint.stored import gas_table, snapshot_of

from .building import CH4, CO2, UPTAKE, Spold, read, said, spolds, stored, zipped


def test_a_chain_gives_the_sum_by_hand(tmp_path: Path) -> None:
    """Steel takes 2 kg coke (0.5 kg CO2 each) and 3.6 MJ power (0.6 kg CO2 per kWh): 1.0 + 0.6 + own 0.25 = 1.85."""
    steel = Spold("steel").takes("coke", 2).takes("power", 3.6, unit="MJ").emits(CO2, 0.25)
    power = Spold("power", unit="kWh").emits(CO2, 600, unit="g")
    found = stored(tmp_path, spolds(tmp_path / "db", steel, Spold("coke").emits(CO2, 0.5), power))
    i = found.index_of(steel.id)
    assert i is not None
    table = gas_table(found)
    assert table.columns == (("CO2 fossil", "fossil", 1),)
    assert table.amounts[i] == pytest.approx([1.85], rel=1e-12)
    dataset = found.dataset(i)
    assert (dataset.name, dataset.geography, dataset.year, dataset.unit) == ("steel", "GLO", "2020-2024", "kg")


def test_uptake_and_release_stay_apart(tmp_path: Path) -> None:
    """CO2 taken from the air is negative biogenic CO2 in a column of its own."""
    wood = Spold("wood").emits(UPTAKE, 1.8).emits(("x", "Carbon dioxide, non-fossil", "air", "u", "000124-38-9"), 0.3)
    found = stored(tmp_path, spolds(tmp_path / "db", wood))
    table = gas_table(found)
    assert dict(zip(table.columns, table.amounts[0], strict=True)) == {
        ("CO2 biogenic", "biogenic", -1): pytest.approx(-1.8),
        ("CO2 biogenic", "biogenic", 1): pytest.approx(0.3),
    }


def test_waste_treatment_with_negative_reference(tmp_path: Path) -> None:
    """A treatment with output −1 kg and an input of −0.2 kg at its user: 0.2 × 3 kg CO2."""
    burning = Spold("burning", "waste", output=-1).emits(CO2, 3)
    maker = Spold("maker").takes("waste", -0.2, link="burning")
    found = stored(tmp_path, spolds(tmp_path / "db", burning, maker))
    i, j = found.index_of(maker.id), found.index_of(burning.id)
    assert i is not None
    assert j is not None
    assert found.dataset(j).treats == 1
    assert gas_table(found).amounts[i] == pytest.approx([0.6])


def test_zero_co_products_are_dropped_and_reference_found(tmp_path: Path) -> None:
    """The linked versions keep the places of co-products with amount 0."""
    one = Spold("one", model="Allocation, cut-off").exchange("other", 0, "<outputGroup>2</outputGroup>").emits(CO2, 1)
    imported = read(spolds(tmp_path / "db", one))
    assert imported.summary.datasets == 1
    assert "ZJ820" not in said(imported)


PRICE = (
    '<property propertyId="p" amount="{}"><name xml:lang="en">price</name><unitName xml:lang="en">EUR2005'
    "</unitName></property>"
)


def _pair(tmp_path: Path) -> Path:
    first = Spold("pair", "a")
    first.inner = [first.inner[0].replace("<outputGroup>", PRICE.format(3) + "<outputGroup>")]
    first.exchange("b", 2, "<outputGroup>2</outputGroup>", more=PRICE.format(0.5)).emits(CO2, 8)
    return spolds(tmp_path / "db", first)


@pytest.mark.parametrize(
    ("method", "expected"),
    # economic: a 1 × 3 = 3, b 2 × 0.5 = 1, so a bears 3/4 of 8 kg and b 1/4 of it for 2 kg; mass: 1/3 and 2/3.
    [("economic", {"a": 6.0, "b": 1.0}), ("mass", {"a": 8 / 3, "b": 8 / 3})],
)
def test_allocation_by_choice(tmp_path: Path, method: str, expected: dict[str, float]) -> None:
    """Co-products become datasets of their own with the share that mass or price gives."""
    found = stored(tmp_path, _pair(tmp_path), allocation=method)
    table = gas_table(found)
    got = {found.dataset(i).product: float(table.amounts[i, 0]) for i in range(len(found))}
    assert got == {name: pytest.approx(value) for name, value in expected.items()}


def test_without_allocation_a_gap(tmp_path: Path) -> None:
    """Nothing is allocated by guessing: the dataset is kept as a gap and said."""
    imported = read(_pair(tmp_path))
    assert "ZJ820" in said(imported)
    assert imported.summary.gaps == 1


def test_unlinked_is_a_gap_upstream_and_named(tmp_path: Path) -> None:
    """An input without provider marks its dataset and all that take from it, with the nearest product."""
    a = Spold("aluminium ingot").takes("alumina, calcined", 2, link="nobody").emits(CO2, 1)
    b = Spold("profile").takes("aluminium ingot", 1)
    imported = read(spolds(tmp_path / "db", a, b, Spold("alumina calcined")))
    finding = next(f for f in imported.summary.findings if f.code == "ZJ813")
    assert "aluminium ingot" in finding.what("en")
    assert "alumina calcined" in finding.what("en")
    assert finding.place.line > 0
    assert (imported.summary.unlinked, imported.summary.incomplete) == (1, 2)


def test_links_without_activity_by_flow_and_place(tmp_path: Path) -> None:
    """Without activityLinkId the only producer is taken; of several none, and that is said."""
    taker = Spold("taker").takes("power", 1, link="").takes("water", 1, link="")
    db = spolds(tmp_path / "db", taker, Spold("power").emits(CO2, 2), Spold("w1", "water"), Spold("w2", "water"))
    imported = read(db)
    assert (imported.summary.linked, imported.summary.unlinked) == (1, 1)
    assert "ZJ829" in said(imported)


LOGNORMAL = (
    '<uncertainty><lognormal meanValue="1" mu="9" variance="0.01" varianceWithPedigreeUncertainty="0.04"/>'
    "</uncertainty>"
)
NORMAL = '<uncertainty><normal meanValue="1" variance="4" varianceWithPedigreeUncertainty="9"/></uncertainty>'
TRIANGULAR = '<uncertainty><triangular minValue="1" mostLikelyValue="2" maxValue="4"/></uncertainty>'
UNIFORM = '<uncertainty><uniform minValue="1" maxValue="3"/></uncertainty>'
BROKEN = '<uncertainty><triangular minValue="5" mostLikelyValue="2" maxValue="4"/></uncertainty>'
BETA = '<uncertainty><beta minValue="1" mostFrequentValue="2" maxValue="4"/></uncertainty>'
GAMMA = '<uncertainty><gamma shape="3" scale="0.5" minValue="1"/></uncertainty>'
BINOMIAL = '<uncertainty><binomial n="10" p="0.2"/></uncertainty>'
SCORES = (
    '<pedigreeMatrix reliability="2" completeness="3" temporalCorrelation="4" geographicalCorrelation="5"'
    ' furtherTechnologyCorrelation="{technology}"/></uncertainty>'
)
BASIC = '<uncertainty><lognormal meanValue="1" mu="9" variance="0.01"/>'


def test_distributions_are_kept_in_the_unit_of_the_store(tmp_path: Path) -> None:
    """Lognormal around the stated amount, normal, triangular and uniform; in grams they scale by 1/1000."""
    one = Spold("one").takes("b", 2, more=LOGNORMAL).emits(CO2, 2000, unit="kg", more=NORMAL)
    two = Spold("b").emits(CO2, 2, more=TRIANGULAR).emits(CH4, 2, more=UNIFORM)
    three = Spold("c").takes("b", 2000, unit="g", more=NORMAL).emits(CO2, 1, more=BROKEN).emits(CH4, 1, more=BINOMIAL)
    imported = read(spolds(tmp_path / "db", one, two, three))
    assert imported.content is not None
    arrays = imported.content.arrays
    tech = {
        int(k): (loc, scale)
        for k, loc, scale in zip(*(arrays[f"tech_unc_{n}"] for n in ("kind", "loc", "scale")), strict=True)
    }
    assert tech[2] == (pytest.approx(math.log(2)), pytest.approx(0.2))
    assert tech[3] == (pytest.approx(2.0), pytest.approx(0.003))
    kinds = sorted(int(k) for k in arrays["bio_unc_kind"])
    assert kinds == [3, 4, 5]
    assert {"ZJ825", "ZJ826"} <= set(said(imported))


def test_beta_and_gamma_are_sampled_as_stats_arrays_defines_them(tmp_path: Path) -> None:
    """Beta by minimum, mode and maximum: mean (1 + 4·2 + 4)/6; gamma, in grams: starts at 1 kg, mean 1 + 3·0.5 kg."""
    one = Spold("one").takes("b", 2500, unit="g", more=GAMMA.replace("0.5", "500").replace('"1"', '"1000"'))
    found = stored(tmp_path, spolds(tmp_path / "db", one.emits(CO2, 2, more=BETA), Spold("b").emits(CO2, 1)))
    snapshot = snapshot_of(found)

    def row(block: Exchanges, kind: int) -> dict[str, float]:
        i = [int(k) for k in block.distribution].index(kind)
        return {name: float(getattr(block, name)[i]) for name in PARAMETERS} | {"uncertainty_type": kind}

    rows = stats_arrays.UncertaintyBase.from_dicts(row(snapshot.biosphere, 13), row(snapshot.technosphere, 9))
    beta, gamma = rows[:1], rows[1:]
    assert float(stats_arrays.BetaPERTUncertainty.statistics(beta)["mean"]) == pytest.approx(13 / 6)
    stats_arrays.GammaUncertainty.validate(gamma)
    drawn = stats_arrays.GammaUncertainty.random_variables(gamma, 20_000, np.random.RandomState(1))
    assert drawn.min() > 1
    assert drawn.mean() == pytest.approx(1 + 3 * 0.5, rel=0.02)


def test_pedigree_scores_widen_a_basic_variance(tmp_path: Path) -> None:
    """Where no variance with pedigree is stated: 0.01 + 0.0006 + 0.0006 + 0.008 + 0.002 + 0.04 (scores 2 3 4 5 4)."""
    one = Spold("one").emits(CO2, 1, more=BASIC + SCORES.format(technology=4))
    two = Spold("two").emits(CO2, 1, more=BASIC + SCORES.format(technology="none"))
    stated = LOGNORMAL.replace("</uncertainty>", SCORES.format(technology=4))
    imported = read(spolds(tmp_path / "db", one, two, Spold("three").emits(CO2, 1, more=stated)))
    assert imported.content is not None
    variances = sorted(imported.content.arrays["bio_unc_scale"] ** 2)
    assert variances == pytest.approx([0.0212, 0.04, 0.0612])


def test_formulas_are_compared_and_missing_amounts_calculated(tmp_path: Path) -> None:
    """A stated amount stands and its formula is checked; parameters and variables of exchanges are its names."""
    one = (
        Spold("one")
        .raw(
            '<parameter variableName="eff" amount="0.5"><name xml:lang="en">e</name><unitName xml:lang="en">1'
            "</unitName></parameter>"
        )
        .raw('<parameter variableName="k" mathematicalRelation="eff*4"><name xml:lang="en">k</name></parameter>')
        .emits(CO2, 2, attributes=' mathematicalRelation="k" variableName="co2"')
        .emits(CH4, 7, attributes=' mathematicalRelation="co2/4"')
    )
    imported = read(spolds(tmp_path / "db", one))
    differs = [f for f in imported.summary.findings if f.code == "ZJ823"]
    assert len(differs) == 1
    assert "0.5" in differs[0].what("en")
    assert imported.summary.parameters == 2


def test_zip_and_folder_give_one_digest(tmp_path: Path) -> None:
    """The container does not matter, nor does the number of processes."""
    datasets = [Spold("a").takes("b", 1), Spold("b").emits(CO2, 1)]
    folder = spolds(tmp_path / "db", *datasets)
    archive = zipped(tmp_path / "db.zip", {f"{d.id}.spold": d.xml for d in datasets})
    first = stored(tmp_path / "1", folder)
    second = stored(tmp_path / "2", archive)
    assert first.digest == second.digest


def test_chunks_of_processes_are_put_together_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes give the same database as one."""
    from zuji.background.importers import ecospold2, parsing

    folder = spolds(
        tmp_path / "db", *(Spold(f"p{i}").takes(f"p{i - 1}", 0.5).emits(CO2, i) for i in range(1, 9)), Spold("p0")
    )
    one = stored(tmp_path / "1", folder)
    monkeypatch.setattr(ecospold2, "grouped", lambda sizes: [(size, (name,)) for name, size in sizes])
    monkeypatch.setattr(parsing, "ALONE", 0)
    assert stored(tmp_path / "2", folder, workers=2).digest == one.digest


@pytest.mark.filterwarnings("ignore")  # bw2calc recommends a solver when it is imported
def test_scores_equal_bw2calc(tmp_path: Path) -> None:
    """A random database with loops, outputs other than 1 and two gases: gas totals as bw2calc has them, to 1e-9."""
    import bw2calc
    import bw_processing

    rng = np.random.default_rng(7)
    n = 25
    output = rng.uniform(0.5, 3, n)
    takes = rng.uniform(0, 0.08, (n, n)) * (rng.random((n, n)) < 0.3)
    np.fill_diagonal(takes, 0)
    emits = rng.uniform(0, 2, (n, 2))
    datasets = []
    for j in range(n):
        one = Spold(f"p{j}", output=float(output[j]))
        for i in np.flatnonzero(takes[j]):
            one.takes(f"p{i}", repr(float(takes[j, i])))
        datasets.append(one.emits(CO2, repr(float(emits[j, 0]))).emits(CH4, repr(float(emits[j, 1]))))
    found = stored(tmp_path, spolds(tmp_path / "db", *datasets))
    table = gas_table(found)
    assert [column[0] for column in table.columns] == ["CH4 fossil", "CO2 fossil"]

    consumer, provider = np.nonzero(takes)
    data = bw_processing.create_datapackage()
    ids = np.arange(n) + 1
    data.add_persistent_vector(
        matrix="technosphere_matrix",
        name="t",
        indices_array=np.array(
            [*zip(ids, ids, strict=True), *zip(provider + 1, consumer + 1, strict=True)],
            dtype=bw_processing.INDICES_DTYPE,
        ),
        data_array=np.concatenate([output, takes[consumer, provider]]),
        flip_array=np.concatenate([np.zeros(n, bool), np.ones(len(consumer), bool)]),
    )
    pairs = [(100 + g, j + 1) for j in range(n) for g in range(2)]
    data.add_persistent_vector(
        matrix="biosphere_matrix",
        name="b",
        indices_array=np.array(pairs, dtype=bw_processing.INDICES_DTYPE),
        data_array=emits.ravel(),
    )
    for gas in range(2):
        factors = bw_processing.create_datapackage()
        factors.add_persistent_vector(
            matrix="characterization_matrix",
            name="c",
            indices_array=np.array([(100 + gas, 100 + gas)], dtype=bw_processing.INDICES_DTYPE),
            data_array=np.ones(1),
        )
        for j in (0, 7, 24):
            lca = bw2calc.LCA({j + 1: 1}, data_objs=[data, factors])
            lca.lci()
            lca.lcia()
            i = found.index_of(datasets[j].id)
            assert table.amounts[i, 1 - gas] == pytest.approx(lca.score, rel=1e-9)
