"""What the installed typer says is known and translated: an upgrade that changes its wording fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zuji.cli.localised import ERRORS, HINTS, error_text, help_text
from zuji.i18n import LOCALE, messages_of, set_language


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chek",), "there is no command chek; nearest: 'check'"),
        (("qqqqqq",), "there is no command qqqqqq"),
        (("calc",), "the argument STUDY is missing"),
        (("data", "search"), "the argument WORDS is missing"),
        (("calc", "x", "--foo"), "there is no option --foo; nearest: --on, --out, --top"),
        (("calc", "x", "-z"), "there is no option -z"),
        (("calc", "x", "-r"), "the option -r needs a value"),
        (("calc", "x", "--check=1"), "the option --check takes no value"),
        (("calc", "x", "--top", "0"), "--top: at least 1 is needed"),
        (("power", "statement", "x", "-y", "abc"), "--year: a whole number is needed"),
        (("uncertainty", "x", "-n", "-4"), "-n: at least 2 is needed"),
        (("match", "x", "--accept-best", "1.5"), "--accept-best: at most 1 is possible"),
        (("match", "x", "--accept-best", "high"), "--accept-best: a number is needed"),
        (("calc", "x", "--top", "many"), "--top: a whole number is needed"),
        (("calc", "x", "--on", "2020-13-01"), "--on: write the day as YYYY-MM-DD"),
        (("demo", "more"), "unexpected argument: more"),
        (("rulebooks", "a", "b", "c"), "unexpected argument: b c"),
        (("--lang",), "the option --lang needs a value"),
        (("--lang", "de", "demo"), "--lang: the language is zh or en"),
    ],
)
def test_usage_errors(run, arguments: tuple[str, ...], said: str) -> None:  # type: ignore[no-untyped-def]
    """Each usage error that typer can raise here is one sentence of ours and exit code 2."""
    ran = run(*arguments)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", said)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("arguments", [("--help",), ("calc", "--help"), ("data", "show", "--help")])
def test_help_pages_keep_nothing_of_typer(spawn, lang: str, arguments: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    """No types, no braces, no sentence cut short, and in Chinese none of typer's own words."""
    page = spawn("--lang", lang, *arguments).stdout.decode()
    assert page.count("--help") == 1
    assert not re.search(r"<\w|\{|[a-z]\.\.\.$|x>=", page, re.MULTILINE)
    zh = messages_of((LOCALE / "zh" / "LC_MESSAGES" / "zuji.po").read_text("utf-8"))
    if lang == "zh":
        for heading in ("Usage: ", "Options:", "Arguments:", "Commands:", "Show this message and exit."):
            assert heading not in page or heading not in zh


def test_a_page_of_chinese_fits_into_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chinese takes two columns a character: long lines go on below their own beginning."""
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", "60")
    page = help_text("Options:\n  --out DIR  " + "每个规则书一个规范的文件，" * 6)
    lines = page.splitlines()
    assert all(cell_len(line) <= 60 for line in lines)
    assert len(lines) > 3
    assert all(line.startswith(" " * 13) for line in lines[2:])
    assert not any(line.strip().startswith("，") for line in lines)


def test_every_pattern_has_a_message_in_the_catalogue() -> None:
    """The texts that replace typer's are marked for translation: the extractor sees them in this module."""
    source = Path(error_text.__code__.co_filename).read_text("utf-8")
    for _, message in (*ERRORS, *HINTS):
        if re.search(r"[a-z]{2}", re.sub(r"\{\w+\}", "", message)):
            assert f'N_("{message}")' in source


def test_unknown_errors_pass_unchanged() -> None:
    """A sentence of typer that is not known is shown as it is rather than lost."""
    set_language("zh")
    assert error_text("Something new.") == "Something new."
