"""Default transport and end of life: only where the rulebook allows and the study asks, and never over own data."""

from datetime import date
from pathlib import Path

import pytest

from zuji.background.gwp import gwp_table
from zuji.background.starter import starter
from zuji.datum import Kind
from zuji.errors import RulebookError
from zuji.footprint.explain import explain
from zuji.footprint.model import Footprint
from zuji.rulebooks.apply import apply
from zuji.rulebooks.book import open_book
from zuji.rulebooks.derivation import Derivation, Term
from zuji.rulebooks.mixing import CAUSES, MIXED_DAY, Mixer, Side
from zuji.rulebooks.strategies.defaults import default_parameters

from .building import DAY, StudyFolder, datum, errors, extending, found, part_of

TRUCK = "desnz2025-hgv-all-diesel-articulated-33t-average-laden-wtw"
SHIP = "desnz2025-cargo-ship-container-ship-average-wtw"
TRAIN = "desnz2025-rail-freight-train-wtw"
BARGE = "desnz2025-cargo-ship-general-cargo-0-4999-dwt-wtw"
LORRY = "desnz2025-hgv-all-diesel-rigid-3-5-7-5-tonnes-50-laden-wtw"
FACTORS = {TRUCK: 0.1, SHIP: 0.02, TRAIN: 0.03, BARGE: 0.04, LORRY: 0.5}
LATER = date(2026, 1, 1)
"""A day on which the youngest rulebook holds as well."""
ALLOWING = ("pef", "eu-cfb-ev", "eu-cfb-ind")
NOT_ALLOWING = ("iso-14067", "gbt-24067", "ghgp-product", "pact-3", "catenax-4")


@pytest.fixture
def asking(folder: StudyFolder) -> StudyFolder:
    """1 t of product from a plant in CN for the market DE, 1000 kg CO2e of material, round factors of transport."""
    for id, value in FACTORS.items():
        folder.background(id, value, "kgCO2e/tkm", category="transport")
    folder.background("iron", 1, "kgCO2e/kg").part("frame", 1000, "kg", dataset="iron")
    return folder.choose(market="DE", defaults="distribution")


def amounts(footprint: Footprint) -> dict[str, float]:
    """The default lines with their amounts."""
    lines = footprint.system.lines.items()
    return {line: float(info.amount.value) for (_, line), info in lines if line.startswith("default-")}


@pytest.mark.parametrize("book", [*ALLOWING, "gba-ghg"])
def test_international(asking: StudyFolder, book: str) -> None:
    """1 t from China to Germany: 1 t × 1000 km = 1000 tkm by truck and 1 t × 18000 km = 18000 tkm by ship;
    1000 × 0.1 + 18000 × 0.02 = 460 kg CO2e in the stage distribution."""
    footprint = asking.footprint(book)
    assert amounts(footprint) == {"default-distribution-truck": 1000, "default-distribution-ship": 18000}
    assert part_of(footprint, "stage", "distribution") == pytest.approx(460)
    assert errors(footprint) == []


@pytest.mark.parametrize(("market", "tkm"), [("CN", 1200), ("JP", 3500), ("US", 1000)])
def test_countries_choose_the_scenario(asking: StudyFolder, market: str, tkm: float) -> None:
    """Same country 1200 km, same continent 3500 km, another continent 1000 km and the ship."""
    given = amounts(asking.choose(market=market).footprint("pef"))
    assert given["default-distribution-truck"] == tkm
    assert ("default-distribution-ship" in given) == (market == "US")


def test_plant_of_the_product_counts(asking: StudyFolder) -> None:
    """With plants in two countries the plant that makes the product is where transport starts: DE to DE is local."""
    asking.head["plants"].append({"id": "german-works", "country": "DE"})
    asking.process("assembly", [], produces="thing", plant="german-works")
    assert amounts(asking.footprint("pef")) == {"default-distribution-truck": 1200}


@pytest.mark.parametrize(
    ("day", "lines"),
    [
        (date(2023, 9, 1), {"default-distribution-lorry": 1000}),
        (date(2024, 4, 29), {"default-distribution-lorry": 1000}),
        (date(2024, 4, 30), {"default-distribution-truck": 1000, "default-distribution-ship": 18000}),
    ],
)
def test_the_draft_of_2023_has_a_lorry(asking: StudyFolder, day: date, lines: dict[str, float]) -> None:
    """CFB-EV of June 2023: 1000 km by lorry whatever the countries; the draft act of 2024 counts the sea as well."""
    assert amounts(asking.footprint("eu-cfb-ev", day)) == lines


