"""A study's own datasets: what is read, and what is said about each mistake, where, and how to mend it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuji.background.fields import Reader
from zuji.background.links import gaps
from zuji.background.model import CO2E, Background, DirectDataset, Input, Intervention, Origin
from zuji.background.reading import check_links, read_background_file
from zuji.background.starter import starter
from zuji.finding import Finding, Place, Severity

HEADER = "id,name_zh,category,value,unit,gas,gwp_set,origin,scope,source"
GOOD = "x,铜,material,4.3,kgCO2e/kg,,,,,me 2024"


def read(folder: Path, text: str, name: str = "background.csv") -> Background:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_background_file(path, name)


def read_yaml(folder: Path, text: str) -> Background:
    return read(folder, text, "background.yaml")


def row(**changes: str) -> str:
    fields = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | changes
    return ",".join(f'"{value}"' for value in fields.values())


def only(background: Background) -> Finding:
    assert len(background.findings) == 1, [f.what("en") for f in background.findings]
    return background.findings[0]


# What is read


def test_a_row(tmp_path: Path) -> None:
    """A row with the required columns becomes a life-cycle dataset with CO2e of unspecified origin."""
    background = read(tmp_path, f"{HEADER}\n{GOOD}\n")
    assert background.findings == ()
    dataset = background["x"]
    assert (dataset.scope, dataset.unit, dataset.name.zh, dataset.source.citation) == (
        "lifecycle",
        "kg",
        "铜",
        "me 2024",
    )
    assert dataset.interventions == (Intervention(CO2E, 4.3, Origin.UNSPECIFIED),)
    assert dataset.place == Place("background.csv", 2)
    assert dataset.collection == "study"


@pytest.mark.parametrize(
    ("value", "unit", "amount", "reference"),
    [
        ("1.2", "tCO2e/MWh", 1200.0, "MWh"),
        ("800", "gCO2e/kWh", 0.8, "kWh"),
        ("0.5", "kg CO2-eq / 度", 0.5, "度"),
        ("1,250", "kgCO2e/t", 1250.0, "t"),
        ("62", "gCO2e/t·km", 0.062, "tkm"),
        ("３", "千克二氧化碳当量/吨", 3.0, "吨"),
    ],
)
def test_units_become_kilograms(tmp_path: Path, value: str, unit: str, amount: float, reference: str) -> None:
    """What stands above the line becomes kg CO2e; the reference unit stays as typed."""
    background = read(tmp_path, f"{HEADER}\n{row(value=value, unit=unit, category='material')}\n")
    assert background.findings == ()
    assert background["x"].interventions[0].amount == pytest.approx(amount, rel=1e-12)
    assert background["x"].unit == reference


def test_a_gas(tmp_path: Path) -> None:
    """With a gas the unit is a plain mass, the GWP set stays empty, and the origin follows the gas."""
    text = row(gas="CO2 biogenic", unit="g/kWh", value="90", category="electricity", scope="direct")
    background = read(tmp_path, f"{HEADER}\n{text}\n")
    assert background.findings == ()
    assert isinstance(background["x"], DirectDataset)
    assert background["x"].interventions == (Intervention("CO2 biogenic", 0.09, Origin.BIOGENIC),)


def test_an_assumed_gas_is_noted(tmp_path: Path) -> None:
    """CO2 without origin is read as fossil, with a note that says so."""
    background = read(tmp_path, f"{HEADER}\n{row(gas='CO2', unit='kg/kg')}\n")
    finding = only(background)
    assert (finding.code, finding.severity) == ("ZJ320", Severity.NOTE)
    assert finding.place == Place("background.csv", 2, "", "gas")
    assert "'CO2 fossil'" in finding.what("en")
    assert background["x"].interventions[0].gas == "CO2 fossil"


def test_a_reason_instead_of_a_value(tmp_path: Path) -> None:
    """A row without value but with a reason is a gap, not an error and not zero."""
    text = f"{HEADER},missing\n{row(value='')},供应商未提供\n"
    background = read(tmp_path, text)
    assert background.findings == ()
    assert background["x"].interventions == ()
    assert gaps(background, "x") == ("x",)


def test_excel_on_a_chinese_machine(tmp_path: Path) -> None:
    """A CSV saved as GB18030 is read like one in UTF-8."""
    (tmp_path / "background.csv").write_bytes(f"{HEADER}\n{row(name_zh='电解铜')}\n".encode("gb18030"))
    assert read_background_file(tmp_path / "background.csv", "background.csv")["x"].name.zh == "电解铜"


YAML = """\
datasets:
- id: cell
  name: {zh: 电芯, en: cell}
  unit: kg
  amount: 2
  category: process
  geography: NO
  year: 2024
  interventions:
  - {gas: CF4, amount: 3, unit: g}
  - {gas: CO2e, amount: 1, unit: kgCO2e, gwp_set: AR6, origin: fossil}
  inputs:
  - {dataset: flow:copper, amount: 120, unit: g}
  source: {citation: plant data, locator: sheet 3, licence: own, redistribute: 'no', kind: measured}
  data_quality: {technology: 1, geography: 2.5}
  primary_share: 0.4
