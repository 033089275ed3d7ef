"""EcoSpold 1: links by name, place and unit, allocation in percent, uncertainty, inventory results, impact methods."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from zuji.footprint.stored import gas_table, impact_scores
from zuji.study.node import is_id

from .building import es1, es1_dataset, es1_exchange, read, said, spolds, stored, zipped

CO2 = 'category="air" subCategory="unspecified" CASNumber="000124-38-9"'
GAS = "Carbon dioxide, fossil"


def _file(folder: Path, text: str) -> Path:
    path = folder / "database.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_links_by_name_place_and_unit(tmp_path: Path) -> None:
    """Of two producers of one name, that of the place and unit of the exchange is taken: 2 × 0.5 + 0.1 = 1.1."""
    text = es1(
        es1_dataset(1, "steel", es1_exchange(1, "steel", 1, "outputGroup>0") + es1_exchange(2, "coke", 2,
        "inputGroup>5")
                    + es1_exchange(3, GAS, 0.1, "outputGroup>4", more=CO2)),
        es1_dataset(2, "coke", es1_exchange(1, "coke", 1, "outputGroup>0") + es1_exchange(2, GAS, 0.5, "outputGroup>4",
        more=CO2)),
        es1_dataset(3, "coke", es1_exchange(1, "coke", 1, "outputGroup>0", location="CN")
                    + es1_exchange(2, GAS, 9, "outputGroup>4", more=CO2), location="CN"),
    )  # fmt: skip
    found = stored(tmp_path, _file(tmp_path, text))
    i = found.index_of("ecospold1-1")
    assert i is not None
    assert gas_table(found).amounts[i] == pytest.approx([1.1])
    assert found.dataset(i).name_zh == "电"


def test_allocation_fractions(tmp_path: Path) -> None:
    """Fractions in percent by co-product: heat bears 25 % of 8 kg CO2 for 2 MJ, power 75 % for 1 kWh."""
    shares = "".join(
        f'<allocation referenceToCoProduct="{p}" allocationMethod="1" fraction="{f}"><referenceToInputOutput>3'
        "</referenceToInputOutput></allocation>"
        for p, f in ((1, 75), (2, 25))
    )
    text = es1(
        es1_dataset(1, "chp", es1_exchange(1, "power", 1, "outputGroup>2", unit="kWh")
                    + es1_exchange(2, "heat", 2, "outputGroup>2", unit="MJ")
                    + es1_exchange(3, GAS, 8, "outputGroup>4", more=CO2), extra=shares),
    )  # fmt: skip
    found = stored(tmp_path, _file(tmp_path, text))
    table = gas_table(found)
    got = {found.dataset(i).product: float(table.amounts[i, 0]) for i in range(len(found))}
    assert got == {"power": pytest.approx(6.0), "heat": pytest.approx(1.0)}
    assert all(is_id(id) for id in found.ids())


def test_shares_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    """Half of the burden would vanish."""
    share = (
        '<allocation referenceToCoProduct="1" fraction="50"><referenceToInputOutput>3</referenceToInputOutput>'
        "</allocation>"
    )
    text = es1(
        es1_dataset(1, "chp", es1_exchange(1, "power", 1, "outputGroup>0") + es1_exchange(2, "heat", 2, "outputGroup>2")
                    + es1_exchange(3, GAS, 8, "outputGroup>4", more=CO2), extra=share),
    )  # fmt: skip
    assert "ZJ821" in said(read(_file(tmp_path, text)))


def test_uncertainty(tmp_path: Path) -> None:
    """Type 1 states the square of the geometric standard deviation, type 2 two standard deviations."""
    text = es1(
        es1_dataset(1, "a", es1_exchange(1, "a", 1, "outputGroup>0")
                    + es1_exchange(2, GAS, 2, "outputGroup>4",
                    more=CO2 + ' uncertaintyType="1" standardDeviation95="1.44"')
                    + es1_exchange(3, "N2O", 3, "outputGroup>4",
                                   more='category="air" uncertaintyType="2" standardDeviation95="0.4"')),
    )  # fmt: skip
    imported = read(_file(tmp_path, text))
    assert imported.content is not None
    arrays = imported.content.arrays
    kinds = {
        int(k): (float(a), float(b))
        for k, a, b in zip(*(arrays[f"bio_unc_{n}"] for n in ("kind", "loc", "scale")), strict=True)
    }
    assert kinds[2] == (pytest.approx(math.log(2)), pytest.approx(math.log(1.2)))
    assert kinds[3] == (pytest.approx(3), pytest.approx(0.2))


def test_inventory_result_without_its_product(tmp_path: Path) -> None:
    """A result that lists emissions only delivers what its reference function states."""
    text = es1(es1_dataset(7, "ABS", es1_exchange(1, GAS, 3.1, "outputGroup>4", more=CO2)))
    found = stored(tmp_path, _file(tmp_path, text))
    assert gas_table(found).amounts.tolist() == [[pytest.approx(3.1)]]


def test_impact_method_gives_scores(tmp_path: Path) -> None:
    """A category of another method characterises what the database emits: 2 × 0.5 per dataset."""
    factor = es1_exchange(1, "Sulfur dioxide", 0.5, "inputGroup>4", more='category="air" subCategory="unspecified"')
    so2 = es1_exchange(2, "Sulfur dioxide", 2, "outputGroup>4", more='category="air" subCategory="unspecified"')
    database = es1(es1_dataset(1, "a", es1_exchange(1, "a", 1, "outputGroup>0") + so2))
    method = es1(es1_dataset(9, "acidification", factor, unit="mol H+"), namespace="EcoSpold01Impact")
    found = stored(tmp_path, zipped(tmp_path / "db.zip", {"a.xml": database, "m.xml": method}))
    assert [m.unit for m in found.methods()] == ["mol H+"]
    assert impact_scores(found).tolist() == [[1.0]]


def test_a_file_of_the_other_version_is_said(tmp_path: Path) -> None:
    """`ecospold2` archives that contain EcoSpold 1 are read as what they are; single strangers are named."""
    from .building import Spold

    folder = spolds(tmp_path / "db", Spold("two"))
    (folder / "a.xml").write_text(es1(es1_dataset(1, "a", es1_exchange(1, "a", 1, "outputGroup>0"))), encoding="utf-8")
    imported = read(folder, format="ecospold1")
    assert imported.summary.datasets == 1
    assert "ZJ834" in said(imported)
