"""What open_study says about each thing that can be wrong in a file: message, place, mend."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zuji.datum import Kind
from zuji.errors import UnreadableError, ZujiError
from zuji.finding import CODES, Severity
from zuji.study.new import NotEmptyError, write_skeleton
from zuji.study.open import open_study


class TestSkeleton:
    def test_skeleton_has_nothing_to_say(self, folder):
        """The skeleton opens without any finding, not even a note."""
        assert folder.open().findings == ()

    def test_skeleton_is_written_once(self, folder):
        """A folder that holds something is refused and stays as it was."""
        before = folder.text("study.yaml")
        with pytest.raises(NotEmptyError, match="study") as refused:
            write_skeleton(folder.path)
        assert isinstance(refused.value, ZujiError)
        assert folder.text("study.yaml") == before

    def test_skeleton_refuses_a_file(self, tmp_path):
        """A file cannot become a study folder."""
        (tmp_path / "x").write_text("")
        with pytest.raises(NotEmptyError):
            write_skeleton(tmp_path / "x")

    def test_every_number_of_the_skeleton_is_marked(self, folder):
        """No datum of the skeleton claims to be measured."""
        from zuji.study.data_of import data_of

        kinds = {datum.kind for _name, datum in data_of(folder.study())}
        assert kinds == {Kind.ASSUMED, Kind.CALCULATED}

    def test_comments_are_bilingual(self, folder):
        """Every comment line of the YAML files that has a slash speaks Chinese before it and English after it."""
        for file in ("study.yaml", "end_of_life.yaml", "processes/pack.yaml"):
            first = folder.text(file).splitlines()[0]
            chinese, english = first.split(" / ", 1)
            assert any("\u4e00" <= c <= "\u9fff" for c in chinese)
            assert english.isascii()

    def test_datasets_exist_in_the_starter_background(self, folder):
        """Every dataset that the skeleton names is in the starter background."""
        starter = pytest.importorskip("zuji.background.starter").starter()
        study = folder.study()
        named = [line.provider.id for line in study.bom] + [leg.dataset for leg in study.transport]
        named += [e.provider.id for p in study.processes.values() for e in p.exchanges if e.provider.kind == "dataset"]
        named += [one.dataset for one in (*study.meters, *study.instruments)] + [study.use.electricity.id]
        for material in study.end_of_life.materials.values():
            named += [material.recycled_dataset, material.recycling_dataset, material.disposal_dataset]
        assert [id for id in named if id and id not in starter] == []


class TestFolder:
    def test_no_such_folder(self, tmp_path):
        """A folder that is not there is an exception, not a finding."""
        with pytest.raises(UnreadableError):
            open_study(tmp_path / "nowhere")

    def test_a_file_is_no_folder(self, tmp_path):
        """A file in place of the folder is an exception."""
        (tmp_path / "x").write_text("")
        with pytest.raises(UnreadableError):
            open_study(tmp_path / "x")

    def test_empty_folder(self, tmp_path):
        """A folder without study.yaml gives one error that names the file and the way out."""
        opened = open_study(tmp_path)
        assert opened.study is None
        assert [finding.code for finding in opened.findings] == ["ZJ201"]
        assert opened.findings[0].place.file == "study.yaml"
        assert "zuji new" in opened.findings[0].mend("en")

    def test_all_problems_at_once(self, folder):
        """An unusable study.yaml does not hide what is wrong in the other files."""
        folder.change("study.yaml", "reporting_period: {start: 2025-01-01, end: 2025-12-31}", "reporting_period: soon")
        folder.change("bom.csv", "15,kg,flow:copper", "fifteen,kg,flow:copper")
        opened = folder.open()
        assert opened.study is None
        assert {"ZJ207", "ZJ213", "ZJ215"} <= {finding.code for finding in opened.findings}

    def test_unknown_file(self, folder):
        """A file that is not read is named, with the file that it may have meant."""
        folder.write("bom.cvs", "x")
        finding = folder.one("ZJ210")
        assert (finding.place.file, finding.severity) == ("bom.cvs", Severity.NOTE)
        assert "bom.csv" in finding.what("en")

    def test_hidden_readme_and_background_are_fine(self, folder):
        """Hidden files, README files and the study's own background are not remarked on."""
        for name in (".DS_Store", "README.txt", "background.csv", "background.yaml"):
            folder.write(name, "x")
        assert folder.open().findings == ()

    def test_order_of_rows_does_not_change_the_digest(self, folder):
        """Rows in another order are the same study."""
        before = folder.study().digest
        lines = folder.text("bom.csv").splitlines()
        folder.write("bom.csv", "\n".join([*lines[:2], *reversed(lines[2:])]) + "\n")
        assert folder.study().digest == before

    def test_every_finding_is_defined_with_all_texts(self):
        """Each code of the study says what, why and how to mend, and names its values."""
        own = {code: entry for code, entry in CODES.items() if "ZJ201" <= code <= "ZJ299"}
        assert len(own) > 50
        for entry in own.values():
            assert all((entry.what, entry.why, entry.mend))


