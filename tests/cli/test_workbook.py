"""The commands that write and read workbooks, with their exit codes."""

from __future__ import annotations

import json

import openpyxl
import pytest
import xlsxwriter

from zuji.cli import app as cli
from zuji.study.open import open_study


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZUJI_LANG", "en")
    return tmp_path


@pytest.fixture
def written(here):
    """The skeleton study in the folder `s` and in `s.xlsx`."""
    assert cli.run(["new", "s"]) == 0
    assert cli.run(["workbook", "s", "-o", "s.xlsx"]) == 0
    return here


def test_out_and_back_says_that_the_study_is_the_same(written, capsys):
    """The folder has the digest of the first one."""
    assert cli.run(["import", "s.xlsx", "-o", "again"]) == 0
    assert "read back and compared" in capsys.readouterr().out
    assert open_study(written / "again").study.digest == open_study(written / "s").study.digest
    assert sorted(path.name for path in written.iterdir()) == ["again", "s", "s.xlsx"]


def test_nothing_is_replaced_unasked(written):
    assert cli.run(["workbook", "s", "-o", "s.xlsx"]) == 2
    assert cli.run(["workbook", "s", "-o", "s.xlsx", "--force"]) == 0
    assert cli.run(["import", "s.xlsx", "-o", "s"]) == 2


def test_errors_come_back_in_a_marked_copy_and_nothing_is_written(written, capsys):
    book = openpyxl.load_workbook("s.xlsx")
    book["物料清单 BOM"]["G3"] = "kgg"
    book.save("s.xlsx")
    before = (written / "s.xlsx").read_bytes()
    assert cli.run(["import", "s.xlsx", "-o", "again"]) == 1
    assert not (written / "again").exists()
    assert (written / "s.xlsx").read_bytes() == before
    marked = openpyxl.load_workbook("s-checked.xlsx")
    assert "ZJ218" in marked["物料清单 BOM"]["G3"].comment.text
    assert "'物料清单 BOM'!G3" in capsys.readouterr().err


def test_what_a_rulebook_finds_is_marked_too(written):
    """A dataset that does not exist is found when the study is linked."""
    book = openpyxl.load_workbook("s.xlsx")
    book["物料清单 BOM"]["H3"] = "no-such-dataset"
    book.save("s.xlsx")
    assert cli.run(["import", "s.xlsx", "-o", "again", "-r", "iso-14067"]) == 1
    marked = openpyxl.load_workbook("s-checked.xlsx")
    assert "ZJ401" in marked["物料清单 BOM"]["A3"].comment.text


def test_findings_as_json_name_the_cell(written, capsys):
    book = openpyxl.load_workbook("s.xlsx")
    book["物料清单 BOM"]["G3"] = "kgg"
    book.save("s.xlsx")
    capsys.readouterr()
    assert cli.run(["import", "s.xlsx", "-o", "again", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found[0]["place"] == {"file": "s.xlsx", "line": 3, "path": "'物料清单 BOM'!G3", "column": "单位 Unit"}


def test_a_workbook_is_a_study_for_every_command(written, capsys):
    assert cli.run(["calc", "s.xlsx", "-r", "iso-14067"]) == 0
    from_workbook = capsys.readouterr().out
    assert cli.run(["calc", "s", "-r", "iso-14067"]) == 0
    totals = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Total")]
    assert all(line in from_workbook for line in totals)


@pytest.mark.parametrize("chemistry", ["lfp", "nmc", "sodium-ion"])
def test_a_template_asks_for_what_it_lacks_and_nothing_else(here, chemistry):
    """Its example rows are not read; its findings are empty cells of the product sheet."""
    from zuji.study.workbook.read import read_workbook

    assert cli.run(["workbook", "--template", chemistry, "-o", "t.xlsx"]) == 0
    found = read_workbook(here / "t.xlsx")
    assert found.opened.study is None
    assert {one.code for one in found.opened.findings} == {"ZJ203", "ZJ213"}
    assert all(one.place.path.startswith("'产品 Product'!") for one in found.opened.findings)
    page = openpyxl.load_workbook(here / "t.xlsx")["物料清单 BOM"]
    assert page.freeze_panes == "C2"
    assert page.protection.sheet
    assert page["A1"].protection.locked
    assert not page["A9"].protection.locked
    assert any("zuji_datasets" in (one.formula1 or "") for one in page.data_validations.dataValidation)
    assert str(page["A2"].value).startswith("# ")


def test_a_foreign_bill_of_materials_is_mapped_remembered_and_flattened(here, capsys):
    with xlsxwriter.Workbook("bom.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Level", "Component", "Description", "Qty", "Unit"])
        page.write_row(1, 0, [1, "MOD", "Module", 10, "PC"])
        page.write_row(2, 0, [2, "CELL", "Cell", 52, "PC"])
    assert cli.run(["import", "bom.xlsx", "--map", "--product", "cabinet", "-o", "bom.csv"]) == 0
    assert "100%" in capsys.readouterr().out
    assert (here / "bom.csv").read_text("utf-8").splitlines()[2].startswith("CELL,MOD,")
    kept = here / "bom.mapping.yaml"
    kept.write_text(kept.read_text("utf-8").replace("per_parent", "total"), encoding="utf-8")
    assert cli.run(["import", "bom.xlsx", "--map", "--product", "cabinet", "-o", "second.csv"]) == 0
    assert ",5.2," in (here / "second.csv").read_text("utf-8").splitlines()[2]
    assert "mapping file" in capsys.readouterr().out


def test_a_supplier_is_asked_and_its_answer_linked(written, capsys):
    assert cli.run(["supplier", "request", "s", "--line", "steel-sheet", "-o", "ask.xlsx"]) == 0
    assert cli.run(["supplier", "receive", "ask.xlsx", "--study", "s"]) == 1
    assert (written / "ask-checked.xlsx").exists()
    book = openpyxl.load_workbook("ask.xlsx")
    answers = {"company": "Steel Co", "product": "DC01", "total": 2.2, "period_start": "2025-01-01",
               "period_end": "2025-12-31", "country": "CN", "gwp_set": "AR6"}  # fmt: skip
    for row in book["请填写 Answer"].iter_rows(min_row=2):
        if row[5].value in answers:
            row[2].value = answers[row[5].value]
    book.save("answer.xlsx")
    assert cli.run(["supplier", "receive", "answer.xlsx", "--study", "s"]) == 0
    assert "takes from supplier-Steel-Co-steel-sheet" in capsys.readouterr().out
    assert cli.run(["calc", "s", "-r", "iso-14067"]) == 0
    assert cli.run(["supplier", "request", "s", "--line", "nothing"]) == 2


@pytest.mark.parametrize(
    "arguments", [["workbook"], ["workbook", "s", "--template", "lfp"], ["workbook", "--template", "x"]]
)
def test_wrong_usage(here, arguments):
    assert cli.run(arguments) == 2


def test_a_file_that_is_no_workbook(here):
    (here / "x.xlsx").write_bytes(b"hello")
    assert cli.run(["import", "x.xlsx", "-o", "y"]) == 3
    assert cli.run(["check", "x.xlsx"]) == 3
