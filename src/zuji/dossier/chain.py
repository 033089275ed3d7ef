"""Certificates: in which order they vouch for each other, whether each is valid at a time, and where the chain ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from zuji.dossier.reason import Reason
from zuji.i18n import N_

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

LONGEST = 8


class ChainError(Reason):
    """Certificates that do not vouch for each other; the message says why."""


def ordered_chain(first: Certificate, others: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """`first` and those of `others` that vouch for it one after the other, as far as they reach."""
    chain, left = [first], [one for one in others if one != first]
    while (issuer := next((one for one in left if one.subject == chain[-1].issuer), None)) and len(chain) < LONGEST:
        chain.append(issuer)
        left.remove(issuer)
    return tuple(chain)


def check_chain(chain: Sequence[Certificate], at: datetime) -> None:
    """Raise ChainError unless each certificate is signed by the next, which may sign others, and all but the first are
    valid at that time."""
    for i, (one, issuer) in enumerate(pairwise(chain)):
        check_issued(one, issuer, i)
        if not issuer.not_valid_before_utc <= at <= issuer.not_valid_after_utc:
            raise ChainError(
                N_("{name} is not valid on {day}"), name=issuer.subject.rfc4514_string(), day=at.date().isoformat()
            )


def check_issued(one: Certificate, issuer: Certificate, between: int) -> None:
    """Raise ChainError unless `issuer` may and did sign `one`, with `between` issuers below it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509 import BasicConstraints, ExtensionNotFound, KeyUsage

    name = issuer.subject.rfc4514_string()
    try:
        constraints = issuer.extensions.get_extension_for_class(BasicConstraints).value
    except ExtensionNotFound:
        raise ChainError(N_("{name} may not issue certificates"), name=name) from None
    try:
        may_sign = issuer.extensions.get_extension_for_class(KeyUsage).value.key_cert_sign
    except ExtensionNotFound:
        may_sign = True
    too_long = constraints.path_length is not None and between > constraints.path_length
    if not constraints.ca or not may_sign or too_long:
        raise ChainError(N_("{name} may not issue this certificate"), name=name)
    try:
        one.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        raise ChainError(
            N_("{name} did not sign the certificate of {other}"), name=name, other=one.subject.rfc4514_string()
        ) from None


def trusted_end(chain: Sequence[Certificate], roots: Iterable[Certificate], at: datetime) -> bool:
    """Whether a trusted root is in the chain, or has signed its last certificate and is valid at that time."""
    for root in roots:
        if root in chain:
            return True
        if root.subject == chain[-1].issuer and root.not_valid_before_utc <= at <= root.not_valid_after_utc:
            try:
                check_issued(chain[-1], root, len(chain) - 1)
            except ChainError:
                continue
            return True
    return False
