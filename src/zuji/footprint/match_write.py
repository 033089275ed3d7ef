"""Accepted matches into the files of a study: one field each, every other byte as it was; or as a patch."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from zuji.background.match import codes
from zuji.finding import Finding
from zuji.footprint.match import PROXY_RATING, Choice
from zuji.study.edit import NoPlaceError, bom_with, process_with

SUPPLIERS = "suppliers"


def changes(folder: Path, choices: Sequence[Choice]) -> tuple[dict[str, tuple[bytes, bytes]], list[Finding]]:
    """(before, after) of every file that changes, by its name; what cannot be written is a finding."""
    texts: dict[str, tuple[bytes, str, str]] = {}
    findings: list[Finding] = []
    for choice in choices:
        file = choice.line.place.file
        try:
            if file not in texts:
                raw = (folder / file).read_bytes()
                texts[file] = (raw, *_decoded(raw))
            raw, text, encoding = texts[file]
            texts[file] = (raw, _with(text, choice), encoding)
        except (NoPlaceError, OSError, UnicodeError) as error:
            id = choice.candidate.entry.id
            findings.append(codes.NO_PLACE(choice.line.place, line=choice.line.id, dataset=id, problem=str(error)))
    found = {file: (raw, _encoded(text, encoding)) for file, (raw, text, encoding) in sorted(texts.items())}
    return {file: pair for file, pair in found.items() if pair[0] != pair[1]}, findings


def _with(text: str, choice: Choice) -> str:
    entry = choice.candidate.entry
    own = "supplier" if entry.collection == SUPPLIERS else "dataset"
    values = {key: entry.id if key == own else "" for key in ("dataset", "supplier")}
    rating = str(PROXY_RATING) if choice.candidate.is_proxy else ""
    if choice.line.exchange is not None:
        return process_with(text, choice.line.exchange, values, rating)
    return bom_with(text, choice.line.place.line, values | ({"dq_technology": rating} if rating else {}))


def _decoded(raw: bytes) -> tuple[str, str]:
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
            if text.encode(encoding) == raw:
                return text, encoding
        except UnicodeDecodeError:
            continue
    raise NoPlaceError("the encoding is neither UTF-8 nor GB18030")


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding)


def patch(found: dict[str, tuple[bytes, bytes]]) -> str:
    """The changes as a unified diff that `patch -p1` takes."""
    parts = []
    for file, (before, after) in found.items():
        old, new = (_decoded(raw)[0].splitlines(keepends=True) for raw in (before, after))
        for line in difflib.unified_diff(old, new, f"a/{file}", f"b/{file}"):
            parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(parts)


def write(folder: Path, found: dict[str, tuple[bytes, bytes]]) -> None:
    """Put the changed files in their places, each at once."""
    for file, (_, after) in found.items():
        path = folder / file
        handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(after)
            os.chmod(temporary, path.stat().st_mode & 0o777)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
