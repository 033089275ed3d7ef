"""Explanations as people see them: a tree, Markdown, JSON, cut at a depth; and the short form of the total."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise

import pytest

from zuji import examples
from zuji.cli import main
from zuji.cli.trees import markdown, tree
from zuji.footprint.calculate import calculate
from zuji.footprint.explain import Node, addresses, cut, explain
from zuji.footprint.model import Footprint
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

LFP = "lfp-storage-488kwh"
ON = ("--on", "2026-11-23")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ZUJI_LANG", "en")
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module")
def footprint() -> Footprint:
    study = open_study(examples.folder(LFP)).study
    assert study is not None
    return calculate(study, open_book("eu-cfb-ind"), on=date(2026, 11, 23))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def ran(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*arguments])
        seen = capfd.readouterr()
        return code, seen.out, seen.err

    return ran


A = Node("steel", 2.0, "kg", ("bom.csv:3", "weighed"))
B = Node("share", 0.5, "1", ("a rule",))
TREE = Node("part", 1.0, "kgCO2e", ("6.3",), (A, Node("sum", 2.5, "", (), (A, B), "a + b")), "steel * share")


def test_markdown_is_a_nested_list():
    """Number with unit in bold, what it is, how it is computed, the sources in parentheses; no unit for a ratio."""
    assert markdown(TREE).splitlines() == [
        "- **1 kgCO2e** part = steel * share (6.3)",
        "  - **2 kg** steel (bom.csv:3; weighed)",
        "  - **2.5** sum = a + b",
        "    - **2 kg** steel (bom.csv:3; weighed)",
        "    - **0.5** share (a rule)",
    ]


def test_markdown_takes_no_sign_of_the_data_for_its_own():
    """Stars, underscores, brackets and angles of names stay what they are; line breaks do not end an item."""
    node = Node("*a* _b_ c_d `e` <f>\n- g [h](i) 2 * 3 \\")
    assert markdown(node) == "- \\*a\\* \\_b\\_ c_d \\`e\\` \\<f> - g [h]\\(i) 2 * 3 \\\\\n"


def test_markdown_of_the_examples(footprint):
    """Every node is one item, indented below its parent by two spaces."""
    for address in addresses(footprint)[::9]:
        node = explain(footprint, address)
        lines = markdown(node).splitlines()
        assert len(lines) == node.size
        levels = [(len(line) - len(line.lstrip())) // 2 for line in lines]
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert all(line.lstrip().startswith("- ") for line in lines)


def test_cut():
    """Depth 0 is the number alone, 1 what it is made of; a node that is cut says how much stands below it."""
    assert cut(TREE, 0).children == ()
    assert cut(TREE, 0).notes == ("6.3", "… 4 steps below")
    assert cut(TREE, 1).children == (A, Node("sum", 2.5, "", ("… 2 steps below",), (), "a + b"))
    assert cut(TREE, 2) == cut(TREE, 99) == TREE


def test_cut_trees_keep_their_origins(footprint):
    """However deep it is cut, every leaf has notes and the numbers above are those of the whole tree."""
    whole = explain(footprint, "stage/main_production")
    for depth in range(6):
        part = cut(whole, depth)
        assert all(leaf.notes for leaf in part.leaves())
        assert part.value == whole.value


def test_the_functional_unit_shows_the_total_in_short(footprint):
    """Total and stages as one line each, with the addresses where their trees stand."""
    total, amount = explain(footprint, "functional-unit").children
    assert total.value == footprint.total
    assert "see total" in total.notes
    assert [stage.value for stage in total.children] == [part.value for part in footprint.stages]
    for stage, part in zip(total.children, footprint.stages, strict=True):
        assert stage.children == ()
        assert stage.notes[0] == f"see stage/{part.id}"
    assert footprint.per_functional_unit == pytest.approx(total.value / amount.value)


def test_the_terminal_shows_formula_and_notes():
    """A node shows its figure, its label, its formula after an equals sign, then its notes."""
    assert str(tree(TREE).label) == "1 kgCO2e  part\n= steel * share\n6.3"
    assert str(tree(B).label) == "0.5  share\na rule"


def test_the_command_in_markdown(run):
    """`--markdown` prints a heading that says what was explained, and the list."""
    code, out, err = run("explain", LFP, "total", "--markdown", "--depth", "1", *ON)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"## {LFP} · iso-14067 2018 · total"
    assert lines[2].startswith("- **")
    assert "= sum of the stages" in lines[2]
    assert lines[3].startswith("  - **")
    assert "steps below" in lines[3]


def test_the_command_with_depth(run):
    """`--depth` cuts text and JSON alike; a negative depth is wrong usage."""
    shown = json.loads(run("explain", LFP, "total", "--json", "--depth", "0", *ON)[1])
    assert "children" not in shown
    assert "steps below" in shown["notes"][-1]
    assert len(run("explain", LFP, "total", "--depth", "0", *ON)[1].splitlines()) < 20
    assert run("explain", LFP, "total", "--depth", "-1", *ON)[0] == 2


def test_the_command_with_two_forms(run):
    """JSON and Markdown at once is wrong usage."""
    code, out, err = run("explain", LFP, "total", "--json", "--markdown", *ON)
    assert (code, out) == (2, "")
    assert "either --json or --markdown" in err


def test_the_command_for_a_finding(run):
    """`finding/CODE` prints the finding with its lines."""
    code, out, _ = run("explain", LFP, "finding/ZJ410", "-r", "eu-cfb-ind", *ON)
    assert code == 0
    assert "EUI410 note: " in out
    assert "see line/cell-production/electricity#GEC-2024-WIND" in out
    assert run("explain", LFP, "finding/ZJ999", *ON)[0] == 2


def test_the_list_as_json(run):
    """`--list --json` gives the addresses as a JSON list."""
    listed = json.loads(run("explain", LFP, "--list", "--json", *ON)[1])
    assert listed == run("explain", LFP, "--list", *ON)[1].splitlines()
    assert "finding/1" in listed
