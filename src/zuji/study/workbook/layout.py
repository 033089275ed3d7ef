"""The sheets of a study's workbook and their columns: the one table that writing, reading and the docs go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from zuji.datum import Kind, LocalText, Origin
from zuji.study.forms import DATA_COLUMNS, MATERIAL_DATA, MATERIAL_TEXTS
from zuji.study.model import ComponentGroup, InstrumentType, Role, ServiceMode, Stage, Supply
from zuji.study.read_end_of_life import APPROACHES
from zuji.study.read_study import BOUNDARIES, CATEGORIES
from zuji.study.words import HEADERS, folded
from zuji.study.workbook.notes import NOTES

TEMPLATE_VERSION = "1"
MARK_SHEET = "问题 Findings"
"""Name of the sheet that lists what was found; written by `mark`, never read."""


class Cell(StrEnum):
    """What a column holds."""

    TEXT = "text"
    ID = "id"
    NUMBER = "number"
    UNIT = "unit"
    DATE = "date"
    CHOICE = "choice"
    DATASET = "dataset"
    MIXED = "mixed"
    """The value column of a form: each row says what it holds."""


class Hold(StrEnum):
    """What a field of the product sheet holds."""

    TEXT = "text"
    DATE = "date"
    DATUM = "datum"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in the study's files, its header in both languages, what it holds."""

    key: str
    header: LocalText
    cell: Cell
    width: float
    choices: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The header as it is written: Chinese above English."""
        return f"{self.header.zh}\n{self.header.en}"

    @property
    def note(self) -> LocalText:
        """What belongs into the column."""
        zh, en = NOTES.get(self.key, ("", ""))
        return LocalText(zh, en)

    def names(self) -> Iterator[str]:
        """Every text under which the column is found, folded."""
        zh, en = self.header.zh, self.header.en
        for name in (self.key, zh, en, f"{zh} {en}", f"{zh}\n{en}", f"{zh}/{en}", *HEADERS.get(self.key, ())):
            yield folded(name).replace("\n", "_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of the workbook."""

    id: str
    name: str
    purpose: LocalText
    columns: tuple[Column, ...]
    needed: tuple[str, ...]
    """Columns without which no row can be read."""
    fields: Mapping[str, Hold] = field(default_factory=dict)
    """Of a form: what the value of each key holds."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of a form: the words that a field chooses from."""

    def column(self, key: str) -> Column:
        """The column of that key; raises KeyError when the sheet has none."""
        return next(column for column in self.columns if column.key == key)


