"""Canonical JSON by RFC 8785 and digests: the same document gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuji.canonical import canonical_bytes, digest, plain
from zuji.finding import Place
from zuji.quantity import parse_unit


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    name: str = ""
    size: float | None = None
    tags: tuple[str, ...] = ()
    place: Place = field(default=Place("a.yaml", 3))


# RFC 8785, 3.2.2: the sample object, with its numbers, escapes and literals.
SAMPLE = {
    "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
    "literals": [None, True, False],
}
SAMPLE_BYTES = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
).encode()
# RFC 8785, 3.2.3: property names sort by UTF-16 code units.
SORTED = {
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis",
}  # fmt: skip
SORTED_VALUES = [
    "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
    "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
]  # fmt: skip


def test_sample_of_the_rfc():
    """The sample of RFC 8785, 3.2.2 gives the bytes of the RFC."""
    assert canonical_bytes(SAMPLE) == SAMPLE_BYTES


def test_sorting_of_the_rfc():
    """The sample of RFC 8785, 3.2.3 sorts as the RFC says."""
    assert list(json.loads(canonical_bytes(SORTED)).values()) == SORTED_VALUES


@pytest.mark.parametrize(
    ("number", "text"),
    [
        # RFC 8785, appendix B, those that JSON can hold
        (0.0, "0"), (-0.0, "0"), (5e-324, "5e-324"), (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"), (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"), (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"), (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"), (333333333.33333325, "333333333.33333325"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"), (1.0, "1"), (12, "12"), (Fraction(1, 8), "0.125"),
        (Fraction(3), "3"),
    ],
)  # fmt: skip
def test_numbers_of_the_rfc(number, text):
    """Numbers are written as ECMAScript writes them; a whole float and an int are one number."""
    assert canonical_bytes(number) == text.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_without_form(number):
    """What is not finite has no canonical form, wherever it stands."""
    with pytest.raises(ValueError, match="has no canonical form"):
        canonical_bytes({"a": [number]})


def test_large_integers_are_floats():
    """An integer that a float holds is written as that float is; any other would lose digits silently."""
    assert canonical_bytes(2**60) == canonical_bytes(float(2**60))
    for value in (2**53 + 1, -(2**60) - 1, 10**400):
        with pytest.raises(ValueError, match="has no canonical form"):
            canonical_bytes(value)


def test_plain_leaves_out_places_and_empty_fields():
    """Where a datum was read is no part of the document, nor is a field that says nothing."""
    assert plain(Thing("x")) == {"name": "x"}
    assert plain(Thing("x", 0.0, ("b", "a"))) == {"name": "x", "size": 0, "tags": ["b", "a"]}
    assert plain([Thing("x"), Place("b.yaml", 1)]) == [{"name": "x"}]
    assert digest(Thing("x", place=Place("other.yaml", 9))) == digest(Thing("x"))


def test_plain_of_the_rest():
    """Units are their symbols, enumerations their values, dates ISO 8601, sets sorted."""
    given_ = {1: parse_unit("kWh"), "c": Colour.RED, "d": date(2025, 1, 2), "s": {"b", "a"}, "f": Fraction(1, 4)}
    assert plain(given_) == {"1": "kWh", "c": "red", "d": "2025-01-02", "s": ["a", "b"], "f": 0.25}


def test_a_zero_and_a_false_are_something():
    """Zero and false are values, not empty fields."""
    assert plain(Thing(size=0)) == {"size": 0}
    assert plain({"a": False, "b": 0, "c": ""}) == {"a": False, "b": 0, "c": ""}


def test_digest_is_the_hash_of_the_bytes():
    """`sha256:` and the hash of the canonical bytes."""
    assert digest({"b": 1, "a": "水"}) == "sha256:" + hashlib.sha256('{"a":"水","b":1}'.encode()).hexdigest()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_canonical_bytes_are_a_fixed_point(value):
    """Reading the bytes and writing them again gives the same bytes: one document has one form."""
    once = canonical_bytes(value)
    assert canonical_bytes(json.loads(once)) == once
    assert json.loads(once, parse_int=float) == value


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), st.integers(-9, 9), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_order_of_keys_does_not_matter(value, random):
    """The same mapping in another order has the same digest."""
    items = list(value.items())
    random.shuffle(items)
    assert digest(dict(items)) == digest(value)
