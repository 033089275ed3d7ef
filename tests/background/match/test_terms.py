"""The term base and the reading of names: spellings, CAS numbers, formulas, brackets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuji.background.match.formulas import composition
from zuji.background.match.terms import KINDS, cas_numbers, read, terms, valid_cas


def test_every_term_is_sound() -> None:
    """CAS numbers have a valid check digit, formulas are formulas, no name means two things."""
    seen: dict[str, str] = {}
    for term in terms().values():
        assert term.kind in KINDS
        assert not term.cas or valid_cas(term.cas), term
        assert not term.formula or composition(term.formula), term
        assert not term.broader or term.broader in terms()
        for name in (*term.zh, *term.en):
            assert seen.setdefault(name, term.id) == term.id, name


def test_every_name_is_read_as_its_term() -> None:
    """Each name of the term base, alone, speaks of its own term."""
    for term in terms().values():
        for name in (*term.zh, *term.en):
            assert term.id in read(name).terms, name


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("磷酸铁锂", "lfp"), ("六氟磷酸锂", "lipf6"), ("PVDF", "pvdf"), ("聚偏氟乙烯（PVDF）", "pvdf"), ("NMP", "nmp"),
        ("N-甲基吡咯烷酮", "nmp"), ("碳酸乙烯酯", "ethylene-carbonate"),
        ("market for lithium carbonate", "lithium-carbonate"),
        ("Li2CO3", "lithium-carbonate"), ("CLi2O3", "lithium-carbonate"), ("Li₂CO₃", "lithium-carbonate"),
        ("cobalt sulphate", "cobalt-sulfate"), ("Aluminum", "aluminium"),
        ("substance, CAS 554-13-2", "lithium-carbonate"),
        ("CoSO4·7H2O", "cobalt-sulfate"), ("ＰＶＤＦ", "pvdf"),
    ],
)  # fmt: skip
def test_spellings(text: str, id: str) -> None:
    """All spellings of one thing are one term."""
    assert read(text).terms == (id,)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("二氟甲烷", "methane"), ("difluoromethane", "methane"), ("碳酸亚乙烯酯", "ethylene-carbonate"),
        ("氧化铝", "aluminium"), ("alumina", "aluminium"), ("氢氧化锂", "lithium"), ("二苯基甲烷二异氰酸酯", "methane"),
        ("聚氟乙烯", "pvdf"), ("PC", "co"), ("lithium carbonate from spodumene", "spodumene"),
    ],
)  # fmt: skip
def test_other_things(text: str, id: str) -> None:
    """A name inside another name, or behind 'from', is not what the text speaks of."""
    assert id not in read(text).terms


def test_compositions() -> None:
    """Order and brackets do not matter; words that only look like a formula are none."""
    assert composition("Li2CO3") == composition("CLi2O3") == "CLi2O3"
    assert composition("Fe2(SO4)3") == composition("Fe2S3O12")
    assert composition("LiNi0.5Mn0.3Co0.2O2") == "Co0.2LiMn0.3Ni0.5O2"
    assert [composition(word) for word in ("PC", "NO", "CO", "PVDF", "SUS304", "NMC111", "Al", "BMS")] == [""] * 8


def test_cas_numbers() -> None:
    """554-13-2: 3·1 + 1·2 + 4·3 + 5·4 + 5·5 = 62, check digit 2; another last digit is no number."""
    assert cas_numbers("CAS 000554-13-2, 554-13-3") == ("554-13-2",)
    assert not valid_cas("554-13-3")


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    """No text is an error, and case and width do not change the terms."""
    assert read(text).terms == read(text + " ").terms
