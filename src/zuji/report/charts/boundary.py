"""The system boundary as a drawing: which stages count, which are left out, and by which clause."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from zuji.datum import LocalText
from zuji.i18n import N_, tr_in
from zuji.report.charts.layout import fitting
from zuji.report.charts.svg import GREY, WIDTH, drawing_style, texts_of
from zuji.report.fonts import chinese_font


@dataclass(frozen=True, slots=True)
class BoundaryStage:
    """A stage, what it is called and what of the product's inventory falls into it."""

    name: LocalText
    counted: bool
    contents: tuple[LocalText, ...]


def boundary_svg(stages: Sequence[BoundaryStage], lang: str) -> str:
    """The stages from left to right; counted ones filled, the others dashed. Raises FontError as charts do."""
    from matplotlib.patches import FancyBboxPatch

    font = chinese_font()
    with drawing_style() as make:
        figure = make(WIDTH, 2.5)
        axes = figure.add_subplot()
        wide, gap = 100 / max(len(stages), 1), 2.4
        for i, stage in enumerate(stages):
            left = i * wide + gap / 2
            look = (
                {"facecolor": "#e3f0ec", "edgecolor": "#0b5d4e", "linewidth": 1.2}
                if stage.counted
                else {"facecolor": "white", "edgecolor": "#999999", "linewidth": 1.0, "linestyle": "--"}
            )
            box = FancyBboxPatch((left, 4), wide - gap, 28, boxstyle="round,pad=0,rounding_size=1.2", **look)  # type: ignore[arg-type]
            axes.add_patch(box)
            middle = left + (wide - gap) / 2
            ink = "#0b5d4e" if stage.counted else GREY
            axes.text(
                middle, 7, stage.name.pick(lang), ha="center", va="top", fontsize=8.5, fontweight="bold", color=ink
            )
            lines = [fitting(text.pick(lang), wide - gap - 1, 1.25) for text in stage.contents]
            shown = [line for line in lines if line][:5]
            if not stage.counted:
                shown = [tr_in(lang, N_("not counted"))]
            axes.text(middle, 13, "\n".join(shown), ha="center", va="top", fontsize=7, color=GREY, linespacing=1.5)
            if i:
                arrow = {"arrowstyle": "-|>", "color": "#999999", "linewidth": 0.9}
                axes.annotate("", (left, 18), (left - gap, 18), arrowprops=arrow)
        axes.set_xlim(-0.5, 100.5)
        axes.set_ylim(34, 2)
        axes.set_axis_off()
        font.check("".join(texts_of(figure)))
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    return stream.getvalue()
