"""Evidence files are compared with their SHA-256; supplier footprints are read as they were sent."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, ClassVar

import pytest

from zuji.finding import Severity

SHA = hashlib.sha256(b"42 kWh").hexdigest()


def footprint(**changes: Any) -> dict[str, Any]:
    pcf = {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "1.0",
        "pcfExcludingBiogenicUptake": "12.50",
        "fossilGhgEmissions": "12.0",
        "landUseChangeGhgEmissions": "0.25",
        "aircraftGhgEmissions": "0.25",
        "ipccCharacterizationFactors": ["AR6"],
        "primaryDataShare": "45.5",
        "referencePeriodStart": "2025-01-01T00:00:00Z",
        "referencePeriodEnd": "2025-12-31T23:59:59Z",
        "geographyCountry": "CN",
        "dqi": {"technologicalDQR": "1.5", "geographicalDQR": "2.0", "temporalDQR": "1.0"},
    }
    body = {"id": "urn:x:foil", "companyName": "Foil Co.", "productNameCompany": "铝箔"}
    return body | {"pcf": {key: value for key, value in (pcf | changes).items() if value is not None}}


@pytest.fixture
def with_footprint(folder):
    def write(**changes: Any):
        folder.write("suppliers/foil.json", json.dumps(footprint(**changes)))
        return folder

    return write


class TestEvidence:
    def test_unchanged_file(self, folder):
        """A file with the listed SHA-256 gives no finding and stands under its path in the study."""
        folder.write("evidence/bill.txt", b"42 kWh")
        folder.append("evidence/index.csv", f"bill,bill.txt,{SHA},电费单,Electricity bill")
        assert folder.open().findings == ()
        evidence = folder.study().evidence["bill"]
        assert (evidence.file, evidence.sha256, evidence.title.en) == ("evidence/bill.txt", SHA, "Electricity bill")

    def test_missing_file(self, folder):
        """A listed file that is not there gives a warning at its row."""
        line = folder.append("evidence/index.csv", f"bill,bill.txt,{SHA},,")
        finding = folder.only("ZJ230")
        assert (finding.place.line, finding.place.column) == (line, "file")

    def test_changed_file(self, folder):
        """A changed file shows both short digests and the full new one."""
        folder.write("evidence/bill.txt", b"43 kWh")
        folder.append("evidence/index.csv", f"bill,bill.txt,{SHA},,")
        finding = folder.only("ZJ231")
        new = hashlib.sha256(b"43 kWh").hexdigest()
        assert finding.severity is Severity.WARNING
        assert SHA[:12] in finding.what("en")
        assert new[:12] in finding.what("en")
        assert new in finding.mend("en")

    def test_no_digest(self, folder):
        """A row without SHA-256 is told the right one, and the study carries it."""
        folder.write("evidence/bill.txt", b"42 kWh")
        folder.append("evidence/index.csv", "bill,bill.txt,,,")
        assert SHA in folder.only("ZJ233").mend("en")
        assert folder.study().evidence["bill"].sha256 == SHA

    @pytest.mark.parametrize("file", ["../../secret.txt", "/etc/passwd", "..\\..\\secret.txt", "C:\\secret.txt"])
    def test_outside(self, folder, file):
        """A path out of the study folder is refused and the file is not opened."""
        (folder.path.parent / "secret.txt").write_text("secret")
        folder.append("evidence/index.csv", f"bill,{file},{SHA},,")
        assert folder.only("ZJ232").severity is Severity.ERROR
        assert folder.study().evidence == {}

    @pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
    def test_link_out_of_the_folder(self, folder):
        """A link that leads out of the folder is refused like a path."""
        (folder.path.parent / "secret.txt").write_text("secret")
        (folder.path / "evidence" / "bill.txt").symlink_to(folder.path.parent / "secret.txt")
        folder.append("evidence/index.csv", f"bill,bill.txt,{SHA},,")
        assert folder.only("ZJ232")

    def test_inside_but_not_in_evidence(self, folder):
        """Evidence may lie elsewhere in the study folder."""
        folder.append("evidence/index.csv", "readme,../README.md,,,")
        assert folder.only("ZJ233").place.file == "evidence/index.csv"

    def test_unlisted_file(self, folder):
        """A file in evidence/ that nobody lists gives a note."""
        folder.write("evidence/photo.png", b"x")
        finding = folder.one("ZJ234")
        assert (finding.place.file, finding.severity) == ("evidence/photo.png", Severity.NOTE)

    def test_duplicate(self, folder):
        """One id is one file."""
        folder.write("evidence/bill.txt", b"42 kWh")
        folder.append("evidence/index.csv", f"bill,bill.txt,{SHA},,")
        line = folder.append("evidence/index.csv", f"bill,bill.txt,{SHA},,")
        assert folder.only("ZJ208").place.line == line


class TestSuppliers:
    def test_as_sent(self, with_footprint):
        """Decimals stay as sent; percent becomes a share; the file's SHA-256 is kept."""
        folder = with_footprint()
        assert folder.open().findings == ()
        read = folder.study().suppliers["urn:x:foil"]
        assert (read.total.number, read.fossil.number, read.unit) == ("12.50", "12.0", "kg")
        assert read.total.unit.symbol == "kgCO2e"
        assert (read.primary_share, read.gwp_set, read.geography) == (0.455, "AR6", "CN")
        assert (read.data_quality.technology, read.data_quality.precision) == (1.5, None)
        assert str(read.period) == "2025-01-01/2025-12-31"
        assert read.name.zh == "铝箔"
        assert read.sha256 == hashlib.sha256((folder.path / "suppliers/foil.json").read_bytes()).hexdigest()

    def test_ignored_fields(self, with_footprint):
        """Fields that are not used are counted and named in a note."""
        folder = with_footprint(exemptedEmissionsPercent="3", comment="hello")
        finding = folder.one("ZJ236")
        assert finding.severity is Severity.NOTE
        assert finding.what("en").startswith("2 fields")
        assert "pcf.comment" in finding.what("en")

    def test_json_syntax(self, folder):
        """A JSON error is reported at its line."""
        folder.write("suppliers/foil.json", '{\n "id": 1,\n oops }')
        finding = folder.only("ZJ235")
        assert (finding.place.file, finding.place.line) == ("suppliers/foil.json", 3)

    def test_not_an_object(self, folder):
        """A JSON list is no footprint."""
        folder.write("suppliers/foil.json", "[1]")
        assert folder.only("ZJ205").place.file == "suppliers/foil.json"

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("pcfExcludingBiogenicUptake", None, "ZJ203"),
            ("pcfExcludingBiogenicUptake", "much", "ZJ215"),
            ("pcfExcludingBiogenicUptake", "12 kg", "ZJ215"),
            ("declaredUnitOfMeasurement", None, "ZJ203"),
            ("declaredUnitOfMeasurement", "kilogramm", "ZJ237"),
            ("declaredUnitAmount", "0", "ZJ260"),
            ("referencePeriodStart", None, "ZJ203"),
            ("referencePeriodEnd", "soon", "ZJ207"),
            ("ipccCharacterizationFactors", None, "ZJ238"),
            ("primaryDataShare", "145", "ZJ229"),
            ("primaryDataShare", "0.455", "ZJ239"),
            ("dqi", {"technologicalDQR": "9"}, "ZJ224"),
        ],
    )
    def test_bad_field(self, with_footprint, field, value, code):
        """Each bad field gives one finding that names the field's path in the file."""
        finding = with_footprint(**{field: value}).only(code)
        assert finding.place.file == "suppliers/foil.json"
        if value is not None:
            assert finding.place.path.startswith(f"pcf.{field}")

    def test_declared_unit_has_the_nearest(self, with_footprint):
        """A misspelt declared unit is answered with the nearest one."""
        assert "(kilogram?)" in with_footprint(declaredUnitOfMeasurement="kilogramm").only("ZJ237").what("en")

    def test_old_period(self, with_footprint):
        """A footprint of another time gives a warning, one that overlaps the reporting period does not."""
        folder = with_footprint(referencePeriodStart="2020-01-01", referencePeriodEnd="2020-12-31")
        assert "2020-01-01/2020-12-31" in folder.only("ZJ259").what("en")
        assert with_footprint(referencePeriodStart="2024-07-01").open().findings == ()

    def test_two_files_with_one_id(self, with_footprint):
        """Two footprints of one id are refused."""
        folder = with_footprint()
        folder.write("suppliers/zz.json", json.dumps(footprint()))
        assert folder.only("ZJ208").place.file == "suppliers/zz.json"

    def test_used_by_a_line(self, with_footprint):
        """A process may take from a supplier's footprint by its id."""
        folder = with_footprint()
        extra = "  - {id: foil, role: auxiliary, supplier: 'urn:x:foil', amount: {value: 1, unit: kg, kind: measured}}"
        folder.append("processes/pack.yaml", extra)
        assert folder.open().findings == ()

    def test_version_2(self, folder):
        """PACT 2 is per one declared unit: unitaryProductAmount does not divide, and ratings of its scale are left."""
        body = footprint(
            declaredUnitOfMeasurement=None, declaredUnitAmount=None, pcfExcludingBiogenicUptake=None,
            landUseChangeGhgEmissions=None, ipccCharacterizationFactors=None,
            declaredUnit="kilogram", unitaryProductAmount="12", pCfExcludingBiogenic="12.50", dLucGhgEmissions="0.5",
            ipccCharacterizationFactorsSources=["AR5"],
        )  # fmt: skip
        folder.write("suppliers/foil.json", json.dumps(body))
        note = folder.one("ZJ266")
        assert note.severity is Severity.NOTE
        assert "unitaryProductAmount = 12" in note.what("en")
        assert "dqi" in note.what("en")
        read = folder.study().suppliers["urn:x:foil"]
        assert (read.amount.number, read.total.number, read.land_use.number) == ("1", "12.50", "0.5")
        assert (read.unit, read.gwp_set, read.data_quality.technology) == ("kg", "AR5", None)

    @pytest.mark.parametrize("version", ["2.2.0", "1.0.1"])
    def test_version_as_stated(self, folder, version):
        """The stated version decides where the names do not."""
        body = footprint(declaredUnitAmount=None) | {"specVersion": version}
        folder.write("suppliers/foil.json", json.dumps(body))
        assert folder.one("ZJ266")
        folder.write("suppliers/foil.json", json.dumps(body | {"specVersion": "3.0.3"}))
        assert folder.open().findings == ()

    @pytest.mark.parametrize(
        "changes",
        [
            {"pcfExcludingBiogenicUptake": None, "pCfExcludingBiogenic": "12.5", "declaredUnitAmount": "10"},
            {"pcfExcludingBiogenicUptake": None, "pcfExcludingBiogenic": "12.5", "declaredUnitAmount": "0.5"},
        ],
    )
    def test_two_versions_mixed(self, with_footprint, changes):
        """The total of PACT 2 beside the amount of PACT 3 has two readings, so it is refused."""
        finding = with_footprint(**changes).only("ZJ267")
        assert finding.severity is Severity.ERROR
        assert finding.place.path == "pcf.declaredUnitAmount"
        assert with_footprint(**(changes | {"declaredUnitAmount": "1"})).open().findings == ()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("pcfExcludingBiogenicUptake", "-1"),
            ("fossilGhgEmissions", "-0.1"),
            ("aircraftGhgEmissions", "-1"),
            ("landUseChangeGhgEmissions", "-1"),
        ],
    )
    def test_below_zero(self, with_footprint, field, value):
        """A total or part below zero is an error at its field."""
        finding = with_footprint(**{field: value}).only("ZJ268")
        assert (finding.severity, finding.place.path) == (Severity.ERROR, f"pcf.{field}")

    def test_parts_beyond_the_total(self, with_footprint):
        """Parts beyond the total give a warning; aviation inside fossil and rounding do not."""
        finding = with_footprint(fossilGhgEmissions="13", aircraftGhgEmissions="1").only("ZJ269")
        assert finding.severity is Severity.WARNING
        assert "together 13.25 kgCO2e, its total is 12.50" in finding.what("en")
        assert with_footprint(fossilGhgEmissions="12.25", aircraftGhgEmissions="5").open().findings == ()
        assert with_footprint(fossilGhgEmissions="12.3").open().findings == ()

    def test_more_aviation_than_fossil(self, with_footprint):
        """More aviation than fossil emissions cannot be a part of them."""
        finding = with_footprint(fossilGhgEmissions="1", aircraftGhgEmissions="2").only("ZJ270")
        assert finding.place.path == "pcf.aircraftGhgEmissions"


