"""SimaPro CSV: header, sections, links by name, parameters, allocation and methods on small files; results by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from zuji.background.importers.simapro_lines import decoded, split
from zuji.footprint.stored import gas_table

from .building import read, said, stored
from .building_formats import SIMAPRO_HEADER, simapro_block, simapro_method, simapro_process

CO2 = "Carbon dioxide, fossil;{sub};{unit};{amount};Undefined;0;0;0;"
CAS = simapro_block("Airborne emissions", "Carbon dioxide, fossil;kg;000124-38-9;")


def co2(amount: str, unit: str = "kg", sub: str = "") -> str:
    """An emission of fossil CO2."""
    return CO2.format(amount=amount, unit=unit, sub=sub)


def takes(name: str, unit: str, amount: str, rest: str = "Undefined;0;0;0;") -> str:
    """A row of materials or electricity."""
    return f"{name};{unit};{amount};{rest}"


def write(tmp_path: Path, *blocks: str, header: str = SIMAPRO_HEADER, encoding: str = "cp1252") -> Path:
    """A file of the blocks."""
    path = tmp_path / "db.csv"
    path.write_bytes((header + "".join(blocks) + CAS).encode(encoding))
    return path


def scores(tmp_path: Path, path: Path, **options: object) -> dict[str, float]:
    """kg of fossil CO2 per unit of every product, by product name."""
    found = stored(tmp_path, path, **options)
    table = gas_table(found)
    return {
        found.dataset(i).product: sum(x.amount for x in table.interventions(i) if x.gas == "CO2 fossil")
        for i in range(len(found))
    }


def test_a_chain_with_expressions_and_units(tmp_path: Path) -> None:
    """Decimal commas, parameters of process and database, a unit of the file's own, places in product names."""
    path = write(
        tmp_path,
        simapro_process(
            "p1",
            {
                "Products": ["steel {CN}| x;kg;2;100;not defined;Metals\\Steel;"],
                "Electricity/heat": [takes("power/US U", "MJ", "3,6*k")],
                "Emissions to air": [co2('"Iff(c = 4,5; 500; 0)"', "g", "high. pop.")],
                "Input parameters": ["k;2;Lognormal;1,2;0;0;No;"],
                "Calculated parameters": ["c;k^2 + d;text"],
            },
        ),
        simapro_process(
            "p2", {"Products": ["power/US U;kWh;1;100;not defined;E;"], "Emissions to air": [co2("0,02", "sack")]}
        ),
        simapro_block("Units", "kg;Mass;1;kg", "sack;Mass;25;kg"),
        simapro_block("Database Input parameters", "d;9;Undefined;0;0;0;No;"),
        simapro_block("Project Input parameters", "d;0,5;Undefined;0;0;0;No;"),
    )
    found = scores(tmp_path, path)
    # c = 2² + 0.5 (the project's d hides the database's); 2 kWh · 0.02 · 25 kg + 0.5 kg for 2 kg of steel
    assert found == {"steel {CN}| x": pytest.approx((2 * 0.5 + 0.5) / 2), "power/US U": pytest.approx(0.5)}
    [steel, power] = [stored(tmp_path / "again", path).dataset(i) for i in (0, 1)]
    assert (steel.geography, steel.year, steel.category) == ("CN", "2015-2019", "material/Metals/Steel")
    assert power.geography == "US"


@pytest.mark.parametrize(("separator", "decimal"), [("Comma", "."), ("Tab", ","), ("Semicolon", ",")])
def test_separators(tmp_path: Path, separator: str, decimal: str) -> None:
    """Separator and decimal sign are those of the header; names with the separator in them are quoted."""
    sign = {"Comma": ",", "Tab": "\t", "Semicolon": ";"}[separator]
    header = SIMAPRO_HEADER.replace("Semicolon", separator).replace(
        "Decimal separator: ,", f"Decimal separator: {decimal}"
    )
    name = f'"steel{sign} hot"" rolled"'
    rows = [name, "kg", "1", "100", "x", "y", ""]
    emission = ['"Carbon dioxide, fossil"', "", "kg", f"1{decimal}5", "Undefined", "0", "0", "0", ""]
    process = simapro_process("p", {"Products": [sign.join(rows)], "Emissions to air": [sign.join(emission)]})
    path = tmp_path / "db.csv"
    path.write_bytes((header + process).encode("cp1252"))
    assert scores(tmp_path, path) == {f'steel{sign} hot" rolled': pytest.approx(1.5)}


