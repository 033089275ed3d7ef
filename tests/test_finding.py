"""Findings: one definition per code, both languages, a place, and an order that does not depend on anything else."""

from __future__ import annotations

import re

import pytest

# The modules that define codes
import zuji.background.codes
import zuji.reading
import zuji.rulebooks.codes
import zuji.study.codes
from zuji import i18n
from zuji.datum import LocalText
from zuji.finding import CODES, NOWHERE, Code, Finding, Place, Severity, define, has_errors, in_order

CODE = Code("ZJ000", Severity.WARNING, what="{a} is {b}", why="because of {a}", mend="")


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> Code:
    monkeypatch.setitem(CODES, CODE.code, CODE)
    return CODE


@pytest.mark.parametrize("code", sorted(CODES))
class TestEveryCode:
    def test_it_says_what_why_and_how_to_mend(self, code):
        """Every code says what is wrong, why it matters and what to do, in both languages."""
        found = CODES[code]
        names = re.findall(r"(?<!{){(\w+)(?::[^}]*)?}(?!})", found.what + found.why + found.mend)
        finding = found(**dict.fromkeys(names, "•"))
        for text in (finding.what, finding.why, finding.mend):
            assert text("en").strip()
            assert text("zh").strip()

    def test_its_number_has_the_form(self, code):
        """ZJ and three digits, under which it is registered."""
        assert re.fullmatch(r"ZJ[1-9]\d\d", code)
        assert CODES[code].code == code


def test_the_codes_of_a_package_have_their_hundred():
    """1 reading, 2 study, 3 background, 4 rulebooks."""
    own = [value.code for value in vars(zuji.rulebooks.codes).values() if isinstance(value, Code)]
    assert own
    assert {code[2] for code in own} == {"4"}


def test_a_code_is_defined_once(sample):
    """A second definition of one code is a mistake of the program."""
    with pytest.raises(ValueError, match="finding code ZJ000 is defined twice"):
        define("ZJ000", Severity.NOTE, what="x", why="y", mend="z")


def test_texts_with_values_of_two_languages(sample):
    """A value may have a text in each language; the language of the context decides where none is asked for."""
    finding = sample(NOWHERE, a=LocalText("甲", "A"), b=3)
    assert (finding.what("en"), finding.what("zh")) == ("A is 3", "甲 is 3")
    i18n.set_language("zh")
    try:
        assert finding.why() == "because of 甲"
    finally:
        i18n.set_language(None)
    assert finding.mend("en") == ""


def test_as_dict(sample):
    """The JSON form has both languages and leaves out the empty parts of a place."""
    shown = sample(Place("bom.csv", 3, column="amount"), clause="6.1", a=1, b=2).as_dict()
    assert shown["what"] == {"zh": "1 is 2", "en": "1 is 2"}
    assert shown["place"] == {"file": "bom.csv", "line": 3, "column": "amount"}
    assert (shown["code"], shown["severity"], shown["clause"]) == ("ZJ000", "warning", "6.1")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""), (Place("a.yaml"), "a.yaml"), (Place("a.yaml", 3), "a.yaml:3"),
        (Place("a.yaml", 3, "x.y"), "a.yaml:3 x.y"), (Place("a.csv", 3, column="amount"), "a.csv:3 [amount]"),
        (Place("", 0, "x"), "x"),
    ],
)  # fmt: skip
def test_places_as_text(place, text):
    """File and line as editors open them, then the key path or the column."""
    assert str(place) == text


def test_a_place_gets_more_precise():
    """`at` keeps file and line, and what it is not given."""
    assert Place("a", 3, "x", "c").at(path="x.y") == Place("a", 3, "x.y", "c")
    assert Place("a", 3).at(column="c") == Place("a", 3, "", "c")


def test_order_and_errors(sample):
    """Errors first, then by place; repeats once. Only errors stop."""
    note = sample(Place("a", 1), severity=Severity.NOTE, a=1, b=1)
    late, early = sample(Place("b", 9), a=1, b=1), sample(Place("b", 2), a=1, b=1)
    error = sample(Place("z", 1), severity=Severity.ERROR, a=1, b=1)
    assert in_order([note, late, error, early, late]) == (error, early, late, note)
    assert in_order([late, early, note, error]) == in_order([error, note, early, late])
    assert has_errors([note, error])
    assert not has_errors([note, late])


def test_order_of_values_with_two_languages(sample):
    """Findings that differ in nothing but their values have an order too."""
    one, two = sample(a=LocalText("甲", "A"), b=1), sample(a=LocalText("乙", "B"), b=1)
    assert in_order([one, two]) == in_order([two, one])


def test_findings_are_values(sample):
    """Equal findings are one in a set, and cannot be changed."""
    assert len({sample(a=1, b=2), sample(a=1, b=2)}) == 1
    with pytest.raises(AttributeError):
        sample(a=1, b=2).code = "x"  # type: ignore[misc]
    assert isinstance(sample(a=1, b=2), Finding)
