"""The Chinese footprint label for storage batteries: GB/T 24067, one unit, the national factor for bought kWh."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.errors import RulebookError
from zuji.rulebooks.book import open_book

from .building import StudyFolder, case, datum, errors, found, part_of

CASE = case("electricity-by-rulebook")
DAY = date(2026, 3, 31)
GENERAL = date(2025, 6, 30)


def storage(folder: StudyFolder) -> StudyFolder:
    """A storage battery of 100 kWh with a line in every stage; 50 MWh of electricity in the plant."""
    folder.background("steel", 2, "kgCO2e/kg").background("tip", "0.5", "kgCO2e/kg")
    folder.background("truck", "0.1", "kgCO2e/tkm").electricity("charge", "0.6")
    folder.electricity("average", CASE["factors"]["average"]).choose(average_mix__CN="average")
    folder.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(6000, "cycle"), "years": datum(15, "a")}
    folder.head["use"] = {"round_trip_efficiency": datum(0.8), "electricity": "charge"}
    exchanges = [
        {"id": "steel", "role": "material", "dataset": "steel", "material": "steel", "amount": datum(1000, "kg")},
        {"id": "power", "electricity": "works", "amount": datum(50000, "kWh")},
        {"id": "road", "role": "transport", "stage": "distribution", "dataset": "truck", "amount": datum(1000, "tkm")},
    ]
    folder.process("work", exchanges, produces="thing")
    return folder.end_of_life(materials={"steel": {"disposal_dataset": "tip"}})


def hundred_mwh(folder: StudyFolder) -> StudyFolder:
    """The plant of the electricity case: 20 MWh from its roof, 40 MWh with certificates, 40 MWh without."""
    for name in ("pv", "wind", "average", "residual"):
        folder.electricity(name, CASE["factors"][name])
    used = CASE["consumption_kwh"]
    folder.choose(average_mix__CN="average", residual_mix__CN="residual")
    folder.meter("roof", used["own_pv"], "on_site", dataset="pv").meter("grid", used["contract"] + used["grid"])
    folder.instrument("C1", used["contract"], "wind")
    power = {"id": "power", "electricity": "works", "amount": datum(100000, "kWh")}
    return folder.process("work", [power], produces="thing")


class TestValidity:
    @pytest.mark.parametrize(
        ("day", "version"),
        [
            ("2025-03-24", "general-2025-03"),
            ("2025-09-29", "general-2025-03"),
            ("2025-09-30", "storage-2025-09"),
            ("2030-01-01", "storage-2025-09"),
        ],
    )
    def test_two_pilot_versions(self, day, version):
        """The general rule alone up to 29 September 2025, then the rule for storage batteries too; both are pilots."""
        found_version = open_book("cn-label").version(date.fromisoformat(day))
        assert (found_version.id, found_version.status) == (version, "pilot")
        assert found_version.note.zh
        assert found_version.note.en

    def test_refused_before_the_general_rule(self, folder):
        """Before 24 March 2025 there is no label, so there is no result under its name."""
        with pytest.raises(RulebookError, match="cn-label has no version valid on 2025-03-23"):
            storage(folder).footprint("cn-label", date(2025, 3, 23))

    def test_the_standard_below_is_older(self, folder):
        """GB/T 24067 holds from the earlier of its two dates, 1 October 2024, and not a day before."""
        assert open_book("gbt-24067").version(date(2024, 10, 1)).id == "2024"
        with pytest.raises(RulebookError, match="no version valid on 2024-09-30"):
            storage(folder).footprint("gbt-24067", date(2024, 9, 30))


class TestWholeStudy:
    def test_every_stage_by_hand(self, folder):
        """Five stages, their sum is the total, and the total is divided by 100 kWh × 6000 cycles."""
        footprint = storage(folder).footprint("cn-label", DAY)
        assert errors(footprint) == []
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(2000)
        assert part_of(footprint, "stage", "production") == pytest.approx(50000 * 0.5777)
        assert part_of(footprint, "stage", "distribution") == pytest.approx(100)
        assert part_of(footprint, "stage", "use") == pytest.approx(600000 * 0.25 * 0.6)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(500)
        assert footprint.total == pytest.approx(2000 + 28885 + 100 + 90000 + 500)
        assert footprint.total == pytest.approx(sum(part.value for part in footprint.stages), rel=1e-12)
        assert footprint.per_functional_unit == pytest.approx(121485 / 600000)
        assert footprint.reported is not None
        assert footprint.reported["value"] == "0.202"

    def test_without_certificates_it_is_the_standard(self, folder):
        """A plant that only buys grid electricity has the same total under the label and under GB/T 24067."""
        storage(folder)
        assert folder.footprint("cn-label", DAY).total == folder.footprint("gbt-24067", DAY).total

    def test_both_versions_give_one_figure(self, folder):
        """The text of the rule for storage batteries is not known, so it moves no figure yet."""
        storage(folder)
        assert folder.footprint("cn-label", GENERAL).total == folder.footprint("cn-label", DAY).total

    def test_up_to_the_gate(self, folder):
        """A study that ends at the gate counts materials and production only."""
        storage(folder).head["boundary"] = "cradle-to-gate"
        assert folder.footprint("cn-label", DAY).total == pytest.approx(2000 + 28885)

    def test_nothing_passes_as_verified(self, folder):
        """Every rule that decided a figure is on the list of what nobody has held against the text."""
        unverified = {one.id for one in storage(folder).footprint("cn-label", DAY).unverified}
        assert {"rule electricity", "rule functional_unit", "rule end_of_life"} <= unverified
        assert "functional_unit.mean_capacity_factor" in unverified

    def test_without_service_life_the_product_only(self, folder):
        """The label is per kWh over the life: without declared cycles it has no figure, and says so."""
        del storage(folder).head["service_life"]
        footprint = folder.footprint("cn-label", DAY)
        assert footprint.per_functional_unit is None
        assert [dict(f.params)["lacking"] for f in found(footprint, "ZJ415")] == ["service_life.cycles"]


class TestElectricity:
    def test_certificates_change_nothing(self, folder):
        """20 MWh with the plant's own factor, 80 MWh with the national one; GB/T 24067 would count the certificates."""
        footprint = hundred_mwh(folder).footprint("cn-label", DAY)
        assert footprint.total == pytest.approx(20000 * 0.05 + 80000 * 0.5777)
        assert footprint.total == pytest.approx(CASE["expected_kgco2e"]["location_based"])
        standard = folder.footprint("gbt-24067", DAY).total
        assert standard == pytest.approx(CASE["expected_kgco2e"]["iso_with_residual_mix"])

    def test_the_user_is_told_that_the_text_is_not_known(self, folder):
        """The note on the certificate says that the rule was not seen, not that it forbids certificates."""
        (note,) = found(hundred_mwh(folder).footprint("cn-label", DAY), "ZJ410")
        assert note.shown("en")["instrument"] == "C1"
        assert "was not seen" in note.shown("en")["reason"]
        assert "未见规则" in note.shown("zh")["reason"]

    def test_no_residual_mix_is_asked_for(self, folder):
        """A residual mix that the study names is not used, and none is missed."""
        footprint = hundred_mwh(folder).footprint("cn-label", DAY)
        assert "residual" not in {row.dataset for row in footprint.electricity}
        assert found(footprint, "ZJ412") == []

    @pytest.mark.parametrize(("supply", "sold", "factor"), [
        ("on_site", "no", 0.05), ("on_site", "yes", 0.5777),
        ("direct_line", "no", 0.5777), ("direct_line", "yes", 0.5777),
    ])  # fmt: skip
    def test_what_does_not_come_from_the_grid(self, folder, supply, sold, factor):
        """Own generation keeps its factor while its certificate is kept; a direct line waits for its rule."""
        folder.electricity("pv", "0.05").electricity("average", "0.5777").choose(average_mix__CN="average")
        folder.meter("line", 10, supply, dataset="pv", certificate_sold=sold)
        folder.process("work", [{"id": "power", "electricity": "works", "amount": datum(10, "kWh")}], produces="thing")
        (row,) = folder.footprint("cn-label", DAY).electricity
        assert row.factor == pytest.approx(factor)
        assert row.reason.zh
        assert not row.verified

    @pytest.mark.parametrize(("year", "dataset", "factor"), [
        (2023, "cn-cf-2023-national", 0.6205),
        (2024, "cn-cf-2024-national", 0.5777),
        (2025, "cn-cf-2024-national", 0.5777),
    ])  # fmt: skip
    def test_the_factor_of_the_year_of_the_data(self, folder, year, dataset, factor):
        """The published factor of the reporting year counts, and the newest one where its year has none yet."""
        folder.head["reporting_period"] = {"start": f"{year}-01-01", "end": f"{year}-12-31"}
        folder.process("work", [{"id": "power", "electricity": "works", "amount": datum(1, "kWh")}], produces="thing")
        (row,) = folder.footprint("cn-label", DAY, starter=True).electricity
        assert (row.dataset, row.factor) == (dataset, pytest.approx(factor))
