"""`zuji what-if` and `zuji tornado`: changes from the command line and from a file, in both languages."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from zuji.cli import app as main
from zuji.cli import scenario as command
from zuji.cli.scenario import two_sided

from .conftest import Run

EXAMPLE = "lfp-storage-488kwh"
ON = ("--on", "2026-01-01")
CHANGES = (
    *("--set", "electricity.grid.CN=cn-cf-2023-national"),
    *("--set", "bom.graphite.dataset=surovtseva-graphite-synthetic"),
    *("--set", "service_life.cycles=6000"),
)
RANGES = ("--set", "service_life.cycles=3000..6000", "--set", "bom.graphite.amount=-10%..+10%")
FILE = """\
zuji_scenarios: 1
scenarios:
  green:
    changes:
      - {set: electricity.grid.CN, to: cn-cf-2023-national, reason: 电网报价}
  longer:
    based_on: green
    changes:
      - {set: service_life.cycles, to: 6000, reason: test report}
ranges:
  - {set: use.round_trip_efficiency, low: 0.85, high: 0.92, reason: data sheets}
"""


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    """The commands are there, also before `app.py` registers them."""
    before = list(main.app.registered_commands)
    if "what-if" not in {found.name for found in before}:
        command.register(main.app)
    yield
    main.app.registered_commands[:] = before


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scenarios.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("per", ["product", "functional-unit"])
def test_what_if(run: Run, lang: str, per: str) -> None:
    """Each change has its own bar with what stood and stands there, in both languages."""
    ran = run("what-if", EXAMPLE, *CHANGES, *ON, "--per", per, "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    for word in ("electricity.grid.CN", "ma2024-graphite", "surovtseva-graphite-synthetic", "6000 cycle", "what-if"):
        assert word in ran.out


def test_what_if_json(run: Run) -> None:
    """The JSON of a what-if is that of a comparison whose bars add up."""
    document = json.loads(run("what-if", EXAMPLE, *CHANGES, *ON, "--json").out)
    fall = document["per_product"]
    assert [bar["cause"] for bar in fall["bars"]] == ["data"] * 3
    assert math.fsum(bar["value"] for bar in fall["bars"]) == fall["difference"]


def test_a_scenario_of_a_file(run: Run, file: Path) -> None:
    """A named scenario brings its changes and reasons; --set adds to it."""
    ran = run("what-if", EXAMPLE, "-f", file, "-s", "longer", "--set", "bom.graphite.amount=-10%", *ON)
    assert ran.code == 0
    for word in ("longer", "电网报价", "test report", "bom.graphite.amount"):
        assert word in ran.out


def test_addresses_are_listed(run: Run) -> None:
    """--list prints one address a line."""
    lines = run("what-if", EXAMPLE, "--list").out.splitlines()
    assert "bom.graphite.amount" in lines
    assert "electricity.grid.CN" in lines


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tornado(run: Run, lang: str) -> None:
    """The widest range comes first, with a chart on both sides of the result."""
    ran = run("tornado", EXAMPLE, "-r", "iso-14067", *RANGES, *ON, "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.index("service_life.cycles") < ran.out.index("bom.graphite.amount")
    assert "│" in ran.out


def test_tornado_of_a_file_as_json(run: Run, file: Path) -> None:
    """Ranges of a file and of the command line together, widest first."""
    ran = run("tornado", EXAMPLE, "-f", file, *RANGES, *ON, "--json", "--per", "functional-unit")
    document = json.loads(ran.out)
    assert document["unit"] == "kgCO2e/kWh"
    widths = [swing["width"] for swing in document["swings"]]
    assert len(widths) == 3
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("what-if", EXAMPLE), "name a change"),
        (("what-if", EXAMPLE, "--set", "bom.grafite.amount=1 kg"), "nearest: bom.graphite.amount"),
        (("what-if", EXAMPLE, "--set", "bom.graphite.amount=1 kWh"), "expected is a mass"),
        (("what-if", EXAMPLE, "--set", "bom.graphite.amount"), "ADDRESS=VALUE"),
        (("what-if", EXAMPLE, *CHANGES, "--per", "x"), "one of: product, functional-unit"),
        (("what-if", EXAMPLE, "-f", "none.yaml", "-s", "x"), "none.yaml"),
        (("tornado", EXAMPLE), "name a range"),
        (("tornado", EXAMPLE, "--set", "service_life.cycles=3"), "LOW..HIGH"),
        (("tornado", EXAMPLE, "--set", "service_life.cycle=1..2"), "nearest: service_life.cycles"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_wrong_usage(run: Run, arguments: tuple[str, ...], said: str, lang: str) -> None:
    """Wrong usage ends with exit code 2 and says what is wrong."""
    ran = run(*arguments, "--lang", lang)
    assert (ran.code, ran.out) == (2, "")
    if lang == "en":
        assert said in ran.err


def test_which_scenario(run: Run, file: Path) -> None:
    """A file with several scenarios needs a name; the message lists them."""
    ran = run("what-if", EXAMPLE, "-f", file)
    assert ran.code == 2
    assert "there are: green, longer" in ran.err


def test_unknown_study(run: Run) -> None:
    """A study that is not there ends with exit code 3."""
    assert run("what-if", "nowhere", *CHANGES).code == 3
    assert run("tornado", "nowhere", *RANGES).code == 3


def test_two_sided_bars() -> None:
    """Low is light and high is full; the shorter of two on one side stays visible."""
    assert two_sided(-2, 4, 4, 4) == "  ░░│████"
    assert two_sided(4, 2, 4, 4) == "    │██░░"
    assert two_sided(0, 0, 0, 4) == "    │"
