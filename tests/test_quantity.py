"""Units as people type them, exact conversions, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.errors import UnitError, ZujiError
from zuji.quantity import Quantity, conversion_factor, known_units, nearest_units, parse_quantity, parse_unit

TYPED = [
    # spelling, the same as
    ("KG", "kg"), ("ｋｇ", "kg"), ("千克", "kg"), ("公斤", "kg"), ("吨", "t"), ("公吨", "t"), ("tonnes", "t"),
    ("kwh", "kWh"), ("ＫＷＨ", "kWh"), ("度", "kWh"), ("千瓦时", "kWh"), ("kW·h", "kWh"), ("kW h", "kWh"),
    ("MWH", "MWh"), ("Kwh", "kWh"), ("M3", "m3"), ("KM", "km"), ("Kg", "kg"), ("T", "t"), ("AH", "Ah"), ("tKm", "tkm"),
    ("Month", "month"), ("Min", "min"), ("兆瓦时", "MWh"), ("MW*h", "MWh"), ("万度", "万kWh"), ("万千瓦时", "万kWh"),
    ("兆焦", "MJ"), ("吉焦", "GJ"), ("立方米", "m3"), ("m³", "m3"), ("㎡", "m2"), ("升", "L"), ("标方", "Nm3"),
    ("t·km", "tkm"), ("t × km", "tkm"), ("吨公里", "tkm"), ("吨·千米", "tkm"), ("个", "item"), ("pcs", "item"),
    ("次", "cycle"), ("年", "a"), ("小时", "h"), ("元", "CNY"), ("RMB", "CNY"),
    ("kg CO2e", "kgCO2e"), ("kgCO2-eq", "kgCO2e"), ("kg CO₂ eq.", "kgCO2e"), ("KGCO2E", "kgCO2e"),
    ("kg-CO2e", "kgCO2e"),
    ("kg CO2 equivalent", "kgCO2e"), ("千克二氧化碳当量", "kgCO2e"), ("t CO2e", "tCO2e"), ("吨二氧化碳当量", "tCO2e"),
    ("kgCO2e每度", "kgCO2e/kWh"), ("kg CO2e / （kW·h）", "kgCO2e/kWh"), ("千克二氧化碳当量/千瓦时", "kgCO2e/kWh"),
    ("gCO2e/kWh", "kgCO2e/MWh"), ("元/千克", "CNY/kg"), ("kWh/年", "kWh/a"), ("MJ/kg", "GJ/t"), ("％", "%"),
    ("百分比", "%"),
    ("percent", "%"), ("", "1"), ("-", "1"), ("ratio", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "same"), TYPED)
def test_units_as_typed(typed, same):
    """Chinese and English, full and half width, any case, any spelling of CO2e: one unit."""
    one, two = parse_unit(typed), parse_unit(same)
    assert (one.dimension, one.factor) == (two.dimension, two.factor)
    assert one.dimension == two.dimension


@pytest.mark.parametrize("typed", [*(typed for typed, _ in TYPED), *known_units()])
def test_a_symbol_reads_back(typed):
    """The symbol of every unit names the same unit again."""
    unit = parse_unit(typed)
    again = parse_unit(unit.symbol)
    assert (again.dimension, again.factor) == (unit.dimension, unit.factor)


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("kWh", "MJ", Fraction(18, 5)), ("MJ", "kWh", Fraction(5, 18)), ("t", "kg", Fraction(1000)),
        ("lb", "kg", Fraction(45359237, 100000000)), ("万kWh", "MWh", Fraction(10)), ("a", "h", Fraction(8760)),
        ("month", "a", Fraction(1, 12)), ("tkm", "kgkm", Fraction(1000)), ("nmi", "km", Fraction(463, 250)),
        ("kgCO2e/kWh", "gCO2e/MJ", Fraction(2500, 9)), ("%", "1", Fraction(1, 100)), ("GJ", "kWh", Fraction(2500, 9)),
        ("kW", "kWh/a", Fraction(8760)), ("L", "m3", Fraction(1, 1000)), ("CNY/t", "CNY/kg", Fraction(1, 1000)),
    ],
)  # fmt: skip
def test_conversions_are_exact(source, target, factor):
    """A conversion factor is a fraction, so neither engine starts from a rounded number."""
    assert conversion_factor(parse_unit(source), parse_unit(target)) == factor


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("kg", "kgCO2e"),
        ("t", "tCO2e"),
        ("kWh", "kW"),
        ("m3", "Nm3"),
        ("tkm", "vkm"),
        ("CNY", "EUR"),
        ("kg", "item"),
        ("cycle", "item"),
    ],
)
def test_dimensions_stay_apart(one, two):
    """Mass of a gas and mass of CO2e do not add, nor gas volumes, currencies, energy and power."""
    with pytest.raises(UnitError, match="does not convert to"):
        conversion_factor(parse_unit(one), parse_unit(two))
    with pytest.raises(UnitError):
        _ = Quantity(1, parse_unit(one)) + Quantity(1, parse_unit(two))
    with pytest.raises(UnitError):
        _ = Quantity(1, parse_unit(one)) - Quantity(1, parse_unit(two))


@pytest.mark.parametrize("text", ["kgCO2", "kg CO2", "t CO₂", "kgCO2/kWh", "ｋｇＣＯ２"])
def test_a_mass_of_co2_is_no_unit(text):
    """kg CO2 is a mass of a gas, not of CO2e: the message says what to write instead."""
    with pytest.raises(UnitError, match="name the gas and use kg, or write kgCO2e"):
        parse_unit(text)


@pytest.mark.parametrize(
    "text",
    [
        "foo",
        "kg5",
        "5 kg",
        "2",
        "0.5",
        "kg/",
        "/kg",
        "kg**9",
        "kg^-1",
        "__",
        "kg;kWh",
        "1e9",
        "kg\x00",
        "()",
        "kg**kg",
        "🔋",
    ],
)
def test_unreadable_units(text):
    """Whatever is no unit is a UnitError, never another exception and never a silent one."""
    with pytest.raises(UnitError) as refused:
        parse_unit(text)
    assert isinstance(refused.value, ZujiError)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    "text", ["mWh", "mwh", "mJ", "mj", "mW", "MG", "Mg", "ML", "MM", "Mm", "M", "A", "kWh/A", "MG/kg"]
)
def test_case_never_changes_the_size(text):
    """A thousandth is not taken for a million by its case, nor an ampere for a year."""
    with pytest.raises(UnitError, match="unknown unit"):
        parse_unit(text)


@pytest.mark.parametrize(
    ("typed", "near"),
    [("kWhh", "kWh"), ("kgg", "kg"), ("tonn", "tonne"), ("千瓦小时", "千瓦时"), ("kgCO2eqq", "kgCO2eq")],
)
def test_the_nearest_units_are_named(typed, near):
    """A mistyped unit is answered with the units that look like it."""
    assert near in nearest_units(typed)
    with pytest.raises(UnitError, match=f"unknown unit '{typed}'; did you mean .*{near}"):
        parse_unit(typed)


def test_nothing_near():
    """A text that looks like no unit gets no guess."""
    assert nearest_units("§§§") == ()


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12.5 kg", 12.5, "kg"), ("3 吨", 3, "t"), ("１２ MWh", 12, "MWh"), ("-5kg", -5, "kg"), ("+.5 t", 0.5, "t"),
        ("1,200 kWh", 1200, "kWh"), ("1,200,000.5 kg", 1200000.5, "kg"), ("1'200 kg", 1200, "kg"),
        ("1_200 kg", 1200, "kg"),
        ("１，２００ 度", 1200, "kWh"), ("1e3 kg", 1000, "kg"), ("5 %", 5, "%"), ("5", 5, "1"),
        ("-1,200 kg", -1200, "kg"),
    ],
)  # fmt: skip
def test_quantities(text, value, unit):
    """A number with its unit, with thousands separators and in full width."""
    quantity = parse_quantity(text)
    assert quantity.value == value
    assert quantity.unit.factor == parse_unit(unit).factor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kg",
        "1,20 kg",
        "0,125 kg",
        "12,5 kg",
        "1234,567 kg",
        "1.200,5 kg",
        "1,200_300 kg",
        "nan kg",
        "inf",
        "1e999 kg",
        "1 2 kg",
        "--1 kg",
    ],
)
def test_unreadable_quantities(text):
    """A comma that does not part thousands is refused: 0,125 kg is neither 125 kg nor a guess."""
    with pytest.raises(UnitError):
        parse_quantity(text)


def test_quantities_compute():
    """Sums convert to the first unit, products and quotients combine units."""
    kg, t = parse_unit("kg"), parse_unit("t")
    assert Quantity(1, t) + Quantity(500, kg) == Quantity(1.5, t)
    assert Quantity(1, t) - Quantity(500, kg) == Quantity(0.5, t)
    assert (Quantity(2, t) * Quantity(3, parse_unit("km"))).to("tkm").value == pytest.approx(6)
    assert (Quantity(6, parse_unit("kgCO2e")) / Quantity(3, parse_unit("kWh"))).to("gCO2e/kWh").value == pytest.approx(
        2000
    )
    assert 2 * Quantity(3, kg) == Quantity(6, kg)
    assert Quantity(3, kg) / 2 == Quantity(1.5, kg)
    assert Quantity(3, kg) / Quantity(2, parse_unit("1")) == Quantity(1.5, kg)
    assert str(Quantity(1.5, t)) == "1.5 t"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_quantities_are_finite(value):
    """Infinity is no amount."""
    with pytest.raises(UnitError, match="not a finite number"):
        Quantity(value, parse_unit("kg"))


UNITS = st.sampled_from(known_units())


@settings(deadline=None)
@given(st.floats(-1e12, 1e12, allow_subnormal=False), UNITS)
def test_a_quantity_reads_back(value, unit):
    """Writing a number with its unit and reading it gives the same quantity."""
    quantity = Quantity(value, parse_unit(unit))
    assert parse_quantity(f"{value!r} {quantity.unit}") == quantity


@settings(deadline=None)
@given(UNITS, UNITS)
def test_there_and_back_is_one(one, two):
    """A conversion and its inverse are exactly one, and units of different dimensions never convert."""
    source, target = parse_unit(one), parse_unit(two)
    if source.dimension != target.dimension:
        with pytest.raises(UnitError):
            conversion_factor(source, target)
    else:
        assert conversion_factor(source, target) * conversion_factor(target, source) == 1


@settings(deadline=None, max_examples=60)
@given(UNITS, UNITS)
def test_a_quotient_of_units_multiplies_back(one, two):
    """(a/b)·b is a, in dimension and in size."""
    whole, part = parse_unit(one), parse_unit(f"({one})/({two})*({two})")
    assert (part.dimension, part.factor) == (whole.dimension, whole.factor)


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_a_unit_error(text):
    """No text brings the reader down with anything else than a UnitError."""
    try:
        unit = parse_unit(text)
    except UnitError:
        return
    assert unit.factor > 0