"""


def test_a_yaml_dataset(tmp_path: Path) -> None:
    """A YAML dataset keeps amount, gases, inputs, quality, share, and the country code NO as text."""
    background = read_yaml(tmp_path, YAML)
    assert background.findings == ()
    cell = background["cell"]
    assert (cell.amount, cell.geography, cell.year, cell.primary_share) == (2.0, "NO", "2024", 0.4)
    assert cell.interventions == (
        Intervention("PFC-14", 0.003, Origin.FOSSIL),
        Intervention(CO2E, 1.0, Origin.FOSSIL, "AR6"),
    )
    assert cell.inputs == (Input("flow:copper", 120.0, "g"),)
    assert (cell.data_quality.technology, cell.data_quality.geography, cell.data_quality.time) == (
        1,
        2.5,
        None,
    )
    assert (cell.source.licence, cell.source.redistribute) == ("own", "no")
    assert check_links(starter().joined(background)) == ()


# What is said about mistakes: message, place, mend


@pytest.mark.parametrize(
    ("changes", "code", "column", "what", "mend"),
    [
        ({"unit": "kgCO2e/kWhh"}, "ZJ301", "unit", "'kgCO2e/kWhh'", "nearest: kWh"),
        ({"unit": "kWh/kg"}, "ZJ302", "unit", "'kWh/kg'", "name the gas"),
        ({"unit": "kg/kg"}, "ZJ302", "unit", "'kg/kg'", "name the gas"),
        ({"unit": "kgCO2e"}, "ZJ302", "unit", "'kgCO2e'", "kgCO2e/kWh"),
        ({"unit": "kgCO2e/kgCO2e"}, "ZJ302", "unit", "per reference unit", "kgCO2e/kWh"),
        ({"unit": "kg CO2/kWh"}, "ZJ315", "unit", "mass of the gas CO2", "CO2 fossil"),
        ({"gas": "HFC-134b", "unit": "kg/kg"}, "ZJ303", "gas", "'HFC-134b'", "nearest: HFC-134, HFC-134a"),
        ({"value": "nan"}, "ZJ304", "value", "'nan'", "missing"),
        ({"value": "inf"}, "ZJ304", "value", "'inf'", "missing"),
        ({"value": "1e999"}, "ZJ304", "value", "'1e999'", "missing"),
        ({"value": "1,5"}, "ZJ304", "value", "'1,5'", "decimal point"),
        ({"value": "about 3"}, "ZJ304", "value", "'about 3'", "digits"),
        ({"source": ""}, "ZJ306", "source", "names no source", "who published"),
        (
            {"category": "materiel"},
            "ZJ307",
            "category",
            "'materiel' is not a known category",
            "nearest: material",
        ),
        ({"scope": "direkt"}, "ZJ307", "scope", "'direkt' is not a known scope", "nearest: direct"),
        ({"origin": "fosil"}, "ZJ307", "origin", "'fosil' is not a known origin", "nearest: fossil"),
        ({"gwp_set": "AR7"}, "ZJ307", "gwp_set", "'AR7'", "AR6"),
        ({"id": ""}, "ZJ308", "id", "'id' is missing", "fill in 'id'"),
        ({"unit": ""}, "ZJ308", "unit", "'unit' is missing", "fill in 'unit'"),
        ({"name_zh": ""}, "ZJ308", "name_zh", "'name_zh' is missing", "fill in"),
        ({"category": "", "unit": "kgCO2e/kWh"}, "ZJ308", "category", "'category' is missing", "fill in"),
        ({"value": ""}, "ZJ312", "value", "neither a figure nor a reason", "'missing'"),
    ],
)
def test_mistakes_in_a_row(
    tmp_path: Path, changes: dict[str, str], code: str, column: str, what: str, mend: str
) -> None:
    """Each mistake in a row is one error at its line and column, with what is wrong and what to write."""
    background = read(tmp_path, f"{HEADER}\n# comment\n{row(**changes)}\n")
    finding = only(background)
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert finding.place == Place("background.csv", 3, "", column)
    assert what in finding.what("en")
    assert mend in finding.mend("en")
    assert finding.why("en")


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """One pass reports every mistake of every row; no bad row hides the next."""
    bad = [row(unit="kgg", value="x", source=""), row(id="y", category="z"), row(id="z", origin="?")]
    background = read(tmp_path, "\n".join([HEADER, *bad]))
    assert [(f.code, f.place.line) for f in background.findings] == [
        ("ZJ301", 2),
        ("ZJ304", 2),
        ("ZJ306", 2),
        ("ZJ307", 3),
        ("ZJ307", 4),
    ]


def test_a_bad_figure_never_counts(tmp_path: Path) -> None:
    """A dataset with an error stays under its id without figures, so what takes it is incomplete."""
    background = read(tmp_path, f"{HEADER}\n{row(value='nan')}\n")
    assert background["x"].interventions == ()
    assert background["x"].missing == "see ZJ304 at background.csv:2 [value]"


def test_duplicate_ids(tmp_path: Path) -> None:
    """Of two rows with one id the first stands, and the second is an error that points to it."""
    background = read(tmp_path, f"{HEADER}\n{GOOD}\n{row(value='9')}\n")
    finding = only(background)
    assert (finding.code, finding.place) == ("ZJ305", Place("background.csv", 3, "", "id"))
    assert "background.csv:2" in finding.what("en")
    assert background["x"].interventions[0].amount == 4.3


def test_unknown_columns(tmp_path: Path) -> None:
    """A column that is not read is a warning at the header, with the nearest name."""
    finding = only(read(tmp_path, f"{HEADER},license\n{GOOD},CC0\n"))
    assert (finding.code, finding.severity) == ("ZJ309", Severity.WARNING)
    assert finding.place == Place("background.csv", 1, "", "license")
    assert "nearest: licence" in finding.mend("en")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, broken YAML and a list instead of a mapping are findings, not exceptions."""
    assert only(read_background_file(tmp_path / "no.csv", "no.csv")).code == "ZJ101"
    assert only(read_yaml(tmp_path, "datasets: [")).code == "ZJ103"
    assert only(read_yaml(tmp_path, "- 1\n")).code == "ZJ109"
    assert only(read_yaml(tmp_path, "datasets: 5\n")).code == "ZJ316"
    assert [f.code for f in read_yaml(tmp_path, "data: []\n").findings] == ["ZJ309", "ZJ308"]


