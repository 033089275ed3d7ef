"""An empty workbook for a chemistry: labels, drop-down lists, and example rows behind a #, which are not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zuji.study.workbook.layout import FIELDS
from zuji.study.workbook.write import Listed, written

CHEMISTRIES: Mapping[str, str] = {"lfp": "LFP", "nmc": "NMC", "sodium-ion": "Na-ion"}
"""Word of the command line → what is written into the field 'chemistry'."""

_CELL = {
    "lfp": (
        ("lfp-cathode", "磷酸铁锂正极材料", "LFP cathode material", "cathode"),
        ("aluminium-foil", "铝箔", "Aluminium foil", "cathode"),
        ("graphite", "石墨", "Graphite", "anode"),
        ("copper-foil", "铜箔", "Copper foil", "anode"),
    ),
    "nmc": (
        ("nmc-cathode", "三元正极材料", "NMC cathode material", "cathode"),
        ("aluminium-foil", "铝箔", "Aluminium foil", "cathode"),
        ("graphite", "石墨", "Graphite", "anode"),
        ("copper-foil", "铜箔", "Copper foil", "anode"),
    ),
    "sodium-ion": (
        ("sodium-cathode", "钠电正极材料", "Sodium-ion cathode material", "cathode"),
        ("aluminium-foil-cathode", "正极铝箔", "Aluminium foil, cathode", "cathode"),
        ("hard-carbon", "硬碳", "Hard carbon", "anode"),
        ("aluminium-foil-anode", "负极铝箔", "Aluminium foil, anode", "anode"),
    ),
}
"""Parts of a cell that a bill of materials of this chemistry has in any case: id, names, component group."""
_EVERY_CELL = (
    ("binder", "粘结剂", "Binder", "cathode"),
    ("electrolyte", "电解液", "Electrolyte", "electrolyte"),
    ("separator", "隔膜", "Separator", "separator"),
    ("cell-housing", "电芯壳体", "Cell housing", "casing"),
)
_PACK = (
    ("module", "my-product", "模组", "Module", "module", "item"),
    ("housing", "my-product", "箱体", "Housing", "enclosure", "kg"),
    ("cold-plate", "my-product", "冷板", "Cold plate", "thermal", "kg"),
    ("bms", "my-product", "电池管理系统", "Battery management system", "electronics", "kg"),
    ("cable", "my-product", "线束", "Cables", "pack", "kg"),
    ("cell", "module", "电芯", "Cell", "cell", "item"),
)


def template_of(chemistry: str, datasets: Sequence[Listed]) -> bytes:
    """The empty workbook; `chemistry` is a key of CHEMISTRIES."""
    fields = {
        "product.chemistry": CHEMISTRIES[chemistry],
        "boundary": "cradle-to-grave",
        "mass_tolerance": "0.05",
    }
    units = {"product.mass": "kg", "product.rated_energy": "kWh", "product.usable_energy": "kWh",
             "service_life.cycles": "cycle", "service_life.years": "a", "service_life.mean_capacity_factor": "%",
             "service_life.warranty_years": "a", "service_life.warranty_distance": "km",
             "use.round_trip_efficiency": "%", "use.auxiliary_energy": "kWh/a"}  # fmt: skip
    rows = {
        "product": [
            {"key": key, "value": fields.get(key, ""), "unit": units.get(key, "")} for key in FIELDS
        ]
    }  # fmt: skip
    meta = {"study": "", "digest": "", "chemistry": chemistry}
    return written(rows, {}, datasets, meta, examples=_examples(chemistry))


def _examples(chemistry: str) -> dict[str, list[dict[str, str]]]:
    cell = [
        {"item": id, "parent": "cell", "name_zh": zh, "name_en": en, "component_group": group, "unit": "kg"}
        for id, zh, en, group in (*_CELL[chemistry], *_EVERY_CELL)
    ]
    pack = [
        {"item": id, "parent": parent, "name_zh": zh, "name_en": en, "component_group": group, "unit": unit}
        for id, parent, zh, en, group, unit in _PACK
    ]
    bom = [*pack, *cell]
    bom[0] |= {"amount": "10", "mass": "62", "mass_unit": "kg", "kind": "measured 实测", "source": "ERP 2025-12"}
    return {
        "plants": [{"id": "plant-1", "name_zh": "一号工厂", "name_en": "Plant 1", "country": "CN", "region": "CN-FJ"}],
        "choices": [{"key": "allocation", "value": "mass"}],
        "bom": bom,
        "processes": [
            {"id": "cell-production", "name_zh": "电芯生产", "name_en": "Cell production", "produces": "cell",
             "amount": "1000", "unit": "item", "plant": "plant-1", "stage": "生产 production",
             "component_group": "电芯 cell", "kind": "实测 measured", "source": "MES 2025"},
        ],
        "exchanges": [
            {"process": "cell-production", "id": "electricity", "name_zh": "电力", "name_en": "Electricity",
             "role": "能源 energy", "electricity": "plant-1", "meters": "M1"},
            {"process": "cell-production", "id": "nmp", "name_zh": "NMP 溶剂", "name_en": "NMP solvent",
             "role": "辅料 auxiliary", "amount": "12.5", "unit": "kg", "kind": "实测 measured"},
        ],
        "co_products": [{"process": "cell-production", "id": "scrap-foil", "amount": "3", "unit": "kg"}],
        "activities": [{"id": "collection", "name_zh": "回收运输", "name_en": "Collection", "amount": "164",
                        "unit": "tkm"}],
        "materials": [{"id": "aluminium", "name_zh": "铝", "name_en": "Aluminium", "category": "aluminium"}],
        "data": [{"part": "material", "id": "aluminium", "property": "recycling_rate", "amount": "0.9", "unit": "1",
                  "kind": "假设 assumed"}],
        "electricity": [{"meter": "M1", "point": "grid-1", "plant": "plant-1", "process": "cell-production",
                         "start": "2025-01-01", "end": "2025-06-30", "amount": "60000", "unit": "kWh",
                         "supply": "电网 grid", "kind": "实测 measured"}],
        "instruments": [{"id": "GEC-1", "type": "绿证 gec", "plant": "plant-1", "amount": "20000", "unit": "kWh",
                         "country": "CN", "generated_start": "2025-03-01", "generated_end": "2025-03-31"}],
        "transport": [{"id": "to-customer", "name_zh": "发运客户", "name_en": "To the customer",
                       "stage": "分销 distribution", "distance": "1200", "distance_unit": "km",
                       "from": "plant-1", "to": "客户 / customer"}],
        "evidence": [{"id": "EV-1", "file": "meter-2025.pdf", "title_zh": "电费单", "title_en": "Electricity bill"}],
    }  # fmt: skip
