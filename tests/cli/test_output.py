"""What is printed: canonical JSON, the same bytes twice, the same numbers in both languages, columns that line up."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.console import Group as Parts
from rich.table import Table

from zuji import examples, i18n
from zuji.background.search import search
from zuji.background.starter import starter
from zuji.canonical import canonical_bytes
from zuji.cli import books, datasets, demo, tables
from zuji.cli.app import BOOKS
from zuji.footprint.calculate import calculate
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

DAY = date(2026, 1, 1)
COMMANDS = (
    ("check", demo.EXAMPLE, "--notes"),
    ("explain", demo.EXAMPLE, "stage/production"),
    ("rulebooks",),
    ("rulebooks", "eu-cfb-ind"),
    ("data", "search", "石墨"),
    ("data", "search", "xyzzy"),
    ("data", "show", "cn-cf-2024-national"),
    ("data", "show", "process:graphite_synthetic"),
    ("data", "show", "flow:busbar_copper"),
    ("demo",),
    ("calc",),
    ("calc", "no-such-folder"),
    ("calc", demo.EXAMPLE, "--top", "0"),
    ("explain", demo.EXAMPLE, "stage/uses"),
    ("data", "show", "flow:coper"),
)


@pytest.fixture(scope="module")
def footprints() -> list[Footprint]:
    study = open_study(examples.folder(demo.EXAMPLE)).study
    assert study is not None
    return [calculate(study, open_book(id), on=DAY) for id in BOOKS]


@pytest.fixture
def reference() -> Iterator[None]:
    i18n.set_language("en")
    yield
    i18n.set_language(None)


def rendered(part: RenderableType, width: int) -> str:
    console = Console(width=width, highlight=False, markup=False, emoji=False, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(part)
    return capture.get()


def shown(footprints: list[Footprint]) -> dict[str, RenderableType]:
    hits = search(starter(), "石墨", limit=30)
    return {
        "stages": tables.stages(footprints),
        "hotspots": tables.hotspots(footprints, 15),
        "electricity": tables.electricity(footprints),
        "unverified": tables.unverified(footprints),
        "certificates": demo.certificates(footprints),
        "overview": books.overview(DAY),
        "coverage": books.coverage(open_book("eu-cfb-ind")),
        "hits": datasets.hits(hits),
        "unit process": datasets.one(starter(), starter()["process:lfp_cell"]),
        "factor": datasets.one(starter(), starter()["cn-cf-2024-national"]),
    }


def tables_in(part: RenderableType) -> Iterator[Table]:
    if isinstance(part, Table):
        yield part
    elif isinstance(part, Parts):
        for inner in part.renderables:
            yield from tables_in(inner)


# -- JSON


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", demo.EXAMPLE, "-r", "eu-cfb-ind", "--json"),
        ("check", "EMPTY", "--json"),
        ("calc", demo.EXAMPLE, "-r", "gbt-24067", "-r", "iso-14067", "--json", "--check"),
        ("explain", demo.EXAMPLE, "--json"),
        ("data", "search", "copper", "--json"),
        ("data", "search", "xyzzy", "--json"),
        ("data", "show", "process:lfp_cell", "--json"),
    ],
)
def test_json_is_canonical(run, tmp_path: Path, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    """Standard output of --json is one canonical document and a newline, the same each time, and nothing else."""
    given = [str(tmp_path) if argument == "EMPTY" else argument for argument in arguments]
    out = run(*given).out
    assert out.encode() == canonical_bytes(json.loads(out)) + b"\n"
    assert run(*given).out == out


def test_files_and_standard_output_carry_the_same_bytes(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """--out writes one file per rulebook; --json prints them as a list; demo writes the same as calc."""
    out = run("calc", demo.EXAMPLE, "--json", "--out", tmp_path / "calc", "--on", date.today().isoformat()).out
    assert run("demo", "--out", tmp_path / "demo").code == 0
    written = [(tmp_path / "calc" / f"footprint-{id}.json").read_bytes() for id in BOOKS]
    assert out.encode() == b"[" + b",".join(written) + b"]\n"
    assert written == [(tmp_path / "demo" / f"footprint-{id}.json").read_bytes() for id in BOOKS]
    assert len(list((tmp_path / "calc").iterdir())) == len(BOOKS)


def test_results_do_not_depend_on_the_language(run) -> None:  # type: ignore[no-untyped-def]
    """The canonical JSON of a calculation and of its findings is the same in zh and en."""
    for command in ("calc", "check"):
        arguments = (command, demo.EXAMPLE, "-r", "eu-cfb-ind", "--json")
        assert run("--lang", "zh", *arguments).out == run("--lang", "en", *arguments).out


@pytest.mark.parametrize("arguments", [("calc", demo.EXAMPLE, "-r", "eu-cfb-ind"), ("rulebooks",)])
def test_a_process_of_its_own_prints_the_same(spawn, run, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    """Same bytes from a new process, with another hash seed."""
    first = spawn("--lang", "zh", *arguments, PYTHONHASHSEED="1")
    assert first.stdout.decode() == run("--lang", "zh", *arguments).out


# -- tables


def test_both_languages_carry_the_same_numbers(footprints: list[Footprint], reference: None) -> None:
    """The tables of a calculation have the same figures in the same order in zh and en."""
    # Not the digits of a name: CO2, LiPF6, cn-cf-2024-pv.
    number = re.compile(r"(?<![\w.-])−?\d[\d,]*(?:\.\d+)?(?![\w-])")

    def numbers() -> dict[str, list[str]]:
        parts = shown(footprints)
        return {name: number.findall(rendered(parts[name], 400)) for name in ("stages", "hotspots", "electricity")}

    english = numbers()
    i18n.set_language("zh")
    assert numbers() == english
    assert all(len(found) > 10 for found in english.values())


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_columns_line_up(footprints: list[Footprint], lang: str, width: int, reference: None) -> None:
    """All lines of a table are equally wide on the terminal, and fit, whatever the script."""
    i18n.set_language(lang)
    for name, part in shown(footprints).items():
        found = list(tables_in(part))
        assert found, name
        for table in found:
            lines = rendered(table, width).splitlines()
            assert {cell_len(line) for line in lines} == {cell_len(lines[0])}, name
            assert cell_len(lines[0]) <= width, name


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_are_not_broken_at_80_columns(footprints: list[Footprint], lang: str, reference: None) -> None:
    """In a narrow terminal names are folded; no figure is, and no unit is parted from it."""
    i18n.set_language(lang)
    for part, count in ((tables.stages(footprints), 1), (tables.hotspots(footprints, 10), 2)):
        narrow, wide = rendered(part, 80), rendered(part, 300)
        figures = re.compile(r"(?<![\w.-])−?\d[\d,.]*(?: %)?(?![\w.-])")
        assert sorted(figures.findall(narrow)) == sorted(figures.findall(wide)), count


def test_a_long_finding_goes_on_below_its_beginning(run, calculable: Path) -> None:  # type: ignore[no-untyped-def]
    """Continued lines of a finding are indented to its text; the place ends with a colon."""
    lines = run("check", calculable).out.splitlines()[1:-1]
    starts = [re.match(r"  \w+ ZJ\d+ ", line) for line in lines]
    indent = next(match.end() for match in starts if match)
    assert all(match or line.startswith(" " * indent) for match, line in zip(starts, lines, strict=True))
    assert any(re.match(r"  warning ZJ\d+ \S+:\d+( [\w.\[\]]+)?: ", line) for line in lines)


def test_no_total_is_no_crash(footprints: list[Footprint], reference: None) -> None:
    """A footprint whose total is zero has hotspots without a share."""
    zero = [replace(footprint, total=0.0) for footprint in footprints]
    assert "—" in rendered(tables.hotspots(zero, 3), 160)
    assert rendered(tables.stages(zero), 160)


# -- Chinese


def patterns() -> dict[str, re.Pattern[str]]:
    """For each message whose translation differs: what its English text would look like on the screen."""
    catalogue = i18n.messages_of((i18n.LOCALE / "zh" / "LC_MESSAGES" / "zuji.po").read_text("utf-8"))
    found = {}
    for message, translation in catalogue.items():
        fixed = re.sub(r"\{\w+(?:![rs])?(?::[^}]*)?\}", "", message)
        # One or two words may stand in a name or a citation; three are a sentence of ours.
        if translation != message and len(re.findall(r"[A-Za-z]{2,}", fixed)) >= 3:
            parts = re.split(r"\{\w+(?:![rs])?(?::[^}]*)?\}", message)
            text = ".{1,80}?".join(re.escape(part) for part in parts)
            found[message] = re.compile(rf"(?<!\w){text}(?!\w)")
    return found


def test_no_page_shows_a_message_that_has_a_translation(run) -> None:  # type: ignore[no-untyped-def]
    """In Chinese no command shows the English text of a translated message."""
    known = patterns()
    for arguments in COMMANDS:
        said = re.sub(r"\s+", " ", run("--lang", "zh", *arguments).said)
        assert [message for message, pattern in known.items() if pattern.search(said)] == [], arguments


def test_every_sentence_of_the_commands_goes_through_the_catalogue(  # type: ignore[no-untyped-def]
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every message in brackets, what stands outside them is data: names, ids, citations and numbers."""

    @cache
    def marked(lang: str) -> Callable[[str], str]:
        plain = i18n.lookup(i18n.LOCALE / lang)
        return (lambda message: f"⟦{plain(message)}⟧") if lang == "zh" else plain

    monkeypatch.setattr(i18n, "_lookup", marked)
    monkeypatch.setenv("COLUMNS", "100")
    words = re.compile(r"(?<![\w./:#\[-])[a-z]{2,} [a-z]{2,} [a-z]{2,}(?![\w./:#-])")
    for arguments in COMMANDS:
        if arguments[0] == "explain" or "show" in arguments or arguments[:1] == ("rulebooks",):
            continue  # these show citations and notes of the data, which are in English
        said = re.sub(r"\s+", " ", run("--lang", "zh", *arguments).said)
        while said != (said := re.sub(r"⟦[^⟦⟧]*⟧", "", said)):
            pass
        assert [text for text in words.findall(said) if not text.startswith("zuji ")] == [], arguments


def test_no_message_hides_in_an_f_string() -> None:
    """The extractor of messages does not look into f-strings: a message there would never be translated."""
    for path in Path(tables.__file__).parent.glob("*.py"):
        for joined in (
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.JoinedStr)
        ):
            calls = [
                node for node in ast.walk(joined) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            ]
            hidden = [call for call in calls if call.func.id in ("tr", "N_") and isinstance(call.args[0], ast.Constant)]  # type: ignore[attr-defined]
            assert not hidden, f"{path.name}:{joined.lineno}"


# -- what is loaded


def test_help_loads_nothing_heavy() -> None:
    """The main help page imports none of the libraries that calculate, read or draw, so it answers at once."""
    heavy = ("numpy", "scipy", "pint", "pydantic", "yaml", "rich.table", "rich.console")
    for arguments in (["--help"], ["--lang", "zh", "--help"]):
        code = (
            f"import sys; from zuji.cli import main; code = main({arguments!r}); "
            f"print(code, [m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=_environment())
        assert ran.stderr.decode().strip() == "0 []", arguments


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
