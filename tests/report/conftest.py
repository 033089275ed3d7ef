"""Footprints of the storage example as the documents that reports take."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from zuji import examples
from zuji.footprint.calculate import calculate
from zuji.report.fonts import FontError, chinese_font
from zuji.report.source import Source, source_of
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

DAY = date(2026, 11, 23)
EXAMPLE = "lfp-storage-488kwh"


@cache
def source(book: str) -> Source:
    """The example under `book`."""
    opened = open_study(examples.folder(EXAMPLE))
    assert opened.study is not None
    return source_of(calculate(opened.study, open_book(book), on=DAY))


@cache
def has_font() -> bool:
    """Whether this machine can write Chinese."""
    try:
        chinese_font()
    except FontError:
        return False
    return True


@pytest.fixture
def font() -> None:
    """Skip without a font with Chinese characters."""
    if not has_font():
        pytest.skip("no font with Chinese characters on this machine")
