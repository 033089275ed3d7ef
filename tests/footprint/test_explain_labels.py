"""Labels of findings: the number of the code under the capitals of the rulebook whose clause is cited."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest

from zuji import examples
from zuji.cli import main, tables
from zuji.finding import CODES, Finding, in_order
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.lint import UnknownCodeError, chosen, prefixes
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book, registry
from zuji.rulebooks.codes import GAP, SECONDARY_WHERE_PRIMARY
from zuji.rulebooks.prefixes import prefix_of
from zuji.rulebooks.prefixes import prefixes as of_books
from zuji.study.open import open_study

from ..rulebooks.building import DAY, StudyFolder, extending

LFP = "lfp-storage-488kwh"
ON = ("--on", "2026-11-23")
BOOKS = ("eu-cfb-ind", "eu-cfb-ev")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ZUJI_LANG", "en")
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module")
def footprints() -> list[Footprint]:
    study = open_study(examples.folder(LFP)).study
    assert study is not None
    background, _ = background_of(study)
    return [calculate(study, open_book(id), on=date(2026, 11, 23), background=background) for id in BOOKS]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*arguments])
        seen = capfd.readouterr()
        return code, seen.out, seen.err

    return ran


def weak(prefix: str = "", clause: str = "") -> Finding:
    found = SECONDARY_WHERE_PRIMARY(clause=clause, count=1, process="p", kinds="assumed", exchanges="e")
    return replace(found, prefix=prefix)


def test_every_rulebook_has_one_prefix():
    """The table names exactly the rulebooks of the registry, each with two to four capitals of its own."""
    table = of_books()
    assert list(table) == list(registry())
    assert len(set(table.values())) == len(table)
    assert all(re.fullmatch("[A-Z]{2,4}", prefix) for prefix in table.values())
    assert "ZJ" not in table.values()


def test_no_prefix_begins_another():
    """What begins a label of one rulebook begins no label of another."""
    table = [*of_books().values(), "ZJ"]
    assert [(a, b) for a in table for b in table if a != b and b.startswith(a)] == []


def test_label():
    """Prefix and number; the code itself where there is no prefix; texts stay those of the code."""
    plain, labelled = weak(), weak("EUI", "Annex II(5)(a)")
    assert (plain.label, labelled.label) == ("ZJ426", "EUI426")
    assert (labelled.code, labelled.what()) == (plain.code, plain.what())
    assert (labelled.as_dict()["code"], labelled.as_dict()["label"]) == ("ZJ426", "EUI426")
    assert {code[:2] for code in CODES} == {"ZJ"}


def test_findings_that_cite_a_clause_of_the_book_carry_its_prefix(footprints):
    """What the rulebook asks for has its prefix; what holds under every rulebook has none."""
    for footprint in footprints:
        prefix = prefix_of(footprint.system.book.id)
        found = footprint.system.findings
        assert {f.prefix for f in found if f.clause} == {prefix}
        assert {f.prefix for f in found if not f.clause} == {""}
        assert {f"{prefix}426", f"{prefix}492"} & {f.label for f in found}


def test_a_book_of_ones_own_has_no_prefix(folder: StudyFolder, tmp_path):
    """A rulebook that is not in the table, though it extends one, labels its findings by their codes."""
    book = extending(tmp_path / "mine", "eu-cfb-ind").open()
    cited = [f for f in folder.part("steel", 1, "kg").footprint(book, DAY).system.findings if f.clause]
    assert cited
    assert all(f.label == f.code for f in cited)


def test_merged_findings_show_the_code():
    """The same finding under two rulebooks is one with its ZJ code and both clauses; under one it keeps its label."""
    one, other = weak("EUI", "Annex II"), weak("EUE", "point 2")
    ((both, books),) = tables.merged({"a": [one], "b": [other]})
    assert (both.label, both.clause, books) == ("ZJ426", "Annex II; point 2", [])
    ((alone, books),) = tables.merged({"a": [one], "b": []})
    assert (alone.label, books) == ("EUI426", ["a"])
    assert in_order([one, other, one]) == (one, other)


def test_select_and_ignore_by_label():
    """Beginnings match the code or the label, whichever; an unknown one is named with labels like it."""
    findings = (weak("EUI", "x"), weak("PEF", "x"), weak(), GAP(flow="f", reason="r"))
    assert prefixes(["eui4,ZJ405", "PEF426"]) == ("EUI4", "ZJ405", "PEF426")
    assert chosen(findings, ("EUI",), ()) == findings[:1]
    assert chosen(findings, ("ZJ426",), ()) == findings[:3]
    assert chosen(findings, ("ZJ426",), ("PEF",)) == (findings[0], findings[2])
    assert chosen(findings, (), ("EUI426", "ZJ405")) == findings[1:3]
    with pytest.raises(UnknownCodeError) as caught:
        prefixes(["EUI0"])
    assert caught.value.nearest
    assert all(name.startswith("EUI") for name in caught.value.nearest)


def test_check_by_label(run):
    """`check --select EUI` of two rulebooks shows what the one of them alone asks for, with code and label."""
    both = ("-r", "eu-cfb-ind", "-r", "iso-14067")
    shown = json.loads(run("check", LFP, *both, "--select", "EUI", "--json", *ON)[1])
    assert shown
    assert all(f["label"] == "EUI" + f["code"][2:] and f["rulebooks"] == ["eu-cfb-ind"] for f in shown)
    out = run("check", LFP, "-r", "eu-cfb-ind", "--notes", *ON)[1]
    assert "EUI492" in out
    assert "ZJ424" in out
    assert run("check", LFP, "--select", "XYZ")[0] == 2


def test_calc_shows_labels(run):
    """One rulebook: its labels; several with the same finding: the code."""
    assert "warning EUI491" in run("calc", LFP, "-r", "eu-cfb-ind", *ON)[1]
    out = run("calc", LFP, "-r", "eu-cfb-ind", "-r", "eu-cfb-ev", *ON)[1]
    assert "warning ZJ491" in out
    assert "EUI491" not in out


def test_a_table_of_several_rulebooks_has_codes_only(run):
    """Where the names of the rulebooks stand beside a finding, its code is enough."""
    out = run("check", LFP, "-r", "eu-cfb-ind", "-r", "iso-14067", "--notes", *ON)[1]
    assert "note ZJ410" in out
    assert "EUI" not in out