class TestDocument:
    def test_yaml_syntax(self, folder):
        """A YAML error is reported at its line, and the study is None."""
        line = folder.change("study.yaml", "  chemistry: LFP", "  chemistry: LFP: x")
        finding = folder.one("ZJ103")
        assert (finding.place.file, finding.place.line) == ("study.yaml", line)
        assert folder.open().study is None

    def test_yaml_syntax_in_a_process(self, folder):
        """A YAML error in one process leaves the rest of the study readable."""
        folder.write("processes/pack.yaml", "id: [")
        assert folder.one("ZJ103").place.file == "processes/pack.yaml"
        assert folder.open().study is not None

    def test_format_version(self, folder):
        """Another format version is refused by its number."""
        line = folder.change("study.yaml", "zuji: 1 ", "zuji: 2 ")
        finding = folder.only("ZJ202")
        assert finding.place.line == line
        assert "'2'" in finding.what("en")

    def test_required_key(self, folder):
        """A required datum that is not there is named, with the way to say that it is missing."""
        folder.change("study.yaml", "  mass: {value: 820", "  # mass: {value: 820")
        finding = folder.one("ZJ203")
        assert "'mass'" in finding.what("en")
        assert 'missing: "' in finding.mend("en")
        assert finding.place.path == "product"

    def test_unknown_key(self, folder):
        """A misspelt key is a warning with the nearest name."""
        line = folder.change("study.yaml", "  chemistry: LFP", "  chemstry: LFP")
        finding = folder.only("ZJ204")
        assert (finding.place.line, finding.place.path) == (line, "product.chemstry")
        assert "chemistry" in finding.what("en")

    def test_unknown_key_in_a_datum(self, folder):
        """A misspelt key inside a datum is a warning with the nearest name."""
        folder.change("processes/pack.yaml", "{value: 5, unit: kg, kind", "{value: 5, unit: kg, sauce: x, kind")
        assert "source" in folder.only("ZJ204").what("en")

    def test_wrong_shape(self, folder):
        """A text where a mapping belongs is refused."""
        folder.change("study.yaml", "plants:\n  - id: plant-1\n", "plants: [hall]\nold:\n  - id: plant-1\n")
        assert folder.one("ZJ205").place.path == "plants[0]"

    def test_choice(self, folder):
        """A word outside a list is refused with the nearest and all that are known."""
        line = folder.change("study.yaml", "category: industrial-storage ", "category: industrial-storrage ")
        finding = folder.only("ZJ206")
        assert finding.place.line == line
        assert "industrial-storage?" in finding.what("en")
        assert "lmt" in finding.why("en")

    def test_country(self, folder):
        """A country that is not a two-letter code is refused; the code NO stays a text."""
        line = folder.change("study.yaml", "country: CN", "country: CHN")
        assert folder.only("ZJ212").place.line == line
        folder.change("study.yaml", "country: CHN", "country: NO")
        assert folder.study().plants["plant-1"].country == "NO"

    def test_id_form(self, folder):
        """An id with a space is refused."""
        folder.change("processes/pack.yaml", "id: steel-scrap", "id: steel scrap")
        assert "steel scrap" in folder.one("ZJ211").what("en")

    @pytest.mark.parametrize(
        "id", ["a#b", "a[0]", "a]", "a|b", "a>b", "a b", "电池🔋", "a\\tb", "a\\u200bb", "a(b)", "x" * 201]
    )
    def test_ids_that_are_refused(self, folder, id):
        """What addresses, tables and file names use as signs cannot stand in an id."""
        line = folder.change("processes/pack.yaml", "id: steel-scrap", f'id: "{id}"')
        assert folder.one("ZJ211").place.line == line

    @pytest.mark.parametrize("id", ["废钢", "urn:uuid:1/2_3.4-5", "Stahlschrott-Ä", "लोहा", "x" * 200])
    def test_ids_of_any_script(self, folder, id):
        """Letters and marks of any script, digits and . _ - : / make an id."""
        folder.change("processes/pack.yaml", "id: steel-scrap", f'id: "{id}"')
        assert folder.open().findings == ()

    @pytest.mark.parametrize(
        ("key", "near"),
        [("alocation", "allocation"), ("residual_mix", "residual_mix."), ("Market", "market"), ("zzz", "")],
    )
    def test_unknown_choice(self, folder, key, near):
        """A choice that no rulebook asks for is a warning with the nearest known one."""
        line = folder.append("study.yaml", f"choices: {{{key}: DE, market: DE}}")
        finding = folder.only("ZJ204")
        assert (finding.place.line, finding.severity) == (line, Severity.WARNING)
        assert f"'{key}'" in finding.what("en")
        assert (f"({near}?)" in finding.what("en")) == bool(near)

    def test_known_choices(self, folder):
        """Every choice that the docs name is known, also for one process or country."""
        keys = "allocation allocation.pack allocation_reason allocation_reason.pack declared_unit defaults market"
        keys += " suppliers residual_mix.DE average_mix.CN"
        folder.append("study.yaml", "choices: {" + ", ".join(f"{key}: x" for key in keys.split()) + "}")
        assert folder.open().findings == ()

    def test_bad_tolerance(self, folder):
        """A mass tolerance above one is refused."""
        folder.change("study.yaml", "mass_tolerance: 0.05", "mass_tolerance: 5")
        assert "outside 0 to 1" in folder.only("ZJ229").what("en")


