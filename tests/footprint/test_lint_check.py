"""`zuji check` with the linter: codes that are selected and ignored, and what it then says by its exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zuji import examples
from zuji.cli import main
from zuji.footprint.lint import UnknownCodeError, chosen, prefixes
from zuji.footprint.lint_codes import MATERIALS_LACK, OLD
from zuji.i18n import set_language

BOOK = ("-r", "iso-14067")
LFP = "lfp-storage-488kwh"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ZUJI_LANG", "en")
    set_language(None)
    yield
    set_language(None)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        seen = capfd.readouterr()
        return code, seen.out, seen.err

    return ran


@pytest.fixture
def without_bom(tmp_path: Path) -> Path:
    """The LFP example without its bill of materials."""
    folder = tmp_path / "study"
    shutil.copytree(examples.folder(LFP), folder)
    (folder / "bom.csv").unlink()
    return folder


def codes(text: str) -> set[str]:
    return {finding["code"] for finding in json.loads(text)}


def test_a_forgotten_bill_of_materials_stops_calc_and_check(run, without_bom):
    """Without bom.csv neither command ends well, and calc prints no result."""
    code, out, err = run("calc", without_bom, *BOOK)
    assert code == 1
    assert "ZJ502" in err
    assert out == ""
    code, out, _ = run("check", without_bom, *BOOK)
    assert code == 1
    assert "accounts for 0 of 3397.66 kg" in out


def test_ignored_errors_do_not_count(run, without_bom):
    """The exit code follows what remains."""
    assert run("check", without_bom, *BOOK, "--ignore", "ZJ502")[0] == 0
    assert run("check", without_bom, *BOOK, "--select", "ZJ502")[0] == 1
    assert run("check", without_bom, *BOOK, "--select", "ZJ4")[0] == 0


def test_select_by_prefix(run):
    """Only codes that begin so; several by comma or by repeating the option; case does not matter."""
    assert codes(run("check", LFP, *BOOK, "--json", "--select", "zj50")[1]) == {"ZJ506", "ZJ508"}
    assert codes(run("check", LFP, *BOOK, "--json", "--select", "ZJ506,ZJ528")[1]) == {"ZJ506", "ZJ528"}
    several = ("--select", "ZJ506", "--select", "ZJ408")
    assert codes(run("check", LFP, *BOOK, "--json", *several)[1]) == {"ZJ506", "ZJ408"}


def test_ignore_after_select(run):
    """What is ignored is left out of what is selected; without findings it says so."""
    both = ("--select", "ZJ5", "--ignore", "ZJ51,ZJ528")
    assert codes(run("check", LFP, *BOOK, "--json", *both)[1]) == {"ZJ506", "ZJ508"}
    code, out, _ = run("check", LFP, *BOOK, "--select", "ZJ5", "--ignore", "ZJ5")
    assert (code, out) == (0, "no findings\n")


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_code_that_does_not_exist(run, option):
    """A word that begins no code is wrong usage, with the nearest codes."""
    code, out, err = run("check", LFP, option, "ZJ50X")
    assert (code, out) == (2, "")
    assert "ZJ50X" in err
    assert "ZJ505" in err


def test_prefixes():
    """Words are cut at commas of both languages; an unknown one is named."""
    assert prefixes(["zj5,ZJ408", "ZJ2，ZJ3"]) == ("ZJ5", "ZJ408", "ZJ2", "ZJ3")
    assert prefixes([]) == ()
    with pytest.raises(UnknownCodeError) as caught:
        prefixes(["ZJ408", "XX"])
    assert caught.value.word == "XX"


def test_chosen():
    """Nothing selected means everything; ignoring wins."""
    findings = (MATERIALS_LACK(found=1, mass=2, percent=3, limit=4), OLD(share=1, years=2, list=3, each=4))
    assert chosen(findings, (), ()) == findings
    assert chosen(findings, ("ZJ51",), ()) == findings[1:]
    assert chosen(findings, ("ZJ5",), ("ZJ515",)) == findings[:1]
    assert chosen(findings, (), ("ZJ5",)) == ()