HEAD = "datasets:\n- id: x\n  name: 铜\n  unit: kg\n  source: {citation: me}\n"
EMITS = "  interventions:\n  - {gas: SF6, amount: 1}\n"


@pytest.mark.parametrize(
    ("lines", "code", "line", "path", "what", "mend"),
    [
        ("  amount: 0\n" + EMITS, "ZJ319", 6, "amount", "is 0", "amount that the dataset delivers"),
        ("  amount: -2\n" + EMITS, "ZJ319", 6, "amount", "is -2", "amount that the dataset delivers"),
        ("  amount: .inf\n" + EMITS, "ZJ304", 6, "amount", "'inf'", "digits"),
        ("  amount: true\n" + EMITS, "ZJ304", 6, "amount", "'True'", "digits"),
        ("  colour: red\n" + EMITS, "ZJ309", 6, "colour", "'colour'", "nearest"),
        ("  year: [2024]\n" + EMITS, "ZJ316", 6, "year", "must be text, not a list", "write text"),
        ("  primary_share: 40\n" + EMITS, "ZJ318", 6, "primary_share", "40, outside 0 to 1", "from 0 to 1"),
        (
            "  data_quality: {time: 6}\n" + EMITS,
            "ZJ318",
            6,
            "data_quality.time",
            "6, outside 1 to 5",
            "from 1 to 5",
        ),
        ("  interventions: 5\n", "ZJ316", 6, "interventions", "must be a list", "write a list"),
        ("  interventions:\n  - 5\n", "ZJ316", 7, "interventions[0]", "must be a mapping", "write a mapping"),
        (
            "  interventions:\n  - {gas: SF7, amount: 1}\n",
            "ZJ303",
            7,
            "interventions[0].gas",
            "'SF7'",
            "nearest: SF6",
        ),
        (
            "  interventions:\n  - {gas: SF6, amount: .nan}\n",
            "ZJ304",
            7,
            "interventions[0].amount",
            "'nan'",
            "digits",
        ),
        (
            "  interventions:\n  - {gas: SF6, amount: 1, unit: kWh}\n",
            "ZJ302",
            7,
            "interventions[0].unit",
            "'kWh'",
            "kg",
        ),
        (
            "  interventions:\n  - {gas: SF6, amount: 1, unit: kgg}\n",
            "ZJ301",
            7,
            "interventions[0].unit",
            "'kgg'",
            "nearest: kg",
        ),
        (
            "  interventions:\n  - {gas: CO2e, amount: 1, unit: kg}\n",
            "ZJ302",
            7,
            "interventions[0].unit",
            "'kg'",
            "kgCO2e",
        ),
        ("  interventions:\n  - {gas: SF6}\n", "ZJ308", 7, "interventions[0].amount", "'amount'", "fill in"),
        ("  interventions:\n  - {amount: 1}\n", "ZJ308", 7, "interventions[0].gas", "'gas'", "fill in"),
        ("  inputs:\n  - {dataset: a, amount: 1}\n", "ZJ308", 7, "inputs[0].unit", "'unit'", "fill in"),
        ("  inputs:\n  - {dataset: a, unit: kg}\n", "ZJ308", 7, "inputs[0].amount", "'amount'", "fill in"),
        (
            "  inputs:\n  - {dataset: a, amount: 1, unit: kilo}\n",
            "ZJ301",
            7,
            "inputs[0].unit",
            "'kilo'",
            "nearest",
        ),
        ("", "ZJ312", 2, "interventions", "neither a figure nor a reason", "'missing'"),
    ],
)
def test_mistakes_in_yaml(tmp_path: Path, lines: str, code: str, line: int, path: str, what: str, mend: str) -> None:
    """Each mistake in a YAML dataset is one finding at its line and key path, with what to write."""
    finding = only(read_yaml(tmp_path, HEAD + lines))
    assert finding.code == code
    assert finding.place == Place("background.yaml", line, f"datasets[0].{path}")
    assert what in finding.what("en")
    assert mend in finding.mend("en")


