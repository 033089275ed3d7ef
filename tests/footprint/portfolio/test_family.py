"""A table of variants: figures by hand, every bad row with its line, and no influence of blocks, files or threads."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zuji import examples
from zuji.errors import UnreadableError, ZujiError
from zuji.footprint.calculate import calculate
from zuji.footprint.portfolio import family as families
from zuji.footprint.portfolio import writing
from zuji.footprint.portfolio.family import Family, family
from zuji.footprint.portfolio.samples import samples_of
from zuji.footprint.portfolio.scores import ScoreTable, table_of
from zuji.rulebooks.book import open_book
from zuji.study.open import open_study

from .conftest import DAY, written


def _values(found: Family) -> dict[str, float]:
    return dict(zip(found.variants, found.values[:, 0].tolist(), strict=True))


def _said(found: Family) -> list[tuple[str, str]]:
    return [(finding.code, f"{finding.place.file}:{finding.place.line}") for finding in found.findings]


def test_values_by_hand(tmp_path: Path, table: ScoreTable) -> None:
    """a: 2 kg steel = 4; b: 1 part (1 + 3·2 = 7) + 2 MWh at 0.5 kg/kWh (1000) = 1007; units convert."""
    path = written(tmp_path, "v.csv", "variant,line,amount,unit\na,steel,2,\nb,part,1,kg\nb,power,2,MWh\n")
    found = family(path, table)
    assert _values(found) == {"a": 4.0, "b": 1007.0}
    assert (found.findings, found.lines, found.complete.all()) == ((), 3, True)


def test_items_in_levels(tmp_path: Path, table: ScoreTable) -> None:
    """A pack of 4 modules of 10 cells of 2 kg steel and 1 kWh: 4·10·(4 + 0.5) = 180; the order of rows is free."""
    items = written(tmp_path, "i.csv", "item,line,amount\nmodule,cell,10\ncell,steel,2\ncell,power,1\n")
    found = family(written(tmp_path, "v.csv", "variant,line,amount\npack,module,4\n"), table, items=items)
    assert _values(found) == {"pack": 180.0}


def test_a_gap_shows(tmp_path: Path, table: ScoreTable) -> None:
    """What has no factor counts as zero and is not complete, also through an item."""
    items = written(tmp_path, "i.csv", "item,line,amount\nholed,gap,1\n")
    path = written(tmp_path, "v.csv", "variant,line,amount\na,gap,1\nb,holed,1\nc,steel,1\nc,gap,0\n")
    assert family(path, table, items=items).complete[:, 0].tolist() == [False, False, True]


BAD = """# a comment
variant,line,amount,unit
a,steel,1,

