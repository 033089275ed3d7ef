"""openLCA JSON-LD: every feature on small files, results by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from zuji.background.store.stored import StoredBackground
from zuji.footprint.stored import gas_table

from .building import CO2, read, said, stored, uuid, zipped
from .building_formats import (
    Json,
    olca_base,
    olca_exchange,
    olca_flow,
    olca_process,
    old_names,
    ref,
    texts,
)


def made(name: str, amount: float = 1.0, *, unit: str = "kg", taken: bool = False) -> Json:
    """The reference exchange."""
    return olca_exchange(1, name, amount, taken=taken, unit=unit, isQuantitativeReference=True)


def co2(internal: int, amount: float, **more: object) -> Json:
    """An emission of fossil CO2."""
    return olca_exchange(internal, "CO2", amount, taken=False, **more)


def score(found: StoredBackground, id: str) -> float:
    """kg of fossil CO2 per unit of the product of a dataset."""
    i = found.index_of(id)
    assert i is not None
    return sum(x.amount for x in gas_table(found).interventions(i) if x.gas == "CO2 fossil")


def write(tmp_path: Path, *documents: dict[str, Json]) -> Path:
    """A zip of unit groups, gases and the documents."""
    whole = {**olca_base()}
    for one in documents:
        whole |= one
    return zipped(tmp_path / "db.zip", texts(whole))


def test_units_providers_and_flow_properties(tmp_path: Path) -> None:
    """g, kWh, a unit of the file's own (sack = 25 kg) and kg of a flow in MJ (2 kg per MJ), by default provider."""
    path = write(
        tmp_path,
        olca_flow("steel"), olca_flow("fuel", property="energy", other=("mass", 2.0)),
        olca_process("steel", made("steel", 1, unit="sack"), olca_exchange(2, "fuel", 1, unit="kWh", provider="fuel"),
                     olca_exchange(3, "fuel", 4, provider="fuel"), co2(4, 500, unit="g")),
        olca_process("fuel", made("fuel", 1, unit="MJ"), co2(2, 0.1)),
    )  # fmt: skip
    found = stored(tmp_path, path)
    # one sack: 3.6 MJ + 4 kg / (2 kg/MJ) = 5.6 MJ · 0.1 kg + 0.5 kg = 1.06 kg CO2 for 25 kg
    assert score(found, uuid("steel")) == pytest.approx(1.06 / 25, rel=1e-12)
    assert found.dataset(found.index_of(uuid("steel")) or 0).geography == "CN"


def test_two_properties_of_one_unit(tmp_path: Path) -> None:
    """MJ of the upper heating value are not MJ of the lower one: 1 MJ (lower) = 1.1 MJ (upper)."""
    upper: Json = {
        "@type": "FlowProperty",
        "@id": uuid("upper"),
        "name": "upper",
        "unitGroup": {"@id": uuid("group energy")},
    }
    path = write(
        tmp_path,
        {"flow_properties/upper.json": upper},
        olca_flow("a"),
        olca_flow("gas", property="energy", other=("upper", 1.1)),
        olca_process("a", made("a"), olca_exchange(2, "gas", 1, unit="kWh", flowProperty=ref("upper", "FlowProperty"))),
        olca_process("gas", made("gas", unit="MJ"), co2(2, 0.056)),
    )
    assert score(stored(tmp_path, path), uuid("a")) == pytest.approx(3.6 / 1.1 * 0.056)


def test_names_of_openlca_1(tmp_path: Path) -> None:
    """Files of openLCA 1 and 2 give one database, in a folder as well as in a zip."""
    documents = {
        **olca_base(), **olca_flow("a"), **olca_flow("w", "WASTE_FLOW"),
        **olca_process("a", made("a"), co2(2, 2), olca_exchange(3, "w", 3, taken=False, provider="t")),
        **olca_process("t", made("w", taken=True), co2(2, 0.5)),
    }  # fmt: skip
    new = stored(tmp_path / "1", zipped(tmp_path / "new.zip", texts(documents)))
    for name, value in documents.items():
        target = tmp_path / "old" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(old_names(value)), encoding="utf-8")
    old = stored(tmp_path / "2", tmp_path / "old")
    assert score(new, uuid("a")) == pytest.approx(2 + 3 * 0.5)
    assert old.digest == new.digest


