"""Waterfalls: hand-calculated bars, bars that add up for every pair of rulebooks, the same backwards."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji import examples
from zuji.errors import RulebookError
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.compare import compare, labels
from zuji.footprint.compare_matrix import FUNCTIONAL_UNIT, TOTAL, matrix
from zuji.footprint.compare_model import ORDER, Comparison, Waterfall
from zuji.footprint.compare_words import figure, signed
from zuji.footprint.model import Footprint
from zuji.rulebooks.book import open_book, registry
from zuji.rulebooks.mixing import CAUSES, MIXED_DAY, Mixer, Side
from zuji.study.model import Study
from zuji.study.open import open_study

from ..rulebooks.building import BookFolder, StudyFolder, datum
from .strategies import BACKGROUND, studies

DAY = date(2026, 11, 1)
AVAILABLE = tuple(id for id, entry in registry().items() if entry["available"])
MAIN = ("iso-14067", "gbt-24067", "eu-cfb-ind")


@pytest.fixture(scope="module")
def calculated() -> dict[str, dict[str, Footprint]]:
    """Both examples under every rulebook that is there, each example above one background."""
    found: dict[str, dict[str, Footprint]] = {}
    for name in examples.names():
        study = open_study(examples.folder(name)).study
        assert study is not None
        background, _ = background_of(study)
        found[name] = {id: calculate(study, open_book(id), on=DAY, background=background) for id in AVAILABLE}
    return found


def falls(comparison: Comparison) -> list[Waterfall]:
    return [w for w in (comparison.product, comparison.functional_unit) if w is not None]


def assert_closed(comparison: Comparison) -> None:
    """The bars add up to the last digit, and the lines of each bar add up to it within rounding."""
    for fall in falls(comparison):
        scale = max(abs(fall.a), abs(fall.b), *(abs(bar.value) for bar in fall.bars), 1e-300)
        assert math.fsum(bar.value for bar in fall.bars) == fall.difference
        assert [bar.cause for bar in fall.bars] == [cause for cause in ORDER if cause in {b.cause for b in fall.bars}]
        for bar in fall.bars:
            assert abs(math.fsum(line.value for line in bar.lines) - bar.value) <= 1e-9 * scale
            sizes = [abs(line.value) for line in bar.lines]
            assert sizes == sorted(sizes, reverse=True)


def powered(folder: StudyFolder) -> StudyFolder:
    """A study of 1000 kWh per product, half of them claimed by an instrument, and 10 kg of steel."""
    folder.electricity("mix", "0.6").electricity("wind", "0.02").background("steel", "2", "kgCO2e/kg")
    folder.part("plate", 10, "kg", dataset="steel")
    folder.meter("M", 4000).instrument("C", 2000, "wind").choose(average_mix__CN="mix")
    kwh = {"id": "power", "electricity": "works", "amount": datum(1000, "kWh")}
    return folder.process("make", [kwh], produces="thing")


def books(path: Path) -> tuple[BookFolder, BookFolder]:
    """Two books that differ in nothing but what the test makes them differ in."""
    return BookFolder(path / "one"), BookFolder(path / "two")


def test_electricity_by_hand(folder: StudyFolder, tmp_path: Path) -> None:
    """500 kWh at 0.02 instead of 0.6 kg CO2e/kWh is one bar of -290 kg, with both factors in its sentence."""
    a, b = books(tmp_path)
    b.except_when("electricity", "source_class == 'instrument' and criteria_met", "instrument_factor")
    powered(folder)
    comparison = compare(folder.footprint(a.open()), folder.footprint(b.open()))
    (bar,) = comparison.product.bars
    assert (comparison.product.a, comparison.product.b) == (pytest.approx(620), pytest.approx(330))
    assert bar.cause == "electricity"
    assert bar.value == pytest.approx(500 * (0.02 - 0.6), rel=1e-12)
    assert bar.lines[0].before == pytest.approx(300)
    assert bar.lines[0].after == pytest.approx(10)
    for text in ("500.0 kWh", "0.6000", "0.02000", "one", "two", "−290.0"):
        assert text in bar.sentence.en
    entry = next(entry for entry in bar.basis if entry.id == "electricity/works/C")
    assert (entry.a.en, entry.b.en) == ("mix 0.6000 kgCO2e/kWh", "wind 0.02000 kgCO2e/kWh")


def test_an_interaction_by_hand(folder: StudyFolder, tmp_path: Path) -> None:
    """Where B also leaves out production, the electricity has half of its effect and the boundary the rest."""
    a, b = books(tmp_path)
    b.except_when("electricity", "source_class == 'instrument' and criteria_met", "instrument_factor")
    b.main["assign"] = {**b.main["assign"], "production": "excluded", "production/material": "raw_material"}
    b.main["exclusions"] = [{"stage": "production", "clause": "7", "reason": {"zh": "测", "en": "test"}}]
    powered(folder)
    comparison = compare(folder.footprint(a.open()), folder.footprint(b.open()))
    values = {bar.cause: bar.value for bar in comparison.product.bars}
    # 620 kg with A's factors, 330 with B's, nothing where production is left out.
    assert values == {"boundary": pytest.approx(-(620 + 330) / 2), "electricity": pytest.approx(-290 / 2)}
    assert_closed(comparison)


def test_two_days_of_one_book(folder: StudyFolder, tmp_path: Path) -> None:
    """A parameter that changes between the two days is a cause although the book is the same."""
    book, _ = books(tmp_path)
    entry = {"value": "AR5", "clause": "old", "source": "test", "verified": True}
    book.parameters["characterisation.gwp_set"]["values"] = {
        "2020-01-01": entry, "2025-01-01": {**entry, "value": "AR6", "clause": "new"},
    }  # fmt: skip
    leak = {"id": "leak", "role": "emission", "gas": "N2O", "amount": datum(2, "kg")}
    folder.process("make", [leak], produces="thing")
    opened = book.open()
    comparison = compare(folder.footprint(opened, date(2024, 6, 1)), folder.footprint(opened, date(2025, 6, 1)))
    (bar,) = comparison.product.bars
    assert (bar.cause, bar.value) == ("characterisation", pytest.approx(2 * (273 - 265)))
    assert (bar.basis[0].clause_a, bar.basis[0].clause_b) == ("old", "new")
    assert (comparison.label_a, comparison.label_b) == ("one 2024-06-01", "one 2025-06-01")


def test_other_data_is_one_bar(folder: StudyFolder, tmp_path: Path) -> None:
    """Two studies under one book differ by their data alone, and the bar names the line that changed."""
    book = books(tmp_path)[0].open()
    first = folder.background("steel", "2", "kgCO2e/kg").part("plate", 10, "kg", dataset="steel").footprint(book)
    folder.tables["bom.csv"][0]["amount"] = 15
    comparison = compare(first, folder.footprint(book))
    (bar,) = comparison.product.bars
    assert (bar.cause, bar.value) == ("data", pytest.approx(10))
    assert (bar.basis[0].a.en, bar.basis[0].b.en) == ("10.0000 kg steel", "15.0000 kg steel")


def test_other_book_and_other_data(folder: StudyFolder, tmp_path: Path) -> None:
    """Study and rulebook may differ at once; the bars still add up."""
    a, b = books(tmp_path)
    b.except_when("electricity", "source_class == 'instrument' and criteria_met", "instrument_factor")
    first = powered(folder).footprint(a.open())
    folder.documents["processes/make.yaml"]["exchanges"][0]["amount"] = datum(1500, "kWh")
    comparison = compare(first, folder.footprint(b.open()))
    values = {bar.cause: bar.value for bar in comparison.product.bars}
    assert values == {"data": pytest.approx((300 + 155) / 2), "electricity": pytest.approx(-(290 + 435) / 2)}
    assert_closed(comparison)


def test_differences_in_words_only_have_no_bar(folder: StudyFolder, tmp_path: Path) -> None:
    """Other names, clauses and sources do not make a cause; a rule that decides the same is the same rule."""
    a, b = books(tmp_path)
    b.rules["electricity"]["base"] |= {"clause": "99", "source": "elsewhere"}
    b.parameters["characterisation.gwp_set"]["values"]["2020-01-01"]["clause"] = "98"
    b.main["stages"] = [{**stage, "name": {"zh": "别名", "en": "another name"}} for stage in b.main["stages"]]
    powered(folder)
    first, second = folder.footprint(a.open()), folder.footprint(b.open())
    comparison = compare(first, second)
    assert comparison.product.bars == ()
    assert comparison.without_effect == ()
    assert Mixer(Side(first.system.book, DAY), Side(second.system.book, DAY)).differing() == ()


def test_a_cause_without_effect_is_named(folder: StudyFolder, tmp_path: Path) -> None:
    """A rule that differs, but not for anything in this study, has no bar and is listed as without effect."""
    a, b = books(tmp_path)
    b.rules["allocation"]["base"]["value"] = "economic"
    b.except_when("electricity", "source_class == 'on_site'", "own_factor")
    powered(folder)
    comparison = compare(folder.footprint(a.open()), folder.footprint(b.open()))
    assert comparison.product.bars == ()
    assert comparison.without_effect == ("electricity", "allocation")


def test_not_comparable_per_functional_unit(folder: StudyFolder, tmp_path: Path) -> None:
    """Another unit, another measure in the same unit, or `comparable: false` refuse the figure and say why."""
    a, b = books(tmp_path)
    piece = b.main["strategies"]["functional_unit"]["formulas"]["piece"]
    folder.background("steel", "2", "kgCO2e/kg").part("plate", 10, "kg", dataset="steel")
    first = folder.footprint(a.open())
    for i, (changes, said) in enumerate(
        [
            ({"unit": "kWh", "expression": "usable_energy"}, "one counts per item and"),
            ({"expression": "usable_energy"}, "one counts “piece” and"),
            ({"comparable": False, "name": {"zh": "待机", "en": "standby"}}, "(standby) must not be compared"),
        ]
    ):
        other = BookFolder(tmp_path / f"other{i}", id=f"other{i}")
        other.main["strategies"]["functional_unit"]["formulas"] = {"piece": {**piece, **changes}}
        comparison = compare(first, folder.footprint(other.open()))
        assert comparison.functional_unit is None
        assert any(said in reason.en for reason in comparison.not_per_functional_unit)
        assert comparison.waterfall("functional_unit") is comparison.product
    assert compare(first, folder.footprint(b.open())).functional_unit is not None


@pytest.mark.parametrize("example", examples.names())
def test_every_pair_of_books_closes(calculated: dict[str, dict[str, Footprint]], example: str) -> None:
    """For every pair of available rulebooks on both examples the bars add up exactly, per product and per unit."""
    for a, b in combinations(calculated[example].values(), 2):
        comparison = compare(a, b)
        assert_closed(comparison)
        assert comparison.document["per_product"]["difference"] == b.total - a.total
        assert all(bar.sentence.en and bar.sentence.zh for fall in falls(comparison) for bar in fall.bars)


@pytest.mark.parametrize("pair", list(combinations(MAIN, 2)))
def test_backwards(calculated: dict[str, dict[str, Footprint]], pair: tuple[str, str]) -> None:
    """B against A has the bars of A against B with the other sign."""
    footprints = calculated["lfp-storage-488kwh"]
    forth, back = compare(footprints[pair[0]], footprints[pair[1]]), compare(footprints[pair[1]], footprints[pair[0]])
    for one, other in zip(falls(forth), falls(back), strict=True):
        assert [(bar.id, -bar.value) for bar in one.bars] == [(bar.id, bar.value) for bar in other.bars]


def test_a_footprint_against_itself(calculated: dict[str, dict[str, Footprint]]) -> None:
    """Identical footprints give no bars and no difference."""
    for footprint in calculated["lfp-storage-488kwh"].values():
        comparison = compare(footprint, footprint)
        assert [fall.bars for fall in falls(comparison)] == [()] * len(falls(comparison))
        assert comparison.product.difference == 0
        assert (comparison.label_a, comparison.label_b) == ("A", "B")


@pytest.mark.parametrize("id", AVAILABLE)
def test_a_mixture_of_all_causes_is_the_other_book(calculated: dict[str, dict[str, Footprint]], id: str) -> None:
    """With all causes from one side a mixed book gives that side's footprint, line by line."""
    a, b = calculated["lfp-storage-488kwh"]["iso-14067"], calculated["lfp-storage-488kwh"][id]
    mixer = Mixer(Side(a.system.book, DAY), Side(b.system.book, DAY))
    for causes, end in (((), a), (CAUSES, b)):
        mixed = calculate(a.system.study, mixer.book(causes), on=MIXED_DAY, background=a.system.background)
        assert mixed.total == end.total
        assert mixed.per_functional_unit == end.per_functional_unit
        assert {(x.address, x.value) for x in mixed.lines} == {(x.address, x.value) for x in end.lines}


