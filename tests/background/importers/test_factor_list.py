"""Factor lists: mixed units, names with commas, duplicates, scope, sets of warming potentials, columns; by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from zuji.background.importers.factor_columns import parse_mapping, propose, recall, remember
from zuji.background.importers.factor_list import headers_of, remember_columns
from zuji.background.importers.options import Options
from zuji.background.model import DirectDataset, LifecycleDataset
from zuji.footprint.stored import stored_dataset

from .building import read, said, stored, zipped
from .building_formats import FACTORS, workbook

HEADER = "id,name,value,unit,scope,geography,gwp_set\n"


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A CSV file."""
    path = tmp_path / "factors.csv"
    path.write_bytes(text.encode(encoding))
    return path


def factors(tmp_path: Path, path: Path, **options: object) -> dict[str, tuple[float, str, str, str]]:
    """id → (kg per unit, unit, gas, set)."""
    found = stored(tmp_path, path, **options)
    datasets = [stored_dataset(found, i) for i in range(len(found))]
    assert all(len(d.interventions) == 1 and not d.missing for d in datasets)
    return {
        d.id: (d.interventions[0].amount, d.unit, d.interventions[0].gas, d.interventions[0].gwp_set) for d in datasets
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_list(tmp_path: Path, encoding: str) -> None:
    """Units in t, g and kg, unit in its own column or behind the value, names with commas, CO2 apart from CO2e."""
    found = factors(tmp_path, write(tmp_path, FACTORS, encoding))
    assert found["A1"] == (pytest.approx(2310), "t", "CO2e", "AR5")
    assert found["B1"] == (pytest.approx(0.5777), "kWh", "CO2e", "")
    assert found["C1"] == (pytest.approx(0.95), "kg", "CO2e", "AR6")
    assert found["D1"] == (pytest.approx(3145), "t", "CO2 fossil", "")


def test_scope_is_the_type_of_the_dataset(tmp_path: Path) -> None:
    """A direct factor is no life-cycle dataset, so no product footprint can take it for electricity."""
    text = HEADER + "a,grid electricity,0.55,kgCO2e/kWh,direct,CN,\nb,grid electricity,0.58,kgCO2e/kWh,lifecycle,CN,\n"
    found = stored(tmp_path, write(tmp_path, text))
    kinds = [type(stored_dataset(found, found.index_of(id) or 0)) for id in "ab"]
    assert kinds == [DirectDataset, LifecycleDataset]


@pytest.mark.parametrize("name", ["grid electricity", "全国电力平均", "火电"])
def test_electricity_without_a_scope(tmp_path: Path, name: str) -> None:
    """Refused at its line, until the user says it; other factors are read as life-cycle ones with a warning."""
    path = write(tmp_path, HEADER + f"a,{name},0.55,kgCO2e/kWh,,CN,AR5\nb,steel,2,kgCO2e/kg,,CN,AR5\n")
    imported = read(path)
    [finding] = [f for f in imported.summary.findings if f.code == "ZJ846"]
    assert finding.place.line == 2
    assert imported.refused_by(False)
    assert "ZJ847" in said(imported)
    assert imported.summary.datasets == 1
    imported = read(path, scope="lifecycle")
    assert not {"ZJ846", "ZJ847"} & set(said(imported))
    assert imported.summary.datasets == 2


def test_sets_of_warming_potentials(tmp_path: Path) -> None:
    """From the column in many spellings, else from the user; unstated ones are counted."""
    cells = {"AR6": "AR6", "IPCC 2013": "AR5", "第四次评估报告": "AR4", "EF 3.1": "EF3.1", "2021": "", "": ""}
    text = HEADER + "".join(f"i{k},x,1,kgCO2e/kg,lifecycle,,{cell}\n" for k, cell in enumerate(cells))
    path = write(tmp_path, text)
    assert [value[3] for value in factors(tmp_path / "1", path).values()] == list(cells.values())
    assert "ZJ848" in said(read(path))
    assert factors(tmp_path / "2", path, gwp_set="AR6")["i5"][3] == "AR6"
    assert "ZJ848" not in said(read(path, gwp_set="AR6"))


def test_duplicates(tmp_path: Path) -> None:
    """One id with two values is an error; a row that is there twice is counted and read once."""
    text = HEADER + "94311X0232022C,water,99,gCO2e/t,lifecycle,,\n94311X0232022C,water,1723,gCO2e/t,lifecycle,,\n"
    assert "ZJ807" in said(read(write(tmp_path, text)))
    imported = read(write(tmp_path, HEADER + "a,x,1,kgCO2e/kg,lifecycle,,\n" * 3))
    assert "ZJ807" in said(imported) or imported.summary.datasets == 1
    imported = read(write(tmp_path, HEADER + "a,x,1,kgCO2e/kg,lifecycle,,\na,x,1,kgCO2e/kg,lifecycle,,\n"))
    assert said(imported).count("ZJ826") == 1
    assert imported.summary.datasets == 1


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("2", "tCO2e/t", (2000, "t")),
        ("2", "gCO2e/kWh", (0.002, "kWh")),
        ("1,234.5", "kgCO2e/m3", (1234.5, "m3")),
        ("2", "kg CO2-eq/(t·km)", (2, "tkm")),
        ("2", "kgCO2e/件", (2, "件")),
        ("２", "ｋｇCO2e/度", (2, "度")),
        ("2 kgCO2e/kg", "", (2, "kg")),
        ("1e-3", "千克二氧化碳当量/千克", (0.001, "千克")),
        ("-1.5", "kgCO2e/kg", (-1.5, "kg")),
        ("21.62", "tCO2e/万Nm3", (2.162, "Nm3")),
        ("5.777", "tCO2e/10^4 kWh", (0.5777, "kWh")),
    ],
)
def test_units(tmp_path: Path, value: str, unit: str, expected: tuple[float, str]) -> None:
    """kg of CO2e per unit of the product, whatever the list writes."""
    found = factors(tmp_path, write(tmp_path, HEADER + f'a,x,"{value}",{unit},lifecycle,,AR5\n'))
    assert found["a"][0] == pytest.approx(expected[0])
    from zuji.quantity import conversion_factor, parse_unit

    assert conversion_factor(parse_unit(found["a"][1]), parse_unit(expected[1])) == 1