class TestDatum:
    @pytest.mark.parametrize(
        ("typed", "number", "unit"),
        [
            ("12.50 kg", "12.50", "kg"),
            ("１２．５ 千克", "12.5", "千克"),
            ("1,200 kg", "1200", "kg"),
            ("1 200 kg", "1200", "kg"),
            ('{value: "0.82 t", kind: measured}', "0.82", "t"),
            ("{value: 820, unit: kg}", "820", "kg"),
            ("{value: 8.2e2, unit: kg}", "820.0", "kg"),
        ],
    )
    def test_number_as_typed(self, folder, typed, number, unit):
        """The number stays as it was typed, in half-width digits without thousands separators."""
        folder.change(
            "study.yaml", "mass: {value: 820, unit: kg, kind: assumed, source: 骨架 / skeleton}", f"mass: {typed}"
        )
        mass = folder.study().product.mass
        assert (mass.number, mass.unit.symbol) == (number, unit)

    def test_unknown_kind_counts_as_estimated(self, folder):
        """A kind that cannot be read never makes a datum primary."""
        folder.change("study.yaml", "{value: 820, unit: kg, kind: assumed", "{value: 820, unit: kg, kind: mesured")
        assert folder.study().product.mass.kind is Kind.ESTIMATED

    def test_short_form_counts_as_estimated_and_says_so(self, folder):
        """A short datum is estimated, and a note for the file counts such data."""
        folder.change(
            "study.yaml", "mass: {value: 820, unit: kg, kind: assumed, source: 骨架 / skeleton}", "mass: 820 kg"
        )
        folder.change(
            "study.yaml",
            "usable_energy: {value: 95, unit: kWh, kind: assumed,",
            "usable_energy: {value: 95, unit: kWh,",
        )
        assert folder.study().product.mass.kind is Kind.ESTIMATED
        finding = folder.one("ZJ222")
        assert finding.what("en").startswith("2 data")
        assert finding.place.file == "study.yaml"

    def test_everything_a_datum_can_say(self, folder):
        """Kind, source, evidence, period, ratings, uncertainty and note arrive with the datum and its line."""
        folder.write("evidence/bill.txt", "x")
        folder.append("evidence/index.csv", "bill,bill.txt,,账单,Bill")
        form = (
            "mass: {value: 820, unit: kg, kind: measured, source: scale, evidence: [bill], period: 2025-03, "
            "data_quality: {technology: 1, geography: 2, time: 3, precision: 4}, "
            "uncertainty: {distribution: lognormal, scale: 0.1}, note: n}"
        )
        line = folder.change("study.yaml", "mass: {value: 820, unit: kg, kind: assumed, source: 骨架 / skeleton}", form)
        mass = folder.study().product.mass
        assert (mass.kind, mass.source, mass.evidence, mass.note) == (Kind.MEASURED, "scale", ("bill",), "n")
        assert str(mass.period) == "2025-03-01/2025-03-31"
        assert (mass.data_quality.technology, mass.data_quality.precision) == (1, 4)
        assert (mass.uncertainty.distribution, mass.uncertainty.parameters) == ("lognormal", (("scale", 0.1),))
        assert (mass.place.line, mass.place.path) == (line, "product.mass.value")

    @pytest.mark.parametrize(
        ("typed", "code", "says"),
        [
            ("heavy", "ZJ215", "heavy"),
            ("{value: heavy, unit: kg, kind: measured}", "ZJ215", "heavy"),
            ("5-10 kg", "ZJ215", "5-10 kg"),
            ("true", "ZJ215", "number"),
            ("1,20 kg", "ZJ216", "1,20"),
            ("0,500 kg", "ZJ216", "0,500"),
            ("1.200,5 kg", "ZJ216", "1.200,5"),
            (".nan", "ZJ217", "nan"),
            ("NaN kg", "ZJ217", "NaN"),
            (".inf", "ZJ217", "inf"),
            ("1e999999999 kg", "ZJ217", "1e999999999"),
            ("1e-999999999 kg", "ZJ217", "1e-999999999"),
            ("1e100 kg", "ZJ217", "1e100"),
            ("1e-100 kg", "ZJ217", "1e-100"),
            ("820 kgg", "ZJ218", "kg"),
            ("820 kg^3^3^3^3", "ZJ218", "kg^3"),
            ("820 kgCO2", "ZJ214", "kgCO2"),
            ("820", "ZJ219", "no unit"),
            ('{value: "820 kg", unit: t, kind: measured}', "ZJ220", "'kg'"),
            ("820 kWh", "ZJ221", "an energy 能量"),
            ("{value: 820, unit: kg, kind: guess}", "ZJ206", "guess"),
            ("{value: 820, missing: lost}", "ZJ223", "820"),
            ("{unit: kg, kind: measured}", "ZJ203", "value"),
            ("{value: 820, unit: kg, kind: measured, data_quality: {time: 6}}", "ZJ224", "6"),
            ("{value: 820, unit: kg, kind: measured, uncertainty: {distribution: bell}}", "ZJ225", "bell"),
            ("{value: 820, unit: kg, kind: measured, uncertainty: {distribution: normal, sigma: 1}}", "ZJ225", "sigma"),
            ("{value: 820, unit: kg, kind: measured, period: yesterday}", "ZJ207", "yesterday"),
        ],
    )
    def test_bad_datum(self, folder, typed, code, says):
        """Each way to write a datum wrongly gives one error at its line that shows what was typed."""
        old = "mass: {value: 820, unit: kg, kind: assumed, source: 骨架 / skeleton}"
        line = folder.change("study.yaml", old, f"mass: {typed}")
        finding = folder.only(code)
        assert finding.severity is Severity.ERROR
        assert (finding.place.file, finding.place.line) == ("study.yaml", line)
        assert finding.place.path.startswith("product.mass")
        assert says in finding.what("en")
        assert finding.mend("en")

    def test_dimension_names_both(self, folder):
        """A wrong dimension is told in words, both that which is found and that which is expected."""
        folder.change("study.yaml", "{value: 100, unit: kWh, kind", "{value: 100, unit: kg, kind")
        text = folder.only("ZJ221").what("en")
        assert "a mass" in text
        assert "an energy" in text

    def test_unit_typo_has_the_nearest(self, folder):
        """A misspelt unit is answered with the nearest ones."""
        folder.change("study.yaml", "{value: 100, unit: kWh, kind", "{value: 100, unit: kWhh, kind")
        assert "kWh" in folder.only("ZJ218").what("en").split("unit")[1]

    def test_missing_is_not_zero(self, folder):
        """A missing datum has no value, keeps its reason, and is listed as a warning."""
        old = "auxiliary_energy: {value: 2000, unit: kWh/a, kind: assumed, source: 骨架 / skeleton}"
        line = folder.change("study.yaml", old, "auxiliary_energy: {missing: no meter yet}")
        assert folder.study().use.auxiliary_energy.value is None
        finding = folder.only("ZJ246")
        assert (finding.severity, finding.place.line) == (Severity.WARNING, line)
        assert "no meter yet" in finding.what("en")


