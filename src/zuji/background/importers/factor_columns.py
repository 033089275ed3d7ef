"""Which column of a factor list holds what: proposed from the headers, corrected by the user, remembered by headers."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

WORDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id",
        "uuid",
        "code",
        "编号",
        "编码",
        "代码",
        "产品编码",
        "产品代码",
        "因子编号",
        "因子id",
        "数据编号",
        "序号",
    ),
    "name_zh": (
        "name_zh",
        "name zh",
        "名称",
        "产品名称",
        "中文名称",
        "产品",
        "因子名称",
        "材料名称",
        "物料名称",
        "活动名称",
        "能源名称",
        "排放源",
        "数据集名称",
    ),
    "name": (
        "name",
        "name_en",
        "name en",
        "product",
        "product name",
        "activity",
        "material",
        "fuel",
        "item",
        "dataset",
        "英文名称",
        "英文名",
    ),
    "value": (
        "value",
        "factor",
        "emission factor",
        "ef",
        "co2e",
        "kgco2e",
        "carbon footprint",
        "pcf",
        "数值",
        "值",
        "因子",
        "排放因子",
        "碳足迹",
        "碳足迹因子",
        "碳足迹值",
        "上游排放",
        "因子数值",
        "因子值",
        "排放系数",
        "碳排放因子",
        "电力碳足迹因子",
        "二氧化碳排放因子",
        "gwp100",
        "gwp",
    ),
    "unit": (
        "unit",
        "factor unit",
        "units",
        "uom",
        "单位",
        "因子单位",
        "排放单位",
        "上游排放单位",
        "碳足迹单位",
        "排放因子单位",
    ),
    "per": (
        "per",
        "per unit",
        "declared unit",
        "functional unit",
        "reference unit",
        "product unit",
        "计量单位",
        "产品单位",
        "功能单位",
        "声明单位",
        "基准单位",
        "核算单位",
    ),
    "scope": ("scope", "type", "boundary type", "coverage", "范围", "因子类型", "类型", "核算范围", "排放范围"),
    "gwp_set": ("gwp_set", "gwp set", "gwp", "ipcc", "assessment report", "gwp版本", "gwp来源", "gwp值", "gwp值来源"),
    "geography": (
        "geography",
        "location",
        "region",
        "country",
        "地区",
        "区域",
        "地域",
        "国家",
        "省份",
        "省",
        "地理",
        "地理范围",
    ),
    "year": ("year", "reference year", "data year", "年份", "年", "年度", "数据时间", "数据年份", "时间", "发布年份"),
    "boundary": (
        "boundary",
        "system boundary",
        "stage",
        "stages",
        "lifecycle stage",
        "边界",
        "系统边界",
        "排放环节",
        "生命周期阶段",
        "阶段",
        "核算边界",
    ),
    "technology": ("technology", "tech", "process", "route", "技术", "工艺", "技术代表性", "技术路线"),
    "citation": (
        "source",
        "citation",
        "reference",
        "publisher",
        "origin",
        "来源",
        "数据来源",
        "出处",
        "参考文献",
        "文献",
        "发布机构",
    ),
    "licence": ("licence", "license", "terms", "许可", "授权", "使用许可"),
    "category": (
        "category",
        "group",
        "class",
        "classification",
        "sector",
        "分类",
        "类别",
        "行业",
        "产品类别",
        "所属行业",
    ),
    "notes": ("notes", "note", "comment", "comments", "remark", "remarks", "description", "备注", "说明", "其他", "注"),
}
"""Field → headers that hold it, in lower case, the surest first."""
FIELDS = tuple(WORDS)
MOST_REMEMBERED = 1000


def folded(header: str) -> str:
    """A header without case, width, units in brackets and spaces around it."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    plain = re.sub(r"[\[(【].*?[\])】]", " ", plain)
    return re.sub(r"[\s_]+", " ", plain).strip(" :*：")


def propose(headers: Sequence[str], given: Mapping[str, str] | None = None) -> dict[str, int]:
    """Field → column number: what is `given` (field → header) first, then headers that are known words for a field.

    A header that contains a known word counts where no header is one.
    """
    shown = [folded(header) for header in headers]
    found: dict[str, int] = {}
    for field, header in (given or {}).items():
        exact = [i for i, one in enumerate(headers) if one.strip() == header.strip()]
        close = exact or [i for i, one in enumerate(shown) if one == folded(header)]
        if field in WORDS and close:
            found[field] = close[0]
    for is_part in (False, True):
        for field, words in WORDS.items():
            if field in found or (given or {}).get(field) == "":
                continue
            for word in words:
                if is_part and len(word) < (2 if not word.isascii() else 5):
                    continue
                fits = [
                    i for i, one in enumerate(shown)
                    if i not in found.values() and ((word in one) if is_part else (folded(word) == one))
                ]  # fmt: skip
                if fits:
                    found[field] = fits[0]
                    break
    return found


def parse_mapping(text: str) -> dict[str, str]:
    """`name=产品名称,value=排放因子` as field → header; raises ValueError with the word that is no field."""
    found: dict[str, str] = {}
    for part in (one for one in re.split(r"[,;，；]", text) if one.strip()):
        field, sign, header = part.partition("=")
        if not sign or field.strip() not in WORDS:
            raise ValueError(part.strip())
        found[field.strip()] = header.strip()
    return found


def _key(headers: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(folded(h) for h in headers).encode("utf-8", "replace")).hexdigest()[:24]


def recall(file: Path, headers: Sequence[str]) -> dict[str, str]:
    """What was said before of a list with these headers; nothing when the file is missing or damaged."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    entry = known.get(_key(headers)) if isinstance(known, dict) else None
    if not isinstance(entry, dict):
        return {}
    return {f: h for f, h in entry.items() if f in WORDS and isinstance(h, str)}


def remember(file: Path, headers: Sequence[str], given: Mapping[str, str]) -> None:
    """Keep what was said of a list with these headers; the file is replaced as a whole."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        known = {}
    known = dict(list(known.items())[-MOST_REMEMBERED:]) if isinstance(known, dict) else {}
    known[_key(headers)] = dict(sorted(given.items()))
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_name(f".{file.name}.{os.getpid()}")
    making.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(making, file)