b,stel,1,
c,steel,one,
d,steel,1,kWh
e,steel
e,steel,1,
f,steel,1,
,steel,1,
g,,1,
f,steel,1,
h,steel,inf,
i,steel,1,kg
# a comment,with,as many,commas
"""


def test_every_bad_row_has_its_line_and_its_variant_no_result(tmp_path: Path, table: ScoreTable) -> None:
    """Nothing is lost: eight problems with file and line; only a and i, whose rows are all good, have a figure."""
    found = family(written(tmp_path, "v.csv", BAD), table)
    assert sorted(_said(found), key=lambda pair: int(pair[1].partition(":")[2])) == [
        ("ZJ953", "v.csv:5"), ("ZJ952", "v.csv:6"), ("ZJ954", "v.csv:7"), ("ZJ951", "v.csv:8"), ("ZJ956", "v.csv:11"),
        ("ZJ956", "v.csv:12"), ("ZJ955", "v.csv:13"), ("ZJ952", "v.csv:14"),
    ]  # fmt: skip
    assert {name for name, value in _values(found).items() if not np.isnan(value)} == {"a", "i"}
    assert next(f for f in found.findings if f.code == "ZJ953").params == (
        ("line", "stel"), ("near", "steel"), ("owner", "b"),
    )  # fmt: skip


@pytest.mark.parametrize("size", [16, 64, 300])
def test_lines_stay_right_in_small_blocks(tmp_path: Path, table: ScoreTable, size: int) -> None:
    """The same findings and figures, whatever is read at once (the header must fit)."""
    path = written(tmp_path, "v.csv", BAD)
    whole, parts = family(path, table), family(path, table, block=max(size, 48))
    assert _said(whole) == _said(parts)
    assert writing.json(whole) == writing.json(parts)


def test_a_lost_row_of_an_item_reaches_everything_above(tmp_path: Path, table: ScoreTable) -> None:
    """A cell with an unknown line: no module, no pack; another item stands."""
    items = written(tmp_path, "i.csv", "item,line,amount\ncell,stel,2\nmodule,cell,1\nbox,steel,1\n")
    path = written(tmp_path, "v.csv", "variant,line,amount\na,module,1\nb,box,1\n")
    found = family(path, table, items=items)
    assert _said(found) == [("ZJ953", "i.csv:2")]
    assert found.usable.tolist() == [False, True]


def test_items_in_a_loop_stop_the_family(tmp_path: Path, table: ScoreTable) -> None:
    """The items of the loop are named."""
    items = written(tmp_path, "i.csv", "item,line,amount\nx,y,1\ny,x,1\n")
    found = family(written(tmp_path, "v.csv", "variant,line,amount\na,x,1\n"), table, items=items)
    assert [(f.code, dict(f.params)["items"]) for f in found.findings] == [("ZJ957", "x, y")]
    assert found.variants == ()


def test_unusable_tables(tmp_path: Path, table: ScoreTable) -> None:
    """A missing column, no rows, no file, no table."""
    assert _said(family(written(tmp_path, "a.csv", "variant,line\na,b\n"), table)) == [("ZJ950", "a.csv:1")]
    assert _said(family(written(tmp_path, "b.csv", "variant,line,amount\n"), table)) == [("ZJ965", "b.csv:0")]
    with pytest.raises(UnreadableError):
        family(tmp_path / "none.csv", table)
    with pytest.raises(UnreadableError):
        family(written(tmp_path, "c.parquet", "variant,line,amount\n"), table)


def test_many_problems_are_counted(tmp_path: Path, table: ScoreTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the limit the rest is one finding with its number."""
    monkeypatch.setattr(families, "LISTED", 3)
    rows = "".join(f"v{i},nothing-{i},1\n" for i in range(10))
    found = family(written(tmp_path, "v.csv", "variant,line,amount\n" + rows), table)
    assert [f.code for f in found.findings].count("ZJ953") == 3
    assert dict(next(f for f in found.findings if f.code == "ZJ964").params)["count"] == "7"


def _random(count: int, seed: int = 1) -> str:
    draw = random.Random(seed)
    rows = [
        f"v{i},{draw.choice(('steel', 'power', 'part'))},{draw.random():.6f}"
        for i in range(count)
        for _ in range(draw.randrange(1, 6))
    ]
    return "variant,line,amount\n" + "\n".join(rows) + "\n"


