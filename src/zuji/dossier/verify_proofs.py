"""The proofs of a dossier: who signed, when it was stamped, which logs hold it, what a verifier states."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zuji.datum import LocalText, localised
from zuji.dossier import codes, stamp
from zuji.dossier.chain import ChainError, check_chain, ordered_chain, trusted_end
from zuji.dossier.jws import SignatureError, Signed, verified
from zuji.dossier.keys import ROLES
from zuji.dossier.log import entry_of
from zuji.dossier.merkle import ProofError, check_consistency, check_inclusion, leaf_hash
from zuji.dossier.note import Checkpoint, check_note, checkpoint_of, consistency_of, log_proof_of
from zuji.dossier.prove import (
    LOGS,
    REVIEWS,
    SIGNATURE_FORMAT,
    SIGNATURE_KIND,
    SIGNATURES,
    STAMPS,
    STATEMENTS,
    imprint,
)
from zuji.dossier.read import Dossier, finding_of
from zuji.dossier.reason import Reason
from zuji.dossier.review import doubts
from zuji.dossier.review_events import read_review
from zuji.dossier.standalone import Problem
from zuji.dossier.statement import STATEMENT_FORMAT, STATEMENT_KIND, problem_of
from zuji.dossier.trust import Trust
from zuji.finding import Finding, Place
from zuji.i18n import N_

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature that holds, and how far its signer is known."""

    member: str
    name: str
    organisation: str
    role: str
    thumbprint: str
    signed: datetime
    """When the signer says so."""
    proved: datetime | None
    """Before when it must have been, by a trusted time stamp."""
    trusted: bool
    certified: str = ""
    """Subject of the certificate, '' without one."""
    statement: Mapping[str, Any] | None = None
    """What a verification statement says."""


@dataclass(frozen=True, slots=True)
class StampSeen:
    """A time stamp that holds."""

    member: str
    time: datetime
    authority: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class LogSeen:
    """A log that holds the dossier."""

    member: str
    origin: str
    index: int
    size: int
    trusted: bool


@dataclass(frozen=True, slots=True)
class Proofs:
    """The proofs that hold, and the findings about those that do not or are not trusted."""

    signatures: tuple[Signature, ...] = ()
    stamps: tuple[StampSeen, ...] = ()
    logs: tuple[LogSeen, ...] = ()
    findings: tuple[Finding, ...] = ()


def check_proofs(dossier: Dossier, trust: Trust, at: datetime) -> Proofs:
    """Every proof of the dossier, checked against what is trusted; certificates are judged as of `at`."""
    findings: list[Finding] = []
    stamps = {
        i: seen
        for i, (path, _) in enumerate(dossier.proofs)
        if path.startswith(STAMPS) and (seen := _stamp(dossier, i, path, trust, findings)) is not None
    }
    signatures: list[Signature] = []
    for i, (path, _) in enumerate(dossier.proofs):
        if path.startswith((SIGNATURES, STATEMENTS)):
            later = [seen.time for k, seen in stamps.items() if k > i and seen.trusted]
            found = _signature(dossier, i, path, trust, min(later, default=None), at, findings)
            signatures += [found] if found is not None else []
        elif path.startswith(REVIEWS):
            review = read_review(dossier.read(path))
            found_in = (*review.findings, *doubts(review.events, trust))
            findings += [replace(finding, place=Place(path)) for finding in found_in]
        elif not path.startswith((STAMPS, LOGS)):
            findings.append(finding_of(Problem("unlisted", path, N_("is a proof of an unknown kind"))))
    logs = _logs(dossier, trust, findings)
    if not signatures and not any(f.code == codes.SIGNATURE_INVALID.code for f in findings):
        findings.append(codes.UNSIGNED())
    return Proofs(tuple(signatures), tuple(stamps.values()), tuple(logs), tuple(findings))


def _stamp(dossier: Dossier, index: int, path: str, trust: Trust, findings: list[Finding]) -> StampSeen | None:
    try:
        found = stamp.check_token(dossier.read(path), imprint(dossier, index))
        first = found.chain[0]
        if not first.not_valid_before_utc <= found.time <= first.not_valid_after_utc:
            raise stamp.StampError(N_("the certificate of the authority was not valid at that time"))
        check_chain(found.chain, found.time)
    except (stamp.StampError, ChainError) as error:
        findings.append(codes.STAMP_INVALID(Place(path), problem=error.said))
        return None
    trusted = trusted_end(found.chain, trust.roots, found.time)
    if not trusted:
        when = found.time.isoformat()
        findings.append(codes.STAMP_UNTRUSTED(Place(path), time=when, authority=found.authority))
    return StampSeen(path, found.time, found.authority, trusted)


