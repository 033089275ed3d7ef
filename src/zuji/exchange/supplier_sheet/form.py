"""The questions of the sheet for suppliers, in Chinese and English, and the columns of its inventory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zuji.datum import LocalText
from zuji.study.workbook.layout import Cell, Column, Hold, Sheet

VERSION = "1"
META_SHEET = "_zuji_request"
README = "说明 README"


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the answer sheet."""

    key: str
    zh: str
    en: str
    hold: Hold
    part: str
    """H: about the answer; A: total; B: stages; Q: quality."""
    needed: bool = False
    unit: str = ""
    """The unit that the figure is in; '' where it has none."""
    choices: tuple[str, ...] = ()
    note: LocalText = LocalText()


BOUNDARIES = ("cradle-to-gate", "cradle-to-grave")
GWP_SETS = ("AR6", "AR5", "AR4")
ROLES = ("material", "energy", "auxiliary", "transport", "emission", "waste")
CO2E = "kgCO2e"

QUESTIONS = (
    Question("company", "公司名称", "Company", Hold.TEXT, "H", needed=True),
    Question("contact", "联系人与邮箱", "Contact and e-mail", Hold.TEXT, "H"),
    Question("product", "产品名称与型号", "Product and model", Hold.TEXT, "H", needed=True),
    Question("amount", "以下数字对应的产品数量", "Amount of product that the figures below are for", Hold.DATUM, "H",
             needed=True, unit="?", note=LocalText("例如 1 kg 或 1 件", "For example 1 kg or 1 item")),
    Question("period_start", "数据期间开始", "First day of the data", Hold.DATE, "H", needed=True),
    Question("period_end", "数据期间结束", "Last day of the data", Hold.DATE, "H", needed=True),
    Question("country", "生产国家（两字母代码）", "Country of production (two letters)", Hold.TEXT, "H", needed=True,
             note=LocalText("如 CN、KR、DE", "For example CN, KR, DE")),
    Question("boundary", "系统边界", "System boundary", Hold.CHOICE, "H", choices=BOUNDARIES),
    Question("standard", "所用标准", "Standard that was used", Hold.TEXT, "H",
             note=LocalText("如 ISO 14067、GB/T 24067", "For example ISO 14067, GB/T 24067")),
    Question("gwp_set", "全球变暖潜势版本", "IPCC factors (GWP 100)", Hold.CHOICE, "H", choices=GWP_SETS,
             note=LocalText("不知道就留空", "Leave empty if not known")),
    Question("total", "总排放（不含生物源吸收）", "Total, without biogenic uptake", Hold.DATUM, "A", unit=CO2E),
    Question("fossil", "其中：化石", "of which fossil", Hold.DATUM, "A", unit=CO2E),
    Question("biogenic", "其中：生物源（不含CO2）", "of which biogenic, other than CO2", Hold.DATUM, "A", unit=CO2E),
    Question("land_use", "其中：土地利用变化", "of which land-use change", Hold.DATUM, "A", unit=CO2E),
    Question("uptake", "生物源CO2吸收（负数）", "Biogenic CO2 uptake (negative)", Hold.DATUM, "A", unit=CO2E),
    Question("stage_materials", "原材料获取与预处理", "Raw materials and pre-processing", Hold.DATUM, "B", unit=CO2E),
    Question("stage_production", "本厂生产（含用电）", "Production in your plant, with electricity", Hold.DATUM, "B",
             unit=CO2E),
    Question("stage_transport", "运输至贵厂及至客户", "Transport to you and to the customer", Hold.DATUM, "B",
             unit=CO2E),
    Question("stage_waste", "生产废物处理", "Treatment of production waste", Hold.DATUM, "B", unit=CO2E),
    Question("primary_share", "初级数据占比", "Share of primary data", Hold.DATUM, "Q", unit="%"),
    Question("dq_technology", "技术代表性（1最好，5最差）", "Rating: technology (1 best, 5 worst)", Hold.DATUM, "Q"),
    Question("dq_geography", "地理代表性（1最好，5最差）", "Rating: geography (1 best, 5 worst)", Hold.DATUM, "Q"),
    Question("dq_time", "时间代表性（1最好，5最差）", "Rating: time (1 best, 5 worst)", Hold.DATUM, "Q"),
    Question("verified_by", "第三方核查机构", "Verified by", Hold.TEXT, "Q"),
)  # fmt: skip
STAGES = tuple(one.key for one in QUESTIONS if one.part == "B")
BY_KEY: Mapping[str, Question] = {one.key: one for one in QUESTIONS}
PARTS: Mapping[str, LocalText] = {
    "H": LocalText("关于本次回答（带 * 的必填）", "About this answer (* needed)"),
    "A": LocalText("A 只有总数：填总排放即可", "A  Only the total: the first row is enough"),
    "B": LocalText("B 按阶段：有多少填多少", "B  By stage: as many as you have"),
    "Q": LocalText("数据质量（可不填）", "Data quality (may stay empty)"),
}


def _column(key: str, zh: str, en: str, cell: Cell, width: float, choices: tuple[str, ...] = ()) -> Column:
    return Column(key, LocalText(zh, en), cell, width, choices)


ANSWER = Sheet(
    "answer",
    "请填写 Answer",
    LocalText("回答", "the answer"),
    (
        _column("field", "问题", "Question in Chinese", Cell.TEXT, 34),
        _column("field_en", "英文问题", "Question", Cell.TEXT, 40),
        _column("value", "回答", "Answer", Cell.MIXED, 26),
        _column("unit", "单位", "Unit", Cell.UNIT, 12),
        _column("note", "备注", "Note", Cell.TEXT, 34),
        _column("key", "键", "Key", Cell.ID, 16),
    ),
    ("value", "key"),
    {one.key: one.hold for one in QUESTIONS},
    {one.key: one.choices for one in QUESTIONS if one.choices},
)
INVENTORY = Sheet(
    "inventory",
    "C 清单 Inventory",
    LocalText("C 完整清单（可选）", "C  Full inventory (optional)"),
    (
        _column("role", "种类", "Kind of flow", Cell.CHOICE, 20, ROLES),
        _column("name", "名称", "Name", Cell.TEXT, 36),
        _column("amount", "数量", "Amount", Cell.NUMBER, 14),
        _column("unit", "单位", "Unit", Cell.UNIT, 10),
        _column("country", "来源国家", "Country of origin", Cell.ID, 10),
        _column("source", "来源", "Source", Cell.TEXT, 30),
        _column("note", "备注", "Note", Cell.TEXT, 30),
    ),
    ("role", "name", "amount", "unit"),
)
