"""Properties that hold under every rulebook: names do not matter, certificates never make a result worse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji.rulebooks.book import open_book, registry

from ..rulebooks.building import StudyFolder, datum

ALL = [id for id, entry in registry().items() if entry["available"]]
few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
names = st.text("abcxyz零件电芯0123456789_-.", min_size=1, max_size=8).filter(lambda t: t.strip("._-") == t)
shares = st.integers(0, 100)


def first_day(book: str):
    """The first day of the book's newest version."""
    return max(version.valid_from for version in open_book(book).versions)


def small(place: Path, parts: tuple[str, str, str]) -> StudyFolder:
    """A product of two parts, one of them made in a process of its own with electricity and a direct emission."""
    part, made, process = parts
    folder = StudyFolder(place)
    folder.background("steel", 2, "kgCO2e/kg").electricity("grid", 0.6).electricity("wind", 0.02)
    folder.choose(**{"average_mix.CN": "grid"})
    folder.part(part, 700, "kg", dataset="steel").part(made, 3, "item")
    inputs = [
        {"id": "in", "role": "material", "dataset": "steel", "amount": datum(100, "kg")},
        {"id": "e", "electricity": "works", "amount": datum(50, "kWh")},
        {"id": "gas", "gas": "CH4 fossil", "amount": datum(0.1, "kg")},
    ]
    return folder.process(process, inputs, produces=made)


@pytest.mark.parametrize("book", ALL)
@few
@given(st.lists(names, min_size=3, max_size=3, unique=True))
def test_relabelling_changes_nothing(tmp_path_factory, book: str, ids: list[str]) -> None:
    """Total, stages and electricity are the same whatever the parts and processes are called."""
    plain = small(tmp_path_factory.mktemp("study"), ("part", "made", "process")).footprint(book, first_day(book))
    renamed = small(tmp_path_factory.mktemp("study"), (f"x{ids[0]}", f"y{ids[1]}", f"z{ids[2]}")).footprint(
        book, first_day(book)
    )
    assert renamed.total == pytest.approx(plain.total, rel=1e-12)
    assert [part.value for part in renamed.stages] == pytest.approx([part.value for part in plain.stages], rel=1e-12)
    assert [row.value for row in renamed.electricity] == pytest.approx([row.value for row in plain.electricity])


@pytest.mark.parametrize("book", ALL)
@few
@given(shares)
def test_certificates_never_raise_a_result(tmp_path_factory, book: str, share: int) -> None:
    """Certificates of a cleaner generator never raise the result above the one without them, the rest being held."""
    without = (
        small(tmp_path_factory.mktemp("study"), ("part", "made", "process"))
        .meter("grid", 1000)
        .footprint(book, first_day(book))
    )
    folder = small(tmp_path_factory.mktemp("study"), ("part", "made", "process")).meter("grid", 1000)
    if share:
        folder.instrument("C", 10 * share, "wind")
    assert folder.footprint(book, first_day(book)).total <= without.total * (1 + 1e-12)