class TestRemovals:
    REMOVED: ClassVar[dict[str, str]] = {
        "landManagementBiogenicCO2Emissions": "0.5",
        "landManagementBiogenicCO2Removals": "-0.75",
        "ccsTechnologicalCO2Capture": "-2",
        "technologicalCO2Removals": "-1",
        "biogenicCO2Uptake": "-4",
    }

    def test_each_field_is_read(self, with_footprint):
        """Capture, removals, land management and uptake are data of the footprint, with their place in the file."""
        (found,) = with_footprint(**self.REMOVED).open().study.suppliers.values()
        read = (found.land_management, found.land_removal, found.captured, found.technological_removal, found.uptake)
        assert [datum.number for datum in read] == list(self.REMOVED.values())
        assert found.captured.place.path == "pcf.ccsTechnologicalCO2Capture"

    def test_the_dataset_splits_what_is_taken_off(self, with_footprint):
        """12.5 = 12 fossil + 0.25 land use + 0.5 land management - 3.75 + a rest of 3.5; uptake stands beside it."""
        from zuji.footprint.backgrounds import supplier_dataset

        (found,) = with_footprint(aircraftGhgEmissions=None, **self.REMOVED).open().study.suppliers.values()
        parts = {(one.origin.value, one.amount) for one in supplier_dataset(found).interventions}
        assert parts == {
            ("fossil", 12.0), ("land_use", 0.25), ("land_management", 0.5), ("land_removal", -0.75),
            ("captured_fossil", -2.0), ("technological_removal", -1.0), ("unspecified", 3.5), ("biogenic", -4.0),
        }  # fmt: skip

    def test_a_removal_above_zero_in_the_schema_is_below_zero(self, with_footprint):
        """PACT's schema asks for this removal above zero while its formula adds it: it is read as taken off."""
        (found,) = with_footprint(technologicalCO2Removals="1.5").open().study.suppliers.values()
        assert found.technological_removal.number == "-1.5"

    @pytest.mark.parametrize(
        "key", ["ccsTechnologicalCO2Capture", "landManagementBiogenicCO2Removals", "biogenicCO2Uptake"]
    )
    def test_other_removals_above_zero_are_errors(self, with_footprint, key):
        """What PACT defines as zero or negative is refused above zero."""
        assert with_footprint(**{key: "2"}).only("ZJ290").place.path == f"pcf.{key}"

    def test_a_total_below_zero_needs_removals(self, with_footprint):
        """Capture may take a total below zero; without it that is an error."""
        parts = {"fossilGhgEmissions": "1", "landUseChangeGhgEmissions": None, "aircraftGhgEmissions": None}
        assert (
            with_footprint(pcfExcludingBiogenicUptake="-1", ccsTechnologicalCO2Capture="-2", **parts).open().findings
            == ()
        )
        assert with_footprint(pcfExcludingBiogenicUptake="-1", **parts).only("ZJ268")
