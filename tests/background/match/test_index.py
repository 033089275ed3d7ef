"""Ranking: hand-made cases with a known answer, cases that must not match, and properties."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.background.match.index import PROXY, Candidate, Entry, Index, Wanted
from zuji.background.match.places import fit
from zuji.background.match.reasons import WORDS, text_of

ENTRIES = (
    Entry("lfp", ("LFP cathode active material", "磷酸铁锂正极材料"), "kg", "CN", "2022", "material"),
    Entry("lfp-cell", ("LFP cell",), "kg", "CN", "2022", "process"),
    Entry("lipf6", ("lithium hexafluorophosphate production", "lithium hexafluorophosphate"), "kg", "CN", "2020"),
    Entry("napf6", ("sodium hexafluorophosphate",), "kg", "RER", "2020"),
    Entry("al-foil", ("aluminium foil",), "kg", "GLO", "2020", "material"),
    Entry("al", ("market for aluminium, primary, ingot",), "t", "GLO", "2020", "material"),
    Entry("alumina", ("aluminium oxide production",), "kg", "GLO", "2020", "material"),
    Entry("pvdf", ("polyvinylidenefluoride",), "kg", "RoW", "2020"),
    Entry("pvf", ("polyvinylfluoride",), "kg", "RoW", "2020"),
    Entry("nmp", ("N-methyl-2-pyrrolidone production",), "kg", "RER", "2020"),
    Entry("ec", ("ethylene carbonate production",), "kg", "RoW", "2020"),
    Entry("vc", ("vinylene carbonate",), "kg", "RoW", "2020"),
    Entry("li2co3-glo", ("market for lithium carbonate",), "kg", "GLO", "2020"),
    Entry("li2co3-cn", ("lithium carbonate production, from spodumene",), "kg", "CN", "2020"),
    Entry("lioh", ("lithium hydroxide production",), "kg", "CN", "2020"),
    Entry("hfc32", ("difluoromethane",), "kg", "GLO", "2020"),
    Entry("ch4", ("methane",), "kg", "GLO", "2020"),
    Entry("gap", ("copper",), "kg", "CN", "2020", missing="no figure"),
    Entry("power", ("market for electricity, low voltage",), "kWh", "CN", "2020", "electricity"),
)
INDEX = Index(ENTRIES)


def ranked(name: str, unit: str = "kg", place: str = "CN-FJ", **more: object) -> list[Candidate]:
    return INDEX.candidates([Wanted("x", (name,), unit, place, 2024, **more)])[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("磷酸铁锂", "lfp"), ("磷酸铁锂电芯", "lfp-cell"), ("六氟磷酸锂", "lipf6"), ("LiPF6", "lipf6"),
        ("铝箔", "al-foil"),
        ("PVDF", "pvdf"), ("聚偏氟乙烯", "pvdf"), ("NMP", "nmp"), ("碳酸乙烯酯", "ec"), ("EC 96-49-1", "ec"),
        ("电池级碳酸锂", "li2co3-cn"), ("CLi2O3", "li2co3-cn"), ("氧化铝", "alumina"), ("铝锭", "al"), ("甲烷", "ch4"),
    ],
)  # fmt: skip
def test_the_right_one_is_first(name: str, dataset: str) -> None:
    """Words of a Chinese bill of materials find the English dataset of the same thing."""
    first = ranked(name)[0]
    assert first.entry.id == dataset
    assert not first.is_proxy


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("碳酸锂", "lioh"), ("lithium hydroxide", "li2co3-cn"), ("PVDF", "pvf"), ("LiPF6", "napf6"),
    ],
)  # fmt: skip
def test_another_product_of_the_class_is_a_proxy(name: str, dataset: str) -> None:
    """It may stand below the product itself, marked, and never above the score of proxies."""
    found = {one.entry.id: one for one in ranked(name)}
    assert found[dataset].is_proxy
    assert found[dataset].score <= PROXY
    assert found[dataset].reasons[0].key == "proxy"


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("氧化铝", "al"), ("alumina", "al-foil"), ("aluminium", "alumina"), ("Methane", "hfc32"),
        ("difluoromethane", "ch4"),
        ("碳酸乙烯酯", "vc"), ("碳酸锂", "lipf6"), ("磷酸铁锂", "lipf6"), ("甲烷", "hfc32"),
    ],
)  # fmt: skip
def test_must_not_match(name: str, dataset: str) -> None:
    """What shares letters or an element, and is another thing of another class, is no candidate at all."""
    assert dataset not in {one.entry.id for one in ranked(name)}


def test_units_are_converted_or_said_not_to_fit() -> None:
    """1 kg is 0.001 t; kg and kWh measure different things, and such a candidate is far below."""
    tonnes = next(one for one in ranked("aluminium ingot") if one.entry.id == "al")
    assert tonnes.factor == Fraction(1, 1000)
    assert text_of(next(r for r in tonnes.reasons if r.key == "unit factor"), "en") == "1 kg = 0.001 t"
    misfit = [one for one in ranked("electricity") if one.entry.id == "power"]
    assert all(one.factor is None and one.score < 0.4 for one in misfit)
    assert ranked("electricity", "MJ")[0].factor == Fraction(5, 18)


def test_places_rank_equal_names() -> None:
    """Region, country, part of the world, rest of the world and world, elsewhere: in this order."""
    order = [fit(place, "DE-BY") for place in ("DE-BY", "DE", "RER", "RoW", "GLO", "", "CN")]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == len(order)
    assert ranked("lithium carbonate")[0].entry.id == "li2co3-cn"
    assert ranked("lithium carbonate", place="US")[0].entry.id == "li2co3-glo"


def test_a_gap_ranks_below_and_says_so() -> None:
    """A dataset without a figure is a candidate with that reason, below 0.5."""
    (gap,) = (one for one in ranked("copper") if one.entry.id == "gap")
    assert gap.score < 0.5
    assert "gap" in [reason.key for reason in gap.reasons]


def test_the_number_of_the_substance_decides() -> None:
    """A line with a name nobody knows and a CAS number finds the substance; another number is another substance."""
    assert ranked("HX-7 123", cas=("21324-40-3",))[0].entry.id == "lipf6"
    numbered = Index([Entry("a", ("binder X, CAS 9003-55-8",), "kg"), Entry("b", ("binder X, CAS 9004-32-4",), "kg")])
    found = numbered.candidates([Wanted("x", ("binder X",), "kg", cas=("9003-55-8",))])[0]
    assert [one.entry.id for one in found if not one.is_proxy] == ["a"]


@settings(max_examples=25, deadline=None)
@given(st.permutations(ENTRIES), st.lists(st.sampled_from([e.names[0] for e in ENTRIES]), min_size=1, max_size=4))
def test_the_order_of_datasets_changes_nothing(entries: list[Entry], names: list[str]) -> None:
    """Any order of datasets and any company of lines give the same candidates."""
    lines = [Wanted(name, (name,), "kg", "CN", 2024) for name in names]
    together = Index(entries).candidates(lines)
    assert together == INDEX.candidates(lines)
    assert together == [INDEX.candidates([line])[0] for line in lines]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20), st.sampled_from(["kg", "zork", "kWh", ""]), st.sampled_from(["", "CN", "中国", "X-Y-Z"]))
def test_any_line_is_ranked(name: str, unit: str, place: str) -> None:
    """No name, unit or place is an error; scores lie between 0 and 1, and every reason has words in both languages."""
    for one in INDEX.candidates([Wanted("x", (name,), unit, place, 2024)])[0]:
        assert 0 <= one.score <= 1
        for reason in one.reasons:
            assert text_of(reason, "en")
            assert text_of(reason, "zh")
            assert reason.key in WORDS
