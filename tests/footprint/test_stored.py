"""Stored backgrounds in a study: found by name or digest, characterised by the rulebook, equal in both engines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from zuji import examples
from zuji.background.gwp import gwp_table
from zuji.background.store.library import Library
from zuji.background.store.stored import StoredBackground
from zuji.footprint import stored as stored_module
from zuji.footprint.backgrounds import background_digest, background_of
from zuji.footprint.calculate import calculate, check_with_plain_engine
from zuji.footprint.chain import of_footprint
from zuji.footprint.flows import tree_of
from zuji.footprint.match import match
from zuji.footprint.scenario import what_if
from zuji.footprint.scenario_patch import Patch, ScenarioError
from zuji.footprint.stored import engine_cache, gas_table, snapshot_of
from zuji.rulebooks.book import open_book
from zuji.study.model import Study
from zuji.study.open import open_study

from ..background.importers.building import CH4, CO2, Spold, read, spolds

DAY = date(2026, 6, 1)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("ZUJI_DATA", str(tmp_path / "data"))
    return Library()


STEEL = Spold("steel").takes("coke", 2).emits(CO2, 0.25)


def _imported(tmp_path: Path, library: Library, name: str = "mine") -> str:
    datasets = STEEL, Spold("coke").emits(CO2, 0.5).emits(CH4, 0.01), Spold("gap").takes("nowhere", 1)
    return read(spolds(tmp_path / "db", *datasets), licence="closed", redistribute="no").commit(library, name)


def _study(folder: Path, background: str, dataset: str) -> Study:
    """The worked example with its cathode material taken from a stored background."""
    examples.copy("lfp-storage-488kwh", folder)
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    (folder / "study.yaml").write_text(f"{text}\nbackground: {background}\n", encoding="utf-8")
    lines = (folder / "bom.csv").read_text(encoding="utf-8")
    assert "ma2024-lfp-cathode" in lines
    (folder / "bom.csv").write_text(lines.replace("ma2024-lfp-cathode", dataset), encoding="utf-8")
    study = open_study(folder).study
    assert study is not None
    return study


def test_a_study_takes_a_stored_dataset(tmp_path: Path, library: Library) -> None:
    """By name and by digest the same: 1.25 kg CO2 and 0.02 kg methane of steel, with licence, digest and place."""
    digest = _imported(tmp_path, library)
    by_name = background_of(_study(tmp_path / "a", "mine", STEEL.id))[0]
    by_digest = background_of(_study(tmp_path / "b", digest, STEEL.id))[0]
    dataset = by_name[STEEL.id]
    assert {i.gas: i.amount for i in dataset.interventions} == {
        "CO2 fossil": pytest.approx(1.25),
        "CH4 fossil": pytest.approx(0.02),
    }
    assert (dataset.source.licence, dataset.source.redistribute, dataset.collection) == ("closed", "no", digest)
    assert by_digest[STEEL.id] == dataset
    assert background_digest(by_name) == background_digest(by_digest)


def test_both_engines_agree_and_the_score_is_gas_times_gwp(tmp_path: Path, library: Library) -> None:
    """Under AR6 the line counts mass × (1.25 + 0.02 × 29.8): the rulebook's own warming potentials apply."""
    from zuji.background.gwp import gwp_table

    _imported(tmp_path, library)
    study = _study(tmp_path / "a", "mine", STEEL.id)
    footprint = calculate(study, open_book("iso-14067"), on=DAY)
    assert check_with_plain_engine(footprint) < 1e-9
    (line,) = [one for one in footprint.lines if one.provider == STEEL.id]
    methane = gwp_table().factor("CH4 fossil", "AR6")
    assert methane is not None
    assert line.value == pytest.approx(float(line.amount) * (1.25 + 0.02 * methane.value), rel=1e-9)


def test_a_gap_stays_visible(tmp_path: Path, library: Library) -> None:
    """A dataset whose input is not linked is no zero: the footprint reports it."""
    _imported(tmp_path, library)
    study = _study(tmp_path / "a", "mine", Spold("gap").id)
    background, _ = background_of(study)
    assert background[Spold("gap").id].missing
    footprint = calculate(study, open_book("iso-14067"), on=DAY)
    assert footprint.gaps


def test_an_unknown_background_is_an_error_with_names(tmp_path: Path, library: Library) -> None:
    """The finding names study.yaml and the backgrounds that there are."""
    _imported(tmp_path, library)
    _, findings = background_of(_study(tmp_path / "a", "yours", STEEL.id))
    (finding,) = [f for f in findings if f.code == "ZJ835"]
    assert finding.place.file == "study.yaml"
    assert "mine" in finding.what("en")


def test_a_damaged_background_is_an_error(tmp_path: Path, library: Library) -> None:
    """A missing array stops the calculation instead of counting as zero."""
    _imported(tmp_path, library)
    (library.open("mine").folder / "tech_amount.npy").unlink()
    _, findings = background_of(_study(tmp_path / "a", "mine", STEEL.id))
    assert "ZJ836" in [f.code for f in findings]


def test_the_gas_table_is_kept(tmp_path: Path, library: Library) -> None:
    """The second call reads what the first one wrote; a broken cache is calculated again; removal removes it."""
    _imported(tmp_path, library)
    stored = library.open("mine")
    first = gas_table(stored, library.cache)
    kept = next(library.cache.glob("*.npy"))
    second = gas_table(stored, library.cache)
    assert (first.amounts == second.amounts).all()
    kept.write_bytes(b"broken")
    assert (gas_table(stored, library.cache).amounts == first.amounts).all()
    del second
    stored.close()
    library.remove("mine")
    assert not list(library.cache.glob("*.npy"))


