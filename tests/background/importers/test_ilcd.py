"""ILCD: units through flow properties, variables, allocation, waste, LCIA methods, flows that are left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from zuji.background.importers import progress
from zuji.background.importers.options import Options
from zuji.background.importers.run import import_database
from zuji.footprint.stored import gas_table, impact_scores

from .building import (
    ENERGY,
    ILCD,
    MASS,
    ilcd_base,
    ilcd_exchange,
    ilcd_flow,
    ilcd_process,
    read,
    said,
    stored,
    uuid,
    zipped,
)

AIR = ("Emissions", "Emissions to air", "Emissions to air, unspecified")
CO2 = "08a91e70-3ddc-11dd-923d-0050c2490048"


def _flows() -> dict[str, str]:
    return {
        **ilcd_base(),
        **ilcd_flow("carbon dioxide (fossil)", "Elementary flow", id=CO2, cas="000124-38-9", categories=AIR),
        **ilcd_flow("steel", "Product flow"),
        **ilcd_flow("power", "Product flow", property=ENERGY),
        **ilcd_flow("slag", "Waste flow"),
    }


def test_a_small_system(tmp_path: Path) -> None:
    """1 kg steel takes 7.2 MJ power (0.1 kg CO2/MJ) and leaves 0.5 kg slag (0.04 kg CO2/kg): 0.72 + 0.02 + 1 = 1.74."""
    files = {
        **_flows(),
        **ilcd_process("steel making", ilcd_exchange(0, "steel", "Output", 1) + ilcd_exchange(1, "power", "Input", 7.2)
                       + ilcd_exchange(2, "slag", "Output", 0.5) + ilcd_exchange(3, CO2, "Output", 1.0)),
        **ilcd_process("power plant", ilcd_exchange(0, "power", "Output", 1) + ilcd_exchange(1, CO2, "Output", 0.1)),
        **ilcd_process("landfill", ilcd_exchange(0, "slag", "Input", 1) + ilcd_exchange(1, CO2, "Output", 0.04)),
    }  # fmt: skip
    found = stored(tmp_path, zipped(tmp_path / "db.zip", files))
    i, j = found.index_of(uuid("steel making")), found.index_of(uuid("landfill"))
    assert i is not None
    assert j is not None
    assert gas_table(found).amounts[i] == pytest.approx([1.74])
    assert found.dataset(j).treats == 1
    dataset = found.dataset(i)
    assert (dataset.name_zh, dataset.geography, dataset.year) == ("过程", "CN", "2022")


def test_variables(tmp_path: Path) -> None:
    """An amount without result is mean × variable: 2 × (0.5 + 0.25)."""
    relations = (
        '<mathematicalRelations><variableParameter name="a"><meanValue>0.5</meanValue></variableParameter>'
        '<variableParameter name="b"><formula>a + 1/4</formula></variableParameter></mathematicalRelations>'
    )
    emission = ilcd_exchange(1, CO2, "Output", 2, result="", more="<referenceToVariable>b</referenceToVariable>")
    files = _flows() | ilcd_process("p", ilcd_exchange(0, "steel", "Output", 1) + emission, relations=relations)
    found = stored(tmp_path, zipped(tmp_path / "db.zip", files))
    assert gas_table(found).amounts.tolist() == [[pytest.approx(1.5)]]


def test_allocation(tmp_path: Path) -> None:
    """Fractions stand at the exchanges, by internal number of the co-product."""
    more = (
        '<allocations><allocation internalReferenceToCoProduct="0" allocatedFraction="80"/>'
        '<allocation internalReferenceToCoProduct="1" allocatedFraction="20"/></allocations>'
    )
    exchanges = ilcd_exchange(0, "steel", "Output", 1) + ilcd_exchange(1, "power", "Output", 2)
    files = _flows() | ilcd_process("p", exchanges + ilcd_exchange(2, CO2, "Output", 10, more=more), references=(0, 1))
    found = stored(tmp_path, zipped(tmp_path / "db.zip", files))
    table = gas_table(found)
    got = {found.dataset(i).product: float(table.amounts[i, 0]) for i in range(len(found))}
    assert got == {"steel": pytest.approx(8.0), "power": pytest.approx(1.0)}


def test_flow_without_its_file(tmp_path: Path) -> None:
    """A known greenhouse gas is matched by UUID alone; another flow is said to be unknown."""
    exchanges = ilcd_exchange(0, "steel", "Output", 1) + ilcd_exchange(1, CO2, "Output", 2)
    files = ilcd_base() | ilcd_flow("steel", "Product flow") | ilcd_process("p", exchanges)
    imported = read(zipped(tmp_path / "db.zip", files))
    assert imported.summary.gas_flows == 1
    assert "ZJ826" in said(imported)


def test_emission_as_input_counts_the_other_way_and_is_said(tmp_path: Path) -> None:
    """CO2 among the inputs is taken away, and the finding names the dataset."""
    exchanges = ilcd_exchange(0, "steel", "Output", 1) + ilcd_exchange(1, CO2, "Input", 2)
    path = zipped(tmp_path / "db.zip", _flows() | ilcd_process("p", exchanges))
    assert "ZJ839" in said(read(path))
    assert gas_table(stored(tmp_path, path)).amounts.tolist() == [[pytest.approx(-2.0)]]


def test_lcia_method(tmp_path: Path) -> None:
    """Factors of flows that the database has are kept; others and those of single places are counted."""
    factors = "".join(
        f'<factor><referenceToFlowDataSet refObjectId="{id}"/>{place}<meanValue>{value}</meanValue></factor>'
        for id, value, place in ((CO2, 3, ""), (uuid("other"), 5, ""), (CO2, 9, "<location>FR</location>"))
    )
    method = {
        "ILCD/lciamethods/m.xml": (
            f'<LCIAMethodDataSet xmlns="http://lca.jrc.it/ILCD/LCIAMethod" {ILCD}><LCIAMethodInformation>'
            f"<dataSetInformation>"
            f'<common:UUID>{uuid("m")}</common:UUID><common:name xml:lang="en">Something else</common:name>'
            f"<methodology>EF 3.1</methodology></dataSetInformation><quantitativeReference><referenceQuantity "
            f'refObjectId="{MASS}"/></quantitativeReference></LCIAMethodInformation><characterisationFactors>{factors}'
            "</characterisationFactors></LCIAMethodDataSet>"
        )
    }
    exchanges = ilcd_exchange(0, "steel", "Output", 2) + ilcd_exchange(1, CO2, "Output", 4)
    path = zipped(tmp_path / "db.zip", _flows() | ilcd_process("p", exchanges) | method)
    found = stored(tmp_path, path)
    (category,) = found.methods()
    assert (category.method, category.category, category.unit) == ("EF 3.1", "Something else", "kg")
    assert impact_scores(found).tolist() == [[pytest.approx(6.0)]]
    assert {"ZJ832", "ZJ838"} <= set(said(read(path)))


def test_other_flow_properties_convert(tmp_path: Path) -> None:
    """A fuel in kg with 40 MJ/kg is delivered per MJ where its producer says so: 80 MJ are 2 kg."""
    from zuji.background.importers.files import open_source
    from zuji.background.importers.ilcd import prepare
    from zuji.background.importers.options import Options
    from zuji.background.importers.units import convert

    files = ilcd_base() | ilcd_flow("fuel", "Product flow", other=(ENERGY, 40.0))
    source = open_source(zipped(tmp_path / "db.zip", files))
    flow = prepare(source, Options()).flows[uuid("fuel")]
    source.close()
    assert convert("MJ", flow.unit, flow.factors) == pytest.approx(1 / 40)


EPD = (
    '<LCIAResults><LCIAResult><referenceToLCIAMethodDataSet refObjectId="x"/><common:other>'
    '<epd:amount xmlns:epd="http://www.iai.kit.edu/EPD/2013" epd:module="A1-A3">1.5</epd:amount>'
    '<epd:amount xmlns:epd="http://www.iai.kit.edu/EPD/2013" epd:module="C3">0.2</epd:amount>'
    "</common:other></LCIAResult></LCIAResults></processDataSet>"
)


def test_declarations_with_modules_are_refused_by_name(tmp_path: Path) -> None:
    """A data set of ILCD+EPD is an error that names its modules; the processes beside it are read."""
    epd = {
        name: text.replace("</processDataSet>", EPD)
        for name, text in ilcd_process("cement", ilcd_exchange(0, "steel", "Output", 1)).items()
    }
    other = ilcd_process("power plant", ilcd_exchange(0, "power", "Output", 1) + ilcd_exchange(1, CO2, "Output", 0.1))
    imported = read(zipped(tmp_path / "db.zip", {**_flows(), **epd, **other}))
    (finding,) = (one for one in imported.summary.findings if one.code == "ZJ345")
    assert "A1-A3, C3" in finding.what("en")
    assert imported.refused_by(accept_gaps=False)
    assert imported.summary.datasets == 1


def test_flows_read_ahead_show_in_the_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their bytes are a part of the whole and are told before the first dataset; an import can be stopped there."""
    monkeypatch.setattr(progress, "STEP", 1)
    process = ilcd_process("power plant", ilcd_exchange(0, "power", "Output", 1) + ilcd_exchange(1, CO2, "Output", 1))
    path = zipped(tmp_path / "db.zip", {**_flows(), **process})
    told: list[progress.Progress] = []
    import_database(path, Options(workers=1), told.append)
    done = [one.done for one in told if one.step == "read"]
    ahead = [one for one in told if one.step == "read" and one.datasets == 0]
    assert len(ahead) > 3
    assert done == sorted(done)
    assert done[-1] == told[-1].total
    with pytest.raises(progress.CancelledError):
        import_database(path, Options(workers=1), lambda one: one.datasets > 0)
