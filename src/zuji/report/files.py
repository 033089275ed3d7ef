"""Which report is written under which name, in which form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zuji.canonical import canonical_bytes
from zuji.dossier.read import Dossier
from zuji.i18n import N_
from zuji.report.blocks import Report
from zuji.report.declaration import BOOKS, Administration, declaration, declaration_report
from zuji.report.excel import excel_report
from zuji.report.full_report import full_report
from zuji.report.label import label_sheet
from zuji.report.pdf.write import pdf
from zuji.report.proofs import statements_of
from zuji.report.source import Source
from zuji.report.statement import statement_report
from zuji.report.summary import summary_page

KINDS = {
    "full": N_("the whole study report, for the verifier"),
    "public": N_("the public version of the study, without single lines"),
    "declaration": N_("the EU carbon footprint declaration, one per plant, PDF and JSON"),
    "label": N_("the sheet for the national product-carbon-footprint label"),
    "summary": N_("one page for management"),
    "excel": N_("the Excel workbook with live formulas"),
    "statement": N_("the verification statements of a dossier"),
}


NOTHING_GIVEN = Administration()
SUITED = {"declaration": BOOKS, "label": ("cn-label",)}
"""Rulebooks whose result a kind of report may state; a kind that is not named here takes any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What reports say beside the footprint."""

    plants: tuple[str, ...] = ()
    """Plants to declare for; all plants that assemble the product when none is named."""
    administration: Administration = NOTHING_GIVEN
    address: str = ""
    """Public page that the label's QR code opens."""


def suits(kind: str, source: Source) -> bool:
    """Whether a report of this kind may state this footprint."""
    if kind == "statement":
        return False  # it is about a dossier, not about one result: see `statement_files`
    return source.book["id"] in SUITED.get(kind, (source.book["id"],))


def declaring_plants(source: Source) -> tuple[str, ...]:
    """The plants whose unit process makes the product itself."""
    product = source.study["product"]["id"]
    processes = source.study["processes"].values()
    made = {process["plant"] for process in processes if process["produces"] == product and process.get("plant")}
    return tuple(sorted(made)) or tuple(sorted(source.study["plants"]))


def report_files(source: Source, kinds: Sequence[str], langs: Sequence[str], extras: Extras) -> Mapping[str, bytes]:
    """File name → bytes of every report of `kinds` that suits; a PDF holds one part per language."""
    stem = f"{source.footprint['study']['id']}-{source.book['id']}"
    tag = "-".join(langs)
    files: dict[str, bytes] = {}

    def put(name: str, parts: list[Report]) -> None:
        files[f"{stem}-{name}-{tag}.pdf"] = pdf(parts, source.day)

    for kind in kinds:
        if not suits(kind, source):
            continue
        if kind in ("full", "public"):
            put(kind, [full_report(source, lang, public=kind == "public") for lang in langs])
        elif kind == "label":
            put(kind, [label_sheet(source, lang, address=extras.address) for lang in langs])
        elif kind == "summary":
            put(kind, [summary_page(source, lang) for lang in langs])
        elif kind == "excel":
            for lang in langs:
                files[f"{stem}-{lang}.xlsx"] = excel_report(source, lang)
        else:
            for plant in extras.plants or declaring_plants(source):
                given = extras.administration
                put(f"declaration-{plant}", [declaration_report(source, plant, given, lang) for lang in langs])
                files[f"{stem}-declaration-{plant}.json"] = canonical_bytes(declaration(source, plant, given))
    return files


def statement_files(dossier: Dossier, langs: Sequence[str]) -> Mapping[str, bytes]:
    """File name → PDF of every verification statement of the dossier; raises NoStatementError where none holds."""
    found = statements_of(dossier)
    stem, tag = dossier.head["study"]["id"], "-".join(langs)
    files: dict[str, bytes] = {}
    for number, signature in enumerate(found.statements, 1):
        parts = [statement_report(dossier, found, signature, lang) for lang in langs]
        name = f"{stem}-statement-{number}-{tag}.pdf"
        files[name] = pdf(parts, signature.signed.date())
    return files
