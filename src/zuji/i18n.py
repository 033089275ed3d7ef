"""Chinese and English: one gettext catalogue for each, message ids in English.

    tr("{count} rows read", count=12)      in the language of this context
    tr_in("zh", "{count} rows read", count=12)
    LATER = N_("{count} rows read")        marked for extraction, translated when shown

Message ids are `str.format` texts, so a literal brace is doubled. ``python3 run.py catalogue`` collects them,
``python3 run.py check`` refuses a message without translation. The compiled ``.mo`` carries the digest of the
``.po`` it was made from; when it is missing or was made from another text, the ``.po`` itself is read.
"""

import gettext
import hashlib
import os
import re
import struct
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
LOCALE = Path(__file__).parent / "locale"

# Under this context and id a .mo keeps the SHA-256 of its .po.
SOURCE_CONTEXT, SOURCE_ID = "zuji", "sha256 of the source"

_chosen: ContextVar[str | None] = ContextVar("zuji_language", default=None)


def N_(message: str, /) -> str:
    """Mark a message for extraction and return it unchanged."""
    return message


def detect(environ: Mapping[str, str] | None = None) -> str:
    """What ZUJI_LANG, else LC_ALL, LC_MESSAGES or LANG asks for: Chinese, or English for everything else."""
    env = os.environ if environ is None else environ
    wish = next((env[name] for name in ("ZUJI_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "zh" if wish.lower().startswith("zh") else "en"


def set_language(code: str | None) -> None:
    """Choose the language of this context (thread or task); None: what the environment asks for."""
    _chosen.set(None if code is None else _known(code))


def language() -> str:
    """The language of this context."""
    return _chosen.get() or detect()


def tr(message: str, /, **params: object) -> str:
    """The message in the language of this context, with its parameters filled in."""
    return _lookup(language())(message).format(**params)


def tr_in(lang: str | None, message: str, /, **params: object) -> str:
    """The message in the given language (None: that of this context), with its parameters filled in."""
    return _lookup(language() if lang is None else _known(lang))(message).format(**params)


def pick(localised: Mapping[str, str], lang: str | None = None) -> str:
    """The text of a {zh: …, en: …} mapping in the given or current language, else in the other one."""
    first = language() if lang is None else _known(lang)
    return next((localised[code] for code in (first, *LANGUAGES, *localised) if localised.get(code)), "")


def messages_of(po_text: str) -> dict[str, str]:
    """The finished translations in the text of a .po file: no fuzzy, empty or obsolete ones, no header."""
    found: dict[str, str] = {}
    entry = {"msgid": "", "msgstr": ""}
    field, fuzzy, next_fuzzy = "", False, False
    for line in [*map(str.strip, po_text.splitlines()), 'msgid ""']:
        keyword = re.match(r"(msgid|msgstr)\s", line)
        if line.startswith("#,"):
            next_fuzzy = "fuzzy" in line
        elif keyword or line.startswith('"'):
            if keyword and keyword[1] == "msgid":
                if entry["msgid"] and entry["msgstr"] and not fuzzy:
                    found[entry["msgid"]] = entry["msgstr"]
                entry = {"msgid": "", "msgstr": ""}
                fuzzy, next_fuzzy = next_fuzzy, False
            field = keyword[1] if keyword else field
            entry[field] += _unquote(line[line.index('"') + 1 : line.rindex('"')])
    return found


def lookup(folder: Path) -> Callable[[str], str]:
    """Message id to text for one language's folder; an id without translation is returned as it is."""
    po, mo = folder / "LC_MESSAGES" / "zuji.po", folder / "LC_MESSAGES" / "zuji.mo"
    source = po.read_bytes() if po.is_file() else None
    compiled = _compiled(mo)
    if compiled and (source is None or _source_of(compiled) == hashlib.sha256(source).hexdigest()):
        return lambda message: compiled.gettext(message) if message else ""
    messages = messages_of((source or b"").decode("utf-8"))
    return lambda message: messages.get(message, message)


def _compiled(mo: Path) -> gettext.GNUTranslations | None:
    try:
        with mo.open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, struct.error):  # not there, cut short, or no catalogue at all
        return None


def _source_of(compiled: gettext.GNUTranslations) -> str:
    return compiled.pgettext(SOURCE_CONTEXT, SOURCE_ID)


@cache
def _lookup(lang: str) -> Callable[[str], str]:
    return lookup(LOCALE / lang)


def _known(code: str) -> str:
    found = next((lang for lang in LANGUAGES if re.match(rf"{lang}(?![a-z])", code, re.IGNORECASE)), None)
    if found is None:
        raise ValueError(f"unknown language {code!r}: Zuji speaks {' and '.join(LANGUAGES)}")
    return found


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), text)