def test_yaml_without_source_or_with_one_id_twice(tmp_path: Path) -> None:
    """A YAML dataset without citation, and a second one with its id, are errors at their key paths."""
    item = "- {id: x, name: a, unit: kg, missing: later}\n"
    background = read_yaml(tmp_path, f"datasets:\n{item}{item}")
    assert [(f.code, f.place.path) for f in background.findings] == [
        ("ZJ306", "datasets[0].source.citation"),
        ("ZJ306", "datasets[1].source.citation"),
        ("ZJ305", "datasets[1].id"),
    ]


# Links


LINK = "datasets:\n- {{id: x, name: a, unit: kg, source: {{citation: me}}, inputs: [{{{}, amount: 1}}]}}\n"


@pytest.mark.parametrize(
    ("link", "code", "path", "mend"),
    [
        ("dataset: flow:coper, unit: kg", "ZJ310", "datasets[0].inputs[0].dataset", "nearest: flow:copper"),
        ("dataset: flow:copper, unit: MJ", "ZJ311", "datasets[0].inputs[0].unit", "in kg"),
        ("dataset: cn-cf-2024-national, unit: kg", "ZJ311", "datasets[0].inputs[0].unit", "in kWh"),
        (
            "dataset: cn-co2-2023-national, unit: kWh",
            "ZJ313",
            "datasets[0].inputs[0]",
            "life-cycle electricity",
        ),
    ],
)
def test_bad_links(tmp_path: Path, link: str, code: str, path: str, mend: str) -> None:
    """An input that dangles, is in another dimension, or is direct-only electricity is an error."""
    background = read_yaml(tmp_path, LINK.format(link))
    assert background.findings == ()
    (finding,) = check_links(starter().joined(background))
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert finding.place.file == "background.yaml"
    assert finding.place.path == path
    assert "'x'" in finding.what("en")
    assert mend in finding.mend("en")


def test_units_of_one_dimension_link(tmp_path: Path) -> None:
    """Megajoules of electricity per kWh and grams per kg are conversions, not errors."""
    background = read_yaml(tmp_path, LINK.format("dataset: cn-cf-2024-national, unit: MJ"))
    assert check_links(starter().joined(background)) == ()


def test_gaps_end_on_loops(tmp_path: Path) -> None:
    """Datasets that take each other do not hang the walk for gaps."""
    text = "datasets:\n"
    for one, other in (("a", "b"), ("b", "a")):
        text += f"- id: {one}\n  name: n\n  unit: kg\n  source: {{citation: me}}\n"
        text += "  inputs:\n"
        for taken in (other, "flow:pvdf"):
            text += f"  - {{dataset: {taken}, amount: 1, unit: kg}}\n"
    assert gaps(starter().joined(read_yaml(tmp_path, text)), "a") == ("flow:pvdf",)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=10))
def test_any_text_is_read_or_found(unit: str, gas: str, number: str) -> None:
    """Whatever is typed as unit, gas or number gives a value or a finding, never an exception."""
    reader = Reader()
    known = reader.gas(gas, Place("f", 1))
    split = reader.factor_unit(unit, known or CO2E, Place("f", 1))
    value = reader.number(number, Place("f", 1))
    errors = [f for f in reader.findings if f.severity is Severity.ERROR]
    assert len(errors) == [known, split, value].count(None)
    for finding in reader.findings:
        assert finding.what("en")
        assert finding.mend("zh")
