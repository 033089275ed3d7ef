"""The results of the reference studies have not moved unnoticed; what moved is shown, and rewritten only on purpose."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from zuji import examples
from zuji.i18n import set_language
from zuji.rulebooks.book import registry

ROOT = Path(__file__).parent.parent.parent
BOOKS = [id for id, entry in registry().items() if entry["available"]]
NAMES = (*examples.names(), "skeleton")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tools_golden", ROOT / "tools" / "golden.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tools_golden"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def studies(tool):
    return tool.studies()


@pytest.mark.parametrize("name", NAMES)
def test_no_result_moved(tool, studies, name):
    """Every rulebook says of every reference study what it said when the golden results were written."""
    lines = tool.moved(name, tool.stored(name), tool.results(studies[name]))
    why = "results moved; where that is right: python tools/golden.py update, and a line in CHANGELOG.md"
    assert not lines, "\n".join([why, *lines])


def test_there_is_one_file_for_each_study(studies):
    """No study without golden results, no golden results without study, every rulebook in each."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    assert [path.stem for path in files] == sorted(studies) == sorted(NAMES)
    for path in files:
        assert list(json.loads(path.read_text("utf-8"))) == BOOKS


def test_the_difference_is_readable(tool):
    """Old → new and percent by stage and electricity row; findings by code; a rulebook that is new or gone."""
    old = tool.stored("lfp-storage-488kwh")
    new = copy.deepcopy(old)
    book = new["iso-14067"]
    book["total"] = round(book["total"] * 1.01, 4)
    book["stages"]["use"] = 0.0
    row = next(iter(book["electricity"].values()))
    row["attribution"] = "residual_mix"
    book["findings"]["ZJ999"] = 2
    book["unverified"] += 1
    new["new-book"] = new.pop("pef")
    shown = tool.moved("x", old, new)
    text = "\n".join(shown)
    assert shown[0] == "x"
    assert "  iso-14067" in shown
    assert "(+1 %)" in text
    assert "stages use" in text
    assert "→ 0  (-100 %)" in text
    assert "→ residual_mix" in text
    assert "findings ZJ999" in text
    assert "– → 2" in text
    assert any(line.startswith("  new-book: new, total ") for line in shown)
    assert any(line.startswith("  pef: gone, total ") for line in shown)
    assert not any("gbt-24067" in line for line in shown)


def test_the_last_digit_of_a_machine_is_no_difference(tool):
    """What floating point leaves in the tenth digit is no change; one part in a million is."""
    old = {"b": {"total": 100.0, "stages": {"a": 1e-14, "b": 100.0}}}
    near = {"b": {"total": 100.0 * (1 + 2e-11), "stages": {"a": 3e-14, "b": 100.0}}}
    far = {"b": {"total": 100.0001, "stages": {"a": 1e-4, "b": 100.0}}}
    assert tool.moved("x", old, near) == []
    assert len(tool.moved("x", old, far)) == 4


def test_show_and_update(tool, tmp_path, monkeypatch, capsys):
    """`show` exits with 1 where something moved; `update` writes it and takes away what is no study."""
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    one = {"skeleton": tool.studies()["skeleton"]}
    monkeypatch.setattr(tool, "studies", lambda: one)
    (tmp_path / "old.json").write_text('{"pef": {"total": 1.0}}', "utf-8")

    def ran(word: str) -> int:
        monkeypatch.setattr(sys, "argv", ["golden.py", word])
        return tool.main()

    assert ran("show") == 1
    said = capsys.readouterr().out
    assert "skeleton\n  eu-cfb-ev: new, total" in said
    assert "old\n  pef: gone, total 1.0" in said
    assert ran("update") == 0
    capsys.readouterr()
    assert [path.name for path in tmp_path.iterdir()] == ["skeleton.json"]
    assert ran("show") == 0
    assert capsys.readouterr().out == "no golden result moved\n"
    assert ran("other") == 2
