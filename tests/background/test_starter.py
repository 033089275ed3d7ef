"""The starter background: what is shipped, what it computes, and what it admits not to know."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from zuji.background.data import rows_of
from zuji.background.fields import split_factor_unit
from zuji.background.gwp import canonical_gas, gwp_table
from zuji.background.links import check_links, gaps
from zuji.background.model import (
    CO2E,
    Background,
    Category,
    DirectDataset,
    Intervention,
    LifecycleDataset,
    Origin,
)
from zuji.background.starter import FACTOR_FILES, starter
from zuji.quantity import conversion_factor, parse_unit

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src/zuji/background/starter"
SMOKE = yaml.safe_load((ROOT / "tests/cases/starter-smoke.yaml").read_text(encoding="utf-8"))
FACTOR_ROWS = [(name, row) for name in FACTOR_FILES for row in rows_of(f"{name}.csv")]


def score_of(background: Background, gwp_set: str = "AR6") -> Callable[[str], float]:
    """kg CO2e per reference unit by plain recursion, gaps at zero: a second way beside the engine."""

    @cache
    def score(dataset_id: str) -> float:
        dataset = background[dataset_id]
        total = 0.0
        for emitted in dataset.interventions:
            if emitted.gas == CO2E:
                total += emitted.amount
            else:
                factor = gwp_table().factor(emitted.gas, gwp_set)
                assert factor is not None
                total += emitted.amount * factor.value
        for taken in dataset.inputs:
            unit = parse_unit(background[taken.dataset].unit)
            total += taken.amount * float(conversion_factor(parse_unit(taken.unit), unit)) * score(taken.dataset)
        return total / dataset.amount

    return score


def supplied() -> Background:
    """The starter set with the values that may not be shipped, supplied as a user would."""
    values = SMOKE["supplied"]["kg_co2e_per_kg"] | SMOKE["supplied_by_cpcd"]["kg_co2e_per_kg"]
    datasets = []
    for flow, value in values.items():
        emitted = Intervention(CO2E, value, Origin.UNSPECIFIED)
        datasets.append(replace(starter()[f"flow:{flow}"], inputs=(), interventions=(emitted,), missing=""))
    return starter().joined(Background.of("supplied", datasets))


# What is shipped


@pytest.mark.parametrize("name", FACTOR_FILES)
def test_no_row_without_origin(name: str) -> None:
    """Every factor has source, locator, licence, confidence and two names, and may be redistributed."""
    for row in rows_of(f"{name}.csv"):
        assert all(row[key] for key in ("source", "locator", "licence", "confidence", "boundary")), row["id"]
        assert row["redistribute"] == "yes", row["id"]
        assert re.search("[\u4e00-\u9fff]", row["name_zh"]), row["id"]
        assert row["name_en"].isascii() or "ü" in row["name_en"], row["id"]


def test_every_dataset_has_a_source() -> None:
    """Datasets made from links and processes cite a source and a licence too."""
    for dataset in starter().datasets.values():
        assert dataset.source.citation, dataset.id
        assert dataset.source.licence, dataset.id
        assert dataset.source.redistribute == "yes", dataset.id


def test_nothing_is_shipped_that_may_not_be() -> None:
    """No id of CPCD, of Ma 2024, GLEC or Electricity Maps is in any file, and no row is other than `yes`."""
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?m)(?:^|[\s\"';])(?:cpcd-|ma2024-|glec-|em-20\d\d-)", text), path.name
        assert "yes-share-alike" not in text, path.name
        if path.suffix == ".csv" and "redistribute" in text.splitlines()[0]:
            assert {row["redistribute"] for row in rows_of(path.name)} == {"yes"}, path.name


def test_no_machine_and_no_registry() -> None:
    """The files name no path of a machine and no package registry."""
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?:^|\s)/(?:home|work|tmp|root|Users)/|file://", text), path.name
        assert not re.search(r"pypi|npmjs|conda\.anaconda|crates\.io", text), path.name


def test_ids_are_unique() -> None:
    """No id of a factor stands twice, in whichever file; no flow and no process either."""
    ids = [row["id"] for _, row in FACTOR_ROWS]
    assert len(ids) == len(set(ids))
    assert len(starter()) == len(ids) + len(rows_of("links.csv")) + 95


def test_readme_counts_the_rows() -> None:
    """The README states how many rows each file has."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in (*FACTOR_FILES, "links", "doubts", "benchmarks"):
        assert f"| `{name}.csv` | {len(rows_of(f'{name}.csv'))} |" in readme, name