def test_allocation_and_avoided_products(tmp_path: Path) -> None:
    """Percentages at the products; an avoided product is a credit that all products share."""
    path = write(
        tmp_path,
        simapro_process("p1", {"Products": ["a;kg;1;75;x;y;", "b;kg;5;25;x;y;"], "Emissions to air": [co2("10")],
                               "Avoided products": [takes("heat", "MJ", "20")]}),
        simapro_process("p2", {"Products": ["heat;MJ;1;100;x;y;"], "Emissions to air": [co2("0,1")]}),
    )  # fmt: skip
    found = scores(tmp_path, path)
    assert found == {"a": pytest.approx(8 * 0.75), "b": pytest.approx(8 * 0.25 / 5), "heat": pytest.approx(0.1)}
    path = write(tmp_path, simapro_process("p1", {"Products": ["a;kg;1;75;x;y;", "b;kg;5;;x;y;"],
                                                  "Emissions to air": [co2("10")]}))  # fmt: skip
    assert "ZJ821" in said(read(path))


def test_waste_treatment(tmp_path: Path) -> None:
    """Waste goes to the process that treats it, not to one that makes a product of the same name."""
    path = write(
        tmp_path,
        simapro_process("p1", {"Products": ["a;kg;1;100;x;y;"], "Waste to treatment": [takes("scrap", "kg", "0,2")]}),
        simapro_process("p2", {"Waste treatment": ["scrap;kg;2;All waste types;W;"], "Emissions to air": [co2("3")]}),
        simapro_process("p3", {"Products": ["scrap;kg;1;100;x;y;"], "Emissions to air": [co2("50")]}),
    )  # fmt: skip
    found = stored(tmp_path, path)
    table = gas_table(found)
    assert table.amounts[0].sum() == pytest.approx(0.2 * 1.5)
    assert found.dataset(1).treats == 1


def test_compartments(tmp_path: Path) -> None:
    """Aircraft emissions and carbon from the air are told by the subcompartment."""
    rows = {"Products": ["a;kg;1;100;x;y;"], "Emissions to air": [co2("1", sub="stratosphere + troposphere")],
            "Resources": ["Carbon dioxide, in air;in air;kg;3;Undefined;0;0;0;"]}  # fmt: skip
    found = stored(tmp_path, write(tmp_path, simapro_process("p", rows)))
    assert {
        column: float(v) for column, v in zip(gas_table(found).columns, gas_table(found).amounts[0], strict=True)
    } == {
        ("CO2 fossil", "aviation", 1): 1.0,
        ("CO2 biogenic", "biogenic", -1): -3.0,
    }


def test_methods(tmp_path: Path) -> None:
    """A factor without subcompartment holds for all that have none of their own."""
    path = write(
        tmp_path,
        simapro_process("p", {"Products": ["a;kg;1;100;x;y;"],
                              "Emissions to air": [co2("1", sub="low. pop."), co2("1", sub="high. pop."), co2("1")]}),
        simapro_method("M", "Climate change", "kg CO2 eq", "Air;(unspecified);Carbon dioxide, fossil;000124-38-9;1;kg",
                       "Air;low. pop.;Carbon dioxide, fossil;000124-38-9;0,002;g"),
    )  # fmt: skip
    from zuji.footprint.stored import impact_scores

    found = stored(tmp_path, path)
    assert [(m.method, m.category, m.unit) for m in found.methods()] == [("M", "Climate change", "kg CO2 eq")]
    assert impact_scores(found)[0, 0] == pytest.approx(1 + 1 + 2)


