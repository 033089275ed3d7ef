"""Dated parameters: which value holds when, and what a value must say of itself."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

import pytest

from zuji.errors import RulebookError
from zuji.rulebooks.book import open_book, registry
from zuji.rulebooks.parameters import EXPECTED, Parameters, read_parameters

from .building import DAY

FULL = {"value": 0.5, "clause": "1", "source": "s", "verified": True}


def body(**values: Any) -> dict[str, Any]:
    return {"description": "d", "unit": "1", "values": values}


def parameters(**values: Any) -> Parameters:
    return read_parameters([("a.yaml", {"p": body(**values)})])


class TestDates:
    DATED: ClassVar[dict[str, Any]] = {
        "2024-01-01": {**FULL, "value": 1},
        "2025-07-01": {**FULL, "value": 2},
        "2027-01-01": EXPECTED,
    }

    @pytest.mark.parametrize(
        ("day", "value"),
        [("2024-01-01", 1), ("2025-06-30", 1), ("2025-07-01", 2), ("2026-12-31", 2)],
    )
    def test_a_value_holds_from_its_day(self, day, value):
        """A value holds from its own day until the day of the next."""
        found = parameters(**self.DATED).on("p", date.fromisoformat(day))
        assert (found.number, found.valid_from <= date.fromisoformat(day)) == (value, True)

    @pytest.mark.parametrize("day", ["2023-12-31", "2027-01-01", "2030-01-01"])
    def test_no_value_before_the_first_and_after_an_expected_one(self, day):
        """A value that is only expected is not the old one carried on."""
        with pytest.raises(RulebookError, match=f"parameter p has no value on {day}"):
            parameters(**self.DATED).on("p", date.fromisoformat(day))
        assert parameters(**self.DATED).beginning("p", date.fromisoformat(day)) == {}

    def test_the_order_in_the_file_does_not_matter(self):
        """Values may be listed newest first."""
        backwards = parameters(**dict(reversed(self.DATED.items())))
        assert backwards.on("p", DAY).number == 1

    def test_unknown_parameter_names_the_nearest(self):
        """A mistyped id is answered with those that look like it."""
        with pytest.raises(RulebookError, match=r"no parameter cff\.A\.coper; nearest: cff\.A\.copper"):
            open_book("eu-cfb-ind").parameters.on("cff.A.coper", DAY)

    def test_the_gwp_set_of_iso_changes_with_the_report_of_the_ipcc(self):
        """ISO 14067 asks for the latest set: AR5 until 8 August 2021, AR6 from the day after."""
        iso = open_book("iso-14067").parameters
        assert iso.on("characterisation.gwp_set", date(2021, 8, 8)).text == "AR5"
        assert iso.on("characterisation.gwp_set", date(2021, 8, 9)).text == "AR6"


class TestReading:
    @pytest.mark.parametrize("lacking", ["value", "clause", "source", "verified", "unit"])
    def test_a_value_needs_all_of_its_words(self, lacking):
        """A value without clause, source, unit or mark is refused, and the message names what is missing."""
        given = body(**{"2024-01-01": {k: v for k, v in FULL.items() if k != lacking}})
        if lacking == "unit":
            del given["unit"]
        with pytest.raises(RulebookError, match=rf"a\.yaml: parameter p, 2024-01-01: lacks {lacking}"):
            read_parameters([("a.yaml", {"p": given})])

    def test_clause_and_source_may_be_shared(self):
        """What stands beside `values` holds for all of them."""
        shared = {**body(**{"2024-01-01": {"value": 1}}), "clause": "7", "source": "s", "verified": True}
        assert read_parameters([("a.yaml", {"p": shared})]).on("p", DAY).clause == "7"

    def test_unverified_says_what_would_verify_it(self):
        """A value that nobody held against the text says which text that is."""
        with pytest.raises(RulebookError, match="says verified: false but not what would verify it"):
            parameters(**{"2024-01-01": {**FULL, "verified": False}})

    @pytest.mark.parametrize("mark", ["yes", 1, None])
    def test_the_mark_is_true_or_false(self, mark):
        """Anything between verified and not verified is refused."""
        with pytest.raises(RulebookError, match="verified must be true or false"):
            parameters(**{"2024-01-01": {**FULL, "verified": mark}})

    def test_twice_in_two_files(self):
        """One id in two files is refused."""
        one = {"p": body(**{"2024-01-01": FULL})}
        with pytest.raises(RulebookError, match=r"b\.yaml: parameter p is defined twice"):
            read_parameters([("a.yaml", one), ("b.yaml", one)])

    @pytest.mark.parametrize("lacking", ["description", "values"])
    def test_description_and_values(self, lacking):
        """A parameter says what it is and has at least one value."""
        given = {k: v for k, v in body(**{"2024-01-01": FULL}).items() if k != lacking}
        with pytest.raises(RulebookError, match="needs a description and values"):
            read_parameters([("a.yaml", {"p": given})])

    @pytest.mark.parametrize("value", [0.1, "0.1", "1e-1", "1/10"])
    def test_numbers_are_exact(self, value):
        """A number is read as its decimal text."""
        assert parameters(**{"2024-01-01": {**FULL, "value": value}}).on("p", DAY).number == Fraction(1, 10)

    def test_a_text_is_no_number(self):
        """Asking a text for its number is an error of the rulebook."""
        with pytest.raises(RulebookError, match="parameter p is not a number: AR6"):
            _ = parameters(**{"2024-01-01": {**FULL, "value": "AR6"}}).on("p", DAY).number

    def test_own_parameters_stand_before_those_of_the_base(self):
        """Of two parameters with one id the joined ones stand."""
        joined = parameters(**{"2024-01-01": FULL}).joined(parameters(**{"2024-01-01": {**FULL, "value": 9}}))
        assert joined.on("p", DAY).number == 9
        assert "p" in joined


class TestEveryBook:
    @pytest.mark.parametrize("book", [id for id, entry in registry().items() if entry["available"]])
    def test_every_parameter_has_its_papers(self, book):
        """Every value has a clause and a source, and every unverified one says what verifies it."""
        for id, dated in open_book(book).parameters.history.items():
            for _day, parameter in dated:
                if parameter is None:
                    continue
                assert parameter.clause, id
                assert parameter.source, id
                assert parameter.description.zh, id
                assert parameter.description.en, id
                assert parameter.verified or (parameter.verify_with.zh and parameter.verify_with.en), id

    @pytest.mark.parametrize("book", [id for id, entry in registry().items() if entry["available"]])
    def test_every_rule_has_its_papers(self, book):
        """Every decision has a clause and a source, and every unverified one says what verifies it."""
        for rule in (rule for dated in open_book(book).rules.values() for _, rule in dated):
            for decision in (rule.base, *(decision for _, decision in rule.exceptions)):
                assert decision.clause, rule.id
                assert decision.source, rule.id
                assert decision.verified or (decision.verify_with.zh and decision.verify_with.en), rule.id

    def test_the_eu_formula_has_its_range(self):
        """0.2 and 0.8 are the ends of A, and every A of the table lies between them."""
        eu = open_book("eu-cfb-ind").parameters
        low, high = eu.on("cff.A.minimum", DAY).number, eu.on("cff.A.maximum", DAY).number
        assert (low, high) == (Fraction(1, 5), Fraction(4, 5))
        table = eu.beginning("cff.A.", DAY)
        assert len(table) > 10
        assert all(low <= parameter.number <= high for parameter in table.values())
