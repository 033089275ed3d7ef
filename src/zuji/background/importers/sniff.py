"""Telling formats apart by the first bytes of a file."""

from __future__ import annotations

from collections.abc import Sequence

from zuji.background.importers import codes
from zuji.background.importers.files import BROKEN, Source
from zuji.errors import UnreadableError
from zuji.finding import Place

START = 4096
"""Bytes that are looked at [B]: XML names its namespaces in the first element."""
LOOKED_AT = 25


def start_of(source: Source, name: str) -> str:
    """The first characters of a member in whatever encoding; '' with a finding when it cannot be read."""
    try:
        with source.open(name) as stream:
            data = stream.read(START)
    except (UnreadableError, *BROKEN) as error:
        finding = codes.UNREADABLE_FILE(Place(name), problem=str(error) or type(error).__name__)
        source.findings += [] if finding in source.findings else [finding]
        return ""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def any_starts(source: Source, suffixes: Sequence[str], *words: str) -> bool:
    """Whether one of the first members with such a suffix holds one of the words near its start."""
    looked = 0
    for name in source.members:
        if name.lower().endswith(tuple(suffixes)):
            text = start_of(source, name)
            if any(word in text for word in words):
                return True
            looked += 1
            if looked >= LOOKED_AT:
                break
    return False
