"""Scenario files: lists of changes with reasons, scenarios that build on each other, every problem with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from zuji.footprint.scenario_file import read_scenarios
from zuji.footprint.scenario_patch import ScenarioError
from zuji.i18n import set_language

GOOD = """\
zuji_scenarios: 1
scenarios:
  green:
    name: {zh: 绿电, en: Green power}
    changes:
      - {set: electricity.grid.CN, to: cn-cf-2023-wind, reason: offer of the grid company}
      - {set: bom.graphite.amount, to: -10 %, reason: thinner anode}
  longer:
    based_on: green
    changes:
      - {set: service_life.cycles, to: 6000, reason: test report}
      - {set: bom.graphite.amount, to: 400 kg, reason: other cell}
ranges:
  - {set: use.round_trip_efficiency, low: 0.85, high: 0.92, reason: data sheets}
"""


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUJI_LANG", "en")
    set_language(None)


def read(folder: Path, text: str) -> object:
    (folder / "what.yaml").write_text(text, encoding="utf-8")
    return read_scenarios(folder / "what.yaml")


def test_a_good_file(tmp_path: Path) -> None:
    """A scenario has the changes of the one it builds on, its own ones replacing them place by place."""
    (tmp_path / "what.yaml").write_text(GOOD, encoding="utf-8")
    found = read_scenarios(tmp_path / "what.yaml")
    assert list(found.scenarios) == ["green", "longer"]
    assert found.scenario("green").name.zh == "绿电"
    patches = {patch.address: patch for patch in found.scenario("longer").patches}
    assert {address: patch.value for address, patch in patches.items()} == {
        "electricity.grid.CN": "cn-cf-2023-wind", "bom.graphite.amount": "400 kg", "service_life.cycles": "6000",
    }  # fmt: skip
    assert patches["service_life.cycles"].reason == "test report"
    assert patches["service_life.cycles"].place.line == 11
    assert [(r.address, r.low, r.high) for r in found.ranges] == [("use.round_trip_efficiency", "0.85", "0.92")]
    with pytest.raises(ScenarioError, match="there are: green, longer"):
        found.scenario("brown")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("zuji_scenarios: 1", "zuji: 1", "must begin with 'zuji_scenarios: 1'"),
        (", reason: test report", "", "what.yaml:11 scenarios.longer.changes[0]: the key 'reason' is missing"),
        ("{set: service_life.cycles, to: 6000", "{sett: service_life.cycles, to: 6000", "the key 'sett' is not known"),
        ("to: 6000,", "", "the key 'to' is missing"),
        (
            "based_on: green",
            "based_on: gren",
            "builds on the scenario 'gren', which is not in this file; nearest: green",
        ),
        ("name: {zh: 绿电, en: Green power}", "based_on: longer", "loop: green → longer → green"),
        ("- {set: bom.graphite.amount, to: -10 %", "- {set: electricity.grid.CN, to: -10 %", "stands twice"),
        ("low: 0.85, ", "", "the key 'low' is missing"),
        ("low: 0.85", "low: 0..1", "LOW..HIGH"),
        ("ranges:\n  - {set", "ranges:\n  {set", "a list is needed here"),
        (
            "  longer:\n    based_on: green\n    changes:\n",
            "  longer:\n    - green\n  later:\n    changes:\n",
            "a mapping",
        ),
        ("zuji_scenarios: 1", "zuji_scenarios: [1", "YAML syntax error"),
    ],
)
def test_problems_have_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Whatever is wrong in a file is refused before anything is calculated, with place and cause."""
    assert old in GOOD
    with pytest.raises(ScenarioError) as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert said in str(refused.value)
    assert str(refused.value).startswith("what.yaml:")


def test_all_problems_at_once(tmp_path: Path) -> None:
    """Two problems are told in one go, one line each."""
    text = GOOD.replace(", reason: test report", "").replace("based_on: green", "based_on: blue")
    with pytest.raises(ScenarioError) as refused:
        read(tmp_path, text)
    assert len(str(refused.value).splitlines()) == 2


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is a ScenarioError as well."""
    with pytest.raises(ScenarioError, match="cannot be opened"):
        read_scenarios(tmp_path / "none.yaml")
