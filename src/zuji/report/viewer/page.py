"""The whole page: both languages in one file, switched by a radio button that needs no script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from zuji.dossier.read import Dossier, Result
from zuji.footprint.compare_model import Comparison
from zuji.i18n import LANGUAGES, N_, tr_in
from zuji.report.proofs import Vouching, vouching_of
from zuji.report.source import Source, source_of_result
from zuji.report.viewer import proof_sections, sections

STYLE = Path(__file__).parent / "style.css"
NAMES = {"zh": "中文", "en": "English"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Nothing may be loaded from anywhere and no script may run, whatever the dossier holds."""


@dataclass(frozen=True)
class Shown:
    """What the page is made of."""

    dossier: Dossier
    sources: tuple[tuple[Result, Source], ...]
    comparisons: tuple[Comparison, ...]
    """Waterfalls from the first rulebook to each other one; empty where the installed Zuji cannot restore them."""
    not_compared: str
    """Why there are none."""
    vouching: Vouching
    """Proofs, reviews and statements that hold in themselves."""


SECTIONS: tuple[tuple[str, str, Callable[[Shown, str], str]], ...] = (
    ("summary", N_("Summary"), sections.summary),
    ("stages", N_("Life-cycle stages"), sections.stages),
    ("hotspots", N_("Hotspots"), sections.hotspots),
    ("flows", N_("Carbon flows"), sections.flows),
    ("rulebooks", N_("Why rulebooks differ"), sections.rulebooks),
    ("electricity", N_("Electricity"), sections.electricity),
    ("lines", N_("Every line and where it comes from"), sections.lines),
    ("parameters", N_("Parameters and rules"), sections.parameters),
    ("evidence", N_("Evidence"), sections.evidence),
    ("findings", N_("Findings"), sections.findings),
    ("review", N_("Review and verification"), proof_sections.review),
    ("proof", N_("Proof"), proof_sections.proof),
)


def shown_of(dossier: Dossier) -> Shown:
    """The documents of a dossier and the comparisons between its rulebooks, re-calculated from the frozen inputs."""
    from zuji.dossier.read import ShapeError
    from zuji.errors import ZujiError
    from zuji.footprint.compare import compare

    pairs = tuple((result, source_of_result(result)) for result in dossier.results)
    try:
        restored = [result.restored for result in dossier.results]
        comparisons = tuple(compare(restored[0], other) for other in restored[1:])
    except (ZujiError, ShapeError) as error:
        return Shown(dossier, pairs, (), str(error) or type(error).__name__, vouching_of(dossier))
    return Shown(dossier, pairs, comparisons, "", vouching_of(dossier))


def page(dossier: Dossier, languages: Sequence[str] = LANGUAGES, first: str = "zh") -> bytes:
    """The viewer of `dossier` as a UTF-8 HTML document; same dossier, same bytes. Raises FontError as charts do."""
    shown = shown_of(dossier)
    product = dossier.head["product"]["name"]
    titles = {lang: shown.sources[0][1].label(product, lang) for lang in languages}
    radios = "".join(
        f'<label><input type="radio" name="lang" id="lang-{lang}"{" checked" if lang == first else ""}> '
        f'<span lang="{lang}">{NAMES[lang]}</span></label>'
        for lang in languages
    )
    parts = [_language(shown, lang, titles[lang]) for lang in languages]
    style = STYLE.read_text("utf-8")
    return (
        f'<!DOCTYPE html>\n<html lang="{first}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(titles[first])} · Zuji 足迹</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<header class="top"><strong>Zuji 足迹</strong>'
        f'<fieldset class="langs"><legend>语言 Language</legend>{radios}</fieldset></header>\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    ).encode()


def _language(shown: Shown, lang: str, title: str) -> str:
    links = "".join(f'<li><a href="#{lang}-{id}">{escape(tr_in(lang, name))}</a></li>' for id, name, _ in SECTIONS)
    bodies = "".join(
        f'<section id="{lang}-{id}" aria-labelledby="{lang}-{id}-h">'
        f'<h2 id="{lang}-{id}-h">{escape(tr_in(lang, name))}</h2>{make(shown, lang)}</section>\n'
        for id, name, make in SECTIONS
    )
    study = shown.dossier.head["study"]
    frozen = tr_in(lang, "frozen on {day} · study {study}", day=shown.dossier.head["frozen_on"], study=study["id"])
    contents = escape(tr_in(lang, "Contents"))
    return (
        f'<div data-lang="{lang}" lang="{lang}"><div class="frame"><nav aria-label="{contents}"><ul>{links}</ul></nav>'
        f'<main><h1>{escape(title)}</h1><p class="lead">{escape(frozen)}</p>\n{bodies}</main></div></div>'
    )