def test_units_are_read() -> None:
    """Each factor unit is kg CO2e, or kg of a known gas, per reference unit, so none is converted."""
    for _, row in FACTOR_ROWS:
        above, below = split_factor_unit(row["unit"])
        assert above.symbol == ("kg" if row["gas"] else "kgCO2e"), row["id"]
        assert below.symbol == row["unit"].partition("/")[2] == starter()[row["id"]].unit, row["id"]
        assert not row["gas"] or canonical_gas(row["gas"]) == row["gas"], row["id"]
        assert not (row["gas"] and row["gwp_set"]), row["id"]


def test_converted_rows_keep_every_digit() -> None:
    """A converted value times the power of ten of its unit is the printed value, digit for digit."""
    shift = {"t CO2/10^4Nm3": 1, "kg CO2/TJ (NCV)": 6, "g CO2e/MJ": 3}
    checked = 0
    for _, row in FACTOR_ROWS:
        printed = re.search(r"printed ([\d.]+) ([^;]+)$", row["notes"])
        if printed and printed[2] in {*shift, "t CO2/t", "t CO2/GJ", "t CO2/MWh", "t CO2e/MWh"}:
            whole, _, decimals = row["value"].partition(".")
            exponent = shift.get(printed[2], 0)
            digits = decimals.ljust(exponent, "0")
            moved = f"{whole}{digits[:exponent]}".lstrip("0") or "0"
            moved += f".{digits[exponent:]}" if digits[exponent:] else ""
            assert moved == printed[1], row["id"]
            checked += 1
    assert checked == 58


# Types, values, names


def test_direct_and_lifecycle_are_types() -> None:
    """Ministry CO2, eGRID, combustion and TTW are direct; footprint, Ember, WTT and WTW are not."""
    kinds = {
        DirectDataset: [
            "cn-co2-2023-national",
            "cn-co2-2022-JS",
            "egrid2022-CAMX",
            "desnz2025-s1-natural-gas-uk-grid-mix",
            "cn-guideline-natural-gas",
            "ipcc2006-lignite",
            "desnz2025-rail-freight-train-ttw",
        ],
        LifecycleDataset: [
            "cn-cf-2024-national",
            "ember-DEU",
            "desnz2025-wtt-natural-gas-m3",
            "iai-al-2022",
            "desnz2025-rail-freight-train-wtw",
            "desnz2025-water-supply",
            "flow:electricity",
            "process:lfp_cell",
        ],
    }
    for kind, ids in kinds.items():
        for dataset_id in ids:
            assert type(starter()[dataset_id]) is kind, dataset_id


def test_co2_only_factors_are_a_gas() -> None:
    """A ministry CO2 factor is fossil CO2, the footprint factor is CO2e; neither is read as the other."""
    direct, lifecycle = starter()["cn-co2-2023-national"], starter()["cn-cf-2024-national"]
    assert direct.interventions == (Intervention("CO2 fossil", 0.5306, Origin.FOSSIL),)
    assert lifecycle.interventions == (Intervention(CO2E, 0.5777, Origin.UNSPECIFIED),)


