"""A marked workbook shows every finding in its cell, and is otherwise the user's own."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter

from zuji.study.workbook.layout import MARK_SHEET
from zuji.study.workbook.mark import FILLS, SIGN, cell_of, marked
from zuji.study.workbook.read import imported

BOM = "物料清单 BOM"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture
def spoiled(book):
    """Bytes and findings of a workbook with an unknown unit, an empty amount and a decimal comma."""
    book.put("bom", "unit", 3, "kgg")
    book.put("bom", "amount", 4, None)
    book.put("bom", "amount", 5, "1,5")
    raw = book.bytes()
    return raw, imported(raw, "x.xlsx").opened.findings


def test_each_finding_is_coloured_and_explained_in_its_cell(spoiled):
    """What, why and how to mend stand in the comment; the list links to the cell."""
    raw, findings = spoiled
    sheet = openpyxl.load_workbook(io.BytesIO(marked(raw, findings, "en")))
    for finding in findings:
        name, cell = cell_of(finding)
        if finding.severity not in FILLS:
            continue
        assert sheet[name][cell].fill.fgColor.rgb == FILLS[finding.severity]
        text = sheet[name][cell].comment.text
        assert text.startswith(SIGN)
        for part in (finding.code, finding.what("en"), finding.why("en"), finding.mend("en")):
            assert part in text
    listed = list(sheet[MARK_SHEET].iter_rows(min_row=2, max_col=6, values_only=True))
    assert [row[2] for row in listed] == [one.code for one in findings]
    assert listed[0][1] == findings[0].place.path
    assert sheet[MARK_SHEET]["B2"].hyperlink.location == findings[0].place.path


def test_marks_speak_the_language_that_is_asked_for(spoiled):
    raw, findings = spoiled
    sheet = openpyxl.load_workbook(io.BytesIO(marked(raw, findings, "zh")))
    assert "错误" in sheet[BOM]["G3"].comment.text


def test_a_marked_workbook_is_read_like_before(spoiled):
    """The list is not taken for data, and marking twice adds nothing."""
    raw, findings = spoiled
    once = marked(raw, findings, "en")
    again = imported(once, "x.xlsx").opened.findings
    assert again == findings
    twice = marked(once, again, "en")
    assert _parts(twice).keys() == _parts(once).keys()
    assert _text(twice, BOM, "G3").count(SIGN) == 1


def test_marks_go_when_the_cell_is_mended(spoiled):
    """The colour becomes what it was, the comment goes."""
    raw, findings = spoiled
    clean = openpyxl.load_workbook(io.BytesIO(marked(marked(raw, findings, "en"), [], "en")))
    before = openpyxl.load_workbook(io.BytesIO(raw))
    for cell in ("G3", "F4", "F5"):
        assert clean[BOM][cell].comment is None
        assert clean[BOM][cell].fill.fgColor.rgb == before[BOM][cell].fill.fgColor.rgb
        assert clean[BOM][cell].number_format == before[BOM][cell].number_format
    assert clean[BOM]["A1"].comment.text == before[BOM]["A1"].comment.text


def _parts(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _text(raw, sheet, cell):
    return openpyxl.load_workbook(io.BytesIO(raw))[sheet][cell].comment.text


def _own() -> bytes:
    """A user's own bill of materials: picture, chart, formula, own comment, hidden sheet, conditional format."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet(BOM)
        for x, head in enumerate(["item", "parent", "amount", "unit", "dataset", "mine"]):
            page.write(0, x, head)
        for y, amount in enumerate(["1,5", 2, 3], 1):
            page.write_row(y, 0, [f"part-{y}", "product", amount, "kg", "iai-al-2022"])
            page.write_formula(y, 5, f"=C{y + 1}*2", None, 42)
        page.write_comment("C2", "my own remark")
        page.insert_image("H2", "dot.png", {"image_data": io.BytesIO(PNG)})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": [BOM, 1, 2, 3, 2]})
        page.insert_chart("H8", chart)
        page.conditional_format("C2:C4", {"type": "data_bar"})
        hidden = book.add_worksheet("secret")
        hidden.write(0, 0, "kept")
        hidden.hide()
    return stream.getvalue()


def test_everything_else_of_the_workbook_stays_byte_by_byte():
    """Pictures, charts, hidden sheets, themes; formulas keep their stored results; own comments are kept."""
    raw = _own()
    findings = imported(raw, "x.xlsx").opened.findings
    comma = [one for one in findings if one.code == "ZJ216"]
    # Without a product sheet the study is not assembled; the finding of the cell is made by hand.
    if not comma:
        from zuji.finding import Place
        from zuji.study import codes

        comma = [codes.COMMA(Place("x.xlsx", 2, f"'{BOM}'!C2", "amount"), value="1,5")]
    before, after = _parts(raw), _parts(marked(raw, comma, "en"))
    touched = {name for name in before if before[name] != after[name]}
    assert touched <= {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet1.xml", "xl/comments1.xml",
    }  # fmt: skip
    assert {"xl/charts/chart1.xml", "xl/media/image1.png", "xl/drawings/drawing1.xml"} <= before.keys() - touched
    assert b"<f>C3*2</f><v>42</v>" in after["xl/worksheets/sheet1.xml"]
    text = _text(marked(raw, comma, "en"), BOM, "C2")
    assert text.startswith("my own remark")
    assert SIGN in text
    again = _text(marked(marked(raw, comma, "en"), [], "en"), BOM, "C2")
    assert again.strip() == "my own remark"


def test_an_empty_cell_in_an_empty_row_can_be_marked():
    """The row and the cell are made in their place."""
    from zuji.finding import Place
    from zuji.study import codes

    finding = codes.REQUIRED(Place("x.xlsx", 9, f"'{BOM}'!B9"), key="parent")
    sheet = openpyxl.load_workbook(io.BytesIO(marked(_own(), [finding], "en")))
    assert sheet[BOM]["B9"].comment.text.startswith(SIGN)
    assert sheet[BOM]["A2"].value == "part-1"
