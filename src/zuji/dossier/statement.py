"""The verification statement: who verified what against which criteria, to which level, with which opinion; signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zuji.dossier.jws import sign
from zuji.dossier.keys import Card
from zuji.dossier.prove import REVIEWS, STATEMENTS, added, said_by
from zuji.dossier.read import Dossier, open_dossier
from zuji.dossier.review import VERIFIERS, Review, ReviewError, review_of
from zuji.dossier.review_events import Events, read_review, written
from zuji.errors import UnreadableError, ZujiError
from zuji.i18n import N_, tr

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STATEMENT_FORMAT, STATEMENT_KIND = "zuji-statement/1", "zuji-statement+jws"
LEVELS = {"reasonable": N_("reasonable assurance"), "limited": N_("limited assurance")}
OPINIONS = {
    "unmodified": N_("unmodified opinion"),
    "qualified": N_("qualified opinion"),
    "adverse": N_("adverse opinion"),
    "disclaimer": N_("disclaimer of opinion"),
}


def issued(
    dossier: Dossier,
    events: Events,
    key: Ed25519PrivateKey,
    card: Card,
    *,
    level: str,
    opinion: str,
    scope: str,
    criteria: Sequence[str],
    text: str,
    at: datetime,
    certificates: Sequence[bytes] = (),
) -> bytes:
    """The dossier with the review and the signed statement on it.

    `criteria` are the rulebooks whose results are verified. Raises ReviewError for a signer who is no verifier, for a
    review that knows no round for this dossier, and for an unmodified opinion while findings are open.
    """
    review = review_of(events)
    round = review.round_of(dossier)
    if card.role not in VERIFIERS:
        raise ReviewError(tr("only a verifier or a certification body issues a statement"))
    for result in criteria:
        dossier.result(result)
    if events.findings:
        raise ReviewError(tr("the file of the review is damaged; merge it with another participant's first"))
    if opinion == "unmodified" and review.blocking:
        names = ", ".join(finding.label for finding in review.blocking)
        raise ReviewError(tr("an unmodified opinion is not possible while findings are open: {names}", names=names))
    data = written(events.events)
    with_review = open_dossier(added(dossier, REVIEWS, ".review", data))
    payload = {
        "format": STATEMENT_FORMAT,
        **said_by(with_review, card, at),
        "level": level,
        "opinion": opinion,
        "scope": scope,
        "criteria": _criteria(dossier, criteria),
        "materiality": round.materiality,
        "round": round.number,
        "text": text,
        "review": hashlib.sha256(data).hexdigest(),
        "findings": counts(review),
    }
    compact = sign(payload, key, kind=STATEMENT_KIND, certificates=certificates)
    return added(with_review, STATEMENTS, ".jws", compact.encode("ascii"))


def _criteria(dossier: Dossier, ids: Sequence[str]) -> list[dict[str, Any]]:
    keys = ("rulebook", "version", "status", "on", "total", "unit", "per_functional_unit", "functional_unit")
    return [{key: dossier.result(id).summary[key] for key in keys} for id in ids]


def counts(review: Review) -> dict[str, int]:
    """How many findings have each status."""
    found: dict[str, int] = {}
    for finding in review.findings.values():
        found[finding.status] = found.get(finding.status, 0) + 1
    return found


def problem_of(dossier: Dossier, said: Mapping[str, Any]) -> str:
    """Why a signed statement does not hold for this dossier, as a message to translate; '' when it does."""
    if said.get("role") not in VERIFIERS:
        return N_("its signer is no verifier")
    if said.get("level") not in LEVELS or said.get("opinion") not in OPINIONS:
        return N_("its level or opinion is not known")
    if not all(isinstance(said.get(key), str) for key in ("scope", "text", "review")):
        return N_("it says too little")
    try:
        if said["criteria"] != _criteria(dossier, [one["rulebook"] for one in said["criteria"]]):
            return N_("it states other results than the dossier")
    except (KeyError, TypeError, ValueError, AttributeError, ZujiError):
        return N_("it names a result that the dossier does not have")
    path = next((path for path, sha256 in dossier.proofs if sha256 == said["review"]), "")
    if not path.startswith(REVIEWS):
        return N_("the review that it names is not in the dossier")
    try:
        review = review_of(read_review(dossier.read(path)))
    except UnreadableError:
        return N_("the review that it names cannot be read")
    if said["opinion"] == "unmodified" and review.blocking:
        return N_("its opinion is unmodified while findings are open")
    if said.get("findings") != counts(review):
        return N_("it counts other findings than the review")
    return ""