@pytest.mark.parametrize(
    ("suppliers", "kg"), [("", 1000 * 0.1 + 18000 * 0.02), ("outside", 460), ("europe", 13 + 240 * 0.03 + 270 * 0.04)]
)
def test_inbound(asking: StudyFolder, suppliers: str, kg: float) -> None:
    """1 t bought: unknown counts as outside Europe (460 kg CO2e); in Europe 130 × 0.1 + 240 × 0.03 + 270 × 0.04 = 31.
    It joins the 1000 kg CO2e of the material in the first stage."""
    asking.choose(defaults="inbound", **({"suppliers": suppliers} if suppliers else {}))
    footprint = asking.footprint("pef")
    assert part_of(footprint, "stage", "raw_material") == pytest.approx(1000 + kg)
    assert part_of(footprint, "stage", "distribution") == 0


def test_unknown_suppliers_word(asking: StudyFolder) -> None:
    """A wrong word for the suppliers is an error that names the known ones."""
    footprint = asking.choose(defaults="inbound", suppliers="asia").footprint("pef")
    assert "europe, outside" in found(footprint, "ZJ431")[0].what("en")
    assert amounts(footprint) == {}


def end_of_life_study(folder: StudyFolder) -> StudyFolder:
    """100 kg of product; every auxiliary 1 kg CO2e/kg, heat 0.1/MJ, German electricity 0.5/kWh, waste 10/t."""
    folder.head["product"]["mass"] = datum(100, "kg")
    folder.background("iron", 1, "kgCO2e/kg").part("frame", 100, "kg", dataset="iron")
    items = {id: p for id, p in default_parameters().beginning("stand_in.", DAY).items() if id[9:] not in MEANS}
    for dataset in sorted({p.text for p in items.values()} - {"electricity", "none", "gas:CO2 fossil"}):
        value, unit = (0.1, "kgCO2e/MJ") if "heat" in dataset else (1, "kgCO2e/kg")
        value, unit = (10, "kgCO2e/t") if "waste" in dataset else (value, unit)
        folder.background(dataset, value, unit)
    folder.electricity("mix-de", 0.5)
    return folder.choose(market="DE", defaults="end_of_life", average_mix__DE="mix-de", residual_mix__DE="mix-de")


MEANS = ("truck", "lorry", "train", "barge", "ship")


@pytest.mark.parametrize("book", ALLOWING)
def test_end_of_life(folder: StudyFolder, book: str) -> None:
    """100 kg of product hold 72.590929 kg of cells. Per kg of cells, with the factors of the test:

    electricity (1 + 0.0248) × 0.5 = 0.5124; heat (2.506 + 0.238 + 1.84218 + 0.04058) × 0.1 = 0.462676;
    fire: limestone 0.142 + sand 0.122 + quicklime 0.08 + carbon black 0.001 = 0.345; direct CO2 1.19448; slag
    0.711 × 0.01 = 0.00711; water: HCl 0.00974 + H2O2 0.30027 + soda 0.01623 + NaOH 0.45446 + H2SO4 0.87646 + water
    0.00278 = 1.65994; ammonium nitrate has no factor. Sum 4.181606. The rest, 27.40907... kg, is waste at 0.01.
    """
    per_cell = 0.5124 + 0.462676 + 0.345 + 1.19448 + 0.00711 + 1.65994
    rest = 18.028051 + 0.315113 + 0.6181042105263158 + 0.61242 + 3.532892 + 4.302493
    footprint = end_of_life_study(folder).footprint(book)
    assert part_of(footprint, "stage", "end_of_life") == pytest.approx(72.590929 * per_cell + rest * 0.01, rel=1e-12)
    assert len(found(footprint, "ZJ451")) == 1
    gaps = [finding.shown()["flow"] for finding in found(footprint, "ZJ405")]
    assert "default-hydrometallurgy-ammonium_nitrate" in gaps
    assert errors(footprint) == []


def test_disassembly_adds_up() -> None:
    """What is taken out of 1 kg of product weighs 1 kg."""
    parts = default_parameters().beginning("end_of_life.disassembly.", DAY).values()
    assert float(sum(part.number for part in parts)) == pytest.approx(1, abs=1e-6)


