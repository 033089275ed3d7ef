"""What people do to a workbook is handled or reported, each finding with its sheet and cell."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji.errors import UnreadableError
from zuji.study.workbook.layout import SHEETS
from zuji.study.workbook.read import imported

STEEL = "steel-sheet"


def _line(book, item=STEEL):
    return next(one for one in book.read().opened.study.bom if one.item == item)


def test_a_fresh_workbook_has_no_findings(book):
    """Nothing is reported where nothing is wrong."""
    assert book.loud() == []


@pytest.mark.parametrize("typed", ["165", "１６５", " 165 ", "165 kg", "165 公斤"])
def test_numbers_as_text_are_read(book, typed):
    """Text cells, full-width digits, blanks and a unit behind the number that agrees with the unit column."""
    book.put("bom", "amount", book.row("bom", "item", STEEL), typed)
    assert book.loud() == []
    assert _line(book).amount.value == 165


def test_thousands_separators_are_taken_out(book):
    """1,165.5 has one reading only."""
    book.put("bom", "amount", book.row("bom", "item", STEEL), "1,165.5")
    assert _line(book).amount.number == "1165.5"


@pytest.mark.parametrize(
    ("typed", "code"), [("1,5", "ZJ216"), ("3 吨", "ZJ220"), ("about 3", "ZJ215"), ("1.165,5", "ZJ216")]
)
def test_doubtful_numbers_are_refused_in_their_cell(book, typed, code):
    """A decimal comma, a unit against the unit column, words."""
    where = book.put("bom", "amount", book.row("bom", "item", STEEL), typed)
    assert book.only(code).place.path == where


def test_a_unit_in_the_value_cell_holds_where_the_unit_column_is_empty(book):
    """3 吨 is 3 t."""
    row = book.row("bom", "item", STEEL)
    book.put("bom", "amount", row, "3 吨")
    book.put("bom", "unit", row, None)
    amount = _line(book).amount
    assert amount.exact * amount.unit.factor == 3000


def test_an_unknown_unit_is_reported_with_the_nearest(book):
    where = book.put("bom", "unit", book.row("bom", "item", STEEL), "kgg")
    finding = book.only("ZJ218")
    assert finding.place.path == where
    assert "kg" in finding.what("en")


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#VALUE!", "#N/A"])
def test_an_error_in_a_cell_is_told_once(book, error):
    """And not a second time as a text that is no number."""
    where = book.put("bom", "amount", book.row("bom", "item", STEEL), error)
    book.sheet("bom")[where.rpartition("!")[2]].data_type = "e"
    finding = book.only("ZJ857")
    assert finding.place.path == where
    assert error in finding.what("en")


def test_a_formula_without_a_stored_result_is_reported(book):
    """openpyxl writes formulas without results, as many programs do."""
    where = book.put("bom", "amount", book.row("bom", "item", STEEL), "=100+65")
    finding = book.only("ZJ858")
    assert finding.place.path == where
    assert "=100+65" in finding.what("en")


def test_a_formula_with_its_stored_result_is_read(skeleton_raw):
    """The cached value counts: 160 + 5 = 165."""
    changed = _with_part(skeleton_raw, lambda text: text.replace("<v>165</v>", "<f>160+5</f><v>165</v>"))
    found = imported(changed, "x.xlsx").opened
    assert next(one for one in found.study.bom if one.item == STEEL).amount.number == "165"
    assert changed != skeleton_raw


def _with_part(raw, change, name=""):
    source = zipfile.ZipFile(io.BytesIO(raw))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for one in source.namelist():
            part = source.read(one)
            if one.startswith("xl/worksheets/sheet") and (not name or one == name):
                part = change(part.decode()).encode()
            target.writestr(one, part)
    return out.getvalue()


def test_columns_may_be_moved_and_own_columns_added(book):
    """A column in front and one between: every value still stands under its header; the own one is noted."""
    before = book.read().opened.study
    book.sheet("bom").insert_cols(1)
    book.sheet("bom")["A1"] = "内部备注"
    again = book.read().opened
    assert [one.code for one in again.findings] == ["ZJ854"]
    assert again.study.document == before.document
    assert again.study.bom[0].amount.place.path == "'物料清单 BOM'!G2"


def test_the_header_may_stand_lower(book):
    """A title above it is skipped."""
    before = book.read().opened.study
    book.sheet("bom").insert_rows(1, 2)
    book.sheet("bom")["A1"] = "示例电池有限公司 BOM 2025"
    assert book.read().opened.study.document == before.document


@pytest.mark.parametrize("header", ["用量", "amount", "Amount", "数量 / Amount", "数量（kg）", "Amount (kg)"])
def test_a_header_in_one_language_or_with_a_remark_is_known(book, header):
    before = book.read().opened.study
    book.sheet("bom")[book.cell("bom", "amount", 1)] = header
    assert book.loud() == []
    assert book.read().opened.study.document == before.document


def test_a_wrong_header_names_the_column_that_is_missing(book):
    """With the unknown header as the nearest candidate."""
    book.sheet("bom")[book.cell("bom", "amount", 1)] = "数里 Amuont"
    finding = book.one("ZJ856")
    assert finding.place.path.startswith("'物料清单 BOM'!")
    assert "数量 Amount" in finding.what("en")
    assert "Amuont" in finding.what("en")


def test_a_header_that_stands_twice_is_an_error(book):
    book.sheet("bom")["AD1"] = "Amount"
    assert book.one("ZJ855").place.path == "'物料清单 BOM'!AD1"


def test_a_renamed_sheet_is_known_by_its_headers(book):
    before = book.read().opened.study
    book.sheet("bom").title = "BOM 2025 final"
    again = book.read().opened
    assert [one.code for one in again.findings if one.code.startswith("ZJ85")] == ["ZJ852"]
    assert again.study.document == before.document


def test_another_sheet_is_noted_and_left(book):
    book.changed.create_sheet("Calculations")["A1"] = "own"
    assert book.one("ZJ851").place.path == "Calculations!A1"


def test_without_the_product_sheet_there_is_no_study(book):
    del book.changed["产品 Product"]
    assert book.read().opened.study is None
    assert book.one("ZJ850")


def test_texts_of_merged_cells_hold_for_every_row(book):
    """A parent merged over its parts."""
    before = book.read().opened.study
    first, last = book.row("bom", "item", "module"), book.row("bom", "item", "bms")
    letter = book.cell("bom", "parent", 1)[:-1]
    book.sheet("bom").merge_cells(f"{letter}{first}:{letter}{last}")
    again = book.read().opened
    assert [one.code for one in again.findings] == ["ZJ860"]
    assert again.study.document == before.document


def test_merged_numbers_are_refused(book):
    """Nobody knows whether each row or all together have the amount."""
    letter, row = book.cell("bom", "amount", 1)[:-1], book.row("bom", "item", STEEL)
    book.sheet("bom").merge_cells(f"{letter}{row}:{letter}{row + 1}")
    assert f"{letter}{row}:{letter}{row + 1}" in book.one("ZJ859").what("en")


def test_a_date_that_lost_its_format_is_read(book):
    """45658 is 2025-01-01 in the day count of spreadsheets (45658 days after 1899-12-30)."""
    before = book.read().opened.study
    book.put("electricity", "start", 2, 45658)
    book.sheet("electricity")[book.cell("electricity", "start", 2)].number_format = "General"
    again = book.read().opened
    assert [one.code for one in again.findings] == ["ZJ863"]
    assert again.study.document == before.document


@pytest.mark.parametrize("typed", ["2025-01-01", "2025/1/1", "2025年1月1日", "２０２５-01-01", datetime(2025, 1, 1)])
def test_dates_as_people_write_them(book, typed):
    before = book.read().opened.study
    book.put("electricity", "start", 2, typed)
    assert book.read().opened.study.document == before.document


def test_a_number_that_became_a_date_is_refused(book):
    """3-5 typed into a cell is the third of May for a spreadsheet."""
    row = book.row("bom", "item", STEEL)
    where = book.put("bom", "amount", row, date(2025, 5, 3))
    book.sheet("bom")[book.cell("bom", "amount", row)].number_format = "yyyy-mm-dd"
    assert book.only("ZJ861").place.path == where


def test_an_id_that_became_a_date_is_told(book):
    row = book.row("bom", "item", STEEL)
    book.put("bom", "material", row, date(2025, 5, 3))
    book.sheet("bom")[book.cell("bom", "material", row)].number_format = "yyyy-mm-dd"
    assert book.one("ZJ862").place.path.endswith(book.cell("bom", "material", row))


def test_a_numeric_id_keeps_its_digits(book):
    """100234 is not 100234.0; beyond 15 digits the spreadsheet has lost some."""
    row = book.row("bom", "item", STEEL)
    book.put("bom", "item", row, 100234)
    assert any(one.item == "100234" for one in book.read().opened.study.bom)
    where = book.put("bom", "item", row, 1234567890123456789)
    assert book.one("ZJ864").place.path == where


def test_percent_format_beside_the_unit_percent_is_refused(book):
    """5 % in the cell is 0.05 in the file: with the unit % it would be 0.0005."""
    row = book.row("bom", "item", STEEL)
    where = book.put("bom", "scrap", row, 0.05)
    book.sheet("bom")[book.cell("bom", "scrap", row)].number_format = "0%"
    book.put("bom", "scrap_unit", row, "%")
    finding = book.one("ZJ868")
    assert finding.place.path == where
    assert "5%" in finding.what("en")


def test_rows_that_start_with_a_hash_are_not_read(book):
    before = len(book.read().opened.study.bom)
    book.put("bom", "item", book.row("bom", "item", STEEL), f"# {STEEL}")
    assert len(book.read().opened.study.bom) == before - 1


def test_hidden_rows_are_read_and_told(book):
    book.sheet("bom").row_dimensions[3].hidden = True
    assert "1 hidden" in book.one("ZJ872").what("en")


def test_a_row_of_an_unknown_process_is_an_error_with_the_nearest(book):
    where = book.put("exchanges", "process", 2, "assembli")
    finding = book.one("ZJ865")
    assert finding.place.path == where
    assert "assembly" in finding.what("en")


def test_an_unknown_property_is_an_error(book):
    where = book.put("data", "property", 2, "recycling_rat")
    finding = book.one("ZJ866")
    assert finding.place.path == where
    assert "recycling_rate" in finding.what("en")


def test_a_missing_value_is_told_in_its_own_cell(book):
    """Also in the product sheet, where the field's row names it."""
    where = book.put("bom", "amount", book.row("bom", "item", STEEL), None)
    assert book.only("ZJ203").place.path == where
    row = book.row("product", "key", "product.mass")
    book.put("product", "value", row, None)
    assert f"'产品 Product'!C{row}" in {one.place.path for one in book.loud()}


