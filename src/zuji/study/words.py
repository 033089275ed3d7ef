"""The words a study may use beside the English ones: Chinese column headers and values, names of dimensions.

The only table of its kind: docs/study.md lists it, and the Excel workbook uses it too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from zuji.datum import LocalText

HEADERS: Mapping[str, tuple[str, ...]] = {
    "item": ("零部件", "物料", "零部件编号", "物料编号", "物料编码", "子项"),
    "parent": ("上级", "父项", "上级零部件", "上级物料", "所属部件"),
    "name_zh": ("名称", "中文名称", "中文名"),
    "name_en": ("英文名称", "英文名"),
    "component_group": ("部件组", "部件类别", "组件类别"),
    "amount": ("数量", "用量", "电量"),
    "unit": ("单位", "计量单位"),
    "dataset": ("数据集", "背景数据", "背景数据集"),
    "process": ("过程", "工序", "单元过程"),
    "supplier": ("供应商足迹", "供应商"),
    "material": ("材料", "材质"),
    "scrap": ("损耗率", "废品率", "报废率"),
    "mass": ("质量", "重量", "单重", "单件质量"),
    "mass_unit": ("质量单位", "重量单位"),
    "cut_off": ("取舍", "取舍理由", "排除理由"),
    "kind": ("数据类型", "数据种类"),
    "source": ("来源", "数据来源"),
    "evidence": ("证据", "证据编号", "证明材料"),
    "note": ("备注", "说明"),
    "period_start": ("数据起始日期", "期间开始"),
    "period_end": ("数据结束日期", "期间结束"),
    "dq_technology": ("技术代表性",),
    "dq_geography": ("地理代表性",),
    "dq_time": ("时间代表性",),
    "dq_precision": ("精确性", "精度"),
    "missing": ("缺失", "缺失原因"),
    "meter": ("电表", "电表编号", "表号"),
    "point": ("计量点", "供电点"),
    "plant": ("工厂", "厂区"),
    "start": ("开始日期", "起始日期", "起点", "起始地"),
    "end": ("结束日期", "截止日期", "终点", "目的地"),
    "supply": ("供电方式", "供应方式"),
    "certificate_sold": ("证书已出售", "绿证已出售", "证书已售"),
    "id": ("编号", "序号"),
    "type": ("类型",),
    "country": ("国家", "国家代码"),
    "generated_start": ("发电开始日期", "发电起始日期"),
    "generated_end": ("发电结束日期", "发电截止日期"),
    "retired_on": ("注销日期", "核销日期"),
    "beneficiary": ("受益人", "受益方"),
    "stage": ("阶段", "生命周期阶段"),
    "distance": ("距离", "运输距离"),
    "distance_unit": ("距离单位",),
    "file": ("文件", "文件名"),
    "sha256": ("哈希", "SHA-256", "校验值"),
    "title_zh": ("标题", "中文标题"),
    "title_en": ("英文标题",),
}

VALUES: Mapping[str, tuple[str, ...]] = {
    "measured": ("实测", "测量"),
    "calculated": ("计算",),
    "supplier": ("供应商", "供应商提供"),
    "estimated": ("估算", "估计"),
    "secondary": ("次级", "次级数据", "二次数据"),
    "assumed": ("假设", "假定"),
    "grid": ("电网", "市电"),
    "on_site": ("自发", "自发自用", "现场"),
    "direct_line": ("直供", "专线", "直连"),
    "gec": ("绿证", "GEC"),
    "irec": ("I-REC",),
    "green_power_trade": ("绿电交易", "绿电"),
    "supplier_product": ("售电产品",),
    "raw_material": ("原材料", "原材料获取"),
    "production": ("生产", "制造"),
    "distribution": ("分销", "运输"),
    "use": ("使用",),
    "end_of_life": ("报废", "生命末期", "回收"),
    "cathode": ("正极",),
    "anode": ("负极",),
    "electrolyte": ("电解液", "电解质"),
    "separator": ("隔膜",),
    "casing": ("外壳", "壳体"),
    "cell": ("电芯", "单体"),
    "electronics": ("电子", "电子件"),
    "thermal": ("热管理",),
    "module": ("模组", "模块"),
    "pack": ("电池包", "电池簇"),
    "enclosure": ("箱体", "机柜", "集装箱"),
    "pcs": ("变流器", "储能变流器"),
    "auxiliary": ("辅助", "辅料"),
    "packaging": ("包装",),
    "cooling_outside": ("外部冷却", "箱外冷却"),
    "installation": ("安装", "最终安装"),
    "capital_goods": ("资本货物", "生产设备"),
    "none": ("无",),
    "material": ("物料", "材料"),
    "product": ("产品",),
    "energy": ("能源",),
    "transport": ("运输",),
    "emission": ("排放",),
    "waste": ("废物", "废弃物"),
    "yes": ("是", "true", "1", "y"),
    "no": ("否", "false", "0", "n"),
}

DIMENSIONS: Mapping[str, str] = {
    "mass": "a mass 质量 (kg, t)",
    "energy": "an energy 能量 (kWh, MJ)",
    "length": "a distance 距离 (km)",
    "length*mass": "transport work 运输量 (tkm)",
    "count": "a count 件数 (item)",
    "cycle": "a number of cycles 循环次数 (cycle)",
    "time": "a time 时间 (a, d, h)",
    "volume": "a volume 体积 (m3, L)",
    "standard_volume": "a gas volume 标准体积 (Nm3)",
    "area": "an area 面积 (m2)",
    "co2e": "a mass of CO2e 二氧化碳当量 (kgCO2e)",
    "power": "a power 功率 (kW)",
    "1": "a share or pure number 比例或纯数 (1, %)",
    "energy/time": "an energy per time 单位时间能量 (kWh/a)",
    "energy/mass": "an energy per mass 单位质量能量 (MJ/kg)",
    "currency_cny": "money 金额 (CNY, EUR, USD)",
}


def folded(text: str) -> str:
    """The form under which words are compared: half width, small letters, no spaces or hyphens."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return plain.replace(" ", "_").replace("-", "_")


_HEADER_OF = {folded(alias): name for name, aliases in HEADERS.items() for alias in (name, *aliases)}


def header_of(text: str) -> str:
    """The English column name that a typed header means, or the header itself when it is not known."""
    return _HEADER_OF.get(folded(text), text)


def value_of(text: str, known: tuple[str, ...]) -> str:
    """The word of `known` that `text` means in either language, '' when there is none."""
    wish = folded(text)
    for word in known:
        if wish == folded(word) or wish in (folded(alias) for alias in VALUES.get(word, ())):
            return word
    return ""


def name_of(value: str) -> LocalText:
    """A word of the study, such as a component group, as people read it: `raw_material` → 原材料, raw material."""
    return LocalText(VALUES[value][0] if value in VALUES else value, value.replace("_", " "))


def dimension_in_words(dimension: str) -> str:
    """The dimension as people call it, in both languages with example units."""
    if dimension in DIMENSIONS:
        return DIMENSIONS[dimension]
    return DIMENSIONS["currency_cny"] if dimension.startswith("currency_") else dimension