def test_waste_and_avoided_products(tmp_path: Path) -> None:
    """A waste output is treated by who takes the waste flow in; avoided products and avoided waste are credits."""
    path = write(
        tmp_path,
        olca_flow("a"), olca_flow("heat", property="energy"), olca_flow("w", "WASTE_FLOW"),
        olca_process("a", made("a"), olca_exchange(2, "w", 2, taken=False),
                     olca_exchange(3, "heat", 5, unit="MJ", isAvoidedProduct=True),
                     olca_exchange(4, "w", 0.5, taken=False, isAvoidedProduct=True)),
        olca_process("heat", made("heat", unit="MJ"), co2(2, 0.07)),
        olca_process("t", made("w", taken=True), co2(2, 0.4)),
    )  # fmt: skip
    found = stored(tmp_path, path)
    assert score(found, uuid("a")) == pytest.approx(2 * 0.4 - 5 * 0.07 - 0.5 * 0.4)
    assert found.dataset(found.index_of(uuid("t")) or 0).treats == 1


def factor(product: str, value: float, kind: str, exchange: int = 0) -> Json:
    """An allocation factor."""
    found: Json = {"allocationType": f"{kind}_ALLOCATION", "product": ref(product), "value": value}
    return {**found, "exchange": {"internalId": exchange}} if exchange else found


@pytest.mark.parametrize(
    ("method", "option", "expected"),
    [
        # 10 kg CO2 (exchange 3) and 4 kg CO2 (exchange 4) for 1 kg a and 2 kg b
        ("PHYSICAL_ALLOCATION", "given", (14 * 0.25, 14 * 0.75 / 2)),
        ("ECONOMIC_ALLOCATION", "given", (14 * 0.6, 14 * 0.4 / 2)),
        ("CAUSAL_ALLOCATION", "given", (10 * 0.9 + 4 * 0.2, (10 * 0.1 + 4 * 0.8) / 2)),
        ("NO_ALLOCATION", "mass", (14 * 0.25, 14 * 0.75 / 2)),
        ("", "economic", (14 * 0.6, 14 * 0.4 / 2)),
    ],
)
def test_allocation(tmp_path: Path, method: str, option: str, expected: tuple[float, float]) -> None:
    """Shares by the process's default method; where it names none, by the one that the user asks for."""
    factors = [factor("a", 0.25, "PHYSICAL"), factor("b", 0.75, "PHYSICAL"), factor("a", 0.6, "ECONOMIC"),
               factor("b", 0.4, "ECONOMIC"), factor("a", 0.9, "CAUSAL", 3), factor("b", 0.1, "CAUSAL", 3),
               factor("a", 0.2, "CAUSAL", 4), factor("b", 0.8, "CAUSAL", 4)]  # fmt: skip
    more = {"defaultAllocationMethod": method} if method else {}
    path = write(
        tmp_path, olca_flow("a"), olca_flow("b"), olca_flow("c"),
        olca_process("p", made("a"), olca_exchange(2, "b", 2, taken=False), co2(3, 10), co2(4, 4),
                     allocationFactors=factors, **more),
        olca_process("c", made("c"), olca_exchange(2, "b", 1, provider="p")),
    )  # fmt: skip
    found = stored(tmp_path, path, allocation=option)
    assert score(found, uuid("p")) == pytest.approx(expected[0])
    assert score(found, uuid("c")) == pytest.approx(expected[1])