def test_own_data_wins(asking: StudyFolder) -> None:
    """A study with its own leg, inbound transport and end of life gets no default, and no note that there is one."""
    leg = {"id": "to-customer", "distance": 10, "distance_unit": "km", "dataset": TRUCK, "kind": "measured"}
    asking.row("transport.csv", **leg, source="test")
    carried = {"id": "in", "role": "transport", "dataset": TRUCK, "amount": datum(5, "tkm")}
    asking.process("assembly", [carried], produces="thing")
    asking.end_of_life(materials={"default": {"disposal_dataset": "iron"}})
    footprint = asking.choose(defaults="distribution, inbound, end_of_life").footprint("pef")
    assert amounts(footprint) == {}
    assert part_of(footprint, "stage", "distribution") == pytest.approx(1)
    assert [f.code for f in footprint.findings if f.code.startswith("ZJ45")] == []


def test_a_process_that_nobody_uses_fills_nothing(asking: StudyFolder) -> None:
    """Inbound transport of a process that the product does not need leaves the stage empty: the default comes in."""
    carried = {"id": "in", "role": "transport", "dataset": TRUCK, "amount": datum(5, "tkm")}
    asking.process("spare", [carried])
    assert len(amounts(asking.choose(defaults="inbound").footprint("pef"))) == 2


@pytest.mark.parametrize("book", NOT_ALLOWING)
def test_books_without_defaults_refuse(asking: StudyFolder, book: str) -> None:
    """A rulebook without defaults says so and fills nothing in; unasked it says nothing of them."""
    footprint = asking.footprint(book, LATER)
    assert [f.shown()["default"] for f in found(footprint, "ZJ450")] == ["distribution"]
    assert "ZJ450" not in errors(footprint)  # other rulebooks of the same study may allow it
    assert amounts(footprint) == {}
    del asking.head["choices"]
    assert [f for f in asking.footprint(book, LATER).findings if f.code.startswith("ZJ45")] == []


def test_a_default_that_does_not_exist_is_an_error(asking: StudyFolder) -> None:
    """A word that names no default of any rulebook stops the calculation and is answered with those that there are."""
    footprint = asking.choose(defaults="distributoin").footprint("pef")
    (finding,) = found(footprint, "ZJ454")
    assert "distribution" in finding.shown()["known"]
    assert "ZJ454" in errors(footprint)


def test_gba_allows_distribution_only(asking: StudyFolder) -> None:
    """Asked for three, the GBA rulebook refuses two, names the one it knows, and fills that in."""
    footprint = asking.choose(defaults="distribution；inbound、end_of_life").footprint("gba-ghg")
    refused = found(footprint, "ZJ450")
    assert sorted(f.shown()["default"] for f in refused) == ["end_of_life", "inbound"]
    assert refused[0].what("en").endswith("gba-ghg knows: distribution")
    assert list(amounts(footprint)) == ["default-distribution-truck", "default-distribution-ship"]


def test_never_silently(asking: StudyFolder) -> None:
    """A study that asks for nothing gets no default, and a note for every empty stage that the book has one for."""
    del asking.head["choices"]
    footprint = asking.footprint("pef")
    assert amounts(footprint) == {}
    notes = {f.shown("en")["stage"] for f in found(footprint, "ZJ452")}
    assert notes == {"distribution", "inbound transport", "end of life"}


def test_after_the_gate_there_is_no_default(asking: StudyFolder) -> None:
    """A study from cradle to gate has no distribution to fill and no note about it; inbound transport it has."""
    asking.head["boundary"] = "cradle-to-gate"
    footprint = asking.footprint("pef")
    assert amounts(footprint) == {}
    assert [f.shown("en")["default"] for f in found(footprint, "ZJ452")] == ["inbound"]


@pytest.mark.parametrize("market", ["", "XX"])
def test_a_market_is_needed(asking: StudyFolder, market: str) -> None:
    """Without a known country of the market neither distribution nor end of life can be chosen."""
    footprint = asking.choose(market=market, defaults="distribution, end_of_life").footprint("pef")
    assert {f.shown("en")["stage"] for f in found(footprint, "ZJ453")} == {"distribution", "end of life"}
    assert "choices.market" in found(footprint, "ZJ453")[0].what("en")
    assert amounts(footprint) == {}


def test_a_country_of_the_plant_is_needed(asking: StudyFolder) -> None:
    """With plants in two countries and no maker named, the start of the transport is open."""
    asking.head["plants"].append({"id": "german-works", "country": "DE"})
    assert "plants.country" in found(asking.footprint("pef"), "ZJ453")[0].what("en")


