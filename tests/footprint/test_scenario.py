"""What-if studies: every address can be set, bad changes are refused in words, bars by hand, tornados by width."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from zuji import examples
from zuji.background.model import Background
from zuji.background.starter import starter
from zuji.footprint.backgrounds import background_of
from zuji.footprint.calculate import calculate
from zuji.footprint.compare_model import Comparison
from zuji.footprint.scenario import MOST_PATCHES, what_if
from zuji.footprint.scenario_address import AMOUNT, DATASET, target, targets
from zuji.footprint.scenario_patch import Patch, ScenarioError, all_patched, mixes_by_year, patch_of, patched
from zuji.footprint.scenario_tornado import range_of, tornado
from zuji.i18n import set_language
from zuji.rulebooks.book import open_book
from zuji.study.model import ProviderKind, Study
from zuji.study.open import open_study

from ..rulebooks.building import DAY, StudyFolder, datum

BOOK = "iso-14067"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUJI_LANG", "en")
    set_language(None)


@pytest.fixture(scope="module")
def example() -> tuple[Study, Background]:
    study = open_study(examples.folder("lfp-storage-488kwh")).study
    assert study is not None
    return study, background_of(study)[0]


@pytest.fixture
def small(folder: StudyFolder) -> tuple[Study, Background]:
    """10 kg of steel at 2, 100 kWh of the mix at 0.6, 50 cycles of 100 kWh, 80 % efficient, charged with 0.5."""
    folder.electricity("mix", "0.6").electricity("green", "0.1").electricity("use", "0.5")
    folder.background("steel", "2", "kgCO2e/kg").background("scrap-steel", "0.5", "kgCO2e/kg")
    folder.part("plate", 10, "kg", dataset="steel").choose(average_mix__CN="mix")
    folder.head["product"]["mass"] = datum(10, "kg")
    kwh = {"id": "power", "electricity": "works", "amount": datum(100, "kWh")}
    folder.process("make", [kwh], produces="thing").meter("M", 1000)
    folder.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(50, "cycle")}
    folder.head["use"] = {"round_trip_efficiency": datum("0.8"), "electricity": "use"}
    return folder.study(), folder.own_background()


def changed(pair: tuple[Study, Background], *texts: str, book: str = BOOK) -> Comparison:
    study, background = pair
    return what_if(study, [patch_of(text) for text in texts], open_book(book), on=DAY, background=background)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("bom.plate.amount=12 kg", 2 * 2),
        ("bom.plate.amount=12", 2 * 2),
        ("bom.plate.amount=12000 g", 2 * 2),
        ("bom.plate.amount=+20 %", 2 * 2),
        ("bom.thing>plate.amount=-50%", -5 * 2),
        ("bom.plate.dataset=scrap-steel", 10 * (0.5 - 2)),
        ("process.make.power.amount=0.05 MWh", -50 * 0.6),
        ("process.make.reference_flow=2 item", -(10 * 2 + 100 * 0.6) / 2),
        ("electricity.grid.CN=green", 100 * (0.1 - 0.6)),
        ("use.round_trip_efficiency=100 %", -50 * 100 * 0.25 * 0.5),
        ("use.auxiliary_energy=10 kWh/a", None),
        ("use.dataset=green", -50 * 100 * 0.25 * 0.4),
        ("service_life.cycles=60", 10 * 100 * 0.25 * 0.5),
        ("product.usable_energy=90 kWh", -10 * 50 * 0.25 * 0.5),
        ("choices.allocation=economic", 0),
    ],
)
def test_one_change_by_hand(small: tuple[Study, Background], text: str, effect: float | None) -> None:
    """Each kind of address changes the footprint by what a pocket calculator says."""
    if effect is None:
        assert "what-if is incomplete" in changed(small, text).cautions[0].en  # nobody said for how many years
        return
    comparison = changed(small, text)
    assert comparison.product.difference == pytest.approx(effect)
    assert [bar.value for bar in comparison.product.bars] == ([comparison.product.difference] if effect else [])
    assert comparison.without_effect == (() if effect else (text.partition("=")[0],))


def test_two_changes_of_one_line(small: tuple[Study, Background]) -> None:
    """More of another steel: both changes of the line get a bar, and what they do together is divided equally."""
    comparison = changed(small, "bom.plate.amount=20 kg", "bom.plate.dataset=scrap-steel")
    values = {bar.id: bar.value for bar in comparison.product.bars}
    assert values == {
        "bom.plate.amount": pytest.approx((20 + 5) / 2),
        "bom.plate.dataset": pytest.approx((-15 - 30) / 2),
    }
    assert comparison.product.bars[0].sentence.en.startswith(
        "bom.plate.amount goes from 10 kg to 20 kg: +12.50 kg CO2e"
    )


def test_per_functional_unit(small: tuple[Study, Background]) -> None:
    """A longer life costs losses per product and dilutes production per kWh; both waterfalls close."""
    comparison = changed(small, "service_life.cycles=100", "bom.plate.amount=-10%")
    per_unit = comparison.functional_unit
    assert per_unit is not None
    assert comparison.product.bars[0].value > 0 > per_unit.bars[0].value
    for fall in (comparison.product, per_unit):
        assert math.fsum(bar.value for bar in fall.bars) == fall.difference


def test_the_example_closes(example: tuple[Study, Background]) -> None:
    """Five changes of the example at once add up, under a rulebook that leaves the use stage out as well."""
    texts = (
        "electricity.grid.CN=cn-cf-2023-national", "bom.graphite.dataset=surovtseva-graphite-synthetic",
        "bom.lfp-cathode.amount=950 kg", "process.cell-production.electricity.amount=9000 kWh",
        "use.round_trip_efficiency=0.85",
    )  # fmt: skip
    for book in (BOOK, "eu-cfb-ind"):
        comparison = changed(example, *texts, book=book)
        assert math.fsum(bar.value for bar in comparison.product.bars) == comparison.product.difference
        assert comparison.without_effect == (("use.round_trip_efficiency",) if book == "eu-cfb-ind" else ())


def test_too_many_changes_are_switched_in_order(small: tuple[Study, Background]) -> None:
    """Beyond the limit each bar is the effect in the order given, the bars still add up, and a caution says so."""
    texts = [
        "bom.plate.amount=20 kg", "bom.plate.dataset=scrap-steel", "process.make.power.amount=50 kWh",
        "electricity.grid.CN=green", "use.dataset=green", "service_life.cycles=60", "product.usable_energy=90 kWh",
        "use.round_trip_efficiency=0.9", "choices.allocation=economic",
    ]  # fmt: skip
    assert len(texts) > MOST_PATCHES
    comparison = changed(small, *texts)
    assert comparison.method == "sequential"
    assert "in the order given" in comparison.cautions[0].en
    assert [bar.value for bar in comparison.product.bars[:2]] == [pytest.approx(20), pytest.approx(-30)]
    assert math.fsum(bar.value for bar in comparison.product.bars) == comparison.product.difference


def test_every_address_can_be_set(example: tuple[Study, Background]) -> None:
    """Every address that is listed takes its own value again, and nothing else in the study changes."""
    study, background = example
    listed = list(targets(study))
    assert len({address for address, _ in listed}) == len(listed)
    for address, place in listed:
        if place.kind == AMOUNT and place.now is not None:
            found = patched(study, background, Patch(address, "+0 %")).study
            again = target(found, address)
            assert again is not None
            assert again.now.exact == place.now.exact  # type: ignore[union-attr]
            assert again.put(place.now) == replace(study, processes=again.put(place.now).processes)
        elif place.kind == DATASET and place.now in background.datasets:
            assert patched(study, background, Patch(address, str(place.now))).new == place.now


def test_a_supplier_can_take_the_place_of_a_dataset(example: tuple[Study, Background]) -> None:
    """An id among the study's suppliers becomes a supplier's footprint, any other a dataset."""
    study, background = example
    place = target(study, "bom.graphite.dataset")
    assert place is not None
    supplied = replace(study, suppliers={"ours": study.suppliers.get("ours")})  # type: ignore[dict-item]
    place = target(supplied, "bom.graphite.dataset")
    assert place is not None
    kinds = [next(x for x in place.put(id).bom if x.item == "graphite").provider.kind for id in ("ours", "flow:pp")]
    assert kinds == [ProviderKind.SUPPLIER, ProviderKind.DATASET]
    assert background


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bom.grafite.amount=3 kg", "nearest: bom.graphite.amount"),
        ("bom.graphite.amont=3 kg", "nearest: bom.graphite.amount"),
        ("nonsense", "write ADDRESS=VALUE"),
        ("bom.graphite.amount=", "write ADDRESS=VALUE"),
        ("bom.graphite.amount=3 kWh", "expected is a mass"),
        ("bom.graphite.amount=much", "cannot be read as a number"),
        ("bom.graphite.amount=3 kilo", "kilo"),
        ("bom.graphite.amount=-5 kg", "negative"),
        ("bom.graphite.dataset=ma2024-graphit", "nearest: ma2024-graphite"),
        ("bom.graphite.dataset=cn-cf-2023-national", "is per kWh, but what is needed here is in kg"),
        ("electricity.grid.CN=ma2024-graphite", "is per kg, but what is needed here is in kWh"),
        ("electricity.grid.CN=no-such", "there is no dataset 'no-such'"),
        ("use.round_trip_efficiency=1.4", "at most 1"),
        ("end_of_life.aluminium.recycling_rate=140 %", "recycling_rate"),
        ("end_of_life.aluminium.heating_value=+5 %", "has no number in this study"),
        ("end_of_life.approach=magic", "must be one of cut_off, substitution"),
        ("choices.allocation=volume", "must be one of mass, economic"),
        ("plant.cell-plant.country=China", "two capital letters"),
        ("plant.cell-plant.country=ZZ", "no life-cycle average electricity mix is known for ZZ"),
        ("transport.by-sea.distance=3 kg", "expected is a"),
    ],
)
def test_bad_changes_are_refused(example: tuple[Study, Background], text: str, said: str) -> None:
    """A wrong address, unit, dataset, choice or value is refused with the cause, and the nearest where there is one."""
    with pytest.raises(ScenarioError) as refused:
        changed(example, text)
    assert said in str(refused.value)


def test_direct_factors_are_refused(folder: StudyFolder) -> None:
    """A direct-only electricity factor cannot become a grid mix."""
    folder.electricity("mix", "0.6").electricity("stack", "0.5", scope="direct")
    study, background = folder.study(), folder.own_background()
    with pytest.raises(ScenarioError, match="direct emissions only"):
        all_patched(study, background, [patch_of("electricity.grid.CN=stack")])


def test_one_place_changes_once(small: tuple[Study, Background]) -> None:
    """Two changes of one place are refused: one of them would be lost."""
    with pytest.raises(ScenarioError, match="changed twice"):
        changed(small, "bom.plate.amount=1 kg", "bom.plate.amount=2 kg")


def test_an_item_under_two_parents(folder: StudyFolder) -> None:
    """An item that stands under two parents has one address for each, and the bare item is not one of them."""
    folder.background("steel", "2", "kgCO2e/kg").part("box", 1, "item").part("screw", 1, "kg", dataset="steel")
    folder.row("bom.csv", item="screw", parent="box", amount=2, unit="kg", dataset="steel", kind="measured", source="t")
    study = folder.study()
    listed = [address for address, _ in targets(study) if address.endswith("screw.amount")]
    assert listed == ["bom.thing>screw.amount", "bom.box>screw.amount"]


def test_a_patched_datum_is_assumed(example: tuple[Study, Background]) -> None:
    """A changed number is an assumption with the reason as its note and without evidence; its place stays."""
    study, background = example
    found = patched(study, background, Patch("bom.graphite.amount", "400 kg", "thinner anode")).study
    line = next(line for line in found.bom if line.item == "graphite")
    old = next(line for line in study.bom if line.item == "graphite")
    assert (line.amount.kind.value, line.amount.note, line.amount.evidence) == ("assumed", "thinner anode", ())
    assert line.amount.place == old.amount.place
    assert found.digest != study.digest


def test_a_what_if_changes_nothing_itself(example: tuple[Study, Background]) -> None:
    """The study that was given stays as it is, and its digest does."""
    study, background = example
    before = study.digest, calculate(study, open_book(BOOK), on=DAY, background=background).total
    changed(example, "bom.graphite.amount=-10%", "service_life.cycles=6000")
    assert before == (study.digest, calculate(study, open_book(BOOK), on=DAY, background=background).total)


def test_tornado_is_sorted_by_width(small: tuple[Study, Background]) -> None:
    """The result at both ends of each range, widest first; everything else stays as it is."""
    study, background = small
    texts = ("bom.plate.amount=9..12 kg", "use.round_trip_efficiency=0.8..0.9", "electricity.grid.CN=green..mix")
    found = tornado(study, [range_of(text) for text in texts], open_book(BOOK), on=DAY, background=background)
    assert found.base == pytest.approx(20 + 60 + 625)
    assert [swing.address.split(".")[0] for swing in found.swings] == ["use", "electricity", "bom"]
    assert [swing.width for swing in found.swings] == sorted((s.width for s in found.swings), reverse=True)
    bom = found.swings[2]
    assert (bom.low, bom.high) == ("9 kg", "12 kg")
    assert (bom.at_low - found.base, bom.at_high - found.base) == (pytest.approx(-2), pytest.approx(4))
    assert found.swings[1].at_high == pytest.approx(found.base)
    assert found.document["swings"][0]["width"] == pytest.approx(625 - 5000 * (1 / 0.9 - 1) * 0.5)
    assert found.json == found.json


def test_tornado_per_functional_unit(small: tuple[Study, Background]) -> None:
    """Per kWh a longer life is a smaller figure; without a functional unit the figure is refused."""
    study, background = small
    ranges = [range_of("service_life.cycles=40..80")]
    found = tornado(study, ranges, open_book(BOOK), on=DAY, background=background, per="functional_unit")
    assert found.unit == "kgCO2e/kWh"
    assert found.swings[0].at_low > found.base > found.swings[0].at_high
    with pytest.raises(ScenarioError, match="cannot state a functional unit"):
        tornado(replace(study, service_life=None, use=None), [], open_book("eu-cfb-ind"), on=DAY,
                background=background, per="functional_unit")  # fmt: skip


@pytest.mark.parametrize(
    "text", ["service_life.cycles=3000", "service_life.cycles=..3000", "service_life.cycles=1..2..3"]
)
def test_bad_ranges(text: str) -> None:
    """A range needs a low and a high value and nothing else."""
    with pytest.raises(ScenarioError, match=r"LOW\.\.HIGH"):
        range_of(text)


def test_a_bare_low_takes_the_unit_of_the_high() -> None:
    """`0.85..0.95 t` is 0.85 t and not 0.85 kg; an unknown unit is left to be refused."""
    assert (range_of("a=0.85..0.95 t").low, range_of("a=1..2 xyz").low) == ("0.85 t", "1")


def test_the_skeleton_of_addresses_is_documented() -> None:
    """Every first word of an address stands in docs/scenario.md."""
    text = (Path(__file__).parents[2] / "docs" / "scenario.md").read_text(encoding="utf-8")
    words = ("bom", "process", "transport", "use", "product", "service_life", "end_of_life", "instrument", "plant",
             "electricity.grid", "electricity.residual", "choices")  # fmt: skip
    assert [word for word in words if f"`{word}." not in text] == []


def test_the_grid_of_a_year() -> None:
    """`electricity.grid=CN-2023` is the factor of 2023; a year without one is answered with those known."""
    background = starter()
    assert mixes_by_year(background, "CN") == {"2023": "cn-cf-2023-national", "2024": "cn-cf-2024-national"}
    assert list(mixes_by_year(background, "DE").values()) == ["ember-DEU"]
    study = open_study(examples.folder("lfp-storage-488kwh")).study
    assert study is not None
    changed_study = patched(study, background, patch_of("electricity.grid=CN-2023")).study
    assert changed_study.choices["average_mix.CN"] == "cn-cf-2023-national"
    with pytest.raises(ScenarioError, match="CN-2023, CN-2024"):
        patched(study, background, patch_of("electricity.grid=CN-1999"))