def test_an_unknown_field_of_the_product_sheet_is_told(book):
    book.put("product", "key", book.row("product", "key", "product.model"), "product.modell")
    assert "product.model" in book.one("ZJ869").what("en")


def test_a_word_outside_the_list_names_the_cell(book):
    where = book.put("bom", "component_group", book.row("bom", "item", STEEL), "阴级")
    assert book.only("ZJ206").place.path == where


def test_checks_of_the_whole_study_name_the_cell_too(book):
    """Two rows of one item under one parent: both places are cells."""
    book.put("bom", "item", book.row("bom", "item", "cable"), STEEL)
    finding = next(one for one in book.loud() if one.code == "ZJ208")
    assert finding.place.path.startswith("'物料清单 BOM'!")
    assert "'物料清单 BOM'!" in finding.what("en")


def test_another_template_version_is_told(book):
    book.changed["_zuji"]["B1"] = "99"
    assert "99" in book.one("ZJ867").what("en")


@pytest.mark.parametrize(
    "raw",
    [b"", b"PK\x03\x04", b"hello", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"<xml/>"],
    ids=["empty", "cut", "text", "xls", "xml"],
)
def test_a_file_that_is_no_workbook_is_refused(raw):
    with pytest.raises(UnreadableError):
        imported(raw, "x.xlsx")


