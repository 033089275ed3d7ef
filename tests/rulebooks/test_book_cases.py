"""Every worked case in the folders of the rulebooks gives what it says."""

from collections.abc import Mapping
from typing import Any

import pytest

from zuji.rulebooks.book import open_book, registry
from zuji.rulebooks.cases import cases_of, failure

BOOKS = [id for id, entry in registry().items() if entry["available"]]
CASES = [pytest.param(id, case, id=f"{id}: {case['name']}") for id in BOOKS for case in cases_of(open_book(id))]


@pytest.mark.parametrize(("id", "case"), CASES)
def test_case(id: str, case: Mapping[str, Any]) -> None:
    """The rulebook gives what its worked case expects."""
    assert failure(open_book(id), case) == ""


def test_a_wrong_case_fails() -> None:
    """A case that expects something else is told what the book gives."""
    book = open_book("eu-cfb-ind")
    wrong = {"name": "certificates count", "rule": "electricity", "expect": "instrument_factor"}
    facts = {"source_class": "instrument", "certificate_sold": False, "criteria_met": True}
    assert "national_average" in failure(book, {**wrong, "facts": facts})


@pytest.mark.parametrize("id", BOOKS)
def test_every_book_has_cases(id: str) -> None:
    """Every available rulebook has at least ten worked cases, each with a source."""
    cases = cases_of(open_book(id))
    assert len(cases) >= 10
    assert [case["name"] for case in cases if not case.get("source")] == []
