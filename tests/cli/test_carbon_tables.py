"""What `zuji calc` shows beside the headline total: totals, categories of carbon, cut-offs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.rulebooks.building import StudyFolder, datum

from .conftest import Run


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A product of 100 kg with capture, uptake, distribution and a part that is cut off."""
    path = tmp_path / "study"
    path.mkdir()
    folder = StudyFolder(path)
    folder.head["product"]["mass"] = datum(100, "kg")

    def gas(id: str, name: str, kg: float, **more: str) -> dict[str, object]:
        return {"id": id, "gas": name, "amount": datum(kg, "kg"), **more}

    lines = [
        gas("c", "CO2 fossil", 50),
        gas("up", "CO2 biogenic", -10),
        gas("ccs", "CO2 fossil", -4, origin="captured_fossil"),
        gas("kept", "CO2 biogenic", -6, origin="product_storage"),
        gas("ship", "CO2 fossil", 3, stage="distribution"),
    ]
    folder.process("work", lines, produces="thing").background("d", 1, "kgCO2e/kg")
    folder.part("main", 99, "kg", dataset="d").part("clip", 1, "kg", dataset="d", cut_off="too small")
    return folder.write()


def test_totals_categories_and_cut_off(run: Run, study: Path) -> None:
    """The headline is marked, what is apart stands in brackets with its clause, and the cut-off has its share."""
    ran = run("calc", str(study), "-r", "pact-3", "-r", "pef", "--on", "2026-01-01")
    assert ran.code == 0, ran.out + ran.err
    assert re.search(r"excluding biogenic CO2 uptake \(headline\)\s+145\.0", ran.out)
    assert re.search(r"including biogenic CO2 uptake\s+135\.0", ran.out)
    assert re.search(r"outbound logistics added\s+148\.0", ran.out)
    assert re.search(r"captured and stored fossil CO2\s+−4\.000\s+\(−4\.000\)", ran.out)
    assert re.search(r"stored in the product\s+\(−6\.000\)\s+\[−6\.000\]", ran.out)
    assert "pef: biogenic carbon stored in the product — refused, Annex I, 4.4.10" in ran.out
    assert re.search(r"mass\s+1\.000 kg\s+1\.00 %\s+3 %", ran.out)
    assert "work/clip: too small" in ran.out
    assert "( ) reported apart, not in the total" in ran.out


def test_nothing_to_show(run: Run) -> None:
    """A study without removals, cut-offs or books with several totals has none of these tables."""
    ran = run("calc", "lfp-storage-488kwh", "-r", "eu-cfb-ind", "--on", "2026-01-01")
    assert ran.code == 0
    assert "Cut off, over the whole system" not in ran.out
    assert "(headline)" not in ran.out


def test_explain_from_the_command_line(run: Run, study: Path) -> None:
    """A category apart is explained with its lines and the rule."""
    ran = run("explain", str(study), "apart/captured_fossil", "-r", "pef", "--on", "2026-01-01")
    assert ran.code == 0
    assert "work/ccs" in ran.out
    assert "not in the headline total" in ran.out