def test_entities_are_refused(skeleton_raw):
    """A document type in a part is never expanded."""
    bomb = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    source = zipfile.ZipFile(io.BytesIO(skeleton_raw))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for one in source.namelist():
            part = source.read(one)
            if one == "xl/workbook.xml":
                part = part.replace(b"<workbook", bomb.encode() + b"<workbook", 1)
            target.writestr(one, part)
    with pytest.raises(UnreadableError):
        imported(out.getvalue(), "x.xlsx")


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_cell_may_hold_anything(skeleton_raw, data):
    """Whatever stands in a few cells, the workbook gives findings or a study and never a traceback."""
    import openpyxl

    changed = openpyxl.load_workbook(io.BytesIO(skeleton_raw))
    for _ in range(3):
        sheet = changed[data.draw(st.sampled_from([one.name for one in SHEETS]))]
        cell = sheet.cell(data.draw(st.integers(1, 9)), data.draw(st.integers(1, 14)))
        value = data.draw(st.one_of(
            st.sampled_from(["", "#REF!", "=1/0", "nan", "1e999", "3 吨", "１２", "2025-13-45", "{}", "life-cycle"]),
            st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20), st.floats(allow_nan=False,
            allow_infinity=False), st.booleans(), st.dates(date(1950, 1, 1)), st.integers(-(10**20), 10**20),
        ))  # fmt: skip
        cell.value = value
    stream = io.BytesIO()
    changed.save(stream)
    for finding in imported(stream.getvalue(), "x.xlsx").opened.findings:
        assert finding.what("zh")
        assert finding.mend("en")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_is_refused_or_read(skeleton_raw, at, noise):
    """Bytes overwritten anywhere: UnreadableError or findings."""
    at %= len(skeleton_raw)
    damaged = skeleton_raw[:at] + noise + skeleton_raw[at + len(noise) :]
    with contextlib.suppress(UnreadableError):
        assert all(one.what("en") for one in imported(damaged, "x.xlsx").opened.findings)