def test_the_snapshot_has_every_exchange(tmp_path: Path, library: Library) -> None:
    """All exchanges and reference flows of the store are in the snapshot; the store's digest is its source."""
    digest = _imported(tmp_path, library)
    snapshot = snapshot_of(library.open("mine"))
    assert (len(snapshot.activities), len(snapshot.technosphere), len(snapshot.biosphere)) == (3, 4, 3)
    assert list(snapshot.sources) == [digest]


def test_the_tree_of_a_study_goes_on_in_the_database(tmp_path: Path, library: Library) -> None:
    """Coke, which only the database knows, is a node under steel; total and splits are those of the footprint."""
    _imported(tmp_path, library)
    footprint = calculate(_study(tmp_path / "a", "mine", STEEL.id), open_book("iso-14067"), on=DAY)
    chain = of_footprint(footprint)
    assert chain.total == pytest.approx(footprint.total, rel=1e-10)
    for group in chain.groups:
        assert sum(chain.by(group).values()) == pytest.approx(footprint.total, rel=1e-9)
    coke = chain.find(Spold("coke").id)
    (line,) = [one for one in footprint.lines if one.provider == STEEL.id]
    # 1 kg of steel takes 2 kg of coke: 2 · (0.5 + 0.01·29.8).
    worth = 2 * (0.5 + 0.01 * 29.8) * float(line.amount)
    supplied = chain.inventory.supply[coke] * chain.supply.values[coke]
    assert supplied == pytest.approx(worth, rel=1e-9)
    tree = tree_of(chain, cut_off=0.0)
    parents = {int(tree.activity[tree.parent[i]]) for i in range(1, len(tree)) if tree.activity[i] == coke}
    assert parents == {chain.find(STEEL.id)}


def test_a_removed_background_leaves_a_leaf(tmp_path: Path, library: Library) -> None:
    """After the background is gone the chain still has the footprint's total; the tree ends at the dataset."""
    _imported(tmp_path, library)
    footprint = calculate(_study(tmp_path / "a", "mine", STEEL.id), open_book("iso-14067"), on=DAY)
    library.remove("mine")
    chain = of_footprint(footprint)
    assert chain.total == pytest.approx(footprint.total, rel=1e-10)
    assert Spold("coke").id not in list(chain.ids)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_sign_of_a_reference_flow_does_not_turn_the_score(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch, sign: float
) -> None:
    """Coke written as a treatment with output −1, and its consumer's input turned, has the same scores."""
    _imported(tmp_path, library)
    stored = library.open("mine")
    expected = gas_table(stored).amounts
    coke = stored.index_of(Spold("coke").id)
    plain = type(stored).array

    def turned(self: StoredBackground, name: str) -> np.ndarray:
        values = np.array(plain(self, name))
        if name == "output":
            values[coke] *= sign
        if name == "tech_amount":
            values[plain(self, "tech_provider") == coke] *= sign
        return values

    monkeypatch.setattr(type(stored), "array", turned)
    stored_module._system.cache_clear()
    assert gas_table(stored).amounts == pytest.approx(expected, rel=1e-12)
    stored_module._system.cache_clear()


def test_plans_and_factors_are_kept_and_removed_with_the_background(tmp_path: Path, library: Library) -> None:
    """A second process finds them in the cache; removing the background removes them."""
    _imported(tmp_path, library)
    stored = library.open("mine")
    stored_module._system.cache_clear()
    gas_table(stored, library.cache)
    folder = engine_cache(stored, library.cache)
    assert folder is not None
    assert {path.name.partition("-")[0] for path in folder.iterdir()} == {"plan", "factors"}
    library.remove("mine")
    assert not folder.exists()


def test_a_scenario_finds_a_stored_dataset_that_the_study_does_not_name(tmp_path: Path, library: Library) -> None:
    """The study names steel; a change to coke is found in the same background: 0.75 kg CO2 and 0.01 kg CH4 less."""
    _imported(tmp_path, library)
    study = _study(tmp_path / "a", "mine", STEEL.id)
    coke = Spold("coke").id
    assert coke not in background_of(study)[0]
    patch = Patch("bom.lfp-cathode.dataset", coke)
    comparison = what_if(study, [patch], open_book("iso-14067"), on=DAY)
    amount = float(next(line for line in study.bom if line.item == "lfp-cathode").amount.exact)
    methane = gwp_table().factor("CH4 fossil", "AR6")
    assert methane is not None
    per_kg = 0.75 + 0.01 * methane.value
    assert comparison.a.total - comparison.b.total == pytest.approx(amount * per_kg, rel=1e-9)
    with pytest.raises(ScenarioError):
        what_if(study, [Patch("bom.lfp-cathode.dataset", "nowhere-at-all")], open_book("iso-14067"), on=DAY)


def test_the_reason_of_a_gap_is_told_in_both_languages(tmp_path: Path, library: Library) -> None:
    """Chinese and English stand beside each other, as in the notes of studies."""
    _imported(tmp_path, library)
    background, _ = background_of(_study(tmp_path / "a", "mine", Spold("gap").id))
    zh, _, en = background[Spold("gap").id].missing.partition(" / ")
    assert zh == "1项交换未关联"
    assert en == "1 exchanges are not linked"


def test_stored_datasets_are_candidates_for_lines(tmp_path: Path, library: Library) -> None:
    """`zuji match` proposes steel of a stored background for a steel part, under the name of that background."""
    _imported(tmp_path, library)
    study = _study(tmp_path / "a", "mine", STEEL.id)
    matched = match(study, every=True, limit=50)
    found = matched.candidates[matched.by_id["compression-plates"]]
    assert ("mine", STEEL.id) in {(one.entry.collection, one.entry.id) for one in found}
