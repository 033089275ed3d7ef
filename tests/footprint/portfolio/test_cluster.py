"""The same blocks on the two workers of a local Dask cluster: the same bytes; and what is said when there is none."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zuji import examples
from zuji.errors import UnreadableError, ZujiError
from zuji.footprint.portfolio import change, family, runner, writing
from zuji.footprint.portfolio.change import what_would_change
from zuji.footprint.portfolio.samples import samples_of
from zuji.footprint.portfolio.scores import ScoreTable
from zuji.footprint.portfolio.studies import portfolio

from .conftest import DAY, written
from .test_family import _random

STUDY = examples.folder("nmc111-ev-pack")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The scheduler of a cluster of two workers in this process, ended with the tests of this module."""
    distributed: Any = pytest.importorskip("distributed")
    for name in ("distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp://", dashboard_address=None,
        silence_logs=logging.CRITICAL, worker_dashboard_address=None,
    ) as cluster:  # fmt: skip
        yield str(cluster.scheduler_address)


def test_a_family_has_the_same_bytes(
    address: str, tmp_path: Path, table: ScoreTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values and percentiles of 60 blocks on two nodes are those of this process, in the order of the table."""
    monkeypatch.setattr(family, "VARIANTS", 5)
    path = written(tmp_path, "v.csv", _random(300))
    samples = samples_of(table, 40, seed=1, cache=tmp_path)
    local = family.family(path, table, samples=samples, than="v3")
    with runner.cluster(address) as run:
        spread_out = family.family(path, table, samples=samples, than="v3", run=run)
    assert writing.json(spread_out) == writing.json(local)


def test_studies_and_changes_have_the_same_bytes(address: str) -> None:
    """Whole studies travel by their folder."""
    asked = [change.proposal("dataset", "ember-DEU=-10%")]
    with runner.cluster(address) as run:
        rows = portfolio(STUDY, ("iso-14067",), DAY, run=run)
        changed = what_would_change(STUDY, ("iso-14067",), DAY, asked, run=run)
    assert writing.json(rows) == writing.json(portfolio(STUDY, ("iso-14067",), DAY))
    assert writing.json(changed) == writing.json(what_would_change(STUDY, ("iso-14067",), DAY, asked))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra to install is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ZujiError, match=r"zuji\[cluster\]"), runner.cluster("tcp://127.0.0.1:1"):
        pass


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody answers is said with the address."""
    monkeypatch.setattr(runner, "TIMEOUT", "200ms")
    with pytest.raises(UnreadableError, match=r"127\.0\.0\.1:9"), runner.cluster("tcp://127.0.0.1:9"):
        pass
