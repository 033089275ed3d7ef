"""Brightway datapackages against bw2calc and by hand; Brightway workbooks by hand; damaged ones of both."""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zuji.background.importers.npy import array_of
from zuji.background.store.stored import StoredBackground
from zuji.errors import UnreadableError
from zuji.footprint.stored import gas_table, impact_scores

from .building import read, said, stored, zipped
from .building_formats import EXCHANGES, INDICES, bw_rows, npy, package, workbook


def total(found: StoredBackground, id: str) -> float:
    """kg of all gases per unit of the product of a dataset."""
    i = found.index_of(id)
    assert i is not None
    return float(gas_table(found).amounts[i].sum())


NAMES = b'id,name,unit,categories,code\n9,"Carbon dioxide, fossil",kilogram,air,co2\n8,Methane fossil,kilogram,air,\n'
CSV = [{"format": "csv", "mediatype": "text/csv", "path": "names.csv", "name": "names", "valid_for": [["t", "cols"]]}]


@pytest.mark.filterwarnings("ignore")  # bw2calc recommends a solver when it is imported
@pytest.mark.parametrize("container", ["zip", "folder"])
def test_scores_equal_bw2calc(tmp_path: Path, container: str) -> None:
    """A package that bw_processing wrote, read back: every score of a random loopy database as bw2calc has it."""
    import bw2calc
    import bw_processing
    import pandas
    from fsspec.implementations.dirfs import DirFileSystem
    from fsspec.implementations.local import LocalFileSystem
    from fsspec.implementations.zip import ZipFileSystem

    rng = np.random.default_rng(11)
    n = 20
    takes = rng.uniform(-0.01, 0.08, (n, n)) * (rng.random((n, n)) < 0.3)
    np.fill_diagonal(takes, 0)
    output, emits, factor = rng.uniform(0.5, 3, n), rng.uniform(0, 2, (n, 2)), np.array([1.0, 29.8])
    provider, consumer = np.nonzero(takes)
    target = tmp_path / ("db.zip" if container == "zip" else "db")
    if container == "zip":
        fs: Any = ZipFileSystem(target, mode="w")
    else:
        target.mkdir()
        fs = DirFileSystem(path=str(target), fs=LocalFileSystem())
    data = bw_processing.create_datapackage(fs=fs, name="random")
    ids = np.arange(n) + 1
    pairs = [*zip(ids, ids, strict=True), *zip(provider + 1, consumer + 1, strict=True)]
    uncertainty = np.zeros(len(pairs), dtype=bw_processing.UNCERTAINTY_DTYPE)
    uncertainty["uncertainty_type"], uncertainty["loc"], uncertainty["scale"] = 3, 1.0, 0.1
    data.add_persistent_vector(
        matrix="technosphere_matrix", name="t", indices_array=np.array(pairs, dtype=bw_processing.INDICES_DTYPE),
        data_array=np.concatenate([output, takes[provider, consumer]]),
        flip_array=np.concatenate([np.zeros(n, bool), np.ones(len(provider), bool)]), distributions_array=uncertainty,
    )  # fmt: skip
    data.add_persistent_vector(
        matrix="biosphere_matrix",
        name="b",
        data_array=emits.ravel(),
        indices_array=np.array(
            [(100 + g, j + 1) for j in range(n) for g in range(2)], dtype=bw_processing.INDICES_DTYPE
        ),
    )
    data.add_persistent_vector(
        matrix="characterization_matrix", name="c", data_array=factor,
        indices_array=np.array([(100, 100), (101, 101)], dtype=bw_processing.INDICES_DTYPE),
    )  # fmt: skip
    words = {"id": [100, 101], "name": ["Carbon dioxide, fossil", "Methane, fossil"], "unit": ["kilogram"] * 2,
             "categories": ["air", "air"]}  # fmt: skip
    data.add_csv_metadata(dataframe=pandas.DataFrame(words), valid_for=[("b", "rows")], name="flows")
    data.finalize_serialization()
    found = stored(tmp_path, target)
    assert [c[0] for c in gas_table(found).columns] == ["CH4 fossil", "CO2 fossil"]
    assert int((found.array("tech_unc_kind") == 3).sum()) == len(provider)
    scores = impact_scores(found)
    for j in range(n):
        lca = bw2calc.LCA({j + 1: 1}, data_objs=[data])
        lca.lci()
        lca.lcia()
        i = found.index_of(str(j + 1))
        assert scores[i, 0] == pytest.approx(lca.score, rel=1e-9)


