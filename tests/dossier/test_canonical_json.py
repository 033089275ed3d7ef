"""The canonical JSON of the stand-alone verifier, against the published vectors and against an independent package."""

from __future__ import annotations

import json
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from zuji.dossier.standalone import Refused, canonical, nesting, parse, shown_number

# RFC 8785, Appendix B: IEEE 754 double in hexadecimal → its text.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_the_rfc(bits: str, text: str) -> None:
    """Every number of RFC 8785, Appendix B, is written as there, by the verifier and by the package that freezes."""
    value = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert shown_number(value) == text
    assert rfc8785.dumps(value).decode() == text


def test_object_of_the_rfc() -> None:
    """The example of RFC 8785 §3.2.2 and §3.2.3 comes out as the hexadecimal bytes of §3.2.4."""
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(value).decode() == expected


def test_order_of_the_rfc() -> None:
    """Names are sorted by UTF-16 code units, as in the example of RFC 8785 §3.2.3."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(canonical(dict.fromkeys(names, 0)))) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé€𐀀", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_it_agrees_with_another_implementation(value: object) -> None:
    """The verifier writes what the package rfc8785 writes, and reads it back as canonical."""
    data = rfc8785.dumps(value)  # type: ignore[arg-type]
    assert canonical(value) == data
    assert canonical(parse(data, "x")) == data


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1, "b":2}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":1e2}', b'"\\u0041"', b"[1]\n",
        b"-0", b"NaN", b"[Infinity]", b"[-Infinity]", b"1e400", b'"\\ud800"', b"\xff", b"", b"{", b"1" * 5000, b"nul",
    ],
)  # fmt: skip
def test_other_texts_are_refused(text: bytes) -> None:
    """Spaces, order, repeated names, other spellings of numbers, NaN and broken text are refused and never accepted."""
    with pytest.raises(Refused):
        parse(text, "x")


@pytest.mark.parametrize("text", [b"[" * 100_000, b"[" * 1000 + b"]" * 1000, b'{"a":' * 70 + b"1" + b"}" * 70])
def test_deep_texts_are_refused(text: bytes) -> None:
    """A text that nests deeper than the limit is refused before it is read."""
    with pytest.raises(Refused, match="deeper"):
        parse(text, "x")


def test_brackets_in_texts_do_not_nest() -> None:
    """Brackets inside strings, also after escaped quotes, count for nothing."""
    assert nesting(b'["[[[[", "\\"[[", {"[{": 1}]') == 2
