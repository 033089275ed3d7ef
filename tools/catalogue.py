"""The gettext catalogues of src/zuji: collect the messages (update), refuse gaps (check), make .mo (compile).

``python3 run.py catalogue`` updates and compiles; ``python3 run.py check`` includes the check.
"""

import ast
import hashlib
import string
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "zuji"
LANGUAGES = ("en", "zh")
KEYWORDS: dict[str, tuple[int, ...] | None] = {"tr": None, "tr_in": (2,), "N_": None}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # no dates: equal messages make equal files

# As in zuji.i18n; not imported from there, because the wheel is built before zuji can be imported.
SOURCE_CONTEXT, SOURCE_ID = "zuji", "sha256 of the source"

HEADER = """\
# Zuji, {language}. Made by `python3 run.py catalogue`: write only the msgstr lines by hand.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def catalogue_path(package: Path, language: str) -> Path:
    return package / "locale" / language / "LC_MESSAGES" / "zuji.po"


def sources(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


def messages_in(package: Path) -> set[str]:
    """Every literal message that the package's code marks with tr, tr_in or N_."""
    return {
        message
        for path in sources(package)
        for _line, message, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS)
        if isinstance(message, str) and message
    }


def read(package: Path, language: str) -> Catalog:
    path = catalogue_path(package, language)
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=language)


def update(package: Path) -> None:
    """Bring both catalogues in step with the code."""
    for language in LANGUAGES:
        path = catalogue_path(package, language)
        source = updated(package, language)
        if not path.exists() or path.read_bytes() != source:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source)


def updated(package: Path, language: str) -> bytes:
    """The .po in step with the code: translations kept, new messages added, unused ones dropped."""
    old = read(package, language)
    new = Catalog(locale=language)
    for message in messages_in(package):
        entry = old.get(message)
        text = entry.string if entry else ""
        flags = entry.flags & {"fuzzy"} if entry else set()
        new.add(message, text or (message if language == "en" else ""), flags=flags)
    body = BytesIO()
    write_po(body, new, width=0, no_location=True, omit_header=True, sort_output=True)
    return (HEADER.format(language=language) + body.getvalue().decode("utf-8").strip() + "\n").encode()


def problems(package: Path) -> list[str]:
    """Everything that would show a reader a missing or wrong text, one line each."""
    wanted = messages_in(package)
    found = [problem for path in sources(package) for problem in _untranslatable(path, package)]
    for language in LANGUAGES:
        if not catalogue_path(package, language).exists():
            found.append(f"{language}: there is no catalogue; run: python3 run.py catalogue")
            continue
        entries = {str(entry.id): entry for entry in read(package, language) if entry.id}
        for message in sorted(wanted - entries.keys()):
            found.append(f"{language}: not in the catalogue (run: python3 run.py catalogue): {message!r}")
        for message in sorted(entries.keys() - wanted):
            found.append(f"{language}: used nowhere any more (run: python3 run.py catalogue): {message!r}")
        for message, entry in sorted(entries.items()):
            text = str(entry.string or "")
            if not text.strip():
                found.append(f"{language}: no translation: {message!r}")
            elif entry.fuzzy:
                found.append(f"{language}: marked fuzzy: {message!r}")
            elif _placeholders(message) != _placeholders(text):
                found.append(f"{language}: placeholders differ: {message!r} and {text!r}")
    return found


def compiled(po: bytes, language: str) -> bytes:
    """The .mo for the bytes of a .po, with the digest of its source inside."""
    catalogue = read_po(BytesIO(po), locale=language)
    catalogue.creation_date = catalogue.revision_date = LONG_AGO
    catalogue.add(SOURCE_ID, hashlib.sha256(po).hexdigest(), context=SOURCE_CONTEXT)
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def compile_all(package: Path) -> None:
    """Write each .mo beside its .po."""
    for language in LANGUAGES:
        po = catalogue_path(package, language)
        if po.exists():
            part = po.with_suffix(".mo.part")
            part.write_bytes(compiled(po.read_bytes(), language))
            part.replace(po.with_suffix(".mo"))  # in one step: nobody sees half a file


def _placeholders(text: str) -> set[str] | str:
    try:
        return set(_fields(text))
    except ValueError as error:
        return f"not a format text: {text!r}: {error}"


def _fields(text: str) -> Iterator[str]:
    for _literal, name, spec, _conversion in string.Formatter().parse(text):
        if name is not None:
            yield name
        if spec:
            yield from _fields(spec)


def _untranslatable(path: Path, package: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = 1 if name == "tr_in" else 0
        if name in KEYWORDS and len(node.args) > place and isinstance(node.args[place], ast.JoinedStr):
            where = f"{path.relative_to(package)}:{node.lineno}"
            yield f"{where}: {name}() is given an f-string; give it a literal and parameters"


def _check(package: Path) -> int:
    found = problems(package)
    print("\n".join(found) or f"{len(messages_in(package))} messages, complete in {' and '.join(LANGUAGES)}")
    return 1 if found else 0


def main(arguments: list[str]) -> int:
    commands: dict[str, Callable[[Path], int | None]] = {
        "update": update,
        "check": _check,
        "compile": compile_all,
    }
    if not arguments or any(argument not in commands for argument in arguments):
        print("usage: python tools/catalogue.py [update] [compile] [check]", file=sys.stderr)
        return 2
    return max([commands[argument](PACKAGE) or 0 for argument in arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
