"""The font of every PDF and chart: one with Chinese glyphs, found on this machine, and never a box for a missing one.

`ZUJI_FONT` names a font file or a family of the reader's choice. Otherwise the first family of `FAMILIES` that is
installed is taken. `docs/report.md` says how to install one.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from zuji.errors import ZujiError
from zuji.i18n import tr

FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)
"""Sans-serif families with the characters of simplified Chinese, best first."""
PROBE = "足迹碳排放₂"


class FontError(ZujiError):
    """No font can draw the text; the message names the characters or says how to install a font."""


@dataclass(frozen=True)
class Font:
    """A regular font of this machine and the characters that it can draw."""

    family: str
    path: Path
    index: int
    """Position in a font collection; 0 for a file of one font."""
    characters: frozenset[int]

    def missing(self, text: str) -> str:
        """The characters of `text` that this font cannot draw, in order of code points; '' for none."""
        wanted = {c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp", "Zs")}
        return "".join(sorted(c for c in wanted if ord(c) not in self.characters))

    def check(self, text: str) -> None:
        """Raise FontError that names the characters of `text` which this font cannot draw."""
        missing = self.missing(text)
        if missing:
            named = ", ".join(f"{c} (U+{ord(c):04X})" for c in missing[:20])
            raise FontError(
                tr(
                    "The font {family} cannot draw these characters: {named}. Set ZUJI_FONT to a font that has them, "
                    "or write the text without them.",
                    family=self.family,
                    named=named + (" …" if len(missing) > 20 else ""),
                )
            )


def chinese_font() -> Font:
    """The font for reports on this machine; raises FontError when there is none with Chinese characters."""
    return _chosen(os.environ.get("ZUJI_FONT", ""))


@lru_cache(maxsize=4)
def _chosen(wish: str) -> Font:
    import typst

    installed = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=_folders(wish))
    regular: dict[str, tuple[Path, int]] = {}
    for info in installed.fonts():
        if info.path and info.style == "normal" and info.weight == 400:
            regular.setdefault(info.family, (Path(info.path), info.index))
    if wish:
        named = wish if wish in regular else next((f for f, (p, _) in regular.items() if p == Path(wish).resolve()), "")
        if not named:
            raise FontError(
                tr("ZUJI_FONT names {wish}, which is neither a font file nor an installed family", wish=wish)
            )
        return _font(named, *regular[named])
    for family in FAMILIES:
        if family in regular:
            return _font(family, *regular[family])
    raise FontError(
        tr(
            "No font with Chinese characters is installed. Install one (Debian and Ubuntu: apt install fonts-noto-cjk; "
            "Windows and macOS bring one), or set ZUJI_FONT to a font file."
        )
    )


def _folders(wish: str) -> list[str]:
    path = Path(wish)
    return [str(path.resolve().parent)] if wish and path.is_file() else []


def _font(family: str, path: Path, index: int) -> Font:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(path, fontNumber=index, lazy=True) as opened:
        return Font(family, path, index, frozenset(opened.getBestCmap()))