def test_allocation_that_nobody_says(tmp_path: Path) -> None:
    """Two products without a method are a gap, and shares that do not add up are an error."""
    one = olca_process("p", made("a"), olca_exchange(2, "b", 2, taken=False), co2(3, 10))
    path = write(tmp_path, olca_flow("a"), olca_flow("b"), one)
    assert "ZJ820" in said(read(path))
    factors = [factor("a", 0.5, "PHYSICAL"), factor("b", 0.1, "PHYSICAL")]
    one = olca_process("p", made("a"), olca_exchange(2, "b", 2, taken=False), co2(3, 10), allocationFactors=factors,
                       defaultAllocationMethod="PHYSICAL_ALLOCATION")  # fmt: skip
    assert "ZJ821" in said(read(write(tmp_path, olca_flow("a"), olca_flow("b"), one)))


def test_parameters(tmp_path: Path) -> None:
    """Global, input and dependent parameters; a process's own hides the global one, and formulas decide."""
    parameters = [{"name": "k", "isInputParameter": True, "value": 3.0},
                  {"name": "d", "isInputParameter": False, "formula": "k^2 + g", "value": 0.0}]  # fmt: skip
    path = write(
        tmp_path, olca_flow("a"),
        {"parameters/g.json": {"@type": "Parameter", "@id": "g", "name": "g", "isInputParameter": True, "value": 0.5},
         "parameters/k.json": {"@type": "Parameter", "@id": "k", "name": "k", "isInputParameter": True, "value": 99.0}},
        olca_process("a", made("a"), co2(2, 1.0, amountFormula="if(d > 9; 2*d; 0)"), parameters=parameters),
    )  # fmt: skip
    found = stored(tmp_path, path)
    assert score(found, uuid("a")) == pytest.approx(2 * (9 + 0.5))
    assert sorted((row[0], row[1]) for row in found.rows("parameter")) == [(-1, "g"), (-1, "k"), (0, "d"), (0, "k")]


@pytest.mark.parametrize("formula", ["9^9^9^9", "nobody + 1", "__import__('os')", "k", "1e308*10"])
def test_formulas_that_cannot_be(tmp_path: Path, formula: str) -> None:
    """Power towers, unknown names, code, a parameter that depends on itself: an error at the process."""
    loop = [{"name": "k", "isInputParameter": False, "formula": "k + 1"}]
    one = olca_process("a", made("a"), co2(2, 1.0, amountFormula=formula), parameters=loop)
    assert "ZJ822" in said(read(write(tmp_path, olca_flow("a"), one)))


def test_product_systems(tmp_path: Path) -> None:
    """Links of a product system go before default providers; systems that differ are said and change nothing."""

    def system(name: str, provider: str) -> dict[str, Json]:
        link = {"process": ref("a", "Process"), "provider": ref(provider, "Process"), "flow": ref("p"),
                "exchange": {"internalId": 2}}  # fmt: skip
        return {f"product_systems/{name}.json": {"@type": "ProductSystem", "@id": name, "processLinks": [link]}}

    base = (
        olca_flow("a"), olca_flow("p"), olca_process("a", made("a"), olca_exchange(2, "p", 1, provider="coal")),
        olca_process("coal", made("p"), co2(2, 1)), olca_process("wind", made("p"), co2(2, 0.01)),
    )  # fmt: skip
    assert score(stored(tmp_path / "1", write(tmp_path, *base)), uuid("a")) == pytest.approx(1)
    linked = write(tmp_path, *base, system("s1", "wind"))
    assert score(stored(tmp_path / "2", linked), uuid("a")) == pytest.approx(0.01)
    both = write(tmp_path, *base, system("s1", "wind"), system("s2", "coal"))
    assert "ZJ843" in said(read(both))
    assert score(stored(tmp_path / "3", both), uuid("a")) == pytest.approx(1)


