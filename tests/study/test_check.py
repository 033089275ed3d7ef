"""What check_study says about each thing that can be wrong between the parts of a study."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zuji.background.gwp import canonical_gas
from zuji.finding import Severity
from zuji.study.check import CHECKS, check_study
from zuji.study.check_values import UPTAKE

SKELETON = "骨架 / skeleton"


def bom(item: str, parent: str, amount: str, unit: str, dataset: str = "", mass: str = "", material: str = "") -> str:
    return f"{item},{parent},,,pack,{amount},{unit},{dataset},{material},{mass},assumed,x"


class TestLinks:
    def test_line_twice(self, folder):
        """One item stands under one parent once; the finding names the first line."""
        line = folder.append("bom.csv", bom("cable", "storage-100", "1", "kg", "flow:copper"))
        finding = folder.found("ZJ208")[0]
        assert (finding.place.file, finding.place.line) == ("bom.csv", line)
        assert "storage-100>cable" in finding.what("en")
        assert "bom.csv:6" in finding.what("en")

    def test_exchange_twice(self, folder):
        """One id stands once in a process, also beside the lines of its bill of materials."""
        folder.append("processes/pack.yaml", "  - {id: cable, gas: SF6, amount: {value: 0, unit: kg, kind: assumed}}")
        finding = folder.only("ZJ208")
        assert finding.place.file == "processes/pack.yaml"
        assert "bom.csv" in finding.what("en")

    def test_leg_twice(self, folder):
        """One transport leg has one id."""
        line = folder.append("transport.csv", "to-customer,,,distribution,,,1,km,flow:x,,,assumed,x")
        assert folder.only("ZJ208").place.line == line

    def test_assembly_named_like_a_process(self, folder):
        """An assembly that no process makes must not have the id of another process."""
        folder.append("bom.csv", bom("assembly-kit", "storage-100", "0", "kg", "flow:copper"))
        folder.change("processes/assembly.yaml", "id: assembly\n", "id: module\nproduces: work\n")
        folder.change("processes/pack.yaml", "process: assembly", "process: module")
        assert "'module'" in folder.one("ZJ208").what("en")

    @pytest.mark.parametrize(
        ("file", "old", "new", "wrong", "near"),
        [
            ("bom.csv", "cell,module,", "cell,modul,", "modul", "module"),
            ("processes/pack.yaml", "plant: plant-1", "plant: plant1", "plant1", "plant-1"),
            ("processes/pack.yaml", "process: assembly", "process: asembly", "asembly", "assembly"),
            ("processes/pack.yaml", "process: assembly", "supplier: nobody", "nobody", ""),
            ("processes/assembly.yaml", "electricity: plant-1 ", "electricity: plant-2 ", "plant-2", "plant-1"),
            ("processes/assembly.yaml", "meters: [M1, M2]", "meters: [M1, M22]", "M22", "M2"),
            ("bom.csv", "10,kg,iai-al-2022,aluminium,", "10,kg,iai-al-2022,aluminum,", "aluminum", "aluminium"),
            ("electricity.csv", "M2,roof,plant-1,assembly", "M2,roof,plant-1,assemble", "assemble", "assembly"),
            ("instruments.csv", "gec,plant-1,", "gec,plant-9,", "plant-9", "plant-1"),
        ],
    )  # fmt: skip
    def test_dangling_reference(self, folder, file, old, new, wrong, near):
        """A reference that leads nowhere is an error with the nearest id that exists."""
        line = folder.change(file, old, new)
        finding = folder.found("ZJ240")[0]
        assert finding.severity is Severity.ERROR
        assert finding.place.file == file
        if file.endswith(".csv"):
            assert finding.place.line == line
        assert f"'{wrong}'" in finding.what("en")
        assert ("?)" in finding.what("en")) == bool(near)
        assert near in finding.what("en")

    def test_unknown_evidence(self, folder):
        """A datum with unknown evidence gives a warning at the datum."""
        line = folder.change("study.yaml", "{value: 820, unit: kg, kind", "{value: 820, unit: kg, evidence: bill, kind")
        finding = folder.only("ZJ241")
        assert (finding.place.line, finding.severity) == (line, Severity.WARNING)

    def test_bom_loop(self, folder):
        """An item inside itself is refused, and the circle is named."""
        folder.append("bom.csv", bom("module", "cell", "1", "item"))
        findings = folder.found("ZJ242")
        assert [finding.what("en").split(": ")[1] for finding in findings] == ["module > cell > module"]
        assert findings[0].place.file == "bom.csv"

    def test_item_in_itself(self, folder):
        """The smallest circle is one line."""
        folder.append("bom.csv", bom("loop", "loop", "1", "item"))
        assert "loop > loop" in folder.one("ZJ242").what("en")

    def test_an_item_under_two_parents_is_no_loop(self, folder):
        """A diamond is not a circle."""
        folder.append("bom.csv", bom("cell", "storage-100", "0", "kg", "process:lfp_cell"))
        assert folder.open().findings == ()

    def test_deep_bill_of_materials(self, folder):
        """Five thousand levels and a circle at their end are found without running out of stack."""
        rows = [bom(f"i{n + 1}", f"i{n}", "1", "kg") for n in range(5000)]
        rows += [bom("i0", "storage-100", "0", "kg"), bom("i0", "i5000", "1", "kg")]
        for row in rows[:1]:
            folder.append("bom.csv", row)
        folder.write("bom.csv", folder.text("bom.csv") + "\n".join(rows[1:]) + "\n")
        assert "…" in folder.one("ZJ242").what("en")

    def test_process_loops_are_allowed(self, folder):
        """Two processes may take from each other."""
        extra = "  - {id: back, process: pack, role: energy, amount: {value: 0.001, unit: item, kind: assumed}}"
        folder.append("processes/assembly.yaml", extra)
        assert folder.open().findings == ()

    def test_two_processes_make_one_item(self, folder):
        """Two processes that produce the same item are refused by name."""
        folder.change("processes/assembly.yaml", "id: assembly\n", "id: assembly\nproduces: storage-100\n")
        finding = folder.found("ZJ243")[0]
        assert "'assembly' and 'pack'" in finding.what("en")

    def test_line_without_origin(self, folder):
        """A line that nothing delivers is refused; with a reason for cutting it off it is accepted."""
        line = folder.change("bom.csv", "15,kg,flow:copper", "15,kg,")
        assert folder.only("ZJ257").place.line == line
        study = folder.study()
        lines = tuple(replace(one, cut_off="small") for one in study.bom)
        assert "ZJ257" not in {finding.code for finding in check_study(replace(study, bom=lines))}

    @pytest.mark.parametrize("origin", ["iai-al-2022", "process:lfp_cell"])
    def test_origin_and_parts(self, folder, origin):
        """An item that somebody delivers must not have parts, which would vanish."""
        line = folder.change("bom.csv", "Module,module,10,item,,,", f"Module,module,10,item,{origin},,")
        finding = folder.only("ZJ263")
        assert (finding.place.line, finding.severity) == (line, Severity.ERROR)
        assert f"dataset: {origin}" in finding.what("en")
        assert "bom.csv:9" in finding.what("en")

    def test_an_item_and_the_process_that_makes_it(self, folder):
        """To name the process that makes the item out of its parts is no contradiction."""
        text = folder.text("bom.csv").replace("amount,unit,dataset,", "amount,unit,process,dataset,")
        rows = [row.replace(",kg,", ",kg,,").replace(",item,", ",item,,") for row in text.splitlines()]
        folder.write("bom.csv", "\n".join(rows) + "\n")
        assert folder.open().findings == ()
        folder.change("bom.csv", "10,item,,", "10,item,module,")
        assert folder.open().findings == ()
        folder.change("bom.csv", "10,item,module,", "10,item,assembly,")
        assert folder.only("ZJ263").place.column == "process"

    @pytest.mark.parametrize("id", ["storage-100", "to-customer"])
    def test_ids_of_the_life_cycle(self, folder, id):
        """The product, its legs and its end of life stand side by side: their ids differ."""
        activity = f"{{id: {id}, role: waste, dataset: x, amount: {{value: 1, unit: kg, kind: assumed}}}}"
        folder.change("end_of_life.yaml", "activities:\n", f"activities:\n  - {activity}\n")
        finding = folder.only("ZJ208")
        assert finding.place.file == "end_of_life.yaml"
        assert f"'{id}'" in finding.what("en")

    def test_leg_named_like_the_product(self, folder):
        """A leg must not have the id of the product."""
        line = folder.change("transport.csv", "to-customer,", "storage-100,")
        finding = folder.only("ZJ208")
        assert (finding.place.file, finding.place.line, finding.place.column) == ("transport.csv", line, "id")

    def test_process_that_nobody_takes(self, folder):
        """A process that does not lead to the product is named in a warning, and so are those only it takes from."""
        folder.write(
            "processes/paint.yaml",
            "id: paint\nreference_flow: {value: 1, unit: kg, kind: assumed}\nexchanges:\n"
            "  - {id: assembly, process: assembly, role: energy, amount: {value: 1, unit: item, kind: assumed}}\n"
            "  - {id: mixing, process: mixing, role: energy, amount: {value: 1, unit: kg, kind: assumed}}\n",
        )
        folder.write(
            "processes/mixing.yaml", "id: mixing\nreference_flow: {value: 1, unit: kg, kind: assumed}\nexchanges: []\n"
        )
        found = folder.found("ZJ271")
        assert [(f.severity, f.place.file) for f in found] == [
            (Severity.WARNING, "processes/mixing.yaml"),
            (Severity.WARNING, "processes/paint.yaml"),
        ]
        assert "'paint'" in found[1].what("en")


class TestValues:
    @pytest.mark.parametrize("amount", ["0", "-1"])
    def test_reference_flow(self, folder, amount):
        """A reference flow of zero or less is an error."""
        folder.change("processes/assembly.yaml", "{value: 1000, unit: item", f"{{value: {amount}, unit: item")
        finding = folder.one("ZJ244")
        assert (finding.place.file, finding.severity) == ("processes/assembly.yaml", Severity.ERROR)

    def test_missing_reference_flow(self, folder):
        """A missing reference flow is an error with its reason."""
        folder.change(
            "processes/assembly.yaml", "{value: 1000, unit: item, kind: assumed", "{missing: not counted, kind: assumed"
        )
        assert "not counted" in folder.one("ZJ244").what("en")

    def test_negative_amount(self, folder):
        """A negative material is refused; a note that explains it as a credit makes it a warning, not silence."""
        line = folder.change("processes/pack.yaml", "{value: 5, unit: kg, kind", "{value: -5, unit: kg, kind")
        assert folder.found("ZJ245")[0].place.line == line
        folder.change(
            "processes/pack.yaml", "{value: -5, unit: kg, kind", "{value: -5, unit: kg, note: sold as steel, kind"
        )
        assert folder.found("ZJ245") == []
        credit = folder.one("ZJ264")
        assert (credit.place.line, credit.severity) == (line, Severity.WARNING)
        assert "sold as steel" in credit.what("en")

    def test_gas_uptake(self, folder):
        """A gas may be taken up."""
        extra = "  - {id: up, gas: CO2 biogenic, origin: biogenic, amount: {value: -1, unit: kg, kind: measured}}"
        folder.append("processes/pack.yaml", extra)
        assert folder.open().findings == ()

    @pytest.mark.parametrize("gas", ["CO2 fossil", "CO2", "CH4 biogenic", "SF6"])
    def test_uptake_of_another_gas(self, folder, gas):
        """Only biogenic carbon dioxide is taken up; a note does not change that."""
        amount = "{value: -1, unit: kg, kind: measured, note: captured}"
        folder.append("processes/pack.yaml", f"  - {{id: up, gas: {gas}, amount: {amount}}}")
        finding = folder.only("ZJ265")
        assert finding.severity is Severity.ERROR
        assert f"'{gas}'" in finding.what("en")

    def test_names_of_what_is_taken_up(self):
        """The names are those that the table of gases reads as biogenic carbon dioxide."""
        assert {canonical_gas(name) for name in UPTAKE} == {"CO2 biogenic"}
        assert canonical_gas("co2-Biogenic") == "CO2 biogenic"

    def test_negative_meter(self, folder):
        """A meter cannot run backwards, whatever its note says."""
        line = folder.change("electricity.csv", "30000,kWh", "-30000,kWh")
        assert folder.only("ZJ245").place.line == line

    @pytest.mark.parametrize("field", ["mass: {value: 820", "rated_energy: {value: 100", "usable_energy: {value: 95"])
    def test_product_values_are_positive(self, folder, field):
        """A product without mass or energy cannot be divided by."""
        folder.change("study.yaml", field, field.split("value")[0] + "value: 0")
        assert folder.found("ZJ260")[0].severity is Severity.ERROR

    def test_scrap_share(self, folder):
        """A scrap share of 5 is refused; 5 % is accepted."""
        folder.change(
            "processes/pack.yaml", "    role: waste\n", "    role: waste\n    scrap: {value: 5, kind: assumed}\n"
        )
        assert "is 5, outside 0 to 1" in folder.only("ZJ254").what("en")
        folder.change("processes/pack.yaml", "scrap: {value: 5,", "scrap: {value: 5 %,")
        assert folder.open().findings == ()

    @pytest.mark.parametrize("field", ["recycled_content: {value: 0, ", "recycling_rate: {value: 0.8, "])
    def test_r1_and_r2(self, folder, field):
        """R1 and R2 lie between 0 and 1."""
        text = folder.text("end_of_life.yaml")
        at = text.rindex(field)
        folder.write("end_of_life.yaml", text[:at] + field.split("value")[0] + "value: 1.2, " + text[at + len(field) :])
        assert "end_of_life.steel." in folder.one("ZJ254").what("en")

    def test_r2_and_r3(self, folder):
        """What is recycled and burned is at most the whole."""
        extra = "    energy_recovery_rate: {value: 0.3, kind: assumed}"
        line = folder.append("end_of_life.yaml", extra)
        finding = folder.only("ZJ255")
        assert finding.place.line < line
        assert "together 1.1" in finding.what("en")

    @pytest.mark.parametrize("value", ["0", "-5", "120", "0.0"])
    def test_efficiency(self, folder, value):
        """A round-trip efficiency is more than 0 and at most 100 %."""
        line = folder.change("study.yaml", "{value: 88, unit", f"{{value: {value}, unit")
        assert folder.only("ZJ256").place.line == line

    def test_full_efficiency(self, folder):
        """An efficiency of exactly 100 % is accepted."""
        folder.change("study.yaml", "{value: 88, unit", "{value: 100, unit")
        assert folder.open().findings == ()

    def test_period_outside(self, folder):
        """A process of another year gives a warning that names both periods."""
        folder.change("processes/pack.yaml", "period: {start: 2025-01-01,", "period: {start: 2024-12-31,")
        finding = folder.only("ZJ247")
        assert finding.severity is Severity.WARNING
        assert "2024-12-31/2025-12-31" in finding.what("en")
        assert "2025-01-01/2025-12-31" in finding.what("en")

    def test_period_of_a_datum_outside(self, folder):
        """A datum of another year gives a warning at the datum."""
        line = folder.change("study.yaml", "{value: 820, unit: kg, kind", "{value: 820, unit: kg, period: 2023, kind")
        assert folder.only("ZJ247").place.line == line

    def test_date_order(self, folder):
        """A period that ends before it starts is an error."""
        line = folder.change("electricity.csv", "2025-07-01,2025-12-31", "2025-12-31,2025-07-01")
        finding = folder.only("ZJ248")
        assert (finding.place.line, finding.severity) == (line, Severity.ERROR)

    def test_one_day(self, folder):
        """A period of one day is a period."""
        folder.change("electricity.csv", "2025-07-01,2025-12-31", "2025-07-01,2025-07-01")
        assert folder.open().findings == ()

    def test_reporting_period_order(self, folder):
        """The reporting period itself must not run backwards."""
        folder.change("study.yaml", "{start: 2025-01-01, end: 2025-12-31}", "{start: 2025-12-31, end: 2025-01-01}")
        assert "'reporting_period'" in folder.found("ZJ248")[0].what("en")


class TestBalance:
    def test_gap_is_shown(self, folder):
        """A balance that is off by more than the tolerance shows in, out and the gap in kg and percent."""
        folder.change("bom.csv", "165,kg,uslci", "265,kg,uslci")
        finding = folder.only("ZJ249")
        text = finding.what("en")
        assert finding.place.file == "processes/pack.yaml"
        assert "'pack'" in text
        assert "925 kg in, 825 kg out, off by 100 kg (10.8 %)" in text

    def test_within_the_tolerance(self, folder):
        """A gap of exactly the tolerance is accepted, a milligram more is not."""
        folder.change("study.yaml", "mass_tolerance: 0.05", "mass_tolerance: 0.175")
        folder.change("bom.csv", "165,kg,uslci", "340,kg,uslci")
        assert folder.open().findings == ()
        folder.change("bom.csv", "340,kg,uslci", "340.000001,kg,uslci")
        assert folder.only("ZJ249")

    def test_assembly_without_process(self, folder):
        """An assembly that has no process of its own is balanced too."""
        folder.change("bom.csv", "cell,module,电芯,Cell,cell,60,kg", "cell,module,电芯,Cell,cell,40,kg")
        assert "'module'" in folder.only("ZJ249").what("en")

    def test_mass_in_other_units(self, folder):
        """Grams and tonnes balance with kilograms."""
        folder.change("bom.csv", "165,kg,uslci", "0.165,t,uslci")
        folder.change("bom.csv", "10,kg,flow:pp", "10000,g,flow:pp")
        assert folder.open().findings == ()

    def test_co_products_come_out(self, folder):
        """A co-product's mass counts as output."""
        folder.change("bom.csv", "165,kg,uslci", "265,kg,uslci")
        folder.append(
            "processes/pack.yaml", "co_products:\n  - {id: frames, amount: {value: 100, unit: kg, kind: measured}}"
        )
        assert folder.open().findings == ()

    def test_co_products_come_out_beside_scrap(self, folder):
        """A co-product is no waste: without listed waste, the scrap shares still count."""
        folder.change("processes/pack.yaml", "    role: waste\n", "    role: energy\n")
        folder.change("bom.csv", "mass,kind,source", "mass,kind,scrap")
        folder.write("bom.csv", folder.text("bom.csv").replace(",骨架 / skeleton", ",0"))
        folder.change(
            "bom.csv",
            "165,kg,uslci-steel-cold-rolled-sheet,steel,,assumed,0",
            "265,kg,uslci-steel-cold-rolled-sheet,steel,,assumed,0.2",
        )
        assert "off by 52 kg" in folder.only("ZJ249").what("en")
        folder.append(
            "processes/pack.yaml", "co_products:\n  - {id: frames, amount: {value: 52, unit: kg, kind: measured}}"
        )
        assert folder.open().findings == ()

    def test_emissions_close_a_gap_and_open_none(self, folder):
        """A gas that leaves explains lost material; a gas from fuel does not make an imbalance."""
        folder.append(
            "processes/pack.yaml", "  - {id: voc, gas: NMVOC, amount: {value: 100, unit: kg, kind: measured}}"
        )
        assert folder.open().findings == ()
        folder.change("bom.csv", "165,kg,uslci", "265,kg,uslci")
        assert folder.open().findings == ()

    def test_scrap_stands_for_waste(self, folder):
        """Where no waste is listed, the scrap shares of the materials are what is lost."""
        study = folder.study()
        percent = study.use.round_trip_efficiency.unit
        scrap = replace(study.use.round_trip_efficiency, number="0.1666666667")
        assert percent.symbol == "%"
        lines = tuple(
            replace(one, amount=replace(one.amount, number="72"), scrap=scrap) if one.item == "cell" else one
            for one in study.bom
        )
        codes = [finding.code for finding in check_study(replace(study, bom=lines))]
        assert codes == ["ZJ249"]
        one = study.service_life.mean_capacity_factor.unit
        lines = tuple(
            replace(line, scrap=replace(line.scrap, unit=one)) if line.scrap is not None else line for line in lines
        )
        assert check_study(replace(study, bom=lines)) == ()

    def test_no_mass(self, folder):
        """Where a mass is not known a note says for which item, and no warning is given."""
        folder.change("bom.csv", ",,62,assumed", ",,,assumed")
        notes = folder.found("ZJ250")
        assert {finding.severity for finding in notes} == {Severity.NOTE}
        assert all("module" in finding.what("en") for finding in notes)
        assert folder.found("ZJ249") == []

    def test_missing_amount_is_not_zero(self, folder):
        """A missing amount leaves the balance open instead of counting as zero."""
        study = folder.study()
        lines = tuple(
            replace(one, amount=replace(one.amount, number="", missing="unknown")) if one.item == "cable" else one
            for one in study.bom
        )
        codes = [finding.code for finding in check_study(replace(study, bom=lines))]
        assert codes == ["ZJ246", "ZJ250"]


