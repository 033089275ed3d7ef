"""The footprint report: what ISO 14067:2018 clause 7 and the report template of GB/T 24067 ask for, from documents.

The chapters follow the elements of a study report: goal, functional unit, boundary, inventory, data and their
quality, place, time and gaps, allocation, electricity, results, categories reported separately, sensitivity,
limitations, critical review, references. Every figure is one of the
footprint's document; a test reads the PDF back and finds them.
"""

from __future__ import annotations

from zuji.i18n import N_, tr_in
from zuji.report import chapters_inventory, chapters_method, chapters_results, chapters_scope
from zuji.report.blocks import Block, Report
from zuji.report.parts import (
    footer,
)
from zuji.report.source import Source, marks

FULL, PUBLIC = N_("Carbon footprint study report"), N_("Public study of the carbon footprint")


def full_report(source: Source, lang: str, *, public: bool = False) -> Report:
    """The whole report in one language; `public` leaves out amounts of single lines, which tell recipes."""
    name = source.label(source.footprint["product"]["name"], lang)
    blocks: list[Block] = [
        *chapters_scope.summary(source, lang),
        *chapters_scope.goal(source, lang),
        *chapters_scope.functional_unit(source, lang),
        *chapters_scope.boundary(source, lang),
        *chapters_inventory.inventory(source, lang, public),
        *chapters_inventory.data(source, lang),
        *chapters_method.scope_of_data(source, lang),
        *chapters_inventory.allocation(source, lang),
        *chapters_inventory.electricity(source, lang),
        *chapters_results.results(source, lang, public),
        *chapters_method.separately(source, lang),
        *chapters_results.sensitivity(source, lang, public),
        *chapters_results.limitations(source, lang),
        *chapters_method.critical_review(source, lang),
        *chapters_results.references(source, lang),
    ]
    title = tr_in(lang, PUBLIC if public else FULL)
    return Report(
        lang=lang,
        title=title,
        subtitle=f"{name} · {source.label(source.book['title'], lang)}",
        marks=marks(source, lang),
        footer=footer(source, lang),
        contents=True,
        blocks=tuple(blocks),
    )
