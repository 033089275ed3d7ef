"""Lines of studies and their candidates: where lines are, what is accepted and written, and how good the ranking is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from zuji import examples
from zuji.background.match.mapping import Entry, read_mappings, with_entries, write_text
from zuji.footprint.match import Matched, best, chosen, entries_of, lines_of, match, was_accepted
from zuji.footprint.match_write import changes, patch, write
from zuji.study.model import ProviderKind, Study
from zuji.study.open import open_study

# (lines that name a dataset, of these the study's choice is first, is among the first three), by hand and by command:
# `zuji match STUDY --all --json`. A better ranking may raise them; a worse one fails.
HITS = {"lfp-storage-488kwh": (37, 24, 33), "nmc111-ev-pack": (104, 57, 82)}


def opened(folder: Path) -> Study:
    study = open_study(folder).study
    assert study is not None
    return study


@pytest.fixture
def lfp(tmp_path: Path) -> Path:
    """The storage example with three lines whose dataset was taken out."""
    folder = shutil.copytree(examples.folder("lfp-storage-488kwh"), tmp_path / "study")
    path = folder / "bom.csv"
    text = path.read_text(encoding="utf-8")
    for id in ("ma2024-lipf6", "ma2024-lfp-cathode", "ma2024-ethylene-carbonate"):
        text = text.replace(f",{id},", ",,")
    path.write_bytes(text.encode())
    return folder


def first_ids(matched: Matched) -> dict[str, str]:
    return {line.id: found[0].entry.id for line, found in zip(matched.lines, matched.candidates, strict=True) if found}


@pytest.mark.parametrize("name", sorted(HITS))
def test_the_examples_find_their_own_datasets_again(name: str) -> None:
    """Matching does not look at the dataset that a line names, and finds it as often as docs/match.md says."""
    matched = match(opened(examples.folder(name)), every=True)
    wanted = [line.provider.id for line in matched.lines]
    ids = [[one.entry.id for one in found] for found in matched.candidates]
    first = sum(found[:1] == [id] for found, id in zip(ids, wanted, strict=True))
    three = sum(id in found[:3] for found, id in zip(ids, wanted, strict=True))
    lines, least_first, least_three = HITS[name]
    assert len(ids) == lines
    assert first >= least_first
    assert three >= least_three
    docs = (Path(__file__).parents[2] / "docs" / "match.md").read_text(encoding="utf-8")
    assert f"| {name} | {lines} | {first} | {three} |" in docs


def test_only_lines_without_an_origin_are_asked_for(lfp: Path) -> None:
    """Assemblies and lines with a dataset are left alone; place, unit and year come from the study."""
    lines = lines_of(opened(lfp))
    assert [line.id for line in lines] == ["bom.lfp-cathode", "bom.lipf6", "bom.ethylene-carbonate"]
    assert all(line.provider.kind is ProviderKind.NONE for line in lines)
    wanted = lines[1].wanted
    assert (wanted.names, wanted.unit, wanted.geography, wanted.year) == (("六氟磷酸锂", "LiPF6"), "kg", "CN-FJ", 2024)


def test_a_match_that_is_accepted_changes_one_field(lfp: Path) -> None:
    """The original file comes back byte by byte, and the patch says the same."""
    matched = match(opened(lfp))
    before = (lfp / "bom.csv").read_bytes()
    choices = best(matched, 0.8)
    assert first_ids(matched)["bom.lipf6"] == "ma2024-lipf6"
    files, findings = changes(lfp, choices)
    assert findings == []
    assert (lfp / "bom.csv").read_bytes() == before
    assert patch(files).count("\n+") == 1 + 3
    write(lfp, files)
    assert (lfp / "bom.csv").read_bytes() == (examples.folder("lfp-storage-488kwh") / "bom.csv").read_bytes()
    assert lines_of(opened(lfp)) == ()


def test_an_exchange_of_a_process_is_written_into_its_yaml(tmp_path: Path) -> None:
    """Its dataset is replaced, comments and order stay."""
    folder = shutil.copytree(examples.folder("nmc111-ev-pack"), tmp_path / "study")
    matched = match(opened(folder), every=True)
    choices, findings = chosen(matched, [("process.cathode.pvdf", "process:pvdf_sib")])
    assert findings == []
    files, findings = changes(folder, choices)
    ((name, (before, after)),) = files.items()
    assert name == "processes/cathode.yaml"
    assert after == before.replace(b"dataset: ma2024-pvdf", b"dataset: process:pvdf_sib")


def test_a_proxy_is_marked_and_counts_in_the_data_quality(lfp: Path) -> None:
    """Sodium for lithium hexafluorophosphate: a finding, and technology rating 4 at the line."""
    matched = match(opened(lfp))
    choices, findings = chosen(matched, [("lipf6", "process:napf6")])
    assert [finding.code for finding in findings] == ["ZJ344"]
    write(lfp, changes(lfp, choices)[0])
    line = next(line for line in opened(lfp).bom if line.item == "lipf6")
    assert line.provider.id == "process:napf6"
    assert line.amount.data_quality.technology == 4


def test_what_cannot_be_accepted_is_told(lfp: Path) -> None:
    """A line and a dataset that are not there, and a unit that does not fit."""
    matched = match(opened(lfp))
    wishes = [("zork", "flow:copper"), ("lipf6", "zork"), ("lipf6", "ember-DEU")]
    choices, findings = chosen(matched, wishes)
    assert choices == []
    assert [finding.code for finding in findings] == ["ZJ339", "ZJ340", "ZJ341"]


def test_proxies_and_gaps_are_never_taken_in_bulk(lfp: Path) -> None:
    """With the lowest score, only what is the product itself, has a figure and fits in its unit."""
    matched = match(opened(lfp), every=True)
    for choice in best(matched, 0.0):
        assert not choice.candidate.is_proxy
        assert not choice.candidate.entry.missing
        assert choice.candidate.factor is not None


def test_what_was_accepted_stands_first(lfp: Path, tmp_path: Path) -> None:
    """Even a dataset with a low score, as long as only one was accepted; an unknown one is a finding."""
    names = {"name": "LiPF6", "unit": "kg", "geography": "CN-FJ"}
    one = Entry(**names, dataset="flow:lipf6", by="李")
    write_text(tmp_path / "1.yaml", with_entries(tmp_path / "1.yaml", [one]))
    matched = match(opened(lfp), read_mappings([tmp_path / "1.yaml"]))
    assert first_ids(matched)["bom.lipf6"] == "flow:lipf6"
    assert was_accepted(matched.candidates[1][0])
    other = Entry(**names, dataset="ma2024-lipf6")
    write_text(tmp_path / "2.yaml", with_entries(tmp_path / "2.yaml", [other]))
    matched = match(opened(lfp), read_mappings([tmp_path / "1.yaml", tmp_path / "2.yaml"]))
    assert first_ids(matched)["bom.lipf6"] == "ma2024-lipf6"
    assert not any(was_accepted(one) for one in matched.candidates[1])
    assert "ZJ337" in [finding.code for finding in matched.findings]
    gone = Entry(**names, dataset="gone")
    write_text(tmp_path / "3.yaml", with_entries(tmp_path / "3.yaml", [gone]))
    matched = match(opened(lfp), read_mappings([tmp_path / "3.yaml"]))
    assert "ZJ338" in [finding.code for finding in matched.findings]


def test_suppliers_and_own_datasets_are_candidates(lfp: Path) -> None:
    """The entries hold the starter set and the study's own file, each under its collection."""
    entries, _ = entries_of(opened(lfp))
    collections = {entry.collection for entry in entries}
    assert {"starter", "study"} <= collections
