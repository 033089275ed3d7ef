"""Findings as explanations: what, why, mend, place, clause, and the lines that they concern."""

from __future__ import annotations

import math
from datetime import date

import pytest

from zuji import examples
from zuji.errors import AddressError
from zuji.footprint.calculate import calculate
from zuji.footprint.explain import addresses, explain
from zuji.footprint.explain_findings import concerned, findings_of
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

DAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module")
def lfp() -> Footprint:
    study = open_study(examples.folder("lfp-storage-488kwh")).study
    assert study is not None
    return calculate(study, open_book("eu-cfb-ind"), on=DAY)


@pytest.fixture(scope="module")
def nmc() -> Footprint:
    study = open_study(examples.folder("nmc111-ev-pack")).study
    assert study is not None
    return calculate(study, open_book("eu-cfb-ind"), on=DAY)


def lines_of(footprint: Footprint, code: str) -> list[set[str]]:
    return [{line.address for line in concerned(footprint, f)} for f in findings_of(footprint) if f.code == code]


def test_a_finding_says_what_why_mend_place_and_clause(lfp):
    """The ignored certificate: its sentence with the label of the rulebook, and everything that the finding says."""
    (finding,) = [f for f in lfp.findings if f.code == "ZJ410"]
    node = explain(lfp, "finding/ZJ410")
    assert node.label == f"EUI410 note: {finding.what()}"
    assert node.notes == (finding.why(), f"to mend: {finding.mend()}", "instruments.csv:4", finding.clause)


def test_a_code_with_several_findings(lfp):
    """All findings of one code stand below it, each with its number, and why and mend once."""
    node = explain(lfp, "finding/ZJ424")
    members = [f for f in findings_of(lfp) if f.code == "ZJ424"]
    assert len(members) > 1
    assert node.label == f"ZJ424: {len(members)} findings"
    assert [child.label for child in node.children] == [f"ZJ424 note: {f.what()}" for f in members]
    assert members[0].why() in node.notes
    for child in node.children:
        assert members[0].why() not in child.notes
        assert child.notes[0].startswith("see finding/")
        assert explain(lfp, child.notes[0].removeprefix("see ")).label == child.label


def test_label_and_case(lfp):
    """The label of the rulebook and small letters lead to the same findings."""
    assert explain(lfp, "finding/EUI492") == explain(lfp, "finding/zj492") == explain(lfp, "finding/ZJ492")


def test_numbers_follow_the_footprint(lfp):
    """`finding/N` is the Nth finding of the document, then come those of the linter."""
    for i, finding in enumerate(lfp.findings, 1):
        assert finding.what() in explain(lfp, f"finding/{i}").label
    assert len(findings_of(lfp)) > len(lfp.findings)
    assert "finding/ZJ506" in addresses(lfp)


@pytest.mark.parametrize("name", ["0", "9999", "ZJ999", "ISO426", "", "1.5", "١"])
def test_an_unknown_finding_names_the_nearest(lfp, name):
    """A number or code that the footprint does not have is answered with addresses that it has."""
    with pytest.raises(AddressError) as refused:
        explain(lfp, f"finding/{name}")
    assert set(refused.value.nearest) <= set(addresses(lfp))


def test_the_line_at_the_place(nmc):
    """A gap is at the place of its exchange, and concerns that line."""
    assert lines_of(nmc, "ZJ405")[0] == {"line/aluminium-foil/spent-solvent"}


def test_the_lines_of_a_process(nmc):
    """Elements that do not balance concern the lines that the finding names."""
    (found,) = lines_of(nmc, "ZJ520")
    names = ("cobalt-sulfate", "manganese-sulfate", "nickel-sulfate")
    assert found == {f"line/nmc111-hydroxide/{name}" for name in names}


def test_the_lines_of_a_dataset(lfp):
    """A factor set concerns the lines that take its datasets; where the list is cut short, no sum is shown."""
    node = next(explain(lfp, f"finding/{i}") for i, f in enumerate(lfp.findings, 1) if f.code == "ZJ408")
    assert "life-cycle/by-sea" in node.children[0].label
    assert node.value is None
    assert "the finding names only some of what it concerns" in node.notes


def test_the_lines_of_an_instrument(lfp):
    """A certificate concerns the electricity that it claims."""
    (found,) = lines_of(lfp, "ZJ410")
    assert found
    assert all(address.endswith("#GEC-2024-WIND") for address in found)
    node = explain(lfp, "finding/ZJ410")
    assert node.formula == f"sum of the lines that it concerns ({len(found)})"
    assert node.value == math.fsum(child.value for child in node.children)


def test_the_product_as_a_whole(lfp):
    """A finding on the whole product names no line."""
    assert lines_of(lfp, "ZJ506") == [set()]
    assert explain(lfp, "finding/ZJ506").children == ()
