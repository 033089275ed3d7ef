"""The verification statement and the review: read out of a dossier into PDF and page, and never made up."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pypdf
import pytest
from lxml import html
from tests.dossier.people import rebuilt
from tests.report.reviewed import VERIFIER, reviewed_dossier
from typer.testing import CliRunner

from zuji.cli.app import app
from zuji.dossier.read import Dossier, open_dossier
from zuji.numbers import significant
from zuji.report.files import Extras, report_files, statement_files
from zuji.report.proofs import NoStatementError, statements_of, vouching_of
from zuji.report.source import source_of_result
from zuji.report.statement import statement_report
from zuji.report.viewer.page import SECTIONS, page

pytestmark = pytest.mark.usefixtures("font")
FIRST = Path(__file__).parents[1] / "dossier" / "fixtures" / "first.zuji"


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """Read by many tests and changed by none."""
    return reviewed_dossier(tmp_path_factory.mktemp("reviewed"))


def read(document: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return re.sub(r"[\s\u200b]+", "", "".join(one.extract_text() for one in pages))


def test_the_statement_says_level_opinion_scope_rounds_and_signer(reviewed: Dossier) -> None:
    """What the verifier signed is read back from the PDF, in both languages; 2802 → 2762 → 2742 kg over the rounds."""
    ((name, made),) = statement_files(reviewed, ["zh", "en"]).items()
    assert name == "test-statement-1-zh-en.pdf"
    text = read(made)
    for wanted in (
        "qualifiedopinion", "保留意见", "reasonableassurance", "合理保证", "Cradletograve,plantworks,2024", "5.0%",
        "LiWei", "Certifier", VERIFIER.card.thumbprint, reviewed.digest, "Which scale",
        "2,802kgCO2e", "2,762kgCO2e", "2,742kgCO2e",
    ):  # fmt: skip
        assert re.sub(r"\s+", "", wanted) in text, wanted
    assert made == statement_files(reviewed, ["zh", "en"])[name]


def test_a_statement_on_an_incomplete_result_is_marked(reviewed: Dossier) -> None:
    """The marks of the result that it verifies stand on its pages too."""
    found = statements_of(reviewed)
    report = statement_report(reviewed, found, found.statements[0], "en")
    assert any("unverified" in mark for mark in report.marks)


def test_the_fixture_of_the_first_version_has_its_statement() -> None:
    """The committed dossier gives a limited-assurance statement with one round and no finding."""
    text = read(statement_files(open_dossier(FIRST), ["en"])["test-statement-1-en.pdf"])
    assert "limitedassurance" in text
    assert "unmodifiedopinion" in text
    assert "Nofindingwasraised." in text


def test_without_a_statement_there_is_a_clear_error(reviewed: Dossier, tmp_path: Path) -> None:
    """A dossier without statement, and a study, are refused with the way to one."""
    from tests.dossier.conftest import footprints_of, write_study

    from zuji.dossier.freeze import freeze

    bare = open_dossier(freeze(footprints_of(write_study(tmp_path / "s"), "iso-14067")))
    with pytest.raises(NoStatementError, match="zuji review statement"):
        statement_files(bare, ["en"])
    found = CliRunner().invoke(app, ["report", "lfp-storage-488kwh", "-k", "statement", "-o", str(tmp_path)])
    assert found.exit_code != 0
    assert not list(tmp_path.glob("*.pdf"))


def test_a_frozen_result_gives_the_same_figures_and_names_its_dossier(reviewed: Dossier) -> None:
    """The PDF of a dossier carries the frozen total, and the first digits of the dossier's digest on each page."""
    source = source_of_result(reviewed.results[0])
    (made,) = report_files(source, ["summary"], ["en"], Extras()).values()
    text = read(made)
    assert significant(reviewed.results[0].footprint["per_functional_unit"]) in text
    assert f"dossier{reviewed.digest.partition(':')[2][:12]}" in text


