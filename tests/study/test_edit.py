"""Another dataset in the text of a file: only that field changes, comments, order, quotes and line ends stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.reading import parse_csv
from zuji.study.edit import NoPlaceError, bom_with, process_with

BOM = '# note, with comma\nitem,parent,dataset,"note",unit\r\na,p,,"x, ""y""",kg\n\nb,p,old,"two\nlines",kg\nc,p,,,kg\n'


def test_one_field_of_a_table() -> None:
    """The empty field of line 3 is filled; that of line 5, whose note has two lines, is replaced."""
    assert bom_with(BOM, 3, {"dataset": "new"}) == BOM.replace("a,p,,", "a,p,new,")
    assert bom_with(BOM, 5, {"dataset": "new,1"}) == BOM.replace("b,p,old,", 'b,p,"new,1",')
    assert bom_with(BOM, 7, {"dataset": "n", "supplier": ""}) == BOM.replace("c,p,,,", "c,p,n,,")


def test_a_column_that_lacks_is_added_at_the_end() -> None:
    """Every row gets the field, comments and empty lines do not."""
    changed = bom_with(BOM, 7, {"dataset": "n", "dq_technology": "4"})
    assert changed.splitlines()[0] == BOM.splitlines()[0]
    table = parse_csv(changed, "")
    assert table.columns[-1] == "dq_technology"
    assert [row.get("dq_technology") for row in table.rows] == ["", "", "4"]
    assert table.findings == ()


def test_chinese_headers_and_semicolons() -> None:
    """The column is found under its Chinese name, and the table's own separator is kept."""
    text = "\ufeff物料;上级;数据集;单位\nx;p;;kg\n"
    assert bom_with(text, 2, {"dataset": "d"}) == text.replace("x;p;;", "x;p;d;")


@pytest.mark.parametrize("line", [0, 1, 2, 4, 6, 99])
def test_a_line_that_is_no_row_is_refused(line: int) -> None:
    """Comments, the header, an empty line, the middle of a row and lines beyond the end hold no field."""
    with pytest.raises(NoPlaceError):
        bom_with(BOM, line, {"dataset": "d"})


cell = st.text(st.sampled_from('ab,"\n #铝;'), max_size=6)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=4), st.data())
def test_any_table_keeps_everything_else(rows: list[tuple[str, str]], data: st.DataObject) -> None:
    """For any quoted cells, reading after the change gives the same rows but for the one field."""
    quoted = ["item,dataset,note", *(f'i{i},"{a}","{b}"' for i, (a, b) in enumerate(
        (x.replace('"', '""'), y.replace('"', '""')) for x, y in rows))]  # fmt: skip
    text = "\n".join(quoted) + "\n"
    before = parse_csv(text, "")
    row = data.draw(st.sampled_from(before.rows))
    after = parse_csv(bom_with(text, row.place.line, {"dataset": "d:1"}), "")
    for old, new in zip(before.rows, after.rows, strict=True):
        changed = {**old.values, "dataset": "d:1"} if old is row else dict(old.values)
        assert dict(new.values) == changed


PROCESS = """\
# head
id: p   # own
exchanges:
  - id: a
    # a comment
    role: material
    amount: {value: 1, unit: kg}   # amount
  - {id: b, supplier: s-1, amount: {value: 2, unit: kg, data_quality: {time: 2}}}
  - id: c
    dataset: "old"      # why
    supplier: s
    amount: {value: 3, unit: kg}
# end
"""


def test_exchanges_in_block_and_flow_style() -> None:
    """A key is put before the amount, replaced where it stands, or taken away; comments stay."""
    assert process_with(PROCESS, 0, {"dataset": "flow:x"}) == PROCESS.replace(
        "    amount: {value: 1", "    dataset: flow:x\n    amount: {value: 1"
    )
    assert process_with(PROCESS, 1, {"dataset": "d", "supplier": ""}) == PROCESS.replace(
        "{id: b, supplier: s-1, amount", "{id: b, dataset: d, amount"
    )
    assert process_with(PROCESS, 2, {"dataset": "d", "supplier": ""}) == PROCESS.replace(
        '"old"      # why\n    supplier: s\n', "d      # why\n"
    )


def test_a_rating_goes_to_the_amount() -> None:
    """The technology rating is added to the amount, beside ratings that are there."""
    assert "amount: {value: 1, unit: kg, data_quality: {technology: 4}}   # amount" in process_with(
        PROCESS, 0, {"dataset": "d"}, "4"
    )
    assert "data_quality: {time: 2, technology: 4}" in process_with(PROCESS, 1, {"dataset": "d"}, "4")


@pytest.mark.parametrize("value", ["1e5", "true", "a b", "x: y", "#c", "{a}", '"q"', "null", "铝箔", "sha-1_2.3"])
def test_any_id_is_read_back(value: str) -> None:
    """Ids that YAML would take for something else are quoted."""
    from zuji.reading import parse_yaml

    assert parse_yaml(process_with(PROCESS, 0, {"dataset": value}), "").data["exchanges"][0]["dataset"] == value


def test_a_position_that_is_none_is_refused() -> None:
    """Nothing is written beside the exchange that was meant."""
    with pytest.raises(NoPlaceError):
        process_with(PROCESS, 3, {"dataset": "d"})
    with pytest.raises(NoPlaceError):
        process_with("id: p\nexchanges: 5\n", 0, {"dataset": "d"})