@pytest.mark.parametrize(
    ("dataset_id", "value"),
    [
        ("cn-cf-2024-national", 0.5777),
        ("cn-cf-2023-national", 0.6205),
        ("cn-cf-2024-coal", 0.9240),
        ("cn-cf-2024-td_incl", 0.0327),
        ("cn-co2-2023-national", 0.5306),
        ("cn-co2-2023-exmarket", 0.6096),
        ("cn-co2-2021-fossil", 0.8426),
        ("cn-co2-2023-region-SW", 0.2472),
        ("cn-co2-2021-BJ", 0.5688),
        ("cn-co2-2022-BJ", 0.5580),
        ("cn-co2-2023-BJ", 0.5554),
        ("cn-co2-2023-JS", 0.5827),
        ("cn-co2-2023-GD", 0.4419),
        ("cn-co2-2023-SC", 0.1564),
        ("cn-co2-2023-YN", 0.1333),
        ("cn-co2-2023-QH", 0.1796),
        ("cn-co2-2023-XJ", 0.6021),
        ("cn-co2-2021-NM", 0.7025),
        ("cn-co2-2023-FJ", 0.4211),
        ("ember-DEU", 0.34206),
        ("ember-NOR", 0.03075),
        ("egrid2022-US", 0.37532),
        ("kr-consumption-2023", 0.4173),
        ("cn-guideline-natural-gas", 2.16219),
        ("cn-guideline-bituminous-coal", 2.0715),
        ("ipcc2006-natural-gas", 0.0561),
        ("greet2023-ng-supply", 0.01268),
        ("cn-heat-default", 0.11),
        ("desnz2025-water-supply", 0.1913),
        ("iai-al-2022", 15.1),
        ("desnz2025-hgv-all-diesel-articulated-33t-average-laden-ttw", 0.07703),
        ("desnz2025-cargo-ship-container-ship-average-wtw", 0.01977),
    ],
)
def test_values(dataset_id: str, value: float) -> None:
    """Figures that matter stand as printed, in kg per reference unit."""
    (emitted,) = starter()[dataset_id].interventions
    assert emitted.amount == value


def test_thirty_provinces_three_years() -> None:
    """Each of the ministry's three years has 30 provinces, without Tibet, Hong Kong, Macau and Taiwan."""
    for year in ("2021", "2022", "2023"):
        rows = [r for _, r in FACTOR_ROWS if re.fullmatch(rf"cn-co2-{year}-[A-Z]{{2}}", r["id"])]
        assert len(rows) == 30
        assert {r["geography"] for r in rows} & {"CN-XZ", "CN-HK", "CN-MO", "CN-TW"} == set()


def test_gwp_set_where_the_source_says_it() -> None:
    """DESNZ rows say AR5, USLCI rows AR6; the Chinese footprint factor and Ember do not say."""
    for dataset in starter().datasets.values():
        for emitted in dataset.interventions:
            if dataset.id.startswith("desnz2025"):
                assert emitted.gwp_set == "AR5", dataset.id
            if dataset.id.startswith("uslci"):
                assert emitted.gwp_set == "AR6", dataset.id
            if dataset.id.startswith(("cn-cf-", "ember-")):
                assert emitted.gwp_set == "", dataset.id


def test_air_freight_is_aviation() -> None:
    """Emissions of air freight have the origin aviation, and no other factor has it."""
    flights = {d.id for d in starter().datasets.values() if any(i.origin is Origin.AVIATION for i in d.interventions)}
    assert flights == {row["id"] for _, row in FACTOR_ROWS if "freight-flights" in row["id"]}
    assert len(flights) == 16


# Links and processes


def test_links_hold() -> None:
    """Every input exists in its provider's dimension; no life-cycle dataset takes direct electricity."""
    assert check_links(starter()) == ()
    assert starter().findings == ()


@pytest.mark.parametrize(
    ("flow", "value"),
    [
        ("electricity", 0.5777),
        ("heat_natural_gas", 0.0769),
        ("steam", 0.081424),
        ("heat_coal", 0.0946),
        ("natural_gas_mj", 0.06921),
        ("diesel_burned", 0.0741),
        ("lithium_hydroxide_anhydrous", 13.494),
        ("nickel_sulfate_anhydrous", 9.3057),
        ("cobalt_sulfate_anhydrous", 14.991),
        ("aluminium_foil", 17.181),
        ("copper", 4.3),
        ("steel", 2.624),
        ("electronics_passive", 24.866),
        ("water", 0.0001913),
    ],
)
def test_links_multiply(flow: str, value: float) -> None:
    """A flow scores multiplier times factor, to the printed digits of the compilation."""
    digits = len(str(value).partition(".")[2])
    assert round(score_of(starter())(f"flow:{flow}"), digits) == pytest.approx(value, abs=1.01 * 10**-digits)


def test_links_win_over_processes() -> None:
    """Graphite has a link and a process of one name: processes take the link."""
    inputs = {taken.dataset for taken in starter()["process:graphite_anode_coating"].inputs}
    assert {"flow:graphite_natural_coated", "flow:graphite_synthetic"} <= inputs
    assert "process:graphite_synthetic" in starter()


