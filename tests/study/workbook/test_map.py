"""A foreign bill of materials: its columns are proposed with a reason, its levels become parents."""

from __future__ import annotations

import io
from fractions import Fraction

import pytest
import xlsxwriter

from zuji.study.workbook.map import ColumnMapping, flattened, level_of, proposed
from zuji.study.workbook.matrix import open_book

SAP = ["Explosion level", "Item number", "Component number", "Object description", "Comp. Qty (CUn)", "Un",
       "Component scrap in %", "Net weight", "Weight unit", "Plant"]  # fmt: skip
ROWS = [
    [".1", "0010", "MOD-1", "模组 280Ah", 10, "ST", "", 62000, "G", "1000"],
    ["..2", "0010", "CELL-1", "电芯", 52, "ST", 2, "", "", ""],
    ["...3", "0010", "4711", "LFP cathode powder", 1250, "G", 5, "", "", ""],
    ["..2", "0020", "PLATE", "End plate", "2,000", "ST", "", 1.2, "KG", ""],
    [".1", "0020", "CAB", "Cabinet", 165.5, "KG", 0, "", "", ""],
]


def _book(headers, rows, title="Bill of material explosion"):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet("Export")
        page.write(0, 0, title)
        page.write_row(2, 0, headers)
        for y, row in enumerate(rows, 3):
            page.write_row(y, 0, row)
    return open_book(stream.getvalue(), "bom.xlsx")


def _flat(headers, rows, product="cabinet", **meant):
    book = _book(headers, rows)
    foreign = proposed(book)
    mapping = ColumnMapping.of_form(foreign.mapping.as_form() | meant)
    return flattened(book, foreign, mapping, product)


def test_the_columns_of_an_sap_export_are_recognised():
    """The component, not the number of the position; with confidence and reason."""
    foreign = proposed(_book(SAP, ROWS))
    found = {one.field: one.column for one in foreign.proposals}
    assert found == {
        "level": "Explosion level", "item": "Component number", "name": "Object description",
        "amount": "Comp. Qty (CUn)", "unit": "Un", "scrap": "Component scrap in %", "mass": "Net weight",
        "mass_unit": "Weight unit",
    }  # fmt: skip
    assert all(0.3 <= one.confidence <= 1 and one.reason for one in foreign.proposals)
    assert foreign.unused == ("Item number", "Plant")


def test_levels_become_parents_and_scrap_on_top_becomes_a_share():
    """52 cells with 2 % on top are 53.04; 0.02 / 1.02 of them do not end up in the module."""
    rows = {row["item"]: row for row in _flat(SAP, ROWS).rows}
    assert {item: row["parent"] for item, row in rows.items()} == {
        "MOD-1": "cabinet", "CELL-1": "MOD-1", "4711": "CELL-1", "PLATE": "MOD-1", "CAB": "cabinet",
    }  # fmt: skip
    assert Fraction(rows["CELL-1"]["amount"]) == Fraction(52) * Fraction(102, 100)
    assert float(rows["CELL-1"]["scrap"]) == pytest.approx(0.02 / 1.02, rel=1e-14)
    assert (rows["4711"]["amount"], rows["4711"]["unit"]) == ("1312.5", "g")
    assert (rows["PLATE"]["amount"], rows["PLATE"]["mass"]) == ("2000", "1.2")
    assert rows["MOD-1"]["mass"] == "62000 g"
    assert rows["MOD-1"]["name_zh"] == "模组 280Ah"
    assert rows["CAB"]["source"] == "bom.xlsx Export!C8"


def test_totals_per_product_are_divided_by_the_total_of_the_parent():
    """10 modules and 520 cells in the product: 52 cells in each module."""
    headers = ["层级", "物料编码", "物料名称", "总用量", "单位"]
    rows = [[1, "M", "模组", 10, "个"], [2, "C", "电芯", 520, "个"], [3, "P", "正极", 650, "kg"]]
    flat = {row["item"]: row["amount"] for row in _flat(headers, rows).rows}
    assert flat == {"M": "10", "C": "52", "P": "1.25"}


def test_a_base_quantity_divides():
    """125 kg for 100 pieces are 1.25 kg for one."""
    headers = ["Level", "Component", "Quantity", "Unit", "Base quantity"]
    assert _flat(headers, [[1, "P", 125, "KG", 100]]).rows[0]["amount"] == "1.25"


def test_a_row_of_level_zero_is_the_product():
    headers = ["Level", "Component", "Quantity", "Unit"]
    rows = [[0, "TOP", 1, "PC"], [1, "A", 2, "PC"]]
    assert [(one["item"], one["parent"]) for one in _flat(headers, rows, product="").rows] == [("A", "TOP")]


def test_parents_may_stand_in_a_column():
    headers = ["父项编码", "子项编码", "物料名称", "用量", "单位"]
    rows = [["TOP", "A", "壳体", 2, "件"], ["A", "B", "铝板", 1.5, "kg"]]
    assert [(one["item"], one["parent"]) for one in _flat(headers, rows).rows] == [("A", "TOP"), ("B", "A")]


@pytest.mark.parametrize(
    ("rows", "product", "code", "cell"),
    [
        ([[1, "A", 1, "KG"], ["x", "B", 1, "KG"]], "p", "ZJ881", "Export!A5"),
        ([[1, "A", 1, "KG"], [3, "B", 1, "KG"]], "p", "ZJ882", "Export!A5"),
        ([[1, "A", 1, "KG"]], "", "ZJ883", "Export!A4"),
        ([[1, "A", 1, "foo"]], "p", "ZJ885", "Export!D4"),
        ([[1, "A", 1, "KG"], [1, "A", 2, "KG"]], "p", "ZJ886", "Export!C5"),
        ([[1, "A", "1,5", "KG"]], "p", "ZJ216", "Export!C4"),
        ([[1, "A", 1, "KG"], [1, "B", "", "KG"]], "p", "ZJ203", "Export!C5"),
    ],
)
def test_what_cannot_be_flattened_is_reported_in_its_cell(rows, product, code, cell):
    found = _flat(["Level", "Component", "Quantity", "Unit"], rows, product).findings
    assert [(one.code, one.place.path) for one in found] == [(code, cell)]


def test_amounts_of_one_item_under_one_parent_are_added():
    rows = [[1, "A", 1, "KG"], [1, "A", 2, "KG"]]
    assert [one["amount"] for one in _flat(["Level", "Component", "Quantity", "Unit"], rows).rows] == ["3"]


def test_a_mapping_of_another_export_is_refused():
    """A column that is gone is never replaced by another one silently."""
    book = _book(["Level", "Component", "Quantity", "Unit"], [[1, "A", 1, "KG"]])
    mapping = ColumnMapping({"level": "Level", "item": "Material", "amount": "Quantity"})
    flat = flattened(book, proposed(book), mapping, "p")
    assert [one.code for one in flat.findings] == ["ZJ880"]
    assert flat.rows == []


def test_a_mapping_is_its_file_and_back():
    mapping = ColumnMapping({"item": "Component", "amount": "Qty"}, "total", "share", "Export")
    assert ColumnMapping.of_form(mapping.as_form()) == mapping


def test_a_sheet_without_items_and_amounts_is_no_bill_of_materials():
    assert proposed(_book(["Monday", "Tuesday"], [["a", "b"]])) is None


@pytest.mark.parametrize(
    ("cell", "level"), [(2.0, 2), ("..2", 2), ("+3", 3), ("1.1.3", 3), ("01", 1), ("a", None), (1.5, None)]
)
def test_levels_as_systems_write_them(cell, level):
    assert level_of(cell) == level
