"""Two languages: no text is missing, none is stale, and the right one is shown."""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from zuji import i18n

ROOT = Path(__file__).resolve().parent.parent


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "tools" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


catalogue = load_tool()

CODE = """
from zuji.i18n import N_, tr, tr_in
LATER = N_("later")
def show(lang, name):
    return tr("hello {name}", name=name) + tr_in(lang, "two " "halves") + tr(LATER)
"""
ZH = {"hello {name}": "{name}，您好", "later": "以后", "two halves": "两半"}


@pytest.fixture(autouse=True)
def unset_language() -> Iterator[None]:
    i18n.set_language(None)
    yield
    i18n.set_language(None)


def po(folder: Path, language: str = "zh") -> Path:
    found: Path = catalogue.catalogue_path(folder, language)
    return found


def write_zh(folder: Path, translations: dict[str, str]) -> None:
    text = po(folder).read_text("utf-8")
    for message, translation in translations.items():
        before = f'msgid "{message}"\nmsgstr ""'
        assert before in text
        text = text.replace(before, f'msgid "{message}"\nmsgstr "{translation}"')
    po(folder).write_text(text, "utf-8")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package whose catalogues are complete."""
    (tmp_path / "code.py").write_text(CODE, "utf-8")
    catalogue.update(tmp_path)
    write_zh(tmp_path, ZH)
    assert catalogue.problems(tmp_path) == []
    return tmp_path


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


# -- the catalogues


def test_every_message_of_zuji_is_translated() -> None:
    """Zuji's own catalogues have every message of the code, translated, with the same placeholders."""
    assert catalogue.problems(catalogue.PACKAGE) == []
    assert catalogue.messages_in(catalogue.PACKAGE)


def test_the_chinese_of_zuji_is_chinese() -> None:
    """No Chinese text of Zuji is an English sentence left standing: each has a Chinese character."""
    messages = i18n.messages_of(po(catalogue.PACKAGE).read_text("utf-8"))
    sentences = [text for message, text in messages.items() if " " in re.sub(r"{.*?}", "", message).strip()]
    assert [text for text in sentences if not re.search("[\u4e00-\u9fff]", text)] == []


def test_update_changes_nothing_in_step() -> None:
    """The committed catalogues are what an update writes, byte for byte."""
    for language in i18n.LANGUAGES:
        path = po(catalogue.PACKAGE, language)
        assert path.read_bytes() == catalogue.updated(catalogue.PACKAGE, language)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('msgstr "以后"', 'msgstr ""', "zh: no translation: 'later'"),
        ('msgstr "以后"', 'msgstr "  "', "zh: no translation: 'later'"),
        ('msgid "later"', '#, fuzzy\nmsgid "later"', "zh: marked fuzzy: 'later'"),
        ('msgid "later"\nmsgstr "以后"\n', "", "zh: not in the catalogue"),
        ('msgid "later"', 'msgid "gone"', "zh: used nowhere any more"),
        ("{name}，您好", "{nom}，您好", "zh: placeholders differ: 'hello {name}'"),
        ("{name}，您好", "您好", "zh: placeholders differ: 'hello {name}'"),
        ("{name}，您好", "{name，您好", "zh: placeholders differ: 'hello {name}'"),
    ],
)
def test_a_gap_in_a_catalogue_is_found(package: Path, old: str, new: str, complaint: str) -> None:
    """A missing, empty, blank, fuzzy or unused translation and a differing placeholder are each named."""
    replace_in(po(package), old, new)
    assert [problem for problem in catalogue.problems(package) if problem.startswith(complaint)]


def test_a_missing_catalogue_is_found(package: Path) -> None:
    """A language without catalogue is a problem, not an exception."""
    po(package).unlink()
    assert catalogue.problems(package) == ["zh: there is no catalogue; run: python3 run.py catalogue"]


def test_a_message_that_no_catalogue_can_hold_is_found(package: Path) -> None:
    """An f-string given to tr() is refused, because its text is known only when it runs."""
    (package / "more.py").write_text('from zuji.i18n import tr\nx = 1\ntr(f"{x} rows")\n', "utf-8")
    assert [problem for problem in catalogue.problems(package) if problem.startswith("more.py:3: tr()")]


def test_update_keeps_translations_and_drops_unused_ones(package: Path) -> None:
    """An update adds new messages empty, keeps what is translated, forgets what the code says no more."""
    (package / "code.py").write_text(CODE.replace('N_("later")', 'N_("sooner")'), "utf-8")
    catalogue.update(package)
    kept = {message: text for message, text in ZH.items() if message != "later"}
    assert i18n.messages_of(po(package).read_text("utf-8")) == kept
    assert catalogue.problems(package) == ["zh: no translation: 'sooner'"]
    assert i18n.messages_of(po(package, "en").read_text("utf-8"))["sooner"] == "sooner"


def test_update_twice_is_update_once(package: Path) -> None:
    """An update of a catalogue in step changes no byte, whatever the day."""
    before = [po(package, language).read_bytes() for language in i18n.LANGUAGES]
    catalogue.update(package)
    assert [po(package, language).read_bytes() for language in i18n.LANGUAGES] == before


def test_compiling_is_deterministic(package: Path) -> None:
    """The same .po gives the same .mo."""
    source = po(package).read_bytes()
    assert catalogue.compiled(source, "zh") == catalogue.compiled(source, "zh")


# -- reading them


