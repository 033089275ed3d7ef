"""Headings, units and words of grid tables in both languages."""

from __future__ import annotations

from collections.abc import Mapping

HEADINGS: Mapping[str, str] = {
    "时间": "time", "时段": "time", "区域": "zone", "地区": "zone", "省份": "zone",
    "技术": "technology", "电源类型": "technology",
    "发电量": "generation", "机组": "device", "电厂": "device", "送端": "from", "送出地区": "from", "受端": "to",
    "受入地区": "to", "送出电量": "sent", "受入电量": "received", "储能": "store", "充电电量": "charge",
    "放电电量": "discharge", "用电量": "load", "负荷": "load", "气体": "gas", "数值": "value",
    "单位": "unit", "范围": "scope",
    "年份": "year", "名称": "name_zh", "计量方": "metered_by", "数据质量": "quality",
}  # fmt: skip
ENERGY: Mapping[str, float] = {
    "Wh": 1e-6, "kWh": 1e-3, "MWh": 1.0, "GWh": 1e3, "TWh": 1e6, "千瓦时": 1e-3, "度": 1e-3, "万千瓦时": 10.0,
    "兆瓦时": 1.0, "亿千瓦时": 1e5,
}  # fmt: skip
"""MWh in one of each unit of energy."""
POWER: Mapping[str, float] = {"kW": 1e-3, "MW": 1.0, "GW": 1e3, "千瓦": 1e-3, "万千瓦": 10.0, "兆瓦": 1.0}
"""MW in one of each unit of mean power: energy is power × the length of the period."""
FACTOR: Mapping[str, float] = {
    "kg/MWh": 1.0, "g/kWh": 1.0, "kg/kWh": 1e3, "t/MWh": 1e3, "kgCO2e/kWh": 1e3, "gCO2e/kWh": 1.0, "kgCO2/kWh": 1e3,
    "tCO2/MWh": 1e3, "kgCO2e/MWh": 1.0,
}  # fmt: skip
"""kg/MWh in one of each unit of emission factors."""


def to_mwh(unit: str, minutes: int) -> float | None:
    """The MWh in one `unit` over a period of `minutes`; None for an unknown unit."""
    if unit in ENERGY:
        return ENERGY[unit]
    return POWER[unit] * minutes / 60 if unit in POWER else None