class TestElectricity:
    def test_overlap(self, folder):
        """Two readings of one supply point that share days are refused with both rows and the days."""
        folder.change("electricity.csv", "2025-07-01,2025-12-31", "2025-06-30,2025-12-31")
        text = folder.only("ZJ251").what("en")
        assert "from 2025-06-30 to 2025-06-30" in text
        assert "electricity.csv:3" in text
        assert "electricity.csv:4" in text

    def test_overlap_of_two_meters_at_one_point(self, folder):
        """Meters with different names at one point are compared too."""
        folder.change("electricity.csv", "M2,roof,", "M2,grid-1,")
        findings = folder.found("ZJ251")
        assert findings
        assert "M1" in findings[0].what("en")
        assert "M2" in findings[0].what("en")

    @pytest.mark.parametrize(
        ("second", "shared"),
        [
            ("2025-01-01 12:00,2025-01-02 00:00", ""),
            ("2025-01-01T12:00,2025-01-01T23:59", ""),
            ("2025-01-01 11:00,2025-01-02 00:00", "from 2025-01-01 11:00 to 2025-01-01 12:00"),
            ("2025-01-01,2025-01-01", "from 2025-01-01 to 2025-01-01 12:00"),
        ],
    )
    def test_meters_of_the_same_hour(self, folder, second, shared):
        """Two meters at one point may share a day but no hour; the finding says which hours they share."""
        folder.write(
            "electricity.csv",
            "meter,point,plant,start,end,amount,unit,kind\n"
            "M1,main,plant-1,2025-01-01 00:00,2025-01-01 12:00,150000,kWh,assumed\n"
            f"M2,main,plant-1,{second},1,kWh,assumed\n",
        )
        said = [finding.what("en") for finding in folder.found("ZJ251")]
        assert [shared in text for text in said] == ([True] if shared else [])

    def test_overlap_behind_a_long_reading(self, folder):
        """A short reading between does not hide that the long one before covers a later one."""
        folder.write(
            "electricity.csv",
            "meter,plant,start,end,amount,unit,kind\n"
            "M1,plant-1,2025-01-01,2025-12-31,150000,kWh,assumed\n"
            "M1,plant-1,2025-02-01,2025-02-02,1,kWh,assumed\n"
            "M1,plant-1,2025-05-01,2025-05-02,1,kWh,assumed\n"
            "M2,plant-1,2025-05-01,2025-05-02,1,kWh,assumed\n",
        )
        assert [finding.place.line for finding in folder.found("ZJ251")] == [3, 4]

    def test_overclaimed(self, folder):
        """Claiming more than the grid energy of the plant is refused; own generation does not help."""
        folder.change("instruments.csv", ",20000,kWh", ",120.001,MWh")
        finding = folder.only("ZJ252")
        assert finding.severity is Severity.ERROR
        assert "claim 120001 kWh" in finding.what("en")
        assert "took 120000 kWh" in finding.what("en")
        folder.change("instruments.csv", ",120.001,MWh", ",120,MWh")
        assert folder.open().findings == ()

    def test_instrument_twice(self, folder):
        """A certificate that is listed twice is refused with both rows."""
        row = folder.text("instruments.csv").splitlines()[-1]
        folder.append("instruments.csv", row)
        text = folder.only("ZJ258").what("en")
        assert "instruments.csv:3" in text
        assert "instruments.csv:4" in text

    def test_generated_outside(self, folder):
        """A certificate of another year gives a warning that names both periods."""
        folder.change("instruments.csv", "2025-03-01,2025-03-31", "2024-03-01,2024-03-31")
        finding = folder.only("ZJ253")
        assert finding.severity is Severity.WARNING
        assert "2024-03-01/2024-03-31" in finding.what("en")

    def test_meter_used_twice(self, folder):
        """One meter is the amount of one exchange only."""
        extra = "  - {id: electricity, electricity: plant-1, meters: [M1]}"
        folder.append("processes/pack.yaml", extra)
        assert "'M1'" in folder.only("ZJ261").what("en")


def test_check_is_pure(folder):
    """Checking does not change the study and gives the same findings again."""
    folder.change("bom.csv", "165,kg,uslci", "265,kg,uslci")
    study = folder.study()
    before = study.digest
    first = check_study(study)
    assert check_study(study) == first
    assert set(first) <= set(study.findings)
    assert study.digest == before


def test_every_check_speaks_for_itself():
    """Every check says in its first line what it finds."""
    for check in CHECKS:
        assert (check.__doc__ or "").strip()
