"""The sheet for the national product-carbon-footprint label: what the product says; the body's fields stay empty.

The style of the official mark and the list of its fields were not available; the sheet says so and draws no mark.
"""

from __future__ import annotations

import io

from zuji.i18n import N_, tr_in
from zuji.numbers import significant
from zuji.report.blocks import Block, Heading, Pairs, Paragraph, Picture, Report
from zuji.report.chapters_scope import boundary_name
from zuji.report.parts import cautions, chart_of_stages, footer, main_figure, period_text
from zuji.report.source import Source, marks

EMPTY = "____________________"


def qr_svg(address: str) -> str:
    """The QR code of `address` as SVG, error correction M."""
    import segno

    stream = io.BytesIO()
    segno.make(address, error="m", micro=False).save(stream, kind="svg", scale=4, border=4, xmldecl=False)
    return stream.getvalue().decode()


def label_sheet(source: Source, lang: str, *, address: str = "") -> Report:
    """Value, unit, functional unit and boundary for the label; `address` is the public page that the QR code opens."""
    document, study = source.footprint, source.study
    product = study["product"]
    unit = document["functional_unit"]
    body = (N_("Certificate number"), N_("Certification body"), N_("Valid until"), N_("Label permission"))
    blocks: list[Block] = [
        main_figure(source, lang),
        *cautions(source, lang),
        Heading(tr_in(lang, "What the label states"), 2),
        Pairs((
            (tr_in(lang, "Product"), source.label(product["name"], lang)),
            (tr_in(lang, "Model"), str(product.get("model", "—"))),
            (tr_in(lang, "Manufacturer"), source.label(product.get("manufacturer"), lang) or "—"),
            (tr_in(lang, "Functional unit"), source.label(unit["name"], lang)),
            (tr_in(lang, "System boundary"), boundary_name(study, lang)),
            (tr_in(lang, "Basis"), source.label(source.book["title"], lang)),
            (tr_in(lang, "Data of the period"), period_text(study["reporting_period"], lang)),
            (tr_in(lang, "Per product"), f"{significant(document['total'])} kg CO2e"),
        )),
        chart_of_stages(source, lang),
        Heading(tr_in(lang, "To be filled in by the certification body"), 2),
        Pairs(tuple((tr_in(lang, message), EMPTY) for message in body)),
    ]  # fmt: skip
    if address:
        alt = tr_in(lang, "QR code of {address}", address=address)
        blocks.append(Picture(qr_svg(address), tr_in(lang, "Public page: {address}", address=address), alt, 0.15))
    else:
        blocks.append(Paragraph(tr_in(lang, "No public page was named, so there is no QR code."), small=True))
    note = tr_in(
        lang,
        "The official mark and its rules of use come from the scheme; this sheet supplies the figures for it and is no "
        "certificate.",
    )
    return Report(
        lang=lang,
        title=tr_in(lang, "Sheet for the product carbon footprint label"),
        subtitle=source.label(product["name"], lang),
        marks=marks(source, lang),
        footer=footer(source, lang),
        numbered=False,
        blocks=(*blocks, Paragraph(note, small=True)),
    )
