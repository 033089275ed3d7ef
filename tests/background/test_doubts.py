"""What is doubtful in the starter set: found by the amounts themselves, or noted when they were transcribed."""

import re
from dataclasses import replace

import pytest

from zuji.background.data import rows_of
from zuji.background.model import Dataset
from zuji.background.starter import doubts_of, starter
from zuji.background.stoichiometry import check_precursor, moles_of, named_composition


def test_the_swap_is_caught_by_its_amounts() -> None:
    """NMC532 hydroxide has cobalt and manganese exchanged; its own amounts show it."""
    (finding,) = check_precursor(starter()["process:nmc532_precursor"], starter())
    assert finding.code == "ZJ331"
    assert dict(finding.params)["first"] == "Co"
    assert dict(finding.params)["second"] == "Mn"
    assert "Ni 0.50 : Mn 0.21 : Co 0.30" in finding.what("en")


def test_only_the_swap_is_caught() -> None:
    """No other dataset of the starter set is flagged, in particular NMC622, NMC111, NMC811 and NCA."""
    flagged = [d.id for d in starter().datasets.values() if check_precursor(d, starter())]
    assert flagged == ["process:nmc532_precursor"]


def with_amounts(like: str, name: str, **kilograms: float) -> Dataset:
    dataset = starter()[like]
    inputs = tuple(replace(t, amount=kilograms.get(t.dataset[5:7], t.amount)) for t in dataset.inputs)
    return replace(dataset, id=f"process:{name}", name=replace(dataset.name, en=name, zh=name), inputs=inputs)


def test_nickel_and_cobalt_swapped_in_nca() -> None:
    """The NCA precursor with nickel and cobalt exchanged, as one database has it, is caught."""
    swapped = with_amounts("process:nca_precursor", "NCA", co=1.312, ni=0.25082)
    (finding,) = check_precursor(swapped, starter())
    assert (finding.code, dict(finding.params)["first"]) == ("ZJ331", "Co")


def test_a_ratio_that_no_swap_explains() -> None:
    """Amounts that fit in no order are reported as off, without naming a pair."""
    (finding,) = check_precursor(with_amounts("process:nmc111_precursor", "NMC111", ni=2.0), starter())
    assert finding.code == "ZJ332"


def test_names_of_compositions() -> None:
    """NMC532 and NCM523 are the same material; what is no precursor has no composition."""
    assert (
        named_composition("NMC532 hydroxide") == named_composition("NCM523前驱体") == {"Ni": 0.5, "Mn": 0.3, "Co": 0.2}
    )
    assert named_composition("NMC 811") == {"Ni": 0.8, "Mn": 0.1, "Co": 0.1}
    assert named_composition("LFP cathode") is None


def test_hydrates_weigh_more() -> None:
    """A kilogram of nickel sulfate hexahydrate has 3.80 mol nickel, of the anhydrous salt 6.46 mol."""
    assert moles_of([("nickel sulfate hexahydrate", 1)])["Ni"] == pytest.approx(3.804, abs=0.001)
    assert moles_of([("硫酸镍（六水）", 1)]) == moles_of([("nickel_sulfate_hexahydrate", 1)])
    assert moles_of([("NiSO4", 1)])["Ni"] == pytest.approx(6.462, abs=0.001)


@pytest.mark.parametrize(
    "dataset_id",
    [
        "process:nmc532_precursor",
        "process:nmc111_precursor",
        "flow:pvdf",
        "process:graphite_synthetic",
        "process:needle_coke",
        "process:spodumene_concentrate",
        "process:lipf6_js",
        "process:recycling_ncm_hydro_advanced",
        "process:recycling_lfp_hydro_quan",
        "process:recycling_lfp_pyro",
        "istrate2024-coso4",
        "ademe-diesel-total",
        "cn-cf-2024-national",
        "ember-CHN-2025",
        "desnz2025-waste-batteries-landfill",
        "desnz2025-mat-batteries-li-ion-primary-material-production",
    ],
)
def test_doubts_are_attached(dataset_id: str) -> None:
    """What is known to be doubtful comes as a warning with the dataset, in both languages."""
    assert dataset_id in starter()
    findings = doubts_of(dataset_id)
    assert findings
    for finding in findings:
        assert (finding.code, finding.severity) == ("ZJ330", "warning")
        params = dict(finding.params)
        assert params["doubt_en"] in finding.what("en")
        assert params["doubt_zh"] not in finding.what("en")
        assert re.search("[\u4e00-\u9fff]", params["doubt_zh"])


def test_every_doubt_has_a_dataset() -> None:
    """Each row of doubts.csv concerns a dataset that is there; a sound dataset has no doubts."""
    for row in rows_of("doubts.csv"):
        start = row["dataset"].partition("*")[0]
        assert row["dataset"] in starter() or (
            "*" in row["dataset"] and any(i.startswith(start) for i in starter().datasets)
        ), row
        assert all(row.values()), row
    assert doubts_of("cn-co2-2023-national") == ()
