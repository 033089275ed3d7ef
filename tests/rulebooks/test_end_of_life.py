"""End of life and recycled content: the formula tables against published rows, and the same figures out of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from zuji.background.gwp import gwp_table
from zuji.background.model import Background
from zuji.datum import LocalText, Period
from zuji.quantity import parse_unit
from zuji.rulebooks.book import open_book
from zuji.rulebooks.context import Context
from zuji.rulebooks.strategies.end_of_life import formula_table, material_lines
from zuji.study.model import Datum, EndOfLife, EndOfLifeMaterial, Product, Study

from .building import DAY, StudyFolder, case, datum, errors, found, part_of

CFF = case("cff-battery-pass-active-materials")
MORE = case("allocation-and-cff-energy")
ROWS = CFF["materials"]
NEUTRAL = {"R1": 0, "R2": 0, "R3": 0, "A": 1, "B": 0, "Qs_in": 1, "Qs_out": 1, "LHV": 0, "X_heat": 0, "X_elec": 0}


def exactly(value: float) -> Fraction:
    return Fraction(repr(value))


def evaluated(table: str, factors: Mapping[str, float], **variables: float) -> dict[str, Fraction]:
    """What each row of a formula table gives for these variables and these E."""
    values = {name: exactly(v) for name, v in {**NEUTRAL, **variables}.items()}
    return {
        row.id: row.expression.number(values) * exactly(factors.get(row.dataset, 0)) for row in formula_table(table)
    }


def row_by_table(row: Mapping[str, Any], table: str = "cff", a: float | None = None) -> dict[str, Fraction]:
    factors = {"E_virgin": row["ev"], "E_recycled": row["erec"], "E_recycling_eol": row["eeol"]}
    factors |= {"E_avoided": row["ev"], "E_disposal": row["ed"]}
    return evaluated(table, factors, R1=row["r1"], R2=row["r2"], A=row["a_total"] if a is None else a)


class TestTables:
    @pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
    def test_rows_of_the_case(self, row):
        """Every printed row follows from the table with the A that the source used for its rows."""
        result = float(sum(row_by_table(row, a=row["a_row"]).values()))
        assert result == pytest.approx(row["row"], abs=CFF["tolerance"]["row"])

    def test_sum_of_rows(self):
        """The printed rows add up to 3.086."""
        total = float(sum(sum(row_by_table(row, a=row["a_row"]).values()) for row in ROWS))
        assert total == pytest.approx(CFF["expected"]["sum_of_rows"], abs=CFF["tolerance"]["total"])

    def test_total_and_stages(self):
        """The printed total and its stages follow with A = 0.2 for metals."""
        sums: dict[str, Fraction] = {}
        for row in ROWS:
            for id, value in row_by_table(row).items():
                sums[id] = sums.get(id, Fraction(0)) + value
        expected, near = CFF["expected"], CFF["tolerance"]["total"]
        assert float(sum(sums.values())) == pytest.approx(expected["total"], abs=near)
        assert float(sums["virgin"] + sums["recycled_content"]) == pytest.approx(expected["raw_material"], abs=near)
        assert float(sums["recycling"] + sums["avoided"]) == pytest.approx(expected["recycling"], abs=near)
        assert float(sums["disposal"]) == pytest.approx(expected["disposal"], abs=near)

    @pytest.mark.parametrize("table", ["cut_off", "substitution"])
    def test_other_approaches(self, table):
        """Cut-off is above the formula and substitution below it; the printed figures do not follow from its data."""
        total = float(sum(sum(row_by_table(row, table).values()) for row in ROWS))
        assert total == pytest.approx(CFF["comparison"][table]["recomputed"], abs=5e-5)
        assert abs(total - CFF["comparison"][table]["published"]) > CFF["tolerance"]["total"]
        formula = float(sum(sum(row_by_table(row).values()) for row in ROWS))
        assert (total > formula) == (table == "cut_off")

    @pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
    def test_limits_of_a(self, row):
        """A = 0 is substitution; A = 1 without anything recycled after use is cut-off."""
        assert sum(row_by_table(row, a=0).values()) == sum(row_by_table(row, "substitution").values())
        lost = {**row, "r2": 0}
        assert sum(row_by_table(lost, a=1).values()) == sum(row_by_table(lost, "cut_off").values())

    def test_energy(self):
        """Energy recovery minus the heat and the electricity that it replaces."""
        given = MORE["energy"]
        factors = {
            "E_recovery": given["e_er"],
            "E_heat": given["e_heat_per_mj"],
            "E_electricity": given["e_elec_per_mj"],
        }
        values = {"B": given["b"], "R3": given["r3"], "LHV": given["lhv_mj_per_kg"]}
        result = evaluated("cff", factors, **values, X_heat=given["x_heat"], X_elec=given["x_elec"])
        assert sum(result.values()) == exactly(given["expected"])

    def test_disposal(self):
        """What is neither recycled nor burned is disposed of."""
        given = MORE["disposal"]
        result = evaluated("cff", {"E_disposal": given["ed"]}, R2=given["r2"], R3=given["r3"])
        assert sum(result.values()) == exactly(given["expected"])

    def test_intermediate_product(self):
        """Cradle to gate with A = 1: virgin and recycled input by their shares."""
        given = MORE["intermediate"]
        factors = {"E_virgin": given["ev"], "E_recycled": given["erec"]}
        result = evaluated("cff", factors, A=given["a"], R1=given["r1"], Qs_in=given["qs_in"])
        assert sum(result.values()) == exactly(given["expected"])

    def test_every_row_cites_its_clause(self):
        """Each row of each table names a clause and a stage, and heat and power come per MJ."""
        for table in ("cff", "cut_off", "substitution"):
            for row in formula_table(table):
                assert row.clause, row
                assert row.stage in ("input", "end_of_life")
                assert row.unit == ("MJ/kg" if row.dataset in ("E_heat", "E_electricity") else "kg")


def share(value: float) -> Datum:
    return Datum(number=repr(value), unit=parse_unit("1"))


def context_of(material: EndOfLifeMaterial, book: str) -> Context:
    mass, energy = Datum(number="1", unit=parse_unit("kg")), Datum(number="1", unit=parse_unit("kWh"))
    product = Product(
        id="p", name=LocalText("p", "p"), category="ev", mass=mass, rated_energy=energy, usable_energy=energy
    )
    end = EndOfLife(materials={material.id: material})
    study = Study(id="s", reporting_period=Period(DAY, DAY), product=product, end_of_life=end)
    opened = open_book(book)
    return Context(study, Background.of("none", ()), gwp_table(), opened, opened.version(DAY), DAY)


class TestMaterialLines:
    @pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
    def test_rows_of_the_case(self, row):
        """The lines of a material are those of the table, without the rows that are zero."""
        material = EndOfLifeMaterial(
            id="m", recycled_content=share(row["r1"]), recycling_rate=share(row["r2"]),
            allocation_factor=share(row["a_total"]),
            recycled_dataset="rec", recycling_dataset="eol", avoided_dataset="virgin", disposal_dataset="disposal",
        )  # fmt: skip
        context = context_of(material, "eu-cfb-ind")
        lines = material_lines(context, material)
        factors = {"": row["ev"], "virgin": row["ev"], "rec": row["erec"], "eol": row["eeol"], "disposal": row["ed"]}
        by_hand = {id: v for id, v in row_by_table(row).items() if v}
        assert {line.id: line.factor.value * exactly(factors[line.dataset]) for line in lines} == by_hand
        assert context.findings == []

    def test_without_end_of_life_the_material_is_virgin(self):
        """A material that the study does not describe is bought as it is, whole and without an end."""
        (line,) = material_lines(context_of(EndOfLifeMaterial(id="m"), "eu-cfb-ind"), None)
        assert (line.id, line.factor.value, line.dataset) == ("virgin", 1, "")

    def test_category_brings_the_parameters_of_the_book(self):
        """A and R2 of a category come from the rulebook, R2 only where the study names a recycling dataset."""
        material = EndOfLifeMaterial(id="m", category="copper", recycling_dataset="eol", disposal_dataset="d")
        context = context_of(material, "eu-cfb-ind")
        lines = {line.id: line.factor.value for line in material_lines(context, material)}
        assert lines["recycling"] == Fraction("0.8") * Fraction("0.95")
        assert {"cff.A.copper", "cff.R2.copper"} <= set(context.parameters)
        without = EndOfLifeMaterial(id="m", category="copper", disposal_dataset="d")
        assert "recycling" not in {line.id for line in material_lines(context_of(without, "eu-cfb-ind"), without)}

    def test_unlisted_material_takes_one_half(self):
        """A material of no table has A = 0.5."""
        material = EndOfLifeMaterial(id="m", recycling_rate=share(0.4), recycling_dataset="eol", disposal_dataset="d")
        lines = {line.id: line.factor.value for line in material_lines(context_of(material, "eu-cfb-ind"), material)}
        assert lines["recycling"] == Fraction("0.2")

    def test_a_missing_dataset_is_reported(self):
        """A term that is not zero and has no dataset is a gap with a warning naming the field; its credit goes too."""
        material = EndOfLifeMaterial(id="m", recycling_rate=share(0.4))
        context = context_of(material, "eu-cfb-ind")
        lines = {line.id: line.dataset for line in material_lines(context, material)}
        assert lines == {"virgin": "", "recycling": None, "disposal": None}
        assert {dict(f.params)["field"] for f in context.findings} == {"recycling_dataset", "disposal_dataset"}
        assert {f.code for f in context.findings} == {"ZJ420"}

    @pytest.mark.parametrize(("field", "rows"), [("recycled_content", {"virgin"}), ("recycling_rate", {"disposal"})])
    def test_a_missing_variable_is_a_gap(self, field, rows):
        """A recycled content or a recycling rate that is missing is no zero: the rows that need it are gaps."""
        unknown = replace(share(0.5), number="", missing="the supplier did not say")
        material = EndOfLifeMaterial(id="m", disposal_dataset="d", **{field: unknown})
        context = context_of(material, "iso-14067")
        lines = {line.id: line.dataset for line in material_lines(context, material)}
        assert {id for id, dataset in lines.items() if dataset is None} >= rows
        assert "ZJ406" in {f.code for f in context.findings}

    def test_treated_elsewhere_is_not_disposed_of_twice(self):
        """Where an activity already treats the rest, the disposal row is left out."""
        material = EndOfLifeMaterial(id="m", treated_by="smelter", disposal_dataset="d")
        assert [line.id for line in material_lines(context_of(material, "iso-14067"), material)] == ["virgin"]

    @pytest.mark.parametrize(
        ("choice", "rows"), [("", "cut_off"), ("cut_off", "cut_off"), ("substitution", "substitution")]
    )
    def test_iso_lets_the_study_choose(self, choice, rows):
        """ISO 14067 takes cut-off unless the study chooses substitution; the EU rules take their formula always."""
        material = EndOfLifeMaterial(
            id="m", recycling_rate=share(0.4), recycled_content=share(0.1), recycled_dataset="r",
            recycling_dataset="eol", disposal_dataset="d",
        )  # fmt: skip
        for book, table in (("iso-14067", rows), ("eu-cfb-ind", "cff")):
            context = context_of(material, book)
            end = EndOfLife(approach=choice, materials={"m": material})
            context.study = Study(**{**vars(context.study), "end_of_life": end})
            used = {line.id for line in material_lines(context, material)}
            assert ("avoided" in used) == (table != "cut_off")
            assert ("recycled_content" in used) == (table != "substitution")


def all_materials(folder: StudyFolder, a: str) -> StudyFolder:
    """The 19 materials of the case as 19 parts of 1 kg, whose E are those of the case."""
    materials: dict[str, Any] = {}
    for i, row in enumerate(ROWS):
        for name in ("ev", "erec", "eeol", "ed"):
            folder.background(f"{name}-{i}", f"{row[name]:.10f}", "kgCO2e/kg")
        folder.part(f"m{i}", 1, "kg", dataset=f"ev-{i}", material=f"m{i}")
        materials[f"m{i}"] = {
            "recycled_content": datum(row["r1"]), "recycling_rate": datum(row["r2"]),
            "allocation_factor": datum(row[a]),
            "recycled_dataset": f"erec-{i}", "recycling_dataset": f"eeol-{i}", "disposal_dataset": f"ed-{i}",
        }  # fmt: skip
    folder.head["product"]["mass"] = datum(19, "kg")
    return folder.end_of_life(materials=materials)


class TestStudies:
    def test_total_and_stages_of_the_case(self, folder):
        """The published total and its stages come out of a whole study under the EU rules."""
        footprint = all_materials(folder, "a_total").footprint("eu-cfb-ind", starter=True)
        expected, near = CFF["expected"], CFF["tolerance"]["total"]
        assert footprint.total == pytest.approx(expected["total"], abs=near)
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(expected["raw_material"], abs=near)
        end = expected["recycling"] + expected["disposal"]
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(end, abs=near)
        assert errors(footprint) == []
        for i, row in enumerate(ROWS):
            own = sum(line.value for line in footprint.lines if line.line.partition("#")[0] == f"m{i}")
            assert own == pytest.approx(float(sum(row_by_table(row).values())), rel=1e-12), row["name"]

    @pytest.mark.parametrize("table", ["cut_off", "substitution"])
    def test_other_approaches_of_the_case(self, folder, table):
        """The same study under ISO 14067 gives what the other two tables give."""
        all_materials(folder, "a_total").documents["end_of_life.yaml"]["approach"] = table
        footprint = folder.footprint("iso-14067")
        assert footprint.total == pytest.approx(CFF["comparison"][table]["recomputed"], abs=5e-5)

    def test_a_outside_its_range_is_refused(self, folder):
        """A = 0.01, with which the source computed its rows, is an error for every material that has it."""
        footprint = all_materials(folder, "a_row").footprint("eu-cfb-ind")
        refused = {dict(f.params)["material"] for f in found(footprint, "ZJ418")}
        assert refused == {f"m{i}" for i, row in enumerate(ROWS) if row["a_row"] == 0.01}
        assert set(errors(footprint)) == {"ZJ418"}
        assert len(refused) == 9

    @pytest.mark.parametrize(("a", "refused"), [(0.19, True), (0.2, False), (0.8, False), (0.81, True), (1, True)])
    def test_the_range_of_a_has_its_ends(self, folder, a, refused):
        """0.2 and 0.8 are allowed, what lies outside is not."""
        folder.background("ev", 1, "kgCO2e/kg").part("m", 1, "kg", dataset="ev", material="m")
        folder.end_of_life(materials={"m": {"allocation_factor": datum(a), "disposal_dataset": "ev"}})
        assert (errors(folder.footprint("eu-cfb-ind")) == ["ZJ418"]) == refused

    def test_scrap_is_treated_in_production(self, folder):
        """Of 10 kg with 20 % scrap, 8 kg end with the product and 2 kg where they fall off."""
        folder.background("ev", 1, "kgCO2e/kg").background("tip", 0.5, "kgCO2e/kg")
        folder.part("m", 10, "kg", dataset="ev", material="m", scrap=0.2)
        folder.end_of_life(materials={"m": {"disposal_dataset": "tip"}})
        footprint = folder.footprint("iso-14067")
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(10)
        assert part_of(footprint, "stage", "production") == pytest.approx(1)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(4)

    def test_pieces_go_by_their_mass(self, folder):
        """A part counted in pieces is bought by the piece and disposed of by its mass."""
        folder.background("ev", 1, "kgCO2e/item").background("tip", 0.5, "kgCO2e/t")
        folder.part("m", 4, "item", dataset="ev", material="m", mass=250)
        folder.end_of_life(materials={"m": {"disposal_dataset": "tip"}})
        footprint = folder.footprint("iso-14067")
        assert part_of(footprint, "stage", "raw_material") == pytest.approx(4)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(0.5)

    def test_a_default_material_covers_the_rest(self, folder):
        """The material `default` holds for every line that names none; without it the line is reported."""
        folder.background("ev", 1, "kgCO2e/kg").part("m", 2, "kg", dataset="ev").end_of_life(materials={})
        (finding,) = found(folder.footprint("eu-cfb-ind"), "ZJ419")
        assert dict(finding.params)["mass"] == "2 kg"
        folder.end_of_life(materials={"default": {"disposal_dataset": "ev"}})
        footprint = folder.footprint("eu-cfb-ind")
        assert found(footprint, "ZJ419") == []
        assert footprint.total == pytest.approx(4)

    def test_own_material_has_an_end_of_life(self, folder):
        """A material that an own process makes is disposed of like a bought one."""
        folder.background("ev", 1, "kgCO2e/kg").background("tip", 0.5, "kgCO2e/kg")
        gas = {"id": "co2", "gas": "CO2 fossil", "amount": datum(3, "kg")}
        folder.process("make", [gas], reference_flow=datum(1, "kg"))
        take = {"id": "part", "process": "make", "role": "material", "material": "m", "amount": datum(2, "kg")}
        folder.process("work", [take], produces="thing").end_of_life(materials={"m": {"disposal_dataset": "tip"}})
        footprint = folder.footprint("iso-14067")
        assert part_of(footprint, "stage", "production") == pytest.approx(6)
        assert part_of(footprint, "stage", "end_of_life") == pytest.approx(1)