def _signature(
    dossier: Dossier,
    index: int,
    path: str,
    trust: Trust,
    proved: datetime | None,
    at: datetime,
    findings: list[Finding],
) -> Signature | None:
    place = Place(path)
    is_statement = path.startswith(STATEMENTS)
    try:
        compact = dossier.read(path).decode("utf-8", "replace")
        found = verified(compact, kind=STATEMENT_KIND if is_statement else SIGNATURE_KIND)
        said = found.payload
        if said.get("format") != (STATEMENT_FORMAT if is_statement else SIGNATURE_FORMAT):
            raise SignatureError(N_("what it signs is of another format"))
        if said.get("dossier") != dossier.digest:
            raise SignatureError(N_("it is for another dossier"))
        if said.get("seal") != dossier.seal_before(index):
            raise SignatureError(N_("the proofs before it are not the ones that were there when it was made"))
        if said.get("role") not in ROLES:
            raise SignatureError(N_("the role of the signer is not known"))
        signed = datetime.fromisoformat(str(said.get("signed")))
        if signed.tzinfo is None or not all(isinstance(said.get(key), str) for key in ("name", "organisation")):
            raise SignatureError(N_("it does not say who signed it when"))
        if is_statement and (problem := problem_of(dossier, said)):
            findings.append(codes.STATEMENT_DIFFERS(place, problem=localised(problem)))
            return None
    except ValueError as error:
        findings.append(codes.SIGNATURE_INVALID(place, problem=_words(error)))
        return None
    name, role = said["name"], said["role"]
    card = trust.cards.get(found.thumbprint)
    revoked = trust.revocations.get(found.thumbprint)
    if revoked is not None and (proved is None or proved >= revoked.revoked):
        when = revoked.revoked.date().isoformat()
        findings.append(
            codes.KEY_REVOKED(place, name=name, thumbprint=found.thumbprint, revoked=when, reason=revoked.reason or "-")
        )
        return None
    if card is not None and card.name != name:
        wrong = Reason(N_("the trusted key belongs to {owner}, but it is signed as {name}"), owner=card.name, name=name)
        findings.append(codes.SIGNATURE_INVALID(place, problem=wrong.said))
        return None
    certified, vouched = _certified(found, name, trust, proved or at, place, findings)
    if card is None and not vouched:
        findings.append(codes.SIGNER_UNKNOWN(place, name=name, role=role, thumbprint=found.thumbprint))
    return Signature(
        member=path, name=name, organisation=said["organisation"], role=role, thumbprint=found.thumbprint,
        signed=signed, proved=proved, trusted=card is not None or vouched, certified=certified,
        statement=said if is_statement else None,
    )  # fmt: skip


def _certified(
    found: Signed, name: str, trust: Trust, at: datetime, place: Place, findings: list[Finding]
) -> tuple[str, bool]:
    """The subject of the certificate, and whether a trusted root vouches for it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not found.certificates:
        return "", False
    try:
        certificates: list[Certificate] = [x509.load_der_x509_certificate(raw) for raw in found.certificates]
        raw = certificates[0].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    except Exception as error:  # the library raises many kinds on broken certificates, not only ValueError
        findings.append(codes.CERTIFICATE_INVALID(place, name=name, problem=str(error)[:200]))
        return "", False
    first = certificates[0]
    subject = first.subject.rfc4514_string()
    if raw != base64.urlsafe_b64decode(found.jwk["x"] + "=="):
        findings.append(codes.CERTIFICATE_INVALID(place, name=name, problem=localised(N_("it is for another key"))))
        return subject, False
    start, end = first.not_valid_before_utc, first.not_valid_after_utc
    if not start <= at <= end:
        first_day, last_day, day = (moment.date().isoformat() for moment in (start, end, at))
        findings.append(codes.CERTIFICATE_EXPIRED(place, name=name, start=first_day, end=last_day, day=day))
        return subject, False
    chain = ordered_chain(first, certificates[1:])
    try:
        check_chain(chain, at)
    except ChainError as error:
        findings.append(codes.CERTIFICATE_INVALID(place, name=name, problem=error.said))
        return subject, False
    if trusted_end(chain, trust.roots, at):
        return subject, True
    findings.append(codes.CERTIFICATE_UNTRUSTED(place, name=name, issuer=chain[-1].issuer.rfc4514_string()))
    return subject, False


def _logs(dossier: Dossier, trust: Trust, findings: list[Finding]) -> list[LogSeen]:
    seen: list[LogSeen] = []
    checkpoints: list[Checkpoint] = []
    for path, _ in dossier.proofs:
        if not path.startswith(LOGS):
            continue
        origin = "?"
        try:
            text = dossier.read(path).decode("utf-8", "replace")
            if path.endswith(".consistency"):
                origin = checkpoints[-1].origin if checkpoints else origin
                _consistent(text, checkpoints)
                continue
            proof = log_proof_of(text)
            origin = proof.checkpoint.partition("\n")[0]
            key = trust.logs.get(origin)
            # Without a trusted key the proof is still worked through: it must lead to the root that is stated.
            note = check_note(proof.checkpoint, key) if key else proof.checkpoint.rpartition("\n\n")[0] + "\n"
            checkpoint = checkpoint_of(note)
            leaf = leaf_hash(entry_of(dossier.digest))
            check_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
            checkpoints.append(checkpoint)
            seen.append(LogSeen(path, origin, proof.index, checkpoint.size, key is not None))
            if key is None:
                findings.append(codes.LOG_UNKNOWN(Place(path), origin=origin, key=_key_hash(proof.checkpoint)))
        except ValueError as error:
            findings.append(codes.LOG_PROOF_INVALID(Place(path), origin=origin, problem=_words(error)))
    return seen


def _consistent(text: str, checkpoints: list[Checkpoint]) -> None:
    proof = consistency_of(text)
    if not checkpoints:
        raise ProofError(N_("there is no checkpoint that it could be for"))
    last = checkpoints[-1]
    by_size = [c for c in checkpoints if c.origin == last.origin and c.size == proof.first]
    if not by_size or proof.second != last.size:
        raise ProofError(N_("it is for other checkpoints than the dossier has"))
    check_consistency(proof.first, proof.second, proof.path, by_size[-1].root, last.root)


def _key_hash(note: str) -> str:
    """The first four bytes of the first signature below a note: which key its signer says to have used."""
    encoded = note.rpartition("\n\n")[2].partition("\n")[0].rpartition(" ")[2]
    return base64.b64decode(encoded)[:4].hex()


def _words(error: ValueError) -> LocalText | str:
    return error.said if isinstance(error, Reason) else str(error)[:200]
