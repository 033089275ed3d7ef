"""Write docs/findings.md, every kind of finding with cause and mend in both languages: `python tools/findings.py`."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import zuji
from zuji.finding import CODES, Code, Severity
from zuji.i18n import LOCALE, lookup

TARGET = Path(__file__).resolve().parent.parent / "docs" / "findings.md"
FAMILIES = {
    "1": ("Reading numbers, units and files", "读取数值、单位与文件"),
    "2": ("The study", "研究"),
    "3": ("Background data", "背景数据"),
    "4": ("Applying a rulebook", "套用规则手册"),
    "5": ("The calculated footprint", "算出的碳足迹"),
    "6": ("Electricity: grid, certificates, matching", "电力：电网、证书与匹配"),
    "7": ("Dossier, review and reports", "档案、核查与报告"),
    "8": ("Imported databases and workbooks", "导入的数据库与工作簿"),
    "9": ("Uncertainty and portfolios", "不确定性与产品组合"),
}
SEVERITIES = {Severity.ERROR: "error 错误", Severity.WARNING: "warning 警告", Severity.NOTE: "note 提示"}
HEAD = """\
# Findings

<!-- Made by `python tools/findings.py`; do not edit by hand. -->

What `zuji check` can say. A code never changes its meaning. An error stops a calculation, a warning limits what the
result may be used for, a note informs (`--notes` shows notes). `zuji check STUDY --select ZJ5` shows only codes that
begin so, `--ignore ZJ408,ZJ51` leaves some out; the exit code follows what remains. Words in braces are filled in.

`zuji check` 能给出的提示。编号含义不变。“错误”使计算停止，“警告”限制结果的用途，“提示”仅供参考（`--notes` 显示）。
`--select ZJ5` 只看以此开头的编号，`--ignore ZJ408,ZJ51` 略去若干；退出码按剩下的计。花括号内的词由程序填入。
"""


def load_every_code() -> None:
    """Import every module of zuji that defines findings."""
    for module in pkgutil.walk_packages(zuji.__path__, "zuji."):
        if module.name.rpartition(".")[2].endswith("codes"):
            importlib.import_module(module.name)
    importlib.import_module("zuji.reading")


def page() -> str:
    """The text of docs/findings.md."""
    load_every_code()
    chinese = lookup(LOCALE / "zh")
    families: dict[str, list[Code]] = {}
    for code in sorted(CODES):
        families.setdefault(code[2], []).append(CODES[code])
    parts = [HEAD]
    for digit, members in families.items():
        english, zh = FAMILIES.get(digit, ("Other", "其他"))
        parts.append(f"\n## ZJ{digit}: {english} {zh}\n")
        parts += [_entry(code, (code.what, code.why, code.mend), chinese) for code in members]
    return "".join(parts)


def _entry(code: Code, texts: tuple[str, str, str], chinese: object) -> str:
    assert callable(chinese)
    english = [_plain(text) for text in texts]
    translated = [_plain(chinese(text)) for text in texts]
    lines = [f"\n### {code.code} · {SEVERITIES[code.severity]}\n", _paragraph(english, "Why: ", "Mend: ")]
    if translated != english:
        lines.append(_paragraph(translated, "原因：", "处理："))
    return "\n".join(lines)


def _paragraph(texts: list[str], why: str, mend: str) -> str:
    what, cause, cure = texts
    return f"- {what}\n  - {why}{cause}\n  - {mend}{cure}\n".replace("\n\n", "\n").removesuffix("\n") + "\n"


def _plain(template: str) -> str:
    """A message as a reader sees it: format specifications go, doubled braces become single, markup stays text."""
    shown = re.sub(r"(?<!{){(\w+):\.0}", "", template)  # the value of the other language
    shown = re.sub(r"(?<!{){(\w+)(?::[^}]*)?}(?!})", r"{\1}", shown).replace("{{", "{").replace("}}", "}")
    return re.sub(r"([*_<>`|\\])", r"\\\1", shown)


def main() -> None:
    """Write the page."""
    TARGET.write_text(page(), encoding="utf-8")
    print(f"{TARGET.name}: {len(CODES)} codes")


if __name__ == "__main__":
    main()
