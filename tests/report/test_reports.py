"""The PDF reads back to the figures of the footprint; every page carries what limits it; same input, same bytes."""

from __future__ import annotations

import io
import json
import re

import openpyxl
import pypdf
import pytest
from tests.report.conftest import DAY, source

from zuji.numbers import significant
from zuji.report.blocks import Bullets, Figure, Grid, Report, texts
from zuji.report.declaration import Administration, declaration, declaration_report
from zuji.report.excel import excel_report
from zuji.report.files import KINDS, Extras, declaring_plants, report_files
from zuji.report.full_report import full_report
from zuji.report.label import label_sheet, qr_svg
from zuji.report.pdf.write import pdf
from zuji.report.source import marks
from zuji.report.summary import summary_page

LANGS = ("zh", "en")


def pages(document: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages]


def joined(document: bytes) -> str:
    return re.sub(r"\s+", "", "".join(pages(document)))


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("lang", LANGS)
def test_the_full_report_holds_every_main_figure(lang: str) -> None:
    """Total, stages, component groups, per kWh, digest: read back from the PDF as they are in the footprint."""
    given = source("iso-14067")
    read = joined(pdf([full_report(given, lang)], DAY))
    document = given.footprint
    figures = [document["total"], document["per_kWh_capacity"], *(part["value"] for part in document["stages"])]
    figures += [part["value"] for part in document["component_groups"]]
    for value in figures:
        assert significant(value) in read
    assert document["digests"]["study"] in read
    for stage in document["stages"]:
        assert re.sub(r"\s+", "", stage["name"][lang]) in read


@pytest.mark.usefixtures("font")
def test_both_languages_say_the_same_figures() -> None:
    """The numbers in the Chinese part are those of the English part."""
    given = source("eu-cfb-ind")

    def figures(lang: str) -> list[tuple[str, ...]]:
        blocks = summary_page(given, lang).blocks
        cells = [row[block.figures_from :] for block in blocks if isinstance(block, Grid) for row in block.rows]
        return [*cells, *((block.value,) for block in blocks if isinstance(block, Figure))]

    assert len(figures("zh")) > 6
    assert figures("zh") == figures("en")


@pytest.mark.usefixtures("font")
def test_a_draft_is_marked_on_every_page() -> None:
    """Each page of a report under a draft rulebook says so, and how many parameters are unverified."""
    given = source("eu-cfb-ind")
    read = pages(pdf([full_report(given, "en")], DAY))
    assert len(read) > 5
    for page in read:
        assert "rulebook is a draft" in page
        assert f"{len(given.footprint['unverified'])} parameters and rules unverified" in page


@pytest.mark.usefixtures("font")
def test_the_pdf_is_archivable_and_repeatable() -> None:
    """PDF/A-2b by its own metadata, fonts embedded, language and title set, byte-identical when made again."""
    given = source("iso-14067")
    made = pdf([summary_page(given, "zh")], DAY)
    assert made == pdf([summary_page(given, "zh")], DAY)
    assert b"pdfaid:part" in made
    reader = pypdf.PdfReader(io.BytesIO(made))
    metadata = reader.xmp_metadata
    assert metadata is not None
    assert reader.metadata is not None
    assert reader.metadata.title == summary_page(given, "zh").title
    fonts = [font for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())


@pytest.mark.usefixtures("font")
def test_a_summary_is_one_page() -> None:
    """One language, one page."""
    for book in ("iso-14067", "eu-cfb-ind"):
        for lang in LANGS:
            assert len(pages(pdf([summary_page(source(book), lang)], DAY))) == 1, (book, lang)


@pytest.mark.usefixtures("font")
def test_the_public_version_tells_no_single_line() -> None:
    """Amounts per product of the bill of materials stand in the full report and not in the public one."""
    given = source("eu-cfb-ind")
    line = given.hotspots()[0]
    amount = f"{significant(line['amount'])} {line['unit']}"
    assert any(amount in text for text in texts(full_report(given, "en")))
    assert not any(amount in text for text in texts(full_report(given, "en", public=True)))


@pytest.mark.usefixtures("font")
def test_a_character_that_no_font_has_is_named() -> None:
    """A private-use character in a text stops the report with its code point."""
    from zuji.report.fonts import FontError

    bad = Report(lang="en", title="x", subtitle="", blocks=(Bullets(("\ue123",)),))
    with pytest.raises(FontError, match=r"U\+E123"):
        pdf([bad], DAY)


@pytest.mark.usefixtures("font")
def test_texts_are_never_markup() -> None:
    """Characters that mean something to the typesetter come out as they are."""
    text = "#panic() *bold* _x_ $1$ <label> @ref [x] \\n `raw`"
    made = pdf([Report(lang="en", title="t", subtitle="", blocks=(Bullets((text,)),))], DAY)
    assert re.sub(r"\s+", "", text) in joined(made)