def test_uncertainty(tmp_path: Path) -> None:
    """SD² is the square of the geometric deviation, or two deviations for a normal distribution."""
    rows = ["b;kg;2;Lognormal;1,44;0;0;", "b;kg;2;Normal;0,4;0;0;", "b;kg;2;Triangle;0;1;4;", "b;kg;2;Uniform;0;1;3;",
            "b;kg;2*k;Lognormal;1,44;0;0;"]  # fmt: skip
    path = write(
        tmp_path,
        simapro_process(
            "p", {"Products": ["a;kg;1;100;x;y;"], "Materials/fuels": rows, "Input parameters": ["k;1;;;;;No;"]}
        ),
        simapro_process("q", {"Products": ["b;kg;1;100;x;y;"]}),
    )
    found = stored(tmp_path, path)
    assert found.array("tech_unc_kind").tolist() == [2, 3, 5, 4, 2]
    scale = found.array("tech_unc_scale")
    assert scale[[0, 1, 4]].tolist() == pytest.approx([math.log(1.2), 0.2, math.log(1.2)])
    assert found.array("tech_unc_loc")[[0, 1, 2, 4]].tolist() == pytest.approx([math.log(2), 2, 2, math.log(2)])
    assert found.array("tech_unc_high")[2:4].tolist() == [4, 3]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """Western files of SimaPro and UTF-8 give the same names."""
    process = simapro_process("p", {"Products": ["Stahl für Züge é;kg;1;100;x;y;"], "Emissions to air": [co2("1")]})
    assert list(scores(tmp_path, write(tmp_path, process, encoding=encoding))) == ["Stahl für Züge é"]


def test_lines() -> None:
    """Chinese lines are told from Western ones; a quotation mark inside a field is text."""
    assert decoded("电力，高压".encode("gb2312")) == "电力，高压"
    assert decoded("Zürich é".encode("cp1252")) == "Zürich é"
    assert split('pipe 2" steel;kg', ";") == ['pipe 2" steel', "kg"]
    assert split('"a;b";"c""d";e', ";") == ["a;b", 'c"d', "e"]
    assert split('"open;x', ";") is None


def test_what_is_not_read(tmp_path: Path) -> None:
    """Product stages and waste scenarios are counted; what takes from them is not linked."""
    scenario = simapro_process("s", {"Products": []}).replace("Products", "Waste scenario\r\nhousehold;kg;1;All;x;")
    stage = "Product stage\r\n\r\nCategory type\r\nassembly\r\n\r\nName\r\nx\r\n\r\nEnd\r\n\r\n"
    one = simapro_process("p", {"Products": ["a;kg;1;100;x;y;"], "Waste to treatment": [takes("household", "kg", "1")]})
    imported = read(write(tmp_path, one, scenario, stage))
    assert {"ZJ826", "ZJ813"} <= set(said(imported))
    assert imported.summary.records == 1
    assert imported.summary.incomplete == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("End", "Fin"), "ZJ841"),
        (("kg;7,25;Undefined;0;0;0;", "kg"), "ZJ841"),
        (("7,25", "1e308*10"), "ZJ822"),
        (("7,25", "9^9^9^9"), "ZJ822"),
        (("7,25", ""), "ZJ809"),
        (("7,25", "NaN"), "ZJ822"),
        (("7,25", "k"), "ZJ822"),
        (("a;kg;1;100;x;y;", ""), "ZJ827"),
        (("a;kg;1;", "a;kg;0;"), "ZJ827"),
    ],
)
def test_broken_files(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    """Cut and wrong files are findings at their line."""
    tables = {"Products": ["a;kg;1;100;x;y;"], "Emissions to air": [co2("7,25")], "Calculated parameters": ["k;k+1;"]}
    path = write(tmp_path, simapro_process("p", tables))
    data = path.read_bytes().decode("cp1252")
    assert change[0] in data
    path.write_bytes(data.replace(*change).encode("cp1252"))
    found = [f for f in read(path).summary.findings if f.code == code]
    assert found
    assert found[0].place.line > 8


def test_a_line_without_end(tmp_path: Path) -> None:
    """A line of megabytes is left out with its place, and memory stays small."""
    one = simapro_process("p", {"Products": ["a;kg;1;100;x;y;"], "Emissions to air": ["x" * 5_000_000 + ";;kg;1;"]})
    imported = read(write(tmp_path, one))
    assert "ZJ841" in said(imported)


def test_two_processes_of_one_name(tmp_path: Path) -> None:
    """Nothing is chosen between two makers of one product in different places."""
    maker = {"Products": ["b;kg;1;100;x;y;"], "Emissions to air": [co2("1")]}
    user = {"Products": ["a;kg;1;100;x;y;"], "Materials/fuels": [takes("b", "kg", "1")]}
    path = write(tmp_path, simapro_process("p", user), simapro_process("q", maker), simapro_process("r", maker))
    assert "ZJ829" in said(read(path))