def test_the_command_takes_a_dossier(tmp_path: Path) -> None:
    """`zuji report FILE.zuji` writes what is asked; another day than the frozen one is refused."""
    runner = CliRunner()
    found = runner.invoke(app, ["report", str(FIRST), "-k", "statement", "--languages", "en", "-o", str(tmp_path)])
    assert found.exit_code == 0, found.output
    assert [path.name for path in tmp_path.iterdir()] == ["test-statement-1-en.pdf"]
    assert runner.invoke(app, ["report", str(FIRST), "--on", "2026-05-05", "-o", str(tmp_path)]).exit_code != 0


@pytest.fixture(scope="module")
def document(reviewed: Dossier) -> bytes:
    return page(reviewed)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_rounds_findings_and_proofs(reviewed: Dossier, document: bytes, lang: str) -> None:
    """Three rounds side by side, each finding with its state and what was said, signatures with role and thumbprint."""
    root = html.fromstring(document)
    (review,) = root.xpath(f"//section[@id='{lang}-review']")
    heads = [th.text_content() for th in review.xpath(".//th")]
    assert sum(any(f"{number}" in head for number in "123") for head in heads) >= 3
    text = review.text_content()
    latest = vouching_of(reviewed).latest
    assert latest is not None
    for finding in latest.findings.values():
        assert finding.label in text
        assert finding.text in text
    assert "Corrected to 370 kg <net>" in text, "shown as typed, never as markup"
    (proof,) = root.xpath(f"//section[@id='{lang}-proof']")
    assert VERIFIER.card.thumbprint in proof.text_content()
    assert "example.org/log" in proof.text_content()


def test_a_line_links_to_its_evidence(document: bytes) -> None:
    """The frame's bill and the meter's readings are one click from their lines; every link has its target."""
    root = html.fromstring(document)
    links = root.xpath("//section[@id='en-lines']//a/@href")
    assert {"#en-evidence-bill", "#en-evidence-meter"} <= set(links)
    ids = set(root.xpath("//@id"))
    assert {link.removeprefix("#") for link in root.xpath("//a/@href")} <= ids


def test_a_dossier_without_review_says_so(reviewed: Dossier, tmp_path: Path) -> None:
    """No heading without content."""
    from tests.dossier.conftest import footprints_of, write_study

    from zuji.dossier.freeze import freeze

    bare = page(open_dossier(freeze(footprints_of(write_study(tmp_path / "s"), "iso-14067"))), ("en",), "en")
    (section,) = html.fromstring(bare).xpath("//section[@id='en-review']")
    assert "holds no review" in section.text_content()


def test_a_proof_that_does_not_hold_is_named_and_nothing_of_it_is_printed(reviewed: Dossier) -> None:
    """Somebody changed the company's signature and mended the seal: it and the statement after it no longer hold."""
    name = next(path for path, _ in reviewed.proofs if path.startswith("proof/signatures/"))

    def spoil(files: dict[str, bytes]) -> None:
        head, body, signature = files[name].split(b".")
        files[name] = b".".join((head, body, signature[::-1]))

    spoiled = open_dossier(rebuilt(reviewed, spoil))
    with pytest.raises(NoStatementError, match=r"0004\.jws"):
        statement_files(spoiled, ["en"])
    (proof,) = html.fromstring(page(spoiled, ("en",), "en")).xpath("//section[@id='en-proof']")
    assert "Proofs that do not hold" in proof.text_content()
    assert name in proof.xpath(".//*[contains(@class, 'warning')]")[0].text_content()


@pytest.mark.browser
def test_every_section_is_accessible_in_both_languages(document: bytes, tmp_path: Path) -> None:
    """axe finds no violation in any section of a reviewed dossier."""
    from axe_core_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    path = tmp_path / "x.html"
    path.write_bytes(document)
    with sync_playwright() as driver:
        chromium = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"], timeout=30_000)
        try:
            opened = browser.new_page(viewport={"width": 1280, "height": 900})
            opened.set_default_timeout(20_000)
            opened.goto(path.as_uri())
            axe = Axe()
            for lang in ("zh", "en"):
                opened.locator(f"#lang-{lang}").check()
                # What is folded away is not painted, so axe cannot judge its colours.
                opened.evaluate(
                    "document.querySelectorAll('details:not([open]) > :not(summary)').forEach(e => e.remove())"
                )
                for id, _, _ in SECTIONS:
                    found = axe.run(opened, context=f"#{lang}-{id}")
                    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == []
        finally:
            browser.close()
