"""Exit codes: 0 fine, 1 errors in the study or nothing found, 2 wrong usage, 3 cannot be read or written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zuji import examples
from zuji.rulebooks.book import FOLDER, open_book

from .conftest import Run

BOOK = "iso-14067"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--help",), 0),
        (("--version",), 0),
        (("calc", "--help"), 0),
        ((), 2),
        (("data",), 2),
        (("calc",), 2),
        (("rulebooks",), 0),
        (("rulebooks", "eu-cfb-ind"), 0),
        (("rulebooks", "--on", "2020-01-01"), 0),
        (("rulebooks", "--on", "yesterday"), 2),
        (("rulebooks", "eu-cfb-ind", "--on", "yesterday"), 2),
        (("rulebooks", "no-such-book"), 2),
        (("data", "search", "石墨"), 0),
        (("data", "search", "copper", "--category", "material", "-g", "CN", "--limit", "1"), 0),
        (("data", "search", "xyzzy"), 1),
        (("data", "search", "copper", "--category", "metal"), 2),
        (("data", "search", "copper", "--scope", "indirect"), 2),
        (("data", "search", "copper", "--study", "no-such-folder"), 3),
        (("data", "show", "flow:copper"), 0),
        (("data", "show", "flow:busbar_copper"), 0),
        (("data", "show", "flow:coper"), 2),
        (("data", "show", "石墨"), 2),
        (("check", "no-such-folder"), 3),
        (("calc", "no-such-folder"), 3),
        (("explain", "no-such-folder"), 3),
        (("new", "somewhere", "--example", "no-such-example"), 2),
    ],
)
def test_without_a_study(run, arguments: tuple[str, ...], code: int) -> None:  # type: ignore[no-untyped-def]
    """Every command ends with the code that it promises, and says something."""
    ran = run(*arguments)
    assert ran.code == code
    assert ran.said.strip()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check",), 0),
        (("check", "--notes", "-r", BOOK), 0),
        (("calc", "-r", BOOK), 0),
        (("calc", "-r", BOOK, "--on", "2020-01-01", "--check", "--top", "2"), 0),
        (("calc", "--on", "2020-01-01"), 2),
        (("calc", "--on", "2020-1-1"), 2),
        (("calc", "-r", "no-such-book"), 2),
        (("calc", "-r", "."), 2),
        (("calc", "-r", BOOK, "-r", "gbt-24067", "-r", BOOK), 0),
        (("explain", "total"), 0),
        (("explain", "stage/use", "-r", BOOK), 0),
        (("explain", "total", "-r", BOOK, "-r", "gbt-24067"), 2),
        (("explain", "--list"), 0),
        (("explain", "stage/uses"), 2),
        (("explain", "line/no/such"), 2),
    ],
)
def test_with_the_skeleton(run, calculable: Path, arguments: tuple[str, ...], code: int) -> None:  # type: ignore[no-untyped-def]
    """The skeleton calculates; wrong days, rulebooks and addresses are wrong usage."""
    command, *rest = arguments
    assert run(command, calculable, *rest).code == code


def test_repeated_rulebooks_count_once(run, calculable: Path) -> None:  # type: ignore[no-untyped-def]
    """A rulebook given twice, by its id and by its folder, is one column."""
    out = run("calc", calculable, "-r", BOOK, "-r", BOOK, "-r", FOLDER / "iso_14067").out
    assert out == run("calc", calculable, "-r", BOOK).out


def test_two_rulebooks_of_one_id_are_refused(run, calculable: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A changed copy of a rulebook would overwrite the results of the original."""
    shutil.copytree(FOLDER / "iso_14067", tmp_path / "mine")
    change(tmp_path / "mine" / "book.yaml", "issuer: ", "issuer: My ")
    assert run("calc", calculable, "-r", tmp_path / "mine").code == 0
    assert run("calc", calculable, "-r", BOOK, "-r", tmp_path / "mine").code == 2
    assert open_book(str(tmp_path / "mine")).id == BOOK