def test_blocks_formats_and_threads_give_the_same_bytes(
    tmp_path: Path, table: ScoreTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CSV in blocks of any size, Parquet, Arrow, GB18030, semicolons, threads: one result."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    text = _random(300)
    path = written(tmp_path, "v.csv", text)
    samples = samples_of(table, 50, seed=3, cache=tmp_path)
    expected = writing.csv_text(family(path, table, samples=samples, than="v7"))
    for block in (64, 1000, None):
        assert writing.csv_text(family(path, table, samples=samples, than="v7", block=block, threads=2)) == expected
    monkeypatch.setattr(families, "VARIANTS", 7)
    assert writing.csv_text(family(path, table, samples=samples, than="v7", block=500)) == expected
    columns = csv.read_csv(path)
    parquet.write_table(columns, tmp_path / "v.parquet", row_group_size=50)
    with pa.ipc.new_file(tmp_path / "v.arrow", columns.schema) as out:
        out.write_table(columns, max_chunksize=40)
    (tmp_path / "w.csv").write_bytes(text.replace(",", ";").encode("gb18030"))
    for other, block in (("v.parquet", 13), ("v.arrow", None), ("w.csv", 256)):
        assert writing.csv_text(family(tmp_path / other, table, samples=samples, than="v7", block=block)) == expected


def test_chinese_tables_from_excel(tmp_path: Path, table: ScoreTable) -> None:
    """A file in GB18030 keeps its names."""
    path = tmp_path / "v.csv"
    path.write_bytes("variant,line,amount\n磷酸铁锂,steel,1\n".encode("gb18030"))
    assert family(path, table).variants == ("磷酸铁锂",)


@pytest.mark.parametrize("name", ["lfp-storage-488kwh", "nmc111-ev-pack"])
def test_a_portfolio_of_one_is_calc(name: str, tmp_path: Path) -> None:
    """One life cycle of a study, as a variant, has the total of `calculate` under each rulebook."""
    study = open_study(examples.folder(name)).study
    assert study is not None
    books = [open_book(id) for id in ("iso-14067", "gbt-24067", "eu-cfb-ind")]
    footprints = [calculate(study, book, on=DAY) for book in books]
    joined = footprints[0].system.background
    table = table_of(joined, books, DAY, footprints=footprints)
    found = family(written(tmp_path, "v.csv", "variant,line,amount\none,life-cycle,1\n"), table)
    assert found.values[0].tolist() == pytest.approx([footprint.total for footprint in footprints], rel=1e-12)
    assert found.complete[0].tolist() == [footprint.complete for footprint in footprints]


def test_samples_are_paired_and_said_to_be_assumed(tmp_path: Path, table: ScoreTable) -> None:
    """Two variants of one dataset move together: half of it is below the whole in every sample; ZJ961 says assumed."""
    path = written(tmp_path, "v.csv", "variant,line,amount\nwhole,steel,2\nhalf,steel,1\nother,power,8\n")
    samples = samples_of(table, 2000, seed=1, cache=tmp_path)
    found = family(path, table, samples=samples, than="whole")
    spread = found.spreads["iso-14067"]
    assert spread.below[:2].tolist() == [0.5, 1.0]
    assert 0.2 < spread.below[2] < 0.8
    # Reliability of secondary data: ln x has the variance 0.0006 + 0.002.
    assert spread.deviation[0] / spread.mean[0] == pytest.approx(0.0026**0.5, rel=0.06)
    assert spread.percentiles[0, 1] == pytest.approx(4, rel=0.01)
    assert {"ZJ961", "ZJ962"} <= {finding.code for finding in found.findings}
    with pytest.raises(ZujiError, match="no variant"):
        family(path, table, samples=samples, than="nobody")


def test_samples_of_a_dataset_are_those_of_uncertainty(tmp_path: Path, table: ScoreTable) -> None:
    """The draws of a dataset depend on its id and the seed alone, not on what else is in the table."""
    samples = samples_of(table, 20, seed=5, cache=tmp_path)
    fewer = replace(table, datasets={id: table.datasets[id] for id in ("steel",)}, ids=("steel",), values=table.values[
        [table.index["steel"]]
    ])  # fmt: skip
    assert samples_of(fewer, 20, seed=5, cache=tmp_path)[0][0].tolist() == samples[0][table.index["steel"]].tolist()


def test_written_files_hold_the_same(tmp_path: Path, table: ScoreTable) -> None:
    """JSON, CSV and Parquet have one row for each variant; no figure is an empty cell or null."""
    import json

    from pyarrow import parquet

    found = family(written(tmp_path, "v.csv", "variant,line,amount\na,steel,2\nb,nix,1\n"), table)
    for suffix in writing.SUFFIXES:
        writing.write(found, tmp_path / f"out{suffix}")
    document = json.loads((tmp_path / "out.json").read_bytes())
    column = document["columns"].index("iso-14067 [kgCO2e]")
    assert [row[column] for row in document["rows"]] == [4, None]
    assert (tmp_path / "out.csv").read_text().splitlines()[2].startswith("b,False,,")
    assert parquet.read_table(tmp_path / "out.parquet")["iso-14067 [kgCO2e]"].to_pylist() == [4.0, None]