class TestTables:
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
    def test_encodings(self, folder, encoding):
        """CSV with a byte-order mark or in GB18030 gives the same study."""
        before = folder.study().digest
        for file in ("bom.csv", "electricity.csv", "transport.csv"):
            folder.write(file, folder.text(file).encode(encoding))
        assert folder.open().findings == ()
        assert folder.study().digest == before

    def test_windows_line_ends(self, folder):
        """CRLF in tables and documents gives the same study and the same lines."""
        before = folder.study()
        for file in ("bom.csv", "study.yaml", "processes/pack.yaml"):
            folder.write(file, folder.text(file).replace("\n", "\r\n"))
        assert folder.open().findings == ()
        assert folder.study().digest == before.digest
        assert folder.study().bom[3].place == before.bom[3].place

    def test_chinese_headers_and_values(self, folder):
        """A table in Chinese gives the same lines; findings name the column as it was typed."""
        before = folder.study().digest
        lines = folder.text("bom.csv").splitlines()
        header = "物料,上级,名称,英文名称,部件类别,数量,单位,数据集,材料,单重,数据类型,来源"
        body = [line.replace(",assumed,", ",假设,") for line in lines[2:]]
        folder.write("bom.csv", "\n".join([lines[0], header, *body]) + "\n")
        assert folder.open().findings == ()
        assert folder.study().digest == before
        line = folder.change("bom.csv", "15,kg,flow:copper", "十五,kg,flow:copper")
        place = folder.only("ZJ215").place
        assert (place.file, place.line, place.column) == ("bom.csv", line, "数量")

    def test_full_width_digits(self, folder):
        """Full-width digits are read as digits."""
        folder.change("bom.csv", "15,kg,flow:copper", "１５,kg,flow:copper")
        line = next(line for line in folder.study().bom if line.item == "cable")
        assert line.amount.number == "15"

    def test_column_missing(self, folder):
        """A table without a needed column is refused with its Chinese names."""
        folder.change("bom.csv", "item,parent,", "item,parnt,")
        finding = folder.one("ZJ209")
        assert "'parent'" in finding.what("en")
        assert "上级" in finding.what("en")
        assert "parent?" in folder.one("ZJ204").what("en")

    def test_two_headers_for_one_column(self, folder):
        """A column that stands there in both languages is refused."""
        folder.change("bom.csv", "name_zh,name_en", "name_zh,名称")
        assert folder.only("ZJ208").place.column == "名称"

    def test_shifted_row(self, folder):
        """A row with a field too many is not read."""
        line = folder.append(
            "bom.csv", "bolt,storage-100,螺栓,Bolt,pack,1,kg,,uslci-steel-cold-rolled-sheet,,,assumed,x"
        )
        assert folder.only("ZJ108").place.line == line

    def test_two_providers(self, folder):
        """A line with a dataset and a supplier is refused."""
        folder.change("bom.csv", "amount,unit,dataset,material", "amount,unit,dataset,supplier")
        assert "dataset, supplier" in folder.found("ZJ226")[0].what("en")

    def test_amount_missing_with_reason(self, folder):
        """An empty amount with a reason is missing; without a reason it is an error at its column."""
        text = folder.text("bom.csv").replace("kind,source\n", "kind,source,missing\n")
        text = "\n".join(line + "," if line[:1] not in "#i" else line for line in text.splitlines()) + "\n"
        folder.write("bom.csv", text)
        folder.change(
            "bom.csv",
            "pack,15,kg,flow:copper,,,assumed,骨架 / skeleton,",
            "pack,,kg,flow:copper,,,assumed,x,not weighed",
        )
        assert "not weighed" in folder.one("ZJ246").what("en")
        line = folder.change("bom.csv", "not weighed", "")
        finding = folder.one("ZJ203")
        assert (finding.place.line, finding.place.column) == (line, "amount")

    def test_bad_date_in_meter(self, folder):
        """A meter row without readable dates is refused at its column."""
        line = folder.change("electricity.csv", "2025-01-01,2025-06-30", "2025-01-01,2025-06-31")
        finding = folder.found("ZJ207")[0]
        assert (finding.place.line, finding.place.column) == (line, "end")
        assert "2025-06-31" in finding.what("en")

    @pytest.mark.parametrize("typed", ["2025/1/1", "2025年1月1日", "2025.01.01", "２０２５-01-01", "2025-01-01 00:00"])
    def test_dates_as_people_write_them(self, folder, typed):
        """Dates in the forms of spreadsheets are read, year first."""
        folder.change("electricity.csv", "2025-01-01,2025-06-30", f"{typed},2025-06-30")
        assert folder.study().meters[0].period.start == date(2025, 1, 1)

    def test_dimension_in_a_table(self, folder):
        """Energy in kg is refused in electricity.csv."""
        folder.change("electricity.csv", "30000,kWh", "30000,kg")
        assert folder.found("ZJ221")[0].place.file == "electricity.csv"

    def test_mass_cell_is_named(self, folder):
        """A bad value in a cell is reported at the column of that cell."""
        folder.change("bom.csv", ",,62,assumed", ",,much,assumed")
        assert folder.one("ZJ215").place.column == "mass"

    def test_missing_cell_is_named(self, folder):
        """A cell that must not be empty is reported at its column."""
        line = folder.change("transport.csv", ",,1200,km", ",,,km")
        finding = folder.only("ZJ203")
        assert (finding.place.line, finding.place.column) == (line, "distance")

    def test_certificate_sold(self, folder):
        """Yes and no are read in both languages; anything else is refused."""
        folder.change("electricity.csv", "cn-cf-2024-pv,no", "cn-cf-2024-pv,是")
        assert folder.study().meters[2].certificate_sold is True
        folder.change("electricity.csv", "cn-cf-2024-pv,是", "cn-cf-2024-pv,perhaps")
        assert "perhaps" in folder.only("ZJ206").what("en")


