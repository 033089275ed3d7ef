"""A review and its statements as blocks: the rounds side by side, every finding with its state, who said what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zuji.dossier.review import KINDS, STATUSES, Review, ReviewFinding
from zuji.dossier.statement import LEVELS, OPINIONS
from zuji.dossier.verify_proofs import Signature
from zuji.i18n import N_, tr_in
from zuji.numbers import percent, significant
from zuji.report.blocks import Block, Grid, Pairs
from zuji.report.parts import short_digest
from zuji.report.proofs import ACTION_NAMES, moment, role_name, status_counts


def rounds(review: Review, lang: str) -> Grid:
    """The rounds side by side: version, threshold, result under each rulebook, findings raised and their state."""
    listed = review.rounds
    books = list(dict.fromkeys(book for one in listed for book in one.totals))
    rows: list[tuple[str, ...]] = [
        (tr_in(lang, "Frozen version"), *(short_digest(one.dossier) for one in listed)),
        (tr_in(lang, "Opened by"), *(one.by for one in listed)),
        (tr_in(lang, "Level of assurance"), *(tr_in(lang, LEVELS.get(one.level, one.level)) for one in listed)),
        (tr_in(lang, "Materiality threshold"), *(percent(one.materiality) for one in listed)),
    ]
    for book in books:
        values = (f"{significant(one.totals[book])} kg CO2e" if book in one.totals else "—" for one in listed)
        rows.append((book, *values))
    rows.append((tr_in(lang, "Findings raised"), *(_states(review, one.number, lang) for one in listed)))
    head = ("", *(tr_in(lang, "Round {number}", number=one.number) for one in listed))
    return Grid(tr_in(lang, "Rounds of the review"), head, tuple(rows), figures_from=99)


def _states(review: Review, number: int, lang: str) -> str:
    counted = status_counts(review.findings, number)
    found = (f"{count} {tr_in(lang, STATUSES[status])}" for status, count in counted.items())
    return ", ".join(found) or tr_in(lang, "none")


def finding_rows(review: Review, lang: str) -> Grid | None:
    """Every finding with kind, round, state and address; None where nothing was raised."""
    rows = tuple(
        (
            finding.label,
            tr_in(lang, KINDS[finding.kind]),
            str(finding.round),
            tr_in(lang, STATUSES[finding.status]),
            f"{finding.rulebook} {finding.address}".strip(),
            finding.text,
        )
        for finding in review.findings.values()
    )
    if not rows:
        return None
    names = (N_("Finding"), N_("Kind"), N_("Round"), N_("State"), N_("About"), N_("Text"))
    head = tuple(tr_in(lang, name) for name in names)
    caption = tr_in(lang, "Findings of the verifier")
    return Grid(caption, head, rows, figures_from=99, widths=(0.9, 1, 0.5, 0.7, 1.6, 2.3))


def history(finding: ReviewFinding, lang: str) -> tuple[str, ...]:
    """What was said about a finding, one text for each entry."""
    found = []
    for event in finding.history:
        action = tr_in(lang, ACTION_NAMES.get(event.action, event.action))
        text = str(event.body.get("text", "")).strip()
        who = f"{moment(event.at)} · {event.name} ({role_name(event.role, lang)})"
        found.append(f"{who} · {action}{': ' + text if text else ''}")
    return tuple(found)


def opinion(said: Mapping[str, Any], lang: str) -> str:
    """Opinion and level of a statement in words."""
    return f"{tr_in(lang, OPINIONS[said['opinion']])} · {tr_in(lang, LEVELS[said['level']])}"


def stated(said: Mapping[str, Any], lang: str) -> list[Block]:
    """Scope and words of a statement, its criteria with their results, threshold, round and findings."""
    counts = said.get("findings") or {}
    left = ", ".join(f"{count} {tr_in(lang, STATUSES.get(s, s))}" for s, count in sorted(counts.items()))
    criteria = tuple(
        (
            str(one["rulebook"]),
            str(one["version"]),
            str(one["on"]),
            significant(one["total"]),
            _per_unit(one),
        )
        for one in said["criteria"]
    )
    head = (
        tr_in(lang, "Rulebook"), tr_in(lang, "Version"), tr_in(lang, "Rules as of"),
        tr_in(lang, "kg CO2e per product"), tr_in(lang, "Per functional unit"),
    )  # fmt: skip
    return [
        Pairs((
            (tr_in(lang, "Opinion"), tr_in(lang, OPINIONS[said["opinion"]])),
            (tr_in(lang, "Level of assurance"), tr_in(lang, LEVELS[said["level"]])),
            (tr_in(lang, "Scope"), said["scope"] or "—"),
            (tr_in(lang, "In the verifier's words"), said["text"] or "—"),
            (tr_in(lang, "Materiality threshold"), percent(said["materiality"])),
            (tr_in(lang, "Round"), str(said["round"])),
            (tr_in(lang, "Findings of the review"), left or tr_in(lang, "none")),
        )),
        Grid(tr_in(lang, "Criteria and the results that are verified"), head, criteria, figures_from=3,
             widths=(1.2, 1, 1, 1.2, 1.4)),
    ]  # fmt: skip


def _per_unit(one: Mapping[str, Any]) -> str:
    value = one["per_functional_unit"]
    return "—" if value is None else f"{significant(value * 1000)} g CO2e/{one['functional_unit']['unit']}"


def signer(signature: Signature, lang: str) -> Pairs:
    """Who signed when with which key."""
    proved = moment(signature.proved) if signature.proved else tr_in(lang, "not by a trusted time stamp")
    return Pairs((
        (tr_in(lang, "Signer"), signature.name),
        (tr_in(lang, "Organisation"), signature.organisation or "—"),
        (tr_in(lang, "Role"), role_name(signature.role, lang)),
        (tr_in(lang, "Signed (as the signer says)"), moment(signature.signed)),
        (tr_in(lang, "Time proved"), proved),
        (tr_in(lang, "Thumbprint of the key"), signature.thumbprint),
        (tr_in(lang, "Certificate"), signature.certified or "—"),
    ))  # fmt: skip
