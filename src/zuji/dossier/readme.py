"""The page inside a dossier that says in both languages what it is and how anybody can verify it."""

from __future__ import annotations

from collections.abc import Sequence

from zuji.footprint.model import Footprint

TEXT = """\
# {product}

{study} · {day} · {books}

This is a frozen product carbon footprint: the study, the datasets and rules that it uses, the results, where each
number comes from, and the evidence. It verifies without network and without an account.

- With Zuji: `zuji verify FILE.zuji`
- Without: take `verify.py` from a source that you trust (or out of this file, after comparing its SHA-256), then
  `python verify.py FILE.zuji`. It needs Python 3.10 or later and nothing else.

| member | holds |
|---|---|
| `ro-crate-metadata.json` | every member below with its SHA-256 |
| `dossier.json` | product, results in short, software, the version before |
| `study/study.json` | what the company states |
| `background/datasets.json` | the datasets used; by digest and score where the licence forbids more |
| `results/*/footprint.json` | result, lines, findings, parameters and clauses |
| `results/*/record.json`, `plain.json` | the exact product system, and its exact solution |
| `results/*/rulebook.json` | the rulebook with all its parameters |
| `results/*/explain.json` | for every number where it comes from, in Chinese and English |
| `evidence/` | the index of evidence and the files that go with it |
| `proof/` | seal, signatures, time stamps, log proofs, verification statements |

这是一份冻结的产品碳足迹档案：研究数据、所用的数据集与规则、结果、每个数字的来源以及证据。核验不需要网络和账号。

- 使用 Zuji：`zuji verify 文件.zuji`
- 不安装 Zuji：从可信来源取得 `verify.py`（或核对其 SHA-256 后从本文件中取出），运行 `python verify.py 文件.zuji`，
  只需 Python 3.10 或更高版本。
"""


def readme(footprints: Sequence[Footprint]) -> bytes:
    """The page for these footprints as UTF-8."""
    system = footprints[0].system
    name = system.study.product.name
    text = TEXT.format(
        product=" ".join(dict.fromkeys(part for part in (name.en, name.zh) if part)) or system.study.product.id,
        study=system.study.id,
        day=system.day.isoformat(),
        books=", ".join(f"{f.system.book.id} {f.system.version.id}" for f in footprints),
    )
    return text.encode("utf-8")
