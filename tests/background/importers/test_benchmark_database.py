"""The database of the benchmark is sound, and the same in every run."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from .building import read

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "bench_import.py"


@pytest.fixture
def script() -> ModuleType:
    if sys.platform == "win32":
        pytest.skip("the benchmark measures memory with the module `resource`")
    spec = importlib.util.spec_from_file_location("bench_import", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_exchange_is_linked_and_counted(tmp_path: Path, script: ModuleType) -> None:
    """Forty datasets of ten exchanges: all linked, two greenhouse gases, no loop, twice the same bytes."""
    size = script.write_database(tmp_path / "a", 40, 10)
    assert size == script.write_database(tmp_path / "b", 40, 10)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    summary = read(tmp_path / "a").summary
    assert (summary.datasets, summary.exchanges, summary.unlinked, summary.gas_flows) == (40, 400, 0, 2)
    assert summary.loops == ()