class TestProcesses:
    def test_amount_from_meters(self, folder):
        """Electricity without an amount is the sum of its meters, in the unit of the first, with a note."""
        folder.change("electricity.csv", "30000,kWh", "30.5,MWh")
        amount = folder.study().processes["assembly"].exchanges[0].amount
        assert (amount.number, amount.unit.symbol, amount.kind) == ("150500", "kWh", Kind.ASSUMED)
        assert "3 meter readings: M1, M2" in amount.note
        assert str(amount.period) == "2025-01-01/2025-12-31"

    def test_a_missing_reading_spreads(self, folder):
        """When one reading is missing, so is the sum: it has a reason and no number."""
        text = folder.text("electricity.csv").replace("kind,source\n", "kind,source,missing\n")
        text = "\n".join(line + "," if line[:1] == "M" else line for line in text.splitlines()) + "\n"
        folder.write(
            "electricity.csv",
            text.replace(
                "30000,kWh,on_site,cn-cf-2024-pv,no,assumed,骨架 / skeleton,",
                ",kWh,on_site,cn-cf-2024-pv,no,assumed,x,meter broken",
            ),
        )
        amount = folder.study().processes["assembly"].exchanges[0].amount
        assert (amount.missing, amount.number, amount.value) == ("meter broken", "", None)

    def test_least_primary_kind(self, folder):
        """The sum of a measured and an assumed reading is assumed; of measured ones it is measured."""
        text = folder.text("electricity.csv").replace(",assumed,", ",measured,")
        folder.write("electricity.csv", text)
        assert folder.study().processes["assembly"].exchanges[0].amount.kind is Kind.MEASURED
        folder.change("electricity.csv", "cn-cf-2024-pv,no,measured", "cn-cf-2024-pv,no,secondary")
        assert folder.study().processes["assembly"].exchanges[0].amount.kind is Kind.SECONDARY
        folder.write("electricity.csv", folder.text("electricity.csv").replace(",measured,", ",assumed,"))
        assert folder.study().processes["assembly"].exchanges[0].amount.kind is Kind.ASSUMED

    def test_two_providers(self, folder):
        """An exchange with two origins is refused."""
        line = folder.change("processes/pack.yaml", "    process: assembly", "    process: assembly\n    dataset: x")
        finding = folder.one("ZJ226")
        assert finding.place.line in (line, line + 1)

    def test_no_provider(self, folder):
        """A material without an origin is refused; cut off with a reason it is accepted."""
        folder.append(
            "processes/pack.yaml", "  - {id: glue, role: auxiliary, amount: {value: 1, unit: kg, kind: assumed}}"
        )
        assert "'glue'" in folder.only("ZJ227").what("en")
        folder.change("processes/pack.yaml", "{id: glue,", "{id: glue, cut_off: below one percent,")
        assert folder.open().findings == ()

    def test_no_role(self, folder):
        """A dataset exchange must say what it is to the process."""
        folder.change("processes/pack.yaml", "    role: waste\n", "")
        assert folder.found("ZJ228")[0].severity is Severity.ERROR

    def test_gas_takes_mass(self, folder):
        """A gas is an emission by default and is given by mass."""
        folder.append("processes/pack.yaml", "  - {id: leak, gas: SF6, amount: {value: 1, unit: g, kind: measured}}")
        assert folder.study().processes["pack"].exchanges[-1].role == "emission"
        folder.change("processes/pack.yaml", "unit: g, kind: measured", "unit: m3, kind: measured")
        assert "a volume" in folder.only("ZJ221").what("en")

    def test_duplicate_process(self, folder):
        """Two documents with one id are refused; the finding names the first."""
        folder.write("processes/zz.yaml", folder.text("processes/assembly.yaml"))
        finding = folder.one("ZJ208")
        assert finding.place.file == "processes/zz.yaml"
        assert "processes/assembly.yaml" in finding.what("en")

    def test_reserved_id(self, folder):
        """No process may be called life-cycle."""
        folder.change("processes/assembly.yaml", "id: assembly\n", "id: life-cycle\n")
        assert folder.found("ZJ262")

    def test_duplicate_plant(self, folder):
        """Two plants of one id are refused."""
        folder.change("study.yaml", "    region: CN-FJ", "    region: CN-FJ\n  - {id: plant-1, country: CN}")
        assert "plant-1" in folder.only("ZJ208").what("en")