@pytest.mark.parametrize(
    ("value", "unit", "code"),
    [
        ("1.2-3.4", "kgCO2e/kg", "ZJ809"),
        ("", "kgCO2e/kg", "ZJ809"),
        ("1,5", "kgCO2e/kg", "ZJ809"),
        ("NaN", "kgCO2e/kg", "ZJ809"),
        ("1e999", "kgCO2e/kg", "ZJ809"),
        ("1e300", "kgCO2e/kg", "ZJ810"),
        ("2", "kWh/kg", "ZJ849"),
        ("2", "", "ZJ849"),
        ("2", "kgCO2e", "ZJ849"),
        ("2", "kgCO2e/kgCO2e", "ZJ849"),
        ("#REF!", "kgCO2e/kg", "ZJ809"),
        ("2023-01-01", "kgCO2e/kg", "ZJ809"),
    ],
)
def test_values_that_are_none(tmp_path: Path, value: str, unit: str, code: str) -> None:
    """Ranges, decimal commas, dates, errors of Excel and units of other things are errors at their line."""
    imported = read(write(tmp_path, HEADER + f'a,x,"{value}",{unit},lifecycle,,\nb,y,1,kgCO2e/kg,lifecycle,,\n'))
    found = [f for f in imported.summary.findings if f.code == code]
    assert [f.place.line for f in found] == [2]


def test_excel_with_titles_and_a_unit_in_the_header(tmp_path: Path) -> None:
    """The header is found below a title, on the sheet that has one; the unit may stand in the header of the value."""
    rows = [
        ["排放因子清单"],
        [],
        ["序号", "能源名称", "碳足迹因子（kgCO2e/kWh）", "因子类型", "计量单位"],
        [1, "电力", 0.62, "碳足迹", "kWh"],
        [2, "风电", 0.03, "碳足迹", "kWh"],
    ]
    path = tmp_path / "f.xlsx"
    path.write_bytes(workbook({"说明": [["只是文字"]], "数据": rows}))
    assert factors(tmp_path, path) == {
        "1": (pytest.approx(0.62), "kWh", "CO2e", ""),
        "2": (pytest.approx(0.03), "kWh", "CO2e", ""),
    }


def test_columns_are_said_and_remembered(tmp_path: Path) -> None:
    """What the user says of the columns is used, and used again for a list with the same headers."""
    path = write(tmp_path, "Was,Wieviel,Einheit\nsteel,2,kgCO2e/kg\n")
    given = parse_mapping("name=Was,value=Wieviel,unit=Einheit")
    options = {"columns": tuple(given.items()), "remembered": str(tmp_path / "columns.json")}
    assert "ZJ831" in said(read(path, format="factor_list"))
    assert "ZJ844" in said(read(path, format="factor_list", columns=(("name", "Was"), ("value", "Wieviel"))))
    assert read(path, format="factor_list", **options).summary.datasets == 1
    remember_columns(path, Options(**options))  # type: ignore[arg-type]
    assert headers_of(path, Options(**options)) == ["Was", "Wieviel", "Einheit"]
    again = read(path, format="factor_list", remembered=str(tmp_path / "columns.json"))
    assert again.summary.datasets == 1
    with pytest.raises(ValueError, match="wrong=x"):
        parse_mapping("wrong=x")


def test_the_memory_of_columns_survives_damage(tmp_path: Path) -> None:
    """A damaged file of columns is as good as none, and is replaced."""
    file = tmp_path / "columns.json"
    for text in ("{", "[1]", '{"a": 1}', "\x00"):
        file.write_text(text, encoding="utf-8")
        assert recall(file, ["a"]) == {}
    remember(file, ["a", "b"], {"name": "a"})
    assert recall(file, ["a", "b"]) == {"name": "a"}
    assert recall(file, ["b", "a"]) == {}


def test_proposals() -> None:
    """The surest word wins, one column holds one thing, and a header that contains a word is the last choice."""
    assert propose(["产品名称", "GWP", "排放因子", "单位"]) == {"name_zh": 0, "value": 2, "unit": 3, "gwp_set": 1}
    assert propose(["Product Name", "Emission factor [kgCO2e/kg]", "Unit"]) == {"name": 0, "value": 1, "unit": 2}
    assert propose(["原材料名称（中文）", "排放因子数值", "单位"])["name_zh"] == 0


def test_a_list_among_other_files(tmp_path: Path) -> None:
    """Text without a header is a finding; a list beside it is read."""
    path = zipped(tmp_path / "db.zip", {"a.csv": FACTORS, "b.csv": "just, some\ntext, here\n"})
    imported = read(path)
    assert "ZJ800" in said(imported)
    assert imported.summary.datasets == 4
