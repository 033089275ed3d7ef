"""Uncertainty of a footprint: pairs, closed forms, findings, and the same bytes for the same seed."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from zuji import examples
from zuji.datum import DataQuality, Kind
from zuji.engine.uncertainty import pedigree
from zuji.errors import EngineError
from zuji.footprint.calculate import calculate
from zuji.footprint.model import Footprint
from zuji.footprint.uncertainty import ASSUMED, DATASET, DATUM, RATED, STATED, relative, uncertainty
from zuji.rulebooks.book import open_book
from zuji.study.model import Datum, Uncertainty
from zuji.study.open import open_study

DAY = date(2026, 6, 1)


@pytest.fixture(scope="module", params=examples.names())
def footprint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Footprint:
    folder = tmp_path_factory.mktemp("study") / "x"
    examples.copy(request.param, folder)
    study = open_study(folder).study
    assert study is not None
    return calculate(study, open_book("iso-14067"), on=DAY)


def with_data(footprint: Footprint, change: Any) -> Footprint:
    """The same footprint with `change` applied to the datum of every line and link."""
    system = footprint.system
    lines, links = (
        {key: replace(info, datum=change(info)) for key, info in part.items()} for part in (system.lines, system.links)
    )
    return replace(footprint, system=replace(system, lines=lines, links=links))


def test_stated_values_give_the_footprint(footprint: Footprint) -> None:
    """With every input at its stated value the model gives the footprint's total within 1e-12."""
    assert uncertainty(footprint, 16).error < 1e-12


def test_stages_add_up_in_every_sample_and_seeds_repeat(footprint: Footprint) -> None:
    """The stages of each sample add up to its total; one seed gives the same document, another one not; a longer run
    begins with the samples of a shorter one."""
    found = uncertainty(footprint, 300, seed=4)
    assert np.allclose(sum(found.stages.values()), found.samples, rtol=1e-12)
    again = uncertainty(footprint, 300, seed=4)
    assert again.json == found.json
    assert np.array_equal(uncertainty(footprint, 600, seed=4).samples[:300], found.samples)
    assert not np.array_equal(uncertainty(footprint, 300, seed=5).samples, found.samples)
    assert sum(d.share for d in found.drivers) == pytest.approx(1)
    assert [d.share for d in found.drivers] == sorted((d.share for d in found.drivers), reverse=True)


def test_first_order_and_samples_agree(footprint: Footprint) -> None:
    """With a small spread everywhere the first-order deviation is that of 4,000 samples within 4 standard errors."""
    narrow = with_data(footprint, lambda info: replace(info.datum, data_quality=DataQuality(precision=1)))
    found = uncertainty(narrow, 4000, basic=1e-4)
    assert found.summary.deviation == pytest.approx(found.first_order_deviation, rel=0.03 + 4 / math.sqrt(8000))


def test_one_uncertain_datum_moves_the_total_by_its_elasticity(footprint: Footprint) -> None:
    """Only one line's datum uniform within ±10 %: the total varies between 1 ± 0.1·(the share of its lines)."""
    system = footprint.system
    line = next(line for line in footprint.hotspots if line.stage == "raw_material")
    info = system.lines[line.activity, line.line]
    value = info.datum.value
    assert value is not None
    stated = Uncertainty("uniform", (("maximum", 1.1 * value), ("minimum", 0.9 * value)))

    def change(other: Any) -> Datum:
        same = (other.activity, other.exchange) == (info.activity, info.exchange)
        return replace(other.datum, uncertainty=stated) if same else other.datum

    found = uncertainty(with_data(footprint, change), 2000, assume=False, factors=None)
    (driver,) = found.drivers
    moved = math.fsum(
        each.value
        for each in footprint.lines
        if (each.activity, system.lines[each.activity, each.line].exchange) == (info.activity, info.exchange)
    )
    assert driver.basis == STATED
    assert driver.elasticity == pytest.approx(moved / footprint.total)
    assert driver.deviation == pytest.approx(0.2 / math.sqrt(12))
    assert driver.correlation == pytest.approx(math.copysign(1, moved))
    assert found.samples.max() - footprint.total == pytest.approx(0.1 * abs(moved), rel=0.01)
    assert footprint.total - found.samples.min() == pytest.approx(0.1 * abs(moved), rel=0.01)
    assert any(f.code == "ZJ931" for f in found.findings)


def test_bases_are_told_apart(footprint: Footprint) -> None:
    """Ratings come before assumptions and stated distributions before both; each is named and counted in a finding."""
    kinds = {(d.kind, d.basis) for d in uncertainty(footprint, 16, factors=None).drivers}
    assert kinds == {(DATUM, ASSUMED), (DATASET, ASSUMED)}
    rated = with_data(footprint, lambda info: replace(info.datum, data_quality=DataQuality(technology=3, precision=2)))
    found = uncertainty(rated, 16)
    assert {d.basis for d in found.drivers if d.kind == DATUM} == {RATED}
    sigma = math.sqrt(0.0006 + 0.0006 + 0.008)
    expected = math.sqrt(math.expm1(sigma**2) * math.exp(sigma**2))
    assert all(d.deviation == pytest.approx(expected) for d in found.drivers if d.kind == DATUM)
    assert {f.code for f in found.findings} >= {"ZJ933", "ZJ936"}