def test_only_known_causes_can_be_mixed() -> None:
    """A cause that is none of the seven is refused."""
    side = Side(open_book("iso-14067"), DAY)
    with pytest.raises(RulebookError, match="no cause colour"):
        Mixer(side, side).book(["colour"])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(studies(), st.sampled_from(list(combinations(MAIN, 2))))
def test_random_studies_close(study: Study, pair: tuple[str, str]) -> None:
    """On any small study the bars of any pair add up, and backwards with the other sign."""
    a, b = (calculate(study, open_book(id), on=DAY, background=BACKGROUND) for id in pair)
    comparison, back = compare(a, b), compare(b, a)
    for one, other in zip(falls(comparison), falls(back), strict=True):
        scale = max(abs(one.a), abs(one.b), *(abs(bar.value) for bar in one.bars), 1e-9)
        assert abs(one.remainder) <= 1e-15 * scale
        assert sum((bar.exact for bar in one.bars), start=0) == pytest.approx(one.difference, abs=1e-9 * scale)
        # Causes that cancel each other may be listed on one side only by rounding; their values agree in any case.
        values, negative = ({bar.id: bar.value for bar in fall.bars} for fall in (one, other))
        for id in {*values, *negative}:
            assert values.get(id, 0.0) == pytest.approx(-negative.get(id, 0.0), abs=1e-9 * scale)