# key: Chinese header, English header, what it holds, width [characters]
_TEXTS: Mapping[str, tuple[str, str, Cell, float]] = {
    "field": ("项目", "Field", Cell.TEXT, 34),
    "key": ("键", "Key", Cell.ID, 30),
    "value": ("值", "Value", Cell.MIXED, 30),
    "id": ("编号", "Id", Cell.ID, 24),
    "item": ("零部件", "Item", Cell.ID, 24),
    "parent": ("上级", "Parent", Cell.ID, 22),
    "name_zh": ("名称", "Name in Chinese", Cell.TEXT, 24),
    "name_en": ("英文名称", "Name in English", Cell.TEXT, 28),
    "title_zh": ("标题", "Title in Chinese", Cell.TEXT, 30),
    "title_en": ("英文标题", "Title in English", Cell.TEXT, 30),
    "component_group": ("部件组", "Component group", Cell.CHOICE, 20),
    "amount": ("数量", "Amount", Cell.NUMBER, 16),
    "unit": ("单位", "Unit", Cell.UNIT, 10),
    "dataset": ("数据集", "Dataset", Cell.DATASET, 36),
    "process": ("过程", "Process", Cell.ID, 22),
    "from_process": ("来自过程", "From process", Cell.ID, 22),
    "supplier": ("供应商足迹", "Supplier footprint", Cell.ID, 22),
    "electricity": ("用电工厂", "Electricity of plant", Cell.ID, 18),
    "gas": ("气体", "Gas", Cell.TEXT, 14),
    "meters": ("电表", "Meters", Cell.TEXT, 18),
    "material": ("材料", "Material", Cell.ID, 16),
    "scrap": ("损耗率", "Scrap", Cell.NUMBER, 10),
    "scrap_unit": ("损耗率单位", "Unit of scrap", Cell.UNIT, 10),
    "mass": ("质量", "Mass", Cell.NUMBER, 12),
    "mass_unit": ("质量单位", "Unit of mass", Cell.UNIT, 10),
    "cut_off": ("取舍理由", "Reason for cut-off", Cell.TEXT, 28),
    "role": ("角色", "Role", Cell.CHOICE, 18),
    "origin": ("碳来源", "Origin of carbon", Cell.CHOICE, 18),
    "stage": ("阶段", "Stage", Cell.CHOICE, 20),
    "country": ("国家", "Country", Cell.ID, 9),
    "region": ("地区", "Region", Cell.ID, 10),
    "address": ("地址", "Address", Cell.TEXT, 34),
    "produces": ("产出", "Produces", Cell.ID, 22),
    "plant": ("工厂", "Plant", Cell.ID, 16),
    "technology": ("技术", "Technology", Cell.TEXT, 30),
    "process_start": ("运行开始日期", "Runs from", Cell.DATE, 13),
    "process_end": ("运行结束日期", "Runs to", Cell.DATE, 13),
    "substitute": ("替代的数据集", "Replaces dataset", Cell.DATASET, 30),
    "substitute_reason": ("替代理由", "Reason for replacing", Cell.TEXT, 30),
    "part": ("所属对象", "Belongs to", Cell.CHOICE, 20),
    "property": ("属性", "Property", Cell.CHOICE, 30),
    "category": ("类别", "Category", Cell.TEXT, 14),
    "recycled_dataset": ("再生料数据集", "Dataset of recycled content", Cell.DATASET, 32),
    "recycling_dataset": ("回收过程数据集", "Dataset of recycling", Cell.DATASET, 32),
    "avoided_dataset": ("被替代原生料数据集", "Dataset of avoided material", Cell.DATASET, 32),
    "energy_recovery_dataset": ("能量回收数据集", "Dataset of energy recovery", Cell.DATASET, 32),
    "substituted_heat_dataset": ("被替代热的数据集", "Dataset of replaced heat", Cell.DATASET, 32),
    "substituted_electricity_dataset": ("被替代电的数据集", "Dataset of replaced electricity", Cell.DATASET, 32),
    "disposal_dataset": ("处置数据集", "Dataset of disposal", Cell.DATASET, 32),
    "treated_by": ("由活动处理", "Treated by activity", Cell.ID, 22),
    "meter": ("电表", "Meter", Cell.ID, 16),
    "point": ("计量点", "Supply point", Cell.ID, 14),
    "start": ("开始日期", "Start", Cell.DATE, 17),
    "end": ("结束日期", "End", Cell.DATE, 17),
    "from": ("起点", "From", Cell.TEXT, 18),
    "to": ("终点", "To", Cell.TEXT, 18),
    "supply": ("供电方式", "Supply", Cell.CHOICE, 18),
    "certificate_sold": ("证书已出售", "Certificate sold", Cell.CHOICE, 12),
    "type": ("类型", "Type", Cell.CHOICE, 22),
    "generated_start": ("发电开始日期", "Generated from", Cell.DATE, 13),
    "generated_end": ("发电结束日期", "Generated to", Cell.DATE, 13),
    "retired_on": ("注销日期", "Retired on", Cell.DATE, 13),
    "beneficiary": ("受益人", "Beneficiary", Cell.TEXT, 24),
    "distance": ("距离", "Distance", Cell.NUMBER, 12),
    "distance_unit": ("距离单位", "Unit of distance", Cell.UNIT, 10),
    "file": ("文件", "File", Cell.TEXT, 30),
    "sha256": ("校验值", "SHA-256", Cell.TEXT, 30),
    "kind": ("数据类型", "Kind of datum", Cell.CHOICE, 18),
    "source": ("来源", "Source", Cell.TEXT, 34),
    "evidence": ("证据", "Evidence", Cell.TEXT, 16),
    "note": ("备注", "Note", Cell.TEXT, 34),
    "period_start": ("数据起始日期", "Data from", Cell.DATE, 13),
    "period_end": ("数据结束日期", "Data to", Cell.DATE, 13),
    "dq_technology": ("技术代表性", "Rating: technology", Cell.NUMBER, 9),
    "dq_geography": ("地理代表性", "Rating: geography", Cell.NUMBER, 9),
    "dq_time": ("时间代表性", "Rating: time", Cell.NUMBER, 9),
    "dq_precision": ("精确性", "Rating: precision", Cell.NUMBER, 9),
    "uncertainty": ("不确定性", "Uncertainty", Cell.TEXT, 24),
    "missing": ("缺失原因", "Missing because", Cell.TEXT, 24),
}

PROVENANCE = DATA_COLUMNS
DATUM = (*PROVENANCE, "uncertainty")