def test_paths_stay_relative(folder):
    """Places name files relative to the study folder, wherever that is."""
    files = {line.place.file for line in folder.study().bom} | {p.place.file for p in folder.study().processes.values()}
    assert files == {"bom.csv", "processes/assembly.yaml", "processes/pack.yaml"}
    assert Path(folder.study().folder) == folder.path


class TestDocumentation:
    DOC = Path(__file__).parents[2] / "docs" / "study.md"

    def test_every_name_is_documented(self):
        """Each column, Chinese header, Chinese word and unit that is read stands in docs/study.md."""
        from zuji.quantity import known_units
        from zuji.study import read_tables, words

        text = self.DOC.read_text(encoding="utf-8")
        columns = {
            name for form in vars(read_tables).values() if isinstance(form, read_tables.Form) for name in form.columns
        }
        names = {*columns, *words.HEADERS, *(a for aliases in words.HEADERS.values() for a in aliases)}
        names |= {alias for aliases in words.VALUES.values() for alias in aliases} | set(known_units())
        assert sorted(name for name in names if name not in text) == []

    def test_every_chinese_header_means_one_column(self):
        """No Chinese header stands for two columns."""
        from zuji.study.words import HEADERS

        aliases = [alias for group in HEADERS.values() for alias in group]
        assert len(aliases) == len(set(aliases))

    def test_examples_of_tables_are_read(self, folder):
        """The example tables of docs/study.md have no unknown column and no unreadable value."""
        text = self.DOC.read_text(encoding="utf-8")
        for title, file in [
            ("## bom.csv", "bom.csv"),
            ("## electricity.csv", "electricity.csv"),
            ("## instruments.csv", "instruments.csv"),
            ("## transport.csv", "transport.csv"),
        ]:
            section = text[text.index(title) :]
            folder.write(
                file, section[section.index("```csv\n") + 7 : section.index("```", section.index("```csv") + 6)]
            )
        found = {finding.code for finding in folder.open().findings}
        assert found <= {"ZJ249", "ZJ240"}, found

    def test_example_of_a_supplier_is_read(self, folder):
        """The example footprint of docs/study.md gives no finding."""
        text = self.DOC.read_text(encoding="utf-8")
        folder.write(
            "suppliers/example.json", text[text.index("```json\n") + 8 : text.index("```", text.index("```json") + 7)]
        )
        assert folder.open().findings == ()

    def test_example_of_a_process_is_read(self, folder):
        """The example process of docs/study.md gives no error but that of its waste without treatment."""
        section = self.DOC.read_text(encoding="utf-8")
        section = section[section.index("## processes/") :]
        folder.write(
            "processes/assembly.yaml",
            section[section.index("```yaml\n") + 8 : section.index("```", section.index("```yaml") + 7)],
        )
        assert {finding.code for finding in folder.open().findings} <= {"ZJ249", "ZJ250"}