def test_methods_and_uncertainty(tmp_path: Path) -> None:
    """A category with its method; factors per g are those per kg times 1000; distributions in the exchange's unit."""
    distributions = [
        {"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomMean": 2.0, "geomSd": 1.5},
        {"distributionType": "NORMAL_DISTRIBUTION", "mean": 2.0, "sd": 0.1},
        {"distributionType": "TRIANGLE_DISTRIBUTION", "minimum": 1.0, "mode": 2.0, "maximum": 4.0},
        {"distributionType": "UNIFORM_DISTRIBUTION", "minimum": 1.0, "maximum": 3.0},
    ]
    lines = [co2(i, 2, uncertainty=one) for i, one in enumerate(distributions, 2)]
    grams = {"@type": "Unit", "@id": uuid("unit g"), "name": "g"}
    path = write(
        tmp_path,
        olca_flow("a"),
        olca_process("a", made("a"), *lines),
        {
            "lcia_methods/m.json": {
                "@type": "ImpactMethod",
                "@id": "m",
                "name": "EF 3.1",
                "impactCategories": [{"@id": "c"}],
            },
            "lcia_categories/c.json": {
                "@type": "ImpactCategory",
                "@id": "c",
                "name": "Climate change",
                "refUnit": "kg CO2 eq",
                "impactFactors": [{"flow": ref("CO2"), "unit": grams, "value": 0.001}],
            },
        },
    )
    found = stored(tmp_path, path)
    [method] = found.methods()
    assert (method.method, method.category, method.unit) == ("EF 3.1", "Climate change", "kg CO2 eq")
    assert found.array("factor_amount").tolist() == [pytest.approx(1.0)]
    assert found.array("bio_unc_kind").tolist() == [2, 3, 5, 4]
    assert found.array("bio_unc_loc").tolist()[:3] == [pytest.approx(math.log(2)), 2, 2]
    assert found.array("bio_unc_scale").tolist()[:2] == [pytest.approx(math.log(1.5)), pytest.approx(0.1)]
    assert found.array("bio_unc_high").tolist()[2:] == [4, 3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        '{"@type": "Process", "exchanges": 7}',
        '{"@type":"Process","@id":"x","exchanges":[{"flow":3}]}',
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"@type": "Process", "@id": "x", "n": ' + "9" * 5000 + "}",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_broken_documents(tmp_path: Path, text: str) -> None:
    """Truncated, nested and mistyped documents are findings with their file; the rest is read."""
    documents = texts({**olca_base(), **olca_flow("a"), **olca_process("a", made("a"), co2(2, 1))})
    imported = read(zipped(tmp_path / "db.zip", {**documents, "processes/broken.json": text}))
    assert {"ZJ840", "ZJ808", "ZJ827"} & set(said(imported)) or imported.summary.records == 1
    assert imported.summary.records >= 1
    assert all(
        f.place.file == "processes/broken.json" for f in imported.summary.findings if f.code in ("ZJ840", "ZJ808")
    )


def test_amounts_that_are_none(tmp_path: Path) -> None:
    """NaN, infinity and text in JSON are no amounts."""
    for value in ("NaN", "Infinity", "-Infinity", '"x"', "null", "1e999", "true"):
        documents = texts({**olca_base(), **olca_flow("a"), **olca_process("a", made("a"), co2(2, 7654321))})
        path = zipped(tmp_path / "db.zip", {n: t.replace("7654321", value) for n, t in documents.items()})
        assert {"ZJ809", "ZJ810"} & set(said(read(path))), value


def test_flows_that_are_missing(tmp_path: Path) -> None:
    """A known gas without its document is one by its UUID, and the missing document is counted."""
    documents = texts({**olca_base(), **olca_flow("a"), **olca_process("a", made("a"), co2(2, 3))})
    del documents[f"flows/{CO2[0]}.json"]
    changed = {
        n: t.replace('"name": "CO2"', '"name": "CO2", "flowType": "ELEMENTARY_FLOW"') for n, t in documents.items()
    }
    path = zipped(tmp_path / "db.zip", changed)
    assert score(stored(tmp_path, path), uuid("a")) == pytest.approx(3)
    assert "ZJ826" in said(read(path))