def test_products_that_are_not_their_activities(tmp_path: Path) -> None:
    """Rows are products: activity 1 makes product 11; a positive value beside the diagonal is a credit."""
    groups = {
        "t": (
            "technosphere_matrix",
            [(11, 1), (12, 2), (12, 1), (13, 3), (1, 1)][:4],
            [1.0, 2.0, -0.5, 1.0],
            [False] * 4,
        ),
        "b": ("biosphere_matrix", [(9, 1), (9, 2), (9, 3)], [1.0, 4.0, 1.0], [False] * 3),
    }
    found = stored(tmp_path, zipped(tmp_path / "db.zip", package(groups, more=CSV, files={"names.csv": NAMES})))
    assert total(found, "1") == pytest.approx(1 + 0.5 * 4 / 2)
    groups["t"] = ("technosphere_matrix", [(1, 1), (2, 2), (2, 1)], [1.0, 2.0, 0.5], [False] * 3)
    groups["b"] = ("biosphere_matrix", [(9, 1), (9, 2)], [3.0, 4.0], [False] * 2)
    found = stored(tmp_path / "2", zipped(tmp_path / "db.zip", package(groups, more=CSV, files={"names.csv": NAMES})))
    assert total(found, "1") == pytest.approx(3 - 0.5 * 4 / 2)


@pytest.mark.parametrize(
    ("about", "expected"),
    [({}, 5 * 1.0), ({"sum_inter_duplicates": True}, 12 * 1.0), ({"sum_intra_duplicates": False}, 3.0)],
)
def test_entries_of_one_place(tmp_path: Path, about: dict[str, bool], expected: float) -> None:
    """Entries of one group add up, those of a later group replace, unless the package says otherwise."""
    groups = {
        "t": ("technosphere_matrix", [(1, 1)], [1.0], [False]),
        "b": ("biosphere_matrix", [(9, 1)], [7.0], [False]),
        "later": ("biosphere_matrix", [(9, 1), (9, 1)], [2.0, 3.0], [False, False]),
    }
    path = zipped(tmp_path / "db.zip", package(groups, more=CSV, files={"names.csv": NAMES}, **about))
    assert total(stored(tmp_path, path), "1") == pytest.approx(expected)


def test_matrices_beyond_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More entries than any database has are refused before they take memory as Python values."""
    from zuji.background.importers import brightway_package

    monkeypatch.setattr(brightway_package, "MAX_ENTRIES", 2)
    pairs = [(1, 1), (2, 2), (2, 1)]
    files = package({"t": ("technosphere_matrix", pairs, [1.0, 1.0, 0.5], [False, False, True])})
    assert "ZJ842" in said(read(zipped(tmp_path / "db.zip", files)))


def test_names_in_json_and_none_at_all(tmp_path: Path) -> None:
    """Metadata may be JSON; without any, datasets have numbers for names and nothing is a gas."""
    groups = {
        "t": ("technosphere_matrix", [(1, 1)], [1.0], [False]),
        "b": ("biosphere_matrix", [(9, 1)], [7.0], [False]),
    }
    words = json.dumps({"1": {"name": "steel", "unit": "kilogram"}, "9": {"name": "CO2 fossil", "categories": "air"}})
    more = [{"format": "json", "mediatype": "application/json", "path": "n.json", "name": "n"}]
    files = package(groups, more=more, files={"n.json": words.encode()})
    assert stored(tmp_path, zipped(tmp_path / "db.zip", files)).dataset(0).name == "steel"
    imported = read(zipped(tmp_path / "db.zip", package(groups)))
    assert (imported.summary.datasets, imported.summary.gas_flows) == (1, 0)


HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }"


def npy_with(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    """An .npy file with a header of one's own."""
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2 if version == b"\x01\x00" else 4, "little") + text + data


@pytest.mark.parametrize(
    "data",
    [
        npy_with(HEADER % "999999999999,"),
        npy_with(HEADER % "-5,"),
        npy_with(HEADER % "9L,"),
        npy_with(HEADER % "2**70,"),
        npy_with("{" * 100),
        npy_with("()"),
        npy_with(HEADER % "1,", b"1234567"),
        npy_with(HEADER.replace("<f8", "|O") % "1,", b"12345678"),
        b"",
        b"\x93NUMPY",
        b"\x80\x04.",
        npy_with("{'descr': '<f8', 'fortran_order': False, 'shape': (1e3,)}"),
        npy_with(HEADER.replace("<f8", "V0") % "9,"),
        b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + b" " * 100,
        npy_with(HEADER % "0," + "(" * 100),
    ],
)
def test_arrays_of_unknown_origin(tmp_path: Path, data: bytes) -> None:
    """No header makes the reader take memory, load a pickle or fail without a word."""
    with pytest.raises(UnreadableError):
        array_of(data, "x")
    files = package({"t": ("technosphere_matrix", [(1, 1)], [1.0], [False])})
    imported = read(zipped(tmp_path / "db.zip", {**files, "t.data.npy": data}))
    assert "ZJ842" in said(imported)
    assert imported.refused_by(accept_gaps=True)


