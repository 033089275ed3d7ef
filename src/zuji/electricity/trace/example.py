"""One day of 31 Chinese zones with invented figures: for trying things out, never for a claim.

The zones are the provinces; generation, lines and loads are made by a formula from their position in the list, so the
same day comes out everywhere. Emission factors are round numbers.
"""

from __future__ import annotations

import numpy as np

from zuji.datum import LocalText
from zuji.electricity.trace.balance import Balance
from zuji.electricity.trace.labels import Gas, Generator, Labels, Link, LinkKind, Quality, Store, Zone, ZoneKind

ZONES = (
    ("CN-BJ", "北京", "Beijing"), ("CN-TJ", "天津", "Tianjin"), ("CN-HE", "河北", "Hebei"), ("CN-SX", "山西", "Shanxi"),
    ("CN-NM", "内蒙古", "Inner Mongolia"), ("CN-LN", "辽宁", "Liaoning"), ("CN-JL", "吉林", "Jilin"),
    ("CN-HL", "黑龙江", "Heilongjiang"), ("CN-SH", "上海", "Shanghai"), ("CN-JS", "江苏", "Jiangsu"),
    ("CN-ZJ", "浙江", "Zhejiang"), ("CN-AH", "安徽", "Anhui"), ("CN-FJ", "福建", "Fujian"),
    ("CN-JX", "江西", "Jiangxi"),
    ("CN-SD", "山东", "Shandong"), ("CN-HA", "河南", "Henan"), ("CN-HB", "湖北", "Hubei"), ("CN-HN", "湖南", "Hunan"),
    ("CN-GD", "广东", "Guangdong"), ("CN-GX", "广西", "Guangxi"), ("CN-HI", "海南", "Hainan"),
    ("CN-CQ", "重庆", "Chongqing"), ("CN-SC", "四川", "Sichuan"), ("CN-GZ", "贵州", "Guizhou"),
    ("CN-YN", "云南", "Yunnan"), ("CN-XZ", "西藏", "Tibet"), ("CN-SN", "陕西", "Shaanxi"), ("CN-GS", "甘肃", "Gansu"),
    ("CN-QH", "青海", "Qinghai"), ("CN-NX", "宁夏", "Ningxia"), ("CN-XJ", "新疆", "Xinjiang"),
)  # fmt: skip
LINES = [
    "NM>BJ",
    "NM>HE",
    "SX>HE",
    "SX>BJ",
    "HE>BJ",
    "HE>TJ",
    "HE>SD",
    "NM>SD",
    "NM>LN",
    "LN>HE",
    "JL>LN",
    "HL>JL",
    "NM>JL",
    "AH>JS",
    "AH>ZJ",
    "JS>SH",
    "ZJ>SH",
    "JS>ZJ",
    "FJ>ZJ",
    "SX>JS",
    "NM>JS",
    "SC>ZJ",
    "SC>SH",
    "SC>JS",
    "HB>SH",
    "HB>GD",
    "HB>HN",
    "HB>JX",
    "HN>JX",
    "HA>HB",
    "HB>HA",
    "SN>HA",
    "XJ>HA",
    "QH>HA",
    "GS>HN",
    "SC>CQ",
    "XJ>CQ",
    "GZ>CQ",
    "YN>GD",
    "YN>GX",
    "GX>GD",
    "GZ>GD",
    "GZ>GX",
    "GD>HI",
    "SC>XZ",
    "XJ>GS",
    "GS>QH",
    "QH>GS",
    "GS>NX",
    "NX>SD",
    "NX>ZJ",
    "GS>SN",
    "SN>HB",
    "XJ>AH",
    "FJ>GD",
    "QH>SC",
]
TECHNOLOGIES = {"coal": 880.0, "gas": 400.0, "hydro": 0.0, "nuclear": 0.0, "wind": 0.0, "solar": 0.0}
LIFECYCLE = {"coal": 980.0, "gas": 480.0, "hydro": 14.0, "nuclear": 7.0, "wind": 33.0, "solar": 52.0}
"""kg/MWh, round and invented, in the order of what the field publishes."""
HYDRO, NUCLEAR = ("SC", "YN", "HB", "QH", "GX", "GZ", "XZ", "HN"), ("GD", "FJ", "ZJ", "LN", "JS", "GX", "HI", "SD")
START = 475_752
"""2024-04-10T00:00+08:00 in hours since 1970-01-01T00Z."""


