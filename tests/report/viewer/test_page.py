"""The viewer holds every figure and line of its dossier, loads nothing, runs nothing, and is the same each time."""

from __future__ import annotations

import shutil
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from lxml import html

from zuji import examples
from zuji.dossier.freeze import freeze
from zuji.dossier.read import Dossier, open_dossier
from zuji.footprint.calculate import calculate
from zuji.footprint.lint import linted
from zuji.numbers import significant
from zuji.report.viewer.html import tree
from zuji.report.viewer.page import SECTIONS, page
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

pytestmark = pytest.mark.usefixtures("font")
BOOKS = ("iso-14067", "eu-cfb-ind")


@cache
def dossier() -> Dossier:
    opened = open_study(examples.folder("lfp-storage-488kwh"))
    assert opened.study is not None
    footprints = [linted(calculate(opened.study, open_book(id), on=date(2026, 11, 23))) for id in BOOKS]
    return open_dossier(freeze(footprints))


@cache
def document() -> bytes:
    return page(dossier())


def test_the_page_is_repeatable_and_small() -> None:
    """Same dossier, same bytes; under 8 MB."""
    assert document() == page(dossier())
    assert len(document()) < 8_000_000


def test_nothing_is_loaded_and_nothing_runs() -> None:
    """No script, no event handler, no reference to another place but links in the text; a policy forbids them."""
    root = html.fromstring(document())
    assert root.xpath("//script") == []
    assert [name for element in root.iter() for name in element.attrib if name.startswith("on")] == []
    sources = (
        root.xpath("//@src")
        + root.xpath("//link/@href")
        + root.xpath("//*[local-name()='image']/@*[local-name()='href']")
    )
    assert [source for source in sources if not source.startswith(("data:", "#"))] == []
    assert "default-src 'none'" in root.xpath("//meta[@http-equiv]/@content")[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_section_is_there_and_linked(lang: str) -> None:
    """Each section has a heading and a link in the contents; every id is used once."""
    root = html.fromstring(document())
    for id, _, _ in SECTIONS:
        assert len(root.xpath(f"//section[@id='{lang}-{id}']/h2")) == 1
        assert len(root.xpath(f"//nav//a[@href='#{lang}-{id}']")) == 1
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_line_is_there_with_its_tree(lang: str) -> None:
    """The lines section names each contribution line's address and value, under every rulebook."""
    (section,) = html.fromstring(document()).xpath(f"//section[@id='{lang}-lines']")
    text = section.text_content()
    for result in dossier().results:
        for line in result.footprint["lines"]:
            assert f"line/{line['activity']}/{line['line']}" in text
            assert significant(line["value"]) in text


def test_every_drawing_has_a_name_and_its_numbers_as_a_table() -> None:
    """An SVG says what it is to a screen reader; each figure has a data table beside it."""
    root = html.fromstring(document())
    drawings = root.xpath("//*[local-name()='svg']")
    assert len(drawings) >= 12
    assert all(drawing.get("aria-label") for drawing in drawings)
    assert all(figure.xpath(".//table") for figure in root.xpath("//figure"))


def test_texts_of_a_dossier_cannot_become_markup() -> None:
    """A label with angle brackets is shown, not obeyed; a tree without end is cut."""
    assert "<script>" not in tree({"label": "<script>alert(1)</script>", "notes": ["<b>x</b>"], "value": "<i>"})
    endless: dict[str, object] = {"label": "deep"}
    for _ in range(200):
        endless = {"label": "deep", "children": [endless]}
    assert tree(endless).count("<li>") < 60


@pytest.mark.browser
def test_the_page_switches_language_without_script_and_is_accessible(tmp_path: Path) -> None:
    """In Chromium the other language disappears, the keyboard reaches the switch, and axe finds no violation."""
    from axe_core_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    path = tmp_path / "x.html"
    path.write_bytes(document())
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"], timeout=30_000
        )
        try:
            opened = browser.new_page(viewport={"width": 1280, "height": 900})
            opened.set_default_timeout(20_000)
            opened.goto(path.as_uri())
            assert opened.locator("#zh-summary").is_visible()
            assert not opened.locator("#en-summary").is_visible()
            opened.keyboard.press("Tab")
            opened.keyboard.press("ArrowRight")
            assert opened.locator("#en-summary").is_visible()
            assert not opened.locator("#zh-summary").is_visible()
            # A section at a time, without what is folded away: axe is slow on the whole page.
            axe = Axe()
            for lang in ("en",):  # both languages of every section: test_statement, on a smaller page
                opened.locator(f"#lang-{lang}").check()
                opened.evaluate(
                    "document.querySelectorAll('details:not([open]) > :not(summary)').forEach(e => e.remove())"
                )
                for place in ("header", f"[data-lang={lang}] nav", *(f"#{lang}-{id}" for id, _, _ in SECTIONS)):
                    found = axe.run(opened, context=place)
                    wrong = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
                    assert (place, wrong) == (place, [])
        finally:
            browser.close()