def test_a_declaration_holds_fields_a_to_g_and_invents_none() -> None:
    """What the study lacks is null in the JSON; figures are the rounded ones with the unrounded beside them."""
    given = source("eu-cfb-ind")
    said = declaration(given, "pack-plant", Administration(address="No. 1 Road"))
    assert said["manufacturer"]["address"] == "No. 1 Road"
    assert [said[key] for key in ("declarationOfConformity", "publicStudy", "performanceClass")] == [None] * 3
    assert said["carbonFootprint"]["value"] == given.footprint["reported"]["value"]
    stages = said["carbonFootprintPerStage"]
    assert set(stages) == {"RawMaterialExtraction", "MainProduction", "Distribution", "Recycling"}
    whole = sum(stage["unrounded"] for stage in stages.values())
    assert whole == pytest.approx(said["carbonFootprint"]["unrounded"], rel=1e-12)
    assert said["usable"] is False, "the rulebook is a draft"
    json.dumps(said, allow_nan=False)


def test_the_declaring_plant_is_the_one_that_makes_the_product() -> None:
    """Of two plants, the one whose process makes the battery declares."""
    assert declaring_plants(source("eu-cfb-ind")) == ("pack-plant",)


@pytest.mark.usefixtures("font")
def test_a_declaration_says_what_is_still_to_be_given() -> None:
    """Fields without content are listed, in both languages."""
    shown = " ".join(texts(declaration_report(source("eu-cfb-ind"), "pack-plant", Administration(), "en")))
    assert "number of the EU declaration of conformity" in shown
    full = Administration(
        address="a",
        contact="c",
        plant_address="p",
        declaration_of_conformity="DoC-1",
        public_study="https://example.org/s",
    )
    shown = " ".join(texts(declaration_report(source("eu-cfb-ind"), "pack-plant", full, "en")))
    assert "Still to be given" not in shown
    assert "DoC-1" in shown


@pytest.mark.usefixtures("font")
def test_the_label_leaves_the_body_its_fields() -> None:
    """Certificate number and body stay blank lines; without a page there is no QR code and the sheet says so."""
    shown = list(texts(label_sheet(source("cn-label"), "zh")))
    assert sum(set(text) == {"_"} for text in shown) == 4
    assert "<svg" in qr_svg("https://example.org/p")


@pytest.mark.parametrize("lang", LANGS)
def test_the_workbook_adds_up_by_its_own_formulas(lang: str) -> None:
    """Amount × factor of every line, summed, is the total of the calculation; the sums are formulas, not values."""
    given = source("gbt-24067")
    made = excel_report(given, lang)
    assert made == excel_report(given, lang)
    shown = openpyxl.load_workbook(io.BytesIO(made), data_only=True)
    assert shown.worksheets[0]["B2"].value == pytest.approx(given.footprint["total"], rel=1e-12), "not 0 in a viewer"
    stages = [row[1] for row in shown.worksheets[1].iter_rows(min_row=2, max_col=2, values_only=True) if row[1]]
    assert stages[-1] == pytest.approx(sum(stages[:-1])) == pytest.approx(given.footprint["total"])
    book = openpyxl.load_workbook(io.BytesIO(made))
    lines = book.worksheets[3]
    values = []
    for row in lines.iter_rows(min_row=2, values_only=True):
        amount, factor, formula = row[5], row[7], row[9]
        if isinstance(formula, str):
            assert re.fullmatch(r"=F\d+\*H\d+", formula)
            values.append(float(amount) * float(factor))  # type: ignore[arg-type]
        else:
            values.append(float(formula))  # type: ignore[arg-type]
    assert sum(values) == pytest.approx(given.footprint["total"], rel=1e-12)
    assert str(book.worksheets[0]["B2"].value).startswith("=SUM(")
    assert str(book.worksheets[1]["B2"].value).startswith("=SUMIF(")
    for stage in book.worksheets[1].iter_rows(min_row=2, max_col=1, values_only=True):
        assert stage[0]


@pytest.mark.usefixtures("font")
def test_every_kind_has_its_file_where_it_suits() -> None:
    """An EU rulebook gives a declaration and no label, the label scheme the other way round."""
    eu = report_files(source("eu-cfb-ind"), ["declaration", "label"], ["en"], Extras())
    assert sorted(name.rpartition(".")[2] for name in eu) == ["json", "pdf"]
    cn = report_files(source("cn-label"), ["declaration", "label"], ["zh"], Extras())
    assert list(cn) == ["lfp-storage-488kwh-cn-label-label-zh.pdf"]
    assert set(KINDS) == {"full", "public", "declaration", "label", "summary", "excel", "statement"}


def test_an_unusable_footprint_is_marked() -> None:
    """Marks name errors and gaps before anything else."""
    from dataclasses import replace

    given = source("iso-14067")
    broken = replace(given, footprint={**given.footprint, "usable": False, "complete": False})
    assert marks(broken, "en")[:2] == ("not usable: errors in the data", "incomplete")


def test_the_full_report_has_every_element_of_a_study_report() -> None:
    """Place, time and gaps; categories by themselves; offsets, comparisons; the reviewer's empty fields."""
    shown = " ".join(texts(full_report(source("gbt-24067"), "en")))
    for wanted in (
        "Plants by country", "Activity data of the period", "Every flow of the product system has",
        "land use and land-use change", "aviation", "Carbon offsets are not part of the result",
        "may be compared only where", "Critical review and verification", "not split by the source",
    ):  # fmt: skip
        assert wanted in shown