@pytest.mark.parametrize("kind", ["U3", "f8"])
def test_distributions_that_do_not_fit(tmp_path: Path, kind: str) -> None:
    """Distributions of text, and of another length."""
    names = ("uncertainty_type", "loc", "scale", "minimum", "maximum")
    files = package({"t": ("technosphere_matrix", [(1, 1)], [1.0], [False])})
    description = json.loads(files["datapackage.json"])
    resource = {"matrix": "technosphere_matrix", "group": "t", "kind": "distributions", "path": "d.npy", "name": "d"}
    description["resources"].append(resource)
    values = np.zeros(1 if kind == "U3" else 2, np.dtype([(name, kind) for name in names]))
    changed = {**files, "datapackage.json": json.dumps(description).encode(), "d.npy": npy(values)}
    assert "ZJ842" in said(read(zipped(tmp_path / "db.zip", changed)))


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    """An array of objects that would run a command when it is unpickled is refused."""

    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "harm",)

    target = io.BytesIO()
    np.save(target, np.array([Harm()], dtype=object), allow_pickle=True)
    files = package({"t": ("technosphere_matrix", [(1, 1)], [1.0], [False])})
    assert "ZJ842" in said(read(zipped(tmp_path / "db.zip", {**files, "t.data.npy": target.getvalue()})))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("name", "values"),
    [("t.data.npy", [1.0, 2.0, 3.0]), ("t.flip.npy", [1, 0, 1]), ("t.data.npy", ["a"]), ("t.indices.npy", [1, 2]),
     ("t.indices.npy", np.zeros(1, np.dtype([("row", "f8"), ("col", "i8")]))),
        ("t.indices.npy", np.zeros(1, np.dtype([("row", "i8", (2,)), ("col", "i8")])))],
)  # fmt: skip
def test_arrays_that_do_not_fit(tmp_path: Path, name: str, values: Any) -> None:
    """Lengths and types must fit each other."""
    files = package({"t": ("technosphere_matrix", [(1, 1)], [1.0], [False])})
    assert "ZJ842" in said(read(zipped(tmp_path / "db.zip", {**files, name: npy(values)})))


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "nowhere.npy", ""])
def test_paths_of_resources(tmp_path: Path, path: str) -> None:
    """A resource is a file of the package or nothing."""
    files = package({"t": ("technosphere_matrix", [(1, 1)], [1.0], [False])})
    description = json.loads(files["datapackage.json"])
    description["resources"][1]["path"] = path
    assert "ZJ842" in said(read(zipped(tmp_path / "db.zip", {**files, "datapackage.json": json.dumps(description)})))


def test_values_that_are_no_amounts(tmp_path: Path) -> None:
    """NaN and 1e308 in a matrix are errors."""
    for value, code in ((math.nan, "ZJ809"), (1e308, "ZJ810"), (math.inf, "ZJ810")):
        files = package({"t": ("technosphere_matrix", [(1, 1), (2, 1), (2, 2)], [1.0, -value, 1.0], [False] * 3)})
        assert code in said(read(zipped(tmp_path / "db.zip", files)))