def test_without_a_compiled_catalogue_the_source_is_read(package: Path) -> None:
    """A checkout that nothing was compiled in speaks Chinese all the same."""
    assert not po(package).with_suffix(".mo").exists()
    assert i18n.lookup(package / "locale" / "zh")("later") == "以后"


def test_a_compiled_catalogue_serves_without_its_source(package: Path) -> None:
    """The .mo itself is read: it still answers when the .po is gone."""
    catalogue.compile_all(package)
    po(package).unlink()
    look = i18n.lookup(package / "locale" / "zh")
    assert (look("later"), look("unknown"), look("")) == ("以后", "unknown", "")


def test_a_stale_compiled_catalogue_shows_no_old_text(package: Path) -> None:
    """After a translation changes, the new text is shown although the .mo is newer than the .po."""
    catalogue.compile_all(package)
    replace_in(po(package), "以后", "稍后")
    po(package).with_suffix(".mo").touch()
    assert i18n.lookup(package / "locale" / "zh")("later") == "稍后"


@pytest.mark.parametrize("length", [0, 10, 40, 200])
def test_a_damaged_compiled_catalogue_is_passed_over(package: Path, length: int) -> None:
    """A .mo cut short by a full disk does not stop the program."""
    catalogue.compile_all(package)
    mo = po(package).with_suffix(".mo")
    mo.write_bytes(mo.read_bytes()[:length])
    assert i18n.lookup(package / "locale" / "zh")("later") == "以后"


# No control characters but those that gettext escapes: write_po leaves the others to str.splitlines.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n\t\r"), min_size=1)


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_both_ways_of_reading_a_catalogue_agree(texts: dict[str, str]) -> None:
    """Zuji's own reader of .po files returns what Babel's reads: quotes, backslashes, line breaks and all."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    written = Catalog(locale="zh")
    for message, text in texts.items():
        written.add(message, text)
    out = BytesIO()
    write_po(out, written, width=40)
    entries = read_po(BytesIO(out.getvalue()), locale="zh")
    expected = {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}
    assert i18n.messages_of(out.getvalue().decode("utf-8")) == expected == texts


def test_unfinished_translations_are_not_shown() -> None:
    """Fuzzy, empty and obsolete entries count as untranslated, and the fuzzy mark ends with its entry."""
    text = """
msgid ""
msgstr "Language: zh\\n"

#, fuzzy
msgid "a"
msgstr "甲"

#, python-brace-format
msgid "b {x}"
msgstr ""
"乙"
" {x}"

msgid "c"
msgstr ""

#~ msgid "d"
#~ msgstr "丁"
"""
    assert i18n.messages_of(text) == {"b {x}": "乙 {x}"}


# -- choosing a language


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LC_MESSAGES": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "ZUJI_LANG": "zh"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "ZUJI_LANG": "en"}, "en"),
    ],
)
def test_detect(environ: dict[str, str], expected: str) -> None:
    """ZUJI_LANG is asked first, LC_ALL, LC_MESSAGES, LANG in turn; empty ones are skipped; else English."""
    assert i18n.detect(environ) == expected


@pytest.mark.parametrize(("code", "expected"), [("zh", "zh"), ("zh-CN", "zh"), ("zh_Hans", "zh"), ("EN-gb", "en")])
def test_set_language_takes_locale_names(code: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A language tag or locale name chooses its language; None goes back to the environment."""
    monkeypatch.setenv("ZUJI_LANG", "zh" if expected == "en" else "en")
    i18n.set_language(code)
    assert i18n.language() == expected
    i18n.set_language(None)
    assert i18n.language() != expected


@pytest.mark.parametrize("code", ["", "de", "english", "zhuang"])
def test_an_unknown_language_is_refused(code: str) -> None:
    """A wish that cannot be met is an error, not silently English."""
    with pytest.raises(ValueError, match="unknown language"):
        i18n.set_language(code)


def test_a_language_is_chosen_for_one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language set in one thread does not leak into another."""
    monkeypatch.setenv("ZUJI_LANG", "en")
    i18n.set_language("zh")
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(i18n.language()))
    thread.start()
    thread.join()
    assert (i18n.language(), seen) == ("zh", ["en"])


def test_messages_are_shown_in_the_chosen_language(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """tr follows the context, tr_in its argument (None: the context); both fill in the parameters."""
    monkeypatch.setattr(i18n, "_lookup", lambda lang: i18n.lookup(package / "locale" / lang))
    i18n.set_language("zh")
    assert i18n.tr("hello {name}", name="李工") == "李工，您好"
    assert i18n.tr_in("en", "hello {name}", name="李工") == "hello 李工"
    assert i18n.tr_in(None, "hello {name}", name="李工") == "李工，您好"
    assert i18n.tr("not in any catalogue: {message} {lang}", message=1, lang=2) == "not in any catalogue: 1 2"
    assert i18n.tr("") == ""


def test_pick() -> None:
    """Of a text in two languages the wanted one is shown, else the other, else nothing."""
    both = {"zh": "正极", "en": "cathode"}
    assert (i18n.pick(both, "zh"), i18n.pick(both, "en")) == ("正极", "cathode")
    assert i18n.pick({"zh": "正极"}, "en") == "正极"
    assert i18n.pick({"zh": "", "en": "cathode"}, "zh") == "cathode"
    assert i18n.pick({}, "zh") == ""
    i18n.set_language("zh")
    assert i18n.pick(both) == "正极"
