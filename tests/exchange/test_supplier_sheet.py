"""A supplier is asked with one workbook; the answer is validated, kept byte by byte and linked."""

from __future__ import annotations

import hashlib
import io
import json

import openpyxl
import pytest

from zuji.exchange.supplier_sheet.form import ANSWER, INVENTORY, META_SHEET
from zuji.exchange.supplier_sheet.link import files_of, write_files
from zuji.exchange.supplier_sheet.receive import received
from zuji.exchange.supplier_sheet.request import asked, request_of
from zuji.finding import Severity
from zuji.study.model import ProviderKind
from zuji.study.new import write_skeleton
from zuji.study.open import open_study
from zuji.study.workbook.mark import marked

GOOD = {
    "company": "宝钢股份", "product": "DC01", "period_start": "2025-01-01", "period_end": "2025-12-31",
    "country": "CN", "gwp_set": "AR6",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    write_skeleton(tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def study(folder):
    return open_study(folder).study


def _answer(study, line="steel-sheet", inventory=(), units=None, **values):
    """The request with cells filled in, as bytes."""
    book = openpyxl.load_workbook(io.BytesIO(request_of(study, asked(study, line)[0])))
    page = book[ANSWER.name]
    for row in page.iter_rows(min_row=2):
        key = row[5].value
        if key in values:
            row[2].value = values[key]
        if units and key in units:
            row[3].value = units[key]
    for y, row in enumerate(inventory, 5):
        for x, cell in enumerate(row, 1):
            book[INVENTORY.name].cell(y, x).value = cell
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _codes(answer):
    return sorted(one.code for one in answer.findings if one.severity is not Severity.NOTE)


def test_the_request_says_what_why_and_how_in_both_languages(study):
    """Names the line, the product and the unit; two runs give the same bytes."""
    line = asked(study, "steel-sheet")[0]
    raw = request_of(study, line)
    assert raw == request_of(study, line)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    text = "\n".join(str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row if cell)
    for part in (
        "冷轧钢板",
        "Cold-rolled steel sheet",
        "为什么",
        "Why",
        "怎样使用您的回答",
        "How the answer is used",
        "kg",
    ):
        assert part in text
    assert book[META_SHEET].sheet_state == "hidden"


def test_a_line_is_named_by_item_or_by_its_whole_id(study):
    assert asked(study, "cell")[0].id == "module>cell"
    assert asked(study, "module>cell")[0].item == "cell"
    assert asked(study, "pack>assembly-work")[0].process == "pack"
    assert asked(study, "steel-shet") == (None, ("storage-100>steel-sheet",))


def test_a_total_becomes_a_footprint_that_the_study_reads(study, folder):
    """Level A: 2.2 kgCO2e per kg, with the supplier's own ratings and share of primary data."""
    raw = _answer(study, **GOOD, total=2.2, fossil=2.0, primary_share=60, dq_technology=2)
    answer = received(raw, "answer.xlsx", study)
    assert _codes(answer) == []
    write_files(folder, files_of(answer, raw, folder, ".xlsx"))
    opened = open_study(folder)
    footprint = opened.study.suppliers[answer.id]
    assert (footprint.total.number, footprint.fossil.number, footprint.unit) == ("2.2", "2", "kg")
    assert (footprint.primary_share, footprint.data_quality.technology, footprint.gwp_set) == (0.6, 2.0, "AR6")
    line = next(one for one in opened.study.bom if one.item == "steel-sheet")
    assert (line.provider.kind, line.provider.id) == (ProviderKind.SUPPLIER, answer.id)
    evidence = opened.study.evidence[f"supplier-{answer.sha256[:12]}"]
    assert evidence.sha256 == hashlib.sha256(raw).hexdigest()
    assert (folder / evidence.file).read_bytes() == raw
    assert [one.code for one in opened.findings if one.severity is Severity.ERROR] == []


def test_only_the_row_of_the_line_changes(study, folder):
    """Comments, other rows and other files stay; the table gains the column 'supplier'."""
    before = (folder / "bom.csv").read_text("utf-8").splitlines()
    raw = _answer(study, **GOOD, total=2.2)
    write_files(folder, files_of(received(raw, "a.xlsx", study), raw, folder, ".xlsx"))
    after = (folder / "bom.csv").read_text("utf-8").splitlines()
    assert len(before) == len(after)
    assert after[0] == before[0]
    assert [a for b, a in zip(before, after, strict=True) if "steel-sheet" not in b and not a.startswith(b)] == []


def test_stages_are_added_where_no_total_is_given(study):
    """Level B, in part: 1.5 + 0.7 kgCO2e, one of them typed in tonnes: 0.0007 tCO2e."""
    raw = _answer(study, **GOOD, stage_materials=1.5, stage_production=0.0007, units={"stage_production": "tCO2e"})
    answer = received(raw, "a.xlsx", study)
    assert json.loads(answer.footprint)["pcf"]["pcfExcludingBiogenicUptake"] == "2.2"


def test_stages_that_do_not_add_up_are_told(study):
    raw = _answer(study, **GOOD, total=5, stage_materials=1.5, stage_production=0.7)
    answer = received(raw, "a.xlsx", study)
    assert _codes(answer) == ["ZJ894"]
    assert answer.usable


def test_an_amount_in_tonnes_is_converted(study):
    """1800 kgCO2e per tonne of steel; PACT knows kilograms: per 1000 kg."""
    raw = _answer(study, **GOOD, total=1800, units={"amount": "t"})
    pcf = json.loads(received(raw, "a.xlsx", study).footprint)["pcf"]
    assert (pcf["declaredUnitOfMeasurement"], pcf["declaredUnitAmount"]) == ("kilogram", "1000")


def test_an_inventory_alone_is_kept_and_not_linked(study, folder):
    """Level C: a draft of a unit process, its rows unlinked; the study stays as it was."""
    rows = [("物料 material", "电解铜", 1.02, "kg"), ("能源 energy", "electricity", "0.85", "kWh")]
    raw = _answer(study, **GOOD, inventory=rows)
    answer = received(raw, "a.xlsx", study)
    assert _codes(answer) == ["ZJ896"]
    assert answer.footprint is None
    write_files(folder, files_of(answer, raw, folder, ".xlsx"))
    draft = folder / "evidence" / "suppliers" / f"{answer.id}.yaml"
    assert "电解铜" in draft.read_text("utf-8")
    assert open_study(folder).study.bom == study.bom


@pytest.mark.parametrize(
    ("values", "units", "code", "cell"),
    [
        ({"total": "2,3"}, None, "ZJ216", "value"),
        ({"total": 2.2, "country": "china"}, None, "ZJ212", "value"),
        ({"total": 2.2, "period_end": "2025-13-01"}, None, "ZJ207", "value"),
        ({"total": 2.2, "company": None}, None, "ZJ891", "value"),
        ({"total": 2.2}, {"amount": "item"}, "ZJ893", "unit"),
        ({"total": 2.2}, {"total": "kg"}, "ZJ221", "value"),
        ({"total": 2.2, "dq_time": 7}, None, "ZJ224", "value"),
        ({}, None, "ZJ892", "value"),
        ({"total": 2.2, "amount": 0}, None, "ZJ260", "value"),
    ],
)
def test_errors_come_back_in_their_cell(study, values, units, code, cell):
    """And nothing of the answer is used."""
    raw = _answer(study, **{**GOOD, **values}, units=units)
    answer = received(raw, "a.xlsx", study)
    loud = [one for one in answer.findings if one.severity is Severity.ERROR]
    assert code in [one.code for one in loud]
    assert not answer.usable
    assert loud[0].place.path.startswith("'请填写 Answer'!" + ("C" if cell == "value" else "D"))
    book = openpyxl.load_workbook(io.BytesIO(marked(raw, answer.findings, "zh")))
    assert book[ANSWER.name][loud[0].place.path.rpartition("!")[2]].comment is not None


def test_an_answer_to_another_study_or_no_answer_is_refused(study):
    """The hidden sheet says what was asked."""
    book = openpyxl.load_workbook(io.BytesIO(_answer(study, **GOOD, total=1)))
    book[META_SHEET]["B2"] = "another"
    stream = io.BytesIO()
    book.save(stream)
    assert "ZJ889" in _codes(received(stream.getvalue(), "a.xlsx", study))
    del book[META_SHEET]
    stream = io.BytesIO()
    book.save(stream)
    assert _codes(received(stream.getvalue(), "a.xlsx", study)) == ["ZJ888"]


def test_a_process_line_takes_from_the_footprint_too(study, folder):
    """The provider of an exchange in a YAML file is exchanged on its own line."""
    raw = _answer(study, "pack>steel-scrap", **GOOD, total=0.1)
    answer = received(raw, "a.xlsx", study)
    assert _codes(answer) == []
    write_files(folder, files_of(answer, raw, folder, ".xlsx"))
    pack = open_study(folder).study.processes["pack"]
    scrap = next(one for one in pack.exchanges if one.id == "steel-scrap")
    assert (scrap.provider.kind, scrap.provider.id) == (ProviderKind.SUPPLIER, answer.id)