PARTS = ("process", "exchange", "co_product", "activity", "material")
PROCESS_DATA = ("mass", "physical", "price", "price_of_year")
EXCHANGE_DATA = ("scrap", "mass")
CO_PRODUCT_DATA = ("mass", "physical", "price", "price_of_year", "substitutes.share", "substitutes.amount")
DATA_OF: Mapping[str, tuple[str, ...]] = {
    "process": PROCESS_DATA,
    "exchange": EXCHANGE_DATA,
    "co_product": CO_PRODUCT_DATA,
    "activity": EXCHANGE_DATA,
    "material": MATERIAL_DATA,
}
PROPERTIES = tuple(dict.fromkeys(name for names in DATA_OF.values() for name in names))

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "component_group": tuple(ComponentGroup),
    "role": tuple(Role),
    "origin": tuple(Origin),
    "stage": tuple(Stage),
    "supply": tuple(Supply),
    "type": tuple(InstrumentType),
    "kind": tuple(Kind),
    "certificate_sold": ("yes", "no"),
    "part": PARTS,
    "property": PROPERTIES,
}
FIELD_CHOICES: Mapping[str, tuple[str, ...]] = {
    "boundary": BOUNDARIES,
    "product.category": CATEGORIES,
    "service_life.mode": tuple(ServiceMode),
    "end_of_life.approach": APPROACHES,
}


# key path: Chinese label, English label, what it holds
FIELDS: Mapping[str, tuple[str, str, Hold]] = {
    "id": ("研究编号", "id of the study", Hold.TEXT),
    "name.zh": ("研究名称（中文）", "name of the study, Chinese", Hold.TEXT),
    "name.en": ("研究名称（英文）", "name of the study, English", Hold.TEXT),
    "reporting_period.start": ("报告期开始", "reporting period, first day", Hold.DATE),
    "reporting_period.end": ("报告期结束", "reporting period, last day", Hold.DATE),
    "boundary": ("系统边界", "system boundary", Hold.CHOICE),
    "functional_unit.zh": ("功能单位（中文）", "functional unit, Chinese", Hold.TEXT),
    "functional_unit.en": ("功能单位（英文）", "functional unit, English", Hold.TEXT),
    "mass_tolerance": ("质量平衡容差", "tolerance of the mass balance", Hold.TEXT),
    "background": ("背景数据库", "stored backgrounds", Hold.TEXT),
    "product.id": ("产品编号", "id of the product", Hold.TEXT),
    "product.name.zh": ("产品名称（中文）", "name of the product, Chinese", Hold.TEXT),
    "product.name.en": ("产品名称（英文）", "name of the product, English", Hold.TEXT),
    "product.category": ("产品类别", "category of the product", Hold.CHOICE),
    "product.chemistry": ("化学体系", "chemistry", Hold.TEXT),
    "product.model": ("型号", "model", Hold.TEXT),
    "product.manufacturer.zh": ("制造商（中文）", "manufacturer, Chinese", Hold.TEXT),
    "product.manufacturer.en": ("制造商（英文）", "manufacturer, English", Hold.TEXT),
    "product.mass": ("产品质量", "mass of the product", Hold.DATUM),
    "product.rated_energy": ("额定能量", "rated energy", Hold.DATUM),
    "product.usable_energy": ("可用能量", "usable energy", Hold.DATUM),
    "service_life.mode": ("服务方式", "mode of service", Hold.CHOICE),
    "service_life.cycles": ("循环次数", "cycles", Hold.DATUM),
    "service_life.years": ("使用年限", "years of service", Hold.DATUM),
    "service_life.mean_capacity_factor": ("寿命期平均容量系数", "mean capacity over the life", Hold.DATUM),
    "service_life.vehicle_category": ("车辆类别", "vehicle category", Hold.TEXT),
    "service_life.warranty_years": ("质保年限", "warranty, years", Hold.DATUM),
    "service_life.warranty_distance": ("质保里程", "warranty, distance", Hold.DATUM),
    "use.round_trip_efficiency": ("往返效率", "round-trip efficiency", Hold.DATUM),
    "use.auxiliary_energy": ("年辅助用电", "auxiliary energy per year", Hold.DATUM),
    "use.electricity": ("充电电力数据集", "dataset of the charging electricity", Hold.TEXT),
    "end_of_life.approach": ("报废方法", "end-of-life approach", Hold.CHOICE),
    "end_of_life.justification": ("报废方法的理由", "reason for the approach", Hold.TEXT),
}


def _column(key: str) -> Column:
    zh, en, cell, width = _TEXTS[key]
    return Column(key, LocalText(zh, en), cell, width, _CHOICES.get(key, ()))


def _sheet(id: str, name: str, zh: str, en: str, columns: str, needed: str, more: tuple[str, ...] = ()) -> Sheet:
    keys = (*columns.split(), *more)
    return Sheet(id, name, LocalText(zh, en), tuple(_column(key) for key in keys), tuple(needed.split()))


_EXCHANGE = (
    "id name_zh name_en role amount unit dataset from_process supplier electricity gas meters origin stage "
    "component_group material scrap scrap_unit mass mass_unit cut_off country"
)

