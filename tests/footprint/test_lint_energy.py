"""Energy balances and the reporting period: what a battery can deliver, what meters and boilers can do."""

from __future__ import annotations

from datetime import date

import pytest

from zuji.footprint.lint import essential, lint
from zuji.footprint.lint_energy import AIR_LEAST

from ..rulebooks.building import StudyFolder, datum

BOOK = "iso-14067"


def codes(folder: StudyFolder, *wanted: str, book: str = BOOK, on: date = date(2025, 6, 30)) -> list[str]:
    return [f.code for f in lint(folder.footprint(book, on)) if f.code in wanted]


def shown(folder: StudyFolder, code: str) -> dict[str, str]:
    (finding,) = [f for f in lint(folder.footprint(BOOK)) if f.code == code]
    return finding.shown("en")


@pytest.fixture
def works(folder: StudyFolder) -> StudyFolder:
    """A product of 1 t and 100 kWh in one plant."""
    folder.background("stuff", 6, "kgCO2e/kg").background("gas", 0.2, "kgCO2e/kWh").electricity("mix", 0.5)
    return folder.choose(average_mix__CN="mix").part("stuff", 1000, "kg", dataset="stuff")


class TestProduct:
    @pytest.mark.parametrize(("usable", "expected"), [(100, []), (100.1, ["ZJ550"])])
    def test_usable_above_rated(self, works, usable, expected):
        """A battery of 100 kWh gives at most 100 kWh."""
        works.head["product"]["usable_energy"] = datum(usable, "kWh")
        assert codes(works, "ZJ550") == expected

    def test_more_than_cycles_times_rated(self, works):
        """110 kWh × 1000 cycles are 110,000 kWh, but 100 kWh × 1000 give 100,000."""
        works.head["product"]["usable_energy"] = datum(110, "kWh")
        works.head["service_life"] = {"mode": "repeated_cycling", "cycles": datum(1000, "cycle")}
        assert shown(works, "ZJ551") == {"delivered": "110000", "cycles": "1000", "rated": "100", "most": "100000"}
        works.head["product"]["usable_energy"] = datum(100, "kWh")
        assert codes(works, "ZJ550", "ZJ551") == []


class TestMeters:
    def power(self, works: StudyFolder, kwh: float, *more: float) -> StudyFolder:
        """A work of the whole year; each of its exchanges names the meter of 1000 kWh."""
        exchanges = [
            {"id": f"power-{i}", "electricity": "works", "meters": ["grid"], "amount": datum(one, "kWh")}
            for i, one in enumerate((kwh, *more))
        ]
        return works.meter("grid", 1000).process("work", exchanges, produces="thing")

    @pytest.mark.parametrize(("first", "second", "expected"), [(600, 400, []), (600, 420, []), (600, 421, ["ZJ555"])])
    def test_no_more_than_the_meter(self, works, first, second, expected):
        """Two exchanges share a meter of 1000 kWh; 2 % are tolerated."""
        assert codes(self.power(works, first, second), "ZJ555") == expected

    @pytest.mark.parametrize(("kwh", "expected"), [(980, []), (979, ["ZJ556"])])
    def test_what_nobody_takes(self, works, kwh, expected):
        """A rest above 2 % is noted, with its size."""
        assert codes(self.power(works, kwh), "ZJ556") == expected
        if expected:
            assert shown(works, "ZJ556") == {
                "meter": "grid", "rest": "21", "metered": "1,000", "percent": "2.1", "tolerance": "2",
            }  # fmt: skip