def example(days: int = 1) -> Balance:
    """The synthetic example over `days` days: 31 zones × 6 technologies, 56 lines with losses, 3 stores."""
    t = np.arange(24 * days)
    local = t % 24
    labels = _labels()
    generation = np.empty((len(t), len(labels.generators)))
    sun = np.maximum(np.sin((local - 6) / 12 * np.pi), 0.0)
    demand = 1 + 0.2 * np.sin((local - 8) / 12 * np.pi)
    for s, generator in enumerate(labels.generators):
        i = next(k for k, zone in enumerate(ZONES) if zone[0] == generator.zone)
        short = generator.zone[3:]
        size = 4000 + 700 * (i * 7 % 11)
        shape = {
            "coal": size * demand * (0.4 if short in HYDRO else 1.0) * (0.0 if short == "XZ" else 1.0),
            "gas": 0.1 * size * demand * (1.0 if i % 3 == 0 else 0.1),
            "hydro": size * (1.5 if short in HYDRO else 0.05) * np.ones(len(t)),
            "nuclear": size * (0.5 if short in NUCLEAR else 0.0) * np.ones(len(t)),
            "wind": 0.35 * size * (1 + 0.5 * np.cos((t + 5 * i) / 9)),
            "solar": 0.6 * size * sun * (1 + 0.1 * (i % 4)),
        }
        generation[:, s] = shape[generator.technology]
    sent = np.stack([(300 + 90 * (k * 5 % 13)) * (1 + 0.3 * np.sin((t + k) / 5)) for k in range(len(LINES))], axis=1)
    loss = np.array([0.06 if link.kind is LinkKind.DC else 0.02 for link in labels.links])
    midday, evening = (local >= 10) & (local <= 14), (local >= 18) & (local <= 21)
    charge = np.stack([np.where(midday, p, 0.0) for p in (400.0, 300.0, 200.0)], axis=1)
    # Each evening gives back what noon stored: 5 h × 0.9 × 0.9 over 4 h.
    discharge = np.stack([np.where(evening, p * 5 * 0.81 / 4, 0.0) for p in (400.0, 300.0, 200.0)], axis=1)
    factors = np.array([[TECHNOLOGIES[g.technology], LIFECYCLE[g.technology]] for g in labels.generators])
    arrived = sent * (1 - loss)
    return Balance(
        labels,
        START + t.astype(np.int64),
        np.round(generation, 3),
        factors,
        np.round(sent, 3),
        np.round(arrived, 3),
        np.round(charge, 3),
        np.round(discharge, 3),
        id="cn-31-synthetic",
        time_zone="Asia/Shanghai",
        synthetic=True,
    )


def _labels() -> Labels:
    zones = tuple(Zone(id, LocalText(zh, en), "CN", ZoneKind.PROVINCE) for id, zh, en in ZONES)
    generators = tuple(
        Generator(f"{id}/{technology}", id, technology, metered_by="synthetic", quality=Quality.ESTIMATED)
        for id, _, _ in ZONES
        for technology in sorted(TECHNOLOGIES)
    )
    far = {"SC", "XJ", "YN", "NX", "QH", "GS", "HB"}
    links = []
    for line in LINES:
        a, b = line.split(">")
        kind = LinkKind.DC if a in far and b not in far else LinkKind.AC
        links.append(Link(f"CN-{a}>CN-{b}", f"CN-{a}", f"CN-{b}", kind, "synthetic", Quality.ESTIMATED))
    stores = tuple(Store(f"{z}-pumped", f"CN-{z}", 0.9, 0.9) for z in ("GD", "ZJ", "HE"))
    position = {zone.id: i for i, zone in enumerate(zones)}
    links.sort(key=lambda link: (position[link.sender], position[link.receiver]))
    return Labels(zones, generators, tuple(links), stores, (Gas("CO2", "direct"), Gas("CO2e", "lifecycle")))
