"""Numbers for people: expectations written by hand."""

from __future__ import annotations

import math

import pytest

from zuji.numbers import at_most, energy, percent, percent_of, significant


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 4, "0"),
        (None, 4, "?"),
        (math.inf, 4, "?"),
        (math.nan, 4, "?"),
        (62289.8, 4, "62,290"),
        (6618.26, 4, "6,618"),
        (59.983, 4, "59.98"),
        (93.4997, 4, "93.50"),
        (0.0324, 3, "0.0324"),
        (0.5777, 3, "0.578"),
        (-376.66, 4, "−376.7"),
        (1234567, 4, "1,235,000"),
        (0.00504175, 4, "0.005042"),
        (9.9996, 4, "10.00"),
        (0.99996, 4, "1.000"),
        (99999.9, 4, "100,000"),
        (1e-6, 4, "0.000001000"),
        (1.2346e-9, 4, "1.235e−09"),
        (-1.2346e-9, 3, "−1.23e−09"),
        (2.5e13, 3, "2.50e+13"),
    ],
)
def test_significant(value: float | None, digits: int, text: str) -> None:
    """The digits asked for and no more, also where rounding makes the number one digit longer."""
    assert significant(value, digits) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5777, 6, "0.5777"),
        (1, 6, "1"),
        (1000.0, 6, "1,000"),
        (150000, 6, "150,000"),
        (43.871, 5, "43.871"),
        (5.316, 5, "5.316"),
        (38167.61, 6, "38,167.6"),
        (1 / 7.5, 6, "0.133333"),
        (0, 5, "0"),
        (None, 5, "?"),
        (-2.50, 5, "−2.5"),
        (1.5e-9, 5, "1.5e−09"),
    ],
)
def test_at_most(value: float | None, digits: int, text: str) -> None:
    """A published figure gets no zeros that its source does not have."""
    assert at_most(value, digits) == text


def test_percent() -> None:
    """A proper minus, no minus before zero, a dash where there is no total."""
    assert percent(0.613) == "61.3 %"
    assert percent(-0.0588) == "−5.9 %"
    assert percent(-0.0001) == "0.0 %"
    assert percent(1, 0) == "100 %"
    assert percent_of(1, 8) == "12.5 %"
    assert percent_of(1, 0) == "—"
    assert percent_of(1, math.nan) == "—"


def test_energy() -> None:
    """An energy names its unit."""
    assert energy(4903.35) == "4,903 kWh"
    assert energy(0.045514) == "0.04551 kWh"