def write(tmp_path: Path, *sheets: list[list[Any]]) -> Path:
    """A workbook of the sheets."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook({f"s{i}": rows for i, rows in enumerate(sheets)}))
    return path


def test_workbook(tmp_path: Path) -> None:
    """Parameters, formulas, production of 2 kg; sheets to skip and columns to cut off."""
    path = write(tmp_path, [["skip"], ["Activity", "x"]], bw_rows())
    found = stored(tmp_path, path)
    assert len(found) == 2
    # l = k·2 = 4; power l/2 = 2 kWh of 4 kg CH4 each, 3 kg CO2, for 2 kg of steel
    assert total(found, "s") == pytest.approx((2 * 4 + 3) / 2)
    assert found.array("tech_unc_kind").tolist() == [2]
    assert found.array("bio_unc_kind").tolist() == [4]
    assert found.dataset(0).product == "steel sheet"


def test_distributions(tmp_path: Path) -> None:
    """Every kind that is kept, and one that is counted; loc, scale, shape and bounds as in stats_arrays."""
    header = [*EXCHANGES, "shape"]
    lines = [
        (2, math.log(3), 0.1, "", "", ""), (3, 3, 0.2, "", "", ""), (4, "", "", 1, 5, ""), (5, 3, "", 1, 5, ""),
        (9, 0.5, 2, "", "", 1.5), (13, 3, "", 1, 5, ""), (13, 3, "", 1, 5, 7), (8, 3, 1, "", "", 1),
    ]  # fmt: skip
    emit = ["Carbon dioxide, fossil", 3, "kg", "", "air", "", "biosphere", ""]
    rows = [
        ["Database", "d"],
        ["Activity", "a"],
        ["unit", "kg"],
        ["Exchanges"],
        header,
        *([*emit, *one] for one in lines),
    ]
    path = write(tmp_path, rows)
    found = stored(tmp_path, path)
    assert found.array("bio_unc_kind").tolist() == [2, 3, 4, 5, 9, 13]
    loc, scale, low = (found.array(f"bio_unc_{name}") for name in ("loc", "scale", "low"))
    assert (loc[4], scale[4], low[4]) == (1.5, 2, 0.5)
    assert [f.params for f in read(path).summary.findings if f.code == "ZJ826"] != []


def test_workbook_links(tmp_path: Path) -> None:
    """By database and code, by `input`, by name with reference product; what two activities share links to none."""

    def activity(name: str, code: str, product: str, *exchanges: list[Any]) -> list[list[Any]]:
        return [["Activity", name], ["code", code], ["location", "CN"], ["unit", "kg"], ["reference product", product],
                ["Exchanges"], ["name", "amount", "unit", "type", "location", "reference product", "code", "input",
                                "categories"], *exchanges, []]  # fmt: skip

    emit = ["Carbon dioxide, fossil", 1.0, "kg", "biosphere", "", "", "", "", "air"]
    rows = [["Database", "d"], [],
            *activity("split", "x1", "light", emit), *activity("split", "x2", "heavy", emit, emit),
            *activity("a", "a", "a", ["split", 1, "kg", "technosphere", "CN", "heavy"]),
            *activity("b", "b", "b", ["?", 1, "kg", "technosphere", "", "", "x1"]),
            *activity("c", "c", "c", ["?", 1, "kg", "technosphere", "", "", "", "('d', 'x2')"]),
            *activity("e", "e", "e", ["?", 3, "kg", "substitution", "", "", "x1"])]  # fmt: skip
    found = stored(tmp_path, write(tmp_path, rows))
    assert [total(found, id) for id in "abce"] == pytest.approx([2, 1, 2, -3])
    rows += activity("f", "f", "f", ["split", 1, "kg", "technosphere", "CN"])
    assert "ZJ813" in said(read(write(tmp_path, rows)))


@pytest.mark.parametrize(
    ("cell", "code"), [("=1/0", "ZJ809"), ("x", "ZJ809"), ("", "ZJ809"), (1e300, "ZJ810"), ("1_0", "ZJ809")]
)
def test_workbook_amounts(tmp_path: Path, cell: object, code: str) -> None:
    """Text and nothing are no amounts."""
    rows = [
        ["Database", "d"],
        ["Activity", "a"],
        ["unit", "kg"],
        ["Exchanges"],
        EXCHANGES,
        ["Carbon dioxide, fossil", str(cell) if cell == "=1/0" else cell, "kg", "", "air", "", "biosphere"],
    ]
    imported = read(write(tmp_path, rows))
    assert code in said(imported) or cell == "=1/0"


def test_workbooks_made_to_do_harm(tmp_path: Path) -> None:
    """One cell at the far corner would make a reader take gigabytes; entities and damage are told as well."""
    path = write(tmp_path, bw_rows())
    original = path.read_bytes()
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    for change in (lambda d: d.replace(b"</sheetData>", corner), lambda d: d[: len(d) // 2], lambda d: b""):
        with zipfile.ZipFile(io.BytesIO(original)) as old, zipfile.ZipFile(path, "w") as new:
            for entry in old.infolist():
                data = old.read(entry)
                new.writestr(entry.filename, change(data) if "sheet1" in entry.filename else data)
        assert {"ZJ800", "ZJ830", "ZJ831"} & set(said(read(path)))
        assert "ZJ800" in said(read(path, format="brightway_excel"))
    for end in (100, len(original) // 2, len(original) - 30):
        path.write_bytes(original[:end])
        assert "ZJ800" in said(read(path, format="brightway_excel"))


def test_indices_are_as_bw_processing_writes_them() -> None:
    """The test files have the same structure as real ones."""
    import bw_processing

    assert np.dtype(bw_processing.INDICES_DTYPE) == INDICES