class TestMakers:
    def boiler(self, works: StudyFolder, gas: float, out: float = 100, **more: object) -> StudyFolder:
        fuel = {"id": "gas", "role": "energy", "dataset": "gas", "amount": datum(gas, "kWh")}
        works.process("boiler", [fuel], produces="steam", reference_flow=datum(out, "kWh"), **more)
        takes = {"id": "steam", "process": "boiler", "amount": datum(10, "kWh")}
        return works.process("work", [takes], produces="thing")

    @pytest.mark.parametrize(
        ("gas", "expected"), [(110, []), (99, []), (98, ["ZJ557"]), (500, []), (501, ["ZJ558"]), (0, [])]
    )
    def test_efficiency(self, works, gas, expected):
        """100 kWh of steam take between 98 and 500 kWh of gas: 2 % are tolerated, a fifth is the least."""
        assert codes(self.boiler(works, gas), "ZJ557", "ZJ558") == expected

    def test_a_heat_pump(self, works):
        """A heat pump gives more than the electricity it takes."""
        assert codes(self.boiler(works, 30, technology="heat pump"), "ZJ557") == []
        assert codes(self.boiler(works, 30), "ZJ557") == ["ZJ557"]

    def test_units_are_converted(self, works):
        """100 kWh out of 396 MJ (110 kWh) are 90.9 %; out of 100 MJ they are 360 %."""
        fuel = {"id": "gas", "role": "energy", "dataset": "gas", "amount": datum(396, "MJ")}
        works.process("boiler", [fuel], produces="steam", reference_flow=datum(100, "kWh"))
        assert codes(works, "ZJ557") == []
        works.process("boiler", [{**fuel, "amount": datum(100, "MJ")}], produces="steam",
                      reference_flow=datum(100, "kWh"))  # fmt: skip
        assert shown(works, "ZJ557")["percent"] == "360"

    def test_a_fuel_by_mass(self, works):
        """Without a heating value there is no balance, and the note names the fuel."""
        works.background("coal", 2, "kgCO2e/kg")
        fuel = {"id": "coal", "role": "energy", "dataset": "coal", "amount": datum(20, "kg")}
        works.process("boiler", [fuel], produces="steam", reference_flow=datum(100, "kWh"))
        assert shown(works, "ZJ559") == {"process": "boiler", "inputs": "coal"}

    def test_co_products_count(self, works):
        """30 kWh of electricity and 50 kWh of heat out of 100 kWh of gas are 80 %."""
        fuel = {"id": "gas", "role": "energy", "dataset": "gas", "amount": datum(100, "kWh")}
        heat = {"id": "heat", "amount": datum(50, "kWh"), "physical": datum(50, "kWh")}
        works.process("chp", [fuel], produces="power", reference_flow=datum(15, "kWh"), co_products=[heat],
                      physical=datum(15, "kWh"))  # fmt: skip
        assert codes(works, "ZJ558") == []

    def test_cells_by_the_kilowatt_hour(self, works):
        """Cells whose reference flow is a kWh are no energy."""
        cells = [{"id": "m", "role": "material", "dataset": "stuff", "amount": datum(5, "kg")}]
        works.process("cells", cells, produces="cells", reference_flow=datum(100, "kWh"), component_group="cell")
        assert codes(works, "ZJ557", "ZJ558", "ZJ559") == []

    def test_least_work_of_compressed_air(self):
        """101.325 kPa × 1 m³ × ln(4 / 1.01325) = 139.1 kJ = 0.0386 kWh."""
        assert pytest.approx(0.03865, abs=5e-5) == AIR_LEAST

    @pytest.mark.parametrize(("kwh", "expected"), [(120, []), (39, []), (38, ["ZJ560"])])
    def test_compressed_air(self, works, kwh, expected):
        """1000 Nm³ of compressed air take at least 38.6 kWh."""
        power = {"id": "power", "electricity": "works", "amount": datum(kwh, "kWh")}
        works.process("compressed-air", [power], produces="air", reference_flow=datum(1000, "Nm3"))
        assert codes(works, "ZJ560") == expected


class TestPeriod:
    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            ("2024-01-01", "2024-12-31", []),
            ("2023-04-01", "2024-03-31", []),
            ("2022-01-01", "2024-12-31", []),
            ("2024-01-01", "2024-12-30", ["ZJ552"]),
            ("2024-01-01", "2024-06-30", ["ZJ552"]),
            ("2024-01-01", "2025-01-31", ["ZJ552"]),
        ],
    )
    def test_whole_years(self, works, start, end, expected):
        """Twelve months, or several times twelve, from any day on."""
        works.head["reporting_period"] = {"start": start, "end": end}
        assert codes(works, "ZJ552", "ZJ553") == expected

    def test_in_the_future(self, works):
        """A period that ends after the day of the calculation is a forecast."""
        assert codes(works, "ZJ553", on=date(2024, 12, 30)) == ["ZJ553"]
        assert codes(works, "ZJ553", on=date(2024, 12, 31)) == []

    def test_gaps_in_the_readings(self, works):
        """A supply point that is read from 1 February to 30 June and in December lacks 31 + 153 days of 2024."""
        works.meter("m1", 5, start="2024-02-01", end="2024-06-30", point="p")
        works.meter("m2", 5, start="2024-12-01", end="2024-12-31", point="p")
        assert shown(works, "ZJ554") == {
            "point": "p", "plant": "works", "days": "184", "gaps": "2024-01-01/2024-01-31, 2024-07-01/2024-11-30",
        }  # fmt: skip

    def test_no_gap(self, works):
        """Readings that touch, overlap or go beyond the period leave none; nor does a point of another year."""
        works.meter("m1", 5, start="2023-12-01", end="2024-06-30", point="p")
        works.meter("m2", 5, start="2024-07-01", end="2025-01-31", point="p")
        works.meter("m3", 5, start="2022-01-01", end="2022-01-31", point="old")
        assert codes(works, "ZJ554") == []


class TestChain:
    def test_a_stage_that_leaves_the_materials_out(self, folder):
        """A cell process with the stage use is left out under the EU rules: an error that names line and stage."""
        folder.background("stuff", 6, "kgCO2e/kg").part("cell", 1000, "kg", process="cells")
        stuff = {"id": "stuff", "role": "material", "dataset": "stuff", "amount": datum(1, "kg")}
        folder.process("cells", [stuff], produces="cell", reference_flow=datum(1, "kg"), stage="use")
        (finding,) = [f for f in essential(folder.footprint("eu-cfb-ind")) if f.code == "ZJ504"]
        assert finding.shown("en") == {
            "left_out": "1000", "mass": "1000", "stages": "use", "lines": "cells.stuff", "book": "eu-cfb-ind",
        }  # fmt: skip
        folder.documents["processes/cells.yaml"]["stage"] = "production"
        assert essential(folder.footprint("eu-cfb-ind")) == ()

    def test_packaging_left_out_is_no_error(self, folder):
        """A small part that stands behind the gate is left out without an error."""
        folder.background("stuff", 6, "kgCO2e/kg").part("stuff", 990, "kg", dataset="stuff")
        folder.head["boundary"] = "cradle-to-gate"
        box = {"id": "box", "role": "material", "dataset": "stuff", "amount": datum(10, "kg"), "stage": "distribution"}
        folder.process("packing", [box], produces="thing")
        assert essential(folder.footprint(BOOK)) == ()
