"""A folder of studies: each row is `calculate`, an error in one stops no other; and what a change would do."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from zuji import examples
from zuji.background.model import Background
from zuji.errors import UnreadableError, ZujiError
from zuji.finding import Finding
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.portfolio import change, writing
from zuji.footprint.portfolio.change import Change, what_would_change
from zuji.footprint.portfolio.studies import portfolio
from zuji.rulebooks.book import open_book
from zuji.study.open import Opened, open_study

from .conftest import DAY, written

EXAMPLES = examples.folder("nmc111-ev-pack").parent
LFP, NMC = "lfp-storage-488kwh", "nmc111-ev-pack"


def _total(name: str, book: str) -> float:
    study = open_study(examples.folder(name)).study
    assert study is not None
    return calculate(study, open_book(book), on=DAY).total


def test_each_row_is_calc() -> None:
    """Total, figure per functional unit and stages are those of `calculate`, to the last bit."""
    rows = portfolio(EXAMPLES, ("iso-14067", "eu-cfb-ind"), DAY).rows
    assert [(row.folder, row.rulebook) for row in rows] == [
        (name, book) for name in (LFP, NMC) for book in ("iso-14067", "eu-cfb-ind")
    ]
    for row in rows:
        study = open_study(EXAMPLES / row.folder).study
        assert study is not None
        found = calculate(study, open_book(row.rulebook), on=DAY)
        assert (row.total, row.per_functional_unit) == (found.total, found.per_functional_unit)
        assert row.stages == tuple((part.id, part.value) for part in found.stages)
        assert (row.usable, row.complete) == (found.usable, found.complete)


def test_an_error_in_one_study_stops_no_other(tmp_path: Path) -> None:
    """A broken study has its errors with file and line under its own folder; its neighbours have their results."""
    examples.copy(NMC, tmp_path / "good")
    examples.copy(LFP, tmp_path / "deep" / "bad")
    bom = tmp_path / "deep" / "bad" / "bom.csv"
    bom.write_text(bom.read_text(encoding="utf-8").replace("ma2024-lfp-cathode", "no-such-dataset"), encoding="utf-8")
    written(tmp_path, "notes.txt", "not a study")
    (tmp_path / "empty").mkdir()
    found = portfolio(tmp_path, ("iso-14067",), DAY)
    assert [(row.folder, row.total is None) for row in found.rows] == [("deep/bad", True), ("good", False)]
    assert found.rows[0].errors > 0
    assert all(finding.place.file.startswith("deep/bad/") for finding in found.findings)
    document = json.loads(writing.json(found))
    assert document["rows"][0]["total"] is None
    assert document["rows"][0]["findings"]
    assert writing.csv_text(found).count("\n") == 3


def test_a_day_without_rules_is_said_for_each(tmp_path: Path) -> None:
    """A rulebook that is not valid on that day gives a row with the reason."""
    from datetime import date

    rows = portfolio(EXAMPLES, ("iso-14067",), date(1990, 1, 1)).rows
    assert [row.findings[0].code for row in rows] == ["ZJ959", "ZJ959"]


def test_a_folder_without_studies(tmp_path: Path) -> None:
    """Says what to name instead."""
    with pytest.raises(UnreadableError, match=r"study\.yaml"):
        portfolio(tmp_path, ("iso-14067",), DAY)


@functools.cache
def _study(folder: Path) -> Opened:
    return open_study(folder)


@functools.cache
def _background(folder: str) -> tuple[Background, tuple[Finding, ...]]:
    study = _study(Path(folder)).study
    assert study is not None
    return background_of(study)


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Change]:
    """What changes in the storage battery, whose background is read once for all tests."""
    monkeypatch.setattr(change, "open_study", _study)
    monkeypatch.setattr(change, "background_of", lambda study: _background(study.folder))

    def found(*proposals: tuple[str, str], threshold: float = 0.01, root: Path = EXAMPLES / LFP) -> Change:
        asked = [change.proposal(kind, text) for kind, text in proposals]
        return what_would_change(root, ("iso-14067",), DAY, asked, threshold=threshold)

    return found


def test_a_factor_moves_what_takes_it(changed: Callable[..., Change]) -> None:
    """A tenth off the use electricity of the storage battery moves it, by the lines of that dataset, and nothing else;
    0 kg CO2e takes ten times as much away."""
    tenth = changed(("dataset", "ember-DEU=-10%"), root=EXAMPLES)
    assert [row.folder for row in tenth.moved] == [LFP]
    row = tenth.rows[0]
    assert {cause.provider for cause in row.causes} == {"ember-DEU"}
    assert row.before == _total(LFP, "iso-14067")
    assert sum(cause.value for cause in row.causes) == pytest.approx(row.difference, rel=1e-9)
    assert tenth.rows[1].difference == 0
    nothing = changed(("dataset", "ember-DEU=0")).rows[0]
    assert nothing.difference == pytest.approx(10 * row.difference, rel=1e-9)


def test_a_background_file_is_a_new_factor(changed: Callable[..., Change], tmp_path: Path) -> None:
    """The same value by file and by number gives the same result; @ itself changes nothing."""
    row = "ember-DEU,grid,electricity,0.1,kgCO2e/kWh,CO2e,x"
    path = written(tmp_path, "grid.csv", f"id,name_en,category,value,unit,gas,source\n{row}\n")
    by_file = changed(("background", str(path))).rows[0]
    by_number = changed(("dataset", "ember-DEU=0.1")).rows[0]
    assert by_file.after == pytest.approx(by_number.after, rel=1e-12)
    assert by_file.difference != 0
    assert changed(("dataset", "ember-DEU=@ember-DEU")).rows[0].difference == 0


def test_several_changes_are_told_apart(changed: Callable[..., Change]) -> None:
    """With two changes of different datasets each alone adds up to both; one that reaches nothing is named."""
    found = changed(("dataset", "ember-DEU=-10%"), ("dataset", "ma2024-lfp-cathode=+5%"), ("dataset", "ember-DEUU=1"))
    grid, cathode, typo = found.rows[0].alone
    assert grid is not None
    assert cathode is not None
    assert grid < 0 < cathode
    assert grid + cathode == pytest.approx(found.rows[0].difference, rel=1e-9)
    assert typo == 0
    assert [str(proposal) for proposal in found.without_effect] == ["dataset ember-DEUU=1"]


def test_another_gwp_set_and_another_day(changed: Callable[..., Change]) -> None:
    """Another set is another digest, and what calculate gives; a day without a version is a finding, not a crash."""
    book = change.with_gwp_set(open_book("iso-14067"), "AR6_GWP20")
    assert book.parameters.on("characterisation.gwp_set", DAY).value == "AR6_GWP20"
    assert book.digest != open_book("iso-14067").digest
    study = open_study(examples.folder(LFP)).study
    assert study is not None
    assert changed(("gwp", "AR6_GWP20")).rows[0].after == calculate(study, book, on=DAY).total
    assert {finding.code for finding in changed(("on", "1990-01-01")).findings} == {"ZJ959"}


@pytest.mark.parametrize(
    ("kind", "text"), [("gwp", "AR9"), ("on", "soon"), ("dataset", "x"), ("dataset", "x=much"), ("dataset", "=1")]
)
def test_changes_that_cannot_be_read(kind: str, text: str) -> None:
    """Each with a sentence."""
    with pytest.raises(ZujiError):
        change.proposal(kind, text)


def test_the_threshold_and_the_files(changed: Callable[..., Change], tmp_path: Path) -> None:
    """Only rows above the threshold have moved; all are in the files."""
    found = changed(("dataset", "ember-DEU=-10%"), threshold=0.5)
    assert found.moved == ()
    assert [row["moved"] for row in json.loads(writing.json(found))["rows"]] == [False]
    for suffix in writing.SUFFIXES:
        writing.write(found, tmp_path / f"out{suffix}")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count("\n") == 2