def test_a_missing_mass_is_reported(asking: StudyFolder) -> None:
    """Without the mass of the product nothing can be carried."""
    asking.head["product"]["mass"] = {"missing": "not weighed", "unit": "kg"}
    assert "product.mass" in found(asking.footprint("pef"), "ZJ453")[0].what("en")


def leaves(derivation: Derivation) -> list[Term]:
    """The terms below which there is no derivation."""
    below: list[Term] = []
    for term in derivation.terms:
        below += leaves(term.origin) if isinstance(term.origin, Derivation) else [term]
    return below


def test_lines_are_secondary_with_source(asking: StudyFolder) -> None:
    """Every default line is secondary data with a source and is explained down to it; its parameters are on record."""
    footprint = asking.choose(defaults="distribution, inbound").footprint("pef")
    lines = [info for (_, line), info in footprint.system.lines.items() if line.startswith("default-")]
    assert len(lines) == 4
    for info in lines:
        assert info.datum.kind is Kind.SECONDARY
        assert "4.4.3" in info.datum.source
        assert "stands in for the EF 3.1" in info.datum.note
        assert all(term.origin is not None for term in leaves(info.amount))
    assert {"distribution.international.ship", "stand_in.ship", "continent.asia"} <= set(footprint.system.parameters)
    note = found(footprint, "ZJ451")[0]
    assert f"ocean container ship 18000 tkm ← {SHIP}" in "".join(f.what("en") for f in found(footprint, "ZJ451"))
    assert "远洋集装箱船 18000 tkm" in "".join(f.shown("zh")["lines"] for f in found(footprint, "ZJ451"))
    assert note.clause == "Annex I, 4.4.3"
    assert "Battery Pass" in str(explain(footprint, "line/life-cycle/default-distribution-ship"))


def test_every_stand_in_is_there() -> None:
    """Every dataset that a default names is in the starter set, in a unit that the default's amount converts to."""
    for id, parameter in default_parameters().beginning("stand_in.", DAY).items():
        if parameter.text in ("electricity", "none") or parameter.text.startswith("gas:"):
            continue
        dataset = starter().datasets[parameter.text]
        units = ("tkm",) if id[9:] in MEANS else ("MJ",) if "heat" in id else ("kg", "t")
        assert dataset.unit in units, id


def test_every_end_of_life_item_has_a_stand_in() -> None:
    """Whatever the default end of life takes or gives has a stand-in, if only 'none'."""
    known = default_parameters()
    items = {id.rpartition(".")[2] for id in known.beginning("end_of_life.", DAY)} - {"cells"}
    assert [item for item in sorted(items) if f"stand_in.{item}" not in known] == []


def test_above_the_starter_set(asking: StudyFolder) -> None:
    """With all three defaults above the starter set both engines agree, and only known gaps make it incomplete."""
    asking.tables.pop("background.csv")
    asking.background("iron", 1, "kgCO2e/kg")
    footprint = asking.choose(defaults="distribution, inbound, end_of_life").footprint("eu-cfb-ind", starter=True)
    assert errors(footprint) == []
    assert part_of(footprint, "stage", "distribution") == pytest.approx(1000 * 0.09502 + 18000 * 0.01977)
    assert part_of(footprint, "stage", "end_of_life") > 725.90929 * 1.19448


@pytest.mark.parametrize("other", ["iso-14067", "gba-ghg", "eu-cfb-ev"])
def test_mixed_books_keep_their_defaults(asking: StudyFolder, other: str) -> None:
    """In a comparison the defaults go with the boundary: a mixed book that takes it from A has the lines of A."""
    asking.choose(defaults="distribution, inbound")
    sides = [Side(open_book(id), DAY) for id in ("pef", other)]
    mixer = Mixer(*sides)
    study, background = asking.study(), asking.own_background()
    for side, causes in zip(sides, (set(), set(CAUSES)), strict=True):
        alone = apply(study, background, gwp_table(), side.book, DAY)
        mixed = apply(study, background, gwp_table(), mixer.book(causes), MIXED_DAY)
        assert mixed.lines.keys() == alone.lines.keys()


def test_a_wrong_default_of_a_book_is_told(asking: StudyFolder, tmp_path: Path) -> None:
    """A rulebook that allows a default that does not exist does not compute."""
    boundary = {"strategy": "stages", "defaults": {"storage": {"clause": "1"}}}
    book = extending(tmp_path / "own-book", "pef", strategies={"boundary": boundary})
    with pytest.raises(RulebookError, match="no default storage"):
        asking.footprint(book.open())