def test_nothing_stated_says_so(footprint: Footprint) -> None:
    """Without assumptions and statements every sample is the stated result, and a finding warns of it."""
    found = uncertainty(footprint, 32, assume=False, factors=None)
    assert np.allclose(found.samples, footprint.total, rtol=1e-12)
    assert [f.code for f in found.findings] == ["ZJ932"]
    assert found.unstated_share == pytest.approx(1)


def test_two_scenarios_are_paired(footprint: Footprint) -> None:
    """A footprint and the same with all lines 1 % larger differ by 1 % in every sample: the draws are the same."""
    larger = replace(
        footprint,
        total=1.01 * footprint.total,
        lines=tuple(
            replace(line, by_origin={k: 1.01 * v for k, v in line.by_origin.items()}) for line in footprint.lines
        ),
    )
    one, two = uncertainty(footprint, 64, seed=2), uncertainty(larger, 64, seed=2)
    assert np.allclose(two.samples, 1.01 * one.samples, rtol=1e-12)


def test_precision_progress_and_cancel(footprint: Footprint) -> None:
    """A run stops where its mean is known well enough; a cancelled one is partial and says so."""
    enough = uncertainty(footprint, 100_000, precision=0.02)
    assert 1.96 * enough.summary.mean_error <= 0.02 * enough.summary.mean
    assert len(enough.samples) < 10_000
    assert not enough.partial
    seen: list[tuple[int, int]] = []
    stopped = uncertainty(footprint, 2000, progress=lambda d, n: seen.append((d, n)), cancelled=lambda: len(seen) > 1)
    assert seen == [(256, 2000), (512, 2000)]
    assert stopped.partial
    assert "ZJ935" in {f.code for f in stopped.findings}
    with pytest.raises(EngineError, match="at least two"):
        uncertainty(footprint, 1)


def test_a_distribution_that_cannot_be_is_a_finding(footprint: Footprint) -> None:
    """A bad distribution names the line and the problem, stays out of the samples, and the rest goes on."""
    broken = with_data(
        footprint, lambda info: replace(info.datum, uncertainty=Uncertainty("normal", (("scale", -1.0),)))
    )
    found = uncertainty(broken, 16)
    bad = [f for f in found.findings if f.code == "ZJ930"]
    assert bad
    assert "scale has to be above zero" in bad[0].what("en")
    assert {d.kind for d in found.drivers} == {DATASET}


@pytest.mark.parametrize(
    ("value", "name", "given", "expected"),
    [
        ("4", "lognormal", {"scale": 0.2}, {"loc": 0.0, "scale": 0.2}),
        ("4", "lognormal", {"loc": math.log(8), "scale": 0.2}, {"loc": math.log(2), "scale": 0.2}),
        ("4", "normal", {"scale": 1.0, "minimum": 2.0}, {"loc": 1.0, "scale": 0.25, "minimum": 0.5}),
        ("4", "triangular", {"minimum": 2.0, "loc": 4.0, "maximum": 8.0}, {"minimum": 0.5, "loc": 1.0, "maximum": 2.0}),
        ("4", "gamma", {"shape": 16.0, "scale": 0.25}, {"shape": 16.0, "scale": 0.0625}),
        ("0.5", "beta", {"loc": 2.0, "shape": 2.0}, {"loc": 2.0, "shape": 2.0, "minimum": 0.0, "maximum": 2.0}),
        ("4", "pert", {"minimum": 2.0, "loc": 4.0, "maximum": 8.0, "scale": 6.0},
         {"minimum": 0.5, "loc": 1.0, "maximum": 2.0, "scale": 6.0}),
    ],
)  # fmt: skip
def test_distributions_relative_to_the_stated_value(
    footprint: Footprint, value: str, name: str, given: dict[str, float], expected: dict[str, float]
) -> None:
    """Lengths are divided by the stated value, shapes are not; a lognormal or normal without place sits on it."""
    first = next(iter(footprint.system.lines.values())).datum
    datum = replace(first, number=value, uncertainty=Uncertainty(name, tuple(given.items())))
    found = relative(datum)
    assert {k: v for k, v in found.items() if k != "id"} == pytest.approx(expected)
    assert Fraction(value) > 0
    with pytest.raises(EngineError, match="zero or missing"):
        relative(replace(datum, number="0"))


def test_a_kind_has_its_spread() -> None:
    """Every kind of datum has a reliability score that the pedigree matrix knows."""
    from zuji.footprint.uncertainty import RELIABILITY

    assert set(RELIABILITY) == {kind.value for kind in Kind}
    assert all(pedigree.variance({"reliability": score}) > 0 for score in RELIABILITY.values())
