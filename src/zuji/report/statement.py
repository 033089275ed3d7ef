"""The verification statement of a dossier as a document: level, opinion, scope, criteria, rounds, findings, signer.

The signed text in the dossier is the statement; this document shows it and adds no word of its own to the opinion.
"""

from __future__ import annotations

from zuji.dossier.read import Dossier
from zuji.dossier.verify_proofs import Signature
from zuji.i18n import tr_in
from zuji.report import review_blocks
from zuji.report.blocks import Block, Callout, Heading, Pairs, Paragraph, Report
from zuji.report.chapters_scope import boundary_name
from zuji.report.parts import period_text, short_digest
from zuji.report.proofs import Vouching
from zuji.report.source import Source, marks, source_of_result


def statement_report(dossier: Dossier, vouching: Vouching, signature: Signature, lang: str) -> Report:
    """One statement of the dossier in one language."""
    said = signature.statement
    assert said is not None
    sources = [source_of_result(dossier.result(one["rulebook"])) for one in said["criteria"]]
    first, study = sources[0], sources[0].study
    product = first.label(study["product"]["name"], lang)
    review = vouching.reviews[said["review"]]
    trust = tr_in(
        lang,
        "The signature holds for the key named here. Whether the key belongs to {name}, and whether it was revoked, is "
        "for the reader to check: `zuji verify FILE.zuji` with the card of that key. Zuji accredits nobody.",
        name=signature.name,
    )
    blocks: list[Block] = [
        Callout("fact", review_blocks.opinion(said, lang), (said["text"],) if said["text"] else ()),
        Heading(tr_in(lang, "What was verified"), 2),
        Pairs((
            (tr_in(lang, "Product"), product),
            (tr_in(lang, "Model"), str(study["product"].get("model", "—"))),
            (tr_in(lang, "Manufacturer"), first.label(study["product"].get("manufacturer"), lang) or "—"),
            (tr_in(lang, "System boundary"), boundary_name(study, lang)),
            (tr_in(lang, "Data of the period"), period_text(study["reporting_period"], lang)),
            (tr_in(lang, "Digest of the dossier"), dossier.digest),
        )),
        Heading(tr_in(lang, "Statement"), 2),
        *review_blocks.stated(said, lang),
        Heading(tr_in(lang, "Review"), 2),
        review_blocks.rounds(review, lang),
    ]  # fmt: skip
    raised = review_blocks.finding_rows(review, lang)
    blocks.append(raised or Paragraph(tr_in(lang, "No finding was raised.")))
    blocks += [Heading(tr_in(lang, "Signer"), 2), review_blocks.signer(signature, lang), Paragraph(trust, small=True)]
    return Report(
        lang=lang,
        title=tr_in(lang, "Verification statement"),
        subtitle=product,
        marks=tuple(dict.fromkeys(mark for source in sources for mark in _named(source, lang, len(sources)))),
        footer=tr_in(
            lang, "{study} · dossier {digest} · statement {member}", study=study["id"],
            digest=short_digest(dossier.digest), member=signature.member.rpartition("/")[2],
        ),
        numbered=False,
        blocks=tuple(blocks),
    )  # fmt: skip


def _named(source: Source, lang: str, count: int) -> tuple[str, ...]:
    """The marks of a result; with several criteria each says whose it is."""
    found = marks(source, lang)
    return tuple(f"{source.book['id']}: {mark}" for mark in found) if count > 1 else found