PRODUCT = _sheet(
    "product", "产品 Product",
    "产品、报告期、使用寿命与使用阶段：一行一项",
    "the product, its period, service life and use: one row for each field",
    "field key value unit", "key value", DATUM,
)  # fmt: skip
PRODUCT = replace(PRODUCT, fields={key: hold for key, (_, _, hold) in FIELDS.items()}, words=FIELD_CHOICES)
PLANTS = _sheet(
    "plants", "工厂 Plants", "生产场地及其所在电力市场", "production sites and the electricity market of each",
    "id name_zh name_en country region address", "id country",
)  # fmt: skip
CHOICES = _sheet(
    "choices", "取舍 Choices", "规则要求的价值选择", "value choices that rulebooks ask for", "key value", "key value"
)
BOM = _sheet(
    "bom", "物料清单 BOM", "制造一个上级所需的零部件与物料", "what goes into one unit of each parent",
    "item parent name_zh name_en component_group amount unit dataset process supplier material scrap scrap_unit "
    "mass mass_unit cut_off",
    "item parent amount", PROVENANCE,
)  # fmt: skip
PROCESSES = _sheet(
    "processes", "过程 Processes", "单元过程及其参考流（数量）", "unit processes and their reference flow (amount)",
    "id name_zh name_en produces amount unit plant stage component_group process_start process_end technology",
    "id amount", DATUM,
)  # fmt: skip
EXCHANGES = _sheet(
    "exchanges", "输入输出 Exchanges", "每个过程每参考流的输入、排放与废物",
    "inputs, emissions and waste of each process per reference flow",
    f"process {_EXCHANGE}", "process id amount", DATUM,
)  # fmt: skip
CO_PRODUCTS = _sheet(
    "co_products", "联产品 Co-products", "过程的其他有价值产出", "other valuable outputs of a process",
    "process id name_zh name_en amount unit substitute substitute_reason", "process id amount", DATUM,
)  # fmt: skip
ACTIVITIES = _sheet(
    "activities", "报废活动 End of life", "报废时必然发生的活动", "activities at the end of life, counted in any case",
    _EXCHANGE, "id amount", DATUM,
)  # fmt: skip
MATERIALS = _sheet(
    "materials", "材料去向 Material fates", "每种材料在报废时的去向（循环足迹公式）",
    "what becomes of each material at the end of life (Circular Footprint Formula)",
    "id name_zh name_en", "id", MATERIAL_TEXTS,
)  # fmt: skip
DATA = _sheet(
    "data", "其他数据 Further data", "价格、质量、回收率等：一行一个数据",
    "prices, masses, recycling rates and the like: one row for each datum",
    "part process id property amount unit", "part id property amount", DATUM,
)  # fmt: skip
ELECTRICITY = _sheet(
    "electricity", "电表 Electricity", "电表读数", "meter readings",
    "meter point plant process start end amount unit supply dataset certificate_sold",
    "meter plant start end amount", PROVENANCE,
)  # fmt: skip
INSTRUMENTS = _sheet(
    "instruments", "凭证 Instruments", "绿证与合同", "certificates and contracts",
    "id type plant process amount unit dataset country generated_start generated_end retired_on beneficiary",
    "id type plant amount dataset country generated_start generated_end", PROVENANCE,
)  # fmt: skip
TRANSPORT = _sheet(
    "transport", "运输 Transport", "运输段；不写质量则运的是产品本身",
    "transport legs; without a mass the product is carried",
    "id name_zh name_en stage mass mass_unit distance distance_unit dataset from to",
    "id distance dataset", PROVENANCE,
)  # fmt: skip
EVIDENCE = _sheet(
    "evidence", "证据 Evidence", "证明数据的文件及其 SHA-256", "the files that prove data, with their SHA-256",
    "id file sha256 title_zh title_en", "id file",
)  # fmt: skip

SHEETS = (
    PRODUCT, PLANTS, CHOICES, BOM, PROCESSES, EXCHANGES, CO_PRODUCTS, ACTIVITIES, MATERIALS, DATA,
    ELECTRICITY, INSTRUMENTS, TRANSPORT, EVIDENCE,
)  # fmt: skip

README_SHEET = "说明 README"
SUPPLIERS_SHEET = "供应商足迹 Suppliers"
DATASETS_SHEET = "自有数据集 Own datasets"
CATALOGUE_SHEET = "数据集目录 Catalogue"
LISTS_SHEET, FILES_SHEET, META_SHEET = "_lists", "_files", "_zuji"
OWN_SHEETS = (
    README_SHEET, SUPPLIERS_SHEET, DATASETS_SHEET, CATALOGUE_SHEET, LISTS_SHEET, FILES_SHEET, META_SHEET, MARK_SHEET
)  # fmt: skip
