"""Files that are well-formed but hold wrong values: JSON leaves, cells and matrix entries replaced at random.

An import ends with findings, and whatever it stores is finite, linked within bounds and solvable or told.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji.background.importers.options import Options
from zuji.background.importers.run import import_database
from zuji.background.store.library import Library
from zuji.errors import EngineError, UnreadableError
from zuji.footprint.stored import gas_table

from .building import zipped
from .building_formats import FACTORS, MORE, bw_rows, workbook

EXAMPLES = int(os.environ.get("ZUJI_FUZZ_EXAMPLES", "25"))
WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    -1e308,
    5e-324,
    float("nan"),
    float("inf"),
    10**40,
    "",
    " ",
    "NaN",
    "1e999",
    "a",
    "CO2",
    "k",
    "k^k",
    "9^9^9^9",
    "1/0",
    "(((((",
    "x" * 5000,
    "\u0000",
    "\ud800",
    "\u202e",
    "𝟏",
    "１",
    "=1+1",
    "'",
    '"',
    ";",
    [],
    {},
    [[]],
    [{}],
    {"@id": 5},
    {"@id": None},
    "End",
    "Process",
    "Exchanges",
    "Activity",
    "Database",
    "skip",
    "cutoff",
    "production",
    "substitution",
    "biosphere",
    "kg",
    "g",
    "kWh",
    "sack",
    "%",
    "2",
    "-2",
    "CAUSAL_ALLOCATION",
    "WASTE_FLOW",
    "ELEMENTARY_FLOW",
    "PRODUCT_FLOW",
    "../x",
    "t.data.npy",
    "technosphere_matrix",
    "kgCO2e/kg",
)

spot = st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True), st.sampled_from(WRONG))
changes = st.lists(spot, min_size=1, max_size=6)
Change = tuple[float, float, Any]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """(container, key) of everything inside a JSON value."""
    inner = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in inner] + [place for _, one in inner for place in _places(one)]


def _json(name: str) -> Callable[[list[Change]], dict[str, bytes]]:
    def change(wrong: list[Change]) -> dict[str, bytes]:
        files = dict(MORE[name])
        for which, where, value in wrong:
            names = [n for n in sorted(files) if n.endswith(".json")]
            target = names[int(which * len(names))]
            document = json.loads(files[target])
            places = _places(document)
            if places:
                container, key = places[int(where * len(places))]
                container[key] = value
            files[target] = json.dumps(document).encode()
        return files

    return change


def _cells(rows: list[list[Any]], wrong: list[Change]) -> list[list[Any]]:
    rows = [list(row) for row in rows]
    for which, where, value in wrong:
        row = rows[int(which * len(rows))]
        if row:
            row[int(where * len(row))] = value
    return rows


def _workbook(wrong: list[Change]) -> dict[str, bytes]:
    rows = _cells(bw_rows(), wrong)
    return {"b.xlsx": workbook({"s": [[_written(c) for c in row] for row in rows]})}


def _written(cell: Any) -> Any:
    """A cell as xlsxwriter takes it: numbers that Excel can hold, all else as text."""
    if isinstance(cell, (int, float)) and abs(cell) < 1e300:
        return cell
    return _text(cell).replace("\0", "")


def _text(cell: Any) -> str:
    return str(cell).encode("utf-8", "replace").decode()


def _factors(wrong: list[Change]) -> dict[str, bytes]:
    import csv
    import io

    rows = _cells(list(csv.reader(io.StringIO(FACTORS))), wrong)
    target = io.StringIO()
    csv.writer(target).writerows([[_text(c) for c in row] for row in rows])
    return {"f.csv": target.getvalue().encode()}


def _simapro(wrong: list[Change]) -> dict[str, bytes]:
    rows = [line.split(";") for line in MORE["simapro_csv"]["db.csv"].decode("cp1252").split("\r\n")]
    text = "\r\n".join(";".join(_text(c) for c in row) for row in _cells(rows, wrong))
    return {"db.csv": text.encode("cp1252", "replace")}


def _arrays(wrong: list[Change]) -> dict[str, bytes]:
    import io

    files = dict(MORE["brightway_package"])
    numbers = [0, -1, 1e308, np.nan, np.inf, 2**62, -(2**62), 9, 1, 2]
    for which, where, value in wrong:
        names = [n for n in sorted(files) if n.endswith(".npy")]
        target = names[int(which * len(names))]
        values = np.load(io.BytesIO(files[target])).copy()
        number = numbers[len(value) % len(numbers)] if isinstance(value, str) else numbers[int(where * 10)]
        flat = values.view(np.int64).reshape(-1) if values.dtype.names else values.reshape(-1)
        if flat.dtype.kind != "f" and not np.isfinite(number):
            number = 7
        flat[int(where * len(flat))] = number if flat.dtype.kind == "f" else int(min(max(number, -(2**62)), 2**62))
        buffer = io.BytesIO()
        np.save(buffer, values)
        files[target] = buffer.getvalue()
    return files


FORMATS: dict[str, Callable[[list[Change]], dict[str, bytes]]] = {
    "olca_jsonld": _json("olca_jsonld"),
    "package json": _json("brightway_package"),
    "package arrays": _arrays,
    "workbook": _workbook,
    "factors": _factors,
    "simapro_csv": _simapro,
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # casts of the test's own arrays
@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(wrong=changes)
def test_wrong_values(name: str, wrong: list[Change]) -> None:
    """No value gives a traceback, in the import or in the first calculation."""
    files = FORMATS[name](wrong)
    with tempfile.TemporaryDirectory() as folder:
        path = zipped(Path(folder) / "db.zip", files)
        try:
            imported = import_database(path, Options(workers=1))
        except UnreadableError:
            return
        for finding in imported.summary.findings:
            assert finding.what("en")
        if imported.content is None:
            assert imported.summary.has_errors
            return
        arrays = imported.content.arrays
        assert all(np.isfinite(arrays[a]).all() for a in ("output", "tech_amount", "bio_amount", "factor_amount"))
        assert (arrays["output"] > 0).all()
        if imported.refused_by(True):
            return
        library = Library(Path(folder) / "data")
        imported.commit(library, "x", accept_gaps=True)
        stored = library.open("x")
        try:
            assert stored.problems() == []
            table = gas_table(stored)
            for i in range(len(stored)):
                table.interventions(i)
        except EngineError:
            pass
        finally:
            stored.close()
