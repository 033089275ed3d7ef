"""Small databases written out as openLCA JSON-LD, SimaPro CSV, Brightway packages and workbooks, and factor lists."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .building import CH4, CO2, uuid

Json = dict[str, Any]


def ref(name: str, kind: str = "Flow") -> Json:
    """A reference to another document."""
    return {"@type": kind, "@id": CO2[0] if name == "CO2" else CH4[0] if name == "CH4" else uuid(name), "name": name}


def olca_base() -> dict[str, Json]:
    """Unit groups and properties of mass and energy; CO2 and CH4 to air; the place CN."""
    documents: dict[str, Json] = {}
    for name, units in (
        ("mass", {"kg": 1.0, "g": 0.001, "t": 1000.0, "sack": 25.0}),
        ("energy", {"MJ": 1.0, "kWh": 3.6}),
    ):
        group = uuid(f"group {name}")
        documents[f"unit_groups/{group}.json"] = {
            "@type": "UnitGroup", "@id": group, "name": f"Units of {name}",
            "units": [{"@type": "Unit", "@id": uuid(f"unit {u}"), "name": u, "conversionFactor": f, "isRefUnit": f == 1}
                      for u, f in units.items()],
        }  # fmt: skip
        documents[f"flow_properties/{uuid(name)}.json"] = {
            "@type": "FlowProperty", "@id": uuid(name), "name": name,
            "unitGroup": {"@type": "UnitGroup", "@id": group},
        }  # fmt: skip
    for flow in (CO2, CH4):
        documents |= olca_flow(
            flow[1], "ELEMENTARY_FLOW", id=flow[0], category="Elementary flows/Emission to air/unspecified"
        )
    documents["locations/cn.json"] = {"@type": "Location", "@id": uuid("CN"), "name": "China", "code": "CN"}
    return documents


def olca_flow(
    name: str, kind: str = "PRODUCT_FLOW", *, id: str = "", category: str = "", property: str = "mass",
    other: tuple[str, float] | None = None, **more: Any,
) -> dict[str, Json]:  # fmt: skip
    """One flow; `other` is a second property with its value per reference unit."""
    id = id or uuid(name)
    properties = [{"isRefFlowProperty": True, "flowProperty": ref(property, "FlowProperty"), "conversionFactor": 1.0}]
    if other:
        properties.append({"flowProperty": ref(other[0], "FlowProperty"), "conversionFactor": other[1]})
    value = {
        "@type": "Flow",
        "@id": id,
        "name": name,
        "flowType": kind,
        "category": category,
        "flowProperties": properties,
    }
    return {f"flows/{id}.json": {**value, **more}}


def olca_exchange(
    internal: int, flow: str, amount: float, *, taken: bool = True, unit: str = "kg", provider: str = "", **more: Any
) -> Json:
    """One exchange, in the names of openLCA 2."""
    value: Json = {
        "@type": "Exchange", "internalId": internal, "flow": ref(flow), "amount": amount, "isInput": taken,
        "unit": {"@type": "Unit", "@id": uuid(f"unit {unit}"), "name": unit},
    }  # fmt: skip
    if provider:
        value["defaultProvider"] = ref(provider, "Process")
    return {**value, **more}


def olca_process(name: str, *exchanges: Json, **more: Any) -> dict[str, Json]:
    """One process."""
    value = {
        "@type": "Process", "@id": uuid(name), "name": name, "processType": "UNIT_PROCESS",
        "location": ref("CN", "Location"), "exchanges": list(exchanges),
    }  # fmt: skip
    return {f"processes/{uuid(name)}.json": {**value, **more}}


def texts(documents: Mapping[str, Json]) -> dict[str, str]:
    """The documents as files."""
    return {name: json.dumps(value, ensure_ascii=False) for name, value in documents.items()}


def old_names(value: Any) -> Any:
    """The document in the names of openLCA 1: `input` for `isInput`, categories as references."""
    names = {
        "isInput": "input",
        "isQuantitativeReference": "quantitativeReference",
        "isAvoidedProduct": "avoidedProduct",
        "isRefUnit": "referenceUnit",
        "isRefFlowProperty": "referenceFlowProperty",
        "isInputParameter": "inputParameter",
    }
    if isinstance(value, list):
        return [old_names(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {names.get(key, key): old_names(one) for key, one in value.items()}
    if isinstance(found.get("category"), str):
        *path, last = found["category"].split("/")
        found["category"] = {"@type": "Category", "name": last, "categoryPath": path}
    return found


SIMAPRO_HEADER = (
    "{SimaPro 9.5.0.0}\r\n{processes}\r\n{CSV Format version: 9.0.0}\r\n{CSV separator: Semicolon}\r\n"
    "{Decimal separator: ,}\r\n{Date separator: -}\r\n{Short date format: yyyy-MM-dd}\r\n\r\n"
)
SIMAPRO_TABLES = (
    "Products", "Waste treatment", "Avoided products", "Resources", "Materials/fuels", "Electricity/heat",
    "Emissions to air", "Emissions to water", "Emissions to soil", "Final waste flows", "Non material emissions",
    "Social issues", "Economic issues", "Waste to treatment", "Input parameters", "Calculated parameters",
)  # fmt: skip


def simapro_process(id: str, tables: Mapping[str, Sequence[str]], *, name: str = "", place: str = "Unspecified") -> str:
    """One process with all its sections, empty ones too, as SimaPro writes them."""
    lines = [
        "Process",
        "",
        "Category type",
        "material",
        "",
        "Process identifier",
        id,
        "",
        "Type",
        "Unit process",
        "",
        "Process name",
        name,
        "",
        "Time period",
        "2015-2019",
        "",
        "Geography",
        place,
        "",
        "Comment",
        "a\x7fb",
        "",
    ]
    for table in SIMAPRO_TABLES:
        if table in ("Products", "Waste treatment") and table not in tables:
            continue
        lines += [table, *tables.get(table, ()), ""]
    return "\r\n".join([*lines, "End", "", ""])


def simapro_block(name: str, *rows: str) -> str:
    """A block that is a table itself."""
    return "\r\n".join([name, *rows, "", "End", "", ""])


def simapro_method(name: str, category: str, unit: str, *rows: str) -> str:
    """A method with one impact category."""
    lines = [
        "Method",
        "",
        "Name",
        name,
        "",
        "Version",
        "1;0",
        "",
        "Impact category",
        f"{category};{unit}",
        "",
        "Substances",
        *rows,
        "",
        "Normalization-Weighting set",
        "w",
        "",
        "End",
        "",
        "",
    ]
    return "\r\n".join(lines)


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """An Excel workbook with the rows of each sheet."""
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
    book.close()
    return target.getvalue()


EXCHANGES = [
    "name",
    "amount",
    "unit",
    "database",
    "categories",
    "location",
    "type",
    "formula",
    "uncertainty type",
    "loc",
    "scale",
    "minimum",
    "maximum",
]


def npy(values: Any) -> bytes:
    """An array as the bytes of an .npy file."""
    target = io.BytesIO()
    np.save(target, np.asarray(values))
    return target.getvalue()


INDICES = np.dtype([("row", np.int64), ("col", np.int64)])


def package(
    groups: Mapping[str, tuple[str, Sequence[tuple[int, int]], Sequence[float], Sequence[bool]]],
    *,
    more: Sequence[Json] = (),
    files: Mapping[str, bytes] | None = None,
    **about: Any,
) -> dict[str, bytes]:
    """A datapackage: group → (matrix, indices, data, flip)."""
    resources: list[Json] = []
    found: dict[str, bytes] = dict(files or {})
    for group, (matrix, indices, data, flip) in groups.items():
        parts = {
            "indices": np.array(list(indices), INDICES),
            "data": np.array(data, float),
            "flip": np.array(flip, bool),
        }
        for kind, values in parts.items():
            found[f"{group}.{kind}.npy"] = npy(values)
            resources.append(
                {"matrix": matrix, "group": group, "kind": kind, "path": f"{group}.{kind}.npy", "name": kind}
            )
    value = {"profile": "data-package", "name": "p", "resources": [*resources, *more], **about}
    return {"datapackage.json": json.dumps(value).encode(), **found}


def _olca() -> dict[str, bytes]:
    lognormal = {"distributionType": "LOG_NORMAL_DISTRIBUTION", "geomMean": 2.0, "geomSd": 1.2}
    shares = [{"allocationType": "CAUSAL_ALLOCATION", "product": ref("a"), "value": 1.0, "exchange": {"internalId": 2}}]
    documents = {
        **olca_base(),
        **olca_flow("a"),
        **olca_flow("b", property="energy", other=("mass", 2.0)),
        **olca_flow("w", "WASTE_FLOW"),
        **olca_process(
            "a",
            olca_exchange(1, "a", 1, taken=False, isQuantitativeReference=True),
            olca_exchange(2, "b", 2, unit="kWh", provider="b", uncertainty=lognormal),
            olca_exchange(3, "CO2", 0, taken=False, amountFormula="k*2"),
            olca_exchange(4, "w", 0.1, taken=False),
            parameters=[{"name": "k", "isInputParameter": True, "value": 2}],
            allocationFactors=shares,
        ),
        **olca_process(
            "b",
            olca_exchange(1, "b", 1, taken=False, unit="MJ", isQuantitativeReference=True),
            olca_exchange(2, "CO2", 3, taken=False, unit="g"),
        ),
        **olca_process(
            "t", olca_exchange(1, "w", 1, isQuantitativeReference=True), olca_exchange(2, "CH4", 1, taken=False)
        ),
        "parameters/g.json": {"@type": "Parameter", "@id": "g", "name": "g", "isInputParameter": True, "value": 1},
        "lcia_categories/c.json": {
            "@type": "ImpactCategory",
            "@id": "c",
            "name": "GWP",
            "refUnit": "kg",
            "impactFactors": [{"flow": ref("CO2"), "value": 1.0}],
        },
        "product_systems/s.json": {
            "@type": "ProductSystem",
            "@id": "s",
            "processLinks": [
                {
                    "process": ref("a", "Process"),
                    "provider": ref("b", "Process"),
                    "flow": ref("b"),
                    "exchange": {"internalId": 2},
                }
            ],
        },
    }
    return {name: text.encode() for name, text in texts(documents).items()}


def _simapro() -> dict[str, bytes]:
    text = (
        SIMAPRO_HEADER
        + simapro_process(
            "p1",
            {
                "Products": ["a {CN};kg;2;60;not defined;M\\a;", "a2;kg;1;40;not defined;M;"],
                "Materials/fuels": ["b;kWh;0,5*k;Lognormal;1,4;0;0;"],
                "Emissions to air": ['"Carbon dioxide, fossil";high. pop.;kg;1;Normal;0,2;0;0;'],
                "Waste to treatment": ["w;kg;0,1;Undefined;0;0;0;"],
                "Input parameters": ["k;2;Uniform;0;1;3;No;"],
                "Calculated parameters": ["c;Iff(k>1; 2; 3)^d;"],
            },
        )
        + simapro_process(
            "p2",
            {
                "Products": ["b;kWh;1;100;not defined;E;"],
                "Emissions to air": ["Methane, fossil;;sack;1;Triangle;0;0,5;2;"],
            },
        )
        + simapro_process(
            "p3", {"Waste treatment": ["w;kg;1;All;W;"], "Resources": ["Coal;in ground;kg;1;Undefined;0;0;0;"]}
        )
        + simapro_block("Units", "kg;Mass;1;kg", "sack;Mass;25;kg")
        + simapro_block("Airborne emissions", "Carbon dioxide, fossil;kg;000124-38-9;")
        + simapro_block("Database Input parameters", "d;1;Undefined;0;0;0;No;")
        + simapro_method("M", "GWP", "kg CO2 eq", "Air;(unspecified);Carbon dioxide, fossil;000124-38-9;1;kg")
    )
    return {"db.csv": text.encode("cp1252")}


def bw_rows() -> list[list[Any]]:
    """A Brightway sheet with two activities."""
    return [
        ["cutoff", 14],
        ["Database", "mine"],
        [],
        ["Project parameters"],
        ["name", "amount", "formula"],
        ["k", 2, ""],
        ["l", "", "k*2"],
        [],
        ["Activity", "steel"],
        ["code", "s"],
        ["location", "CN"],
        ["unit", "kilogram"],
        ["reference product", "steel sheet"],
        ["Exchanges"],
        EXCHANGES,
        ["steel", 2, "kilogram", "mine", "", "CN", "production"],
        ["power", "", "kilowatt hour", "mine", "", "CN", "technosphere", "l/2", 2, 0.69, 0.1],
        ["Carbon dioxide, fossil", 3, "kilogram", "biosphere3", "air::urban air", "", "biosphere", "", 4, "", "", 1, 5],
        [],
        ["Activity", "power"],
        ["location", "CN"],
        ["unit", "kilowatt hour"],
        ["Exchanges"],
        EXCHANGES,
        ["Methane, fossil", 4, "kilogram", "biosphere3", "air", "", "biosphere"],
    ]


def _package() -> dict[str, bytes]:
    words = b'id,name,unit,categories,code\n1,a,kilogram,,\n2,b,kilogram,,\n9,"Carbon dioxide, fossil",kilogram,air,\n'
    return package(
        {
            "t": ("technosphere_matrix", [(1, 1), (2, 2), (2, 1)], [2.0, 1.0, 0.5], [False, False, True]),
            "b": ("biosphere_matrix", [(9, 1), (9, 2)], [3.0, 4.0], [False, False]),
            "c": ("characterization_matrix", [(9, 9)], [1.0], [False]),
        },
        more=[{"format": "csv", "mediatype": "text/csv", "path": "names.csv", "name": "names"}],
        files={"names.csv": words},
    )


FACTORS = (
    '产品名称,编号,排放因子,单位,系统边界,地区,年份,数据来源,GWP\n"钢，热轧",A1,2.31,tCO2e/t,从摇篮到大门,CN,2023,清单,AR5\n'
    "全国电力平均,B1,0.5777,kgCO2e/kWh,生命周期,CN,2024,公告,\n水泥,C1,950 gCO2e/kg,,,CN,2023,清单,AR6\n"
    "柴油燃烧,D1,3.145 tCO2/t,,直接排放,CN,2023,指南,\n"
)

MORE: dict[str, dict[str, bytes]] = {
    "olca_jsonld": _olca(),
    "simapro_csv": _simapro(),
    "brightway_excel": {"book.xlsx": workbook({"one": bw_rows()})},
    "brightway_package": _package(),
    "factor_list": {"factors.csv": FACTORS.encode()},
    "factor_list gbk": {"factors.csv": FACTORS.encode("gb18030")},
}
"""Valid files of every format for mutations."""