def test_the_example(calculated: dict[str, dict[str, Footprint]]) -> None:
    """ISO 14067 against CFB-IND: the use stage, the certificates and the recycling formula, and nothing else."""
    footprints = calculated["lfp-storage-488kwh"]
    comparison = compare(footprints["iso-14067"], footprints["eu-cfb-ind"])
    bars = {bar.cause: bar for bar in comparison.product.bars}
    assert list(bars) == ["boundary", "electricity", "end_of_life"]
    use = next(stage.value for stage in footprints["iso-14067"].stages if stage.id == "use")
    assert bars["boundary"].value == pytest.approx(-use, rel=1e-9)
    # 50 % of 9,806.602668 kWh, from wind to the national average.
    assert bars["electricity"].value == pytest.approx(9806.602668 / 2 * (0.5777 - 0.0324), rel=1e-4)
    assert comparison.functional_unit is not None
    assert "Annex II(4)" in bars["boundary"].basis[0].clause_b
    assert any("draft" in caution.en for caution in comparison.cautions)
    assert comparison.json == compare(footprints["iso-14067"], footprints["eu-cfb-ind"]).json


def test_without_use_stage_the_functional_unit_makes_none(calculated: dict[str, dict[str, Footprint]]) -> None:
    """Where one side leaves the use stage out, all of it is the boundary's: a declared unit does not share in it."""
    if "pact-3" not in AVAILABLE:
        pytest.skip("PACT is not there yet")
    footprints = calculated["lfp-storage-488kwh"]
    comparison = compare(footprints["iso-14067"], footprints["pact-3"])
    assert "functional_unit" not in {bar.cause for bar in comparison.product.bars}


