"""Typst turns a report into PDF/A-2b; a character without glyph is an error, not a box."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from zuji.errors import ZujiError
from zuji.i18n import tr
from zuji.report.blocks import Report, as_data, texts
from zuji.report.fonts import chinese_font

TEMPLATE = Path(__file__).parent / "template.typ"


class PdfError(ZujiError):
    """Typst refused the report; the message is its own."""


def pdf(parts: Sequence[Report], day: date) -> bytes:
    """The parts (one per language) as one PDF/A-2b document, dated `day`; same parts, font and Typst, same bytes.

    Raises FontError when this machine has no font with Chinese characters, or its font lacks one that a part uses.
    """
    import typst

    font = chinese_font()
    for part in parts:
        font.check("".join(texts(part)))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    compiler = typst.Compiler(
        str(TEMPLATE),
        font_paths=[str(font.path.parent)],
        sys_inputs={"report": json.dumps([as_data(part) for part in parts], ensure_ascii=False), "font": font.family},
    )
    try:
        made = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=midnight)
    except typst.TypstError as error:
        raise PdfError(tr("the PDF could not be made: {error}", error=error)) from error
    assert isinstance(made, bytes)
    return made
