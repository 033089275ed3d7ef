"""The text of the sheet 说明 README."""

from __future__ import annotations

from zuji.datum import LocalText

README = (
    (
        LocalText("这是什么", "What this is"),
        LocalText(
            "一个产品碳足迹研究的全部企业数据，一张表一类事物。填好后用“zuji import 文件.xlsx -o 文件夹”读入，"
            "也可直接计算：zuji calc 文件.xlsx。",
            "All company data of one product-carbon-footprint study, one sheet for each kind of thing. When it is "
            "filled in, read it with 'zuji import FILE.xlsx -o FOLDER', or calculate it as it is: zuji calc FILE.xlsx.",
        ),
    ),
    (
        LocalText("怎样填写", "How to fill it in"),
        LocalText(
            "深绿色表头为列名，棕色的列必填；鼠标停在表头上可见说明。数量与单位各占一列。列的次序可变，可加自己的列。"
            "首格以 # 开头的行不读取（示例行即如此）。",
            "Green heads name the columns, brown ones are needed in every row; rest the pointer on a head to read what "
            "belongs there. Amount and unit have a column each. Columns may be moved, your own may be added. "
            "A row whose first cell starts with # is not read (so are the example rows).",
        ),
    ),
    (
        LocalText("数据缺失", "Missing data"),
        LocalText(
            "空缺不等于零。数据未知时数量留空，在“缺失原因”写明理由；零就写 0。",
            "Empty is not zero. Where a number is not known leave it empty and say why under 'Missing because'; write "
            "0 for zero.",
        ),
    ),
    (
        LocalText("出错时", "When something is wrong"),
        LocalText(
            "读入发现的问题会写回一份副本：单元格着色并带批注，最后一张表“问题 Findings”列出全部。改正后再读一次即可。",
            "What is found wrong comes back in a copy of this workbook: the cells are coloured and carry a comment, "
            "and the last sheet lists all findings. Mend them and read the workbook again.",
        ),
    ),
    (
        LocalText("保护", "Protection"),
        LocalText(
            "表头已锁定以防误改，没有密码：审阅 → 撤销工作表保护。隐藏表 _zuji、_files、_lists 请保留。",
            "Heads are locked against slips, without a password: Review → Unprotect sheet. Please keep the hidden "
            "sheets _zuji, _files and _lists.",
        ),
    ),
)