def test_emissions_are_interventions() -> None:
    """Direct emissions of a process, also those among its outputs, are gases of it and not inputs."""
    coke = starter()["process:needle_coke"]
    assert Intervention("CH4 fossil", 0.20946, Origin.FOSSIL) in coke.interventions
    assert Intervention("CO2 fossil", 10.32, Origin.FOSSIL) in starter()["process:recycling_lfp_pyro"].interventions
    assert not any("emission" in taken.dataset for d in starter().datasets.values() for taken in d.inputs)


def test_proxies_say_what_they_are() -> None:
    """A flow with a stand-in factor says which, and deionised water says that it is tap water."""
    assert "electrodeposition" in starter()["flow:copper_foil"].proxy
    assert "tap water" in starter()["flow:water_deionised"].proxy
    assert starter()["flow:water"].proxy == ""
    for row in rows_of("links.csv"):
        assert bool(row["proxy"]) >= (row["status"] == "open-proxy"), row["flow"]
        assert bool(row["inputs"]) != bool(row["missing"]), row["flow"]


@pytest.mark.parametrize("case", SMOKE["scores"], ids=lambda case: case["process"])
def test_scores_of_the_processes(case: dict[str, object]) -> None:
    """With the missing values supplied, each process scores what the compilation says, to three digits."""
    process = f"process:{case['process']}"
    assert score_of(supplied())(process) == pytest.approx(case["kg_co2e_per_kg"], abs=0.00051)
    assert gaps(supplied(), process) == tuple(f"flow:{name}" for name in sorted(case["gaps"]))  # type: ignore[call-overload]


@pytest.mark.parametrize("case", [c for c in SMOKE["scores"] if "per_kwh" in c], ids=lambda case: case["process"])
def test_scores_per_kwh(case: dict[str, float]) -> None:
    """Divided by the energy density, the scores are those per kWh, to one decimal."""
    per_kg = score_of(supplied())(f"process:{case['process']}")
    assert per_kg / case["kwh_per_kg"] == pytest.approx(case["per_kwh"], abs=0.051)


def test_gaps_propagate() -> None:
    """A cell is incomplete through any depth: PVDF and LiPF6 are gaps of the cell and of the pack."""
    cell, pack = gaps(starter(), "process:nmc811_cell"), gaps(starter(), "process:nmc622_pack")
    assert {"flow:pvdf", "flow:lipf6", "flow:cmc"} <= set(cell) & set(pack)
    assert gaps(starter(), "cn-cf-2024-national") == ()
    assert gaps(starter(), "flow:pvdf") == ("flow:pvdf",)
    assert gaps(starter(), "no such") == ("no such",)


def test_unsure_reference_units_are_missing() -> None:
    """The recycling sets whose reference is printed as 3.6 without a unit are kept, and are gaps."""
    unsure = [d for d in starter().datasets.values() if "reference unit is not sure" in d.missing]
    assert len(unsure) == 7
    assert all(d.amount == 3.6 and d.id.startswith("process:recycling") for d in unsure)
    assert "process:recycling_lfp_pyro" in gaps(starter(), "process:recycling_lfp_pyro")


def test_unreadable_exchange_units_are_missing() -> None:
    """An exchange with the unit '?' makes its process incomplete instead of vanishing."""
    for dataset_id in ("lithium_carbonate_spodumene_jiang", "lithium_carbonate_chaerhan", "lipf6_js"):
        assert "unit" in starter()[f"process:{dataset_id}"].missing


def test_omissions_are_told() -> None:
    """What the source left out, and by-products, stand in the notes."""
    assert "left out: factory" in starter()["process:nmc111_precursor"].notes
    assert "outputs: sodium_sulfate 1.92 kg" in starter()["process:lithium_carbonate_spodumene"].notes


def test_benchmarks_are_bands() -> None:
    """Each benchmark has a unit that is read and a central value or a band in order."""
    for row in rows_of("benchmarks.csv"):
        numbers = [float(row[key]) for key in ("low", "central", "high") if row[key]]
        assert numbers, row["id"]
        assert numbers == sorted(numbers), row["id"]
        assert row["unit"] == "%" or parse_unit(row["unit"]).dimension.startswith("co2e"), row["id"]


def test_categories() -> None:
    """Every category that a product needs is there, from electricity to waste."""
    found = {dataset.category for dataset in starter().datasets.values()}
    assert found == set(Category) - {Category.SUPPLIER}