@pytest.mark.parametrize("command", ["check", "calc", "explain"])
def test_what_cannot_be_read(run, command: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A file in place of a folder, an empty folder, a study.yaml that is no YAML, no UTF-8 or a folder: 3, and why."""
    file = tmp_path / "file.txt"
    file.write_text("x", "utf-8")
    assert str(file) in run(command, file).err
    cases = {"empty": None, "broken": b"product: [a, b", "utf16": "id: a".encode("utf-16"), "list": b"- a\n"}
    for name, content in cases.items():
        (tmp_path / name).mkdir()
        if content is not None:
            (tmp_path / name / "study.yaml").write_bytes(content)
    (tmp_path / "folder" / "study.yaml").mkdir(parents=True)
    for name in ("file.txt", *cases, "folder"):
        ran = run(command, tmp_path / name)
        assert ran.code == 3, name
        assert ran.said.strip()


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("study.yaml", " kWh,", " kWhh,", "ZJ218"),
        ("bom.csv", "uslci-steel-cold-rolled-sheet", "uslci-steel-cold-roled-sheet", "ZJ401"),
        ("processes/pack.yaml", "exchanges:", "exchanges: [", "ZJ103"),
    ],
)
def test_errors_in_a_study(run, skeleton: Path, file: str, old: str, new: str, code: str) -> None:  # type: ignore[no-untyped-def]
    """A typo in a unit or an id and a broken file: check lists it, calc and explain refuse, all with code 1."""
    change(skeleton / file, old, new)
    checked = run("check", skeleton)
    assert checked.code == 1
    assert code in checked.out
    for command in ("calc", "explain"):
        ran = run(command, skeleton)
        assert (ran.code, ran.out) == (1, "")
        assert code in ran.err
        assert file in ran.err


def test_check_shows_all_that_calc_counts(run, calculable: Path) -> None:  # type: ignore[no-untyped-def]
    """Calc sends its reader to check for the findings that it leaves out: check has every one."""
    first = run("calc", calculable, "--notes").out.split("\n\n")
    heading = next(part for part in first if "Findings:" in part).splitlines()[0]
    assert run("check", calculable).out.splitlines()[0] == heading


def test_new(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A new study and a copy of each example can be checked; nothing that exists is overwritten."""
    assert run("new", tmp_path / "study").code == 0
    assert run("check", tmp_path / "study").code == 0
    before = (tmp_path / "study" / "study.yaml").read_bytes()
    assert run("new", tmp_path / "study").code == 2
    assert run("new", tmp_path / "study" / "study.yaml").code == 2
    assert (tmp_path / "study" / "study.yaml").read_bytes() == before
    for name in examples.names():
        assert run("new", tmp_path / name, "--example", name).code == 0
        assert run("new", tmp_path / name, "--example", name).code == 2


def test_results_that_cannot_be_written(run, calculable: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A file where the folder of the results should be: one sentence that names it, and 3."""
    (tmp_path / "file").write_text("mine", "utf-8")
    ran = run("calc", calculable, "-r", BOOK, "--out", tmp_path / "file")
    assert ran.code == 3
    assert str(tmp_path / "file") in ran.err
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_the_language_may_stand_anywhere(run, calculable: Path) -> None:  # type: ignore[no-untyped-def]
    """Before the command, after it, with a space or an equals sign."""
    wanted = run("--lang", "zh", "check", calculable)
    for arguments in (("check", "--lang", "zh", calculable), ("check", calculable, "--lang=zh")):
        assert run(*arguments) == wanted


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_terminal_without_every_character(spawn, encoding: str, calculable: Path) -> None:  # type: ignore[no-untyped-def]
    """Where the encoding lacks a character a question mark stands for it; nothing fails, JSON stays UTF-8."""
    ran = spawn("calc", calculable, "-r", "eu-cfb-ind", "--lang", "zh", PYTHONIOENCODING=encoding)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"?376.7" in ran.stdout  # the minus sign is in neither
    plain = ("data", "show", "cn-cf-2024-national", "--json")
    assert "全国".encode() in spawn(*plain, PYTHONIOENCODING=encoding).stdout


@pytest.mark.parametrize("command", ["rulebooks eu-cfb-ind", "explain {} --list", "data search 电 --limit 900 --json"])
def test_a_reader_that_goes_away(command: str, calculable: Path) -> None:
    """`| head` ends a command quietly: tables, plain lines and JSON."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
    words = [sys.executable, "-m", "zuji", *command.format(calculable).split()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_a_report_that_suits_no_rulebook_is_not_fine(run: Run, skeleton: Path, tmp_path: Path) -> None:
    """Nothing was written, so the exit code is 1, and the message says which rulebooks the report needs."""
    ran = run("report", skeleton, "-r", "gbt-24067", "-k", "declaration", "-o", tmp_path / "out")
    assert (ran.code, "it needs eu-cfb-ev, eu-cfb-ind" in ran.err) == (1, True)
    assert not list((tmp_path / "out").iterdir())
