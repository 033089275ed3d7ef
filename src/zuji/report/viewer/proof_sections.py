"""The sections of the viewer about those who vouch for the dossier: review, statements, signatures, stamps, logs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from zuji.dossier.review import STATUSES
from zuji.i18n import N_, tr_in
from zuji.report import chapters_results, parts, review_blocks
from zuji.report.blocks import Block, Callout, Grid, Paragraph
from zuji.report.proofs import moment, role_name
from zuji.report.viewer.html import details, joined, rendered
from zuji.study.words import name_of

if TYPE_CHECKING:
    from zuji.report.viewer.page import Shown

NOT_VERIFIED = N_(
    "This page shows the dossier, it does not prove it. To verify: zuji verify FILE.zuji, or the stand-alone verify.py "
    "from a source that you trust."
)


def review(shown: Shown, lang: str) -> str:
    """The statements, the rounds side by side, and every finding with its state and what was said about it."""
    found = shown.vouching
    if not found.latest and not found.statements:
        return rendered(Paragraph(tr_in(lang, "The dossier holds no review and no verification statement.")))
    made = [rendered(Callout("fact", tr_in(lang, NOT_VERIFIED)))]
    for signature in found.statements:
        said = signature.statement or {}
        title = f"{tr_in(lang, 'Verification statement')}: {review_blocks.opinion(said, lang)}"
        made.append(f"<h3>{escape(title)}</h3>")
        made.append(joined([*review_blocks.stated(said, lang), review_blocks.signer(signature, lang)]))
    review = found.latest
    if review:
        made += [f"<h3>{escape(tr_in(lang, 'Review'))}</h3>", rendered(review_blocks.rounds(review, lang))]
        raised = review_blocks.finding_rows(review, lang)
        made.append(rendered(raised or Paragraph(tr_in(lang, "No finding was raised."))))
        for finding in review.findings.values():
            said_of = "".join(f"<li>{escape(text)}</li>" for text in review_blocks.history(finding, lang))
            state = tr_in(lang, STATUSES[finding.status])
            made.append(details(f"{finding.label} · {finding.address}", state, f'<ul class="tree">{said_of}</ul>'))
    return "".join(made)


def proof(shown: Shown, lang: str) -> str:
    """Identity, signatures, time stamps, logs, software, and how to check this file."""
    dossier = shown.dossier
    software = {key: value for key, value in sorted(dossier.head["software"].items()) if isinstance(value, str)}
    rows = [
        (tr_in(lang, "Digest of the dossier"), dossier.digest),
        (tr_in(lang, "Predecessor"), dossier.predecessor or "—"),
        *((tr_in(lang, "Software"), f"{key} {value}") for key, value in software.items()),
    ]
    for _, source in shown.sources:
        for key, value in source.footprint["digests"].items():
            rows.append((f"{source.book['id']}: {name_of(key).pick(lang)}", value))
    blocks: list[Block] = [
        Callout("fact", tr_in(lang, NOT_VERIFIED)),
        *_vouchers(shown, lang),
        Grid(tr_in(lang, "Digests and software"), (tr_in(lang, "What"), tr_in(lang, "Value")), tuple(rows),
             figures_from=9),
    ]  # fmt: skip
    if dossier.proofs:
        listed = tuple((path, digest) for path, digest in dossier.proofs)
        caption = tr_in(lang, "Files of the proofs in the order of adding")
        blocks.append(Grid(caption, (tr_in(lang, "File"), "SHA-256"), listed, figures_from=9))
    limits = "".join(
        f"<h3>{escape(source.label(source.book['title'], lang))}</h3>"
        + joined(chapters_results.limitations(source, lang)[1:2])
        for _, source in shown.sources
        if parts.cautions(source, lang)
    )
    return joined(blocks) + limits


def _vouchers(shown: Shown, lang: str) -> list[Block]:
    found = shown.vouching
    blocks: list[Block] = []
    if found.problems:
        lines = tuple(f"{finding.place} {finding.code} {finding.what(lang)}" for finding in found.problems)
        blocks.append(Callout("warning", tr_in(lang, "Proofs that do not hold"), lines))
    signed = tuple(
        (
            one.name,
            one.organisation or "—",
            role_name(one.role, lang),
            tr_in(lang, "verification statement") if one.statement is not None else tr_in(lang, "signature"),
            moment(one.signed),
            one.thumbprint,
        )
        for one in found.proofs.signatures
    )
    if signed:
        names = (N_("Name"), N_("Organisation"), N_("Role"), N_("What"), N_("Signed (as the signer says)"),
                 N_("Thumbprint of the key"))  # fmt: skip
        head = tuple(tr_in(lang, name) for name in names)
        blocks.append(Grid(tr_in(lang, "Signatures"), head, signed, figures_from=9))
    else:
        blocks.append(Paragraph(tr_in(lang, "Nobody has signed the dossier.")))
    stamps = tuple((moment(one.time), one.authority) for one in found.proofs.stamps)
    if stamps:
        head = (tr_in(lang, "Time"), tr_in(lang, "Authority"))
        blocks.append(Grid(tr_in(lang, "Time stamps"), head, stamps, figures_from=9))
    logs = tuple((one.origin, str(one.index), str(one.size)) for one in found.proofs.logs)
    if logs:
        head = (tr_in(lang, "Log"), tr_in(lang, "Entry"), tr_in(lang, "Size of the log"))
        blocks.append(Grid(tr_in(lang, "Transparency log"), head, logs, figures_from=1))
    return blocks