def test_matrix(calculated: dict[str, dict[str, Footprint]]) -> None:
    """Three books side by side: the stages of each, and the pairs whose totals and units must not be compared."""
    found = matrix([calculated["lfp-storage-488kwh"][id] for id in MAIN])
    assert found.labels == MAIN
    assert [cell.excluded for cell in found.stages["use"]] == [False, False, True]
    for i, footprint in enumerate(found.footprints):
        stages = [cells[i].value or 0.0 for cells in found.stages.values()]
        assert math.fsum(stages) == pytest.approx(footprint.total, rel=1e-12)
    assert {(r.figure, r.a, r.b) for r in found.refusals} == {
        (figure, a, "eu-cfb-ind") for figure in (TOTAL, FUNCTIONAL_UNIT) for a in MAIN[:2]
    }
    assert "leaves out Use" in found.refusals[0].reasons[0].en
    assert [group.labels for group in found.groups if group.figure == TOTAL] == [MAIN[:2], MAIN[2:]]
    assert found.json == matrix(found.footprints).json


def test_matrix_of_days_and_merged_stages(folder: StudyFolder, tmp_path: Path) -> None:
    """Columns of one book are told apart by their days; a stage counted with another one is not counted twice."""
    book, _ = books(tmp_path)
    book.main["assign"] = {**book.main["assign"], "distribution": "production"}
    footprint = powered(folder).footprint(book.open())
    later = replace(footprint, system=replace(footprint.system, day=DAY))
    found = matrix([footprint, later])
    assert found.labels == ("one 2025-06-30", "one 2026-11-01")
    assert found.stages["distribution"][0].within == "production"
    assert labels(footprint, later) == found.labels


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1234567, "+1,235,000"),
        (-0.012345, "−0.01235"),
        (9.9996, "+10.00"),
        (math.inf, "+?"),
        (1e-9, "+1.000e−09"),
    ],
)
def test_figures(value: float, shown: str) -> None:
    """Figures in sentences have four digits, grouped thousands and a proper sign."""
    assert signed(value) == shown
    assert figure(value) == shown.removeprefix("+")
