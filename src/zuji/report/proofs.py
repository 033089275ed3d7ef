"""What vouches for a dossier, read for reports and the viewer: signatures, stamps, logs, reviews and statements.

A proof is shown when it holds in itself, that is for the key that it carries. Whether that key belongs to whom it names
is a matter of trust, which a page cannot judge: `zuji verify` holds proofs against the keys that its user trusts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zuji.dossier import codes
from zuji.dossier.prove import REVIEWS
from zuji.dossier.read import Dossier
from zuji.dossier.review import Review, ReviewFinding, review_of
from zuji.dossier.review_events import read_review
from zuji.dossier.trust import NOBODY
from zuji.dossier.verify_proofs import Proofs, Signature, check_proofs
from zuji.errors import UnreadableError, ZujiError
from zuji.finding import Finding, Severity
from zuji.i18n import N_, tr, tr_in

ROLE_NAMES = {
    "author": N_("author"),
    "company": N_("company"),
    "verifier": N_("verifier"),
    "certification_body": N_("certification body"),
}
ACTION_NAMES = {
    "find": N_("raised"),
    "answer": N_("answered"),
    "accept": N_("accepted"),
    "reopen": N_("reopened"),
    "close": N_("closed"),
}
BY_THE_CLOCK = (codes.CERTIFICATE_EXPIRED.code, codes.CERTIFICATE_INVALID.code)
"""Findings about certificates depend on the day and on trust; a document that never changes leaves them out."""


@dataclass(frozen=True, slots=True)
class Vouching:
    """The proofs of a dossier that hold in themselves, and what is wrong with the others."""

    proofs: Proofs
    reviews: Mapping[str, Review]
    """SHA-256 of the member → review."""
    problems: tuple[Finding, ...]

    @property
    def latest(self) -> Review | None:
        """The review with the most entries, None without any; side files only grow."""
        return max(self.reviews.values(), key=_entries, default=None)

    @property
    def statements(self) -> tuple[Signature, ...]:
        """The verification statements in the order of adding."""
        return tuple(signature for signature in self.proofs.signatures if signature.statement is not None)


class NoStatementError(ZujiError):
    """The dossier holds no verification statement that holds."""


def _entries(review: Review) -> int:
    moves = sum(len(finding.history) for finding in review.findings.values())
    return moves + len(review.rounds) + len(review.samples)


def vouching_of(dossier: Dossier) -> Vouching:
    """The proofs of `dossier`; same dossier, same answer, whatever the day and whoever is trusted."""
    proofs = check_proofs(dossier, NOBODY, datetime(1970, 1, 1, tzinfo=UTC))
    reviews: dict[str, Review] = {}
    for path, sha256 in dossier.proofs:
        if path.startswith(REVIEWS):
            try:
                reviews[sha256] = review_of(read_review(dossier.read(path)))
            except UnreadableError:
                continue  # reported by the check of the statement that names it, and by `zuji verify`
    wrong = (f for f in proofs.findings if f.severity is Severity.ERROR and f.code not in BY_THE_CLOCK)
    return Vouching(proofs, reviews, tuple(wrong))


def statements_of(dossier: Dossier) -> Vouching:
    """What vouches for the dossier; raises NoStatementError, naming what is wrong, where no statement holds."""
    found = vouching_of(dossier)
    if found.statements:
        return found
    wrong = "; ".join(f"{finding.place} {finding.what()}".strip() for finding in found.problems)
    if wrong:
        raise NoStatementError(tr("the dossier holds no verification statement that holds: {problem}", problem=wrong))
    raise NoStatementError(
        tr("the dossier holds no verification statement; a verifier adds one with `zuji review statement FILE.zuji`")
    )


def role_name(role: str, lang: str) -> str:
    """A role of a signer in words."""
    return tr_in(lang, ROLE_NAMES.get(role, role))


def status_counts(findings: Mapping[str, ReviewFinding], number: int) -> Mapping[str, int]:
    """Status → how many findings that were raised in a round have it."""
    found: dict[str, int] = {}
    for finding in findings.values():
        if finding.round == number:
            found[finding.status] = found.get(finding.status, 0) + 1
    return found


def moment(at: datetime | Any) -> str:
    """A time to the minute in UTC."""
    if isinstance(at, datetime):
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(at)
